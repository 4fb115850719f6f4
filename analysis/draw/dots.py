"""One dot an expert: values, ratings; and one number against many draws."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import words
from analysis.draw import page as pages
from analysis.draw import style
from analysis.draw.page import EDGE, LINE, Page, labelled, plain, point, wrap
from analysis.draw.style import INK, MOST_ROWS, MUTED, PAGE, SMALL, picture, series_look


def _worth(highest: int, most: int) -> tuple[int, str]:
    """How many experts a dot stands for if ``most`` make the highest pile; the note about it."""
    worth = math.ceil(highest / most) or 1
    return worth, f"A dot stands for up to {worth} experts." if worth > 1 else ""


@picture("value", optional="group")
def stacks(
    frame: pd.DataFrame,
    xlabel: str = "",
    references: Mapping[str, float] | None = None,
    intervals: Mapping[str, Any] | None = None,
    width: float = PAGE,
) -> Figure:
    """A pile of dots over each value, one dot an expert.

    Columns ``value`` (whole numbers) and ``group``, which gives colour and shape. ``references``
    are vertical lines with their texts, ``intervals`` estimates with their names, beneath the dots.
    """
    frame = frame[frame["value"].notna()]
    values = [round(float(v), 9) for v in frame["value"]]
    if not values or any(v % 1 for v in values):
        raise ValueError("stacks: values must be whole numbers, at least one of them known")
    references, intervals = references or {}, intervals or {}
    groups = list(dict.fromkeys(frame["group"]))
    looks = {name: series_look(at) for at, name in enumerate(groups)}
    entries = [(*look, name) for name, look in looks.items() if len(groups) > 1 or name]
    worth, note = _worth(max(Counter(values).values()), 20)
    known = [*values, *references.values()]
    for found in intervals.values():
        known += [v for v in (float(found), found.low, found.high) if not math.isnan(v)]
    left, right = math.floor(min(known)) - 0.7, math.ceil(max(known)) + 0.7
    size = max(4.0, min(13.0, (width - 2 * EDGE - 16) / (right - left) - 1))
    piles: dict[float, list[str]] = {value: [] for value in values}
    met = Counter(zip(frame["group"], values, strict=True))
    for (name, value), many in sorted(met.items(), key=lambda pair: groups.index(pair[0][0])):
        piles[value] += [name] * math.ceil(many / worth)
    top = pages.key_height(entries, width) + LINE * len(references) + EDGE
    floor = top + (size + 2) * max(map(len, piles.values())) + 6
    bottom = floor + 22 * len(intervals) + 4 * bool(intervals)
    page = Page(width, bottom + 46, [note], entries)
    axes = page.plot(EDGE + 8, top, width - EDGE - 8, bottom)
    axes.set_xlim(left, right)
    for value, pile in piles.items():
        for at, name in enumerate(pile):
            point(axes, value, floor - 4 - (size + 2) * (at + 0.5), *looks[name], size)
    if intervals:
        axes.plot([left, right], [floor, floor], color=style.FAINT, linewidth=0.75)
    for at, (name, found) in enumerate(intervals.items()):
        _interval(page, axes, name, found, floor + 22 * (at + 0.5) + 4)
    page.stand(axes, references)
    page.scale(axes, xlabel, whole=True)
    return page.figure


def _interval(page: Page, axes: Axes, name: str, found: Any, y: float) -> None:
    """An estimate and its interval beneath the dots, named where there is more room."""
    ends = [v for v in (float(found), found.low, found.high) if not math.isnan(v)]
    if not ends:
        return
    axes.plot([min(ends), max(ends)], [y, y], color=INK, linewidth=1)
    point(axes, float(found), y, "D", INK, size=7)
    low, high = (page.across(axes, end) for end in (min(ends), max(ends)))
    after = page.width - high > low
    said = wrap(name, max(low, page.width - high) - 12, 1, SMALL)
    page.write(high + 9 if after else low - 9, y, said, "left" if after else "right", SMALL)


@picture("label", "values", "lowest", "highest", optional="median A group")
def ratings(frame: pd.DataFrame, xlabel: str = "", width: float = PAGE) -> Figure:
    """Answers to rated items: one dot an expert over each point of the scale.

    Columns ``label``, ``values`` (a list of answers in each cell), ``lowest`` and ``highest`` point
    of the scale; ``median`` is a diamond below the dots, ``A`` is written at the right. Items with
    different scales are drawn from end to end, each with its own numbers.
    """
    shown = frame.iloc[:MOST_ROWS]
    answers = [[float(v) for v in given if not pd.isna(v)] for given in shown["values"]]
    ends = list(zip(shown["lowest"].astype(float), shown["highest"].astype(float), strict=True))
    same = len(set(ends)) == 1
    texts = [_beside(row) for row in shown.to_dict("records")]
    right = 20 + pages.widest(line for lines in texts for line in lines)
    points = max(high - low for low, high in ends) or 1
    unit = (width - right - pages.label_room(shown["label"], width) - 20) / points
    size = min(8.0, max(3.0, unit * 0.8))
    across = max(1, min(int(unit * 0.7 / (size + 1)), 4))
    highest = max((n for given in answers for n in Counter(given).values()), default=1)
    worth, note = _worth(highest, 8 * across)
    tall = (size + 1) * math.ceil(highest / worth / across) + 22 + 14 * (not same)
    page, axes, middles = labelled(
        shown,
        width,
        max(tall, 34),
        right=right,
        bottom=44 if same else 10,
        notes=[note, pages.first(frame, "items")],
    )
    axes.collections[0].remove()  # the rules of the rows: each has a scale here
    edge = 0.5 * (across + 1) * (size + 1) / pages.width_of(axes)  # half a pile
    axes.set_xlim(-edge / (1 - 2 * edge), 1 + edge / (1 - 2 * edge))
    for row, given, (low, high), middle, text in zip(
        shown.to_dict("records"), answers, ends, middles, texts, strict=True
    ):
        y, span = middle + tall / 2 - 14 - 14 * (not same), high - low or 1
        axes.plot([0, 1], [y, y], color=MUTED, linewidth=0.6)
        for value, many in Counter(given).items():
            _pile(axes, (value - low) / span, y, math.ceil(many / worth), across, size)
        point(axes, (row["median"] - low) / span, y + 7, "D", style.ORANGE, size=7)
        page.write(width - EDGE, middle, text, "right", SMALL)
        for at, value in ((0, low), (1, high)) if not same else ():
            page.write(page.across(axes, at), y + 19, plain(value), "center", SMALL, MUTED)
    if same:
        low, high = ends[0]
        inner = range(math.ceil(low), math.floor(high) + 1)
        ticks = [float(t) for t in inner] if high - low <= 10 else [low, (low + high) / 2, high]
        page.scale(axes, xlabel)
        axes.set_xticks([(t - low) / (high - low or 1) for t in ticks], [plain(t) for t in ticks])
    else:
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
    return page.figure


def _beside(row: Mapping[Any, Any]) -> list[str]:
    """What stands at the right of a rated item."""
    median = [] if math.isnan(row["median"]) else [f"median {plain(row['median'])}"]
    return [*median, *([] if math.isnan(row["A"]) else [f"A = {words.number(row['A'])}"])]


def _pile(axes: Axes, x: float, y: float, many: int, across: int, size: float) -> None:
    """Dots in rows of ``across``, upwards from a line."""
    wide = (axes.get_xlim()[1] - axes.get_xlim()[0]) * (size + 1) / pages.width_of(axes)
    places = [divmod(at, across) for at in range(many)]
    rows = Counter(row for row, _ in places)
    xs = [x + (column - (rows[row] - 1) / 2) * wide for row, column in places]
    ys = [y - 3 - (size + 1) * (row + 0.5) for row, _ in places]
    point(axes, xs, ys, "o", style.BLUE, size=size)


@picture("value", optional="count")
def distribution(
    frame: pd.DataFrame,
    observed: Mapping[str, float] | None = None,
    xlabel: str = "",
    ylabel: str = "draws",
    width: float = PAGE,
) -> Figure:
    """What was observed against the distribution of draws.

    Column ``value``: one row a draw, or the distinct values with their ``count``. ``observed``
    gives the text and the place of each line. Values no more than 40 of their smallest steps apart
    have a bar each, others make a histogram.
    """
    frame = frame[np.isfinite(frame["value"].astype(float))]
    if frame.empty:
        raise ValueError("distribution: nothing to draw, no value is known")
    observed = observed or {}
    weights = frame["count"].fillna(1).to_numpy(float)
    values = frame["value"].to_numpy(float)
    found, at = np.unique(values, return_inverse=True)
    heights = np.bincount(at, weights)
    wide = float(np.diff(found).min()) if len(found) > 1 else 1.0
    if found[-1] - found[0] > 40 * wide:
        heights, edges = np.histogram(values, 30, weights=weights)
        found, wide = (edges[1:] + edges[:-1]) / 2, float(edges[1] - edges[0])
    known = [found[0] - wide, found[-1] + wide, *observed.values()]
    room, top = 0.03 * (max(known) - min(known)), EDGE + LINE * len(observed)
    page = Page(width, top + 226)
    left = EDGE + 14 + LINE + pages.text_width(plain(float(heights.max())))
    axes = page.plot(left, top, width - EDGE - 8, top + 180)
    axes.set(xlim=(min(known) - room, max(known) + room), ylim=(0, 1.06 * (heights.max() or 1)))
    axes.bar(found, heights, 0.9 * wide, **style.BAR)
    page.stand(axes, observed, style.ORANGE)
    page.scale(axes, xlabel)
    page.upright(axes, ylabel)
    return page.figure
