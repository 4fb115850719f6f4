"""A whole book about a panel: built in a copy of the project, and loaded by a browser."""

import shutil

from analysis.project import ROOT


def checkout(place):
    """A copy of what a book is built from, in an empty folder; return it."""
    root = place / "book"
    root.mkdir()
    ignored = shutil.ignore_patterns("__pycache__", "_build", ".*")
    for name in ("analysis", "book", "data"):
        shutil.copytree(ROOT / name, root / name, ignore=ignored)
    for name in ("_config.yml", "_toc.yml", "index.md", "CITATION.cff", "requirements.txt"):
        shutil.copy(ROOT / name, root / name)
    return root


def build(place, panel, study):
    """The built site about the panel in a folder; ``place`` is an empty folder for the copy."""
    root = checkout(place)
    run = study("book", "--panel", str(panel), root=root)
    assert run.returncode == 0, run.stderr
    return root / "_build" / "html"


#: What the pages of a book never hold of their own.
MARKUP = """iframe object [onerror] [onload] [onmouseover] [onfocus] a[href^='javascript:']
a[href*='away'] a[download*='secret']"""
#: Opens all folds and lets all pictures come; then what a page shows.
OPENED = """() => {
    document.querySelectorAll("details").forEach((fold) => { fold.open = true; });
    document.querySelectorAll("img").forEach((image) => { image.loading = "eager"; });
}"""
SHOWN = """(markup) => [
    document.title,
    Array.from(document.querySelectorAll(markup), (found) => found.outerHTML),
    document.body.textContent,
]"""


def squeezed(text):
    return "".join(text.split())


def loaded(site, browser):
    """What a browser shows of all pages; no script of a panel's runs, and nothing is asked for."""
    tab, asked, said = browser.new_page(), [], []
    tab.set_default_timeout(0)  # however slow the machine
    tab.on("dialog", lambda dialog: (asked.append("dialog"), dialog.dismiss()))
    tab.on("request", lambda request: asked.append(request.url))
    words = ["", "?q=script", "?q=%3Cimg%20src=x%20onerror=document.title='run'%3E"]
    paths = [p for p in sorted(site.rglob("*.html")) if "http-equiv" not in p.read_text("utf-8")]
    pages = [path.as_uri() for path in paths]  # a page that only leads to another is left out
    for page in [*pages, *((site / "search.html").as_uri() + word for word in words)]:
        tab.goto(page, wait_until="load")
        tab.evaluate(OPENED)
        tab.wait_for_function("[...document.images].every(i => i.complete && i.naturalWidth)")
        title, markup, text = tab.evaluate(SHOWN, ", ".join(MARKUP.split()))
        assert title != "run", page
        assert markup == [], page
        said.append(text)
    tab.close()
    assert [u for u in asked if not u.startswith((site.as_uri(), "data:", "blob:"))] == []
    return squeezed("".join(said))
