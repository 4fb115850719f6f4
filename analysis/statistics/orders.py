"""What the order of interviews does: new codes, stopping, and the codes of the first few.

Rows stand in the order in which experts were heard, or sessions held: where experts heard each
other, sessions are the units (``raised.groupby(session).any()``).
"""

from __future__ import annotations

import math
from functools import partial
from itertools import combinations, product

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

from analysis.statistics.inputs import as_incidence, fraction, whole
from analysis.statistics.resampling import SEED, resample
from analysis.statistics.results import BoolArray, Estimate, IntArray, level, statistic

#: So many choices of units are gone through one by one; of more, orders are drawn.
_ENUMERABLE = 50_000
#: Orders are drawn in blocks of about this many places, so that a block stays in cache.
_BLOCK = 20_000


def new_codes(incidence: ArrayLike) -> IntArray:
    """How many codes each row is the first to raise, rows in order: (rows,)."""
    raised = as_incidence(incidence)
    if not len(raised):
        return np.zeros(0, dtype=np.int64)
    first = np.argmax(raised, axis=0)[raised.any(axis=0)]
    return np.bincount(first, minlength=len(raised)).astype(np.int64)


def seen_in_orders(raised: BoolArray, orders: int, seed: int = SEED) -> NDArray[np.uint16]:
    """How many codes were seen after each row, over random orders of rows: orders x rows.

    The codes of a row are packed into words of 64 bits; an order is a running bitwise or, and the
    codes seen are its bits.
    """
    words = bits(raised)
    size = max(20, _BLOCK // max(len(raised), 1))
    return resample(partial(_seen, words), whole(orders, "orders", 1), seed, chunk=size)


def bits(rows: BoolArray) -> NDArray[np.uint64]:
    """The last axis packed into words of 64 bits."""
    packed = np.packbits(rows, axis=-1)
    padded = np.zeros((*rows.shape[:-1], 8 * max(1, -(-rows.shape[-1] // 64))), dtype=np.uint8)
    padded[..., : packed.shape[-1]] = packed
    return padded.view(np.uint64)


def _seen(words: NDArray[np.uint64], size: int, rng: np.random.Generator) -> NDArray[np.uint16]:
    order = rng.random((size, len(words))).argsort(axis=1)
    seen = np.zeros(order.shape, dtype=np.uint16)
    for word in words.T:
        running = word.take(order)
        np.bitwise_or.accumulate(running, axis=1, out=running)
        seen += np.bitwise_count(running)
    return seen


def stopping_in_orders(
    incidence: ArrayLike,
    base_sizes: tuple[int, ...] = (4,),
    run_lengths: tuple[int, ...] = (2,),
    thresholds: tuple[float, ...] = (0.05,),
    orders: int = 10_000,
    seed: int = SEED,
    confidence: float | None = None,
) -> pd.DataFrame:
    """The rule of :func:`analysis.statistics.saturation.stopping_point` over random orders.

    One row a setting: ``stopped_at``, the row after which one stops in the order given (6 + 2 = 8
    for "6+2"; NaN: never); over random orders its ``median``, ``low`` and ``high`` among those that
    stop, the share that ``never`` does, and ``seen``, the mean share of all codes that had been
    raised by then. Where these differ widely, the order decided, and not the material.

    Raises
    ------
    ValueError
        As the rule, or if ``orders`` is less than 1.
    """
    raised = as_incidence(incidence)
    tail, codes = (1 - level(confidence)) / 2, int(raised.any(axis=0).sum())
    seen = seen_in_orders(raised, orders, seed).astype(np.int64)
    held = np.cumsum(new_codes(raised))[None]
    rows = []
    for base, run, threshold in product(base_sizes, run_lengths, thresholds):
        at = stops(seen, base, run, threshold)
        found = at[~np.isnan(at)]
        median, low, high = (
            np.quantile(found, [0.5, tail, 1 - tail]) if found.size else [np.nan] * 3
        )
        by_then = seen[~np.isnan(at), found.astype(np.int64) - 1]
        share = float(by_then.mean()) / codes if found.size else np.nan
        stopped_at = float(stops(held, base, run, threshold)[0])
        never = float(np.isnan(at).mean())
        rows.append((base, run, threshold, stopped_at, median, low, high, never, share))
    named = ["base_size", "run_length", "threshold", "stopped_at", "median", "low", "high"]
    return pd.DataFrame(rows, columns=[*named, "never", "seen"])


def stops(seen: IntArray, base_size: int, run_length: int, threshold: float) -> NDArray[np.float64]:
    """The last row of the first run that adds too little to its base; NaN for never: (orders,).

    ``seen`` (orders x rows) is the number of codes seen after each row.

    Raises
    ------
    ValueError
        If ``base_size`` or ``run_length`` is less than 1, or ``threshold`` not from 0 to 1.
    """
    base_size, run_length = whole(base_size, "base_size", 1), whole(run_length, "run_length", 1)
    threshold = fraction(threshold, "threshold")
    at = np.full(len(seen), np.nan)
    shortest = base_size + run_length
    if seen.shape[1] < shortest:
        return at
    base = seen[:, base_size - 1]
    added = seen[:, shortest - 1 :] - seen[:, base_size - 1 : -run_length]
    low = (added / np.maximum(base, 1)[:, None] <= threshold) & (base > 0)[:, None]
    stopped = low.any(axis=1)
    at[stopped] = shortest + low.argmax(axis=1)[stopped]
    return at


@statistic
def last_without_new(
    incidence: ArrayLike, k: int, orders: int = 10_000, seed: int = SEED
) -> Estimate:
    """Over what share of orders of these rows the last ``k`` add no code.

    They add none if the others have raised every code. Exact where at most 50,000 choices of ``k``
    rows can be gone through; else from random orders, with ``se`` their simulation error.

    Raises
    ------
    ValueError
        If ``k`` is not a whole number from 1 to the number of rows.

    Examples
    --------
    >>> float(last_without_new([[1, 0, 1], [1, 0, 0], [1, 1, 0]], k=1))
    0.3333333333333333
    """
    raised = as_incidence(incidence)
    n, k = len(raised), whole(k, "k", 1)
    if k > n:
        raise ValueError(f"k must be at most the number of rows, {n}, got {k}")
    if math.comb(n, k) <= _ENUMERABLE:
        without = _seen_by_choice(raised, n - k)
        quiet = float((without == raised.any(axis=0).sum()).mean())
        return Estimate(quiet, se=0.0, n=n, method="all orders")
    seen = seen_in_orders(raised, orders, seed)
    quiet = float((seen[:, -1] == (seen[:, -k - 1] if k < n else 0)).mean())
    se = math.sqrt(quiet * (1 - quiet) / orders)
    return Estimate(quiet, se=se, n=n, method=f"{orders:,} random orders")


def _seen_by_choice(raised: BoolArray, size: int) -> IntArray:
    """How many codes each choice of ``size`` rows has raised: (choices,)."""
    words = bits(raised)
    chosen = np.array(list(combinations(range(len(raised)), size)), dtype=np.int64)
    together = np.bitwise_or.reduce(words[chosen], axis=1, initial=0)
    return np.asarray(np.bitwise_count(together).sum(axis=1, dtype=np.int64))


def found_by(
    incidence: ArrayLike, common: float = 0.5, orders: int = 10_000, seed: int = SEED
) -> pd.DataFrame:
    """What share of the codes the first 1, 2, ... units found: one row a number of units.

    For group interviews the unit is the session: Guest, Namey & McKenna (2017) ask after how many
    focus groups 80% or 90% of all themes had been found, Hennink, Kaiser & Weber (2019) the same
    apart for codes that are common. ``share`` is the exact mean over all choices of so many units,
    ``low`` and ``high`` the least and the most (the middle 95% of random orders where there are
    over 50,000 choices), ``held`` the order given; ``common`` is the mean share of those codes
    that at least a share ``common`` of all units raised. Empty where no code was raised.

    Raises
    ------
    ValueError
        If ``incidence`` is no matrix of 0 and 1, or ``common`` not from 0 to 1.

    References
    ----------
    Guest, Namey & McKenna (2017), Field Methods 29, 3-22; Hennink, Kaiser & Weber (2019),
    Qualitative Health Research 29, 1483-1496.
    """
    raised = as_incidence(incidence)
    common = fraction(common, "common")
    n, holders = len(raised), raised.sum(axis=0)
    used = raised[:, holders > 0]
    codes, often = used.shape[1], holders[holders > 0] >= common * n
    drawn = seen_in_orders(used, orders, seed) if math.comb(n, n // 2) > _ENUMERABLE else None
    rows = []
    for size in range(1, n + 1) if codes else ():
        missed = all_lacking(n, size)[holders[holders > 0]]
        if drawn is None:
            choices = _seen_by_choice(used, size)
            low, high = float(choices.min()), float(choices.max())
        else:
            low, high = np.quantile(drawn[:, size - 1], [0.025, 0.975])
        held = used[:size].any(axis=0).mean()
        known = 1 - missed[often].mean() if often.any() else np.nan
        rows.append((size, 1 - missed.mean(), low / codes, high / codes, held, known))
    return pd.DataFrame(rows, columns=["units", "share", "low", "high", "held", "common"])


def all_lacking(n: int, size: int, among: int | None = None) -> NDArray[np.float64]:
    """The chance that none of ``size`` random experts holds a code, for 0, 1, ... n holders.

    C(n - f, size) / C(among, size), where ``among`` is ``n`` if it is not given.
    """
    lacking = n - np.arange(n + 1)
    possible = lacking >= size
    free = np.where(possible, lacking, size)
    whole_set = n if among is None else among
    log = gammaln(free + 1) - gammaln(free - size + 1)
    log -= gammaln(whole_set + 1) - gammaln(whole_set - size + 1)
    return np.where(possible, np.exp(log), 0.0)
