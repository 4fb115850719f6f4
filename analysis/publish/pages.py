"""What pages say of the build itself: the ledger, the status, the marks, citations."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from analysis.chapters.data_dictionary import data_dictionary
from analysis.citation import Work, cite, licences, whereabouts
from analysis.findings import SOURCES, STANDINGS, Finding, html_table, ledger_table
from analysis.notebook import SOURCE_KEY
from analysis.panel.faults import printable
from analysis.panel.panel import Panel
from analysis.project import DATA, LOCK, ROOT, digest, pages, panel_folder
from analysis.publish.execution import Executed
from analysis.publish.provenance import commit, versions
from analysis.validation.report import methods
from analysis.words import html as escape

#: The page that holds the table of all findings.
LEDGER = "book/findings"
#: What stands on the foot of each page until there is a PDF to link to.
NO_PDF = '<p class="study-pdf">This build has no PDF of the whole book.</p>'

#: What each kind of evidence is called under a page's title.
MARKS = {
    "record": "Record: stated by the article",
    "public": "Public: computed from public statistics or published data of others",
    "constructed": "Constructed: no real expert said any of it",
    "simulated": "Simulated: from a random generator with known parameters",
    "panel": "Panel: computed from the panel that was supplied",
}


def outputs(notebook: Any) -> list[Any]:
    """What a notebook's cells show."""
    shown = [o for c in notebook.cells for o in c.get("outputs", [])]
    return [o for o in shown if "data" in o]


def sources_of(notebook: Any, findings: Iterable[Finding]) -> list[str]:
    """The sources of the evidence that a notebook shows, in the order of :data:`SOURCES`."""
    found = {o["metadata"].get(SOURCE_KEY) for o in outputs(notebook)}
    found |= {f.source for f in findings}
    return [source for source in SOURCES if source in found]


def mark(sources: Sequence[str], statement: str = "") -> str:
    """The line under a page's title that says what kinds of evidence the page holds, as HTML.

    ``statement`` is a sentence of the panel; it follows where the page holds evidence of a panel.
    """
    if not sources:
        return ""
    items = "".join(f'<li class="study-source-{s}">{escape(MARKS[s])}</li>' for s in sources)
    said = ""
    if statement and {"constructed", "panel"} & set(sources):
        said = f'<p class="study-statement">{escape(statement)}</p>'
    return f'<div class="study-sources" role="note"><ul>{items}</ul>{said}</div>'


def _row(name: str, *cells: str) -> str:
    data = "".join(f"<td>{c}</td>" for c in cells)
    return f'<tr><th scope="row">{escape(name)}</th>{data}</tr>'


def _codes(rows: Mapping[str, str]) -> list[str]:
    return [_row(name, f"<code>{escape(value)}</code>") for name, value in rows.items()]


def status_tables(executed: Mapping[str, Executed], panel: Panel | None) -> str:
    """Where the build came from, what it ran on, and how long each notebook took, as HTML."""
    origin = {
        "Commit": commit(),
        "Digest of data/": digest([DATA]),
        "Digest of analysis/": digest([ROOT / "analysis"]),
        "Digest of the lock": digest([LOCK]),
        "Panel": printable(panel_folder().name) if panel else "none: this edition has no panel",
        "Digest of the panel": panel.digest if panel else "none",
    }
    times = [
        _row(page, f"{done.seconds:.1f}", "now" if done.now else "before: nothing has changed")
        for page, done in executed.items()
        if "SOURCE_DATE_EPOCH" not in os.environ  # a build that is to be the same each time
    ]
    return "\n".join(
        [
            html_table("What this site was built from", ("What", "Value"), _codes(origin)),
            html_table("What computed and drew it", ("What", "Version"), _codes(versions())),
            html_table("Notebooks", ("Notebook", "Seconds", "Executed"), times),
        ]
    )


#: The notebook whose first figure stands on the start page.
START = "book/public-statistics"


def layouts(wide: str, said: Mapping[str, str]) -> str:
    """A figure within a page, in two layouts; its inks are variables of the page's style."""
    parts = []
    for name, svg in (("wide", wide), ("narrow", said.get("narrow", wide))):
        named = f'<svg class="study-{name}" role="img" aria-label="{escape(said["alt"])}" '
        svg = re.sub(r"#([0-9a-f]{6})\b(?=[^<>]*>)", r"var(--f-\1,#\1)", svg)
        parts.append(svg.replace("<svg ", named, 1))
    return "".join(parts)


def first_figure(executed: Mapping[str, Executed]) -> str:
    """The start page's figure as HTML; empty without one."""
    for output in outputs(executed[START].notebook) if START in executed else []:
        if said := output["metadata"].get("image/svg+xml"):
            return (
                f'<figure class="study-figure">{layouts(output["data"]["image/svg+xml"], said)}'
                f"<figcaption><p>{escape(said['caption'])} "
                f'<a href="{START}.html">The chapter behind it</a></p></figcaption></figure>'
            )
    return ""


def _meanings(vocabulary: Mapping[str, str], caption: str) -> str:
    rows = [_row(word, escape(meaning)) for word, meaning in vocabulary.items()]
    return html_table(caption, ("Label", "Meaning"), rows)


#: Rules of the theme's icon fonts.
ICONS = re.compile(
    r"@font-face\{[^}]*\}|(?<=\})(?:\.fa[srb]?(?:-[\w-]+)?(?::+before)?,?)+\{[^}]*\}"
)
#: Rules that pandas writes beside a frame are no valid HTML within a page.
_RULES = re.compile(r"(?s)<style scoped>.*?</style>")
#: The source of a module: within its lines HTML allows no blocks.
_SOURCE = re.compile(r"(?s)(?<=<pre>).*?(?=</pre>)")
_FOLD = re.compile(r'(?s)<summary aria-label="T[^>]*>\s*<p class="c[^>]*>(.*?)</p>.*?</summary>')
#: Text that has its language, and tags; then Russian, with the signs within it.
_RUSSIAN = re.compile(
    r"(?s)<p lang=.*?</p>|<(script|style|svg)\b.*?</\1>|<[^>]+>|[А-яЁё](?:[^<>&A-Za-z]*[А-яЁё])?"
)


def tidy(body: str) -> str:
    """The HTML of a page: folds named by their text, Russian marked, pictures loaded when near."""
    body = _SOURCE.sub(lambda at: at[0].replace("<div", "<span").replace("</div", "</span"), body)
    body = _FOLD.sub(r"<summary>\1</summary>", _RULES.sub("", body))
    body = body.replace("<img ", '<img loading="lazy" ')
    marked = '<span lang="ru">{}</span>'
    return _RUSSIAN.sub(lambda at: at[0] if at[0][0] == "<" else marked.format(at[0]), body)


def substitutions(
    findings: Sequence[Finding],
    executed: Mapping[str, Executed],
    works: Mapping[str, Work],
    panel: Panel | None,
    places: Mapping[str, str],
) -> dict[str, str]:
    """What a page gets where it says ``{{ name }}``: of HTML, Markdown reads nothing as its own."""
    html = {
        "start_figure": first_figure(executed),
        "ledger_table": ledger_table(findings),
        "status_tables": status_tables(executed, panel),
        "sources_table": _meanings(SOURCES, "Source: where a number comes from"),
        "standings_table": _meanings(STANDINGS, "Standing: what it may be used for"),
        **{f"cite_{name}": cite(name, work) for name, work in works.items()},
        "addresses": whereabouts(places, works["package"].doi),
        "licences_panel": f"<p>{licences(panel.meta if panel else None)}</p>",
        "data_dictionary": data_dictionary(),
    }
    fence = "`" * (3 + max(len(run) for text in html.values() for run in re.findall("`*", text)))
    raw = {name: f"{fence}{{raw}} html\n{text}\n{fence}" for name, text in html.items()}
    return raw | {"methods": methods(pages())}
