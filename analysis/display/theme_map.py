"""The figures of the chapter about codes that go together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.display.figures import COLOURS, CYCLE, canvas
from analysis.display.panel_figures import Plate, wrapped
from analysis.display.tables import Sheet, sheet
from analysis.display.wording import number
from analysis.steps.theme_map import ALPHA

if TYPE_CHECKING:
    import pandas as pd

    from analysis.steps.theme_groups import Groups
    from analysis.steps.theme_map import Together

#: With more codes than this, the figures show the most raised ones.
MOST_CODES = 50
#: So many pairs are drawn as lines in the map of groups, and listed in the table.
MOST_LINES = 40

PAIR_COLUMNS = {
    "label_a": "Code",
    "label_b": "Goes with",
    "both": "Experts, both",
    "k_a": "First",
    "k_b": "Second",
    "expected": "Both, by chance",
    "jaccard": "Similarity",
    "adjusted": "Adjusted p, within sessions",
    "adjusted_all": "Over all sessions",
    "adjusted_fixed": "Totals kept",
    "statements": "Statements with both",
    "experts_there": "Of so many experts",
}


def _shown(found: Together) -> list[int]:
    """The rows of the codes that the figures show, in the order of the codebook."""
    order = found.codes["k"].to_numpy().argsort(kind="stable")[::-1][:MOST_CODES]
    return sorted(int(row) for row in order)


def _only(found: Together) -> str:
    if len(found.codes) <= MOST_CODES:
        return ""
    return f" Shown are the {MOST_CODES} codes that most experts raised."


def matrix(found: Together) -> Plate:
    """Codes x codes: similarity by experts above the diagonal, by statements below it."""
    rows = _shown(found)
    labels = found.codes["label"].iloc[rows].tolist()
    theme = found.codes["theme"].iloc[rows].tolist()
    count = len(rows)
    cell = min(0.3, 4.55 / count)  # inches
    figure, axes = canvas(max(2.0, cell * count + 0.55))
    for values, shade, upper in (
        (found.jaccard, "blue", True),
        (found.in_statements, "orange", False),
    ):
        part = np.nan_to_num(values[np.ix_(rows, rows)])
        part = (np.triu(part, 1) if upper else np.tril(part, -1)).round(2)
        for value in np.unique(part[part > 0]).tolist():  # one shape for dots of one size
            across, along = np.nonzero(part == value)
            # the area of a dot is the similarity; a full one fills its cell
            size = 72 * cell * 0.92 * math.sqrt(value)
            axes.plot(along, across, "o", markersize=size, color=COLOURS[shade], markeredgewidth=0)
    ids = found.codes["code"].iloc[rows].tolist()
    for row in found.pairs[found.pairs["adjusted"] <= ALPHA].to_dict("records"):
        if row["code_a"] in ids and row["code_b"] in ids:
            first, second = sorted((ids.index(row["code_a"]), ids.index(row["code_b"])))
            axes.plot(
                second,
                first,
                "o",
                markersize=72 * cell * 0.98,
                fillstyle="none",
                color=COLOURS["ink"],
                markeredgewidth=1,
            )
    for at in range(1, count):
        if theme[at] != theme[at - 1]:
            axes.axhline(at - 0.5, color=COLOURS["muted"], linewidth=0.6)
            axes.axvline(at - 0.5, color=COLOURS["muted"], linewidth=0.6)
    axes.plot([-0.5, count - 0.5], [-0.5, count - 0.5], color=COLOURS["muted"], linewidth=0.6)
    axes.set_yticks(range(count), [f"{name}  {n}" for n, name in enumerate(labels, 1)])
    axes.set_xticks(range(count), [str(n) for n in range(1, count + 1)])
    size = max(5.0, min(8.0, 72 * cell * 0.72))
    axes.tick_params(axis="both", length=0, labelsize=size)
    axes.xaxis.tick_top()
    if count > 35:
        axes.tick_params(axis="x", labelrotation=90)
    axes.set_xlim(-0.5, count - 0.5)
    axes.set_ylim(count - 0.5, -0.5)
    axes.set_aspect("equal")
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(True)
        spine.set_color(COLOURS["rule"])
    axes.set_xlabel(
        "above the diagonal (blue): by experts; below (orange): by statements", fontsize=8
    )
    numbers = found.pairs.head(MOST_LINES)
    parts = [
        f"{r['label_a']} with {r['label_b']} {number(r['jaccard'])}"
        for r in found.pairs.nlargest(10, "jaccard").to_dict("records")
    ]
    return Plate(
        picture=figure,
        alt=(
            f"A matrix of {count} codes with a dot for each pair that goes together. "
            f"Most alike by experts: {'; '.join(parts)}."
        ),
        caption=(
            "How alike codes are: the area of a dot is the share of those who raise either code "
            "who raise both, among experts (blue) and among statements (orange); a dot that fills "
            f"its cell is a share of one. Lines part the themes of the codebook.{_ringed(found)}"
            f"{_only(found)} The table lists the pairs with the smallest adjusted p."
        ),
        numbers=numbers,
        columns=PAIR_COLUMNS,
        formats={"adjusted": 3, "adjusted_all": 3, "adjusted_fixed": 3},
    )


def _ringed(found: Together) -> str:
    some = (found.pairs["adjusted"] <= ALPHA).any()
    return " Ringed: beyond chance after the adjustment for all pairs." if some else ""


GROUP_COLUMNS = {
    "group": "Group",
    "label": "Code",
    "theme": "Theme",
    "k": "Experts",
    "with_starts": "With its group, random starts",
    "with_experts": "With its group, one expert left out",
}


def circle(pairs: Together, found: Groups) -> Plate:
    """The codes on a circle by group, with the strongest pairs as lines."""
    kept = set(pairs.codes["code"].iloc[_shown(pairs)])
    rows = found.codes[found.codes["code"].isin(kept)].reset_index(drop=True)
    names = list(dict.fromkeys(rows["group"]))
    gap = 1.4
    steps = [i + gap * names.index(group) for i, group in enumerate(rows["group"])]
    around = len(rows) + gap * len(names)
    angle = {
        code: math.pi / 2 - 2 * math.pi * step / around
        for code, step in zip(rows["code"], steps, strict=True)
    }
    shade = {group: COLOURS[CYCLE[i % len(CYCLE)]] for i, group in enumerate(names)}
    group = dict(zip(rows["code"], rows["group"], strict=True))
    figure, axes = canvas(7.0)
    drawn = pairs.pairs[pairs.pairs["code_a"].isin(kept) & pairs.pairs["code_b"].isin(kept)]
    drawn = drawn[drawn["both"] > 1].nlargest(MOST_LINES, "jaccard")
    for row in drawn.iloc[::-1].to_dict("records"):
        a, b = row["code_a"], row["code_b"]
        inside = group[a] == group[b]
        x, y = _bow(angle[a], angle[b])
        axes.plot(
            x,
            y,
            color=shade[group[a]] if inside else COLOURS["muted"],
            linewidth=0.4 + 3.2 * row["jaccard"] ** 2,
            alpha=0.75 if inside else 0.45,
            linestyle="-" if inside else (0, (4, 1.5)),
            zorder=1,
        )
    most = rows["k"].max()
    for row in rows.to_dict("records"):
        turn = angle[row["code"]]
        x, y = math.cos(turn), math.sin(turn)
        size = 3 + 7 * math.sqrt(row["k"] / most)
        axes.plot(x, y, "o", color=shade[row["group"]], markersize=size, zorder=2)
        right = x >= 0
        axes.text(
            1.08 * x,
            1.08 * y,
            wrapped(row["label"], 26),
            rotation=math.degrees(turn) if right else math.degrees(turn) - 180,
            rotation_mode="anchor",
            ha="left" if right else "right",
            va="center",
            fontsize=7.5,
            linespacing=0.95,
        )
    for name in names:
        turns = [angle[code] for code in rows.loc[rows["group"] == name, "code"]]
        middle = (turns[0] + turns[-1]) / 2
        axes.text(
            0.86 * math.cos(middle),
            0.86 * math.sin(middle),
            name,
            color=shade[name],
            fontsize=12,
            weight="bold",
            ha="center",
            va="center",
            bbox={"boxstyle": "circle,pad=0.15", "facecolor": "white", "edgecolor": shade[name]},
            zorder=3,
        )
    axes.set_xlim(-1.95, 1.95)
    axes.set_ylim(-1.85, 1.85)
    axes.set_aspect("equal")
    axes.axis("off")
    parts = [
        f"group {name}: {', '.join(rows.loc[rows['group'] == name, 'label'])}" for name in names
    ]
    return Plate(
        picture=figure,
        alt=f"Codes on a circle in {len(names)} groups. {'; '.join(parts)}.",
        caption=(
            "Groups of codes that the same experts raise. A dot is a code, larger the more "
            f"experts raised it. Lines: the {len(drawn)} most similar pairs that two experts or "
            "more raise, thicker the more alike; dashed and grey between groups."
            f"{_only(pairs)}"
        ),
        numbers=found.codes,
        columns=GROUP_COLUMNS,
        formats={},
    )


def _bow(a: float, b: float) -> tuple[Any, Any]:
    """A line from one place on the circle to another, bent towards the middle."""
    t = np.linspace(0, 1, 24)
    first, last = (0.97 * np.array([math.cos(v), math.sin(v)]) for v in (a, b))
    middle = 0.25 * (first + last)
    points = (
        np.outer((1 - t) ** 2, first) + np.outer(2 * t * (1 - t), middle) + np.outer(t**2, last)
    )
    return points[:, 0], points[:, 1]


STABILITY_COLUMNS = {"of": "Compared with", "name": "Expert left out", "value": "Agreement"}


def stability(table: pd.DataFrame) -> Plate:
    """The agreement of the groups with other groupings, one dot each."""
    kinds = list(dict.fromkeys(table["of"]))
    stacks = {kind: table[table["of"] == kind] for kind in kinds}
    figure, axes = canvas(0.8 + 0.75 * len(kinds))
    low = min(0.0, float(table["value"].min()))
    for place, kind in enumerate(kinds):
        part = stacks[kind].copy()
        part["bin"] = (part["value"] * 80).round() / 80 if len(part) > 1 else part["value"]
        part["height"] = part.groupby("bin").cumcount()
        tallest = max(1, int(part["height"].max()))
        step = min(0.09, 0.62 / tallest)
        axes.plot(
            part["bin"],
            place + 0.28 - step * part["height"],
            "o",
            color=COLOURS[CYCLE[place % len(CYCLE)]],
            markersize=4.2,
            markeredgewidth=0,
        )
        least = part[(part["value"] <= part["value"].min() + 1e-9) & (part["name"] != "")]
        if len(least):
            axes.annotate(
                f"without {', '.join(sorted(least['name'])[:4])}",
                (least["bin"].iloc[0], place + 0.28),
                xytext=(-3, -5),
                textcoords="offset points",
                ha="left",
                va="top",
                fontsize=8,
            )
    axes.set_yticks(range(len(kinds)), [wrapped(kind, 18) for kind in kinds])
    axes.set_ylim(len(kinds) - 0.45, -0.6)
    axes.set_xlim(low - 0.05, 1.04)
    axes.set_xlabel("agreement with the groups (adjusted Rand index; 1: the same, 0: by chance)")
    axes.grid(False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    parts = [
        f"{kind}: {number(part['value'].min())}"
        + (f" to {number(part['value'].max())}" if len(part) > 1 else "")
        for kind, part in stacks.items()
    ]
    return Plate(
        picture=figure,
        alt=f"Dots for the agreement of the groups with other groupings. {'; '.join(parts)}.",
        caption=(
            "How the groups agree with those found from another random start, without one expert, "
            "and with the themes of the codebook. One dot a comparison."
        ),
        numbers=table.replace({"name": {"": "–"}}),
        columns=STABILITY_COLUMNS,
        formats={},
    )


def tree(frame: pd.DataFrame) -> Sheet:
    """The codes of each theme by group."""
    columns = {"theme": "Theme", **{c: c for c in frame.columns if c != "theme"}}
    return sheet(frame, "Codes of each theme of the codebook, by group", columns)
