"""The simulated panel and its true alpha; what alpha's intervals cover."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.simulation.coders import (
    CoderModel,
    alpha_coverage,
    draw_panel,
    model_with_alpha,
)
from analysis.statistics.agreement import krippendorff_alpha

MODELS = [
    CoderModel(),
    CoderModel(shares=(0.7, 0.3), accuracy=0.8, coders=2, statements=5, evenness=3),
    CoderModel(shares=(0.2, 0.2, 0.2, 0.2, 0.2), accuracy=0.6, evenness=20, breadth=0.5),
]


@pytest.mark.parametrize("model", MODELS)
def test_true_alpha_is_that_of_a_very_large_panel(model):
    data, expert = draw_panel(model, 30_000, np.random.default_rng(1))
    assert data.shape[0] == model.coders
    assert len(np.unique(expert)) == 30_000
    found = krippendorff_alpha(data, "nominal").estimate
    assert found == pytest.approx(model.alpha, abs=0.008)
    assert len(expert) / 30_000 == pytest.approx(model.statements, rel=0.02)
    shares = [(data == code).mean() for code in range(len(model.shares))]
    q = len(model.shares)
    expected = [s * model.accuracy + (1 - s) * (1 - model.accuracy) / (q - 1) for s in model.shares]
    assert shares == pytest.approx(expected, abs=0.01)


def test_perfect_and_useless_coders():
    sure = CoderModel(accuracy=1 - 1e-9)
    assert sure.alpha == pytest.approx(1, abs=1e-6)
    # guessing, and everyone guesses alike badly
    guessing = CoderModel(accuracy=0.25, evenness=1e9)
    assert guessing.alpha == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("alpha", [0.3, 0.5, 0.8, 0.95])
def test_model_with_alpha(alpha):
    for model in MODELS[:2]:
        found = model_with_alpha(alpha, model)
        assert found.alpha == pytest.approx(alpha, abs=1e-9)
        assert replace(found, accuracy=model.accuracy) == model


def test_alpha_rises_with_accuracy_and_unequal_clarity():
    values = [CoderModel(accuracy=a).alpha for a in (0.4, 0.6, 0.8, 0.95)]
    assert values == sorted(values)
    # with the same mean, unequal clarity means more agreement: the square of the clarity counts
    assert CoderModel(evenness=2).alpha > CoderModel(evenness=50).alpha


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"shares": (0.5, 0.4)}, "sum 1"),
        ({"shares": (1.0,)}, "two or more"),
        ({"accuracy": 1.0}, "between 0 and 1"),
        ({"evenness": 0}, "positive"),
        ({"coders": 1}, "two or more coders"),
        ({"statements": 0.5}, "one or more statements"),
    ],
)
def test_impossible_models(change, message):
    with pytest.raises(ValueError, match=message):
        CoderModel(**change)


def test_impossible_truth():
    with pytest.raises(ValueError, match="alpha must lie between"):
        model_with_alpha(-0.5)
    with pytest.raises(ValueError, match="1 or more"):
        alpha_coverage(panels=0)


def test_statements_of_one_expert_are_alike():
    """Agreement varies more between experts than single statements would make it."""
    data, expert = draw_panel(CoderModel(statements=30), 200, np.random.default_rng(2))
    agree = (data[0] == data[1]).astype(float)
    n = np.bincount(expert)
    mean = np.bincount(expert, agree) / n
    alone = agree.var() * (1 / n).mean()
    assert mean.var() > 2 * alone


def test_coverage_by_experts_and_by_statements():
    """95% claimed: 90% or more by whole experts, clearly less by single statements."""
    truths = (0.4, 0.6, 0.8, 0.9)
    rows = alpha_coverage(truths, experts=20, panels=300, resamples=500)
    assert [(row.truth, row.interval) for row in rows] == [
        (truth, name) for truth in truths for name in ("experts", "statements")
    ]
    by_experts = [row for row in rows if row.interval == "experts"]
    by_statements = [row for row in rows if row.interval == "statements"]
    for row, naive in zip(by_experts, by_statements, strict=True):
        assert (row.n, row.panels, row.resamples, row.confidence) == (20, 300, 500, 0.95)
        assert row.coverage >= 0.90
        assert naive.coverage < 0.80
        assert naive.coverage < row.coverage - 0.1
        assert naive.width < row.width
        expected = np.sqrt(row.coverage * (1 - row.coverage) / 300)
        assert row.coverage_se == pytest.approx(expected)
        assert row.undefined == 0


def test_coverage_is_reproducible():
    settings = {"truths": (0.7,), "panels": 20, "resamples": 100, "seed": 5}
    assert alpha_coverage(**settings) == alpha_coverage(**settings)
    assert alpha_coverage(**settings) != alpha_coverage(**settings | {"seed": 6})


def test_panels_without_an_interval_are_counted_apart():
    rare = CoderModel(shares=(0.97, 0.03), accuracy=0.99, coders=2, statements=1)
    (row, _) = alpha_coverage((rare.alpha,), 5, 20, 50, model=rare)
    assert row.undefined > 0.5
    assert row.panels == 20
