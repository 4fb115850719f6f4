"""Tables for readers: HTML with a caption and row heads, numbers rounded to what is meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, TypedDict

from analysis.display import wording
from analysis.display.messages import message

if TYPE_CHECKING:
    import pandas as pd

#: How a column is shown: decimals, or a function from a value to text.
Format = int | Callable[[Any], str]


def cell(value: Any, how: Format | None = None, language: str = "en") -> str:
    """One value as text: numbers to ``how`` decimals (2 unless told), missing ones as a dash."""
    import numpy as np
    import pandas as pd

    if callable(how):
        return how(value)
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return "–"
    if isinstance(value, (bool, np.bool_)):
        return message("yes" if value else "no", language)
    if isinstance(value, Real):
        usual = 0 if isinstance(value, Integral) else 2
        return wording.number(float(value), usual if how is None else how, language)
    return str(value)


def formatted(
    frame: pd.DataFrame,
    columns: Mapping[str, str] | None = None,
    formats: Mapping[str, Format] | None = None,
    language: str = "en",
) -> pd.DataFrame:
    """The frame as a reader sees it: chosen columns in order, renamed, every cell text.

    ``columns`` maps a column of ``frame`` to its heading and picks and orders the columns;
    ``formats`` maps a column to its decimals or to a function. The index is not shown.
    """
    chosen = dict(columns) if columns is not None else {c: str(c) for c in frame.columns}
    how = dict(formats or {})
    out = frame[list(chosen)].copy().astype(object)
    for name in chosen:
        out[name] = [cell(value, how.get(name), language) for value in frame[name]]
    return out.rename(columns=chosen)


def _numeric(frame: pd.DataFrame, name: str) -> bool:
    return frame[name].dtype.kind in "iuf"


def to_html(
    frame: pd.DataFrame,
    caption: str,
    columns: Mapping[str, str] | None = None,
    formats: Mapping[str, Format] | None = None,
    mark: str = "",
    language: str = "en",
) -> str:
    """An HTML table with its caption; the first column heads the rows.

    ``mark`` is put into the caption where the evidence calls for one, so that a copied table keeps
    it. The frame around the table takes the keyboard focus, so that a wide table can be scrolled
    without a mouse.
    """
    chosen = list(columns) if columns is not None else list(frame.columns)
    shown = formatted(frame, columns, formats, language)
    right = [_numeric(frame, name) for name in chosen]
    classes = ['class="num"' if r else "" for r in right]
    lines = [
        f'<div class="study-table" role="region" tabindex="0" aria-label="{escape(caption)}">',
        "<table>",
        f"<caption>{escape(caption)}"
        + (f' <span class="study-mark-inline">{escape(mark)}</span>' if mark else "")
        + "</caption>",
        "<thead><tr>"
        + "".join(
            f'<th scope="col" {c}>{escape(str(h))}</th>'.replace(" >", ">")
            for h, c in zip(shown.columns, classes, strict=True)
        )
        + "</tr></thead>",
        "<tbody>",
    ]
    for row in shown.itertuples(index=False, name=None):
        head = f'<th scope="row">{escape(row[0])}</th>'
        rest = "".join(
            f"<td {c}>{escape(v)}</td>".replace(" >", ">", 1)
            for v, c in zip(row[1:], classes[1:], strict=True)
        )
        lines.append(f"<tr>{head}{rest}</tr>")
    lines += ["</tbody>", "</table>", "</div>"]
    return "\n".join(lines)


def cells_html(
    caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], mark: str = ""
) -> str:
    """A table of cells that are HTML already, escaped by whoever made them, as :func:`to_html`.

    The first cell of a row heads it.
    """
    inline = f' <span class="study-mark-inline">{escape(mark)}</span>' if mark else ""
    lines = [
        f'<div class="study-table" role="region" tabindex="0" aria-label="{escape(caption)}">',
        f"<table><caption>{escape(caption)}{inline}</caption>",
        "<thead><tr>",
        *(f'<th scope="col">{escape(head)}</th>' for head in heads),
        "</tr></thead><tbody>",
    ]
    for first, *rest in rows:
        cells = "".join(f"<td>{cell}</td>" for cell in rest)
        lines.append(f'<tr><th scope="row">{first}</th>{cells}</tr>')
    return "\n".join([*lines, "</tbody></table></div>"])


def speech(line: str, english: str, language: str) -> str:
    """What was said as HTML: a ``line`` that is HTML already, and its translation beneath."""
    said = f'<p lang="{escape(language)}">{line}</p>'
    return f'{said}<p lang="en"><em>{escape(english)}</em></p>' if english else said


class Sheet(TypedDict):
    """A table with all that goes with it but for its source, as ``show.table`` takes it."""

    frame: pd.DataFrame
    caption: str
    columns: dict[str, str]
    formats: dict[str, Any]
    folded: bool


def sheet(
    frame: pd.DataFrame,
    caption: str,
    columns: dict[str, str],
    formats: dict[str, Any] | None = None,
    folded: bool = False,
) -> Sheet:
    """A table for ``show.table``."""
    return Sheet(
        frame=frame, caption=caption, columns=columns, formats=formats or {}, folded=folded
    )
