"""The rated items of a panel: how the answers are distributed, and how far experts agree."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.panel.panel import Panel
from analysis.panel.views_of_coding import FloatArray
from analysis.statistics import consensus
from analysis.steps.panel_tools import (
    CONFIDENCE,
    count_of,
    experts_table,
    item_names,
    listing,
    plural,
    quoted,
    two,
    whole_or_half,
)

#: A scale with more values than this gets no A and no Cns: few experts share a value.
MOST_CATEGORIES = 60

ITEM_COLUMNS = [
    "item",
    "label",
    "text",
    "low_end",
    "high_end",
    "n",
    "unanswered",
    "median",
    "q1",
    "q3",
    "iqr",
    "a",
    "low",
    "high",
    "cns",
    "counts",
    "reason",
    "standing",
]
ANSWER_COLUMNS = ["expert", "kind_name", "item", "label", "value", "low_end", "high_end"]


@dataclass(frozen=True)
class Items:
    """Rated items.

    ``table`` has one row an item (see :func:`item_table`), ``answers`` one row an answer
    (:data:`ANSWER_COLUMNS`). ``w`` is Kendall's W over the items. The tables are empty without
    items, and ``missing`` then says why.
    """

    table: pd.DataFrame
    answers: pd.DataFrame
    w: consensus.KendallW
    missing: str = ""


def items(panel: Panel, task: str, only: Sequence[str] | None = None) -> Items:
    """The rated items of a task, or those named in ``only``."""
    if not panel.has("ratings"):
        return _none("This panel has no ratings (items.csv and ratings.csv).")
    ratings, tasks = panel.ratings(), panel.frames["items"]["task"].tolist()
    wanted = [i for i, name in enumerate(tasks) if name == task]
    if only is not None:
        wanted = [i for i, item in enumerate(ratings.items) if item in only]
    if not wanted:
        return _none(f"None of the rated items of this panel belongs to the task “{task}”.")
    w = consensus.kendall_w(ratings.values[:, wanted])
    if len({(ratings.low[i], ratings.high[i]) for i in wanted}) > 1:
        reason = "the items have different scales"
        w = _no_w(w, reason)
    names, rows = item_names(panel), []
    for i in wanted:
        for expert in experts_table(panel).to_dict("records"):
            value = float(ratings.values[expert["row"], i])
            if not math.isnan(value):
                item = ratings.items[i]
                ends = float(ratings.low[i]), float(ratings.high[i])
                rows.append(
                    (expert["expert"], expert["kind_name"], item, names[item], value, *ends)
                )
    return Items(item_table(panel, wanted), pd.DataFrame(rows, columns=ANSWER_COLUMNS), w)


def _no_w(w: consensus.KendallW, reason: str) -> consensus.KendallW:
    nan = math.nan
    return consensus.KendallW(nan, nan, nan, nan, nan, w.n, w.items, w.left_out, reason=reason)


def _none(why: str) -> Items:
    w = _no_w(consensus.kendall_w(np.empty((0, 0))), "there are no ratings")
    empty = pd.DataFrame(columns=ITEM_COLUMNS), pd.DataFrame(columns=ANSWER_COLUMNS)
    return Items(*empty, w, why)


def item_table(panel: Panel, places: Sequence[int]) -> pd.DataFrame:
    """Median, quartiles and agreement of the items in the given rows of ``items.csv``.

    Columns :data:`ITEM_COLUMNS`: ``n`` answered and ``unanswered`` did not; ``a`` is van der Eijk's
    A with a bootstrap interval over experts, ``low`` to ``high``; ``cns`` Tastle and Wierman's
    Cns; ``counts`` how many experts gave each value, in order. ``counts`` is None, and A and Cns
    are NaN, with the ``reason``, where the scale is not a short one of whole numbers.
    """
    ratings, texts, names = panel.ratings(), panel.frames["items"]["text"], item_names(panel)
    rows = []
    for i in places:
        answers = ratings.values[:, i]
        given = answers[~np.isnan(answers)]
        low, high = float(ratings.low[i]), float(ratings.high[i])
        middle = consensus.median_iqr(answers)
        counts = category_counts(given, low, high)
        row: dict[str, object] = {
            "item": ratings.items[i],
            "label": names[ratings.items[i]],
            "text": texts.iloc[i],
            "low_end": low,
            "high_end": high,
            "n": len(given),
            "unanswered": len(answers) - len(given),
            "median": middle.median,
            "q1": middle.q1,
            "q3": middle.q3,
            "iqr": middle.iqr,
            "a": math.nan,
            "low": math.nan,
            "high": math.nan,
            "cns": math.nan,
            "counts": counts,
            "reason": "the scale is not a short one of whole numbers",
            "standing": "model-based",
        }
        if counts is not None:
            a = consensus.bootstrap_interval(counts, "agreement_a", confidence=CONFIDENCE)
            cns = consensus.consensus_cns(counts)
            row |= {"a": a.estimate, "low": a.low, "high": a.high, "cns": cns.estimate}
            row["reason"] = a.reason
        rows.append(row)
    return pd.DataFrame(rows, columns=ITEM_COLUMNS)


def category_counts(values: FloatArray, low: float, high: float) -> tuple[int, ...] | None:
    """How many answers each value of a scale got; None if it is not a short whole-number scale."""
    if low % 1 or high % 1 or high - low >= MOST_CATEGORIES:
        return None
    return tuple(int((values == step).sum()) for step in np.arange(low, high + 1))


# sentences


def medians(found: Items) -> str:
    """Which items have the highest and the lowest median."""
    table = found.table.dropna(subset="median")
    if table.empty:
        return "Without ratings there is no median."
    if len(table) == 1:
        return f"The only item, {quoted(table['label'].tolist())}, has {_middle(table.iloc[0])}."
    if table[["low_end", "high_end"]].drop_duplicates().shape[0] > 1:
        return "The items have different scales, so their medians are not compared."
    top, bottom = table["median"].max(), table["median"].min()
    if top == bottom:
        return f"All {len(table)} items have the median {whole_or_half(top)}."
    return f"Highest: {_at(table, top)}. Lowest: {_at(table, bottom)}."


def _middle(row: pd.Series) -> str:
    q1, q3 = whole_or_half(row["q1"]), whole_or_half(row["q3"])
    half = f"all of the middle half at {q1}" if q1 == q3 else f"middle half from {q1} to {q3}"
    return f"the median {whole_or_half(row['median'])} ({half})"


def _at(table: pd.DataFrame, median: float) -> str:
    rows = table[table["median"] == median]
    if len(rows) == 1:
        return f"{quoted(rows['label'].tolist())} with {_middle(rows.iloc[0])}"
    return f"{quoted(rows['label'].tolist())}, each with the median {whole_or_half(median)}"


def agreement(found: Items) -> str:
    """On which item experts agree most and least, by A."""
    table = found.table.dropna(subset="a")
    if table.empty:
        return f"A is not defined: {_reason(found)}."
    most, least = table["a"].max(), table["a"].min()
    if two(most) == two(least):
        return f"On each item A is {two(most)}."
    top, bottom = (
        table.loc[table["a"].map(two) == two(v), "label"].tolist() for v in (most, least)
    )
    return (
        f"Most agreement: {quoted(top)} (A = {two(most)}); "
        f"least: {quoted(bottom)} (A = {two(least)})."
    )


def _reason(found: Items) -> str:
    reasons = [reason for reason in found.table["reason"] if reason]
    return reasons[0] if reasons else "there are no ratings"


def concordance(found: Items) -> str:
    """What Kendall's W is, from whom, or why it is not defined."""
    w = found.w
    if math.isnan(w.estimate):
        return f"Kendall's W is not defined: {w.reason}."
    left = f" ({plural(w.left_out, 'expert')} without all ratings left out)" if w.left_out else ""
    return (
        f"Kendall's W over the {w.items} items is {two(w.estimate)}, from {plural(w.n, 'expert')}"
        f"{left}."
    )


def answered(found: Items, experts: int) -> str:
    """How many answers there are, and for which items some are missing."""
    table = found.table
    if table.empty:
        return found.missing
    missing = table[table["unanswered"] > 0]
    if missing.empty:
        return f"Every item was rated by {count_of(experts, experts)}."
    parts = [
        f"“{label}” was rated by {count_of(n, experts)}"
        for label, n in zip(missing["label"], missing["n"], strict=True)
    ]
    others = "" if len(missing) == len(table) else "; the others were rated by all"
    return f"Answers are missing: {listing(parts)}{others}."
