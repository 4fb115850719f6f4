"""Every table with given margins, each with its probability under independence.

The exact permutation test and the exact expectation of Cramer's V walk through the same tables:
row ``k`` (a distinct value, or a row of a contingency table) is shared out over the columns
(groups) in every possible way. Tables that agree in what is still to come and in what has been
accumulated so far are merged after each row, so that the work grows with the number of distinct
outcomes and not with the number of tables.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from analysis.statistics.results import FloatArray

IntArray = NDArray[np.int64]
#: ``add(total, row, column, count)`` adds a cell's contribution to ``total`` (m, width) in place.
Add = Callable[[FloatArray, int, int, IntArray], None]


class TooManyTablesError(Exception):
    """More tables than the limit: the caller samples, or tells its user."""


def tables_bound(rows: Sequence[int], columns: Sequence[int]) -> float:
    """An upper bound on the number of tables with these margins, cheap to compute.

    The smallest of: the distinct assignments of labelled observations to columns, the ways to
    share out each row without regard to the column totals, and the same by columns.
    """
    r, c = len(rows), len(columns)
    labelled = math.lgamma(sum(columns) + 1) - sum(math.lgamma(n + 1) for n in columns)
    labelled_rows = math.lgamma(sum(rows) + 1) - sum(math.lgamma(n + 1) for n in rows)
    by_row = sum(math.log(math.comb(n + c - 1, c - 1)) for n in rows)
    by_column = sum(math.log(math.comb(n + r - 1, r - 1)) for n in columns)
    smallest = min(labelled, labelled_rows, by_row, by_column)
    return math.exp(smallest) if smallest < 700 else math.inf


def walk(
    rows: Sequence[int],
    columns: Sequence[int],
    add: Add,
    total: FloatArray,
    log_weight: FloatArray,
    limit: int,
    alike: Sequence[Sequence[int]] = (),
) -> tuple[FloatArray, FloatArray]:
    """Share ``rows`` out over ``columns`` in every way; return the distinct outcomes.

    Parameters
    ----------
    rows, columns
        Margins with the same sum.
    add
        Adds one cell's contribution to the running totals.
    total : (m, width) array
        Running totals to start from (zeros, or the outcomes of an earlier walk).
    log_weight : (m,) array
        Their log weights.
    limit
        The largest number of states held at once.
    alike
        Sets of columns that may be exchanged without changing what the caller wants to know; then
        ``total`` has one entry a column, and states that differ by such an exchange are merged.

    Returns
    -------
    total : (m, width) array
        Distinct outcomes.
    log_weight : (m,) array
        Logarithms of weights proportional to their probabilities.

    Raises
    ------
    TooManyTablesError
        When more than ``limit`` states would be held.
    """
    factorial = np.array([math.lgamma(i + 1) for i in range(max([*rows, 0]) + 1)])
    room = np.tile(np.asarray(columns, dtype=np.int64), (len(total), 1))
    last = len(columns) - 1
    for k, count in enumerate(rows):
        left = np.full(len(total), count, dtype=np.int64)
        for g in range(last):
            # a cell takes at least what the later columns have no room for
            low = np.maximum(left - room[:, g + 1 :].sum(axis=1), 0)
            choices = np.minimum(left, room[:, g]) - low + 1
            states = int(choices.sum())
            if states > limit:
                raise TooManyTablesError(f"more than {limit} tables")
            parent = np.repeat(np.arange(len(choices)), choices)
            x = low[parent] + np.arange(states) - (np.cumsum(choices) - choices)[parent]
            room, total, log_weight = room[parent], total[parent], log_weight[parent]
            left = left[parent] - x
            room[:, g] -= x
            log_weight = log_weight - factorial[x]
            add(total, k, g, x)
        room[:, last] -= left
        log_weight = log_weight - factorial[left]
        add(total, k, last, left)
        room, total, log_weight = _merge(room, total, log_weight, alike)
    return total, log_weight


def _merge(
    room: IntArray, total: FloatArray, log_weight: FloatArray, alike: Sequence[Sequence[int]]
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Join states with equal room and totals, their weights added."""
    for group in alike:
        columns = np.asarray(group)
        order = np.lexsort((total[:, columns], room[:, columns]), axis=1)
        room[:, columns] = np.take_along_axis(room[:, columns], order, axis=1)
        total[:, columns] = np.take_along_axis(total[:, columns], order, axis=1)
    order = np.lexsort((*room.T, *total.T))
    room, total, log_weight = room[order], total[order], log_weight[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (room[1:] != room[:-1]).any(axis=1) | (total[1:] != total[:-1]).any(axis=1)
    starts = np.flatnonzero(new)
    top = log_weight.max()
    weight = np.add.reduceat(np.exp(log_weight - top), starts)
    with np.errstate(divide="ignore"):  # a weight too small for a float counts as zero
        return room[starts], total[starts], np.log(weight) + top
