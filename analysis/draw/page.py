"""Where things lie on a figure, in pixels from its upper left corner."""

from __future__ import annotations

import functools
import math
import unicodedata
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence, Sized
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ticker import MaxNLocator

from analysis.draw import style
from analysis.draw.style import FAINT, INK, MUTED, PAPER, PX, SMALL, TEXT

#: The edge of the card, the room for the source mark at its foot, and the height of a line.
EDGE, FOOT, LINE = 8, 26, 15
#: The longest slanted or upright heading of a column.
HEADING = 230
#: What lies behind text that lines pass through.
CARD = {"facecolor": PAPER, "edgecolor": "none", "pad": 1}
#: An entry of a key: marker or dash, colour, whether it is filled, text.
Entry = tuple[Any, str, bool, str]
Form = Callable[[float, object], str]


@functools.lru_cache(maxsize=4096, typed=True)
def clean(text: Hashable) -> str:
    """A label on one line, without what an SVG cannot hold; a dash where there is none."""
    if text is None or (isinstance(text, float) and math.isnan(text)):
        return "–"
    kept = (" " if unicodedata.category(c) in {"Cc", "Cs", "Co", "Cn"} else c for c in str(text))
    return " ".join("".join(kept).split())


@functools.cache
def _advance(letter: str) -> float:
    """The width of a letter as a part of the size of the text."""
    font = get_font(findfont(FontProperties(family=style.MEASURED)))
    if font.get_char_index(ord(letter)) == 0:  # not in this font: the reader's will have it
        return 1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.7
    font.set_size(100, 72)
    return float(font.load_char(ord(letter)).linearHoriAdvance / 65536 / 100)


def text_width(text: Hashable, size: float = SMALL) -> float:
    """The width of a label on one line."""
    return size * sum(map(_advance, clean(text)))


def widest(texts: Iterable[Hashable], size: float = SMALL) -> float:
    """The width of the widest label on one line."""
    return max((text_width(text, size) for text in texts), default=0.0)


def wrap(text: Hashable, room: float, lines: int = 3, size: float = TEXT) -> list[str]:
    """A label in at most so many ``lines`` of at most ``room`` pixels; cut with an ellipsis."""
    found, line = [], ""
    for word in clean(text)[:400].split():
        joined = f"{line} {word}".strip()
        if text_width(joined, size) <= room:
            line = joined
            continue
        if line:
            found.append(line)
        while text_width(word, size) > room and len(word) > 1 and len(found) < lines:
            fits = max(1, sum(text_width(word[: i + 1], size) <= room for i in range(len(word))))
            found.append(word[:fits])
            word = word[fits:]
        line = word
    found = [*found, line] if line or not found else found
    if len(found) <= lines:
        return found
    last = found[lines - 1]
    while last and text_width(last + "…", size) > room:
        last = last[:-1]
    return [*found[: lines - 1], last.rstrip(" ,;") + "…"]


def plain(value: float, _: object = None) -> str:
    """A number on an axis: no more digits than it needs, a typographic minus."""
    return f"{round(value, 6) + 0.0:,.10g}".replace("-", "\u2212")


def percent(value: float, _: object = None) -> str:
    """A share on an axis."""
    return plain(round(100 * value, 4)) + "%"


def first(things: Sized, what: str, most: int = style.MOST_ROWS) -> str:
    """The note that only the first are shown; empty if all are."""
    shown = f"Shown: the first {most} of {len(things):,} {what}. The table has them all."
    return shown if len(things) > most else ""


def point(
    axes: Axes, x: Any, y: Any, marker: str, ink: str, full: bool = True, size: float = 8, **kw: Any
) -> None:
    """One mark, or several of a kind."""
    width = {"markersize": size * PX, "markeredgewidth": 1.6 if marker == "x" else 1.1}
    paint = {"markeredgecolor": ink, "markerfacecolor": ink if full else PAPER, "clip_on": False}
    looks: dict[str, Any] = {"marker": marker, "linestyle": "none"} | width | paint | kw
    xs, ys = (x, y) if isinstance(x, Sequence) else ([x], [y])
    axes.plot(xs, ys, **looks)


def both(axes: Axes, x: Any, y: Any, size: float = 10) -> None:
    """The mark of who raised a code and spoke against it: an open disc with a cross in it."""
    point(axes, x, y, "o", style.BLUE, False, size)
    point(axes, x, y, "x", style.ORANGE, size=0.6 * size)


def width_of(axes: Axes) -> float:
    """The width of axes in pixels."""
    return float(axes.get_window_extent().width)


def turn(labels: Iterable[object], step: float) -> int:
    """How far headings of columns ``step`` pixels apart are turned: level, slanted or upright."""
    names = [clean(label) for label in labels]
    if widest(word for name in names for word in name.split()) <= step - 6 and all(
        len(wrap(name, step - 6, 9, SMALL)) <= 3 for name in names
    ):
        return 0
    return 44 if step >= 18 else 90


def column_step(labels: Sequence[object], room: float, most: float) -> float:
    """How far apart columns stand in ``room`` pixels, so that their headings fit beside them."""
    step = min(most, room / len(labels))
    if turn(labels, step) != 44:
        return step
    beyond = max(0.0, 0.72 * min(HEADING, widest(labels)) - step / 2)
    slanted = min(most, (room - beyond) / len(labels))
    return slanted if slanted >= 18 else min(step, 17.9)


def heads_height(labels: Sequence[object], step: float) -> float:
    """How much the headings of columns ``step`` pixels apart take."""
    turned = turn(labels, step)
    if turned == 0:
        return 6.0 + LINE * max(len(wrap(label, step - 6, 3, SMALL)) for label in labels)
    return 16 + min(HEADING, widest(labels)) * math.sin(math.radians(turned))


def _flow(entries: Sequence[Entry], width: float) -> tuple[list[tuple[float, float]], float]:
    """Where the entries of a key stand, and how high it is."""
    x, y, places = float(EDGE), 12.0, []
    for *_, text in entries:
        wide = 24 + text_width(text) + 16
        if x > EDGE and x + wide > width:
            x, y = float(EDGE), y + 18
        places.append((x, y))
        x += wide
    return places, y + 14 if entries else 0.0


def key_height(entries: Sequence[Entry], width: float) -> float:
    """How high a key is."""
    return _flow(entries, width)[1]


class Page:
    """A figure with a key along its upper edge, and room for notes and a mark at its foot."""

    def __init__(
        self, width: float, height: float, notes: Iterable[str] = (), entries: Sequence[Entry] = ()
    ) -> None:
        lines = [line for note in notes if note for line in wrap(note, width - 16, 3, SMALL)]
        self.width = width
        self.height = height + LINE * (len(lines) + (width <= style.PHONE)) + FOOT
        self.figure = Figure(figsize=(width / 96, self.height / 96))
        self.axes = self.figure.add_axes((0, 0, 1, 1), label="page", zorder=1)
        self.axes.set(xlim=(0, width), ylim=(self.height, 0))
        self.axes.set_axis_off()
        for at, line in enumerate(lines):
            self.write(EDGE, height + LINE * (at + 0.5), line, size=SMALL, colour=MUTED)
        self._key(entries)

    def write(
        self,
        x: float,
        y: float,
        text: str | Sequence[str],
        align: str = "left",
        size: float = TEXT,
        colour: str = INK,
        **options: Any,
    ) -> None:
        """Lines centred at ``y``: each a text of its own, whose anchor holds in any font."""
        lines = [text] if isinstance(text, str) else text
        options |= {"va": "baseline", "rotation_mode": "anchor", "size": size * PX, "color": colour}
        for at, line in enumerate(lines):
            below = (at - (len(lines) - 1) / 2) * LINE
            self.axes.text(x, y + 0.36 * size + below, line, ha=align, **options)

    def plot(self, left: float, top: float, right: float, bottom: float) -> Axes:
        """Axes for marks between these edges; their vertical scale is at first that of the page."""
        wide, tall = self.width, self.height
        where = (left / wide, 1 - bottom / tall, (right - left) / wide, (bottom - top) / tall)
        axes = self.figure.add_axes(where, label="plot")
        axes.set(ylim=(bottom, top), yticks=[])
        return axes

    def edges(self, axes: Axes) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of axes."""
        box = axes.get_position()
        wide, tall = self.width, self.height
        return box.x0 * wide, (1 - box.y1) * tall, box.x1 * wide, (1 - box.y0) * tall

    def across(self, axes: Axes, value: float) -> float:
        """Where a value of the horizontal axis lies on the page."""
        at = axes.transData.transform((value, axes.get_ylim()[0]))
        return float(self.axes.transData.inverted().transform(at)[0])

    def scale(self, axes: Axes, title: str = "", whole: bool = False, form: Form = plain) -> None:
        """Ticks, faint rules and a title for the horizontal axis; its limits must be final."""
        bins = max(3, min(9, int(width_of(axes) / 55)))
        axes.xaxis.set_major_locator(MaxNLocator(bins, steps=[1, 2, 2.5, 5, 10], integer=whole))
        axes.xaxis.set_major_formatter(form)
        axes.grid(True, axis="x")
        left, _, right, bottom = self.edges(axes)
        lines = wrap(title, right - left + 2 * EDGE, 2, SMALL) if title else []
        middle = bottom + 26 + LINE * len(lines) / 2
        self.write((left + right) / 2, middle, lines, "center", SMALL, MUTED)

    def upright(self, axes: Axes, title: str = "", form: Form = plain) -> None:
        """Ticks, faint rules and a title for the vertical axis; its limits must be final."""
        axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
        axes.yaxis.set_major_formatter(form)
        axes.grid(True, axis="y")
        _, top, _, bottom = self.edges(axes)
        lines = wrap(title, bottom - top + 20, 1, SMALL) if title else []
        x = EDGE + 0.72 * SMALL / 2
        for line in lines:
            self.write(x, (top + bottom) / 2, line, "center", SMALL, MUTED, rotation=90)

    def heads(self, labels: Sequence[object], x: Sequence[float], y: float, step: float) -> None:
        """Headings of columns whose middles are at ``x``, above ``y``."""
        turned = turn(labels, step)
        for label, at in zip(labels, x, strict=True):
            if turned == 0:
                lines = wrap(label, step - 6, 3, SMALL)
                self.write(at, y - 4 - LINE * len(lines) / 2, lines, "center", SMALL)
            else:
                line = wrap(label, HEADING, 1, SMALL)
                self.write(at + 2 * (turned == 90), y - 8, line, size=SMALL, rotation=turned)

    def _key(self, entries: Sequence[Entry]) -> None:
        places = _flow(entries, self.width)[0]
        for (x, y), (marker, colour, filled, text) in zip(places, entries, strict=True):
            if marker == "both":
                both(self.axes, x + 9, y)
            elif marker in {"o", "s", "^", "D", "x", "|", "_", "."}:
                point(self.axes, x + 9, y, marker, colour, filled)
            else:
                self.axes.plot([x, x + 18], [y, y], linestyle=marker, color=colour)
            self.write(x + 24, y, wrap(text, self.width - x - 30, 1, SMALL), size=SMALL)

    def stand(self, axes: Axes, lines: Mapping[str, float], colour: str = MUTED) -> None:
        """Vertical lines through axes, their texts above them: ``LINE`` pixels for each."""
        left, top, *_ = self.edges(axes)
        top -= LINE * len(lines)
        taken: list[tuple[float, float, int]] = []
        for text, value in lines.items():
            axes.axvline(value, color=colour, linewidth=1.1, linestyle=(0, (4, 2)), zorder=1.2)
            said = wrap(text, self.width - 2 * EDGE, 1, SMALL)
            half = text_width(said[0]) / 2
            x = min(max(self.across(axes, value), left + half), self.width - EDGE - half)
            met = {n for a, b, n in taken if x - half < b + 10 and a - 10 < x + half}
            level = min(set(range(len(lines))) - met)
            taken.append((x - half, x + half, level))
            y = top + LINE * (len(lines) - level - 0.5)
            self.write(x, y, said, "center", SMALL, colour)


def label_room(labels: Iterable[object], width: float) -> float:
    """Where the marks of labelled rows begin: beside their labels, or under them on a phone."""
    wide = widest(labels, TEXT)
    if width <= style.PHONE and wide > 0.25 * width:
        return EDGE
    return EDGE + min(wide, 0.36 * width) + 12


def labelled(
    rows: pd.DataFrame,
    width: float,
    row: float = 26,
    entries: Sequence[Entry] = (),
    top: float = 0,
    right: float = EDGE,
    bottom: float = 44,
    notes: Iterable[str] = (),
    under: Sequence[float] = (),
) -> tuple[Page, Axes, list[float]]:
    """A page of labelled rows, the axes for their marks, and the middle of each row.

    Each row has a ``label``, at the left; on a phone above its marks, unless all are short. The
    name of a ``group`` stands over its first row. ``row`` is the least height of a row, ``under``
    what each needs below it, ``top``, ``right`` and ``bottom`` what is kept free around the marks,
    beside a key of ``entries``. The vertical scale of the axes is that of the page.
    """
    labels, groups = rows["label"].tolist(), rows["group"].tolist()
    left = label_room(labels, width)
    above = left == EDGE
    wrapped = [
        wrap(text, width - 2 * EDGE if above else left - EDGE - 12, 3 if above else 4)
        for text in labels
    ]
    y = top = max(top + key_height(entries, width), EDGE)
    middles, heads = [], []
    for at, lines in enumerate(wrapped):
        if groups[at] and (at == 0 or groups[at] != groups[at - 1]):
            y += 8 if at else 0
            heads.append((y + 10, groups[at]))
            y += 22
        over = LINE * len(lines) + 2 if above else 0
        tall = row if above else max(row, LINE * len(lines) + 7)
        middles.append(y + over + tall / 2)
        y += over + tall + (4 if above else 0) + (under[at] if under else 0)
    page = Page(width, y + bottom, notes, entries)
    axes = page.plot(left, top, width - right, y + 2)
    for middle, text in heads:
        page.write(EDGE, middle, wrap(text, width - 16, 1), weight="bold", bbox=CARD)
    for middle, lines in zip(middles, wrapped, strict=True):
        if above:
            page.write(EDGE, middle - row / 2 - 1 - LINE * len(lines) / 2, lines, bbox=CARD)
        else:
            page.write(left - 12, middle, lines, "right")
    every = axes.get_yaxis_transform()
    axes.hlines(middles, 0, 1, FAINT, linewidth=0.75, zorder=0, transform=every, label="rules")
    return page, axes, middles
