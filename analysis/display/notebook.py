"""What a notebook calls to show and to record: tables, figures and findings.

A finding goes out as a hidden notebook output that MyST-NB's ``glue`` role pulls into the text and
that the build collects into the ledger.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from html import escape
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

from analysis.display import figures, tables, wording
from analysis.display.messages import message
from analysis.evidence.findings import (
    GLUE_PREFIX,
    MIME,
    SOURCES,
    Finding,
    FindingError,
    check_unique,
    to_json,
)
from analysis.steps.results import Result

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

#: The key under which an output's metadata says where its evidence comes from.
SOURCE_KEY = "study_source"

#: Significant digits that a finding keeps: beyond what is meant, short of a platform's last digit.
SIGNIFICANT = 9


def _plain(value: Any) -> Any:
    """A plain Python number without the digits in which machines differ; None for NaN."""
    if value is None or isinstance(value, str):
        return value
    # numpy's truth values are no Real numbers, Python's are
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"a finding is a number or a text, not {value!r}")
    if isinstance(value, Integral):
        return int(value)
    as_float = float(value)
    return None if math.isnan(as_float) else float(f"{as_float:.{SIGNIFICANT}g}")


def _whole(value: Any) -> int | None:
    """A count as a whole number: a table with a missing cell holds its counts as floats."""
    number = _plain(value)
    if number is None:
        return None
    if isinstance(number, str) or number % 1 != 0:
        raise ValueError(f"a count is a whole number, not {number!r}")
    return int(number)


def findings(
    chapter: str, results: Iterable[Result], source: str, digest: str, language: str = "en"
) -> list[Finding]:
    """Findings of a chapter from a step's results, worded for the reader."""
    made = []
    for r in results:
        value, k, n = _plain(r.value), _whole(r.k), _whole(r.n)
        made.append(
            Finding(
                id=r.id,
                chapter=chapter,
                label=r.label,
                value=value,
                low=_plain(r.low),
                high=_plain(r.high),
                k=k,
                n=n,
                unit=r.unit,
                source=source,
                standing=r.standing,
                method=r.method,
                function=r.function,
                digest=digest,
                text=wording.of_unit(r.unit, value, k, n, language),
            )
        )
    check_unique(made)
    return made


def record(
    chapter: str, results: Iterable[Result], source: str, digest: str, language: str = "en"
) -> None:
    """Record a step's results as findings: each can then be glued into the text by its id."""
    from IPython.display import display

    for finding in findings(chapter, results, source, digest, language):
        display(
            {
                # quoted: MyST-NB reads the text as a literal, and 0.330 would lose its last digit
                GLUE_PREFIX + "text/plain": repr(finding.text),
                GLUE_PREFIX + MIME: to_json(finding),
            },
            raw=True,
            metadata={"scrapbook": {"mime_prefix": GLUE_PREFIX, "name": finding.id}},
        )


def _mark(source: str, language: str) -> str:
    if source not in SOURCES:
        raise FindingError(f"source {source!r} is not one of {', '.join(SOURCES)}")
    key = figures.MARKED.get(source)
    return message(key, language) if key else ""


def table(
    frame: pd.DataFrame,
    caption: str,
    source: str,
    columns: Mapping[str, str] | None = None,
    formats: Mapping[str, tables.Format] | None = None,
    folded: bool = False,
    language: str = "en",
) -> None:
    """Show a table: ``columns`` picks, orders and names its columns, ``formats`` rounds them.

    A ``folded`` table is opened by a click on its caption.
    """
    from IPython.display import display

    html = tables.to_html(frame, caption, columns, formats, _mark(source, language), language)
    if folded:
        html = _folded(html, caption)
    display({"text/html": html, "text/plain": caption}, raw=True, metadata={SOURCE_KEY: source})


def method(
    frame: pd.DataFrame,
    caption: str,
    columns: Mapping[str, str] | None = None,
    language: str = "en",
) -> None:
    """Show a table that holds no evidence, such as rules or definitions, as :func:`table` does."""
    from IPython.display import display

    html = tables.to_html(frame, caption, columns, language=language)
    display({"text/html": html, "text/plain": caption}, raw=True)


def either(frame: pd.DataFrame, sentence: str, draw: Callable[[], None]) -> None:
    """Call ``draw`` where ``frame`` has rows; else show the sentence that says what is missing.

    Raises
    ------
    ValueError
        If there is nothing to draw and no sentence to say so.
    """
    from IPython.display import display

    if len(frame):
        draw()
        return
    if not sentence.strip():
        raise ValueError("nothing to draw, and no sentence that says why")
    html = f'<p class="study-missing">{escape(sentence)}</p>'
    display({"text/html": html, "text/plain": sentence}, raw=True)


def _folded(html: str, title: str) -> str:
    return f'<details class="study-numbers"><summary>{escape(title)}</summary>\n{html}\n</details>'


def figure(
    picture: Figure,
    alt: str,
    caption: str,
    numbers: pd.DataFrame,
    source: str,
    columns: Mapping[str, str] | None = None,
    formats: Mapping[str, tables.Format] | None = None,
    language: str = "en",
) -> None:
    """Show a figure with its alternative text and caption, and its numbers in a table below.

    ``alt`` says what the figure shows, for readers who cannot see it; ``numbers`` holds what is
    drawn, one row a mark, shown as :func:`table` shows it, folded.

    Raises
    ------
    ValueError
        If ``alt`` or ``caption`` is empty, or ``numbers`` has no row.
    """
    from IPython.display import display

    if not alt.strip() or not caption.strip():
        raise ValueError("a figure needs an alternative text and a caption")
    if len(numbers) == 0:
        raise ValueError("a figure needs its numbers; say in a sentence what is missing instead")
    mark = _mark(source, language)
    display(
        {"image/svg+xml": figures.to_svg(picture, source, language), "text/plain": alt},
        raw=True,
        metadata={
            SOURCE_KEY: source,
            "image/svg+xml": {"alt": alt, "caption": f"{caption} {mark}".strip()},
        },
    )
    title = message("figure_numbers", language)
    inner = tables.to_html(numbers, caption, columns, formats, mark, language)
    display(
        {
            "text/html": _folded(inner, title),
            "text/plain": title,
        },
        raw=True,
        metadata={SOURCE_KEY: source},
    )
