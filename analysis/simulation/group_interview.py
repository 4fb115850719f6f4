"""Group interviews with experts whose views are known: what a session does to counting them.

Every expert holds a view or not, independently of the others. Interviewed alone, an expert raises
what he or she holds. In a session experts speak on a view one after the other, in random order, and
three things may come between holding and raising:

echo
    An expert goes along with the one who spoke right before: raises the view if that one raised
    it, and passes over it if that one did not.
silence
    An expert does not repeat what somebody of the session has raised already.
dominance
    An expert who has less than an equal share of the talk gets to the same part of the views only;
    more than an equal share adds nothing, for nobody can raise more than is held.

It is one mechanism among many, made to be simple and to have exact answers at its ends: without
any of the three the counts are binomial; where all go along, a session has one voice.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.simulation.panels_model import check_probabilities, gamma_shape
from analysis.statistics.incidence import BoolArray, IntArray, positive_integer
from analysis.statistics.resampling import DEFAULT_SEED, resample
from analysis.statistics.results import FloatArray

#: Runs that are drawn at a time, so that their numbers stay in memory.
CHUNK = 500
_NAN = math.nan


@dataclass(frozen=True, slots=True, eq=False)
class Conversation:
    """What happens in the sessions; the defaults are single interviews.

    Attributes
    ----------
    echo : float
        The probability of raising a view because the one who spoke right before raised it.
    passing : float, optional
        The probability of passing over a view because that one did not raise it; as ``echo`` if
        not given.
    silence : float
        The probability that an expert leaves a view that is held because somebody of the session
        has raised it.
    amounts : (experts,), optional
        How much each expert talks, session by session as :func:`simulate` takes their sizes, in
        any unit. All alike if not given.
    gini : float
        Instead of ``amounts``: the Gini coefficient of speaking shares that are drawn anew in each
        run (gamma weights, as in :func:`analysis.simulation.panels.simulate_panel`).
    """

    echo: float = 0.0
    passing: float | None = None
    silence: float = 0.0
    amounts: FloatArray | None = None
    gini: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """What the counts of many runs say of each view; arrays of shape (views,).

    Names that end in ``_se`` are the errors of the simulation.

    ``heard`` is how often anybody raised the view, ``bias`` the mean of the estimated share less
    the true one, ``sd`` the estimate's standard deviation, ``coverage`` how often the interval
    holds the true share. ``design_effect`` is the variance over that of as many single interviews,
    p (1 - p) / n. ``effective`` is the number of single interviews whose mean square error is the
    same, p (1 - p) / mean square error: n over the design effect where there is no bias. Where no
    run differs from another, the two are 0 and, if there is no bias either, infinite.
    """

    heard: FloatArray
    heard_se: FloatArray
    bias: FloatArray
    bias_se: FloatArray
    sd: FloatArray
    coverage: FloatArray
    coverage_se: FloatArray
    design_effect: FloatArray
    design_effect_se: FloatArray
    effective: FloatArray
    effective_se: FloatArray
    runs: int


def simulate(
    sizes: Sequence[int],
    shares: ArrayLike,
    conversations: Sequence[Conversation],
    runs: int = 4000,
    seed: int = DEFAULT_SEED,
) -> IntArray:
    """How many experts raise each view, in many runs: runs x conversations x views.

    Parameters
    ----------
    sizes
        The number of experts in each session.
    shares
        The true share of experts who hold each view, (views,).
    conversations
        All are run with the same experts and the same chances, so that they differ by what they
        are, and less by chance.

    Raises
    ------
    ValueError
        If there is no session, a session has no expert, a share or probability is outside 0 to 1,
        or amounts do not fit the experts or are negative.

    Examples
    --------
    >>> counts = simulate([5, 5], [0.3], [Conversation(), Conversation(echo=1)], runs=100)
    >>> counts.shape, sorted(set(counts[:, 1, 0].tolist()))
    ((100, 2, 1), [0, 5, 10])
    """
    number = [positive_integer(size, "a session's size") for size in sizes]
    if not number:
        raise ValueError("there must be one session or more")
    held = np.asarray(shares, dtype=np.float64)
    if held.ndim != 1:
        raise ValueError(f"shares must be 1-d, one for each view, got shape {held.shape}")
    check_probabilities(held, "shares")
    # the largest sessions first: those that still go on are then always the first ones
    order = sorted(range(len(number)), key=lambda session: -number[session])
    ends = np.cumsum(number)
    experts = np.concatenate([np.arange(ends[s] - number[s], ends[s]) for s in order])
    checked = tuple(_checked(talk, experts) for talk in conversations)
    largest_first = np.array([number[session] for session in order], dtype=np.int64)
    task = partial(_runs, sizes=largest_first, shares=held, conversations=checked)
    return resample(task, runs, seed, chunk=CHUNK).astype(np.int64)


def _checked(talk: Conversation, experts: NDArray[np.int64]) -> Conversation:
    """The conversation with its amounts in the order of ``experts``."""
    passing = talk.echo if talk.passing is None else talk.passing
    for name, value in (("echo", talk.echo), ("passing", passing), ("silence", talk.silence)):
        check_probabilities(value, name)
    if not 0 <= talk.gini < 1:
        raise ValueError(f"gini must lie between 0 and 1, got {talk.gini}")
    amounts = talk.amounts
    if amounts is not None:
        amounts = np.asarray(amounts, dtype=np.float64)
        if amounts.shape != experts.shape:
            raise ValueError(f"amounts must name {experts.size} experts, got shape {amounts.shape}")
        if not (np.isfinite(amounts) & (amounts >= 0)).all():
            raise ValueError("amounts must be numbers of at least 0")
        if talk.gini:
            raise ValueError("amounts and gini exclude each other")
        amounts = amounts[experts]
    return Conversation(talk.echo, passing, talk.silence, amounts, talk.gini)


def _runs(
    size: int,
    rng: np.random.Generator,
    *,
    sizes: IntArray,
    shares: FloatArray,
    conversations: tuple[Conversation, ...],
) -> FloatArray:
    """A task for ``resample``: counts, size x conversations x views."""
    shape = (size, int(sizes.sum()), shares.size)
    held = rng.random(shape, dtype=np.float32) < shares.astype(np.float32)
    along, left, turn = (rng.random(shape, dtype=np.float32) for _ in range(3))
    order = np.argsort(_session(sizes) + rng.random(shape[:2]), axis=1)
    out = np.empty((size, len(conversations), shares.size))
    for place, talk in enumerate(conversations):
        reach = _reach(talk, sizes, order, rng)
        turns = None if reach is None else turn < reach[:, :, None].astype(np.float32)
        out[:, place] = _said(talk, sizes, held, along, left, turns).sum(axis=1)
    return out


def _session(sizes: IntArray) -> IntArray:
    """The session of each expert."""
    return np.repeat(np.arange(sizes.size), sizes)


def _reach(
    talk: Conversation, sizes: IntArray, order: IntArray, rng: np.random.Generator
) -> FloatArray | None:
    """The part of the views that the speakers get to, runs x experts in the order of speaking.

    None where all get to all.
    """
    if talk.amounts is not None:
        amounts = talk.amounts[None]
    elif talk.gini:
        amounts = rng.standard_gamma(gamma_shape(talk.gini), order.shape)
    else:
        return None
    starts = np.cumsum(sizes) - sizes
    mean = (np.add.reduceat(amounts, starts, axis=1) / sizes)[:, _session(sizes)]
    # where nobody of a session talks, all are alike
    relative = np.divide(amounts, mean, out=np.ones_like(amounts), where=mean > 0)
    # amounts that are drawn have no order yet, given ones are shuffled within their session
    if talk.amounts is not None:
        relative = relative[0][order]
    reach: FloatArray = np.minimum(relative, 1.0)
    return reach


def _said(
    talk: Conversation,
    sizes: IntArray,
    held: BoolArray,
    along: NDArray[np.float32],
    left: NDArray[np.float32],
    turns: BoolArray | None,
) -> BoolArray:
    """Who raises what: runs x experts x views, experts in the order of speaking by session."""
    if turns is None and not (talk.echo or talk.passing or talk.silence):
        return held
    runs, _, views = held.shape
    starts = np.cumsum(sizes) - sizes
    said = np.zeros_like(held)
    # of each session: what its last speaker did, whether there was one, what has been raised
    last, begun, already = (np.zeros((runs, sizes.size, views), dtype=np.bool_) for _ in range(3))
    for step in range(int(sizes[0])):
        on = int(np.count_nonzero(sizes > step))
        rows = starts[:on] + step
        own = held[:, rows]
        if talk.silence:
            own = own & ~(already[:, :on] & (left[:, rows] < talk.silence))
        if step:
            chance = along[:, rows]
            raised = begun[:, :on] & last[:, :on] & (chance < talk.echo)
            passed = begun[:, :on] & ~last[:, :on] & (chance < (talk.passing or 0.0))
            own = (own | raised) & ~passed
        if turns is None:
            last[:, :on], begun[:, :on] = own, True
        else:
            speaks = turns[:, rows]
            own = own & speaks
            last[:, :on] = np.where(speaks, own, last[:, :on])
            begun[:, :on] |= speaks
        already[:, :on] |= own
        said[:, rows] = own
    return said


def outcomes(counts: ArrayLike, shares: ArrayLike, limits: ArrayLike) -> Outcomes:
    """What one conversation's counts say of each view.

    Parameters
    ----------
    counts
        Runs x views.
    shares
        The true shares, (views,).
    limits
        Low and high of the interval for 0, 1, ... n experts: (n + 1) x 2.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a count exceeds n.
    """
    k, p = np.asarray(counts), np.asarray(shares, dtype=np.float64)
    ends = np.asarray(limits, dtype=np.float64)
    if k.ndim != 2 or p.shape != k.shape[1:] or ends.ndim != 2 or ends.shape[1] != 2:
        raise ValueError(
            "expected counts of runs x views, as many shares, and two limits for each count"
        )
    n, runs = len(ends) - 1, len(k)
    if k.min(initial=0) < 0 or k.max(initial=0) > n:
        raise ValueError(f"counts must lie between 0 and {n}")
    estimate = k / n
    error = estimate - p
    deviation = estimate - estimate.mean(axis=0)
    variance, square = (deviation**2).mean(axis=0), (error**2).mean(axis=0)
    variance_se, square_se = (
        (values**2).std(axis=0) / math.sqrt(runs) for values in (deviation, error)
    )
    single = p * (1 - p) / n
    heard = (k > 0).mean(axis=0)
    coverage = ((ends[k, 0] <= p) & (p <= ends[k, 1])).mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        design, design_se = variance / single, variance_se / single
        effective = p * (1 - p) / square
        effective_se = effective * square_se / square
    return Outcomes(
        heard=heard,
        heard_se=_binomial_se(heard, runs),
        bias=error.mean(axis=0),
        bias_se=estimate.std(axis=0) / math.sqrt(runs),
        sd=np.sqrt(variance),
        coverage=coverage,
        coverage_se=_binomial_se(coverage, runs),
        design_effect=design,
        design_effect_se=design_se,
        effective=effective,
        effective_se=effective_se,
        runs=runs,
    )


def _binomial_se(share: FloatArray, runs: int) -> FloatArray:
    return np.sqrt(share * (1 - share) / runs)


def order_right(counts: ArrayLike, higher: int, lower: int) -> tuple[float, float, float]:
    """How often the view with the higher true share has more experts, how often as many; the error.

    Parameters
    ----------
    counts
        Runs x views of one conversation.
    higher, lower
        The places of the two views.
    """
    k = np.asarray(counts)
    right = float((k[:, higher] > k[:, lower]).mean())
    level = float((k[:, higher] == k[:, lower]).mean())
    return right, level, math.sqrt(right * (1 - right) / len(k))
