"""A whole site about a panel that holds as little as a panel can, through the real Sphinx.

Every optional part is missing: ratings, plan, translations, times, memos, history of the codebook,
truth; there is one coder and one session. The notebooks are run in this process, which saves the
start of a kernel and the imports for each (that this shows the same as a kernel is tested in
``test_the_whole_book.py``); what they show goes into the execution cache of a copy of the project.
Then ``study book`` builds the site there, with every warning an error.
"""

import csv
import html
import re
import shutil

import nbformat
import pytest

from analysis.evidence.findings import from_notebook
from analysis.panel.panel import load_panel
from analysis.panel.writing import write_panel
from analysis.project import ROOT
from analysis.publish import execution

PARTS = ("analysis", "book", "data")
FILES = ("_config.yml", "_toc.yml", "index.md", "CITATION.cff", "pyproject.toml")


def executed(path, panel, shown):
    """The notebook with what it shows about the panel; its stored outputs where it has none."""
    nb = nbformat.read(path, as_version=4)
    cells = [cell for cell in nb.cells if cell.cell_type == "code"]
    if any("load_panel" in cell.source for cell in cells):
        found = shown(path.stem, panel, drawing=True)
        for cell in cells:
            cell.outputs = found.cells[cell.id]
    return nb


@pytest.fixture(scope="module")
def built(tmp_path_factory, bare_panel, guarded, shown, study):
    """The panel and the folder of the site about it."""
    from jupyter_cache import get_cache
    from jupyter_cache.base import CacheBundleIn

    root = tmp_path_factory.mktemp("project")
    unwanted = shutil.ignore_patterns("__pycache__", "*.pyc", ".ipynb_checkpoints")
    for name in PARTS:
        shutil.copytree(ROOT / name, root / name, ignore=unwanted)
    for name in (*FILES, "requirements.txt"):
        shutil.copy(ROOT / name, root / name)
    folder = write_panel(guarded(bare_panel), root / "mine")
    panel = load_panel(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDY_PANEL", str(folder))
        place = root / execution.cache_folder().relative_to(ROOT)
    place.mkdir(parents=True)
    cache = get_cache(str(place))
    for path in execution.notebooks(root):
        bundle = CacheBundleIn(executed(path, panel, shown), str(path), data={})
        cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
    run = study("book", "--panel", str(folder), root=root)
    assert run.returncode == 0, run.stderr
    assert "executing" not in run.stderr
    return panel, root / "_build" / "html"


def page(site, name):
    return (site / f"{name}.html").read_text(encoding="utf-8")


def test_the_panel_has_none_of_what_it_can_lack(built):
    panel, _ = built
    parts = ("ratings", "memos", "codebook_changes", "translations", "timings", "double_coding")
    assert not any(panel.has(part) for part in (*parts, "truth"))
    assert panel.plan is None
    assert len(panel.sessions) == len(panel.meta.coders) == 1


def test_every_page_is_there_and_says_what_panel_it_is_about(built):
    panel, site = built
    statement = html.escape(" ".join(panel.meta.statement.split()))
    for name in execution.pages():
        assert "<h1>" in page(site, name)
    for path in execution.notebooks():
        said = page(site, f"book/{path.stem}")
        about = "load_panel" in path.read_text(encoding="utf-8")
        assert (statement in said) == about, path.stem
    assert "<code>mine</code>" in page(site, "book/status")


def test_no_page_marks_a_readers_panel_as_constructed(built):
    panel, site = built
    assert panel.meta.source == "panel"
    for path in execution.notebooks():
        if "load_panel" in path.read_text(encoding="utf-8"):
            said = page(site, f"book/{path.stem}")
            assert "study-source-panel" in said, path.stem
            assert "study-source-constructed" not in said, path.stem
            assert "no real expert said any of it" not in html.unescape(said), path.stem
    start = page(site, "index")
    assert "study-source-panel" in start
    assert "In the constructed panel" not in page(site, "book/claims")
    assert "These interviews say nothing of it" in page(site, "book/claims")


def test_the_ledger_has_the_same_findings_as_ever(built):
    _, site = built
    with (site / "findings.csv").open(encoding="utf-8", newline="") as file:
        ids = [row["id"] for row in csv.DictReader(file)]
    stored = (nbformat.read(path, as_version=4) for path in execution.notebooks())
    assert ids == [finding.id for nb in stored for finding in from_notebook(nb)]


def test_what_is_missing_is_said_where_it_would_be(built):
    _, site = built
    for name in ("role-of-digitalization", "coding-reliability", "stakeholders"):
        sentences = re.findall(r'<p class="study-missing">(.*?)</p>', page(site, f"book/{name}"))
        assert sentences, name
        assert all(re.fullmatch(r"[^<]{20,}\.", html.unescape(s)) for s in sentences)


def test_no_file_of_the_site_gives_away_who_must_not_be_quoted(built, secrets):
    panel, site = built
    hidden = secrets(panel)
    assert len(hidden) > 20
    kinds = {".html", ".js", ".csv", ".svg", ".ipynb", ".txt", ".inv", ".md"}
    files = [p for p in site.rglob("*") if p.suffix in kinds and "_static" not in p.parts]
    assert len(files) > 20
    for file in files:
        text = " ".join(html.unescape(file.read_text(encoding="utf-8", errors="replace")).split())
        assert [part for part in hidden if part in text] == [], file.name
