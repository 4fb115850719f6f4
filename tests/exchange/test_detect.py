"""What kind a file is: told by its content, whatever its name."""

import io
import sqlite3
import zipfile
from contextlib import suppress
from pathlib import Path

import openpyxl
import pytest
from docx import Document

from analysis.exchange.detect import KINDS, LARGEST, kind_of, read, read_all
from analysis.exchange.material import ExchangeError

VTT = "WEBVTT\n\n1\n00:00:01.000 --> 00:00:04.000\nАнна Петрова: Денег мало.\n"
SRT = "1\n00:00:01,000 --> 00:00:04,000\nDenise Adams: Money is short.\n"
OTTER = "Анна Петрова  0:03\nДенег мало.\n\nМодератор  1:02:03\nСпасибо.\n"
CHAT = "00:21:14\tDenise Adams:\tHello\n00:21:35\tIvan Petrov:\tHi\n"
NEW_CHAT = "10:21:14 From Denise Adams to Everyone:\n\tHello\n"
PARTICIPANTS = "Name (Original Name),User Email,Total Duration (Minutes),Guest\nA B,,70,\n"
TEXT = "Модератор: Что мешает?\nАнна: Денег, кадров, времени.\n\nМодератор: Спасибо.\n"
MATRIX = "эксперт;Деньги;Кадры\nЭ1;x;\nЭ2;;да\n"
QDE = '<?xml version="1.0"?><Project xmlns="urn:QDA-XML:project:1.0" name="x"/>'
QDC = '<?xml version="1.0"?><!-- x --><q:CodeBook xmlns:q="urn:QDA-XML:codebook:1.0"/>'


def archive(*names):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as opened:
        for name in names:
            opened.writestr(name, "x")
    return made.getvalue()


def office(document):
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def database(*statements):
    with sqlite3.connect(":memory:") as opened:
        for statement in statements:
            opened.execute(statement)
        return opened.serialize()


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("talk.txt", VTT, "vtt"),
        ("talk.vtt", "\ufeff" + VTT.replace("\n", "\r\n"), "vtt"),
        ("empty.vtt", "WEBVTT\n", "vtt"),
        ("talk.txt", SRT, "srt"),
        ("talk.vtt", OTTER, "otter"),
        ("chat.vtt", CHAT, "zoom-chat"),
        ("chat.txt", NEW_CHAT, "zoom-chat"),
        ("people.txt", PARTICIPANTS, "participants"),
        ("talk.md", TEXT, "text"),
        ("talk", "[00:01:02] Anna: Yes, well.\nMore of it, and more.\nBoris: No.\n", "text"),
        ("table.txt", MATRIX, "table"),
        ("table.dat", "expert\tMoney\nE1\tx\nE2\t\n", "table"),
        ("table.csv", "expert,text\nE1,Money: none\nE2,Staff: none\n", "table"),
        ("table.csv", "expert,text\nE1,one, two\n", "table"),
        ("codes.xml", QDC, "codebook"),
        ("inner.xml", QDE, "refi"),
    ],
)
def test_text_is_told_by_what_stands_in_it(name, content, kind):
    assert kind_of(Path(name), content.encode()) == kind


@pytest.mark.parametrize("encoding", ["cp1251", "utf-16", "utf-8-sig"])
def test_the_encoding_does_not_matter(encoding):
    assert kind_of(Path("x"), TEXT.encode(encoding)) == "text"
    assert kind_of(Path("x"), MATRIX.encode(encoding)) == "table"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (archive("project.qde", "Sources/a.txt"), "refi"),
        (archive("Trial.QDE"), "refi"),
        (office(Document()), "docx"),
        (office(openpyxl.Workbook()), "table"),
        (database("CREATE TABLE code_text (cid INTEGER)"), "qualcoder"),
        (database("CREATE TABLE highlights (id INTEGER)"), "taguette"),
    ],
)
def test_archives_and_databases(data, kind):
    assert kind_of(Path("anything.bin"), data) == kind


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%PDF-1.7 \xff\x00",
        b"\xd0\xcf\x11\xe0" + bytes(600),
        b"\x00\x01\x02" * 50,
        b"one word",
        b"<html></html>",
        archive("mimetype", "content.xml"),
        database("CREATE TABLE other (id INTEGER)"),
        "Просто рассказ.\nБез имён и таблиц.\n".encode(),
    ],
)
def test_what_is_unknown_is_told_in_one_line_with_the_kinds(data):
    with pytest.raises(ExchangeError) as caught:
        kind_of(Path("file.xyz"), data)
    said = str(caught.value)
    assert said.startswith("file.xyz: ")
    assert "\n" not in said
    assert all(kind in said for kind in KINDS)


@pytest.mark.parametrize("unit", ["Name", "a ", " \t", "a:", "0", "<a", "1:02 ", ",;", '"'])
def test_long_lines_are_told_or_refused(unit):
    data = (unit * (200_000 // len(unit))).encode()  # of quadratic work there would be no end
    with suppress(ExchangeError):
        assert kind_of(Path("long.txt"), data) in KINDS


def test_a_kind_that_was_given_overrules(tmp_path):
    path = tmp_path / "talk.vtt"
    path.write_text(TEXT, encoding="utf-8")
    assert read(path).kind == "text"
    with pytest.raises(ExchangeError, match=r"talk\.vtt"):
        read(path, "vtt")
    path.write_text("expert,Money,Staff\nE1,1,0\nE2,0,1\n", encoding="utf-8")
    assert len(read(path, "ratings").ratings) == 4
    assert len(read(path).codings) == 2


def test_a_file_of_two_gigabytes_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "film.qdpx"
    with path.open("wb") as made:
        made.truncate(2_000_000_000)
    with pytest.raises(ExchangeError, match=r"film\.qdpx: 2,000 MB; at most 200 MB"):
        read(path)
    assert LARGEST == 200_000_000


def test_the_file_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "a.vtt").write_text(VTT, encoding="utf-8")
    with pytest.raises(ExchangeError, match=r"^none\.vtt: no such file$"):
        read_all([tmp_path / "a.vtt", tmp_path / "none.vtt"])


@pytest.mark.parametrize("content", [QDE, QDC])
def test_a_project_in_which_nothing_is_is_refused(tmp_path, content):
    (tmp_path / "a.qde").write_text(content)
    with pytest.raises(ExchangeError, match=r"^a\.qde: nothing in it"):
        read(tmp_path / "a.qde")


def test_files_of_one_name_are_told_apart(tmp_path):
    paths = [tmp_path / folder / "talk; 1.vtt" for folder in "abc"]
    for path in paths:
        path.parent.mkdir()
        path.write_text(VTT, encoding="utf-8")
    names = [one.file for one in read_all(paths)]
    assert names == ["talk, 1.vtt", "talk, 1.vtt (2)", "talk, 1.vtt (3)"]


def test_a_project_of_qualcoder_is_a_folder(tmp_path):
    folder = tmp_path / "study.qda"
    folder.mkdir()
    (folder / "data.qda").write_bytes(database("CREATE TABLE other (id INTEGER)"))
    with pytest.raises(ExchangeError, match=r"study\.qda: of no known kind"):
        read(folder)
