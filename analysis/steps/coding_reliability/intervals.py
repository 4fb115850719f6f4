"""The chapter's intervals: by whole experts, or whole sessions.

Alpha has its interval in :mod:`analysis.statistics.agreement`. Percent agreement, kappa, AC1 and
rates get theirs here in the same way: each expert's statements are summed up once, whole experts
are drawn with replacement, the coefficient is computed from the sums drawn, and the limits are
those of alpha's interval (bias-corrected and accelerated, widened for few clusters).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.statistics import agreement
from analysis.statistics.agreement_bootstrap import draw_weights, limits
from analysis.statistics.resampling import DEFAULT_SEED, resample
from analysis.statistics.results import Estimate
from analysis.steps.panel_tools import CONFIDENCE

FloatArray = NDArray[np.float64]
#: How many resamples stand behind an interval.
RESAMPLES = 10_000
#: Set-valued alpha: the distinct sets up to which so many are drawn, and the fewest beyond.
DISTINCT, FEWEST = 200, 1_000
#: From sums (..., K) to one coefficient for each row, NaN where it is undefined.
Coefficient = Callable[[FloatArray], FloatArray]


def alpha(data: FloatArray, clusters: ArrayLike) -> Estimate:
    """Krippendorff's nominal alpha (coders x units) with its interval by whole clusters."""
    return agreement.alpha_interval(data, "nominal", clusters, RESAMPLES, confidence=CONFIDENCE)


def set_alpha(sets: NDArray[np.object_], clusters: NDArray[np.object_]) -> Estimate:
    """Set-valued alpha (coders x units of sets) with its interval by whole clusters.

    The time of a resample grows with the square of the number of distinct sets, so a panel with
    more than :data:`DISTINCT` of them gets fewer resamples, :data:`FEWEST` at least.
    """
    distinct = len({cell for cell in sets.ravel() if cell is not None})
    resamples = RESAMPLES
    if distinct > DISTINCT:
        resamples = max(FEWEST, round(RESAMPLES * (DISTINCT / distinct) ** 2))
    return agreement.masi_alpha_interval(sets, clusters, resamples, confidence=CONFIDENCE)


def cluster_interval(
    sums: FloatArray,
    coefficient: Coefficient,
    method: str,
    lowest: float = -1.0,
    confidence: float = CONFIDENCE,
    resamples: int | None = None,
    seed: int = DEFAULT_SEED,
) -> Estimate:
    """A coefficient with an interval that draws whole clusters.

    Parameters
    ----------
    sums
        Clusters x K: what each cluster adds to the sums behind the coefficient.
    coefficient
        From rows of sums to coefficients.
    lowest
        The least value that the coefficient can take: the lower limit is cut there.
    resamples
        None for :data:`RESAMPLES`.

    Returns
    -------
    Estimate
        ``n`` is the number of clusters. Without an interval, and with the ``reason``, for fewer
        than two clusters, where all resamples agree, or where the coefficient is undefined in more
        than ``1 - confidence`` of them. NaN, with the reason, where it is undefined.
    """
    n = len(sums)
    resamples = RESAMPLES if resamples is None else resamples
    name = f"{method}; BCa bootstrap of whole clusters, {resamples} resamples"
    value = float(coefficient(sums.sum(axis=0)[None])[0]) if n else np.nan
    if np.isnan(value):
        return Estimate(value, n=n, method=name, reason=f"{method} is not defined: 0/0")
    if n < 2:
        return Estimate(value, n=n, method=name, reason="an interval needs two or more clusters")
    drawn = resample(partial(_drawn, sums, coefficient), resamples, seed)
    known = drawn[~np.isnan(drawn)]
    reason = ""
    low = high = np.nan
    if 1 - len(known) / len(drawn) > 1 - confidence:
        reason = f"{method} is not defined in too many of the resamples"
    elif np.ptp(known) < 1e-12:
        reason = "all resamples agree: the bootstrap shows no uncertainty"
    else:
        bend = _acceleration(coefficient(sums.sum(axis=0) - sums))
        low, high = limits(value, known, bend, n, confidence)
        low = max(low, min(lowest, value))
    return Estimate(value, float(known.std(ddof=1)), low, high, n, confidence, name, reason)


def _drawn(
    sums: FloatArray, coefficient: Coefficient, size: int, rng: np.random.Generator
) -> FloatArray:
    return coefficient(draw_weights(np.ones(len(sums)), size, rng) @ sums)


def _acceleration(left: FloatArray) -> float:
    """The acceleration of the BCa interval from the coefficients with one cluster left out."""
    gap = np.nanmean(left) - left[~np.isnan(left)]
    spread = float((gap**2).sum())
    return float((gap**3).sum() / (6 * spread**1.5)) if spread > 1e-24 else 0.0


def by_cluster(columns: ArrayLike, clusters: ArrayLike) -> FloatArray:
    """Sums of ``columns`` (units, K) over the units of each cluster, (clusters, K)."""
    values = np.asarray(columns, dtype=np.float64)
    labels, place = np.unique(np.asarray(clusters, dtype=str), return_inverse=True)
    return np.stack(
        [np.bincount(place, weights=column, minlength=len(labels)) for column in values.T], axis=1
    )


def share_columns(data: FloatArray) -> FloatArray:
    """What each unit adds to agreement and AC1: (units, 3).

    ``data`` is coders x units of 1, 0 and NaN. The columns are the share of pairs of coders that
    agree, the share of ones, and 1.
    """
    rated = (~np.isnan(data)).sum(axis=0)
    ones = np.nansum(data, axis=0)
    zeros = rated - ones
    agreeing = (ones * (ones - 1) + zeros * (zeros - 1)) / (rated * (rated - 1))
    return np.stack([agreeing, ones / rated, np.ones(len(rated))], axis=1)


def agreement_of(sums: FloatArray) -> FloatArray:
    """Percent agreement from sums of :func:`share_columns`."""
    return ratio(sums[:, 0], sums[:, 2])


def ac1_of(sums: FloatArray) -> FloatArray:
    """Gwet's AC1 of a code that is given or not, from sums of :func:`share_columns`."""
    share = ratio(sums[:, 1], sums[:, 2])
    chance = 2 * share * (1 - share)
    return (agreement_of(sums) - chance) / (1 - chance)


def table_columns(first: FloatArray, second: FloatArray) -> FloatArray:
    """What each unit adds to the two coders' table: (units, 4).

    The columns: given by both, only by the first, only by the second, by neither.
    """
    a, b = first == 1, second == 1
    return np.stack([a & b, a & ~b, ~a & b, ~a & ~b], axis=1).astype(np.float64)


def kappa_of(sums: FloatArray) -> FloatArray:
    """Cohen's kappa from sums of :func:`table_columns`."""
    a, b, c, d = sums.T
    return ratio(2 * (a * d - b * c), (a + b) * (b + d) + (a + c) * (c + d))


def ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    """``above / below``, NaN where that is 0/0."""
    out = np.full(np.shape(above), np.nan)
    np.divide(above, below, out=out, where=np.asarray(below) > 0)
    return out


def ratio_of(sums: FloatArray) -> FloatArray:
    """The first sum over the second: a rate."""
    return ratio(sums[:, 0], sums[:, 1])
