"""Correspondence analysis: a bootstrap of 1,000 resamples against a loop over prince.CA.

Two comparisons, each like with like. "full" analyses every resample anew, as the loop does, which
fits prince.CA to each resample and reads rows and columns. "partial" places the resamples on the
dimensions of one analysis, as the loop does, which fits prince.CA once and transforms each
resample's rows and columns. Ours also draws the resamples and computes the covariances of the
points; the loop is given its resamples.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module

import numpy as np

from analysis.statistics.correspondence import (
    AxesBootstrap,
    bootstrap_axes,
    correspondence_analysis,
)
from analysis.statistics.correspondence_bootstrap import resampling_plan
from analysis.statistics.resampling import DEFAULT_SEED
from benchmarks.harness import Comparison, Growth

RESAMPLES = 1_000
#: The loops do this part of the resamples; their time is divided by it.
PART = 0.1

Panel = tuple[np.ndarray, np.ndarray]


@lru_cache(maxsize=8)
def _panel(experts: int = 20, codes: int = 30) -> Panel:
    """Experts of eight groups; every code of a small panel is raised by several experts."""
    rng = np.random.default_rng(8)
    incidence = rng.random((experts, codes)) < rng.uniform(0.3, 0.6, codes)
    incidence[:, 0] = True
    return incidence, np.arange(experts) % 8


@lru_cache(maxsize=1)
def _resamples() -> list[np.ndarray]:
    """The tables that ``bootstrap_axes`` draws, for the loops (not timed)."""
    draw = resampling_plan(*_panel())[1]
    seed = np.random.SeedSequence(DEFAULT_SEED).spawn(1)[0]
    return list(draw(RESAMPLES, np.random.default_rng(seed)))[: int(RESAMPLES * PART)]


def _prepare() -> Panel:
    import_module("prince")  # so that the loop's time has no import in it
    _resamples()
    return _panel()


def _partial(incidence: np.ndarray, groups: np.ndarray) -> AxesBootstrap:
    return bootstrap_axes(incidence, groups, resamples=RESAMPLES)


def _full(incidence: np.ndarray, groups: np.ndarray) -> AxesBootstrap:
    return bootstrap_axes(incidence, groups, resamples=RESAMPLES, method="full")


def _prince_fits(incidence: np.ndarray, groups: np.ndarray) -> list[tuple[np.ndarray, ...]]:
    import pandas as pd
    import prince

    out = []
    for table in _resamples():
        frame = pd.DataFrame(table[:, table.any(axis=0)])
        ca = prince.CA(n_components=2).fit(frame)
        rows, columns = ca.row_coordinates(frame), ca.column_coordinates(frame)
        out.append((ca.eigenvalues_, np.asarray(rows), np.asarray(columns)))
    return out


def _prince_transforms(incidence: np.ndarray, groups: np.ndarray) -> list[tuple[np.ndarray, ...]]:
    import pandas as pd
    import prince

    counts = resampling_plan(incidence, groups)[0]
    ca = prince.CA(n_components=2).fit(pd.DataFrame(counts))
    out = []
    with np.errstate(invalid="ignore", divide="ignore"):
        for table in _resamples():
            frame = pd.DataFrame(table)
            rows, columns = ca.row_coordinates(frame), ca.column_coordinates(frame)
            out.append((np.asarray(rows), np.asarray(columns)))
    return out


def _same_maps(ours: AxesBootstrap, theirs: list[tuple[np.ndarray, ...]]) -> None:
    """Equal inertias, and equal distances of rows in the plane (ours are turned)."""
    for at, (inertias, rows, _) in enumerate(theirs):
        if not np.allclose(ours.inertias[at, :2], inertias, atol=1e-9):
            raise AssertionError(f"inertias of resample {at} differ")
        mine = ours.rows[at]
        if not np.allclose(mine @ mine.T, rows @ rows.T, atol=1e-6):
            raise AssertionError(f"rows of resample {at} differ")


def _same_points(ours: AxesBootstrap, theirs: list[tuple[np.ndarray, ...]]) -> None:
    """Equal coordinates but for the sign of a dimension."""
    for at, (rows, columns) in enumerate(theirs):
        present = ~np.isnan(ours.columns[at, :, 0])
        if not np.allclose(np.abs(ours.rows[at]), np.abs(rows), atol=1e-9) or not np.allclose(
            np.abs(ours.columns[at, present]), np.abs(columns[present]), atol=1e-9
        ):
            raise AssertionError(f"points of resample {at} differ")


COMPARISONS: list[Comparison] = [
    Comparison(
        name="correspondence analysis of 8 groups x 30 codes, 1,000 resamples, each analysed",
        peer="a loop over prince.CA().fit",
        prepare=_prepare,
        ours=_full,
        theirs=_prince_fits,
        target=200,
        agree=_same_maps,
        fraction=PART,
    ),
    Comparison(
        name="the same, resamples placed on one analysis (partial bootstrap)",
        peer="one prince.CA().fit, a loop over its row and column coordinates",
        prepare=_prepare,
        ours=_partial,
        theirs=_prince_transforms,
        target=100,
        agree=_same_points,
        fraction=PART,
    ),
]

GROWTH: list[Growth] = [
    Growth(
        name="bootstrap_axes (full), 8 groups x codes, 200 resamples",
        sizes=(10, 100, 1_000),
        prepare=lambda codes: _panel(20, codes),
        run=lambda *panel: bootstrap_axes(*panel, resamples=200, method="full"),
    ),
    Growth(
        name="bootstrap_axes (partial), experts in 8 groups x 30 codes, 200 resamples",
        sizes=(20, 200, 2_000),
        prepare=lambda experts: _panel(experts, 30),
        run=lambda *panel: bootstrap_axes(*panel, resamples=200),
    ),
    Growth(
        name="correspondence_analysis, rows x 200 columns",
        sizes=(100, 1_000, 10_000),
        prepare=lambda rows: (_panel(rows, 200)[0].astype(float),),
        run=correspondence_analysis,
    ),
]
