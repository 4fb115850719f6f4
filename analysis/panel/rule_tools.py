"""What the rules share: noting faults of rows, and carrying values along references."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.panel.cells import BoolArray
from analysis.panel.columns import Rule
from analysis.panel.drafts import Draft, Drafts
from analysis.panel.faults import Faults
from analysis.panel.format import TABLES

#: A rule's check: it notes each breach, and passes over what is wrong already.
Check = Callable[[Rule, Drafts, Faults], None]


def note(
    own: Draft,
    column: str,
    wrong: BoolArray,
    expected: Callable[[int], str],
    faults: Faults,
) -> None:
    """A fault in ``column`` of each ``wrong`` row."""
    rows = np.flatnonzero(wrong)
    faults.add_each(
        rows.tolist(),
        lambda row: (
            own.table.file,
            int(own.lines[row]),
            column,
            own.text(column, row),
            expected(row),
        ),
        len(rows),
    )


def plain(number: float) -> str:
    """A number as a message shows it."""
    return f"{number:.10g}"


def by_target(
    drafts: Drafts, table: str, column: str, values: NDArray[np.int32]
) -> NDArray[np.int32]:
    """``values``, one a row of the table that ``column`` refers to, in the order of its targets.

    -1 for targets without a row, such as moderator, and in a last place, for the code -1.
    """
    reference = TABLES[table].reference(column)
    targets = drafts.targets(reference) if reference else None
    if reference is None or targets is None:
        return np.full(1, -1, dtype=np.int32)
    result = np.full(len(targets) + 1, -1, dtype=np.int32)
    if len(targets) - len(reference.also) == len(values):  # every row has an id of its own
        result[: len(values)] = values
        return result
    rows = drafts.tables[reference.table].frame[reference.target]
    first = ~rows.duplicated().to_numpy()
    place = targets.get_indexer(pd.Index(rows[first]))
    result[place[place >= 0]] = values[first][place >= 0]
    return result
