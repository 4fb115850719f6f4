"""The door of the statistics: what is given becomes a checked number or array, or a ValueError."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.statistics.results import BoolArray, FloatArray, IntArray

#: The largest count: nobody counts so far, and sums of such counts are still exact.
LARGEST = 10**12


def whole(value: float, name: str, minimum: int = 0) -> int:
    """``value`` as an int of at least ``minimum``; ``name`` is what the message calls it.

    Raises
    ------
    ValueError
        If it is not a whole number, too small, or above 1,000,000,000,000.
    """
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name} must be a whole number, got {value!r}") from None
    if isinstance(value, str) or number != value or number < minimum:
        raise ValueError(f"{name} must be a whole number of at least {minimum}, got {value!r}")
    if number > LARGEST:
        raise ValueError(f"{name} must be a whole number of at most {LARGEST:,}")
    return number


def fraction(value: float, name: str) -> float:
    """``value``, a number from 0 to 1.

    Raises
    ------
    ValueError
        If it is not.
    """
    if not isinstance(value, Real) or not 0 <= value <= 1:
        raise ValueError(f"{name} must lie between 0 and 1, got {value!r}")
    return value


def _as_array(values: ArrayLike, name: str) -> NDArray[Any]:
    try:
        return np.asarray(values)
    except ValueError:
        raise ValueError(f"{name} must be an array, got rows of different lengths") from None


def as_numbers(values: ArrayLike, name: str) -> FloatArray:
    """``values`` as floats of the same shape; None and pandas' NA become NaN.

    Raises
    ------
    ValueError
        If they are text, dates or complex numbers, or too large for a float.
    """
    array = _as_array(values, name)
    if array.dtype.kind == "O":
        array = np.where(pd.isna(array), np.nan, array)
    elif array.dtype.kind not in "biuf":
        raise ValueError(f"{name} must be numbers, got {array.dtype} values")
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name} must be numbers that fit into a float") from None


def as_counts(values: ArrayLike, name: str) -> IntArray:
    """``values`` as whole numbers of 0 or more, of the same shape.

    Raises
    ------
    ValueError
        If one is not (see :func:`whole`, which calls each of them ``name``).
    """
    array = _as_array(values, name)
    if array.dtype == np.int64 and array.min(initial=0) >= 0 and array.max(initial=0) <= LARGEST:
        return array
    cells = [whole(cell, name) for cell in array.ravel().tolist()]
    return np.array(cells, dtype=np.int64).reshape(array.shape)


def labels_of(clusters: ArrayLike | None, kept: BoolArray) -> NDArray[Any] | None:
    """The labels of the units that are ``kept`` (units,); None if there are no ``clusters``.

    Raises
    ------
    ValueError
        If there is not one label for each unit.
    """
    if clusters is None:
        return None
    labels = _as_array(clusters, "clusters")
    if labels.shape != kept.shape:
        raise ValueError(f"expected a cluster for each of {kept.size} units, got {labels.shape}")
    return np.asarray(labels[kept])


def as_booleans(values: ArrayLike, name: str) -> BoolArray:
    """``values`` as bool; booleans and numbers that are all 0 or 1 are accepted.

    Raises
    ------
    ValueError
        If they hold anything else: counts, text, a gap (which is neither true nor false).
    """
    array = _as_array(values, name)
    if array.dtype == np.bool_:
        return array
    if array.size and array.dtype.kind not in "iufO":
        raise ValueError(f"{name} must be true or false (or 1 and 0), got {array.dtype} values")
    odd = [value for value in pd.unique(array.ravel()) if pd.isna(value) or value not in (0, 1)]
    if odd:
        raise ValueError(f"{name} must be true or false (or 1 and 0), got {str(odd[0])[:40]}")
    return array.astype(np.bool_)


def as_incidence(incidence: ArrayLike) -> BoolArray:
    """Experts x codes as bool.

    Raises
    ------
    ValueError
        If it is not two-dimensional, or holds anything but 0 and 1.
    """
    values = _as_array(incidence, "incidence")
    if values.ndim != 2:
        raise ValueError(f"incidence must be experts x codes, got shape {values.shape}")
    return as_booleans(values, "incidence")
