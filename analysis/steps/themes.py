"""The codes of a task: who raised, opposed or passed over each, and how firm their order is.

The chapters about the tasks share this. A code that an expert does not raise is not opposed:
raised, opposed, both, and neither are kept apart everywhere. Counts describe these experts; the
intervals hold if these experts were a random draw from similar ones.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.panel.format import CONSENSUS
from analysis.panel.panel import Panel
from analysis.panel.views_of_coding import BoolArray, FloatArray
from analysis.statistics import proportions
from analysis.steps.panel_tools import (
    CONFIDENCE,
    code_names,
    count_of,
    experts_table,
    listing,
    plural,
    quoted,
)

#: What an expert may have done with a code.
RAISED, OPPOSED, BOTH, SILENT = "raised", "opposed", "both", "neither"

THEME_COLUMNS = [
    "code",
    "label",
    "theme",
    "direction",
    "k",
    "n",
    "estimate",
    "low",
    "high",
    "standing",
    "opposed",
    "both",
    "silent",
    "sessions",
    "statements",
    "rank",
    "rank_low",
    "rank_high",
    "raised_by",
    "opposed_by",
]
STATE_COLUMNS = ["code", "label", "expert", "kind", "kind_name", "session", "state"]


def theme_table(
    panel: Panel,
    task: str,
    level: int = 2,
    directions: Sequence[str] = (),
    coder: str = CONSENSUS,
    confidence: float = CONFIDENCE,
) -> pd.DataFrame:
    """The codes of a task by how many experts raised them, the most raised first.

    Parameters
    ----------
    level
        2 for codes, 1 for the themes that hold them.
    directions
        Only codes of these directions; all if empty.

    Returns
    -------
    DataFrame
        One row a code, columns as in :data:`THEME_COLUMNS`: ``k`` of the ``n`` experts who were
        coded raised it (``estimate``, with a Wilson interval), ``opposed`` spoke against it,
        ``both`` did both and are in each of the two counts, ``silent`` did neither. ``sessions``
        is in how many sessions somebody raised it, ``statements`` in how many statements.
        ``rank`` counts from 1, ties share the smaller; ``rank_low`` to ``rank_high`` hold together
        for all rows (sign tests of each pair), NaN where there is nothing to rank.
        ``raised_by`` and ``opposed_by`` are ids of experts.
    """
    raised = panel.incidence(coder, "raises", level, task)
    against = panel.incidence(coder, "opposes", level, task)
    book = panel.codebook.set_index("code_id")
    parents = book["parent_id"].astype(object).fillna("").to_dict()
    chosen = [
        column
        for column, code in enumerate(raised.codes)
        if not directions or book.at[code, "direction"] in directions
    ]
    held = raised.values[raised.coded][:, chosen]
    opposed = against.values[raised.coded][:, chosen]
    ids = np.array(raised.experts, dtype=object)[raised.coded]
    session = panel.experts["session_id"].astype(str).to_numpy(dtype=object)[raised.coded]
    spoken = panel.statement_incidence(coder, "raises", level, task).values.sum(axis=0)
    names, ranks = code_names(panel), _ranks(held, confidence)
    rows = []
    for place, column in enumerate(chosen):
        code, yes, no = raised.codes[column], held[:, place], opposed[:, place]
        share = proportions.interval(int(yes.sum()), len(ids), confidence=confidence)
        rows.append(
            {
                "code": code,
                "label": names[code],
                "theme": names.get(parents[code], ""),
                "direction": str(book.at[code, "direction"]),
                "k": int(yes.sum()),
                "n": len(ids),
                "estimate": share.estimate,
                "low": share.low,
                "high": share.high,
                "standing": "model-based",
                "opposed": int(no.sum()),
                "both": int((yes & no).sum()),
                "silent": int((~yes & ~no).sum()),
                "sessions": len(set(session[yes])),
                "statements": int(spoken[column]),
                "rank": ranks[0][place],
                "rank_low": ranks[1][place],
                "rank_high": ranks[2][place],
                "raised_by": tuple(ids[yes]),
                "opposed_by": tuple(ids[no]),
            }
        )
    table = pd.DataFrame(rows, columns=THEME_COLUMNS)
    return table.sort_values("k", ascending=False, kind="stable").reset_index(drop=True)


def _ranks(held: BoolArray, confidence: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Ranks and their limits; NaN for fewer than two codes or two experts."""
    if held.shape[1] < 2:
        nothing = np.full(held.shape[1], np.nan)
        return nothing, nothing, nothing
    # sign tests do not resample, and how often a code comes first is not used: one resample
    found = proportions.rank_intervals(held, confidence=confidence, resamples=1)
    return found.estimate, found.low, found.high


def states(panel: Panel, task: str, level: int = 2, coder: str = CONSENSUS) -> pd.DataFrame:
    """What each expert did with each code: one row a code and expert.

    Columns :data:`STATE_COLUMNS`; ``state`` is raised, opposed, both or neither. Experts without
    coded statements are left out. Codes in the order of :func:`theme_table`, experts by kind.
    """
    found = panel.stances(coder, level, task)
    names = np.array([SILENT, RAISED, OPPOSED], dtype=object)[found.state]
    names[found.both] = BOTH
    experts = experts_table(panel, coder).query("coded").reset_index(drop=True)
    parts = []
    for row in theme_table(panel, task, level, coder=coder)[["code", "label"]].to_dict("records"):
        part = experts[["expert", "kind", "kind_name", "session"]].copy()
        part.insert(0, "label", row["label"])
        part.insert(0, "code", row["code"])
        part["state"] = names[experts["row"].to_numpy(), found.codes.index(row["code"])]
        parts.append(part)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=STATE_COLUMNS)


def without_codes(task: str) -> str:
    """The sentence that stands where a task has no codes."""
    return f"The codebook of this panel has no code for the task “{task}”, so nothing is counted."


def raised_any(panel: Panel, task: str, coder: str = CONSENSUS) -> tuple[int, int]:
    """How many of the coded experts raised any code of a task, and how many experts there are."""
    found = panel.incidence(coder, "raises", 1, task)
    held = found.values[found.coded]
    return int(held.any(axis=1).sum()), len(held)


# sentences about a table of codes; ``what`` is the word for one of them


def most_raised(table: pd.DataFrame, what: str = "code") -> str:
    """Which codes were raised by more experts than any other, ties together."""
    if table.empty:
        return f"There is no {what} to count."
    top, n = int(table["k"].max()), int(table["n"].iloc[0])
    if top == 0:
        return f"No {what} was raised by any of the {n}."
    names = table.loc[table["k"] == top, "label"].tolist()
    if len(table) == 1:
        return f"The only {what}, {quoted(names)}, was raised by {count_of(top, n)}."
    if len(names) == len(table):
        return f"Each of the {len(names)} {what}s was raised by {count_of(top, n)}."
    if len(names) == 1:
        return f"The most raised {what} is {quoted(names)}, by {count_of(top, n)}."
    return f"The most raised {what}s are {quoted(names)}, each by {count_of(top, n)}."


def top_interval(table: pd.DataFrame) -> tuple[int, int, float, float] | None:
    """``k``, ``n`` and the interval of the most raised code; None where nothing was raised."""
    if table.empty or table["k"].max() == 0:
        return None
    first = table.iloc[0]
    return int(first["k"]), int(first["n"]), float(first["low"]), float(first["high"])


def never_raised(table: pd.DataFrame, what: str = "code") -> str:
    """Which codes nobody raised, and whether anybody spoke against them."""
    if table.empty:
        return f"There is no {what} that nobody raised."
    none = table[table["k"] == 0]
    if none.empty:
        return f"Every {what} was raised by somebody."
    against = none[none["opposed"] > 0]
    names = f"any {what}" if len(none) == len(table) else quoted(none["label"].tolist())
    if against.empty:
        return f"Nobody raised {names}, and nobody spoke against {_them(none)} either."
    return f"Nobody raised {names}; somebody spoke against {quoted(against['label'].tolist())}."


def _them(rows: pd.DataFrame) -> str:
    return "it" if len(rows) == 1 else "them"


def opposition(table: pd.DataFrame, what: str = "code") -> str:
    """Which codes were opposed and by how many, the most opposed first."""
    if table.empty:
        return f"There is no {what} to oppose."
    against = table[table["opposed"] > 0].sort_values("opposed", ascending=False, kind="stable")
    if against.empty:
        return f"Nobody spoke against any {what}."
    n = int(table["n"].iloc[0])
    parts = [
        f"“{label}” (by {count_of(k, n)})"
        for label, k in zip(against["label"], against["opposed"], strict=True)
    ]
    if len(table) == 1:
        return f"Somebody spoke against {parts[0]}."
    return f"Somebody spoke against {count_of(len(against), len(table))} {what}s: {listing(parts)}."


def both_ways(table: pd.DataFrame, what: str = "code") -> str:
    """Which experts raised and opposed the same code."""
    parts = []
    for row in table[table["both"] > 0].to_dict("records"):
        who = [expert for expert in row["raised_by"] if expert in row["opposed_by"]]
        parts.append(f"{listing(who)} (“{row['label']}”)")
    if not parts:
        return f"No expert both raised and opposed the same {what}."
    return f"Raised and opposed the same {what}, in different statements: {listing(parts)}."


def settled_pairs(table: pd.DataFrame) -> int:
    """In how many pairs of codes one is surely raised by more similar experts."""
    return 0 if table["rank_low"].isna().any() else int((table["rank_low"] - 1).sum())


def order(table: pd.DataFrame, what: str = "code") -> str:
    """How much of the order of the codes is settled, and where the first could stand."""
    if len(table) < 2:
        return f"With {'one' if len(table) else 'no'} {what} there is nothing to rank."
    if table["rank_low"].isna().any():
        return "With one expert there is no order that another draw of experts could confirm."
    pairs, settled = math.comb(len(table), 2), settled_pairs(table)
    if pairs == 1:
        return f"The order of the two {what}s is {'settled' if settled else 'not settled'}."
    text = f"The order is settled for {count_of(settled, pairs)} pairs of {what}s."
    first = table[table["k"] == table["k"].max()]
    if len(first) == len(table):
        return f"{text} In this panel all stand level."
    low, high = int(first["rank_low"].min()), int(first["rank_high"].max())
    stands = "stands" if len(first) == 1 else "stand"
    place = f"rank {low}" if low == high else f"any rank from {low} to {high}"
    return (
        f"{text} In this panel {quoted(first['label'].tolist())} {stands} first; among similar "
        f"experts that could be {place} of {len(table)}."
    )


def by_theme(themes: pd.DataFrame, codes: pd.DataFrame) -> str:
    """The counts of the themes (level 1) that hold the codes (level 2)."""
    if themes.empty:
        return "There is no theme to count."
    if set(themes["code"]) == set(codes["code"]):
        return "The codebook has one level for this task: no theme holds codes."
    n = int(themes["n"].iloc[0])
    parts = [
        f"“{label}” (raised by {count_of(k, n)})"
        for label, k in zip(themes["label"], themes["k"], strict=True)
    ]
    return f"The codes belong to {plural(len(themes), 'theme')}: {listing(parts)}."
