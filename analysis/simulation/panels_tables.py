"""The tables of a simulated panel, from what was drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.panel.format import CONSENSUS, MODERATOR, STANCES, TASKS
from analysis.panel.meta import Meta
from analysis.simulation.panels_coding import Sheets
from analysis.simulation.panels_model import BoolArray, IntArray, PanelModel, names
from analysis.simulation.panels_talk import Talk, question_starts
from analysis.simulation.panels_text import draw_text
from analysis.simulation.panels_truth import Truth
from analysis.statistics.results import FloatArray

STATEMENT = (
    "This panel is simulated: a random generator with known parameters made it, and nobody said "
    "any of it."
)
STATEMENT_RU = (
    "Эта панель смоделирована: её создал генератор случайных чисел с известными параметрами, никто "
    "ничего из этого не говорил."
)
#: Words per minute, pauses (median, in seconds), and the share of turns that start before the last
#: has ended.
_RATE, _PAUSE, _OVERLAP = 120.0, 0.8, 0.05
_QUESTION = ("[симуляция] Вопрос {}", "[simulated] Question {}")


def meta_of(model: PanelModel, truth: Truth) -> Meta:
    """What the panel says of itself."""
    return Meta(
        id="simulated",
        title=f"Simulated panel of {model.experts} experts and {model.codes} codes",
        title_ru=f"Смоделированная панель: экспертов {model.experts}, кодов {model.codes}",
        source="constructed",
        statement=STATEMENT,
        statement_ru=STATEMENT_RU,
        language="ru",
        collected="2021-12",
        mode=model.mode,
        coders=truth.coders,
        coding_unit="statement",
        licence="CC-BY-4.0",
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Order:
    """All statements in order: ``session``, ``place`` in it (from 1), ``question`` (-1 for none).

    ``statement`` is the place of an expert's statement among those of experts, -1 for the
    moderator's.
    """

    session: IntArray
    place: IntArray
    question: IntArray
    statement: IntArray


def tables_of(
    model: PanelModel,
    truth: Truth,
    talk: Talk,
    sheets: Sheets,
    ratings: FloatArray,
    rng: np.random.Generator,
) -> dict[str, pd.DataFrame]:
    """Every table of the panel, by name."""
    sessions = np.array(names("s", len(model.session_size)), dtype=object)
    order = _order(model, talk)
    width = len(str(order.place.max()))
    ids = np.array(
        [
            f"{session}-{place:0{width}d}"
            for session, place in zip(
                sessions[order.session].tolist(), order.place.tolist(), strict=True
            )
        ],
        dtype=object,
    )
    statements, minutes = _statements(model, truth, talk, order, (sessions, ids), rng)
    codebook = _codebook(truth)
    own = order.statement >= 0
    row = np.empty(len(talk.expert), dtype=np.int64)  # of each expert's statement, among all
    row[order.statement[own]] = np.flatnonzero(own)
    coded, codings = _codings(truth, talk, sheets, codebook["code_id"].to_numpy(), ids, row)
    frames = {
        "sessions": pd.DataFrame({"session_id": sessions, "date": "2021-12", "minutes": minutes}),
        "stakeholders": pd.DataFrame(
            {
                "stakeholder": model.groups,
                "name": [f"Group {group}" for group in model.groups],
                "name_ru": [f"Группа {group}" for group in model.groups],
                "level": "simulated",
            }
        ),
        "experts": pd.DataFrame(
            {
                "expert_id": truth.experts,
                "session_id": _categories(model.session, sessions),
                "stakeholder": _categories(model.group, model.groups),
                "quotable": True,
            }
        ),
        "guide": _guide(model),
        "statements": statements,
        "codebook": codebook,
        "coded": coded,
        "codings": codings,
    }
    if model.items:
        frames |= _rated(truth, ratings)
    return frames


def _categories(codes: NDArray[Any], values: Any) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, pd.Index(list(values)))


def _task(index: int, of: int) -> str:
    """The task of a code, question or item: the three divide them."""
    return TASKS[index * len(TASKS) // of]


def _guide(model: PanelModel) -> pd.DataFrame:
    number = model.questions
    return pd.DataFrame(
        {
            "question_id": names("q", number),
            "task": [_task(i, number) for i in range(number)],
            "position": range(1, number + 1),
            "text": [_QUESTION[1].format(i) for i in range(1, number + 1)],
            "text_ru": [_QUESTION[0].format(i) for i in range(1, number + 1)],
        }
    )


def _codebook(truth: Truth) -> pd.DataFrame:
    """The themes, one a task, then the codes under them."""
    tasks = [_task(i, len(truth.codes)) for i in range(len(truth.codes))]
    themes = [task for task in TASKS if task in tasks]
    rows = [(f"t_{task}", "", task, f"Theme {task}", f"Тема {task}") for task in themes]
    rows += [
        (code, f"t_{task}", task, f"Code {code}", f"Код {code}")
        for code, task in zip(truth.codes, tasks, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=["code_id", "parent_id", "task", "name", "name_ru"])
    frame["direction"] = "neutral"
    frame["definition"] = "Simulated; it means nothing."
    frame["include"] = frame["exclude"] = ""
    frame["origin"], frame["since"] = "simulated", "1"
    return frame


def _order(model: PanelModel, talk: Talk) -> _Order:
    """The moderator's questions and the experts' statements, in the order of speaking."""
    length = np.bincount(talk.session, minlength=len(model.session_size))
    starts = question_starts(length, model.questions)
    asked_in, question = np.nonzero(starts >= 0)
    before = starts[asked_in, question]
    index = np.arange(len(talk.expert)) - (np.cumsum(length) - length)[talk.session]
    session = np.concatenate([asked_in, talk.session])
    # a question comes before the statement of its place
    order = np.lexsort(
        (
            np.repeat([0, 1], [len(asked_in), len(index)]),
            np.concatenate([before, index]),
            session,
        )
    )
    topic = np.concatenate([question, np.full(len(index), -1)])[order]
    statement = np.concatenate([np.full(len(asked_in), -1), np.arange(len(index))])[order]
    session = session[order]
    # every session begins with a question, so the last one asked is the session's own
    topic = topic[np.maximum.accumulate(np.where(topic >= 0, np.arange(len(topic)), 0))]
    total = np.bincount(session, minlength=len(length))
    place = np.arange(len(session)) - (np.cumsum(total) - total)[session] + 1
    return _Order(session, place, topic, statement)


def _statements(
    model: PanelModel,
    truth: Truth,
    talk: Talk,
    order: _Order,
    labels: tuple[NDArray[Any], NDArray[Any]],
    rng: np.random.Generator,
) -> tuple[pd.DataFrame, IntArray]:
    """The table of statements, and the minutes of each session."""
    sessions, ids = labels
    given = talk.given != 0
    first_code = np.where(given.any(axis=1), given.argmax(axis=1), -1)
    russian, english, words = draw_text(first_code, rng, model.text)
    own = order.statement >= 0
    columns = {}
    for name, texts, pattern in (
        ("text", russian, _QUESTION[0]),
        ("text_en", english, _QUESTION[1]),
    ):
        asked = np.array([pattern.format(q + 1) for q in range(model.questions)], dtype=object)
        column = asked[order.question]
        column[own] = texts[order.statement[own]]
        columns[name] = column
    count = np.full(len(own), 8)
    count[own] = words[order.statement[own]]
    speaker = np.full(len(own), model.experts)
    speaker[own] = talk.expert[order.statement[own]]
    start, end = _times(order.session, speaker, count, rng)
    last = np.zeros(len(sessions))
    np.maximum.at(last, order.session, end)
    frame = pd.DataFrame(
        {
            "statement_id": ids,
            "session_id": _categories(order.session, sessions),
            "position": order.place,
            "speaker": _categories(speaker, [*truth.experts, MODERATOR]),
            "question_id": _categories(order.question, names("q", model.questions)),
            "start_s": start,
            "end_s": end,
            **columns,
        }
    )
    return frame, np.ceil(last / 60).astype(np.int64)


def _times(
    session: IntArray, speaker: IntArray, words: IntArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Start and end of each statement, in whole tenths of a second.

    Each speaker has a rate; pauses are log-normal; some statements start before the last one has
    ended, by at most 0.4 of its length.
    """
    rate = _RATE * np.exp(0.12 * rng.standard_normal(int(speaker.max()) + 1))
    noise = np.exp(0.08 * rng.standard_normal(len(words)))
    length = np.maximum(np.rint(600 * words / rate[speaker] * noise), 5.0)
    pause = np.rint(10 * _PAUSE * np.exp(0.7 * rng.standard_normal(len(words))))
    before = np.concatenate([[0.0], length[:-1]])  # the statement before
    early = np.minimum(np.rint(10 * rng.uniform(0.5, 2.6, len(words))), np.floor(0.4 * before))
    first = np.concatenate([[True], session[1:] != session[:-1]])
    gap = np.where(rng.random(len(words)) < _OVERLAP, -early, pause)
    step = np.where(first, 0.0, before + gap)
    clock = np.cumsum(step)
    begin = clock[np.flatnonzero(first)][np.cumsum(first) - 1]
    start = clock - begin
    return start / 10, (start + length) / 10


def _codings(
    truth: Truth,
    talk: Talk,
    sheets: Sheets,
    codebook: NDArray[Any],
    ids: NDArray[Any],
    row: IntArray,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Who worked on what, and every code given: the coders one after the other, then consensus."""
    themes = len(codebook) - len(truth.codes)
    stance = np.where(talk.given < 0, STANCES.index("opposes"), STANCES.index("raises"))
    everything = np.ones(len(talk.expert), dtype=np.bool_)
    work: list[BoolArray] = [*sheets.coded, everything]
    given: list[BoolArray] = [*sheets.given, talk.given != 0]
    worked = [np.flatnonzero(mine) for mine in work]
    placed = [np.nonzero(mine) for mine in given]
    coders = (*truth.coders, CONSENSUS)
    units = np.concatenate([unit for unit, _ in placed])
    codes = np.concatenate([code for _, code in placed])
    who = np.repeat(np.arange(len(coders)), [len(unit) for unit, _ in placed])
    statements = pd.Index(ids)
    coded = pd.DataFrame(
        {
            "statement_id": pd.Categorical.from_codes(row[np.concatenate(worked)], statements),
            "coder": _categories(
                np.repeat(np.arange(len(coders)), [len(unit) for unit in worked]), coders
            ),
        }
    )
    codings = pd.DataFrame(
        {
            "statement_id": pd.Categorical.from_codes(row[units], statements),
            "coder": _categories(who, coders),
            "code_id": _categories(themes + codes, codebook),
            "stance": _categories(stance[units, codes], STANCES),
        }
    )
    return coded, codings


def _rated(truth: Truth, ratings: FloatArray) -> dict[str, pd.DataFrame]:
    items = truth.items
    experts = len(truth.experts)
    return {
        "items": pd.DataFrame(
            {
                "item_id": items,
                "task": [_task(i, len(items)) for i in range(len(items))],
                "text": [f"[simulated] Item {item}" for item in items],
                "text_ru": [f"[симуляция] Пункт {item}" for item in items],
                "scale_min": 1.0,
                "scale_max": float(len(truth.thresholds) + 1),
            }
        ),
        "ratings": pd.DataFrame(
            {
                "expert_id": _categories(np.repeat(np.arange(experts), len(items)), truth.experts),
                "item_id": _categories(np.tile(np.arange(len(items)), experts), items),
                "value": ratings.ravel(),
            }
        ),
    }
