"""The figures of the chapter on platforms: the ladder, the step, the two sides of the channels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from analysis.display import tables, wording
from analysis.display.figures import COLOURS, canvas
from analysis.display.panel_figures import MOST_NAMED, Plate, packed, wrapped
from analysis.steps.panel_tools import level, two, whole_or_half

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from analysis.steps.platforms_and_dialogue import Found

_TODAY: dict[str, Any] = {"color": COLOURS["muted"], "marker": "s", "linestyle": "none"}
_COULD: dict[str, Any] = {"color": COLOURS["blue"], "marker": "o", "linestyle": "none"}

LADDER_COLUMNS = {
    "label": "Rung",
    "today": "Today, raised by",
    "today_share": "Share of similar experts",
    "today_opposed": "Denied by",
    "could": "Could be, raised by",
    "could_share": "Share of similar experts ",
    "could_opposed": "Denied by ",
    "both": "Both",
    "today_only": "Today only",
    "could_only": "Could be only",
    "neither": "Neither",
}
RATING_COLUMNS = {
    "label": "Rung",
    "today_half": "Today",
    "could_half": "Could be",
    "n": "Rated both",
    "compared": "Higher, same, lower",
    "estimate": "Mean step",
    "interval": "Interval",
}
PLACE_COLUMNS = {
    "expert": "Expert",
    "kind_name": "Kind of stakeholder",
    "session": "Session",
    "today_rung": "Highest rung, today",
    "could_rung": "Highest rung, could be",
    "step": "Step",
}
CHANNEL_COLUMNS = {
    "side": "Side",
    "label": "Code",
    "raised": "Raised by",
    "interval": "Share of similar experts",
    "opposed": "Opposed by",
}
USE_COLUMNS = {
    "expert": "Expert",
    "kind_name": "Kind of stakeholder",
    "session": "Session",
    "service": "Service codes",
    "network": "Network codes",
}
STEP_FORMATS: dict[str, tables.Format] = {
    "estimate": two,
    "step": lambda v: "–" if math.isnan(v) else wording.signed(v, 0),
}


def code_rows(found: Found) -> pd.DataFrame:
    """The rungs by codes as text, for :data:`LADDER_COLUMNS`."""
    out = found.by_code.copy()
    for side in ("today", "could"):
        out[side] = [
            wording.count_of(k, n) for k, n in zip(out[f"{side}_k"], out["n"], strict=True)
        ]
        out[f"{side}_share"] = [
            wording.interval(low, high)
            for low, high in zip(out[f"{side}_low"], out[f"{side}_high"], strict=True)
        ]
    return out


def rating_rows(found: Found) -> pd.DataFrame:
    """The rungs by ratings as text, for :data:`RATING_COLUMNS`."""
    out = found.by_rating.copy()
    for side in ("today", "could"):
        out[f"{side}_half"] = [
            "–"
            if math.isnan(row[side])
            else f"{whole_or_half(row[side])} ({whole_or_half(row[f'{side}_q1'])} to "
            f"{whole_or_half(row[f'{side}_q3'])})"
            for row in out.to_dict("records")
        ]
    out["compared"] = [
        f"{a}, {b}, {c}" for a, b, c in zip(out["higher"], out["same"], out["lower"], strict=True)
    ]
    out["interval"] = [
        "–" if math.isnan(low) else f"{two(low)} to {two(high)}"
        for low, high in zip(out["low"], out["high"], strict=True)
    ]
    return out


def ladder(found: Found) -> Plate:
    """The ladder, lowest rung at the bottom: what was said on the left, ratings on the right."""
    rated = len(found.by_rating) > 0
    figure, panels = canvas(1.15 + 0.52 * len(found.rungs), columns=1 + rated, sharey=True)
    said = panels[0] if rated else panels
    table, n = found.by_code, int(found.by_code["n"].iloc[0])
    _dumbbells(said, table["rung"], table["today_k"], table["could_k"])
    for row in table.to_dict("records"):
        for side, shade in (("today", "muted"), ("could", "blue")):
            level_up = (row["could_k"] >= row["today_k"]) == (side == "could")
            said.annotate(
                str(row[f"{side}_k"]),
                (row[f"{side}_k"], row["rung"]),
                xytext=(7 if level_up else -7, 0),
                textcoords="offset points",
                ha="left" if level_up else "right",
                va="center",
                fontsize=8,
                color=COLOURS[shade],
            )
    said.set_yticks(table["rung"], [wrapped(label, 18) for label in table["label"]])
    said.set_xlim(-1.5 * max(n, 4) / 20, n * 1.05)
    said.set_xticks([t for t in said.get_xticks() if 0 <= t <= n and t % 1 == 0])
    said.set_title("codes")
    said.set_xlabel(f"experts who raised it, of {n}")
    if rated:
        _ratings(panels[1], found.by_rating)
    said.set_ylim(0.4, len(found.rungs) + 0.6)
    handles = [said.plot([], [], markersize=6.5, **style)[0] for style in (_TODAY, _COULD)]
    options: dict[str, Any] = {"ncols": 2, "frameon": False, "fontsize": 8.5, "handletextpad": 0.2}
    figure.legend(handles, ["today", "could be"], loc="outside upper left", **options)
    codes = [
        f"{r['label']}: today {r['today']}, could be {r['could']}"
        for r in code_rows(found).to_dict("records")
    ]
    medians = [
        f"{r['label']}: today {r['today_half']}, could be {r['could_half']}"
        for r in rating_rows(found).to_dict("records")
    ]
    alt = f"The rungs, the lowest at the bottom. Experts who raised each: {'; '.join(codes)}."
    caption = (
        "Where experts place platforms today and where they could be: experts who raised a rung"
    )
    if medians:
        alt += f" Median ratings with middle half: {'; '.join(medians)}."
        caption += " (left), medians of their ratings with the middle half as a line (right)"
    return Plate(
        picture=figure,
        alt=alt,
        caption=f"{caption}. Shares of similar experts in the table: {level()}s (Wilson).",
        numbers=code_rows(found),
        columns=LADDER_COLUMNS,
        formats={},
    )


def _dumbbells(axes: Axes, rung: pd.Series, today: pd.Series, could: pd.Series) -> None:
    axes.hlines(rung, today, could, color=COLOURS["rule"], linewidth=3, zorder=1)
    axes.plot(today, rung, markersize=6.5, **_TODAY)
    axes.plot(could, rung, markersize=6.5, **_COULD)
    axes.grid(False, axis="y")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _ratings(axes: Axes, table: pd.DataFrame) -> None:
    """Medians with the middle half; the two marks of a rung a little apart."""
    for side, style, shift in (("today", _TODAY, -0.13), ("could", _COULD, 0.13)):
        at = table["rung"] + shift
        shade = style["color"]
        axes.hlines(at, table[f"{side}_q1"], table[f"{side}_q3"], color=shade, linewidth=1.6)
        axes.plot(table[side], at, markersize=6.5, **style)
    low, high = table["scale_low"].min(), table["scale_high"].max()
    pad = 0.08 * (high - low)
    axes.set_xlim(low - pad, high + pad)
    axes.set_title("ratings")
    axes.set_xlabel("point of the scale")
    if low % 1 == 0 and high - low <= 10:
        axes.set_xticks([low + i for i in range(int(high - low) + 1)])
    axes.grid(False, axis="y")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def steps(found: Found) -> Plate:
    """Highest rung today against highest rung that could be, one mark an expert."""
    labels = ["none raised", *(wrapped(name, 14) for name in found.rungs)]
    figure = _crossing(
        found.places,
        ("today", "could"),
        (labels, labels),
        ("highest rung raised for today", "highest rung raised\nfor what could be"),
        diagonal=True,
    )
    numbers = found.places.copy()
    names = ["none", *found.rungs]
    for side in ("today", "could"):
        numbers[f"{side}_rung"] = [names[int(v)] for v in numbers[side]]
    counts = numbers.groupby(["today_rung", "could_rung"], sort=False).size().reset_index()
    parts = [f"{a} to {b}: {k}" for a, b, k in counts.to_numpy().tolist()]
    return Plate(
        picture=figure,
        alt=f"One mark for each expert, from the highest rung today to that it could be. "
        f"{'; '.join(parts)}.",
        caption=(
            "The step of each expert: highest rung raised for today (across) and for what could be "
            "(up). Above the diagonal, what could be lies higher than today."
        ),
        numbers=numbers,
        columns=PLACE_COLUMNS,
        formats=STEP_FORMATS,
    )


def uses(found: Found) -> Plate:
    """Codes of the service side against codes of the network side, one mark an expert."""
    ends = [
        [str(i) for i in range(int((found.channels["side"] == side).sum()) + 1)]
        for side in ("service", "network")
    ]
    figure = _crossing(
        found.uses,
        ("service", "network"),
        (ends[0], ends[1]),
        ("codes of the service side raised", "codes of the\nnetwork side raised"),
    )
    counts = found.uses.groupby(["service", "network"], sort=True).size().reset_index()
    parts = [f"{a} and {b}: {k}" for a, b, k in counts.to_numpy().tolist()]
    return Plate(
        picture=figure,
        alt=(
            "One mark for each expert by codes of the service side and of the network side. How "
            f"many experts: {'; '.join(parts)}."
        ),
        caption=(
            "How many codes of the service side (across) and of the network side (up) each expert "
            "raised."
        ),
        numbers=found.uses,
        columns=USE_COLUMNS,
        formats={},
    )


def _crossing(
    table: pd.DataFrame,
    sides: tuple[str, str],
    ticks: tuple[Sequence[str], Sequence[str]],
    titles: tuple[str, str],
    diagonal: bool = False,
) -> Any:
    """One mark an expert in the cells of a grid; named where the experts are few."""
    cells: dict[tuple[int, int], list[str]] = {}
    for x, y, expert in zip(table[sides[0]], table[sides[1]], table["expert"], strict=True):
        cells.setdefault((int(x), int(y)), []).append(expert)
    tallest = max(len(experts) for experts in cells.values())
    named = len(table) <= MOST_NAMED
    across = max(2, math.ceil(math.sqrt(tallest * 1.6)))
    layers = math.ceil(tallest / across)
    width = 5.4 / len(ticks[0])  # of a cell, in inches
    pitch = min(0.25 if named else 0.12, 0.86 * width / across)
    height = max(0.42, layers * pitch + 0.14)
    figure, axes = canvas(1.0 + height * len(ticks[1]))
    for (x, y), experts in cells.items():
        own = math.ceil(len(experts) / across)
        for (dx, dy), expert in zip(packed(len(experts), across), experts, strict=True):
            at = x + dx * pitch / width, y + (dy - (own - 1) / 2) * pitch / height
            axes.plot(*at, "o", color=COLOURS["blue"], markersize=72 * pitch * 0.88, mew=0)
            if named and pitch > 0.18:
                axes.annotate(expert, at, ha="center", va="center", fontsize=6.5, color="white")
    if diagonal:
        end = len(ticks[0]) - 0.5
        axes.plot([0.5, end], [0.5, end], color=COLOURS["muted"], lw=0.8, ls="--", zorder=0)
    for axis, labels, title in zip((axes.xaxis, axes.yaxis), ticks, titles, strict=True):
        axis.set_ticks([i - 0.5 for i in range(1, len(labels))], minor=True)
        axis.set_ticks(range(len(labels)), labels, fontsize=8.5)
        axis.set_label_text(title)
    axes.set_xlim(-0.5, len(ticks[0]) - 0.5)
    axes.set_ylim(-0.5, len(ticks[1]) - 0.5)
    axes.grid(False)
    axes.grid(True, which="minor")
    axes.tick_params(which="both", length=0)
    return figure


def channel_rows(found: Found) -> pd.DataFrame:
    """The codes of the two sides as text, for :data:`CHANNEL_COLUMNS`."""
    out = found.channels.copy()
    out["raised"] = [wording.count_of(k, n) for k, n in zip(out["k"], out["n"], strict=True)]
    out["interval"] = [
        wording.interval(low, high) for low, high in zip(out["low"], out["high"], strict=True)
    ]
    return out
