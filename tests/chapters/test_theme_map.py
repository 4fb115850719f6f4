"""Pairs of codes by a loop over the exact distribution, and the planted pairs."""

from itertools import combinations

import numpy as np
import pytest
from constructed import FOLDER, entries, matrix, read, stated
from scipy.stats import hypergeom

from analysis.chapters.planted import planted_pairs
from analysis.panel.panel import load_panel


@pytest.fixture(scope="module")
def pvalues():
    """The p of every pair that can be tested: the sum of four hypergeometric counts."""
    raised = matrix()
    session = read("experts").session_id.to_numpy()
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


def test_counts_of_pairs():
    found, raised = stated("theme-map"), matrix()
    both = [(raised[a] & raised[b]).sum() for a, b in combinations(raised.columns, 2)]
    assert (found["pairs-met"].k, found["pairs-met"].n) == (np.count_nonzero(both), len(both))
    assert found["pairs-most"].k == max(both)


def test_small_p(pvalues):
    found = stated("theme-map")["small-k"]
    assert (found.k, found.n) == (sum(p < 0.05 + 1e-9 for p in pvalues.values()), len(pvalues))


def test_planted_pairs(pvalues):
    pairs = planted_pairs(load_panel(FOLDER))
    assert len(pairs) == len(entries("truth")["planted"]["pairs"])
    assert pairs.pvalue.tolist() == pytest.approx([pvalues[pair] for pair in pairs.pair])
    small = pairs.pvalue[pairs.together] <= 0.05
    found = stated("theme-map")["planted-small"]
    assert (found.k, found.n) == (small.sum(), small.size)
    assert small.mean() >= 0.6
    assert pairs.recovered[~pairs.together].all()
