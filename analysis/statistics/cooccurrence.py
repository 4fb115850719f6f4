"""Which codes are raised by the same experts: how alike they are, which pairs go beyond chance.

The chance model: each code keeps how many experts of each cluster (session) raised it; which they
are is random, independently of the other codes. Talkative experts are then a cause of pairs; with
``keep_totals`` each expert keeps the number of codes, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import pairwise

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.statistics import chance
from analysis.statistics.chance import ROUNDING, AgainstChance, Alternative
from analysis.statistics.inputs import as_incidence, as_numbers, fraction, whole
from analysis.statistics.orders import bits
from analysis.statistics.resampling import SEED, resample
from analysis.statistics.results import BoolArray, FloatArray, IntArray

#: Tables that one chain of trades hands over; rounds before the first, and between two.
_TABLES_PER_CHAIN, _BURN_IN, _THIN = 10, 30, 5
#: Experts are drawn in lots of up to so many, from a table of all their subsets.
_LOT = 20
#: Counts of pairs that are worked on at a time, so that they stay in the processor's cache.
_BLOCK = 400_000
#: Tables with all totals kept: their cells at most, and how many tables there are at least.
_MOST_DEALT, _FEWEST_TABLES = 50_000_000, 1000
#: Above so many experts none is left out in turn: one of them cannot be seen.
_MOST_LEFT_OUT = 100


def jaccard(incidence: ArrayLike) -> FloatArray:
    """Jaccard's similarity of codes: experts raising both over experts raising either.

    Codes x codes, symmetric, 1 on the diagonal. NaN for a code that nobody raised: against a raised
    code the formula would say 0, a difference where nothing was observed.

    References
    ----------
    Jaccard (1901), Bulletin de la Societe Vaudoise des Sciences Naturelles 37, 547-579.

    Examples
    --------
    >>> jaccard([[1, 1, 0], [1, 0, 0]])
    array([[1. , 0.5, nan],
           [0.5, 1. , nan],
           [nan, nan, nan]])
    """
    table = as_incidence(incidence).astype(np.float64)
    both = table.T @ table
    held = np.diag(both)
    with np.errstate(invalid="ignore"):
        similarity = both / (held[:, None] + held - both)
    similarity[held == 0] = similarity[:, held == 0] = np.nan
    return similarity


def pair_test(
    incidence: ArrayLike,
    permutations: int = 10_000,
    clusters: ArrayLike | None = None,
    seed: int = SEED,
    least: int = 2,
    alternative: Alternative = "greater",
    alpha: float = 0.05,
    keep_totals: bool = False,
) -> AgainstChance:
    """All pairs of codes: which are raised together more often than chance lets them be.

    The p-value of a pair is exact: the number of experts with both codes is hypergeometric in each
    cluster (Fisher's test; over clusters the conditional test of 2 x 2 x K tables). ``adjusted``
    takes all tested pairs into account by the smallest p-value of each draw (Westfall & Young 1993,
    min-p): (1 + draws with a p as small) / (1 + draws). ``observed`` counts the pairs whose p is at
    most ``alpha``, ``expected`` and ``test`` say how many chance gives: exact p-values of few
    experts take few values, so that it is fewer than a share ``alpha`` of them.

    A pair is tested if ``least`` experts or more raised each of its codes, and its count could
    vary.

    With ``keep_totals`` draws also keep how many codes (of tested pairs) each expert raised:
    ``adjusted``, ``expected`` and ``test`` then ask for more than talkative experts bring about;
    ``pvalue`` and the count that is expected of a pair stay those of the simpler model. Of tables
    of more than 5,000 cells fewer are drawn then, 1,000 at least; ``method`` says how many.

    ``table`` has one row a pair, the smallest p first: ``a``, ``b`` (columns of a frame, else
    numbers), ``k_a``, ``k_b``, ``both``, ``n`` experts, ``expected``, ``jaccard``, ``pvalue``,
    ``adjusted``, and the ``reason`` for a pair that is not tested.

    Raises
    ------
    ValueError
        If ``incidence`` is no matrix of 0 and 1, a cluster is missing, or an option is unknown.
    """
    table = as_incidence(incidence)
    chance.check_alternative(alternative)
    permutations, least = whole(permutations, "permutations", 1), whole(least, "least", 0)
    alpha = fraction(alpha, "alpha")
    n, codes = table.shape
    number = chance.clustered(clusters, n)
    rows = chance.members(number)
    sizes, held = [r.size for r in rows], chance.held_by(table, rows)
    i, j = np.triu_indices(codes, 1)
    mass = chance.shared_count(sizes, held[:, i], held[:, j])
    tests = chance.exact_pvalues(mass, alternative)
    k, similarity = table.sum(axis=0, dtype=np.int64), jaccard(table)
    both = (table.T.astype(np.int64) @ table)[i, j]
    few = np.minimum(k[i], k[j]) < least
    fixed = np.count_nonzero(mass, axis=1) < 2
    tested = ~few & ~fixed
    pvalue = np.where(tested, tests[np.arange(i.size), both], np.nan)
    drawn, adjusted = np.empty((0, 2)), np.full(i.size, np.nan)
    if tested.any():
        used = np.unique(np.concatenate([i[tested], j[tested]]))
        inner = np.isin(i, used) & np.isin(j, used)
        ranks, limit = _ranked(np.where(tested[:, None], tests, 1.0), alpha)
        task = partial(
            _smallest, table=table[:, used], number=number, keep_totals=keep_totals,
            ranks=ranks[inner], limit=limit,
        )  # fmt: skip
        if keep_totals:
            permutations = min(permutations, max(_MOST_DEALT // table.size, _FEWEST_TABLES))
        block = 1000 if keep_totals else _block(inner.sum())
        drawn = resample(task, permutations, seed, chunk=block)
        own = ranks[np.arange(i.size), both]
        as_small = np.searchsorted(np.sort(drawn[:, 0]), own, side="right")
        adjusted = np.where(tested, (1 + as_small) / (1 + permutations), np.nan)
        if not keep_totals:
            adjusted = np.maximum(adjusted, pvalue)
    names = np.array(chance.columns(incidence), dtype=object)
    out = pd.DataFrame(
        {
            "a": names[i], "b": names[j], "k_a": k[i], "k_b": k[j], "both": both, "n": n,
            "expected": sum(h[i] * h[j] / size for h, size in zip(held, sizes, strict=True)),
            "jaccard": similarity[i, j],
            "pvalue": pvalue, "adjusted": adjusted,
            "reason": np.select([few, fixed], [f"fewer than {least} experts", "cannot vary"], ""),
        }
    )  # fmt: skip
    out = out.sort_values(["pvalue", "jaccard"], ascending=[True, False], kind="stable")
    small = tests <= alpha * (1 + ROUNDING)
    mean = float((mass * small)[tested].sum())
    if keep_totals and tested.any():
        mean = float(drawn[:, 1].mean())
    return chance.against_chance(
        out.reset_index(drop=True), int((pvalue <= alpha * (1 + ROUNDING)).sum()),
        int(tested.sum()), mean, drawn[:, 1],
        f"exact tests of pairs; {permutations:,} draws of experts"
        + (" within clusters" if clusters is not None else "")
        + (", each with as many codes" if keep_totals else ""),
        "cooccurrence.pair_test", "" if tested.any() else "there is no pair that could be tested",
    )  # fmt: skip


def _ranked(pvalues: FloatArray, alpha: float) -> tuple[NDArray[np.integer], int]:
    """p-values as small whole numbers without differences that are only rounding, and alpha's."""
    values, ranks = np.unique(np.round(np.log(pvalues), 9), return_inverse=True)
    kind = np.uint16 if values.size < 1 << 16 else np.uint32
    limit = int(np.searchsorted(values, np.log(alpha) + ROUNDING, side="right"))
    return ranks.reshape(pvalues.shape).astype(kind), limit


def _smallest(
    size: int,
    rng: np.random.Generator,
    *,
    table: BoolArray,
    number: IntArray,
    keep_totals: bool,
    ranks: NDArray[np.integer],
    limit: int,
) -> IntArray:
    """The smallest p-value of each draw, as its rank, and how many are below ``limit``: size x 2.

    ``ranks`` is pairs x counts, pairs in the order of ``np.triu_indices``.
    """
    if keep_totals:
        drawn = _with_totals(size, rng, table=table, number=number).transpose(2, 0, 1)
        words = np.ascontiguousarray(np.moveaxis(bits(drawn), 2, 0))
    else:
        words = _sets(table, number, size, rng)
    block = _block(len(ranks))
    parts = [words[..., at : at + block] for at in range(0, size, block)]
    return np.concatenate([_ranks_of(part, len(table), ranks, limit) for part in parts])


def _block(pairs: int) -> int:
    """How many draws are worked on at a time."""
    return int(np.clip(_BLOCK // pairs, 20, 1000))


def _ranks_of(
    words: NDArray[np.uint64], experts: int, ranks: NDArray[np.integer], limit: int
) -> IntArray:
    """:func:`_smallest` of draws whose experts are bits: words x codes x draws."""
    codes, size, at = words.shape[1], words.shape[2], 0
    counts = np.zeros((len(ranks), size), dtype=np.uint8 if experts < 256 else np.uint32)
    for code in range(codes - 1):
        later = counts[at : at + codes - 1 - code]
        for word in words:
            later += np.bitwise_count(word[code + 1 :] & word[code])
        at += len(later)
    found = ranks.take(counts + (np.arange(len(ranks)) * ranks.shape[1])[:, None])
    return np.column_stack([found.min(axis=0), (found < limit).sum(axis=0)]).astype(np.int64)


def _sets(
    table: BoolArray, number: IntArray, size: int, rng: np.random.Generator
) -> NDArray[np.uint64]:
    """Random experts for each code, as many of each cluster as raised it: words x codes x size.

    An expert is a bit, and as many lots of up to 20 experts share a word as find room in it.
    """
    words: list[NDArray[np.uint64]] = []
    free = 0
    for rows in chance.members(number):
        held = np.repeat(table[rows].sum(axis=0)[:, None], size, axis=1)
        for width, lot in _lots(rows.size, held, rng):
            if width > free:
                words.append(np.zeros(held.shape, dtype=np.uint64))
                free = 64
            free -= width
            words[-1] |= lot.astype(np.uint64) << np.uint64(free)
    return np.stack(words)


def _lots(
    size: int, held: IntArray, rng: np.random.Generator
) -> Iterator[tuple[int, NDArray[np.uint32]]]:
    """Random subsets of ``size`` experts with ``held`` members, in lots of up to 20 experts."""
    if size > _LOT:
        half = size // 2
        first = rng.hypergeometric(held, size - held, half)
        yield from _lots(half, first, rng)
        yield from _lots(size - half, held - first, rng)
        return
    subsets, before = _subsets(size)
    ways = np.diff(before)
    yield size, subsets[before[held] + (rng.random(held.shape) * ways[held]).astype(np.int64)]


@lru_cache(maxsize=_LOT + 1)
def _subsets(size: int) -> tuple[NDArray[np.uint32], IntArray]:
    """All subsets of ``size`` experts as bits, small ones first; how many are smaller than k."""
    patterns = np.arange(1 << size, dtype=np.uint32)
    members_of = np.bitwise_count(patterns)
    before = np.concatenate([[0], np.cumsum(np.bincount(members_of, minlength=size + 1))])
    return patterns[np.argsort(members_of, kind="stable")], before


def random_tables(
    incidence: ArrayLike, tables: int = 99, clusters: ArrayLike | None = None, seed: int = SEED
) -> BoolArray:
    """Random tables in which experts and codes keep their totals: tables x experts x codes.

    By global curveball trades from the observed table (Carstens, Berger & Strona 2016); with
    ``clusters`` codes keep their totals in each of them. All equal to the observed one where no
    other table has its totals.
    """
    table = as_incidence(incidence)
    number = chance.clustered(clusters, len(table))
    task = partial(_with_totals, table=table, number=number)
    return resample(task, whole(tables, "tables", 1), seed)


def _with_totals(
    size: int, rng: np.random.Generator, *, table: BoolArray, number: IntArray
) -> BoolArray:
    """``size`` random tables, from as many chains as are needed."""
    starts = np.concatenate([[0], np.cumsum(np.bincount(number))])
    first = [np.arange(a, b - 1, 2) for a, b in pairwise(starts)]
    pairs = np.concatenate([np.zeros(0, dtype=np.int64), *first])
    state = np.repeat(table[None], -(-size // _TABLES_PER_CHAIN), axis=0)
    kept = np.empty((_TABLES_PER_CHAIN, *state.shape), dtype=np.bool_)
    for handed in range(_TABLES_PER_CHAIN):
        for _ in range(_THIN if handed else _BURN_IN):
            if pairs.size and table.shape[1]:
                _trade(state, number, pairs, rng)
        kept[handed] = state
    return kept.reshape(_TABLES_PER_CHAIN * len(state), *table.shape)[:size]


def _trade(state: BoolArray, number: IntArray, pairs: IntArray, rng: np.random.Generator) -> None:
    """One round of trades in every table (chains x experts x codes), in place.

    Experts are paired at random within clusters. Each pair pools the codes that only one of the two
    has and deals them out again, each keeping its number. A round undoes itself with the same
    probability, so that all tables stay equally likely.
    """
    order = np.argsort(number + rng.random(state.shape[:2]), axis=1)
    chain = np.arange(len(state))[:, None]
    a, b = order[:, pairs], order[:, pairs + 1]
    of_a, of_b = state[chain, a], state[chain, b]
    pool = of_a ^ of_b
    keep = (of_a & pool).sum(axis=2)[:, :, None]
    key = np.where(pool, rng.random(pool.shape), 2.0)
    last = np.take_along_axis(np.sort(key, axis=2), np.maximum(keep - 1, 0), axis=2)
    dealt = pool & (key <= last) & (keep > 0)
    state[chain, a], state[chain, b] = (of_a & of_b) | dealt, (of_a & of_b) | (pool & ~dealt)


@dataclass(frozen=True, eq=False)
class Communities:
    """Groups of codes on the graph of their similarities.

    ``labels`` (codes,) number the groups from 0, the largest first; -1 marks a code that nobody
    raised. ``modularity`` is that of the grouping (NaN without edges, with the ``reason``). How far
    it can be trusted: ``by_seed`` (runs,) and ``by_expert`` (experts,) hold the adjusted Rand index
    of the grouping with those from other seeds, and with each expert left out in turn (over codes
    that the others still raise; none is left out of more than 100); ``together`` (codes x codes) is
    the share of all these runs that put two codes into one group. ``n`` is the number of experts.
    """

    labels: IntArray
    modularity: float
    by_seed: FloatArray
    by_expert: FloatArray
    together: FloatArray
    n: int
    reason: str = ""


def communities(incidence: ArrayLike, seed: int = SEED, runs: int = 50) -> Communities:
    """Louvain communities of codes (Blondel et al. 2008), weighted by :func:`jaccard`.

    With few experts nearly all codes are joined and modularity is low: see how the groups survive
    other seeds (``runs`` of them) and the loss of any one expert, and what :func:`random_tables`
    give, before reading anything into them. Groups from another seed and without an expert differ
    for both reasons: compare ``by_expert`` with ``by_seed``.
    """
    table = as_incidence(incidence)
    runs, n = whole(runs, "runs", 0), len(table)
    raised = table.any(axis=0)
    labels = np.full(table.shape[1], -1, dtype=np.int64)
    labels[raised], modularity = graph_communities(jaccard(table[:, raised]), seed)
    leave_out = range(n if n <= _MOST_LEFT_OUT else 0)
    seeds = np.random.SeedSequence(seed).generate_state(runs + n)
    further = _groupings(table, seeds[:runs])
    for e in leave_out:
        further += _groupings(np.delete(table, e, axis=0), seeds[runs + e : runs + e + 1])
    partitions = np.array(further).reshape(runs + len(leave_out), table.shape[1])
    there = partitions >= 0
    pairs = (there[:, :, None] & there[:, None, :]).sum(axis=0)
    same = (partitions[:, :, None] == partitions[:, None, :]) & there[:, :, None]
    together = np.full(pairs.shape, np.nan)
    np.divide(same.sum(axis=0), pairs, out=together, where=pairs > 0)
    scores = [adjusted_rand(labels[p >= 0], p[p >= 0]) for p in partitions]
    reason = "no expert raised two codes" if np.isnan(modularity) else ""
    return Communities(
        labels, modularity, np.array(scores[:runs]), np.array(scores[runs:]), together, n, reason
    )  # fmt: skip


def _groupings(table: BoolArray, seeds: NDArray[np.integer]) -> list[IntArray]:
    """The groups of codes (-1 for a code that nobody raised) from each of the seeds."""
    raised = table.any(axis=0)
    graph, found = _graph(np.nan_to_num(jaccard(table[:, raised]))), []
    for seed in seeds.tolist():
        labels = np.full(table.shape[1], -1, dtype=np.int64)
        labels[raised] = _louvain(graph, seed)
        found.append(labels)
    return found


def graph_communities(weights: ArrayLike, seed: int = SEED) -> tuple[IntArray, float]:
    """Louvain communities of a weighted graph (nodes x nodes, symmetric), and their modularity.

    Weights count in whole units of 10^-12: with sums of floats the search of networkx 3.6 can go
    round in circles for ever (its issue 8739), with whole numbers its sums come back to where they
    were. NaN and 0 are no edge, the diagonal is ignored; without edges each node is alone.

    Raises
    ------
    ValueError
        If the weights are not square, symmetric, finite and non-negative.
    """
    matrix = np.nan_to_num(as_numbers(weights, "weights"), nan=0.0, posinf=-1.0)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"weights must be nodes x nodes, got shape {matrix.shape}")
    if not np.array_equal(matrix, matrix.T) or (matrix < 0).any():
        raise ValueError("weights must be symmetric, finite and not negative")
    graph = _graph(matrix)
    labels = _louvain(graph, seed)
    if not graph.size():
        return labels, float("nan")
    groups = [np.flatnonzero(labels == label).tolist() for label in range(labels.max() + 1)]
    return labels, float(nx.community.modularity(graph, groups, weight="weight"))


def _graph(weights: FloatArray) -> nx.Graph:
    """The graph of symmetric weights, in whole units of 10^-12."""
    graph = nx.Graph()
    graph.add_nodes_from(range(len(weights)))
    one, other = np.nonzero(np.triu(np.round(weights * 1e12), 1))
    units = [round(weight * 10**12) for weight in weights[one, other].tolist()]
    graph.add_weighted_edges_from(zip(one.tolist(), other.tolist(), units, strict=True))
    return graph


def _louvain(graph: nx.Graph, seed: int) -> IntArray:
    """The number of each node's group, from 0, the largest first."""
    labels = np.arange(len(graph), dtype=np.int64)
    if graph.size():
        found = nx.community.louvain_communities(graph, weight="weight", seed=seed)
        groups = sorted(map(sorted, found), key=_largest_first)
        for label, group in enumerate(groups):
            labels[group] = label
    return labels


def _largest_first(group: list[int]) -> tuple[int, int]:
    return -len(group), group[0]


def adjusted_rand(a: ArrayLike, b: ArrayLike) -> float:
    """The adjusted Rand index of two groupings of the same things: 1 equal, 0 as by chance.

    1 also where both have one group, or only groups of one (0/0); NaN without things.

    References
    ----------
    Hubert & Arabie (1985), Journal of Classification 2, 193-218, eq. 5.

    Examples
    --------
    >>> round(adjusted_rand([0, 0, 1, 2], [0, 0, 1, 1]), 2)
    0.57
    """
    if np.ndim(a) != 1 or np.shape(a) != np.shape(b):
        raise ValueError(f"expected two labels a thing, got shapes {np.shape(a)}, {np.shape(b)}")
    if not np.size(a):
        return float("nan")
    (first, x), (second, y) = (chance.numbered(labels, np.size(a), "labels") for labels in (a, b))
    table = np.zeros((len(first), len(second)))
    np.add.at(table, (x, y), 1)
    together, in_a, in_b, every = (
        float((counts * (counts - 1)).sum() / 2)
        for counts in (table, table.sum(axis=1), table.sum(axis=0), table.sum(keepdims=True))
    )
    by_chance = in_a * in_b / every if every else 0.0
    limit = (in_a + in_b) / 2
    return 1.0 if limit == by_chance else (together - by_chance) / (limit - by_chance)
