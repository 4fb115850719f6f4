"""The words that go with a code: statements that have it against the other coded statements.

A coder gave the code because of what was said, so that its statements differ in their words is no
finding. The words show what the coders had before them. Nothing is tested.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.panel.panel import Panel
from analysis.panel.views_of_coding import BoolArray
from analysis.statistics.keyness import log_likelihood, log_ratio
from analysis.steps.code_tools import tree
from analysis.steps.language.corpus import MINIMUM, Corpus
from analysis.steps.language.keywords import CRITICAL, ordered
from analysis.steps.panel_talk import talk

#: So many words of a code are shown.
TOP = 6

CODE_COLUMNS = ["code", "label", "theme", "statements", "experts", "words", "why"]
WORD_COLUMNS = ["code", "label", "word", "a", "b", "k", "n", "g2", "log_ratio", "guide", "standing"]


def words_of_codes(panel: Panel, corpus: Corpus) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every code with its words, and the words one by one.

    The first table (columns :data:`CODE_COLUMNS`) has a row a code, in the order of the codebook:
    in how many statements with words it was given, raised or opposed, by how many experts, how many
    ``words`` it has in the second table, and ``why`` there is none. In the second (columns
    :data:`WORD_COLUMNS`) a word occurs ``a`` times in statements with the code and ``b`` times in
    coded ones without it; ``k`` of the ``n`` experts with such statements use it there, at least
    :data:`MINIMUM`, one of them quotable, and its log-likelihood is above :data:`CRITICAL`.
    """
    if corpus.missing:
        return pd.DataFrame(columns=CODE_COLUMNS), pd.DataFrame(columns=WORD_COLUMNS)
    said = talk(panel, stance="any")
    rows = pd.Index(said.statements).get_indexer(pd.Index(corpus.statements["statement"]))
    given, coded = said.values[rows], said.coded[rows]
    book = tree(panel)
    book = book[book["code_id"].isin(said.codes)]
    column = {code: number for number, code in enumerate(said.codes)}
    codes, parts = [], []
    for entry in book.to_dict("records"):
        has = given[:, column[entry["code_id"]]]
        experts = corpus.statements["expert"][has].nunique()
        words, why = pd.DataFrame(columns=WORD_COLUMNS), ""
        if experts < MINIMUM:
            why = f"fewer than {MINIMUM} experts"
        elif not (coded & ~has).any():
            why = "every coded statement has it"
        else:
            words = _words(corpus, has, coded & ~has)
            why = "" if len(words) else f"no word of {MINIMUM} experts is frequent enough"
        words = words.assign(code=entry["code_id"], label=entry["name"], n=experts)
        parts.append(words)
        codes.append(
            {
                "code": entry["code_id"],
                "label": entry["name"],
                "theme": entry["theme_name"],
                "statements": int(has.sum()),
                "experts": experts,
                "words": len(words),
                "why": why,
            }
        )
    kept = [part for part in parts if len(part)]
    listed = pd.concat(kept, ignore_index=True) if kept else pd.DataFrame(columns=WORD_COLUMNS)
    return pd.DataFrame(codes, columns=CODE_COLUMNS), listed[WORD_COLUMNS]


def _words(corpus: Corpus, has: BoolArray, other: BoolArray) -> pd.DataFrame:
    """The words that are more frequent in some statements than in others, the top ones."""
    part = np.where(has, 0, np.where(other, 1, -1)).astype(np.int64)
    (a, b), (c, d) = corpus.counts(part, 2), corpus.sizes(part, 2)
    owner, names = corpus.units("expert")
    used = corpus.counts(np.where(has, owner, -1), len(names)) > 0
    open_ = set(corpus.statements["expert"][corpus.statements["quotable"].to_numpy(np.bool_)])
    quotable = used[[name in open_ for name in names]].any(axis=0)
    ratio = np.asarray(log_ratio(a, b, c, d))
    vocabulary = corpus.vocabulary[corpus.shown].reset_index(drop=True)
    table = pd.DataFrame(
        {
            "word": vocabulary["word"],
            "a": a,
            "b": b,
            "k": used.sum(axis=0),
            "g2": np.asarray(log_likelihood(a, b, c, d)),
            "log_ratio": ratio,
            "guide": vocabulary["guide"],
            "standing": "sensitivity",
        }
    )
    shared = quotable & (table["k"] >= MINIMUM).to_numpy()
    table = table[shared & (ratio > 0) & (table["g2"] > CRITICAL).to_numpy()]
    return table.iloc[ordered(table["g2"], table["word"])[:TOP]]
