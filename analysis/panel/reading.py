"""Reading the files of a panel: from bytes to cells of text, and what is wrong with a file.

Whatever the bytes, this gives faults and never an error: as much of a broken file is read as can
be, so that its other faults are found too.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.decoding import encoding_of
from analysis.panel.faults import PRINTED, Faults
from analysis.panel.format import FILES, TRUTH_FILE, Column, Table

#: The largest files that are read, in bytes, by how their names end: YAML takes long to parse.
LARGEST = {".csv": 1_000_000_000, ".yml": 2_000_000}
#: Rows whose cells are moved to their columns at once; with more, garbage collection takes longer.
_CHUNK = 200
#: The most lines of one row that are looked through for a closing quotation mark.
_MOST_LINES = 1000

#: The texts of a column: for each row the place of its text, and the distinct texts.
Cells = tuple[NDArray[np.intp], NDArray[np.object_]]


@dataclass(frozen=True)
class RawTable:
    """The cells of one table, as text.

    ``columns`` are those that the file has, the format's first; ``lines`` the line that each row
    begins in; ``shaped`` is False for rows whose cells cannot be told apart.
    """

    table: Table
    columns: tuple[Column, ...]
    cells: dict[str, Cells]
    lines: NDArray[np.int64]
    shaped: NDArray[np.bool_]


def contents_of(table: Table) -> str:
    """What stands in a file, in words."""
    if table.file == TRUTH_FILE:
        return "what the panel was built to contain, by name"
    if table.file.endswith(".csv"):
        return f"the header line {','.join(table.needed)} and its rows"
    return "the entries " + ", ".join(dict.fromkeys(n.partition(".")[0] for n in table.names))


def read_files(folder: Path, faults: Faults, only: str = "") -> Iterator[tuple[str, bytes]]:
    """The files of the format (or ``only`` one), by name, each read once; no others are read."""
    try:
        there = sorted(path.name for path in folder.iterdir())
    except OSError as error:
        value = error.strerror if folder.is_dir() else "a file" if folder.exists() else None
        missing = "" if folder.exists() else f"; there is no {folder.absolute()}"
        faults.add(folder.name or str(folder), None, None, value, f"the folder of a panel{missing}")
        return
    tables = ", ".join(sorted(name for name in FILES if name.endswith(".csv")))
    others = [name for name in there if name.endswith(".csv") and name not in FILES]
    for name in others[:PRINTED]:  # there may be any number of them
        faults.add(name, None, None, name, f"no other table than {tables}")
    for name in sorted(FILES):
        if (name in there or not FILES[name].optional) and only in ("", name):
            data = _bytes(folder / name, FILES[name], there, faults)
            if data is not None:
                yield name, data


def _bytes(path: Path, table: Table, there: list[str], faults: Faults) -> bytes | None:
    """The content of a file; None, with a fault, where there is none."""
    limit = LARGEST[path.suffix]
    value, wrong = None, "the file is missing"
    try:
        if path.is_dir():
            value = f"a folder {path.name}"
        elif not path.is_file():
            alike = (n for n in there if n.lower().split(".")[0] == table.name and n != path.name)
            value = next(alike, None)
        elif not path.resolve().is_relative_to(path.parent.resolve()):
            value, wrong = "a link", "a file in this folder, not a link out of it"
        else:
            with path.open("rb") as file:
                data = file.read(limit + 1)
            if len(data) > limit:
                value = f"{path.stat().st_size:,} bytes"
                wrong = f"a file of at most {limit:,} bytes"
            elif data.strip(b"\xef\xbb\xbf \t\r\n"):
                return data
            else:
                wrong = "the file is empty"
    except OSError as error:
        value, wrong = error.strerror or "unreadable", "the file cannot be read"
    faults.add(path.name, None, None, value, f"{contents_of(table)}: {wrong}")
    return None


def repaired(data: bytes, name: str, faults: Faults) -> bytes:
    """The bytes as UTF-8 with ``\\n`` at line ends, each kind of fault noted once."""
    if (encoding := encoding_of(data)).startswith("utf-16"):
        faults.add(name, None, None, "UTF-16", "UTF-8 text")
        data = data.decode(encoding, "replace").encode("utf-8", "replace")
    if data.startswith(codecs.BOM_UTF8):
        faults.notes.append(f"{name} begins with a byte-order mark")
        data = data.removeprefix(codecs.BOM_UTF8)
    if b"\0" in data:
        line = data[: data.index(b"\0")].count(b"\n") + 1
        faults.add(name, line, None, "a NUL byte", "text without NUL bytes")
        data = data.replace(b"\0", b"")
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:  # in pieces: a whole file at once would take several times its size
        for start in range(0, len(data), 1 << 20):
            decoder.decode(data[start : start + (1 << 20)])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
        before = text[: text.index("\ufffd")]
        place = len(before.encode("utf-8"))
        value = f"byte 0x{data[place]:02x} at offset {place}"
        if not encoding.startswith("utf"):
            value, text = f"{value}, as in {encoding}", data.decode(encoding, "replace")
        faults.add(name, before.count("\n") + 1, None, value, "UTF-8 text")
        data = text.encode("utf-8")
    if b"\r\n" in data:
        faults.notes.append(f"{name} has the line ends of Windows")
        data = data.replace(b"\r\n", b"\n")
    if b"\r" in data:
        line = data[: data.index(b"\r")].count(b"\n") + 1
        right = "line ends of LF alone, and no carriage return in a cell"
        faults.add(name, line, None, "CR", right)
        data = data.replace(b"\r", b" " if b"\n" in data else b"\n")
    return data


def read_table(table: Table, data: bytes, faults: Faults) -> RawTable | None:
    """The cells of a table; None, with faults, where the file cannot be read as one."""
    data = repaired(data, table.file, faults)
    header, mark = _header(io.BytesIO(data).readline().decode("utf-8"), table, faults)
    if not header:
        return None
    limit = csv.field_size_limit(len(data) + 1)  # an overlong cell is told by the check of cells
    try:
        rows = _regular(data, len(header), mark)
        rows = rows or _by_line(data, len(header), mark, table.file, faults)
    finally:
        csv.field_size_limit(limit)
    columns, lines, shaped = rows
    if mark != ",":
        what = {";": "semicolons", "\t": "tabs"}[mark]
        faults.notes.append(f"{table.file} has {what} between cells, and decimal commas")
    found: dict[str, Cells] = {}
    for given, cells in zip(header, columns, strict=True):
        plain = given.strip().lower()
        name = plain if plain in table.names and plain not in header else given
        column = table.column(name)
        if mark != "," and column and column.kind == "number":
            cells = [cell.replace(",", ".") for cell in cells]
        if name in found:
            faults.add(table.file, 1, name, name, "each column once")
        elif name.strip():
            found[name] = pd.factorize(np.array(cells, dtype=object))
            if column and column.kind == "id":
                found[name] = _plain_ids(found[name], f"{table.file}, {name}", faults)
        elif any(cells):
            faults.add(table.file, 1, None, name, "a name for each column")
        cells.clear()
    for name in (name for name in table.needed if name not in found):
        faults.add(table.file, 1, name, None, f"a column {name} in the header")
    others = [name for name in found if name not in table.names]
    if others:
        kept = "has columns that are no part of the format, kept and shown nowhere:"
        faults.notes.append(f"{table.file} {kept} {', '.join(others)}")
    if not len(lines) and not table.may_be_empty:
        faults.add(table.file, 1, None, None, "rows under the header: there are none")
    return raw_table(table, found, lines, shaped)


def _plain_ids(cells: Cells, place: str, faults: Faults) -> Cells:
    """Ids in small letters, without blanks."""
    codes, distinct = cells
    if not re.search(r"[A-Z]|[^\S\n]", "\n".join(distinct)):  # most ids are told fast
        return cells
    plain = np.array([re.sub(r"\s+", "_", text.strip().lower()) for text in distinct], dtype=object)
    faults.notes.append(f"{place}: capitals and blanks in ids are read as small letters and _")
    again, kept = pd.factorize(plain)
    return again[codes], kept


def raw_table(
    table: Table, cells: dict[str, Cells], lines: NDArray[np.int64], shaped: NDArray[np.bool_]
) -> RawTable:
    """A table with these cells; columns that the format does not know come last."""
    extra = (Column(n, "text", "", optional=True) for n in cells if n not in table.names)
    columns = (*(c for c in table.columns if c.name in cells), *extra)
    return RawTable(table, columns, cells, lines, shaped)


def _header(line: str, table: Table, faults: Faults) -> tuple[list[str], str]:
    """The names in the first line, none where it is no header; and what stands between cells."""
    for mark in ",;\t":
        try:
            header = next(csv.reader([line], delimiter=mark, strict=True), [])
        except csv.Error:
            continue
        if {name.strip().lower() for name in header} & {*table.names}:
            return header, mark
    faults.add(table.file, 1, None, line.rstrip("\n"), f"the header line {','.join(table.needed)}")
    return [], ","


_Rows = tuple[list[list[str]], NDArray[np.int64], NDArray[np.bool_]]


def _regular(data: bytes, width: int, mark: str) -> _Rows | None:
    """The columns of rows each of which is sound; None for any other."""
    source = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="\n")
    source.readline()
    reader = csv.reader(source, delimiter=mark, strict=True)
    columns: list[list[str]] = [[] for _ in range(width)]
    try:
        while rows := list(islice(reader, _CHUNK)):
            if set(map(len, rows)) != {width}:
                return None
            for column, cells in zip(columns, zip(*rows, strict=True), strict=True):
                column.extend(cells)
    except csv.Error:
        return None
    count = len(columns[0])
    taken = np.ones(count, dtype=np.int64)
    if reader.line_num > count:  # some cells span lines
        for column in columns:
            taken += np.fromiter((cell.count("\n") for cell in column), np.int64, count)
    return columns, 2 + np.cumsum(taken) - taken, np.ones(count, dtype=np.bool_)


def _by_line(data: bytes, width: int, mark: str, file: str, faults: Faults) -> _Rows:
    """The columns of any rows, line by line, with a fault for each that is not sound."""
    source = data.decode("utf-8").removesuffix("\n").split("\n")
    rows: list[list[str]] = []
    lines: list[int] = []
    shaped: list[bool] = []
    at = 1
    while at < len(source):
        end, quotes = at + 1, source[at].count('"')
        while quotes % 2 and end < min(at + _MOST_LINES, len(source)):
            quotes += source[end].count('"')
            end += 1
        whole = [f"{line}\n" for line in source[at:end]]
        try:
            row = None if quotes % 2 else next(csv.reader(whole, delimiter=mark, strict=True))
        except csv.Error:
            row = None
        lines.append(at + 1)
        shaped.append(row is not None and len(row) == width)
        if row is None:  # what the open mark swallowed is read again, from the next line on
            right = "quotation marks that are closed, and doubled inside a cell"
            faults.add(file, at + 1, None, source[at], right)
            row, end = source[at].split(mark), at + 1
        elif not row:
            faults.add(file, at + 1, None, None, "a row: the line is empty")
        elif len(row) != width:
            cells = "1 cell" if len(row) == 1 else f"{len(row)} cells"
            hint = " (a cell with a comma needs quotation marks)" if len(row) > width else ""
            faults.add(file, at + 1, None, cells, f"{width} cells, as in the header{hint}")
        rows.append((row + [""] * width)[:width])
        at = end
    columns = [list(cells) for cells in zip(*rows, strict=True)] or [[] for _ in range(width)]
    return columns, np.array(lines, dtype=np.int64), np.array(shaped, dtype=np.bool_)
