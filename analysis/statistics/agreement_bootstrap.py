"""The bootstrap behind the intervals of alpha: resampling weights over rating patterns.

Internal to :mod:`analysis.statistics.agreement`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from statistics import NormalDist
from typing import Any

import numpy as np

from analysis.statistics.agreement_patterns import (
    IntArray,
    Patterns,
    alphas_from_sums,
    multiply,
    summands,
)
from analysis.statistics.resampling import resample
from analysis.statistics.results import Estimate, FloatArray

NAN = float("nan")

#: The acceleration of the interval needs one alpha for each left-out cluster; beyond this many it
#: is practically zero (it shrinks with the square root of their number) and is left out.
_JACKKNIFE = 2_000
#: Cells of the resampling weights held at a time.
_WEIGHT_CELLS = 4_000_000
#: Draws handled at a time, so that they stay in the processor's cache.
_CACHE = 1 << 15

_IGNORES = (
    "ignores that statements of one expert are alike: every unit was resampled on its own, "
    "so the interval is too short; pass clusters to resample whole experts"
)


def bootstrap_interval(
    point: Estimate,
    patterns: Patterns,
    level: str,
    distance: FloatArray | None,
    positions: IntArray | None,
    resamples: int,
    seed: int,
    confidence: float,
) -> Estimate:
    """``point`` with the interval that :func:`analysis.statistics.agreement.alpha_interval` says.

    ``positions`` is each unit's cluster, shape (units,), or None for single units.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, got {confidence}")
    table = None if positions is None else _cluster_table(patterns, positions)
    n = patterns.units if table is None else table.shape[0]
    what = "units one by one" if table is None else "whole clusters"
    method = f"{point.method}; BCa bootstrap of {what}, {resamples} resamples"
    notes = [_IGNORES] if table is None else []
    if np.isnan(point.estimate):
        return Estimate(NAN, n=n, confidence=confidence, method=method, reason=point.reason)
    if n < 2:
        notes.append(f"an interval needs two or more clusters, got {n}")
        return Estimate(
            point.estimate, n=n, confidence=confidence, method=method, reason="; ".join(notes)
        )
    # alpha needs sums over units only, so each cluster is summed up once, before the resampling
    rows = summands(patterns, level, distance)
    if table is None:
        times = patterns.weights
    else:
        times = np.ones(n)
        rows = table if rows is None else table @ rows
    light = replace(patterns, of_unit=None)
    widest = max(len(times), len(patterns.values), len(patterns.weights) if rows is table else 0)
    drawn = resample(
        partial(_draw, light, level, distance, times, rows),
        resamples,
        seed,
        chunk=min(1000, max(1, _WEIGHT_CELLS // widest)),
    )
    defined = drawn[~np.isnan(drawn)]
    low = high = NAN
    undefined = 1 - len(defined) / len(drawn)
    if undefined:
        notes.append(f"alpha is undefined in {undefined:.1%} of the resamples")
    if undefined <= 1 - confidence + 1e-12:
        if np.ptp(defined) < 1e-12:
            notes.append("all resamples give the same alpha: the bootstrap shows no uncertainty")
        else:
            bend = acceleration(patterns, level, distance, times, rows)
            low, high = limits(point.estimate, defined, bend, n, confidence)
    if table is not None and n < 10:
        notes.append(f"only {n} clusters: the interval is rough")
    return Estimate(
        point.estimate,
        se=float(defined.std(ddof=1)) if len(defined) > 1 else NAN,
        low=low,
        high=high,
        n=n,
        confidence=confidence,
        method=method,
        reason="; ".join(notes),
    )


def _cluster_table(patterns: Patterns, positions: IntArray) -> Any:
    """How often each pattern occurs in each cluster that has a pairable unit, (C, P)."""
    of_unit = patterns.of_unit
    assert of_unit is not None
    kept = of_unit >= 0
    used, cluster = np.unique(positions[kept], return_inverse=True)
    width = len(patterns.weights)
    if len(used) * width <= 2 * _WEIGHT_CELLS:
        flat = np.bincount(cluster * width + of_unit[kept], minlength=len(used) * width)
        return flat.reshape(len(used), width).astype(float)
    from scipy.sparse import coo_array

    cells = (np.ones(int(kept.sum())), (cluster, of_unit[kept]))
    return coo_array(cells, shape=(len(used), width)).tocsr()


def _draw(
    patterns: Patterns,
    level: str,
    distance: FloatArray | None,
    times: FloatArray,
    rows: Any,
    size: int,
    rng: np.random.Generator,
) -> FloatArray:
    """Alpha in ``size`` resamples.

    ``times`` (classes,): how many alike items each class holds (units of a pattern, or one
    cluster); ``rows`` (classes, K): what one item adds to the sums, None where it is its weight.
    """
    weights = draw_weights(times, size, rng)
    sums = weights if rows is None else multiply(weights, rows)
    return alphas_from_sums(sums, patterns, level, distance)


def draw_weights(counts: FloatArray, size: int, rng: np.random.Generator) -> FloatArray:
    """``size`` resamples of sum(counts) items from classes with these counts, (size, classes)."""
    total, classes = int(counts.sum()), len(counts)
    # One draw costs about as much as a tenth of one binomial number.
    if total > 10 * classes:
        return rng.multinomial(total, counts / total, size=size).astype(float)
    kind = np.uint16 if total < 2**16 else np.int64
    class_of = np.repeat(np.arange(classes), counts.astype(np.int64))
    out = np.empty((size, classes))
    rows = max(1, _CACHE // total)
    for start in range(0, size, rows):
        block = out[start : start + rows]
        picked = class_of.take(rng.integers(0, total, size=(len(block), total), dtype=kind))
        picked += (np.arange(len(block)) * classes)[:, None]
        block[:] = np.bincount(picked.ravel(), minlength=block.size).reshape(block.shape)
    return out


def acceleration(
    patterns: Patterns, level: str, distance: FloatArray | None, times: FloatArray, rows: Any
) -> float:
    """The acceleration of the BCa interval from leaving out one cluster (or unit) at a time.

    ``times`` and ``rows`` as for :func:`_draw`.
    """
    if len(times) > _JACKKNIFE:
        return 0.0
    if rows is None:
        rows = np.eye(len(times))
    each = rows if isinstance(rows, np.ndarray) else rows.toarray()
    left = alphas_from_sums(times @ each - each, patterns, level, distance)
    known = ~np.isnan(left)
    left, times = left[known], times[known]
    if not len(left):
        return 0.0
    gap = np.average(left, weights=times) - left
    spread = float((times * gap**2).sum())
    return float((times * gap**3).sum() / (6 * spread**1.5)) if spread > 0 else 0.0


def limits(
    estimate: float, drawn: FloatArray, bend: float, n: int, confidence: float
) -> tuple[float, float]:
    """Limits of the interval from resampled alphas of ``n`` independent clusters.

    ``bend`` is the acceleration. What the limits are, and why: see
    :func:`analysis.statistics.agreement.alpha_interval`.
    """
    normal = NormalDist()
    size = len(drawn)
    ties = np.abs(drawn - estimate) <= 1e-12
    below = float((drawn < estimate - 1e-12).mean() + ties.mean() / 2)
    bias = normal.inv_cdf(min(max(below, 0.5 / size), 1 - 0.5 / size))
    reach = np.sqrt(n / (n - 1)) * student_quantile((1 + confidence) / 2, n - 1)
    shares = []
    for z in (-reach, reach):
        scale = 1 - bend * (bias + z)
        shares.append(normal.cdf(bias + (bias + z) / scale) if scale > 0 else float(z > 0))
    low, high = (float(limit) for limit in np.quantile(drawn, shares))
    if estimate < 1:
        wide = reach * float(drawn.std(ddof=1)) / (1 - estimate)
        low = min(low, 1 - (1 - estimate) * float(np.exp(min(wide, 50.0))))
    return max(low, min(-1.0, estimate)), high


def student_quantile(p: float, df: int) -> float:
    """The ``p`` quantile of Student's t with ``df`` degrees of freedom.

    From 100 degrees on by the expansion of Abramowitz & Stegun (1964, 26.7.5), which is exact to
    1e-8 there and spares the import of scipy, longer than all the resampling.
    """
    if df < 100:
        from scipy.special import stdtrit

        return float(stdtrit(df, p))
    z = NormalDist().inv_cdf(p)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return float(z + sum(term / df**power for power, term in enumerate(terms, start=1)))
