"""Simulated group interviews against exact answers: binomial, one voice, and all in between."""

import itertools
import math
from collections import defaultdict

import numpy as np
import pytest
from scipy import integrate, stats

from analysis.simulation.group_interview import (
    Conversation,
    Outcomes,
    order_right,
    outcomes,
    simulate,
)
from analysis.simulation.panels_model import gamma_shape
from analysis.statistics.proportions import interval

RUNS = 20_000


def wilson(n):
    return np.array([(e.low, e.high) for e in (interval(k, n) for k in range(n + 1))])


def near(seen, exact, error):
    """Within five errors of the simulation: once in two million by chance."""
    assert abs(seen - exact) <= 5 * error + 1 / RUNS, (seen, exact, error)


def exact_session(share, talk, reach):
    """How many experts of one session raise a view, by going through all that may happen.

    ``reach`` is what each expert, in any order, gets to; the order of speaking is random.
    """
    passing = talk.echo if talk.passing is None else talk.passing
    total = np.zeros(len(reach) + 1)
    alike = len(set(reach)) == 1
    orders = {tuple(reach)} if alike else set(itertools.permutations(reach))
    for order in orders:
        # state: what the last speaker did (None: nobody yet), whether it was raised, how often
        states = {(None, False, 0): 1.0}
        for gets_to_it in order:
            after = defaultdict(float)
            for (last, already, count), chance in states.items():
                after[last, already, count] += chance * (1 - gets_to_it)
                own = share * (1 - (talk.silence if already else 0))
                if last is None:
                    raises = own
                elif last:
                    raises = talk.echo + (1 - talk.echo) * own
                else:
                    raises = (1 - passing) * own
                spoken = chance * gets_to_it
                after[True, True, count + 1] += spoken * raises
                after[False, already, count] += spoken * (1 - raises)
            states = after
        for (_, _, count), chance in states.items():
            total[count] += chance / len(orders)
    return total


def exact_counts(sizes, share, talk, reach=None):
    """The probability of each count over all sessions."""
    mass, first = np.ones(1), 0
    for size in sizes:
        mine = [1.0] * size if reach is None else reach[first : first + size]
        mass, first = np.convolve(mass, exact_session(share, talk, mine)), first + size
    return mass


def compared(sizes, share, talk, reach=None, seed=7):
    """The simulated counts must have the exact probabilities."""
    counts = simulate(sizes, [share], [talk], RUNS, seed)[:, 0, 0]
    exact = exact_counts(sizes, share, talk, reach)
    seen = np.bincount(counts, minlength=len(exact)) / RUNS
    assert exact.sum() == pytest.approx(1)
    for a, b in zip(seen, exact, strict=True):
        near(a, b, math.sqrt(max(b * (1 - b), 1 / RUNS) / RUNS))
    return counts


# the ends


@pytest.mark.parametrize("sizes", [[5, 5, 5, 5], [20], [1] * 20, [3, 7, 10]])
def test_without_echo_and_dominance_counts_are_binomial(sizes):
    shares, limits = [0.05, 0.3, 0.5], wilson(20)
    counts = simulate(sizes, shares, [Conversation()], RUNS)[:, 0]
    made = outcomes(counts, shares, limits)
    for place, p in enumerate(shares):
        pmf = stats.binom.pmf(np.arange(21), 20, p)
        covered = pmf[(limits[:, 0] <= p) & (p <= limits[:, 1])].sum()
        near(made.heard[place], 1 - (1 - p) ** 20, made.heard_se[place])
        near(made.bias[place], 0, made.bias_se[place])
        near(made.design_effect[place], 1, made.design_effect_se[place])
        near(made.effective[place], 20, made.effective_se[place])
        near(made.coverage[place], covered, made.coverage_se[place])
        near(made.sd[place] ** 2, p * (1 - p) / 20, made.design_effect_se[place] * p * (1 - p) / 20)
        near(made.bias_se[place], math.sqrt(p * (1 - p) / 20 / RUNS), 1e-4)
    seen = np.bincount(counts[:, 1], minlength=21) / RUNS
    assert np.abs(seen - stats.binom.pmf(np.arange(21), 20, 0.3)).max() < 0.012


@pytest.mark.parametrize("sizes", [[5, 5, 5, 5], [20], [2, 3, 7]])
def test_where_all_go_along_a_session_has_one_voice(sizes):
    n, p = sum(sizes), 0.3
    counts = compared(sizes, p, Conversation(echo=1.0))
    sums = {sum(part) for r in range(len(sizes) + 1) for part in itertools.combinations(sizes, r)}
    assert set(counts.tolist()) <= sums
    made = outcomes(counts[:, None], [p], wilson(n))
    voices = n**2 / sum(size**2 for size in sizes)  # the number of sessions if they are alike
    near(made.effective[0], voices, made.effective_se[0])
    near(made.design_effect[0], n / voices, made.design_effect_se[0])
    near(made.heard[0], 1 - (1 - p) ** len(sizes), made.heard_se[0])
    if len(set(sizes)) == 1:
        assert voices == len(sizes)


@pytest.mark.parametrize("echo", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("sizes", [[5, 5, 5, 5], [2, 4, 6]])
def test_the_design_effect_of_going_along_both_ways(sizes, echo):
    """What two experts of a session say has the correlation echo to the power of their distance."""
    n, p = sum(sizes), 0.4
    shared = sum(2 * (m - d) * echo**d for m in sizes for d in range(1, m))
    counts = simulate(sizes, [p], [Conversation(echo=echo)], RUNS)[:, 0]
    made = outcomes(counts, [p], wilson(n))
    near(made.bias[0], 0, made.bias_se[0])
    near(made.design_effect[0], 1 + shared / n, made.design_effect_se[0])
    near(made.effective[0], n / (1 + shared / n), made.effective_se[0])


# everything in between, by going through all that may happen


@pytest.mark.parametrize(
    "talk",
    [
        Conversation(echo=0.3),
        Conversation(echo=0.6, passing=0.0),
        Conversation(echo=0.0, passing=0.6),
        Conversation(echo=0.2, passing=0.7),
        Conversation(silence=0.4),
        Conversation(silence=1.0),
        Conversation(echo=0.3, silence=0.5),
    ],
)
@pytest.mark.parametrize("share", [0.2, 0.7])
def test_each_mechanism(talk, share):
    compared([3, 1, 4], share, talk)


def test_silence_leaves_one_voice_to_each_view():
    counts = simulate([5, 5], [0.4], [Conversation(silence=1.0)], RUNS)[:, 0, 0]
    assert set(counts.tolist()) == {0, 1, 2}
    held = 1 - 0.6**5
    near(counts.mean(), 2 * held, math.sqrt(2 * held * (1 - held) / RUNS))


@pytest.mark.parametrize("echo", [0.0, 0.5, 1.0])
def test_unequal_talk(echo):
    amounts = np.array([1.0, 3.0, 4.0, 0.0, 2.0])
    reach = [2 / 4, 1.0, 1.0, 0.0, 1.0]  # amounts of the sessions: 1 and 3; 4, 0 and 2
    talk = Conversation(echo=echo, amounts=amounts)
    counts = compared([2, 3], 0.6, talk, reach)
    if echo == 0:
        q = 0.6 * np.array(reach)
        near(counts.mean(), q.sum(), counts.std() / math.sqrt(RUNS))
        near(counts.var(), (q * (1 - q)).sum(), 0.015)


def test_where_nobody_of_a_session_talks_all_are_alike():
    quiet = Conversation(amounts=np.array([0.0, 0.0, 1.0, 1.0]))
    both = simulate([2, 2], [0.5], [quiet, Conversation()], 500)
    assert np.array_equal(both[:, 0], both[:, 1])


def test_amounts_belong_to_their_sessions_however_large_these_are():
    """All hold the view: how many raise it is how many get to it, session by session."""
    amounts = np.array([5.0, 9.0, 0.0, 0.0])
    # one alone, then three of whom only the first talks
    counts = simulate([1, 3], [1.0], [Conversation(amounts=amounts)], 500)[:, 0, 0]
    assert set(counts.tolist()) == {2}
    # three of whom two say more than an equal share, then one alone
    counts = simulate([3, 1], [1.0], [Conversation(amounts=amounts)], 500)[:, 0, 0]
    assert set(counts.tolist()) == {3}
    other = simulate([2, 2], [1.0], [Conversation(amounts=amounts)], RUNS)[:, 0, 0]
    near(other.mean(), 5 / 7 + 1 + 2, other.std() / math.sqrt(RUNS))


@pytest.mark.parametrize(("gini", "size"), [(0.5, 5), (0.3, 2), (0.5, 1)])
def test_speaking_shares_that_are_drawn(gini, size):
    """A share of the talk is a beta variable; the mean reach is that of size times it, cut at 1."""
    a = gamma_shape(gini)
    mean = 1.0
    if size > 1:
        share = stats.beta(a, a * (size - 1))
        mean = integrate.quad(lambda x: size * x * share.pdf(x), 0, 1 / size)[0]
        mean += share.sf(1 / size)
    counts = simulate([size] * 4, [0.5], [Conversation(gini=gini)], RUNS)[:, 0, 0]
    near(counts.mean() / (4 * size), 0.5 * mean, counts.std() / (4 * size) / math.sqrt(RUNS))


# the frame


def test_the_same_seed_gives_the_same_counts_whatever_else_is_simulated():
    talks = [Conversation(), Conversation(echo=0.4), Conversation(amounts=np.arange(1.0, 7.0))]
    once = simulate([3, 3], [0.2, 0.6], talks, 1200, seed=3)
    assert once.shape == (1200, 3, 2)
    assert once.dtype == np.int64
    assert np.array_equal(once, simulate([3, 3], [0.2, 0.6], talks, 1200, seed=3))
    assert np.array_equal(once[:, :2], simulate([3, 3], [0.2, 0.6], talks[:2], 1200, seed=3))
    assert not np.array_equal(once, simulate([3, 3], [0.2, 0.6], talks, 1200, seed=4))


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_views_that_nobody_or_everybody_holds(share):
    talks = [Conversation(), Conversation(echo=0.5), Conversation(echo=1.0)]
    counts = simulate([4, 2], [share], talks, 300)
    assert (counts == 6 * share).all()
    made = outcomes(counts[:, 0], [share], wilson(6))
    assert made.bias[0] == made.sd[0] == 0
    assert made.heard[0] == share
    assert math.isnan(made.design_effect[0])


def test_outcomes_one_by_one():
    counts, shares = np.array([[0, 2], [1, 3], [3, 4], [2, 2]]), [0.4, 0.8]
    limits = np.array([[0, 0.3], [0.1, 0.6], [0.3, 0.7], [0.4, 0.9], [0.7, 1]])
    made = outcomes(counts, shares, limits)
    for place, p in enumerate(shares):
        estimates = [k / 4 for k in counts[:, place]]
        mean = sum(estimates) / 4
        variance = sum((e - mean) ** 2 for e in estimates) / 4
        square = sum((e - p) ** 2 for e in estimates) / 4
        inside = [limits[k][0] <= p <= limits[k][1] for k in counts[:, place]]
        assert made.bias[place] == pytest.approx(mean - p)
        assert made.sd[place] == pytest.approx(math.sqrt(variance))
        assert made.design_effect[place] == pytest.approx(variance / (p * (1 - p) / 4))
        assert made.effective[place] == pytest.approx(p * (1 - p) / square)
        assert made.coverage[place] == sum(inside) / 4
        assert made.heard[place] == sum(k > 0 for k in counts[:, place]) / 4
        c = sum(inside) / 4
        assert made.coverage_se[place] == pytest.approx(math.sqrt(c * (1 - c) / 4))
        assert made.bias_se[place] == pytest.approx(math.sqrt(variance / 4))
        spread = np.std([(e - mean) ** 2 for e in estimates]) / 2
        assert made.design_effect_se[place] == pytest.approx(spread / (p * (1 - p) / 4))
        error = np.std([(e - p) ** 2 for e in estimates]) / 2 / square
        assert made.effective_se[place] == pytest.approx(made.effective[place] * error)
    assert isinstance(made, Outcomes)
    assert made.runs == 4


def test_the_errors_are_as_large_as_the_estimates_vary():
    """Many simulations of few runs: the stated error is the spread of what they find."""
    found = []
    for seed in range(60):
        counts = simulate([4, 4], [0.3], [Conversation(echo=0.4)], 400, seed)[:, 0]
        found.append(outcomes(counts, [0.3], wilson(8)))
    for name in ("bias", "coverage", "design_effect", "effective", "heard"):
        values = np.array([getattr(made, name)[0] for made in found])
        stated = np.mean([getattr(made, f"{name}_se")[0] for made in found])
        assert 0.7 < values.std() / stated < 1.4, name


def test_order_right():
    right, level, error = order_right([[3, 1, 0], [2, 2, 9], [1, 2, 9], [5, 0, 0]], 0, 1)
    assert (right, level) == (0.5, 0.25)
    assert error == pytest.approx(0.25)
    counts = simulate([5] * 4, [0.7, 0.3], [Conversation()], RUNS)[:, 0]
    k = np.arange(21)
    joint = np.outer(stats.binom.pmf(k, 20, 0.7), stats.binom.pmf(k, 20, 0.3))
    right, level, error = order_right(counts, 0, 1)
    near(right, joint[k[:, None] > k].sum(), error)
    near(level, np.trace(joint), math.sqrt(0.004 / RUNS))


@pytest.mark.parametrize(
    ("sizes", "shares", "talk", "said"),
    [
        ([], [0.5], Conversation(), "one session or more"),
        ([0, 2], [0.5], Conversation(), "session's size"),
        ([2], [[0.5]], Conversation(), "1-d"),
        ([2], [1.5], Conversation(), "shares must lie"),
        ([2], [0.5], Conversation(echo=1.2), "echo must lie"),
        ([2], [0.5], Conversation(passing=-0.1), "passing must lie"),
        ([2], [0.5], Conversation(silence=2), "silence must lie"),
        ([2], [0.5], Conversation(gini=1.0), "gini must lie"),
        ([2], [0.5], Conversation(amounts=np.ones(3)), "must name 2 experts"),
        ([2], [0.5], Conversation(amounts=np.array([1.0, -1.0])), "at least 0"),
        ([2], [0.5], Conversation(amounts=np.ones(2), gini=0.2), "exclude each other"),
    ],
)
def test_what_cannot_be_simulated_is_refused(sizes, shares, talk, said):
    with pytest.raises(ValueError, match=said):
        simulate(sizes, shares, [talk], 10)


@pytest.mark.parametrize(
    ("counts", "shares", "limits"),
    [
        ([1, 2], [0.5], wilson(3)),
        ([[1, 2]], [0.5], wilson(3)),
        ([[4]], [0.5], wilson(3)),
        ([[-1]], [0.5], wilson(3)),
        ([[1]], [0.5], [0.1, 0.2]),
    ],
)
def test_counts_that_do_not_fit_are_refused(counts, shares, limits):
    with pytest.raises(ValueError, match=r"expected counts|must lie between"):
        outcomes(counts, shares, limits)
