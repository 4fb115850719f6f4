"""Group interviews: exact ends, every outcome gone through by hand, and closed forms."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from analysis.simulation.groups import Conversation, count_distribution, group_cost, worth
from analysis.statistics.proportions import interval


def test_without_a_conversation_counts_are_binomial():
    found = count_distribution([5, 4, 6], 0.3)
    assert found == pytest.approx(binom.pmf(range(16), 15, 0.3))
    assert worth([5, 5, 5, 5], 0.3) == pytest.approx(20)
    assert worth([5], 0.5) == pytest.approx(5)


def test_where_all_go_along_a_session_is_worth_one_interview():
    assert worth([5], 0.3, Conversation(echo=1)) == pytest.approx(1)
    assert worth([5, 5, 5, 5], 0.5, Conversation(echo=1)) == pytest.approx(4)
    found = count_distribution([3, 2], 0.3, Conversation(echo=1))
    assert found == pytest.approx([0.49, 0, 0.21, 0.21, 0, 0.09])


@pytest.mark.parametrize(("size", "echo"), [(2, 0.5), (5, 0.2), (6, 0.7)])
def test_the_design_effect_of_an_echo_is_that_of_a_chain(size, echo):
    """Two experts d places apart correlate by echo^d: Var = p (1 - p) / m^2 (m + 2 sum ...)."""
    chain = 1 + 2 / size * sum((size - d) * echo**d for d in range(1, size))
    for share in (0.1, 0.5):
        assert worth([size] * 3, share, Conversation(echo=echo)) == pytest.approx(3 * size / chain)


def by_hand(sizes, share, talk):
    """Everything that may happen, one case after the other; orders and speakers included."""
    passing = talk.echo if talk.passing is None else talk.passing
    amounts = talk.amounts or [1] * sum(sizes)
    total = {0: 1.0}
    for session, size in enumerate(sizes):
        start = sum(sizes[:session])
        mine = np.array(amounts[start : start + size], dtype=float)
        reach = np.minimum(mine / mine.mean(), 1) if mine.mean() else np.ones(size)
        chances = {}
        orders = list(itertools.permutations(range(size)))
        for order in orders:
            cases = [(1 / len(orders), None, 0)]  # chance, what the last did, count so far
            for expert in order:
                after = []
                for chance, last, count in cases:
                    after.append((chance * (1 - reach[expert]), last, count))
                    for held, left, along in itertools.product((True, False), repeat=3):
                        to = talk.echo if last else passing
                        case = share if held else 1 - share
                        case *= talk.silence if left else 1 - talk.silence
                        case *= to if along else 1 - to
                        own = held and not (left and count)
                        says = own if last is None or not along else last
                        after.append((chance * reach[expert] * case, says, count + says))
                cases = after
            for chance, _, count in cases:
                chances[count] = chances.get(count, 0) + chance
        total = {
            k: sum(total[a] * chances.get(k - a, 0) for a in total) for k in range(start + size + 1)
        }
    return [total[k] for k in sorted(total)]


@pytest.mark.parametrize(
    "talk",
    [
        Conversation(echo=0.4),
        Conversation(echo=0.4, passing=0.0),
        Conversation(passing=0.6),
        Conversation(silence=0.5),
        Conversation(echo=0.3, silence=0.7),
        Conversation(amounts=(1.0, 2.0, 3.0, 0.0, 4.0)),
        Conversation(echo=0.3, silence=0.2, amounts=(1.0, 5.0, 0.5, 2.0, 2.0)),
    ],
)
def test_every_outcome_gone_through_by_hand(talk):
    assert count_distribution([3, 2], 0.3, talk) == pytest.approx(by_hand([3, 2], 0.3, talk))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 6), min_size=1, max_size=4), *[st.floats(0, 1)] * 4)
def test_chances_are_chances_whatever_happens(sizes, share, echo, passing, silence):
    found = count_distribution(sizes, share, Conversation(echo, passing, silence))
    assert found.shape == (sum(sizes) + 1,)
    assert found.min() >= -1e-12
    assert found.sum() == pytest.approx(1)


def test_who_says_nothing_raises_nothing_and_the_others_no_more_than_they_hold():
    silent = count_distribution([4], 0.3, Conversation(amounts=(0, 2, 2, 2)))
    assert silent == pytest.approx([*binom.pmf(range(4), 3, 0.3), 0])
    nobody = count_distribution([2], 0.3, Conversation(amounts=(0, 0)))
    assert nobody == pytest.approx(binom.pmf(range(3), 2, 0.3))


def test_the_table_says_what_the_distribution_holds():
    talks = {"alone": Conversation(), "along": Conversation(echo=0.5, silence=0.25)}
    table = group_cost([5, 5, 5, 5], [0.05, 0.5], talks).set_index(["conversation", "share"])
    alone = table.loc[("alone", 0.5)]
    assert alone["sd"] == pytest.approx(math.sqrt(0.25 / 20))
    assert (alone["bias"], alone["worth"]) == pytest.approx((0, 20), abs=1e-12)
    inside = [k for k in range(21) if interval(k, 20).low <= 0.5 <= interval(k, 20).high]
    assert alone["coverage"] == pytest.approx(binom.pmf(inside, 20, 0.5).sum())
    assert table.loc[("alone", 0.05), "heard"] == pytest.approx(1 - 0.95**20)
    chance, k = count_distribution([5, 5, 5, 5], 0.5, talks["along"]), np.arange(21)
    along = table.loc[("along", 0.5)]
    assert along["bias"] == pytest.approx(chance @ k / 20 - 0.5)
    assert along["bias"] < -0.04
    assert along["worth"] == pytest.approx(0.25 / (along["sd"] ** 2 + along["bias"] ** 2))
    assert along["coverage"] < alone["coverage"]


def test_a_view_that_all_or_none_hold_has_no_worth():
    for found in (worth([5], 0), worth([5], 1)):
        assert math.isnan(found)
        assert found.reason == "experts do not differ"


def test_what_cannot_be_is_refused():
    for sizes, share, talk, message in [
        ([], 0.5, Conversation(), "one session or more"),
        ([0], 0.5, Conversation(), "session's size"),
        ([2], 1.5, Conversation(), "between 0 and 1"),
        ([2], 0.5, Conversation(echo=-0.1), "between 0 and 1"),
        ([2], 0.5, Conversation(amounts=(1.0,)), "each of 2 experts"),
    ]:
        with pytest.raises(ValueError, match=message):
            count_distribution(sizes, share, talk)
