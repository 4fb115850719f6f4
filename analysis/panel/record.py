"""The study record and the claims: loading them, and finding every fault in them at once.

``data/record.yml`` holds what is publicly stated of the article and its interview, each fact with
where it is stated and whether that was seen. ``data/claims.csv`` turns the conclusions and tasks
into claims that evidence can be set against.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.project import DATA

Value = str | int | bool

_ID = re.compile(r"[a-z0-9][a-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Field:
    """What one field of an entry holds: its type, whether it must be there, its vocabulary."""

    kind: type = str
    required: bool = True
    choices: tuple[str, ...] = ()
    may_be_empty: bool = False


_TEXT = Field()
_OPTIONAL = Field(required=False)

#: The sections of facts: each entry also has an id, ``stated_in``, ``checked``, perhaps a note.
FACTS: Mapping[str, Mapping[str, Field]] = {
    "article": {"label": _TEXT, "value": _TEXT, "value_ru": _OPTIONAL},
    "authors": {"name": _TEXT, "affiliation": _TEXT, "orcid": _OPTIONAL},
    "interview": {"label": _TEXT, "value": Field(kind=object)},
    "expert_kinds": {"name": _TEXT, "name_ru": _TEXT},
    "tasks": {"name": _TEXT, "name_ru": _TEXT, "text": _TEXT, "text_ru": _TEXT},
    "conclusions": {"name": _TEXT, "text": _TEXT, "text_ru": _TEXT},
    "precursor": {"label": _TEXT, "value": _TEXT, "value_ru": _OPTIONAL},
    "keywords": {"name": _TEXT, "name_ru": _TEXT, "printed": _TEXT},
    "citing": {
        "title": _TEXT,
        "title_ru": _OPTIONAL,
        "venue": _TEXT,
        "date": _TEXT,
        "doi": _OPTIONAL,
        "cites_checked": Field(kind=bool),
    },
    "related": {
        "title": _TEXT,
        "authors": _TEXT,
        "venue": _TEXT,
        "date": _TEXT,
        "doi": _OPTIONAL,
        "relation": _TEXT,
    },
}

STAGES = ("Recruitment", "Sessions", "Material", "Analysis", "Protection")
NOT_PUBLIC = ("not public", "not known to be public")
REPORTED = ("stated", "in part", "not stated")
DOMAINS = ("Research team", "Study design", "Analysis")
#: The number of items in the COREQ checklist (Tong, Sainsbury & Craig 2007).
COREQ_ITEMS = 32

#: The sections that hold no facts but what is missing.
GAPS: Mapping[str, Mapping[str, Field]] = {
    "not_seen": {"label": _TEXT},
    "not_public": {
        "stage": Field(choices=STAGES),
        "label": _TEXT,
        "status": Field(choices=NOT_PUBLIC),
        "prevents": _TEXT,
        "allows": _TEXT,
    },
    "reporting": {
        "number": Field(kind=int),
        "domain": Field(choices=DOMAINS),
        "label": _TEXT,
        "status": Field(choices=REPORTED),
        "panel": Field(may_be_empty=True),
        "basis": _OPTIONAL,
    },
}

#: Facts that the steps ask for by id, and the type of their value.
NEEDED: Mapping[str, type] = {
    "title": str,
    "journal": str,
    "publisher": str,
    "published": str,
    "volume": str,
    "issue": str,
    "pages": str,
    "doi": str,
    "language": str,
    "method": str,
    "mode": str,
    "platform": str,
    "held": str,
    "experts": int,
}

CLAIM_KINDS = ("conclusion", "task")
DIRECTIONS = ("rises", "shifts", "hinders", "facilitates", "open")
STRENGTHS = ("concluded", "hoped", "reported")
#: The columns of ``claims.csv``; those in :data:`MAY_BE_EMPTY` hold nothing where nothing applies.
CLAIM_COLUMNS = (
    "claim_id",
    "kind",
    "fact",
    "subject",
    "direction",
    "condition",
    "strength",
    "text",
    "text_ru",
    "would_support_panel",
    "would_count_against_panel",
    "would_support_public",
    "would_count_against_public",
    "stated_in",
)
MAY_BE_EMPTY = frozenset({"condition", "would_support_public", "would_count_against_public"})


class RecordError(ValueError):
    """The study record or the claims are broken; ``faults`` lists every fault."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Place:
    """Where facts are stated: a public ``page``, or a ``statement`` that is not public."""

    id: str
    kind: str
    title: str
    address: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the record; ``values`` holds the fields of its section.

    ``checked`` is True where a stored public copy was seen, False where the fact is taken over,
    None in the sections that hold no facts.
    """

    id: str
    section: str
    values: Mapping[str, Value]
    stated_in: tuple[str, ...]
    checked: bool | None
    note: str

    def text(self, name: str) -> str:
        """The field ``name`` as text; empty where the entry has none."""
        return str(self.values.get(name, ""))


@dataclass(frozen=True, slots=True)
class Record:
    """The study record: places, and the entries of each section in their order."""

    about: str
    places: Mapping[str, Place]
    sections: Mapping[str, tuple[Entry, ...]]

    def facts(self) -> Iterator[Entry]:
        """The entries that state a fact, section by section."""
        for name in FACTS:
            yield from self.sections[name]

    def entry(self, id: str) -> Entry:
        """The entry with this id.

        Raises
        ------
        KeyError
            If the record has no such entry.
        """
        for entries in self.sections.values():
            for entry in entries:
                if entry.id == id:
                    return entry
        raise KeyError(f"the study record has no entry {id!r}")

    def value(self, id: str) -> str:
        """The value of the fact with this id, as text."""
        return self.entry(id).text("value")

    def count(self, id: str) -> int:
        """The value of the fact with this id, a whole number."""
        value = self.entry(id).values["value"]
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"the fact {id!r} is not a whole number: {value!r}")
        return value


@dataclass(frozen=True, slots=True)
class Claim:
    """One checkable claim: a conclusion or a task of the article (``fact`` names its entry).

    ``direction`` is what the claim expects of its ``subject``; ``condition`` is what has to hold
    first; ``strength`` how firmly the article puts it. The ``would_`` fields say what in a panel,
    or in public statistics, would support the claim or count against it; empty where public
    statistics do not bear on it.
    """

    claim_id: str
    kind: str
    fact: str
    subject: str
    direction: str
    condition: str
    strength: str
    text: str
    text_ru: str
    would_support_panel: str
    would_count_against_panel: str
    would_support_public: str
    would_count_against_public: str
    stated_in: tuple[str, ...]


def _wrong_value(value: object, field: Field) -> str:
    """What is wrong with a value, or nothing."""
    if field.kind is str and not isinstance(value, str):
        return f"expected text, got {value!r} (put quotation marks around it)"
    if field.kind is bool and not isinstance(value, bool):
        return f"expected true or false, got {value!r}"
    if field.kind is int and (isinstance(value, bool) or not isinstance(value, int)):
        return f"expected a whole number, got {value!r}"
    if field.kind is object and (isinstance(value, bool) or not isinstance(value, str | int)):
        return f"expected text or a whole number, got {value!r}"
    if isinstance(value, str) and not value.strip() and not field.may_be_empty:
        return "is empty"
    if field.choices and value not in field.choices:
        return f"expected one of {', '.join(field.choices)}; got {value!r}"
    return ""


class _Reader:
    """Reads the parsed file and gathers every fault."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.faults: list[str] = []
        self.seen: dict[str, str] = {}

    def fault(self, where: str, what: str) -> None:
        self.faults.append(f"{self.name}, {where}: {what}")

    def entries(self, content: Mapping[str, Any], section: str) -> list[tuple[str, dict[str, Any]]]:
        """The section's entries, each with the words that name it in a message."""
        given = content.get(section)
        if not isinstance(given, list) or not given:
            self.fault(section, "expected a list of entries, found none")
            return []
        found = []
        for position, entry in enumerate(given, start=1):
            where = f"{section} entry {position}"
            if not isinstance(entry, dict):
                self.fault(where, f"expected fields such as 'id: ...', got {entry!r}")
                continue
            id = entry.get("id")
            if not isinstance(id, str) or not _ID.fullmatch(id):
                self.fault(where, f"id {id!r}: expected lower-case letters, digits, - and _")
                id = f"({position})"
            elif id in self.seen:
                self.fault(where, f"id {id!r} is used before, in {self.seen[id]}")
            else:
                self.seen[id] = section
            found.append((f"{where} ({id})", {**entry, "id": id}))
        return found

    def values(
        self, where: str, entry: Mapping[str, Any], fields: Mapping[str, Field], also: set[str]
    ) -> dict[str, Value]:
        """The entry's own fields, checked."""
        for name in entry:
            if name not in fields and name not in also:
                self.fault(where, f"unknown field {name!r}; expected {', '.join([*fields, *also])}")
        found: dict[str, Value] = {}
        for name, field in fields.items():
            if name not in entry:
                if field.required:
                    self.fault(where, f"field {name!r} is missing")
                continue
            wrong = _wrong_value(entry[name], field)
            if wrong:
                self.fault(where, f"field {name!r}: {wrong}")
            else:
                found[name] = entry[name]
        return found

    def stated_in(
        self, where: str, entry: Mapping[str, Any], places: Mapping[str, Place]
    ) -> tuple[tuple[str, ...], bool]:
        """Where a fact is stated, and whether that was seen."""
        given = entry.get("stated_in")
        if not isinstance(given, list) or not given:
            self.fault(where, "stated_in: expected a list of places, found none")
            given = []
        for name in given:
            if name not in places:
                self.fault(where, f"stated_in: no place {name!r} under places")
        checked = entry.get("checked")
        if not isinstance(checked, bool):
            self.fault(where, f"checked: expected true or false, got {checked!r}")
            checked = False
        if checked and not any(p in places and places[p].kind == "page" for p in given):
            self.fault(where, "checked is true, but none of its places is a public page")
        return tuple(str(name) for name in given), checked


def _places(reader: _Reader, content: Mapping[str, Any]) -> dict[str, Place]:
    fields = {
        "kind": Field(choices=("page", "statement")),
        "title": _TEXT,
        "address": _OPTIONAL,
    }
    places = {}
    for where, entry in reader.entries(content, "places"):
        values = reader.values(where, entry, fields, {"id"})
        places[entry["id"]] = Place(
            id=entry["id"],
            kind=str(values.get("kind", "")),
            title=str(values.get("title", "")),
            address=str(values.get("address", "")),
        )
    return places


def _section(
    reader: _Reader, content: Mapping[str, Any], section: str, places: Mapping[str, Place]
) -> tuple[Entry, ...]:
    is_fact = section in FACTS
    fields = FACTS[section] if is_fact else GAPS[section]
    also = {"id", "note"} | ({"stated_in", "checked"} if is_fact else set())
    found = []
    for where, entry in reader.entries(content, section):
        values = reader.values(where, entry, fields, also)
        stated_in, checked = reader.stated_in(where, entry, places) if is_fact else ((), None)
        note = entry.get("note", "")
        if not isinstance(note, str):
            reader.fault(where, f"field 'note': expected text, got {note!r}")
        found.append(Entry(entry["id"], section, values, stated_in, checked, str(note)))
    return tuple(found)


def _cross_checks(reader: _Reader, sections: Mapping[str, tuple[Entry, ...]]) -> None:
    by_id = {e.id: e for entries in sections.values() for e in entries}
    for id, kind in NEEDED.items():
        if id not in by_id:
            reader.fault("article and interview", f"the fact {id!r} is missing")
        elif "value" in by_id[id].values and type(by_id[id].values["value"]) is not kind:
            what = "a whole number" if kind is int else "text"
            got = by_id[id].values["value"]
            reader.fault(f"{by_id[id].section} ({id})", f"value: expected {what}, got {got!r}")
    experts = by_id["experts"].values.get("value") if "experts" in by_id else None
    kinds = len(sections["expert_kinds"])
    if type(experts) is int and experts < kinds:
        reader.fault("interview (experts)", f"{experts} experts cannot be of {kinds} kinds")
    for id in ("published", "held"):
        value = by_id[id].text("value") if id in by_id else ""
        if value and not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", value):
            reader.fault(f"{by_id[id].section} ({id})", f"expected YYYY-MM, got {value!r}")
    numbers = [e.values.get("number") for e in sections["reporting"]]
    if sections["reporting"] and numbers != list(range(1, COREQ_ITEMS + 1)):
        reader.fault("reporting", f"expected the items 1 to {COREQ_ITEMS} in order, each once")


def load_record(path: Path = DATA / "record.yml") -> Record:
    """The study record.

    Raises
    ------
    RecordError
        If the file is missing, is no YAML, or breaks a rule. Every fault is named, with the file,
        the entry and what is wrong.
    """
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RecordError([f"{path.name}: no such file in {path.parent.name}/"]) from None
    except UnicodeDecodeError as error:
        raise RecordError([f"{path.name}: not UTF-8 text (byte {error.start})"]) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "cannot be read"
        raise RecordError([f"{path.name}{line}: not valid YAML: {problem}"]) from None
    if not isinstance(content, dict):
        raise RecordError([f"{path.name}: expected sections such as 'article:', found none"])

    reader = _Reader(path.name)
    for name in content:
        if name not in {"about", "places", *FACTS, *GAPS}:
            reader.fault(str(name), "unknown section")
    about = content.get("about")
    if not isinstance(about, str) or not about.strip():
        reader.fault("about", "expected a sentence that says how the record was made")
    places = _places(reader, content)
    sections = {name: _section(reader, content, name, places) for name in [*FACTS, *GAPS]}
    _cross_checks(reader, sections)
    if reader.faults:
        raise RecordError(reader.faults)
    return Record(about=str(about).strip(), places=places, sections=sections)


def _claim_faults(row: Mapping[str, str], record: Record) -> list[str]:
    faults = [
        f"{name} is empty" for name in CLAIM_COLUMNS if not row[name] and name not in MAY_BE_EMPTY
    ]
    if not re.fullmatch(r"[CT]\d+[a-z]?", row["claim_id"]):
        faults.append(f"claim_id {row['claim_id']!r}: expected C1, T2a or the like")
    for name, choices in (
        ("kind", CLAIM_KINDS),
        ("direction", DIRECTIONS),
        ("strength", STRENGTHS),
    ):
        if row[name] and row[name] not in choices:
            faults.append(f"{name}: expected one of {', '.join(choices)}; got {row[name]!r}")
    if bool(row["would_support_public"]) != bool(row["would_count_against_public"]):
        faults.append("would_support_public and would_count_against_public: both or neither")
    section = {"conclusion": "conclusions", "task": "tasks"}.get(row["kind"])
    if section:
        facts = {e.id: e for e in record.sections[section]}
        if row["fact"] not in facts:
            faults.append(f"fact {row['fact']!r} is not among the record's {section}")
        else:
            stated = facts[row["fact"]].stated_in
            for place in filter(None, row["stated_in"].split(";")):
                if place not in stated:
                    faults.append(f"stated_in: the record does not place its fact in {place!r}")
    return faults


def load_claims(record: Record, path: Path = DATA / "claims.csv") -> tuple[Claim, ...]:
    """The claims, each tied to a conclusion or a task of ``record``; each of those has a claim.

    Raises
    ------
    RecordError
        If the file is missing or breaks a rule. Every fault is named, with the file, the row (as
        an editor counts lines), and what is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise RecordError([f"{path.name}: no such file in {path.parent.name}/"]) from None
    except UnicodeDecodeError as error:
        raise RecordError([f"{path.name}: not UTF-8 text (byte {error.start})"]) from None
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if tuple(reader.fieldnames or ()) != CLAIM_COLUMNS:
        expected = ", ".join(CLAIM_COLUMNS)
        got = ", ".join(reader.fieldnames or ()) or "nothing"
        raise RecordError([f"{path.name}, line 1: expected the columns {expected}; got {got}"])
    faults: list[str] = []
    claims: list[Claim] = []
    seen: set[str] = set()
    for row in reader:
        where = f"{path.name}, line {reader.line_num} ({row['claim_id']})"
        if None in row or None in row.values():
            faults.append(f"{where}: expected {len(CLAIM_COLUMNS)} cells")
            continue
        faults += [f"{where}: {fault}" for fault in _claim_faults(row, record)]
        if row["claim_id"] in seen:
            faults.append(f"{where}: claim_id is used before")
        seen.add(row["claim_id"])
        places = tuple(filter(None, row["stated_in"].split(";")))
        cells: dict[str, Any] = {**row, "stated_in": places}
        claims.append(Claim(**cells))
    for section in ("conclusions", "tasks"):
        for entry in record.sections[section]:
            if entry.id not in {c.fact for c in claims}:
                faults.append(f"{path.name}: no claim for {entry.id!r} of the record's {section}")
    if faults:
        raise RecordError(faults)
    return tuple(claims)
