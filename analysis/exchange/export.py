"""A panel as tables for Excel, R and SPSS."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook

from analysis.panel.cells import is_formula
from analysis.panel.faults import NotInPanel
from analysis.panel.panel import Panel
from analysis.words import noun

_README = """\
CSV files are UTF-8 with a byte-order mark, by which Excel knows their letters; they have commas
between cells, points in numbers and line ends as on Windows. The first line names the variables.
In R: read.csv("codings.csv", fileEncoding = "UTF-8-BOM"); in SPSS: File, Import Data, CSV Data.
A cell that a spreadsheet would run, as it begins with =, +, - or @, has an apostrophe before it;
in a workbook it is marked as text. What moderators say is left out, and experts not to be quoted.

matrix.csv: a row an expert
  expert_id       the expert
  (id of a code)  1: raised by the expert; 0: not raised; empty: could not be raised, as no
                  question that leads to it was reached in the session
codings.csv: a row a code that a coder gave to a statement
  statement_id    the statement; session_id: its session; expert_id: who made it; text: what it says
  coder           the coder; consensus: the resolved coding
  code_id         the code; codebook.xlsx has its name
  stance          raises; or opposes: the statement speaks against what the code names
ratings.csv: a row an expert and item
  item_id         the item; codebook.xlsx has its wording and the ends of its scale
  value           the rating of expert_id; empty: no answer
codebook.xlsx: a row a code, and in the sheet items a row a rated item
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
    made, fixed = io.BytesIO(), io.BytesIO()
    book.save(made)
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():  # the same bytes at any time
            date = rb"(?<=>)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ(?=</dcterms:)"
            content = re.sub(date, b"2000-01-01T00:00:00Z", old.read(part))
            new.writestr(zipfile.ZipInfo(part), content, zipfile.ZIP_DEFLATED)
    return fixed.getvalue()


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
