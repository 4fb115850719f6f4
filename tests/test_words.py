"""Numbers and names in words."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
import yaml

from analysis import words
from analysis.statistics.results import Estimate, Test

NAN = math.nan
TABLE = yaml.safe_load(Path(__file__).with_name("words.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "handed", "expected"),
    [(name, *case) for name, cases in TABLE.items() for case in cases],
)
def test_numbers_and_names_in_words(name, handed, expected):
    assert getattr(words, name)(*handed) == expected


SHARE = Estimate(0.35, low=0.18, high=0.57, k=7, n=20, confidence=0.95)
COUNT = Estimate(4, method="count")


@pytest.mark.parametrize(
    ("value", "how", "expected"),
    [
        (SHARE, "", "7 of 20"),
        (SHARE, "k", "7"),
        (SHARE, "percent", "7 of 20 (35%)"),
        (Estimate(1 / 3, k=1, n=3), "percent", "1 of 3"),
        (SHARE, "interval", "95% interval 0.18 to 0.57"),
        (Estimate(0.5, reason="fewer than two coders"), "interval",
         "no interval: fewer than two coders"),
        (Estimate(0.5), "interval", "no interval: it is not defined"),
        (Estimate(NAN, reason="nobody rated"), "", "not defined (nobody rated)"),
        (COUNT, "", "4"),
        (COUNT, "expert", "4 experts"),
        (Estimate(1, method="count"), "party|parties", "1 party"),
        (COUNT, "party|parties", "4 parties"),
        (Estimate(0, method="count"), "expert", "no expert"),
        (Estimate(2.949), "", "2.95"),
        (Estimate(2.949), "1", "2.9"),
        (Estimate(2.949), "signed", "+2.95"),
        (Estimate(0.0004), "p", "p below 0.001"),
        (Test(1.5, 0.0312), "", "p = 0.031"),
        (Test(NAN, NAN, reason="no variation"), "", "p is not defined: no variation"),
        (["A", "B"], "plain", "A and B"),
        ("e01", "", "e01"),
    ],
)  # fmt: skip
def test_a_value_in_words(value, how, expected):
    assert words.put(value, how) == expected


def test_a_typed_number_and_a_bare_number_are_refused():
    with pytest.raises(ValueError, match="typed by hand into a sentence: 12"):
        words.pieces("12 of {n}", {"n": COUNT})
    for bare in (3, np.int64(3), np.float64(0.5)):
        with pytest.raises(TypeError, match="x: make it an Estimate"):
            words.pieces("{x}", {"x": bare})
    with pytest.raises(ValueError, match="no number of things"):
        words.pieces("{x:precent}", {"x": SHARE})
    assert words.pieces("see [two](q2.ipynb)", {}) == [("see [two](q2.ipynb)", "")]


def test_one_place_makes_html_of_text(root):
    own = {path.relative_to(root / "analysis").as_posix(): path.read_text(encoding="utf-8")
           for path in (root / "analysis").rglob("*.py")}  # fmt: skip
    found = {name for name, text in own.items() if re.search(r"html import escape|html\.esc", text)}
    assert found == {"words.py", "citation.py"}  # there for <pre>, where lines stay


@pytest.mark.parametrize(
    "text",
    [
        "*a* _b_",
        "{glue}`x`",
        "<script>",
        "$a$ and $b$",
        "# a",
        "[a](b)",
        "a\n\n```{raw}",
        "---",
        "1. a",
    ],
)
def test_text_stays_text_in_markdown(text):
    from markdown_it import MarkdownIt

    html = MarkdownIt().render(words.markdown(text))
    assert html == f"<p>{words.html(text)}</p>\n".replace("&#x27;", "'")
