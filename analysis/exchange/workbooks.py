"""The cells of an XLSX workbook as a person sees them.

They are read row by row here: openpyxl's mode for large files shows neither merged cells nor
formulas, and takes twice as long. What formats, dates and references mean is its to say.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from itertools import chain, pairwise
from typing import Any, NamedTuple

from lxml import etree
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils import column_index_from_string, range_boundaries
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

from analysis.exchange.archives import checked, member
from analysis.exchange.material import ExchangeError
from analysis.words import noun, whole

MOST_CELLS, MOST_COLUMNS = 1_000_000, 4_000
#: The most XML between two rows of a sheet or texts of a workbook, and in its other parts.
LARGEST_ROW = 2_000_000
#: The number of the day after the last that a sheet can have, 9999-12-31.
LAST_DAY = 2_958_466
_WRONG = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, StopIteration)


class Sheet(NamedTuple):
    """Rows by their numbers; merged cells: left, top, right and bottom."""

    name: str
    rows: dict[int, list[str]]
    merged: list[tuple[int, int, int, int]]


def grown(file: str | None, cells: int, width: int) -> int:
    """The number of cells with one row more; :class:`ExchangeError` beyond that of a table."""
    if width > MOST_COLUMNS or cells + width > MOST_CELLS:
        most = f"{whole(MOST_COLUMNS)} columns or {whole(MOST_CELLS)} cells"
        raise ExchangeError(f"{file}: more than {most}; no table is so large")
    return cells + width


def sheets(file: str, data: bytes, notes: list[str]) -> list[Sheet]:
    """The sheets of a workbook; ``notes`` is told what was assumed.

    Raises :class:`ExchangeError` if it is no whole workbook, or none that can be read safely.
    """
    archive = checked(data, file)
    try:
        return _sheets(archive, notes)
    except ExchangeError:
        raise
    except (etree.LxmlError, *_WRONG):
        raise ExchangeError(f"{file}: no whole workbook; save it anew as .xlsx or CSV") from None


def _elements(archive: zipfile.ZipFile, part: str | None, *tags: str) -> Iterator[Any]:
    """The elements with these tags in a part of the workbook, one in memory at a time."""
    xml = member(archive, part) if part else b"<none/>"
    starts = (mark.start() for mark in re.finditer(rb"<(?:[\w.-]+:)?(?:row|si)[\s/>]", xml))
    if (
        xml.count(b"<") > 5 * MOST_CELLS
        or max(b - a for a, b in pairwise(chain([0], starts, [len(xml)]))) > LARGEST_ROW
    ):
        raise ExchangeError(f"{archive.filename}: {part!r:.80} is too large for a table; not read")
    safe: dict[str, Any] = {"resolve_entities": False, "no_network": True, "load_dtd": False}
    names = [f"{{*}}{tag}" for tag in tags]
    for number, (_, element) in enumerate(etree.iterparse(io.BytesIO(xml), tag=names, **safe)):
        grown(archive.filename, number, 1)
        yield element
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


def _text(element: Any) -> str:
    """The text in a cell, without hints on how to say it."""
    found = (text for text in element.iter("{*}t") if not text.getparent().tag.endswith("rPh"))
    return "".join(text.text or "" for text in found)


def _sheets(archive: zipfile.ZipFile, notes: list[str]) -> list[Sheet]:
    file, book = archive.filename, "xl/workbook.xml"
    parts: dict[str, str] = {}
    for relation in _elements(archive, "xl/_rels/workbook.xml.rels", "Relationship"):
        path = posixpath.normpath(posixpath.join("/xl", relation.get("Target")))[1:]
        parts[relation.get("Id")] = parts[relation.get("Type").rpartition("/")[2]] = path
    texts = [_text(item) for item in _elements(archive, parts.get("sharedStrings"), "si")]
    formats, dates, epoch = dict(BUILTIN_FORMATS), set[str](), WINDOWS_EPOCH
    for style in _elements(archive, parts.get("styles"), "numFmt"):
        formats[int(style.get("numFmtId"))] = style.get("formatCode")
    for styles in _elements(archive, parts.get("styles"), "cellXfs"):
        ids = enumerate(int(style.get("numFmtId", 0)) for style in styles)
        dates = {str(place) for place, id in ids if is_date_format(formats.get(id))}
    for properties in _elements(archive, book, "workbookPr"):
        epoch = MAC_EPOCH if properties.get("date1904") in ("1", "true") else WINDOWS_EPOCH

    def shown(cell: Any) -> str:
        kind, value = cell.get("t", "n"), cell.findtext("{*}v") or ""
        if kind == "inlineStr":
            return _text(cell)
        if not value or kind not in ("s", "b", "n"):
            return value
        if kind == "s":
            return texts[int(value)]
        if kind == "b":
            return "TRUE" if value == "1" else "FALSE"
        if cell.get("s") in dates and 0 <= float(value) < LAST_DAY:
            return str(from_excel(float(value), epoch)).removesuffix(" 00:00:00")
        return f"{float(value):.15g}"

    found: list[Sheet] = []
    size = formulas = empty = hidden = 0
    for element in _elements(archive, book, "sheet"):
        part = next(parts[value] for name, value in element.items() if name.endswith("}id"))
        sheet = Sheet(element.get("name", ""), {}, [])
        size = grown(file, size, MOST_COLUMNS)  # many may lead to the same part
        number = 0
        for row in _elements(archive, part, "row", "mergeCell"):
            if "ref" in row.attrib:
                left, top, right, bottom = map(int, range_boundaries(row.get("ref")))
                size = grown(file, size, 1)
                sheet.merged.append((left, top, right, bottom))
                continue
            number, column, cells = int(row.get("r", number + 1)), 0, list[str]()
            for cell in row.iterchildren("{*}c"):
                letters = cell.get("r", "").rstrip("0123456789")
                column = column_index_from_string(letters) if letters else column + 1
                if not len(cell):
                    continue
                grown(file, size, column)
                cells += [""] * (column - len(cells))
                cells[column - 1] = shown(cell).strip()
                if cell[0].tag.endswith("f"):
                    formulas += 1
                    empty += not cells[column - 1]
            size = grown(file, size, max(1, column))
            sheet.rows[number] = cells
        if any(map(any, sheet.rows.values())):
            hidden += element.get("state", "visible") != "visible"
            found.append(sheet)
    if formulas:
        lost = f"; {empty} without one taken as empty" if empty else ""
        notes.append(f"{noun(formulas, 'formula')}: the value in the file was taken{lost}.")
    if hidden:
        notes.append(f"{noun(hidden, 'hidden sheet')} read like the others.")
    return found
