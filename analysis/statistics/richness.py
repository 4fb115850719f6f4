"""How many codes a panel has not raised: counts of rare codes, and panels drawn from an estimate.

The model is that of Colwell et al. (2012): each expert raises each code with the code's own
probability, independently.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from analysis.statistics.inputs import as_incidence, whole
from analysis.statistics.orders import all_lacking
from analysis.statistics.resampling import resample
from analysis.statistics.results import Estimate, FloatArray, IntArray, level


@dataclass(frozen=True)
class Frequencies:
    """What the estimators of richness need, and why there is no estimate, if so."""

    n: int
    holders: IntArray
    seen: int
    q1: int
    q2: int
    reason: str


def frequencies(incidence: ArrayLike) -> Frequencies:
    """Count them."""
    raised = as_incidence(incidence)
    n, holders = len(raised), raised.sum(axis=0, dtype=np.int64)
    seen = int((holders > 0).sum())
    reason = "" if seen else "no code was raised"
    if n < 2:
        reason = "codes raised once say nothing without a second expert"
    return Frequencies(
        n, holders, seen, int((holders == 1).sum()), int((holders == 2).sum()), reason
    )


def normal_quantile(confidence: float | None) -> float:
    """1.96 for .95."""
    return float(ndtri((1 + level(confidence)) / 2))


def bootstrapped(
    statistic: Callable[[IntArray, int, int], FloatArray],
    f: Frequencies,
    size: int,
    confidence: float | None,
    resamples: int,
    seed: int,
) -> Estimate:
    """``statistic(holders, n, size)`` with a normal interval, cut at 0.

    ``holders`` is panels x codes; the panels of the bootstrap come from the estimated population.
    """
    if whole(resamples, "resamples") == 1:
        raise ValueError("resamples must be 0 (no interval) or at least 2, got 1")
    about: dict[str, Any] = {"n": f.n, "standing": "model-based", "reason": f.reason}
    if f.reason:
        return Estimate(math.nan, **about)
    if size > 2 * f.n:
        about["reason"] = f"beyond {2 * f.n} experts, twice the panel, it is not reliable"
    value = float(statistic(f.holders[None], f.n, size)[0])
    if not resamples:
        return Estimate(value, **about)
    drawn = resample(partial(_panels, _population(f), f.n), resamples, seed)
    se = float(np.nanstd(statistic(drawn, f.n, size), ddof=1))
    half = normal_quantile(confidence) * se
    low, high = max(value - half, 0.0), value + half
    return Estimate(value, se, low, high, confidence=level(confidence), **about)


def _panels(population: FloatArray, n: int, size: int, rng: np.random.Generator) -> IntArray:
    return rng.binomial(n, population, (size, population.size)).astype(np.int64)


def _population(f: Frequencies) -> FloatArray:
    """The share of experts who raise each code, seen and unseen (Chao et al. 2014, appendix G).

    Shares of codes seen are shrunk, more where they are rare, so that they add up to the estimated
    coverage; the rest is spread evenly over the codes that Chao2 adds.
    """
    holders = f.holders[f.holders > 0]
    shares = holders / f.n
    missing = shares.sum() * (1 - float(coverages(holders[None], f.n, f.n)[0]))
    by_chance = (1 - shares) ** f.n
    weight = (shares * by_chance).sum()
    if missing == 0 or weight == 0:
        return np.asarray(shares)
    unseen = math.ceil(_unseen(holders[None], f.n)[0][0])
    shrunk = shares * (1 - missing / weight * by_chance)
    return np.concatenate([shrunk.clip(0, 1), np.full(unseen, missing / unseen)])


def _unseen(holders: IntArray, n: int) -> tuple[FloatArray, FloatArray]:
    """For each panel the codes that Chao2 adds, and the factor A of coverage."""
    q1, q2 = ((holders == times).sum(axis=1).astype(np.float64) for times in (1, 2))
    added = (n - 1) / n * np.where(q2 > 0, q1**2 / np.maximum(2 * q2, 1), q1 * (q1 - 1) / 2)
    a = np.divide(n * added, n * added + q1, out=np.zeros_like(q1), where=q1 > 0)
    return added, a


def coverages(holders: IntArray, n: int, size: int) -> FloatArray:
    """Coverage of ``size`` experts for each panel: rarefied below ``n``, extrapolated above."""
    total = holders.sum(axis=1).astype(np.float64)
    total[total == 0] = np.nan  # a resampled panel that raised nothing has no coverage
    if size < n:
        missed = (holders * all_lacking(n, size, n - 1)[holders]).sum(axis=1)
    else:
        missed = (holders == 1).sum(axis=1) * _unseen(holders, n)[1] ** (size - n + 1)
    return np.asarray(1 - missed / total)


def codes_at(holders: IntArray, n: int, size: int) -> FloatArray:
    """Expected codes of ``size`` experts for each panel."""
    if size <= n:
        return np.asarray(((holders > 0) * (1 - all_lacking(n, size)[holders])).sum(axis=1))
    added, a = _unseen(holders, n)
    return np.asarray((holders > 0).sum(axis=1) + added * (1 - a ** (size - n)))
