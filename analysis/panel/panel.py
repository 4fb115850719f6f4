"""An interview panel: loading it, making one from tables in memory, and changing a copy."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from analysis.panel.checks import Draft, check_tables
from analysis.panel.entries import Entries
from analysis.panel.faults import Faults, NotInPanel
from analysis.panel.filled import ASSUMED, fill
from analysis.panel.format import FILES, META_FILE, PLAN_FILE, REPORTING_FILE, TABLES, TRUTH_FILE
from analysis.panel.meta import Meta, read_meta
from analysis.panel.plan import Plan, check_plan, read_plan
from analysis.panel.reading import read_files, read_table
from analysis.panel.rules import check_rules
from analysis.panel.views import Views
from analysis.panel.writing import contents
from analysis.project import digest_contents, panel_source


class Panel(Views):
    """An interview panel that keeps to the format. Nobody changes its tables, only a copy's.

    ``source`` is an entry of ``panel.yml``; ``changed`` says that it is a changed copy of another;
    ``notes`` what was read though it is not quite as the format has it; ``assumed`` what was filled
    in, by its key in :data:`analysis.panel.filled.ASSUMED`.

    What it hands out, but for :attr:`frames`, has :data:`WITHHELD` in place of what an expert said
    who may not be quoted; of each text that repeats eight words in a row of it, or all of a
    statement of four to seven words; and of each note that names such an expert or statement.

    Ids are strings; what refers to an id, and vocabularies, are categories in the order of the
    file referred to; an empty cell is NaN.
    """

    def __init__(
        self,
        meta: Meta,
        frames: Mapping[str, pd.DataFrame],
        entries: Mapping[str, Any],
        digest: str = "",
        notes: Iterable[str] = (),
        assumed: Iterable[str] = (),
    ) -> None:
        self._meta, self.source = meta, meta.source
        self.changed = False
        self.notes = tuple(notes)
        self.assumed = {key: said for key, said in ASSUMED.items() if key in set(assumed)}
        self._frames = dict(frames)
        self._entries = dict(entries)
        self._digest = digest
        self._withheld: dict[str, str] = {}

    def __repr__(self) -> str:
        # no table: a notebook that shows a panel by accident must not show what experts said
        changed = ", changed" if self.changed else ""
        return f"<Panel {self._meta.id} ({self.source}), digest {self.digest}{changed}>"

    @property
    def digest(self) -> str:
        """The digest of the files that it was read from, or would be written as."""
        if not self._digest:
            self._digest = digest_contents(self.contents())
        return self._digest

    def contents(self) -> Iterator[tuple[str, bytes]]:
        """The files that it would be written as, by name."""
        meta = replace(self._meta, assumed=tuple(self.assumed))
        return contents(meta, self._frames, self._entries)

    @property
    def frames(self) -> Mapping[str, pd.DataFrame]:
        """The tables by name, as their files hold them; read only, and each a copy."""
        return MappingProxyType({name: frame.copy() for name, frame in self._frames.items()})

    def _entry(self, file: str, sentence: str) -> dict[str, Any]:
        if self._entries.get(file) is None:
            raise NotInPanel(sentence)
        return copy.deepcopy(dict(self._shown[file]))

    @property
    def truth(self) -> dict[str, Any]:
        """What a constructed panel was built to contain."""
        return self._entry(TRUTH_FILE, "Nobody knows the truth about this panel.")

    @property
    def reporting(self) -> dict[str, Any]:
        """What the authors state for items of reporting checklists, by the item's id."""
        return self._entry(REPORTING_FILE, "This panel has no statements on reporting.")

    @property
    def plan(self) -> Plan:
        """The analysis plan that was written beforehand."""
        return Plan(self._entry(PLAN_FILE, "This panel has no analysis plan."))

    def without(self, expert: str | Iterable[str]) -> Panel:
        """A copy without an expert (or several), and all that they said and rated."""
        gone = {expert} if isinstance(expert, str) else {*expert}
        if unknown := sorted(gone - set(self._frames["experts"]["expert_id"])):
            raise ValueError(f"expert must be one of the panel's; got {unknown[0]!r}")
        said = self._frames["statements"]
        lost = set(said["statement_id"][said["speaker"].isin(gone)])
        frames = {}
        for name, frame in self._frames.items():
            for column, values in (("expert_id", gone), ("speaker", gone), ("statement_id", lost)):
                if column in frame:
                    frame = frame[~frame[column].isin(values)].reset_index(drop=True)
                    if isinstance(frame[column].dtype, pd.CategoricalDtype):
                        kept = frame[column].cat.categories
                        frame[column] = frame[column].cat.set_categories(kept[~kept.isin(values)])
            frames[name] = frame
        left = Panel(self._meta, frames, self._entries, assumed=self.assumed)
        left._closed, left.changed = self._closed, True  # who is gone is not quoted either
        return left

    def replace(self, **frames: pd.DataFrame) -> Panel:
        """A copy with other tables, such as ``codings=frame``, checked as in :func:`make_panel`.

        The frames are those of :attr:`frames`, or as :attr:`.Views.codings` has them.
        """
        names = {"statement": "statement_id", "code": "code_id"}
        given = {name: frame.rename(columns=names) for name, frame in frames.items()}
        made = _made(self._meta, {**self._frames, **given}, self._entries)
        made.assumed = {**self.assumed, **made.assumed}
        made.changed = True
        return made


def load_panel(path: Path | str | None = None, copy: Path | None = None) -> Panel:
    """The panel in a folder.

    None stands for the chosen one (``STUDY_PANEL``, or the constructed panel). ``copy`` is a new
    folder for the files, as they are read.

    Raises
    ------
    PanelError
        If the panel is broken. Its ``faults`` are all there are, each with file, row, column, the
        value and what would be right.
    """
    folder = panel_source() if path is None else Path(path)
    faults = Faults()
    files = read_files(folder, faults)
    return _read(files if copy is None else _copied(files, copy), faults)


def _copied(files: Iterable[tuple[str, bytes]], folder: Path) -> Iterator[tuple[str, bytes]]:
    folder.mkdir(mode=0o700)
    for name, data in files:
        (folder / name).write_bytes(data)
        yield name, data


def make_panel(
    meta: Meta,
    frames: Mapping[str, pd.DataFrame],
    truth: Mapping[str, Any] | None = None,
    plan: Mapping[str, Any] | None = None,
    reporting: Mapping[str, str] | None = None,
) -> Panel:
    """A panel from tables in memory: the one that their files would give.

    What a cell holds counts as its file would show it (True as ``true``, a missing value as an
    empty cell); ``truth``, ``plan`` and ``reporting`` are plain mappings, lists and texts.

    Raises
    ------
    PanelError
        As :func:`load_panel`; rows count as in the files that would be written.
    """
    entries = {TRUTH_FILE: truth, PLAN_FILE: plan, REPORTING_FILE: reporting}
    return _made(meta, frames, entries)


def _made(meta: Meta, frames: Mapping[str, pd.DataFrame], entries: Mapping[str, Any]) -> Panel:
    if unknown := sorted(set(frames) - set(TABLES)):
        raise ValueError(f"a table must be one of {', '.join(TABLES)}; got {unknown[0]!r}")
    panel = _read(contents(meta, frames, entries), Faults())
    panel._digest = ""  # that of what it would be written as, which is fuller than what was given
    return panel


def _read(files: Iterable[tuple[str, bytes]], faults: Faults) -> Panel:
    """The checked panel in these files: each is read once, for its content and for the digest."""
    draft = Draft(faults)
    entries: dict[str, Any] = {}

    def taken() -> Iterator[tuple[str, bytes]]:
        for name, data in files:
            draft.files.add(name)
            if name == META_FILE:
                draft.meta, draft.coder_lines = read_meta(data, faults)
            elif name == PLAN_FILE:
                draft.plan = read_plan(data, faults)
                entries[name] = draft.plan.content
            elif name == TRUTH_FILE and draft.meta and draft.meta.source == "panel":
                real = "no such file: nobody knows the truth of a panel of real interviews"
                faults.add(name, None, None, "a file", real)
            elif name in (REPORTING_FILE, TRUTH_FILE):
                entries[name] = Entries(FILES[name], data, faults).content
            elif raw := read_table(FILES[name], data, faults):
                draft.raw[FILES[name].name] = raw
            yield name, data

    digest = digest_contents(taken())
    draft.files |= faults.files  # there, or missed already
    fill(draft)
    check_tables(draft)
    check_rules(draft)
    check_plan(draft)
    if faults.count:
        raise faults.error()
    assert draft.meta is not None  # else there were faults
    return Panel(draft.meta, draft.frames, entries, digest, faults.notes, draft.assumed)
