"""The whole book as one PDF: printed once, and read back."""

import re
import shutil
from html import unescape

import pytest
from pypdf import PdfReader

from analysis import release
from analysis.panel.panel import load_panel
from analysis.project import notebooks, pages


def words(text):
    """A text on one line, its ligatures spelt out."""
    return " ".join(text.replace("ﬁ", "fi").replace("ﬂ", "fl").split())


@pytest.fixture(scope="module")
def printed(browser, site, tmp_path_factory):
    """A copy of the site with its PDF."""
    build = tmp_path_factory.mktemp("printed")
    shutil.copytree(site, build / "html", ignore=shutil.ignore_patterns("book.pdf"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(release, "BUILD", build)
        patch.setattr(release, "SITE", build / "html")
        patch.setenv("SOURCE_DATE_EPOCH", "1769851810")
        release.pdf.callback()
    return build / "html"


@pytest.fixture(scope="module")
def book(printed):
    return PdfReader(printed / "book.pdf")


@pytest.fixture(scope="module")
def texts(book):
    return [words(page.extract_text()) for page in book.pages]


@pytest.fixture(scope="module")
def chapters(book, texts, printed):
    """The text of each page of the book, by the place of its title in the outline."""
    named = {}
    for page in pages():
        html = (printed / f"{page}.html").read_text("utf-8")
        title = re.search(r"<article.*?<h1>(.*?)<a class", html, re.S)[1]
        mark = " (constructed)" * ("(constructed)" in re.search("<title>(.*)</title>", html)[1])
        named[words(unescape(re.sub("<[^>]+>", "", title))) + mark] = page
    top = [item for item in book.outline if not isinstance(item, list)]
    starts = {words(item.title): book.get_destination_page_number(item) for item in top}
    assert [title for title in starts if title in named] == list(named)
    first = [starts[title] for title in named]
    ends = [*first[1:], len(texts)]
    return {
        page: " ".join(texts[start:end])
        for page, start, end in zip(named.values(), first, ends, strict=True)
    }


def test_it_is_tagged_dated_and_in_a_language(book):
    assert book.root_object["/MarkInfo"]["/Marked"].value is True
    assert "/StructTreeRoot" in book.root_object
    assert book.root_object["/Lang"] == "en"
    assert book.metadata.title == "An expert interview, step by step"
    assert book.metadata["/CreationDate"] == "D:20260131093010+00'00'"
    assert book.metadata["/ModDate"] == "D:20260131093010+00'00'"


def test_its_sections_are_in_the_outline(book):
    def titles(items):
        return [t for i in items for t in (titles(i) if isinstance(i, list) else [words(i.title)])]

    found = titles(book.outline)
    assert "Planted and recovered" in found
    long = "Robustness: what stays when choices and people change (constructed)"
    assert [title for title in found if title.endswith(long)]
    assert not [t for t in found if len(t) > 3 and t[: len(t) // 2] == t[len(t) // 2 :]]


def test_each_chapter_has_its_findings_and_its_figures_with_numbers(html, ledger, chapters):
    assert {row["page"] for row in ledger} <= {*chapters}
    for page, text in chapters.items():
        mine = [words(row["text"]) for row in ledger if row["page"] == page]
        assert [value for value in mine if value not in text] == [], page
        tables = re.findall(r"<caption>The numbers in this figure.*?</table>", html[page], re.S)
        assert text.count("The numbers in this figure") == len(tables), page
        # the start page repeats a chapter's figure
        assert len(tables) == html[page].count("<figcaption") - (page == "index"), page
        for table in tables:
            lines = re.findall("<tr>(.*?)</tr>", table, re.S)
            cells = re.findall(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", lines[-1], re.S)
            said = words(unescape(" ".join(re.sub("<[^>]+>", "", cell) for cell in cells[-2:])))
            assert said in text, (page, said)
        assert "Code: " not in text, page


def test_russian_can_be_read(chapters):
    statements = load_panel().statements
    # without blanks: between letters and signs of two fonts a reader of PDFs may see one
    chapter = "".join(chapters["book/barriers-and-drivers"].split())
    assert sum("".join(text.split()) in chapter for text in statements.text) > 10
    assert "Цифровизация" in chapters["book/study-record"]


def test_pages_are_numbered_and_those_of_the_worked_example_marked(texts, chapters):
    assert [text.startswith(f"{n} ") or text.endswith(f" {n}") or f" {n} " in text
            for n, text in enumerate(texts, 1)] == [True] * len(texts)  # fmt: skip
    mark = "Constructed panel: no real expert said any of it"
    assert chapters["book/theme-map"].startswith(mark)
    assert mark not in chapters["book/study-record"]


def test_links_stay_in_the_book_or_lead_to_the_web(book):
    places, outside, inside = book.root_object["/Dests"], [], []
    for page in book.pages:
        for note in page.get("/Annots", []):
            note = note.get_object()
            if "/A" in note and "/URI" in note["/A"]:
                outside.append(note["/A"]["/URI"])
            elif "/Dest" in note:
                inside.append(note["/Dest"])
    assert len(inside) > 100
    assert {*inside} <= {*places.get_object()}
    assert outside
    assert all(address.startswith("https://") for address in outside)


def test_the_rows_of_the_ledger_are_left_to_the_site(texts):
    everything = " ".join(texts)
    assert "in findings.csv beside this file" in everything
    assert "barriers-balance-more" not in everything


def test_every_page_links_to_it(site, printed):
    for page in [*pages(), "search"]:
        before = (site / f"{page}.html").read_text("utf-8")
        assert ('book.pdf">' in before) == (site / "book.pdf").exists()
        after = (printed / f"{page}.html").read_text("utf-8")
        address = "book.pdf" if "/" not in page else "../book.pdf"
        assert f'<a href="{address}">The whole book as PDF</a>' in after
        assert "no PDF" not in after


def test_the_same_pages_give_the_same_bytes(browser, tmp_path, monkeypatch):
    (tmp_path / "page.html").write_text("<h1>One</h1><p>Слово</p>", encoding="utf-8")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    for name in ("a.pdf", "b.pdf"):
        release._print(tmp_path / "page.html", tmp_path / name)
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
    assert PdfReader(tmp_path / "a.pdf").metadata["/ModDate"] == "D:19700102000000+00'00'"


def test_without_a_browser_it_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("STUDY_CHROMIUM", raising=False)
    with pytest.raises(release.click.ClickException, match="a PDF needs Chromium"):
        release._print(tmp_path / "page.html", tmp_path / "a.pdf")


def test_no_notebook_is_left_out(chapters):
    assert {*notebooks()} <= {*chapters}
