import json
import random
import sqlite3

import pytest
from refusals import taken

from analysis.exchange import databases
from analysis.exchange.databases import qualcoder, taguette
from analysis.exchange.material import ExchangeError, Material

TALK = "Moderator: what hinders?\nExpert 1: money 😀 is short.\nExpert 2: people are not trained.\n"
QUALCODER = """
CREATE TABLE project (databaseversion text, date text, memo text, about text);
CREATE TABLE source (id integer primary key, name text, fulltext text, mediapath text, memo text,
    owner text, date text, unique(name));
CREATE TABLE code_cat (catid integer primary key, name text, owner text, date text, memo text,
    supercatid integer, unique(name));
CREATE TABLE code_name (cid integer primary key, name text, memo text, catid integer, owner text,
    date text, color text, unique(name));
CREATE TABLE code_text (ctid integer primary key, cid integer, fid integer, seltext text,
    pos0 integer, pos1 integer, owner text, date text, memo text, avid integer, important integer,
    unique(cid, fid, pos0, pos1, owner));
CREATE TABLE code_image (imid integer primary key, id integer, cid integer, owner text);
CREATE TABLE code_av (avid integer primary key, id integer, cid integer, owner text);
CREATE TABLE annotation (anid integer primary key, fid integer, memo text, owner text);
CREATE TABLE journal (jid integer primary key, name text, jentry text, owner text);
CREATE TABLE cases (caseid integer primary key, name text, memo text, owner text, date text);
CREATE TABLE case_text (id integer primary key, caseid integer, fid integer, pos0 integer,
    pos1 integer, owner text, date text, memo text);
INSERT INTO code_cat VALUES (1, 'Obstacles', 'ada', '', 'what hinders', NULL),
    (2, 'Inner', 'ada', '', '', 1), (3, 'Lost', 'ada', '', '', 99);
INSERT INTO code_name VALUES (1, 'Funding', 'money', 2, 'ada', '', ''),
    (2, 'Skills', NULL, NULL, 'ada', '', '');
"""
TAGUETTE = """
CREATE TABLE projects (id integer primary key, name text, description text);
CREATE TABLE users (login text primary key, email text, hashed_password text);
CREATE TABLE project_members (project_id integer, user_login text, privileges text);
CREATE TABLE documents (id integer primary key, name text, description text, filename text,
    project_id integer, text_direction text, contents text);
CREATE TABLE tags (id integer primary key, project_id integer, path text, description text);
CREATE TABLE highlights (id integer primary key, document_id integer, start_offset integer,
    end_offset integer, snippet text);
CREATE TABLE highlight_tags (highlight_id integer, tag_id integer);
CREATE TABLE commands (id integer primary key, date text, user_login text, project_id integer,
    document_id integer, payload text);
INSERT INTO projects VALUES (1, 'p', '');
INSERT INTO tags VALUES (1, 1, 'people', 'who'), (2, 1, 'people.skills', ''), (3, 1, 'a.b', '');
"""


def database(folder, script, **tables):
    """The bytes of a database; ``tables``: rows of each."""
    place = folder / "made.sqlite3"
    place.unlink(missing_ok=True)
    made = sqlite3.connect(place)
    made.executescript(script)
    for name, rows in tables.items():
        for row in rows:
            made.execute(f"INSERT INTO {name} VALUES ({', '.join('?' * len(row))})", row)
    made.commit()
    made.close()
    return place.read_bytes()


def coding(number, code, text, words, owner, count=len):
    """A row of code_text for these words of a text."""
    start = text.index(words)
    bounds = count(text[:start]), count(text[: start + len(words)])
    return (number, code, 1, words, *bounds, owner, "", "", None, None)


def coded(found):
    turns = found.turns.set_index("turn")
    names = dict(zip(found.codes["code"], found.codes["name"], strict=True))
    return [
        (*turns.loc[turn, ["speaker", "text"]], names[code], coder)
        for turn, _, code, coder, _ in found.codings.itertuples(index=False)
    ]


def utf16(text):
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize("count", [len, utf16])
def test_qualcoder(tmp_path, count):
    rows = [
        coding(1, 1, TALK, "money", "ada", count),
        coding(2, 2, TALK, "not trained", "boris", count),
        coding(3, 2, TALK, "people are", "boris", count),
    ]
    sources = [(1, "talk.txt", TALK, None, "", "ada", ""), (2, "a.png", None, "/x", "", "ada", "")]
    data = database(
        tmp_path,
        QUALCODER,
        source=sources,
        code_text=[*rows, (4, 9, 1, "", 0, 1, "ada", "", "", None, None)],
        code_image=[(1, 2, 1, "ada")],
        journal=[(1, "j", "text", "ada")],
    )
    found = qualcoder("data.qda", data)
    assert coded(found) == [
        ("Expert 1", "money 😀 is short.", "Funding", "ada"),
        ("Expert 2", "people are not trained.", "Skills", "boris"),
        ("Expert 2", "people are not trained.", "Skills", "boris"),
    ]
    assert (found.cut, found.bounded) == (0, 3)
    assert found.codes[["code", "parent", "name", "definition"]].to_numpy().tolist() == [
        ["category 1", "", "Obstacles", "what hinders"],
        ["category 2", "category 1", "Inner", ""],
        ["category 3", "", "Lost", ""],
        ["code 1", "category 2", "Funding", "money"],
        ["code 2", "", "Skills", ""],
    ]
    assert found.came == [
        "5 codes.",
        "1 source with 3 turns.",
        "3 codings by 2 coders.",
        "0 of 3 codings cut a word.",
    ]
    assert found.left == [
        "1 source without text: not imported.",
        "1 coding of a text or code that is not in the file: not imported.",
        "1 coding lies on images or films, without text: not imported.",
        "1 annotation or journal in it: not imported.",
    ]


def test_cases_of_qualcoder_speak_where_no_label_does(tmp_path):
    text = "One.\nTwo.\n"
    data = database(
        tmp_path,
        QUALCODER,
        source=[(1, "a", text, None, "", "ada", "")],
        code_text=[coding(1, 1, text, "Two", "ada")],
        cases=[(1, "Anna", "", "", ""), (2, "Boris", "", "", "")],
        case_text=[(1, 1, 1, 5, 9, "", "", "")],
    )
    found = qualcoder("data.qda", data)
    assert found.turns["speaker"].tolist() == ["", "Anna"]
    assert coded(found) == [("Anna", "Two.", "Funding", "ada")]
    assert found.left == ["1 case without turns and ratings: not imported."]


def in_bytes(text, words):
    start = text.index(words)
    return len(text[:start].encode()), len(text[: start + len(words)].encode())


def test_taguette(tmp_path):
    html = "<p>Модератор: <b>что</b> мешает?</p><p>Эксперт 1: людей &amp; денег мало 😀 тут.</p>\n"
    plain = "Модератор: что мешает?Эксперт 1: людей & денег мало 😀 тут.\n"
    marks = [(1, 1, *in_bytes(plain, "денег мало"), ""), (2, 1, *in_bytes(plain, "тут"), "")]
    marks += [(3, 1, *in_bytes(plain, "что"), ""), (4, 1, 0, 4, "")]
    log = [("boris", {"type": "highlight_add", "highlight_id": 1}), ("ada", {"type": "x"})]
    data = database(
        tmp_path,
        TAGUETTE,
        documents=[(1, "talk", "", "", 1, "LEFT_TO_RIGHT", html)],
        highlights=marks,
        highlight_tags=[(1, 1), (1, 2), (2, 3), (3, 3), (8, 1)],
        project_members=[(1, "ada", "ADMIN")],
        commands=[(n, "", who, 1, 1, json.dumps(what)) for n, (who, what) in enumerate(log)],
    )
    found = taguette("a.sqlite3", data)
    said = "людей & денег мало 😀 тут."
    assert coded(found) == [
        ("Эксперт 1", said, "people", "boris"),
        ("Эксперт 1", said, "skills", "boris"),
        ("Эксперт 1", said, "a.b", "ada"),
        ("Модератор", "что мешает?", "a.b", "ada"),
    ]
    assert (found.cut, found.bounded) == (0, 4)
    assert found.codes["parent"].tolist() == ["", "tag 1", ""]
    assert found.left == [
        "1 coding of a text or code that is not in the file: not imported.",
        "1 highlight without a tag: not imported.",
    ]
    assert found.assumed[0].startswith("1 tag put under another")


def test_a_database_of_several_projects_is_refused(tmp_path):
    data = database(tmp_path, TAGUETTE, projects=[(2, "q", "")])
    with pytest.raises(ExchangeError, match="2 projects; export one by itself"):
        taguette("a.sqlite3", data)


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
HOSTILE = {
    "a view": (f"DROP TABLE cases; CREATE VIEW cases AS {ENDLESS};", "no table cases"),
    "another": ("DROP TABLE code_text;", "no table code_text"),
    "a search": (
        "DROP TABLE journal; CREATE VIRTUAL TABLE journal USING fts5(owner);",
        "no table journal",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_tables_are_refused_in_one_line(tmp_path, name):
    script, why = HOSTILE[name]
    with pytest.raises(ExchangeError, match=why) as error:
        qualcoder("data.qda", database(tmp_path, QUALCODER + script))
    assert "\n" not in str(error.value)


def test_huge_cells_and_many_rows_are_refused(tmp_path, monkeypatch):
    data = database(tmp_path, QUALCODER, source=[(1, "a", "x" * 5_000, None, "", "", "")])
    monkeypatch.setattr(databases, "LONGEST_TEXT", 1_000)
    with pytest.raises(ExchangeError, match="is damaged"):
        qualcoder("data.qda", data)
    monkeypatch.undo()
    monkeypatch.setattr(databases, "MOST_ROWS", 1)
    with pytest.raises(ExchangeError, match="more than 1 rows in code_cat"):
        qualcoder("data.qda", data)


def test_odd_values_are_no_trouble(tmp_path):
    odd = [None, -1, 10**18, 1.5, "x", b"\xff\0"]
    texts = [(n, value, value, None, "", "", "") for n, value in enumerate(odd)]
    rows = [
        (n, cid, fid, "", a, b, value, "", "", None, None)
        for n, (cid, fid, a, b, value) in enumerate(
            (1, drawn.choice(range(6)), *drawn.choices(odd, k=3))
            for drawn in [random.Random(1)]
            for _ in range(60)
        )
    ]
    loose = QUALCODER.replace(" integer", "").replace(" text", "").replace(", unique(name)", "")
    data = database(tmp_path, loose, source=texts, code_text=rows, cases=[(1, b"x", 1, 2, 3)])
    assert isinstance(qualcoder("data.qda", data), Material)


@pytest.mark.parametrize("reader", [qualcoder, taguette])
def test_mutations_give_a_material_or_one_line(tmp_path, reader):
    drawn = random.Random(2)
    seeds = {
        qualcoder: lambda: database(
            tmp_path,
            QUALCODER,
            source=[(1, "a", TALK, None, "", "ada", "")],
            code_text=[coding(1, 1, TALK, "money", "ada")],
        ),
        taguette: lambda: database(
            tmp_path,
            TAGUETTE,
            documents=[(1, "talk", "", "", 1, "", "<p>Anna Smith: yes</p>")],
            highlights=[(1, 1, 12, 15, "")],
            highlight_tags=[(1, 1)],
        ),
    }
    seed = seeds[reader]()
    for _ in range(150):
        data = bytearray(seed)
        for _ in range(drawn.randint(1, 20)):
            place = drawn.randrange(len(data))
            data[place : place + drawn.choice((1, 1, 8))] = drawn.randbytes(drawn.choice((1, 1, 8)))
        if drawn.random() < 0.1:
            del data[drawn.randrange(len(data)) :]
        found = taken(reader, "a.sqlite3", bytes(data))
        assert found is None or isinstance(found, Material)
