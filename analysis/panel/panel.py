"""An interview panel: loading it, and making one from tables in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.panel.checking import check_drafts, read_folder, typed
from analysis.panel.drafts import Drafts, draft
from analysis.panel.faults import Faults
from analysis.panel.format import TABLES
from analysis.panel.meta import Meta, parse_meta
from analysis.panel.plan import Plan, parse_plan
from analysis.panel.reading import sheet
from analysis.panel.views_of_speaking import SpeakingViews
from analysis.panel.writing import cells_of, contents
from analysis.project import digest, digest_contents, panel_folder


@dataclass(frozen=True, eq=False, repr=False)
class Panel(SpeakingViews):
    """An interview panel that holds to the format.

    ``frames`` holds the tables by name (``experts``, ``statements``, ...; an optional table that
    is not there is not among them); ``meta`` the entries of ``panel.yml``; ``truth`` what a
    constructed panel was built to contain, or None; ``plan`` the analysis plan written beforehand,
    or None. ``folder`` is where it was read from, None for one made in memory; ``digest`` the
    digest of its files.

    Ids are strings; what refers to an id, and vocabularies, are categories in the order of the
    file referred to; an empty cell is NaN. Nobody changes the tables of a panel.

    Two panels are equal if their entries, tables, truths and plans are, wherever they lie.
    """

    meta: Meta
    frames: Mapping[str, pd.DataFrame]
    truth: Mapping[str, Any] | None
    folder: Path | None
    digest: str
    plan: Plan | None = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Panel):
            return NotImplemented
        return (
            self.meta == other.meta
            and self.truth == other.truth
            and self.plan == other.plan
            and self.frames.keys() == other.frames.keys()
            and all(frame.equals(other.frames[name]) for name, frame in self.frames.items())
        )

    def __repr__(self) -> str:
        # no table: a notebook that shows a panel by accident must not show what experts said
        return f"<Panel {self.meta.id} ({self.meta.source}), digest {self.digest}>"

    @property
    def experts(self) -> pd.DataFrame:
        """The table of experts."""
        return self.frames["experts"]

    @property
    def sessions(self) -> pd.DataFrame:
        """The table of sessions."""
        return self.frames["sessions"]

    @property
    def stakeholders(self) -> pd.DataFrame:
        """The table of kinds of stakeholder."""
        return self.frames["stakeholders"]

    @property
    def guide(self) -> pd.DataFrame:
        """The interview guide."""
        return self.frames["guide"]

    @property
    def statements(self) -> pd.DataFrame:
        """The table of statements; show text only by :meth:`quotations`."""
        return self.frames["statements"]

    @property
    def codebook(self) -> pd.DataFrame:
        """The codebook."""
        return self.frames["codebook"]

    @property
    def coded(self) -> pd.DataFrame:
        """Which coder worked on which statement."""
        return self.frames["coded"]

    @property
    def codings(self) -> pd.DataFrame:
        """Which coder gave which code to which statement."""
        return self.frames["codings"]


def load_panel(path: Path | str | None = None, check: bool = True) -> Panel:
    """The panel in a folder.

    Parameters
    ----------
    path
        The folder; None for the chosen one (``STUDY_PANEL``, or the constructed panel).
    check
        False trusts the files: they are read without the checks, unless one of them cannot be.

    Raises
    ------
    PanelError
        If the panel is broken. Its ``faults`` are all there are, each with file, row, column, the
        value seen and what would be right.
    """
    folder = panel_folder() if path is None else Path(path)
    faults = Faults()
    drafts, truth = read_folder(folder, faults)
    frames = _frames(drafts, faults, check)
    assert drafts.meta is not None  # else there were faults
    plan = drafts.plan.plan if drafts.plan else None
    return Panel(drafts.meta, frames, truth, folder, digest([folder], base=folder), plan)


def make_panel(
    meta: Meta,
    frames: Mapping[str, pd.DataFrame],
    truth: Mapping[str, Any] | None = None,
    check: bool = True,
    plan: Plan | None = None,
) -> Panel:
    """A panel from tables in memory, checked as if it had been read from files.

    Parameters
    ----------
    frames
        The tables by name, with all columns of the format; what a cell holds counts as its file
        would show it (True as ``true``, a missing value as an empty cell).
    check
        As in :func:`load_panel`.

    Raises
    ------
    PanelError
        As :func:`load_panel`; rows count as in the files that would be written.
    """
    faults = Faults()
    read, lines = parse_meta(meta.as_yaml(), faults)
    tables = {}
    for name, table in TABLES.items():
        if name in frames:
            frame = frames[name]
            cells = [cells_of(frame[column]) for column in frame.columns]
            count = len(frame)
            rows = np.arange(2, count + 2, dtype=np.int64), np.ones(count, dtype=np.bool_)
            tables[name] = draft(sheet(table, list(frame.columns), cells, *rows, faults))
        elif table.required:
            faults.add(table.file, None, None, None, f"a table {name}")
    for name in frames:
        if name not in TABLES:
            faults.add(f"{name}.csv", None, None, name, f"only the tables {', '.join(TABLES)}")
    files = [*tables, *(["truth"] if truth is not None else [])]
    planned = parse_plan(plan.as_yaml(), faults) if plan else None
    checked = _frames(Drafts(read, tables, files, lines, planned), faults, check)
    assert read is not None  # else there were faults
    kept = planned.plan if planned else None
    total = digest_contents(contents(read, checked, truth, kept))
    return Panel(read, checked, truth, None, total, kept)


def _frames(drafts: Drafts, faults: Faults, check: bool) -> dict[str, pd.DataFrame]:
    """The checked tables.

    Raises
    ------
    PanelError
        If there are faults.
    """
    frames = None
    if not check and not faults:
        frames = typed(drafts)
    if frames is None:
        check_drafts(drafts, faults)
        if faults:
            raise faults.error()
        frames = typed(drafts)
    assert frames is not None  # what cannot be given its type is a fault
    return frames
