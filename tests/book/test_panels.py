"""Every chapter about a panel, on nine panels that lack what a panel can lack."""

import re

import nbformat
import pytest
from panels import VARIANTS, write_variant
from running import read_once, run

from analysis.findings import MIME
from analysis.project import ROOT


def about_a_panel(page):
    cells = nbformat.read(ROOT / f"{page}.ipynb", as_version=4).cells
    return any("load_panel(" in c.source for c in cells if c.cell_type == "code")


PAGES = sorted(f"book/{path.stem}" for path in (ROOT / "book").glob("*.ipynb"))
CHAPTERS = [page for page in PAGES if about_a_panel(page)]


@pytest.fixture(scope="module", params=VARIANTS)
def folder(request, tmp_path_factory):
    return write_variant(request.param, tmp_path_factory.mktemp("panels") / request.param)


@pytest.mark.parametrize("page", CHAPTERS)
def test_a_chapter_holds_for_any_panel(page, folder, monkeypatch):
    panel = read_once(folder)
    said, shown, absent = [], [], []
    for output in run(page, folder, monkeypatch):
        data = output.data
        shown.append(" ".join(str(data.get(kind, "")) for kind in ("text/plain", "text/html")))
        if MIME in data:
            said.append(data["text/plain"])
            if not data[MIME]["findings"] and len(data[MIME]["sentences"]) == 1:
                absent.append(data["text/plain"])
        if "image/svg+xml" in data:
            assert data["image/svg+xml"].count("<text") > 2, "an empty figure"
    everything = " ".join(shown)
    assert not re.search(r"\bnan\b|\bNone\b(?! \w)|\binf\b", everything)
    assert len(absent) == len(set(absent)), "what is missing is said once"
    assert all(re.search(r"[.:!?)*]$", text) for text in said), "whole sentences"
    for _, text in panel.unquotable():
        if len(text.split()) > 7:
            assert text not in everything, "an expert is quoted who must not be"
