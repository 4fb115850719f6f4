"""The stopping rule and its sensitivity to order: worked example, brute force, properties."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.statistics import stopping
from analysis.statistics.saturation import (
    interviews_without_new_code,
    new_codes,
    no_new_code_in_last,
    stopping_point,
    stopping_sensitivity,
)

panels = st.tuples(st.integers(2, 15), st.integers(1, 12)).flatmap(lambda s: arrays(np.bool_, s))


def panel(experts=20, codes=30, share=0.2, seed=0):
    return np.random.default_rng(seed).random((experts, codes)) < share


# --- stopping rule -------------------------------------------------------------------------------


def test_worked_example_of_the_stopping_rule():
    found = stopping_point([20, 9, 5, 3, 4, 3, 1, 0, 1, 0])
    assert (found.base_codes, found.label, found.stopped) == (37, "6+2", True)
    assert (found.estimate, found.confirmed, found.n) == (6, 8, 10)
    assert found.ends.tolist() == [6, 7, 8, 9, 10]
    np.testing.assert_allclose(found.ratios, np.array([7, 4, 1, 1, 1]) / 37)
    three = stopping_point([20, 9, 5, 3, 4, 3, 1, 0, 1, 0], run_length=3)
    assert (three.label, three.confirmed) == ("7+3", 10)
    # 2 / 37 is 5.4%: printed as 5%, and not at most 5%
    np.testing.assert_allclose(three.ratios[2], 2 / 37)


def test_ratio_equal_to_the_threshold_stops():
    assert stopping_point([5, 5, 5, 5, 1, 0], threshold=0.05).label == "4+2"
    assert stopping_point([5, 5, 5, 5, 1, 1], threshold=0.05).stopped is False
    assert stopping_point([5, 5, 5, 5, 1, 0, 0], threshold=0).label == "5+2"


def test_stopping_rule_that_never_stops():
    found = stopping_point([4, 4, 4, 4, 4, 4, 4])
    assert math.isnan(found.estimate)
    assert math.isnan(found.confirmed)
    assert (found.stopped, found.label) == (False, "")
    assert "no run of 2 added 5% or less" in found.reason


def test_stopping_rule_with_too_few_interviews_or_an_empty_base():
    few = stopping_point([9, 3, 1, 0, 0])
    assert few.stopped is False
    assert "5 interviews are fewer" in few.reason
    assert few.ratios.size == 0
    assert stopping_point([]).stopped is False
    empty = stopping_point([0, 0, 0, 0, 0, 0, 3])
    assert empty.stopped is False
    assert np.isnan(empty.ratios).all()
    assert "no code to compare with" in empty.reason


@pytest.mark.parametrize("counts", [[1, -1], [0.5, 1], [np.nan], [np.inf], [[1, 2]], ["a"]])
def test_impossible_new_codes_are_refused(counts):
    with pytest.raises(ValueError, match="new_codes must"):
        stopping_point(counts)


@pytest.mark.parametrize(
    "setting", [{"base_size": 0}, {"run_length": 0}, {"base_size": 1.5}, {"threshold": -0.1}]
)
def test_impossible_rules_are_refused(setting):
    with pytest.raises(ValueError, match=next(iter(setting))):
        stopping_point([1, 2, 3], **setting)


@given(st.lists(st.integers(0, 9), max_size=20), st.floats(0, 0.5), st.floats(0, 0.5))
def test_stricter_thresholds_never_stop_earlier(counts, a, b):
    strict, lax = (stopping_point(counts, threshold=t).estimate for t in sorted([a, b]))
    assert math.isnan(strict) or lax <= strict


def test_new_codes_of_each_interview():
    incidence = np.array([[1, 1, 0, 0], [1, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]], bool)
    assert new_codes(incidence).tolist() == [2, 0, 1, 0]
    assert interviews_without_new_code(new_codes(incidence)) == 1
    assert interviews_without_new_code([0, 0, 0]) == 3
    assert interviews_without_new_code([]) == 0
    assert new_codes(np.zeros((0, 2), bool)).size == 0
    assert new_codes(np.zeros((2, 0), bool)).tolist() == [0, 0]


@given(panels)
def test_new_codes_add_up_to_the_curve_of_that_order(incidence):
    expected = np.logical_or.accumulate(incidence).sum(axis=1)
    np.testing.assert_array_equal(new_codes(incidence).cumsum(), expected)


def test_sensitivity_to_order_matches_all_orders():
    incidence = panel(7, 12, 0.35, seed=9)
    rule = {"base_size": 2, "run_length": 2, "threshold": 0.15}
    points = [
        stopping_point(new_codes(incidence[list(order)]), **rule)
        for order in itertools.permutations(range(7))
    ]
    confirmed = np.array([p.confirmed for p in points])
    stopped = np.isfinite(confirmed)
    assert 0.05 < stopped.mean() < 0.95  # both kinds of order are there
    found = stopping_sensitivity(incidence, orders=20_000, **rule)
    error = 4 / math.sqrt(4 * 20_000)
    assert found.never == pytest.approx(1 - stopped.mean(), abs=error)
    for k in range(1, 8):
        share = np.mean(stopped & (confirmed <= k))
        assert found.stopped_by[k - 1] == pytest.approx(share, abs=error)
    assert found.minimum == np.nanmin(confirmed) - 2
    assert found.maximum == np.nanmax(confirmed) - 2
    assert found.estimate == np.median(confirmed[stopped]) - 2
    assert found.low <= found.estimate <= found.high
    seen = [
        incidence[list(order)[: int(c)]].any(axis=0).sum() / incidence.any(axis=0).sum()
        for order, c in zip(itertools.permutations(range(7)), confirmed, strict=True)
        if np.isfinite(c)
    ]
    assert found.codes_seen == pytest.approx(np.mean(seen), abs=0.01)


def test_sensitivity_where_order_cannot_matter():
    alike = stopping_sensitivity(np.ones((10, 5), bool), orders=100)
    assert (alike.estimate, alike.minimum, alike.maximum, alike.never) == (4, 4, 4, 0)
    assert alike.stopped_by.tolist() == [0] * 5 + [1] * 5
    assert alike.codes_seen == 1
    apart = stopping_sensitivity(np.eye(10, dtype=bool), orders=100)
    assert math.isnan(apart.estimate)
    assert (apart.never, apart.reason) == (1, "no order stopped")
    assert stopping_sensitivity(np.ones((5, 5), bool)).reason.startswith("5 interviews")
    assert stopping_sensitivity(np.zeros((9, 5), bool)).reason == "no code was raised"


# --- no new code in the last k -------------------------------------------------------------------


def test_last_interview_adds_nothing_unless_it_alone_holds_a_code():
    incidence = np.array([[1, 0, 1], [1, 0, 0], [1, 1, 0], [1, 0, 0]], bool)
    assert no_new_code_in_last(incidence, 1).estimate == 0.5
    # of the 6 pairs only the one of experts 2 and 4 holds no code alone
    assert no_new_code_in_last(incidence, 2).estimate == pytest.approx(1 / 6)
    found = no_new_code_in_last(incidence, 4)
    assert (found.estimate, found.se, found.n, found.method) == (0, 0, 4, "exact")
    assert no_new_code_in_last(np.zeros((4, 2), bool), 4).estimate == 1


def test_sampled_orders_agree_with_enumeration(monkeypatch):
    incidence = panel(16, 20, 0.18, seed=12)
    exact = [no_new_code_in_last(incidence, k).estimate for k in (1, 2, 3, 16)]
    monkeypatch.setattr(stopping, "_ENUMERABLE", -1)
    for k, share in zip((1, 2, 3, 16), exact, strict=True):
        found = no_new_code_in_last(incidence, k, orders=20_000)
        assert found.method == "20000 random orders"
        assert found.estimate == pytest.approx(share, abs=4 * found.se + 1e-9)


def test_last_must_be_some_of_the_experts():
    for k in (0, 21, 1.5):
        with pytest.raises(ValueError, match="k must be"):
            no_new_code_in_last(panel(), k)


@settings(max_examples=40, deadline=None)
@given(panels)
def test_longer_silence_is_rarer(incidence):
    shares = [no_new_code_in_last(incidence, k).estimate for k in range(1, len(incidence) + 1)]
    assert np.all(np.diff(shares) <= 1e-12)
    assert np.all((np.array(shares) >= 0) & (np.array(shares) <= 1))
