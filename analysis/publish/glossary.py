"""The first use of a term on each page explains itself: its meaning shows, and it leads there."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from docutils import nodes

#: The page that explains the terms, in the glossary of Sphinx.
PAGE = "book/glossary"


def _meanings(env: Any) -> dict[str, tuple[str, str]]:
    """The place and the meaning of every term, by each of its forms in lower case."""
    found: dict[str, tuple[str, str]] = {}
    for item in env.get_doctree(PAGE).findall(nodes.definition_list_item):
        forms = list(item.findall(nodes.term))
        meaning = forms[0]["ids"][0], " ".join(item.children[-1].astext().split())
        found |= {form.astext().lower(): meaning for form in forms}
    return found


def explain_terms(app: Any, doctree: Any, docname: str) -> None:
    """Explain each term where a paragraph of the page uses it first."""
    if docname == PAGE or PAGE not in app.env.found_docs or app.builder.format != "html":
        return
    left = _meanings(app.env)
    forms = "|".join(re.escape(form) for form in sorted(left, key=len, reverse=True))
    target = app.builder.get_relative_uri(docname, PAGE)
    for text in [t for t in doctree.findall(nodes.Text) if isinstance(t.parent, nodes.paragraph)]:
        said, end = text.astext(), 0
        pieces: list[nodes.Node] = []
        for found in re.finditer(rf"\b(?:{forms})\b", said, re.IGNORECASE):
            if not (known := left.get(found[0].lower())):
                continue
            left = {form: meaning for form, meaning in left.items() if meaning != known}
            place, meaning = known
            html = f'<a class="study-term" href="{target}#{place}" title="{escape(meaning)}">'
            pieces.append(nodes.Text(said[end : found.start()]))
            pieces.append(nodes.raw("", f"{html}{escape(found[0])}</a>", format="html"))
            end = found.end()
        if pieces:
            text.parent.replace(text, [*pieces, nodes.Text(said[end:])])
