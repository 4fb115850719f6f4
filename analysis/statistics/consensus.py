"""How far experts agree on ratings: over items (Kendall's W) and on one item (A, Cns, median).

Ratings are experts x items; counts are the numbers of experts in each category of one item, in
order. Agreement describes these experts; its intervals treat them as a random draw.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics.distribution import (
    Median,
    agreement_a,
    bootstrap_interval,
    consensus_cns,
    median_iqr,
)
from analysis.statistics.ordinal import OrdinalFit, ordinal_regression
from analysis.statistics.resampling import DEFAULT_SEED, resample
from analysis.statistics.results import FloatArray, TestResult

__all__ = [
    "KendallW",
    "Median",
    "OrdinalFit",
    "agreement_a",
    "bootstrap_interval",
    "consensus_cns",
    "friedman",
    "kendall_w",
    "median_iqr",
    "ordinal_regression",
]

NAN = float("nan")


@dataclass(frozen=True, slots=True)
class KendallW:
    """Kendall's coefficient of concordance.

    ``estimate`` is W, corrected for ties: 0 no concordance, 1 identical rankings. ``statistic`` is
    chi-squared with ``df`` degrees of freedom (Friedman's), ``pvalue`` its tail;
    ``pvalue_permutation`` is NaN unless asked for. ``n`` counts the experts used, ``left_out``
    those who did not rate every item. NaN, with the ``reason``, where undefined.
    """

    estimate: float
    statistic: float
    df: float
    pvalue: float
    pvalue_permutation: float
    n: int
    items: int
    left_out: int
    method: str = "Kendall's W, corrected for ties"
    reason: str = ""


def kendall_w(ratings: ArrayLike, resamples: int = 0, seed: int = DEFAULT_SEED) -> KendallW:
    """Kendall's coefficient of concordance W: do the experts rank the items alike?

    Each expert's ratings are turned into mid-ranks. With m experts, k items, R the rank sums and T
    = sum of t^3 - t over each expert's ties, W = (12 sum R^2 - 3 m^2 k (k + 1)^2) / (m^2 (k^3 - k)
    - m T). The test is Friedman's: chi2 = m (k - 1) W, df = k - 1; a large sample approximation.

    Parameters
    ----------
    ratings : (experts, items) array
        An expert with a missing rating (NaN) is left out of all items, as W compares complete
        rankings; ``left_out`` says how many.
    resamples : int
        Random permutations of each expert's ratings for ``pvalue_permutation``, 0 for none. It is
        (b + 1) / (resamples + 1), b of them with a W at least as large.
    seed : int

    Returns
    -------
    KendallW
        NaN, with the reason, for fewer than two complete experts, fewer than two items, or when
        every expert rates all items alike.

    Raises
    ------
    ValueError
        If the ratings are not two-dimensional or infinite.

    References
    ----------
    Kendall, M. G. & Babington Smith, B. (1939). The problem of m rankings. Annals of Mathematical
    Statistics 10, 275-287. Ties: Kendall, M. G. (1948). Rank Correlation Methods, ch. 6. Siegel, S.
    & Castellan, N. J. (1988). Nonparametric Statistics for the Behavioral Sciences, 266.

    Examples
    --------
    >>> round(kendall_w([[1, 2, 3], [1, 2, 3], [1, 3, 2]]).estimate, 4)
    0.7778
    """
    if resamples < 0:
        raise ValueError(f"resamples must be 0 or more, got {resamples}")
    complete, items, left_out, reason = _complete_ratings(ratings)
    m = len(complete)
    if not reason and (complete == complete[:, :1]).all():
        reason = "every expert rates all items alike"
    if reason:
        return KendallW(NAN, NAN, NAN, NAN, NAN, m, items, left_out, reason=reason)

    from scipy.special import chdtrc
    from scipy.stats import rankdata

    ranks = rankdata(complete, axis=1)
    # twelve times the largest possible sum of squares, which ties make smaller
    largest = 12 * m * float(((ranks - (items + 1) / 2) ** 2).sum())
    w = min(1.0, 12 * float(_rank_spread(ranks.sum(axis=0), m)) / largest)
    chi2 = m * (items - 1) * w
    by_permutation = NAN
    if resamples:
        task = partial(_permuted_spread, ranks=ranks)
        spread = resample(task, resamples, seed, chunk=10_000)
        extreme = spread * 12 / largest >= w * (1 - 1e-9)
        by_permutation = (int(extreme.sum()) + 1) / (resamples + 1)
    return KendallW(
        w, chi2, items - 1, float(chdtrc(items - 1, chi2)), by_permutation, m, items, left_out
    )


def _complete_ratings(ratings: ArrayLike) -> tuple[FloatArray, int, int, str]:
    """Rows without gaps, number of items, rows left out, and why nothing can be said, or ""."""
    matrix = np.asarray(ratings, dtype=np.float64)
    if matrix.ndim != 2:
        raise ValueError(f"expected ratings as experts x items, got shape {matrix.shape}")
    if np.isinf(matrix).any():
        raise ValueError("expected finite ratings or NaN, got an infinite one")
    complete = matrix[~np.isnan(matrix).any(axis=1)]
    items = matrix.shape[1]
    reason = ""
    if items < 2:
        reason = f"two items or more are needed, got {items}"
    elif len(complete) < 2:
        reason = f"two experts who rated every item are needed, got {len(complete)}"
    return complete, items, len(matrix) - len(complete), reason


def _rank_spread(sums: FloatArray, m: int) -> FloatArray:
    """Squared deviations of rank sums (..., items) from their mean, summed over items."""
    items = sums.shape[-1]
    return np.asarray(((sums - m * (items + 1) / 2) ** 2).sum(axis=-1))


def _permuted_spread(size: int, rng: np.random.Generator, ranks: FloatArray) -> FloatArray:
    """Spreads of rank sums when each expert's ranks are shuffled over the items."""
    rows = max(1, 100_000 // ranks.size)
    out = np.empty(size)
    for start in range(0, size, rows):
        count = min(rows, size - start)
        shuffled = rng.permuted(np.tile(ranks, (count, 1, 1)), axis=2)
        out[start : start + count] = _rank_spread(shuffled.sum(axis=1), len(ranks))
    return out


def friedman(ratings: ArrayLike) -> TestResult:
    """Friedman's test: do the items differ in how experts rank them?

    Parameters
    ----------
    ratings : (experts, items) array
        An expert with a missing rating is left out; ``n`` counts those who are used.

    Returns
    -------
    TestResult
        ``statistic`` is chi-squared, corrected for ties, with ``df`` = items - 1. NaN, with the
        reason, as in :func:`kendall_w`, whose W is statistic / (n df).

    Raises
    ------
    ValueError
        If the ratings are not two-dimensional or infinite.

    Notes
    -----
    ``scipy.stats.friedmanchisquare``; for two items, which it does not take, from W (the sign
    test's chi-squared).

    References
    ----------
    Friedman, M. (1937). The use of ranks to avoid the assumption of normality implicit in the
    analysis of variance. Journal of the American Statistical Association 32, 675-701.

    Examples
    --------
    >>> round(friedman([[1, 2, 3], [1, 2, 3], [1, 3, 2]]).statistic, 4)
    4.6667
    """
    concordance = kendall_w(ratings)
    method = "Friedman test"
    if concordance.left_out:
        method += f" ({concordance.left_out} without all ratings left out)"
    if concordance.reason:
        return TestResult(NAN, NAN, concordance.n, method=method, reason=concordance.reason)
    statistic, pvalue = concordance.statistic, concordance.pvalue
    if concordance.items > 2:
        from scipy.stats import friedmanchisquare

        result = friedmanchisquare(*_complete_ratings(ratings)[0].T)
        statistic, pvalue = float(result.statistic), float(result.pvalue)
    return TestResult(statistic, pvalue, concordance.n, concordance.df, method)
