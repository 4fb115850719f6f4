"""Counts, shares and means: the numbers that a notebook computes itself, as estimates."""

from __future__ import annotations

from collections.abc import Sized

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics.inputs import as_booleans, as_numbers, labels_of, whole
from analysis.statistics.proportions import interval
from analysis.statistics.resampling import SEED, bootstrap
from analysis.statistics.results import Estimate, FloatArray, statistic

#: The largest value whose square, summed over many, is still a float.
_LARGEST = 1e150


@statistic
def count(things: Sized | float) -> Estimate:
    """How many things there are; or a whole number as an estimate.

    Raises
    ------
    ValueError
        If the number is not whole, or negative.
    """
    number = len(things) if isinstance(things, Sized) else things
    return Estimate(whole(number, "a count"), method="count")


@statistic
def value(number: float, method: str, standing: str = "description") -> Estimate:
    """Any other number that a notebook computes, with the ``method`` in a few words."""
    given = as_numbers(number, "a value")
    if given.ndim:
        raise ValueError(f"a value must be one number, got shape {given.shape}")
    reason = "it is not defined" if np.isnan(given) else ""
    return Estimate(float(given), standing=standing, method=method, reason=reason)


@statistic
def share(k: int, n: int, confidence: float | None = None) -> Estimate:
    """``k`` of ``n``, with the Wilson interval of :func:`analysis.statistics.proportions.interval`.

    Undefined for ``n`` = 0.
    """
    found = interval(k, n, confidence=confidence)
    return Estimate(
        found.estimate, low=found.low, high=found.high, k=found.k, n=found.n, method="share",
        confidence=found.confidence, reason=found.reason,
    )  # fmt: skip


@statistic
def part(mask: ArrayLike, confidence: float | None = None) -> Estimate:
    """The share of observations for which ``mask`` is true, as :func:`share`.

    Raises
    ------
    ValueError
        If it holds anything but true and false: a gap is neither.
    """
    true = as_booleans(mask, "a mask")
    return share(int(true.sum()), true.size, confidence)


@statistic
def mean(
    values: ArrayLike,
    clusters: ArrayLike | None = None,
    confidence: float | None = None,
    resamples: int = 10_000,
    seed: int = SEED,
) -> Estimate:
    """The mean of ``values`` (n,), with a percentile bootstrap interval (Efron 1979).

    With ``clusters`` (n,) whole clusters are drawn. NaN values are left out. The interval is
    undefined for fewer than three observations or clusters, and where all are alike.

    Raises
    ------
    ValueError
        If a value is infinite, or there is not one cluster for each.
    """
    given = _values(values)
    kept = ~np.isnan(given)
    if not kept.any():
        return Estimate(float("nan"), n=0, method="mean", reason="there are no values")
    groups = labels_of(clusters, kept)
    different, classes = np.unique(given[kept], return_inverse=True)
    rows = np.column_stack([different, np.ones(len(different))])
    point = Estimate(float(given[kept].mean()), method="mean")
    return bootstrap(
        point, _ratio, rows, classes, groups, confidence, resamples, seed, things="values"
    )


def _values(values: ArrayLike) -> FloatArray:
    given = as_numbers(values, "values")
    if given.ndim != 1 or (np.abs(given) > _LARGEST).any():
        raise ValueError(
            f"expected a list of finite values, none beyond {_LARGEST}, got shape {given.shape}"
        )
    return given


def _ratio(sums: FloatArray) -> FloatArray:
    return np.asarray(sums[:, 0] / sums[:, 1])


@statistic
def difference(
    values: ArrayLike,
    group: ArrayLike,
    clusters: ArrayLike | None = None,
    confidence: float | None = None,
    resamples: int = 10_000,
    seed: int = SEED,
) -> Estimate:
    """The mean of ``values`` (n,) in a ``group`` less that of the others, as :func:`mean`.

    Undefined where one of the two is empty.

    Raises
    ------
    ValueError
        As :func:`mean`, and if ``group`` (n,) is not true or false.
    """
    given, inside = _values(values), as_booleans(group, "a group")
    if given.shape != inside.shape:
        raise ValueError(f"expected a mark for each of {given.size} values, got {inside.shape}")
    kept = ~np.isnan(given)
    x, ours = given[kept], inside[kept]
    if ours.all() or not ours.any():
        return Estimate(
            float("nan"), n=0, method="difference of means", reason="one of the groups is empty"
        )
    point = Estimate(float(x[ours].mean() - x[~ours].mean()), method="difference of means")
    different, classes = np.unique(np.column_stack([x, ours]), axis=0, return_inverse=True)
    value, mark = different.T
    rows = np.column_stack([value * mark, mark, value * (1 - mark), 1 - mark])
    groups = labels_of(clusters, kept)
    return bootstrap(
        point, _ratios, rows, classes, groups, confidence, resamples, seed, things="values"
    )


def _ratios(sums: FloatArray) -> FloatArray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(sums[:, 0] / sums[:, 1] - sums[:, 2] / sums[:, 3])
