"""What pages of the book say of the build itself: the ledger, the status, the marks, citations."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from analysis.display.messages import message
from analysis.display.notebook import SOURCE_KEY
from analysis.evidence.findings import SOURCES, STANDINGS, Finding, check_unique, from_notebook
from analysis.evidence.provenance import commit, digest, panel_digest, versions
from analysis.panel.dictionary import data_dictionary
from analysis.panel.faults import Faults
from analysis.panel.meta import parse_meta
from analysis.project import DATA, LOCK, ROOT, panel_folder
from analysis.publish import start_page
from analysis.publish.citation import Work, apa, bibtex, ris
from analysis.publish.timing import Times

#: A glued finding in a page's text: ``{glue:text}`id` `` or ``{glue:text}`doc::id` ``.
GLUED = re.compile(r"\{glue(?::[a-z]+)?\}`(?:[^`]*::)?([a-z0-9_-]+)[^`]*`")


def ledger(notebooks: Mapping[Path, Any]) -> list[Finding]:
    """All findings of the executed notebooks, in reading order; ids are unique in the book."""
    found = [f for nb in notebooks.values() for f in from_notebook(nb)]
    check_unique(found)
    return found


def _shown_sources(notebook: Any) -> set[str]:
    outputs = (o for c in notebook.cells for o in c.get("outputs", []))
    return {o["metadata"][SOURCE_KEY] for o in outputs if SOURCE_KEY in o.get("metadata", {})}


def sources_of_page(text: str, notebook: Any | None, findings: Iterable[Finding]) -> list[str]:
    """The sources of the evidence on a page, in the order of :data:`SOURCES`.

    Of the findings it records or pulls into its ``text``, and of the figures and tables it shows.
    """
    by_id = {f.id: f.source for f in findings}
    found = {by_id[name] for name in GLUED.findall(text) if name in by_id}
    if notebook is not None:
        found |= {f.source for f in from_notebook(notebook)} | _shown_sources(notebook)
    return [source for source in SOURCES if source in found]


def panel_statement() -> str:
    """The sentence of the chosen panel that every page about it shows; empty without a panel."""
    path = panel_folder() / "panel.yml"
    if not path.is_file():
        return ""
    meta, _ = parse_meta(path.read_text(encoding="utf-8"), Faults())
    return "" if meta is None else " ".join(meta.statement.split())


def mark(sources: Sequence[str], statement: str = "", language: str = "en") -> str:
    """The line under a page's title that says what kinds of evidence the page holds, as HTML.

    ``statement`` is the panel's own sentence; it follows where the page holds evidence of a panel.
    """
    if not sources:
        return ""
    items = "".join(
        f'<li class="study-source study-source-{s}">{escape(message(f"source_{s}", language))}</li>'
        for s in sources
    )
    label = escape(message("page_evidence", language))
    said = ""
    if statement and {"constructed", "panel"} & set(sources):
        said = f'<p class="study-statement">{escape(statement)}</p>'
    return f'<div class="study-sources"><span>{label}</span><ul>{items}</ul>{said}</div>'


def ledger_table(findings: Sequence[Finding]) -> str:
    """The ledger as an HTML table, every finding a row that its id links to."""
    head = ("id", "text", "low", "high", "k", "n", "source", "standing", "function", "digest")
    names = ("Finding", "Value", "Low", "High", "k", "n", "Source", "Standing", "Program", "Data")

    def value(finding: Finding, name: str) -> str:
        found = getattr(finding, name)
        if name == "id":
            page = f"{finding.chapter}.html"
            return (
                f'<a href="{escape(page)}"><code>{escape(finding.id)}</code></a><br>'
                f"{escape(finding.label)}"
            )
        if name in {"function", "digest"}:
            # names may break after a dot, so that the table fits a narrow screen
            return f"<code>{escape(str(found)).replace('.', '.<wbr>')}</code>"
        return "" if found is None else escape(str(found))

    rows = [
        f'<tr id="{f.id}" data-chapter="{escape(f.chapter)}" data-source="{f.source}" '
        f'data-standing="{f.standing}">'
        + "".join(
            f'<th scope="row">{value(f, n)}</th>' if n == "id" else f"<td>{value(f, n)}</td>"
            for n in head
        )
        + "</tr>"
        for f in findings
    ]
    return "\n".join(
        [
            '<div class="study-table" role="region" tabindex="0" aria-label="All findings">',
            '<table id="ledger">',
            "<caption>All findings of the book</caption>",
            "<thead><tr>" + "".join(f'<th scope="col">{n}</th>' for n in names) + "</tr></thead>",
            "<tbody>",
            *rows,
            "</tbody></table></div>",
        ]
    )


def _rows(caption: str, rows: Mapping[str, Sequence[str]], heads: Sequence[str]) -> str:
    body = "\n".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(f"<td><code>{escape(cell)}</code></td>" for cell in cells)
        + "</tr>"
        for name, cells in rows.items()
    )
    return (
        f'<div class="study-table" role="region" tabindex="0" aria-label="{escape(caption)}">'
        f"<table><caption>{escape(caption)}</caption><thead><tr>"
        + "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
        + f"</tr></thead><tbody>{body}</tbody></table></div>"
    )


#: The columns of the table of times.
TIMES = (
    "Notebook",
    "Its cells, s",
    "of these, importing, s",
    "resampling, s",
    "Ratio",
    "Kernel and all, s",
)


def _times(seconds: Mapping[Path, Times]) -> str:
    """How long each notebook took and on what, as HTML, and the highest ratio in a sentence."""

    def shown(value: float, digits: int = 1) -> str:
        return "not measured" if math.isnan(value) else f"{value:.{digits}f}"

    rows = {
        path.name: (
            *(shown(value) for value in (t.cells, t.importing, t.resampling)),
            shown(t.ratio, 2),
            shown(t.total),
        )
        for path, t in seconds.items()
    }
    table = _rows("How long each notebook took to execute, and on what", rows, TIMES)
    known = {path: t.ratio for path, t in seconds.items() if not math.isnan(t.ratio)}
    if not known:
        return table
    most = max(known, key=lambda path: known[path])
    return (
        f"{table}\n<p>The highest ratio is {known[most]:.2f}, that of "
        f"<code>{escape(most.name)}</code>.</p>"
    )


def status_tables(seconds: Mapping[Path, Times]) -> str:
    """Where the build came from, what it ran on, and how long each notebook took, as HTML."""
    chosen = panel_folder()
    origin = {
        "Commit": commit(),
        "Digest of data/": digest([DATA]),
        "Digest of analysis/": digest([ROOT / "analysis"]),
        "Digest of the lock": digest([LOCK]),
        "Panel": chosen.name if chosen.is_dir() else "none: this edition has no panel",
        "Digest of the panel": panel_digest(),
    }
    return "\n".join(
        [
            _rows("What this site was built from", _single(origin), ("What", "Value")),
            _rows("What computed and drew it", _single(versions()), ("Package", "Version")),
            _times(seconds),
        ]
    )


def _single(rows: Mapping[str, str]) -> dict[str, tuple[str]]:
    return {name: (value,) for name, value in rows.items()}


def vocabulary_table(words: Mapping[str, str], caption: str) -> str:
    """A vocabulary (sources or standings) with its meanings, as a MyST list table."""
    body = "\n".join(f"| `{word}` | {meaning} |" for word, meaning in words.items())
    return f"**{caption}**\n\n| label | meaning |\n|---|---|\n{body}"


def cite(work: Work) -> str:
    """The three forms of a citation, as Markdown."""
    return "\n\n".join(
        [
            "**APA**",
            apa(work),
            "**BibTeX**",
            f"```bibtex\n{bibtex(work)}```",
            "**RIS**",
            f"```text\n{ris(work)}```",
        ]
    )


def substitutions(
    findings: Sequence[Finding],
    seconds: Mapping[Path, Times],
    package: Work,
    article: Work,
    picture: start_page.Picture | None = None,
) -> dict[str, str]:
    """What a page gets where it says ``{{ name }}``; ``picture`` is the start page's figure."""
    return {
        start_page.PLACEHOLDER: start_page.html(picture),
        "ledger_table": ledger_table(findings),
        "status_tables": status_tables(seconds),
        "sources_table": vocabulary_table(SOURCES, "Source: where a number comes from"),
        "standings_table": vocabulary_table(STANDINGS, "Standing: what it may be used for"),
        "cite_package": cite(package),
        "cite_article": cite(article),
        "article_apa": apa(article),
        "data_dictionary": data_dictionary(),
    }
