"""Every notebook is executed in order, clean, foldable and short enough to follow."""

import json
import re

import nbformat
import pytest

from analysis.evidence.findings import from_notebook
from analysis.project import ROOT
from analysis.publish.execution import normalised, notebooks

BOOKS = sorted((ROOT / "book").glob("*.ipynb"))


def code_cells(nb):
    return [c for c in nb.cells if c.cell_type == "code"]


@pytest.fixture(params=BOOKS, ids=lambda p: p.name)
def path(request):
    return request.param


@pytest.fixture
def nb(path):
    return nbformat.read(path, as_version=4)


def test_every_notebook_is_in_the_book():
    assert sorted(notebooks()) == BOOKS
    assert BOOKS


def test_every_code_cell_has_been_executed_in_order(nb):
    counts = [c.execution_count for c in code_cells(nb)]
    assert counts == list(range(1, len(counts) + 1))
    assert any(c.outputs for c in code_cells(nb)), "a notebook without outputs checks nothing"


def test_no_cell_holds_an_error_or_a_warning(nb):
    for cell in code_cells(nb):
        for output in cell.outputs:
            assert output.output_type != "error"
            assert not (output.output_type == "stream" and output.name == "stderr")


def test_code_cells_are_folded_and_short(nb):
    for cell in code_cells(nb):
        assert "hide-input" in cell.metadata.get("tags", [])
        lines = [line for line in cell.source.splitlines() if line.strip()]
        assert 0 < len(lines) <= 12, cell.source


def test_stored_as_refresh_stores_it(path, nb):
    assert path.read_text(encoding="utf-8") == nbformat.writes(normalised(nb), version=4) + "\n"


def test_opens_and_closes_as_a_chapter_does(nb):
    prose = "\n".join(c.source for c in nb.cells if c.cell_type == "markdown")
    headings = re.findall(r"^## (.*)$", prose, re.M)
    assert nb.cells[0].cell_type == "markdown"
    assert nb.cells[0].source.startswith("# ")
    assert len(re.findall(r"^# ", prose, re.M)) == 1
    assert {"What was found", "Limits", "What comes next", "References"} <= set(headings)
    opening = prose.split("\n## ")[0]
    for answer in ("answers", "needs", "cannot"):
        assert answer in opening, f"the opening does not say what the chapter {answer}"


def test_findings_name_their_chapter(path, nb):
    found = from_notebook(nb)
    assert found
    assert {f.chapter for f in found} == {path.stem}


def test_no_output_names_a_folder_of_this_machine(path):
    text = json.dumps(json.loads(path.read_text(encoding="utf-8")), ensure_ascii=False)
    assert str(ROOT) not in text
    assert not re.search(r"/(?:home|Users|root|tmp)/\w", text)
