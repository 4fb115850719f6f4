"""Findings: what may enter the ledger, and the ledger's way to a file and back."""

import csv
import dataclasses
import io
import json
import math
import re

import nbformat.v4 as v4
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.evidence import findings as ledger
from analysis.evidence.findings import Finding, FindingError

PLAIN = {
    "id": "egdi-2022",
    "chapter": "public-statistics",
    "label": "EGDI of Russia, 2022",
    "value": 0.8162,
    "low": None,
    "high": None,
    "k": None,
    "n": None,
    "unit": "index",
    "source": "public",
    "standing": "description",
    "method": "as published",
    "function": "analysis.display.wording.number",
    "digest": "0123456789ab",
    "text": "0.816",
}


def finding(**changes):
    return Finding(**PLAIN | changes)


# What may enter


def test_the_vocabularies():
    assert list(ledger.SOURCES) == ["record", "public", "constructed", "simulated", "panel"]
    assert list(ledger.STANDINGS) == ["description", "model-based", "sensitivity", "simulation"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"id": "EGDI"}, "finding id 'EGDI': expected lower-case letters, digits, - _"),
        ({"id": ""}, "finding id '': expected lower-case letters"),
        ({"id": "-a"}, "finding id '-a': expected lower-case letters"),
        ({"id": "a b"}, "finding id 'a b': expected lower-case letters"),
        ({"id": "a\n"}, r"finding id 'a\n': expected lower-case letters"),
        ({"id": "\u0430"}, "finding id '\u0430': expected lower-case letters"),  # Cyrillic a
        (
            {"source": "hearsay"},
            "finding egdi-2022: source 'hearsay' is not one of "
            "record, public, constructed, simulated, panel",
        ),
        (
            {"standing": "proof"},
            "finding egdi-2022: standing 'proof' is not one of "
            "description, model-based, sensitivity, simulation",
        ),
        ({"label": ""}, "finding egdi-2022: label is empty"),
        ({"text": ""}, "finding egdi-2022: text is empty"),
        ({"digest": ""}, "finding egdi-2022: digest is empty"),
        ({"unit": ""}, "finding egdi-2022: unit is empty"),
        ({"value": math.inf}, "finding egdi-2022: value is inf; leave it empty"),
        ({"value": math.nan}, "finding egdi-2022: value is nan; leave it empty"),
        ({"low": -math.inf}, "finding egdi-2022: low is -inf; leave it empty"),
        ({"high": math.nan}, "finding egdi-2022: high is nan; leave it empty"),
        ({"function": "share"}, "finding egdi-2022: cannot import function 'share'"),
        ({"function": ""}, "finding egdi-2022: cannot import function ''"),
        (
            {"function": "analysis.display.wording.nothing"},
            "finding egdi-2022: cannot import function 'analysis.display.wording.nothing'",
        ),
        (
            {"function": "analysis.nowhere.share"},
            "finding egdi-2022: cannot import function 'analysis.nowhere.share'",
        ),
        ({"function": ".wording.share"}, "cannot import function '.wording.share'"),
    ],
)
def test_refusals_name_the_finding_and_the_fault(changes, said):
    with pytest.raises(FindingError, match=re.escape(said)):
        finding(**changes)


@pytest.mark.parametrize("source", ledger.SOURCES)
@pytest.mark.parametrize("standing", ledger.STANDINGS)
def test_every_label_of_the_vocabularies_is_taken(source, standing):
    made = finding(source=source, standing=standing)
    assert (made.source, made.standing) == (source, standing)


@pytest.mark.parametrize("value", [None, 0, -3, 0.5, -0.5, "Digital Sociology"])
def test_a_value_is_a_number_a_text_or_nothing(value):
    assert finding(value=value).value == value


def test_a_finding_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        finding().value = 0.9


def test_resolve_finds_what_a_dotted_name_names():
    from analysis.display import wording

    assert ledger.resolve("analysis.display.wording.share") is wording.share
    assert ledger.resolve("math.tau") == math.tau


@pytest.mark.parametrize(
    "dotted",
    ["", "share", ".", "..", ".a.b", "a..b", "no_such_package.share", "math.no_such_name", "math."],
)
def test_resolve_returns_none_for_what_names_nothing(dotted):
    assert ledger.resolve(dotted) is None


def test_ids_are_unique():
    ledger.check_unique([])
    ledger.check_unique([finding(), finding(id="other")])
    twice = [finding(chapter="one"), finding(id="b"), finding(chapter="two")]
    with pytest.raises(FindingError, match=r"^finding id 'egdi-2022' is used in one and in two$"):
        ledger.check_unique(twice)


# Out of a notebook


def glued(made):
    return v4.new_output(
        "display_data",
        data={
            "application/papermill.record/text/plain": made.text,
            "application/papermill.record/application/vnd.study.finding+json": ledger.to_json(made),
        },
    )


def test_from_notebook_takes_the_findings_in_order_and_nothing_else():
    one, two, three = finding(id="c"), finding(id="a", k=7, n=20), finding(id="b", value=None)
    other = v4.new_output("display_data", data={"text/plain": "a table", "text/html": "<table>"})
    notebook = v4.new_notebook(
        cells=[
            v4.new_markdown_cell("# Title"),
            v4.new_code_cell("", outputs=[v4.new_output("stream", text="x"), glued(one), other]),
            v4.new_code_cell(""),
            v4.new_code_cell("", outputs=[glued(two), glued(three)]),
        ]
    )
    assert ledger.from_notebook(notebook) == [one, two, three]
    assert ledger.from_notebook(json.loads(json.dumps(notebook))) == [one, two, three]
    assert ledger.from_notebook(v4.new_notebook()) == []


def test_from_notebook_refuses_a_finding_that_was_edited():
    output = glued(finding())
    output["data"][ledger.GLUE_PREFIX + ledger.MIME]["source"] = "hearsay"
    with pytest.raises(FindingError, match="source 'hearsay'"):
        ledger.from_notebook(v4.new_notebook(cells=[v4.new_code_cell("", outputs=[output])]))


# The file


def test_csv_exactly():
    made = [
        finding(),
        finding(
            id="share",
            label='raised, "first"',
            value=0.35,
            low=-0.5,
            high=1.0,
            k=7,
            n=20,
            unit="share",
            text="7 of 20 (35%)",
        ),
        finding(id="month", value="2021-12", unit="date", method="two\nlines", text="2021-12"),
    ]
    assert ledger.to_csv(made) == (
        "id,chapter,label,value,low,high,k,n,unit,source,standing,method,function,digest,text\n"
        'egdi-2022,public-statistics,"EGDI of Russia, 2022",0.8162,,,,,index,public,description,'
        "as published,analysis.display.wording.number,0123456789ab,0.816\n"
        'share,public-statistics,"raised, ""first""",0.35,-0.5,1.0,7,20,share,public,description,'
        "as published,analysis.display.wording.number,0123456789ab,7 of 20 (35%)\n"
        'month,public-statistics,"EGDI of Russia, 2022",2021-12,,,,,date,public,description,'
        '"two\nlines",analysis.display.wording.number,0123456789ab,2021-12\n'
    )


def test_the_columns_are_the_fields_of_a_finding():
    assert tuple(PLAIN) == ledger.COLUMNS
    assert ledger.to_csv([]) == ",".join(PLAIN) + "\n"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("ledger") / "findings.csv"


def back(file, findings):
    file.write_bytes(ledger.to_csv(findings).encode("utf-8"))
    return ledger.read_csv(file)


WORDS = st.one_of(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=12),
    st.text(',"\n\r; \tабвё—-0.%', min_size=1, max_size=12),
)
NUMBERS = st.one_of(
    st.none(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
)
COUNTS = st.none() | st.integers(0, 10**6)
FINDINGS = st.fixed_dictionaries(
    {
        "id": st.from_regex(r"[a-z0-9][a-z0-9_-]{0,8}", fullmatch=True),
        "chapter": WORDS,
        "label": WORDS,
        "low": NUMBERS,
        "high": NUMBERS,
        "k": COUNTS,
        "n": COUNTS,
        "source": st.sampled_from(list(ledger.SOURCES)),
        "standing": st.sampled_from(list(ledger.STANDINGS)),
        "method": st.just("") | WORDS,
        "function": st.just(PLAIN["function"]),
        "digest": WORDS,
        "text": WORDS,
    }
)
VALUES = st.one_of(
    st.tuples(st.sampled_from(["index", "share", "count", "points"]), NUMBERS),
    st.tuples(st.sampled_from(sorted(ledger.TEXT_UNITS)), st.none() | WORDS),
)


@settings(deadline=None)
@given(st.lists(st.tuples(FINDINGS, VALUES), max_size=4))
def test_a_ledger_survives_the_way_to_a_file_and_back(file, drawn):
    made = [Finding(**fields, unit=unit, value=value) for fields, (unit, value) in drawn]
    read = back(file, made)
    assert read == made
    for one, other in zip(read, made, strict=True):
        assert [type(v) for v in dataclasses.astuple(one)] == [
            type(v) for v in dataclasses.astuple(other)
        ]


@pytest.mark.parametrize("value", [0, 7, -7, 7.0, -0.5, 0.1 + 0.2, 1e22, 5e-324, 2**60, None])
def test_a_number_comes_back_as_the_same_number_of_the_same_type(file, value):
    (read,) = back(file, [finding(value=value, low=value, high=value)])
    for number in (read.value, read.low, read.high):
        assert number == value
        assert type(number) is type(value)


@pytest.mark.parametrize("unit", sorted(ledger.TEXT_UNITS))
@pytest.mark.parametrize("value", ["57", "2021-12", "1e5", "nan", " ", "Сеть, «A»"])
def test_text_stays_text(file, unit, value):
    (read,) = back(file, [finding(unit=unit, value=value, text=value)])
    assert read.value == value


def test_another_program_reads_the_same_cells(file):
    import pandas as pd

    made = [finding(id="a", label='x, "y"\nz', k=7, n=20), finding(id="b", label="Доля")]
    back(file, made)
    frame = pd.read_csv(file)
    assert frame["label"].tolist() == ['x, "y"\nz', "Доля"]
    assert frame["k"].tolist()[0] == 7
    assert tuple(frame.columns) == ledger.COLUMNS


def broken(file, **cells):
    """A ledger of two rows whose second has ``cells`` put in; read it."""
    rows = list(csv.reader(io.StringIO(ledger.to_csv([finding(id="first"), finding()]))))
    for name, cell in cells.items():
        rows[2][ledger.COLUMNS.index(name)] = cell
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(rows)
    return ledger.read_csv(file)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"value": "high"}, "column value: expected a number, got 'high'"),
        ({"value": "0,5"}, "column value: expected a number, got '0,5'"),
        ({"low": "-"}, "column low: expected a number, got '-'"),
        ({"high": "1.2.3"}, "column high: expected a number, got '1.2.3'"),
        ({"k": "7.0"}, "column k: expected a whole number, got '7.0'"),
        ({"n": "twenty"}, "column n: expected a whole number, got 'twenty'"),
        ({"value": "nan"}, "finding egdi-2022: value is nan; leave it empty"),
        ({"source": "hearsay"}, "finding egdi-2022: source 'hearsay' is not one of record"),
        ({"standing": ""}, "finding egdi-2022: standing '' is not one of description"),
        ({"text": ""}, "finding egdi-2022: text is empty"),
        ({"function": "a.b"}, "finding egdi-2022: cannot import function 'a.b'"),
        ({"id": "A"}, "finding id 'A': expected lower-case letters"),
    ],
)
def test_read_csv_names_the_file_the_row_and_the_fault(file, cells, said):
    with pytest.raises(FindingError, match=re.escape(f"{file}, row 3")) as caught:
        broken(file, **cells)
    assert said in str(caught.value)


def test_the_broken_ledger_is_sound_where_nothing_is_broken(file):
    assert [f.id for f in broken(file)] == ["first", "egdi-2022"]
    assert broken(file, value="")[1].value is None


def test_read_csv_names_the_columns_that_are_missing(file):
    file.write_text("id,chapter,label,value\na,b,c,1\n", encoding="utf-8")
    with pytest.raises(FindingError) as caught:
        ledger.read_csv(file)
    assert str(caught.value) == (
        f"{file}: not a ledger, lacks the column(s) low, high, k, n, unit, source, standing, "
        "method, function, digest, text"
    )
    file.write_text("", encoding="utf-8")
    with pytest.raises(FindingError, match=r"lacks the column\(s\) id, chapter"):
        ledger.read_csv(file)


@pytest.mark.parametrize("ending", [",,extra\n", "\n"])
def test_read_csv_refuses_a_row_of_another_length(file, ending):
    lines = ledger.to_csv([finding()]).splitlines(keepends=True)
    short = lines[1].rstrip("\n") if "extra" in ending else lines[1].rsplit(",", 2)[0]
    file.write_text(lines[0] + short + ending, encoding="utf-8")
    with pytest.raises(FindingError, match=re.escape(f"{file}, row 2: expected 15 cells")):
        ledger.read_csv(file)


def test_read_csv_takes_columns_in_any_order_and_more_of_them(file):
    rows = list(csv.DictReader(io.StringIO(ledger.to_csv([finding()]))))
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, [*reversed(ledger.COLUMNS), "note"])
        writer.writeheader()
        writer.writerow(rows[0] | {"note": "mine"})
    assert ledger.read_csv(file) == [finding()]


def test_chapters_json_lists_the_sources_of_each_chapter():
    made = [
        finding(chapter="b", source="public"),
        finding(chapter="b", source="record"),
        finding(chapter="b", source="public"),
        finding(chapter="a", source="panel"),
    ]
    assert json.loads(ledger.chapters_json(made)) == {"b": ["public", "record"], "a": ["panel"]}
