"""Co-occurrence of 30 codes: all pairs, 10,000 permutations, against a plain loop."""

from __future__ import annotations

from itertools import combinations
from random import Random

import numpy as np

from analysis.statistics.cooccurrence import jaccard, pair_tests, sample_fixed_margins
from benchmarks.harness import Comparison, Growth

PERMUTATIONS = 10_000
#: The loop does this part of the permutations; its time is divided by it.
PART = 0.05


def _panel(experts: int = 20, codes: int = 30) -> tuple[np.ndarray]:
    rng = np.random.default_rng(30)
    table = rng.random((experts, codes)) < rng.uniform(0.15, 0.6, codes)
    table[0] = True
    table[1] = False
    return (table,)


def _ours(table: np.ndarray) -> np.ndarray:
    return pair_tests(table, permutations=PERMUTATIONS).maxima


def _moments(table: np.ndarray) -> tuple[list[tuple[int, int]], list[float], list[float]]:
    n, codes = table.shape
    held = table.sum(axis=0).tolist()
    pairs = list(combinations(range(codes), 2))
    mean = [held[i] * held[j] / n for i, j in pairs]
    sd = [
        (m * (n - held[i]) * (n - held[j]) / (n * (n - 1))) ** 0.5
        for m, (i, j) in zip(mean, pairs, strict=True)
    ]
    return pairs, mean, sd


def _loop_over_sets(table: np.ndarray) -> np.ndarray:
    """A plain loop: draw a set of experts for each code, intersect all pairs of sets."""
    random = Random(1)
    n, codes = table.shape
    held = table.sum(axis=0).tolist()
    pairs, mean, sd = _moments(table)
    experts = range(n)
    maxima = []
    for _ in range(int(PERMUTATIONS * PART)):
        sets = [set(random.sample(experts, held[code])) for code in range(codes)]
        largest = -1e9
        for at, (i, j) in enumerate(pairs):
            z = (len(sets[i] & sets[j]) - mean[at]) / sd[at]
            if z > largest:
                largest = z
        maxima.append(largest)
    return np.sort(maxima)


def _loop_over_columns(table: np.ndarray) -> np.ndarray:
    """The same with numpy inside the loop: shuffle each column, count all pairs by a product."""
    rng = np.random.default_rng(1)
    pairs, mean, sd = _moments(table)
    upper = tuple(np.transpose(pairs))
    maxima = []
    for _ in range(int(PERMUTATIONS * PART)):
        shuffled = np.column_stack([rng.permutation(column) for column in table.T]).astype(int)
        count = (shuffled.T @ shuffled)[upper]
        maxima.append(((count - mean) / sd).max())
    return np.sort(maxima)


def _same_distribution(ours: np.ndarray, theirs: np.ndarray) -> None:
    for share in (0.5, 0.8, 0.95):
        cut = float(np.quantile(theirs, share)) - 1e-4
        a, b = (ours > cut).mean(), (theirs > cut).mean()
        if abs(a - b) > 5 * (0.25 / theirs.size) ** 0.5:
            raise AssertionError(f"{a:.3f} and {b:.3f} of the maxima are above {cut:.2f}")


COMPARISONS: list[Comparison] = [
    Comparison(
        name="co-occurrence, all pairs of 30 codes, 20 experts, 10,000 permutations",
        peer="a plain loop over sets",
        prepare=_panel,
        ours=_ours,
        theirs=_loop_over_sets,
        target=60,
        agree=_same_distribution,
        fraction=PART,
    ),
    Comparison(
        name="co-occurrence, the same",
        peer="a loop with numpy inside (shuffled columns, a matrix product)",
        prepare=_panel,
        ours=_ours,
        theirs=_loop_over_columns,
        target=20,
        agree=_same_distribution,
        fraction=PART,
    ),
]


def _few_permutations(table: np.ndarray) -> object:
    return pair_tests(table, permutations=200)


def _few_tables(table: np.ndarray) -> object:
    return sample_fixed_margins(table, 100)


GROWTH: list[Growth] = [
    Growth(
        name="jaccard, experts x 200 codes",
        sizes=(1_000, 10_000, 100_000),
        prepare=lambda experts: _panel(experts, 200),
        run=jaccard,
    ),
    Growth(
        name="pair_tests, experts x 30 codes, 200 permutations",
        sizes=(20, 200, 2_000),
        prepare=lambda experts: _panel(experts, 30),
        run=_few_permutations,
    ),
    Growth(
        name="pair_tests, 20 experts x codes, 200 permutations",
        sizes=(3, 30, 300),
        prepare=lambda codes: _panel(20, codes),
        run=_few_permutations,
    ),
    Growth(
        name="sample_fixed_margins, experts x 30 codes, 100 tables",
        sizes=(20, 200, 2_000),
        prepare=lambda experts: _panel(experts, 30),
        run=_few_tables,
    ),
]
