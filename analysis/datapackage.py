"""``data/datapackage.json``: its panels, described as the declaration of the format has it.

``python -m analysis.datapackage`` writes them anew; what describes other files is kept.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis.panel.faults import Faults
from analysis.panel.format import FILES, KINDS, META_FILE, TABLES, Column, Table
from analysis.panel.meta import read_meta
from analysis.panel.reading import read_files
from analysis.project import DATA


def _field(column: Column, table: Table) -> dict[str, Any]:
    """The Frictionless descriptor of a column."""
    kind = KINDS[column.kind]
    limits = {
        "required": not column.optional or None,
        "unique": (column.name,) in table.keys or None,
        "enum": list(column.choices) or None,
        "pattern": kind.pattern if kind.type == "string" else None,
        "minimum": column.minimum,
    }
    field: dict[str, Any] = {
        "name": column.name,
        "type": kind.type,
        "description": column.meaning + (f" In {column.unit}." if column.unit else ""),
    }
    if column.example:
        field["example"] = column.example
    if column.kind == "bool":
        field |= {"trueValues": ["true"], "falseValues": ["false"]}
    constraints = {name: limit for name, limit in limits.items() if limit is not None}
    return field | ({"constraints": constraints} if constraints else {})


def _schema(table: Table, header: list[str], names: Mapping[str, str]) -> dict[str, Any]:
    """The Frictionless schema of a table's columns that are there; ``names`` are the resources."""
    other = "No part of the format."
    there = [table.column(n) or Column(n, "text", other, optional=True) for n in header]
    links: list[tuple[Any, ...]] = [
        (c.name, *c.refers) for c in there if c.refers and c.refers[0] in TABLES and not c.also
    ]
    if table.within:
        both = list(TABLES[table.within].keys[0])
        links.append((both, table.within, both))
    own = {**names, table.name: ""}  # an empty name is the table itself
    foreign = [{"fields": f, "reference": {"resource": own[t], "fields": to}} for f, t, to in links]
    key = [column for column in table.keys[0] if column in header]
    schema = {
        "fields": [_field(column, table) for column in there],
        "missingValues": [""],
        "primaryKey": key[0] if len(key) == 1 else key,
    }
    return schema | ({"foreignKeys": foreign} if foreign else {})


def resources(folder: Path, base: Path = DATA) -> list[dict[str, Any]]:
    """Frictionless descriptors of the files in a panel's folder, for ``datapackage.json``.

    Paths count from ``base``, in which the folder has to lie. A reference that also allows a word
    (``moderator``, ``consensus``) is no foreign key there.
    """
    place, inside = folder.resolve(), base.resolve()
    there = dict(read_files(place, Faults()))
    meta = read_meta(there[META_FILE], Faults())[0] if META_FILE in there else None
    if meta is None or not meta.id or not place.is_relative_to(inside):
        raise ValueError(f"{place.name} must hold a {META_FILE}, and lie in {base.name}")
    prefix = f"panel-{meta.id}".replace("_", "-")
    names = {t.name: f"{prefix}-{t.name}".replace("_", "-") for t in FILES.values()}
    found = []
    for file, table in FILES.items():
        if file not in there:
            continue
        csv = file.endswith(".csv")
        descriptor: dict[str, Any] = {
            "name": names[table.name],
            "path": (place / file).relative_to(inside).as_posix(),
            "title": f"{meta.title}: {table.title[0].lower()}{table.title[1:]}",
            "description": table.meaning,
            "profile": "tabular-data-resource" if csv else "data-resource",
            "format": "csv" if csv else "yaml",
            "mediatype": "text/csv" if csv else "application/yaml",
            "encoding": "utf-8",
        }
        if csv:
            header = there[file].partition(b"\n")[0].decode("utf-8-sig").strip().split(",")
            descriptor["schema"] = _schema(table, header, names)
        found.append(descriptor)
    return found


def with_panels(package: Mapping[str, Any], data: Path = DATA) -> dict[str, Any]:
    """The data package, its panels described as the declaration of the format has it."""
    kept = [r for r in package["resources"] if not r["path"].startswith("panels/")]
    panels = sorted(p for p in (data / "panels").iterdir() if p.is_dir())
    return {**package, "resources": [*kept, *(r for p in panels for r in resources(p, data))]}


def as_text(package: Mapping[str, Any]) -> str:
    """The data package as its file holds it."""
    return json.dumps(package, ensure_ascii=False, indent=1) + "\n"


def main(file: Path = DATA / "datapackage.json") -> int:
    """Rewrite the file."""
    package = json.loads(file.read_text(encoding="utf-8"))
    text = as_text(with_panels(package, file.parent))
    file.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
