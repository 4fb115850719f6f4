"""Consensus: published examples and independent implementations."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np

from analysis.statistics import consensus as ours
from analysis.steps.validation.base import Compute, Peer

# --- published examples -------------------------------------------------------------------------


def _concordance(given: Mapping[str, Any]) -> Mapping[str, float]:
    found = ours.kendall_w(given["ratings"])
    friedman = ours.friedman(given["ratings"])
    return {"w": found.estimate, "chi2": friedman.statistic, "p": friedman.pvalue}


def _layers(given: Mapping[str, Any]) -> Mapping[str, float]:
    out = {
        "a": ours.agreement_a(given["counts"]).estimate,
        "cns": ours.consensus_cns(given["counts"]).estimate,
    }
    for number, pattern in enumerate(given["layers"], start=2):
        out[f"layer_{number}"] = ours.agreement_a([int(c) for c in pattern]).estimate
    return out


def _agreements(given: Mapping[str, Any]) -> Mapping[str, float]:
    return {name: ours.agreement_a(counts).estimate for name, counts in given.items()}


def _agreement(given: Mapping[str, Any]) -> Mapping[str, float]:
    return {"a": ours.agreement_a(given["counts"]).estimate}


def _extremes(given: Mapping[str, Any]) -> Mapping[str, float]:
    out = {f"a_{name}": ours.agreement_a(counts).estimate for name, counts in given.items()}
    for name, counts in given.items():
        out[f"cns_{name}"] = ours.consensus_cns(counts).estimate
    return out


def _mental(given: Mapping[str, Any]) -> Mapping[str, float]:
    rows = [
        (grade, *person)
        for grade, name in enumerate(("well", "mild", "moderate", "impaired"), start=1)
        for person in given[name]
    ]
    data = np.array(rows)
    fit = ours.ordinal_regression(data[:, 0], data[:, 1:], names=["ses", "life"])
    out = dict(zip(fit.names, map(float, fit.estimate), strict=True))
    return out | {f"cut_{i}": float(cut) for i, cut in enumerate(fit.thresholds, start=1)}


EXAMPLES: dict[str, Compute] = {
    "hollander_wolfe_rounding": _concordance,
    "nag_g08daf": _concordance,
    "vandereijk_p331": _layers,
    "vandereijk_parties": _agreements,
    "agrmt_four_answers": _agreement,
    "consensus_extremes": _extremes,
    "agresti_mental": _mental,
}

# --- independent implementations ----------------------------------------------------------------


def _ratings(rng: np.random.Generator) -> tuple[np.ndarray]:
    experts, items = int(rng.integers(1, 9)), int(rng.integers(2, 7))
    ratings = rng.integers(1, 6, (experts, items)).astype(float)
    kind = rng.random()
    if kind < 0.4:
        ratings[rng.random(ratings.shape) < 0.1] = np.nan
    elif kind < 0.5:
        ratings[:] = ratings[:, :1]  # every expert rates all items alike
    elif kind < 0.6:
        ratings[:] = ratings[0]  # all experts agree
    elif kind < 0.8:
        ratings = rng.normal(size=ratings.shape)  # no ties
    return (ratings,)


def _midranks(row: list[float]) -> list[float]:
    return [
        1 + sum(other < value for other in row) + (sum(other == value for other in row) - 1) / 2
        for value in row
    ]


def _complete(ratings: np.ndarray) -> list[list[float]]:
    return [row for row in ratings.tolist() if not any(math.isnan(v) for v in row)]


def brute_kendall_w(ratings: np.ndarray) -> list[float]:
    """W with ties from Siegel & Castellan's formula, and its chi-squared, with loops."""
    rows = _complete(ratings)
    m, k = len(rows), ratings.shape[1]
    if m < 2:
        return [math.nan, math.nan]
    ranks = [_midranks(row) for row in rows]
    sums = [sum(row[j] for row in ranks) for j in range(k)]
    ties = 0
    for row in rows:
        for value in set(row):
            t = row.count(value)
            ties += t**3 - t
    below = m**2 * (k**3 - k) - m * ties
    if below == 0:
        return [math.nan, math.nan]
    w = (12 * sum(r * r for r in sums) - 3 * m**2 * k * (k + 1) ** 2) / below
    return [w, m * (k - 1) * w]


def _our_w(ratings: np.ndarray) -> list[float]:
    found = ours.kendall_w(ratings)
    return [found.estimate, found.statistic]


def brute_mean_spearman(ratings: np.ndarray) -> float:
    """W from the mean of Spearman's correlations of all pairs of experts (no ties)."""
    ranks = [_midranks(row) for row in ratings.tolist()]
    m, k = len(ranks), len(ranks[0])
    pairs = list(combinations(ranks, 2))
    mean = sum(
        1 - 6 * sum((a - b) ** 2 for a, b in zip(x, y, strict=True)) / (k**3 - k) for x, y in pairs
    ) / len(pairs)
    return (mean * (m - 1) + 1) / m


def _rankings(rng: np.random.Generator) -> tuple[np.ndarray]:
    experts, items = int(rng.integers(2, 9)), int(rng.integers(2, 7))
    return (np.array([rng.permutation(items) for _ in range(experts)], dtype=float),)


def brute_friedman(ratings: np.ndarray) -> float:
    """Friedman's statistic as the ratio of two sums of squares of mid-ranks (Conover 1999)."""
    ranks = [_midranks(row) for row in _complete(ratings)]
    m, k = len(ranks), ratings.shape[1]
    if m < 2:
        return math.nan
    between = sum((sum(row[j] for row in ranks) - m * (k + 1) / 2) ** 2 for j in range(k))
    within = sum((r - (k + 1) / 2) ** 2 for row in ranks for r in row)
    return (k - 1) * between / within if within else math.nan


def _counts(rng: np.random.Generator) -> tuple[np.ndarray]:
    k = int(rng.integers(3, 9))
    kind = rng.random()
    counts = rng.integers(0, 9, k)
    if kind < 0.3:
        counts[rng.random(k) < 0.5] = 0
    elif kind < 0.4:
        counts[:] = 0
        counts[rng.integers(k)] = 5  # all agree
    elif kind < 0.5:
        counts[:] = 4  # evenly spread
    elif kind < 0.55:
        counts[:] = 0  # nobody answers
    return (counts,)


def layered_agreement(counts: np.ndarray) -> float:
    """A by peeling one layer after another and classifying every triple of categories."""
    left = [int(c) for c in counts]
    n, k = sum(left), len(left)
    if n == 0:
        return math.nan
    total = 0.0
    while any(left):
        height = min(c for c in left if c)
        pattern = [int(c > 0) for c in left]
        inner = outer = 0
        for a, b, c in combinations(pattern, 3):
            inner += (a, b, c) == (1, 0, 1)
            outer += (a, b, c) in ((1, 1, 0), (0, 1, 1))
        s = sum(pattern)
        if s == 1:
            agreement = 1.0
        elif s == k:
            agreement = 0.0
        else:
            u = ((k - 2) * outer - (k - 1) * inner) / ((k - 2) * (outer + inner))
            agreement = u * (1 - (s - 1) / (k - 1))
        total += agreement * height * s / n
        left = [c - height * p for c, p in zip(left, pattern, strict=True)]
    return total


def looped_consensus(counts: np.ndarray) -> float:
    """Cns with loops over categories."""
    n, k = int(counts.sum()), len(counts)
    if n == 0:
        return math.nan
    mean = sum(x * int(c) for x, c in enumerate(counts, start=1)) / n
    return 1 + sum(
        int(c) / n * math.log2(1 - abs(x - mean) / (k - 1))
        for x, c in enumerate(counts, start=1)
        if c
    )


def _answers(rng: np.random.Generator) -> tuple[np.ndarray]:
    answers = rng.integers(1, 6, int(rng.integers(0, 14))).astype(float)
    answers[rng.random(len(answers)) < 0.15] = np.nan
    if rng.random() < 0.15:
        answers[:] = 3.0 if rng.random() < 0.5 else np.nan
    return (answers,)


def _our_quartiles(answers: np.ndarray) -> list[Any]:
    found = ours.median_iqr(answers)
    return [found.q1, found.median, found.q3]


def counted_quartiles(answers: np.ndarray) -> list[float]:
    """Each quartile by counting how many answers lie at or below each answer."""
    known = sorted(v for v in answers.tolist() if not math.isnan(v))
    if not known:
        return [math.nan] * 3
    out = []
    for quarter in (1, 2, 3):
        reached = [v for v in known if 4 * sum(w <= v for w in known) >= quarter * len(known)]
        beyond = [v for v in known if 4 * sum(w <= v for w in known) > quarter * len(known)]
        out.append((reached[0] + beyond[0]) / 2)
    return out


def _ordinal_data(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    n, k = int(rng.integers(20, 41)), int(rng.integers(1, 3))
    X = rng.normal(size=(n, k)) * rng.choice([0.5, 2.0], k) + 3
    values = np.clip(np.round(3 + X[:, 0] - 3 + 1.5 * rng.logistic(size=n)), 1, 5)
    values[:2] = 1, 5
    values[rng.random(n) < 0.1] = np.nan
    X[:2] = 3.0 + np.array([[1.0], [-1.0]])  # against the trend: never separated
    return values, X


def _our_ordinal(values: np.ndarray, X: np.ndarray) -> np.ndarray:
    fit = ours.ordinal_regression(values, X)
    return np.concatenate([fit.estimate, fit.thresholds, fit.se])


def optimised_ordinal(values: np.ndarray, X: np.ndarray) -> np.ndarray:
    """The likelihood handed to a general optimiser, standard errors from its differences."""
    from scipy.optimize import minimize
    from scipy.special import expit

    known = ~np.isnan(values)
    values, X = values[known], X[known]
    levels = sorted(set(values.tolist()))
    code = np.array([levels.index(v) for v in values.tolist()])
    k, cuts = X.shape[1], len(levels) - 1

    def loss(z: np.ndarray) -> float:
        padded = np.concatenate([[-np.inf], z[k:], [np.inf]])
        eta = X @ z[:k]
        p = expit(padded[code + 1] - eta) - expit(padded[code] - eta)
        return float(-np.log(p).sum()) if (p > 0).all() else np.inf

    start = np.concatenate([np.zeros(k), np.linspace(-2, 2, cuts)])
    found = minimize(
        loss, start, method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 40_000, "maxfev": 40_000,
                 "adaptive": True},
    )  # fmt: skip
    found = minimize(loss, found.x, method="BFGS", options={"gtol": 1e-7})
    size = len(start)
    hessian, step = np.empty((size, size)), 1e-4
    unit = np.eye(size) * step
    for i in range(size):
        for j in range(size):
            hessian[i, j] = (
                loss(found.x + unit[i] + unit[j])
                - loss(found.x + unit[i] - unit[j])
                - loss(found.x - unit[i] + unit[j])
                + loss(found.x - unit[i] - unit[j])
            ) / (4 * step**2)
    return np.concatenate([found.x, np.sqrt(np.diag(np.linalg.inv(hessian)))[:k]])


def _one_predictor(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    n = int(rng.integers(7, 13))
    x = rng.integers(0, 6, n).astype(float)
    x[:2] = 0.0, 5.0
    values = np.clip(np.round(x * rng.choice([-1, 1]) / 2 + 3 + rng.integers(0, 2, n)), 1, 5)
    if rng.random() < 0.5:
        values = np.round(x / 2)
    values[0] += values[0] == values[1]
    return values, x


def _our_separation(values: np.ndarray, x: np.ndarray) -> float:
    return float(ours.ordinal_regression(values, x).separation)


def ordered_separation(values: np.ndarray, x: np.ndarray) -> float:
    """One predictor separates if higher ratings never go with a lower (or a higher) value of it."""
    if len(set(values.tolist())) + 1 > len(values) - 1:
        return 0.0  # refused beforehand: too few experts
    pairs = [
        (p - q) * (v - w)
        for (v, p), (w, q) in combinations(zip(values.tolist(), x.tolist(), strict=True), 2)
    ]
    return float(all(d >= 0 for d in pairs) or all(d <= 0 for d in pairs))


def _two_categories(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    n = int(rng.integers(8, 15))
    X = rng.integers(0, 3, (n, 2)).astype(float)
    X[:3] = [[0, 0], [1, 2], [2, 1]]
    y = (X.sum(axis=1) + rng.integers(0, 3, n) > 2.5).astype(float)
    y[:2] = 0, 1
    return y, X


def _firthmodels_separation(y: np.ndarray, X: np.ndarray) -> float:
    from firthmodels import detect_separation

    return float(detect_separation(X, y).separation)


PEERS: list[Peer] = [
    Peer(
        "kendall_w",
        "definition with mid-ranks, loops",
        "gaps, ties, no ties, all alike, all agree, one expert",
        _ratings,
        _our_w,
        brute_kendall_w,
        cases=60,
    ),
    Peer(
        "kendall_w",
        "mean Spearman correlation of all pairs of experts",
        "rankings without ties",
        _rankings,
        lambda ratings: ours.kendall_w(ratings).estimate,
        brute_mean_spearman,
    ),
    Peer(
        "friedman",
        "ratio of sums of squares of mid-ranks, loops",
        "gaps, ties, all alike, all agree, two items",
        _ratings,
        lambda ratings: ours.friedman(ratings).statistic,
        brute_friedman,
        cases=60,
    ),
    Peer(
        "agreement_a",
        "layers peeled one by one, triples classified",
        "3 to 8 categories; empty ones, all agree, evenly spread, nobody answers",
        _counts,
        lambda counts: ours.agreement_a(counts).estimate,
        layered_agreement,
        cases=60,
    ),
    Peer(
        "consensus_cns",
        "definition, loops",
        "3 to 8 categories; empty ones, all agree, evenly spread, nobody answers",
        _counts,
        lambda counts: ours.consensus_cns(counts).estimate,
        looped_consensus,
        cases=60,
    ),
    Peer(
        "median_iqr",
        "counting answers",
        "0 to 13 answers, gaps, ties, all agree",
        _answers,
        _our_quartiles,
        counted_quartiles,
        cases=60,
    ),
    Peer(
        "ordinal_regression",
        "likelihood by general optimisers",
        "20 to 40 experts, gaps; the tolerance is what numerical derivatives resolve",
        _ordinal_data,
        _our_ordinal,
        optimised_ordinal,
        tolerance=1e-4,
    ),
    Peer(
        "ordinal_regression, separation",
        "order of one predictor",
        "7 to 12 experts, separated and not",
        _one_predictor,
        _our_separation,
        ordered_separation,
        tolerance=0.0,
        cases=48,
    ),
    Peer(
        "ordinal_regression, separation",
        "firthmodels.detect_separation",
        "two categories, two predictors",
        _two_categories,
        _our_separation,
        _firthmodels_separation,
        tolerance=0.0,
        cases=36,
    ),
]
