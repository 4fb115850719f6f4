"""How often intervals for shares, ranks and the number of codes cover the truth, at n experts.

Coverage of the intervals for one share is exact: the binomial is summed, nothing is drawn. Ranks
and Chao2 are simulated: panels are drawn from known probabilities, each code independently.

Every function returns a table with one row a truth and method: ``truth``, ``n``, ``method``,
``coverage`` and ``mc_se``, the simulation error of ``coverage`` (0 where it is exact).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from analysis.statistics import proportions, ranks
from analysis.statistics.resampling import DEFAULT_SEED, resample
from analysis.statistics.results import FloatArray
from analysis.statistics.richness import chao2

if TYPE_CHECKING:
    import pandas as pd

#: True shares at which the coverage of an interval for one share is computed.
SHARES: tuple[float, ...] = tuple(i / 100 for i in range(1, 100))

#: Probabilities with which an expert raises each code: what rank intervals have to cope with.
RANK_PANELS: Mapping[str, Sequence[float]] = {
    "evenly spread, .90 to .05": tuple(np.linspace(0.9, 0.05, 15).tolist()),
    "three groups of ties, .6 .3 .1": (0.6,) * 5 + (0.3,) * 5 + (0.1,) * 5,
    "all tied at .4": (0.4,) * 15,
}

#: The same for Chao2; what it should bound is the number of codes, 40 in each.
RICHNESS_PANELS: Mapping[str, Sequence[float]] = {
    "40 codes, all .15": (0.15,) * 40,
    "40 codes, .40 to .02": tuple(np.geomspace(0.4, 0.02, 40).tolist()),
    "40 codes, half of them .02": (0.4,) * 20 + (0.02,) * 20,
}


def interval_coverage(
    n: int = 20,
    truths: Sequence[float] = SHARES,
    methods: Sequence[str] = proportions.METHODS,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Exact coverage of each interval for a share, over a grid of true shares.

    The probability, summed over the binomial, that the interval from ``k`` of ``n`` contains the
    true share.
    """
    import pandas as pd
    from scipy.stats import binom

    shares = np.asarray(truths, dtype=np.float64)
    chance = binom.pmf(np.arange(n + 1)[None, :], n, shares[:, None])
    tables = []
    for method in methods:
        low, high = _limits(n, method, confidence)
        covered = (low <= shares[:, None]) & (shares[:, None] <= high)
        coverage = (chance * covered).sum(axis=1)
        tables.append(
            pd.DataFrame(
                {"truth": shares, "n": n, "method": method, "coverage": coverage, "mc_se": 0.0}
            )
        )
    return pd.concat(tables, ignore_index=True)


def mean_interval_coverage(
    n: int = 20, methods: Sequence[str] = proportions.METHODS, confidence: float = 0.95
) -> pd.DataFrame:
    """Exact coverage of each interval for a share, averaged over true shares from 0 to 1.

    Under a uniform share the chance of ``k`` is ``1 / (n + 1)``, and given ``k`` the share is
    beta(k + 1, n - k + 1), so the average is a mean of beta probabilities.
    """
    import pandas as pd
    from scipy.special import betainc

    k = np.arange(n + 1)
    rows = []
    for method in methods:
        low, high = _limits(n, method, confidence)
        within = betainc(k + 1, n - k + 1, high) - betainc(k + 1, n - k + 1, low)
        rows.append(("mean over 0 to 1", n, method, float(within.mean()), 0.0))
    return pd.DataFrame(rows, columns=["truth", "n", "method", "coverage", "mc_se"])


def _limits(n: int, method: str, confidence: float) -> tuple[FloatArray, FloatArray]:
    found = [proportions.interval(k, n, method, confidence) for k in range(n + 1)]
    return np.array([e.low for e in found]), np.array([e.high for e in found])


def rank_coverage(
    panels: Mapping[str, Sequence[float]] = RANK_PANELS,
    n: int = 20,
    methods: Sequence[str] = ranks.METHODS,
    replications: int = 200,
    resamples: int = 400,
    confidence: float = 0.95,
    seed: int = DEFAULT_SEED,
) -> pd.DataFrame:
    """Simulated coverage of rank intervals: of all codes at once, and of one code on average.

    A code tied with others in truth has a range of true ranks, and counts as covered when its
    interval contains the whole range. Two rows a panel and method, told apart by ``claim``;
    ``width`` is the mean number of ranks in an interval.
    """
    import pandas as pd

    rows = []
    for truth, probabilities in panels.items():
        shares = np.asarray(probabilities, dtype=np.float64)
        for method in methods:
            task = partial(_rank_draws, shares, n, method, resamples, confidence, seed)
            drawn = resample(task, replications, seed, chunk=max(1, replications // 4))
            for claim, column in (("all codes at once", 0), ("one code", 1)):
                rows.append(
                    {
                        "truth": truth,
                        "n": n,
                        "method": method,
                        "claim": claim,
                        **_mean_and_error(drawn[:, column]),
                        "width": float(drawn[:, 2].mean()),
                    }
                )
    return pd.DataFrame(rows)


def _rank_draws(
    shares: FloatArray,
    n: int,
    method: str,
    resamples: int,
    confidence: float,
    seed: int,
    size: int,
    rng: np.random.Generator,
) -> FloatArray:
    """For simulated panels: whether all ranks are covered, the share that is, the mean width."""
    first = 1 + np.sum(shares[None, :] > shares[:, None], axis=1)
    last = first - 1 + np.sum(shares[None, :] == shares[:, None], axis=1)
    out = np.empty((size, 3))
    for i in range(size):
        panel = rng.random((n, shares.size)) < shares
        found = ranks.rank_intervals(
            panel, method=method, confidence=confidence, resamples=resamples, seed=seed
        )
        covered = (found.low <= first) & (last <= found.high)
        out[i] = covered.all(), covered.mean(), (found.high - found.low + 1).mean()
    return out


def chao2_coverage(
    panels: Mapping[str, Sequence[float]] = RICHNESS_PANELS,
    n: int = 20,
    replications: int = 2000,
    confidence: float = 0.95,
    seed: int = DEFAULT_SEED,
) -> pd.DataFrame:
    """Simulated behaviour of Chao2 as a lower bound for the number of codes.

    Three rows a panel: how often the interval contains the true number, how often its lower limit
    is not above it (what a lower bound promises), and how often its upper limit falls short of
    it. ``estimate`` is the mean of Chao2, ``observed`` of the codes seen.
    """
    import pandas as pd

    rows = []
    for truth, probabilities in panels.items():
        shares = np.asarray(probabilities, dtype=np.float64)
        drawn = resample(
            partial(_chao2_draws, shares, n, confidence),
            replications,
            seed,
            chunk=max(1, replications // 4),
        )
        drawn = drawn[np.isfinite(drawn[:, 0])]
        low, high = drawn[:, 0] <= shares.size, drawn[:, 1] >= shares.size
        for method, covered in (
            ("Chao2 interval", low & high),
            ("Chao2 lower limit", low),
            ("truth above Chao2 upper limit", ~high),
        ):
            rows.append(
                {
                    "truth": truth,
                    "n": n,
                    "method": method,
                    **_mean_and_error(covered.astype(np.float64)),
                    "estimate": float(drawn[:, 2].mean()),
                    "observed": float(drawn[:, 3].mean()),
                }
            )
    return pd.DataFrame(rows)


def _chao2_draws(
    shares: FloatArray, n: int, confidence: float, size: int, rng: np.random.Generator
) -> FloatArray:
    """For simulated panels: limits and estimate of Chao2, and the codes seen."""
    out = np.empty((size, 4))
    for i in range(size):
        panel = rng.random((n, shares.size)) < shares
        found = chao2(panel, confidence=confidence)
        out[i] = found.low, found.high, found.estimate, np.count_nonzero(panel.any(axis=0))
    return out


def _mean_and_error(values: FloatArray) -> dict[str, float]:
    error = float(values.std() / math.sqrt(values.size))
    return {"coverage": float(values.mean()), "mc_se": error}
