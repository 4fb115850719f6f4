"""From what files hold to the tables of a panel, with a report that says all that was done."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from hashlib import sha256
from itertools import chain, count
from typing import Any

import numpy as np
import pandas as pd

from analysis.exchange.material import ExchangeError, Material, table
from analysis.exchange.people import Person, seen, settle
from analysis.panel.entries import to_yaml
from analysis.panel.format import CONSENSUS, META_FILE, MODERATOR, TABLES
from analysis.panel.writing import _csv
from analysis.words import noun

#: The sections of the report, and their headings.
SECTIONS = {"came": "Came in", "left": "Left out", "assumed": "Assumed", "asked": "Decide"}
_CYRILLIC = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
_LATIN = "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch  y  e yu ya"

Report = dict[str, list[str]]
#: The id of everybody by name and place; empty where the name is nobody's.
Stands = dict[tuple[str, str], str]
Frames = dict[str, pd.DataFrame]
Meta = dict[str, Any]
Ids = dict[str, str]
Keys = list[tuple[Ids, Ids]]


def written(meta: Meta, frames: Frames) -> dict[str, bytes]:
    """The files of a panel with these entries and tables, by name."""
    files = {f"{name}.csv": _csv(frame, TABLES[name].names) for name, frame in frames.items()}
    return {META_FILE: to_yaml(meta).encode("utf-8") if meta else b"", **files}


def readable_id(name: str, used: set[str], before: str = "") -> str:
    """An id in Latin letters that is not ``used`` yet, and is from now on."""
    latin = name
    if not re.fullmatch("[a-z][a-z0-9_-]{,79}", name):
        letters = str.maketrans(dict(zip(_CYRILLIC, _LATIN.split(" "), strict=True)))
        latin = unicodedata.normalize("NFKD", name.casefold().translate(letters))
        latin = re.sub("[^a-z0-9]+", "_", latin.encode("ascii", "ignore").decode())
        latin = latin.strip("_")[:40].strip("_") or "x"
    tries = chain((latin, f"{before}_{latin}"[:80]), (f"{latin}_{i}" for i in count(2)))
    found = next(one for one in tries if one not in used)
    used.add(found)
    return found


def assemble(materials: list[Material], people: list[Person]) -> tuple[Meta, Frames, Report]:
    """Entries of ``panel.yml``, tables and report of a panel of these materials.

    ``people`` is the list as the user saved it; whoever is named goes into it. Raises
    :class:`ExchangeError` where that list is wrong, or where there is nothing to take in.
    """
    report: Report = {section: [] for section in SECTIONS}
    for number, material in enumerate(materials, 1):
        if len(material.codings):
            _people_of_sources(material)
        for section, notes in report.items():
            notes += [f"file {number}: {said}" for said in getattr(material, section)]
        if material.bounded:
            cuts = "cuts" if material.cut == 1 else "cut"
            share = f"{material.cut:,} of {material.bounded:,} codings {cuts} a word"
            hint = ": the positions of the file may be off; check these" if material.cut else ""
            report["asked" if hint else "came"].append(f"file {number}: {share}{hint}")
    # a project that was exported from a panel brings the panel's own ids
    own = len(materials) == 1 and "quotable" in materials[0].speakers
    said, ids = _turns(materials, own, report)
    coders = [person for person in people if person.role == "coder"]
    people[:] = [person for person in people if person.role != "coder"]
    stands = _people(materials, own, said, people, report)
    meta, frames = _statements(said, stands, report)
    frames |= _ratings(materials, own, stands, report)
    book, keys = _codebook(materials, own)
    if len(book):
        deep = (book["depth"] > 2).sum()
        _tell(
            report, "code", ("assumed", deep, "{} put up to the second level, named by its path.")
        )
        frames["codebook"] = _filled(book.drop(columns="depth"))
        given = _codings(materials, said, [*zip(ids, keys, strict=True)], stands, report)
        if given["coder"].any():
            given["coder"] = given["coder"].replace("", "(without a name)")
            for name in given["coder"].unique():
                fresh = Person(name, [""], id=name if own else "", role="coder", part="speaks")
                seen([fresh], coders)
            given["coder"] = given["coder"].map({person.name: person.id for person in coders})
            meta["coders"] = sorted({*given["coder"]} - {CONSENSUS})
        if len(given):
            frames["codings"] = _filled(given)
    if not frames:
        raise ExchangeError("; ".join(["nothing to take in", *report["left"]]))
    frames |= _experts(people, meta)
    if own and "experts" in frames:
        said_of = materials[0].speakers.set_index("speaker")["quotable"].to_dict()
        frames["experts"]["quotable"] = frames["experts"]["expert_id"].map(said_of)
    people += coders
    words = {"codebook": "code", "stakeholders": "kind of expert|kinds of experts"}
    parts = [noun(len(f), words.get(name, name.removesuffix("s"))) for name, f in frames.items()]
    report["came"].insert(0, f"In all {', '.join(parts)}.")
    return meta, frames, report


def _people_of_sources(material: Material) -> None:
    """Take a coded source in which nobody is named for what one person said."""
    turns = material.turns
    nobody = turns["speaker"].eq("").groupby(turns["session"]).transform("all")
    if nobody.any():
        source = turns["session"].where(turns["session"] != "", material.file)
        material.turns = turns.assign(speaker=turns["speaker"].mask(nobody, source))
        many = noun(source[nobody].nunique(), "source")
        said = "without a named speaker: each counts as one person's, see the list of speakers."
        material.assumed.append(f"{many} {said}")


def _tell(report: Report, what: str, *notes: tuple[str, float, str]) -> None:
    """Add sentences about so many things, by the section of the report: those about any."""
    for section, number, sentence in notes:
        report[section] += [sentence.format(noun(int(number), what))] if number else []


def _filled(frame: pd.DataFrame) -> pd.DataFrame:
    """The columns in which anything stands."""
    return frame[[name for name in frame if (frame[name].notna() & frame[name].ne("")).any()]]


def _turns(materials: list[Material], own: bool, report: Report) -> tuple[pd.DataFrame, list[Ids]]:
    """The turns of all files, each once, with session and place; and by file the ids of turns."""
    parts = [table("turns").assign(place="", statement_id="")]
    known: dict[bytes, tuple[int, int]] = {}
    ids: list[Ids] = []
    for number, material in enumerate(materials, 1):
        ids.append(defaultdict(str))
        for source, turns in material.turns.groupby("session", sort=False):
            text = " ".join("\0".join(turns["text"]).split())
            digest = sha256(text.encode("utf-8", "surrogatepass")).digest()
            first, part = known.get(digest, (number, len(parts)))
            speaks = turns["speaker"].to_numpy()
            spoke = parts[part]["speaker"].to_numpy() if first != number else speaks
            if first == number or ((spoke != speaks) & (spoke != "") & (speaks != "")).any():
                part, digits = len(parts), max(3, len(str(len(turns))))
                fresh = [f"s{part}-{place:0{digits}}" for place in range(1, len(turns) + 1)]
                place = f"{material.file} / {source!s}".removesuffix(" / ").replace("; ", ", ")
                made = {"statement_id": turns["turn"] if own else fresh, "place": place}
                parts.append(turns.assign(session=source if own else f"s{part}", **made))
                if text.strip("\0 "):
                    known.setdefault(digest, (number, part))
            else:
                parts[part]["speaker"] = np.where(spoke == "", speaks, spoke)
                same = f"file {number}: the same {noun(len(turns), 'turn')} as in file {first}"
                report["assumed"].append(f"{same}, so one session, with the codings of both.")
            ids[-1] |= dict(zip(turns["turn"], parts[part]["statement_id"], strict=True))
    return pd.concat(parts, ignore_index=True), ids


def _people(
    materials: list[Material], own: bool, said: pd.DataFrame, people: list[Person], report: Report
) -> Stands:
    """Who stands for each name, with what the report says of names."""
    said = said.assign(words=[len(text.split()) for text in said["text"]])
    groups = said[said["speaker"] != ""].groupby(["speaker", "place"], sort=False)["words"]
    named = [
        Person(name, [place], int(turns), int(words), part="speaks")
        for (name, place), turns, words in groups.agg(["size", "sum"]).itertuples()
    ]
    for one in materials:
        coded = [one.codings["expert"][one.codings["turn"] == ""], one.ratings["expert"]]
        names = [name for name in pd.concat(coded).unique() if name]
        named += [Person(name, [one.file], part="speaks") for name in names]
    for one in materials:
        # a table lists experts without a code, a meeting those who may not have spoken
        silent = "speaks" if own or len(one.codings) + len(one.ratings) else "listed"
        spoke = {*one.turns["speaker"]}
        for name, role, kind in one.speakers[["speaker", "role", "kind"]].itertuples(index=False):
            part = "listed" if name in spoke else silent
            role = f"{role}?" if role else ""
            named.append(Person(name, [one.file], role=role, kind=kind, part=part))
    for person in named if own else ():
        person.id, person.role = person.name, MODERATOR if person.name == MODERATOR else ""
    seen(named, people)
    settle(people)
    here = [person for person in people if person.part]
    _tell(
        report,
        "name",
        ("came", len(here), "{} of people: in the list of speakers, not in the panel."),
        ("assumed", sum(p.role == MODERATOR for p in here), "{} of a moderator: see the list."),
        ("assumed", sum(len(p.files) > 1 for p in here), "{} of one person in several places."),
        ("assumed", sum(not p.id for p in here), "{} without a turn: give an id to count it."),
        ("asked", sum("?" in p.same_as for p in here), "{} like another: see same_as in the list."),
        ("asked", sum("?" in p.role for p in here), "{} of a host: a moderator? See the list."),
    )
    return {(person.name, file): person.stands for person in people for file in person.files}


def _experts(people: list[Person], meta: Meta) -> Frames:
    """The tables of experts and of their kinds; who leads the interviews goes into ``meta``."""
    here = [person for person in people if person.part and person.stands]
    leading = dict.fromkeys(person.stands for person in here if person.role == MODERATOR)
    if set(leading) - {MODERATOR}:
        meta["interviewers"] = [*leading]
    kinds = {person.stands: "" for person in here if person.stands not in leading}
    kinds |= {one.stands: one.kind for one in reversed(here) if one.kind and one.stands in kinds}
    used: set[str] = set()
    ids = {kind: readable_id(kind, used) for kind in dict.fromkeys(kinds.values()) if kind}
    made = {"expert_id": [*kinds], "stakeholder": [ids.get(kind, "") for kind in kinds.values()]}
    frames = {"experts": _filled(pd.DataFrame(made))} if kinds else {}
    if ids:
        frames["stakeholders"] = pd.DataFrame({"stakeholder": [*ids.values()], "name": [*ids]})
    return frames


def _statements(said: pd.DataFrame, stands: Stands, report: Report) -> tuple[Meta, Frames]:
    """The tables of sessions and statements, and whether their order is that of speaking."""
    if said.empty:
        return {}, {}
    made = pd.DataFrame({"statement_id": said["statement_id"], "session_id": said["session"]})
    made["position"] = made.groupby("session_id").cumcount() + 1
    spoke = zip(said["speaker"], said["place"], strict=True)
    made["speaker"] = [stands.get(one, "") for one in spoke]
    for column in ("start", "end"):
        made[f"{column}_s"] = pd.to_numeric(said[column], errors="coerce").round(3)
    made["text"] = said["text"]
    back = made.groupby("session_id")["start_s"].diff() < 0
    made.loc[said["session"].isin(said["session"][back]), ["start_s", "end_s"]] = np.nan
    untimed = int(made["start_s"].isna().sum())
    _tell(
        report,
        "turn",
        ("left", back.sum(), "{} before the one above: the times of the session are left out."),
        ("assumed", (made["speaker"] == "").sum(), "{} of nobody known: counted for no expert."),
        ("asked", untimed, "{} without times: if in spoken order, set order: spoken in panel.yml."),
    )
    statements = _filled(made).assign(speaker=made["speaker"])
    frames = {"statements": statements, "sessions": made[["session_id"]].drop_duplicates()}
    return {"order": "none" if untimed else "spoken"}, frames


def _codebook(materials: list[Material], own: bool) -> tuple[pd.DataFrame, list[Ids]]:
    """The codebook in two levels, and for each file the ids of its codes.

    Codes of two files are one if their names, and those above them, are the same; of one file they
    never are. ``depth`` is the level of a code before it was put under its topmost code.
    """
    known: dict[tuple[str, str, int], dict[str, Any]] = {}
    used: set[str] = set()
    keys: list[Ids] = []
    for material in materials:
        codes: dict[str, Any] = {code["code"]: code for code in material.codes.to_dict("records")}
        times: Counter[tuple[str, str]] = Counter()
        made: dict[str, dict[str, Any]] = {"": {"code_id": "", "top": "", "depth": 0}}
        for key in codes:
            branch: dict[str, None] = {}
            while key in codes and key not in made and key not in branch:
                branch[key] = None
                key = codes[key]["parent"]
            for key in reversed(branch):
                code, above = codes[key], made.get(codes[key]["parent"], made[""])
                name = " ".join(code["name"].split()) or "?"
                times[above["code_id"], name] += 1
                same = above["code_id"], name, times[above["code_id"], name]
                if same not in known:
                    id = key if own else readable_id(name, used, above["code_id"])
                    at = {"code_id": id, "parent_id": above["top"], "top": above["top"] or id}
                    path = f"{above['name']} > {name}" if above["depth"] > 1 else name
                    known[same] = code | at | {"depth": above["depth"] + 1, "name": path[-200:]}
                made[key] = known[same]
        keys.append(defaultdict(str, {key: row["code_id"] for key, row in made.items()}))
    names = [*TABLES["codebook"].names, "depth"]
    book = pd.DataFrame([*known.values()], columns=names, dtype=object).fillna("")
    book["position"] = book.groupby("parent_id").cumcount() + 1
    return book, keys


def _codings(
    materials: list[Material], said: pd.DataFrame, ids: Keys, stands: Stands, report: Report
) -> pd.DataFrame:
    """The codings of statements, or of experts; ``coder`` is a name."""
    parts = []
    for number, (material, (statements, codes)) in enumerate(zip(materials, ids, strict=True), 1):
        one = material.codings
        part = pd.DataFrame({"statement_id": one["turn"].map(statements)})
        experts = [stands.get((name, material.file), "") for name in one["expert"]]
        part["expert_id"] = np.where(one["turn"] == "", np.array(experts, object), "")
        part["coder"], part["file"] = one["coder"], f"(file {number})"
        part["code_id"] = one["code"].map(codes)
        parts.append(part.assign(stance=one["stance"]))
    made = pd.concat(parts, ignore_index=True)
    lost = made["code_id"].eq("") | made["statement_id"].add(made["expert_id"]).eq("")
    made = made[~lost]
    # whoever codes a session, or gives a code to an expert, in two files is one coder in each
    sessions = dict(zip(said["statement_id"], said["session"], strict=True)) | {"": ""}
    session, pair = made["statement_id"].map(sessions), made["expert_id"] + " " + made["code_id"]
    units = [session.where(session != "", pair), "coder"]
    twice = made.groupby(units)["file"].transform("nunique") > 1
    apart = made["coder"].isin(made["coder"][twice])
    made.loc[apart, "coder"] = made["coder"][apart].str.cat(made["file"][apart], " ").str.strip()
    same = ["statement_id", "expert_id", "coder", "code_id"]
    double = made.duplicated(same)
    _tell(
        report,
        "coding",
        ("left", lost.sum(), "{} of a turn, person or code that is not there."),
        ("left", double.sum(), "{} of a code given before, in this stance or the other."),
        ("assumed", apart.sum(), "{} of the same in several files: a coder for each file."),
    )
    return made[~double][[*same, "stance"]]


def _ratings(materials: list[Material], own: bool, stands: Stands, report: Report) -> Frames:
    """The tables of items and ratings; items of two files are one if texts and scales are."""
    known: dict[tuple[Any, ...], str] = {}
    parts = []
    for material in materials:
        times: Counter[tuple[Any, ...]] = Counter()
        ids: Ids = defaultdict(str)
        for item in material.items.to_dict("records"):
            same = item["text"] or item["item"], item["lowest"], item["highest"]
            times[same] += 1
            fresh = item["item"] if own else f"i{len(known) + 1:02d}"
            ids[item["item"]] = known.setdefault((*same, times[same]), fresh)
        one = material.ratings
        part = pd.DataFrame({"item_id": one["item"].map(ids)})
        part["expert_id"] = [stands.get((name, material.file), "") for name in one["expert"]]
        parts.append(part.assign(value=one["value"], round=one["round"]))
    made = pd.concat(parts, ignore_index=True)
    lost = made["item_id"].eq("") | made["expert_id"].eq("")
    again = made.duplicated(["expert_id", "item_id", "round"]) & ~lost
    _tell(
        report,
        "rating",
        ("left", lost.sum(), "{} of a person or item that is not there."),
        ("left", again.sum(), "{} of what was rated before, in no other round."),
    )
    rows = [(id, *same[:3]) for same, id in known.items()]
    items = pd.DataFrame(rows, columns=["item_id", "text", "scale_min", "scale_max"])
    ratings = made[~lost & ~again]
    return {"items": _filled(items), "ratings": _filled(ratings)} if len(ratings) else {}
