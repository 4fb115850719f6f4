"""The panel page against the files: what a panel lacks, and what was planted in it."""

import pytest
from constructed import findings, read
from panels import variant

from analysis.chapters.panel import PLANTED, lacking, planted


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
    codes = read("codebook")["parent_id"].notna().sum()
    assert found["planted"]["Errors of the coders, code by code"] == codes
    assert found["planted"]["An expert who dominates"] == 1


def test_where_little_was_planted_little_is_listed():
    assert planted({}).empty
    assert planted({"planted": {"nulls": [], "silent": {"expert": "e1"}}})["planted"].tolist() == [
        1
    ]


def test_pairs_of_experts_and_codes_add_up():
    """A second route to "at a glance": codings and speakers, joined in plain pandas."""
    codings = read("codings").query("coder == 'consensus'")
    speaker = read("statements").set_index("statement_id")["speaker"]
    book = read("codebook").dropna(subset="parent_id")
    given = codings[codings["code_id"].isin(book["code_id"])]
    pairs = {
        stance: set(zip(rows["statement_id"].map(speaker), rows["code_id"], strict=True))
        for stance, rows in given.groupby("stance")
    }
    found = findings("panel")
    assert found["glance-raised"].value == len(pairs["raises"] - pairs["opposes"])
    assert found["opposed-opposed"].value == len(pairs["opposes"] - pairs["raises"])
    assert found["opposed-both"].value == len(pairs["opposes"] & pairs["raises"])
