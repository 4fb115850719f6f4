"""From materials to the tables of a panel: what comes in, what does not, and what is said of it."""

import pytest

from analysis.exchange.importing import SECTIONS, assemble, readable_id
from analysis.exchange.material import ExchangeError, Material, table
from analysis.exchange.people import Person


def material(file="a.vtt", **tables):
    """A material of a file, its tables given as rows."""
    return Material(file, "x", **{n: table(n, rows) for n, rows in tables.items()})


def turns(*spoken, session="", times=True):
    """Rows of turns of (speaker, text)."""
    return [
        (f"t{i}{session}", session, speaker, *((i, i + 1) if times else ("", "")), text)
        for i, (speaker, text) in enumerate(spoken, 1)
    ]


TALK = [("Модератор", "Что мешает?"), ("Анна Петрова", "Денег мало."), ("Борис Орлов", "Кадров.")]
CODES = [("k1", "", "Барьеры", "Что мешает"), ("k2", "k1", "Деньги", ""), ("k3", "k1", "Кадры", "")]


def imported(*materials, people=None):
    people = [] if people is None else people
    meta, frames, report = assemble([*materials], people)
    return meta, {name: frame.to_dict("records") for name, frame in frames.items()}, report


def coders(frames):
    return sorted({row["coder"] for row in frames["codings"] if "coder" in row})


def said(report, section="came"):
    assert list(report) == list(SECTIONS)
    return " ".join(report[section])


def test_a_transcript_becomes_a_session_its_statements_and_experts():
    meta, frames, report = imported(material(turns=turns(*TALK)))
    assert meta == {"order": "spoken"}
    assert sorted(frames) == ["experts", "sessions", "statements"]
    assert frames["experts"] == [{"expert_id": "e01"}, {"expert_id": "e02"}]
    assert frames["sessions"] == [{"session_id": "s1"}]
    assert frames["statements"][1] == {
        "statement_id": "s1-002", "session_id": "s1", "position": 2, "speaker": "e01",
        "start_s": 2.0, "end_s": 3.0, "text": "Денег мало.",
    }  # fmt: skip
    assert [row["speaker"] for row in frames["statements"]] == ["moderator", "e01", "e02"]
    assert "In all 3 statements, 1 session, 2 experts." in report["came"]


def test_only_what_is_known_is_written():
    meta, frames, report = imported(material(turns=turns(("", "Один."), ("", "Два."), times=False)))
    assert meta == {"order": "none"}
    assert sorted(frames) == ["sessions", "statements"]
    assert set(frames["statements"][0]) == {
        "statement_id",
        "session_id",
        "position",
        "speaker",
        "text",
    }
    assert "2 turns of nobody known" in said(report, "assumed")
    assert "2 turns without times" in said(report, "asked")


def test_each_file_and_each_source_in_a_file_is_a_session():
    both = turns(("Анна", "a"), session="x") + turns(("Анна", "b"), session="y")
    _, frames, report = imported(material("p.qdpx", turns=both), material(turns=turns(*TALK)))
    assert [row["session_id"] for row in frames["sessions"]] == ["s1", "s2", "s3"]
    assert [row["speaker"] for row in frames["statements"][:2]] == ["e01", "e02"]
    assert "1 name like another" in said(report, "asked")


def test_files_of_the_same_turns_are_one_session_with_two_coders():
    first = material(
        "a.qdpx", turns=turns(*TALK), codes=CODES, codings=[("t2", "", "k2", "Ada", "")]
    )
    blank = [(name, text.replace(" ", "  ")) for name, text in TALK]
    second = material(
        "b.qdpx", turns=turns(*blank), codes=CODES, codings=[("t2", "", "k2", "", ""),
                                                             ("t3", "", "k3", "", "")]
    )  # fmt: skip
    people = []
    _, frames, report = imported(first, second, people=people)
    assert len(frames["statements"]) == 3
    assert len(frames["codebook"]) == 3
    assert frames["codings"] == [
        {"statement_id": "s1-002", "coder": "c1", "code_id": "dengi"},
        {"statement_id": "s1-002", "coder": "c2", "code_id": "dengi"},
        {"statement_id": "s1-003", "coder": "c2", "code_id": "kadry"},
    ]
    assert coders(frames) == ["c1", "c2"]
    assert [(p.name, p.id) for p in people if p.role == "coder"] == [
        ("Ada", "c1"), ("(without a name)", "c2"),
    ]  # fmt: skip
    assert "The 3 turns of file 2 are those of file 1" in said(report, "assumed")


def test_one_name_of_a_coder_in_two_files_of_one_session_is_two_coders():
    one = [("t2", "", "k2", "User", "")]
    files = [
        material(f"{n}.qdpx", turns=turns(*TALK), codes=CODES, codings=one) for n in ("a", "b")
    ]
    _, frames, report = imported(*files)
    assert coders(frames) == ["c1", "c2"]
    assert len(frames["codings"]) == 2
    assert "2 codings of the same in several files" in said(report, "assumed")


def test_one_coder_in_two_files_of_other_sessions_is_one():
    files = [
        material(
            f"{n}.qdpx",
            turns=turns(("Анна Петрова", n)),
            codes=CODES,
            codings=[("t1", "", "k2", "User", "")],
        )
        for n in "ab"
    ]
    assert coders(imported(*files)[1]) == ["c1"]


def test_the_same_text_of_other_speakers_is_another_session():
    other = [("Модератор", "Что мешает?"), ("Иван Ильин", "Денег мало."), ("", "Кадров.")]
    _, frames, _ = imported(material(turns=turns(*TALK)), material("b", turns=turns(*other)))
    assert len(frames["sessions"]) == 2


@pytest.mark.parametrize("order", [1, -1])
def test_a_transcript_and_a_coded_text_that_names_nobody_are_one_session(order):
    bare = turns(*(("", text) for _, text in TALK), session="text")
    coded = material("p.qdpx", turns=bare, codes=CODES, codings=[("t2text", "", "k2", "Ada", "")])
    both = [material("a.vtt", turns=turns(*TALK)), coded][::order]
    _, frames, report = imported(*both)
    _, alone, _ = imported(both[::order][0])
    names = [row["speaker"] for row in frames["statements"]]
    assert names == [row["speaker"] for row in alone["statements"]]
    assert frames["codings"][0]["statement_id"] == frames["statements"][1]["statement_id"]
    assert "each counts as one person's" not in said(report, "assumed")


def test_texts_of_one_file_are_never_one_session():
    both = turns(("", "да"), session="x") + turns(("", "да"), session="y")
    assert len(imported(material(turns=both))[1]["sessions"]) == 2


def test_without_a_coder_there_is_no_column_of_coders():
    _, frames, _ = imported(
        material(turns=turns(*TALK), codes=CODES, codings=[("t2", "", "k2", "", "")])
    )
    assert frames["codings"] == [{"statement_id": "s1-002", "code_id": "dengi"}]


def test_the_resolved_coding_is_no_coder():
    rows = [("t2", "", "k2", name, "raises") for name in ("consensus", "Ada", "coder_b")]
    _, frames, _ = imported(material(turns=turns(*TALK), codes=CODES, codings=rows))
    assert [row["coder"] for row in frames["codings"]] == ["consensus", "c1", "coder_b"]


def test_codes_keep_their_levels_and_order():
    deep = [*CODES, ("k4", "k2", "Бюджет", ""), ("k5", "k4", "Местный", "")]
    book = imported(material(codes=deep))[1]["codebook"]
    assert [(row["code_id"], row["parent_id"], row["name"]) for row in book] == [
        ("barery", "", "Барьеры"),
        ("dengi", "barery", "Деньги"),
        ("kadry", "barery", "Кадры"),
        ("byudzhet", "dengi", "Бюджет"),
        ("mestnyy", "byudzhet", "Местный"),
    ]
    assert [row["position"] for row in book] == [1, 2, 3, 4, 5]


def test_codes_of_one_name_are_never_one_in_a_file_and_one_across_files():
    other = [(str(i), str(above), "Other", "") for i, above in ((3, 1), (4, 2), (5, 2))]
    codes = [("1", "", "A", ""), ("2", "", "B", ""), *other]
    _, frames, _ = imported(material("a", codes=codes), material("b", codes=codes))
    assert [row["code_id"] for row in frames["codebook"]] == [
        "a",
        "b",
        "other",
        "b_other",
        "other_2",
    ]


def test_parents_come_after_their_codes_too_and_a_circle_ends():
    codes = [("3", "2", "C", ""), ("2", "1", "B", ""), ("1", "", "A", ""), ("8", "9", "X", ""),
             ("9", "8", "Y", ""), ("7", "gone", "Z", "")]  # fmt: skip
    book = imported(material(codes=codes))[1]["codebook"]
    assert [(row["name"], row["parent_id"]) for row in book] == [
        ("A", ""), ("B", "a"), ("C", "b"), ("Y", ""), ("X", "y"), ("Z", ""),
    ]  # fmt: skip


def test_a_long_chain_of_codes_takes_no_time():
    chain = [(str(i), str(i - 1) if i else "", f"name {i}", "") for i in range(20_000)]
    book = imported(material(codes=chain))[1]["codebook"]
    assert len(book) == 20_000
    assert book[-1]["parent_id"] == "name_19998"


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("Нехватка денег!", "nekhvatka_deneg"),
        ("Щи, ёж & подъезд", "shchi_ezh_podezd"),
        ("Élève", "eleve"),
        ("漢字", "x"),
        ("", "x"),
        ("e-mail", "e-mail"),
        ("2021: Budget", "2021_budget"),
        ("a" * 60 + " b", "a" * 40),
    ],
)
def test_ids_are_readable(name, id):
    assert readable_id(name, set()) == id


def test_ids_are_unique():
    used = set()
    ids = [readable_id("Money", used, before="barriers") for _ in range(4)]
    assert ids == ["money", "barriers_money", "money_2", "money_3"]
    assert used == set(ids)


def test_codings_of_experts_without_text():
    rows = [("", "Э1", "k2", "", ""), ("", "Э2", "k3", "", "opposes"), ("", "Э1", "k3", "", "")]
    matrix = material(
        "m.csv", codes=CODES, codings=rows, speakers=[(e, "") for e in ("Э1", "Э2", "Э3")]
    )
    meta, frames, report = imported(matrix)
    assert meta == {}
    assert frames["codings"][1] == {"expert_id": "e02", "code_id": "kadry", "stance": "opposes"}
    # who has no code is an expert all the same
    assert [row["expert_id"] for row in frames["experts"]] == ["e01", "e02", "e03"]
    assert "statements" not in frames
    assert "3 codings" in said(report)


def test_two_tables_of_other_codes_have_no_second_coder():
    one = material("a.csv", codes=CODES[:2], codings=[("", "Э1", "k2", "", "")])
    two = material("b.csv", codes=[("z", "", "Иное", "")], codings=[("", "Э1", "z", "", "")])
    _, frames, _ = imported(one, two)
    assert coders(frames) == []
    assert len(frames["codings"]) == 2
    assert len(frames["experts"]) == 1
    again = material("c.csv", codes=CODES[:2], codings=[("", "Э1", "k2", "", "")])
    assert coders(imported(one, again)[1]) == ["c1", "c2"]


def test_what_is_there_twice_or_means_nothing_is_counted_as_left_out():
    rows = [
        ("t2", "", "k2", "", "raises"), ("t2", "", "k2", "", "raises"),
        ("t2", "", "k2", "", "opposes"),
        ("t9", "", "k2", "", ""), ("t2", "", "k9", "", ""), ("", "", "k2", "", ""),
    ]  # fmt: skip
    _, frames, report = imported(material(turns=turns(*TALK), codes=CODES, codings=rows))
    assert len(frames["codings"]) == 1
    assert "2 codings of a code given before" in said(report, "left")
    assert "3 codings of a turn, person or code that is not there" in said(report, "left")


def test_times_that_run_back_are_left_out_and_said():
    rows = turns(*TALK)
    rows[2] = ("t3", "", "Борис Орлов", 0.5, 1, "Кадров.")
    meta, frames, report = imported(material(turns=rows), material("b", turns=turns(("A B", "c"))))
    assert meta == {"order": "none"}
    assert frames["statements"][3]["start_s"] == 1
    assert [row["start_s"] for row in frames["statements"][:3]] != [1, 2, 0.5]
    assert "1 turn before the one above" in said(report, "left")


def test_ratings_with_rounds():
    items = [("q1", "Сервисы стали лучше", 1, 5), ("q2", "Сервисы стали лучше", 1, 5)]
    rows = [("Э1", "q1", 4.5, 1), ("Э1", "q1", 3, 2), ("Э1", "q2", "", 1), ("Э2", "q1", 5, 1),
            ("Э2", "q1", 1, 1), ("Э2", "q9", 1, 1)]  # fmt: skip
    _, frames, report = imported(material("r.xlsx", items=items, ratings=rows))
    assert [row["item_id"] for row in frames["items"]] == ["i01", "i02"]
    assert frames["items"][0]["scale_max"] == 5
    assert frames["ratings"][1] == {"item_id": "i01", "expert_id": "e01", "value": 3, "round": 2}
    assert len(frames["ratings"]) == 4
    assert "1 rating of what was rated before" in said(report, "left")
    assert "1 rating of a person or item" in said(report, "left")
    later = material("s.xlsx", items=items[:1], ratings=[("Э2", "q1", 2, 2)])
    _, frames, _ = imported(material("r.xlsx", items=items, ratings=rows[:2]), later)
    assert len(frames["items"]) == 2
    assert frames["ratings"][2]["item_id"] == "i01"


def test_contacts_that_somebody_said_stand_in_brackets_and_links_stay():
    spoken = [("Анна Петрова", "Пишите на anna@mail.ru, звоните 8 916 123-45-67"),
              ("Борис Орлов", "См. https://example.org/a")]  # fmt: skip
    _, frames, report = imported(material(turns=turns(*spoken)))
    texts = [row["text"] for row in frames["statements"]]
    assert texts == ["Пишите на [e-mail], звоните [phone]", spoken[1][1]]
    assert "1 turn with a phone, an address" in said(report, "assumed")


def test_several_moderators_are_listed_and_kinds_come_from_the_list_of_speakers():
    people = [
        Person("Анна Петрова", ["a.vtt"], id="e01", kind="Регионы"),
        Person("Борис Орлов", ["a.vtt"], id="e02", role="moderator"),
        Person("Олег Тихий", ["x.csv"], id="e09"),
    ]
    meta, frames, report = imported(material(turns=turns(*TALK)), people=people)
    assert meta["interviewers"] == ["e02", "moderator"]
    assert frames["experts"] == [{"expert_id": "e01", "stakeholder": "regiony"}]
    assert frames["statements"][2]["speaker"] == "e02"
    assert frames["stakeholders"] == [{"stakeholder": "regiony", "name": "Регионы"}]
    assert "2 names of a moderator" in said(report, "assumed")


def test_joined_names_and_names_that_are_none():
    people = [
        Person("Анна Петрова", ["a.vtt"], id="e01", kind="Регионы"),
        Person("Борис Орлов", ["a.vtt"], id="e02", same_as="e01"),
        Person("Модератор", ["a.vtt"], id="moderator", role="nobody"),
    ]
    _, frames, _ = imported(material(turns=turns(*TALK)), people=people)
    assert [row.get("speaker") for row in frames["statements"]] == ["", "e01", "e01"]
    assert frames["experts"] == [{"expert_id": "e01", "stakeholder": "regiony"}]


def test_no_name_is_in_the_tables_the_entries_or_the_report():
    talk = material(
        turns=turns(*TALK), codes=CODES, codings=[("t2", "", "k2", "Ада Лавлейс", "")],
        speakers=[("Олег Тихий", "")],
    )  # fmt: skip
    meta, frames, report = assemble([talk], [])
    everything = "".join(frame.to_csv() for frame in frames.values()) + str(meta) + str(report)
    for name in ("Анна", "Петрова", "Борис", "Орлов", "Лавлейс", "Тихий"):
        assert name not in everything


def test_a_project_of_our_own_keeps_its_ids():
    talk = [("st-7", "g1", "x_1", "", "", "a"), ("st-9", "g1", "moderator", "", "", "b")]
    own = material(
        turns=talk, codes=[("role_x", "", "Name", "")], items=[("item-a", "Text", 1, 5)],
        codings=[("st-7", "", "role_x", "anna", "raises")], ratings=[("x_1", "item-a", 3, "")],
    )  # fmt: skip
    own.speakers = table("speakers", [("x_1", "kind-a"), ("x_2", "kind-a")])
    own.speakers["quotable"] = ["true", "false"]
    _, frames, _ = imported(own)
    assert frames["statements"][0]["statement_id"] == "st-7"
    assert frames["sessions"] == [{"session_id": "g1"}]
    assert frames["codings"][0]["code_id"] == "role_x"
    assert coders(frames) == ["anna"]
    assert frames["ratings"][0]["item_id"] == "item-a"
    assert frames["experts"] == [
        {"expert_id": "x_1", "stakeholder": "kind-a", "quotable": True},
        {"expert_id": "x_2", "stakeholder": "kind-a", "quotable": False},
    ]


def test_more_columns_of_codes_come_along_if_the_format_knows_them():
    rich = material(codes=CODES)
    rich.codes = rich.codes.assign(include="When?", note="x")
    assert imported(rich)[1]["codebook"][0]["include"] == "When?"
    assert "note" not in imported(rich)[1]["codebook"][0]


def test_nothing_is_an_error_that_says_what_was_left():
    empty = material(speakers=[("A B", "")])
    empty.left.append("1 coding lies on a picture.")
    with pytest.raises(ExchangeError, match="nothing to take in; file 1: 1 coding lies on a pic"):
        assemble([empty], [])


def test_a_hundred_thousand_turns_and_codings():
    many = [(f"Имя{i % 30} Фамилия", f"слово {i}") for i in range(100_000)]
    codings = [(f"t{i % 100_000 + 1}", "", f"k{2 + i % 2}", f"coder {i % 3}", "")
               for i in range(100_000)]  # fmt: skip
    big = material(turns=turns(*many), codes=CODES, codings=codings)
    _, frames, _ = assemble([big], [])  # of quadratic work there would be no end
    assert len(frames["codings"]) == 100_000
