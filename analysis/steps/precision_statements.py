"""What may be said with a panel, and what may not: one table, every cell computed."""

from __future__ import annotations

import math

import pandas as pd

from analysis.panel.panel import Panel
from analysis.statistics.proportions import detectable_share, rank_intervals
from analysis.steps.panel_raised import Raised, who_raised
from analysis.steps.panel_tools import CONFIDENCE, plural, two
from analysis.steps.precision import Precision, widest
from analysis.steps.precision_contrasts import ENOUGH, MOST_EXPERTS
from analysis.steps.precision_group import STATED
from analysis.steps.precision_results import least_majority
from analysis.steps.precision_simulated import ECHO, PANEL
from analysis.steps.precision_words import per_cent
from analysis.steps.stakeholders import SMALL

COLUMNS = ["about", "may", "may_not", "rests"]
COUNTED, SIMULATED = "the panel", "simulation with settings of the panel"


def statements(panel: Panel, found: Precision) -> pd.DataFrame:
    """One row a kind of statement: about, may, may_not, and what the row rests on.

    Empty without experts.
    """
    raised = who_raised(panel)
    if not raised.n:
        return pd.DataFrame(columns=COLUMNS)
    rows = (
        ("That a view is there", *_there(raised), COUNTED),
        ("How common it is", *_common(found), COUNTED),
        ("Whether most hold it", *_most(found), COUNTED),
        ("Which view comes first", *_first(found, raised), COUNTED),
        ("Differences between sides", *_sides(found), COUNTED),
        ("A kind of stakeholder", *_kinds(raised), COUNTED),
        ("How far coders agree", *_coders(found), COUNTED),
        ("How many voices these are", *_voices(found)),
    )
    return pd.DataFrame(rows, columns=COLUMNS)


def _there(raised: Raised) -> tuple[str, str]:
    somebody, codes = int(raised.raised.any(axis=0).sum()), len(raised.codes)
    share = per_cent(detectable_share(raised.n, CONFIDENCE))
    return (
        f"That somebody raised it: {somebody} of {plural(codes, 'code')}.",
        f"That a view nobody raised is absent: up to {share} of similar experts may hold it.",
    )


def _common(found: Precision) -> tuple[str, str]:
    half = two(widest(found.n) / 2)
    return (
        _counted(found.n),
        f"Its share of similar experts, but for an interval that reaches {half} to either side in "
        "the middle.",
    )


def _counted(n: int) -> str:
    return f"How many of the {n} experts raised it." if n > 1 else "Whether the expert raised it."


def _most(found: Precision) -> tuple[str, str]:
    n, least = found.n, least_majority(found.n)
    if least is None:
        return (
            _counted(n),
            "That most similar experts hold it: no count is high enough.",
        )
    return (
        f"That most similar experts hold it, if at least {least} of {n} raised it.",
        f"That most hold it, if fewer than {least} of {n} raised it.",
    )


def _first(found: Precision, raised: Raised) -> tuple[str, str]:
    if found.missing["order"]:
        return "Nothing.", found.missing["order"]
    top = found.order.iloc[0]
    needed = float(top["experts"])
    if math.isinf(needed):
        rest = "the two most raised are level."
    elif math.isnan(needed):
        rest = f"that would take more than {MOST_EXPERTS} experts like these."
    elif needed <= found.n and top["pvalue"] <= 1 - CONFIDENCE:
        return _settled(raised), "That an order holds where experts who differ are few."
    else:
        rest = f"that would take about {plural(int(needed), 'expert')} like these."
    return _settled(raised), f"That the first is ahead of the second among similar experts: {rest}"


def _settled(raised: Raised) -> str:
    pairs = math.comb(len(raised.codes), 2)
    if raised.n < 2:
        return f"The order of 0 of {plural(pairs, 'pair')} of codes."
    # sign tests do not resample: one resample
    low = rank_intervals(raised.raised, confidence=CONFIDENCE, resamples=1).low
    return f"The order of {int((low - 1).sum())} of {plural(pairs, 'pair')} of codes."


def _sides(found: Precision) -> tuple[str, str]:
    if found.missing["contrasts"]:
        return "Nothing.", found.missing["contrasts"]
    row = found.planned.differences.iloc[0]
    named = len(found.planned.table)
    if math.isnan(row["single"]):
        may = "Nothing: no difference is large enough to be told apart."
    else:
        may = (
            f"That sides differ in one of {plural(named, 'contrast')} of the plan, if true shares "
            f"around a half differ by {two(row['single'])} or more: the test then tells them apart "
            f"with probability {two(ENOUGH)}."
        )
    return may, "That sides are alike where they are not told apart, or anything about other codes."


def _kinds(raised: Raised) -> tuple[str, str]:
    sizes = [len(rows) for _, _, rows in raised.kinds()]
    small = sum(size <= SMALL for size in sizes)
    return (
        "What each of its experts said.",
        f"A share of a kind with at most {SMALL} experts; that concerns "
        f"{small} of {plural(len(sizes), 'kind')}.",
    )


def _coders(found: Precision) -> tuple[str, str]:
    if found.reliability.empty:
        return "Nothing.", found.missing["reliability"]
    row = found.reliability.iloc[0]
    if math.isnan(row["width"]):
        return "What they agreed and disagreed on.", "How far they would agree on other statements."
    may = f"That alpha lies between {two(row['low'])} and {two(row['high'])}."
    if not len(found.code_widths):
        return may, "How reliable one code is: no code has an interval."
    middle = two(float(pd.Series(found.code_widths).median()))
    return may, f"How reliable one code is: half of the intervals are {middle} wide or wider."


def _voices(found: Precision) -> tuple[str, str, str]:
    if found.settings.reason:
        return (
            f"That {plural(found.n, 'expert')} spoke, none of them in a group.",
            "That they stand for experts who were not asked: they were chosen, not drawn.",
            COUNTED,
        )
    worth = sorted(float(found.cost.at(*talk)["effective"]) for talk in (ECHO, PANEL))
    return (
        f"That they tell as much about a view held by {per_cent(STATED)} as "
        f"{' to '.join(f'{value:.1f}' for value in worth)} single "
        "interviews, if the model holds.",
        f"That {plural(found.n, 'expert')} spoke without regard to each other.",
        SIMULATED,
    )
