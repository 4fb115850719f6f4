"""What a notebook calls, in a shell as a notebook's kernel has one."""

import re
from textwrap import dedent

import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from analysis.findings import MIME, from_notebook
from analysis.notebook import NOTE
from analysis.panel.panel import load_panel

OPEN = """
from analysis.notebook import figure, need, open_chapter, recap, say, table
from analysis.panel.panel import load_panel
from analysis.statistics.results import Estimate
from analysis.statistics.summary import count, mean, part, share, value
open_chapter("toy", load_panel())
"""


@pytest.fixture(scope="module")
def kernel():
    shell = InteractiveShell.instance()
    yield shell
    InteractiveShell.clear_instance()


class Chapter:
    """Runs cells and keeps what they show."""

    def __init__(self, shell):
        self.shell = shell
        self.outputs = []

    def run(self, source):
        with capture_output() as captured:
            result = self.shell.run_cell(source)
        self.outputs += captured.outputs
        if result.error_in_exec:
            raise result.error_in_exec
        return [output.data for output in captured.outputs]

    def findings(self):
        cell = {"cell_type": "code", "outputs": [{"data": o.data} for o in self.outputs]}
        return {f.id: f for f in from_notebook({"cells": [cell]})}


@pytest.fixture
def chapter(kernel):
    made = Chapter(kernel)
    made.run(OPEN)
    return made


def test_a_chapter_says_what_it_is_about(chapter):
    panel = load_panel()
    text = chapter.outputs[0].data["text/plain"]
    assert text == f"About: {panel.meta.title} (constructed, digest {panel.digest})."
    chapter.run('open_chapter("toy", load_panel().without(expert="e02"))')
    changed = chapter.outputs[1].data["text/plain"]
    assert "no longer the panel of the files" in changed
    assert panel.digest not in changed


def test_who_changes_the_panel_later_is_no_longer_vouched_for_by_its_files(chapter):
    chapter.run('panel = load_panel()\nsay("{x}", id="a", x=count(3))')
    before = chapter.findings()["toy-a-x"].digest
    (told, _) = chapter.run(
        'panel = panel.replace(codings=panel.frames["codings"].iloc[1:])\n'
        'say("{x}", id="b", x=count(3))'
    )
    assert "no longer the panel of the files" in told["text/plain"]
    assert NOTE not in told  # the site says it as well
    assert chapter.findings()["toy-b-x"].digest not in ("", before)
    assert len(chapter.run('say("{x}", id="c", x=count(3))\ndel panel')) == 1


def test_a_traceback_points_to_the_line_that_failed(chapter):
    with pytest.raises(ZeroDivisionError) as caught:
        chapter.run("a = 1\nb = 2\nc = 3\nd = 4\n1 / 0\ne = 5")
    # what a kernel's traceback shows: the line where the cell's frame ended
    assert caught.traceback[-1].frame.raw.f_lineno == 5


def test_a_sentence_carries_its_numbers(chapter):
    (shown,) = chapter.run(
        'say("raised by {most} ({most:interval}), of {codes:code}: {names}.", id="first",'
        ' most=share(12, 20), codes=count(34), names=["A_b", "C"])'
    )
    assert shown["text/plain"] == (
        "Raised by 12 of 20 (95% interval 0.39 to 0.78), of 34 codes: “A_b” and “C”."
    )
    assert r"“A\_b”" in shown["text/markdown"]
    found = chapter.findings()
    assert set(found) == {"toy-first-most", "toy-first-codes"}
    most = found["toy-first-most"]
    assert (most.value, most.k, most.n, most.text) == (0.6, 12, 20, "12 of 20")
    assert (most.low, most.high, most.standing) == (0.386581501, 0.781193468, "model-based")
    assert most.function == "analysis.statistics.summary.share"
    assert found["toy-first-codes"].value == 34


def test_limits_that_are_not_shown_are_not_recorded(chapter):
    chapter.run('say("{x} raised it.", id="a", x=share(12, 20))')
    found = chapter.findings()["toy-a-x"]
    assert (found.low, found.high, found.standing) == (None, None, "description")


def test_a_changed_estimate_changes_sentence_and_ledger(chapter):
    chapter.run('say("{x:interval}", id="a", x=Estimate(1, low=0.5, high=2, confidence=0.95))')
    before = chapter.findings()["toy-a-x"]
    chapter.run(OPEN)
    chapter.outputs.clear()
    (shown,) = chapter.run(
        'say("{x:interval}", id="a", x=Estimate(1, low=0.25, high=2, confidence=0.95))'
    )
    after = chapter.findings()["toy-a-x"]
    assert shown["text/plain"] == "95% interval 0.25 to 2.00"
    assert (before.low, after.low) == (0.5, 0.25)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ('say("12 experts")', "typed by hand"),
        ('say("{x}", x=3)', "make it an Estimate"),
        ('say("{x}", x=count(3)); say("{x}", x=count(4))', "toy-x is recorded twice"),
        ('say("{x}", x=count(3), source="hearsay")', "source"),
    ],
)
def test_what_leaves_no_trace_is_refused(chapter, source, message):
    with pytest.raises((ValueError, TypeError), match=message):
        chapter.run(source) and chapter.findings()


def test_the_level_of_a_chapter_holds_for_every_interval(chapter):
    (_, shown) = chapter.run(
        'open_chapter("toy", load_panel(), confidence=0.8)\nsay("{x:interval}", x=share(12, 20))'
    )
    assert shown["text/plain"] == "80% interval 0.46 to 0.73"
    (shown,) = chapter.run(
        'import pandas as pd\ntable(pd.DataFrame({"a": [1], "low": [0.2], "high": [0.3]}), "T",'
        ' "a low..high")'
    )
    assert "80% interval" in shown["text/html"]


def test_what_was_said_is_said_again(chapter):
    chapter.run('say("One: {x}.", id="a", x=count(1))')
    chapter.run('say("Two: {x}.", id="b", x=count(2))')
    (shown,) = chapter.run('recap("a", "never", "b")')
    assert shown["text/markdown"] == "- One: 1.\n- Two: 2."
    assert shown[MIME]["findings"] == []
    assert shown[MIME]["sentences"][0][1] == ("1", "toy-a-x")
    assert chapter.run('recap("never")') == []


def test_what_is_missing_is_said_once_and_ends_what_needs_it(chapter):
    first = chapter.run('y = 1\nneed(False, "There is no *y*.")\ny = 2')
    assert [o["text/markdown"] for o in first] == [r"*There is no \*y\*.*"]
    for later in ("z = y + 1", "len(y)", 'say("{y:expert}", y=y)', "z[0]", "-z if z else y.a"):
        assert chapter.run(later) == [], later
    (shown,) = chapter.run('say("{x}", x=count(3))')
    assert shown["text/plain"] == "3"
    with pytest.raises(ZeroDivisionError):
        chapter.run("1 / 0")


def test_a_frame_at_the_end_of_a_cell_shows(chapter):
    (shown,) = chapter.run("import pandas as pd\npd.DataFrame({'a': [1]})")
    assert "<table" in shown["text/html"]
    assert chapter.run("None") == []


def test_a_table_in_words(chapter):
    chapter.run(
        """import pandas as pd
frame = pd.DataFrame({"label": ["<b>", "B"], "raised": [7, 0], "n": [20, 20],
    "low": [0.18, float("nan")], "high": [0.57, float("nan")], "who": [["e01", "e02"], []],
    "text": ["Да", "Нет"], "text_en": ["Yes", float("nan")], "x": [1.23456, -2]})"""
    )
    (shown,) = chapter.run(
        'table(frame, "A & B", "label raised/n low..high who text+text_en x:1",'
        ' headings={"x": "Change"})'
    )
    html = shown["text/html"]
    assert "<caption>A &amp; B</caption>" in html
    assert re.findall(r"<th scope=\"col\"[^>]*>(.*?)</th>", html) == [
        "Code", "Raised by", "95% interval", "Who", "Wording", "Change"
    ]  # fmt: skip
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in html.split("<tr>")[2:]]
    assert rows[0] == [
        "&lt;b&gt;", "7 of 20", "0.18 to 0.57", "e01, e02",
        '<p lang="ru">Да</p><p lang="en"><em>Yes</em></p>', "1.2",
    ]  # fmt: skip
    assert rows[1][1:] == ["none of the 20", "–", "–", '<p lang="ru">Нет</p>', "−2.0"]
    assert "<details" not in html


def test_the_name_of_a_column_may_hold_any_sign(chapter):
    names = ["И/ИЛИ", "Civil: IT", "a..B", "C++", "<b>"]
    (shown,) = chapter.run(f'table(pd.DataFrame([[1, 2, 3, 4, 5]], columns={names}), "T")')
    heads = re.findall(r"<th scope=\"col\"[^>]*>(.*?)</th>", shown["text/html"])
    assert heads == [*names[:4], "&lt;b&gt;"]


def test_a_long_table_is_folded(chapter):
    (shown,) = chapter.run('table(pd.DataFrame({"a": range(21)}), "Long")')
    assert shown["text/html"].startswith('<details class="study-folded"><summary>Long</summary>')


def test_of_a_very_long_table_the_first_thousand_rows_are_shown(chapter):
    (all_rows,) = chapter.run('table(pd.DataFrame({"a": range(1000)}), "Long")')
    (shown,) = chapter.run('table(pd.DataFrame({"a": range(12345)}), "Long")')
    caption = "Long (the first 1,000 of 12,345 rows)"
    assert f"<summary>{caption}</summary>" in shown["text/html"]
    assert shown["text/plain"] == caption
    assert shown["text/html"].replace(caption, "Long") == all_rows["text/html"]


def test_a_figure_comes_with_its_words_and_numbers(chapter):
    picture, note, numbers = chapter.run(
        "from analysis.draw import rows\n"
        'frame = pd.DataFrame({"label": ["A", "B"], "raised": [7, 3], "n": [20, 20]})\n'
        'figure(rows.counts, frame, "What is to be seen.", "label raised/n", alt="A before B.")'
    )
    output = chapter.outputs[-3]
    said = output.metadata["image/svg+xml"]
    assert (said["alt"], said["caption"]) == ("A before B.", "What is to be seen.")
    for svg, width in ((picture["image/svg+xml"], 700), (said["narrow"], 288)):
        assert f'width="{0.75 * width:g}pt"' in svg
        assert "no real expert said any of it" in svg
    assert NOTE in note
    assert note["text/plain"] == "What is to be seen."
    assert "7 of 20" in numbers["text/html"]
    assert "<details" in numbers["text/html"]


def test_a_chapter_without_a_panel_names_its_data(kernel):
    made = Chapter(kernel)
    made.run(OPEN.replace('open_chapter("toy", load_panel())', ""))
    (shown,) = made.run('open_chapter("toy", "public", data="public")')
    assert shown["text/plain"].startswith("Evidence: public, from data/public (digest ")
    made.run(
        'from analysis.findings import Fact\nsay("{x}, {when}.", x=count(3), when=Fact("2021-12"))'
    )
    found = made.findings()
    assert found["toy-x"].source == "public"
    assert found["toy-when"].value == "2021-12"


def test_the_chapter_of_contributing_runs(kernel, root):
    made = Chapter(kernel)
    text = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for block in re.findall(r"```python\n(.*?)```", text, re.S):
        made.run(dedent(block))
    assert set(made.findings()) == {"moderator-share-spoken"}


def test_frames_are_not_changed_by_showing_them(chapter):
    frame = pd.DataFrame({"a": [1.0, None]})
    chapter.shell.user_ns["frame"] = frame
    chapter.run('table(frame, "T")')
    assert frame.equals(pd.DataFrame({"a": [1.0, None]}))
