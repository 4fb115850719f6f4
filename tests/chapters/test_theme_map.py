"""Pairs of codes by a loop over the exact distribution, and the planted pairs."""

from itertools import combinations

import numpy as np
import pytest
from constructed import entries, matrix, read, stated
from panels import variant
from scipy.stats import hypergeom

from analysis.chapters.planted import planted_pairs
from analysis.panel.faults import NotInPanel


@pytest.fixture(scope="module")
def pvalues():
    """The p of every pair that can be tested: of the sum of four hypergeometric counts."""
    raised, session = matrix(), read("experts").session_id.to_numpy()
    held = raised.groupby(session).sum()
    size = [np.sum(session == name) for name in held.index]
    found = {}
    for a, b in combinations(raised.columns, 2):
        mass = np.ones(1)
        for n, k_a, k_b in zip(size, held[a], held[b], strict=True):
            mass = np.convolve(mass, hypergeom(n, k_a, k_b).pmf(np.arange(n + 1)))
        if min(raised[a].sum(), raised[b].sum()) >= 2 and (mass > 0).sum() > 1:
            found[frozenset((a, b))] = mass[(raised[a] & raised[b]).sum() :].sum()
    return found


def test_pairs(pvalues):
    found, raised = stated("theme-map"), matrix()
    both = [(raised[a] & raised[b]).sum() for a, b in combinations(raised.columns, 2)]
    assert found["pairs-met"] == (np.count_nonzero(both), len(both))
    assert found["pairs-most"] == (max(both), 20)
    assert found["small-k"] == (sum(p < 0.05 + 1e-9 for p in pvalues.values()), len(pvalues))


def test_planted_pairs(panel, pvalues):
    pairs = planted_pairs(panel)
    assert len(pairs) == len(entries("truth")["planted"]["pairs"])
    assert pairs.pvalue.tolist() == pytest.approx([pvalues[pair] for pair in pairs.pair])
    small = pairs.pvalue[pairs.together] <= 0.05
    assert stated("theme-map")["planted-small"] == (small.sum(), small.size)
    assert small.mean() >= 0.5
    assert pairs.recovered[~pairs.together].all()


def test_where_nothing_was_planted_no_pair_is_tested(monkeypatch):
    monkeypatch.delattr("analysis.chapters.planted.pair_test")
    with pytest.raises(NotInPanel):
        planted_pairs(variant("no_plan"))
