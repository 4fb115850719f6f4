"""A panel as tables for Excel, R and SPSS."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook

from analysis.chapters.shares import could_raise
from analysis.panel.cells import is_formula
from analysis.panel.faults import NotInPanel
from analysis.panel.panel import Panel
from analysis.privacy.folding import WITHHELD
from analysis.words import noun


def _rows(frame: pd.DataFrame) -> list[list[Any]]:
    """The heads and the rows; a missing value is an empty text."""
    table = frame.astype(object)
    return [[*table.columns], *table.where(table.notna(), "").to_numpy().tolist()]


def safe_csv(frame: pd.DataFrame, notes: list[str]) -> bytes:
    """A frame as a CSV file, no cell of which a spreadsheet runs."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    escaped = 0
    for row in _rows(frame):
        cells = [f"{v:.15g}" if isinstance(v, float) else str(v).strip() for v in row]
        marks = ["'" if is_formula(cell.lstrip("'")) else "" for cell in cells]
        writer.writerow(map("".join, zip(marks, cells, strict=True)))
        escaped += sum(map(len, marks))
    if escaped:
        notes.append(f"{noun(escaped, 'cell')} with an apostrophe before it: no formula is run.")
    return text.getvalue().encode("utf-8-sig", "replace")


def _matrix(panel: Panel, notes: list[str]) -> bytes:
    raised = panel.raised().astype(int).astype(object).where(could_raise(panel), "")
    return safe_csv(raised.rename_axis("expert_id").reset_index(), notes)


def _codings(panel: Panel, notes: list[str]) -> bytes:
    heads = ["statement_id", "session_id", "expert_id", "coder", "code_id", "stance", "text"]
    said = panel.statements[["session", "speaker", "text"]].astype(object)
    said["text"] = said["text"].where(said["text"] != WITHHELD, "")
    given = panel.codings.astype(object).join(said, on="statement")
    if hidden := given["statement"][given["text"] == ""].nunique():
        notes.append(f"{noun(hidden, 'statement')} without text: not there, or not to be quoted.")
    order = given[["statement", "session", "speaker", "coder", "code", "stance", "text"]]
    return safe_csv(order.set_axis(heads, axis=1), notes)


def _ratings(panel: Panel, notes: list[str]) -> bytes:
    answers = panel.ratings()[1].rename_axis("expert_id").reset_index()
    return safe_csv(answers.melt("expert_id", var_name="item_id"), notes)


def _codebook(panel: Panel, notes: list[str]) -> bytes:
    sheets = {"codes": panel.codebook}
    try:
        sheets["items"] = panel.ratings()[0]
    except NotInPanel as absent:
        notes.append(f"No sheet of items: {absent}")
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, frame in sheets.items():
        sheet = book.create_sheet(name)
        for row in _rows(frame.reset_index()):
            sheet.append(row)
        for cell in (cell for row in sheet for cell in row if cell.data_type == "f"):
            cell.data_type, cell.quotePrefix = "s", True  # a text that begins with =
        sheet.freeze_panes = "A2"
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


#: What can be written, and what makes it.
KINDS = {"matrix": _matrix, "codings": _codings, "ratings": _ratings, "codebook": _codebook}


def write(panel: Panel, kind: str, target: Path) -> list[str]:
    """Write one of :data:`KINDS`, and a README, into a folder over what is there.

    Returns sentences on what was left out or changed; :class:`NotInPanel`: nothing is written.
    """
    notes: list[str] = []
    content = KINDS[kind](panel, notes)
    target.mkdir(parents=True, exist_ok=True)
    (target / f"{kind}.{'xlsx' if kind == 'codebook' else 'csv'}").write_bytes(content)
    readme = Path(__file__).with_name("export-readme.txt").read_text(encoding="ascii")
    (target / "README.txt").write_text(readme, encoding="ascii", newline="\r\n")
    return notes
