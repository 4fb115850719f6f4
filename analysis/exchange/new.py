"""The folder of a panel, written all or not at all; and an empty one that a person fills."""

from __future__ import annotations

import csv
import io
import os
import shutil
import tempfile
from pathlib import Path

from click import UsageError

from analysis.panel.format import FILES, META_FILE

TO_FILL = "[fill in]"
_README = f"""\
# An empty panel

1. `panel.yml`, in a text editor: give the panel its title; take away the # of what you know.
2. `codebook.csv` and `guide.csv`, in Excel or a text editor: the row under the heads says what a
   column is for. Write over it, a row for each code and question. What you do not need may go.
3. `study check` with this folder says what is still to fill ({TO_FILL}), and what is wrong.
4. `study import` with your files and `--into` this folder puts the interviews in.
5. `study book --panel` with this folder makes the book.

No file of this folder may hold a person's name.
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
        text = io.StringIO(newline="")
        columns = [column for column in FILES[name].columns if not column.name.endswith("_ru")]
        heads, hints = zip(*((c.name, f"{TO_FILL} {c.meaning}") for c in columns), strict=True)
        csv.writer(text).writerows((heads, hints))
        files[name] = text.getvalue().encode("utf-8-sig")
    return files


def unfilled(folder: Path) -> list[str]:
    """What is still to fill in a panel that was empty: file and line."""
    found = []
    for path in (folder / META_FILE, folder / "codebook.csv", folder / "guide.csv"):
        if path.is_file() and path.stat().st_size < 1_000_000:
            lines = enumerate(path.read_text("utf-8", "replace").splitlines(), 1)
            wanted = (n for n, line in lines if TO_FILL in line.partition("# ")[0])
            found += [f"{path.name}, line {n}" for n in wanted]
    return found


def put(files: dict[str, bytes], folder: Path, old: list[str], force: bool) -> None:
    """Write files into a panel's folder and take away the ``old``, all or nothing; others stay.

    :class:`UsageError` if it is another folder, or if more than ``panel.yml`` goes unforced.
    """
    target = folder.resolve()
    there = [path.name for path in target.iterdir()] if target.is_dir() else []
    lost = {name for name in there if name in files or name in old}
    if there and META_FILE not in there:
        raise UsageError(f"{folder} is there and no panel; choose another folder")
    if (gone := sorted(lost - {META_FILE})) and not force:
        raise UsageError(f"{folder} has {', '.join(gone)}; --force replaces them")
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    aside = Path(f"{fresh}.old")
    try:
        if there:
            shutil.copytree(target, fresh, symlinks=True, dirs_exist_ok=True)
        for name in lost:
            (fresh / name).unlink()
        for name, content in files.items():
            (fresh / name).write_bytes(content)
        fresh.chmod(0o755)
        if target.exists():
            os.rename(target, aside)
        os.rename(fresh, target)
    except BaseException:
        if aside.exists() and not target.exists():
            os.rename(aside, target)
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    shutil.rmtree(aside, ignore_errors=True)
