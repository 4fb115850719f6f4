"""Shares of a small panel: intervals, and what a panel of n experts can detect."""

from __future__ import annotations

import math
from typing import overload

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import binom
from statsmodels.stats.proportion import proportion_confint

from analysis.statistics.inputs import LARGEST, as_numbers, fraction, whole
from analysis.statistics.ranks import rank_intervals
from analysis.statistics.results import Estimate, FloatArray, level, statistic

__all__ = [
    "METHODS",
    "detectable_share",
    "detection_probability",
    "interval",
    "rank_intervals",
    "required_n",
]

#: The names of the methods, and what statsmodels calls them.
METHODS = {"wilson": "wilson", "clopper-pearson": "beta", "jeffreys": "jeffreys"}


@statistic
def interval(k: int, n: int, method: str = "wilson", confidence: float | None = None) -> Estimate:
    """The share ``k`` of ``n``, with an interval for the share of similar experts.

    It holds if these experts were a random draw from similar ones. ``"wilson"`` (score) has a
    coverage close to nominal on average over shares; ``"clopper-pearson"`` (exact) covers at least
    as often as it says, and is wide; ``"jeffreys"`` has equal tails of the beta(k + 1/2, n - k +
    1/2) posterior, save that its lower limit is 0 at k = 0 and its upper 1 at k = n (Brown et al.
    2001, p 108). ``se`` is the plug-in standard error, which no interval here is built on: it is 0
    at k = 0 and k = n. Undefined for n = 0.

    Raises
    ------
    ValueError
        If a count is negative or not whole, ``k > n``, or the method is unknown.

    References
    ----------
    Wilson (1927), JASA 22, 209-212; Clopper & Pearson (1934), Biometrika 26, 404-413; Brown, Cai &
    DasGupta (2001), Statistical Science 16, 101-133; Newcombe (1998), Statistics in Medicine 17,
    857-872 (methods 3 and 5).

    Examples
    --------
    >>> share = interval(7, 20)
    >>> round(share.low, 4), round(share.high, 4)
    (0.1812, 0.5671)
    """
    k, n = whole(k, "k"), whole(n, "n")
    if k > n:
        raise ValueError(f"k must be at most n, got {k} of {n}")
    if not isinstance(method, str) or method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got {method!r}")
    confidence = level(confidence)
    if n == 0:
        return Estimate(math.nan, k=0, n=0, method=method, reason="0 of 0 is no share")
    low, high = proportion_confint(k, n, alpha=1 - confidence, method=METHODS[method])
    return Estimate(
        k / n,
        se=math.sqrt(k * (n - k) / n**3),
        low=float(low) if k else 0.0,
        high=float(high) if k < n else 1.0,
        k=k,
        n=n,
        confidence=confidence,
        method=method,
    )


@overload
def detection_probability(p: float, n: int, instances: int = 1) -> Estimate: ...


@overload
def detection_probability(p: ArrayLike, n: ArrayLike, instances: int = 1) -> FloatArray: ...


@statistic
def detection_probability(p: ArrayLike, n: ArrayLike, instances: int = 1) -> Estimate | FloatArray:
    """The probability that at least ``instances`` of ``n`` experts raise a code.

    ``p`` is the share of similar experts who would raise it; an array of shares or of sizes gives
    an array. One instance: 1 - (1 - p)^n. Experts count as drawn independently; in a group
    interview a code may be raised because another expert raised it.

    Raises
    ------
    ValueError
        If ``p`` is not between 0 and 1, or a count is not whole.
    """
    shares, sizes = as_numbers(p, "p"), as_numbers(n, "n")
    if not np.all((shares >= 0) & (shares <= 1)):
        raise ValueError(f"p must lie between 0 and 1, got {p!r}")
    if not np.all((sizes >= 0) & (sizes == np.floor(sizes)) & np.isfinite(sizes)):
        raise ValueError(f"n must be a whole number of at least 0, got {n!r}")
    found = np.asarray(binom.sf(whole(instances, "instances", 1) - 1, sizes, shares))
    if found.ndim:
        return found
    return Estimate(float(found), standing="simulation", method="binomial tail")


@statistic
def required_n(p: float, probability: float, instances: int = 1) -> Estimate:
    """The smallest n whose :func:`detection_probability` is at least ``probability``.

    Equality up to the rounding of ``probability`` counts. Undefined where no number is enough, or
    none up to 1,000,000,000,000.
    Fugard & Potts (2015), International Journal of Social Research Methodology 18, 669-684.

    Raises
    ------
    ValueError
        If ``p`` or ``probability`` is not between 0 and 1, or ``instances`` not whole.

    Examples
    --------
    >>> required_n(0.1, 0.95).estimate, required_n(0.1, 0.8, instances=2).estimate
    (29.0, 29.0)
    """
    p, probability = fraction(p, "p"), fraction(probability, "probability")
    instances = whole(instances, "instances", 1)
    method = f"smallest n, {instances} or more of n"
    if probability > 0 and (p == 0 or (probability == 1 and p < 1)):
        return Estimate(
            math.nan, standing="simulation", method=method, reason="no number of experts is enough"
        )
    missed = 1 - probability
    missed += missed * 1e-12 + math.ulp(probability)
    low, high = -1, 0  # too few, and perhaps enough
    while binom.cdf(instances - 1, high, p) > missed:
        low, high = high, 2 * high + 1
        if low > LARGEST:
            why = f"more than {LARGEST:,} experts are needed"
            return Estimate(math.nan, standing="simulation", method=method, reason=why)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (
            (middle, high) if binom.cdf(instances - 1, middle, p) > missed else (low, middle)
        )
    return Estimate(float(high), standing="simulation", method=method)


@statistic
def detectable_share(n: int, probability: float) -> Estimate:
    """The smallest share of similar experts whose code ``n`` experts raise with ``probability``.

    1 - (1 - probability)^(1 / n): also the one-sided upper limit for the share behind a code that
    none of ``n`` raised. Undefined for ``n`` = 0.

    Raises
    ------
    ValueError
        If ``n`` is not a whole number, or ``probability`` not between 0 and 1.
    """
    n, probability = whole(n, "n"), fraction(probability, "probability")
    if n == 0:
        return Estimate(math.nan, standing="simulation", reason="no expert detects any share")
    share = -math.expm1(math.log1p(-probability) / n) if probability < 1 else 1.0
    return Estimate(share, standing="simulation", method="detectable share")
