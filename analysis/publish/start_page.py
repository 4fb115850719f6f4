"""The figure of the start page: that of the claims chapter, as it was executed for this build."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

#: The notebook and the cell that the figure comes from.
CHAPTER, CELL = "book/claims", "overview-figure"
#: What stands for the figure in the text of the start page.
PLACEHOLDER = "claims_figure"
#: Where the picture lies in the site.
FILE = "_images/claims-overview.svg"


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure as a notebook shows it: SVG text, its words, and its table of numbers as HTML."""

    svg: str
    alt: str
    caption: str
    numbers: str


def picture(notebook: Any | None) -> Picture | None:
    """The figure of the executed claims chapter; None where the book has no such chapter.

    Raises
    ------
    ValueError
        If the chapter has no figure in the cell that should show it.
    """
    if notebook is None:
        return None
    outputs = [o for c in notebook.cells if c.get("id") == CELL for o in c.get("outputs", [])]
    svg = [o for o in outputs if "image/svg+xml" in o.get("data", {})]
    tables = [o["data"]["text/html"] for o in outputs if "text/html" in o.get("data", {})]
    if len(svg) != 1 or not tables:
        raise ValueError(f"{CHAPTER}: the cell {CELL!r} shows no figure with its numbers")
    words = svg[0]["metadata"]["image/svg+xml"]
    text = "".join(svg[0]["data"]["image/svg+xml"])
    return Picture(text, words["alt"], words["caption"], "".join("".join(t) for t in tables))


def html(found: Picture | None) -> str:
    """The figure as the start page holds it; empty without one."""
    if found is None:
        return ""
    return (
        '<figure class="study-figure">'
        f'<a href="{CHAPTER}.html" title="The chapter behind this figure">'
        f'<img class="study-figure" src="{FILE}" alt="{escape(found.alt)}"></a>'
        f"<figcaption><p>{escape(found.caption)}</p></figcaption></figure>\n{found.numbers}"
    )
