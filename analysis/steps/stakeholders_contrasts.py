"""The contrasts between sides that the plan names: exact tests, and the shares of the sides.

Only contrasts named beforehand are tested, and all of them are reported. The tests treat the
experts of a side as exchangeable with those of the other; within a session they heard each other,
so each test is repeated with experts exchanged within sessions only. What tests on so few experts
can show is in :mod:`analysis.steps.stakeholders_power`, what the prose says of it all in
:mod:`analysis.steps.stakeholders_sentences`.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from analysis.panel.panel import Panel
from analysis.panel.plan import NO_DIFFERENCE
from analysis.panel.views_of_coding import BoolArray
from analysis.statistics import association
from analysis.statistics.cooccurrence import pair_test
from analysis.steps.panel_raised import Raised, exchangeable, who_raised
from analysis.steps.panel_tools import CONFIDENCE
from analysis.steps.stakeholders import SMALL, side_of_kind

#: The level at which a difference counts as told apart.
ALPHA = 0.05

TOLD, NOT_TOLD, UNTESTED = "told apart", "not told apart", "cannot be tested"

CONTRAST_COLUMNS = [
    "id",
    "code",
    "label",
    "side_a",
    "side_b",
    "k_a",
    "n_a",
    "k_b",
    "n_b",
    "difference",
    "pvalue",
    "adjusted",
    "verdict",
    "expected",
    "lies",
    "within",
    "opposed_a",
    "opposed_b",
    "apart",
    "standing",
    "reason",
]
_NAN = math.nan


def with_contrast(panel: Panel, codes: Raised) -> dict[str, tuple[str, BoolArray, BoolArray]]:
    """Name of each code with a contrast, who raised it and who opposed it.

    ``codes`` is :func:`who_raised` for codes. A theme is raised by whoever raised a code under it.
    """
    wanted = {c.code for c in panel.plan.contrasts} if panel.plan else set()
    found: dict[str, tuple[str, BoolArray, BoolArray]] = {}
    looked = [codes]
    if not wanted <= set(codes.codes["code"]):
        looked.append(who_raised(panel, 1))
    for at in looked:
        named = zip(at.codes["code"], at.codes["label"], strict=True)
        for place, (code, label) in enumerate(named):
            if code in wanted:
                found.setdefault(code, (label, at.raised[:, place], at.opposed[:, place]))
    return found


def _sides(panel: Panel, found: Raised) -> pd.Series:
    """The side of each expert, empty text for none."""
    side = side_of_kind(panel)
    return pd.Series([side.get(kind, "") for kind in found.experts["kind"]], dtype=object)


def contrasts(panel: Panel) -> pd.DataFrame:
    """The contrasts of the plan, each tested; columns :data:`CONTRAST_COLUMNS`.

    ``k_a`` of ``n_a`` experts of the first side raised the code, ``k_b`` of ``n_b`` of the second;
    ``difference`` is that of the shares. ``pvalue`` is Fisher's exact one, two-sided, ``adjusted``
    that for all contrasts together (Holm), ``verdict`` whether it is at most :data:`ALPHA`.
    ``lies`` names the side that raised the code more often. ``within`` is the p-value where
    experts are exchanged within sessions only; ``apart`` that of the table raised, opposed only,
    neither (Freeman & Halton), NaN where nobody opposed without raising. NaN has its ``reason``.
    """
    named = panel.plan.contrasts if panel.plan else ()
    found = who_raised(panel)
    sides = _sides(panel, found)
    sessions = exchangeable(panel, found.experts)
    columns_of = with_contrast(panel, found)
    rows = []
    for contrast in named:
        label, raised, opposed = columns_of[contrast.code]
        members = [(sides == side).to_numpy() for side in contrast.sides]
        k = [int(raised[rows].sum()) for rows in members]
        n = [int(rows.sum()) for rows in members]
        only = [int((opposed & ~raised)[rows].sum()) for rows in members]
        test = association.freeman_halton([[k[0], n[0] - k[0]], [k[1], n[1] - k[1]]])
        three = [[k[i], only[i], n[i] - k[i] - only[i]] for i in (0, 1)]
        empty = not all(n)
        rows.append(
            {
                "id": contrast.id,
                "code": contrast.code,
                "label": label,
                "side_a": contrast.sides[0],
                "side_b": contrast.sides[1],
                "k_a": k[0],
                "n_a": n[0],
                "k_b": k[1],
                "n_b": n[1],
                "difference": _NAN if empty else k[0] / n[0] - k[1] / n[1],
                "pvalue": test.pvalue,
                "expected": "no difference"
                if contrast.expected == NO_DIFFERENCE
                else contrast.expected,
                "lies": _lies(k, n, contrast.sides),
                "within": _within(raised, members, sessions),
                "opposed_a": int(opposed[members[0]].sum()),
                "opposed_b": int(opposed[members[1]].sum()),
                "apart": association.freeman_halton(three).pvalue if any(only) else _NAN,
                "standing": "sensitivity",
                "reason": _reason(k, n),
            }
        )
    table = pd.DataFrame(rows, columns=CONTRAST_COLUMNS)
    table["adjusted"] = association.adjust(table["pvalue"].to_numpy(dtype=np.float64))
    table["verdict"] = np.select(
        [table["adjusted"].isna(), table["adjusted"] <= ALPHA], [UNTESTED, TOLD], NOT_TOLD
    )
    return table


def _lies(k: list[int], n: list[int], sides: tuple[str, str]) -> str:
    if not all(n):
        return ""
    first, second = k[0] * n[1], k[1] * n[0]
    return "level" if first == second else sides[0 if first > second else 1]


def _reason(k: list[int], n: list[int]) -> str:
    if not all(n):
        return "a side has no expert"
    if not any(k):
        return "nobody raised the code"
    return "everybody raised the code" if k == n else ""


def _within(raised: BoolArray, members: list[BoolArray], sessions: pd.Series | None) -> float:
    """The exact p-value with experts exchanged within sessions; NaN where none can be."""
    chosen = members[0] | members[1]
    if sessions is None or not all(rows.any() for rows in members):
        return _NAN
    test = pair_test(
        np.column_stack([raised, members[0]])[chosen],
        0,
        1,
        "two-sided",
        strata=sessions.to_numpy(dtype=object)[chosen],
    )
    return _NAN if test.reason else test.pvalue


def missing(panel: Panel) -> str:
    """Why no contrast is tested; empty where one is."""
    if panel.plan is None:
        return (
            "This panel has no analysis plan (plan.yml): no contrast was named beforehand, so none "
            "is tested."
        )
    if not panel.plan.contrasts:
        return "The analysis plan of this panel names no contrast, so none is tested."
    return ""


def shares(panel: Panel) -> pd.DataFrame:
    """Shares of the sides for each code with a contrast, drawn towards what the sides share.

    One row a code and side: code, label, side, k, n, raw, estimate, low, high, standing. Sides of
    at most :data:`analysis.steps.stakeholders.SMALL` experts get no share; it takes two sides.
    """
    columns = ["code", "label", "side", "k", "n", "raw", "estimate", "low", "high", "standing"]
    if panel.plan is None:
        return pd.DataFrame(columns=columns)
    found = who_raised(panel)
    sides = _sides(panel, found)
    there = [side for side in panel.plan.sides if np.count_nonzero(sides == side) > SMALL]
    columns_of = with_contrast(panel, found)
    rows = []
    for code in dict.fromkeys(c.code for c in panel.plan.contrasts) if len(there) > 1 else ():
        label, raised, _ = columns_of[code]
        members = [(sides == side).to_numpy() for side in there]
        k, n = [int(raised[m].sum()) for m in members], [int(m.sum()) for m in members]
        shrunken = association.shrunken_shares(k, n, CONFIDENCE)
        rows += [
            dict(
                zip(
                    columns,
                    (
                        code,
                        label,
                        side,
                        k[i],
                        n[i],
                        shrunken.raw[i],
                        shrunken.estimate[i],
                        shrunken.low[i],
                        shrunken.high[i],
                        "model-based",
                    ),
                    strict=True,
                )
            )
            for i, side in enumerate(there)
        ]
    return pd.DataFrame(rows, columns=columns)
