"""What a notebook calls: to say a sentence, to show a table or a figure, to do without.

A sentence is a template. What fills it is recorded, number by number, as findings in the same
notebook output that shows it, so that every viewer shows the sentence and the build finds the
numbers.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from IPython import get_ipython
from IPython.display import display
from matplotlib.figure import Figure

from analysis import words
from analysis.draw import style
from analysis.findings import MIME, Fact, rounded
from analysis.panel.faults import NotInPanel, need
from analysis.panel.panel import Panel
from analysis.project import DATA, digest
from analysis.statistics.results import Estimate, Test, level, set_level

__all__ = ["NotInPanel", "figure", "need", "open_chapter", "recap", "say", "table"]

#: The MIME type of an output that the site shows elsewhere: in a caption, or under the title.
NOTE = "application/vnd.study.note+json"
#: The key under which an output's metadata says where its evidence comes from.
SOURCE_KEY = "study_source"
#: Rows that a table shows at once, a longer one being folded; and rows that it shows at all.
MOST_ROWS, MOST_SHOWN = 20, 1000


@dataclass
class _Chapter:
    """What holds in this kernel: the chapter, its evidence, and what it has said."""

    name: str = ""
    source: str = ""
    digest: str = ""
    panel: Panel | None = None
    ids: set[str] = field(default_factory=set)
    said: dict[str, tuple[list[tuple[str, str]], str]] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)


_now = _Chapter()


def open_chapter(name: str, about: Panel | str, data: str = "", confidence: float = 0.95) -> None:
    """Begin a chapter: what is said from here on is recorded under its name.

    Parameters
    ----------
    name
        The first part of the ids of the chapter's findings.
    about
        The panel that the chapter is about; or the source of its evidence (``"public"``).
    data
        Without a panel: the file or folder of ``data/`` that the chapter reads.
    confidence
        The level of every interval in the chapter.
    """
    global _now
    set_level(confidence)
    if isinstance(about, str):
        _now = _Chapter(name, about, digest([DATA / data]))
        _show_note(f"Evidence: {about}, from data/{data} (digest {_now.digest}).")
    else:
        _now = _Chapter(name)
        _vouch_for(about)
    if (shell := get_ipython()) is not None:
        kept = [t for t in shell.ast_transformers if type(t).__name__ != _Guard.__name__]
        shell.ast_transformers[:] = [*kept, _Guard()]
        shell.user_ns.update(_absence=_absence, _show=_show)


def _vouch_for(panel: Panel) -> None:
    """Say which panel the numbers are about from here on; on the site too, if it was changed."""
    _now.panel, _now.source, _now.digest = panel, panel.source, panel.digest
    line = f"About: {panel.meta.title} ({panel.source}, digest {panel.digest})."
    if panel.changed:
        line += " It was changed in this notebook: it is no longer the panel of the files."
    (_show_remark if panel.changed else _show_note)(line)


# sentences


def say(template: str, id: str = "", standing: str = "", source: str = "", **values: Any) -> None:
    """Show a sentence, and record each number in it as the finding ``chapter-id-name``.

    Parameters
    ----------
    template
        The sentence, with ``{name}`` or ``{name:how}`` where a value goes
        (:func:`analysis.words.put`).
    id
        The second part of the findings' ids, and the name under which :func:`recap` knows it.
    standing, source
        In place of the estimates' own standing and of the chapter's source.
    values
        An :class:`.Estimate`, a :class:`.Test` or a :class:`.Fact` becomes a finding; other text is
        a name, or several.

    Raises
    ------
    ValueError
        If a digit was typed into the template, or a finding is recorded twice.
    TypeError
        If a value is a bare number.
    """
    given = getattr(get_ipython(), "user_ns", {}).get("panel")
    if _now.panel is not None and isinstance(given, Panel) and given.digest != _now.digest:
        _vouch_for(given)  # a cell has put it in the place of the other
    found = words.pieces(template, values)
    keys = {
        name: "-".join(part for part in (_now.name, id, name.replace("_", "-")) if part)
        for name, given in values.items()
        if isinstance(given, (Estimate, Test, Fact))
    }
    first, name = found[0]
    found[0] = (first[:1].upper() + first[1:], name)
    if twice := _now.ids.intersection(keys.values()):
        raise ValueError(f"finding {min(twice)} is recorded twice")
    _now.ids.update(keys.values())
    shown = [
        (text if not name or name in keys else words.markdown(text), keys.get(name, ""))
        for text, name in found
    ]
    first_text = {name: text for text, name in reversed(found)}
    overruled = {k: v for k, v in (("standing", standing), ("source", source)) if v}
    findings = [
        _finding(key, values[name], first_text.get(name, ""), f"{{{name}:interval" in template)
        | overruled
        for name, key in keys.items()
    ]
    plain = "".join(text for text, _ in found)
    if id:
        _now.said[id] = shown, plain
    _show_sentences([shown], plain, findings, source)


def _finding(key: str, given: Any, text: str, limits: bool) -> dict[str, Any]:
    """A finding as a notebook output carries it; with its ``limits`` if the sentence shows them."""
    record: dict[str, Any] = {
        "id": key, "chapter": _now.name, "value": str(given), "low": None, "high": None,
        "k": None, "n": None, "text": text, "source": _now.source,
        "standing": getattr(given, "standing", "description"),
        "method": getattr(given, "method", "stated"), "function": getattr(given, "function", ""),
        "digest": _now.digest,
    }  # fmt: skip
    if isinstance(given, Test):
        return record | {"value": rounded(given.pvalue), "n": given.n}
    if isinstance(given, Estimate):
        record |= {"value": rounded(given.estimate), "k": given.k, "n": given.n}
        if limits:
            record |= {"low": rounded(given.low), "high": rounded(given.high)}
            if record["standing"] == "description" and record["low"] is not None:
                record["standing"] = "model-based"
    return record


def _show_sentences(
    sentences: list[list[tuple[str, str]]],
    plain: str,
    findings: list[dict[str, Any]],
    source: str = "",
) -> None:
    """One output: the sentences for every viewer, and their findings for the build."""
    lines = ["".join(text for text, _ in sentence) for sentence in sentences]
    text = lines[0] if len(lines) == 1 else "\n".join(f"- {line}" for line in lines)
    carried = {"sentences": sentences, "findings": findings}
    data = {"text/markdown": text, "text/plain": plain, MIME: carried}
    display(data, raw=True, metadata={SOURCE_KEY: source or _now.source})


def _show_remark(text: str) -> None:
    """A sentence that is no result."""
    _show_sentences([[(f"*{words.markdown(text)}*", "")]], text, [])


def recap(*ids: str) -> None:
    """Say again, as a list, what was said under these ids; what could not be said is left out."""
    again = [_now.said[id] for id in ids if id in _now.said]
    if again:
        plain = "\n".join(f"- {text}" for _, text in again)
        _show_sentences([sentence for sentence, _ in again], plain, [])


# tables and figures


def _show_note(text: str) -> None:
    """A line for who reads the notebook; the site says it in a place of its own."""
    display({"text/markdown": f"*{words.markdown(text)}*", "text/plain": text, NOTE: {}}, raw=True)


def table(
    frame: pd.DataFrame,
    caption: str,
    columns: str = "",
    folded: bool = False,
    headings: Mapping[str, str] | None = None,
    source: str = "",
) -> None:
    """Show the chosen columns of a table, headed in words.

    Parameters
    ----------
    columns
        Names of columns or of the index, parted by blanks; all columns if empty. ``k/n`` shows two
        as "12 of 20", ``low..high`` as "0.39 to 0.78", ``text+text_en`` what was said with its
        translation, ``name:1`` a number with one decimal.
    folded
        Show the caption alone until it is opened; a table of more than twenty rows always is. Of
        more than a thousand rows the first thousand are shown, and the caption says so.
    headings
        Headings that differ from :data:`analysis.words.HEADINGS`.
    """
    given = frame.reset_index() if any(frame.index.names) else frame
    if len(given) > MOST_SHOWN:
        caption += f" (the first {words.whole(MOST_SHOWN)} of {words.whole(len(given))} rows)"
        given = given.head(MOST_SHOWN)
    chosen = columns.split() or [str(name) for name in frame.columns]
    heads = words.HEADINGS | dict(headings or {})
    html = _html(
        caption,
        [_heading(given, column, heads) for column in chosen],
        [_is_number(given, column) for column in chosen],
        zip(*(_cells(given, column) for column in chosen), strict=True),
        folded or len(given) > MOST_ROWS,
    )
    about = {SOURCE_KEY: source or _now.source}
    display({"text/html": html, "text/plain": caption}, raw=True, metadata=about)


def _parts(frame: pd.DataFrame, column: str) -> tuple[str, str, str]:
    """A column's first name, what joins it to a second one or rounds it, and that."""
    for joint in ("..", "/", "+", ":"):
        first, found, second = column.partition(joint)
        if found and column not in frame:  # a name that a panel gave may hold these signs
            return first, joint, second
    return column, "", ""


def _heading(frame: pd.DataFrame, column: str, heads: Mapping[str, str]) -> str:
    name, joint, _ = _parts(frame, column)
    if joint == "..":
        return heads.get(column, f"{100 * level():g}% interval")
    plain = name.replace("_", " ").capitalize() if name.islower() else name
    return heads.get(column, heads.get(name, plain))


def _is_number(frame: pd.DataFrame, column: str) -> bool:
    name, joint, _ = _parts(frame, column)
    return joint != "+" and frame[name].dtype.kind in "iuf"


def _cells(frame: pd.DataFrame, column: str) -> list[str]:
    """The cells of a column as HTML."""
    name, joint, other = _parts(frame, column)
    values = frame[name].tolist()
    if joint in ("", ":"):
        return [words.html(_cell(v, int(other or 2))) for v in values]
    pairs = zip(values, frame[other].tolist(), strict=True)
    if joint == "/":
        return [words.html("–" if pd.isna(k) else words.counted(int(k), int(n))) for k, n in pairs]
    if joint == "..":
        return [words.html(words.limits(low, high)) for low, high in pairs]
    return [_speech(said, english) for said, english in pairs]


def _speech(said: Any, english: Any) -> str:
    """What was said, and its translation beneath."""
    if not isinstance(said, str):
        return "–"
    language = _now.panel.meta.language if _now.panel else "en"
    text = f'<p lang="{words.html(language)}">{words.html(said)}</p>'
    if isinstance(english, str) and english:
        text += f'<p lang="en"><em>{words.html(english)}</em></p>'
    return text


def _cell(value: Any, digits: int) -> str:
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(str(v) for v in value) or "–"
    if value is None or value is pd.NaT or (isinstance(value, float) and value != value):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return words.whole(value)
    return words.number(value, digits) if isinstance(value, float) else str(value)


def _html(
    caption: str,
    heads: list[str],
    numeric: list[bool],
    rows: Iterable[tuple[str, ...]],
    folded: bool,
) -> str:
    """A table; its first column heads the rows."""
    kinds = [' class="num"' if number else "" for number in numeric]
    head = "".join(
        f'<th scope="col"{kind}>{words.html(text)}</th>'
        for text, kind in zip(heads, kinds, strict=True)
    )
    body = "\n".join(
        f'<tr><th scope="row"{kinds[0]}>{first}</th>'
        + "".join(f"<td{kind}>{cell}</td>" for cell, kind in zip(rest, kinds[1:], strict=True))
        + "</tr>"
        for first, *rest in rows
    )
    said = words.html(caption)
    html = (
        f'<div class="study-table"><table>\n<caption>{said}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table></div>"
    )
    if not folded:
        return html
    return f'<details class="study-folded"><summary>{said}</summary>\n{html}\n</details>'


def figure(
    draw: Callable[..., Figure],
    frame: pd.DataFrame,
    caption: str,
    columns: str = "",
    alt: str = "",
    headings: Mapping[str, str] | None = None,
    source: str = "",
    **options: Any,
) -> None:
    """Draw a table, with a sentence for who cannot see it, and its numbers folded below.

    Parameters
    ----------
    draw
        A function of ``analysis.draw``; it gets ``frame`` and ``options``, and a ``width``.
    caption, alt
        A sentence: what is to be seen; and one in place of the picture, the caption if empty.
    columns, headings
        Of the table of numbers, as in :func:`table`.
    """
    origin = source or _now.source
    said = {"alt": alt or caption, "caption": caption}
    for name, size in (("narrow", {"width": style.PHONE}), ("wide", {})):
        picture = draw(frame, **options, **size)
        style.mark(picture, origin)
        said[name] = style.to_svg(picture)
    data = {"image/svg+xml": said.pop("wide"), "text/plain": f"Figure: {alt or caption}"}
    display(data, raw=True, metadata={SOURCE_KEY: origin, "image/svg+xml": said})
    _show_note(caption)
    table(frame, "The numbers in this figure", columns, True, headings, origin)


# what a panel does not hold


class _Guard(ast.NodeTransformer):
    """A cell that meets :class:`NotInPanel` ends with its sentence instead of a traceback.

    Names that the cell would have bound stand for it: a later cell that needs one ends likewise.
    """

    def visit_Module(self, node: ast.Module) -> ast.Module:
        """The cell within a ``with``: a ``try`` would let tracebacks point to the wrong line."""
        stored = {
            n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        }
        guarded = ast.parse(f"with _absence({sorted(stored)!r}):\n    pass").body[0]
        assert isinstance(guarded, ast.With)
        if node.body and isinstance(last := node.body[-1], ast.Expr):  # a frame still shows
            node.body[-1] = ast.Expr(ast.Call(ast.Name("_show", ast.Load()), [last.value], []))
        guarded.body[:0] = node.body
        return ast.fix_missing_locations(ast.Module([guarded], node.type_ignores))


@contextmanager
def _absence(names: list[str]) -> Iterator[None]:
    """Say once on a page what is missing; names of the cell stand for it from here on."""
    try:
        yield
    except NotInPanel as error:
        sentence = str(error)
        space = get_ipython().user_ns
        space.update({name: _Absent(sentence) for name in names})  # never an older value
        if sentence not in _now.absent:
            _now.absent.add(sentence)
            _show_remark(sentence)


class _Absent:
    """Stands for what is not in the panel: any use of it says so."""

    def __init__(self, sentence: str) -> None:
        self._sentence = sentence

    def _raise(self, *_: object, **__: object) -> Any:
        raise NotInPanel(self._sentence)

    __getattr__ = __getitem__ = __call__ = __iter__ = __len__ = __bool__ = __float__ = _raise
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = _raise
    __lt__ = __gt__ = __le__ = __ge__ = __eq__ = __ne__ = __contains__ = __setitem__ = _raise
    __invert__ = __neg__ = __and__ = __or__ = __format__ = _raise
    __hash__ = None  # type: ignore[assignment]


def _show(value: object) -> None:
    if value is not None:
        display(value)
