"""Published examples: what ``data/validation/*.yml`` says, and what our functions give instead.

An example has calls. Each names a function, its arguments, the published values and a tolerance.
Data are written as the function takes them, or in the form in which they were published: a mapping
with one of the names of :data:`FORMS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray

from analysis.project import DATA

FOLDER = DATA / "validation"
#: A tolerance is half a unit of the last digit that was printed, and its own limits belong to it.
_ROUNDING = 1 + 1e-9
#: The columns of :func:`values`.
COLUMNS = [
    "topic", "example", "function", "value", "published", "computed", "difference", "tolerance",
    "within", "checked", "citation", "note",
]  # fmt: skip


def coders_of(table: list[list[int]]) -> NDArray[Any]:
    """The ratings of two coders, 2 x units, behind a table: a row a category of the first one."""
    counts = np.array(table).ravel()
    return np.array([np.repeat(side.ravel(), counts) for side in np.indices(np.shape(table))])


def _first_coder(table: list[list[int]]) -> NDArray[Any]:
    return np.asarray(coders_of(table)[0])


def _second_coder(table: list[list[int]]) -> NDArray[Any]:
    return np.asarray(coders_of(table)[1])


def _categories(units: list[list[int]]) -> NDArray[Any]:
    """The ratings behind the number of raters who chose each category, one unit a row."""
    return np.array([np.repeat(np.arange(len(unit)), unit) for unit in units]).T


def _rows(marks: list[str]) -> NDArray[Any]:
    return np.array([[mark == "1" for mark in row] for row in marks])


def _columns(marks: list[str]) -> NDArray[Any]:
    return _rows(marks).T


def _pair(counts: list[int]) -> NDArray[Any]:
    """Two codes: how many experts have both, only the first, only the second, neither."""
    return np.repeat([[1, 1], [1, 0], [0, 1], [0, 0]], counts, axis=0)


def _individuals(counts: list[int]) -> NDArray[Any]:
    """A row an individual, a column a species, from the number of individuals of each."""
    return np.repeat(np.eye(len(counts), dtype=bool), counts, axis=0)


def _holders(holders: list[list[int]], experts: int) -> NDArray[Any]:
    """Some incidence with so many codes of so many holders: pairs of holders and codes."""
    return np.asarray(np.arange(experts)[:, None] < np.repeat(*np.transpose(holders)))


def _csv(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / name)


#: The forms in which data are written, by the name of a mapping's first entry.
FORMS: dict[str, Callable[..., Any]] = {
    "coders_of": coders_of, "rows_of": _first_coder, "columns_of": _second_coder,
    "units": np.transpose, "categories": _categories, "rows": _rows, "columns": _columns,
    "pair": _pair, "individuals": _individuals, "holders": _holders, "csv": _csv,
}  # fmt: skip


@dataclass(frozen=True)
class Call:
    """One call of a published example: ``function`` is ``module.name``, ``of`` what it is about."""

    topic: str
    example: str
    function: str
    of: str
    arguments: dict[str, Any]
    published: Any
    tolerance: Any

    def __str__(self) -> str:
        return f"{self.example}-{self.function.partition('.')[2]}"

    def result(self) -> Any:
        """What our function returns."""
        module, _, name = self.function.partition(".")
        room = "validation" if module == "derived" else "statistics"
        function = getattr(import_module(f"analysis.{room}.{module}"), name)
        return function(**{key: _given(value) for key, value in self.arguments.items()})

    def compared(self) -> Iterator[tuple[str, float, float, float]]:
        """Each value: its name, what was published, what we compute, and the tolerance."""
        return _compared("", self.published, self.result(), self.tolerance)


def _given(value: Any) -> Any:
    form = next(iter(value), None) if isinstance(value, dict) else None
    return FORMS[form](*value.values()) if form in FORMS else value


def _compared(
    name: str, published: Any, computed: Any, tolerance: Any
) -> Iterator[tuple[str, float, float, float]]:
    if isinstance(published, dict):
        for key, value in published.items():
            allowed = tolerance[key] if isinstance(tolerance, dict) else tolerance
            yield from _compared(key, value, attrgetter(key)(computed), allowed)
    elif isinstance(published, list):
        parts = list(computed)
        if len(parts) != len(published):
            raise ValueError(f"{len(published)} values were published, {len(parts)} computed")
        for at, value in enumerate(published):
            allowed = tolerance[at] if isinstance(tolerance, list) else tolerance
            yield from _compared(f"{name}[{at + 1}]", value, parts[at], allowed)
    elif published is not None:
        yield name, float(published), float(computed), float(tolerance)


@cache
def _entries(folder: Path) -> dict[str, list[dict[str, Any]]]:
    files = sorted(path for path in folder.glob("*.yml") if path.stem != "measures")
    return {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in files}


def examples(folder: Path = FOLDER) -> pd.DataFrame:
    """One row an example: ``topic``, ``example``, ``citation``, ``checked`` and ``note``.

    ``checked`` says whether the printed values were seen in the source or a faithful copy of it.
    """
    rows = [
        (topic, e["id"], e["citation"], e["citation_checked"], e.get("note", ""))
        for topic, entries in _entries(folder).items()
        for e in entries
    ]
    return pd.DataFrame(rows, columns=["topic", "example", "citation", "checked", "note"])


def calls(topic: str = "", folder: Path = FOLDER) -> list[Call]:
    """The calls of all published examples, or of one topic."""
    return [
        Call(of=call.get("of", call["function"]), topic=name, example=entry["id"],
             **{key: value for key, value in call.items() if key != "of"})
        for name, entries in _entries(folder).items()
        if topic in ("", name)
        for entry in entries
        for call in entry["calls"]
    ]  # fmt: skip


def values(folder: Path = FOLDER) -> pd.DataFrame:
    """Every published value beside ours, one row a value: the columns :data:`COLUMNS`."""
    rows = [
        (call.topic, call.example, call.of, *value)
        for call in calls(folder=folder)
        for value in call.compared()
    ]
    names = ["topic", "example", "function", "value", "published", "computed", "tolerance"]
    found = pd.DataFrame(rows, columns=names)
    found["difference"] = (found["computed"] - found["published"]).abs()
    # NaN is never within
    found["within"] = found["difference"] <= found["tolerance"] * _ROUNDING
    return found.merge(examples(folder), on=["topic", "example"])[COLUMNS]
