"""Coefficients of agreement: definitions in loops, corners, intervals."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from statsmodels.stats.inter_rater import aggregate_raters
from statsmodels.stats.inter_rater import fleiss_kappa as fleiss_without_gaps

from analysis.statistics.agreement import (
    alpha_interval,
    cohen_kappa,
    fleiss_kappa,
    gwet_ac,
    krippendorff_alpha,
    masi_alpha,
    masi_distance,
    percent_agreement,
)
from analysis.statistics.agreement_pairs import CELLS, by_pair, two_coder_counts, two_coder_measures
from analysis.validation.peers_agreement import (
    LEVELS,
    agreement_by_pairs,
    alpha_by_pairs,
    difference_of,
    gwet_by_pairs,
    kappa_by_pairs,
    masi,
    pairable,
)

NAN = np.nan
WEIGHTS = (None, "linear", "quadratic", "ordinal")
ALPHAS = {f"alpha {level}": partial(krippendorff_alpha, level=level) for level in LEVELS}
NOMINAL = (percent_agreement, fleiss_kappa, gwet_ac, ALPHAS["alpha nominal"])

#: Ratings with ties, gaps, empty units and coders: coders x units.
tables = st.tuples(st.integers(2, 4), st.integers(3, 9)).flatmap(
    lambda size: arrays(float, size, elements=st.sampled_from([0.0, 1.0, 1.0, 2.0, 4.0, NAN]))
)


# definitions


@settings(max_examples=80, deadline=None)
@given(tables, st.sampled_from(LEVELS))
def test_alpha_is_its_definition(data, level):
    found, units = krippendorff_alpha(data, level), pairable(data)
    expected = alpha_by_pairs(data, difference_of(data, level))
    assert found == pytest.approx(expected, abs=1e-12, nan_ok=True)
    assert found.n == len(units)
    assert np.isnan(found) == bool(found.reason)


@settings(max_examples=80, deadline=None)
@given(tables)
def test_agreement_and_fleiss_are_their_definitions(data):
    assert percent_agreement(data) == pytest.approx(agreement_by_pairs(data), nan_ok=True)
    filled = np.where(np.isnan(data), 0, data)
    if len(np.unique(filled)) > 1:
        expected = fleiss_without_gaps(aggregate_raters(filled.T)[0])
        assert fleiss_kappa(filled) == pytest.approx(expected, abs=1e-12)


@settings(max_examples=80, deadline=None)
@given(tables, st.sampled_from(WEIGHTS))
def test_gwet_is_its_definition(data, weights):
    """Its standard errors are those of the published examples."""
    found = gwet_ac(data, weights)
    assert found == pytest.approx(gwet_by_pairs(data, weights), abs=1e-12, nan_ok=True)
    assert found.n == (~np.isnan(data)).any(axis=0).sum()
    if not found.reason:
        assert min(-1, found) <= found.low <= found <= found.high <= 1


@settings(max_examples=80, deadline=None)
@given(tables, st.sampled_from([None, "linear", "quadratic"]))
def test_cohen_is_its_definition(data, weights):
    expected, found = kappa_by_pairs(*data[:2], weights), cohen_kappa(*data[:2], weights)
    assert found == pytest.approx(expected, abs=1e-12, nan_ok=True)
    assert found.n == (~np.isnan(data[:2])).all(axis=0).sum()


subsets = st.one_of(st.none(), st.frozensets(st.sampled_from("abc")))


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 6).flatmap(lambda n: st.lists(st.tuples(*[subsets] * n), min_size=2, max_size=3))
)
def test_masi_alpha_is_its_definition(sets):
    table = np.empty((len(sets), len(sets[0])), dtype=object)
    for coder, row in enumerate(sets):
        table[coder] = row
    expected = alpha_by_pairs(table, masi)
    assert masi_alpha(sets) == pytest.approx(expected, abs=1e-12, nan_ok=True)
    assert masi_alpha(pd.DataFrame(table)) == masi_alpha(sets)


# what may not matter, and what must


@settings(max_examples=40, deadline=None)
@given(tables, st.randoms(use_true_random=False))
def test_order_of_coders_and_units_and_names_of_values_mean_nothing(data, random):
    coders, units = (random.sample(range(n), n) for n in data.shape)
    text = [[None if np.isnan(v) else f"value {9 - v}" for v in row] for row in data]
    for function in NOMINAL:
        found = function(data).estimate
        assert function(data[coders][:, units]) == pytest.approx(found, abs=1e-12, nan_ok=True)
        assert function(text) == pytest.approx(found, abs=1e-12, nan_ok=True)


def test_large_neighbours_do_not_become_one():
    low, high = 2**53, 2**53 + 1
    large = [[low, high, low, high], [low, high, high, high]]
    small = [[0, 1, 0, 1], [0, 1, 1, 1]]
    for data in (large, np.array(large), [[*row, None] for row in large]):
        for level in ("nominal", "ordinal", "interval"):
            expected = krippendorff_alpha(small, level).estimate
            assert krippendorff_alpha(data, level) == pytest.approx(expected)
        assert gwet_ac(data) == pytest.approx(gwet_ac(small).estimate)
    assert cohen_kappa(*large) == pytest.approx(cohen_kappa(*small).estimate)
    with pytest.raises(ValueError, match="told apart"):
        krippendorff_alpha([[10**400, 1], [1, 2]], "ordinal")


@pytest.mark.parametrize("origin", [2021, -(10**15), 10**15])
def test_the_origin_of_a_scale_means_nothing(origin):
    years = np.array([[0, 1, 2, 3, 1, 0], [0, 2, 2, 3, 1, 1]])
    for weights in WEIGHTS:
        expected = gwet_ac(years, weights)
        found = gwet_ac(years + origin, weights)
        assert (found, found.low) == pytest.approx((expected.estimate, expected.low), rel=1e-12)
    for level in ("ordinal", "interval"):
        expected = krippendorff_alpha(years, level).estimate
        assert krippendorff_alpha(years + origin, level) == pytest.approx(expected, rel=1e-12)
    expected = cohen_kappa(*years, "linear").estimate
    assert cohen_kappa(*(years + origin), "linear") == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("gap", [None, NAN, pd.NA])
def test_what_is_missing(gap):
    text = [["a", "b", gap, "a"], ["a", "b", "b", "b"]]
    number = [[1, 2, gap, 1], [1, 2, 2, 2]]
    expected = krippendorff_alpha([[1, 2, 1], [1, 2, 2]], "nominal").estimate
    for data in (text, number, pd.DataFrame(text), np.array(text, dtype=object)):
        assert krippendorff_alpha(data, "nominal") == expected
        assert cohen_kappa(*np.array(data, dtype=object)).n == 3
    assert krippendorff_alpha(np.array([["a", NAN, "b"], ["a", "b", "b"]]), "nominal").n == 2


def test_weights_follow_the_scale_that_was_offered():
    a, b = [1, 2, 4, 4], [1, 2, 2, 4]
    steps = [cohen_kappa(a, b, "linear", list(range(1, top))) for top in (5, 6)]
    assert steps[0] == pytest.approx(steps[1].estimate)
    assert steps[0] < cohen_kappa(a, b, "linear") - 0.01
    words = dict(enumerate(["never", "seldom", "often", "always"], 1))
    text = [[words[x] for x in side] for side in (a, b)]
    scale = list(words.values())
    assert cohen_kappa(*text, "linear", scale) == pytest.approx(steps[0].estimate)
    for weights in WEIGHTS:
        numbers = gwet_ac([a, b], weights, [1, 2, 3, 4])
        assert gwet_ac(text, weights, scale) == pytest.approx(numbers.estimate)
    chance = [gwet_ac([a, b], categories=range(1, top)).estimate for top in (5, 6, 9)]
    assert chance == sorted(chance)


# what is undefined


@pytest.mark.parametrize("function", [*NOMINAL, ALPHAS["alpha ordinal"]])
def test_nothing_to_pair(function):
    for data in ([[1, 2, 3]], [[1, NAN], [NAN, 2]], np.full((2, 3), NAN), np.zeros((2, 0))):
        found = function(data)
        assert np.isnan(found)
        assert found.reason == "no unit has values from two coders"


def test_one_value_leaves_nothing_to_chance():
    same, ones = [[1, 1, 1, NAN], [1, 1, 1, 2.0]], np.ones((2, 4))
    for found in (
        krippendorff_alpha(same, "nominal"), alpha_interval(same, "interval"), cohen_kappa(*same),
        fleiss_kappa(ones), gwet_ac(ones), masi_alpha([[{1}, {1}], [{1}, {1}]]),
    ):  # fmt: skip
        assert np.isnan([found, found.low, found.high]).all()
        assert "only one value occurs" in found.reason
    for found in (percent_agreement(same), gwet_ac(ones, categories=[0, 1])):
        assert (found.estimate, found.reason[:19]) == (1, "all units are alike")
    assert cohen_kappa([1, NAN], [NAN, 2]).reason == "no unit was coded by both"


@pytest.mark.parametrize(
    ("found", "value", "reason"),
    [
        (cohen_kappa([1], [2]), 0, "fewer than 3 units"),
        (gwet_ac([[1, 2], [1, 2]]), 1, "fewer than 3 units"),
        (percent_agreement([[1, 2, 3, 1], [1, 2, NAN, NAN]]), 1, "fewer than 3 units"),
        (fleiss_kappa([[1, 2, 2], [1, 2, 2]]), 1, "all units are alike"),
        (cohen_kappa([1, 2, 2], [1, 2, 2]), 1, "all units are alike"),
        (gwet_ac([[1, 2, 2], [1, 2, 2]], clusters=[1, 2, 3]), 1, "all resamples agree"),
        (gwet_ac([[1, 2, 2], [1, 2, 2]], clusters=[1, 1, 2]), 1, "fewer than 3 clusters"),
    ],
)
def test_too_little_for_an_interval(found, value, reason):
    assert found == value
    assert np.isnan([found.se, found.low, found.high]).all()
    assert reason in found.reason


# sets and pairs


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [
        ("", "", 0), ("a", "a", 0), ("", "a", 1), ("a", "b", 1),
        ("ab", "abcd", 1 - 1 / 2 * 2 / 3), ("ab", "bc", 1 - 1 / 3 * 1 / 3), ("aab", "ba", 0),
    ],
)  # fmt: skip
def test_masi_distances(a, b, distance):
    assert masi_distance(a, b) == pytest.approx(distance)
    assert masi_distance(b, a) == pytest.approx(distance)


def test_two_coders_code_by_code():
    first = pd.DataFrame({"x": [1, 1, 0, 0, 1], "y": [0, 0, 0, 0, 0]}, index=list("abcde"))
    second = pd.DataFrame({"x": [1, 0, 0, 1, NAN], "y": [0, 0, 0, 0, NAN]}, index=list("abcde"))
    counts = two_coder_counts(first, second)
    assert counts.loc["x"].tolist() == [1, 1, 1, 1]
    assert counts.loc["y"].tolist() == [0, 0, 0, 4]
    found = two_coder_measures(pd.DataFrame([[2, 1, 1, 30], [0, 0, 0, 4], [0] * 4], columns=CELLS))
    kappa = cohen_kappa([1] * 3 + [0] * 31, [1, 1, 0, 1] + [0] * 30).estimate
    assert found.iloc[0].tolist() == pytest.approx(
        [34, 32 / 34, kappa, 28 / 34, 0, 30 / 34, 4 / 6, 60 / 62]
    )
    assert found.iloc[1][["agreement", "negative"]].tolist() == [1, 1]
    assert found.iloc[1][["kappa", "positive"]].isna().all()
    assert found.iloc[2].drop("n").isna().all()


def test_pairs_of_coders():
    data = pd.DataFrame([[1, 2, 2, 1], [1, 2, 1, 1], [NAN] * 4], index=["ann", "bob", "eve"])
    found = by_pair(data, percent_agreement).set_index(["first", "second"])
    assert found.loc[("ann", "bob"), ["n", "estimate"]].tolist() == [4, 0.75]
    assert found.loc[("bob", "eve"), "reason"] == "no unit has values from two coders"
    assert len(found) == 3


def test_impossible_pairs():
    one, two = pd.DataFrame({"x": [1]}), pd.DataFrame({"x": [1, 0]})
    for first, second in ((one, two), (one, one + 1)):
        with pytest.raises(ValueError, match="expected"):
            two_coder_counts(first, second)
    for wrong in (1.5, -1):
        with pytest.raises(ValueError, match="whole counts"):
            two_coder_measures(pd.DataFrame([[wrong, 0, 0, 3]], columns=CELLS))
