"""The contrasts of the plan by scipy, what of the planted is told apart, and panels without."""

import pytest
from constructed import entries, matrix, read, sides, stated
from panels import variant
from scipy.stats import fisher_exact
from statsmodels.stats.multitest import multipletests

from analysis.chapters import planted
from analysis.panel.faults import NotInPanel


def test_contrasts_by_scipy_and_what_is_told_apart(panel):
    table, found = planted.planted_contrasts(panel), stated("stakeholders")
    raised, first = matrix(), sides() == "authorities"
    codes = [contrast["code"] for contrast in entries("plan")["contrasts"]]
    pairs = [[(raised[c] & s).sum() for s in (first, ~first)] for c in codes]
    expected = [fisher_exact([[a, b], [10 - a, 10 - b]]).pvalue for a, b in pairs]
    assert table[["k", "k_2"]].to_numpy().tolist() == pairs
    assert table.p.tolist() == pytest.approx(expected)
    adjusted = multipletests(expected, method="holm")[1]
    assert table.adjusted.tolist() == pytest.approx(adjusted)
    assert found["told-told"] == ((adjusted <= 0.05).sum(), len(codes))
    assert table.code[table.told].tolist() == ["hinders_overload"]
    assert found["planted-found"] == (1, table.differ.sum())
    assert found["planted-false"] == (0, (~table.differ).sum())


def test_kinds():
    found, sizes = stated("stakeholders"), read("experts").stakeholder.value_counts()
    assert (found["kinds-kinds"], found["kinds-least"]) == (len(sizes), sizes.min())


@pytest.mark.parametrize(
    "name", ["contrast_table", "planted_contrasts", "planted_pairs", "planted_ratings"]
)
def test_a_panel_without_plan_and_truth_says_so(name):
    with pytest.raises(NotInPanel):
        getattr(planted, name)(variant("no_plan"))


def test_contrasts_with_one_side_empty(panel):
    society = panel.experts.index[panel.experts.side == "society"]
    left = planted.contrast_table(panel.without(expert=list(society)))
    assert left.n_2.eq(0).all()
    assert left.p.isna().all()
