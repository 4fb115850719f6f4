"""Writing a panel as a folder: always the same bytes, and all of it or nothing."""

from __future__ import annotations

import csv
import io
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.panel.format import META_FILE, PLAN_FILE, TABLES, TRUTH_FILE
from analysis.panel.meta import Meta, to_yaml
from analysis.panel.plan import Plan

if TYPE_CHECKING:
    from analysis.panel.panel import Panel


def number_text(value: float) -> str:
    """A number as a cell holds it: no exponent, no needless digits; empty for NaN."""
    if np.isnan(value):
        return ""
    if value % 1 == 0 and abs(value) < 1e15:
        return str(int(value))
    text = repr(float(value))
    return np.format_float_positional(value, trim="-") if "e" in text else text


def cells_of(values: pd.Series) -> list[str]:
    """A column's values as the cells of a file."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        texts = [*cells_of(pd.Series(values.cat.categories)), ""]
        return [texts[code] for code in values.cat.codes.tolist()]
    if pd.api.types.is_bool_dtype(values.dtype) and not values.hasnans:
        return ["true" if value else "false" for value in values.tolist()]
    if pd.api.types.is_numeric_dtype(values.dtype):
        return [number_text(value) for value in values.astype("float64").tolist()]
    missing = values.isna().tolist()
    return ["" if m else _cell(v) for v, m in zip(values.tolist(), missing, strict=True)]


def _cell(value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, int | float | np.number):
        return number_text(float(value))
    return str(value)


def _csv(frame: pd.DataFrame, names: tuple[str, ...]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(zip(*(cells_of(frame[name]) for name in names), strict=True))
    return text.getvalue().encode("utf-8")


def contents(
    meta: Meta,
    frames: Mapping[str, pd.DataFrame],
    truth: Mapping[str, Any] | None,
    plan: Plan | None = None,
) -> Iterator[tuple[str, bytes]]:
    """The files of a panel, by name, in sorted order."""
    for name in sorted([*(TABLES[t].file for t in frames), META_FILE, TRUTH_FILE, PLAN_FILE]):
        if name == META_FILE:
            yield name, meta.as_yaml().encode("utf-8")
        elif name == TRUTH_FILE:
            if truth is not None:
                yield name, to_yaml(truth).encode("utf-8")
        elif name == PLAN_FILE:
            if plan is not None:
                yield name, plan.as_yaml().encode("utf-8")
        else:
            table = TABLES[name.removesuffix(".csv")]
            yield name, _csv(frames[table.name], table.names)


def write_panel(panel: Panel, folder: Path | str, overwrite: bool = False) -> Path:
    """Write a panel as a folder and return the folder.

    The same panel always gives the same bytes. The folder appears in one step: if writing fails,
    nothing of it is there, and what was there before still is.

    Parameters
    ----------
    folder
        Where to; it must not exist, or be empty.
    overwrite
        Replace the panel in a folder that holds one. Files there that are no part of the format
        are kept.

    Raises
    ------
    FileExistsError
        If there is a file of that name, or a folder that is not empty; with ``overwrite``, if that
        folder holds no ``panel.yml``.
    """
    target = Path(folder).resolve()
    _refuse(target, overwrite)
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    try:
        for name, content in contents(panel.meta, panel.frames, panel.truth, panel.plan):
            (fresh / name).write_bytes(content)
        if target.exists():
            _keep_others(target, fresh)
        fresh.chmod(0o755)
        _replace(fresh, target)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    return target


def _refuse(target: Path, overwrite: bool) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise FileExistsError(f"{target.name} is a file; a panel is written as a folder")
    if any(target.iterdir()):
        if not overwrite:
            raise FileExistsError(f"{target.name} is not empty; overwrite=True replaces a panel")
        if not (target / META_FILE).is_file():
            raise FileExistsError(f"{target.name} holds no {META_FILE}: only a panel is replaced")


def _keep_others(old: Path, fresh: Path) -> None:
    """Copy what is no part of the format."""
    own = {META_FILE, TRUTH_FILE, PLAN_FILE, *(table.file for table in TABLES.values())}
    for path in old.iterdir():
        if path.name in own:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.copytree(path, fresh / path.name, symlinks=True)
        else:
            shutil.copy2(path, fresh / path.name, follow_symlinks=False)


def _replace(fresh: Path, target: Path) -> None:
    """Put ``fresh`` in the place of ``target``, which may exist."""
    if not target.exists():
        os.rename(fresh, target)
        return
    aside = Path(f"{fresh}.old")
    os.rename(target, aside)
    try:
        os.rename(fresh, target)
    except BaseException:
        os.rename(aside, target)
        raise
    shutil.rmtree(aside, ignore_errors=True)
