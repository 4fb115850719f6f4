"""Ranks of codes: exact tests, Holm, coverage, and what twenty experts can settle."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import binom, binomtest

from analysis.statistics.proportions import interval, rank_intervals
from analysis.statistics.ranks import ahead, rank_ranges, sign_pvalues
from analysis.validation.peers_counts import sign_pvalue

panels = st.tuples(st.integers(0, 25), st.integers(1, 6)).flatmap(lambda size: arrays(bool, size))


def panel(experts, *raised):
    """A frame of experts x codes from the numbers of the experts who raised each code."""
    columns = {f"c{i}": np.isin(np.arange(experts), list(x)) for i, x in enumerate(raised)}
    return pd.DataFrame(columns)


@pytest.mark.parametrize(
    ("more", "less", "n"), [(11, 0, 20), (8, 3, 20), (0, 4, 9), (5, 5, 12), (0, 0, 7), (1, 0, 1)]
)
def test_the_exact_test_is_its_definition(more, less, n):
    found = sign_pvalues(np.array([more]), np.array([less]), n)[0]
    assert found == pytest.approx(sign_pvalue(more, less, n), rel=1e-9)
    conditional = binomtest(more, more + less, alternative="greater").pvalue if more + less else 1
    assert found <= conditional * (1 + 1e-12)


def test_it_keeps_its_level_for_any_share_of_discordant_experts():
    n, alpha = 20, 0.05
    more, less = np.array([(a, b) for a in range(n + 1) for b in range(n + 1 - a)]).T
    rejected = sign_pvalues(more, less, n) <= alpha
    for discordant in (0.05, 0.123, 0.31, 0.5, 0.777, 1):
        chance = binom.pmf(more + less, n, discordant) * binom.pmf(more, more + less, 0.5)
        assert chance.sum() == pytest.approx(1)
        assert chance[rejected].sum() <= alpha
    assert chance[rejected].sum() > 0.02  # nor is it idle
    many = sign_pvalues(np.array([60]), np.array([40]), 300)  # of many, the sign test itself
    assert many == pytest.approx(binomtest(60, 100, alternative="greater").pvalue)


def test_far_codes_are_told_apart_as_their_intervals_say():
    """12 of 20 and 1 of 20, 11 experts against none: disjoint intervals and a settled pair.

    The sign test alone (p = .00049, times 132 comparisons) would leave it open.
    """
    near = [range(i, i + 6) for i in range(10)]  # ten codes between them
    raised = panel(20, range(12), range(1), *near)
    first, last = interval(12, 20), interval(1, 20)
    assert first.low > last.high
    found = rank_ranges(raised)
    assert found.loc["c0"].tolist() == [1, 1, 11]
    assert found.loc["c1"].tolist() == [12, 2, 12]
    assert (found.low - 1).sum() == (12 - found.high).sum() == 1


def test_what_all_or_nobody_raised():
    found = rank_ranges(panel(20, range(20), range(10), range(10, 20), ()))
    assert found["rank"].tolist() == [1, 2, 2, 4]
    assert found[["low", "high"]].to_numpy().tolist() == [[1, 1], [2, 3], [2, 3], [4, 4]]
    assert ahead(panel(20, range(20), ())).to_numpy().tolist() == [[False, True], [False, False]]


@pytest.mark.parametrize("shape", [(0, 3), (1, 3), (5, 1), (5, 0)])
def test_nothing_is_settled_where_nothing_can_be(shape):
    assert rank_ranges(np.ones(shape)).to_numpy().tolist() == [[1, 1, shape[1]]] * shape[1]


@settings(max_examples=50, deadline=None)
@given(panels, st.randoms(use_true_random=False))
def test_ranges_hold_the_rank_and_follow_codes_and_not_experts(raised, random):
    found = rank_ranges(raised)
    ties = [(raised.sum(axis=0) == k).sum() for k in raised.sum(axis=0)]
    assert (found.low <= found["rank"]).all()
    assert (found["rank"] + ties - 1 <= found.high).all()
    codes, experts = list(range(raised.shape[1])), list(range(len(raised)))
    random.shuffle(codes)
    random.shuffle(experts)
    other = rank_ranges(raised[experts][:, codes])
    assert other.to_numpy().tolist() == found.iloc[codes].to_numpy().tolist()
    wider = rank_ranges(raised, confidence=0.999)
    assert (wider.low <= found.low).all()
    assert (wider.high >= found.high).all()


def test_holm_steps_down():
    """Of 20 comparisons four are sure; the next is held against .05/16 and not against .05/20."""
    raised = panel(19, range(19), range(8), (), range(4), range(3))
    assert 0.05 / 20 < sign_pvalues(np.array([8]), np.array([0]), 19)[0] < 0.05 / 16
    sure = ahead(raised)
    assert sure.loc["c0"].tolist() == [False, True, True, True, True]
    assert sure.loc["c1"].tolist() == [False, False, True, False, False]
    assert not sure.loc[["c2", "c3", "c4"]].to_numpy().any()


@pytest.mark.parametrize(
    "shares", [np.full(6, 0.5), np.full(6, 0.2), np.array([0.6, 0.6, 0.6, 0.1, 0.1, 0.1])]
)
def test_the_ranges_of_all_codes_cover_together(shares):
    """True ranks of 150 drawn panels of 20 experts who talk more or less; ties are the worst."""
    rng = np.random.default_rng(11)
    larger = (shares[:, None] < shares).sum(axis=1)
    smaller = (shares[:, None] > shares).sum(axis=1)
    covered = []
    for _ in range(150):
        talk = rng.normal(0, 0.15, (20, 1))
        found = rank_ranges(rng.random((20, 6)) < np.clip(shares + talk, 0, 1))
        low, high = found.low.to_numpy(), found.high.to_numpy()
        covered.append((low <= 1 + larger).all() and (high >= 6 - smaller).all())
    assert np.mean(covered) >= 0.95


def test_rank_intervals_call_the_rank_an_estimate():
    raised = panel(20, range(9), range(4))
    found = rank_intervals(raised, confidence=0.9)
    assert found.columns.tolist() == ["estimate", "low", "high"]
    assert found.to_numpy().tolist() == rank_ranges(raised, 0.9).to_numpy().tolist()
    assert found.index.tolist() == ["c0", "c1"]


def test_what_is_no_incidence():
    for wrong in ([1, 0], [[1, 2]], [[1, np.nan]], [["a", "b"]]):
        with pytest.raises(ValueError, match="incidence must"):
            rank_ranges(wrong)
