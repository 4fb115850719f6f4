"""When codes came into a codebook."""

from __future__ import annotations

import pandas as pd

from analysis.panel.faults import need
from analysis.panel.panel import Panel


def dated(panel: Panel) -> pd.DataFrame:
    """Since when each code stands in the codebook, set against the sessions: one row a code.

    ``label``, ``theme_label``, ``origin`` (in the codebook's words), ``since`` (a version), its
    ``date`` (the first day on which a change led to it), ``days`` after the first session (NaN
    where only a month is known) and ``when``: before, during or after the sessions, or not known.

    Raises
    ------
    NotInPanel
        If the codebook does not say since when a code is there, or no version has a date.
    """
    codes = panel.codes()[["label", "theme_label", "origin", "since"]].astype({"origin": "str"})
    need(codes["since"].notna().any(), "The codebook does not say since when its codes are there.")
    codes["date"] = codes["since"].map(panel.changes.groupby("version")["date"].min())
    need(codes["date"].notna().any(), "No version of the codebook that brought a code is dated.")
    sessions = panel.sessions["date"]
    need(sessions.notna().all(), "Of some sessions it is not known when they were held.")
    codes["days"] = days_after(codes["date"], sessions.min())
    when = [_when(date, sessions.min(), sessions.max()) for date in codes["date"]]
    return codes.assign(when=pd.Categorical(when, ["before", "during", "after", "not known"]))


def days_after(dates: pd.Series, first: str) -> pd.Series:
    """How many days after ``first`` each date is; NaN where one of the two is only a month."""
    starts = pd.Series(first, index=dates.index)
    days, start = (
        pd.to_datetime(given.astype("object"), format="%Y-%m-%d", errors="coerce")
        for given in (dates, starts)
    )
    return (days - start).dt.days


def _when(date: object, first: str, last: str) -> str:
    if not isinstance(date, str):
        return "not known"
    if _earlier(date, first):
        return "before"
    if _earlier(last, date):
        return "after"
    months = len(date) < len(first) or len(first) < len("2021-12-07") or len(last) < len(first)
    return "not known" if months else "during"


def _earlier(one: str, other: str) -> bool:
    """Whether a date is surely earlier than another: a day may be compared with a month."""
    shorter = min(len(one), len(other))
    return one[:shorter] < other[:shorter]
