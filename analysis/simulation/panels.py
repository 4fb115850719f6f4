"""Panels of any size with known truth, in the format of a panel.

For coverage studies (is an interval as sure as it says?) and for load (does it still work with ten
thousand experts?). The truth of every planted value is known in closed form. To have a panel as a
folder, give it to :func:`analysis.panel.writing.write_panel`; ``truth.yml`` then holds the planted
values.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from analysis.panel.panel import Panel, make_panel
from analysis.simulation.panels_coding import draw_ratings, draw_sheets
from analysis.simulation.panels_model import (
    PanelModel,
    as_groups,
    check_model,
    prevalences,
    session_sizes,
    spread,
)
from analysis.simulation.panels_tables import meta_of, tables_of
from analysis.simulation.panels_talk import draw_talk
from analysis.simulation.panels_truth import Truth, truth_of
from analysis.statistics.resampling import DEFAULT_SEED

__all__ = ["Truth", "simulate_panel"]

#: Cuts of the latent scale into five values.
THRESHOLDS = (-2.2, -0.8, 0.8, 2.2)


def simulate_panel(
    experts: int,
    codes: int,
    *,
    mode: str = "group",
    sessions: int | None = None,
    session_size: int = 5,
    statements: float = 14.0,
    groups: Sequence[str] = ("authorities", "society"),
    prevalence: ArrayLike = 0.35,
    group_effect: ArrayLike = 0.0,
    opposition: ArrayLike = 0.05,
    repeats: float = 0.3,
    echo: float = 0.2,
    dominance: float = 0.2,
    session_correlation: float = 0.0,
    coders: int = 2,
    sensitivity: ArrayLike = 0.9,
    false_positive: ArrayLike = 0.01,
    unevenness: float = 0.5,
    coded_share: ArrayLike = 1.0,
    items: int = 12,
    item_effect: ArrayLike | None = None,
    rating_effect: ArrayLike = 0.0,
    thresholds: Sequence[float] = THRESHOLDS,
    leaning_sd: float = 0.6,
    missing: float = 0.02,
    questions: int = 9,
    text: bool = True,
    seed: int = DEFAULT_SEED,
    check: bool = True,
) -> tuple[Panel, Truth]:
    """A panel drawn from known parameters, and the truth about it.

    Who raises or opposes what is drawn first, for each expert and code by itself; then who speaks
    how often, in which order; then in which statements the codes fall. So the planted prevalence
    holds exactly, whatever echo and dominance are. Codes are not tied to questions.

    Parameters
    ----------
    experts, codes : int
        How many. The codes are those of the second level, under one theme a task.
    mode : {"group", "individual"}
        ``individual``: one session an expert.
    sessions, session_size : int
        The number of sessions, or else the experts in each; sizes differ by one at most.
    statements : float
        Statements an expert, on average; each makes one or more. The total is fixed, in each
        session (group) or over all (individual).
    groups : sequence of str
        Kinds of stakeholder. Experts belong to them in turn, so that every session is mixed.
    prevalence : float, (codes,) or (groups, codes)
        The probability that an expert raises a code.
    group_effect : float or (codes,)
        Log odds ratio of the last group against ``prevalence``; 0 is a planted null.
    opposition : float, (codes,) or (groups, codes)
        The probability that an expert opposes a code; nobody does both.
    repeats : float
        Mentions of a code beyond the first, on average, as far as the expert's statements reach.
    echo : float in [0, 1]
        How strongly a code that the last speaker has just mentioned draws the next speaker's own
        mention of it here: the share of the remaining chance that is added. 0: where a mention
        falls does not depend on others.
    dominance : float in [0, 1)
        The Gini coefficient of the speaking shares (gamma weights), with the correction
        n / (n - 1) for the n experts of a session; 0: all have the same chance of a turn.
    session_correlation : float in [0, 1)
        How alike the experts of one session are in raising a code (intraclass correlation). The
        prevalence over all sessions stays what it is.
    coders : int
        Two or more coders, beside ``consensus``, which is the truth.
    sensitivity, false_positive : float, (codes,) or (coders, codes)
        The probability that a coder finds a code that is there, and adds one that is not.
    unevenness : float in [0, 1]
        Probabilities of error are multiplied by 1 + unevenness for half of the experts and by
        1 - unevenness for the others: errors cluster in experts who speak unclearly.
    coded_share : float or (coders,)
        The share of statements that each coder worked on.
    items : int
        Rated items; 0 for none.
    item_effect : float or (items,), optional
        Of the latent scale; falling from 1.5 to -1.5 if not given.
    rating_effect : float, (items,) or (groups, items)
        Effect of the last group (or of each) on the latent scale.
    thresholds : sequence of float
        Cuts of the latent scale; ratings run from 1 to one more than their number.
    leaning_sd : float
        Standard deviation of the experts' leanings, the same for all items of an expert.
    missing : float
        The probability of a blank rating.
    questions : int
        Questions of the guide, put by the moderator at even distances.
    text : bool
        Whether statements have words (in Russian and English, marked as simulated); else they are
        withheld.
    seed : int
    check : bool
        Whether the panel is checked against the format, as a folder would be.

    Returns
    -------
    Panel, Truth
        The same for the same arguments.

    Raises
    ------
    ValueError
        If a parameter is none that could be drawn from; the message says which.

    Examples
    --------
    >>> panel, truth = simulate_panel(20, 6, prevalence=[0.9, 0.5, 0.5, 0.3, 0.2, 0.1], seed=1)
    >>> panel.incidence().values.shape, truth.alpha.shape
    ((20, 6), (1, 6))
    """
    if experts < 1 or codes < 1 or coders < 2 or items < 0:
        raise ValueError(
            "a panel needs 1 expert, 1 code and 2 coders or more, and no items below 0"
        )
    kinds = as_groups(groups)
    effect = np.linspace(1.5, -1.5, items) if item_effect is None else item_effect
    shift = np.asarray(rating_effect, dtype=np.float64)
    if shift.ndim < 2:  # of the last group
        full = np.zeros((len(kinds), items))
        full[-1] = spread(shift, (items,), "rating_effect")
        shift = full
    model = PanelModel(
        mode=mode,
        session_size=session_sizes(experts, sessions, session_size, mode),
        statements=float(statements),
        groups=kinds,
        prevalence=prevalences(prevalence, group_effect, len(kinds), codes),
        opposition=spread(opposition, (len(kinds), codes), "opposition"),
        repeats=float(repeats),
        echo=float(echo),
        dominance=float(dominance),
        session_correlation=float(session_correlation),
        sensitivity=spread(sensitivity, (coders, codes), "sensitivity"),
        false_positive=spread(false_positive, (coders, codes), "false_positive"),
        unevenness=float(unevenness),
        coded_share=spread(coded_share, (coders,), "coded_share"),
        item_effect=spread(effect, (items,), "item_effect"),
        rating_effect=spread(shift, (len(kinds), items), "rating_effect"),
        thresholds=np.asarray(thresholds, dtype=np.float64),
        leaning_sd=float(leaning_sd),
        missing=float(missing),
        questions=questions,
        text=text,
        seed=seed,
    )
    check_model(model)
    # one stream a part, so that another rating model leaves the talk as it is
    talk_rng, coder_rng, rating_rng, table_rng = (
        np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(4)
    )
    talk = draw_talk(model, talk_rng)
    sheets = draw_sheets(model, talk, coder_rng)
    ratings = draw_ratings(model, rating_rng)
    truth = truth_of(model, talk)
    frames = tables_of(model, truth, talk, sheets, ratings, table_rng)
    return make_panel(meta_of(model, truth), frames, truth.entries(), check=check), truth
