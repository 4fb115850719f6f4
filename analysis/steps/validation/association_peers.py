"""Association: independent implementations, most of them by brute force."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import permutations, product
from typing import Any

import numpy as np

from analysis.statistics import association as ours
from analysis.steps.validation.association_models import MODEL_PEERS
from analysis.steps.validation.base import Peer


def _tables(rows: Sequence[int], columns: Sequence[int]) -> Iterator[list[tuple[int, ...]]]:
    """Every table with these margins, by plain recursion over rows."""
    if len(rows) == 1:
        yield [tuple(columns)]
        return
    for row in product(*(range(min(rows[0], c) + 1) for c in columns)):
        if sum(row) == rows[0]:
            for rest in _tables(rows[1:], [c - x for c, x in zip(columns, row, strict=True)]):
                yield [row, *rest]


def brute_freeman_halton(table: np.ndarray) -> float:
    """The exact p-value by going through every table with the observed margins."""
    cells = [[int(x) for x in row] for row in np.asarray(table)]
    rows = [sum(row) for row in cells if sum(row)]
    columns = [sum(column) for column in zip(*cells, strict=True) if sum(column)]
    if len(rows) < 2 or len(columns) < 2:
        return math.nan
    factorial = math.factorial

    def ways(candidate: Sequence[Sequence[int]]) -> float:
        return 1 / math.prod(factorial(x) for row in candidate for x in row)

    observed = ways(cells)
    weights = [ways(candidate) for candidate in _tables(rows, columns)]
    return sum(w for w in weights if w <= observed * (1 + 1e-7)) / sum(weights)


def _small_table(rng: np.random.Generator) -> tuple[np.ndarray]:
    shape = (int(rng.integers(2, 4)), int(rng.integers(2, 5)))
    table = rng.multinomial(
        int(rng.integers(1, 12)), np.ones(shape[0] * shape[1]) / shape[0] / shape[1]
    )
    table = table.reshape(shape)
    if rng.random() < 0.2:
        table[rng.integers(shape[0])] = 0
    if rng.random() < 0.2:
        table[:, rng.integers(shape[1])] = 0
    return (table,)


def _scipy_v(table: np.ndarray) -> float:
    from scipy.stats.contingency import association

    kept = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    if min(kept.shape, default=0) < 2:
        return math.nan
    return float(association(kept, method="cramer"))


def brute_corrected_v(table: np.ndarray) -> float:
    """Bergsma's corrected V, written out with loops."""
    cells = [[float(x) for x in row] for row in table]
    rows = [sum(row) for row in cells]
    columns = [sum(column) for column in zip(*cells, strict=True)]
    n, r, c = sum(rows), sum(x > 0 for x in rows), sum(x > 0 for x in columns)
    if r < 2 or c < 2:
        return math.nan
    chi2 = 0.0
    for row, row_sum in zip(cells, rows, strict=True):
        for cell, column_sum in zip(row, columns, strict=True):
            expected = row_sum * column_sum / n
            if expected:
                chi2 += (cell - expected) ** 2 / expected
    phi2 = max(0.0, chi2 / n - (r - 1) * (c - 1) / (n - 1))
    r_tilde, c_tilde = r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)
    smaller = min(r_tilde - 1, c_tilde - 1)
    return math.nan if smaller < 1e-12 else math.sqrt(min(1.0, phi2 / smaller))


def _tiny_table(rng: np.random.Generator) -> tuple[np.ndarray]:
    shape = (2, int(rng.integers(2, 5)))
    table = rng.multinomial(int(rng.integers(3, 7)), np.ones(2 * shape[1]) / 2 / shape[1])
    return (table.reshape(shape),)


def brute_mean_v(table: np.ndarray) -> float:
    """Mean raw V over every order of the row labels against the column labels."""
    pairs = [(i, j) for (i, j), count in np.ndenumerate(table) for _ in range(int(count))]
    first = [i for i, _ in pairs]
    second = [j for _, j in pairs]
    rows, columns = Counter(first), Counter(second)
    n, smaller = len(pairs), min(len(rows), len(columns)) - 1
    if smaller < 1:
        return math.nan
    total = 0.0
    for order in permutations(first):
        cells = Counter(zip(order, second, strict=True))
        phi2 = sum(x * x / rows[i] / columns[j] for (i, j), x in cells.items()) - 1
        total += math.sqrt(max(phi2, 0.0) / smaller)
    return total / math.factorial(n)


def _f_score(values: Sequence[float], groups: Sequence[int]) -> float:
    total = 0.0
    for g in set(groups):
        inside = [v for v, other in zip(values, groups, strict=True) if other == g]
        total += sum(inside) ** 2 / len(inside)
    return total


def _two_means(values: Sequence[float], groups: Sequence[int]) -> float:
    means = [
        sum(v for v, other in zip(values, groups, strict=True) if other == g) / groups.count(g)
        for g in sorted(set(groups))
    ]
    return abs(means[0] - means[1])


def brute_permutation(
    values: Sequence[float], groups: Sequence[int], strata: Sequence[int], statistic: str
) -> float:
    """The exact p-value from every order of the values within strata."""
    score = _two_means if statistic == "difference" else _f_score
    if statistic == "H":
        values = [
            sum(other < v for other in values) + (sum(other == v for other in values) + 1) / 2
            for v in values
        ]
    by_stratum = [[i for i, s in enumerate(strata) if s == t] for t in sorted(set(strata))]
    observed = score(values, groups)
    extreme = count = 0
    for orders in product(*(permutations(places) for places in by_stratum)):
        shuffled = list(values)
        for places, order in zip(by_stratum, orders, strict=True):
            for i, j in zip(places, order, strict=True):
                shuffled[i] = values[j]
        count += 1
        extreme += score(shuffled, groups) >= observed - 1e-9
    return extreme / count


def _ratings_in_groups(
    rng: np.random.Generator,
) -> tuple[list[float], list[int], list[int], str]:
    statistic = str(rng.choice(["F", "H", "difference"]))
    n = int(rng.integers(4, 8))
    groups = [0, 0, 1, 1, *rng.integers(0, 2 if statistic == "difference" else 3, n - 4).tolist()]
    values = (
        rng.integers(1, 4, n).astype(float).tolist()
        if rng.random() < 0.7
        else rng.normal(size=n).tolist()
    )
    values[0], values[2] = 1.0, 2.0  # never all equal
    strata = [0] * n if rng.random() < 0.5 else [0, 1, 0, 1, *rng.integers(0, 2, n - 4).tolist()]
    return values, groups, strata, statistic


def _exact_p(values: list[float], groups: list[int], strata: list[int], statistic: str) -> float:
    return ours.permutation_test(values, groups, statistic, exact=True, strata=strata).pvalue


def _random_p(values: list[float], groups: list[int], strata: list[int], statistic: str) -> float:
    return ours.permutation_test(
        values, groups, statistic, exact=False, strata=strata, resamples=20_000
    ).pvalue


def _two_samples(rng: np.random.Generator) -> tuple[list[float], list[float], str]:
    draw = rng.integers(1, 6, 10).astype(float) if rng.random() < 0.6 else rng.normal(size=10)
    draw[:2] = 0.0, 9.0
    cut = int(rng.integers(2, 8))
    return draw[:cut].tolist(), draw[cut:].tolist(), str(rng.choice(["greater", "less"]))


def _our_one_sided(first: list[float], second: list[float], alternative: str) -> float:
    labels = [0] * len(first) + [1] * len(second)
    return ours.permutation_test(
        first + second, labels, "difference", alternative=alternative
    ).pvalue


def _scipy_one_sided(first: list[float], second: list[float], alternative: str) -> float:
    from scipy.stats import permutation_test

    def difference(x: np.ndarray, y: np.ndarray, axis: int) -> Any:
        return x.mean(axis=axis) - y.mean(axis=axis)

    found = permutation_test(
        (first, second), difference, vectorized=True, n_resamples=np.inf, alternative=alternative
    )
    return float(found.pvalue)


def _pvalues(rng: np.random.Generator) -> tuple[np.ndarray, str]:
    p = rng.random(int(rng.integers(1, 9))) ** 2
    p[rng.random(len(p)) < 0.2] = np.nan
    if rng.random() < 0.3:
        p[:] = p[0]
    return p, str(rng.choice(["holm", "bh", "bonferroni"]))


def brute_adjust(p: np.ndarray, method: str) -> np.ndarray:
    """Adjusted p-values from their definitions, one by one."""
    known = [float(x) for x in p if not math.isnan(x)]
    m, ranked = len(known), sorted(known)

    def one(x: float) -> float:
        if math.isnan(x):
            return x
        if method == "bonferroni":
            return min(1.0, m * x)
        if method == "holm":
            return min(1.0, max((m - i) * q for i, q in enumerate(ranked) if q <= x))
        return min(1.0, min(m * q / (i + 1) for i, q in enumerate(ranked) if q >= x))

    return np.array([one(float(x)) for x in p])


def _two_groups(rng: np.random.Generator) -> tuple[int, int, float, float]:
    n1, n2 = (int(x) for x in rng.integers(1, 9, 2))
    p1, p2 = (float(x) for x in rng.choice([0.0, 0.1, 0.5, 0.8, 1.0], 2))
    return n1, n2, p1, p2


def summed_power(n1: int, n2: int, p1: float, p2: float) -> float:
    """Power as a sum over all tables, with SciPy's test and binomial."""
    from scipy.stats import binom, fisher_exact

    total = 0.0
    for k1, k2 in product(range(n1 + 1), range(n2 + 1)):
        if fisher_exact([[k1, n1 - k1], [k2, n2 - k2]]).pvalue <= 0.05:
            total += float(binom.pmf(k1, n1, p1) * binom.pmf(k2, n2, p2))
    return total


def _one_sided_tables(rng: np.random.Generator) -> tuple[np.ndarray, str]:
    return 1 + rng.integers(0, 8, (2, 2)), str(rng.choice(["greater", "less"]))


def _scipy_fisher(table: np.ndarray, alternative: str) -> float:
    from scipy.stats import fisher_exact

    return float(fisher_exact(table, alternative=alternative).pvalue)


PEERS: list[Peer] = [
    Peer(
        "freeman_halton",
        "brute force over all tables with the observed margins",
        "2 x 2 to 3 x 4, sparse, empty rows and columns",
        _small_table,
        lambda table: ours.freeman_halton(table).pvalue,
        brute_freeman_halton,
        cases=60,
    ),
    Peer(
        "freeman_halton, one-sided",
        "scipy.stats.fisher_exact",
        "2 x 2",
        _one_sided_tables,
        lambda table, side: ours.freeman_halton(table, side).pvalue,
        _scipy_fisher,
    ),
    Peer(
        "cramers_v, raw",
        "scipy.stats.contingency.association",
        "sparse, empty rows and columns",
        _small_table,
        lambda table: ours.cramers_v(table, bias_corrected=False).estimate,
        _scipy_v,
    ),
    Peer(
        "cramers_v, bias-corrected",
        "Bergsma's formula written out",
        "sparse, empty rows and columns, as many rows as experts",
        _small_table,
        lambda table: ours.cramers_v(table).estimate,
        brute_corrected_v,
        cases=60,
    ),
    Peer(
        "expected_cramers_v",
        "brute force over all orders of the labels",
        "2 x 2 to 2 x 4, up to 6 experts",
        _tiny_table,
        lambda table: ours.expected_cramers_v(table).estimate,
        brute_mean_v,
    ),
    Peer(
        "permutation_test, exact",
        "brute force over all orders",
        "F, H, difference; ties; strata",
        _ratings_in_groups,
        _exact_p,
        brute_permutation,
        cases=36,
    ),
    Peer(
        "permutation_test, 20,000 random permutations",
        "brute force over all orders",
        "as above; the tolerance is four standard errors of 20,000 draws",
        _ratings_in_groups,
        _random_p,
        brute_permutation,
        tolerance=4 * 0.5 / math.sqrt(20_000),
    ),
    Peer(
        "permutation_test, one-sided difference",
        "scipy.stats.permutation_test, exact",
        "two groups of 2 to 8; ties",
        _two_samples,
        _our_one_sided,
        _scipy_one_sided,
    ),
    Peer(
        "adjust",
        "definitions written out",
        "Holm, Benjamini-Hochberg, Bonferroni; gaps, ties",
        _pvalues,
        lambda p, method: ours.adjust(p, method),
        brute_adjust,
        cases=48,
    ),
    Peer(
        "fisher_power",
        "sum over all tables with SciPy",
        "groups of 1 to 8, probabilities 0 to 1",
        _two_groups,
        ours.fisher_power,
        summed_power,
    ),
    *MODEL_PEERS,
]
