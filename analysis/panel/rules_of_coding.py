"""Rules of the codebook and of coding."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from analysis.panel.columns import Rule
from analysis.panel.drafts import Draft, Drafts
from analysis.panel.faults import Faults
from analysis.panel.format import CONSENSUS, LEAVING, META_FILE, MODERATOR
from analysis.panel.rule_tools import by_target, note


def moderator_uncoded(rule: Rule, drafts: Drafts, faults: Faults) -> None:
    """What the moderator says is not coded."""
    statements = drafts.get("statements", "statement_id", "speaker")
    if statements is None:
        return
    moderator = (statements.frame["speaker"] == MODERATOR).to_numpy().astype(np.int32)
    for name in ("coded", "codings"):
        own = drafts.get(name, "statement_id", "coder")
        if own is None:
            continue
        spoken = by_target(drafts, name, "statement_id", moderator)
        wrong = spoken[drafts.codes(name, "statement_id")] == 1
        note(own, "statement_id", wrong, lambda _: rule.expected, faults)


def coding_within(rule: Rule, drafts: Drafts, faults: Faults) -> None:
    """A coder gives codes only to statements that the coder worked on."""
    coded = drafts.get("coded", "statement_id", "coder")
    own = drafts.get("codings", "statement_id", "coder")
    if coded is None or own is None or drafts.meta is None:
        return
    coders = len(drafts.meta.coders) + 2

    def pairs(name: str) -> NDArray[np.int64]:
        statement = drafts.codes(name, "statement_id").astype(np.int64)
        return statement * coders + drafts.codes(name, "coder")

    told = (drafts.codes("codings", "statement_id") >= 0) & (drafts.codes("codings", "coder") >= 0)
    wrong = told & ~np.isin(pairs("codings"), pairs("coded"))
    note(
        own,
        "statement_id",
        wrong,
        lambda row: rule.expected.format(coder=own.text("coder", row)),
        faults,
    )


def _coders_at_work(drafts: Drafts) -> set[str] | None:
    own = drafts.get("coded", "coder")
    return None if own is None else set(own.frame["coder"].cat.categories)


def coder_works(rule: Rule, drafts: Drafts, faults: Faults) -> None:
    """Every coder that is listed worked on something."""
    working = _coders_at_work(drafts)
    if working is None or drafts.coder_lines is None:
        return
    for coder, line in drafts.coder_lines.items():
        if coder not in working:
            faults.add(META_FILE, line, "coders", coder, rule.expected.format(coder=coder))


def consensus_present(rule: Rule, drafts: Drafts, faults: Faults) -> None:
    """The resolved coding is there."""
    working = _coders_at_work(drafts)
    if working and CONSENSUS not in working:
        faults.add(rule.file, None, "coder", None, rule.expected)


def _codebook(drafts: Drafts) -> tuple[Draft, dict[str, int]] | None:
    """The codebook, and the first row of each code."""
    own = drafts.get("codebook", "code_id", "parent_id")
    if own is None:
        return None
    rows: dict[str, int] = {}
    for row, code in enumerate(own.frame["code_id"].tolist()):
        rows.setdefault(code, row)
    return own, rows


def _ancestors(own: Draft, rows: dict[str, int], row: int) -> tuple[list[str], str]:
    """The parent, its parent and so on, and how it goes on.

    ``end`` at a code without a parent, ``back`` to the code in ``row``, or ``round`` in a circle
    of others.
    """
    code = own.text("code_id", row)
    chain: list[str] = []
    parent = own.text("parent_id", row)
    while parent in rows and parent not in chain:
        chain.append(parent)
        if parent == code:
            return chain, "back"
        parent = own.text("parent_id", rows[parent])
    return chain, "round" if parent in chain else "end"


def _chains(found: tuple[Draft, dict[str, int]] | None) -> Iterable[tuple[int, list[str], str]]:
    if found:
        own, rows = found
        for row in np.flatnonzero(own.filled("parent_id")).tolist():
            yield row, *_ancestors(own, rows, row)


def parent_self(rule: Rule, drafts: Drafts, faults: Faults) -> None:
    """No code is its own parent."""
    found = _codebook(drafts)
    if found:
        own, _ = found
        same = own.frame["code_id"].to_numpy() == own.frame["parent_id"].to_numpy()
        wrong = np.asarray(same, dtype=np.bool_) & own.filled("parent_id")
        note(own, "parent_id", wrong, lambda _: rule.expected, faults)


def parent_cycle(rule: Rule, drafts: Drafts, faults: Faults) -> None:
    """Parents do not run in a circle."""
    found = _codebook(drafts)
    for row, chain, way in _chains(found):
        if found and way == "back" and len(chain) > 1:
            own = found[0]
            expected = rule.expected.format(code=own.text("code_id", row))
            line, seen = int(own.lines[row]), own.text("parent_id", row)
            faults.add(rule.file, line, "parent_id", seen, expected)


def parent_level(rule: Rule, drafts: Drafts, faults: Faults) -> None:
    """A parent has no parent."""
    found = _codebook(drafts)
    for row, chain, way in _chains(found):
        if found and way == "end" and len(chain) > 1:
            own = found[0]
            expected = rule.expected.format(parent=chain[0], above=chain[1])
            faults.add(rule.file, int(own.lines[row]), "parent_id", chain[0], expected)


def parent_task(rule: Rule, drafts: Drafts, faults: Faults) -> None:
    """A code belongs to its parent's task."""
    found = _codebook(drafts)
    if not found or not found[0].has("task"):
        return
    own, rows = found
    told = own.filled("task")
    for row in np.flatnonzero(own.filled("parent_id") & told).tolist():
        parent = own.text("parent_id", row)
        above = rows.get(parent)
        if above is None or not told[above]:
            continue
        task, seen = own.text("task", above), own.text("task", row)
        if task != seen:
            expected = rule.expected.format(task=task, parent=parent)
            faults.add(rule.file, int(own.lines[row]), "task", seen, expected)


def change_known(rule: Rule, drafts: Drafts, faults: Faults) -> None:
    """A changed code is in the codebook, or has left it by a change."""
    own = drafts.get("codebook_changes", "code_id", "change")
    codes = drafts.get("codebook", "code_id")
    if own is None or codes is None:
        return
    # where the change is wrong, it may have been one of these
    left = own.frame["change"].isin(LEAVING) | ~own.right["change"]
    gone = set(own.frame["code_id"][left])
    known = own.frame["code_id"].isin([*codes.frame["code_id"], *gone]).to_numpy(np.bool_)
    note(own, "code_id", own.filled("code_id") & ~known, lambda _: rule.expected, faults)
