"""Figures and tables of the chapter on the codebook.

Each function returns the arguments of :func:`analysis.display.notebook.figure` or ``table``, except
the source. What they say stands in :mod:`analysis.display.codebook_text`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.display import figures
from analysis.display.codebook_text import TEXT
from analysis.display.wording import count_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def _table(frame: pd.DataFrame, caption: str, language: str, **columns: str) -> dict[str, Any]:
    """The arguments of a table whose headings are words of :data:`TEXT`."""
    text = TEXT[language]
    heads = {column: text[word] for column, word in columns.items()}
    return {"frame": frame, "caption": text[caption], "columns": heads, "language": language}


def _name(frame: pd.DataFrame, language: str) -> list[str]:
    """Names of codes; the English one where there is no Russian."""
    if language != "ru":
        return frame["name"].tolist()
    return [b or a for a, b in zip(frame["name"], frame["name_ru"], strict=True)]


def missing(task: str, language: str = "en") -> str:
    """The sentence that stands where a task has no codes."""
    return TEXT[language]["tree_missing"].format(task=TEXT[language][task])


def tree(frame: pd.DataFrame, task: str, language: str = "en") -> dict[str, Any]:
    """The themes and codes of a task with who raised and who opposed each."""
    text = TEXT[language]
    rows = frame[frame["task"] == task].reset_index(drop=True)
    names = _name(rows, language)
    n = int(rows["n"].iloc[0])
    figure, axes = figures.canvas(0.27 * len(rows) + 0.85)
    _bars(axes, rows, n, language)
    axes.set_yticks(range(len(rows)), [textwrap.fill(name, 44) for name in names])
    for label, level in zip(axes.get_yticklabels(), rows["level"], strict=True):
        label.set_fontweight("bold" if level == 1 else "normal")
    said = "; ".join(
        text["tree_row"].format(
            name=name,
            raised=count_of(raised, n, language),
            opposed=count_of(opposed, n, language),
        )
        for name, raised, opposed in zip(
            names, rows["raised"].tolist(), rows["opposed"].tolist(), strict=True
        )
    )
    columns = {"label": text["code"]}
    columns |= {c: text[c] for c in ("raised", "opposed", "both", "silent", "n", "statements")}
    columns["statements_opposed"] = text["statements_opposed"]
    return {
        "picture": figure,
        "alt": text["tree_alt"].format(task=text[task], n=n, rows=said),
        "caption": text["tree_caption"].format(task=text[task]),
        "numbers": rows.assign(label=names),
        "columns": columns,
        "language": language,
    }


def _bars(axes: Axes, rows: pd.DataFrame, n: int, language: str) -> None:
    """Bars to the right for who raised, to the left for who opposed, each with its number."""
    text = TEXT[language]
    left = int(rows["opposed"].max())
    for y, row in enumerate(rows.to_dict("records")):
        theme = row["level"] == 1 and not row["leaf"]
        shades = ("muted", "muted") if theme else ("blue", "orange")
        alpha = 0.25 if theme else 0.45
        raised, opposed = int(row["raised"]), int(row["opposed"])
        axes.barh(y, raised, height=0.6, color=figures.COLOURS[shades[0]], alpha=alpha)
        axes.barh(y, -opposed, height=0.6, color=figures.COLOURS[shades[1]], alpha=alpha)
        beside: dict[str, Any] = {"textcoords": "offset points", "va": "center", "fontsize": 8}
        axes.annotate(count_of(raised, n, language), (raised, y), xytext=(4, 0), **beside)
        if opposed:
            axes.annotate(str(opposed), (-opposed, y), xytext=(-4, 0), ha="right", **beside)
    axes.axvline(0, color=figures.COLOURS["ink"], linewidth=0.8)
    room = max(0.16 * n, 1.0)
    axes.set_xlim(-(left + room), n + 1.4 * room)
    axes.set_ylim(len(rows) - 0.4, -1.3)
    common: dict[str, Any] = {"va": "center", "fontsize": 8.5}
    axes.text(0.02 * n, -0.95, text["raised_axis"], color=figures.COLOURS["blue"], **common)
    if left:
        axes.text(
            -0.02 * n,
            -0.95,
            text["opposed_axis"],
            ha="right",
            color=figures.COLOURS["orange"],
            **common,
        )
    axes.set_xticks([])
    axes.grid(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0)


def per_statement(frame: pd.DataFrame, language: str = "en") -> dict[str, Any]:
    """How many codes the statements have."""
    heads = {"codes": "per_statement", "statements": "statements"}
    return _table(frame, "per_statement_caption", language, **heads)


def definitions(frame: pd.DataFrame, language: str = "en") -> Iterator[dict[str, Any]]:
    """A table for each theme: its codes with what the codebook says of them."""
    text = TEXT[language]
    columns = {"name": "code", "name_ru": "name_ru", "definition": "definition"}
    columns |= {"include": "include", "exclude": "exclude", "origin": "origin", "since": "since"}
    for _, part in frame.groupby("theme", sort=False):
        caption = text["definitions_caption"].format(theme=_name(part, language)[0])
        heads = {c: text[w] for c, w in columns.items() if (part[c] != "").any()}
        yield {"frame": part, "caption": caption, "columns": heads, "language": language}


def origins(frame: pd.DataFrame, language: str = "en") -> dict[str, Any]:
    """Where the codes come from."""
    heads = {"origin": "origin", "means": "means", "codes": "codes", "raised": "codes_raised"}
    heads |= {"fewest": "fewest", "most": "most", "statements": "statements"}
    return _table(frame, "origins_caption", language, **heads)


def versions(frame: pd.DataFrame, language: str = "en") -> dict[str, Any]:
    """The versions of the codebook; kinds of change that none has are left out."""
    kinds = [c for c in frame.columns if c not in {"version", "date", "size"} and frame[c].any()]
    heads = {c: c for c in ("version", "date", *kinds, "size")}
    return {**_table(frame, "versions_caption", language, **heads), "formats": {"size": 0}}


def changes(frame: pd.DataFrame, language: str = "en") -> dict[str, Any]:
    """Every change of the codebook."""
    heads = {"version": "version", "date": "date", "name": "code"}
    heads |= {"change": "change", "reason": "reason"}
    return _table(frame, "changes_caption", language, **heads)


def memos(frame: pd.DataFrame, language: str = "en") -> dict[str, Any]:
    """Memos about codes."""
    heads = {"memo_id": "memo", "about": "about", "text": "text"}
    heads |= {"author": "author", "date": "date"}
    return _table(frame, "memos_caption", language, **heads)


def examples(frame: pd.DataFrame, names: dict[str, str], language: str = "en") -> Iterator[Any]:
    """The examples theme by theme: rows, and the caption of each."""
    for theme, part in frame.groupby("theme", sort=False):
        name = names[str(theme)]
        yield part, TEXT[language]["examples_caption"].format(theme=name)
