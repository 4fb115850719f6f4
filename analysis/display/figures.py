"""The one style of the book's figures, and the few kinds of figure that chapters share.

Figures are drawn on a bare ``matplotlib.figure.Figure``, so that nothing is shown twice in a
notebook, and written as SVG with outlined text: the picture is the same on every platform.
Constructed and simulated evidence is marked in the picture itself.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from analysis.display.messages import message
from analysis.display.wording import count_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Colours that stay apart for colour-blind readers (Okabe & Ito 2008) and in grey print.
COLOURS = {
    "ink": "#1f2933",
    "muted": "#6b7280",
    "rule": "#d5d9de",
    "blue": "#0072b2",
    "orange": "#d55e00",
    "green": "#007a5a",
    "purple": "#8a4a78",
    "sky": "#56b4e9",
    "amber": "#e69f00",
}
#: The order in which series take their colours.
CYCLE = ("blue", "orange", "green", "purple", "sky", "amber")

#: Sources whose figures carry a mark inside the picture.
MARKED = {"constructed": "mark_constructed", "simulated": "mark_simulated"}

STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, has Cyrillic
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.labelsize": 9,
    "axes.labelcolor": COLOURS["ink"],
    "axes.edgecolor": COLOURS["muted"],
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": COLOURS["rule"],
    "grid.linewidth": 0.6,
    "xtick.color": COLOURS["muted"],
    "ytick.color": COLOURS["muted"],
    "xtick.labelcolor": COLOURS["ink"],
    "ytick.labelcolor": COLOURS["ink"],
    "text.color": COLOURS["ink"],
    "lines.linewidth": 1.8,
    "figure.facecolor": "white",
    "svg.fonttype": "path",
    "svg.hashsalt": "study",
}

#: The width of a figure in inches: what a page of the book holds at full size.
WIDTH = 7.2


def canvas(
    height: float = 3.6, columns: int = 1, rows: int = 1, width: float = WIDTH, **options: Any
) -> tuple[Figure, Any]:
    """An empty figure in the book's style, and its axes (one, or an array as ``subplots`` gives).

    ``height`` and ``width`` are in inches; ``options`` go to ``Figure.subplots``.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams.update(STYLE)
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(rows, columns, **options)


def colour(position: int) -> str:
    """The colour of the series at ``position`` (0-based); the cycle repeats."""
    return COLOURS[CYCLE[position % len(CYCLE)]]


def to_svg(figure: Figure, source: str, language: str = "en") -> str:
    """The figure as SVG text, with the mark its ``source`` calls for.

    The same bytes for the same figure, drawn anew. (Writing one figure a second time moves things
    by the last digit: its layout starts from where the first ended.)
    """
    if source in MARKED:
        figure.supxlabel(
            message(MARKED[source], language),
            x=0.995,
            ha="right",
            fontsize=8,
            color=COLOURS["orange"],
            weight="bold",
        )
    import matplotlib as mpl

    out = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with mpl.rc_context(STYLE):  # whatever else the notebook has set: outlines, the same ids
        figure.savefig(out, format="svg", metadata=nothing)
    text = out.getvalue()
    # The document type names an outside address and adds nothing to an SVG inside a page.
    return text[text.index("<svg") :]


def spread(positions: Sequence[float], gap: float) -> list[float]:
    """Positions moved as little as needed so that neighbours stay ``gap`` apart, order kept.

    Used for direct labels at the end of lines. Overlapping labels are pooled into blocks that are
    centred on their members' mean (pool adjacent violators).
    """
    order = sorted(range(len(positions)), key=lambda i: positions[i])
    blocks: list[list[float]] = []  # each: [mean of (position - gap * index), size]
    for index, i in enumerate(order):
        blocks.append([positions[i] - gap * index, 1.0])
        while len(blocks) > 1 and blocks[-1][0] < blocks[-2][0]:
            (m2, n2), (m1, n1) = blocks.pop(), blocks.pop()
            blocks.append([(m1 * n1 + m2 * n2) / (n1 + n2), n1 + n2])
    flat = [mean for mean, size in blocks for _ in range(int(size))]
    placed = [0.0] * len(positions)
    for index, i in enumerate(order):
        placed[i] = flat[index] + gap * index
    return placed


def spaced(
    axes: Axes,
    points: Sequence[tuple[float, float]],
    texts: Sequence[str],
    sizes: Sequence[float],
    colours: Sequence[str],
    bold: Sequence[bool],
    avoid: Sequence[tuple[float, float]] = (),
) -> None:
    """Texts beside their points, moved so that they cover neither each other nor the points.

    The limits of the axes must be final. Texts are placed in their order, each where it covers
    least; ``avoid`` are further points that no text should cover.
    """
    figure: Any = axes.figure
    figure.draw_without_rendering()
    scale = figure.dpi / 72
    at = axes.transData.transform(list(points))
    frame = axes.get_window_extent()
    marks = axes.transData.transform([*points, *avoid])
    taken = [(x - 4 * scale, y - 4 * scale, x + 4 * scale, y + 4 * scale) for x, y in marks]
    for (x, y), text, size, shade, heavy in zip(at, texts, sizes, colours, bold, strict=True):
        weight = "bold" if heavy else "normal"
        drawn = axes.text(0, 0, text, fontsize=size, color=COLOURS[shade], weight=weight)
        box = drawn.get_window_extent()
        best: tuple[float, tuple[float, float]] | None = None
        for far in (6, 11, 17, 24, 32):
            for turn in range(16):
                angle = math.pi * turn / 8
                dx, dy = math.cos(angle), math.sin(angle)
                left = x + dx * far * scale - box.width * (1 - dx) / 2
                low = y + dy * far * scale - box.height * (1 - dy) / 2
                spot = (left, low, left + box.width, low + box.height)
                outside = _outside(spot, (frame.x0, frame.y0, frame.x1, frame.y1))
                cost = sum(_shared(spot, other) for other in taken) + 50 * outside + far
                if best is None or cost < best[0] - 1e-6:
                    best = cost, (left, low)
        assert best is not None
        left, low = best[1]
        taken.append((left, low, left + box.width, low + box.height))
        x_text, y_text = axes.transData.inverted().transform((left, low)).tolist()
        drawn.set_position((x_text, y_text))
        drawn.set_verticalalignment("bottom")


def _shared(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """The area that two boxes share."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    return width * height if width > 0 and height > 0 else 0.0


def _outside(a: tuple[float, ...], frame: tuple[float, ...]) -> float:
    """How far a box reaches beyond the frame."""
    over = (frame[0] - a[0], a[2] - frame[2], frame[1] - a[1], a[3] - frame[3])
    return sum(max(0.0, value) for value in over)


def series(
    axes: Axes,
    x: Sequence[float],
    lines: Mapping[str, Sequence[float]],
    colours: Mapping[str, str] | None = None,
    dashed: Sequence[str] = (),
) -> None:
    """Lines over ``x`` with their names at the right end instead of a legend.

    ``lines`` maps a name to one value for each ``x``; NaN leaves a gap. ``colours`` maps a name to
    a key of :data:`COLOURS`; the names in ``dashed`` are drawn dashed, so that the lines stay
    apart without colour.
    """
    import math

    ends: list[tuple[str, float, str]] = []
    for position, (name, values) in enumerate(lines.items()):
        shade = COLOURS[colours[name]] if colours and name in colours else colour(position)
        axes.plot(
            x,
            values,
            color=shade,
            marker="o",
            markersize=4,
            linestyle="--" if name in dashed else "-",
        )
        known = [v for v in values if not math.isnan(v)]
        if known:
            ends.append((name, known[-1], shade))
    low, high = axes.get_ylim()
    height = axes.get_window_extent().height or 1.0
    points = axes.figure.get_dpi() / 72
    gap = 11 * points * abs(high - low) / height
    for (name, end, shade), y in zip(ends, spread([e for _, e, _ in ends], gap), strict=True):
        axes.annotate(
            name,
            (x[-1], end),
            xytext=(1.015, y),
            textcoords=axes.get_yaxis_transform(),
            color=shade,
            va="center",
            fontsize=8.5,
            annotation_clip=False,
        )


def counts(
    axes: Axes,
    labels: Sequence[str],
    k: Sequence[int],
    n: int | Sequence[int],
    low: Sequence[float] | None = None,
    high: Sequence[float] | None = None,
    shade: str = "blue",
    language: str = "en",
) -> None:
    """Horizontal bars for counts, the first at the top, with "k of n" at the mark.

    ``low`` and ``high``, where given, are limits on the scale of the counts and are drawn as thin
    lines.
    """
    import numpy as np

    totals = [n] * len(k) if isinstance(n, (int, np.integer)) else list(n)
    rows = range(len(k))
    axes.barh(rows, k, height=0.55, color=COLOURS[shade], alpha=0.35)
    axes.plot(k, rows, "o", color=COLOURS[shade], markersize=5)
    ends: list[float] = list(k)
    if low is not None and high is not None:
        axes.hlines(rows, low, high, color=COLOURS["ink"], linewidth=1)
        ends = [max(a, b) for a, b in zip(k, high, strict=True)]
    for row, (end, count, total) in enumerate(zip(ends, k, totals, strict=True)):
        axes.annotate(
            count_of(count, total, language),
            (end, row),
            xytext=(7, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
    axes.set_yticks(rows, labels)
    axes.invert_yaxis()
    axes.set_xlim(0, max([*totals, 1]) * 1.18)
    axes.grid(False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)


def intervals(
    axes: Axes,
    labels: Sequence[str],
    estimate: Sequence[float],
    low: Sequence[float],
    high: Sequence[float],
    shade: str = "blue",
) -> None:
    """Dots with thin lines for their intervals, one row a label, the first at the top."""
    rows = range(len(labels))
    axes.hlines(rows, low, high, color=COLOURS["ink"], linewidth=1)
    axes.plot(estimate, rows, "o", color=COLOURS[shade], markersize=5.5)
    axes.set_yticks(rows, labels)
    axes.invert_yaxis()
    axes.grid(False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
