"""Peers of the statistics of shares, tables of counts, ranks, and groups of experts."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations, permutations, product
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.stats import beta, betabinom, binom, bootstrap, fisher_exact, norm
from scipy.stats.contingency import association

from analysis.statistics.association import (
    adjust,
    cramers_v,
    expected_cramers_v,
    freeman_halton,
    shrunken_shares,
)
from analysis.statistics.proportions import (
    METHODS,
    detectable_share,
    detection_probability,
    interval,
    required_n,
)
from analysis.statistics.ranks import rank_ranges
from analysis.statistics.summary import mean
from analysis.statistics.two_groups import contrast, contrasts, power_exact
from analysis.validation.peers import peer

_SPARSE = "sparse, empty rows and columns"

# Shares


def limits_by_formula(k: int, n: int, method: str, confidence: float) -> list[float]:
    """The three intervals from their definitions, without statsmodels."""
    tail, z = (1 - confidence) / 2, norm.ppf((1 + confidence) / 2)
    if method == "wilson":  # the two roots of (k/n - p)^2 = z^2 p (1 - p) / n
        return sorted(np.roots([1 + z**2 / n, -(2 * k + z**2) / n, (k / n) ** 2]).real)
    half = 0.5 if method == "jeffreys" else 0.0
    low = beta.ppf(tail, k + half, n - k + 1 - half) if k else 0.0
    return [float(low), float(beta.ppf(1 - tail, k + 1 - half, n - k + half)) if k < n else 1.0]


@peer("proportions.interval", "definitions with scipy's quantiles",
      "three methods; none, all and some; 80% to 99%", cases=90)  # fmt: skip
def _interval(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    n = int(rng.integers(1, 61))
    k = int(rng.choice([0, n, *rng.integers(0, n + 1, size=3).tolist()]))
    method, confidence = str(rng.choice(list(METHODS))), float(rng.choice([0.8, 0.9, 0.95, 0.99]))
    found = interval(k, n, method, confidence)
    return [found.low, found.high], limits_by_formula(k, n, method, confidence)


def missed(p: Fraction, n: int, instances: int) -> Fraction:
    """The probability that fewer than ``instances`` of n raise it, as an exact fraction."""
    terms = [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(min(instances, n + 1))]
    return sum(terms, Fraction(0))


@peer("proportions.detection_probability", "sums of exact fractions",
      "shares 0 to 1, no experts, 1 to 3 instances", cases=40)  # fmt: skip
def _detection(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    twentieths, n, instances = (int(rng.integers(a, b)) for a, b in ((0, 21), (0, 41), (1, 4)))
    found = detection_probability(twentieths / 20, n, instances)
    return found, float(1 - missed(Fraction(twentieths, 20), n, instances))


@peer("proportions.required_n", "counting up in exact fractions",
      "shares 0 to 1, probabilities 0 to 1, no number enough", 0, 40)  # fmt: skip
def _required(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    twentieths, instances = int(rng.integers(0, 21)), int(rng.integers(1, 4))
    hundredths = int(rng.choice([0, 50, 80, 90, 95, 99, 100]))
    p, wanted = Fraction(twentieths, 20), Fraction(hundredths, 100)
    enough = (n for n in range(300) if 1 - missed(p, n, instances) >= wanted)
    return required_n(twentieths / 20, hundredths / 100, instances), next(enough, math.nan)


@peer("proportions.detectable_share", "root of the exact sum by halving", "1 to 60 experts")
def _detectable(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    n, wanted, low, high = int(rng.integers(1, 61)), float(rng.uniform(0.01, 0.99)), 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if 1 - (1 - middle) ** n < wanted else (low, middle)
    return detectable_share(n, wanted), high


@peer("summary.mean", "scipy's percentile bootstrap",
      "the limits; 8 to 20 values (tolerance: what 10,000 draws on each side leave)",
      0.05, 6)  # fmt: skip
def _mean(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    values = rng.normal(size=int(rng.integers(8, 21)))
    found = mean(values)
    theirs = bootstrap((values,), np.mean, n_resamples=10_000, method="percentile", rng=rng)
    return [found.low, found.high], [*theirs.confidence_interval]


def sign_pvalue(more: int, less: int, n: int) -> float:
    """The exact unconditional sign test with loops: the worst share of discordant experts."""

    def sign_test(k: int, d: int) -> float:
        return float(Fraction(sum(math.comb(d, x) for x in range(k, d + 1)), 2**d))

    seen, shares, chance = sign_test(more, more + less), np.linspace(0, 1, 401), np.zeros(401)
    for d in range(n + 1):
        extreme = sum(math.comb(d, k) for k in range(d + 1) if sign_test(k, d) <= seen)
        chance += math.comb(n, d) * shares**d * (1 - shares) ** (n - d) * extreme / 2**d
    return float(chance.max())


@peer("ranks.rank_ranges", "sign tests and Holm's steps in loops", "ties, codes of nobody and all",
      0, cases=12)  # fmt: skip
def _ranks(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    codes, n = 4, int(rng.integers(6, 13))
    table = rng.random((n, codes)) < rng.choice([0.0, 0.05, 0.5, 0.95, 1.0], codes)
    tests = []
    for j, k in permutations(range(codes), 2):
        ahead = int((table[:, j] & ~table[:, k]).sum())
        tests.append((sign_pvalue(ahead, int((table[:, k] & ~table[:, j]).sum()), n), j, k))
    low, high = [1] * codes, [codes] * codes
    for done, (p, j, k) in enumerate(sorted(tests)):
        if p > 0.05 / (len(tests) - done):
            break
        low[k] += 1
        high[j] -= 1
    counts = table.sum(axis=0).tolist()
    rank = [1 + sum(other > count for other in counts) for count in counts]
    return rank_ranges(table).to_numpy().T, [rank, low, high]


# Tables


def every_table(rows: Sequence[int], columns: Sequence[int]) -> Iterator[list[tuple[int, ...]]]:
    """Every table with these margins, by plain recursion over rows."""
    if len(rows) == 1:
        yield [tuple(columns)]
        return
    for row in product(*(range(min(rows[0], c) + 1) for c in columns)):
        if sum(row) == rows[0]:
            for rest in every_table(rows[1:], [c - x for c, x in zip(columns, row, strict=True)]):
                yield [row, *rest]


def exact_pvalue(table: ArrayLike) -> float:
    """The Freeman-Halton p by going through every table, in whole numbers."""
    cells = np.asarray(table).tolist()
    rows = [sum(row) for row in cells if sum(row)]
    columns = [sum(column) for column in zip(*cells, strict=True) if sum(column)]
    if len(rows) < 2 or len(columns) < 2:
        return math.nan

    def ways(candidate: Sequence[Sequence[int]]) -> int:
        below = math.prod(math.factorial(x) for row in candidate for x in row)
        return math.factorial(sum(rows)) // below

    found = [ways(candidate) for candidate in every_table(rows, columns)]
    return float(Fraction(sum(w for w in found if w <= ways(cells)), sum(found)))


def _small_table(rng: np.random.Generator) -> NDArray[Any]:
    shape = (int(rng.integers(2, 4)), int(rng.integers(2, 5)))
    cells = np.ones(shape[0] * shape[1]) / shape[0] / shape[1]
    table = rng.multinomial(int(rng.integers(1, 12)), cells).reshape(shape)
    table[rng.integers(shape[0])] *= rng.random() < 0.8
    table[:, rng.integers(shape[1])] *= rng.random() < 0.8
    return np.asarray(table)


@peer("association.freeman_halton", "all tables with the same margins, in whole numbers",
      f"2 x 2 to 3 x 4, {_SPARSE}", cases=60)  # fmt: skip
def _exact(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    table = _small_table(rng)
    return freeman_halton(table).pvalue, exact_pvalue(table)


@peer("association.freeman_halton", "all tables with the same margins, in whole numbers",
      "2 x 8, 20 experts in groups of two or three")  # fmt: skip
def _eight_groups(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    sizes = np.array([2, 2, 2, 2, 3, 3, 3, 3])
    raised = rng.binomial(sizes, rng.uniform(0.2, 0.8))
    table = np.array([raised, sizes - raised])
    return freeman_halton(table).pvalue, exact_pvalue(table)


@peer("association.cramers_v", "scipy's association", f"raw; {_SPARSE}", cases=40)
def _raw_v(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    table = _small_table(rng)
    kept = table[table.any(axis=1)][:, table.any(axis=0)]
    theirs = association(kept, method="cramer") if min(kept.shape) > 1 else math.nan
    return cramers_v(table, bias_corrected=False), theirs


def corrected_v(table: ArrayLike) -> float:
    """Bergsma's corrected V, written out with loops."""
    cells: list[list[int]] = np.asarray(table).tolist()
    rows, columns = [sum(row) for row in cells], [sum(c) for c in zip(*cells, strict=True)]
    n, r, c = sum(rows), sum(x > 0 for x in rows), sum(x > 0 for x in columns)
    if r < 2 or c < 2:
        return math.nan
    phi2 = -1.0
    for row, column in product(range(len(rows)), range(len(columns))):
        x = cells[row][column]
        phi2 += x * x / (rows[row] * columns[column]) if x else 0.0
    phi2 = max(0.0, phi2 - (r - 1) * (c - 1) / (n - 1))
    smaller = min(r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)) - 1
    return math.nan if smaller < 1e-12 else math.sqrt(min(1.0, phi2 / smaller))


@peer("association.cramers_v", "Bergsma's formula in loops", f"corrected; {_SPARSE}", cases=60)
def _corrected_v(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    table = _small_table(rng)
    return cramers_v(table), corrected_v(table)


@peer("association.expected_cramers_v", "all orders of the labels",
      "2 x 2 to 2 x 4, up to 6 experts (tolerance: five errors of 10,000 draws)",
      0.02, 12)  # fmt: skip
def _expected_v(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    width = int(rng.integers(2, 5))
    table = rng.multinomial(int(rng.integers(3, 7)), np.ones(2 * width) / 2 / width)
    table = table.reshape(2, width)
    pairs = [(i, j) for (i, j), x in np.ndenumerate(table) for _ in range(int(x))]
    first, second = zip(*pairs, strict=True)
    rows, columns = Counter(first), Counter(second)
    if len(rows) < 2 or len(columns) < 2:
        return expected_cramers_v(table), math.nan
    total = 0.0
    for order in permutations(first):
        cells = Counter(zip(order, second, strict=True))
        phi2 = sum(x * x / rows[i] / columns[j] for (i, j), x in cells.items()) - 1
        total += math.sqrt(max(phi2, 0.0) / (min(len(rows), len(columns)) - 1))
    return expected_cramers_v(table), total / math.factorial(len(pairs))


def adjusted(pvalues: ArrayLike, method: str) -> list[float]:
    """Adjusted p-values from their definitions, one by one."""
    given: list[float] = np.asarray(pvalues).tolist()
    ranked = sorted(x for x in given if not math.isnan(x))
    m = len(ranked)

    def one(x: float) -> float:
        if math.isnan(x):
            return x
        if method == "bonferroni":
            return min(1.0, m * x)
        if method == "holm":
            return min(1.0, max((m - i) * q for i, q in enumerate(ranked) if q <= x))
        return min(1.0, min(m * q / (i + 1) for i, q in enumerate(ranked) if q >= x))

    return [one(x) for x in given]


@peer("association.adjust", "definitions", "Holm, Benjamini-Hochberg, Bonferroni; gaps, ties",
      cases=48)  # fmt: skip
def _adjust(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    p = rng.random(int(rng.integers(1, 9))) ** 2
    p[rng.random(p.size) < 0.2] = np.nan
    p = np.full(p.size, p[0]) if rng.random() < 0.3 else p
    method = str(rng.choice(["holm", "bh", "bonferroni"]))
    return adjust(p, method), adjusted(p, method)


@peer("association.shrunken_shares", "scipy's beta-binomial, maximised from three starts",
      "8 groups of 0 to 5; the estimates (tolerance: what the optimiser leaves)",
      1e-4, 8)  # fmt: skip
def _shrunken(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    n = rng.integers(0, 6, 8)
    n[:2] = 3, 4
    k = rng.binomial(n, rng.beta(0.6, 0.6, 8))
    k[:2] = 0, 4  # neither all nor none

    def loss(z: NDArray[Any]) -> float:
        mean, size = 1 / (1 + np.exp(-z[0])), np.exp(z[1])
        with np.errstate(invalid="ignore"):  # log-gammas of huge sizes cancel to nothing
            value = -betabinom.logpmf(k, n, mean * size, (1 - mean) * size).sum()
        return float(value) if np.isfinite(value) else np.inf

    options = {"xatol": 1e-9, "fatol": 1e-12, "maxiter": 5000}
    fits = [
        minimize(loss, [0.0, start], method="Nelder-Mead", options=options)
        for start in (-1.0, 1.0, 3.0)
    ]
    best = min(fits, key=lambda fit: fit.fun).x
    mean, size = 1 / (1 + np.exp(-best[0])), np.exp(best[1])
    return shrunken_shares(k, n).estimate, (mean * size + k) / (size + n)


# Groups


@peer("two_groups.contrast", "scipy's fisher_exact", "three alternatives; groups of any size",
      cases=40)  # fmt: skip
def _contrast(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    group, raised = np.arange(20) < rng.integers(2, 18), rng.random(20) < 0.5
    side: Any = str(rng.choice(["two-sided", "greater", "less"]))
    cells = [[(raised & g).sum(), (~raised & g).sum()] for g in (group, ~group)]
    return contrast(raised, group, alternative=side).pvalue, fisher_exact(cells, side).pvalue


@peer("two_groups.contrasts", "all ways to draw the group within sessions",
      "two sessions of two to four experts, three codes; p and the number expected",
      cases=16)  # fmt: skip
def _within_sessions(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    sessions = np.repeat([0, 1], rng.integers(2, 5, 2))
    table, group = rng.random((sessions.size, 3)) < 0.5, rng.random(sessions.size) < 0.5
    alpha = 0.4
    found = contrasts(table, group, sessions, alpha=alpha, permutations=0)
    ways = []
    for session in (0, 1):
        members = np.flatnonzero(sessions == session)
        ways.append(list(combinations(members, int(group[members].sum()))))
    drawn = np.array([table[[*a, *b]].sum(axis=0) for a, b in product(*ways)])
    pvalues, small = [], 0.0
    for column, own in zip(drawn.T, table[group].sum(axis=0), strict=True):
        chance = {v: np.mean(column == v) for v in set(column.tolist())}
        p = {v: sum(q for q in chance.values() if q <= chance[v] * (1 + 1e-7)) for v in chance}
        pvalues.append(p[own] if len(chance) > 1 else math.nan)
        if len(chance) > 1:
            small += sum(chance[v] for v in chance if p[v] <= alpha * (1 + 1e-9))
    ours = [*found.table["pvalue"], found.expected.estimate]
    return ours, [*pvalues, small if np.isfinite(pvalues).any() else math.nan]


@peer("two_groups.power_exact", "sum over all tables with scipy", "groups of 1 to 8, shares 0 to 1")
def _power(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    n1, n2 = (int(x) for x in rng.integers(1, 9, 2))
    p1, p2 = (float(x) for x in rng.choice([0.0, 0.1, 0.5, 0.8, 1.0], 2))
    theirs = 0.0
    for a, b in product(range(n1 + 1), range(n2 + 1)):
        if fisher_exact([[a, n1 - a], [b, n2 - b]]).pvalue <= 0.05:
            theirs += float(binom.pmf(a, n1, p1) * binom.pmf(b, n2, p2))
    return power_exact(n1, n2, p1, p2), theirs
