"""What so many experts can and cannot show: detection, widths of intervals, reliability.

The tables of the chapter that need no assumption about how experts talk to each other. What a
contrast or an order needs is in :mod:`analysis.steps.precision_contrasts`, what a group costs in
:mod:`analysis.steps.precision_group`.

A view is what a code stands for. It is held by a share of similar experts, of whom those of the
panel are taken to be a random draw; who holds it raises it. All of this is what could be seen, and
depends on the number of experts, not on what they said.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.panel.panel import Panel
from analysis.statistics.proportions import (
    detectable_share,
    detection_probability,
    interval,
    required_n,
)
from analysis.statistics.results import FloatArray
from analysis.steps import precision_contrasts as contrasts
from analysis.steps import precision_group as group
from analysis.steps.coding_reliability import intervals
from analysis.steps.coding_reliability.sheets import ALONE, main_pair, sheets
from analysis.steps.panel_raised import who_raised
from analysis.steps.panel_tools import CONFIDENCE
from analysis.steps.stakeholders_contrasts import missing as no_contrast
from analysis.steps.stakeholders_sentences import least_sentence

#: Shares of similar experts for which detection is stated.
SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
#: Probabilities of detection for which the number of experts is stated.
PROBABILITIES = (0.8, 0.95)
#: Half widths of an interval for which the number of experts is stated.
HALF_WIDTHS = (0.05, 0.1, 0.15, 0.2)
#: The most counts for which an interval is shown.
MOST_COUNTS = 21
#: Widths of the interval of alpha for which the number of experts is stated.
ALPHA_WIDTHS = (0.1, 0.2)
_NAN = math.nan


@dataclass(frozen=True, slots=True, eq=False)
class Precision:
    """The tables of the chapter, and for each that is empty the sentence that says why.

    ``n`` experts with coded statements sat in ``sessions`` sessions. See the functions of the same
    names for the tables.
    """

    n: int
    sessions: int
    detection: pd.DataFrame
    curve: pd.DataFrame
    zero: pd.DataFrame
    widths: pd.DataFrame
    experts_for: pd.DataFrame
    planned: contrasts.Planned
    order: pd.DataFrame
    reliability: pd.DataFrame
    code_widths: FloatArray
    settings: group.Settings
    cost: group.Cost
    missing: Mapping[str, str]


def precision(panel: Panel) -> Precision:
    """Every table of the chapter."""
    settings = group.settings(panel)
    n, sessions = settings.n, len(settings.sizes)
    planned = contrasts.planned(panel)
    nobody = "" if n else "No expert has coded statements, so there is nothing to be precise about."
    reliable, code_widths = reliability(panel)
    return Precision(
        n=n,
        sessions=sessions,
        detection=detection(n, sessions),
        curve=detection_curve(n, sessions),
        zero=zero(n),
        widths=widths(n),
        experts_for=experts_for(),
        planned=planned,
        order=contrasts.order(who_raised(panel)),
        reliability=reliable,
        code_widths=code_widths,
        settings=settings,
        cost=group.cost(settings, limits(n)),
        missing={
            "nobody": nobody,
            "contrasts": no_contrast(panel) or planned.reason,
            "curve": no_contrast(panel) or planned.reason or least_sentence(planned.table),
            "order": contrasts.no_order(who_raised(panel)),
            "reliability": "" if len(reliable) else ALONE,
            "group": settings.reason,
        },
    )


def detection(n: int, sessions: int) -> pd.DataFrame:
    """Whether a view is heard at all, one row a share of similar experts who hold it.

    ``heard`` by ``n`` experts, ``voices`` if each session spoke with one voice; ``least_0.8`` and
    ``least_0.95`` the experts needed to hear it with that probability.
    """
    table = pd.DataFrame({"share": SHARES})
    table["heard"] = detection_probability(np.array(SHARES), n)
    table["voices"] = detection_probability(np.array(SHARES), sessions)
    for probability in PROBABILITIES:
        table[f"least_{probability}"] = [int(required_n(p, probability)) for p in SHARES]
    return table if n else table.iloc[:0]


def detection_curve(n: int, sessions: int) -> pd.DataFrame:
    """:func:`detection` over round shares, from a twentieth of one expert's on.

    Columns share, heard, voices.
    """
    low = min(0.005, 0.05 / max(n, 1))
    round_ones = [m / 10**e for e in range(6, 0, -1) for m in (1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9)]
    shares = np.array([p for p in round_ones if p >= low] + [1.0])
    table = pd.DataFrame(
        {
            "share": shares,
            "heard": detection_probability(shares, n),
            "voices": detection_probability(shares, sessions),
        }
    )
    return table if n else table.iloc[:0]


def zero(n: int) -> pd.DataFrame:
    """What none of ``n`` leaves open: upper limits of the share, one row a way to have one.

    ``exact`` is the share that would have been heard with the probability of the confidence level;
    ``rule`` three over n; ``wilson`` the upper end of the two-sided interval.
    """
    if not n:
        return pd.DataFrame(columns=["way", "upper"])
    upper = {
        "exact": detectable_share(n, CONFIDENCE),
        "rule": min(3 / n, 1.0),
        "wilson": interval(0, n, confidence=CONFIDENCE).high,
    }
    return pd.DataFrame({"way": list(upper), "upper": list(upper.values())})


def limits(n: int, method: str = "wilson") -> FloatArray:
    """The interval for each of 0, 1, ... n experts: (n + 1) x 2, NaN without experts."""
    found = [interval(k, n, method, CONFIDENCE) for k in range(n + 1)]
    return np.array([(e.low, e.high) for e in found], dtype=np.float64)


def widths(n: int) -> pd.DataFrame:
    """How wide the interval of a share is: one row a count ``k`` of ``n``.

    low, high and width by Wilson, then by Jeffreys. All counts up to 20 experts, for more an even
    choice of :data:`MOST_COUNTS` of them.
    """
    columns = ["k", "n", "low", "high", "width", "jeffreys_low", "jeffreys_high", "jeffreys_width"]
    if not n:
        return pd.DataFrame(columns=columns)
    k = np.unique(np.round(np.linspace(0, n, min(n + 1, MOST_COUNTS))).astype(np.int64))
    wilson, jeffreys = limits(n)[k], limits(n, "jeffreys")[k]
    found = (k, n, *wilson.T, np.ptp(wilson, axis=1), *jeffreys.T, np.ptp(jeffreys, axis=1))
    return pd.DataFrame(dict(zip(columns, found, strict=True)))


def widest(n: int) -> float:
    """The width of Wilson's interval at the middle, where it is widest; NaN without experts."""
    found = interval(n // 2, n, confidence=CONFIDENCE)
    return found.high - found.low


def experts_for() -> pd.DataFrame:
    """How many experts make the interval narrow: half (of the widest interval), experts."""
    rows = []
    n = 1
    for half in sorted(HALF_WIDTHS, reverse=True):
        while widest(n) / 2 > half:
            n += 1
        rows.append((half, n))
    return pd.DataFrame(rows, columns=["half", "experts"])


def reliability(panel: Panel) -> tuple[pd.DataFrame, FloatArray]:
    """How wide the intervals of alpha are with what was double coded.

    Returns
    -------
    table
        Set-valued alpha for codes in any stance, one row a unit that is drawn (experts, sessions):
        unit, units, statements, alpha, low, high, width, and for each of :data:`ALPHA_WIDTHS` how
        many units would give an interval of this width, if it shrinks with the root of their
        number. Empty where no statement was coded by two coders.
    widths
        The width of alpha's interval of each code that has one, narrowest first.
    """
    columns = ["unit", "units", "statements", "alpha", "low", "high", "width"]
    columns += [f"for_{width}" for width in ALPHA_WIDTHS]
    if main_pair(panel) is None:
        return pd.DataFrame(columns=columns), np.empty(0)
    found = sheets(panel, level=2, stance="any")
    rows = []
    for unit, clusters in (("experts", found.experts), ("sessions", found.sessions)):
        alpha = intervals.set_alpha(found.sets, clusters)
        width = alpha.high - alpha.low
        needed = [
            _NAN if math.isnan(width) else math.ceil(round(alpha.n * (width / wanted) ** 2, 6))
            for wanted in ALPHA_WIDTHS
        ]
        rows.append(
            (unit, alpha.n, len(found), alpha.estimate, alpha.low, alpha.high, width, *needed)
        )
    codes = [intervals.alpha(given, found.experts) for given in np.moveaxis(found.given, 2, 0)]
    each = np.array([alpha.high - alpha.low for alpha in codes], dtype=np.float64)
    return pd.DataFrame(rows, columns=columns), np.sort(each[~np.isnan(each)])
