"""Our functions beside their peers, and that a difference would be seen."""

import numpy as np
import pandas as pd
import pytest

from analysis.validation.peers import Peer
from analysis.validation.report import PEERS, by_measure, compared, difference, names


@pytest.mark.parametrize("peer", PEERS, ids=str)
def test_ours_agrees_with_the_peer(peer):
    assert (peer.differences() <= peer.tolerance).all()


def test_a_difference_is_seen():
    def case(rng):
        x = rng.random()
        return [x, np.nan], [x + 0.01 * (x > 0.5), np.nan]

    found = compared([Peer("module.function", "a peer", "numbers", case)]).iloc[0]
    assert found.largest == pytest.approx(0.01)
    assert not found.within


@pytest.mark.parametrize(("ours", "theirs"), [([1, np.nan], [1, 2]), ([1, 2], [1, np.nan])])
def test_nan_on_one_side_is_a_difference(ours, theirs):
    peer = Peer("module.function", "a peer", "NaN", lambda rng: (ours, theirs), cases=1)
    assert peer.differences().tolist() == [np.inf]


def test_sides_of_different_shape_are_an_error():
    peer = Peer("module.function", "a peer", "shapes", lambda rng: ([1, 2], [1]), cases=1)
    with pytest.raises(ValueError, match="2 values beside 1"):
        peer.differences()


def test_each_input_is_another_and_the_same_again():
    drawn = []
    peer = Peer("m.f", "p", "", lambda rng: (drawn.append(rng.random()) or 0, 0), cases=5)
    peer.differences()
    peer.differences()
    assert len(set(drawn)) == 5
    assert drawn[:5] == drawn[5:]


def test_a_row_a_measure():
    values = pd.DataFrame(
        {
            "function": ["agreement.cohen_kappa"] * 3,
            "example": ["one", "one", "two"],
            "within": [True, True, False],
            "difference": [0.0, 0.0004, 0.25],
        }
    )
    peers = pd.DataFrame(
        {
            "function": ["agreement.cohen_kappa"] * 2,
            "peer": ["loop", "loop"],
            "cases": [10, 20],
            "largest": [1e-16, 1e-12],
        }
    )
    found = by_measure(values, peers).set_index("function")
    columns = ["examples", "printed", "furthest", "peer", "cases", "largest"]
    kappa = found.loc["agreement.cohen_kappa", columns].tolist()
    assert kappa == [2, "2 of 3", "0.25", "loop", 30, "none"]
    assert found.loc["agreement.gwet_ac", ["examples", "furthest"]].tolist() == [0, "–"]
    assert len(found) == len(names())


@pytest.mark.parametrize(
    ("largest", "text"),
    [(0, "none"), (1e-7, "none"), (0.000123, "0.00012"), (0.5, "0.50"), (12.3, "12"),
     (np.inf, "inf"), (np.nan, "–")],
)  # fmt: skip
def test_differences_in_words(largest, text):
    assert difference(largest) == text
