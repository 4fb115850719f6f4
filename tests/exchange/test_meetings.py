"""Zoom's chat and list of participants: what is public comes in, nothing private ever."""

import random
from contextlib import suppress
from pathlib import Path

import pytest

from analysis.exchange import meetings
from analysis.exchange.material import ExchangeError

REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "reference" / "zoom"
#: The forms in which Zoom saved chats over the years; each with one secret.
CHATS = {
    "tabs": "00:00:01\tAnn Lee:\thello: all\n00:00:02\t From  Bob  to   Ann(Privately) : secret\n",
    "recipients": (
        "00:00:01\t From  Ann Lee  to  Everyone : hello: all\n"
        "00:00:02\t From  Bob  to  Ann(Direct Message) : secret\nand secret\n"
    ),
    "lines": (
        "00:00:01 From Ann Lee To Everyone:\n\thello: all\n"
        "00:00:02 From Bob To Ann(Direct Message):\n\tsecret\n\n\tand secret\n"
    ),
    "none": (
        "00:00:01\t From  Ann Lee : hello: all\n00:00:02\t From  Bob to Ann (Privately) : secret\n"
    ),
    "dates": (
        "2024-02-01 00:00:01 From Ann Lee to Everyone (in meeting):\n hello:\r\n all\n"
        "2024-02-01 00:00:02 From Bob to Hosts and panelists:\n secret\n"
    ),
    "russian": "00:00:01 От Ann Lee Кому Все:\n\thello: all\n00:00:02 От Bob Кому Ann:\n\tsecret\n",
    "colons": (
        "00:00:01 From Ann Lee To Everyone:\n\thello: all\n"
        "00:00:02 From Bob: MSU To Ann:\n\tsecret\n"
    ),
}


def reference(name):
    if not (REFERENCE / name).exists():
        pytest.skip("the reference files are not here")
    return (REFERENCE / name).read_bytes()


def everything(material):
    tables = (material.turns, material.speakers)
    notes = material.came + material.left + material.assumed + material.asked
    return " ".join([*(table.to_csv() for table in tables), *notes])


@pytest.mark.parametrize("form", CHATS)
def test_messages_to_everyone_are_turns_and_others_never_are(form):
    found = meetings.zoom_chat("chat.txt", CHATS[form].encode())
    assert found.turns.values.tolist() == [["t1", "", "Ann Lee", 1, "", "hello: all"]]
    assert found.speakers["speaker"].tolist() == ["Ann Lee"]
    assert found.came[0] == "1 message to everyone in the chat, a turn each."
    assert found.left == ["1 message not to everyone, or a reaction: never taken."]
    assert "secret" not in everything(found)
    assert "Bob" not in everything(found)


def test_reactions_are_no_messages():
    text = '00:00:01 From Ann To Everyone:\n\tReacted to "yes" with 👍\n'
    found = meetings.zoom_chat("chat.txt", text.encode())
    assert found.turns.empty
    assert found.left == ["1 message not to everyone, or a reaction: never taken."]


def test_a_time_within_a_message_begins_none():
    text = "00:00:01 From Ann To Everyone:\n\tat\n10:30:00 we go: all\n"
    found = meetings.zoom_chat("chat.txt", text.encode())
    assert found.turns["text"].tolist() == ["at 10:30:00 we go: all"]


@pytest.mark.parametrize("text", ["", "Ann: hello"])
def test_what_is_no_chat_gives_one_line(text):
    with pytest.raises(ExchangeError, match=r"^chat\.txt: "):
        meetings.zoom_chat("chat.txt", text.encode())


def test_participants_give_names_and_no_address():
    rows = [
        "Meeting ID,Topic,User Email",
        "1,Bridges,host@x.example",
        "",
        "Name (Original Name),User Email,Total Duration (Minutes),Guest",
        "Ann Lee (Host),ann@x.example,75,",
        '"Ray, Bob (bob@x.example)",,70,',
        "Ann Lee (Host),ann@x.example,3,",
        "eve@x.example,eve@x.example,60,",
    ]
    found = meetings.participants("p.csv", "\r\n".join(rows).encode("utf-8-sig"))
    assert found.speakers.values.tolist() == [
        ["Ann Lee (Host)", ""],
        ["Ray, Bob", ""],
    ]
    assert found.came == ["2 names in 4 rows."]
    assert found.left[0].startswith("1 row without a name")
    assert "@" not in everything(found)
    assert "eve" not in everything(found)


@pytest.mark.parametrize(("mark", "encoding"), [(";", "cp1251"), ("\t", "utf-16"), (",", "utf-8")])
def test_participants_as_other_programs_save_them(mark, encoding):
    text = f"Имя (настоящее имя){mark}Почта\nАнна Ли{mark}a@b.example\nБорис Рэй{mark}\n"
    found = meetings.participants("p.csv", text.encode(encoding))
    assert found.speakers["speaker"].tolist() == ["Анна Ли", "Борис Рэй"]


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "Name,x\n" + '"' * 300_001])
def test_what_is_no_list_of_participants_gives_one_line(text):
    with pytest.raises(ExchangeError, match=r"^p\.csv: "):
        meetings.participants("p.csv", text.encode())


@pytest.mark.parametrize("kind", ["zoom_chat", "participants"])
def test_damaged_files_give_a_material_or_one_line(kind):
    chance = random.Random(kind)
    pieces = [
        b"",
        b"\0",
        b"\xff",
        b": ",
        b"\n",
        b'"',
        b",",
        b"\t",
        b" to ",
        b"From ",
        b"(Privately)",
    ]
    small = CHATS["lines"] if kind == "zoom_chat" else "Name,User Email\nAnn,a@b.example\nBob,\n"
    for _ in range(100):
        data = bytearray(small.encode())
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(data) + 1)
            data[place : place + chance.randint(0, 6)] = chance.choice(pieces)
        with suppress(ExchangeError):
            getattr(meetings, kind)("a.x", bytes(data))


def test_the_real_meeting():
    chat = meetings.zoom_chat("chat.txt", reference("meeting_chat.txt"))
    people = meetings.participants("p.csv", reference("meeting_participants.csv"))
    assert (len(chat.turns), len(people.speakers)) == (10, 10)
    assert set(chat.speakers["speaker"]) - set(people.speakers["speaker"]) == {"Paul McCartney"}
    assert "@" not in everything(people)
