"""Who raised and who opposed which code: one table for all tasks, in the order of the codebook.

Shared by the chapters that look across tasks. Experts stand by kind of stakeholder, codes by
theme. Experts without coded statements are left out: nobody looked whether they raised anything.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.panel.format import CONSENSUS
from analysis.panel.panel import Panel
from analysis.panel.views_of_coding import BoolArray, IntArray
from analysis.steps.code_tools import tree
from analysis.steps.panel_tools import experts_table


@dataclass(frozen=True, slots=True, eq=False)
class Raised:
    """``raised`` and ``opposed`` are experts x codes; an expert may have done both with a code.

    ``experts`` (a row an expert, in the order of the arrays) has the columns expert, session,
    kind, kind_name; ``codes`` (a row a code) has code, label, theme (the id of its theme),
    theme_name, direction and task.
    """

    experts: pd.DataFrame
    codes: pd.DataFrame
    raised: BoolArray
    opposed: BoolArray

    @property
    def n(self) -> int:
        """The number of experts."""
        return len(self.experts)

    def kinds(self) -> list[tuple[str, str, IntArray]]:
        """Id and name of each kind that has experts, and their rows."""
        codes = pd.factorize(self.experts["kind"])
        return [
            (
                str(kind),
                str(self.experts["kind_name"].iloc[int((codes[0] == place).argmax())]),
                np.flatnonzero(codes[0] == place).astype(np.int64),
            )
            for place, kind in enumerate(codes[1])
        ]


def who_raised(panel: Panel, level: int = 2, coder: str = CONSENSUS) -> Raised:
    """What each coded expert raised and opposed, over all tasks.

    Parameters
    ----------
    level
        2 for codes (and themes without codes under them), 1 for themes.
    """
    experts = experts_table(panel, coder).query("coded").reset_index(drop=True)
    found = panel.incidence(coder, "raises", level)
    against = panel.incidence(coder, "opposes", level)
    book = tree(panel)
    book = book[book["code_id"].isin(found.codes)].reset_index(drop=True)
    places = pd.Index(found.codes).get_indexer(pd.Index(book["code_id"]))
    cells = np.ix_(experts["row"].to_numpy(), places)
    codes = book.rename(columns={"code_id": "code", "name": "label"})
    return Raised(
        experts[["expert", "session", "kind", "kind_name"]],
        codes[["code", "label", "theme", "theme_name", "direction", "task"]],
        found.values[cells],
        against.values[cells],
    )


def exchangeable(panel: Panel, experts: pd.DataFrame) -> pd.Series | None:
    """The session of each expert, where experts can be exchanged within sessions; else None.

    In individual interviews, and where each session has one coded expert, there is nothing to
    exchange within a session, and all experts form one group.
    """
    sessions = experts["session"]
    if panel.meta.mode == "individual" or not sessions.duplicated().any():
        return None
    return sessions
