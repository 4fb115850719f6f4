"""The ledger: every number that the book states, and what differs between two ledgers.

A notebook's sentences carry their numbers as notebook outputs (:mod:`analysis.notebook`). The
build collects them into ``findings.csv``, which leads from each number to the program and the data
that it came from, and to its place on a page.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from analysis import words
from analysis.words import html as escape

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
    "model-based": "would be so if these cases were a random draw from similar ones",
    "sensitivity": "exploratory; changes with choices",
    "simulation": "what could be seen, not what was",
}

#: The MIME type under which the output of a sentence carries its findings.
MIME = "application/vnd.study.findings+json"
#: The longest value; a finding is a number, a date or a name, never a sentence.
LONGEST = 60
#: Significant digits that a finding keeps, beyond what is meant, short of a platform's last digit.
SIGNIFICANT = 9

_ID = re.compile(r"[a-z0-9][a-z0-9_-]*")


class FindingError(ValueError):
    """A finding that must not enter the ledger."""


class Fact(str):
    """A date or a name that a source states; a sentence that holds it records it as a finding."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One number that the book states, or a date or name from the record.

    ``text`` is what the reader sees, ``value`` what it was rounded from, ``low`` and ``high`` the
    limits that are shown with it; ``k`` of ``n`` are the counts behind a share. ``function`` is the
    dotted name of what computed it, ``digest`` the first digits of the SHA-256 of its data. The
    build adds ``page`` and ``cell``: the page, and the number of the code cell there.

    Raises
    ------
    FindingError
        On an identifier, source or standing outside the vocabulary, an infinite number, or a value
        of more than 60 characters.
    """

    id: str
    chapter: str
    value: float | int | str | None
    low: float | None
    high: float | None
    k: int | None
    n: int | None
    text: str
    source: str
    standing: str
    method: str
    function: str
    digest: str
    page: str = ""
    cell: int | None = None

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise FindingError(f"finding id {self.id!r}: expected lower-case letters, digits, - _")
        for name, known in (("source", SOURCES), ("standing", STANDINGS)):
            if getattr(self, name) not in known:
                raise FindingError(
                    f"finding {self.id}: {name} {getattr(self, name)!r} is not one of "
                    + ", ".join(known)
                )
        for name in ("value", "low", "high"):
            given = getattr(self, name)
            if isinstance(given, float) and not math.isfinite(given):
                raise FindingError(f"finding {self.id}: {name} is {given}; leave it empty")
        for name in COLUMNS:
            if isinstance(given := getattr(self, name), str) and not given.isprintable():
                raise FindingError(f"finding {self.id}: {name} is no text on one line: {given!r}")
        if isinstance(self.value, str) and len(self.value) > LONGEST:
            raise FindingError(f"finding {self.id}: {len(self.value)} characters are no name")


COLUMNS = tuple(field.name for field in fields(Finding))


def rounded(number: float | None) -> float | int | None:
    """A number as the ledger keeps it: nine significant digits, whole ones as such, NaN as None."""
    if number is None or math.isnan(number):
        return None
    kept = float(f"{number:.{SIGNIFICANT}g}")
    return int(kept) if kept.is_integer() else kept


def from_notebook(notebook: Mapping[str, Any], page: str = "") -> Iterator[Finding]:
    """The findings that an executed notebook (nbformat 4) carries in its outputs, in order."""
    code = (cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    for number, cell in enumerate(code, start=1):
        for output in cell.get("outputs", []):
            for found in output.get("data", {}).get(MIME, {}).get("findings", []):
                yield Finding(**found, page=page, cell=number)


def ledger(notebooks: Mapping[str, Any]) -> list[Finding]:
    """All findings of the executed notebooks (by page), in reading order.

    Raises
    ------
    FindingError
        If two share an id, naming both pages.
    """
    found = [f for page, notebook in notebooks.items() for f in from_notebook(notebook, page)]
    first: dict[str, Finding] = {}
    for finding in found:
        if finding.id in first:
            pages = f"{first[finding.id].page} and in {finding.page}"
            raise FindingError(f"finding id {finding.id!r} is used in {pages}")
        first[finding.id] = finding
    return found


def to_csv(findings: Iterable[Finding]) -> str:
    """The ledger as CSV text, one finding a row, columns as in :data:`COLUMNS`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow(COLUMNS)
    for finding in findings:
        row = asdict(finding)
        writer.writerow("" if row[name] is None else row[name] for name in COLUMNS)
    return out.getvalue()


def _value(finding: Finding) -> str:
    """The value with its interval and its counts, in one cell."""
    parts = [finding.text]
    if finding.low is not None and finding.high is not None:
        parts.append(f"({words.limits(finding.low, finding.high)})")
    if finding.k is None and finding.n is not None:
        parts.append(f"[n = {words.whole(finding.n)}]")
    return " ".join(parts)


def _program(finding: Finding, notebook: str) -> str:
    """Links to the source of the function, where there is one, and to the cell that called it."""
    cell = f'<a href="{notebook}#cell-{finding.cell}">cell {finding.cell}</a>'
    module, _, name = finding.function.rpartition(".")
    if not module:
        return cell
    address = f"../_modules/{module.replace('.', '/')}.html#{name}"
    return f'<a href="{escape(address)}"><code>{escape(name)}</code></a>, {cell}'


def ledger_table(findings: Sequence[Finding]) -> str:
    """The ledger as an HTML table: a row a finding, which its id leads to."""
    rows = []
    for f in findings:
        notebook = f"{f.page.rpartition('/')[2]}.html"
        rows.append(
            f'<tr id="{f.id}" data-page="{escape(notebook[:-5])}" data-source="{f.source}" '
            f'data-standing="{f.standing}"><th scope="row"><a href="{notebook}#f-{f.id}">'
            f"{escape(f.id)}</a></th><td>{escape(_value(f))}</td><td>{f.source}</td>"
            f"<td>{f.standing}</td><td>{escape(f.method)}</td><td>{_program(f, notebook)}</td>"
            f"<td><code>{f.digest}</code></td></tr>"
        )
    names = ("Finding", "Value", "Source", "Standing", "Method", "Program", "Data")
    return html_table("All findings of the book", names, rows, "ledger")


def html_table(caption: str, heads: Sequence[str], rows: Iterable[str], id: str = "") -> str:
    """A table of rows that are HTML already, headed by plain text."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    named = f' id="{id}"' if id else ""
    return (
        f'<div class="study-table"><table{named}><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>\n" + "\n".join(rows) + "\n</tbody></table></div>"
    )


def _number(text: str) -> float | int | str | None:
    """The value in a cell: a number where it is one, else the text (a date, a name)."""
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text or None


@contextmanager
def _as_fault(path: Path) -> Iterator[None]:
    """What stops the reading of a CSV file, as a fault of the file."""
    try:
        yield
    except (csv.Error, UnicodeDecodeError) as error:
        raise FindingError(f"{path}: not a ledger ({error})") from None


def read_csv(path: Path) -> list[Finding]:
    """The findings in a ``findings.csv``. What it names is text: nothing of it is imported.

    Raises
    ------
    FindingError
        If the file is not a ledger: the message names the file and the columns it lacks, or the
        row, the column and what is wrong with it.
    """
    with path.open(encoding="utf-8-sig", newline="") as handle, _as_fault(path):
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
            for name in ("value", "low", "high", "k", "n", "cell"):
                values[name] = _number(row[name])
                if name != "value" and isinstance(values[name], str):
                    raise FindingError(
                        f"{place}, column {name}: expected a number, got {row[name]!r}"
                    )
            try:
                found.append(Finding(**values))
            except FindingError as error:
                raise FindingError(f"{place}: {error}") from None
    return found


#: What makes a finding another one. The place on a page does not, nor the digest of the data; the
#: same value from other data is no other finding.
COMPARED = ("value", "low", "high", "k", "n", "text", "source", "standing", "method")


def compare(old: Iterable[Finding], new: Iterable[Finding]) -> list[str]:
    """What differs between two ledgers, a line each, and a last line that counts.

    Findings are compared by id: changed, appeared, vanished, in the order of their ledgers.
    """
    before, after = {f.id: f for f in old}, {f.id: f for f in new}
    changed = []
    for name in after.keys() & before.keys():
        pairs = ((c, getattr(before[name], c), getattr(after[name], c)) for c in COMPARED)
        differ = [f"{c} {_shown(a)} -> {_shown(b)}" for c, a, b in pairs if a != b]
        if differ:
            changed.append((list(after).index(name), f"changed  {name}: {'; '.join(differ)}"))
    appeared = [f"appeared {f.id}: {f.text}" for f in after.values() if f.id not in before]
    vanished = [f"vanished {f.id}: {f.text}" for f in before.values() if f.id not in after]
    counts = f"{len(changed)} changed, {len(appeared)} appeared, {len(vanished)} vanished"
    return [*(line for _, line in sorted(changed)), *appeared, *vanished, counts]


def _shown(value: object) -> str:
    return "(empty)" if value is None or value == "" else str(value)
