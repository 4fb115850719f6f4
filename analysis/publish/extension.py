"""The local Sphinx extension: evidence marks, figures with alternative text, math without scripts.

It also makes sure that no page asks another site for anything, and that a plain
``jupyter-book build .`` cannot show old numbers: the execution cache is filled, and its key made
part of the configuration, before the first page is read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from analysis.evidence.findings import to_csv
from analysis.evidence.provenance import commit, execution_key
from analysis.project import ROOT
from analysis.publish import pages, start_page
from analysis.publish.citation import Work, bibtex, ris, works
from analysis.publish.execution import fill
from analysis.publish.files import write_text

#: The page that holds the table of all findings.
LEDGER_PAGE = "book/findings"


class FigurePlugin:
    """MyST-NB: an SVG output whose metadata holds its alternative text becomes a figure."""

    mime_priority_overrides: ClassVar[Sequence[tuple[str, str, int | None]]] = ()

    @staticmethod
    def handle_mime(renderer: Any, data: Any, inline: bool) -> list[Any] | None:
        """The nodes of the figure; None, which leaves the output to MyST-NB, for any other."""
        given = data.output_metadata.get("image/svg+xml", {})
        if data.mime_type != "image/svg+xml" or "alt" not in given:
            return None
        from docutils import nodes

        content = data.string.encode("utf-8")
        name = f"{hashlib.sha256(content).hexdigest()[:20]}.svg"
        uri = renderer.write_file([name], content, overwrite=False, exists_ok=True)
        image = nodes.image(uri=uri, alt=given["alt"], classes=["study-figure"])
        if not given.get("caption"):
            return [image]
        caption = nodes.caption("", "", nodes.Text(given["caption"]))
        return [nodes.figure("", image, caption, classes=["study-figure"])]


def _finding_role() -> Any:
    """MyST-NB's ``glue:text`` role, its number linked to its row in the table of findings."""
    from docutils import nodes
    from myst_nb.ext.glue.roles import PasteTextRole

    paste = PasteTextRole()

    def finding_role(
        name: str, rawtext: str, text: str, lineno: int, inliner: Any, *options: Any
    ) -> tuple[list[Any], list[Any]]:
        found, messages = paste(name, rawtext, text, lineno, inliner, *options)
        id = text.rsplit("::", 1)[-1].split(":", 1)[0]
        env = inliner.document.settings.env
        app = env.app
        finding = next((f for f in app.study_findings if f.id == id), None)
        if finding is None or app.builder.format != "html" or not found:
            return found, messages
        page = app.builder.get_relative_uri(env.docname, LEDGER_PAGE)
        link = nodes.reference(
            "",
            "",
            *found,
            refuri=f"{page.split('#')[0]}#{id}",
            reftitle=f"{finding.source}, {finding.standing}: {finding.label}",
            internal=True,
            # a whole sentence is not underlined; its link shows when it is pointed at
            classes=["study-finding", *(["study-sentence"] if finding.unit == "text" else [])],
        )
        return [link], messages

    return finding_role


def _configure(app: Any, config: Any) -> None:
    """Execute what is missing, then tell Sphinx where the outputs are and what the pages say."""
    state = fill()
    config.nb_execution_cache_path = str(state.cache)
    config.study_execution_key = execution_key()
    checked_out = commit()
    package, article = works(commit=checked_out)
    app.study_works = (package, article)
    app.study_findings = pages.ledger(state.notebooks)
    app.study_statement = pages.panel_statement()
    app.study_notebooks = {
        path.relative_to(ROOT).with_suffix("").as_posix(): nb
        for path, nb in state.notebooks.items()
    }
    app.study_picture = start_page.picture(app.study_notebooks.get(start_page.CHAPTER))
    config.myst_substitutions = {
        **config.myst_substitutions,
        **pages.substitutions(
            app.study_findings, state.seconds, package, article, app.study_picture
        ),
    }
    config.html_theme_options = {
        **config.html_theme_options,
        "extra_footer": f"<p>Version {package.version}, commit <code>{checked_out}</code>. "
        "Code: MIT. Text, figures and data: CC BY 4.0. "
        "Independent of the article's authors.</p>",
    }


def _mark_page(app: Any, doctree: Any) -> None:
    """Put the line that says what evidence a page holds under the page's title."""
    from docutils import nodes

    name = app.env.docname
    source = Path(app.env.doc2path(name)).read_text(encoding="utf-8")
    shown = start_page.CHAPTER if start_page.PLACEHOLDER in source else name
    found = pages.sources_of_page(source, app.study_notebooks.get(shown), app.study_findings)
    title = next(iter(doctree.findall(nodes.title)), None)
    html = pages.mark(found, app.study_statement)
    if title is not None and html:
        title.parent.insert(title.parent.index(title) + 1, nodes.raw("", html, format="html"))


def _outside(script: Any) -> bool:
    name = str(getattr(script, "filename", script) or "")
    body = str(getattr(script, "attributes", {}).get("body", ""))
    return "://" in name or any(w in (name + body).lower() for w in ("thebe", "mathjax"))


def _clean_page(
    app: Any, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Drop scripts that would call other sites; add the citation's meta elements."""
    for kind in ("script_files", "css_files"):
        context[kind] = [s for s in context.get(kind, []) if not _outside(s)]
    tags = context.get("metatags", "")
    if 'name="description"' not in tags and doctree is not None:
        tags += _description_tag(doctree)
    context["metatags"] = tags + _citation_tags(app.study_works[0])


def _description_tag(doctree: Any) -> str:
    """A page without a description of its own is described by its first paragraph."""
    from html import escape

    from docutils import nodes

    first = next(iter(doctree.findall(nodes.paragraph)), None)
    if first is None:
        return ""
    text = " ".join(first.astext().split())
    return f'\n<meta name="description" content="{escape(text)}">'


def _citation_tags(package: Work) -> str:
    from html import escape

    pairs = [("citation_title", package.title), ("citation_publication_date", str(package.year))]
    pairs += [("citation_author", f"{a}, {b}" if b else a) for a, b in package.authors]
    return "".join(f'\n<meta name="{k}" content="{escape(v)}">' for k, v in pairs)


def _write_files(app: Any, error: Exception | None) -> None:
    """Beside the pages: the ledger, citations, and each notebook as it was executed here."""
    if error is not None or app.builder.name != "html":
        return
    import nbformat

    out = Path(app.outdir)
    write_text(out / "findings.csv", to_csv(app.study_findings))
    if app.study_picture is not None:
        write_text(out / start_page.FILE, app.study_picture.svg)
    package, article = app.study_works
    for work, name in ((package, "package"), (article, "article")):
        write_text(out / f"cite-{name}.bib", bibtex(work))
        write_text(out / f"cite-{name}.ris", ris(work))
    from analysis.publish.execution import normalised

    for name, nb in app.study_notebooks.items():
        target = out / "_sources" / f"{name}.ipynb"
        executed = nbformat.from_dict({**nb, "cells": _with_outputs(name, nb)})
        write_text(target, nbformat.writes(normalised(executed), version=4) + "\n")


def _with_outputs(name: str, executed: Any) -> list[Any]:
    """The notebook's own cells, its code cells with the outputs of this build."""
    import nbformat

    source = nbformat.read(ROOT / f"{name}.ipynb", as_version=4)
    ran = iter(c for c in executed.cells if c.cell_type == "code")
    for cell in source.cells:
        if cell.cell_type == "code":
            cell.outputs = next(ran).outputs
    return list(source.cells)


def _visit_math(translator: Any, node: Any) -> None:
    """Math as MathML, made at build time: no script, read aloud by screen readers."""
    from docutils import nodes
    from latex2mathml.converter import convert

    block = isinstance(node, nodes.math_block)
    mathml = convert(node.astext(), display="block" if block else "inline")
    wrapper = "div" if block else "span"
    translator.body.append(
        translator.starttag(node, wrapper, CLASS="math", suffix="") + f"{mathml}</{wrapper}>"
    )
    raise nodes.SkipNode


def setup(app: Any) -> dict[str, Any]:
    """Register with Sphinx."""
    app.add_config_value("study_execution_key", "", "env")
    app.add_html_math_renderer("mathml", (_visit_math, None), (_visit_math, None))
    app.add_role_to_domain("glue", "text", _finding_role(), override=True)
    app.add_css_file("study.css")
    app.add_js_file("study.js", loading_method="defer")
    app.connect("config-inited", _configure, priority=900)
    app.connect("doctree-read", _mark_page)
    app.connect("html-page-context", _clean_page, priority=900)
    app.connect("build-finished", _write_files)
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": False}
