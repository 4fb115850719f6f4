"""The door of the statistics: what is given becomes a checked number or array, or a ValueError."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.statistics.results import BoolArray


def whole(value: float, name: str, minimum: int = 0) -> int:
    """``value`` as an int of at least ``minimum``; ``name`` is what the message calls it.

    Raises
    ------
    ValueError
        If it is not a whole number, or too small.
    """
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name} must be a whole number, got {value!r}") from None
    if isinstance(value, str) or number != value or number < minimum:
        raise ValueError(f"{name} must be a whole number of at least {minimum}, got {value!r}")
    return number


def as_booleans(values: ArrayLike, name: str) -> BoolArray:
    """``values`` as bool; booleans and numbers that are all 0 or 1 are accepted.

    Raises
    ------
    ValueError
        If they hold anything else: counts, text, a gap (which is neither true nor false).
    """
    array = np.asarray(values)
    if array.dtype == np.bool_:
        return array
    if array.size and array.dtype.kind not in "iufO":
        raise ValueError(f"{name} must be true or false (or 1 and 0), got {array.dtype} values")
    odd = [value for value in pd.unique(array.ravel()) if pd.isna(value) or value not in (0, 1)]
    if odd:
        raise ValueError(f"{name} must be true or false (or 1 and 0), got {odd[0]}")
    return array.astype(np.bool_)


def as_incidence(incidence: ArrayLike) -> BoolArray:
    """Experts x codes as bool.

    Raises
    ------
    ValueError
        If it is not two-dimensional, or holds anything but 0 and 1.
    """
    values = np.asarray(incidence)
    if values.ndim != 2:
        raise ValueError(f"incidence must be experts x codes, got shape {values.shape}")
    return as_booleans(values, "incidence")
