"""What tables mean: matrices, lists of codings, codings side by side, ratings."""

import io
import random

import openpyxl
import pandas as pd
import pytest
from refusals import taken

from analysis.exchange import matrices
from analysis.exchange.material import ExchangeError, Material
from analysis.exchange.tables import read as read_tables
from analysis.project import ROOT

CASES = ROOT.parent / "shared" / "reference" / "cases"
MATRIX = "эксперт,Деньги,Кадры,Связь\nЭ1,x,,1\nЭ2,да,нет,0\nЭ3,+,-,\n"
SEGMENTS = (
    "Группа документов;Имя документа;Код;Начало;Конец;Вес;Сегмент\n"
    "С1;Э1;Барьеры\\Деньги;3;3;0;мало\nС1;Э1;Барьеры\\Деньги;9;9;0;мало\n"
    "С1;Э1;Сроки;9;9;0;мало\nС2;Э2;Барьеры\\Кадры > обучение;1;1;0;-\n"
)


def read(text, **options):
    return matrices.read("file.csv", text.encode(), **options)


def rows(frame, columns):
    return frame[columns.split()].to_numpy().tolist()


def given(material):
    """Who was given which code, with the coder if there is one."""
    speakers = dict(zip(material.turns["turn"], material.turns["speaker"], strict=True))
    found = []
    for turn, expert, code, coder, _ in material.codings.itertuples(index=False):
        found.append(
            (speakers.get(turn, expert), code, coder)
            if coder
            else (speakers.get(turn, expert), code)
        )
    return found


def refused(text, *parts, **options):
    """The one line that a file is refused with, which holds these parts."""
    with pytest.raises(ExchangeError) as error:
        read(text, **options)
    line = str(error.value)
    assert line.startswith("file.csv")
    assert "\n" not in line
    for part in parts:
        assert part in line
    return line


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (MATRIX, "matrix"),
        ("Expert,A,B\nE1,0,1\nE2,1,1\n", "matrix"),
        ("code,E1,E2\nA,x,\nB,,x\n", "matrix"),
        (SEGMENTS, "segments"),
        ("Dokumentgruppe,Dokumentname,Code,Segment\nG,D,A\\B,x\n", "segments"),
        ("respondent,code\nR1,A\n", "codings"),
        ("speaker_id,theme,quote\nR1,A,b\n", "codings"),
        ("statement_id,coder,code_id,stance\ns1,a,c,raises\n", "codings"),
        ("unit,coder A,coder B\n1,A,B\n", "double"),
        ("unit,Деньги (кодировщик 1),Деньги (кодировщик 2)\n1,1,0\n", "double"),
        ("expert,q1,q2\nE1,4,5\nE2,2,3\n", "ratings"),
        ("expert,q1,q2\nE1,-1,1\nE2,0,1\n", "ratings"),
        ("expert,q1\nE1,4 - agree\nE2,5 - agree\n", "ratings"),
        ("expert,item,value\nE1,q1,4\n", "ratings-list"),
        ("эксперт,тема,оценка\nЭ1,Деньги,4\n", "ratings-list"),
        ("code,name,definition\na,A,what it means\n", ""),
        ("a,b\nsome,words\n", ""),
        ("question_id,task,position,text,text_ru\nq1,role,1,What?,\n", ""),
        ("expert,kind,group,place,A,B\nE1,state,one,Omsk,x,\nE2,civil,two,Tomsk,,x\n", "matrix"),
        ("expert,A\n", ""),
    ],
)
def test_kinds(text, kind):
    (sheet,) = read_tables(Material("file", ""), text.encode())
    assert matrices.kind_of(sheet[1]) == kind


def test_a_matrix_of_marks():
    material = read(MATRIX)
    codes = {"Э1": ["Деньги", "Связь"], "Э2": ["Деньги"], "Э3": ["Деньги"]}
    expected = {(expert, code) for expert in codes for code in codes[expert]}
    assert set(given(material)) == expected
    assert len(material.codings) == len(expected)
    assert rows(material.codes, "code parent name")[0] == ["Деньги", "", "Деньги"]
    assert material.turns.empty
    rule = next(line for line in material.assumed if line.startswith("Given"))
    assert "“нет”" in rule
    assert "2 empty cells" in rule


def test_who_raised_nothing_is_there_all_the_same():
    material = read("expert,A,B\nE1,x,\nE2,,\n")
    assert material.speakers["speaker"].tolist() == ["E1", "E2"]


def test_a_mark_without_a_rule_is_asked_for():
    text = MATRIX + "Э4,2,,?\n"
    refused(text, "row 5", "“Деньги”", "“2”", "“?”")
    refused(MATRIX + "Э4,x,,?\n", "row 5", "“Связь”", "“?”")


@pytest.mark.parametrize(
    "mark", ["x", "X", "х", "Х", "✓", "✔️", "1", "да", "ДА", "yes", "+", "TRUE"]
)
def test_marks_of_what_was_given(mark):
    assert given(read(f"expert,A,B\nE1,{mark},0\n")) == [("E1", "A")]


@pytest.mark.parametrize("mark", ["0", "-", "–", "нет", "No", "FALSE", ""])
def test_marks_of_what_was_not(mark):
    assert given(read(f"expert,A,B\nE1,{mark},x\n")) == [("E1", "B")]


def test_paths_in_heads_and_one_name_under_two_parents():
    material = read(
        "expert,Barriers->Money,Drivers > Money,Drivers\\Staff\\Number\nE1,x,x,\nE2,,,x\n"
    )
    assert given(material) == [
        ("E1", "Barriers > Money"),
        ("E1", "Drivers > Money"),
        ("E2", "Drivers > Staff > Number"),
    ]
    assert rows(material.codes, "code parent name") == [
        ["Barriers", "", "Barriers"],
        ["Barriers > Money", "Barriers", "Money"],
        ["Drivers", "", "Drivers"],
        ["Drivers > Money", "Drivers", "Money"],
        ["Drivers > Staff", "Drivers", "Staff"],
        ["Drivers > Staff > Number", "Drivers > Staff", "Number"],
    ]


def test_codes_are_never_joined():
    refused("expert,A,A\nE1,x,\n", "two columns “A”")
    refused("expert,A->B,A > B\nE1,x,\n", "2 columns", "“A > B”")


def test_other_columns_are_left_and_named():
    material = read("expert,session,Money,Place\nE1,s1,x,Omsk\nE2,s1,,Tomsk\n")
    assert given(material) == [("E1", "Money")]
    assert material.left == ["2 columns not taken: “session” and “Place”."]


def test_codes_in_rows_and_experts_in_columns():
    material = read("Код,Э1,Э2\nДеньги,x,\nБарьеры\\Кадры,x,x\n")
    assert sorted(given(material)) == [
        ("Э1", "Барьеры > Кадры"),
        ("Э1", "Деньги"),
        ("Э2", "Барьеры > Кадры"),
    ]


def test_a_row_for_each_expert_and_coder():
    material = read("expert,coder,A,B\nE1,ada,x,\nE1,boris,,x\n")
    assert given(material) == [("E1", "A", "ada"), ("E1", "B", "boris")]
    again = read("expert,A\nE1,x\nE1,\n")
    assert given(again) == [("E1", "A")]
    assert any("1 cell of an expert and code above" in line for line in again.assumed)


def test_cells_without_a_name_beside_them():
    refused("expert,A\nE1,x\n,x\n", "row 3", "“A”")


def test_a_list_of_codings_with_text():
    material = read(
        "interview,speaker,category,code,coder,quote,stance,colour\n"
        "I1,E1,Barriers,Money,ada,=1+1,raises,red\n"
        "I1,E1,Barriers,Money,boris,=1+1,raises,red\n"
        "I1,E1,Drivers,Money,ada,=1+1,против,\n"
        "I2,E2,,,ada,@home,,\n"
    )
    assert rows(material.turns, "session speaker text") == [
        ["I1", "E1", "=1+1"],
        ["I2", "E2", "@home"],
    ]
    first = material.turns["turn"][0]
    assert rows(material.codings, "turn expert code coder stance") == [
        [first, "", "Barriers > Money", "ada", "raises"],
        [first, "", "Barriers > Money", "boris", "raises"],
        [first, "", "Drivers > Money", "ada", "opposes"],
    ]
    assert material.left == ["1 column not taken: “colour”."]
    assert any("2 rows" in line for line in material.assumed)


def test_a_list_of_codings_without_text():
    material = read("документ,код\nЭ1,A\nЭ1,A\nЭ2,B->C\n")
    assert given(material) == [("Э1", "A"), ("Э2", "B > C")]
    assert material.turns.empty
    assert any("1 row repeated" in line for line in material.assumed)
    assert any("document" in line for line in material.assumed)
    refused("expert,code\n,A\n", "row 2")


def test_a_stance_without_a_rule_is_asked_for():
    text = "expert,code,stance\nE1,A,perhaps\n"
    refused(text, "row 2", "“stance”", "“perhaps”")
    assert read(text.replace("perhaps", "Против")).codings["stance"].tolist() == ["opposes"]


def test_units_keep_their_names():
    material = read("statement_id,speaker,code,text\ns7,E1,A,a\ns7,E1,B,a\ns9,E1,A,a\n")
    assert material.turns["turn"].tolist() == ["s7", "s9"]
    assert material.codings["turn"].tolist() == ["s7", "s7", "s9"]
    twice = read("interview,speaker,unit,code,text\nI1,E1,1,A,a\nI2,E2,1,B,b\n")
    assert twice.turns["turn"].is_unique
    assert given(twice) == [("E1", "A"), ("E2", "B")]


def test_a_list_of_coded_segments():
    material = read(SEGMENTS)
    assert rows(material.turns, "session speaker text") == [
        ["С1", "Э1", "мало"],
        ["С1", "Э1", "мало"],
        ["С2", "Э2", "-"],
    ]
    assert given(material) == [
        ("Э1", "Барьеры > Деньги"),
        ("Э1", "Барьеры > Деньги"),
        ("Э1", "Сроки"),
        ("Э2", "Барьеры > Кадры > обучение"),
    ]
    assert len(set(given(material))) == 3


def test_coders_side_by_side_a_code_in_a_cell():
    material = read("unit,Coder A,Coder B\n1,Money,Staff\n2,Money,\n3,-,\n")
    assert material.turns["turn"].tolist() == ["1", "2", "3"]
    assert rows(material.codings, "turn code coder") == [
        ["1", "Money", "Coder A"],
        ["2", "Money", "Coder A"],
        ["1", "Staff", "Coder B"],
    ]
    refused("unit,coder 1,coder 2\n1,1,0\n2,,1\n", "row 2", "“coder 1”", "in the head")


def test_coders_side_by_side_a_mark_under_each_code():
    text = "expert,Money_coder1,Money_coder2,A\\B (coder1),A\\B (coder2)\nE1,1,0,x,x\nE2,,1,,\n"
    assert sorted(given(read(text))) == [
        ("E1", "A > B", "coder1"),
        ("E1", "A > B", "coder2"),
        ("E1", "Money", "coder1"),
        ("E2", "Money", "coder2"),
    ]
    refused(text + "E3,2,,,\n", "row 4", "“Money_coder1”", "“2”")
    units = read("text,Money coder 1,Money coder 2\na,1,0\na,,1\n")
    assert len(units.turns) == 2
    assert rows(units.codings, "code coder") == [["Money", "coder 1"], ["Money", "coder 2"]]
    refused("unit,one\n1,2\n", "two coders", kind="double")


def test_ratings_in_a_grid():
    material = read(
        "Эксперт;Раунд;Вопрос 1;Вопрос 2;Город\n"
        "Э1;1;4 - согласен;2,5;Омск\nЭ1;2;5;;Омск\nЭ2;1;н/д;3;Томск\n"
    )
    assert rows(material.ratings, "expert item value round") == [
        ["Э1", "Вопрос 1", "4", "1"],
        ["Э1", "Вопрос 1", "5", "2"],
        ["Э2", "Вопрос 1", "", "1"],
        ["Э1", "Вопрос 2", "2.5", "1"],
        ["Э2", "Вопрос 2", "3", "1"],
    ]
    assert rows(material.items, "item lowest highest") == [
        ["Вопрос 1", "2.5", "5"],
        ["Вопрос 2", "2.5", "5"],
    ]
    assert material.left == ["1 column not taken: “Город”."]
    assert any("2.5 to 5" in line for line in material.asked)


def test_ratings_in_a_list():
    material = read("expert,round,item,rating\nE1,1,q1,−2\nE1,2,q1,1\nE2,1,q1,\nE1,1,q1,-2\n")
    assert rows(material.ratings, "expert item value round") == [
        ["E1", "q1", "-2", "1"],
        ["E1", "q1", "1", "2"],
        ["E2", "q1", "", "1"],
    ]
    assert any("1 row repeated" in line for line in material.assumed)
    refused("expert,item,value\nE1,q1,4\nE1,q1,5\n", "row 3", "“q1”", "twice")


@pytest.mark.parametrize("value", ["agree", "4 of 5", "4-5", "?", "9" * 400, "01.05.2023"])
def test_a_rating_that_is_no_number_is_asked_for(value):
    text = f"expert,item,value\nE1,q1,4\nE1,q2,{value}\n"
    refused(text, "row 3", "“value”", value[:40])


@pytest.mark.parametrize(
    ("text", "value"), [("4 - agree", 4), ("2,5", 2.5), ("5. да", 5), ("-1", -1), ("4 (да)", 4)]
)
def test_numbers_with_words(text, value):
    assert read(f'expert,item,value\nE1,q1,"{text}"\n').ratings["value"].tolist() == [f"{value:g}"]


def test_the_sheets_of_a_workbook_are_one_material():
    book = openpyxl.Workbook()
    book.active.title = "codes"
    for row in (
        ["Expert", "Barriers > Money", "Barriers > Staff"],
        ["E1", 1.0, 0],
        ["E2", None, 1],
    ):
        book.active.append(row)
    for row in (["expert", "item", "value"], ["E1", "q1", 4.0], ["E2", "q1", 4.5]):
        (book["ratings"] if "ratings" in book else book.create_sheet("ratings")).append(row)
    book.create_sheet("notes").append(["Done in May", "by Ada"])
    data = io.BytesIO()
    book.save(data)
    material = matrices.read("file.xlsx", data.getvalue())
    assert material.kind == "matrix and ratings-list"
    assert given(material) == [("E1", "Barriers > Money"), ("E2", "Barriers > Staff")]
    assert material.ratings["value"].tolist() == ["4", "4.5"]
    assert [line for line in material.left if "'notes'" in line]
    book["ratings"].append(["E2", "q2", "?"])
    data = io.BytesIO()
    book.save(data)
    with pytest.raises(ExchangeError, match="sheet 'ratings', row 4"):
        matrices.read("file.xlsx", data.getvalue())


def test_what_is_no_known_table():
    refused("a,b\nsome,words\n", "--as")
    refused("a,b\nsome,words\n", "no column of codes", kind="codings")
    refused("expert\nE1\n", "no code and expert", kind="matrix")


def test_limits():
    deep = read("expert,code\nE1," + " > ".join("abcdefghijklmnopqrstuvwxyz") + "\n")
    assert len(deep.codes) == 10
    assert deep.codes["name"].tolist()[-1].startswith("j > k")


def test_counts_are_said():
    assert read(MATRIX).came == ["3 people, 3 codes and 4 codings."]
    assert read("expert,A\nE1,x\n").came == ["1 person, 1 code and 1 coding."]


def test_names_and_texts_are_in_no_sentence():
    material = read("interview,speaker,code,quote\nI1,Anna,A,a secret\nI1,Anna,A,a secret\n")
    for line in [*material.came, *material.left, *material.assumed, *material.asked]:
        assert "secret" not in line
        assert "Anna" not in line


@pytest.mark.parametrize("kind", matrices.READERS)
@pytest.mark.parametrize(
    "text", [MATRIX, SEGMENTS, "expert,item,value\nE1,q1,4\n", "unit,coder 1,coder 2\n"]
)
def test_any_kind_of_any_table_gives_a_material_or_one_line(text, kind):
    material = taken(read, text, kind=kind)
    assert material is None or material.kind == kind


def test_what_cannot_be_seen_is_escaped_where_it_is_refused():
    with pytest.raises(ExchangeError, match=r"“x\\u200b”; expected .* so of “\\ufeff2”"):
        read("expert,Money,Law\nE1,x,x\nE2,,x\u200b\nE3,\ufeff2,x\n")


def test_mutated_tables_give_a_sound_material_or_one_line():
    draw = random.Random(11)
    marks = ["x", "", "?", "2", "Э1", "код", "A->B", "\\", "coder 1", "4 - да", "=1", "value", "-"]
    kinds = set()
    for _ in range(400):
        text = draw.choice([MATRIX, SEGMENTS, "expert,item,value\nE1,q1,4\nE2,q1,5\n"])
        cells = [line.split(";" if ";" in line else ",") for line in text.splitlines()]
        for _ in range(draw.randrange(4)):
            row = draw.choice(cells)
            row[draw.randrange(len(row))] = draw.choice(marks)
        data = "\n".join(",".join(row) for row in cells)
        material = taken(read, data)
        if material is None:
            continue
        kinds.add(material.kind)
        assert set(material.codings["code"]) <= set(material.codes["code"])
        assert set(material.codes["parent"]) <= {"", *material.codes["code"]}
        assert set(material.codings["turn"]) <= {"", *material.turns["turn"]}
        assert set(material.ratings["item"]) <= set(material.items["item"])
        assert all(
            frame[key].is_unique
            for frame, key in ((material.turns, "turn"), (material.codes, "code"))
        )
    assert len(kinds) > 2


def test_many_codings():
    lines = [f"E{i % 50},code {i % 100},text {i},ada" for i in range(20_000)]
    material = read("\n".join(["expert,code,quote,coder", *lines]))
    assert (len(material.codings), len(material.codes)) == (20_000, 100)


@pytest.mark.skipif(not CASES.exists(), reason="the reference files are not here")
class TestCases:
    def read(self, name, **options):
        return matrices.read(name, (CASES / name).read_bytes(), **options)

    def test_excel_in_russian(self):
        material = self.read("21-excel-ru.csv")
        assert rows(material.ratings, "expert item value") == [
            ["Э1", "Деньги", "4.5"],
            ["Э2", "Кадры", "3"],
        ]
        assert any("cp1251" in line for line in material.assumed)
        assert any("semicolons" in line and "decimal comma" in line for line in material.assumed)

    def test_matrix(self):
        with pytest.raises(
            ExchangeError, match=r"22-matrix.csv, row 5, column “Деньги”: “2”.*“\?”"
        ):
            self.read("22-matrix.csv")
        data = (CASES / "22-matrix.csv").read_bytes().replace(b",2", b",x").replace(b"?", b"-")
        counts = pd.Series([code for _, code in given(matrices.read("22.csv", data))])
        assert counts.value_counts().to_dict() == {"Деньги": 4, "Связь": 1}

    def test_segments(self):
        material = self.read("23-maxqda-segments.csv")
        assert material.kind == "segments"
        assert set(given(material)) == {
            ("Э1", "Барьеры > Деньги"),
            ("Э2", "Барьеры > Кадры > обучение"),
        }
        assert rows(material.codes, "code parent")[-1] == [
            "Барьеры > Кадры > обучение",
            "Барьеры > Кадры",
        ]
