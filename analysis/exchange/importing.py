"""From what files hold to the tables of a panel, with a report that says all that was done."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from itertools import chain, count
from typing import Any

import numpy as np
import pandas as pd

from analysis.exchange.material import ExchangeError, Material, table
from analysis.exchange.people import Person, seen, settle
from analysis.panel.faults import CITED, printable, without_contacts
from analysis.panel.format import MODERATOR, TABLES
from analysis.words import noun

#: The sections of the report, and their headings.
SECTIONS = {"came": "Came in", "left": "Left out", "assumed": "Assumed", "asked": "Decide"}
_CYRILLIC = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
_LATIN = "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch  y  e yu ya"

#: The id of everybody by name and place; empty where the name is nobody's.
Stands = dict[tuple[str, str], str]
Report = dict[str, list[str]]
Meta = dict[str, Any]
Frames = dict[str, pd.DataFrame]


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
    """Entries of ``panel.yml``, tables, and what to report of a panel of these materials.

    Who is named goes into ``people``. :class:`ExchangeError` where that is wrong, or nothing found.
    """
    report = Material("all files", "panel")
    for n, material in enumerate(materials, 1):
        for name in SECTIONS:
            getattr(report, name).extend(f"file {n}: {said}" for said in getattr(material, name))
    # a project that was exported from a panel brings the panel's own ids
    own = len(materials) == 1 and "quotable" in materials[0].speakers
    said = _turns(materials, own, report)
    coders = [person for person in people if person.role == "coder"]
    people[:] = [person for person in people if person.role != "coder"]
    stands = _people(materials, own, said, people, report)
    meta, frames = _statements(said, stands, report)
    frames |= _ratings(materials, own, stands, report)
    book = _codebook(materials, own)
    if len(book):
        frames["codebook"] = _filled(book)
        given = _codings(materials, said, stands, report)
        if given["coder"].any():
            given["coder"] = given["coder"].replace("", "(without a name)")
            named = [(name, name if own else "") for name in given["coder"].unique()]
            seen([Person(n, [""], 0, id, "coder", part="speaks") for n, id in named], coders)
            given["coder"] = given["coder"].map({person.name: person.id for person in coders})
        if len(given):
            frames["codings"] = _filled(given)
    if not frames:
        raise ExchangeError("; ".join(["nothing to take in", *report.left]))
    frames |= _experts(people, meta)
    if own and "experts" in frames:
        said_of = materials[0].speakers.set_index("speaker")["quotable"].eq("true").to_dict()
        frames["experts"]["quotable"] = frames["experts"]["expert_id"].map(said_of)
    people += coders
    words = {"codebook": "code", "stakeholders": "kind of expert|kinds of experts"}
    parts = [noun(len(f), words.get(name, name.removesuffix("s"))) for name, f in frames.items()]
    report.came.insert(0, f"In all {', '.join(parts)}.")
    return meta, frames, {section: getattr(report, section) for section in SECTIONS}


def _filled(frame: pd.DataFrame) -> pd.DataFrame:
    """The columns in which anything stands."""
    return frame[[name for name in frame if (frame[name].notna() & frame[name].ne("")).any()]]


def _turns(materials: list[Material], own: bool, report: Material) -> pd.DataFrame:
    """The turns of all files, each once, with session and place; codings get their ids.

    Texts of two files are one session if no turn names two speakers; coded, of nobody: a person's.
    """
    parts = [table("turns").assign(place="", statement_id="")]
    known = defaultdict[str, dict[int, int]](dict)
    coded = dict[int, None]()
    for number, material in enumerate(materials, 1):
        ids = defaultdict[str, str](str)
        for source, turns in material.turns.groupby("session", sort=False):
            text = " ".join("\0".join(turns["text"]).split())
            who = turns["speaker"].to_numpy()
            for part, first in known[text].items():
                named = parts[part]["speaker"]
                if first != number and ((named == who) | (named == "") | (who == "")).all():
                    parts[part] = parts[part].assign(speaker=named.where(named != "", who))
                    report.tell(same=len(turns), file=number, first=first)
                    break
            else:
                part, digits = len(parts), max(3, len(str(len(turns))))
                known[text][part] = number
                fresh = [f"s{part}-{place:0{digits}}" for place in range(1, len(turns) + 1)]
                place = f"{material.file} / {source!s}".removesuffix(" / ").replace("; ", ", ")
                made = {"statement_id": turns["turn"] if own else fresh, "place": place}
                parts.append(turns.assign(session=source if own else f"s{part}", **made))
            coded |= {part: None} if len(material.codings) else {}
            ids |= dict(zip(turns["turn"], parts[part]["statement_id"], strict=True))
        material.codings["statement_id"] = [ids[one] for one in material.codings["turn"]]
    nobody = [part for part in coded if parts[part]["speaker"].eq("").all()]
    for part in nobody:
        parts[part] = parts[part].assign(speaker=parts[part]["place"].str.split(" / ").str[-1])
    report.tell(alone=len(nobody))
    return pd.concat(parts, ignore_index=True)


def _people(
    materials: list[Material], own: bool, said: pd.DataFrame, people: list[Person], report: Material
) -> Stands:
    """Who stands for each name, with what the report says of names."""
    groups = said[said["speaker"] != ""].groupby(["speaker", "place"], sort=False).size()
    counts = groups.reset_index().to_numpy()
    named = [Person(name, [place], int(turns), part="speaks") for name, place, turns in counts]
    for one in materials:
        coded = [one.codings["expert"][one.codings["turn"] == ""], one.ratings["expert"]]
        names = [name for name in pd.concat(coded).unique() if name]
        named += [Person(name, [one.file], part="speaks") for name in names]
        # a table lists experts without a code, a meeting those who may not have spoken
        silent = "speaks" if own or len(one.codings) + len(one.ratings) else "listed"
        spoke = {*one.turns["speaker"]}
        for name, kind in zip(one.speakers["speaker"], one.speakers["kind"], strict=True):
            part = "listed" if name in spoke else silent
            named.append(Person(name, [one.file], kind=kind, part=part))
    for person in named if own else ():
        person.id, person.role = person.name, MODERATOR if person.name == MODERATOR else ""
    seen(named, people)
    settle(people)
    here = [person for person in people if person.part]
    report.tell(
        moderators=sum(p.role == MODERATOR for p in here),
        several_places=sum(len(p.files) > 1 for p in here),
        listed_only=sum(not p.id for p in here),
        alike=sum("?" in p.same_as for p in here),
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


def _statements(said: pd.DataFrame, stands: Stands, report: Material) -> tuple[Meta, Frames]:
    """The tables of sessions and statements, and whether their order is that of speaking."""
    if said.empty:
        return {}, {}
    made = pd.DataFrame({"statement_id": said["statement_id"], "session_id": said["session"]})
    made["position"] = made.groupby("session_id").cumcount() + 1
    made["speaker"] = [stands.get(n, "") for n in zip(said["speaker"], said["place"], strict=True)]
    for column in ("start", "end"):
        made[f"{column}_s"] = pd.to_numeric(said[column], errors="coerce").round(3)
    made["text"] = [without_contacts(text, CITED) for text in said["text"]]
    back = made.groupby("session_id")["start_s"].diff() < 0
    made.loc[said["session"].isin(said["session"][back]), ["start_s", "end_s"]] = np.nan
    untimed = int(made["start_s"].isna().sum())
    hid, unknown = made["text"].ne(said["text"]).sum(), made["speaker"].eq("").sum()
    report.tell(back=back.sum(), unknown=unknown, untimed=untimed, contacts=hid)
    statements = _filled(made).assign(speaker=made["speaker"])
    frames = {"statements": statements, "sessions": made[["session_id"]].drop_duplicates()}
    return {"order": "none" if untimed else "spoken"}, frames


def _codebook(materials: list[Material], own: bool) -> pd.DataFrame:
    """The codebook; codes of one path in two files are one. Codings get the ids of their codes."""
    known: dict[tuple[str, str, int], dict[str, Any]] = {}
    used: set[str] = set()
    for material in materials:
        codes: dict[str, Any] = {code["code"]: code for code in material.codes.to_dict("records")}
        times: Counter[tuple[str, str]] = Counter()
        ids = defaultdict[str, str](str)
        for key in codes:
            branch: dict[str, None] = {}
            while key in codes and key not in ids and key not in branch:
                branch[key] = None
                key = codes[key]["parent"]
            for key in reversed(branch):
                code, above = codes[key], ids.get(codes[key]["parent"], "")
                name = printable(" ".join(code["name"].split())) or "?"
                times[above, name] += 1
                same = above, name, times[above, name]
                if same not in known:
                    id = key if own else readable_id(name, used, above)
                    known[same] = code | {"code_id": id, "parent_id": above, "name": name[:200]}
                ids[key] = known[same]["code_id"]
        material.codings["code_id"] = [ids[code] for code in material.codings["code"]]
    book = pd.DataFrame([*known.values()], columns=TABLES["codebook"].names, dtype=object)
    book["position"] = range(1, len(book) + 1)
    return book.fillna("")


def _codings(
    materials: list[Material], said: pd.DataFrame, stands: Stands, report: Material
) -> pd.DataFrame:
    """The codings of statements, or of experts; ``coder`` is a name."""
    files = [one.codings.assign(file=one.file, n=n) for n, one in enumerate(materials, 1)]
    made = pd.concat(files, ignore_index=True)
    cells = zip(made["turn"].tolist(), made["expert"].tolist(), made["file"].tolist(), strict=True)
    experts = ["" if turn else stands.get((name, file), "") for turn, name, file in cells]
    made["expert_id"] = np.array(experts, object)
    lost = made["code_id"].eq("") | made["statement_id"].add(made["expert_id"]).eq("")
    made = made[~lost]
    # whoever codes a session, or gives a code to an expert, in two files is one coder in each
    sessions = dict(zip(said["statement_id"], said["session"], strict=True)) | {"": ""}
    session, pair = made["statement_id"].map(sessions), made["expert_id"] + " " + made["code_id"]
    units = [session.where(session != "", pair), "coder"]
    twice = made.groupby(units)["n"].transform("nunique") > 1
    apart = made["coder"].isin(made["coder"][twice])
    coders = made["coder"][apart] + made["n"][apart].map(" (file {})".format)
    made.loc[apart, "coder"] = coders.str.strip()
    same = ["statement_id", "expert_id", "coder", "code_id"]
    double = made.duplicated(same)
    report.tell(unknown_codings=lost.sum(), double=double.sum(), twice=apart.sum())
    return made[~double][[*same, "stance"]]


def _ratings(materials: list[Material], own: bool, stands: Stands, report: Material) -> Frames:
    """The tables of items and ratings; items of two files are one if texts and scales are."""
    known: dict[tuple[Any, ...], str] = {}
    parts = []
    for material in materials:
        times: Counter[tuple[Any, ...]] = Counter()
        ids = defaultdict[str, str](str)
        for item in material.items.to_dict("records"):
            same = item["text"] or item["item"], item["lowest"], item["highest"]
            times[same] += 1
            fresh = item["item"] if own else f"i{len(known) + 1:02d}"
            ids[item["item"]] = known.setdefault((*same, times[same]), fresh)
        one = material.ratings
        people = [stands.get((name, material.file), "") for name in one["expert"]]
        parts.append(one.assign(item_id=one["item"].map(ids), expert_id=people))
    made = pd.concat(parts, ignore_index=True)[["item_id", "expert_id", "value", "round"]]
    lost = made["item_id"].eq("") | made["expert_id"].eq("")
    again = made.duplicated(["expert_id", "item_id", "round"]) & ~lost
    report.tell(unknown_ratings=lost.sum(), again=again.sum())
    rows = [(id, *same[:3]) for same, id in known.items()]
    items = pd.DataFrame(rows, columns=["item_id", "text", "scale_min", "scale_max"])
    ratings = made[~lost & ~again]
    rated = ratings["value"].ne("").any()
    return {"items": _filled(items), "ratings": _filled(ratings)} if rated else {}
