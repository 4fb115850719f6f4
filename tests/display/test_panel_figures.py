"""What the figures of chapters about a panel hold, for few experts and for many."""

import math

import pandas as pd
import pytest

from analysis.display import panel_figures as draw
from analysis.steps import themes


def states(experts, pattern):
    """States of two codes by the letters of ``pattern``: r raised, o opposed, b both, - none."""
    words = {"r": themes.RAISED, "o": themes.OPPOSED, "b": themes.BOTH}
    return pd.DataFrame(
        {
            "code": code,
            "label": f"Code {code}",
            "expert": f"e{i:03}",
            "kind": "one" if i < experts // 2 else "two",
            "kind_name": "One" if i < experts // 2 else "Two",
            "session": "s1",
            "state": words.get(pattern[(i + shift) % len(pattern)], themes.SILENT),
        }
        for shift, code in enumerate("ab")
        for i in range(experts)
    )


@pytest.mark.parametrize(("count", "across"), [(1, 5), (5, 5), (7, 5), (12, 3), (200, 10)])
def test_packed_dots_stand_apart_and_centred(count, across):
    places = draw.packed(count, across)
    assert len(set(places)) == len(places) == count
    assert max(y for _, y in places) == math.ceil(count / across) - 1
    rows = {}
    for x, y in places:
        rows.setdefault(y, []).append(x)
    for xs in rows.values():
        assert len(xs) <= across
        assert sum(xs) == pytest.approx(0)


def test_few_experts_are_named_with_what_they_did():
    table = states(8, "rob-")
    plate = draw.dot_matrix(table)
    axes = plate["picture"].axes[0]
    assert [t.get_text() for t in axes.get_xticklabels()] == [f"e{i:03}" for i in range(8)]
    assert "e000" in plate["alt"]
    row = plate["numbers"].iloc[0]
    assert (row[themes.RAISED], row[themes.OPPOSED], row[themes.BOTH]) == (
        "e000, e004",
        "e001, e005",
        "e002, e006",
    )
    assert row["silent"] == 2


def test_many_experts_are_strokes_without_names():
    plate = draw.dot_matrix(states(200, "rrob-"))
    axes = plate["picture"].axes[0]
    assert not [t.get_text() for t in axes.get_xticklabels()]
    assert "e000" not in plate["alt"]
    assert "Code a: raised by 80; opposed by 40; both by 40" in plate["alt"]
    drawn = sum(len(line.get_xdata()) for line in axes.lines if line.get_marker() == "|")
    both = (states(200, "rrob-")["state"] == themes.BOTH).sum()
    assert drawn == 2 * 200 + both  # an expert who did both has two strokes


def test_codes_of_one_name_stay_apart():
    table = states(200, "rrob-").assign(label="The same name")
    plate = draw.dot_matrix(table)
    assert len(plate["numbers"]) == 2
    assert plate["alt"].count("The same name: raised by 80") == 2


def test_ids_and_labels():
    assert draw.ids([]) == "–"
    assert draw.ids(["e1", "e2"]) == "e1, e2"
    assert draw.wrapped("A label that is too long", 12) == "A label that\nis too long"
