"""Percent agreement, kappas and Gwet's coefficients.

The public names are those of :mod:`analysis.statistics.agreement`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.statistics.agreement_patterns import (
    Patterns,
    as_array,
    collapse,
    is_missing,
    read_reliability,
)
from analysis.statistics.results import Estimate, FloatArray

NAN = float("nan")

_NO_PAIRS = "no unit has values from two coders"


def percent_agreement(data: ArrayLike, confidence: float = 0.95) -> Estimate:
    """The share of pairs of coders that agree on a unit, averaged over units.

    Parameters
    ----------
    data
        Coders x units; NaN (or None) where a coder did not code a unit. Numbers or strings.
    confidence
        The nominal level of the interval.

    Returns
    -------
    Estimate
        ``estimate`` is between 0 and 1. Each unit counts alike, however many pairs it has, and
        units with one value do not count (Gwet 2014). ``n`` is the number of units with a value.
        ``se`` and the interval as for :func:`gwet_ac`, cut at 0 too. NaN if no unit has two values.

    Raises
    ------
    ValueError
        If ``data`` are not two-dimensional or hold infinite values.

    Examples
    --------
    >>> percent_agreement([[1, 2, 2, 1], [1, 2, 1, 1]]).estimate
    0.75
    """
    patterns, _ = _read_patterns(data)
    return _chance_corrected(patterns, None, "percent agreement", confidence)


def fleiss_kappa(data: ArrayLike, confidence: float = 0.95) -> Estimate:
    """Fleiss' kappa for any number of coders, gaps allowed.

    Parameters
    ----------
    data
        Coders x units; NaN (or None) where a coder did not code a unit. Numbers or strings.
    confidence
        The nominal level of the interval.

    Returns
    -------
    Estimate
        ``n`` is the number of units with a value; ``se`` and the interval as for
        :func:`gwet_ac`. NaN, with the reason, if no unit has two values or if only one category
        occurs (0/0). With gaps it can fall below -1, because chance agreement then also counts
        the units with one rating.

    Raises
    ------
    ValueError
        If ``data`` are not two-dimensional or hold infinite values.

    Notes
    -----
    Fleiss (1971), *Psychological Bulletin* 76, 378-382, which asks for the same number of ratings
    on each unit. Where some are missing, the generalisation of Gwet (2014, ch. 2): agreement over
    the units with two or more ratings, chance from the mean share of each category over all units
    with a rating. Without gaps the two are one. (The function of statsmodels stops at gaps.)
    """
    patterns, _ = _read_patterns(data)
    share = _category_shares(patterns)
    expected = float((share**2).sum())
    by_pattern = _mean_over_ratings(patterns, share)
    return _chance_corrected(patterns, (expected, by_pattern), "Fleiss' kappa", confidence)


def gwet_ac(
    data: ArrayLike,
    weights: str | None = None,
    categories: Sequence[Any] | None = None,
    confidence: float = 0.95,
) -> Estimate:
    """Gwet's AC1 (no weights) or AC2 (weights), gaps allowed.

    Parameters
    ----------
    data
        Coders x units; NaN (or None) where a coder did not code a unit. Numbers or strings.
    weights
        None for AC1; ``"linear"`` and ``"quadratic"`` weigh a disagreement by the distance of the
        two values, ``"ordinal"`` by the number of categories between them.
    categories
        All categories that the coders could choose, in their order. None: those that occur, in
        ascending order. Chance agreement depends on how many there are, so name them all if some
        may be unused. Needed where strings are weighted, because their order is not known.
    confidence
        The nominal level of the interval.

    Returns
    -------
    Estimate
        ``se`` is for units drawn from a large population, given these coders; the interval uses
        Student's t with n - 1 degrees of freedom and is cut at 1; ``n`` is the number of units
        with a value. Both take units as independent: where experts made several statements
        each they are too short. NaN, with the reason, if no unit has two values or if there is
        one category only (0/0). ``se`` is NaN with one unit.

    Raises
    ------
    ValueError
        If a value is not among ``categories``, or the weights are unknown, or cannot be had.

    Notes
    -----
    Gwet (2014), *Handbook of Inter-Rater Reliability*, 4th ed., ch. 2 and 3 (weights), 5
    (variance); Gwet (2008), *British Journal of Mathematical and Statistical Psychology* 61.
    """
    patterns, labels = _read_patterns(data)
    patterns, scores = _spread_over_categories(patterns, labels, categories)
    q = patterns.counts.shape[1]
    name = "Gwet's AC1" if weights is None else f"Gwet's AC2, {weights} weights"
    if weights is not None and labels is not None and categories is None:
        raise ValueError(f"weights {weights!r} need the order of {labels[:3]}: pass categories")
    credit = None if weights is None else _credit(weights, scores)
    share = _category_shares(patterns)
    if q < 2:
        reason = "only one category occurs; pass all that could be chosen as categories"
        reason = reason if patterns.units else _NO_PAIRS
        return Estimate(NAN, n=patterns.units, method=name, reason=reason)
    scale = (q if credit is None else credit.sum()) / (q * (q - 1))
    expected = float(scale * (share * (1 - share)).sum())
    by_pattern = scale * _mean_over_ratings(patterns, 1 - share)
    return _chance_corrected(patterns, (expected, by_pattern), name, confidence, credit)


def _read_patterns(data: ArrayLike) -> tuple[Patterns, list[Any] | None]:
    """Every unit with a value, by pattern: single ratings count towards chance agreement."""
    matrix, labels = read_reliability(data)
    return collapse(matrix, least=1), labels


def _spread_over_categories(
    patterns: Patterns, labels: list[Any] | None, categories: Sequence[Any] | None
) -> tuple[Patterns, FloatArray]:
    """The patterns with one column for each category, and the categories' scores."""
    seen = patterns.values
    if categories is None:
        return patterns, seen
    listed = list(categories)
    if len(set(listed)) != len(listed) or not listed:
        raise ValueError(f"categories must be distinct and at least one, got {listed}")
    names = list(seen) if labels is None else [labels[int(v)] for v in seen]
    unknown = [name for name in names if name not in listed]
    if unknown:
        raise ValueError(f"values {unknown} are not among the categories {listed}")
    counts = np.zeros((len(patterns.weights), len(listed)))
    if len(names):
        counts[:, [listed.index(name) for name in names]] = patterns.counts
    numeric = labels is None and not any(isinstance(name, str) for name in listed)
    scores = np.array(listed, dtype=float) if numeric else np.arange(len(listed), dtype=float)
    wide = Patterns(scores, patterns.codes, patterns.sizes, counts, patterns.weights)
    return wide, scores


def _credit(weights: str, scores: FloatArray) -> FloatArray:
    """The credit that two values get together, (q, q): 1 for equal ones."""
    if weights not in ("linear", "quadratic", "ordinal"):
        raise ValueError(f"weights must be None, linear, quadratic or ordinal, got {weights!r}")
    if weights == "ordinal":
        rank = np.argsort(np.argsort(scores))
        steps = np.abs(rank[:, None] - rank)
        apart = (steps + 1) * steps / 2
    else:
        apart = np.abs(scores[:, None] - scores) ** (1 if weights == "linear" else 2)
    return np.asarray(1 - apart / max(apart.max(initial=0), np.finfo(float).tiny))


def _category_shares(patterns: Patterns) -> FloatArray:
    """The mean over units of each category's share of the unit's ratings, (q,)."""
    share = (patterns.weights / patterns.sizes) @ patterns.counts
    return np.asarray(share / max(patterns.weights.sum(), 1))


def _mean_over_ratings(patterns: Patterns, score: FloatArray) -> FloatArray:
    """The mean of the categories' ``score`` over the ratings of each pattern, (P,)."""
    return np.asarray(patterns.counts @ score / patterns.sizes)


def _chance_corrected(
    patterns: Patterns,
    chance: tuple[float, FloatArray] | None,
    method: str,
    confidence: float,
    credit: FloatArray | None = None,
) -> Estimate:
    """(p_a - p_e) / (1 - p_e) with the linearised variance of Gwet (2014, ch. 5).

    ``chance`` holds p_e and, for each pattern, what a unit with it adds to p_e; None: no chance.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, got {confidence}")
    times, sizes, counts = patterns.weights, patterns.sizes, patterns.counts
    paired = sizes >= 2
    n, pairable = patterns.units, float(times[paired].sum())
    if not pairable:
        return Estimate(NAN, n=n, method=method, reason=_NO_PAIRS)
    matched = counts if credit is None else counts @ credit
    agreeing = np.asarray((counts * matched).sum(axis=1)) - sizes
    within = np.divide(agreeing, sizes * (sizes - 1), out=np.zeros(len(sizes)), where=paired)
    observed = float(times @ within) / pairable
    expected, by_pattern = chance if chance is not None else (0.0, np.zeros(len(sizes)))
    if chance is not None and len(patterns.values) < 2:
        return Estimate(NAN, n=n, method=method, reason="only one category occurs: 0/0")
    value = (observed - expected) / (1 - expected)
    if n < 2:
        reason = "a standard error needs two or more units"
        return Estimate(value, n=n, method=method, reason=reason)
    part = np.where(paired, n / pairable * (within - expected), 0.0) / (1 - expected)
    part = part - 2 * (1 - value) * (by_pattern - expected) / (1 - expected)
    se = float(np.sqrt(times @ (part - value) ** 2 / (n * (n - 1))))
    from scipy.special import stdtrit

    reach = float(stdtrit(n - 1, (1 + confidence) / 2)) * se
    low = value - reach if chance else max(0.0, value - reach)
    return Estimate(value, se, low, min(1.0, value + reach), n, confidence, method)


def cohen_kappa(
    a: ArrayLike,
    b: ArrayLike,
    weights: str | ArrayLike | None = None,
    categories: Sequence[Any] | None = None,
    confidence: float = 0.95,
) -> Estimate:
    """Cohen's kappa of two coders, unweighted or weighted.

    Parameters
    ----------
    a, b
        The values of the two coders, shape (units,); NaN (or None) where one did not code a unit:
        that unit is left out. Numbers or strings.
    weights
        None; ``"linear"`` or ``"quadratic"`` in the number of categories apart (by position in
        ``categories``, as in irr, psych, scikit-learn and statsmodels); or disagreement weights,
        (q, q), zero on the diagonal.
    categories
        All categories in their order. None: those that either coder used, ascending. List them
        where the weights should count an unused step of the scale, and where strings are weighted.
    confidence
        The nominal level of the interval.

    Returns
    -------
    Estimate
        ``n`` is the number of units that both coded. ``se`` and the interval (normal, cut at 1)
        are the large-sample ones of Fleiss, Cohen & Everitt (1969), for independent units.
        NaN, with the reason, if no unit was coded by both or if both used one and the same
        category throughout (0/0).

    Raises
    ------
    ValueError
        If ``a`` and ``b`` differ in length, a value is not among ``categories``, or the weights
        do not fit.

    Notes
    -----
    Cohen (1960), *Educational and Psychological Measurement* 20; Cohen (1968), *Psychological
    Bulletin* 70. ``statsmodels`` does the work.

    Examples
    --------
    >>> round(cohen_kappa([1, 1, 2, 2, 1], [1, 2, 2, 2, 1]).estimate, 4)
    0.6154
    """
    first, second = _one_coder(a, "a"), _one_coder(b, "b")
    if len(first) != len(second):
        raise ValueError(
            f"a and b must have one value for each unit, got {len(first)} and {len(second)} values"
        )
    pair, labels = read_reliability(np.stack([first, second]))
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, got {confidence}")
    if labels is not None and categories is None and isinstance(weights, str):
        raise ValueError(f"weights {weights!r} need the order of {labels[:3]}: pass categories")
    table = _cross_table(pair, labels, categories)
    name = "Cohen's kappa"
    disagreement = None
    if weights is not None:
        disagreement = _disagreement(weights, len(table))
        name += f", {weights if isinstance(weights, str) else 'custom'} weights"
    n = int(table.sum())
    if not n:
        return Estimate(NAN, n=0, method=name, reason="no unit was coded by both")
    apart = 1 - np.eye(len(table)) if disagreement is None else disagreement
    if not (table.sum(axis=1) @ apart @ table.sum(axis=0)) > 0:
        reason = "no disagreement can be expected by chance: 0/0 (both used one category)"
        return Estimate(NAN, n=n, method=name, reason=reason)
    from scipy.special import ndtri
    from statsmodels.stats.inter_rater import cohens_kappa

    with np.errstate(divide="ignore", invalid="ignore"):  # its test of zero, which is not used
        result = cohens_kappa(table, weights=disagreement)
    value, se = float(result.kappa), float(np.sqrt(max(result.var_kappa, 0.0)))
    reach = float(ndtri((1 + confidence) / 2)) * se
    return Estimate(value, se, value - reach, min(1.0, value + reach), n, confidence, name)


def _one_coder(values: ArrayLike, name: str) -> NDArray[Any]:
    array = as_array(values)
    if array.ndim != 1:
        raise ValueError(f"{name} must be one value for each unit, got shape {array.shape}")
    if array.dtype.kind in "biuf":
        return array.astype(float)
    missing_text = array.dtype.kind in "US"
    out = np.empty(len(array), dtype=object)
    out[:] = [None if is_missing(v) or (missing_text and v == "nan") else v for v in array.tolist()]
    return out


def _cross_table(
    pair: NDArray[Any], labels: list[Any] | None, categories: Sequence[Any] | None
) -> FloatArray:
    """Units that both coded by the category of ``a`` (rows) and of ``b`` (columns)."""
    values = np.unique(pair[~np.isnan(pair)])
    names = values.tolist() if labels is None else [labels[int(v)] for v in values]
    listed = names if categories is None else list(categories)
    unknown = [name for name in names if name not in listed]
    if unknown:
        raise ValueError(f"values {unknown} are not among the categories {listed}")
    place = np.array([listed.index(name) for name in names], dtype=np.int64)
    both = ~np.isnan(pair).any(axis=0)
    if categories is None:  # a category that occurs only beside a gap is no category of the table
        values = np.unique(pair[:, both])
        listed, place = values.tolist(), np.arange(len(values))
    row, column = (place[np.searchsorted(values, coder[both])] for coder in pair)
    q = len(listed)
    return np.bincount(row * q + column, minlength=q * q).reshape(q, q).astype(float)


def _disagreement(weights: str | ArrayLike, q: int) -> FloatArray:
    if isinstance(weights, str):
        if weights not in ("linear", "quadratic"):
            raise ValueError(f"weights must be None, linear, quadratic or a table, got {weights!r}")
        steps = np.abs(np.arange(q)[:, None] - np.arange(q)).astype(float)
        steps = steps if weights == "linear" else steps**2
    else:
        steps = np.asarray(weights, dtype=float)
        if steps.shape != (q, q):
            raise ValueError(f"weights must have shape ({q}, {q}), got {steps.shape}")
        if np.diag(steps).any() or not (steps >= 0).all():
            raise ValueError("weights are disagreements: zero on the diagonal, none negative")
    return np.asarray(steps / max(steps.max(initial=0), np.finfo(float).tiny))
