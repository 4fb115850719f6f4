"""The figures of the chapter on what hinders and what facilitates."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from analysis.display import tables, wording
from analysis.display.figures import COLOURS, canvas
from analysis.display.panel_figures import (
    MOST_NAMED,
    Plate,
    count_rows,
    ids,
    packed,
    wrapped,
)
from analysis.steps.panel_tools import level, two

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from analysis.steps.barriers_and_drivers import Found

FORCE_COLUMNS = {
    "label": "Code",
    "direction": "Direction",
    "raised": "Raised by",
    "interval": "Share of similar experts",
    "opposed": "Opposed by",
    "sessions": "Sessions",
    "ranks": "Possible ranks on its side",
}
BALANCE_COLUMNS = {
    "expert": "Expert",
    "kind_name": "Kind of stakeholder",
    "session": "Session",
    "barriers": "Barriers",
    "drivers": "Drivers",
    "balance": "Balance",
    "opposed_barriers": "Barriers opposed",
    "opposed_drivers": "Drivers opposed",
}
PAIR_COLUMNS = {
    "barrier_label": "Barrier",
    "driver_label": "Driver",
    "both": "Both raised by",
    "expected": "Expected if unrelated",
    "estimate": "Jaccard",
}
PAIR_FORMATS: dict[str, tables.Format] = {
    "expected": two,
    "estimate": lambda v: "–" if math.isnan(v) else two(v),
}
OPPOSER_COLUMNS = {
    "expert": "Expert",
    "kind_name": "Kind of stakeholder",
    "session": "Session",
    "against": "Spoke against",
    "raised": "Codes raised",
}


def forces(found: Found) -> Plate:
    """The force field: barriers to the left, drivers to the right, counts at the mark."""
    sides = ((found.barriers, "orange", "hinders"), (found.drivers, "blue", "facilitates"))
    n = found.task.any_raised[1]
    rows = max(len(table) for table, _, _ in sides)
    figure, panels = canvas(1.0 + 0.36 * rows, columns=2, sharex=False)
    most = max(int(table["k"].max()) for table, _, _ in sides)
    limit = most * 1.6  # leaves room for the counts beside the longest bar
    for axes, (table, shade, title) in zip(panels, sides, strict=True):
        _side(axes, table, shade, (n, limit), rows)
        axes.set_title(title, loc="right" if title == "hinders" else "left")
    panels[0].invert_xaxis()
    panels[1].yaxis.tick_right()
    for axes in panels:
        axes.tick_params(axis="y", length=0)
    shown = count_rows(found.forces())
    parts = [f"{r['label']} {r['direction']}: {r['raised']}" for r in shown.to_dict("records")]
    return Plate(
        picture=figure,
        alt=(
            f"Two sets of bars from a common middle: barriers to the left, drivers to the right, "
            f"by how many of the {n} experts raised them. {'; '.join(parts)}."
        ),
        caption=(
            "The force field: how many experts raised each barrier (left) and each driver (right), "
            f"and how many spoke against it. Shares of similar experts: {level()}s (Wilson)."
        ),
        numbers=shown,
        columns=FORCE_COLUMNS,
        formats={},
    )


def _side(axes: Axes, table: pd.DataFrame, shade: str, width: tuple[int, float], rows: int) -> None:
    """One side of the force field; the axis is turned round for the left one later."""
    places, (n, limit) = range(len(table)), width
    axes.barh(places, table["k"], height=0.6, color=COLOURS[shade], alpha=0.35)
    axes.plot(table["k"], places, "o", color=COLOURS[shade], markersize=5)
    left = shade == "orange"
    for place, (k, against) in enumerate(zip(table["k"], table["opposed"], strict=True)):
        text = wording.count_of(k, n)
        axes.annotate(
            f"{text}\n{against} against" if against else text,
            (k, place),
            xytext=(-7 if left else 7, 0),
            textcoords="offset points",
            ha="right" if left else "left",
            va="center",
            fontsize=8,
        )
    axes.set_yticks(places, [wrapped(label, 24) for label in table["label"]])
    axes.set_ylim(rows - 0.4, -0.6)
    axes.set_xlim(0, max(n * 1.05, limit))
    axes.set_xticks([t for t in axes.get_xticks() if 0 <= t <= n and t % 1 == 0])
    axes.set_xlabel("experts")
    axes.grid(False, axis="y")
    axes.spines["right"].set_visible(left)
    axes.spines["left"].set_visible(not left)


def balance(found: Found) -> Plate:
    """Barriers less drivers, one mark an expert, with the mean and its two intervals below."""
    table = found.balance
    values = table["balance"].astype(int)
    stacks = {int(v): rows["expert"].tolist() for v, rows in table.groupby(values)}
    low, high = min([*stacks, 0]) - 1, max([*stacks, 0]) + 1
    tallest = max(len(s) for s in stacks.values())
    named = len(table) <= MOST_NAMED
    inches = 6.6 / (high - low)
    across = 1 if named else max(1, math.ceil(math.sqrt(tallest / 3)))
    layers = math.ceil(tallest / across)
    pitch = 0.23 if named else min(0.12, 0.85 * inches / across)
    figure, axes = canvas(1.55 + layers * pitch)
    for value, experts in stacks.items():
        shade = COLOURS["orange" if value > 0 else "blue" if value < 0 else "muted"]
        for (dx, dy), expert in zip(packed(len(experts), across), experts, strict=True):
            at = value + dx * pitch / inches, (dy + 0.7) * pitch
            axes.plot(*at, "o", color=shade, markersize=15 if named else 72 * pitch * 0.8, mew=0)
            if named:
                axes.annotate(expert, at, ha="center", va="center", fontsize=6.5, color="white")
    for depth, (estimate, name) in enumerate(
        ((found.mean, "experts"), (found.mean_sessions, "sessions")), start=1
    ):
        y = -0.24 * depth
        axes.plot(estimate.estimate, y, "D", color=COLOURS["ink"], markersize=4.5)
        end = float(estimate.estimate)
        if not estimate.reason:
            axes.plot([estimate.low, estimate.high], [y, y], color=COLOURS["ink"], lw=1.2)
            end = estimate.high
        axes.annotate(
            f"mean, resampling {name}" if not estimate.reason else "mean, no interval",
            (end, y),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
        if estimate.reason and depth == 1:
            break
    axes.axvline(0, color=COLOURS["muted"], lw=0.8, zorder=0)
    axes.set_ylim(-0.64, (layers + 0.4) * pitch)
    axes.set_xlim(low, high)
    axes.set_xticks(range(low, high + 1, max(1, (high - low) // 12)))
    axes.set_xlabel("barriers raised less drivers raised")
    axes.set_yticks([])
    axes.grid(False)
    axes.spines["left"].set_visible(False)
    parts = [f"{v}: {len(e)}" for v, e in sorted(stacks.items())]
    return Plate(
        picture=figure,
        alt=(
            "One mark for each expert at the number of barriers raised less the number of drivers "
            f"raised. How many experts: {'; '.join(parts)}. Mean {two(found.mean.estimate)}."
        ),
        caption=(
            "Balance of each expert: barriers raised less drivers raised. Diamonds and lines: the "
            f"mean with {level()}s, resampling whole experts and whole sessions."
        ),
        numbers=table,
        columns=BALANCE_COLUMNS,
        formats={},
    )


def pairs(found: Found) -> Plate:
    """Barriers x drivers: how many experts raised both, as discs with the number in them."""
    rows = found.barriers["code"].tolist()
    columns = found.drivers["code"].tolist()
    labels = dict(zip(found.forces()["code"], found.forces()["label"], strict=True))
    figure, axes = canvas(1.5 + 0.36 * len(rows))
    top = max(1, int(found.pairs["k"].max()))
    many = len(columns) > 12
    for row in found.pairs.to_dict("records"):
        at = columns.index(row["driver"]), rows.index(row["barrier"])
        size = (12 if many else 22) * math.sqrt(row["k"] / top)
        axes.plot(*at, "o", color=COLOURS["sky"], markersize=size, mew=0)
        axes.annotate(
            str(row["k"]),
            at,
            ha="center",
            va="center",
            fontsize=6.5 if many else 8,
            color=COLOURS["ink"] if row["k"] else COLOURS["muted"],
        )
    options: dict[str, Any] = {"rotation": 42, "ha": "left", "rotation_mode": "anchor"}
    axes.xaxis.tick_top()
    axes.set_xticks(range(len(columns)), [wrapped(labels[c], 22) for c in columns], **options)
    axes.set_yticks(range(len(rows)), [wrapped(labels[r]) for r in rows])
    axes.tick_params(length=0)
    axes.set_xlim(-0.7, max(len(columns) - 0.3, 4.3))
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    shown = found.pairs.copy()
    shown["both"] = [wording.count_of(k, n) for k, n in zip(shown["k"], shown["n"], strict=True)]
    parts = [
        f"{r['barrier_label']} with {r['driver_label']}: {r['k']}"
        for r in shown[shown["k"] > 0].to_dict("records")
    ]
    return Plate(
        picture=figure,
        alt=(
            "A table of discs, one row a barrier and one column a driver; the larger the disc, the "
            f"more experts raised both. {'; '.join(parts) or 'No pair was raised'}."
        ),
        caption=(
            "How many experts raised a barrier (row) together with a driver (column), in whatever "
            "statements. Counts describe these experts; no pair is tested."
        ),
        numbers=shown,
        columns=PAIR_COLUMNS,
        formats=PAIR_FORMATS,
    )


def opposers(found: Found) -> pd.DataFrame:
    """Who spoke against what, for :data:`OPPOSER_COLUMNS`."""
    out = found.opposers.copy()
    out["against"] = [ids(labels) for labels in out["labels"]]
    return out
