"""The hand-written part of the constructed panel, and the named draws that its chance comes from.

The part is a folder with the tables that need no generating, ``panel.yml``, ``plan.yml`` (taken
over as it is), one ``session-N.yml`` a session with what was said and the coding that its writer
meant, ``truth-notes.yml`` (what was put in on purpose) and ``generator.yml`` (the seeds and numbers
of everything that is drawn).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import NormalDist
from typing import Any

import pandas as pd
import yaml

from analysis.panel.format import LOADER, MODERATOR

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*|\d+")

#: A set of codes with the stance of each.
Coding = dict[str, str]


@dataclass(frozen=True)
class Said:
    """One statement: who, in answer to which question, in what words, and its consensus coding.

    ``hard`` marks what coders may well see otherwise, with the writer's ``note``; ``echo_of`` is
    the earlier statement that this one takes up; ``overlap`` marks a start before the last speaker
    had finished. ``words`` counts those of the original.
    """

    id: str
    session: str
    position: int
    speaker: str
    question: str
    text: str
    text_en: str
    codes: Coding
    words: int
    echo_of: str = ""
    hard: bool = False
    note: str = ""
    overlap: bool = False


@dataclass(frozen=True)
class Source:
    """Everything that was written by hand. The cells of ``tables`` are text, as in the files."""

    panel: dict[str, Any]
    plan: dict[str, Any]
    tables: Mapping[str, pd.DataFrame]
    said: list[Said]
    notes: dict[str, Any]
    generator: dict[str, Any]

    @cached_property
    def home(self) -> dict[str, str]:
        """The session of each expert."""
        experts = self.tables["experts"]
        return dict(zip(experts["expert_id"], experts["session_id"], strict=True))

    @cached_property
    def codes(self) -> list[str]:
        """Ids of the codes that are given to statements: those of the second level."""
        codebook = self.tables["codebook"]
        return codebook["code_id"][codebook["parent_id"] != ""].tolist()

    @cached_property
    def statements(self) -> list[Said]:
        """What the experts said: the units that are coded."""
        return [s for s in self.said if s.speaker != MODERATOR]

    @cached_property
    def sides(self) -> dict[str, list[str]]:
        """The experts of each side, by the writer's grouping."""
        return dict(self.notes["sides"])

    def experts_with(self, code: str, stance: str = "raises") -> set[str]:
        """Experts who gave the code this stance, by the consensus coding."""
        return {s.speaker for s in self.statements if s.codes.get(code) == stance}


def read_source(folder: Path) -> Source:
    """Read the hand-written part."""
    tables = {
        path.stem.replace("-", "_"): pd.read_csv(path, dtype=str, na_filter=False)
        for path in sorted(folder.glob("*.csv"))
    }
    said = [s for name in tables["sessions"]["session_id"] for s in _session(folder, name)]
    names = ("panel", "plan", "truth-notes", "generator")
    panel, plan, notes, generator = (_yaml(folder, name) for name in names)
    return Source(panel, plan, tables, said, notes, generator)


def _session(folder: Path, session: str) -> list[Said]:
    said = []
    for position, item in enumerate(_yaml(folder, f"session-{session[1:]}"), start=1):
        codes = {given["code"]: given["stance"] for given in item.pop("codes")}
        question, words = item.pop("q"), len(_WORD.findall(item["text"]))
        if "echo_of" in item:
            item["echo_of"] = f"{session}-{item['echo_of']:03d}"
        id = f"{session}-{position:03d}"
        said.append(
            Said(id, session, position, question=question, codes=codes, words=words, **item)
        )
    return said


def _yaml(folder: Path, name: str) -> Any:
    return yaml.load((folder / f"{name}.yml").read_text(encoding="utf-8"), LOADER)


@dataclass(frozen=True)
class Draws:
    """Draws under one ``seed``; each is named by the arguments, and the same name gives it again.

    A draw is a digest of the seed and the draw's name, such as ``("pause", "s1-004")``. So the
    order in which things are made does not matter, and no version of any library changes a number.

    >>> draws = Draws(1)
    >>> draws.uniform("pause", "s1-004") == draws.uniform("pause", "s1-004")
    True
    """

    seed: int

    def uniform(self, *name: str) -> float:
        """A number between 0 and 1, both excluded."""
        digest = hashlib.sha256("|".join((str(self.seed), *name)).encode()).digest()
        return ((int.from_bytes(digest[:8], "big") >> 11) + 0.5) / 2**53

    def normal(self, *name: str) -> float:
        """A standard normal number."""
        return NormalDist().inv_cdf(self.uniform(*name))

    def happens(self, probability: float, *name: str) -> bool:
        """Whether something of this ``probability`` happens."""
        return self.uniform(*name) < probability

    def choose(self, weights: Mapping[str, float], *name: str) -> str:
        """One of the keys, each with a probability in proportion to its weight."""
        rest = self.uniform(*name) * sum(weights.values())
        for key, weight in weights.items():
            rest -= weight
            if rest < 0:
                return key
        raise ValueError(f"nothing to choose from: {dict(weights)}")
