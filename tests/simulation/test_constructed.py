"""The constructed panel: built byte for byte, true to its sources, and its truth recovered."""

import copy
import csv
import dataclasses
import math
import os
import re
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
import yaml
from scipy.stats import binom, fisher_exact, hypergeom, ttest_1samp, ttest_ind

from analysis.panel.panel import load_panel
from analysis.panel.writing import write_panel
from analysis.simulation import constructed
from analysis.simulation.constructed_coders import (
    CoderProcess,
    code_statements,
    expected_alpha,
    nominal_alpha,
)
from analysis.simulation.constructed_draws import Draws
from analysis.simulation.constructed_facts import Facts, planted
from analysis.simulation.constructed_ratings import RatingProcess
from analysis.simulation.constructed_source import read_source
from analysis.simulation.constructed_timing import time_statements
from analysis.statistics.agreement import alpha_interval, krippendorff_alpha
from analysis.statistics.proportions import interval

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "data" / "constructed"
PANEL = ROOT / "data" / "panels" / "constructed"


def at_least(n, probability=0.95, risk=0.001):
    """The least count of n that chance undercuts with a probability of at most ``risk``."""
    return int(binom.ppf(risk, n, probability))


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def rows(name):
    with (PANEL / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def source():
    return read_source(SOURCE)


@pytest.fixture(scope="module")
def panel():
    return load_panel(PANEL)


@pytest.fixture(scope="module")
def truth():
    return yaml.safe_load((PANEL / "truth.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def process(source):
    return CoderProcess(source, Draws(source.generator["seeds"]["coders"]))


@pytest.fixture(scope="module")
def rating(source):
    return RatingProcess(source, Draws(source.generator["seeds"]["ratings"]))


# building


def test_the_panel_follows_from_the_hand_written_part_byte_for_byte(tmp_path):
    """In a process with another order of sets and dictionaries than this one's."""
    target = tmp_path / "panel"
    run = subprocess.run(
        [sys.executable, "-m", "analysis.simulation.constructed", str(SOURCE), str(target)],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    built, stored = contents(target), contents(PANEL)
    assert sorted(built) == sorted(stored)
    changed = [name for name in built if built[name] != stored[name]]
    assert not changed, f"run python -m analysis.simulation.constructed: {changed} differ"


def test_writing_the_loaded_panel_gives_the_same_files(panel, tmp_path):
    assert contents(write_panel(panel, tmp_path / "again")) == contents(PANEL)


def test_a_contradiction_leaves_the_panel_as_it_was(tmp_path):
    folder, target = tmp_path / "source", tmp_path / "panel"
    shutil.copytree(SOURCE, folder)
    shutil.copytree(PANEL, target)
    notes = folder / "truth-notes.yml"
    text = notes.read_text(encoding="utf-8")
    notes.write_text(re.sub(r"(silent:\n\s+expert: )e19", r"\1e01", text), encoding="utf-8")
    with pytest.raises(ValueError, match="the silent expert: noted e01, the interviews have e19"):
        constructed.build(folder, target)
    assert contents(target) == contents(PANEL)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["panel", "source"]


def test_the_command_explains_itself(capsys):
    assert constructed.main(["one", "two", "three"]) == 2
    assert constructed.main(["--help"]) == 2
    assert "[SOURCE] [TARGET]" in capsys.readouterr().err


def test_draws_are_uniform_normal_and_named():
    draws = Draws(1)
    u = np.array([draws.uniform("u", str(i)) for i in range(5000)])
    assert abs(u.mean() - 0.5) < 4 / math.sqrt(12 * 5000)
    assert 0 < u.min() < 0.002
    assert 0.998 < u.max() < 1
    z = np.array([draws.normal("z", str(i)) for i in range(5000)])
    assert abs(z.mean()) < 4 / math.sqrt(5000)
    assert abs(z.std() - 1) < 4 / math.sqrt(2 * 5000)
    picked = Counter(draws.choose({"a": 1, "b": 3, "c": 0}, "c", str(i)) for i in range(4000))
    assert picked["c"] == 0
    assert abs(picked["b"] / 4000 - 0.75) < 4 * math.sqrt(0.75 * 0.25 / 4000)
    assert Draws(2).uniform("u", "1") != draws.uniform("u", "1")
    with pytest.raises(ValueError, match="nothing to choose from"):
        draws.choose({"a": 0}, "x")


# words and times


def test_a_changed_text_changes_its_own_statement_only(source):
    """Draws have names, so an editor's hand in one statement does not shuffle all the others."""
    changed = source.said[40]
    said = tuple(
        dataclasses.replace(s, text=f"{s.text} И ещё одно слово.") if s is changed else s
        for s in source.said
    )
    edited = dataclasses.replace(source, said=said)
    before, after = (time_statements(x, Draws(1)) for x in (source, edited))
    for s in source.said:
        length = [round(t.end[s.id] - t.start[s.id], 1) for t in (before, after)]
        if s is changed:
            assert length[1] > length[0]
        else:
            assert length[1] == pytest.approx(length[0], abs=0.11)  # rounding to tenths
    sheets = [code_statements(CoderProcess(x, Draws(1))).codings for x in (source, edited)]
    for coder in sheets[0]:
        differ = {s for s, codes in sheets[0][coder].items() if sheets[1][coder][s] != codes}
        assert differ <= {changed.id}


def test_times_fit_the_texts(source, panel, truth):
    statements = panel.statements.set_index("statement_id")
    length = statements["end_s"] - statements["start_s"]
    numbers = source.generator["timing"]
    slow, fast = numbers["words_per_minute"]
    for s in source.said:
        if s.words >= 15 and s.id not in numbers["silence_within"]:
            rate = 60 * s.words / length[s.id]
            assert 0.7 * slow < rate < 1.3 * fast, (s.id, rate)
    assert (length > 0.5).all()
    for session, mine in statements.groupby("session_id", observed=True):
        ends = mine["end_s"].cummax().shift()
        gap = (mine["start_s"] - ends).iloc[1:]
        overlaps = set(gap.index[gap < 0])
        assert overlaps == {x for x in truth["timing"]["overlaps"] if x.startswith(session)}
        assert (mine["start_s"].diff().iloc[1:] >= 0).all()
        silences = {x for x in truth["timing"]["silences_before"] if x.startswith(session)}
        assert silences <= set(gap.index[gap > 4])
        assert gap.median() < 2
    minutes = panel.sessions.set_index("session_id")["minutes"]
    last = statements.groupby("session_id", observed=True)["end_s"].max()
    assert (minutes == np.ceil(last / 60)).all()


# coding


def test_who_coded_what(source, panel):
    experts = {s.id for s in source.statements}
    worked = defaultdict(set)
    for row in rows("coded"):
        worked[row["coder"]].add(row["statement_id"])
    assert worked["consensus"] == experts
    assert worked["coder_a"] == experts
    assert worked["coder_b"] < experts
    share = {
        session: np.mean([x in worked["coder_b"] for x in sorted(experts) if x.startswith(session)])
        for session in source.sessions
    }
    assert share["s1"] == share["s2"] == 1
    assert all(0.45 < share[session] < 0.75 for session in ("s3", "s4"))
    meant = {s.id: s.codes for s in source.statements}
    found = {x: {} for x in experts}
    for row in rows("codings"):
        if row["coder"] == "consensus":
            found[row["statement_id"]][row["code_id"]] = row["stance"]
    assert found == meant


def test_the_sheets_say_what_the_memos_tell(source):
    """A memo that tells how one coder read a statement is borne out by that coder's sheet."""
    sheets = defaultdict(lambda: defaultdict(dict))
    for row in rows("codings"):
        sheets[row["coder"]][row["statement_id"]][row["code_id"]] = row["stance"]
    worked = {(row["coder"], row["statement_id"]) for row in rows("coded")}
    about = {row["memo_id"]: row["about"] for row in rows("memos")}
    fixed = source.generator["coders"]["fixed"]
    for row in fixed:
        assert about[row["memo"]] == row["statement"]
        assert (row["coder"], row["statement"]) in worked
        assert sheets[row["coder"]][row["statement"]] == row["codes"]
    assert sheets["coder_a"]["s1-002"] == {"hinders_funding": "raises"}
    assert sheets["coder_b"]["s2-061"] == {"hinders_data_protection": "opposes"}
    broken = copy.deepcopy(source.generator)
    broken["coders"]["fixed"][0]["statement"] = "s1-003"
    with pytest.raises(ValueError, match="memo m01 is not about statement s1-003"):
        constructed.constructed_panel(dataclasses.replace(source, generator=broken))


def test_expected_alpha_is_where_simulated_codings_end_up(source, process):
    """The closed form against 100 runs of the process with other seeds, for both stances.

    Disagreements and codings of one code are sums of independent draws: their means over runs stay
    within 4.5 standard errors of what the closed form has (34 codes, 2 stances, 2 numbers: such a
    deviation has a probability of 7e-6 each, 0.1% together).
    """
    sheets = code_statements(process)
    first, second = process.names
    both = [s for s in source.statements if s.id in sheets.codings[second]]
    place = {code: i for i, code in enumerate(source.codes)}
    stances, runs = ("raises", "any"), 100
    # disagreements and codings, by run, stance and code
    counts = np.zeros((runs, 2, len(place), 2))
    for run in range(runs):
        other = CoderProcess(source, Draws(1000 + run))
        for s in both:
            a, b = (other.code(coder, s)[0] for coder in (first, second))
            for code in a.keys() | b.keys():
                for kind, accepted in enumerate(({"raises"}, {"raises", "opposes"})):
                    x, y = (given.get(code) in accepted for given in (a, b))
                    counts[run, kind, place[code]] += x != y, x + y
    expected = np.zeros((2, len(place), 2))
    for s in both:
        a, b = process.gives(first, s), process.gives(second, s)
        for code in a.keys() | b.keys():
            for kind in range(2):
                x, y = (given.get(code, (0.0, 0.0))[kind] for given in (a, b))
                expected[kind, place[code]] += x + y - 2 * x * y, x + y
    error = counts.std(axis=0, ddof=1) / math.sqrt(runs)
    assert (np.abs(counts.mean(axis=0) - expected) <= 4.5 * error + 1e-9).all()
    for kind, stance in enumerate(stances):
        alpha = expected_alpha(process, sheets, first, second, stance)["by_code"]
        for (differ, given), code in zip(expected[kind], source.codes, strict=True):
            assert alpha[code] == pytest.approx(nominal_alpha(differ, given, len(both)))


def test_alpha_of_two_coders_is_krippendorffs():
    data = np.array([[1, 1, 0, 0, 1, 0, 0, 1], [1, 0, 0, 0, 1, 1, 0, 1]], dtype=float)
    differ, given = float((data[0] != data[1]).sum()), float(data.sum())
    ours = nominal_alpha(differ, given, data.shape[1])
    assert ours == pytest.approx(krippendorff_alpha(data, "nominal").estimate)


def test_agreement_is_that_of_a_real_study(truth):
    alpha = {c: v["any"] for c, v in truth["coders"]["expected_alpha"]["by_code"].items()}
    values = np.array(sorted(alpha.values()))
    assert 0.4 < values[0] < 0.6  # a few poor codes
    assert 0.85 < values[-1] < 0.97
    assert 0.7 < np.median(values) < 0.9
    assert alpha["hinders_kpi"] < 0.67  # one coder drifts there
    errors = truth["coders"]["errors"]
    assert errors["coder_a"]["drifted"]["count"] == 0 < errors["coder_b"]["drifted"]["count"]


def test_the_drift_grows_and_needs_a_number_in_the_text(source, process):
    chance = defaultdict(list)
    for s in source.statements:
        assert process.drifts("coder_a", s) == 0
        if "hinders_kpi" not in s.codes and re.search(r"\d|процент|тысяч", s.text):
            chance[s.session].append(process.drifts("coder_b", s))
    assert {len(set(values)) for values in chance.values()} == {1}
    drift = [chance[session][0] for session in source.sessions]
    assert drift == sorted(drift)
    assert drift[0] == 0 < drift[-1]


def test_hard_statements_have_more_errors(source, process):
    hard = [s for s in source.statements if s.hard]
    for s in hard:
        easy = dataclasses.replace(s, hard=False)
        assert process.adds("coder_a", s) > process.adds("coder_a", easy)
        for code in s.codes:
            assert process.finds("coder_b", code, s) < process.finds("coder_b", code, easy)


# the truth


def test_prevalence_is_that_of_the_consensus_codings(panel, truth):
    """Recounted from the files, without the generator."""
    speaker = {row["statement_id"]: row["speaker"] for row in rows("statements")}
    side = {e: s for s in ("authorities", "society") for e in truth["sides"][s]}
    given = defaultdict(set)
    for row in rows("codings"):
        if row["coder"] == "consensus":
            given[row["code_id"], row["stance"]].add(speaker[row["statement_id"]])
    incidence = panel.incidence()
    assert set(incidence.codes) == set(truth["prevalence"])
    for code, row in truth["prevalence"].items():
        raised, opposed = given[code, "raises"], given[code, "opposes"]
        assert (row["raised_by"], row["opposed_by"]) == (sorted(raised), sorted(opposed))
        assert (row["raises"], row["opposes"]) == (len(raised), len(opposed))
        assert row["both_stances"] == len(raised & opposed)
        for name in ("authorities", "society"):
            assert row[name] == sum(side[e] == name for e in raised)
        seen = incidence.values[:, incidence.codes.index(code)]
        assert {e for e, v in zip(incidence.experts, seen, strict=True) if v} == raised


def test_planted_contrasts_and_pairs_are_recounted(truth):
    raised = {code: set(row["raised_by"]) for code, row in truth["prevalence"].items()}
    sides = truth["sides"]
    facts = truth["planted"]
    for row in facts["contrasts"] + facts["nulls"]:
        k = [len(raised[row["code"]] & set(sides[s])) for s in ("authorities", "society")]
        assert [row[s]["k"] for s in ("authorities", "society")] == k
        p = fisher_exact([[k[0], 10 - k[0]], [k[1], 10 - k[1]]])[1]
        assert row["fisher_p"] == pytest.approx(p, abs=5e-5)
    assert all(row["fisher_p"] == 1 for row in facts["nulls"])
    assert sum(row["fisher_p"] < 0.05 for row in facts["contrasts"]) >= 4
    for row in facts["pairs"]:
        x, y = (raised[code] for code in row["codes"])
        assert (row["both"], row["first"], row["second"]) == (len(x & y), len(x), len(y))
        p = hypergeom.sf(len(x & y) - 1, 20, len(x), len(y))
        assert row["p_at_least"] == pytest.approx(p, abs=5e-5)


def test_speakers_echoes_and_the_unreached_question(panel, truth):
    statements = {row["statement_id"]: row for row in rows("statements")}
    assert {e["statement"] for e in truth["echoes"]} <= set(statements)
    for echo in truth["echoes"]:
        heard, own = statements[echo["echoes"]], statements[echo["statement"]]
        assert heard["speaker"] == echo["of"] != own["speaker"]
        assert int(heard["position"]) < int(own["position"])
        assert heard["session_id"] == own["session_id"]
    reached = panel.questions_reached()
    missing = [
        (reached.sessions[s], reached.questions[q]) for s, q in np.argwhere(reached.experts == 0)
    ]
    unreached = truth["planted"]["unreached"]
    assert missing == [(unreached["session"], unreached["question"])]
    words = {e: row["words"] for e, row in truth["speakers"].items()}
    turns = panel.turns()
    counted = Counter()
    for speaker, number in zip(turns.speakers, turns.words, strict=True):
        counted[speaker] += int(number)
    for expert, number in words.items():
        assert number == pytest.approx(counted[expert], rel=0.03)  # two notions of a word
    assert max(words, key=words.__getitem__) == truth["planted"]["dominant"]["expert"]
    assert min(words, key=words.__getitem__) == truth["planted"]["silent"]["expert"]


def _set(notes, path, value):
    *way, last = path
    for key in way:
        notes = notes[key]
    notes[last] = value


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("dominant", "expert"), "e01", "the dominant expert: noted e01"),
        (("laconic", "session"), "s1", "the laconic one's session: noted s1"),
        (("not_quotable",), ["e10"], "experts who may not be quoted"),
        (("unreached", "question"), "q11", "the question not reached"),
        (("deviant_cases", 0, "expert"), "e01", "who speaks in deviant case"),
        (("off_guide", 0, "statement"), "s9-001", "statement s9-001 exists"),
        (("uncoded_on_purpose", 0), "s1-005", "codes of s1-005, uncoded on purpose"),
        (("echo_chains", 0, "code"), "role_services", "role_services in the echo chain"),
        (("echo_chains", 0, "chain"), ["s1-035", "s1-034"], "order and speakers of the echo"),
    ],
)
def test_a_note_that_the_interviews_contradict_is_refused(source, path, value, message):
    notes = copy.deepcopy(source.notes)
    _set(notes["planted"], path, value)
    with pytest.raises(ValueError, match=message):
        planted(Facts(dataclasses.replace(source, notes=notes)))


def test_the_generator_is_echoed(source, truth):
    assert truth["generator"] == source.generator
    assert set(truth["hard"]) == {s.id for s in source.said if s.hard}


# ratings


def test_ratings_are_all_but_a_few(panel, source, truth):
    ratings = panel.ratings()
    assert ratings.values.shape == (20, 16)
    blank = np.argwhere(np.isnan(ratings.values))
    assert [[ratings.experts[e], ratings.items[i]] for e, i in blank] == truth["ratings"]["blank"]
    assert 1 <= len(blank) <= 12
    for expert, answers in source.generator["ratings"]["answers_by_hand"].items():
        for item, value in answers.items():
            row, column = ratings.experts.index(expert), ratings.items.index(item)
            assert ratings.values[row, column] == value


def test_expected_ratings_are_where_other_seeds_end_up(source, rating):
    """The closed form against 150 seeds: the mean of drawn minus expected is within 4.5 errors."""
    gap = np.zeros((150, len(rating.items)))
    for run in range(150):
        other = RatingProcess(source, Draws(5000 + run))
        for column, item in enumerate(rating.items):
            answers = {e: other.rate(e, item) for e in source.experts}
            given = [e for e, value in answers.items() if value is not None]
            drawn = np.mean([answers[e] for e in given])
            gap[run, column] = drawn - other.expected_mean(given, item)
    error = gap.std(axis=0, ddof=1) / math.sqrt(150)
    assert (np.abs(gap.mean(axis=0)) < 4.5 * error).all()


def test_the_ladder_falls_today_and_the_gap_to_what_could_be_widens(truth):
    effect = truth["generator"]["ratings"]["item_effect"]
    today = [effect[f"i{i:02d}"] for i in range(7, 12)]
    could = [effect[f"i{i:02d}"] for i in range(12, 17)]
    assert today == sorted(today, reverse=True)
    assert could == sorted(could, reverse=True)
    gap = [b - a for a, b in zip(today, could, strict=True)]
    assert gap[:4] == sorted(gap[:4])


def test_leanings_are_centred_within_each_side(source, rating):
    by_hand = source.generator["ratings"]["leaning_by_hand"]
    for side in ("authorities", "society"):
        mine = [e for e in source.experts if source.side[e] == side]
        total = sum(rating.leaning[e] - by_hand.get(e, 0.0) for e in mine)
        assert total == pytest.approx(0, abs=1e-12)


# recovery


def test_an_independent_coder_recovers_the_prevalence(panel, truth):
    """Coder a's own counts, with Wilson intervals: at least 95% of 34 should hold the planted
    share; fewer than 28 would happen with a probability below 0.1%."""
    own = panel.incidence(coder="coder_a")
    held = 0
    for code, row in truth["prevalence"].items():
        count = int(own.values[:, own.codes.index(code)].sum())
        found = interval(count, 20, "wilson")
        held += found.low <= row["raises"] / 20 <= found.high
    assert held >= at_least(len(truth["prevalence"]))


@pytest.mark.parametrize("stance", ["raises", "any"])
def test_intervals_of_alpha_hold_the_expected_alpha(panel, truth, stance):
    """Resampling whole experts. Where the coders never differ, or a code is all but absent, there
    is no interval; of the others 95% should hold, and fewer than the bound would happen with a
    probability below 0.1%."""
    held = []
    for code, expected in truth["coders"]["expected_alpha"]["by_code"].items():
        data = panel.reliability(code, stance=stance)
        found = alpha_interval(data.values, "nominal", data.experts, resamples=1000)
        if not math.isnan(found.low):
            held.append(found.low <= expected[stance] <= found.high)
    assert len(held) >= 20
    assert sum(held) >= at_least(len(held))


def test_mean_ratings_recover_the_item_effects(panel, truth):
    """t intervals over experts against the expected means: 16 items, 95% each; fewer than 12
    would happen with a probability below 0.1%."""
    ratings = panel.ratings()
    held = 0
    for column, item in enumerate(ratings.items):
        answers = ratings.values[:, column]
        answers = answers[~np.isnan(answers)]
        low, high = ttest_1samp(answers, 3).confidence_interval(0.95)
        held += low <= truth["ratings"]["expected_mean"][item]["all"] <= high
    assert held >= at_least(16)


def test_differences_between_sides_are_recovered(panel, truth):
    """Welch's intervals of authorities minus society against the expected differences: 16 items,
    95% each; and the planted effects show on the whole, the nulls not."""
    ratings = panel.ratings()
    member = np.isin(ratings.experts, truth["sides"]["society"])
    held, z = 0, {}
    for column, item in enumerate(ratings.items):
        a, b = (ratings.values[side, column] for side in (~member, member))
        found = ttest_ind(a[~np.isnan(a)], b[~np.isnan(b)], equal_var=False)
        low, high = found.confidence_interval(0.95)
        mean = truth["ratings"]["expected_mean"][item]
        held += low <= mean["authorities"] - mean["society"] <= high
        z[item] = found.statistic
    assert held >= at_least(16)
    sign = {
        i: -math.copysign(1, e) for i, e in truth["generator"]["ratings"]["side_effect"].items()
    }
    assert set(sign) == set(truth["ratings"]["planted_side_effects"])
    assert all(z[item] * direction > 0 for item, direction in sign.items())
    # the sum of 4 independent t values has a standard deviation near 2.1
    assert sum(z[item] * direction for item, direction in sign.items()) > 3 * 2.1
