"""What was coded, as the statistics need it.

Experts, codes, sessions and items stand in the order of their files, statements in the order in
which they were made (sessions as in their file, then positions). Codes are given to statements; an
expert raises a code if a coder gave it, as raised, to one of the expert's statements.

Two levels of codes. Level 2 are the codes themselves, and themes without codes under them. Level 1
are the themes: one is raised if it, or any code under it, is. A code given to a theme that has
codes under it therefore counts at level 1 only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.panel.format import CONSENSUS, STANCES, TASKS
from analysis.panel.meta import Meta

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: The states of :attr:`Stances.state`, by number.
STATES = ("not raised", "raised", "opposed")


@dataclass(frozen=True, slots=True, eq=False)
class Incidence:
    """Who raised what: ``values`` is experts x codes, True where raised.

    ``coded`` (experts,) is False for experts none of whose statements the coder worked on: their
    rows are False because nobody looked, not because they were silent. An expert who said nothing
    has such a row too.
    """

    values: BoolArray
    experts: tuple[str, ...]
    codes: tuple[str, ...]
    coded: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class Stances:
    """Not raised, raised or opposed: ``state`` is experts x codes of 0, 1, 2 (:data:`STATES`).

    An expert who raised a code in one statement and opposed it in another counts as having raised
    it, and is True in ``both`` (experts x codes). ``coded`` as in :class:`Incidence`.
    """

    state: NDArray[np.int8]
    both: BoolArray
    experts: tuple[str, ...]
    codes: tuple[str, ...]
    coded: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class StatementIncidence:
    """Which statement has which code: ``values`` is statements x codes.

    The statements are those that the coder worked on; ``experts`` and ``sessions`` (statements,)
    say whose they are and where they were made.
    """

    values: BoolArray
    statements: tuple[str, ...]
    experts: NDArray[np.object_]
    sessions: NDArray[np.object_]
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """Coders' readings: ``values`` is coders x units, NaN = not coded.

    The units are the statements that one of the coders or more worked on. For one code the values
    are 1 (given) and 0; for sets of codes (:meth:`CodingViews.code_sets`) they are frozensets, and
    None = not coded. ``experts`` and ``sessions`` (units,) are the clusters.
    """

    values: NDArray[Any]
    coders: tuple[str, ...]
    statements: tuple[str, ...]
    experts: NDArray[np.object_]
    sessions: NDArray[np.object_]


def _one_of(value: object, choices: Sequence[object], what: str) -> None:
    if value not in choices:
        raise ValueError(f"{what} must be one of {', '.join(map(str, choices))}; got {value!r}")


class CodingViews:
    """The views of what was coded; :class:`analysis.panel.Panel` has them all."""

    meta: Meta
    frames: Mapping[str, pd.DataFrame]

    # labels, and the places of things among them

    def _ids(self, table: str, column: str) -> tuple[str, ...]:
        return tuple(self.frames[table][column].tolist())

    def _statement_order(self) -> IntArray:
        """The rows of statements in the order in which they were made."""
        statements = self.frames["statements"]
        order: IntArray = np.lexsort(
            (statements["position"].to_numpy(), statements["session_id"].cat.codes.to_numpy())
        )
        return order

    def _labels(self, rows: IntArray) -> tuple[tuple[str, ...], Any, Any]:
        """Ids, speakers and sessions of statements."""
        chosen = self.frames["statements"].iloc[rows]
        speakers = chosen["speaker"].to_numpy(dtype=object)
        sessions = chosen["session_id"].to_numpy(dtype=object)
        return tuple(chosen["statement_id"].tolist()), speakers, sessions

    def _worked_on(self, coder: str) -> IntArray:
        """The rows of the statements that a coder worked on, in the order of ``coded.csv``."""
        coders = (*self.meta.coders, CONSENSUS)
        _one_of(coder, coders, "coder")
        coded = self.frames["coded"]
        mine = coded["coder"].cat.codes.to_numpy() == coders.index(coder)
        rows: IntArray = coded["statement_id"].cat.codes.to_numpy()[mine].astype(np.int64)
        return rows

    def _given(self, coder: str, stance: str) -> tuple[IntArray, IntArray]:
        """The statement's row and the code's row of each code that a coder gave."""
        coders = (*self.meta.coders, CONSENSUS)
        _one_of(coder, coders, "coder")
        _one_of(stance, (*STANCES, "any"), "stance")
        codings = self.frames["codings"]
        mine = codings["coder"].cat.codes.to_numpy() == coders.index(coder)
        if stance != "any":
            mine &= codings["stance"].cat.codes.to_numpy() == STANCES.index(stance)
        statement = codings["statement_id"].cat.codes.to_numpy()[mine]
        code = codings["code_id"].cat.codes.to_numpy()[mine]
        return statement.astype(np.int64), code.astype(np.int64)

    def _columns(self, level: int, task: str | None) -> tuple[tuple[str, ...], IntArray]:
        """The codes of a level, and for each row of the codebook its place among them, or -1."""
        _one_of(level, (1, 2), "level")
        codebook = self.frames["codebook"]
        parent = codebook["parent_id"].cat.codes.to_numpy().astype(np.int64)
        rows = np.arange(len(codebook))
        if level == 1:
            stands_for = np.where(parent >= 0, parent, rows)
            chosen = parent < 0
        else:
            stands_for = rows
            chosen = (parent >= 0) | ~np.isin(rows, parent)
        if task is not None:
            _one_of(task, TASKS, "task")
            chosen &= (codebook["task"] == task).to_numpy()
        place = np.full(len(codebook), -1, dtype=np.int64)
        place[chosen] = np.arange(np.count_nonzero(chosen))
        return tuple(codebook["code_id"][chosen].tolist()), place[stands_for]

    def _code_row(self, code: str) -> int:
        codes = self._ids("codebook", "code_id")
        if code not in codes:
            raise ValueError(f"code must be one of the codebook's; got {code!r}")
        return codes.index(code)

    def _speaker_of(self) -> NDArray[Any]:
        """For each row of statements the row of the expert; the moderator comes after the last."""
        speakers: NDArray[Any] = self.frames["statements"]["speaker"].cat.codes.to_numpy()
        return speakers

    # views

    def incidence(
        self,
        coder: str = CONSENSUS,
        stance: str = "raises",
        level: int = 2,
        task: str | None = None,
    ) -> Incidence:
        """Which expert raised which code: experts x codes.

        Parameters
        ----------
        coder
            Whose coding: ``consensus`` or one of the panel's coders.
        stance
            ``raises``, ``opposes``, or ``any`` for both.
        level
            2 for codes, 1 for themes.
        task
            Only codes of this task; None for all.

        Raises
        ------
        ValueError
            If there is no such coder, stance, level or task.
        """
        codes, place = self._columns(level, task)
        statement, code = self._given(coder, stance)
        experts = self._ids("experts", "expert_id")
        speaker = self._speaker_of()
        values = np.zeros((len(experts) + 1, len(codes)), dtype=np.bool_)
        column = place[code]
        kept = column >= 0
        values[speaker[statement[kept]], column[kept]] = True
        coded = np.zeros(len(experts) + 1, dtype=np.bool_)
        coded[speaker[self._worked_on(coder)]] = True
        return Incidence(values[:-1], experts, codes, coded[:-1])

    def stances(self, coder: str = CONSENSUS, level: int = 2, task: str | None = None) -> Stances:
        """Which code each expert did not raise, raised, or opposed: experts x codes.

        Silence is not disagreement: 0 and 2 are different answers.

        Raises
        ------
        ValueError
            As :meth:`incidence`.
        """
        raised = self.incidence(coder, "raises", level, task)
        opposed = self.incidence(coder, "opposes", level, task).values
        state = np.where(raised.values, 1, np.where(opposed, 2, 0)).astype(np.int8)
        both = raised.values & opposed
        return Stances(state, both, raised.experts, raised.codes, raised.coded)

    def statement_incidence(
        self,
        coder: str = CONSENSUS,
        stance: str = "raises",
        level: int = 2,
        task: str | None = None,
    ) -> StatementIncidence:
        """Which statement has which code: statements x codes, in the order of speaking.

        Raises
        ------
        ValueError
            As :meth:`incidence`.
        """
        codes, place = self._columns(level, task)
        statement, code = self._given(coder, stance)
        rows, where = self._units(self._worked_on(coder))
        values = np.zeros((len(rows), len(codes)), dtype=np.bool_)
        column = place[code]
        kept = column >= 0
        values[where[statement[kept]], column[kept]] = True
        return StatementIncidence(values, *self._labels(rows), codes)

    def _units(self, rows: IntArray) -> tuple[IntArray, IntArray]:
        """Distinct rows of statements in the order of speaking, and each row's place there."""
        wanted = np.zeros(len(self.frames["statements"]), dtype=np.bool_)
        wanted[rows] = True
        order = self._statement_order()
        units = order[wanted[order]]
        where = np.full(wanted.size, -1, dtype=np.int64)
        where[units] = np.arange(units.size)
        return units, where

    def reliability(
        self,
        code: str,
        coders: Sequence[str] | None = None,
        level: int = 2,
        stance: str = "raises",
    ) -> Reliability:
        """How each coder read each statement as to one code: coders x units, 1, 0 or NaN.

        Parameters
        ----------
        code
            The code. With ``level`` = 1 a theme, which is given if it or a code under it is.
        coders
            Rows of the result; None for all of the panel's, without ``consensus``.
        stance
            ``raises``, ``opposes``, or ``any`` for both.

        Raises
        ------
        ValueError
            If there is no such code, coder, level or stance; or the code is no theme at level 1.
        """
        row = self._code_row(code)
        _one_of(level, (1, 2), "level")
        accepted = np.zeros(len(self.frames["codebook"]), dtype=np.bool_)
        accepted[row] = True
        if level == 1:
            parent = self.frames["codebook"]["parent_id"].cat.codes.to_numpy()
            if parent[row] >= 0:
                raise ValueError(f"code must be a theme at level 1; {code!r} is under another")
            accepted |= parent == row
        chosen = self.meta.coders if coders is None else tuple(coders)
        worked, units, where = self._coders_units(chosen)
        values = np.full((len(chosen), len(units)), np.nan)
        for index, coder in enumerate(chosen):
            values[index, where[worked[index]]] = 0.0
            statement, given = self._given(coder, stance)
            values[index, where[statement[accepted[given]]]] = 1.0
        return Reliability(values, chosen, *self._labels(units))

    def _coders_units(self, coders: Sequence[str]) -> tuple[list[IntArray], IntArray, IntArray]:
        worked = [self._worked_on(coder) for coder in coders]
        together = np.concatenate(worked) if worked else np.empty(0, dtype=np.int64)
        return worked, *self._units(together)

    def code_sets(
        self, coders: Sequence[str] | None = None, level: int = 2, stance: str = "raises"
    ) -> Reliability:
        """The set of codes that each coder gave each statement: coders x units of frozensets.

        None where a coder did not work on the statement; the empty set where none was given.

        Raises
        ------
        ValueError
            If there is no such coder, level or stance.
        """
        codes, place = self._columns(level, None)
        chosen = self.meta.coders if coders is None else tuple(coders)
        worked, units, where = self._coders_units(chosen)
        values = np.full((len(chosen), len(units)), None, dtype=object)
        for index, coder in enumerate(chosen):
            sets: dict[int, set[str]] = {unit: set() for unit in where[worked[index]].tolist()}
            statement, given = self._given(coder, stance)
            for unit, column in zip(where[statement], place[given], strict=True):
                if column >= 0:
                    sets[int(unit)].add(codes[column])
            for unit, found in sets.items():
                values[index, unit] = frozenset(found)
        return Reliability(values, chosen, *self._labels(units))
