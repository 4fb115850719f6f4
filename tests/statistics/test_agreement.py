"""Published examples, independent implementations, and what importing the module costs."""

import doctest
import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from analysis.project import DATA
from analysis.statistics import agreement
from analysis.steps.validation.agreement import EXAMPLES, PEERS, two_coder_rows

ITEMS = yaml.safe_load((DATA / "validation" / "agreement.yml").read_text(encoding="utf-8"))


def test_every_example_has_its_computation():
    assert [item["id"] for item in ITEMS] == list(EXAMPLES)


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item["id"])
def test_published_example(item):
    computed = EXAMPLES[item["id"]](item["input"])
    for name, value in item["published"].items():
        tolerance = item["tolerance"]
        tolerance = tolerance[name] if isinstance(tolerance, dict) else tolerance
        assert abs(computed[name] - value) <= tolerance * (1 + 1e-9), name


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item["id"])
def test_example_says_where_it_is_from(item):
    assert set(item) == {
        "id", "measure", "citation", "citation_checked", "note", "input", "published", "tolerance"
    }  # fmt: skip
    assert isinstance(item["citation_checked"], bool)
    assert len(item["citation"]) > 20


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: f"{peer.function} / {peer.peer}")
def test_agrees_with_independent_implementation(peer):
    assert peer.cases >= 24
    assert peer.tolerance <= 1e-9
    for seed in (1, 2):
        assert peer.differences(seed).max() <= peer.tolerance


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


def test_import_pulls_only_numpy():
    code = (
        "import sys, analysis.statistics.agreement;"
        "print([m for m in ('scipy', 'pandas', 'statsmodels', 'krippendorff', 'joblib')"
        " if m in sys.modules])"
    )
    root = Path(agreement.__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("part", ["alpha", "coefficients", "pairs"])
def test_examples_in_docstrings(part):
    module = importlib.import_module(f"analysis.statistics.agreement_{part}")
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


def test_public_names_are_documented():
    for name in agreement.__all__:
        assert len(getattr(agreement, name).__doc__) > 40
