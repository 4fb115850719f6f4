"""The search, in Chromium and from the files alone: what it finds, and what it shows of it."""

import csv
import json
from pathlib import Path
from urllib.parse import quote

import pytest

from analysis.panel.panel import load_panel
from analysis.publish.lookup import sections


@pytest.fixture(scope="module")
def search(browser, site):
    """What a search finds: the page, its title and what is said of it, for each of its results."""
    tab = browser.new_page()
    tab.set_default_timeout(0)  # however slow the machine
    failed = []
    tab.on("pageerror", lambda error: failed.append(str(error)))

    def find(query):
        tab.goto(f"{(site / 'search.html').as_uri()}?q={quote(query)}")
        tab.wait_for_selector("#search-results [role=status]")
        assert not failed
        return tab.locator("#search-results li").evaluate_all(
            """items => items.map(item => {
                const link = item.querySelector("a");
                return [link.getAttribute("href").replace(".html", ""), link.textContent,
                    item.querySelector("p").textContent,
                    Array.from(item.querySelectorAll("mark"), mark => mark.textContent)];
            })"""
        )

    yield find
    tab.close()


def test_thirty_searches_find_their_page_first(search):
    with Path(__file__).with_name("searches.csv").open(encoding="utf-8", newline="") as file:
        searches = list(csv.DictReader(file))
    assert len(searches) == 30
    missed = {}
    for row in searches:
        found = search(row["query"])
        if not found or found[0][0] != row["page"]:
            missed[row["query"]] = [page for page, *_ in found[:3]]
    assert len(missed) <= 3, missed


@pytest.mark.parametrize(
    ("one", "other"),
    [("жалоба", "жалобами"), ("регион", "регионов"), ("учёт", "учет"), ("coder", "coders")],
)
def test_a_word_is_found_in_every_form(search, one, other):
    found, same = search(one), search(other)
    assert found
    assert {page for page, *_ in found} == {page for page, *_ in same}


def test_the_beginning_of_a_word_finds_it(search):
    assert search("pseudonymis")[0][0] == "book/your-interviews"


@pytest.mark.parametrize("query", ["experts", "Wilson", "interval"])
def test_the_ledger_comes_last(search, query):
    pages = [page for page, *_ in search(query)]
    assert len(pages) > 3
    assert pages[-1] == "book/findings"


def test_a_result_shows_where_the_page_says_it(search):
    found = search("жалобы")
    assert found
    for page, title, said, marked in found:
        assert ("(constructed)" in title) == (page != "book/study-record"), page
        assert 20 < len(said) < 400
        assert "://" not in said
        assert marked
        assert {word[:5].lower() for word in marked} == {"жалоб"}


def test_what_is_not_found_is_said(search, browser, site):
    assert search("qqqq") == []
    tab = browser.new_page()
    tab.goto(f"{(site / 'search.html').as_uri()}?q=qqqq")
    said = tab.locator("#search-results [role=status]").inner_text()
    tab.close()
    assert said == "No page says any of these words."


def test_cells_are_parted_and_a_section_has_its_own_text():
    page = """<section id="a"><h1><span class="section-number">3. </span>One
        <a class="headerlink" href="#a">#</a></h1>
        <p>Some<b>thing</b> here, see https://away.example/x.</p>
        <table><tr><td>federal authority</td><td>федеральный</td></tr></table>
        <div class="cell_input"><pre>code</pre></div>
        <section id="b"><h2>Two</h2><p>&lt;b&gt;text&lt;/b&gt;</p></section></section>"""
    assert sections(page) == [
        ["a", "One", "Something here, see federal authority федеральный"],
        ["b", "Two", "<b>text</b>"],
    ]


def test_nothing_is_found_that_must_not_be_shown(site):
    text = (site / "searchindex.js").read_text("utf-8")
    pages = json.loads(text.partition("STUDY_PAGES = ")[2].removesuffix(";\n"))
    assert {"index", "book/panel", "book/findings"} <= {page["page"] for page in pages}
    everything = " ".join(text for page in pages for _, _, text in page["sections"])
    panel = load_panel()
    open_texts = [said for said in panel.statements.text.dropna() if len(said.split()) > 7]
    assert any(" ".join(said.split()) in everything for said in open_texts)
    closed = [said for _, said in panel.unquotable() if len(said.split()) > 7]
    assert len(closed) > 30
    for said in closed:
        assert " ".join(said.split()) not in everything
