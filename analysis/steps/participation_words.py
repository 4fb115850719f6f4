"""How the findings of the participation chapter are put: shares, texts, and the ends of a table."""

from __future__ import annotations

import math

import pandas as pd

from analysis.steps.panel_tools import text_result
from analysis.steps.results import Result


def share(
    id: str, label: str, k: float, n: float, missing: str, function: str, method: str = "count"
) -> Result:
    """A share with its counts; the text ``missing`` where there is nothing to count."""
    if not n > 0 or math.isnan(k):
        return text_result(f"participation-{id}", label, missing, function, "nothing to count")
    return Result(
        f"participation-{id}",
        label,
        k / n,
        "share",
        "description",
        method,
        function,
        k=round(k),
        n=round(n),
    )


def sentence(
    id: str, label: str, value: str, function: str, standing: str = "description"
) -> Result:
    """A sentence of the prose."""
    return text_result(f"participation-{id}", label, value, function, standing=standing)


def ends(table: pd.DataFrame, column: str) -> tuple[pd.Series, pd.Series]:
    """The rows with the least and the largest value, the first of equal ones."""
    values = table[column].to_numpy(dtype=float)
    return table.iloc[int(values.argmin())], table.iloc[int(values.argmax())]
