"""The build, on a book of two small notebooks: nothing stale, nothing hidden, nothing repeated."""

import filecmp
import re
import shutil

import nbformat
import nbformat.v4 as v4
import pytest

from analysis.project import ROOT

TOC = """format: jb-book
root: index
chapters:
  - file: book/first
  - file: book/second
  - file: book/findings
  - file: book/how-to-cite
  - file: book/status
"""
READ = """import pandas as pd
from analysis.display import figures, notebook as show
from analysis.project import DATA
from analysis.steps.results import Result
value = float(pd.read_csv(DATA / "values.csv").value.iloc[0])
made = [Result(id="{name}-x", label="the value", value=value, unit="index",
    standing="description", method="read", function="analysis.display.wording.number")]
show.record("{name}", made, source="{source}", digest="abc")"""
SHOW = """fig, ax = figures.canvas()
figures.counts(ax, ["alpha", "beta"], [3, 7], 20)
table = pd.DataFrame({"name": ["alpha", "beta"], "k": [3, 7]})
show.figure(fig, "alpha 3 of 20, beta 7 of 20", "Counts.", table, "constructed")"""


def chapter(root, name, source, code=READ):
    nb = v4.new_notebook(
        cells=[
            v4.new_markdown_cell(f"# Chapter {name}", id="title"),
            v4.new_code_cell(code.format(name=name, source=source), id="read"),
            v4.new_markdown_cell(f"The value is {{glue:text}}`{name}-x`, $a^2$.", id="say"),
            v4.new_code_cell(SHOW, id="show"),
        ],
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
        },
    )
    nbformat.write(nb, root / "book" / f"{name}.ipynb")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return project(tmp_path_factory.mktemp("one"))


def project(root):
    for name in ("analysis", "book/_static"):
        shutil.copytree(
            ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
        )
    for name in ("_config.yml", "CITATION.cff", "pyproject.toml", "requirements.txt"):
        shutil.copy(ROOT / name, root / name)
    for name in ("findings", "how-to-cite", "status"):
        shutil.copy(ROOT / "book" / f"{name}.md", root / "book" / f"{name}.md")
    (root / "_toc.yml").write_text(TOC)
    (root / "index.md").write_text("# Index\n\n{{ article_apa }}\n")
    (root / "data").mkdir()
    (root / "data" / "values.csv").write_text("value\n0.602\n")
    chapter(root, "first", "public")
    chapter(root, "second", "record")
    return root


def text(root, page):
    return (root / "_build" / "html" / f"{page}.html").read_text(encoding="utf-8")


# The tests of this module follow the life of one book; pytest runs them in this order.


def test_first_build(made, study):
    run = study("book", root=made)
    assert run.returncode == 0, run.stderr
    assert "executing 2 notebook(s)" in run.stderr
    assert re.search(r"\[2/2\] book/\w+\.ipynb \d+\.\d s", run.stderr)
    assert re.fullmatch(r"built \d+ pages, 2 findings, [\d.]+ s: \S+index\.html\n", run.stdout)
    assert ">0.602<" in text(made, "book/first")


def test_a_page_says_what_evidence_it_holds_and_its_figure_is_described(made):
    page = text(made, "book/first")
    assert "study-source-public" in page
    assert "study-source-constructed" in page
    assert "study-source-record" not in page
    assert 'alt="alpha 3 of 20, beta 7 of 20"' in page
    assert "Counts. Constructed panel: no real expert said any of it" in page
    assert "<math" in page
    assert "study-source-record" in text(made, "book/second")
    # a page without evidence carries no mark
    assert "study-sources" not in text(made, "book/how-to-cite")


def test_a_number_leads_to_its_row_in_the_table_of_findings(made):
    assert 'href="findings.html#first-x"' in text(made, "book/first")
    assert '<tr id="first-x"' in text(made, "book/findings")
    rows = (made / "_build" / "html" / "findings.csv").read_text(encoding="utf-8").splitlines()
    assert [r.split(",")[0] for r in rows] == ["id", "first-x", "second-x"]


def test_the_status_page_says_where_the_time_of_each_notebook_went(made):
    page = text(made, "book/status")
    for name in ("first", "second"):
        row = re.search(f'<th scope="row">{name}.ipynb</th>(.*?)</tr>', page)[1]
        cells, importing, resampling, ratio, whole = map(float, re.findall(r"[\d.]+", row))
        assert 0 < importing <= cells < whole
        assert resampling == 0  # nothing is drawn in these
        assert ratio >= 1
        # the cells show one figure: the ratio is what the rounded seconds make of it
        assert ratio == pytest.approx(cells / importing, rel=0.1)


def test_the_notebook_for_download_holds_the_outputs_of_this_build(made):
    nb = nbformat.read(made / "_build/html/_sources/book/first.ipynb", as_version=4)
    assert nb.cells[1].execution_count == 1
    assert "0.602" in str(nb.cells[1].outputs)
    assert nb.cells[0].source == "# Chapter first"


def test_no_page_names_an_outside_script_or_style(made):
    for page in (made / "_build" / "html").rglob("*.html"):
        found = re.findall(
            r'<(?:script|link|img|iframe)[^>]+(?:src|href)="(?:https?:)?//[^"]+"',
            page.read_text(encoding="utf-8"),
        )
        assert not found, page.name


def test_nothing_changed_nothing_runs(made, study):
    run = study("book", root=made)
    assert run.returncode == 0
    assert run.stdout.startswith("nothing has changed since this was built:")
    assert "executing" not in run.stderr


def test_two_folders_the_same_pages(made, study, tmp_path_factory):
    other = project(tmp_path_factory.mktemp("two"))
    assert study("book", root=other).returncode == 0
    ours, theirs = made / "_build" / "html", other / "_build" / "html"
    names = sorted(str(p.relative_to(ours)) for p in ours.rglob("*") if p.is_file())
    assert names == sorted(str(p.relative_to(theirs)) for p in theirs.rglob("*") if p.is_file())
    _, differ, errors = filecmp.cmpfiles(ours, theirs, names, shallow=False)
    # times of execution; the search index does not hold them
    assert set(differ) <= {"book/status.html"}
    assert errors == []


def test_a_changed_data_file_changes_the_page(made, study):
    (made / "data" / "values.csv").write_text("value\n0.487\n")
    run = study("book", root=made)
    assert run.returncode == 0, run.stderr
    assert ">0.487<" in text(made, "book/first")
    assert "0.602" not in text(made, "book/first")
    assert ",0.487," in (made / "_build/html/findings.csv").read_text(encoding="utf-8")


def test_a_changed_constant_in_the_code_changes_the_page(made, study):
    wording = made / "analysis" / "display" / "wording.py"
    before = wording.read_text(encoding="utf-8")
    after = before.replace('digits = {"index": 3,', 'digits = {"index": 1,')
    assert after != before
    wording.write_text(after, encoding="utf-8")
    assert study("book", root=made).returncode == 0
    assert ">0.5<" in text(made, "book/first")
    wording.write_text(before, encoding="utf-8")
    # going back costs no execution: the outputs of that state are still there
    run = study("book", root=made)
    assert "executing" not in run.stderr
    assert ">0.487<" in text(made, "book/first")


def test_another_panel_is_another_state(made, study):
    (made / "other").mkdir()
    (made / "other" / "panel.yml").write_text("id: other\n")
    run = study("book", "--panel", str(made / "other"), root=made)
    assert run.returncode == 0, run.stderr
    assert "executing 2 notebook(s)" in run.stderr
    assert "<code>other</code>" in text(made, "book/status")


def test_a_broken_notebook_fails_every_time_and_is_named(made, study):
    chapter(made, "second", "record", code='raise RuntimeError("no such theme")')
    for _ in range(2):
        run = study("book", root=made)
        assert run.returncode == 1
        assert "RuntimeError: no such theme" in run.stderr
        assert run.stderr.rstrip().splitlines()[-1] == "study book: failed: book/second.ipynb"


def test_a_warning_of_sphinx_fails_every_time(made, study):
    chapter(made, "second", "record")
    (made / "index.md").write_text("# Index\n\n[nowhere](book/nowhere.md)\n")
    for _ in range(2):
        run = study("book", root=made)
        assert run.returncode == 1
        assert "nowhere" in run.stderr


def test_refresh_stores_the_outputs_and_then_has_nothing_to_do(made, study):
    run = study("refresh", root=made)
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines() == ["first.ipynb", "second.ipynb", "2 notebook(s) changed"]
    nb = nbformat.read(made / "book" / "first.ipynb", as_version=4)
    assert [c.execution_count for c in nb.cells if c.cell_type == "code"] == [1, 2]
    assert study("refresh", root=made).stdout == "0 notebook(s) changed\n"
