"""``plan.yml``: the analysis plan of a panel, written beforehand.

It says which codes and items speak to which claim, which kinds of stakeholder stand on which side,
the few contrasts between sides that will be tested, the ladder of what platforms are used for, and
which codes are about services and which about networks. Every entry may be left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any, NoReturn

import pandas as pd

from analysis.panel.checks import Draft, NotReadError
from analysis.panel.entries import Entries
from analysis.panel.faults import Faults, NotInPanel
from analysis.panel.format import FILES, NO_DIFFERENCE, PLAN_FILE

_NAME = re.compile("[A-Za-z0-9_-]+")
_RUNG = ["name", "name_ru", "today_code", "could_code", "today_item", "could_item"]


class Plan(dict[str, Any]):
    """The entries of a plan as frames and lists; one that it lacks is :class:`NotInPanel`.

    ``claims``: index ``claim``, ``codes`` and ``items`` (lists). ``sides``: the kinds of each side.
    ``contrasts``: index ``contrast``, ``code``, ``sides`` (two), ``expected`` (a side, or "none").
    ``ladder``: index ``rung``, the lowest first, ``label``, ``label_ru``, ``today_code``,
    ``could_code``, ``today_item``, ``could_item``. ``channels``: the codes of ``service`` and of
    ``network``. ``note``: text.
    """

    def __init__(self, content: Mapping[str, Any]) -> None:
        super().__init__({name: value for name, value in content.items() if value})
        if "claims" in self:
            rows = [(c, v.get("codes", []), v.get("items", [])) for c, v in self["claims"].items()]
            frame = pd.DataFrame(rows, columns=["claim", "codes", "items"])
            self["claims"] = frame.set_index("claim")
        if "contrasts" in self:
            frame = pd.DataFrame(self["contrasts"])[["id", "code", "sides", "expected"]]
            self["contrasts"] = frame.rename(columns={"id": "contrast"}).set_index("contrast")
        if "ladder" in self:
            frame = pd.DataFrame(self["ladder"], columns=_RUNG).rename_axis("rung")
            self["ladder"] = frame.rename(columns={"name": "label", "name_ru": "label_ru"})

    def __missing__(self, name: str) -> NoReturn:
        raise NotInPanel(f"The plan of this panel names no {name}.")


def read_plan(data: bytes, faults: Faults) -> Entries:
    """The entries of ``plan.yml``, and what is wrong with each by itself."""
    entries = Entries(FILES[PLAN_FILE], data, faults)
    if entries.content:
        for part in (_claims, _sides, _contrasts, _ladder, _channels):
            name = part.__name__[1:]
            if name in entries.content:
                part(entries, entries.content[name])
    return entries


def check_plan(draft: Draft) -> None:
    """Note every id in the plan that its table does not have."""
    for line, entry, value, column in draft.plan.named if draft.plan else ():
        expected = column.target
        try:
            known = bool((draft[".".join(column.refers)] == value).any())
        except NotReadError:
            known = f"{column.refers[0]}.csv" in draft.files  # what it would hold is not known
            expected += ", which is not there"
        if not known:
            draft.faults.add(PLAN_FILE, line, entry, value, expected)


def _once(entries: Entries, entry: str, values: Iterable[str]) -> None:
    """Note values that stand there more than once; empty ones do not count."""
    for value, count in Counter(filter(None, values)).items():
        if count > 1:
            entries.wrong(entry, value, f"{value} once", entries.lines[entry.split()[0]])


def _claims(entries: Entries, claims: Mapping[str, Mapping[str, list[str]]]) -> None:
    for claim, lists in claims.items():
        entry = f"claims {claim}"
        if not _NAME.fullmatch(claim):
            entries.wrong("claims", claim, "the id of a claim, such as C1", entries.lines[entry])
        elif not any(lists.values()):
            entries.wrong(entry, None, "codes or items that speak to the claim")


def _sides(entries: Entries, sides: Mapping[str, list[str]]) -> None:
    for side, kinds in sides.items():
        line = entries.lines[f"sides {side}"]
        if side == NO_DIFFERENCE:
            entries.wrong("sides", side, f"another name: {side} means no difference", line)
        elif not _NAME.fullmatch(side):
            entries.wrong("sides", side, "a name of the letters a-z, digits, - and _", line)
        elif not kinds:
            entries.wrong(f"sides {side}", None, "a kind of stakeholder or more", line)
    if len(sides) < 2:
        entries.wrong("sides", ", ".join(sides), "two sides or more")
    _once(entries, "sides", chain(*sides.values()))


def _contrasts(entries: Entries, contrasts: list[dict[str, Any]]) -> None:
    sides = entries.content.get("sides", {})
    for number, contrast in enumerate(contrasts, 1):
        entry, pair = f"contrasts {number}", contrast.get("sides", [])
        for side in (side for side in pair if side not in sides):
            right = f"one of the sides under sides: {', '.join(sides) or 'which is empty'}"
            entries.wrong(f"{entry} sides", side, right)
        if pair and len(pair) != 2:
            entries.wrong(f"{entry} sides", ", ".join(pair), "two sides")
        elif pair and contrast.get("expected", NO_DIFFERENCE) not in (*pair, NO_DIFFERENCE, ""):
            right = f"{' or '.join(pair)}, or {NO_DIFFERENCE} where no difference is expected"
            entries.wrong(f"{entry} expected", contrast["expected"], right)
    _once(entries, "contrasts id", (c.get("id", "") for c in contrasts))
    tested = (" ".join([c.get("code", ""), *sorted(c.get("sides", []))]) for c in contrasts)
    _once(entries, "contrasts", tested)


def _ladder(entries: Entries, ladder: list[dict[str, str]]) -> None:
    names = [rung.get("name", "") for rung in ladder]
    if len(ladder) < 2:
        entries.wrong("ladder", ", ".join(names), "two rungs or more, the lowest first")
    _once(entries, "ladder name", names)
    for what in ("code", "item"):
        ids = (rung.get(f"{when}_{what}", "") for rung in ladder for when in ("today", "could"))
        _once(entries, f"ladder {what}s", ids)


def _channels(entries: Entries, channels: Mapping[str, list[str]]) -> None:
    for name in (name for name, codes in channels.items() if not codes):
        entries.wrong(f"channels {name}", None, "a code or more")
    _once(entries, "channels", chain(*channels.values()))
