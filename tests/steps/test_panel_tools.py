"""What chapters about a panel share: words, labels, who is counted, resampled means."""

import itertools
import math

import numpy as np
import pytest

from analysis.display import wording
from analysis.statistics.consensus import bootstrap_interval
from analysis.steps import panel_tools as tools


def test_listing_counts_what_it_leaves_out():
    assert tools.listing(["A"]) == "A"
    assert tools.listing(["A", "B"]) == "A and B"
    assert tools.listing(["A", "B", "C"]) == "A, B and C"
    names = list("ABCDEFGHI")
    assert tools.listing(names[:7]) == "A, B, C, D, E, F and G"
    assert tools.listing(names) == "A, B, C, D, E, F and 3 others"
    assert tools.quoted(names, most=2) == "“A”, “B” and 7 others"
    with pytest.raises(ValueError, match="empty list"):
        tools.listing([])


@pytest.mark.parametrize(("k", "n"), [(0, 20), (7, 20), (20, 20), (1, 3)])
def test_counts_are_worded_as_the_book_words_them(k, n):
    assert tools.count_of(k, n) == wording.count_of(k, n)


def test_numbers():
    # halves go to the even neighbour on the decimal that is meant, whatever a float holds
    assert tools.two(0.575) == tools.two(0.575 - 1e-15) == tools.two(0.575 + 1e-15) == "0.58"
    assert tools.two(0.425) == "0.42"
    assert tools.two(-0.001) == "0.00"
    assert tools.two(-1.5) == "\u22121.50"
    assert tools.two(math.nan) == "not defined"
    assert tools.whole_or_half(4.0) == "4"
    assert tools.whole_or_half(3.5) == "3.5"
    assert tools.plural(1, "expert") == "1 expert"
    assert tools.plural(2, "expert") == "2 experts"


def test_names_fall_back_on_english(constructed, variant_of):
    names = tools.code_names(constructed)
    russian = tools.code_names(constructed, "ru")
    book = constructed.codebook
    assert names == dict(zip(book["code_id"], book["name"], strict=True))
    assert russian == dict(zip(book["code_id"], book["name_ru"], strict=True))
    assert tools.code_names(variant_of("no_translations"), "ru") == names
    assert tools.kind_names(variant_of("no_translations"), "ru") == tools.kind_names(constructed)


def test_items_lose_the_anchors_of_their_scale(constructed, variant_of):
    texts = constructed.frames["items"].set_index("item_id")["text"]
    for item, name in tools.item_names(constructed).items():
        assert texts[item].startswith(name)
        assert "=" not in name
    assert tools.item_names(variant_of("no_ratings")) == {}


def test_experts_stand_by_kind(constructed):
    table = tools.experts_table(constructed)
    kinds = constructed.stakeholders["stakeholder"].tolist()
    places = [kinds.index(kind) for kind in table["kind"]]
    assert places == sorted(places)
    assert sorted(table["expert"]) == sorted(constructed.experts["expert_id"])
    assert constructed.experts["expert_id"].iloc[table["row"]].tolist() == table["expert"].tolist()


def test_who_is_not_coded_is_not_counted(constructed, variant_of):
    assert tools.counted(constructed).startswith(f"Counted are all {len(constructed.experts)}")
    silent = variant_of("a_silent_expert")
    first, n = silent.experts["expert_id"].iloc[0], len(silent.experts)
    assert f"{n - 1} of {n}" in tools.counted(silent)
    assert f"{first} has no coded statement" in tools.counted(silent)


def test_the_kind_of_conversation(constructed, variant_of):
    assert f"in {len(constructed.sessions)} group sessions" in tools.sessions_note(constructed)
    assert "in one group session" in tools.sessions_note(variant_of("one_session"))
    assert "interviewed alone" in tools.sessions_note(variant_of("individual"))


class TestMeanInterval:
    VALUES = (2, 6, 4, 4, 1, 5, 4, 4, 3, 0, 5, 3, 3, 2, 1, 2, 3, 3, 1, 2)

    def test_by_experts_as_the_bootstrap_of_counts(self):
        found = tools.mean_interval(self.VALUES)
        counts = np.bincount(self.VALUES)
        other = bootstrap_interval(counts, "mean", seed=7)  # counts categories from 1
        assert found.estimate == pytest.approx(np.mean(self.VALUES))
        assert found.n == len(self.VALUES)
        assert found.low == pytest.approx(other.low - 1, abs=0.11)
        assert found.high == pytest.approx(other.high - 1, abs=0.11)
        assert found.se == pytest.approx(
            np.std(self.VALUES) / math.sqrt(len(self.VALUES)), rel=0.03
        )

    def test_by_sessions_as_all_draws_of_sessions(self):
        sessions = np.repeat(["a", "b", "c", "d"], [5, 6, 4, 5])
        found = tools.mean_interval(self.VALUES, sessions, resamples=40_000)
        groups = [np.array(self.VALUES)[sessions == s] for s in "abcd"]
        exact = [np.concatenate(draw).mean() for draw in itertools.product(groups, repeat=4)]
        assert found.se == pytest.approx(np.std(exact), rel=0.03)
        below = np.mean(np.array(exact) < found.low - 1e-9)
        above = np.mean(np.array(exact) > found.high + 1e-9)
        assert below <= 0.026
        assert above <= 0.026
        assert found.low < np.mean(self.VALUES) < found.high

    def test_undefined_says_why(self):
        assert math.isnan(tools.mean_interval([]).estimate)
        assert tools.mean_interval([]).reason == "no experts"
        for values, sessions, why in (
            ([3.0], None, "two experts"),
            ([1.0, 2.0], ["a", "a"], "two sessions"),
            ([2.0, 2.0, 2.0], None, "alike"),
        ):
            found = tools.mean_interval(values, sessions)
            assert found.estimate == pytest.approx(np.mean(values))
            assert math.isnan(found.low)
            assert why in found.reason


def test_nothing_to_count_is_a_text():
    counted = tools.count_of_result("a-b", "x", 7, 20, "nothing", "analysis.steps.themes.order")
    assert (counted.unit, counted.k, counted.n, counted.value) == ("count-of", 7, 20, 0.35)
    missing = tools.count_of_result("a-b", "x", None, 20, "nothing", "analysis.steps.themes.order")
    assert (missing.unit, missing.value) == ("text", "nothing")
