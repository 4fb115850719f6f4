"""Peers of the statistics of agreement, and of ratings."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import combinations, permutations
from typing import Any

import krippendorff
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import rankdata, spearmanr
from statsmodels.stats.inter_rater import aggregate_raters
from statsmodels.stats.inter_rater import fleiss_kappa as fleiss_without_gaps

from analysis.statistics.agreement import (
    alpha_interval,
    cohen_kappa,
    fleiss_kappa,
    gwet_ac,
    krippendorff_alpha,
    masi_alpha,
    masi_distance,
    percent_agreement,
)
from analysis.statistics.agreement_pairs import CELLS, two_coder_measures
from analysis.statistics.consensus import (
    agreement_a,
    consensus_cns,
    friedman,
    kendall_w,
    quartiles,
)
from analysis.statistics.results import FloatArray
from analysis.validation.peers import peer

LEVELS = ("nominal", "ordinal", "interval", "ratio")
_GAPS = "gaps, empty units and coders, ties, full agreement, one value"

# Definitions, with plain loops


def pairable(data: ArrayLike) -> list[list[Any]]:
    """The values of each unit of ``data`` (coders x units) that has two or more."""
    units = [[v for v in u if not pd.isna(v)] for u in np.asarray(data, dtype=object).T.tolist()]
    return [unit for unit in units if len(unit) > 1]


def alpha_by_pairs(data: ArrayLike, difference: Callable[[Any, Any], float]) -> float:
    """Alpha from all ordered pairs of values, within units and over all units."""
    units = pairable(data)
    pool = [value for unit in units for value in unit]
    within = sum(sum(difference(*p) for p in permutations(u, 2)) / (len(u) - 1) for u in units)
    over_all = sum(difference(*p) for p in permutations(pool, 2))
    return 1 - (len(pool) - 1) * within / over_all if over_all else math.nan


def difference_of(data: ArrayLike, level: str) -> Callable[[Any, Any], float]:
    """The difference of two values at a level of measurement (Krippendorff 2011)."""
    pool = [value for unit in pairable(data) for value in unit]
    ranks = {v: sum(w < v for w in pool) + sum(w == v for w in pool) / 2 for v in pool}
    functions: dict[str, Callable[[Any, Any], float]] = {
        "nominal": lambda a, b: float(a != b),
        "ordinal": lambda a, b: (ranks[a] - ranks[b]) ** 2,
        "interval": lambda a, b: (a - b) ** 2,
        "ratio": lambda a, b: ((a - b) / (a + b)) ** 2 if a + b else 0.0,
    }
    return functions[level]


def masi(a: frozenset[Any], b: frozenset[Any]) -> float:
    """The MASI distance of two sets (Passonneau 2006)."""
    if a == b or not a & b:
        return float(a != b)
    return 1 - len(a & b) / len(a | b) * (2 / 3 if a < b or b < a else 1 / 3)


def agreement_by_pairs(data: ArrayLike) -> float:
    """The mean share of equal pairs over units."""
    shares = [np.mean([a == b for a, b in permutations(unit, 2)]) for unit in pairable(data)]
    return float(np.mean(shares)) if shares else math.nan


def gwet_by_pairs(data: FloatArray, weights: str | None) -> float:
    """Gwet's coefficient pair by pair (Gwet 2014, ch. 3)."""
    units = [[v for v in unit if not np.isnan(v)] for unit in data.T.tolist()]
    units = [unit for unit in units if unit]
    values = sorted({v for unit in units for v in unit})
    q, span = len(values), (values[-1] - values[0] if values else 0)
    if q < 2 or not pairable(data):
        return math.nan

    def credit(a: float, b: float) -> float:
        steps = abs(values.index(a) - values.index(b))
        apart = {
            None: float(a != b),
            "linear": abs(a - b) / span,
            "quadratic": (a - b) ** 2 / span**2,
            "ordinal": steps * (steps + 1) / (q * (q - 1)),
        }
        return 1 - apart[weights]

    within = [np.mean([credit(*p) for p in permutations(unit, 2)]) for unit in pairable(data)]
    share = {v: np.mean([unit.count(v) / len(unit) for unit in units]) for v in values}
    scale = sum(credit(a, b) for a in values for b in values) / (q * (q - 1))
    chance = scale * sum(p * (1 - p) for p in share.values())
    return float((np.mean(within) - chance) / (1 - chance))


def kappa_by_pairs(a: ArrayLike, b: ArrayLike, weights: str | None = None) -> float:
    """Cohen's kappa from all pairs of a value of the one and a value of the other."""
    pairs = [(x, y) for x, y in np.transpose([a, b]).tolist() if not (np.isnan(x) or np.isnan(y))]
    values = sorted({v for pair in pairs for v in pair})

    def apart(x: float, y: float) -> float:
        steps = abs(values.index(x) - values.index(y))
        return float(steps > 0) if weights is None else steps ** (1 + (weights == "quadratic"))

    expected = sum(apart(x, y) for x, _ in pairs for _, y in pairs)
    observed = sum(apart(x, y) for x, y in pairs)
    return 1 - len(pairs) * observed / expected if expected else math.nan


def peeled(counts: Sequence[float]) -> float:
    """A, layer by layer with all triples of categories written out (van der Eijk 2001)."""
    left, k, total = list(counts), len(counts), 0.0
    while any(left):
        layer = [x > 0 for x in left]
        height, s = min(x for x in left if x > 0), sum(layer)
        triples = [t for t in combinations(layer, 3) if sum(t) == 2]
        tdu = sum(t == (True, False, True) for t in triples)
        tu = len(triples) - tdu
        agreement = 1.0 if s == 1 else 0.0
        if 1 < s < k:
            u = ((k - 2) * tu - (k - 1) * tdu) / ((k - 2) * (tu + tdu))
            agreement = u * (1 - (s - 1) / (k - 1))
        total += height * s * agreement
        left = [x - height * on for x, on in zip(left, layer, strict=True)]
    return total / sum(counts) if sum(counts) else math.nan


def w_with_ties(ratings: FloatArray) -> float:
    """W by Kendall's formula with the sums of ranks and the sizes of ties."""
    m, k = ratings.shape
    ranks = rankdata(ratings, axis=1)
    ties = sum((t**3 - t) for row in ratings for t in np.unique(row, return_counts=True)[1])
    below = m**2 * (k**3 - k) - m * ties
    above = 12 * (ranks.sum(axis=0) ** 2).sum() - 3 * m**2 * k * (k + 1) ** 2
    return float(above / below) if below else math.nan


# Random ratings


def _ratings(rng: np.random.Generator, coders: int = 0) -> FloatArray:
    shape = coders or int(rng.integers(2, 6)), int(rng.integers(3, 16))
    values = int(rng.integers(1, 6))
    true, guess = rng.integers(0, values, shape[1]), rng.integers(0, values, shape)
    noise = float(rng.choice([0.0, 0.3, 0.6, 1.0]))
    data = np.where(rng.random(shape) < noise, guess, true).astype(float)
    if rng.random() < 0.7:
        data[rng.random(shape) < rng.uniform(0, 0.5)] = np.nan
        data[:, int(rng.integers(shape[1]))] = np.nan
    if rng.random() < 0.2:
        data[int(rng.integers(shape[0]))] = np.nan
    return data


@peer("agreement.percent_agreement", "loop over pairs", _GAPS, cases=40)
def _percent(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    data = _ratings(rng)
    return percent_agreement(data), agreement_by_pairs(data)


@peer("agreement.fleiss_kappa", "statsmodels", "no gaps (it stops at them); ties", cases=40)
def _fleiss(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    data = np.nan_to_num(_ratings(rng), nan=3.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return fleiss_kappa(data), fleiss_without_gaps(aggregate_raters(data.T)[0])


@peer("agreement.gwet_ac", "loop over pairs", f"AC1 and AC2 with three weights; {_GAPS}", cases=60)
def _gwet(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    data, weights = _ratings(rng), (None, "linear", "quadratic", "ordinal")[int(rng.integers(4))]
    return gwet_ac(data, weights), gwet_by_pairs(data, weights)


@peer("agreement.cohen_kappa", "loop over pairs", f"three kinds of weights; {_GAPS}", cases=60)
def _cohen(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    data, weights = _ratings(rng, 2), (None, "linear", "quadratic")[int(rng.integers(3))]
    a, b = data
    return cohen_kappa(a, b, weights), kappa_by_pairs(a, b, weights)


@peer("agreement.krippendorff_alpha", "krippendorff", f"four levels; {_GAPS}", 1e-12, 60)
def _alpha_of_package(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    data, level = _ratings(rng) * rng.choice([1.0, 0.5, 2.75]), str(rng.choice(LEVELS))
    with np.errstate(divide="ignore", invalid="ignore"):
        try:
            theirs = float(krippendorff.alpha(data, level_of_measurement=level))
        except ValueError:  # one value only, or nothing to pair
            theirs = math.nan
    return krippendorff_alpha(data, level), theirs if math.isfinite(theirs) else math.nan


@peer("agreement.krippendorff_alpha", "loop over pairs", f"four levels; {_GAPS}", cases=60)
def _alpha(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    data, level = _ratings(rng), str(rng.choice(LEVELS))
    return krippendorff_alpha(data, level), alpha_by_pairs(data, difference_of(data, level))


@peer("agreement.alpha_interval", "a loop that draws experts and calls krippendorff",
      "the limits; 12 experts of 6 units (tolerance: what 2,000 draws on each side leave)",
      tolerance=0.08, cases=2)  # fmt: skip
def _alpha_limits(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    experts = np.repeat(np.arange(12), 6)
    true = rng.random(72) < 0.4
    data = np.array([np.where(rng.random(72) < 0.15, ~true, true) for _ in range(2)], dtype=float)
    members = [np.flatnonzero(experts == e) for e in range(12)]
    drawn = [
        krippendorff.alpha(
            data[:, np.concatenate([members[e] for e in rng.integers(0, 12, 12)])],
            level_of_measurement="nominal",
        )
        for _ in range(2000)
    ]
    found = alpha_interval(data, "nominal", experts, resamples=2000)
    return [found.low, found.high], np.quantile(drawn, [0.025, 0.975])


@peer("agreement.masi_alpha", "loop over pairs", "empty sets, gaps, full agreement", cases=40)
def _sets(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    chance, shape = float(rng.uniform(0, 0.7)), (int(rng.integers(2, 5)), int(rng.integers(2, 10)))
    table = np.full(shape, None, dtype=object)
    for cell in np.ndindex(shape):
        if rng.random() < 0.8:
            table[cell] = frozenset(code for code in "abcd" if rng.random() < chance)
    return masi_alpha(table.tolist()), alpha_by_pairs(table, masi)


@peer("agreement.masi_distance", "definition", "sets of none to four codes", cases=40)
def _distance(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    a, b = (frozenset(code for code in "abcd" if rng.random() < 0.5) for _ in range(2))
    return masi_distance(a, b), masi(a, b)


@peer("agreement_pairs.two_coder_measures", "shares of ratings", "cells of 0 to 6 units", cases=40)
def _two_coders(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    cells = rng.integers(0, 7, 4)
    a, b = np.repeat([[1, 1], [1, 0], [0, 1], [0, 0]], cells, axis=0).T.reshape(2, -1)
    found = two_coder_measures(pd.DataFrame([cells], columns=list(CELLS))).iloc[0]
    ours = found[["agreement", "kappa", "prevalence", "bias", "pabak"]].to_numpy(dtype=float)
    if not len(a):
        return ours, [math.nan] * 5
    same, first, second = np.mean(a == b), a.mean(), b.mean()
    theirs = [same, kappa_by_pairs(a, b), abs(first + second - 1), abs(first - second)]
    return ours, [*theirs, (same - 0.5) / 0.5]


# Ratings of items


@peer("consensus.agreement_a", "layers with all triples", "3 to 8 categories, empty ones", cases=60)
def _peeled(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    counts = rng.integers(0, 9, int(rng.integers(3, 9))) * (rng.random() < 0.95)
    counts = counts * (rng.random(counts.size) < rng.choice([0.5, 1.0]))
    return agreement_a(counts), peeled(counts.tolist())


@peer("consensus.consensus_cns", "mean over experts", "3 to 8 categories, empty ones", cases=60)
def _consensus(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    counts = rng.integers(0, 9, int(rng.integers(3, 9))) * (rng.random() < 0.95)
    x = np.repeat(np.arange(counts.size), counts)
    if not x.size:
        return consensus_cns(counts), math.nan
    apart = np.abs(x - x.mean()) / (counts.size - 1)
    return consensus_cns(counts), max(0.0, 1 + np.log2(1 - apart).mean())


@peer("consensus.quartiles", "counting answers", "0 to 13 answers, gaps, ties", cases=60)
def _quartiles(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    answers = rng.integers(1, 6, int(rng.integers(0, 14))).astype(float)
    answers[rng.random(answers.size) < 0.15] = np.nan
    known, theirs = sorted(answers[~np.isnan(answers)]), []
    for quarter in (1, 2, 3):
        reached = [v for v in known if 4 * sum(w <= v for w in known) >= quarter * len(known)]
        beyond = [v for v in known if 4 * sum(w <= v for w in known) > quarter * len(known)]
        theirs.append((reached[0] + beyond[0]) / 2 if known else math.nan)
    found = quartiles(pd.DataFrame({"item": answers})).loc["item"]
    return found[["q1", "median", "q3"]].to_numpy(dtype=float), theirs


def _judges(rng: np.random.Generator) -> FloatArray:
    ratings = rng.integers(1, 6, (int(rng.integers(1, 9)), int(rng.integers(2, 7)))).astype(float)
    if rng.random() < 0.4:
        ratings[rng.random(ratings.shape) < 0.1] = np.nan
    if rng.random() < 0.1:
        ratings[:] = 3.0
    return ratings


@peer("consensus.kendall_w", "Kendall's formula", "gaps, ties, all alike, one expert", cases=60)
def _kendall(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    ratings = _judges(rng)
    complete = ratings[~np.isnan(ratings).any(axis=1)]
    return kendall_w(ratings), w_with_ties(complete) if len(complete) > 1 else math.nan


@peer("consensus.kendall_w", "mean of scipy's Spearman correlations", "rankings without ties")
def _spearman(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    m, k = int(rng.integers(2, 9)), int(rng.integers(3, 7))
    ranks = np.array([rng.permutation(k) for _ in range(m)])
    mean = np.mean([spearmanr(a, b).statistic for a, b in combinations(ranks, 2)])
    return kendall_w(ranks), (mean * (m - 1) + 1) / m


@peer("consensus.friedman", "ratio of sums of squares of ranks", "gaps, ties, two items", cases=60)
def _friedman(rng: np.random.Generator) -> tuple[ArrayLike, ArrayLike]:
    ratings = _judges(rng)
    complete = ratings[~np.isnan(ratings).any(axis=1)]
    if len(complete) < 2:
        return friedman(ratings).statistic, math.nan
    k = complete.shape[1]
    apart = rankdata(complete, axis=1) - (k + 1) / 2
    between, within = (apart.sum(axis=0) ** 2).sum(), (apart**2).sum()
    return friedman(ratings).statistic, (k - 1) * between / within if within else math.nan
