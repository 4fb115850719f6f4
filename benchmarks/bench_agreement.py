"""Alpha with 1,000 resamples, against a loop over the krippendorff package."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import krippendorff
import numpy as np

from analysis.statistics.agreement import alpha_interval
from benchmarks.harness import Row, faster

RESAMPLES = 1000


def ratings(coders: int, units: int) -> np.ndarray:
    """Coders x units: four in five values are the unit's true one, one in twenty is missing."""
    rng = np.random.default_rng(units)
    true = rng.integers(1, 5, units)
    other = rng.integers(1, 5, (coders, units))
    data = np.where(rng.random((coders, units)) < 0.8, true, other).astype(float)
    data[rng.random((coders, units)) < 0.05] = np.nan
    return data


def loop(data: np.ndarray, resamples: int) -> tuple[float, float]:
    """Alpha, and the standard deviation over resamples of units."""
    rng, units = np.random.default_rng(1), data.shape[1]
    drawn = [
        krippendorff.alpha(data[:, rng.integers(0, units, units)], level_of_measurement="nominal")
        for _ in range(resamples)
    ]
    return krippendorff.alpha(data, level_of_measurement="nominal"), float(np.std(drawn))


def same(ours: Any, theirs: tuple[float, float]) -> None:
    """The same alpha; standard errors within simulation error of each other."""
    np.testing.assert_allclose(ours.estimate, theirs[0], rtol=0, atol=1e-12)
    np.testing.assert_allclose(ours.se, theirs[1], rtol=0.35)


def rows() -> Iterator[Row]:
    """240 and 10,000 units."""
    for units, target, fraction in ((240, 30, 1.0), (10_000, 300, 0.05)):
        data = ratings(3, units)
        yield faster(
            f"alpha, {RESAMPLES:,} resamples, 3 coders x {units:,} units",
            "a loop over krippendorff.alpha",
            partial(alpha_interval, data, "nominal", resamples=RESAMPLES, seed=1),
            partial(loop, data, int(RESAMPLES * fraction)),
            target,
            same,
            fraction,
        )
