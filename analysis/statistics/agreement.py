"""Do coders agree? Percent agreement, kappas, Gwet's AC, Krippendorff's alpha, with intervals.

Reliability data are coders x units; NaN or None is "not coded"; strings are allowed wherever values
are only compared. Statements of one expert are alike: with ``clusters``, one label a unit, an
interval draws whole experts (or sessions). Without, it takes units as independent, and where
experts made several statements each it is too short.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import norm, t
from statsmodels.stats.inter_rater import cohens_kappa

from analysis.statistics.agreement_alpha import (
    NO_PAIRS,
    ONE_VALUE,
    Alpha,
    collapse,
    masi_distances,
    ratio,
    read_ratings,
    read_sets,
    scores,
    value_counts,
)
from analysis.statistics.inputs import labels_of
from analysis.statistics.resampling import FEWEST, SEED, bootstrap
from analysis.statistics.results import Estimate, FloatArray, IntArray, level, statistic

Ratings = ArrayLike | pd.DataFrame


# Agreement and what of it chance would bring


@statistic
def percent_agreement(
    data: Ratings,
    clusters: ArrayLike | None = None,
    confidence: float | None = None,
    resamples: int = 10_000,
    seed: int = SEED,
) -> Estimate:
    """The share of pairs of coders that agree on a unit, averaged over units with two values.

    ``n`` counts units with a value; interval as for :func:`gwet_ac`. Undefined if nothing can be
    paired.

    >>> percent_agreement([[1, 2, 2, 1], [1, 2, 1, 1]]).estimate
    0.75
    """
    codes, values = read_ratings(data)
    return _corrected(
        "percent agreement", codes, len(values), None, None,
        clusters, confidence, resamples, seed,
    )  # fmt: skip


@statistic
def fleiss_kappa(
    data: Ratings,
    clusters: ArrayLike | None = None,
    confidence: float | None = None,
    resamples: int = 10_000,
    seed: int = SEED,
) -> Estimate:
    """Fleiss' kappa for any number of coders, gaps allowed.

    Fleiss (1971), Psychological Bulletin 76, 378-382; with gaps the generalisation of Gwet (2014,
    ch. 2): agreement over the units with two values or more, chance from all that have one.
    (statsmodels' function stops at gaps.) With gaps it can fall below -1. ``n`` and the interval as
    for :func:`gwet_ac`. Undefined if nothing can be paired or only one value occurs.
    """
    codes, values = read_ratings(data)
    return _corrected(
        "Fleiss' kappa", codes, len(values), (0.0, 1.0), None,
        clusters, confidence, resamples, seed,
    )  # fmt: skip


@statistic
def gwet_ac(
    data: Ratings,
    weights: str | None = None,
    categories: Sequence[Any] | None = None,
    clusters: ArrayLike | None = None,
    confidence: float | None = None,
    resamples: int = 10_000,
    seed: int = SEED,
) -> Estimate:
    """Gwet's AC1 (no weights) or AC2, gaps allowed.

    ``"linear"`` and ``"quadratic"`` weigh a disagreement by the distance of the two values,
    ``"ordinal"`` by the number of categories between them. ``categories`` are all that could be
    chosen, in order: chance agreement depends on how many there are. None: those that occur.

    Without ``clusters``, ``se`` is for units drawn from a large population, given these coders, and
    the interval is Student's with n - 1 degrees of freedom, cut at 1 (and at -1); ``n`` counts
    units with a value. Undefined if nothing can be paired or there is one category. No interval
    for fewer than three units, or where all are alike.

    Raises
    ------
    ValueError
        If a value is not among ``categories``, or the weights are unknown or need an order.

    References
    ----------
    Gwet (2014), Handbook of Inter-Rater Reliability, 4th ed., ch. 2, 3 (weights) and 5 (variance);
    Gwet (2008), British Journal of Mathematical and Statistical Psychology 61, 29-48.
    """
    codes, values = read_ratings(data, categories)
    q = len(values)
    credit = None if weights is None else _credit(weights, values, categories is not None)
    name = "Gwet's AC1" if weights is None else f"Gwet's AC2, {weights} weights"
    # p_e = scale sum p (1 - p) = scale - scale sum p^2
    scale = (q if credit is None else float(credit.sum())) / (q * (q - 1)) if q > 1 else 0.0
    return _corrected(
        name, codes, q, (scale, -scale), credit, clusters, confidence, resamples, seed
    )  # fmt: skip


def _credit(weights: str, values: Sequence[Any], ordered: bool) -> FloatArray:
    """The credit that two values get together, (q, q): 1 for equal ones."""
    if weights not in ("linear", "quadratic", "ordinal"):
        raise ValueError(f"weights must be None, linear, quadratic or ordinal, got {weights!r}")
    place = np.arange(len(values), dtype=np.float64)
    text = any(isinstance(value, str) for value in values)
    number = place if text and ordered else scores(values, origin=False)
    if weights == "ordinal":
        steps = np.abs(place[:, None] - place)
        apart = steps * (steps + 1) / 2
    else:
        apart = np.abs(number[:, None] - number) ** (1 if weights == "linear" else 2)
    return np.asarray(1 - apart / max(float(apart.max(initial=0)), np.finfo(float).tiny))


def _corrected(
    name: str,
    codes: IntArray,
    values: int,
    chance: tuple[float, float] | None,
    credit: FloatArray | None,
    clusters: ArrayLike | None,
    confidence: float | None,
    resamples: int,
    seed: int,
) -> Estimate:
    """(p_a - p_e) / (1 - p_e); ``chance`` (a, b): p_e = a + b times the sum of squared shares."""
    kept = np.asarray((codes >= 0).any(axis=0))
    patterns, pattern = collapse(codes[:, kept], values)
    counts = value_counts(patterns, values).toarray()
    sizes, n = counts.sum(axis=1), int(kept.sum())
    times = np.bincount(pattern, minlength=len(counts)).astype(np.float64)
    paired = sizes >= 2
    pairable = int(times @ paired)
    if not pairable:
        return Estimate(np.nan, n=n, method=name, reason=NO_PAIRS)
    if chance is not None and values < 2:
        return Estimate(np.nan, n=n, method=name, reason=ONE_VALUE)
    fixed, slope = chance or (0.0, 0.0)
    matched = counts if credit is None else counts @ credit
    within = ((counts * matched).sum(axis=1) - sizes) / np.where(paired, sizes * (sizes - 1), 1)
    within, share = np.where(paired, within, 0.0), counts / sizes[:, None]
    rows = np.column_stack([within, paired, share])
    coefficient = partial(_corrected_sums, fixed=fixed, slope=slope)
    point = Estimate(float(coefficient((times @ rows)[None])[0]), n=n, method=name)
    if clusters is not None:
        labels = labels_of(clusters, kept)
        return bootstrap(point, coefficient, rows, pattern, labels, confidence, resamples, seed)
    # the linearised variance of Gwet (2014, ch. 5)
    mean = times @ share / n
    expected = fixed + slope * float(mean @ mean)
    own = fixed + slope * (share @ mean)
    part = np.where(paired, n / pairable * (within - expected), 0.0)
    part = (part - 2 * (1 - point) * (own - expected)) / (1 - expected)
    se = float(np.sqrt(times @ (part - point) ** 2 / (n * max(n - 1, 1))))
    reach = float(t.ppf((1 + level(confidence)) / 2, max(n - 1, 1))) * se
    lowest = -1.0 if chance else 0.0
    return _with_limits(point, pairable, se, reach, confidence, lowest)


def _corrected_sums(sums: FloatArray, fixed: float, slope: float) -> FloatArray:
    """The coefficient of each row: agreement within units, units paired, shares of the values."""
    share = sums[:, 2:] / sums[:, 2:].sum(axis=1, keepdims=True)
    expected = fixed + slope * (share**2).sum(axis=1)
    return 1 - ratio(1 - ratio(sums[:, 0], sums[:, 1]), 1 - expected)


def _with_limits(
    point: Estimate,
    pairable: int,
    se: float,
    reach: float,
    confidence: float | None,
    lowest: float,
) -> Estimate:
    """``point`` plus and minus ``reach``, within ``lowest`` and 1, if that can be told."""
    if pairable < FEWEST:
        return replace(point, reason=f"fewer than {FEWEST} units with values from two coders")
    if se < 1e-9 or point >= 1:
        return replace(point, reason="all units are alike, so that they show no uncertainty")
    low, high = max(point - reach, min(lowest, point)), min(point + reach, 1.0)
    return replace(point, se=se, low=low, high=high, confidence=level(confidence))


@statistic
def cohen_kappa(
    a: ArrayLike,
    b: ArrayLike,
    weights: str | ArrayLike | None = None,
    categories: Sequence[Any] | None = None,
    clusters: ArrayLike | None = None,
    confidence: float | None = None,
    resamples: int = 10_000,
    seed: int = SEED,
) -> Estimate:
    """Cohen's kappa of two coders, unweighted or weighted.

    Units that one did not code are left out. ``weights``: ``"linear"`` or ``"quadratic"`` in the
    number of categories apart (by position in ``categories``, as irr and statsmodels do), or
    disagreement weights (q, q), zero on the diagonal. ``categories``: all of them, in order; None:
    those that either used. Without ``clusters``, ``se`` and the interval (normal, cut at -1 and 1)
    are those of Fleiss, Cohen & Everitt (1969), for independent units. Undefined if no unit was
    coded by both, or if both used one category throughout.

    Raises
    ------
    ValueError
        If ``a`` and ``b`` differ in length, or values, categories and weights do not fit.

    References
    ----------
    Cohen (1960), Educational and Psychological Measurement 20, 37-46; Cohen (1968), Psychological
    Bulletin 70, 213-220.

    Examples
    --------
    >>> round(cohen_kappa([1, 1, 2, 2, 1], [1, 2, 2, 2, 1]), 4)
    0.6154
    """
    pair = [x if isinstance(x, np.ndarray) else np.array(x, dtype=object) for x in (a, b)]
    if pair[0].shape != pair[1].shape:
        raise ValueError(f"a and b must be as long, got {len(pair[0])} and {len(pair[1])} values")
    codes, values = read_ratings(np.stack(pair), categories)
    both = np.asarray((codes >= 0).all(axis=0))
    codes, n = codes[:, both], int(both.sum())
    if categories is None:  # what occurs only beside a gap is no category of the table
        used = np.flatnonzero(np.bincount(codes.ravel(), minlength=len(values)))
        codes = np.searchsorted(used, codes)
        values = [values[place] for place in used]
    q = len(values)
    if isinstance(weights, str) and categories is None and isinstance((values or [0])[0], str):
        raise ValueError(f"the order of {values[:3]} is not known: pass categories")
    apart = _disagreement(weights, q)
    name = "Cohen's kappa" if weights is None else "Cohen's kappa, weighted"
    if n == 0:
        return Estimate(np.nan, n=0, method=name, reason="no unit was coded by both")
    cell = codes[0] * q + codes[1]
    table = np.bincount(cell, minlength=q * q).reshape(q, q)
    if not table.sum(axis=1) @ apart @ table.sum(axis=0) > 0:
        return Estimate(np.nan, n=n, method=name, reason=ONE_VALUE)
    with np.errstate(divide="ignore", invalid="ignore"):  # its test of zero, which is not used
        found = cohens_kappa(table, weights=None if weights is None else apart)
    point = Estimate(float(found.kappa), n=n, method=name)
    if clusters is not None:
        labels = labels_of(clusters, both)
        place, cells = pd.factorize(cell, sort=True)
        rows, kappa = np.eye(q * q)[cells], partial(_kappa_sums, apart=apart)
        return bootstrap(point, kappa, rows, place, labels, confidence, resamples, seed)
    se = float(np.sqrt(max(found.var_kappa, 0.0)))
    reach = float(norm.ppf((1 + level(confidence)) / 2)) * se
    return _with_limits(point, n, se, reach, confidence, lowest=-1.0)


def _disagreement(weights: str | ArrayLike | None, q: int) -> FloatArray:
    place = np.arange(q, dtype=np.float64)
    steps = np.abs(place[:, None] - place)
    if weights is None:
        return np.asarray((steps > 0).astype(np.float64))
    if isinstance(weights, str):
        if weights not in ("linear", "quadratic"):
            raise ValueError(f"weights must be None, linear, quadratic or a table, got {weights!r}")
        apart = steps if weights == "linear" else steps**2
    else:
        apart = np.asarray(weights, dtype=np.float64)
        if apart.shape != (q, q) or np.diag(apart).any() or not (apart >= 0).all():
            raise ValueError(
                f"weights must be disagreements ({q}, {q}), zero on the diagonal, none negative"
            )
    return np.asarray(apart / max(float(apart.max(initial=0)), np.finfo(float).tiny))


def _kappa_sums(sums: FloatArray, apart: FloatArray) -> FloatArray:
    """Kappa of each row: a table of q x q counts."""
    tables = sums.reshape(len(sums), *apart.shape)
    expected = np.einsum("ri,ij,rj->r", tables.sum(axis=2), apart, tables.sum(axis=1))
    observed = (tables * apart).sum(axis=(1, 2)) * sums.sum(axis=1)
    return 1 - ratio(observed, expected)


# Krippendorff's alpha


@statistic
def krippendorff_alpha(data: Ratings, level: str) -> Estimate:
    """Krippendorff's alpha: agreement beyond chance of any number of coders, gaps allowed.

    ``level`` is ``"nominal"``, ``"ordinal"``, ``"interval"`` or ``"ratio"``; it has no default,
    because a wrong one silently gives a wrong number. ``n`` counts the units with two values or
    more. Undefined if there is none, or if all their values are the same (0/0; some programs print
    1 here). Krippendorff (2011), Computing Krippendorff's Alpha-Reliability.

    Raises
    ------
    ValueError
        If ``data`` are not two-dimensional, hold infinite values, or do not fit the level.

    Examples
    --------
    >>> round(krippendorff_alpha([[0, 1, 0, 0, 0], [1, 1, 1, 0, 0]], "nominal"), 3)
    0.25
    """
    return Alpha(*read_ratings(data), level).point()


@statistic
def alpha_interval(
    data: Ratings,
    level: str,
    clusters: ArrayLike | None = None,
    resamples: int = 10_000,
    seed: int = SEED,
    confidence: float | None = None,
) -> Estimate:
    """Krippendorff's alpha with the percentile bootstrap interval of whole experts (or sessions).

    ``clusters`` is a label for each unit; None draws single units. Each resample has its own alpha,
    so that the limits are values which alpha can take with such margins. A resample of a rare code
    may have no variation; alpha is undefined there, it is left out, and ``method`` says how many
    were. No interval if they are more than 1 - ``confidence``, if all resamples agree (perfect
    agreement: the bootstrap cannot see how likely a disagreement was), or for fewer than three
    clusters. ``n`` counts the clusters that have units with two values.

    It is too short for few experts: in simulated panels of 20 it covered 87 to 98% where 95% was
    claimed, and in panels of 5 from 80%.

    Raises
    ------
    ValueError
        As :func:`krippendorff_alpha`; or if there is not one cluster for each unit.
    """
    alpha = Alpha(*read_ratings(data), level)
    return alpha.interval(clusters, confidence, resamples, seed)


# Sets of codes


def masi_distance(a: Iterable[Any], b: Iterable[Any]) -> float:
    """The MASI distance of two sets: 1 - J M (Passonneau 2006, LREC).

    J is Jaccard's index; M is 1 for equal sets, 2/3 where one contains the other, 1/3 where they
    overlap, 0 where they share nothing. Two empty sets are equal; an empty set shares nothing with
    another. (NLTK rounds M to .67 and .33, and divides by zero at two empty sets.)

    >>> round(masi_distance({1, 2}, {1, 2, 3, 4}), 4)
    0.6667
    """
    try:
        sets = [frozenset(a), frozenset(b)]
    except TypeError:
        raise ValueError(f"expected two sets of codes, got {a!r} and {b!r}") from None
    return float(masi_distances(sets)[0, 1])


@statistic
def masi_alpha(sets: Sequence[Sequence[Any]] | pd.DataFrame) -> Estimate:
    """Set-valued alpha: Krippendorff's alpha with the MASI distance between sets of codes.

    For statements that may carry several codes: to share one of two is partial agreement. ``sets``
    are coders x units of sets (lists and tuples are taken as sets); None or NaN where a coder did
    not code a unit; the empty set is "coded, and no code given". Undefined as alpha is.

    Raises
    ------
    ValueError
        If the rows differ in length or an entry is neither a set nor missing.

    References
    ----------
    Passonneau (2006), with the distance itself as the difference (not its square), and alpha over
    pairable values as in Krippendorff (2011). See :func:`masi_distance` for empty sets.
    """
    return read_sets(sets).point()


@statistic
def masi_alpha_interval(
    sets: Sequence[Sequence[Any]] | pd.DataFrame,
    clusters: ArrayLike | None = None,
    resamples: int = 10_000,
    seed: int = SEED,
    confidence: float | None = None,
) -> Estimate:
    """:func:`masi_alpha` with the bootstrap interval of :func:`alpha_interval`."""
    return read_sets(sets).interval(clusters, confidence, resamples, seed)
