"""Writing a panel as a folder: always the same bytes, and all of it or nothing."""

from __future__ import annotations

import csv
import io
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.panel.entries import to_yaml
from analysis.panel.format import FILES, META_FILE, TABLES
from analysis.panel.meta import Meta

if TYPE_CHECKING:
    from analysis.panel.panel import Panel


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


def write_folder(files: Mapping[str, bytes], target: Path, old: Iterable[str] = ()) -> None:
    """Write files into a folder and take away the ``old``, all or nothing; others are kept."""
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    aside = Path(f"{fresh}.old")
    try:
        if target.exists():
            shutil.copytree(target, fresh, symlinks=True, dirs_exist_ok=True)
        for name in {*files, *old}:
            (fresh / name).unlink(missing_ok=True)
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


def write_panel(panel: Panel, folder: Path | str, overwrite: bool = False) -> Path:
    """Write a panel as a folder, as :func:`write_folder` does, and return the folder.

    ``overwrite`` replaces a panel; files that are no part of the format are kept.

    Raises
    ------
    FileExistsError
        If there is a file of that name, or a folder that is not empty; with ``overwrite``, if that
        folder holds no ``panel.yml``.
    """
    target = Path(folder).resolve()
    if target.exists() and not target.is_dir():
        raise FileExistsError(f"{target.name} is a file; a panel is written as a folder")
    if target.exists() and any(target.iterdir()):
        if not overwrite:
            raise FileExistsError(f"{target.name} is not empty; overwrite=True replaces a panel")
        if not (target / META_FILE).is_file():
            raise FileExistsError(f"{target.name} holds no {META_FILE}: only a panel is replaced")
    write_folder(dict(panel.contents()), target, FILES)
    return target
