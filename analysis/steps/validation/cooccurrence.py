"""Co-occurrence: published examples and independent implementations."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, product
from typing import Any

import numpy as np

from analysis.statistics import cooccurrence as ours
from analysis.steps.validation.base import Compute, Peer


def _pair_incidence(both: int, first: int, second: int, neither: int) -> np.ndarray:
    rows = [[1, 1]] * both + [[1, 0]] * first + [[0, 1]] * second + [[0, 0]] * neither
    return np.array(rows)


def _pair(given: Mapping[str, Any]) -> Mapping[str, float]:
    table = _pair_incidence(*given["pair"])
    return {
        "greater": ours.pair_test(table, 0, 1, "greater").pvalue,
        "less": ours.pair_test(table, 0, 1, "less").pvalue,
        "two_sided": ours.pair_test(table, 0, 1, "two-sided").pvalue,
    }


def _focal(given: Mapping[str, Any]) -> Mapping[str, float]:
    sites, focal = given["sites"], given["focal"]
    out = {}
    for row, (held, both) in enumerate(given["rows"]):
        table = _pair_incidence(both, focal - both, held - both, sites - focal - held + both)
        out[f"high_{row}"] = ours.pair_test(table, 0, 1, "greater").pvalue
        out[f"low_{row}"] = ours.pair_test(table, 0, 1, "less").pvalue
    return out


def _islands_by_species(given: Mapping[str, Any]) -> np.ndarray:
    return np.array([[int(cell) for cell in row] for row in given["rows"]]).T


def _finches(given: Mapping[str, Any]) -> Mapping[str, float]:
    table = _islands_by_species(given)
    greater = ours.pair_tests(table, "greater", permutations=1)
    less = ours.pair_tests(table, "less", permutations=1)
    pairs = np.triu_indices(table.shape[1], 1)
    often = greater.expected[pairs] >= 1
    positive = often & (greater.pvalue[pairs] < 0.05)
    negative = often & (less.pvalue[pairs] < 0.05)
    return {
        "positive": int(positive.sum()),
        "negative": int(negative.sum()),
        "random": int((often & ~positive & ~negative).sum()),
    }


def _mean_square(tables: np.ndarray) -> np.ndarray:
    """Roberts & Stone's statistic: the mean squared co-occurrence of two species."""
    number = tables.astype(np.float32)
    shared = number.transpose(0, 2, 1) @ number
    pairs = np.triu_indices(tables.shape[2], 1)
    return np.asarray((shared[:, pairs[0], pairs[1]] ** 2).mean(axis=1))


def _finches_fixed(given: Mapping[str, Any]) -> Mapping[str, float]:
    table = _islands_by_species(given).astype(bool)
    drawn = _mean_square(ours.sample_fixed_margins(table, 20_000))
    return {"pvalue": float((drawn >= _mean_square(table[None])[0] - 1e-6).mean())}


def _karate(given: Mapping[str, Any]) -> Mapping[str, float]:
    import networkx as nx

    graph = nx.to_numpy_array(nx.karate_club_graph(), weight=None)
    return {"modularity": ours.graph_communities(graph, given["method"])[1]}


def _rand(given: Mapping[str, Any]) -> Mapping[str, float]:
    return {name: ours.adjusted_rand(*pair) for name, pair in given.items()}


def _jaccard(given: Mapping[str, Any]) -> Mapping[str, float]:
    return {name: ours.jaccard(np.array(pair).T)[0, 1] for name, pair in given.items()}


EXAMPLES: dict[str, Compute] = {
    "fisher_tea": _pair,
    "pedersen1996_tea": _pair,
    "fisher_convictions": _pair,
    "scipy_fisher_exact": _pair,
    "cooccur_focal_species": _focal,
    "cooccur_finches": _finches,
    "finches_fixed_margins": _finches_fixed,
    "karate_cnm": _karate,
    "karate_igraph": _karate,
    "sklearn_adjusted_rand": _rand,
    "scipy_jaccard": _jaccard,
}


# --- independent implementations -------------------------------------------------------------


def _incidence(rng: np.random.Generator, experts: int = 20, codes: int = 8) -> np.ndarray:
    """Codes of all degrees of frequency, with one that nobody and one that everybody raises."""
    table = rng.random((experts, codes)) < rng.beta(1, 2, codes)
    if rng.random() < 0.5:
        table[:, 0] = False
    if rng.random() < 0.5:
        table[:, 1] = True
    if rng.random() < 0.3:
        table[:, 3] = table[:, 2]
    if rng.random() < 0.3:
        table[0] = False
    return table


def _one_incidence(rng: np.random.Generator) -> tuple[Any, ...]:
    return (_incidence(rng, int(rng.integers(1, 30)), int(rng.integers(4, 12))),)


def _jaccard_scipy(table: np.ndarray) -> np.ndarray:
    from scipy.spatial.distance import cdist

    similarity = 1 - np.asarray(cdist(table.T, table.T, "jaccard"))
    unheld = ~table.any(axis=0)
    similarity[unheld] = similarity[:, unheld] = np.nan
    return similarity.ravel()


def _pair_case(rng: np.random.Generator) -> tuple[Any, ...]:
    table = _incidence(rng, int(rng.integers(2, 40)))
    return (table, *(int(c) for c in rng.choice(8, 2, replace=False)))


def _pair_ours(table: np.ndarray, a: int, b: int) -> list[float]:
    sides: tuple[Any, ...] = ("greater", "less", "two-sided")
    return [ours.pair_test(table, a, b, side).pvalue for side in sides]


def _pair_scipy(table: np.ndarray, a: int, b: int) -> list[float]:
    from scipy.stats import fisher_exact

    x, y = table[:, a], table[:, b]
    cells = [[(x & y).sum(), (x & ~y).sum()], [(~x & y).sum(), (~x & ~y).sum()]]
    return [fisher_exact(cells, side).pvalue for side in ("greater", "less", "two-sided")]


def _strata_case(rng: np.random.Generator) -> tuple[Any, ...]:
    experts = int(rng.integers(3, 8))
    table = rng.random((experts, 2)) < rng.random(2)
    return table, rng.integers(0, 2, experts)


def _strata_ours(table: np.ndarray, strata: np.ndarray) -> list[float]:
    sides: tuple[Any, ...] = ("greater", "less", "two-sided")
    return [ours.pair_test(table, 0, 1, side, strata).pvalue for side in sides]


def _strata_brute(table: np.ndarray, strata: np.ndarray) -> list[float]:
    """All ways to give the second code to as many experts of each stratum."""
    ways = []
    for stratum in np.unique(strata):
        rows = np.flatnonzero(strata == stratum)
        held = int(table[rows, 1].sum())
        ways.append([sum(table[list(s), 0]) for s in combinations(rows, held)])
    overlaps = np.array([sum(way) for way in product(*ways)])
    seen = int((table[:, 0] & table[:, 1]).sum())
    chance = {value: (overlaps == value).mean() for value in set(overlaps)}
    two = sum(p for p in chance.values() if p <= chance[seen] * (1 + 1e-9))
    return [(overlaps >= seen).mean(), (overlaps <= seen).mean(), two]


def _all_pairs_scipy(table: np.ndarray) -> np.ndarray:
    from scipy.stats import hypergeom

    n, codes = table.shape
    held = table.sum(axis=0)
    out = []
    for i, j in combinations(range(codes), 2):
        both = int((table[:, i] & table[:, j]).sum())
        p = hypergeom.sf(both - 1, n, held[i], held[j])
        out += [both, held[i] * held[j] / n, p]
    return np.array(out)


def _all_pairs_ours(table: np.ndarray) -> np.ndarray:
    tests = ours.pair_tests(table, permutations=1)
    pairs = np.triu_indices(table.shape[1], 1)
    return np.column_stack([tests.count[pairs], tests.expected[pairs], tests.pvalue[pairs]]).ravel()


def _small_case(rng: np.random.Generator) -> tuple[Any, ...]:
    table = rng.random((6, 3)) < 0.5
    table[0] = [True, True, False]
    table[1] = [False, False, True]
    return (table,)


def _adjusted_ours(table: np.ndarray) -> np.ndarray:
    tests = ours.pair_tests(table, permutations=20_000)
    return tests.adjusted[np.triu_indices(3, 1)]


def _adjusted_brute(table: np.ndarray) -> list[float]:
    """The maximum over all ways to hand out the three codes, every way once."""
    n = table.shape[0]
    held = table.sum(axis=0)
    sets = [[frozenset(s) for s in combinations(range(n), int(k))] for k in held]

    def statistics(chosen: tuple[frozenset[int], ...]) -> list[float]:
        out = []
        for i, j in combinations(range(3), 2):
            mean = held[i] * held[j] / n
            variance = mean * (n - held[i]) * (n - held[j]) / (n * (n - 1))
            out.append((len(chosen[i] & chosen[j]) - mean) / variance**0.5)
        return out

    maxima = np.array([max(statistics(chosen)) for chosen in product(*sets)])
    seen = statistics(tuple(frozenset(np.flatnonzero(column)) for column in table.T))
    return [float((maxima >= z - 1e-9).mean()) for z in seen]


def _margins_case(rng: np.random.Generator) -> tuple[Any, ...]:
    return (rng.random((4, 4)) < 0.5,)


def _margins_ours(table: np.ndarray) -> np.ndarray:
    tests = ours.fixed_margin_tests(table, permutations=4000)
    return tests.expected[np.triu_indices(4, 1)]


def _margins_brute(table: np.ndarray) -> np.ndarray:
    """The mean over all tables with the same totals."""
    rows = [
        [np.array([c in chosen for c in range(4)]) for chosen in combinations(range(4), int(k))]
        for k in table.sum(axis=1)
    ]
    held = table.sum(axis=0)
    tables = [np.array(t) for t in product(*rows)]
    counts = [(t.T.astype(int) @ t) for t in tables if np.array_equal(t.sum(axis=0), held)]
    return np.asarray(np.mean(counts, axis=0)[np.triu_indices(4, 1)])


def _labels_case(rng: np.random.Generator) -> tuple[Any, ...]:
    n = int(rng.integers(1, 25))
    return rng.integers(0, rng.integers(1, 6), n), rng.integers(0, rng.integers(1, 6), n)


def _rand_pairs(a: np.ndarray, b: np.ndarray) -> float:
    """From the pairs of items that are together in both, one or neither (a 2 x 2 kappa)."""
    both = only_a = only_b = neither = 0
    for i, j in combinations(range(len(a)), 2):
        first, second = a[i] == a[j], b[i] == b[j]
        both += first and second
        only_a += first and not second
        only_b += second and not first
        neither += not first and not second
    if not only_a and not only_b:
        return 1.0
    whole = (both + only_a) * (only_a + neither) + (both + only_b) * (only_b + neither)
    return 2 * (both * neither - only_a * only_b) / whole


def _modularity_ours(table: np.ndarray) -> float:
    return ours.communities(table, runs=0).modularity


def _modularity_brute(table: np.ndarray) -> float:
    """Newman's formula for the partition that was found."""
    weights = np.nan_to_num(ours.jaccard(table))
    np.fill_diagonal(weights, 0)
    total, strength = weights.sum(), weights.sum(axis=1)
    if not total:
        return float("nan")
    labels = ours.communities(table, runs=0).labels
    same = labels[:, None] == labels[None, :]
    return float(((weights - np.outer(strength, strength) / total) * same).sum() / total)


PEERS: list[Peer] = [
    Peer(
        function="cooccurrence.jaccard",
        peer="scipy.spatial.distance.cdist",
        covers="codes raised by nobody, by all, twins, one expert",
        generate=_one_incidence,
        ours=lambda table: ours.jaccard(table).ravel(),
        theirs=_jaccard_scipy,
    ),
    Peer(
        function="cooccurrence.pair_test",
        peer="scipy.stats.fisher_exact, three alternatives",
        covers="codes raised by nobody, by all, twins",
        generate=_pair_case,
        ours=_pair_ours,
        theirs=_pair_scipy,
    ),
    Peer(
        function="cooccurrence.pair_test (strata)",
        peer="brute force over all assignments within strata",
        covers="two sessions, empty and full ones",
        generate=_strata_case,
        ours=_strata_ours,
        theirs=_strata_brute,
    ),
    Peer(
        function="cooccurrence.pair_tests",
        peer="scipy.stats.hypergeom, pair by pair",
        covers="codes raised by nobody, by all, twins, one expert",
        generate=_one_incidence,
        ours=_all_pairs_ours,
        theirs=_all_pairs_scipy,
    ),
    Peer(
        function="cooccurrence.pair_tests (adjusted)",
        peer="brute force over all assignments of three codes to six experts",
        covers="ties (random permutations: tolerance of five standard errors)",
        generate=_small_case,
        ours=_adjusted_ours,
        theirs=_adjusted_brute,
        tolerance=5 * (0.25 / 20_000) ** 0.5,
    ),
    Peer(
        function="cooccurrence.fixed_margin_tests (expected)",
        peer="brute force over all 4 x 4 tables with the same totals",
        covers="empty and full rows and columns (random tables: about five standard errors)",
        generate=_margins_case,
        ours=_margins_ours,
        theirs=_margins_brute,
        tolerance=0.06,
    ),
    Peer(
        function="cooccurrence.adjusted_rand",
        peer="counts of pairs of items",
        covers="one cluster, clusters of one, one item",
        generate=_labels_case,
        ours=ours.adjusted_rand,
        theirs=_rand_pairs,
    ),
    Peer(
        function="cooccurrence.communities (modularity)",
        peer="Newman's formula on the partition found",
        covers="codes raised by nobody, by all, twins, one expert",
        generate=_one_incidence,
        ours=_modularity_ours,
        theirs=_modularity_brute,
    ),
]
