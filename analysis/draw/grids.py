"""Rows and columns: what meets what, who raised what, which codes belong together."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from analysis.draw import page as pages
from analysis.draw import style
from analysis.draw.page import CARD, EDGE, LINE, Entry, Page, labelled, plain, point, wrap
from analysis.draw.style import INK, MOST_ROWS, MUTED, PAGE, SMALL, picture, series_look

#: Columns of a grid that are shown.
MOST_COLUMNS = 20
#: The fill of a disc under its number, and the deepest shades of cells, above and below zero.
DISC, ABOVE, BELOW = "#b0d3ed", "#6fb1de", "#eba477"


def _disc(axes: Axes, x: float, y: float, size: float, text: str, **options: Any) -> None:
    """A disc with a number in it; nothing passes through the number."""
    if text:
        point(axes, x, y, "o", style.PAPER, size=15)
    point(axes, x, y, "o", DISC, size=size, **{"markeredgewidth": 0} | options)


def _said(ylabel: str, xlabel: str) -> list[str]:
    """What the rows and the columns are, above a grid."""
    parts = [f"{what}: {said}" for what, said in (("rows", ylabel), ("columns", xlabel)) if said]
    return [f"{'; '.join(parts).capitalize()}."] if parts else []


@picture("row", "column", "k", optional="expected")
def discs(frame: pd.DataFrame, xlabel: str = "", ylabel: str = "", width: float = PAGE) -> Figure:
    """Counts as discs in a grid: the area is the count, the number stands in it.

    Columns ``row``, ``column`` and ``k``, one row a pair; ``expected`` is an open ring of the same
    scale. Pairs that are not in the frame stay empty.
    """
    rows, columns = (list(dict.fromkeys(frame[name])) for name in ("row", "column"))
    down, along = rows[:MOST_ROWS], columns[:MOST_COLUMNS]
    left = pages.label_room(down, width)
    step = pages.column_step(along, width - left - EDGE, 96)
    entries: list[Entry] = []
    if frame["expected"].notna().any():
        entries = [("o", DISC, True, "experts"), ("o", MUTED, False, "expected if unrelated")]
    notes = [pages.first(rows, "rows"), pages.first(columns, "columns", MOST_COLUMNS)]
    heads = pages.heads_height(along, step)
    page, axes, middles = labelled(
        pd.DataFrame({"label": down, "group": ""}),
        width,
        min(38.0, max(26.0, step)),
        entries,
        heads,
        width - left - step * len(along),
        8,
        [*_said(ylabel, xlabel), *notes],
    )
    page.heads(
        along, [left + step * (x + 0.5) for x in range(len(along))], page.edges(axes)[1], step
    )
    _bare(axes, len(along))
    most = max(frame["k"].max(), frame["expected"].fillna(0).max(), 1)
    largest = min(38.0, step) - 3
    for found in frame.dropna(subset="k").to_dict("records"):
        if found["row"] not in down or found["column"] not in along:
            continue
        x, y = along.index(found["column"]), middles[down.index(found["row"])]
        _disc(axes, x, y, largest * math.sqrt(found["k"] / most), "k")
        if found["expected"] > 0:
            ring = largest * math.sqrt(found["expected"] / most)
            look: dict[str, Any] = {"markerfacecolor": "none", "markeredgewidth": 0.8}
            point(axes, x, y, "o", MUTED, size=ring, **look)
        at, colour = left + step * (x + 0.5), INK if found["k"] else MUTED
        page.write(at, y, plain(found["k"]), "center", SMALL, colour)
    return page.figure


def _bare(axes: Axes, columns: int) -> None:
    """Axes of a grid: columns 0, 1, ... and no line."""
    axes.set(xlim=(-0.5, columns - 0.5), xticks=[])
    axes.spines["bottom"].set_visible(False)


#: What a state is called, its mark and colour.
STATES = {
    "raised": ("raised", "o", style.BLUE),
    "opposed": ("spoke against", "x", style.ORANGE),
    "unable": ("could not raise it", "_", MUTED),
    "both": ("did both", "both", style.BLUE),
    "": ("neither", ".", style.RULE),
}


@picture("label", "raised", "opposed", optional="unable group")
def states(frame: pd.DataFrame, experts: pd.Series[str], width: float = PAGE) -> Figure:
    """Who raised a code, spoke against it, did both, or could not: codes down, experts along.

    Columns ``label``, ``raised``, ``opposed`` and ``unable``, with lists of experts in their cells;
    ``group`` is a heading. ``experts`` gives the group of each expert, and the experts there are.
    """
    if experts.empty:
        raise ValueError("states: nothing to draw, there are no experts")
    shown = frame.iloc[:MOST_ROWS]
    group = {expert: str(name) for expert, name in experts.fillna("").items()}
    names = list(dict.fromkeys(group.values()))
    order = sorted(group, key=lambda expert: names.index(group[expert]))
    left = pages.label_room(shown["label"], width)
    room = width - left - EDGE
    tilt = 20 if width > style.PHONE else 17  # names of groups stand upright on a phone
    slanted = 0.72 * min(pages.HEADING, pages.text_width(group[order[-1]])) - 20
    beyond = max(0.0, slanted) if tilt == 20 else 0.0
    along = order[: max(1, int((room - beyond) / 11))]
    step = min(24.0, (room - beyond) / len(along))
    cells = {
        (expert, at): _state(row, expert)
        for at, row in enumerate(shown.to_dict("records"))
        for expert in along
    }
    entries: list[Entry] = [
        (mark, MUTED if mark == "." else colour, True, name)
        for state, (name, mark, colour) in STATES.items()
        if state in cells.values()
    ]
    heads = list(dict.fromkeys(group[expert] for expert in along))
    slant = pages.heads_height(heads, tilt) if any(heads) else 0.0
    page, axes, middles = labelled(
        shown,
        width,
        22,
        entries,
        slant,
        width - left - step * len(along),
        min(pages.widest(along), 80) + 14,
        [pages.first(frame, "rows"), pages.first(order, "experts", len(along))],
    )
    _bare(axes, len(along))
    top = page.edges(axes)[1]
    for name in heads if any(heads) else []:
        members = [at for at, expert in enumerate(along) if group[expert] == name]
        start, end = left + step * (members[0] + 0.1), left + step * (members[-1] + 0.9)
        page.axes.plot([start, end], [top - 2, top - 2], color=MUTED, linewidth=0.8)
        page.heads([name], [(start + end) / 2 - 3], top - 1, tilt)
        if members[0]:
            axes.axvline(members[0] - 0.5, color=style.RULE, linewidth=0.6)
    below, size = page.edges(axes)[3] + 6, min(10.0, step - 3)
    for x, expert in enumerate(along):
        at = left + step * (x + 0.5) + 4
        page.write(at, below, wrap(expert, 80, 1, SMALL), "right", SMALL, rotation=90)
    for state, (_, mark, colour) in STATES.items():
        xs = [along.index(expert) for (expert, _), found in cells.items() if found == state]
        ys = [middles[row] for (_, row), found in cells.items() if found == state]
        if state == "both":
            pages.both(axes, xs, ys, size)
        else:
            point(axes, xs, ys, mark, colour, size=size * (0.8 if mark == "x" else 1))
    return page.figure


def _state(row: Mapping[Any, Any], expert: object) -> str:
    """What an expert did with a code."""
    lists = {name: row[name] for name in ("raised", "opposed", "unable")}
    did = [n for n, cell in lists.items() if not isinstance(cell, float) and expert in cell]
    return "both" if did[:2] == ["raised", "opposed"] else did[0] if did else ""


@picture("row", "column", "value", optional="shade panel")
def matrix(
    frame: pd.DataFrame, digits: int = 0, xlabel: str = "", ylabel: str = "", width: float = PAGE
) -> Figure:
    """Numbers in a grid, shaded: the more, the darker.

    Columns ``row``, ``column`` and ``value``; ``shade`` is shaded by in its place (below zero in
    another hue), ``panel`` gives each of its values a grid of its own. Cells that are not in the
    frame stay empty.
    """
    if frame["shade"].isna().all():
        frame["shade"] = frame["value"]
    frame["shade"] /= frame["shade"].abs().max() or 1
    cells = {
        (row["panel"], row["row"], row["column"]): row
        for row in frame.dropna(subset="value").to_dict("records")
    }
    panels = list(dict.fromkeys(frame["panel"]))
    beside = 2 if len(panels) > 1 and width > style.PHONE else 1
    wide, title = (width - EDGE) / beside - EDGE, 24.0 if any(panels) else 0.0
    text = pages.widest(_number(value, digits) for value in frame["value"])
    notes, boxes, bottom = _said(ylabel, xlabel), [], float(EDGE)
    for at, name in enumerate(panels):
        part = frame[frame["panel"] == name]
        rows, columns = list(dict.fromkeys(part["row"])), list(dict.fromkeys(part["column"]))
        if set(rows) == set(columns):
            columns = rows
        down, along = rows[:MOST_ROWS], columns[:MOST_COLUMNS]
        notes += [pages.first(rows, "rows"), pages.first(columns, "columns", MOST_COLUMNS)]
        room = min(pages.widest(down, 12), 0.36 * wide)
        cell = pages.column_step(along, wide - room - 12, max(46.0, text + 10))
        if at % beside == 0:
            top = bottom
        upper = top + title + pages.heads_height(along, cell)
        tall = [max(26.0, LINE * len(wrap(label, room)) + 6.0) for label in down]
        boxes.append((at % beside * (wide + EDGE), top, upper, room, cell, down, along, tall))
        bottom = max(bottom, upper + sum(tall) + 12)
    page = Page(width, bottom, dict.fromkeys(notes))
    for name, (x, top, upper, room, cell, down, along, tall) in zip(panels, boxes, strict=True):
        left = x + EDGE + room + 10
        page.write(x + EDGE, top + 10, wrap(name, wide, 1) if name else [], weight="bold")
        middles = [left + cell * (at + 0.5) for at in range(len(along))]
        page.heads(along, middles, upper, cell)
        for at, label in enumerate(down):
            y = upper + sum(tall[:at])
            page.write(left - 10, y + tall[at] / 2, wrap(label, room), "right")
            for middle, column in zip(middles, along, strict=True):
                found = cells.get((name, label, column))
                fill = _shade(found["shade"]) if found else style.PAPER
                edge = style.PAPER if found else style.FAINT
                corner = middle - cell / 2, y
                box = Rectangle(corner, cell, tall[at], facecolor=fill, edgecolor=edge)
                page.axes.add_patch(box)
                said = _number(found["value"], digits) if found else ""
                page.write(middle, y + tall[at] / 2, said, "center", SMALL)
    return page.figure


def _number(value: float, digits: int) -> str:
    return "" if math.isnan(value) else f"{value:.{digits}f}".replace("-", "\u2212")


def _shade(part: float) -> tuple[str, float]:
    """A tint that dark text still reads on, and how much of it; below zero another one."""
    depth = 0.0 if math.isnan(part) else min(1.0, abs(part))
    return ABOVE if part >= 0 else BELOW, depth


@picture("label", "group", optional="raised")
def blocks(frame: pd.DataFrame, links: pd.DataFrame, most: int = 15, width: float = PAGE) -> Figure:
    """Groups of codes and what ties them: a disc where two codes meet, its area their likeness.

    Columns ``label``, ``group`` and ``raised``; ``links`` has ``a`` and ``b`` (labels) and
    ``strength`` (0 to 1), ``both`` (a number in the disc) and ``marked`` (ringed). Codes stand on
    the diagonal in the order of their groups; a frame holds each group together. With more than
    ``most`` codes those that most experts raised are shown.
    """
    groups = list(dict.fromkeys(frame["group"]))
    kept = frame.sort_values("raised", ascending=False, kind="stable").iloc[:most]
    kept = kept.sort_index().sort_values("group", key=lambda g: g.map(groups.index), kind="stable")
    labels, member = kept["label"].tolist(), kept["group"].tolist()
    phone = width <= style.PHONE
    cell = min(30.0, (width - 2 * EDGE - (0 if phone else 0.36 * width)) / len(labels))
    pitch = cell + LINE + 1 if phone else cell
    xs, ys, y = [], [], float(EDGE)
    for at, group in enumerate(member):
        y += 26 * (at == 0 or group != member[at - 1])
        xs.append(EDGE + cell * (at + 0.5))
        ys.append(y + pitch - cell / 2)
        y += pitch
    note = f"Shown: the {most} of {len(frame)} codes that most experts raised."
    page = Page(width, y + 8, [note if len(frame) > most else ""])
    axes = page.axes
    for x, y in zip(xs, ys, strict=True):
        axes.plot([EDGE, x, x], [y, y, ys[-1]], color=style.FAINT, linewidth=0.75, zorder=0)
    for at, group in enumerate(dict.fromkeys(member)):
        colour, start, size = series_look(at)[1], member.index(group), member.count(group)
        left, top = xs[start] - cell / 2, ys[start] + cell / 2 - pitch
        box = Rectangle((left, top), cell * size, pitch * size, fill=False, edgecolor=colour)
        axes.add_patch(box)
        x = EDGE if phone else left + cell * size + 8
        page.write(
            x, top - 10, wrap(group, width - x - EDGE, 1), colour=colour, weight="bold", bbox=CARD
        )
        for i in range(start, start + size):
            lines = wrap(labels[i], width - x - EDGE, 1 if phone else 2)
            y = ys[i] - cell / 2 - LINE / 2 if phone else ys[i]
            page.write(x, y, lines, bbox=CARD if phone else None)
            point(axes, xs[i], ys[i], "s", colour, size=7)
    where = {label: at for at, label in enumerate(labels)}
    for link in links.to_dict("records"):
        if link["a"] in where and link["b"] in where and link["strength"] > 0:
            i, j = sorted((where[link["a"]], where[link["b"]]))
            said = plain(link["both"]) if "both" in link and cell >= 18 else ""
            ring = {"markeredgecolor": INK, "markeredgewidth": 1.4 if link.get("marked") else 0}
            _disc(axes, xs[i], ys[j], (cell - 2) * math.sqrt(link["strength"]), said, **ring)
            page.write(xs[i], ys[j], said, "center", SMALL)
    return page.figure
