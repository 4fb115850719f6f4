"""Coders and ratings of a simulated panel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.simulation.panels_model import BoolArray, PanelModel
from analysis.simulation.panels_talk import Talk
from analysis.statistics.results import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Sheets:
    """``coded`` coders x statements: who worked on what; ``given`` coders x statements x codes."""

    coded: BoolArray
    given: BoolArray


def draw_sheets(model: PanelModel, talk: Talk, rng: np.random.Generator) -> Sheets:
    """Let each coder code: find what was said with the sensitivity, add what was not by mistake.

    Every probability of error is multiplied by 1 + unevenness for half of the experts and by
    1 - unevenness for the others, drawn one by one: some speak less clearly than others.
    """
    unclear = rng.random(model.experts) < 0.5
    times = np.where(unclear, 1 + model.unevenness, 1 - model.unevenness)[talk.expert]
    true = talk.given != 0
    units = len(talk.expert)
    coded = rng.random((model.coders, units)) < model.coded_share[:, None]
    for idle in np.flatnonzero(~coded.any(axis=1)):  # a coder has worked on something
        coded[idle, rng.integers(units)] = True
    given = np.zeros((model.coders, *true.shape), dtype=np.bool_)
    for coder in range(model.coders):
        for code in range(model.codes):
            missed = (1 - model.sensitivity[coder, code]) * times
            added = model.false_positive[coder, code] * times
            chance = np.where(true[:, code], 1 - missed, added)
            given[coder, :, code] = rng.random(units) < chance
        given[coder] &= coded[coder][:, None]
    return Sheets(coded, given)


def draw_ratings(model: PanelModel, rng: np.random.Generator) -> FloatArray:
    """Ratings, experts x items, NaN for a blank; values 1, 2, ..., one more than thresholds."""
    leaning = model.leaning_sd * rng.standard_normal(model.experts)
    latent = model.item_effect + model.rating_effect[model.group] + leaning[:, None]
    latent = latent + rng.logistic(size=latent.shape)
    values: FloatArray = 1.0 + (latent[:, :, None] > model.thresholds).sum(axis=2)
    values[rng.random(values.shape) < model.missing] = np.nan
    return values
