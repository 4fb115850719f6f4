"""Names are never joined in silence; the list of speakers takes the user's decisions."""

import pytest

from analysis.exchange.material import ExchangeError
from analysis.exchange.people import COLUMNS, Person, read, seen, settle, written


def spoke(name, file="a.vtt", turns=2):
    return Person(name, [file], turns, part="speaks")


def people_of(*named, saved=()):
    people = [*saved]
    seen([*named], people)
    settle(people)
    return people


def rows(people, *columns):
    return [tuple(getattr(person, column) for column in columns) for person in people]


def test_ids_are_given_in_order_of_first_appearance():
    people = people_of(spoke("Борис Сидоров"), spoke("Модератор"), spoke("Анна Петрова"))
    assert rows(people, "name", "id", "role") == [
        ("Борис Сидоров", "e01", ""),
        ("Модератор", "moderator", "moderator"),
        ("Анна Петрова", "e02", ""),
    ]


def test_a_full_name_is_one_person_in_all_files_and_its_turns_add_up():
    people = people_of(spoke("Анна Петрова", "a.vtt", 2), spoke("Анна Петрова", "b.vtt", 3))
    assert rows(people, "files", "turns") == [(["a.vtt", "b.vtt"], 5)]


@pytest.mark.parametrize(
    "name", ["iPhone", "iPhone (2)", "Galaxy S21 Анны", "Speaker 1", "Участник 2", "Guest", "12"]
)
def test_devices_and_labels_are_somebody_else_in_each_file_and_nothing_is_proposed(name):
    people = people_of(spoke(name, "a.vtt"), spoke(name, "b.vtt"))
    assert rows(people, "id", "same_as") == [("e01", ""), ("e02", "")]


@pytest.mark.parametrize("name", ["Анна", "P1", "Э-01", "Smith, J."])
def test_a_short_name_in_two_transcripts_stays_two_with_a_proposal(name):
    people = people_of(spoke(name, "a.vtt"), spoke(name, "b.vtt"))
    assert rows(people, "id", "same_as", "stands") == [("e01", "", "e01"), ("e02", "e01?", "e02")]


@pytest.mark.parametrize(
    "other",
    [
        "Анна  Петрова (модератор)",
        "анна петрова",
        "Петрова Анна",
        "Анна Петрова [host]",
        "АННА ПЕТРОВА",
        "Анна Петрова модератор",
    ],
)
def test_spellings_of_one_name_are_proposed_and_not_joined(other):
    people = people_of(spoke("Анна Петрова"), spoke("Мария Петрова"), spoke(other))
    assert people[2].same_as == "e01?"
    assert people[2].stands == people[2].id != "e01"
    assert people[1].same_as == ""


def test_the_moderator_is_who_says_so_and_no_other():
    names = ["Модератор", "Анна (интервьюер)", "Interviewer 2", "Модератова Ольга", "Лидер"]
    people = people_of(*map(spoke, names))
    assert rows(people, "role", "id") == [
        ("moderator", "moderator"),
        ("moderator", "m2"),
        ("moderator", "m3"),
        ("", "e01"),
        ("", "e02"),
    ]


def test_one_role_in_many_files_is_one_row():
    people = people_of(*(spoke("Interviewer", f"{i}.vtt") for i in range(20)))
    assert len(people) == 1
    assert len(people[0].files) == 20


def test_who_never_speaks_is_not_counted():
    listed = [
        Person("Анна Петрова", ["people.csv"], part="listed"),
        Person("Олег Тихий", ["people.csv"], part="listed"),
    ]
    people = people_of(spoke("Анна Петрова"), *listed)
    assert rows(people, "id", "role", "files") == [
        ("e01", "", ["a.vtt"]),
        ("", "", ["people.csv"]),
    ]
    assert rows(people, "stands") == [("e01",), ("",)]


def test_a_table_means_the_speaker_of_that_name_if_there_is_one():
    table = Person("P1", ["m.csv"], part="speaks")
    assert len(people_of(spoke("P1"), table)) == 1
    people = people_of(spoke("P1", "a.vtt"), spoke("P1", "b.vtt"), table)
    assert len(people) == 3
    assert people[2].same_as == "e01?"


def test_ids_of_a_study_stay():
    people = people_of(spoke("e07"), spoke("Анна Петрова"), spoke("p12"), spoke("e01"))
    assert rows(people, "id") == [("e07",), ("e02",), ("p12",), ("e01",)]


def test_what_the_user_decided_goes_before():
    saved = read("speakers.csv", written(people_of(spoke("Анна Петрова"), spoke("iPhone"))))
    saved[0].id, saved[0].kind, saved[1].same_as = "p5", "Regions", "p5"
    people = people_of(
        spoke("Анна Петрова", turns=4), spoke("iPhone"), spoke("iPhone", "b.vtt"), saved=saved
    )
    assert rows(people, "name", "id", "kind", "stands") == [
        ("Анна Петрова", "p5", "Regions", "p5"),
        ("iPhone", "e02", "", "p5"),
        ("iPhone", "e01", "", "e01"),
    ]
    assert people[0].turns == 4


def test_two_rows_of_one_name_make_two_persons():
    saved = [
        Person("Анна Петрова", ["a.vtt"], id="e01"),
        Person("Анна Петрова", ["b.vtt"], id="e02"),
    ]
    people = people_of(
        spoke("Анна Петрова", "a.vtt", 2), spoke("Анна Петрова", "b.vtt", 3), saved=saved
    )
    assert rows(people, "id", "turns") == [("e01", 2), ("e02", 3)]


def test_nobody_stands_for_a_name_that_is_none_and_chains_are_followed():
    saved = [
        Person("Важно", ["a.vtt"], id="e01", role="nobody"),
        Person("Анна", ["a.vtt"], id="e02", same_as="e03"),
        Person("Аня", ["a.vtt"], id="e03", same_as="e04"),
        Person("Анна Петрова", ["a.vtt"], id="e04"),
    ]
    settle(saved)
    assert [person.stands for person in saved] == ["", "e04", "e04", "e04"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": "Анна"}, "row 3, id: 'Анна'"),
        ({"role": "boss"}, "row 3, role: 'boss'; right is expert, moderator or nobody"),
        ({"same_as": "e99"}, "row 3, same_as: 'e99'; right is the id of another row"),
        ({"same_as": "e02"}, "row 3, same_as: 'e02'"),
    ],
)
def test_a_wrong_decision_is_told_with_its_row(change, said):
    people = [Person("A B", ["a"], id="e01"), Person("C D", ["a"], **{"id": "e02", **change})]
    with pytest.raises(ExchangeError) as caught:
        settle(people)
    assert said in str(caught.value)


def test_the_list_goes_through_a_file_and_back():
    people = people_of(spoke("=cmd|A1"), spoke('Анна "Аня", Петрова', "a; b.vtt"), spoke("iPhone"))
    data = written(people)
    assert data.startswith(b"\xef\xbb\xbfname,files,turns,id,role,same_as,kind\r\n")
    assert b"'=cmd" in data
    back = read("speakers.csv", data)
    assert [person.name for person in back] == [person.name for person in people]
    assert [person.id for person in back] == ["e01", "e02", "e03"]
    assert {person.turns for person in back} == {0}


@pytest.mark.parametrize("encoding", ["cp1251", "utf-8", "utf-16"])
def test_a_list_that_excel_saved_is_read(encoding):
    text = "name;files;turns;id;role;same_as;kind\r\nАнна Петрова;a.vtt;2;e01;moderator;;\r\n"
    (person,) = read("speakers.csv", text.encode(encoding))
    assert (person.name, person.files, person.role) == ("Анна Петрова", ["a.vtt"], "moderator")


def test_columns_that_are_missing_are_empty():
    (person,) = read("speakers.csv", b"name,id\r\nA B,e5\r\n")
    assert (person.id, person.role, person.files) == ("e5", "", [""])
    assert len(COLUMNS) == 7


def test_many_names_take_no_time():
    named = [spoke(f"Имя{i} Фамилия{i}", f"{i % 300}.vtt") for i in range(20_000)]
    people = people_of(*named)
    assert people[-1].id == "e20000"
