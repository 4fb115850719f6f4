"""Two coders and one code: indices, summaries, refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.statistics.agreement import (
    bias_index,
    cohen_kappa,
    pabak,
    prevalence_index,
    two_coder_counts,
    two_coder_summaries,
    two_coder_summary,
)

counts = st.tuples(*[st.integers(0, 40)] * 4)


def test_by_hand():
    table = (2, 1, 3, 14)
    assert prevalence_index(*table) == pytest.approx(12 / 20)
    assert bias_index(*table) == pytest.approx(2 / 20)
    assert pabak(*table) == pytest.approx(2 * 16 / 20 - 1)
    summary = two_coder_summary(*table)
    assert summary.n == 20
    assert summary.percent_agreement == 0.8
    assert summary.positive_agreement == pytest.approx(4 / 8)
    assert summary.negative_agreement == pytest.approx(28 / 32)
    # p_e = (3 * 5 + 17 * 15) / 400
    assert summary.kappa == pytest.approx((0.8 - 0.675) / (1 - 0.675))
    assert summary.reason == ""


@given(table=counts)
def test_identities(table):
    both, first, second, neither = table
    n = sum(table)
    summary = two_coder_summary(*table)
    if not n:
        assert np.isnan([summary.kappa, summary.pabak, summary.bias_index]).all()
        assert "no unit" in summary.reason
        return
    # kappa from agreement, prevalence and bias (Byrt, Bishop & Carlin 1993)
    p, b, k = summary.prevalence_index, summary.bias_index, summary.pabak
    if np.isnan(summary.kappa):
        assert max(both, neither) == n
        assert "0/0" in summary.reason
    else:
        assert summary.kappa == pytest.approx((k - p**2 + b**2) / (1 - p**2 + b**2))
        ratings = np.repeat([[1, 1, 0, 0], [1, 0, 1, 0]], table, axis=1)
        assert summary.kappa == pytest.approx(cohen_kappa(*ratings).estimate, abs=1e-12)
    # swapping coders, or giving and withholding the code, changes no index
    swapped = two_coder_summary(neither, second, first, both)
    for name in ("kappa", "pabak", "prevalence_index", "bias_index", "percent_agreement"):
        assert getattr(swapped, name) == pytest.approx(getattr(summary, name), nan_ok=True)
    assert swapped.positive_agreement == pytest.approx(summary.negative_agreement, nan_ok=True)
    assert 0 <= p <= 1
    assert 0 <= b <= 1
    assert -1 <= k <= 1


def test_nobody_gave_the_code():
    summary = two_coder_summary(0, 0, 0, 20)
    assert (summary.percent_agreement, summary.pabak) == (1, 1)
    assert np.isnan([summary.kappa, summary.positive_agreement]).all()
    assert summary.negative_agreement == 1
    assert "no unit" in summary.reason
    assert "every" in two_coder_summary(20, 0, 0, 0).reason


def test_counts_from_ratings():
    first = [1, 1, 0, 0, np.nan, 1, 0]
    second = [1, 0, 1, 0, 1, np.nan, 0]
    assert two_coder_counts(first, second) == (1, 1, 1, 2)
    assert two_coder_counts(pd.Series([True, False]), [1, 1]) == (1, 0, 1, 0)


def test_summaries_are_by_code():
    first = np.array([[1, 0], [1, 1], [0, 0]])
    second = np.array([[1, 1], [0, 1], [0, np.nan]])
    one, two = two_coder_summaries(first, second)
    assert (one.both, one.only_first, one.only_second, one.neither) == (1, 1, 0, 1)
    assert (two.both, two.only_first, two.only_second, two.neither) == (1, 0, 1, 0)
    assert two_coder_summaries(pd.DataFrame(first), pd.DataFrame(second)) == [one, two]


@pytest.mark.parametrize("function", [prevalence_index, bias_index, pabak, two_coder_summary])
@pytest.mark.parametrize("table", [(1, -1, 0, 0), (1.5, 0, 0, 0)])
def test_counts_must_be_counts(function, table):
    with pytest.raises(ValueError, match="must be a count"):
        function(*table)


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ([1, 0], [1], r"\(2,\) and \(1,\)"),
        ([1, 2], [1, 0], "0, 1 or NaN.*got 2"),
        ([[1]], [[1]], "one value for each unit"),
    ],
)
def test_impossible_ratings(first, second, message):
    with pytest.raises(ValueError, match=message):
        two_coder_counts(first, second)


def test_tables_must_match():
    with pytest.raises(ValueError, match="units x codes"):
        two_coder_summaries([[1, 0]], [[1, 0], [0, 0]])
    with pytest.raises(ValueError, match="units x codes"):
        two_coder_summaries([1, 0], [1, 0])
