"""Coverage and rejection rates at n = 20: what they must be, and what the book will say of them."""

import math
from itertools import product

import numpy as np
import pytest

from analysis.simulation import association as simulation
from analysis.statistics.association import shrunken_shares

SMALL = (3, 2, 2)


@pytest.fixture(scope="module")
def shares():
    return simulation.shrunken_coverage().set_index(["truth", "method"])


def test_all_panels_are_counted_once():
    panels = list(simulation._panels(simulation.GROUP_SIZES))
    assert len(panels) == 525
    assert sum(ways for *_, ways in panels) == 4**4 * 3**4
    for mean, rho in ((0.3, 0.0), (0.4, 0.1), (0.4, 0.7)):
        chance = sum(
            ways * simulation._panel_chance(k, n, mean, rho)
            for k, n, ways in simulation._panels(SMALL)
        )
        assert chance == pytest.approx(1, abs=1e-12)


def test_exact_coverage_agrees_with_drawing():
    mean, rho = 0.4, 0.3
    table = simulation.shrunken_coverage({"some": (mean, rho)}, SMALL)
    exact = table.set_index("method")
    rng = np.random.default_rng(9)
    n = np.array(SMALL)
    prior = (1 - rho) / rho
    covered, squared = [], []
    for _ in range(1500):
        true = rng.beta(mean * prior, (1 - mean) * prior, len(n))
        found = shrunken_shares(rng.binomial(n, true), n)
        covered.append(((found.low <= true) & (true <= found.high)).mean())
        squared.append(((found.estimate - true) ** 2).mean())
    assert exact.coverage["averaged"] == pytest.approx(np.mean(covered), abs=0.02)
    assert exact.rmse["averaged"] == pytest.approx(math.sqrt(np.mean(squared)), rel=0.05)


def test_averaged_intervals_cover_and_plug_in_ones_do_not(shares):
    averaged = shares.xs("averaged", level="method")
    plug_in = shares.xs("plug-in", level="method")
    assert (averaged.coverage >= 0.92).all()
    assert (plug_in.coverage <= 0.75).all()
    assert (shares.n == 20).all()
    assert (averaged.mc_se == 0).all()


def test_shrinking_is_closer_to_the_truth_than_raw_shares(shares):
    shrunken = shares.xs("averaged", level="method").rmse
    raw = shares.xs("raw share", level="method").rmse
    assert (shrunken < raw).all()
    # of groups that are alike, the raw share has the binomial's error
    expected = math.sqrt(0.3 * 0.7 * np.mean([1 / n for n in simulation.GROUP_SIZES]))
    assert raw["groups alike, share .3"] == pytest.approx(expected, abs=1e-12)


def test_firth_profile_intervals_cover():
    table = simulation.firth_coverage(group=6)
    assert list(table.columns) == ["truth", "n", "method", "coverage", "mc_se", "answered"]
    assert (table.n == 12).all()
    assert (table.coverage >= 0.93).all()
    assert (table.answered > 0.9).all()
    # with fewer than two experts on either side the question is refused
    chance = sum(
        math.comb(6, a) * math.comb(6, b) * 0.3 ** (a + b) * 0.7 ** (12 - a - b)
        for a, b in product(range(7), repeat=2)
        if 2 <= a + b <= 10
    )
    assert table.answered[0] == pytest.approx(chance, abs=1e-12)


def test_exact_tests_keep_their_size_and_gain_power():
    table = simulation.theme_rejection(replications=400)
    rejection = table.set_index(["truth", "method"]).rejection
    assert rejection["0.3 and 0.3"].max() <= 0.05 + 2 * 0.011
    fisher = rejection.xs("Fisher, two groups of 10", level="method")
    assert fisher["0.2 and 0.8"] == pytest.approx(0.6353, abs=5e-5)
    eight = rejection.xs("Freeman-Halton, 8 groups", level="method")
    assert eight["0.2 and 0.8"] < fisher["0.2 and 0.8"]  # what eight small groups cost
    again = simulation.theme_rejection(replications=400)
    assert again.equals(table)


def test_permutation_tests_keep_their_size_and_gain_power():
    table = simulation.rating_rejection(replications=200, resamples=199)
    assert list(table.columns) == ["truth", "n", "method", "rejection", "mc_se"]
    null = table[table.truth == 0]
    assert (null.rejection <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 200)).all()
    for _, rows in table.groupby("method"):
        assert rows.rejection.is_monotonic_increasing
        assert rows.rejection.iloc[-1] > 0.5
    assert ((table.mc_se > 0) & (table.mc_se < 0.04)).all()
