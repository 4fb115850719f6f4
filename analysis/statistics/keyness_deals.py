"""How often chance makes a word as key as it is: whole experts are dealt anew, never words.

The words of one expert are not independent draws: whoever says a word is likely to say it again.
Treated as if they were, random groups of speakers differ in many words (Brezina & Meyerhoff 2014,
Lijffijt et al. 2016). So the groups are dealt anew among whole units - experts, or all that an
expert said under one task - and every word's log-likelihood is computed for each deal.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.statistics.clock import resampling
from analysis.statistics.keyness import log_likelihood, log_ratio
from analysis.statistics.resampling import DEFAULT_SEED, resample
from analysis.statistics.results import FloatArray

#: Cells of an array worked on at a time, deals x words: small enough for the cache.
_CELLS = 100_000
#: Values of log-likelihood that differ by this part only count as equal.
_SLACK = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class KeynessDeals:
    """Every word's keyness in each group against all others, and how often chance reaches it.

    ``groups`` are the labels in sorted order. ``a`` (groups x words) are a word's occurrences in
    the group, ``b`` those outside; ``c`` and ``d`` (groups,) all words there. ``log_likelihood``
    and ``log_ratio`` are those of :mod:`analysis.statistics.keyness`; the log ratio is above 0
    where the word is more frequent in the group. ``pvalue`` is the share of deals, the observed one
    among them, in which the word's log-likelihood is at least as large; ``adjusted`` that in which
    the largest of all words and groups is. Both are NaN where nothing can be dealt, with the
    ``reason``. ``maxima`` (deals,) holds the largest log-likelihood of each deal; ``n`` is the
    number of units.
    """

    groups: tuple[object, ...]
    a: FloatArray
    b: FloatArray
    c: FloatArray
    d: FloatArray
    log_likelihood: FloatArray
    log_ratio: FloatArray
    pvalue: FloatArray
    adjusted: FloatArray
    maxima: FloatArray
    n: int
    method: str
    reason: str = ""


def keyness_deals(
    counts: ArrayLike,
    sizes: ArrayLike,
    groups: ArrayLike,
    strata: ArrayLike | None = None,
    deals: int = 2_000,
    seed: int = DEFAULT_SEED,
) -> KeynessDeals:
    """Keyness of every word in each group, against deals of whole units to the groups.

    Parameters
    ----------
    counts
        Units x words: how often each unit (an expert, say) uses each word.
    sizes
        All words of each unit, those without a column included.
    groups
        The group of each unit.
    strata
        Groups are dealt anew within a stratum only: the session of each expert; or the expert, if
        a unit is all that an expert said under one task.
    deals, seed
        How many random deals, and the seed that fixes them.

    Returns
    -------
    KeynessDeals
        With two groups the rows are each other's mirror image, and are counted once.

    Raises
    ------
    ValueError
        If the shapes do not fit, a unit has no words or fewer than its counts add up to, a count
        is negative or missing, there are fewer than two groups, or ``deals`` is less than 1.

    Notes
    -----
    The adjustment is the single-step maximum of Westfall & Young: a word that few units use often
    has a large log-likelihood in many deals, and every other word is held against that.

    References
    ----------
    Brezina, V. & Meyerhoff, M. (2014). International Journal of Corpus Linguistics 19, 1-28.
    Lijffijt, J. et al. (2016). Digital Scholarship in the Humanities 31, 374-397. Westfall, P. H. &
    Young, S. S. (1993). Resampling-Based Multiple Testing, sec. 2.3.

    Examples
    --------
    >>> found = keyness_deals([[9], [8], [1], [0]], [100] * 4, list("aabb"), deals=999)
    >>> round(float(found.log_likelihood[0, 0]), 1), round(float(found.pvalue[0, 0]), 1)
    (17.2, 0.3)
    """
    x, size = _read(counts, sizes)
    labels, group = _groups(groups, len(x), "groups")
    if len(labels) < 2:
        raise ValueError(f"keyness compares two groups or more, got {len(labels)}")
    stratum = np.zeros(len(x), dtype=np.intp)
    if strata is not None:
        _, stratum = _groups(strata, len(x), "strata")
    if deals < 1:
        raise ValueError(f"deals must be at least 1, got {deals}")
    order = np.argsort(stratum, kind="stable")
    x, size, group, stratum = x[order], size[order], group[order], stratum[order]
    member = (group == np.arange(len(labels))[:, None]).astype(np.float64)
    a, c = member @ x, member @ size
    b, d = x.sum(axis=0) - a, size.sum() - c
    g2, ratio = _keyness(a, b, c, d), np.asarray(log_ratio(a, b, c[:, None], d[:, None]))
    method = f"{deals} random deals of whole units{' within strata' if strata is not None else ''}"
    pvalue = adjusted = np.full(g2.shape, np.nan)
    maxima, reason = np.empty(0), ""
    if not x.shape[1]:
        reason = "no words"
    elif not _dealable(group, stratum):
        reason = "each stratum holds one group only, so that no deal changes anything"
    else:
        task = partial(_deal, group=group, stratum=stratum)
        dealt = resample(task, deals, seed, chunk=10_000).astype(np.intp)
        reached, maxima = _evaluate(dealt, x, size, g2)
        # what was seen is one of the deals
        pvalue = (1 + reached) / (1 + deals)
        beaten = deals - np.searchsorted(np.sort(maxima), g2 * (1 - _SLACK))
        adjusted = (1 + beaten) / (1 + deals)
    return KeynessDeals(
        labels, a, b, c, d, g2, ratio, pvalue, adjusted, maxima, len(x), method, reason
    )


def _keyness(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> FloatArray:
    return np.asarray(log_likelihood(a, b, c[:, None], d[:, None]))


def _read(counts: ArrayLike, sizes: ArrayLike) -> tuple[FloatArray, FloatArray]:
    x, size = np.asarray(counts, dtype=np.float64), np.asarray(sizes, dtype=np.float64)
    if x.ndim != 2 or not len(x):
        raise ValueError(f"counts must be units x words, got shape {x.shape}")
    if size.shape != (len(x),):
        raise ValueError(f"sizes must be one for each of {len(x)} units, got shape {size.shape}")
    if not (np.isfinite(x).all() and np.isfinite(size).all()) or (x < 0).any():
        raise ValueError("counts and sizes must be numbers of 0 or more, none missing")
    if (size <= 0).any() or (x.sum(axis=1) > size).any():
        raise ValueError("each unit must have words, and no fewer than its counts add up to")
    return x, size


def _groups(labels: ArrayLike, n: int, name: str) -> tuple[tuple[object, ...], NDArray[np.intp]]:
    array = np.asarray(labels)
    if array.shape != (n,):
        raise ValueError(f"{name} must be one label for each of {n} units, got {array.shape}")
    found, place = np.unique(array, return_inverse=True)
    return tuple(found.tolist()), place


def _dealable(group: NDArray[np.intp], stratum: NDArray[np.intp]) -> bool:
    pairs = np.unique(np.column_stack([stratum, group]), axis=0)
    return len(pairs) > len(np.unique(stratum))


def _deal(
    size: int, rng: np.random.Generator, *, group: NDArray[np.intp], stratum: NDArray[np.intp]
) -> FloatArray:
    """``size`` deals of the groups within strata: deals x units, the units sorted by stratum."""
    # within a stratum the order of random numbers is a random order of its units
    order = np.argsort(stratum + rng.random((size, len(group))), axis=1)
    return group[order].astype(np.float64)


@resampling()
def _evaluate(
    dealt: NDArray[np.intp], x: FloatArray, size: FloatArray, seen: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """In how many deals each word reaches what was seen, and the largest value of each deal."""
    words, whole = x.sum(axis=0), size.sum()
    tested = range(len(seen)) if len(seen) > 2 else range(1)  # of two, each is the other's mirror
    reached, maxima = np.zeros_like(seen), np.zeros(len(dealt))
    block = max(1, _CELLS // x.shape[1])
    for start in range(0, len(dealt), block):
        rows = slice(start, start + block)
        for group in tested:
            member = (dealt[rows] == group).astype(np.float64)
            a, c = member @ x, member @ size
            g2 = _keyness(a, words - a, c, whole - c)
            reached[group] += (g2 >= seen[group] * (1 - _SLACK)).sum(axis=0)
            maxima[rows] = np.maximum(maxima[rows], g2.max(axis=1))
    if len(tested) < len(seen):
        reached[1] = reached[0]
    return reached, maxima
