"""Who spoke, about what, and what they rated, as the statistics need it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.panel.format import CONSENSUS, MODERATOR
from analysis.panel.views_of_coding import BoolArray, CodingViews, FloatArray, IntArray

#: A word: letters and digits, with hyphens and apostrophes inside.
_WORD = re.compile(r"\w+(?:[-\u2010\u2011'\u2019]\w+)*")

#: What :meth:`SpeakingViews.has` can tell of.
PARTS = (
    "ratings",
    "translations",
    "double_coding",
    "timings",
    "memos",
    "codebook_changes",
    "truth",
)


@dataclass(frozen=True, slots=True, eq=False)
class Ratings:
    """Answers to items: ``values`` is experts x items, NaN = no answer.

    ``low`` and ``high`` (items,) are the ends of the scales. Experts who rated nothing keep their
    row.
    """

    values: FloatArray
    experts: tuple[str, ...]
    items: tuple[str, ...]
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Turns:
    """Turns in the order of speaking, session by session; every array is (turns,).

    ``statements`` the id of a turn's first statement, ``count`` how many statements it holds;
    ``seconds`` NaN where one of them has no times; ``words`` in the panel's language. The
    moderator's turns are among them (``speakers`` is ``moderator``).
    """

    statements: NDArray[np.object_]
    sessions: NDArray[np.object_]
    speakers: NDArray[np.object_]
    seconds: FloatArray
    words: IntArray
    count: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Questions:
    """Which session reached which question: arrays sessions x questions.

    ``reached`` is True where any statement, the moderator's too, belongs to the question;
    ``statements`` counts those of experts, ``experts`` how many experts made one.
    """

    reached: BoolArray
    statements: IntArray
    experts: IntArray
    sessions: tuple[str, ...]
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Sizes:
    """How many experts stand for each kind of stakeholder: ``counts`` is (stakeholders,)."""

    counts: IntArray
    stakeholders: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quotation:
    """What a quotable expert said; ``text_en`` is empty where there is no translation."""

    statement_id: str
    expert_id: str
    stakeholder: str
    session_id: str
    text: str
    text_en: str


def count_words(text: str) -> int:
    """The number of words in a text; a word may hold hyphens and apostrophes."""
    return sum(1 for _ in _WORD.finditer(text))


class SpeakingViews(CodingViews):
    """The views of who spoke and rated; :class:`analysis.panel.Panel` has them all."""

    truth: Any

    def ratings(self) -> Ratings:
        """Experts' answers to the items: experts x items.

        Raises
        ------
        ValueError
            If the panel has no ratings.
        """
        if not self.has("ratings"):
            raise ValueError("this panel has no ratings (items.csv and ratings.csv)")
        items, given = self.frames["items"], self.frames["ratings"]
        experts = self._ids("experts", "expert_id")
        values = np.full((len(experts), len(items)), np.nan)
        row, column = given["expert_id"].cat.codes, given["item_id"].cat.codes
        values[row.to_numpy(), column.to_numpy()] = given["value"].to_numpy()
        low, high = items["scale_min"].to_numpy(), items["scale_max"].to_numpy()
        return Ratings(values, experts, self._ids("items", "item_id"), low, high)

    def turns(self, join: bool = False) -> Turns:
        """Who spoke when, and how long.

        Parameters
        ----------
        join
            False: every statement is a turn. True: statements of one speaker that follow each
            other in a session are one turn.
        """
        order = self._statement_order()
        ids, speakers, sessions = self._labels(order)
        chosen = self.frames["statements"].iloc[order]
        seconds = (chosen["end_s"] - chosen["start_s"]).to_numpy(dtype=np.float64)
        words = np.fromiter(map(count_words, chosen["text"].tolist()), np.int64, len(chosen))
        first = np.ones(len(chosen), dtype=np.bool_)
        if join and len(chosen):
            first[1:] = (speakers[1:] != speakers[:-1]) | (sessions[1:] != sessions[:-1])
        starts = np.flatnonzero(first)
        count = np.diff(np.append(starts, len(chosen)))
        if len(starts):
            seconds, words = np.add.reduceat(seconds, starts), np.add.reduceat(words, starts)
        statements = np.array(ids, dtype=object)[starts]
        return Turns(statements, sessions[starts], speakers[starts], seconds, words, count)

    def questions_reached(self) -> Questions:
        """Which session reached which question of the guide: sessions x questions."""
        statements = self.frames["statements"]
        sessions = self._ids("sessions", "session_id")
        questions = self._ids("guide", "question_id")
        session = statements["session_id"].cat.codes.to_numpy()
        question = statements["question_id"].cat.codes.to_numpy()
        speaker = self._speaker_of()
        experts = len(self.frames["experts"])
        shape = (len(sessions), len(questions))
        reached = np.zeros(shape, dtype=np.bool_)
        counts, people = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        asked = question >= 0
        reached[session[asked], question[asked]] = True
        told = asked & (speaker < experts)
        np.add.at(counts, (session[told], question[told]), 1)
        triples = np.unique(
            np.column_stack([session[told], question[told], speaker[told]]).astype(np.int64), axis=0
        )
        np.add.at(people, (triples[:, 0], triples[:, 1]), 1)
        return Questions(reached, counts, people, sessions, questions)

    def stakeholder_sizes(self) -> Sizes:
        """How many experts stand for each kind of stakeholder, kinds without experts included."""
        kinds = self.frames["stakeholders"]
        codes = self.frames["experts"]["stakeholder"].cat.codes.to_numpy()
        counts = np.bincount(codes, minlength=len(kinds)).astype(np.int64)
        return Sizes(counts, self._ids("stakeholders", "stakeholder"), tuple(kinds["name"]))

    def has(self, part: str) -> bool:
        """Whether the panel has an optional part, one of :data:`PARTS`.

        ``translations``: some statement has an English text. ``double_coding``: two coders or more
        worked on one statement. ``timings``: every statement has its times.

        Raises
        ------
        ValueError
            If there is no such part.
        """
        if part == "truth":
            return self.truth is not None
        if part in {"ratings", "memos", "codebook_changes"}:
            return part in self.frames
        statements = self.frames["statements"]
        if part == "translations":
            return bool(statements["text_en"].notna().any())
        if part == "timings":
            return bool(statements[["start_s", "end_s"]].notna().all(axis=None))
        if part == "double_coding":
            coded = self.frames["coded"]
            return bool(coded["statement_id"][coded["coder"] != CONSENSUS].duplicated().any())
        raise ValueError(f"part must be one of {', '.join(PARTS)}; got {part!r}")

    def quotations(
        self,
        code: str,
        coder: str = CONSENSUS,
        stance: str = "raises",
        limit: int | None = None,
    ) -> tuple[Quotation, ...]:
        """Statements with a code, or a code under it, in the order of speaking.

        Only what experts said who agreed to be quoted; never the moderator. This is the one way in
        which text leaves a panel for a page.

        Parameters
        ----------
        code, coder, stance
            As in :meth:`reliability`, for one coder.
        limit
            At most so many, the first ones; None for all.

        Raises
        ------
        ValueError
            If there is no such code, coder or stance.
        """
        row = self._code_row(code)
        parent = self.frames["codebook"]["parent_id"].cat.codes.to_numpy()
        statement, given = self._given(coder, stance)
        rows, _ = self._units(statement[(given == row) | (parent[given] == row)])
        experts = self.frames["experts"]
        # a place after the last, for the moderator
        quotable = np.append(experts["quotable"].to_numpy(np.bool_), False)
        rows = rows[quotable[self._speaker_of()[rows]]][:limit]
        chosen = self.frames["statements"].iloc[rows]
        kinds = dict(zip(experts["expert_id"], experts["stakeholder"], strict=True))
        translated = chosen["text_en"].fillna("")
        found = zip(*self._labels(rows), chosen["text"], translated, strict=True)
        return tuple(
            Quotation(id, speaker, kinds[speaker], session, text, text_en)
            for id, speaker, session, text, text_en in found
            if speaker != MODERATOR
        )
