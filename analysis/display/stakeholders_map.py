"""The map of kinds of stakeholder and codes, as a figure and a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.display import wording
from analysis.display.figures import COLOURS, canvas, spaced
from analysis.display.panel_figures import Plate
from analysis.display.stakeholders import side_names, side_style
from analysis.display.tables import Sheet, sheet
from analysis.steps.panel_tools import level

if TYPE_CHECKING:
    import pandas as pd

    from analysis.steps.stakeholders_map import Map

#: So many codes at most are named in the map, those that shape it most.
MOST_CODES = 12
#: With more experts than this the map shows the kinds alone.
MOST_EXPERTS = 60

KIND_COLUMNS = {
    "label": "Kind",
    "n": "Experts",
    "x": "Dimension 1",
    "y": "Dimension 2",
    "quality": "Shown here",
    "long": "Region, long half axis",
    "short": "Short half axis",
    "overlaps": "Regions it overlaps",
}
CODE_COLUMNS = {
    "label": "Code",
    "theme": "Theme",
    "k": "Experts",
    "x": "Dimension 1",
    "y": "Dimension 2",
    "quality": "Shown here",
    "contribution": "Share of the map",
}


def kinds_and_codes(found: Map) -> Plate:
    """The map: kinds with their regions and single experts, and the codes that shape it most."""
    figure, axes = canvas(6.2)
    style = side_style([s for s in dict.fromkeys(found.kinds["side"]) if s])
    single = len(found.experts) <= MOST_EXPERTS
    codes = found.codes.nlargest(MOST_CODES, "contribution")
    centre = found.kinds.set_index("kind")
    colours = {kind: style[str(side)][0] for kind, side in centre["side"].items()}
    for kind, outline in found.regions.items():
        shade = COLOURS[colours[kind]]
        axes.fill(outline[:, 0], outline[:, 1], color=shade, alpha=0.09, linewidth=0)
        axes.plot(outline[:, 0], outline[:, 1], color=shade, alpha=0.55, linewidth=0.8)
    people = (found.experts["x"], found.experts["y"]) if single else ((), ())
    if single:
        for row in found.experts.to_dict("records"):
            x, y = centre.at[row["kind"], "x"], centre.at[row["kind"], "y"]
            shade = COLOURS[colours[row["kind"]]]
            axes.plot([x, row["x"]], [y, row["y"]], color=shade, alpha=0.5, linewidth=0.7)
            axes.plot(row["x"], row["y"], "o", color=shade, markersize=3)
    axes.plot(codes["x"], codes["y"], "+", color=COLOURS["muted"], markersize=5)
    for row in found.kinds.to_dict("records"):
        marker = style[row["side"]][1]
        axes.plot(row["x"], row["y"], marker, color=COLOURS[colours[row["kind"]]], markersize=8)
    axes.axhline(0, color=COLOURS["rule"], linewidth=0.8, zorder=0)
    axes.axvline(0, color=COLOURS["rule"], linewidth=0.8, zorder=0)
    axes.grid(False)
    axes.set_aspect("equal", adjustable="datalim")
    axes.margins(0.06)
    first, second = (100 * share for share in found.shares)
    axes.set_xlabel(f"dimension 1 ({first:.0f}% of the inertia)")
    axes.set_ylabel(f"dimension 2 ({second:.0f}%)")
    side_names(axes, style)
    kinds = [(float(x), float(y)) for x, y in zip(found.kinds["x"], found.kinds["y"], strict=True)]
    crosses = [(float(x), float(y)) for x, y in zip(codes["x"], codes["y"], strict=True)]
    many = len(kinds) + len(crosses)
    spaced(
        axes,
        [*kinds, *crosses],
        [*found.kinds["label"].astype(str), *codes["label"].astype(str)],
        [9.0] * len(kinds) + [7.5] * len(crosses),
        [*(colours[k] for k in found.kinds["kind"]), *["muted"] * len(crosses)],
        [i < len(kinds) for i in range(many)],
        [(float(x), float(y)) for x, y in zip(*people, strict=True)],
    )
    parts = [
        f"{r['label']} ({r['n']} experts) at {wording.number(r['x'])}, {wording.number(r['y'])}"
        for r in found.kinds.to_dict("records")
    ]
    marks = "; small dots joined to it: its experts" if single else ""
    return Plate(
        picture=figure,
        alt=(
            f"A map of {len(kinds)} kinds of stakeholder and {len(crosses)} codes. "
            f"{'; '.join(parts)}."
        ),
        caption=(
            f"Kinds of stakeholder by the codes that they raised (large marks{marks}), and the "
            "codes that shape the map most (crosses). Outlines: regions from "
            f"{level().replace('interval', 'ellipses')} over draws of whole experts within each "
            "kind, widened for small kinds."
        ),
        numbers=found.kinds,
        columns=KIND_COLUMNS,
        formats={},
    )


def map_codes(frame: pd.DataFrame) -> Sheet:
    """The codes in the map, those that shape it most first."""
    ordered = frame.sort_values("contribution", ascending=False, kind="stable")
    return sheet(ordered, "The codes in the map", CODE_COLUMNS, folded=True)
