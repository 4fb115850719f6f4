"""The pages are light, load what they use alone, and say what they are about."""

import gzip
import re
from html import unescape
from urllib.parse import unquote, urlsplit

from analysis.project import pages

LOADED = re.compile(
    r'<(?:script|img|link)\b(?![^>]*rel="(?:next|prev|index|search|canonical)")[^>]*? '
    r'(?:src|href)="([^"]+)"'
)


def loaded(site, name, text):
    """The files that a page loads, itself and the fonts of its text among them."""
    fonts = {path.resolve() for path in (site / "_static" / "fonts").glob("*.woff2")}
    if not re.search("[А-яЁё]", text):
        fonts = {path for path in fonts if "cyrillic" not in path.name}
    if not re.search("<(em|cite)\\b", text):
        fonts = {path for path in fonts if "italic" not in path.name}
    page = site / f"{name}.html"
    files = {page.resolve(), *fonts}
    for address in LOADED.findall(text):
        if not address.startswith("data:"):
            files.add((page.parent / unquote(urlsplit(address).path)).resolve())
    return files


def test_a_page_is_light(site, html):
    for name, text in html.items():
        files = loaded(site, name, text)
        weight = sum(len(gzip.compress(path.read_bytes())) for path in files)
        assert weight <= (200_000 if name == "index" else 400_000), (name, weight)


def test_the_only_fonts_are_those_of_the_text(site):
    assert not [p for p in site.rglob("*") if "fontawesome" in p.name]
    assert not list((site / "_static").rglob("*.html"))
    fonts = {p.name for p in site.rglob("*.woff2")}
    faces = {p.name: re.findall(r'url\("fonts/([^"]+)"\)', p.read_text("utf-8"))
             for p in site.rglob("*.css") if "@font-face" in p.read_text("utf-8")}  # fmt: skip
    assert faces.keys() == {"study.css"}
    assert (sorted(fonts), len(fonts)) == (sorted(faces["study.css"]), 10)
    assert "SIL OPEN FONT LICENSE" in (site / "_static" / "fonts" / "OFL.txt").read_text("utf-8")


def test_each_icon_of_a_page_is_drawn(site, html):
    drawn = set(re.findall(r"\.(fa-[\w-]+)", (site / "_static" / "study.css").read_text("utf-8")))
    for name, text in html.items():
        used = {i for c in re.findall(r'class="([^"]*\bfa-[^"]*)"', text) for i in c.split()}
        assert {i for i in used if i.startswith("fa-")} <= drawn, name


def test_a_page_loads_no_script_that_it_does_not_use(site, html):
    for name, text in html.items():
        scripts = " ".join(p.name for p in loaded(site, name, text))
        assert ("searchindex" in scripts) == (name == "search"), name
        assert "thebe" not in scripts + re.sub(r"(?s)<article.*</article>", "", text), name
        assert "togglebutton" not in text, name
        assert "copybutton" not in scripts or "highlight" in text, name


def test_pictures_wait_until_they_are_near(html):
    for name, text in html.items():
        for image in re.findall(r"<img\b[^>]*>", text):
            assert 'loading="lazy"' in image, name
            assert len(unescape(re.search(r'alt="([^"]*)"', image)[1])) <= 250, name


def test_a_fold_is_named_by_its_text(html):
    for name, text in html.items():
        assert "Toggle hidden content" not in text, name
        for said in re.findall(r"(?s)<summary\b[^>]*>(.*?)</summary>", text):
            assert said.strip(), name
            assert not re.search("<p[ >]", said), name


def test_russian_is_marked_as_such(html):
    marked = re.compile(r'(?s)<(p|span|td|th|blockquote) lang="ru">.*?</\1>')
    for name, text in html.items():
        article = text[text.find("<article") : text.find("</article>")]
        left = re.sub(r"<[^>]+>", " ", marked.sub(" ", article))
        assert not re.findall("[А-яЁё]+", left), name


def test_a_page_about_the_constructed_panel_says_so_wherever_it_is_named(site, html, constructed):
    for page in constructed:
        entry = re.search(rf'(?s)href="{page}\.html">(.*?)</a></li>', html["index"])[1]
        assert "(constructed)" in entry, page
    for page in pages():
        assert ("(constructed)" in re.search(r"<title>(.*?)</title>", html[page])[1]) == (
            page in constructed
        ), page
        description = re.search(r'<meta [^>]*name="description"[^>]*>', html[page])[0]
        said = 'content="Constructed: no real expert said any of it.' in description
        assert said == (page in constructed), page
    index = (site / "searchindex.js").read_text("utf-8")
    assert len(re.findall(r'"title": "[^"]* \(constructed\)"', index)) == len(constructed)


def test_a_description_is_plain_text(html):
    for name, text in html.items():
        for said in re.findall(r'<meta name="description" content="([^"]*)"', text):
            assert "<" not in unescape(said), name
