"""Lines in which a word stands, with what was said around it, from quotable experts only.

Lines are chosen by the rule by which statements are quoted in other chapters
(:mod:`analysis.steps.panel_quotations`): of the expert shown least so far, then of the kind of
stakeholder shown least so far, then with the fewest codes, then the earliest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.panel.format import CONSENSUS
from analysis.panel.panel import Panel
from analysis.panel.views_of_coding import BoolArray
from analysis.panel.views_of_speaking import Quotation
from analysis.steps.coding_reliability.disagreement import quotable_statements
from analysis.steps.language.corpus import Corpus
from analysis.steps.language.words import tokens
from analysis.steps.panel_quotations import Picker
from analysis.steps.panel_talk import WITHHELD
from analysis.steps.panel_tools import count_of, plural

#: So many words of the statement stand on each side.
WINDOW = 12
#: So many lines a word.
LINES = 2
#: Stands where the statement goes on.
CUT = "…"

LINE_COLUMNS = [
    "group",
    "word",
    "expert",
    "kind_name",
    "session",
    "statement",
    "left",
    "said",
    "right",
    "text_en",
]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Lines that are asked for: of a ``word``, under the heading ``group``, from ``part``."""

    group: str
    word: str
    part: BoolArray  # (statements,) of the corpus


def lines(
    panel: Panel, corpus: Corpus, wanted: Sequence[Wanted], most: int = LINES
) -> pd.DataFrame:
    """At most ``most`` lines for each word asked for (columns :data:`LINE_COLUMNS`).

    The words take turns: each gets its first line before any gets its second. A word gets no two
    lines of one expert while there is another, and no statement is shown twice. Shown are
    statements with a code, raised or opposed, by experts who agreed to be quoted; ``text_en`` is
    the translation of the whole statement, empty where there is none.
    """
    texts = {
        id: quotation
        for id, quotation in quotable_statements(panel, [CONSENSUS]).items()
        if WITHHELD not in quotation.text
    }
    picker = Picker(panel)
    ids = corpus.statements["statement"].tolist()
    kinds = dict(zip(ids, corpus.statements["kind_name"], strict=True))
    place = {word: number for number, word in enumerate(corpus.vocabulary["word"])}
    chosen: dict[tuple[int, int], Quotation] = {}
    for turn in range(most):
        for number, want in enumerate(wanted):
            has = np.zeros(len(ids), dtype=np.bool_)
            has[corpus.row[corpus.word == place[want.word]]] = True
            own = Counter(q.expert_id for (at, _), q in chosen.items() if at == number)
            said = [texts[ids[at]] for at in np.flatnonzero(has & want.part) if ids[at] in texts]
            best = picker.pick(said, own)
            if best is not None:
                chosen[number, turn] = best
    rows = [
        {
            "group": wanted[number].group,
            "word": wanted[number].word,
            "expert": quotation.expert_id,
            "kind_name": kinds[quotation.statement_id],
            "session": quotation.session_id,
            "statement": quotation.statement_id,
            **in_context(quotation.text, wanted[number].word, corpus),
            "text_en": quotation.text_en,
        }
        for (number, _), quotation in sorted(chosen.items(), key=lambda item: item[0])
    ]
    return pd.DataFrame(rows, columns=LINE_COLUMNS)


def in_context(text: str, word: str, corpus: Corpus) -> dict[str, str]:
    """The first place of a word in a text, and what is said to its ``left`` and ``right``.

    Raises
    ------
    ValueError
        If the text does not have the word.
    """
    found = tokens(text)
    places = [at for at, token in enumerate(found) if corpus.lexicon(token.form).lemma == word]
    if not places:
        raise ValueError(f"the text does not have the word {word!r}")
    at, token = places[0], found[places[0]]
    left = found[at - WINDOW].start if at > WINDOW else 0
    right = found[at + WINDOW].end if at + WINDOW + 1 < len(found) else len(text)
    before, after = text[left : token.start].lstrip(), text[token.end : right].rstrip()
    return {
        "left": f"{CUT} {before}" if at > WINDOW else before,
        "said": text[token.start : token.end],
        "right": f"{after} {CUT}" if right < len(text) else after,
    }


def sentence(found: pd.DataFrame, panel: Panel, missing: str = "") -> str:
    """How many lines there are, and of how many experts; ``missing`` is why none was asked for."""
    if found.empty and missing:
        return "No word is listed, so there is no line to show."
    if found.empty:
        return "There is no line to show: no statement with these words and a code can be quoted."
    n, experts = len(panel.experts), found["expert"].nunique()
    of = f"of {plural(found['word'].nunique(), 'word')}"
    return f"Shown are {plural(len(found), 'line')} {of}, by {count_of(experts, n)} experts."
