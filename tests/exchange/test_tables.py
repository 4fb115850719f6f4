"""Tables as Excel and others save them: encodings, separators, workbooks, and hostile files."""

import datetime
import io
import random
import zipfile

import openpyxl
import pytest
from refusals import taken

from analysis.decoding import encoding_of
from analysis.exchange import tables
from analysis.exchange.material import ExchangeError, Material

RUSSIAN = "эксперт;тема;оценка\r\nЭ1;Деньги;4,5\r\nЭ2;Кадры;3,0\r\n"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def read(file, data):
    """The sheets of a file, and what is told of reading them."""
    found = Material(file, "")
    return tables.read(found, data), [*found.left, *found.assumed]


def only(data):
    """The one sheet of a file, and the notes."""
    (sheet,), notes = read("file", data)
    return sheet[1], notes


def saved(book):
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def workbook(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    return saved(book)


def raw_workbook(rows, after="", before="", strings=None):
    """A workbook with this XML of its rows, that no program would write."""
    kinds = {"/xl/workbook.xml": "sheet.main", "/xl/worksheets/s.xml": "worksheet"}
    kinds["/xl/strings.xml"] = "sharedStrings"
    office = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    overrides = [
        f'<Override PartName="{name}" ContentType="{office}.{kind}+xml"/>'
        for name, kind in kinds.items()
    ]
    types = "http://schemas.openxmlformats.org/package/2006/content-types"
    relations = "http://schemas.openxmlformats.org/package/2006/relationships"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{types}">{"".join(overrides)}</Types>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="a"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{relations}">'
        f'<Relationship Id="a" Type="{LINKS}/worksheet" Target="worksheets/s.xml"/>'
        f'<Relationship Id="b" Type="{LINKS}/sharedStrings" Target="/xl/strings.xml"/>'
        "</Relationships>",
        "xl/worksheets/s.xml": f'{before}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>'
        f"{after}</worksheet>",
        "xl/strings.xml": f'<sst xmlns="{MAIN}">{strings or "<si><t>a</t></si>"}</sst>',
    }
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, xml in parts.items():
            archive.writestr(name, xml)
    return data.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251", "koi8-r", "cp866"])
def test_russian_in_any_encoding(encoding):
    frame, _ = only(RUSSIAN.encode(encoding))
    assert list(frame.columns) == ["эксперт", "тема", "оценка"]
    assert frame.to_numpy().tolist() == [["Э1", "Деньги", "4,5"], ["Э2", "Кадры", "3,0"]]
    assert list(frame.index) == [2, 3]


@pytest.mark.parametrize(
    "text", ["код,Э1\nx,1", "ФИО;№\nИванов И.И.;1", "Ключ\tДа", "a;«ёлка» — да…\n1;2"]
)
def test_a_few_russian_letters_are_enough(text):
    assert encoding_of(text.encode("cp1251")) == "cp1251"


def test_other_languages():
    for text in ("respondent;Größe\nMüller;für Österreich", "café;été\nà la carte;naïve"):
        assert text.encode("cp1252").decode(encoding_of(text.encode("cp1252"))) == text


def test_what_was_assumed_is_said():
    _, notes = only(RUSSIAN.encode("cp1251"))
    assert "cp1251" in notes[0]
    assert "semicolons" in notes[1]
    assert "2 numbers with a decimal comma" in notes[1]
    assert only(b"a,b\n1,2\n")[1] == []


def test_separators():
    for text in ("a\tb\n1,5\t2\n", 'a;b\n"x;y";"1,5"\n', "a,b\n1;2,3;4;5\n", 'a,b\n"1\n2",3\n'):
        assert only(text.encode())[0].shape == (1, 2)
    assert only(b"a\n1\n2\n")[0].shape == (2, 1)


def test_rows_keep_their_numbers_and_cells_lose_blanks():
    frame, notes = only(b"a,b,,\n\n x , y,,\n,,,\n1\n")
    assert list(frame.index) == [3, 5]
    assert frame.to_numpy().tolist() == [["x", "y"], ["1", ""]]
    assert len(notes) == 1
    assert "1 row shorter" in notes[0]


def test_formulas_in_cells_are_data():
    cells = ["=1+1", "+a", "-b", "@c", "-1", "'"]
    frame, _ = only(("a,b,c,d,e,f\n" + ",".join(cells)).encode())
    assert frame.iloc[0].tolist() == cells
    frame, _ = only(b"a,b,c\n'=1+1,''=1+1,'tis")
    assert frame.iloc[0].tolist() == ["=1+1", "'=1+1", "'tis"]


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "no text"),
        (b"\xef\xbb\xbf", "empty"),
        ("эксперт,код\nЭ1,день".encode()[:-1], "row 2: not all is text"),
        ("эксперт,код\nЭ1,\udcffденьги".encode("utf-8", "surrogateescape"), "row 2: not all is"),
        ("эксперт,код".encode("utf-16")[:-1], "row 1: not all is text"),
        (b"expert,code\nE1,mo\x04ney\n", "row 2: not all is text"),
        (b'a,b\n"1,2\n3,4\n', "quotation mark"),
        (b"a,b\n1,2,3\n", "row 2: 3 cells; expected 2 cells"),
        (b"PK\x03\x04rest", "ZIP"),
    ],
)
def test_what_is_no_table_is_told_in_one_line(data, part):
    with pytest.raises(ExchangeError, match=part) as error:
        read("file", data)
    assert str(error.value).startswith("file")
    assert "\n" not in str(error.value)


def test_cells_of_a_workbook_as_a_person_sees_them():
    day = datetime.date(2023, 5, 1)
    moment = datetime.datetime(2023, 5, 1, 10, 30)
    row = ["Э1", 4.0, 4.5, 0.1 + 0.2, True, day, moment, datetime.time(9, 5), -3, 89261234567, None]
    frame, notes = only(workbook([f"c{i}" for i in range(11)], row))
    expected = ["Э1", "4", "4.5", "0.3", "TRUE", "2023-05-01", "2023-05-01 10:30:00", "09:05:00"]
    assert frame.iloc[0].tolist() == [*expected, "-3", "89261234567", ""]
    assert notes == []


def test_a_workbook_that_counts_days_from_1904():
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active.append(["day"])
    book.active.append([datetime.date(2023, 5, 1)])
    assert only(saved(book))[0].iloc[0, 0] == "2023-05-01"


def test_merged_cells_and_a_title_are_told():
    book = openpyxl.Workbook()
    for row in (["Interviews", "", ""], ["Expert", "Money", "Staff"], ["E1", 1, 0], ["", 0, 1]):
        book.active.append(row)
    for area in ("A1:C1", "A3:A4"):
        book.active.merge_cells(area)
    frame, notes = only(saved(book))
    assert list(frame.columns) == ["Expert", "Money", "Staff"]
    assert frame["Expert"].tolist() == ["E1", ""]
    assert list(frame.index) == [3, 4]
    assert any("2 merged cells" in note for note in notes)
    assert any("title" in note for note in notes)


def test_of_formulas_the_value_is_taken():
    cells = "<c><f>1+1</f><v>2</v></c><c><f>A1</f></c>"
    heads = '<c t="s"><v>0</v></c><c t="inlineStr"><is><t>b</t></is></c>'
    frame, notes = only(raw_workbook(f"<row>{heads}</row><row>{cells}</row>"))
    assert list(frame.columns) == ["a", "b"]
    assert frame.iloc[0].tolist() == ["2", ""]
    assert len(notes) == 1
    assert "1 formula without a value" in notes[0]


def test_several_sheets():
    book = openpyxl.Workbook()
    book.active.title = "first"
    book.active.append(["a"])
    book.create_sheet("nothing in it")
    book.create_sheet("last").append(["b"])
    book["last"].sheet_state = "hidden"
    sheets, notes = read("file", saved(book))
    assert [(name, list(frame.columns)) for name, frame in sheets] == [
        ("first", ["a"]),
        ("last", ["b"]),
    ]
    assert notes == []


def test_texts_of_several_runs_without_their_reading():
    strings = "<si><r><t>ab</t></r><r><t>c</t></r><rPh sb='0' eb='1'><t>no</t></rPh></si>"
    rows = '<row><c t="s"><v>0</v></c></row>'
    assert list(only(raw_workbook(rows, strings=strings))[0].columns) == ["abc"]


BOMB = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]>'
HOSTILE = {
    "ten million empty cells": ("<row>" + "<c/>" * 10_000_000 + "</row>", ""),
    "many rows of empty cells": (("<row>" + "<c/>" * 100 + "</row>") * 11_000, ""),
    "a column far out": ('<row><c r="XFD1"><v>1</v></c></row>', ""),
    "no column": ('<row><c r="ZZZZZZ1"><v>1</v></c></row>', ""),
    "no number": ("<row><c><v>nothing</v></c></row>", ""),
    "no such text": ('<row><c t="s"><v>7</v></c></row>', ""),
    "many merged cells": ("<row><c><v>1</v></c></row>", '<mergeCell ref="A1:B9"/>' * 600_000),
    "a row far down": ('<row r="999999999"><c><v>1</v></c></row>', ""),
    "rows far down": ('<row r="1048576"><c><v>1</v></c></row>' * 3 + '<row r="99999999"/>', ""),
    "never closed": ("<row>" * 1000, ""),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_workbooks_are_refused_in_one_line(name):
    rows, after = HOSTILE[name]
    with pytest.raises(ExchangeError) as error:
        read("file.xlsx", raw_workbook(rows, after))
    assert str(error.value).startswith("file.xlsx: ")
    assert "\n" not in str(error.value)


def test_entities_are_refused(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    for before in (BOMB, f'<!DOCTYPE a [<!ENTITY c SYSTEM "{secret.as_uri()}">]>'):
        rows = '<row><c t="str"><v>&c;x</v></c></row>'
        with pytest.raises(ExchangeError, match="unsafe"):
            read("file", raw_workbook(rows, before=before))


def test_sheets_that_lead_nowhere_or_to_one_place():
    sheet = b'<sheet name="S" sheetId="1" r:id="a"/>'
    for old, new, part in (
        (b'r:id="a"', b'r:xy="a"', "empty"),
        (b'r:id="a"', b'r:id="z"', "no whole workbook"),
        (sheet, sheet * 1_000, "more than"),
    ):
        made = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(raw_workbook(""))) as whole,
            zipfile.ZipFile(made, "w") as broken,
        ):
            for name in whole.namelist():
                broken.writestr(name, whole.read(name).replace(old, new))
        with pytest.raises(ExchangeError, match=part):
            read("file.xlsx", made.getvalue())


def test_large_csv_files_are_refused():
    with pytest.raises(ExchangeError, match="4,000 columns"):
        read("file", b"," * 20_000)
    with pytest.raises(ExchangeError, match="1,000,000 cells"):
        read("file", b"a\n" + b"\n" * 1_000_001)
    with pytest.raises(ExchangeError, match="MB"):
        Material("file", "").decoded(b"a" * 11, largest=10)


def test_the_limit_holds_for_cells_of_all_sheets(monkeypatch):
    monkeypatch.setattr(tables, "MOST_CELLS", 8_300)
    book = openpyxl.Workbook()
    book.active.append([1] * 200)
    book.create_sheet().append([1] * 200)
    with pytest.raises(ExchangeError, match="8,300 cells"):
        read("file", saved(book))


def mutated(data, draw):
    """The bytes with some of them changed, taken out or put in."""
    data = bytearray(data)
    for _ in range(draw.choice([1, 2, 8])):
        at = draw.randrange(len(data))
        end = at + draw.randrange(1, 30)
        put = draw.choice([b"", b'"', b";", b"\r", b"\0", b"<", bytes(data[at:end] * 2), b"\xd0"])
        data[at : draw.choice([at, at + 1, end])] = put
        data = data or bytearray(b" ")
    return bytes(data)


def inside(data, draw):
    """The workbook with one of its parts mutated."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as new:
        chosen = draw.choice([name for name in old.namelist() if name.startswith("xl/")])
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, mutated(part, draw) if name == chosen else part)
    return made.getvalue()


def test_mutated_files_give_a_table_or_one_line():
    draw = random.Random(7)
    book = workbook(["Expert", "B", ""], ["", "M", "S"], ["E1", 1, "=1"])
    files = [RUSSIAN.encode(), RUSSIAN.encode("cp1251"), RUSSIAN.encode("utf-16")]
    tries = [mutated(draw.choice([*files, book]), draw) for _ in range(300)]
    for data in tries + [inside(book, draw) for _ in range(200)]:
        sheets, _ = taken(read, "file", data) or ([], None)
        cells = [cell for _, frame in sheets for cell in frame.to_numpy().ravel()]
        assert all(type(cell) is str for cell in cells)
