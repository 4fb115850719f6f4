"""What the prose of the saturation chapter states, for any panel; the ids never change."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from analysis.steps.panel_talk import span
from analysis.steps.panel_tools import (
    count_of,
    count_result,
    listing,
    number_result,
    plural,
    quoted,
    start,
    text_result,
    two,
)
from analysis.steps.results import Result
from analysis.steps.saturation import BASES, RUNS, THRESHOLDS, Saturation

_STEP = "analysis.steps.saturation"
_STOPPING = "Guest, Namey & Chen (2020)"


def results(found: Saturation) -> list[Result]:
    """Every finding of the chapter, whatever the panel: what is undefined says so."""
    return [
        *_counted(found),
        *_growth(found),
        *_stopping(found),
        *_missing_codes(found),
        *_beyond(found),
    ]


def _text(id: str, label: str, value: str, function: str, standing: str = "description") -> Result:
    return text_result(f"saturation-{id}", label, value, f"{_STEP}.{function}", standing=standing)


def in_orders(share: float) -> str:
    """A share of orders in words: "no order", "all orders", "61.2% of the orders"."""
    if math.isnan(share):
        return "not defined"
    if share <= 0:
        return "no order"
    if share >= 1:
        return "all orders"
    percent = 100 * share
    if percent < 0.1:
        return "less than 0.1% of the orders"
    return "more than 99.9% of the orders" if percent > 99.9 else f"{percent:.1f}% of the orders"


def _interval(low: float, high: float, digits: int = 2) -> str:
    if math.isnan(low) or math.isnan(high):
        return "without an interval"
    return f"interval {low:.{digits}f} to {high:.{digits}f}"


# who and what is counted


def _counted(found: Saturation) -> list[Result]:
    raised, codes = sum(_raised(found)), len(found.codes)
    return [
        count_result("saturation-experts", "Experts counted", len(found.experts), f"{_STEP}.heard"),
        Result(
            "saturation-codes",
            "Codes of the codebook that an expert raises",
            raised / codes,
            "count-of",
            "description",
            "count",
            f"{_STEP}.saturation",
            k=raised,
            n=codes,
        ),
        _text("counted", "Who is counted", found.counted, "heard"),
        _text("unraised", "Codes that nobody raises", unraised(found), "saturation"),
        _text("order", "The order in which experts were heard", order(found), "heard"),
    ]


def _raised(found: Saturation) -> list[bool]:
    return [bool(column.any()) for column in found.values.T]


def unraised(found: Saturation) -> str:
    """Which codes of the codebook nobody raises."""
    never = [c for c, any_ in zip(found.codes, _raised(found), strict=True) if not any_]
    if not never:
        return "Every code of the codebook was raised."
    if len(never) == len(found.codes):
        return "No code of the codebook was raised."
    verb = "was" if len(never) == 1 else "were"
    return f"{quoted([found.names[code] for code in never])} {verb} raised by nobody."


def order(found: Saturation) -> str:
    """What the order of experts is."""
    if found.individual:
        return "Experts stand in the order of their interviews."
    return (
        "Experts stand in the order of their sessions and, within a session, of who spoke first. "
        "Within a session that is an order on paper: the experts of a group were heard together."
    )


# growth


def _growth(found: Saturation) -> list[Result]:
    table = found.growth
    half = max(len(table) // 2, 1)

    def mean(size: int) -> float:
        return float(table["mean"].iloc[size - 1]) if len(table) else math.nan

    exact = "exact mean over all orders (Mao tau)"
    function = "analysis.statistics.accumulation.accumulation"
    return [
        number_result(
            "saturation-mean-first", "Codes after one expert, mean", mean(1), function, exact
        ),
        number_result(
            "saturation-mean-half",
            "Codes after half of the experts, mean",
            mean(half),
            function,
            exact,
        ),
        _text("growth", "How the number of codes grows", growth(found), "growth"),
        _text("novelty", "When in a session codes are new", novelty(found), "parts"),
    ]


def growth(found: Saturation) -> str:
    """How many codes the first experts bring, in sentences."""
    table = found.growth
    if not len(table):
        return found.missing["growth"]
    half = len(table) // 2
    row = table.iloc[half - 1]
    every = int(table["held"].iloc[-1])
    text = (
        f"Over all orders of these {len(table)} experts the first one brings "
        f"{table['mean'].iloc[0]:.1f} of {plural(every, 'code')} on average"
    )
    if half > 1:
        text += f", and the first {half} bring {row['mean']:.1f}"
        if row["low"] != row["high"]:
            text += f" ({span(row['low'], row['high'], 0)} in most orders)"
    late = int(table["new"].iloc[half:].sum())
    return (
        f"{text}. In the order heard, the later {len(table) - half} "
        f"{'adds' if len(table) - half == 1 else 'add'} {plural(late, 'code')}."
    )


def novelty(found: Saturation) -> str:
    """Whether codes come early or late in a session, in sentences."""
    table = found.parts
    if not len(table):
        return found.missing["novelty"]
    first, last = table.iloc[0], table.iloc[-1]
    text = (
        f"In the first quarter of the sessions {int(first['new_session'])} codes were new to their "
        f"session, in the last quarter {int(last['new_session'])}; with the statements of each "
        f"session in random order it would be {first['expected']:.1f} and {last['expected']:.1f}. "
        f"New to the panel were {int(first['new_panel'])} and {int(last['new_panel'])}."
    )
    if last["new_session"] > last["expected"]:
        text += " So codes come later in a session than in random order, as under a guide that "
        text += "opens new subjects until the end."
    else:
        text += " So codes do not come later in a session than in random order."
    by = found.novelty.groupby("session", sort=False)["new_panel"].sum()
    if len(by) < 2:
        return text
    rest = len(by) - 1
    later = "the other one" if rest == 1 else f"the {rest} others together"
    first_new, later_new = int(by.iloc[0]), int(by.iloc[1:].sum())
    return (
        f"{text} The first session brought {plural(first_new, 'code')}, {later} {later_new} more."
    )


# stopping


def settings() -> str:
    """All settings of the rule in words."""
    percents = listing([f"{100 * t:g}%" for t in THRESHOLDS])
    bases, runs = listing([str(b) for b in BASES]), listing([str(r) for r in RUNS])
    return f"bases of {bases} interviews, runs of {runs}, and thresholds of {percents}"


def rule() -> str:
    """The chapter's setting of the rule in words."""
    return (
        f"a base of {BASES[0]} interviews, runs of {RUNS[0]}, and a threshold of "
        f"{100 * THRESHOLDS[0]:g}%"
    )


def _stopping(found: Saturation) -> list[Result]:
    point, sampled = found.point, found.orders
    function = "analysis.statistics.stopping"
    return [
        _text("rule", "The setting of the rule", rule(), "stopping"),
        _text("settings", "The settings of the rule", settings(), "stopping"),
        Result(
            "saturation-stop-at",
            "Interview after which the rule stops, in the order heard",
            point.confirmed,
            "count",
            "description",
            _STOPPING,
            f"{function}.stopping_point",
        ),
        number_result(
            "saturation-stop-median",
            "Interview after which the rule stops, median over orders",
            sampled.estimate + RUNS[0],
            f"{function}.stopping_sensitivity",
            _STOPPING,
            "sensitivity",
            low=sampled.low + RUNS[0],
            high=sampled.high + RUNS[0],
        ),
        _text("stop", "Where the rule stops", stop(found), "stopping"),
        _text(
            "stop-orders",
            "How that depends on order",
            stop_orders(found),
            "stopping",
            "sensitivity",
        ),
        _text(
            "stop-settings",
            "How it depends on settings",
            stop_settings(found),
            "stopping",
            "sensitivity",
        ),
        _text("last", "The last interviews", last(found), "last_interviews"),
    ]


def _sensitivity(id: str, label: str, value: str) -> Result:
    return _text(id, label, value, "stopping", "sensitivity")


def stop(found: Saturation) -> str:
    """Where the rule stops in the order heard, in a sentence."""
    point = found.point
    if not point.stopped:
        return f"In the order heard the rule never stops: {point.reason}."
    at = int(point.confirmed)
    row = int(np.flatnonzero(point.ends == at)[0])
    added = round(float(point.ratios[row]) * point.base_codes)
    return (
        f"In the order heard the rule stops after interview {at}, written {point.label}: the last "
        f"{point.run_length} interviews added {plural(added, 'code')} to the {point.base_codes} of "
        f"the base."
    )


def stop_orders(found: Saturation) -> str:
    """Where the rule stops over random orders, in sentences."""
    over = found.orders
    if math.isnan(over.estimate):
        return f"Over random orders it never stops: {over.reason}."
    run = RUNS[0]
    text = (
        f"Over {over.orders} random orders of the same experts it stops after interview "
        f"{int(over.minimum) + run} at the earliest and {int(over.maximum) + run} at the latest, "
        f"in half of them by interview {int(np.ceil(over.estimate)) + run}"
    )
    if over.never > 0:
        text += f", and never in {in_orders(over.never)}"
    every = sum(_raised(found))
    left = every * (1 - over.codes_seen)
    return (
        f"{text}. When it stops, {left:.1f} of the {plural(every, 'code')} that these experts "
        "raise are still to come, on average."
    )


def stop_settings(found: Saturation) -> str:
    """Where the rule stops by its settings, in a sentence."""
    table = found.rules
    known = table["held_at"].dropna()
    if known.empty:
        return "With none of its settings does the rule stop in the order heard."
    low, high = int(known.min()), int(known.max())
    where = f"after interview {low}" if low == high else f"between interviews {low} and {high}"
    text = f"With {count_of(len(known), len(table))} settings the rule stops {where}"
    return f"{text} in the order heard."


def last(found: Saturation) -> str:
    """That the last interviews add no code, and in how many orders as many would add none."""
    table = found.last
    if not len(table):
        return found.missing["last"]
    held = table[table["held"]]
    if held.empty:
        share = in_orders(float(table["share"].iloc[0]))
        return (
            "The last interview, in the order heard, brought a new code under this codebook. "
            f"In {share} of these experts the last one brings none."
        )
    row = held.iloc[-1]
    k = int(row["last"])
    what = "interview" if k == 1 else f"{k} interviews"
    return (
        f"No new code in the last {what}, under this codebook, in the order heard. In "
        f"{in_orders(float(row['share']))} of these experts the last {what} "
        f"{'brings' if k == 1 else 'bring'} none."
    )


# what may be missing


def _estimate(found: Saturation, name: str, unit: str = "experts") -> pd.Series | None:
    table = found.estimates
    if len(table):
        table = table[(table["unit"] == unit) & (table["estimate"] == name)]
    return table.iloc[0] if len(table) else None


def _missing_codes(found: Saturation) -> list[Result]:
    out = [
        number_result(
            "saturation-coverage",
            "Sample coverage",
            found.coverage.estimate,
            "analysis.statistics.completeness.coverage",
            "incidence coverage (Chao & Jost 2012)",
            "model-based",
            low=found.coverage.low,
            high=found.coverage.high,
            n=found.coverage.n,
        ),
        _text("coverage-text", "Coverage in words", covered(found), "saturation", "model-based"),
    ]
    for id, name in (
        ("chao2", "Chao2"),
        ("jackknife1", "jackknife, first order"),
        ("jackknife2", "jackknife, second order"),
    ):
        row = _estimate(found, name)
        out.append(
            number_result(
                f"saturation-{id}",
                f"Codes in all, {name}",
                math.nan if row is None else float(row["codes"]),
                f"analysis.statistics.richness.{id}",
                name,
                "model-based",
                low=None if row is None else float(row["low"]),
                high=None if row is None else float(row["high"]),
            )
        )
    return [
        *out,
        _text(
            "estimates", "How many codes there may be", estimates(found), "estimates", "model-based"
        ),
        _text("rare", "What the estimates rest on", rare(found), "rare"),
    ]


def covered(found: Saturation) -> str:
    """Coverage in a sentence."""
    value = found.coverage
    if math.isnan(value.estimate):
        return f"Coverage is not defined: {value.reason}."
    return (
        f"Of all that one more expert like these would raise, an estimated share of "
        f"{two(value.estimate)} is already among the codes heard ("
        f"{_interval(value.low, value.high)})."
    )


def estimates(found: Saturation) -> str:
    """Chao2 and the jackknife in sentences."""
    bound, first = _estimate(found, "Chao2"), _estimate(found, "jackknife, first order")
    heard = _estimate(found, "heard")
    if bound is None or first is None or heard is None:
        return found.missing["estimates"]
    more = bound["codes"] - heard["codes"]
    text = (
        f"{plural(int(heard['codes']), 'code')} were heard. Chao2 says that there are at least "
        f"{bound['codes']:.1f} ({_interval(bound['low'], bound['high'], 1)})"
    )
    if more <= 0:
        text = (
            f"{plural(int(heard['codes']), 'code')} were heard. Chao2 adds nothing to that, for "
            f"{'no code was' if heard['once'] == 0 else 'hardly a code was'} heard from one "
            "expert alone"
        )
    return f"{text}; the jackknife of first order gives {first['codes']:.1f}."


def rare(found: Saturation) -> str:
    """Which codes a single expert raises, in a sentence."""
    table = found.rare
    every = sum(_raised(found))
    if not len(table):
        return found.missing["rare"]
    single = table[table["experts"] == 1]
    pairs = len(table) - len(single)
    if single.empty:
        return f"No code was raised by one expert alone; {plural(pairs, 'code')} by two."
    verb = "was" if len(single) == 1 else "were"
    who = quoted(single["name"].tolist())
    return (
        f"{start(count_of(len(single), every))} raised codes {verb} raised by one expert alone: "
        f"{who}. {plural(pairs, 'further code')} {'was' if pairs == 1 else 'were'} raised by two."
    )


# beyond


def _beyond(found: Saturation) -> list[Result]:
    n = len(found.experts)
    next_one, twice = math.nan, math.nan
    if len(found.ahead):
        at = found.ahead.set_index("experts")["codes"]
        next_one, twice = float(at[n + 1] - at[n]), float(at.iloc[-1])
    function = "analysis.statistics.completeness.extrapolate"
    return [
        number_result(
            "saturation-next",
            "New codes expected of one more expert",
            next_one,
            function,
            "extrapolation towards Chao2",
            "simulation",
        ),
        number_result(
            "saturation-twice",
            "Codes expected of twice as many experts",
            twice,
            function,
            "extrapolation towards Chao2",
            "simulation",
        ),
        _text("ahead", "What more experts would add", ahead(found), "ahead", "simulation"),
        _text("sessions", "Sessions as the unit", sessions(found), "by_session", "sensitivity"),
        _text("choices", "What depends on the codebook", choices(found), "choices", "sensitivity"),
    ]


def ahead(found: Saturation) -> str:
    """What more experts would be expected to add, in sentences."""
    table, n = found.ahead, len(found.experts)
    if not len(table):
        return found.missing["ahead"]
    now, far = table[table["experts"] == n].iloc[0], table.iloc[-1]
    one = table[table["experts"] == n + 1].iloc[0]
    return (
        f"One more expert like these would be expected to add {one['codes'] - now['codes']:.1f} "
        f"codes, and as many experts again, {n}, to add {far['codes'] - now['codes']:.1f}: "
        f"{far['codes']:.1f} in all ({_interval(far['low'], far['high'], 1)})."
    )


def sessions(found: Saturation) -> str:
    """What whole sessions add, and how that compares with experts drawn one by one."""
    table = found.sessions
    if not len(table):
        return found.missing["sessions"]
    first = table.iloc[0]
    gap = first["mean"] - first["apart"]
    text = (
        f"One of the {len(table)} sessions brings {first['mean']:.1f} codes on average. As many "
        f"experts drawn one by one, from any session, bring {first['apart']:.1f}."
    )
    if round(gap, 1) > 0:
        text += (
            " So experts of one session do not repeat each other more than experts of different "
            "sessions do."
        )
    elif round(gap, 1) < 0:
        text += (
            " So experts of one session repeat each other more than experts of different "
            "sessions do."
        )
    else:
        text += " The two are the same."
    return (
        f"{text} In {in_orders(found.last_session)} of these sessions the last one brings no new "
        "code."
    )


def choices(found: Saturation) -> str:
    """How the answers differ between choices of what a code is, in a sentence."""
    table = found.choices
    if len(table) < 2:
        return "There is nothing to choose between."
    low, high = int(table["last"].min()), int(table["last"].max())
    runs = plural(low, "interview") if low == high else f"{low} to {high} interviews"
    return (
        f"Under the {len(table)} choices in the table, coverage is estimated at "
        f"{span(table['coverage'].min(), table['coverage'].max())}, and the last "
        f"{runs} bring no new code in the order heard."
    )
