"""Transcripts: turns and speakers, what is assumed and asked, and what broken files give."""

import io
import random
from contextlib import suppress
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.exchange import transcripts
from analysis.exchange.material import ExchangeError

REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "reference"
WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def reference(name):
    if not (REFERENCE / name).exists():
        pytest.skip("the reference files are not here")
    return (REFERENCE / name).read_bytes()


def turns(material):
    return list(material.turns[["speaker", "text"]].itertuples(index=False, name=None))


def cues(*texts):
    times = (f"00:00:{n:02d}.000 --> 00:00:{n + 1:02d}.000" for n in range(len(texts)))
    blocks = (f"{time}\n{text}" for time, text in zip(times, texts, strict=True))
    return "\n\n".join(["WEBVTT", *blocks]).encode()


def captions(*texts):
    return transcripts.vtt("a.vtt", cues(*texts))


def word(*paragraphs):
    """A document of these paragraphs; one with a bar has bold letters before it."""
    made = docx.Document()
    for text in paragraphs:
        bold, bar, plain = text.rpartition("|")
        paragraph = made.add_paragraph()
        if bar:
            paragraph.add_run(bold).bold = True
        paragraph.add_run(plain)
    return made


def saved(document):
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


# names

NAMES = ["Анна Петрова", "Smith, John", "Dr. Ann Lee", "Анна Ли (модератор)", "Модератор"]
NAMES += ["Ludwig van der Rohe", "Speaker 1", "SPEAKER_00", "Участник А", "Лена", "А.В. Иванов"]


@pytest.mark.parametrize("label", NAMES)
def test_a_label_that_is_a_name_by_its_look_begins_a_turn_at_once(label):
    found = captions("no name", "nor here", f"{label}: yes", "none")
    assert turns(found)[2] == (label, "yes")


@pytest.mark.parametrize(
    "label", ["Важно", "Note", "Итак", "10:30 перерыв", "цель", "Date Of Birth"]
)
def test_a_word_before_a_colon_is_no_name_even_twice(label):
    found = captions("Анна Петрова: да", f"{label}: раз", f"{label}: два")
    assert found.speakers["speaker"].tolist() == ["Анна Петрова"]
    assert turns(found)[1:] == [("", f"{label}: раз"), ("", f"{label}: два")]
    assert "cue 2 and cue 3" in found.asked[0]


@pytest.mark.parametrize("label", ["Lena", "Э01", "P2", "R"])
def test_a_capitalised_label_that_comes_back_is_a_name(label):
    once = captions("no name", "none", f"{label}: yes")
    twice = captions("no name", f"{label}: no", "none", f"{label}: yes")
    assert once.speakers.empty
    assert twice.speakers["speaker"].tolist() == [label]


def test_numbers_of_one_series_are_names_together():
    found = captions("Э01: a", "none", "none", "Э02: b")
    assert found.speakers["speaker"].tolist() == ["Э01", "Э02"]


def test_where_every_caption_names_its_speaker_any_label_that_can_be_one_is():
    found = captions(*["Ann Lee: yes"] * 9, "iPhone: no", "Важно: сроки")
    assert found.speakers["speaker"].tolist() == ["Ann Lee", "iPhone"]
    assert turns(found)[-1] == ("", "Важно: сроки")


def test_a_name_that_begins_one_of_many_lines_makes_no_transcript():
    text = "\n".join(["a line"] * 300 + ["Ann Lee: said so"])
    assert transcripts.split_turns(text) == [("", 0, len(text))]


# turns within a text


def test_turns_have_the_offsets_of_the_text_as_given():
    text = "Title\r\n\r\nАнна Петрова:  😀 да\r\nещё \r\nBob Lee:\r\nEve Ray: x"
    found = transcripts.split_turns(text)
    assert [(who, text[start:end]) for who, start, end in found] == [
        ("", "Title"),
        ("Анна Петрова", "😀 да\r\nещё"),
        ("Bob Lee", ""),
        ("Eve Ray", "x"),
    ]


def test_an_empty_text_has_no_turn():
    assert transcripts.split_turns("") == transcripts.split_turns(" \n ") == []


@settings(deadline=None, max_examples=200)
@given(st.text(st.sampled_from("Aбв1 :\n\r\t.[]()*😀"), max_size=120))
def test_turns_stand_in_order_within_any_text(text):
    last = 0
    for _, start, end in transcripts.split_turns(text):
        assert last <= start <= end <= len(text)
        assert text[start:end] == text[start:end].strip()
        last = end


@pytest.mark.parametrize(
    "line", ["[00:12] Ann Lee: yes", "0:00:12 Ann Lee: yes", "Ann Lee (00:12): yes"]
)
def test_a_time_beside_the_name_is_the_start(line):
    found = transcripts.text("a.txt", line.encode())
    assert found.turns[["speaker", "start", "text"]].values.tolist() == [["Ann Lee", 12, "yes"]]


# captions


def test_captions_of_one_speaker_in_a_row_are_one_turn():
    found = captions("Ann Lee: one", "Ann Lee: two", "Bob Ray: three", "Ann Lee: four")
    assert found.turns.values.tolist() == [
        ["t1", "", "Ann Lee", 0.0, 2.0, "one two"],
        ["t2", "", "Bob Ray", 2.0, 3.0, "three"],
        ["t3", "", "Ann Lee", 3.0, 4.0, "four"],
    ]
    assert found.came[-1] == "3 turns of 2 named speakers."


def test_captions_without_a_name_stay_alone_and_are_asked_for():
    found = captions("one", "two")
    assert turns(found) == [("", "one"), ("", "two")]
    assert "2 turns" in found.asked[0]


def test_teams_writes_voices_with_and_without_an_end_and_ids_and_short_times():
    data = (
        "WEBVTT\r\n\r\n0a1b/12-0\r\n00:05.250 --> 00:08.000\r\n<v Ли Анна>Да, <b>так</b>.\r\n\r\n"
        "0a1b/13-0\r\n01:00:08.500 --> 01:00:11.000\r\n"
        "<v.loud Рэй Б.>A&amp;B &lt;всегда&gt;</v>\r\n"
    )
    found = transcripts.vtt("a.vtt", data.encode())
    assert found.turns[["speaker", "start", "end", "text"]].values.tolist() == [
        ["Ли Анна", 5.25, 8.0, "Да, так."],
        ["Рэй Б.", 3608.5, 3611.0, "A&B <всегда>"],
    ]
    assert not found.left


def test_two_voices_or_two_labels_in_one_caption_are_two_turns():
    assert turns(captions("<v Ann>yes</v>\n<v Bob>no</v>")) == [("Ann", "yes"), ("Bob", "no")]
    assert turns(captions("Ann Lee: yes\nBob Ray: no")) == [("Ann Lee", "yes"), ("Bob Ray", "no")]


def test_where_voices_are_marked_a_word_before_a_colon_is_speech():
    assert turns(captions("<v Ann>Bob Ray: said she", "Eve Ray: no")) == [
        ("Ann", "Bob Ray: said she"),
        ("", "Eve Ray: no"),
    ]


def test_signs_that_are_no_markup_stay():
    assert turns(captions("<i>a</i> < b <laughs> <00:00:01.500>c &nosuch;")) == [
        ("", "a < b <laughs> c &nosuch;")
    ]


def test_what_stands_outside_of_captions_is_counted():
    data = cues("Ann Lee: one") + b"\n\nNOTE\nby hand\n\n00:05 --> 00:99\nlost\n"
    found = transcripts.vtt("a.vtt", data)
    assert turns(found) == [("Ann Lee", "one")]
    assert found.left == ["4 lines outside of cues that can be read: not taken."]


def test_a_caption_that_ends_before_it_starts_has_no_length():
    found = transcripts.vtt("a.vtt", b"WEBVTT\n\n00:09.000 --> 00:08.000\nlate\n")
    assert found.turns[["start", "end", "text"]].values.tolist() == [[9, 9, "late"]]


def test_srt():
    data = (
        "1\n00:00:01,500 --> 00:00:02,000\n[SPEAKER_00]: <i>да</i>\n\n"
        "2\n01:00:03,000 --> 01:00:04,000\nнет\n"
    )
    found = transcripts.srt("a.srt", data.encode("utf-8-sig"))
    assert found.turns[["speaker", "start", "text"]].values.tolist() == [
        ["SPEAKER_00", 1.5, "да"],
        ["", 3603, "нет"],
    ]
    assert not found.left


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "does not begin with WEBVTT"),
        (b"WEBVTT\n", "no cue in a.vtt"),
        (b"WEBVTT\n\n00:01,0 --> 00:02,0\nx\n", "no cue in a.vtt"),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\n<b></b>\n", "nothing is said"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "no text that can be read"),
        (b"WEBVTT\n" * 600_000, "more than 500,000 lines"),
        (b"x" * 30_000_001, "more than 30 MB"),
    ],
)
def test_a_file_that_cannot_be_taken_gives_one_line(data, words):
    with pytest.raises(ExchangeError, match=r"a\.vtt") as caught:
        transcripts.vtt("a.vtt", data)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_long_turn_is_parted_at_a_blank_and_loses_nothing():
    said = "слово " * 5_000 + "x" * 25_000
    found = transcripts.text("a.txt", f"Анна Ли: {said}".encode())
    pieces = found.turns["text"].tolist()
    assert "".join(pieces).replace(" ", "") == said.replace(" ", "")
    assert [len(piece) <= 20_000 for piece in pieces] == [True] * 4
    assert set(found.turns["speaker"]) == {"Анна Ли"}


def test_a_long_monologue_keeps_the_times_of_its_parts():
    found = captions(*["Ann Lee: " + "word " * 1_500] * 6)
    assert found.turns["start"].tolist() == [0, 2, 4]
    assert found.turns["end"].tolist() == [2, 4, 6]


# text


def test_text_is_parted_at_names_and_a_label_without_speech_is_counted():
    data = "Интервью 3\n\nМодератор: Что?\nНу?\n\nЭ01: Деньги.\n\nВажно: кадры.\nЭ01:\n".encode()
    found = transcripts.text("a.txt", data)
    assert turns(found) == [
        ("", "Интервью 3"),
        ("Модератор", "Что? Ну?"),
        ("Э01", "Деньги. Важно: кадры."),
    ]
    assert found.left == ["1 turn without any text: not taken."]
    assert "line 8" in found.asked[0]
    assert "1 turn" in found.asked[1]


def test_text_without_a_name_has_a_turn_for_each_paragraph():
    found = transcripts.text("a.txt", b"one\nmore\n\ntwo\n\n\nthree\n")
    assert turns(found) == [("", "one more"), ("", "two"), ("", "three")]
    assert "3 turns" in found.asked[0]
    assert turns(transcripts.text("a.txt", b"one\ntwo")) == [("", "one"), ("", "two")]


@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-16-le", "utf-16-be", "cp1251", "koi8-r", "cp866"]
)
def test_the_encoding_is_found_and_stated(encoding):
    found = transcripts.text("a.txt", "Анна Ли: денег мало\r\nБорис Рэй: да".encode(encoding))
    assert turns(found) == [("Анна Ли", "денег мало"), ("Борис Рэй", "да")]
    assert encoding in found.assumed[0]


def test_utf_8_needs_no_word_and_a_broken_byte_costs_one_character():
    data = "Анна Ли: денег мало".encode()
    assert not transcripts.text("a.txt", b"\xef\xbb\xbf" + data).assumed
    found = transcripts.text("a.txt", data[:-1])
    assert turns(found) == [("Анна Ли", "денег мал\ufffd")]
    assert found.left[0].startswith("1 character ")


# Otter


def test_otter():
    data = (
        "SUMMARY KEYWORDS\nмосты\n\nAnn Lee  00:12  \nЧто?\n\nЭ01  0:18\nВ 14:30 совещание.\n"
        "И в 15:00\n\n+7 916 000-00-00  1:02:03\nСпасибо.\n\nTranscribed by https://otter.ai\n"
    )
    found = transcripts.otter("a.txt", data.encode())
    assert found.turns[["speaker", "start", "text"]].values.tolist() == [
        ["Ann Lee", 12, "Что?"],
        ["Э01", 18, "В 14:30 совещание. И в 15:00"],
        ["+7 916 000-00-00", 3723, "Спасибо."],
    ]
    assert [said[:7] for said in found.left] == ["1 line ", "2 lines"]


def test_captions_saved_by_zoom_have_names_in_brackets():
    found = transcripts.text("a.txt", b"[Ann Lee] 10:12:33\nyes\n\n[bob] 10:12:40\nno\n")
    assert turns(found) == [("Ann Lee", "yes"), ("bob", "no")]


# Word


def test_word_with_names_before_a_colon():
    data = saved(word("Интервью", "Модератор:| Что?", "Э01: Деньги.", "И кадры.", "Э01: Да"))
    assert turns(transcripts.docx("a.docx", data)) == [
        ("", "Интервью"),
        ("Модератор", "Что?"),
        ("Э01", "Деньги. И кадры."),
        ("Э01", "Да"),
    ]


def test_word_with_names_in_bold_letters():
    found = transcripts.docx("a.docx", saved(word("Ann Lee| yes", "Bob Ray|", "no", "never")))
    assert turns(found) == [("Ann Lee", "yes"), ("Bob Ray", "no never")]
    assert "bold" in found.assumed[0]


def test_word_with_times_as_teams_writes():
    found = transcripts.docx(
        "a.docx", saved(word("Meeting", "Ann Lee|   0:03\nyes", "Bob|  1:00:05\nno"))
    )
    assert found.turns[["speaker", "start", "text"]].values.tolist() == [
        ["Ann Lee", 3, "yes"],
        ["Bob", 3605, "no"],
    ]


@pytest.mark.parametrize("colon", ["", ":"])
def test_tables_of_word_are_read_in_their_place(colon):
    document = word("Before")
    table = document.add_table(rows=0, cols=2)
    for cells in (("Ann Lee", "yes"), ("Bob Ray", "no"), ("Ann Lee", "well")):
        for cell, said in zip(table.add_row().cells, cells, strict=True):
            cell.text = said + colon * (said in ("Ann Lee", "Bob Ray"))
    document.add_paragraph("after")
    assert turns(transcripts.docx("a.docx", saved(document))) == [
        ("", "Before"),
        ("Ann Lee", "yes"),
        ("Bob Ray", "no"),
        ("Ann Lee", "well after"),
    ]


def test_tracked_changes_are_accepted_and_what_is_left_out_is_said():
    document = word("Ann Lee: one ")
    paragraph = document.paragraphs[0]._p
    for change in (
        "<w:ins {0} w:id='1' w:author='x'><w:r><w:t>two</w:t></w:r></w:ins>",
        "<w:del {0} w:id='2' w:author='x'><w:r><w:delText>three</w:delText></w:r></w:del>",
        "<w:r {0}><w:commentReference w:id='0'/></w:r>",
    ):
        paragraph.append(parse_xml(change.format(WORD)))
    found = transcripts.docx("a.docx", saved(document))
    assert turns(found) == [("Ann Lee", "one two")]
    assert found.left == ["2 parts as comments and deletions: not taken."]


@pytest.mark.parametrize("cut", [0, 100, 20_000])
def test_a_broken_word_document_gives_one_line(cut):
    with pytest.raises(ExchangeError, match=r"^a\.docx: "):
        transcripts.docx("a.docx", saved(word("Ann Lee: one"))[:cut])


# what files do to it

SMALL = {
    "vtt": cues("<v Ann>yes</v>", "Anna Lee: a &amp; <b>b</b>", "x: y"),
    "srt": b"1\n00:00:01,000 --> 00:00:04,000\nAnn Lee: a\n\n2\n00:00:04,000 --> 00:00:05,000\nb\n",
    "otter": "SPEAKERS\nx\n\nАнна  00:12\nда\n\nBob  1:02:03\nнет\n".encode(),
    "text": "Анна Ли: да\nBob Ray (00:12): нет\n".encode("cp1251"),
    "docx": saved(word("Ann Lee: one", "Bob| two")),
}
PIECES = [
    b"-->",
    b"\0",
    b"\xff",
    b"<v ",
    b">",
    b": ",
    b"\n\n",
    b"\r",
    b"&#0;",
    b"9" * 30,
    b"  1:00\n",
]


@pytest.mark.parametrize("kind", SMALL)
def test_damaged_files_give_a_material_or_one_line(kind):
    chance = random.Random(kind)
    read = getattr(transcripts, kind)
    for _ in range(60):
        data = bytearray(SMALL[kind])
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(data) + 1)
            data[place : place + chance.randint(0, 9)] = chance.choice([b"", *PIECES])
        with suppress(ExchangeError):
            said = read("a.x", bytes(data)).turns["text"]
            assert said.str.strip().ne("").all()


# real and broken files


def test_a_real_zoom_meeting():
    found = transcripts.vtt("meeting.vtt", reference("zoom/meeting_transcript.vtt"))
    assert found.came[0].startswith("300 cues")
    assert len(found.speakers) == 5
    assert (found.turns["speaker"] == "").sum() == 2
    assert not found.left


def test_cases():
    def read(name, kind="vtt"):
        return getattr(transcripts, kind)(name, reference(f"cases/{name}"))

    assert [text for _, text in turns(read("12-teams.vtt"))][1] == "R&D важен <всегда>."
    colons = read("14-colons.vtt")
    assert [who for who, _ in turns(colons)] == ["Анна Петрова", "", ""]
    assert "cue 2 and cue 3" in colons.asked[0]
    assert read("19-otter.txt", "otter").turns["start"].tolist() == [12, 18, 3723]
    with pytest.raises(ExchangeError, match=r"^no cue in 16-empty\.vtt$"):
        read("16-empty.vtt")
