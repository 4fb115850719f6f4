"""Small panels and keys for the tests of privacy, written as files."""

import csv

import pytest

SPEAKERS = [
    ("Анна Петрова", "e03"),
    ("Иванов Иван Петрович", "e01"),
    ("Sergey Kuznetsov (host)", "moderator"),
    ("iPhone", "e02"),
]
META = """# собрано Анной Петровой
id: demo
title: Беседы с Анной Петровой
source: panel
statement: >
  Говорили Иван Петрович и другие,
  пишите на anna@mail.ru

language: ru
coders: [ada, "petrova"]
licence: https://example.org/licence
"""
TABLES = {
    "experts": [
        ["expert_id", "session_id", "stakeholder", "quotable"],
        ["e01", "zoom_ivanov_2021", "k", "true"],
        ["e03", "zoom_ivanov_2021", "k", "false"],
    ],
    "statements": [
        ["statement_id", "session_id", "position", "speaker", "text", "text_en", "note"],
        ["s1", "zoom_ivanov_2021", "1", "e03", "Иванову не нужно, 8 916 123-45-67", "", "Иванов"],
        ["s2", "zoom_ivanov_2021", "2", "e01", "Анну, я с Анной Петровой", "Ask Anna Petrova", ""],
        ["s3", "zoom_ivanov_2021", "3", "e01", "О Марии Сидоровой; @ivanov_ii", "Sidorova's", ""],
        ["s4", "zoom_ivanov_2021", "4", "e03", "У Сергея Кузнецова вера в ГОСТ 123-45-67", "", ""],
    ],
    "codings": [["statement_id", "coder", "code_id", "stance"], ["s1", "petrova", "c1", "raises"]],
    "codebook": [
        ["code_id", "task", "direction", "name", "definition", "include"],
        ["c1", "role", "neutral", "Позиция Ивановой", "Как у Петровой", "со слов Ивановых"],
    ],
    "guide": [["question_id", "task", "position", "text"], ["q1", "role", "1", "Анна Петрова?"]],
    "memos": [["memo_id", "date", "author", "text"], ["m1", "2021-12-01", "petrova", "Ивановым"]],
}  # fmt: skip


@pytest.fixture
def panel(tmp_path):
    """The folder of a panel that names people wherever there is text, with its list of speakers."""
    folder = tmp_path / "panel"
    folder.mkdir()
    (folder / "panel.yml").write_text(META, encoding="utf-8")
    for name, rows in TABLES.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
    (folder / "Чат с Ивановым.txt").write_text("Ива\u00adнову, Ива\u0301нова, ИВАНОВ", "utf-8")
    with (tmp_path / "panel-speakers.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("name", "id", "role"), *((n, i, "") for n, i in SPEAKERS)])
    (tmp_path / "names.txt").write_text("Мария Сидорова\nПетрова\nАня,[e03]\n", "utf-8")
    return folder
