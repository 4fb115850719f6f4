"""The third task: the ladder by codes and ratings, the step, the channels, by plain routes."""

import dataclasses
import math
import statistics
from pathlib import Path

import pandas as pd
import pytest
import yaml

from analysis.display import notebook as show
from analysis.display import platforms_and_dialogue as draw
from analysis.panel.plan import Plan, Rung
from analysis.statistics.results import Estimate
from analysis.steps import platforms_and_dialogue as step

TASK = "platforms"


@pytest.fixture(scope="module")
def found(constructed):
    return step.analyse(constructed)


@pytest.fixture(scope="module")
def plan(constructed):
    """The plan as its file has it."""
    return yaml.safe_load((Path(constructed.folder) / "plan.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def rating(rows):
    """The answers that were given, by expert and item."""
    return {
        (r["expert_id"], r["item_id"]): float(r["value"]) for r in rows("ratings") if r["value"]
    }


def with_plan(panel, **parts):
    return dataclasses.replace(panel, plan=Plan(**parts))


class TestLadder:
    def test_rungs(self, found, plan):
        assert list(found.rungs) == [rung["name"] for rung in plan["ladder"]]
        for name in found.rungs:
            assert f"“{name}”" in step.ladder_sentence(found)

    def test_by_code(self, found, plan, said_by, rows):
        n = len(rows("experts"))
        table = found.by_code.to_dict("records")
        assert [row["label"] for row in table] == [rung["name"] for rung in plan["ladder"]]
        for row, rung in zip(table, plan["ladder"], strict=True):
            today = said_by[rung["today_code"]]["raises"]
            could = said_by[rung["could_code"]]["raises"]
            assert (row["today_k"], row["could_k"], row["n"]) == (len(today), len(could), n)
            assert row["both"] == len(today & could)
            assert row["today_only"] == len(today - could)
            assert row["could_only"] == len(could - today)
            assert row["neither"] == n - len(today | could)
            assert row["today_opposed"] == len(said_by[rung["today_code"]]["opposes"])
            assert row["could_opposed"] == len(said_by[rung["could_code"]]["opposes"])
            assert row["today_low"] <= row["today_k"] / n <= row["today_high"]

    def test_by_rating(self, found, plan, rating, rows):
        experts = [row["expert_id"] for row in rows("experts")]
        table = found.by_rating.to_dict("records")
        assert len(table) == sum("today_item" in rung for rung in plan["ladder"])
        for row, rung in zip(table, plan["ladder"], strict=True):
            pairs = [
                (rating[e, rung["today_item"]], rating[e, rung["could_item"]])
                for e in experts
                if (e, rung["today_item"]) in rating and (e, rung["could_item"]) in rating
            ]
            for side in ("today", "could"):
                item = rung[f"{side}_item"]
                given = [value for (_, asked), value in rating.items() if asked == item]
                assert row[side] == statistics.median(given)
                assert row[f"{side}_n"] == len(given)
            apart = [b - a for a, b in pairs]
            assert row["n"] == len(pairs)
            assert row["higher"] == sum(d > 0 for d in apart)
            assert row["same"] == sum(d == 0 for d in apart)
            assert row["lower"] == sum(d < 0 for d in apart)
            assert row["estimate"] == pytest.approx(statistics.mean(apart))
            se = statistics.pstdev(apart) / math.sqrt(len(apart))
            assert row["low"] == pytest.approx(row["estimate"] - 1.96 * se, abs=0.2)
            assert row["high"] == pytest.approx(row["estimate"] + 1.96 * se, abs=0.2)

    def test_places_and_steps(self, found, plan, said_by, rows):
        table = {row["expert"]: row for row in found.places.to_dict("records")}
        steps = []
        for row in rows("experts"):
            expert = row["expert_id"]
            place = {
                side: max(
                    (
                        number
                        for number, rung in enumerate(plan["ladder"], start=1)
                        if expert in said_by[rung[f"{side}_code"]]["raises"]
                    ),
                    default=0,
                )
                for side in ("today", "could")
            }
            own = table[expert]
            assert (own["today"], own["could"]) == (place["today"], place["could"])
            if all(place.values()):
                steps.append(place["could"] - place["today"])
                assert own["step"] == steps[-1]
            else:
                assert math.isnan(own["step"])
        assert len(table) == len(rows("experts"))
        assert found.step.estimate == pytest.approx(statistics.mean(steps))
        assert found.step.n == len(steps)
        up, down = sum(s > 0 for s in steps), sum(s < 0 for s in steps)
        text = step.step_sentence(found)
        for count in (up, down, len(steps) - up - down):
            assert f"{count} of {len(steps)}" in text

    def test_order_of_experts_does_not_matter(self, constructed, said_by):
        # the experts of the file in another order of kinds: each keeps the own place
        kinds = constructed.stakeholders.iloc[::-1].reset_index(drop=True)
        turned = constructed.experts.assign(
            stakeholder=pd.Categorical(
                constructed.experts["stakeholder"].astype(str), kinds["stakeholder"]
            )
        )
        frames = {**constructed.frames, "stakeholders": kinds, "experts": turned}
        other = step.analyse(dataclasses.replace(constructed, frames=frames))
        same = step.analyse(constructed)
        for name in ("places", "uses"):
            a = getattr(other, name).sort_values("expert").reset_index(drop=True)
            b = getattr(same, name).sort_values("expert").reset_index(drop=True)
            pd.testing.assert_frame_equal(a, b)

    def test_a_theme_may_be_a_rung(self, constructed, said_by, rows):
        book = rows("codebook")
        theme = next(r["code_id"] for r in book if r["task"] == TASK and not r["parent_id"])
        own = [r["code_id"] for r in book if theme in (r["parent_id"], r["code_id"])]
        leaf = next(r["code_id"] for r in book if r["parent_id"] == theme)
        other = [r["code_id"] for r in book if r["task"] == TASK and r["code_id"] not in own][:2]
        ladder = (Rung("Low", "", theme, other[0]), Rung("High", "", leaf, other[1]))
        table = step.analyse(with_plan(constructed, ladder=ladder)).by_code
        raised = set().union(*(said_by[code]["raises"] for code in own))
        assert table["today_k"].iloc[0] == len(raised)
        assert table["today_k"].iloc[1] == len(said_by[leaf]["raises"])


class TestChannels:
    def test_codes_and_uses(self, found, plan, said_by, rows):
        names = {r["code_id"]: r["name"] for r in rows("codebook")}
        plain = [
            (side, names[code], len(said_by[code]["raises"]), len(said_by[code]["opposes"]))
            for side, codes in plan["channels"].items()
            for code in codes
        ]
        table = found.channels[["side", "label", "k", "opposed"]]
        assert list(table.itertuples(index=False, name=None)) == plain
        uses = {row["expert"]: row for row in found.uses.to_dict("records")}
        groups = {"both": 0, "service": 0, "network": 0, "neither": 0}
        for row in rows("experts"):
            counts = {
                side: sum(row["expert_id"] in said_by[code]["raises"] for code in codes)
                for side, codes in plan["channels"].items()
            }
            assert {side: uses[row["expert_id"]][side] for side in counts} == counts
            on = tuple(side for side in counts if counts[side])
            groups[("both" if len(on) == 2 else on[0]) if on else "neither"] += 1
        n = len(rows("experts"))
        text = step.channel_sentence(found).lower()
        for group, words in (
            ("both", "of both sides"),
            ("service", "of the service side only"),
            ("network", "of the network side only"),
            ("neither", "of neither"),
        ):
            assert f"{groups[group]} of {n}" in text or not groups[group]
            assert words in text

    def test_sentences(self, found):
        quiet = dataclasses.replace(found, channels=found.channels.assign(opposed=0))
        assert step.channel_opposed(quiet) == "Nobody spoke against a code of either side."


class TestSentences:
    @pytest.fixture
    def say(self, found):
        def rungs(*rows_):
            table = pd.DataFrame(rows_, columns=["label", "today_k", "could_k"])
            opposed = table.assign(
                n=20, today_opposed=0, could_opposed=[1] + [0] * (len(rows_) - 1)
            )
            return dataclasses.replace(found, by_code=opposed)

        return rungs

    def test_most_and_shift(self, say):
        table = say(("A", 5, 2), ("B", 5, 9), ("C", 0, 0))
        assert step.most_sentence(table) == (
            "For today, the most raised rungs are “A” and “B”, each by 5 of 20. "
            "For what could be, the most raised rung is “B”, by 9 of 20."
        )
        assert step.shift_sentence(table).startswith(
            "More for what could be: “B” (9 and 5); more for today: “A” (2 and 5); "
            "as many: “C” (0 and 0)."
        )
        assert step.denial_sentence(table) == (
            "Denied for today: no rung. Denied for what could or should be: “A” (by 1 of 20)."
        )
        assert "no rung was raised" in step.most_sentence(say(("A", 0, 0), ("B", 0, 0)))

    def test_step(self, found):
        def steps(*values):
            table = pd.DataFrame({"step": values})
            return step.step_sentence(dataclasses.replace(found, places=table))

        nan = math.nan
        assert steps(1, 2, 0, nan) == (
            "3 of 4 raised a rung both for today and for what could be. The highest rung that "
            "could be reached lies above today's for 2 of 3, below it for none of the 3, and is "
            "the same for 1 of 3."
        )
        assert steps(nan, nan) == (
            "None of the 2 raised a rung both for today and for what could be."
        )
        alone = Estimate(1.0, n=1, reason="no experts to draw")
        other = dataclasses.replace(found, step=alone)
        assert step.mean_step_sentence(other) == (
            "The mean step is 1.00 rungs. There is no interval: no experts to draw."
        )

    def test_rated(self, found):
        def rated(*rows_):
            table = pd.DataFrame(rows_, columns=["label", "estimate", "higher", "n"])
            return step.rated_sentence(dataclasses.replace(found, by_rating=table))

        assert rated(("A", 0.5, 3, 8), ("B", -0.25, 1, 8)) == (
            "By ratings, the step is largest for “A”, on average 0.50 points of the scale (3 of 8 "
            "rated what could be higher); smallest for “B”, on average −0.25 points of the scale "
            "(1 of 8 rated what could be higher)."
        )
        assert "the same on each rung" in rated(("A", 0.5, 3, 8), ("B", 0.5, 3, 8))
        assert "the one rung" in rated(("A", 0.5, 3, 8))
        assert rated(("A", math.nan, 0, 0)) == "No expert rated a rung both ways."


# plans that say less


def test_no_plan(constructed, chapter):
    panel = dataclasses.replace(constructed, plan=None)
    other = step.analyse(panel)
    for table in (other.by_code, other.by_rating, other.places, other.channels, other.uses):
        assert table.empty
    assert len(other.task.codes)
    assert "no analysis plan" in other.no_ladder
    text = chapter("platforms-and-dialogue", panel)
    assert other.no_ladder in text
    assert other.no_channels in text


def test_a_plan_without_ladder_or_channels(constructed):
    other = step.analyse(with_plan(constructed, note="Only a note."))
    assert other.no_ladder == "The analysis plan of this panel names no ladder."
    assert other.no_channels == "The analysis plan of this panel names no channels."


def test_a_ladder_without_items(constructed, chapter):
    ladder = tuple(
        dataclasses.replace(rung, today_item="", could_item="") for rung in constructed.plan.ladder
    )
    panel = with_plan(constructed, ladder=ladder)
    other = step.analyse(panel)
    assert len(other.by_code) == len(ladder)
    assert other.by_rating.empty
    assert "no rung with two items" in other.no_ratings
    assert len(draw.ladder(other)["picture"].axes) == 1
    assert other.no_ratings in chapter("platforms-and-dialogue", panel)


def test_items_on_different_scales_are_not_compared(constructed):
    first = constructed.plan.ladder[0].today_item
    items = constructed.frames["items"].copy()
    items.loc[items["item_id"] == first, "scale_max"] = 7.0
    panel = dataclasses.replace(constructed, frames={**constructed.frames, "items": items})
    other = step.analyse(panel)
    assert constructed.plan.ladder[0].name not in other.by_rating["label"].tolist()
    assert len(other.by_rating) == len(constructed.plan.ladder) - 1


# any panel


def test_the_same_findings_for_every_panel(found, constructed, variant):
    expected = [r.id for r in step.results(found)]
    codes = set(variant.codebook["code_id"])
    panels = [variant]
    if all({r.today_code, r.could_code} <= codes for r in constructed.plan.ladder):
        ladder = constructed.plan.ladder
        panels.append(with_plan(variant, ladder=ladder, channels=constructed.plan.channels))
    for panel in panels:
        other = step.results(step.analyse(panel))
        assert [r.id for r in other] == expected
        for finding in show.findings("platforms-and-dialogue", other, "panel", "0" * 12):
            assert "nan" not in finding.text.lower().split()
            assert "None" not in finding.text.replace("None of", "")


@pytest.mark.parametrize("kind", ["no_ratings", "no_codes", "three_experts", "one_session"])
def test_the_chapter_runs_with_a_plan(variant_of, chapter, kind):
    assert "no analysis plan" not in chapter("platforms-and-dialogue", variant_of(kind))


@pytest.mark.parametrize("kind", ["no_plan", "two_hundred"])
def test_the_chapter_runs_without_a_plan(variant_of, chapter, kind):
    assert "no analysis plan" in chapter("platforms-and-dialogue", variant_of(kind))


def test_many_experts_on_a_ladder(variant_of):
    panel = variant_of("two_hundred")
    parents = set(panel.codebook["parent_id"].dropna())
    book = panel.codebook[panel.codebook["task"] == TASK]
    codes = [code for code in book["code_id"] if code not in parents]
    items = panel.frames["items"]["item_id"].tolist()
    ladder = tuple(
        Rung(f"Rung {i}", "", codes[2 * i], codes[2 * i + 1], items[2 * i], items[2 * i + 1])
        for i in range(4)
    )
    sides = {"service": tuple(codes[:3]), "network": tuple(codes[3:7])}
    other = step.analyse(with_plan(panel, ladder=ladder, channels=sides))
    for plate in (draw.ladder(other), draw.steps(other), draw.uses(other)):
        assert plate["alt"]
    marks = [
        line for line in draw.steps(other)["picture"].axes[0].lines if line.get_marker() == "o"
    ]
    assert len(marks) == len(other.places) == 200


def test_numbers_of_the_ledger(found):
    results = {r.id: r for r in step.results(found)}
    mean = results["platforms-mean-step"]
    assert (mean.low, mean.high, mean.n) == (found.step.low, found.step.high, found.step.n)
    assert mean.standing == "model-based"
