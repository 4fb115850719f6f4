"""All tables of the chapter on robustness."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.panel.panel import Panel
from analysis.statistics.resampling import DEFAULT_SEED
from analysis.steps import themes
from analysis.steps.barriers_and_drivers import FACILITATES, HINDERS
from analysis.steps.barriers_and_drivers import TASK as PROBLEMS
from analysis.steps.barriers_and_drivers import missing as lacks
from analysis.steps.panel_tools import counted
from analysis.steps.robustness import coder_error, holds, outcomes
from analysis.steps.robustness.coder_error import Drawn, Rates
from analysis.steps.robustness.multiverse import (
    CARRIED_COLUMNS,
    RESAMPLES,
    TAILS,
    Multiverse,
    carried_table,
    multiverse,
    quantile,
)
from analysis.steps.robustness.outcomes import Outcome
from analysis.steps.robustness.readings import Readings, readings_of
from analysis.steps.robustness.wordings import wordings

#: What to say where no code was given.
NOTHING = "No coder gave any code to a statement of this panel, so there is nothing to vary."
#: What to say where nobody spoke in a way that was coded.
NOBODY = "No statement of an expert was coded, so there is nothing to vary."


@dataclass(frozen=True, slots=True, eq=False)
class Robustness:
    """Everything that the chapter shows of a panel.

    ``missing`` is the sentence that stands where nothing was coded, empty else; ``no_balance``,
    ``no_errors`` and so on stand where one part is missing. ``balance`` is an outcome or None,
    ``claims`` and ``lead`` lists of them; ``has_plan`` is whether the panel has one,
    ``planned`` whether the claims are from it.
    """

    of: Readings
    found: Multiverse
    counted: str
    missing: str
    has_plan: bool
    planned: bool
    balance: Outcome | None
    no_balance: str
    claims: list[Outcome]
    lead: list[Outcome]
    levels: pd.DataFrame
    places: list[int]
    by_reading: pd.DataFrame
    influence: pd.DataFrame
    error: Rates | None
    no_errors: str
    rates: pd.DataFrame
    carried: pd.DataFrame
    balance_drawn: pd.DataFrame
    holds: pd.DataFrame
    orders: pd.DataFrame
    wordings: pd.DataFrame
    resamples: int

    @property
    def outcomes(self) -> list[Outcome]:
        """The outcomes that are shares."""
        return [*([self.balance] if self.balance else []), *self.claims]

    def curve(self, which: str) -> pd.DataFrame:
        """The specifications of ``balance``, ``claims`` or ``lead``; no row where none differ."""
        listed = {"balance": self.outcomes[:1] if self.balance else []}
        chosen = listed.get(which, self.claims if which == "claims" else self.lead)
        frames = [one.specs for one in chosen]
        if not frames or max(len(f) for f in frames) < 2 or np.isnan(chosen[0].base):
            return pd.DataFrame(columns=outcomes.SPEC_COLUMNS)
        return pd.concat(frames, ignore_index=True)


def analyse(panel: Panel, resamples: int = RESAMPLES, seed: int = DEFAULT_SEED) -> Robustness:
    """Everything that the chapter shows of a panel."""
    of = readings_of(panel)
    found = multiverse(of)
    missing = NOBODY if of.experts.empty else NOTHING if of.nothing else ""
    places = [] if missing else outcomes.named_places(panel, of)
    balance = None if missing else outcomes.balance(of)
    claims = [] if missing else outcomes.claims(panel, of)
    error = None if missing else coder_error.rates(panel)
    no_errors = missing or ("" if error else coder_error.ALONE)
    if not no_errors and len(of.experts) < coder_error.FEWEST:
        no_errors = coder_error.ONE
    drawn = None
    if error is not None and not no_errors:
        drawn = _draw(panel, of, error, places, resamples, seed)
    named = [] if missing else holds.findings(panel, found, places, drawn)
    shares = [*([balance] if balance else []), *claims]
    return Robustness(
        of=of,
        found=found,
        counted=counted(panel),
        missing=missing,
        has_plan=panel.plan is not None,
        planned=bool(panel.plan and any(c.codes for c in panel.plan.claims.values())),
        balance=balance,
        no_balance=missing or _no_balance(panel),
        claims=claims,
        lead=[] if missing else outcomes.lead(of),
        levels=outcomes.levels(of).iloc[: 0 if missing else None],
        places=places,
        by_reading=outcomes.by_reading(of, places),
        influence=outcomes.influence(of, shares).iloc[: None if shares else 0],
        error=error,
        no_errors=no_errors,
        rates=coder_error.rates_table(of, error) if error else pd.DataFrame(),
        carried=carried_table(drawn, places) if drawn else pd.DataFrame(columns=CARRIED_COLUMNS),
        balance_drawn=_balance_drawn(drawn, balance),
        holds=holds.table(of, named),
        orders=holds.orders(found, drawn) if not missing else pd.DataFrame(),
        wordings=wordings(found) if not missing else pd.DataFrame(),
        resamples=resamples,
    )


def _no_balance(panel: Panel) -> str:
    """Which side of the balance the codebook lacks; empty if it has both."""
    sides = [themes.theme_table(panel, PROBLEMS, directions=[d]) for d in (HINDERS, FACILITATES)]
    return lacks(*sides)


def _draw(
    panel: Panel, of: Readings, error: Rates, places: list[int], resamples: int, seed: int
) -> Drawn:
    """The codes of all tasks, and what is followed by name, drawn with errors."""
    codes = np.concatenate([of.among(task) for task in of.tasks()])
    groups = list(holds.members(panel, of).values())
    return coder_error.draw(of, error, resamples, seed, [*codes.tolist(), *places], groups)


def _balance_drawn(drawn: Drawn | None, balance: Outcome | None) -> pd.DataFrame:
    """The share of hindering with its intervals: one row, columns k, n, estimate, low, high,
    low_error, high_error, mean_error; no row where it is not drawn.
    """
    columns = ["k", "n", "estimate", "low", "high", "low_error", "high_error", "mean_error"]
    if drawn is None or balance is None or not balance.counts[1]:
        return pd.DataFrame(columns=columns)
    hinders, helps = holds.balance_columns(drawn.of)
    k, n = balance.counts
    row: dict[str, float] = {"k": k, "n": n, "estimate": k / n}
    for name, values in (("", drawn.plain), ("_error", drawn.raised)):
        above, below = values[:, hinders].sum(axis=1), values[:, helps].sum(axis=1)
        share = above[above + below > 0] / (above + below)[above + below > 0]
        for end, tail in zip(("low", "high"), TAILS, strict=True):
            moves = share.size > 0 and bool(np.ptp(share) > 0)  # else nothing is seen to differ
            row[f"{end}{name}"] = quantile(share, tail) if moves else np.nan
        if name:
            row["mean_error"] = float(share.mean()) if share.size else np.nan
    return pd.DataFrame([row], columns=columns)
