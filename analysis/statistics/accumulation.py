"""How the number of codes grows with the number of experts: exactly, and over sampled orders."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.statistics.incidence import (
    BoolArray,
    IntArray,
    as_incidence,
    check_confidence,
    positive_integer,
)
from analysis.statistics.resampling import DEFAULT_SEED, resample
from analysis.statistics.results import Curve, FloatArray

#: Terms of the exact curve below exp(-60) are left out: no double could show them.
_NEGLIGIBLE = 60.0
#: A variance smaller than this share of the squared mean is rounding, not variation.
_ROUNDING = 1e-13
#: Orders are drawn in blocks of about this many positions, so that a block stays in cache.
_BLOCK = 20_000
#: About so many positions make a task that is worth handing to another worker.
_TASK = 2_000_000


def accumulation(incidence: ArrayLike) -> Curve:
    """Exact mean and standard deviation of the number of codes seen, over all orders of experts.

    After ``h`` interviews in random order the experts heard are a random subset of size ``h``, so
    both moments follow from hypergeometric terms and no order need be drawn. With ``f`` holders
    of a code among ``n`` experts the code is still unseen with probability
    ``C(n - f, h) / C(n, h)``; with ``z`` experts holding neither of two codes, both are unseen
    with probability ``C(z, h) / C(n, h)``. The mean sums the former over codes, the variance the
    covariances over all pairs of codes.

    The sd is that of the curve over orders **of these experts**: it is 0 at ``h = n``, where every
    order has seen the same codes. It is not the unconditional sd of Colwell, Mao & Chang (2004),
    which speaks of experts who were not interviewed.

    Parameters
    ----------
    incidence
        Bool (or 0/1), shape (experts, codes). Codes that nobody raised count for nothing.

    Returns
    -------
    Curve
        ``size`` 1..n, ``mean`` and ``sd`` of shape (n,); ``low`` and ``high`` are NaN (see
        :func:`accumulation_band`). Without experts the curve is empty and ``reason`` says so.

    Raises
    ------
    ValueError
        If ``incidence`` is not a two-dimensional array of 0 and 1.

    Notes
    -----
    The terms are running products of ``(z - i) / (n - i)``, one for each distinct ``z``, cut
    where they fall below exp(-60). For pairs of codes with ``g`` holders of either, a term has
    about ``60 n / g`` steps, so time is linear in the number of experts (times the logarithm of
    the number of pairs), and memory is a few vectors of length n beside the pair counts (codes
    x codes). Standard deviations below about 1e-6 times the mean are rounding and given as 0.

    References
    ----------
    Ugland, Gray & Ellingsen (2003), J. Animal Ecology 72, 888-897, eqs 4-6; Mao, Colwell & Chang
    (2005), Biometrics 61, 433-441 (tau); Colwell, Mao & Chang (2004), Ecology 85, 2717-2727, eq 5.

    Examples
    --------
    >>> curve = accumulation([[1, 0], [1, 1], [0, 1]])
    >>> curve.mean.round(3).tolist(), curve.sd.round(3).tolist()
    ([1.333, 2.0, 2.0], [0.471, 0.0, 0.0])
    """
    raised = as_incidence(incidence)
    experts = raised.shape[0]
    size = np.arange(1, experts + 1, dtype=np.int64)
    nothing = np.full(experts, np.nan)
    if experts == 0:
        return Curve(size, nothing, nothing, nothing, nothing, 0, "exact", "no experts")

    shared = _shared_holders(raised)
    held = np.diag(shared)
    shared, held = shared[np.ix_(held > 0, held > 0)], held[held > 0]
    neither = experts - held[:, None] - held[None, :] + shared
    lacking, codes = np.unique(experts - held, return_counts=True)
    values, pairs = np.unique(neither, return_counts=True)
    codes_lacking = dict(zip(lacking.tolist(), codes.tolist(), strict=True))

    unseen, unseen_twice = np.zeros(experts), np.zeros(experts)
    whole = np.arange(experts, 0, -1, dtype=np.float64)
    for z, count in zip(values.tolist(), pairs.tolist(), strict=True):
        term = _probability_unseen(z, whole)
        unseen_twice[: term.size] += count * term
        if z in codes_lacking:
            unseen[: term.size] += codes_lacking[z] * term
    variance = unseen_twice - unseen**2
    variance[variance < _ROUNDING * max(1.0, experts / 1000) * unseen**2] = 0.0
    mean = held.size - unseen
    return Curve(size, mean, np.sqrt(variance), nothing, nothing.copy(), experts, "exact")


def _shared_holders(raised: BoolArray, rows: int = 8192) -> IntArray:
    """Count the experts who hold both codes of each pair, shape (codes, codes)."""
    total = np.zeros((raised.shape[1], raised.shape[1]), dtype=np.int64)
    for start in range(0, raised.shape[0], rows):
        # float32 counts exactly up to 2**24, and BLAS has no integers
        block = raised[start : start + rows].astype(np.float32)
        total += (block.T @ block).astype(np.int64)
    return total


def _probability_unseen(z: int, whole: FloatArray) -> FloatArray:
    """Give C(z, h) / C(n, h) for h = 1, 2, ... up to where it is negligible.

    ``whole`` is n, n - 1, ..., 1. The h-th value is at most (z / n)**h, which bounds the length.
    ``z`` is below n: codes without holders are left out before.
    """
    n = whole.size
    steps = min(z, math.ceil(_NEGLIGIBLE / -math.log(z / n))) if 0 < z < n else z
    ratios: FloatArray = np.arange(z, z - steps, -1, dtype=np.float64) / whole[:steps]
    return np.multiply.accumulate(ratios)


def accumulation_band(
    incidence: ArrayLike,
    orders: int = 10_000,
    seed: int = DEFAULT_SEED,
    confidence: float = 0.95,
) -> Curve:
    """Mean, sd and pointwise percentile limits of the codes seen, over sampled orders of experts.

    The band says how much the curve depends on who came first; it holds for these experts and
    says nothing about experts who were not interviewed. It is pointwise: a whole order may leave
    it, and late, where all but a few orders have seen every code, the mean may lie below
    ``low``. Mean and sd are those of the sampled orders (:func:`accumulation` has them exactly).

    Parameters
    ----------
    incidence
        Bool (or 0/1), shape (experts, codes).
    orders
        How many random orders to draw.
    seed
        Seed of the draws; the result does not depend on the number of workers.
    confidence
        Share of orders between ``low`` and ``high`` at each size (equal tails, linear
        interpolation between order statistics as in ``numpy.quantile``).

    Returns
    -------
    Curve
        Arrays of shape (n,) for 1..n experts; ``sd`` divides by ``orders``.

    Raises
    ------
    ValueError
        If ``incidence`` is no matrix of 0 and 1, ``orders`` is less than 1, or ``confidence`` is
        not between 0 and 1.

    Notes
    -----
    Each expert's codes are packed into 64-bit words; an order is a running bitwise or, and the
    codes seen are its bit count. Only histograms (experts x codes) are kept, not the orders.
    Time is ``orders`` x experts, memory does not grow with ``orders``.
    """
    raised = as_incidence(incidence)
    orders = positive_integer(orders, "orders")
    check_confidence(confidence)
    experts, codes = raised.shape
    size = np.arange(1, experts + 1, dtype=np.int64)
    method = f"{orders} random orders"
    if experts == 0:
        empty = np.empty(0)
        return Curve(size, empty, empty, empty, empty, 0, method, "no experts")
    tasks = _equal_tasks(orders, experts, codes)
    task = partial(_histogram, pack_codes(raised), codes, orders // tasks)
    histogram = resample(task, tasks, seed, chunk=1).sum(axis=0)

    seen = np.arange(codes + 1.0)
    mean = histogram @ seen / orders
    variance = np.maximum(histogram @ seen**2 / orders - mean**2, 0.0)
    variance[variance < _ROUNDING * mean**2] = 0.0
    cumulative = histogram.cumsum(axis=1)
    tail = (1 - confidence) / 2
    low, high = _quantile(cumulative, tail), _quantile(cumulative, 1 - tail)
    return Curve(size, mean, np.sqrt(variance), low, high, experts, method)


def _equal_tasks(orders: int, experts: int, codes: int) -> int:
    """Into how many equal tasks the orders are cut: a divisor of ``orders``.

    One task for a small panel (no scheduling to pay for), at most 16, and few enough that their
    histograms fit in memory together.
    """
    wanted = min(16, orders * experts // _TASK, 20_000_000 // (experts * (codes + 1)))
    return max((t for t in range(1, wanted + 1) if orders % t == 0), default=1)


def _histogram(
    masks: NDArray[np.uint64], codes: int, orders: int, size: int, rng: np.random.Generator
) -> FloatArray:
    """Count, for each number of experts, the orders that had seen 0..codes codes.

    Shape (size, experts, codes + 1): one histogram over ``orders`` orders for each of ``size``.
    """
    experts = masks.shape[0]
    offset = np.arange(experts) * (codes + 1)
    out = np.zeros((size, experts * (codes + 1)))
    for histogram in out:
        for block in _blocks(orders, experts):
            cells = np.add(seen_by_order(masks, block, rng), offset, dtype=np.intp)
            histogram += np.bincount(cells.ravel(), minlength=histogram.size)
    return out.reshape(size, experts, codes + 1)


def _blocks(orders: int, experts: int) -> list[int]:
    step = max(1, _BLOCK // experts)
    return [min(step, orders - start) for start in range(0, orders, step)]


def pack_codes(raised: BoolArray) -> NDArray[np.uint64]:
    """Pack each expert's codes into words of 64 bits, shape (experts, ceil(codes / 64))."""
    experts, codes = raised.shape
    words = max(1, math.ceil(codes / 64))
    packed = np.zeros((experts, words * 8), dtype=np.uint8)
    packed[:, : math.ceil(codes / 8)] = np.packbits(raised, axis=1)
    return packed.view(np.uint64)


def seen_by_order(
    masks: NDArray[np.uint64], orders: int, rng: np.random.Generator
) -> NDArray[np.integer]:
    """Draw random orders and count the codes seen after each expert, shape (orders, experts).

    The counts are of the smallest type that holds them: mind differences and products.
    """
    # numbers are dealt anew to the experts, see _random_orders
    dealt = masks[rng.permutation(masks.shape[0])]
    order = _random_orders(orders, masks.shape[0], rng)
    seen: NDArray[np.integer] | None = None
    for word in dealt.T:
        so_far = word.take(order)
        np.bitwise_or.accumulate(so_far, axis=1, out=so_far)
        count = np.bitwise_count(so_far)
        seen = count if seen is None else np.add(seen, count, dtype=_count_type(masks))
    assert seen is not None
    return seen


def _count_type(masks: NDArray[np.uint64]) -> type[np.integer]:
    return np.uint16 if masks.shape[1] < 1024 else np.int64


def _random_orders(orders: int, experts: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Draw random permutations of 0..experts-1, shape (orders, experts).

    Random keys are sorted with the expert's number in their lowest bits, which is several times
    faster than shuffling. Two keys with equal random bits (about one in 10**7 pairs) are put in
    the order of their numbers; the caller deals the numbers at random, so that every order of
    experts stays equally likely.
    """
    bits = max(1, (experts - 1).bit_length())
    kind: type[np.unsignedinteger] = np.uint32 if experts <= 1024 else np.uint64
    low = kind((1 << bits) - 1)
    keys = rng.integers(0, np.iinfo(kind).max, (orders, experts), dtype=kind, endpoint=True)
    keys &= ~low
    keys |= np.arange(experts, dtype=kind)
    keys.sort(axis=1)
    keys &= low
    return keys.astype(np.intp)  # take is slow with any other type


def _quantile(cumulative: FloatArray, q: float) -> FloatArray:
    """Quantile ``q`` of counts given as cumulative histograms, shape (sizes, values) -> (sizes,).

    The same rule as ``numpy.quantile``: linear between order statistics.
    """
    total = cumulative[0, -1]
    position = q * (total - 1)
    below = math.floor(position)
    lower = np.argmax(cumulative > below, axis=1)
    upper = np.argmax(cumulative > min(below + 1, total - 1), axis=1)
    result: FloatArray = lower + (position - below) * (upper - lower)
    return result
