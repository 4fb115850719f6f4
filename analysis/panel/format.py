"""The format of a panel: the vocabulary of its declaration, and the declaration, ``format.yml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import yaml

MODERATOR = "moderator"
CONSENSUS = "consensus"
#: Changes after which a code may have left the codebook.
LEAVING = ("split", "merged", "renamed", "removed")
#: What a contrast of the plan expects where it expects no difference.
NO_DIFFERENCE = "none"

META_FILE, PLAN_FILE = "panel.yml", "plan.yml"
TRUTH_FILE, REPORTING_FILE = "truth.yml", "reporting.yml"

#: Reads YAML; the one in C, where there is one, takes a tenth of the time.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

#: The longest cell of a kind, in characters.
LONGEST = {"text": 20_000, "name": 200, "id": 80}


class Kind(NamedTuple):
    """A kind of cell: the pattern of its text (None: any), how a message says it, its type."""

    pattern: str | None
    words: str
    type: str


_NUMBER = r"-?[0-9]{1,12}(?:\.[0-9]{1,20})?"
_DATE = "a date that exists, such as 2021-12-06, or a month or year such as 2021-12 or 2021"
KINDS = {
    "id": Kind("[a-z0-9_-]+", "an id of the letters a-z, digits, - and _", "string"),
    "text": Kind(None, "text", "string"),
    "name": Kind(None, "text", "string"),  # on one line, and not long
    "choice": Kind(None, "one of a list", "string"),
    "bool": Kind("true|false", "true or false", "boolean"),
    "whole": Kind("-?[0-9]{1,9}", "a whole number", "integer"),
    "number": Kind(_NUMBER, "a number with a decimal point, such as 12.5", "number"),
    "date": Kind("[0-9]{4}(?:-[0-9]{2}){0,2}", _DATE, "string"),
    "version": Kind("[0-9]+(?:[.-][0-9]+)*", "a version such as 1, 1.2 or 2021-12", "string"),
    "list": Kind(None, "a list of ids", "array"),
    "names": Kind(None, "a list of names", "array"),
}


@dataclass(frozen=True)
class Column:
    """One column of a table, or entry of a YAML file; ``format.yml`` says what each field is."""

    name: str
    kind: str
    meaning: str
    example: str = ""
    optional: bool = False
    always: bool = False
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    unit: str = ""
    refers: tuple[str, ...] = ()
    also: str = ""

    @property
    def expected(self) -> str:
        """What a cell has to be, whatever stands elsewhere."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        least = "" if self.minimum is None else f", {self.minimum:g} or more"
        return KINDS[self.kind].words + least

    @property
    def target(self) -> str:
        """What a cell has to refer to."""
        table, column = self.refers
        one = f"an {column}" if column[0] in "aeiou" else f"a {column}"
        place = f"one of the {column} of {table}"
        if not table.endswith(".yml"):
            place = f"{one} of {table}.csv"
        return place + (f", or {self.also}" if self.also else "")


@dataclass(frozen=True)
class Table:
    """One file: a table of comma-separated values, or YAML, whose columns are entries."""

    file: str
    title: str
    meaning: str
    columns: tuple[Column, ...]
    keys: tuple[tuple[str, ...], ...] = ()
    rules: tuple[str, ...] = ()
    optional: bool = False
    may_be_empty: bool = False
    within: str = ""

    @property
    def name(self) -> str:
        """The name of the table: its file's, without the ending."""
        return self.file.partition(".")[0]

    @property
    def needed(self) -> list[str]:
        """The columns that have to be there."""
        return [c.name for c in self.columns if not c.optional or c.always]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of its columns, in order."""
        return tuple(c.name for c in self.columns)

    def column(self, name: str) -> Column | None:
        """The column with this name, if there is one."""
        return self.columns[self.names.index(name)] if name in self.names else None


def _frozen(said: Any) -> Any:
    """The value with tuples in place of lists."""
    return tuple(map(_frozen, said)) if isinstance(said, list) else said


def _declared() -> dict[str, Table]:
    """The files, as ``format.yml`` declares them."""
    text = Path(__file__).with_suffix(".yml").read_text(encoding="utf-8")
    files = {}
    for file, said in yaml.load(text, LOADER).items():
        columns = [Column(**{k: _frozen(v) for k, v in c.items()}) for c in said.pop("columns")]
        more = {name: _frozen(value) for name, value in said.items()}
        files[file] = Table(file, columns=tuple(columns), **more)
    return files


#: Every file of a panel, by name.
FILES = _declared()
#: The tables, by name, each after those that it refers to.
TABLES = {table.name: table for table in FILES.values() if table.file.endswith(".csv")}

(STANCES,) = (c.choices for c in TABLES["codings"].columns if c.name == "stance")
