"""Codes with their counts in the order of the codebook's tree, and notes that may not be shown.

Shared by chapters about a panel; everything holds for any panel.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from analysis.panel.format import CONSENSUS
from analysis.panel.panel import Panel

#: So many words in a row from what an expert said make a note a quotation.
QUOTED_WORDS = 6

_WORD = re.compile(r"\w+")
_ID = re.compile(r"[a-z0-9_-]+")


def tree(panel: Panel) -> pd.DataFrame:
    """The codebook with each theme before its codes, both in the codebook's order.

    Adds ``theme`` (the id of the theme, its own of a theme), ``theme_name``, ``level`` (1 for a
    theme, 2 for a code under one) and ``leaf`` (no codes under it). Empty cells are empty text.
    """
    book = panel.codebook.astype(object)
    book = book.where(book.notna(), "").reset_index(drop=True)
    under = book["parent_id"] != ""
    book["theme"] = book["parent_id"].where(under, book["code_id"])
    names = dict(zip(book["code_id"], book["name"], strict=True))
    book["theme_name"] = book["theme"].map(names)
    book["level"] = np.where(under, 2, 1)
    book["leaf"] = ~book["code_id"].isin(set(book["parent_id"]))
    place = {code: row for row, code in enumerate(book["code_id"])}
    order = np.lexsort((book.index, book["level"], book["theme"].map(place)))
    return book.iloc[order].reset_index(drop=True)


def code_counts(panel: Panel, coder: str = CONSENSUS) -> pd.DataFrame:
    """:func:`tree` with how many experts raised and opposed each theme and code.

    A theme is raised by whoever raised it or a code under it. ``raised``, ``opposed`` and ``both``
    count experts who did so in some statement (whoever did both is in all three), ``n`` those of
    whom the coder coded a statement; ``statements`` counts the statements that have the code in
    either stance, ``statements_opposed`` those that oppose it.
    """
    out = tree(panel)
    place = {code: row for row, code in enumerate(out["code_id"])}
    columns = ("raised", "opposed", "both", "n", "statements", "statements_opposed")
    found = {name: np.zeros(len(out), dtype=np.int64) for name in columns}
    for level in (2, 1):  # a theme without codes under it is in both, with the same numbers
        raised = panel.incidence(coder, "raises", level)
        opposed = panel.incidence(coder, "opposes", level).values
        given = panel.statement_incidence(coder, "any", level).values
        against = panel.statement_incidence(coder, "opposes", level).values
        rows = [place[code] for code in raised.codes]
        found["raised"][rows] = raised.values.sum(axis=0)
        found["opposed"][rows] = opposed.sum(axis=0)
        found["both"][rows] = (raised.values & opposed).sum(axis=0)
        found["n"][rows] = raised.coded.sum()
        found["statements"][rows] = given.sum(axis=0)
        found["statements_opposed"][rows] = against.sum(axis=0)
    return out.assign(**found)


def reveals(panel: Panel, notes: Iterable[str]) -> list[bool]:
    """Which notes give away what an expert said who did not agree to be quoted.

    Those that name such an expert or one of the expert's statements, or that repeat
    :data:`QUOTED_WORDS` words in a row from one or from its translation. They must not be shown.
    """
    experts, statements = panel.experts, panel.statements
    closed = set(experts["expert_id"][~experts["quotable"].to_numpy(np.bool_)])
    theirs = statements[statements["speaker"].isin(closed)]
    names = closed | set(theirs["statement_id"])
    texts = list(notes)
    runs = [_runs(text) for text in texts]
    wanted = set().union(*runs)
    said: set[tuple[str, ...]] = set()
    if wanted:
        for column in ("text", "text_en"):
            for text in theirs[column].dropna():
                said |= _runs(text) & wanted
    return [
        bool(names & set(_ID.findall(text.lower())) or run & said)
        for text, run in zip(texts, runs, strict=True)
    ]


def _runs(text: str) -> set[tuple[str, ...]]:
    """Every run of :data:`QUOTED_WORDS` words."""
    words = _WORD.findall(text.lower())
    return {tuple(words[i : i + QUOTED_WORDS]) for i in range(len(words) - QUOTED_WORDS + 1)}
