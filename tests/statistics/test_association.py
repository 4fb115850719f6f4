"""Exact tests, Cramer's V, what two groups can show, adjusted p-values; published and peers."""

import math
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.statistics import contingency
from analysis.statistics.association import (
    adjust,
    cramers_v,
    expected_cramers_v,
    fisher_power,
    fisher_pvalues,
    freeman_halton,
    minimal_significant,
)
from analysis.steps.validation.association_peers import brute_freeman_halton

ROOT = Path(__file__).resolve().parents[2]
tables = st.tuples(st.integers(2, 3), st.integers(2, 4)).flatmap(
    lambda shape: arrays(int, shape, elements=st.integers(0, 3))
)


# --- Freeman-Halton -----------------------------------------------------------------------------


def test_freeman_halton_reports_the_tables_probability_and_size():
    found = freeman_halton([[3, 1], [1, 3]])
    assert found.pvalue == pytest.approx(34 / 70, abs=1e-12)
    assert found.statistic == pytest.approx(16 / 70, abs=1e-12)
    assert found.n == 8
    assert found.reason == ""


def test_empty_rows_and_columns_are_left_out_and_counted():
    full = freeman_halton([[3, 1, 2], [1, 3, 0]])
    padded = freeman_halton([[3, 0, 1, 2], [0, 0, 0, 0], [1, 0, 3, 0]])
    assert padded.pvalue == full.pvalue
    assert "1 empty row and 1 empty column left out" in padded.method
    assert "left out" not in full.method
    assert "2 empty columns left out" in freeman_halton([[3, 0, 1, 0], [1, 0, 3, 0]]).method


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ([[0, 0], [1, 3]], "only one row"),
        ([[2, 0], [3, 0]], "only one column"),
        ([[0, 0], [0, 0]], "empty"),
        ([[1, 2, 3]], "only one row"),
        (np.zeros((0, 2)), "empty"),
    ],
)
def test_degenerate_tables_have_no_answer_and_say_why(table, reason):
    for found in (freeman_halton(table), cramers_v(table), expected_cramers_v(table)):
        value = found.pvalue if hasattr(found, "pvalue") else found.estimate
        assert math.isnan(value)
        assert reason in found.reason


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ([1, 2, 3], "rows and columns"),
        ([[1, -2], [3, 4]], "0 or more, got -2"),
        ([[1, 2.5], [3, 4]], "whole numbers, got 2.5"),
        ([[1, np.nan], [3, 4]], "whole numbers, got nan"),
        ([["a", "b"], ["c", "d"]], "expected counts"),
    ],
)
def test_impossible_tables_are_refused(table, message):
    for function in (freeman_halton, cramers_v, expected_cramers_v):
        with pytest.raises(ValueError, match=message):
            function(table)


def test_input_may_be_a_list_floats_booleans_or_a_frame():
    table = [[1, 0], [1, 1]]
    expected = freeman_halton(table).pvalue
    assert freeman_halton(np.array(table, dtype=float)).pvalue == expected
    assert freeman_halton(np.array(table, dtype=bool)).pvalue == expected
    assert freeman_halton(pd.DataFrame(table, columns=["x", "y"])).pvalue == expected
    assert freeman_halton(np.asfortranarray(table)).pvalue == expected


def test_one_sided_tests_are_for_two_by_two_tables():
    greater = freeman_halton([[3, 1], [1, 3]], "greater").pvalue
    less = freeman_halton([[3, 1], [1, 3]], "less").pvalue
    assert greater == pytest.approx(17 / 70, abs=1e-12)
    assert greater + less == pytest.approx(1 + 16 / 70, abs=1e-12)
    with pytest.raises(ValueError, match="2 x 2 table"):
        freeman_halton([[3, 1, 2], [1, 3, 0]], "greater")
    with pytest.raises(ValueError, match="alternative"):
        freeman_halton([[3, 1], [1, 3]], "sideways")
    assert math.isnan(freeman_halton([[0, 0], [1, 3]], "less").pvalue)


@settings(max_examples=60, deadline=None)
@given(table=tables)
def test_freeman_halton_is_the_brute_force_p_in_any_order(table):
    found = freeman_halton(table)
    expected = brute_freeman_halton(table)
    shuffled = freeman_halton(table[::-1, ::-1].T)
    if math.isnan(expected):
        assert math.isnan(found.pvalue)
        assert math.isnan(shuffled.pvalue)
    else:
        assert found.pvalue == pytest.approx(expected, abs=1e-12)
        assert shuffled.pvalue == pytest.approx(expected, abs=1e-12)
        assert found.statistic <= found.pvalue * (1 + 1e-9)


def test_a_larger_table_needs_more_room_and_gets_it():
    # 60 experts, 5 x 5: out of reach of the first workspace
    table = np.random.default_rng(1).multinomial(60, np.ones(25) / 25).reshape(5, 5)
    assert freeman_halton(table).pvalue == pytest.approx(0.43844, abs=1e-5)


def test_a_table_out_of_reach_is_sampled_with_a_seed_and_says_so(monkeypatch):
    monkeypatch.setattr(contingency, "_WORKSPACES", (1,))
    monkeypatch.setattr(contingency, "_SAMPLES", 20_000)
    table = [[1, 3, 10, 6], [2, 3, 10, 7], [1, 6, 14, 12], [0, 1, 9, 11]]
    found = freeman_halton(table)
    assert "20,000 random tables" in found.method
    assert found.pvalue == pytest.approx(0.7827, abs=0.015)
    assert found.pvalue == freeman_halton(table).pvalue
    assert found.pvalue != freeman_halton(table, seed=1).pvalue


# --- Cramer's V ---------------------------------------------------------------------------------


def test_raw_v_is_one_for_a_perfect_and_zero_for_no_association():
    assert cramers_v([[5, 0], [0, 5]], bias_corrected=False).estimate == 1
    assert cramers_v([[4, 2], [6, 3]], bias_corrected=False).estimate == pytest.approx(0, abs=1e-12)
    assert cramers_v([[4, 2], [6, 3]]).estimate == 0


def test_corrected_v_of_a_perfect_association_is_one():
    assert cramers_v([[5, 0, 0], [0, 5, 0], [0, 0, 5]]).estimate == pytest.approx(1, abs=1e-12)


def test_as_many_columns_as_experts_leave_nothing_to_divide_by():
    found = cramers_v([[1, 0, 1], [0, 1, 0]])
    assert math.isnan(found.estimate)
    assert "as many" in found.reason
    assert cramers_v([[1, 0, 1], [0, 1, 0]], bias_corrected=False).estimate == pytest.approx(1)
    assert "as many" in expected_cramers_v([[1, 0, 1], [0, 1, 0]], bias_corrected=True).reason


def test_v_says_how_many_experts():
    assert cramers_v([[4, 2], [6, 3]]).n == 15


@settings(max_examples=60, deadline=None)
@given(table=tables)
def test_v_lies_between_zero_and_one_and_order_does_not_matter(table):
    raw = cramers_v(table, bias_corrected=False)
    corrected = cramers_v(table)
    assert np.isnan(raw.estimate) == (raw.reason != "")
    if not np.isnan(raw.estimate):
        assert 0 <= raw.estimate <= 1
        assert cramers_v(table.T[::-1], False).estimate == pytest.approx(raw.estimate, abs=1e-9)
    if not np.isnan(corrected.estimate):
        assert 0 <= corrected.estimate <= 1


def test_raw_v_over_eight_groups_is_large_by_chance_alone():
    table = [[2, 1, 1, 1, 1, 1, 1, 2], [1, 1, 1, 1, 1, 1, 2, 2]]
    found = expected_cramers_v(table)
    assert found.estimate == pytest.approx(0.59, abs=0.005)
    assert found.se == 0
    assert "exact" in found.method
    assert found.low < found.estimate < found.high
    corrected = expected_cramers_v(table, bias_corrected=True)
    assert corrected.estimate < 0.25


def test_expected_v_by_sampling_agrees_with_the_exact_mean(monkeypatch):
    table = [[2, 1, 1, 1, 1, 1, 1, 2], [1, 1, 1, 1, 1, 1, 2, 2]]
    exact = expected_cramers_v(table)
    monkeypatch.setattr(contingency, "_TABLE_LIMIT", 10)
    sampled = expected_cramers_v(table, resamples=4000)
    assert "4,000 random tables" in sampled.method
    assert sampled.estimate == pytest.approx(exact.estimate, abs=5 * sampled.se)
    assert sampled.low == pytest.approx(exact.low, abs=0.06)
    assert sampled.estimate == expected_cramers_v(table, resamples=4000).estimate


def test_mean_squared_v_is_known_exactly():
    # the mean of chi-squared given the margins is (r - 1)(c - 1) n / (n - 1)
    rows, columns = [8, 12], [3, 3, 3, 3, 2, 2, 2, 2]
    phi2, weight = contingency._phi2_distribution(rows, columns)
    assert phi2 @ weight == pytest.approx(7 / 19, abs=1e-12)


# --- two groups ---------------------------------------------------------------------------------


def test_two_groups_of_ten_differ_at_eight_to_two_but_not_at_seven_to_two():
    p = fisher_pvalues(10, 10)
    assert p[8, 2] == pytest.approx(0.0230, abs=5e-5)
    assert p[7, 2] == pytest.approx(0.0698, abs=5e-5)
    assert p[8, 2] == pytest.approx(freeman_halton([[8, 2], [2, 8]]).pvalue, abs=1e-12)
    assert p[8, 2] == pytest.approx(p[2, 8], abs=1e-15)
    assert np.isnan(p[0, 0])
    assert np.isnan(p[10, 10])


def test_fisher_pvalues_are_those_of_the_exact_test():
    p = fisher_pvalues(4, 7)
    for k1, k2 in product(range(5), range(8)):
        expected = freeman_halton([[k1, 4 - k1], [k2, 7 - k2]]).pvalue
        assert p[k1, k2] == pytest.approx(expected, abs=1e-12, nan_ok=True)
    p[0, 0] = 5  # a copy: the kept table does not change
    assert np.isnan(fisher_pvalues(4, 7)[0, 0])


def test_minimal_significant_tables_are_at_the_edge():
    found = minimal_significant(10, 10)
    assert [pair[:2] for pair in found] == [(5, 0), (6, 0), (7, 1), (8, 2), (9, 3), (10, 5)]
    p = fisher_pvalues(10, 10)
    for k1, k2, pvalue in found:
        assert pvalue == p[k1, k2] <= 0.05 < p[k1, k2 + 1]
    assert minimal_significant(2, 3) == []  # no table of so few reaches .05


def test_power_grows_and_the_size_is_kept():
    assert fisher_power(10, 10, 0.2, 0.2) == pytest.approx(0.0076, abs=5e-5)
    assert fisher_power(10, 10, 0.8, 0.2) == pytest.approx(0.6353, abs=5e-5)
    assert fisher_power(10, 10, 1, 0) == 1
    assert fisher_power(10, 10, 0, 0) == 0
    powers = [fisher_power(10, 10, p, 0.1) for p in (0.1, 0.3, 0.5, 0.7, 0.9)]
    assert powers == sorted(powers)
    assert fisher_power(7, 13, 0.3, 0.6) == pytest.approx(fisher_power(13, 7, 0.6, 0.3), abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(n1=st.integers(1, 12), n2=st.integers(1, 12), p=st.floats(0, 1))
def test_the_true_size_never_exceeds_alpha(n1, n2, p):
    assert fisher_power(n1, n2, p, p) <= 0.05 + 1e-12


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fisher_pvalues(0, 5), "group sizes"),
        (lambda: fisher_pvalues(5, 201), "group sizes"),
        (lambda: fisher_power(5, 5, 1.2, 0.5), "probabilities"),
        (lambda: fisher_power(5, 5, 0.5, 0.5, alpha=0), "alpha"),
        (lambda: minimal_significant(5, 5, alpha=1), "alpha"),
    ],
)
def test_impossible_groups_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# --- adjusted p-values --------------------------------------------------------------------------


def test_missing_p_values_stay_missing_and_are_not_counted():
    p = np.array([[0.01, np.nan], [0.04, 0.03]])
    holm = adjust(p)
    assert holm.shape == (2, 2)
    np.testing.assert_allclose(holm, [[0.03, np.nan], [0.06, 0.06]], atol=1e-12)
    np.testing.assert_allclose(adjust(p, "bh"), [[0.03, np.nan], [0.04, 0.04]], atol=1e-12)
    np.testing.assert_allclose(adjust(p, "bonferroni"), [[0.03, np.nan], [0.12, 0.09]], atol=1e-12)


def test_names_of_benjamini_and_hochberg():
    p = [0.01, 0.2, 0.03]
    for name in ("fdr_bh", "BH", "benjamini-hochberg", "Benjamini-Hochberg"):
        np.testing.assert_array_equal(adjust(p, name), adjust(p, "bh"))


def test_nothing_to_adjust():
    assert adjust([]).shape == (0,)
    assert np.isnan(adjust([np.nan, np.nan])).all()
    assert adjust([0.04]).tolist() == [0.04]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: adjust([0.1, 1.2]), "between 0 and 1, got 1.2"),
        (lambda: adjust([-0.1]), "between 0 and 1"),
        (lambda: adjust([0.1], "tukey"), "method must be one of"),
    ],
)
def test_impossible_p_values_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@settings(max_examples=25, deadline=None)
@given(p=arrays(float, st.integers(1, 8), elements=st.floats(0, 1)))
def test_adjusting_keeps_the_order_and_never_lowers(p):
    holm, bh, bonferroni = (adjust(p, method) for method in ("holm", "bh", "bonferroni"))
    assert (p <= bh + 1e-12).all()
    assert (bh <= holm + 1e-12).all()
    assert (holm <= bonferroni + 1e-12).all()
    assert (bonferroni <= 1).all()
    order = np.argsort(p, kind="stable")
    for adjusted in (holm, bh, bonferroni):
        assert (np.diff(adjusted[order]) >= -1e-12).all()
    np.testing.assert_allclose(adjust(p[::-1]), holm[::-1], atol=1e-15)
