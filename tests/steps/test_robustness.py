"""Robustness: each number by a second, plain route from the files; then any kind of panel."""

import dataclasses
import functools
import json
import math
import re
from collections import defaultdict

import nbformat
import numpy as np
import pandas as pd
import pytest
from plain_files import rows_of
from scipy import special, stats

from analysis.display import figures
from analysis.display import notebook as show
from analysis.display import robustness as draw
from analysis.display import robustness_tables as tables
from analysis.panel.panel import make_panel
from analysis.panel.plan import ClaimPlan, Plan
from analysis.project import ROOT
from analysis.simulation.panels import simulate_panel
from analysis.statistics import association
from analysis.steps import stakeholders_contrasts, themes
from analysis.steps.panel_talk import incidence_without_echoes
from analysis.steps.robustness import (
    coder_error,
    holds,
    multiverse,
    outcomes,
    readings,
    sentences,
    sentences_of_holding,
    wordings,
)
from analysis.steps.robustness.analysis import analyse
from analysis.steps.robustness.results import results

RESAMPLES = 400


EXPERTS = {row["expert_id"]: row for row in rows_of("experts")}
KIND_NAME = {row["stakeholder"]: row["name"] for row in rows_of("stakeholders")}
BOOK = {row["code_id"]: row for row in rows_of("codebook")}
UNDER = {
    top: [code for code, row in BOOK.items() if row["parent_id"] == top]
    for top in dict.fromkeys(row["parent_id"] for row in BOOK.values())
    if top
}
CODES = [code for code in BOOK if code not in UNDER]
SPOKEN = sorted(
    (row for row in rows_of("statements") if row["speaker"] != "moderator"),
    key=lambda row: (row["session_id"], int(row["position"])),
)
CODED = defaultdict(set)
for _row in rows_of("coded"):
    CODED[_row["coder"]].add(_row["statement_id"])
GIVEN = defaultdict(set)
for _row in rows_of("codings"):
    GIVEN[_row["coder"], _row["stance"], _row["statement_id"]].add(_row["code_id"])


@functools.cache
def read(coder, stance, code, echoes=True):
    """The statements that have a code (or one under it) in a reading, by the files alone."""
    wanted = {code, *UNDER.get(code, ())}

    def has(row):
        by = coder if row["statement_id"] in CODED[coder] else "consensus"
        return bool(GIVEN[by, stance, row["statement_id"]] & wanted)

    found = []
    for before, row in zip([None, *SPOKEN], SPOKEN, strict=False):
        echo = (
            before is not None
            and before["session_id"] == row["session_id"]
            and before["speaker"] != row["speaker"]
            and has(before)
        )
        if has(row) and not (echo and not echoes):
            found.append(row)
    return found


@functools.cache
def who(coder, stance, code, echoes=True):
    return {row["speaker"] for row in read(coder, stance, code, echoes)}


@functools.cache
def stays(label):
    """The experts who stay when somebody is left out."""
    return {
        expert
        for expert, row in EXPERTS.items()
        if label
        not in (
            f"expert {expert}",
            f"session {row['session_id']}",
            KIND_NAME[row["stakeholder"]],
        )
    }


@pytest.fixture(scope="module")
def of(constructed):
    return readings.readings_of(constructed)


@pytest.fixture(scope="module")
def many(of):
    return multiverse.multiverse(of)


@pytest.fixture(scope="module")
def found(constructed):
    return analyse(constructed)


@pytest.fixture(scope="module")
def drawn(constructed, of):
    error = coder_error.rates(constructed)
    return coder_error.draw(of, error, 20_000, 7)


# the analyses


def test_analyses_cross_readings_with_people_left_out(constructed):
    table = multiverse.analyses(constructed)
    assert list(table.columns) == ["analysis", "coder", "unit", "echoes", "left_out", "label"]
    assert table.iloc[0][["coder", "unit", "echoes", "left_out", "label"]].tolist() == [
        "consensus",
        "expert",
        True,
        "",
        "the panel as it is",
    ]
    assert table["analysis"].is_unique
    sessions = {row["session_id"] for row in EXPERTS.values()}
    kinds = {row["stakeholder"] for row in EXPERTS.values()}
    left = {f"expert {e}" for e in EXPERTS} | {f"session {s}" for s in sessions}
    assert set(table["left_out"]) == left | {KIND_NAME[kind] for kind in kinds} | {""}
    assert set(table["coder"]) == {"consensus", "coder_a", "coder_b"}
    assert len(table) == 3 * 2 * (1 + len(EXPERTS) + len(sessions) + len(kinds))
    labels = set(table["label"])
    assert "coding of coder_a, echoes not counted, without session s1" in labels
    assert "without “Business”" in labels


def test_counts_of_every_analysis(constructed):
    table = multiverse.counts(constructed, list(BOOK))
    assert list(table.columns) == multiverse.COUNT_COLUMNS
    raised, opposed = {}, {}
    for coder in ("consensus", "coder_a", "coder_b"):
        for code in BOOK:
            opposed[coder, code] = who(coder, "opposes", code)
            for echoes in (True, False):
                raised[coder, echoes, code] = who(coder, "raises", code, echoes)
    staying = {label: stays(label) for label in set(table["left_out"])}
    for row in table.itertuples():
        stay = staying[row.left_out]
        assert row.n == len(stay)
        assert row.k == len(raised[row.coder, row.echoes, row.code] & stay)
        assert row.opposed == len(opposed[row.coder, row.code] & stay)


def test_ranks_among_the_codes_of_a_task_and_level(constructed):
    table = multiverse.counts(constructed, list(BOOK))
    table["task"] = [BOOK[code]["task"] for code in table["code"]]
    table["theme"] = [code in UNDER for code in table["code"]]
    groups = table.groupby(["analysis", "task", "theme"])["k"]
    expected = groups.rank(method="min", ascending=False)
    assert (table["rank"] == expected).all()


def test_counts_for_some_codes_are_those_for_all(constructed):
    some = ["hinders_kpi", "role", "role_services"]
    table = multiverse.counts(constructed, [*some, "role"])
    assert table["code"].tolist()[:3] == some
    everything = multiverse.counts(constructed, list(BOOK)).set_index(["analysis", "code"])
    for row in table.itertuples():
        assert row.rank == everything.at[(row.analysis, row.code), "rank"]
    with pytest.raises(ValueError, match="one of the codebook's; got 'no_such'"):
        multiverse.counts(constructed, ["no_such"])


def test_the_consensus_without_echoes_is_that_of_the_other_chapters(constructed, of):
    reading = next(r for r in of.readings if r.coder == "consensus" and not r.echoes)
    start = 0
    for level in (2, 1):
        whole = incidence_without_echoes(constructed, level=level)
        own = slice(start, start + len(whole.codes))
        assert np.array_equal(reading.raised[:, own], whole.values)
        start = own.stop
    assert start == len(of.columns)


@pytest.mark.parametrize("name", ["no_codes"])
def test_nothing_coded_nothing_counted(variant_of, name):
    panel = variant_of(name)
    code = panel.codebook["code_id"].iloc[0]
    assert multiverse.analyses(panel).empty
    assert list(multiverse.analyses(panel).columns) == multiverse.ANALYSIS_COLUMNS
    assert multiverse.counts(panel, [code]).empty
    assert list(multiverse.counts(panel, [code]).columns) == multiverse.COUNT_COLUMNS
    assert multiverse.carried(panel, [code]).empty
    assert list(multiverse.carried(panel, [code]).columns) == multiverse.CARRIED_COLUMNS


def test_what_changes_nothing_is_not_counted_twice(variant_of):
    alone = readings.readings_of(variant_of("individual"))
    assert [r.echoes for r in alone.readings] == [True] * 3
    assert [coder for coder, _ in alone.dropped] == ["consensus", "coder_a", "coder_b"]
    assert {left.kind for left in alone.left} == {"", "expert", "stakeholder"}
    one = readings.readings_of(variant_of("one_session"))
    assert {left.kind for left in one.left} == {"", "expert"}  # each kind has one expert there
    assert all(left.keep.any() for left in one.left)


def test_who_has_no_coded_statement_is_nowhere_counted(variant_of):
    panel = variant_of("a_silent_expert")
    silent = panel.experts["expert_id"].iloc[0]
    table = multiverse.counts(panel, ["role_services"])
    assert f"expert {silent}" not in set(table["left_out"])
    assert table["n"].iloc[0] == len(EXPERTS) - 1


# whose coding is taken


def test_the_part_that_each_coder_coded(of):
    table = of.coders.set_index("coder")
    for coder, row in table.iterrows():
        part = CODED[coder] & CODED["consensus"]
        assert row["worked"] == len(part)
        assert row["of"] == len(CODED["consensus"])
        pairs = {
            by: {
                (s, stance, code)
                for s in part
                for stance in ("raises", "opposes")
                for code in GIVEN[by, stance, s]
            }
            for by in (coder, "consensus")
        }
        assert row["codes"] == len(pairs[coder])
        assert row["consensus"] == len(pairs["consensus"])
        assert row["both"] == len(pairs[coder] & pairs["consensus"])


def plain(panel):
    return {name: frame.astype(object) for name, frame in panel.frames.items()}


def of_experts(panel, experts):
    """The panel with these experts only."""
    frames = plain(panel)
    frames["experts"] = frames["experts"][frames["experts"]["expert_id"].isin(experts)]
    sessions = set(frames["experts"]["session_id"])
    frames["sessions"] = frames["sessions"][frames["sessions"]["session_id"].isin(sessions)]
    frames["ratings"] = frames["ratings"][frames["ratings"]["expert_id"].isin(experts)]
    said = frames["statements"]
    frames["statements"] = said[said["speaker"].isin(experts)]
    kept = set(frames["statements"]["statement_id"])
    for name in ("coded", "codings"):
        frames[name] = frames[name][frames[name]["statement_id"].isin(kept)]
    return make_panel(panel.meta, frames, plan=panel.plan)


def test_a_coder_who_coded_little_is_no_reading(constructed):
    frames = plain(constructed)
    few = set(constructed.statements["statement_id"].iloc[:60])
    for name in ("coded", "codings"):
        keep = (frames[name]["coder"] != "coder_b") | frames[name]["statement_id"].isin(few)
        frames[name] = frames[name][keep]
    panel = make_panel(constructed.meta, frames)
    assert set(multiverse.analyses(panel)["coder"]) == {"consensus", "coder_a"}
    said = sentences.coders(analyse(panel, resamples=20))
    assert "(less than half: not among the readings)" in said


def test_all_but_one_of_three_coders():
    panel, _ = simulate_panel(6, 9, coders=3, sensitivity=0.6, false_positive=0.1, seed=3)
    of = readings.readings_of(panel)
    names = [f"all but coder_{i}" for i in (1, 2, 3)]
    assert [r.coder for r in of.readings if r.echoes] == [
        "consensus",
        "coder_1",
        "coder_2",
        "coder_3",
        *names,
    ]
    codings = panel.codings.astype(object)
    given = defaultdict(set)
    for row in codings.itertuples():
        given[row.statement_id, row.code_id, row.stance].add(row.coder)
    speaker = dict(
        zip(panel.statements["statement_id"], panel.statements["speaker"].astype(object),
            strict=True)
    )  # fmt: skip
    for i, name in enumerate(names, 1):
        reading = next(r for r in of.readings if r.coder == name and r.echoes)
        others = {"coder_1", "coder_2", "coder_3"} - {f"coder_{i}"}
        for place, code in enumerate(of.columns["code"][of.columns["level"] == 2]):
            for stance, values in (("raises", reading.raised), ("opposes", reading.opposed)):
                expected = {
                    speaker[s]
                    for (s, c, how), by in given.items()
                    if c == code and how == stance and others <= by  # both of the two others
                }
                assert set(of.experts["expert"][values[:, place]]) == expected
    assert sentences.one_coder(analyse(panel, resamples=20)) == (
        "To leave out one of the 3 coders is to let the others decide: a code is given where more "
        "than half of them gave it."
    )


# outcomes


def test_the_balance_of_every_specification(found):
    sides = {
        level: {
            way: [
                code
                for code in (CODES if level == 2 else UNDER)
                if BOOK[code]["task"] == "problems" and BOOK[code]["direction"] == way
            ]
            for way in ("hinders", "facilitates")
        }
        for level in (2, 1)
    }
    assert len(found.balance.specs) == 3 * 2 * 2 * 2
    for row in found.balance.specs.to_dict("records"):
        held = {"hinders": [], "facilitates": []}
        for way, codes in sides[row["level"]].items():
            for code in codes:
                said = read(row["coder"], "raises", code, row["echoes"])
                if row["unit"] == "expert":
                    held[way] += sorted({s["speaker"] for s in said})
                else:
                    held[way] += [s["speaker"] for s in said]
        k, n = len(held["hinders"]), len(held["hinders"]) + len(held["facilitates"])
        assert (row["k"], row["n"]) == (k, n)
        assert row["value"] == pytest.approx(k / n)
        shares = []
        for left in found.of.left:
            stay = stays(left.label)
            above, below = (sum(e in stay for e in held[way]) for way in held)
            shares.append(above / (above + below))
        assert row["low"] == pytest.approx(min(shares))
        assert row["high"] == pytest.approx(max(shares))
        at = [multiverse.without(left) if left.kind else "" for left in found.of.left]
        assert shares[at.index(row["low_by"])] == pytest.approx(min(shares))
        assert shares[at.index(row["high_by"])] == pytest.approx(max(shares))


def test_the_specifications_are_sorted_and_one_is_the_base(found):
    for one in [*found.outcomes, *found.lead]:
        assert one.specs["value"].is_monotonic_increasing
        base = one.specs[one.specs["base"]]
        assert len(base) == 1
        assert base[["coder", "echoes", "unit", "level"]].iloc[0].tolist() == [
            "consensus",
            True,
            "expert",
            2,
        ]
        assert one.base == base["value"].iloc[0]
        assert one.left[0] == one.base


def test_shares_of_claims(constructed, found):
    assert [one.id for one in found.claims] == [f"claim-{c}" for c in constructed.plan.claims]
    for one, plan in zip(found.claims, constructed.plan.claims.values(), strict=True):
        for row in one.specs.to_dict("records"):
            raised = set().union(
                *(who(row["coder"], "raises", code, row["echoes"]) for code in plan.codes)
            )
            assert (row["k"], row["n"]) == (len(raised), len(EXPERTS))
            shares = [
                len(raised & stays(left.label)) / len(stays(left.label)) for left in found.of.left
            ]
            assert (row["low"], row["high"]) == pytest.approx((min(shares), max(shares)))


def test_a_claim_with_several_codes(constructed):
    plan = Plan(claims={"X": ClaimPlan(("role_services", "role_feedback", "role"))})
    panel = dataclasses.replace(constructed, plan=plan)
    (one,) = outcomes.claims(panel, readings.readings_of(panel))
    assert one.title == "X: any of 3 codes"
    raised = who("consensus", "raises", "role")
    assert one.counts == (len(raised), len(EXPERTS))


def test_ranks_of_leading_codes(found):
    for one in found.lead:
        codes = [code for code in CODES if BOOK[code]["task"] == one.id]
        base = {code: len(who("consensus", "raises", code)) for code in codes}
        first = max(codes, key=lambda code: base[code])  # the first of the codebook in a tie
        assert one.title == BOOK[first]["name"]
        for row in one.specs.to_dict("records"):
            said = {c: read(row["coder"], "raises", c, row["echoes"]) for c in codes}
            rank = []
            for left in found.of.left:
                stay = stays(left.label)
                own = {c: [s["speaker"] for s in said[c] if s["speaker"] in stay] for c in codes}
                size = len if row["unit"] == "statement" else lambda who_: len(set(who_))
                counts = {c: size(own[c]) for c in codes}
                rank.append(1 + sum(k > counts[first] for k in counts.values()))
            assert row["value"] == rank[0]
            assert (row["low"], row["high"]) == (min(rank), max(rank))


def test_influence(found):
    for row in found.influence.to_dict("records"):
        left = next(x for x in found.of.left if x.kind and multiverse.without(x) == row["label"])
        stay = stays(left.label)
        assert row["n"] == len(stay)
        gaps = []
        for one in found.claims:
            raised = who("consensus", "raises", {
                "claim-C1": "role_services",
                "claim-C2": "role_feedback",
                "claim-C3": "role_involvement",
                "claim-C4": "ties_dialogue",
            }[one.id])  # fmt: skip
            assert row[one.id] == pytest.approx(len(raised & stay) / len(stay))
            gaps.append(abs(row[one.id] - one.base))
        gaps.append(abs(row["balance"] - found.balance.base))
        assert row["moved"] == pytest.approx(max(gaps))


def test_levels(found):
    for row in found.levels.to_dict("records"):
        tops = [code for code in UNDER if BOOK[code]["task"] == row["task"]]
        counts = {code: len(who("consensus", "raises", code)) for code in tops}
        theme = next(code for code in tops if BOOK[code]["name"] == row["theme"])
        assert row["k"] == counts[theme]
        assert row["rank"] == 1 + sum(k > counts[theme] for k in counts.values())
        assert row["themes"] == len(tops) > 1
        assert row["ties"] == list(counts.values()).count(max(counts.values()))


def test_readings_side_by_side(found):
    for row in found.by_reading.to_dict("records"):
        counts = [len(who(r.coder, "raises", row["code"], r.echoes)) for r in found.of.readings]
        assert [row[str(i)] for i in range(len(counts))] == counts
        assert (row["least"], row["most"]) == (min(counts), max(counts))


# errors of coding


def test_rates_of_errors(constructed, of):
    error = coder_error.rates(constructed)
    double = CODED["coder_a"] & CODED["coder_b"] & CODED["consensus"]
    assert error.statements == len(double)
    for place, own in enumerate(of.columns.itertuples()):
        wanted = {own.code, *(UNDER[own.code] if own.level == 1 else ())}
        for stance, name in enumerate(("raises", "opposes")):
            counts = dict.fromkeys(("missed", "given", "added", "free"), 0)
            for coder in ("coder_a", "coder_b"):
                for s in double:
                    mine = bool(GIVEN[coder, name, s] & wanted)
                    theirs = bool(GIVEN["consensus", name, s] & wanted)
                    counts["given" if theirs else "free"] += 1
                    if mine != theirs:
                        counts["missed" if theirs else "added"] += 1
            for what, value in counts.items():
                assert getattr(error, what)[stance, place] == value


def test_no_rate_of_error_is_zero(constructed, of):
    error = coder_error.rates(constructed)
    for what, of_ in (("missed", "given"), ("added", "free")):
        mean = error.mean(what)
        assert (mean > 0).all()
        assert (mean < 1).all()
        for level in (2, 1):
            rows = (of.columns["level"] == level).to_numpy()
            for stance in (0, 1):
                k, n = getattr(error, what)[stance, rows], getattr(error, of_)[stance, rows]
                pooled = (k.sum() + 0.5) / (n.sum() + 1)
                # half an error in half an error's worth of cases at the pooled rate
                expected = (k + 0.5) / (n + 0.5 / pooled)
                assert mean[stance, rows] == pytest.approx(expected)


def test_the_prior_is_that_of_jeffreys_where_errors_are_as_frequent_as_not():
    one = np.array([[5, 0]])
    error = coder_error.Rates(one, 2 * one, one, 2 * one, 5, np.array([2, 2]))
    a, b = error.beta("missed")
    assert a.tolist() == [[5.5, 0.5]]
    assert b == pytest.approx(np.array([[5.5, 0.5]]))


def test_planted_errors_are_found():
    panel, _ = simulate_panel(
        60, 12, sensitivity=0.7, false_positive=0.03, unevenness=0, text=False, seed=11
    )
    error = coder_error.rates(panel)
    own = error.levels == 2
    missed = error.missed[0, own].sum() / error.given[0, own].sum()
    added = error.added[0, own].sum() / error.free[0, own].sum()
    assert missed == pytest.approx(0.3, abs=0.02)
    # one that is opposed instead of raised counts as added too
    assert added == pytest.approx(0.03, abs=0.01)


def silence(a, b, times):
    """The mean of x**times for x from beta(a, b)."""
    return math.exp(special.betaln(a + times, b) - special.betaln(a, b))


def test_drawn_counts_have_the_mean_that_theory_says(constructed, of, drawn):
    error = coder_error.rates(constructed)
    (a, b), (c, d) = error.beta("missed"), error.beta("added")
    spoken = defaultdict(int)
    for row in SPOKEN:
        spoken[row["speaker"]] += row["statement_id"] in CODED["consensus"]
    for place in range(len(of.columns)):
        own = of.columns.iloc[place]
        for stance, name, values in ((0, "raises", drawn.raised), (1, "opposes", drawn.opposed)):
            times = defaultdict(int)
            for row in read("consensus", name, own["code"]):
                times[row["speaker"]] += 1
            shares = [
                1
                - silence(a[stance, place], b[stance, place], times[e])
                * silence(d[stance, place], c[stance, place], spoken[e] - times[e])
                for e in EXPERTS
            ]
            error_of_mean = values[:, place].std() / math.sqrt(len(values))
            gap = values[:, place].mean() - sum(shares)
            assert abs(gap) < 4.5 * error_of_mean + 1e-9


def test_experts_are_drawn_as_a_binomial(of, drawn):
    n = len(EXPERTS)
    for place in range(len(of.columns)):
        k = int(of.base.raised[:, place].sum())
        assert drawn.plain[:, place].mean() == pytest.approx(k, abs=0.1)
        assert drawn.plain[:, place].std() == pytest.approx(
            math.sqrt(n * (k / n) * (1 - k / n)), abs=0.05
        )


def test_carried(constructed, found):
    codes = ["role_services", "hinders_kpi", "role"]
    table = multiverse.carried(constructed, codes).set_index("code")
    assert list(table.reset_index().columns) == multiverse.CARRIED_COLUMNS
    for code, row in table.iterrows():
        k, n = len(who("consensus", "raises", code)), len(EXPERTS)
        assert (row["k"], row["n"]) == (k, n)
        if k == n:  # resampling cannot show how far others differ
            assert math.isnan(row["low"])
            assert math.isnan(row["high"])
        else:
            low, high = stats.binom.ppf((0.025, 0.975), n, k / n) / n
            assert row["low"] == pytest.approx(low, abs=1.01 / n)
            assert row["high"] == pytest.approx(high, abs=1.01 / n)
        assert 0 <= row["low_error"] <= row["mean_error"] <= row["high_error"] <= 1
        assert 0 <= row["sign_kept"] <= 1
    # what is drawn for a code does not depend on the other codes
    same = found.carried.set_index("code")
    for code in ("role_services", "hinders_kpi"):
        for name in ("low", "high_error", "low_sessions", "mean_error", "sign_kept"):
            assert table.at[code, name] == same.at[code, name]


def test_carried_needs_double_coding_and_a_seed(variant_of, constructed):
    assert multiverse.carried(variant_of("one_coder"), ["role_services"]).empty
    first = multiverse.carried(constructed, ["role_services"], resamples=50, seed=1)
    again = multiverse.carried(constructed, ["role_services"], resamples=50, seed=1)
    other = multiverse.carried(constructed, ["role_services"], resamples=50, seed=2)
    assert first.equals(again)
    assert not first.equals(other)
    with pytest.raises(ValueError, match="codebook's"):
        multiverse.carried(constructed, ["no_such"])


def test_whole_sessions_are_drawn():
    sessions = pd.Series(list("aabbbc"))
    chosen, real = coder_error._sessions(sessions, 500, np.random.default_rng(1))
    sizes = {"a": 2, "b": 3, "c": 1}
    seen = set()
    for row, there in zip(chosen, real, strict=True):
        names = [sessions[i] for i in row[there]]
        drawn = [name for s in range(3) for name in names[0:0] or [s]]
        assert len(drawn) == 3
        counts = {name: names.count(name) / size for name, size in sizes.items()}
        assert all(value % 1 == 0 for value in counts.values())
        assert sum(counts.values()) == 3
        seen.add(tuple(counts.values()))
    assert len(seen) == 10
    assert coder_error._sessions(pd.Series(["a", "a"]), 5, np.random.default_rng(1)) is None
    assert coder_error._sessions(pd.Series(["a", "b"]), 5, np.random.default_rng(1)) is None


def test_coders_without_an_error_move_little(constructed):
    frames = plain(constructed)
    for name in ("coded", "codings"):
        agreed = frames[name][frames[name]["coder"] == "consensus"]
        copies = [agreed.assign(coder=c) for c in ("coder_a", "coder_b", "consensus")]
        frames[name] = pd.concat(copies)
    panel = make_panel(constructed.meta, frames, plan=constructed.plan)
    found = analyse(panel, resamples=RESAMPLES)
    assert {r.coder for r in found.of.readings} == {"consensus"}
    assert found.rates["missed"].sum() == found.rates["added"].sum() == 0
    gap = (found.carried["mean_error"] - found.carried["k"] / found.carried["n"]).abs()
    assert 0 < gap.max() < 0.03
    assert sentences_of_holding.worst(found) == "No coder departs from the consensus."


def test_the_balance_with_errors(found, constructed, of):
    row = found.balance_drawn.iloc[0]
    hinders, helps = (
        [c for c in CODES if BOOK[c]["task"] == "problems" and BOOK[c]["direction"] == way]
        for way in ("hinders", "facilitates")
    )
    k = sum(len(who("consensus", "raises", c)) for c in hinders)
    n = k + sum(len(who("consensus", "raises", c)) for c in helps)
    assert (row["k"], row["n"]) == (k, n)
    rng = np.random.default_rng(5)
    people = sorted(EXPERTS)
    barriers = [sum(e in who("consensus", "raises", c) for c in hinders) for e in people]
    drivers = [sum(e in who("consensus", "raises", c) for c in helps) for e in people]
    picked = rng.integers(0, len(people), (20_000, len(people)))
    above = np.array(barriers)[picked].sum(axis=1)
    shares = above / (above + np.array(drivers)[picked].sum(axis=1))
    assert row["low"] == pytest.approx(np.quantile(shares, 0.025), abs=0.008)
    assert row["high"] == pytest.approx(np.quantile(shares, 0.975), abs=0.008)
    assert row["low_error"] < row["mean_error"] < row["high_error"]


# what holds


def test_signs_kept(found, many):
    table = found.holds.set_index("id")
    analyses = multiverse._analyses(found.of)
    for place in found.places:
        code = found.of.columns["code"].iloc[place]
        row = table.loc[f"sign-{code}"]
        signs = []
        for one in analyses.itertuples():
            stay = stays(one.left_out)
            k = len(who(one.coder, "raises", code, one.echoes) & stay)
            signs.append(np.sign(k - len(who(one.coder, "opposes", code) & stay)))
        kept = [sign == signs[0] for sign in signs]
        assert (row["all_kept"], row["all_of"]) == (sum(kept[1:]), len(kept) - 1)
        labels = analyses["left_out"]
        base = (analyses["coder"] == "consensus") & analyses["echoes"]
        families = {
            "reading": (labels == "") & ~base,
            "expert": base & labels.str.startswith("expert "),
            "session": base & labels.str.startswith("session "),
            "stakeholder": base & labels.isin(KIND_NAME.values()),
        }
        single = set()
        for name, chosen in families.items():
            rows = np.flatnonzero(chosen)
            single |= set(rows)
            assert row[f"{name}_kept"] == sum(kept[i] for i in rows)
            assert row[f"{name}_of"] == len(rows)
        lost = {analyses["label"].iloc[i] for i in range(len(kept)) if not kept[i]}
        alone = {analyses["label"].iloc[i] for i in single if not kept[i]}
        assert set(row["flips"]) == (alone or lost)
        assert row["single_kept"] == sum(kept[i] for i in single)


def test_contrasts_kept(constructed, found):
    plan, table = constructed.plan, found.holds.set_index("id")
    side = {kind: name for name, kinds in plan.sides.items() for kind in kinds}
    analyses = multiverse._analyses(found.of)
    for contrast in plan.contrasts:
        lies = []
        for one in analyses.itertuples():
            stay, share = stays(one.left_out), []
            for name in contrast.sides:
                members = {e for e in stay if side[EXPERTS[e]["stakeholder"]] == name}
                k = len(who(one.coder, "raises", contrast.code, one.echoes) & members)
                share.append((k, len(members)))
            (k, n), (other, m) = share
            lies.append(np.sign(k * m - other * n) if n and m else math.nan)
        if lies[0] == 0:
            assert f"contrast-{contrast.id}" not in table.index
            continue
        row = table.loc[f"contrast-{contrast.id}"]
        known = [value for value in lies[1:] if not math.isnan(value)]
        assert row["all_of"] == len(known)
        assert row["all_kept"] == sum(value == lies[0] for value in known)


@pytest.mark.parametrize("out", ["e02", "e13", "session s3", "Local authority"])
def test_a_panel_without_them_says_the_same(constructed, found, many, out):
    """Leaving out is what a panel without these experts would have shown."""
    label = f"expert {out}" if out in EXPERTS else out
    at = next(i for i, left in enumerate(found.of.left) if left.label == label)
    panel = of_experts(constructed, sorted(stays(label)))
    for task in ("role", "problems", "platforms"):
        table = themes.theme_table(panel, task).set_index("code")
        for place in found.of.among(task):
            code = found.of.columns["code"].iloc[place]
            assert many.raised[0, at, place] == table.at[code, "k"]
            assert many.opposed[0, at, place] == table.at[code, "opposed"]
    told = stakeholders_contrasts.contrasts(panel)["verdict"].tolist()
    base = stakeholders_contrasts.contrasts(constructed)["verdict"].tolist()
    named = holds.findings(constructed, many, found.places, None)
    kept = next(one for one in named if one.id == "told").kept
    apart = [[v == stakeholders_contrasts.TOLD for v in verdicts] for verdicts in (told, base)]
    assert kept[0, at] == (apart[0] == apart[1])
    words = wordings.wordings(many)
    changed = multiverse.wording(found.of.base, found.of.left[at])
    for row in words.to_dict("records"):
        say = wordings.SENTENCES[row["about"]]
        before = say(themes.theme_table(constructed, row["task"]))
        after = say(themes.theme_table(panel, row["task"]))
        assert row["sentence"] == before
        assert (changed in row["flips"]) == (wordings.named(before) != wordings.named(after))


def test_sentences_word_for_word(found, many):
    """Of the readings and people left out, by the sentence functions on plain tables."""
    analyses = multiverse._analyses(found.of)
    base = (analyses["coder"] == "consensus") & analyses["echoes"]
    single = analyses[base ^ (analyses["left_out"] == "")]
    table = found.wordings.set_index(["task", "about"])
    for task in ("role", "platforms"):
        codes = [code for code in CODES if BOOK[code]["task"] == task]
        said = defaultdict(list)
        for one in single.itertuples():
            stay = stays(one.left_out)
            counts = pd.DataFrame(
                {
                    "label": [BOOK[c]["name"] for c in codes],
                    "k": [len(who(one.coder, "raises", c, one.echoes) & stay) for c in codes],
                    "n": len(stay),
                    "opposed": [len(who(one.coder, "opposes", c) & stay) for c in codes],
                }
            ).sort_values("k", ascending=False, kind="stable")
            for about, say in wordings.SENTENCES.items():
                said[about].append(say(counts))
        for about, sentences_ in said.items():
            row = table.loc[(task, about)]
            assert row["of"] == len(single)
            assert row["same"] == sum(s == row["sentence"] for s in sentences_)
            names = [set(re.findall("“(.*?)”", s)) for s in [row["sentence"], *sentences_]]
            assert row["names"] == sum(other == names[0] for other in names[1:])


def test_orders_kept(found):
    table = found.holds.set_index("id")
    counts = found.found.raised
    for task in ("role", "problems", "platforms"):
        group = found.of.among(task)
        ranks = stats.rankdata(-counts[..., group], method="min", axis=-1).astype(int)
        for id, upto in (("first", 1), ("top", 3)):
            top = np.where(ranks <= upto, ranks, 0)
            kept = (top == top[0, 0]).all(axis=-1)
            row = table.loc[f"{id}-{task}"]
            assert row["all_kept"] == kept.sum() - 1
            assert row["all_of"] == kept.size - 1


def test_kendall_tau():
    rng = np.random.default_rng(3)
    base = rng.integers(0, 5, 9)
    counts = rng.integers(0, 5, (4, 6, 9))
    found = holds.kendall_tau(counts, base)
    for at in np.ndindex(4, 6):
        expected = stats.kendalltau(counts[at], base).statistic
        assert found[at] == pytest.approx(expected)
    assert np.isnan(holds.kendall_tau(np.ones((1, 9)), base)).all()


def test_whole_orders(found):
    for row in found.orders.to_dict("records"):
        group = found.of.among(row["task"])
        counts = found.found.raised[..., group]
        tau = np.array(
            [
                [stats.kendalltau(one, counts[0, 0]).statistic for one in reading]
                for reading in counts
            ]
        )
        assert row["all"] == pytest.approx(tau.min())
        assert row["tau"] == pytest.approx(min(tau[0].min(), tau[:, 0].min()))
        assert row["rank_low"] == 1
        assert row["rank_low_error"] <= row["rank_high_error"] <= row["codes"]


def test_told_apart_is_holms_adjustment():
    rng = np.random.default_rng(8)
    p = rng.uniform(0, 0.06, (7, 12))
    p[rng.random(p.shape) < 0.2] = np.nan
    found = holds.told_apart(p)
    for column in range(p.shape[1]):
        assert (found[:, column] == (association.adjust(p[:, column]) <= 0.05)).all()


def test_drawn_signs_and_sides(constructed, found):
    """The shares of drawn panels, by drawing experts in a plain loop."""
    rng = np.random.default_rng(2)
    people = np.array(sorted(EXPERTS))
    side = {kind: name for name, kinds in constructed.plan.sides.items() for kind in kinds}
    sides = np.array([side[EXPERTS[e]["stakeholder"]] for e in people])
    contrast = next(c for c in constructed.plan.contrasts if c.id == "distrust")
    held = np.array([e in who("consensus", "raises", contrast.code) for e in people])
    up = np.array([e in who("consensus", "raises", "role_involvement") for e in people])
    down = np.array([e in who("consensus", "opposes", "role_involvement") for e in people])
    more, signs = 0, 0
    draws = 4000
    for _ in range(draws):
        picked = rng.integers(0, len(people), len(people))
        own, other = (held[picked][sides[picked] == s].mean() for s in ("society", "authorities"))
        more += own > other
        signs += up[picked].sum() > down[picked].sum()
    table = found.holds.set_index("id")
    assert table.at["contrast-distrust", "draws"] == pytest.approx(more / draws, abs=0.03)
    assert table.at["sign-role_involvement", "draws"] == pytest.approx(signs / draws, abs=0.04)


# sentences


def said_of(found):
    ledger = show.findings("robustness", results(found), "constructed", "0")
    return {finding.id: finding.text for finding in ledger}


def test_sentences_about_the_constructed_panel(found):
    said = said_of(found)
    table = multiverse._analyses(found.of)
    assert said["rob-analyses"] == str(len(table))
    assert said["rob-readings"] == "6"
    raised = sum(len(who("consensus", "raises", code)) for code in CODES)
    first = sum(len(who("consensus", "raises", code, echoes=False)) for code in CODES)
    assert said["rob-echoes"] == (
        f"Of {raised} times that an expert raised a code, {raised - first} rest on echoes alone."
    )
    k, n = found.balance.counts
    assert f"Of {n} times" in said["rob-balance"]
    assert f"hinders {k} times" in said["rob-balance"]
    more = (found.balance.specs["value"] > 0.5).sum()
    count = f"all {more}" if more == len(found.balance.specs) else f"{more} of"
    assert f"is raised in {count}" in said["rob-balance-curve"]
    lost = found.holds[
        (found.holds["group"] == "sign") & (found.holds["single_kept"] < found.holds["single_of"])
    ]
    for finding in lost["finding"]:
        assert finding in said["rob-flips"]
    whole = (found.holds["single_kept"] == found.holds["single_of"]).sum()
    assert said["rob-holds"].startswith(f"Of {len(found.holds)} findings, {whole} are kept")


def test_what_moves_an_outcome_most():
    def outcome(values):
        specs = pd.DataFrame(
            {
                "coder": ["consensus", "consensus", "ada", "ada"],
                "echoes": [True, False, True, False],
                "unit": "expert",
                "level": 2,
                "value": values,
            }
        )
        return outcomes.Outcome("x", "X", outcomes.SHARE, specs, *[np.empty(0)] * 3)

    choice, means = sentences.moved_by(outcome([0.5, 0.1, 0.6, 0.2]))
    assert choice == "echoes"
    assert means == [("with echoes", 0.55), ("without echoes", pytest.approx(0.15))]
    assert sentences.moved_by(outcome([0.5, 0.5, 0.6, 0.6]))[0] == "coder"
    assert sentences.moved_by(outcome([0.5, 0.5, 0.5, 0.5])) is None


def test_some_names():
    assert sentences.some([]) == "–"
    assert sentences.some(["a", "b", "c", "d"]) == "a; b; c; d"
    assert sentences.some(["a", "b", "c", "d", "e"]) == "a; b; c; 2 others"


def test_without_a_plan_the_leading_codes_are_followed(constructed):
    panel = dataclasses.replace(constructed, plan=None)
    found = analyse(panel, resamples=RESAMPLES)
    assert [one.title for one in found.claims] == [one.title for one in found.lead]
    said = said_of(found)
    assert said["rob-followed"].startswith("This panel has no analysis plan (plan.yml)")
    assert said["rob-contrasts"] == "There is no contrast of the plan to follow."
    assert not found.holds["id"].str.startswith("contrast").any()


def test_one_reading_has_no_curve(variant_of):
    panel = variant_of("individual")
    frames = plain(panel)
    for name in ("coded", "codings"):
        agreed = frames[name][frames[name]["coder"] == "consensus"]
        frames[name] = pd.concat([agreed, agreed.assign(coder="coder_a")])
    meta = dataclasses.replace(panel.meta, coders=("coder_a",))
    found = analyse(make_panel(meta, frames, plan=panel.plan), resamples=RESAMPLES)
    said = said_of(found)
    assert said["rob-ways"] == (
        "There is one way to read this panel: the agreed coding with echoes."
    )
    assert found.curve("claims").empty
    assert len(found.curve("balance")) == 4  # experts or statements, codes or themes
    assert said["rob-claims-curve"] == (
        "With one reading there is one specification of each share."
    )
    assert (found.holds["reading_of"] == 0).all()


def test_nothing_coded_at_all(constructed):
    empty = {name: constructed.frames[name].iloc[:0] for name in ("coded", "codings")}
    panel = dataclasses.replace(constructed, frames={**constructed.frames, **empty})
    found = analyse(panel)
    said = said_of(found)
    assert sorted(said) == IDS
    assert said["rob-ways"] == "No statement of an expert was coded, so there is nothing to vary."
    assert said["rob-analyses"] == "0"
    assert multiverse.counts(panel, ["role"]).empty


def test_one_expert_cannot_be_drawn(constructed):
    panel = of_experts(constructed, ["e02"])
    found = analyse(panel)
    said = said_of(found)
    assert sorted(said) == IDS
    assert found.carried.empty
    assert multiverse.carried(panel, ["role"]).empty
    assert said["rob-error-part"] == "Drawing experts anew needs two experts or more."
    assert said["rob-left"] == "There is nobody who could be left out."
    assert "somebody left out" not in said["rob-balance-curve"]


# any panel


IDS = sorted(
    [
        "rob-counted",
        "rob-readings",
        "rob-analyses",
        "rob-resamples",
        "rob-ways",
        "rob-same",
        "rob-coders",
        "rob-one-coder",
        "rob-echoes",
        "rob-left",
        "rob-swing",
        "rob-balance",
        "rob-balance-curve",
        "rob-balance-choice",
        "rob-followed",
        "rob-claims-curve",
        "rob-claims-choice",
        "rob-lead-curve",
        "rob-levels",
        "rob-influence",
        "rob-one-expert",
        "rob-error-part",
        "rob-error-rates",
        "rob-error-worst",
        "rob-error-width",
        "rob-error-sessions",
        "rob-error-shift",
        "rob-error-sign",
        "rob-error-first",
        "rob-error-ranks",
        "rob-error-balance",
        "rob-holds",
        "rob-flips",
        "rob-tau",
        "rob-wording",
        "rob-wording-least",
        "rob-signs",
        "rob-contrasts",
        "rob-ranks",
    ]
)


def test_any_panel_says_the_same_things(variant):
    found = analyse(variant, resamples=40)
    ledger = show.findings("robustness", results(found), variant.meta.source, variant.digest)
    assert sorted(f.id for f in ledger) == IDS
    for finding in ledger:
        assert finding.text.strip()
        assert "nan" not in finding.text.lower().split()
        if finding.unit == "text":
            assert finding.text.endswith(".")
    for plate in plates(found):
        written(plate)
    for sheet in sheets(found):
        assert set(sheet["columns"]) <= set(sheet["frame"].columns)
        assert len(sheet["frame"])


def plates(found):
    for which, chosen in (
        ("balance", found.outcomes[:1]),
        ("claims", found.claims),
        ("lead", found.lead),
    ):
        if len(found.curve(which)):
            yield draw.curves(chosen, "What is counted")
    if len(found.influence):
        yield draw.influence(found)
    if len(found.carried):
        yield draw.carried(found.carried, found.resamples)


def sheets(found):
    for frame, make in (
        (found.by_reading, lambda: tables.readings(found)),
        (found.rates, lambda: tables.rates(found.rates)),
        (found.holds, lambda: tables.holds(found.holds)),
        ([f for f in found.holds.get("flips", ()) if f], lambda: tables.overturned(found.holds)),
        (found.orders, lambda: tables.orders(found.orders)),
        (found.orders, lambda: tables.leading(found.orders)),
        (found.wordings, lambda: tables.wordings(found.wordings)),
    ):
        if len(frame):
            yield make()


def written(plate):
    assert plate["alt"].strip()
    assert "nan" not in plate["alt"].lower().split()
    assert plate["caption"].strip()
    assert len(plate["numbers"])
    assert set(plate["columns"]) <= set(plate["numbers"].columns)


@pytest.mark.parametrize("name", ["one_session", "three_experts", "two_hundred"])
def test_figures_can_be_drawn(variant_of, name):
    for plate in plates(analyse(variant_of(name), resamples=20)):
        assert figures.to_svg(plate["picture"], "panel").startswith("<svg")


def glued(name):
    notebook = nbformat.read(ROOT / "book" / f"{name}.ipynb", as_version=4)
    text = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    return set(re.findall(r"\{glue:text\}`([^`]+)`", text))


def test_the_chapter_runs_about_any_panel(variant, chapter, monkeypatch):
    monkeypatch.setattr(
        "analysis.steps.robustness.analysis.analyse.__defaults__", (60, 1), raising=True
    )
    recorded = []
    record = show.record
    monkeypatch.setattr(
        show, "record", lambda name, rows, **k: (recorded.extend(rows), record(name, rows, **k))
    )
    shown = chapter("robustness", variant)
    assert glued("robustness") <= {result.id for result in recorded}
    closed = set(variant.experts["expert_id"][~variant.experts["quotable"].to_numpy(bool)])
    theirs = variant.statements[variant.statements["speaker"].isin(closed)]
    for text in theirs["text"]:
        assert text == "[withheld]" or len(text) < 12 or text not in shown


def test_every_finding_is_used_or_a_setting(found):
    unused = set(IDS) - glued("robustness")
    assert unused == {"rob-readings"}


def test_many_experts_are_drawn_by_influence(variant_of):
    found = analyse(variant_of("two_hundred"), resamples=20)
    plate = draw.influence(found)
    assert len(plate["numbers"]) == draw.FEWER_ROWS < len(found.influence)
    shown = set(plate["numbers"]["label"])
    least = found.influence.set_index("label")["moved"]
    assert min(least[list(shown)]) >= max(least.drop(list(shown)))
    assert f"the {draw.FEWER_ROWS} are drawn that move a share most" in plate["caption"]


def test_few_experts_get_no_percentages(variant_of):
    found = analyse(variant_of("three_experts"), resamples=20)
    for plate in (draw.curves(found.claims, "X"), draw.carried(found.carried, 20)):
        axes = plate["picture"].axes[0]
        ticks = [t.get_text() for t in (*axes.get_yticklabels(), *axes.get_xticklabels())]
        assert {"none", "all"} <= set(ticks)
    assert sentences.influence_experts(found).startswith("With so few experts")


def test_stored_outputs_are_of_the_constructed_panel(found):
    notebook = nbformat.read(ROOT / "book" / "robustness.ipynb", as_version=4)
    stored = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            for mime, data in output.get("data", {}).items():
                if mime.startswith("application/papermill.record/") and "json" in mime:
                    record = data if isinstance(data, dict) else json.loads(data)
                    stored[record["id"]] = record["text"]
    assert stored == said_of(found)
