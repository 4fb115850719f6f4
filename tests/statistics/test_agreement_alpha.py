"""Krippendorff's alpha and its set-valued form: values, corners, refusals, properties."""

import itertools

import krippendorff
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.statistics import agreement_patterns
from analysis.statistics.agreement import krippendorff_alpha, masi_alpha, masi_distance
from analysis.statistics.agreement_alpha import masi_distances
from analysis.statistics.agreement_patterns import alphas, collapse

LEVELS = ("nominal", "ordinal", "interval", "ratio")
NAN = np.nan


def random_ratings(seed, coders=4, units=30, values=4, gaps=0.2):
    rng = np.random.default_rng(seed)
    true = rng.integers(0, values, units)
    data = np.where(
        rng.random((coders, units)) < 0.6, true, rng.integers(0, values, (coders, units))
    ).astype(float)
    data[rng.random((coders, units)) < gaps] = NAN
    return data


# values


def test_by_hand():
    # pairable: (0,0) (0,1) (1,1); n0 = n1 = 3, o01 = 1: 1 - 5 * 1 / 9
    result = krippendorff_alpha([[0, 0, 1], [0, 1, 1]], "nominal")
    assert result.estimate == pytest.approx(4 / 9, abs=1e-15)
    assert result.n == 3
    assert "nominal" in result.method


def test_systematic_disagreement_is_below_zero():
    assert krippendorff_alpha([[0, 1], [1, 0]], "nominal").estimate == pytest.approx(-0.5)


@pytest.mark.parametrize("level", LEVELS)
def test_perfect_agreement_is_exactly_one(level):
    assert krippendorff_alpha([[1, 2, 5, 3], [1, 2, 5, NAN]], level).estimate == 1.0


@pytest.mark.parametrize("level", LEVELS)
def test_counting_by_patterns_equals_the_package(level):
    for seed in range(20):
        data = random_ratings(seed, values=3 + seed % 4) * (1.0 if seed % 2 else 0.3)
        patterns = collapse(data)
        ours = alphas(patterns.weights[None, :], patterns, level)[0]
        theirs = krippendorff.alpha(data, level_of_measurement=level)
        assert ours == pytest.approx(theirs, abs=1e-12)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_large_data_equal_the_package(level):
    """Above the size where we count for ourselves."""
    data = random_ratings(1, coders=3, units=40_000, values=5)
    ours = krippendorff_alpha(data, level).estimate
    assert ours == pytest.approx(krippendorff.alpha(data, level_of_measurement=level), abs=1e-12)


@pytest.mark.parametrize("level", ["ordinal", "interval", "ratio"])
def test_many_distinct_values_equal_the_package(level, monkeypatch):
    """More values than fit one table of differences: moments, blocks and ranks take over."""
    monkeypatch.setattr(agreement_patterns, "_FEW_VALUES", 8)
    monkeypatch.setattr(agreement_patterns, "_DENSE_CELLS", 100)
    rng = np.random.default_rng(3)
    data = 1000 + np.abs(rng.gamma(2, 10, 40) + rng.normal(0, 2, (2, 40)))
    data[0, :5] = NAN
    patterns = collapse(data)
    assert len(patterns.values) == 70
    ours = alphas(patterns.weights[None, :], patterns, level)[0]
    theirs = krippendorff.alpha(data, level_of_measurement=level)
    assert ours == pytest.approx(theirs, abs=1e-11)


def test_many_coders_and_values_do_not_overflow():
    """2,000 possible values of 12 coders: more columns than an integer can number."""
    rng = np.random.default_rng(5)
    data = rng.choice([0.0, 3.0, 700.0, 1999.0], (12, 200))
    data[:, ::3] = data[0, ::3]
    patterns = collapse(data, with_units=True)
    assert patterns.units == 200
    assert (np.bincount(patterns.of_unit) == patterns.weights).all()
    for level in ("nominal", "interval"):
        ours = alphas(patterns.weights[None, :], patterns, level)[0]
        theirs = krippendorff.alpha(data, level_of_measurement=level)
        assert ours == pytest.approx(theirs, abs=1e-12)


# undefined


def test_one_value_is_undefined_and_says_why():
    result = krippendorff_alpha([[2, 2, 2], [2, 2, 2]], "ordinal")
    assert np.isnan(result.estimate)
    assert result.n == 3
    assert "same" in result.reason


def test_a_second_value_that_cannot_be_paired_does_not_help():
    result = krippendorff_alpha([[2, 2, 3], [2, 2, NAN]], "interval")
    assert np.isnan(result.estimate)
    assert result.n == 2


@pytest.mark.parametrize(
    "data",
    [
        np.full((3, 4), NAN),  # nobody coded
        [[1.0, 2.0, 3.0]],  # one coder
        [[1.0, NAN], [NAN, 2.0]],  # never the same unit
        np.empty((2, 0)),
        np.empty((0, 3)),
    ],
)
def test_nothing_to_pair_is_undefined(data):
    result = krippendorff_alpha(data, "nominal")
    assert np.isnan(result.estimate)
    assert result.n == 0
    assert "two coders" in result.reason


# refusals


def test_level_has_no_default_and_must_be_known():
    with pytest.raises(TypeError):
        krippendorff_alpha([[1, 2], [1, 2]])
    with pytest.raises(ValueError, match=r"level must be one of nominal, ordinal.*'cardinal'"):
        krippendorff_alpha([[1, 2], [1, 2]], "cardinal")


def test_strings_only_at_the_nominal_level():
    with pytest.raises(ValueError, match="needs numbers"):
        krippendorff_alpha([["a", "b"], ["a", "b"]], "ordinal")


def test_ratio_refuses_negative_values():
    with pytest.raises(ValueError, match="zero or more"):
        krippendorff_alpha([[1, -2], [1, 2]], "ratio")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([1, 2, 3], r"coders x units.*\(3,\)"),
        (np.zeros((2, 2, 2)), r"coders x units.*\(2, 2, 2\)"),
        ([[1, np.inf], [1, 2]], "finite"),
        ([[1, "a"], [1, 2]], "all numbers or all strings"),
        ([[1, 2], [1]], "equal length"),
    ],
)
def test_impossible_data(data, message):
    if message.startswith("all"):
        data = np.array(data, dtype=object)
    with pytest.raises(ValueError, match=message):
        krippendorff_alpha(data, "nominal")


# the door


def test_what_is_taken_for_missing():
    expected = krippendorff_alpha([[1, 2, NAN], [1, 1, 2]], "nominal").estimate
    for gap in (None, pd.NA, float("nan")):
        assert krippendorff_alpha([[1, 2, gap], [1, 1, 2]], "nominal").estimate == expected
    frame = pd.DataFrame([[1, 2, None], [1, 1, 2]], dtype="Int64")
    assert krippendorff_alpha(frame, "nominal").estimate == expected
    for gap in (None, NAN, pd.NA):
        words = [["x", "y", gap], ["x", "x", "y"]]
        assert krippendorff_alpha(words, "nominal").estimate == expected
        assert krippendorff_alpha(pd.DataFrame(words), "nominal").estimate == expected
    assert krippendorff_alpha(np.array([["x", "y", NAN], ["x", "x", "y"]]), "nominal") == (
        krippendorff_alpha([["x", "y", None], ["x", "x", "y"]], "nominal")
    )


@pytest.mark.parametrize("kind", [bool, np.uint8, np.int8, np.int64, np.float32])
def test_number_types(kind):
    data = np.array([[0, 1, 0, 1, 1], [1, 1, 0, 1, 0]])
    for level in LEVELS:
        expected = krippendorff_alpha(data.astype(float), level).estimate
        assert krippendorff_alpha(data.astype(kind), level).estimate == pytest.approx(expected)


def test_the_input_is_left_alone():
    data = random_ratings(2)
    before = data.copy()
    krippendorff_alpha(data, "ordinal")
    np.testing.assert_array_equal(data, before)
    data.setflags(write=False)
    krippendorff_alpha(data, "nominal")


# properties

cells = st.one_of(st.just(NAN), st.integers(0, 3).map(float))
tables = st.integers(2, 4).flatmap(
    lambda coders: st.integers(2, 8).flatmap(
        lambda units: st.lists(
            st.lists(cells, min_size=units, max_size=units), min_size=coders, max_size=coders
        )
    )
)


@settings(max_examples=60, deadline=None)
@given(data=tables, level=st.sampled_from(LEVELS), seed=st.integers(0, 99))
def test_order_of_coders_and_units_does_not_matter(data, level, seed):
    data = np.array(data)
    rng = np.random.default_rng(seed)
    # each unit's ratings may even change hands: coders are exchangeable
    shuffled = rng.permuted(data[:, rng.permutation(data.shape[1])], axis=0)
    a, b = krippendorff_alpha(data, level), krippendorff_alpha(shuffled, level)
    assert a.n == b.n
    assert a.estimate == pytest.approx(b.estimate, abs=1e-12, nan_ok=True)


@settings(max_examples=60, deadline=None)
@given(data=tables, seed=st.integers(0, 99))
def test_labels_are_only_names_at_the_nominal_level(data, seed):
    data = np.array(data)
    names = np.random.default_rng(seed).permutation([5.0, 17.0, -3.0, 0.25])
    renamed = np.where(np.isnan(data), NAN, names[np.nan_to_num(data).astype(int)])
    a, b = krippendorff_alpha(data, "nominal"), krippendorff_alpha(renamed, "nominal")
    assert a.estimate == pytest.approx(b.estimate, abs=1e-12, nan_ok=True)


@settings(max_examples=60, deadline=None)
@given(data=tables, level=st.sampled_from(LEVELS))
def test_never_above_one(data, level):
    value = krippendorff_alpha(np.array(data), level).estimate
    assert np.isnan(value) or value <= 1 + 1e-12


@settings(max_examples=40, deadline=None)
@given(data=tables, shift=st.floats(-50, 50), scale=st.floats(0.1, 20))
def test_scale_of_measurement(data, shift, scale):
    """Interval alpha ignores zero and unit; ordinal alpha any increasing change of values."""
    data = np.array(data)
    for level, other in (("interval", data * scale + shift), ("ordinal", np.exp(data) * scale)):
        a, b = krippendorff_alpha(data, level), krippendorff_alpha(other, level)
        assert a.estimate == pytest.approx(b.estimate, abs=1e-9, nan_ok=True)


def test_more_disagreement_is_less_alpha():
    data = np.tile(np.arange(4.0), (3, 10))
    previous = 1.0
    for changed in range(0, 40, 4):
        worse = data.copy()
        worse[0, : changed + 1] = (worse[0, : changed + 1] + 1) % 4
        value = krippendorff_alpha(worse, "nominal").estimate
        assert value < previous
        previous = value


# sets


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [
        ({1, 2}, {1, 2}, 0),
        ({1, 2}, {1, 2, 3, 4}, 1 - 0.5 * 2 / 3),
        ({1, 2, 3, 4}, {1, 2}, 1 - 0.5 * 2 / 3),
        ({1, 2}, {2, 3}, 1 - 1 / 3 * 1 / 3),
        ({1}, {2}, 1),
        (set(), set(), 0),
        (set(), {1}, 1),
        ({1}, set(), 1),
    ],
)
def test_masi_distance(a, b, distance):
    assert masi_distance(a, b) == pytest.approx(distance, abs=1e-15)


def test_all_masi_distances_at_once():
    letters = [frozenset(c) for size in range(5) for c in itertools.combinations("abcd", size)]
    sets = [*letters, *(frozenset(range(n)) for n in range(1, 30, 4))]
    found = masi_distances(sets)
    assert (found == [[masi_distance(a, b) for b in sets] for a in sets]).all()
    assert masi_distances([]).shape == (0, 0)
    assert masi_distances([frozenset()]).tolist() == [[0]]


def test_masi_alpha_by_hand():
    # units: ({a},{a}) and ({a},{a,b}); pool {a} x 3, {a,b} x 1; d = 1 - 1/2 * 2/3 = 2/3
    # D_o = 2 * 2/3 / 1 over n = 4; D_e = 2 * 3 * 1 * 2/3 / (n - 1)
    result = masi_alpha([[{"a"}, {"a"}], [{"a"}, {"a", "b"}]])
    assert result.estimate == pytest.approx(1 - 3 * (4 / 3) / 4, abs=1e-15)
    assert result.n == 2


def test_masi_alpha_of_single_codes_is_nominal_alpha():
    data = random_ratings(8)
    sets = [[None if np.isnan(v) else {int(v)} for v in row] for row in data]
    expected = krippendorff_alpha(data, "nominal").estimate
    assert masi_alpha(sets).estimate == pytest.approx(expected, abs=1e-12)
    assert masi_alpha(pd.DataFrame(sets)).estimate == pytest.approx(expected, abs=1e-12)


def test_empty_set_is_a_value_and_none_is_not():
    with_empty = masi_alpha([[set(), {"a"}, {"b"}], [set(), {"a"}, {"b"}]])
    assert (with_empty.estimate, with_empty.n) == (1.0, 3)
    with_gap = masi_alpha([[None, {"a"}, {"b"}], [set(), {"a"}, {"b"}]])
    assert (with_gap.estimate, with_gap.n) == (1.0, 2)
    against = masi_alpha([[set(), {"a"}, {"b"}], [{"a"}, {"a"}, {"b"}]])
    assert against.estimate < 1


def test_masi_alpha_undefined():
    same = masi_alpha([[{"a"}, {"a"}], [{"a"}, {"a"}]])
    assert np.isnan(same.estimate)
    assert "same" in same.reason
    assert np.isnan(masi_alpha([[None, None], [None, {"a"}]]).estimate)
    assert masi_alpha([[], []]).n == 0


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        ([["a", "b"], ["a", "b"]], "each entry must be a set"),
        ([[{"a"}], [{"a"}, {"b"}]], "rows of 1, 2"),
        ([{"a"}, {"b"}], "coders x units"),
        (["ab", "ab"], "coders x units"),
        ([], "no coder"),
        ([[{"a"}, 3], [{"a"}, {"b"}]], "got 3"),
    ],
)
def test_impossible_sets(sets, message):
    with pytest.raises(ValueError, match=message):
        masi_alpha(sets)
