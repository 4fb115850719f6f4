"""What a panel holds, as frames that the statistics and the chapters take.

Rows of a file may stand in any order. In a view sessions come in order of time, statements in the
order of speaking, everything else by its ``position`` where one is given, and else by its id.
Codes come by task, then theme by theme. Who does not count is not in a frame; what is not in the
panel at all is ``NotInPanel``, with one sentence. Every frame is a copy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from analysis.panel.faults import need
from analysis.panel.format import CONSENSUS, META_FILE, MODERATOR, PLAN_FILE, STANCES, TABLES, Table
from analysis.panel.meta import Meta
from analysis.privacy.folding import LEAST, QUOTED, WITHHELD, copies, folded, named, quotations

Codes = pd.DataFrame | Iterable[str] | str | None

#: Tables of what those who analyse note: a note may tell what was said in a statement.
_NOTES = ("codebook", "codebook_changes", "memos")
#: A word: letters and digits, with hyphens and apostrophes inside.
_WORD = re.compile(r"\w+(?:[-\u2010\u2011'\u2019]\w+)*")


class View:
    """A view that is a property: made once, and handed out as a copy."""

    def __init__(self, make: Callable[[Any], pd.DataFrame]) -> None:
        self.make, self.name, self.__doc__ = make, f"_{make.__name__}", make.__doc__

    def __get__(self, panel: Any, owner: type | None = None) -> pd.DataFrame:
        if self.name not in panel.__dict__:
            panel.__dict__[self.name] = self.make(panel)
        frame: pd.DataFrame = panel.__dict__[self.name]
        return frame.copy()


def by_number(ids: pd.Series) -> pd.Series:
    """A key that sorts ids as people do: e2 before e10."""
    return ids.astype("str").str.replace(r"\d+", lambda m: m.group().zfill(12), regex=True)


def _sorted(frame: pd.DataFrame, *by: str, id: str) -> pd.DataFrame:
    """The rows by these columns, and then by their ids."""
    keys = frame[list(by)].assign(id=by_number(frame[id]))
    return frame.loc[keys.sort_values([*by, "id"], kind="stable").index]


def _apart(names: pd.Series, ids: pd.Series) -> pd.Series:
    """Names that can be told from each other: the id is added to those that come twice."""
    names = names.astype("str").str.split().str.join(" ")
    while (same := names.duplicated(keep=False)).any():
        names = names.mask(same, names + " (" + ids + ")")
    return names


def select(frame: pd.DataFrame, columns: str) -> pd.DataFrame:
    """These columns, some under new names (``old=new``), the first as the index."""
    names = {old: new or old for old, _, new in (c.partition("=") for c in columns.split())}
    chosen = frame[list(names)].set_axis(list(names.values()), axis=1)
    return chosen.set_index(chosen.columns[0])


def _one_of(value: object, choices: Sequence[object], what: str) -> None:
    if value not in choices:
        raise ValueError(f"{what} must be one of {', '.join(map(str, choices))}; got {value!r}")


class Views:
    """The views; :class:`analysis.panel.panel.Panel` has them all.

    ``codes`` are a frame of them, their ids or one id; None for all of level 2. ``coder`` is
    ``consensus`` or one of :attr:`coders`; ``coders`` None for all of these. ``stance`` is
    ``raises``, ``opposes``, or ``any`` for both. A theme is given where it is itself, or a code
    under it. What does not exist is a ``ValueError``.
    """

    assumed: Mapping[str, str]
    _meta: Meta
    _frames: Mapping[str, pd.DataFrame]
    _entries: Mapping[str, Any]
    _withheld: dict[str, str]

    @cached_property
    def meta(self) -> Meta:
        """The entries of ``panel.yml``."""
        return Meta(**self._shown[META_FILE])

    @property
    def withheld(self) -> Mapping[str, str]:
        """Why texts are withheld, by place (the file, then row and column, or the entry)."""
        return self._withheld if self._shown else {}

    def unquotable(self) -> list[tuple[str, str]]:
        """What experts said who may not be quoted, translations too, after the statements' ids."""
        experts, said = self._frames["experts"], self._frames["statements"]
        may = [*experts["expert_id"][experts["quotable"]], MODERATOR]
        said = said[~said["speaker"].isin(may)].reindex(columns=["statement_id", "text", "text_en"])
        texts = said.melt("statement_id").dropna()
        return list(zip(texts["statement_id"], texts["value"], strict=True))

    @cached_property
    def _closed(self) -> tuple[Any, set[str], dict[str, int], list[str]]:
        """What quotes :meth:`unquotable`; ids that no note may name; places and order of ids."""
        experts, ids = self._frames["experts"], self._frames["statements"]["statement_id"]
        closed, silent = self.unquotable(), experts["expert_id"][~experts["quotable"]]
        order = ids[by_number(ids).sort_values(kind="stable").index].tolist()
        places = dict.fromkeys(silent, -1) | {id: place for place, id in enumerate(order)}
        return quotations(closed), {*silent, *(id for id, _ in closed)}, places, order

    @cached_property
    def _shown(self) -> dict[str, Any]:
        """The entries, by file, and the tables, by name, as they are handed out."""
        whole = {META_FILE: asdict(self._meta), **self._entries, **self._frames}
        if not self._closed[1]:
            return whole
        return {name: self._gate(name, content) for name, content in whole.items()}

    def _gated_table(self, table: Table) -> pd.DataFrame:
        frame = self._frames[table.name]
        about = frame["about"].fillna("") if "about" in frame else [""] * len(frame)
        free = [c for c in table.columns if c.kind in {"text", "name"} and c.name in frame]
        for name, is_note in ((c.name, c.kind == "text" and table.name in _NOTES) for c in free):
            ids = map(" ".join, frame[[*table.keys[0]]].astype(str).itertuples(index=False))
            cells = [
                self._gate(f"{table.file}, {id}, {name}", text, f"{what} {text}" * is_note)
                for id, what, text in zip(ids, about, frame[name], strict=True)
            ]
            frame = frame.assign(**{name: pd.array(cells, dtype="str")})
        return frame

    def _gate(self, place: str, value: Any, note: str = "") -> Any:
        """The value, but for texts that are withheld; ``note``: a text, and what it is about."""
        if isinstance(value, pd.DataFrame):
            return self._gated_table(TABLES[place])
        if isinstance(value, Mapping):
            return {self._gate(place, k): self._gate(f"{place}, {k}", v) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self._gate(place, one) for one in value)
        if not isinstance(value, str) or not (note or re.search(r"\s", value)):  # no text: an id
            return value
        known, closed, places, order = self._closed
        # in a few words people say the same, and quote nobody
        least = QUOTED if place.startswith("statements.csv") else LEAST
        why = [f"repeats words of {id}" for id in copies(folded(value), known, least)]
        why += [f"tells of {id}" for id in sorted(closed & named(note, places, order))]
        if why:
            self._withheld[place] = why[0]
        return WITHHELD if why else value

    def _table(self, name: str, what: str) -> pd.DataFrame:
        """A table as it is shown, columns that it may leave out included."""
        need(name in self._frames, f"This panel has no {what}.")
        frame: pd.DataFrame = self._shown[name]
        frame = frame.reindex(columns=[*dict.fromkeys([*TABLES[name].names, *frame.columns])])
        if "name" in frame:
            frame["name"] = _apart(frame["name"], frame[TABLES[name].keys[0][0]])
        return frame

    @View
    def sessions(self) -> pd.DataFrame:
        """Index ``session``, in order of time: ``date``, ``minutes``, ``position``."""
        given = self._table("sessions", "sessions")
        by = "date" if given["position"].isna().any() else "position"
        given = _sorted(given, by, id="session_id")
        return select(given, "session_id=session date minutes position")

    @property
    def spoken(self) -> bool:
        """Whether the order of the statements is known to be that of speaking."""
        return "order" not in self.assumed

    @property
    def stances(self) -> bool:
        """Whether it was coded if a code was raised or spoken against."""
        return "stance" not in self.assumed

    @property
    def resolved(self) -> bool:
        """Whether there is a resolved coding beside those of the coders."""
        return not {"single", "union", "agreed", "chosen"} & set(self.assumed)

    @property
    def tasks(self) -> pd.DataFrame:
        """Index ``task``, in order: ``label`` and ``label_ru``."""
        rows = [(id, t.get("name", id), t.get("name_ru", "")) for id, t in self.meta.tasks.items()]
        return pd.DataFrame(rows, columns=["task", "label", "label_ru"]).set_index("task")

    @View
    def stakeholders(self) -> pd.DataFrame:
        """Index ``kind``, the kinds of stakeholder: ``label``, ``label_ru``, ``level``."""
        given = self._table("stakeholders", "kinds of stakeholder")
        columns = "stakeholder=kind name=label name_ru=label_ru level"
        return select(_sorted(given, "position", id="stakeholder"), columns)

    @View
    def experts(self) -> pd.DataFrame:
        """Index ``expert``: ``kind`` (its id), ``kind_name``, ``session``, ``quotable``, ``side``.

        There are sides only if the plan names some; an expert whose kind stands on none has none.
        """
        given = _sorted(self._table("experts", "experts"), id="expert_id")
        frame = select(given, "expert_id=expert stakeholder=kind session_id=session quotable")
        kind = frame["kind"].astype("str")
        frame["kind"] = pd.Categorical(kind, self.stakeholders.index)
        frame["session"] = pd.Categorical(frame["session"], self.sessions.index)
        frame.insert(1, "kind_name", kind.map(self.stakeholders["label"]))
        if sides := (self._entries.get(PLAN_FILE) or {}).get("sides"):
            side = {kind: name for name, members in sides.items() for kind in members}
            frame["side"] = pd.Categorical(kind.map(side), list(sides))
        return frame

    @View
    def guide(self) -> pd.DataFrame:
        """Index ``question``, in the order of the guide: ``task position text text_ru``."""
        need(len(self._frames["guide"]), "This panel has no interview guide.")
        return self._guide

    @View
    def _guide(self) -> pd.DataFrame:
        given = _sorted(self._table("guide", "guide"), "position", id="question_id")
        return select(given, "question_id=question task position text text_ru")

    @View
    def statements(self) -> pd.DataFrame:
        """Index ``statement``, in the order of speaking, the moderator's too.

        ``session position speaker question start end words known text text_en``; times in seconds.
        ``words`` counts those of texts that may not be quoted too, which are not shown; where it is
        not ``known``, the text is not in the panel.
        """
        frame = self._said
        need(len(frame), "This panel has no statements.")
        said = self._frames["statements"].set_index("statement_id")["text"][frame.index]
        frame.insert(6, "words", [sum(1 for _ in _WORD.finditer(text)) for text in said.tolist()])
        frame.insert(7, "known", ~said.str.contains(WITHHELD, regex=False))
        return frame

    @View
    def _said(self) -> pd.DataFrame:
        frame = self._table("statements", "statements")
        frame = frame[frame["speaker"].notna()]
        frame["session_id"] = pd.Categorical(frame["session_id"], self.sessions.index)
        frame["speaker"] = pd.Categorical(frame["speaker"], [*self.experts.index, MODERATOR])
        frame["question_id"] = pd.Categorical(frame["question_id"], self._guide.index)
        order = np.lexsort((frame["position"], frame["session_id"].cat.codes))
        names = "statement_id=statement session_id=session position speaker question_id=question"
        frame = select(frame.iloc[order], f"{names} start_s=start end_s=end text text_en")
        texts = frame[["text", "text_en"]]
        closed = frame.index.isin(self._closed[1]) | (texts == WITHHELD).any(axis=1).to_numpy()
        frame[texts.columns] = texts.mask(texts.notna() & closed[:, None], WITHHELD)
        return frame

    @View
    def codebook(self) -> pd.DataFrame:
        """Index ``code``, every code and theme, each theme before its codes.

        ``label``, ``level`` (1 for a theme), ``theme`` (its own id for a theme), ``theme_label``,
        ``task``, ``side`` (facilitates, hinders or neutral), ``question``, ``origin``, ``since``,
        ``definition``, ``include``, ``exclude``, and what there is of these in Russian.
        """
        frame = self._table("codebook", "codebook").set_index("code_id", drop=False)
        need(len(frame), "Nothing is coded in this panel.")
        theme = frame["parent_id"].astype("object").fillna(frame["code_id"])
        frame["level"] = frame["parent_id"].notna() + 1
        frame = frame.assign(first=theme.map(frame["position"]), then=by_number(theme))
        order = _sorted(frame, "task", "first", "then", "level", "position", id="code_id").index
        frame["theme"] = pd.Categorical(theme, theme[order].unique())
        frame["theme_label"] = theme.map(frame["name"])
        texts = "definition include exclude name_ru=label_ru definition_ru include_ru exclude_ru"
        names = "code_id=code name=label level theme theme_label task direction=side"
        return select(frame.loc[order], f"{names} question_id=question origin since {texts}")

    def codes(self, task: str | None = None, level: int = 2) -> pd.DataFrame:
        """The rows of :attr:`codebook` of one task (None: of all) and one level.

        Level 1 are the themes; level 2 the codes under them, and themes without any.
        """
        _one_of(level, (1, 2), "level")
        frame = self.codebook
        theme = frame["level"] == 1
        over_others = frame.index.isin(frame["theme"][~theme])
        frame = frame[theme if level == 1 else ~over_others].drop(columns="level")
        if task is not None:
            frame = frame[frame["task"] == task]
        need(len(frame), f"The codebook has no code for the task “{task}”.")
        return frame

    @property
    def coders(self) -> tuple[str, ...]:
        """The coders' ids, without ``consensus``, and without a single one who stands for it."""
        return () if "single" in self.assumed else self.meta.coders

    @View
    def coded(self) -> pd.DataFrame:
        """``statement``, ``coder``: who worked on what that experts said."""
        return self._of_experts("coded", "statement_id=statement coder")

    @View
    def codings(self) -> pd.DataFrame:
        """``statement``, ``coder``, ``code``, ``stance``: who gave which code to what."""
        return self._of_experts("codings", "statement_id=statement coder code_id=code stance")

    def _of_experts(self, table: str, columns: str) -> pd.DataFrame:
        frame = select(self._table(table, table), columns)
        said = self._said.index[self._said["speaker"] != MODERATOR]
        return frame[frame.index.isin(said)].reset_index()

    def _ids(self, codes: Codes) -> pd.Index:
        given = self.codes() if codes is None else [codes] if isinstance(codes, str) else codes
        ids = pd.Index(given.index if isinstance(given, pd.DataFrame) else list(given), name="code")
        if len(unknown := ids.difference(self.codebook.index)):
            raise ValueError(f"code must be one of the codebook's; got {unknown[0]!r}")
        return ids

    def _worked_on(self, coders: Sequence[str]) -> pd.Index:
        """The statements that any of these coders worked on, in the order of speaking."""
        for coder in coders:
            _one_of(coder, (*self.meta.coders, CONSENSUS), "coder")
        order, coded = self._said.index, self.coded
        need(len(coded), "Nothing is coded in this panel.")
        found = order[order.isin(coded["statement"][coded["coder"].isin(coders)])]
        need(len(found), f"Nothing was coded by {' or '.join(coders) or 'a coder'}.")
        return found

    def _given(
        self, rows: pd.Index, codes: pd.Index, coder: str, stance: str, of: pd.Series | None = None
    ) -> pd.DataFrame:
        """Which row was given which code, bool; ``of`` leads from a statement to its row."""
        _one_of(stance, (*STANCES, "any"), "stance")
        given = self.codings
        given = given[(given["coder"] == coder) & ((given["stance"] == stance) | (stance == "any"))]
        statement, code = given["statement"].astype("str"), given["code"].astype("str")
        row = rows.get_indexer(pd.Index(statement if of is None else statement.map(of)))
        values = np.zeros((len(rows), len(codes)), dtype=np.bool_)
        for name in (code, code.map(self.codebook["theme"].astype("str"))):
            column = codes.get_indexer(pd.Index(name))
            known = (row >= 0) & (column >= 0)
            values[row[known], column[known]] = True
        return pd.DataFrame(values, index=rows, columns=codes)

    def _by_expert(self, codes: Codes, coder: str, stance: str) -> pd.DataFrame:
        speaker = self._said["speaker"].astype("str")
        experts = self.experts.index
        rows = experts[experts.isin(speaker[self._worked_on([coder])])]
        return self._given(rows, self._ids(codes), coder, stance, speaker)

    def raised(self, codes: Codes = None, coder: str = CONSENSUS) -> pd.DataFrame:
        """Who raised what: experts x codes, True where a statement of the expert has the code.

        Experts none of whose statements the coder worked on are not in the frame: nobody can say
        what they did not raise.
        """
        return self._by_expert(codes, coder, "raises")

    def opposed(self, codes: Codes = None, coder: str = CONSENSUS) -> pd.DataFrame:
        """Who spoke against what: as :meth:`raised`. One expert may do both."""
        return self._by_expert(codes, coder, "opposes")

    def coded_statements(
        self, codes: Codes = None, coder: str = CONSENSUS, stance: str = "raises"
    ) -> pd.DataFrame:
        """Which statement has which code: statements x codes, those that the coder worked on.

        ``panel.statements.loc[frame.index]`` says who made them, in which session and when.
        """
        return self._given(self._worked_on([coder]), self._ids(codes), coder, stance)

    def ratings(self, task: str | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The rated items, and the answers: experts x items, NaN = no answer.

        Items: index ``item``: ``label``, ``task``, ``lowest``, ``highest``, ``label_ru``. Experts
        to whom none of these items was put (no row in ``ratings.csv``) are not in the frame. Of
        several rounds the last counts.
        """
        names = "item_id=item text=label task scale_min=lowest scale_max=highest text_ru=label_ru"
        items = select(_sorted(self._table("items", "ratings"), "position", id="item_id"), names)
        if task is not None:
            items = items[items["task"] == task]
            need(len(items), f"No item of the task “{task}” was rated.")
        rows = self._table("ratings", "ratings").astype({"expert_id": "str", "item_id": "str"})
        rows = rows[rows["item_id"].isin(items.index)].sort_values("round", kind="stable")
        rows = rows.drop_duplicates(["expert_id", "item_id"], keep="last")
        answers = rows.pivot(index="expert_id", columns="item_id", values="value")
        asked = self.experts.index[self.experts.index.isin(answers.index)]
        return items, answers.reindex(index=asked, columns=items.index)

    @View
    def memos(self) -> pd.DataFrame:
        """Index ``memo``, by date: ``date``, ``author``, ``about``, ``text``."""
        given = _sorted(self._table("memos", "memos"), "date", id="memo_id")
        return select(given, "memo_id=memo date author about text")

    @View
    def changes(self) -> pd.DataFrame:
        """Changes of the codebook by date, ``code version date change reason``."""
        given = self._table("codebook_changes", "record of changes of the codebook")
        given = given.sort_values(["date", "version", "code_id", "change"])
        return select(given, "code_id=code version date change reason").reset_index()
