"""The hand-written part of the constructed panel, as its writer left it.

A folder with the tables that need no generating (``stakeholders.csv``, ``experts.csv``,
``sessions.csv``, ``guide.csv``, ``codebook.csv``, ``codebook-changes.csv``, ``items.csv``,
``memos.csv``), ``panel.yml``, ``plan.yml`` (the analysis plan, taken over as it is), one
``session-N.yml`` a session with what was said and the coding that its writer meant,
``truth-notes.yml`` (what was put in on purpose) and ``generator.yml`` (the seeds and numbers of
everything that is drawn).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

MODERATOR = "moderator"
_TABLES = ("stakeholders", "experts", "sessions", "guide", "codebook", "items", "memos")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*|\d+")

Row = dict[str, str]
#: A set of codes with the stance of each.
Coding = dict[str, str]


@dataclass(frozen=True, slots=True)
class Said:
    """One statement: who, in answer to which question, in what words, and what it means.

    ``codes`` is the consensus coding. ``hard`` marks what coders may well see otherwise, with the
    writer's ``note``; ``echo_of`` names the earlier statement that this one takes up; ``overlap``
    marks a start before the last speaker had finished.
    """

    id: str
    session: str
    position: int
    speaker: str
    question: str
    text: str
    text_en: str
    codes: Coding
    hard: bool
    note: str
    overlap: bool
    echo_of: str

    @property
    def words(self) -> int:
        """Words of the original text; the id of a person who is addressed counts as one."""
        return len(_WORD.findall(self.text))

    @property
    def by_expert(self) -> bool:
        """Whether an expert speaks, and not the moderator."""
        return self.speaker != MODERATOR


@dataclass(frozen=True, slots=True)
class Source:
    """Everything that was written by hand. ``tables`` hold rows of text, in file order."""

    folder: Path
    panel: dict[str, Any]
    tables: Mapping[str, list[Row]]
    said: tuple[Said, ...]
    notes: dict[str, Any]
    generator: dict[str, Any]

    @property
    def experts(self) -> list[str]:
        """Ids of the experts, in file order."""
        return [row["expert_id"] for row in self.tables["experts"]]

    @property
    def sessions(self) -> list[str]:
        """Ids of the sessions, in file order."""
        return [row["session_id"] for row in self.tables["sessions"]]

    @property
    def codes(self) -> list[str]:
        """Ids of the codes that are given to statements: those of the second level."""
        return [row["code_id"] for row in self.tables["codebook"] if row["parent_id"]]

    @property
    def statements(self) -> list[Said]:
        """What the experts said: the units that are coded."""
        return [s for s in self.said if s.by_expert]

    @property
    def side(self) -> dict[str, str]:
        """The side of each expert: ``authorities`` or ``society``, by the writer's grouping.

        Raises
        ------
        ValueError
            If ``truth-notes.yml`` does not put every expert on exactly one side.
        """
        sides: dict[str, list[str]] = {k: v for k, v in self.notes["sides"].items() if k != "note"}
        found = {expert: side for side, members in sides.items() for expert in members}
        if sorted(found) != sorted(self.experts) or len(found) != sum(map(len, sides.values())):
            raise ValueError("truth-notes.yml: sides must hold every expert once")
        return found


def read_source(folder: Path) -> Source:
    """Read the hand-written part.

    Raises
    ------
    ValueError
        If a code, a speaker or an echo in the sessions does not exist.
    """
    tables = {name: _rows(folder / f"{name}.csv") for name in _TABLES}
    tables["codebook_changes"] = _rows(folder / "codebook-changes.csv")
    said = tuple(
        statement for row in tables["sessions"] for statement in _session(folder, row["session_id"])
    )
    source = Source(
        folder=folder,
        panel=_mapping(folder / "panel.yml"),
        tables=tables,
        said=said,
        notes=_mapping(folder / "truth-notes.yml"),
        generator=_mapping(folder / "generator.yml"),
    )
    _check(source)
    return source


def _session(folder: Path, session: str) -> list[Said]:
    path = folder / f"session-{session.removeprefix('s')}.yml"
    talk: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [
        Said(
            id=statement_id(session, position),
            session=session,
            position=position,
            speaker=item["speaker"],
            question=item["q"],
            text=item["text"],
            text_en=item["text_en"],
            codes={c["code"]: c["stance"] for c in item["codes"]},
            hard=bool(item.get("hard", False)),
            note=item.get("note", ""),
            overlap=bool(item.get("overlap", False)),
            echo_of=statement_id(session, item["echo_of"]) if "echo_of" in item else "",
        )
        for position, item in enumerate(talk, start=1)
    ]


def statement_id(session: str, position: int) -> str:
    """The id of a statement: its session and its place in the order of speaking.

    >>> statement_id("s2", 34)
    's2-034'
    """
    return f"{session}-{position:03d}"


def _rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return [dict(row) for row in csv.DictReader(file)]


def _mapping(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def _check(source: Source) -> None:
    home = {row["expert_id"]: row["session_id"] for row in source.tables["experts"]}
    codes = set(source.codes)
    earlier: set[str] = set()
    for s in source.said:
        if s.by_expert and home.get(s.speaker) != s.session:
            raise ValueError(f"{s.id}: {s.speaker} does not belong to session {s.session}")
        if unknown := set(s.codes) - codes:
            raise ValueError(f"{s.id}: {sorted(unknown)} are no codes of the second level")
        if not s.by_expert and s.codes:
            raise ValueError(f"{s.id}: the moderator's statements are not coded")
        if s.echo_of and s.echo_of not in earlier:
            raise ValueError(f"{s.id}: echoes {s.echo_of}, which does not come before it")
        earlier.add(s.id)
