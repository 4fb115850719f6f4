"""What pages say of the build itself: the ledger, the status, the marks, citations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from analysis import words
from analysis.findings import SOURCES, STANDINGS, Finding
from analysis.notebook import SOURCE_KEY
from analysis.project import DATA, LOCK, ROOT, digest, panel_digest, panel_folder
from analysis.publish.citation import Work, apa, bibtex, ris
from analysis.publish.execution import Executed
from analysis.publish.provenance import commit, versions
from analysis.words import html as escape

#: The page that holds the table of all findings.
LEDGER = "book/findings"

#: What each kind of evidence is called under a page's title.
MARKS = {
    "record": "Record: stated by the article",
    "public": "Public: computed from public statistics or published data of others",
    "constructed": "Constructed: no real expert said any of it",
    "simulated": "Simulated: from a random generator with known parameters",
    "panel": "Panel: computed from the panel that was supplied",
}


def sources_of(notebook: Any, findings: Iterable[Finding]) -> list[str]:
    """The sources of the evidence that a notebook shows, in the order of :data:`SOURCES`."""
    outputs = [o for c in notebook.cells for o in c.get("outputs", [])]
    found = {o["metadata"].get(SOURCE_KEY) for o in outputs if "metadata" in o}
    found |= {f.source for f in findings}
    return [source for source in SOURCES if source in found]


def mark(sources: Sequence[str], statement: str = "") -> str:
    """The line under a page's title that says what kinds of evidence the page holds, as HTML.

    ``statement`` is the panel's own sentence; it follows where the page holds evidence of a panel.
    """
    if not sources:
        return ""
    items = "".join(f'<li class="study-source-{s}">{escape(MARKS[s])}</li>' for s in sources)
    said = ""
    if statement and {"constructed", "panel"} & set(sources):
        said = f'<p class="study-statement">{escape(statement)}</p>'
    return f'<div class="study-sources" role="note"><ul>{items}</ul>{said}</div>'


def _value(finding: Finding) -> str:
    """The value with its interval and its counts, in one cell."""
    parts = [finding.text]
    if finding.low is not None and finding.high is not None:
        parts.append(f"({words.limits(finding.low, finding.high)})")
    if finding.k is None and finding.n is not None:
        parts.append(f"[n = {words.whole(finding.n)}]")
    return " ".join(parts)


def _program(finding: Finding, notebook: str) -> str:
    """Links to the source of the function, where there is one, and to the cell that called it."""
    cell = f'<a href="{notebook}#cell-{finding.cell}">cell {finding.cell}</a>'
    module, _, name = finding.function.rpartition(".")
    if not module:
        return cell
    address = f"../_modules/{module.replace('.', '/')}.html#{name}"
    return f'<a href="{escape(address)}"><code>{escape(name)}</code></a>, {cell}'


def ledger_table(findings: Sequence[Finding]) -> str:
    """The ledger as an HTML table: a row a finding, which its id leads to."""
    rows = []
    for f in findings:
        notebook = f"{f.page.rpartition('/')[2]}.html"
        rows.append(
            f'<tr id="{f.id}" data-page="{escape(notebook[:-5])}" data-source="{f.source}" '
            f'data-standing="{f.standing}"><th scope="row"><a href="{notebook}#f-{f.id}">'
            f"{escape(f.id)}</a></th><td>{escape(_value(f))}</td><td>{f.source}</td>"
            f"<td>{f.standing}</td><td>{escape(f.method)}</td><td>{_program(f, notebook)}</td>"
            f"<td><code>{f.digest}</code></td></tr>"
        )
    names = ("Finding", "Value", "Source", "Standing", "Method", "Program", "Data")
    return _table("All findings of the book", names, rows, "ledger")


def _table(caption: str, heads: Sequence[str], rows: Iterable[str], id: str = "") -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    named = f' id="{id}"' if id else ""
    return (
        f'<div class="study-table"><table{named}><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>\n" + "\n".join(rows) + "\n</tbody></table></div>"
    )


def _rows(rows: Mapping[str, Sequence[str]]) -> list[str]:
    return [
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(f"<td><code>{escape(cell)}</code></td>" for cell in cells)
        + "</tr>"
        for name, cells in rows.items()
    ]


def status_tables(executed: Mapping[str, Executed]) -> str:
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
    times = {
        page: (f"{done.seconds:.1f}", "now" if done.now else "before: nothing has changed")
        for page, done in executed.items()
    }
    pairs = ("What", "Value")
    return "\n".join(
        [
            _table("What this site was built from", pairs, _rows(_single(origin))),
            _table("What computed and drew it", pairs, _rows(_single(versions()))),
            _table("Notebooks", ("Notebook", "Seconds", "Executed"), _rows(times)),
        ]
    )


def _single(rows: Mapping[str, str]) -> dict[str, tuple[str]]:
    return {name: (value,) for name, value in rows.items()}


#: The notebook whose first figure stands on the start page, and where its picture lies.
START, START_PICTURE = "book/public-statistics", "_images/start.svg"


def first_figure(executed: Mapping[str, Executed]) -> tuple[str, str]:
    """The SVG of the start page's figure, and its HTML there; both empty without one."""
    cells = executed[START].notebook.cells if START in executed else []
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    for output in outputs:
        said = output.get("metadata", {}).get("image/svg+xml", {})
        if said:
            html = (
                f'<figure class="study-figure"><a href="{START}.html"><img class="study-figure" '
                f'src="{START_PICTURE}" alt="{escape(said["alt"])}"></a>'
                f"<figcaption><p>{escape(said['caption'])} "
                "The chapter behind it opens from the picture.</p></figcaption></figure>"
            )
            return output["data"]["image/svg+xml"], html
    return "", ""


def vocabulary(meanings: Mapping[str, str], caption: str) -> str:
    """A vocabulary (sources or standings) with its meanings, as an HTML table."""
    rows = [
        f'<tr><th scope="row"><code>{word}</code></th><td>{escape(meaning)}</td></tr>'
        for word, meaning in meanings.items()
    ]
    return _table(caption, ("Label", "Meaning"), rows)


def cite(work: Work) -> str:
    """The three forms of a citation, as Markdown."""
    return "\n\n".join(
        [
            f"**APA**\n\n{apa(work)}",
            f"**BibTeX**\n\n```bibtex\n{bibtex(work)}```",
            f"**RIS**\n\n```text\n{ris(work)}```",
        ]
    )


def substitutions(
    findings: Sequence[Finding], executed: Mapping[str, Executed], package: Work, article: Work
) -> dict[str, str]:
    """What a page gets where it says ``{{ name }}``."""
    from analysis.panel.dictionary import data_dictionary

    return {
        "start_figure": first_figure(executed)[1],
        "ledger_table": ledger_table(findings),
        "status_tables": status_tables(executed),
        "sources_table": vocabulary(SOURCES, "Source: where a number comes from"),
        "standings_table": vocabulary(STANDINGS, "Standing: what it may be used for"),
        "cite_package": cite(package),
        "cite_article": cite(article),
        "article_apa": apa(article),
        "data_dictionary": data_dictionary(),
    }
