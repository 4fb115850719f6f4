"""The door of everything that takes incidence data: experts x codes, true where raised."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


def as_incidence(incidence: ArrayLike) -> BoolArray:
    """Check an incidence matrix and return it as bool, shape (experts, codes).

    Booleans and numbers that are all 0 or 1 are accepted; a bool array is returned as it is, not
    copied.

    Raises
    ------
    ValueError
        If the array is not two-dimensional, or holds anything but 0 and 1 (counts, NaN, text).
    """
    values = np.asarray(incidence)
    if values.ndim != 2:
        raise ValueError(
            f"incidence must be a matrix of experts x codes, got an array of shape {values.shape}"
        )
    if values.dtype == np.bool_:
        return values
    if values.dtype == object:
        try:
            values = values.astype(np.float64)
        except (TypeError, ValueError):
            raise ValueError("incidence must hold only 0 and 1 (or true and false)") from None
    if not np.issubdtype(values.dtype, np.number) or np.iscomplexobj(values):
        raise ValueError(f"incidence must hold only 0 and 1, got values of type {values.dtype}")
    raised: BoolArray = values == 1
    if not np.all(raised | (values == 0)):
        odd = values[~(raised | (values == 0))].flat[0]
        raise ValueError(f"incidence must hold only 0 and 1 (or true and false), got {odd}")
    return raised


def holders(raised: BoolArray) -> IntArray:
    """Count the experts who raised each code, shape (codes,)."""
    counts: IntArray = np.count_nonzero(raised, axis=0).astype(np.int64)
    return counts


def positive_integer(value: float, name: str, minimum: int = 1) -> int:
    """Return ``value`` as an int that is at least ``minimum``.

    Raises
    ------
    ValueError
        If it is not a whole number, or too small; ``name`` is what the message calls it.
    """
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a whole number, got {value!r}") from None
    if not number.is_integer() or number < minimum:
        raise ValueError(f"{name} must be a whole number of at least {minimum}, got {value!r}")
    return int(number)


def check_confidence(confidence: float) -> float:
    """Return ``confidence``, refusing what is not strictly between 0 and 1."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie strictly between 0 and 1, got {confidence}")
    return float(confidence)
