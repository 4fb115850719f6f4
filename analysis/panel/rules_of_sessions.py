"""Rules of experts, speakers and times."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from analysis.panel.columns import Rule
from analysis.panel.drafts import Draft, Drafts, FloatArray
from analysis.panel.faults import Faults
from analysis.panel.format import MODERATOR, TABLES, TOLERANCE
from analysis.panel.rule_tools import by_target, note, plain


def reserved_expert(rule: Rule, drafts: Drafts, faults: Faults) -> None:
    """No expert has the moderator's id."""
    own = drafts.get("experts", "expert_id")
    if own is not None:
        wrong = (own.frame["expert_id"] == MODERATOR).to_numpy(np.bool_)
        note(own, "expert_id", wrong, lambda _: rule.expected, faults)


def one_expert(rule: Rule, drafts: Drafts, faults: Faults) -> None:
    """In individual interviews a session has one expert."""
    own = drafts.get("experts", "expert_id", "session_id")
    if own is None or drafts.meta is None or drafts.meta.mode != "individual":
        return
    sessions = pd.Series(drafts.codes("experts", "session_id"))
    wrong = (sessions.duplicated() & (sessions >= 0)).to_numpy()

    def expected(row: int) -> str:
        first = int(np.flatnonzero(sessions == sessions[row])[0])
        session, expert = own.text("session_id", row), own.text("expert_id", first)
        return rule.expected.format(session=session, first=expert)

    note(own, "session_id", wrong, expected, faults)


def speaker_session(rule: Rule, drafts: Drafts, faults: Faults) -> None:
    """A speaker takes part in the statement's session."""
    own = drafts.get("statements", "speaker", "session_id")
    experts = drafts.get("experts", "expert_id", "session_id")
    if own is None or experts is None:
        return
    homes = by_target(drafts, "statements", "speaker", drafts.codes("experts", "session_id"))
    speaker = drafts.codes("statements", "speaker")
    session = drafts.codes("statements", "session_id")
    home = np.where(speaker >= 0, homes[speaker], -1)
    wrong = (home >= 0) & (session >= 0) & (home != session)
    wrong &= (own.frame["speaker"] != MODERATOR).to_numpy(np.bool_)
    reference = TABLES["statements"].reference("session_id")
    sessions = drafts.targets(reference) if reference else None

    def expected(row: int) -> str:
        return rule.expected.format(
            session=own.text("session_id", row),
            speaker=own.text("speaker", row),
            other="" if sessions is None else sessions[home[row]],
        )

    note(own, "speaker", wrong, expected, faults)


def _the_same(expected: str, row: int) -> str:
    return expected


def times_both(rule: Rule, drafts: Drafts, faults: Faults) -> None:
    """A statement has both times or neither."""
    own = drafts.get("statements", "start_s", "end_s")
    if own is None:
        return
    for column, other in (("start_s", "end_s"), ("end_s", "start_s")):
        empty = own.right[column] & ~own.filled(column)
        note(
            own,
            column,
            empty & own.filled(other),
            partial(_the_same, rule.expected.format(other=other)),
            faults,
        )


def times_forward(rule: Rule, drafts: Drafts, faults: Faults) -> None:
    """A statement does not end before it starts."""
    own = drafts.get("statements", "start_s", "end_s")
    if own is None:
        return
    start, end = own.numbers("start_s"), own.numbers("end_s")
    note(
        own,
        "end_s",
        end < start,
        lambda row: rule.expected.format(start=plain(start[row])),
        faults,
    )


def times_order(rule: Rule, drafts: Drafts, faults: Faults) -> None:
    """A statement does not start before the previous one of its session started."""
    own = drafts.get("statements", "session_id", "position", "start_s")
    if own is None:
        return
    session = drafts.codes("statements", "session_id")
    position, start = own.numbers("position"), own.numbers("start_s")
    told = np.flatnonzero((session >= 0) & ~np.isnan(position) & ~np.isnan(start))
    order = told[np.lexsort((position[told], session[told]))]
    previous = np.full(len(own), np.nan)
    same = session[order[1:]] == session[order[:-1]]
    previous[order[1:][same]] = start[order[:-1][same]]
    note(
        own,
        "start_s",
        start < previous,
        lambda row: rule.expected.format(start=plain(previous[row])),
        faults,
    )


def times_within(rule: Rule, drafts: Drafts, faults: Faults) -> None:
    """A statement ends within its session's length."""
    own = drafts.get("statements", "session_id", "end_s")
    sessions = drafts.get("sessions", "session_id", "minutes")
    if own is None or sessions is None:
        return
    minutes = _session_minutes(drafts, sessions)[drafts.codes("statements", "session_id")]
    note(
        own,
        "end_s",
        own.numbers("end_s") > minutes * 60 + TOLERANCE,
        lambda row: rule.expected.format(
            minutes=plain(minutes[row]),
            session=own.text("session_id", row),
            seconds=plain(minutes[row] * 60),
        ),
        faults,
    )


def _session_minutes(drafts: Drafts, sessions: Draft) -> FloatArray:
    """The length of each session that a statement can refer to, and NaN last, for the code -1."""
    length = sessions.numbers("minutes")
    rows = np.arange(len(sessions), dtype=np.int32)
    row = by_target(drafts, "statements", "session_id", rows)
    return np.where(row >= 0, length[row], np.nan) if len(length) else np.full(len(row), np.nan)
