"""Shrunken shares: limits of the model, intervals, refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.statistics.association import shrunken_shares
from analysis.statistics.shrinkage import _averaged, _loglik

SIZES = [3, 3, 3, 3, 2, 2, 2, 2]


def test_groups_that_differ_no_more_than_chance_share_the_pooled_share():
    found = shrunken_shares([1, 1, 2, 1, 1, 1, 0, 1], SIZES)
    assert found.correlation == 0
    assert found.prior == np.inf
    np.testing.assert_array_equal(found.estimate, np.full(8, 8 / 20))
    assert found.mean == 8 / 20
    assert found.n == 20
    # the interval does not pretend to know the pooled share
    assert (found.high - found.low > 0.4).all()


def test_unlike_groups_keep_more_of_their_own_share():
    found = shrunken_shares([3, 3, 0, 0, 2, 2, 0, 1], SIZES)
    assert 0.5 < found.correlation < 1
    raw = np.array([3, 3, 0, 0, 2, 2, 0, 1]) / SIZES
    np.testing.assert_allclose(found.raw, raw)
    assert ((found.estimate - raw) * (found.mean - raw) >= 0).all()  # towards the mean
    larger, smaller = abs(found.estimate - raw)[0], abs(found.estimate - raw)[4]
    assert larger < smaller  # three of three is held to more firmly than two of two
    k, n = np.array([3, 3, 0, 0, 2, 2, 0, 1]), np.array(SIZES)
    expected = (found.mean * found.prior + k) / (found.prior + n)
    np.testing.assert_allclose(found.estimate, expected)


def test_unanimous_groups_are_not_shrunken():
    found = shrunken_shares([3, 3, 0, 0, 2, 2, 0, 0], SIZES)
    assert found.correlation == 1
    assert found.prior == 0
    np.testing.assert_allclose(found.estimate, [1, 1, 0, 0, 1, 1, 0, 0])
    assert (found.high[2:4] > 0.2).all()


def test_moments_of_a_large_example_come_back():
    rng = np.random.default_rng(11)
    n = np.full(400, 25)
    k = rng.binomial(n, rng.beta(3, 7, 400))  # mean .3, correlation 1 / 11
    found = shrunken_shares(k, n)
    assert found.mean == pytest.approx(0.3, abs=0.02)
    assert found.correlation == pytest.approx(1 / 11, abs=0.02)


def test_a_group_nobody_was_asked_in_takes_the_mean():
    found = shrunken_shares([2, 0, 1, 0], [2, 3, 2, 0])
    assert np.isnan(found.raw[3])
    assert found.estimate[3] == pytest.approx(found.mean)
    assert found.high[3] - found.low[3] == (found.high - found.low).max()
    unanimous = shrunken_shares([2, 0, 0], [2, 2, 0])
    np.testing.assert_allclose(unanimous.estimate, [1, 0, 0.5], atol=1e-6)


@pytest.mark.parametrize(
    ("k", "n", "estimate"),
    [
        ([0, 0, 0], [2, 3, 2], 0.0),
        ([2, 3, 2], [2, 3, 2], 1.0),
        ([2], [3], 2 / 3),
        ([1, 0, 1], [1, 1, 1], 2 / 3),
    ],
)
def test_where_no_spread_can_be_seen_all_take_the_pooled_share(k, n, estimate):
    found = shrunken_shares(k, n)
    np.testing.assert_allclose(found.estimate, estimate)
    assert found.correlation == 0
    assert (found.low <= found.estimate).all()
    assert (found.estimate <= found.high).all()
    assert (found.high - found.low > 0.15).all()


def test_nobody_asked():
    found = shrunken_shares([0, 0], [0, 0])
    assert found.reason == "nobody was asked"
    assert np.isnan(found.estimate).all()
    assert found.n == 0


def test_one_size_for_all_groups():
    np.testing.assert_array_equal(
        shrunken_shares([3, 0, 1], 3).estimate, shrunken_shares([3, 0, 1], [3, 3, 3]).estimate
    )


def test_plug_in_intervals_are_beta_quantiles():
    from scipy.stats import beta

    k, n = np.array([3, 3, 0, 0, 2, 2, 0, 1]), np.array(SIZES)
    found = shrunken_shares(k, n, interval="plug-in")
    a = found.mean * found.prior + k
    b = (1 - found.mean) * found.prior + n - k
    np.testing.assert_allclose(found.low, beta.ppf(0.025, a, b), atol=1e-9)
    np.testing.assert_allclose(found.high, beta.ppf(0.975, a, b), atol=1e-9)
    np.testing.assert_allclose(found.se, beta.std(a, b), atol=1e-9)
    alike = shrunken_shares([1, 1], [2, 2], interval="plug-in")
    np.testing.assert_array_equal(alike.low, alike.high)


def test_averaging_matches_a_fine_sum_over_mean_and_correlation():
    k, n = np.array([3.0, 0.0, 1.0, 2.0]), np.array([3.0, 3.0, 2.0, 2.0])
    grid = (np.arange(600) + 0.5) / 600
    mean, rho = (a.ravel() for a in np.meshgrid(grid, grid))
    weight = np.exp(_loglik(k, n, mean, rho))
    weight /= weight.sum()
    size = ((1 - rho) / rho)[:, None] + n
    centre = (mean[:, None] * ((1 - rho) / rho)[:, None] + k) / size
    average = weight @ centre
    variance = weight @ (centre * (1 - centre) / (size + 1) + (centre - average) ** 2)
    ours = _averaged(k, n)
    np.testing.assert_allclose(ours[0], average, atol=1e-4)
    np.testing.assert_allclose(ours[1], variance, atol=1e-4)


def test_the_likelihood_is_the_beta_binomial():
    from scipy.special import gammaln
    from scipy.stats import betabinom

    k, n = np.array([3.0, 0.0, 1.0, 4.0]), np.array([3.0, 3.0, 2.0, 6.0])
    a, b = 1.3, 2.1
    ours = _loglik(k, n, np.asarray(a / (a + b)), np.asarray(1 / (a + b + 1)))
    ways = (gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)).sum()
    assert float(ours) + ways == pytest.approx(betabinom.logpmf(k, n, a, b).sum(), abs=1e-10)


@pytest.mark.parametrize(
    ("k", "n", "options", "message"),
    [
        ([3, 1], [2, 2], {}, "group 0: 3 of 2"),
        ([1, 1], [2, 2, 2], {}, "one shape"),
        ([1, -1], [2, 2], {}, "k must hold whole numbers"),
        ([1, 1.5], [2, 2], {}, "k must hold whole numbers"),
        ([1, 1], [2, np.nan], {}, "n must hold whole numbers"),
        ([], [], {}, "list of counts"),
        ([1, 1], [2, 2], {"interval": "exact"}, "interval must be"),
        ([1, 1], [2, 2], {"confidence": 0}, "confidence"),
    ],
)
def test_impossible_counts_are_refused(k, n, options, message):
    with pytest.raises(ValueError, match=message):
        shrunken_shares(k, n, **options)


groups = st.lists(
    st.integers(0, 4).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=1,
    max_size=8,
).filter(lambda pairs: sum(n for _, n in pairs) > 0)


@settings(max_examples=60, deadline=None)
@given(pairs=groups, data=st.data())
def test_shares_stay_within_bounds_and_do_not_depend_on_order(pairs, data):
    k, n = np.array(pairs).T
    found = shrunken_shares(k, n)
    for values in (found.estimate, found.low, found.high):
        assert ((values >= 0) & (values <= 1)).all()
    assert (found.low <= found.estimate + 1e-9).all()
    assert (found.estimate <= found.high + 1e-9).all()
    asked = n > 0
    between = (found.estimate - found.raw)[asked] * (found.mean - found.raw)[asked]
    assert (between >= -1e-9).all()
    order = data.draw(st.permutations(range(len(k))))
    other = shrunken_shares(k[order], n[order])
    np.testing.assert_allclose(other.estimate, found.estimate[order], atol=1e-6)
    # raised and not raised are two names of one thing
    inverted = shrunken_shares(n - k, n)
    np.testing.assert_allclose(inverted.estimate, 1 - found.estimate, atol=1e-5)
    np.testing.assert_allclose(inverted.low, 1 - found.high, atol=1e-6)
