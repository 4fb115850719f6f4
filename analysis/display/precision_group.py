"""The figure and the tables of the simulated groups, for the precision chapter.

Figures are what :func:`analysis.display.notebook.figure` takes but the source, tables what
:func:`analysis.display.notebook.table` takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.display.figures import COLOURS, canvas
from analysis.display.panel_figures import Plate
from analysis.display.tables import Sheet, sheet
from analysis.display.wording import number
from analysis.steps.panel_tools import CONFIDENCE, level, plural, two
from analysis.steps.precision import Precision
from analysis.steps.precision_group import (
    ECHOES,
    SINGLE,
    STATED,
    TALKS,
    UNEQUAL,
    echo_value,
)
from analysis.steps.precision_simulated import ECHO, FAR, PANEL
from analysis.steps.precision_words import per_cent

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: The names of the ways to talk.
TALK_NAMES = {
    SINGLE: "Single interviews",
    "alike": "Equal talk",
    "panel": "Talk as in the panel",
    "unequal": f"Very unequal talk (Gini {two(UNEQUAL)})",
}
_INK, _MUTED = COLOURS["ink"], COLOURS["muted"]


def _heed(found: Precision, name: str) -> str:
    value = two(echo_value(found.settings, name))
    return {
        "none": "no echo",
        "panel": f"the panel's echo ({value})",
        "double": f"twice that ({value})",
        "often": f"every other time ({value})",
    }[name]


GROUP_COLUMNS = {
    "talk_name": "Talk",
    "echo_name": "Echo",
    "estimate": "Estimated share, mean",
    "bias_text": "Bias (error)",
    "sd": "Standard deviation",
    "coverage_text": "Interval holds the share (error)",
    "deff_text": "Design effect (error)",
    "worth": "Worth as many single interviews (error)",
}


def group_rows(found: Precision, table: pd.DataFrame) -> pd.DataFrame:
    """Rows of the grid with names, and numbers with the error of the simulation."""
    out = table.copy()
    out["talk_name"] = [TALK_NAMES[name] for name in table["talk"]]
    out["echo_name"] = [
        "–" if talk == SINGLE else _heed(found, name)
        for talk, name in zip(table["talk"], table["echo"], strict=True)
    ]
    return _with_errors(out)


def _and_error(value: float, error: float, digits: int) -> str:
    """A number with the error of the simulation behind it; an exact one alone."""
    text = number(value, digits)
    return text if error == 0 else f"{text} ({number(error, digits)})"


def _with_errors(table: pd.DataFrame) -> pd.DataFrame:
    out = table.copy()
    out["estimate"] = table["mean"]
    for name, text, digits in (
        ("bias", "bias_text", 3),
        ("coverage", "coverage_text", 3),
        ("design_effect", "deff_text", 2),
        ("effective", "worth", 1),
        ("heard", "heard_text", 3),
    ):
        out[text] = [
            _and_error(value, error, digits)
            for value, error in zip(table[name], table[f"{name}_se"], strict=True)
        ]
    return out


def group(found: Precision) -> Plate:
    """Single interviews and the group side by side, for a view that half of the experts hold."""
    grid = found.cost.grid
    table = grid[grid["share"] == STATED].reset_index(drop=True)
    places, heads, at = [0.0], [(0.0, TALK_NAMES[SINGLE])], 0.6
    for talk in TALKS:
        heads.append((at + 0.9, TALK_NAMES[talk]))
        places += [at + 1.9 + step for step in range(len(ECHOES))]
        at += 1.4 + len(ECHOES)
    figure, panels = canvas(5.2, 3, 1, sharey=True, gridspec_kw={"width_ratios": [1.25, 1, 1]})
    _estimates(panels[0], table, places)
    _marks(panels[1], table["coverage"], places, CONFIDENCE, 3)
    _marks(panels[2], table["effective"], places, float(found.n), 1)
    panels[0].set_title("estimated share")
    panels[1].set_title("interval holds it")
    panels[2].set_title("worth")
    panels[0].set_xlabel("mean ± standard deviation")
    panels[1].set_xlabel("share of the runs")
    panels[2].set_xlabel("single interviews")
    names = [_heed(found, name) for _ in TALKS for name in ECHOES]
    ticks = [*places[1:], *(place for place, _ in heads)]
    panels[0].set_yticks(ticks, [*names, *(name for _, name in heads)])
    for label in panels[0].get_yticklabels()[len(names) :]:
        label.set_fontweight("bold")
    panels[0].set_ylim(max(places) + 0.7, -0.7)
    for axes in panels:
        axes.tick_params(axis="y", length=0)
        axes.grid(False, axis="y")
        axes.spines["left"].set_visible(False)
    numbers = group_rows(found, table)
    parts = [
        f"{r['talk_name']}, {r['echo_name']}: estimate {two(r['mean'])}, standard deviation "
        f"{two(r['sd'])}, interval holds it in {per_cent(r['coverage'])}, worth "
        f"{r['effective']:.1f}"
        for r in numbers.to_dict("records")
    ]
    return Plate(
        picture=figure,
        alt=(
            f"Single interviews against groups for a view that {per_cent(STATED)} hold. "
            f"{'; '.join(parts)}."
        ),
        caption=(
            f"What {plural(found.n, 'expert')} in {plural(found.sessions, 'session')} tell of a "
            f"view that {per_cent(STATED)} of similar experts hold, against single interviews "
            f"(exact). Dashed lines: the true share, the {level().removesuffix(' interval')} that "
            f"the interval claims, and {plural(found.n, 'interview')}. From {found.cost.runs} runs."
        ),
        numbers=numbers,
        columns=GROUP_COLUMNS,
        formats={},
    )


def _colours(table: pd.DataFrame) -> list[str]:
    return [COLOURS["ink" if talk == SINGLE else "blue"] for talk in table["talk"]]


def _estimates(axes: Axes, table: pd.DataFrame, places: list[float]) -> None:
    axes.axvline(STATED, color=_MUTED, linewidth=0.9, linestyle="--")
    low, high = table["mean"] - table["sd"], table["mean"] + table["sd"]
    axes.hlines(places, low, high, color=_INK, linewidth=1)
    axes.scatter(table["mean"], places, s=26, color=_colours(table), zorder=3)
    spread = max(float((high - STATED).max()), float((STATED - low).max())) * 1.08
    axes.set_xlim(STATED - spread, STATED + spread)


def _marks(axes: Axes, values: pd.Series, places: list[float], line: float, digits: int) -> None:
    """Dots with their values beside them, and a dashed line to compare with."""
    axes.axvline(line, color=_MUTED, linewidth=0.9, linestyle="--")
    shades = [_INK, *[COLOURS["blue"]] * (len(values) - 1)]
    axes.scatter(values, places, s=26, color=shades, zorder=3)
    highest, lowest = max(float(values.max()), line), min(float(values.min()), line)
    if digits == 1:
        lowest = 0.0
    width = max(highest - lowest, 0.1 * max(highest, 0.1))
    axes.set_xlim(lowest - 0.1 * width, highest + 0.55 * width)
    # the line that is compared with, and the other end where there is room for it
    ticks = [line] if line - lowest < 0.2 * width else [lowest, line]
    axes.set_xticks(ticks, [number(tick, 2 if digits > 1 else 0) for tick in ticks])
    for value, place in zip(values, places, strict=True):
        axes.annotate(
            number(value, digits),
            (1, place),
            xycoords=axes.get_yaxis_transform(),
            ha="right",
            va="center",
            fontsize=8,
        )


def by_share(found: Precision) -> Sheet:
    """What the group costs for views of other shares."""
    grid = found.cost.grid
    chosen = [(SINGLE, "none"), ECHO, PANEL, FAR]
    keys = list(zip(grid["talk"], grid["echo"], strict=True))
    rows = [row for talk in chosen for row, key in enumerate(keys) if key == talk]
    table = group_rows(found, grid.iloc[rows])
    columns = {
        "share": "Share who hold the view",
        "talk_name": "Talk",
        "echo_name": "Echo",
        "heard_text": "Heard at all (error)",
    }
    columns |= {name: GROUP_COLUMNS[name] for name in list(GROUP_COLUMNS)[3:]}
    table = table.sort_values("share", kind="stable")
    caption = f"Views of other shares, {plural(found.n, 'expert')}, {found.cost.runs} runs"
    return sheet(table, caption, columns, {"share": per_cent}, folded=True)


def views_in_order(found: Precision) -> Sheet:
    """How often the order of two views comes out right."""
    table = found.cost.order
    rows = table.assign(
        talk_name=[TALK_NAMES[name] for name in table["talk"]],
        echo_name=[
            "–" if talk == SINGLE else _heed(found, name)
            for talk, name in zip(table["talk"], table["echo"], strict=True)
        ],
        pair=[
            f"{per_cent(a)} and {per_cent(b)}"
            for a, b in zip(table["higher"], table["lower"], strict=True)
        ],
        right_text=[
            _and_error(value, error, 3)
            for value, error in zip(table["right"], table["right_se"], strict=True)
        ],
    ).sort_values("higher", ascending=False, kind="stable")
    columns = {
        "pair": "True shares",
        "talk_name": "Talk",
        "echo_name": "Echo",
        "right_text": "Right order (error)",
        "level": "As many for both",
    }
    caption = "How often the view with the higher true share gets more experts"
    return sheet(rows, caption, columns, {"level": 3}, folded=True)


def mechanisms(found: Precision) -> Sheet:
    """Other mechanisms with the panel's echo."""
    names = {
        "both": "go along both ways (as in the figure)",
        "taking up": "take up what was raised, pass over nothing",
        "passing over": "pass over what was not raised, take up nothing",
    }
    table = _with_errors(found.cost.mechanisms)
    table["mechanism"] = [
        names.get(name, f"go along, and leave what was said with probability {two(silence)}")
        for name, silence in zip(table["mechanism"], table["silence"], strict=True)
    ]
    columns = {"mechanism": "Experts ..."} | {
        name: GROUP_COLUMNS[name] for name in list(GROUP_COLUMNS)[3:]
    }
    caption = (
        f"Other mechanisms, with the panel's echo and equal talk, for a view that "
        f"{per_cent(STATED)} of similar experts hold"
    )
    return sheet(table, caption, columns)
