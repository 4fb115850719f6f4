"""How often a chapter calls something different from chance that is chance, and what it finds.

Two hundred panels are simulated in which the sides do not differ, codes have nothing to do with
each other, and nobody takes up what another said. Each test that a chapter names is run on all of
them, as the chapter runs it.

The bound. Seeds are fixed, so nothing here depends on luck from run to run. A count of false alarms
passes up to :func:`most`: the largest count that a test with exactly the claimed rate stays within
for 999 of 1000 choices of all the seeds of this file together (binomial, divided by the number of
counts). For 200 panels and a level of 0.05 that is 25, one panel in eight. A test that is wrong in
a fifth of all panels passes with a probability below 0.005; and a test that takes statements for
experts is run too, and does not pass.
"""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.panel.plan import NO_DIFFERENCE, Contrast, Plan
from analysis.simulation.panels import simulate_panel
from analysis.statistics.association import fisher_power
from analysis.steps import participation_order as order
from analysis.steps import stakeholders_contrasts as contrasts
from analysis.steps import stakeholders_map, theme_groups, theme_map
from analysis.steps import stakeholders_sentences as sentences
from analysis.steps.panel_talk import talk

PANELS, LEVEL = 200, 0.05
#: Panels in which there is something to find.
PLANTED = 100
#: How many counts this file holds against a bound, or a few more.
BOUNDS = 60
SIDES = ("authorities", "society")


def most(panels=PANELS, rate=LEVEL):
    """The most false alarms that a rate as claimed explains."""
    return int(stats.binom.isf(0.001 / BOUNDS, panels, rate))


def near(share, panels):
    """How far an observed share may lie from a true one, by the same measure."""
    reach = stats.norm.isf(0.001 / BOUNDS / 2)
    return reach * np.sqrt(share * (1 - share) / panels) + 1 / panels


def test_the_bound_lets_sound_tests_pass_and_unsound_ones_not():
    assert most() == 25
    assert stats.binom.sf(most(), PANELS, LEVEL) <= 0.001 / BOUNDS
    assert stats.binom.cdf(most(), PANELS, 0.2) < 0.005


@pytest.fixture(scope="module")
def shares(constructed, said_by, rows):
    """For each contrast of the plan, the shares of the two sides that raised the code."""
    kind = {row["expert_id"]: row["stakeholder"] for row in rows("experts")}
    out = {}
    for contrast in constructed.plan.contrasts:
        assert contrast.sides == SIDES
        members = [
            {e for e, k in kind.items() if k in constructed.plan.sides[s]} for s in contrast.sides
        ]
        assert [len(m) for m in members] == [10, 10]
        raised = said_by[contrast.code]["raises"]
        out[contrast.id] = tuple(len(raised & m) / len(m) for m in members)
    return out


def simulated(shares, seed, **options):
    """A panel of twenty whose sides raise each code with these shares, and its plan."""
    prevalence = np.array(list(shares.values())).T
    panel, _ = simulate_panel(
        20,
        len(shares),
        groups=SIDES,
        prevalence=prevalence,
        statements=4,
        repeats=1.0,
        echo=0.0,
        dominance=0.3,
        items=0,
        questions=3,
        text=False,
        check=False,
        seed=seed,
        **options,
    )
    codes = panel.codebook["code_id"][panel.codebook["parent_id"].notna()]
    plan = Plan(
        sides={side: (side,) for side in SIDES},
        contrasts=tuple(
            Contrast(name, code, SIDES, NO_DIFFERENCE)
            for name, code in zip(shares, codes, strict=True)
        ),
    )
    return dataclasses.replace(panel, plan=plan)


# sides that do not differ


@pytest.fixture(scope="module")
def nulls(shares):
    """Panels whose sides do not differ; the experts of a session are somewhat alike."""
    pooled = {name: (sum(pair) / 2,) * 2 for name, pair in shares.items()}
    return [simulated(pooled, seed, session_correlation=0.15) for seed in range(PANELS)]


@pytest.fixture(scope="module")
def tested(nulls):
    return [contrasts.contrasts(panel) for panel in nulls]


def alarms(tables, column):
    """In how many panels each contrast has a p-value at or below the level."""
    return pd.concat(tables).assign(alarm=lambda t: t[column] <= LEVEL).groupby("id")["alarm"].sum()


@pytest.mark.parametrize("column", ["pvalue", "within", "apart", "adjusted"])
def test_no_named_contrast_is_told_apart_more_often_than_claimed(tested, shares, column):
    """Alone, within sessions, with the opposed kept apart, and after the adjustment."""
    found = alarms(tested, column)
    assert set(found.index) == set(shares)
    assert found.max() <= most(), found.to_dict()


def test_nor_is_any_of_all_of_them_together_after_the_adjustment(tested):
    told = [(table["verdict"] == contrasts.TOLD).any() for table in tested]
    assert sum(told) <= most()
    # without it they would be, more often than the one test that the level is meant for
    alone = [(table["pvalue"] <= LEVEL).any() for table in tested]
    assert sum(alone) > sum(told)
    # what is told apart is what the sentence of the chapter names
    for table in tested:
        assert sentences.as_level(table).endswith("none is told apart.") == (
            not (table["verdict"] == contrasts.TOLD).any()
        )


def test_taking_statements_for_experts_does_not_pass(nulls):
    """The bound is no empty one: a well-known mistake fails it."""
    found = 0
    for panel in nulls:
        spoken = panel.statement_incidence()
        kind = dict(zip(panel.experts["expert_id"], panel.experts["stakeholder"], strict=True))
        side = np.array([kind[expert] == SIDES[0] for expert in spoken.experts])
        n = side.sum(), (~side).sum()
        k = spoken.values[side].sum(axis=0), spoken.values[~side].sum(axis=0)
        p = [
            stats.fisher_exact([[a, n[0] - a], [b, n[1] - b]]).pvalue
            for a, b in zip(*k, strict=True)
        ]
        found += min(p) * len(p) <= LEVEL
    assert found > most()


# sides that differ as those of the constructed panel do


@pytest.fixture(scope="module")
def differing(shares):
    return [contrasts.contrasts(simulated(shares, 1000 + seed)) for seed in range(PLANTED)]


def test_planted_differences_are_found_as_often_as_the_power_says(differing, shares):
    alone, adjusted = alarms(differing, "pvalue"), alarms(differing, "adjusted")
    for name, (a, b) in shares.items():
        stated = fisher_power(10, 10, a, b, LEVEL)
        assert alone[name] / PLANTED == pytest.approx(stated, abs=near(stated, PLANTED)), name
        strict = fisher_power(10, 10, a, b, LEVEL / len(shares))
        # Holm's adjustment lies between the strictest step and none
        assert adjusted[name] / PLANTED >= strict - near(strict, PLANTED), name
        assert adjusted[name] <= alone[name]
        if a == b:
            assert alone[name] <= most(PLANTED)


def test_large_differences_are_found_nearly_always_and_on_the_right_side(differing, shares):
    far = [name for name, (a, b) in shares.items() if fisher_power(10, 10, a, b, LEVEL) > 0.7]
    assert far
    rows = pd.concat(differing)
    for name in far:
        higher = SIDES[int(np.argmax(shares[name]))]
        told = rows[(rows["id"] == name) & (rows["pvalue"] <= LEVEL)]
        assert len(told) > 0.6 * PLANTED
        assert set(told["lies"]) == {higher}


# codes that have nothing to do with each other


@pytest.mark.parametrize("column", ["adjusted", "adjusted_all", "adjusted_fixed"])
def test_pairs_of_codes_are_not_told_together_more_often_than_claimed(together, column):
    """The largest of all pairs: within sessions, over all, and with the totals kept."""
    told = [(pairs[column] <= LEVEL).any() for pairs in together]
    assert sum(told) <= most()


@pytest.fixture(scope="module")
def together(nulls):
    return [theme_map.together(panel, permutations=199, tables=39).pairs for panel in nulls]


def test_a_pair_on_its_own_would_often_look_like_one(together):
    """Why the largest of all pairs is tested, and not each."""
    alone = [(pairs["pvalue"] <= LEVEL).any() for pairs in together]
    assert sum(alone) > most()


def test_two_codes_that_are_raised_by_the_same_experts_are_told_together(nulls, changed):
    found, panels = 0, nulls[:40]
    codes = nulls[0].codebook["code_id"][nulls[0].codebook["parent_id"].notna()].tolist()
    one, other = codes[0], codes[-1]

    def twins(frames):
        given = frames["codings"]
        copied = given[given["code_id"] == one].assign(code_id=other)
        return {"codings": pd.concat([given[given["code_id"] != other], copied])}

    for panel in panels:
        pairs = theme_map.together(changed(panel, twins), permutations=199, tables=9).pairs
        told = pairs[pairs["adjusted"] <= LEVEL]
        found += {one, other} in [
            {a, b} for a, b in zip(told["code_a"], told["code_b"], strict=True)
        ]
    assert found >= 0.9 * len(panels)


def test_themes_of_unrelated_codes_are_not_told_apart_more_often_than_claimed(nulls, monkeypatch):
    """Codes of one theme are no more alike than codes of two."""
    monkeypatch.setattr(theme_groups, "RELABELLED", 99)
    told = []
    for panel in nulls[:100]:
        pairs = theme_map.together(panel, permutations=1, tables=1)
        told.append(theme_groups.groups(pairs, runs=0, tables=1).relabelled <= LEVEL)
    assert sum(told) <= most(100)


# kinds of stakeholder that do not differ


def test_kinds_are_not_told_apart_by_their_map_more_often_than_claimed(monkeypatch):
    monkeypatch.setattr(stakeholders_map, "REGION_DEALS", 1)
    told = []
    for seed in range(100):
        panel, _ = simulate_panel(
            20, 12, groups=list("abcdef"), items=0, statements=3, text=False, check=False, seed=seed
        )
        found = stakeholders_map.kind_map(panel, resamples=5, deals=39, seed=seed)
        assert not found.reason
        told.append(found.pvalue <= LEVEL)
    assert sum(told) <= most(100)


# talk in which nobody takes up another's word, and nobody answers one rather than another


def order_without_repeats(turns, rng):
    """Speakers in an order drawn from all in which nobody follows themself; by trial and error."""
    while True:
        order = rng.permuted(np.tile(turns, (512, 1)), axis=1)
        good = (order[:, 1:] != order[:, :-1]).all(axis=1)
        if good.any():
            return order[good.argmax()]


def conversation(rng, answering=False):
    """Two sessions of five speakers; ``answering``: the second speaks after the first."""
    rows = []
    for session in ("s1", "s2"):
        order = order_without_repeats(np.repeat(list("abcde"), [6, 5, 4, 3, 3]), rng).tolist()
        if answering:
            order = [turn for speaker in "cdecedcdecde" for turn in (speaker, "a", "b")]
        rows += [{"session": session, "speaker": speaker} for speaker in order]
    return pd.DataFrame(rows)


def test_no_pair_of_speakers_stands_out_more_often_than_claimed():
    rng = np.random.default_rng(21)
    told = [
        (order.who_follows(conversation(rng), 200, seed)[1]["adjusted"] <= LEVEL).any()
        for seed in range(100)
    ]
    assert sum(told) <= most(100)


def test_one_who_always_answers_the_same_stands_out():
    rng = np.random.default_rng(22)
    for seed in range(10):
        _, following = order.who_follows(conversation(rng, answering=True), 400, seed)
        assert (following["adjusted"] <= LEVEL).all()
        assert set(zip(following["before"], following["after"], strict=True)) == {("a", "b")}


def echo_of(panel, seed):
    """The echoes of a panel over all codes, by either baseline, and those of each code."""
    return order.echoes(panel, talk(panel), 199, seed, conversed=4)


def test_no_echo_is_heard_more_often_than_claimed(nulls):
    """All codes at once, and any one of them, adjusted for their number."""
    found = [echo_of(panel, seed) for seed, panel in enumerate(nulls)]
    for baseline in (0, 1):
        heard = [overall["pvalue"].iloc[baseline] <= LEVEL for overall, _ in found]
        assert sum(heard) <= most()
    assert sum((codes["adjusted"] <= LEVEL).any() for _, codes in found) <= most()


def test_an_echo_is_heard():
    found = 0
    for seed in range(20):
        panel, _ = simulate_panel(
            20, 9, echo=0.8, prevalence=0.5, repeats=1.0, items=0, text=False, seed=seed
        )
        found += (echo_of(panel, seed)[0]["pvalue"] <= LEVEL).all()
    assert found == 20
