"""Shares of a small panel: intervals, ranks of themes, and what a panel of n can detect."""

from __future__ import annotations

import math
from typing import overload

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics.incidence import check_confidence, positive_integer
from analysis.statistics.ranks import RankIntervals, rank_intervals
from analysis.statistics.results import Estimate, FloatArray

__all__ = [
    "METHODS",
    "RankIntervals",
    "detectable_share",
    "detection_probability",
    "interval",
    "rank_intervals",
    "required_n",
]

METHODS = ("wilson", "clopper-pearson", "jeffreys")


def interval(k: int, n: int, method: str = "wilson", confidence: float = 0.95) -> Estimate:
    """Interval for the share of similar experts, when ``k`` of ``n`` raised a theme.

    It holds if these experts were a random draw from similar ones.

    Parameters
    ----------
    k, n
        Counts, whole numbers with ``0 <= k <= n``.
    method
        ``"wilson"``: score interval; its coverage is close to nominal on average over shares.
        ``"clopper-pearson"``: exact tails; covers at least as often as it says, and is wide.
        ``"jeffreys"``: equal tails of the beta(k + 1/2, n - k + 1/2) posterior, with the lower
        limit set to 0 at ``k = 0`` and the upper to 1 at ``k = n`` (Brown et al. 2001, p 108).
    confidence
        Nominal level, between 0 and 1.

    Returns
    -------
    Estimate
        ``estimate`` is ``k / n`` for every method. ``se`` is the plug-in standard error, 0 at
        ``k = 0`` and ``k = n``, which is why no interval here is built on it. All are NaN for
        ``n = 0``, with the reason.

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
    k, n = positive_integer(k, "k", minimum=0), positive_integer(n, "n", minimum=0)
    if k > n:
        raise ValueError(f"k must be at most n, got {k} of {n}")
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got {method!r}")
    check_confidence(confidence)
    if n == 0:
        return Estimate(math.nan, n=0, method=method, reason="no experts: 0 of 0 is no share")
    share = k / n
    if method == "wilson":
        low, high = _wilson(k, n, confidence)
    elif method == "clopper-pearson":
        low, high = _beta_tails(k, n, (k, n - k + 1), (k + 1, n - k), confidence)
    else:
        posterior = (k + 0.5, n - k + 0.5)
        low, high = _beta_tails(k, n, posterior, posterior, confidence)
    return Estimate(share, math.sqrt(share * (1 - share) / n), low, high, n, confidence, method)


def _wilson(k: int, n: int, confidence: float) -> tuple[float, float]:
    from scipy.special import ndtri

    z2 = float(ndtri((1 + confidence) / 2)) ** 2
    center = (k + z2 / 2) / (n + z2)
    half = math.sqrt(z2 * (k * (n - k) / n + z2 / 4)) / (n + z2)
    # the formula gives 0 at k = 0 and 1 at k = n, but for rounding
    return (center - half if k else 0.0), (center + half if k < n else 1.0)


def _beta_tails(
    k: int,
    n: int,
    below: tuple[float, float],
    above: tuple[float, float],
    confidence: float,
) -> tuple[float, float]:
    """Lower quantile of beta(*below) and upper of beta(*above); exactly 0 at k = 0, 1 at k = n."""
    from scipy.special import betaincinv

    tail = (1 - confidence) / 2
    low = float(betaincinv(*below, tail)) if k else 0.0
    high = float(betaincinv(*above, 1 - tail)) if k < n else 1.0
    return low, high


@overload
def detection_probability(p: float, n: int, instances: int = 1) -> float: ...


@overload
def detection_probability(p: ArrayLike, n: ArrayLike, instances: int = 1) -> FloatArray: ...


def detection_probability(p: ArrayLike, n: ArrayLike, instances: int = 1) -> float | FloatArray:
    """Probability that at least ``instances`` of ``n`` experts raise a theme held by a share ``p``.

    With one instance this is ``1 - (1 - p)**n``; with more it is a binomial tail. It takes experts
    as drawn independently; in a group interview a theme may be raised because another raised it.

    Parameters
    ----------
    p
        Share of similar experts who would raise the theme, 0 to 1.
    n
        Number of experts, 0 or more.
    instances
        How many must raise it (Fugard & Potts 2015).

    Returns
    -------
    float
        Or an array, where ``p`` or ``n`` is one.

    Raises
    ------
    ValueError
        If ``p`` is not between 0 and 1, or a count is not a whole number in its range.

    Examples
    --------
    >>> round(detection_probability(0.1, 20), 4)
    0.8784
    """
    shares, sizes = np.asarray(p, dtype=np.float64), np.asarray(n, dtype=np.float64)
    if not np.all((shares >= 0) & (shares <= 1)):
        raise ValueError(f"p must lie between 0 and 1, got {p!r}")
    if not np.all((sizes >= 0) & (sizes == np.floor(sizes)) & np.isfinite(sizes)):
        raise ValueError(f"n must be a whole number of at least 0, got {n!r}")
    instances = positive_integer(instances, "instances")
    if instances == 1:
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.where(shares < 1, -np.expm1(sizes * np.log1p(-shares)), sizes > 0)
    else:
        from scipy.special import betainc

        possible = sizes >= instances
        rest = np.where(possible, sizes - instances, 0) + 1
        found = np.where(possible, betainc(instances, rest, shares), 0.0)
    return float(found) if found.ndim == 0 else found


def required_n(p: float, probability: float, instances: int = 1) -> float:
    """Smallest number of experts that raise a theme with the given probability.

    The smallest ``n`` with ``detection_probability(p, n, instances) >= probability``, where
    equality up to rounding counts.

    Parameters
    ----------
    p
        Share of similar experts who would raise the theme, 0 to 1.
    probability
        Wanted probability of detection, 0 to 1.
    instances
        How many must raise it.

    Returns
    -------
    float
        A whole number. NaN where no number is enough: ``p = 0`` with ``probability > 0``, and
        ``probability = 1`` with ``p < 1``.

    Raises
    ------
    ValueError
        If ``p`` or ``probability`` is not between 0 and 1, or ``instances`` no whole number.

    References
    ----------
    Fugard & Potts (2015), International Journal of Social Research Methodology 18, 669-684.

    Examples
    --------
    >>> required_n(0.1, 0.95)
    29.0
    >>> required_n(0.1, 0.8, instances=2)
    29.0
    """
    _check_share(p, "p")
    _check_share(probability, "probability")
    instances = positive_integer(instances, "instances")
    if probability == 0:
        return 0.0
    if p == 1:
        return float(instances)
    if p == 0 or probability == 1:
        return math.nan
    enough = probability * (1 - 1e-12)
    low, high = 0, instances
    while detection_probability(p, high, instances) < enough:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if detection_probability(p, middle, instances) < enough:
            low = middle
        else:
            high = middle
    return float(high)


def detectable_share(n: int, probability: float) -> float:
    """Smallest share of similar experts whose theme ``n`` experts raise with the given probability.

    ``1 - (1 - probability)**(1 / n)``, the inverse of :func:`detection_probability`. It is also
    the one-sided upper limit for the share that holds a theme which none of ``n`` raised.

    Returns
    -------
    float
        Between 0 and 1; NaN for ``n = 0`` (no share is detected).

    Raises
    ------
    ValueError
        If ``n`` is not a whole number of at least 0, or ``probability`` not between 0 and 1.

    Examples
    --------
    >>> round(detectable_share(20, 0.95), 3)
    0.139
    """
    n = positive_integer(n, "n", minimum=0)
    _check_share(probability, "probability")
    if n == 0:
        return math.nan
    return -math.expm1(math.log1p(-probability) / n) if probability < 1 else 1.0


def _check_share(value: float, name: str) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must lie between 0 and 1, got {value}")
