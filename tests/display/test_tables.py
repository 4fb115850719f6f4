"""Tables: what a cell says, and the HTML exactly."""

import datetime
import math
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from analysis.display import tables


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.60249, "0.60"),
        (np.float64(-1.5), "\u22121.50"),
        (np.float32(0.25), "0.25"),
        (57, "57"),
        (np.int64(57), "57"),
        (np.int8(-3), "\u22123"),
        (True, "yes"),
        (np.bool_(False), "no"),
        (None, "–"),
        (math.nan, "–"),
        (np.float32("nan"), "–"),
        (pd.NA, "–"),
        (pd.NaT, "–"),
        ("", ""),
        ("a < b", "a < b"),
        (datetime.date(2021, 12, 1), "2021-12-01"),
        (["a", "b"], "['a', 'b']"),
    ],
)
def test_cell(value, expected):
    assert tables.cell(value) == expected


def test_cell_takes_decimals_or_a_function():
    assert tables.cell(0.60249, 3) == "0.602"
    assert tables.cell(7, 1) == "7.0"
    assert tables.cell(0.35, "{:.0%}".format) == "35%"
    assert tables.cell(None, lambda value: "none seen") == "none seen"


def test_cell_in_russian():
    assert tables.cell(0.602, 3, "ru") == "0,602"
    assert tables.cell(True, language="ru") == "да"
    assert tables.cell(np.bool_(False), language="ru") == "нет"


FRAME = pd.DataFrame(
    {
        "name": ["Armenia", "Belarus"],
        "rank": [64, 58],
        "index": [0.71360, math.nan],
        "note": ["a & b", None],
    }
)


def test_formatted_picks_orders_and_names_the_columns():
    shown = tables.formatted(FRAME, {"index": "EGDI", "name": "Country"}, {"index": 3})
    assert shown.columns.tolist() == ["EGDI", "Country"]
    assert shown.to_numpy().tolist() == [["0.714", "Armenia"], ["–", "Belarus"]]


def test_formatted_shows_every_column_unless_told():
    shown = tables.formatted(FRAME)
    assert shown.columns.tolist() == ["name", "rank", "index", "note"]
    assert shown.to_numpy().tolist() == [
        ["Armenia", "64", "0.71", "a & b"],
        ["Belarus", "58", "–", "–"],
    ]


def test_formatted_leaves_the_frame_as_it_was():
    before = FRAME.copy(deep=True)
    tables.formatted(FRAME, {"rank": "Rank"})
    pd.testing.assert_frame_equal(FRAME, before)


def test_formatted_refuses_a_column_that_is_not_there():
    with pytest.raises(KeyError, match="income"):
        tables.formatted(FRAME, {"income": "Income"})


def test_html_exactly():
    html = tables.to_html(
        FRAME,
        "Ranks <2022>",
        {"name": "Country", "rank": "Rank > 1", "note": "Note"},
        mark="Not real & marked",
    )
    assert html.split("\n") == [
        '<div class="study-table" role="region" tabindex="0" aria-label="Ranks &lt;2022&gt;">',
        "<table>",
        "<caption>Ranks &lt;2022&gt; "
        '<span class="study-mark-inline">Not real &amp; marked</span></caption>',
        '<thead><tr><th scope="col">Country</th><th scope="col" class="num">Rank &gt; 1</th>'
        '<th scope="col">Note</th></tr></thead>',
        "<tbody>",
        '<tr><th scope="row">Armenia</th><td class="num">64</td><td>a &amp; b</td></tr>',
        '<tr><th scope="row">Belarus</th><td class="num">58</td><td>–</td></tr>',
        "</tbody>",
        "</table>",
        "</div>",
    ]


def test_a_caption_without_a_mark_has_none():
    assert "<caption>Ranks</caption>" in tables.to_html(FRAME, "Ranks")


class Text(HTMLParser):
    def __init__(self):
        super().__init__()
        self.cells = []
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag in {"td", "th"}:
            self.cells.append("")

    def handle_data(self, data):
        if self.cells:
            self.cells[-1] += data.strip("\n")


def test_markup_in_a_cell_stays_text():
    nasty = '<script>alert("x")</script> >'
    parser = Text()
    parser.feed(tables.to_html(pd.DataFrame({nasty: [nasty], "b": [nasty]}), "Caption"))
    assert parser.cells == [nasty, "b", nasty, nasty]
    assert "script" not in parser.tags


def test_columns_that_are_numbers_are_shown():
    html = tables.to_html(pd.DataFrame([["Armenia", 0.5]], columns=[2020, 2022]), "Years")
    assert '<th scope="col">2020</th><th scope="col" class="num">2022</th>' in html
    assert '<th scope="row">Armenia</th><td class="num">0.50</td>' in html


def test_html_in_russian():
    html = tables.to_html(FRAME, "Ранги", {"name": "Страна", "index": "Индекс"}, language="ru")
    assert '<td class="num">0,71</td>' in html
    assert "Страна" in html


def test_columns_with_missing_cells_of_every_kind():
    frame = pd.DataFrame(
        {
            "whole": pd.array([1, None], dtype="Int64"),
            "truth": pd.array([True, None], dtype="boolean"),
            "day": pd.to_datetime(["2021-12-01", None]),
        }
    )
    shown = tables.formatted(frame, formats={"day": lambda day: str(day)[:10]})
    assert shown["whole"].tolist() == ["1", "–"]
    assert shown["truth"].tolist() == ["yes", "–"]
    assert tables.formatted(frame)["day"].tolist()[1] == "–"
    assert shown["day"].tolist()[0] == "2021-12-01"
    assert 'class="num">Whole</th>' in tables.to_html(frame, "c", {"day": "Day", "whole": "Whole"})


def test_cells_that_are_html_already():
    html = tables.cells_html("A < b", ("Who", "What"), [("<em>e01</em>", "<p>said</p>")], "made up")
    assert 'aria-label="A &lt; b"' in html
    assert '<caption>A &lt; b <span class="study-mark-inline">made up</span></caption>' in html
    assert '<th scope="col">Who</th>\n<th scope="col">What</th>' in html
    assert '<tr><th scope="row"><em>e01</em></th><td><p>said</p></td></tr>' in html
    assert "study-mark" not in tables.cells_html("A", ("Who",), [])


def test_speech_has_its_language_and_its_translation():
    assert tables.speech("<b>да</b>", "yes & no", "ru") == (
        '<p lang="ru"><b>да</b></p><p lang="en"><em>yes &amp; no</em></p>'
    )
    assert tables.speech("да", "", "ru") == '<p lang="ru">да</p>'
