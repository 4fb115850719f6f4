"""Panels of any size, drawn with known effects, in the format of a panel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import expit
from scipy.stats import beta

from analysis.panel.panel import Panel, make_panel
from analysis.simulation import panel_tables as tables
from analysis.simulation.coding import nominal_alpha
from analysis.simulation.panel_tables import Talk, ids
from analysis.statistics.resampling import SEED
from analysis.statistics.results import FloatArray, IntArray

#: Cuts of the latent scale of a rating into five values.
CUTS = (-2.2, -0.8, 0.8, 2.2)


def simulate_panel(
    experts: int = 20,
    codes: int = 12,
    *,
    sessions: int | None = None,
    groups: Sequence[str] = ("authorities", "society"),
    prevalence: ArrayLike = 0.35,
    opposition: ArrayLike = 0.05,
    statements: float = 6.0,
    repeats: float = 0.3,
    echo: float = 0.0,
    dominance: float = 0.3,
    session_correlation: float = 0.0,
    coders: int = 2,
    sensitivity: ArrayLike = 0.9,
    false_positive: ArrayLike = 0.01,
    unevenness: float = 0.5,
    items: int = 12,
    rating_effect: ArrayLike = 0.0,
    missing: float = 0.02,
    questions: int = 9,
    seed: int = SEED,
) -> Panel:
    """A panel drawn from known parameters; its ``truth`` holds what was planted.

    Who raises or opposes what is drawn first, for each expert and code by itself; then who speaks
    how often, in which order; then in which statements the codes fall. So the planted prevalence
    holds whatever echo and dominance are. Codes are not tied to questions. Entries of the truth
    that the constructed panel has as well have the same form. A parameter that cannot be drawn
    from is a ``ValueError`` that says which.

    Parameters
    ----------
    experts, codes
        How many. The codes are those of the second level, under one theme a task.
    sessions, groups
        Sessions (one for every five experts unless given; as many as experts: single interviews)
        and kinds of stakeholder, to which experts belong in turn: every session is mixed.
    prevalence, opposition
        The probabilities that an expert raises, and that an expert opposes a code: one number,
        (codes,) or (groups, codes). Nobody does both.
    statements, repeats
        Statements an expert, on average in each session and one at least; mentions of a code
        beyond the first, as far as these reach.
    echo, dominance
        The share of the remaining chance that is added where the last speaker has just mentioned
        a code: how strongly it draws the next speaker's own mention of it here. The coefficient
        of variation of the experts' (gamma) chances of a turn.
    session_correlation
        How alike the experts of one session are in raising a code (intraclass correlation, below
        1); the prevalence over all sessions stays what it is.
    coders, sensitivity, false_positive
        Coders beside ``consensus``, which is the truth, and the probabilities that they find a
        code that is there, and add one that is not: one number, (codes,) or (coders, codes).
    unevenness
        Probabilities of error are multiplied by 1 + unevenness for half of the experts and by
        1 - unevenness for the others: errors cluster in experts who speak unclearly.
    items, rating_effect, missing
        Rated items (0 for none), the effect of the last group on the latent scale (one number or
        (items,)), and the probability of a blank. Proportional odds; item effects fall evenly.
    questions
        Questions of the guide, put by the moderator at even distances.

    Examples
    --------
    >>> panel = simulate_panel(20, 6, prevalence=[0.9, 0.5, 0.5, 0.3, 0.2, 0.1])
    >>> panel.truth["probability"]["society"]["c01"]
    0.9
    """
    if min(experts, codes, coders, questions, len(groups), statements) < 1 or items < 0:
        raise ValueError("a panel needs experts, codes, coders, questions, groups and statements")
    size = (len(groups), codes)
    raising = _probability(prevalence, size, "prevalence")
    opposing = _probability(opposition, size, "opposition")
    if (raising + opposing > 1 + 1e-12).any():
        raise ValueError("prevalence and opposition must not exceed 1 together")
    number = -(-experts // 5) if sessions is None else sessions
    if not 1 <= number <= experts:
        raise ValueError(f"sessions must lie between 1 and the {experts} experts, got {number}")
    home = np.arange(experts) * number // experts
    group = np.arange(experts) % len(groups)
    # one stream a part, so that another rating model leaves the talk as it is
    streams = np.random.SeedSequence(seed).spawn(4)
    talk_rng, coder_rng, rating_rng, time_rng = map(np.random.default_rng, streams)

    stance = _stances(raising[group], opposing[group], home, session_correlation, talk_rng)
    speakers = _order(home, statements, dominance, talk_rng)
    asked = _asked(home[speakers], questions)
    said = _mentions(stance, speakers, home[speakers] * questions + asked, repeats, echo, talk_rng)
    talk = Talk(tuple(groups), home, group, stance, speakers, asked, said)

    unclear = np.where(coder_rng.random(experts) < 0.5, 1 + unevenness, 1 - unevenness)
    misses = 1 - _probability(sensitivity, (coders, codes), "sensitivity")
    adds = _probability(false_positive, (coders, codes), "false_positive")
    errors = np.where(said != 0, misses[:, None], adds[:, None]) * unclear[speakers][:, None]
    errors = _probability(errors, errors.shape, "an error, with unevenness,")
    gives = np.where(said != 0, 1 - errors, errors)
    given = coder_rng.random(gives.shape) < gives

    frames = tables.people(talk) | tables.statements(talk, questions, time_rng)
    frames |= tables.codings(talk, frames["statements"], given)
    truth = _planted(talk, raising) | {"echo": echo, "session_correlation": session_correlation}
    if coders > 1:
        truth["coders"] = {"expected_alpha": _alphas(talk, np.where(said < 0, 0, gives))}
    if items:
        last = (group == len(groups) - 1)[:, None]
        latent = np.linspace(1.5, -1.5, items) + last * np.asarray(rating_effect)
        latent = latent + 0.6 * rating_rng.standard_normal((experts, 1))  # an expert's leaning
        above = latent[:, :, None] - np.array(CUTS)
        answers = 1.0 + (above + rating_rng.logistic(size=(experts, items, 1)) > 0).sum(axis=2)
        answers[rating_rng.random(latent.shape) < missing] = np.nan
        frames |= tables.ratings(talk, answers)
        truth["ratings"] = {"expected_mean": _means(talk, 1 + expit(above).sum(axis=2))}
    meta = tables.meta(talk, coders, "individual" if number == experts else "group")
    return make_panel(meta, frames, truth)


def _probability(value: ArrayLike, shape: tuple[int, ...], name: str) -> FloatArray:
    """A probability in full shape: one number for all, one for each column, or one each."""
    given = np.asarray(value, dtype=np.float64)
    if not ((given >= 0) & (given <= 1)).all():
        raise ValueError(f"{name} must lie between 0 and 1")
    return np.broadcast_to(given, shape).copy()


def _stances(
    p: FloatArray, against: FloatArray, home: IntArray, correlation: float, rng: np.random.Generator
) -> IntArray:
    """What each expert will say of each code, experts x codes: 1 raises, -1 opposes, 0 nothing.

    With a session correlation rho the probability of a code differs between sessions as a beta
    variable of the same mean and variance rho p (1 - p); all groups of a session share its rank.
    """
    rank = rng.random((home.max() + 1, p.shape[1]))[home]
    opposing = np.divide(against, 1 - p, out=np.zeros_like(p), where=p < 1)
    if correlation:
        precision = 1 / correlation - 1
        inner = (p > 0) & (p < 1)
        a = np.where(inner, p, 0.5) * precision
        p = np.where(inner, beta.ppf(rank, a, precision - a), p)
    raised = rng.random(p.shape) < p
    opposed = ~raised & (rng.random(p.shape) < opposing)
    return raised.astype(np.int64) - opposed


def _order(
    home: IntArray, statements: float, dominance: float, rng: np.random.Generator
) -> IntArray:
    """The speaker of each statement, session after session.

    The next speaker is drawn by the turns that are left, and nobody follows himself unless all
    others have done; who has more left than all others together speaks now.
    """
    order: list[int] = []
    for session in range(home.max() + 1):
        members = np.flatnonzero(home == session)
        weights = np.ones(len(members))
        if dominance:
            weights = rng.gamma(dominance**-2, size=len(members)) + 1e-12
        extra = round(len(members) * (statements - 1))
        left = 1 + rng.multinomial(extra, weights / weights.sum())
        last = -1
        while left.any():
            may = left.copy()
            if last >= 0 and left.sum() > left[last]:
                may[last] = 0
            last = int(may.argmax())
            if 2 * may[last] <= left.sum():
                last = int(rng.choice(len(members), p=may / may.sum()))
            left[last] -= 1
            order.append(int(members[last]))
    return np.array(order)


def _asked(session: IntArray, questions: int) -> IntArray:
    """The question under which each statement falls: they divide a session evenly."""
    length = np.bincount(session)
    place = np.arange(len(session)) - (np.cumsum(length) - length)[session]
    asked: IntArray = ((place + 1) * questions - 1) // length[session]
    return asked


def _mentions(
    stance: IntArray,
    speakers: IntArray,
    under: IntArray,
    repeats: float,
    echo: float,
    rng: np.random.Generator,
) -> IntArray:
    """Where each code is mentioned, statements x codes: 1 raises, -1 opposes, 0 nothing.

    An expert with m mentions of a code to make in r statements makes one in the next with
    probability m / r, so that they fall anywhere; where the last statement, another expert's and
    ``under`` the same question, had the code, ``echo`` of the remaining chance is added.
    """
    left = np.bincount(speakers, minlength=len(stance))
    pending = np.minimum(1 + rng.poisson(repeats, stance.shape), left[:, None]) * (stance != 0)
    said = np.zeros((len(speakers), stance.shape[1]), dtype=np.int64)
    for i, who in enumerate(speakers.tolist()):
        chance = pending[who] / left[who]
        if echo and i and under[i - 1] == under[i] and speakers[i - 1] != who:
            chance = chance + echo * (1 - chance) * ((said[i - 1] != 0) & (pending[who] > 0))
        made = rng.random(len(chance)) < chance
        said[i] = made * stance[who]
        pending[who] -= made
        left[who] -= 1
    return said


def _alphas(talk: Talk, gives: FloatArray) -> dict[str, Any]:
    """The alpha of the first two coders that their errors lead to in the long run, by code."""
    a, b = gives[:2]
    differ, given = (a * (1 - b) + b * (1 - a)).sum(axis=0), (a + b).sum(axis=0)
    counts = zip(talk.codes, differ.tolist(), given.tolist(), strict=True)
    return {"by_code": {c: {"raises": round(nominal_alpha(x, y, len(a)), 3)} for c, x, y in counts}}


def _means(talk: Talk, expected: FloatArray) -> Any:
    """The mean of each item in the long run, of all experts and of each group."""
    table = pd.DataFrame(expected, columns=ids("i", expected.shape[1]))
    means = table.groupby([talk.groups[i] for i in talk.group]).mean().T
    return means.assign(all=table.mean()).round(3).T.to_dict()


def _planted(talk: Talk, raising: FloatArray) -> dict[str, Any]:
    """Who is on which side, and how probably each side raises each code."""
    rows = zip(talk.groups, raising.round(6).tolist(), strict=True)
    planted: dict[str, Any] = {"contrasts": [], "nulls": []}
    for i, code in enumerate(talk.codes):
        raised = talk.stance[:, i] == 1
        counts = {g: {"k": int(raised[m].sum()), "n": int(m.sum())} for g, m in talk.members()}
        planted["contrasts" if np.ptp(raising[:, i]) else "nulls"].append({"code": code, **counts})
    return {
        "about": "Simulated with known parameters; nobody said any of it.",
        "sides": {g: [talk.experts[i] for i in np.flatnonzero(m)] for g, m in talk.members()},
        "probability": {group: dict(zip(talk.codes, row, strict=True)) for group, row in rows},
        "planted": planted,
    }
