"""Agreement A, consensus Cns, median and quartiles of one item, and their bootstrap."""

import math
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.statistics.consensus import (
    agreement_a,
    bootstrap_interval,
    consensus_cns,
    median_iqr,
)
from analysis.statistics.distribution import _agreement_rows, _consensus_rows, _quantile_rows

counts = st.integers(3, 8).flatmap(lambda k: arrays(int, k, elements=st.integers(0, 9)))


def test_known_distributions_on_five_points():
    assert agreement_a([0, 0, 20, 0, 0]).estimate == 1
    assert agreement_a([4, 4, 4, 4, 4]).estimate == pytest.approx(0, abs=1e-12)
    assert agreement_a([10, 0, 0, 0, 10]).estimate == pytest.approx(-1, abs=1e-12)
    # two neighbours filled evenly: U = 1, and 1 - 1/4
    assert agreement_a([0, 10, 10, 0, 0]).estimate == pytest.approx(0.75, abs=1e-12)
    # an even spread is not 0 for Cns: 1 + (2 (log2(.5) + log2(.75)) + 0) / 5
    expected = 1 + 2 * (math.log2(0.5) + math.log2(0.75)) / 5
    assert consensus_cns([4, 4, 4, 4, 4]).estimate == pytest.approx(expected, abs=1e-12)
    assert expected == pytest.approx(0.43, abs=0.005)
    assert consensus_cns([0, 0, 0, 0, 7]).estimate == 1
    assert consensus_cns([10, 0, 0, 0, 10]).estimate == pytest.approx(0, abs=1e-12)


def test_results_say_how_many_answered():
    assert agreement_a([1, 2, 3]).n == 6
    assert consensus_cns(pd.Series([1, 2, 3])).n == 6


def test_percentages_do_as_well_as_counts():
    assert agreement_a([5, 15, 30, 50]).estimate == pytest.approx(
        agreement_a([1, 3, 6, 10]).estimate, abs=1e-12
    )


@pytest.mark.parametrize(
    ("function", "value", "reason"),
    [
        (agreement_a, [0, 0, 0], "nobody answered"),
        (agreement_a, [3, 4], "3 categories"),
        (agreement_a, [3], "3 categories"),
        (consensus_cns, [0, 0], "nobody answered"),
        (consensus_cns, [5], "2 categories"),
    ],
)
def test_what_is_undefined_says_why(function, value, reason):
    found = function(value)
    assert math.isnan(found.estimate)
    assert reason in found.reason


@pytest.mark.parametrize("function", [agreement_a, consensus_cns, bootstrap_interval])
@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "one count for each category"),
        ([[1, 2, 3]], "one count for each category"),
        ([1, -2, 3], "0 or more, got -2"),
        ([1, np.nan, 3], "0 or more, got nan"),
        ([1] * 61, "at most 60 categories"),
    ],
)
def test_impossible_counts_are_refused(function, value, message):
    with pytest.raises(ValueError, match=message):
        function(value)


@settings(max_examples=80, deadline=None)
@given(counts=counts)
def test_agreement_is_bounded_and_the_scale_may_be_turned(counts):
    a, cns = agreement_a(counts), consensus_cns(counts)
    if counts.sum() == 0:
        assert math.isnan(a.estimate)
        assert math.isnan(cns.estimate)
        return
    assert -1 - 1e-12 <= a.estimate <= 1
    assert 0 <= cns.estimate <= 1
    for function, found in ((agreement_a, a), (consensus_cns, cns)):
        assert function(counts[::-1]).estimate == pytest.approx(found.estimate, abs=1e-12)
        assert function(3 * counts).estimate == pytest.approx(found.estimate, abs=1e-12)
    one = np.count_nonzero(counts) == 1
    assert (a.estimate == pytest.approx(1, abs=1e-12)) == one
    assert (cns.estimate == pytest.approx(1, abs=1e-12)) == one


def test_moving_an_answer_towards_the_rest_raises_consensus():
    spread = [[8, 0, 0, 0, 2], [8, 0, 0, 2, 0], [8, 0, 2, 0, 0], [8, 2, 0, 0, 0], [10, 0, 0, 0, 0]]
    values = [consensus_cns(c).estimate for c in spread]
    assert values == sorted(values)
    values = [agreement_a(c).estimate for c in spread]
    assert values == sorted(values)


# --- median and quartiles -----------------------------------------------------------------------


def test_quartiles_are_answers_or_halfway_between_two():
    found = median_iqr([1, 2, 4, 5])
    assert (found.q1, found.median, found.q3, found.iqr, found.n) == (1.5, 3, 4.5, 3, 4)
    found = median_iqr([1, 2, 4, 5, 5])
    assert (found.q1, found.median, found.q3) == (2, 4, 5)
    found = median_iqr([3])
    assert (found.q1, found.median, found.q3, found.iqr) == (3, 3, 3, 0)


def test_items_are_columns_and_gaps_are_left_out_item_by_item():
    found = median_iqr([[1, 5, np.nan], [3, np.nan, np.nan], [5, 4, np.nan]])
    np.testing.assert_array_equal(found.median, [3, 4.5, np.nan])
    np.testing.assert_array_equal(found.n, [3, 2, 0])
    np.testing.assert_array_equal(found.iqr, [4, 1, np.nan])
    assert found.reason == "nobody answered"
    assert median_iqr(np.zeros((3, 0))).median.shape == (0,)


def test_nobody_answered():
    for answers in ([], [np.nan, np.nan]):
        found = median_iqr(answers)
        assert math.isnan(found.median)
        assert found.n == 0
        assert found.reason == "nobody answered"


@pytest.mark.parametrize(
    ("value", "message"),
    [(3, "experts x items"), (np.zeros((2, 2, 2)), "experts x items"), ([1, np.inf], "infinite")],
)
def test_impossible_ratings_are_refused(value, message):
    with pytest.raises(ValueError, match=message):
        median_iqr(value)


@settings(max_examples=60, deadline=None)
@given(answers=st.lists(st.integers(1, 5), min_size=1, max_size=15))
def test_quartiles_are_ordered_and_turn_with_the_scale(answers):
    found = median_iqr(answers)
    assert min(answers) <= found.q1 <= found.median <= found.q3 <= max(answers)
    turned = median_iqr([6 - a for a in answers])
    assert (turned.q1, turned.median, turned.q3) == (6 - found.q3, 6 - found.median, 6 - found.q1)
    tally = np.bincount(answers, minlength=6)[None, 1:].astype(float)
    assert _quantile_rows(tally)[0] == found.median == pytest.approx(np.median(answers))


# --- bootstrap over experts ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statistic", "rows"),
    [
        ("agreement_a", _agreement_rows),
        ("consensus_cns", _consensus_rows),
        ("median", _quantile_rows),
    ],
)
def test_bootstrap_error_is_that_of_all_possible_resamples(statistic, rows):
    observed, n = np.array([1, 1, 3]), 5
    outcomes, chance = [], []
    for drawn in product(range(n + 1), repeat=3):
        if sum(drawn) == n:
            ways = math.factorial(n) / math.prod(math.factorial(d) for d in drawn)
            outcomes.append(drawn)
            chance.append(ways * float(np.prod((observed / n) ** np.array(drawn))))
    values, chance = rows(np.array(outcomes, dtype=float)), np.array(chance)
    assert chance.sum() == pytest.approx(1)
    mean = chance @ values
    found = bootstrap_interval(observed, statistic, resamples=20_000)
    assert found.se == pytest.approx(math.sqrt(chance @ (values - mean) ** 2), rel=0.03)
    assert found.low <= found.estimate <= found.high
    assert found.n == 5
    assert found.confidence == 0.95


def test_bootstrap_of_a_mean_is_close_to_its_standard_error():
    tally = np.array([2, 3, 6, 5, 4])
    answers = np.repeat(np.arange(1, 6), tally)
    found = bootstrap_interval(tally, "mean")
    assert found.estimate == pytest.approx(answers.mean())
    assert found.se == pytest.approx(answers.std() / math.sqrt(20), rel=0.03)


def test_seeds_decide():
    first = bootstrap_interval([1, 2, 5, 8, 4], resamples=500)
    assert first == bootstrap_interval([1, 2, 5, 8, 4], resamples=500)
    assert first.low != bootstrap_interval([1, 2, 5, 8, 4], resamples=500, seed=1).low


def test_unanimity_cannot_be_resampled_and_says_so():
    found = bootstrap_interval([0, 0, 20, 0, 0])
    assert found.estimate == 1
    assert np.isnan([found.se, found.low, found.high]).all()
    assert "one category" in found.reason
    assert bootstrap_interval([0, 0, 0]).reason == "nobody answered"
    assert "3 categories" in bootstrap_interval([4, 5]).reason


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"statistic": "mode"}, "statistic must be one of"),
        ({"confidence": 0}, "confidence"),
        ({"resamples": 0}, "resamples"),
    ],
)
def test_impossible_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        bootstrap_interval([1, 2, 3], **options)
    with pytest.raises(ValueError, match="whole numbers of experts"):
        bootstrap_interval([1.5, 2, 3])
