"""Codes raised together: all assignments by brute force, false alarms, talk."""

from collections import Counter
from itertools import combinations

import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import cdist
from scipy.stats import chi2, fisher_exact

from analysis.statistics.chance import by_smallest
from analysis.statistics.cooccurrence import _sets, jaccard, pair_test, random_tables
from analysis.statistics.two_groups import contrast
from analysis.validation.peers_codes import assignments

PANEL = np.random.default_rng(7).random((20, 12)) < np.linspace(0.1, 0.7, 12)
SESSIONS = np.arange(20) // 5
SIDES = ("greater", "less", "two-sided")
incidences = st.tuples(st.integers(1, 12), st.integers(2, 6)).flatmap(lambda s: arrays(bool, s))


# similarity


@settings(max_examples=60, deadline=None)
@given(incidences)
def test_jaccard_is_scipys_but_for_codes_that_nobody_raised(table):
    expected = 1 - cdist(table.T, table.T, "jaccard")
    nobody = ~table.any(axis=0)
    expected[nobody] = expected[:, nobody] = np.nan
    np.testing.assert_allclose(jaccard(table), expected, atol=1e-12)


@pytest.mark.parametrize("bad", [[[1, 2]], [[1, np.nan]], [1, 0], [["yes"]], [[True, None]]])
def test_what_is_no_incidence_is_refused(bad):
    for function in (jaccard, pair_test, random_tables):
        with pytest.raises(ValueError, match="incidence must be"):
            function(bad)


# all pairs, against all assignments


def brute(table, clusters, alternative, alpha):
    """p, adjusted p (NaN where the count cannot vary), and the numbers of small p of all tables."""
    pairs = list(combinations(range(table.shape[1]), 2))
    counts = np.array(
        [[(t[:, a] & t[:, b]).sum() for a, b in pairs] for t in assignments(table, clusters)]
    )
    own = [(table[:, a] & table[:, b]).sum() for a, b in pairs]
    p = np.empty(counts.shape)
    for at, column in enumerate(counts.T):
        share = {value: (column == value).mean() for value in set(column.tolist())}
        for value, mine in share.items():
            if alternative == "two-sided":
                extreme = [v for v, other in share.items() if other <= mine * (1 + 1e-9)]
            else:
                higher = alternative == "greater"
                extreme = [v for v in share if (v >= value if higher else v <= value)]
            p[column == value, at] = sum(share[v] for v in extreme)
    varies = np.ptp(counts, axis=0) > 0
    seen = np.where(varies, [p[counts[:, at] == own[at], at][0] for at in range(len(own))], np.nan)
    smallest = p[:, varies].min(axis=1, initial=1)
    adjusted = [(smallest <= x * (1 + 1e-9)).mean() if x == x else np.nan for x in seen]
    return seen, adjusted, (p[:, varies] <= alpha * (1 + 1e-9)).sum(axis=1)


@pytest.mark.parametrize("alternative", SIDES)
@pytest.mark.parametrize("clusters", [np.zeros(6, int), np.array([0, 1, 1, 0, 1, 1])])
@pytest.mark.parametrize("seed", [1, 2])
def test_all_pairs_against_all_assignments(seed, clusters, alternative):
    table = np.random.default_rng(seed).random((6, 3)) < 0.5
    draws, alpha = 20_000, 0.25
    found = pair_test(table, draws, clusters, least=0, alternative=alternative, alpha=alpha)
    pvalue, adjusted, small = brute(table, clusters, alternative, alpha)
    rows = found.table.sort_values(["a", "b"])
    np.testing.assert_allclose(rows.pvalue, pvalue, atol=1e-12)
    error = 5 * 0.5 / np.sqrt(draws)
    np.testing.assert_allclose(rows.adjusted, adjusted, atol=error)
    assert float(found.expected) == pytest.approx(small.mean(), abs=1e-12)
    assert found.observed.k == np.nansum(pvalue <= alpha * (1 + 1e-9))
    assert found.pvalue == pytest.approx((small >= found.observed.k).mean(), abs=error)
    assert found.expected.se == pytest.approx(small.std(), abs=5 * small.std() / np.sqrt(draws))


@settings(max_examples=40, deadline=None)
@given(incidences)
def test_pvalues_are_fishers(table):
    found = pair_test(table, 1, least=0, alternative="two-sided").table
    for row in found.itertuples():
        a, b = table[:, row.a], table[:, row.b]
        cells = [[(a & b).sum(), (a & ~b).sum()], [(~a & b).sum(), (~a & ~b).sum()]]
        assert (row.both, row.k_a, row.k_b, row.n) == (cells[0][0], a.sum(), b.sum(), len(table))
        assert row.expected == pytest.approx(a.sum() * b.sum() / len(table))
        if row.reason:
            assert row.reason == "cannot vary"
            assert np.isnan([row.pvalue, row.adjusted]).all()
        else:
            assert row.pvalue == pytest.approx(fisher_exact(cells).pvalue, rel=1e-9)
    assert (np.diff(found.pvalue.dropna()) >= 0).all()


@pytest.mark.parametrize(("n", "codes"), [(45, 6), (150, 5)])
def test_draws_are_those_of_shuffled_columns(n, codes):
    """Whatever the number of experts: over 20 they are drawn in lots, over 60 in several words."""
    rng = np.random.default_rng(n)
    table = rng.random((n, codes)) < rng.uniform(0.2, 0.6, codes)
    clusters = np.arange(n) % 2
    found = pair_test(table, 20_000, clusters)
    by_hand = []
    for _ in range(300):
        shuffled = table.copy()
        for cluster in (0, 1):
            rows = np.flatnonzero(clusters == cluster)
            shuffled[rows] = rng.permuted(table[rows], axis=0)
        by_hand.append(pair_test(shuffled, 1, clusters).table.pvalue.min())
    smallest = np.array(by_hand)
    for row in found.table[::7].itertuples():
        share = (smallest <= row.pvalue * (1 + 1e-9)).mean()
        assert row.adjusted == pytest.approx(share, abs=4 * 0.5 / np.sqrt(300))


def test_experts_of_small_sessions_share_words():
    rng, sizes = np.random.default_rng(2), np.array([5] * 14 + [23, 1])
    number = np.repeat(np.arange(sizes.size), sizes)
    table = rng.random((sizes.sum(), 3)) < 0.4
    words = _sets(table, number, 2000, rng)
    assert len(words) == 2  # for 94 experts
    assert (np.bitwise_count(words).sum(axis=0) == table.sum(axis=0)[:, None]).all()
    both = np.bitwise_count(words[:, 0] & words[:, 1]).sum(axis=0)
    held = np.array([table[number == at].sum(axis=0) for at in range(sizes.size)])
    error = both.std() / np.sqrt(both.size)
    assert both.mean() == pytest.approx((held[:, 0] * held[:, 1] / sizes).sum(), abs=4 * error)


def test_sessions_undo_what_they_explain():
    table = np.repeat([[1, 1], [0, 0]], 5, axis=0)
    assert pair_test(table, 100).table.pvalue[0] == pytest.approx(1 / 252)
    inside = pair_test(table, 100, clusters=["s1"] * 5 + ["s2"] * 5)
    assert inside.table.reason[0] == "cannot vary"
    assert inside.test.reason == "there is no pair that could be tested"
    assert np.isnan(inside.pvalue)
    assert np.isnan(float(inside.expected))


def test_rare_codes_are_left_out_by_their_margins():
    table = np.column_stack([PANEL, np.arange(20) == 0])
    found = pair_test(pd.DataFrame(table, columns=list("abcdefghijklm")), 500, least=3)
    rare = found.table[(found.table.k_a < 3) | (found.table.k_b < 3)]
    assert "m" in set(rare.b)
    assert set(rare.reason) == {"fewer than 3 experts"}
    assert rare.pvalue.isna().all()
    assert found.observed.n == len(found.table) - len(rare)


# false alarms and what is there


@pytest.mark.parametrize("sessions", [False, True])
def test_unrelated_codes_raise_no_more_alarms_than_they_may(sessions):
    """Codes that sessions favour or not, and that otherwise have nothing to do with each other."""
    rng, panels, alarms, scans = np.random.default_rng(11), 250, 0, 0
    for _ in range(panels):
        share = rng.choice([0.1, 0.9], (4, 8)) if sessions else np.full((4, 8), 0.4)
        table = rng.random((20, 8)) < share[SESSIONS]
        found = pair_test(table, 200, SESSIONS if sessions else None)
        alarms += found.table.adjusted.min() <= 0.05
        scans += found.pvalue <= 0.05
    assert max(alarms, scans) / panels <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / panels)


def test_chance_gives_fewer_small_pvalues_than_a_twentieth():
    """What a scan of exact p-values is to be compared with (8 of 561 in such a panel, not 28)."""
    table = np.random.default_rng(3).random((20, 34)) < 0.35
    found = pair_test(table, 500, SESSIONS)
    assert 0.005 * found.observed.n < float(found.expected) < 0.025 * found.observed.n
    assert found.expected.low <= float(found.expected) <= found.expected.high


def test_a_pair_that_goes_together_is_found():
    table = np.random.default_rng(5).random((20, 10)) < 0.5
    table[:, 1] = table[:, 0]
    found = pair_test(table, 2000, SESSIONS)
    assert (found.table.a[0], found.table.b[0]) == (0, 1)
    assert found.table.adjusted[0] < 0.05
    assert found.table.adjusted[1:].min() > 0.05


def test_seed_and_workers():
    a, b, c = (pair_test(PANEL, 3000, seed=s).table.adjusted for s in (1, 1, 2))
    assert a.equals(b)
    assert not a.equals(c)
    with joblib.parallel_config(backend="threading", n_jobs=2):
        assert pair_test(PANEL, 3000, seed=1).table.adjusted.equals(a)


def test_by_smallest_counts_the_observed_as_one_more_draw():
    alone = by_smallest(np.array([3, 1]), np.array([[0, 1], [1, 1], [2, 1]]))
    np.testing.assert_allclose(alone, [[1 / 4, 1], [1 / 4, 1]])
    # the second cell says as much as the first in one draw
    pvalue_adjusted = by_smallest(np.array([3, 0]), np.array([[0, 5], [1, 0], [2, 0]]))
    np.testing.assert_allclose(pvalue_adjusted, [[1 / 4, 1], [2 / 4, 1]])


# with the totals of experts kept


@pytest.mark.parametrize(
    ("rows", "clusters"),
    [(["1100", "1010", "0101", "0001"], None), (["1100", "0011", "1000", "0111"], [0, 0, 1, 1])],
)
def test_all_tables_with_these_totals_are_equally_likely(rows, clusters):
    table = np.array([[cell == "1" for cell in row] for row in rows])
    groups = np.zeros(len(rows)) if clusters is None else np.array(clusters)
    every = [t for t in assignments(table, groups) if (t.sum(axis=1) == table.sum(axis=1)).all()]
    seen = Counter(t.tobytes() for t in random_tables(table, 6000, clusters))
    assert set(seen) == {t.tobytes() for t in every}
    expected = 6000 / len(every)
    statistic = sum((times - expected) ** 2 / expected for times in seen.values())
    # tables of one chain are a little alike
    assert len(every) == 1 or statistic < 1.3 * chi2.isf(1e-4, len(every) - 1)


def test_totals_are_kept():
    drawn = random_tables(PANEL, 300, SESSIONS)
    assert (drawn.sum(axis=2) == PANEL.sum(axis=1)).all()
    for inside in np.arange(4)[:, None] == SESSIONS:
        assert (drawn[:, inside].sum(axis=1) == PANEL[inside].sum(axis=0)).all()
    assert len({t.tobytes() for t in drawn}) > 290


def test_talkative_experts_are_no_pair():
    rng = np.random.default_rng(1)
    # a third of the experts raises most codes, a third hardly any
    table = rng.random((24, 10)) < np.repeat([0.85, 0.4, 0.1], 8)[:, None]
    simple, kept = (pair_test(table, 1000, keep_totals=keep) for keep in (False, True))
    assert simple.pvalue < 0.01
    assert kept.pvalue > 0.05
    assert simple.observed.k == kept.observed.k
    assert float(kept.expected) > 3 * float(simple.expected)
    assert kept.table.adjusted.min() > 0.05


def test_of_large_tables_fewer_are_drawn_with_all_totals(monkeypatch):
    fewer = pair_test(PANEL, 300, SESSIONS, keep_totals=True)
    monkeypatch.setattr("analysis.statistics.cooccurrence._FEWEST_TABLES", 10)
    monkeypatch.setattr("analysis.statistics.cooccurrence._MOST_DEALT", 300 * PANEL.size)
    found = pair_test(PANEL, 1000, SESSIONS, keep_totals=True)
    assert "; 300 draws of experts within clusters, each" in found.test.method
    assert (found.pvalue, found.table.adjusted.tolist()) == (
        fewer.pvalue,
        fewer.table.adjusted.tolist(),
    )
    assert "1,000 draws" in pair_test(PANEL, 1000, SESSIONS).test.method


@pytest.mark.parametrize("shape", [(0, 3), (4, 0), (1, 4), (4, 1)])
def test_panels_without_a_pair(shape):
    found = pair_test(np.ones(shape), 5)
    assert found.observed.n == 0
    assert np.isnan(found.pvalue)
    assert found.test.reason == "there is no pair that could be tested"
    assert random_tables(np.ones(shape), 3).shape == (3, *shape)


def test_where_nobody_shares_a_session_all_experts_change_places():
    """Individual interviews: within sessions of one nothing could be drawn, and nothing tested."""
    table = np.random.default_rng(1).random((12, 4)) < 0.5
    alone, without = pair_test(table, 500, range(12)), pair_test(table, 500)
    pd.testing.assert_frame_equal(alone.table, without.table)
    side = np.arange(12) < 6
    assert contrast(table[:, 0], side, range(12)).pvalue == contrast(table[:, 0], side).pvalue
