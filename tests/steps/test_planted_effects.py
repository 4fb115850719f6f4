"""What was put into the constructed panel, as ``truth.yml`` says, is found by the chapters.

The counts in ``truth.yml`` are recounted in ``tests/simulation/test_constructed.py``, and what its
coders were made to do is looked for in ``tests/steps/test_coding_reliability.py``. Here the
chapters are asked: do they say it, and do they say no more?
"""

import itertools

import pytest
import yaml

from analysis.project import DATA
from analysis.steps import (
    barriers_and_drivers,
    participation,
    participation_results,
    platforms_and_dialogue,
    role_of_digitalization,
    theme_map,
)
from analysis.steps import stakeholders_contrasts as contrasts
from analysis.steps import stakeholders_sentences as sentences
from analysis.steps.panel_talk import echoed, talk

TRUTH = yaml.safe_load((DATA / "panels" / "constructed" / "truth.yml").read_text(encoding="utf-8"))
PLANTED = TRUTH["planted"]


@pytest.fixture(scope="module")
def tested(constructed):
    return contrasts.contrasts(constructed).set_index("code")


@pytest.fixture(scope="module")
def pairs(constructed):
    found = theme_map.together(constructed, permutations=999, tables=99).pairs
    keys = [frozenset(pair) for pair in zip(found["code_a"], found["code_b"], strict=True)]
    return found.assign(key=keys).set_index("key")


@pytest.fixture(scope="module")
def said(constructed):
    found = participation.participation(constructed, orders=200)
    return {result.id: result.value for result in participation_results.results(found)}


def test_each_planted_contrast_lies_where_it_was_put(tested):
    for fact in PLANTED["contrasts"]:
        row = tested.loc[fact["code"]]
        counts = {row[f"side_{x}"]: (row[f"k_{x}"], row[f"n_{x}"]) for x in "ab"}
        assert counts == {side: (fact[side]["k"], fact[side]["n"]) for side in counts}
        assert row["pvalue"] == pytest.approx(fact["fisher_p"], abs=5e-5)
        assert row["lies"] == row["expected"] == max(counts, key=lambda side: counts[side][0])


def test_four_of_five_are_told_apart_one_by_one_and_one_after_the_adjustment(tested, constructed):
    planted = tested.loc[[fact["code"] for fact in PLANTED["contrasts"]]]
    assert (planted["pvalue"] <= contrasts.ALPHA).sum() == 4
    strongest = min(PLANTED["contrasts"], key=lambda fact: fact["fisher_p"])["code"]
    assert list(planted.index[planted["verdict"] == contrasts.TOLD]) == [strongest]
    sentence = sentences.told(constructed, tested.reset_index())
    assert tested.loc[strongest, "label"] in sentence
    assert "1 contrast of 9" in sentence


def test_no_planted_null_is_told_apart_in_any_way(tested):
    nulls = tested.loc[[fact["code"] for fact in PLANTED["nulls"]]]
    assert set(nulls["expected"]) == {"no difference"}
    assert set(nulls["lies"]) == {"level"}
    assert nulls["pvalue"].min() == pytest.approx(1)
    assert nulls["adjusted"].min() == pytest.approx(1)
    assert (nulls["within"] > 0.05).all()
    assert not (nulls["apart"] <= 0.05).any()
    assert sentences.as_level(tested.reset_index()).endswith("none is told apart.")


def test_planted_pairs_go_together_and_the_one_that_does_not_does_not(pairs):
    for fact in PLANTED["pairs"]:
        row = pairs.loc[[frozenset(fact["codes"])]].iloc[0]
        assert row["both"] == fact["both"]
        assert row["jaccard"] == pytest.approx(fact["jaccard"], abs=5e-4)
        together = "do not" not in fact["meant"]
        assert (row["both"] > row["expected"]) == together
        if together:
            # near the top of all pairs, the weak one too
            assert (pairs["pvalue"] < row["pvalue"]).mean() < 0.15
        else:
            assert row["pvalue"] > 0.9


def test_with_so_few_experts_no_pair_is_told_from_the_largest_of_chance(pairs):
    """The chapter says so, and it is right to: a planted pair is no proof of a found one."""
    assert (pairs[["adjusted", "adjusted_all", "adjusted_fixed"]] > 0.05).all(axis=None)


def test_who_dominates_and_who_is_silent(said):
    much, little = said["participation-much"], said["participation-little"]
    assert f"{PLANTED['dominant']['expert']} (" in much
    assert f"{PLANTED['silent']['expert']} (" in little
    for fact, text in (("dominant", much), ("silent", little)):
        assert f"session {PLANTED[fact]['session']}" in text


def test_the_question_that_one_session_did_not_reach(said):
    fact = PLANTED["unreached"]
    text = said["participation-unreached"]
    assert fact["question"] in text
    assert fact["session"] in text


def test_echoes_are_heard_in_the_chains(constructed, rows):
    """Each link between neighbours; where somebody speaks in between, none can be counted."""
    own = [row for row in rows("statements") if row["speaker"] != "moderator"]
    neighbours = {(a["statement_id"], b["statement_id"]) for a, b in itertools.pairwise(own)}
    heard = talk(constructed)
    place = {statement: i for i, statement in enumerate(heard.statements)}
    found, links = echoed(heard), 0
    for fact in PLANTED["echo_chains"]:
        column = heard.codes.index(fact["code"])
        for pair in itertools.pairwise(fact["chain"]):
            links += pair in neighbours
            assert found[place[pair[1]], column] == (pair in neighbours), pair
    assert links >= 8


def test_the_deviant_cases_stand_where_they_oppose(constructed, rows):
    chapters = (role_of_digitalization, barriers_and_drivers, platforms_and_dialogue)
    tables = [chapter.analyse(constructed) for chapter in chapters]
    states = {}
    for table in tables:
        frame = getattr(table, "states", None)
        frame = table.task.states if frame is None else frame
        for row in frame.itertuples():
            states[row.code, row.expert] = row.state
    opposed = {
        (row["statement_id"], row["code_id"])
        for row in rows("codings")
        if row["coder"] == "consensus" and row["stance"] == "opposes"
    }
    seen = 0
    for fact in PLANTED["deviant_cases"]:
        for statement, code in opposed:
            if statement in fact["statements"]:
                assert states[code, fact["expert"]] in {"opposed", "both"}, (code, fact["id"])
                seen += 1
    assert seen >= 8
