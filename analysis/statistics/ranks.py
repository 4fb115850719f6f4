"""Ranks of codes by how many experts raised them, with intervals that keep their promise."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.statistics.incidence import (
    BoolArray,
    IntArray,
    as_incidence,
    check_confidence,
    holders,
    positive_integer,
)
from analysis.statistics.resampling import DEFAULT_SEED, resample
from analysis.statistics.results import FloatArray

METHODS = ("pairwise", "bootstrap-t", "percentile")
TIES = ("min", "mid", "max")


@dataclass(frozen=True, slots=True, eq=False)
class RankIntervals:
    """Ranks of codes, 1 for the code that most experts raised; arrays of shape (codes,).

    ``estimate`` is the rank in the panel (``ties`` says how equal counts are ranked), ``low`` and
    ``high`` the interval. ``counts`` is the number of experts who raised each code and ``n`` the
    number of experts. ``top_share`` is the share of resampled panels in which fewer than ``top``
    codes were raised by more experts, a description of stability and not a probability.
    ``low``, ``high`` and ``top_share`` are NaN where there is nothing to resample, and ``reason``
    says why.
    """

    estimate: FloatArray
    low: FloatArray
    high: FloatArray
    counts: IntArray
    top_share: FloatArray
    top: int
    n: int = 0
    confidence: float = float("nan")
    simultaneous: bool = True
    ties: str = "min"
    method: str = ""
    reason: str = ""


def rank_intervals(
    incidence: ArrayLike,
    method: str = "pairwise",
    confidence: float = 0.95,
    simultaneous: bool = True,
    ties: str = "min",
    top: int = 5,
    clusters: ArrayLike | None = None,
    resamples: int = 10_000,
    seed: int = DEFAULT_SEED,
) -> RankIntervals:
    """Rank codes by the number of experts who raised them, with intervals for the ranks.

    A rank depends on all other codes, and near ties it jumps: the percentiles of resampled ranks
    do not cover the true rank as often as they claim, because resampling adds noise that spreads
    tied codes apart or pulls apart ones together. Confidence sets for ranks come instead from
    **differences**: a code ranks below those that surely have more experts, and above those that
    surely have fewer. ``low`` is 1 plus the number of the former, ``high`` the number of codes
    minus the number of the latter (Mogstad et al. 2024). With 20 experts such sets are wide, and
    that is the finding: most of the order of the codes is not determined.

    Parameters
    ----------
    incidence
        Bool (or 0/1), shape (experts, codes).
    method
        ``"pairwise"`` (default): exact sign tests of each pair of codes on the experts who raised
        one and not the other, adjusted by Holm. Valid at any number of experts, and
        conservative. It does not resample, and takes no ``clusters``.
        ``"bootstrap-t"``: simultaneous limits of all differences from the largest studentised
        difference over resampled experts (or clusters); valid for many experts.
        ``"percentile"``: percentiles of the resampled ranks. For comparison only; see above.
    confidence
        Level of the intervals.
    simultaneous
        True: all intervals hold together with that confidence (for a table of all codes). False:
        each on its own (for a code chosen before looking); not used by ``"percentile"``, whose
        intervals never hold together.
    ties
        Rank of equal counts in ``estimate``: ``"min"`` (1, 2, 2, 4), ``"mid"`` or ``"max"``.
        The intervals of the first two methods hold for each of them.
    top
        ``top_share`` says how often each code is among the first ``top``; equal counts at the
        limit are all in.
    clusters
        Session of each expert, shape (experts,). Resampling then draws whole sessions. With
        fewer than two sessions there is nothing to draw and the intervals are NaN; below about
        ten they are rough.
    resamples, seed
        Of the resampling.

    Returns
    -------
    RankIntervals

    Raises
    ------
    ValueError
        If ``incidence`` is no matrix of 0 and 1, a setting is unknown or out of range, or
        ``clusters`` come with ``method="pairwise"`` or do not fit the experts.

    References
    ----------
    Mogstad, Romano, Shaikh & Wilhelm (2024), Review of Economic Studies 91, 476-518; Bazylik,
    Mogstad, Romano, Shaikh & Wilhelm (2021), NBER working paper 29519 (exact tests, counts);
    Holm (1979), Scandinavian Journal of Statistics 6, 65-70.

    Examples
    --------
    >>> panel = [[1, 1, 0]] * 12 + [[1, 0, 0]] * 6
    >>> ranks = rank_intervals(panel)
    >>> ranks.counts.tolist(), ranks.low.tolist(), ranks.high.tolist()
    ([18, 12, 0], [1.0, 1.0, 3.0], [2.0, 2.0, 3.0])
    """
    raised = as_incidence(incidence)
    _check_choice(method, METHODS, "method")
    _check_choice(ties, TIES, "ties")
    check_confidence(confidence)
    top, resamples = positive_integer(top, "top"), positive_integer(resamples, "resamples")
    if clusters is not None and method == "pairwise":
        raise ValueError(
            'sign tests take experts as independent: with clusters, use method="bootstrap-t"'
        )
    counts = holders(raised)
    n, codes = raised.shape
    members = _cluster_rows(clusters, n)
    units = n if members is None else members.shape[0]
    estimate = _ranks(counts, ties)
    low = high = top_share = np.full(codes, np.nan)
    reason = ""
    if units < 2:
        kind = "experts" if members is None else "sessions"
        reason = f"resampling needs at least two {kind}, there are {units}"
    else:
        task = partial(_resampled_counts, raised.astype(np.float64), members)
        drawn = resample(task, resamples, seed)
        ranks = 1 + _number_larger(drawn)
        top_share = np.mean(ranks <= top, axis=0)
        level = _Level(1 - confidence, simultaneous)
        if method == "percentile":
            tail = (1 - confidence) / 2
            low, high = np.quantile(ranks, [tail, 1 - tail], axis=0, method="inverted_cdf")
        elif method == "bootstrap-t":
            low, high = _from_differences(counts, drawn, level)
        else:
            low, high = _from_sign_tests(raised, level)
    return RankIntervals(
        estimate=estimate,
        low=low,
        high=high,
        counts=counts,
        top_share=top_share,
        top=top,
        n=n,
        confidence=confidence,
        simultaneous=simultaneous and method != "percentile",
        ties=ties,
        method=method,
        reason=reason,
    )


@dataclass(frozen=True, slots=True)
class _Level:
    alpha: float
    simultaneous: bool


def _ranks(counts: IntArray, ties: str) -> FloatArray:
    """Ranks by falling count, shape (codes,)."""
    larger = np.sum(counts[None, :] > counts[:, None], axis=1)
    equal = np.sum(counts[None, :] == counts[:, None], axis=1)
    weight = {"min": 0.0, "mid": 0.5, "max": 1.0}[ties]
    ranks: FloatArray = 1 + larger + weight * (equal - 1)
    return ranks


def _from_sign_tests(raised: BoolArray, level: _Level) -> tuple[FloatArray, FloatArray]:
    """Interval for each rank from exact sign tests of all ordered pairs of codes.

    Given that ``d`` experts raised one of the two codes and not the other, the number among them
    who raised the first is at most binomial(d, 1/2) when the first is no more common, so the
    upper tail is a p-value whatever the other codes do.
    """
    from scipy.special import betainc

    held = raised.astype(np.float64)
    ahead = held.T @ (1 - held)  # ahead[j, k]: experts who raised j and not k
    behind = ahead.T
    # upper tail of the binomial: P(X >= a | a + b, 1/2) = I_{1/2}(a, b + 1), and 1 at a = 0
    pvalues = np.where(ahead > 0, betainc(np.maximum(ahead, 1), behind + 1, 0.5), 1.0)
    codes = raised.shape[1]
    if level.simultaneous:
        pairs = ~np.eye(codes, dtype=bool)
        larger = np.zeros((codes, codes), dtype=bool)
        larger[pairs] = _holm(pvalues[pairs], level.alpha)
        return 1.0 + larger.sum(axis=0), codes - larger.sum(axis=1).astype(np.float64)
    low, high = np.ones(codes), np.full(codes, float(codes))
    for j in range(codes):
        others = np.arange(codes) != j
        both = np.concatenate([pvalues[others, j], pvalues[j, others]])
        rejected = _holm(both, level.alpha)
        low[j] += np.count_nonzero(rejected[: codes - 1])
        high[j] -= np.count_nonzero(rejected[codes - 1 :])
    return low, high


def _holm(pvalues: FloatArray, alpha: float) -> BoolArray:
    """Which hypotheses Holm's step-down procedure rejects."""
    order = np.argsort(pvalues, kind="stable")
    steps = alpha / np.arange(pvalues.size, 0, -1)
    passed = np.logical_and.accumulate(pvalues[order] <= steps)
    rejected = np.zeros(pvalues.size, dtype=bool)
    rejected[order[passed]] = True
    return rejected


def _from_differences(
    counts: IntArray, drawn: FloatArray, level: _Level
) -> tuple[FloatArray, FloatArray]:
    """Interval for each rank from bootstrap limits of all differences of counts.

    The limit is a quantile of the largest studentised difference: over all pairs, or over the
    pairs of one code where its interval stands alone.
    """
    codes = counts.size
    centred = drawn - counts
    spread = _difference_sd(centred)
    largest = np.zeros((codes, drawn.shape[0]))
    for j in range(codes):
        sd = np.where(spread[j] > 0, spread[j], np.inf)
        largest[j] = np.max(np.abs(centred[:, j : j + 1] - centred) / sd, axis=1, initial=0.0)
    if level.simultaneous:
        largest = np.broadcast_to(largest.max(axis=0, initial=0.0), largest.shape)
    critical = np.quantile(largest, 1 - level.alpha, axis=1, method="inverted_cdf")
    # a difference that no resample moves has no sampling spread to set it against
    sure = (counts[:, None] - counts[None, :]) > critical[:, None] * spread
    sure &= spread > 0
    less = (counts[None, :] - counts[:, None]) > critical[:, None] * spread
    less &= spread > 0
    return 1.0 + less.sum(axis=1), codes - sure.sum(axis=1).astype(np.float64)


def _difference_sd(centred: FloatArray) -> FloatArray:
    """Standard deviation over resamples of each difference of two counts, shape (codes, codes)."""
    moments = centred.T @ centred / centred.shape[0]
    own = np.diag(moments)
    square = own[:, None] + own[None, :] - 2 * moments
    square[square < 1e-9 * (own[:, None] + own[None, :])] = 0.0
    spread: FloatArray = np.sqrt(square)
    return spread


def _resampled_counts(
    raised: FloatArray, members: FloatArray | None, size: int, rng: np.random.Generator
) -> FloatArray:
    """Counts of experts for each code in resampled panels, shape (size, codes).

    ``members`` (clusters, experts) marks who belongs to which cluster; None resamples experts.
    """
    rows = raised if members is None else members @ raised
    units = rows.shape[0]
    weights = rng.multinomial(units, np.full(units, 1 / units), size=size)
    drawn: FloatArray = weights.astype(np.float64) @ rows
    return drawn


def _number_larger(drawn: FloatArray) -> NDArray[np.int64]:
    """For each panel and code, how many codes have a larger count, shape (panels, codes)."""
    larger = np.empty(drawn.shape, dtype=np.int64)
    for j in range(drawn.shape[1]):
        larger[:, j] = np.count_nonzero(drawn > drawn[:, j : j + 1], axis=1)
    return larger


def _cluster_rows(clusters: ArrayLike | None, experts: int) -> FloatArray | None:
    if clusters is None:
        return None
    labels = np.asarray(clusters)
    if labels.shape != (experts,):
        raise ValueError(
            f"clusters must name the session of each of {experts} experts, got shape {labels.shape}"
        )
    names, member = np.unique(labels, return_inverse=True)
    rows: FloatArray = (np.arange(names.size)[:, None] == member[None, :]).astype(np.float64)
    return rows


def _check_choice(value: str, known: tuple[str, ...], name: str) -> None:
    if value not in known:
        raise ValueError(f"{name} must be one of {', '.join(known)}, got {value!r}")
