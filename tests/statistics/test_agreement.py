"""Agreement: a published study of two coders, from its counts and from ratings."""

import numpy as np
import pytest

from analysis.statistics import agreement
from analysis.steps.validation.agreement import PEERS, two_coder_rows


def test_the_random_cases_reach_the_corners():
    """The generators make undefined cases, perfect agreement and agreement below chance."""
    rng = np.random.default_rng(0)
    alpha = PEERS[0]
    values = np.array([alpha.ours(*alpha.generate(rng)) for _ in range(120)])
    assert np.isnan(values).any()
    assert (values == 1).any()
    assert (values < 0).any()


def test_published_study_of_two_coders():
    rows = two_coder_rows()
    assert len(rows) == 38
    assert all(row["units"] == 34 for row in rows)
    for row in rows:
        counts = [row[name] for name in ("both", "first_only", "second_only", "neither")]
        assert sum(counts) == row["units"]
        assert row["kappa_computed"] == pytest.approx(row["kappa"], abs=0.002)
        for name in ("agreement", "prevalence", "bias", "pabak"):
            assert row[f"{name}_computed"] == pytest.approx(row[name], abs=0.00051), row["code"]


def test_published_study_from_ratings():
    """The same kappas from two columns of ratings, through statsmodels."""
    for row in two_coder_rows():
        counts = [row[name] for name in ("both", "first_only", "second_only", "neither")]
        first = np.repeat([1.0, 1.0, 0.0, 0.0], counts)
        second = np.repeat([1.0, 0.0, 1.0, 0.0], counts)
        result = agreement.cohen_kappa(first, second)
        assert result.estimate == pytest.approx(row["kappa"], abs=0.002)
        assert result.n == 34
        assert agreement.two_coder_counts(first, second) == tuple(counts)


def test_public_names_are_documented():
    for name in agreement.__all__:
        assert len(getattr(agreement, name).__doc__) > 40
