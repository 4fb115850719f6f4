"""Proportional odds regression: published data, separation, refusals."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.statistics.consensus import ordinal_regression
from analysis.statistics.separation import unbounded

REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "reference" / "validation"
RNG = np.random.default_rng(6)
X = RNG.normal(size=(60, 2))
RATINGS = np.clip(np.round(3 + X @ [1.0, -0.5] + RNG.logistic(size=60)), 1, 5)


def test_housing_where_its_data_are_at_hand_and_a_two_by_two_table_always():
    """The example of MASS, kept outside the project, and a case with a closed form."""
    if (REFERENCE / "polr_housing.csv").exists():
        data = pd.read_csv(REFERENCE / "polr_housing.csv")
        example = json.loads((REFERENCE / "polr_housing.json").read_text())
        rows = data.loc[data.index.repeat(data.Freq)]
        names = [name for name in example["published"] if not name.startswith("cut")]
        column = {"Infl": "Infl", "Type": "Type", "Cont": "Cont"}
        design = np.column_stack(
            [(rows[column[name[:4]]] == name[4:]).astype(float) for name in names]
        )
        values = rows.Sat.map({"Low": 1, "Medium": 2, "High": 3})
        fit = ordinal_regression(values, design, names=names)
        found = dict(zip(names, fit.estimate, strict=True))
        found |= {f"cut{i}": cut for i, cut in enumerate(fit.thresholds, start=1)}
        for name, value in example["published"].items():
            assert found[name] == pytest.approx(value, abs=example["tolerance"]), name
    # two categories, two groups: the log odds ratio and its standard error
    member = [1] * 10 + [0] * 10
    values = [5] * 7 + [1] * 3 + [5] * 2 + [1] * 8
    fit = ordinal_regression(values, member)
    assert fit.estimate[0] == pytest.approx(np.log(7 * 8 / 3 / 2), abs=1e-6)
    assert fit.se[0] == pytest.approx(np.sqrt(1 / 7 + 1 / 3 + 1 / 2 + 1 / 8), abs=1e-5)
    assert fit.thresholds[0] == pytest.approx(np.log(8 / 2), abs=1e-6)
    z = fit.estimate[0] / fit.se[0]
    assert fit.low[0] == pytest.approx(fit.estimate[0] - 1.959964 * fit.se[0], abs=1e-6)
    from scipy.stats import norm

    assert fit.pvalue[0] == pytest.approx(2 * norm.sf(z), abs=1e-9)


def test_a_fit_says_what_it_used():
    values = RATINGS.copy()
    values[3] = np.nan
    predictors = pd.DataFrame(X, columns=["years", "rank"])
    predictors.loc[7, "rank"] = np.nan
    fit = ordinal_regression(values, predictors)
    assert fit.names == ("years", "rank")
    assert (fit.n, fit.left_out) == (58, 2)
    assert fit.categories == (1, 2, 3, 4, 5)
    assert fit.thresholds.shape == (4,)
    assert (np.diff(fit.thresholds) > 0).all()
    assert fit.converged
    assert not fit.separation
    assert (fit.low < fit.estimate).all()
    assert (fit.estimate < fit.high).all()


def test_larger_predictors_go_with_higher_ratings():
    fit = ordinal_regression(RATINGS, X)
    assert fit.estimate[0] > 0 > fit.estimate[1]
    turned = ordinal_regression(6 - RATINGS, X)
    np.testing.assert_allclose(turned.estimate, -fit.estimate, atol=1e-5)


def test_units_do_not_matter():
    fit = ordinal_regression(RATINGS, X)
    scaled = ordinal_regression(RATINGS, X * [1000, 0.001] + [5e4, 3])
    np.testing.assert_allclose(scaled.estimate * [1000, 0.001], fit.estimate, rtol=1e-4)
    np.testing.assert_allclose(scaled.pvalue, fit.pvalue, atol=1e-5)
    relabelled = ordinal_regression(RATINGS * 10, X)
    np.testing.assert_allclose(relabelled.estimate, fit.estimate, atol=1e-6)


def test_probit_has_smaller_coefficients_of_the_same_sign():
    logit, probit = ordinal_regression(RATINGS, X), ordinal_regression(RATINGS, X, distr="probit")
    ratio = logit.estimate / probit.estimate
    assert ((ratio > 1.4) & (ratio < 2.1)).all()


def test_complete_separation_is_refused_although_statsmodels_converges():
    values, x = [1, 1, 2, 2, 3, 3, 3, 1], [0, 1, 2, 3, 4, 5, 6, 0.5]
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    model = OrderedModel(np.array(values), np.array(x)[:, None], distr="logit")
    believed = model.fit(method="bfgs", disp=0)
    assert believed.mle_retvals["converged"]  # the trap
    fit = ordinal_regression(values, x)
    assert fit.separation
    assert not fit.converged
    assert fit.infinite == ("x1",)
    assert fit.reason == "x1 separates the ratings: no finite estimate exists"
    for numbers in (fit.estimate, fit.se, fit.low, fit.high, fit.pvalue, fit.thresholds):
        assert np.isnan(numbers).all()


def test_quasi_separation_names_the_predictor_that_does_it():
    rng = np.random.default_rng(1)
    group = np.array([0] * 10 + [1] * 10)
    values = np.concatenate([rng.integers(1, 6, 10), np.full(10, 5)])  # one group says 5 throughout
    fit = ordinal_regression(
        values, np.column_stack([group, rng.normal(size=20)]), ["group", "age"]
    )
    assert fit.separation
    assert fit.infinite == ("group",)


@pytest.mark.parametrize(
    ("values", "predictors", "reason"),
    [
        ([3, 3, 3, 3], [1, 2, 3, 4], "all ratings are equal"),
        ([1, 2, 3, 1, 2, 3], [1] * 6, "x1 is the same for all experts"),
        ([1, 2, 3, 4], [1, 2, 4, 3], "4 parameters cannot be estimated from 4 experts"),
        (
            [1, 2, 1, 2, 1, 2],
            np.array([[1, 2], [2, 4], [3, 6], [3, 6], [1, 2], [2, 4]]),
            "deficient",
        ),
        ([np.nan, 1], [1, np.nan], "no expert"),
        ([], [], "no expert"),
    ],
)
def test_what_cannot_be_estimated_says_why(values, predictors, reason):
    fit = ordinal_regression(values, predictors)
    assert reason in fit.reason
    assert np.isnan(fit.estimate).all()
    assert not fit.converged
    assert not fit.separation


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: ordinal_regression([1, 2], [1, 2, 3]),
            r"one rating an expert, shape \(3,\), got \(2,\)",
        ),
        (lambda: ordinal_regression([[1, 2]], [1, 2]), "one rating an expert"),
        (lambda: ordinal_regression([1, 2], 3), "experts x predictors"),
        (lambda: ordinal_regression([1, 2], [1, np.inf]), "infinite"),
        (lambda: ordinal_regression([1, np.inf], [1, 2]), "infinite"),
        (lambda: ordinal_regression([1, 2], [1, 2], names=["a", "b"]), "expected 1 names"),
        (lambda: ordinal_regression([1, 2], [1, 2], distr="cauchy"), "distr"),
        (lambda: ordinal_regression([1, 2], [1, 2], confidence=2), "confidence"),
    ],
)
def test_impossible_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@settings(max_examples=30, deadline=None)
@given(data=st.data(), n=st.integers(3, 8))
def test_separation_of_one_predictor_is_a_matter_of_order(data, n):
    x = np.array(data.draw(st.lists(st.integers(0, 4), min_size=n, max_size=n)), dtype=float)
    y = np.array(data.draw(st.lists(st.integers(0, 1), min_size=n, max_size=n)))
    if len(set(y)) < 2 or np.ptp(x) == 0:
        return
    design = np.column_stack([np.ones(n), x])
    found = unbounded(design * (2 * y - 1)[:, None])
    low, high = x[y == 0], x[y == 1]
    assert found[1] == (low.max() <= high.min() or high.max() <= low.min())
