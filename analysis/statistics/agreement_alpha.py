"""Units of reliability data as weighted patterns of ratings, and Krippendorff's alpha over them.

Most coefficients do not ask which coder gave which value, so that a unit matters only through how
often each value was given to it. There are few such patterns, and each coefficient of
:mod:`analysis.statistics.agreement`, where the public functions are, is a function of sums over
units: hence a resample is a row of weights over patterns (see
:func:`analysis.statistics.resampling.bootstrap`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import combinations
from numbers import Real
from typing import Any

import krippendorff
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import sparse

from analysis.statistics.inputs import labels_of
from analysis.statistics.resampling import bootstrap, clustered_rows
from analysis.statistics.results import BoolArray, Estimate, FloatArray, IntArray

LEVELS = ("nominal", "ordinal", "interval", "ratio")

#: The krippendorff package holds units x values x values numbers; beyond this we count ourselves.
_PACKAGE_CELLS = 1_000_000
#: Beyond this many cells a table of patterns x values stays sparse.
_DENSE_CELLS = 1_000_000
NO_PAIRS = "no unit has values from two coders"
ONE_VALUE = "only one value occurs, so that no disagreement is expected by chance"


def read_ratings(
    data: ArrayLike | pd.DataFrame, categories: Sequence[Any] | None = None
) -> tuple[IntArray, list[Any]]:
    """Coders x units as positions in the distinct values, -1 where not coded; and the values.

    The values are ascending, or the ``categories`` in their order. Missing is None, NaN or pandas'
    NA; in an array of strings also "nan", which is what numpy makes of NaN.

    Raises
    ------
    ValueError
        If the data are not two-dimensional, infinite, mix numbers and strings, or hold something
        that is not among the categories.
    """
    if isinstance(data, np.ndarray | pd.DataFrame):
        array = np.asarray(data)
    else:  # as objects: a whole number beside a gap would lose its last digits as a float
        array = np.array(data, dtype=object)
    if array.ndim != 2:
        raise ValueError(f"reliability data must be coders x units, got shape {array.shape}")
    flat = array.ravel()
    if flat.dtype.kind in "US":
        flat = np.array([None if value == "nan" else value for value in flat.tolist()])
    if flat.dtype.kind == "b":
        flat = flat.astype(np.int64)
    try:
        codes, distinct = pd.factorize(flat)
    except TypeError:
        raise ValueError("each rating must be one number or one string") from None
    found = [v.item() if isinstance(v, np.generic) else v for v in distinct.tolist()]
    if not (all(isinstance(v, str) for v in found) or all(isinstance(v, Real) for v in found)):
        kinds = sorted({type(value).__name__ for value in found})
        raise ValueError(f"ratings must be all numbers or all strings, got {', '.join(kinds)}")
    if any(value in (float("inf"), float("-inf")) for value in found):
        raise ValueError("ratings must be finite (NaN where not coded), got an infinite one")
    values = sorted(found) if categories is None else list(categories)
    if len(set(values)) != len(values) or (categories is not None and not values):
        raise ValueError(f"categories must be distinct and at least one, got {values}")
    place = {value: position for position, value in enumerate(values)}
    unknown = [value for value in found if value not in place]
    if unknown:
        raise ValueError(f"values {unknown} are not among the categories {values}")
    position = np.array([*(place[value] for value in found), -1], dtype=np.int64)
    return position[codes].reshape(array.shape), values


def scores(values: Sequence[Any], origin: bool = True) -> FloatArray:
    """Numbers for ``values``, at most 1, as far apart in proportion as these are.

    With ``origin`` false the smallest becomes 0, so that large neighbours stay apart.

    Raises
    ------
    ValueError
        If the values are strings, or cannot be told apart as floating-point numbers.
    """
    if any(isinstance(value, str) for value in values):
        raise ValueError(f"the order of {list(values)[:3]} is not known: code them as numbers")
    exact = list(values) if origin else [value - min(values) for value in values]
    try:
        numbers = np.array(exact, dtype=np.float64)
    except OverflowError:
        numbers = np.array([np.inf])
    if not np.isfinite(numbers).all() or len(np.unique(numbers)) < len(numbers):
        raise ValueError("the numbers are too large or too far apart to be told apart as floats")
    return np.asarray(numbers / (np.abs(numbers).max(initial=0) or 1.0))


def collapse(codes: IntArray, values: int) -> tuple[IntArray, IntArray]:
    """The distinct patterns of ratings, (coders, P), and the pattern of each unit, (units,).

    Coders are exchangeable, and the order of patterns does not depend on the order of units.
    """
    columns = np.sort(codes, axis=0)
    pattern = np.zeros(columns.shape[1], dtype=np.int64)
    for row in columns:  # numbered anew with each coder, so that the number cannot overflow
        pattern = pd.factorize(pattern * (values + 1) + row + 1, sort=True)[0]
    one = np.empty(pattern.max(initial=-1) + 1, dtype=np.int64)
    one[pattern] = np.arange(pattern.size)
    return columns[:, one], pattern


def value_counts(patterns: IntArray, values: int) -> Any:
    """How often each of ``values`` occurs in each pattern: (P, V), sparse."""
    coder, pattern = np.nonzero(patterns >= 0)
    cells = (np.ones(len(pattern)), (pattern, patterns[coder, pattern]))
    return sparse.coo_array(cells, shape=(patterns.shape[1], values)).tocsr()


def ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    """``above / below``, NaN where nothing stands below."""
    return np.asarray(np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0))


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
        point, labels = self.point(), labels_of(clusters, self.paired)
        rows, alphas = self.sums()
        if labels is None or self.apart is None or pd.unique(labels).size >= len(self.domain):
            return bootstrap(point, alphas, rows, self.pattern, labels, confidence, resamples, seed)
        rows = clustered_rows(rows, self.pattern, labels)
        apart = rows[:, 1:] @ self.apart @ rows[:, 1:].T  # between clusters: there are fewer
        alphas = partial(
            _alpha_clusters, within=rows[:, 0], often=rows[:, 1:].sum(axis=1), apart=apart
        )
        return bootstrap(
            point, alphas, None, np.arange(len(rows)), None, confidence, resamples, seed, "clusters"
        )


def _alpha_sums(sums: FloatArray, apart: FloatArray) -> FloatArray:
    """1 - D_o / D_e of each row: disagreement within units, then how often each value occurs."""
    often = sums[:, 1:]
    expected = ((often @ apart) * often).sum(axis=1)
    return 1 - ratio(sums[:, 0] * (often.sum(axis=1) - 1), expected)


def _alpha_clusters(
    weights: FloatArray, within: FloatArray, often: FloatArray, apart: FloatArray
) -> FloatArray:
    """As :func:`_alpha_sums`, for weights of clusters (R, C) that are ``apart`` (C, C) in all."""
    expected = ((weights @ apart) * weights).sum(axis=1)
    return 1 - ratio(weights @ within * (weights @ often - 1), expected)


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
