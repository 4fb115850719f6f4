"""What a reader looks up: the meaning of a term where a page first uses it, and where a word is.

The search has its texts and stemmers as scripts, so that it works from the files alone.
"""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path
from typing import Any

import lxml.html
import sphinx.search
import yaml
from docutils import nodes

from analysis.project import ROOT
from analysis.publish.execution import write_text

#: The page that explains the terms, in the glossary of Sphinx.
PAGE = "book/glossary"
#: What the search does not look through, and what ends a piece of text.
_LEFT_OUT = "//script | //style | //svg | //math | //a[@class='headerlink']"
_LEFT_OUT += " | //*[contains(@class, 'cell_input') or contains(@class, 'study-sources')]"
_PARTS = ("caption", "dd", "div", "dt", "figcaption", "li", "p", "pre", "summary", "td", "th")


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


def sections(body: str) -> list[list[str]]:
    """The place, the heading and the text of each section of a page's HTML, cells parted."""
    page = lxml.html.fragment_fromstring(body, create_parent=True)
    for aside in page.xpath(_LEFT_OUT):
        aside.drop_tree()
    for part in page.iter(*_PARTS):
        part.tail = f" {part.tail or ''}"
    found = []
    for section in reversed(page.xpath("//section")):  # what is inside another comes first
        heading = next(section.iterchildren("h1", "h2", "h3", "h4"))
        heading.drop_tree()
        texts = heading.text_content(), re.sub(r"\S+://\S+", "", section.text_content())
        found.append([section.get("id"), *(" ".join(text.split()) for text in texts)])
        section.drop_tree()
    return found[::-1]


def write_index(pages: list[dict[str, Any]], out: Path) -> None:
    """Write the texts of pages, and the stemmers that Sphinx has, in the place of its own index."""
    words = yaml.safe_load((ROOT / "book" / "search-words.yml").read_text(encoding="utf-8"))
    known = [{**page, "words": words.get(page["page"], "")} for page in pages]
    said = json.dumps(known, ensure_ascii=False)
    given = Path(sphinx.search.__file__).parent / "minified-js"
    names = ("base", "porter", "russian")
    scripts = [(given / f"{name}-stemmer.js").read_text(encoding="utf-8") for name in names]
    write_text(out / "searchindex.js", "\n".join([*scripts, f"const STUDY_PAGES = {said};\n"]))
    for unused in ("searchtools.js", "language_data.js"):
        (out / "_static" / unused).unlink()
