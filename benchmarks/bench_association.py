"""Freeman and Halton's exact test of twelve tables, against scipy's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from scipy.stats import fisher_exact

from analysis.statistics.association import freeman_halton
from benchmarks.harness import Row, faster


def twelve_tables() -> list[np.ndarray]:
    """Twelve codes: who of 20 experts in 8 groups raised each."""
    rng, groups = np.random.default_rng(12), np.arange(20) % 8
    tables = []
    for share in np.linspace(0.15, 0.7, 12):
        raised = (rng.random(20) < share).astype(int)
        raised[:2] = 0, 1
        table = np.zeros((2, 8), dtype=np.int64)
        np.add.at(table, (raised, groups), 1)
        tables.append(table)
    return tables


def pvalues(test: Callable[[np.ndarray], Any], tables: list[np.ndarray]) -> list[float]:
    """The p of each table; scipy takes 9,999 random tables for it."""
    return [float(test(table).pvalue) for table in tables]


def agree(ours: list[float], theirs: list[float]) -> None:
    """Within simulation error of each other."""
    np.testing.assert_allclose(ours, theirs, atol=4 * 0.5 / np.sqrt(9_999))


def rows() -> Iterator[Row]:
    """All twelve together."""
    tables = twelve_tables()
    yield faster(
        "exact tests of twelve 2 x 8 tables of 20 experts",
        "scipy.stats.fisher_exact (Monte Carlo)",
        partial(pvalues, freeman_halton, tables),
        partial(pvalues, fisher_exact, tables),
        200,
        agree,
    )
