"""Text in one form for searching, without hidden characters, accents and ё; what repeats what."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice

#: What may differ from its one form: a letter with marks, all but the commonest characters.
_ODD = re.compile(r"[^\W\d_][\u0300-\u036f]+|[^\t\n -~А-Яа-я«»—–…№]+")
_CLUSTER = re.compile(r".[\u0300-\u036f]*", re.DOTALL)


@lru_cache(20_000)
def _one_form(cluster: str) -> str:
    """A character with its marks in the form for searching."""
    kept = ""
    for letter in unicodedata.normalize("NFKC", cluster):
        base = unicodedata.normalize("NFD", letter)[0]
        category = unicodedata.category(letter)
        if letter in "ёЁ’ʼ" or (base.isascii() and base.isalpha()):
            kept += {"ё": "е", "Ё": "Е"}.get(letter, base.replace("’", "'").replace("ʼ", "'"))
        elif category not in {"Cf", "Mn"}:
            kept += {"Pd": "-", "Zs": " "}.get(category, letter)
    return kept


def fold(text: str) -> tuple[str, list[int]]:
    """The text in its one form, and the place in the source of each character and of the end."""
    places: list[int] = []
    done = 0

    def replace(odd: re.Match[str]) -> str:
        nonlocal done
        places.extend(range(done, odd.start()))
        done = odd.end()
        forms = [(_one_form(cluster[0]), cluster.start()) for cluster in _CLUSTER.finditer(odd[0])]
        places.extend(odd.start() + place for form, place in forms for _ in form)
        return "".join(form for form, _ in forms)

    whole = _ODD.sub(replace, text)
    return whole, [*places, *range(done, len(text) + 1)]


def folded(text: str) -> str:
    """The text in its one form alone; line ends stay where they are."""
    return _ODD.sub(lambda odd: "".join(map(_one_form, _CLUSTER.findall(odd[0]))), text)


@lru_cache(8)
def _runs(statements: tuple[str, ...], words: int) -> dict[tuple[str, ...], int]:
    runs: dict[tuple[str, ...], int] = {}
    for number, statement in enumerate(statements):
        said = re.findall(r"[^\W_]+", folded(statement).lower())
        runs |= dict.fromkeys(zip(*(said[n:] for n in range(words)), strict=False), number)
    return runs


def copies(text: str, statements: Iterable[str], words: int = 8) -> dict[int, int]:
    """By number, the statements of which a folded text repeats so many words, and where."""
    runs = _runs(tuple(statements), words)
    said = re.findall(r"[^\W_]+", text.lower()) if runs else []
    found: dict[int, int] = {}
    for place, run in enumerate(zip(*(said[n:] for n in range(words)), strict=False)):
        if run in runs and runs[run] not in found:
            found[runs[run]] = next(islice(re.finditer(r"[^\W_]+", text), place, None)).start()
    return found


def repeats(text: str, statements: Iterable[str], words: int = 8) -> bool:
    """Whether a text repeats so many words in a row of one of the statements."""
    return bool(copies(folded(text), statements, words))
