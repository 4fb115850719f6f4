"""Firth's logistic regression: published data, analytic cases, separation, refusals."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.statistics.association import firth_logistic
from analysis.statistics.firth import PenalisedFit

REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "reference" / "validation"


def table(a, b, c, d):
    """a of a + b in the first group raised the theme, c of c + d in the second."""
    return [1] * (a + b) + [0] * (c + d), [1] * a + [0] * b + [1] * c + [0] * d


def test_sex2_where_its_data_are_at_hand_and_a_saturated_model_always():
    """Heinze & Ploner's example, kept outside the project, and one of the same kind within it."""
    if (REFERENCE / "firth_sex2.csv").exists():
        data = pd.read_csv(REFERENCE / "firth_sex2.csv")
        published = json.loads((REFERENCE / "firth_sex2.json").read_text())
        fit = firth_logistic(data.drop(columns="case"), data["case"])
        assert fit.names == ("intercept", "age", "oc", "vic", "vicl", "vis", "dia")
        for name, value in zip(fit.names, fit.estimate, strict=True):
            expected = published["published"][name]
            assert value == pytest.approx(expected, abs=published["tolerance"])
        assert fit.separation
        assert fit.infinite == ("dia",)
    # three groups as two indicators: each group's log odds with half an expert added to each cell
    raised, members = np.array([0, 3, 6]), np.array([5, 6, 6])
    group = np.repeat([0, 1, 2], members)
    y = np.concatenate([[1] * k + [0] * (n - k) for k, n in zip(raised, members, strict=True)])
    fit = firth_logistic(np.column_stack([group == 1, group == 2]).astype(float), y)
    log_odds = np.log((raised + 0.5) / (members - raised + 0.5))
    expected = [log_odds[0], log_odds[1] - log_odds[0], log_odds[2] - log_odds[0]]
    np.testing.assert_allclose(fit.estimate, expected, atol=1e-9)
    p = (raised + 0.5) / (members + 1)
    variance = 1 / (members * p * (1 - p))
    np.testing.assert_allclose(
        fit.se, np.sqrt([variance[0], variance[0] + variance[1], variance[0] + variance[2]])
    )
    assert fit.separation
    assert set(fit.infinite) == {"intercept", "x1", "x2"}


def test_without_separation_nothing_is_infinite():
    fit = firth_logistic(*table(6, 4, 3, 7))
    assert not fit.separation
    assert fit.infinite == ()
    assert (fit.low < fit.estimate).all()
    assert (fit.estimate < fit.high).all()
    assert fit.n == 20
    assert fit.events == 9
    assert fit.reason == ""


def test_complete_separation_stays_finite_and_is_said():
    fit = firth_logistic(*table(10, 0, 0, 10))
    assert fit.separation
    assert fit.infinite == ("intercept", "x1")
    assert fit.estimate[1] == pytest.approx(2 * math.log(21), abs=1e-9)
    assert np.isfinite([fit.low, fit.high, fit.se]).all()
    assert fit.pvalue[1] < 1e-4


def test_limits_lie_on_the_profile():
    """At each limit the penalised likelihood has fallen by half the chi-squared quantile."""
    member, y = table(7, 3, 2, 8)
    fit = firth_logistic(member, y)
    design = np.column_stack([np.ones(20), member])

    def profile(slope):
        """The best penalised likelihood with this slope, by a fine grid over the intercept."""
        intercepts = np.linspace(-6, 6, 240_001)
        p0, p1 = 1 / (1 + np.exp(-intercepts)), 1 / (1 + np.exp(-intercepts - slope))
        w0, w1 = 10 * p0 * (1 - p0), 10 * p1 * (1 - p1)
        loglik = 2 * np.log(p0) + 8 * np.log(1 - p0) + 7 * np.log(p1) + 3 * np.log(1 - p1)
        return (loglik + 0.5 * np.log(w0 * w1)).max()

    for limit in (fit.low[1], fit.high[1]):
        assert 2 * (fit.loglik - profile(limit)) == pytest.approx(3.841459, abs=1e-4)
    assert fit.loglik == pytest.approx(profile(fit.estimate[1]), abs=1e-8)
    chi2 = 2 * (fit.loglik - profile(0.0))
    assert fit.pvalue[1] == pytest.approx(math.erfc(math.sqrt(chi2 / 2)), abs=1e-6)
    assert design.shape == (20, 2)


def test_the_higher_branch_of_a_profile_is_followed():
    """Separated, two predictors: the profile has two branches, and a local search loses one."""
    x1 = [2, 1, 4, 2, 5, 5, 2, 1, 3, 2, 5, 5, 2, 3, 4, 4, 2, 5, 5, 1]
    x2 = [1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0]
    y = [0, 0, 1, 1, 1, 1, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0]
    fit = firth_logistic(np.column_stack([x1, x2]), y)
    design = np.column_stack([np.ones(20), x1, x2])
    limit = fit.high[1]
    a, c = np.meshgrid(np.linspace(-40, 5, 451), np.linspace(-15, 25, 401))
    eta = a.ravel()[:, None] + limit * design[:, 1] + c.ravel()[:, None] * design[:, 2]
    p = np.clip(1 / (1 + np.exp(-eta)), 1e-300, 1)
    loglik = eta @ np.array(y) - np.logaddexp(0, eta).sum(axis=1)
    information = np.einsum("mi,ij,ik->mjk", p * (1 - p), design, design)
    sign, logdet = np.linalg.slogdet(information)
    best = (loglik + 0.5 * np.where(sign > 0, logdet, -np.inf)).max()
    # the grid misses the maximum by little, and always on the low side
    assert 3.841 < 2 * (fit.loglik - best) < 3.85


def test_confidence_widens_the_limits():
    narrow = firth_logistic(*table(6, 4, 3, 7), confidence=0.8)
    wide = firth_logistic(*table(6, 4, 3, 7), confidence=0.99)
    assert (wide.low < narrow.low).all()
    assert (narrow.high < wide.high).all()
    np.testing.assert_array_equal(wide.estimate, narrow.estimate)


def test_names_come_from_a_frame_or_are_given():
    member, y = table(6, 4, 3, 7)
    frame = pd.DataFrame({"federal": member, "years": np.arange(20)})
    assert firth_logistic(frame, y).names == ("intercept", "federal", "years")
    assert firth_logistic(frame.to_numpy(), y).names == ("intercept", "x1", "x2")
    assert firth_logistic(member, y, names=["federal"]).names == ("intercept", "federal")
    assert firth_logistic(member, np.array(y, dtype=bool)).events == 9


@pytest.mark.parametrize(
    ("X", "y", "reason"),
    [
        (table(1, 9, 0, 10)[0], table(1, 9, 0, 10)[1], "one expert only raised the theme"),
        (table(0, 10, 0, 10)[0], table(0, 10, 0, 10)[1], "no expert raised the theme"),
        (table(10, 0, 9, 1)[0], table(10, 0, 9, 1)[1], "one expert only did not raise the theme"),
        ([1] * 10, [0, 1] * 5, "x1 is the same for all experts"),
        (np.array([[0, 0], [1, 1], [0, 0], [1, 1], [2, 2]]), [0, 1, 1, 0, 1], "rank deficient"),
        (np.array([[1, 0], [0, 1], [1, 0], [0, 1], [0, 1]]), [0, 1, 1, 0, 1], "rank deficient"),
        (np.eye(4), [0, 1, 1, 0], "5 coefficients cannot be estimated from 4 experts"),
    ],
)
def test_what_cannot_be_estimated_says_why(X, y, reason):
    fit = firth_logistic(X, y)
    assert reason in fit.reason
    for values in (fit.estimate, fit.se, fit.low, fit.high, fit.pvalue):
        assert values.shape == (len(fit.names),)
        assert np.isnan(values).all()


@pytest.mark.parametrize(
    ("X", "y", "options", "message"),
    [
        ([0, 1, 2], [0, 1], {}, "one outcome an expert"),
        ([0, 1, np.nan], [0, 1, 1], {}, "missing"),
        ([0, 1, np.inf], [0, 1, 1], {}, "infinite"),
        ([0, 1, 2], [0, 1, 2], {}, "y must be 0 or 1"),
        ([0, 1, 2], [0, 1, np.nan], {}, "y must be 0 or 1"),
        (np.zeros((3, 0)), [0, 1, 1], {}, "experts x predictors"),
        ([0, 1, 2], [0, 1, 1], {"names": ["a", "b"]}, "expected 1 names"),
        ([0, 1, 2], [0, 1, 1], {"confidence": 1.0}, "confidence"),
    ],
)
def test_impossible_input_is_refused(X, y, options, message):
    with pytest.raises(ValueError, match=message):
        firth_logistic(X, y, **options)


@settings(max_examples=15, deadline=None)
@given(a=st.integers(0, 6), b=st.integers(0, 6), c=st.integers(0, 6), d=st.integers(0, 6))
def test_swapping_groups_or_outcomes_turns_the_sign(a, b, c, d):
    if a + b == 0 or c + d == 0:
        return
    member, y = table(a, b, c, d)
    fit = firth_logistic(member, y)
    if fit.reason:
        assert min(a + c, b + d) < 2
        return
    swapped = firth_logistic(1 - np.array(member), y)
    inverted = firth_logistic(member, 1 - np.array(y))
    for other in (swapped, inverted):
        assert other.estimate[1] == pytest.approx(-fit.estimate[1], abs=1e-8)
        assert other.low[1] == pytest.approx(-fit.high[1], abs=1e-5)
        assert other.pvalue[1] == pytest.approx(fit.pvalue[1], abs=1e-7)
    assert fit.low[1] < fit.estimate[1] < fit.high[1]
    # an interval without 0 and a p-value below .05 are the same statement
    assert (fit.low[1] > 0 or fit.high[1] < 0) == (fit.pvalue[1] < 0.05)


@pytest.mark.parametrize(("unit", "origin"), [(1e4, 5e4), (1e-5, 0.0), (1e-5, 1e-4)])
def test_the_units_of_a_predictor_do_not_matter(unit, origin):
    member, y = table(6, 4, 3, 7)
    x = np.array(member) * unit + origin
    fit, scaled = firth_logistic(member, y), firth_logistic(x, y)
    for ours, theirs in ((scaled.estimate, fit.estimate), (scaled.low, fit.low)):
        assert ours[1] * unit == pytest.approx(theirs[1], rel=1e-6)
    assert scaled.pvalue[1] == pytest.approx(fit.pvalue[1], abs=1e-6)
    assert scaled.loglik - np.log(unit) == pytest.approx(fit.loglik, abs=1e-8)


def test_scores_and_their_slope_are_derivatives():
    rng = np.random.default_rng(0)
    X = np.column_stack([np.ones(20), rng.normal(size=(20, 2))])
    y = (rng.random(20) < 0.4).astype(float)
    fit = PenalisedFit(X, y, np.zeros(3))
    beta, step = np.array([0.3, -0.5, 0.8]), 1e-6
    score, _, fall = fit._slopes(beta)
    unit = np.eye(3) * step
    rise = [(fit._loglik(beta + u) - fit._loglik(beta - u)) / (2 * step) for u in unit]
    np.testing.assert_allclose(score, rise, atol=1e-6)
    bend = [(fit._slopes(beta + u)[0] - fit._slopes(beta - u)[0]) / (2 * step) for u in unit]
    np.testing.assert_allclose(fall, -np.array(bend), atol=1e-6)
