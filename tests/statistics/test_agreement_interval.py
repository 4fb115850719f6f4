"""Intervals of alpha: the resampling itself, its corners, and what it costs."""

import time
import tracemalloc

import krippendorff
import numpy as np
import pytest
from scipy.stats import norm, t

from analysis.statistics import agreement_bootstrap as bootstrap
from analysis.statistics.agreement import (
    alpha_interval,
    alpha_interval_ignoring_experts,
    krippendorff_alpha,
    masi_alpha_interval,
)
from analysis.statistics.agreement_patterns import (
    alphas,
    as_positions,
    collapse,
    multiply,
    summands,
)

LEVELS = ("nominal", "ordinal", "interval", "ratio")
EXPERTS = np.repeat(np.arange(20), 12)


@pytest.fixture(scope="module")
def panel():
    """3 coders x 240 statements of 20 experts; some experts are hard to code."""
    rng = np.random.default_rng(7)
    clarity = rng.beta(7, 1.5, 20)[EXPERTS]
    true = rng.integers(0, 4, 240)
    other = rng.integers(0, 4, (3, 240))
    data = np.where(rng.random((3, 240)) < clarity, true, other).astype(float)
    data[rng.random((3, 240)) < 0.05] = np.nan
    return data


# the resampling


@pytest.mark.parametrize("level", LEVELS)
def test_a_resample_is_alpha_of_the_drawn_units(panel, level):
    """Weights over patterns give the same alpha as the drawn columns themselves."""
    patterns = collapse(panel, with_units=True)
    rng = np.random.default_rng(1)
    for _ in range(5):
        drawn = rng.integers(0, 240, 240)
        used = patterns.of_unit[drawn]
        weights = np.bincount(used[used >= 0], minlength=len(patterns.weights)).astype(float)
        ours = alphas(weights[None, :], patterns, level)[0]
        theirs = krippendorff.alpha(panel[:, drawn], level_of_measurement=level)
        assert ours == pytest.approx(theirs, abs=1e-12)


@pytest.mark.parametrize("level", LEVELS)
def test_a_cluster_resample_is_alpha_of_the_drawn_experts(panel, level):
    patterns = collapse(panel, with_units=True)
    table = bootstrap._cluster_table(patterns, as_positions(EXPERTS, 240))
    rng = np.random.default_rng(2)
    picks = rng.integers(0, 20, (6, 20))
    weights = np.array([np.bincount(pick, minlength=20) for pick in picks]) @ table
    ours = alphas(weights.astype(float), patterns, level)
    for value, pick in zip(ours, picks, strict=True):
        columns = np.concatenate([np.flatnonzero(expert == EXPERTS) for expert in pick])
        theirs = krippendorff.alpha(panel[:, columns], level_of_measurement=level)
        assert value == pytest.approx(theirs, abs=1e-12)


@pytest.mark.parametrize("clusters", [None, EXPERTS], ids=["units", "experts"])
def test_distribution_matches_a_plain_loop(panel, clusters):
    """Standard error and quantiles of 4,000 resamples against 4,000 turns of a loop."""
    rng = np.random.default_rng(3)
    complete = panel[:, (~np.isnan(panel)).sum(axis=0) > 1]
    labels = None if clusters is None else clusters[(~np.isnan(panel)).sum(axis=0) > 1]
    patterns = collapse(complete, with_units=True)
    table = None
    units = complete.shape[1]
    if labels is not None:
        table = bootstrap._cluster_table(patterns, as_positions(labels, units))
    rows = summands(patterns, "nominal")
    times = patterns.weights if table is None else np.ones(len(table))
    rows = rows if table is None else table @ rows
    ours = bootstrap._draw(patterns, "nominal", None, times, rows, 4000, np.random.default_rng(4))
    loop = []
    for _ in range(4000):
        if labels is None:
            columns = rng.integers(0, units, units)
        else:
            picked = rng.integers(0, 20, 20)
            columns = np.concatenate([np.flatnonzero(labels == expert) for expert in picked])
        used = patterns.of_unit[columns]
        weights = np.bincount(used, minlength=len(patterns.weights)).astype(float)
        loop.append(alphas(weights[None, :], patterns, "nominal")[0])
    # the standard error of a standard deviation from 4,000 draws is about 1.1%
    assert ours.std() == pytest.approx(np.std(loop), rel=0.05)
    for share in (0.025, 0.5, 0.975):
        assert np.quantile(ours, share) == pytest.approx(np.quantile(loop, share), abs=0.006)


@pytest.mark.parametrize(
    "counts", [[3.0, 1.0, 6.0], [30.0, 50.0, 100.0], np.ones(25), [70_000.0, 1.0]]
)
def test_drawn_weights(counts):
    """Both ways to draw (item by item, class by class) have the multinomial's moments."""
    counts = np.asarray(counts)
    weights = bootstrap.draw_weights(counts, 3000, np.random.default_rng(5))
    total = counts.sum()
    assert weights.shape == (3000, len(counts))
    assert (weights.sum(axis=1) == total).all()
    expected = counts * (1 - counts / total)
    error = np.sqrt(expected / 3000)
    assert (np.abs(weights.mean(axis=0) - counts) < 5 * error + 1e-12).all()
    assert weights.var(axis=0) == pytest.approx(expected, rel=0.2)


def test_multiply_in_blocks():
    rng = np.random.default_rng(6)
    for shape in ((1000, 40, 30), (3, 5, 2), (50, 20_000, 9), (0, 4, 3)):
        left, right = rng.random(shape[:2]), rng.random(shape[1:])
        np.testing.assert_allclose(multiply(left, right), left @ right, rtol=1e-12)


@pytest.mark.parametrize("level", LEVELS)
def test_expert_interval_at_every_level(panel, level):
    """Summed up by expert beforehand or not, a resample is the same: the interval is close to the
    one of the plain loop's quantiles, widened."""
    data = panel + 1
    result = alpha_interval(data, level, EXPERTS, resamples=3000)
    assert result.estimate == pytest.approx(krippendorff_alpha(data, level).estimate, abs=1e-12)
    patterns = collapse(data, with_units=True)
    table = bootstrap._cluster_table(patterns, as_positions(EXPERTS, 240))
    weights = np.random.default_rng(8).multinomial(20, np.full(20, 0.05), 3000) @ table
    loop = alphas(weights.astype(float), patterns, level)
    assert result.se == pytest.approx(loop.std(), rel=0.06)
    assert result.low < np.quantile(loop, 0.025) + 0.01
    assert result.high == pytest.approx(np.quantile(loop, 0.985), abs=0.03)


# the limits


@pytest.mark.parametrize("df", [1, 4, 19, 99, 100, 239, 5000, 999_999])
@pytest.mark.parametrize("p", [0.9, 0.975, 0.995])
def test_student_quantile(df, p):
    assert bootstrap.student_quantile(p, df) == pytest.approx(t.ppf(p, df), abs=2e-8)


def test_limits_of_a_symmetric_sample_are_its_widened_quantiles():
    drawn = np.linspace(-0.1, 0.1, 100_001) + 0.2
    n = 20
    z = np.sqrt(n / (n - 1)) * t.ppf(0.975, n - 1)
    low, high = bootstrap.limits(0.2, drawn, 0.0, n, 0.95)
    assert high == pytest.approx(np.quantile(drawn, norm.cdf(z)), abs=1e-9)
    log_low = 1 - 0.8 * np.exp(z * drawn.std(ddof=1) / 0.8)
    assert low == pytest.approx(min(np.quantile(drawn, norm.cdf(-z)), log_low), abs=1e-9)


def test_acceleration_equals_the_jackknife_formula(panel):
    patterns = collapse(panel, with_units=True)
    table = bootstrap._cluster_table(patterns, as_positions(EXPERTS, 240))
    left = np.array(
        [krippendorff.alpha(panel[:, e != EXPERTS], level_of_measurement="nominal")
         for e in range(20)]
    )  # fmt: skip
    gap = left.mean() - left
    expected = (gap**3).sum() / (6 * (gap**2).sum() ** 1.5)
    rows = table @ summands(patterns, "nominal")
    ours = bootstrap.acceleration(patterns, "nominal", None, np.ones(20), rows)
    assert ours == pytest.approx(expected)


def test_interval_holds_the_estimate_and_grows_with_confidence(panel):
    widths = []
    for confidence in (0.5, 0.8, 0.95, 0.99):
        result = alpha_interval(panel, "nominal", EXPERTS, 2000, confidence=confidence)
        assert result.confidence == confidence
        assert result.low < result.estimate < result.high <= 1
        widths.append(result.high - result.low)
    assert widths == sorted(widths)


def test_result_says_all(panel):
    result = alpha_interval(panel, "nominal", EXPERTS, resamples=2000, seed=1)
    assert result.estimate == pytest.approx(
        krippendorff_alpha(panel, "nominal").estimate, abs=1e-12
    )
    assert result.n == 20
    assert result.se == pytest.approx(0.03, abs=0.02)
    assert result.reason == ""
    assert "whole clusters" in result.method
    assert "2000" in result.method


def test_whole_experts_give_the_wider_interval(panel):
    experts = alpha_interval(panel, "nominal", EXPERTS, 4000)
    units = alpha_interval_ignoring_experts(panel, "nominal", 4000)
    assert units.high - units.low < experts.high - experts.low


def test_without_clusters_it_says_what_it_ignores(panel):
    result = alpha_interval(panel, "nominal", resamples=500)
    assert "statements of one expert are alike" in result.reason
    assert "units one by one" in result.method
    assert result.n == collapse(panel).units
    assert result == alpha_interval_ignoring_experts(panel, "nominal", resamples=500)


def test_one_unit_for_each_cluster_is_the_unit_bootstrap(panel):
    by_unit = alpha_interval(panel, "nominal", np.arange(240), resamples=4000, seed=2)
    single = alpha_interval(panel, "nominal", resamples=4000, seed=3)
    assert by_unit.n == single.n
    assert by_unit.se == pytest.approx(single.se, rel=0.1)


# reproducible


def test_seed_fixes_the_interval(panel):
    first = alpha_interval(panel, "ordinal", EXPERTS, resamples=1500, seed=11)
    assert first == alpha_interval(panel, "ordinal", EXPERTS, resamples=1500, seed=11)
    other = alpha_interval(panel, "ordinal", EXPERTS, resamples=1500, seed=12)
    assert first.low != other.low
    assert first.low == pytest.approx(other.low, abs=0.02)


def test_names_of_experts_do_not_matter(panel):
    numbers = alpha_interval(panel, "nominal", EXPERTS, resamples=500)
    for labels in (
        [f"expert-{20 - e:02d}" for e in EXPERTS],
        EXPERTS * -3.5,
        np.array([f"e{e}" for e in EXPERTS], dtype=object),
    ):
        assert alpha_interval(panel, "nominal", labels, resamples=500) == numbers


def test_coders_may_swap_and_text_may_replace_numbers(panel):
    base = alpha_interval(panel, "nominal", EXPERTS, resamples=500)
    swapped = alpha_interval(panel[::-1], "nominal", EXPERTS, resamples=500)
    assert (swapped.low, swapped.high) == pytest.approx((base.low, base.high), abs=1e-12)
    words = [[None if np.isnan(v) else "abcd"[int(v)] for v in row] for row in panel]
    named = alpha_interval(words, "nominal", EXPERTS, resamples=500)
    assert (named.low, named.high) == pytest.approx((base.low, base.high), abs=1e-12)


# corners


def test_perfect_agreement_has_no_bootstrap_interval():
    data = np.tile(np.arange(4.0), (3, 5))
    result = alpha_interval(data, "nominal", np.repeat(np.arange(5), 4), resamples=200)
    assert result.estimate == 1
    assert np.isnan([result.low, result.high]).all()
    assert "no uncertainty" in result.reason


def test_one_expert_has_no_interval(panel):
    result = alpha_interval(panel, "nominal", np.zeros(240), resamples=200)
    assert result.estimate == pytest.approx(krippendorff_alpha(panel, "nominal").estimate)
    assert np.isnan([result.se, result.low, result.high]).all()
    assert result.n == 1
    assert "two or more clusters" in result.reason


def test_undefined_alpha_is_passed_on():
    result = alpha_interval([[1, 1, 1], [1, 1, 1]], "nominal", [0, 1, 2], resamples=100)
    assert np.isnan([result.estimate, result.low, result.high]).all()
    assert "same" in result.reason
    empty = alpha_interval(np.full((2, 3), np.nan), "nominal", resamples=100)
    assert np.isnan(empty.estimate)
    assert empty.n == 0


def test_many_undefined_resamples_mean_no_interval():
    # only one expert ever used the code: (19/20)^20 = 36% of resamples have one value
    data = np.zeros((2, 40))
    data[0, 0] = data[1, 1] = 1
    result = alpha_interval(data, "nominal", np.repeat(np.arange(20), 2), resamples=2000)
    assert result.estimate < 0
    assert np.isnan([result.low, result.high]).all()
    assert "undefined in 3" in result.reason


def test_few_undefined_resamples_are_left_out_and_said():
    data = np.zeros((2, 30))
    data[:, :9:3] = 1
    data[0, 1] = 1
    result = alpha_interval(data, "nominal", np.repeat(np.arange(10), 3), resamples=2000)
    assert "undefined in" in result.reason
    assert result.low < result.estimate <= result.high


def test_few_experts_are_flagged(panel):
    result = alpha_interval(panel, "nominal", EXPERTS // 5, resamples=500)
    assert result.n == 4
    assert "only 4 clusters" in result.reason
    assert -1 <= result.low < result.high <= 1


def test_experts_without_a_pairable_unit_do_not_count(panel):
    data = panel.copy()
    data[1:, EXPERTS == 3] = np.nan
    assert alpha_interval(data, "nominal", EXPERTS, resamples=200).n == 19


@pytest.mark.parametrize(
    ("clusters", "message"),
    [
        (np.zeros(239), r"\(240,\), got \(239,\)"),
        (np.zeros((240, 1)), r"one label for each unit"),
        (np.where(EXPERTS == 1, np.nan, EXPERTS), "must not be missing"),
        ([None] + ["a"] * 239, "must not be missing"),
        ([float("nan")] + ["a"] * 239, "must not be missing"),
    ],
)
def test_impossible_clusters(panel, clusters, message):
    with pytest.raises(ValueError, match=message):
        alpha_interval(panel, "nominal", clusters, resamples=100)


def test_impossible_settings(panel):
    with pytest.raises(ValueError, match="resamples"):
        alpha_interval(panel, "nominal", EXPERTS, resamples=0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        alpha_interval(panel, "nominal", EXPERTS, resamples=10, confidence=95)
    with pytest.raises(ValueError, match="level"):
        alpha_interval(panel, "nominall", EXPERTS, resamples=10)


# sets


def test_masi_interval_of_single_codes_is_alphas(panel):
    sets = [[None if np.isnan(v) else {int(v)} for v in row] for row in panel]
    ours = masi_alpha_interval(sets, EXPERTS, resamples=500)
    base = alpha_interval(panel, "nominal", EXPERTS, resamples=500)
    for name in ("estimate", "se", "low", "high"):
        assert getattr(ours, name) == pytest.approx(getattr(base, name), abs=1e-9)
    assert "MASI" in ours.method


def test_masi_interval_by_statement_says_so():
    rng = np.random.default_rng(4)
    sets = [[{c for c in "abc" if rng.random() < 0.5} for _ in range(30)] for _ in range(2)]
    result = masi_alpha_interval(sets, resamples=300)
    assert result.low < result.estimate < result.high
    assert "ignores" in result.reason


# cost: generous limits, so that a busy machine passes; benchmarks measure the ratios


def test_time_hardly_depends_on_units():
    rng = np.random.default_rng(0)
    true = rng.integers(0, 4, 200_000)
    data = np.where(rng.random((3, 200_000)) < 0.8, true, rng.integers(0, 4, (3, 200_000)))
    alpha_interval(data[:, :2000], "nominal", resamples=1000)
    start = time.perf_counter()
    alpha_interval(data, "nominal", resamples=1000)
    assert time.perf_counter() - start < 1


def test_memory_of_large_data_stays_small():
    data = np.random.default_rng(0).integers(1, 6, (5, 300_000)).astype(float)
    tracemalloc.start()
    try:
        krippendorff_alpha(data, "nominal")
        alpha_interval(data, "ordinal", resamples=1000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * data.nbytes


def test_distinct_values_without_end_stay_within_memory():
    """No two units alike: nothing collapses, and the weights are drawn a few rows at a time."""
    rng = np.random.default_rng(0)
    true = rng.normal(size=20_000)
    data = true + rng.normal(0, 0.5, (2, 20_000))
    tracemalloc.start()
    try:
        result = alpha_interval(data, "interval", resamples=40)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert result.estimate == pytest.approx(0.8, abs=0.02)
    assert peak < 100e6
