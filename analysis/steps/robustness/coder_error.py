"""Errors of coding, carried forward: what counts would be if another coder had read the panel.

Where two coders or more worked on a statement that has a consensus, each coder is set against the
consensus, code by code: how often is a code missed that the consensus gives, how often is one given
that it does not give. With these rates errors are drawn for the statements of experts who are drawn
themselves. The consensus is the yardstick: an error that it shares with its coders is not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.panel.format import CONSENSUS
from analysis.panel.panel import Panel
from analysis.panel.views_of_coding import BoolArray, FloatArray, IntArray
from analysis.statistics.clock import resampling
from analysis.steps.robustness.readings import Readings, sheets_of

#: The errors that each code is given beforehand, at the rate that all codes have together.
PRIOR = 0.5
#: What to say where errors cannot be drawn.
ALONE = (
    "No statement of this panel was coded by more than one coder and resolved, so how errors of "
    "coding would move the results cannot be computed."
)
#: What to say where one expert is all there is.
ONE = "Drawing experts anew needs two experts or more."
#: The fewest experts who can be drawn.
FEWEST = 2
STANCES = ("raises", "opposes")


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """How often coders miss what the consensus gives, and give what it does not.

    Each array is stances x columns (:data:`STANCES`; the columns of
    :class:`analysis.steps.robustness.readings.Readings`): ``missed`` of ``given`` times a code of
    the consensus was not given by a coder, ``added`` of ``free`` times it was given without the
    consensus. Every coder of a statement counts. ``statements`` is the number of statements.
    """

    missed: IntArray
    given: IntArray
    added: IntArray
    free: IntArray
    statements: int
    levels: IntArray

    def beta(self, what: str) -> tuple[FloatArray, FloatArray]:
        """The two parameters of the beta distribution of each rate, ``missed`` or ``added``.

        Half an error is added to each code, at the rate p that all codes of the level have
        together: beta(errors + 1/2, rest + (1 - p) / 2p). At p = 1/2 this is the prior of Jeffreys.
        """
        errors, all_ = (self.missed, self.given) if what == "missed" else (self.added, self.free)
        a, b = np.empty(errors.shape), np.empty(errors.shape)
        for level in np.unique(self.levels):
            own = self.levels == level
            for stance in range(len(errors)):
                k, n = errors[stance, own], all_[stance, own]
                pooled = (k.sum() + 0.5) / (n.sum() + 1)
                a[stance, own] = k + PRIOR
                b[stance, own] = n - k + PRIOR * (1 - pooled) / pooled
        return a, b

    def mean(self, what: str) -> FloatArray:
        """The mean of each rate, stances x columns."""
        a, b = self.beta(what)
        return a / (a + b)


def rates(panel: Panel) -> Rates | None:
    """The errors of the coders against the consensus; None where nothing was double coded."""
    sheets = sheets_of(panel)
    base = sheets[CONSENSUS]
    coders = [sheets[coder] for coder in panel.meta.coders]
    double = base.coded & (np.sum([s.coded for s in coders], axis=0) >= 2)
    if not double.any():
        return None
    levels = np.repeat([2, 1], [len(said.codes) for said in base.talks]).astype(np.int64)
    shape = (len(STANCES), len(levels))
    missed, given, added, free = (np.zeros(shape, dtype=np.int64) for _ in range(4))
    for sheet in coders:
        part = double & sheet.coded
        pairs = ((sheet.said, base.said), (sheet.denied, base.denied))
        for row, (own, right) in enumerate(pairs):
            mine, theirs = own[part], right[part]
            missed[row] += (theirs & ~mine).sum(axis=0)
            given[row] += theirs.sum(axis=0)
            added[row] += (mine & ~theirs).sum(axis=0)
            free[row] += (~theirs).sum(axis=0)
    return Rates(missed, given, added, free, int(double.sum()), levels)


def rates_table(of: Readings, found: Rates) -> pd.DataFrame:
    """One row a code: code, label, theme, missed, given, added, free, miss_rate, add_rate.

    For raising; the rates are the means of what is drawn.
    """
    columns = of.columns.reset_index(drop=True)
    out = columns[["code", "label", "theme", "level"]].copy()
    for name in ("missed", "given", "added", "free"):
        out[name] = getattr(found, name)[0]
    out["miss_rate"], out["add_rate"] = found.mean("missed")[0], found.mean("added")[0]
    return out[out["level"] == 2].drop(columns="level").reset_index(drop=True)


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Counts of experts in drawn panels: resamples x columns, NaN for columns that were not drawn.

    ``plain`` and ``plain_opposed`` draw experts only; ``raised`` and ``opposed`` errors of coding
    too. ``by_session`` is the share of experts with errors where whole sessions are drawn, None
    with fewer than two sessions. ``sides_plain`` and ``sides`` hold, for each group of experts
    asked for, the counts without and with errors, and ``sizes`` how many of the experts drawn
    belong to it (resamples,).
    """

    of: Readings
    plain: FloatArray
    plain_opposed: FloatArray
    raised: FloatArray
    opposed: FloatArray
    by_session: FloatArray | None
    sides_plain: tuple[FloatArray, ...]
    sides: tuple[FloatArray, ...]
    sizes: tuple[IntArray, ...]


@resampling()
def draw(
    of: Readings,
    found: Rates,
    resamples: int,
    seed: int,
    places: Sequence[int] | None = None,
    groups: Sequence[BoolArray] = (),
) -> Drawn:
    """Panels of as many experts, drawn with replacement, with errors of coding drawn for each.

    Each code has random numbers of its own: what is drawn for it does not depend on the others.

    Parameters
    ----------
    places
        The columns to draw; None for all.
    groups
        (experts,) each: groups of experts to count apart.
    """
    columns, experts = len(of.columns), len(of.experts)
    rows = np.zeros((experts, len(of.owner)), dtype=np.float64)
    rows[of.owner, np.arange(len(of.owner))] = 1
    times = (rows @ of.base.said, rows @ of.base.denied)
    spoken = rows.sum(axis=1)
    states = (of.base.raised, of.base.opposed)
    seeds = np.random.SeedSequence(seed).spawn(columns + 2)
    picked = np.random.default_rng(seeds[-1]).integers(0, experts, (resamples, experts))
    starts = np.arange(resamples)[:, None] * experts  # of each resample in a flat array
    flat = starts + picked
    sessions = _sessions(of.experts["session"], resamples, np.random.default_rng(seeds[-2]))
    inside = [group[picked] for group in groups]
    beta = found.beta("missed"), found.beta("added")
    plain, noisy = ([np.full((resamples, columns), np.nan) for _ in STANCES] for _ in range(2))
    shares = None if sessions is None else np.full((resamples, columns), np.nan)
    before, sides = ([np.full((resamples, columns), np.nan) for _ in groups] for _ in range(2))
    for column in range(columns) if places is None else dict.fromkeys(places):
        rng = np.random.default_rng(seeds[column])
        for stance in range(len(STANCES)):
            (a, b), (c, d) = ((x[stance, column], y[stance, column]) for x, y in beta)
            log_miss = np.log(rng.beta(a, b, resamples))[:, None]
            log_free = np.log1p(-rng.beta(c, d, resamples))[:, None]
            own = times[stance][:, column]
            kept = own * log_miss + (spoken - own) * log_free  # log of "found in no statement"
            silent = np.exp(kept)
            hit = rng.random(picked.shape) >= silent.take(flat)
            noisy[stance][:, column] = hit.sum(axis=1)
            there = states[stance][:, column].take(picked)
            plain[stance][:, column] = there.sum(axis=1)
            if stance == 0:
                for old, side, group in zip(before, sides, inside, strict=True):
                    old[:, column] = (there & group).sum(axis=1)
                    side[:, column] = (hit & group).sum(axis=1)
                if sessions is not None and shares is not None:
                    chosen, real = sessions
                    again = rng.random(chosen.shape) >= silent.take(starts + chosen)
                    shares[:, column] = (again & real).sum(axis=1) / real.sum(axis=1)
    return Drawn(
        of,
        plain[0],
        plain[1],
        noisy[0],
        noisy[1],
        shares,
        tuple(before),
        tuple(sides),
        tuple(group.sum(axis=1).astype(np.int64) for group in inside),
    )


def _sessions(
    session: pd.Series, resamples: int, rng: np.random.Generator
) -> tuple[IntArray, BoolArray] | None:
    """The experts of whole sessions drawn with replacement, and which places hold one.

    Both are resamples x places. None with fewer than two sessions, or where each expert has one.
    """
    codes, names = pd.factorize(session)
    many = len(names)
    if many < 2 or many == len(session):
        return None
    sizes = np.bincount(codes)
    members = np.zeros((many, int(sizes.max())), dtype=np.int64)
    real = np.zeros(members.shape, dtype=np.bool_)
    for place in range(many):
        members[place, : sizes[place]] = np.flatnonzero(codes == place)
        real[place, : sizes[place]] = True
    drawn = rng.integers(0, many, (resamples, many))
    return members[drawn].reshape(resamples, -1), real[drawn].reshape(resamples, -1)
