"""What no single cell can break: the rules that ``format.yml`` states, file by file."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pandas as pd

from analysis.panel.checks import Draft, NotReadError
from analysis.panel.format import LEAVING, META_FILE, MODERATOR

#: How much later than a session's length a statement may end, in seconds: lengths are rounded.
TOLERANCE = 60


def check_rules(draft: Draft) -> None:
    """Note every breach of a rule; what needs a column that is not there is passed over."""
    tables = (_experts, _times, _codebook, _changes, _coders, _coding, _stances, _items, _ratings)
    for check in (_files, *tables):
        with suppress(NotReadError):
            check(draft)


def _files(draft: Draft) -> None:
    if draft.meta and not draft.files & {"statements.csv", "codings.csv", "ratings.csv"}:
        expected = "statements.csv, codings.csv or ratings.csv: what was said, coded or rated"
        draft.faults.add("statements.csv", None, None, None, expected)


def _experts(draft: Draft) -> None:
    expert = draft["experts.expert_id"]
    reserved = "another id: moderator is reserved"
    draft.note("experts.expert_id", expert == MODERATOR, reserved)
    if draft.meta and draft.meta.mode == "individual":
        again, first = draft.repeated("experts", ["session_id"])
        expected = (
            "one expert in a session, for the mode in panel.yml is individual; "
            "{session} has {other} already"
        )
        values = {"session": draft["experts.session_id"], "other": expert.iloc[first]}
        draft.note("experts.session_id", again, expected, **values)
    if draft["experts.session_id"].isna().any() and not draft.faults.count:
        expected = "the session of each expert, for sessions.csv has several"
        draft.faults.add("experts.csv", None, "session_id", None, expected)


def _times(draft: Draft) -> None:
    start, end = draft["statements.start_s"], draft["statements.end_s"]
    # a time that is wrong is missing among the values, but its cell is not empty
    codes, distinct = draft.raw["statements"].cells["start_s"]
    blank = (distinct == "")[codes]
    draft.note("statements.start_s", blank & end.notna(), "a time, for end_s is given")
    draft.note("statements.end_s", end < start, "a time not before start_s, {start}", start=start)
    session, position = draft["statements.session_id"], draft["statements.position"]
    told = pd.DataFrame({"session": session, "position": position, "start": start}).dropna()
    told = told.sort_values(["session", "position"], kind="stable")
    previous = told.groupby("session", observed=True)["start"].shift().reindex(start.index)
    expected = "a time not before {start}, when the previous statement of the session starts"
    draft.note("statements.start_s", start < previous, expected, start=previous)
    minutes = draft.of(session, "sessions.session_id", "sessions.minutes").astype(float)
    draft.note(
        "statements.end_s",
        end > minutes * 60 + TOLERANCE,
        "a time within the {minutes} minutes of session {session}, which end at {seconds}",
        minutes=minutes,
        session=session,
        seconds=minutes * 60,
    )


def _codebook(draft: Draft) -> None:
    code, parent = (draft[f"codebook.{n}"].astype("object") for n in ("code_id", "parent_id"))
    known = code.dropna().drop_duplicates()
    far = parent[known.index].set_axis(known)
    place = first = pd.Series(np.arange(len(far)), known)
    for _ in range(len(far).bit_length()):  # each time twice as far up
        first, far = first.clip(upper=far.map(first)), far.map(far)
    circle = place.index[(first == place) & place.index.isin(far)]  # the first code of each
    draft.note("codebook.parent_id", code == parent, "another code, or nothing")
    expected = "no circle: the parents of {code} lead back to it"
    draft.note("codebook.parent_id", code.isin(circle) & (code != parent), expected, code=code)
    own = draft["codebook.task"].astype("object")
    task = draft.of(parent, "codebook.code_id", "codebook.task")
    expected = "{task}, the task of its parent {parent}"
    wrong = task.notna() & own.notna() & (task != own)
    draft.note("codebook.task", wrong, expected, task=task, parent=parent)


def _changes(draft: Draft) -> None:
    code, change = draft["codebook_changes.code_id"], draft["codebook_changes.change"]
    # where the change is wrong, it may have been one of these
    left = code[change.isin(LEAVING) | change.isna()]
    wrong = code.notna() & ~code.isin([*draft["codebook.code_id"], *left])
    expected = "a code_id of codebook.csv, or a change by which it left the codebook "
    draft.note("codebook_changes.code_id", wrong, expected + f"({', '.join(LEAVING)})")


def _coders(draft: Draft) -> None:
    working = set(draft["coded.coder"])
    for coder, line in (draft.coder_lines or {}).items():
        if coder not in working:
            expected = f"a coder of coded.csv; {coder} has no row there"
            draft.faults.add(META_FILE, line, "coders", coder, expected)
    chosen = draft.meta.consensus if draft.meta else ""
    if working and chosen and chosen not in {*working, "union", "agreed"}:
        expected = "union, agreed, or the id of a coder"
        draft.faults.add(META_FILE, None, "consensus", chosen, expected)


def _coding(draft: Draft) -> None:
    def pairs(table: str) -> pd.Series:
        pair = [draft[f"{table}.{name}"] for name in ("statement_id", "coder")]
        if any(str(column.dtype) != "category" for column in pair):
            raise NotReadError(table)  # what they refer to could not be read
        statement, coder = (column.cat.codes.astype(np.int64) for column in pair)
        return (statement * 1_000_000 + coder).where((statement >= 0) & (coder >= 0), -1)

    given = pairs("codings")
    wrong = (given >= 0) & ~given.isin(pairs("coded"))
    expected = "a statement that {coder} worked on, or a row for it in coded.csv"
    draft.note("codings.statement_id", wrong, expected, coder=draft["codings.coder"])


def _stances(draft: Draft) -> None:
    stance = draft["codings.stance"].astype("object").fillna("").to_numpy()
    again, first = draft.repeated("codings", ["statement_id", "coder", "code_id"])
    wrong = again & (stance != stance[first]) & (stance != "") & (stance[first] != "")
    expected = "one stance for a code in a statement; it has another in line {line}"
    draft.note("codings.stance", wrong, expected, first=first)


def _items(draft: Draft) -> None:
    low, high = draft["items.scale_min"], draft["items.scale_max"]
    draft.note("items.scale_max", high <= low, "a number above scale_min, {low}", low=low)


def _ratings(draft: Draft) -> None:
    item, value = draft["ratings.item_id"], draft["ratings.value"]
    low = draft.of(item, "items.item_id", "items.scale_min").astype(float)
    high = draft.of(item, "items.item_id", "items.scale_max").astype(float)
    outside = (value < low) | (value > high)
    expected = "a value from {low} to {high}, the scale of {item}"
    draft.note("ratings.value", (low < high) & outside, expected, low=low, high=high, item=item)
