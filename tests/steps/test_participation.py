"""Participation: each number by a second, plain route from the files; then any kind of panel."""

import dataclasses
import itertools
import re
from collections import Counter, defaultdict

import numpy as np
import pandas as pd
import pytest
from plain_files import rows_of

from analysis.display import figures
from analysis.display import notebook as show
from analysis.display import participation as draw
from analysis.panel.panel import make_panel
from analysis.simulation.panels import simulate_panel
from analysis.statistics.participation import who_follows_whom
from analysis.steps import panel_talk
from analysis.steps import participation as step
from analysis.steps import participation_counting as counting
from analysis.steps import participation_results as told

FIGURES = {
    "timeline": "timeline",
    "inequality": "lorenz",
    "follows": "follows",
    "codes": "codes",
}


@pytest.fixture(scope="module")
def found(constructed):
    return step.participation(constructed)


@pytest.fixture(scope="module")
def results(found):
    return {r.id: r for r in told.results(found)}


@pytest.fixture(scope="module")
def found_of(variant_of):
    """The step on a variant by name, once."""
    made = {}

    def make(name):
        if name not in made:
            made[name] = step.participation(variant_of(name), orders=40)
        return made[name]

    return make


@pytest.fixture(scope="module")
def statements():
    """The statements as the file has them, in the order of speaking, as plain dictionaries."""
    place = {row["session_id"]: i for i, row in enumerate(rows_of("sessions"))}
    rows = rows_of("statements")
    return sorted(rows, key=lambda r: (place[r["session_id"]], int(r["position"])))


@pytest.fixture(scope="module")
def raised():
    """What consensus says is raised in each statement."""
    out = defaultdict(set)
    for row in rows_of("codings"):
        if row["coder"] == "consensus" and row["stance"] == "raises":
            out[row["statement_id"]].add(row["code_id"])
    return out


def words_in(text):
    """Words by another route: cut at whatever is no letter, digit, hyphen or apostrophe."""
    pieces = re.split(r"[^\w'’‐‑-]+", text)
    return sum(1 for piece in pieces if piece.strip("-'’‐‑"))


def gini_by_pairs(amounts):
    """Mean absolute difference of all ordered pairs over twice the mean."""
    n = len(amounts)
    total = sum(abs(a - b) for a in amounts for b in amounts)
    return total / (2 * n * sum(amounts))


class TestSessions:
    def test_counts(self, found, results, statements):
        assert results["participation-experts"].value == len(rows_of("experts"))
        assert results["participation-sessions"].value == len(rows_of("sessions"))
        own = [r for r in statements if r["speaker"] != "moderator"]
        assert results["participation-statements"].value == len(own)
        by = Counter(r["session_id"] for r in own)
        assert dict(zip(found.sessions["session"], found.sessions["statements"], strict=True)) == by

    def test_the_number_of_sessions_comes_before_the_number_of_experts(self, found):
        text = told.independence(found)
        experts, sessions = len(rows_of("experts")), len(rows_of("sessions"))
        assert f"{sessions} groups, not {experts} independent interviews" in text

    def test_sizes_and_lengths(self, found):
        sizes = Counter(r["session_id"] for r in rows_of("experts"))
        low, high = min(sizes.values()), max(sizes.values())
        text = told.sizes(found.sessions)
        assert text == (
            f"{low} experts in each" if low == high else f"{low} to {high} experts in each"
        )
        minutes = [float(r["minutes"]) for r in rows_of("sessions")]
        assert f"{max(minutes):.0f} minutes" in told.lengths(found.sessions)
        assert f"{min(minutes):.0f}" in told.lengths(found.sessions)

    def test_some_lengths_missing(self, found):
        table = found.sessions.assign(minutes=[90.0, *[np.nan] * (len(found.sessions) - 1)])
        assert "lasted 90 minutes; for" in told.lengths(table)


class TestSpeakers:
    def test_statements_turns_words_and_minutes(self, found, statements):
        said, words, minutes, turns = Counter(), Counter(), Counter(), Counter()
        previous = None
        for row in statements:
            who = row["speaker"]
            said[who] += 1
            words[who] += words_in(row["text"])
            minutes[who] += (float(row["end_s"]) - float(row["start_s"])) / 60
            if (row["session_id"], who) != previous:
                turns[who] += 1
            previous = (row["session_id"], who)
        for row in found.speakers.itertuples():
            assert row.statements == said[row.expert]
            assert row.turns == turns[row.expert]
            assert row.words == words[row.expert]
            assert row.minutes == pytest.approx(minutes[row.expert])

    def test_little_and_much(self, found):
        experts = rows_of("experts")
        words = dict(zip(found.speakers["expert"], found.speakers["words"], strict=True))
        sessions = defaultdict(list)
        for row in experts:
            sessions[row["session_id"]].append(row["expert_id"])
        for row in found.speakers.itertuples():
            here = [words[e] for e in sessions[row.session]]
            times = words[row.expert] * len(here) / sum(here)
            assert row.relative == pytest.approx(times)
            assert row.of == sum(here)
            assert row.level == ("little" if times < 0.5 else "much" if times > 1.5 else "")
            for level in ("little", "much"):
                mentioned = f"{row.expert} (" in told.extremes(found, level)
                assert mentioned == (row.level == level)

    def test_timeline_runs_from_the_times(self, found, statements):
        assert found.clock == "minutes"
        assert found.timeline["start"].tolist() == pytest.approx(
            [float(r["start_s"]) / 60 for r in statements]
        )
        assert found.timeline["speaker"].tolist() == [r["speaker"] for r in statements]

    def test_without_times_it_runs_over_words(self, found_of, statements):
        found = found_of("no_times")
        assert found.clock == "words"
        here = found.timeline[found.timeline["session"] == statements[0]["session_id"]]
        first = [r for r in statements if r["session_id"] == statements[0]["session_id"]]
        ends = list(itertools.accumulate(words_in(r["text"]) for r in first))
        assert here["end"].tolist() == ends
        assert here["start"].tolist() == [0, *ends[:-1]]

    def test_withheld_texts_are_not_counted_as_words(self, found_of):
        found = found_of("withheld")
        assert found.measure == "minutes"
        assert found.speakers["words"].isna().all()
        assert not (found.inequality["measure"] == "words").any()


class TestInequality:
    def test_gini_over_all_and_in_each_session(self, found, results):
        people = found.speakers
        for measure in ("statements", "words", "minutes"):
            table = found.inequality[found.inequality["measure"] == measure].set_index("scope")
            assert table.loc["all experts", "gini"] == pytest.approx(
                gini_by_pairs(people[measure].tolist())
            )
            relative = []
            for session, here in people.groupby("session"):
                amounts = here[measure].tolist()
                assert table.loc[session, "gini"] == pytest.approx(gini_by_pairs(amounts))
                assert table.loc[session, "most"] == pytest.approx(1 - 1 / len(amounts))
                relative += [a / (sum(amounts) / len(amounts)) for a in amounts]
            assert table.loc["within sessions", "gini"] == pytest.approx(gini_by_pairs(relative))
        assert results["participation-gini"].value == pytest.approx(
            gini_by_pairs(people["words"].tolist())
        )

    def test_interval_by_another_bootstrap(self, found, results):
        amounts = found.speakers["words"].to_numpy()
        rng = np.random.default_rng(5)
        drawn = [gini_by_pairs(rng.choice(amounts, len(amounts)).tolist()) for _ in range(2000)]
        low, high = np.quantile(drawn, [0.025, 0.975])
        assert results["participation-gini"].low == pytest.approx(low, abs=0.012)
        assert results["participation-gini"].high == pytest.approx(high, abs=0.012)

    def test_only_what_speaks_of_others_is_model_based(self, found):
        single = found.inequality[found.inequality["low"].isna()]
        assert set(single["standing"]) == {"description"}
        assert set(found.inequality.loc[found.inequality["low"].notna(), "standing"]) == {
            "model-based"
        }

    def test_lorenz_and_the_quieter_half(self, found, results):
        amounts = sorted(found.speakers["words"])
        half = len(amounts) // 2
        share = results["participation-quiet-half"]
        assert (share.k, share.n) == (sum(amounts[:half]), sum(amounts))
        assert found.lorenz["share_amount"].tolist() == pytest.approx(
            [sum(amounts[:i]) / sum(amounts) for i in range(len(amounts) + 1)]
        )


class TestModeratorAndFollowing:
    def test_the_moderators_part(self, results, statements):
        own = [r for r in statements if r["speaker"] == "moderator"]
        share = results["participation-moderator-statements"]
        assert (share.k, share.n) == (len(own), len(statements))
        share = results["participation-moderator-amount"]
        assert share.k == sum(words_in(r["text"]) for r in own)
        assert share.n == sum(words_in(r["text"]) for r in statements)

    def test_who_follows_whom(self, found, results, statements):
        counts, direct, every = Counter(), 0, 0
        for before, after in itertools.pairwise(statements):
            a, b = before["speaker"], after["speaker"]
            if before["session_id"] != after["session_id"] or a == b:
                continue
            counts[after["session_id"], a, b] += 1
            every += 1
            direct += "moderator" not in (a, b)
        share = results["participation-direct"]
        assert (share.k, share.n) == (direct, every)
        for row in found.follows.itertuples():
            assert row.count == counts[row.session, row.before, row.after]
        assert found.follows["count"].sum() == every

    def test_baseline_and_adjustment(self, found, statements):
        for row in found.following.itertuples():
            names = [r["speaker"] for r in statements if r["session_id"] == row.session]
            whole = who_follows_whom(names, permutations=step.ORDERS)
            best = np.nanargmax(whole.statistic)
            before, after = np.unravel_index(best, whole.statistic.shape)
            assert (row.before, row.after) == (whole.labels[before], whole.labels[after])
            assert row.pvalue == whole.adjusted.flat[best]
            assert row.adjusted == min(1, row.pvalue * len(found.following))

    def test_baseline_by_plain_shuffles(self, found, statements):
        """The expected counts between experts, by throwing away orders with repeats."""
        session = found.following["session"].iloc[0]
        names = [r["speaker"] for r in statements if r["session_id"] == session]
        turns = [a for a, b in itertools.pairwise([*names, None]) if a != b]
        rng = np.random.default_rng(3)
        between, kept = 0, 0
        # a greedy fill and swaps would be biased: shuffle, and repair by rejection on a chain
        order = list(turns)
        for _ in range(60_000):
            i, j = rng.integers(len(order), size=2)
            order[i], order[j] = order[j], order[i]
            if any(a == b for a, b in itertools.pairwise(order[max(i - 1, 0) : i + 2])) or any(
                a == b for a, b in itertools.pairwise(order[max(j - 1, 0) : j + 2])
            ):
                order[i], order[j] = order[j], order[i]
            if _ % 30 == 0:
                between += sum("moderator" not in pair for pair in itertools.pairwise(order))
                kept += 1
        assert found.following["expected_direct"].iloc[0] == pytest.approx(between / kept, abs=0.5)


def echoes_by_hand(statements, raised):
    """(statement, code) of every echo."""
    out = []
    own = [r for r in statements if r["speaker"] != "moderator"]
    for before, after in itertools.pairwise(own):
        if before["session_id"] == after["session_id"] and before["speaker"] != after["speaker"]:
            shared = raised[before["statement_id"]] & raised[after["statement_id"]]
            out += [(after["statement_id"], code) for code in shared]
    return out


def expected_by_hand(statements, raised, block):
    """Mean echoes over all orders within blocks: over places, the mean over pairs of statements."""
    own = [r for r in statements if r["speaker"] != "moderator"]
    members = defaultdict(list)
    for row in own:
        members[block(row)].append(row)
    pairs = Counter(
        (block(a), block(b))
        for a, b in itertools.pairwise(own)
        if a["session_id"] == b["session_id"]
    )
    total = 0.0
    for (g, h), times in pairs.items():
        values = [
            len(raised[a["statement_id"]] & raised[b["statement_id"]])
            * (a["speaker"] != b["speaker"])
            for a in members[g]
            for b in members[h]
            if a is not b
        ]
        total += times * sum(values) / len(values)
    return total


class TestEchoes:
    def test_how_many(self, found, results, statements, raised):
        by_hand = echoes_by_hand(statements, raised)
        share = results["participation-echoes"]
        assert share.k == len(by_hand) == found.echo["observed"].iloc[0]
        assert share.n == sum(len(codes) for codes in raised.values())
        per_code = Counter(code for _, code in by_hand)
        assert all(row.echoes == per_code[row.code] for row in found.codes.itertuples())

    def test_expected_by_either_baseline(self, results, statements, raised):
        assert results["participation-echo-sessions"].value == pytest.approx(
            expected_by_hand(statements, raised, lambda r: (r["session_id"], r["speaker"]))
        )
        assert results["participation-echo-questions"].value == pytest.approx(
            expected_by_hand(
                statements, raised, lambda r: (r["session_id"], r["question_id"], r["speaker"])
            )
        )

    def test_share_of_orders_by_plain_shuffles(self, found, statements, raised):
        """Each expert's, within the questions of a session: the count among shuffled orders."""
        own = [r for r in statements if r["speaker"] != "moderator"]
        blocks = defaultdict(list)
        for place, row in enumerate(own):
            blocks[row["session_id"], row["question_id"], row["speaker"]].append(place)
        rng = np.random.default_rng(8)
        observed = len(echoes_by_hand(statements, raised))
        reached = 0
        for _ in range(300):
            order = list(own)
            for places in blocks.values():
                for place, source in zip(places, rng.permutation(places), strict=True):
                    order[place] = own[source]
            reached += len(echoes_by_hand(order, raised)) >= observed
        pvalue = found.echo["pvalue"].iloc[1]
        assert reached / 300 == pytest.approx(
            pvalue, abs=4 * (pvalue * (1 - pvalue) / 300) ** 0.5 + 0.01
        )

    def test_answers(self, found, statements, raised):
        opposed = defaultdict(set)
        for row in rows_of("codings"):
            if row["coder"] == "consensus" and row["stance"] == "opposes":
                opposed[row["statement_id"]].add(row["code_id"])
        own = [r for r in statements if r["speaker"] != "moderator"]
        count = sum(
            len(raised[a["statement_id"]] & opposed[b["statement_id"]])
            for a, b in itertools.pairwise(own)
            if a["session_id"] == b["session_id"] and a["speaker"] != b["speaker"]
        )
        assert found.answers == count

    def test_echo_that_was_planted_is_seen_and_none_is_not(self):
        strong, _ = simulate_panel(20, 12, echo=0.8, prevalence=0.5, seed=4)
        none, _ = simulate_panel(20, 12, echo=0.0, prevalence=0.5, seed=4)
        loud = step.participation(strong, orders=400).echo.iloc[0]
        quiet = step.participation(none, orders=400).echo.iloc[0]
        assert loud["observed"] > loud["expected"] + 3 * loud["sd"]
        assert abs(quiet["observed"] - quiet["expected"]) < 3 * quiet["sd"]


class TestCounting:
    def test_experts_with_and_without_echoes(self, found, results, statements, raised):
        echoes = set(echoes_by_hand(statements, raised))
        own = [r for r in statements if r["speaker"] != "moderator"]
        everyone, without, heard = defaultdict(set), defaultdict(set), defaultdict(set)
        for row in own:
            for code in raised[row["statement_id"]]:
                everyone[code].add(row["speaker"])
                heard[code].add(row["session_id"])
                if (row["statement_id"], code) not in echoes:
                    without[code].add(row["speaker"])
        for row in found.codes.itertuples():
            assert row.experts == len(everyone[row.code])
            assert row.without == len(without[row.code])
            assert row.only_echo == len(everyone[row.code] - without[row.code])
            assert row.sessions == len(heard[row.code])
        assert set(found.codes["code"]) == set(everyone)
        pairs = sum(map(len, everyone.values()))
        only = results["participation-only-echo"]
        assert (only.k, only.n) == (pairs - sum(map(len, without.values())), pairs)
        first = results["participation-first"]
        assert (first.k, first.n) == (sum(map(len, heard.values())), pairs)

    def test_incidence_without_echoes_is_the_same_count(self, constructed, found):
        values = panel_talk.incidence_without_echoes(constructed)
        left = dict(zip(values.codes, values.values.sum(axis=0), strict=True))
        assert all(left[row.code] == row.without for row in found.codes.itertuples())

    @pytest.mark.parametrize(
        ("experts", "without", "expected"),
        [
            ([3, 2], [3, 2], "without echoes too, by 3 experts"),
            ([3, 2], [1, 2], "without echoes “B” is raised by most experts, 2"),
            ([3, 3], [1, 1], "“A” and “B” are raised by most experts, 3 each"),
            ([1, 0], [0, 0], "without echoes no code is left"),
        ],
    )
    def test_the_leading_codes(self, experts, without, expected):
        codes = pd.DataFrame({"name": ["A", "B"], "experts": experts, "without": without})
        assert expected in counting.leading(codes)

    @pytest.mark.parametrize(
        ("only", "expected"),
        [
            ([0, 0], "No expert raises a code by echoes alone"),
            ([2, 1], "“A” loses most: 5 experts with echoes, 3 without"),
            ([1, 1], "“A” and “B” lose most, 1 expert each"),
        ],
    )
    def test_which_codes_lose(self, only, expected):
        codes = pd.DataFrame({"name": ["A", "B"], "experts": [5, 4], "only_echo": only})
        codes["without"] = codes["experts"] - codes["only_echo"]
        assert expected in counting.losing_most(codes)


class TestQuestions:
    def test_reached_and_answered(self, found, statements):
        experts = Counter(r["session_id"] for r in rows_of("experts"))
        for row in found.questions.itertuples():
            there = {r["session_id"] for r in statements if r["question_id"] == row.question}
            assert row.reached == len(there)
            assert row.chances == sum(experts[s] for s in there)
            who = {r["speaker"] for r in statements if r["question_id"] == row.question}
            assert row.answered == len(who - {"moderator"})
            gone = set(row.not_reached.split("; ")) if row.not_reached else set()
            assert gone == set(experts) - there
        gaps = found.questions[found.questions["reached"] < found.questions["sessions"]]
        text = counting.unreached(found)
        if len(gaps) <= 3:
            for question in found.questions["question"]:
                assert (question in text) == (question in set(gaps["question"]))
        else:
            assert text.startswith(f"{len(gaps)} of ")


@pytest.fixture(scope="module")
def tiny(constructed):
    """Two sessions by hand: the echoes and their counts can be told by eye."""
    said = [
        # session, speaker, question, codes of consensus
        ("g1", "moderator", "q1", ()),
        ("g1", "a", "q1", ("x",)),
        ("g1", "moderator", "q1", ()),
        ("g1", "b", "q1", ("x",)),  # an echo of a, the moderator between them or not
        ("g1", "b", "q1", ("x", "y")),  # of oneself: no echo
        ("g1", "a", "q1", ("y",)),  # an echo of b
        ("g1", "b", "q1", ("y",)),  # an echo of a, but b has raised y before
        ("g2", "c", "q1", ("y",)),  # another session
        ("g2", "d", "q1", ()),
        ("g2", "c", "q1", ("x",)),
    ]
    ids = [f"s{i:02d}" for i in range(len(said))]
    statements = pd.DataFrame(
        {
            "statement_id": ids,
            "session_id": [s[0] for s in said],
            "position": range(1, len(said) + 1),
            "speaker": [s[1] for s in said],
            "question_id": [s[2] for s in said],
            "start_s": None,
            "end_s": None,
            "text": "слово слово",
            "text_en": None,
        }
    )
    own = [(i, s) for i, s in zip(ids, said, strict=True) if s[1] != "moderator"]
    coded = pd.DataFrame({"statement_id": [i for i, _ in own], "coder": "consensus"})
    ada = coded.head(1).assign(coder="ada")
    codings = [(i, "consensus", code, "raises") for i, s in own for code in s[3]]
    frames = {
        "sessions": pd.DataFrame({"session_id": ["g1", "g2"], "date": "2021-12", "minutes": None}),
        "stakeholders": pd.DataFrame(
            {"stakeholder": ["k"], "name": ["Kind"], "name_ru": None, "level": None}
        ),
        "experts": pd.DataFrame(
            {
                "expert_id": list("abcd"),
                "session_id": ["g1", "g1", "g2", "g2"],
                "stakeholder": "k",
                "quotable": True,
            }
        ),
        "guide": pd.DataFrame(
            {
                "question_id": ["q1", "q2"],
                "task": ["role", "role"],
                "position": [1, 2],
                "text": ["One?", "Two?"],
                "text_ru": None,
            }
        ),
        "statements": statements,
        "codebook": pd.DataFrame(
            {
                "code_id": ["x", "y", "z"],
                "parent_id": None,
                "task": "role",
                "direction": "neutral",
                "name": ["X", "Y", "Z"],
                "name_ru": None,
                "definition": "A code.",
                "include": None,
                "exclude": None,
                "origin": None,
                "since": None,
            }
        ),
        "coded": pd.concat([coded, ada]),
        "codings": pd.DataFrame(codings, columns=["statement_id", "coder", "code_id", "stance"]),
    }
    meta = dataclasses.replace(constructed.meta, coders=("ada",))
    return make_panel(meta, frames)


class TestTiny:
    def test_echoes_by_eye(self, tiny):
        found = step.participation(tiny, orders=50)
        codes = found.codes.set_index("code")
        assert codes["echoes"].to_dict() == {"x": 1, "y": 2}
        # b echoes x first but raises it alone right after; a raises y as an echo only
        assert codes["only_echo"].to_dict() == {"x": 0, "y": 1}
        assert codes["experts"].to_dict() == {"x": 3, "y": 3}
        assert codes["sessions"].to_dict() == {"x": 2, "y": 2}
        assert found.first == 4
        assert found.pairs == 6

    def test_a_question_that_nobody_reached(self, tiny):
        found = step.participation(tiny, orders=50)
        assert counting.unreached(found) == "No session reached q2."
        assert "no expert is counted as silent" in counting.chances(found)

    def test_turns_join_statements_of_one_speaker(self, tiny):
        people = step.participation(tiny, orders=50).speakers.set_index("expert")
        assert people.loc["b", ["statements", "turns"]].tolist() == [3, 2]


class TestAnyPanel:
    def test_the_same_findings_whatever_the_panel(self, found_of, variant_name, variant, results):
        found = found_of(variant_name)
        here = told.results(found)
        assert [r.id for r in here] == list(results)
        worded = show.findings("participation", here, variant.meta.source, variant.digest)
        assert all(f.text.strip() for f in worded)
        assert not any("nan" in f.text.lower().split() for f in worded)

    def test_what_is_empty_says_so_and_the_rest_is_drawn(self, found_of, variant_name):
        found = found_of(variant_name)
        for figure, table in FIGURES.items():
            if not len(getattr(found, table)):
                assert found.missing[table].endswith(".")
                continue
            plate = getattr(draw, figure)(found)
            assert len(plate["numbers"])
            assert set(plate["columns"]) <= set(plate["numbers"].columns)
            assert plate["alt"].endswith(".")
        for table in ("sessions", "moderator", "echo", "questions"):
            if len(getattr(found, table)):
                plate = getattr(draw, table)(found)
                assert set(plate["columns"]) <= set(plate["frame"].columns)
            else:
                assert found.missing[table].strip()

    @pytest.mark.parametrize("name", ["individual", "no_times", "three_experts", "two_themes"])
    def test_pictures_carry_the_mark_of_their_source(self, found_of, name):
        found = found_of(name)
        for figure, table in FIGURES.items():
            if len(getattr(found, table)):
                picture = getattr(draw, figure)(found)["picture"]
                assert figures.to_svg(picture, "constructed").startswith("<svg")
                assert "no real expert" in picture.get_supxlabel()

    @pytest.mark.parametrize(
        ("name", "id", "expected"),
        [
            ("individual", "independence", "each alone"),
            ("individual", "echo-all", "In no session did more than one expert speak"),
            ("individual", "following", "In no session did more than one expert speak"),
            ("individual", "counting", "No expert could echo another"),
            ("individual", "inequality", "no inequality within a session"),
            ("individual", "unreached", "questions were not reached in every session"),
            ("individual", "little", "words of all experts"),
            ("one_session", "independence", "in one conversation"),
            ("one_session", "following", "all pairs of the session"),
            ("three_experts", "inequality", "The quietest of the 3 experts"),
            ("no_codes", "counting", "No code was raised"),
            ("no_codes", "echo-all", "No code was raised"),
            ("no_times", "clock", "runs over the words"),
            ("no_questions", "echo-all", "do not name their question"),
            ("no_questions", "moderator", "no statement of a moderator"),
            ("no_questions", "unreached", "No statement names the question"),
            ("withheld", "measure-why", "minutes are"),
            ("a_silent_expert", "silent", "said nothing"),
            ("two_hundred", "independence", "40 groups, not 200 independent interviews"),
        ],
    )
    def test_sentences(self, found_of, name, id, expected):
        found = found_of(name)
        text = {r.id: r.value for r in told.results(found)}[f"participation-{id}"]
        assert expected in text

    def test_nobody_is_quoted(self, found):
        told_text = " ".join(str(r.value) for r in told.results(found))
        for row in rows_of("statements"):
            assert row["text"][:40] not in told_text

    def test_statements_that_were_not_coded_are_counted_as_such(self, constructed):
        frames = {name: frame.astype(object) for name, frame in constructed.frames.items()}
        drop = constructed.experts["expert_id"].iloc[-1]
        of = set(frames["statements"].loc[frames["statements"]["speaker"] == drop, "statement_id"])
        for name in ("coded", "codings"):
            inside = frames[name]["statement_id"].isin(of) & (frames[name]["coder"] == "consensus")
            frames[name] = frames[name][~inside]
        found = step.participation(make_panel(constructed.meta, frames), orders=40)
        assert found.uncoded == len(of)
        assert counting.uncoded(found).startswith(f"{len(of)} of ")
