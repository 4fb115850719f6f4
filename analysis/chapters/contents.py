"""Which chapters a panel fills, and what the book about it says of it and leaves out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from analysis.chapters.coding_reliability import code_sets
from analysis.panel.faults import NotInPanel, need
from analysis.panel.panel import Panel
from analysis.project import pages


def _spoken(panel: Panel) -> None:
    _ = panel.statements


def _several_speak(panel: Panel) -> None:
    said = panel.statements
    said = said[said["speaker"].isin(panel.experts.index)]
    need(len(said) > len(panel.experts), "No expert made more than one statement.")
    need(said["known"].any(), "The texts of the statements are not in the panel.")


def _two_raised(panel: Panel) -> None:
    need((panel.raised().sum() > 1).sum() > 1, "No two codes were raised by several experts.")


def _forces(panel: Panel) -> None:
    sides = panel.codes()["side"]
    need((sides != "neutral").any(), "No code has a direction in codebook.csv.")
    panel.raised()


def _kinds(panel: Panel) -> None:
    panel.raised()
    need(len(panel.stakeholders) > 1, "There are no two kinds of stakeholder in experts.csv.")


def _raised_or_rated(panel: Panel) -> None:
    if not len(panel.frames["codings"]):
        panel.ratings()


#: Chapters about a panel whose tasks are not those of the article, with the page, its title,
#: and what it asks of the panel.
CHAPTERS: tuple[tuple[str, str, Callable[[Panel], object]], ...] = (
    ("panel", "The panel", _spoken),
    ("participation", "Participation", _several_speak),
    ("codebook", "The codebook", Panel.raised),
    ("coding-reliability", "Coding reliability", code_sets),
    ("what-was-raised", "What was raised", _raised_or_rated),
    ("barriers-and-drivers", "Barriers and drivers", _forces),
    ("stakeholders", "Stakeholders", _kinds),
    ("theme-map", "The map of themes", _two_raised),
    ("saturation", "Saturation", Panel.raised),
    ("robustness", "Robustness", Panel.raised),
    ("precision", "Precision", Panel.raised),
)


def contents(panel: Panel) -> pd.DataFrame:
    """One row a chapter: ``page``, ``title`` and ``needs``, which is empty where it is filled."""
    rows = []
    for page, title, ask in CHAPTERS:
        try:
            ask(panel)
            needs = ""
        except NotInPanel as absent:
            needs = str(absent)
        rows.append((page, title, needs))
    return pd.DataFrame(rows, columns=["page", "title", "needs"])


def described(panel: Panel) -> pd.DataFrame:
    """What ``panel.yml`` says of the interviews: ``what`` and ``is``, what it leaves out too."""
    meta = panel.meta
    said = {
        "Title": meta.title,
        "Authors": "; ".join(meta.authors),
        "Held": meta.collected,
        "From": meta.origin,
        "DOI": meta.doi,
        "Licence": meta.licence,
        "Licence of the interviews": meta.licence_data or meta.licence,
        "What they are": meta.statement,
        "Topics": "; ".join(panel.tasks["label"]),
    }
    rows = [(what, text or "not stated") for what, text in said.items()]
    return pd.DataFrame(rows, columns=["what", "is"])


def left_out(toc: dict[str, Any], panel: Panel) -> dict[str, Any]:
    """The contents of a book, as ``_toc.yml`` has them, without chapters that say nothing."""
    chapters = contents(panel)
    empty = {f"book/{page}" for page in chapters["page"][chapters["needs"] != ""]}
    parts = [
        {**part, "chapters": [c for c in part["chapters"] if c["file"] not in empty]}
        for part in toc["parts"]
    ]
    return {**toc, "parts": [part for part in parts if part["chapters"]]}


#: Sections of a chapter that speak of the worked example, or of a chapter's place in it.
_OF_THE_EXAMPLE = ("## Planted and recovered", "## What comes next")
_LINK = re.compile(r"\[([^\]]+)\]\(([\w-]+)\.(?:ipynb|md)(?:#[\w-]+)?\)")


def of_a_panel(cells: Sequence[Any]) -> list[Any]:
    """The cells of a chapter for a book about a panel of the reader's own.

    Without the sections that speak of the worked example, and without links to pages that are not
    in the book.
    """
    kept, keep, there = [], True, set(pages())
    for cell in cells:
        if cell.cell_type == "markdown":
            if cell.source.startswith("## "):
                keep = not cell.source.startswith(_OF_THE_EXAMPLE)
            cell.source = _LINK.sub(
                lambda m: m[0] if f"book/{m[2]}" in there else m[1], cell.source
            )
        if keep:
            kept.append(cell)
    return kept
