"""How far experts agree on ratings: on one item (A, Cns, quartiles), and over items (W).

Ratings are experts x items; counts are the numbers of experts in each category of one item, in
order, the empty categories included. All of it describes these experts.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import chi2, friedmanchisquare, rankdata

from analysis.statistics.inputs import LARGEST, as_numbers
from analysis.statistics.results import BoolArray, Estimate, FloatArray, IntArray, Test, statistic

NAN = float("nan")
#: The longest scale whose categories are counted one by one.
_LONGEST = 1000


def scale_counts(answers: ArrayLike, lowest: float, highest: float) -> IntArray:
    """How many ``answers`` (experts,) fall on each whole step from ``lowest`` to ``highest``.

    NaN is no answer. Empty, so that :func:`agreement_a` is undefined, for a scale that is not one
    of whole numbers, or is longer than 1,000 steps.

    Raises
    ------
    ValueError
        If an answer lies outside the scale, or between its steps, or the scale has no steps.
    """
    given = as_numbers(answers, "answers").ravel()
    given = given[~np.isnan(given)]
    lowest, highest = as_numbers([lowest, highest], "the ends of a scale").tolist()
    if lowest > highest:
        raise ValueError(f"expected a scale from low to high, got {lowest} to {highest}")
    if (
        not math.isfinite(highest - lowest)
        or lowest % 1
        or highest % 1
        or highest - lowest >= _LONGEST
    ):
        return np.zeros(0, dtype=np.int64)
    wrong = (given < lowest) | (given > highest) | (given != np.floor(given))
    if wrong.any():
        raise ValueError(
            f"expected whole answers from {lowest:g} to {highest:g}, got {given[wrong][0]}"
        )
    steps = (given - lowest).astype(np.int64)
    return np.asarray(np.bincount(steps, minlength=int(highest - lowest) + 1))


@statistic
def agreement_a(counts: ArrayLike) -> Estimate:
    """Van der Eijk's agreement A on an ordered scale, from -1 to 1.

    1: all in one category. 0: evenly spread. -1: half at each end. The distribution is peeled into
    layers, each a pattern of empty and equally filled categories; A is their mean, weighted by
    size. ``counts`` may be percentages. Undefined for fewer than three categories, where no
    distribution can be told polarised, and without answers.

    Van der Eijk, C. (2001). Measuring agreement in ordered rating scales. Quality & Quantity 35,
    325-341.

    >>> round(agreement_a([30, 40, 210, 130, 530, 50, 10]), 4)
    0.6113
    """
    return _of_counts(counts, "van der Eijk's A", _agreement, least=3)


@statistic
def consensus_cns(counts: ArrayLike) -> Estimate:
    """Tastle and Wierman's consensus Cns on an ordered scale, from 0 to 1.

    1: all in one category. 0: half at each end. ``Cns = 1 + sum p log2(1 - |X - mean| / d)``,
    with categories X = 1, 2, ..., K, their shares p, and d = K - 1. An even spread is not 0 (.43
    with five categories). ``counts`` may be percentages. Undefined for fewer than two categories,
    and without answers.

    Tastle, W. J. & Wierman, M. J. (2007). Consensus and dissention: A measure of ordinal
    dispersion. International Journal of Approximate Reasoning 45, 531-545.
    """
    return _of_counts(counts, "Tastle and Wierman's Cns", _consensus, least=2)


def _of_counts(
    counts: ArrayLike, method: str, compute: Callable[[FloatArray], float], least: int
) -> Estimate:
    array = as_numbers(counts, "counts")
    if array.ndim != 1:
        raise ValueError(f"expected one count for each category, got shape {array.shape}")
    wrong = ~((array >= 0) & (array <= LARGEST))
    if wrong.any():
        raise ValueError(f"expected counts from 0 to {LARGEST:,}, got {array[wrong][0]}")
    n = int(array.sum()) if not (array % 1).any() else None  # percentages do not say how many
    if len(array) < least:
        reason = f"fewer than {least} categories that can be counted"
        return Estimate(NAN, n=n, method=method, reason=reason)
    if not array.any():
        return Estimate(NAN, n=0, method=method, reason="nobody answered")
    return Estimate(compute(array), n=n, method=method)


def _agreement(counts: FloatArray) -> float:
    left, total = counts, 0.0
    while left.any():  # each layer empties at least one category
        filled = left > 0
        height = float(left[filled].min())
        total += height * int(filled.sum()) * _of_layer(filled)
        left = np.where(filled, left - height, 0.0)
    return float(total / counts.sum())


def _of_layer(filled: BoolArray) -> float:
    """U (1 - (S - 1) / (K - 1)): K categories, S of them filled (van der Eijk 2001, 329-330).

    U = ((K - 2) TU - (K - 1) TDU) / ((K - 2) (TU + TDU)); of the triples of categories with two
    filled and one empty, TU have the empty one outside and TDU between the filled ones.
    """
    k, s = len(filled), int(filled.sum())
    if s in (1, k):
        return float(s == 1)
    before = np.cumsum(filled)[~filled]  # of each empty category: how many filled ones precede it
    between = int((before * (s - before)).sum())
    outside = (k - s) * s * (s - 1) // 2 - between
    unimodality = ((k - 2) * outside - (k - 1) * between) / ((k - 2) * (outside + between))
    return float(unimodality * (1 - (s - 1) / (k - 1)))


def _consensus(counts: FloatArray) -> float:
    share, x = counts / counts.sum(), np.arange(1, len(counts) + 1)
    apart = np.abs(x - share @ x) / (len(counts) - 1)
    held = share > 0  # an empty category adds nothing, however far it lies
    return float(np.clip(1 + (share[held] * np.log2(1 - apart[held])).sum(), 0.0, 1.0))


def quartiles(ratings: pd.DataFrame) -> pd.DataFrame:
    """Median and quartiles of each item of ``ratings`` (experts x items): one row an item.

    Columns ``n`` (answers), ``median``, ``q1``, ``q3``, ``iqr``. A quartile is always an answer or
    lies halfway between two, never at 3.25 of a scale of five (Hyndman & Fan 1996, The American
    Statistician 50, 361-365, definition 2). NaN where nobody answered.

    Raises
    ------
    ValueError
        If a rating is infinite or no number.
    """
    rows = []
    for item in ratings.columns:
        given = as_numbers(ratings[item], "ratings")
        given = given[~np.isnan(given)]
        if np.isinf(given).any():
            raise ValueError("ratings must be finite (NaN for no answer), got an infinite one")
        found = [NAN] * 3
        if len(given):
            found = np.quantile(given, [0.25, 0.5, 0.75], method="averaged_inverted_cdf").tolist()
        rows.append((len(given), found[1], found[0], found[2], found[2] - found[0]))
    return pd.DataFrame(rows, index=ratings.columns, columns=["n", "median", "q1", "q3", "iqr"])


@statistic
def kendall_w(ratings: ArrayLike) -> Estimate:
    """Kendall's coefficient of concordance W, corrected for ties: do experts rank items alike?

    0: not at all. 1: all put the items in the same order. With the mid-ranks of m experts over k
    items, R their sums and T the sum of t^3 - t over ties, W = (12 sum R^2 - 3 m^2 k (k + 1)^2) /
    (m^2 (k^3 - k) - m T). An expert who did not rate every item is left out; ``n`` counts the
    others. Undefined for fewer than two experts or items, or if every expert rates all alike.

    Kendall & Babington Smith (1939), Annals of Mathematical Statistics 10, 275-287; ties: Kendall
    (1948), Rank Correlation Methods, ch. 6.

    Raises
    ------
    ValueError
        If the ratings are not two-dimensional, or infinite.

    Examples
    --------
    >>> round(kendall_w([[1, 2, 3], [1, 2, 3], [1, 3, 2]]), 4)
    0.7778
    """
    method = "Kendall's W, corrected for ties"
    complete, reason = _complete(ratings)
    if reason:
        return Estimate(NAN, n=len(complete), method=method, reason=reason)
    m = len(complete)
    apart = rankdata(complete, axis=1) - (complete.shape[1] + 1) / 2
    # experts with one order make the sum of squares of the sums m times that of the ranks
    w = float((apart.sum(axis=0) ** 2).sum() / (m * (apart**2).sum()))
    return Estimate(min(w, 1.0), n=m, method=method)


@statistic
def friedman(ratings: ArrayLike) -> Test:
    """Friedman's test (1937): do the items differ in how experts rank them?

    ``statistic`` is chi-squared, corrected for ties, with ``df`` = items - 1; :func:`kendall_w` is
    statistic / (n df). Undefined as W is. From ``scipy.stats.friedmanchisquare``; for two items,
    which that does not take, from W (the sign test's chi-squared). A large-sample approximation.

    Friedman, M. (1937), Journal of the American Statistical Association 32, 675-701.
    """
    complete, reason = _complete(ratings)
    n, df = len(complete), complete.shape[1] - 1
    if reason:
        return Test(NAN, NAN, n, method="Friedman test", reason=reason)
    if df > 1:
        found = friedmanchisquare(*complete.T)
        return Test(float(found.statistic), float(found.pvalue), n, df, method="Friedman test")
    value = n * df * float(kendall_w(complete))
    return Test(value, float(chi2.sf(value, df)), n, df, method="Friedman test")


def _complete(ratings: ArrayLike) -> tuple[FloatArray, str]:
    """The experts who rated every item, and why nothing can be said of them, or ""."""
    matrix = as_numbers(ratings, "ratings")
    if matrix.ndim != 2 or np.isinf(matrix).any():
        raise ValueError(f"expected finite ratings, experts x items, got shape {matrix.shape}")
    complete = matrix[~np.isnan(matrix).any(axis=1)]
    if matrix.shape[1] < 2:
        return complete, "fewer than two items"
    if len(complete) < 2:
        return complete, "fewer than two experts rated every item"
    if (complete == complete[:, :1]).all():
        return complete, "every expert rates all items alike"
    return complete, ""
