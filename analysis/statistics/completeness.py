"""How complete a panel is: sample coverage, rarefaction and extrapolation for incidence data.

The model is that of Colwell et al. (2012): each expert raises each code with that code's own
probability, independently (Bernoulli product). ``Q1`` and ``Q2`` are the numbers of codes raised by
exactly one and two experts, ``U`` the number of incidences, ``n`` the number of experts.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.statistics.incidence import (
    IntArray,
    as_incidence,
    check_confidence,
    holders,
    positive_integer,
)
from analysis.statistics.resampling import DEFAULT_SEED, resample
from analysis.statistics.results import Curve, Estimate, FloatArray
from analysis.statistics.richness import normal_quantile, why_undefined

#: Shares are products of so many factors at most, which is exact; beyond, log-gamma is quicker.
_PRODUCTS = 20_000_000

#: ``statistic(counts, n, sizes)``: counts (panels, codes) of holders among ``n`` experts, to a
#: value for each panel and each of ``sizes``, shape (panels, sizes).
_Statistic = Callable[[IntArray, int, list[int]], FloatArray]


class _Found(NamedTuple):
    """Value, se and limits for each size (NaN where undefined), and why they are undefined."""

    value: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    refusal: str = ""

    def estimate(self, n: int, confidence: float, method: str, reason: str) -> Estimate:
        """The first size alone."""
        value, se, low, high = (float(part[0]) for part in self[:4])
        level = math.nan if math.isnan(se) else confidence
        return Estimate(value, se, low, high, n, level, method, self.refusal or reason)


def coverage(
    incidence: ArrayLike,
    size: int | None = None,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = DEFAULT_SEED,
) -> Estimate:
    """Sample coverage: the share of all incidences in the population whose code the panel has seen.

    Of everything that one more similar expert would raise, coverage is the expected share that is
    already in the panel's codes; ``1 - coverage`` is the expected share that is new. With
    ``A = (n - 1) Q1 / ((n - 1) Q1 + 2 Q2)`` it is estimated by ``1 - A Q1 / U``, and where ``Q2 =
    0`` with ``A = (n - 1) (Q1 - 1) / ((n - 1) (Q1 - 1) + 2)``.

    Parameters
    ----------
    incidence
        Bool (or 0/1), shape (experts, codes).
    size
        Coverage of a panel of that many experts instead of all ``n``: rarefied for fewer,
        extrapolated for more (see :func:`extrapolate` for how far).
    confidence, resamples, seed
        Of the normal interval, cut at 0 and 1, from a bootstrap over the estimated population of
        codes (seen and unseen; Chao et al. 2014, appendix G). ``resamples`` of 0 leaves it out.

    Returns
    -------
    Estimate
        ``n`` is the number of experts. NaN with a reason for fewer than two experts and where no
        code was raised.

    Raises
    ------
    ValueError
        If ``incidence`` is no matrix of 0 and 1, or a setting is out of range.

    References
    ----------
    Chao & Jost (2012), Ecology 93, 2533-2547; Chao et al. (2014), Ecological Monographs 84,
    45-67, table 2 and appendix G.

    Examples
    --------
    >>> panel = [[1, 1, 0, 0, 1], [1, 0, 1, 0, 1], [1, 0, 0, 1, 0]]
    >>> round(coverage(panel, resamples=0).estimate, 6)
    0.71875
    """
    raised = as_incidence(incidence)
    counts = holders(raised)
    n, sizes = raised.shape[0], [raised.shape[0]]
    if size is not None:
        sizes = [positive_integer(size, "size")]
    found = _with_bootstrap(_coverages, counts, n, sizes, confidence, resamples, seed)
    found = found._replace(low=np.maximum(found.low, 0.0), high=np.minimum(found.high, 1.0))
    return found.estimate(n, confidence, "incidence coverage", _too_far(sizes, n))


@overload
def extrapolate(
    incidence: ArrayLike,
    n: int,
    confidence: float = ...,
    resamples: int = ...,
    seed: int = ...,
) -> Estimate: ...


@overload
def extrapolate(
    incidence: ArrayLike,
    n: list[int] | range | NDArray[np.int64],
    confidence: float = ...,
    resamples: int = ...,
    seed: int = ...,
) -> Curve: ...


def extrapolate(
    incidence: ArrayLike,
    n: int | list[int] | range | NDArray[np.int64],
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = DEFAULT_SEED,
) -> Estimate | Curve:
    """Expected number of codes from ``n`` similar experts, fewer or more than the panel's.

    For ``n`` up to the ``T`` experts of the panel this is the exact mean over all subsets (the
    curve of :func:`~analysis.statistics.accumulation.accumulation`). Beyond, ``S + Q0 (1 - A **
    (n - T))`` with ``Q0`` the codes that Chao2 adds and ``A = T Q0 / (T Q0 + Q1)``; it rises
    towards Chao2, itself a lower bound.

    **Limit.** Extrapolation is reliable to about twice the panel. Farther values are given, with
    a ``reason`` that says so. All of it holds for experts like these, asked the same questions
    and coded with the same codebook; it does not say what other experts would raise.

    Parameters
    ----------
    incidence
        Bool (or 0/1), shape (experts, codes).
    n
        Number of experts, at least 1; or a 1-d sequence of such numbers.
    confidence, resamples, seed
        Of the normal interval, cut at 0, from the same bootstrap as in :func:`coverage`. It is
        unconditional: at ``n = T`` it is not 0, because other experts would have raised other
        codes. ``resamples`` of 0 leaves it out.

    Returns
    -------
    Estimate or Curve
        A Curve where ``n`` is a sequence (``size`` as given). The field ``n`` is the number of
        experts in the panel. NaN with a reason for fewer than two experts and where no code was
        raised.

    Raises
    ------
    ValueError
        If ``incidence`` is no matrix of 0 and 1, or a setting is out of range.

    References
    ----------
    Colwell et al. (2012), Journal of Plant Ecology 5, 3-21, eqs 17 (rarefaction) and 18
    (extrapolation); Chao et al. (2014), Ecological Monographs 84, 45-67.
    """
    raised = as_incidence(incidence)
    counts = holders(raised)
    experts = raised.shape[0]
    sizes = [positive_integer(value, "n") for value in np.atleast_1d(np.asarray(n)).tolist()]
    if not sizes:
        raise ValueError("n must hold at least one number of experts, got none")
    found = _with_bootstrap(_codes_at, counts, experts, sizes, confidence, resamples, seed)
    found = found._replace(low=np.maximum(found.low, 0.0))
    method, reason = "rarefaction and extrapolation", _too_far(sizes, experts)
    if np.ndim(n) == 0:
        return found.estimate(experts, confidence, method, reason)
    size = np.array(sizes, dtype=np.int64)
    value, se, low, high, refusal = found
    return Curve(size, value, se, low, high, experts, method, refusal or reason)


def _too_far(sizes: list[int], n: int) -> str:
    if max(sizes) <= 2 * n:
        return ""
    return f"beyond {2 * n} experts, twice the panel, extrapolation is not reliable"


def _with_bootstrap(
    statistic: _Statistic,
    counts: IntArray,
    n: int,
    sizes: list[int],
    confidence: float,
    resamples: int,
    seed: int,
) -> _Found:
    """Apply ``statistic`` to the panel, with se and normal limits from a bootstrap."""
    check_confidence(confidence)
    resamples = positive_integer(resamples, "resamples", minimum=0)
    if resamples == 1:
        raise ValueError("resamples must be 0 (no interval) or at least 2, got 1")
    nothing = np.full(len(sizes), np.nan)
    refusal = why_undefined(n, int(np.count_nonzero(counts)))
    if refusal:
        return _Found(nothing, nothing, nothing, nothing, refusal)
    value = statistic(counts[None, :], n, sizes)[0]
    if resamples == 0:
        return _Found(value, nothing, nothing, nothing)
    task = partial(_resampled, statistic, _estimated_population(counts, n), n, sizes)
    se = np.nanstd(resample(task, resamples, seed), axis=0, ddof=1)
    half = normal_quantile(confidence) * se
    return _Found(value, se, value - half, value + half)


def _resampled(
    statistic: _Statistic,
    population: FloatArray,
    n: int,
    sizes: list[int],
    size: int,
    rng: np.random.Generator,
) -> FloatArray:
    """Apply ``statistic`` to ``size`` panels of ``n`` experts drawn from a population of codes."""
    return statistic(rng.binomial(n, population, (size, population.size)), n, sizes)


def _estimated_population(counts: IntArray, n: int) -> FloatArray:
    """Detection probability of each code, seen and unseen (Chao et al. 2014, appendix G).

    The shares of the codes seen are shrunk, more where they are rare, so that they add up to the
    estimated coverage; the rest is spread evenly over the codes that Chao2 says are unseen.
    """
    seen = counts[counts > 0]
    shares = seen / n
    missing = float(seen.sum() / n * (1 - _coverages(seen[None, :], n, [n])[0, 0]))
    by_chance = (1 - shares) ** n
    weight = float((shares * by_chance).sum())
    if missing == 0 or weight == 0:
        return shares
    unseen = math.ceil(float(_unseen_codes(seen[None, :], n)[0]))
    shrunk = shares * (1 - missing / weight * by_chance)
    return np.concatenate([shrunk.clip(0, 1), np.full(unseen, missing / unseen)])


def _unseen_codes(counts: IntArray, n: int) -> FloatArray:
    """Codes that Chao2 adds, for each row of counts (panels, codes); 0 where there are no uniques.

    The classic form, and the bias-corrected one where there are no duplicates.
    """
    q1 = np.count_nonzero(counts == 1, axis=1).astype(np.float64)
    q2 = np.count_nonzero(counts == 2, axis=1).astype(np.float64)
    pairs = np.where(q2 > 0, q1**2 / np.maximum(2 * q2, 1), q1 * (q1 - 1) / 2)
    added: FloatArray = (n - 1) / n * pairs
    return added


def _still_missing(counts: IntArray, n: int) -> FloatArray:
    """The factor A of each row: by how much one more expert shrinks what is unseen."""
    q1 = np.count_nonzero(counts == 1, axis=1).astype(np.float64)
    unseen = n * _unseen_codes(counts, n)
    factor: FloatArray = np.divide(unseen, unseen + q1, out=np.zeros_like(q1), where=q1 > 0)
    return factor


def _coverages(counts: IntArray, n: int, sizes: list[int]) -> FloatArray:
    """Coverage of panels of the given sizes, for each row of counts: (panels, sizes).

    Chao et al. (2014), table 2: rarefied below ``n``, observed at ``n``, extrapolated above.
    """
    total = counts.sum(axis=1).astype(np.float64)
    total[total == 0] = np.nan  # a resampled panel that raised nothing has no coverage
    q1 = np.count_nonzero(counts == 1, axis=1)
    out = np.empty((counts.shape[0], len(sizes)))
    for column, m in enumerate(sizes):
        if m < n:
            missed = (counts * _unseen_share(counts, n, m, among=n - 1)).sum(axis=1)
        else:
            missed = q1 * _still_missing(counts, n) ** (m - n + 1)
        out[:, column] = 1 - missed / total
    return out


def _codes_at(counts: IntArray, n: int, sizes: list[int]) -> FloatArray:
    """Expected codes in panels of the given sizes, for each row of counts: (panels, sizes)."""
    out = np.empty((counts.shape[0], len(sizes)))
    for column, m in enumerate(sizes):
        if m <= n:
            out[:, column] = ((counts > 0) * (1 - _unseen_share(counts, n, m, among=n))).sum(axis=1)
        else:
            growth = 1 - _still_missing(counts, n) ** (m - n)
            out[:, column] = np.count_nonzero(counts, axis=1) + _unseen_codes(counts, n) * growth
    return out


def _unseen_share(counts: IntArray, n: int, m: int, among: int) -> FloatArray:
    """C(n - counts, m) / C(among, m), 0 where fewer than ``m`` experts lack the code."""
    lacking, where = np.unique(n - counts, return_inverse=True)
    shares = np.zeros(lacking.size)
    possible = lacking >= m
    if lacking.size * m <= _PRODUCTS:
        whole = np.arange(among, among - m, -1, dtype=np.float64)
        for at in np.flatnonzero(possible):
            z = int(lacking[at])
            shares[at] = np.prod(np.arange(z, z - m, -1, dtype=np.float64) / whole)
    else:
        from scipy.special import gammaln

        free = lacking[possible]
        log = gammaln(free + 1) - gammaln(free - m + 1)
        log -= gammaln(among + 1) - gammaln(among - m + 1)
        shares[possible] = np.exp(log)
    share: FloatArray = shares[where.reshape(counts.shape)]
    return share
