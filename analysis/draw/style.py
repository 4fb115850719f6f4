"""The one look of the figures, the mark of invented evidence, and the writing of SVG.

A figure is an opaque white card with dark ink: it reads the same wherever a notebook is opened. The
site sets its own font, and in the dark other inks (``study.css``).

Lengths are pixels of the page. Text stays text.
"""

from __future__ import annotations

import functools
import hashlib
import io
import math
import re
import warnings
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

#: Widths of a figure: the column of a page, and of the smallest phone, where labels stand above
#: their rows.
PAGE, PHONE = 700, 288
#: Sizes of text, and one pixel in points.
TEXT, SMALL, PX = 12, 11, 0.75
#: Rows that a figure shows; the table below it has them all.
MOST_ROWS = 30

INK, MUTED, RULE, FAINT, PAPER = "#1f2933", "#596270", "#c9ced6", "#eceff2", "#ffffff"
BLUE, ORANGE, GREEN, PURPLE = "#0072b2", "#b84e00", "#004d33", "#a04a72"
#: Pale fills for the areas behind marks of the same hue.
PALE = {BLUE: "#cde2f1", ORANGE: "#f7dcc9", GREEN: "#cfe8de", PURPLE: "#ecd9e8", MUTED: "#e1e4e8"}
BAR: dict[str, Any] = {"color": PALE[BLUE], "edgecolor": BLUE, "linewidth": 0.6}
#: Series differ in shape and dash, and in colours that stay apart for colour-blind readers (by 20
#: units of CIELAB and more).
SERIES = (("o", BLUE), ("s", ORANGE), ("^", GREEN), ("D", PURPLE))
DASHES = ("-", (0, (5, 2)), (0, (5, 1.5, 1, 1.5)), (0, (1.2, 1.5)))

#: The font that figures are measured with: it comes with matplotlib and is wider than those that
#: they are shown in.
MEASURED = "DejaVu Sans"
#: The fonts that they are shown in where the page sets none.
FAMILY = "'Source Sans 3', 'Noto Sans', 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"

STYLE: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": MUTED,
    "axes.facecolor": "none",
    "axes.linewidth": 0.6,
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.dpi": 96,
    "figure.facecolor": PAPER,
    "font.family": MEASURED,
    "font.size": TEXT * PX,
    "grid.color": FAINT,
    "grid.linewidth": 0.75,
    "lines.linewidth": 1.4,
    "savefig.facecolor": PAPER,
    "svg.fonttype": "none",
    "svg.hashsalt": "study",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "xtick.labelsize": SMALL * PX,
    "xtick.major.size": 3,
    "xtick.major.width": 0.6,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
    "ytick.labelsize": SMALL * PX,
    "ytick.major.size": 0,
}

#: What stands at the foot of a figure, by the source of its evidence.
MARKS = {
    "constructed": "Constructed panel: no real expert said any of it",
    "simulated": "Simulated data: not observed",
}
#: Optional columns that hold text: empty where they are absent; the others are NaN there.
TEXTS = {"group", "series", "panel", "note"}


def picture(*needed: str, optional: str = "") -> Callable[..., Callable[..., Figure]]:
    """Let a function draw in the book's style, from a frame that has been looked over.

    The function gets the frame with the columns ``needed`` and ``optional`` (names parted by
    blanks), rows numbered from 0. Names of index levels count as columns. A column of another
    name is named by a keyword: ``counts(frame, raised="k")``.

    Raises
    ------
    ValueError
        If the frame has no rows, or lacks a column.
    """

    def decorate(draw: Callable[..., Figure]) -> Callable[..., Figure]:
        @functools.wraps(draw)
        def drawn(frame: pd.DataFrame, **options: Any) -> Figure:
            if frame.empty:
                raise ValueError(f"{draw.__name__}: nothing to draw, the frame has no rows")
            levels = {str(n): frame.index.get_level_values(str(n)) for n in frame.index.names if n}
            found: dict[str, Any] = {}
            for name in (*needed, *optional.split()):
                absent_is_wrong = name in needed or name in options
                given = options.pop(name, name)
                if given in frame.columns or given in levels:
                    found[name] = list(frame[given] if given in frame.columns else levels[given])
                elif absent_is_wrong:
                    raise ValueError(f"{draw.__name__}: the frame lacks the column {given!r}")
                else:
                    found[name] = [math.nan] * len(frame)
                if name in TEXTS:
                    found[name] = ["" if pd.isna(text) else str(text) for text in found[name]]
            with mpl.rc_context(STYLE):
                return draw(pd.DataFrame(found), **options)

        return drawn

    return decorate


def series_look(position: int) -> tuple[str, str, bool]:
    """Marker, colour, and whether it is filled, of the series at ``position`` (from 0)."""
    return *SERIES[position % len(SERIES)], position < len(SERIES)


def mark(figure: Figure, source: str) -> None:
    """Write at the foot of a figure that its evidence is constructed or simulated."""
    width, height = figure.get_size_inches() * 96
    said = MARKS.get(source, "")
    lines = re.split("(?<=:) ", said) if width <= PHONE else [said]
    font = FontProperties(family=MEASURED, weight="bold", size=SMALL * PX)
    for at, line in enumerate(lines):
        y = (8 + 15 * (len(lines) - 1 - at)) / height
        figure.text(1 - 8 / width, y, line, ha="right", color=ORANGE, font=font)


def to_svg(figure: Figure) -> str:
    """The figure as an SVG element: text as text, the same bytes for the same figure.

    Ids that nothing refers to are left out and the others made unique, so that several figures can
    stand in one page; nothing in it applies beyond it.
    """
    out = io.StringIO()
    with mpl.rc_context(STYLE), warnings.catch_warnings():
        # letters that only the reader's fonts have are measured as boxes
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(out, format="svg", metadata=nothing)
    root = f'<svg font-family="{FAMILY}" stroke-linejoin="round"'
    text = root + out.getvalue().partition("<svg")[2]
    text = re.sub(r"\s*<defs>\s*<style.*?</style>\s*</defs>", "", text, count=1, flags=re.DOTALL)
    inside = "(?=[^<>]*>)"  # a tag: labels stay as they are
    text = re.sub(f";? ?font-family: '{MEASURED}'" + inside, "", text)
    text = re.sub(r' transform="rotate\(-0 [^"]*"', "", text)
    text = re.sub(r"\s*\n" + inside, " ", text)
    text = re.sub(r"\d+\.\d{3,}" + inside, lambda at: f"{float(at[0]):.2f}", text)
    used = dict.fromkeys(re.findall(r'(?:url\(#|href="#)([^)"<>]+)' + inside, text))
    named = {name: f"\ue000{at}" for at, name in enumerate(used)}  # no label holds this letter

    def new(found: re.Match[str]) -> str:
        return f"{found[1]}{named[found[2]]}{found[3]}" if found[2] in named else ""

    text = re.sub(r'( id=")([^"<>]+)(")' + inside, new, text)
    text = re.sub(r'(url\(#|href="#)([^)"<>]+)([)"])' + inside, new, text)
    text = text.replace("\ue000", f"f{hashlib.sha256(text.encode()).hexdigest()[:10]}-")
    bare = re.compile(r"<g/>|<g>((?:(?!</?g\b).)*)</g>", re.DOTALL)
    while bare.search(text):
        text = bare.sub(r"\1", text)
    return re.sub(r"\s*\n\s*(?=<)", "\n", text)
