"""Faults of a panel: where each is, what was seen there, and what would be right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from analysis.panel.contacts import shown

Place = TypeVar("Place")

#: How many faults of one kind are kept for one column; the rest are counted.
KEPT = 200
#: How many faults of one file are printed.
PRINTED = 50

#: File, row, column, value and what would be right.
FaultParts = tuple[str, int | None, str | None, object, str]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    ``row`` is the line in ``file`` (the header is line 1; a row that spans lines counts by its
    first), None for the file as a whole; ``value`` what was seen, shortened and without addresses
    and telephone numbers, None where nothing can be shown; ``expected`` what would be right.
    """

    file: str
    row: int | None
    column: str | None
    value: str | None
    expected: str

    def __str__(self) -> str:
        where = self.file
        if self.row is not None:
            where += f", line {self.row}"
        if self.column is not None:
            where += f", {self.column}"
        if self.value is None:
            return f"{where}: expected {self.expected}"
        seen = repr(self.value) if self.value else "nothing"
        return f"{where}: expected {self.expected}; got {seen}"


class PanelError(ValueError):
    """A panel is broken.

    ``faults`` are in order of file and row; ``more`` counts, by file, faults that are like those
    listed and were not kept one by one; ``count`` is the number of all.
    """

    def __init__(self, faults: Sequence[Fault], more: Mapping[str, int] | None = None) -> None:
        self.faults = tuple(faults)
        self.more = dict(more or {})
        self.count = len(self.faults) + sum(self.more.values())
        super().__init__("\n".join(lines(self)))


def lines(error: PanelError) -> list[str]:
    """The faults as lines of text, at most :data:`PRINTED` a file, and last how many there are."""
    found: list[str] = []
    per_file: dict[str, list[Fault]] = {}
    for fault in error.faults:
        per_file.setdefault(fault.file, []).append(fault)
    for file, faults in per_file.items():
        found += [str(fault) for fault in faults[:PRINTED]]
        more = len(faults) - PRINTED if len(faults) > PRINTED else 0
        more += error.more.get(file, 0)
        if more:
            found.append(f"{file}: and {more:,} more")
    some = "1 fault" if error.count == 1 else f"{error.count:,} faults"
    files = "1 file" if len(per_file) == 1 else f"{len(per_file)} files"
    return [*found, f"{some} in {files}"]


class Faults:
    """Gathers faults, whatever finds them."""

    def __init__(self) -> None:
        self._found: list[Fault] = []
        self._more: Counter[str] = Counter()

    def __bool__(self) -> bool:
        return bool(self._found)

    @property
    def count(self) -> int:
        """How many faults were noted."""
        return len(self._found) + sum(self._more.values())

    def add(
        self,
        file: str,
        row: int | None,
        column: str | None,
        value: object,
        expected: str,
    ) -> None:
        """Note one fault; ``value`` is shortened and masked here, so that nothing can slip by."""
        seen = None if value is None else shown(value)
        place = None if column is None else shown(column)
        self._found.append(Fault(shown(file), row, place, seen, expected))

    def add_each(
        self, places: Iterable[Place], note: Callable[[Place], FaultParts], total: int
    ) -> None:
        """Note ``note(place)`` for the first :data:`KEPT` of ``total`` places; count the others."""
        file = ""
        for kept, place in enumerate(places):
            if kept == KEPT:
                self._more[file] += total - KEPT
                break
            fault = note(place)
            file = fault[0]
            self.add(*fault)

    def error(self) -> PanelError:
        """All faults in order of file, row and column."""
        found = sorted(
            dict.fromkeys(self._found),
            key=lambda f: (f.file, f.row or 0, f.column or "", f.expected),
        )
        return PanelError(found, self._more)
