"""Agreement by code, disputed statements and drift, against the files and what was planted."""

import numpy as np
import pandas as pd
import pytest
from constructed import read

from analysis.chapters import coding_reliability as chapter

PAIR = ("coder_a", "coder_b")


@pytest.fixture(scope="module")
def cells(panel):
    codes = panel.codes()
    given = {coder: panel.coded_statements(codes, coder, "any").stack() for coder in PAIR}
    return pd.DataFrame(given).astype(float)


@pytest.fixture(scope="module")
def agreement(panel, cells):
    return chapter.by_code(cells, panel.statements.speaker.astype(str), PAIR)


@pytest.fixture(scope="module")
def double():
    """From the files: the statements that both coded, and the codes that each gave them."""
    coded = read("coded").groupby("coder").statement_id.agg(set)
    both = coded["coder_a"] & coded["coder_b"]
    given = read("codings").query("statement_id in @both")
    pairs = given.groupby("coder").apply(lambda t: set(zip(t.statement_id, t.code_id, strict=True)))
    return both, pairs["coder_a"], pairs["coder_b"]


@pytest.fixture(scope="module")
def moving(panel, cells):
    twice = cells.dropna()
    net = (twice["coder_b"] - twice["coder_a"]).unstack("code")
    place = panel.experts.session.astype(str).map({"s1": 0, "s2": 1, "s3": 2, "s4": 3})
    return chapter.drift(net, panel.statements.speaker.astype(str)[net.index], place)


def test_counts_of_each_code_against_the_files(agreement, double):
    _, first, second = double
    for code, row in agreement.iterrows():
        a, b = ({s for s, c in given if c == code} for given in (first, second))
        assert (row["both"], row["given"]) == (len(a & b), len(a | b))


def test_alpha_and_agreement_of_each_code_against_their_formulas(agreement, double):
    n = len(double[0])
    for row in agreement.itertuples():
        differ, given = row.given - row.both, row.given + row.both
        assert row.agreement == pytest.approx(1 - differ / n)
        expected = given * (2 * n - given) / (n * (2 * n - 1))
        assert row.alpha == pytest.approx(1 - differ / n / expected)


def test_limits_of_a_rare_code_lie_within_what_alpha_can_reach(agreement):
    """Alpha of a code of few statements cannot fall far below zero."""
    known = agreement.dropna(subset="low")
    assert len(known) > 20
    assert (known["low"] > -0.05).all()
    assert (known["high"] <= 1).all()


def test_perfect_agreement_has_no_interval_and_a_reason(agreement):
    perfect = agreement[(agreement["given"] > 0) & (agreement["both"] == agreement["given"])]
    assert len(perfect)
    assert (perfect["alpha"] == 1).all()
    assert perfect["low"].isna().all()
    assert perfect["reason"].ne("").all()


def test_disputed_statements_against_the_files(panel, double):
    _, first, second = double
    found = chapter.disputed(panel, panel.codes(), PAIR)
    assert set(found.index) == {statement for statement, _ in first ^ second}
    lengths = [sum(found[name].map(len)) for name in ("first", "second")]
    assert lengths == [len(first - second), len(second - first)]
    closed = panel.experts.index[~panel.experts["quotable"]]
    assert not found["quotable"][found["expert"].isin(closed)].any()
    assert found["label"].iloc[0] == panel.codebook.label["hinders_kpi"]


def test_the_planted_drift_is_found_and_nothing_else(moving):
    assert moving.index[0] == "hinders_kpi"
    assert moving["trend"].iloc[0] > 0  # towards the second coder
    assert moving["pvalue"].iloc[0] < 0.05 < moving["pvalue"].iloc[1]


@pytest.mark.parametrize("origin", [2021, 1e13])
def test_the_year_of_the_first_session_does_not_change_the_drift(origin):
    rng = np.random.default_rng(4)
    net = pd.DataFrame(rng.integers(-1, 2, (60, 3)))
    experts = pd.Series(rng.integers(0, 12, 60))
    place = pd.Series(np.arange(12) // 3, dtype=float)
    expected = chapter.drift(net, experts, place, draws=500)
    assert expected["pvalue"].nunique() > 1
    pd.testing.assert_frame_equal(chapter.drift(net, experts, place + origin, draws=500), expected)


def test_no_drift_where_the_coders_differ_at_random():
    rng = np.random.default_rng(1)
    experts = pd.Series(np.repeat([f"e{i}" for i in range(20)], 10))
    place = pd.Series(np.repeat([0, 1, 2, 3], 5), experts.unique())
    nets = [pd.DataFrame(rng.choice([-1, 0, 0, 0, 1], (200, 8))) for _ in range(100)]
    smallest = [chapter.drift(net, experts, place, draws=200).pvalue.min() for net in nets]
    assert np.mean(np.array(smallest) <= 0.05) < 0.12
    assert chapter.drift(nets[0], experts, 0 * place).isna().all(axis=None)  # one session


def test_what_was_planted_is_recovered_but_for_rare_confusions(panel, cells, agreement, moving):
    twice = cells.dropna()
    a, b = (twice[coder].unstack("code") for coder in PAIR)
    exchanged = (a * (1 - b)).T @ (b * (1 - a))
    found = chapter.planted(panel, panel.codes(), cells, agreement, moving, exchanged)
    missed = found["what"][~found["within"].astype(bool)]
    assert missed.tolist() == ["pairs of codes that are taken for each other"]
    alphas = chapter.planted_alphas(panel)
    known = agreement.dropna(subset="low")
    assert alphas[known.index].between(known["low"], known["high"]).mean() > 0.9
