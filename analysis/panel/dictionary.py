"""The format as others read it: the data dictionary page, and the descriptors of its files.

Both are made from the declaration, so that they cannot say anything else than what is checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from analysis.panel.columns import KINDS, Column, Table
from analysis.panel.faults import Faults
from analysis.panel.format import META, META_FILE, PLAN_FILE, TABLES, TRUTH_FILE
from analysis.panel.format_rules import RULES
from analysis.panel.meta import read_meta
from analysis.panel.plan import PLAN
from analysis.project import DATA

_HEADS = ("Name", "Holds", "May be empty", "Meaning", "Example")


def _holds(column: Column, table: Table | None) -> str:
    """What a cell may hold, as HTML."""
    if column.choices:
        return ", ".join(f"<code>{escape(choice)}</code>" for choice in column.choices)
    reference = table.reference(column.name) if table else None
    if reference is not None:
        return escape(reference.expected)
    # the page says once what an id is
    text = "an id" if column.kind == "id" else escape(column.expected)
    if column.unit:
        text += f", in {escape(column.unit)}"
    if table and (column.name,) in table.keys:
        text += "; unique"
    return text


def _rows(columns: tuple[Column, ...], table: Table | None) -> str:
    def row(column: Column) -> str:
        empty = "" if column.required else "yes"
        example = f"<code>{escape(column.example)}</code>" if column.example else ""
        cells = (_holds(column, table), empty, escape(column.meaning), example)
        return (
            f'<tr><th scope="row"><code>{column.name}</code></th>'
            + "".join(f"<td>{cell}</td>" for cell in cells)
            + "</tr>"
        )

    return "".join(row(column) for column in columns)


def _table(id: str, caption: str, heads: tuple[str, ...], rows: str, label: str) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    return (
        f'<div class="study-table" role="region" tabindex="0" aria-label="{escape(label)}">'
        f'<table id="{id}"><caption>{caption}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _caption(file: str, meaning: str, required: bool, keys: tuple[tuple[str, ...], ...]) -> str:
    optional = "" if required else " Optional."
    together = [", ".join(key[:-1]) + f" and {key[-1]}" for key in keys if len(key) > 1]
    unique = "".join(f" Only once together: {escape(key)}." for key in together)
    return f"<strong>{file}</strong> {escape(meaning)}{optional}{unique}"


def data_dictionary() -> str:
    """Every file of a panel, its columns, and the rules, as HTML tables."""
    parts = [
        _table(
            "panel-yml",
            _caption(META_FILE, "What the panel says of itself.", True, ()),
            _HEADS,
            _rows(META, None),
            META_FILE,
        )
    ]
    parts += [
        _table(
            f"{table.name.replace('_', '-')}-csv",
            _caption(table.file, table.meaning, table.required, table.keys),
            _HEADS,
            _rows(table.columns, table),
            table.file,
        )
        for table in TABLES.values()
    ]
    parts.append(
        _table(
            "plan-yml",
            _caption(PLAN_FILE, PLAN.meaning, PLAN.required, ()),
            _HEADS,
            _rows(PLAN.columns, PLAN),
            PLAN_FILE,
        )
    )
    rules = "".join(
        f'<tr><th scope="row"><code>{rule.file}</code></th><td>{escape(rule.says)}</td></tr>'
        for rule in RULES.values()
    )
    parts.append(
        _table(
            "rules",
            "<strong>Rules</strong> What no single cell can break.",
            ("File", "Rule"),
            rules,
            "Rules",
        )
    )
    return "\n".join(parts)


def _field(column: Column, table: Table) -> dict[str, Any]:
    """The Frictionless descriptor of a column."""
    kind = KINDS[column.kind]
    field: dict[str, Any] = {
        "name": column.name,
        "type": kind.frictionless,
        "description": column.meaning + (f" In {column.unit}." if column.unit else ""),
    }
    if column.example:
        field["example"] = column.example
    if column.kind == "bool":
        field |= {"trueValues": ["true"], "falseValues": ["false"]}
    limits: dict[str, Any] = {}
    if column.required:
        limits["required"] = True
    if (column.name,) in table.keys:
        limits["unique"] = True
    if column.choices:
        limits["enum"] = list(column.choices)
    elif kind.pattern is not None and kind.frictionless == "string":
        limits["pattern"] = kind.pattern
    if column.minimum is not None:
        limits["minimum"] = column.minimum
    if limits:
        field["constraints"] = limits
    return field


def _schema(table: Table, names: Mapping[str, str]) -> dict[str, Any]:
    """The Frictionless table schema; ``names`` are the resources of the tables."""
    key = list(table.keys[0])
    foreign: list[dict[str, Any]] = [
        {
            "fields": reference.column,
            "reference": {
                # an empty name is the table itself
                "resource": "" if reference.table == table.name else names[reference.table],
                "fields": reference.target,
            },
        }
        for reference in table.references
        if reference.table in names and not reference.also
    ]
    if table.within and table.within in names:
        both = {"resource": names[table.within], "fields": list(TABLES[table.within].keys[0])}
        foreign.append({"fields": both["fields"], "reference": both})
    schema: dict[str, Any] = {
        "fields": [_field(column, table) for column in table.columns],
        "missingValues": [""],
        "primaryKey": key[0] if len(key) == 1 else key,
    }
    return schema | ({"foreignKeys": foreign} if foreign else {})


def resources(folder: Path | str, base: Path = DATA) -> list[dict[str, Any]]:
    """Frictionless resource descriptors of the files in a panel's folder, for ``datapackage.json``.

    Paths count from ``base``, the folder of ``datapackage.json``; names begin with the panel's id.
    A reference that also allows a word (``moderator``, ``consensus``) is no foreign key there.

    Raises
    ------
    ValueError
        If the folder does not lie in ``base``, or has no ``panel.yml`` that can be read.
    """
    place = Path(folder).resolve()
    meta, _ = read_meta(place, Faults())
    if meta is None or not meta.id:
        raise ValueError(f"{place.name} holds no panel: it has no readable {META_FILE}")
    if not place.is_relative_to(base.resolve()):
        raise ValueError(f"{place.name} must lie in {base.name}, the folder of datapackage.json")
    there = [table for table in TABLES.values() if (place / table.file).is_file()]
    prefix = f"panel-{meta.id}".replace("_", "-")
    names = {table.name: f"{prefix}-{table.name}".replace("_", "-") for table in there}

    def resource(file: str, name: str, title: str, text: str, kind: str) -> dict[str, Any]:
        return {
            "name": name,
            "path": (place / file).relative_to(base.resolve()).as_posix(),
            "title": f"{meta.title}: {title}",
            "description": text,
            "profile": "tabular-data-resource" if kind == "csv" else "data-resource",
            "format": kind,
            "mediatype": "text/csv" if kind == "csv" else "application/yaml",
            "encoding": "utf-8",
        }

    found = []
    for file, name, title, text in (
        (META_FILE, f"{prefix}-panel", "the panel", "What the panel says of itself."),
        (TRUTH_FILE, f"{prefix}-truth", "the truth", "What the panel was built to contain."),
        (PLAN_FILE, f"{prefix}-plan", PLAN.title.lower(), PLAN.meaning),
    ):
        if (place / file).is_file():
            found.append(resource(file, name, title, text, "yaml"))
    for table in there:
        descriptor = resource(
            table.file, names[table.name], table.title.lower(), table.meaning, "csv"
        )
        found.append(descriptor | {"schema": _schema(table, names)})
    return found
