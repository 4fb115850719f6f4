import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.privacy.contacts import find


def _read(cell):
    return cell.encode("latin-1", "backslashreplace").decode("unicode_escape")


with (Path(__file__).parent / "contacts.csv").open(encoding="utf-8", newline="") as table:
    CASES = [tuple(map(_read, row.values())) for row in csv.DictReader(table)]


def test_recall_and_precision():
    right = wrong = missed = 0
    for text, kind, contact in CASES:
        found = [(c.kind, text[c.start : c.end]) for c in find(text)]
        hit = (kind, contact) in found
        right += hit
        missed += bool(kind) and not hit
        wrong += len(found) - hit
    recall, precision = right / (right + missed), right / (right + wrong)
    print(f"{len(CASES)} cases: recall {recall:.1%}, precision {precision:.1%}")
    assert len(CASES) >= 80
    assert sum(not kind for _, kind, _ in CASES) >= 40
    assert recall >= 0.95
    assert precision >= 0.90


@pytest.mark.parametrize(("text", "kind", "contact"), CASES)
def test_each_case_inside_a_sentence(text, kind, contact):
    spoken = f"Ну вот, {text} и что дальше"
    found = [(c.kind, spoken[c.start : c.end]) for c in find(spoken)]
    assert found == ([(kind, contact)] if kind else [])


def test_two_phones_in_a_row_are_two():
    assert len(find("8 916 123 45 67 8 903 765 43 21")) == 2


def test_positions_are_those_of_the_text():
    text = "Ёжик\u00ad №1: «\u200bivan@mail.ru» и 8\u202f916\u202f123-45-67"
    assert [text[c.start : c.end] for c in find(text)] == [
        "ivan@mail.ru",
        "8\u202f916\u202f123-45-67",
    ]


@pytest.mark.parametrize(
    "piece",
    ["a", "@", "a@", "a@a.", "1 ", "9161234567 ", "8 916 ", "+", "t.me/", "паспорт ", "ИНН ",
     "тел. ", "1-", "(at)", " собака ", "\u200b", "е\u0308", "https://", "12.12.2012 "],
)  # fmt: skip
def test_a_long_cell_is_searched_to_its_end(piece):
    text = (piece * 200_000)[:200_000]  # of quadratic work there would be no end
    assert find(f"{text} . x@y.ru")[-1].end == len(text) + 9


@settings(deadline=None, max_examples=150)
@given(st.text(alphabet="aи9 .@/+-()\n\u200bё7at[]", max_size=60))
def test_contacts_lie_in_the_text_and_apart(text):
    found = find(text)
    bounds = [0, *(place for c in found for place in (c.start, c.end)), len(text)]
    assert bounds == sorted(bounds)
    assert all(c.start < c.end for c in found)
