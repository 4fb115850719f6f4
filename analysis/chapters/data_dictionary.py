"""The data dictionary page, made from the declaration that the checks are made from."""

from __future__ import annotations

from collections.abc import Iterable

from analysis.panel.format import FILES, Column, Table
from analysis.words import html as escape


def data_dictionary() -> str:
    """Every file of a panel, its columns, and the rules, as HTML tables."""
    parts = []
    for file, table in FILES.items():
        caption = f"<strong>{file}</strong> {escape(table.meaning)}"
        caption += " Optional." if table.optional else ""
        for key in (key for key in table.keys if len(key) > 1):
            caption += f" Only once together: {', '.join(key[:-1])} and {key[-1]}."
        heads = ("Name", "Content", "May be empty", "Meaning", "Example")
        parts.append(_html(file, caption, heads, [_described(c, table) for c in table.columns]))
    says = "<strong>Rules</strong> What no single cell can break."
    rows = [(f"<code>{f}</code>", escape(rule)) for f, t in FILES.items() for rule in t.rules]
    return "\n".join([*parts, _html("rules", says, ("File", "Rule"), rows)])


def _described(column: Column, table: Table) -> tuple[str, ...]:
    """The row of the dictionary about a column, as HTML."""
    # the page says once what an id is
    kind = "an id" if column.kind == "id" else escape(column.expected)
    if column.choices:
        kind = ", ".join(f"<code>{escape(choice)}</code>" for choice in column.choices)
    elif column.refers and column.kind != "list":
        kind = escape(column.target)
    kind += f", in {column.unit}" if column.unit else ""
    kind += "; unique" if (column.name,) in table.keys else ""
    example = f"<code>{escape(column.example)}</code>" if column.example else ""
    name = f"<code>{escape(column.name)}</code>"
    return name, kind, "yes" if column.optional else "", escape(column.meaning), example


def _html(file: str, caption: str, heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    body = "".join(
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in rest)}</tr>'
        for first, *rest in rows
    )
    name = file.replace(".", "-").replace("_", "-")
    return (
        f'<div class="study-table" role="region" tabindex="0" aria-label="{file}">'
        f'<table id="{name}"><caption>{caption}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
