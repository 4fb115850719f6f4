"""Chao2, jackknife, coverage and extrapolation: by hand, against known populations, properties."""

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.statistics import completeness
from analysis.statistics.saturation import (
    accumulation,
    chao2,
    coverage,
    extrapolate,
    jackknife1,
    jackknife2,
)

panels = st.tuples(st.integers(2, 15), st.integers(1, 12)).flatmap(lambda s: arrays(np.bool_, s))


def panel(experts=20, codes=30, share=0.2, seed=0):
    return np.random.default_rng(seed).random((experts, codes)) < share


# --- Chao2 and jackknife -------------------------------------------------------------------------


def holders(experts, *counts):
    return np.arange(experts)[:, None] < np.array(counts)[None, :]


def test_chao2_by_hand():
    # S 8, Q1 4, Q2 2, n 10: 8 + .9 * 16 / 4 = 11.6
    incidence = holders(10, 1, 1, 1, 1, 2, 2, 5, 9)
    found = chao2(incidence)
    assert found.estimate == pytest.approx(11.6)
    # 2 (.45 * 4 + .81 * 8 + .81 / 4 * 16) = 23.04
    assert found.se == pytest.approx(4.8)
    stretch = math.exp(1.959963984540054 * math.sqrt(math.log(1 + 23.04 / 3.6**2)))
    assert found.low == pytest.approx(8 + 3.6 / stretch)
    assert found.high == pytest.approx(8 + 3.6 * stretch)
    corrected = chao2(incidence, bias_corrected=True)
    assert corrected.estimate == pytest.approx(8 + 0.9 * 12 / 6)
    assert (found.method, corrected.method) == ("Chao2, classic", "Chao2, bias-corrected")


def test_chao2_without_duplicates_takes_the_bias_corrected_form():
    incidence = holders(10, 1, 1, 1, 5)
    found = chao2(incidence)
    assert found.estimate == pytest.approx(4 + 0.9 * 3)
    assert found.method == "Chao2, bias-corrected"
    variance = 0.9 * 3 + 0.81 * 3 * 25 / 4 - 0.81 * 81 / (4 * 6.7)
    assert found.se == pytest.approx(math.sqrt(variance))


@pytest.mark.parametrize("counts", [(2, 2, 5), (1, 5, 5), (5, 5)])
def test_chao2_that_adds_nothing_still_has_an_interval(counts):
    found = chao2(holders(10, *counts))
    seen, mentions = len(counts), sum(counts)
    expected = seen + (0.9 / 2 * 0 if 1 in counts else 0)
    assert found.estimate == expected
    assert found.low == seen
    missed = math.exp(-mentions / seen)
    half = 1.959963984540054 * math.sqrt(seen * missed / (1 - missed))
    assert found.high == pytest.approx(seen / (1 - missed) + half)


@pytest.mark.parametrize("function", [chao2, jackknife1, jackknife2, coverage])
def test_richness_is_undefined_without_a_second_expert_or_any_code(function):
    for incidence, why in (
        (np.zeros((0, 3), bool), "0 experts"),
        (np.ones((1, 3), bool), "1 expert:"),
        (np.zeros((5, 3), bool), "no code was raised"),
        (np.zeros((5, 0), bool), "no code was raised"),
    ):
        found = function(incidence)
        assert all(math.isnan(v) for v in (found.estimate, found.se, found.low, found.high))
        assert why in found.reason


def test_jackknife_by_hand():
    incidence = holders(10, 1, 1, 1, 1, 2, 2, 5, 9)
    assert jackknife1(incidence).estimate == pytest.approx(8 + 4 * 0.9)
    # one expert holds all four uniques: .9 (16 - 16 / 10)
    assert jackknife1(incidence).se == pytest.approx(math.sqrt(0.9 * 14.4))
    assert jackknife2(incidence).estimate == pytest.approx(8 + 4 * 1.7 - 2 * 64 / 90)
    spread = np.eye(10, 5, dtype=bool)
    assert jackknife1(spread).se == pytest.approx(math.sqrt(0.9 * (5 - 2.5)))


def test_jackknife_limits_are_not_below_what_was_seen():
    found = jackknife1(holders(10, 1, 1, 1, 1, 5, 9))
    assert found.low == 6
    assert found.high > found.estimate


def test_second_jackknife_without_a_variance_says_so():
    found = jackknife2(holders(20, 2, 2, 2, 5, 9))
    assert math.isnan(found.se)
    assert found.estimate < 5
    assert "negative" in found.reason


@settings(max_examples=60, deadline=None)
@given(panels)
def test_richness_is_at_least_what_was_seen(incidence):
    seen = incidence.any(axis=0).sum()
    for found in (chao2(incidence), chao2(incidence, bias_corrected=True), jackknife1(incidence)):
        if found.reason == "":
            assert found.estimate >= seen
            assert seen <= found.low <= found.high
            assert found.low <= found.estimate * (1 + 1e-12) or found.estimate == seen
    assert chao2(incidence, bias_corrected=True).estimate <= chao2(incidence).estimate + 1e-9 or (
        seen == 0
    )


@settings(max_examples=30, deadline=None)
@given(panels)
def test_wider_confidence_gives_wider_limits(incidence):
    narrow, wide = chao2(incidence, confidence=0.8), chao2(incidence, confidence=0.99)
    if narrow.reason == "":
        assert wide.low <= narrow.low <= narrow.high <= wide.high


# --- coverage and extrapolation ------------------------------------------------------------------


def test_coverage_by_hand():
    # n 10, Q1 4, Q2 2, U 22: A = 36 / 40, C = 1 - 4 / 22 * .9
    found = coverage(holders(10, 1, 1, 1, 1, 2, 2, 5, 9))
    assert found.estimate == pytest.approx(1 - 4 / 22 * 0.9)
    assert 0 <= found.low < found.estimate < found.high <= 1
    assert (found.n, found.confidence) == (10, 0.95)
    assert coverage(holders(10, 2, 5, 9), resamples=50).estimate == 1
    assert coverage(np.eye(6, dtype=bool), resamples=0).estimate == pytest.approx(
        1 - 5 * 5 / (5 * 5 + 2)
    )


def test_coverage_without_resamples_has_no_interval():
    found = coverage(panel(), resamples=0)
    assert math.isnan(found.se)
    assert math.isnan(found.confidence)
    assert found.reason == ""


def test_expected_new_share_of_one_more_expert():
    """Coverage is what it says: in a known population, the share of the next expert's codes."""
    rng = np.random.default_rng(5)
    shares = np.geomspace(0.5, 0.02, 40)
    estimates, truths = [], []
    for _ in range(400):
        incidence = rng.random((20, 40)) < shares
        truths.append(shares[incidence.any(axis=0)].sum() / shares.sum())
        estimates.append(coverage(incidence, resamples=0).estimate)
    assert np.mean(estimates) == pytest.approx(np.mean(truths), abs=0.006)


def test_bootstrap_error_of_coverage_is_about_the_true_one():
    rng = np.random.default_rng(8)
    shares = np.geomspace(0.5, 0.02, 40)
    drawn = [coverage(rng.random((20, 40)) < shares, resamples=200) for _ in range(150)]
    spread = np.std([d.estimate for d in drawn])
    assert np.mean([d.se for d in drawn]) == pytest.approx(spread, rel=0.3)


def test_rarefaction_is_the_accumulation_curve():
    incidence = panel()
    curve = extrapolate(incidence, range(1, 21), resamples=0)
    np.testing.assert_allclose(curve.mean, accumulation(incidence).mean, atol=1e-9)
    assert curve.size.tolist() == list(range(1, 21))
    assert np.isnan(curve.sd).all()
    assert curve.n == 20


def test_extrapolation_rises_from_what_was_seen_to_chao2():
    incidence = panel(20, 30, 0.08, seed=3)
    curve = extrapolate(incidence, [20, 21, 40, 100_000], resamples=0)
    assert curve.mean[0] == incidence.any(axis=0).sum()
    assert np.all(np.diff(curve.mean) > 0)
    assert curve.mean[-1] == pytest.approx(chao2(incidence).estimate)
    found = extrapolate(incidence, 40)
    assert found.estimate == pytest.approx(curve.mean[2])
    assert found.low < found.estimate < found.high
    assert found.reason == ""


def test_extrapolation_beyond_twice_the_panel_says_so():
    found = extrapolate(panel(), 41)
    assert math.isfinite(found.estimate)
    assert "beyond 40 experts" in found.reason
    assert "beyond 40 experts" in extrapolate(panel(), [10, 41], resamples=0).reason
    assert "beyond 40 experts" in coverage(panel(), 41, resamples=0).reason


def test_extrapolation_of_a_complete_panel_adds_nothing():
    complete = holders(10, 3, 5, 9)
    assert extrapolate(complete, 20, resamples=0).estimate == 3
    assert coverage(complete, 20, resamples=0).estimate == 1


def test_extrapolation_predicts_twice_the_panel():
    rng = np.random.default_rng(2)
    shares = np.geomspace(0.5, 0.03, 40)
    predicted = [
        extrapolate(rng.random((20, 40)) < shares, 40, resamples=0).estimate for _ in range(300)
    ]
    truth = (1 - (1 - shares) ** 40).sum()
    assert np.mean(predicted) == pytest.approx(truth, rel=0.02)


def test_undefined_extrapolation_says_why():
    found = extrapolate(np.zeros((5, 3), bool), 8)
    assert math.isnan(found.estimate)
    assert found.reason == "no code was raised"
    curve = extrapolate(np.ones((1, 3), bool), [1, 2])
    assert np.isnan(curve.mean).all()
    assert curve.reason.startswith("1 expert:")


@pytest.mark.parametrize("n", [0, -3, 2.5, [1, 0], []])
def test_impossible_sizes_are_refused(n):
    with pytest.raises(ValueError, match="n must"):
        extrapolate(panel(), n)


def test_one_resample_is_no_spread():
    for resamples in (1, -1, 2.5):
        with pytest.raises(ValueError, match="resamples must"):
            coverage(panel(), resamples=resamples)


def test_log_gamma_and_products_agree(monkeypatch):
    counts = np.array([[0, 1, 5, 19, 20]])
    products = completeness._unseen_share(counts, 20, 7, 20)
    monkeypatch.setattr(completeness, "_PRODUCTS", 0)
    np.testing.assert_allclose(completeness._unseen_share(counts, 20, 7, 20), products, rtol=1e-12)
    assert products[0].tolist()[:1] == [1]
    assert products[0].tolist()[3:] == [0, 0]


@settings(max_examples=40, deadline=None)
@given(panels)
def test_coverage_grows_with_the_panel_and_stays_a_share(incidence):
    n = incidence.shape[0]
    shares = [coverage(incidence, size, resamples=0).estimate for size in range(1, 2 * n + 1)]
    if incidence.any():
        assert np.all(np.diff(shares) >= -1e-9)
        assert min(shares) >= -1e-9
        assert max(shares) <= 1
    else:
        assert np.isnan(shares).all()


# --- growth --------------------------------------------------------------------------------------


def test_large_panels_need_little_memory():
    incidence = panel(40_000, 60, 0.02)
    tracemalloc.start()
    accumulation(incidence)
    chao2(incidence)
    coverage(incidence, resamples=100)
    extrapolate(incidence, 80_000, resamples=100)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * incidence.nbytes
