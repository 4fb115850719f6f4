"""Precision: each number by a second, plain route from the files; then any kind of panel."""

import dataclasses
import itertools
import math
import re
from collections import defaultdict
from functools import cache

import nbformat
import numpy as np
import pandas as pd
import pytest
from plain_files import rows_of
from scipy import stats

from analysis.display import figures
from analysis.display import notebook as show
from analysis.display import precision as draw
from analysis.display import precision_group as draw_group
from analysis.panel.plan import Contrast
from analysis.project import ROOT
from analysis.steps import precision as step
from analysis.steps import precision_contrasts as contrasts
from analysis.steps import precision_group as group
from analysis.steps import precision_results as from_panel
from analysis.steps import precision_seen as seen
from analysis.steps import precision_simulated as from_simulation
from analysis.steps.coding_reliability import coefficients, intervals
from analysis.steps.coding_reliability.sheets import main_pair
from analysis.steps.panel_raised import who_raised
from analysis.steps.precision_statements import statements
from analysis.steps.precision_words import chance, per_cent

#: The normal quantile of a 95% interval.
Z = 1.959963984540054


EXPERTS = [row["expert_id"] for row in rows_of("experts")]
SESSION = {row["expert_id"]: row["session_id"] for row in rows_of("experts")}
KIND = {row["expert_id"]: row["stakeholder"] for row in rows_of("experts")}
STATEMENTS = sorted(
    rows_of("statements"), key=lambda row: (row["session_id"], int(row["position"]))
)
SPEAKER = {row["statement_id"]: row["speaker"] for row in STATEMENTS}
NAMES = {row["code_id"]: row["name"] for row in rows_of("codebook")}
PARENTS = {row["parent_id"] for row in rows_of("codebook")}
CODES = [code for code in NAMES if code not in PARENTS]
GIVEN = defaultdict(set)
for row in rows_of("codings"):
    if row["coder"] == "consensus" and row["stance"] == "raises" and row["code_id"] in CODES:
        GIVEN[row["statement_id"]].add(row["code_id"])
RAISED = {code: {SPEAKER[s] for s, codes in GIVEN.items() if code in codes} for code in CODES}
N = len(EXPERTS)


@pytest.fixture(scope="module")
def found(constructed):
    return step.precision(constructed)


@pytest.fixture(scope="module")
def said(constructed, found):
    results = from_panel.results(constructed, found) + from_simulation.results(found)
    return {result.id: result for result in results}


def wilson(k, n):
    p = k / n
    middle = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * math.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
    return middle - half, middle + half


# detection


def test_detection(found):
    sessions = len(set(SESSION.values()))
    assert found.n == N
    assert found.sessions == sessions
    for row in found.detection.to_dict("records"):
        p = row["share"]
        assert row["heard"] == pytest.approx(1 - (1 - p) ** N)
        assert row["voices"] == pytest.approx(1 - (1 - p) ** sessions)
        for wanted in (0.8, 0.95):
            n = row[f"least_{wanted}"]
            assert 1 - (1 - p) ** n >= wanted > 1 - (1 - p) ** (n - 1)
    curve = found.curve
    assert curve["share"].is_monotonic_increasing
    assert 0.05 / N <= curve["share"].iloc[0] < 0.1 / N
    assert curve["share"].iloc[-1] == 1
    assert curve["heard"].tolist() == pytest.approx(1 - (1 - curve["share"]) ** N)
    assert curve["voices"].tolist() == pytest.approx(1 - (1 - curve["share"]) ** sessions)


def test_detection_in_words(said):
    text = said["pre-detection"].value
    smallest = 1 - 0.05 ** (1 / N)
    assert text.startswith(f"With {N} experts a view held by 10% of similar experts is heard")
    for p in (0.1, 0.05, 0.01):
        assert f"{1 - (1 - p) ** N:.2f}" in text
    assert text.endswith(f"heard with probability 0.95 is {100 * smallest:.1f}%.")
    assert said["pre-smallest"].value == pytest.approx(smallest)
    needed = [math.ceil(math.log(0.05) / math.log(1 - p)) for p in (0.1, 0.05, 0.01)]
    assert [int(x) for x in re.findall(r"(\d+) (?:experts )?if", said["pre-listening"].value)] == (
        needed
    )


def test_what_nobody_raised(found, said):
    upper = dict(zip(found.zero["way"], found.zero["upper"], strict=True))
    assert upper == pytest.approx(
        {"exact": 1 - 0.05 ** (1 / N), "rule": 3 / N, "wilson": Z**2 / (N + Z**2)}
    )
    assert stats.binom.cdf(0, N, upper["exact"]) == pytest.approx(0.05)
    text = said["pre-zero"].value
    for value in upper.values():
        assert per_cent(value) in text


def test_the_rule_of_three_needs_more_than_three_experts():
    assert "says nothing" in from_panel.nobody_raised(empty(3))
    assert "three in 4, 75%" in from_panel.nobody_raised(empty(4))
    assert "the one expert did not raise" in from_panel.nobody_raised(empty(1))


def test_one_voice_a_session(said):
    sessions = len(set(SESSION.values()))
    text = said["pre-voices"].value
    assert f"{sessions} voices and not {N}" in text
    assert f"probability {1 - 0.9**sessions:.2f}" in text
    assert text.endswith(f"{100 * (1 - 0.05 ** (1 / sessions)):.1f}%.")


# widths


def test_widths(found):
    assert found.widths["k"].tolist() == list(range(N + 1))
    for row in found.widths.to_dict("records"):
        k = row["k"]
        low, high = wilson(k, N)
        assert (row["low"], row["high"]) == pytest.approx((max(low, 0), min(high, 1)), abs=1e-9)
        beta = stats.beta(k + 0.5, N - k + 0.5)
        assert row["jeffreys_low"] == pytest.approx(beta.ppf(0.025) if k else 0)
        assert row["jeffreys_high"] == pytest.approx(beta.ppf(0.975) if k < N else 1)
        assert row["width"] == pytest.approx(row["high"] - row["low"])
        assert row["jeffreys_width"] == pytest.approx(row["jeffreys_high"] - row["jeffreys_low"])
    assert step.widest(N) == pytest.approx(found.widths["width"].max())
    for n in (1, 2, 3, 7, 50, 51):
        every = step.limits(n)
        assert step.widest(n) == pytest.approx((every[:, 1] - every[:, 0]).max())


def test_widths_of_many_experts_are_a_choice():
    table = step.widths(200)
    assert len(table) == step.MOST_COUNTS
    assert table["k"].iloc[[0, 10, -1]].tolist() == [0, 100, 200]


def test_experts_for_an_interval():
    halves = {
        n: max((wilson(k, n)[1] - wilson(k, n)[0]) / 2 for k in range(n + 1)) for n in range(1, 460)
    }
    for half, needed in step.experts_for().itertuples(index=False):
        assert halves[needed] <= half
        assert all(halves[n] > half for n in range(1, needed))
        assert all(halves[n] <= half for n in range(needed, 460))
    assert set(step.experts_for()["half"]) == {0.05, 0.1, 0.15, 0.2}


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 8, 20, 200])
def test_majority(n):
    above = [k for k in range(n + 1) if wilson(k, n)[0] > 0.5]
    assert from_panel.least_majority(n) == (min(above) if above else None)


def test_widths_in_words(said):
    low, high = wilson(N // 2, N)
    assert said["pre-middle"].value == pytest.approx(high - low)
    assert (said["pre-middle"].low, said["pre-middle"].high) == pytest.approx((low, high))
    assert f"from {low:.2f} to {high:.2f}" in said["pre-width"].value
    assert f"its width is {wilson(0, N)[1]:.2f}." in said["pre-width"].value
    least = min(k for k in range(N + 1) if wilson(k, N)[0] > 0.5)
    assert said["pre-majority"].value.startswith(f"From {least} of {N} on")


# contrasts


@cache
def pvalues(n_a, n_b):
    return {
        (x, y): stats.fisher_exact([[x, n_a - x], [y, n_b - y]]).pvalue
        if 0 < x + y < n_a + n_b
        else 1
        for x, y in itertools.product(range(n_a + 1), range(n_b + 1))
    }


def brute_power(n_a, n_b, first, second, alpha):
    return sum(
        stats.binom.pmf(x, n_a, first) * stats.binom.pmf(y, n_b, second)
        for (x, y), p in pvalues(n_a, n_b).items()
        if p <= alpha * (1 + 1e-9)
    )


@pytest.mark.parametrize(("n_a", "n_b"), [(10, 10), (6, 4), (3, 9)])
@pytest.mark.parametrize("alpha", [0.05, 0.05 / 9])
def test_least_difference(n_a, n_b, alpha):
    around = contrasts.least_difference(n_a, n_b, alpha)
    power = {
        d: brute_power(n_a, n_b, 0.5 + d / 200, 0.5 - d / 200, alpha)
        for d in ([100] if math.isnan(around) else [round(100 * around), round(100 * around) - 1])
    }
    if math.isnan(around):
        assert power[100] < 0.8
    else:
        enough, short = power.values()
        assert enough >= 0.8 > short
    above = contrasts.least_difference(n_a, n_b, alpha, contrasts.LOW)
    if not math.isnan(above):
        assert brute_power(n_a, n_b, 0.1 + above, 0.1, alpha) >= 0.8
        assert brute_power(n_a, n_b, 0.09 + above, 0.1, alpha) < 0.8


def test_two_against_one_are_never_told_apart():
    assert math.isnan(contrasts.least_difference(2, 1, 0.05))
    assert math.isnan(contrasts.least_difference(2, 1, 0.05, contrasts.LOW))


def side_sizes(plan):
    return [
        tuple(sum(KIND[e] in plan.sides[side] for e in EXPERTS) for side in contrast.sides)
        for contrast in plan.contrasts
    ]


def test_differences_and_curve(found, constructed):
    sizes = side_sizes(constructed.plan)
    table = found.planned.differences
    assert set(zip(table["n_a"], table["n_b"], strict=True)) == set(sizes)
    assert len(table) == 2 * len(set(sizes))
    curve = found.planned.curve
    assert curve["difference"].tolist() == pytest.approx(np.arange(51) / 50)
    for row in curve.iloc[[0, 12, 30, 41]].to_dict("records"):
        args = row["n_a"], row["n_b"], row["share_a"], row["share_b"]
        assert row["share_a"] - row["share_b"] == pytest.approx(row["difference"])
        assert row["single"] == pytest.approx(brute_power(*args, 0.05), abs=1e-8)
        assert row["strict"] == pytest.approx(brute_power(*args, 0.05 / len(sizes)), abs=1e-8)


def test_contrasts_in_words(found, said):
    row = found.planned.differences.iloc[0]
    text = said["pre-difference"].value
    assert f"with {row['n_a']} and {row['n_b']} experts" in text
    assert f"around a half must be at least {row['single']:.2f} in one test" in text
    assert f"{row['strict']:.2f} at the strictest step" in text
    assert said["pre-difference-one"].value == row["single"]
    assert said["pre-difference-strict"].value == row["strict"]
    assert said["pre-contrasts"].value == len(found.planned.table)


def holm(pvalues_):
    """Which are told apart, one step after another."""
    told, left = [False] * len(pvalues_), len(pvalues_)
    for place in sorted(range(left), key=pvalues_.__getitem__):
        if pvalues_[place] > 0.05 / left:
            break
        told[place], left = True, left - 1
    return told


def test_holm_of_many_rows_at_once():
    rng = np.random.default_rng(3)
    drawn = np.round(rng.random((300, 5)) ** 4, 3)
    told = contrasts._holm(drawn, 0.05)
    assert told.tolist() == [holm(row) for row in drawn.tolist()]
    assert 0 < told.sum() < told.size


def test_all_contrasts_together(found, constructed):
    made, plan = found.planned.together, constructed.plan
    expected = [contrast.expected != "none" for contrast in plan.contrasts]
    assert (made.apart, made.level) == (sum(expected), len(expected) - sum(expected))
    sizes = side_sizes(plan)
    single = [brute_power(*n, 0.8, 0.2, 0.05) for n, e in zip(sizes, expected, strict=True) if e]
    strict = [
        brute_power(*n, 0.8, 0.2, 0.05 / len(sizes))
        for n, e in zip(sizes, expected, strict=True)
        if e
    ]
    none = [brute_power(*n, 0.5, 0.5, 0.05) for n, e in zip(sizes, expected, strict=True) if not e]
    assert made.alone == pytest.approx(np.mean(single), abs=0.01)
    assert np.mean(strict) - 5 * made.found_se < made.found < made.alone
    assert made.false_alone == pytest.approx(1 - math.prod(1 - p for p in none), abs=0.01)
    assert made.false <= 0.05
    assert made.every <= made.found
    assert made.every_se == pytest.approx(
        math.sqrt(made.every * (1 - made.every) / made.runs), rel=1e-6
    )


def test_one_contrast_alone_needs_no_adjustment(found):
    table = found.planned.table.iloc[:1]
    made = contrasts.together(table, runs=4000)
    assert made.found == made.alone == made.every
    n = int(table["n_a"].iloc[0]), int(table["n_b"].iloc[0])
    assert made.found == pytest.approx(brute_power(*n, 0.8, 0.2, 0.05), abs=5 * made.found_se)
    assert (made.apart, made.level) == (1, 0)
    assert math.isnan(made.false)
    none = contrasts.together(found.planned.table.assign(n_a=0))
    assert math.isnan(none.found)
    assert math.isnan(none.false)


def test_sides_without_experts(found):
    planned = found.planned
    table = planned.table.assign(n_a=0)
    nothing = contrasts.Planned(
        table,
        contrasts.differences(table),
        contrasts.power_curve(table),
        contrasts.together(table),
        "no",
    )
    assert nothing.differences.empty
    assert nothing.curve.empty
    small = planned.table.assign(n_a=2, n_b=1)
    assert contrasts.power_curve(small).empty
    assert contrasts.differences(small)["single"].isna().all()
    words = dataclasses.replace(
        found, planned=dataclasses.replace(planned, differences=contrasts.differences(small))
    )
    assert from_panel.difference(words).count("is never large enough") == 2


# the order of two codes


def brute_sign_power(ahead, behind, n):
    total = 0.0
    for a in range(n + 1):
        for b in range(n + 1 - a):
            if a + b and stats.binomtest(a, a + b).pvalue <= 0.05:
                total += stats.multinomial.pmf(
                    [a, b, n - a - b], n, [ahead, behind, 1 - ahead - behind]
                )
    return total


def test_sign_power():
    power = contrasts.sign_power(0.5, 0.2, 16)
    assert power[:5].tolist() == [0] * 5
    for n in (6, 9, 12, 16):
        assert power[n - 1] == pytest.approx(brute_sign_power(0.5, 0.2, n))
    everybody = contrasts.sign_power(0.75, 0.25, 10)
    assert everybody[9] == pytest.approx(brute_sign_power(0.75, 0.25, 10))
    assert contrasts.sign_power(0, 0, 4).tolist() == [0] * 4
    assert contrasts.sign_power(1, 0, 7).tolist() == pytest.approx([0] * 5 + [1, 1])


def plain_sign_power(ahead, behind, n):
    """As above, but over the number who differ: quick enough for many experts."""
    total, share = 0.0, ahead / (ahead + behind)
    for d in range(1, n + 1):
        tails = np.cumsum(stats.binom.pmf(np.arange(d + 1), d, 0.5))
        told = [a for a in range(d + 1) if 2 * min(tails[a], tails[d - a]) <= 0.05]
        total += stats.binom.pmf(d, n, ahead + behind) * stats.binom.pmf(told, d, share).sum()
    return total


def test_order(found):
    ranked = sorted(CODES, key=lambda code: -len(RAISED[code]))
    first = found.order["first"].iloc[0]
    assert len(found.order) == min(contrasts.MOST_CODES, len(CODES) - 1)
    top = next(code for code in CODES if NAMES[code] == first)
    assert len(RAISED[top]) == len(RAISED[ranked[0]])
    for place, row in enumerate(found.order.to_dict("records"), start=1):
        other = next(code for code in CODES if NAMES[code] == row["other"])
        ahead, behind = len(RAISED[top] - RAISED[other]), len(RAISED[other] - RAISED[top])
        assert (row["k_first"], row["k_other"], row["n"]) == (
            len(RAISED[top]),
            len(RAISED[other]),
            N,
        )
        assert row["k_other"] == len(RAISED[ranked[place]])
        assert (row["ahead"], row["behind"]) == (ahead, behind)
        assert row["pvalue"] == pytest.approx(stats.binomtest(ahead, ahead + behind).pvalue)
        if row["experts"] < 110:
            needed = int(row["experts"])
            assert plain_sign_power(ahead / N, behind / N, needed) >= 0.8
            assert plain_sign_power(ahead / N, behind / N, needed - 1) < 0.8
            assert plain_sign_power(ahead / N, behind / N, needed - 2) < 0.8


def test_experts_to_tell_at_the_ends():
    assert contrasts.experts_to_tell(3, 3, 20) == math.inf
    assert contrasts.experts_to_tell(0, 0, 20) == math.inf
    assert math.isnan(contrasts.experts_to_tell(2, 1, 200))
    assert contrasts.experts_to_tell(9, 0, 9) == 6
    assert contrasts.experts_to_tell(0, 9, 9) == 6


def test_order_in_words(found, said):
    row = found.order.iloc[0]
    text = said["pre-order"].value
    assert text.startswith(f"“{row['first']}” was raised by {row['k_first']} of {N} and ")
    assert f"{row['ahead']} raised the first only, {row['behind']} the second only" in text
    level = found.order.assign(experts=math.inf)
    assert "so are all others" in from_panel.order(dataclasses.replace(found, order=level))
    level.loc[1, "experts"] = math.nan
    text = from_panel.order(dataclasses.replace(found, order=level))
    assert "no number of experts tells level codes apart" in text
    assert f"more than {contrasts.MOST_EXPERTS} experts" in text


def test_order_of_few(constructed):
    raised = who_raised(constructed)
    one = dataclasses.replace(
        raised,
        codes=raised.codes.iloc[:1],
        raised=raised.raised[:, :1],
        opposed=raised.opposed[:, :1],
    )
    assert contrasts.order(one).empty
    assert "one code" in contrasts.no_order(one)
    silent = dataclasses.replace(raised, raised=np.zeros_like(raised.raised))
    assert contrasts.order(silent).empty
    assert "No code was raised" in contrasts.no_order(silent)


# reliability


def test_reliability_is_that_of_its_chapter(found, constructed):
    whole = coefficients.overall(constructed)
    row = whole[(whole["level"] == "codes") & (whole["counted"] == "given in any stance")].iloc[0]
    experts, sessions = found.reliability.to_dict("records")
    assert [experts[name] for name in ("alpha", "low", "high")] == [
        row[name] for name in ("alpha", "low", "high")
    ]
    assert (sessions["low"], sessions["high"]) == (row["session_low"], row["session_high"])
    assert (experts["statements"], experts["units"]) == (row["n"], row["experts"])
    assert experts["width"] == row["high"] - row["low"]
    for width in (0.1, 0.2):
        needed = experts[f"for_{width}"]
        assert experts["width"] * math.sqrt(experts["units"] / needed) <= width
        assert experts["width"] * math.sqrt(experts["units"] / (needed - 1)) > width
    codes = coefficients.by_code(constructed, main_pair(constructed))
    widths = sorted((codes["alpha_high"] - codes["alpha_low"]).dropna())
    assert found.code_widths.tolist() == widths


def test_double_coded_statements(found):
    coders = defaultdict(set)
    for row in rows_of("coded"):
        if row["coder"] != "consensus":
            coders[row["statement_id"]].add(row["coder"])
    double = [s for s, who in coders.items() if len(who) > 1 and SPEAKER[s] != "moderator"]
    assert found.reliability["statements"].iloc[0] == len(double)
    assert found.reliability["units"].tolist() == [
        len({SPEAKER[s] for s in double}),
        len({SESSION[SPEAKER[s]] for s in double}),
    ]


def test_reliability_in_words(found, said):
    row = found.reliability.iloc[0]
    text = said["pre-reliability"].value
    assert text.startswith(f"{row['statements']} statements of {row['units']} experts were coded")
    assert f"between {row['low']:.2f} and {row['high']:.2f}" in text
    assert said["pre-alpha-width"].value == pytest.approx(row["width"])
    widths = found.code_widths
    assert f"half of them {np.median(widths):.2f} or wider ({len(widths)} codes" in (
        said["pre-reliability-codes"].value
    )
    one = dataclasses.replace(found, code_widths=widths[:1])
    assert seen.code_widths(one).startswith("One code has an interval")
    none = dataclasses.replace(found, code_widths=widths[:0])
    assert seen.code_widths(none) == "No single code has an interval for its alpha."
    lost = found.reliability.assign(low=math.nan, high=math.nan, width=math.nan)
    lost = dataclasses.replace(found, reliability=lost)
    assert "no interval" in seen.reliability(lost)
    assert "Without an interval" in seen.more_coding(lost)


# the settings of the simulation


def test_sizes_and_talk(found):
    words = defaultdict(int)
    for row in STATEMENTS:
        words[row["speaker"]] += len(re.findall(r"\w+(?:[-'’]\w+)*", row["text"]))
    order = list(dict.fromkeys(row["session_id"] for row in rows_of("sessions")))
    homes = [[e for e in EXPERTS if SESSION[e] == session] for session in order]
    settings = found.settings
    assert settings.sizes == tuple(len(home) for home in homes)
    assert settings.n == N
    assert settings.measure == "words"
    plain = [words[e] / (sum(words[x] for x in home) / len(home)) for home in homes for e in home]
    assert settings.amounts.tolist() == pytest.approx(plain, rel=0.01)
    pairs = itertools.product(plain, plain)
    gini = sum(abs(a - b) for a, b in pairs) / (2 * N**2 * np.mean(plain))
    assert settings.gini == pytest.approx(gini, abs=0.005)


def follows():
    """The statements of experts with the one before, where that is another's in the session."""
    own = [row for row in STATEMENTS if row["speaker"] != "moderator"]
    return own, [
        (i - 1, i)
        for i in range(1, len(own))
        if own[i]["session_id"] == own[i - 1]["session_id"]
        and own[i]["speaker"] != own[i - 1]["speaker"]
    ]


def test_echoes(found):
    own, pairs = follows()
    seen_ = found.settings.echoes
    echoed = sum(
        len(GIVEN[own[a]["statement_id"]] & GIVEN[own[b]["statement_id"]]) for a, b in pairs
    )
    assert seen_.observed == echoed
    assert seen_.chances == sum(len(GIVEN[own[a]["statement_id"]]) for a, _ in pairs)
    assert seen_.excess == pytest.approx(
        (seen_.observed - seen_.expected) / (seen_.chances - seen_.expected)
    )
    assert seen_.value == max(seen_.excess, 0)
    assert seen_.baseline == "within the questions of a session"


def test_expected_echoes_by_shuffling(found):
    """Each expert's statements shuffled within the questions of a session, one by one."""
    own, _ = follows()
    rng = np.random.default_rng(5)
    blocks = defaultdict(list)
    for place, row in enumerate(own):
        blocks[row["session_id"], row["speaker"], row["question_id"]].append(place)
    counts = []
    for _ in range(400):
        order = np.arange(len(own))
        for places in blocks.values():
            order[places] = rng.permutation(places)
        counts.append(
            sum(
                len(GIVEN[own[a]["statement_id"]] & GIVEN[own[b]["statement_id"]])
                for a, b, at in zip(order[:-1], order[1:], range(1, len(own)), strict=True)
                if own[at]["session_id"] == own[at - 1]["session_id"]
                and own[a]["speaker"] != own[b]["speaker"]
            )
        )
    error = np.std(counts) / math.sqrt(len(counts))
    assert abs(np.mean(counts) - found.settings.echoes.expected) < 5 * error


def between(homes):
    total = 0.0
    for code in CODES:
        k = len(RAISED[code])
        for home in homes:
            total += (len(RAISED[code] & set(home)) - len(home) * k / N) ** 2
    return total


def test_alike(found):
    homes = [[e for e in EXPERTS if SESSION[e] == s] for s in dict.fromkeys(SESSION.values())]
    expected = 0.0
    for code in CODES:
        p = len(RAISED[code]) / N
        expected += sum(len(h) * p * (1 - p) * (N - len(h)) / (N - 1) for h in homes)
    assert found.settings.alike.estimate == pytest.approx(between(homes) / expected)
    rng, deals = np.random.default_rng(11), []
    for _ in range(400):
        dealt = rng.permutation(EXPERTS).tolist()
        parts = [dealt[sum(map(len, homes[:i])) :][: len(h)] for i, h in enumerate(homes)]
        deals.append(between(parts) / expected)
    assert np.mean(deals) == pytest.approx(1, abs=0.06)
    low, high = np.quantile(deals, [0.025, 0.975])
    assert found.settings.alike.low == pytest.approx(low, abs=0.08)
    assert found.settings.alike.high == pytest.approx(high, abs=0.2)


def test_settings_in_words(found, said):
    settings, echoes = found.settings, found.settings.echoes
    text = said["pre-echo"].value
    assert text.startswith(f"After {echoes.chances:.0f} raisings of a code")
    assert f"{echoes.observed:.0f} were taken up at once" in text
    assert f"give {echoes.expected:.1f}" in text
    none = dataclasses.replace(echoes, value=0.0, excess=-0.1)
    none = dataclasses.replace(found, settings=dataclasses.replace(settings, echoes=none))
    assert seen.echo_sentence(none).endswith("the panel's echo is set to 0.")
    for estimate, end in ((0.1, "no sign."), (1.0, "what chance gives."), (9.0, "chance gives.")):
        alike = dataclasses.replace(settings.alike, estimate=estimate)
        panel = dataclasses.replace(found, settings=dataclasses.replace(settings, alike=alike))
        assert seen.alike_sentence(panel).endswith(end)


# the cost of a group


def test_single_interviews_are_exact(found):
    grid = found.cost.grid
    alone = grid[grid["talk"] == group.SINGLE]
    assert alone["share"].tolist() == list(group.SHARES)
    for row in alone.to_dict("records"):
        p = row["share"]
        pmf = stats.binom.pmf(np.arange(N + 1), N, p)
        inside = [wilson(k, N)[0] <= p <= wilson(k, N)[1] for k in range(N + 1)]
        assert row["coverage"] == pytest.approx(pmf[inside].sum())
        assert row["heard"] == pytest.approx(1 - (1 - p) ** N)
        assert row["sd"] == pytest.approx(math.sqrt(p * (1 - p) / N))
        assert (row["effective"], row["design_effect"], row["bias"]) == (N, 1, 0)
    for row in found.cost.order[found.cost.order["talk"] == group.SINGLE].to_dict("records"):
        k = np.arange(N + 1)
        joint = np.outer(stats.binom.pmf(k, N, row["higher"]), stats.binom.pmf(k, N, row["lower"]))
        assert row["right"] == pytest.approx(joint[k[:, None] > k].sum())
        assert row["level"] == pytest.approx(np.trace(joint))


def near(row, name, exact):
    assert abs(row[name] - exact) <= 5 * row[f"{name}_se"] + 1e-3, (name, row[name], exact)


def test_the_grid_against_exact_answers(found):
    sizes, cost = found.settings.sizes, found.cost
    assert len(cost.grid) == (1 + len(group.TALKS) * len(group.ECHOES)) * len(group.SHARES)
    reach = np.minimum(found.settings.amounts, 1).mean()
    for share in group.SHARES:
        plain, exact = cost.at("alike", "none", share), cost.at(group.SINGLE, "none", share)
        for name in ("heard", "bias", "coverage", "design_effect", "effective"):
            near(plain, name, exact[name])
        for heed in group.ECHOES:
            echo = group.echo_value(found.settings, heed)
            row = cost.at("alike", heed, share)
            shared = sum(2 * (m - d) * echo**d for m in sizes for d in range(1, m))
            near(row, "design_effect", 1 + shared / N)
            near(row, "bias", 0)
            assert row["mean"] == pytest.approx(share + row["bias"])
            assert row["echo_value"] == echo
        near(cost.at("panel", "none", share), "bias", share * (reach - 1))
    values = [group.echo_value(found.settings, heed) for heed in group.ECHOES]
    assert values == [0, found.settings.echoes.value, 2 * found.settings.echoes.value, 0.5]


def test_order_in_the_grid(found):
    cost = found.cost
    for pair in group.PAIRS:
        plain = cost.order_at("alike", "none", pair)
        exact = cost.order_at(group.SINGLE, "none", pair)
        assert abs(plain["right"] - exact["right"]) < 5 * plain["right_se"] + 1e-3
        assert cost.order_at("alike", "often", pair)["right"] < plain["right"]


def test_mechanisms_in_the_grid(found):
    rows = {row["mechanism"]: row for row in found.cost.mechanisms.to_dict("records")}
    same = found.cost.at("alike", "panel")
    assert rows["both"]["coverage"] == same["coverage"]
    assert rows["taking up"]["bias"] > 3 * rows["taking up"]["bias_se"]
    assert rows["passing over"]["bias"] < -3 * rows["passing over"]["bias_se"]
    biases = [rows["both"]["bias"], *(rows[f"silence {s}"]["bias"] for s in group.SILENCES)]
    assert biases == sorted(biases, reverse=True)


def test_simulated_in_words(found, said):
    here, echo = found.cost.at("panel", "panel"), found.cost.at("alike", "panel")
    alone = found.cost.at(group.SINGLE, "none")
    text = said["pre-group"].value
    assert f"{echo['effective']:.1f} single interviews" in text
    assert f"{here['effective']:.1f} single interviews" in text
    for row in (here, echo, alone):
        assert per_cent(row["coverage"]) in text
    assert said["pre-echo-worth"].value == echo["effective"]
    assert said["pre-echo-deff"].value == echo["design_effect"]
    assert said["pre-group-worth"].value == here["effective"]
    assert said["pre-group-bias"].value == here["bias"]
    assert said["pre-group-coverage"].value == here["coverage"]
    assert said["pre-runs"].value == found.cost.runs
    worst = found.cost.order_at("unequal", "often", (0.7, 0.3))
    assert f"much echo and unequal talk {per_cent(worst['right'])}" in said["pre-group-order"].value
    rare = found.cost.at(group.SINGLE, "none", group.SHARES[0])
    assert f"{chance(rare['heard'])} in single interviews" in said["pre-group-heard"].value
    made = found.planned.together
    assert f"probability {made.found:.2f} on average, without it with {made.alone:.2f}" in (
        said["pre-together"].value
    )


@pytest.mark.parametrize(
    ("experts", "runs"), [(1, 10_000), (20, 10_000), (40, 10_000), (100, 4000), (200, 2000)]
)
def test_enough_runs(experts, runs):
    assert group.number_of_runs(experts) == runs


# what may be said


def test_what_may_be_said(found, constructed):
    table = statements(constructed, found).set_index("about")
    somebody = sum(bool(RAISED[code]) for code in CODES)
    assert table.at["That a view is there", "may"] == (
        f"That somebody raised it: {somebody} of {len(CODES)} codes."
    )
    assert per_cent(1 - 0.05 ** (1 / N)) in table.at["That a view is there", "may_not"]
    half = (wilson(N // 2, N)[1] - wilson(N // 2, N)[0]) / 2
    assert f"reaches {half:.2f} to either side" in table.at["How common it is", "may_not"]
    least = min(k for k in range(N + 1) if wilson(k, N)[0] > 0.5)
    assert f"at least {least} of {N}" in table.at["Whether most hold it", "may"]
    kinds = [list(KIND.values()).count(kind) for kind in set(KIND.values())]
    small = sum(size <= 3 for size in kinds)
    assert table.at["A kind of stakeholder", "may_not"].endswith(
        f"that concerns {small} of {len(kinds)} kinds."
    )
    worth = sorted(
        found.cost.at(*talk)["effective"] for talk in (("alike", "panel"), ("panel",) * 2)
    )
    assert (
        f"as {worth[0]:.1f} to {worth[1]:.1f} single"
        in table.at["How many voices these are", "may"]
    )
    assert table["rests"].tolist().count("simulation with settings of the panel") == 1
    assert table.at["How many voices these are", "rests"].startswith("simulation")
    row = found.planned.differences.iloc[0]
    assert f"differ by {row['single']:.2f} or more" in table.at["Differences between sides", "may"]


def test_pairs_of_codes_whose_order_is_settled(found, constructed):
    """Sign tests of all ordered pairs, adjusted after Holm, one by one."""
    pairs = list(itertools.permutations(CODES, 2))
    tails = []
    for a, b in pairs:
        ahead, behind = len(RAISED[a] - RAISED[b]), len(RAISED[b] - RAISED[a])
        tails.append(stats.binom.sf(ahead - 1, ahead + behind, 0.5))
    settled = sum(holm(tails))
    number = math.comb(len(CODES), 2)
    table = statements(constructed, found).set_index("about")
    assert table.at["Which view comes first", "may"] == (
        f"The order of {settled} of {number} pairs of codes."
    )


# words


def test_shares_and_probabilities_in_words():
    assert [per_cent(p) for p in (0.1, 0.1391, 0.0004, 1, 0)] == [
        "10%",
        "13.9%",
        "0%",
        "100%",
        "0%",
    ]
    assert [chance(p) for p in (0.12, 0.9951, 0.003, 0, 1)] == [
        "0.12",
        "more than 0.99",
        "less than 0.01",
        "0.00",
        "1.00",
    ]


# any panel


def empty(n):
    """The tables of a panel of n experts that depend on n alone."""
    return step.Precision(
        n=n,
        sessions=1,
        detection=step.detection(n, 1),
        curve=step.detection_curve(n, 1),
        zero=step.zero(n),
        widths=step.widths(n),
        experts_for=step.experts_for(),
        planned=None,
        order=pd.DataFrame(),
        reliability=pd.DataFrame(),
        code_widths=np.empty(0),
        settings=None,
        cost=None,
        missing={"nobody": "nobody"},
    )


def test_nobody_at_all():
    nothing = empty(0)
    for say in (
        from_panel.heard,
        from_panel.listening,
        from_panel.nobody_raised,
        from_panel.one_voice,
        from_panel.width,
        from_panel.majority,
    ):
        assert say(nothing) == "nobody"
    assert from_panel.least_majority(0) is None
    assert from_panel.narrow(nothing)


def test_one_expert_alone():
    one = empty(1)
    assert from_panel.width(one).startswith("With one expert the 95% interval runs from 0.00 to")
    assert "as many voices as experts" in from_panel.one_voice(one)
    assert from_panel.majority(one).startswith("No count of 1 expert")


@pytest.fixture
def quick(monkeypatch):
    """Few statements and resamples of alpha: what a panel says must not hang on their number."""
    real = intervals.set_alpha
    monkeypatch.setattr(intervals, "RESAMPLES", 300)
    monkeypatch.setattr(intervals, "FEWEST", 200)
    monkeypatch.setattr(intervals, "set_alpha", lambda sets, who: real(sets[:, :250], who[:250]))


@pytest.fixture
def told(monkeypatch):
    """Collects what a notebook records: id -> source and result."""
    kept, real = {}, show.record

    def record(chapter, results, source, digest, language="en"):
        results = list(results)
        for result in results:
            assert result.id not in kept
            kept[result.id] = source, result
        assert chapter == "precision"
        real(chapter, results, source, digest, language)

    monkeypatch.setattr(show, "record", record)
    return kept


def glued():
    nb = nbformat.read(ROOT / "book" / "precision.ipynb", as_version=4)
    prose = "\n".join(c.source for c in nb.cells if c.cell_type == "markdown")
    return set(re.findall(r"\{glue:text\}`([^`]+)`", prose))


SIMULATED = {
    "pre-runs",
    "pre-echo-worth",
    "pre-echo-deff",
    "pre-echo-coverage",
    "pre-group-worth",
    "pre-group-bias",
    "pre-group-coverage",
    "pre-group",
    "pre-group-far",
    "pre-group-order",
    "pre-group-heard",
    "pre-group-ways",
    "pre-together",
}


def test_the_chapter_of_any_panel(variant, variant_name, chapter, told, quick, said):
    kept = []
    real = step.precision

    def precision(panel):
        kept.append(real(panel))
        return kept[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(step, "precision", precision)
        shown = chapter("precision", variant)
    found = kept[0]
    assert list(told) == list(said)
    assert glued() <= set(told)
    for id, (source, result) in told.items():
        assert source == ("simulated" if id in SIMULATED else variant.meta.source), id
        assert (result.standing == "simulation") or id not in SIMULATED, id
        assert result.unit == said[id].unit
        assert result.value != ""
        assert not isinstance(result.value, str) or result.value[-1] == ".", result.value
    coded = variant.incidence().coded
    homes = variant.experts["session_id"].astype(str)[coded].value_counts()
    assert found.n == int(coded.sum()) == told["pre-experts"][1].value
    assert sorted(found.settings.sizes) == sorted(homes.tolist())
    grouped = variant.meta.mode != "individual" and homes.max() > 1
    assert bool(found.settings.reason) != grouped
    assert len(found.cost.grid) == (117 if grouped else 0)
    if not grouped:
        assert found.settings.reason in shown
        assert math.isnan(told["pre-group-worth"][1].value)
    assert len(statements(variant, found)) == 8
    sentences = [r.value for _, r in told.values() if isinstance(r.value, str)]
    text = " ".join([shown, *sentences])
    for row in variant.statements.to_dict("records"):
        if isinstance(row["text"], str) and len(row["text"]) > 25:
            assert row["text"] not in text
    assert not re.search(r"\bnan\b", text)


def test_without_questions_the_guide_passes_for_echo(variant_of, found, quick):
    echoes = group.echoes(variant_of("no_questions"))
    assert echoes.baseline == "within sessions"
    assert echoes.observed == found.settings.echoes.observed
    assert echoes.value > found.settings.echoes.value


def test_without_codes_no_echo_is_read(variant_of):
    settings = group.settings(variant_of("no_codes"))
    assert (settings.echoes.value, settings.reason) == (0, "")
    assert math.isnan(settings.echoes.excess)
    assert math.isnan(settings.alike.estimate)


def test_withheld_texts_are_measured_in_minutes(variant_of):
    settings = group.settings(variant_of("withheld"))
    assert settings.measure == "minutes"
    totals = defaultdict(float)
    for row in STATEMENTS:
        totals[row["speaker"]] += float(row["end_s"]) - float(row["start_s"])
    order = [e for s in dict.fromkeys(SESSION.values()) for e in EXPERTS if SESSION[e] == s]
    means = {s: np.mean([totals[e] for e in EXPERTS if SESSION[e] == s]) for s in SESSION.values()}
    plain = [totals[e] / means[SESSION[e]] for e in order]
    assert settings.amounts.tolist() == pytest.approx(plain)


def test_a_plan_with_another_contrast(constructed, quick):
    """The contrasts of the plan decide how many tests the adjustment counts."""
    plan = constructed.plan
    first = plan.contrasts[0]
    more = (*plan.contrasts, Contrast("more", first.code, first.sides, "none"))
    panel = dataclasses.replace(constructed, plan=dataclasses.replace(plan, contrasts=more))
    made = contrasts.planned(panel)
    assert made.together.level == contrasts.planned(constructed).together.level + 1
    assert len(made.table) == len(more)
    strict = made.differences["strict"].iloc[0]
    n = int(made.table["n_a"].iloc[0]), int(made.table["n_b"].iloc[0])
    assert strict == contrasts.least_difference(*n, 0.05 / len(more))


@pytest.mark.parametrize("name", ["three_experts", "two_hundred", "one_session", "no_codes"])
def test_figures_of_any_panel(variant_of, found, constructed, name, quick, monkeypatch):
    monkeypatch.setattr(step, "reliability", lambda panel: (found.reliability, found.code_widths))
    for made in (step.precision(variant_of(name)), found):
        for plate in (draw.detection, draw.widths, draw_group.group, draw.power_curve):
            if plate is draw.power_curve and made.planned.curve.empty:
                continue
            parts = plate(made)
            svg = figures.to_svg(parts["picture"], "simulated")
            assert svg.startswith("<svg")
            assert len(parts["numbers"])
            assert set(parts["columns"]) <= set(parts["numbers"].columns)
            assert str(made.n) in parts["alt"] + parts["caption"]


def test_tables_name_their_columns(found, constructed):
    for made in (
        draw.shares(found),
        draw.experts_for(found),
        draw.differences(found),
        draw.order(found),
        draw.reliability(found),
        draw_group.by_share(found),
        draw_group.views_in_order(found),
        draw_group.mechanisms(found),
        draw.statements(statements(constructed, found)),
    ):
        assert set(made["columns"]) <= set(made["frame"].columns)
        assert len(made["frame"])
        assert made["caption"]
    shown = draw_group.by_share(found)["frame"]
    assert len(shown) == 4 * len(group.SHARES)
    assert shown["heard_text"].iloc[0] == f"{1 - 0.95**N:.3f}"
    level = found.order.assign(experts=[math.inf, math.nan] + [7.0] * (len(found.order) - 2))
    how = draw.order(dataclasses.replace(found, order=level))["formats"]["experts"]
    assert [how(value) for value in (math.inf, math.nan, 7.0)] == [
        "level",
        f"more than {contrasts.MOST_EXPERTS}",
        "7",
    ]
