"""The chapter on reporting: the lists, who answers what, and answers of authors."""

import pandas as pd
import pytest
from constructed import FOLDER
from panels import VARIANTS, variant

from analysis.chapters.reporting import (
    LISTS,
    VALUES,
    answers,
    checklist,
    open_items,
    unknown_items,
)
from analysis.panel.faults import NotInPanel
from analysis.panel.panel import make_panel


def with_reporting(panel, **stated):
    stated = {name.replace("_", "-"): text for name, text in stated.items()}
    return make_panel(panel.meta, panel.frames, plan=None, reporting=stated)


def test_the_lists_are_whole():
    assert [len(checklist(name)) for name in LISTS] == [32, 21]
    for name in LISTS:
        found = checklist(name)
        assert found.index.tolist() == [f"{name}-{i}" for i in range(1, len(found) + 1)]
        assert found["item"].is_unique
        assert found.groupby("domain", sort=False).size().max() <= 20
        given = found.loc[found["part"].map(lambda part: isinstance(part, str))]
        for part, answer in zip(given["part"], given["answer"], strict=True):
            assert f"{{{part}" in answer


def test_answers_are_those_of_the_files(panel):
    """A second route, in plain pandas from the CSV files."""
    tables = {file.stem: pd.read_csv(file) for file in FOLDER.glob("*.csv")}
    found = pd.concat([answers(panel, name) for name in LISTS])["answer"]
    experts, sessions = tables["experts"], tables["sessions"]
    assert found["coreq-12"] == f"{len(experts)} experts in {len(sessions)} sessions"
    assert found["coreq-17"] == f"A guide with {len(tables['guide'])} questions"
    assert found["coreq-21"].endswith(
        f"from {sessions.minutes.min():.0f} to {sessions.minutes.max():.0f} minutes"
    )
    assert f"{experts.quotable.sum()} of {len(experts)} experts" in found["coreq-29"]
    codings = tables["codings"].merge(tables["statements"], on="statement_id")
    agreed = codings[codings.coder == "consensus"]
    raised = agreed[agreed.stance == "raises"].groupby("code_id").speaker.nunique()
    opposed = agreed[agreed.stance == "opposes"].code_id.nunique()
    assert found["coreq-32"].startswith(f"Raised by a single expert: {(raised == 1).sum()} of ")
    assert f"Opposed by somebody: {opposed} of " in found["coreq-32"]
    coded = tables["coded"][tables["coded"].coder != "consensus"]
    twice = (coded.groupby("statement_id").size() > 1).sum()
    assert found["srqr-15"].startswith(f"{twice} of ")


def test_authors_answer_what_a_panel_cannot(panel):
    assert answers(panel, "coreq").loc["coreq-1", ["answered", "answer"]].tolist() == ["open", ""]
    stated = with_reporting(panel, coreq_1="Two of us.", coreq_17="Tried out on two colleagues.")
    found = answers(stated, "coreq")
    assert found.loc["coreq-1", ["answered", "answer"]].tolist() == ["authors", "Two of us."]
    assert found.loc["coreq-17", "answered"] == "panel and authors"
    assert found.loc["coreq-17", "answer"].endswith("questions. Tried out on two colleagues.")
    assert set(open_items(panel)) - set(open_items(stated)) == {"coreq-1"}


def test_ids_on_no_list(panel):
    assert unknown_items(panel) == []
    stated = with_reporting(panel, coreq_1="Two of us.", coreq_33="?", srqr_0="?")
    assert unknown_items(stated) == ["coreq-33", "srqr-0"]


def test_what_is_incomplete_is_answered_in_part(panel):
    sessions = panel.frames["sessions"]
    sessions.loc[0, "minutes"] = float("nan")
    some = answers(panel.replace(sessions=sessions), "coreq").loc["coreq-21"]
    assert (some["answered"], "3 of 4" in some["answer"]) == ("panel, in part", True)
    none = panel.replace(sessions=sessions.assign(minutes=float("nan")))
    assert "coreq-21" in open_items(none)


@pytest.mark.parametrize("name", VARIANTS)
def test_any_panel_gets_an_answer_or_none(name):
    panel = variant(name)
    for checked in LISTS:
        found = answers(panel, checked)
        assert not found["answer"].str.contains("nan|not defined|None").any()
        assert ((found["answer"] == "") == (found["answered"] == "open")).all()


def test_every_value_is_used_and_says_what_is_missing():
    used = "".join(checklist(name)["answer"].str.cat() for name in LISTS)
    for name in VALUES:
        assert f"{{{name}" in used
    panel = variant("one_coder")
    with pytest.raises(NotInPanel, match="coded by two"):
        VALUES["twice"](panel)
    assert "srqr-15" in open_items(panel)
