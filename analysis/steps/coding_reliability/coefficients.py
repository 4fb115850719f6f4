"""How far coders agree: on each code, on whole sets of codes, and on the stance."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.panel.format import STANCES
from analysis.panel.panel import Panel
from analysis.statistics import agreement
from analysis.statistics.results import Estimate
from analysis.steps.coding_reliability import intervals
from analysis.steps.coding_reliability.sheets import (
    Sheets,
    Trio,
    nothing_shared,
    same_set,
    shared,
    sheets,
)
from analysis.steps.panel_tools import code_names

#: The two levels of the codebook, as a reader sees them.
LEVELS = {2: "codes", 1: "themes"}
#: What counts as a code given, as a reader sees it.
COUNTED = {"any": "given in any stance", "raises": "raised"}


def _limits(name: str, found: Estimate) -> dict[str, float]:
    return {name: found.estimate, f"{name}_low": found.low, f"{name}_high": found.high}


def by_code(panel: Panel, pair: tuple[str, str], level: int = 2) -> pd.DataFrame:
    """Coefficients of each code, given in any stance or not, one row a code.

    Of all coders: ``n`` double-coded statements, ``given`` how many of them have the code from one
    coder or more, ``agreement``, ``ac1`` and ``alpha``; ``raised_alpha`` counts a code as given
    only where it was raised. Of the ``pair``: the counts ``both``, ``only_first``,
    ``only_second``, ``neither``, and from them ``kappa``, ``prevalence``, ``bias`` and ``pabak``.
    Columns with ``_low`` and ``_high`` are intervals that draw whole experts, NaN where there is
    none; ``reason`` says what is wrong with alpha or its interval.
    """
    names = code_names(panel)
    every, raised = sheets(panel, level=level), sheets(panel, level=level, stance="raises")
    two = sheets(panel, pair, level=level)
    book = panel.codebook
    parents = dict(zip(book["code_id"], book["parent_id"].astype(object), strict=True))
    rows = []
    for place, code in enumerate(every.codes):
        row: dict[str, object] = {"code": code, "name": names[code]}
        row["theme"] = _theme(parents, names, code)
        somebody = (every.given[..., place] == 1).any(axis=0)
        row |= {"n": len(every), "given": int(somebody.sum())}
        rows.append(row | _of_all(every, raised, place) | _of_pair(two, place))
    return pd.DataFrame(rows)


def _theme(parents: dict[str, object], names: dict[str, str], code: str) -> str:
    parent = parents[code]
    return names[parent] if isinstance(parent, str) else names[code]


def _of_all(every: Sheets, raised: Sheets, place: int) -> dict[str, object]:
    data, experts = every.given[..., place], every.experts
    sums = intervals.by_cluster(intervals.share_columns(data), experts)
    row: dict[str, object] = {}
    for name, coefficient, found, lowest in (
        ("agreement", intervals.agreement_of, agreement.percent_agreement(data), 0.0),
        ("ac1", intervals.ac1_of, agreement.gwet_ac(data, categories=[0, 1]), -1.0),
    ):
        drawn = intervals.cluster_interval(sums, coefficient, name, lowest=lowest)
        row |= {name: found.estimate, f"{name}_low": drawn.low, f"{name}_high": drawn.high}
    alpha = intervals.alpha(data, experts)
    row |= _limits("alpha", alpha)
    row["raised_alpha"] = agreement.krippendorff_alpha(raised.given[..., place], "nominal").estimate
    row["reason"] = alpha.reason
    return row


def _of_pair(two: Sheets, place: int) -> dict[str, object]:
    first, second = two.given[0, :, place], two.given[1, :, place]
    counts = agreement.two_coder_counts(first, second)
    summary = agreement.two_coder_summary(*counts)
    sums = intervals.by_cluster(intervals.table_columns(first, second), two.experts)
    drawn = intervals.cluster_interval(sums, intervals.kappa_of, "kappa")
    return {
        "shared": summary.n,
        "both": summary.both,
        "only_first": summary.only_first,
        "only_second": summary.only_second,
        "neither": summary.neither,
        "kappa": summary.kappa,
        "kappa_low": drawn.low,
        "kappa_high": drawn.high,
        "prevalence": summary.prevalence_index,
        "bias": summary.bias_index,
        "pabak": summary.pabak,
    }


def overall(panel: Panel) -> pd.DataFrame:
    """Set-valued alpha over the whole codebook: a row a level and a way of counting.

    Columns level, counted, n (statements), alpha, low and high by whole experts, experts (how
    many), session_low and session_high by whole sessions, sessions, and the reasons for what is
    missing or rough in each interval.
    """
    rows = []
    for level, level_name in LEVELS.items():
        for stance, counted in COUNTED.items():
            found = sheets(panel, level=level, stance=stance)
            experts = intervals.set_alpha(found.sets, found.experts)
            sessions = intervals.set_alpha(found.sets, found.sessions)
            rows.append(
                {
                    "level": level_name,
                    "counted": counted,
                    "n": len(found),
                    "alpha": experts.estimate,
                    "low": experts.low,
                    "high": experts.high,
                    "experts": experts.n,
                    "reason": experts.reason,
                    "session_low": sessions.low,
                    "session_high": sessions.high,
                    "sessions": sessions.n,
                    "session_reason": sessions.reason,
                }
            )
    return pd.DataFrame(rows)


def pairs(panel: Panel, whole: pd.DataFrame) -> pd.DataFrame:
    """Each two coders who share statements: how many, how many with the same set, and set alpha.

    Columns first, second, n, same, apart (statements with codes of which the two share none),
    alpha, low, high. ``whole`` (of :func:`overall`) has the alpha of a single pair already.
    """
    rows = []
    alone = len(panel.meta.coders) == 2
    for (first, second), n in shared(panel).items():
        if not n:
            continue
        found = sheets(panel, (first, second))
        row = {"first": first, "second": second, "n": n}
        row |= {"same": int(same_set(found.sets).sum())}
        row |= {"apart": int(nothing_shared(found.sets).sum())}
        if alone:
            row |= {name: float(whole[name].iloc[0]) for name in ("alpha", "low", "high")}
        else:
            alpha = intervals.set_alpha(found.sets, found.experts)
            row |= {"alpha": alpha.estimate, "low": alpha.low, "high": alpha.high}
        rows.append(row)
    columns = ["first", "second", "n", "same", "apart", "alpha", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def stances(three: Trio) -> tuple[pd.DataFrame, Estimate]:
    """Where both of the pair gave a code: the stance of each, crossed, and alpha of the stance.

    A row a stance of the first coder, a column a stance of the second; units of alpha are codes in
    statements, its interval draws whole experts.
    """
    counts = np.zeros((len(STANCES), len(STANCES)), dtype=np.int64)
    values: list[tuple[int, int]] = []
    experts: list[str] = []
    for a, b, expert in zip(three.first, three.second, three.experts, strict=True):
        for code in sorted(a.keys() & b.keys()):
            one, other = STANCES.index(a[code]), STANCES.index(b[code])
            counts[one, other] += 1
            values.append((one, other))
            experts.append(expert)
    data = np.array(values, dtype=np.float64).reshape(-1, 2).T
    alpha = intervals.alpha(data, experts)
    table = pd.DataFrame(counts, columns=list(STANCES))
    table.insert(0, "first", list(STANCES))
    return table, alpha


def counted_experts(panel: Panel, pair: tuple[str, str]) -> pd.DataFrame:
    """How many experts raise each code by each of the pair, over the statements that both coded.

    Columns code, name, first, second, difference (second less first).
    """
    two = sheets(panel, pair, stance="raises")
    names = code_names(panel)
    labels = np.asarray(two.experts, dtype=str)
    rows = []
    for place, code in enumerate(two.codes):
        first, second = (
            len(np.unique(labels[two.given[coder, :, place] == 1])) for coder in (0, 1)
        )
        row = {"code": code, "name": names[code], "first": first, "second": second}
        rows.append(row | {"difference": second - first})
    return pd.DataFrame(rows)
