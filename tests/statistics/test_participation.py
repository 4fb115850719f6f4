from collections import Counter
from itertools import pairwise, permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.statistics.participation import (
    echo,
    gini,
    gini_interval,
    lorenz,
    turn_share,
    who_follows_whom,
)
from analysis.statistics.participation_turns import orders_without_repeats

ROOT = Path(__file__).resolve().parents[2]
amounts = st.lists(st.integers(0, 50), min_size=1, max_size=20)


class TestGini:
    def test_values(self):
        assert gini(range(1, 11)) == pytest.approx(0.3, abs=1e-12)
        assert gini([0, 0, 0, 1]) == 0.75
        assert gini([5, 5, 5]) == 0
        assert gini([7]) == 0
        assert gini([1, 3]) == pytest.approx(0.25)

    def test_undefined(self):
        assert np.isnan(gini([0, 0]))
        assert np.isnan(gini([]))

    @pytest.mark.parametrize(
        ("bad", "message"),
        [
            ([1, -2], "found -2"),
            ([1, np.nan], "missing"),
            ([[1, 2]], "1-d"),
            ([np.inf], "infinite"),
        ],
    )
    def test_refusals(self, bad, message):
        with pytest.raises(ValueError, match=message):
            gini(bad)

    @given(amounts)
    def test_properties(self, values):
        found = gini(values)
        if not any(values):
            assert np.isnan(found)
            return
        assert -1e-12 <= found <= (len(values) - 1) / len(values) + 1e-12
        assert gini(values[::-1]) == pytest.approx(found, abs=1e-12)
        assert gini([3 * v for v in values]) == pytest.approx(found, abs=1e-12)
        assert gini(values * 2) == pytest.approx(found, abs=1e-12)

    @given(amounts)
    def test_giving_to_the_quieter_lowers_it(self, values):
        ordered = sorted(values)
        if ordered[-1] - ordered[0] < 2:
            return
        closer = [ordered[0] + 1, *ordered[1:-1], ordered[-1] - 1]
        assert gini(closer) < gini(ordered)

    def test_interval(self):
        values = np.random.default_rng(0).lognormal(0, 0.7, 20)
        found = gini_interval(values, resamples=4000)
        assert found.estimate == gini(values)
        assert found.low < found.estimate < found.high
        assert found.n == 20
        assert found.confidence == 0.95
        rng = np.random.default_rng(8)
        loop = [gini(rng.choice(values, 20)) for _ in range(4000)]
        assert found.low == pytest.approx(np.quantile(loop, 0.025), abs=0.015)
        assert found.high == pytest.approx(np.quantile(loop, 0.975), abs=0.015)
        assert found.se == pytest.approx(np.std(loop), rel=0.06)
        assert gini_interval(values, resamples=500) == gini_interval(values, resamples=500)

    def test_interval_undefined(self):
        assert gini_interval([0, 0]).reason == "nobody spoke"
        assert "two speakers" in gini_interval([4]).reason
        assert np.isnan(gini_interval([4]).low)
        with pytest.raises(ValueError, match="between 0 and 1"):
            gini_interval([1, 2], confidence=95)

    def test_interval_when_most_are_silent(self):
        # resamples of silent speakers only are left out
        found = gini_interval([0, 0, 9], resamples=2000)
        assert 0 <= found.low <= found.estimate <= found.high == pytest.approx(2 / 3)


class TestLorenz:
    def test_values(self):
        assert lorenz([3, 1]).tolist() == [[0, 0], [0.5, 0.25], [1, 1]]
        assert lorenz([0, 0, 6])[:, 1].tolist() == [0, 0, 0, 1]

    def test_nobody(self):
        found = lorenz([0, 0])
        assert found[0].tolist() == [0, 0]
        assert np.isnan(found[1:, 1]).all()
        with pytest.raises(ValueError, match="one speaker or more"):
            lorenz([])

    @given(amounts.filter(any))
    def test_shape(self, values):
        curve = lorenz(values)
        assert curve[0].tolist() == [0, 0]
        assert curve[-1].tolist() == [1, 1]
        steps = np.diff(curve[:, 1])
        assert (steps >= 0).all()
        assert (np.diff(steps) >= -1e-12).all()  # convex
        assert (curve[:, 1] <= curve[:, 0] + 1e-12).all()
        assert gini(values) == pytest.approx(
            1 - 2 * np.trapezoid(curve[:, 1], curve[:, 0]), abs=1e-12
        )


class TestTurnShare:
    def test_statements_and_words(self):
        speakers = ["b", "a", "b", "b"]
        found = turn_share(speakers)
        assert found.labels.tolist() == ["a", "b"]
        assert found.amount.tolist() == [1, 3]
        assert found.share.tolist() == [0.25, 0.75]
        assert found.n == 4
        words = turn_share(speakers, [10, 90, 0, 0])
        assert words.amount.tolist() == [90, 10]
        assert words.share.tolist() == [0.9, 0.1]

    def test_undefined_and_refusals(self):
        assert np.isnan(turn_share(["a"], [0]).share).all()
        assert turn_share([]).labels.size == 0
        with pytest.raises(ValueError, match="one for each of 2"):
            turn_share(["a", "b"], [1])
        with pytest.raises(ValueError, match="position 1"):
            turn_share(["a", None])

    def test_pandas(self):
        import pandas as pd

        assert turn_share(pd.Series(["x", "y", "x"])).amount.tolist() == [2, 1]
        with pytest.raises(ValueError, match="missing"):
            turn_share(pd.Series(["x", None]))


MEETING = list("mambmcmambmcmbmamcmbabmcmambmcmmabcmambmamcm")


class TestWhoFollowsWhom:
    def test_counts(self):
        found = who_follows_whom(["a", "b", "b", "c", "a"], permutations=0)
        assert found.labels.tolist() == ["a", "b", "c"]
        assert found.counts.tolist() == [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
        assert found.n == 3
        assert np.isnan(found.pvalue).all()
        kept = who_follows_whom(["a", "b", "b", "c", "a"], self_turns=True, permutations=0)
        assert kept.counts.tolist() == [[0, 1, 0], [0, 1, 1], [1, 0, 0]]
        assert kept.n == 4

    def test_session_break(self):
        found = who_follows_whom(["a", "b", "a", "b"], ["s1", "s1", "s2", "s2"], permutations=0)
        assert found.counts.tolist() == [[0, 2], [0, 0]]
        whole = who_follows_whom(["a", "b", "a", "b"], permutations=0)
        assert whole.counts.tolist() == [[0, 2], [1, 0]]

    def test_as_array(self):
        found = who_follows_whom(["a", "b"], permutations=0)
        assert np.array_equal(np.asarray(found), found.counts)
        assert np.asarray(found, dtype=int).dtype == int

    def test_number_labels_sort_as_numbers(self):
        assert who_follows_whom([10, 9, 10], permutations=0).labels.tolist() == [9, 10]

    def test_exact_expectation_with_self_turns(self):
        found = who_follows_whom(["a", "a", "b"], self_turns=True, permutations=50)
        # orders aab, aba, baa: a-a in 2 of 3, a-b in 2 of 3, b-a in 2 of 3
        assert found.expected == pytest.approx(np.array([[2, 2], [2, 0]]) / 3)
        assert found.ratio[0, 0] == pytest.approx(1.5)
        assert np.isnan(found.ratio[1, 1])

    def test_only_one_order(self):
        # a and b take turns: nothing can vary but who begins
        found = who_follows_whom(list("ababa"), permutations=100)
        assert found.expected.tolist() == [[0, 2], [2, 0]]
        assert (found.pvalue == 1).all()
        assert (found.adjusted == 1).all()
        assert np.isnan(found.statistic).all()

    def test_a_pair_that_answers_each_other(self):
        speakers = list("abcabdabeabcabdabeab")
        found = who_follows_whom(speakers, permutations=3000)
        a, b = 0, 1
        assert found.counts[a, b] == 7
        assert found.expected[a, b] < 5
        assert found.adjusted[a, b] < 0.05
        less = who_follows_whom(speakers, permutations=3000, alternative="less")
        assert less.pvalue[a, b] > 0.99
        assert less.statistic[a, b] == pytest.approx(found.statistic[a, b], rel=0.2)

    def test_moderator_is_expected_between_others(self):
        found = who_follows_whom(MEETING, permutations=2000)
        m = found.labels.tolist().index("m")
        # nobody follows themself: with half of the turns, the moderator's are spread out
        others = [i for i in range(4) if i != m]
        assert found.expected[m].sum() > found.expected[others][:, others].sum() * 2
        assert found.adjusted.min() > 0.05
        # a shuffle that lets the moderator follow themself finds the same meeting remarkable
        naive = who_follows_whom(MEETING, self_turns=True, permutations=2000, alternative="less")
        assert naive.adjusted[m, m] < 0.01

    def test_margins_are_kept(self):
        found = who_follows_whom(MEETING, permutations=500)
        turns = [a for a, b in pairwise([*MEETING, None]) if a != b]
        assert found.expected.sum() == pytest.approx(len(turns) - 1)
        assert found.counts.sum() == len(turns) - 1 == found.n

    @pytest.mark.parametrize("order", ["abacabd", "abab", "abcabc", "mambmcm", "abcbd"])
    def test_orders_are_equally_likely(self, order):
        from scipy.stats import chi2

        codes = np.array([ord(c) - 97 for c in order])
        every = {p for p in permutations(codes.tolist()) if all(a != b for a, b in pairwise(p))}
        drawn = Counter(
            map(tuple, orders_without_repeats(codes, 20_000, np.random.default_rng(3)).tolist())
        )
        assert set(drawn) == every
        expected = 20_000 / len(every)
        statistic = sum((n - expected) ** 2 / expected for n in drawn.values())
        if len(every) > 1:
            # the ten orders of a chain are a little alike
            assert statistic < 1.3 * chi2.isf(1e-4, len(every) - 1)

    def test_seed(self):
        a, b, c = (who_follows_whom(MEETING, permutations=200, seed=s).expected for s in (1, 1, 2))
        assert np.array_equal(a, b)
        assert not np.array_equal(a, c)

    @pytest.mark.parametrize("speakers", [[], ["a"], ["a", "a", "a"]])
    def test_no_transitions(self, speakers):
        found = who_follows_whom(speakers)
        assert found.n == 0
        assert found.reason == "no transitions"
        assert found.counts.sum() == 0
        assert np.isnan(found.expected).all()

    def test_refusals(self):
        with pytest.raises(ValueError, match="one label for each of 2"):
            who_follows_whom(["a", "b"], ["s"])
        with pytest.raises(ValueError, match="missing"):
            who_follows_whom(["a", np.nan])
        with pytest.raises(ValueError, match="alternative"):
            who_follows_whom(["a", "b"], alternative="more")
        with pytest.raises(ValueError, match="0 or more"):
            who_follows_whom(["a", "b"], permutations=-1)

    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.sampled_from("abc"), min_size=2, max_size=12))
    def test_renaming(self, speakers):
        found = who_follows_whom(speakers, permutations=0).counts
        other = who_follows_whom(
            [{"a": "z", "b": "y", "c": "x"}[s] for s in speakers], permutations=0
        ).counts
        assert np.array_equal(found, other[::-1, ::-1])


class TestEcho:
    def test_counts(self):
        raised = np.array([[1, 0], [1, 1], [1, 1], [0, 1]])
        found = echo(raised, ["a", "b", "b", "a"], permutations=100)
        # first code: 1-2 is an echo, 2-3 the same speaker; second: 3-4
        assert found.code_observed.tolist() == [1, 1]
        assert found.observed == 2
        assert found.n == 2

    def test_session_break(self):
        raised = [[1], [1]]
        assert echo(raised, ["a", "b"], permutations=10).observed == 1
        apart = echo(raised, ["a", "b"], ["s", "t"], permutations=10)
        assert apart.observed == 0
        assert apart.reason == "no statement follows another"
        assert np.isnan(apart.pvalue)

    def test_interleaved_sessions(self):
        # statements of two sessions in one list: each in its own order
        raised = [[1], [0], [1], [0]]
        found = echo(raised, ["a", "b", "c", "d"], ["s", "t", "s", "t"], permutations=10)
        assert found.observed == 1

    def test_expected_and_sd_against_a_loop(self):
        rng = np.random.default_rng(2)
        raised, who = rng.random((40, 3)) < [0.1, 0.3, 0.6], rng.choice(list("abcd"), 40)
        sessions = np.repeat(["s", "t"], 20)
        found = echo(raised, who, sessions, permutations=4000)
        drawn = []
        for _ in range(2000):
            order = np.concatenate([rng.permutation(20), 20 + rng.permutation(20)])
            hits = np.zeros(3)
            for at, (i, j) in enumerate(pairwise(order)):
                if at != 19 and who[i] != who[j]:
                    hits += raised[i] & raised[j]
            drawn.append(hits)
        drawn = np.array(drawn)
        error = drawn.std(axis=0) / np.sqrt(2000)
        assert (np.abs(drawn.mean(axis=0) - found.code_expected) < 4 * error).all()
        assert found.code_sd == pytest.approx(drawn.std(axis=0), rel=0.08)
        assert found.sd == pytest.approx(drawn.sum(axis=1).std(), rel=0.08)
        assert found.expected == pytest.approx(found.code_expected.sum())
        p = (drawn >= found.code_observed).mean(axis=0)
        assert found.code_pvalue == pytest.approx(p, abs=0.05)

    def test_an_echo_is_found(self):
        rng = np.random.default_rng(4)
        raised = rng.random((120, 6)) < 0.08
        who = np.array([f"e{i % 5}" for i in range(120)])
        for t in np.flatnonzero(raised[:-1, 2]):
            raised[t + 1, 2] = True
        found = echo(raised, who, permutations=2000)
        assert found.code_adjusted[2] == pytest.approx(1 / 2001)
        assert found.code_adjusted[[0, 1, 3, 4, 5]].min() > 0.05

    def test_topics_are_no_echo(self):
        # every code belongs to one question: neighbours only by the guide
        rng = np.random.default_rng(6)
        question = np.repeat(np.arange(5), 30)
        raised = (question[:, None] == np.arange(5)) & (rng.random((150, 5)) < 0.5)
        who = rng.choice(list("abcde"), 150)
        assert echo(raised, who, permutations=2000).pvalue == pytest.approx(1 / 2001)
        assert echo(raised, who, within=question, permutations=2000).pvalue > 0.05

    def test_nothing_varies(self):
        nobody = echo(np.zeros((5, 2)), list("ababa"), permutations=50)
        assert nobody.observed == nobody.expected == nobody.sd == 0
        assert nobody.pvalue == 1
        one = echo(np.ones((5, 2)), ["a"] * 5, permutations=50)
        assert one.code_adjusted.tolist() == [1, 1]
        assert one.n == 0

    def test_seed(self):
        rng = np.random.default_rng(1)
        raised, who = rng.random((50, 3)) < 0.4, rng.choice(list("abc"), 50)
        a, b, c = (echo(raised, who, permutations=200, seed=s).code_sd for s in (1, 1, 2))
        assert np.array_equal(a, b)
        assert not np.array_equal(a, c)

    def test_refusals(self):
        with pytest.raises(ValueError, match="one label for each of 2"):
            echo([[1], [0]], ["a"])
        with pytest.raises(ValueError, match="raised must hold 0/1"):
            echo([[2]], ["a"])
        with pytest.raises(ValueError, match="at least 1"):
            echo([[1], [0]], ["a", "b"], permutations=0)
