"""Tables as people save them: from the bytes of a CSV or XLSX file to frames of text."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections import Counter
from datetime import datetime
from itertools import pairwise
from typing import Any

import pandas as pd
from openpyxl import load_workbook

from analysis.exchange.archives import checked, member
from analysis.exchange.material import ExchangeError, Material
from analysis.panel.cells import is_formula
from analysis.words import noun, whole

#: What the sheets of a file may hold together.
MOST_CELLS, MOST_COLUMNS, MOST_ROWS = 1_000_000, 4_000, 3_000_000
#: Tags of a workbook that openpyxl keeps, the most of them, and the most bytes of a row.
_KEPT = rb"<(?!/|(?:\w+:)?(?:c|v|f|row|is|t|si|rPr|b|sz|color|rFont|family|charset|scheme)[\s/>])"
MOST_KEPT, LARGEST_ROW = 500_000, 2_000_000
_NO_VALUE = rb"(?:</f>|<f\s[^<>]*/>)\s*(?:<v\s*/>|<v></v>)?\s*</c>"
Rows = dict[int, list[str]]
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}


def read(found: Material, data: bytes) -> list[tuple[str, pd.DataFrame]]:
    """The sheets of a CSV or XLSX file that hold anything; ``found`` tells how they were read.

    That of a CSV file has no name. The index of a frame numbers the rows of the file; cells are
    text without blanks around it. :class:`ExchangeError` where no table can be read.
    """
    packed = data.startswith((b"PK\x03\x04", b"PK\x05\x06"))
    sheets = _workbook(found, data) if packed else [("", _csv(found, data))]
    frames = [(name, _frame(rows, found)) for name, rows in sheets if rows]
    if not frames:
        raise ExchangeError(f"{found.file}: it is empty; a table has a row of heads")
    return frames


def _grown(file: str, cells: int, width: int) -> int:
    """The number of cells with one row more; :class:`ExchangeError` beyond that of a table."""
    if width > MOST_COLUMNS or cells + width > MOST_CELLS:
        most = f"{whole(MOST_COLUMNS)} columns or {whole(MOST_CELLS)} cells"
        raise ExchangeError(f"{file}: more than {most}; no table is so large")
    return cells + width


def _shown(value: Any) -> str:
    """The value of a cell as a person sees it."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, datetime):
        return str(value).removesuffix(" 00:00:00")
    return "" if value is None else str(value).strip()


def _workbook(material: Material, data: bytes) -> list[tuple[str, Rows]]:
    """The rows of each sheet of a workbook by their numbers; of formulas the values."""
    archive, file = checked(data, material.file), material.file
    merged = empty = 0
    for info in archive.infolist():
        xml = member(archive, info.filename)
        rows = [row.start() for row in re.finditer(rb"<(?:\w+:)?row[\s>]", xml)]
        large = xml.count(b"<") > 5 * MOST_CELLS or len(re.findall(_KEPT, xml)) > MOST_KEPT
        large |= any(b - a > LARGEST_ROW for a, b in pairwise([*rows, xml.rfind(b"row>")]))
        if large or re.search(rb"<\0?!\0?D\0?O\0?C\0?T", xml):
            raise ExchangeError(f"{file}: {info.filename!r:.80} is too large or unsafe; not read")
        merged += xml.count(b"mergeCell ")
        empty += len(re.findall(_NO_VALUE, xml))
    found, size, passed = list[tuple[str, Rows]](), 0, 0
    try:
        with warnings.catch_warnings(action="ignore"):
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            for sheet in book.worksheets:
                sheet.reset_dimensions()  # some programs write wrong ones
                here: Rows = {}
                found.append((sheet.title, here))
                size = _grown(file, size, MOST_COLUMNS)  # many may lead to the same part
                for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
                    passed += 1
                    size = _grown(file, size, len(row) if passed < MOST_ROWS else MOST_CELLS)
                    if any(cells := [_shown(value) for value in row]):
                        here[number] = cells
    except ExchangeError:
        raise
    except Exception:  # openpyxl raises what its parts raise
        raise ExchangeError(f"{file}: no whole workbook; save it anew as .xlsx or CSV") from None
    material.tell(merged=merged, formulas=empty)
    return found


def _separator(sample: list[str]) -> str:
    """What stands between cells: it gives the most rows the same number of them."""
    looks: dict[str, tuple[bool, int, int]] = {}
    for mark in _SEPARATORS:
        widths = Counter(len(row) for row in csv.reader(sample, delimiter=mark) if row)
        width, count = max(widths.items(), key=lambda pair: pair[1], default=(1, 0))
        looks[mark] = (width > 1, count, width)
    return max(looks, key=lambda mark: looks[mark])


def _csv(found: Material, data: bytes) -> Rows:
    """The rows of a CSV file by their numbers."""
    file, rows, size = found.file, Rows(), 0
    lines = io.StringIO(found.decoded(data), newline="")
    limit = csv.field_size_limit(len(data) + 1)  # whoever takes a cell tells whether it is too long
    try:
        mark = _separator(lines.read(50_000).splitlines(keepends=True)[:100])
        lines.seek(0)
        for number, row in enumerate(csv.reader(lines, delimiter=mark, strict=True), 1):
            size = _grown(file, size, max(1, len(row)))
            if "\ufffd" in "".join(row):
                raise ExchangeError(f"{file}, row {number}: not all is text; save it as UTF-8")
            cells = [cell.strip() for cell in row]
            # the export sets an apostrophe before formulas
            cells = [c[1:] if c[:1] == "'" and is_formula(c.lstrip("'")) else c for c in cells]
            if any(cells):
                rows[number] = cells
    except csv.Error:
        right = "each quotation mark closed, and doubled inside a cell"
        raise ExchangeError(f"{file}, after row {max(rows, default=0)}: expected {right}") from None
    finally:
        csv.field_size_limit(limit)
    width = len(next(filter(any, rows.values()), []))
    for number, row in rows.items():
        if len(row) > width > 1 and any(row[width:]):
            right = f"{noun(width, 'cell')} as above; quote a cell with {_SEPARATORS[mark]} in it"
            raise ExchangeError(f"{file}, row {number}: {noun(len(row), 'cell')}; expected {right}")
    commas = sum(bool(re.fullmatch(r"-?\d+,\d+", c)) for row in rows.values() for c in row)
    decimal = f", and {noun(commas, 'number')} with a decimal comma" if commas else ""
    found.tell(short=sum(len(row) < width for row in rows.values()))
    found.tell(between=_SEPARATORS[mark] if mark != "," else "", commas=decimal)
    return rows


def _frame(rows: Rows, found: Material) -> pd.DataFrame:
    """The frame of a sheet, after a title; without columns that have neither head nor cell."""
    width = max(map(len, rows.values()))
    full = {number: row + [""] * (width - len(row)) for number, row in rows.items()}
    head = next((n for n, row in full.items() if width == 1 or any(row[1:])), min(full))
    heads = [" ".join(name.split()) for name in full[head]]
    body = {number: row for number, row in full.items() if number > head}
    frame = pd.DataFrame(body.values(), list(body), heads, dtype=object)
    found.tell(titles=sum(number < head for number in full))
    return frame.loc[:, [bool(name) or frame.iloc[:, i].any() for i, name in enumerate(heads)]]
