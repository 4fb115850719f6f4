"""The shared figures draw what they are given, and are the same bytes each time."""

import itertools
import math
import re

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from analysis.display import figures
from analysis.display.messages import message

POSITIONS = st.lists(st.integers(-1000, 1000).map(lambda i: i / 10), max_size=8)
GAPS = st.integers(0, 100).map(lambda i: i / 10)


# Positions that keep their distance


def cost(placed, positions):
    return sum((a - b) ** 2 for a, b in zip(placed, positions, strict=True))


def best_of_all(positions, gap):
    """The least movement over every way to cut the sorted positions into touching blocks."""
    ordered = sorted(positions)
    n = len(ordered)
    best = math.inf
    for cuts in itertools.product([False, True], repeat=max(n - 1, 0)):
        bounds = [0, *(i + 1 for i, cut in enumerate(cuts) if cut), n]
        placed = []
        for start, end in itertools.pairwise(bounds):
            block = [ordered[i] - gap * (i - start) for i in range(start, end)]
            placed += [sum(block) / len(block) + gap * i for i in range(len(block))]
        if all(b - a >= gap - 1e-9 for a, b in itertools.pairwise(placed)):
            best = min(best, cost(placed, ordered))
    return best


@settings(deadline=None)
@given(POSITIONS, GAPS)
def test_spread_keeps_order_and_gap(positions, gap):
    placed = figures.spread(positions, gap)
    assert len(placed) == len(positions)
    for (p, a), (q, b) in itertools.combinations(zip(positions, placed, strict=True), 2):
        assert abs(a - b) >= gap - 1e-9
        if p != q:
            assert (p < q) == (a < b) or (gap == 0 and a == pytest.approx(b))


@settings(deadline=None)
@given(POSITIONS.filter(bool), GAPS)
def test_spread_moves_as_little_as_any_arrangement(positions, gap):
    moved = cost(figures.spread(positions, gap), positions)
    assert moved == pytest.approx(best_of_all(positions, gap), abs=1e-6)


@settings(deadline=None)
@given(st.permutations(range(6)), st.lists(st.integers(0, 9), min_size=6, max_size=6))
def test_spread_does_not_depend_on_the_order_given(order, values):
    placed = figures.spread(values, 2)
    shuffled = figures.spread([values[i] for i in order], 2)
    assert sorted(shuffled) == pytest.approx(sorted(placed))


@pytest.mark.parametrize(
    ("positions", "gap", "expected"),
    [
        ([], 1, []),
        ([3], 1, [3]),
        ([0, 10], 1, [0, 10]),
        ([10, 0], 1, [10, 0]),
        ([5, 5], 2, [4, 6]),
        ([5, 5, 5], 2, [3, 5, 7]),
        ([0, 1, 10], 2, [-0.5, 1.5, 10]),
        ([0, 0, 3], 2, [-1, 1, 3]),
        ([0, 0, 2], 2, [-4 / 3, 2 / 3, 8 / 3]),
    ],
)
def test_spread_by_hand(positions, gap, expected):
    assert figures.spread(positions, gap) == pytest.approx(expected)


# The style


def test_colours_repeat_after_the_cycle():
    shades = [figures.colour(i) for i in range(7)]
    assert shades[0] == figures.COLOURS["blue"]
    assert shades[6] == shades[0]
    assert len(set(shades)) == 6


def test_a_canvas_has_the_size_and_the_axes_asked_for():
    figure, axes = figures.canvas(height=4.4)
    assert figure.get_size_inches().tolist() == [figures.WIDTH, 4.4]
    assert figure.axes == [axes]
    figure, axes = figures.canvas(columns=3, rows=2, width=5, sharex=True)
    assert figure.get_size_inches().tolist() == [5, 3.6]
    assert axes.shape == (2, 3)


def test_a_canvas_is_unknown_to_pyplot():
    import matplotlib.pyplot as plt

    figures.canvas()
    assert plt.get_fignums() == []


def test_text_is_drawn_in_a_font_that_comes_with_matplotlib():
    from matplotlib import get_data_path
    from matplotlib.font_manager import findfont

    figures.canvas()
    assert findfont(mpl.rcParams["font.family"][0]).startswith(get_data_path())


# SVG


def bars(k=(3, 10, 0), n=10, **options):
    figure, axes = figures.canvas(height=2.5)
    figures.counts(axes, ["alpha", "beta", "gamma"], k, n, **options)
    return figure


@pytest.mark.parametrize("source", ["public", "constructed", "simulated"])
def test_svg_is_the_same_bytes_each_time_it_is_drawn(source):
    first = figures.to_svg(bars(), source)
    assert figures.to_svg(bars(), source) == first
    lined_up = [figures.to_svg(lined({"a": [1, 2, 3]})[0], source) for _ in range(2)]
    assert lined_up[0] == lined_up[1] != first


def test_svg_is_the_same_bytes_whatever_the_settings_are():
    def svg():
        figure = Figure()
        axes = figure.subplots()
        axes.plot([1, 2], [1, 3], "o")
        return figures.to_svg(figure, "public")

    with mpl.rc_context({"svg.hashsalt": None, "svg.fonttype": "none"}):
        first = svg()
        assert svg() == first
        assert mpl.rcParams["svg.hashsalt"] is None  # and leaves them as they are
    assert "clip-path" in first
    assert "<text" not in first


def test_every_id_that_the_svg_uses_is_in_it():
    figure, axes = figures.canvas(columns=2)
    for position, panel in enumerate(axes):
        panel.plot([0, 1], [0, position + 1])
    svg = figures.to_svg(figure, "public")
    used = set(re.findall(r"url\(#(\w+)\)", svg)) | set(re.findall(r'href="#([\w-]+)"', svg))
    named = re.findall(r'id="([\w-]+)"', svg)
    assert len(re.findall("<clipPath ", svg)) == 2
    assert used <= set(named)
    assert len(named) == len(set(named))


def test_svg_has_no_date_no_outside_address_and_no_text_that_needs_a_font():
    svg = figures.to_svg(bars(), "constructed")
    assert svg.startswith("<svg ")
    assert svg.rstrip().endswith("</svg>")
    assert "<text" not in svg
    assert "date" not in svg.lower()
    assert not re.search(r"\b(19|20)\d\d-\d\d", svg)
    named = re.findall(r'(\S*?)="[^"]*//[^"]*"', svg)
    assert named
    assert all(name == "xmlns" or name.startswith("xmlns:") for name in named)
    assert "//" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", svg)


@pytest.mark.parametrize("source", ["constructed", "simulated"])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_mark_is_inside_the_picture(monkeypatch, source, language):
    monkeypatch.setitem(figures.STYLE, "svg.fonttype", "none")
    figure = bars()
    svg = figures.to_svg(figure, source, language)
    said = message(f"mark_{source}", language)
    assert re.findall(r"<text[^>]*>([^<]*)</text>", svg).count(said) == 1
    (mark,) = (t for t in figure.texts if t.get_text() == said)
    box, whole = mark.get_window_extent(), figure.bbox
    assert whole.x0 <= box.x0 < box.x1 <= whole.x1
    assert whole.y0 <= box.y0 < box.y1 <= whole.y1
    axes = figure.axes[0].get_tightbbox()
    assert box.y1 <= axes.y0  # under the axes, not over them


@pytest.mark.parametrize("source", ["record", "public", "panel"])
def test_other_evidence_has_no_mark(source):
    figure = bars()
    figures.to_svg(figure, source)
    assert figure.texts == []
    assert figure.get_supxlabel() == ""


# Counts


def shown(axes):
    return [t.get_text() for t in axes.texts]


def limits(axes):
    (lines,) = (c for c in axes.collections if isinstance(c, LineCollection))
    return [segment.tolist() for segment in lines.get_segments()]


def test_counts_draws_each_count_as_a_bar_and_a_dot_with_its_words():
    figure = bars(k=(3, 10, 0), n=10)
    (axes,) = figure.axes
    assert [bar.get_width() for bar in axes.patches] == [3, 10, 0]
    assert [bar.get_x() for bar in axes.patches] == [0, 0, 0]
    assert [bar.get_y() + bar.get_height() / 2 for bar in axes.patches] == pytest.approx([0, 1, 2])
    (dots,) = axes.lines
    assert list(dots.get_xdata()) == [3, 10, 0]
    assert list(dots.get_ydata()) == [0, 1, 2]
    assert shown(axes) == ["3 of 10", "all 10", "none of the 10"]
    assert [t.xy for t in axes.texts] == [(3, 0), (10, 1), (0, 2)]


def test_counts_has_the_first_label_at_the_top():
    (axes,) = bars().figure.axes
    assert axes.get_yticks().tolist() == [0, 1, 2]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["alpha", "beta", "gamma"]
    low, high = axes.get_ylim()
    assert low > high


def test_counts_leaves_room_for_the_words():
    figure = bars(k=(3, 10, 0), n=10)
    (axes,) = figure.axes
    assert axes.get_xlim() == pytest.approx((0, 11.8))
    figure.draw_without_rendering()
    assert all(t.get_window_extent().x1 <= figure.bbox.x1 for t in axes.texts)


def test_counts_of_groups_of_different_size():
    (axes,) = bars(k=(3, 2, 0), n=[7, 2, 4]).axes
    assert shown(axes) == ["3 of 7", "all 2", "none of the 4"]
    assert axes.get_xlim()[1] == pytest.approx(7 * 1.18)


def test_counts_takes_numbers_of_numpy():
    (axes,) = bars(k=np.array([3, 10, 0]), n=np.int64(10)).axes
    assert shown(axes) == ["3 of 10", "all 10", "none of the 10"]
    (axes,) = bars(k=np.array([3, 2, 0]), n=np.array([7, 2, 4])).axes
    assert shown(axes) == ["3 of 7", "all 2", "none of the 4"]


def test_counts_in_russian_and_in_another_colour():
    (axes,) = bars(k=(3, 10, 0), n=10, language="ru", shade="green").axes
    assert shown(axes) == ["3 из 10", "все 10", "никто из 10"]
    assert to_hex(axes.patches[0].get_facecolor()) == figures.COLOURS["green"]


def test_counts_draws_limits_and_moves_the_words_past_them():
    (axes,) = bars(k=(3, 10, 0), n=10, low=[1.1, 7.2, 0], high=[6.0, 10, 2.8]).axes
    assert limits(axes) == [[[1.1, 0], [6.0, 0]], [[7.2, 1], [10, 1]], [[0, 2], [2.8, 2]]]
    assert [t.xy for t in axes.texts] == [(6.0, 0), (10, 1), (2.8, 2)]
    assert [bar.get_width() for bar in axes.patches] == [3, 10, 0]


def test_counts_refuses_what_cannot_be():
    with pytest.raises(ValueError, match="got k = 11 and n = 10"):
        bars(k=(3, 11, 0))
    with pytest.raises(ValueError, match="zip"):
        bars(k=(3, 1, 0), n=[7, 2])
    with pytest.raises(ValueError, match="number of FixedLocator locations"):
        bars(k=(3, 1), n=10)


# Intervals


def test_intervals_draws_a_dot_and_a_line_a_row():
    _, axes = figures.canvas()
    figures.intervals(axes, ["a", "b"], [0.4, 0.7], [0.2, 0.5], [0.6, 0.9], shade="purple")
    assert limits(axes) == [[[0.2, 0], [0.6, 0]], [[0.5, 1], [0.9, 1]]]
    (dots,) = axes.lines
    assert list(dots.get_xdata()) == [0.4, 0.7]
    assert list(dots.get_ydata()) == [0, 1]
    assert dots.get_linestyle() == "None"
    assert dots.get_color() == figures.COLOURS["purple"]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["a", "b"]
    low, high = axes.get_ylim()
    assert low > high


# Lines with their names at the end

YEARS = [2018, 2020, 2022]


def lined(lines, **options):
    figure, axes = figures.canvas()
    figures.series(axes, YEARS, lines, **options)
    return figure, axes


def test_series_draws_each_line_and_names_it_in_its_colour():
    _, axes = lined(
        {"Russia": [0.921, 0.869, 0.602], "median": [0.6, 0.55, 0.4]},
        colours={"median": "muted"},
        dashed=["median"],
    )
    russia, median = axes.lines
    assert list(russia.get_xdata()) == YEARS
    assert list(russia.get_ydata()) == [0.921, 0.869, 0.602]
    assert list(median.get_ydata()) == [0.6, 0.55, 0.4]
    assert (russia.get_linestyle(), median.get_linestyle()) == ("-", "--")
    expected = [figures.COLOURS["blue"], figures.COLOURS["muted"]]
    assert [line.get_color() for line in axes.lines] == expected
    assert shown(axes) == ["Russia", "median"]
    assert [t.get_color() for t in axes.texts] == expected


def test_series_puts_names_that_have_room_at_the_height_of_the_last_value():
    _, axes = lined({"high": [0.1, 0.2, 0.9], "low": [0.3, 0.2, 0.1]})
    assert [t.get_position()[1] for t in axes.texts] == pytest.approx([0.9, 0.1])
    assert all(t.get_position()[0] > 1 for t in axes.texts)  # right of the axes


def heights(figure, axes):
    figure.draw_without_rendering()
    boxes = [t.get_window_extent() for t in axes.texts]
    return [(box.y0 + box.y1) / 2 for box in boxes], boxes


@pytest.mark.parametrize("inverted", [False, True])
def test_series_keeps_names_of_close_lines_apart(inverted):
    figure, axes = figures.canvas()
    if inverted:  # ranks: the first at the top
        axes.invert_yaxis()
    ends = {"a": 10.0, "b": 10.1, "c": 10.2, "d": 50.0}
    figures.series(axes, YEARS, {name: [30.0, 30.0, end] for name, end in ends.items()})
    middles, boxes = heights(figure, axes)
    assert middles == sorted(middles, reverse=inverted)
    for one, other in itertools.combinations(boxes, 2):
        assert one.y1 <= other.y0 + 1 or other.y1 <= one.y0 + 1


def test_series_leaves_gaps_and_names_the_last_known_value():
    _, axes = lined({"gap": [0.5, math.nan, 0.7], "ended": [0.1, 0.2, math.nan]})
    assert np.isnan(axes.lines[0].get_ydata()[1])
    assert [t.get_position()[1] for t in axes.texts] == pytest.approx([0.7, 0.2])


def test_series_does_not_name_a_line_without_a_value():
    _, axes = lined({"known": [0.5, 0.6, 0.7], "nothing": [math.nan] * 3})
    assert shown(axes) == ["known"]
    assert len(axes.lines) == 2


def test_series_names_stay_inside_the_picture():
    figure, axes = lined({"a rather long name of a line": [0.1, 0.2, 0.3]})
    _, (box,) = heights(figure, axes)
    assert box.x1 <= figure.bbox.x1


def test_figures_of_others_can_be_written_too():
    figure = Figure()
    figure.subplots().plot([1, 2], [3, 4])
    assert figures.to_svg(figure, "record").startswith("<svg ")
