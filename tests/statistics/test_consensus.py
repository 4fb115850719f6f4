"""Agreement on ratings: A, Cns, quartiles, W and Friedman's test."""

from math import exp, isnan

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import chi2, friedmanchisquare

from analysis.statistics.consensus import (
    agreement_a,
    consensus_cns,
    friedman,
    kendall_w,
    quartiles,
    scale_counts,
)
from analysis.validation.peers_agreement import peeled, w_with_ties

counts = st.lists(st.integers(0, 6), min_size=3, max_size=8).filter(any)
ratings = st.tuples(st.integers(2, 6), st.integers(2, 5)).flatmap(
    lambda shape: arrays(float, shape, elements=st.integers(1, 5).map(float))
)


# one item


@settings(max_examples=80, deadline=None)
@given(counts)
def test_a_is_its_definition(answers):
    found = agreement_a(answers)
    assert found == pytest.approx(peeled(answers), abs=1e-12)
    assert -1 - 1e-12 <= found <= 1
    assert found == pytest.approx(agreement_a(answers[::-1]), abs=1e-12)
    assert found == pytest.approx(agreement_a(np.array(answers) * 0.3), abs=1e-12)
    assert (found.n, agreement_a([2.5, 40, 57.5]).n) == (sum(answers), None)


@settings(max_examples=80, deadline=None)
@given(counts)
def test_cns_is_its_definition(answers):
    x = np.repeat(np.arange(1, len(answers) + 1), answers)
    apart = np.abs(x - x.mean()) / (len(answers) - 1)
    expected = 1 + np.log2(1 - apart).mean()
    assert consensus_cns(answers) == pytest.approx(max(0, expected), abs=1e-12)


@pytest.mark.parametrize("function", [agreement_a, consensus_cns])
def test_agreement_without_an_answer(function):
    assert function([0, 0, 0, 0]).reason == "nobody answered"
    assert "categories" in function([3]).reason
    assert isnan(function([]))
    assert agreement_a([2, 3]).reason == "fewer than 3 categories that can be counted"
    for wrong in ([1, -1, 2], [1, np.inf, 2], [1, np.nan, 2], [[1, 2, 3]]):
        with pytest.raises(ValueError, match="expected"):
            function(wrong)


def test_answers_are_counted_over_the_whole_scale():
    answers = pd.Series([1, 4, 4, np.nan, 2])
    assert scale_counts(answers, 1, 5).tolist() == [1, 1, 0, 2, 0]
    assert scale_counts([-5, 0, -5], -5, 1).tolist() == [2, 0, 0, 0, 0, 1, 0]
    assert scale_counts([], 1, 3).tolist() == [0, 0, 0]
    assert agreement_a(scale_counts([1.5], 0.5, 2.5)).reason.startswith("fewer than 3 categories")
    assert len(scale_counts([5], 0, 1e12)) == 0
    for outside in (0, 6, 2.5):
        with pytest.raises(ValueError, match=f"answers from 1 to 5, got {outside:.1f}"):
            scale_counts([3, outside], 1, 5)


def test_quartiles_are_answers_or_halves():
    table = pd.DataFrame({"a": [3, 4, 4, 5, 5, 2, 4, 5], "b": [1.0] + [np.nan] * 7, "c": np.nan})
    found = quartiles(table)
    assert found.loc["a"].tolist() == [8, 4, 3.5, 5, 1.5]
    assert found.loc["b"].tolist() == [1, 1, 1, 1, 0]
    assert found.loc["c"].isna().tolist() == [False, True, True, True, True]


# over items


@settings(max_examples=80, deadline=None)
@given(ratings, st.randoms(use_true_random=False))
def test_w_is_kendalls_formula_and_friedmans_chi_squared(table, random):
    found, tested = kendall_w(table), friedman(table)
    if (table == table[:, :1]).all():
        assert found.reason == tested.reason == "every expert rates all items alike"
        return
    assert found == pytest.approx(w_with_ties(table), abs=1e-12)
    m, k = table.shape
    assert tested.statistic == pytest.approx(m * (k - 1) * found, rel=1e-9)
    assert tested.pvalue == pytest.approx(chi2.sf(tested.statistic, k - 1), rel=1e-9)
    if k > 2:
        assert tested.statistic == pytest.approx(friedmanchisquare(*table.T).statistic)
    experts, items = list(range(m)), list(range(k))
    random.shuffle(experts)
    random.shuffle(items)
    other = np.exp(table)[experts][:, items]  # only ranks count
    assert kendall_w(other) == pytest.approx(found.estimate, abs=1e-12)


def test_by_hand():
    # ranks 1 2.5 2.5 | 1 2 3 | 1.5 1.5 3: sums 3.5 6 8.5, S = 12.5; ties 6 + 0 + 6
    table = [[1, 4, 4], [1, 2, 3], [2, 2, 5]]
    assert kendall_w(table) == pytest.approx(12 * 12.5 / (9 * 24 - 3 * 12))
    assert friedman(table).pvalue == pytest.approx(exp(-2.5))
    assert (kendall_w([[5, 4, 4, 1]] * 5), kendall_w([[1, 2], [2, 1]])) == (1, 0)
    # two items are a sign test: 7 prefer the first, 3 the second, (7 - 3)^2 / 10
    assert friedman([[2, 1]] * 7 + [[1, 2]] * 3).statistic == pytest.approx(1.6)


def test_experts_with_gaps_are_left_out():
    complete = [[1, 2, 3], [1, 3, 2], [2, 1, 3]]
    gaps = pd.DataFrame([*complete, [np.nan, 1, 2], [np.nan] * 3])
    assert kendall_w(gaps) == kendall_w(complete)
    assert (kendall_w(gaps).n, friedman(gaps).n) == (3, 3)


def test_what_has_no_answer_says_why():
    for table, reason in (
        ([[1, 2, 3]], "two experts"),
        ([[np.nan, 2], [1, np.nan]], "two experts"),
        ([[1], [2]], "two items"),
        ([[3, 3, 3], [5, 5, 5]], "all items alike"),
    ):
        found, tested = kendall_w(table), friedman(table)
        assert reason in found.reason == tested.reason
        assert np.isnan([found, tested.statistic, tested.pvalue]).all()
    for wrong in ([1, 2, 3], [[1, np.inf], [2, 3]]):
        with pytest.raises(ValueError, match="finite ratings, experts x items"):
            friedman(wrong)
