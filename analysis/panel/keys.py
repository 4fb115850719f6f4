"""Keys are unique, and references point to something."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.panel.cells import BoolArray
from analysis.panel.columns import Reference, Rule, Table
from analysis.panel.drafts import Draft, Drafts
from analysis.panel.faults import Faults
from analysis.panel.rule_tools import note

#: The key whose repetition with another stance is told by a rule of its own.
_CODING = ("statement_id", "coder", "code_id")


@dataclass(frozen=True, slots=True)
class _Repeats:
    """Rows whose key an earlier row has (``again``), and for each the first such row."""

    again: BoolArray
    first: NDArray[np.int64]


def _target(reference: Reference, row: int) -> str:
    return reference.expected


def check_references(table: Table, drafts: Drafts, faults: Faults) -> None:
    """Note each cell that refers to nothing."""
    for reference in table.references:
        own = drafts.get(table.name, reference.column)
        if own is None or drafts.targets(reference) is None:
            continue
        wrong = own.filled(reference.column) & (drafts.codes(table.name, reference.column) < 0)
        note(own, reference.column, wrong, partial(_target, reference), faults)


def _repeats(own: Draft, key: tuple[str, ...]) -> _Repeats | None:
    """Where a key is repeated; None where it is not."""
    if len(key) == 1 and own.frame[key[0]].is_unique:
        return None
    known = own.shaped.copy()
    total = np.zeros(len(own), dtype=np.int64)
    for name in key:
        known &= own.filled(name)
        cells = own.frame[name]
        if isinstance(cells.dtype, pd.CategoricalDtype):
            codes, count = cells.cat.codes.to_numpy(), len(cells.cat.categories)
        else:
            codes, distinct = pd.factorize(cells)
            count = len(distinct)
        total = total * max(count, 1) + codes
    rows = np.flatnonzero(known)
    keys = pd.Series(total[rows])
    repeated = keys.duplicated().to_numpy()
    if not repeated.any():
        return None
    again = np.zeros(len(own), dtype=np.bool_)
    again[rows[repeated]] = True
    first = np.full(len(own), -1, dtype=np.int64)
    place, _ = pd.factorize(keys)
    first[rows] = rows[~repeated][place]
    return _Repeats(again, first)


def _another_stance(own: Draft, repeats: _Repeats) -> BoolArray:
    """Which repeated codings have another stance than the first."""
    if not own.has("stance"):
        return np.zeros(len(own), dtype=np.bool_)
    told = own.filled("stance")
    codes = own.frame["stance"].cat.codes.to_numpy()
    other: BoolArray = repeats.again & told & told[repeats.first]
    other &= codes != codes[repeats.first]
    return other


def check_key(table: Table, key: tuple[str, ...], drafts: Drafts, faults: Faults) -> None:
    """Note each row whose key an earlier row has."""
    own = drafts.get(table.name, *key)
    repeats = None if own is None else _repeats(own, key)
    if own is None or repeats is None:
        return
    again = repeats.again & ~_another_stance(own, repeats) if key == _CODING else repeats.again
    which = key[0] if len(key) == 1 else ", ".join(key[:-1]) + f" and {key[-1]} together"

    def expected(row: int) -> str:
        return f"{which} only once; line {own.lines[repeats.first[row]]} has the same"

    note(own, key[-1], again, expected, faults)


def one_stance(rule: Rule, drafts: Drafts, faults: Faults) -> None:
    """A coder gives a code to a statement with one stance."""
    own = drafts.get("codings", *_CODING, "stance")
    repeats = None if own is None else _repeats(own, _CODING)
    if own is None or repeats is None:
        return

    def expected(row: int) -> str:
        return rule.expected.format(line=own.lines[repeats.first[row]])

    note(own, "stance", _another_stance(own, repeats), expected, faults)
