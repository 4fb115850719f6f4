"""Text in one form for searching, without hidden characters, accents and ё; what repeats what."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice

#: Stands for a text that is not there, or not shown.
WITHHELD = "[withheld]"
#: So many words in a row are a quotation; of fewer words, from LEAST on, a statement is as a whole.
QUOTED, LEAST = 8, 4
#: What may differ from its one form: a letter with marks, all but the commonest characters.
_ODD = re.compile(r"[^\W\d_][\u0300-\u036f]+|[^\t\n -~А-Яа-я«»—–…№]+")
_CLUSTER = re.compile(r".[\u0300-\u036f]*", re.DOTALL)
_WORD = re.compile(r"[^\W_]+")
#: What stands between the first and the last id of a range.
_TO = re.compile(r"\s*(?:[-–—−…]|\.\.\.?)\s*|\s+(?:to|through|bis|до|по)\s+")


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


def _runs(words: Sequence[str], length: int) -> Iterator[int]:
    """The hashes, which take less room, of all runs of so many words."""
    return map(hash, zip(*(words[n:] for n in range(length)), strict=False))


def quotations(statements: Iterable[tuple[str, str]]) -> dict[int, str]:
    """Runs of words that would quote one of the statements, ``(id, text)``, and the id of each."""
    said = ((id, _WORD.findall(folded(text).lower())) for id, text in statements)
    return {run: id for id, words in said for run in _runs(words, min(len(words), QUOTED))}


def copies(text: str, known: Mapping[int, str], least: int = LEAST) -> dict[str, int]:
    """The ids of statements of so many words that a folded text quotes, and where it does first."""
    words = _WORD.findall(text.lower()) if known else []
    found: dict[str, int] = {}
    for length in range(least, QUOTED + 1):
        for place, run in enumerate(_runs(words, length)):
            if run in known and known[run] not in found:
                found[known[run]] = next(islice(_WORD.finditer(text), place, None)).start()
    return found


def named(text: str, places: Mapping[str, int], order: Sequence[str]) -> set[str]:
    """The ids in a text, and those in between where two make a range: s012-s015, s2 to s4.

    ``places`` has the place in ``order`` of each; those that make no range have -1.
    """
    found: set[str] = set()
    for token in re.findall("[a-z0-9_-]+", _TO.sub("-", folded(text).lower())):
        parts, at, last = token.split("-"), 0, -1
        while at < len(parts):
            ids = ("-".join(parts[at:end]) for end in range(min(at + 40, len(parts)), at, -1))
            here = next(filter(places.__contains__, ids), parts[at])  # the longest
            place = places.get(here, -1)
            found.add(here)
            if min(last, place) >= 0:
                found.update(order[min(last, place) : max(last, place) + 1])
            at, last = at + here.count("-") + 1, place
    return found
