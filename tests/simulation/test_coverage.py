"""Coverage of intervals under known truths: the dips of the grid, and what errors lead to."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import binom

from analysis.simulation.coverage import (
    alpha_coverage,
    alpha_of_errors,
    interval_coverage,
    limits,
    mean_coverage,
    shrunken_coverage,
)
from analysis.statistics.agreement import krippendorff_alpha
from analysis.statistics.proportions import interval


def test_the_grid_of_true_shares_includes_the_dips():
    """Wilson covers .837 just below .0089, the lower limit of 1 of 20 (issue 11, 4i)."""
    table = interval_coverage(20, ["wilson"])
    worst = table.loc[table["coverage"].idxmin()]
    limit = interval(1, 20).low
    assert worst["share"] == pytest.approx(limit)
    assert worst["share"] < limit
    assert worst["coverage"] == pytest.approx((1 - limit) ** 20)
    assert round(worst["coverage"], 3) == 0.837
    # the grid of before began above the dip
    assert interval_coverage(20, ["wilson"], np.arange(1, 100) / 100)["coverage"].min() > 0.92


@pytest.mark.parametrize("n", [1, 3, 20, 37])
@pytest.mark.parametrize("method", ["wilson", "clopper-pearson", "jeffreys"])
def test_no_finer_grid_finds_less(n, method):
    least = interval_coverage(n, [method])["coverage"].min()
    finer = interval_coverage(n, [method], np.linspace(0, 1, 20_001))["coverage"]
    assert least <= finer.min() + 1e-12
    if method == "clopper-pearson":
        assert least >= 0.95


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 25), st.integers(0, 1000), st.sampled_from([0.8, 0.95, 0.99]))
def test_coverage_is_the_sum_over_counts(n, thousandths, confidence):
    share = thousandths / 1000
    found = interval_coverage(n, ["wilson"], [share], confidence)["coverage"][0]
    held = [interval(k, n, confidence=confidence) for k in range(n + 1)]
    inside = [k for k, e in enumerate(held) if e.low <= share <= e.high]
    assert found == pytest.approx(binom.pmf(inside, n, share).sum())


def test_the_mean_over_shares_is_an_integral():
    low, high = limits(6)
    ends = np.unique([0, *low, *high, 1])

    def covered(p):
        return binom.pmf(np.flatnonzero((low <= p) & (p <= high)), 6, p).sum()

    pieces = [quad(covered, a, b)[0] for a, b in itertools.pairwise(ends)]
    found = mean_coverage(6)
    assert found == pytest.approx(sum(pieces), abs=1e-6)
    assert (found.standing, found.n) == ("simulation", 6)
    assert round(mean_coverage(20), 4) == 0.9530


def test_the_agreement_that_an_error_rate_gives_is_where_many_statements_end_up():
    rng, size = np.random.default_rng(5), 400_000
    for share, found, added, uneven in [(0.3, 0.8, 0.0, 0.0), (0.1, 0.85, 0.03, 0.9)]:
        times = np.where(rng.random(size) < 0.5, 1 + uneven, 1 - uneven)
        there = rng.random(size) < share
        gives = np.where(there, 1 - (1 - found) * times, added * times)
        data = (rng.random((2, size)) < gives).astype(float)
        drawn = krippendorff_alpha(data, "nominal")
        assert alpha_of_errors(share, found, added, uneven) == pytest.approx(drawn, abs=0.01)


def test_the_ends_of_agreement():
    assert alpha_of_errors(0.3, 1.0) == 1
    # a coder who adds as often as finds says nothing
    assert alpha_of_errors(0.3, 0.4, 0.4) == pytest.approx(0)
    # the rarer a code, the more its agreement suffers from the same false positives
    rare, common = (alpha_of_errors(share, 0.9, 0.02) for share in (0.02, 0.3))
    assert rare < 0.6 < common
    for share, found, added in [(0.0, 0.9, 0.0), (1.0, 1.0, 1.0)]:
        never = alpha_of_errors(share, found, added)
        assert math.isnan(never)
        assert never.reason == "the coders never differ"
    with pytest.raises(ValueError, match="between 0 and 1"):
        alpha_of_errors(0.3, 0.2, 0.0, 0.5)


def test_resampling_experts_holds_the_true_alpha_more_often_than_resampling_statements():
    numbers = {"statements": 20, "panels": 120, "resamples": 300, "seed": 3}
    experts = alpha_coverage(0.3, **numbers)
    statements = alpha_coverage(0.3, by_expert=False, **numbers)
    assert experts > statements
    assert experts.estimate == pytest.approx(0.93, abs=4 * experts.se + 0.02)
    assert experts.n == 120
    assert "120 simulated panels" in experts.method


def test_panels_without_an_interval_are_not_counted():
    found = alpha_coverage(0.02, sensitivity=1, false_positive=0, panels=10, resamples=50)
    assert (found.n, math.isnan(found)) == (0, True)
    assert found.reason == "no simulated panel has an interval"


def test_shrunken_shares_of_groups_cover_where_groups_are_alike_and_where_not():
    sizes = (3, 3, 2, 2)
    alike = shrunken_coverage(sizes, 0.4, 0.0, panels=60)
    apart = shrunken_coverage(sizes, 0.4, 0.4, panels=60)
    assert alike > 0.95 - 4 * max(alike.se, 0.01)
    assert apart > 0.9 - 4 * apart.se
    assert shrunken_coverage(sizes, 0.4, 0.4, panels=60) == apart
