"""The built site: complete, self-contained, and at one with the ledger."""

import csv
import re
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest

from analysis.evidence.findings import SOURCES, STANDINGS, resolve
from analysis.project import ROOT
from analysis.publish.execution import pages

#: Quotation marks are set typographically on a page.
TYPEWRITER = str.maketrans("‘’“”", "''\"\"", "…")


class Page(HTMLParser):
    """What the tests ask of a page: its links, ids, images, and its text."""

    def __init__(self, html):
        super().__init__()
        self.links, self.ids, self.images, self.loads, self.meta = [], set(), [], [], []
        self.titles = 0
        self._in_article = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if given.get("id"):
            self.ids.add(given["id"])
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if tag == "img":
            self.images.append(given)
        if tag == "meta":
            self.meta.append((given.get("name"), given.get("content")))
        if tag in {"script", "img", "iframe", "source"} and given.get("src"):
            self.loads.append(given["src"])
        if tag == "link" and given.get("rel") in {"stylesheet", "preload", "icon"}:
            self.loads.append(given["href"])
        self._in_article |= tag == "article"
        if tag == "h1" and self._in_article:
            self.titles += 1


@pytest.fixture(scope="module")
def parsed(site):
    # the theme leaves templates of its own under _static
    html = [p for p in site.rglob("*.html") if "_static" not in p.parts]
    return {p.relative_to(site).as_posix(): Page(p.read_text("utf-8")) for p in html}


@pytest.fixture(scope="module")
def ledger(site):
    with (site / "findings.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_every_page_of_the_contents_is_built(site):
    for page in pages():
        assert (site / f"{page}.html").exists()


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


def test_every_picture_is_described(parsed):
    for name, page in parsed.items():
        for image in page.images:
            assert len(image.get("alt", "")) > 20, f"{name}: {image.get('src')}"


def test_every_page_has_one_title_and_a_description(parsed):
    for name in pages():
        page = parsed[f"{name}.html"]
        assert page.titles == 1, name
        description = dict(page.meta).get("description", "")
        assert len(description or "") > 30, name


def test_every_page_says_version_licence_and_independence(site):
    for name in pages():
        text = (site / f"{name}.html").read_text("utf-8")
        foot = text[text.index("bd-footer-content") :]
        for words in ("Version 0.", "commit <code>", "MIT", "CC BY 4.0", "Independent of the"):
            assert words in foot, f"{name}: {words}"


def test_pages_with_findings_carry_their_marks(site, ledger):
    for chapter in {row["chapter"] for row in ledger}:
        text = (site / "book" / f"{chapter}.html").read_text("utf-8")
        for source in {row["source"] for row in ledger if row["chapter"] == chapter}:
            assert f"study-source-{source}" in text


def test_every_finding_is_complete_and_its_program_exists(ledger):
    assert ledger
    for row in ledger:
        assert row["source"] in SOURCES
        assert row["standing"] in STANDINGS
        assert re.fullmatch(r"[0-9a-f]{12}", row["digest"]), row["id"]
        assert callable(resolve(row["function"])), row["function"]
        assert row["function"].startswith("analysis."), row["function"]
        assert row["text"].strip()
        assert row["text"] != "not defined"


def test_each_glued_number_on_a_page_is_the_ledgers(site, ledger):
    by_id = {row["id"]: row["text"] for row in ledger}
    pattern = re.compile(
        r'<a class="study-finding[^"]*" href="[^"#]*findings\.html#([a-z0-9_-]+)"[^>]*>'
        r'<span class="pasted-text">(.*?)</span></a>',
        re.DOTALL,
    )
    from html import unescape

    seen = 0
    for name in pages():
        for key, shown in pattern.findall((site / f"{name}.html").read_text("utf-8")):
            text = unescape(re.sub(r"<[^>]+>", "", shown)).translate(TYPEWRITER)
            assert " ".join(text.split()) == " ".join(by_id[key].translate(TYPEWRITER).split())
            seen += 1
    assert seen >= 40


def test_each_chapter_can_be_downloaded_as_a_notebook(site):
    import nbformat

    for notebook in (ROOT / "book").glob("*.ipynb"):
        given = nbformat.read(site / "_sources" / "book" / notebook.name, as_version=4)
        nbformat.validate(given)
        assert any(c.get("outputs") for c in given.cells)
        assert notebook.name in (site / "book" / f"{notebook.stem}.html").read_text("utf-8")


def test_citations_lie_beside_the_pages(site):
    for name in ("cite-package.bib", "cite-package.ris", "cite-article.bib", "cite-article.ris"):
        assert (site / name).read_text("utf-8").strip()
