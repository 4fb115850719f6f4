"""Findings: every number that the book's prose states, recorded where it is computed.

A notebook records its findings as outputs (see :mod:`analysis.display.notebook`). The build
collects them from the executed notebooks into one ledger, ``findings.csv``, which maps each
published number to the program that computed it.
"""

from __future__ import annotations

import csv
import importlib
import io
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

#: Where a number comes from.
SOURCES = {
    "record": "stated by the article",
    "public": "computed from public statistics or published data of others",
    "constructed": "computed from the constructed panel; no real expert said any of it",
    "simulated": "from a random generator with known parameters",
    "panel": "computed from a real panel that the reader supplied",
}

#: What a number may be used for.
STANDINGS = {
    "description": "true of the cases described, no inference",
    "model-based": "holds if these cases were a random draw from similar ones",
    "sensitivity": "exploratory; changes with choices",
    "simulation": "what could be seen, not what was",
}

#: The MIME type under which a notebook output carries a finding.
MIME = "application/vnd.study.finding+json"
#: The prefix that tells MyST-NB to keep an output for ``glue`` and not to show it.
GLUE_PREFIX = "application/papermill.record/"

_ID = re.compile(r"[a-z0-9][a-z0-9_-]*")

Value = float | int | str | None


class FindingError(ValueError):
    """A finding that must not enter the ledger."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One number, or one word that depends on numbers, that the prose states.

    ``value`` is a number in ``unit``, or text where the result is text; ``low`` and ``high`` bound
    it where an interval exists; ``k`` of ``n`` are the counts behind a share. ``text`` is exactly
    what the reader sees. ``function`` is the dotted name of what computed it, and ``digest`` the
    SHA-256 (first 12 digits) of the data it was computed from.

    Raises
    ------
    FindingError
        On an identifier, source or standing outside the vocabulary, an infinite number, a missing
        label, or a function that cannot be imported.
    """

    id: str
    chapter: str
    label: str
    value: Value
    low: float | None
    high: float | None
    k: int | None
    n: int | None
    unit: str
    source: str
    standing: str
    method: str
    function: str
    digest: str
    text: str

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise FindingError(f"finding id {self.id!r}: expected lower-case letters, digits, - _")
        if self.source not in SOURCES:
            raise FindingError(
                f"finding {self.id}: source {self.source!r} is not one of {', '.join(SOURCES)}"
            )
        if self.standing not in STANDINGS:
            raise FindingError(
                f"finding {self.id}: standing {self.standing!r} is not one of "
                f"{', '.join(STANDINGS)}"
            )
        for name in ("label", "text", "digest", "unit"):
            if not getattr(self, name):
                raise FindingError(f"finding {self.id}: {name} is empty")
        for name in ("value", "low", "high"):
            number = getattr(self, name)
            if isinstance(number, float) and not math.isfinite(number):
                raise FindingError(f"finding {self.id}: {name} is {number}; leave it empty")
        if resolve(self.function) is None:
            raise FindingError(f"finding {self.id}: cannot import function {self.function!r}")


def resolve(dotted: str) -> object | None:
    """The object behind a dotted name such as ``analysis.display.wording.share``, or None."""
    module, _, name = dotted.rpartition(".")
    if not module or module.startswith("."):
        return None
    try:
        found: object | None = getattr(importlib.import_module(module), name, None)
    except ImportError:
        return None
    return found


COLUMNS = tuple(f.name for f in fields(Finding))


def to_json(finding: Finding) -> dict[str, Any]:
    """The finding as a plain dict, for a notebook output."""
    return asdict(finding)


def from_notebook(notebook: Mapping[str, Any]) -> list[Finding]:
    """The findings that an executed notebook (nbformat 4) carries in its outputs, in order."""
    found = []
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            payload = output.get("data", {}).get(GLUE_PREFIX + MIME)
            if payload is not None:
                found.append(Finding(**payload))
    return found


def check_unique(findings: Iterable[Finding]) -> None:
    """Raise :class:`FindingError` if two findings share an id, naming both chapters."""
    seen: dict[str, str] = {}
    for finding in findings:
        if finding.id in seen:
            raise FindingError(
                f"finding id {finding.id!r} is used in {seen[finding.id]} and in {finding.chapter}"
            )
        seen[finding.id] = finding.chapter


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        # the shortest text that reads back as the same number
        return repr(value)
    return str(value)


def to_csv(findings: Iterable[Finding]) -> str:
    """The ledger as CSV text, one finding a row, columns as in :data:`COLUMNS`."""
    rows = [[_cell(getattr(finding, name)) for name in COLUMNS] for finding in findings]
    return "".join(_line(row) for row in [COLUMNS, *rows])


def _line(row: Iterable[str]) -> str:
    out = io.StringIO()
    # before Python 3.13 the writer quotes of \r and \n only what its own line end holds
    csv.writer(out, lineterminator="\r\n").writerow(row)
    return out.getvalue().removesuffix("\r\n") + "\n"


def _number(text: str) -> float | int | None:
    try:
        return _whole(text)
    except ValueError:
        return float(text)


def _whole(text: str) -> int | None:
    return int(text) if text else None


#: How the cells that hold numbers are read, and what they should have been.
_READ: dict[str, tuple[Callable[[str], float | int | None], str]] = {
    "value": (_number, "a number"),
    "low": (_number, "a number"),
    "high": (_number, "a number"),
    "k": (_whole, "a whole number"),
    "n": (_whole, "a whole number"),
}


def read_csv(path: Path) -> list[Finding]:
    """The findings in a ``findings.csv``.

    Raises
    ------
    FindingError
        If the file is not a ledger: the message names the file and the columns it lacks, or the
        row, the column and what is wrong with it.
    """
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle)
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or [])]
        if missing:
            raise FindingError(f"{path}: not a ledger, lacks the column(s) {', '.join(missing)}")
        found = []
        for row in reader:
            place = f"{path}, row {reader.line_num}"
            if None in row or None in row.values():
                raise FindingError(f"{place}: expected {len(reader.fieldnames or [])} cells")
            values: dict[str, Any] = {name: row[name] for name in COLUMNS}
            for name, (read, expected) in _READ.items():
                if name == "value" and row["unit"] in TEXT_UNITS:
                    values[name] = row[name] or None
                    continue
                try:
                    values[name] = read(row[name])
                except ValueError:
                    raise FindingError(
                        f"{place}, column {name}: expected {expected}, got {row[name]!r}"
                    ) from None
            try:
                found.append(Finding(**values))
            except FindingError as error:
                raise FindingError(f"{place}: {error}") from None
    return found


#: Units whose value is text and must stay text when a ledger is read back ("2021-12", "57").
TEXT_UNITS = frozenset({"text", "date", "list", "names"})


def chapters_json(findings: Iterable[Finding]) -> str:
    """Sources found in each chapter, as JSON: ``{"public-statistics": ["public"], ...}``."""
    chapters: dict[str, list[str]] = {}
    for finding in findings:
        sources = chapters.setdefault(finding.chapter, [])
        if finding.source not in sources:
            sources.append(finding.source)
    return json.dumps(chapters, indent=1, sort_keys=True)
