"""The figures of the chapter on robustness."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from analysis.display import wording
from analysis.display.figures import COLOURS, canvas
from analysis.display.panel_figures import Plate, wrapped
from analysis.display.robustness_tables import wording_start
from analysis.steps.panel_tools import level, two
from analysis.steps.robustness.outcomes import EVEN, RANK, Outcome
from analysis.steps.robustness.sentences import CHOICES, choice_words

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from analysis.steps.robustness.analysis import Robustness

#: Up to so many people and groups left out are all drawn; beyond it, the ones that move most.
MOST_ROWS = 44
#: How many are drawn then.
FEWER_ROWS = 24
#: The most outcomes side by side.
MOST_PANELS = 5


# curves

SPEC_COLUMNS = {
    "outcome": "Outcome",
    "coder": "Coding",
    "echoes": "Echoes",
    "unit": "Unit",
    "level": "Level",
    "counts": "Counted",
    "value": "Value",
    "range": "With somebody left out",
    "low_by": "Lowest",
    "high_by": "Highest",
}


def spec_rows(outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """The specifications as text, for :data:`SPEC_COLUMNS`."""
    import pandas as pd

    parts = []
    for one in outcomes:
        out = one.specs.copy()
        out.insert(0, "outcome", one.title)
        out["counts"] = [f"{k} of {n}" for k, n in zip(out["k"], out["n"], strict=True)]
        ends = zip(out["low"], out["high"], strict=True)
        out["range"] = [f"{_value(one, low)} to {_value(one, high)}" for low, high in ends]
        out["value"] = [_value(one, v) for v in out["value"]]
        for choice in CHOICES:
            words = [choice_words(choice, name) for name in out[choice]]
            out[choice] = [wording_start(w).removesuffix(" as the unit") for w in words]
        for end in ("low_by", "high_by"):
            out[end] = [by or "nobody left out" for by in out[end]]
        parts.append(out)
    return pd.concat(parts, ignore_index=True)


def _alternatives(outcomes: Sequence[Outcome]) -> list[tuple[str, list[object]]]:
    """The choices with more than one alternative, and these in the order of the readings."""
    order: dict[str, list[object]] = {"echoes": [True, False], "unit": ["expert", "statement"]}
    order["level"] = [2, 1]
    found = []
    for choice in CHOICES:
        names = dict.fromkeys(name for one in outcomes for name in one.specs[choice].tolist())
        listed = [name for name in order.get(choice, sorted(names, key=_coder)) if name in names]
        if len(listed) > 1:
            found.append((choice, listed))
    return found


def _coder(name: object) -> tuple[bool, str]:
    return name != "consensus", str(name)


def curves(outcomes: Sequence[Outcome], what: str) -> Plate:
    """The specification curve of each outcome, its choices marked below.

    ``what`` says what is counted, for the caption.
    """
    shown = list(outcomes)[:MOST_PANELS]
    choices = _alternatives(shown)
    rows = sum(len(names) for _, names in choices) + 0.6 * max(len(choices) - 1, 0)
    below = max(0.17 * rows + 0.25, 0.4)
    figure, grid = canvas(
        2.5 + below,
        len(shown),
        2,
        squeeze=False,
        sharex="col",
        sharey="row",
        gridspec_kw={"height_ratios": [2.2, below]},
    )
    width = 70 // len(shown) if len(shown) > 1 else 90
    for column, one in enumerate(shown):
        _curve(grid[0][column], one)
        _choices(grid[1][column], one, choices)
        grid[0][column].set_title(wrapped(one.title, width), fontsize=9)
    _scale(grid[0][0], shown)
    _choice_labels(grid[1][0], choices)
    left = len(outcomes) - len(shown)
    more = f" {left} more are in the numbers." if left else ""
    return Plate(
        picture=figure,
        alt=f"Specification curves. {' '.join(_said(one) for one in shown)}",
        caption=(
            f"{what} in every specification, lowest first; the choices are marked below. Orange: "
            "what the other chapters count. Thin lines: how far it moves if one expert, session or "
            f"kind is left out.{more}"
        ),
        numbers=spec_rows(outcomes),
        columns=SPEC_COLUMNS,
        formats={},
    )


def _value(one: Outcome, value: float) -> str:
    """A value of an outcome as text: a share, or a rank."""
    return f"{value:.0f}" if one.kind == RANK else two(value)


def _said(one: Outcome) -> str:
    least, most = (_value(one, float(end(one.specs["value"]))) for end in (min, max))
    return (
        f"{one.title}: {len(one.specs)} specifications, from {least} to {most}, "
        f"{_value(one, one.base)} in the other chapters."
    )


def _curve(axes: Axes, one: Outcome) -> None:
    specs = one.specs
    x, base = np.arange(len(specs)), specs["base"].to_numpy(dtype=np.bool_)
    axes.vlines(x, specs["low"], specs["high"], color=COLOURS["muted"], linewidth=0.9)
    size = 5.5 if len(specs) <= 30 else 4
    axes.plot(x[~base], specs["value"][~base], "o", color=COLOURS["blue"], markersize=size)
    axes.plot(x[base], specs["value"][base], "o", color=COLOURS["orange"], markersize=size + 1)
    axes.grid(False, axis="x")
    axes.tick_params(axis="x", length=0, labelbottom=False)
    axes.tick_params(axis="y", length=0)
    if one.id == "balance":
        axes.axhline(EVEN, color=COLOURS["ink"], linewidth=0.8, linestyle=(0, (4, 3)))
        axes.annotate(
            "as much facilitates as hinders",
            (1.0, EVEN),
            xycoords=axes.get_yaxis_transform(),
            xytext=(0, -3),
            textcoords="offset points",
            ha="right",
            va="top",
            fontsize=8,
            color=COLOURS["muted"],
        )


def _scale(axes: Axes, shown: Sequence[Outcome]) -> None:
    """The scale of values, which all panels share."""
    if shown[0].kind == RANK:
        deepest = max(float(one.specs["high"].max()) for one in shown)
        axes.set_ylim(deepest + 0.6, 0.4)
        step = max(1, math.ceil(deepest / 8))
        axes.set_yticks([1, *range(1 + step, int(deepest) + 1, step)])
        axes.set_ylabel("rank")
        return
    axes.set_ylim(-0.03, 1.03)
    few = min(int(one.specs["n"].min()) for one in shown) < wording.SMALLEST_PERCENT
    if few:
        axes.set_yticks([0, 1], ["none", "all"])
    else:
        axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.50", "0.75", "1"])
    axes.set_ylabel("share")


def _places(choices: Sequence[tuple[str, list[object]]]) -> dict[tuple[str, object], float]:
    places, at = {}, 0.0
    for choice, names in choices:
        for name in names:
            places[choice, name] = at
            at += 1
        at += 0.6
    return places


def _choices(axes: Axes, one: Outcome, choices: Sequence[tuple[str, list[object]]]) -> None:
    for (choice, name), at in _places(choices).items():
        there = np.flatnonzero((one.specs[choice] == name).to_numpy(dtype=np.bool_))
        base = one.specs["base"].to_numpy(dtype=np.bool_)[there]
        for rows, shade in ((there[~base], "blue"), (there[base], "orange")):
            axes.plot(rows, [at] * len(rows), "s", color=COLOURS[shade], markersize=4)
    axes.grid(False)
    axes.tick_params(axis="both", length=0, labelbottom=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_xlim(-0.7, len(one.specs) - 0.3)


def _choice_labels(axes: Axes, choices: Sequence[tuple[str, list[object]]]) -> None:
    places = _places(choices)
    if not places:
        axes.set_yticks([])
        return
    labels = [
        wording_start(choice_words(choice, name)).removesuffix(" as the unit")
        for choice, name in places
    ]
    axes.set_yticks(list(places.values()), labels, fontsize=8)
    axes.set_ylim(max(places.values()) + 0.6, -0.6)


# somebody left out


def influence_rows(found: Robustness) -> pd.DataFrame:
    """Who is left out and what that makes of each share, as text."""
    out = found.influence.copy()
    for one in found.outcomes:
        counts = zip(one.left_k[1:], one.left_n[1:], strict=True)  # the first leaves nobody out
        out[one.id] = [f"{k:.0f} of {n:.0f}" for k, n in counts]
    return out


def influence(found: Robustness) -> Plate:
    """Each share with one expert, session or kind left out, beside the share of all."""
    table, shown = found.influence, found.outcomes[:MOST_PANELS]
    order = {"stakeholder": 0, "session": 1, "expert": 2}
    rows = table
    if len(table) > MOST_ROWS:
        rows = table.sort_values("moved", ascending=False, kind="stable").head(FEWER_ROWS)
    rows = rows.sort_values("kind", key=lambda kinds: kinds.map(order), kind="stable")
    figure, grid = canvas(
        1.15 + 0.175 * max(len(rows), 3), len(shown), 1, squeeze=False, sharey=True
    )
    y = np.arange(len(rows))
    few = int(rows["n"].min()) < wording.SMALLEST_PERCENT
    for axes, one in zip(grid[0], shown, strict=True):
        values = rows[one.id].to_numpy(dtype=np.float64)
        axes.axvline(one.base, color=COLOURS["orange"], linewidth=1.2)
        axes.hlines(y, one.base, values, color=COLOURS["rule"], linewidth=1.6)
        axes.plot(values, y, "o", color=COLOURS["blue"], markersize=4)
        low, high = _around([one.base, *values.tolist()])
        axes.set_xlim(low, high)
        axes.set_title(wrapped(one.title, 64 // len(shown)), fontsize=8.5)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.locator_params(axis="x", nbins=3)
        if few:
            axes.set_xticks([0, 1], ["none", "all"])
            axes.set_xlim(-0.08, 1.08)
        axes.tick_params(axis="both", length=0)
        axes.grid(False, axis="y")
        axes.spines["left"].set_visible(False)
        for edge in np.flatnonzero((rows["kind"] != rows["kind"].shift()).to_numpy())[1:]:
            axes.axhline(edge - 0.5, color=COLOURS["rule"], linewidth=0.8)
    grid[0][0].set_yticks(y, rows["label"].tolist(), fontsize=8)
    numbers = influence_rows(found).loc[rows.index]
    heads = {"label": "Left out", "n": "Experts left"}
    heads |= {one.id: one.title for one in found.outcomes}
    some_only = (
        f" Of {len(table)} people and groups the {len(rows)} are drawn that move a share most."
        if len(rows) < len(table)
        else ""
    )
    return Plate(
        picture=figure,
        alt=(
            f"One row for each of {len(rows)} people and groups left out, one panel for each of "
            f"{len(shown)} shares. {' '.join(_moves(found, one) for one in shown)}"
        ),
        caption=(
            "Each share with one kind of stakeholder, session or expert left out (dots), and with "
            f"nobody left out (orange line). Scales differ.{some_only}"
        ),
        numbers=numbers,
        columns=heads,
        formats={},
    )


def _around(values: Sequence[float]) -> tuple[float, float]:
    """Limits around values, a tenth wide at least."""
    known = [v for v in values if not math.isnan(v)]
    low, high = min(known, default=0.0), max(known, default=1.0)
    room = max(0.1 - (high - low), 0.16 * (high - low)) / 2
    return low - room, high + room


def _moves(found: Robustness, one: Outcome) -> str:
    values = found.influence[one.id]
    return (
        f"{one.title}: {two(one.base)}, from {two(float(values.min()))} to "
        f"{two(float(values.max()))} with somebody left out."
    )


# errors of coding

CARRIED_COLUMNS = {
    "label": "Code",
    "counts": "Raised by",
    "plain": "Experts drawn",
    "noisy": "With errors of coding",
    "mean": "Mean with errors",
    "sessions": "Sessions drawn, with errors",
    "sign_kept": "More raise than oppose it",
}


def carried_rows(table: pd.DataFrame) -> pd.DataFrame:
    """The intervals as text, for :data:`CARRIED_COLUMNS`."""
    out = table.copy()
    out["counts"] = [wording.count_of(k, n) for k, n in zip(table["k"], table["n"], strict=True)]
    for name, error in (("plain", ""), ("noisy", "_error"), ("sessions", "_sessions")):
        ends = zip(table[f"low{error}"], table[f"high{error}"], strict=True)
        out[name] = ["–" if math.isnan(low) else f"{two(low)} to {two(high)}" for low, high in ends]
    out["mean"] = [two(mean) for mean in table["mean_error"]]
    out["sign_kept"] = [two(kept) for kept in table["sign_kept"]]
    return out


def carried(table: pd.DataFrame, resamples: int) -> Plate:
    """The share of each code with its intervals, without and with errors of coding."""
    figure, axes = canvas(1.05 + 0.34 * len(table))
    y = np.arange(len(table))
    n = int(table["n"].iloc[0])
    axes.hlines(y - 0.13, table["low"], table["high"], color=COLOURS["blue"], linewidth=1.2)
    axes.plot(table["k"] / table["n"], y - 0.13, "o", color=COLOURS["blue"], markersize=5.5)
    ends = table["low_error"], table["high_error"]
    axes.hlines(y + 0.17, *ends, color=COLOURS["orange"], linewidth=1.2)
    axes.plot(table["mean_error"], y + 0.17, "D", color=COLOURS["orange"], markersize=4.5)
    for at, k in enumerate(table["k"]):
        axes.annotate(
            wording.count_of(int(k), n),
            (1.02, at),
            xycoords=axes.get_yaxis_transform(),
            va="center",
            fontsize=8,
            annotation_clip=False,
        )
    heads = (("● counted, experts drawn", "blue", 0.0), ("◆ with errors of coding", "orange", 0.45))
    for text, shade, at_x in heads:
        axes.annotate(
            text,
            (at_x, 1.0),
            xycoords="axes fraction",
            xytext=(0, 4),
            textcoords="offset points",
            color=COLOURS[shade],
            fontsize=8.5,
        )
    axes.set_yticks(y, [wrapped(str(label), 34) for label in table["label"]])
    axes.set_ylim(len(table) - 0.4, -0.6)
    axes.set_xlim(-0.02, 1.02)
    if n < wording.SMALLEST_PERCENT:
        axes.set_xticks([0, 1], ["none", "all"])
    axes.set_xlabel("share of similar experts who raise the code")
    axes.grid(False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    rows = carried_rows(table)
    parts = [
        f"{r['label']}: {r['counts']}; {r['plain']} without and {r['noisy']} with errors"
        for r in rows.to_dict("records")
    ]
    return Plate(
        picture=figure,
        alt=f"Two intervals for each of {len(table)} codes. {'. '.join(parts)}.",
        caption=(
            f"Shares of experts with {level()}s from {resamples} drawn panels: experts drawn (blue "
            "dot: as counted), and errors of coding drawn too (orange diamond: mean)."
        ),
        numbers=rows,
        columns=CARRIED_COLUMNS,
        formats={},
    )
