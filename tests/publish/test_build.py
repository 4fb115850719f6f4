"""The build, on a book of two small notebooks: nothing stale, nothing hidden, nothing repeated."""

import filecmp
import os
import re
import shutil
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import forked
import nbformat
import nbformat.v4 as v4
import pytest

from analysis.panel.panel import load_panel
from analysis.project import ROOT
from analysis.publish import book

TOC = """format: jb-book
root: index
chapters:
  - file: book/first
  - file: book/second
  - file: book/findings
  - file: book/how-to-cite
  - file: book/api
  - file: book/status
"""
#: The addresses, once they are known.
KNOWN = """
repository-code: https://github.com/some-one/study
url: https://some-one.example/study
doi: 10.5281/zenodo.1
"""
API = """# Functions

```{eval-rst}
.. automodule:: analysis.statistics.summary
   :members:
.. autofunction:: analysis.statistics.proportions.interval
.. autoclass:: analysis.statistics.results.Estimate
```
"""
FIRST = """# read the value
import pandas as pd
from analysis.draw import rows
from analysis.notebook import figure, open_chapter, recap, say
from analysis.statistics.summary import value
open_chapter("first", "public", data="values.csv")
frame = pd.read_csv("../data/values.csv")
say("The value is {x:3}.", id="a", x=value(frame.value[0], "read"))"""
FIGURE = """# draw two counts
counts = pd.DataFrame({"label": ["alpha", "beta"], "raised": [3, 7], "n": [20, 20]})
figure(rows.counts, counts, "Counts.", "label raised/n", alt="Alpha before beta.",
       source="constructed")
recap("a")"""
SECOND = """# count the experts
from analysis.notebook import open_chapter, say
from analysis.panel.panel import load_panel
from analysis.statistics.summary import count
panel = load_panel()
open_chapter("second", panel)
say("There are {x:expert}.", x=count(panel.experts))"""


def chapter(root, name, *code):
    cells = [v4.new_markdown_cell(f"# Chapter {name}\n\nWith $a^2$.", id="title")]
    cells += [v4.new_code_cell(source, id=f"code-{i}") for i, source in enumerate(code)]
    spec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    nbformat.write(
        v4.new_notebook(cells=cells, metadata={"kernelspec": spec}), root / f"book/{name}.ipynb"
    )


def project(root):
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in ("analysis", "book/_static", "book/_templates", "data/panels", "data/validation"):
        shutil.copytree(ROOT / name, root / name, ignore=ignored)
    for name in (
        "_config.yml",
        "CITATION.cff",
        "requirements.txt",
        "book/references.bib",
        "book/search-words.yml",
    ):
        shutil.copy(ROOT / name, root / name)
    for name in ("findings", "how-to-cite", "status"):
        shutil.copy(ROOT / "book" / f"{name}.md", root / "book" / f"{name}.md")
    with (root / "CITATION.cff").open("a", encoding="utf-8") as file:
        file.write(KNOWN)
    (root / "_toc.yml").write_text(TOC)
    (root / "book" / "api.md").write_text(API)
    (root / "index.md").write_text("# Index\n\n{{ cite_article }}\n")
    (root / "data" / "values.csv").write_text("value\n0.602\n")
    chapter(root, "first", FIRST, FIGURE)
    chapter(root, "second", SECOND)
    return root


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return project(tmp_path_factory.mktemp("one"))


def text(root, page):
    return (root / "_build" / "html" / f"{page}.html").read_text(encoding="utf-8")


def executed(run):
    return re.findall(r"\] book/(\w+)\.ipynb [\d.]+ s", run.stderr)


# The tests of this module follow the life of one book; pytest runs them in this order.


def test_first_build(made, study):
    run = study("book", root=made)
    assert run.returncode == 0, run.stderr
    assert "executing 2 notebook(s)" in run.stderr
    assert "running book/first.ipynb" in run.stderr
    assert sorted(executed(run)) == ["first", "second"]
    assert re.fullmatch(r"built \d+ pages, 2 findings, [\d.]+ s: \S+index\.html\n", run.stdout)
    assert ">0.602</a>" in text(made, "book/first")
    assert ">20 experts</a>" in text(made, "book/second")
    assert text(made, "book/status").count("<td>now</td>") == 2


def test_a_page_says_what_evidence_it_holds_and_its_figure_is_described(made):
    page = text(made, "book/first")
    assert "study-source-public" in page
    assert "study-source-constructed" in page
    assert page.count('role="img" aria-label="Alpha before beta."') == 2  # wide and narrow
    assert "<math" in page
    assert "study-source-constructed" in text(made, "book/second")
    # a page without evidence carries no mark
    assert "study-sources" not in text(made, "book/how-to-cite")


def test_code_is_folded_under_its_comment(made):
    assert re.search(r"<summary>\s*Code: draw two counts\s*</summary>", text(made, "book/first"))


def test_from_a_number_to_its_row_to_its_place_its_program_and_its_cell(made):
    site = made / "_build" / "html"
    page, ledger = text(made, "book/first"), text(made, "book/findings")
    assert page.count('id="f-first-a-x"') == 1  # not where it is said again
    assert page.count('href="findings.html#first-a-x"') == 2
    row = re.search(r'<tr id="first-a-x".*?</tr>', ledger, re.S)[0]
    assert 'href="first.html#f-first-a-x"' in row
    assert 'href="first.html#cell-1"' in row
    assert 'id="cell-1"' in page
    program = re.search(r'href="\.\./(_modules/[^"#]*)#(\w+)"', row)
    assert f'id="{program[2]}"' in (site / program[1]).read_text(encoding="utf-8")
    rows = (site / "findings.csv").read_text(encoding="utf-8").splitlines()
    assert [r.split(",")[0] for r in rows] == ["id", "first-a-x", "second-x"]


def test_the_notebook_for_download_holds_the_outputs_of_this_build(made):
    nb = nbformat.read(made / "_build/html/_sources/book/first.ipynb", as_version=4)
    assert nb.cells[1].execution_count == 1
    assert "0.602" in str(nb.cells[1].outputs)
    assert nb.cells[0].source.startswith("# Chapter first")
    assert "tags" not in nb.cells[1].metadata


def test_pages_know_their_addresses_where_the_citation_file_does(made):
    site = made / "_build" / "html"
    page = text(made, "book/first")
    assert '<link rel="canonical" href="https://some-one.example/study/book/first.html" />' in page
    assert 'property="og:url" content="https://some-one.example/study/book/first.html"' in page
    assert 'name="citation_doi" content="10.5281/zenodo.1"' in page
    assert 'content="https://some-one.example/study/book.pdf"' in page
    assert '"codeRepository": "https://github.com/some-one/study"' in page
    assert "no DOI yet" not in page
    cited = text(made, "book/how-to-cite")
    assert "none yet" not in cited
    assert 'href="https://mybinder.org/v2/gh/some-one/study/HEAD?urlpath=lab/tree/book"' in cited
    listed = (site / "sitemap.xml").read_text("utf-8")
    assert listed.count("<url>") == 7
    assert "<loc>https://some-one.example/study/book/first.html</loc><lastmod>2026-" in listed
    robots = (site / "robots.txt").read_text("utf-8")
    assert robots.endswith("Sitemap: https://some-one.example/study/sitemap.xml\n")
    missing = (site / "404.html").read_text("utf-8")
    assert 'href="https://some-one.example/study/index.html"' in missing


def test_no_page_names_an_outside_script_or_style(made):
    for page in (made / "_build" / "html").rglob("*.html"):
        found = re.findall(
            r'<(?:script|link(?! rel="canonical")|img|iframe)[^>]+(?:src|href)="(?:https?:)?//',
            page.read_text(encoding="utf-8"),
        )
        assert not found, page.name


def test_nothing_changed_nothing_runs(made, study):
    run = study("book", root=made)
    assert run.returncode == 0
    assert run.stdout.startswith("nothing has changed since this was built:")
    assert executed(run) == []


def test_two_folders_the_same_pages(made, study, tmp_path_factory):
    other = project(tmp_path_factory.mktemp("two"))
    assert study("book", root=other).returncode == 0
    ours, theirs = made / "_build" / "html", other / "_build" / "html"
    names = sorted(str(p.relative_to(ours)) for p in ours.rglob("*") if p.is_file())
    assert names == sorted(str(p.relative_to(theirs)) for p in theirs.rglob("*") if p.is_file())
    _, differ, errors = filecmp.cmpfiles(ours, theirs, names, shallow=False)
    # times of execution; Sphinx's own digest of them
    assert set(differ) <= {"book/status.html", ".buildinfo"}
    assert errors == []


# What is executed again, and what not: `study refresh` executes as a build does, without pages.


def stored(root, name):
    return (root / "book" / f"{name}.ipynb").read_text(encoding="utf-8")


def test_refresh_stores_the_outputs_and_then_has_nothing_to_do(made, study):
    run = study("refresh", root=made)
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines() == ["book/first", "book/second", "2 notebook(s) changed"]
    assert executed(run) == []
    nb = nbformat.read(made / "book" / "first.ipynb", as_version=4)
    assert [c.execution_count for c in nb.cells if c.cell_type == "code"] == [1, 2]
    assert study("refresh", root=made).stdout.splitlines() == ["0 notebook(s) changed"]


def test_a_changed_value_runs_what_reads_it(made, study):
    (made / "data" / "values.csv").write_text("value\n0.487\n")
    run = study("refresh", root=made)
    assert executed(run) == ["first"], run.stderr
    assert "0.487" in stored(made, "first")
    assert "0.602" not in stored(made, "first")


def test_a_changed_function_runs_what_imports_it(made, study):
    module = made / "analysis" / "draw" / "rows.py"
    before = module.read_text(encoding="utf-8")
    module.write_text(before + "\n# a doubt\n", encoding="utf-8")
    assert executed(study("refresh", root=made)) == ["first"]
    module.write_text(before, encoding="utf-8")
    # going back costs no execution: the outputs of that state are still there
    assert executed(study("refresh", root=made)) == []


def test_changed_prose_runs_nothing(made, study):
    nb = nbformat.read(made / "book" / "first.ipynb", as_version=4)
    nb.cells[0].source += "\n\nAnother sentence."
    nbformat.write(nb, made / "book" / "first.ipynb")
    assert executed(study("refresh", root=made)) == []


def test_a_changed_panel_has_a_digest_of_its_own(made, study):
    def digests():
        return set(re.findall(r'"digest": "(\w+)"', stored(made, "second")))

    before = digests()
    chapter(made, "second", SECOND.replace("load_panel()", 'load_panel().without(expert="e02")'))
    run = study("refresh", root=made)
    assert executed(run) == ["second"], run.stderr
    assert "19 experts" in stored(made, "second")
    assert len(before) == 1
    assert len(digests()) == 1
    assert before != digests()
    chapter(made, "second", SECOND)


def test_a_broken_notebook_is_named_every_time(made, study):
    chapter(made, "second", 'raise RuntimeError("no such theme")')
    for command in ("refresh", "book"):
        run = study(command, root=made)
        assert run.returncode == 1
        assert "RuntimeError: no such theme" in run.stderr
        last = run.stderr.rstrip().splitlines()[-1]
        assert last == f"study {command}: failed: book/second.ipynb"
    chapter(made, "second", SECOND)


def test_what_a_full_disk_cut_short_counts_as_not_there(made, study):
    for path in (made / "_build" / "executed").rglob("*.json"):
        path.write_bytes(path.read_bytes()[:1000])
    run = study("refresh", root=made)
    assert run.returncode == 0, run.stderr
    assert sorted(executed(run)) == ["first", "second"]


# the site


def test_a_warning_of_sphinx_fails(made, study):
    (made / "index.md").write_text("# Index\n\n[nowhere](book/nowhere.md)\n")
    run = study("book", root=made)
    (made / "index.md").write_text("# Index\n")
    assert run.returncode == 1
    assert "nowhere" in run.stderr
    assert not (made / "_build" / "site.json").exists(), "or the next build would pass"


def test_pages_that_a_full_disk_cut_short_are_blamed_on_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(book, "BUILD", tmp_path)
    monkeypatch.setattr(book, "_jupyter_book", lambda command, only, log: sys.exit(1))
    monkeypatch.setattr(book, "LEAST_SPACE", 1 << 62)
    with pytest.raises(OSError, match="No space left on device"):
        book._sphinx(tmp_path / "html", [])


def test_one_chapter_alone(made, study):
    run = study("book", "--only", "second", root=made)
    assert run.returncode == 0, run.stderr
    assert (made / "_build" / "only" / "book" / "second.html").exists()
    assert not (made / "_build" / "only" / "book" / "first.html").exists()
    run = study("book", "--only", "third", root=made)
    assert run.returncode == 2
    assert run.stderr == "study book: no chapter third; there are first, second\n"


def test_another_panel_runs_what_reads_the_panel(made, study, tmp_path):
    other = tmp_path / "панель one"
    shutil.copytree(made / "data" / "panels" / "constructed", other)
    meta = other / "panel.yml"
    meta.write_text(
        meta.read_text(encoding="utf-8").replace("id: constructed", "id: other"), "utf-8"
    )
    run = study("book", "--panel", str(other), root=made)
    assert run.returncode == 0, run.stderr
    assert executed(run) == ["second"]
    assert '<code><span lang="ru">панель</span> one</code>' in text(made, "book/status")


#: It makes another panel of the one that it is run about, before it reads it.
CHANGING = """# change the panel, then read it
from pathlib import Path
meta = Path({folder!r}) / "panel.yml"
meta.write_text(meta.read_text("utf-8").replace("id: constructed", "id: changed"), "utf-8")
meta.write_text(meta.read_text("utf-8").replace("title: ", "title: Changed "), "utf-8")
from analysis.notebook import open_chapter, say
from analysis.panel.panel import load_panel
panel = load_panel()
open_chapter("{name}", panel)
say("It is about {{panel}}.", panel=[panel.meta.title, panel.meta.id])"""


@pytest.mark.parametrize("restored", [True, False])
def test_a_panel_that_changes_while_its_notebooks_run(made, study, tmp_path, restored):
    folder = tmp_path / "panel"
    shutil.copytree(made / "data" / "panels" / "constructed", folder)
    meta, before = folder / "panel.yml", (folder / "panel.yml").read_text(encoding="utf-8")
    digest = load_panel(folder).digest
    for name in ("first", "second"):
        chapter(made, name, CHANGING.format(folder=str(folder), name=name))
    run = study("book", "--panel", str(folder), root=made)
    assert run.returncode == 0, run.stderr
    changed = load_panel(folder).digest
    assert changed != digest
    for name in ("first", "second"):
        assert "“constructed”" in text(made, f"book/{name}")
        assert "“changed”" not in text(made, f"book/{name}")
    assert digest in text(made, "book/status")
    assert changed not in text(made, "book/status")
    if restored:
        meta.write_text(before, encoding="utf-8")
    run = study("book", "--panel", str(folder), root=made)
    assert run.stdout.startswith("nothing has changed" if restored else "built")
    assert sorted(executed(run)) == ([] if restored else ["first", "second"])
    for name in ("first", "second"):
        assert ("“changed”" in text(made, f"book/{name}")) != restored
    assert not (made / "_build" / "panel").exists()  # no copy is left of what was said
    chapter(made, "first", FIRST, FIGURE)
    chapter(made, "second", SECOND)


# what interrupts a build


@pytest.fixture
def slow(made, study):
    """A book whose second chapter would take long; its refresh, begun; and what that says."""
    chapter(made, "first", FIRST, FIGURE + f"\n# {time.time()}")
    chapter(made, "second", SECOND + "\nimport time\ntime.sleep(600)")
    read, write = os.pipe()
    with open(read) as said, open(write, "w") as stderr:
        process = study("refresh", root=made, start=partial(forked.start, stderr=stderr))
        stderr.close()
        yield made, process, said
    process.kill()
    chapter(made, "first", FIRST, FIGURE)
    chapter(made, "second", SECOND)


def read_until(said, wanted):
    heard: list[str] = []
    for line in said:
        heard.append(line)
        if wanted in line:
            return
    raise AssertionError(f"never said: {wanted}; but {heard}")


def test_ctrl_c_ends_a_run_at_once_and_keeps_what_was_finished(slow, study):
    root, process, said = slow
    read_until(said, "] book/first.ipynb")
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=60) == 130
    assert "stopped; what had finished is kept" in said.read()
    chapter(root, "second", SECOND)
    run = study("refresh", root=root)
    assert run.returncode == 0, run.stderr
    assert executed(run) == []


def test_ctrl_c_while_the_pages_are_built_ends_their_program_too(made, study):
    chapter(made, "first", FIRST, FIGURE + f"\n# {time.time()}")
    read, write = os.pipe()
    with open(read) as said, open(write, "w") as stderr:
        process = study("book", root=made, start=partial(forked.start, stderr=stderr))
        stderr.close()
        read_until(said, "building the pages")
        os.kill(process.pid, signal.SIGINT)  # the program that builds the pages is not told
        assert process.wait(timeout=60) == 130
        assert not (made / "_build" / "site.json").exists()
    chapter(made, "first", FIRST, FIGURE)


def test_a_run_that_was_killed_leaves_nothing_wrong(slow, study):
    root, process, said = slow
    read_until(said, "running book/")
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    chapter(root, "second", SECOND)
    run = study("refresh", root=root)
    assert run.returncode == 0, run.stderr
    assert "20 experts" in stored(root, "second")


def test_two_builds_at_once_are_both_right(made, study):
    with ThreadPoolExecutor() as threads:
        both = [*threads.map(lambda _: study("book", root=made), range(2))]
    assert [run.returncode for run in both] == [0, 0], both
    assert sorted(run.stdout.split()[0] for run in both) == ["built", "nothing"]
    assert ">20 experts</a>" in text(made, "book/second")
