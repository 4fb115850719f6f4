"""Figures and tables that the chapters about a panel share.

A function that draws returns a :class:`Plate`: all that ``show.figure`` takes but the source.
What a figure cannot hold with many experts (names, single marks) it leaves to its numbers.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, TypedDict

from analysis.display import tables, wording
from analysis.display.figures import COLOURS, MARKED, WIDTH, canvas, counts
from analysis.display.messages import message
from analysis.display.notebook import SOURCE_KEY
from analysis.steps.panel_items import Items
from analysis.steps.panel_tools import level, two, whole_or_half
from analysis.steps.themes import BOTH, OPPOSED, RAISED, SILENT

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Up to so many experts are named at their marks.
MOST_NAMED = 40


class Plate(TypedDict):
    """A figure with all that goes with it, as ``show.figure`` takes it."""

    picture: Figure
    alt: str
    caption: str
    numbers: pd.DataFrame
    columns: Mapping[str, str]
    formats: Mapping[str, tables.Format]


def wrapped(label: str, width: int = 30) -> str:
    """A label over several lines."""
    return textwrap.fill(label, width)


def ids(experts: Sequence[str]) -> str:
    """Ids in a cell of a table; a dash where there is none."""
    return ", ".join(experts) if len(experts) else "–"


def share_interval(row: Mapping[Any, Any]) -> str:
    """The interval of a share in a cell of a table."""
    return wording.interval(row["low"], row["high"])


def packed(count: int, across: int) -> list[tuple[float, float]]:
    """Places of ``count`` dots in a block ``across`` wide, centred on 0, the lowest row first.

    A place is in units of the distance between dots; the lowest row lies at 0.
    """
    places = []
    for i in range(count):
        row, column = divmod(i, across)
        width = min(across, count - row * across)
        places.append((column - (width - 1) / 2, float(row)))
    return places


# codes by how many experts raised them

COUNT_COLUMNS = {
    "label": "Code",
    "theme": "Theme",
    "raised": "Raised by",
    "interval": "Share of similar experts",
    "opposed": "Opposed by",
    "both": "Both",
    "silent": "Neither",
    "sessions": "Sessions",
    "statements": "Statements",
}
LEVEL_COLUMNS = {"label": "Theme"} | {
    name: head for name, head in COUNT_COLUMNS.items() if name not in {"label", "theme"}
}
LEVEL_COLUMNS["ranks"] = "Possible ranks"
RANK_COLUMNS = {"label": "Code", "raised": "Raised by", "rank": "Rank", "ranks": "Possible ranks"}


def count_rows(table: pd.DataFrame) -> pd.DataFrame:
    """A table of codes with counts and intervals as text, for :data:`COUNT_COLUMNS`."""
    out = table.copy()
    out["raised"] = [wording.count_of(k, n) for k, n in zip(table["k"], table["n"], strict=True)]
    out["interval"] = [share_interval(row) for row in table.to_dict("records")]
    out["ranks"] = [
        wording.interval(low, high, 0)
        for low, high in zip(table["rank_low"], table["rank_high"], strict=True)
    ]
    return out


def theme_counts(table: pd.DataFrame) -> Plate:
    """How many experts raised each code (bars, intervals) and how many spoke against it."""
    rows, n = range(len(table)), int(table["n"].iloc[0])
    figure, axes = canvas(0.9 + 0.42 * len(table))
    low, high = table["low"] * n, table["high"] * n
    labels = [wrapped(label) for label in table["label"]]
    counts(axes, labels, table["k"].tolist(), n, low.tolist(), high.tolist())
    against = table["opposed"].to_numpy()
    axes.barh([r + 0.38 for r in rows], against, height=0.13, color=COLOURS["orange"])
    for row, k in enumerate(against):
        if k:
            axes.annotate(
                f"{k} against",
                (k, row + 0.38),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
                fontsize=7.5,
                color=COLOURS["orange"],
            )
    axes.set_ylim(len(table) - 0.35, -0.6)
    axes.locator_params(axis="x", integer=True)
    axes.set_xlabel("experts")
    parts = [
        f"{r['label']}: raised by {wording.count_of(r['k'], n)}, opposed by {r['opposed']}"
        for r in table.to_dict("records")
    ]
    return Plate(
        picture=figure,
        alt=f"Bars for how many of the {n} experts raised each code. {'; '.join(parts)}.",
        caption=(
            "How many experts raised each code (blue) and how many spoke against it (orange). "
            f"Thin lines: {level()}s (Wilson) for a random draw of similar experts."
        ),
        numbers=count_rows(table),
        columns=COUNT_COLUMNS,
        formats={},
    )


def rank_ranges(table: pd.DataFrame) -> Plate:
    """The rank of each code in the panel, and the ranks that it could have."""
    figure, axes = canvas(0.8 + 0.3 * len(table))
    rows = range(len(table))
    axes.hlines(rows, table["rank_low"], table["rank_high"], color=COLOURS["ink"], linewidth=1)
    axes.plot(table["rank"], rows, "o", color=COLOURS["blue"], markersize=5.5)
    shown = count_rows(table)
    for row, (end, text) in enumerate(zip(table["rank_high"], shown["ranks"], strict=True)):
        axes.annotate(
            text, (end, row), xytext=(6, 0), textcoords="offset points", va="center", fontsize=8
        )
    axes.set_yticks(rows, [wrapped(label) for label in table["label"]])
    axes.set_ylim(len(table) - 0.4, -0.6)
    axes.set_xlim(0.5, len(table) + 0.14 * len(table) + 0.5)
    step = max(1, math.ceil(len(table) / 16))
    axes.set_xticks(range(1, len(table) + 1, step))
    axes.set_xlabel("rank, 1 for the code that most experts raised")
    axes.grid(False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    parts = [f"{a}: rank {b:.0f}, possible {c}" for a, b, c in _three(shown)]
    return Plate(
        picture=figure,
        alt=f"Ranks of {len(table)} codes with the ranks that are possible. {'; '.join(parts)}.",
        caption=(
            "Rank of each code by the number of experts who raised it (dot) and the ranks that it "
            f"could have among similar experts (line): simultaneous {level()}s, pairwise method."
        ),
        numbers=shown,
        columns=RANK_COLUMNS,
        formats={"rank": 0},
    )


def _three(shown: pd.DataFrame) -> zip[tuple[str, float, str]]:
    return zip(shown["label"], shown["rank"], shown["ranks"], strict=True)


# what each expert did

STATE_COLUMNS = {
    "label": "Code",
    RAISED: "Raised by",
    OPPOSED: "Opposed by",
    BOTH: "Both by",
    "silent": "Neither",
}
_STATE_WORDS = {
    RAISED: "raised",
    OPPOSED: "spoke against",
    BOTH: "did both",
    SILENT: "did neither",
}


def by_expert(states: pd.DataFrame) -> pd.DataFrame:
    """One row a code: who raised it only, opposed it only, did both, and how many did neither."""
    import pandas as pd

    rows = []
    for _, part in states.groupby("code", sort=False):
        row: dict[str, object] = {"label": part["label"].iloc[0]}
        for state in (RAISED, OPPOSED, BOTH):
            row[state] = ids(sorted(part.loc[part["state"] == state, "expert"]))
        row["silent"] = int((part["state"] == SILENT).sum())
        rows.append(row)
    return pd.DataFrame(rows)


def dot_matrix(states: pd.DataFrame) -> Plate:
    """Codes x experts: raised, spoke against, both, or neither, experts by kind of stakeholder."""
    import pandas as pd

    codes = states["code"].drop_duplicates().tolist()
    experts = states.drop_duplicates("expert")
    n, gap = len(experts), 0.7
    changes = (experts["kind"] != experts["kind"].shift()).cumsum() - 1
    x = [i + gap * c for i, c in enumerate(changes)]
    place = dict(zip(experts["expert"], x, strict=True))
    height = max(0.26, 0.13 * max(len(wrapped(t).splitlines()) for t in states["label"]))
    figure, axes = canvas(2.1 + height * len(codes))
    pitch = 72 * 5.0 / (x[-1] + 1)  # points from one expert to the next
    named = n <= MOST_NAMED
    row_of = {code: row for row, code in enumerate(codes)}
    handles = []
    for state in (RAISED, OPPOSED, BOTH, SILENT):
        part = states[states["state"] == state]
        at = part["expert"].map(place), part["code"].map(row_of)
        if named:
            handles.append(_marks(axes, at, state, min(7.0, pitch * 0.62)))
        else:
            handles.append(_strokes(axes, at, state, min(2.5, pitch * 0.7)))
    _kinds_above(axes, experts, x)
    labels = states.drop_duplicates("code")["label"]
    axes.set_yticks(range(len(codes)), [wrapped(label) for label in labels])
    axes.set_xticks(x if named else [], experts["expert"] if named else [])
    axes.tick_params(axis="x", labelrotation=90, length=0, labelsize=7.5)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(codes) - 0.4, -0.6)
    axes.set_xlim(-0.7, x[-1] + 0.7)
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    figure.legend(
        handles,
        [_STATE_WORDS[state] for state in (RAISED, OPPOSED, BOTH, SILENT)],
        loc="outside upper left",
        ncols=4,
        frameon=False,
        fontsize=8.5,
        handletextpad=0.2,
    )
    numbers = by_expert(states)
    many = pd.crosstab(states["code"], states["state"]).to_dict("index")
    parts = [
        f"{label}: raised by {who.get(RAISED, 0)}; opposed by {who.get(OPPOSED, 0)}; "
        f"both by {who.get(BOTH, 0)}"
        for label, who in (
            (r["label"], r if named else many[code])
            for code, r in zip(codes, _records(numbers), strict=True)
        )
    ]
    return Plate(
        picture=figure,
        alt=f"One mark for each of {n} experts and each code. {'. '.join(parts)}.",
        caption=(
            "What each expert did with each code: one column an expert, by kind of stakeholder. "
            "Not to have raised a code is not to have spoken against it."
        ),
        numbers=numbers,
        columns=STATE_COLUMNS,
        formats={},
    )


def _marks(axes: Axes, at: tuple[Any, Any], state: str, size: float) -> Any:
    """The marks of one state; returns what the key shows."""
    blue: dict[str, Any] = {"marker": "o", "color": COLOURS["blue"], "linestyle": "none"}
    cross: dict[str, Any] = {
        "marker": "X",
        "color": COLOURS["orange"],
        "linestyle": "none",
        "markeredgewidth": 0,
    }
    if state == SILENT:
        grey: dict[str, Any] = {"marker": "o", "color": COLOURS["rule"], "linestyle": "none"}
        return axes.plot(*at, markersize=size * 0.4, **grey)[0]
    if state == RAISED:
        return axes.plot(*at, markersize=size, **blue)[0]
    if state == OPPOSED:
        return axes.plot(*at, markersize=size * 1.05, **cross)[0]
    ring = axes.plot(*at, markersize=size * 1.15, markerfacecolor="white", **blue)[0]
    return ring, axes.plot(*at, markersize=size * 0.7, **cross)[0]


def _strokes(axes: Axes, at: tuple[Any, Any], state: str, width: float) -> Any:
    """The marks of one state where experts are many: strokes, opposition lower and shorter."""
    style: dict[str, Any] = {"marker": "|", "linestyle": "none", "markeredgewidth": width}
    x, y = at
    tall = axes.plot(x, y, markersize=13, color=COLOURS["blue"], **style)[0]
    if state == RAISED:
        return tall
    if state == BOTH:
        return tall, axes.plot(x, y + 0.12, markersize=6, color=COLOURS["orange"], **style)[0]
    tall.remove()
    shade, size = ("orange", 6) if state == OPPOSED else ("rule", 2.5)
    return axes.plot(x, y + 0.12, markersize=size, color=COLOURS[shade], **style)[0]


def _kinds_above(axes: Axes, experts: pd.DataFrame, x: Sequence[float]) -> None:
    """The names of the kinds over their experts."""
    for kind, rows in experts.reset_index(drop=True).groupby("kind", sort=False):
        at = [x[i] for i in rows.index]
        axes.annotate(
            wrapped(rows["kind_name"].iloc[0], 22) if kind else "",
            (sum(at) / len(at), -0.6),
            xytext=(0, 4),
            textcoords="offset points",
            rotation=42,
            rotation_mode="anchor",
            ha="left",
            va="bottom",
            fontsize=8,
            annotation_clip=False,
        )
        axes.plot([min(at) - 0.3, max(at) + 0.3], [-0.6, -0.6], color=COLOURS["muted"], lw=0.8)


# rated items

ITEM_COLUMNS = {
    "text": "Item",
    "n": "Answers",
    "given": "Experts at each value, lowest first",
    "median": "Median",
    "half": "Middle half",
    "a": "A",
    "interval": "Interval of A",
    "cns": "Cns",
}


def item_rows(found: Items) -> pd.DataFrame:
    """The table of items as text, for :data:`ITEM_COLUMNS`."""
    out = found.table.copy()
    out["given"] = [
        "–" if c is None else ", ".join(str(count) for count in c) for c in found.table["counts"]
    ]
    out["half"] = [_quartiles(row) for row in found.table.to_dict("records")]
    out["interval"] = [
        "–" if math.isnan(low) else f"{two(low)} to {two(high)}"
        for low, high in zip(found.table["low"], found.table["high"], strict=True)
    ]
    return out


def _quartiles(row: Mapping[Any, Any]) -> str:
    if math.isnan(row["q1"]):
        return "–"
    return f"{whole_or_half(row['q1'])} to {whole_or_half(row['q3'])}"


ITEM_FORMATS: dict[str, tables.Format] = {
    "median": lambda v: "–" if math.isnan(v) else whole_or_half(v),
    "a": lambda v: "–" if math.isnan(v) else two(v),
    "cns": lambda v: "–" if math.isnan(v) else two(v),
}


def item_dots(found: Items) -> Plate:
    """The answers to each item, one dot an expert, with median and middle half."""
    rows = found.table.to_dict("records")
    stacks = [_stacked(found, row) for row in rows]
    tallest = max((len(s) for item in stacks for s in item.values()), default=1)
    across = 5 if tallest <= 25 else math.ceil(math.sqrt(2 * tallest))
    layers = max(1, math.ceil(tallest / across))
    pitch = min(0.115, 0.8 / across)
    own = layers * pitch + 0.32
    titles = [wrapped(str(row["label"]), 88) for row in rows]
    lines = sum(len(title.splitlines()) for title in titles)
    figure, panels = canvas(0.35 + len(rows) * (own + 0.24) + 0.15 * lines, 1, len(rows))
    for axes, row, stack, title in zip(
        panels if len(rows) > 1 else [panels], rows, stacks, titles, strict=True
    ):
        low, high = float(row["low_end"]), float(row["high_end"])
        inches = (WIDTH - 1.7) / ((high - low) * 1.24)  # for one unit of the scale
        size = 72 * pitch * 0.82
        for value, experts in stack.items():
            places = packed(len(experts), across)
            axes.plot(
                [value + dx * pitch / inches for dx, _ in places],
                [0.26 + dy * pitch for _, dy in places],
                "o",
                color=COLOURS["blue"],
                markersize=size,
                markeredgewidth=0,
            )
        if not math.isnan(row["median"]):
            axes.plot([row["q1"], row["q3"]], [0.1, 0.1], color=COLOURS["ink"], lw=2.4)
            axes.plot(row["median"], 0.1, "D", color=COLOURS["ink"], markersize=5.5)
        _scale(axes, low, high)
        axes.set_ylim(0, own)
        axes.set_title(title, fontsize=8.8, weight="normal")
        axes.annotate(_beside(row), (1.01, 0.5), xycoords="axes fraction", va="center", fontsize=8)
    parts = [
        f"{r['label']}: {r['given']} experts, {_beside(r, ', ')}"
        for r in _records(item_rows(found))
    ]
    return Plate(
        picture=figure,
        alt=f"Dots for the answers of experts on the scale of each item. {' '.join(parts)}.",
        caption=(
            "The answers to each item, one dot an expert; diamond: median; thick line: middle "
            f"half. The table adds A with {level()}s, from resampling experts, and Cns."
        ),
        numbers=item_rows(found),
        columns=ITEM_COLUMNS,
        formats=ITEM_FORMATS,
    )


def _records(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    return frame.to_dict("records")


def _beside(row: Mapping[Any, Any], joint: str = "\n") -> str:
    if math.isnan(row["median"]):
        return "no answers"
    text = f"median {whole_or_half(row['median'])}"
    return text if math.isnan(row["a"]) else f"{text}{joint}A = {two(row['a'])}"


def _stacked(found: Items, row: Mapping[Any, Any]) -> dict[float, list[str]]:
    """The experts at each value; on a fine scale, values near each other share a stack."""
    part = found.answers[found.answers["item"] == row["item"]]
    low, high = float(row["low_end"]), float(row["high_end"])
    fine = row["counts"] is None or len(row["counts"]) > 12
    width = (high - low) / 24
    stacks: dict[float, list[str]] = {}
    for expert, value in zip(part["expert"], part["value"], strict=True):
        at = low + width * round((value - low) / width) if fine else float(value)
        stacks.setdefault(at, []).append(expert)
    return stacks


def _scale(axes: Axes, low: float, high: float) -> None:
    """The axis of a scale: all values where they are few, else its ends."""
    width = high - low
    axes.set_xlim(low - 0.12 * width, high + 0.12 * width)
    few = low % 1 == 0 and high % 1 == 0 and width <= 10
    axes.set_xticks([low + i for i in range(int(width) + 1)] if few else [low, high])
    axes.xaxis.set_major_formatter(lambda v, _: f"{v:g}")
    axes.set_yticks([])
    axes.grid(False)
    axes.spines["left"].set_visible(False)


# quotations


def quotations(
    frame: pd.DataFrame, caption: str, source: str, language: str = "ru", folded: bool = False
) -> None:
    """Show quoted statements: the code and stance, who said it, the words, and a translation.

    A ``folded`` table is opened by a click on its caption. ``language`` is that of the statements:
    the words are marked with it for whoever listens to the page.
    """
    from IPython.display import display

    mark = message(MARKED[source]) if source in MARKED else ""
    html = quotations_html(frame, caption, mark, language)
    if folded:
        head = f"<summary>{escape(caption)}</summary>"
        html = f'<details class="study-numbers">{head}\n{html}\n</details>'
    display({"text/html": html, "text/plain": caption}, raw=True, metadata={SOURCE_KEY: source})


def quotations_html(frame: pd.DataFrame, caption: str, mark: str = "", language: str = "ru") -> str:
    """The table of :func:`quotations` as HTML."""
    stances = {"raises": "raises it", "opposes": "speaks against it"}
    rows = [
        (
            f"{escape(row['label'])}<br><em>{stances[row['stance']]}</em>",
            escape(f"{row['expert']}, {row['kind_name']}, session {row['session']}"),
            tables.speech(escape(row["text"]), row["text_en"], language),
        )
        for row in frame.to_dict("records")
    ]
    return tables.cells_html(caption, ("Code", "Who", "What was said"), rows, mark)
