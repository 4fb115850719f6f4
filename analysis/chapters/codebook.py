"""When codes came into a codebook, and which notes of the analysts may be shown."""

from __future__ import annotations

import re

import pandas as pd

from analysis.panel.faults import need
from analysis.panel.format import WITHHELD
from analysis.panel.panel import Panel
from analysis.privacy.folding import repeats

#: So many words in a row are a quotation.
QUOTED = 8

_TEXTS = ("definition", "include", "exclude")
_ID = re.compile(r"[a-z0-9_-]+")
#: No range of two ids is longer, in characters.
LONGEST = 200
#: What stands between the first and the last id of a range.
_TO = re.compile(r"\s*(?:-|–|—|\.\.\.?|…|to|through|bis|до|по)\s*")


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
    codes = panel.codes()[["label", "theme_label", "origin", "since"]]
    need(codes["since"].notna().any(), "The codebook does not say since when its codes are there.")
    codes["date"] = codes["since"].map(panel.changes.groupby("version")["date"].min())
    need(codes["date"].notna().any(), "No version of the codebook that brought a code is dated.")
    sessions = panel.sessions["date"]
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


def withheld(panel: Panel, notes: pd.Series, about: pd.Series | None = None) -> pd.Series:
    """The notes, with :data:`WITHHELD` in place of those that give away who must not be quoted.

    These are notes that name an expert who is not quotable, or one of the expert's statements (or
    a range of statements that holds one), and those that repeat :data:`QUOTED` words in a row of
    such a statement or of its translation.

    Parameters
    ----------
    about
        What each note is about: an id in it counts like one in the note.
    """
    if panel.frames["statements"].empty:
        return notes
    experts, said = panel.experts, panel.statements
    silent = experts.index[~experts["quotable"]]
    theirs = said[said["speaker"].isin(silent)]
    closed = set(silent) | set(theirs.index)
    texts = notes.fillna("").astype(str)
    named = texts if about is None else about.fillna("").astype(str) + " " + texts
    spoken = pd.concat([theirs["text"], theirs["text_en"]]).dropna().tolist()
    places = {statement: place for place, statement in enumerate(said.index)}
    hidden = [
        repeats(text, spoken, QUOTED) or not closed.isdisjoint(_ids(whole, places, said.index))
        for text, whole in zip(texts, named, strict=True)
    ]
    return notes.mask(pd.Series(hidden, notes.index, dtype=bool), WITHHELD)


def shown(panel: Panel) -> pd.DataFrame:
    """The codebook, its texts with :data:`WITHHELD` in place of those that give somebody away."""
    book = panel.codebook.astype("object")
    texts = [f"{name}{ending}" for name in _TEXTS for ending in ("", "_ru")]
    return book.assign(**{name: withheld(panel, book[name]) for name in texts})


def _ids(text: str, places: dict[str, int], order: pd.Index) -> set[str]:
    """What could be ids in a text, and the statements in between where two make a range."""
    found: set[str] = set()
    last, end = "", 0
    for match in _ID.finditer(text.lower()):
        first, token = _parted(match.group(), places)
        if not first and last and _TO.fullmatch(text.lower(), end, match.start()):
            first = last
        if first in places and token in places:
            low, high = sorted((places[first], places[token]))
            found.update(order[low : high + 1])
        found.add(token)
        if token in places:  # words such as "to" stand between the ends of a range
            last, end = token, match.end()
    return found


def _parted(token: str, places: dict[str, int]) -> tuple[str, str]:
    """The two ids of a range without blanks, such as s012-s015; else nothing and the token."""
    if token not in places and len(token) <= LONGEST:
        for at, letter in enumerate(token):
            if letter == "-" and token[:at] in places and token[at + 1 :] in places:
                return token[:at], token[at + 1 :]
    return "", token
