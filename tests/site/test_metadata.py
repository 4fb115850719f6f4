"""What pages say of themselves to reference managers, previews and search engines."""

import json
import re
from html import unescape

import pytest
from pybtex.database import parse_file

from analysis.citation import addresses, works
from analysis.project import ROOT, notebooks, pages
from analysis.publish.provenance import last_changes
from analysis.validation.report import measures

#: The types of schema.org that are used, and what each of them must say here.
REQUIRED = {
    "WebPage": {"name", "description", "inLanguage", "author", "isPartOf", "isBasedOn", "citation"},
    "Book": {"name", "author", "inLanguage", "datePublished", "license"},
    "SoftwareSourceCode": {"name", "version", "programmingLanguage", "license"},
    "ScholarlyArticle": {"name", "author", "datePublished", "identifier"},
    "Person": {"familyName", "givenName"},
    "Organization": {"name"},
}
REQUIRED["Chapter"] = REQUIRED["WebPage"]


def tags(text):
    found = [
        dict(re.findall(r'(\w+)="([^"]*)"', tag)) for tag in re.findall("<meta ([^>]+)>", text)
    ]
    named = [(tag.get("name") or tag.get("property"), tag.get("content", "")) for tag in found]
    return [(name, unescape(content)) for name, content in named]


def linked_data(text):
    (found,) = re.findall(r'(?s)<script type="application/ld\+json">(.*?)</script>', text)
    return json.loads(found)


def things(node):
    if isinstance(node, dict):
        yield node
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from things(part)


@pytest.mark.parametrize("page", pages())
def test_a_page_says_what_it_is_part_of(html, page):
    package, _ = works()
    found = tags(html[page])
    given = dict(found)
    whole = page == "index"
    assert given["citation_title"] == given["og:title"]
    assert (given["citation_title"] == package.title) == whole
    assert given.get("citation_inbook_title", package.title) == package.title
    assert [v for n, v in found if n == "citation_author"] == [n for n, _ in package.authors]
    assert given["citation_publication_date"] == package.date.replace("-", "/")
    assert given["citation_language"] == given["og:locale"] == "en"
    assert given.get("citation_doi", "") == package.doi
    assert given["og:description"] == given["description"]
    assert package.doi or "no DOI yet" in html[page]


@pytest.mark.parametrize("page", pages())
def test_a_page_is_described_in_schema_org(html, page):
    said = linked_data(html[page])
    given = dict(tags(html[page]))
    assert said["@context"] == "https://schema.org"
    assert said["name"] == given["og:title"]
    assert said["description"] == given["description"]
    for thing in things(said):
        assert REQUIRED[thing["@type"]] <= set(thing), thing["@type"]
        assert all(thing.values()), thing
    assert said["citation"]["identifier"].endswith(works()[1].doi)
    people = [author.get("familyName") for author in said["author"]]
    assert people == [None], "the article's authors did not write the package"
    assert said["dateModified"] == last_changes().get(page, works()[0].date)
    assert f"Last updated on {said['dateModified']}" in html[page]


@pytest.mark.parametrize("page", pages())
def test_a_page_about_the_constructed_panel_says_so_in_all_that_names_it(html, constructed, page):
    said = linked_data(html[page])
    told = said["description"].startswith("Constructed: no real expert said any of it.")
    assert [("(constructed)" in said["name"]), told] == [page in constructed] * 2


def test_addresses_are_where_they_are_known_and_nowhere_else(site, html):
    known = addresses()["site"]
    for page in pages():
        text = html[page]
        canonical = re.findall(r'<link rel="canonical" href="([^"]*)"', text)
        assert canonical == ([f"{known}/{page}.html"] if known else []), page
        assert ("og:url" in dict(tags(text))) == bool(known), page
    assert (site / "sitemap.xml").exists() == bool(known)
    robots = (site / "robots.txt").read_text("utf-8")
    assert robots.startswith("User-agent: *\nAllow: /\n")
    assert ("Sitemap:" in robots) == bool(known)
    cited = html["book/how-to-cite"]
    assert cited.count("none yet") == list(addresses().values()).count("") + (not works()[0].doi)


def test_an_address_that_is_not_there_is_answered(html):
    text = html["404"]
    assert "This page is not here" in text
    assert not re.search(r"<(?:script|link|img)\b", text), "it is served at any depth"
    assert len(re.findall(r'href="[^"]*(?:index|search|findings)\.html"', text)) == 3


def test_every_citation_leads_to_its_entry(site, html):
    entries = parse_file(ROOT / "book" / "references.bib").entries
    listed = set(re.findall(r'<li id="cite-(\w+)">', html["book/references"]))
    assert listed == set(entries)
    cited = set()
    for page in pages():
        text = html[page]
        links = re.findall(r'href="references\.html#cite-(\w+)"', text)
        assert set(links) <= listed, page
        cited |= set(links)
        for section in re.findall(r'(?s)<section id="references">(.*?)</section>', text):
            left = re.sub(r'(?s)<h2>.*?</h2>|<a class="study-term".*?</a>|<[^>]+>', "", section)
            left = " ".join(left.split())
            assert re.fullmatch(
                r"[;\s]*(?:In full: references\.|The sources of .* above\.)\s*",
                left.replace(". In full", "In full"),
            ), f"{page}: {left}"
    assert cited == listed, "an entry that nothing cites"


def test_every_measure_is_defined_once(html):
    text = html["book/methods"]
    rows = re.findall(r'(?s)<tr class="row-(?:even|odd)"><td>.*?</tr>', text)
    declared = {f: m for group in measures().values() for f, m in group.items()}
    assert [re.search(r'<b id="([\w.]+)"', row)[1] for row in rows] == list(declared)
    for row, (function, measure) in zip(rows, declared.items(), strict=True):
        assert row.count("<math") == 1, function
        assert "<merror" not in row, function
        assert f'href="api.html#analysis.statistics.{function}"' in row
        assert f'href="{measure["chapter"]}.html"' in row
        assert 'href="references.html#cite-' in row, function
        assert measure["undefined"] in unescape(row).replace("’", "'"), function


def test_what_a_chapter_names_leads_to_its_definition(html):
    assert 'href="methods.html#saturation.chao2"' in html["book/saturation"]
    assert 'href="methods.html#participation.gini"' in html["book/participation"]
    assert 'class="study-term" href="glossary.html#' in html["book/methods"]


def test_the_page_of_functions_has_what_notebooks_call(site, html):
    text = html["book/api"]
    places = set(re.findall(r'<dt class="sig[^>]* id="([\w.]+)"', text))
    imported = re.compile(r"from (analysis\.statistics\.\w+) import ([\w, ]+)")
    for page in notebooks():
        for module, names in imported.findall((ROOT / f"{page}.ipynb").read_text("utf-8")):
            assert {f"{module}.{name.strip()}" for name in names.split(",")} <= places, page
    for place in re.findall(r'href="\.\./(_modules/[^"#]+)#', text):
        assert (
            "<div" not in re.search(r"(?s)<pre>.*?</pre>", (site / place).read_text("utf-8"))[0]
        ), "HTML has no blocks within lines"
    assert text.count('class="reference internal" href="../_modules/') > 100
