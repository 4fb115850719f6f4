"""Simulated panels: sound, the same for the same seed, and what was planted comes out again."""

import itertools

import numpy as np
import pandas as pd
import pytest
from panels import VARIANTS, variant
from scipy.stats import fisher_exact

from analysis.simulation.panels import simulate_panel
from analysis.statistics.agreement import krippendorff_alpha
from analysis.statistics.two_groups import power_exact

SIDES = ("authorities", "society")


def small(seed=1, **options):
    """A panel for the sake of who raises what: no ratings, little talk."""
    few = {"statements": 3, "items": 0, "questions": 3, "seed": seed}
    return simulate_panel(**(few | options))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"experts": 1, "codes": 1, "groups": ["alone"], "items": 1, "coders": 1, "questions": 1},
        {"experts": 3, "sessions": 1, "statements": 1, "questions": 12, "dominance": 0},
        {"experts": 11, "sessions": 11, "echo": 1, "session_correlation": 0.5, "repeats": 5},
        {"codes": 2, "prevalence": 1, "opposition": 0, "sensitivity": 1, "false_positive": 0},
        {"codes": 3, "prevalence": 0, "opposition": 0, "coders": 3, "items": 0},
        {"groups": list("abcdefgh"), "prevalence": [0.2] * 12, "dominance": 3},
    ],
)
def test_whatever_is_drawn_is_a_sound_panel(options):
    panel = simulate_panel(**options)
    talk = panel.frames["statements"]
    assert (talk["end_s"] >= talk["start_s"]).all()
    alone = options.get("sessions") == 11 or options.get("experts") == 1
    assert panel.meta.mode == ("individual" if alone else "group")
    own = talk[talk["speaker"] != "moderator"]
    assert own["speaker"].nunique() == options.get("experts", 20)
    assert own["text"].is_unique


def test_the_same_seed_gives_the_same_panel_and_another_one_does_not():
    one, again, other = small(seed=1), small(seed=1), small(seed=2)
    assert one.digest == again.digest != other.digest
    # the ratings have a stream of their own
    rated = small(seed=1, items=4)
    for name in ("statements", "codings"):
        pd.testing.assert_frame_equal(one.frames[name], rated.frames[name])


def raised_and_opposed(panel):
    """Experts x codes for each stance, by plain pandas; experts who gave none are not in it."""
    codings, said = (panel.frames[name].astype(object) for name in ("codings", "statements"))
    given = codings[codings["coder"] == "consensus"].merge(said, on="statement_id")
    stances = (given[given["stance"] == stance] for stance in ("raises", "opposes"))
    return [pd.crosstab(stance["speaker"], stance["code_id"]) for stance in stances]


def test_nobody_raises_and_opposes_and_each_does_as_often_as_planted():
    shares = np.array([[0.9, 0.5, 0.1], [0.2, 0.5, 0.8]])
    panel = small(experts=600, codes=3, prevalence=shares, opposition=0.1)
    raised, opposed = (
        table.reindex(panel.frames["experts"]["expert_id"]).fillna(0).to_numpy() > 0
        for table in raised_and_opposed(panel)
    )
    assert not (raised & opposed).any()
    # four standard errors of a share of 300 experts
    for side, planted in enumerate(shares):
        assert raised[side::2].mean(axis=0) == pytest.approx(planted, abs=0.115)
    assert opposed.mean() == pytest.approx(0.1, abs=0.03)


def test_the_truth_names_what_was_planted_and_counts_it():
    panel = small(codes=3, prevalence=[[0.9, 0.5, 0.1], [0.2, 0.5, 0.8]])
    truth = panel.truth
    assert [row["code"] for row in truth["planted"]["contrasts"]] == ["c01", "c03"]
    assert [row["code"] for row in truth["planted"]["nulls"]] == ["c02"]
    assert truth["probability"]["society"] == {"c01": 0.2, "c02": 0.5, "c03": 0.8}
    raised, _ = raised_and_opposed(panel)
    for row, side in itertools.product(truth["planted"]["contrasts"], SIDES):
        members = truth["sides"][side]
        assert raised[row["code"]].reindex(members).gt(0).sum() == row[side]["k"]


def fisher(**options):
    """Fisher's p-values between the sides, of ten panels of twelve codes."""
    found = []
    for seed in range(10):
        planted = small(seed, statements=1, coders=1, **options).truth["planted"]
        for row in planted["contrasts"] + planted["nulls"]:
            k = [row[side]["k"] for side in SIDES]
            found.append(fisher_exact([k, [10 - k[0], 10 - k[1]]]).pvalue)
    return np.array(found)


def test_planted_contrasts_are_found_as_often_as_the_power_says_and_nulls_are_not():
    power = power_exact(10, 10, 0.9, 0.2)
    found = fisher(prevalence=np.repeat([[0.9], [0.2]], 12, axis=1)) <= 0.05
    assert len(found) == 120
    assert found.mean() == pytest.approx(power, abs=4 * np.sqrt(power * (1 - power) / 120))
    alarms = fisher(prevalence=0.4, session_correlation=0.2) <= 0.05
    assert alarms.sum() <= 14  # binomial(120, 0.05) exceeds it once in a thousand


def between(**options):
    """The variance of counts between sessions of five, over that of single experts."""
    panel = small(experts=500, codes=8, prevalence=0.4, opposition=0, **options)
    raised = raised_and_opposed(panel)[0].reindex(panel.frames["experts"]["expert_id"])
    counts = (raised.fillna(0).to_numpy() > 0).reshape(100, 5, 8).sum(axis=1)
    return counts.var() / (5 * 0.4 * 0.6)


def test_experts_of_a_session_are_as_alike_as_asked_for():
    """The design effect of a session of five: 1 + 4 rho."""
    assert between() == pytest.approx(1, abs=0.2)
    assert between(session_correlation=0.3) == pytest.approx(2.2, abs=0.4)


def test_an_echo_is_heard_and_changes_nobody_s_views():
    panels = [simulate_panel(prevalence=0.5, statements=8, echo=e, seed=4) for e in (0.8, 0.0)]
    heard = []
    for panel in panels:
        coded = panel.coded_statements()
        session = panel.statements["session"].loc[coded.index].astype(str).to_numpy()
        values = coded.to_numpy()
        taken_up = (values[1:] & values[:-1])[session[1:] == session[:-1]]
        heard.append(taken_up.sum() / values.sum())
    assert heard[0] > 2 * heard[1]
    pd.testing.assert_frame_equal(panels[0].raised(), panels[1].raised())


def test_coders_agree_as_their_errors_lead_to():
    panel = simulate_panel(60, 3, statements=20, prevalence=0.6, repeats=4, sensitivity=0.7)
    expected = panel.truth["coders"]["expected_alpha"]["by_code"]
    for code, alpha in expected.items():
        given = [panel.coded_statements(code, coder)[code] for coder in ("coder_1", "coder_2")]
        found = krippendorff_alpha(np.array(given, dtype=float), "nominal")
        assert found == pytest.approx(alpha["raises"], abs=0.1)
        assert 0.2 < alpha["raises"] < 0.8
    perfect = simulate_panel(codes=3, sensitivity=1, false_positive=0)
    assert all(
        v == {"raises": 1.0} for v in perfect.truth["coders"]["expected_alpha"]["by_code"].values()
    )


def test_ratings_are_where_the_model_has_them():
    panel = simulate_panel(200, 2, items=4, rating_effect=[2, 0, 0, -2], statements=1)
    _, answers = panel.ratings()
    side = panel.experts["kind"].reindex(answers.index)
    for item, means in panel.truth["ratings"]["expected_mean"].items():
        assert answers[item].mean() == pytest.approx(means["all"], abs=0.3)
        for name in SIDES:
            assert answers.loc[side == name, item].mean() == pytest.approx(means[name], abs=0.4)
    first = panel.truth["ratings"]["expected_mean"]["i01"]
    assert first["society"] - first["authorities"] > 0.3
    assert 0 < answers.isna().to_numpy().mean() < 0.06


def test_what_cannot_be_drawn_is_refused():
    for options, message in [
        ({"experts": 0}, "needs experts"),
        ({"sessions": 21}, "sessions must lie between 1 and the 20 experts"),
        ({"prevalence": 1.2}, "prevalence must lie between 0 and 1"),
        ({"prevalence": [0.1, 0.2]}, "broadcast"),
        ({"prevalence": 0.8, "opposition": 0.3}, "must not exceed 1 together"),
        ({"sensitivity": 0.2, "unevenness": 0.9}, "an error, with unevenness, must lie"),
    ]:
        with pytest.raises(ValueError, match=message):
            simulate_panel(**options)


@pytest.mark.parametrize("name", VARIANTS)
def test_each_of_the_nine_panels_lacks_what_its_name_says(name):
    panel = variant(name)
    frames = panel.frames
    assert not frames["experts"]["quotable"].iloc[0]
    assert panel.raised().to_numpy().any()
    lacking = {
        "no_ratings": lambda: "ratings" not in frames,
        "no_translations": lambda: frames["statements"]["text_en"].isna().all(),
        "one_coder": lambda: panel.meta.coders == ("coder_a",),
        "one_session": lambda: len(frames["sessions"]) == 1,
        "individual": lambda: len(frames["sessions"]) == len(frames["experts"]),
        "three_experts": lambda: len(panel.raised()) == 3,
        "two_hundred": lambda: len(panel.raised()) == 200,
        "two_codes": lambda: len(panel.codes()) == 2,
        "no_plan": lambda: "side" not in panel.experts,
    }
    assert len(VARIANTS) == len(lacking) == 9
    assert lacking[name]()
