"""An estimate is a float that knows more; tests, curves and the level of confidence."""

import math
import pickle
from copy import copy

import pytest

from analysis.statistics.results import Estimate, Test, level, set_level, statistic


@pytest.fixture
def level_kept():
    before = level()
    yield
    set_level(before)


def test_an_estimate_is_a_float():
    kappa = Estimate(0.5, low=0.2, high=0.8)
    assert (kappa + 0.25, kappa > 0.4, f"{kappa:.1f}", round(kappa, 1)) == (0.75, True, "0.5", 0.5)
    assert sum([kappa, kappa]) == 1.0
    assert kappa == 0.5
    assert kappa != 0.6
    assert {0.5: "found"}[kappa] == "found"
    assert math.isnan(Estimate(math.nan, reason="nothing"))


def test_two_estimates_are_equal_if_all_they_say_is():
    assert Estimate(0.5, low=0.2) == Estimate(0.5, low=0.2)
    assert Estimate(0.5, low=0.2) != Estimate(0.5, low=0.3)
    assert Estimate(math.nan, reason="a") == Estimate(math.nan, reason="a")


def test_copies_know_as_much():
    estimate = Estimate(0.5, 0.1, 0.2, 0.8, 10, 20, 0.9, "model-based", "share", "a.b", "why")
    assert copy(estimate) == pickle.loads(pickle.dumps(estimate)) == estimate


def test_the_level_is_that_of_the_chapter_unless_a_call_names_one(level_kept):
    assert level() == 0.95
    set_level(0.9)
    assert (level(), level(0.8)) == (0.9, 0.8)
    for wrong in (0, 1, 95, -0.1, math.nan):
        with pytest.raises(ValueError, match="between 0 and 1"):
            level(wrong)
        with pytest.raises(ValueError, match="between 0 and 1"):
            set_level(wrong)
    assert level() == 0.9


@statistic
def half(kind):
    return kind(0.5, 0.5)


def test_a_statistic_is_named_by_what_it_returns():
    for kind in (Estimate, Test):
        assert half(kind).function.endswith(".half")
    assert half(complex) == complex(0.5, 0.5)
    named = statistic(lambda: Estimate(1.0, function="a.b"))()
    assert named.function == "a.b"
