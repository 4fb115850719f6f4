"""The tables of the chapter on robustness."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analysis.display import wording
from analysis.display.tables import Sheet, sheet
from analysis.steps.panel_tools import start
from analysis.steps.robustness.sentences import MOST, reading_words, some

if TYPE_CHECKING:
    import pandas as pd

    from analysis.steps.robustness.analysis import Robustness

#: The most readings that have a column of their own.
MOST_READINGS = 8


# readings side by side


def readings(found: Robustness) -> Sheet:
    """How many experts raise each code that is followed, reading by reading."""
    out = found.by_reading[["label", "n"]].copy()
    heads = {"label": "Code"}
    for row, reading in enumerate(found.of.readings[:MOST_READINGS]):
        name = f"reading{row}"
        heads[name] = wording_start(reading_words(reading))
        out[name] = [
            wording.count_of(k, n) if row == 0 else str(k)
            for k, n in zip(found.by_reading[str(row)], out["n"], strict=True)
        ]
    more = len(found.of.readings) > MOST_READINGS
    heads["span"] = "Least to most, all readings" if more else "Least to most"
    spans = zip(found.by_reading["least"], found.by_reading["most"], strict=True)
    out["span"] = [str(a) if a == b else f"{a} to {b}" for a, b in spans]
    return sheet(
        frame=out,
        caption="Experts who raise each code, by whose coding is taken and whether echoes count",
        columns=heads,
    )


def wording_start(text: str) -> str:
    """The text with a capital letter, without "the" before it."""
    return start(text.removeprefix("the "))


# errors of coding

RATE_COLUMNS = {
    "label": "Code",
    "missing": "Missed",
    "adding": "Added",
    "miss_rate": "Rate of missing, drawn around",
    "add_rate": "Rate of adding, drawn around",
}


def rates(table: pd.DataFrame) -> Sheet:
    """How often each code was missed and added."""
    out = table.copy()
    out["missing"] = [f"{k} of {n}" for k, n in zip(out["missed"], out["given"], strict=True)]
    out["adding"] = [f"{k} of {n}" for k, n in zip(out["added"], out["free"], strict=True)]
    return sheet(
        frame=out,
        caption="Errors of coders against the consensus, code by code (raising)",
        columns=RATE_COLUMNS,
        formats={"miss_rate": 3, "add_rate": 4},
        folded=True,
    )


# what holds

HOLD_COLUMNS = {
    "finding": "Finding",
    "reading": "Other readings",
    "expert": "One expert left out",
    "session": "One session left out",
    "stakeholder": "One kind left out",
    "all": "All analyses",
    "draws": "Experts drawn",
    "draws_error": "Errors drawn too",
}


def holds(table: pd.DataFrame) -> Sheet:
    """In how many analyses, and in what share of drawn panels, each finding is kept."""
    out = table.copy()
    for name in ("reading", "expert", "session", "stakeholder", "all"):
        pairs = zip(table[f"{name}_kept"], table[f"{name}_of"], strict=True)
        out[name] = [f"{k} of {n}" if n else "–" for k, n in pairs]
    return sheet(
        frame=out,
        caption="What holds: analyses, and the share of drawn panels, in which a finding is kept",
        columns=HOLD_COLUMNS,
        formats={"draws": 2, "draws_error": 2},
    )


def overturned(table: pd.DataFrame) -> Sheet:
    """What overturns a finding: those that some analysis does not keep."""
    out = table[table["flips"].map(len) > 0].copy()
    out["not_kept"] = [some(flips) for flips in out["flips"]]
    return sheet(
        frame=out,
        caption="What overturns a finding",
        columns={"finding": "Finding", "not_kept": "Not kept"},
    )


ORDER_COLUMNS = {
    "task": "Task",
    "codes": "Codes",
    "tau": "Least tau",
    "least_by": "In",
    "all": "Least tau, all analyses",
    "drawn": "Median tau, experts drawn",
    "drawn_error": "Errors drawn too",
}
LEADING_COLUMNS = {
    "task": "Task",
    "label": "Leading code",
    "ranks": "Its ranks, experts drawn",
    "ranks_error": "Its ranks, errors drawn too",
}


def orders(table: pd.DataFrame) -> Sheet:
    """How far the order of the codes of each task stays."""
    return sheet(
        frame=table.assign(least_by=[some(by, 1) for by in table["by"]]),
        caption="How far the order of the codes stays (Kendall's tau-b, 1 for the same order)",
        columns=ORDER_COLUMNS,
        formats=dict.fromkeys(("tau", "all", "drawn", "drawn_error"), 2),
    )


def leading(table: pd.DataFrame) -> Sheet:
    """Where the leading code of each task ranks in drawn panels."""
    out = table.copy()
    for error in ("", "_error"):
        pairs = zip(table[f"rank_low{error}"], table[f"rank_high{error}"], strict=True)
        out[f"ranks{error}"] = [
            "–" if math.isnan(low) else wording.interval(low, high, 0) for low, high in pairs
        ]
    return sheet(
        frame=out,
        caption="The leading code of each task in drawn panels",
        columns=LEADING_COLUMNS,
    )


WORDING_COLUMNS = {
    "sentence": "Sentence",
    "task": "Task",
    "word": "Word for word",
    "codes": "Same codes named",
    "not_kept": "Other codes named",
}


def wordings(table: pd.DataFrame) -> Sheet:
    """How often each sentence comes out the same."""
    out = table.copy()
    for name, column in (("word", "same"), ("codes", "names")):
        out[name] = [f"{k} of {n}" for k, n in zip(table[column], table["of"], strict=True)]
    out["not_kept"] = [some(flips, MOST) for flips in table["flips"]]
    return sheet(
        frame=out,
        caption="Sentences of the chapters on the tasks, said again on the changed panel",
        columns=WORDING_COLUMNS,
    )
