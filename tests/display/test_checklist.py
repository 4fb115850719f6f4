"""The checklist picture: one mark an item, filled by its state."""

import pytest

from analysis.display.checklist import checklist
from analysis.display.figures import COLOURS, canvas

STATES = ["met", "partly", "not met"]
ROWS = {"First": [("1", "met"), ("2", "not met")], "Second": [("3", "partly")]}


def marks(axes):
    return [
        (line.get_xdata()[0], line.get_ydata()[0], line.get_markerfacecolor())
        for line in axes.lines
    ]


def test_each_item_is_a_mark_in_its_row_with_the_fill_of_its_state():
    _, axes = canvas()
    checklist(axes, ROWS, STATES, key=False)
    assert marks(axes) == [
        (0, 0, COLOURS["blue"]),
        (1, 0, "white"),
        (0, 1, COLOURS["sky"]),
    ]
    assert [t.get_text() for t in axes.texts] == ["1", "2", "3"]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["First", "Second"]
    low, high = axes.get_ylim()
    assert low > high  # the first row is at the top


def test_the_key_names_the_states():
    _, axes = canvas()
    checklist(axes, ROWS, STATES)
    assert [t.get_text() for t in axes.texts][-3:] == STATES
    assert len(axes.lines) == 6


def test_two_states_are_dark_and_empty():
    _, axes = canvas()
    checklist(axes, {"Row": [("a", "yes"), ("b", "no")]}, ["yes", "no"], key=False)
    assert [fill for *_, fill in marks(axes)] == [COLOURS["blue"], "white"]


def test_other_states_are_refused():
    _, axes = canvas()
    with pytest.raises(ValueError, match="state 'perhaps' is not in"):
        checklist(axes, {"Row": [("a", "perhaps")]}, STATES)
    with pytest.raises(ValueError, match="one to 3 states, got 4"):
        checklist(axes, ROWS, [*STATES, "unknown"])
