"""Who speaks: when in each session, and how much of it."""

from __future__ import annotations

import math
from collections.abc import Collection

import pandas as pd
from matplotlib.figure import Figure

from analysis.draw import page as pages
from analysis.draw.page import EDGE, Entry, labelled, percent, point
from analysis.draw.style import BAR, BLUE, INK, MOST_ROWS, MUTED, PAGE, SMALL, picture


@picture("session", "speaker", "start", "end")
def talk(
    frame: pd.DataFrame,
    xlabel: str = "minutes from the beginning of the session",
    aside: Collection[str] = ("moderator",),
    width: float = PAGE,
) -> Figure:
    """Who speaks when: a row a speaker, a bar a turn, session under session.

    Columns ``session``, ``speaker``, ``start`` and ``end``, in minutes, in words so far or in
    positions. Speakers stand in the order in which they first speak, those ``aside`` last, in grey.
    """
    frame[["session", "speaker"]] = frame[["session", "speaker"]].map(pages.clean)
    order = frame.sort_values("start", kind="stable")
    sessions = list(dict.fromkeys(frame["session"]))
    places = sorted(
        dict.fromkeys(zip(order["session"], order["speaker"], strict=True)),
        key=lambda place: (sessions.index(place[0]), place[1] in aside),
    )
    shown = pd.DataFrame(places[:MOST_ROWS], columns=["group", "label"])
    page, axes, middles = labelled(
        shown, width, row=19, right=EDGE + 8, notes=[pages.first(places, "speakers")]
    )
    for (session, speaker), y in zip(places, middles, strict=False):
        turns = order[(order["session"] == session) & (order["speaker"] == speaker)]
        spans = list(zip(turns["start"], turns["end"] - turns["start"], strict=True))
        colour = MUTED if speaker in aside else BLUE
        axes.broken_barh(spans, (y - 5.5, 11), facecolor=colour, linewidth=0)
    axes.set_xlim(min(0, frame["start"].min()), frame["end"].max() or 1)
    page.scale(axes, xlabel)
    return page.figure


@picture("label", "share", optional="equal group note")
def shares(frame: pd.DataFrame, xlabel: str = "share of the words", width: float = PAGE) -> Figure:
    """Shares of the talk: a bar a speaker, with a tick where an equal share would be.

    Columns ``label`` and ``share`` (0 to 1); ``equal``, ``group`` (the session), and ``note``,
    which stands at the right in place of the percentage.
    """
    groups = list(dict.fromkeys(frame["group"]))
    ordered = frame.sort_values("group", key=lambda names: names.map(groups.index), kind="stable")
    shown = ordered.iloc[:MOST_ROWS]
    texts = [
        note or ("not known" if math.isnan(share) else percent(round(share, 2)))
        for note, share in zip(shown["note"], shown["share"], strict=True)
    ]
    entries: list[Entry] = []
    if shown["equal"].notna().any():
        entries = [("|", INK, True, "an equal share")]
    page, axes, middles = labelled(
        shown,
        width,
        22,
        entries,
        right=20 + pages.widest(texts),
        notes=[pages.first(frame, "speakers")],
    )
    bars = shown["share"].fillna(0)
    axes.set_xlim(0, 1.02 * max(bars.max(), shown["equal"].fillna(0).max(), 0.01))
    axes.barh(middles, bars, 12, **BAR)
    point(axes, shown["equal"].tolist(), middles, "|", INK, size=15, zorder=3)
    for y, text in zip(middles, texts, strict=True):
        page.write(width - EDGE, y, text, "right", SMALL)
    page.scale(axes, xlabel, form=percent)
    return page.figure
