from math import inf, log, log2
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.statistics.keyness import (
    bayes_factor_bic,
    dispersion,
    keyness_table,
    log_likelihood,
    log_likelihood_four_term,
    log_ratio,
)

ROOT = Path(__file__).resolve().parents[2]
counts = st.tuples(
    st.integers(0, 200), st.integers(0, 200), st.integers(200, 5000), st.integers(200, 5000)
)


@pytest.mark.parametrize("function", [log_likelihood, log_likelihood_four_term, log_ratio])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1, 1, 0, 10), "c must be a number of words above 0"),
        ((1, 1, 10, -5), "d must be a number of words above 0"),
        ((11, 1, 10, 10), "a occurrences cannot exceed the c words"),
        ((1, 11, 10, 10), "b occurrences cannot exceed the d words"),
        ((-1, 1, 10, 10), "a must not be negative"),
        ((np.nan, 1, 10, 10), "a must be a count"),
        (([1, 2], [1, 20], 10, 10), "b occurrences"),
    ],
)
def test_refusals(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(*arguments)


class TestLogLikelihood:
    def test_by_hand(self):
        # E1 = 100 * 30 / 300 = 10, E2 = 20
        expected = 2 * (20 * log(20 / 10) + 10 * log(10 / 20))
        found = log_likelihood(20, 10, 100, 200)
        assert isinstance(found, float)
        assert found == pytest.approx(expected, rel=1e-12)

    def test_zeros(self):
        assert log_likelihood(0, 0, 10, 20) == 0
        # 2 * 5 ln(5 / 2.5)
        assert log_likelihood(5, 0, 100, 100) == pytest.approx(10 * log(2), rel=1e-12)
        assert log_likelihood(0, 5, 100, 100) == log_likelihood(5, 0, 100, 100)

    def test_arrays(self):
        a, b = np.array([20, 5, 0]), [10, 0, 0]
        found = log_likelihood(a, b, [100, 100, 10], [200, 100, 20])
        assert found.shape == (3,)
        assert found.tolist() == [
            log_likelihood(20, 10, 100, 200),
            log_likelihood(5, 0, 100, 100),
            0,
        ]
        assert log_likelihood(np.ones((2, 1)), np.ones(3), 9, 9).shape == (2, 3)
        assert isinstance(log_likelihood(np.float64(3), np.int64(2), 9, 9), float)

    @given(counts)
    def test_properties(self, case):
        a, b, c, d = case
        two, four = log_likelihood(*case), log_likelihood_four_term(*case)
        assert two >= 0
        # the other words can only add evidence
        assert four >= two - 1e-9
        assert log_likelihood(b, a, d, c) == pytest.approx(two, abs=1e-9)
        assert log_likelihood_four_term(b, a, d, c) == pytest.approx(four, abs=1e-9)
        assert log_likelihood(2 * a, 2 * b, 2 * c, 2 * d) == pytest.approx(2 * two, abs=1e-9)
        if a * d == b * c:
            assert two == pytest.approx(0, abs=1e-9)

    def test_four_terms_when_all_words_are_the_word(self):
        assert log_likelihood_four_term(10, 20, 10, 20) == 0
        assert log_likelihood_four_term(10, 0, 10, 20) == pytest.approx(
            2 * (10 * log(3) + 20 * log(3 / 2)), rel=1e-12
        )


class TestLogRatio:
    def test_values(self):
        assert log_ratio(20, 10, 1000, 1000) == 1
        assert log_ratio(5, 40, 1000, 1000) == -3
        assert log_ratio(10, 10, 1000, 2000) == 1

    def test_zeros(self):
        assert log_ratio(8, 0, 1000, 1000) == 4
        assert log_ratio(0, 8, 1000, 1000) == -4
        assert log_ratio(8, 0, 1000, 1000, zero=1) == 3
        assert log_ratio(8, 0, 1000, 1000, zero=None) == inf
        assert log_ratio(0, 8, 1000, 1000, zero=None) == -inf
        assert np.isnan(log_ratio(0, 0, 1000, 1000))
        assert np.isnan(log_ratio(0, 0, 1000, 1000, zero=None))
        with pytest.raises(ValueError, match="zero must be above 0"):
            log_ratio(1, 0, 10, 10, zero=0)

    @given(counts)
    def test_properties(self, case):
        a, b, c, d = case
        found = log_ratio(*case)
        if a == b == 0:
            assert np.isnan(found)
            return
        assert log_ratio(b, a, d, c) == pytest.approx(-found, abs=1e-9)
        if a and b:
            assert found == pytest.approx(log2(a * d / (b * c)), abs=1e-9)
        assert log_ratio(a + 1, b, c + 1, d) >= found


class TestBayesFactor:
    def test_values(self):
        assert bayes_factor_bic(20, 1000) == pytest.approx(20 - log(1000))
        assert bayes_factor_bic(0, 1) == 0
        assert bayes_factor_bic([20, 2], 1000, df=2).tolist() == pytest.approx(
            [20 - 2 * log(1000), 2 - 2 * log(1000)]
        )
        with pytest.raises(ValueError, match="above 0"):
            bayes_factor_bic(3, 0)


class TestDispersion:
    def test_even(self):
        found = dispersion([2, 4, 6], [100, 200, 300])
        assert (found.juilland_d, found.dp, found.dp_norm) == pytest.approx((1, 0, 0))
        assert found.range == found.n == 3
        assert found.frequency == 12

    def test_one_part_only(self):
        found = dispersion([0, 0, 0, 5])
        assert found.juilland_d == pytest.approx(0)
        assert found.dp == 0.75
        assert found.dp_norm == 1
        assert found.range == 1
        smallest = dispersion([0, 3], [90, 10])
        assert smallest.dp_norm == pytest.approx(1)

    def test_undefined(self):
        none = dispersion([0, 0])
        assert none.reason == "the word does not occur"
        assert np.isnan([none.juilland_d, none.dp, none.dp_norm]).all()
        assert none.range == 0
        single = dispersion([4])
        assert single.reason == "a single part"
        assert single.range == 1

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (([1, 2], [5]), "one for each of 2"),
            (([1, -2],), "negative"),
            (([1, np.nan],), "missing"),
            (([1, 2], [5, 0]), "above 0"),
            (([9, 2], [5, 5]), "exceeds"),
            (([],), "1-d, one per part"),
        ],
    )
    def test_refusals(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            dispersion(*arguments)

    @given(st.lists(st.tuples(st.integers(0, 20), st.integers(20, 90)), min_size=2, max_size=9))
    def test_properties(self, parts):
        v, s = zip(*parts, strict=True)
        found = dispersion(v, s)
        if not any(v):
            assert np.isnan(found.dp)
            return
        assert -1e-12 <= found.juilland_d <= 1 + 1e-12
        assert 0 <= found.dp <= found.dp_norm <= 1 + 1e-12
        again = dispersion(v[::-1], s[::-1])
        assert again.dp == pytest.approx(found.dp, abs=1e-12)
        assert again.juilland_d == pytest.approx(found.juilland_d, abs=1e-12)


class TestTable:
    def test_rows(self):
        rows = keyness_table({"state": 30, "people": 10, "zoom": 0}, {"people": 20, "state": 20})
        # state and people deviate in opposite directions
        assert [row.word for row in rows] == ["people", "state", "zoom"]
        people, state, zoom = rows
        assert (state.a, state.b) == (30, 20)
        assert (state.per_1000_a, state.per_1000_b) == (750, 500)
        assert state.log_likelihood == log_likelihood(30, 20, 40, 40)
        assert people.log_ratio == -1
        assert people.bic == pytest.approx(people.log_likelihood - log(80))
        assert np.isnan(zoom.log_ratio)

    def test_ties_are_alphabetical(self):
        rows = keyness_table({"b": 2, "a": 2, "c": 2}, {"b": 2, "a": 2, "c": 2})
        assert [row.word for row in rows] == ["a", "b", "c"]

    def test_refusals(self):
        with pytest.raises(ValueError, match="a word list is empty"):
            keyness_table({}, {"a": 1})
        with pytest.raises(ValueError, match="negative"):
            keyness_table({"a": 5, "b": -1}, {"a": 1})
