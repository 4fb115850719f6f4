"""Every message exists in every language, with the same fields."""

import re
import string

import pytest

from analysis.display.figures import MARKED
from analysis.display.messages import LANGUAGES, MESSAGES, message
from analysis.evidence.findings import SOURCES


def fields(template):
    return sorted(name for _, name, _, _ in string.Formatter().parse(template) if name is not None)


def test_the_languages_are_english_and_russian():
    assert LANGUAGES == ("en", "ru")
    assert set(MESSAGES) == set(LANGUAGES)


@pytest.mark.parametrize("key", sorted(set().union(*MESSAGES.values())))
def test_a_message_has_the_same_fields_in_every_language(key):
    templates = [MESSAGES[language].get(key) for language in LANGUAGES]
    assert None not in templates
    assert len({tuple(fields(t)) for t in templates}) == 1
    assert all(name.isidentifier() for name in fields(templates[0]))


@pytest.mark.parametrize("key", sorted(MESSAGES["ru"]))
def test_the_words_of_a_message_are_those_of_its_language(key):
    english, russian = (re.sub(r"\{\w+\}", "", MESSAGES[lang][key].lower()) for lang in LANGUAGES)
    assert not re.search("[а-яё]", english)
    assert not re.search("[a-z]", russian)
    assert bool(re.search("[a-z]", english)) == bool(re.search("[а-яё]", russian))


def test_every_source_and_every_mark_has_its_message():
    assert {f"source_{name}" for name in SOURCES} <= set(MESSAGES["en"])
    assert set(MARKED) == {"constructed", "simulated"}
    assert set(MARKED.values()) <= set(MESSAGES["en"])


def test_fields_are_filled():
    assert message("share", k=7, n=20) == "7 of 20"
    assert message("share", "ru", k=7, n=20) == "7 из 20"
    assert message("and") == "and"


def test_an_unknown_key_or_language_raises():
    with pytest.raises(KeyError, match="no-such-message"):
        message("no-such-message")
    with pytest.raises(KeyError, match="de"):
        message("share", "de", k=1, n=2)


def test_a_missing_field_raises():
    with pytest.raises(KeyError, match="n"):
        message("share", k=7)
