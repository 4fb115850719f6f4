"""Published examples and peers of :mod:`analysis.statistics.proportions`."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import comb
from typing import Any

import numpy as np

from analysis.statistics import proportions
from analysis.steps.validation.base import Compute, Peer


def _intervals(methods: tuple[str, ...]) -> Compute:
    def compute(given: Mapping[str, Any]) -> dict[str, float]:
        out: dict[str, float] = {}
        for method in methods:
            for k, n in given["cases"]:
                found = proportions.interval(k, n, method, given["confidence"])
                out[f"{method}_{k}_{n}_low"] = found.low
                out[f"{method}_{k}_{n}_high"] = found.high
        return out

    return compute


def _detection(given: Mapping[str, Any]) -> dict[str, float]:
    n, probability = given["n"], given["probability"]
    out = {f"p{p}": float(proportions.detection_probability(p, n)) for p in given["shares"]}
    out["share"] = proportions.detectable_share(n, probability)
    for p in (0.1, 0.2):
        out[f"n{p}"] = proportions.required_n(p, probability)
    return out


def _instances(given: Mapping[str, Any]) -> dict[str, float]:
    return {"n": proportions.required_n(given["p"], given["probability"], given["instances"])}


EXAMPLES: dict[str, Compute] = {
    "newcombe1998_table1": _intervals(("wilson", "clopper-pearson")),
    "fagerland2017_ligarden": _intervals(("wilson", "clopper-pearson", "jeffreys")),
    "detect_at_least_once": _detection,
    "fugard_potts_2015": _instances,
}


def _counts(rng: np.random.Generator) -> tuple[int, int, float]:
    """A count out of 1 to 60, none or all in two of five cases, and a confidence."""
    n = int(rng.integers(1, 61))
    k = int(rng.choice([0, n, *rng.integers(0, n + 1, size=3).tolist()]))
    return k, n, float(rng.choice([0.8, 0.9, 0.95, 0.99]))


def _inner_counts(rng: np.random.Generator) -> tuple[int, int, float]:
    n = int(rng.integers(2, 61))
    return int(rng.integers(1, n)), n, float(rng.choice([0.8, 0.9, 0.95, 0.99]))


def _ours(method: str) -> Any:
    def limits(k: int, n: int, confidence: float) -> list[float]:
        found = proportions.interval(k, n, method, confidence)
        return [found.estimate, found.low, found.high]

    return limits


def _statsmodels(method: str) -> Any:
    def limits(k: int, n: int, confidence: float) -> list[float]:
        from statsmodels.stats.proportion import proportion_confint

        low, high = proportion_confint(k, n, alpha=1 - confidence, method=method)
        return [k / n, float(low), float(high)]

    return limits


def _detection_case(rng: np.random.Generator) -> tuple[int, int, int]:
    return int(rng.integers(0, 21)), int(rng.integers(0, 41)), int(rng.integers(1, 4))


def _detection_ours(twentieths: int, n: int, instances: int) -> float:
    return float(proportions.detection_probability(twentieths / 20, n, instances))


def _detection_by_fractions(twentieths: int, n: int, instances: int) -> float:
    p = Fraction(twentieths, 20)
    missed = sum(comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(min(instances, n + 1)))
    return float(1 - missed)


def _required_case(rng: np.random.Generator) -> tuple[int, float, int]:
    probability = float(rng.choice([0.0, 0.5, 0.8, 0.9, 0.95, 0.99, 1.0]))
    return int(rng.integers(0, 21)), probability, int(rng.integers(1, 4))


def _required_ours(twentieths: int, probability: float, instances: int) -> float:
    return proportions.required_n(twentieths / 20, probability, instances)


def _required_by_counting_up(twentieths: int, probability: float, instances: int) -> float:
    wanted = Fraction(probability).limit_denominator(1000)
    for n in range(400):
        p = Fraction(twentieths, 20)
        missed = sum(comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(min(instances, n + 1)))
        if 1 - missed >= wanted:
            return float(n)
    return float("nan")


def _panel(rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """6 to 40 experts x 2 to 6 codes, with ties, codes of nobody and codes of all."""
    shares = rng.choice([0.0, 0.05, 0.3, 0.5, 0.5, 0.95, 1.0], size=rng.integers(2, 7))
    panel = rng.random((int(rng.integers(6, 41)), shares.size)) < shares
    return panel, float(rng.choice([0.8, 0.95]))


def _rank_limits(panel: np.ndarray, confidence: float) -> np.ndarray:
    found = proportions.rank_intervals(panel, confidence=confidence, resamples=1)
    return np.concatenate([found.estimate, found.low, found.high])


def _rank_limits_by_loops(panel: np.ndarray, confidence: float) -> list[float]:
    """Holm over exact one-sided sign tests, written with loops and scipy's binomial test."""
    from scipy.stats import binomtest

    codes = panel.shape[1]
    tests = []
    for j in range(codes):
        for k in range(codes):
            if j == k:
                continue
            ahead = int(sum(panel[:, j] & ~panel[:, k]))
            differ = int(sum(panel[:, j] ^ panel[:, k]))
            p = binomtest(ahead, differ, 0.5, alternative="greater").pvalue if differ else 1.0
            tests.append((p, j, k))
    low, high = [1.0] * codes, [float(codes)] * codes
    for done, (p, j, k) in enumerate(sorted(tests)):
        if p > (1 - confidence) / (len(tests) - done):
            break
        low[k] += 1
        high[j] -= 1
    counts = panel.sum(axis=0).tolist()
    ranks = [1.0 + sum(other > count for other in counts) for count in counts]
    return ranks + low + high


def _stratified_counts(rng: np.random.Generator) -> tuple[np.ndarray, str]:
    counts = rng.integers(0, 5, size=int(rng.integers(1, 12)))
    return counts, str(rng.choice(["min", "mid", "max"]))


def _ranks_ours(counts: np.ndarray, ties: str) -> np.ndarray:
    panel = np.arange(4)[:, None] < counts[None, :]
    return proportions.rank_intervals(panel, ties=ties, resamples=1).estimate


def _ranks_scipy(counts: np.ndarray, ties: str) -> np.ndarray:
    from scipy.stats import rankdata

    method = {"min": "min", "mid": "average", "max": "max"}[ties]
    return np.asarray(rankdata(-counts, method=method), dtype=np.float64)


PEERS: list[Peer] = [
    Peer(
        "interval, wilson",
        "statsmodels proportion_confint",
        "none, all and some raised; 80% to 99%",
        _counts,
        _ours("wilson"),
        _statsmodels("wilson"),
    ),
    Peer(
        "interval, clopper-pearson",
        "statsmodels proportion_confint",
        "none, all and some raised; 80% to 99%",
        _counts,
        _ours("clopper-pearson"),
        _statsmodels("beta"),
    ),
    Peer(
        "interval, jeffreys",
        "statsmodels proportion_confint",
        "some raised (at none and all statsmodels does not set 0 and 1); 80% to 99%",
        _inner_counts,
        _ours("jeffreys"),
        _statsmodels("jeffreys"),
    ),
    Peer(
        "detection_probability",
        "binomial sums in exact fractions",
        "shares 0 to 1, no experts, 1 to 3 instances",
        _detection_case,
        _detection_ours,
        _detection_by_fractions,
    ),
    Peer(
        "required_n",
        "counting up in exact fractions",
        "shares 0 to 1, probabilities 0 to 1, 1 to 3 instances, no n enough",
        _required_case,
        _required_ours,
        _required_by_counting_up,
    ),
    Peer(
        "rank_intervals",
        "scipy binomtest and Holm in loops",
        "ties, codes of nobody and of all experts",
        _panel,
        _rank_limits,
        _rank_limits_by_loops,
    ),
    Peer(
        "rank_intervals, ties",
        "scipy rankdata",
        "many ties; min, mid and max ranks",
        _stratified_counts,
        _ranks_ours,
        _ranks_scipy,
    ),
]
