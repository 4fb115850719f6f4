"""Association: independent implementations of the fitted models."""

from __future__ import annotations

import math

import numpy as np

from analysis.statistics import association as ours
from analysis.statistics.separation import unbounded
from analysis.steps.validation.base import Peer


def _logistic_data(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    n, k = int(rng.integers(18, 31)), int(rng.integers(1, 3))
    X = rng.integers(0, 2, (n, k)).astype(float)
    X[:, 0] = rng.integers(1, 6, n)
    y = (rng.random(n) < 1 / (1 + np.exp(3 - X[:, 0]))).astype(int)
    # no separation: under it the profile can have branches, where a general optimiser gets lost
    X[:4, 0], y[:4] = (1, 5, 1, 5), (0, 0, 1, 1)
    return X, y


def _our_firth(X: np.ndarray, y: np.ndarray) -> np.ndarray:
    fit = ours.firth_logistic(X, y)
    return np.concatenate([fit.estimate, fit.low, fit.high, fit.pvalue])


def optimised_firth(X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The penalised likelihood handed to a general optimiser, profiles by root finding."""
    from scipy.optimize import brentq, minimize
    from scipy.stats import chi2

    design = np.column_stack([np.ones(len(y)), X])

    def loss(beta: np.ndarray) -> float:
        eta = design @ beta
        p = 1 / (1 + np.exp(-eta))
        information = (design.T * (p * (1 - p))) @ design
        loglik = (y * eta - np.logaddexp(0, eta)).sum()
        return float(-loglik - 0.5 * np.linalg.slogdet(information)[1])

    k = design.shape[1]
    options = {"gtol": 1e-9}
    best = minimize(loss, np.zeros(k), method="BFGS", options=options)

    def profile(j: int, value: float) -> float:
        def held(free: np.ndarray) -> float:
            return loss(np.insert(free, j, value))

        return float(minimize(held, np.delete(best.x, j), method="BFGS", options=options).fun)

    def excess(j: int, value: float) -> float:
        return float(2 * (profile(j, value) - best.fun) - chi2.ppf(0.95, 1))

    low, high, p = [], [], []
    for j in range(k):
        ends = []
        for side in (-1, 1):
            step = 1.0
            while excess(j, best.x[j] + side * step) < 0:
                step *= 1.5
            reach = best.x[j], best.x[j] + side * step
            ends.append(brentq(lambda b, j=j: excess(j, b), *reach, xtol=1e-7))
        low.append(ends[0])
        high.append(ends[1])
        p.append(chi2.sf(2 * (profile(j, 0.0) - best.fun), 1))
    return np.concatenate([best.x, low, high, p])


def _two_by_two(rng: np.random.Generator) -> tuple[list[int]]:
    cells = rng.integers(0, 8, 4)
    cells[rng.integers(4)] = rng.choice([0, 3])
    cells[:2] += cells[:2].sum() == 0
    cells[2:] += cells[2:].sum() == 0
    cells[[0, 2]] += 1
    cells[[1, 3]] += 1
    cells[rng.integers(4)] *= int(rng.integers(0, 2))
    return (cells.tolist(),)


def _firth_two_by_two(cells: list[int]) -> list[float]:
    a, b, c, d = cells
    fit = ours.firth_logistic([1] * (a + b) + [0] * (c + d), [1] * a + [0] * b + [1] * c + [0] * d)
    return [float(v) for v in fit.estimate]


def _haldane(cells: list[int]) -> list[float]:
    """Half an expert added to each cell: what Firth's penalty comes to in a 2 x 2 table."""
    a, b, c, d = (x + 0.5 for x in cells)
    if min(cells[0] + cells[2], cells[1] + cells[3]) < 2 or not all((a + b > 1, c + d > 1)):
        return [math.nan, math.nan]
    return [math.log(c / d), math.log(a / b) - math.log(c / d)]


def _two_predictors(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    n = int(rng.integers(8, 15))
    X = rng.integers(0, 3, (n, 2)).astype(float)
    X[:4] = [[0, 0], [1, 2], [2, 1], [0, 2]]
    y = (X.sum(axis=1) + rng.integers(0, 3, n) > 2.5).astype(int)
    y[:4] = 0, 1, 1, 0
    return X, y


def _our_separation(X: np.ndarray, y: np.ndarray) -> float:
    design = np.column_stack([np.ones(len(y)), X])
    return float(unbounded(design * (2 * y - 1)[:, None]).any())


def _firthmodels_separation(X: np.ndarray, y: np.ndarray) -> float:
    from firthmodels import detect_separation

    return float(detect_separation(X, y).separation)


def _group_counts(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    n = rng.integers(0, 6, 8)
    n[:2] = 3, 4
    shares = rng.beta(0.6, 0.6, 8)
    k = rng.binomial(n, shares)
    k[:2] = 0, 4  # neither all nor none
    return k, n


def _our_shares(k: np.ndarray, n: np.ndarray) -> np.ndarray:
    return ours.shrunken_shares(k, n).estimate


def optimised_shares(k: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Posterior means at the beta-binomial maximum found with ``scipy.stats.betabinom``."""
    from scipy.optimize import minimize
    from scipy.stats import betabinom

    def loss(z: np.ndarray) -> float:
        mean, size = 1 / (1 + np.exp(-z[0])), np.exp(z[1])
        with np.errstate(invalid="ignore"):  # log-gammas of huge sizes cancel to nothing
            value = -betabinom.logpmf(k, n, mean * size, (1 - mean) * size).sum()
        return float(value) if np.isfinite(value) else np.inf

    fits = [
        minimize(
            loss,
            [0.0, start],
            method="Nelder-Mead",
            options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 5000},
        )
        for start in (-1.0, 1.0, 3.0)
    ]
    best = min(fits, key=lambda fit: fit.fun)
    mean, size = 1 / (1 + np.exp(-best.x[0])), np.exp(best.x[1])
    return np.asarray((mean * size + k) / (size + n))


MODEL_PEERS: list[Peer] = [
    Peer(
        "firth_logistic, estimates, profile limits, p-values",
        "penalised likelihood by BFGS, profiles by root finding",
        "18 to 30 experts, one or two predictors, overlap; the tolerance is what BFGS resolves",
        _logistic_data,
        _our_firth,
        optimised_firth,
        tolerance=1e-5,
    ),
    Peer(
        "firth_logistic, one group indicator",
        "half an expert added to each cell",
        "2 x 2 tables with empty cells (separation)",
        _two_by_two,
        _firth_two_by_two,
        _haldane,
        cases=48,
    ),
    Peer(
        "separation, as firth_logistic finds it",
        "firthmodels.detect_separation",
        "8 to 14 experts, two predictors, separated and not",
        _two_predictors,
        _our_separation,
        _firthmodels_separation,
        tolerance=0.0,
    ),
    Peer(
        "shrunken_shares",
        "scipy.stats.betabinom and a general optimiser",
        "8 groups of 0 to 5; alike and unlike; the tolerance is what the optimisers resolve",
        _group_counts,
        _our_shares,
        optimised_shares,
        tolerance=1e-5,
    ),
]
