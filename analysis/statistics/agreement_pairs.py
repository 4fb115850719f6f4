"""Two coders at a time: the 2 x 2 table of each code and what shapes its kappa, and pairs."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pandas as pd

from analysis.statistics.inputs import as_numbers
from analysis.statistics.results import Estimate

#: The cells of the table, given by both coders, by one of them, by neither.
CELLS = ("both", "only_first", "only_second", "neither")


def two_coder_counts(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """How many units got each code from whom: one row a code, columns :data:`CELLS`.

    ``first`` and ``second`` are units x codes: 1 or True where the coder gave the code, 0 or False
    where not, NaN where the unit was not coded; units that one did not code are left out.

    Raises
    ------
    ValueError
        If units or codes differ, or an entry is something else.
    """
    if not (first.index.equals(second.index) and first.columns.equals(second.columns)):
        raise ValueError("expected the same units and codes from both coders")
    a, b = (pd.DataFrame(as_numbers(x, "codes"), x.index, x.columns) for x in (first, second))
    for given in (a, b):
        if not (given.isna() | given.isin([0, 1])).to_numpy().all():
            raise ValueError("expected 0, 1 or NaN for each unit and code")
    cells = [(a == x) & (b == y) for x, y in ((1, 1), (1, 0), (0, 1), (0, 0))]
    return pd.DataFrame({name: cell.sum() for name, cell in zip(CELLS, cells, strict=True)})


def two_coder_measures(counts: pd.DataFrame) -> pd.DataFrame:
    """What is usually reported of two coders, from :data:`CELLS`, one row a code.

    ``n`` units; ``agreement``; Cohen's ``kappa``; ``prevalence``, ``|both - neither| / n``: near 1,
    kappa is low however well coders agree; ``bias``, ``|only_first - only_second| / n``;
    ``pabak``, 2 agreement - 1; ``positive``, the agreement on giving the code,
    2 both / (2 both + only_first + only_second), and ``negative``, that on withholding it. NaN
    where 0/0.

    Byrt, Bishop & Carlin (1993), Journal of Clinical Epidemiology 46, 423-429; absolute values as
    in Sim & Wright (2005), Physical Therapy 85, 257-268; Cicchetti & Feinstein (1990), Journal of
    Clinical Epidemiology 43, 551-558 (positive and negative agreement).

    Raises
    ------
    ValueError
        If a count is negative or not whole.
    """
    given = pd.DataFrame(as_numbers(counts[list(CELLS)], "counts"), counts.index, CELLS)
    if not ((given >= 0) & (given % 1 == 0)).to_numpy().all():
        raise ValueError("expected whole counts of 0 or more")
    a, b, c, d = (given[name] for name in CELLS)
    n = a + b + c + d
    return pd.DataFrame(
        {
            "n": n.astype(np.int64),
            "agreement": (a + d) / n,
            "kappa": 2 * (a * d - b * c) / ((a + b) * (b + d) + (a + c) * (c + d)),
            "prevalence": (a - d).abs() / n,
            "bias": (b - c).abs() / n,
            "pabak": 2 * (a + d) / n - 1,
            "positive": 2 * a / (2 * a + b + c),
            "negative": 2 * d / (2 * d + b + c),
        }
    )


def by_pair(data: pd.DataFrame, statistic: Callable[[pd.DataFrame], Estimate]) -> pd.DataFrame:
    """A statistic of each two coders of ``data`` (coders x units): one row a pair.

    Columns ``first``, ``second``, ``n``, ``estimate``, ``low``, ``high`` and ``reason``.
    """
    names = ("n", "estimate", "low", "high", "reason")
    rows = []
    for first, second in combinations(data.index, 2):
        found = statistic(data.loc[[first, second]])
        rows.append((first, second, *(getattr(found, name) for name in names)))
    return pd.DataFrame(rows, columns=["first", "second", *names])
