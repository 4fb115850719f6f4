"""The ways of reading a panel: whose coding is taken, whether echoes count, who is left out.

Everything is held as arrays, so that hundreds of analyses are a few products of matrices. Experts
without a statement that the consensus covers are left out throughout, and so are statements that
it does not cover: all readings are about the same experts and the same statements.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.panel.format import CONSENSUS, STANCES
from analysis.panel.panel import Panel
from analysis.panel.views_of_coding import BoolArray, IntArray
from analysis.steps.code_tools import tree
from analysis.steps.panel_talk import Talk, by_expert, echoed, talk
from analysis.steps.panel_tools import experts_table

#: A coder's reading is taken where the coder worked on this share of the statements or more.
ENOUGH = 0.5
LEVELS = (2, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Whose coding is taken, and whether echoes count.

    ``raised`` and ``opposed`` are experts x columns, ``said`` and ``denied`` the same for
    statements. ``own`` of the statements are read as ``coder`` read them, all others as the
    consensus has them.
    """

    coder: str
    echoes: bool
    raised: BoolArray
    opposed: BoolArray
    said: BoolArray
    denied: BoolArray
    own: int

    def same_as(self, other: Reading) -> bool:
        """Whether the other reading finds the same in each statement."""
        return np.array_equal(self.said, other.said) and np.array_equal(self.denied, other.denied)


@dataclass(frozen=True, slots=True, eq=False)
class LeftOut:
    """Who is left out: ``kind`` is ``expert``, ``session``, ``stakeholder``, or empty for nobody.

    ``label`` says it in plain words, ``keep`` (experts,) who stays.
    """

    kind: str
    id: str
    label: str
    keep: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """All readings of a panel, the consensus with echoes first, and all ways of leaving out.

    ``columns`` has one row a code and level: code, label, level, task, direction, theme (the id).
    A theme without codes under it stands at both levels. ``experts`` has the rows of
    :func:`analysis.steps.panel_tools.experts_table` that are counted, in the panel's own order;
    ``owner`` (statements,) is the row of the expert who made a statement. ``coders`` says what
    became of each coder's reading (:func:`_coders`), ``coder_names`` are the panel's. ``dropped``
    holds the readings, by coder and echoes, that find the same as an earlier one.
    """

    columns: pd.DataFrame
    experts: pd.DataFrame
    owner: IntArray
    readings: tuple[Reading, ...]
    left: tuple[LeftOut, ...]
    coders: pd.DataFrame
    coder_names: tuple[str, ...]
    dropped: tuple[tuple[str, bool], ...]

    @property
    def base(self) -> Reading:
        """The consensus with echoes: what the other chapters count."""
        return self.readings[0]

    @property
    def nothing(self) -> bool:
        """Whether no reading finds any code."""
        return not any(r.said.any() or r.denied.any() for r in self.readings)

    def place(self, code: str) -> int:
        """The column of a code: that of level 2, or of level 1 for a theme that holds codes.

        Raises
        ------
        ValueError
            If there is no such code.
        """
        rows = np.flatnonzero(self.columns["code"].to_numpy(dtype=object) == code)
        if not rows.size:
            raise ValueError(f"code must be one of the codebook's; got {code!r}")
        return int(rows[0])  # level 2 comes first

    def among(self, task: str, level: int = 2) -> IntArray:
        """The columns of a task at a level."""
        chosen = (self.columns["task"] == task) & (self.columns["level"] == level)
        return np.flatnonzero(chosen.to_numpy()).astype(np.int64)

    def tasks(self) -> list[str]:
        """The tasks that have codes, in the order of the codebook."""
        return [str(task) for task in self.columns["task"].drop_duplicates()]


def readings_of(panel: Panel) -> Readings:
    """All readings of a panel, and all ways of leaving somebody out."""
    columns = _columns(panel)
    experts = experts_table(panel).query("coded").sort_values("row").reset_index(drop=True)
    sheets = sheets_of(panel)
    counted = sheets[CONSENSUS].coded
    place = {expert: row for row, expert in enumerate(experts["expert"])}
    owner = np.array([place[e] for e in sheets[CONSENSUS].talks[0].experts[counted]], dtype=np.intp)
    coders = _coders(panel, sheets)
    rows = experts["row"].to_numpy(dtype=np.int64)
    found: list[Reading] = []
    dropped: list[tuple[str, bool]] = []
    for name, sheet in _used(sheets, coders):
        for echoes in (True, False):
            new = _reading(panel, name, echoes, sheet, sheets[CONSENSUS], rows)
            if any(new.same_as(old) for old in found):
                dropped.append((name, echoes))
            else:
                found.append(new)
    left = _left(experts)
    names = panel.meta.coders
    return Readings(columns, experts, owner, tuple(found), left, coders, names, tuple(dropped))


def _columns(panel: Panel) -> pd.DataFrame:
    book = tree(panel).set_index("code_id")
    parts = []
    for level in LEVELS:
        codes = list(panel.incidence(level=level).codes)
        rows = book.loc[codes, ["name", "task", "direction", "theme"]].reset_index(names="code")
        parts.append(rows.rename(columns={"name": "label"}).assign(level=level))
    out = pd.concat(parts, ignore_index=True)
    return out[["code", "label", "level", "task", "direction", "theme"]]


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """One coder's sheet over all statements of experts, coded or not.

    ``said`` and ``denied`` are statements x columns, ``coded`` (statements,). ``talks`` holds the
    statements as :func:`talk` has them, one for each level.
    """

    said: BoolArray
    denied: BoolArray
    coded: BoolArray
    talks: tuple[Talk, ...]


def sheets_of(panel: Panel) -> dict[str, Sheet]:
    """The sheet of the consensus and of each coder; with three coders, of all but each, too."""
    out = {}
    for coder in (CONSENSUS, *panel.meta.coders):
        values, talks = [], []
        for stance in STANCES:
            talks = [talk(panel, coder, stance, level) for level in LEVELS]
            values.append(np.hstack([said.values for said in talks]))
        out[coder] = Sheet(values[0], values[1], talks[0].coded, tuple(talks))
    for coder in panel.meta.coders if len(panel.meta.coders) > 2 else ():
        out[all_but(coder)] = _majority([out[c] for c in panel.meta.coders if c != coder])
    return out


def all_but(coder: str) -> str:
    """The name of the reading that leaves a coder out."""
    return f"all but {coder}"


def _majority(sheets: Sequence[Sheet]) -> Sheet:
    """What more than half of the coders who coded a statement gave it, where two or more did."""
    many = np.sum([sheet.coded for sheet in sheets], axis=0)
    said, denied = (
        2 * np.sum(values, axis=0) > many[:, None]
        for values in ([s.said for s in sheets], [s.denied for s in sheets])
    )
    return Sheet(said, denied, many >= 2, sheets[0].talks)


def _coders(panel: Panel, sheets: dict[str, Sheet]) -> pd.DataFrame:
    """What became of each coder's reading.

    Columns coder, worked (statements that the coder and the consensus coded), of (statements that
    the consensus coded), codes (given in these, at the level of codes), consensus (codes that the
    consensus gives them), both (given by the two alike), used (whether the reading is among the
    analyses). Codes count once a statement and stance.
    """
    base = sheets[CONSENSUS]
    codes = len(panel.incidence(level=LEVELS[0]).codes)
    rows = []
    for name, sheet in sheets.items():
        if name == CONSENSUS:
            continue
        part = sheet.coded & base.coded
        own, theirs = (
            np.hstack([s.said[part, :codes], s.denied[part, :codes]]) for s in (sheet, base)
        )
        rows.append(
            {
                "coder": name,
                "worked": int(part.sum()),
                "of": int(base.coded.sum()),
                "codes": int(own.sum()),
                "consensus": int(theirs.sum()),
                "both": int((own & theirs).sum()),
                "used": bool(part.sum() and part.sum() >= ENOUGH * base.coded.sum()),
            }
        )
    names = ["coder", "worked", "of", "codes", "consensus", "both", "used"]
    return pd.DataFrame(rows, columns=names)


def _used(sheets: dict[str, Sheet], coders: pd.DataFrame) -> Iterator[tuple[str, Sheet]]:
    yield CONSENSUS, sheets[CONSENSUS]
    for name in coders.loc[coders["used"].to_numpy(dtype=np.bool_), "coder"]:
        yield str(name), sheets[str(name)]


def _reading(
    panel: Panel, coder: str, echoes: bool, sheet: Sheet, base: Sheet, rows: IntArray
) -> Reading:
    """A reading; ``rows`` are those of the experts who are counted, among all of the panel."""
    part, covered = (sheet.coded & base.coded)[:, None], base.coded
    said = np.where(part, sheet.said, base.said & covered[:, None])
    denied = np.where(part, sheet.denied, base.denied & covered[:, None])
    if not echoes:
        start = 0
        for at_level in base.talks:
            own = slice(start, start + len(at_level.codes))
            said[:, own] &= ~echoed(replace(at_level, values=said[:, own].copy()))
            start = own.stop
    raised, opposed = (by_expert(panel, base.talks[0], v)[rows] for v in (said, denied))
    return Reading(coder, echoes, raised, opposed, said[covered], denied[covered], int(part.sum()))


def _left(experts: pd.DataFrame) -> tuple[LeftOut, ...]:
    """Nobody, each expert, each session and each kind left out, as long as somebody stays.

    What leaves out the same people as an earlier entry is no second analysis.
    """
    everybody = np.ones(len(experts), dtype=np.bool_)
    found = [LeftOut("", "", "", everybody)]
    seen = {everybody.tobytes()}
    names = dict(zip(experts["kind"], experts["kind_name"], strict=True))
    groups = (
        ("expert", "expert", {e: f"expert {e}" for e in experts["expert"]}),
        ("session", "session", {s: f"session {s}" for s in experts["session"]}),
        ("stakeholder", "kind", names),
    )
    for kind, column, labels in groups:
        values = experts[column].to_numpy(dtype=object)
        for id, label in labels.items():
            keep = (values != id).astype(np.bool_)
            if keep.any() and keep.tobytes() not in seen:
                seen.add(keep.tobytes())
                found.append(LeftOut(kind, str(id), str(label), keep))
    return tuple(found)
