"""Resampling in chunks that joblib may hand to other cores or machines.

The chunks and their seeds depend on the number of resamples and the seed alone, never on the
number of workers, so that one core, eight cores and a cluster give the same numbers. The user
chooses the workers with joblib's own switch::

    with joblib.parallel_config(backend="loky", n_jobs=8):
        alpha_interval(data, level="nominal")
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from analysis.statistics.clock import resampling

#: One seed for the whole package, so that a reader can find it: the month of the interviews.
DEFAULT_SEED = 202112


@resampling()
def resample(
    task: Callable[[int, np.random.Generator], NDArray[np.float64]],
    resamples: int,
    seed: int = DEFAULT_SEED,
    chunk: int = 1000,
) -> NDArray[np.float64]:
    """Run ``task(size, rng)`` over chunks that add up to ``resamples``; stack what it returns.

    ``task`` returns an array whose first axis has length ``size``; the result's first axis has
    length ``resamples``. ``task`` must be picklable for a parallel backend (a module-level function
    or a ``functools.partial`` of one).

    Raises
    ------
    ValueError
        If ``resamples`` or ``chunk`` is less than 1.
    """
    if resamples < 1 or chunk < 1:
        raise ValueError(f"resamples and chunk must be at least 1, got {resamples} and {chunk}")
    sizes = [chunk] * (resamples // chunk)
    if resamples % chunk:
        sizes.append(resamples % chunk)
    seeds = np.random.SeedSequence(seed).spawn(len(sizes))
    if len(sizes) == 1:  # nothing to share out: joblib need not be imported
        return task(sizes[0], np.random.default_rng(seeds[0]))

    from joblib import Parallel, delayed

    parts = Parallel()(
        delayed(task)(size, np.random.default_rng(child))
        for size, child in zip(sizes, seeds, strict=True)
    )
    return np.concatenate(parts)
