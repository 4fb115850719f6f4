"""Figures and tables of the saturation chapter; they hold for any panel.

Each function returns the arguments of :func:`analysis.display.notebook.figure` or ``table``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.display import figures
from analysis.display.figures import COLOURS
from analysis.display.wording import number
from analysis.steps.panel_tools import CONFIDENCE, plural
from analysis.steps.saturation import Saturation

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: The figures, and the table of the step that each needs rows of.
FIGURES = {
    "growth": "growth",
    "novelty": "novelty",
    "stopped": "stopped",
    "estimates": "estimates",
    "ahead": "ahead",
    "sessions": "sessions",
}
#: The level of intervals and bands, as captions name it.
LEVEL = f"{number(100 * CONFIDENCE, 0)}%"
#: The most sessions that are named at their boundaries.
NAMED = 12

GROWTH_COLUMNS = {
    "experts": "Experts",
    "mean": "Codes, mean over orders",
    "sd": "Standard deviation",
    "low": "Low",
    "high": "High",
    "held": "Codes in the order heard",
    "new": "New codes in the order heard",
}
GROWTH_FORMATS = {"mean": 1, "sd": 1, "low": 0, "high": 0}
PART_COLUMNS = {
    "part": "Quarter of the session",
    "statements": "Statements",
    "new_session": "Codes new to the session",
    "expected": "In random order",
    "new_panel": "Codes new to the panel",
}
PART_FORMATS = {"expected": 1}
RULE_COLUMNS = {
    "rule": "Base, run, threshold",
    "held_text": "In the order heard",
    "median": "Stops after, median over orders",
    "low": "Low",
    "high": "High",
    "never": "Share of orders without a stop",
    "left": "Codes still to come, mean",
}
RULE_FORMATS = {"median": 1, "low": 0, "high": 0, "never": 4, "left": 1}
LAST_COLUMNS = {
    "last": "Last interviews",
    "held": "No new code in the order heard",
    "share": "Share of orders without a new code",
    "method": "How computed",
}
LAST_FORMATS = {"share": 3}
ESTIMATE_COLUMNS = {
    "estimate": "Codes",
    "unit": "Unit",
    "n": "Units",
    "once": "Heard from one",
    "twice": "Heard from two",
    "codes": "Codes in all",
    "low": "Low",
    "high": "High",
}
ESTIMATE_FORMATS = {"codes": 1, "low": 1, "high": 1}
RARE_COLUMNS = {"name": "Code", "experts": "Experts", "who": "Raised by"}
AHEAD_COLUMNS = {
    "experts": "Experts",
    "codes": "Codes expected",
    "low": "Low",
    "high": "High",
    "beyond": "Beyond the panel",
}
AHEAD_FORMATS = {"codes": 1, "low": 1, "high": 1}
SESSION_COLUMNS = {
    "sessions": "Sessions",
    "experts": "Experts, mean",
    "mean": "Codes, mean over orders",
    "low": "Least",
    "high": "Most",
    "apart": "As many experts one by one",
    "held": "Codes in the order held",
}
SESSION_FORMATS = {"experts": 1, "mean": 1, "low": 0, "high": 0, "apart": 1}
CHOICE_COLUMNS = {
    "choice": "What counts",
    "experts": "Experts",
    "codes": "Codes heard",
    "once": "Heard from one",
    "coverage": "Coverage",
    "chao2": "Chao2",
    "held": "Rule, in the order heard",
    "last": "Last interviews without a new code",
    "share": "Share of orders in which as many bring none",
}
CHOICE_FORMATS = {"chao2": 1}


def _key(axes: Axes, names: Mapping[str, str]) -> None:
    """Names in their colours, at the lower right, where curves that rise leave room."""
    for row, (name, shade) in enumerate(names.items()):
        axes.text(
            0.985,
            0.06 + 0.09 * (len(names) - 1 - row),
            name,
            transform=axes.transAxes,
            ha="right",
            color=COLOURS.get(shade, shade),
            fontsize=8.5,
        )


def growth(found: Saturation) -> dict[str, Any]:
    """Codes after each number of experts: mean, band over orders, and the order heard."""
    table = found.growth
    figure, axes = figures.canvas(height=3.4)
    axes.fill_between(
        table["experts"],
        table["low"],
        table["high"],
        color=COLOURS["sky"],
        alpha=0.3,
        linewidth=0,
    )
    axes.plot(table["experts"], table["mean"], color=COLOURS["blue"])
    axes.plot(
        table["experts"],
        table["held"],
        color=COLOURS["orange"],
        linewidth=1.2,
        marker="o" if len(table) <= 60 else "",
        markersize=3.5,
    )
    _key(
        axes,
        {
            "in the order heard": "orange",
            "mean over all orders": "blue",
            "band: most orders": "muted",
        },
    )
    axes.set_ylim(0, None)
    axes.set_xlim(1, len(table))
    axes.set_xlabel("experts heard")
    axes.set_ylabel("codes raised so far")
    axes.xaxis.get_major_locator().set_params(integer=True)
    picks = sorted({1, max(len(table) // 2, 1), len(table)})
    said = "; ".join(
        f"after {plural(k, 'expert')} {table['mean'].iloc[k - 1]:.1f} on average, "
        f"{int(table['held'].iloc[k - 1])} in the order heard"
        for k in picks
    )
    return {
        "picture": figure,
        "alt": f"A rising curve of the number of codes over the number of experts: {said}.",
        "caption": (
            "Codes raised by so many experts: mean over all orders, the band that holds the "
            f"middle {LEVEL} of the orders at each point, and the order heard."
        ),
        "numbers": table,
        "columns": GROWTH_COLUMNS,
        "formats": GROWTH_FORMATS,
    }


def _above(axes: Axes, names: Mapping[str, str]) -> None:
    """Names of lines in their colours, in a row above the axes."""
    from matplotlib.offsetbox import AnchoredOffsetbox, HPacker, TextArea

    texts: list[Any] = [
        TextArea(name, textprops={"color": COLOURS[shade], "fontsize": 9, "weight": "bold"})
        for name, shade in names.items()
    ]
    row = HPacker(children=texts, pad=0, sep=10)
    box = AnchoredOffsetbox(
        "lower left",
        child=row,
        pad=0,
        borderpad=0.2,
        frameon=False,
        bbox_to_anchor=(0, 1),
        bbox_transform=axes.transAxes,
    )
    axes.add_artist(box)


def novelty(found: Saturation) -> dict[str, Any]:
    """When codes are new: over the statements of the panel, and by quarter of the session."""
    table, by_part = found.novelty, found.parts
    figure, (left, right) = figures.canvas(
        height=3.4, columns=2, gridspec_kw={"width_ratios": [2.1, 1]}
    )
    x = np.arange(1, len(table) + 1)
    left.plot(x, table["in_panel"], drawstyle="steps-post", color=COLOURS["blue"], lw=2.6)
    bounds = [
        0,
        *np.flatnonzero(table["session"].to_numpy()[1:] != table["session"].to_numpy()[:-1]) + 1,
    ]
    names = table["session"].iloc[bounds].tolist()
    ends = [*bounds[1:], len(table)]
    for begin, end, name in zip(bounds, ends, names, strict=True):
        here = table.iloc[begin:end]
        left.plot(
            x[begin:end],
            here["in_session"],
            drawstyle="steps-post",
            color=COLOURS["orange"],
            linewidth=1.1,
        )
        if begin:
            left.axvline(begin + 0.5, color=COLOURS["muted"], linewidth=0.6)
        if len(bounds) <= NAMED:
            left.text((begin + end) / 2, 0.5, str(name), ha="center", fontsize=8)
    left.set_ylim(0, None)
    left.set_xlim(0, len(table) + 1)
    left.set_xlabel("statements of experts, session after session")
    left.set_ylabel("codes so far")
    left.set_title(" ", fontsize=9)  # room for the names of the lines
    _above(left, {"in the panel": "blue", "in the session": "orange"})
    part = by_part["part"]
    right.plot(part, by_part["expected"], "o--", color=COLOURS["muted"], mfc="white", lw=1)
    right.plot(part, by_part["new_session"], "o-", color=COLOURS["orange"])
    right.set_xticks(part)
    right.set_xlim(0.7, len(by_part) + 0.3)
    right.set_ylim(0, None)
    right.set_xlabel("quarter of the session")
    right.set_ylabel("codes new to their session")
    right.set_title(" ", fontsize=9)
    _above(right, {"as heard": "orange", "random order": "muted"})
    said = "; ".join(
        f"quarter {int(row['part'])}: {int(row['new_session'])}, in random order "
        f"{row['expected']:.1f}"
        for _, row in by_part.iterrows()
    )
    return {
        "picture": figure,
        "alt": (
            "Left, the number of codes raised so far over the statements, in the whole panel and "
            "within each session, which starts at zero again. Right, codes new to their session "
            f"by quarter of the session. {said}."
        ),
        "caption": (
            "When codes are raised for the first time: in the panel, and in each session (left); "
            "by quarter of the session, with what a random order of its statements gives (right)."
        ),
        "numbers": by_part,
        "columns": PART_COLUMNS,
        "formats": PART_FORMATS,
    }


def rules(found: Saturation) -> dict[str, Any]:
    """The table of the stopping rule with every setting."""
    table = found.rules.copy()
    every = int(found.values.any(axis=0).sum())
    table["rule"] = [
        f"{base}, {run}, {100 * threshold:g}%"
        for base, run, threshold in zip(
            table["base"], table["run"], table["threshold"], strict=True
        )
    ]
    table["held_text"] = [
        f"{label}: after interview {int(at)}" if label else "never"
        for label, at in zip(table["held"], table["held_at"], strict=True)
    ]
    table["left"] = every * (1 - table["seen"])
    return {
        "frame": table,
        "caption": (
            "The stopping rule by its settings, in the order heard and over random orders (low and "
            f"high: the middle {LEVEL} of the orders that stop)."
        ),
        "columns": RULE_COLUMNS,
        "formats": RULE_FORMATS,
    }


def stopped(found: Saturation) -> dict[str, Any]:
    """The share of orders in which the rule has stopped, for its settings at the ends."""
    table = found.stopped
    every = [name for name in table.columns if name != "interview"]
    pairs = [every[0].split(", ")[:2], _longest(every)]
    drawn = [name for name in every if name.split(", ")[:2] in pairs]
    figure, axes = figures.canvas(height=3.2)
    for position, name in enumerate(drawn):
        shade = figures.colour(position)
        axes.plot(
            table["interview"],
            table[name],
            drawstyle="steps-post",
            color=shade,
            linestyle="--" if position % 2 else "-",
        )
    _key(axes, {_rule(name): figures.colour(i) for i, name in enumerate(drawn)})
    axes.set_ylim(0, 1.03)
    axes.set_xlim(1, len(table) * 1.02)
    axes.set_xlabel("interviews")
    axes.set_ylabel("share of orders that have stopped")
    axes.xaxis.get_major_locator().set_params(integer=True)
    columns = {"interview": "Interviews"} | {name: _rule(name) for name in every}
    said = "; ".join(
        f"{_rule(name)}: half of the orders by interview {_middle(table, name)}" for name in drawn
    )
    return {
        "picture": figure,
        "alt": f"Rising steps, one for each setting of the stopping rule. {said}.",
        "caption": (
            "In which share of random orders of the same experts the rule has stopped by then, for "
            "some of its settings (base, run, threshold)."
        ),
        "numbers": table,
        "columns": columns,
        "formats": dict.fromkeys(every, 3),
    }


def _longest(every: list[str]) -> list[str]:
    """Base and run of the longest setting that can be applied."""
    return max((name.split(", ")[:2] for name in every), key=lambda pair: [int(v) for v in pair])


def _middle(table: pd.DataFrame, name: str) -> int:
    """The interview by which half of the orders have stopped; one after the last if never."""
    by = np.flatnonzero(table[name].to_numpy() >= 0.5)
    return int(table["interview"].iloc[by[0]]) if by.size else len(table) + 1


def _rule(name: str) -> str:
    base, run, threshold = name.split(", ")
    return f"base {base}, run {run}, {100 * float(threshold):g}%"


def last(found: Saturation) -> dict[str, Any]:
    """The table of the last interviews."""
    return {
        "frame": found.last,
        "caption": (
            "No new code in the last interviews, under this codebook: in the order heard, and in "
            "which share of all orders of these experts."
        ),
        "columns": LAST_COLUMNS,
        "formats": LAST_FORMATS,
    }


def estimates(found: Saturation) -> dict[str, Any]:
    """How many codes there may be: heard, Chao2 and jackknife, with intervals."""
    table = found.estimates
    drawn = table.reset_index(drop=True)
    figure, axes = figures.canvas(height=0.9 + 0.3 * len(drawn))
    for row, line in drawn.iterrows():
        shade = "blue" if line["unit"] == "experts" else "orange"
        if not np.isnan(line["low"]):
            axes.hlines(row, line["low"], line["high"], color=COLOURS["ink"], linewidth=1)
        axes.plot(
            [line["codes"]],
            [row],
            "s" if line["estimate"] == "heard" else "o",
            color=COLOURS[shade],
            markersize=5.5,
        )
    labels = [f"{r['estimate']}, by {r['unit']}" for _, r in drawn.iterrows()]
    ends = drawn[["codes", "low", "high"]].to_numpy(dtype=float)
    room = max(0.06 * (np.nanmax(ends) - np.nanmin(ends)), 0.5)
    axes.set_xlim(np.nanmin(ends) - room, np.nanmax(ends) + room)
    axes.axvline(float(drawn["codes"].iloc[0]), color=COLOURS["muted"], lw=0.8, linestyle="--")
    axes.set_yticks(range(len(drawn)), labels)
    axes.set_ylim(len(drawn) - 0.5, -0.5)
    axes.grid(False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("codes in all")
    said = "; ".join(
        f"{label} {value:.1f}" for label, value in zip(labels, drawn["codes"], strict=True)
    )
    return {
        "picture": figure,
        "alt": f"Marks with intervals for the number of codes in all: {said}.",
        "caption": (
            f"Codes heard (square and dashed line), and estimates of how many there are, with "
            f"{LEVEL} intervals. Chao2 is a lower bound."
        ),
        "numbers": table,
        "columns": ESTIMATE_COLUMNS,
        "formats": ESTIMATE_FORMATS,
    }


def rare(found: Saturation) -> dict[str, Any]:
    """The codes that one or two experts raise."""
    return {
        "frame": found.rare,
        "caption": "Codes raised by one expert or by two: all estimates rest on their number.",
        "columns": RARE_COLUMNS,
    }


def ahead(found: Saturation) -> dict[str, Any]:
    """Codes expected from fewer and from more experts, to twice the panel."""
    table, n = found.ahead, len(found.experts)
    inside, beyond = table[table["experts"] <= n], table[table["experts"] >= n]
    figure, axes = figures.canvas(height=3.2)
    axes.fill_between(
        table["experts"], table["low"], table["high"], color=COLOURS["sky"], alpha=0.3, linewidth=0
    )
    axes.plot(inside["experts"], inside["codes"], color=COLOURS["blue"])
    axes.plot(beyond["experts"], beyond["codes"], color=COLOURS["blue"], linestyle="--")
    axes.axvline(n, color=COLOURS["muted"], linewidth=0.8)
    axes.plot([n], inside["codes"].iloc[-1:], "o", color=COLOURS["blue"], markersize=6)
    axes.annotate(
        "this panel",
        (n, inside["codes"].iloc[-1]),
        xytext=(5, -14),
        textcoords="offset points",
        fontsize=8.5,
    )
    axes.set_ylim(0, None)
    axes.set_xlim(1, float(table["experts"].max()))
    axes.set_xlabel("experts like these; the axis ends at twice the panel")
    axes.set_ylabel("codes expected")
    axes.xaxis.get_major_locator().set_params(integer=True)
    far = table.iloc[-1]
    return {
        "picture": figure,
        "alt": (
            f"A curve that rises to {inside['codes'].iloc[-1]:.0f} codes at {n} experts and goes "
            f"on, dashed, to {far['codes']:.1f} at {int(far['experts'])} experts, within a band "
            f"from {far['low']:.1f} to {far['high']:.1f} there."
        ),
        "caption": (
            f"Codes expected from so many experts like these, with {LEVEL} intervals (band). "
            "Dashed: beyond the panel, up to twice its size."
        ),
        "numbers": table,
        "columns": AHEAD_COLUMNS,
        "formats": AHEAD_FORMATS,
    }


def sessions(found: Saturation) -> dict[str, Any]:
    """Codes after each number of whole sessions, and of as many experts drawn one by one."""
    table = found.sessions
    figure, axes = figures.canvas(height=3.0)
    axes.vlines(table["sessions"], table["low"], table["high"], color=COLOURS["blue"], lw=1)
    axes.plot(table["sessions"], table["mean"], "o-", color=COLOURS["blue"])
    axes.plot(table["sessions"], table["apart"], "s--", color=COLOURS["muted"], mfc="white", lw=1.2)
    _key(
        axes,
        {
            "● whole sessions, mean, least and most": "blue",
            "□ as many experts one by one": "muted",
        },
    )
    ends = table[["mean", "apart", "low", "high"]].to_numpy(dtype=float)
    room = 0.08 * max(np.nanmax(ends) - np.nanmin(ends), 1.0)
    axes.set_ylim(max(np.nanmin(ends) - 3 * room, 0), np.nanmax(ends) + room)
    axes.set_xlabel("sessions")
    axes.set_ylabel("codes raised")
    axes.xaxis.get_major_locator().set_params(integer=True)
    said = "; ".join(
        f"{plural(int(row['sessions']), 'session')}: {row['mean']:.1f}, one by one "
        f"{row['apart']:.1f}"
        for _, row in table.head(6).iterrows()
    )
    return {
        "picture": figure,
        "alt": f"Mean number of codes over the number of sessions. {said}.",
        "caption": (
            "Codes raised in so many sessions, over all choices of sessions, and by as many "
            "experts drawn one by one from any session."
        ),
        "numbers": table,
        "columns": {k: v for k, v in SESSION_COLUMNS.items() if table[k].notna().any()},
        "formats": SESSION_FORMATS,
    }


def choices(found: Saturation) -> dict[str, Any]:
    """The table of choices of what a code is and who raised it."""
    table = found.choices.copy()
    table["held"] = table["held"].replace("", "never")
    return {
        "frame": table,
        "caption": "The same answers under other choices of what counts.",
        "columns": CHOICE_COLUMNS,
        "formats": CHOICE_FORMATS,
    }
