"""All tables of the chapter on coding reliability, from a panel."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from analysis.panel.panel import Panel
from analysis.statistics.results import Estimate
from analysis.steps.coding_reliability import coefficients, coverage, disagreement
from analysis.steps.coding_reliability.planted import planted
from analysis.steps.coding_reliability.reporting import points
from analysis.steps.coding_reliability.sheets import ALONE, main_pair, sheets, trio
from analysis.steps.panel_tools import code_names


def _none() -> pd.DataFrame:
    return pd.DataFrame()


def _no_alpha() -> Estimate:
    return Estimate(float("nan"))


@dataclass(frozen=True, slots=True, eq=False)
class CodingReliability:
    """The tables of the chapter; what cannot be computed is an empty table.

    ``pair`` are the two coders who share the most statements, None where no two share any;
    ``missing`` then says so, and is empty else. ``sessions`` and ``coders`` say what was coded,
    ``reporting`` what a report should answer. See the functions of the same names for the columns.
    """

    pair: tuple[str, str] | None
    missing: str
    coder_names: tuple[str, ...]
    unit: str
    code_order: tuple[str, ...]
    themes_only: bool
    themes_count: int
    source: str
    sessions: pd.DataFrame
    coders: pd.DataFrame
    reporting: pd.DataFrame
    codes: pd.DataFrame = field(default_factory=_none)
    themes: pd.DataFrame = field(default_factory=_none)
    overall: pd.DataFrame = field(default_factory=_none)
    pairs: pd.DataFrame = field(default_factory=_none)
    stances: pd.DataFrame = field(default_factory=_none)
    stance_alpha: Estimate = field(default_factory=_no_alpha)
    experts: pd.DataFrame = field(default_factory=_none)
    confusion: pd.DataFrame = field(default_factory=_none)
    kinds: pd.DataFrame = field(default_factory=_none)
    matrix: pd.DataFrame = field(default_factory=_none)
    drift_sessions: pd.DataFrame = field(default_factory=_none)
    drift_line: pd.DataFrame = field(default_factory=_none)
    drift_codes: pd.DataFrame = field(default_factory=_none)
    statements: dict[str, int] = field(default_factory=dict)
    resolved: pd.DataFrame = field(default_factory=_none)
    alone: pd.DataFrame = field(default_factory=_none)
    memos: pd.DataFrame = field(default_factory=_none)
    memos_withheld: int = 0
    read: pd.DataFrame = field(default_factory=_none)
    disputed: int = 0
    unquotable: int = 0
    withheld: int = 0
    planted: pd.DataFrame = field(default_factory=_none)


def analyse(panel: Panel) -> CodingReliability:
    """Everything that the chapter shows of a panel."""
    sessions = coverage.by_session(panel)
    pair = main_pair(panel)
    names = code_names(panel)
    codes = panel.incidence().codes
    double, spoken = int(sessions["double"].sum()), int(sessions["statements"].sum())
    sentence = coverage.chosen(sessions)
    memos, withheld = disagreement.memo_table(panel)
    always: dict[str, Any] = {
        "pair": pair,
        "coder_names": panel.meta.coders,
        "unit": panel.meta.coding_unit,
        "code_order": codes,
        "themes_only": not panel.codebook["parent_id"].notna().any(),
        "themes_count": len(panel.incidence(level=1).codes),
        "source": panel.meta.source,
        "sessions": sessions,
        "coders": coverage.by_coder(panel),
        "reporting": points(panel, sentence, double, spoken),
        "memos": memos,
        "memos_withheld": withheld,
    }
    if pair is None:
        return CodingReliability(missing=ALONE, **always)
    three, found = trio(panel, pair), sheets(panel)
    overall = coefficients.overall(panel)
    stances, stance_alpha = coefficients.stances(three)
    confusion = disagreement.confusion(three)
    kinds = disagreement.confused(confusion, names)
    read, disputed, unquotable, withheld = disagreement.read(panel, three, kinds, memos)
    return CodingReliability(
        missing="",
        **always,
        codes=coefficients.by_code(panel, pair),
        themes=coefficients.by_code(panel, pair, level=1),
        overall=overall,
        pairs=coefficients.pairs(panel, overall),
        stances=stances,
        stance_alpha=stance_alpha,
        experts=coefficients.counted_experts(panel, pair),
        confusion=confusion,
        kinds=kinds,
        matrix=disagreement.crossed(three, confusion, codes),
        drift_sessions=disagreement.drift_by_session(found),
        drift_line=disagreement.drift_line(found),
        drift_codes=disagreement.drift_by_code(three, codes, names),
        statements=disagreement.resolved_statements(three),
        resolved=disagreement.resolved_codes(three),
        alone=coverage.alone(panel),
        read=read,
        disputed=disputed,
        unquotable=unquotable,
        withheld=withheld,
        planted=planted(panel, pair),
    )
