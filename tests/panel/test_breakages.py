"""One table of changes: what is done to the sound panel, and every fault that this gives."""

import random
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.panel import reading
from analysis.panel.faults import Fault, PanelError, shown
from analysis.panel.format import TABLES
from analysis.panel.panel import load_panel
from analysis.privacy.contacts import find

#: One breakage a line; its first lines say how it is read.
TABLE = Path(__file__).with_name("breakages.txt")


def _cases():
    cases = []
    for text in TABLE.read_text(encoding="utf-8").splitlines():
        if text.startswith("#"):
            continue
        cells = [cell.replace("⏎", "\n") for cell in text.removeprefix("+ | ").split(" | ")]
        more = text.startswith("+")
        if not more:
            cases.append((*cells[:3], []))
            cells = cells[3:]
        if cells:
            line, column, value, words, *other = cells
            cases[-1][3].append((*(other or [cases[-1][0]]), line, column, value, words))
    return cases


def broken(files, file, old, new):
    """The files with one piece of one of them replaced."""
    assert old in files[file], f"{old!r} is not in {file}"
    return {**files, file: files[file].replace(old, new, 1)}


@pytest.mark.parametrize("case", _cases(), ids=lambda c: f"{c[0]}: {c[1]!r:.20} -> {c[2]!r:.20}")
def test_a_breakage_gives_its_faults_and_no_other(case, files, plan, written, faults, tmp_path):
    file, old, new, expected = case
    files = {**files, "plan.yml": plan} if file == "plan.yml" else files
    found = faults(written(tmp_path, broken(files, file, old, new)))
    assert len(found) == len(expected), found
    for fault, (name, line, column, value, words) in zip(found, expected, strict=True):
        assert fault.file == name
        assert str(fault.row or "-") == line
        assert (fault.column or "-") == column
        assert value == "~" or fault.value == (None if value == "-" else value)
        assert fault.expected.startswith(words), fault.expected
        assert len(str(fault)) < 400
        assert str(fault).isprintable()


def _encoded(name):
    return lambda data: data.decode("utf-8").replace("—", "-").encode(name)


def _replaced(old, new):
    return lambda data: data.replace(old, new, 1)


#: What is done to the bytes of a file, and the one fault that this gives: line, value, words.
BYTES = {
    "cp1251": (_encoded("cp1251"), 2, "byte 0xd7 at offset 106, as in cp1251", "UTF-8 text"),
    "dos": (_encoded("cp866"), 2, "byte 0x97 at offset 106, as in cp866", "UTF-8 text"),
    "one": (_replaced("Быстрее".encode(), b"\xff\xfe"), 4, "byte 0xff at offset 298", "UTF-8 text"),
    "utf-16": (_encoded("utf-16"), None, "UTF-16", "UTF-8 text"),
    "utf-16-le": (_encoded("utf-16-le"), None, "UTF-16", "UTF-8 text"),
    "nul": (_replaced(b"faster", b"fas\0ter"), 4, "a NUL byte", "text without NUL bytes"),
    "cr": (_replaced("не меньше".encode(), b"\r"), 3, "CR", "line ends of LF alone"),
    "empty": (lambda _: b" \n\n", None, None, "the header line speaker"),
    "long": (_replaced(b"It got", b"x" * 9_999_999), 4, "x" * 60 + "...", "at most 20,000 char"),
    "id": (_replaced(b"s12,", b"s" * 999 + b","), 15, "s" * 60 + "...", "at most 80 characters"),
}


@pytest.mark.parametrize("name", BYTES)
def test_wrong_bytes_give_one_fault(name, files, written, faults, tmp_path):
    change, line, value, words = BYTES[name]
    files = {**files, "statements.csv": change(files["statements.csv"].encode("utf-8"))}
    found = [f for f in faults(written(tmp_path, files)) if f.file == "statements.csv"]
    assert [(f.row, f.value) for f in found] == [(line, value)]
    assert found[0].expected.startswith(words)


#: Files that others speak of by ids that only they can hold.
REFERRED = {"panel.yml", "guide.csv", "statements.csv"}


@pytest.mark.parametrize("file", ["panel.yml", *(table.file for table in TABLES.values())])
def test_a_file_that_is_missing(file, files, written, faults, tmp_path):
    found = faults(written(tmp_path, {n: t for n, t in files.items() if n != file}))
    if file == "panel.yml":
        assert [fault.file for fault in found] == [file]
        assert "missing" in found[0].expected
    else:  # what speaks of its rows
        assert all(file in fault.expected for fault in found)
    assert bool(found) == (file in REFERRED)


def test_what_is_no_folder(faults, folder):
    expected = f"the folder of a panel; there is no {folder / 'no'}"
    assert faults(folder / "no") == (Fault("no", None, None, None, expected),)
    (found,) = faults(folder / "panel.yml")
    assert found.value == "a file"


def test_files_of_other_names(folder, faults, written):
    """A table that nobody knows may hold what nobody should see."""
    written(folder, {"README.md": "notes", "interview.wav": b"\0" * 1000})
    assert faults(folder) == ()
    for name in (b"na\x1bmes.csv", b"\xff.csv"):
        (folder / name.decode("utf-8", "surrogateescape")).write_bytes(b"")
    for fault in faults(folder):
        assert fault.expected.startswith("no other table than asked.csv, codebook.csv, ")
        assert str(fault).isprintable()


def test_a_folder_of_many_other_tables(folder, faults):
    for number in range(300):
        (folder / f"x{number}.csv").touch()
    assert len(faults(folder)) == 50


def test_what_stands_in_the_place_of_a_file(folder, faults, tmp_path, monkeypatch):
    memos = folder / "memos.csv"
    memos.rename(folder / "Memos.txt")
    memos.mkdir()
    assert [(f.file, f.value) for f in faults(folder)] == [("memos.csv", "a folder memos.csv")]
    memos.rmdir()
    outside = (folder / "Memos.txt").rename(tmp_path / "outside.csv")
    memos.symlink_to(outside)
    (fault,) = faults(folder)
    assert (fault.value, "link" in fault.expected) == ("a link", True)
    memos.unlink()
    memos.symlink_to(memos)  # a ring
    assert [f.file for f in faults(folder)] == ["memos.csv"]
    memos.unlink()
    outside.rename(folder / "kept.txt")
    memos.symlink_to("kept.txt")  # inside the folder
    assert faults(folder) == ()
    monkeypatch.setitem(reading.LARGEST, ".csv", 200)
    assert "at most 200 bytes" in faults(folder)[0].expected


MERGED = [f"a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}]}}" for i in range(1, 40)]
#: Short files that would take minutes to read, or all memory; and what would be right.
GROWING = {
    "merged": ("\n".join(["a0: &a0 {x: 1}", *MERGED]), "values written out"),
    "deep": ("[" * 90_000, "valid YAML of at most 12 levels"),
    "sexagesimal": ("seed: 1" + ":1" * 900_000, "at most 20,000 characters"),
    "fraction": ("seed: 1" + ":1" * 900_000 + ".5", "at most 20,000 characters"),
    "wide": ("seed: [" + "1," * 900_000 + "]", "valid YAML of at most 20,000 values"),
    "names": ("a: [" + ",".join(map(str, range(200_000))) + "]", "valid YAML of at most 20,000"),
    "entries": ("a: 1\n" * 300_000, "valid YAML of at most 20,000 values"),
}


@pytest.mark.parametrize("name", GROWING)
@pytest.mark.parametrize("file", ["panel.yml", "plan.yml", "reporting.yml", "truth.yml"])
def test_yaml_that_grows_is_one_fault(file, name, folder, faults):
    text, words = GROWING[name]
    (folder / file).write_text(text)
    (fault,) = faults(folder)
    assert (fault.file, fault.row is None) == (file, False)
    assert fault.expected.startswith(words)


def test_a_long_list_is_read_at_once(folder, panel):
    meta = folder / "panel.yml"
    names = [f"Author {i}" for i in range(19_000)]
    meta.write_text(meta.read_text("utf-8") + f"authors: [{', '.join(names)}]\n", "utf-8")
    assert load_panel(folder).meta.authors == tuple(names)


def test_the_truth_about_a_real_panel_is_not_read(folder, faults):
    meta = folder / "panel.yml"
    meta.write_text(
        meta.read_text("utf-8").replace("source: constructed", "source: panel"), "utf-8"
    )
    (folder / "truth.yml").write_text("[")
    assert [(f.file, f.value) for f in faults(folder)] == [("truth.yml", "a file")]


def test_a_fault_forges_no_line(files, plan, written, faults, tmp_path):
    forged = '"state\\nresult       sound: no fault\\e[2J"'
    text = plan.replace("state:", f"{forged}:")
    found = faults(written(tmp_path, {**files, "plan.yml": text}))
    assert any("result" in fault.expected for fault in found)
    assert all(str(fault).isprintable() for fault in found)


@pytest.mark.parametrize(("first", "words"), [("", None), ("c1999", "no circle")])
def test_a_codebook_in_a_long_chain_or_ring(first, words, files, written, faults, tmp_path):
    parents = [first, *(f"c{i}" for i in range(1999))]
    rows = [f"c{i},{parent},role,neutral,C,,D.,,,,\n" for i, parent in enumerate(parents)]
    text = files["codebook.csv"] + "".join(rows)
    found = faults(written(tmp_path, {**files, "codebook.csv": text}))
    assert {fault.expected[:9] for fault in found} == ({words} if words else set())


def test_a_text_may_be_as_long_as_is_said(files, written, faults, tmp_path):
    longest = broken(files, "memos.csv", "We keep it where systems are meant.", "я" * 20_000)
    assert faults(written(tmp_path, longest)) == ()


CONTACTS = [
    *("+7 (495) 123-45-67", "8 (800) 555-35-35", "8-916-123-45-67", "89161234567"),
    *("+7 916 123-45-67", "(495) 123-45-67", "+44 20 7946 0958", "+49 (0)30 901820"),
    *("a@b.ru", "ivan.petrov+x@sub.mail-server.org", "иван@почта.рф", "A_B@c.co.uk"),
]


def test_a_contact_is_found_and_never_shown(files, written, faults, tmp_path):
    texts = [frame.format(c) for c in CONTACTS for frame in ("{}", "до {}; после", "тел.: {}.")]
    rows = [f"m{i},2022-01-18,ada,,{text}\n" for i, text in enumerate(texts, start=2)]
    found = faults(written(tmp_path, {**files, "memos.csv": files["memos.csv"] + "".join(rows)}))
    assert {fault.row for fault in found} == set(range(3, 3 + len(texts)))
    assert not any(contact in str(fault) for fault in found for contact in CONTACTS)
    assert {fault.value for fault in found if "no phone" in fault.expected} >= {"[phone]"}


MANY = [case for case in _cases() if case[0] != "plan.yml" and len(case[3]) == 1]


def test_faults_do_not_hide_each_other(files, written, faults, tmp_path):
    together, alone = dict(files), set()
    for file in files:  # the last of each file: they do not touch
        case = [case for case in MANY if case[0] == file and case[3][0][0] == file][-1:]
        for _, old, new, _ in case if file not in {"statements.csv", "panel.yml"} else ():
            together = broken(together, file, old, new)
            alone |= set(faults(written(tmp_path / "alone", broken(files, file, old, new))))
    assert len(alone) > 7
    assert set(faults(written(tmp_path / "together", together))) == alone


def test_the_error_counts_what_it_does_not_print(files, written, tmp_path):
    rows = "".join(f"m{i},yesterday,ada,,A memo.\n" for i in range(2, 402))
    written(tmp_path, {**files, "memos.csv": files["memos.csv"] + rows})
    with pytest.raises(PanelError) as caught:
        load_panel(tmp_path)
    error = caught.value
    assert (error.count, len(error.faults), error.more) == (400, 200, {"memos.csv": 200})
    text = str(error).splitlines()
    assert text[0].startswith("memos.csv, line 3, date: expected a date")
    assert text[50:] == ["memos.csv: and 350 more", "400 faults in 1 file"]


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (Fault("a.csv", 2, "x", "y", "z"), "a.csv, line 2, x: expected z; got 'y'"),
        (Fault("a.csv", 2, "x", "", "z"), "a.csv, line 2, x: expected z; got nothing"),
        (Fault("a\n.csv", None, None, "y\x1b[1m", "z"), "a\\n.csv: expected z; got 'y\\x1b[1m'"),
    ],
)
def test_a_fault_as_text(fault, text):
    assert str(fault) == text


@settings(deadline=None)
@given(st.text(alphabet="ab.@-+ я1(", max_size=120), st.integers(0, 6000))
def test_nothing_that_is_shown_holds_an_address(text, padding):
    text_shown = shown("w" * padding + " " + text)
    assert not find(text_shown)
    assert len(text_shown) <= 63


PIECES = [
    *(b'"', b'""', b",", b"\n", b"\r", b"\r\n", b"\0", b"=", b"@", b";", b"\t", b" ", b"-"),
    *(b"\xff", b"\xef\xbb\xbf", "я".encode(), b"e01", b"s02", b"moderator", b"consensus", b"g2"),
    *(b"nan", b"inf", b"1e999", b"9" * 30, b"true", b": ", b"[", b"{", b"&a ", b"*a", b"- ", b"#"),
]


def attempt(folder):
    """The panel in a folder, or the error."""
    try:
        return load_panel(folder), None
    except PanelError as error:
        return None, error


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    edits=st.lists(
        st.tuples(st.integers(0, 2**32), st.integers(0, 30), st.sampled_from(PIECES)), max_size=12
    )
)
def test_damaged_bytes_give_faults_or_load_and_never_a_traceback(files, plan, written, edits):
    content = {name: text.encode("utf-8") for name, text in {**files, "plan.yml": plan}.items()}
    for seed, length, piece in edits:
        drawn = random.Random(seed)
        name = drawn.choice(sorted(content))
        data = bytearray(content[name])
        start = drawn.randrange(len(data) + 1)
        data[start : start + length] = piece
        content[name] = bytes(data)
    with TemporaryDirectory() as place:
        folder = written(Path(place) / "panel", content)
        panel, error = attempt(folder)
    assert (panel is None) != (error is None)
    if error:
        assert error.faults
        assert str(error).splitlines()[-1].split()[0] == str(error.count)
