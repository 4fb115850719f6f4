"""What a cell has to be, whatever stands in the others: the checks, and pandera schemas of them.

A check looks at a whole column at once. A sound column is told by one search through its joined
text; only where that finds something is each cell looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.panel.columns import KINDS, Column, Table
from analysis.panel.contacts import PHONE_HINT, has_email, has_phone
from analysis.panel.faults import Faults
from analysis.panel.format import LONGEST

BoolArray = NDArray[np.bool_]
#: Texts in, whether each is right out.
Test = Callable[[Sequence[str]], BoolArray]

_CHUNK = 10_000
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?%?")
_RISKY = frozenset("=+-@\t\r")


@dataclass(frozen=True, slots=True)
class CellCheck:
    """One check of one column; ``alone`` if it is not made where an earlier one has failed."""

    name: str
    expected: str
    test: Test
    alone: bool = True


def _chunks(values: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    for start in range(0, len(values), _CHUNK):
        yield start, values[start : start + _CHUNK]


def _each(values: Sequence[str], clear: Callable[[Sequence[str]], bool], right: Any) -> BoolArray:
    """Whether each value is ``right``; not asked in chunks that are ``clear`` as a whole."""
    result = np.ones(len(values), dtype=np.bool_)
    for start, chunk in _chunks(values):
        if not clear(chunk):
            result[start : start + len(chunk)] = [bool(right(value)) for value in chunk]
    return result


def _short(values: Sequence[str]) -> BoolArray:
    return _each(
        values, lambda chunk: max(map(len, chunk)) <= LONGEST, lambda value: len(value) <= LONGEST
    )


def is_formula(value: str) -> bool:
    """Whether a spreadsheet would run the cell; a plain number such as -1 is none."""
    return len(value) > 1 and value[0] in _RISKY and not _PLAIN_NUMBER.fullmatch(value)


def _no_formula(values: Sequence[str]) -> BoolArray:
    return _each(
        values,
        lambda chunk: _RISKY.isdisjoint([value[:1] for value in chunk]),
        lambda value: not is_formula(value),
    )


def _filled(values: Sequence[str]) -> BoolArray:
    return _each(values, lambda chunk: all(map(str.strip, chunk)), str.strip)


def _no_email(values: Sequence[str]) -> BoolArray:
    return _each(values, lambda chunk: "@" not in "\n".join(chunk), lambda v: not has_email(v))


def _no_phone(values: Sequence[str]) -> BoolArray:
    return _each(
        values,
        lambda chunk: PHONE_HINT.search("\n".join(chunk)) is None,
        lambda value: not (PHONE_HINT.search(value) and has_phone(value)),
    )


def _real_date(value: str) -> bool:
    try:
        date.fromisoformat(value if len(value) > 7 else f"{value}-01")
    except ValueError:
        return False
    return True


def _of_kind(values: Sequence[str], column: Column) -> BoolArray:
    """Whether each value is empty, or of the column's kind, vocabulary and bounds."""
    if column.choices:
        allowed = {*column.choices, ""}
        return np.array([value in allowed for value in values], dtype=np.bool_)
    pattern = KINDS[column.kind].pattern
    if pattern is None:
        return np.ones(len(values), dtype=np.bool_)
    one = re.compile(f"(?:{pattern})?")
    whole = re.compile(f"(?:(?:{pattern})?\n)*+")

    def clear(chunk: Sequence[str]) -> bool:
        text = "\n".join(chunk) + "\n"
        # a line end inside a cell would make one cell look like two
        return whole.fullmatch(text) is not None and text.count("\n") == len(chunk)

    right = _each(values, clear, one.fullmatch)
    if column.kind == "date":
        right &= [not value or _real_date(value) for value in values]
    if column.minimum is not None:
        cells = np.array(values, dtype=object)
        told = right & (cells != "")
        right[told] = cells[told].astype(np.float64) >= column.minimum
    return right


@cache
def cell_checks(column: Column) -> tuple[CellCheck, ...]:
    """The checks of a column, in the order in which they are made."""
    checks = [
        CellCheck("length", f"at most {LONGEST:,} characters", _short),
        CellCheck(
            "formula",
            "no formula: a spreadsheet runs what starts with =, +, -, @ or a tab",
            _no_formula,
        ),
    ]
    if column.required:
        filled = f"{column.expected}; it may not be empty"
        checks.append(CellCheck("filled", filled, _filled))
    if column.kind == "text":
        checks += [
            CellCheck("e-mail", "no e-mail address: it names a person", _no_email, alone=False),
            CellCheck("phone", "no telephone number: it names a person", _no_phone, alone=False),
        ]
    elif column.kind != "list":
        checks.append(CellCheck("kind", column.expected, partial(_of_kind, column=column)))
    return tuple(checks)


def on_series(test: Test) -> Callable[[pd.Series], pd.Series]:
    """The test for a column of a frame; categories are tested once each."""

    def run(series: pd.Series) -> pd.Series:
        if isinstance(series.dtype, pd.CategoricalDtype):
            right = test(series.cat.categories.tolist())
            result = right[series.cat.codes] if right.size else np.ones(len(series), np.bool_)
        else:
            result = test(series.tolist())
        return pd.Series(result, index=series.index)

    return run


@cache
def schema(table: Table) -> Any:
    """The pandera schema of a table's cells as text, as they stand in its file.

    A column that is missing is not its business: the header is checked where the file is read.
    """
    import pandera.pandas as pa

    return pa.DataFrameSchema(
        {
            column.name: pa.Column(
                None,
                [
                    pa.Check(
                        on_series(check.test),
                        name=check.name,
                        error=check.expected,
                        ignore_na=False,
                    )
                    for check in cell_checks(column)
                ],
                nullable=True,
                required=False,
            )
            for column in table.columns
        },
        name=table.name,
    )


def check_cells(
    table: Table, frame: pd.DataFrame, lines: NDArray[np.int64], shaped: BoolArray, faults: Faults
) -> dict[str, BoolArray]:
    """Note the faults of a table's cells; return, by column, which cells are right.

    ``frame`` holds the cells as text (objects or categories); rows that are not ``shaped`` are
    passed over, and none of their cells is right.
    """
    import pandera.errors

    right = {name: shaped.copy() for name in frame.columns}
    try:
        schema(table).validate(frame, lazy=True, inplace=True)
    except pandera.errors.SchemaErrors as errors:
        failed = {(e.schema.name, e.check.name): e.check_output for e in errors.schema_errors}
    else:
        return right
    for column in table.columns:
        for check in cell_checks(column):
            outcome = failed.get((column.name, check.name))
            if outcome is None:
                continue
            wrong = ~np.asarray(outcome, dtype=np.bool_) & shaped
            if check.alone:
                wrong &= right[column.name]
            _note(table, frame[column.name], lines, check.expected, wrong, faults)
            right[column.name] &= ~wrong
    return right


def _note(
    table: Table,
    cells: pd.Series,
    lines: NDArray[np.int64],
    expected: str,
    wrong: BoolArray,
    faults: Faults,
) -> None:
    rows = np.flatnonzero(wrong)
    name = str(cells.name)
    faults.add_each(
        rows.tolist(),
        lambda row: (table.file, int(lines[row]), name, cells.iloc[row], expected),
        len(rows),
    )
