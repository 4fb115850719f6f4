import io
import random
import zipfile

import pytest
from refusals import taken

from analysis.exchange import refi, refi_xml
from analysis.exchange.material import ExchangeError, Material
from analysis.project import ROOT

REFERENCE = ROOT.parent / "shared" / "reference"
TALK = (
    "Moderator: what hinders?\nExpert 1: the money is short.\nExpert 2: people are not trained.\n"
)
CODES = '<Code guid="C1" name="Funding"/><Code guid="C2" name="Skills"/>'
USERS = '<User guid="U1" name="Ada"/><User guid="U2" name="Boris"/>'


def selection(start, end, code="C1", user="U1", guid="", name=""):
    coding = f'<Coding guid="x" creatingUser="{user}"><CodeRef targetGUID="{code}"/></Coding>'
    bounds = f'startPosition="{start}" endPosition="{end}"'
    return f'<PlainTextSelection guid="{guid}" name="{name}" {bounds}>{coding}</PlainTextSelection>'


def xml(sources="", codes=CODES, users=USERS, rest="", after="", origin="NVivo"):
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<Project xmlns="urn:QDA-XML:project:1.0" name="p" origin="{origin}">'
        f"<Users>{users}</Users><CodeBook><Codes>{codes}</Codes></CodeBook>{rest}"
        f"<Sources>{sources}</Sources>{after}</Project>"
    ).encode()


def source(marks="", path="internal://s1.txt", guid="S1", name="Session 1"):
    return f'<TextSource guid="{guid}" name="{name}" plainTextPath="{path}">{marks}</TextSource>'


def packed(project, texts=None, inner="project.qde"):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(inner, project)
        for name, text in (texts or {}).items():
            archive.writestr(name, text if isinstance(text, bytes) else text.encode())
    return data.getvalue()


def read(marks="", text=TALK, **parts):
    return refi.project("a.qdpx", packed(xml(source(marks), **parts), {"Sources/s1.txt": text}))


def coded(found):
    """Speaker and text of what is coded, with code, coder and stance."""
    turns = found.turns.set_index("turn")
    names = dict(zip(found.codes["code"], found.codes["name"], strict=True))
    return [
        (*turns.loc[turn, ["speaker", "text"]], names[code], coder, stance)
        for turn, _, code, coder, stance in found.codings.itertuples(index=False)
    ]


def at(text, words, count=len):
    """The bounds of words in a text, in units that ``count`` counts."""
    start = text.index(words)
    return count(text[:start]), count(text[: start + len(words)])


def test_users_become_coders_sources_sessions_and_labels_turns():
    marks = selection(35, 53) + selection(65, 87, "c2", "{u2}")  # ids in other letters, in braces
    found = read(marks)
    assert found.turns["session"].unique().tolist() == ["Session 1"]
    assert coded(found) == [
        ("Expert 1", "the money is short.", "Funding", "Ada", ""),
        ("Expert 2", "people are not trained.", "Skills", "Boris", ""),
    ]
    assert found.speakers["speaker"].tolist() == ["Moderator", "Expert 1", "Expert 2"]
    assert found.came == [
        "2 codes.",
        "1 source with 3 turns.",
        "2 codings by 2 coders.",
        "0 of 2 codings cut a word.",
    ]
    assert (found.cut, found.bounded, found.left, found.assumed) == (0, 2, [], [])


def test_another_name_and_folder_inside_are_read_and_told():
    data = packed(xml(source(selection(35, 53))), {"SOURCES/S1.TXT": TALK}, "Trial.qde")
    found = refi.project("a.qdpx", data)
    assert len(found.codings) == 1
    assert found.assumed == ["'Trial.qde' was read in place of 'project.qde'."]


@pytest.mark.parametrize("path", ["relative:///s1.txt", "absolute:///C:/My%20Files\\s1.txt"])
def test_texts_of_other_paths_are_looked_for_in_the_archive(path):
    data = packed(xml(source(selection(35, 53), path)), {"Sources/s1.txt": TALK})
    assert len(refi.project("a.qdpx", data).codings) == 1


def test_text_inside_the_xml_and_a_text_that_is_missing():
    inside = f'<TextSource guid="S1" name="A"><PlainTextContent>{TALK}</PlainTextContent>'
    project = xml(inside + selection(35, 53) + "</TextSource>" + source(selection(1, 2)))
    found = refi.project("a.qde", project)
    assert coded(found) == [("Expert 1", "the money is short.", "Funding", "Ada", "")]
    assert found.left == [
        "1 source whose text is not in the file: not imported.",
        "1 coding of a text or code that is not in the file: not imported.",
    ]


def test_the_byte_order_mark_is_not_counted_and_a_windows_line_end_is_two():
    text = "\ufeff" + TALK.replace("\n", "\r\n")
    found = read(selection(67, 89, "C2"), text)
    assert coded(found) == [("Expert 2", "people are not trained.", "Skills", "Ada", "")]
    assert (found.cut, found.assumed) == (0, [])


def utf16(text):
    return len(text.encode("utf-16-le")) // 2


SMILE = "Expert 1: well 😀🙂 money, money.\r\nExpert 2: people are not trained 😀 at all.\r\n"


@pytest.mark.parametrize(("count", "told"), [(len, ""), (utf16, "an emoji as two")])
def test_how_positions_are_counted_is_told_by_the_edges_of_words(count, told):
    bounds = [at(SMILE, words, count) for words in ("people", "not trained", "all")]
    found = read("".join(selection(*pair) for pair in bounds), SMILE)
    assert [row[0] for row in coded(found)] == ["Expert 2"] * 3
    assert found.cut == 0
    assert told in " ".join(found.assumed)
    assert bool(told) == bool(found.assumed)


def test_codings_that_cut_words_are_counted():
    text = TALK.replace("\n", " \n \n")
    found = read(selection(65, 87, "C2"), text)
    assert (found.cut, found.bounded, len(found.codings)) == (1, 1, 1)
    hint = "1 of 1 codings cuts a word: the positions of the file may be off; check these."
    assert found.asked[0] == hint


def test_a_coding_goes_to_the_turn_with_most_of_it_of_equal_ones_the_first():
    text = "Expert 1: aaaa\nExpert 2: bbbb\nExpert 2: bb\nExpert 1: cccccccc\n"
    whole, equal, same = (0, len(text)), (12, 27), (27, 42)
    found = read("".join(selection(*bounds) for bounds in (whole, equal, same)), text)
    assert [row[1] for row in coded(found)] == ["cccccccc", "aaaa", "bbbb"]
    assert found.assumed == [
        "3 codings run over several turns: the largest was taken.",
    ]


def test_what_lies_outside_or_between_turns_is_told():
    marks = selection(25, 34) + selection(500, 510) + selection(-1, 4) + selection("x", "9" * 30)
    found = read(marks)
    assert coded(found) == [("Expert 1", "the money is short.", "Funding", "Ada", "")]
    assert found.left == ["3 codings lie on no text: not imported."]
    assert found.assumed == ["1 coding lies between turns: the next one was taken."]


def test_without_labels_a_paragraph_is_a_turn_of_nobody():
    found = read(selection(12, 18), "First thing.\r\n\r\nSecond one.\r\n")
    assert found.turns["text"].tolist() == ["First thing.", "Second one."]
    assert found.turns["speaker"].tolist() == ["", ""]
    assert "2 turns name no speaker" in found.asked[0]


def test_a_few_labels_among_many_lines_are_none():
    text = "Anna Smith: a title\n" + "a line of text\n" * 40
    found = read("", text)
    assert len(found.turns) == 41
    assert found.assumed == ["1 text has too few labels of speakers: each line is a turn."]


def case(name, refs, guid="K1"):
    return f'<Case guid="{guid}" name="{name}">{refs}</Case>'


def test_cases_say_who_speaks_where_no_label_does():
    text = "One.\nTwo.\nThree.\n"
    marks = selection(0, 4, guid="P1") + selection(5, 9)
    whole = "<Cases>" + case("Anna", '<SourceRef targetGUID="s1"/>') + "</Cases>"
    assert set(read(marks, text, rest=whole).turns["speaker"]) == {"Anna"}
    part = "<Cases>" + case("Anna", '<SelectionRef targetGUID="{p1}"/>') + "</Cases>"
    assert read(marks, text, rest=part).turns["speaker"].tolist() == ["Anna", "", ""]
    shared = (
        whole.replace("</Cases>", case("Boris", '<SourceRef targetGUID="S1"/>', "K2")) + "</Cases>"
    )
    found = read(marks, text, rest=shared)
    assert set(found.turns["speaker"]) == {""}
    assert found.left == ["2 cases without turns and ratings: not imported."]


def test_a_case_and_a_code_may_share_an_id():
    rest = "<Cases>" + case("Anna", "", "C1") + "</Cases>"
    found = read(selection(0, 4), "One.\nTwo.\n", rest=rest)
    assert coded(found) == [("Anna", "One.", "Funding", "Ada", "")]
    found = read(selection(0, 4, "K1"), "One.\nTwo.\n", rest=rest.replace("C1", "K1"))
    assert found.turns["speaker"].tolist() == ["Anna", ""]
    assert found.codings.empty
    assert found.assumed == ["1 coding names a case as code: it speaks there."]


def test_codes_of_one_name_under_several_parents_stay_apart():
    codes = "".join(
        f'<Code guid="P{n}" name="P{n}"><Description>d{n}</Description>'
        f'<Code guid="C{n}" name="other"/></Code>'
        for n in range(9)
    )
    found = read(selection(35, 53, "C8"), codes=codes)
    assert found.codes["name"].tolist().count("other") == 9
    assert found.codes.iloc[-1].to_list()[:3] == ["c8", "p8", "other"]
    assert found.codings["code"].tolist() == ["c8"]
    assert found.codes["definition"].iloc[0] == "d0"


def test_two_coders_of_one_name_and_a_coding_of_nobody():
    users = '<User guid="U1" name="Ada"/><User guid="U2" name="Ada"/>'
    marks = selection(35, 53) + selection(35, 53, user="U2") + selection(35, 53, user="U3")
    found = read(marks, users=users)
    assert found.codings["coder"].tolist() == ["Ada", "Ada (2)", ""]
    assert found.assumed == ["1 coding names no coder."]


def test_what_has_no_text_is_counted_by_kind():
    coding = '<Coding guid="x"><CodeRef targetGUID="C1"/></Coding>'
    sources = (
        f'<PDFSource guid="a"><PDFSelection guid="b">{coding}</PDFSelection></PDFSource>'
        f'<AudioSource guid="a"><AudioSelection guid="b">{coding * 2}</AudioSelection>'
        f'<Transcript guid="t"><TranscriptSelection guid="u">{coding}</TranscriptSelection>'
        "</Transcript></AudioSource>" + source(coding)
    )
    after = '<Notes><Note guid="n" name="m"/></Notes><Sets><Set guid="s" name="t"/></Sets>'
    data = packed(xml(sources, after=after), {"Sources/s1.txt": TALK})
    found = refi.project("a.qdpx", data)
    assert found.left == [
        "1 coding lies on a PDF region and has no text; not imported.",
        "3 codings lie on recordings and have no text; not imported.",
        "2 files of another kind than text: not imported.",
        "1 coding of whole sources: not imported.",
        "2 notes, links, sets or graphs not imported.",
    ]
    assert found.codings.empty


def test_the_text_of_a_pdf_is_a_text():
    marks = f'<Representation guid="r" plainTextPath="internal://s1.txt">{selection(35, 53)}'
    sources = f'<PDFSource guid="a" name="s.pdf">{marks}</Representation></PDFSource>'
    found = refi.project("a.qdpx", packed(xml(sources), {"Sources/s1.txt": TALK}))
    assert coded(found) == [("Expert 1", "the money is short.", "Funding", "Ada", "")]
    assert found.turns["session"].iloc[0] == "s.pdf"
    assert found.left == []


def test_variables_with_a_scale_are_ratings_and_others_are_told():
    rest = (
        '<Variables><Variable guid="V1" name="i1" typeOfVariable="Float">'
        "<Description>It got faster.\nScale: 1 to 5</Description></Variable>"
        '<Variable guid="V2" name="Age" typeOfVariable="Integer"/></Variables><Cases>'
        '<Case guid="K1" name="Anna"><VariableValue><VariableRef targetGUID="V1"/>'
        "<FloatValue>4</FloatValue></VariableValue></Case></Cases>"
    )
    found = read(rest=rest)
    assert found.items.to_numpy().tolist() == [["i1", "It got faster.", 1.0, 5.0]]
    assert found.ratings.to_numpy().tolist() == [["Anna", "i1", 4.0, ""]]
    assert found.left == ["1 variable without a place in a panel: “Age”; not imported."]


def test_descriptions_are_taken_apart_and_a_stance_is_no_code():
    codes = (
        '<Code guid="C1" name="Funding">'
        "<Description>Money.\nInclude: a\nb\nExclude: c</Description>"
        '<Code guid="C2" name="Funding (opposes)"><Description>Stance: opposes</Description></Code>'
        "</Code>"
    )
    found = read(selection(35, 53) + selection(65, 87, "C2"), codes=codes)
    columns = ["name", "definition", "include", "exclude"]
    assert found.codes[columns].to_numpy().tolist() == [["Funding", "Money.", "a\nb", "c"]]
    assert [row[2:] for row in coded(found)] == [
        ("Funding", "Ada", "raises"),
        ("Funding", "Ada", "opposes"),
    ]


def test_a_codebook_alone():
    book = (
        f'<CodeBook xmlns="urn:QDA-XML:codebook:1.0" origin="x"><Codes>{CODES}</Codes></CodeBook>'
    )
    found = refi.project("a.qdc", book.encode())
    assert found.codes["name"].tolist() == ["Funding", "Skills"]
    assert (found.came, found.left) == (["2 codes."], [])


ENTITIES = '<?xml version="1.0"?><!DOCTYPE p [<!ENTITY a "aaaaaaaaaa">]><Project name="&a;"/>'


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (ENTITIES.encode(), "declares entities"),
        (ENTITIES.encode("utf-16"), "declares entities"),
        (xml(source())[:-20], "no whole XML"),
        (b"", "no whole XML"),
        (b"<a/>", "neither Project nor CodeBook"),
        (b'<CodeRef targetGUID="x"/>', "neither Project nor CodeBook"),
        (b"<a>" * 300 + b"</a>" * 300, "no whole XML"),
        (xml(rest="<a>" * 10_000 + "</a>" * 10_000), "no whole XML: line 1 is wrong"),
        (xml(codes="<Code>" * 10_000 + "</Code>" * 10_000), "no whole XML: line 1 is wrong"),
        (
            xml(source("<PlainTextSelection>" + "<Coding>" * 10_000)),
            "no whole XML: line 1 is wrong",
        ),
        (b'<Project>\n\n<Code name="&a;"/></Project>', "no whole XML: line 3 is wrong"),
        (b"<Project>\n<Sources/>\n<Sources></Users>\n</Project>", "no whole XML: line 3 is wrong"),
        (xml(source("\n\n<PlainTextSelection><Coding></PlainTextSelection>\n")), "line 3 is wrong"),
        (xml().replace(b"utf-8", b"klingon"), "no whole XML"),
        (packed("x", inner="a.xml"), "no file .qde in the archive"),
        (packed("x", {"b.qde": "y"}), "2 files .qde in the archive"),
        (packed(xml(), {"Sources/../../evil.txt": "x"}), "leads out"),
    ],
)
def test_what_is_broken_or_hostile_is_refused_in_one_line(data, why):
    with pytest.raises(ExchangeError, match=why) as error:
        refi.project("a.qdpx", data)
    assert str(error.value).startswith("a.qdpx: ")
    assert "\n" not in str(error.value)


def test_comments_between_elements_and_inside_texts_are_passed_over():
    marks = selection(35, 53).replace("<Coding", "<!-- a --><?a b?><Coding")
    value = "<VariableValue><!-- a --><VariableRef targetGUID='V1'/><TextValue>a<!-- b -->b"
    cases = f"<Cases><Case guid='A' name='Anna'>{value}</TextValue></VariableValue></Case></Cases>"
    read_of = refi_xml.parsed(xml(source(marks), rest=cases), "a.qde")
    assert read_of.cases["a"]["values"] == {"v1": "ab"}
    assert read_of.sources[0]["codings"] == [(35, 53, "u1", "c1")]


@pytest.mark.parametrize("before", [0, 32_700, 32_749, 65_500])
def test_characters_written_as_references_are_themselves(before):
    text = "a" * before + "&amp;&#38;&lt;&#x42f;"
    codes = f'<Code guid="C1" name="R&amp;&#38;D"><Description>{text}</Description></Code>'
    code = refi_xml.parsed(xml(codes=codes), "a.qde").codes["c1"]
    assert (code["name"], code["text"].lstrip("a")) == ("R&&D", "&&<Я")


def test_only_selections_right_below_a_text_and_codes_right_below_their_codings_count():
    inside = selection(35, 53).replace(
        "<CodeRef", "<Other><CodeRef targetGUID='C2'/></Other><CodeRef"
    )
    beside = f"<Other>{selection(1, 2)}</Other><Coding><CodeRef targetGUID='C1'/></Coding>"
    read_of = refi_xml.parsed(xml(source(inside + beside) + selection(3, 4)), "a.qde")
    assert [one["codings"] for one in read_of.sources] == [[(35, 53, "u1", "c1")]]
    assert read_of.counts["whole"] == 1


def test_too_many_marks_are_refused(monkeypatch):
    monkeypatch.setattr(refi_xml, "MOST_MARKS", 10)
    with pytest.raises(ExchangeError, match="more than"):
        refi.project("a.qde", xml(source()))


def test_a_text_in_another_encoding_is_read_and_told():
    found = read(text="Анна Петрова: людей не учат.\n".encode("cp1251"))
    assert found.turns["text"].tolist() == ["людей не учат."]
    assert found.assumed[0] == "The text was read as cp1251; if it is not, save it as UTF-8."


def test_a_long_turn_is_parted_and_control_characters_are_replaced():
    found = read(text="Expert 1: " + "word " * 9_000 + "\nExpert 3:\nExpert 2: a\x0bb\x01c\n")
    assert max(map(len, found.turns["text"])) <= 20_000
    assert found.turns["text"].iloc[-1] == "a\nb\ufffdc"
    assert found.assumed == ["1 turn of over 20,000 characters: parted."]
    assert found.left == [
        "1 character that cannot be read: now \ufffd.",
        "1 turn without any text: not taken.",
    ]


def test_mutations_give_a_material_or_one_line():
    drawn = random.Random(1)
    plain = xml(source(selection(35, 53)), rest="<Cases>" + case("Anna", "") + "</Cases>")
    seeds = [plain, packed(plain, {"Sources/s1.txt": TALK})]
    for number in range(400):
        data = bytearray(seeds[number % 2])
        for _ in range(drawn.randint(1, 6)):
            place = drawn.randrange(len(data))
            data[place : place + drawn.choice((0, 1, 9))] = drawn.randbytes(drawn.choice((0, 1, 4)))
        found = taken(refi.project, "a.qdpx", bytes(data))
        assert found is None or isinstance(found, Material)


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference files are not here")
def test_real_projects_and_odd_files():
    place = REFERENCE / "refi-qda" / "nvivo12-windows.qdpx"
    found = refi.project(place.name, place.read_bytes())
    assert (len(found.codes), found.turns["session"].nunique(), len(found.codings)) == (152, 2, 330)
    assert found.codings["coder"].nunique() == 2
    assert found.cut <= 0.01 * found.bounded
    place = REFERENCE / "refi-qda" / "atlasti23-windows-codes-only.qdpx"
    found = refi.project(place.name, place.read_bytes())
    assert (len(found.codes), len(found.turns), found.left) == (3, 0, [])
    answers = {"01-inner-name": "Expert 1", "02-bom-crlf": "Expert 2", "05-drift": "Expert 2"}
    for name, speaker in answers.items():
        found = refi.project(name, (REFERENCE / "cases" / f"{name}.qdpx").read_bytes())
        assert [row[0] for row in coded(found)] == [speaker]
        assert found.cut == (name == "05-drift")
    found = refi.project("x", (REFERENCE / "cases" / "07-pdf-only.qdpx").read_bytes())
    assert found.left[0] == "1 coding lies on a PDF region and has no text; not imported."
    for name in ("10-zip-slip.qdpx", "10-entities.qde"):
        with pytest.raises(ExchangeError):
            refi.project(name, (REFERENCE / "cases" / name).read_bytes())
