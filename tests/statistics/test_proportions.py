"""Intervals of a share, and what a panel of n experts can detect."""

from fractions import Fraction
from math import isnan, ulp

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.statistics.proportions import (
    METHODS,
    detectable_share,
    detection_probability,
    interval,
    required_n,
)
from analysis.validation.peers_counts import limits_by_formula, missed

counts = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
shares = st.floats(0.001, 0.999)


# intervals


@settings(max_examples=60, deadline=None)
@given(counts, st.sampled_from(list(METHODS)), st.sampled_from([0.8, 0.95, 0.99]))
def test_an_interval_is_its_definition_and_mirrors(kn, method, confidence):
    k, n = kn
    found, other = interval(k, n, method, confidence), interval(n - k, n, method, confidence)
    assert [found.low, found.high] == pytest.approx(
        limits_by_formula(k, n, method, confidence), abs=1e-9
    )
    assert [1 - other.high, 1 - other.low] == pytest.approx([found.low, found.high], abs=1e-9)
    assert (found.low == 0, found.high == 1) == (k == 0, k == n)
    assert found.low <= k / n <= found.high
    assert interval(k, n, method, 0.5).high <= found.high


def test_an_estimate_says_all():
    found = interval(7, 20)
    assert (found.estimate, found.k, found.n, found.confidence) == (0.35, 7, 20, 0.95)
    assert found.se == pytest.approx((0.35 * 0.65 / 20) ** 0.5)
    assert (found.method, found.function) == ("wilson", "analysis.statistics.proportions.interval")
    nobody = interval(0, 0)
    assert (isnan(nobody), nobody.reason) == (True, "0 of 0 is no share")


def test_impossible_counts_and_settings():
    for k, n in ((3, 2), (-1, 2), (1.5, 2), (1, 2.5), ("1", 2), (1, float("nan"))):
        with pytest.raises(ValueError, match="must be"):
            interval(k, n)
    with pytest.raises(ValueError, match="wilson, clopper-pearson, jeffreys"):
        interval(1, 2, "wald")
    with pytest.raises(ValueError, match="between 0 and 1"):
        interval(1, 2, confidence=95)


# detection


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 20), st.integers(0, 40), st.integers(1, 4))
def test_detection_is_the_exact_sum(twentieths, n, instances):
    found = detection_probability(twentieths / 20, n, instances)
    assert found == pytest.approx(float(1 - missed(Fraction(twentieths, 20), n, instances)))


def test_detection_of_arrays_and_of_tiny_shares():
    table = detection_probability(np.array([[0.1], [0.5]]), [0, 1, 20])
    assert table.shape == (2, 3)
    assert table[0, 2] == detection_probability(0.1, 20)
    assert detection_probability(1e-12, 20) == pytest.approx(2e-11, rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(shares, shares, st.integers(1, 4))
def test_the_required_number_is_enough_and_one_less_is_not(p, probability, instances):
    n = int(required_n(p, probability, instances))
    assert detection_probability(p, n, instances) >= probability - 2 * ulp(1)
    assert detection_probability(p, n - 1, instances) < probability


@pytest.mark.parametrize(
    ("p", "probability", "instances", "n"),
    [
        (0.5, 0.75, 1, 2),  # exactly enough
        (0.1, 0.19, 1, 2),  # exactly enough, but for rounding
        (0.5, 1 - 1e-13, 1, 44),
        (0.3, 0, 2, 0),
        (0, 0, 1, 0),
        (1, 1, 3, 3),
        (1e-6, 0.95, 1, 2_995_731),
    ],
)
def test_required_numbers(p, probability, instances, n):
    assert required_n(p, probability, instances) == n


def test_no_number_is_enough():
    for p, probability in ((0, 0.5), (0, 1), (0.5, 1)):
        found = required_n(p, probability)
        assert (isnan(found), found.reason) == (True, "no number of experts is enough")
    found = required_n(1e-300, 0.5)
    assert (isnan(found), found.reason) == (True, "more than 1,000,000,000,000 experts are needed")


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 200), shares)
def test_the_detectable_share_is_detected(n, probability):
    share = detectable_share(n, probability)
    assert detection_probability(share.estimate, n) == pytest.approx(probability)
    assert (detectable_share(n, 0), detectable_share(n, 1)) == (0, 1)
    assert detectable_share(0, probability).reason == "no expert detects any share"


def test_what_is_no_share_or_no_number():
    for function, arguments in (
        (required_n, (0.5, 0.5, 10**400)),
        (detectable_share, (5, pd.NA)),
        (detection_probability, (0.5, 1j)),
        (detection_probability, (0.5, pd.NA)),
        (interval, (0, 10**400)),
    ):
        with pytest.raises(ValueError, match="must"):
            function(*arguments)
