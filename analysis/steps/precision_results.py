"""What the prose of the precision chapter states of what is computed from the panel.

What is simulated is kept apart, in :mod:`analysis.steps.precision_simulated`.
"""

from __future__ import annotations

import math

from analysis.panel.panel import Panel
from analysis.statistics.proportions import detectable_share, interval
from analysis.steps import precision_seen
from analysis.steps.panel_tools import (
    CONFIDENCE,
    count_result,
    counted,
    level,
    number_result,
    plural,
    quoted,
    sessions_note,
    text_result,
    two,
)
from analysis.steps.precision import PROBABILITIES, Precision, widest
from analysis.steps.precision_contrasts import ENOUGH, LOW, MIDDLE, MOST_EXPERTS, RARE
from analysis.steps.precision_words import chance, per_cent
from analysis.steps.results import Result
from analysis.steps.stakeholders_power import power
from analysis.steps.stakeholders_sentences import least_sentence, power_sentence

_STEP = "analysis.steps.precision."
_HERE = "analysis.steps.precision_results."
_CONTRASTS = "analysis.steps.precision_contrasts."
_SHARES = "analysis.statistics.proportions."
_NAN = math.nan
_BINOMIAL = "binomial, experts drawn independently"
_FISHER = "exact power of Fisher's test"


def results(panel: Panel, found: Precision) -> list[Result]:
    """What is computed from the panel."""
    return [
        *_who(panel, found),
        *_detection(found),
        *_widths(found),
        *_contrasts(panel, found),
        *_order(found),
        *precision_seen.results(found),
    ]


def _simulation(id: str, label: str, value: str, function: str, method: str) -> Result:
    return text_result(id, label, value, function, method, "simulation")


def _who(panel: Panel, found: Precision) -> list[Result]:
    return [
        count_result("pre-experts", "experts with coded statements", found.n, _STEP + "precision"),
        count_result(
            "pre-sessions", "sessions with coded experts", found.sessions, _STEP + "precision"
        ),
        text_result("pre-counted", "who is counted", counted(panel), _HERE + "results"),
        text_result(
            "pre-conversation", "in what conversation", sessions_note(panel), _HERE + "results"
        ),
    ]


# detection


def _detection(found: Precision) -> list[Result]:
    n = found.n
    return [
        Result(
            "pre-smallest",
            f"smallest share that is heard with probability {CONFIDENCE}",
            detectable_share(n, CONFIDENCE),
            "rate",
            "simulation",
            _BINOMIAL,
            _SHARES + "detectable_share",
            n=n,
        ),
        _simulation(
            "pre-detection",
            "whether a view is heard at all",
            heard(found),
            _STEP + "detection",
            _BINOMIAL,
        ),
        _simulation(
            "pre-listening",
            "how many experts it takes to hear a view",
            listening(found),
            _SHARES + "required_n",
            _BINOMIAL,
        ),
        text_result(
            "pre-zero",
            "what a view that nobody raised leaves open",
            nobody_raised(found),
            _STEP + "zero",
            "exact upper limit, rule of three, Wilson interval",
            "model-based",
        ),
        _simulation(
            "pre-voices",
            "what would be heard if each session spoke with one voice",
            one_voice(found),
            _STEP + "detection",
            _BINOMIAL,
        ),
    ]


def heard(found: Precision) -> str:
    """With what probability views of some shares are heard by anybody."""
    if not found.n:
        return found.missing["nobody"]
    table = found.detection.set_index("share")["heard"]
    first, *others = (0.1, 0.05, 0.01)
    rest = " and ".join(f"one held by {per_cent(p)} with {chance(table[p])}" for p in others)
    return (
        f"With {plural(found.n, 'expert')} a view held by {per_cent(first)} of similar experts is "
        f"heard at least once with probability {chance(table[first])}, {rest}. The smallest share "
        f"that is heard with probability {two(CONFIDENCE)} is "
        f"{per_cent(detectable_share(found.n, CONFIDENCE))}."
    )


def listening(found: Precision) -> str:
    """How many experts it takes to hear views of some shares."""
    table = found.detection.set_index("share")
    if table.empty:
        return found.missing["nobody"]
    column = table[f"least_{PROBABILITIES[-1]}"]
    return (
        f"To hear a view at least once with probability {two(PROBABILITIES[-1])} takes "
        f"{column[0.1]} experts if {per_cent(0.1)} of similar experts hold it, {column[0.05]} if "
        f"{per_cent(0.05)} do, and {column[0.01]} if {per_cent(0.01)} do."
    )


def nobody_raised(found: Precision) -> str:
    """What none of the experts leaves open."""
    n = found.n
    if not n:
        return found.missing["nobody"]
    upper = found.zero.set_index("way")["upper"]
    who = "the one expert did not raise" if n == 1 else f"none of the {n} raised"
    first = (
        f"If {who} a view, up to {per_cent(upper['exact'])} of similar experts may still hold it "
        f"(one-sided, at {per_cent(CONFIDENCE)})"
    )
    if n <= 3:
        return f"{first}. With so few experts the rule of three says nothing."
    return (
        f"{first}. The rule of three puts it at three in {n}, {per_cent(upper['rule'])}; the upper "
        f"end of the two-sided interval is {per_cent(upper['wilson'])}."
    )


def one_voice(found: Precision) -> str:
    """Detection if each session counted as one."""
    n, sessions = found.n, found.sessions
    if not n:
        return found.missing["nobody"]
    if n == sessions:
        return "Each session has one expert, so there are as many voices as experts."
    table = found.detection.set_index("share")["voices"]
    return (
        f"If each session spoke with one voice, there would be {plural(sessions, 'voice')} and not "
        f"{n}: a view held by {per_cent(0.1)} would be heard with probability "
        f"{chance(table[0.1])}, and the smallest share heard with probability {two(CONFIDENCE)} "
        f"would be {per_cent(detectable_share(sessions, CONFIDENCE))}."
    )


# widths


def _widths(found: Precision) -> list[Result]:
    n = found.n
    middle = interval(n // 2, n, confidence=CONFIDENCE)
    return [
        number_result(
            "pre-middle",
            "width of the interval of a share at the middle",
            widest(n),
            _STEP + "widest",
            "Wilson interval",
            "model-based",
            middle.low,
            middle.high,
            n,
        ),
        text_result(
            "pre-width",
            "how wide the interval of a share is",
            width(found),
            _STEP + "widths",
            "Wilson and Jeffreys intervals",
            "model-based",
        ),
        _simulation(
            "pre-half-widths",
            "how many experts make the interval narrow",
            narrow(found),
            _STEP + "experts_for",
            "Wilson interval at the middle",
        ),
        text_result(
            "pre-majority",
            "from which count on more than half of similar experts hold a view",
            majority(found),
            _HERE + "least_majority",
            "Wilson interval",
            "model-based",
        ),
    ]


def width(found: Precision) -> str:
    """How wide the interval is at the middle and at the ends."""
    n = found.n
    if not n:
        return found.missing["nobody"]
    k = n // 2
    middle = interval(k, n, confidence=CONFIDENCE)
    other = interval(k, n, "jeffreys", CONFIDENCE)
    none = interval(0, n, confidence=CONFIDENCE)
    if n == 1:
        return f"With one expert the {level()} runs from {two(none.low)} to {two(none.high)}."
    return (
        f"For {k} of {n} the {level()} runs from {two(middle.low)} to {two(middle.high)} (width "
        f"{two(middle.high - middle.low)}; Jeffreys {two(other.high - other.low)}). It is nowhere "
        f"wider; for none of the {n}, and for all, its width is {two(none.high)}."
    )


def narrow(found: Precision) -> str:
    """How many experts make the interval narrow."""
    table = found.experts_for.set_index("half")["experts"]
    return (
        f"For an interval that reaches at most {two(0.2)} to either side of its middle, whatever "
        f"the count, it takes {table[0.2]} experts; for {two(0.1)} it takes {table[0.1]}, and for "
        f"{two(0.05)} {table[0.05]}."
    )


def least_majority(n: int) -> int | None:
    """The least count of ``n`` whose interval lies above a half; None where none does."""
    above = (k for k in range(n + 1) if interval(k, n, confidence=CONFIDENCE).low > 0.5)
    return next(above, None) if n else None


def majority(found: Precision) -> str:
    """From which count on the interval lies above a half."""
    n, least = found.n, least_majority(found.n)
    if not n:
        return found.missing["nobody"]
    if least is None:
        return (
            f"No count of {plural(n, 'expert')} puts the whole interval above a half, not even all."
        )
    return f"From {least} of {n} on, the whole interval lies above a half."


# contrasts and order


def _contrasts(panel: Panel, found: Precision) -> list[Result]:
    table, missing = found.planned.table, found.missing["contrasts"]
    one, strict = _differences(found)
    named = len(table)
    return [
        count_result("pre-contrasts", "contrasts named in the plan", named, _CONTRASTS + "planned"),
        _simulation(
            "pre-power",
            "power of the contrasts for two shares",
            missing or power_sentence(power(table), named),
            "analysis.steps.stakeholders_sentences.power_sentence",
            _FISHER,
        ),
        _simulation(
            "pre-least",
            "least outcome told apart",
            "So no outcome is told apart." if missing else least_sentence(table),
            "analysis.steps.stakeholders_sentences.least_sentence",
            "Fisher's exact test, two-sided",
        ),
        _simulation(
            "pre-difference",
            "smallest difference told apart",
            difference(found),
            _CONTRASTS + "differences",
            _FISHER,
        ),
        number_result(
            "pre-difference-one",
            f"smallest difference told apart with power {ENOUGH}, one test",
            one,
            _CONTRASTS + "least_difference",
            _FISHER,
            "simulation",
        ),
        number_result(
            "pre-difference-strict",
            "the same at the strictest step of the adjustment",
            strict,
            _CONTRASTS + "least_difference",
            _FISHER,
            "simulation",
        ),
    ]


def _differences(found: Precision) -> tuple[float, float]:
    """The smallest difference around a half, in one test and at the strictest step."""
    table = found.planned.differences
    if table.empty:
        return _NAN, _NAN
    return float(table["single"].iloc[0]), float(table["strict"].iloc[0])


def difference(found: Precision) -> str:
    """The smallest differences that are told apart, for the first pair of sides."""
    if found.missing["contrasts"]:
        return "So no smallest difference is stated."
    table = found.planned.differences.set_index("where")
    sides = table.iloc[0]
    table = table[(table["side_a"] == sides["side_a"]) & (table["side_b"] == sides["side_b"])]
    around, above = (
        _must(float(table.loc[place, "single"]), float(table.loc[place, "strict"]))
        for place in (MIDDLE, LOW)
    )
    return (
        f"To be told apart with probability {two(ENOUGH)}, with {sides['n_a']} and {sides['n_b']} "
        f"experts, a difference of true shares around a half {around}. With {per_cent(RARE)} as "
        f"the lower share it {above}."
    )


def _must(single: float, strict: float) -> str:
    """How large a difference must be in one test, and at the strictest step."""
    if math.isnan(single):
        return "is never large enough"
    first = f"must be at least {two(single)} in one test"
    if math.isnan(strict):
        return f"{first}, and is never large enough at the strictest step of the adjustment"
    return f"{first} and {two(strict)} at the strictest step of the adjustment"


def _order(found: Precision) -> list[Result]:
    return [
        _simulation(
            "pre-order",
            "how many experts tell the first code from the second",
            order(found),
            _CONTRASTS + "order",
            "exact power of the sign test, at the seen shares",
        )
    ]


def order(found: Precision) -> str:
    """How many experts the order of the first codes takes."""
    if found.missing["order"]:
        return found.missing["order"]
    table = found.order
    first = table.iloc[0]
    said = (
        f"{quoted([first['first']])} was raised by {first['k_first']} of {first['n']} and "
        f"{quoted([first['other']])} by {first['k_other']}; {first['ahead']} raised the first "
        f"only, {first['behind']} the second only."
    )
    needed = float(first["experts"])
    if not math.isinf(needed):
        return f"{said} {_needed(needed)}"
    apart = table[table["experts"] != math.inf]
    if apart.empty:
        return f"{said} The two are level, and so are all others that were compared."
    third = apart.iloc[0]
    return (
        f"{said} The two are level, and no number of experts tells level codes apart. For "
        f"{quoted([third['other']])}, the next that is not level ({third['k_other']} of "
        f"{third['n']}), it is otherwise. {_needed(float(third['experts']))}"
    )


def _needed(experts: float) -> str:
    if math.isnan(experts):
        return (
            f"If these were the true shares, more than {MOST_EXPERTS} experts would be needed to "
            f"tell the two apart with probability {two(ENOUGH)}."
        )
    return (
        f"If these were the true shares, {plural(int(experts), 'expert')} would be needed to tell "
        f"the two apart with probability {two(ENOUGH)}."
    )
