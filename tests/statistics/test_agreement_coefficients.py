"""Percent agreement, kappas and Gwet's coefficients: values, corners, refusals, properties."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, t
from statsmodels.stats.inter_rater import cohens_kappa

from analysis.statistics.agreement import (
    cohen_kappa,
    fleiss_kappa,
    gwet_ac,
    percent_agreement,
)

NAN = np.nan


def random_ratings(seed, coders=4, units=25, values=4, gaps=0.2):
    rng = np.random.default_rng(seed)
    true = rng.integers(1, values + 1, units)
    other = rng.integers(1, values + 1, (coders, units))
    data = np.where(rng.random((coders, units)) < 0.6, true, other).astype(float)
    data[rng.random((coders, units)) < gaps] = NAN
    return data


# percent agreement


def test_percent_agreement_by_hand():
    # units: 3 of 3 pairs, 1 of 3, 0 of 1, one value only
    data = [[1, 1, 1, 2], [1, 1, 2, NAN], [1, 2, NAN, NAN]]
    result = percent_agreement(data)
    assert result.estimate == pytest.approx((1 + 1 / 3 + 0) / 3)
    assert result.n == 4
    assert result.low <= result.estimate <= result.high <= 1


def test_percent_agreement_of_two_coders_is_a_share():
    data = random_ratings(0, coders=2)
    both = ~np.isnan(data).any(axis=0)
    share = (data[0, both] == data[1, both]).mean()
    assert percent_agreement(data).estimate == pytest.approx(share)


def test_percent_agreement_standard_error_of_a_share():
    """Without gaps it is the sd of the units' agreement over the square root of n."""
    data = random_ratings(1, coders=2, gaps=0)
    hits = (data[0] == data[1]).astype(float)
    result = percent_agreement(data)
    assert result.se == pytest.approx(hits.std(ddof=1) / np.sqrt(len(hits)))
    reach = t.ppf(0.975, 24) * result.se
    assert result.low == pytest.approx(result.estimate - reach)
    assert result.high == pytest.approx(min(1, result.estimate + reach))


# Fleiss


def test_fleiss_by_hand():
    # P_i = 1, 1/3, 1/3; p = (2/3, 1/3): both 5/9
    data = np.array([[1, 1, 1], [1, 1, 2], [1, 2, 2]]).T
    assert fleiss_kappa(data).estimate == pytest.approx(0, abs=1e-15)


def test_fleiss_split_units():
    assert fleiss_kappa([[1, 1], [2, 2]]).estimate == pytest.approx(-1)


def test_fleiss_does_not_need_a_full_table():
    data = random_ratings(2)
    result = fleiss_kappa(data)
    assert np.isnan(data).any()
    assert result.low < result.estimate < result.high <= 1
    # a unit that nobody rated changes nothing
    wider = np.column_stack([data, np.full(4, NAN)])
    assert fleiss_kappa(wider) == result


# Gwet


def test_ac1_by_hand():
    # p_a = 3/4; shares 5/8 and 3/8: p_e = 2 * 5/8 * 3/8 / 1
    value = gwet_ac([[1, 1, 2, 1], [1, 1, 2, 2]]).estimate
    assert value == pytest.approx((0.75 - 30 / 64) / (1 - 30 / 64))


def test_more_categories_mean_less_chance():
    data = [[1, 1, 2, 1], [1, 1, 2, 2]]
    values = [gwet_ac(data, categories=list(range(1, q + 1))).estimate for q in range(2, 6)]
    assert values == sorted(values)
    assert values[0] == gwet_ac(data).estimate


def test_ac2_with_two_categories_is_ac1():
    data = random_ratings(3, values=2)
    plain = gwet_ac(data)
    for weights in ("linear", "quadratic", "ordinal"):
        weighted = gwet_ac(data, weights)
        assert weighted.estimate == pytest.approx(plain.estimate)
        assert weighted.se == pytest.approx(plain.se)


def test_weights_know_the_distance_of_values():
    """Linear weights of 1, 2, 5 are not those of 1, 2, 3; ordinal ones only count categories."""
    near = np.array([[1, 2, 3, 1, 2, 3.0], [1, 2, 3, 2, 2, 3]])
    far = np.where(near == 3, 5, near)
    assert gwet_ac(near, "linear").estimate != pytest.approx(gwet_ac(far, "linear").estimate)
    assert gwet_ac(near, "ordinal") == gwet_ac(far, "ordinal")


def test_strings_with_their_order():
    words = {1.0: "low", 2.0: "mid", 3.0: "high"}
    data = random_ratings(4, values=3)
    text = [[None if np.isnan(v) else words[v] for v in row] for row in data]
    for weights in (None, "linear", "quadratic", "ordinal"):
        ours = gwet_ac(text, weights, categories=["low", "mid", "high"])
        base = gwet_ac(data, weights, categories=[1, 2, 3])
        assert ours.estimate == pytest.approx(base.estimate, abs=1e-12)
        assert ours.se == pytest.approx(base.se, abs=1e-12)


def test_gaps_can_take_fleiss_below_minus_one():
    """Chance agreement also counts the units with one rating (Gwet 2014), and here they agree."""
    result = fleiss_kappa([[NAN, 1.0], [1.0, 2.0]])
    # p_a = 0; shares 3/4 and 1/4: p_e = 5/8
    assert result.estimate == pytest.approx(-(5 / 8) / (3 / 8))
    assert result.low <= result.estimate


def test_interval_is_students_and_cut_at_one():
    result = gwet_ac(random_ratings(5), confidence=0.9)
    reach = t.ppf(0.95, result.n - 1) * result.se
    assert result.low == pytest.approx(result.estimate - reach)
    assert result.high == pytest.approx(min(1.0, result.estimate + reach))
    perfect = gwet_ac([[1, 2, 3], [1, 2, 3]])
    assert (perfect.estimate, perfect.se, perfect.high) == (1.0, 0.0, 1.0)


def test_large_data_are_collapsed():
    data = np.random.default_rng(0).integers(1, 4, (3, 200_000)).astype(float)
    result = gwet_ac(data, "quadratic")
    assert result.n == 200_000
    assert result.estimate == pytest.approx(0, abs=0.01)
    assert result.se < 0.005


# Cohen


def test_cohen_by_hand():
    # p_o = .7, p_e = .5: the grants of many textbooks
    a = np.repeat([1, 1, 0, 0], [20, 5, 10, 15])
    b = np.repeat([1, 0, 1, 0], [20, 5, 10, 15])
    result = cohen_kappa(a, b)
    assert result.estimate == pytest.approx(0.4)
    assert result.n == 50
    reach = norm.ppf(0.975) * result.se
    assert (result.low, result.high) == pytest.approx((0.4 - reach, 0.4 + reach))


def test_cohen_standard_error_is_that_of_statsmodels():
    data = random_ratings(6, coders=2, units=60, gaps=0)
    table = np.zeros((4, 4))
    for a, b in data.T.astype(int):
        table[a - 1, b - 1] += 1
    for weights, wt in ((None, None), ("linear", "ca"), ("quadratic", "fc")):
        result = cohen_kappa(data[0], data[1], weights)
        theirs = cohens_kappa(table, wt=wt)
        assert result.estimate == pytest.approx(theirs.kappa, abs=1e-12)
        assert result.se == pytest.approx(theirs.std_kappa, abs=1e-12)


def test_pairs_with_a_gap_are_left_out():
    a, b = [1, 2, NAN, 1, 2, 3], [1, NAN, 2, 2, 2, 3]
    result = cohen_kappa(a, b)
    assert result.n == 4
    assert result == cohen_kappa([1, 1, 2, 3], [1, 2, 2, 3])
    assert result == cohen_kappa(pd.Series(a), pd.Series(b))
    words = {1: "x", 2: "y", 3: "z"}
    text = [[words.get(v) for v in side] for side in (a, b)]
    assert cohen_kappa(*text) == result
    assert cohen_kappa(np.array([words.get(v, "nan") for v in a]), text[1]) == result


def test_weights_count_steps_of_the_listed_scale():
    """With nobody at 4, the step from 3 to 5 is one step, unless the scale is given."""
    a, b = [1, 2, 3, 5, 5, 2], [1, 2, 5, 3, 5, 3]
    assert cohen_kappa(a, b, "linear") == cohen_kappa(
        [1, 2, 3, 4, 4, 2], [1, 2, 4, 3, 4, 3], "linear"
    )
    listed = cohen_kappa(a, b, "linear", categories=[1, 2, 3, 4, 5])
    assert listed.estimate < cohen_kappa(a, b, "linear").estimate
    # unweighted, an unused category is nothing
    assert cohen_kappa(a, b, categories=[1, 2, 3, 4, 5]) == cohen_kappa(a, b)


def test_custom_weights():
    a, b = [1, 2, 3, 1, 2, 3, 1], [1, 2, 3, 2, 3, 1, 1]
    steps = np.abs(np.arange(3)[:, None] - np.arange(3))
    assert cohen_kappa(a, b, steps).estimate == cohen_kappa(a, b, "linear").estimate
    # a common factor of the weights cancels
    scaled = cohen_kappa(a, b, 7 * steps**2)
    base = cohen_kappa(a, b, "quadratic")
    assert (scaled.estimate, scaled.se) == pytest.approx((base.estimate, base.se))


# undefined


@pytest.mark.parametrize("function", [percent_agreement, fleiss_kappa, gwet_ac])
@pytest.mark.parametrize(
    "data", [np.full((3, 4), NAN), [[1.0, 2.0]], [[1.0, NAN], [NAN, 2.0]], np.empty((2, 0))]
)
def test_nothing_to_pair(function, data):
    result = function(data)
    assert np.isnan([result.estimate, result.se, result.low, result.high]).all()
    assert "two coders" in result.reason


def test_one_category():
    data = [[1, 1, 1], [1, 1, 1]]
    assert percent_agreement(data).estimate == 1
    for result in (fleiss_kappa(data), gwet_ac(data), gwet_ac(data, categories=[1])):
        assert np.isnan(result.estimate)
        assert "one category" in result.reason
    # with the other category named, nobody could agree by chance on it
    assert gwet_ac(data, categories=[1, 2]).estimate == 1
    kappa = cohen_kappa(data[0], data[1])
    assert np.isnan(kappa.estimate)
    assert kappa.n == 3
    assert "0/0" in kappa.reason


def test_two_constant_coders_who_differ():
    assert cohen_kappa([1, 1, 1], [2, 2, 2]).estimate == 0


def test_no_unit_coded_by_both():
    result = cohen_kappa([1, NAN], [NAN, 2])
    assert np.isnan(result.estimate)
    assert result.n == 0
    assert "both" in result.reason
    assert cohen_kappa([], []).n == 0


def test_one_unit_has_no_standard_error():
    result = gwet_ac([[1], [2]])
    assert result.estimate < 0
    assert np.isnan(result.se)
    assert "two or more units" in result.reason


# refusals


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gwet_ac([[1, 2], [1, 2]], "cubic"), "linear, quadratic or ordinal"),
        (lambda: gwet_ac([["a", "b"], ["a", "b"]], "linear"), "pass categories"),
        (lambda: gwet_ac([[1, 2], [1, 3]], categories=[1, 2]), r"\[.*3.*\] are not among"),
        (lambda: gwet_ac([[1, 2], [1, 2]], categories=[1, 2, 2]), "distinct"),
        (lambda: gwet_ac([1, 2, 3]), "coders x units"),
        (lambda: fleiss_kappa([[1, np.inf], [1, 2]]), "finite"),
        (lambda: percent_agreement([[1, 2], [1, 2]], confidence=2), "between 0 and 1"),
        (lambda: cohen_kappa([1, 2], [1, 2, 3]), "got 2 and 3"),
        (lambda: cohen_kappa([[1, 2]], [[1, 2]]), "one value for each unit"),
        (lambda: cohen_kappa([1, 2], [1, 2], "cubic"), "linear, quadratic or a table"),
        (lambda: cohen_kappa([1, 2], [1, 2], np.zeros((3, 3))), r"shape \(2, 2\)"),
        (lambda: cohen_kappa([1, 2], [1, 2], np.eye(2)), "zero on the diagonal"),
        (lambda: cohen_kappa(["a", "b"], ["a", "b"], "linear"), "pass categories"),
        (lambda: cohen_kappa([1, 2], [1, 3], categories=[1, 2]), "not among"),
        (lambda: cohen_kappa(["a", "b"], [1, 2]), "all numbers or all strings"),
        (lambda: cohen_kappa([1, 2], [1, 2], confidence=0), "between 0 and 1"),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# properties

cells = st.one_of(st.just(NAN), st.integers(0, 3).map(float))
tables = st.integers(2, 4).flatmap(
    lambda coders: st.integers(2, 8).flatmap(
        lambda units: st.lists(
            st.lists(cells, min_size=units, max_size=units), min_size=coders, max_size=coders
        )
    )
)
FUNCTIONS = (percent_agreement, fleiss_kappa, gwet_ac)


@settings(max_examples=40, deadline=None)
@given(data=tables, seed=st.integers(0, 99))
def test_order_and_labels_do_not_matter(data, seed):
    data = np.array(data)
    rng = np.random.default_rng(seed)
    names = rng.permutation([4.0, 9.0, -1.0, 0.5])
    renamed = np.where(np.isnan(data), NAN, names[np.nan_to_num(data).astype(int)])
    shuffled = rng.permuted(renamed[:, rng.permutation(data.shape[1])], axis=0)
    for function in FUNCTIONS:
        a, b = function(data), function(shuffled)
        assert a.estimate == pytest.approx(b.estimate, abs=1e-12, nan_ok=True)
        assert a.se == pytest.approx(b.se, abs=1e-9, nan_ok=True)


@settings(max_examples=40, deadline=None)
@given(data=tables)
def test_bounds(data):
    data = np.array(data)
    share = percent_agreement(data).estimate
    assert np.isnan(share) or 0 <= share <= 1
    for function in (fleiss_kappa, gwet_ac):
        result = function(data)
        if not np.isnan(result.estimate):
            assert result.estimate <= 1 + 1e-12
            assert np.isnan(result.se) or result.low <= result.estimate <= result.high + 1e-12
            if not np.isnan(data).any():
                assert result.estimate >= -1 - 1e-12
            assert result.estimate <= share + 1e-12  # chance correction never adds agreement
            assert (result.estimate == 1) == (share == 1)


@settings(max_examples=40, deadline=None)
@given(
    pairs=st.lists(st.tuples(cells, cells), min_size=2, max_size=12),
    weights=st.sampled_from([None, "linear", "quadratic"]),
)
def test_cohen_is_symmetric_and_bounded(pairs, weights):
    a, b = np.array(pairs).T
    one, two = cohen_kappa(a, b, weights), cohen_kappa(b, a, weights)
    assert one.estimate == pytest.approx(two.estimate, abs=1e-12, nan_ok=True)
    assert np.isnan(one.estimate) or -1 - 1e-12 <= one.estimate <= 1 + 1e-12
    # reversing the scale leaves linear and quadratic distances as they are
    mirrored = cohen_kappa(3 - a, 3 - b, weights)
    assert one.estimate == pytest.approx(mirrored.estimate, abs=1e-12, nan_ok=True)
