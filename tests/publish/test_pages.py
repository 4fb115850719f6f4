"""What pages say of the evidence they hold and of the build."""

import re

import nbformat.v4 as v4
import pytest

from analysis.citation import Work
from analysis.findings import SOURCES, STANDINGS, Finding, ledger_table
from analysis.publish import pages
from analysis.publish.execution import Executed


def finding(id="a-x", source="public", **changed):
    known = {
        "chapter": "a", "value": 0.6, "low": None, "high": None, "k": 12, "n": 20,
        "text": "12 of 20", "standing": "description", "method": "share",
        "function": "analysis.statistics.summary.share", "digest": "0123456789ab",
        "page": "book/some-page", "cell": 3,
    }  # fmt: skip
    return Finding(id=id, source=source, **{**known, **changed})


def notebook(*outputs):
    cell = v4.new_code_cell("x")
    cell.outputs = [v4.new_output("display_data", data, metadata=meta) for data, meta in outputs]
    return v4.new_notebook(cells=[cell])


def test_a_page_has_the_sources_of_what_it_says_and_shows():
    own = notebook(({"text/html": "x"}, {"study_source": "panel"}), ({"text/plain": "y"}, {}))
    found = [finding(source="simulated"), finding(source="record")]
    assert pages.sources_of(own, found) == ["record", "simulated", "panel"]
    assert pages.sources_of(notebook(), []) == []


def test_the_mark_names_each_source_and_the_panels_own_sentence():
    html = pages.mark(["public", "constructed"], "Nobody said <this>.")
    assert re.findall(r'<li class="study-source-(\w+)">', html) == ["public", "constructed"]
    assert "Constructed: no real expert said any of it" in html
    assert '<p class="study-statement">Nobody said &lt;this&gt;.</p>' in html
    assert "study-statement" not in pages.mark(["record", "public"], "Nobody said this.")
    assert pages.mark([]) == ""
    assert set(pages.MARKS) == set(SOURCES)


def test_the_ledger_leads_from_a_row_to_its_place_its_program_and_its_cell():
    row = ledger_table([finding()])
    assert '<tr id="a-x" data-page="some-page" data-source="public"' in row
    assert '<a href="some-page.html#f-a-x">a-x</a>' in row
    assert '<a href="../_modules/analysis/statistics/summary.html#share">' in row
    assert '<a href="some-page.html#cell-3">cell 3</a>' in row


@pytest.mark.parametrize(
    ("changed", "shown"),
    [
        ({}, "<td>12 of 20</td>"),
        ({"low": 0.38, "high": 0.78}, "<td>12 of 20 (0.38 to 0.78)</td>"),
        ({"k": None, "text": "0.60"}, "<td>0.60 [n = 20]</td>"),
        ({"k": None, "n": None, "text": "<b>"}, "<td>&lt;b&gt;</td>"),
    ],
)
def test_the_value_the_interval_and_the_counts_stand_together(changed, shown):
    assert shown in ledger_table([finding(**changed)])


def test_a_number_without_a_function_leads_to_its_cell_alone():
    row = ledger_table([finding(function="")])
    assert "_modules" not in row
    assert "#cell-3" in row


def test_the_status_says_what_ran_now():
    done = {
        "book/a": Executed(notebook(), 4.25, True),
        "book/b": Executed(notebook(), 3.0, False),
    }
    html = pages.status_tables(done, None)
    assert re.search(r"book/a</th><td>4\.\d</td><td>now</td></tr>", html)
    assert "book/b</th><td>3.0</td><td>before: nothing has changed" in html
    for name in ("Commit", "Digest of the lock", "Digest of the panel", "pandas", "Python"):
        assert name in html


def test_vocabularies_are_shown_with_their_meanings():
    html = pages._meanings(STANDINGS, "Standing")
    assert html.count("<tr>") == len(STANDINGS) + 1
    assert "what could be seen, not what was" in html


def test_the_start_page_takes_the_first_figure_of_public_statistics():
    svg = '<svg width="1"><path style="fill: #0072b2"/><text>#0072b2</text></svg>'
    said = {"alt": "What <is> seen.", "caption": "Two sides.", "narrow": "<svg width='2'/>"}
    shown = notebook(({"text/plain": "x"}, {}), ({"image/svg+xml": svg}, {"image/svg+xml": said}))
    html = pages.first_figure({pages.START: Executed(shown, 1.0, False)})
    named = 'role="img" aria-label="What &lt;is&gt; seen."'
    assert f'<svg class="study-wide" {named} width="1">' in html
    assert f"<svg class=\"study-narrow\" {named} width='2'/>" in html
    assert "fill: var(--f-0072b2,#0072b2)" in html
    assert "<text>#0072b2</text>" in html
    assert "Two sides." in html
    assert pages.first_figure({}) == ""


def test_substitutions_name_what_pages_ask_for(monkeypatch):
    works = dict.fromkeys(["package", "article", "panel"], Work("k", "misc", (("A", ""),), "T", ""))
    monkeypatch.setattr(pages, "cite", lambda *_: "cited")
    nowhere = dict.fromkeys(["repository", "site", "binder"], "")
    given = pages.substitutions([finding()], {}, works, None, nowhere)
    root = pages.ROOT
    asked = set()
    for page in [root / "index.md", *(root / "book").glob("*.md")]:
        asked |= set(re.findall(r"\{\{ (\w+) \}\}", page.read_text(encoding="utf-8")))
    assert asked <= set(given)
