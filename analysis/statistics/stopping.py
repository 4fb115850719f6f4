"""When interviews stop adding codes: the rule of Guest, Namey & Chen, and what order does to it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.statistics.accumulation import pack_codes, seen_by_order
from analysis.statistics.incidence import (
    BoolArray,
    IntArray,
    as_incidence,
    check_confidence,
    positive_integer,
)
from analysis.statistics.resampling import DEFAULT_SEED, resample
from analysis.statistics.results import Estimate, FloatArray

#: Subsets of so many experts are enumerated (4 million); of more, orders are sampled.
_ENUMERABLE = 22


@dataclass(frozen=True, slots=True, eq=False)
class StoppingPoint:
    """Where the stopping rule of Guest, Namey & Chen (2020) stops.

    ``estimate`` is the interview at which saturation is said to lie, 6 in "6+2"; ``confirmed``
    is the last interview of the run that showed it, 8 in "6+2", after which one stops. Both are
    NaN where the rule never stops, with the ``reason``. ``ratios`` holds the new information of
    each run (shape (runs,)), ``ends`` the last interview of each run; ``base_codes`` is the
    denominator. ``n`` is the number of interviews.
    """

    estimate: float
    confirmed: float
    stopped: bool
    ratios: FloatArray
    ends: IntArray
    base_codes: int
    base_size: int
    run_length: int
    threshold: float
    n: int = 0
    method: str = "Guest, Namey & Chen (2020)"
    reason: str = ""

    @property
    def label(self) -> str:
        """The notation of the paper, "6+2"; empty where the rule never stops."""
        return f"{int(self.estimate)}+{self.run_length}" if self.stopped else ""


@dataclass(frozen=True, slots=True, eq=False)
class StoppingOrders:
    """Where the stopping rule stops over random orders of the same interviews.

    ``estimate`` is the median of the stopping points over the orders that stop, ``low`` and
    ``high`` their pointwise percentiles, ``minimum`` and ``maximum`` their range (all NaN when no
    order stops). ``stopped_by`` has shape (n,): the share of all orders whose run was confirmed
    by interview 1..n. ``never`` is the share of orders that never stop. ``codes_seen`` is the
    mean share of all codes that had been raised when an order stopped. ``n`` is the number of
    interviews.
    """

    estimate: float
    low: float
    high: float
    minimum: float
    maximum: float
    never: float
    stopped_by: FloatArray
    codes_seen: float
    orders: int
    n: int = 0
    confidence: float = float("nan")
    method: str = "Guest, Namey & Chen (2020)"
    reason: str = ""


def new_codes(incidence: ArrayLike) -> IntArray:
    """Count the codes that each expert is the first to raise, in the order of the rows.

    Parameters
    ----------
    incidence
        Bool (or 0/1), shape (experts, codes), rows in the order of the interviews.

    Returns
    -------
    array
        Shape (experts,).
    """
    raised = as_incidence(incidence)
    if raised.shape[0] == 0:
        return np.zeros(0, dtype=np.int64)
    first = np.argmax(raised, axis=0)[raised.any(axis=0)]
    return np.bincount(first, minlength=raised.shape[0]).astype(np.int64)


def interviews_without_new_code(new_codes: ArrayLike) -> int:
    """Count the interviews after the last one that added a code.

    Parameters
    ----------
    new_codes
        New codes of each interview in order, 1-d whole numbers (see :func:`new_codes`).
    """
    counts = _new_code_counts(new_codes)
    adding = np.flatnonzero(counts)
    return int(counts.size - (adding[-1] + 1 if adding.size else 0))


def stopping_point(
    new_codes: ArrayLike,
    base_size: int = 4,
    run_length: int = 2,
    threshold: float = 0.05,
) -> StoppingPoint:
    """Apply the stopping rule of Guest, Namey & Chen (2020) to interviews in their order.

    The **base** is the number of distinct codes in the first ``base_size`` interviews. A **run**
    is ``run_length`` consecutive interviews after the base; the first starts right after the
    base and each next run starts one interview later, so runs overlap. The new information of a
    run is the number of codes it adds divided by the base. The rule stops at the first run whose
    ratio is at most ``threshold`` (compared exactly, not after rounding to per cent). The paper
    writes the result as "6+2": saturation at interview 6, confirmed by a run of 2.

    The rule describes this order of these interviews under this codebook. It does not show that
    no code is left (see :func:`stopping_sensitivity`, and ``chao2`` for how many may be).

    Parameters
    ----------
    new_codes
        Number of **new** codes of each interview in order (the function :func:`new_codes` counts
        them), 1-d whole numbers.
    base_size, run_length
        The paper considers bases of 4, 5 and 6 interviews and runs of 2 and 3.
    threshold
        Largest share of new information that counts as saturated; the paper uses .05 and 0.

    Returns
    -------
    StoppingPoint
        With NaN, ``stopped`` false and a reason where the interviews are too few, the base holds
        no code, or no run falls to the threshold.

    Raises
    ------
    ValueError
        If ``new_codes`` is not 1-d whole numbers of at least 0, if ``base_size`` or
        ``run_length`` is less than 1, or ``threshold`` is not between 0 and 1.

    References
    ----------
    Guest, Namey & Chen (2020), A simple method to assess and report thematic saturation in
    qualitative research, PLOS ONE 15(5), e0232076.

    Examples
    --------
    >>> stopping_point([20, 9, 5, 3, 4, 3, 1, 0, 1, 0]).label
    '6+2'
    """
    counts = _new_code_counts(new_codes)
    base_size, run_length = _check_rule(base_size, run_length, threshold)
    n, base = counts.size, int(counts[:base_size].sum())
    ends = np.arange(base_size + run_length, n + 1, dtype=np.int64)
    seen = np.concatenate([[0], counts.cumsum()])
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = (
            (seen[ends] - seen[ends - run_length]) / base if base else np.full(ends.size, np.nan)
        )
    at = np.flatnonzero(ratios <= threshold)
    confirmed = float(ends[at[0]]) if at.size else math.nan
    reason = ""
    if n < base_size + run_length:
        reason = f"{n} interviews are fewer than a base of {base_size} and a run of {run_length}"
    elif base == 0:
        reason = f"the first {base_size} interviews raised no code to compare with"
    elif not at.size:
        reason = f"no run of {run_length} added {threshold:.0%} or less"
    return StoppingPoint(
        estimate=confirmed - run_length,
        confirmed=confirmed,
        stopped=bool(at.size),
        ratios=ratios,
        ends=ends,
        base_codes=base,
        base_size=base_size,
        run_length=run_length,
        threshold=threshold,
        n=n,
        reason=reason,
    )


def stopping_sensitivity(
    incidence: ArrayLike,
    orders: int = 10_000,
    base_size: int = 4,
    run_length: int = 2,
    threshold: float = 0.05,
    seed: int = DEFAULT_SEED,
    confidence: float = 0.95,
) -> StoppingOrders:
    """Apply :func:`stopping_point` to random orders of the same interviews.

    Where another order of the same experts would have stopped much earlier or never, the order
    and not the material decided. Percentiles are over the orders that stop.

    Parameters
    ----------
    incidence
        Bool (or 0/1), shape (experts, codes).
    orders, seed
        How many random orders, and the seed of their draws.
    base_size, run_length, threshold
        As in :func:`stopping_point`.
    confidence
        Share of the stopping orders between ``low`` and ``high``.

    Raises
    ------
    ValueError
        If ``incidence`` is no matrix of 0 and 1, or a setting is out of range.
    """
    raised = as_incidence(incidence)
    orders = positive_integer(orders, "orders")
    base_size, run_length = _check_rule(base_size, run_length, threshold)
    check_confidence(confidence)
    experts = raised.shape[0]
    if experts < base_size + run_length:
        return _no_order(experts, orders, f"{experts} interviews are fewer than a base and a run")
    if not raised.any():
        return _no_order(experts, orders, "no code was raised")

    rule = (base_size, run_length, threshold)
    task = partial(_stopping_points, pack_codes(raised), rule)
    found = resample(task, orders, seed, chunk=max(1, min(orders, 1_000_000 // experts)))
    confirmed, seen = found[np.isfinite(found[:, 0])].T
    if confirmed.size == 0:
        return _no_order(experts, orders, "no order stopped")
    tail = (1 - confidence) / 2
    points = np.quantile(confirmed - run_length, [0.5, tail, 1 - tail, 0, 1])
    by = np.bincount(confirmed.astype(np.int64), minlength=experts + 1)[1:]
    return StoppingOrders(
        estimate=float(points[0]),
        low=float(points[1]),
        high=float(points[2]),
        minimum=float(points[3]),
        maximum=float(points[4]),
        never=1 - confirmed.size / orders,
        stopped_by=by.cumsum() / orders,
        codes_seen=float(seen.mean() / np.count_nonzero(raised.any(axis=0))),
        orders=orders,
        n=experts,
        confidence=confidence,
    )


def _no_order(experts: int, orders: int, reason: str) -> StoppingOrders:
    nan = math.nan
    stopped_by = np.zeros(experts)
    return StoppingOrders(
        nan, nan, nan, nan, nan, 1.0, stopped_by, nan, orders, experts, reason=reason
    )


def _stopping_points(
    masks: NDArray[np.uint64], rule: tuple[int, int, float], size: int, rng: np.random.Generator
) -> FloatArray:
    """For random orders: where the run was confirmed (NaN: never), and the codes seen by then."""
    base_size, run_length, threshold = rule
    seen = seen_by_order(masks, size, rng).astype(np.int64)
    base = seen[:, base_size - 1]
    added = seen[:, base_size + run_length - 1 :] - seen[:, base_size - 1 : -run_length]
    # divided as in stopping_point, so that both agree where the ratio meets the threshold
    low = (added / np.maximum(base, 1)[:, None] <= threshold) & (base > 0)[:, None]
    end = base_size + run_length + low.argmax(axis=1)
    stopped = low.any(axis=1)
    out = np.full((size, 2), np.nan)
    out[stopped, 0] = end[stopped]
    out[stopped, 1] = seen[stopped, end[stopped] - 1]
    return out


def no_new_code_in_last(
    incidence: ArrayLike, k: int, orders: int = 10_000, seed: int = DEFAULT_SEED
) -> Estimate:
    """Over what share of orders of these experts the last ``k`` interviews add no code.

    The last ``k`` experts of a random order are a random subset. They add nothing when for no
    code all its holders are among them. Only experts who hold a code shared by at most ``k``
    experts matter: where these are at most 22 (always, up to 22 experts) their subsets are
    enumerated and the share is exact, with ``se`` 0; else ``orders`` orders are sampled.

    Parameters
    ----------
    incidence
        Bool (or 0/1), shape (experts, codes).
    k
        How many last interviews, 1 to the number of experts.
    orders, seed
        Of the sampled orders, where enumeration is out of reach.

    Returns
    -------
    Estimate
        ``estimate`` the share, ``se`` its simulation error, ``n`` the number of experts;
        ``method`` is "exact" or names the orders.

    Raises
    ------
    ValueError
        If ``k`` is not a whole number from 1 to the number of experts.

    Examples
    --------
    >>> no_new_code_in_last([[1, 0, 1], [1, 0, 0], [1, 1, 0]], k=1).estimate
    0.3333333333333333
    """
    raised = as_incidence(incidence)
    experts = raised.shape[0]
    k, orders = positive_integer(k, "k"), positive_integer(orders, "orders")
    if k > experts:
        raise ValueError(f"k must be at most the number of experts, {experts}, got {k}")
    held = raised.sum(axis=0)
    rare = np.unique(raised[:, (held > 0) & (held <= k)], axis=1)
    rare = rare[rare.any(axis=1)]
    if rare.shape[0] <= _ENUMERABLE:
        share = _share_without_holders(rare, experts, k)
        return Estimate(share, se=0.0, n=experts, method="exact")
    task = partial(_last_add_nothing, pack_codes(raised), k)
    found = resample(task, orders, seed, chunk=max(1, min(orders, 1_000_000 // experts)))
    share = float(found.mean())
    se = math.sqrt(share * (1 - share) / orders)
    return Estimate(share, se=se, n=experts, method=f"{orders} random orders")


def _share_without_holders(rare: BoolArray, experts: int, k: int) -> float:
    """Share of k-subsets of ``experts`` that hold no column of ``rare`` wholly.

    ``rare`` has one row for each expert who matters; the others fill a subset freely.
    """
    matter = rare.shape[0]
    subsets = np.arange(1 << matter, dtype=np.uint32)
    free = np.ones(subsets.size, dtype=bool)
    for column in rare.T:
        holders = np.uint32(sum(1 << int(i) for i in np.flatnonzero(column)))
        free &= (subsets & holders) != holders
    sizes = np.bincount(np.bitwise_count(subsets[free]), minlength=k + 1)[: k + 1]
    ways = sum(
        int(count) * math.comb(experts - matter, k - size) for size, count in enumerate(sizes)
    )
    return ways / math.comb(experts, k)


def _last_add_nothing(
    masks: NDArray[np.uint64], k: int, size: int, rng: np.random.Generator
) -> FloatArray:
    seen = seen_by_order(masks, size, rng)
    before = seen[:, -k - 1] if k < seen.shape[1] else 0
    nothing: FloatArray = (seen[:, -1] == before).astype(np.float64)
    return nothing


def _new_code_counts(new_codes: ArrayLike) -> IntArray:
    counts = np.asarray(new_codes)
    if counts.ndim != 1:
        raise ValueError(f"new_codes must be 1-d, one count an interview, got shape {counts.shape}")
    if counts.size == 0:
        return np.zeros(0, dtype=np.int64)
    try:
        whole = counts.astype(np.float64)
    except (TypeError, ValueError):
        raise ValueError("new_codes must be whole numbers of at least 0") from None
    if not np.all((whole >= 0) & np.isfinite(whole) & (whole == np.floor(whole))):
        raise ValueError(f"new_codes must be whole numbers of at least 0, got {counts.tolist()}")
    return whole.astype(np.int64)


def _check_rule(base_size: int, run_length: int, threshold: float) -> tuple[int, int]:
    if not 0 <= threshold <= 1:
        raise ValueError(f"threshold must lie between 0 and 1, got {threshold}")
    return positive_integer(base_size, "base_size"), positive_integer(run_length, "run_length")
