"""A checklist as a picture: one numbered mark an item, filled by how far the item is met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from analysis.display.figures import COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: The fill of the states, from met to not met: dark, middle, none; they stay apart in grey print.
_FILLS = (COLOURS["blue"], COLOURS["sky"], "white")


def checklist(
    axes: Axes,
    rows: Mapping[str, Sequence[tuple[str, str]]],
    states: Sequence[str],
    key: bool = True,
) -> None:
    """One row of marks for each entry of ``rows``, the first at the top.

    A mark is a pair: its label (a number or a few letters, drawn in it) and its state, one of
    ``states``, which are ordered from met to not met (three at most). The key above the marks
    names the states.

    Raises
    ------
    ValueError
        If there are more than three states, or a mark has another one.
    """
    if not 1 <= len(states) <= len(_FILLS):
        raise ValueError(f"expected one to {len(_FILLS)} states, got {len(states)}")
    fills = dict(zip(states, (_FILLS[0], _FILLS[2]) if len(states) == 2 else _FILLS, strict=False))
    common: dict[str, Any] = {
        "marker": "o",
        "linestyle": "none",
        "markeredgecolor": COLOURS["blue"],
        "markeredgewidth": 1.1,
    }
    for row, (name, marks) in enumerate(rows.items()):
        for column, (label, state) in enumerate(marks):
            if state not in fills:
                raise ValueError(f"mark {label} of {name}: state {state!r} is not in {states}")
            axes.plot([column], [row], markersize=17, markerfacecolor=fills[state], **common)
            inside = "white" if fills[state] == _FILLS[0] else COLOURS["ink"]
            axes.text(column, row, label, ha="center", va="center", fontsize=8, color=inside)
    longest = max(len(marks) for marks in rows.values())
    top = -0.6
    if key:
        top = -1.5
        place = 0.0
        for state in states:
            axes.plot([place], [-1.0], markersize=11, markerfacecolor=fills[state], **common)
            axes.text(place + 0.45, -1.0, state, va="center", fontsize=8.5)
            place += 1.6 + 0.22 * len(state)
    axes.set_xlim(-0.7, longest - 0.3)
    axes.set_ylim(len(rows) - 0.4, top)
    axes.set_yticks(range(len(rows)), list(rows))
    axes.set_xticks([])
    axes.grid(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0)
