import pytest

from analysis.privacy.folding import fold, folded
from analysis.privacy.names import Index

PEOPLE = {
    "Анна Петрова": True,
    "Иванов Иван Петрович": True,
    "Боев Е. И.": True,
    "Sergey Kuznetsov (host)": True,
    "Мария Сидорова": False,
    "Вера": True,
    "Администрация города Белгорода": False,
    "Ли Вэй": True,
    "Jean-Luc O'Neil": True,
    "Анна Ким": True,
    "iPhone (Дмитрий)": True,
    "Салтыков-Щедрин Михаил Евграфович": True,
    "Will Brown": True,
    "Мороз": False,
}
INDEX = Index(PEOPLE.items())
NAMES = list(PEOPLE)


def found(text):
    whole = folded(text)
    return [
        (whole[start:end], *sorted(NAMES[person].split()[0] for person in people))
        for start, end, people in INDEX.find(whole)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("сказала Анна Петрова", [("Анна Петрова", "Анна")]),
        ("об Анне Петровой; с Петровой", [("Анне Петровой", "Анна"), ("Петровой", "Анна")]),
        ("петровой и ПЕТРОВА", [("петровой", "Анна"), ("ПЕТРОВА", "Анна")]),
        ("у Анны", [("Анны", "Анна", "Анна")]),  # Петрова or Ким
        ("с Анной Ким", [("Анной Ким", "Анна")]),
        ("Иваном Петровичем", [("Иваном Петровичем", "Иванов")]),
        ("Ивана Петровича Иванова", [("Ивана Петровича Иванова", "Иванов")]),
        ("Иванов И. П. и И.П. Иванову", [("Иванов И. П.", "Иванов"), ("И.П. Иванову", "Иванов")]),
        ("Иваны Сергеевичи", []),
        ("Иван Сергеевич сказал", []),  # another Ivan
        ("Петрович сказал", []),
        ("Ивановой, Ивановых", [("Ивановой", "Иванов"), ("Ивановых", "Иванов")]),
        ("Боеву, а боев много", [("Боеву", "Боев")]),
        ("Сергей Кузнецов", [("Сергей Кузнецов", "Sergey")]),
        ("Сергея Ивановича Кузнецова", [("Сергея Ивановича Кузнецова", "Sergey")]),
        ("Kuznetsov's plan, kuznetsov", [("Kuznetsov", "Sergey"), ("kuznetsov", "Sergey")]),
        ("Мария пришла", []),
        ("к Марии Сидоровой", [("Марии Сидоровой", "Мария")]),
        ("к Сидоровой", [("Сидоровой", "Мария")]),
        ("Мария Сергеевна Сидорова", [("Мария Сергеевна Сидорова", "Мария")]),
        ("вера в себя, Вере", [("Вере", "Вера")]),
        ("администрацию города Белгорода", [("администрацию города Белгорода", "Администрация")]),
        ("администрация и город Белгород", []),
        ("знает ли Ли Вэй", [("Ли Вэй", "Ли")]),
        ("O’Neil and Jean-Luc", [("O'Neil", "Jean-Luc"), ("Jean-Luc", "Jean-Luc")]),
        ("iPhone дмитрия", [("дмитрия", "iPhone")]),
        ("Салтыкова-Щедрина", [("Салтыкова-Щедрина", "Салтыков-Щедрин")]),
        ("will you? Will, brown", [("Will", "Will")]),
        ("Anna Petrova, Mr Ivanov, Ivan Petrovich", [
            ("Anna Petrova", "Анна"), ("Ivanov", "Иванов"), ("Ivan Petrovich", "Иванов")]),
        ("на улице мороз, спросите Мороза", [("Мороза", "Мороз")]),
        ("экс-Иванов, Иванов-то", [("Иванов", "Иванов"), ("Иванов", "Иванов")]),
        ("zoom_ivanov_2021", [("ivanov", "Иванов")]),
        ("иванский подиванов", []),
    ],
)  # fmt: skip
def test_who_is_found(text, expected):
    assert found(text) == expected


def test_two_of_one_surname_are_told_apart_by_gender_where_the_form_tells():
    index = Index([("Олег Петров", True), ("Анна Петрова", True)])
    people = {
        text: index.find(text)[0][2] for text in ("Петровым", "Петровой", "Петрова", "Петров")
    }
    assert people == {"Петровым": (0,), "Петровой": (1,), "Петрова": (0, 1), "Петров": (0,)}
    assert index.find("Анне Петровой")[0] == (0, 13, (1,))


def test_a_display_name_that_names_nobody_finds_nothing():
    assert not Index([("iPhone", True), ("Zoom user", True), ("", True), ("?", False)]).words


def test_folding_keeps_places():
    text = "Ёлка\u00ad й и\u0306 \u200bИва\u0301нов \ufb01n \u2011 ’"
    whole, places = fold(text)
    assert whole == folded(text) == "Елка й й Иванов fin - '"
    assert len(places) == len(whole) + 1
    start = whole.index("Иванов")
    assert text[places[start] : places[start + 6]] == "Ива\u0301нов"
