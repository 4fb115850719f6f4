"""Who follows whom, and whether a code is raised because it has just been raised."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.statistics.cooccurrence_checks import (
    Alternative,
    Codes,
    check_alternative,
    check_incidence,
    encode,
    members,
)
from analysis.statistics.resampling import DEFAULT_SEED, resample
from analysis.statistics.results import FloatArray

#: Orders that one chain of swaps hands over, and rounds of swaps before the first and between.
ORDERS_PER_CHAIN = 10
BURN_IN = 15
THIN = 3


@dataclass(frozen=True, slots=True, eq=False)
class Transitions:
    """Who follows whom: arrays speakers x speakers, the row before the column.

    ``labels`` (speakers,) in sorted order; ``counts`` how often the column's speaker spoke right
    after the row's; ``expected`` by the baseline, ``ratio`` = counts / expected (NaN for 0/0);
    ``statistic`` the standardised difference (NaN where the baseline never varies), ``pvalue`` of
    each cell by itself, ``adjusted`` for all cells by the largest statistic (both 1 where it never
    varies, NaN without a baseline). ``n`` is the number of transitions. As an array
    (``np.asarray(result)``) it is ``counts``.
    """

    labels: NDArray[Any]
    counts: FloatArray
    expected: FloatArray
    ratio: FloatArray
    statistic: FloatArray
    pvalue: FloatArray
    adjusted: FloatArray
    n: int
    method: str
    reason: str = ""

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> FloatArray:
        return np.array(self.counts, dtype=dtype, copy=copy)


@dataclass(frozen=True, slots=True, eq=False)
class Echo:
    """How often a code is raised right after another speaker raised it.

    ``observed``, ``expected``, ``sd`` and ``pvalue`` over all codes; ``code_observed``,
    ``code_expected``, ``code_sd``, ``code_pvalue`` and ``code_adjusted`` (for all codes, by the
    largest standardised difference) of shape (codes,). ``n`` is the number of statements that
    follow one of another speaker. Where the baseline never varies, p-values are 1; without
    statements they are NaN.
    """

    observed: float
    expected: float
    sd: float
    pvalue: float
    code_observed: FloatArray
    code_expected: FloatArray
    code_sd: FloatArray
    code_pvalue: FloatArray
    code_adjusted: FloatArray
    n: int
    method: str
    reason: str = ""


def _swap_round(state: Codes, rng: np.random.Generator) -> None:
    """One round of moves that keep anyone from following themself, in place.

    ``state`` is chains x (length + 2), with a different negative number at either end. A round
    tries as many swaps of two places as there are places (50 at least), and a tenth as many
    reversals of a stretch. Both kinds of move undo themselves with the same probability, so that
    all orders stay equally likely; reversals reach those that swaps alone do not (ABAB and BABA).
    """
    chains, width = state.shape
    length = width - 2
    flat = state.reshape(-1)
    base = np.arange(chains) * width
    tries = max(length, 50)
    swaps = rng.integers(1, length + 1, (2, tries, chains))
    low, high = swaps.min(axis=0) + base, swaps.max(axis=0) + base
    for i, j in zip(low, high, strict=True):
        a, b = flat[i], flat[j]
        fits = (b != flat[i - 1]) & (a != flat[j + 1])
        fits &= (j - i == 1) | ((b != flat[i + 1]) & (a != flat[j - 1]))
        i, j = i[fits], j[fits]
        flat[i], flat[j] = b[fits], a[fits]
    places = np.arange(width)
    stretches = rng.integers(1, length + 1, (2, -(-tries // 10), chains))
    for i, j in zip(stretches.min(axis=0), stretches.max(axis=0), strict=True):
        fits = (flat[base + j] != flat[base + i - 1]) & (flat[base + i] != flat[base + j + 1])
        i, j = i[fits, None], j[fits, None]
        source = np.where((places >= i) & (places <= j), i + j - places, places)
        state[fits] = np.take_along_axis(state[fits], source, axis=1)


def orders_without_repeats(turns: Codes, size: int, rng: np.random.Generator) -> Codes:
    """``size`` random orders of the turns in which nobody follows themself, size x length.

    The turns given must be such an order; chains of :func:`_swap_round` start from it.
    """
    chains = -(-size // ORDERS_PER_CHAIN)
    state = np.empty((chains, turns.size + 2), dtype=np.intp)
    state[:, 0], state[:, -1], state[:, 1:-1] = -1, -2, turns
    kept = np.empty((ORDERS_PER_CHAIN, chains, turns.size), dtype=np.intp)
    for order in range(ORDERS_PER_CHAIN):
        for _ in range(THIN if order else BURN_IN):
            _swap_round(state, rng)
        kept[order] = state[:, 1:-1]
    return kept.reshape(-1, turns.size)[:size]


def _count(orders: Codes, speakers: int) -> FloatArray:
    """Transitions in each order, orders x (speakers * speakers)."""
    cells = speakers * speakers
    which = orders[:, :-1] * speakers + orders[:, 1:]
    which += np.arange(orders.shape[0])[:, None] * cells
    counts = np.bincount(which.ravel(), minlength=orders.shape[0] * cells)
    return counts.reshape(orders.shape[0], cells).astype(float)


def _shuffled(
    size: int,
    rng: np.random.Generator,
    *,
    turns: list[Codes],
    speakers: int,
    self_turns: bool,
) -> FloatArray:
    """Transitions in ``size`` random orders of each session's turns; a task for ``resample``."""
    total = np.zeros((size, speakers * speakers))
    for session in turns:
        if self_turns:
            orders = rng.permuted(np.broadcast_to(session, (size, session.size)), axis=1)
        else:
            orders = orders_without_repeats(session, size, rng)
        total += _count(orders, speakers)
    return total


def compare(
    observed: FloatArray, drawn: FloatArray, expected: FloatArray, sd: FloatArray, alternative: str
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Standardised differences, p-values and p-values adjusted by the largest statistic.

    ``drawn`` is resamples x cells, the others (cells,). Cells without spread get NaN, 1 and 1.
    """
    varies = sd > 1e-12
    sign = -1.0 if alternative == "less" else 1.0
    scale = np.divide(sign, sd, out=np.zeros_like(sd), where=varies)
    own, others = (observed - expected) * scale, (drawn - expected) * scale
    z = np.where(varies, sign * own, np.nan)
    if alternative == "two-sided":
        own, others = np.abs(own), np.abs(others)
    own = own - 1e-9  # ties that rounding would break
    total = drawn.shape[0] + 1
    pvalue = np.where(varies, (1 + (others >= own).sum(axis=0)) / total, 1.0)
    adjusted = np.ones(observed.size)
    if varies.any():
        maxima = np.sort(others[:, varies].max(axis=1))
        beaten = drawn.shape[0] - np.searchsorted(maxima, own[varies])
        adjusted[varies] = (1 + beaten) / total
    return z, pvalue, adjusted


def who_follows_whom(
    speakers: ArrayLike,
    sessions: ArrayLike | None = None,
    self_turns: bool = False,
    alternative: Alternative = "greater",
    permutations: int = 2000,
    seed: int = DEFAULT_SEED,
) -> Transitions:
    """How often each speaker spoke right after each other one, against shuffled turns.

    Without ``self_turns`` (the default), consecutive statements of one speaker are one turn, and
    the baseline is a random order of each session's turns in which nobody follows themself: a
    speaker with many turns, as a moderator has, is then expected between most others. With
    ``self_turns``, statements are taken as they are, the diagonal is counted, and the baseline is
    any order of each session's statements. Either way everybody keeps their number of turns, and
    the last speaker of a session is not followed by the first of the next.

    Parameters
    ----------
    speakers
        One label per statement, in speaking order.
    sessions
        One label per statement; None for a single session.
    self_turns
        As above.
    alternative
        "greater": more often than in shuffled turns; "less"; "two-sided".
    permutations, seed
        How many shuffled orders (0: counts only) and the seed that fixes them.

    Returns
    -------
    Transitions
        With ``self_turns`` the expected counts are exact (n_i n_j / n over the n statements of a
        session for two speakers, n_i (n_i - 1) / n for one); without, they are the mean over the
        shuffled orders and the observed one.

    Raises
    ------
    ValueError
        If labels are missing or do not match in length, or ``permutations`` is negative.

    References
    ----------
    Bakeman, R. & Gottman, J. M. (1997). Observing Interaction, 2nd ed., ch. 7-8 (transitions with
    and without self-transitions); the p-value adjustment is Westfall & Young's (1993).

    Examples
    --------
    >>> who_follows_whom(["a", "b", "a", "c"], permutations=0).counts
    array([[0., 1., 1.],
           [1., 0., 0.],
           [0., 0., 0.]])
    """
    labels, who = encode(speakers, "speakers")
    check_alternative(alternative)
    if permutations < 0:
        raise ValueError(f"permutations must be 0 or more, got {permutations}")
    _, session = encode(np.zeros(who.size) if sessions is None else sessions, "sessions", who.size)
    turns = [who[positions] for positions in members(session)]
    if not self_turns:
        turns = [np.concatenate([t[:1], t[1:][t[1:] != t[:-1]]]) for t in turns]
    turns = [t for t in turns if t.size > 1]
    k = labels.size
    observed = sum((_count(t[None], k)[0] for t in turns), np.zeros(k * k))
    n = sum(t.size - 1 for t in turns)
    unknown = np.full((k, k), np.nan)
    kind = "all orders" if self_turns else "orders in which nobody follows themself"
    method = f"{permutations} {kind}, within sessions"
    if not n or not permutations:
        reason = "no transitions" if not n else "no baseline asked for"
        counts = observed.reshape(k, k)
        return Transitions(
            labels, counts, unknown, unknown, unknown, unknown, unknown, n, method, reason
        )
    task = partial(_shuffled, turns=turns, speakers=k, self_turns=self_turns)
    drawn = resample(task, permutations, seed, chunk=2000)
    everything = np.vstack([drawn, observed])
    expected, sd = everything.mean(axis=0), everything.std(axis=0)
    if self_turns:
        exact = np.zeros((k, k))
        for t in turns:
            each = np.bincount(t, minlength=k).astype(float)
            exact += (np.outer(each, each) - np.diag(each)) / t.size
        expected = exact.ravel()
    z, pvalue, adjusted = compare(observed, drawn, expected, sd, alternative)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = observed / expected
    return Transitions(
        labels=labels,
        counts=observed.reshape(k, k),
        expected=expected.reshape(k, k),
        ratio=ratio.reshape(k, k),
        statistic=z.reshape(k, k),
        pvalue=pvalue.reshape(k, k),
        adjusted=adjusted.reshape(k, k),
        n=n,
        method=method,
    )


def _echoes(
    size: int,
    rng: np.random.Generator,
    *,
    raised: NDArray[np.bool_],
    who: Codes,
    follows: Codes,
    blocks: Codes,
) -> FloatArray:
    """Echoes of each code in ``size`` shuffled orders; a task for ``resample``."""
    out = np.empty((size, raised.shape[1]))
    places = np.argsort(blocks, kind="stable")
    step = max(1, 2_000_000 // max(raised.size, 1))
    for start in range(0, size, step):
        count = min(step, size - start)
        # within a block the statements are sorted by random numbers between its own and the next
        keys = blocks[places] + rng.random((count, who.size))
        order = np.empty((count, who.size), dtype=np.intp)
        order[:, places] = places[np.argsort(keys, axis=1)]
        before, after = order[:, follows - 1], order[:, follows]
        others = who[before] != who[after]
        echo = raised[before] & raised[after]
        echo &= others[:, :, None]
        out[start : start + count] = echo.sum(axis=1)
    return out


def echo(
    raised: ArrayLike,
    speakers: ArrayLike,
    sessions: ArrayLike | None = None,
    within: ArrayLike | None = None,
    alternative: Alternative = "greater",
    permutations: int = 10_000,
    seed: int = DEFAULT_SEED,
) -> Echo:
    """Is a code raised right after another speaker raised it, more often than by chance?

    A statement echoes a code if it raises it, the statement before it in the session does too, and
    another speaker made that one. The baseline shuffles whole statements (speaker and codes
    together) within sessions. A guide makes codes of one question neighbours without anyone
    echoing anyone: give the questions as ``within``, so that statements are shuffled within a
    session's question only.

    Parameters
    ----------
    raised
        Statements x codes, bool or 0/1, in speaking order.
    speakers, sessions, within
        One label per statement; None: a single session, no finer blocks.
    alternative, permutations, seed
        As in :func:`who_follows_whom`.

    Returns
    -------
    Echo
        ``expected`` is exact: over every pair of neighbouring places, the share of ordered pairs
        of statements that would be an echo there. ``sd`` is that of the shuffled orders.

    Raises
    ------
    ValueError
        If the arguments do not match in length, a label is missing, or ``permutations`` < 1.
    """
    table = check_incidence(raised, "raised")
    check_alternative(alternative)
    if permutations < 1:
        raise ValueError(f"permutations must be at least 1, got {permutations}")
    n, codes = table.shape
    _, who = encode(speakers, "speakers", n)
    _, session = encode(np.zeros(n) if sessions is None else sessions, "sessions", n)
    _, part = encode(np.zeros(n) if within is None else within, "within", n)
    in_order = np.argsort(session, kind="stable")
    table, who, session, part = table[in_order], who[in_order], session[in_order], part[in_order]
    _, blocks = np.unique(session * (part.max(initial=0) + 1) + part, return_inverse=True)
    follows = np.flatnonzero(session[1:] == session[:-1]) + 1
    number = int((who[follows] != who[follows - 1]).sum())
    method = f"{permutations} orders, within {'sessions' if within is None else 'blocks'}"
    if not follows.size:
        nothing, zero = np.full(codes, np.nan), np.zeros(codes)
        nan = float("nan")
        reason = "no statement follows another"
        return Echo(0.0, nan, nan, nan, zero, nothing, nothing, nothing, nothing, 0, method, reason)
    both = table[follows] & table[follows - 1] & (who[follows] != who[follows - 1])[:, None]
    observed = both.sum(axis=0).astype(float)
    expected = _expected_echoes(table, who, blocks.astype(np.intp), follows)
    task = partial(_echoes, raised=table, who=who, follows=follows, blocks=blocks.astype(np.intp))
    drawn = resample(task, permutations, seed, chunk=2000)
    sd = drawn.std(axis=0)
    _, pvalue, adjusted = compare(observed, drawn, expected, sd, alternative)
    total = drawn.sum(axis=1, keepdims=True)
    whole = [np.array([values.sum()]) for values in (observed, expected)]
    _, overall, _ = compare(whole[0], total, whole[1], total.std(axis=0), alternative)
    return Echo(
        observed=float(whole[0][0]),
        expected=float(whole[1][0]),
        sd=float(total.std()),
        pvalue=float(overall[0]),
        code_observed=observed,
        code_expected=expected,
        code_sd=sd,
        code_pvalue=pvalue,
        code_adjusted=adjusted,
        n=number,
        method=method,
    )


def _expected_echoes(
    raised: NDArray[np.bool_], who: Codes, blocks: Codes, follows: Codes
) -> FloatArray:
    """The exact expectation of :func:`_echoes`, shape (codes,)."""
    number = blocks.max() + 1
    size = np.bincount(blocks, minlength=number)
    # how often each speaker raises each code in each block
    mine = np.zeros((number, who.max() + 1, raised.shape[1]))
    np.add.at(mine, (blocks, who), raised)
    whole = mine.sum(axis=1)
    expected = np.zeros(raised.shape[1])
    neighbours, times = np.unique(
        np.column_stack([blocks[follows - 1], blocks[follows]]), axis=0, return_counts=True
    )
    for (g, h), count in zip(neighbours, times, strict=True):
        pairs = whole[g] * whole[h] - (mine[g] * mine[h]).sum(axis=0)
        possible = size[g] * (size[h] - (g == h))
        expected += count * pairs / possible
    return cast(FloatArray, expected)
