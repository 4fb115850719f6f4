"""Counts, shares, parts, means, and any other number of a notebook."""

import numpy as np
import pandas as pd
import pytest

from analysis.statistics.proportions import interval
from analysis.statistics.summary import count, difference, mean, part, share, value


def test_counts():
    assert [count(x) for x in ([1, 2], pd.DataFrame({"a": [1, 2, 3]}), 4, np.int64(5), 6.0)] == [
        2, 3, 4, 5, 6,
    ]  # fmt: skip
    assert isinstance(count(6.0).estimate, int)
    for wrong in (1.5, -1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="a count must be a whole number"):
            count(wrong)


def test_a_share_has_the_wilson_interval():
    found, expected = share(7, 20), interval(7, 20)
    assert (found.k, found.n, found.estimate) == (7, 20, 0.35)
    assert (found.low, found.high) == (expected.low, expected.high)
    assert found.function == "analysis.statistics.summary.share"
    assert share(7, 20, 0.9).confidence == 0.9
    assert share(0, 0).reason == "0 of 0 is no share"
    for wrong in ((3, 2), (1.5, 2), (-1, 2)):
        with pytest.raises(ValueError, match="must be"):
            share(*wrong)


def test_a_part_is_the_share_of_what_is_true():
    for mask in ([True, False, True], pd.Series([True, False, True]), np.array([1, 0, 1.0])):
        assert part(mask) == part([True, False, True])
    assert (part([True, False, True]).k, part([True, False, True]).n) == (2, 3)
    assert np.isnan(part([]))
    for gap in ([1.0, np.nan], [True, None], [True, pd.NA], [2, 0], ["yes", "no"]):
        with pytest.raises(ValueError, match="a mask must be true or false"):
            part(gap)


def test_a_mean_with_its_interval():
    values = pd.Series([3.0, 1, 2, 2, np.nan, 5, 0, 4])
    found = mean(values)
    assert found.estimate == pytest.approx(17 / 7)
    assert (found.n, found.confidence, found.reason) == (7, 0.95, "")
    assert 0 < found.low < found.estimate < found.high < 5
    assert mean(values, confidence=0.8).low > found.low
    assert mean(values) == mean(values[::-1])


def test_a_mean_of_whole_sessions():
    values, sessions = np.repeat([1.0, 2, 4, 5], 5), np.repeat(list("abcd"), 5)
    by_session, by_expert = mean(values, clusters=sessions), mean(values)
    assert (by_session.n, by_expert.n) == (4, 20)
    assert by_session.se > 1.5 * by_expert.se
    assert by_session.estimate == by_expert.estimate == 3


def test_a_mean_without_an_interval_says_why():
    gap = "there are no values"
    for values, reason in (
        ([], gap), ([np.nan], gap), ([1, 2], "fewer than 3 values"), ([2, 2, 2], "all resamples"),
    ):  # fmt: skip
        found = mean(values)
        assert found.reason.startswith(reason)
        assert np.isnan([found.low, found.high]).all()
    for wrong in ([1, np.inf], [[1, 2]]):
        with pytest.raises(ValueError, match="finite values"):
            mean(wrong)
    with pytest.raises(ValueError, match="a cluster for each"):
        mean([1, 2, 3, 4], clusters=["a", None, "b", "c"])


def test_a_difference_of_means():
    values, group = np.array([3.0, 1, 2, 5, np.nan, 4] * 2), np.array([1, 0, 0, 1, 1, 0] * 2)
    found = difference(values, group)
    assert found.estimate == pytest.approx(4 - 7 / 3)
    assert (found.n, found == difference(values[::-1], group[::-1])) == (10, True)
    assert found.low <= found.estimate <= found.high <= 4
    assert difference(values, group, clusters=list("abcdef" * 2)).n == 5
    assert difference(values, np.ones(12)).reason == "one of the groups is empty"


def test_any_other_number():
    assert value(2.5, "median").method == "median"
    assert value(np.float64("nan"), "median").reason == "it is not defined"
    assert value(1, "slope", standing="sensitivity").standing == "sensitivity"
