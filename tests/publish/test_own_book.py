"""A whole book about a panel of the reader's own: its title, its licence, and nothing of others."""

import json
import re
from html import unescape
from urllib.parse import unquote

import pytest
from books import build, loaded, squeezed

#: Markup in every form that a page could take for its own.
HOSTILE = (
    "<script>document.title='run'</script> <img src=http://away.example/x onerror=alert(1)> "
    "{{ cite_article }} {eval-rst} {raw}`html <b>` [a](http://away.example) `c` $x_1$"
)
META = f"""\
title: "Own {HOSTILE}"
authors: ["A. <b>Ivanova</b>", B. Petrov]
origin: "Archive of {HOSTILE}\\n\\n:::{{include}} /etc/passwd\\n:::"
doi: 10.1234/own
licence: All rights reserved
licence_data: Closed
language: ru
collected: 2024
mode: group
interviewers: [host]
tasks:
  gains: {{name: "Gains {HOSTILE}"}}
"""


def statements():
    rows = ["session_id,speaker,start_s,end_s,text"]
    for at in range(48):
        who = "host" if at % 8 == 0 else f"e{at % 8:02d}"
        said = f'"Said {at}: by one who must not be quoted, whatever it was, word for word"'
        rows.append(f"g{at // 24 + 1},{who}{'b' if at >= 24 and who != 'host' else ''},"
                    f"{at * 10},{at * 10 + 9},{said}")  # fmt: skip
    return "\n".join([*rows, ""])


def codings():
    rows = ["statement_id,code_id"]
    rows += [f"s{at + 1:04d},{'law' if at % 3 else 'money'}" for at in range(48) if at % 8]
    rows += [f"s{at + 1:04d},time" for at in range(48) if at % 8 in (1, 2, 5)]
    return "\n".join([*rows, ""])


@pytest.fixture(scope="module")
def site(tmp_path_factory, study):
    place = tmp_path_factory.mktemp("own")
    panel = place / "Мои интервью"
    panel.mkdir()
    files = {"panel.yml": META, "statements.csv": statements(), "codings.csv": codings()}
    files["codebook.csv"] = f'code_id,name,task\nlaw,"Law {HOSTILE}",gains\nmoney,Money,gains\n'
    files["codebook.csv"] += "time,Time,gains\n"
    for name, text in files.items():
        (panel / name).write_text(text, encoding="utf-8")
    return build(place, panel, study)


@pytest.fixture(scope="module")
def pages(site):
    return {p.stem: p.read_text(encoding="utf-8") for p in site.glob("book/*.html")}


def test_the_book_holds_what_the_panel_fills(site, pages):
    assert "what-was-raised" in pages
    left_out = {"study-record", "claims", "public-statistics", "role-of-digitalization"}
    left_out |= {"platforms-and-dialogue", "barriers-and-drivers", "coding-reliability"}
    assert not left_out & set(pages)
    assert "book/about-this-panel.html" in (site / "index.html").read_text()
    about = pages["about-this-panel"]
    assert "There are no two coders to compare." in about  # why one is left out
    assert "all count as raised" in about  # what was filled in


def test_links_lead_to_pages_that_are_there(site, pages):
    for page, text in pages.items():
        for link in re.findall(r'<a\b[^>]*href="([^"#:?]+)[#"?]', text):
            target = (site / "book" / unquote(unescape(link))).resolve()
            assert target.exists(), (page, link)


def test_it_has_its_own_name_authors_and_licence(pages):
    for page, text in pages.items():
        # the package's authors did not make the interviews, and its article is another matter
        said = json.loads(re.search(r'(?s)<script type="application/ld\+json">(.*?)</scr', text)[1])
        people = ["A. <b>Ivanova</b>", "B. Petrov"]
        assert [who["name"] for who in said["author"]] == people
        assert [who["name"] for who in said["isPartOf"]["author"]] == people
        assert said["isPartOf"]["identifier"] == "https://doi.org/10.1234/own"
        assert said["about"]["license"] == "Closed"
        assert said["about"]["inLanguage"] == "ru"
        assert "citation" not in said
        assert "onstructed" not in said["name"] + said["description"]
        cited = re.findall(r'<meta name="citation_author" content="([^"]*)"', text)
        assert [unescape(name) for name in cited] == people
        assert 'rel="canonical"' not in text
        title = re.search(r"<title>(.*?)</title>", text, re.S)[1]
        assert "Own" in title, page
        assert "All rights reserved" in text
        assert "Interviews: Closed" in text
    assert "10.1234/own" in pages["how-to-cite-panel"]
    assert "(2024)" in pages["how-to-cite-panel"]


def test_it_says_nothing_of_the_article_or_the_worked_example(pages):
    of_the_package = {"validation", "methods", "references", "api", "accessibility"}
    of_the_package |= {"how-to-cite-panel", "glossary", "findings"}
    for page in set(pages) - of_the_package:
        prose = re.sub(r"<(script|style|pre)\b.*?</\1>|<[^>]+>", " ", pages[page], flags=re.S)
        for word in ("Boev", "digitalization of public", "Planted", "CC BY 4.0", "twenty experts"):
            assert word not in prose, (page, word)
        if page not in {"data-dictionary", "status"}:
            assert "onstructed" not in prose, page


def test_what_the_panel_says_is_text_and_never_markup(site):
    for path in [*site.glob("**/*.html"), *site.glob("**/*.svg")]:
        text = path.read_text(encoding="utf-8")
        assert "<script>document" not in text, path.name
        assert "<b>Ivanova" not in text, path.name
        assert "Boev, E" not in text or path.stem.startswith("how-to-cite"), path.name


def test_nothing_of_it_runs_or_asks_for_anything_in_a_browser(site, browser):
    assert squeezed(HOSTILE) in loaded(site, browser)
    tab = browser.new_page()
    tab.set_default_timeout(0)  # however slow the machine
    tab.goto(f"{(site / 'search.html').as_uri()}?q=gains+eval", wait_until="load")
    assert "<script>" in tab.locator("#search-results").inner_text()
    assert tab.locator("#search-results img, #search-results script").count() == 0
    assert tab.title() != "run"
    tab.close()


def test_nobody_is_quoted_where_the_panel_does_not_allow_it(site):
    for path in site.rglob("*"):
        if path.is_file():
            assert b"must not be quoted, word for word" not in path.read_bytes(), path.name
