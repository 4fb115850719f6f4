"""The built site: complete, self-contained, and at one with the ledger."""

import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import nbformat
import pytest

from analysis.findings import SOURCES, STANDINGS
from analysis.project import ROOT, notebooks, pages


class Page(HTMLParser):
    """What the tests ask of a page: its links, ids, images, and its text."""

    def __init__(self, html):
        super().__init__()
        self.links, self.ids, self.images, self.loads, self.meta = [], set(), [], [], []
        self.titles, self.faults, self._open = 0, [], []
        self._in_article = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if "summary" in self._open and tag in {"p", "div", "table", "ul"}:
            self.faults.append(f"{tag} in a summary")
        if self._in_article and tag == "style" and "svg" not in self._open:
            self.faults.append("rules of style in the text")
        if tag in {"summary", "svg"}:
            self._open.append(tag)
        if given.get("id"):
            if given["id"] in self.ids:
                self.faults.append(f"id {given['id']} twice")
            self.ids.add(given["id"])
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if tag == "img" or given.get("role") == "img":
            self.images.append({"alt": given.get("aria-label"), **given})
        if tag == "meta":
            self.meta.append((given.get("name"), given.get("content")))
        if tag in {"script", "img", "iframe", "source"} and given.get("src"):
            self.loads.append(given["src"])
        if tag == "link" and given.get("rel") in {"stylesheet", "preload", "icon"}:
            self.loads.append(given["href"])
        self._in_article |= tag == "article"
        if tag == "h1" and self._in_article:
            self.titles += 1

    def handle_endtag(self, tag):
        if tag in self._open:
            self._open.remove(tag)


@pytest.fixture(scope="module")
def parsed(html):
    return {f"{name}.html": Page(text) for name, text in html.items()}


def test_every_page_of_the_contents_is_built(html):
    assert {*pages()} <= {*html}


def test_every_link_within_the_site_leads_somewhere(site, parsed):
    for name, page in parsed.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (site / name).parent / unquote(parts.path) if parts.path else site / name
            assert target.exists(), f"{name}: {link}"
            if parts.fragment and target.suffix == ".html":
                goal = parsed[target.resolve().relative_to(site.resolve()).as_posix()]
                assert unquote(parts.fragment) in goal.ids, f"{name}: {link}"


def test_no_page_loads_anything_from_elsewhere(site, parsed):
    for name, page in parsed.items():
        for address in page.loads:
            assert not urlsplit(address).netloc, f"{name}: {address}"
            if not address.startswith("data:"):
                path = (site / name).parent / unquote(urlsplit(address).path)
                assert path.exists(), f"{name}: {address}"


def test_no_file_names_a_folder_of_the_machine(site):
    for path in site.rglob("*"):
        assert path.is_dir() or str(ROOT).encode() not in path.read_bytes(), path


def test_no_page_has_the_faults_of_html_that_themes_and_libraries_leave(parsed):
    assert {name: page.faults for name, page in parsed.items() if page.faults} == {}


def test_every_picture_is_described(parsed):
    for name, page in parsed.items():
        for image in page.images:
            assert 20 < len(image.get("alt") or "") <= 250, f"{name}: {image.get('src')}"


def test_figures_are_numbered_by_chapter(html):
    numbered = 0
    for name in notebooks():
        text = html[name]
        found = re.findall(r'<span class="caption-number">([^<]*)</span>', text)
        chapter = re.search(r'<h1><span class="section-number">(\d+)\. </span>', text)
        assert len(found) == text.count('class="study-narrow"'), name
        if found:
            wanted = [f"Figure {chapter[1]}.{at + 1}. " for at in range(len(found))]
            assert found == wanted, name
            numbered += 1
    assert numbered >= 12


def test_every_page_has_one_title_and_a_description(parsed):
    for name in pages():
        page = parsed[f"{name}.html"]
        assert page.titles == 1, name
        description = dict(page.meta).get("description", "")
        assert len(description or "") > 30, f"{name}: its first sentence is its description"


def test_every_page_says_version_licence_and_independence(html):
    for name in pages():
        text = html[name]
        foot = text[text.index("bd-footer-content") :]
        for words in ("Version 0.", "commit <code>", "MIT", "CC BY 4.0", "Independent of the"):
            assert words in foot, f"{name}: {words}"


def test_pages_with_findings_carry_their_marks(html, ledger):
    for page in {row["page"] for row in ledger}:
        text = html[page]
        for source in {row["source"] for row in ledger if row["page"] == page}:
            assert f"study-source-{source}" in text


def test_every_finding_is_complete(ledger):
    assert ledger
    for row in ledger:
        assert row["source"] in SOURCES
        assert row["standing"] in STANDINGS
        assert re.fullmatch(r"[0-9a-f]{12}", row["digest"]), row["id"]
        assert len(row["value"]) <= 60, row["id"]
        assert row["method"], row["id"]


def test_each_number_leads_to_its_row_and_back_and_to_the_program(
    site, html, parsed, ledger
):
    rows = {row["id"]: row for row in ledger}
    pattern = re.compile(
        r'<a( id="f-[^"]+")? class="study-finding" href="([^"#]*)#([a-z0-9_-]+)">([^<]*)</a>'
    )
    placed = set()
    for page in pages():
        for place, target, key, shown in pattern.findall(html[page]):
            row = rows[key]
            assert (site / page).parent.joinpath(target).resolve() == site / "book/findings.html"
            if place:
                assert row["page"] == page
                assert key not in placed
                placed.add(key)
                assert unescape(shown)[:60] == row["text"][:60]
    assert placed == set(rows), "each finding has one place on its page"
    for key, row in rows.items():
        assert key in parsed["book/findings.html"].ids
        assert f"cell-{row['cell']}" in parsed[f"{row['page']}.html"].ids
        module, _, name = row["function"].rpartition(".")
        if module:
            assert name in parsed[f"_modules/{module.replace('.', '/')}.html"].ids, key


def article_of(page):
    return page[page.index("<article") : page.index("</article>")]


def words_of(article):
    """The words of a page's prose: without tables, code, and what is folded."""
    text = re.sub(r"(?s)<(table|pre|details|script|style|svg)\b.*?</\1>", " ", article)
    text = re.sub(r'(?s)<div class="study-sources.*?</div>', " ", text)
    return len(re.findall(r"\w[\w'’-]*", unescape(re.sub(r"<[^>]+>", " ", text))))


#: Lists that are looked things up in, and not read: what is cited, what was changed.
LISTS = {"book/references", "book/changelog"}


def test_the_book_is_short(html):
    counts = {}
    for page in set(pages()) - LISTS:
        counts[page] = words_of(article_of(html[page]))
    assert counts["index"] <= 450, counts["index"]
    long = {page: n for page, n in counts.items() if n > 1500 and page != "book/data-dictionary"}
    assert not long
    assert sum(counts.values()) <= 20_000, counts


def test_no_open_table_is_long(html):
    for page in set(pages()) - {"book/data-dictionary", "book/findings"}:
        unfolded = re.sub(r"(?s)<details\b.*?</details>", "", html[page])
        for table in re.findall(r"(?s)<tbody>.*?</tbody>", unfolded):
            assert table.count("<tr") <= 20, page


def test_nothing_constructed_where_the_real_things_are(ledger):
    real = {"index", "book/study-record", "book/public-statistics", "book/claims"}
    assert not [r["id"] for r in ledger if r["page"] in real and r["source"] == "constructed"]


def test_each_chapter_can_be_downloaded_as_a_notebook(site, html):
    for notebook in (ROOT / f"{page}.ipynb" for page in notebooks()):
        given = nbformat.read(site / "_sources" / "book" / notebook.name, as_version=4)
        nbformat.validate(given)
        assert any(c.get("outputs") for c in given.cells)
        assert notebook.name in html[f"book/{notebook.stem}"]


def test_citations_lie_beside_the_pages(site):
    for name in ("cite-package.bib", "cite-package.ris", "cite-article.bib", "cite-article.ris"):
        assert (site / name).read_text("utf-8").strip()


def test_a_notebook_says_by_itself_what_its_page_says(site, html):
    for page in notebooks():
        notebook = nbformat.read(site / "_sources" / f"{page}.ipynb", as_version=4)
        shown = [c.source for c in notebook.cells if c.cell_type == "markdown"]
        for cell in notebook.cells:
            for output in cell.get("outputs", []):
                data = output.get("data", {})
                shown += [data.get(k, "") for k in ("text/plain", "text/markdown", "text/html")]
        shown = [re.sub(r"\$[^$\n]+\$", ". ", text) for text in shown]
        said = re.sub(r"\W+", " ", re.sub(r"<[^>]+>|\]\([^)]*\)", " ", unescape(" ".join(shown))))
        article = article_of(html[page])
        article = re.sub(
            r'(?s)<div class="study-sources.*?</div>|<summary.*?</summary>', "", article
        )
        article = re.sub(r'(?s)<span class="caption-number">.*?</span>', "", article)
        for paragraph in re.findall(r"(?s)<p>(.*?)</p>", article):
            text = unescape(
                re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<math.*?</math>", ". ", paragraph))
            )
            for sentence in re.split(r"[.:;]\s", re.sub(r"(?s)</?span[^>]*>", "", text)):
                words = re.sub(r"\W+", " ", sentence).strip()
                assert words in said, f"{page}: {sentence}"
