"""What the prose of the precision chapter states of coders, echoes and talk in the panel."""

from __future__ import annotations

import math

import pandas as pd

from analysis.steps.panel_tools import CONFIDENCE, level, number_result, plural, text_result, two
from analysis.steps.precision import ALPHA_WIDTHS, Precision
from analysis.steps.precision_words import per_cent
from analysis.steps.results import Result

_RELIABILITY = "analysis.steps.precision.reliability"
_GROUP = "analysis.steps.precision_group."
_NAN = math.nan


def results(found: Precision) -> list[Result]:
    """How wide the intervals of alpha are, and how the experts talked."""
    return [*_reliability(found), *_settings(found)]


# reliability


def _reliability(found: Precision) -> list[Result]:
    table, where = found.reliability, _RELIABILITY
    nothing = table.empty
    low, high = (_NAN if nothing else float(table[name].iloc[0]) for name in ("low", "high"))
    return [
        number_result(
            "pre-alpha-width",
            "width of the interval of set-valued alpha",
            high - low,
            where,
            "BCa bootstrap of whole experts",
            "model-based",
            low,
            high,
            None if nothing else int(table["units"].iloc[0]),
        ),
        text_result(
            "pre-reliability",
            "how wide the interval of alpha is",
            reliability(found),
            where,
            "BCa bootstrap of whole experts, and of whole sessions",
            "model-based",
        ),
        text_result(
            "pre-reliability-codes",
            "how wide the intervals of single codes are",
            code_widths(found),
            where,
            "BCa bootstrap of whole experts",
            "model-based",
        ),
        text_result(
            "pre-reliability-more",
            "how many experts would make the interval of alpha narrow",
            more_coding(found),
            where,
            "width taken to shrink with the root of the number of experts",
            "simulation",
        ),
    ]


def reliability(found: Precision) -> str:
    """How wide the interval of alpha is, by experts and by sessions."""
    table = found.reliability
    if table.empty:
        return found.missing["reliability"]
    experts, sessions = table.iloc[0], table.iloc[1]
    base = (
        f"{plural(int(experts['statements']), 'statement')} of "
        f"{plural(int(experts['units']), 'expert')} were coded by more than one coder."
    )
    if math.isnan(experts["width"]):
        return f"{base} That gives no interval for set-valued alpha."
    said = (
        f"{base} Set-valued alpha for the codes lies between {two(experts['low'])} and "
        f"{two(experts['high'])} ({level()}, drawing whole experts), a width of "
        f"{two(experts['width'])}."
    )
    if sessions["units"] == experts["units"]:
        return said
    if math.isnan(sessions["width"]):
        return f"{said} Drawing whole sessions gives no interval."
    return f"{said} Drawing whole sessions gives a width of {two(sessions['width'])}."


def code_widths(found: Precision) -> str:
    """How wide the intervals of single codes are."""
    widths = found.code_widths
    if found.reliability.empty:
        return "So it is not known for single codes either."
    if not len(widths):
        return "No single code has an interval for its alpha."
    if len(widths) == 1:
        return f"One code has an interval for its alpha; it is {two(float(widths[0]))} wide."
    middle = float(pd.Series(widths).median())
    return (
        "Alpha of one code could lie anywhere from \u22121 to 1. The intervals of single codes "
        f"are between {two(float(widths[0]))} and "
        f"{two(float(widths[-1]))} wide, half of them {two(middle)} or wider "
        f"({len(widths)} codes have one)."
    )


def more_coding(found: Precision) -> str:
    """How many experts would make the interval of alpha narrow."""
    table = found.reliability
    if table.empty:
        return "How many experts would do cannot be said."
    row = table.iloc[0]
    if math.isnan(row["width"]):
        return "Without an interval nothing can be said of how many experts would narrow it."
    parts = [
        f"{row[f'for_{width}']:.0f} experts for a width of {two(width)}" for width in ALPHA_WIDTHS
    ]
    return (
        "The width shrinks about with the root of the number of experts: half the width takes four "
        f"times as many. By that rule it takes {' and '.join(parts)}."
    )


# the settings of the simulation


def _settings(found: Precision) -> list[Result]:
    seen, went, same = found.settings, found.settings.echoes, found.settings.alike
    return [
        number_result(
            "pre-echo-value",
            "excess of echoes over the chances that chance leaves",
            went.excess,
            _GROUP + "echoes",
            f"echoes against each expert's statements in random order {went.baseline}",
            "sensitivity",
        ),
        text_result(
            "pre-echo",
            "how often experts go along in this panel",
            echo_sentence(found),
            _GROUP + "echoes",
            "excess over the exact expectation in random order",
            "sensitivity",
        ),
        number_result(
            "pre-talk-gini",
            "Gini coefficient of talk, relative to the session",
            seen.gini if not seen.reason else _NAN,
            "analysis.statistics.participation.gini",
            "Gini coefficient",
        ),
        text_result(
            "pre-talk",
            "how unequally experts talk in this panel",
            talk_sentence(found),
            _GROUP + "settings",
        ),
        number_result(
            "pre-alike-value",
            "difference of counts between sessions over that of random deals",
            same.estimate,
            _GROUP + "alike",
            same.method,
            "sensitivity",
            same.low,
            same.high,
        ),
        text_result(
            "pre-alike",
            "how alike the experts of a session are",
            alike_sentence(found),
            _GROUP + "alike",
            "random deals of the experts to the sessions",
            "sensitivity",
        ),
    ]


def echo_sentence(found: Precision) -> str:
    """How the excess of echoes comes about."""
    seen = found.settings.echoes
    if math.isnan(seen.expected):
        return (
            "In this panel no expert spoke right after another who had raised a code, so no echo "
            "can be read from it, and the panel's echo is set to 0."
        )
    said = (
        f"After {seen.chances:.0f} raisings of a code another expert spoke next; "
        f"{seen.observed:.0f} were taken up at once, where each expert's statements in random "
        f"order {seen.baseline} give {seen.expected:.1f}."
    )
    if not seen.value > 0:
        return f"{said} That is no excess, so the panel's echo is set to 0."
    return f"{said} The excess is {two(seen.excess)} of the chances that were left."


def talk_sentence(found: Precision) -> str:
    """How unequally the experts of a session talk."""
    seen = found.settings
    if seen.reason:
        return seen.reason
    least = float(seen.amounts.min())
    below = int((seen.amounts < 1).sum())
    return (
        f"Counted in {seen.measure}, the Gini coefficient of talk within sessions is "
        f"{two(seen.gini)}. The expert who said least said {two(least)} of an equal share of the "
        f"session; {below} of {seen.n} said less than an equal share."
    )


def alike_sentence(found: Precision) -> str:
    """Whether the experts of a session are more alike than chance makes them."""
    seen = found.settings.alike
    if math.isnan(seen.estimate):
        return (
            "Whether experts of a session raise the same codes more often than chance makes them "
            "cannot be looked at: that takes sessions with several experts, and codes that some "
            "raised and others did not."
        )
    said = (
        f"The counts of codes differ between sessions {two(seen.estimate)} times as much as if the "
        f"experts had been dealt to the sessions at random; the middle {per_cent(CONFIDENCE)} of "
        f"random deals lie between {two(seen.low)} and {two(seen.high)}."
    )
    if seen.estimate > seen.high:
        return f"{said} Experts of one session raise the same codes more often than chance gives."
    if seen.estimate < seen.low:
        return (
            f"{said} The sessions are more like each other than chance makes them; of experts who "
            "pull together within a session there is no sign."
        )
    return f"{said} That is what chance gives."
