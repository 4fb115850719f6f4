"""What a panel does not have; and its faults: where each is, and what would be right.

A message never shows an e-mail address, a telephone number or a control character.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from analysis.privacy.contacts import find


class NotInPanel(Exception):  # noqa: N818 - it is no error: the step ends with its sentence
    """The panel does not have what a step needs; the message is one plain sentence."""


def need(condition: object, sentence: str) -> None:
    """End the step with ``sentence`` unless ``condition`` is true (or not zero)."""
    if not condition:
        raise NotInPanel(sentence)


#: Faults of one kind kept for a column, faults of a file printed, characters of a value shown.
KEPT, PRINTED, SHOWN = 200, 50, 60
#: How much of a value is searched for addresses: enough that none is cut before it is replaced.
_SEARCHED = 6000

#: Kinds of contacts that may stand in a text; people cite pages too, and the check counts these.
CITED = ("link", "account")


def without_contacts(text: str, kept: Container[str] = ()) -> str:
    """The text with [phone], [e-mail] and so on in place of contacts that are not of ``kept``."""
    for kind, start, end in reversed(find(text)):
        text = text if kind in kept else f"{text[:start]}[{kind}]{text[end:]}"
    return text


def shown(value: object) -> str:
    """``value`` as a message may show it: short, without addresses and numbers."""
    text = str(value)
    short = without_contacts(text[:_SEARCHED])
    if len(text) > _SEARCHED or len(short) > SHOWN:
        short = short[:SHOWN].rstrip() + "..."
    return short.encode("utf-8", "backslashreplace").decode("utf-8")


def printable(given: object) -> str:
    """Text or a path on one line, with escapes for what a terminal would act on."""
    text = str(given)
    with suppress(UnicodeError):  # names are in UTF-8, whatever the locale makes of them
        text = text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    ``row`` is the line in ``file`` (a row that spans lines counts by its first), None for the file
    as a whole; ``value`` what stands there, if it can be shown; ``expected`` what would be right.
    """

    file: str
    row: int | None
    column: str | None
    value: str | None
    expected: str

    def __str__(self) -> str:
        line = "" if self.row is None else f", line {self.row}"
        column = "" if self.column is None else f", {self.column}"
        text = printable(f"{self.file}{line}{column}: expected {self.expected}")
        if self.value is None:
            return text
        return f"{text}; got {repr(self.value) if self.value else 'nothing'}"


class PanelError(ValueError):
    """A panel is broken.

    ``faults`` are in order of file and row; ``more`` counts, by file, faults that are like those
    listed and were not kept one by one; ``count`` is the number of all.
    """

    def __init__(self, faults: Sequence[Fault], more: Mapping[str, int]) -> None:
        self.faults, self.more = tuple(faults), dict(more)
        self.count = len(self.faults) + sum(self.more.values())
        super().__init__("\n".join(self.lines()))

    def lines(self) -> list[str]:
        """The faults as text, at most :data:`PRINTED` a file, and last how many there are."""
        found: list[str] = []
        files = Counter(fault.file for fault in self.faults)
        for file, number in files.items():
            found += [str(fault) for fault in self.faults if fault.file == file][:PRINTED]
            if more := max(number - PRINTED, 0) + self.more.get(file, 0):
                found.append(f"{printable(file)}: and {more:,} more")
        some = "1 fault" if self.count == 1 else f"{self.count:,} faults"
        return [*found, f"{some} in " + ("1 file" if len(files) == 1 else f"{len(files)} files")]


class Faults:
    """Gathers faults, whatever finds them; and notes on what is allowed but worth saying."""

    def __init__(self) -> None:
        self._found: dict[Fault, None] = {}
        self._alike: Counter[tuple[str, str | None, str]] = Counter()
        self.notes: list[str] = []

    @property
    def count(self) -> int:
        """How many were noted."""
        return self._alike.total()

    @property
    def files(self) -> set[str]:
        """The files with a fault."""
        return {file for file, _, _ in self._alike}

    def add(
        self,
        file: str,
        row: int | None,
        column: str | None,
        value: object,
        expected: str,
        kind: str = "",
    ) -> None:
        """Note one fault; ``kind`` tells which are alike, if not ``expected``."""
        alike = (file, column, kind or expected)
        self._alike[alike] += 1
        if self._alike[alike] <= KEPT:
            place = None if column is None else shown(column)
            text = None if value is None else shown(value)
            self._found[Fault(shown(file), row, place, text, expected)] = None

    def error(self) -> PanelError:
        """All faults in order of file, row and column."""
        found = sorted(self._found, key=lambda f: (f.file, f.row or 0, f.column or "", f.expected))
        more: Counter[str] = Counter()
        for (file, _, _), number in self._alike.items():
            more[shown(file)] += max(number - KEPT, 0)
        return PanelError(found, +more)
