"""What counts as a word, and its dictionary form.

A word is made of letters, with hyphens and apostrophes inside; what holds a digit is none, and
neither is anything in square brackets, where transcripts note what was not said. Russian words are
counted by their dictionary form (lemma), words of other languages as they are spelled.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any, NamedTuple

#: The language whose words have lemmas here.
WITH_LEMMAS = "ru"
#: Parts of speech of function words and numerals, as pymorphy3 names them.
FUNCTION_PARTS = frozenset({"PREP", "CONJ", "PRCL", "NPRO", "INTJ", "NUMR"})
#: Marks of pronouns that are adjectives or adverbs, and of Roman numerals.
FUNCTION_MARKS = frozenset({"Apro", "Anph", "Dmns", "Ques", "ROMN"})
#: Languages that write every noun with a capital letter, which then says nothing of names.
CAPITAL_NOUNS = frozenset({"de", "lb"})
#: Marks of first names, surnames and patronymics.
NAME_MARKS = frozenset({"Name", "Surn", "Patr"})

# combining marks belong to the letter before them, and a soft hyphen is no hyphen
_LETTERS = r"[\w\u0300-\u036f\u00ad]+"
_TOKEN = re.compile(rf"{_LETTERS}(?:[-\u2010\u2011'\u2019]{_LETTERS})*")
_BRACKETS = re.compile(r"\[[^\[\]]*\]")
_NO_WORD = re.compile(r"[\d_]")
_ALIKE = str.maketrans(
    {"ё": "е", "\u2010": "-", "\u2011": "-", "\u2019": "'", "\u0301": None, "\u00ad": None}
)
#: Particles that are written onto a word.
_PARTICLE = re.compile("-(?:то|таки|ка)$")


class Token(NamedTuple):
    """A word where it stands in a text: ``form`` is its spelling, evened out."""

    form: str
    start: int
    end: int
    capital: bool


class Word(NamedTuple):
    """What is known of a spelling.

    ``content`` is False for function words, numerals and single letters. ``lemmas`` is how many
    different lemmas its parses have, ``known`` whether the dictionary has it. ``name`` says that
    the best parse is a person's name, ``maybe`` that it could be one if it always has a capital
    letter.
    """

    lemma: str
    content: bool
    lemmas: int = 1
    known: bool = True
    name: bool = False
    maybe: bool = False


def tokens(text: str) -> list[Token]:
    """The words of a text in their order."""
    spoken = _BRACKETS.sub(lambda found: " " * len(found[0]), text)
    return [
        Token(even(found[0]), *found.span(), found[0][0].isupper())
        for found in _TOKEN.finditer(spoken)
        if not _NO_WORD.search(found[0])
    ]


def even(word: str) -> str:
    """A spelling evened out: lower case, no stress marks, one kind of hyphen, ё as е."""
    return unicodedata.normalize("NFC", word).lower().translate(_ALIKE)


@lru_cache(maxsize=1)
def _analyser() -> Any:
    import pymorphy3

    return pymorphy3.MorphAnalyzer(lang=WITH_LEMMAS)


class Lexicon:
    """The words of a language; each spelling is looked up once."""

    def __init__(self, language: str) -> None:
        self.lemmas = language == WITH_LEMMAS
        self._names = language not in CAPITAL_NOUNS

    def __call__(self, form: str) -> Word:
        """What is known of a spelling (of :func:`even`)."""
        return _parsed(form) if self.lemmas else Word(form, len(form) > 1, maybe=self._names)


@lru_cache(maxsize=200_000)
def _parsed(form: str) -> Word:
    """A Russian word by its best parse: the one that is most frequent without any context."""
    analyser = _analyser()
    parses = analyser.parse(form)
    if not parses[0].is_known and (particle := _PARTICLE.search(form)):
        stem = form[: particle.start()]
        if analyser.word_is_known(stem):
            parses = analyser.parse(stem)
    lemmas = list(dict.fromkeys(even(parse.normal_form) for parse in parses))
    marks = [frozenset(parse.tag.grammemes) for parse in parses]
    function = parses[0].tag.POS in FUNCTION_PARTS or bool(marks[0] & FUNCTION_MARKS)
    return Word(
        lemma=lemmas[0],
        content=not function and len(form) > 1,
        lemmas=len(lemmas),
        known=parses[0].is_known,
        name=bool(marks[0] & NAME_MARKS),
        maybe=any(mark & NAME_MARKS for mark in marks),
    )
