"""The tables of a panel while they are checked: every cell as text, and what it stands for.

A draft may be broken. Whatever cannot be told is missing: NaN among numbers, -1 among codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.panel.cells import BoolArray
from analysis.panel.columns import Reference, Table
from analysis.panel.meta import Meta
from analysis.panel.plan import PlanDraft
from analysis.panel.reading import Sheet

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


@dataclass(slots=True)
class Draft:
    """One table.

    ``frame`` holds the cells as text, those of columns that repeat as categories; ``given`` says,
    by column, which are not empty, and ``right`` which have no fault so far.
    """

    table: Table
    frame: pd.DataFrame
    lines: IntArray
    shaped: BoolArray
    given: dict[str, BoolArray]
    right: dict[str, BoolArray]

    def __len__(self) -> int:
        return len(self.frame)

    def has(self, *columns: str) -> bool:
        """Whether the file has all these columns."""
        return all(name in self.frame for name in columns)

    def text(self, column: str, row: int) -> str:
        """One cell."""
        return str(self.frame[column].iat[row])

    def filled(self, column: str) -> BoolArray:
        """Which cells are right and not empty."""
        result: BoolArray = self.right[column] & self.given[column]
        return result

    def numbers(self, column: str) -> FloatArray:
        """The cells as numbers, NaN where empty or wrong.

        Raises
        ------
        ValueError
            If a cell that counts as right is no number, which the checks exclude.
        """
        cells = self.frame[column].cat
        known = self.filled(column)
        used = np.zeros(len(cells.categories), dtype=np.bool_)
        used[cells.codes[known]] = True
        numbers = np.full(used.size + 1, np.nan)
        numbers[:-1][used] = cells.categories.to_numpy(dtype=object)[used].astype(np.float64)
        return np.where(known, numbers[cells.codes], np.nan)


def draft(sheet: Sheet) -> Draft:
    """The draft of a table as it was read; the sheet's columns are used up."""
    table = sheet.table
    referring = {r.column for r in table.references}
    columns: dict[str, Any] = {}
    given: dict[str, BoolArray] = {}
    for column in table.columns:
        if column.name not in sheet.columns:
            continue
        cells = np.array(sheet.columns.pop(column.name), dtype=object)
        if column.repeats or column.name in referring:
            codes, distinct = pd.factorize(cells)
            columns[column.name] = pd.Categorical.from_codes(codes, pd.Index(distinct))
            filled = np.array([*(value != "" for value in distinct), False], dtype=np.bool_)
            given[column.name] = filled[codes]
        else:
            columns[column.name] = pd.Series(cells, dtype=object)
            given[column.name] = cells.astype(np.bool_)
    frame = pd.DataFrame(columns, index=pd.RangeIndex(len(sheet.lines)), copy=False)
    right = {name: sheet.shaped.copy() for name in frame.columns}
    return Draft(table, frame, sheet.lines, sheet.shaped, given, right)


class Drafts:
    """All tables that could be read, and what their references stand for."""

    def __init__(
        self,
        meta: Meta | None,
        tables: Mapping[str, Draft],
        files: Iterable[str],
        coder_lines: Mapping[str, int] | None,
        plan: PlanDraft | None = None,
    ) -> None:
        self.meta = meta
        self.plan = plan
        self.tables = dict(tables)
        #: The files that are there, without their endings.
        self.files = frozenset(files)
        #: The line of ``panel.yml`` that names each coder; None where the list is broken.
        self.coder_lines = coder_lines
        self._ids: dict[tuple[str, str, tuple[str, ...]], pd.Index[Any]] = {}
        self._codes: dict[tuple[str, str], NDArray[np.int32]] = {}

    def get(self, name: str, *columns: str) -> Draft | None:
        """The table, if it was read and has these columns."""
        found = self.tables.get(name)
        return found if found is not None and found.has(*columns) else None

    def targets(self, reference: Reference) -> pd.Index[Any] | None:
        """What the reference may point to, the words ``also`` last; None where that is unknown.

        It is where a file is missing, broken or without rows: then that is the fault to tell.
        """
        key = (reference.table, reference.target, reference.also)
        if key not in self._ids:
            if reference.table.endswith(".yml"):
                if self.meta is None or self.coder_lines is None:
                    return None
                ids: Sequence[Any] = self.meta.coders
            else:
                target = self.get(reference.table, reference.target)
                if target is None or not (len(target) or target.table.may_be_empty):
                    return None
                cells = target.frame[reference.target][target.given[reference.target]]
                ids = cells.unique().tolist()
            self._ids[key] = pd.Index([*ids, *(w for w in reference.also if w not in ids)])
        return self._ids[key]

    def codes(self, table: str, column: str) -> NDArray[np.int32]:
        """For each row, the place of what ``column`` refers to among its :meth:`targets`.

        -1 where the cell is empty, wrong, or points nowhere. The order of targets is that of
        their file.
        """
        key = (table, column)
        if key not in self._codes:
            own = self.tables[table]
            reference = own.table.reference(column)
            targets = None if reference is None else self.targets(reference)
            if targets is None:
                result = np.full(len(own), -1, dtype=np.int32)
            else:
                cells = own.frame[column].cat
                place = targets.get_indexer(cells.categories).astype(np.int32)
                result = place[cells.codes] if place.size else np.empty(0, dtype=np.int32)
                result = np.where(own.right[column], result, np.int32(-1))
            self._codes[key] = result
        return self._codes[key]
