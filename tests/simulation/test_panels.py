"""Simulated panels: sound in format, true to their parameters, and their truth recovered."""

import math
from functools import cache

import numpy as np
import pytest
import yaml
from scipy.stats import binom, t

from analysis.panel.panel import load_panel
from analysis.panel.writing import write_panel
from analysis.simulation.panels import simulate_panel
from analysis.simulation.panels_model import gamma_shape, session_sizes
from analysis.simulation.proportions import interval_coverage
from analysis.statistics.agreement import alpha_interval, krippendorff_alpha
from analysis.statistics.consensus import ordinal_regression
from analysis.statistics.firth import firth_logistic
from analysis.statistics.proportions import interval


def gini(shares):
    """The Gini coefficient of each row, with the correction n / (n - 1)."""
    n = shares.shape[1]
    differences = np.abs(shares[:, :, None] - shares[:, None, :]).sum(axis=(1, 2))
    return differences / (2 * n * (n - 1) * shares.mean(axis=1))


# format


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"mode": "individual", "dominance": 0.4},
        {"sessions": 3, "echo": 1.0, "coders": 3, "coded_share": [1, 0.5, 0.3]},
        {"items": 0, "text": False, "groups": ["all"], "codes": 2},
        {"statements": 1, "questions": 12, "dominance": 0.9, "repeats": 3},
        {"prevalence": 1, "opposition": 0, "sensitivity": 1, "false_positive": 0, "dominance": 0},
        {"prevalence": 0, "opposition": 0, "session_correlation": 0.3, "missing": 1},
    ],
    ids=lambda p: "-".join(p) or "default",
)
def test_panels_are_sound_and_come_back_from_a_folder(parameters, tmp_path):
    parameters = {"codes": 9, **parameters}
    panel, truth = simulate_panel(17, seed=4, **parameters)
    folder = write_panel(panel, tmp_path / "panel")
    again = load_panel(folder)  # checked, as any panel is
    assert again == panel
    assert again.digest == panel.digest
    assert yaml.safe_load((folder / "truth.yml").read_text(encoding="utf-8")) == truth.entries()
    assert panel.incidence().values.shape == (17, parameters["codes"])
    np.testing.assert_array_equal(panel.incidence().values, truth.stance == 1)
    np.testing.assert_array_equal(panel.incidence(stance="opposes").values, truth.stance == -1)
    assert "simulated" in panel.meta.statement
    assert panel.has("ratings") == (parameters.get("items") != 0)


def test_the_seed_decides_and_each_part_has_its_own_stream():
    first, again = (simulate_panel(20, 6, seed=5)[0] for _ in range(2))
    assert first == again
    other, truth = simulate_panel(20, 6, seed=6)
    assert not other.codings.equals(first.codings)
    assert truth.seed == 6
    rated = simulate_panel(20, 6, seed=5, rating_effect=2.0)[0]
    assert rated.codings.equals(first.codings)
    assert not np.array_equal(rated.ratings().values, first.ratings().values, equal_nan=True)


def test_sizes_of_sessions():
    assert session_sizes(17, None, 5, "group").tolist() == [5, 4, 4, 4]
    assert session_sizes(17, 2, 5, "group").tolist() == [9, 8]
    assert session_sizes(3, None, 5, "individual").tolist() == [1, 1, 1]
    panel, _ = simulate_panel(17, 4, statements=10, sessions=2)
    speakers = panel.statements["speaker"].astype(str)
    assert (speakers != "moderator").sum() == 170
    assert set(speakers[speakers != "moderator"]) == set(panel.experts["expert_id"])


def test_every_question_is_put_and_nobody_follows_himself_without_need():
    panel, _ = simulate_panel(200, 4, statements=12, dominance=0.2)
    assert panel.questions_reached().reached.all()
    statements = panel.statements
    own = statements[statements["speaker"] != "moderator"]
    same = (own["speaker"].astype(str) == own["speaker"].astype(str).shift()) & (
        own["session_id"].astype(str) == own["session_id"].astype(str).shift()
    )
    assert same.mean() < 0.01


def test_text_is_marked_in_both_languages_or_withheld():
    panel, _ = simulate_panel(10, 4)
    assert panel.statements["text"].str.startswith("[симуляция] ").all()
    assert panel.statements["text_en"].str.startswith("[simulated] ").all()
    panel, _ = simulate_panel(10, 4, text=False)
    own = panel.statements[panel.statements["speaker"] != "moderator"]
    assert (own["text"] == "[withheld]").all()
    assert own["text_en"].isna().all()


def test_ten_thousand_experts_need_no_loop_over_experts():
    """A tenth of the largest panel; time is measured by the benchmarks."""
    panel, truth = simulate_panel(1000, 30, statements=50, check=False)
    assert (panel.statements["speaker"] != "moderator").sum() == 50_000
    assert panel.incidence().values.shape == (1000, 30)
    assert truth.experts[-1] == "e1000"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"experts": 0}, "a panel needs 1 expert, 1 code and 2 coders or more"),
        ({"coders": 1}, "a panel needs"),
        ({"prevalence": 1.2}, "prevalence must lie between 0 and 1"),
        ({"prevalence": [0.1, 0.2]}, r"prevalence must fit shape \(2, 4\), got shape \(2,\)"),
        ({"prevalence": math.nan}, "prevalence must be finite"),
        ({"prevalence": 0.9, "opposition": 0.2}, "must not exceed 1 together"),
        ({"prevalence": 0, "group_effect": 1}, "cannot move a prevalence of 0 or 1"),
        ({"groups": ["one"], "group_effect": 1}, "group_effect needs two or more groups"),
        ({"groups": ["a", "a"]}, "groups must be different ids"),
        ({"groups": ["The State"]}, "groups must be different ids"),
        ({"groups": "ab"}, "groups must be a list"),
        ({"groups": []}, "groups must be a list"),
        ({"dominance": 1}, "dominance must be 0 or more and below 1"),
        ({"session_correlation": -0.1}, "session_correlation must be 0 or more and below 1"),
        ({"echo": 2}, "echo must lie between 0 and 1"),
        ({"coded_share": 1.5}, "coded_share must lie between 0 and 1"),
        ({"sensitivity": 0.4, "unevenness": 1}, "lift a probability of error above 1"),
        ({"statements": 0.5}, "statements and questions must be 1 or more"),
        ({"repeats": -1}, "repeats and leaning_sd must be 0 or more"),
        ({"thresholds": [1, 1]}, "thresholds must be increasing"),
        ({"mode": "both"}, "mode must be 'group' or 'individual'"),
        ({"mode": "individual", "sessions": 2}, "as many sessions as experts"),
        ({"sessions": 40}, "sessions between 1 and the experts"),
        ({"rating_effect": [1, 2]}, "rating_effect must fit shape"),
    ],
)
def test_what_cannot_be_drawn_is_refused(parameters, message):
    parameters = {"experts": 20, "codes": 4, **parameters}
    with pytest.raises(ValueError, match=message):
        simulate_panel(**parameters)


# the truth in closed form, against a large panel


@pytest.fixture(scope="module")
def large():
    """8,000 experts, with everything that could spoil a closed form turned up."""
    return simulate_panel(
        8000,
        6,
        prevalence=[0.1, 0.3, 0.5, 0.7, 0.9, 0.2],
        group_effect=[0, 1.5, 0, -1.5, 0, 0],
        opposition=[0.05, 0.1, 0.1, 0, 0.02, 0.3],
        coders=3,
        sensitivity=[[0.9] * 6, [0.8] * 6, [0.95, 0.7, 0.6, 0.9, 0.9, 0.8]],
        false_positive=[[0.02] * 6, [0.01] * 6, [0, 0.05, 0.02, 0.02, 0.03, 0.1]],
        unevenness=1.0,
        statements=8,
        dominance=0.5,
        echo=0.5,
        repeats=1.5,
        session_correlation=0.2,
        items=6,
        rating_effect=1.0,
        seed=3,
        check=False,
    )


def test_planted_prevalence_holds_whatever_echo_and_dominance_are(large):
    """Sessions of 5 with correlation .2: group means of 4,000 experts have the error of about
    4,000 / (1 + 2 * .2) independent ones; 4.5 errors for 24 comparisons: below 0.1%."""
    panel, truth = large
    for stance, planted in (("raises", truth.prevalence), ("opposes", truth.opposition)):
        seen = panel.incidence(stance=stance).values
        for group in (0, 1):
            p = planted[group]
            error = np.sqrt(p * (1 - p) * 1.4 / (truth.group == group).sum())
            gap = seen[truth.group == group].mean(axis=0) - p
            assert (np.abs(gap) <= 4.5 * error).all()
    odds = truth.prevalence / (1 - truth.prevalence)
    np.testing.assert_allclose(truth.group_effect, np.log(odds[1] / odds[0]))
    np.testing.assert_allclose(truth.group_effect, [0, 1.5, 0, -1.5, 0, 0], atol=1e-12)
    np.testing.assert_allclose(
        truth.group_difference, truth.prevalence[1] - truth.prevalence[0], atol=1e-12
    )


def test_statement_shares_and_alpha_have_their_closed_form(large):
    """Within 4.5 jackknife errors over 40 blocks of 40 sessions."""
    panel, truth = large
    block = np.repeat(np.arange(40), 200)  # of experts
    expert = dict(zip(truth.experts, block, strict=True))
    shares = {
        "raises": truth.statement_share,
        "opposes": truth.opposed_share,
    }
    for stance, expected in shares.items():
        found = panel.statement_incidence(stance=stance)
        of = np.array([expert[e] for e in found.experts])
        total = np.bincount(of, minlength=40)
        for code in range(6):
            hits = np.bincount(of, weights=found.values[:, code], minlength=40)
            _within(
                hits.sum() / total.sum(),
                (hits.sum() - hits) / (total.sum() - total),
                expected[code],
            )
    for index, code in enumerate(truth.codes):
        data = panel.reliability(code)
        of = np.array([expert[e] for e in data.experts])
        for row, (a, b) in enumerate(((0, 1), (0, 2), (1, 2))):
            pair = data.values[[a, b]]
            whole = krippendorff_alpha(pair, "nominal").estimate
            left = [krippendorff_alpha(pair[:, of != i], "nominal").estimate for i in range(40)]
            _within(whole, np.array(left), truth.alpha[row, index])


def _within(whole, left_out, expected):
    n = len(left_out)
    error = math.sqrt((n - 1) / n * ((left_out - left_out.mean()) ** 2).sum())
    assert abs(whole - expected) <= 4.5 * error + 1e-9, (whole, expected, error)


def test_expected_ratings_have_their_closed_form(large):
    panel, truth = large
    values = panel.ratings().values
    for group in (0, 1):
        mine = values[truth.group == group]
        error = np.nanstd(mine, axis=0) / np.sqrt((~np.isnan(mine)).sum(axis=0))
        assert (np.abs(np.nanmean(mine, axis=0) - truth.item_mean[group]) < 4.5 * error).all()
    assert abs(np.isnan(values).mean() - 0.02) < 4.5 * math.sqrt(0.02 * 0.98 / values.size)


def test_dominance_is_the_gini_of_speaking_shares(large):
    _, truth = large
    found = gini(truth.shares.reshape(-1, 5))
    assert abs(found.mean() - 0.5) < 4.5 * found.std() / math.sqrt(len(found))
    even = simulate_panel(100, 2, dominance=0, check=False)[1]
    np.testing.assert_allclose(even.shares, 0.2)
    assert gamma_shape(0.5) == pytest.approx(1)  # exponential weights


def test_session_correlation_is_that_of_two_experts_of_a_session(large):
    _, truth = large
    raised = (truth.stance == 1).reshape(-1, 5, 6)
    centred = raised - truth.prevalence[truth.group].reshape(-1, 5, 6)
    # experts 0, 2 and 4 are of one group, in every session
    product = centred[:, 0] * centred[:, 2]
    variance = (centred[:, [0, 2]] ** 2).mean(axis=(0, 1))
    error = product.std(axis=0) / math.sqrt(len(product)) / variance
    assert (np.abs(product.mean(axis=0) / variance - 0.2) < 4.5 * error).all()


def follow_rate(panel):
    """How often a code that a statement has is in the next expert's next statement too."""
    found = panel.statement_incidence(stance="any")
    heard, own = found.values[:-1], found.values[1:]
    follows = (found.experts[:-1] != found.experts[1:]) & (
        found.sessions[:-1] == found.sessions[1:]
    )
    return (heard & own)[follows].sum() / heard[follows].sum()


def test_echo_moves_mentions_and_nothing_else():
    panels = [simulate_panel(1000, 10, echo=e, seed=8, check=False) for e in (0.0, 0.3, 0.9)]
    for _, truth in panels[1:]:
        np.testing.assert_array_equal(truth.stance, panels[0][1].stance)
        np.testing.assert_array_equal(truth.shares, panels[0][1].shares)
    rates = [follow_rate(panel) for panel, _ in panels]
    assert rates[0] < rates[1] < rates[2]
    # without echo a code follows itself as often as it occurs among other experts at all
    share = panels[0][0].statement_incidence(stance="any").values.mean()
    assert rates[0] == pytest.approx(share, rel=0.15)
    assert rates[2] > 4 * rates[0]


def test_individual_interviews_have_no_echo_and_one_expert_each():
    panel, truth = simulate_panel(40, 5, mode="individual", dominance=0.3, echo=0.9)
    assert panel.meta.mode == "individual"
    assert (panel.experts["session_id"].value_counts() == 1).all()
    assert truth.shares.sum() == pytest.approx(1)
    statements = panel.statements
    assert (statements["speaker"] != "moderator").sum() == 40 * 14


def test_the_first_coder_codes_all_the_other_a_share():
    panel, _ = simulate_panel(200, 5, coded_share=[1, 0.6], check=False)
    counts = panel.coded["coder"].value_counts()
    n = counts["consensus"]
    assert counts["coder_1"] == n
    assert abs(counts["coder_2"] / n - 0.6) < 4.5 * math.sqrt(0.24 / n)
    data = panel.reliability("c01")
    assert np.isnan(data.values[1]).sum() == n - counts["coder_2"]


# recovery: 200 panels of 20 experts

PANELS = 200
PREVALENCE = (0.5, 0.5, 0.3, 0.6, 0.8, 0.2, 0.15, 0.4)
EFFECT = 1.5


@pytest.fixture(scope="module")
def panels():
    return [
        simulate_panel(
            20,
            len(PREVALENCE),
            prevalence=PREVALENCE,
            group_effect=[EFFECT] + [0.0] * 7,
            items=4,
            item_effect=[1.2, 0.4, -0.4, -1.2],
            rating_effect=[EFFECT, 0, 0, 0],
            leaning_sd=0.0,  # a leaning would shrink the effect of proportional odds
            statements=12,
            questions=3,
            text=False,
            seed=seed,
            check=False,
        )
        for seed in range(PANELS)
    ]


#: Of 200 intervals of 95%, fewer than this hold the truth with a probability below 0.1%.
LEAST = int(binom.ppf(0.001, PANELS, 0.95))


def test_wilson_intervals_recover_the_prevalence_as_often_as_computed(panels):
    """Exact coverage at n = 20 is known for each planted share: the count of each of the seven
    codes lies between the 0.05% and 99.95% points of its binomial (0.7% together)."""
    table = interval_coverage(20, PREVALENCE[1:], ("wilson",))
    for code, (planted, coverage) in enumerate(
        zip(PREVALENCE[1:], table["coverage"], strict=True), start=1
    ):
        held = 0
        for panel, truth in panels:
            assert truth.prevalence[0, code] == planted
            found = interval(int(panel.incidence().values[:, code].sum()), 20, "wilson")
            held += found.low <= planted <= found.high
        low, high = binom.ppf([0.0005, 0.9995], PANELS, coverage)
        assert low <= held <= high
        assert coverage > 0.92  # what a 95% interval of a discrete count can claim


@pytest.mark.parametrize("code", [1, 4, 5])
def test_intervals_over_experts_recover_the_alpha_of_the_coder_pair(panels, code):
    """95% claimed; where there is no interval (the coders never differ) nothing is claimed."""
    held = []
    for seed, (panel, truth) in enumerate(panels):
        data = panel.reliability(truth.codes[code])
        found = alpha_interval(data.values, "nominal", data.experts, resamples=400, seed=seed)
        if not math.isnan(found.low):
            held.append(found.low <= truth.alpha[0, code] <= found.high)
    assert len(held) > 0.95 * PANELS
    assert sum(held) >= int(binom.ppf(0.001, len(held), 0.95))


@cache
def firth_limits(raised_by_first, raised_by_second):
    """The interval of the group effect; the two counts of ten are all that it depends on."""
    group = np.repeat([0.0, 1.0], 10)
    counts = np.array([raised_by_first, raised_by_second])[group.astype(int)]
    fit = firth_logistic(group, (np.tile(np.arange(10), 2) < counts).astype(float))
    return (fit.low[1], fit.high[1]) if not fit.reason else None


@pytest.mark.parametrize("code", [0, 1], ids=["planted", "null"])
def test_firth_recovers_the_group_effect(panels, code):
    """Profile intervals of the log odds ratio; a code that (nearly) all or none raise has none."""
    held = []
    for panel, truth in panels:
        raised = panel.incidence().values[:, code]
        limits = firth_limits(*(int(raised[truth.group == g].sum()) for g in (0, 1)))
        if limits:
            held.append(limits[0] <= truth.group_effect[code] <= limits[1])
    assert len(held) > 0.95 * PANELS
    assert sum(held) >= int(binom.ppf(0.001, len(held), 0.95))


def test_proportional_odds_recover_the_group_effect_on_a_rating(panels):
    """Wald intervals of 100 panels; where the groups separate the ratings there is none."""
    held = []
    for panel, truth in panels[:100]:
        fit = ordinal_regression(panel.ratings().values[:, 0], truth.group.astype(float))
        if not fit.reason:
            held.append(fit.low[0] <= EFFECT <= fit.high[0])
    assert len(held) > 90
    assert sum(held) >= int(binom.ppf(0.001, len(held), 0.95))


def test_mean_ratings_recover_the_item_effects(panels):
    """t intervals over 20 experts for the three items without a group effect, and Welch's for the
    difference between the groups on the item with one and on one without."""
    held = np.zeros(5, dtype=int)
    for panel, truth in panels:
        values = panel.ratings().values
        for item in (1, 2, 3):
            low, high = t_interval([values[:, item]])
            held[item] += low <= truth.item_mean[0, item] <= high
        for place, item in ((0, 0), (4, 1)):
            low, high = t_interval([values[truth.group == group, item] for group in (1, 0)])
            held[place] += low <= truth.item_mean[1, item] - truth.item_mean[0, item] <= high
    assert (held >= LEAST).all(), held


def t_interval(samples):
    """The 95% interval of a mean, or of a difference of means (Welch)."""
    samples = [x[~np.isnan(x)] for x in samples]
    mean = samples[0].mean() - (samples[1].mean() if len(samples) == 2 else 0)
    parts = [x.var(ddof=1) / len(x) for x in samples]
    df = sum(parts) ** 2 / sum(p**2 / (len(x) - 1) for p, x in zip(parts, samples, strict=True))
    reach = t.ppf(0.975, df) * math.sqrt(sum(parts))
    return mean - reach, mean + reach
