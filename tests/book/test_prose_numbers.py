"""No number of the prose is typed by hand, and every glued one is a finding of the book."""

from pathlib import Path

import nbformat
import pytest
import yaml

from analysis.evidence.findings import from_notebook
from analysis.project import ROOT
from analysis.publish.execution import notebooks, pages
from analysis.publish.pages import GLUED
from analysis.publish.prose import in_notebook, typed_numbers

ALLOWED = yaml.safe_load((Path(__file__).parent / "allowed_numbers.yml").read_text("utf-8"))


def allowed(page):
    return [entry["phrase"] for key in ("everywhere", page) for entry in ALLOWED.get(key) or []]


def test_each_allowed_phrase_gives_its_reason_and_is_used():
    for page, entries in ALLOWED.items():
        chosen = pages() if page == "everywhere" else [page]
        text = "\n".join(source(p) for p in chosen)
        for entry in entries or []:
            assert entry["reason"].strip()
            assert entry["phrase"] in text, f"{page}: {entry['phrase']!r} is not used any more"


def source(page):
    notebook = ROOT / f"{page}.ipynb"
    if notebook.exists():
        return "\n\n".join(c.source for c in nbformat.read(notebook, as_version=4).cells)
    return (ROOT / f"{page}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", pages())
def test_no_number_is_typed(page):
    notebook = ROOT / f"{page}.ipynb"
    if notebook.exists():
        found = in_notebook(nbformat.read(notebook, as_version=4), allowed(page))
    else:
        found = typed_numbers(source(page), allowed(page))
    assert not found, "typed by hand: " + "; ".join(f"{t.text!r} in {t.line!r}" for t in found)


def test_every_glued_id_is_a_finding():
    recorded = {f.id for p in notebooks() for f in from_notebook(nbformat.read(p, as_version=4))}
    glued = {name for page in pages() for name in GLUED.findall(source(page))}
    assert glued
    assert glued <= recorded
