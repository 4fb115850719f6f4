"""The tables of a simulated panel, from what was drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.panel.format import CONSENSUS, MODERATOR
from analysis.panel.meta import Meta
from analysis.statistics.results import BoolArray, FloatArray, IntArray

TASKS = ("role", "problems", "platforms")
#: What experts say, whatever they mean.
_PHRASES = (
    ("об этом у нас говорят давно", "we have been talking about it for long"),
    ("здесь многое зависит от людей", "here a lot depends on people"),
    ("я говорю только о том, что видел сам", "I only speak of what I saw myself"),
)


def ids(prefix: str, number: int) -> list[str]:
    """Ids with leading zeros, so that their order as text is that of the numbers.

    >>> ids("e", 3)
    ['e01', 'e02', 'e03']
    """
    width = max(2, len(str(number)))
    return [f"{prefix}{i:0{width}d}" for i in range(1, number + 1)]


@dataclass(frozen=True, eq=False)
class Talk:
    """Who belongs where and who said what.

    ``home`` and ``group`` are the session and the group of each expert, by place; ``stance`` is
    experts x codes: 1 raises, -1 opposes, 0 nothing. For each statement of an expert, session
    after session in the order of speaking: ``speakers``, the question ``asked``, and what was
    ``said`` (statements x codes, as ``stance``).
    """

    groups: tuple[str, ...]
    home: IntArray
    group: IntArray
    stance: IntArray
    speakers: IntArray
    asked: IntArray
    said: IntArray

    @cached_property
    def experts(self) -> list[str]:
        """Ids of the experts."""
        return ids("e", len(self.home))

    @cached_property
    def codes(self) -> list[str]:
        """Ids of the codes."""
        return ids("c", self.stance.shape[1])

    @cached_property
    def sessions(self) -> list[str]:
        """Ids of the sessions."""
        return ids("s", int(self.home.max()) + 1)

    def members(self) -> Iterator[tuple[str, BoolArray]]:
        """Each group, and which experts belong to it."""
        for place, name in enumerate(self.groups):
            yield name, self.group == place


def meta(talk: Talk, coders: int, mode: str) -> Meta:
    """What the panel says of itself."""
    return Meta(
        id="simulated",
        title=f"Simulated panel of {len(talk.experts)} experts and {len(talk.codes)} codes",
        source="constructed",
        statement="Simulated: a random generator made this panel, and nobody said any of it.",
        language="ru",
        collected="2021-12",
        mode=mode,
        order="spoken",
        tasks={task: {"name": task.capitalize()} for task in TASKS},
        coders=tuple(_coders(coders)),
        coding_unit="statement",
        licence="CC-BY-4.0",
    )


def _coders(number: int) -> list[str]:
    return [f"coder_{i}" for i in range(1, number + 1)]


def _tasks(number: int) -> list[str]:
    """The task of each code, question or item: the three divide them."""
    return [TASKS[i * len(TASKS) // number] for i in range(number)]


def people(talk: Talk) -> dict[str, pd.DataFrame]:
    """Experts, their kinds, and the codebook: one theme a task, and the codes under it."""
    kinds = pd.DataFrame({"stakeholder": talk.groups, "name": [f"Group {g}" for g in talk.groups]})
    experts = pd.DataFrame({"expert_id": talk.experts, "quotable": True})
    experts["session_id"] = [talk.sessions[i] for i in talk.home]
    experts["stakeholder"] = [talk.groups[i] for i in talk.group]
    codes = pd.DataFrame({"code_id": talk.codes, "task": _tasks(len(talk.codes))})
    codes = codes.assign(parent_id="t_" + codes.task, name="Code " + codes.code_id)
    # barriers and drivers in turn
    sides = np.where(np.arange(len(codes)) % 2, "facilitates", "hinders")
    codes["direction"] = np.where(codes.task == "problems", sides, "neutral")
    themes = pd.DataFrame({"task": codes.task.unique(), "parent_id": "", "direction": "neutral"})
    themes = themes.assign(code_id="t_" + themes.task, name="Theme " + themes.task)
    texts = {"definition": "Simulated; it means nothing.", "origin": "simulated", "since": "1"}
    codebook = pd.concat([themes, codes]).assign(**texts)
    return {"stakeholders": kinds, "experts": experts, "codebook": codebook}


def statements(talk: Talk, questions: int, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Sessions, guide and statements: words that say nothing, and times that fit them."""
    names, places = ids("q", questions), range(1, questions + 1)
    guide = pd.DataFrame({"question_id": names, "task": _tasks(questions), "position": places})
    guide["text"] = [f"[simulated] Question {i}" for i in places]
    guide["text_ru"] = [f"[симуляция] Вопрос {i}" for i in places]
    put = list(zip(guide.text_ru, guide.text, strict=True))
    rows: list[tuple[str, str, str, str, str]] = []
    before = None
    for i, (who, asked) in enumerate(zip(talk.speakers.tolist(), talk.asked.tolist(), strict=True)):
        under = (talk.sessions[talk.home[who]], names[asked])
        if under != before:
            rows.append((*under, MODERATOR, *put[asked]))
        before = under
        topic = next((code + 1 for code in np.flatnonzero(talk.said[i])), 0)
        said = [_PHRASES[j] for j in rng.integers(len(_PHRASES), size=rng.integers(1, 6))]
        russian, english = (", ".join(phrases) for phrases in zip(*said, strict=True))
        russian = f"[симуляция] реплика {i + 1}, тема {topic}: {russian}."
        english = f"[simulated] statement {i + 1}, topic {topic}: {english}."
        rows.append((*under, talk.experts[who], russian, english))
    columns = ["session_id", "question_id", "speaker", "text", "text_en"]
    table = pd.DataFrame(rows, columns=columns)
    table["position"] = table.groupby("session_id").cumcount() + 1
    table["statement_id"] = table.session_id + "-" + table.position.astype(str).str.zfill(3)
    words = np.array([len(text.split()) for text in table.text])
    seconds = pd.Series(words / 2 * np.exp(0.1 * rng.standard_normal(len(table))))
    gaps = 0.8 * np.exp(0.7 * rng.standard_normal(len(table)))
    table["end_s"] = (seconds + gaps).groupby(table.session_id).cumsum().round(1)
    table["start_s"] = (table.end_s - seconds).clip(lower=0).round(1)
    minutes = np.ceil(table.groupby("session_id").end_s.max() / 60).rename("minutes")
    sessions = minutes.reset_index().assign(date="2021-12")
    return {"guide": guide, "statements": table, "sessions": sessions}


def codings(talk: Talk, said: pd.DataFrame, given: BoolArray) -> dict[str, pd.DataFrame]:
    """Who worked on what, and every code given: the coders one after the other, then consensus.

    ``given`` is coders x statements of experts x codes.
    """
    units = said.statement_id[said.speaker != MODERATOR].to_numpy()
    coders = [*_coders(len(given)), CONSENSUS]
    who, unit, code = np.nonzero(np.concatenate([given, talk.said[None] != 0]))
    found = pd.DataFrame(
        {
            "statement_id": units[unit],
            "coder": np.array(coders, dtype=object)[who],
            "code_id": np.array(talk.codes, dtype=object)[code],
            "stance": np.where(talk.said[unit, code] < 0, "opposes", "raises"),
        }
    )
    worked = pd.DataFrame(
        {"statement_id": np.tile(units, len(coders)), "coder": np.repeat(coders, len(units))}
    )
    return {"coded": worked, "codings": found}


def ratings(talk: Talk, answers: FloatArray) -> dict[str, pd.DataFrame]:
    """Items, and the answers of each expert (experts x items, NaN for a blank)."""
    names = ids("i", answers.shape[1])
    items = pd.DataFrame({"item_id": names, "task": _tasks(len(names))})
    items = items.assign(text="[simulated] Item " + items.item_id, scale_min=1, scale_max=5)
    rated = pd.DataFrame(answers, columns=names).assign(expert_id=talk.experts)
    rated = rated.melt("expert_id", var_name="item_id", value_name="value")
    return {"items": items, "ratings": rated}
