"""Accumulation, stopping, richness and coverage: published values, brute force, properties."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.statistics import accumulation as accumulation_module
from analysis.statistics.saturation import (
    accumulation,
    accumulation_band,
    chao2,
    coverage,
    extrapolate,
    jackknife1,
    jackknife2,
    new_codes,
    no_new_code_in_last,
    stopping_sensitivity,
)

small = st.tuples(st.integers(1, 6), st.integers(0, 6)).flatmap(lambda s: arrays(np.bool_, s))
panels = st.tuples(st.integers(2, 15), st.integers(1, 12)).flatmap(lambda s: arrays(np.bool_, s))


def panel(experts=20, codes=30, share=0.2, seed=0):
    return np.random.default_rng(seed).random((experts, codes)) < share


def all_curves(incidence):
    orders = itertools.permutations(range(len(incidence)))
    return np.array([np.logical_or.accumulate(incidence[list(o)]).sum(axis=1) for o in orders])


REFUSED = [[[0, 2]], [[np.nan, 1]], [1, 0, 1], [["a"]]]


@pytest.mark.parametrize("incidence", REFUSED, ids=["count", "nan", "1-d", "text"])
@pytest.mark.parametrize(
    "function",
    [
        accumulation,
        accumulation_band,
        chao2,
        coverage,
        jackknife1,
        jackknife2,
        new_codes,
        stopping_sensitivity,
        lambda x: extrapolate(x, 2),
        lambda x: no_new_code_in_last(x, 1),
    ],
)
def test_incidence_must_be_a_matrix_of_0_and_1(function, incidence):
    with pytest.raises(ValueError, match="incidence must"):
        function(incidence)


def test_lists_frames_and_arrays_give_the_same():
    incidence = panel(8, 6)
    expected = accumulation(incidence)
    for given_ in (incidence.astype(int).tolist(), pd.DataFrame(incidence), incidence * 1.0):
        np.testing.assert_array_equal(accumulation(given_).mean, expected.mean)
        assert chao2(given_) == chao2(incidence)


# --- accumulation --------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(small)
def test_moments_are_those_of_all_orders(incidence):
    curves = all_curves(incidence)
    found = accumulation(incidence)
    np.testing.assert_allclose(found.mean, curves.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(found.sd, curves.std(axis=0), atol=1e-9)


def test_moments_of_seven_experts_are_those_of_5040_orders():
    incidence = panel(7, 20, 0.3, seed=4)
    curves = all_curves(incidence)
    found = accumulation(incidence)
    assert curves.shape == (5040, 7)
    np.testing.assert_allclose(found.mean, curves.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(found.sd, curves.std(axis=0), atol=1e-12)
    assert found.size.tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert (found.n, found.method) == (7, "exact")
    assert np.isnan(found.low).all()


def test_curve_starts_at_the_codes_of_one_expert_and_ends_at_all_codes():
    incidence = panel()
    codes = incidence.sum(axis=1)
    found = accumulation(incidence)
    assert found.mean[0] == pytest.approx(codes.mean())
    assert found.sd[0] == pytest.approx(codes.std())
    assert found.mean[-1] == incidence.any(axis=0).sum()
    assert found.sd[-1] == 0


def test_equal_experts_leave_nothing_to_chance():
    found = accumulation(np.ones((20, 30), bool))
    assert found.mean.tolist() == [30] * 20
    assert found.sd.tolist() == [0] * 20
    disjoint = accumulation(np.eye(20, dtype=bool))
    np.testing.assert_allclose(disjoint.mean, np.arange(1, 21), atol=1e-12)
    assert disjoint.sd.tolist() == [0] * 20


def test_many_experts_against_hypergeometric_probabilities():
    from scipy.stats import hypergeom

    incidence = panel(1200, 40, 0.01, seed=2)
    found = accumulation(incidence)
    held = incidence.sum(axis=0)
    for size in (1, 7, 300, 1100, 1200):
        unseen = hypergeom.pmf(0, 1200, held, size)
        assert found.mean[size - 1] == pytest.approx((1 - unseen).sum(), abs=1e-9)
        neither = 1200 - held[:, None] - held + incidence.T.astype(int) @ incidence
        both = hypergeom.sf(size - 1, 1200, neither, size)
        covariance = both - np.outer(unseen, unseen)
        assert found.sd[size - 1] ** 2 == pytest.approx(covariance.sum(), abs=1e-9)


def test_accumulation_without_experts_or_codes():
    empty = accumulation(np.zeros((0, 4), bool))
    assert empty.mean.size == empty.size.size == 0
    assert empty.reason == "no experts"
    assert accumulation(np.zeros((3, 0), bool)).mean.tolist() == [0, 0, 0]
    silent = accumulation(np.zeros((3, 4), bool))
    assert (silent.mean.tolist(), silent.sd.tolist()) == ([0, 0, 0], [0, 0, 0])
    one = accumulation([[1, 0, 1]])
    assert (one.mean.tolist(), one.sd.tolist()) == ([2], [0])


@settings(max_examples=50, deadline=None)
@given(panels, st.randoms(use_true_random=False))
def test_curve_rises_ever_less_and_ignores_order(incidence, random):
    found = accumulation(incidence)
    steps = np.diff(found.mean, prepend=0)
    assert np.all(steps >= -1e-9)
    assert np.all(np.diff(steps) <= 1e-9)
    rows, columns = list(range(incidence.shape[0])), list(range(incidence.shape[1]))
    random.shuffle(rows)
    random.shuffle(columns)
    shuffled = accumulation(incidence[rows][:, columns])
    np.testing.assert_allclose(shuffled.mean, found.mean, atol=1e-9)
    np.testing.assert_allclose(shuffled.sd, found.sd, atol=1e-6)


# --- bands over orders ---------------------------------------------------------------------------


@pytest.mark.parametrize(("experts", "codes"), [(20, 30), (12, 64), (40, 65), (9, 200)])
def test_band_has_the_exact_moments_up_to_simulation_error(experts, codes):
    incidence = panel(experts, codes, 0.15, seed=experts)
    exact, band = accumulation(incidence), accumulation_band(incidence, orders=20_000)
    error = 4.5 * exact.sd / math.sqrt(20_000)
    assert np.all(np.abs(band.mean - exact.mean) <= error + 1e-9)
    np.testing.assert_allclose(band.sd, exact.sd, rtol=0.08, atol=0.02)
    early = exact.sd > 0.5  # late, most orders have all codes and few pull the mean below
    assert np.all(band.low[early] <= band.mean[early])
    assert np.all(band.mean <= band.high + 1e-9)
    assert band.low[-1] == band.high[-1] == incidence.any(axis=0).sum()
    assert (band.n, band.method) == (experts, "20000 random orders")


def test_band_limits_are_the_percentiles_of_all_orders():
    incidence = panel(7, 15, 0.3, seed=1)
    curves = all_curves(incidence)
    band = accumulation_band(incidence, orders=40_000, confidence=0.8)
    low, high = np.quantile(curves, [0.1, 0.9], axis=0)
    np.testing.assert_allclose(band.low, low, atol=1)
    np.testing.assert_allclose(band.high, high, atol=1)
    assert np.mean(np.abs(band.low - low) + np.abs(band.high - high)) < 0.3


def test_quantiles_of_histograms_are_numpys():
    rng = np.random.default_rng(3)
    for orders in (1, 2, 7, 40, 999):
        values = rng.integers(0, 6, size=(orders, 4))
        histogram = np.array([np.bincount(column, minlength=6) for column in values.T], float)
        for q in (0, 0.025, 0.1, 0.5, 0.975, 1):
            np.testing.assert_allclose(
                accumulation_module._quantile(histogram.cumsum(axis=1), q),
                np.quantile(values, q, axis=0),
                atol=1e-9,
            )


@pytest.mark.parametrize("experts", [1, 2, 3, 20, 33, 1025])
def test_random_orders_are_permutations(experts):
    orders = accumulation_module._random_orders(50, experts, np.random.default_rng(0))
    np.testing.assert_array_equal(np.sort(orders, axis=1), np.tile(np.arange(experts), (50, 1)))


def test_random_orders_are_equally_likely():
    rng = np.random.default_rng(6)
    orders = accumulation_module._random_orders(24_000, 4, rng)
    _, times = np.unique(orders, axis=0, return_counts=True)
    assert times.size == 24
    # chi-squared with 23 degrees of freedom exceeds 49.7 once in a thousand
    assert ((times - 1000) ** 2 / 1000).sum() < 49.7


def test_codes_seen_over_the_border_of_a_word_and_of_a_byte():
    for codes in (63, 64, 65, 300):
        masks = accumulation_module.pack_codes(np.ones((3, codes), bool))
        seen = accumulation_module.seen_by_order(masks, 5, np.random.default_rng(0))
        assert np.unique(seen).tolist() == [codes]


def test_seed_decides_the_band_and_tasks_do_not():
    incidence = panel()
    first, again = (accumulation_band(incidence, 3000, seed=5) for _ in range(2))
    np.testing.assert_array_equal(first.mean, again.mean)
    assert not np.array_equal(first.mean, accumulation_band(incidence, 3000, seed=6).mean)


def test_many_tasks_add_up(monkeypatch):
    monkeypatch.setattr(accumulation_module, "_TASK", 1000)
    incidence = panel(15, 10, 0.3)
    exact, band = accumulation(incidence), accumulation_band(incidence, orders=6000)
    assert accumulation_module._equal_tasks(6000, 15, 10) == 16
    assert np.all(np.abs(band.mean - exact.mean) <= 5 * exact.sd / math.sqrt(6000) + 1e-9)


def test_band_at_its_edges():
    one = accumulation_band(panel(5, 4), orders=1)
    np.testing.assert_array_equal(one.low, one.mean)
    np.testing.assert_array_equal(one.high, one.mean)
    assert one.sd.tolist() == [0] * 5
    assert accumulation_band(np.zeros((0, 3), bool)).reason == "no experts"
    assert accumulation_band(np.zeros((2, 0), bool), orders=5).high.tolist() == [0, 0]
    for orders in (0, -1, 2.5):
        with pytest.raises(ValueError, match="orders"):
            accumulation_band(panel(), orders=orders)
    with pytest.raises(ValueError, match="confidence"):
        accumulation_band(panel(), confidence=1)
