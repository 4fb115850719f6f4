"""Resampling: the one way in which experts, sessions or units are drawn again.

The chunks and their seeds depend on the number of resamples and the seed alone, never on the
number of workers, so that one core, eight cores and a cluster give the same numbers. The user
chooses the workers with joblib's own switch::

    with joblib.parallel_config(backend="loky", n_jobs=8):
        mean(experts.balance)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import ArrayLike, NDArray

from analysis.statistics.inputs import whole
from analysis.statistics.results import Estimate, FloatArray, IntArray, level

#: One seed for the whole package, so that a reader can find it, the month of the interviews.
SEED = 202112
#: How few observations or clusters still give an interval; of two, resamples have three forms.
FEWEST = 3
#: Numbers that one chunk of resamples holds at a time.
_CHUNK_CELLS = 4_000_000


def resample(
    task: Callable[[int, np.random.Generator], NDArray[Any]],
    resamples: int,
    seed: int = SEED,
    chunk: int = 1000,
) -> NDArray[Any]:
    """Run ``task(size, rng)`` over chunks that add up to ``resamples``; stack what it returns.

    ``task`` returns an array whose first axis has length ``size``. It must be picklable for a
    parallel backend (a module-level function or a ``functools.partial`` of one).

    Raises
    ------
    ValueError
        If ``resamples`` or ``chunk`` is no whole number of at least 1.
    """
    resamples, chunk = whole(resamples, "resamples", 1), whole(chunk, "chunk", 1)
    sizes = [chunk] * (resamples // chunk) + [resamples % chunk] * (resamples % chunk > 0)
    seeds = np.random.SeedSequence(seed).spawn(len(sizes))
    parts = Parallel()(
        delayed(task)(size, np.random.default_rng(child))
        for size, child in zip(sizes, seeds, strict=True)
    )
    return np.concatenate(parts)


def draw(times: IntArray, size: int, rng: np.random.Generator) -> IntArray:
    """How often each class comes up in ``size`` resamples: size x classes.

    A class stands for ``times`` things that are alike; as many things are drawn as there are.
    """
    total, classes = int(times.sum()), len(times)
    if size * total > _CHUNK_CELLS:  # of many things it is quicker to draw how often each class is
        return np.asarray(rng.multinomial(total, times / total, size=size), dtype=np.int64)
    which = rng.integers(0, total, (size, total), dtype=np.uint32)
    things = np.repeat(np.arange(classes), times)[which]
    things += classes * np.arange(size)[:, np.newaxis]
    return np.bincount(things.ravel(), minlength=size * classes).reshape(size, classes)


def bootstrap(
    point: Estimate,
    statistic: Callable[[FloatArray], FloatArray],
    rows: Any,
    classes: IntArray,
    clusters: ArrayLike | None = None,
    confidence: float | None = None,
    resamples: int = 10_000,
    seed: int = SEED,
    things: str = "units",
) -> Estimate:
    """``point`` with a percentile bootstrap interval over ``things``, or over whole ``clusters``.

    For a statistic that is a function of sums over things: it turns sums (resamples x K) into one
    number for each resample, NaN where that is undefined. ``classes`` (things,) says which are
    alike, ``rows`` (classes x K, an array or sparse) what one of each adds to the sums; None stands
    for the unit matrix, so that the sums are the weights of the classes. ``clusters`` is a label
    for each thing.

    Undefined resamples are left out, and ``method`` says how many they are. There is no interval,
    but a ``reason``, if they are more than 1 - ``confidence``, if all resamples agree, or if there
    are fewer than three things or clusters to draw from.

    Raises
    ------
    ValueError
        If there is not one cluster for each thing, or one is missing.
    """
    confidence = level(confidence)
    times = np.bincount(classes)
    if clusters is not None:
        things = "clusters"
        rows = clustered_rows(rows, classes, clusters)
        times = np.ones(len(rows), dtype=np.int64)
    n = int(times.sum())
    found = replace(point, n=n, confidence=confidence)
    if np.isnan(point.estimate):
        return found
    if n < FEWEST:
        return replace(found, reason=f"fewer than {FEWEST} {things} to draw from")
    widest = max(len(times), 1 if rows is None else rows.shape[1])
    replicates = resample(
        partial(_replicates, statistic, times, rows),
        resamples,
        seed,
        chunk=min(1000, max(1, _CHUNK_CELLS // widest)),
    )
    defined = replicates[~np.isnan(replicates)]
    undefined = resamples - len(defined)
    if undefined > (1 - confidence) * resamples + 1e-9:
        share = undefined / resamples
        return replace(found, reason=f"it is undefined in {share:.0%} of the resamples")
    if np.ptp(defined) <= 1e-12 * np.abs(defined).max():
        return replace(found, reason="all resamples agree, so that they show no uncertainty")
    method = f"{point.method}, percentile bootstrap of {things}"
    if undefined:
        method += f" ({undefined} of {resamples} resamples are undefined and left out)"
    low, high = percentile_interval(defined, confidence)
    return replace(found, se=float(defined.std(ddof=1)), low=low, high=high, method=method)


def clustered_rows(rows: Any, classes: IntArray, clusters: ArrayLike) -> FloatArray:
    """What each whole cluster adds to the sums, clusters x K; arguments as of :func:`bootstrap`."""
    labels = np.asarray(clusters)
    if labels.shape != classes.shape or pd.isna(labels).any():
        raise ValueError(
            f"expected a cluster for each of {len(classes)} units, got shape {labels.shape}"
            + (" with gaps" if labels.shape == classes.shape else "")
        )
    members, names = pd.factorize(labels, sort=True)
    kinds = int(classes.max(initial=-1)) + 1
    cells = np.bincount(members * kinds + classes, minlength=len(names) * kinds)
    table = cells.reshape(len(names), kinds).astype(np.float64)
    return table if rows is None else np.asarray(table @ rows)


def _replicates(
    statistic: Callable[[FloatArray], FloatArray],
    times: IntArray,
    rows: Any,
    size: int,
    rng: np.random.Generator,
) -> FloatArray:
    drawn = draw(times, size, rng).astype(np.float64)
    return statistic(drawn if rows is None else drawn @ rows)


def percentile_interval(
    replicates: FloatArray, confidence: float | None = None
) -> tuple[float, float]:
    """The percentile limits of bootstrap replicates (Efron 1979); undefined replicates count not.

    NaN and NaN if none is defined.
    """
    defined = replicates[~np.isnan(replicates)]
    if not defined.size:
        return float("nan"), float("nan")
    tail = (1 - level(confidence)) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return float(low), float(high)
