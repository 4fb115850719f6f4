"""The figures and tables of the chapter about the kinds of stakeholder, but for its map.

The map is in :mod:`analysis.display.stakeholders_map`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from analysis.display import wording
from analysis.display.figures import COLOURS, canvas, spaced
from analysis.display.panel_figures import Plate, wrapped
from analysis.display.tables import Sheet, sheet
from analysis.steps.panel_tools import level
from analysis.steps.stakeholders_sentences import p_text

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: The sides of a plan in their order: colour and marker.
SIDES = (("blue", "o"), ("orange", "s"), ("green", "^"), ("purple", "D"), ("sky", "v"))


def side_style(sides: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Colour and marker of each side; the last for kinds that are on none."""
    found = {side: SIDES[i % len(SIDES)] for i, side in enumerate(sides) if side}
    return {**found, "": ("muted", "o")}


def side_names(axes: Axes, style: dict[str, tuple[str, str]]) -> None:
    """The names of the sides in their colours, above the axes."""
    marks = {"o": "●", "s": "■", "^": "▲", "D": "◆", "v": "▼"}
    at = 0.0
    for side, (colour, marker) in style.items():
        if side:
            text = f"{marks[marker]} {side}"
            axes.annotate(
                text,
                (at, 1.0),
                xycoords=("axes fraction", "axes fraction"),
                xytext=(0, 4),
                textcoords="offset points",
                color=COLOURS[colour],
                fontsize=8.5,
            )
            at += 0.035 + 0.0125 * len(text)


# contrasts

CONTRAST_COLUMNS = {
    "label": "Code",
    "first": "First side",
    "second": "Second side",
    "expected": "Expected more often",
    "lies": "Raised more often by",
    "p": "p",
    "adjusted": "Adjusted (Holm)",
    "verdict": "After the adjustment",
    "within": "p within sessions",
    "against": "Opposed by",
    "apart": "p, opposed apart",
}
_P = {name: lambda v: "–" if math.isnan(v) else p_text(v).removeprefix("p ").removeprefix("= ")
      for name in ("p", "adjusted", "within", "apart")}  # fmt: skip


def contrast_rows(table: pd.DataFrame) -> pd.DataFrame:
    """The contrasts as text, for :data:`CONTRAST_COLUMNS`."""
    out = table.rename(columns={"pvalue": "p"})
    for name, side in (("first", "a"), ("second", "b")):
        counts = zip(table[f"side_{side}"], table[f"k_{side}"], table[f"n_{side}"], strict=True)
        out[name] = [
            f"{label}: {wording.count_of(k, n)}" if n else f"{label}: no expert"
            for label, k, n in counts
        ]
    against = zip(table["opposed_a"], table["opposed_b"], strict=True)
    out["against"] = [f"{a} and {b}" if a or b else "–" for a, b in against]
    out["lies"] = table["lies"].replace({"": "–", "level": "neither"})
    return out


def contrast_dots(table: pd.DataFrame) -> Plate:
    """The share of each side that raised the code of each contrast."""
    rows = table[(table["n_a"] > 0) & (table["n_b"] > 0)].reset_index(drop=True)
    figure, axes = canvas(0.95 + 0.42 * max(len(rows), 1))
    style = side_style(list(dict.fromkeys([*rows["side_a"], *rows["side_b"]])))
    for place, row in enumerate(rows.to_dict("records")):
        ends = [row["k_a"] / row["n_a"], row["k_b"] / row["n_b"]]
        axes.plot(ends, [place, place], color=COLOURS["rule"], linewidth=2.5, zorder=1)
        level_ = ends[0] == ends[1]
        for i, side in enumerate(("a", "b")):
            colour, marker = style[row[f"side_{side}"]]
            shift = (0.13 if i else -0.13) if level_ else 0.0
            axes.plot(
                ends[i], place + shift, marker, color=COLOURS[colour], markersize=7, zorder=2 + i
            )
            right = ends[i] >= ends[1 - i] if i == 0 else ends[i] > ends[1 - i]
            if level_:
                right = bool(i)
            axes.annotate(
                f"{row[f'k_{side}']} of {row[f'n_{side}']}",
                (ends[i], place),
                xytext=(8 if right else -8, 0),
                textcoords="offset points",
                ha="left" if right else "right",
                va="center",
                fontsize=8,
                color=COLOURS[colour],
            )
        axes.annotate(
            _beside(row),
            (1.26, place),
            va="center",
            fontsize=8,
            weight="bold" if row["verdict"] == "told apart" else "normal",
            annotation_clip=False,
        )
    side_names(axes, style)
    axes.set_yticks(range(len(rows)), [wrapped(str(label)) for label in rows["label"]])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(-0.23, 1.92)
    small = min(rows["n_a"].min(), rows["n_b"].min()) < wording.SMALLEST_PERCENT
    if small:
        axes.set_xticks([0, 1], ["none", "all"])
    else:
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
    axes.set_xlabel("experts of the side who raised the code", loc="left")
    axes.grid(False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_bounds(0, 1)
    axes.tick_params(axis="y", length=0)
    numbers = contrast_rows(table)
    parts = [
        f"{r['label']}: {r['first']}, {r['second']}, {_beside(r | {'pvalue': r['p']})}"
        for r in numbers.to_dict("records")
    ]
    return Plate(
        picture=figure,
        alt=f"Two dots for each contrast, one a side. {'; '.join(parts)}.",
        caption=(
            "The contrasts named in the plan: how many experts of each side raised the code, with "
            "Fisher's exact p-value and the one adjusted for all contrasts (Holm). In bold: told "
            "apart after the adjustment."
        ),
        numbers=numbers,
        columns=CONTRAST_COLUMNS,
        formats=_P,
    )


def _beside(row: dict[Any, Any]) -> str:
    if math.isnan(row["pvalue"]):
        return f"not tested: {row['reason']}"
    adjusted = p_text(row["adjusted"]).removeprefix("p ").removeprefix("= ")
    return f"{p_text(row['pvalue'])}, adjusted {adjusted}"


SHARE_COLUMNS = {
    "label": "Code",
    "side": "Side",
    "counts": "Raised by",
    "estimate": "Share, drawn together",
    "interval": "Interval",
}


def share_lines(table: pd.DataFrame) -> Plate:
    """The shares of the sides as counted (open) and drawn together (filled, with interval)."""
    codes = table["code"].drop_duplicates().tolist()
    figure, axes = canvas(1.0 + 0.46 * len(codes))
    sides = table["side"].drop_duplicates().tolist()
    style = side_style(sides)
    labels = table.drop_duplicates("code")["label"]
    step = 0.56 / max(len(sides), 2)
    for row in table.to_dict("records"):
        y = codes.index(row["code"]) + step * (sides.index(row["side"]) - (len(sides) - 1) / 2)
        colour, marker = style[row["side"]]
        shade = COLOURS[colour]
        axes.plot([row["low"], row["high"]], [y, y], color=shade, linewidth=1)
        axes.plot(row["estimate"], y, marker, color=shade, markersize=6)
        axes.plot(row["raw"], y, marker, color=shade, markersize=6, markerfacecolor="white")
        axes.plot(row["raw"], y, marker, color=shade, markersize=6, fillstyle="none")
    side_names(axes, style)
    axes.set_yticks(range(len(codes)), [wrapped(str(label)) for label in labels])
    axes.set_ylim(len(codes) - 0.4, -0.6)
    axes.set_xlim(-0.03, 1.03)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
    axes.set_xlabel("share of the side's experts who raised the code")
    axes.grid(False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    numbers = table.copy()
    numbers["counts"] = [
        wording.count_of(k, n) for k, n in zip(table["k"], table["n"], strict=True)
    ]
    numbers["interval"] = [wording.interval(r["low"], r["high"]) for r in table.to_dict("records")]
    parts = [
        f"{r['label']}, {r['side']}: {r['counts']}, drawn to {wording.number(r['estimate'])}"
        for r in numbers.to_dict("records")
    ]
    return Plate(
        picture=figure,
        alt=f"Shares of the sides for each code with a contrast. {'; '.join(parts)}.",
        caption=(
            "Shares of the sides as counted (open marks) and drawn towards what the sides have in "
            f"common (filled marks, with {level()}s), from a beta-binomial model."
        ),
        numbers=numbers,
        columns=SHARE_COLUMNS,
        formats={},
    )


# Cramer's V and chance

V_COLUMNS = {
    "label": "Code",
    "counts": "Raised by",
    "raw": "V",
    "corrected": "V, corrected for bias",
    "mean": "V by chance, mean",
    "interval": "Central 95% by chance",
}


def chance_band(chance: pd.DataFrame, seen: pd.DataFrame) -> Plate:
    """V by chance alone over the number of experts who raise a code, and V of the codes here."""
    figure, axes = canvas(3.3)
    axes.fill_between(
        chance["k"], chance["low"], chance["high"], color=COLOURS["rule"], alpha=0.6, linewidth=0
    )
    axes.plot(chance["k"], chance["mean"], color=COLOURS["muted"])
    axes.plot(seen["k"], seen["raw"], "o", color=COLOURS["blue"], markersize=6)
    n = int(chance["n"].iloc[0])
    axes.annotate(
        "mean by chance",
        (chance["k"].iloc[-1], chance["mean"].iloc[-1]),
        xytext=(-2, 4),
        textcoords="offset points",
        ha="right",
        fontsize=8,
        color=COLOURS["muted"],
    )
    axes.set_xlim(0, n)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_ylim(-0.03, 1.03)
    axes.set_xlabel(f"experts of {n} who raise the code")
    axes.set_ylabel("Cramér's V over the kinds")
    numbers = chance.assign(label="by chance alone", raw=math.nan, corrected=math.nan)
    if len(seen):
        import pandas as pd

        numbers = pd.concat([seen, numbers], ignore_index=True)
    numbers["counts"] = [f"{k} of {m}" for k, m in zip(numbers["k"], numbers["n"], strict=True)]
    numbers["interval"] = [
        wording.interval(low, high)
        for low, high in zip(numbers["low"], numbers["high"], strict=True)
    ]
    ordered = seen.sort_values("raw", ascending=False)
    points = [(float(k), float(v)) for k, v in zip(ordered["k"], ordered["raw"], strict=True)]
    count = len(points)
    if count:
        texts = ordered["label"].astype(str).tolist()
        spaced(axes, points, texts, [8.0] * count, ["ink"] * count, [False] * count)
    parts = [f"{r['label']} {wording.number(r['raw'])}" for r in seen.to_dict("records")]
    inside = (
        f"from {wording.number(chance['mean'].min())} to {wording.number(chance['mean'].max())}"
    )
    return Plate(
        picture=figure,
        alt=(
            f"Cramér's V by chance alone averages {inside}, whatever the number of experts. "
            f"V of the codes with a contrast: {'; '.join(parts) if parts else 'none'}."
        ),
        caption=(
            "Cramér's V between a code and the kinds of stakeholder if the two have nothing to do "
            "with each other (line: mean; grey: central 95%), and for the codes with a contrast "
            "(dots)."
        ),
        numbers=numbers,
        columns=V_COLUMNS,
        formats={},
    )


# tables, as ``show.table`` takes them


def kinds(frame: pd.DataFrame) -> Sheet:
    """The kinds of stakeholder."""
    columns = {
        "label": "Kind",
        "side": "Side",
        "n": "Experts",
        "sessions": "Sessions",
        "experts": "Who",
        "codes": "Codes raised by any",
        "codes_all": "By each of them",
        "codes_only": "By no other kind",
    }
    return sheet(frame.replace({"side": {"": "–"}}), "The kinds of stakeholder", columns)


def codes_by_kind(frame: pd.DataFrame) -> Sheet:
    """The codes by how many experts of each kind raised them."""
    first = {"label": "Code", "theme": "Theme", "k": "All experts", "opposed": "Opposed by"}
    left_out = {*first, "code", "n", "kinds"}
    columns = {**first, **{name: name for name in frame.columns if name not in left_out}}
    caption = "How many experts of each kind raised each code"
    return sheet(frame, caption, columns, folded=True)


def power(frame: pd.DataFrame) -> Sheet:
    """The power of the contrasts."""
    columns = {
        "side_a": "First side",
        "n_a": "Its experts",
        "side_b": "Second side",
        "n_b": "Experts of it",
        "share_a": "True share, first",
        "share_b": "True share, second",
        "single": "Told apart, one test",
        "strict": "Told apart, strictest step",
    }
    return sheet(frame, "Power of the contrasts for assumed true shares", columns)


def least(frame: pd.DataFrame) -> Sheet:
    """The least different outcomes that are told apart."""
    columns = {
        "side_a": "First side",
        "n_a": "Its experts",
        "side_b": "Second side",
        "n_b": "Experts of it",
        "k_a": "Raised on the first",
        "k_b": "At most on the second",
        "pvalue": "p",
        "k_strict": "At the strictest step",
    }
    caption = "The least different outcomes that are told apart"
    return sheet(frame, caption, columns, {"pvalue": 3, "k_strict": 0}, folded=True)
