"""The second task: forces, balance and pairs, each by a second, plain route."""

import dataclasses
import itertools
import math
import statistics

import pandas as pd
import pytest

from analysis.display import barriers_and_drivers as draw
from analysis.display import notebook as show
from analysis.statistics.results import Estimate
from analysis.steps import barriers_and_drivers as step

TASK = "problems"


@pytest.fixture(scope="module")
def found(constructed):
    return step.analyse(constructed)


@pytest.fixture(scope="module")
def sides(rows):
    """The codes of each direction without codes under them, in the order of the file."""
    book = rows("codebook")
    parents = {row["parent_id"] for row in book}
    own = [r for r in book if r["task"] == TASK and r["code_id"] not in parents]
    return {
        direction: [r["code_id"] for r in own if r["direction"] == direction]
        for direction in ("hinders", "facilitates", "neutral")
    }


def test_each_side_has_its_codes(found, sides, said_by):
    for table, direction in ((found.barriers, "hinders"), (found.drivers, "facilitates")):
        assert sorted(table["code"]) == sorted(sides[direction])
        for row in table.to_dict("records"):
            assert row["k"] == len(said_by[row["code"]]["raises"])
            assert row["opposed"] == len(said_by[row["code"]]["opposes"])
            assert row["rank_high"] <= len(table)  # ranked within its side
    assert found.neutral == len(sides["neutral"])
    assert len(found.forces()) == len(sides["hinders"]) + len(sides["facilitates"])


class TestBalance:
    @pytest.fixture
    def plain(self, sides, said_by, rows):
        def count(expert, direction, stance):
            return sum(expert in said_by[code][stance] for code in sides[direction])

        return {
            row["expert_id"]: (
                count(row["expert_id"], "hinders", "raises"),
                count(row["expert_id"], "facilitates", "raises"),
                count(row["expert_id"], "hinders", "opposes"),
                count(row["expert_id"], "facilitates", "opposes"),
            )
            for row in rows("experts")
        }

    def test_by_expert(self, found, plain):
        assert len(found.balance) == len(plain)
        for row in found.balance.to_dict("records"):
            barriers, drivers, no_barriers, no_drivers = plain[row["expert"]]
            assert (row["barriers"], row["drivers"]) == (barriers, drivers)
            assert row["balance"] == barriers - drivers
            assert (row["opposed_barriers"], row["opposed_drivers"]) == (no_barriers, no_drivers)
            assert row["net"] == barriers - no_barriers - (drivers - no_drivers)

    def test_mean_and_its_interval(self, found, plain):
        values = [a - b for a, b, _, _ in plain.values()]
        mean, n = statistics.mean(values), len(values)
        assert found.mean.estimate == pytest.approx(mean)
        # the bootstrap's spread is known: that of the values over the root of their number
        se = statistics.pstdev(values) / math.sqrt(n)
        assert found.mean.se == pytest.approx(se, rel=0.03)
        assert found.mean.low == pytest.approx(mean - 1.96 * se, abs=0.15)
        assert found.mean.high == pytest.approx(mean + 1.96 * se, abs=0.15)

    def test_by_sessions_against_all_draws(self, found, plain, rows):
        groups = {}
        for row in rows("experts"):
            a, b, _, _ = plain[row["expert_id"]]
            groups.setdefault(row["session_id"], []).append(a - b)
        drawn = sorted(
            statistics.mean(itertools.chain(*draw_))
            for draw_ in itertools.product(groups.values(), repeat=len(groups))
        )
        assert found.mean_sessions.se == pytest.approx(statistics.pstdev(drawn), rel=0.03)
        share_below = sum(v < found.mean_sessions.low - 1e-9 for v in drawn) / len(drawn)
        share_above = sum(v > found.mean_sessions.high + 1e-9 for v in drawn) / len(drawn)
        assert share_below <= 0.03
        assert share_above <= 0.03

    def test_what_is_on_offer(self, found, plain, sides):
        text = step.on_offer(found)
        n = len(plain)
        for place, direction in enumerate(("hinders", "facilitates")):
            total = sum(counts[place] for counts in plain.values())
            assert f"{total / n:.2f} of the" in text
            assert f"{len(sides[direction])} " in text

    def test_more_or_less(self, found, plain):
        values = [a - b for a, b, _, _ in plain.values()]
        assert found.balance["balance"].gt(0).sum() == sum(v > 0 for v in values)

        def said(*balances):
            table = pd.DataFrame({"balance": balances})
            return step.more_or_less(dataclasses.replace(found, balance=table))

        assert said(1, 2, 3) == "All 3 raised more barriers than drivers."
        assert said(-1, -2) == "All 2 raised more drivers than barriers."
        assert said(0, 0) == "All 2 raised as many barriers as drivers."
        assert said(1, -1, 0, 2) == (
            "2 of 4 raised more barriers than drivers, 1 of 4 more drivers than barriers, and "
            "1 of 4 as many of each."
        )

    def test_signs_of_the_mean(self, found):
        def said(mean, **more):
            return step.mean_sentence(dataclasses.replace(found, mean=Estimate(mean, **more)))

        assert said(-0.5, low=-1.0, high=0.25) == (
            "On average, an expert raised 0.50 barriers fewer than drivers (balance −0.50, "
            "95% interval −1.00 to 0.25)."
        )
        assert said(2.0, reason="no experts").endswith("There is no interval: no experts.")
        assert "as many barriers as drivers" in said(0.001, low=-1.0, high=1.0)


class TestPairs:
    def test_counts_and_jaccard(self, found, sides, said_by, rows):
        n = len(rows("experts"))
        assert len(found.pairs) == len(sides["hinders"]) * len(sides["facilitates"])
        for row in found.pairs.to_dict("records"):
            a, b = said_by[row["barrier"]]["raises"], said_by[row["driver"]]["raises"]
            assert row["k"] == len(a & b)
            assert row["expected"] == pytest.approx(len(a) * len(b) / n)
            assert row["estimate"] == pytest.approx(len(a & b) / len(a | b))
        assert found.pairs["k"].is_monotonic_decreasing

    def test_sentences(self, found):
        def pairs(*counts):
            made = [
                {"barrier_label": b, "driver_label": d, "k": k, "n": 20, "expected": 1.5}
                | {"estimate": 0.25}
                for b, d, k in counts
            ]
            return dataclasses.replace(found, pairs=pd.DataFrame(made))

        alone = pairs(("B1", "D1", 4), ("B2", "D1", 0))
        assert step.pair_sentence(alone) == (
            "Raised together most, by 4 of 20: “B1” with “D1” (Jaccard 0.25; 1.50 would be "
            "expected if the two had nothing to do with each other)."
        )
        assert step.never_together(alone) == (
            "In 1 of the 2 pairs of a barrier with a driver, nobody raised both."
        )
        tied = pairs(("B1", "D1", 4), ("B2", "D1", 4), ("B2", "D2", 1))
        assert step.pair_sentence(tied).endswith("by 4 of 20: “B1” with “D1” and “B2” with “D1”.")
        assert "by somebody" in step.never_together(tied)
        none = pairs(("B1", "D1", 0), ("B2", "D1", 0))
        assert "No expert" in step.pair_sentence(none)
        assert "No barrier" in step.never_together(none)
        same = pairs(("B1", "D1", 2), ("B2", "D1", 2))
        assert step.pair_sentence(same).startswith("Each barrier")


class TestOpposition:
    def test_who_spoke_against_what(self, found, said_by, sides, rows):
        codes = [code for own in sides.values() for code in own]
        names = {r["code_id"]: r["name"] for r in rows("codebook")}
        plain = {}
        for code in codes:
            for expert in said_by[code]["opposes"]:
                plain.setdefault(expert, set()).add(names[code])
        table = found.opposers
        assert {r["expert"]: set(r["labels"]) for r in table.to_dict("records")} == plain
        assert table["count"].tolist() == sorted(map(len, plain.values()), reverse=True)
        for row in table.to_dict("records"):
            assert row["raised"] == sum(row["expert"] in said_by[c]["raises"] for c in codes)

    def test_sentences(self, found):
        n = found.task.any_raised[1]

        def said(*rows_):
            table = pd.DataFrame(rows_, columns=["expert", "kind_name", "count"])
            return step.opposer_sentence(dataclasses.replace(found, opposers=table))

        assert said(("e1", "Science", 3), ("e2", "Business", 1)) == (
            f"2 of {n} spoke against at least one code; against most, 3 codes: e1 (Science)."
        )
        assert said(("e1", "Science", 1), ("e2", "Business", 1)).endswith(
            "each against 1: e1 (Science) and e2 (Business)."
        )
        assert said() == "Nobody spoke against anything."


# codebooks that lack a side


def without(panel, direction):
    codebook = panel.codebook.copy()
    plain = codebook["direction"].astype(object).replace({direction: "neutral"})
    codebook["direction"] = plain.astype(codebook["direction"].dtype)
    return dataclasses.replace(panel, frames={**panel.frames, "codebook": codebook})


@pytest.mark.parametrize("direction", ["hinders", "facilitates"])
def test_one_side_only(constructed, direction, chapter):
    panel = without(constructed, direction)
    found = step.analyse(panel)
    assert direction in found.missing
    assert found.balance.empty
    assert found.pairs.empty
    assert found.weighed().empty
    assert math.isnan(found.mean.estimate)
    assert found.neutral > 0
    assert step.more_or_less(found) == found.missing
    assert found.missing in chapter("barriers-and-drivers", panel)


def test_neither_side(constructed):
    found = step.analyse(without(without(constructed, "hinders"), "facilitates"))
    assert "hinders or facilitates" in found.missing
    assert found.neutral == len(found.task.codes)


# figures


def test_every_expert_has_a_mark_in_the_balance(found, variant_of):
    few = draw.balance(found)["picture"].axes[0]
    marks = [line for line in few.lines if line.get_marker() == "o"]
    assert len(marks) == len(found.balance)
    names = {text.get_text() for text in few.texts}
    assert set(found.balance["expert"]) <= names
    assert found.mean.n == len(found.balance)


# any panel

#: Kinds of panel that take different ways through the chapter.
KINDS = ("no_ratings", "two_themes", "no_codes", "three_experts", "withheld", "two_hundred")


def test_the_same_findings_for_every_panel(found, variant):
    expected = [r.id for r in step.results(found)]
    other = step.results(step.analyse(variant))
    assert [r.id for r in other] == expected
    for finding in show.findings("barriers-and-drivers", other, "panel", "0" * 12):
        assert "nan" not in finding.text.lower().split()
        assert "None" not in finding.text.replace("None of", "")


@pytest.mark.parametrize("kind", KINDS)
def test_the_chapter_runs_for_panels_of_every_kind(variant_of, chapter, kind):
    text = chapter("barriers-and-drivers", variant_of(kind))
    assert text
    if kind == "no_ratings":
        assert "This panel has no ratings" in text


def test_sessions_of_one_expert_each(variant_of):
    found = step.analyse(variant_of("individual"))
    assert "a session alone" in step.sessions_sentence(found)
    assert "two sessions" in step.sessions_sentence(step.analyse(variant_of("one_session")))


def test_numbers_of_the_ledger(found):
    results = {r.id: r for r in step.results(found)}
    mean = results["barriers-mean"]
    assert (mean.low, mean.high, mean.n) == (found.mean.low, found.mean.high, found.mean.n)
    assert mean.standing == "model-based"
    assert results["barriers-mean-sessions"].standing == "sensitivity"
    assert results["barriers-more"].standing == "description"
