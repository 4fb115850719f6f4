"""The panel page against the files: what a panel lacks, and what was planted in it."""

import nbformat
import pandas as pd
import pytest
from panels import variant

from analysis.chapters.panel import PLANTED, lacking, planted
from analysis.findings import MIME
from analysis.panel.panel import load_panel
from analysis.project import DATA, ROOT

FOLDER = DATA / "panels" / "constructed"


@pytest.fixture(scope="module")
def panel():
    return load_panel(FOLDER)


def chapters(panel):
    return {chapter for names in lacking(panel)["chapter"] for chapter in names}


def test_the_constructed_panel_lacks_nothing(panel):
    assert lacking(panel).empty


@pytest.mark.parametrize(
    ("name", "chapter"),
    [
        ("no_ratings", "barriers-and-drivers"),
        ("no_translations", "panel"),
        ("one_coder", "coding-reliability"),
        ("individual", "participation"),
        ("individual", "saturation"),
        ("two_codes", "codebook"),
        ("two_codes", "platforms-and-dialogue"),
        ("no_plan", "stakeholders"),
    ],
)
def test_what_a_panel_lacks_is_told_with_the_chapter_that_needs_it(name, chapter):
    assert chapter in chapters(variant(name))


def test_each_lack_is_told_once():
    found = lacking(variant("no_ratings"))
    assert found["lacks"].is_unique
    assert found["chapter"].map(lambda names: len(set(names)) == len(names)).all()


def test_what_was_planted_is_counted(panel):
    truth = panel.truth
    found = planted(truth).set_index("what")
    assert len(found) == len(PLANTED)
    assert found["planted"]["Pairs of codes, together or apart"] == len(truth["planted"]["pairs"])
    codes = pd.read_csv(FOLDER / "codebook.csv")["parent_id"].notna().sum()
    assert found["planted"]["Errors of the coders, code by code"] == codes
    assert found["planted"]["An expert who dominates"] == 1


def test_where_little_was_planted_little_is_listed():
    assert planted({}).empty
    assert planted({"planted": {"nulls": [], "silent": {"expert": "e1"}}})["planted"].tolist() == [
        1
    ]


def test_pairs_of_experts_and_codes_add_up():
    """A second route to "at a glance": codings and speakers, joined in plain pandas."""
    codings = pd.read_csv(FOLDER / "codings.csv").query("coder == 'consensus'")
    speaker = pd.read_csv(FOLDER / "statements.csv").set_index("statement_id")["speaker"]
    book = pd.read_csv(FOLDER / "codebook.csv").dropna(subset="parent_id")
    given = codings[codings["code_id"].isin(book["code_id"])]
    pairs = {
        stance: set(zip(rows["statement_id"].map(speaker), rows["code_id"], strict=True))
        for stance, rows in given.groupby("stance")
    }
    cells = nbformat.read(ROOT / "book" / "panel.ipynb", as_version=4).cells
    outputs = [o for c in cells for o in c.get("outputs", []) if MIME in o.get("data", {})]
    found = {f["id"]: f["value"] for o in outputs for f in o["data"][MIME]["findings"]}
    assert found["panel-glance-raised"] == len(pairs["raises"] - pairs["opposes"])
    assert found["panel-opposed-opposed"] == len(pairs["opposes"] - pairs["raises"])
    assert found["panel-opposed-both"] == len(pairs["opposes"] & pairs["raises"])
