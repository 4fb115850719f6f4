"""REFI-QDA: projects (.qdpx, .qde) and codebooks (.qdc) of NVivo, ATLAS.ti, MAXQDA and others."""

from __future__ import annotations

import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from math import isfinite

import pandas as pd

from analysis.exchange.archives import checked, member
from analysis.exchange.coded_texts import Source, add_sources
from analysis.exchange.material import COLUMNS, WORDS, ExchangeError, Material, table
from analysis.exchange.refi_xml import Parsed, parsed
from analysis.words import listing, noun

#: What a project of our own names as its origin: there each turn is a selection of a case.
ORIGIN = "expert-reflection-study"
#: Headings in descriptions of codes, and the columns for what follows them; ours has more.
HEADINGS, OWN_HEADINGS = WORDS["headings"], WORDS["headings"] | WORDS["own headings"]
#: Variables of the cases of our own.
KIND, SESSION, QUOTABLE = "Kind of stakeholder", "Session", "Quotable"
#: How the description of a variable says that it is a rated item, and its name which round it is.
ITEM = re.compile(r"(.*)\nScale: (\S*) to (\S*)(?:\nTask: .*)?", re.DOTALL)
ROUND = re.compile(r"(.+) \(round (\d{1,6})\)")
#: Bytes of all texts of a project.
LARGEST = 20_000_000
Stands = Mapping[str, tuple[str, str]]


def _number(text: str) -> float | str:
    number = float(pd.to_numeric(text.replace(",", "."), errors="coerce"))
    return number if isfinite(number) else ""


def taken_apart(description: str, headings: Mapping[str, str]) -> dict[str, str]:
    """The definition in a description, and what stands under each heading, by column."""
    names = "|".join(headings)
    pieces = re.split(rf"(?:\A|\n)({names}): ?", description)
    found = defaultdict(list)
    for heading, text in zip(["", *pieces[1::2]], pieces[::2], strict=True):
        # our own escape what only looks like a heading
        whole = re.sub(rf"(?m)^\\(\\*(?:{names}):)", r"\1", text)
        found[headings.get(heading, "definition")].append(whole)
    return {column: "\n".join(texts) for column, texts in found.items()}


def _read_codes(read: Parsed, found: Material, own: bool) -> Stands:
    """Fill the codes of ``found``; by the id of a code in the file its key there and its stance."""
    rows: dict[str, dict[str, str]] = {}
    stands = {"": ("", "")}
    for guid, code in read.codes.items():  # parents come before what is under them
        row = {**code, **taken_apart(code["text"], OWN_HEADINGS if own else HEADINGS)}
        above = stands[code["parent"]][0]
        if above and row.get("stance", "").strip() == "opposes":
            stands[guid] = (above, "opposes")
        else:
            key = guid if row["code"] in rows else row["code"]
            stands[guid] = (key, "")
            rows[key] = {**row, "code": key, "parent": above}
    opposes = len(read.codes) - len(rows)
    found.tell(codes=len(rows), opposes=opposes)
    if own or opposes:
        stands = {guid: (key, stance or "raises") for guid, (key, stance) in stands.items()}
    del stands[""]
    columns, frame = COLUMNS["codes"].split(), pd.DataFrame(list(rows.values()), dtype=object)
    more = [name for name in OWN_HEADINGS.values() if name in frame and name not in columns]
    found.codes = frame.reindex(columns=[*columns, *more]).fillna("")
    return stands


def _read_ratings(read: Parsed, found: Material) -> None:
    """Fill items and ratings from the variables of cases that state a scale."""
    items, names = {}, {}
    for key, (name, described) in read.variables.items():
        if scale := ITEM.fullmatch(described):
            again = ROUND.fullmatch(name)
            names[key] = (again[1], int(again[2])) if again else (name, "")
            items[names[key][0]] = (scale[1], _number(scale[2]), _number(scale[3]))
    rows = [
        (case["name"], names[key][0], _number(value), names[key][1])
        for case in read.cases.values()
        for key, value in case["values"].items()
        if key in names
    ]
    found.items = table("items", [(name, *described) for name, described in items.items()])
    found.ratings = table("ratings", rows)
    others = [name for key, (name, _) in read.variables.items() if key not in names]
    strange = [name for name in others if name not in (KIND, SESSION, QUOTABLE)]
    which = listing(strange) if strange else ""
    found.tell(ratings=len(rows), items=len(items), variables=len(strange), which=which)


def _sources(
    read: Parsed, found: Material, archive: zipfile.ZipFile | None, stands: Stands, own: bool
) -> Iterator[Source]:
    """The texts with their codings, and by the cases who speaks where."""
    inside = archive.infolist() if archive else []
    members = {re.split(r"[/\\]", info.filename)[-1].lower(): info for info in reversed(inside)}
    size = 0
    spoken, coded = dict[str, str](), dict[str, str]()
    whole = defaultdict[str, list[str]](list)
    for key, case in read.cases.items():
        if case["name"]:
            spoken |= dict.fromkeys(case["Selection"], case["name"])
            coded |= dict.fromkeys([key, *case["Code"]], case["name"])
            for source in case["Source"]:
                whole[source].append(case["name"])
    selections = [one for source in read.sources for one in source["selections"]]
    exact = own and len({label for _, label, *_ in selections}) == len(selections)
    exact = exact and all(guid in spoken for guid, *_ in selections)
    for source in read.sources:
        text, info = source["content"], members.get(re.split(r"[/\\]", source["path"])[-1].lower())
        if text is None and archive and info:
            size += info.file_size
            if size > LARGEST:
                raise ExchangeError(f"{found.file}: over {LARGEST // 10**6} MB of text; part it")
            text = found.decoded(member(archive, info.filename))
        if text is None:
            read.counts["missing"] += 1
            read.counts["lost"] += len(source["codings"])
            continue
        speakers = whole[source["id"]]
        one = Source(source["name"], text, speaker=speakers[0] if len(speakers) == 1 else "")
        for guid, label, start, end in source["selections"]:
            if guid in spoken:
                one.spans.append((start, end, spoken[guid]))
                one.keys += [label] if exact else []
        for start, end, user, code in source["codings"]:
            if stand := stands.get(code):
                one.codings.append((start, end, stand[0], read.users.get(user, ""), stand[1]))
            if code in coded:
                one.spans += [] if exact else [(start, end, coded[code])]
                read.counts["of_a_case"] += 1
            elif not stand:
                read.counts["lost"] += 1
        yield one


def project(file: str, data: bytes) -> Material:
    """The codes, texts, codings, speakers and ratings of a project (.qdpx, or .qde by itself).

    Of a codebook (.qdc) the codes. :class:`ExchangeError` if the file is broken or hostile.
    """
    found, archive, xml = Material(file, "refi"), None, data
    if data.startswith(b"PK"):
        archive = checked(data, file)
        inner = [name for name in archive.namelist() if name.lower().endswith(".qde")]
        if len(inner) != 1:
            raise ExchangeError(f"{file}: {noun(len(inner), 'file')} .qde in the archive, not one")
        found.tell(inside=f"{inner[0][:80]!r}" if inner[0] != "project.qde" else "")
        xml = member(archive, inner[0])
    read = parsed(xml, file)
    own = read.origin.startswith(ORIGIN)
    stands = _read_codes(read, found, own)
    _read_ratings(read, found)
    sources = list(_sources(read, found, archive, stands, own))
    add_sources(found, sources)
    people = {*found.speakers["speaker"], *found.ratings["expert"], ""}
    read.counts["silent"] = sum(case["name"] not in people for case in read.cases.values())
    keys = {*found.turns["session"], *found.turns["turn"], *found.codes["code"]}
    keys |= {*found.items["item"], *found.codings["coder"], *found.speakers["speaker"]}
    if own and all(re.fullmatch("[a-z0-9_-]{1,80}", key) for key in keys):
        ids, cases = {name: key for key, (name, _) in read.variables.items()}, read.cases.values()
        told = [ids.get(KIND), ids.get(QUOTABLE)]
        rows = [(case["name"], *(case["values"].get(key, "") for key in told)) for case in cases]
        columns = [*COLUMNS["speakers"].split(), "quotable"]
        found.speakers = pd.DataFrame(rows, columns=columns, dtype=object)
    found.tell(**{name: count for name, count in read.counts.items() if count > 0})
    return found
