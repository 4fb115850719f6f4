"""Writing a panel as a folder: always the same bytes, and all of it or nothing."""

from __future__ import annotations

import csv
import io
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.panel.entries import to_yaml
from analysis.panel.format import FILES, META_FILE, TABLES
from analysis.panel.meta import Meta


def _cell(value: Any) -> str:
    """A value as a cell holds it: a number without an exponent and needless digits."""
    if pd.isna(value):
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, int | float | np.number):
        return np.format_float_positional(float(value) + 0.0, trim="-")  # + 0.0: no "-0"
    return str(value)


def _csv(frame: pd.DataFrame, names: tuple[str, ...]) -> bytes:
    order = [n for n in names if n in frame] + [n for n in frame if n not in names]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(order)
    writer.writerows(zip(*(map(_cell, frame[name]) for name in order), strict=True))
    return text.getvalue().encode("utf-8", "surrogatepass")


def contents(
    meta: Meta, frames: Mapping[str, pd.DataFrame], entries: Mapping[str, Any]
) -> Iterator[tuple[str, bytes]]:
    """The files of a panel, by name, in sorted order; ``entries`` are those of YAML files."""
    for name in sorted(FILES):
        table = name.removesuffix(".csv")
        if name == META_FILE:
            yield name, meta.as_yaml().encode("utf-8", "surrogatepass")
        elif table in frames and (len(frames[table]) or not TABLES[table].optional):
            yield name, _csv(frames[table], TABLES[table].names)
        elif entries.get(name) is not None:
            yield name, to_yaml(entries[name]).encode("utf-8", "surrogatepass")


@contextmanager
def in_place_of(target: Path) -> Iterator[Path]:
    """A new folder to fill, which then takes the place of ``target``; none after an error."""
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    aside = Path(f"{fresh}.old")
    try:
        yield fresh
        fresh.chmod(0o755)
        if target.exists():
            os.rename(target, aside)
        os.rename(fresh, target)
    finally:
        if aside.exists() and not target.exists():
            os.rename(aside, target)
        for left in (fresh, aside):
            shutil.rmtree(left, ignore_errors=True)


def write_folder(files: Mapping[str, bytes], target: Path, old: Iterable[str] = ()) -> None:
    """Write files into a folder and take away the ``old``, all or nothing; others are kept."""
    with in_place_of(target) as fresh:
        if target.exists():
            shutil.copytree(target, fresh, symlinks=True, dirs_exist_ok=True)
        for name in {*files, *old}:
            (fresh / name).unlink(missing_ok=True)
        for name, content in files.items():
            (fresh / name).write_bytes(content)
