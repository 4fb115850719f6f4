"""What pages say of the build itself: the ledger, the status, the marks, citations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from analysis.findings import SOURCES, STANDINGS, Finding, html_table, ledger_table
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
    return (
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(f"<td>{c}</td>" for c in cells)
        + "</tr>"
    )


def _codes(rows: Mapping[str, str]) -> list[str]:
    return [_row(name, f"<code>{escape(value)}</code>") for name, value in rows.items()]


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
    times = [
        _row(page, f"{done.seconds:.1f}", "now" if done.now else "before: nothing has changed")
        for page, done in executed.items()
    ]
    return "\n".join(
        [
            html_table("What this site was built from", ("What", "Value"), _codes(origin)),
            html_table("What computed and drew it", ("What", "Version"), _codes(versions())),
            html_table("Notebooks", ("Notebook", "Seconds", "Executed"), times),
        ]
    )


#: The notebook whose first figure stands on the start page, and where its picture lies.
START, START_PICTURE = "book/public-statistics", "_images/start.svg"


def first_figure(executed: Mapping[str, Executed]) -> tuple[str, str]:
    """The SVG of the start page's figure, and its HTML there; both empty without one."""
    for output in outputs(executed[START].notebook) if START in executed else []:
        said = output["metadata"].get("image/svg+xml", {})
        if said:
            html = (
                f'<figure class="study-figure"><a href="{START}.html"><img class="study-figure" '
                f'src="{START_PICTURE}" alt="{escape(said["alt"])}"></a>'
                f"<figcaption><p>{escape(said['caption'])} "
                "The chapter behind it opens from the picture.</p></figcaption></figure>"
            )
            return output["data"]["image/svg+xml"], html
    return "", ""


def _meanings(vocabulary: Mapping[str, str], caption: str) -> str:
    rows = [_row(word, escape(meaning)) for word, meaning in vocabulary.items()]
    return html_table(caption, ("Label", "Meaning"), rows)


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
        "sources_table": _meanings(SOURCES, "Source: where a number comes from"),
        "standings_table": _meanings(STANDINGS, "Standing: what it may be used for"),
        "cite_package": cite(package),
        "cite_article": cite(article),
        "article_apa": apa(article),
        "data_dictionary": data_dictionary(),
    }
