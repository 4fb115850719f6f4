"""What the prose of the precision chapter states of what is simulated."""

from __future__ import annotations

import math

import pandas as pd

from analysis.steps.panel_tools import level, plural, text_result, two
from analysis.steps.precision import Precision
from analysis.steps.precision_group import OFTEN, PAIRS, SHARES, SILENCES, SINGLE, STATED, UNEQUAL
from analysis.steps.precision_words import chance, per_cent
from analysis.steps.results import Result
from analysis.steps.stakeholders_power import STATED as CONTRASTED

_GROUP = "analysis.steps.precision_group."
_SIMULATION = "analysis.simulation.group_interview."
_NAN = math.nan
#: Conversations: with the panel's echo, with its talk as well, and the strongest of all.
ECHO, PANEL, FAR = ("alike", "panel"), ("panel", "panel"), ("unequal", "often")


def results(found: Precision) -> list[Result]:
    """What is simulated, with settings from the panel."""
    grouped = not found.settings.reason
    runs = f"{found.cost.runs} runs"
    view = f"a view held by {per_cent(STATED)}, with the panel's echo"
    both = f"{view} and talk"
    numbers = (
        ("pre-echo-worth", ECHO, "effective", f"single interviews that tell as much: {view}"),
        ("pre-echo-deff", ECHO, "design_effect", f"design effect: {view}"),
        ("pre-echo-coverage", ECHO, "coverage", f"coverage of Wilson's interval: {view}"),
        ("pre-group-worth", PANEL, "effective", f"single interviews that tell as much: {both}"),
        ("pre-group-bias", PANEL, "bias", f"bias of the estimated share: {both}"),
        ("pre-group-coverage", PANEL, "coverage", f"coverage of Wilson's interval: {both}"),
    )
    sentences = (
        (
            "",
            "what the group costs with the panel's echo and talk",
            cost,
            "outcomes",
            found.settings.reason,
        ),
        (
            "-far",
            "what it costs with much echo and unequal talk",
            far,
            "outcomes",
            "So no stronger echo is simulated.",
        ),
        (
            "-order",
            "how often the order of two views comes out right",
            order,
            "order_right",
            "So no order of views in a group is simulated.",
        ),
        (
            "-heard",
            "whether a rare view is heard in the group",
            heard,
            "outcomes",
            "Whether a view is heard is as for experts who speak alone.",
        ),
        (
            "-ways",
            "what other mechanisms do",
            ways,
            "simulate",
            "Other mechanisms are not simulated either.",
        ),
    )
    return [
        Result(
            "pre-runs",
            "runs of the simulation",
            found.cost.runs if grouped else _NAN,
            "count",
            "simulation",
            "setting",
            _GROUP + "number_of_runs",
        ),
        *(
            Result(
                id,
                label,
                float(found.cost.at(*talk)[name]) if grouped else _NAN,
                "rate" if name == "coverage" else "coefficient",
                "simulation",
                runs,
                _SIMULATION + "outcomes",
            )
            for id, talk, name, label in numbers
        ),
        *(
            text_result(
                f"pre-group{name}",
                label,
                say(found) if grouped else without,
                _SIMULATION + function,
                runs,
                "simulation",
            )
            for name, label, say, function, without in sentences
        ),
        text_result(
            "pre-together",
            "all contrasts of the plan drawn and tested together",
            together(found),
            "analysis.steps.precision_contrasts.together",
            f"{found.planned.together.runs} runs, Fisher's exact test, adjusted after Holm",
            "simulation",
        ),
    ]


def _bias(value: float) -> str:
    size = two(abs(value))
    if size == "0.00":
        return "right on average"
    return f"{size} too {'low' if value < 0 else 'high'} on average"


def cost(found: Precision) -> str:
    """What the group costs with the panel's echo, and with its talk as well."""
    heed, here = found.cost.at(*ECHO), found.cost.at(*PANEL)
    alone = found.cost.at(SINGLE, "none")
    return (
        f"With the panel's echo ({two(found.settings.echoes.value)}) {plural(found.n, 'expert')} "
        f"in {plural(found.sessions, 'session')} tell as much about a view held by "
        f"{per_cent(STATED)} of similar experts as {_worth(heed)}: the estimated share "
        f"has a standard deviation of {two(heed['sd'])} (single interviews "
        f"{two(alone['sd'])}), and the {level()} holds the true share in "
        f"{per_cent(heed['coverage'])} of the runs (single interviews "
        f"{per_cent(alone['coverage'])}). If whoever talked less than others also left out views, "
        f"the estimate is {_bias(float(here['bias']))}, the interval holds the true share in "
        f"{per_cent(here['coverage'])} of the runs, and the experts tell as much as "
        f"{_worth(here)}."
    )


def _worth(row: pd.Series) -> str:
    """The number of single interviews, with the error of the simulation."""
    error = f"(simulation error {row['effective_se']:.1f})"
    return f"{row['effective']:.1f} single interviews {error}"


def far(found: Precision) -> str:
    """What the group costs with the strongest settings."""
    here, along = found.cost.at(*FAR), found.cost.at("alike", FAR[1])
    return (
        f"If experts went along with probability {two(OFTEN)}, they would be worth "
        f"{along['effective']:.1f} single interviews, and the interval would hold the true share "
        f"in {per_cent(along['coverage'])} of the runs. With very unequal talk as well (Gini "
        f"coefficient {two(UNEQUAL)}) they would be worth {here['effective']:.1f}; the estimated "
        f"share would be {_bias(float(here['bias']))}, and the interval would hold it in "
        f"{per_cent(here['coverage'])}."
    )


def order(found: Precision) -> str:
    """How often the order of two views comes out right."""
    parts = []
    for pair in PAIRS:
        here, alone, worst = (
            found.cost.order_at(*talk, pair) for talk in (PANEL, (SINGLE, "none"), FAR)
        )
        parts.append(
            f"a view held by {per_cent(pair[0])} gets more experts than one held by "
            f"{per_cent(pair[1])} in {per_cent(here['right'])} of the runs (single interviews "
            f"{per_cent(alone['right'])}; much echo and unequal talk {per_cent(worst['right'])})"
        )
    return f"With the panel's echo and talk {parts[0]}, and {parts[1]}."


def heard(found: Precision) -> str:
    """Whether the rarest view is heard."""
    rare = SHARES[0]
    here, alone, worst = (found.cost.at(*talk, rare) for talk in (PANEL, (SINGLE, "none"), FAR))
    return (
        f"A view held by {per_cent(rare)} is heard at least once with probability "
        f"{chance(here['heard'])} with the panel's echo and talk, {chance(alone['heard'])} in "
        f"single interviews, and {chance(worst['heard'])} with much echo and unequal talk."
    )


def ways(found: Precision) -> str:
    """What other mechanisms do to the estimate."""
    table = found.cost.mechanisms
    rows = dict(zip(table["mechanism"], table.to_dict("records"), strict=True))
    up, over = rows["taking up"], rows["passing over"]
    silent = rows[f"silence {SILENCES[0]}"]
    return (
        f"If experts only take up what was raised, the estimate for a view held by "
        f"{per_cent(STATED)} is {_bias(up['bias'])}; if they only pass over what was not, "
        f"{_bias(over['bias'])}. If they leave with probability {two(SILENCES[0])} what somebody "
        f"has raised already, it is {_bias(silent['bias'])}, and worth "
        f"{silent['effective']:.1f} single interviews."
    )


def together(found: Precision) -> str:
    """What becomes of all contrasts of the plan, drawn and tested together."""
    if found.missing["contrasts"]:
        return "So none are drawn and tested together."
    made = found.planned.together
    high, low = (per_cent(share) for share in CONTRASTED)
    said = f"In {made.runs} runs the contrasts that can be tested were drawn and tested together."
    if made.apart:
        said += (
            f" Where a difference is expected ({plural(made.apart, 'contrast')}), with true shares "
            f"of {high} and {low}, it is told apart after the adjustment with probability "
            f"{chance(made.found)} on average, without it with {chance(made.alone)}; all of them "
            f"are told apart in {per_cent(made.every)} of the runs."
        )
    if made.level:
        said += (
            f" Where none is expected ({plural(made.level, 'contrast')}), with a half on both "
            f"sides, some contrast is told apart in {per_cent(made.false)} of the runs, without "
            f"the adjustment in {per_cent(made.false_alone)}."
        )
    return said
