"""Who speaks how much and after whom, and echoes: definitions, all orders, false alarms."""

from collections import Counter
from functools import partial
from itertools import groupby, pairwise, permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.statistics.participation import echo, gini, lorenz, who_follows_whom

amounts = st.lists(st.integers(0, 50), min_size=1, max_size=20)
exactly = partial(gini, resamples=0)


# how much


@settings(deadline=None)
@given(amounts.filter(any))
def test_gini_is_the_mean_difference_and_the_area_of_the_lorenz_curve(values):
    n, curve = len(values), lorenz(values)
    expected = np.abs(np.subtract.outer(values, values)).sum() / (2 * n * sum(values))
    assert exactly(values) == pytest.approx(expected, abs=1e-12)
    assert 1 - 2 * np.trapezoid(curve[:, 1], curve[:, 0]) == pytest.approx(expected, abs=1e-12)
    assert (curve[0].tolist(), curve[-1].tolist()) == ([0, 0], [1, 1])
    assert (np.diff(curve[:, 1], 2) >= -1e-12).all()


def test_gini_interval_is_that_of_a_loop():
    values = np.random.default_rng(0).lognormal(0, 0.7, 20)
    found, rng = gini(values), np.random.default_rng(8)
    loop = [float(exactly(rng.choice(values, 20))) for _ in range(3000)]
    limits = np.quantile(loop, [0.025, 0.975])
    np.testing.assert_allclose([found.low, found.high], limits, atol=0.015)
    assert (found.estimate, found.n) == (exactly(values).estimate, 20)


def test_amounts_that_say_nothing_or_cannot_be():
    for nobody in ([0, 0], []):
        assert np.isnan(float(gini(nobody)))
        assert gini(nobody).reason == "nobody spoke"
    assert gini([4, 5]).reason.startswith("fewer than")
    assert np.isnan(lorenz([0, 0])[1:, 1]).all()
    for function, bad in product((gini, lorenz), ([1, -2], [1, np.nan], [[1, 2]], [np.inf])):
        with pytest.raises(ValueError, match="amounts must"):
            function(bad)
    with pytest.raises(ValueError, match="one speaker or more"):
        lorenz([])


# who follows whom


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2)), max_size=25))
def test_transitions_are_counted_within_sessions(talk):
    speakers, sessions = [s for s, _ in talk], [where for _, where in talk]
    found = who_follows_whom(speakers, sessions, permutations=0)
    expected = Counter()
    for session in set(sessions):
        here = [s for s, where in talk if where == session]
        turns = [speaker for speaker, _ in groupby(here)]
        expected.update(pairwise(turns))
    counts = np.asarray(found)
    for (i, a), (j, b) in product(enumerate(found.labels), repeat=2):
        assert counts[i, j] == expected[a, b]
    assert found.n == sum(expected.values())
    assert found.table["count"].sum() == found.n


def kept_in_stretches(turns, questions):
    """All orders in which nobody follows themself and each stretch keeps its turns."""
    stretches = [
        [turn for turn, _ in stretch]
        for _, stretch in groupby(zip(turns, questions, strict=True), key=lambda pair: pair[1])
    ]
    for parts in product(*(set(permutations(stretch)) for stretch in stretches)):
        order = sum(parts, ())
        if all(a != b for a, b in pairwise(order)):
            yield order


@pytest.mark.parametrize(
    ("turns", "questions"),
    [("abcabdab", "00000111"), ("mabmcbma", "00011100"), ("mambmcm", "0000000"), ("abab", "0000")],
)
def test_pvalues_are_those_of_all_orders(turns, questions):
    found = who_follows_whom(list(turns), questions=list(questions), permutations=4000)
    every = [Counter(pairwise(order)) for order in kept_in_stretches(turns, questions)]
    seen = Counter(pairwise(turns))
    for row in found.table.itertuples():
        counts = np.array([order[row.before, row.after] for order in every])
        share = (counts >= seen[row.before, row.after]).mean()
        assert row.pvalue == pytest.approx(share, abs=0.05)
        assert row.expected == pytest.approx(counts.mean(), abs=0.06)
        assert row.adjusted >= row.pvalue


def test_a_pair_that_answers_each_other_is_found_and_a_moderator_is_not():
    found = who_follows_whom(list("abcabdabeabcabdabeab"), permutations=3000)
    assert found.table.iloc[0][["before", "after", "count"]].tolist() == ["a", "b", 7]
    assert found.table.adjusted[0] < 0.05
    meeting = list("mambmcmambmcmbmamcmbabmcmambmcmmabcmambmamcm")
    assert who_follows_whom(meeting).table.adjusted.min() > 0.05


def test_who_is_asked_by_a_question_follows_nobody_in_particular():
    """Two experts answer the first question only, two the second only: not each other."""
    turns, questions = list("abababab" + "cdcdcdcd"), [0] * 8 + [1] * 8
    assert who_follows_whom(turns).table.adjusted[0] < 0.05
    assert who_follows_whom(turns, questions=questions).table.pvalue.min() > 0.05


def test_no_transition_and_impossible_labels():
    for speakers in ([], ["a"], ["a", "a", "a"]):
        found = who_follows_whom(speakers)
        assert (found.n, found.reason) == (0, "nobody spoke after somebody else")
    with pytest.raises(ValueError, match="sessions must be one label for each of 2"):
        who_follows_whom(["a", "b"], ["s"])
    with pytest.raises(ValueError, match="speakers must not be missing, but is at position 1"):
        who_follows_whom(["a", np.nan])
    with pytest.raises(ValueError, match="permutations"):
        who_follows_whom(["a", "b"], permutations=-1)


# echoes


@pytest.mark.parametrize("seed", range(6))
def test_echoes_against_all_orders_of_each_experts_statements(seed):
    rng = np.random.default_rng(seed)
    raised, who, questions = rng.random((7, 2)) < 0.5, rng.integers(0, 2, 7), rng.integers(0, 2, 7)
    found = echo(raised, who, questions=questions, permutations=4000)

    def echoes(order):
        return sum(
            (raised[order[i]] & raised[order[i + 1]] for i in range(6) if who[i] != who[i + 1]),
            np.zeros(2, dtype=int),
        )

    same = [
        np.flatnonzero((who == w) & (questions == q)) for w, q in zip(who, questions, strict=True)
    ]
    every = [o for o in permutations(range(7)) if all(o[i] in same[i] for i in range(7))]
    counts, seen = np.array([echoes(order) for order in every]), echoes(range(7))
    assert found.table.echoes.tolist() == seen.tolist()
    if found.test.reason:
        assert found.table.chances.sum() == 0
        return
    np.testing.assert_allclose(found.table.expected, counts.mean(axis=0), atol=1e-12)
    assert float(found.expected) == pytest.approx(counts.sum(axis=1).mean())
    np.testing.assert_allclose(found.table.pvalue, (counts >= seen).mean(axis=0), atol=0.04)
    total = (counts.sum(axis=1) >= seen.sum()).mean()
    assert found.pvalue == pytest.approx(total, abs=0.04)


def test_an_echo_that_no_order_has_is_the_most_extreme_result():
    """p is 1 / (draws + 1), and never 1 because chance gives no echo at all."""
    raised = np.zeros((3000, 1))
    raised[[1500, 1501]] = 1
    found = echo(raised, np.arange(3000) % 2, permutations=100)
    assert found.observed.k == 1
    assert found.expected == pytest.approx(2999 / 1500**2)
    assert found.pvalue == found.table.pvalue[0] == found.table.adjusted[0] == 1 / 101


def test_a_code_echoes_as_it_does_among_many():
    rng = np.random.default_rng(5)
    raised, who, session = rng.random((80, 70)) < 0.3, rng.integers(0, 4, 80), np.arange(80) // 40
    among = echo(raised, who, session, permutations=200).table
    for codes in (slice(0, 3), slice(62, 70)):
        alone = echo(raised[:, codes], who, session, permutations=200).table
        same = ["statements", "chances", "echoes", "expected", "pvalue"]
        assert alone[same].equals(among[same][codes].reset_index(drop=True))


def test_codes_of_a_question_are_no_echo():
    rng = np.random.default_rng(6)
    question = np.repeat(np.arange(5), 30)
    raised = (question[:, None] == np.arange(5)) & (rng.random((150, 5)) < 0.5)
    who = rng.integers(0, 5, 150)
    assert echo(raised, who).pvalue == pytest.approx(1 / 2001)
    assert echo(raised, who, questions=question).pvalue > 0.05


def test_independent_codes_alarm_no_more_than_they_may():
    rng, panels = np.random.default_rng(9), 150
    alarms = np.array([
        (found.pvalue <= 0.05, found.table.adjusted.min() <= 0.05)
        for _ in range(panels)
        for found in [echo(rng.random((60, 5)) < 0.2, rng.integers(0, 5, 60), permutations=100)]
    ])  # fmt: skip
    assert (alarms.mean(axis=0) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / panels)).all()


def test_sessions_stand_apart_and_silence_says_nothing():
    raised = [[1], [0], [1], [0]]
    assert echo(raised, list("abcd"), list("stst"), permutations=9).observed.k == 1
    apart = echo([[1], [1]], ["a", "b"], ["s", "t"], permutations=9)
    assert apart.test.reason == "no expert spoke right after another who had raised a code"
    assert np.isnan(apart.pvalue)
    same = echo(np.ones((5, 2)), list("ababa"), permutations=9)
    assert (same.pvalue, same.table.adjusted.tolist()) == (1, [1, 1])  # nothing could differ
    for bad in ([1, 0], [[2], [0]]):
        with pytest.raises(ValueError, match="raised must be"):
            echo(bad, ["a", "b"])
