"""Who speaks how much, who speaks after whom, and which codes are taken up by the next speaker."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.statistics.chance import (
    AgainstChance,
    against_chance,
    by_smallest,
    columns,
    members,
    numbered,
)
from analysis.statistics.inputs import as_booleans, as_numbers, whole
from analysis.statistics.orders import bits
from analysis.statistics.resampling import SEED, bootstrap, resample
from analysis.statistics.results import BoolArray, Estimate, FloatArray, IntArray, statistic

#: Orders that one chain of swaps hands over; rounds of swaps before the first, and between two.
_ORDERS_PER_CHAIN, _BURN_IN, _THIN = 10, 15, 3
#: Turns shuffled, or pairs of speakers counted, at most: with more of these, fewer orders.
_MOST = 10_000_000


def _amounts(amounts: ArrayLike) -> FloatArray:
    values = as_numbers(amounts, "amounts")
    if values.ndim != 1:
        raise ValueError(f"amounts must be 1-d, one a speaker, got shape {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError("amounts must be numbers; one is missing or infinite")
    if (values < 0).any():
        raise ValueError(f"amounts must not be negative, got {values.min():g}")
    # in shares of the largest: what is told of them has no unit, and no sum can be infinite
    return np.asarray(values / (values.max(initial=0) or 1.0))


@statistic
def gini(
    amounts: ArrayLike,
    confidence: float | None = None,
    resamples: int = 10_000,
    seed: int = SEED,
) -> Estimate:
    """The Gini coefficient of speaking: 0 for equal amounts, (n - 1) / n if one speaker has all.

    The mean absolute difference of two speakers drawn with replacement, over twice the mean: it
    describes these speakers (turns, words or seconds; silent ones count with 0). The interval is a
    rough one: with few speakers resamples are too equal on average. ``resamples`` of 0 leaves it
    out.

    Raises
    ------
    ValueError
        If the amounts are not 1-d, or one is negative, missing or infinite.

    References
    ----------
    Gini (1914), Atti del Reale Istituto Veneto 73(2), 1203-1248; Sen (1973), On Economic
    Inequality, eq. 2.8.1.

    Examples
    --------
    >>> float(gini([0, 0, 0, 1], resamples=0))
    0.75
    """
    values = _amounts(amounts)
    about: dict[str, Any] = {"n": values.size, "method": "Gini coefficient"}
    if not values.any():
        return Estimate(float("nan"), reason="nobody spoke", **about)
    different, classes = np.unique(values, return_inverse=True)
    found = Estimate(float(_gini(np.bincount(classes)[None], different)[0]), **about)
    if not whole(resamples, "resamples"):
        return found
    return bootstrap(
        found, partial(_gini, amounts=different), None, classes, confidence=confidence,
        resamples=resamples, seed=seed, things="speakers",
    )  # fmt: skip


def _gini(times: FloatArray | IntArray, amounts: FloatArray) -> FloatArray:
    """Gini of each row of ``times``: how many speakers have each of the ``amounts``, ascending."""
    n = times.sum(axis=1)
    rank = 2 * np.cumsum(times, axis=1) - times - n[:, None]
    with np.errstate(invalid="ignore"):
        return np.asarray((times * rank) @ amounts / (n * (times @ amounts)))


def lorenz(amounts: ArrayLike) -> FloatArray:
    """The Lorenz curve (1905): (n + 1) x 2, from (0, 0) to (1, 1).

    The share of speakers, the quietest first, and their share of the amount; NaN after the first
    where nobody spoke. Twice the area between the curve and the diagonal is :func:`gini`.

    Raises
    ------
    ValueError
        As :func:`gini`, or without speakers.
    """
    values = np.sort(_amounts(amounts))
    if not values.size:
        raise ValueError("a Lorenz curve needs one speaker or more, got none")
    sums = np.concatenate([[0.0], np.cumsum(values)])
    sums[1:] = sums[1:] / sums[-1] if sums[-1] else np.nan
    return np.column_stack([np.linspace(0.0, 1.0, values.size + 1), sums])


@dataclass(frozen=True, eq=False)
class Transitions:
    """Who follows whom.

    ``table`` has one row a pair of speakers who were in one session, the smallest p first:
    ``before``, ``after``, ``count``, ``expected``, ``pvalue``, and ``adjusted`` for all pairs. As
    an array it is the counts, before x after, in the order of ``labels``. ``n`` transitions.
    """

    table: pd.DataFrame
    labels: list[Any]
    counts: IntArray
    n: int
    method: str
    reason: str = ""

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.counts, dtype=dtype, copy=copy)


def who_follows_whom(
    speakers: ArrayLike,
    sessions: ArrayLike | None = None,
    questions: ArrayLike | None = None,
    permutations: int = 2000,
    seed: int = SEED,
) -> Transitions:
    """How often each speaker spoke right after each other one, against shuffled turns.

    Statements of one speaker in a row are one turn. Turns are shuffled within their session, and
    within the stretch of it that is about one question where ``questions`` are given, so that
    nobody follows themself: a speaker with many turns, as a moderator has, is expected between most
    others, and who answers only some questions is expected there. Everybody keeps their turns.
    ``expected`` is the mean of the shuffled orders and the observed one.

    One label a statement, in speaking order; no question is a label of its own, say "".
    ``permutations`` of 0 gives counts only.

    Raises
    ------
    ValueError
        If labels are missing or do not match in length, or ``permutations`` is negative.

    References
    ----------
    Bakeman & Gottman (1997), Observing Interaction, 2nd ed., ch. 7-8.

    Examples
    --------
    >>> who_follows_whom(["a", "b", "a", "c"], permutations=0).counts.tolist()
    [[0, 1, 1], [1, 0, 0], [0, 0, 0]]
    """
    total = np.size(np.asarray(speakers, dtype=object))
    labels, who = numbered(speakers, total, "speakers")
    _, session = numbered(sessions, total, "sessions")
    _, question = numbered(questions, total, "questions")
    turns = [_turns(who[rows], question[rows]) for rows in members(session)]
    k, permutations = len(labels), whole(permutations, "permutations")
    counts = np.zeros((k, k), dtype=np.int64)
    cell_of = np.full((k + 1, k + 1), -1, dtype=np.int64)  # the last stands for no speaker
    for who_spoke, _ in turns:
        np.add.at(counts, (who_spoke[:-1], who_spoke[1:]), 1)
        present = np.unique(who_spoke)
        cell_of[np.ix_(present, present)] = 0
    np.fill_diagonal(cell_of, -1)
    before, after = np.nonzero(cell_of == 0)
    cell_of[before, after] = np.arange(before.size)
    observed = counts[before, after]
    out = pd.DataFrame(
        {
            "before": np.array(labels, dtype=object)[before],
            "after": np.array(labels, dtype=object)[after],
            "count": observed,
        }
    )
    n = int(counts.sum())
    orders = min(permutations, max(200, _MOST // max(before.size, n, 1)))
    method = f"{orders:,} orders in which nobody follows themself, within "
    method += "sessions" if questions is None else "the questions of a session"
    if not n or not permutations:
        out = out.assign(expected=np.nan, pvalue=np.nan, adjusted=np.nan)
        reason = "nobody spoke after somebody else" if not n else "no orders were asked for"
        return Transitions(out, labels, counts, n, method, reason)
    placed = _placed([turn for turn in turns if len(turn[0]) > 1], k)
    task = partial(_shuffled, placed=placed, cell_of=cell_of)
    drawn = resample(task, orders, seed)
    out["expected"] = (drawn.sum(axis=0) + observed) / (len(drawn) + 1)
    out["pvalue"], out["adjusted"] = by_smallest(observed, drawn)
    out = out.sort_values(["pvalue", "count"], ascending=[True, False], kind="stable")
    return Transitions(out.reset_index(drop=True), labels, counts, n, method)


def _turns(who: IntArray, question: IntArray) -> tuple[IntArray, IntArray]:
    """The speaker of each turn of a session, and the number of the stretch that it belongs to."""
    starts = np.flatnonzero(np.diff(who, prepend=-1))
    return who[starts], np.cumsum(np.diff(question[starts], prepend=-1) != 0) - 1


@dataclass(frozen=True)
class _Placed:
    """Sessions side by side, sessions x places, each between two places of ``nobody``.

    ``speaker`` of each place; where its stretch begins and how many places that has; and the number
    of places of each session.
    """

    speaker: IntArray
    begin: IntArray
    places: IntArray
    length: IntArray


def _placed(turns: list[tuple[IntArray, IntArray]], nobody: int) -> _Placed:
    length = np.array([len(who) for who, _ in turns])
    speaker = np.full((len(turns), length.max() + 2), nobody, dtype=np.int64)
    begin, places = np.ones_like(speaker), np.ones_like(speaker)
    for row, (who, stretch) in enumerate(turns):
        inside, times = slice(1, len(who) + 1), np.bincount(stretch)
        speaker[row, inside] = who
        begin[row, inside] = 1 + (np.cumsum(times) - times)[stretch]
        places[row, inside] = times[stretch]
    return _Placed(speaker, begin, places, length)


def _shuffled(
    size: int, rng: np.random.Generator, *, placed: _Placed, cell_of: IntArray
) -> IntArray:
    """Transitions in ``size`` random orders: size x cells. A task for ``resample``."""
    sessions, cells = len(placed.length), int(cell_of.max()) + 1
    chains = -(-size // _ORDERS_PER_CHAIN)
    state = np.tile(placed.speaker, (chains, 1))
    chain = np.repeat(np.arange(chains), sessions)[:, None]
    kept = np.empty((_ORDERS_PER_CHAIN, chains, cells), dtype=np.int64)
    for order in range(_ORDERS_PER_CHAIN):
        for _ in range(_THIN if order else _BURN_IN):
            _swap_round(state, placed, rng)
        cell = cell_of[state[:, :-1], state[:, 1:]]
        counted = np.bincount((cell + chain * cells)[cell >= 0], minlength=chains * cells)
        kept[order] = counted.reshape(chains, cells)
    return kept.reshape(-1, cells)[:size]


def _swap_round(state: IntArray, placed: _Placed, rng: np.random.Generator) -> None:
    """One round of moves that keep anyone from following themself, in place; a row a session.

    A round tries to swap two places of a stretch, at random, as often as the longest session has
    places (50 at least), and every tenth time to turn round all between the two. Both kinds of move
    undo themselves with the same probability, so that all orders stay equally likely; turning round
    reaches those that swaps alone do not (ABAB and BABA).
    """
    row, nobody = np.arange(len(state)), state.shape[1] - 1
    own = row % len(placed.length)
    for attempt in range(max(int(placed.length.max()), 50)):
        i = 1 + (rng.random(row.size) * placed.length[own]).astype(np.int64)
        step = (rng.random(row.size) * placed.places[own, i]).astype(np.int64)
        j = placed.begin[own, i] + step
        i, j = np.minimum(i, j), np.maximum(i, j)
        a, b = state[row, i], state[row, j]
        fits = (b != state[row, i - 1]) & (a != state[row, j + 1])
        if attempt % 10 == 0:
            r, low, high = row[fits, None], i[fits, None], j[fits, None]
            at = np.minimum(low + np.arange((high - low).max(initial=0) + 1), nobody)
            state[r, at] = state[r, np.where(at <= high, low + high - at, at)]
        else:
            fits &= (j - i == 1) | ((b != state[row, i + 1]) & (a != state[row, j - 1]))
            state[row[fits], i[fits]], state[row[fits], j[fits]] = b[fits], a[fits]


def echo(
    raised: ArrayLike,
    experts: ArrayLike,
    sessions: ArrayLike | None = None,
    questions: ArrayLike | None = None,
    permutations: int = 2000,
    seed: int = SEED,
) -> AgainstChance:
    """Is a code raised right after another expert raised it, more often than by chance?

    A statement echoes a code if it raises it, and the statement before it in the session, by
    another expert, does too. ``observed`` is the share of raisings after which another expert spoke
    that were echoed. In the baseline each expert's statements change places among themselves,
    within the session, and within the question where ``questions`` are given: who speaks when stays
    as it was, and codes that a question asks for are no echo.

    ``raised`` is statements x codes in speaking order, those of the moderator left out; the others
    are one label a statement (no question is a label of its own, say ""). ``table`` has one row a
    code: ``code``, ``statements`` that raise it, ``chances`` to echo it, ``echoes``, ``expected``
    (exact), ``pvalue``, and ``adjusted`` for all codes.

    Raises
    ------
    ValueError
        If the arguments do not match in length, a label is missing, or ``permutations`` < 1.
    """
    table = as_booleans(raised, "raised")
    if table.ndim != 2:
        raise ValueError(f"raised must be statements x codes, got shape {table.shape}")
    n, permutations = len(table), whole(permutations, "permutations", 1)
    _, who = numbered(experts, n, "experts")
    _, session = numbered(sessions, n, "sessions")
    _, question = numbered(questions, n, "questions")
    order = np.argsort(session, kind="stable")
    table, who, session, question = table[order], who[order], session[order], question[order]
    follows = 1 + np.flatnonzero((session[1:] == session[:-1]) & (who[1:] != who[:-1]))
    block = np.unique(np.stack([session, who, question]), axis=1, return_inverse=True)[1].ravel()
    share = np.zeros((int(block.max(initial=-1)) + 1, table.shape[1]))
    np.add.at(share, block, table)
    share /= np.bincount(block)[:, None]
    expected = (share[block[follows - 1]] * share[block[follows]]).sum(axis=0)
    echoes = (table[follows] & table[follows - 1]).sum(axis=0)
    out = pd.DataFrame(
        {
            "code": columns(raised), "statements": table.sum(axis=0),
            "chances": table[follows - 1].sum(axis=0), "echoes": echoes, "expected": expected,
            "pvalue": np.nan, "adjusted": np.nan,
        }
    )  # fmt: skip
    drawn, reason = np.empty((0, len(out)), dtype=np.int64), ""
    if not out["chances"].sum():
        reason = "no expert spoke right after another who had raised a code"
    else:
        task = partial(_echoes, table, block, follows)
        drawn = resample(task, permutations, seed)
        out["pvalue"], out["adjusted"] = by_smallest(echoes, drawn)
    method = f"{permutations:,} orders of each expert's statements"
    return against_chance(
        out, int(echoes.sum()), int(out["chances"].sum()), float(expected.sum()),
        drawn.sum(axis=1).astype(np.float64), method, "participation.echo", reason,
    )  # fmt: skip


def _echoes(
    table: BoolArray, block: IntArray, follows: IntArray, size: int, rng: np.random.Generator
) -> IntArray:
    """Echoes of each code in ``size`` random orders: size x codes. A task for ``resample``."""
    places = np.argsort(block, kind="stable")
    codes, words = table.shape[1], bits(table)
    out = np.empty((size, codes), dtype=np.int64)
    for draw in range(size):
        order = np.empty_like(block)
        # within a block by random numbers between its own and the next
        order[places] = places[np.argsort(block[places] + rng.random(block.size))]
        both = words[order[follows - 1]] & words[order[follows]]
        found = both[both.any(axis=1)].view(np.uint8)  # few pairs of statements share a code
        out[draw] = np.unpackbits(found, axis=1, count=codes).sum(axis=0, dtype=np.int64)
    return out
