"""What a notebook shows and records, as the outputs that land in it."""

import ast
import dataclasses
import json
import math
import re
from decimal import Decimal
from fractions import Fraction

import nbformat.v4 as v4
import numpy as np
import pandas as pd
import pytest

from analysis.display import figures, notebook
from analysis.evidence.findings import GLUE_PREFIX, MIME, FindingError, from_notebook
from analysis.steps.results import Result


def result(**changes):
    made = Result(
        id="egdi-2022",
        label="EGDI of Russia, 2022",
        value=0.81620,
        unit="index",
        standing="description",
        method="as published",
        function="analysis.display.wording.number",
    )
    return dataclasses.replace(made, **changes)


def finding(**changes):
    (made,) = notebook.findings("public-statistics", [result(**changes)], "public", "0123456789ab")
    return made


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """Run a function where ``display`` is a notebook's; return its outputs."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        InteractiveShell.instance()

    def run(function, *arguments, **options):
        with capture_output() as captured:
            function(*arguments, **options)
        assert (captured.stdout, captured.stderr) == ("", "")
        return [
            v4.new_output("display_data", data=o.data, metadata=o.metadata or {})
            for o in captured.outputs
        ]

    yield run
    InteractiveShell.clear_instance()


# Findings


def test_a_result_becomes_a_finding():
    made = finding(low=0.8, high=0.9, k=42, n=193)
    assert dataclasses.asdict(made) == {
        "id": "egdi-2022",
        "chapter": "public-statistics",
        "label": "EGDI of Russia, 2022",
        "value": 0.8162,
        "low": 0.8,
        "high": 0.9,
        "k": 42,
        "n": 193,
        "unit": "index",
        "source": "public",
        "standing": "description",
        "method": "as published",
        "function": "analysis.display.wording.number",
        "digest": "0123456789ab",
        "text": "0.816",
    }


def test_the_text_is_in_the_language_asked_for():
    (made,) = notebook.findings("c", [result()], "public", "d", language="ru")
    assert made.text == "0,816"


def test_findings_keep_their_order():
    made = notebook.findings("c", [result(id=i) for i in ("b", "a", "c")], "public", "d")
    assert [f.id for f in made] == ["b", "a", "c"]
    assert notebook.findings("c", [], "public", "d") == []


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (1 / 3, 0.333333333),
        (0.1 + 0.2, 0.3),
        (123456.7891234, 123456.789),
        (-2 / 3e6, -6.66666667e-07),
        (np.float64(1 / 3), 0.333333333),
        (np.float32(0.1), 0.100000001),
        (Fraction(2, 3), 0.666666667),
        (2.0, 2.0),
        (57, 57),
        (np.int64(57), 57),
        (2**60 + 1, 2**60 + 1),
    ],
)
def test_a_value_keeps_its_significant_digits(value, kept):
    made = finding(value=value, low=value, high=value)
    for number in (made.value, made.low, made.high):
        assert number == kept
        assert type(number) is type(kept)


@pytest.mark.parametrize("nothing", [None, math.nan, np.float64("nan"), np.float32("nan")])
def test_nan_is_no_number_and_is_worded_as_not_defined(nothing):
    made = finding(value=nothing, low=nothing, high=nothing, k=nothing, n=nothing)
    assert (made.value, made.low, made.high, made.k, made.n) == (None,) * 5
    assert made.text == "not defined"


@pytest.mark.parametrize("unit", ["direction", "side", "points", "rank", "count", "change"])
def test_nan_is_not_defined_in_other_units_too(unit):
    assert finding(value=math.nan, unit=unit).text == "not defined"


@pytest.mark.parametrize("wrong", [True, np.bool_(True), pd.NA, 1j, Decimal("0.1"), [1]])
def test_what_is_no_number_is_refused(wrong):
    with pytest.raises(TypeError, match="a finding is a number or a text, not"):
        finding(value=wrong)


@pytest.mark.parametrize("wrong", [True, np.bool_(False)])
@pytest.mark.parametrize("name", ["low", "high", "k", "n"])
def test_a_truth_value_is_refused_everywhere(name, wrong):
    with pytest.raises(TypeError, match="a finding is a number or a text, not"):
        finding(**{name: wrong})


def test_an_infinite_value_is_refused():
    with pytest.raises(FindingError, match="finding egdi-2022: value is inf; leave it empty"):
        finding(value=math.inf)


@pytest.mark.parametrize("k", [7, 7.0, np.int64(7), np.float64(7)])
def test_counts_are_whole_numbers(k):
    made = finding(value=0.35, unit="share", k=k, n=20.0)
    assert (type(made.k), type(made.n)) == (int, int)
    assert made.text == "7 of 20 (35%)"


@pytest.mark.parametrize("k", [7.5, "7"])
def test_a_count_that_is_not_whole_is_refused(k):
    with pytest.raises(ValueError, match="a count is a whole number, not"):
        finding(value=0.35, unit="share", k=k, n=20)


def test_a_share_without_its_counts_is_refused():
    with pytest.raises(ValueError, match="needs its counts k and n"):
        finding(value=0.35, unit="share", k=math.nan, n=20)


def test_an_unknown_unit_is_refused():
    with pytest.raises(ValueError, match="unknown unit 'furlongs'"):
        finding(unit="furlongs")


def test_two_findings_of_one_id_are_refused():
    with pytest.raises(FindingError, match="'egdi-2022' is used in c and in c"):
        notebook.findings("c", [result(), result(value=0.5)], "public", "d")


@pytest.mark.parametrize(
    ("source", "changes", "said"),
    [
        ("hearsay", {}, "source 'hearsay' is not one of record, public"),
        ("public", {"standing": "proof"}, "standing 'proof' is not one of description"),
        ("public", {"label": ""}, "label is empty"),
        ("public", {"unit": "text", "value": ""}, "text is empty"),
        ("public", {"function": "analysis.nothing"}, "cannot import function 'analysis.nothing'"),
        ("public", {"id": "EGDI 2022"}, "expected lower-case letters"),
    ],
)
def test_what_may_not_enter_the_ledger_is_refused(source, changes, said):
    with pytest.raises(FindingError, match=re.escape(said)):
        notebook.findings("c", [result(**changes)], source, "d")


# Recording


def test_record_puts_each_finding_into_an_output_of_its_own(shown):
    results = [result(), result(id="points", value=-12.0, unit="points")]
    outputs = shown(notebook.record, "public-statistics", results, "public", "0123456789ab")
    expected = notebook.findings("public-statistics", results, "public", "0123456789ab")
    assert [dict(o.data) for o in outputs] == [
        {
            "application/papermill.record/text/plain": f"'{made.text}'",
            "application/papermill.record/application/vnd.study.finding+json": dataclasses.asdict(
                made
            ),
        }
        for made in expected
    ]
    assert [o.metadata for o in outputs] == [
        {"scrapbook": {"mime_prefix": "application/papermill.record/", "name": made.id}}
        for made in expected
    ]
    assert [made.text for made in expected] == ["0.816", "\u221212"]


def test_what_is_recorded_is_read_back_from_the_stored_notebook(shown):
    results = [result(value=math.nan), result(id="b", k=7, n=20, unit="count-of", value=0.35)]
    outputs = shown(notebook.record, "c", results, "public", "d")
    stored = json.loads(
        json.dumps(v4.new_notebook(cells=[v4.new_code_cell("...", outputs=outputs)]))
    )
    assert from_notebook(stored) == notebook.findings("c", results, "public", "d")


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        ("index", 0.33, "0.330"),
        ("change", -0.1, "\u22120.100"),
        ("text", "057", "057"),
        ("text", "l'un, \"l'autre\" и \\ все", "l'un, \"l'autre\" и \\ все"),
    ],
)
def test_what_is_glued_is_a_literal_that_keeps_every_character(shown, unit, value, text):
    (output,) = shown(notebook.record, "c", [result(unit=unit, value=value)], "public", "d")
    assert ast.literal_eval(output.data[GLUE_PREFIX + "text/plain"]) == text
    assert output.data[GLUE_PREFIX + MIME]["text"] == text


def test_record_shows_nothing_to_the_reader(shown):
    (output,) = shown(notebook.record, "c", [result()], "public", "d")
    assert all(mime.startswith(GLUE_PREFIX) for mime in output.data)
    assert GLUE_PREFIX + MIME in output.data


def test_record_refuses_before_anything_is_shown(shown):
    def both():
        with pytest.raises(FindingError, match="is used in c and in c"):
            notebook.record("c", [result(), result()], "public", "d")

    assert shown(both) == []


# Tables and figures

FRAME = pd.DataFrame({"name": ["alpha", "beta"], "k": [3, 7]})


def picture():
    figure, axes = figures.canvas(height=2)
    figures.counts(axes, ["alpha", "beta"], [3, 7], 20)
    return figure


def test_table_shows_html_with_its_source(shown):
    (output,) = shown(notebook.table, FRAME, "Counts", "public", {"name": "Code", "k": "Experts"})
    assert output.metadata == {"study_source": "public"}
    assert output.data["text/plain"] == "Counts"
    html = output.data["text/html"]
    assert "<caption>Counts</caption>" in html
    assert '<th scope="col">Code</th><th scope="col" class="num">Experts</th>' in html
    assert '<tr><th scope="row">beta</th><td class="num">7</td></tr>' in html


def test_a_table_of_method_has_no_source(shown):
    rules = pd.DataFrame({"rule": ["a < b"]})
    (output,) = shown(notebook.method, rules, "Rules", {"rule": "The rule"})
    assert output.metadata == {}
    assert output.data["text/plain"] == "Rules"
    assert "<caption>Rules</caption>" in output.data["text/html"]
    assert '<th scope="col">The rule</th>' in output.data["text/html"]
    assert "a &lt; b" in output.data["text/html"]


def test_a_table_of_constructed_evidence_is_marked(shown):
    (output,) = shown(notebook.table, FRAME, "Counts", "constructed", language="ru")
    assert (
        '<span class="study-mark-inline">'
        "Построенная панель: ни один реальный эксперт этого не говорил</span>"
    ) in output.data["text/html"]


def test_figure_shows_the_picture_and_its_numbers_below(shown):
    drawn, numbers = shown(
        notebook.figure,
        picture(),
        "alpha 3 of 20, beta 7 of 20",
        "Counts.",
        FRAME,
        "public",
        formats={"k": 1},
    )
    assert drawn.data["image/svg+xml"] == figures.to_svg(picture(), "public")
    assert drawn.data["text/plain"] == "alpha 3 of 20, beta 7 of 20"
    assert drawn.metadata == {
        "study_source": "public",
        "image/svg+xml": {"alt": "alpha 3 of 20, beta 7 of 20", "caption": "Counts."},
    }
    html = numbers.data["text/html"]
    assert html.startswith(
        '<details class="study-numbers"><summary>The numbers in the figure</summary>\n<div'
    )
    assert html.endswith("</div>\n</details>")
    assert '<tr><th scope="row">beta</th><td class="num">7.0</td></tr>' in html
    assert numbers.metadata == {"study_source": "public"}
    assert numbers.data["text/plain"] == "The numbers in the figure"


def test_a_figure_of_simulated_evidence_is_marked_in_picture_caption_and_table(shown, monkeypatch):
    monkeypatch.setitem(figures.STYLE, "svg.fonttype", "none")
    drawn, numbers = shown(notebook.figure, picture(), "alt", "Counts.", FRAME, "simulated")
    mark = "Simulated data: not observed"
    assert f">{mark}</text>" in drawn.data["image/svg+xml"]
    assert drawn.metadata["image/svg+xml"]["caption"] == f"Counts. {mark}"
    assert f'<span class="study-mark-inline">{mark}</span>' in numbers.data["text/html"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"alt": ""}, "a figure needs an alternative text and a caption"),
        ({"alt": " \n"}, "a figure needs an alternative text and a caption"),
        ({"caption": " "}, "a figure needs an alternative text and a caption"),
        ({"numbers": FRAME.iloc[:0]}, "a figure needs its numbers"),
        ({"source": "hearsay"}, "source 'hearsay' is not one of record, public, constructed"),
    ],
)
def test_a_figure_that_lacks_something_is_refused(shown, changes, said):
    given = {"alt": "alt", "caption": "Counts.", "numbers": FRAME, "source": "public"} | changes

    def refused():
        with pytest.raises(ValueError, match=said):
            notebook.figure(picture(), **given)

    assert shown(refused) == []


def test_a_table_of_unknown_source_is_refused(shown):
    def refused():
        with pytest.raises(FindingError, match="source 'hearsay' is not one of record, public"):
            notebook.table(FRAME, "Counts", "hearsay")

    assert shown(refused) == []
