"""Tables as people save them: from the bytes of a CSV or XLSX file to frames of text."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from itertools import groupby

import pandas as pd
from charset_normalizer import from_bytes

from analysis.exchange.material import ExchangeError
from analysis.exchange.workbooks import Sheet, grown, sheets
from analysis.panel.cells import is_formula
from analysis.words import noun

#: A larger CSV file is no table of interviews, in bytes.
LARGEST = 50_000_000
#: Russian letters, the most frequent first.
_LETTERS = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё"
_ENCODINGS = ["cp1252", "koi8_r", "cp866", "mac_cyrillic", "gb18030"]
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}


def read(file: str, data: bytes) -> tuple[list[tuple[str, pd.DataFrame]], list[str]]:
    """The sheets of a CSV or XLSX file that hold anything, and what was assumed in reading them.

    The sheet of a CSV file has no name. Columns of a frame are the heads, parts of one head joined
    by " > "; its index is the number of the row in the file; a cell is text, without blanks around
    it. :class:`ExchangeError` if there is no table that can be read.
    """
    notes: list[str] = []
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        found = sheets(file, data, notes)
    else:
        found = [Sheet("", _csv(file, data, notes), [])]
    frames = [(sheet.name, _frame(file, sheet, notes)) for sheet in found if sheet.rows]
    if not frames:
        raise ExchangeError(f"{file}: it is empty; a table has a row of heads")
    return frames, notes


def encoding_of(file: str, data: bytes) -> str:
    """The encoding of a text, as Python names it; also where the text is short and Russian.

    :class:`ExchangeError` if it is no text, or UTF-8 with a wrong byte.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in data:
        raise ExchangeError(f"{file}: no text, but a file of another kind")
    try:
        data.decode("utf-8")
        return "utf-8-sig"
    except UnicodeDecodeError as error:
        line, byte = data[: error.start].count(b"\n") + 1, data[error.start]
    sample = b"\n".join(line for line in data[:500_000].splitlines() if not line.isascii())[:20_000]
    text = sample.decode("utf-8", "replace")
    if 2 * text.count("\ufffd") < sum(c > "\x7f" for c in text):
        raise ExchangeError(f"{file}, line {line}: byte {byte:#04x} is wrong; save it as UTF-8")
    # in cp1251 what is not ASCII stands in well-formed words, of common Russian letters
    text = sample.decode("cp1251", "replace")
    words = re.findall(r"(?<![^\W\d_])(?:[Ѐ-Я]?[а-ґ]+|[Ѐ-Я]+)(?![^\W\d_])", text)
    ranks = [_LETTERS.find(letter) for letter in "".join(words).lower()]
    others = sum(c > "\x7f" and c not in "«»–—−№…“”„’‘•°\xa0" for c in text)
    if len(ranks) > 0.7 * others and sum(ranks) < 11 * len(ranks) + 30:
        return "cp1251"
    best = from_bytes(sample, cp_isolation=_ENCODINGS).best()
    if best is None:
        raise ExchangeError(f"{file}: no text that can be read; save it as UTF-8")
    return str(best.encoding)


def _separator(sample: list[str]) -> str:
    """What stands between cells: it gives the most rows the same number of them."""
    looks: dict[str, tuple[bool, int, int]] = {}
    for mark in _SEPARATORS:
        widths = Counter(len(row) for row in csv.reader(sample, delimiter=mark) if row)
        width, count = max(widths.items(), key=lambda pair: pair[1], default=(1, 0))
        looks[mark] = (width > 1, count, width)
    return max(looks, key=lambda mark: looks[mark])


def _csv(file: str, data: bytes, notes: list[str]) -> dict[int, list[str]]:
    """The rows of a CSV file by their numbers."""
    if len(data) > LARGEST:
        raise ExchangeError(f"{file}: more than {LARGEST // 10**6} MB; no table is so large")
    encoding = encoding_of(file, data)
    if not encoding.startswith("utf"):
        notes.append(f"The text was read as {encoding}; if it is not, save it as UTF-8.")
    rows: dict[int, list[str]] = {}
    size = 0
    limit = csv.field_size_limit(len(data) + 1)  # whoever takes a cell tells whether it is too long
    try:
        lines = io.TextIOWrapper(io.BytesIO(data), encoding, newline="")
        mark = _separator(lines.read(50_000).splitlines(keepends=True)[:100])
        lines.seek(0)
        for number, row in enumerate(csv.reader(lines, delimiter=mark, strict=True), 1):
            size = grown(file, size, max(1, len(row)))
            if any(cells := [_plain(cell) for cell in row]):
                rows[number] = cells
    except UnicodeError:
        raise ExchangeError(f"{file}: not all of it is {encoding}; save it as UTF-8") from None
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
    if short := sum(len(row) < width for row in rows.values()):
        notes.append(f"{noun(short, 'row')} shorter than the heads: filled with empty cells.")
    if mark != ",":
        commas = sum(bool(re.fullmatch(r"-?\d+,\d+", c)) for row in rows.values() for c in row)
        numbers = f", and {noun(commas, 'number')} with a decimal comma" if commas else ""
        notes.append(f"There are {_SEPARATORS[mark]} between cells{numbers}.")
    return rows


def _plain(cell: str) -> str:
    """The cell without blanks around it and the apostrophe that the export sets before formulas."""
    cell = cell.strip()
    return cell[1:] if cell[:1] == "'" and is_formula(cell.lstrip("'")) else cell


def _frame(file: str, sheet: Sheet, notes: list[str]) -> pd.DataFrame:
    """The frame of a sheet, after a title; a merged cell has its value in every row and column."""
    width = max(map(len, sheet.rows.values()))
    rows = {n: row + [""] * (width - len(row)) for n, row in sorted(sheet.rows.items()) if any(row)}
    size = 0
    for left, top, right, bottom in sheet.merged:
        for number in range(top, bottom + 1) if top in rows else ():
            size = grown(file, size, right - left + 1)
            if number in rows:
                rows[number][left - 1 : right] = rows[top][left - 1 : left] * (right - left + 1)
                del rows[number][width:]
    alone = [width > 1 and bool(row[0]) and len({*row} - {""}) == 1 for row in rows.values()]
    first = head = [*rows][alone.index(False) if False in alone else 0]
    for left, top, right, bottom in sorted(sheet.merged, key=lambda area: area[1]):
        if first <= top <= head:  # under a head that spans columns there is one for each of them
            head = max(head, bottom + (right > left))
    above = [row for number, row in rows.items() if first <= number <= head]
    parts = ([" ".join(name.split()) for name in column] for column in zip(*above, strict=True))
    heads = [" > ".join(name for name, _ in groupby(names) if name) for names in parts]
    body = {number: row for number, row in rows.items() if number > head}
    frame = pd.DataFrame(body.values(), list(body), heads, dtype=object)
    if sheet.merged:
        notes.append(f"{noun(len(sheet.merged), 'merged cell')}: read as the same in each cell.")
    if titles := sum(number < first for number in rows):
        notes.append(f"{noun(titles, 'row')} above the heads not taken: a title.")
    return frame.loc[:, [bool(head) or frame.iloc[:, i].any() for i, head in enumerate(heads)]]
