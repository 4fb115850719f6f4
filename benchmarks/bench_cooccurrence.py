"""All pairs of 30 codes with 10,000 draws, against a plain loop over sets."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import combinations
from random import Random
from typing import Any

import numpy as np
from scipy.stats import hypergeom

from analysis.statistics.cooccurrence import pair_test
from benchmarks.harness import Row, faster

DRAWS = 10_000
#: The loop does this part of the draws; its time is divided by it.
PART = 0.05


def loop(table: np.ndarray) -> dict[tuple[int, int], float]:
    """Adjusted p of each pair: draw a set of experts for each code, intersect all pairs of sets."""
    random, n = Random(1), len(table)
    held = table.sum(axis=0).tolist()
    pairs = list(combinations(range(table.shape[1]), 2))
    tests = [hypergeom(n, held[i], held[j]).sf(np.arange(-1, n)).tolist() for i, j in pairs]
    least = []
    for _ in range(int(DRAWS * PART)):
        sets = [set(random.sample(range(n), size)) for size in held]
        drawn = zip(pairs, tests, strict=True)
        least.append(min(test[len(sets[i] & sets[j])] for (i, j), test in drawn))
    smallest, adjusted = np.array(least), {}
    for (i, j), test in zip(pairs, tests, strict=True):
        own = test[int((table[:, i] & table[:, j]).sum())]
        as_small = np.count_nonzero(smallest <= own * (1 + 1e-9))
        adjusted[i, j] = max(own, (1 + as_small) / (1 + len(smallest)))
    return adjusted


def agree(ours: Any, theirs: dict[tuple[int, int], float]) -> None:
    """Adjusted p within simulation error of each other."""
    found = [theirs[row.a, row.b] for row in ours.table.itertuples()]
    np.testing.assert_allclose(ours.table.adjusted, found, atol=5 * (0.25 / (DRAWS * PART)) ** 0.5)


def rows() -> Iterator[Row]:
    """Each code is raised by somebody, and by not everybody."""
    rng = np.random.default_rng(30)
    table = rng.random((20, 30)) < rng.uniform(0.15, 0.6, 30)
    table[0], table[1] = True, False
    yield faster(
        f"co-occurrence of 30 codes, 20 experts, {DRAWS:,} draws",
        "a plain loop over sets",
        partial(pair_test, table, DRAWS, least=1),
        partial(loop, table),
        60,
        agree,
        PART,
    )
