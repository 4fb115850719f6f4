"""How the answers to one item are distributed: agreement A, consensus Cns, median and quartiles.

Counts are the numbers of experts in each category of one item, in order, the empty ones included.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics.resampling import DEFAULT_SEED, resample
from analysis.statistics.results import Estimate, FloatArray

NAN = float("nan")
#: Patterns of filled categories are kept as bits of one whole number.
_MOST_CATEGORIES = 60


@dataclass(frozen=True, slots=True, eq=False)
class Median:
    """Median and quartiles of one item (numbers) or of each item (arrays of shape (items,)).

    ``iqr`` is ``q3 - q1``, ``n`` the number of answers. NaN where nobody answered.
    """

    median: float | FloatArray
    q1: float | FloatArray
    q3: float | FloatArray
    iqr: float | FloatArray
    n: int | FloatArray
    reason: str = ""


def _read_counts(counts: ArrayLike) -> FloatArray:
    """Check the counts of one item's categories."""
    array = np.asarray(counts, dtype=np.float64)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"expected one count for each category, got shape {array.shape}")
    if len(array) > _MOST_CATEGORIES:
        raise ValueError(f"expected at most {_MOST_CATEGORIES} categories, got {len(array)}")
    wrong = ~(np.isfinite(array) & (array >= 0))
    if wrong.any():
        raise ValueError(f"expected counts of 0 or more, got {array[wrong][0]}")
    return array


def agreement_a(counts: ArrayLike) -> Estimate:
    """Van der Eijk's agreement A on an ordered scale, from -1 to 1.

    1: all in one category. 0: evenly spread. -1: half at each end. The distribution is peeled into
    layers, each a pattern of empty and equally filled categories, and A is their mean weighted by
    size. A pattern's agreement is U (1 - (S - 1) / (K - 1)), with K categories, S of them filled,
    and the unimodality U = ((K - 2) TU - (K - 1) TDU) / ((K - 2) (TU + TDU)), where of the triples
    of categories with two filled, TU have the empty one outside and TDU between them.

    Parameters
    ----------
    counts : (categories,) array
        Experts in each category, in order, with the empty categories (they are what the scale
        offered). Percentages do as well.

    Returns
    -------
    Estimate
        Without an interval (see :func:`bootstrap_interval`). NaN, with the reason, for fewer than
        three categories, where no distribution can be told polarised, or no answers.

    Raises
    ------
    ValueError
        If the counts are not a list of numbers of 0 or more.

    References
    ----------
    van der Eijk, C. (2001). Measuring agreement in ordered rating scales. Quality & Quantity 35,
    325-341.

    Examples
    --------
    >>> round(agreement_a([30, 40, 210, 130, 530, 50, 10]).estimate, 4)
    0.6113
    """
    return _of_counts(counts, "van der Eijk's A", _agreement_rows, least=3)


def consensus_cns(counts: ArrayLike) -> Estimate:
    """Tastle and Wierman's consensus Cns on an ordered scale, from 0 to 1.

    1: all in one category. 0: half at each end. Cns = 1 + sum p log2(1 - |X - mean| / d), with
    categories X = 1, 2, ..., K, their shares p and the width d = K - 1. An even spread is not 0
    (.43 with five categories), unlike :func:`agreement_a`.

    Parameters
    ----------
    counts : (categories,) array
        Experts in each category, in order, with the empty categories. Percentages do as well.

    Returns
    -------
    Estimate
        Without an interval (see :func:`bootstrap_interval`). NaN, with the reason, for fewer than
        two categories or no answers.

    Raises
    ------
    ValueError
        If the counts are not a list of numbers of 0 or more.

    References
    ----------
    Tastle, W. J. & Wierman, M. J. (2007). Consensus and dissention: A measure of ordinal
    dispersion. International Journal of Approximate Reasoning 45, 531-545.

    Examples
    --------
    >>> round(consensus_cns([30, 40, 210, 130, 530, 50, 10]).estimate, 4)
    0.7257
    """
    return _of_counts(counts, "Tastle and Wierman's Cns", _consensus_rows, least=2)


def _of_counts(
    counts: ArrayLike, method: str, rows: Callable[[FloatArray], FloatArray], least: int
) -> Estimate:
    array = _read_counts(counts)
    n = round(float(array.sum()))
    reason = ""
    if len(array) < least:
        reason = f"{least} categories or more are needed, got {len(array)}"
    elif array.sum() == 0:
        reason = "nobody answered"
    value = NAN if reason else float(rows(array[None, :])[0])
    return Estimate(value, n=n, method=method, reason=reason)


def _agreement_rows(counts: FloatArray) -> FloatArray:
    """A of each row of counts (m, categories); every row has answers."""
    m, categories = counts.shape
    left = counts / counts.sum(axis=1, keepdims=True)
    place = 1 << np.arange(categories, dtype=np.int64)
    total = np.zeros(m)
    for _ in range(categories):  # each layer empties at least one category
        filled = left > 0
        height = np.where(filled, left, np.inf).min(axis=1)
        height[~filled.any(axis=1)] = 0.0
        patterns, where = np.unique(filled @ place, return_inverse=True)
        agreement = np.array([_pattern_agreement(int(p), categories) for p in patterns])
        total += height * filled.sum(axis=1) * agreement[where]
        left = np.where(filled, left - height[:, None], 0.0)
    return total


@lru_cache(maxsize=4096)
def _pattern_agreement(pattern: int, categories: int) -> float:
    """Agreement of a layer, its filled categories given as bits (van der Eijk 2001, 329-330)."""
    filled = [i for i in range(categories) if pattern >> i & 1]
    s = len(filled)
    if s <= 1 or s == categories:
        return float(s == 1)
    # empty categories between each two filled ones
    inside = sum((filled[j] - filled[i]) - (j - i) for i in range(s) for j in range(i + 1, s))
    pairs = s * (s - 1) // 2
    outside = pairs * (categories - s) - inside
    unimodality = ((categories - 2) * outside - (categories - 1) * inside) / (
        (categories - 2) * (outside + inside)
    )
    return unimodality * (1 - (s - 1) / (categories - 1))


def _consensus_rows(counts: FloatArray) -> FloatArray:
    """Cns of each row of counts (m, categories); every row has answers."""
    share = counts / counts.sum(axis=1, keepdims=True)
    x = np.arange(1, counts.shape[1] + 1)
    apart = np.abs(x - (share @ x)[:, None]) / (counts.shape[1] - 1)
    # an empty category adds nothing, however far it lies
    log = np.log2(np.where(share > 0, 1 - apart, 1.0))
    return np.asarray(np.clip(1 + (share * log).sum(axis=1), 0.0, 1.0))


def median_iqr(ratings: ArrayLike) -> Median:
    """Median and quartiles of a rating scale.

    A quartile is the smallest answer with at least a quarter of the answers at or below it; where
    exactly a quarter lies there, the mean of it and the next (Hyndman & Fan 1996, definition 2).
    So it is always an answer or lies halfway between two, never at 3.25 of a 5-point scale.

    Parameters
    ----------
    ratings : (experts,) or (experts, items) array
        NaN (no answer) is left out, item by item.

    Returns
    -------
    Median
        Numbers for one item, arrays over items for several. NaN where nobody answered.

    Raises
    ------
    ValueError
        If there are more than two dimensions, or an infinite rating.

    References
    ----------
    Hyndman, R. J. & Fan, Y. (1996). Sample quantiles in statistical packages. The American
    Statistician 50, 361-365.

    Examples
    --------
    >>> found = median_iqr([3, 4, 4, 5, 5, 2, 4, 5])
    >>> found.median, found.q1, found.q3
    (4.0, 3.5, 5.0)
    """
    array = np.asarray(ratings, dtype=np.float64)
    if array.ndim not in (1, 2):
        raise ValueError(f"expected experts, or experts x items, got shape {array.shape}")
    if np.isinf(array).any():
        raise ValueError("expected finite ratings or NaN, got an infinite one")
    columns = [c[~np.isnan(c)] for c in (array[:, None] if array.ndim == 1 else array).T]
    levels = (0.25, 0.5, 0.75)
    found = np.array(
        [
            np.quantile(c, levels, method="averaged_inverted_cdf") if len(c) else [NAN] * 3
            for c in columns
        ]
    ).reshape(-1, 3)
    sizes = np.array([len(c) for c in columns], dtype=np.float64)
    q1, median, q3 = found.T
    reason = "" if (sizes > 0).all() else "nobody answered"
    if array.ndim == 1:
        return Median(
            float(median[0]),
            float(q1[0]),
            float(q3[0]),
            float(q3[0] - q1[0]),
            int(sizes[0]),
            reason,
        )
    return Median(median, q1, q3, q3 - q1, sizes, reason)


def _quantile_rows(counts: FloatArray) -> FloatArray:
    """The median category (from 1) of each row of counts, as :func:`median_iqr` finds it."""
    cumulative = np.cumsum(counts, axis=1)
    half = cumulative[:, -1:] / 2
    slack = 1e-9 * cumulative[:, -1:]
    at = (cumulative < half - slack).sum(axis=1)
    beyond = (cumulative <= half + slack).sum(axis=1)
    return np.asarray((at + beyond) / 2 + 1.0)


def _mean_rows(counts: FloatArray) -> FloatArray:
    return np.asarray(counts @ np.arange(1, counts.shape[1] + 1) / counts.sum(axis=1))


_ROWS: dict[str, tuple[Callable[[FloatArray], FloatArray], int]] = {
    "agreement_a": (_agreement_rows, 3),
    "consensus_cns": (_consensus_rows, 2),
    "median": (_quantile_rows, 1),
    "mean": (_mean_rows, 1),
}


def bootstrap_interval(
    counts: ArrayLike,
    statistic: str = "agreement_a",
    resamples: int = 10_000,
    confidence: float = 0.95,
    seed: int = DEFAULT_SEED,
) -> Estimate:
    """Percentile bootstrap over experts for a statistic of one item's counts.

    Experts are drawn with replacement, which for one item is a multinomial draw of its counts.

    Parameters
    ----------
    counts : (categories,) array of whole numbers
        Experts in each category, in order.
    statistic : {"agreement_a", "consensus_cns", "median", "mean"}
        "median" and "mean" count categories from 1.
    resamples : int
    confidence : float
    seed : int

    Returns
    -------
    Estimate
        ``se`` is the standard deviation over resamples. Where all experts chose one category,
        resampling cannot show any other: ``se``, ``low`` and ``high`` are NaN, with the reason.
        NaN throughout where the statistic is undefined.

    Raises
    ------
    ValueError
        If counts are not whole numbers of 0 or more, or an option is unknown.

    References
    ----------
    Efron, B. (1979). Bootstrap methods: another look at the jackknife. Annals of Statistics 7,
    1-26.
    """
    if statistic not in _ROWS:
        raise ValueError(f"statistic must be one of {', '.join(_ROWS)}, got {statistic!r}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1, got {confidence}")
    array = _read_counts(counts)
    if (array != np.floor(array)).any():
        raise ValueError("resampling experts needs whole numbers of experts, got fractions")
    rows, least = _ROWS[statistic]
    method = f"{statistic}, percentile bootstrap over experts"
    point = _of_counts(array, method, rows, least)
    if point.reason:
        return point
    if np.count_nonzero(array) == 1:
        why = "all experts chose one category: resampling cannot show how far others might differ"
        return Estimate(point.estimate, n=point.n, method=method, reason=why)
    values = resample(
        partial(_resampled, counts=array, statistic=statistic), resamples, seed, chunk=10_000
    )
    tail = (1 - confidence) / 2
    low, high = np.quantile(values, (tail, 1 - tail))
    se = float(values.std(ddof=1)) if resamples > 1 else math.nan
    return Estimate(point.estimate, se, float(low), float(high), point.n, confidence, method)


def _resampled(
    size: int, rng: np.random.Generator, counts: FloatArray, statistic: str
) -> FloatArray:
    n = int(counts.sum())
    drawn = rng.multinomial(n, counts / n, size=size)
    return _ROWS[statistic][0](drawn.astype(np.float64))
