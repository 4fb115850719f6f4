"""The study record as tables: what is stated of the article, by whom, and what is not public."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import comb

import pandas as pd

from analysis.panel.record import (
    CLAIM_COLUMNS,
    CLAIM_KINDS,
    DOMAINS,
    NOT_PUBLIC,
    REPORTED,
    Claim,
    Record,
)
from analysis.steps.results import Result

#: What a reader meets in this book under each label of source.
SOURCE_EXAMPLES = {
    "record": "the number of experts; a conclusion of the article",
    "public": "an index of the United Nations for a country and a year",
    "constructed": "how many of the constructed experts raise a theme",
    "simulated": "how often an interval covers the value that was put in",
    "panel": "the same counts for interviews that a reader supplied",
}

#: What a reader meets in this book under each label of standing.
STANDING_EXAMPLES = {
    "description": "how many of the experts in a panel raise a theme; a median of their ratings",
    "model-based": "an interval around such a share",
    "sensitivity": "a difference between groups of experts; a result with one expert left out",
    "simulation": "the smallest difference that so many experts could show",
}

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

_HERE = "analysis.steps.study_record"


def month(text: str) -> str:
    """A month as a reader says it: "December 2021" for "2021-12"."""
    year, number = text.split("-")
    return f"{_MONTHS[int(number) - 1]} {year}"


def facts(record: Record, section: str, ids: Sequence[str] = ()) -> pd.DataFrame:
    """The facts of one section (or those with ``ids``), one row a fact.

    Columns what, value, stated_in (the places' ids), checked, note.
    """
    chosen = [e for e in record.sections[section] if not ids or e.id in ids]
    rows = []
    for entry in chosen:
        value = entry.text("value")
        if entry.id in {"published", "held"}:
            value = month(value)
        if entry.text("value_ru"):
            value = f"{value} ({entry.text('value_ru')})"
        rows.append(
            {
                "what": entry.text("label"),
                "value": value,
                "stated_in": ", ".join(entry.stated_in),
                "checked": entry.checked,
                "note": entry.note,
            }
        )
    return pd.DataFrame(rows)


def named(record: Record, section: str, *fields: str) -> pd.DataFrame:
    """The entries of one section as they are: the given ``fields``, stated_in, checked, note.

    The column ``cites`` is added where the entries have it.
    """
    rows = []
    for entry in record.sections[section]:
        row: dict[str, object] = {name: entry.text(name) for name in fields}
        row["stated_in"] = ", ".join(entry.stated_in)
        row["checked"] = entry.checked
        if "cites_checked" in entry.values:
            row["cites"] = bool(entry.values["cites_checked"])
        row["note"] = entry.note
        rows.append(row)
    return pd.DataFrame(rows)


def places(record: Record) -> pd.DataFrame:
    """The places where facts are stated: id, title, address, and how many facts each states."""
    stated = [p for entry in record.facts() for p in entry.stated_in]
    return pd.DataFrame(
        {
            "id": place.id,
            "place": place.title,
            "address": place.address,
            "public": place.kind == "page",
            "facts": stated.count(place.id),
        }
        for place in record.places.values()
    )


def gaps(record: Record) -> pd.DataFrame:
    """What is not public: stage, what, status, what that prevents, what it would allow."""
    fields = ("stage", "label", "status", "prevents", "allows")
    return pd.DataFrame(
        {name: entry.text(name) for name in fields} for entry in record.sections["not_public"]
    )


def reporting(record: Record) -> pd.DataFrame:
    """The items of the COREQ checklist: number, domain, item, status, basis, panel table."""
    return pd.DataFrame(
        {
            "number": int(entry.values["number"]),
            "domain": entry.text("domain"),
            "item": entry.text("label"),
            "status": entry.text("status"),
            "basis": entry.text("basis"),
            "panel": entry.text("panel"),
        }
        for entry in record.sections["reporting"]
    )


def reporting_counts(record: Record) -> pd.DataFrame:
    """Items by domain and status: one row a domain, one column a status, and ``items``."""
    table = reporting(record)
    counts = pd.crosstab(table["domain"], table["status"])
    counts = counts.reindex(index=list(DOMAINS), columns=list(REPORTED), fill_value=0)
    counts["items"] = counts.sum(axis=1)
    return counts.rename_axis(index="domain", columns=None).reset_index()


def reporting_rows(record: Record) -> dict[str, list[tuple[str, str]]]:
    """For a picture: each domain's items in order, as pairs of number and status."""
    table = reporting(record)
    return {
        domain: [(str(n), s) for n, s in zip(part["number"], part["status"], strict=True)]
        for domain in DOMAINS
        for part in [table[table["domain"] == domain]]
    }


def reporting_alt(record: Record) -> str:
    """The picture of the checklist in words."""
    parts = []
    for row in reporting_counts(record).to_dict("records"):
        counts = ", ".join(f"{row[status]} {status}" for status in REPORTED)
        parts.append(f"{row['domain']}, {row['items']} items: {counts}")
    return (
        "One numbered mark for each item of the COREQ checklist, by domain; dark where the item "
        f"is stated, paler where in part, empty where not stated. {'. '.join(parts)}."
    )


def conclusions(record: Record, claims: Iterable[Claim]) -> pd.DataFrame:
    """The conclusions as the record states them, with the claim that stands for each.

    Columns claim_id, name, text, strength, condition, checked.
    """
    by_fact = {claim.fact: claim for claim in claims if claim.kind == "conclusion"}
    return pd.DataFrame(
        {
            "claim_id": by_fact[entry.id].claim_id,
            "name": entry.text("name"),
            "text": entry.text("text"),
            "strength": by_fact[entry.id].strength,
            "condition": by_fact[entry.id].condition,
            "checked": entry.checked,
        }
        for entry in record.sections["conclusions"]
    )


def claims_table(claims: Iterable[Claim], kinds: Sequence[str] = CLAIM_KINDS) -> pd.DataFrame:
    """The claims of the given ``kinds``, one row a claim, columns as in ``claims.csv``.

    ``condition`` and what public statistics would show are empty where nothing applies.
    """
    rows = [{name: getattr(claim, name) for name in CLAIM_COLUMNS} for claim in claims]
    table = pd.DataFrame(rows, columns=list(CLAIM_COLUMNS))
    return table[table["kind"].isin(list(kinds))].reset_index(drop=True)


def allocations(experts: int, kinds: int) -> int:
    """In how many ways ``experts`` spread over ``kinds`` with at least one expert of each kind.

    The number of compositions, C(experts - 1, kinds - 1).

    Raises
    ------
    ValueError
        If there are fewer experts than kinds, or no kind.
    """
    if not 1 <= kinds <= experts:
        raise ValueError(f"expected 1 <= kinds <= experts, got {kinds} kinds, {experts} experts")
    return comb(experts - 1, kinds - 1)


def group_bounds(experts: int, kinds: int) -> dict[str, int]:
    """What must hold of the group sizes when each kind has at least one expert.

    ``largest_at_least`` and ``smallest_at_most`` hold for every allocation (the largest group is
    no smaller than the mean, the smallest no larger); ``largest_at_most`` is one group taking all
    whom the others can spare.
    """
    allocations(experts, kinds)
    return {
        "largest_at_least": -(-experts // kinds),
        "smallest_at_most": experts // kinds,
        "largest_at_most": experts - kinds + 1,
    }


def most_sessions(experts: int) -> int:
    """The most sessions of a group interview: a group has two experts or more."""
    if experts < 2:
        raise ValueError(f"a group interview needs two experts, got {experts}")
    return experts // 2


def statement_counts(record: Record) -> dict[str, int]:
    """How many facts the record holds, how many were seen in a public copy, and what is missing."""
    every = list(record.facts())
    missing = [entry.text("status") for entry in record.sections["not_public"]]
    return {
        "facts": len(every),
        "checked": sum(bool(entry.checked) for entry in every),
        "missing": len(missing),
        **{status: missing.count(status) for status in NOT_PUBLIC},
    }


def _text(id: str, label: str, value: str, unit: str = "text") -> Result:
    return Result(
        id=id,
        label=label,
        value=value,
        unit=unit,
        standing="description",
        method="as the record states it",
        function=f"{_HERE}.facts",
    )


def _count(id: str, label: str, value: int, method: str, function: str) -> Result:
    return Result(
        id=id,
        label=label,
        value=value,
        unit="count",
        standing="description",
        method=method,
        function=f"{_HERE}.{function}",
    )


def _share(id: str, label: str, k: int, n: int, function: str) -> Result:
    return Result(
        id=id,
        label=label,
        value=k / n,
        unit="count-of",
        standing="description",
        method="count of the record's entries",
        function=f"{_HERE}.{function}",
        k=k,
        n=n,
    )


def _stated(record: Record) -> list[Result]:
    value = record.value
    entries = "count of the record's entries"
    citing = record.sections["citing"]
    return [
        _text("sr-title", "Title of the article", value("title")),
        _text("sr-journal", "Journal", value("journal")),
        _text("sr-volume", "Volume", value("volume")),
        _text("sr-issue", "Issue", value("issue")),
        _text("sr-pages", "Pages", value("pages")),
        _text("sr-publisher", "Publisher", value("publisher")),
        _text("sr-language", "Language of the article", value("language")),
        _text("sr-published", "Month of publication", month(value("published")), "date"),
        _text("sr-method", "Method", value("method")),
        _text("sr-mode", "Mode", value("mode")),
        _text("sr-platform", "Platform", value("platform")),
        _text("sr-held", "Month of the interview", month(value("held")), "date"),
        _count("sr-experts", "Experts", record.count("experts"), "as stated", "facts"),
        *(
            _count(f"sr-{name}", label, len(record.sections[section]), entries, "named")
            for name, label, section in (
                ("authors", "Authors", "authors"),
                ("kinds", "Kinds of experts", "expert_kinds"),
                ("tasks", "Tasks of the study", "tasks"),
                ("conclusions", "Conclusions of the article", "conclusions"),
                ("keywords", "Keywords of the precursor", "keywords"),
                ("citing", "Works known to cite the article", "citing"),
            )
        ),
        _share(
            "sr-citing-seen",
            "Citing works seen in a public copy",
            sum(bool(e.checked) for e in citing),
            len(citing),
            "named",
        ),
        _share(
            "sr-citing-reference-seen",
            "Citing works whose reference to the article was seen",
            sum(bool(e.values["cites_checked"]) for e in citing),
            len(citing),
            "named",
        ),
    ]


def _consequences(record: Record) -> list[Result]:
    experts, kinds = record.count("experts"), len(record.sections["expert_kinds"])
    bounds = group_bounds(experts, kinds)
    arithmetic = "arithmetic on the stated numbers, each kind with at least one expert"
    return [
        _count(
            "sr-allocations",
            "Ways in which the experts can spread over the kinds",
            allocations(experts, kinds),
            "number of compositions, C(n - 1, k - 1)",
            "allocations",
        ),
        *(
            _count(f"sr-{name}", label, bounds[key], arithmetic, "group_bounds")
            for name, label, key in (
                ("largest-least", "The largest kind has at least", "largest_at_least"),
                ("smallest-most", "The smallest kind has at most", "smallest_at_most"),
                ("largest-most", "The largest kind has at most", "largest_at_most"),
            )
        ),
        _count(
            "sr-most-sessions",
            "Sessions at most",
            most_sessions(experts),
            "arithmetic: a group has two experts or more",
            "most_sessions",
        ),
    ]


def _completeness(record: Record) -> list[Result]:
    counts = statement_counts(record)
    table = reporting(record)
    items = len(table)
    open_items = table[table["status"] != REPORTED[0]]
    answered = int((open_items["panel"] != "").sum())
    team = table[table["domain"] == DOMAINS[0]]
    missing = "what the record lists as missing"
    return [
        _count("sr-facts", "Facts in the record", counts["facts"], "count", "statement_counts"),
        _share(
            "sr-facts-seen",
            "Facts seen in a stored public copy",
            counts["checked"],
            counts["facts"],
            "statement_counts",
        ),
        _count("sr-missing", "Missing pieces", counts["missing"], missing, "statement_counts"),
        *(
            _share(id, f"Missing pieces: {status}", counts[status], counts["missing"], name)
            for id, status, name in (
                ("sr-not-public", NOT_PUBLIC[0], "statement_counts"),
                ("sr-not-known", NOT_PUBLIC[1], "statement_counts"),
            )
        ),
        _count("sr-coreq-items", "Items of COREQ", items, "count of the items", "reporting"),
        *(
            _share(id, f"COREQ items {status}", int((table["status"] == status).sum()), items, name)
            for id, status, name in (
                ("sr-coreq-stated", REPORTED[0], "reporting"),
                ("sr-coreq-in-part", REPORTED[1], "reporting"),
                ("sr-coreq-not-stated", REPORTED[2], "reporting"),
            )
        ),
        _share(
            "sr-coreq-team-not-stated",
            "COREQ items on the research team not stated",
            int((team["status"] == REPORTED[2]).sum()),
            len(team),
            "reporting",
        ),
        _share(
            "sr-coreq-panel",
            "Open COREQ items that a panel's tables answer",
            answered,
            len(open_items),
            "reporting",
        ),
    ]


def results(record: Record) -> list[Result]:
    """All that the chapter's prose states: facts, what follows from them, what is missing."""
    return [*_stated(record), *_consequences(record), *_completeness(record)]
