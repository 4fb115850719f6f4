"""Freeman-Halton over twelve tables, and F over eight groups with 10,000 permutations."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.statistics.association import freeman_halton, permutation_test
from benchmarks.harness import Comparison, Growth

PERMUTATIONS = 10_000


def _twelve_tables() -> tuple[list[np.ndarray]]:
    """Twelve themes: who of 20 experts in 8 groups raised each."""
    rng = np.random.default_rng(12)
    groups = np.arange(20) % 8
    tables = []
    for share in np.linspace(0.15, 0.7, 12):
        raised = (rng.random(20) < share).astype(int)
        raised[:2] = 0, 1
        table = np.zeros((2, 8), dtype=np.int64)
        np.add.at(table, (raised, groups), 1)
        tables.append(table)
    return (tables,)


def _ours_exact(tables: list[np.ndarray]) -> list[float]:
    return [freeman_halton(table).pvalue for table in tables]


def _scipy_exact(tables: list[np.ndarray]) -> list[float]:
    from scipy.stats import fisher_exact

    return [float(fisher_exact(table).pvalue) for table in tables]


def _agree_exact(ours: list[float], theirs: list[float]) -> None:
    # scipy's p-value comes from 9,999 random tables
    np.testing.assert_allclose(ours, theirs, atol=4 * 0.5 / np.sqrt(9_999))


def _eight_groups() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(8)
    groups = np.arange(20) % 8
    return rng.integers(1, 6, 20).astype(float), groups


def _ours_f(values: np.ndarray, groups: np.ndarray) -> float:
    return permutation_test(values, groups, "F", resamples=PERMUTATIONS, exact=False).pvalue


def _scipy_vectorised(values: np.ndarray, groups: np.ndarray) -> float:
    from scipy.stats import f_oneway, permutation_test

    def statistic(*samples: np.ndarray, axis: int) -> Any:
        return f_oneway(*samples, axis=axis).statistic

    found = permutation_test(
        [values[groups == g] for g in np.unique(groups)],
        statistic,
        n_resamples=PERMUTATIONS,
        vectorized=True,
        alternative="greater",
        rng=np.random.default_rng(1),
    )
    return float(found.pvalue)


#: scipy one permutation at a time does this part of the work; its time is divided by it.
PART = 0.1


def _scipy_plain(values: np.ndarray, groups: np.ndarray) -> float:
    from scipy.stats import f_oneway, permutation_test

    found = permutation_test(
        [values[groups == g] for g in np.unique(groups)],
        lambda *samples: f_oneway(*samples).statistic,
        n_resamples=int(PERMUTATIONS * PART),
        vectorized=False,
        alternative="greater",
        rng=np.random.default_rng(1),
    )
    return float(found.pvalue)


def _agree_p(ours: float, theirs: float) -> None:
    # two independent Monte Carlo estimates, the second perhaps from a tenth of the permutations
    assert abs(ours - theirs) < 4 * 0.5 * np.sqrt(1 / PERMUTATIONS + 1 / (PERMUTATIONS * PART))


COMPARISONS: list[Comparison] = [
    Comparison(
        "Freeman-Halton, twelve 2 x 8 tables of 20 experts",
        "scipy.stats.fisher_exact (Monte Carlo)",
        _twelve_tables,
        _ours_exact,
        _scipy_exact,
        200,
        _agree_exact,
    ),
    Comparison(
        "permutation F, 8 groups of 20 experts, 10,000 permutations",
        "scipy.stats.permutation_test",
        _eight_groups,
        _ours_f,
        _scipy_plain,
        50,
        _agree_p,
        PART,
    ),
    Comparison(
        "permutation F, 8 groups of 20 experts, 10,000 permutations",
        "scipy.stats.permutation_test, its statistic vectorised",
        _eight_groups,
        _ours_f,
        _scipy_vectorised,
        20,
        _agree_p,
    ),
]


def _many_experts(size: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(size)
    return rng.integers(1, 6, size).astype(float), np.arange(size) % 8


def _hundred_permutations(values: np.ndarray, groups: np.ndarray) -> float:
    return permutation_test(values, groups, "F", resamples=100, exact=False).pvalue


def _permutation_count(size: int) -> tuple[np.ndarray, np.ndarray, int]:
    values, groups = _eight_groups()
    return values, groups, size


def _many_permutations(values: np.ndarray, groups: np.ndarray, resamples: int) -> float:
    return permutation_test(values, groups, "F", resamples=resamples, exact=False).pvalue


GROWTH: list[Growth] = [
    Growth(
        "permutation F, 8 groups, 100 permutations, by number of experts",
        (1_000, 10_000, 100_000),
        _many_experts,
        _hundred_permutations,
    ),
    Growth(
        "permutation F, 8 groups of 20 experts, by number of permutations",
        (10_000, 100_000, 1_000_000),
        _permutation_count,
        _many_permutations,
    ),
]
