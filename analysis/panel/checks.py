"""Checking what was read: keys are unique, references point to something; and how a rule is told.

A check passes over what is wrong already, so that one fault is not told twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.panel.cells import typed
from analysis.panel.entries import Entries
from analysis.panel.faults import Faults
from analysis.panel.format import META_FILE, TABLES
from analysis.panel.meta import Meta
from analysis.panel.reading import RawTable


class NotReadError(LookupError):
    """A column is not there, or its file could not be read: that is the fault to tell."""


@dataclass
class Draft:
    """A panel that may be broken: what was read, and the values in it, where they are right."""

    faults: Faults
    meta: Meta | None = None
    #: The line of ``panel.yml`` that names each coder; None where the list is broken.
    coder_lines: Mapping[str, int] | None = None
    plan: Entries | None = None
    raw: dict[str, RawTable] = field(default_factory=dict)
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    #: The files that are there, whether or not they could be read.
    files: set[str] = field(default_factory=set)
    #: What was filled in, by the keys of :data:`analysis.panel.filled.ASSUMED`.
    assumed: set[str] = field(default_factory=set)

    def __getitem__(self, column: str) -> pd.Series:
        """The values of a column, such as ``experts.expert_id``, if it is there."""
        table, _, name = column.partition(".")
        if table not in self.frames or name not in self.frames[table]:
            raise NotReadError(column)
        return self.frames[table][name]

    def of(self, ids: pd.Series, id: str, column: str) -> pd.Series:
        """For each of ``ids`` the value of ``column`` where the column ``id`` has it."""
        known = self[id].astype("object").drop_duplicates().dropna()
        values = self[column].astype("object")[known.index].set_axis(known)
        return ids.astype("object").map(values)

    def note(self, column: str, wrong: Any, expected: str, **values: pd.Series) -> None:
        """A fault in each row that is ``wrong``; ``values``, one a row, fill what was expected."""
        table, _, name = column.partition(".")
        raw = self.raw[table]
        codes, distinct = raw.cells[name]
        for row in np.flatnonzero(np.asarray(wrong, dtype=np.bool_) & raw.shaped).tolist():
            filled = {key: value.iloc[row] for key, value in values.items()}
            if "first" in filled:  # a row
                filled["line"] = raw.lines[filled["first"]]
            plain = {k: f"{v:.10g}" if isinstance(v, float) else v for k, v in filled.items()}
            right = expected.format(**plain) if values else expected
            line, value = int(raw.lines[row]), distinct[codes[row]]
            self.faults.add(raw.table.file, line, name, value, right, kind=expected)

    def repeated(self, table: str, key: list[str]) -> tuple[NDArray[np.bool_], pd.Series]:
        """Which rows have the key of an earlier row; and for each row the first with its key."""
        frame = pd.DataFrame({name: self[f"{table}.{name}"] for name in key})
        known = frame.notna().all(axis=1).to_numpy() & self.raw[table].shaped
        again = np.zeros(len(frame), dtype=np.bool_)
        again[known] = frame[known].duplicated()
        first = pd.Series(np.arange(len(frame)))
        if again.any():
            groups = first[known].groupby([frame.loc[known, k] for k in key], observed=True)
            first[known] = groups.transform("min")
        return again, first

    def targets(self, table: str, column: str) -> list[str] | None:
        """The ids that a reference may point to; None where that is not known."""
        if table == META_FILE:
            if self.meta is None or self.coder_lines is None:
                return None
            given = list(self.meta.tasks if column == "tasks" else self.meta.coders)
            return given or None
        frame = self.frames.get(table, pd.DataFrame())
        return list(frame[column].dropna().unique()) if column in frame else None


def check_tables(draft: Draft) -> None:
    """Note every fault of cells, keys and references, and fill the frames of the draft."""
    for name in TABLES:
        if name in draft.raw:
            draft.frames[name] = typed(draft.raw[name], draft.faults)
    for name in draft.frames:
        _check_references(draft, name)
        for key in TABLES[name].keys:
            frame = draft.frames[name]
            there = [column for column in key if column in frame]
            # a column that nobody filled in is the same in all rows, unless its file is broken
            whole = len(there) == len(key) or (there and not draft.faults.count)
            if whole and (len(there) > 1 or not frame[there[0]].is_unique):
                _check_key(draft, name, there)


def _check_key(draft: Draft, table: str, key: list[str]) -> None:
    again, first = draft.repeated(table, key)
    if table == "codings" and "stance" in draft.frames[table]:
        stance = draft["codings.stance"].astype("object").fillna("").to_numpy()
        again &= stance == stance[first]  # the others break the rule of one stance
    which = key[0] if len(key) == 1 else ", ".join(key[:-1]) + f" and {key[-1]} together"
    expected = which + " only once; line {line} has the same"
    draft.note(f"{table}.{key[-1]}", again, expected, first=first)


def _check_references(draft: Draft, table: str) -> None:
    """Note what refers to nothing; what refers to something becomes a category."""
    frame = draft.frames[table]
    for column in draft.raw[table].columns:
        ids = draft.targets(*column.refers) if column.refers else None
        if ids is not None:
            also = [column.also] if column.also else []
            index = pd.Index(dict.fromkeys(ids + also), dtype="str")
            codes, distinct = pd.factorize(frame[column.name])
            place = np.append(index.get_indexer(distinct), -1)[codes]
            draft.note(f"{table}.{column.name}", (place < 0) & (codes >= 0), column.target)
            frame[column.name] = pd.Categorical.from_codes(place, index)
