"""Alpha and its interval: against a loop over the krippendorff package, and as units grow."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.statistics.agreement import alpha_interval, krippendorff_alpha
from benchmarks.harness import Comparison, Growth

RESAMPLES = 1000
EXPERTS = 20


def ratings(coders: int, units: int, values: int = 4, gaps: float = 0.05) -> Any:
    """Coders x units: four in five readings are the unit's true value, some are missing."""
    rng = np.random.default_rng(units)
    true = rng.integers(1, values + 1, units)
    other = rng.integers(1, values + 1, (coders, units))
    data = np.where(rng.random((coders, units)) < 0.8, true, other).astype(float)
    data[rng.random((coders, units)) < gaps] = np.nan
    return data


def ours_units(data: Any) -> tuple[float, float, float]:
    result = alpha_interval(data, "nominal", resamples=RESAMPLES, seed=1)
    return result.estimate, result.se, result.low


def loop_units(data: Any, resamples: int = RESAMPLES) -> tuple[float, float, float]:
    import krippendorff

    rng = np.random.default_rng(1)
    units = data.shape[1]
    drawn = [
        krippendorff.alpha(data[:, rng.integers(0, units, units)], level_of_measurement="nominal")
        for _ in range(resamples)
    ]
    estimate = krippendorff.alpha(data, level_of_measurement="nominal")
    return float(estimate), float(np.std(drawn)), float(np.quantile(drawn, 0.025))


def loop_units_part(data: Any) -> tuple[float, float, float]:
    return loop_units(data, RESAMPLES // 20)


def ours_experts(data: Any, experts: Any) -> tuple[float, float, float]:
    result = alpha_interval(data, "nominal", experts, resamples=RESAMPLES, seed=1)
    return result.estimate, result.se, result.low


def loop_experts(data: Any, experts: Any) -> tuple[float, float, float]:
    import krippendorff

    rng = np.random.default_rng(1)
    units = [np.flatnonzero(experts == expert) for expert in range(EXPERTS)]
    drawn = []
    for _ in range(RESAMPLES):
        picked = np.concatenate([units[e] for e in rng.integers(0, EXPERTS, EXPERTS)])
        drawn.append(krippendorff.alpha(data[:, picked], level_of_measurement="nominal"))
    estimate = krippendorff.alpha(data, level_of_measurement="nominal")
    return float(estimate), float(np.std(drawn)), float(np.quantile(drawn, 0.025))


def same(ours: Any, theirs: Any) -> None:
    """The same alpha; standard errors within Monte Carlo error of each other."""
    np.testing.assert_allclose(ours[0], theirs[0], rtol=0, atol=1e-12)
    np.testing.assert_allclose(ours[1], theirs[1], rtol=0.35)


def prepare_units(units: int) -> tuple[Any, ...]:
    return (ratings(3, units),)


def prepare_experts() -> tuple[Any, ...]:
    return ratings(3, 240), np.repeat(np.arange(EXPERTS), 12)


def prepare_growth(units: int) -> tuple[Any, ...]:
    return (ratings(5, units, values=5, gaps=0.0),)


def distinct_rows(data: Any) -> Any:
    """One pass of numpy.unique over the units as rows."""
    return np.unique(data.T, axis=0)


def nominal_alpha(data: Any) -> float:
    return krippendorff_alpha(data, "nominal").estimate


def ordinal_alpha(data: Any) -> float:
    return krippendorff_alpha(data, "ordinal").estimate


COMPARISONS: list[Comparison] = [
    Comparison(
        name="alpha, 1,000 resamples, 3 coders x 240 units",
        peer="loop over krippendorff.alpha",
        prepare=lambda: prepare_units(240),
        ours=ours_units,
        theirs=loop_units,
        target=30,
        agree=same,
    ),
    Comparison(
        name="alpha, 1,000 resamples, 3 coders x 10,000 units",
        peer="loop over krippendorff.alpha",
        prepare=lambda: prepare_units(10_000),
        ours=ours_units,
        theirs=loop_units_part,
        target=300,
        agree=same,
        fraction=1 / 20,
    ),
    Comparison(
        name="alpha, 1,000 resamples of 20 whole experts, 3 coders x 240 units",
        peer="loop over krippendorff.alpha",
        prepare=prepare_experts,
        ours=ours_experts,
        theirs=loop_experts,
        target=30,
        agree=same,
    ),
]

GROWTH: list[Growth] = [
    Growth(
        name="alpha, nominal, 5 coders",
        sizes=(10_000, 100_000, 1_000_000),
        prepare=prepare_growth,
        run=nominal_alpha,
        reference=distinct_rows,
        reference_name="numpy.unique over the units as rows",
        limit=3,
    ),
    Growth(
        name="alpha, ordinal, 5 coders",
        sizes=(10_000, 100_000, 1_000_000),
        prepare=prepare_growth,
        run=ordinal_alpha,
        reference=distinct_rows,
        reference_name="numpy.unique over the units as rows",
        limit=3,
    ),
    Growth(
        name="alpha with 1,000 resamples, 5 coders",
        sizes=(10_000, 100_000, 1_000_000),
        prepare=prepare_growth,
        run=ours_units,
        reference=distinct_rows,
        reference_name="numpy.unique over the units as rows",
        limit=3,
    ),
]
