"""Deals of whole units: a published test, all deals gone through, and the null distribution."""

import itertools
from math import comb
from pathlib import Path

import numpy as np
import pytest
import yaml
from scipy import stats

from analysis.statistics.association import permutation_test
from analysis.statistics.keyness import log_likelihood, log_ratio
from analysis.statistics.keyness_deals import keyness_deals

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = {
    example["id"]: example
    for example in yaml.safe_load((ROOT / "data/validation/association.yml").read_text("utf-8"))
}


def bursty(rng, units, words):
    """Counts as speakers have them: each has a rate of their own for each word."""
    return rng.poisson(rng.gamma(0.4, 3, (units, words)))


@pytest.mark.parametrize("id", ["lane_hyperstat", "nettleton_quiz"])
def test_published(id):
    """With units of equal size, G2 orders deals as the absolute difference of means does."""
    example = PUBLISHED[id]
    values, groups = example["input"]["values"], example["input"]["groups"]
    found = keyness_deals(np.array(values)[:, None], [100] * len(values), groups, deals=40_000)
    error = 4 * np.sqrt(0.25 / 40_000)
    assert found.pvalue[0, 0] == pytest.approx(example["published"]["p"], abs=error)
    assert found.adjusted[0, 0] == found.pvalue[0, 0]  # one word: nothing to adjust for
    exact = permutation_test(values, groups, "difference")
    assert found.pvalue[0, 0] == pytest.approx(exact.pvalue, abs=error)


def every_deal(x, sizes, groups, words):
    """All deals of two groups, one by one: the share reaching each word's G2, and the maximum's."""
    n, k = len(groups), sum(groups)

    def g2(chosen):
        inside = np.isin(np.arange(n), chosen)
        a, b = x[inside].sum(axis=0), x[~inside].sum(axis=0)
        c, d = sizes[inside].sum(), sizes[~inside].sum()
        return np.array([log_likelihood(a[w], b[w], c, d) for w in range(words)])

    seen = g2(np.flatnonzero(groups))
    deals = np.array([g2(chosen) for chosen in itertools.combinations(range(n), k)])
    alone = (deals >= seen - 1e-9).mean(axis=0)
    any_word = (deals.max(axis=1)[:, None] >= seen - 1e-9).mean(axis=0)
    return seen, alone, any_word


def test_against_all_deals():
    rng = np.random.default_rng(11)
    x, groups = bursty(rng, 9, 4), np.array([1, 1, 1, 1, 0, 0, 0, 0, 0], dtype=bool)
    sizes = x.sum(axis=1) + rng.integers(20, 200, 9)
    seen, alone, any_word = every_deal(x, sizes, groups, 4)
    found = keyness_deals(x, sizes, groups, deals=30_000)
    assert found.groups == (False, True)
    assert found.log_likelihood[1] == pytest.approx(seen, abs=1e-9)
    assert found.pvalue[1] == pytest.approx(alone, abs=4 * 0.5 / np.sqrt(30_000))
    assert found.adjusted[1] == pytest.approx(any_word, abs=4 * 0.5 / np.sqrt(30_000))
    assert (found.adjusted >= found.pvalue).all()


def test_the_two_groups_mirror_each_other():
    rng = np.random.default_rng(2)
    x = bursty(rng, 8, 5)
    found = keyness_deals(x, x.sum(axis=1) + 50, np.arange(8) % 2, deals=200)
    for name in ("log_likelihood", "pvalue", "adjusted"):
        values = getattr(found, name)
        assert values[0] == pytest.approx(values[1], abs=1e-9)
    assert found.log_ratio[0] == pytest.approx(-found.log_ratio[1], nan_ok=True)
    assert (found.a[0] == found.b[1]).all()


def test_values_of_three_groups():
    x = np.array([[3, 0], [1, 1], [0, 4], [2, 2]])
    found = keyness_deals(x, [20, 30, 40, 50], ["b", "c", "a", "b"], deals=50)
    assert found.groups == ("a", "b", "c")
    assert found.a.tolist() == [[0, 4], [5, 2], [1, 1]]
    assert found.c.tolist() == [40, 70, 30]
    assert found.log_likelihood[1, 0] == pytest.approx(log_likelihood(5, 1, 70, 70))
    assert found.log_ratio[1, 0] == pytest.approx(log_ratio(5, 1, 70, 70))
    assert found.n == 4
    assert found.maxima.shape == (50,)


def test_strata_keep_their_groups():
    """Experts under three tasks: of a word that each uses under one task, all deals are known."""
    experts, tasks = np.repeat(range(3), 3), np.tile([0, 1, 2], 3)
    x = np.where(tasks == 1, 4, 0)[:, None]
    found = keyness_deals(x, np.full(9, 30), tasks, experts, deals=40_000)
    # all three experts' blocks must meet under one task: under this one, or under any
    assert found.pvalue[1, 0] == pytest.approx(1 / 27, abs=0.004)
    assert found.adjusted[1, 0] == pytest.approx(3 / 27, abs=0.007)


def test_sessions_as_strata():
    # all who use the word sit in one session, half of it in each group: no deal is like another
    x = np.array([4, 4, 0, 0, 0, 0, 0, 0])[:, None]
    groups, sessions = np.array([0, 0, 1, 1, 0, 0, 1, 1]), np.array([0] * 4 + [1] * 4)
    found = keyness_deals(x, np.full(8, 20), groups, sessions, deals=30_000)
    assert found.pvalue[0, 0] == pytest.approx(2 / comb(4, 2), abs=0.012)
    over_all = keyness_deals(x, np.full(8, 20), groups, deals=30_000)
    # both on one side: 2 of 8 experts among the 4 of either group
    assert over_all.pvalue[0, 0] == pytest.approx(2 * comb(6, 2) / comb(8, 4), abs=0.012)


def test_nothing_to_deal():
    found = keyness_deals([[3], [1]], [10, 10], [0, 1], strata=[0, 1])
    assert found.reason.startswith("each stratum holds one group only")
    assert np.isnan(found.pvalue).all()
    assert np.isnan(found.adjusted).all()
    assert found.log_likelihood[0, 0] == pytest.approx(log_likelihood(3, 1, 10, 10))
    none = keyness_deals(np.empty((2, 0)), [10, 10], [0, 1])
    assert none.reason == "no words"
    assert none.pvalue.shape == (2, 0)


def test_two_units_always_reach_what_was_seen():
    found = keyness_deals([[3], [1]], [10, 20], [0, 1], deals=100)
    assert (found.pvalue == 1).all()


def test_the_seed_decides_and_blocks_do_not(monkeypatch):
    rng = np.random.default_rng(4)
    x = bursty(rng, 12, 30)
    arguments = (x, x.sum(axis=1) + 40, np.arange(12) % 3)
    first = keyness_deals(*arguments, deals=300)
    monkeypatch.setattr("analysis.statistics.keyness_deals._CELLS", 64)
    second = keyness_deals(*arguments, deals=300)
    assert (first.pvalue == second.pvalue).all()
    assert (first.maxima == second.maxima).all()
    assert (first.maxima != keyness_deals(*arguments, deals=300, seed=1).maxima).any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 2], [5, 5], [0, 1]), "units x words"),
        (([[1], [2]], [5], [0, 1]), "one for each of 2"),
        (([[1], [-2]], [5, 5], [0, 1]), "0 or more"),
        (([[1], [np.nan]], [5, 5], [0, 1]), "none missing"),
        (([[1], [6]], [5, 5], [0, 1]), "no fewer than its counts"),
        (([[0], [0]], [5, 0], [0, 1]), "must have words"),
        (([[1], [2]], [5, 5], [0]), "groups must be one label"),
        (([[1], [2]], [5, 5], [0, 0]), "two groups or more"),
        (([[1], [2]], [5, 5], [0, 1], [0]), "strata must be one label"),
        (([[1], [2]], [5, 5], [0, 1], None, 0), "at least 1"),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(ValueError, match=message):
        keyness_deals(*arguments)


def test_false_alarms_are_no_more_than_claimed():
    """Random groups of bursty speakers: chi-squared is wrong nearly always, deals are not."""
    rng = np.random.default_rng(7)
    dealt, independent = [], []
    for _ in range(300):
        x = bursty(rng, 12, 20)
        found = keyness_deals(x, x.sum(axis=1) + 60, np.arange(12) % 2, deals=199)
        dealt.append(found.adjusted.min() <= 0.05)
        chance = stats.chi2.sf(found.log_likelihood.max(), 1)
        independent.append(min(1.0, 20 * chance) <= 0.05)  # Bonferroni's adjustment
    assert np.mean(dealt) <= stats.binom.ppf(0.999, 300, 0.05) / 300
    assert np.mean(independent) > 0.6


def test_a_word_of_one_side_is_found():
    x = np.zeros((20, 30), dtype=int)
    x[:] = np.random.default_rng(3).poisson(1.0, x.shape)
    x[:10, 0] += 4
    found = keyness_deals(x, x.sum(axis=1) + 300, np.arange(20) >= 10, deals=999)
    assert found.adjusted[0, 0] == 1 / 1000
    assert (found.adjusted[0, 1:] > 0.05).all()
    assert found.log_ratio[0, 0] > 0
