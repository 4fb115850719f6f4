"""How often intervals cover and tests reject under known truths, with 20 experts.

Where there are few possible panels, their probabilities are summed and nothing is drawn: two groups
of ten have 121 tables, the counts of eight groups of two or three 525 but for their order. Tests
over eight groups are simulated.

Every function returns a table with one row a truth and method: ``truth``, ``n``, ``method``,
``coverage`` or ``rejection``, and ``mc_se``, its simulation error (0 where it is exact).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import combinations_with_replacement, product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analysis.statistics.association import (
    firth_logistic,
    fisher_power,
    freeman_halton,
    permutation_test,
    shrunken_shares,
)
from analysis.statistics.clock import resampling
from analysis.statistics.resampling import DEFAULT_SEED, resample
from analysis.statistics.results import FloatArray

if TYPE_CHECKING:
    import pandas as pd

#: Twenty experts in eight stakeholder groups.
GROUP_SIZES: tuple[int, ...] = (3, 3, 3, 3, 2, 2, 2, 2)

#: True shares of the groups come from betas with these means and intraclass correlations.
SHARE_TRUTHS: Mapping[str, tuple[float, float]] = {
    "groups alike, share .3": (0.3, 0.0),
    "groups alike, share .5": (0.5, 0.0),
    "groups differ a little (correlation .1), mean .4": (0.4, 0.1),
    "groups differ much (correlation .4), mean .4": (0.4, 0.4),
}

#: Shares of two groups of ten; the true odds ratio follows.
PAIR_TRUTHS: Sequence[tuple[float, float]] = ((0.3, 0.3), (0.3, 0.6), (0.5, 0.9), (0.2, 0.8))

#: How far the mean rating (of 5 points) of half of the groups lies above that of the others.
SHIFTS: tuple[float, ...] = (0.0, 1.0, 2.0)


@resampling()
def shrunken_coverage(
    truths: Mapping[str, tuple[float, float]] = SHARE_TRUTHS,
    sizes: Sequence[int] = GROUP_SIZES,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Exact coverage of the intervals of shrunken shares, the mean over groups.

    Groups of one size are exchangeable, which leaves 525 different panels of 20 in 8 groups. Given
    a panel, the true shares follow betas, so that nothing needs to be drawn. Besides ``coverage``,
    ``width`` is the mean width of the intervals and ``rmse`` the root mean squared error of the
    estimates; the method "raw share" is there for its ``rmse`` alone.
    """
    import pandas as pd

    panels = list(_panels(sizes))
    fits = {
        method: [shrunken_shares(k, n, confidence, method) for k, n, _ in panels]
        for method in ("averaged", "plug-in")
    }
    n_experts = sum(sizes)
    rows = []
    for truth, (mean, rho) in truths.items():
        chance = np.array([ways * _panel_chance(k, n, mean, rho) for k, n, ways in panels])
        raw = [_squared_error(k / n, k, n, mean, rho) for k, n, _ in panels]
        for method, found in fits.items():
            covered = [
                _inside(f.low, f.high, k, n, mean, rho)
                for f, (k, n, _) in zip(found, panels, strict=True)
            ]
            missed = [
                _squared_error(f.estimate, k, n, mean, rho)
                for f, (k, n, _) in zip(found, panels, strict=True)
            ]
            width = [float((f.high - f.low).mean()) for f in found]
            rows.append(
                {
                    "truth": truth,
                    "n": n_experts,
                    "method": method,
                    "coverage": float(chance @ covered),
                    "mc_se": 0.0,
                    "width": float(chance @ width),
                    "rmse": math.sqrt(chance @ missed),
                }
            )
        rows.append(
            {
                "truth": truth,
                "n": n_experts,
                "method": "raw share",
                "coverage": math.nan,
                "mc_se": math.nan,
                "width": math.nan,
                "rmse": math.sqrt(chance @ raw),
            }
        )
    return pd.DataFrame(rows)


def _panels(sizes: Sequence[int]) -> Iterator[tuple[FloatArray, FloatArray, int]]:
    """Counts raised and asked of every panel that differs, and how many orders of groups it has."""
    repeats = Counter(sizes)
    choices = [
        list(combinations_with_replacement(range(size + 1), count))
        for size, count in repeats.items()
    ]
    n = np.array([size for size, count in repeats.items() for _ in range(count)], dtype=float)
    for panel in product(*choices):
        ways = 1
        for group in panel:
            ways *= math.factorial(len(group))
            ways //= math.prod(math.factorial(c) for c in Counter(group).values())
        yield np.array([k for group in panel for k in group], dtype=float), n, ways


def _panel_chance(k: FloatArray, n: FloatArray, mean: float, rho: float) -> float:
    """The probability of one panel: beta-binomial, binomial where groups are alike."""
    if rho == 0:
        return math.prod(_binomial(int(a), int(b), mean) for a, b in zip(k, n, strict=True))
    a, b = mean * (1 - rho) / rho, (1 - mean) * (1 - rho) / rho
    log = sum(
        math.log(math.comb(int(m), int(x))) + _log_beta(a + x, b + m - x) - _log_beta(a, b)
        for x, m in zip(k.tolist(), n.tolist(), strict=True)
    )
    return math.exp(log)


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _inside(
    low: FloatArray, high: FloatArray, k: FloatArray, n: FloatArray, mean: float, rho: float
) -> float:
    """The probability, given a panel, that a group's true share lies within its interval."""
    if rho == 0:
        return float(((low <= mean) & (mean <= high)).mean())

    from scipy.special import betainc

    a, b = mean * (1 - rho) / rho + k, (1 - mean) * (1 - rho) / rho + n - k
    return float((betainc(a, b, high) - betainc(a, b, low)).mean())


def _squared_error(
    estimate: FloatArray, k: FloatArray, n: FloatArray, mean: float, rho: float
) -> float:
    """The expected squared error of estimated shares, given a panel."""
    if rho == 0:
        return float(((estimate - mean) ** 2).mean())
    a, b = mean * (1 - rho) / rho + k, (1 - mean) * (1 - rho) / rho + n - k
    variance = a * b / ((a + b) ** 2 * (a + b + 1))
    return float((variance + (estimate - a / (a + b)) ** 2).mean())


@resampling()
def firth_coverage(
    truths: Sequence[tuple[float, float]] = PAIR_TRUTHS,
    group: int = 10,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Exact coverage of Firth's log odds ratio between two groups, over all possible tables.

    Tables that :func:`firth_logistic` refuses are left out; ``answered`` is the probability of the
    others, and ``coverage`` is conditional on them. "Wald" is the estimate and its standard error.
    """
    import pandas as pd

    counts = [(k1, k2) for k1 in range(group + 1) for k2 in range(group + 1)]
    limits = np.array([_log_odds_limits(k1, k2, group, confidence) for k1, k2 in counts])
    rows = []
    for p1, p2 in truths:
        chance = np.array(
            [_binomial(k1, group, p1) * _binomial(k2, group, p2) for k1, k2 in counts]
        )
        true = math.log(p2 / (1 - p2)) - math.log(p1 / (1 - p1))
        answered = ~np.isnan(limits[:, 0])
        for method, (low, high) in (
            ("profile", (limits[:, 0], limits[:, 1])),
            ("Wald", (limits[:, 2], limits[:, 3])),
        ):
            covered = answered & (low <= true) & (true <= high)
            rows.append(
                {
                    "truth": f"{p1:g} and {p2:g}, log odds ratio {true:.2f}",
                    "n": 2 * group,
                    "method": method,
                    "coverage": float(chance[covered].sum() / chance[answered].sum()),
                    "mc_se": 0.0,
                    "answered": float(chance[answered].sum()),
                }
            )
    return pd.DataFrame(rows)


def _log_odds_limits(k1: int, k2: int, group: int, confidence: float) -> list[float]:
    """Profile and Wald limits of the second group's log odds ratio."""
    from scipy.special import ndtri

    member = [0] * group + [1] * group
    raised = [1] * k1 + [0] * (group - k1) + [1] * k2 + [0] * (group - k2)
    fit = firth_logistic(member, raised, confidence=confidence)
    reach = float(ndtri((1 + confidence) / 2)) * fit.se[1]
    return [
        float(fit.low[1]),
        float(fit.high[1]),
        float(fit.estimate[1] - reach),
        float(fit.estimate[1] + reach),
    ]


def _binomial(k: int, n: int, p: float) -> float:
    return math.comb(n, k) * p**k * (1 - p) ** (n - k)


def theme_rejection(
    truths: Sequence[tuple[float, float]] = PAIR_TRUTHS,
    sizes: Sequence[int] = GROUP_SIZES,
    alpha: float = 0.05,
    replications: int = 2000,
    seed: int = DEFAULT_SEED,
) -> pd.DataFrame:
    """How often exact tests find that a theme is raised unequally, for pairs of true shares.

    Two groups of ten with the two shares (Fisher's test, exact), and eight groups whose first half
    has the first share and the others the second (Freeman-Halton, simulated). With equal shares
    ``rejection`` is the test's true size.
    """
    import pandas as pd

    n = sum(sizes)
    rows = []
    for p1, p2 in truths:
        truth = f"{p1:g} and {p2:g}"
        power = fisher_power(n // 2, n - n // 2, p1, p2, alpha)
        rows.append((truth, n, f"Fisher, two groups of {n // 2}", power, 0.0))
        task = partial(_theme_draws, sizes=tuple(sizes), p1=p1, p2=p2)
        rejected = resample(task, replications, seed, chunk=max(1, replications // 4)) <= alpha
        method = f"Freeman-Halton, {len(sizes)} groups"
        rows.append((truth, n, method, float(rejected.mean()), _error(rejected)))
    return pd.DataFrame(rows, columns=["truth", "n", "method", "rejection", "mc_se"])


def _theme_draws(
    size: int, rng: np.random.Generator, sizes: tuple[int, ...], p1: float, p2: float
) -> FloatArray:
    """p-values of the exact test over all groups; 1 where nobody or everybody raised the theme."""
    n = np.array(sizes)
    shares = np.where(np.arange(len(n)) < len(n) / 2, p1, p2)
    raised = rng.binomial(n, shares, size=(size, len(n)))
    p = [freeman_halton(np.array([k, n - k])).pvalue for k in raised]
    return np.asarray(np.nan_to_num(np.array(p), nan=1.0), dtype=np.float64)


def rating_rejection(
    shifts: Sequence[float] = SHIFTS,
    sizes: Sequence[int] = GROUP_SIZES,
    alpha: float = 0.05,
    replications: int = 1000,
    resamples: int = 999,
    seed: int = DEFAULT_SEED,
) -> pd.DataFrame:
    """How often permutation tests find that ratings differ, for shifts of half of the groups.

    Ratings are normal around 3 less and plus half the shift, with standard deviation 1, rounded
    and cut to 1 to 5. Eight groups are tested by F and by H; the two halves of them, as two groups,
    by the difference of their means.
    """
    import pandas as pd

    labels = np.repeat(np.arange(len(sizes)), sizes)
    halves = (labels >= len(sizes) / 2).astype(int)
    tests: Mapping[str, Callable[[FloatArray], float]] = {
        f"F, {len(sizes)} groups": partial(
            _pvalue, groups=labels, statistic="F", resamples=resamples
        ),
        f"H, {len(sizes)} groups": partial(
            _pvalue, groups=labels, statistic="H", resamples=resamples
        ),
        "difference, two halves": partial(
            _pvalue, groups=halves, statistic="difference", resamples=resamples
        ),
    }
    rows = []
    for shift in shifts:
        for method, test in tests.items():
            task = partial(_rating_draws, halves=halves, shift=shift, test=test)
            p = resample(task, replications, seed, chunk=max(1, replications // 4))
            rejected = p <= alpha
            rows.append((shift, len(labels), method, float(rejected.mean()), _error(rejected)))
    return pd.DataFrame(rows, columns=["truth", "n", "method", "rejection", "mc_se"])


def _pvalue(ratings: FloatArray, groups: NDArray[Any], statistic: str, resamples: int) -> float:
    return permutation_test(ratings, groups, statistic, resamples=resamples).pvalue


def _rating_draws(
    size: int,
    rng: np.random.Generator,
    halves: NDArray[Any],
    shift: float,
    test: Callable[[FloatArray], float],
) -> FloatArray:
    """p-values of one test; 1 where all ratings are equal."""
    centre = 3 + shift * (halves - 0.5)
    ratings = np.clip(np.round(rng.normal(centre, 1.0, (size, len(halves)))), 1, 5)
    p = np.array([test(row) for row in ratings])
    return np.asarray(np.nan_to_num(p, nan=1.0), dtype=np.float64)


def _error(values: NDArray[Any]) -> float:
    """The simulation error of a mean."""
    return float(np.std(values, ddof=1) / math.sqrt(len(values))) if len(values) > 1 else math.nan
