"""A panel as tables for Excel, R and SPSS."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook

from analysis.chapters.codebook import shown
from analysis.panel.cells import is_formula
from analysis.panel.faults import NotInPanel
from analysis.panel.panel import Panel
from analysis.words import noun

_README = """\
CSV files are UTF-8 with a byte-order mark, by which Excel knows their letters; they have commas
between cells, points in numbers and line ends as on Windows. In R:
read.csv("codings.csv", fileEncoding = "UTF-8-BOM"); in SPSS: File, Import Data, CSV Data.
A cell that a spreadsheet would run, as it begins with =, +, - or @, has an apostrophe before it.
What moderators say is left out, and experts not to be quoted.

matrix.csv: a row an expert (expert_id), a column a code. 1: raised; 0: not raised; empty: could
  not be raised, as no question that leads to it was reached in the session
codings.csv: a row a code (code_id) that a coder gave to a statement (statement_id, session_id,
  expert_id, text). coder consensus: the resolved coding; stance opposes: the statement speaks
  against what the code names
ratings.csv: a row an expert (expert_id) and item (item_id); value: the rating, empty: no answer
codebook.xlsx: a row a code; in the sheet items the wording and ends of the scale of rated items
"""


def _rows(frame: pd.DataFrame) -> list[list[Any]]:
    """The heads and the rows; a missing value is an empty text."""
    table = frame.astype(object)
    return [[*table.columns], *table.where(table.notna(), "").to_numpy().tolist()]


def _csv(frame: pd.DataFrame, notes: list[str]) -> bytes:
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
    return text.getvalue().encode("utf-8-sig")


def _matrix(panel: Panel, notes: list[str]) -> bytes:
    raised = panel.raised().astype(int).astype(object).where(panel.could_raise(), "")
    return _csv(raised.rename_axis("expert_id").reset_index(), notes)


def _codings(panel: Panel, notes: list[str]) -> bytes:
    heads = ["statement_id", "session_id", "expert_id", "coder", "code_id", "stance", "text"]
    said = panel.statements[["session", "speaker", "text"]].astype(object)
    said["text"] = said["text"].where(said["speaker"].map(panel.experts["quotable"]).eq(True), "")
    given = panel.codings.astype(object).join(said, on="statement")
    if hidden := given["statement"][given["text"] == ""].nunique():
        notes.append(f"{noun(hidden, 'statement')} without text: it may not be quoted.")
    order = given[["statement", "session", "speaker", "coder", "code", "stance", "text"]]
    return _csv(order.set_axis(heads, axis=1), notes)


def _ratings(panel: Panel, notes: list[str]) -> bytes:
    answers = panel.ratings()[1].rename_axis("expert_id").reset_index()
    return _csv(answers.melt("expert_id", var_name="item_id"), notes)


def _codebook(panel: Panel, notes: list[str]) -> bytes:
    sheets = {"codes": shown(panel)}
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

    Returns what was left out or changed, in sentences. What the panel lacks is
    :class:`NotInPanel`; then nothing is written.
    """
    notes: list[str] = []
    content = KINDS[kind](panel, notes)
    target.mkdir(parents=True, exist_ok=True)
    (target / f"{kind}.{'xlsx' if kind == 'codebook' else 'csv'}").write_bytes(content)
    (target / "README.txt").write_text(_README, encoding="ascii", newline="\r\n")
    return notes
