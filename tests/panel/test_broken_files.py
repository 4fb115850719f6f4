"""What is wrong with a file as a whole: the right message, once, and the rest is still checked."""

import time
from pathlib import Path

import pytest

from analysis.panel.faults import Fault, PanelError
from analysis.panel.format import META, TABLES
from analysis.panel.panel import load_panel

ENTRIES = f"the entries {', '.join(c.name for c in META)}"
EXPERTS = "expert_id,session_id,stakeholder,quotable"
QUOTES = "quotation marks that are closed, and doubled inside a cell"
LF = "line ends of LF alone, not those of Windows"
CELLS = "4 cells, as in the header"
COMMA = f"{CELLS} (a cell with a comma needs quotation marks)"


def encoded(encoding):
    return lambda data: data.decode("utf-8").replace("—", "-").encode(encoding)


def replaced(old, new):
    def change(data):
        assert old in data
        return data.replace(old, new, 1)

    return change


# file, what is done to its bytes (None: it is removed), and all faults that this gives
FILES = {
    "missing": (
        "codings.csv",
        None,
        [
            (
                None,
                None,
                None,
                "the header line statement_id,coder,code_id,stance and its rows: "
                "the file is missing",
            )
        ],
    ),
    "missing-yml": ("panel.yml", None, [(None, None, None, f"{ENTRIES}: the file is missing")]),
    "empty": (
        "experts.csv",
        lambda _: b"",
        [(None, None, None, f"the header line {EXPERTS} and its rows: the file is empty")],
    ),
    "empty-lines": (
        "experts.csv",
        lambda _: b"\n\r\n \n",
        [(None, None, None, f"the header line {EXPERTS} and its rows: the file is empty")],
    ),
    "no-rows": (
        "sessions.csv",
        lambda data: data.splitlines(keepends=True)[0],
        [(1, None, None, "rows under the header: there are none")],
    ),
    "no-header": (
        "experts.csv",
        lambda data: data.split(b"\n", 1)[1],
        [(1, None, "e01,g1,federal,true", f"the header line {EXPERTS}")],
    ),
    "header-open": (
        "experts.csv",
        replaced(b"expert_id", b'"expert_id'),
        [(1, None, f'"{EXPERTS}', f"the header line {EXPERTS}")],
    ),
    "semicolons": (
        "experts.csv",
        lambda data: data.replace(b",", b";"),
        [
            (
                1,
                None,
                EXPERTS.replace(",", ";"),
                f"commas between cells, not semicolons: {EXPERTS}",
            )
        ],
    ),
    "tabs": (
        "experts.csv",
        lambda data: data.replace(b",", b"\t"),
        [(1, None, EXPERTS.replace(",", "\t"), f"commas between cells, not tabs: {EXPERTS}")],
    ),
    "missing-column": (
        "ratings.csv",
        lambda data: b"\n".join(line.rsplit(b",", 1)[0] for line in data.splitlines()),
        [(1, "value", None, "a column value in the header")],
    ),
    "unknown-column": (
        "experts.csv",
        lambda data: data.replace(b"\n", b",x\n").replace(b",x", b",name", 1),
        [(1, None, "name", f"only the columns {EXPERTS}")],
    ),
    "misspelt-column": (
        "experts.csv",
        replaced(b"quotable", b"Quotable"),
        [
            (1, None, "Quotable", f"only the columns {EXPERTS}"),
            (1, "quotable", None, "a column quotable in the header"),
        ],
    ),
    "repeated-column": (
        "experts.csv",
        lambda data: data.replace(b"\n", b",true\n").replace(b",true", b",quotable", 1),
        [(1, "quotable", "quotable", "each column once")],
    ),
    "windows-1251": (
        "statements.csv",
        encoded("cp1251"),
        [(2, None, "byte 0xd7 at offset 106, as in Windows-1251", "UTF-8 text")],
    ),
    "koi8-r": (
        "statements.csv",
        encoded("koi8-r"),
        [(2, None, "byte 0xfe at offset 106, as in KOI8-R", "UTF-8 text")],
    ),
    "dos": (
        "statements.csv",
        encoded("cp866"),
        [(2, None, "byte 0x97 at offset 106, as in DOS code page 866", "UTF-8 text")],
    ),
    "one-bad-byte": (
        "statements.csv",
        replaced("Быстрее".encode(), b"\xff\xfe"),
        [(4, None, "byte 0xff at offset 298", "UTF-8 text")],
    ),
    "utf-16": ("statements.csv", encoded("utf-16"), [(None, None, "UTF-16", "UTF-8 text")]),
    "utf-16-le": ("statements.csv", encoded("utf-16-le"), [(None, None, "UTF-16", "UTF-8 text")]),
    "utf-16-be": ("statements.csv", encoded("utf-16-be"), [(None, None, "UTF-16", "UTF-8 text")]),
    "byte-order-mark": (
        "experts.csv",
        lambda data: b"\xef\xbb\xbf" + data,
        [(1, None, None, "UTF-8 without a byte-order mark at its beginning")],
    ),
    "crlf": (
        "statements.csv",
        lambda data: data.replace(b"\n", b"\r\n"),
        [(None, None, "CRLF", LF)],
    ),
    "crlf-yml": (
        "panel.yml",
        lambda data: data.replace(b"\n", b"\r\n"),
        [(None, None, "CRLF", LF)],
    ),
    "cr": (
        "experts.csv",
        lambda data: data.replace(b"\n", b"\r"),
        [(1, None, "CR", "line ends of LF alone, and no carriage return in a cell")],
    ),
    "cr-in-a-cell": (
        "statements.csv",
        replaced("не меньше.".encode(), "не\rменьше.".encode()),
        [(3, None, "CR", "line ends of LF alone, and no carriage return in a cell")],
    ),
    "nul": (
        "statements.csv",
        replaced(b"faster", b"fas\0ter"),
        [(4, None, "a NUL byte", "text without NUL bytes")],
    ),
    "quote-not-closed": (
        "statements.csv",
        replaced('не меньше.",'.encode(), "не меньше.,".encode()),
        [
            (
                3,
                None,
                's02,g1,2,e01,q1,8.5,20,"Для меня это семь паролей, не меньше...',
                QUOTES,
            )
        ],
    ),
    "quote-never-closed": (
        "statements.csv",
        replaced("И голос".encode(), '"И голос'.encode()),
        [(15, None, 's12,g2,5,e04,,50,55,"И голос слышен.,\n', QUOTES)],
    ),
    "quote-not-doubled": (
        "statements.csv",
        replaced(b'""', b'"'),
        [(5, None, 's04,g1,4,e02,,31,35,"И ещё: "одно окно"" — это не про нас.",...', QUOTES)],
    ),
    "too-few-cells": (
        "experts.csv",
        replaced(b"e02,g1,civil,true", b"e02,g1,civil"),
        [(3, None, "3 cells", CELLS)],
    ),
    "one-cell": (
        "experts.csv",
        replaced(b"e02,g1,civil,true", b"e02"),
        [(3, None, "1 cell", CELLS)],
    ),
    "too-many-cells": (
        "experts.csv",
        replaced(b"e02,g1,civil,true", b"e02,g1,civil,true,x"),
        [(3, None, "5 cells", COMMA)],
    ),
    "unquoted-comma": (
        "memos.csv",
        replaced(b"We keep it", b"We keep it, mostly,"),
        [
            (
                2,
                None,
                "7 cells",
                "5 cells, as in the header (a cell with a comma needs quotation marks)",
            )
        ],
    ),
    "blank-line": (
        "experts.csv",
        replaced(b"e02,", b"\ne02,"),
        [(3, None, None, "a row: the line is empty")],
    ),
    "blank-last-line": (
        "experts.csv",
        lambda data: data + b"\n",
        [(7, None, None, "a row: the line is empty")],
    ),
    "yaml": (
        "panel.yml",
        replaced(b"A sample", b"[A sample"),
        [(3, None, "expected ',' or ']', but got ':'", "valid YAML")],
    ),
    "yaml-tab": (
        "panel.yml",
        replaced(b"title:", b"\ttitle:"),
        [(2, None, "found character '\\t' that cannot start any token", "valid YAML")],
    ),
    "yaml-control-character": (
        "panel.yml",
        replaced(b"A sample", b"A \x07 sample"),
        [(2, None, "special characters are not allowed", "valid YAML")],
    ),
    "yaml-wrong-escape": (
        "panel.yml",
        replaced(b"A sample", b'"\\UFFFFFFFF"'),
        [(None, None, "a wrong value", "valid YAML")],
    ),
    "yaml-deep": (
        "panel.yml",
        lambda _: b"[" * 5000,
        [(None, None, "too many levels", "valid YAML")],
    ),
    "yaml-list": ("panel.yml", lambda _: b"- id\n", [(None, None, None, ENTRIES)]),
    "yaml-large": (
        "panel.yml",
        lambda data: data + b"#" * 200_000,
        [(None, None, "200,249 bytes", f"{ENTRIES}: a file of at most 200,000 bytes")],
    ),
    "entry-missing": (
        "panel.yml",
        replaced(b"title: A sample\n", b""),
        [(None, "title", None, "an entry title: text")],
    ),
    "entry-twice": (
        "panel.yml",
        replaced(b"mode: group\n", b"mode: group\nmode: group\n"),
        [(9, "mode", None, "each entry once")],
    ),
    "entry-unknown": (
        "panel.yml",
        replaced(b"mode: group\n", b"mode: group\nmoed: group\n"),
        [(9, None, "moed", f"only {ENTRIES}")],
    ),
    "entry-empty": (
        "panel.yml",
        replaced(b"title: A sample", b"title: ~"),
        [(2, "title", "", "text; it may not be empty")],
    ),
    "entry-list": (
        "panel.yml",
        replaced(b"title: A sample", b"title: [A, sample]"),
        [(2, "title", "a list", "text")],
    ),
    "entry-source": (
        "panel.yml",
        replaced(b"constructed", b"real"),
        [(4, "source", "real", "one of constructed, panel")],
    ),
    "entry-date": (
        "panel.yml",
        replaced(b"2021-12", b"December 2021"),
        [
            (
                7,
                "collected",
                "December 2021",
                "a date that exists, such as 2021-12-06, or a month such as 2021-12",
            )
        ],
    ),
    "entry-e-mail": (
        "panel.yml",
        replaced(b"A sample", b"ask a.b@c.org"),
        [(2, "title", "ask [e-mail]", "no e-mail address: it names a person")],
    ),
    "coders-consensus": (
        "panel.yml",
        replaced(b"- boris", b"- consensus"),
        [
            (
                11,
                "coders",
                "consensus",
                "coders only: consensus, the resolved coding, is not listed",
            )
        ],
    ),
    "coders-twice": (
        "panel.yml",
        replaced(b"- boris", b"- ada"),
        [(11, "coders", "ada", "each coder once")],
    ),
    "coders-text": (
        "panel.yml",
        replaced(b"\n  - ada\n  - boris", b" ada, boris"),
        [(9, "coders", "ada, boris", "a list of ids, such as [ada, boris]")],
    ),
    "coders-id": (
        "panel.yml",
        replaced(b"- boris", b"- Boris"),
        [(11, "coders", "Boris", "an id of the letters a-z, digits, - and _")],
    ),
    "truth-date": (
        "truth.yml",
        lambda _: b"a: 2021-99-99\n",
        [(None, None, "a wrong value", "valid YAML")],
    ),
    "truth-list": (
        "truth.yml",
        lambda _: b"- 1\n",
        [(None, None, None, "what the panel was built to contain, by name")],
    ),
    "truth-empty": (
        "truth.yml",
        lambda _: b"",
        [(None, None, None, "what the panel was built to contain, by name: the file is empty")],
    ),
}


@pytest.mark.parametrize("id", FILES)
def test_one_fault_of_a_file_is_found_and_no_other(id, files, written, faults_of, tmp_path):
    file, change, expected = FILES[id]
    data = files[file].encode("utf-8")
    changed = {name: text for name, text in files.items() if name != file}
    if change is not None:
        changed[file] = change(data)
    found = faults_of(written(tmp_path, changed))
    assert found == tuple(Fault(file, *parts) for parts in expected)


@pytest.mark.parametrize("file", ["panel.yml", *(t.file for t in TABLES.values())])
def test_every_required_file_has_to_be_there(file, files, written, faults_of, tmp_path):
    optional = {t.file for t in TABLES.values() if not t.required}
    faults = faults_of(written(tmp_path, {n: t for n, t in files.items() if n != file}))
    if file in optional - {"items.csv", "ratings.csv"}:
        assert faults == ()
    else:
        assert [fault.file for fault in faults] == [file]
        assert "missing" in faults[0].expected


def test_a_file_of_nearly_the_right_name_is_named(files, written, faults_of, tmp_path):
    files = {("panel.yaml" if n == "panel.yml" else n): t for n, t in files.items()}
    (fault,) = faults_of(written(tmp_path, files))
    assert (fault.file, fault.value) == ("panel.yml", "panel.yaml")


def test_a_table_that_is_not_of_the_format_is_refused(files, written, faults_of, tmp_path):
    """It may hold what nobody should see, such as the key to the names."""
    (fault,) = faults_of(written(tmp_path, {**files, "names.csv": "expert_id,name\n"}))
    assert (fault.file, fault.row, fault.value) == ("names.csv", None, "names.csv")
    assert fault.expected.startswith("no other table than codebook.csv, codebook_changes.csv")


def test_other_files_and_folders_do_not_matter(folder, faults_of, written):
    written(folder, {"README.md": "notes"})
    written(folder / "source", {"anything.csv": "x"})
    assert faults_of(folder) == ()


def test_there_is_no_such_folder(faults_of, tmp_path):
    assert faults_of(tmp_path / "nowhere") == (
        Fault("nowhere", None, None, None, "the folder of a panel"),
    )


def test_a_file_is_no_folder(faults_of, folder):
    assert faults_of(folder / "panel.yml") == (
        Fault("panel.yml", None, None, "a file", "the folder of a panel"),
    )


def test_an_empty_folder_misses_every_required_file(faults_of, tmp_path):
    required = [t.file for t in TABLES.values() if t.required]
    faults = faults_of(tmp_path)
    assert [f.file for f in faults] == sorted(["panel.yml", *required])
    assert all(f.expected.endswith("the file is missing") for f in faults)


def test_a_folder_in_the_place_of_a_file(folder, faults_of):
    (folder / "memos.csv").unlink()
    (folder / "memos.csv").mkdir()
    (fault,) = faults_of(folder)
    assert (fault.file, fault.value) == ("memos.csv", "a folder memos.csv")


def test_a_file_that_cannot_be_read(folder, faults_of, monkeypatch):
    read = Path.read_bytes

    def refuse(path):
        if path.name == "memos.csv":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    (fault,) = faults_of(folder)
    assert (fault.file, fault.value) == ("memos.csv", "Permission denied")
    assert fault.expected.endswith("the file cannot be read")


def test_other_faults_of_a_broken_file_are_found_too(files, written, faults_of, tmp_path):
    """In any encoding, with Windows line ends and with an open quotation mark before them."""
    text = files["statements.csv"].replace("—", "-")
    text = text.replace("e04,q3", "e04,q9").replace("s12,g2,5", "s12,g2,five")
    text = text.replace("Быстрее стало", '"Быстрее стало').replace("\n", "\r\n")
    for encoding in ("cp1251", "koi8-r", "utf-16"):
        written(tmp_path, {**files, "statements.csv": text.encode(encoding)})
        found = [(f.row, f.column, f.value) for f in faults_of(tmp_path)]
        assert (None, None, "CRLF") in found
        assert (12, "question_id", "q9") in found
        assert (15, "position", "five") in found
        assert any(row == 4 and "Быстрее" in str(value) for row, _, value in found)
        assert len(found) == 5


def test_lines_count_as_an_editor_counts_them(files, written, faults_of, tmp_path):
    """A cell with line ends in it does not shift the lines that follow."""
    text = files["statements.csv"].replace("Быстрее стало", '"раз\n\nдва\n"', 1)
    text = text.replace("s12,g2", "s12,g9")
    (fault,) = faults_of(written(tmp_path, {**files, "statements.csv": text}))
    lines = text.splitlines()
    assert lines[fault.row - 1].startswith("s12,g9")


@pytest.mark.parametrize("quotes", [1, 3, 250])
def test_many_open_marks_end_soon(quotes, files, written, faults_of, tmp_path):
    lines = files["statements.csv"].splitlines()
    rows = [f's{i:04d},g1,{i},e01,,,,"x{i},' for i in range(100, 100 + quotes)]
    rows += [f"s{i:04d},g1,{i},e01,,,,plain," for i in range(1000, 2000)]
    written(tmp_path, {**files, "statements.csv": "\n".join([*lines, *rows, ""])})
    start = time.perf_counter()
    faults = [f for f in faults_of(tmp_path) if f.file == "statements.csv"]
    assert time.perf_counter() - start < 5
    opened = [f for f in faults if f.expected == QUOTES]
    assert len(opened) == min(quotes, 101)
    assert [f.row for f in opened] == list(range(len(lines) + 1, len(lines) + 1 + len(opened)))
    assert any("not read beyond" in f.expected for f in faults) == (quotes > 100)


def test_large_cells_are_refused_fast_and_not_repeated(files, written, tmp_path):
    text = files["statements.csv"].replace("Быстрее стало", "a@b.ru " * 1_500_000)
    written(tmp_path, {**files, "statements.csv": text})
    start = time.perf_counter()
    with pytest.raises(PanelError) as caught:
        load_panel(tmp_path)
    assert time.perf_counter() - start < 5
    assert len(str(caught.value)) < 1000
    assert "a@b" not in str(caught.value)
