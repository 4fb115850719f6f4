"""How often intervals cover the truth where it is known.

Intervals of one share: exact, the binomial is summed. Agreement and shares of groups: panels are
drawn, and ``se`` is the standard error of the simulation. (For the number of codes there is
:func:`analysis.statistics.saturation.chao2_coverage`.)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import beta, binom

from analysis.statistics.agreement import alpha_interval
from analysis.statistics.association import shrunken_shares
from analysis.statistics.proportions import METHODS, interval
from analysis.statistics.resampling import SEED
from analysis.statistics.results import Estimate, FloatArray, statistic

#: True shares between which the curves of coverage are drawn.
GRID = np.linspace(0, 1, 201)


def limits(
    n: int, method: str = "wilson", confidence: float | None = None
) -> tuple[FloatArray, FloatArray]:
    """The low and the high limits of the interval for 0, 1, ..., n of n."""
    found = [interval(k, n, method, confidence) for k in range(n + 1)]
    return np.array([e.low for e in found]), np.array([e.high for e in found])


def interval_coverage(
    n: int,
    methods: Sequence[str] = tuple(METHODS),
    shares: ArrayLike | None = None,
    confidence: float | None = None,
) -> pd.DataFrame:
    """Exact coverage of the intervals for a share of ``n``: columns method, share, coverage.

    Coverage jumps where the true share passes the limit of an interval, and between two jumps it
    rises, then falls (P(a <= K <= b) has one maximum in the share). So its least value is found
    beside a jump. Without ``shares`` the grid holds both sides of every jump beside even steps:
    the least coverage in the table is the least of all shares between 0 and 1.

    >>> table = interval_coverage(20, ["wilson"])
    >>> table.loc[[table.coverage.idxmin()], ["share", "coverage"]].round(4).to_numpy().tolist()
    [[0.0089, 0.8366]]
    """
    tables = []
    for method in methods:
        low, high = limits(n, method, confidence)
        ends = np.concatenate([low, high])
        beside = np.clip([ends - 1e-12, ends, ends + 1e-12], 0, 1).ravel()
        grid = np.unique(np.concatenate([GRID, beside]) if shares is None else shares)
        chance = binom.pmf(np.arange(n + 1), n, grid[:, None])
        covered = (low <= grid[:, None]) & (grid[:, None] <= high)
        coverage = (chance * covered).sum(axis=1)
        tables.append(pd.DataFrame({"method": method, "share": grid, "coverage": coverage}))
    return pd.concat(tables, ignore_index=True)


@statistic
def mean_coverage(n: int, method: str = "wilson", confidence: float | None = None) -> Estimate:
    """The coverage of an interval for a share of ``n``, averaged over all true shares.

    Exact: where all shares are alike likely, each count is too, and given a count k the share is
    beta(k + 1, n - k + 1) distributed.
    """
    low, high = limits(n, method, confidence)
    k = np.arange(n + 1)
    inside = beta.cdf(high, k + 1, n - k + 1) - beta.cdf(low, k + 1, n - k + 1)
    return Estimate(float(inside.mean()), n=n, standing="simulation", method="mean over all shares")


@statistic
def alpha_of_errors(
    share: float, sensitivity: float, false_positive: float = 0.0, unevenness: float = 0.0
) -> Estimate:
    """The nominal alpha of two coders who err alike and independently, in the long run.

    ``share`` of the statements have the code; a coder finds it with the ``sensitivity`` and adds
    it where it is not with the probability ``false_positive``. Both errors are multiplied by 1 +
    ``unevenness`` in one half of the statements and by 1 - ``unevenness`` in the other. Undefined
    for a code that both coders never give, or always.

    >>> round(alpha_of_errors(share=0.1, sensitivity=0.8), 3)
    0.783
    """
    misses = (1 - sensitivity) * (1 + unevenness), false_positive * (1 + unevenness)
    if not (0 <= share <= 1 and min(misses) >= 0 and max(misses) <= 1 and 0 <= unevenness <= 1):
        raise ValueError("share, sensitivity, false_positive and errors must lie between 0 and 1")
    miss, square = 1 - sensitivity, 1 + unevenness**2
    given = share * (1 - miss) + (1 - share) * false_positive
    both = share * (1 - 2 * miss + square * miss**2) + (1 - share) * square * false_positive**2
    alpha, reason = math.nan, "the coders never differ"
    if 0 < given < 1:
        alpha, reason = 1 - (given - both) / (given * (1 - given)), ""
    method = "long run of the error rates"
    return Estimate(alpha, standing="simulation", method=method, reason=reason)


@statistic
def alpha_coverage(
    share: float,
    sensitivity: float = 0.85,
    false_positive: float = 0.01,
    unevenness: float = 0.8,
    experts: int = 20,
    statements: int = 13,
    by_expert: bool = True,
    panels: int = 300,
    resamples: int = 500,
    confidence: float | None = None,
    seed: int = SEED,
) -> Estimate:
    """How often alpha's interval contains the true alpha, that of :func:`alpha_of_errors`.

    Statements of one expert are alike: half of the experts speak unclearly, and each has an own
    share of statements with the code (beta, with mean ``share`` and precision 10). The interval
    resamples whole experts or, without ``by_expert``, single statements. Panels without an
    interval, as of a code that the coders never differ on, are not counted in ``n``.
    """
    alpha = alpha_of_errors(share, sensitivity, false_positive, unevenness).estimate
    rng = np.random.default_rng(seed)
    expert = np.repeat(np.arange(experts), statements)
    found = np.empty((panels, 2))
    for panel in range(panels):
        own = rng.beta(10 * share, 10 * (1 - share), size=experts)
        times = np.where(rng.random(experts) < 0.5, 1 + unevenness, 1 - unevenness)[expert]
        there = rng.random(len(expert)) < own[expert]
        gives = np.where(there, 1 - (1 - sensitivity) * times, false_positive * times)
        data = (rng.random((2, len(expert))) < gives).astype(np.float64)
        unit = expert if by_expert else None
        made = alpha_interval(data, "nominal", unit, resamples, panel, confidence)
        found[panel] = made.low, made.high
    low, high = found[~np.isnan(found[:, 0])].T
    return _held((low <= alpha) & (alpha <= high), panels)


@statistic
def shrunken_coverage(
    sizes: Sequence[int],
    mean: float,
    correlation: float,
    panels: int = 300,
    confidence: float | None = None,
    seed: int = SEED,
) -> Estimate:
    """How often the interval of a group's shrunken share contains its true share.

    The true shares of the groups are drawn with this ``mean`` and intraclass ``correlation``
    (beta; 0: all groups are alike), then the counts of groups of these ``sizes``. The mean over
    groups and panels; groups of one panel are one observation.
    """
    rng, held = np.random.default_rng(seed), []
    true = np.full(len(sizes), mean)
    for _ in range(panels):
        if correlation:
            rest = 1 / correlation - 1
            true = rng.beta(mean * rest, (1 - mean) * rest, size=len(sizes))
        found = shrunken_shares(rng.binomial(sizes, true), sizes, confidence)
        held.append(((found.low <= true) & (true <= found.high)).mean())
    return _held(np.array(held), panels)


def _held(held: NDArray[Any], panels: int) -> Estimate:
    """How often an interval held, with the standard error of the simulation."""
    method = f"{panels:,} simulated panels"
    if not held.size:
        return Estimate(math.nan, n=0, method=method, reason="no simulated panel has an interval")
    error = float(held.std()) / math.sqrt(held.size)
    return Estimate(float(held.mean()), error, n=held.size, standing="simulation", method=method)
