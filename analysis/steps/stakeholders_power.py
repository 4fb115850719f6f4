"""What tests on so few experts can show: the power of the contrasts, and what chance makes of V.

The table of the contrasts is :func:`analysis.steps.stakeholders_contrasts.contrasts`.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pandas as pd

from analysis.panel.panel import Panel
from analysis.statistics import association
from analysis.steps.panel_raised import who_raised
from analysis.steps.stakeholders_contrasts import ALPHA, with_contrast

#: True shares of two sides for which the power is stated.
ASSUMED = ((0.9, 0.1), (0.8, 0.2), (0.7, 0.3), (0.6, 0.4), (0.5, 0.5))
#: The two of these that the prose states.
STATED = (0.8, 0.2)
#: The most experts on a side for which all outcomes are gone through.
LARGEST = 200
#: For so many shares of experts the chance values of Cramer's V are computed.
GRID = 19
_NAN = math.nan


def power(table: pd.DataFrame) -> pd.DataFrame:
    """How probably the test tells two sides apart, for assumed true shares of the sides.

    ``table`` is that of the contrasts. One row a pair of sides and pair of shares: side_a,
    side_b, n_a, n_b, share_a, share_b, single (one test at :data:`ALPHA`), strict (at the
    strictest step of the adjustment, ALPHA divided by the number of contrasts). Exact, for experts
    who raise a code independently of each other; NaN where a side has no expert or more than
    :data:`LARGEST`.
    """
    pairs = table[["side_a", "side_b", "n_a", "n_b"]].drop_duplicates()
    rows = []
    for pair in pairs.to_dict("records"):
        n = int(pair["n_a"]), int(pair["n_b"])
        possible = min(n) > 0 and max(n) <= LARGEST
        for shares in ASSUMED:
            levels = {"single": ALPHA, "strict": ALPHA / len(table)}
            found = {
                name: association.fisher_power(*n, *shares, alpha) if possible else _NAN
                for name, alpha in levels.items()
            }
            rows.append(pair | {"share_a": shares[0], "share_b": shares[1]} | found)
    columns = ["side_a", "side_b", "n_a", "n_b", "share_a", "share_b", "single", "strict"]
    return pd.DataFrame(rows, columns=columns)


def least(table: pd.DataFrame) -> pd.DataFrame:
    """The least different outcomes that one test tells apart, by pair of sides.

    ``table`` is that of the contrasts. Columns side_a, side_b, n_a, n_b, k_a, k_b (the most on
    the second side that is still told apart from ``k_a`` on the first), pvalue, k_strict (as
    ``k_b``, at the strictest step of the adjustment; NaN where no outcome is).
    """
    rows = []
    for pair in table[["side_a", "side_b", "n_a", "n_b"]].drop_duplicates().to_dict("records"):
        n = int(pair["n_a"]), int(pair["n_b"])
        if min(n) < 1 or max(n) > LARGEST:
            continue
        strict = {
            k: other for k, other, _ in association.minimal_significant(*n, ALPHA / len(table))
        }
        for k, other, pvalue in association.minimal_significant(*n, ALPHA):
            found = {"k_a": k, "k_b": other, "pvalue": pvalue, "k_strict": strict.get(k, _NAN)}
            rows.append(pair | found)
    columns = ["side_a", "side_b", "n_a", "n_b", "k_a", "k_b", "pvalue", "k_strict"]
    return pd.DataFrame(rows, columns=columns)


# the size of Cramer's V by chance


def _with_margins(rows: list[int], columns: list[int]) -> list[list[int]]:
    """Any table with these margins; the chance values of V depend on nothing else."""
    ends = [0, *np.cumsum(columns).tolist()]
    starts = [0, *np.cumsum(rows).tolist()]
    return [
        [max(0, min(stop, end) - max(start, first)) for first, end in pairwise(ends)]
        for start, stop in pairwise(starts)
    ]


def chance_v(panel: Panel) -> pd.DataFrame:
    """Cramer's V of a code over the kinds if the two have nothing to do with each other.

    One row for each number of experts who raise a code (at most :data:`GRID` of them): k, n, mean,
    low, high (the central 95%). Empty for fewer than two kinds or three experts.
    """
    found = who_raised(panel)
    sizes = [len(rows) for _, _, rows in found.kinds()]
    n = found.n
    columns = ["k", "n", "mean", "low", "high"]
    if len(sizes) < 2 or n < 3:
        return pd.DataFrame(columns=columns)
    grid = np.unique(np.round(np.linspace(1, n - 1, min(GRID, n - 1))).astype(np.int64))
    rows = []
    for k in grid.tolist():
        v = association.expected_cramers_v(_with_margins([k, n - k], sizes))
        rows.append((k, n, v.estimate, v.low, v.high))
    return pd.DataFrame(rows, columns=columns)


def seen_v(panel: Panel) -> pd.DataFrame:
    """Cramer's V over the kinds for each code with a contrast, beside what chance makes of it.

    Columns code, label, k, n, raw, corrected, mean, low, high (of raw V by chance). Codes that
    nobody or everybody raised are left out.
    """
    columns = ["code", "label", "k", "n", "raw", "corrected", "mean", "low", "high"]
    found = who_raised(panel)
    groups = found.kinds()
    if panel.plan is None or len(groups) < 2:
        return pd.DataFrame(columns=columns)
    columns_of = with_contrast(panel, found)
    rows = []
    for code in dict.fromkeys(c.code for c in panel.plan.contrasts):
        label, raised, _ = columns_of[code]
        k = int(raised.sum())
        if not 0 < k < found.n:
            continue
        counts = [int(raised[members].sum()) for _, _, members in groups]
        table = [counts, [len(m) - c for (_, _, m), c in zip(groups, counts, strict=True)]]
        raw = association.cramers_v(table, bias_corrected=False).estimate
        corrected = association.cramers_v(table).estimate
        chance = association.expected_cramers_v(table)
        rows.append(
            (code, label, k, found.n, raw, corrected, chance.estimate, chance.low, chance.high)
        )
    return pd.DataFrame(rows, columns=columns)
