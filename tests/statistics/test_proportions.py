"""Shares, detection and ranks: published values, peers, degenerate cases and properties."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.statistics.proportions import (
    METHODS,
    detectable_share,
    detection_probability,
    interval,
    rank_intervals,
    required_n,
)

counts = st.integers(1, 80).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
panels = st.tuples(st.integers(2, 12), st.integers(1, 7)).flatmap(lambda s: arrays(np.bool_, s))


# --- interval ------------------------------------------------------------------------------------


def test_share_of_seven_in_twenty():
    found = interval(7, 20)
    assert found.estimate == 0.35
    assert found.se == pytest.approx(math.sqrt(0.35 * 0.65 / 20))
    # (k + z2 / 2 -+ z sqrt(k (n - k) / n + z2 / 4)) / (n + z2) with z2 = 3.841459
    assert found.low == pytest.approx(0.1811918, abs=1e-6)
    assert found.high == pytest.approx(0.5671457, abs=1e-6)
    assert (found.n, found.confidence, found.method, found.reason) == (20, 0.95, "wilson", "")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [1, 7, 20, 1000])
def test_limits_are_exactly_0_and_1_at_none_and_all(method, n):
    none, everyone = interval(0, n, method), interval(n, n, method)
    assert none.estimate == none.low == none.se == 0.0
    assert 0 < none.high < 1
    assert everyone.estimate == everyone.high == 1.0
    assert none.high == pytest.approx(1 - everyone.low, abs=1e-12)


def test_jeffreys_upper_limit_at_none_is_the_beta_quantile():
    # beta(1/2, 7 1/2) has its 97.5% point at .292 (Brown, Cai & DasGupta 2001)
    assert interval(0, 7, "jeffreys").high == pytest.approx(0.292, abs=5e-4)


def test_clopper_pearson_of_none_is_the_power_law():
    assert interval(0, 20, "clopper-pearson").high == pytest.approx(1 - 0.025 ** (1 / 20))


@pytest.mark.parametrize("method", METHODS)
def test_nobody_asked_is_undefined(method):
    found = interval(0, 0, method)
    assert all(math.isnan(v) for v in (found.estimate, found.se, found.low, found.high))
    assert "no experts" in found.reason


@pytest.mark.parametrize(
    ("k", "n"),
    [(8, 7), (-1, 7), (1, -7), (2.5, 7), (2, 7.5), (float("nan"), 7), ("x", 7), (1, None)],
)
def test_impossible_counts_are_refused(k, n):
    with pytest.raises(ValueError, match="must be"):
        interval(k, n)


def test_unknown_method_and_confidence_are_refused():
    with pytest.raises(ValueError, match="wilson, clopper-pearson, jeffreys"):
        interval(1, 2, "wald")
    for confidence in (0, 1, 1.5, -0.1, float("nan")):
        with pytest.raises(ValueError, match="between 0 and 1"):
            interval(1, 2, confidence=confidence)


def test_whole_numbers_of_any_type_are_counts():
    assert interval(np.int64(7), np.float64(20.0)) == interval(7, 20)


@given(counts, st.sampled_from(METHODS))
def test_interval_contains_the_share_and_mirrors(kn, method):
    k, n = kn
    found, mirrored = interval(k, n, method), interval(n - k, n, method)
    assert 0 <= found.low <= found.estimate <= found.high <= 1
    assert found.low == pytest.approx(1 - mirrored.high, abs=1e-9)


@given(counts, st.sampled_from(METHODS))
def test_higher_confidence_is_wider_and_more_experts_narrower(kn, method):
    k, n = kn
    ninety, found, larger = (
        interval(k, n, method, 0.9),
        interval(k, n, method),
        interval(4 * k, 4 * n, method),
    )
    assert ninety.low >= found.low - 1e-12
    assert ninety.high <= found.high + 1e-12
    assert larger.high - larger.low < found.high - found.low


# --- detection -----------------------------------------------------------------------------------


def test_a_code_held_by_13_9_per_cent_is_missed_with_probability_05():
    assert detection_probability(0.139, 20) == pytest.approx(0.95, abs=5e-4)
    assert detectable_share(20, 0.95) == pytest.approx(0.139, abs=5e-4)
    assert detectable_share(20, 0.95) == pytest.approx(1 - 0.05 ** (1 / 20), abs=1e-15)


def test_detection_at_the_edges():
    assert detection_probability(0, 20) == 0
    assert detection_probability(1, 1) == 1
    assert detection_probability(1, 0) == 0
    assert detection_probability(0.5, 0) == 0
    assert detection_probability(0.5, 1, instances=2) == 0
    assert detection_probability(0.5, 2, instances=2) == pytest.approx(0.25)
    assert isinstance(detection_probability(0.1, 20), float)


def test_detection_of_tiny_shares_keeps_its_digits():
    assert detection_probability(1e-18, 10) == pytest.approx(1e-17, rel=1e-12)


def test_detection_takes_arrays():
    shares = pd.Series([0.0, 0.1, 1.0])
    found = detection_probability(shares, [20, 20, 20])
    np.testing.assert_allclose(found, [0, 1 - 0.9**20, 1])
    np.testing.assert_allclose(detection_probability(0.1, [1, 2]), [0.1, 0.19])


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan"), [0.5, 2]])
def test_detection_refuses_what_is_no_share(p):
    with pytest.raises(ValueError, match="between 0 and 1"):
        detection_probability(p, 20)


@pytest.mark.parametrize("n", [-1, 2.5, float("nan"), float("inf")])
def test_detection_refuses_what_is_no_number_of_experts(n):
    with pytest.raises(ValueError, match="whole number"):
        detection_probability(0.1, n)


def test_required_n_at_exact_boundaries():
    # 1 - .9**2 = .19 exactly, which floating point makes .18999...
    assert required_n(0.1, 0.19) == 2
    assert required_n(0.5, 0.75) == 2
    assert required_n(0.139, 0.95) == 21  # .1391 is what 20 experts see
    assert required_n(0.1392, 0.95) == 20
    assert required_n(1, 1) == 1
    assert required_n(1, 0.3, instances=3) == 3
    assert required_n(0.2, 0) == 0
    assert required_n(0, 0) == 0


@pytest.mark.parametrize(("p", "probability"), [(0, 0.5), (0, 1), (0.5, 1), (0.999, 1)])
def test_required_n_is_nan_where_no_number_is_enough(p, probability):
    assert math.isnan(required_n(p, probability))


def test_required_n_for_very_rare_themes():
    assert required_n(1e-6, 0.95) == math.ceil(math.log(0.05) / math.log1p(-1e-6))


def test_detectable_share_at_the_edges():
    assert math.isnan(detectable_share(0, 0.95))
    assert detectable_share(5, 1) == 1
    assert detectable_share(5, 0) == 0
    assert detectable_share(1, 0.95) == pytest.approx(0.95)
    with pytest.raises(ValueError, match="probability"):
        detectable_share(5, 1.2)


@given(st.floats(0.001, 0.999), st.floats(0.001, 0.999), st.integers(1, 4))
def test_required_n_is_enough_and_one_less_is_not(p, probability, instances):
    n = int(required_n(p, probability, instances))
    assert detection_probability(p, n, instances) >= probability - 1e-9
    assert detection_probability(p, n - 1, instances) < probability


@given(st.integers(1, 200), st.floats(0.001, 0.999))
def test_detectable_share_inverts_detection(n, probability):
    assert detection_probability(detectable_share(n, probability), n) == pytest.approx(probability)


# --- rank intervals ------------------------------------------------------------------------------


def columns(n, *holders):
    """A panel of ``n`` experts whose first ``h`` raise each code."""
    return np.arange(n)[:, None] < np.array(holders)[None, :]


def test_ranks_of_counts_with_ties():
    panel = columns(20, 12, 12, 3, 20, 0)
    expected = {"min": [2, 2, 4, 1, 5], "mid": [2.5, 2.5, 4, 1, 5], "max": [3, 3, 4, 1, 5]}
    for ties, ranks in expected.items():
        found = rank_intervals(panel, ties=ties, resamples=10)
        assert found.estimate.tolist() == ranks
        assert found.counts.tolist() == [12, 12, 3, 20, 0]
        assert (found.n, found.ties, found.method) == (20, ties, "pairwise")


def test_sign_tests_count_only_experts_who_raised_one_of_the_two():
    # 10 against 0 discordant experts: p = 2**-10, below .05 / 2; 4 against 0: p = .0625
    assert rank_intervals(columns(20, 15, 5), resamples=10).low.tolist() == [1, 2]
    assert rank_intervals(columns(20, 15, 5), resamples=10).high.tolist() == [1, 2]
    assert rank_intervals(columns(20, 9, 5), resamples=10).high.tolist() == [2, 2]


def test_six_discordant_experts_decide_two_codes_at_95_per_cent():
    # Holm over the two one-sided tests of a pair: 2**-6 <= .025 < 2**-5
    assert rank_intervals(columns(20, 6, 0), resamples=10).high[0] == 1
    assert rank_intervals(columns(20, 5, 0), resamples=10).high[0] == 2


def test_holm_steps_down():
    # three codes, six tests: 2**-20, 2**-13 and 2**-7 against .05 / 6, / 5 and / 4
    found = rank_intervals(columns(20, 20, 7, 0), resamples=10)
    assert found.low.tolist() == found.high.tolist() == [1, 2, 3]


def test_intervals_of_one_code_are_narrower_than_of_all_at_once():
    rng = np.random.default_rng(3)
    panel = rng.random((20, 12)) < np.linspace(0.95, 0.05, 12)
    together = rank_intervals(panel, resamples=10)
    alone = rank_intervals(panel, resamples=10, simultaneous=False)
    assert np.all(alone.low >= together.low)
    assert np.all(alone.high <= together.high)
    assert (alone.high - alone.low).sum() < (together.high - together.low).sum()


def test_all_tied_codes_have_no_order():
    found = rank_intervals(columns(20, 8, 8, 8, 8), resamples=200)
    assert found.estimate.tolist() == [1, 1, 1, 1]
    assert found.low.tolist() == [1, 1, 1, 1]
    assert found.high.tolist() == [4, 4, 4, 4]
    assert found.top_share.tolist() == [1, 1, 1, 1]


def test_top_share_is_the_chance_to_stay_on_top():
    # a code of all experts is on top in every resample, one of nobody never
    found = rank_intervals(columns(20, 20, 10, 0), top=1, resamples=500)
    assert found.top_share[0] == 1
    assert found.top_share[2] == 0
    assert found.top_share[1] < 0.01
    # 8 and 6 holders without overlap: the difference of two multinomial counts is not negative
    apart = np.zeros((20, 2), dtype=bool)
    apart[:8, 0] = apart[8:14, 1] = True
    exact = multinomial_not_behind(20, 8, 6)
    simulated = rank_intervals(apart, top=1, resamples=20_000).top_share[0]
    assert simulated == pytest.approx(exact, abs=4 * math.sqrt(exact * (1 - exact) / 20_000))


def multinomial_not_behind(n, a, b):
    total = 0.0
    for i in range(n + 1):
        for j in range(min(i, n - i) + 1):
            ways = math.comb(n, i) * math.comb(n - i, j)
            total += ways * (a / n) ** i * (b / n) ** j * (1 - (a + b) / n) ** (n - i - j)
    return total


def test_bootstrap_t_separates_far_codes_and_not_near_ones():
    rng = np.random.default_rng(11)
    panel = rng.random((200, 3)) < np.array([0.9, 0.45, 0.45])
    found = rank_intervals(panel, method="bootstrap-t", resamples=1000)
    assert (found.low[0], found.high[0]) == (1, 1)
    assert found.low[1:].tolist() == [2, 2]
    assert found.high[1:].tolist() == [3, 3]


def test_bootstrap_t_claims_nothing_where_resampling_moves_nothing():
    # all and nobody: no resample shows how large the difference might be by chance
    found = rank_intervals(columns(5, 5, 0), method="bootstrap-t", resamples=100)
    assert found.low.tolist() == [1, 1]
    assert found.high.tolist() == [2, 2]


def test_percentile_is_narrower_than_what_covers():
    rng = np.random.default_rng(4)
    panel = rng.random((20, 15)) < 0.4
    naive = rank_intervals(panel, method="percentile", resamples=500)
    honest = rank_intervals(panel, resamples=500)
    assert np.sum(naive.high - naive.low) < np.sum(honest.high - honest.low)
    assert naive.simultaneous is False


def test_sessions_are_resampled_whole():
    panel = np.zeros((20, 2), dtype=bool)
    panel[:10, 0] = panel[10:, 1] = True  # each session raised its own code, all together
    sessions = np.repeat(["a", "b"], 10)
    by_session = rank_intervals(
        panel, method="bootstrap-t", clusters=sessions, top=1, resamples=4000
    )
    # a code is behind only where the other session is drawn twice: 1 time in 4
    assert by_session.top_share[0] == pytest.approx(0.75, abs=0.03)
    by_expert = rank_intervals(panel, method="bootstrap-t", top=1, resamples=4000)
    assert by_expert.top_share[0] == pytest.approx(0.588, abs=0.03)


def test_one_session_leaves_nothing_to_resample():
    found = rank_intervals(columns(20, 15, 5), method="bootstrap-t", clusters=["a"] * 20)
    assert np.isnan(found.low).all()
    assert np.isnan(found.top_share).all()
    assert "two sessions" in found.reason
    assert found.estimate.tolist() == [1, 2]


def test_clusters_are_refused_where_they_cannot_be_used():
    with pytest.raises(ValueError, match="bootstrap-t"):
        rank_intervals(columns(4, 3, 1), clusters=[1, 1, 2, 2])
    with pytest.raises(ValueError, match="each of 4 experts"):
        rank_intervals(columns(4, 3, 1), method="percentile", clusters=[1, 2])


@pytest.mark.parametrize("method", ["pairwise", "bootstrap-t", "percentile"])
def test_degenerate_panels(method):
    one = rank_intervals(columns(1, 1, 0), method=method)
    assert one.estimate.tolist() == [1, 2]
    assert np.isnan(one.low).all()
    assert "two experts" in one.reason
    assert rank_intervals(np.zeros((0, 3), bool), method=method).estimate.tolist() == [1, 1, 1]
    assert rank_intervals(np.zeros((5, 0), bool), method=method, resamples=5).estimate.size == 0
    single = rank_intervals(columns(5, 3), method=method, resamples=5)
    assert (single.low.tolist(), single.high.tolist()) == ([1], [1])
    nobody = rank_intervals(np.zeros((5, 2), bool), method=method, resamples=5)
    assert nobody.low.tolist() == [1, 1]


@pytest.mark.parametrize(
    "incidence",
    [[[0, 2]], [[0.5, 1]], [[np.nan, 1]], [1, 0, 1], [["a", "b"]], [[None, 1]], [[1j, 0]]],
    ids=["count", "share", "nan", "1-d", "text", "none", "complex"],
)
def test_incidence_must_be_a_matrix_of_0_and_1(incidence):
    with pytest.raises(ValueError, match="incidence must"):
        rank_intervals(incidence)


def test_settings_out_of_range_are_refused():
    for settings_ in ({"method": "wald"}, {"ties": "first"}, {"top": 0}, {"resamples": 0}):
        with pytest.raises(ValueError, match="must be"):
            rank_intervals(columns(4, 3, 1), **settings_)


def test_lists_frames_and_arrays_give_the_same_ranks():
    panel = columns(12, 9, 5, 1)
    for given_ in (panel.astype(int).tolist(), pd.DataFrame(panel), panel.astype(float)):
        found = rank_intervals(given_, resamples=50)
        expected = rank_intervals(panel, resamples=50)
        np.testing.assert_array_equal(found.low, expected.low)
        np.testing.assert_array_equal(found.top_share, expected.top_share)


def test_the_seed_decides_what_is_resampled():
    panel = np.random.default_rng(0).random((20, 6)) < 0.4
    same = [rank_intervals(panel, resamples=2500, seed=8).top_share for _ in range(2)]
    np.testing.assert_array_equal(*same)
    other = rank_intervals(panel, resamples=2500, seed=9).top_share
    assert not np.array_equal(same[0], other)


@settings(max_examples=60, deadline=None)
@given(panels, st.sampled_from(["pairwise", "bootstrap-t"]), st.randoms(use_true_random=False))
def test_rank_intervals_hold_the_rank_and_follow_the_codes(panel, method, random):
    codes = panel.shape[1]
    found = rank_intervals(panel, method=method, resamples=60)
    for ties in ("min", "max"):
        rank = rank_intervals(panel, ties=ties, resamples=2).estimate
        assert np.all((found.low <= rank) & (rank <= found.high))
    assert np.all((found.low >= 1) & (found.high <= codes))
    order = list(range(codes))
    random.shuffle(order)
    shuffled = rank_intervals(panel[:, order], method=method, resamples=60)
    np.testing.assert_array_equal(shuffled.low, found.low[order])
    np.testing.assert_array_equal(shuffled.high, found.high[order])
