"""The ledger: what may enter it, reading and writing it, and what differs between two."""

from dataclasses import replace

import pytest

from analysis.findings import (
    MIME,
    Finding,
    FindingError,
    compare,
    from_notebook,
    ledger,
    read_csv,
    rounded,
    to_csv,
)

ONE = Finding(
    id="barriers-first-most", chapter="barriers", value=0.6, low=0.386581501, high=0.781193468,
    k=12, n=20, text="12 of 20", source="constructed", standing="model-based", method="share",
    function="analysis.statistics.summary.share", digest="c7d01bbb6a8a",
)  # fmt: skip


def cell(*findings):
    carried = [
        {name: getattr(f, name) for name in Finding.__slots__ if name not in ("page", "cell")}
        for f in findings
    ]
    data = {MIME: {"sentences": [], "findings": carried}}
    return {"cell_type": "code", "outputs": [{"output_type": "display_data", "data": data}]}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": "Barriers"}, "expected lower-case"),
        ({"source": "article"}, "source 'article' is not one of record, public"),
        ({"standing": "true"}, "standing 'true' is not one of description"),
        ({"value": float("inf")}, "value is inf"),
        ({"low": float("nan")}, "low is nan"),
        ({"value": "x" * 61}, "61 characters are no name"),
    ],
)
def test_what_must_not_enter(changes, message):
    with pytest.raises(FindingError, match=message):
        replace(ONE, **changes)


def test_what_is_kept_of_a_number():
    assert rounded(0.1234567890123) == 0.123456789
    assert rounded(3.0) == 3
    assert isinstance(rounded(3.0), int)
    assert rounded(float("nan")) is None
    assert rounded(None) is None


def test_findings_come_with_their_page_and_cell():
    notebook = {"cells": [{"cell_type": "markdown"}, cell(), cell(ONE)]}
    assert list(from_notebook(notebook, "book/x")) == [replace(ONE, page="book/x", cell=2)]


def test_an_id_is_used_once_in_the_book():
    with pytest.raises(FindingError, match="used in book/a and in book/b"):
        ledger({"book/a": {"cells": [cell(ONE)]}, "book/b": {"cells": [cell(ONE)]}})


def test_a_ledger_is_read_back_as_it_was_written(tmp_path):
    found = [
        replace(ONE, page="book/x", cell=3),
        replace(ONE, id="record-date", value="2021-12", low=None, high=None, k=None, n=None),
        replace(ONE, id="record-none", value=None, text="not defined, “a”, b"),
        replace(ONE, id="record-count", value=20, k=None),
    ]
    path = tmp_path / "findings.csv"
    path.write_text(to_csv(found), encoding="utf-8", newline="")
    assert read_csv(path) == found


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.replace("standing", "stance", 1), r"lacks the column\(s\) standing"),
        (lambda t: t.replace("0.386581501", "low"), "row 2, column low: expected a number"),
        (lambda t: t.replace("constructed", "invented"), "row 2: finding .* source 'invented'"),
        (lambda t: t.replace("book/x,3", "book/x"), "row 2: expected 15 cells"),
    ],
)
def test_what_is_no_ledger_is_told(tmp_path, change, message):
    path = tmp_path / "findings.csv"
    path.write_text(change(to_csv([replace(ONE, page="book/x", cell=3)])), encoding="utf-8")
    with pytest.raises(FindingError, match=message):
        read_csv(path)


def test_differences_are_told_by_number():
    new = [replace(ONE, k=13, value=0.65, text="13 of 20", digest="0"), replace(ONE, id="b")]
    assert compare([ONE, replace(ONE, id="c")], new) == [
        "changed  barriers-first-most: value 0.6 -> 0.65; k 12 -> 13; text 12 of 20 -> 13 of 20",
        "appeared b: 12 of 20",
        "vanished c: 12 of 20",
        "1 changed, 1 appeared, 1 vanished",
    ]
    assert compare([ONE], [replace(ONE, digest="0")]) == ["0 changed, 0 appeared, 0 vanished"]
