"""Permutation tests: exact and random, ties, strata, refusals, the null distribution."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.statistics import enumeration, permutation, permutation_draws
from analysis.statistics.association import freeman_halton, permutation_test

GROUPS = np.arange(20) % 8
RATINGS = np.random.default_rng(3).integers(1, 6, 20).astype(float)


def test_the_statistics_are_the_published_ones():
    from scipy.stats import f_oneway, kruskal

    samples = [RATINGS[g == GROUPS] for g in range(8)]
    found = permutation_test(RATINGS, GROUPS)
    assert found.statistic == pytest.approx(f_oneway(*samples).statistic, rel=1e-12)
    found = permutation_test(RATINGS, GROUPS, "H")
    assert found.statistic == pytest.approx(kruskal(*samples).statistic, rel=1e-12)
    found = permutation_test(RATINGS, GROUPS < 3, "difference")
    expected = RATINGS[GROUPS >= 3].mean() - RATINGS[GROUPS < 3].mean()  # False sorts first
    assert found.statistic == pytest.approx(expected, rel=1e-12)
    assert found.n == 20


def test_random_permutations_agree_with_the_exact_answer_for_eight_groups():
    exact = permutation_test(RATINGS, GROUPS, exact=True)
    drawn = permutation_test(RATINGS, GROUPS, resamples=40_000)
    assert "exact" in exact.method
    assert "40,000 random permutations" in drawn.method
    assert drawn.pvalue == pytest.approx(exact.pvalue, abs=4 * 0.5 / 200)


def test_the_random_p_value_counts_the_observed_arrangement():
    # 20 values in perfect order: hardly any permutation reaches it
    found = permutation_test(np.arange(20.0), np.arange(20) // 3, resamples=999)
    assert found.pvalue == 1 / 1000


def test_seeds_decide():
    first = permutation_test(RATINGS, GROUPS, resamples=500)
    assert first == permutation_test(RATINGS, GROUPS, resamples=500)
    assert first.pvalue != permutation_test(RATINGS, GROUPS, resamples=500, seed=1).pvalue


def test_two_groups_of_ten_are_exact_by_themselves():
    values = np.random.default_rng(5).normal(size=20)
    found = permutation_test(values, np.arange(20) % 2, "difference")
    assert "exact" in found.method
    # both tails of the absolute difference, over 184,756 assignments
    assert round(found.pvalue * 184_756) == pytest.approx(found.pvalue * 184_756, abs=1e-6)


def test_two_sided_counts_absolute_differences_and_does_not_double():
    values, groups = [0, 1, 2, 10], ["a", "a", "a", "b"]
    found = permutation_test(values, groups, "difference")
    # one against three: only 10 alone lies as far out, so that one assignment in four counts
    assert found.pvalue == pytest.approx(1 / 4)
    assert permutation_test(values, groups, "difference", alternative="less").pvalue == 1 / 4
    assert permutation_test(values, groups, "difference", alternative="greater").pvalue == 1


def test_f_of_two_groups_is_the_two_sided_difference():
    values, groups = RATINGS[:9], [0, 0, 0, 0, 1, 1, 1, 1, 1]
    f = permutation_test(values, groups, "F").pvalue
    assert f == pytest.approx(permutation_test(values, groups, "difference").pvalue, abs=1e-12)


def test_f_of_a_binary_rating_is_a_test_of_the_table():
    # the same assignments, ordered by chi-squared instead of by probability
    values = np.array([1, 1, 1, 0, 0, 0, 0, 0, 0, 1])
    groups = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2, 2])
    from scipy.stats import chi2_contingency

    table = np.zeros((2, 3), dtype=int)
    np.add.at(table, (values, groups), 1)
    observed = chi2_contingency(table, correction=False).statistic
    p = 0.0
    for a in range(4):
        for b in range(4):
            c = 4 - a - b
            if 0 <= c <= 4:
                other = np.array([[3 - a, 3 - b, 4 - c], [a, b, c]])
                if chi2_contingency(other, correction=False).statistic >= observed - 1e-9:
                    p += math.comb(3, a) * math.comb(3, b) * math.comb(4, c) / math.comb(10, 4)
    assert permutation_test(values, groups).pvalue == pytest.approx(p, abs=1e-12)
    assert freeman_halton(table).pvalue > 0  # another order: not the same number in general


def test_rounding_does_not_break_ties():
    # .1 + .2 and .3 differ in the last bit; the same ratings in tenths and in whole numbers
    tenths, whole = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [1, 2, 3, 4, 5, 6]
    groups = [0, 0, 0, 1, 1, 1]
    for statistic in ("F", "difference", "H"):
        assert permutation_test(tenths, groups, statistic).pvalue == pytest.approx(
            permutation_test(whole, groups, statistic).pvalue, abs=1e-12
        )
        for alike in (tenths, whole):
            random = permutation_test(alike, groups, statistic, exact=False, resamples=4000)
            assert random.pvalue == pytest.approx(0.1, abs=0.02)


def test_strata_restrict_what_is_exchanged():
    # ratings differ between the sessions, and each group sat mostly in one of them
    values = [1, 2, 1, 2, 8, 9, 8, 9]
    groups = ["a", "a", "a", "b", "b", "b", "b", "a"]
    sessions = [1, 1, 1, 1, 2, 2, 2, 2]
    free = permutation_test(values, groups, "difference")
    held = permutation_test(values, groups, "difference", strata=sessions)
    assert "within strata" in held.method
    assert free.statistic == held.statistic == -3.5
    # b's value in session 1 is 1 or 2, a's in session 2 is 8 or 9, each equally often; only b with
    # 1 and a with 9 makes the groups less unlike than they are
    assert held.pvalue == pytest.approx(3 / 4)
    assert free.pvalue == pytest.approx(26 / 70)


def test_one_stratum_is_no_stratum():
    with_one = permutation_test(RATINGS, GROUPS, strata=["x"] * 20, resamples=2000)
    without = permutation_test(RATINGS, GROUPS, resamples=2000)
    assert with_one.pvalue == without.pvalue


def test_strata_are_kept_when_permutations_are_drawn():
    sessions = np.arange(20) // 10
    values = RATINGS + 10 * sessions
    exact = permutation_test(values, GROUPS % 2, "difference", strata=sessions, exact=True)
    drawn = permutation_test(
        values, GROUPS % 2, "difference", strata=sessions, exact=False, resamples=20_000
    )
    assert drawn.pvalue == pytest.approx(exact.pvalue, abs=0.015)


def test_missing_values_are_left_out_and_counted():
    values = [7, 5, np.nan, 3, 1, np.nan]
    groups = ["A", "A", "A", "B", "B", "C"]
    found = permutation_test(values, groups, "difference")
    assert found.n == 4
    assert "2 without a value left out" in found.method
    assert found.pvalue == pytest.approx(1 / 3)


def test_labels_of_any_kind():
    plain = permutation_test(RATINGS, GROUPS, resamples=300)
    for labels in (
        GROUPS.astype(float),
        [f"g{g}" for g in GROUPS],
        pd.Series(GROUPS),
        pd.Categorical([f"g{g}" for g in GROUPS]),
        pd.Series([f"g{g}" for g in GROUPS], dtype=object),
    ):
        assert permutation_test(pd.Series(RATINGS), labels, resamples=300).pvalue == plain.pvalue


def test_f_without_spread_within_groups_is_infinite_and_has_a_p_value():
    found = permutation_test([1, 1, 2, 2, 3, 3], [0, 0, 1, 1, 2, 2])
    assert found.statistic == math.inf
    assert found.pvalue == pytest.approx(6 / 90)  # orders of the groups, of 6! / (2! 2! 2!)


@pytest.mark.parametrize(
    ("values", "groups", "options", "reason"),
    [
        ([1, 2, 3], ["a", "a", "a"], {}, "two groups"),
        ([4, 4, 4, 4], [0, 0, 1, 1], {}, "all values are equal"),
        ([1, 2, 3], [0, 1, 2], {}, "no group has two members"),
        ([1, 2, 3, 4], [0, 0, 1, 1], {"strata": [0, 0, 1, 1]}, "one group only"),
        ([1, 1, 2, 3], [0, 1, 1, 1], {"strata": [0, 0, 1, 1]}, "within strata"),
        ([np.nan, np.nan], [0, 1], {}, "two groups"),
        ([], [], {}, "two groups"),
    ],
)
def test_what_has_no_answer_says_why(values, groups, options, reason):
    found = permutation_test(values, groups, **options)
    assert math.isnan(found.pvalue)
    assert math.isnan(found.statistic)
    assert reason in found.reason


@pytest.mark.parametrize(
    ("values", "groups", "options", "message"),
    [
        ([1, 2, 3], [0, 1], {}, "one label an expert in groups"),
        ([1, 2], [0, 1], {"strata": [0]}, "one label an expert in strata"),
        ([1, 2], [0, None], {}, "groups: the label of expert 1 is missing"),
        ([1, 2], [np.nan, 1], {}, "groups: the label of expert 0 is missing"),
        ([1, np.inf], [0, 1], {}, "infinite"),
        ([[1, 2]], [[0, 1]], {}, "one value an expert"),
        ([1, 2, 3], [0, 1, 2], {"statistic": "difference"}, "two groups, got 3"),
        ([1, 2], [0, 1], {"statistic": "t"}, "statistic must be"),
        ([1, 2], [0, 1], {"exact": "yes"}, "exact must be"),
        ([1, 2], [0, 1], {"alternative": "both"}, "alternative must be"),
        ([1, 2], [0, 1], {"alternative": "less"}, "no direction"),
        ([1, 2], [0, 1], {"resamples": 0}, "resamples must be"),
    ],
)
def test_impossible_input_is_refused(values, groups, options, message):
    with pytest.raises(ValueError, match=message):
        permutation_test(values, groups, **options)


def test_exact_out_of_reach_is_refused(monkeypatch):
    monkeypatch.setattr(permutation, "EXACT_STATES", 100)
    with pytest.raises(ValueError, match="draw random permutations instead"):
        permutation_test(RATINGS, GROUPS, exact=True)
    # "auto" draws instead
    monkeypatch.setattr(permutation, "EXACT_LIMIT", 1e30)
    assert "random permutations" in permutation_test(RATINGS, GROUPS, resamples=50).method


@settings(max_examples=40, deadline=None)
@given(
    values=st.lists(st.integers(1, 5), min_size=4, max_size=9),
    data=st.data(),
    statistic=st.sampled_from(["F", "H"]),
)
def test_names_order_and_scale_do_not_matter(values, data, statistic):
    groups = data.draw(st.lists(st.integers(0, 2), min_size=len(values), max_size=len(values)))
    order = data.draw(st.permutations(range(len(values))))
    found = permutation_test(values, groups, statistic, exact=True)
    other = permutation_test(
        [10 - 3 * values[i] for i in order], [-groups[i] for i in order], statistic, exact=True
    )
    if found.reason:
        assert other.reason == found.reason
        return
    assert 0 < found.pvalue <= 1
    assert other.pvalue == pytest.approx(found.pvalue, abs=1e-12)
    assert other.statistic == pytest.approx(found.statistic, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("n", [2, 3, 7, 20, 40])
def test_the_network_sorts(n):
    rng = np.random.default_rng(n)
    rows = rng.integers(0, 1000, (n, 200))
    expected = np.sort(rows, axis=0)
    for i, j in permutation_draws._network(n):
        rows[i], rows[j] = np.minimum(rows[i], rows[j]), np.maximum(rows[i], rows[j])
    np.testing.assert_array_equal(rows, expected)


def test_all_orders_are_equally_likely():
    rng = np.random.default_rng(1)
    codes = np.arange(4, dtype=np.uint16)
    usable, rows = permutation_draws._shuffled_codes(codes, 2, 48_000, rng, ((0, 4),))
    orders, counts = np.unique(np.array(rows)[:, usable].T, axis=0, return_counts=True)
    assert len(orders) == 24
    expected = usable.sum() / 24
    # chi-squared with 23 degrees of freedom: 49.7 is its 99.9% point
    assert ((counts - expected) ** 2 / expected).sum() < 49.7
    assert usable.mean() > 0.999


@pytest.mark.parametrize("statistic", ["F", "difference"])
def test_both_ways_of_drawing_have_the_exact_distribution(statistic):
    groups = np.array([0, 0, 0, 1, 1, 1, 1, 0])
    values = np.array([1.0, 2.0, 2.5, 4.0, 4.5, 7.0, 1.0, 3.0])
    design, _ = permutation._read(values, groups, None)
    scores, weights = permutation._all_scores(design, statistic)
    mean = weights @ scores / weights.sum()
    sd = math.sqrt(weights @ (scores - mean) ** 2 / weights.sum())
    for way in (permutation_draws.draw, permutation_draws._draw_by_shuffling):
        drawn = way(40_000, np.random.default_rng(2), design, statistic)
        assert drawn.shape == (40_000,)
        assert drawn.mean() == pytest.approx(mean, abs=4 * sd / 200)
        assert drawn.std() == pytest.approx(sd, rel=0.03)
        assert set(np.round(drawn, 9)) == set(np.round(scores, 9))


def test_many_experts_and_many_values():
    rng = np.random.default_rng(4)
    values, groups = rng.normal(size=300), np.arange(300) % 5
    found = permutation_test(values, groups, resamples=400, strata=np.arange(300) // 100)
    assert 0 < found.pvalue <= 1
    shifted = permutation_test(values + (groups == 0), groups, resamples=400)
    assert shifted.pvalue == 1 / 401


def test_walk_counts_all_tables():
    # the number of 2 x 8 tables with one half of 20 experts in eight groups, and their weights
    def add(total, row, column, count):
        if row == 0:
            total[:, column] += count

    sizes = [3, 3, 3, 3, 2, 2, 2, 2]
    start = np.zeros((1, 8))
    total, log_weight = enumeration.walk([10, 10], sizes, add, start, np.zeros(1), 10**6)
    by_hand = np.polynomial.polynomial.polypow([1, 1, 1, 1], 4)
    by_hand = np.polynomial.polynomial.polymul(
        by_hand, np.polynomial.polynomial.polypow([1, 1, 1], 4)
    )
    assert len(total) == by_hand[10]
    weight = np.exp(log_weight - log_weight.max())
    mean = weight @ total / weight.sum()
    np.testing.assert_allclose(mean, np.array(sizes) / 2, atol=1e-12)
    assert len(total) <= enumeration.tables_bound([10, 10], sizes)
    with pytest.raises(enumeration.TooManyTablesError):
        enumeration.walk([10, 10], sizes, add, start, np.zeros(1), 100)
