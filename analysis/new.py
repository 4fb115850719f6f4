"""The folder of a panel, written all or not at all; and an empty one that a person fills."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from click import UsageError

from analysis.panel.faults import printable
from analysis.panel.format import FILES, META_FILE
from analysis.panel.writing import write_folder

TO_FILL = "[fill in]"
_README = f"""\
1. Fill in `panel.yml` in a text editor; take away the # of what you know.
2. `codebook.csv` and `guide.csv`, in Excel: write over the row that says what a column is for.
3. `study check` with this folder says what is still to fill ({TO_FILL}), and what is wrong.
4. `study import` puts the interviews in; `study book` makes the book. No names of persons here!
"""


def empty() -> dict[str, bytes]:
    """The files of an empty panel, by name."""
    entries = [f"# Where {TO_FILL} stands, write. Where # stands before a name, you may.\n"]
    for column in FILES[META_FILE].columns:
        example = f'"{column.example}"' if column.kind in {"text", "name"} else column.example
        line = f"# {column.name}: {example}" if column.optional else f'{column.name}: "{TO_FILL}"'
        entries.append(f"\n# {column.meaning}\n{line}\n")
    files = {META_FILE: "".join(entries).encode(), "README.md": _README.encode()}
    for name in ("codebook.csv", "guide.csv"):
        columns = [column for column in FILES[name].columns if not column.name.endswith("_ru")]
        hints = {column.name: [f"{TO_FILL} {column.meaning}"] for column in columns}
        files[name] = pd.DataFrame(hints).to_csv(index=False).encode("utf-8-sig")
    return files


def unfilled(folder: Path) -> list[str]:
    """What is still to fill in a panel that was empty: file and line."""
    found = []
    for path in (folder / META_FILE, folder / "codebook.csv", folder / "guide.csv"):
        if path.is_file() and path.stat().st_size < 1_000_000:
            for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
                found += [f"{path.name}, line {number}"] * (TO_FILL in line.partition("# ")[0])
    return found


def put(files: dict[str, bytes], folder: Path, old: list[str], force: bool) -> None:
    """Write files into a panel's folder and take away the ``old``, all or nothing; others stay.

    :class:`UsageError` if it is another folder, or if more than ``panel.yml`` goes unforced.
    """
    shown = printable(folder)
    there = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    if there and META_FILE not in there:
        raise UsageError(f"{shown} is there and no panel; choose another folder")
    if not force and (gone := sorted({*there} & {*files, *old} - {META_FILE})):
        raise UsageError(f"{shown} has {', '.join(gone)}; --force replaces them")
    write_folder(files, folder.resolve(), old)
