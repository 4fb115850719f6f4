"""Kendall's W and Friedman's test; published examples and peers of the whole module."""

import json
import math
from itertools import permutations, product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.statistics.consensus import friedman, kendall_w
from analysis.steps.validation.consensus import PEERS, brute_kendall_w

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT.parent / "shared" / "reference" / "validation"
ratings = st.tuples(st.integers(2, 6), st.integers(2, 5)).flatmap(
    lambda shape: arrays(float, shape, elements=st.integers(1, 5).map(float))
)


def test_separation_peers_see_both_kinds_of_case():
    for peer in PEERS[-2:]:
        rng = np.random.default_rng(0)
        found = [peer.theirs(*peer.generate(rng)) for _ in range(peer.cases)]
        assert 5 < sum(found) < peer.cases - 3


def test_anxiety_ratings_where_at_hand_and_subjects_ranked_by_hand_always():
    """The example of irr's kendall(), kept outside the project, and one worked out by hand."""
    path = REFERENCE / "irr_anxiety_W.json"
    if path.exists():
        example = json.loads(path.read_text())
        ratings = np.array(example["input"]["subjects_by_raters"]).T  # raters are our experts
        found = kendall_w(ratings)
        (value,) = [v for k, v in example["published"].items() if k.lower().startswith("w")]
        tolerance = example["tolerance"]
        tolerance = max(tolerance.values()) if isinstance(tolerance, dict) else tolerance
        assert found.estimate == pytest.approx(value, abs=tolerance)
        assert (found.n, found.items) == (3, 20)
    # ranks 1 2.5 2.5 | 1 2 3 | 1.5 1.5 3: sums 3.5 6 8.5, S = 12.5; ties 6 + 0 + 6
    found = kendall_w([[1, 4, 4], [1, 2, 3], [2, 2, 5]])
    assert found.estimate == pytest.approx(12 * 12.5 / (9 * 24 - 3 * 12), abs=1e-12)
    assert found.statistic == pytest.approx(3 * 2 * 150 / 180, abs=1e-12)
    assert found.df == 2
    assert found.pvalue == pytest.approx(math.exp(-found.statistic / 2), abs=1e-12)


def test_perfect_and_no_concordance():
    assert kendall_w([[1, 2, 3, 4]] * 5).estimate == 1
    assert kendall_w([[5, 4, 4, 1]] * 5).estimate == pytest.approx(1, abs=1e-12)
    assert kendall_w([[1, 2], [2, 1]]).estimate == 0
    assert kendall_w([[1, 2], [2, 1]]).pvalue == 1


def test_experts_with_gaps_are_left_out_and_counted():
    complete = [[1, 2, 3], [1, 3, 2], [2, 1, 3]]
    found = kendall_w([*complete, [np.nan, 1, 2], [np.nan] * 3])
    assert found.estimate == kendall_w(complete).estimate
    assert (found.n, found.left_out, found.items) == (3, 2, 3)
    tested = friedman([*complete, [np.nan, 1, 2]])
    assert tested.n == 3
    assert "1 without all ratings left out" in tested.method


def test_an_expert_who_rates_all_items_alike_lowers_nothing_but_the_certainty():
    two = kendall_w([[1, 2, 3], [1, 2, 3]])
    three = kendall_w([[1, 2, 3], [1, 2, 3], [3, 3, 3]])
    # the third expert's ranks are all 2: the sums keep their spread, the possible spread grows
    assert three.n == 3
    assert three.estimate == pytest.approx(
        brute_kendall_w(np.array([[1, 2, 3]] * 2 + [[3] * 3]))[0]
    )
    assert three.estimate < two.estimate


@pytest.mark.parametrize(
    ("ratings", "reason"),
    [
        ([[1, 2, 3]], "two experts"),
        ([[np.nan, 2], [1, np.nan]], "two experts who rated every item are needed, got 0"),
        (np.full((3, 4), np.nan), "two experts"),
        (np.zeros((0, 3)), "two experts"),
        ([[1], [2]], "two items"),
        ([[3, 3, 3], [5, 5, 5]], "all items alike"),
    ],
)
def test_what_has_no_answer_says_why(ratings, reason):
    found = kendall_w(ratings)
    assert reason in found.reason
    assert np.isnan([found.estimate, found.statistic, found.pvalue]).all()
    tested = friedman(ratings)
    assert reason in tested.reason
    assert np.isnan([tested.statistic, tested.pvalue]).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kendall_w([1, 2, 3]), "experts x items"),
        (lambda: friedman([1, 2, 3]), "experts x items"),
        (lambda: kendall_w([[1, np.inf], [2, 3]]), "infinite"),
        (lambda: kendall_w([[1, 2], [2, 3]], resamples=-1), "resamples"),
    ],
)
def test_impossible_ratings_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_friedman_is_scipys_and_w_times_n_df():
    from scipy.stats import friedmanchisquare

    rng = np.random.default_rng(2)
    ratings = rng.integers(1, 6, (20, 4))
    found, w = friedman(ratings), kendall_w(ratings)
    expected = friedmanchisquare(*ratings.T)
    assert found.statistic == pytest.approx(expected.statistic, rel=1e-12)
    assert found.pvalue == pytest.approx(expected.pvalue, rel=1e-12)
    assert found.df == 3
    assert w.estimate == pytest.approx(found.statistic / (20 * 3), rel=1e-12)
    assert w.pvalue == pytest.approx(found.pvalue, rel=1e-9)


def test_two_items_are_a_sign_test():
    # 7 prefer the first, 3 the second: (7 - 3)^2 / 10
    ratings = [[2, 1]] * 7 + [[1, 2]] * 3
    assert friedman(ratings).statistic == pytest.approx(1.6, abs=1e-12)
    assert friedman(ratings).df == 1


def test_the_permutation_p_of_w_agrees_with_all_orders():
    ratings = np.array([[1, 2, 3], [1, 3, 2], [2, 2, 5]], dtype=float)
    observed = kendall_w(ratings).estimate
    every = [
        kendall_w(np.array(rows)).estimate
        for rows in product(*(list(permutations(row)) for row in ratings.tolist()))
    ]
    exact = np.mean(np.array(every) >= observed - 1e-12)
    drawn = kendall_w(ratings, resamples=20_000)
    assert drawn.pvalue_permutation == pytest.approx(exact, abs=4 * 0.5 / math.sqrt(20_000))
    assert drawn.estimate == observed
    assert drawn == kendall_w(ratings, resamples=20_000)
    assert math.isnan(kendall_w(ratings).pvalue_permutation)


def test_a_frame_is_taken_as_it_is():
    frame = pd.DataFrame({"a": [1, 1, 2], "b": [2, 3, 1], "c": [3, 2, None]})
    assert kendall_w(frame).n == 2


@settings(max_examples=60, deadline=None)
@given(ratings=ratings, data=st.data())
def test_w_depends_on_ranks_alone(ratings, data):
    found = kendall_w(ratings)
    if found.reason:
        assert (ratings == ratings[:, :1]).all()
        return
    assert 0 <= found.estimate <= 1
    assert 0 <= found.pvalue <= 1
    rows = data.draw(st.permutations(range(len(ratings))))
    columns = data.draw(st.permutations(range(ratings.shape[1])))
    other = kendall_w(np.exp(ratings)[rows][:, columns])
    assert other.estimate == pytest.approx(found.estimate, abs=1e-12)
    reversed_scale = kendall_w(6 - ratings)
    assert reversed_scale.estimate == pytest.approx(found.estimate, abs=1e-12)
    doubled = kendall_w(np.vstack([ratings, ratings]))
    assert doubled.estimate == pytest.approx(found.estimate, abs=1e-12)
