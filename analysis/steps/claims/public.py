"""Which way public figures moved that bear on a claim."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.steps import public_statistics as ps
from analysis.steps.claims.states import AGAINST, FOR, OPEN, UNSEEN
from analysis.steps.panel_tools import count_of, start
from analysis.steps.public_statistics import RUSSIA, Tables

#: The measures that bear on a claim, as (survey, measure); ``gap`` is participation less service.
MEASURES: dict[str, tuple[tuple[str, str], ...]] = {
    "services": (("un", "osi"), ("wb", "psdi")),
    "feedback": (("wb", "dcei"),),
    "involvement": (("un", "epi"), ("wb", "dcei")),
    "dialogue": (("un", "gap"), ("wb", "gap")),
}
#: The edition that a move starts from: the last before the interview, and for the World Bank the
#: first whose questions its analysts treat as comparable with the later ones.
START = {"un": 2020, "wb": 2022}
SURVEYS = {"un": "UN", "wb": "World Bank"}
#: The words for a move, by the state it stands for.
WAYS = {FOR: "up", AGAINST: "down", OPEN: "no clear move"}

COLUMNS = ["fact", "survey", "measure", "name", "start", "end", "first", "last"]
COLUMNS += ["move", "usual", "peers", "state", "way"]


@dataclass(frozen=True, slots=True)
class PublicSign:
    """What the figures say of one claim: a state as for a panel's signs, and a sentence."""

    state: str
    short: str
    sentence: str


def _places(tables: Tables, survey: str, measure: str) -> pd.DataFrame:
    """Places among all countries, in points: editions x countries."""
    if measure == "gap":
        return ps.gaps(tables, survey).pivot(index="edition", columns="country", values="gap")
    table = tables.survey(survey)
    table = table[table["measure"] == measure]
    return table.pivot(index="edition", columns="country", values="percentile")


def moves(tables: Tables) -> pd.DataFrame:
    """How Russia's place moved on each measure, one row a claim and measure.

    Columns :data:`COLUMNS`: ``first`` and ``last`` are percentiles (for the gap, points between
    two percentiles) in the editions ``start`` and ``end``; ``move`` is their difference, ``usual``
    the median of the absolute moves of the ``peers`` between the same editions. A move no larger
    than the usual one is no clear move.
    """
    rows = []
    for fact, measures in MEASURES.items():
        for survey, measure in measures:
            wide = _places(tables, survey, measure)
            start, end = START[survey], int(wide.index.max())
            before, after = wide.loc[start].to_dict(), wide.loc[end].to_dict()
            change = {name: after[name] - before[name] for name in after}
            own = change.pop(RUSSIA)
            others = [abs(move) for move in change.values() if not math.isnan(move)]
            usual = float(np.median(others))
            state = OPEN if abs(own) <= usual else FOR if own > 0 else AGAINST
            rows.append(
                {
                    "fact": fact,
                    "survey": SURVEYS[survey],
                    "measure": measure,
                    "name": _name(survey, measure),
                    "start": start,
                    "end": end,
                    "first": before[RUSSIA],
                    "last": after[RUSSIA],
                    "move": own,
                    "usual": usual,
                    "peers": len(others),
                    "state": state,
                    "way": WAYS[state],
                }
            )
    return pd.DataFrame(rows, columns=COLUMNS)


def _name(survey: str, measure: str) -> str:
    if measure != "gap":
        return measure.upper()
    service, participation = (m.upper() for m in ps.SIDES[survey])
    return f"{participation} less {service}"


def points(value: float) -> str:
    """A move in points, signed, to one decimal: "+3.2", "−14.0", "0.0"."""
    text = f"{value:+.1f}"
    return "0.0" if float(text) == 0 else text.replace("-", "\u2212")


def sign(table: pd.DataFrame, fact: str) -> PublicSign:
    """What the moves say of the claim about ``fact``.

    It is borne out where a measure moved up and none down, and counted against where a measure
    moved down and none up.
    """
    rows = table[table["fact"] == fact]
    if rows.empty:
        return PublicSign(UNSEEN, "", "No public figure is set beside it.")
    parts = [
        f"{row['name']} ({row['survey']}) by {points(row['move'])} points from {row['start']} to "
        f"{row['end']}, {row['way']} (a peer usually moves by {row['usual']:.1f})"
        for row in rows.to_dict("records")
    ]
    states = set(rows["state"]) - {OPEN}
    state = states.pop() if len(states) == 1 else OPEN
    short = "\n".join(points(move) for move in rows["move"])
    return PublicSign(state, short, f"Russia’s place changed in {'; '.join(parts)}.")


def verdict(table: pd.DataFrame, fact: str) -> str:
    """What may be concluded from the figures, by how many of the measures moved."""
    rows = table[table["fact"] == fact]
    if rows.empty:
        return "Public figures have no say in this."
    states = rows["state"].tolist()
    up, down, n = states.count(FOR), states.count(AGAINST), len(states)
    if not up and not down:
        return f"{_measures(0, n, 'made a clear move')}, so the figures decide nothing."
    if up and down:
        return f"{_measures(up, n, 'moved up')} and {down} down, so the figures disagree."
    if up:
        return f"{_measures(up, n, 'moved up')} and none down: the claim sits easily beside them."
    return f"{_measures(down, n, 'moved down')} and none up: the figures do not bear the claim out."


def _measures(k: int, n: int, what: str) -> str:
    if n == 1:
        return f"The one measure {what}" if k else f"The one measure has not {what}"
    return start(f"{count_of(k, n)} measures {what}")
