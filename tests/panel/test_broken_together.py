"""Many faults at once: all are told, in order, briefly; and nothing ever gives a traceback."""

import random
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.panel.contacts import EMAIL, has_email, has_phone, masked, shown
from analysis.panel.faults import PRINTED, Fault, Faults, PanelError, lines
from analysis.panel.panel import load_panel

# one fault each, in places that do not touch
MANY = [
    ("panel.yml", "source: constructed", "source: real"),
    ("sessions.csv", "2021-12-06", "2021-12-36"),
    ("stakeholders.csv", "Science,Наука", ",Наука"),
    ("experts.csv", "science,true", "science,yes"),
    ("guide.csv", "q2,problems,2", "q2,problems,1"),
    ("statements.csv", "Быстрее стало", "=1+1"),
    ("statements.csv", "33.5,50", "30.5,50"),
    ("statements.csv", "It got faster", "write to a@b.ru"),
    ("codebook.csv", "skills,obstacles", "skills,skills"),
    ("codebook_changes.csv", "double_work,added", "doublework,added"),
    ("coded.csv", "s09,boris\n", "s09,boris\ns01,boris\n"),
    ("codings.csv", "consensus,obstacles,raises", "consensus,voice,opposes"),
    ("items.csv", "i2,problems", "i2,problem"),
    ("ratings.csv", "e02,i1,2", "e02,i1,7"),
    ("memos.csv", "m1,", "M1,"),
    ("truth.yml", "seed: 1", "- seed"),
]
PLACES = [
    ("codebook.csv", 6, "parent_id"),
    ("codebook_changes.csv", 4, "code_id"),
    ("coded.csv", 18, "statement_id"),
    ("codings.csv", 10, "stance"),
    ("experts.csv", 6, "quotable"),
    ("guide.csv", 3, "position"),
    ("items.csv", 3, "task"),
    ("memos.csv", 2, "memo_id"),
    ("panel.yml", 4, "source"),
    ("ratings.csv", 5, "value"),
    ("sessions.csv", 2, "date"),
    ("stakeholders.csv", 4, "name"),
    ("statements.csv", 4, "text"),
    ("statements.csv", 4, "text_en"),
    ("statements.csv", 12, "start_s"),
    ("truth.yml", 2, None),
]


def broken(files, changes):
    files = dict(files)
    for file, old, new in changes:
        assert old in files[file]
        files[file] = files[file].replace(old, new, 1)
    return files


def test_all_faults_are_told_at_once_by_file_and_line(files, written, faults_of, tmp_path):
    faults = faults_of(written(tmp_path, broken(files, MANY)))
    assert [(f.file, f.row, f.column) for f in faults] == PLACES


@pytest.mark.parametrize("seed", range(3))
def test_faults_do_not_hide_each_other(seed, files, written, faults_of, tmp_path):
    """Any half of the faults gives just those faults that each gives alone."""
    chosen = random.Random(seed).sample(MANY, len(MANY) // 2)
    together = faults_of(written(tmp_path / "together", broken(files, chosen)))
    alone = []
    for change in chosen:
        alone += faults_of(written(tmp_path / "alone", broken(files, [change])))
    assert set(together) == set(alone)


def test_the_error_is_one_text_whose_last_line_counts(files, written, tmp_path):
    written(tmp_path, broken(files, MANY))
    with pytest.raises(PanelError) as caught:
        load_panel(tmp_path)
    text = str(caught.value).splitlines()
    assert text == lines(caught.value)
    assert len(text) == len(MANY) + 1
    assert caught.value.count == len(MANY)
    assert text[-1] == "16 faults in 14 files"
    assert text[3] == (
        "codings.csv, line 10, stance: expected one stance for a code in a statement; "
        "it has another in line 9; got 'opposes'"
    )


def test_like_faults_are_printed_fifty_a_file_and_the_others_counted(files, written, tmp_path):
    rows = "".join(f"m{i},yesterday,ada,,A memo.\n" for i in range(2, 402))
    written(tmp_path, {**files, "memos.csv": files["memos.csv"] + rows})
    with pytest.raises(PanelError) as caught:
        load_panel(tmp_path)
    error = caught.value
    assert error.count == 400
    assert len(error.faults) == 200
    assert error.more == {"memos.csv": 200}
    text = lines(error)
    assert len(text) == PRINTED + 2
    assert text[0].startswith("memos.csv, line 3, date: expected a date")
    assert text[-2:] == ["memos.csv: and 350 more", "400 faults in 1 file"]


def test_a_wrong_row_count_is_kept_brief_too(files, written, tmp_path):
    rows = "x\n" * 1000
    written(tmp_path, {**files, "memos.csv": files["memos.csv"] + rows})
    with pytest.raises(PanelError) as caught:
        load_panel(tmp_path)
    assert caught.value.count == 1000
    assert len(lines(caught.value)) == PRINTED + 2


def test_the_same_fault_is_told_once():
    faults = Faults()
    for _ in range(2):
        faults.add("a.csv", 2, "x", "y", "z")
    assert faults.error().faults == (Fault("a.csv", 2, "x", "y", "z"),)


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (Fault("a.csv", 2, "x", "y", "z"), "a.csv, line 2, x: expected z; got 'y'"),
        (Fault("a.csv", 2, "x", "", "z"), "a.csv, line 2, x: expected z; got nothing"),
        (Fault("a.csv", 2, None, None, "z"), "a.csv, line 2: expected z"),
        (Fault("a.csv", None, None, "y\x1b[1m", "z"), "a.csv: expected z; got 'y\\x1b[1m'"),
        (Fault("a.csv", 1, None, "it's", "z"), 'a.csv, line 1: expected z; got "it\'s"'),
    ],
)
def test_a_fault_as_text(fault, text):
    assert str(fault) == text


# what a message may show


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("short", "short"),
        ("я" * 60, "я" * 60),
        ("я" * 61, "я" * 60 + "..."),
        ("a@b.ru " * 10, "[e-mail] [e-mail] [e-mail] [e-mail] [e-mail] [e-mail] [e-mai..."),
        ("write to x.y@z.org or 8 800 555-35-35", "write to [e-mail] or [phone]"),
        (12, "12"),
    ],
)
def test_a_value_is_shown_short_and_masked(value, expected):
    assert shown(value) == expected


@given(st.text(alphabet="ab.@-+ я1", max_size=120), st.integers(0, 6000))
def test_no_address_is_ever_shown(text, padding):
    seen = shown("w" * padding + " " + text)
    assert EMAIL.search(seen) is None
    assert len(seen) <= 63


@given(st.text(alphabet="0123456789 +-().,", max_size=60))
def test_masking_leaves_no_number_behind(text):
    assert not has_phone(masked(text)) or not has_phone(text)
    assert not has_email(masked(text))


# random damage

PIECES = [
    *(b'"', b'""', b",", b"\n", b"\r", b"\r\n", b"\0", b"=", b"@", b";", b"\t", b" ", b"-"),
    *(b"\xff", b"\xef\xbb\xbf", "я".encode(), b"e01", b"s02", b"moderator", b"consensus", b"g2"),
    *(b"nan", b"inf", b"1e999", b"9" * 30, b"true", b": ", b"[", b"{", b"&a ", b"*a", b"- ", b"#"),
]


def attempt(folder):
    """The panel, or the error."""
    try:
        return load_panel(folder), None
    except PanelError as error:
        return None, error


@st.composite
def damage(draw):
    """Which file, and pieces that are put into it: a place, how much they replace, what."""
    name = draw(st.integers(0, 13))
    piece = st.one_of(st.sampled_from(PIECES), st.binary(max_size=8))
    edit = st.tuples(st.floats(0, 1), st.integers(0, 30), piece)
    return name, draw(st.lists(edit, min_size=1, max_size=8))


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(damages=st.lists(damage(), min_size=1, max_size=3))
def test_damaged_bytes_give_faults_or_load_and_never_a_traceback(files, written, damages):
    content = {name: text.encode("utf-8") for name, text in files.items()}
    for index, edits in damages:
        name = sorted(content)[index]
        data = bytearray(content[name])
        for where, length, piece in edits:
            start = int(where * len(data))
            data[start : start + length] = piece
        content[name] = bytes(data)
    with TemporaryDirectory() as place:
        folder = written(Path(place) / "panel", content)
        panel, error = attempt(folder)
        if error is None:
            assert panel == load_panel(folder, check=False)
        else:
            assert error.faults
            assert lines(error)[-1].split()[0] == str(error.count)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(name=st.integers(0, 12), data=st.binary(max_size=300))  # not truth.yml, the last
def test_any_bytes_in_the_place_of_a_file_give_a_fault(files, written, name, data):
    content = {**files, sorted(files)[name]: data}
    with TemporaryDirectory() as place:
        folder = written(Path(place) / "panel", content)
        with pytest.raises(PanelError) as caught:
            load_panel(folder)
    assert caught.value.faults
