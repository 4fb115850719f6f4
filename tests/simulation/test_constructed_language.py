"""The Russian of the constructed panel: every word is known, or is a name or a term."""

import re

import pytest

from analysis.panel.panel import load_panel
from analysis.project import DATA
from analysis.simulation.constructed import SOURCE

#: A word, with the hyphens inside it.
WORD = re.compile(r"[а-яё]+(?:-[а-яё]+)*", re.IGNORECASE)


@pytest.fixture(scope="module")
def morphology():
    import pymorphy3

    return pymorphy3.MorphAnalyzer()


@pytest.fixture(scope="module")
def panel():
    return load_panel(DATA / "panels" / "constructed")


@pytest.fixture(scope="module")
def terms():
    return (SOURCE / "terms-ru.txt").read_text(encoding="utf-8").split()


def unknown(text, morphology, terms):
    """The words that neither the dictionary knows nor the list of terms holds."""
    known = {t.lower() for t in terms}

    def fine(word):
        return word in known or morphology.word_is_known(word)

    found = set()
    for word in WORD.findall(text.lower()):
        parts = word.split("-")
        if not (fine(word) or all(fine(p) or len(p) == 1 for p in parts)):
            found.add(word)
    return found


def test_every_word_of_the_statements_is_known(panel, morphology, terms):
    text = "\n".join(panel.statements.text)
    assert unknown(text, morphology, terms) == set()


def test_every_word_of_guide_items_and_names_is_known(panel, morphology, terms):
    columns = (
        panel.guide.text_ru,
        panel.frames["items"].text_ru,
        panel.codebook.name_ru,
        panel.stakeholders.name_ru,
    )
    assert unknown("\n".join(t for c in columns for t in c), morphology, terms) == set()


def test_a_misspelt_word_is_found(morphology, terms):
    assert unknown("Цифравизация идёт хорошо", morphology, terms) == {"цифравизация"}


def test_every_statement_has_both_languages(panel):
    for row in panel.statements.itertuples():
        cyrillic = len(re.findall(r"[а-яё]", row.text, re.IGNORECASE))
        assert cyrillic > len(re.findall(r"[a-z]", row.text, re.IGNORECASE)), row.statement_id
        latin = len(re.findall(r"[a-z]", row.text_en, re.IGNORECASE))
        assert latin > 10 * len(re.findall(r"[а-яё]", row.text_en, re.IGNORECASE))
        assert 0.4 < len(row.text_en) / len(row.text) < 2.5, row.statement_id


def test_no_two_statements_of_experts_are_alike(panel):
    # the moderator reads the guide's questions out in each session
    said = panel.statements.text[panel.statements.speaker != "moderator"]
    long = said[said.str.split().str.len() > 5]
    assert long.is_unique
    opening = long.str.split().str[:5].str.join(" ").str.lower()
    assert opening.value_counts().max() <= 2


def test_terms_are_used(panel, terms):
    text = "\n".join(panel.statements.text).lower()
    words = set(WORD.findall(text)) | {p for w in WORD.findall(text) for p in w.split("-")}
    assert [t for t in terms if t.lower() not in words and t.lower() not in text] == []
