"""The local Sphinx extension: executed notebooks, links from numbers to the ledger, marks.

It also makes sure that no page asks another site for anything, and that a plain
``jupyter-book build .`` cannot show old numbers: notebooks are executed before the first page is
read, and Sphinx reads them as executed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from latex2mathml.converter import convert
from markupsafe import Markup

from analysis.chapters.contents import of_a_panel
from analysis.citation import addresses, licences, panel_work, works, write_citations
from analysis.findings import MIME, ledger, to_csv
from analysis.notebook import NOTE
from analysis.project import TOC_VARIABLE
from analysis.project import pages as toc_pages
from analysis.publish import pages
from analysis.publish.execution import fill, normalised, one_panel, with_outputs, write_text
from analysis.publish.lookup import explain_terms, sections, write_index
from analysis.publish.provenance import commit, last_changes
from analysis.validation import published
from analysis.words import html as escape

# outputs of notebooks


class OutputPlugin:
    """MyST-NB: sentences with their findings linked, notes left out, figures with their text."""

    mime_priority_overrides: ClassVar[Sequence[tuple[str, str, int | None]]] = (
        ("*", MIME, 1),
        ("*", NOTE, 1),
    )

    @staticmethod
    def handle_mime(renderer: Any, data: Any, inline: bool) -> list[Any] | None:
        """The nodes of the output; None, which leaves it to MyST-NB, for any other."""
        if data.mime_type == NOTE:
            return [nodes.comment()]  # nothing at all would leave the choice to another kind
        if data.mime_type == MIME:
            return _sentences(renderer, data)
        given = data.output_metadata.get("image/svg+xml", {})
        if data.mime_type == "image/svg+xml" and "alt" in given:
            image = nodes.raw("", pages.layouts(data.string, given), format="html")
            caption = nodes.caption("", "", nodes.Text(given["caption"]))
            return [nodes.figure("", image, caption, classes=["study-figure"])]
        return None


def _sentences(renderer: Any, data: Any) -> list[Any]:
    """A paragraph, or a list of what is said again; each number leads to its row."""
    myst = renderer.renderer
    env = myst.sphinx_env
    recorded = {finding["id"] for finding in data.content["findings"]}
    sentences = data.content["sentences"]
    lines = ["".join(_linked(text, id, recorded) for text, id in s) for s in sentences]
    again = not recorded and any(id for sentence in sentences for _, id in sentence)
    text = "\n".join(f"- {line}" for line in lines) if again else lines[0]
    holder = nodes.container(classes=["study-said"])
    env.temp_data["study_recorded"] = recorded
    with myst.current_node_context(holder):
        myst.nested_render_text(text, data.line or 0)
    return [holder]


def _linked(text: str, id: str, recorded: set[str]) -> str:
    """A piece of a sentence, its number in the role that :func:`_finding_role` resolves."""
    return "{study-finding}`" + f"{id}|{text.replace('`', '')}`" if id else text


def _finding_role(
    name: str, rawtext: str, text: str, lineno: int, inliner: Any, *options: Any
) -> tuple[list[Any], list[Any]]:
    """A number that leads to its row of the ledger; where it is recorded, the row leads back."""
    id, _, shown = text.partition("|")
    env = inliner.document.settings.env
    recorded = env.temp_data.get("study_recorded", set())
    if env.app.builder.format != "html":
        return [nodes.Text(shown)], []
    page = env.app.builder.get_relative_uri(env.docname, pages.LEDGER).split("#")[0]
    place = f' id="f-{id}"' if id in recorded else ""
    recorded.discard(id)  # a number that stands twice in a sentence has one place
    html = f'<a{place} class="study-finding" href="{page}#{id}">{escape(shown)}</a>'
    return [nodes.raw("", html, format="html")], []


# pages


def _configure(app: Any, config: Any) -> None:
    """Execute what is missing, then say what the pages say of the build."""
    with one_panel() as panel:
        app.study_executed = fill(panel, os.environ.get("STUDY_ONLY", "").split())
    found = {page: executed.notebook for page, executed in app.study_executed.items()}
    app.study_findings = ledger(found)
    package, article = works(commit=commit())
    app.study_works = {"package": package, "article": article}
    app.study_addresses = addresses()
    meta, app.study_digest = (panel.meta, panel.digest) if panel else (None, "")
    app.study_statement = meta.statement if meta else ""
    app.study_search = []
    app.study_own = bool(os.environ.get(TOC_VARIABLE))
    if meta and app.study_own:
        app.study_works["panel"] = panel_work(meta)
        del app.study_works["article"]
        app.study_addresses["site"] = ""  # the package's site is not that of this book
        config.html_title = config.project = meta.title
        config.author = escape("; ".join(meta.authors))
        # the theme takes it for markup here, and in the title of the search page
        config.html_theme_options["logo"] = {"text": escape(meta.title)}
    config.myst_substitutions |= pages.substitutions(
        app.study_findings, app.study_executed, app.study_works, panel, app.study_addresses
    )
    config.html_baseurl = app.study_addresses["site"]
    app.study_meta = meta if app.study_own else None
    app.study_changes = {} if app.study_own else last_changes()
    independent = "" if app.study_own else " Independent of the article's authors."
    config.html_theme_options["extra_footer"] = (
        f"<p>Version {package.version}, commit <code>{package.commit}</code>, "
        f"{package.doi or 'no DOI yet'}. "
        f"Code: MIT. {licences(app.study_meta)}{independent}</p>{pages.NO_PDF}"
    )


def _read(app: Any, docname: str, source: list[str]) -> None:
    """Sphinx reads a notebook as it was executed for this build, code folded under its comment."""
    if docname not in app.study_executed:
        return
    notebook = with_outputs(docname, app.study_executed[docname].notebook)
    if app.study_own:
        notebook.cells = of_a_panel(notebook.cells)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            first = cell.source.partition("\n")[0]
            said = first.lstrip("# ") if first.startswith("#") else "set up"
            shown = {"code_prompt_show": f"Code: {said}"}
            cell.metadata = {"tags": ["hide-input"], "mystnb": shown}
    source[0] = normalised(notebook)


def _mark_page(app: Any, doctree: Any) -> None:
    """Say under a page's title what evidence it holds; give each code cell a place."""
    name = app.env.docname
    if name not in app.study_executed:
        return
    cells = [n for n in doctree.findall(nodes.container) if "cell" in n.get("classes", ())]
    for number, cell in enumerate(cells, start=1):
        cell["ids"].append(f"cell-{number}")
    mine = [f for f in app.study_findings if f.page == name]
    notebook, statement = app.study_executed[name].notebook, app.study_statement
    told = any(o["data"].get("text/plain") == statement for o in pages.outputs(notebook))
    first = "" if told else statement.split(". ")[0].rstrip(".") + "."
    sources = pages.sources_of(notebook, mine)
    if "constructed" in sources and app.study_digest in {f.digest for f in mine}:
        # the page's title, its name in the sidebar, and what a search finds say it too
        for named in (app.env.titles[name], next(app.env.tocs[name].findall(nodes.reference))):
            named += nodes.inline("", " (constructed)", classes=["study-constructed"])
    html = pages.mark(sources, first if statement else "")
    title = next(iter(doctree.findall(nodes.title)), None)
    if title is not None and html:
        title.parent.insert(title.parent.index(title) + 1, nodes.raw("", html, format="html"))


#: Scripts and styles by a part of their names, and what stands on the pages that need them.
_SERVES = {"thebe": "thebe-status", "mathjax": "mjx-", "toggle": "toggle-", "design-tabs": "sd-tab"}
_SERVES |= {"sphinx-design": "sd-", "copybutton": "highlight", "clipboard": "highlight"}


def _used(file: Any, body: str) -> bool:
    name = str(getattr(file, "filename", file) or "")
    said = (name + str(getattr(file, "attributes", {}).get("body", ""))).lower()
    needed = [mark in body for word, mark in _SERVES.items() if word in said]
    return "://" not in name and all(needed)


def _clean_page(
    app: Any, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Drop scripts that the page does not use; add a description and the citation."""
    context["body"] = pages.tidy(context.get("body", ""))
    for kind in ("script_files", "css_files"):
        context[kind] = [s for s in context.get(kind, []) if _used(s, context["body"])]
    for script in context["script_files"]:
        if script.filename and "documentation_options" not in str(script.filename):
            script.attributes["defer"] = "defer"  # of the options what follows is set at once
    if doctree is not None and "nosearch" not in app.env.metadata[pagename]:
        title, last = Markup(context["title"]).striptags(), pagename == pages.LEDGER
        parts = sections(context["body"])
        app.study_search.append({"page": pagename, "title": title, "last": last, "sections": parts})
    if pagename == "search":
        context["docstitle"] = escape(context["docstitle"])
    if doctree is None:
        said = context.get("title", "")
    elif given := [n["content"] for n in doctree.findall(nodes.meta) if n["name"] == "description"]:
        said = given[0]
    else:
        first = next(iter(doctree.findall(nodes.paragraph)), nodes.paragraph())
        said = Markup(first.astext()).striptags()  # links to terms and findings are raw there
        if "study-constructed" in context["title"]:
            said = f"{pages.MARKS['constructed']}. {said}"
        context["metatags"] += f'\n<meta name="description" content="{escape(said)}">'
    if doctree is not None and not app.study_own:
        context["last_updated"] = app.study_changes.get(pagename, app.study_works["package"].date)
    context["study"] = {
        **app.study_works,
        "work": app.study_works["panel" if app.study_own else "package"],
        "description": said,
        "meta": app.study_meta,
        "chapter": pagename in app.study_executed,
    }


def _write_files(app: Any, error: Exception | None) -> None:
    """Beside the pages: the ledger, citations, and each notebook as it was executed here."""
    if error is not None or app.builder.name != "html":
        return
    out = Path(app.outdir)
    shutil.rmtree(out / "_static" / "vendor")  # study.css draws the icons in use
    for file in (*out.glob("_static/scripts/fontawesome.*"), *out.glob("_static/*-macros.html")):
        file.unlink()
    sheet = out / "_static" / "styles" / "pydata-sphinx-theme.css"
    write_text(sheet, pages.ICONS.sub("", sheet.read_text(encoding="utf-8")))
    write_index(app.study_search, out)
    write_text(out / "findings.csv", to_csv(app.study_findings))
    if "book/validation" in app.study_executed:
        write_text(out / "validation.csv", published.values().to_csv(index=False))
    write_citations(app.study_works, out)
    site, released = app.study_addresses["site"], app.study_works["package"].date
    given = {"site": site, "language": app.config.language, "name": app.config.html_title}
    given["days"] = {page: app.study_changes.get(page, released) for page in toc_pages()}
    for name in ("404.html", "robots.txt", *(["sitemap.xml"] if site else [])):
        write_text(out / name, app.builder.templates.render(name, given))
    for page, executed in app.study_executed.items():
        text = normalised(with_outputs(page, executed.notebook))
        write_text(out / "_sources" / f"{page}.ipynb", text)


def _visit_math(translator: Any, node: Any) -> None:
    """Math as MathML, made at build time: no script, read aloud by screen readers."""
    block = isinstance(node, nodes.math_block)
    mathml = convert(node.astext(), display="block" if block else "inline")
    wrapper = "div" if block else "span"
    translator.body.append(
        translator.starttag(node, wrapper, CLASS="math", suffix="") + f"{mathml}</{wrapper}>"
    )
    raise nodes.SkipNode


def _no_type(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    if what in ("attribute", "data", "property"):
        # napoleon would take "x: y" in the first line for a type and a text
        lines[:1] = [line.replace(": ", " – ") for line in lines[:1]]


def setup(app: Any) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_html_math_renderer("mathml", (_visit_math, None), (_visit_math, None))
    app.add_role("study-finding", _finding_role)
    app.add_css_file("study.css")
    app.add_js_file("study.js", loading_method="defer")
    app.connect("config-inited", _configure, priority=900)
    app.connect("autodoc-process-docstring", _no_type, priority=400)
    app.connect("source-read", _read)
    app.connect("doctree-read", _mark_page)
    app.connect("doctree-resolved", explain_terms)
    app.connect("html-page-context", _clean_page, priority=900)
    app.connect("build-finished", _write_files)
    return {"version": "2", "parallel_read_safe": False, "parallel_write_safe": False}
