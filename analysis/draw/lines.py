"""Lines with their names at their ends: curves, series over years, Lorenz curves."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.draw import page as pages
from analysis.draw.page import EDGE, LINE, Entry, Page, percent, plain, point, wrap
from analysis.draw.style import BLUE, DASHES, MUTED, PAGE, PALE, PHONE, SMALL, picture, series_look

#: Lines that a figure shows; with more than MOST_NAMES behind one, those are grey and unnamed.
MOST_LINES, MOST_NAMES, BACK = 30, 8, "#a9b1bc"
#: Height of the plot of a figure, and of each of several.
TALL, PANEL = 260, 170

Looks = dict[str, dict[str, Any]]


def _looks(names: Sequence[str], highlight: str = "") -> Looks:
    """How each line is drawn; beside a ``highlight`` the others are grey, or in the background."""
    found: Looks = {}
    for at, name in enumerate(names):
        (marker, colour, filled), dash = series_look(at), DASHES[at % len(DASHES)]
        front = name == highlight or not highlight
        if highlight:
            colour = BLUE if front else MUTED
        if highlight and not front and len(names) > MOST_NAMES:
            colour, marker, dash = BACK, "", "-"
        wide, order = (1.8, 3) if front else (1.1, 2)
        line = {"color": colour, "linestyle": dash, "linewidth": wide, "zorder": order}
        found[name] = {"line": line, "marker": marker, "filled": filled, "colour": colour}
    return found


def _key(looks: Looks, width: float) -> list[Entry]:
    """On a phone lines are named above: at their ends is no room."""
    if width > PHONE or len(looks) < 2:
        return []
    named = [(look["line"]["linestyle"], name, look) for name, look in looks.items()]
    return [(dash, look["colour"], True, name) for dash, name, look in named if look["marker"]]


def _names_room(names: Iterable[str], entries: Sequence[Entry], width: float) -> float:
    """The width kept at the right for the names of lines."""
    return EDGE + 8 + (0 if entries else min(pages.widest(names) + 18, 0.26 * width))


def _draw(
    page: Page,
    axes: Axes,
    frame: pd.DataFrame,
    looks: Looks,
    named: bool,
    dots: bool = False,
    steps: bool = False,
) -> None:
    """The lines of ``frame`` (x, y, low, high, series), and their names at their ends."""
    ends: list[tuple[float, float, str, str]] = []
    for name, look in looks.items():
        part = frame[frame["series"] == name].sort_values("x", kind="stable")
        xs, ys, low, high = (part[c].to_numpy(float) for c in ("x", "y", "low", "high"))
        shade: dict[str, Any] = {"color": PALE.get(look["colour"]), "alpha": 0.6, "linewidth": 0}
        axes.fill_between(xs, low, high, step="post" if steps else None, **shade)
        axes.plot(xs, ys, drawstyle="steps-post" if steps else "default", **look["line"])
        known = np.flatnonzero(np.isfinite(ys))
        if look["marker"] and (dots or len(known) == 1):
            mark = look["marker"], look["colour"], look["filled"]
            point(axes, xs.tolist(), ys.tolist(), *mark, size=6, zorder=3)
        if named and look["marker"] and name and len(known):
            ends.append((float(xs[known[-1]]), float(ys[known[-1]]), name, look["colour"]))
    _name_ends(page, axes, ends)


def _name_ends(page: Page, axes: Axes, ends: list[tuple[float, float, str, str]]) -> None:
    """Names to the right of the ends of lines, moved apart, each tied to its end."""
    _, top, right, bottom = page.edges(axes)
    lines = [wrap(name, page.width - right - EDGE - 14, 2, SMALL) for _, _, name, _ in ends]
    low, high = axes.get_ylim()
    wanted = [bottom - (y - low) / (high - low) * (bottom - top) for _, y, _, _ in ends]
    placed = spread(wanted, [LINE * len(said) + 1 for said in lines])
    above = [top + LINE * (len(said) - 1) / 2 - at for at, said in zip(placed, lines, strict=True)]
    over = max([0.0, *above])  # not beyond the upper edge
    for (x, _, _, colour), y, at, said in zip(ends, wanted, placed, lines, strict=True):
        start = min(page.across(axes, x) + 5, right + 5)
        page.axes.plot([start, right + 14], [y, at + over], color=colour, linewidth=0.6)
        page.write(right + 17, at + over, said, size=SMALL, colour=colour)


def spread(places: Sequence[float], heights: Sequence[float]) -> list[float]:
    """Places moved as little as needed for things of these heights not to overlap.

    Those that would are pooled and centred where they wanted to be on average (pool adjacent
    violators).
    """
    order = sorted(range(len(places)), key=places.__getitem__)
    below = np.cumsum([0.0, *(heights[i] for i in order)])
    offset = [below[at] + heights[i] / 2 for at, i in enumerate(order)]
    blocks: list[tuple[float, int]] = []
    for at, i in enumerate(order):
        blocks.append((places[i] - offset[at], 1))
        while len(blocks) > 1 and blocks[-1][0] < blocks[-2][0]:
            (b, m), (a, n) = blocks.pop(), blocks.pop()
            blocks.append(((a * n + b * m) / (n + m), n + m))
    starts = [start for start, size in blocks for _ in range(size)]
    moved = {i: float(starts[at] + offset[at]) for at, i in enumerate(order)}
    return [moved[i] for i in range(len(places))]


def _range(frame: pd.DataFrame, more: Iterable[float] = ()) -> tuple[float, float]:
    """Limits for the values of a frame: from 0 if none is below it and it is near."""
    values = frame[["y", "low", "high"]].to_numpy(float).ravel().tolist()
    known = [v for v in [*values, *more] if math.isfinite(v)]
    if not known:
        raise ValueError("nothing to draw, no value is known")
    low, high = min(known), max(known)
    low = 0.0 if 0 <= low <= 0.6 * high else low
    room = 0.05 * (high - low) or 0.5
    return low if low == 0 else low - room, high + room


@picture("x", "mean", optional="low high series")
def curve(
    frame: pd.DataFrame,
    xlabel: str = "",
    ylabel: str = "",
    references: Mapping[str, float] | None = None,
    verticals: Mapping[str, float] | None = None,
    percents: str = "",
    log: bool = False,
    steps: bool = False,
    limits: tuple[float, float] | None = None,
    width: float = PAGE,
) -> Figure:
    """Curves with a band: accumulation, power, extrapolation.

    Columns ``x`` and ``mean``; ``low`` and ``high`` (a band), ``series``. ``references`` are
    horizontal lines with their texts, ``verticals`` vertical ones; ``percents`` names the axes that
    hold shares ("x", "y" or "xy"); ``log`` is about x, ``limits`` about y; ``steps`` draws stairs.
    """
    frame = frame.rename(columns={"mean": "y"})
    references, verticals = references or {}, verticals or {}
    names = list(dict.fromkeys(frame["series"]))
    looks = _looks(names[:MOST_LINES])
    entries = _key(looks, width)
    top = pages.key_height(entries, width) + LINE * len(verticals) + EDGE
    page = Page(width, top + TALL + 46, [pages.first(names, "lines", MOST_LINES)], entries)
    axes = page.plot(70, top, width - _names_room(looks, entries, width), top + TALL)
    xs = [float(x) for x in [*frame["x"], *verticals.values()]]
    xs = [x for x in xs if math.isfinite(x) and (x > 0 or not log)]
    room = 0.5 if min(xs) == max(xs) else 0.0
    axes.set(xlim=(min(xs) - room, max(xs) + room))
    axes.set(ylim=limits or _range(frame, references.values()))
    whole = max(xs) - min(xs) >= 3 and not any(x % 1 for x in xs)
    page.scale(axes, xlabel, whole, percent if "x" in percents else plain)
    page.upright(axes, ylabel, percent if "y" in percents else plain)
    if log:
        axes.set(xscale="log", xlim=(min(xs), max(xs) * (1 + room)))
        ticks = [m * 10.0**e for e in range(-6, 9) for m in (1, 2, 5)]
        axes.set_xticks([t for t in ticks if min(xs) <= t <= max(xs)])
        axes.set_xticks([], minor=True)
        axes.xaxis.set_major_formatter(percent if "x" in percents else plain)
    _draw(page, axes, frame, looks, not entries, steps=steps)
    page.stand(axes, verticals)
    for text, value in references.items():
        _lie(page, axes, frame, text, value)
    return page.figure


def _lie(page: Page, axes: Axes, frame: pd.DataFrame, text: str, value: float) -> None:
    """A horizontal line, its text above it at the end that the curves keep away from."""
    axes.axhline(value, color=MUTED, linewidth=1, linestyle=(0, (4, 2)), zorder=1)
    left, top, right, bottom = page.edges(axes)
    order = frame.sort_values("x")
    third = max(1, len(order) // 3)
    near = [(part["y"] - value).abs().min() for part in (order[:third], order[-third:])]
    low, high = axes.get_ylim()
    y = bottom - (value - low) / (high - low) * (bottom - top) - 9
    x, align = (left + 6, "left") if near[0] >= near[1] else (right - 6, "right")
    page.write(x, y, wrap(text, right - left - 12, 1, SMALL), align, SMALL, MUTED)


@picture("x", "y", optional="series low high panel")
def series(
    frame: pd.DataFrame,
    xlabel: str = "",
    ylabel: str = "",
    highlight: str = "",
    limits: tuple[float, float] | None = None,
    width: float = PAGE,
) -> Figure:
    """Values over years: a mark at each, names at the ends of the lines.

    Columns ``x`` and ``y``; ``series``, ``low`` and ``high`` (a band), ``panel`` (one below the
    other, on the same scale). With ``highlight`` the other lines are grey.
    """
    panels, names = (list(dict.fromkeys(frame[name])) for name in ("panel", "series"))
    looks = _looks(sorted(names, key=lambda name: name != highlight)[:MOST_LINES], highlight)
    entries = _key(looks, width)
    title, tall = (28, PANEL) if any(panels) else (0, TALL)
    top, every = pages.key_height(entries, width) + EDGE, tall + title + 28
    height = top + len(panels) * every + (18 if xlabel else 2)
    page = Page(width, height, [pages.first(names, "lines", MOST_LINES)], entries)
    xs = sorted({float(x) for x in frame["x"] if math.isfinite(x)})
    room = 0.03 * (xs[-1] - xs[0]) or 0.5
    for at, name in enumerate(panels):
        part = frame[frame["panel"] == name]
        upper = top + at * every + title
        page.write(EDGE, upper - 18, wrap(name, width - 16, 1) if name else [], weight="bold")
        axes = page.plot(64, upper, width - _names_room(looks, entries, width), upper + tall)
        axes.set(xlim=(xs[0] - room, xs[-1] + room), ylim=limits or _range(frame))
        page.scale(axes, xlabel if at == len(panels) - 1 else "")
        page.upright(axes, ylabel)
        here = {n: look for n, look in looks.items() if n in set(part["series"])}
        _draw(page, axes, part, here, not entries, dots=True)
        ticks: list[float] = []
        for x in xs:  # the years there are, as far as they have room
            if not ticks or page.across(axes, x) - page.across(axes, ticks[-1]) > 38:
                ticks.append(x)
        axes.set_xticks(ticks, [f"{x:.10g}" for x in ticks])
    return page.figure


@picture("people", "talk", optional="series low high")
def lorenz(
    frame: pd.DataFrame,
    xlabel: str = "share of the experts, the quietest first",
    ylabel: str = "their share of the words",
    width: float = PAGE,
) -> Figure:
    """Lorenz curves: how much of the talk the quietest have.

    Columns ``people`` and ``talk``: cumulative shares, 0 to 1; ``low`` and ``high``, ``series``.
    """
    frame = frame.rename(columns={"people": "x", "talk": "y"})
    looks = _looks(list(dict.fromkeys(frame["series"]))[:MOST_LINES])
    entries = _key(looks, PHONE)
    top, side = pages.key_height(entries, width) + EDGE, min(320.0, width - 100)
    page = Page(width, top + side + 46, (), entries)
    axes = page.plot(70, top, 70 + side, top + side)
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=(0, (4, 2)))
    page.write(70 + 0.47 * side, top + 0.5 * side, "all say as much", "right", SMALL, MUTED)
    page.scale(axes, xlabel, form=percent)
    page.upright(axes, ylabel, percent)
    _draw(page, axes, frame, looks, False, dots=True)
    return page.figure
