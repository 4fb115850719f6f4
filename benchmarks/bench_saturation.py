"""Accumulation over random orders, against a plain loop over sets."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from analysis.statistics.saturation import accumulation_band
from benchmarks.harness import Row, faster

ORDERS = 10_000


def over_sets(incidence: np.ndarray, orders: int) -> np.ndarray:
    """The plain way: for each random order, a set that grows expert by expert."""
    rng = np.random.default_rng(0)
    codes = [set(np.flatnonzero(row).tolist()) for row in incidence]
    curves = np.empty((orders, len(codes)))
    for curve in curves:
        known: set[int] = set()
        for position, expert in enumerate(rng.permutation(len(codes))):
            known |= codes[expert]
            curve[position] = len(known)
    return curves


def agree(ours: Any, theirs: np.ndarray) -> None:
    """Two samples of orders: moments and limits agree up to their simulation error.

    The error of a variance is that of a Poisson count: late in an order few miss a code.
    """
    mean, variance = theirs.mean(axis=0), theirs.var(axis=0)
    larger, samples = np.maximum(variance, ours.sd**2), 1 / ORDERS + 1 / len(theirs)
    assert np.all(np.abs(ours.mean - mean) <= 5 * np.sqrt(larger * samples))
    spread = np.sqrt((larger + 2 * larger**2) * samples)
    assert np.all(np.abs(ours.sd**2 - variance) <= 5 * spread)
    limits = np.quantile(theirs, [0.025, 0.975], axis=0)
    assert np.all(np.abs(limits - [ours.low, ours.high]) <= 1)


def rows() -> Iterator[Row]:
    """A panel of usual size, and a large one."""
    sizes = ((20, 30, 0.25, 15, 1.0), (500, 100, 0.1, 8, 0.2))
    for experts, codes, share, target, fraction in sizes:
        incidence = np.random.default_rng(1).random((experts, codes)) < share
        yield faster(
            f"accumulation over {ORDERS:,} orders, {experts} experts x {codes} codes",
            "a plain loop over sets",
            partial(accumulation_band, incidence, ORDERS),
            partial(over_sets, incidence, int(ORDERS * fraction)),
            target,
            agree,
            fraction,
        )
