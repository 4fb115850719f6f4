"""The words in which the format of a panel is declared: kinds, columns, tables, keys, rules.

:mod:`analysis.panel.format` declares the format with them, once. The checks, the messages, the data
dictionary and the descriptors of ``datapackage.json`` are all made from that declaration.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of cell: the pattern that its text has to match, and how a message describes it.

    ``pattern`` is None where any text will do; ``frictionless`` is the type of the descriptor.
    """

    name: str
    pattern: str | None
    expected: str
    frictionless: str


#: Every kind of cell. Patterns are of ASCII: a digit is one of 0 to 9.
KINDS = {
    kind.name: kind
    for kind in (
        Kind("id", "[a-z0-9_-]+", "an id of the letters a-z, digits, - and _", "string"),
        Kind("text", None, "text", "string"),
        Kind("choice", None, "one of a list", "string"),
        Kind("bool", "true|false", "true or false", "boolean"),
        Kind("whole", "-?[0-9]{1,9}", "a whole number", "integer"),
        Kind(
            "number",
            r"-?[0-9]{1,12}(?:\.[0-9]{1,20})?",
            "a number with a decimal point, such as 12.5",
            "number",
        ),
        Kind(
            "date",
            "[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?",
            "a date that exists, such as 2021-12-06, or a month such as 2021-12",
            "string",
        ),
        Kind("version", r"[0-9]+(?:[.-][0-9]+)*", "a version such as 1, 1.2 or 2021-12", "string"),
        Kind("list", None, "a list of ids", "array"),
    )
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table, or one entry of ``panel.yml``.

    ``required`` says whether a cell may be empty (the column itself must always be there; an entry
    of ``panel.yml`` that is not required may be left out). ``choices`` is the vocabulary of a
    ``choice``; ``minimum`` the least value of a number.
    """

    name: str
    kind: str
    meaning: str
    required: bool = True
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    unit: str = ""
    example: str = ""

    @property
    def expected(self) -> str:
        """What a cell of this column has to be, in words."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        words = KINDS[self.kind].expected
        return words if self.minimum is None else f"{words}, {self.minimum:g} or more"

    @property
    def repeats(self) -> bool:
        """Whether its cells take few distinct values, so that each is looked at once."""
        return self.kind in {"choice", "bool", "version", "whole", "number", "date"}


@dataclass(frozen=True, slots=True)
class Reference:
    """``column`` holds values of ``target`` in ``table``, or one of the words ``also``.

    With ``table`` = ``panel.yml`` the values are those of an entry there.
    """

    column: str
    table: str
    target: str
    also: tuple[str, ...] = ()

    @property
    def expected(self) -> str:
        """What a cell has to be, in words."""
        source = self.table if self.table.endswith(".yml") else f"{self.table}.csv"
        article = "an" if self.target[0] in "aeiou" else "a"
        which = f"{article} {self.target}"
        if self.table.endswith(".yml"):
            which = f"one of the {self.target}"
        return ", or ".join([f"{which} of {source}", *self.also])


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a panel: a file of comma-separated values.

    Each of ``keys`` names columns that together are unique; the first is the primary key.
    ``required`` says whether the file must be there, ``may_be_empty`` whether it may have no rows;
    ``within`` names the table that has a row of the same primary key for each of its rows.
    """

    name: str
    title: str
    meaning: str
    columns: tuple[Column, ...]
    keys: tuple[tuple[str, ...], ...]
    references: tuple[Reference, ...] = ()
    required: bool = True
    may_be_empty: bool = False
    within: str = ""

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.name}.csv"

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns, in order."""
        return tuple(c.name for c in self.columns)

    def column(self, name: str) -> Column:
        """The column with this name.

        Raises
        ------
        KeyError
            If the table has no such column.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.file} has no column {name!r}")

    def reference(self, column: str) -> Reference | None:
        """What the column refers to, if anything."""
        return next((r for r in self.references if r.column == column), None)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that one cell alone cannot break.

    ``says`` is the rule as the data dictionary states it; ``expected`` what would be right, as a
    message puts it, with fields that the check fills in.
    """

    id: str
    file: str
    says: str
    expected: str
