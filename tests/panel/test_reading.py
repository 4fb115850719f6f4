"""The three ways to read rows give the same, whichever is fast enough for a file."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.panel.encodings import repaired
from analysis.panel.faults import Faults
from analysis.panel.format import TABLES
from analysis.panel.reading import _Parser, _regular, _split, read_sheet

# line ends, quotation marks and commas inside cells, and letters of one, two and four bytes
CELLS = st.text(alphabet='ab,"\n яё🙂=', max_size=6)


def text_of(rows, quoting):
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n", quoting=quoting).writerows(rows)
    return out.getvalue().encode("utf-8")


@given(
    st.integers(1, 4).flatmap(
        lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=8)
    ),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.booleans(),
)
def test_every_way_gives_the_cells_that_were_written(rows, quoting, last_line_end):
    width = len(rows[0]) if rows else 3
    data = text_of(rows, quoting)
    data = data if last_line_end else data.removesuffix(b"\n")
    faults = Faults()
    columns, lines, shaped = _Parser("x.csv", width, faults).parse(data)
    assert not faults
    assert [list(row) for row in zip(*columns, strict=True)] == rows
    assert shaped.all()
    ends = [sum(cell.count("\n") for cell in row) + 1 for row in rows]
    assert lines.tolist() == (np.cumsum([2, *ends])[:-1]).tolist()
    for fast in (_split(data, width), _regular(data, width)):
        if fast is not None:
            assert fast[0] == columns
            assert fast[1].tolist() == lines.tolist()
            assert fast[2].all()


@given(st.text(alphabet='a,"\nя\r', max_size=40).map(str.encode), st.integers(1, 4))
def test_a_fast_way_is_taken_only_for_what_has_no_fault(data, width):
    faults = Faults()
    columns, lines, shaped = _Parser("x.csv", width, faults).parse(data)
    assert {len(column) for column in columns} == {len(lines)} == {len(shaped)}
    assert bool(faults) == (not shaped.all())
    for fast in (_split(data, width), _regular(data, width)):
        if fast is not None:
            assert not faults
            assert fast[0] == columns
            assert fast[1].tolist() == lines.tolist()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a,b\nc,d\n", [["a", "c"], ["b", "d"]]),
        (b"a,b\nc,d", [["a", "c"], ["b", "d"]]),
        (b"", [[], []]),
        (b"a,b\nc\n", None),
        (b"a,b\nc,d,e\n", None),
        (b"a,b,c\nd\n", None),
        (b"a,b\n\nc,d\n", None),
        (b'a,"b"\n', None),
    ],
)
def test_files_without_quotation_marks_are_split(data, expected):
    found = _split(data, 2)
    assert (found is None) if expected is None else found[0] == expected


def test_a_table_of_one_column_is_never_split():
    """An empty row would look like an empty cell."""
    assert _split(b"a\n\nb\n", 1) is None


def test_rows_of_many_pieces(tmp_path):
    """More rows than are moved at once, with a line end in a cell and a short row on the way."""
    rows = [f"m{i},2022-01,ada,,Memo {i}" for i in range(7000)]
    rows[4321] = 'm4321,2022-01,ada,,"Memo\n4321"'
    rows[5000] = "m5000,2022-01"
    path = tmp_path / "memos.csv"
    path.write_text("memo_id,date,author,about,text\n" + "\n".join(rows) + "\n", "utf-8")
    faults = Faults()
    sheet = read_sheet(path, TABLES["memos"], faults)
    assert [(f.row, f.value) for f in faults.error().faults] == [(5003, "2 cells")]
    assert sheet.columns["memo_id"] == [f"m{i}" for i in range(7000)]
    assert np.flatnonzero(~sheet.shaped).tolist() == [5000]
    assert sheet.lines[[0, 4321, 4322, 6999]].tolist() == [2, 4323, 4325, 7002]


@given(st.binary(max_size=80))
def test_any_bytes_become_utf8_and_sound_ones_stay(data):
    faults = Faults()
    text = repaired(data, "x.csv", faults)
    text.decode("utf-8")
    assert b"\0" not in text
    if not faults:
        assert text == data


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "cp866", "utf-16", "utf-16-be"])
def test_russian_text_is_read_in_whatever_encoding(encoding):
    text = "text\nДля меня это семь паролей, и три из них одинаковые.\n" * 50
    faults = Faults()
    assert repaired(text.encode(encoding), "x.csv", faults).decode("utf-8") == text
    assert len(faults.error().faults) == 1


def test_other_letters_are_not_taken_for_russian():
    faults = Faults()
    repaired("Müller, café, Ærø\n".encode("latin-1") * 3, "x.csv", faults)
    (fault,) = faults.error().faults
    assert fault.value == "byte 0xfc at offset 1"
