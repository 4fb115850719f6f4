"""Reading one file of a panel: from bytes to columns of text, and what is wrong with the file.

Whatever the bytes, this gives faults and never an error: as much of a broken file is read as can
be, so that its other faults are found too.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.panel.columns import Table
from analysis.panel.encodings import repaired
from analysis.panel.faults import FaultParts, Faults
from analysis.panel.format import LONGEST

#: Rows whose cells are moved to their columns at once; with more, garbage collection takes longer.
_CHUNK = 200
#: After so many rows whose quotation marks are not closed, the rest of a file is not read.
_MOST_OPEN = 100
#: One cell, without regard to whether the file is sound.
_CELL = re.compile(r'(?:\A|,)("[^"]*(?:""[^"]*)*"?[^,]*|[^,]*)')


@dataclass(frozen=True, slots=True)
class Sheet:
    """The cells of one file, as text.

    ``columns`` holds the columns that the file has, each with one text a row; ``lines`` the line
    that each row begins in; ``shaped`` is False for rows whose cells cannot be told apart.
    """

    table: Table
    columns: dict[str, list[str]]
    lines: NDArray[np.int64]
    shaped: NDArray[np.bool_]


def read_bytes(path: Path, faults: Faults, what: str) -> bytes | None:
    """The content of a file; None, with a fault, where there is none."""
    if not path.is_file():
        faults.add(path.name, None, None, _in_its_place(path), f"{what}: the file is missing")
        return None
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "unreadable"
        faults.add(path.name, None, None, reason, f"{what}: the file cannot be read")
        return None
    if not data.strip(b"\xef\xbb\xbf \t\r\n"):
        faults.add(path.name, None, None, None, f"{what}: the file is empty")
        return None
    return data


def _in_its_place(path: Path) -> str | None:
    """A file or folder that may have been meant, such as ``panel.yaml`` for ``panel.yml``."""
    if path.is_dir():
        return f"a folder {path.name}"
    try:
        names = sorted(p.name for p in path.parent.iterdir())
    except OSError:
        return None
    stem = path.stem.lower()
    return next((n for n in names if n.lower().split(".")[0] == stem and n != path.name), None)


def read_sheet(path: Path, table: Table, faults: Faults) -> Sheet | None:
    """The cells of the table's file; None, with faults, where it cannot be read as a table."""
    expected = f"the header line {','.join(table.names)} and its rows"
    data = read_bytes(path, faults, expected)
    if data is None:
        return None
    data = repaired(data, path.name, faults)
    line, _, rows = data.partition(b"\n")
    header = _header(line.decode("utf-8"), table, faults)
    if header is None:
        return None
    width = len(header)
    parsed = _split(rows, width) or _regular(rows, width)
    if parsed is None:
        parsed = _Parser(path.name, width, faults).parse(rows)
    return sheet(table, header, *parsed, faults)


def _header(line: str, table: Table, faults: Faults) -> list[str] | None:
    """The names in the first line; None, with a fault, where it is no header of the table."""
    names = ",".join(table.names)
    for mark, word in ((";", "semicolons"), ("\t", "tabs")):
        cells = [cell.strip().strip('"') for cell in line.split(mark)]
        if len(set(cells) & set(table.names)) > 1 or (len(cells) > 1 and cells[0] in table.names):
            faults.add(table.file, 1, None, line, f"commas between cells, not {word}: {names}")
            return None
    try:
        header = next(csv.reader([line], strict=True), [])
    except csv.Error:
        header = []
    if not set(header) & set(table.names):
        faults.add(table.file, 1, None, line, f"the header line {names}")
        return None
    return header


Rows = tuple[list[list[str]], NDArray[np.int64], NDArray[np.bool_]]


def _split(data: bytes, width: int) -> Rows | None:
    """The columns of a file without quotation marks, each row of which has ``width`` cells.

    None for any other file. It takes a fraction of the time that a parser takes.
    """
    if b'"' in data or b"\r" in data or width < 2:  # an empty row looks like one empty cell
        return None
    if data and not data.endswith(b"\n"):
        data += b"\n"
    content = np.frombuffer(data, np.uint8)
    marks = content[(content == ord(",")) | (content == ord("\n"))]
    if marks.size % width:
        return None
    grid = marks.reshape(-1, width)
    if not ((grid[:, -1] == ord("\n")).all() and (grid[:, :-1] == ord(",")).all()):
        return None
    cells = data.decode("utf-8").replace("\n", ",").split(",")
    cells.pop()
    lines = np.arange(2, len(grid) + 2, dtype=np.int64)
    return [cells[i::width] for i in range(width)], lines, np.ones(len(grid), dtype=np.bool_)


def _regular(data: bytes, width: int) -> Rows | None:
    """The columns of a file each line of which is a sound row; None for any other."""
    reader = csv.reader(_lines(data), strict=True)
    columns: list[list[str]] = [[] for _ in range(width)]
    count = 0
    try:
        while rows := list(islice(reader, _CHUNK)):
            count += len(rows)
            if reader.line_num != count or set(map(len, rows)) != {width}:
                return None
            for column, cells in zip(columns, zip(*rows, strict=True), strict=True):
                column.extend(cells)
    except csv.Error:
        return None
    return columns, np.arange(2, count + 2, dtype=np.int64), np.ones(count, dtype=np.bool_)


def _lines(data: bytes) -> Iterator[str]:
    return io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="")


class _Parser:
    """Parses any rows with the csv module, line by line, and goes on after a fault."""

    def __init__(self, name: str, width: int, faults: Faults) -> None:
        self.name = name
        self.width = width
        self.faults = faults
        #: The line that was read last (the header is line 1), and where its row begins.
        self.line = 1
        self.first = 2
        #: The lines of the row that is being read.
        self.recent: list[str] = []
        self.columns: list[list[str]] = [[] for _ in range(width)]
        self.lines: list[int] = []
        #: Rows whose cells cannot be told apart; and lines with too few or too many cells.
        self.misshapen: list[int] = []
        self.miscounted: list[tuple[int, int]] = []

    def parse(self, data: bytes) -> Rows:
        source = _lines(data)
        opened = 0
        while True:
            self.recent.clear()
            try:
                self._rows(csv.reader(self._feed(source), strict=True))
                break
            except csv.Error:
                lines = self.recent.copy()
            opened += self._broken(lines)
            if opened > _MOST_OPEN:
                rest = "fewer open quotation marks: the file is not read beyond this line"
                self.faults.add(self.name, self.first, None, None, rest)
                break
            # what the open mark swallowed is read again, from the next line on
            source = chain(lines[1:], source)
            self.line = self.first
            self.first += 1
        self.faults.add_each(self.miscounted, self._count_fault, len(self.miscounted))
        shaped = np.ones(len(self.lines), dtype=np.bool_)
        shaped[self.misshapen] = False
        return self.columns, np.array(self.lines, dtype=np.int64), shaped

    def _feed(self, source: Iterable[str]) -> Iterator[str]:
        for line in source:
            self.line += 1
            self.recent.append(line)
            yield line

    def _rows(self, reader: Iterable[list[str]]) -> None:
        """Read on to the end of the file."""
        rows: list[list[str]] = []
        starts: list[int] = []
        try:
            for row in reader:
                rows.append(row)
                starts.append(self.first)
                self.first = self.line + 1
                self.recent.clear()
                if len(rows) == _CHUNK:
                    self._move(rows, starts)
                    rows, starts = [], []
        finally:
            self._move(rows, starts)

    def _move(self, rows: list[list[str]], starts: list[int]) -> None:
        """Append whole rows to the columns."""
        width = self.width
        if not all(len(row) == width for row in rows):
            for index, (row, start) in enumerate(zip(rows, starts, strict=True)):
                if len(row) != width:
                    self.miscounted.append((start, len(row)))
                    self.misshapen.append(len(self.lines) + index)
                    rows[index] = (row + [""] * width)[:width]
        for column, cells in zip(self.columns, zip(*rows, strict=True), strict=False):
            column.extend(cells)
        self.lines += starts

    def _count_fault(self, found: tuple[int, int]) -> FaultParts:
        line, count = found
        if not count:
            return self.name, line, None, None, "a row: the line is empty"
        cells = "1 cell" if count == 1 else f"{count} cells"
        hint = " (a cell with a comma needs quotation marks)" if count > self.width else ""
        return self.name, line, None, cells, f"{self.width} cells, as in the header{hint}"

    def _broken(self, lines: list[str]) -> int:
        """Keep what can be told of a row that the csv module refuses; 1 if a mark is open."""
        text = lines[0]
        cells = _rough_cells(text)
        if len(lines) == 1 and text.count('"') % 2 == 0 and max(map(len, cells)) > LONGEST:
            # an overlong cell, which the check of lengths will tell
            self._move([cells], [self.first])
            return 0
        right = "quotation marks that are closed, and doubled inside a cell"
        self.faults.add(self.name, self.first, None, text, right)
        self.misshapen.append(len(self.lines))
        self._move([(cells + [""] * self.width)[: self.width]], [self.first])
        return 1


def _rough_cells(text: str) -> list[str]:
    """The cells of one line, each cut where it is overlong."""
    cells = []
    for match in _CELL.finditer(text.rstrip("\r\n")):
        start, end = match.span(1)
        # enough of it to be overlong even if every mark in it is doubled
        cell = text[start : min(end, start + 2 * LONGEST + 4)]
        if cell.startswith('"'):
            cell = cell[1:].removesuffix('"').replace('""', '"')
        cells.append(cell)
    return cells


def sheet(
    table: Table,
    header: list[str],
    columns: list[list[str]],
    lines: NDArray[np.int64],
    shaped: NDArray[np.bool_],
    faults: Faults,
) -> Sheet:
    """Tie the columns to the table's, and say what is wrong with the header."""
    names = ",".join(table.names)
    found: dict[str, list[str]] = {}
    for name, cells in zip(header, columns, strict=True):
        if name in found:
            faults.add(table.file, 1, name, name, "each column once")
        elif name in table.names:
            found[name] = cells
        else:
            faults.add(table.file, 1, None, name, f"only the columns {names}")
    for name in table.names:
        if name not in found:
            faults.add(table.file, 1, name, None, f"a column {name} in the header")
    if not len(lines) and not table.may_be_empty:
        faults.add(table.file, 1, None, None, "rows under the header: there are none")
    return Sheet(table, found, lines, shaped)
