"""Words for a simulated panel: phrases that say nothing, in Russian and in English."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.simulation.panels_model import IntArray

#: What each statement begins with, so that a copied one shows what it is.
MARK = ("[симуляция]", "[simulated]")
NO_TEXT = "[withheld]"
#: Words before the phrases: the mark, and the topic of a statement with a code.
_TOPIC = ("речь о теме", "this is about topic")

_PHRASES = (
    ("так бывает не везде и не всегда", "it is not like that everywhere and always"),
    ("об этом у нас говорят давно", "we have been talking about it for long"),
    ("я бы не стал спорить", "I would not argue"),
    ("посмотрим, что из этого выйдет", "let us see what comes of it"),
    ("здесь многое зависит от людей", "here a lot depends on people"),
    ("в прошлом году было иначе", "last year it was different"),
    ("это видно не сразу", "one does not see it at once"),
    ("у соседей, кажется, то же самое", "the neighbours seem to have the same"),
    ("коротко сказать не получится", "it cannot be said briefly"),
    ("мы к этому ещё вернёмся", "we shall come back to it"),
    ("тут нужны время и терпение", "this needs time and patience"),
    ("я говорю только о том, что видел сам", "I only speak of what I saw myself"),
    ("цифры у меня с собой нет", "I do not have the figure with me"),
    ("на это отвечают по-разному", "people answer this in different ways"),
    ("мне ближе другое объяснение", "another explanation is closer to me"),
    ("никто специально этого не хотел", "nobody meant it to be so"),
)


def draw_text(
    first_code: IntArray, rng: np.random.Generator, text: bool
) -> tuple[NDArray[Any], NDArray[Any], IntArray]:
    """Texts of statements in Russian and English, and how many words the Russian ones have.

    ``first_code`` (statements,) is the first code of each statement, -1 for none: its number is
    named. A statement has two to six phrases. Without ``text`` all texts are withheld, and the
    numbers of words are drawn all the same.
    """
    count = rng.integers(2, 7, size=len(first_code))
    pick = rng.integers(len(_PHRASES), size=(len(first_code), 6))
    length = np.array([len(russian.split()) for russian, _ in _PHRASES])
    used = np.arange(6) < count[:, None]
    topic = first_code >= 0
    words = 1 + np.where(used, length[pick], 0).sum(axis=1) + np.where(topic, 4, 0)
    if not text:
        withheld = np.full(len(first_code), NO_TEXT, dtype=object)
        return withheld, np.full(len(first_code), None, dtype=object), words
    both = []
    for language in range(2):
        # phrases in each place, with the full stop or comma that follows
        phrases = np.array([f", {pair[language]}" for pair in _PHRASES] + [""], dtype=object)
        codes = np.array(
            [f"{MARK[language]} {_TOPIC[language]} {i + 1}" for i in range(first_code.max() + 1)]
            + [MARK[language]],
            dtype=object,
        )
        result = codes[first_code]  # -1 is the last: the mark alone
        result = result + np.where(topic, phrases[pick[:, 0]], _bare(phrases)[pick[:, 0]])
        for place in range(1, 6):
            result = result + phrases[np.where(used[:, place], pick[:, place], len(_PHRASES))]
        both.append(result + ".")
    return both[0], both[1], words


def _bare(phrases: NDArray[Any]) -> NDArray[Any]:
    """The phrases as they follow the mark: without a comma before them."""
    return np.array([phrase.replace(",", "", 1) for phrase in phrases], dtype=object)
