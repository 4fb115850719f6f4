"""Where a notebook's time goes: imports, resampling and the rest, measured inside its kernel.

The build loads this module into each kernel as an IPython extension, with the name of a file to
write to. Outside the build nobody loads it: a notebook that is opened by hand is not measured, and
what a notebook shows is the same either way.
"""

from __future__ import annotations

import builtins
import importlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import wraps
from pathlib import Path
from time import perf_counter
from typing import Any

from analysis.statistics.clock import RESAMPLING, WATCH

IMPORTING = "importing"
_NAN = math.nan


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of one notebook; NaN where not measured.

    ``total`` runs from the start of the kernel to its end, ``cells`` from the start of the first
    cell to the end of the last one. Of ``cells``, ``importing`` went into loading libraries, at
    the notebook's head or where a function first needs one, and ``resampling`` into permutations,
    bootstraps, jackknives and simulations.
    """

    total: float = _NAN
    cells: float = _NAN
    importing: float = _NAN
    resampling: float = _NAN

    @property
    def ratio(self) -> float:
        """``cells`` over ``importing`` and ``resampling`` together: at most 2 is asked for.

        The kernel's start is in neither.
        """
        base = self.importing + self.resampling
        return self.cells / base if base > 0 else _NAN

    def entries(self) -> dict[str, float]:
        """What was measured, for the record of the execution cache."""
        named = {name: value for name, value in asdict(self).items() if not math.isnan(value)}
        return {_KEYS.get(name, name): value for name, value in named.items()}

    @classmethod
    def of(cls, entries: Mapping[str, Any]) -> Times:
        """The times in a record of the execution cache."""
        found = {name: entries.get(_KEYS.get(name, name)) for name in cls.__slots__}
        return cls(**{name: float(value) for name, value in found.items() if value is not None})

    @classmethod
    def measured(cls, total: float, path: Path) -> Times:
        """The times with what a kernel has written to ``path``, if it has."""
        try:
            inside = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return cls(total)
        return cls.of({**inside, _KEYS["total"]: total})


#: Names in the cache's record that others gave.
_KEYS = {"total": "execution_seconds"}


def arguments(path: Path) -> list[str]:
    """What the kernel's command line needs for its times to be written to ``path``."""
    return [f"--ext={__name__}", f"--StudyTimes.path={path}"]


def _timed(load: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(load)
    def timed(*given: Any, **named: Any) -> Any:
        if WATCH.open and WATCH.open[-1] == IMPORTING:
            return load(*given, **named)
        with WATCH.span(IMPORTING):
            return load(*given, **named)

    return timed


def load_ipython_extension(shell: Any) -> None:
    """Measure in this kernel from now on; write the times after every cell."""
    path = Path(shell.config.StudyTimes.path)
    first: list[float] = []

    def before(info: object) -> None:
        if not first:
            WATCH.seconds.clear()
            first.append(perf_counter())

    def after(result: object) -> None:
        found = {
            "cells": perf_counter() - first[0],
            IMPORTING: WATCH.seconds.get(IMPORTING, 0.0),
            RESAMPLING: WATCH.seconds.get(RESAMPLING, 0.0),
        }
        path.write_text(json.dumps(found), encoding="utf-8")

    builtins.__import__ = _timed(builtins.__import__)
    importlib.import_module = _timed(importlib.import_module)
    shell.events.register("pre_run_cell", before)
    shell.events.register("post_run_cell", after)
