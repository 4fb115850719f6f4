"""Figures and tables of the chapter on the panel.

Each function returns the arguments of :func:`analysis.display.notebook.figure` or ``table``, except
the source. What they say stands in :mod:`analysis.display.panel_overview_text`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.display import figures
from analysis.display.panel_overview_text import TEXT
from analysis.display.wording import count_of, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: More sessions than this are not drawn as columns or rows; more experts not as marks with names.
MOST_SESSIONS = 10
MOST_QUESTIONS = 20
MOST_MARKS = 14
MOST_IN_CELL = 5


def _table(frame: pd.DataFrame, caption: str, language: str, **columns: str) -> dict[str, Any]:
    """The arguments of a table whose headings are words of :data:`TEXT`."""
    text = TEXT[language]
    heads = {column: text[word] for column, word in columns.items()}
    return {"frame": frame, "caption": text[caption], "columns": heads, "language": language}


def entries(frame: pd.DataFrame, language: str = "en") -> dict[str, Any]:
    """``panel.yml`` as a table."""
    return _table(frame, "entries_caption", language, what="what", value="value")


def kinds(frame: pd.DataFrame, language: str = "en") -> dict[str, Any]:
    """The kinds of stakeholder; columns that no kind fills are left out."""
    columns = {"name": "kind", "name_ru": "kind_ru", "level": "level", "experts": "experts"}
    columns |= {"quotable": "quotable", "sessions": "sessions"}
    empty = [c for c in ("name_ru", "level") if not (frame[c] != "").any()]
    chosen = {c: w for c, w in columns.items() if c not in empty}
    return _table(frame, "kinds_caption", language, **chosen)


def sessions(frame: pd.DataFrame, language: str = "en") -> dict[str, Any]:
    """The sessions."""
    made = _table(
        frame,
        "sessions_caption",
        language,
        session_id="session",
        date="date",
        minutes="minutes",
        experts="experts",
        kinds="kinds",
        statements="by_experts",
        moderator="by_moderator",
        words="words",
        spoken="spoken",
    )
    return {**made, "formats": {"minutes": _minutes, "spoken": 1}}


def _minutes(value: float) -> str:
    if pd.isna(value):
        return "–"
    return number(value, 0 if value % 1 == 0 else 1)


def beside(frame: pd.DataFrame, language: str = "en") -> dict[str, Any]:
    """The article beside the panel."""
    heads = {"what": "what", "article": "article", "panel": "panel", "basis": "basis"}
    return _table(frame, "beside_caption", language, **heads)


def _task(language: str) -> Any:
    return lambda task: TEXT[language][task]


def guide(frame: pd.DataFrame, language: str = "en") -> dict[str, Any]:
    """The guide with who was asked what."""
    shown = frame.copy()
    pairs = {"reached": ("reached", "sessions"), "experts": ("experts", "asked")}
    for column, (k, n) in pairs.items():
        shown[column] = [
            count_of(a, b, language) if b else "–" for a, b in zip(frame[k], frame[n], strict=True)
        ]
    columns = {"question_id": "question", "task": "asked_about", "text": "text"}
    if (frame["text_ru"] != "").any():
        columns["text_ru"] = "text_ru"
    columns |= {"reached": "reached_of", "experts": "spoke", "statements": "by_experts"}
    made = _table(shown, "guide_caption", language, **columns)
    return {**made, "formats": {"task": _task(language)}}


def speakers(frame: pd.DataFrame, language: str = "en") -> dict[str, Any]:
    """What each expert said, counted."""
    kind = "kind_ru" if language == "ru" else "kind"
    columns = {"expert_id": "expert", kind: "kind", "session_id": "session"}
    columns |= {"statements": "statements", "words": "own_words", "quotable": "quotable"}
    return _table(frame, "speakers_caption", language, **columns)


def items(frame: pd.DataFrame, language: str = "en") -> dict[str, Any]:
    """The rated items."""
    columns = {"item_id": "item", "task": "asked_about", "text": "item_text"}
    if (frame["text_ru"] != "").any():
        columns["text_ru"] = "text_ru"
    columns |= {"scale": "scale", "answers": "answers", "blanks": "blanks"}
    made = _table(frame, "items_caption", language, **columns)
    return {**made, "formats": {"task": _task(language)}}


def parts(frame: pd.DataFrame, language: str = "en") -> dict[str, Any]:
    """What the panel holds and lacks."""
    columns = {"part": "part", "there": "there", "extent": "extent", "without": "without"}
    return _table(frame, "parts_caption", language, **columns)


def put_in(frame: pd.DataFrame, language: str = "en") -> dict[str, Any]:
    """What a constructed panel was built to contain."""
    columns = {"kind": "planted", "where": "where", "what": "meant", "counts": "counts"}
    chosen = {c: w for c, w in columns.items() if c == "kind" or (frame[c] != "").any()}
    return _table(frame, "put_in_caption", language, **chosen)


# who sat where


def seats(frame: pd.DataFrame, kinds: pd.DataFrame, language: str = "en") -> dict[str, Any]:
    """The experts by kind and session, one mark an expert; bars where they are too many."""
    text = TEXT[language]
    kind = "kind_ru" if language == "ru" else "kind"
    names = dict(zip(frame["stakeholder"], frame[kind], strict=True))
    order = [s for s in kinds["stakeholder"] if s in names]
    met = list(dict.fromkeys(frame["session_id"]))
    alone = frame["session_id"].value_counts().max() == 1
    columns = [None] if alone or len(met) > MOST_SESSIONS else met
    cells = {
        (row, column): frame[
            (frame["stakeholder"] == row) & ((column is None) | (frame["session_id"] == column))
        ]
        for row in order
        for column in columns
    }
    largest = max(len(part) for part in cells.values())
    marks = largest <= (MOST_MARKS if columns == [None] else MOST_IN_CELL)
    if marks:
        figure, axes = figures.canvas(0.38 * len(order) + 0.9)
        _marks(axes, cells, order, columns, names, text, largest)
    else:
        figure, axes = figures.canvas(0.34 * len(order) + 0.7)
        sizes = [int((frame["stakeholder"] == row).sum()) for row in order]
        figures.counts(axes, [names[r] for r in order], sizes, len(frame), language=language)
        axes.set_xlim(0, max(sizes) * 1.25)
        axes.set_xlabel(text["experts"])
    rows = []
    for row in order:
        mine = frame[frame["stakeholder"] == row]
        who = [
            e if q else text["seats_closed"].format(expert=e)
            for e, q in zip(mine["expert_id"], mine["quotable"], strict=True)
        ]
        said = ", ".join(who) if marks else str(len(who))
        rows.append(text["seats_row"].format(kind=names[row], experts=said))
    shown = text["seats_marks"] if marks else text["seats_bars"]
    return {
        "picture": figure,
        "alt": text["seats_alt"].format(shown=shown, n=len(frame), rows="; ".join(rows)),
        "caption": text["seats_caption" if marks else "seats_counts_caption"],
        "numbers": frame,
        "columns": {
            "expert_id": text["expert"],
            kind: text["kind"],
            "session_id": text["session"],
            "quotable": text["quotable"],
        },
        "language": language,
    }


def _marks(
    axes: Axes,
    cells: dict[Any, pd.DataFrame],
    order: list[str],
    columns: list[str | None],
    names: dict[str, str],
    text: dict[str, str],
    largest: int,
) -> None:
    """One mark an expert, with the expert's id in it."""
    step = largest + 0.5
    shade = figures.COLOURS["blue"]
    for y, row in enumerate(order):
        for x, column in enumerate(columns):
            part = cells[row, column]
            for i, (expert, quotable) in enumerate(
                zip(part["expert_id"], part["quotable"], strict=True)
            ):
                axes.plot(
                    [x * step + i],
                    [y],
                    "o",
                    markersize=18,
                    markerfacecolor=shade if quotable else "white",
                    markeredgecolor=shade,
                    markeredgewidth=1.2,
                    linestyle="none",
                )
                axes.text(
                    x * step + i,
                    y,
                    expert if len(expert) <= 4 else expert[-3:],
                    ha="center",
                    va="center_baseline",
                    fontsize=7,
                    color="white" if quotable else figures.COLOURS["ink"],
                )
    for x in range(1, len(columns)):
        axes.axvline(x * step - 0.75, color=figures.COLOURS["rule"], linewidth=0.8)
    heads = [text["everybody"] if c is None else c for c in columns]
    axes.set_xticks([x * step + (largest - 1) / 2 for x in range(len(columns))], heads)
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(order)), [names[row] for row in order])
    width = max(len(columns) * step, 6.0)
    axes.set_xlim(-0.75, width - 0.75)
    axes.set_ylim(len(order) - 0.4, -0.6)
    axes.grid(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="both", length=0)


# who was asked what


def questions(grid: pd.DataFrame, guide: pd.DataFrame, language: str = "en") -> dict[str, Any]:
    """Sessions by questions, in each cell how many experts spoke; bars where they are too many."""
    text = TEXT[language]
    met = list(dict.fromkeys(grid["session_id"]))
    asked = list(dict.fromkeys(grid["question_id"]))
    if len(met) > MOST_SESSIONS or len(asked) > MOST_QUESTIONS:
        return _question_bars(guide, language)
    tasks = dict(zip(grid["question_id"], grid["task"], strict=True))
    figure, axes = figures.canvas(0.42 * len(met) + 1.0)
    for cell in grid.itertuples():
        _cell(axes, cell, asked.index(cell.question_id), met.index(cell.session_id))
    axes.set_xlim(-0.5, max(len(asked), 6) - 0.5)
    axes.set_ylim(len(met) - 0.5, -1.1)
    axes.set_xticks(range(len(asked)), asked)
    axes.xaxis.tick_bottom()
    axes.set_yticks(range(len(met)), met)
    axes.grid(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="both", length=0)
    _tasks(axes, [tasks[q] for q in asked], text)
    missed = grid[~grid["reached"]]
    pairs = ", ".join(f"{r.question_id} {r.session_id}" for r in missed.itertuples())
    said = text["grid_missed"].format(pairs=pairs) if len(missed) else text["grid_none"]
    return {
        "picture": figure,
        "alt": text["grid_alt"].format(sessions=len(met), questions=len(asked), missed=said),
        "caption": text["grid_caption"],
        "numbers": grid,
        "columns": {
            "session_id": text["session"],
            "question_id": text["question"],
            "task": text["asked_about"],
            "reached": text["reached"],
            "experts": text["spoke"],
            "present": text["present"],
            "statements": text["by_experts"],
        },
        "formats": {"task": _task(language)},
        "language": language,
    }


def _cell(axes: Axes, cell: Any, x: int, y: int) -> None:
    """One session and question."""
    from matplotlib.patches import Rectangle

    share = cell.experts / cell.present if cell.present else 0.0
    common: dict[str, Any] = {"linewidth": 0.9, "zorder": 1}
    place, size = (x - 0.46, y - 0.42), (0.92, 0.84)
    if not cell.reached:
        muted = figures.COLOURS["muted"]
        box = Rectangle(
            place, *size, facecolor="white", edgecolor=muted, linestyle=(0, (3, 2)), **common
        )
        axes.add_patch(box)
        axes.text(x, y, "–", ha="center", va="center", fontsize=9, color=muted)
        return
    shade = figures.COLOURS["blue"]
    axes.add_patch(Rectangle(place, *size, facecolor="white", edgecolor=shade, **common))
    axes.add_patch(
        Rectangle(place, *size, facecolor=shade, edgecolor="none", alpha=0.95 * share, zorder=2)
    )
    axes.text(
        x,
        y,
        str(cell.experts),
        ha="center",
        va="center",
        fontsize=9,
        color="white" if share > 0.9 else figures.COLOURS["ink"],
        zorder=3,
    )


def _tasks(axes: Axes, tasks: list[str], text: dict[str, str]) -> None:
    """The names of the tasks above the questions that belong to them, with a line each."""
    start = 0
    while start < len(tasks):
        end = start
        while end + 1 < len(tasks) and tasks[end + 1] == tasks[start]:
            end += 1
        axes.plot(
            [start - 0.42, end + 0.42], [-0.62, -0.62], color=figures.COLOURS["muted"], linewidth=1
        )
        axes.text(
            start - 0.42,
            -0.7,
            text[tasks[start]],
            ha="left",
            va="bottom",
            fontsize=8.5,
            color=figures.COLOURS["ink"],
        )
        start = end + 1


def _question_bars(guide: pd.DataFrame, language: str) -> dict[str, Any]:
    """How many sessions reached each question."""
    text = TEXT[language]
    figure, axes = figures.canvas(0.28 * len(guide) + 0.7)
    reached, total = guide["reached"].tolist(), guide["sessions"].tolist()
    figures.counts(axes, guide["question_id"].tolist(), reached, total, language=language)
    axes.set_xlabel(text["sessions"])
    rows = ", ".join(
        f"{q} {count_of(k, n, language)}"
        for q, k, n in zip(guide["question_id"], reached, total, strict=True)
    )
    return {
        "picture": figure,
        "alt": text["grid_bars_alt"].format(questions=len(guide), rows=rows),
        "caption": text["grid_bars_caption"],
        "numbers": guide,
        "columns": {
            "question_id": text["question"],
            "task": text["asked_about"],
            "reached": text["reached_of"],
            "experts": text["spoke"],
        },
        "formats": {"task": _task(language)},
        "language": language,
    }
