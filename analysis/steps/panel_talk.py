"""The experts' talk in the order of speaking, its echoes, and words for orders and ranges."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.panel.format import CONSENSUS, MODERATOR
from analysis.panel.panel import Panel
from analysis.panel.views_of_coding import BoolArray, Incidence

#: What stands for a text that cannot be given.
WITHHELD = "[withheld]"


@dataclass(frozen=True, slots=True, eq=False)
class Talk:
    """What experts said, in the order of speaking; the moderator's statements are left out.

    ``values`` is statements x codes; ``statements``, ``experts``, ``sessions`` and ``questions``
    (empty text for none) have one entry a statement, and ``coded`` says which of them the coder
    worked on. A statement that was not coded has no code.
    """

    values: BoolArray
    statements: NDArray[np.object_]
    experts: NDArray[np.object_]
    sessions: NDArray[np.object_]
    questions: NDArray[np.object_]
    coded: BoolArray
    codes: tuple[str, ...]


def talk(
    panel: Panel,
    coder: str = CONSENSUS,
    stance: str = "raises",
    level: int = 2,
    task: str | None = None,
) -> Talk:
    """All statements of experts, coded or not, in the order of speaking.

    Parameters are those of :meth:`Panel.statement_incidence`.
    """
    frame = panel.statements
    order = np.lexsort((frame["position"].to_numpy(), frame["session_id"].cat.codes.to_numpy()))
    frame = frame.iloc[order]
    frame = frame[(frame["speaker"] != MODERATOR).to_numpy()]
    found = panel.statement_incidence(coder, stance, level, task)
    statements = frame["statement_id"].to_numpy(dtype=object)
    place = {name: row for row, name in enumerate(statements.tolist())}
    rows = np.array([place[name] for name in found.statements], dtype=np.intp)
    values = np.zeros((len(frame), len(found.codes)), dtype=np.bool_)
    coded = np.zeros(len(frame), dtype=np.bool_)
    values[rows], coded[rows] = found.values, True
    return Talk(
        values,
        statements,
        frame["speaker"].to_numpy(dtype=object),
        frame["session_id"].to_numpy(dtype=object),
        frame["question_id"].astype(object).fillna("").to_numpy(dtype=object),
        coded,
        found.codes,
    )


def after_another(said: Talk) -> BoolArray:
    """Which statements come right after one of another expert in the same session: (statements,).

    What a moderator says in between does not count.
    """
    after = np.zeros(len(said.experts), dtype=np.bool_)
    if len(after) > 1:
        same = (said.sessions[1:] == said.sessions[:-1]).astype(np.bool_)
        after[1:] = same & (said.experts[1:] != said.experts[:-1]).astype(np.bool_)
    return after


def echoed(said: Talk) -> BoolArray:
    """Which raisings are echoes: statements x codes.

    A statement echoes a code if it raises it and the statement right before it, by another expert
    of the session (see :func:`after_another`), does too. This is what
    :func:`analysis.statistics.participation.echo` counts.
    """
    echoes = np.zeros_like(said.values)
    after = np.flatnonzero(after_another(said))
    echoes[after] = said.values[after] & said.values[after - 1]
    return echoes


def changing_places(said: Talk, by_question: bool) -> NDArray[np.int64]:
    """Labels of the statements that change places in a baseline of echoes: (statements,).

    Those of one expert (in a session), within one question where ``by_question``. So who speaks
    when is kept. If statements of all experts were shuffled, experts would often follow themselves,
    as they hardly do in talk; neighbours by two experts would be rarer than they are, and echoes
    would be expected too seldom.
    """
    number = np.unique(said.experts, return_inverse=True)[1]
    if by_question:
        questions = np.unique(said.questions, return_inverse=True)[1]
        number = number * (questions.max(initial=0) + 1) + questions
    return np.asarray(number, dtype=np.int64)


def by_expert(panel: Panel, said: Talk, values: BoolArray) -> BoolArray:
    """Which expert has which code in one of their statements: experts x codes.

    ``values`` is statements x codes, such as ``said.values`` or :func:`echoed`.
    """
    ids = panel.experts["expert_id"].tolist()
    place = {name: row for row, name in enumerate(ids)}
    rows = np.array([place[name] for name in said.experts], dtype=np.intp)
    out = np.zeros((len(ids), values.shape[1]), dtype=np.bool_)
    np.logical_or.at(out, rows, values)
    return out


def incidence_without_echoes(
    panel: Panel, coder: str = CONSENSUS, level: int = 2, task: str | None = None
) -> Incidence:
    """Who raised what otherwise than by echoes alone: as ``panel.incidence``, experts x codes."""
    whole = panel.incidence(coder, "raises", level, task)
    said = talk(panel, coder, "raises", level, task)
    values = by_expert(panel, said, said.values & ~echoed(said))
    return Incidence(values, whole.experts, whole.codes, whole.coded)


def speaking_order(panel: Panel) -> list[str]:
    """The experts by session and, within one, by who spoke first; without those who never did."""
    frame = panel.statements
    order = np.lexsort((frame["position"].to_numpy(), frame["session_id"].cat.codes.to_numpy()))
    speakers = frame["speaker"].astype(object).to_numpy()[order].tolist()
    return [name for name in dict.fromkeys(speakers) if name != MODERATOR]


def withheld(panel: Panel) -> bool:
    """Whether the text of some statement is withheld, so that words cannot be counted."""
    return bool((panel.statements["text"] == WITHHELD).any())


# words


def span(low: float, high: float, digits: int = 2) -> str:
    """A range in a sentence: "0.18 to 0.57", one number where both ends read the same."""
    if math.isnan(low) or math.isnan(high):
        return "not defined"
    ends = [f"{value:.{digits}f}" for value in (low, high)]
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def in_orders(pvalue: float, orders: int) -> str:
    """A permutation p-value as a count of orders: "12 of the 2000", "none of the 2000".

    The observed order, which the p-value counts in, is taken out again.
    """
    if math.isnan(pvalue):
        return "not defined"
    count = round(pvalue * (orders + 1)) - 1
    if count <= 0:
        return f"none of the {orders}"
    return f"all {orders}" if count >= orders else f"{count} of the {orders}"


def largest(names: Iterable[str], amounts: Iterable[float]) -> tuple[list[str], float]:
    """The names that share the largest amount, in their order, and that amount.

    Raises
    ------
    ValueError
        If there is no name.
    """
    pairs = list(zip(names, amounts, strict=True))
    if not pairs:
        raise ValueError("there is no largest of nothing")
    top = max(amount for _, amount in pairs)
    return [name for name, amount in pairs if amount == top], top
