"""Who speaks when, and who raises what: the talk of a simulated panel, all sessions at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.simulation.panels_model import BoolArray, IntArray, PanelModel
from analysis.statistics.results import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Talk:
    """The statements of the experts, session after session, in the order of speaking.

    ``expert`` and ``session`` of each statement, (U,); ``given`` statements x codes, 1 where the
    code is raised, -1 where it is opposed, else 0; ``stance`` the same for experts x codes;
    ``shares`` the expected share of each expert in the statements beyond the first (in the session,
    or in the panel where interviews are individual).
    """

    expert: IntArray
    session: IntArray
    given: NDArray[np.int8]
    stance: NDArray[np.int8]
    shares: FloatArray


def draw_talk(model: PanelModel, rng: np.random.Generator) -> Talk:
    """Draw who thinks what, who speaks how often, in which order, and what is said when."""
    stance = _stances(model, rng)
    shares, turns = _turns(model, rng)
    mentions = np.minimum(1 + rng.poisson(model.repeats, stance.shape), turns[:, None])
    mentions[stance == 0] = 0
    slots = _slots(model)
    speaker = _order(np.where(slots >= 0, turns[slots], 0), rng)
    expert = np.where(speaker >= 0, np.take_along_axis(slots, np.maximum(speaker, 0), 1), -1)
    given = _mentions(model, expert, turns, mentions, rng)
    spoken = expert >= 0
    who = expert[spoken]
    said = given[spoken].astype(np.int8)
    said *= stance[who]
    return Talk(who, model.session[who], said, stance, shares)


def _stances(model: PanelModel, rng: np.random.Generator) -> NDArray[np.int8]:
    """What each expert will say of each code, experts x codes: 1 raises, -1 opposes, 0 nothing.

    With a session correlation rho the probability of a code differs between sessions as a beta
    variable of the same mean and variance rho p (1 - p); all groups of a session share its rank.
    """
    p = model.prevalence[model.group]
    if model.session_correlation > 0:
        from scipy.special import betaincinv

        precision = 1 / model.session_correlation - 1
        rank = rng.random((len(model.session_size), model.codes))[model.session]
        inner = (p > 0) & (p < 1)
        p = p.copy()
        mean = model.prevalence[model.group][inner]
        p[inner] = betaincinv(mean * precision, (1 - mean) * precision, rank[inner])
    rest = 1 - model.prevalence
    against = np.divide(model.opposition, rest, out=np.zeros_like(rest), where=rest > 0)
    raised = rng.random(p.shape) < p
    opposed = ~raised & (rng.random(p.shape) < against[model.group])
    return raised.astype(np.int8) - opposed.astype(np.int8)


def _turns(model: PanelModel, rng: np.random.Generator) -> tuple[FloatArray, IntArray]:
    """The speaking shares and the number of statements of each expert."""
    even = np.isinf(model.evenness)
    weights = np.ones(model.experts) if even else rng.gamma(model.evenness, size=model.experts)
    weights = np.maximum(weights, 1e-12)
    if model.mode == "individual":
        shares = weights / weights.sum()
        return shares, 1 + rng.multinomial(int(model.extra_statements.sum()), shares)
    slots = _slots(model)
    inside = np.where(slots >= 0, weights[slots], 0.0)
    inside /= inside.sum(axis=1, keepdims=True)
    turns = rng.multinomial(model.extra_statements, inside)
    kept = slots >= 0
    return inside[kept], 1 + turns[kept]


def _slots(model: PanelModel) -> IntArray:
    """The experts of each session, sessions x largest session, -1 where a session has fewer."""
    largest = int(model.session_size.max())
    place = np.arange(largest)
    first = np.cumsum(model.session_size) - model.session_size
    return np.where(place < model.session_size[:, None], first[:, None] + place, -1)


def _order(turns: IntArray, rng: np.random.Generator) -> IntArray:
    """A random order of speaking, sessions x positions: the speaker's place, -1 past the end.

    The next speaker is drawn by the turns that are left, and nobody follows himself unless all
    others have done.
    """
    left = turns.copy()
    length = int(left.sum(axis=1).max())
    order = np.full((len(left), length), -1, dtype=np.int64)
    rows = np.arange(len(left))
    last = np.full(len(left), -1)
    for position in range(length):
        weights = left.copy()
        seen = last >= 0
        weights[rows[seen], last[seen]] = 0
        alone = weights.sum(axis=1) == 0
        weights[alone] = left[alone]
        total = weights.sum(axis=1)
        # who has more left than all others together speaks now, lest he should speak alone later
        due = 2 * weights > left.sum(axis=1, keepdims=True)
        pick = (np.cumsum(weights, axis=1) <= (rng.random(len(left)) * total)[:, None]).sum(axis=1)
        pick = np.where(due.any(axis=1), due.argmax(axis=1), pick)
        on = total > 0
        order[on, position] = pick[on]
        left[rows[on], pick[on]] -= 1
        last = np.where(on, pick, last)
    return order


def _mentions(
    model: PanelModel,
    expert: IntArray,
    turns: IntArray,
    mentions: IntArray,
    rng: np.random.Generator,
) -> BoolArray:
    """Where each code is mentioned, sessions x positions x codes.

    An expert with m mentions of a code to make in r statements makes one in the next with
    probability m / r, so that they fall anywhere; where the last statement, another expert's, had
    the code, ``echo`` of the remaining chance is added. Who mentions what does not depend on it.
    """
    sessions, length = expert.shape
    given = np.zeros((sessions, length, model.codes), dtype=np.bool_)
    pending, left = mentions.astype(np.float64), turns.astype(np.float64)
    heard = np.zeros((sessions, model.codes), dtype=np.bool_)
    speaking = np.full(sessions, -1)
    asks = question_starts((expert >= 0).sum(axis=1), model.questions)
    for position in range(length):
        on = expert[:, position] >= 0
        who = expert[on, position]
        chance = pending[who] / left[who, None]
        if model.echo > 0:
            fresh = (speaking[on] != who) & ~(asks[on] == position).any(axis=1)
            echoed = heard[on] & fresh[:, None] & (pending[who] > 0)
            chance = np.where(echoed, chance + model.echo * (1 - chance), chance)
        said = rng.random(chance.shape) < chance
        given[on, position] = said
        pending[who] -= said
        left[who] -= 1
        heard[on] = said
        speaking[on] = who
    return given


def question_starts(length: IntArray, questions: int) -> IntArray:
    """Before which of a session's statements by experts each question is put, sessions x questions.

    Questions divide the ``length`` of a session evenly. Where there are more questions than
    statements, those that would share a place but the last are not reached: -1.

    >>> question_starts(np.array([6, 2]), 3).tolist()
    [[0, 2, 4], [-1, 0, 1]]
    """
    start = np.arange(questions) * length[:, None] // questions
    start[:, :-1][start[:, :-1] == start[:, 1:]] = -1
    return start
