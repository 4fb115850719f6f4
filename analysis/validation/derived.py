"""Published numbers that are a simple function of what a statistic of ours returns."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.statistics.association import adjust, cramers_v
from analysis.statistics.cooccurrence import graph_communities, pair_test, random_tables


def chi_squared(table: ArrayLike) -> float:
    """Chi-squared from Cramer's V: n V^2 min(r - 1, c - 1)."""
    v = float(cramers_v(table, bias_corrected=False))
    return float(np.sum(table) * v**2 * (min(np.shape(table)) - 1))


def rejections(pvalues: ArrayLike, method: str, alpha: float) -> int:
    """How many adjusted p-values are at most ``alpha``."""
    return int((adjust(pvalues, method) <= alpha).sum())


def pairs_by_sign(incidence: ArrayLike) -> SimpleNamespace:
    """Pairs expected to meet once or more: ``positive`` and ``negative`` at .05, or ``random``."""
    tests = [
        pair_test(incidence, permutations=1, least=0, alternative=side).table.set_index(["a", "b"])
        for side in ("greater", "less")
    ]
    often = tests[0].index[tests[0]["expected"] >= 1]
    positive, negative = (int((test["pvalue"][often] < 0.05).sum()) for test in tests)
    random = len(often) - positive - negative
    return SimpleNamespace(positive=positive, negative=negative, random=random)


def mean_square_pvalue(incidence: ArrayLike, tables: int) -> float:
    """How often the mean squared number of shared sites is as large in tables with these totals."""
    observed = np.asarray(incidence)
    drawn = _mean_square(random_tables(observed, tables))
    return float((drawn >= _mean_square(observed[None])[0] - 1e-6).mean())


def _mean_square(tables: NDArray[Any]) -> NDArray[Any]:
    number = tables.astype(np.float32)
    shared = number.transpose(0, 2, 1) @ number
    first, second = np.triu_indices(tables.shape[2], 1)
    return np.asarray((shared[:, first, second] ** 2).mean(axis=1))


def karate_modularity(searches: int) -> float:
    """The best modularity that so many searches find in Zachary's karate club."""
    graph = nx.to_numpy_array(nx.karate_club_graph(), weight=None)
    return max(graph_communities(graph, seed)[1] for seed in range(searches))
