"""Intervals of agreement: whole experts, rare codes, and alpha counted by patterns."""

import re
from functools import partial

import krippendorff
import numpy as np
import pytest

from analysis.statistics.agreement import (
    alpha_interval,
    cohen_kappa,
    fleiss_kappa,
    gwet_ac,
    krippendorff_alpha,
    masi_alpha,
    masi_alpha_interval,
)
from analysis.statistics.agreement_alpha import collapse
from analysis.statistics.resampling import draw, resample

NAN = np.nan
LEVELS = ("nominal", "ordinal", "interval", "ratio")
EXPERTS = np.repeat(np.arange(20), 12)


@pytest.fixture(scope="module")
def panel():
    """3 coders x 240 statements of 20 experts; some experts are hard to code."""
    rng = np.random.default_rng(7)
    clarity = rng.beta(7, 1.5, 20)[EXPERTS]
    true, other = rng.integers(1, 5, 240), rng.integers(1, 5, (3, 240))
    data = np.where(rng.random((3, 240)) < clarity, true, other).astype(float)
    data[rng.random((3, 240)) < 0.05] = NAN
    return data


@pytest.fixture(scope="module")
def rare():
    """A code that two coders gave to 5 of 240 statements of four experts, and differ once."""
    data = np.zeros((2, 240))
    data[:, [5, 20, 21, 100, 200]] = 1
    data[1, 200] = 0
    return data


COEFFICIENTS = {
    "fleiss": fleiss_kappa,
    "gwet": partial(gwet_ac, weights="quadratic", categories=[1, 2, 3, 4]),
    "cohen": lambda data, **options: cohen_kappa(*data[:2], "linear", **options),
    **{f"alpha {level}": partial(krippendorff_alpha, level=level) for level in LEVELS},
}


@pytest.mark.parametrize(
    ("name", "by"), [*((name, "expert") for name in COEFFICIENTS), ("alpha nominal", "unit")]
)
def test_an_interval_is_that_of_a_plain_loop(panel, name, by):
    coefficient = COEFFICIENTS[name]
    whole = ~np.isnan(panel).any(axis=0)
    data, groups = panel[:, whole], (EXPERTS if by == "expert" else np.arange(240))[whole]
    if name.startswith("alpha"):
        clusters = groups if by == "expert" else None
        found = alpha_interval(data, name[6:], clusters, resamples=4000)
    else:
        found = coefficient(data, clusters=groups, resamples=4000)
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    rng, loop = np.random.default_rng(3), []
    for _ in range(200):
        picked = rng.integers(0, len(members), len(members))
        loop.append(coefficient(data[:, np.concatenate([members[i] for i in picked])]).estimate)
    assert found.estimate == pytest.approx(coefficient(data).estimate, abs=1e-12)
    assert found.n == len(members)
    # the standard error of a standard deviation from 200 draws is 5%
    assert found.se == pytest.approx(np.std(loop), rel=0.2)
    assert (found.low + found.high) / 2 == pytest.approx(np.mean(loop), abs=0.5 * found.se)
    assert found.high - found.low == pytest.approx(3.92 * np.std(loop), rel=0.25)


def test_resamples_of_a_rare_code_are_alphas_of_what_was_drawn(rare):
    """Issue: "0.89 (-0.89 to 1.00)". No resample of such margins has an alpha below -0.02."""
    rng = np.random.default_rng(1)
    loop = []
    for _ in range(2000):
        picked = np.concatenate([np.flatnonzero(e == EXPERTS) for e in rng.integers(0, 20, 20)])
        if rare[:, picked].any():
            loop.append(krippendorff.alpha(rare[:, picked], level_of_measurement="nominal"))
    found = alpha_interval(rare, "nominal", EXPERTS, confidence=0.9)
    assert found == pytest.approx(0.888, abs=0.001)
    assert min(loop) - 1e-12 <= found.low <= found.high == 1
    assert min(loop) > -0.02
    assert found.low == pytest.approx(np.quantile(loop, 0.05), abs=0.1)
    assert "of 10000 resamples are undefined and left out" in found.method


def test_an_interval_stays_within_what_its_margins_allow():
    """Two coders who never agree on a rare code: nothing in reach is far below zero."""
    data = np.zeros((2, 400))
    data[np.arange(16) % 2, np.arange(16) ** 2] = 1
    found = alpha_interval(data, "nominal", np.arange(400) // 20)
    assert found == pytest.approx(1 - 799 / 784)
    assert -0.06 < found.low < found.estimate < found.high <= 0


def test_codes_that_have_no_interval_say_so(rare):
    few = rare.copy()
    few[:, :200] = 0
    few[:, [210, 211]] = 1
    same = np.stack([rare[0], rare[0]])  # perfect agreement is no reservation
    undefined = r"it is undefined in 1[23]% of the"  # 0.9 to the 20th is 12.2%
    for data, reason in ((few, undefined), (same, "all resamples agree")):
        found = alpha_interval(data, "nominal", EXPERTS)
        assert np.isnan([found.low, found.high]).all()
        assert re.match(reason, found.reason)
    assert found == 1


def test_whole_experts_give_the_wider_interval(panel):
    by_expert, by_unit = (alpha_interval(panel, "nominal", c, 4000) for c in (EXPERTS, None))
    assert by_expert.se > 1.2 * by_unit.se
    assert (by_expert.n, by_unit.n) == (20, sum((~np.isnan(panel)).sum(axis=0) > 1))
    assert by_expert.low < by_expert.estimate < by_expert.high
    assert by_expert.low > alpha_interval(panel, "nominal", EXPERTS, 4000, confidence=0.99).low
    order = np.random.default_rng(0).permutation(240)
    assert by_expert == alpha_interval(panel[::-1, order], "nominal", EXPERTS[order], 4000)


@pytest.mark.parametrize("level", LEVELS)
def test_counting_by_patterns_is_the_package(panel, level, monkeypatch):
    expected = krippendorff.alpha(panel, level_of_measurement=level)
    assert krippendorff_alpha(panel, level) == pytest.approx(expected, abs=1e-12)
    monkeypatch.setattr("analysis.statistics.agreement_alpha._PACKAGE_CELLS", 0)
    assert krippendorff_alpha(panel, level) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("values", [1, 3, 50])
def test_patterns_are_the_distinct_columns_in_order(values):
    codes = np.random.default_rng(values).integers(-1, values, (3, 200))
    columns = np.sort(codes, axis=0)
    patterns, pattern = collapse(codes, values)
    assert [tuple(p) for p in patterns.T] == sorted({tuple(c) for c in columns.T})
    assert (patterns[:, pattern] == columns).all()


def test_resamples_of_sets_are_alphas_of_what_was_drawn():
    """Fewer experts than sets: what is far apart is summed by expert, and gives the same."""
    rng = np.random.default_rng(4)
    sets = [[{*rng.integers(0, 9, rng.integers(0, 4)).tolist()} for _ in range(48)] for _ in "ab"]
    sets[1][:30] = sets[0][:30]
    experts = np.arange(48) % 6
    loop = [
        masi_alpha([[row[u] for u in np.repeat(np.arange(48), times[experts])] for row in sets])
        for times in resample(partial(draw, np.ones(6, dtype=int)), 200)
    ]
    found = masi_alpha_interval(sets, experts, resamples=200)
    assert [found.low, found.high] == pytest.approx(np.quantile(loop, [0.025, 0.975]), abs=1e-12)
    assert (found.n, found.method.split(", ")[1]) == (6, "percentile bootstrap of clusters")


def test_sets_of_single_codes_are_nominal(panel, monkeypatch):
    sets = [[None if np.isnan(v) else {int(v)} for v in row] for row in panel]
    expected = alpha_interval(panel, "nominal", EXPERTS, 2000)
    for dense in (10**6, 0):
        monkeypatch.setattr("analysis.statistics.agreement_alpha._DENSE_CELLS", dense)
        found = masi_alpha_interval(sets, EXPERTS, 2000)
        assert [found.estimate, found.low, found.high] == pytest.approx(
            [expected.estimate, expected.low, expected.high], abs=1e-9
        )
