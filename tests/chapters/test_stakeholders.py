"""The contrasts of the plan by scipy, what of the planted is told apart, and panels without."""

import pytest
from constructed import FOLDER, entries, matrix, read, sides, stated
from panels import variant
from scipy.stats import fisher_exact
from statsmodels.stats.multitest import multipletests

from analysis.chapters.planted import (
    contrast_table,
    planted_contrasts,
    planted_pairs,
    planted_ratings,
)
from analysis.panel.absence import NotInPanel
from analysis.panel.panel import load_panel


@pytest.fixture(scope="module")
def planted():
    return planted_contrasts(load_panel(FOLDER))


def test_contrasts_by_scipy(planted):
    raised, first = matrix(), sides() == "authorities"
    codes = [contrast["code"] for contrast in entries("plan")["contrasts"]]
    tables = [[(raised[c] & s).sum() for s in (first, ~first)] for c in codes]
    expected = [fisher_exact([[a, b], [10 - a, 10 - b]]).pvalue for a, b in tables]
    assert planted[["k", "k_2"]].to_numpy().tolist() == tables
    assert planted.p.tolist() == pytest.approx(expected)
    assert planted.adjusted.tolist() == pytest.approx(multipletests(expected, method="holm")[1])
    told = stated("stakeholders")["told-told"]
    assert (told.k, told.n) == ((planted.adjusted <= 0.05).sum(), len(codes))


def test_kinds():
    found, sizes = stated("stakeholders"), read("experts").stakeholder.value_counts()
    assert found["kinds-kinds"].value == len(sizes)
    assert found["kinds-least"].value == sizes.min()
    assert found["kinds-most"].value == sizes.max()


def test_overload_is_told_apart_and_no_likeness_is(planted):
    found = stated("stakeholders")
    assert planted.code[planted.told].tolist() == ["hinders_overload"]
    assert planted.recovered[~planted.differ].all()
    assert (found["planted-found"].k, found["planted-found"].n) == (1, planted.differ.sum())
    assert (found["planted-false"].k, found["planted-false"].n) == (0, (~planted.differ).sum())


@pytest.mark.parametrize(
    "table", [contrast_table, planted_contrasts, planted_pairs, planted_ratings]
)
def test_a_panel_without_plan_and_truth_says_so(table):
    with pytest.raises(NotInPanel):
        table(variant("no_plan"))


def test_contrasts_with_one_side_empty():
    panel = load_panel(FOLDER)
    society = panel.experts.index[panel.experts.side == "society"]
    left = contrast_table(panel.without(expert=list(society)))
    assert left.n_2.eq(0).all()
    assert left.adjusted.dropna().gt(0.05).all()
