"""Reliability data as distinct rating patterns: how agreement is counted and resampled fast.

Coders are exchangeable for Krippendorff's alpha: a unit matters only through *how many* coders
gave it each value. Few such patterns exist (5 coders and 5 values: 252 at most, gaps included), so
a million units shrink to a few hundred weighted rows, and a resample is one row of weights.

Internal to :mod:`analysis.statistics.agreement`, whose functions say what is undefined and why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.statistics.results import FloatArray

IntArray = NDArray[np.int64]

LEVELS = ("nominal", "ordinal", "interval", "ratio")

#: Units handled at a time: the working arrays then stay in the processor's cache.
_CHUNK = 1 << 16
#: Up to here distinct keys are counted in a table, beyond it by sorting.
_TABLE = 1 << 20
#: Above this many cells a table of patterns x values is kept sparse.
_DENSE_CELLS = 1 << 23
#: Products up to this many multiplications are left to one thread by BLAS (OpenBLAS: 2^18).
_ONE_THREAD = 1 << 17
#: Above this many distinct values, pairwise differences are not held in one matrix.
_FEW_VALUES = 512


def is_missing(value: object) -> bool:
    """Whether a value stands for "not coded": None, NaN, or pandas' NA and NaT."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float | np.floating) and bool(np.isnan(value))


def as_array(data: Any) -> NDArray[Any]:
    """As ``numpy.asarray``, but None and NaN among strings stay what they are.

    Raises
    ------
    ValueError
        If rows differ in length.
    """
    if isinstance(data, np.ndarray):
        return data
    try:
        array = np.asarray(data)
    except ValueError as error:
        raise ValueError("expected rows of equal length, got rows that differ") from error
    return np.array(data, dtype=object) if array.dtype.kind in "US" else array


def read_reliability(data: ArrayLike | Any) -> tuple[NDArray[Any], list[Any] | None]:
    """Reliability data, coders x units, as numbers; and the labels where it held strings.

    Strings come back as their position in the sorted labels, with NaN for missing. Missing is
    None, NaN or pandas' NA; in an array of strings also "nan", which is what numpy makes of NaN.

    Raises
    ------
    ValueError
        If the data are not two-dimensional, infinite, or mix numbers and strings.
    """
    array = as_array(data)
    if array.ndim != 2:
        raise ValueError(
            f"reliability data must be coders x units (two dimensions), got shape {array.shape}"
        )
    if array.dtype.kind == "b":
        return array.view(np.uint8), None
    if array.dtype.kind in "iuf":
        return array, None
    return _read_objects(array)


def _read_objects(array: NDArray[Any]) -> tuple[NDArray[Any], list[Any] | None]:
    flat = array.ravel().tolist()
    text_array = array.dtype.kind in "US"
    missing = [is_missing(v) or (text_array and v == "nan") for v in flat]
    present = [v for v, gap in zip(flat, missing, strict=True) if not gap]
    out = np.full(len(flat), np.nan)
    here = ~np.array(missing, dtype=bool)
    if all(isinstance(v, int | float | np.number | np.bool_) for v in present):
        out[here] = np.array(present, dtype=float)
        return out.reshape(array.shape), None
    if not all(isinstance(v, str) for v in present):
        kinds = sorted({type(v).__name__ for v in present})
        raise ValueError(f"ratings must be all numbers or all strings, got {', '.join(kinds)}")
    labels, positions = np.unique(np.array(present, dtype=str), return_inverse=True)
    out[here] = positions
    return out.reshape(array.shape), labels.tolist()


@dataclass(frozen=True, slots=True, eq=False)
class Patterns:
    """Units as weighted distinct patterns.

    ``values`` (V,) ascending; ``codes`` (coders, P) the pattern's values as positions in
    ``values``, -1 where missing; ``sizes`` (P,) ratings in a unit; ``counts`` (P, V) how often
    each value occurs in it (dense, or scipy's csr when large); ``weights`` (P,) units with that
    pattern; ``of_unit`` (units,) the pattern of each unit, -1 if left out (None unless asked).
    """

    values: FloatArray
    codes: IntArray
    sizes: FloatArray
    counts: Any
    weights: FloatArray
    of_unit: IntArray | None = None

    @property
    def units(self) -> int:
        """The number of units."""
        return int(self.weights.sum())


def collapse(matrix: NDArray[Any], *, with_units: bool = False, least: int = 2) -> Patterns:
    """Collapse numbers, coders x units with NaN for missing, to distinct patterns.

    Units with fewer than ``least`` ratings are left out: one rating alone cannot be paired.

    Raises
    ------
    ValueError
        If a value is infinite.
    """
    low, high = _range(matrix)
    collected = None
    values = np.empty(0)
    if high - low < _CHUNK:  # False where all is NaN
        values = np.arange(low, high + 1, dtype=float)
        collected = _collect(matrix, len(values) + 1, low, None, with_units)
    if collected is None:  # not whole numbers, or far apart
        values = np.unique(matrix[~np.isnan(matrix)]).astype(float)
        collected = _collect(matrix, len(values) + 1, 0.0, values, with_units)
    assert collected is not None
    ordered, weights, of_unit = collected
    # Coders are exchangeable: sorting within a unit merges patterns that differ in who said what.
    ordered.sort(axis=0)
    keys, merged = _distinct_columns(ordered, len(values) + 1)
    sizes = (keys > 0).sum(axis=0)
    kept = sizes >= least
    total = np.bincount(merged, weights=weights, minlength=keys.shape[1])[kept]
    codes = keys[:, kept] - 1
    used = np.unique(codes)
    used = used[used >= 0]
    position = np.full(len(values) + 1, -1, dtype=np.int64)
    position[used] = np.arange(len(used))
    codes = position[codes]  # -1, missing, picks the last entry, which stays -1
    if of_unit is not None:
        new = np.where(kept, np.cumsum(kept) - 1, -1)
        of_unit = new[merged][of_unit]
    return Patterns(
        values[used],
        codes,
        sizes[kept].astype(float),
        _count_values(codes, len(used)),
        total,
        of_unit,
    )


def _range(matrix: NDArray[Any]) -> tuple[float, float]:
    if matrix.size == 0:
        return float("nan"), float("nan")
    low = float(np.fmin.reduce(matrix, axis=None))
    high = float(np.fmax.reduce(matrix, axis=None))
    if np.isinf(low) or np.isinf(high):
        raise ValueError("ratings must be finite numbers (NaN for missing), got an infinite value")
    return low, high


def _collect(
    matrix: NDArray[Any],
    base: int,
    low: float,
    values: FloatArray | None,
    with_units: bool,
) -> tuple[IntArray, FloatArray, IntArray | None] | None:
    """Distinct columns as digits 0 (missing) to base-1, their weights, and each unit's column.

    None if ``values`` is None and some number is not ``low`` plus a whole number.
    """
    coders, units = matrix.shape
    possible = base**coders
    if possible >= 2**62:
        return _collect_wide(matrix, base, low, values)
    small = possible <= _TABLE
    table = np.zeros(possible if small else 0, dtype=np.int64)
    keys = np.empty(units if with_units or not small else 0, dtype=np.int64)
    for start in range(0, units, _CHUNK):
        block = matrix[:, start : start + _CHUNK]
        key = np.zeros(block.shape[1], dtype=np.int64)
        for row in block:
            digit = _digits(row, low, values)
            if digit is None:
                return None
            key *= base
            key += digit
        if small:
            table += np.bincount(key, minlength=len(table))
        if len(keys):
            keys[start : start + _CHUNK] = key
    of_unit = None
    if small:
        found = np.flatnonzero(table)
        weights = table[found]
        if with_units:
            table[found] = np.arange(len(found))
            of_unit = table[keys]
    elif with_units:
        found, of_unit, weights = np.unique(keys, return_inverse=True, return_counts=True)
    else:
        found, weights = np.unique(keys, return_counts=True)
    columns = np.empty((coders, len(found)), dtype=np.int64)
    for coder in range(coders - 1, -1, -1):
        found, columns[coder] = np.divmod(found, base)
    return columns, weights.astype(float), of_unit


def _collect_wide(
    matrix: NDArray[Any], base: int, low: float, values: FloatArray | None
) -> tuple[IntArray, FloatArray, IntArray] | None:
    """As :func:`_collect` where the keys of whole columns would overflow an integer."""
    columns = np.empty(matrix.shape, dtype=np.int64)
    for coder, row in enumerate(matrix):
        digit = _digits(row, low, values)
        if digit is None:
            return None
        columns[coder] = digit
    distinct, of_unit = _distinct_columns(columns, base)
    weights = np.bincount(of_unit, minlength=distinct.shape[1]).astype(float)
    return distinct, weights, of_unit


def _digits(row: NDArray[Any], low: float, values: FloatArray | None) -> IntArray | None:
    """Ratings of one coder as 1, 2, ...; 0 where missing; None if not whole steps from ``low``."""
    if values is not None:
        found = np.searchsorted(values, row) + 1
        return np.where(np.isnan(row), 0, found).astype(np.int64)
    if row.dtype.kind != "f":
        return row.astype(np.int64) - (int(low) - 1)
    shifted = row - (low - 1)
    np.copyto(shifted, 0.0, where=np.isnan(shifted))
    digit = shifted.astype(np.int64)
    return digit if np.array_equal(digit, shifted) else None


def _distinct_columns(columns: IntArray, base: int) -> tuple[IntArray, IntArray]:
    """The distinct columns of digits below ``base``, and which of them each column is."""
    width = columns.shape[1]
    key = np.zeros(width, dtype=np.int64)
    top = 1
    for row in columns:
        if top * base >= 2**62:  # renumber what was seen so far, so that the key cannot overflow
            _, key = np.unique(key, return_inverse=True)
            top = width + 1
        key = key * base + row
        top *= base
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    return columns[:, first], inverse


def _count_values(codes: IntArray, values: int) -> Any:
    patterns = codes.shape[1]
    if patterns * (values + 1) <= _DENSE_CELLS:
        cell = (codes + 1) + np.arange(patterns) * (values + 1)
        flat = np.bincount(cell.ravel(), minlength=patterns * (values + 1))
        return flat.reshape(patterns, values + 1)[:, 1:].astype(float)
    from scipy.sparse import coo_array

    coder, pattern = np.nonzero(codes >= 0)
    cells = (np.ones(len(coder)), (pattern, codes[coder, pattern]))
    return coo_array(cells, shape=(patterns, values)).tocsr()


def alphas(
    weights: FloatArray, patterns: Patterns, level: str, distance: FloatArray | None = None
) -> FloatArray:
    """Krippendorff's alpha for each row of ``weights`` (resamples, P); NaN where undefined.

    alpha = 1 - D_o / D_e with the coincidence matrix of Krippendorff (2011), summed over patterns.
    ``distance`` (V, V), where given, replaces the level's difference function.
    """
    rows = summands(patterns, level, distance)
    sums = weights if rows is None else multiply(weights, rows)
    return alphas_from_sums(sums, patterns, level, distance)


def multiply(left: FloatArray, right: Any) -> FloatArray:
    """``left @ right`` in blocks of rows that BLAS leaves to one thread.

    Its threads wait for each other on a busy machine; work is shared out by chunks of resamples.
    """
    if not isinstance(right, np.ndarray):
        return np.asarray(left @ right)
    out = np.empty((len(left), right.shape[1]))
    rows = max(1, _ONE_THREAD // max(right.size, 1))
    for start in range(0, len(left), rows):
        np.matmul(left[start : start + rows], right, out=out[start : start + rows])
    return out


def summands(patterns: Patterns, level: str, distance: FloatArray | None = None) -> Any:
    """What one unit of each pattern adds to the sums behind alpha, (P, K).

    Columns: the disagreement within the unit, its ratings, and how often it holds each value (or,
    at the interval level with many values, the sum and the sum of squares of its values). None at
    the ordinal level: ranks depend on all weights, so that the weights themselves are the sums.
    """
    if level == "ordinal" and distance is None:
        return None
    sizes = patterns.sizes
    columns = [pattern_disagreement(patterns, level, distance) / (sizes - 1), sizes]
    if _by_moments(patterns, level, distance):
        present = patterns.codes >= 0
        rated = np.where(present, patterns.values[patterns.codes], 0.0)
        centre = (rated.sum(axis=0) @ patterns.weights) / (sizes @ patterns.weights)
        rated = np.where(present, rated - centre, 0.0)
        return np.stack([*columns, rated.sum(axis=0), (rated**2).sum(axis=0)], axis=1)
    if isinstance(patterns.counts, np.ndarray):
        return np.column_stack([*columns, patterns.counts])
    from scipy.sparse import csr_array, hstack

    return hstack([csr_array(np.stack(columns, axis=1)), patterns.counts]).tocsr()


def alphas_from_sums(
    sums: FloatArray, patterns: Patterns, level: str, distance: FloatArray | None = None
) -> FloatArray:
    """Alpha for each row of ``sums`` over units of :func:`summands`; NaN where undefined."""
    if level == "ordinal" and distance is None:
        observed, expected, n = _ordinal_sums(sums, patterns)
    else:
        observed, n = sums[:, 0], sums[:, 1]
        if _by_moments(patterns, level, distance):
            first, second = sums[:, 2], sums[:, 3]
            expected = 2 * (n * second - first**2)
            # no more than rounding: one value only
            expected[expected <= 1e-13 * n * second] = 0.0
        else:
            expected = _expected(sums[:, 2:], patterns.values, level, distance)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = observed / (expected / (n - 1))
        return np.asarray(np.where(expected > 0, 1 - ratio, np.nan))


def _by_moments(patterns: Patterns, level: str, distance: FloatArray | None) -> bool:
    return level == "interval" and distance is None and len(patterns.values) > _FEW_VALUES


def differences(
    a: FloatArray, b: FloatArray, level: str, distance: FloatArray | None, at: Any, bt: Any
) -> FloatArray:
    """The difference of values ``a`` and ``b``, found at positions ``at`` and ``bt``."""
    if distance is not None:
        return np.asarray(distance[at, bt], dtype=float)
    if level == "nominal":
        return np.asarray(a != b, dtype=float)
    if level == "interval":
        return np.asarray((a - b) ** 2)
    total = a + b
    return np.asarray(np.divide(a - b, total, out=np.zeros(total.shape), where=total != 0) ** 2)


def pattern_disagreement(
    patterns: Patterns, level: str, distance: FloatArray | None = None
) -> FloatArray:
    """The sum of differences over all ordered pairs of ratings within each pattern, shape (P,)."""
    if level == "nominal" and distance is None:
        counts = patterns.counts
        return np.asarray(patterns.sizes**2 - (counts * counts).sum(axis=1))
    total = np.zeros(len(patterns.sizes))
    codes, values = patterns.codes, patterns.values
    for i in range(len(codes)):
        for j in range(i):
            both = (codes[i] >= 0) & (codes[j] >= 0)
            at, bt = codes[i, both], codes[j, both]
            total[both] += differences(values[at], values[bt], level, distance, at, bt)
    return 2 * total


def _expected(
    marginals: FloatArray, values: FloatArray, level: str, distance: FloatArray | None
) -> FloatArray:
    """The sum of n_c n_k delta(c, k) over all values, for each row of ``marginals``."""
    if level == "nominal" and distance is None:
        return np.asarray(marginals.sum(axis=1) ** 2 - (marginals**2).sum(axis=1))
    total = np.zeros(len(marginals))
    everyone = np.arange(len(values))[:, None]
    for start in range(0, len(values), _FEW_VALUES):
        part = slice(start, start + _FEW_VALUES)
        delta = differences(
            values[:, None], values[None, part], level, distance, everyone, everyone.T[:, part]
        )
        total += (multiply(marginals, delta) * marginals[:, part]).sum(axis=1)
    return total


def _ordinal_sums(
    weights: FloatArray, patterns: Patterns
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Observed and expected sums and the number of ratings at the ordinal level.

    Krippendorff's ordinal difference is the squared difference of midranks, and the ranks are
    those of the resample itself: hence one set of ranks for each row of ``weights``.
    """
    counts, sizes = patterns.counts, patterns.sizes
    marginals = multiply(weights, counts)
    n = marginals.sum(axis=1)
    # midranks around their mean n/2: half-integers, so that sums of squares stay exact
    ranks = np.cumsum(marginals, axis=1) - marginals / 2 - n[:, None] / 2
    squares, sums = multiply(ranks**2, counts.T), multiply(ranks, counts.T)
    within = (weights * (2 * (sizes * squares - sums**2) / (sizes - 1))).sum(axis=1)
    between = 2 * n * (marginals * ranks**2).sum(axis=1)
    return within, between, n


def as_positions(labels: ArrayLike | Sequence[Any], units: int) -> IntArray:
    """One label for each unit as positions 0, 1, ... in order of appearance, shape (units,).

    Raises
    ------
    ValueError
        If there is not exactly one label for each unit, or one is missing.
    """
    array = as_array(labels)
    if array.shape != (units,):
        raise ValueError(
            f"clusters must hold one label for each unit, shape ({units},), got {array.shape}"
        )
    if array.dtype.kind in "biu" or (array.dtype.kind == "f" and not np.isnan(array).any()):
        _, first, inverse = np.unique(array, return_index=True, return_inverse=True)
        return np.argsort(np.argsort(first))[inverse]
    known: dict[Any, int] = {}
    items = array.tolist()
    if any(is_missing(item) for item in items):
        raise ValueError("clusters must not be missing: every unit belongs to one expert")
    positions = [known.setdefault(item, len(known)) for item in items]
    return np.array(positions, dtype=np.int64)
