"""The study record: its shape, what it quotes, and its numbers by a second route."""

import re

import pytest
import yaml
from constructed import findings

from analysis.project import DATA

RECORD = yaml.safe_load((DATA / "record.yml").read_text(encoding="utf-8"))
FACTS = RECORD["facts"]
SECTIONS = [
    "article", "authors", "interview", "kinds", "found", "tasks", "conclusions", "precursor",
    "keywords", "citing", "related",
]  # fmt: skip


@pytest.fixture(scope="module")
def found():
    return findings("study-record")


def test_each_fact_is_complete():
    ids = [fact["id"] for fact in FACTS] + [piece["id"] for piece in RECORD["missing"]]
    assert len(ids) == len(set(ids))
    for fact in FACTS:
        assert set(fact) <= {"id", "section", "label", "value", "words", "note", "places"}
        assert fact["section"] in SECTIONS, fact["id"]
        assert fact["label"], fact["id"]
        assert fact.get("value") or fact.get("words") or fact["section"] == "kinds", fact["id"]
        assert set(fact["places"]) <= set(RECORD["places"]), fact["id"]
        assert fact["places"] or fact["section"] == "citing", fact["id"]


def test_sections_follow_each_other_and_places_are_all_used():
    found = list(dict.fromkeys(fact["section"] for fact in FACTS))
    assert found == SECTIONS
    used = {place for fact in FACTS for place in fact["places"]}
    assert used == set(RECORD["places"])
    for place in RECORD["places"].values():
        assert place["kind"] in {"journal", "index", "other"}
        assert place["address"].startswith("http")


def test_what_matters_is_quoted_word_for_word_and_shortly():
    quoted = {fact["id"]: fact["words"] for fact in FACTS if "words" in fact}
    assert all(len(words.split()) <= 45 for words in quoted.values())
    assert "identified a set of conditions and factors" in quoted["found"]
    assert "gives a good increase" in quoted["C1"]
    assert "will contribute to the transition" in quoted["C4"]
    assert quoted["C4"].endswith("interactive communication with them")
    assert "stakeholders" in next(f["note"] for f in FACTS if f["id"] == "found")
    assert {"role", "problems", "platforms", "C1", "C2", "C3", "C4"} <= set(quoted)
    assert not any(re.search(r"\[|\.\.\.|…|\.$", words) for words in quoted.values()), (
        "as it stands"
    )


def test_what_is_missing_says_what_follows():
    for piece in RECORD["missing"]:
        assert set(piece) == {"id", "stage", "label", "prevents", "allows"}
        assert all(piece.values())
    assert {"transcripts", "ratings", "theme-counts"} <= {p["id"] for p in RECORD["missing"]}


def test_findings_by_a_second_route(found):
    kinds = {name: place["kind"] for name, place in RECORD["places"].items()}
    about = [fact for fact in FACTS if fact["section"] in {"article", "authors"}]
    alone = [f for f in about if {kinds[place] for place in f["places"]} == {"index"}]
    few = found["article-few"]
    assert (few.k, few.n) == (len(alone), len(about))
    assert found["article-month"].value == "April 2023"
    assert found["interview-month"].value == "December 2021"
    assert found["interview-experts"].value == 20
    assert found["kinds-kinds"].value == 8
    assert found["kinds-few"].value == 2  # 8 kinds of 3 would be 24
    assert found["missing-pieces"].value == len(RECORD["missing"])


def test_all_of_it_is_from_the_record(found):
    assert {finding.source for finding in found.values()} == {"record"}
