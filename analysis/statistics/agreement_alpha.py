"""Krippendorff's alpha of weighted units: the point, its resamples, and sets of codes.

The public functions are those of :mod:`analysis.statistics.agreement`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import combinations
from typing import Any

import krippendorff
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import sparse

from analysis.statistics.agreement_units import (
    NO_PAIRS,
    ONE_VALUE,
    collapse,
    ratio,
    scores,
    value_counts,
)
from analysis.statistics.inputs import labels_of
from analysis.statistics.resampling import bootstrap
from analysis.statistics.results import BoolArray, Estimate, FloatArray, IntArray

LEVELS = ("nominal", "ordinal", "interval", "ratio")

#: The krippendorff package holds units x values x values numbers; beyond this we count ourselves.
_PACKAGE_CELLS = 1_000_000
#: Beyond this many cells a table of patterns x values stays sparse.
_DENSE_CELLS = 1_000_000


class Alpha:
    """What alpha and its resamples need of the units with two values or more."""

    def __init__(
        self, codes: IntArray, values: list[Any], level: str, apart: FloatArray | None = None
    ) -> None:
        if apart is None and level not in LEVELS:
            raise ValueError(f"level must be one of {', '.join(LEVELS)}, got {level!r}")
        self.level = level
        self.paired: BoolArray = np.asarray((codes >= 0).sum(axis=0) >= 2)
        self.patterns, self.pattern = collapse(codes[:, self.paired], len(values))
        self.counts = value_counts(self.patterns, len(values))
        self.domain = np.arange(len(values), dtype=np.float64)
        if level in ("ordinal", "interval", "ratio"):
            self.domain = scores(values, origin=level == "ratio")
        if level == "ratio" and (self.domain < 0).any():
            raise ValueError("level 'ratio' needs values of zero or more, got a negative one")
        self.apart = self._differences() if apart is None else apart
        self.method = "set-valued alpha (MASI)" if level == "masi" else f"alpha, {level}"

    def _differences(self) -> FloatArray | None:
        """How far apart two values are, (V, V); None where that depends on how often they occur."""
        a, b = self.domain[:, None], self.domain[None, :]
        if self.level == "nominal":
            return np.asarray((a != b).astype(np.float64))
        if self.level == "interval":
            return np.asarray((a - b) ** 2)
        if self.level == "ratio":
            return np.divide(a - b, a + b, out=np.zeros((len(a), len(a))), where=a + b > 0) ** 2
        return None

    def sums(self) -> tuple[Any, Any]:
        """What a unit of each pattern adds, (P, K), and the function from sums to alphas."""
        if self.apart is None:
            return None, partial(_ordinal_sums, counts=self.counts.toarray())
        within = np.zeros(self.patterns.shape[1])
        for a, b in combinations(self.patterns, 2):
            both = (a >= 0) & (b >= 0)
            within[both] += 2 * self.apart[a[both], b[both]]
        within /= (self.patterns >= 0).sum(axis=0) - 1
        rows = sparse.hstack([sparse.csr_array(within[:, None]), self.counts]).tocsr()
        small = rows.shape[0] * rows.shape[1] <= _DENSE_CELLS
        return rows.toarray() if small else rows, partial(_alpha_sums, apart=self.apart)

    def point(self) -> Estimate:
        """Alpha itself, without an interval."""
        n = int(self.paired.sum())
        used = len(np.unique(self.patterns[self.patterns >= 0]))
        if n == 0:
            return Estimate(np.nan, n=0, method=self.method, reason=NO_PAIRS)
        if used < 2:
            return Estimate(np.nan, n=n, method=self.method, reason=ONE_VALUE)
        if self.level != "masi" and n * len(self.domain) ** 2 <= _PACKAGE_CELLS:
            value = krippendorff.alpha(
                value_counts=self.counts.toarray()[self.pattern],
                value_domain=self.domain,
                level_of_measurement=self.level,
            )
        else:
            rows, alphas = self.sums()
            times = np.bincount(self.pattern).astype(np.float64)
            value = alphas((times if rows is None else times @ rows)[None])[0]
        return Estimate(float(value), n=n, method=self.method)

    def interval(
        self, clusters: ArrayLike | None, confidence: float | None, resamples: int, seed: int
    ) -> Estimate:
        """The point with its percentile bootstrap interval over units or whole clusters."""
        labels = labels_of(clusters, self.paired)
        rows, alphas = self.sums()
        return bootstrap(
            self.point(), alphas, rows, self.pattern, labels, confidence, resamples, seed
        )


def _alpha_sums(sums: FloatArray, apart: FloatArray) -> FloatArray:
    """1 - D_o / D_e of each row: disagreement within units, then how often each value occurs."""
    often = sums[:, 1:]
    expected = ((often @ apart) * often).sum(axis=1)
    return 1 - ratio(sums[:, 0] * (often.sum(axis=1) - 1), expected)


def _ordinal_sums(weights: FloatArray, counts: FloatArray) -> FloatArray:
    """Ordinal alpha of each row of weights (R, P) over patterns with ``counts`` (P, V).

    The ordinal difference is the squared difference of midranks, and these are the resample's own.
    """
    sizes = counts.sum(axis=1)
    often = weights @ counts
    n = often.sum(axis=1)
    ranks = np.cumsum(often, axis=1) - often / 2 - n[:, None] / 2  # around their mean
    within = sizes * (ranks**2 @ counts.T) - (ranks @ counts.T) ** 2
    observed = (weights * (2 * within / (sizes - 1))).sum(axis=1)
    return 1 - ratio(observed * (n - 1), 2 * n * (often * ranks**2).sum(axis=1))


def masi_distances(sets: Sequence[frozenset[Any]]) -> FloatArray:
    """The MASI distance of each two sets, sets x sets."""
    column = {member: place for place, member in enumerate(frozenset().union(*sets))}
    given = np.zeros((len(sets), len(column)))
    for row, members in enumerate(sets):
        given[row, [column[member] for member in members]] = 1
    shared, size = given @ given.T, given.sum(axis=1)
    smaller, larger = np.minimum(size[:, None], size), np.maximum(size[:, None], size)
    union = np.maximum(smaller + larger - shared, 1)  # two empty sets would be 0/0
    distance = 1 - shared / union * np.where(shared == smaller, 2 / 3, 1 / 3)
    return np.asarray(np.where(shared == larger, 0.0, distance))


def read_sets(sets: Sequence[Sequence[Any]] | pd.DataFrame) -> Alpha:
    """Coders x units of sets, None where not coded, as ratings with the MASI distance."""
    rows = sets.to_numpy(dtype=object) if isinstance(sets, pd.DataFrame) else sets
    try:
        read = [[_read_set(cell) for cell in row] for row in rows]
    except TypeError:
        raise ValueError("sets must be coders x units of sets of codes") from None
    if len({len(row) for row in read}) != 1:
        raise ValueError("sets must be coders x units: one entry for each unit from every coder")
    known = {cell for row in read for cell in row if cell is not None}
    values = sorted(known, key=_sorting)
    place = {members: position for position, members in enumerate(values)}
    codes = [[-1 if cell is None else place[cell] for cell in row] for row in read]
    return Alpha(np.array(codes, dtype=np.int64), values, "masi", masi_distances(values))


def _read_set(cell: Any) -> frozenset[Any] | None:
    if isinstance(cell, set | frozenset | list | tuple):
        return frozenset(cell)
    if isinstance(cell, str) or not pd.isna(cell):
        raise ValueError(f"each entry must be a set, or None if not coded, got {cell!r}")
    return None


def _sorting(members: frozenset[Any]) -> list[str]:
    return sorted(str(member) for member in members)
