"""Peers of the statistics of saturation, of codes together, and of talk."""

from __future__ import annotations

import math
from itertools import combinations, pairwise, permutations, product
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.distance import cdist
from scipy.stats import fisher_exact

from analysis.statistics.cooccurrence import (
    adjusted_rand,
    communities,
    jaccard,
    pair_test,
    random_tables,
)
from analysis.statistics.orders import found_by, last_without_new
from analysis.statistics.participation import echo, gini, lorenz, who_follows_whom
from analysis.statistics.results import BoolArray, FloatArray, IntArray
from analysis.statistics.saturation import (
    accumulation,
    accumulation_band,
    chao2,
    coverage,
    extrapolate,
    jackknife1,
    jackknife2,
    stopping_point,
)
from analysis.validation.peers import peer

_CODES = "codes of nobody, of one and of all, equal codes, silent experts, no code at all"
_RAISED = "codes that nobody or everybody raised, twins, one expert"


def _panel(rng: np.random.Generator, experts: int, codes: int) -> BoolArray:
    shares = rng.choice([0.0, 0.08, 0.2, 0.4, 0.7, 1.0], codes, p=[0.1, 0.3, 0.3, 0.15, 0.1, 0.05])
    table = rng.random((experts, codes)) < shares
    table[int(rng.integers(experts))] &= rng.random() < 0.8
    if codes > 1 and rng.random() < 0.3:
        table[:, 1] = table[:, 0]
    return np.asarray(table & (rng.random() < 0.95))


def _small(rng: np.random.Generator) -> BoolArray:
    return _panel(rng, int(rng.integers(1, 7)), int(rng.integers(1, 9)))


def _usual(rng: np.random.Generator) -> BoolArray:
    return _panel(rng, int(rng.integers(2, 26)), int(rng.integers(1, 31)))


# Saturation


@peer("saturation.accumulation", "all orders", _CODES)
def _accumulation(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    table = _small(rng)
    orders = permutations(range(len(table)))
    curves = np.array([np.logical_or.accumulate(table[list(o)]).sum(axis=1) for o in orders])
    found = accumulation(table)
    return [found.mean, found.sd], [curves.mean(axis=0), curves.std(axis=0)]


@peer("saturation.accumulation_band", "all orders",
      "6 experts; mean, sd and limits (tolerance: what 20,000 random orders leave)",
      0.05, 8)  # fmt: skip
def _band(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    table = rng.random((6, 12)) < 0.3
    orders = permutations(range(6))
    curves = np.array([np.logical_or.accumulate(table[list(o)]).sum(axis=1) for o in orders])
    found = accumulation_band(table, 20_000)
    theirs = [curves.mean(axis=0), curves.std(axis=0), *np.quantile(curves, [0.025, 0.975], axis=0)]
    return [found.mean, found.sd, found.low, found.high], theirs


@peer("saturation.extrapolate", "exact binomial coefficients", f"within the panel; {_CODES}")
def _rarefied(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    table = _usual(rng)
    n, held = len(table), table.sum(axis=0).tolist()
    theirs = [sum(1 - math.comb(n - f, m) / math.comb(n, m) for f in held) for m in range(1, n + 1)]
    ours = [extrapolate(table, m, resamples=0) for m in range(1, n + 1)]
    return ours, theirs if any(held) else [math.nan] * n


def chao2_by_formula(table: BoolArray, bias_corrected: bool) -> list[float]:
    """Estimate, standard error and limits as EstimateS 9 writes them out (Colwell 2013)."""
    held = [f for f in table.sum(axis=0).tolist() if f]
    m, s, u = len(table), len(held), sum(held)
    if m < 2 or s == 0:
        return [math.nan] * 4
    q1, q2, a = held.count(1), held.count(2), (m - 1) / m
    if q2 and not bias_corrected:
        estimate, r = s + a * q1 * q1 / (2 * q2), q1 / q2
        variance = q2 * (0.5 * a * r**2 + a * a * r**3 + 0.25 * a * a * r**4)
    else:
        estimate = s + a * q1 * (q1 - 1) / (2 * (q2 + 1))
        variance = (
            a * q1 * (q1 - 1) / (2 * (q2 + 1))
            + a * a * q1 * (2 * q1 - 1) ** 2 / (4 * (q2 + 1) ** 2)
            + a * a * q1**2 * q2 * (q1 - 1) ** 2 / (4 * (q2 + 1) ** 4)
        )
        if q2 == 0:
            variance -= a * a * q1**4 / (4 * estimate)
    e, z = math.exp(-u / s), 1.959963984540054
    if q1 == 0:
        variance = s * e * (1 - e)
    if estimate > s:
        stretch = math.exp(z * math.sqrt(math.log(1 + variance / (estimate - s) ** 2)))
        low, high = s + (estimate - s) / stretch, s + (estimate - s) * stretch
    else:
        half = z * math.sqrt(s * e * (1 - e)) / (1 - e)
        low, high = max(s, s / (1 - e) - half), s / (1 - e) + half
    return [estimate, math.sqrt(variance), low, high]


@peer("saturation.chao2", "EstimateS's formulas", f"both forms, with limits; {_CODES}", cases=60)
def _chao2(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    table, form = _usual(rng), bool(rng.integers(2))
    found = chao2(table, 0.95, bias_corrected=form)
    return [found.estimate, found.se, found.low, found.high], chao2_by_formula(table, form)


@peer("saturation.jackknife1", "leaving out one expert at a time", _CODES)
def _jackknife1(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    table, theirs = _usual(rng), [math.nan] * 2
    n, seen = len(table), table.any(axis=0).sum()
    if seen:
        left = np.array([np.delete(table, e, axis=0).any(axis=0).sum() for e in range(n)])
        pseudo = n * seen - (n - 1) * left
        theirs = [pseudo.mean(), pseudo.std(ddof=1) / math.sqrt(n)]
    found = jackknife1(table)
    return [found.estimate, found.se], theirs


@peer("saturation.jackknife2", "leaving out one and two experts", _CODES)
def _jackknife2(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    table = _usual(rng)
    n, seen = len(table), table.any(axis=0).sum()
    if not seen:
        return jackknife2(table), math.nan
    one, two = (
        np.mean([np.delete(table, out, axis=0).any(axis=0).sum()
                 for out in map(list, combinations(range(n), size))])
        for size in (1, 2)
    )  # fmt: skip
    return jackknife2(table), (n**2 * seen - 2 * (n - 1) ** 2 * one + (n - 2) ** 2 * two) / 2


@peer("saturation.coverage", "formulas in whole numbers", f"four sizes; {_CODES}")
def _coverage(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    table = _usual(rng)
    held: list[int] = [f for f in table.sum(axis=0).tolist() if f]
    n, u, q1, q2 = len(table), sum(held), held.count(1), held.count(2)

    def at(m: int) -> float:  # Chao et al. (2014), table 2
        if not u:
            return math.nan
        if m < n:
            return 1 - sum(f / u * math.comb(n - f, m) / math.comb(n - 1, m) for f in held)
        rare = (n - 1) * (q1 if q2 else q1 - 1)
        a = rare / (rare + (2 * q2 or 2)) if q1 else 0.0
        return 1 - q1 / u * a ** (m - n + 1)

    sizes = [n, 1, max(1, n // 2), 2 * n]
    return [coverage(table, m, resamples=0) for m in sizes], [at(m) for m in sizes]


@peer("saturation.stopping_point", "a loop", "few interviews, empty bases, ratios at the threshold",
      cases=60)  # fmt: skip
def _stopping(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    counts = (rng.integers(0, 9, int(rng.integers(0, 21))) * rng.random() ** 2).astype(int).tolist()
    base, run = int(rng.integers(1, 6)), int(rng.integers(1, 4))
    threshold = float(rng.choice([0.0, 0.05, 0.1, 0.25]))
    found, known = stopping_point(counts, base, run, threshold), sum(counts[:base])
    ends = (
        last
        for last in range(base + run, len(counts) + 1)
        if known and sum(counts[last - run : last]) / known <= threshold
    )
    confirmed = next(ends, math.nan)
    return [found.estimate, found.confirmed], [confirmed - run, confirmed]


@peer("orders.last_without_new", "all orders", _CODES)
def _last(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    table = _small(rng)
    n, k = len(table), int(rng.integers(1, len(table) + 1))
    everything = table.any(axis=0).sum()
    orders = permutations(range(n))
    quiet = [table[list(o[: n - k])].any(axis=0).sum() == everything for o in orders]
    return last_without_new(table, k), np.mean(quiet)


@peer("orders.found_by", "all choices of sessions", "share, least, most; codes of nobody and all")
def _found_by(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    table = _panel(rng, int(rng.integers(2, 7)), 8)
    total, theirs = table.any(axis=0).sum(), []
    for size in range(1, len(table) + 1) if total else ():
        heard = [table[list(c)].any(axis=0).sum() for c in combinations(range(len(table)), size)]
        theirs.append([np.mean(heard), min(heard), max(heard)])
    return found_by(table)[["share", "low", "high"]], np.array(theirs).reshape(-1, 3) / total


# Codes together


def _incidence(rng: np.random.Generator, experts: int) -> BoolArray:
    table = rng.random((experts, 8)) < rng.beta(1, 2, 8)
    table[:, 0] &= rng.random() < 0.5
    table[:, 1] |= rng.random() < 0.5
    if rng.random() < 0.3:
        table[:, 3] = table[:, 2]
    return np.asarray(table)


@peer("cooccurrence.jaccard", "scipy's cdist", _RAISED)
def _jaccard(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    table = _incidence(rng, int(rng.integers(1, 30)))
    similarity, nobody = 1 - cdist(table.T, table.T, "jaccard"), ~table.any(axis=0)
    similarity[nobody] = similarity[:, nobody] = np.nan
    return jaccard(table), similarity


@peer("cooccurrence.pair_test", "scipy's fisher_exact", f"three alternatives; {_RAISED}", cases=40)
def _pairs(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    table, theirs = _incidence(rng, int(rng.integers(1, 30))), []
    side: Any = str(rng.choice(["greater", "less", "two-sided"]))
    found = pair_test(table, 1, least=0, alternative=side).table.sort_values(["a", "b"])
    for a, b in combinations(table.T, 2):
        cells = [[(a & b).sum(), (a & ~b).sum()], [(~a & b).sum(), (~a & ~b).sum()]]
        varies = 0 < a.sum() < a.size and 0 < b.sum() < b.size
        theirs.append(fisher_exact(cells, side).pvalue if varies else math.nan)
    return found["pvalue"], theirs


def assignments(table: BoolArray, clusters: IntArray) -> list[BoolArray]:
    """Every table with each code's number of experts in each cluster."""
    columns = []
    for code in table.T:
        ways = []
        for cluster in np.unique(clusters):
            rows = np.flatnonzero(clusters == cluster)
            ways.append(list(combinations(rows, int(code[rows].sum()))))
        columns.append([np.isin(np.arange(len(table)), np.concatenate(w)) for w in product(*ways)])
    return [np.array(drawn).T for drawn in product(*columns)]


@peer("cooccurrence.pair_test", "all ways to hand out the codes",
      "adjusted p, within two sessions or without (tolerance: five errors of 20,000 draws)",
      5 * 0.5 / math.sqrt(20_000), 4)  # fmt: skip
def _adjusted(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    table, sessions = rng.random((6, 3)) < 0.5, np.array([0, 1, 1, 0, 1, 1]) * rng.integers(2)
    pairs = list(combinations(range(3), 2))
    every = [[(t[:, a] & t[:, b]).sum() for a, b in pairs] for t in assignments(table, sessions)]
    p = np.array([[np.mean(c >= own) for own in c] for c in np.transpose(every)]).T
    observed = [(table[:, a] & table[:, b]).sum() for a, b in pairs]
    own = p[every.index(observed)]
    varies = np.ptp(every, axis=0) > 0
    smallest = p[:, varies].min(axis=1, initial=1.0)
    theirs = [np.mean(smallest <= x * (1 + 1e-9)) for x in own]
    found = pair_test(table, 20_000, sessions, least=0).table.sort_values(["a", "b"])
    return found["adjusted"], np.where(varies, theirs, np.nan)


@peer("cooccurrence.random_tables", "all tables with the same totals",
      "4 x 4; mean count of each pair (tolerance: about five errors of 4,000 tables)",
      0.06, 8)  # fmt: skip
def _totals(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    table = rng.random((4, 4)) < 0.5
    same = [t for t in assignments(table, np.zeros(4, dtype=np.int64))
            if (t.sum(axis=1) == table.sum(axis=1)).all()]  # fmt: skip
    drawn = random_tables(table, 4000)
    ours, theirs = (np.mean([t.T.astype(int) @ t for t in ts], axis=0) for ts in (drawn, same))
    return ours, theirs


@peer("cooccurrence.communities", "Newman's formula", f"modularity of what was found; {_RAISED}")
def _modularity(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    table = _incidence(rng, int(rng.integers(1, 30)))
    found, weights = communities(table, runs=0), np.nan_to_num(jaccard(table))
    np.fill_diagonal(weights, 0)
    total, strength = weights.sum(), weights.sum(axis=1)
    same = np.equal.outer(found.labels, found.labels)
    if not total:
        return found.modularity, math.nan
    return found.modularity, ((weights - np.outer(strength, strength) / total) * same).sum() / total


def rand_by_pairs(a: ArrayLike, b: ArrayLike) -> float:
    """The adjusted Rand index from the pairs that are together in both, in one, in neither."""
    both = only_a = only_b = neither = 0
    for (first, x), (second, y) in combinations(zip(*np.stack([a, b]).tolist(), strict=True), 2):
        both += first == second and x == y
        only_a += first == second and x != y
        only_b += first != second and x == y
        neither += first != second and x != y
    if not only_a and not only_b:
        return 1.0
    above = 2 * (both * neither - only_a * only_b)
    return above / ((both + only_a) * (only_a + neither) + (both + only_b) * (only_b + neither))


@peer("cooccurrence.adjusted_rand", "counts of pairs", "one group, groups of one, one thing")
def _rand(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    n = int(rng.integers(1, 25))
    a, b = (rng.integers(0, rng.integers(1, 6), n) for _ in range(2))
    return adjusted_rand(a, b), rand_by_pairs(a, b)


# Talk


def gini_by_pairs(amounts: ArrayLike) -> float:
    """The mean absolute difference of all ordered pairs, over twice the mean."""
    given = np.asarray(amounts, dtype=float)
    apart = np.abs(given[:, None] - given).sum()
    return float(apart / (2 * given.size * given.sum())) if given.any() else math.nan


def _amounts(rng: np.random.Generator) -> FloatArray:
    size = int(rng.integers(1, 25))
    counts, lengths = rng.integers(0, 5, size), rng.lognormal(0, 1, size)
    return np.where(rng.random() < 0.5, counts, lengths) * (rng.random() < 0.9)


@peer("participation.gini", "differences of all pairs", "ties, zeros, nobody, one speaker")
def _gini(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    amounts = _amounts(rng)
    return gini(amounts, resamples=0), gini_by_pairs(amounts)


@peer("participation.lorenz", "the Gini coefficient, by pairs, beside the area of the curve",
      "ties, zeros, nobody, one speaker")  # fmt: skip
def _lorenz(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    amounts = _amounts(rng)
    people, talk = np.asarray(lorenz(amounts)).T
    return 1 - 2 * np.trapezoid(talk, people), gini_by_pairs(amounts)


@peer("participation.who_follows_whom", "a loop", "counts; sessions, speakers twice in a row")
def _followed(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    n = int(rng.integers(1, 40))
    speakers = rng.choice(["ann", "bob", "cid", "dee"], n, p=[0.6, 0.2, 0.1, 0.1]).tolist()
    sessions = rng.integers(0, 3, n).tolist()
    last: dict[int, str] = {}
    pairs = []
    for speaker, session in zip(speakers, sessions, strict=True):
        if session in last and last[session] != speaker:
            pairs.append((last[session], speaker))
        last[session] = speaker
    names = sorted(set(speakers))
    found = who_follows_whom(speakers, sessions, permutations=0)
    return found.counts, [pairs.count(pair) for pair in product(names, repeat=2)]


@peer("participation.who_follows_whom", "all orders in which nobody follows themself",
      "what is expected; 7 turns, one question or two (tolerance: about five errors)",
      0.08, 4)  # fmt: skip
def _shuffled(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    turns = [0]
    while len(turns) < 7:
        turns.append(int(rng.choice([s for s in range(4) if s != turns[-1]])))
    cut = int(rng.integers(2, 8))
    counts: dict[tuple[int, int], int] = {}
    orders = {a + b for a in permutations(turns[:cut]) for b in permutations(turns[cut:])}
    orders = {o for o in orders if all(a != b for a, b in pairwise(o))}
    for order in orders:
        for pair in pairwise(order):
            counts[pair] = counts.get(pair, 0) + 1
    questions = ["first"] * cut + ["second"] * (7 - cut)
    table = who_follows_whom(turns, questions=questions).table
    pairs = zip(table["before"].tolist(), table["after"].tolist(), strict=True)
    return table["expected"], [counts.get(pair, 0) / len(orders) for pair in pairs]


@peer("participation.echo", "all orders within blocks", "observed, expected; one speaker, blocks")
def _echo(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    n = int(rng.integers(2, 7))
    raised, questions = rng.random((n, 3)) < rng.random(3), rng.integers(0, 2, n)
    experts = rng.choice(["a", "b"], n)

    def echoes(order: tuple[int, ...]) -> IntArray:
        total = np.zeros(3, dtype=np.int64)
        for at, (before, after) in enumerate(pairwise(order)):
            if experts[at] != experts[at + 1]:
                total += raised[before] & raised[after]
        return total

    # statements of one expert on one question change places among themselves
    alike = [[i for i in range(n) if (experts[i], questions[i]) == (experts[j], questions[j])]
             for j in range(n)]  # fmt: skip
    kept = [o for o in permutations(range(n)) if all(o[j] in alike[j] for j in range(n))]
    found = echo(raised, experts, questions=questions, permutations=10).table
    return found[["echoes", "expected"]].T, [
        echoes(tuple(range(n))),
        np.mean([echoes(o) for o in kept], axis=0),
    ]
