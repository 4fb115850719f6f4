"""Growth, stopping, richness and coverage of codes: all orders, simulations."""

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.statistics.orders import (
    found_by,
    last_without_new,
    new_codes,
    seen_in_orders,
    stopping_in_orders,
)
from analysis.statistics.saturation import (
    accumulation,
    accumulation_band,
    chao2,
    chao2_coverage,
    coverage,
    extrapolate,
    jackknife1,
    jackknife2,
    stopping_point,
)

TABLES = yaml.safe_load(Path(__file__).with_name("saturation.yml").read_text(encoding="utf-8"))

small = st.tuples(st.integers(1, 6), st.integers(0, 6)).flatmap(lambda s: arrays(bool, s))
panels = st.tuples(st.integers(2, 15), st.integers(1, 12)).flatmap(lambda s: arrays(bool, s))


def panel(experts=20, codes=30, share=0.2, seed=0):
    return np.random.default_rng(seed).random((experts, codes)) < share


def with_holders(experts, *holders):
    """A panel in which the first so many experts hold each code: who they are does not matter."""
    return np.arange(experts)[:, None] < np.array(holders)


def all_curves(incidence):
    orders = itertools.permutations(range(len(incidence)))
    return np.array([np.logical_or.accumulate(incidence[list(o)]).sum(axis=1) for o in orders])


def four(found):
    return [found.estimate, found.se, found.low, found.high]


# growth


@settings(max_examples=60, deadline=None)
@given(small)
def test_moments_are_those_of_all_orders(incidence):
    curves, found = all_curves(incidence), accumulation(incidence)
    np.testing.assert_allclose(found.mean, curves.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(found.sd, curves.std(axis=0), atol=1e-7)


@pytest.mark.parametrize(
    ("incidence", "mean"),
    [
        (np.ones((20, 30)), [30] * 20),
        (np.eye(4), [1, 2, 3, 4]),
        ([[1, 0, 1]], [2]),
        (np.zeros((3, 4)), [0, 0, 0]),
        (np.zeros((3, 0)), [0, 0, 0]),
        (np.zeros((0, 4)), []),
    ],
)
def test_where_order_does_not_matter(incidence, mean):
    for curve in (accumulation(incidence), accumulation_band(incidence, orders=50)):
        np.testing.assert_allclose(curve.mean, mean, atol=1e-12)
        np.testing.assert_allclose(curve.sd, 0, atol=1e-12)
        assert curve.reason == ("" if mean else "there are no experts")


@pytest.mark.parametrize(("experts", "codes"), [(20, 30), (12, 64), (40, 65), (9, 200)])
def test_the_band_has_the_exact_moments_up_to_simulation(experts, codes):
    incidence = panel(experts, codes, 0.15, seed=experts)
    exact, band = accumulation(incidence), accumulation_band(incidence, orders=20_000)
    assert (np.abs(band.mean - exact.mean) <= 4.5 * exact.sd / math.sqrt(20_000) + 1e-9).all()
    np.testing.assert_allclose(band.sd, exact.sd, rtol=0.08, atol=0.02)
    assert band.low[-1] == band.high[-1] == incidence.any(axis=0).sum()


@pytest.mark.parametrize("orders", [1, 2, 7, 999])
def test_band_limits_are_numpys_quantiles_of_the_orders(orders):
    band = accumulation_band(panel(7, 15, 0.3), orders, seed=4, confidence=0.8)
    seen = seen_in_orders(panel(7, 15, 0.3), orders, seed=4)
    low, high = np.quantile(seen, [0.1, 0.9], axis=0)
    np.testing.assert_allclose([band.low, band.high], [low, high], atol=1e-9)


# stopping


def by_hand(counts, base, run, threshold):
    known = sum(counts[:base])
    for last in range(base + run, len(counts) + 1):
        if known and sum(counts[last - run : last]) / known <= threshold:
            return last
    return math.nan


rules = st.tuples(st.integers(1, 5), st.integers(1, 3), st.sampled_from([0.0, 0.05, 0.1, 0.25]))


@settings(deadline=None)
@given(st.lists(st.integers(0, 9), max_size=20), rules)
def test_the_rule_by_hand(counts, rule):
    found = stopping_point(counts, *rule)
    expected = by_hand(counts, *rule)
    assert found.confirmed == pytest.approx(expected, nan_ok=True)
    assert float(found) == pytest.approx(expected - rule[1], nan_ok=True)
    assert bool(found.reason) == math.isnan(expected)
    assert found.label == ("" if found.reason else f"{int(expected) - rule[1]}+{rule[1]}")


@pytest.mark.parametrize(("counts", "threshold", "label", "reason"), TABLES["stops"])
def test_where_the_rule_stops_or_why_not(counts, threshold, label, reason):
    found = stopping_point(counts, threshold=threshold)
    assert (found.label, found.reason) == (label, reason)


def test_the_rule_over_random_orders_is_that_over_all():
    incidence = panel(7, 12, 0.35, seed=9)
    rows = [incidence[list(order)] for order in itertools.permutations(range(7))]
    points = [by_hand(new_codes(row).tolist(), 2, 2, 0.15) for row in rows]
    seen = [row[: int(p)].any(axis=0).sum() for row, p in zip(rows, points, strict=True) if p == p]
    found = stopping_in_orders(incidence, (2,), (2,), (0.15,), orders=20_000).iloc[0]
    never = np.mean(np.isnan(points))
    assert 0.05 < never < 0.95  # both kinds of order are there
    assert found.never == pytest.approx(never, abs=0.015)
    assert found["median"] == np.nanmedian(points)
    assert found.low <= found["median"] <= found.high
    assert found.seen == pytest.approx(np.mean(seen) / incidence.any(axis=0).sum(), abs=0.01)
    assert found.stopped_at == pytest.approx(points[0], nan_ok=True)


def test_all_settings_at_once_and_orders_that_never_stop():
    assert len(stopping_in_orders(panel(8), (4, 5), (2, 3), (0.05, 0.0), orders=20)) == 8
    disjoint = stopping_in_orders(np.eye(8), orders=50).iloc[0]
    assert disjoint.never == 1
    assert np.isnan([disjoint["median"], disjoint.seen, disjoint.stopped_at]).all()


@settings(max_examples=25, deadline=None)
@given(small, st.data())
def test_last_without_new_over_all_orders(incidence, data):
    n = len(incidence)
    k = data.draw(st.integers(1, n))
    curves = all_curves(incidence)
    quiet = curves[:, -1] == (curves[:, n - k - 1] if k < n else 0)
    assert last_without_new(incidence, k) == pytest.approx(quiet.mean())


def test_last_without_new_from_random_orders():
    incidence = panel(40, 12, 0.15, seed=3)
    sampled = last_without_new(incidence, 8)
    assert sampled.method == "10,000 random orders"
    codes = incidence.any(axis=0).sum()
    shuffled = np.random.default_rng(1).permuted(np.tile(np.arange(40), (2000, 1)), axis=1)
    loop = [incidence[rows[:32]].any(axis=0).sum() == codes for rows in shuffled]
    assert sampled == pytest.approx(np.mean(loop), abs=5 * 0.5 / math.sqrt(2000))


# group interviews: sessions as units


def test_what_the_first_sessions_found():
    # by hand: four sessions, of whose five codes two are in every one
    sessions = np.array([[1, 1, 1, 0, 0], [1, 1, 0, 1, 0], [1, 1, 1, 0, 0], [1, 1, 0, 0, 0]])
    found = found_by(sessions)
    # a code of one of four is found by k sessions with probability k / 4; of two of four by
    # 1 - (1 - k / 4) (1 - k / 3)
    expected = [(2 + 1 / 2 + 1 / 4) / 4, (2 + 5 / 6 + 1 / 2) / 4, (2 + 1 + 3 / 4) / 4, 1]
    np.testing.assert_allclose(found.share, expected)
    np.testing.assert_allclose(found.low, [2 / 4, 3 / 4, 3 / 4, 1])
    np.testing.assert_allclose(found.high, [3 / 4, 1, 1, 1])
    np.testing.assert_allclose(found.held, [3 / 4, 1, 1, 1])
    # at least half of the sessions raised three codes
    np.testing.assert_allclose(found.common, [2.5 / 3, (2 + 5 / 6) / 3, 1, 1])


def test_many_sessions_are_sampled_and_none_says_nothing():
    found = found_by(panel(30, 20, 0.3))
    np.testing.assert_allclose(found.share * 20, accumulation(panel(30, 20, 0.3)).mean)
    assert (found.low <= found.share)[:5].all()
    assert (found.share <= found.high + 1e-9).all()
    assert found_by(np.zeros((3, 4))).empty


# how many codes there may be


@pytest.mark.parametrize(("holders", "corrected", "expected"), TABLES["chao2"])
def test_each_form_of_chao2(holders, corrected, expected):
    found = chao2(with_holders(10, *holders), bias_corrected=corrected)
    np.testing.assert_allclose(four(found), expected, atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(panels.filter(lambda p: p.any()))
def test_jackknives_by_leaving_out(incidence):
    n, seen = len(incidence), int(incidence.any(axis=0).sum())

    def codes(out):
        left = itertools.combinations(range(n), n - out)
        return np.array([incidence[list(rows)].any(axis=0).sum() for rows in left])

    pseudo = n * seen - (n - 1) * codes(1)
    first, second = jackknife1(incidence), jackknife2(incidence)
    assert first == pytest.approx(pseudo.mean())
    assert first.se == pytest.approx(pseudo.std(ddof=1) / math.sqrt(n), abs=1e-7)
    by_two = n**2 * seen - 2 * (n - 1) ** 2 * codes(1).mean() + (n - 2) ** 2 * codes(2).mean()
    assert second == pytest.approx(by_two / 2)
    for found in (first, second):
        assert seen <= found.low <= found.high or "negative" in found.reason or found < seen


def test_a_jackknife_below_what_was_heard_has_no_interval():
    """Four codes of two experts each, none of one: 4 - 4 (n - 2)^2 / (n (n - 1)), n = 4."""
    found = jackknife2([[1, 1, 1, 1], [1, 1, 1, 1], [0, 0, 0, 0], [0, 0, 0, 0]])
    assert found == pytest.approx(4 - 4 * 4 / 12)
    assert math.isnan(found.low)
    assert "negative" in found.reason or "below" in found.reason
    few = jackknife2([[1, 1, 1, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    assert few.low >= 4


@pytest.mark.parametrize("function", [chao2, jackknife1, jackknife2, coverage])
@pytest.mark.parametrize(
    ("incidence", "reason"),
    [
        (np.zeros((0, 3)), "second expert"),
        (np.ones((1, 3)), "second expert"),
        (np.zeros((5, 3)), "no code was raised"),
        (np.zeros((5, 0)), "no code was raised"),
    ],
)
def test_nothing_can_be_estimated_and_why(function, incidence, reason):
    found = function(incidence)
    assert np.isnan(four(found)).all()
    assert reason in found.reason


def test_a_lower_limit_misses_where_every_code_was_heard():
    """Chao2 under a closed codebook: its limits lie above what was seen, whatever there is."""
    common, rare = np.full(34, 0.2), np.geomspace(0.5, 0.03, 60)
    complete, missing = (chao2_coverage(shares, 20, panels=300) for shares in (common, rare))
    assert missing > 0.95  # a lower limit should hold in 97.5%
    lows = [chao2(np.random.default_rng(s).random((20, 34)) < 0.2).low for s in range(300)]
    assert complete == pytest.approx(np.mean(np.array(lows) <= 34), abs=0.1)
    assert complete < 0.9
    assert (complete.standing, complete.n) == ("simulation", 300)


# how complete the panel is


def test_coverage_by_hand():
    # n 10, Q1 4, Q2 2, U 22: A = 36 / 40; without duplicates by Q1 - 1
    assert coverage(with_holders(10, 1, 1, 1, 1, 2, 2, 5, 9)) == pytest.approx(1 - 4 / 22 * 0.9)
    assert coverage(np.eye(6)) == pytest.approx(1 - 5 * 5 / (5 * 5 + 2))
    assert coverage(with_holders(10, 2, 5, 9)) == 1


@settings(max_examples=60, deadline=None)
@given(panels.filter(lambda p: p.any()))
def test_extrapolation_runs_from_the_curve_to_chao2(incidence):
    n = len(incidence)
    curve = [float(extrapolate(incidence, m, resamples=0)) for m in range(1, 2 * n + 1)]
    np.testing.assert_allclose(curve[:n], accumulation(incidence).mean, atol=1e-9)
    assert (np.diff(curve) >= -1e-9).all()
    farthest = extrapolate(incidence, 10**6, resamples=0)
    assert "beyond" in farthest.reason
    assert farthest == pytest.approx(float(chao2(incidence)), rel=1e-4)


def test_coverage_and_extrapolation_in_a_known_population():
    rng = np.random.default_rng(8)
    shares = np.geomspace(0.5, 0.02, 40)
    drawn = [rng.random((20, 40)) < shares for _ in range(200)]
    covered = [coverage(table, resamples=100) for table in drawn]
    truth = [shares[table.any(axis=0)].sum() / shares.sum() for table in drawn]
    assert np.mean(covered) == pytest.approx(np.mean(truth), abs=0.008)
    assert np.mean([c.se for c in covered]) == pytest.approx(np.std(covered), rel=0.3)
    assert all(0 <= c.low <= c <= c.high <= 1 for c in covered)
    predicted = [extrapolate(table, 40, resamples=0) for table in drawn]
    assert np.mean(predicted) == pytest.approx((1 - (1 - shares) ** 40).sum(), rel=0.03)
