"""Every notebook: executed in order, clean, open to read, and short enough to follow."""

import ast
import json
import re

import nbformat
import pytest

from analysis.findings import LONGEST, ledger
from analysis.project import ROOT, notebooks

PAGES = sorted(f"book/{path.stem}" for path in (ROOT / "book").glob("*.ipynb"))
#: The first page of a book about a reader's own panel: no chapter.
FRONT = "book/about-this-panel"
#: What a reader of pandas and numpy knows; a cell that uses it shows its analysis.
WORDS = """
agg all any apply assign between concat crosstab cumsum DataFrame describe diff dropna
drop_duplicates
eq fillna groupby iloc isin join loc map max mean median melt merge min nunique pivot quantile query
rank reindex rename Series size sort_values stack sum unstack value_counts
"""
PANDAS = set(WORDS.split())


def read(page):
    return nbformat.read(ROOT / f"{page}.ipynb", as_version=4)


def code_cells(nb):
    return [c for c in nb.cells if c.cell_type == "code"]


@pytest.fixture(scope="module", params=PAGES)
def page(request):
    return request.param


@pytest.fixture(scope="module")
def nb(page):
    return read(page)


def test_every_notebook_is_in_a_book():
    own = (ROOT / "book" / "panel-toc.yml").read_text(encoding="utf-8")
    assert {*notebooks(), *re.findall(r"(?:file|root): (\S+)", own)} >= {*PAGES}


def test_every_code_cell_has_been_executed_in_order(nb):
    counts = [c.execution_count for c in code_cells(nb)]
    assert counts == list(range(1, len(counts) + 1)), "run `make refresh`"
    assert any(c.outputs for c in code_cells(nb)), "a notebook without outputs checks nothing"


def test_no_cell_holds_an_error_or_a_warning(nb):
    for cell in code_cells(nb):
        for output in cell.outputs:
            assert output.output_type not in ("error", "stream"), output


def test_cells_are_plain_and_short(nb):
    for cell in code_cells(nb):
        lines = [line for line in cell.source.splitlines() if line.strip()]
        assert 0 < len(lines) <= 12, f"more than a dozen lines: {cell.source}"
        assert max(map(len, lines)) <= 88, f"wider than 88 columns: {cell.source}"
        # no magic, no line for a shell: they hide the rest of a cell from the comparison
        tree = ast.parse(cell.source)
        kinds = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.Try, ast.If)
        found = [type(n).__name__ for n in ast.walk(tree) if isinstance(n, kinds)]
        assert not found, f"{found[0]} in a notebook: {cell.source}"
        imports = any(isinstance(n, (ast.Import, ast.ImportFrom)) for n in tree.body)
        said = cell.source.startswith(("# ", "recap("))
        assert imports or said, f"no comment says what it does: {lines[0]}"


def test_what_is_said_again_has_been_said(nb):
    calls = [n for c in code_cells(nb) for n in ast.walk(ast.parse(c.source))]
    calls = [n for n in calls if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
    again = {a.value for n in calls if n.func.id == "recap" for a in n.args}
    ids = [k.value for n in calls if n.func.id == "say" for k in n.keywords if k.arg == "id"]
    computed = not all(isinstance(id, ast.Constant) for id in ids)
    assert computed or again <= {id.value for id in ids}, "recap leaves out what no say has as id"


def test_what_is_said_stands_in_the_notebook_and_not_in_roles(nb):
    for cell in nb.cells:
        assert "glue" not in cell.source
        assert not re.search(r"\{[a-z:]+\}`", cell.source) or cell.cell_type == "code"


def shows_its_analysis(source, statistics):
    names = {n.attr for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Attribute)}
    called = {
        n.func.id
        for n in ast.walk(ast.parse(source))
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
    }
    return bool(names & PANDAS or called & statistics)


def test_at_least_half_of_the_cells_compute_in_view(page, nb):
    if page == FRONT:
        return
    statistics = set()
    for cell in code_cells(nb):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith(
                "analysis.statistics"
            ):
                statistics |= {alias.name for alias in node.names}
    cells = [c.source for c in code_cells(nb)]
    open_ones = [source for source in cells if shows_its_analysis(source, statistics)]
    assert len(open_ones) * 2 >= len(cells), page


def test_opens_and_closes_as_a_chapter_does(page, nb):
    if page == FRONT:
        return
    prose = "\n".join(c.source for c in nb.cells if c.cell_type == "markdown")
    headings = re.findall(r"^## (.*)$", prose, re.M)
    assert nb.cells[0].source.startswith("# ")
    assert len(re.findall(r"^# ", prose, re.M)) == 1
    assert {"Limits", "What comes next", "References"} <= set(headings)
    opening = prose.split("\n## ")[0]
    for answer in ("answers", "needs", "cannot"):
        assert answer in opening, f"the opening does not say what the chapter {answer}"


def test_findings_are_numbers_dates_or_names():
    found = ledger({page: read(page) for page in PAGES})
    assert len({f.page for f in found}) == len(PAGES), "a chapter without a finding"
    assert len({f.chapter for f in found}) == len(PAGES), "open_chapter: a name used twice"
    for finding in found:
        assert len(str(finding.value)) <= LONGEST
        assert len(finding.text) <= 2 * LONGEST, finding.id
        if isinstance(finding.value, str):
            assert finding.source in ("record", "public"), finding.id


def test_no_output_names_a_folder_of_this_machine(page):
    text = json.dumps(json.loads((ROOT / f"{page}.ipynb").read_text("utf-8")), ensure_ascii=False)
    assert str(ROOT) not in text
    assert not re.search(r"/(?:home|Users|root|tmp)/\w", text)
