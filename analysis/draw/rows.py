"""Labelled rows with marks: counts, forces against each other, estimates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import words
from analysis.draw import page as pages
from analysis.draw import style
from analysis.draw.page import EDGE, LINE, Entry, Page, labelled, point, widest, wrap
from analysis.draw.style import INK, MOST_ROWS, MUTED, PAGE, SMALL, picture, series_look

#: With fewer experts than this, each is shown by a mark of its own.
FEW = words.FEWEST_FOR_PERCENT


@picture("label", "raised", "n", optional="low high opposed group series")
def counts(frame: pd.DataFrame, xlabel: str = "experts", width: float = PAGE) -> Figure:
    """How many of how many: a dot at each share, a thin line for its interval, "k of n" beside it.

    Columns ``label``, ``raised`` (k) and ``n``; ``low`` and ``high`` are shares. ``opposed`` adds a
    cross below, ``group`` a heading, ``series`` several dots in the row of a label. With fewer than
    four experts each has a mark of its own, filled for those who raised it.
    """
    slots, series, note = _slots(frame)
    shown = frame[frame["slot"] < len(slots)]
    texts = [words.counted(int(k), int(n)) for k, n in zip(shown.raised, shown.n, strict=True)]
    looks, dissent = _looks(series), shown["opposed"] > 0
    entries: list[Entry] = [(*look, name) for name, look in looks.items() if name]
    if dissent.any():
        entries = entries or [("o", style.BLUE, True, "raised")]
        entries.append(("x", style.ORANGE, True, "spoke against"))
    step = 30 if dissent.any() else 16
    page, axes, middles = labelled(
        slots,
        width,
        26 + step * max(0, len(series) - 1),
        entries,
        right=16 + widest(texts),
        notes=[note],
        under=[12 * bool(dissent[shown["slot"] == slot].any()) for slot in slots["slot"]],
    )
    n = int(shown["n"].max())
    same = n > 0 and set(shown["n"]) == {n}
    whole = n if same else 1
    axes.set_xlim(-0.01 * whole, whole)
    for row, text in zip(shown.to_dict("records"), texts, strict=True):
        y = middles[row["slot"]] + step * _dodge(row["series"], series)
        _count(axes, row, y, text, looks[row["series"]], whole)
        _against(axes, row, y + 15, whole)
    page.scale(axes, _of(xlabel, n, same), same, pages.plain if same else pages.percent)
    return page.figure


def _of(xlabel: str, n: int, same: bool) -> str:
    """What the axis of counts, or of shares where groups differ in size, is called."""
    return f"{xlabel}, of {words.whole(n)}" if same else f"share of {xlabel}"


def _slots(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str], str]:
    """The rows that share a label, and the names of their series; marks each row's ``slot``."""
    series = [name for name in dict.fromkeys(frame["series"]) if name]
    apart = [0] * len(frame) if series else list(frame.index)  # rows of one label stay apart
    pairs = list(zip(frame["group"], frame["label"], apart, strict=True))
    groups = list(dict.fromkeys(frame["group"]))
    order = sorted(dict.fromkeys(pairs), key=lambda pair: groups.index(pair[0]))
    place = {pair: at for at, pair in enumerate(order)}
    frame["slot"] = [place[pair] for pair in pairs]
    slots = frame.drop_duplicates("slot").sort_values("slot").iloc[:MOST_ROWS]
    return slots, series, pages.first(order, "rows")


def _looks(series: Sequence[str]) -> dict[str, tuple[str, str, bool]]:
    """Marker, colour and whether it is filled, of each series; of all rows if there is none."""
    return {name: series_look(at) for at, name in enumerate(series or [""])}


def _dodge(name: str, series: Sequence[str]) -> float:
    """How many places below the middle of its row a series lies."""
    return series.index(name) - (len(series) - 1) / 2 if name else 0.0


def _count(
    axes: Axes,
    row: Mapping[Any, Any],
    y: float,
    text: str,
    look: tuple[str, str, bool],
    whole: float,
    side: int = 1,
) -> None:
    """The mark of one count on an axis that ends at ``whole``, and what is written beside it."""
    marker, colour, filled = look
    k, n = int(row["raised"]), int(row["n"])
    if n < FEW:
        step = 12 / pages.width_of(axes) * abs(axes.get_xlim()[1] - axes.get_xlim()[0])
        for at in range(n):
            point(axes, at * step, y, marker, colour, at < k)
        _beside(axes, max(0, n - 1) * step, y, text, side)
        return
    x, low, high = (whole * share for share in (k / n, row["low"], row["high"]))
    axes.plot([low, high], [y, y], color=INK, linewidth=1, zorder=1.5)
    point(axes, x, y, marker, colour, filled)
    _beside(axes, x if math.isnan(high) else max(x, high), y, text, side)


def _against(axes: Axes, row: Mapping[Any, Any], y: float, whole: float, side: int = 1) -> None:
    """A cross for those who spoke against it, and how many they are."""
    if row["opposed"] > 0:
        at = whole * row["opposed"] / row["n"]
        point(axes, at, y, "x", style.ORANGE, size=7)
        _beside(axes, at, y, f"{words.whole(row['opposed'])} against", side, style.ORANGE)


def _beside(axes: Axes, x: float, y: float, text: str, side: int = 1, colour: str = INK) -> None:
    """Text to the right of a mark; to the left if ``side`` is -1."""
    axes.annotate(
        text,
        (x, y),
        xytext=(side * 8 * style.PX, -0.36 * SMALL * style.PX),
        textcoords="offset points",
        ha="left" if side > 0 else "right",
        size=SMALL * style.PX,
        color=colour,
        annotation_clip=False,
    )


@picture("label", "side", "raised", "n", optional="low high opposed")
def mirrored(
    frame: pd.DataFrame,
    sides: Mapping[str, str] | None = None,
    xlabel: str = "experts",
    width: float = PAGE,
) -> Figure:
    """A force field: counts of one side to the left of a line, of the other to its right.

    Columns as for :func:`counts`, and ``side``. ``sides`` gives the two sides, the left one first,
    and their titles; rows of another side are left out. Rows stand in the order of the frame.
    """
    sides = sides or {"hinders": "Barriers", "facilitates": "Drivers"}
    halves = [frame[frame["side"] == side] for side in sides]
    if not sum(map(len, halves)):
        raise ValueError(f"mirrored: no row has a side among {', '.join(sides)}")
    notes = [pages.first(h, t.lower()) for h, t in zip(halves, sides.values(), strict=True)]
    halves = [half.iloc[:MOST_ROWS] for half in halves]
    phone, middle = width <= style.PHONE, width / 2
    reach = middle - EDGE if phone else 0.25 * width - 12
    room = reach if phone else middle - reach - 12 - EDGE
    wrapped = [[wrap(label, room) for label in half["label"]] for half in halves]
    tall = [  # of each row: its longer label, and what stands below its marks
        max(
            LINE * len(lines[at]) + 8 + 20 * phone + 17 * (half["opposed"].iloc[at] > 0)
            for half, lines in zip(halves, wrapped, strict=True)
            if at < len(half)
        )
        for at in range(max(map(len, halves)))
    ]
    page = Page(width, 30 + sum(tall) + 44, notes)
    shown = pd.concat(halves)
    n = int(shown["n"].max())
    same = n > 0 and set(shown["n"]) == {n}
    whole = n if same else 1
    needed = [_reach(row, whole, reach) for row in shown.to_dict("records")]
    limit = max(0.2 * whole, *needed)
    for half, lines, title, side in zip(halves, wrapped, sides.values(), (-1, 1), strict=True):
        left = middle - reach if side < 0 else middle
        axes = page.plot(left, 30, left + reach, 32 + sum(tall))
        axes.set_xlim((limit, 0) if side < 0 else (0, limit))
        align = "right" if side < 0 else "left"
        page.write(middle + 10 * side, 13, wrap(title, reach, 1), align, weight="bold")
        look = series_look(1 if side < 0 else 0)
        for at, row in enumerate(half.to_dict("records")):
            y = 34 + sum(tall[:at]) + LINE * len(lines[at]) / 2
            x = middle + side * (6 if phone else reach + 12)
            page.write(x, y, lines[at], align, bbox=pages.CARD if phone else None)
            y += (LINE * len(lines[at]) / 2 + 9) * phone
            if row["n"] >= FEW:
                axes.barh([y], [whole * row["raised"] / row["n"]], 14, color=style.PALE[look[1]])
            text = words.counted(int(row["raised"]), int(row["n"]))
            _count(axes, row, y, text, look, whole, side)
            _against(axes, row, y + 16, whole, side)
        page.scale(axes, whole=same, form=pages.plain if same else pages.percent)
        ticks = [t for t in axes.get_xticks() if 0 <= t <= min(limit, whole) and (t or side > 0)]
        axes.set_xticks(ticks)
    axes.axvline(0, color=INK, linewidth=1)
    said = wrap(_of(xlabel, n, same), width, 1, SMALL)
    page.write(middle, 64 + sum(tall), said, "center", SMALL, MUTED)
    return page.figure


def _reach(row: Mapping[Any, Any], whole: float, room: float) -> float:
    """Where an axis of ``room`` pixels must end for the marks of a row and the text beside them."""
    k, n = int(row["raised"]), int(row["n"])
    far = max(k / n if n else 0, 0 if math.isnan(row["high"]) or n < FEW else row["high"])
    return whole * far / (1 - min(0.8, (pages.text_width(words.counted(k, n)) + 14) / room))


@picture("label", "estimate", optional="low high planted note group series")
def estimates(
    frame: pd.DataFrame,
    xlabel: str = "",
    references: Mapping[str, float] | None = None,
    limits: tuple[float, float] | None = None,
    planted_name: str = "planted",
    whole: bool = False,
    width: float = PAGE,
) -> Figure:
    """Dots with thin lines for their intervals, one row a label.

    Columns ``label`` and ``estimate``; ``low`` and ``high``; ``planted`` (a diamond: what should
    have come out), ``note`` (at the right), ``group`` (a heading), ``series`` (several dots in the
    row of a label). An estimate without an interval is an open dot. ``references`` are vertical
    lines with their texts, ``whole`` allows no ticks between whole numbers.
    """
    slots, series, note = _slots(frame)
    shown = frame[frame["slot"] < len(slots)]
    references = references or {}
    bare = shown["low"].isna() & shown["estimate"].notna()
    some = bool(bare.any() and shown["low"].notna().any() and not series)
    looks = _looks(series)
    entries: list[Entry] = [(*look, name) for name, look in looks.items() if name]
    if shown["planted"].notna().any():
        entries = entries or [("o", style.BLUE, True, "estimate")]
        entries.append(("D", style.ORANGE, False, planted_name))
    if some:
        entries.append(("o", style.BLUE, False, "no interval"))
    beside = min(widest(shown["note"]), 0.3 * width)
    page, axes, middles = labelled(
        slots,
        width,
        26 + 14 * max(0, len(series) - 1),
        entries,
        LINE * len(references),
        20 + beside,
        notes=[note],
    )
    axes.set_xlim(*(limits or _limits(shown, references)))
    for row in shown.to_dict("records"):
        y = middles[row["slot"]] + 14 * _dodge(row["series"], series)
        marker, colour, filled = looks[row["series"]]
        if math.isnan(row["estimate"]):
            _beside(axes, axes.get_xlim()[0], y, "not defined", colour=MUTED)
        line = colour if series else INK
        axes.plot([row["low"], row["high"]], [y, y], color=line, linewidth=1, zorder=1.5)
        filled = filled and not (some and math.isnan(row["low"]))
        point(axes, row["estimate"], y, marker, colour, filled)
        point(axes, row["planted"], y, "D", style.ORANGE, size=9, markerfacecolor="none")
        said = wrap(row["note"], beside + 1, 1, SMALL) if row["note"] else []
        page.write(width - EDGE, y, said, "right", SMALL, MUTED)
    page.stand(axes, references)
    page.scale(axes, xlabel, whole)
    return page.figure


def _limits(shown: pd.DataFrame, references: Mapping[str, float]) -> tuple[float, float]:
    """An axis that holds all that is drawn, with a little room at both ends."""
    values = shown[["estimate", "low", "high", "planted"]].to_numpy(float).ravel().tolist()
    known = [v for v in [*values, *references.values()] if math.isfinite(v)] or [0.0, 1.0]
    room = 0.04 * (max(known) - min(known)) or 0.5
    return min(known) - room, max(known) + room
