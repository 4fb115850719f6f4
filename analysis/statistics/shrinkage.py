"""Shares of small groups, drawn towards what all groups share (beta-binomial).

Two of two members is not the same evidence as twenty of twenty. The groups' true shares are taken
as draws from one beta distribution with mean ``mu`` and intraclass correlation ``rho``; both are
estimated from all groups, and each group's share moves towards the mean, the more so the smaller
the group and the more alike the groups are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.statistics.results import FloatArray

NAN = float("nan")
#: Below this intraclass correlation the groups count as alike: the likelihood no longer changes.
_ALIKE = 1e-6
#: Points of the grid over (mu, rho) along each axis.
_GRID = 48


@dataclass(frozen=True, slots=True, eq=False)
class ShrunkenShares:
    """Shares of groups, each array of shape (groups,).

    ``raw`` is k / n (NaN where nobody was asked), ``estimate`` the shrunken share, ``se``, ``low``
    and ``high`` its posterior standard deviation and interval. ``mean`` and ``correlation`` are
    the estimated mean and intraclass correlation (0: groups are alike; 1: each group is
    unanimous); ``prior`` is the equivalent number of earlier observations, inf where groups are
    alike. ``n`` is the number of experts. NaN, with the ``reason``, where nobody was asked.
    """

    raw: FloatArray
    estimate: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    mean: float
    correlation: float
    prior: float
    n: int
    confidence: float
    method: str = "beta-binomial, marginal maximum likelihood"
    reason: str = ""


def shrunken_shares(
    k: ArrayLike, n: ArrayLike, confidence: float = 0.95, interval: str = "averaged"
) -> ShrunkenShares:
    """Empirical Bayes shares of groups from counts ``k`` of ``n``.

    The estimate is the posterior mean (a + k) / (a + b + n), with the beta prior's a and b at
    their marginal maximum likelihood. Where the groups differ no more than chance lets them, the
    likelihood is largest without any spread, and every group gets the pooled share.

    Parameters
    ----------
    k, n : (groups,) arrays of counts
        ``n`` may be one number for all. Groups with ``n`` = 0 take the prior's mean.
    confidence : float
    interval : {"averaged", "plug-in"}
        "plug-in" takes a and b as known and gives quantiles of each group's beta posterior; they
        are known badly from few groups, and where no spread is found its interval has no width.
        "averaged" averages the beta posteriors over the uncertainty about mean and correlation
        (flat on both) and gives quantiles of the beta with the same mean and variance, stretched to
        the estimate where that is 0 or 1.

    Returns
    -------
    ShrunkenShares

    Raises
    ------
    ValueError
        If shapes differ, counts are negative, missing or fractional, ``k`` exceeds ``n``, or an
        option is unknown.

    References
    ----------
    Skellam, J. G. (1948). A probability distribution derived from the binomial distribution by
    regarding the probability of success as variable between the sets of trials. Journal of the
    Royal Statistical Society B 10, 257-261. Morris, C. N. (1983). Parametric empirical Bayes
    inference. Journal of the American Statistical Association 78, 47-55. Averaging: Deely, J. J. &
    Lindley, D. V. (1981). Bayes empirical Bayes. Same journal 76, 833-841.

    Examples
    --------
    >>> shares = shrunken_shares([2, 1, 1, 2], [4, 3, 2, 5])  # no more spread than chance
    >>> shares.estimate.round(3).tolist(), shares.correlation
    ([0.429, 0.429, 0.429, 0.429], 0.0)
    """
    if interval not in ("averaged", "plug-in"):
        raise ValueError(f"interval must be 'averaged' or 'plug-in', got {interval!r}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1, got {confidence}")
    raised, asked = _read(k, n)
    total = int(asked.sum())
    with np.errstate(invalid="ignore"):
        raw = raised / asked
    if total == 0:
        none = np.full(len(asked), NAN)
        return ShrunkenShares(
            raw, none, none, none, none, NAN, NAN, NAN, 0, confidence, reason="nobody was asked"
        )
    mean, rho = _fit(tuple(raised.tolist()), tuple(asked.tolist()))
    if rho == 0:
        estimate, prior = np.full(len(asked), mean), np.inf
    else:
        prior = (1 - rho) / rho
        with np.errstate(invalid="ignore"):
            estimate = (mean * prior + raised) / (prior + asked)
        estimate[asked == 0] = mean
    if interval == "averaged":
        centre, variance = _averaged(raised, asked)
    else:
        centre = estimate
        variance = centre * (1 - centre) / (prior + asked + 1)
    low, high = _beta_quantiles(centre, variance, confidence)
    low, high = np.minimum(low, estimate), np.maximum(high, estimate)
    return ShrunkenShares(
        raw, estimate, np.sqrt(variance), low, high, mean, rho, float(prior), total, confidence
    )


def _read(k: ArrayLike, n: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Check counts and return them as floats of one shape."""
    raised, asked = np.asarray(k, dtype=np.float64), np.asarray(n, dtype=np.float64)
    if raised.ndim != 1 or raised.size == 0:
        raise ValueError(f"k must be a list of counts, one a group, got shape {raised.shape}")
    if asked.ndim == 0:
        asked = np.full(raised.shape, float(asked))
    if asked.shape != raised.shape:
        raise ValueError(f"k and n must have one shape, got {raised.shape} and {asked.shape}")
    for name, counts in (("k", raised), ("n", asked)):
        wrong = ~(np.isfinite(counts) & (counts >= 0) & (counts == np.floor(counts)))
        if wrong.any():
            raise ValueError(f"{name} must hold whole numbers of 0 or more, got {counts[wrong][0]}")
    if (raised > asked).any():
        i = int((raised > asked).argmax())
        raise ValueError(f"group {i}: {raised[i]:g} of {asked[i]:g} is more than all")
    return raised, asked


def _loglik(k: FloatArray, n: FloatArray, mean: FloatArray, rho: FloatArray) -> FloatArray:
    """Log-likelihood without constants, for arrays of mean and rho of one shape.

    Written with products of (p + i theta), theta = rho / (1 - rho), which stay finite as rho goes
    to 0 (the binomial) where differences of log-gamma lose all digits.
    """
    theta = rho / np.maximum(1 - rho, 1e-300)
    total = np.zeros(np.broadcast(mean, rho).shape)
    for i in range(int(n.max())):
        # a group of n adds one factor for each of its k raised, n - k not raised, n asked
        total = total + np.count_nonzero(k > i) * np.log(mean + i * theta)
        total = total + np.count_nonzero(n - k > i) * np.log(1 - mean + i * theta)
        total = total - np.count_nonzero(n > i) * np.log1p(i * theta)
    return total


@lru_cache(maxsize=1024)
def _fit(raised: tuple[float, ...], asked: tuple[float, ...]) -> tuple[float, float]:
    """Mean and intraclass correlation of largest marginal likelihood."""
    k, n = np.array(raised), np.array(asked)
    pooled = float(k.sum() / n.sum())
    if pooled in (0.0, 1.0) or np.count_nonzero(n) < 2 or n.max() < 2:
        return pooled, 0.0  # nothing raised, all raised, or no group to see a spread in

    from scipy.optimize import minimize

    # a coarse search first: with few groups the likelihood can have two hills
    means = np.linspace(0.01, 0.99, 99)
    rhos = np.array([_ALIKE, 1e-4, 1e-3, *np.linspace(0.01, 0.99, 99), 0.999])
    mean_grid, rho_grid = (a.ravel() for a in np.meshgrid(means, rhos))
    best = int(np.argmax(_loglik(k, n, mean_grid, rho_grid)))
    found = minimize(
        lambda z: -float(_loglik(k, n, *(1 / (1 + np.exp(-z))))),
        np.array([_logit(mean_grid[best]), _logit(rho_grid[best])]),
        method="Nelder-Mead",
        options={"xatol": 1e-10, "fatol": 1e-13, "maxiter": 4000, "maxfev": 4000},
    )
    mean, rho = (float(v) for v in 1 / (1 + np.exp(-found.x)))
    at_zero = float(_loglik(k, n, np.asarray(pooled), np.asarray(0.0)))
    if rho <= _ALIKE or -float(found.fun) <= at_zero + 1e-10:
        return pooled, 0.0
    return mean, 1.0 if rho > 1 - 1e-9 else rho


def _logit(p: float) -> float:
    return float(np.log(p / (1 - p)))


@lru_cache(maxsize=1)
def _grid() -> tuple[FloatArray, FloatArray, FloatArray]:
    """Gauss-Legendre points over mean and rho in (0, 1) and their weights, each flat."""
    x, w = np.polynomial.legendre.leggauss(_GRID)
    x, w = (x + 1) / 2, w / 2
    mean, rho = (a.ravel() for a in np.meshgrid(x, x))
    return mean, rho, np.outer(w, w).ravel()


def _averaged(k: FloatArray, n: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Posterior mean and variance of each group's share, averaged over mean and rho."""
    mean, rho, weight = _grid()
    log = _loglik(k, n, mean, rho)
    weight = weight * np.exp(log - log.max())
    weight = weight / weight.sum()
    prior = ((1 - rho) / rho)[:, None]
    size = prior + n
    centre = (mean[:, None] * prior + k) / size
    spread = centre * (1 - centre) / (size + 1)
    average = weight @ centre
    return average, weight @ (spread + (centre - average) ** 2)


def _beta_quantiles(
    mean: FloatArray, variance: FloatArray, confidence: float
) -> tuple[FloatArray, FloatArray]:
    """Quantiles of betas with these means and variances; points where there is no variance."""
    from scipy.special import betaincinv

    low, high = mean.copy(), mean.copy()
    wide: NDArray[np.bool_] = variance > 0
    size = mean[wide] * (1 - mean[wide]) / variance[wide] - 1
    a, b = mean[wide] * size, (1 - mean[wide]) * size
    tail = (1 - confidence) / 2
    low[wide] = betaincinv(a, b, tail)
    high[wide] = betaincinv(a, b, 1 - tail)
    return low, high
