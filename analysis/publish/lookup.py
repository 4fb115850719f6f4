"""What a reader looks up: what a term or a citation leads to, and where a word is.

The search has its texts and stemmers as scripts, so that it works from the files alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lxml.html
import sphinx.search
import yaml
from docutils import nodes

from analysis.citation import named
from analysis.project import ROOT
from analysis.publish.execution import write_text
from analysis.validation.report import measures
from analysis.words import html as escape

#: The pages that explain terms (in the glossary of Sphinx), measures, and what is cited.
TERMS, METHODS, REFERENCES = "book/glossary", "book/methods", "book/references"
#: The page, the place on it, and what shows where one points: of a term, a measure, a reference.
Goal = tuple[str, str, str]
#: What the search does not look through, and what ends a piece of text.
_LEFT_OUT = (
    "//script | //style | //svg | //math | //*[@class='headerlink' or @class='section-number']"
)
_LEFT_OUT += " | //*[contains(@class, 'cell_input') or contains(@class, 'study-sources')]"
_PARTS = ("caption", "dd", "div", "dt", "figcaption", "li", "p", "pre", "summary", "td", "th")


def _terms(env: Any) -> Iterator[tuple[str, Goal]]:
    for item in env.get_doctree(TERMS).findall(nodes.definition_list_item):
        forms = list(item.findall(nodes.term))
        goal = TERMS, forms[0]["ids"][0], " ".join(item.children[-1].astext().split())
        yield from ((form.astext().lower(), goal) for form in forms)


def _measures() -> Iterator[tuple[str, Goal]]:
    for declared in measures().values():
        for function, measure in declared.items():
            yield measure["name"].lower(), (METHODS, function, measure["means"])


def _citations(env: Any) -> Iterator[tuple[str, Goal]]:
    for form, key, title in named(env.get_domain("cite").bibdata.data.entries):
        yield form.replace("'", "’"), (REFERENCES, f"cite-{key}", re.sub("[{}]", "", title))


def explain_terms(app: Any, doctree: Any, docname: str) -> None:
    """Link each term and measure where a paragraph uses it first, and each citation."""
    if app.builder.format != "html" or docname in (TERMS, REFERENCES):
        return
    there = app.env.found_docs
    left = dict(_measures()) if METHODS in there and docname != METHODS else {}
    left |= dict(_terms(app.env)) if TERMS in there else {}
    left |= dict(_citations(app.env)) if REFERENCES in there else {}
    forms = "|".join(re.escape(f).replace(r"\ ", r"\s+") for f in sorted(left, key=len)[::-1])
    for text in [t for t in doctree.findall(nodes.Text) if isinstance(t.parent, nodes.paragraph)]:
        said, end = text.astext(), 0
        pieces: list[nodes.Node] = []
        for found in re.finditer(rf"(?<!\w)(?:{forms})(?!\w)", said, re.IGNORECASE):
            if not (known := left.get(" ".join(found[0].lower().split()))):
                continue
            page, place, meaning = known
            if page != REFERENCES:
                left = {form: goal for form, goal in left.items() if goal != known}
            target = app.builder.get_relative_uri(docname, page)
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
