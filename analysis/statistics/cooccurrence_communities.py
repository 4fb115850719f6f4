"""Groups of codes that are raised together, and how far they depend on chance and on one expert."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.statistics.clock import resampling
from analysis.statistics.cooccurrence_checks import check_incidence
from analysis.statistics.cooccurrence_pairs import jaccard
from analysis.statistics.resampling import DEFAULT_SEED
from analysis.statistics.results import FloatArray

Method = Literal["louvain", "greedy"]
Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Communities:
    """Communities of codes.

    ``labels`` (codes,) number the communities from 0, the largest first; -1 marks a code raised
    by nobody. ``modularity`` is that of the partition (NaN without edges, with the ``reason``);
    ``n`` is the number of experts, ``edges`` that of pairs of codes raised together.

    Stability: ``seed_agreement`` (runs,) is the adjusted Rand index of each further run with
    ``labels`` and ``seed_together`` (codes x codes) the share of runs that put two codes together;
    ``expert_agreement`` (experts,) and ``expert_together`` are the same with each expert left out
    in turn, over the codes that the other experts still raise (NaN where none are left). A run
    without an expert has a seed of its own: compare ``expert_agreement`` with ``seed_agreement``
    before blaming the expert.
    """

    labels: Labels
    modularity: float
    n: int
    edges: int
    method: str
    seed_agreement: FloatArray
    seed_together: FloatArray
    expert_agreement: FloatArray
    expert_together: FloatArray
    reason: str = ""


def adjusted_rand(a: ArrayLike, b: ArrayLike) -> float:
    """The adjusted Rand index of two partitions of the same items: 1 equal, 0 as by chance.

    Parameters
    ----------
    a, b
        One label per item.

    Returns
    -------
    float
        1 where both partitions are equal (also where both have one cluster, or only clusters of
        one, and the formula is 0/0); NaN without items.

    Raises
    ------
    ValueError
        If they differ in length.

    References
    ----------
    Hubert, L. & Arabie, P. (1985). Journal of Classification 2, 193-218, eq. 5.
    """
    first, second = np.asarray(a), np.asarray(b)
    if first.ndim != 1 or first.shape != second.shape:
        raise ValueError(f"two labels per item expected, got shapes {first.shape}, {second.shape}")
    if first.size == 0:
        return float("nan")
    _, x = np.unique(first, return_inverse=True)
    _, y = np.unique(second, return_inverse=True)
    table = np.zeros((x.max() + 1, y.max() + 1))
    np.add.at(table, (x, y), 1)

    def pairs(counts: FloatArray) -> float:
        return float((counts * (counts - 1)).sum() / 2)

    together, in_a, in_b = pairs(table), pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    every = pairs(np.array([float(first.size)]))
    chance = in_a * in_b / every if every else 0.0
    limit = (in_a + in_b) / 2
    return 1.0 if limit == chance else (together - chance) / (limit - chance)


def graph_communities(
    weights: ArrayLike, method: Method = "louvain", seed: int = DEFAULT_SEED
) -> tuple[Labels, float]:
    """Communities of a weighted graph and their modularity, by networkx.

    Parameters
    ----------
    weights
        Symmetric, nodes x nodes; 0 or NaN where there is no edge; the diagonal is ignored.
    method
        "louvain" (Blondel et al. 2008; its result may change with the seed) or "greedy" (Clauset,
        Newman & Moore 2004; no chance).
    seed
        For "louvain".

    Returns
    -------
    labels, modularity
        Labels from 0, the largest community first (of equal ones that with the first node first).
        Modularity is NaN for a graph without edges, whose nodes are communities of one.

    Raises
    ------
    ValueError
        If the weights are not square, symmetric and non-negative, or the method is unknown.

    References
    ----------
    Newman, M. E. J. (2004). Physical Review E 70, 056131 (modularity of weighted graphs).
    """
    import networkx as nx

    matrix = np.nan_to_num(np.array(weights, dtype=float), nan=0.0)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"weights must be nodes x nodes, got shape {matrix.shape}")
    if not np.array_equal(matrix, matrix.T) or (matrix < 0).any():
        raise ValueError("weights must be symmetric and not negative")
    if method not in ("louvain", "greedy"):
        raise ValueError(f'method must be "louvain" or "greedy", got {method!r}')
    np.fill_diagonal(matrix, 0.0)
    nodes = matrix.shape[0]
    if not matrix.any():
        return np.arange(nodes, dtype=np.int64), float("nan")
    graph = nx.Graph()
    graph.add_nodes_from(range(nodes))
    graph.add_weighted_edges_from(
        (int(i), int(j), float(matrix[i, j])) for i, j in np.argwhere(np.triu(matrix))
    )
    find = nx.community
    if method == "louvain":
        found = find.louvain_communities(graph, weight="weight", seed=seed)
    else:
        found = find.greedy_modularity_communities(graph, weight="weight")
    ordered = sorted((sorted(group) for group in found), key=lambda group: (-len(group), group[0]))
    labels = np.empty(nodes, dtype=np.int64)
    for label, group in enumerate(ordered):
        labels[group] = label
    return labels, float(find.modularity(graph, ordered, weight="weight"))


def _together(partitions: Sequence[Labels]) -> FloatArray:
    """The share of partitions that put two codes together, of those that have both."""
    stacked = np.array(partitions)
    present = stacked >= 0
    same = (stacked[:, :, None] == stacked[:, None, :]) & present[:, :, None]
    both = (present[:, :, None] & present[:, None, :]).sum(axis=0)
    share = np.full(both.shape, np.nan)
    np.divide(same.sum(axis=0), both, out=share, where=both > 0)
    return share


def _partition(incidence: NDArray[np.bool_], method: Method, seed: int) -> tuple[Labels, float]:
    raised = incidence.any(axis=0)
    labels = np.full(incidence.shape[1], -1, dtype=np.int64)
    labels[raised], modularity = graph_communities(jaccard(incidence[:, raised]), method, seed)
    return labels, modularity


def communities(
    incidence: ArrayLike,
    seed: int = DEFAULT_SEED,
    method: Method = "louvain",
    runs: int = 50,
) -> Communities:
    """Communities of codes on the Jaccard-weighted graph, with their stability.

    Two codes are joined where at least one expert raises both, with their Jaccard similarity as
    the weight. With few experts nearly all codes are joined and modularity is low: see how the
    partition survives other seeds and the loss of any one expert before reading anything into it.

    Parameters
    ----------
    incidence
        Experts x codes, bool or 0/1.
    seed
        Of the main partition; the further runs and the left-out experts use seeds derived from it.
    method
        "louvain" or "greedy" (see :func:`graph_communities`); "greedy" has no seed, so its further
        runs would all be equal and are left out.
    runs
        How many further seeds; 0 for none.

    Returns
    -------
    Communities
        Without edges, every raised code is a community of one, modularity is NaN and nothing can
        be said of stability.

    Raises
    ------
    ValueError
        If ``incidence`` is not a 2-d array of 0/1, or ``runs`` is negative.
    """
    table = check_incidence(incidence)
    if runs < 0:
        raise ValueError(f"runs must be 0 or more, got {runs}")
    n, codes = table.shape
    labels, modularity = _partition(table, method, seed)
    similarity = np.nan_to_num(jaccard(table))
    edges = int(np.count_nonzero(np.triu(similarity, 1)))
    unknown = np.full((codes, codes), np.nan)
    if edges == 0:
        return Communities(
            labels, float("nan"), n, 0, method, np.empty(0), unknown,
            np.full(n, np.nan), unknown, "no expert raised two codes",
        )  # fmt: skip
    seeds = np.random.SeedSequence(seed).generate_state(runs + n)
    further = runs if method == "louvain" else 0
    with resampling():
        by_seed = [_partition(table, method, int(s))[0] for s in seeds[:further]]
        by_expert = [
            _partition(np.delete(table, expert, axis=0), method, int(seeds[runs + expert]))[0]
            for expert in range(n)
        ]
    raised = labels >= 0
    return Communities(
        labels=labels,
        modularity=modularity,
        n=n,
        edges=edges,
        method=method,
        seed_agreement=np.array(
            [adjusted_rand(labels[raised], other[raised]) for other in by_seed]
        ),
        seed_together=_together(by_seed) if by_seed else unknown,
        expert_agreement=np.array(
            [adjusted_rand(labels[other >= 0], other[other >= 0]) for other in by_expert]
        ),
        expert_together=_together(by_expert),
    )
