"""From cells of text to checked values: what one cell has to be, whatever stands in the others."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.panel.faults import CITED, Faults
from analysis.panel.format import KINDS, LONGEST, Column
from analysis.panel.reading import RawTable
from analysis.privacy.contacts import find

_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?%?")
_RISKY = frozenset("=+-@\t\r＝＋－＠")
#: Control characters, halves of characters, what is none, and marks that turn the direction.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028-\u202e\u2066-\u2069\ufffe\uffff]")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would run the cell; a plain number such as -1 is none."""
    start = text.lstrip("\n")
    return len(start) > 1 and start[0] in _RISKY and not _PLAIN_NUMBER.fullmatch(start)


def _is_blank(text: str) -> bool:
    """Whether nobody sees anything of the text."""
    return all(c.isspace() or unicodedata.category(c) in {"Cf", "Cc"} for c in text)


def _has_control(text: str, allowed: str) -> bool:
    return not text.isprintable() and any(c not in allowed and _CONTROL.match(c) for c in text)


def _is_of_kind(text: str, column: Column) -> bool:
    if column.choices:
        return text in column.choices
    if not re.fullmatch(KINDS[column.kind].pattern or "", text):
        return False
    if column.kind == "date":
        try:
            date.fromisoformat(text + "-01-01"[len(text) - 10 :] if len(text) < 10 else text)
        except ValueError:
            return False
    return column.minimum is None or float(text) >= column.minimum


def problems(column: Column, text: str) -> Iterator[str]:
    """What would be right, for each way in which a cell is wrong."""
    free = column.kind in {"text", "name"}
    longest = LONGEST.get(column.kind, LONGEST["name"])
    if len(text) > longest:
        yield f"at most {longest:,} characters"
    elif is_formula(text) and not free:
        yield "no formula: a spreadsheet runs what starts with =, +, -, @ or a tab"
    elif not column.optional and _is_blank(text):
        yield f"{column.expected}; it may not be empty"
    elif not free and text and not _is_of_kind(text, column):
        yield column.expected
    elif column.kind == "name" and _has_control(text, ""):
        yield "one line without control characters"
    elif _has_control(text, "\n\t"):
        yield "no control characters"
    for kind in dict.fromkeys(contact.kind for contact in find(text)) if free else ():
        if kind not in CITED:
            yield f"no {kind}: it names a person"


def typed(raw: RawTable, faults: Faults) -> pd.DataFrame:
    """The values of a table, and a fault for each cell that is wrong; it is then missing."""
    return pd.DataFrame({c.name: _values(raw, c, faults) for c in raw.columns}, copy=False)


def _is_plain(text: str) -> bool:
    """Whether a text is surely right, told fast."""
    return not find(text) and text.isprintable() and not text.isspace()


def _suspects(column: Column, distinct: NDArray[np.object_]) -> Iterable[int]:
    """The places of texts that may be wrong; most texts are cleared here."""
    if column.kind not in {"id", "version", "text", "name"}:
        return range(len(distinct))
    longest = LONGEST.get(column.kind, LONGEST["name"])
    pattern = KINDS[column.kind].pattern
    plain = re.compile(pattern).fullmatch if pattern else _is_plain
    return (
        place
        for place, text in enumerate(distinct)
        if not (0 < len(text) <= longest and text[0] not in _RISKY and plain(text))
    )


def _values(raw: RawTable, column: Column, faults: Faults) -> Any:
    codes, distinct = raw.cells[column.name]
    wrong = {i: f for i in _suspects(column, distinct) if (f := [*problems(column, distinct[i])])}
    if wrong:
        broken = np.isin(codes, list(wrong)) & raw.shaped
        for row in np.flatnonzero(broken).tolist():
            for expected in wrong[codes[row]]:
                line, text = int(raw.lines[row]), distinct[codes[row]]
                faults.add(raw.table.file, line, column.name, text, expected)
    right = distinct != ""
    right[list(wrong)] = False
    if column.kind in {"whole", "number"}:
        numbers = np.full(len(distinct), np.nan)
        numbers[right] = distinct[right].astype(np.float64)
        whole = column.kind == "whole" and right.all()
        return numbers.astype(np.int64)[codes] if whole else numbers[codes]
    if column.choices:
        choices = pd.Index(column.choices)
        place = np.where(right, choices.get_indexer(pd.Index(distinct)), -1)
        return pd.Categorical.from_codes(place[codes].astype(np.int64), choices)
    if column.kind == "bool" and right.all():
        return (distinct == "true")[codes]
    values = distinct if right.all() else np.where(right, distinct, np.nan)
    return pd.array(values, dtype="str").take(codes)
