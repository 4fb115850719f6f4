"""The kinds of result of the chapter on coding reliability, and what its sentences share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from analysis.steps.coding_reliability.analysis import CodingReliability
from analysis.steps.coding_reliability.coefficients import COUNTED
from analysis.steps.coding_reliability.sheets import records
from analysis.steps.panel_tools import CONFIDENCE, start, text_result, two
from analysis.steps.results import Result

#: What a sentence says, after its subject, where no statement was coded twice.
NOT_COMPUTED = "not computed, for no statement was coded by more than one coder."
#: What a share says where there is nothing to count.
NOTHING = "nothing to count"
#: The most names in one sentence.
NAMES = 3
HERE = "analysis.steps.coding_reliability"
BY_EXPERTS = f"BCa bootstrap of whole experts, {round(100 * CONFIDENCE)}%"
BY_SESSIONS = f"BCa bootstrap of whole sessions, {round(100 * CONFIDENCE)}%"


def share(
    id: str,
    label: str,
    k: int,
    n: int,
    function: str,
    standing: str = "description",
) -> Result:
    """A count of statements or codes with its share; words where there is none to count."""
    dotted = f"{HERE}.{function}"
    if not n:
        return text_result(id, label, NOTHING, dotted, "nothing to count", standing, n=0)
    return Result(id, label, k / n, "share", standing, "count", dotted, k=k, n=n)


def sentence(
    id: str,
    label: str,
    function: str,
    found: CodingReliability,
    say: Callable[[CodingReliability], str],
    standing: str = "description",
) -> Result:
    """A sentence about double-coded statements, or the one that says there are none."""
    value = f"{start(label)}: {NOT_COMPUTED}" if found.pair is None else say(found)
    return text_result(id, label, value, f"{HERE}.{function}", standing=standing)


def interval_text(
    id: str, label: str, function: str, low: float, high: float, method: str
) -> Result:
    """An interval in words, with its limits."""
    value = span(low, high)
    dotted = f"{HERE}.{function}"
    return text_result(id, label, value, dotted, method, "model-based", low=low, high=high)


def span(low: float, high: float) -> str:
    """The limits of an interval in words; "not defined" where there is none."""
    return "not defined" if np.isnan(low) or np.isnan(high) else f"{two(low)} to {two(high)}"


def with_interval(value: float, low: float, high: float) -> str:
    """A value and its interval in words."""
    if np.isnan(value):
        return "not defined"
    if np.isnan(low) or np.isnan(high):
        return f"{two(value)}, without an interval"
    return f"{two(value)}, with the interval {span(low, high)}"


def ranged(values: pd.Series[float]) -> str:
    """A range in words: "0.92 to 1.00"; one number where all are printed alike."""
    known = values.dropna()
    if known.empty:
        return "not defined"
    low, high = two(float(known.min())), two(float(known.max()))
    return low if low == high else f"{low} to {high}"


def tied(table: pd.DataFrame, column: str, value: float) -> list[str]:
    """The names of the rows whose ``column`` is printed like ``value``."""
    return [
        str(name)
        for name, v in zip(table["name"], table[column], strict=True)
        if not np.isnan(v) and two(v) == two(value)
    ]


def overall_row(found: CodingReliability, level: str) -> dict[str, Any]:
    """The row of the set-valued alpha at one level, codes given in any stance."""
    rows = records(found.overall)
    return next(r for r in rows if (r["level"], r["counted"]) == (level, COUNTED["any"]))


def pair_row(found: CodingReliability) -> dict[str, Any]:
    """The row of the compared pair in the table of pairs."""
    return next(row for row in records(found.pairs) if (row["first"], row["second"]) == found.pair)
