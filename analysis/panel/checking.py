"""From a folder, or from tables in memory, to checked tables with proper types."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.panel.cells import BoolArray, check_cells
from analysis.panel.columns import Column
from analysis.panel.drafts import Draft, Drafts, draft
from analysis.panel.faults import Faults
from analysis.panel.format import TABLES, TRUTH_FILE
from analysis.panel.meta import read_meta, read_truth
from analysis.panel.plan import check_plan, read_plan
from analysis.panel.reading import read_sheet

Frames = dict[str, pd.DataFrame]


def read_folder(folder: Path, faults: Faults) -> tuple[Drafts, Mapping[str, Any] | None]:
    """Everything in a panel's folder as text, and its truth.

    What is missing or cannot be read is a fault, and not among the tables.
    """
    if not folder.is_dir():
        seen = "a file" if folder.exists() else None
        faults.add(folder.name or str(folder), None, None, seen, "the folder of a panel")
        return Drafts(None, {}, (), None), None
    known = {table.file for table in TABLES.values()}
    there = sorted(path.name for path in folder.iterdir())
    for name in there:
        if name.endswith(".csv") and name not in known:
            expected = f"no other table than {', '.join(sorted(known))}"
            faults.add(name, None, None, name, expected)
    meta, coder_lines = read_meta(folder, faults)
    tables: dict[str, Draft] = {}
    for table in TABLES.values():
        if not table.required and table.file not in there:
            continue
        sheet = read_sheet(folder / table.file, table, faults)
        if sheet is not None:
            tables[table.name] = draft(sheet)
    files = [t.name for t in TABLES.values() if t.file in there]
    files += ["truth"] * (TRUTH_FILE in there)
    drafts = Drafts(meta, tables, files, coder_lines, read_plan(folder, faults))
    return drafts, read_truth(folder, faults)


def check_drafts(drafts: Drafts, faults: Faults) -> None:
    """Note every fault of cells, keys, references and rules."""
    from analysis.panel.rules import check_rules

    for own in drafts.tables.values():
        own.right = check_cells(own.table, own.frame, own.lines, own.shaped, faults)
    check_rules(drafts, faults)
    check_plan(drafts, faults)


def typed(drafts: Drafts) -> Frames | None:
    """The tables with proper types; None where a cell is not what its column says.

    Ids are strings; what refers to ids, and vocabularies, are categories, in the order of the file
    that is referred to; booleans are bool, whole numbers int64, numbers float64 (NaN = missing).
    """
    frames: Frames = {}
    for name, table in TABLES.items():
        own = drafts.get(name, *table.names)
        if own is None and (table.required or name in drafts.files):
            return None
        if own is None:
            continue
        columns = {c.name: _typed_column(drafts, own, c) for c in table.columns}
        if any(values is None for values in columns.values()):
            return None
        frames[name] = pd.DataFrame(columns, copy=False)
    return frames


def _typed_column(drafts: Drafts, own: Draft, column: Column) -> Any:
    """The values of a column; None where a cell is not what the column says."""
    cells = own.frame[column.name]
    filled = own.filled(column.name)
    if column.required and not filled.all():
        return None
    reference = own.table.reference(column.name)
    if reference is not None:
        codes, targets = drafts.codes(own.table.name, column.name), drafts.targets(reference)
        if targets is None or not (codes >= 0)[filled].all():
            return None
        target = drafts.tables.get(reference.table)
        if target is not None and len(targets) != len(target) + len(reference.also):
            return None  # an id is used twice, and a category would not tell its row
        return pd.Categorical.from_codes(codes, targets)
    if column.kind in {"whole", "number"}:
        return _numbers(own, column, filled)
    if column.repeats:
        given = cells.cat.categories
        if column.kind in {"version", "date"}:
            return _text(cells.astype(object), filled)
        choices = pd.Index(column.choices or ("true", "false"))
        place = choices.get_indexer(given)
        if (place < 0).any():
            return None
        chosen = place[cells.cat.codes] if place.size else np.empty(0, dtype=np.int64)
        return chosen == 0 if column.kind == "bool" else pd.Categorical.from_codes(chosen, choices)
    return _text(cells, filled)


def _numbers(own: Draft, column: Column, filled: BoolArray) -> Any:
    try:
        values = own.numbers(column.name)
    except ValueError:
        return None
    if not np.isfinite(values[filled]).all():
        return None
    if column.kind == "number":
        return values
    return values.astype(np.int64) if (values % 1 == 0).all() else None


def _text(cells: pd.Series, filled: BoolArray) -> pd.Series:
    """The cells as strings, the empty ones missing."""
    return (cells if filled.all() else cells.where(filled)).astype("str")
