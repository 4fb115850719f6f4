"""What pages say of the evidence they hold and of the build."""

import re
from html.parser import HTMLParser
from pathlib import Path

import nbformat.v4 as v4
import pytest

from analysis.evidence.findings import SOURCES, STANDINGS, Finding, FindingError, to_json
from analysis.publish import pages
from analysis.publish.citation import apa, works
from analysis.publish.timing import Times


def finding(id, source="public", **changes):
    plain = {
        "chapter": "public-statistics",
        "label": "EGDI of Russia",
        "value": 0.8162,
        "low": None,
        "high": None,
        "k": None,
        "n": None,
        "unit": "index",
        "standing": "description",
        "method": "as published",
        "function": "analysis.display.wording.number",
        "digest": "0123456789ab",
        "text": "0.816",
    }
    return Finding(id=id, source=source, **plain | changes)


def notebook(*findings, shows=()):
    outputs = [
        v4.new_output(
            "display_data",
            data={"application/papermill.record/application/vnd.study.finding+json": to_json(f)},
        )
        for f in findings
    ]
    outputs += [
        v4.new_output("display_data", data={"text/html": ""}, metadata={"study_source": source})
        for source in shows
    ]
    outputs.append(v4.new_output("stream", text="x"))
    return v4.new_notebook(cells=[v4.new_markdown_cell(""), v4.new_code_cell("", outputs=outputs)])


# The ledger


def test_the_ledger_has_all_findings_in_reading_order():
    made = {
        Path("b.ipynb"): notebook(finding("z"), finding("a")),
        Path("a.ipynb"): notebook(),
        Path("c.ipynb"): notebook(finding("m", "record")),
    }
    assert [f.id for f in pages.ledger(made)] == ["z", "a", "m"]


def test_an_id_in_two_notebooks_is_refused():
    made = {
        Path("a.ipynb"): notebook(finding("x", chapter="one")),
        Path("b.ipynb"): notebook(finding("x", chapter="two")),
    }
    with pytest.raises(FindingError, match="'x' is used in one and in two"):
        pages.ledger(made)


# The sources of a page

KNOWN = [
    finding("made-up", "constructed"),
    finding("egdi_2022", "public"),
    finding("title", "record"),
    finding("power", "simulated"),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("A page without evidence, of egdi_2022 and title.", []),
        ("It is {glue:text}`egdi_2022`.", ["public"]),
        ("It is {glue:}`egdi_2022`.", []),
        ("It is {glue}`egdi_2022`.", ["public"]),
        ("It is {glue:text}`egdi_2022:.2f`.", ["public"]),
        ("It is {glue:text}`book/public-statistics.ipynb::egdi_2022`.", ["public"]),
        ("It is {glue:text}`book/public-statistics.ipynb::egdi_2022:.2f`.", ["public"]),
        ("{glue:text}`made-up`, {glue:text}`egdi_2022`, {glue:text}`title`", None),
        ("{glue:text}`power` and {glue:text}`power`", ["simulated"]),
        ("{glue:text}`no-such-finding`", []),
        ("{doc}`title` and `power`", []),
    ],
)
def test_a_page_has_the_sources_of_the_findings_in_its_text(text, expected):
    if expected is None:  # in the order of SOURCES, whatever the order in the text
        expected = ["record", "public", "constructed"]
    assert pages.sources_of_page(text, None, KNOWN) == expected


def test_a_page_has_the_sources_of_what_its_notebook_records_and_shows():
    own = notebook(finding("own", "simulated"), shows=["panel", "public", "public"])
    assert pages.sources_of_page("", own, KNOWN) == ["public", "simulated", "panel"]
    assert pages.sources_of_page("{glue:text}`title`", own, KNOWN) == [
        "record",
        "public",
        "simulated",
        "panel",
    ]
    assert pages.sources_of_page("", notebook(), KNOWN) == []


def test_the_mark_names_each_source():
    assert pages.mark(["public", "constructed"]) == (
        '<div class="study-sources"><span>Evidence on this page</span><ul>'
        '<li class="study-source study-source-public">'
        "Public: computed from public statistics or published data of others</li>"
        '<li class="study-source study-source-constructed">'
        "Constructed: no real expert said any of it</li>"
        "</ul></div>"
    )
    assert pages.mark(["record"], language="ru") == (
        '<div class="study-sources"><span>На чём основана страница</span><ul>'
        '<li class="study-source study-source-record">Из статьи: сообщено авторами</li>'
        "</ul></div>"
    )


def test_a_page_about_a_panel_shows_the_panels_own_sentence():
    said = '<p class="study-statement">Nobody said &lt;this&gt;.</p></div>'
    assert pages.mark(["constructed"], "Nobody said <this>.").endswith(said)
    assert pages.mark(["record", "panel"], "Nobody said <this>.").endswith(said)
    assert "study-statement" not in pages.mark(["record", "public"], "Nobody said this.")


def test_a_page_without_evidence_has_no_mark():
    assert pages.mark([]) == ""


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_has_a_mark(source):
    assert pages.mark([source]).count("<li ") == 1


# The table of all findings


class Table(HTMLParser):
    """The rows of a table: their attributes, and the text of their cells."""

    def __init__(self, html):
        super().__init__()
        self.rows, self.tags, self.links, self.inside = [], set(), [], False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append((dict(attrs), []))
        if tag in {"td", "th"}:
            self.rows[-1][1].append("")
            self.inside = True
        if tag == "a":
            self.links.append(dict(attrs)["href"])

    def handle_data(self, data):
        if self.inside:
            self.rows[-1][1][-1] += data

    def handle_endtag(self, tag):
        if tag in {"td", "th"}:
            self.inside = False


def test_the_ledger_table_has_a_row_a_finding():
    made = [
        finding("egdi_2022"),
        finding(
            "share-1", "constructed", value=0.35, low=0.18, high=0.57, k=0, n=20, text="0 of 20"
        ),
    ]
    table = Table(pages.ledger_table(made))
    head, one, two = table.rows
    assert head[1] == (
        ["Finding", "Value", "Low", "High", "k", "n", "Source", "Standing", "Program", "Data"]
    )
    assert one == (
        {
            "id": "egdi_2022",
            "data-chapter": "public-statistics",
            "data-source": "public",
            "data-standing": "description",
        },
        [
            "egdi_2022EGDI of Russia",
            *("0.816", "", "", "", "", "public", "description"),
            "analysis.display.wording.number",
            "0123456789ab",
        ],
    )
    assert two[0]["id"] == "share-1"
    assert two[1][1:8] == ["0 of 20", "0.18", "0.57", "0", "20", "constructed", "description"]
    assert table.links == ["public-statistics.html"] * 2


def test_an_empty_ledger_is_a_table_without_rows():
    assert len(Table(pages.ledger_table([])).rows) == 1


def test_markup_in_a_finding_stays_text():
    nasty = '"><script>alert(1)</script>&'
    table = Table(
        pages.ledger_table([finding("a", label=nasty, text=nasty, digest=nasty, chapter=nasty)])
    )
    attributes, cells = table.rows[1]
    assert "script" not in table.tags
    assert attributes["data-chapter"] == nasty
    assert table.links == [f"{nasty}.html"]
    assert cells[0] == f"a{nasty}"
    assert cells[1] == nasty
    assert cells[-1] == nasty


# Status and vocabularies


def test_the_status_says_where_the_build_came_from(monkeypatch, tmp_path):
    monkeypatch.setattr(pages, "commit", lambda: "0123456789ab+changes")
    monkeypatch.setattr(pages, "versions", lambda: {"Python": "3.11.7", "<numpy>": "2.1"})
    monkeypatch.setenv("STUDY_PANEL", str(tmp_path / "my panel"))
    seconds = {
        Path("book/b.ipynb"): Times(5.26, 3.0, 1.5, 0.5),
        Path("book/a.ipynb"): Times(0.5),
        Path("book/<c>.ipynb"): Times(3, 2.46, 2, 0),
    }
    html = pages.status_tables(seconds)
    rows = {cells[0]: cells[1:] for _, cells in Table(html).rows}
    said = {name: cells[0] for name, cells in rows.items()}
    assert said["Commit"] == "0123456789ab+changes"
    for name in ("Digest of data/", "Digest of analysis/", "Digest of the lock"):
        assert re.fullmatch("[0-9a-f]{12}", said[name])
    assert said["Panel"] == "none: this edition has no panel"
    assert said["Digest of the panel"] == "none"
    assert said["Python"] == "3.11.7"
    assert said["<numpy>"] == "2.1"
    assert rows["Notebook"] == list(pages.TIMES[1:])
    assert rows["b.ipynb"] == ["3.0", "1.5", "0.5", "1.50", "5.3"]
    assert rows["a.ipynb"] == [*["not measured"] * 4, "0.5"]
    assert rows["<c>.ipynb"] == ["2.5", "2.0", "0.0", "1.23", "3.0"]
    assert html.endswith("<p>The highest ratio is 1.50, that of <code>b.ipynb</code>.</p>")
    assert re.findall("<caption>(.*?)</caption>", html) == [
        "What this site was built from",
        "What computed and drew it",
        "How long each notebook took to execute, and on what",
    ]
    assert "highest" not in pages.status_tables({Path("a.ipynb"): Times(0.5)})

    (tmp_path / "my panel").mkdir()
    (tmp_path / "my panel" / "panel.yml").write_text("id: mine\n")
    said = {cells[0]: cells[1] for _, cells in Table(pages.status_tables({})).rows}
    assert said["Panel"] == "my panel"
    assert re.fullmatch("[0-9a-f]{12}", said["Digest of the panel"])


def test_a_vocabulary_is_a_table_of_its_words():
    assert pages.vocabulary_table({"a": "first", "b": "second"}, "Letters") == (
        "**Letters**\n\n| label | meaning |\n|---|---|\n| `a` | first |\n| `b` | second |"
    )


def test_a_citation_is_shown_in_three_forms():
    _, article = works()
    shown = pages.cite(article)
    assert shown.startswith(f"**APA**\n\n{apa(article)}\n\n**BibTeX**\n\n```bibtex\n@article{{")
    assert "}\n```\n\n**RIS**\n\n```text\nTY  - JOUR\n" in shown
    assert shown.endswith("ER  - \n```")


# What a page can ask for


@pytest.fixture(scope="module")
def given():
    package, article = works()
    return pages.substitutions([finding("a")], {Path("a.ipynb"): Times(1.0)}, package, article)


def test_the_substitutions(given):
    assert set(given) == {
        "ledger_table",
        "status_tables",
        "sources_table",
        "standings_table",
        "cite_package",
        "cite_article",
        "article_apa",
        "data_dictionary",
        "claims_figure",
    }
    package, article = works()
    assert given["ledger_table"] == pages.ledger_table([finding("a")])
    assert given["cite_package"] == pages.cite(package)
    assert given["cite_article"] == pages.cite(article)
    assert given["article_apa"] == apa(article)
    for words, name in ((SOURCES, "sources_table"), (STANDINGS, "standings_table")):
        for word, meaning in words.items():
            assert f"| `{word}` | {meaning} |" in given[name]


def test_every_page_asks_for_what_there_is(given, root):
    asked = {
        name
        for page in [root / "index.md", *sorted((root / "book").glob("*.md"))]
        for name in re.findall(r"\{\{\s*(\w+)\s*\}\}", page.read_text(encoding="utf-8"))
    }
    assert asked <= set(given)
    assert {"ledger_table", "status_tables", "cite_package", "cite_article"} <= asked
