"""Accumulation against a plain loop over sets, and saturation measures as panels grow."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from analysis.statistics import saturation
from analysis.statistics.results import Curve
from benchmarks.harness import Comparison, Growth

ORDERS = 10_000


def panel(experts: int, codes: int, share: float) -> tuple[np.ndarray]:
    return (np.random.default_rng(1).random((experts, codes)) < share,)


def over_sets(incidence: np.ndarray, orders: int = ORDERS) -> np.ndarray:
    """The plain way: for each random order, a set that grows expert by expert."""
    rng = np.random.default_rng(0)
    codes = [set(np.flatnonzero(row).tolist()) for row in incidence]
    curves = np.empty((orders, len(codes)))
    for curve in curves:
        seen: set[int] = set()
        for position, expert in enumerate(rng.permutation(len(codes))):
            seen |= codes[expert]
            curve[position] = len(seen)
    return curves


def agree(ours: Curve, theirs: np.ndarray) -> None:
    """Two samples of orders: moments and limits agree up to their simulation error."""
    sd = theirs.std(axis=0)
    # where hardly any order misses a code, the sd of a sample is itself a matter of luck
    error = 5 * np.maximum(sd, ours.sd) * np.sqrt(1 / ORDERS + 1 / theirs.shape[0]) + 0.01
    assert np.all(np.abs(ours.mean - theirs.mean(axis=0)) <= error)
    assert np.all(np.abs(ours.sd - sd) <= error)
    low, high = np.quantile(theirs, [0.025, 0.975], axis=0)
    assert np.all(np.abs(ours.low - low) <= 1)
    assert np.all(np.abs(ours.high - high) <= 1)


COMPARISONS = [
    Comparison(
        name=f"accumulation over {ORDERS:,} orders, {experts} experts x {codes} codes",
        peer="a plain loop over Python sets",
        prepare=partial(panel, experts, codes, share),
        ours=saturation.accumulation_band,
        theirs=partial(over_sets, orders=int(ORDERS * fraction)),
        target=target,
        agree=agree,
        fraction=fraction,
    )
    for experts, codes, share, target, fraction in (
        (20, 30, 0.25, 15, 1.0),
        (500, 100, 0.1, 8, 0.2),
    )
]


def large(experts: int) -> tuple[np.ndarray]:
    """200 codes, from one in a thousand experts to half of them."""
    rng = np.random.default_rng(2)
    shares = np.geomspace(0.001, 0.5, 200)
    return (rng.random((experts, 200)) < shares,)


def twice(incidence: np.ndarray) -> Any:
    return saturation.extrapolate(incidence, 2 * incidence.shape[0])


SIZES = (1_000, 10_000, 100_000)
MEASURES: dict[str, Callable[..., Any]] = {
    "exact accumulation": saturation.accumulation,
    "Chao2": saturation.chao2,
    "coverage, 1,000 resamples": saturation.coverage,
    "extrapolation to twice the panel, 1,000 resamples": twice,
}

GROWTH = [
    Growth(name=f"{name}, experts x 200 codes", sizes=SIZES, prepare=large, run=run)
    for name, run in MEASURES.items()
]
