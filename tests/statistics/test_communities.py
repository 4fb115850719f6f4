"""Groups of codes: the best grouping of small graphs, stability, and a search that must end."""

import subprocess
import sys
from itertools import combinations, product

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.statistics.cooccurrence import adjusted_rand, communities, graph_communities, jaccard

#: Four experts raise the first three codes, four others the last three.
TWO_CAMPS = np.kron(np.eye(2), np.ones((4, 3))).astype(bool)
incidences = st.tuples(st.integers(1, 10), st.integers(1, 6)).flatmap(lambda s: arrays(bool, s))

#: 13 experts x 25 codes, on whose similarities Louvain of networkx 3.6.1 never ends with seed 0.
ENDLESS = np.array(
    [
        [bool(row >> (24 - code) & 1) for code in range(25)]
        for row in (
            0x480820, 0x1F3A47A, 0x830880, 0x810A20, 0x16322B0, 0x208400, 0x30800,
            0x402800, 0x1C01301, 0x1B20004, 0x40010, 0x804000, 0x890020,
        )
    ]
)  # fmt: skip


def modularity(weights, labels):
    """Newman's formula (2004) for a grouping."""
    total, strength = weights.sum(), weights.sum(axis=1)
    same = np.equal.outer(labels, labels)
    return ((weights - np.outer(strength, strength) / total) * same).sum() / total


def edges(incidence):
    weights = np.nan_to_num(jaccard(incidence))
    np.fill_diagonal(weights, 0)
    return weights


# a search that ends


@pytest.mark.skipif(nx.__version__ != "3.6.1", reason="the fault is known of this version")
def test_networkx_alone_goes_round_in_circles_on_these_weights():
    weights = edges(ENDLESS)
    listed = [(int(i), int(j), float(weights[i, j])) for i, j in np.argwhere(np.triu(weights))]
    code = (
        "import networkx as nx; graph = nx.Graph(); graph.add_nodes_from(range(25))\n"
        f"graph.add_weighted_edges_from({listed}); print('begun', flush=True)\n"
        "nx.community.louvain_communities(graph, weight='weight', seed=0)\n"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout.readline() == "begun\n"
        with pytest.raises(subprocess.TimeoutExpired):
            run.wait(1.5)
        run.kill()


def test_ours_ends_on_these_weights_with_any_seed():
    found = communities(ENDLESS, seed=0, runs=40)
    assert found.modularity == pytest.approx(modularity(edges(ENDLESS), found.labels))
    assert 0 < found.modularity < 1


# what is found


def test_two_camps_are_two_groups_whatever_the_seed_and_whoever_is_left_out():
    found = communities(TWO_CAMPS, runs=5)
    assert found.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert (found.modularity, found.n, found.reason) == (pytest.approx(0.5), 8, "")
    assert found.by_seed.tolist() == [1] * 5
    assert found.by_expert.tolist() == [1] * 8
    assert np.array_equal(found.together, np.kron(np.eye(2), np.ones((3, 3))))


def test_no_grouping_of_five_codes_is_better():
    table = np.array([[1, 1, 0, 0, 0], [1, 1, 1, 0, 0], [0, 0, 1, 1, 1], [0, 0, 0, 1, 1]]) > 0
    weights = edges(table)
    best = max(modularity(weights, labels) for labels in product(range(3), repeat=5))
    assert communities(table, runs=0).modularity == pytest.approx(best)


@settings(max_examples=30, deadline=None)
@given(incidences)
def test_modularity_is_newmans_and_unraised_codes_stay_out(table):
    found = communities(table, runs=1)
    assert ((found.labels >= 0) == table.any(axis=0)).all()
    weights = edges(table)
    if weights.any():
        held = found.labels >= 0
        expected = modularity(weights[np.ix_(held, held)], found.labels[held])
        assert found.modularity == pytest.approx(expected, abs=1e-9)
    else:
        assert np.isnan(found.modularity)
        assert found.reason == "no expert raised two codes"


@pytest.mark.parametrize(
    ("table", "labels"),
    [
        (np.kron(np.eye(2), np.ones((2, 3)))[:, 1:], [1, 1, 0, 0, 0]),  # the largest first
        (np.eye(4), [0, 1, 2, 3]),
        (np.zeros((3, 2)), [-1, -1]),
        ([[1, 1, 0]], [0, 0, -1]),
        (np.zeros((0, 2)), [-1, -1]),
        (np.zeros((3, 0)), []),
    ],
)
def test_degenerate_panels(table, labels):
    found = communities(table, runs=2)
    assert found.labels.tolist() == labels
    assert len(found.by_expert) == found.n


def test_among_many_experts_none_is_left_out():
    many = np.random.default_rng(1).random((101, 5)) < 0.4
    found = communities(many, runs=2)
    assert found.by_expert.size == 0
    assert found.by_seed.size == 2


@pytest.mark.parametrize(
    "weights", [[[0, 1], [0, 0]], [[0, -1], [-1, 0]], [[0, np.inf], [np.inf, 0]], [[0, 1, 1]]]
)
def test_impossible_weights_are_refused(weights):
    with pytest.raises(ValueError, match="weights must be"):
        graph_communities(weights)


# the adjusted Rand index


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=20))
def test_adjusted_rand_from_pairs_of_things(labels):
    a, b = zip(*labels, strict=True)
    both = only_a = only_b = neither = 0
    for i, j in combinations(range(len(a)), 2):
        first, second = a[i] == a[j], b[i] == b[j]
        both, only_a = both + (first and second), only_a + (first and not second)
        only_b, neither = only_b + (second and not first), neither + (not first and not second)
    whole = (both + only_a) * (only_a + neither) + (both + only_b) * (only_b + neither)
    expected = 2 * (both * neither - only_a * only_b) / whole if only_a or only_b else 1.0
    assert adjusted_rand(a, b) == pytest.approx(expected)
    assert np.isnan(adjusted_rand([], []))
    with pytest.raises(ValueError, match="two labels a thing"):
        adjusted_rand([0, *a], b)
