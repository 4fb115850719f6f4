"""How many codes similar experts would raise in all: lower bounds from codes raised once or twice.

Interview codes are incidence data: an expert raises a code or does not, and how often within one
interview does not count. ``Q1`` and ``Q2`` are the numbers of codes raised by exactly one and
exactly two experts, ``n`` the number of experts, ``S`` the number of codes raised.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics.incidence import IntArray, as_incidence, check_confidence, holders
from analysis.statistics.results import Estimate


def chao2(incidence: ArrayLike, confidence: float = 0.95, bias_corrected: bool = False) -> Estimate:
    """Chao2: a lower bound for the number of codes that similar experts would raise in all.

    The estimate is a **lower bound**: where experts or codes differ in how likely they are to
    meet, more codes are missing than it says, and the interval is one for the bound.

    - classic form (default): ``S + (n - 1) / n * Q1**2 / (2 Q2)``;
    - bias-corrected form: ``S + (n - 1) / n * Q1 (Q1 - 1) / (2 (Q2 + 1))``, taken where
      ``bias_corrected`` is true, and in any case where ``Q2 = 0``, for which the classic form is
      undefined.

    The limits of the log-normal interval lie above ``S`` by construction. Where the panel has
    already seen every code, the interval cannot contain the truth; coverage is near nominal only
    while codes are missing.

    Where the estimate adds nothing to ``S`` (``Q1 = 0``, or ``Q1 = 1`` and ``Q2 = 0``), the
    interval is the one for samples without uniques, which may rise above ``S``.

    Parameters
    ----------
    incidence
        Bool (or 0/1), shape (experts, codes).
    confidence
        Level of the log-normal interval.
    bias_corrected
        Whether to take the bias-corrected form also where ``Q2 > 0``.

    Returns
    -------
    Estimate
        ``n`` is the number of experts; ``method`` names the form. NaN with a reason for fewer
        than two experts, and where no code was raised.

    Raises
    ------
    ValueError
        If ``incidence`` is no matrix of 0 and 1, or ``confidence`` not between 0 and 1.

    References
    ----------
    Chao (1987), Biometrics 43, 783-791; Colwell (2013), EstimateS 9 User's Guide, appendix B,
    which prints the variances for abundance (eqs 5-8) and, with the factor ``(n - 1) / n``, for
    incidence data, and the intervals (eqs 13 and 14).

    Examples
    --------
    >>> round(chao2([[1, 1, 0, 0, 1], [1, 0, 1, 0, 1], [1, 0, 0, 1, 0]]).estimate, 6)
    8.0
    """
    raised = as_incidence(incidence)
    check_confidence(confidence)
    counts = holders(raised)
    n, observed = raised.shape[0], int(np.count_nonzero(counts))
    refusal = why_undefined(n, observed)
    if refusal:
        return Estimate(math.nan, n=n, reason=refusal)
    q1, q2 = once_and_twice(counts)
    factor = (n - 1) / n
    if q2 > 0 and not bias_corrected:
        added, method = factor * q1**2 / (2 * q2), "Chao2, classic"
        variance = _variance_classic(q1, q2, factor)
    else:
        added, method = factor * q1 * (q1 - 1) / (2 * (q2 + 1)), "Chao2, bias-corrected"
        if q2 > 0:
            variance = _variance_bias_corrected(q1, q2, factor)
        else:
            variance = _variance_no_duplicates(q1, observed + added, factor)
    mentions = int(counts.sum())
    if q1 == 0:
        variance = _variance_no_uniques(observed, mentions)
    z = normal_quantile(confidence)
    if added > 0:
        low, high = _interval_log_normal(observed, added, variance, z)
    else:
        low, high = _interval_no_uniques(observed, mentions, z)
    return Estimate(observed + added, math.sqrt(variance), low, high, n, confidence, method)


def _variance_classic(q1: int, q2: int, factor: float) -> float:
    """Variance of the classic form (the incidence counterpart of EstimateS eq 5)."""
    ratio = q1 / q2
    return q2 * (factor / 2 * ratio**2 + factor**2 * ratio**3 + factor**2 / 4 * ratio**4)


def _variance_bias_corrected(q1: int, q2: int, factor: float) -> float:
    """Variance of the bias-corrected form where ``Q2 > 0`` (counterpart of EstimateS eq 6)."""
    return (
        factor * q1 * (q1 - 1) / (2 * (q2 + 1))
        + factor**2 * q1 * (2 * q1 - 1) ** 2 / (4 * (q2 + 1) ** 2)
        + factor**2 * q1**2 * q2 * (q1 - 1) ** 2 / (4 * (q2 + 1) ** 4)
    )


def _variance_no_duplicates(q1: int, estimate: float, factor: float) -> float:
    """Variance where ``Q2 = 0`` (the incidence counterpart of EstimateS eq 7)."""
    return (
        factor * q1 * (q1 - 1) / 2
        + factor**2 * q1 * (2 * q1 - 1) ** 2 / 4
        - factor**2 * q1**4 / (4 * estimate)
    )


def _variance_no_uniques(observed: int, mentions: int) -> float:
    """Variance where ``Q1 = 0`` (counterpart of EstimateS eq 8); ``mentions``: all incidences."""
    missed = math.exp(-mentions / observed)
    return observed * missed * (1 - missed)


def _interval_log_normal(
    observed: int, added: float, variance: float, z: float
) -> tuple[float, float]:
    """Log-normal interval for the number of codes not seen (Chao 1987, p 787; EstimateS eq 13)."""
    stretch = math.exp(z * math.sqrt(math.log1p(variance / added**2)))
    return observed + added / stretch, observed + added * stretch


def _interval_no_uniques(observed: int, mentions: int, z: float) -> tuple[float, float]:
    """Interval where nothing is added (EstimateS eq 14), never below ``observed``."""
    missed = math.exp(-mentions / observed)
    center = observed / (1 - missed)
    half = z * math.sqrt(_variance_no_uniques(observed, mentions)) / (1 - missed)
    return max(float(observed), center - half), center + half


def jackknife1(incidence: ArrayLike, confidence: float = 0.95) -> Estimate:
    """First-order jackknife for the number of codes: ``S + Q1 (n - 1) / n``.

    The standard error is that of the jackknife over experts, ``(n - 1) / n * (sum of j**2 f_j -
    Q1**2 / n)`` with ``f_j`` experts who are the only holder of ``j`` codes; it is 0 where all
    experts hold the same number of unique codes, which does not make the estimate certain.
    (vegan's specpool prints a larger value: it subtracts ``Q1 / n`` instead of ``Q1**2 / n``.)

    Parameters
    ----------
    incidence
        Bool (or 0/1), shape (experts, codes).
    confidence
        Level of the normal interval, cut at ``S``.

    Returns
    -------
    Estimate
        ``n`` is the number of experts; NaN with a reason as in :func:`chao2`.

    Raises
    ------
    ValueError
        If ``incidence`` is no matrix of 0 and 1, or ``confidence`` not between 0 and 1.

    References
    ----------
    Burnham & Overton (1978), Biometrika 65, 625-633; Heltshe & Forrester (1983), Biometrics 39,
    1-11 (standard error); Smith & van Belle (1984), Biometrics 40, 119-129.
    """
    raised = as_incidence(incidence)
    check_confidence(confidence)
    counts = holders(raised)
    n, observed = raised.shape[0], int(np.count_nonzero(counts))
    refusal = why_undefined(n, observed)
    if refusal:
        return Estimate(math.nan, n=n, reason=refusal)
    q1, _ = once_and_twice(counts)
    alone = raised[:, counts == 1].sum(axis=1).astype(np.float64)
    variance = (n - 1) / n * (float((alone**2).sum()) - q1**2 / n)
    return _normal_estimate(
        observed + q1 * (n - 1) / n, variance, observed, n, confidence, "first-order jackknife"
    )


def jackknife2(incidence: ArrayLike, confidence: float = 0.95) -> Estimate:
    """Second-order jackknife: ``S + Q1 (2n - 3) / n - Q2 (n - 2)**2 / (n (n - 1))``.

    The variance is that of Burnham & Overton for a linear combination of the counts ``Q_j`` with
    coefficients ``a_j``: ``sum of a_j**2 Q_j - estimate``. It can be negative where there are
    duplicates and hardly any uniques; the standard error is then NaN, with the reason.

    Parameters, returns and refusals are those of :func:`jackknife1`.

    References
    ----------
    Burnham & Overton (1978), Biometrika 65, 625-633; (1979), Ecology 60, 927-936, eqs 2 and 5;
    Smith & van Belle (1984), Biometrics 40, 119-129.
    """
    raised = as_incidence(incidence)
    check_confidence(confidence)
    counts = holders(raised)
    n, observed = raised.shape[0], int(np.count_nonzero(counts))
    refusal = why_undefined(n, observed)
    if refusal:
        return Estimate(math.nan, n=n, reason=refusal)
    q1, q2 = once_and_twice(counts)
    once = 1 + (2 * n - 3) / n
    twice = 1 - (n - 2) ** 2 / (n * (n - 1))
    estimate = observed + q1 * (once - 1) + q2 * (twice - 1)
    variance = q1 * once * (once - 1) + q2 * twice * (twice - 1)
    return _normal_estimate(estimate, variance, observed, n, confidence, "second-order jackknife")


def _normal_estimate(
    estimate: float, variance: float, observed: int, n: int, confidence: float, method: str
) -> Estimate:
    if variance < 0:
        reason = "the variance formula is negative: duplicates, but hardly any uniques"
        return Estimate(estimate, n=n, method=method, reason=reason)
    se = math.sqrt(variance)
    half = normal_quantile(confidence) * se
    low, high = max(estimate - half, float(observed)), max(estimate + half, float(observed))
    return Estimate(estimate, se, low, high, n, confidence, method)


def once_and_twice(counts: IntArray) -> tuple[int, int]:
    """Numbers of codes raised by exactly one and by exactly two experts."""
    return int(np.count_nonzero(counts == 1)), int(np.count_nonzero(counts == 2))


def why_undefined(n: int, observed: int) -> str:
    """Say why codes raised once or twice tell nothing here; empty where they do."""
    if n < 2:
        experts = "1 expert" if n == 1 else f"{n} experts"
        return f"{experts}: codes raised once say nothing without a second expert"
    return "" if observed else "no code was raised"


def normal_quantile(confidence: float) -> float:
    """Give the normal quantile of a two-sided interval, 1.96 for .95."""
    from statistics import NormalDist

    return NormalDist().inv_cdf((1 + confidence) / 2)
