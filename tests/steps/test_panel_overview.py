"""The chapter on the panel, recomputed from the CSV files by plain counting; and any panel."""

import dataclasses
import re
import statistics
from collections import Counter

import pandas as pd
import pytest
import yaml
from plain_files import FOLDER
from plain_files import rows_of as rows

from analysis.display import panel_overview as draw
from analysis.display.figures import to_svg
from analysis.display.notebook import findings
from analysis.panel.panel import make_panel
from analysis.panel.record import load_record
from analysis.project import DATA
from analysis.steps import panel_overview as step
from analysis.steps import panel_overview_article as article
from analysis.steps import panel_overview_results as said
from analysis.steps import panel_overview_talk as spoken
from analysis.steps.panel_overview_truth import put_in

WORD = re.compile(r"\w+(?:[-‐‑'’]\w+)*")


@pytest.fixture(scope="module")
def record():
    return load_record()


@pytest.fixture(scope="module")
def results(constructed, record):
    return {r.id: r for r in said.results(constructed, record)}


@pytest.fixture(scope="module")
def talk():
    """What experts said, and what the moderator did: rows of statements.csv."""
    every = rows("statements")
    return (
        [r for r in every if r["speaker"] != "moderator"],
        [r for r in every if r["speaker"] == "moderator"],
    )


def counts_of(result):
    return result.k, result.n


class TestWho:
    def test_kinds(self, constructed, results):
        experts = rows("experts")
        table = step.kinds(constructed).set_index("stakeholder")
        held = Counter(e["stakeholder"] for e in experts)
        for kind in rows("stakeholders"):
            mine = [e for e in experts if e["stakeholder"] == kind["stakeholder"]]
            row = table.loc[kind["stakeholder"]]
            assert row["experts"] == len(mine)
            assert row["quotable"] == sum(e["quotable"] == "true" for e in mine)
            assert row["sessions"] == len({e["session_id"] for e in mine})
            assert (row["name"], row["level"]) == (kind["name"], kind["level"])
        assert results["panel-experts"].value == len(experts)
        assert results["panel-kinds"].value == len(held)
        small = sum(k <= 3 for k in held.values())
        assert counts_of(results["panel-kinds-small"]) == (small, len(held))

    def test_sessions(self, constructed, results, talk):
        table = step.sessions(constructed).set_index("session_id")
        for session in rows("sessions"):
            id = session["session_id"]
            mine, moderator = ([r for r in part if r["session_id"] == id] for part in talk)
            seconds = sum(float(r["end_s"]) - float(r["start_s"]) for r in mine)
            row = table.loc[id]
            people = [e for e in rows("experts") if e["session_id"] == id]
            assert row["experts"] == len(people)
            assert row["kinds"] == len({e["stakeholder"] for e in people})
            assert (row["statements"], row["moderator"]) == (len(mine), len(moderator))
            assert row["words"] == sum(len(WORD.findall(r["text"])) for r in mine)
            assert row["spoken"] == pytest.approx(seconds / 60)
            assert row["minutes"] == float(session["minutes"])
        lengths = sorted(int(s["minutes"]) for s in rows("sessions"))
        assert f"{lengths[0]} to {lengths[-1]} minutes" in results["panel-lengths"].value

    def test_the_shorter_lengths_are_explained_in_the_words_of_the_truth(self, results):
        truth = yaml.safe_load((FOLDER / "truth.yml").read_text("utf-8"))
        assert " ".join(truth["timing"]["note"].split()) in results["panel-length-note"].value

    def test_the_panel_speaks_for_itself(self, results):
        meta = yaml.safe_load((FOLDER / "panel.yml").read_text("utf-8"))
        assert results["panel-statement"].value == " ".join(meta["statement"].split())
        assert results["panel-title"].value == meta["title"]
        assert "no real expert" in results["panel-kind-of-evidence"].value


class TestAsked:
    def test_questions(self, constructed, results, talk):
        experts = rows("experts")
        every = talk[0] + talk[1]
        table = step.questions(constructed).set_index("question_id")
        grid = step.question_grid(constructed).set_index(["session_id", "question_id"])
        reached_pairs = 0
        for question in rows("guide"):
            id = question["question_id"]
            reached = {r["session_id"] for r in every if r["question_id"] == id}
            mine = [r for r in talk[0] if r["question_id"] == id]
            row = table.loc[id]
            assert row["reached"] == len(reached)
            assert row["statements"] == len(mine)
            assert row["experts"] == len({r["speaker"] for r in mine})
            assert row["asked"] == sum(e["session_id"] in reached for e in experts)
            for session in rows("sessions"):
                cell = grid.loc[(session["session_id"], id)]
                here = [r for r in mine if r["session_id"] == session["session_id"]]
                assert cell["reached"] == (session["session_id"] in reached)
                assert cell["experts"] == len({r["speaker"] for r in here})
                assert cell["statements"] == len(here)
                if not cell["reached"]:
                    assert f"{id} in {session['session_id']}" in results["panel-unreached"].value
            reached_pairs += len(reached)
        pairs = len(rows("guide")) * len(rows("sessions"))
        assert counts_of(results["panel-reached"]) == (reached_pairs, pairs)
        off = sum(r["question_id"] == "" for r in talk[0])
        assert counts_of(results["panel-off-guide"]) == (off, len(talk[0]))

    def test_the_question_on_which_fewest_spoke(self, constructed, results, talk):
        table = step.questions(constructed)
        share = {
            q: k / n
            for q, k, n in zip(
                *(table[c] for c in ("question_id", "experts", "asked")), strict=True
            )
        }
        least = [q for q, s in share.items() if s == min(share.values())]
        for question in least:
            assert question in results["panel-least-answered"].value

    def test_guide_in_its_own_order(self, constructed):
        given = sorted(rows("guide"), key=lambda r: int(r["position"]))
        assert step.questions(constructed)["question_id"].tolist() == [
            r["question_id"] for r in given
        ]


class TestSaid:
    def test_statements_and_words(self, constructed, results, talk):
        mine, moderator = talk
        total = len(mine) + len(moderator)
        assert results["panel-statements"].value == total
        assert counts_of(results["panel-by-experts"]) == (len(mine), total)
        assert counts_of(results["panel-by-moderator"]) == (len(moderator), total)
        words = sum(len(WORD.findall(r["text"])) for r in mine)
        assert results["panel-words"].value == words
        translated = sum(r["text_en"] != "" for r in mine + moderator)
        assert counts_of(results["panel-translated"]) == (translated, total)

    def test_speakers(self, constructed, results, talk):
        made = Counter(r["speaker"] for r in talk[0])
        table = step.speakers(constructed).set_index("expert_id")
        for expert in rows("experts"):
            id = expert["expert_id"]
            assert table.loc[id, "statements"] == made[id]
            own = sum(len(WORD.findall(r["text"])) for r in talk[0] if r["speaker"] == id)
            assert table.loc[id, "words"] == own
        numbers = [made[e["expert_id"]] for e in rows("experts")]
        text = results["panel-talk"].value
        assert f"{min(numbers)} to {max(numbers)} statements" in text
        assert f"median is {statistics.median(numbers):g}." in text
        for who, number in made.items():
            if number in {min(numbers), max(numbers)}:
                assert who in text


class TestRatedQuotableCoded:
    def test_items_and_blanks(self, constructed, results):
        answers = {(r["expert_id"], r["item_id"]) for r in rows("ratings") if r["value"]}
        experts = [e["expert_id"] for e in rows("experts")]
        table = step.items(constructed).set_index("item_id")
        blank = Counter()
        for item in rows("items"):
            missing = [e for e in experts if (e, item["item_id"]) not in answers]
            blank.update(missing)
            assert table.loc[item["item_id"], "blanks"] == len(missing)
            assert table.loc[item["item_id"], "answers"] == len(experts) - len(missing)
        assert step.blanks(constructed) == dict(blank)
        text = results["panel-ratings"].value
        assert f"Of {len(experts) * len(table)} answers {sum(blank.values())} " in text
        for expert, number in blank.items():
            assert f"{expert} {number}" in text

    def test_quotable(self, results, talk):
        open_ = {e["expert_id"] for e in rows("experts") if e["quotable"] == "true"}
        every = len(rows("experts"))
        assert counts_of(results["panel-quotable"]) == (len(open_), every)
        mine = sum(r["speaker"] in open_ for r in talk[0])
        assert counts_of(results["panel-quotable-statements"]) == (mine, len(talk[0]))
        for expert in rows("experts"):
            closed = expert["quotable"] != "true"
            assert (expert["expert_id"] in results["panel-closed"].value) == closed

    def test_coded(self, constructed, results, talk):
        coded = rows("coded")
        times = Counter(r["statement_id"] for r in coded if r["coder"] != "consensus")
        twice = sum(n > 1 for n in times.values())
        resolved = sum(r["coder"] == "consensus" for r in coded)
        assert counts_of(results["panel-coded-twice"]) == (twice, len(talk[0]))
        assert counts_of(results["panel-coded"]) == (resolved, len(talk[0]))

    def test_parts(self, constructed, results):
        table = step.parts(constructed).set_index("part")
        assert table.loc["Memos of the coders", "extent"] == f"{len(rows('memos'))} memos"
        there = {
            "Ratings of items": "ratings.csv",
            "Changes of the codebook": "codebook_changes.csv",
            "A plan of the analysis": "plan.yml",
            "A file of what was put in": "truth.yml",
        }
        for part, file in there.items():
            assert table.loc[part, "there"] == (FOLDER / file).exists()
        assert counts_of(results["panel-parts"]) == (int(table["there"].sum()), len(table))


class TestBesideTheArticle:
    def test_what_is_stated_comes_from_the_record(self, constructed, record):
        content = yaml.safe_load((DATA / "record.yml").read_text("utf-8"))
        stated = {e["id"]: e["value"] for e in content["interview"]}
        found = {r.id: r for r in article.record_results(record)}
        assert found["panel-article-experts"].value == stated["experts"]
        assert found["panel-article-kinds"].value == len(content["expert_kinds"])
        for name in ("method", "mode", "platform"):
            assert found[f"panel-article-{name}"].value == stated[name]
        table = step.beside(constructed, record).set_index("what")
        assert table.loc["Experts", "article"] == str(stated["experts"])
        assert table.loc["Experts", "panel"] == str(len(rows("experts")))

    def test_of_a_constructed_panel_what_is_not_stated_is_an_assumption(self, constructed, record):
        table = step.beside(constructed, record)
        unstated = table["article"].str.startswith("not ") & (table["basis"] != "")
        assert set(table.loc[unstated, "basis"]) == {step.ASSUMED}
        assert step.ASSUMED not in set(table.loc[~unstated, "basis"])
        result = {r.id: r for r in said.results(constructed, record)}["panel-not-in-article"]
        assert result.value == unstated.sum()

    def test_of_a_supplied_panel_nothing_is_called_an_assumption(self, constructed, record):
        real = make_panel(dataclasses.replace(constructed.meta, source="panel"), constructed.frames)
        table = step.beside(real, record)
        assert step.ASSUMED not in set(table["basis"])
        found = {r.id: r.value for r in said.results(real, record)}
        assert "supplied by a reader" in found["panel-kind-of-evidence"]
        assert "assumption" not in found["panel-beside"]
        assert "Nobody knows the truth" in found["panel-truth"]
        # what no real panel can have is not missing from one
        assert "put in" not in found["panel-lacks"]

    def test_other_numbers_are_said_to_be_other(self, variant_of, record):
        few = variant_of("three_experts")
        found = {r.id: r.value for r in said.results(few, record)}
        assert (
            f"3 experts, where the article states {record.count('experts')}"
            in (found["panel-numbers-agree"])
        )
        assert "Not all that the article states was taken over" in found["panel-beside"]


class TestPutIn:
    def test_every_planted_fact_is_a_row(self, constructed):
        truth = yaml.safe_load((FOLDER / "truth.yml").read_text("utf-8"))
        names = {r["code_id"]: r["name"] for r in rows("codebook")}
        table = put_in(constructed)
        for key, value in truth["planted"].items():
            facts = value if isinstance(value, list) and isinstance(value[0], dict) else [value]
            mine = table[table["kind"] == key.replace("_", " ").capitalize()]
            assert len(mine) == len(facts)
        for fact in truth["planted"]["contrasts"]:
            row = table[(table["kind"] == "Contrasts") & (table["where"] == names[fact["code"]])]
            assert row["what"].tolist() == [fact["meant"]]
            for side in ("authorities", "society"):
                counts = f"{side} {fact[side]['k']} of {fact[side]['n']}"
                assert counts in row["counts"].iloc[0]
        for fact in truth["planted"]["deviant_cases"]:
            row = table[table["what"] == fact["what"]]
            assert row["where"].iloc[0] == ", ".join([fact["expert"], *fact["statements"]])
        # a p-value is no planted fact
        assert not table["counts"].str.contains(r"0\.0\d").any()

    def test_a_truth_of_another_form_is_listed_by_entry(self, variant_of):
        table = put_in(variant_of("two_hundred"))
        assert "Prevalence" in set(table["kind"])
        assert (table["what"] != "").all()

    def test_strange_truths_do_not_break_it(self, constructed):
        for truth in (
            {},
            {"planted": []},
            {"planted": {"a": None, "b": [], "c": [{"k": 1}], "d": {"e": {"f": [1, 2]}}}},
            {"ratings": 3, "coders": {"errors": {"x": 1}}, "generator": [1]},
            {"about": "x", "sides": {"a": "b"}},
        ):
            panel = make_panel(constructed.meta, constructed.frames, truth)
            assert list(put_in(panel).columns) == ["kind", "where", "what", "counts"]


class TestSentences:
    @pytest.mark.parametrize(
        ("experts", "text"),
        [
            ([2, 2], "Each of the 2 kinds has 2 experts."),
            ([5], "The only kind has 5 experts."),
            ([1, 3, 3], "1 kind has 1 expert and 2 kinds have 3 experts each."),
            ([1, 0], "The only kind has 1 expert. Without an expert: “k1”."),
        ],
    )
    def test_kind_sizes(self, experts, text):
        frame = pd.DataFrame({"experts": experts, "name": [f"k{i}" for i in range(len(experts))]})
        assert said.kind_sizes(frame) == text

    def grid(self, cells):
        return pd.DataFrame(
            [
                {"session_id": s, "question_id": q, "reached": r, "present": p}
                for s, q, r, p in cells
            ]
        )

    def guide(self, grid):
        reached = grid.groupby("question_id", sort=False)["reached"].sum()
        return reached.rename("reached").reset_index()

    @pytest.mark.parametrize(
        ("cells", "unreached", "asked"),
        [
            ([("a", "q1", True, 3)], "Every session reached every question.", "for want of being"),
            (
                [("a", "q1", True, 3), ("a", "q2", False, 3)],
                "No session reached q2.",
                "The 3 experts of a were never asked q2.",
            ),
            (
                [("a", "q1", True, 1), ("b", "q1", False, 1)],
                "Not reached: q1 in b.",
                "The one expert of b was never asked q1.",
            ),
            (
                [("a", f"q{i}", True, 2) for i in range(9)]
                + [("b", f"q{i}", False, 2) for i in range(9)],
                "9 questions were reached in some sessions and not in others",
                "are not silent on it",
            ),
        ],
    )
    def test_unreached(self, cells, unreached, asked):
        grid = self.grid(cells)
        assert spoken.unreached(self.guide(grid), grid).startswith(unreached)
        assert asked in spoken.never_asked(grid)

    def test_silent_and_closed(self):
        frame = pd.DataFrame(
            {"expert_id": ["e1", "e2"], "statements": [0, 3], "quotable": [False, False]}
        )
        assert spoken.silent(frame) == "Without any statement: e1."
        assert "shows no statement" in spoken.closed(frame)
        assert spoken.closed(frame.assign(quotable=[True, False])) == "Not to be quoted: e2."
        assert "Every expert" in spoken.closed(frame.assign(quotable=True))

    @pytest.mark.parametrize(
        ("text", "shown"), [("2021-12", "December 2021"), ("2021-12-07", "7 December 2021")]
    )
    def test_dates(self, text, shown):
        assert step.day(text) == shown

    @pytest.mark.parametrize(
        ("values", "shown"),
        [
            ([5.0, 5.0], "5"),
            ([26, 37], "26 to 37"),
            ([float("nan")], "not recorded"),
            ([1.5], "1.5"),
        ],
    )
    def test_ends(self, values, shown):
        assert step.ends(values) == shown


class TestAnyPanel:
    def test_the_same_ids_and_a_text_for_each(self, variant, results, record):
        found = said.results(variant, record)
        assert [r.id for r in found] == list(results)
        for finding in findings("panel", found, variant.meta.source, variant.digest):
            assert finding.text.strip()
            assert "nan" not in finding.text.lower().split()

    def check(self, panel, language):
        grid, guide = step.question_grid(panel), step.questions(panel)
        made = [
            draw.seats(step.seats(panel), step.kinds(panel), language),
            draw.questions(grid, guide, language),
        ]
        for plate in made:
            assert plate["alt"]
            assert plate["caption"]
            assert len(plate["numbers"])
            assert set(plate["columns"]) <= set(plate["numbers"].columns)
        return made

    def test_draws(self, variant):
        self.check(variant, "en")

    @pytest.mark.parametrize("language", ["en", "ru"])
    def test_pictures_carry_their_mark(self, constructed, language):
        seats, grid = self.check(constructed, language)
        for plate in (seats, grid):
            assert "<svg" in to_svg(plate["picture"], constructed.meta.source, language)
        for expert in rows("experts"):
            assert expert["expert_id"] in seats["alt"]
        texts = [t.get_text() for t in grid["picture"].axes[0].texts]
        reached = step.question_grid(constructed)["reached"]
        assert texts.count("–") == (~reached).sum()

    def test_tables_have_their_columns(self, variant, record):
        frames = step.frames(variant, record)
        for name, make in (
            ("entries", draw.entries),
            ("kinds", draw.kinds),
            ("sessions", draw.sessions),
            ("beside", draw.beside),
            ("questions", draw.guide),
            ("speakers", draw.speakers),
            ("parts", draw.parts),
        ):
            made = make(frames[name])
            assert set(made["columns"]) <= set(made["frame"].columns)
            assert len(made["frame"])

    @pytest.mark.parametrize(
        ("name", "id", "text"),
        [
            ("no_ratings", "panel-ratings", "has no ratings"),
            ("no_translations", "panel-lacks", "english translations"),
            ("one_coder", "panel-lacks", "statements coded twice"),
            ("one_session", "panel-conversations", "sat in one conversation"),
            ("individual", "panel-conversations", "interviewed alone"),
            ("individual", "panel-session-sizes", "one expert"),
            ("no_times", "panel-lengths", "No session's length was recorded"),
            ("a_silent_expert", "panel-silent", "Without any statement: e01"),
            ("no_questions", "panel-unreached", "No session reached"),
            ("no_questions", "panel-by-moderator", None),
        ],
    )
    def test_what_is_missing_is_said(self, variant_of, record, name, id, text):
        found = {r.id: r for r in said.results(variant_of(name), record)}
        if text is None:
            assert found[id].k == 0
        else:
            assert text in found[id].value

    def test_no_ratings_no_rows(self, variant_of):
        assert step.items(variant_of("no_ratings")).empty
        assert step.blanks(variant_of("no_ratings")) == {}

    def test_seconds_are_unknown_where_one_is(self, variant_of):
        assert step.sessions(variant_of("no_times"))["spoken"].isna().all()
