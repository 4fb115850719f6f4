"""Tables of counts, contrasts of two groups, p-values of many tests, shares of small groups."""

from fractions import Fraction
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import gammaln
from scipy.stats import betabinom, random_table
from scipy.stats.contingency import association as scipy_association

from analysis.statistics.association import (
    adjust,
    cramers_v,
    expected_cramers_v,
    freeman_halton,
    shrunken_shares,
)
from analysis.statistics.cooccurrence import pair_test
from analysis.statistics.two_groups import contrast, contrasts, fisher_pvalues, power_exact
from analysis.validation.peers_counts import every_table

SIDES = ("two-sided", "greater", "less")
SESSIONS = np.arange(20) // 5
tables = st.tuples(st.integers(1, 3), st.integers(2, 3)).flatmap(
    lambda shape: arrays(int, shape, elements=st.integers(0, 2))
)


# tables


def random_experts(n, rows, columns):
    """A table of ``n`` experts, with rows as different as they like."""
    rng = np.random.default_rng(1)
    shares = rng.dirichlet(np.ones(rows)), rng.dirichlet(np.full(columns, 100))
    table = np.zeros((rows, columns), dtype=np.int64)
    np.add.at(table, (rng.choice(rows, n, p=shares[0]), rng.choice(columns, n, p=shares[1])), 1)
    return table


def log_ways(table):
    return -sum(np.log(np.arange(1, x + 1)).sum() for x in np.ravel(table))


@settings(max_examples=40, deadline=None)
@given(tables)
def test_exact_p_is_the_sum_of_all_tables_at_most_as_probable(table):
    found = freeman_halton(table)
    assert found.pvalue == pytest.approx(
        freeman_halton(table[::-1, ::-1].T).pvalue, abs=1e-12, nan_ok=True
    )
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    if (rows > 0).sum() < 2 or (columns > 0).sum() < 2:
        assert np.isnan(found.pvalue)
        assert found.reason
        return
    logs = np.array([log_ways(other) for other in every_table(rows.tolist(), columns.tolist())])
    weights = np.exp(logs - logs.max())
    own = np.exp(log_ways(table) - logs.max())
    expected = weights[weights <= own * (1 + 1e-7)].sum() / weights.sum()
    assert found.pvalue == pytest.approx(expected, abs=1e-9)
    assert found.statistic == pytest.approx(own / weights.sum(), abs=1e-9)
    assert found.n == table.sum()


@pytest.mark.parametrize(
    "table",
    [
        np.random.default_rng(1).multinomial(64, np.ones(64) / 64).reshape(8, 8),
        [[3300, 3200, 3400], [3100, 3500, 3300], [3400, 3300, 3500]],
        np.arange(1, 65).reshape(8, 8),
        [np.arange(100, 130), np.arange(130, 100, -1)],
        np.random.default_rng(1).integers(0, 2, (17, 17)),
        random_experts(80, 12, 12),  # the search breaks down
        random_experts(288, 5, 5),
        random_experts(1599, 2, 343),
    ],
)
def test_the_work_for_a_large_table_is_bounded_and_says_so(table):
    found = freeman_halton(table)  # without a bound: minutes, or no end
    assert found.reason.startswith("too many tables to go through: p is from ")
    assert found.pvalue == freeman_halton(table).pvalue
    assert 0 < found.pvalue <= 1


def test_random_tables_give_the_p_of_another_program():
    table = random_experts(150, 5, 6)
    drawn = random_table(table.sum(axis=1), table.sum(axis=0)).rvs(20_000, random_state=3)
    logs = -gammaln(drawn + 1).sum(axis=(1, 2))
    expected = (logs <= -gammaln(table + 1).sum() + 1e-7).mean()
    found = freeman_halton(table)
    assert "random" in found.reason
    assert found.pvalue == pytest.approx(expected, abs=4 * np.sqrt(0.25 / 20_000))


def test_the_larger_a_table_the_fewer_are_drawn_and_in_the_end_none():
    fewer = freeman_halton(np.ones((50, 50)))
    assert fewer.reason.endswith("p is from 20,000 random ones")
    assert fewer.pvalue == 1  # none is more probable
    assert expected_cramers_v(np.ones((50, 50))).method.endswith("of 5,000 random tables")
    for table in (np.full((200, 200), 100), np.full((2, 3), 10**9), np.full((2, 2), 10**10)):
        found = freeman_halton(table)
        assert np.isnan([found.statistic, found.pvalue]).all()
        assert "too large" in found.reason
    assert "too large" in expected_cramers_v(np.full((2, 2), 10**12)).reason


def test_large_totals_are_multiplied_without_overflow():
    """Of (a, b; b, a) phi is (a - b) / (a + b)."""
    table = [[10**12, 10**11], [10**11, 10**12]]
    assert cramers_v(table, bias_corrected=False) == pytest.approx(float(Fraction(9, 11)))
    for impossible in ([[10**13, 1], [1, 1]], [[2**63, 1], [1, 1]], [[10**400, 1], [1, 1]]):
        with pytest.raises(ValueError, match="a cell must be a whole number of at most 1,000,000"):
            cramers_v(impossible)


@pytest.mark.parametrize(
    ("table", "reason"),
    [([[0, 0], [1, 3]], "one row"), ([[2, 0], [3, 0]], "one column"), (np.zeros((2, 2)), "empty")],
)
def test_degenerate_tables_have_no_answer(table, reason):
    for found in (cramers_v(table), expected_cramers_v(table), freeman_halton(table)):
        assert np.isnan(getattr(found, "pvalue", found))
        assert reason in found.reason


@pytest.mark.parametrize("table", [[1, 2], [[1, -2], [3, 4]], [[1, 2.5], [3, 4]], [["a"], ["b"]]])
def test_impossible_tables_are_refused(table):
    for function in (freeman_halton, cramers_v, expected_cramers_v):
        with pytest.raises(ValueError, match=r"expected a table|whole number"):
            function(table)


def test_one_sided_tests_are_for_two_by_two_tables():
    for columns, alternative in ((3, "greater"), (2, "sideways")):
        with pytest.raises(ValueError, match=r"2 x 2 table|alternative must"):
            freeman_halton(np.ones((2, columns)), alternative)


@settings(max_examples=40, deadline=None)
@given(tables.filter(lambda t: (t.any(axis=0).sum() > 1) and (t.any(axis=1).sum() > 1)))
def test_raw_v_is_scipys(table):
    kept = table[table.any(axis=1)][:, table.any(axis=0)]
    expected = scipy_association(kept, method="cramer")
    assert cramers_v(table, bias_corrected=False) == pytest.approx(expected, abs=1e-7)
    assert cramers_v(table) <= 1 or "as many rows or columns" in cramers_v(table).reason


def test_raw_v_over_eight_groups_is_large_by_chance_alone():
    table = [[2, 1, 1, 1, 1, 1, 1, 2], [1, 1, 1, 1, 1, 1, 2, 2]]
    found = expected_cramers_v(table)
    assert found == pytest.approx(0.59, abs=0.01)
    assert found.low < found < found.high
    assert found == expected_cramers_v(table)
    assert expected_cramers_v(table, bias_corrected=True) < 0.25


# two groups


@settings(max_examples=60, deadline=None)
@given(arrays(bool, (9, 2)), arrays(int, 9, elements=st.integers(0, 2)), st.sampled_from(SIDES))
def test_a_contrast_is_the_test_of_the_pair_of_code_and_group(marks, clusters, alternative):
    """Which stands against all assignments within clusters in the tests of pairs."""
    raised, group = marks.T
    found = contrast(raised, group, clusters, alternative)
    pair = pair_test(marks, 1, clusters, least=0, alternative=alternative).table.iloc[0]
    assert found.pvalue == pytest.approx(pair.pvalue, abs=1e-12, nan_ok=True)
    assert bool(found.reason) == np.isnan(found.pvalue)
    if 0 < group.sum() < 9:
        assert found.statistic == pytest.approx(raised[group].mean() - raised[~group].mean())


def test_fishers_p_of_every_outcome():
    p = fisher_pvalues(4, 7)
    for k1, k2 in product(range(5), range(8)):
        raised = [1] * k1 + [0] * (4 - k1) + [1] * k2 + [0] * (7 - k2)
        found = contrast(raised, [1] * 4 + [0] * 7).pvalue
        assert p[k1, k2] == pytest.approx(found, abs=1e-12, nan_ok=True)
    assert fisher_pvalues(10, 10)[8, 2] == pytest.approx(0.0230, abs=5e-5)
    for sizes in ((0, 5), (5, 201), (5, 2.5)):
        with pytest.raises(ValueError, match=r"n1|n2|group sizes"):
            fisher_pvalues(*sizes)


def test_power_is_that_of_many_panels_and_the_size_is_kept():
    rng = np.random.default_rng(2)
    a, b = rng.binomial(10, 0.8, 40_000), rng.binomial(10, 0.2, 40_000)
    told = np.nan_to_num(fisher_pvalues(10, 10), nan=1)[a, b] <= 0.05
    assert power_exact(10, 10, 0.8, 0.2) == pytest.approx(told.mean(), abs=0.01)
    assert power_exact(10, 10, 1, 0) == 1
    assert power_exact(7, 13, 0.3, 0.6) == pytest.approx(power_exact(13, 7, 0.6, 0.3))
    assert max(power_exact(9, 11, p, p) for p in np.linspace(0, 1, 21)) <= 0.05
    with pytest.raises(ValueError, match="must lie between 0 and 1"):
        power_exact(5, 5, 1.2, 0.5)


@pytest.mark.parametrize("sessions", [False, True])
def test_a_scan_of_unrelated_codes_alarms_no_more_than_it_may(sessions):
    rng, panels = np.random.default_rng(4), 250
    clusters = SESSIONS if sessions else None
    alarms, small, expected = 0, [], []
    for _ in range(panels):
        share = rng.choice([0.1, 0.5, 0.9], (4, 12)) if sessions else np.full((4, 12), 0.4)
        # sessions differ in who sits in them, too
        group = rng.random(20) < (np.array([0.8, 0.2, 0.7, 0.3])[SESSIONS] if sessions else 0.5)
        found = contrasts(rng.random((20, 12)) < share[SESSIONS], group, clusters, permutations=200)
        alarms += found.pvalue <= 0.05
        small.append(found.observed.k)
        expected.append(float(found.expected))
    assert alarms / panels <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / panels)
    # the exact expectation is kept, and is well below 5% of 12
    assert np.nanmean(expected) == pytest.approx(np.mean(small), abs=4 * np.std(small) / 15)
    assert np.nanmean(expected) < 0.35


def test_a_scan_names_codes_and_adjusts():
    group = np.arange(20) % 2 == 0
    raised = pd.DataFrame({"split": group, "all": True, "none": False, "half": np.arange(20) < 10})
    found = contrasts(raised, group, SESSIONS, permutations=500)
    table = found.table.set_index("code")
    assert table.loc["split", ["k", "n", "k_others", "n_others"]].tolist() == [10, 10, 0, 10]
    assert table.reason.tolist()[1:3] == ["everybody raised it", "nobody raised it"]
    assert table.reason["half"] == "no exchange within clusters changes anything"
    assert (found.observed.k, found.observed.n) == (1, 1)
    np.testing.assert_allclose(table.adjusted, adjust(table.pvalue))
    assert found.pvalue == pytest.approx(float(found.expected), abs=0.03)
    alone = contrasts(raised, np.ones(20), permutations=10)
    assert set(alone.table.reason) == {"a group has no expert"}
    assert alone.test.reason == "there is no code that could tell the groups apart"
    with pytest.raises(ValueError, match="group must be one mark for each of 20"):
        contrasts(raised, [True])


# many tests


def test_missing_pvalues_stay_missing_and_are_not_counted():
    found = adjust([[0.01, np.nan], [0.04, 0.03]])
    np.testing.assert_allclose(found, [[0.03, np.nan], [0.06, 0.06]])
    assert adjust([]).shape == (0,)
    assert np.isnan(adjust([np.nan])).all()
    for pvalues, method in (([0.1, 1.2], "holm"), ([-0.1], "holm"), ([0.1], "tukey")):
        with pytest.raises(ValueError, match=r"p-values lie|method must"):
            adjust(pvalues, method)


# shares of small groups

SIZES = [3, 3, 3, 3, 2, 2, 2, 2]


@pytest.mark.parametrize(
    ("k", "n", "estimate", "correlation"),
    [
        ([1, 1, 2, 1, 1, 1, 0, 1], SIZES, [0.4] * 8, 0),  # no more spread than chance
        ([3, 3, 0, 0, 2, 2, 0, 0], SIZES, [1, 1, 0, 0, 1, 1, 0, 0], 1),
        ([2, 0, 0], [2, 2, 0], [1, 0, 0.5], 1),  # nobody was asked in the last
        ([0, 0, 0], [2, 3, 2], [0, 0, 0], 0),
        ([2, 3, 2], 3, [7 / 9] * 3, 0),
        ([2], [3], [2 / 3], 0),
    ],
)
def test_shares_at_the_ends_of_the_model(k, n, estimate, correlation):
    found = shrunken_shares(k, n)
    np.testing.assert_allclose(found.estimate, estimate, atol=1e-6)
    np.testing.assert_allclose(found.correlation, correlation, atol=1e-6)
    # an interval does not pretend to know what few experts show
    assert (found.low <= found.estimate).all()
    assert (found.estimate <= found.high).all()
    assert (found.high - found.low > 0.15).all()


@pytest.mark.parametrize("factor", [1, 400])
def test_estimates_are_posterior_means_at_the_likeliest_prior(factor):
    """Also for groups of hundreds, whose likelihood is computed in another way."""
    k, n = np.array([3, 3, 0, 1, 2, 2]) * factor, np.array([3, 3, 3, 3, 2, 3]) * factor
    found = shrunken_shares(k, n)
    mean, rho = found.centre[0], found.correlation[0]
    a, b = mean * (1 - rho) / rho, (1 - mean) * (1 - rho) / rho
    np.testing.assert_allclose(found.estimate, (a + k) / (a + b + n), rtol=1e-9)
    best = betabinom.logpmf(k, n, a, b).sum()
    for other_a, other_b in ((a * 1.02, b), (a * 0.98, b), (a, b * 1.02), (a, b * 0.98)):
        assert betabinom.logpmf(k, n, other_a, other_b).sum() < best


def test_intervals_average_over_mean_and_correlation():
    # the same from a sum over 600 x 600 values of mean and correlation
    found = shrunken_shares([3, 0, 1, 2], [3, 3, 2, 2])
    np.testing.assert_allclose(found.se, [0.155056, 0.191353, 0.254582, 0.185073], atol=1e-5)
    np.testing.assert_allclose(found.low, [0.434972, 0.000046, 0.067857, 0.331430], atol=1e-5)
    np.testing.assert_allclose(found.high, [0.999996, 0.684993, 0.955894, 0.999994], atol=1e-5)


def test_nobody_asked_and_impossible_counts():
    assert shrunken_shares([0, 0], [0, 0]).estimate.isna().all()
    for k, n in (([3, 1], [2, 2]), ([1, 1], [2, 2, 2]), ([1, -1], 2), ([1.5], 2), ([], [])):
        with pytest.raises(ValueError, match=r"k must|k of n"):
            shrunken_shares(k, n)
