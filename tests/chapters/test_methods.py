"""What the chapters must not say or show: faults of method that a first edition had.

The others of their kind are tested where the method is: limits of alpha (coding reliability), a
scan of pairs against drawn tables (theme map), rank ranges (ranks), what was set beforehand
(codebook), echoes within a question (participation), the dips of Wilson's coverage (coverage).
"""

import re

import nbformat
import pytest
from constructed import matrix, read, stated

from analysis.project import ROOT, notebooks


def shown(page):
    """Prose and sentences of a notebook, and the pictures in it."""
    cells = nbformat.read(ROOT / f"{page}.ipynb", as_version=4).cells
    outputs = [o.data for c in cells for o in c.get("outputs", [])]
    text = [c.source for c in cells if c.cell_type == "markdown"]
    text += [data["text/plain"] for data in outputs]
    return "\n".join(text), [d["image/svg+xml"] for d in outputs if "image/svg+xml" in d]


def test_who_was_not_asked_is_not_counted():
    """Of joint decisions could speak those whose session reached q10, and who did unasked."""
    said = read("statements").query("question_id == 'q10'")
    experts = read("experts").set_index("expert_id").session_id
    asked = set(experts.index[experts.isin(said.session_id)])
    raised, opposed = matrix().could_joint, matrix("opposes").could_joint
    unasked = set(raised.index[raised | opposed]) - asked
    assert len(asked) == 15
    assert len(unasked) >= 1
    text, _ = shown("book/participation")
    page = nbformat.read(ROOT / "book" / "participation.ipynb", as_version=4)
    table = next(
        o.data["text/html"]
        for c in page.cells
        for o in c.get("outputs", [])
        if "Codes that not everybody could raise" in o.data.get("text/html", "")
    )
    assert f"{raised.sum()} of {len(asked) + len(unasked)}" in table
    assert "is not silent" in text


def test_a_closed_codebook_has_room_for_no_code():
    """Every code is raised: under this codebook nothing can be added, whatever Chao2 says."""
    found = stated("saturation")
    raised = matrix()
    assert raised.any().all()
    assert found["room-heard"] == (raised.shape[1], raised.shape[1])
    assert found["missing-bound"] > raised.shape[1]
    assert "no code" in shown("book/saturation")[0]


def test_the_rules_for_groups_stand_beside_those_for_single_interviews():
    text, _ = shown("book/saturation")
    assert "(Guest, Namey and McKenna 2017)" in text
    assert "Hennink, Kaiser & Weber 2019" in text


@pytest.mark.parametrize("page", notebooks())
def test_no_number_is_about_other_experts_than_these(page):
    text, _ = shown(page)
    assert not re.search(r"(most|many|few) (similar )?experts (hold|think|believe)", text, re.I)
    assert not re.search(r"experts believe|saturation was reached", text, re.I)


@pytest.mark.parametrize("page", notebooks())
def test_no_figure_holds_more_than_can_be_read_in_a_minute(page):
    """All 34 codes by each other would give over 500 numbers, twenty experts by six themes 120."""
    for picture in shown(page)[1]:
        assert picture.count("<text") <= 150
