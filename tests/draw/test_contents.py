"""What each kind of picture shows: its marks, texts and scales."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from analysis.draw import dots, grids, lines, page, rows, style, turns
from analysis.project import ROOT
from analysis.statistics.results import Estimate

AB = pd.DataFrame({"label": ["A", "B"], "value": [1, 2], "n": 20})


def plots(figure: Figure) -> list[Axes]:
    return [axes for axes in figure.axes if axes.get_label() == "plot"]


def marks(figure: Figure, marker: str, opened: bool | None = None) -> list[Any]:
    """Where the marks of a shape are on the horizontal axis: all, or those that are open or not."""
    drawn = [line for axes in plots(figure) for line in axes.lines if line.get_marker() == marker]
    if opened is not None:
        drawn = [m for m in drawn if (m.get_markerfacecolor() == style.PAPER) == opened]
    return [x for line in drawn for x in np.ravel(line.get_xdata()).tolist() if x == x]


def said(figure: Figure) -> list[str]:
    return [t.get_text() for axes in figure.axes for t in axes.texts if t.get_text()]


def test_counts() -> None:
    frame = pd.DataFrame({"label": ["A", "B", "C"], "k": [7, 0, 20], "n": 20}, index=[5, 5, 5])
    frame["low"], frame["high"], frame["opposed"] = [0.18, 0.0, 0.84], [0.57, 0.16, 1.0], [2, 0, 0]
    figure = rows.counts(frame, raised="k")
    assert marks(figure, "o") == [7, 0, 20]
    assert {"7 of 20", "none of the 20", "all 20", "2 against", "experts, of 20"} <= set(
        said(figure)
    )
    assert (marks(figure, "x"), plots(figure)[0].get_xlim()[1]) == ([2], 20)
    assert plots(figure)[0].lines[0].get_xdata() == pytest.approx([3.6, 11.4])


def test_few_experts_are_single_marks_and_no_percentage() -> None:
    frame = pd.DataFrame({"label": ["Two", "Three", "None"], "raised": [1, 3, 0], "n": [2, 3, 0]})
    figure = rows.counts(frame.assign(low=0.1, high=0.9))
    assert (len(marks(figure, "o", False)), len(marks(figure, "o", True))) == (4, 1)
    assert {"1 of 2", "all 3", "none of none", "share of experts"} <= set(said(figure))


def test_rows_are_grouped_and_several_series_share_a_label() -> None:
    frame = pd.concat([AB, AB])
    grouped = rows.counts(frame.assign(group=["x", "y", "x", "y"]), raised="value")
    assert [text for text in said(grouped) if text in "xyAB"] == ["x", "y", "A", "A", "B", "B"]
    shared = rows.counts(frame.assign(series=["u", "u", "w", "w"]), raised="value")
    assert [text for text in said(shared) if text in "uwAB"] == ["u", "w", "A", "B"]
    assert len(marks(shared, "s")) == 2


def test_mirrored() -> None:
    frame = pd.DataFrame({"label": ["A", "B", "C"], "raised": [12, 8, 3], "n": 20})
    figure = rows.mirrored(frame.assign(side=["hinders", "facilitates", "neutral"]))
    left, right = plots(figure)
    assert left.get_xlim()[::-1] == right.get_xlim()
    assert [axes.lines[1].get_xdata()[0] for axes in (left, right)] == [12, 8]
    assert {"Barriers", "Drivers", "A", "B"} <= set(said(figure)) - {"C"}
    with pytest.raises(ValueError, match="no row has a side"):
        rows.mirrored(frame.assign(side="neutral"))


def test_estimates() -> None:
    frame = pd.DataFrame({"label": list("ABC"), "estimate": [0.5, 0.7, np.nan]})
    frame = frame.assign(low=[0.2, np.nan, np.nan], high=[0.8, np.nan, np.nan], planted=0.6)
    figure = rows.estimates(frame, references={"chance": 0.0}, limits=(-1, 1))
    assert (marks(figure, "o", False), marks(figure, "o", True)) == ([0.5], [0.7])
    assert marks(figure, "D") == [0.6] * 3
    assert {"not defined", "no interval", "planted", "chance"} <= set(said(figure))
    assert plots(figure)[0].get_xlim() == (-1, 1)


def test_dots() -> None:
    frame = pd.DataFrame({"value": [0, 0, 2, 2, 2], "group": list("ababb")})
    figure = dots.stacks(frame, intervals={"mean": Estimate(1.2, low=0.4, high=2.5)})
    assert (marks(figure, "o"), sorted(marks(figure, "s"))) == ([0, 2], [0, 2, 2])
    figure = dots.stacks(pd.DataFrame({"value": [1] * 900}))
    assert (len(marks(figure, "o")), said(figure)) == (20, ["A dot stands for up to 45 experts."])
    with pytest.raises(ValueError, match="whole numbers"):
        dots.stacks(pd.DataFrame({"value": [0.5]}))

    frame = pd.DataFrame({"label": ["A", "B"], "lowest": 1, "highest": [5, 10]})
    frame["values"], frame["median"], frame["A"] = [[1, 5, 5], []], [5, np.nan], [0.1, np.nan]
    figure = dots.ratings(frame)
    assert (len(marks(figure, "o")), marks(figure, "D")) == (3, [1.0])
    assert {"median 5", "A = 0.10", "1", "5", "10"} <= set(said(figure))

    draws = pd.DataFrame({"value": np.random.default_rng(1).normal(size=10_000)})
    axes = plots(dots.distribution(draws, observed={"observed": 3.0}))[0]
    assert (len(axes.patches), sum(bar.get_height() for bar in axes.patches)) == (30, 10_000)
    assert axes.lines[0].get_xdata()[0] == 3.0
    bars = plots(dots.distribution(AB, count="n"))[0].patches
    assert {bar.get_height() for bar in bars} == {20}


def test_grids() -> None:
    frame = pd.DataFrame({"row": list("AAB"), "column": list("XYX"), "k": [4, 1, 0]})
    sizes = [line.get_markersize() for line in plots(grids.discs(frame))[0].lines[1::2]]
    assert sizes[0] == pytest.approx(2 * sizes[1]), "the area is the count"
    frame = pd.DataFrame({"row": list("ABA"), "column": list("BAA"), "value": [1.5, 2, np.nan]})
    figure = grids.matrix(frame.assign(shade=[-1, 1, 0]), digits=1)
    fills = [to_hex(patch.get_facecolor(), True) for patch in figure.axes[0].patches]
    full = [style.PAPER, grids.BELOW, grids.ABOVE, style.PAPER]
    assert fills == [f"{colour}ff" for colour in full]
    assert {"1.5", "2.0"} <= set(said(figure))


def test_states_are_told_apart_without_colour() -> None:
    experts = pd.Series(["x", "y", "x"], index=["e1", "e2", "e3"])
    frame = pd.DataFrame({"label": ["A"], "raised": [["e1", "e2"]], "opposed": [["e2"]]})
    figure = grids.states(frame.assign(unable=[["e3"]]), experts=experts)
    found = {marker: marks(figure, marker) for marker in "ox_"}
    assert found == {"o": [0, 2], "x": [2], "_": [1]}, "grouped: e1, e3, e2"
    assert {"did both", "neither"} & set(said(figure)) == {"did both"}


def test_blocks() -> None:
    frame = pd.DataFrame({"label": [f"C{i:02}" for i in range(20)], "raised": range(20)})
    links = pd.DataFrame({"a": ["C19", "C00"], "b": ["C17", "C01"], "strength": 0.5, "both": 6})
    texts = said(grids.blocks(frame.assign(group=["x", "y"] * 10), links=links))
    assert len([text for text in texts if text[0] == "C"]) == 15
    assert ("Shown: the 15 of 20 codes that most experts raised." in texts, texts.count("6")) == (
        True,
        1,
    )


def test_lines() -> None:
    frame = pd.DataFrame({"x": [0.01, 0.1, 1.0], "mean": [0.1, 0.5, 1.0]})
    figure = lines.curve(frame, log=True, percents="xy", references={"four in five": 0.8})
    ticks = [t.get_text() for t in plots(figure)[0].get_xticklabels()]
    assert ticks == ["1%", "2%", "5%", "10%", "20%", "50%", "100%"]
    assert lines.spread([5, 5, 40], [10, 10, 10]) == [0, 10, 40]
    many = [pd.DataFrame({"x": [2003, 2024], "y": [0, i], "series": f"S{i}"}) for i in range(12)]
    named = [text for text in said(lines.series(pd.concat(many), highlight="S3")) if text[0] == "S"]
    assert named == ["S3"]
    assert len(plots(lines.series(pd.concat(many[:2]).assign(panel=["a", "b"] * 2)))) == 2


def test_turns() -> None:
    frame = pd.DataFrame({"session": "s", "speaker": ["moderator", "e1", "e1"]})
    figure = turns.talk(frame.assign(start=[0, 1, 3], end=[1, 3, 4]))
    assert [t for t in said(figure) if t in ("e1", "moderator")] == ["e1", "moderator"]
    assert sum(len(c.get_paths()) for c in plots(figure)[0].collections[1:]) == 3
    shares = turns.shares(pd.DataFrame({"label": ["a", "b"], "share": [0.256, np.nan]}))
    assert {"26%", "not known"} <= {*said(shares)}


@pytest.mark.parametrize("draw", [rows.counts, dots.ratings, grids.states, lines.curve, turns.talk])
def test_nothing_to_draw_says_so(draw: Any) -> None:
    with pytest.raises(
        ValueError, match=f"{draw.__name__}: nothing to draw, the frame has no rows"
    ):
        draw(pd.DataFrame())
    with pytest.raises(ValueError, match=f"{draw.__name__}: the frame lacks the column"):
        draw(pd.DataFrame({"other": [1]}))


def test_marks_of_invented_evidence_and_an_svg_that_can_stand_beside_others() -> None:
    seen: set[str] = set()
    for source in ("constructed", "simulated", "public"):
        figure = turns.shares(pd.DataFrame({"label": ["0.123456"], "share": [0.5]}))
        style.mark(figure, source)
        svg = style.to_svg(figure)
        assert [name for name, text in style.MARKS.items() if text in svg] == list(
            {source} - {"public"}
        )
        ids = set(re.findall(r' id="([^"]+)"', svg))
        assert set(re.findall(r'(?:href="|url\()#([^")]+)', svg)) == ids
        assert (len(ids & seen), ids > set()) == (0, True)
        seen |= ids
        assert (">0.123456<" in svg, "<style" in svg) == (True, False)


def luminance(colour: str) -> float:
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return float(np.dot([0.2126, 0.7152, 0.0722], parts))


def test_every_ink_reads_on_the_card_and_on_every_fill() -> None:
    inks = [style.INK, style.MUTED, *(colour for _, colour in style.SERIES)]
    assert min(1.05 / (luminance(ink) + 0.05) for ink in inks) >= 4.5
    fills = [grids.DISC, grids.ABOVE, grids.BELOW, *style.PALE.values()]
    assert min(luminance(fill) + 0.05 for fill in fills) / (luminance(style.INK) + 0.05) >= 4.5
    # and in the dark, where the site sets others
    sheet = (ROOT / "book" / "_static" / "study.css").read_text("utf-8")
    dark = dict(re.findall(r"--f-([0-9a-f]{6}): ([^;]+);", sheet))
    every = {*inks, *fills, style.RULE, style.FAINT, style.PAPER, lines.BACK}
    assert {colour[1:] for colour in every} == dark.keys()
    ground = luminance("#121212") + 0.05
    assert min(luminance(dark[ink[1:]]) + 0.05 for ink in inks) / ground >= 4.5
    most = max(luminance(dark[fill[1:]]) + 0.05 for fill in fills)
    assert (luminance(dark[style.INK[1:]]) + 0.05) / most >= 4.5


def test_wrapped_text() -> None:
    assert page.wrap("word " * 100, 100, 2)[1].endswith("…")
    assert all(page.text_width(line, style.TEXT) <= 100 for line in page.wrap("W" * 300, 100))
    assert page.clean("a\x00\n b\ud800") == "a b"
