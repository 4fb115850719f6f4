"""What the statistics of incidence and speaking order accept, and what they refuse."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Alternative = Literal["greater", "less", "two-sided"]
ALTERNATIVES = ("greater", "less", "two-sided")
BoolArray = NDArray[np.bool_]
Codes = NDArray[np.intp]


def check_incidence(incidence: ArrayLike, name: str = "incidence") -> BoolArray:
    """The incidence as a bool array experts x codes.

    Raises
    ------
    ValueError
        If it is not two-dimensional, or holds anything but 0/1 or booleans (missing included).
    """
    array = np.asarray(incidence)
    if array.ndim != 2:
        raise ValueError(f"{name} must be experts x codes (2-d), got {array.ndim} dimensions")
    if array.dtype == bool:
        return array
    try:
        values = array.astype(float)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must hold 0/1 or booleans, got {array.dtype} values") from None
    wrong = ~((values == 0) | (values == 1))
    if wrong.any():
        raise ValueError(f"{name} must hold 0/1 or booleans, found {values[wrong][0]}")
    return values.astype(bool)


def check_alternative(alternative: str) -> None:
    """Refuse an unknown alternative.

    Raises
    ------
    ValueError
        If it is not "greater", "less" or "two-sided".
    """
    if alternative not in ALTERNATIVES:
        raise ValueError(f"alternative must be one of {ALTERNATIVES}, got {alternative!r}")


def _is_missing(label: object) -> bool:
    try:
        return label is None or bool(label != label)
    except TypeError:  # pandas.NA is neither equal nor unequal to itself
        return True


def encode(labels: ArrayLike, name: str, length: int | None = None) -> tuple[NDArray[Any], Codes]:
    """The distinct labels in sorted order, and the number of each label among them.

    Raises
    ------
    ValueError
        If the labels are not 1-d, not of the given length, or one is missing.
    """
    # a missing label must be seen before numpy makes the text "nan" of it
    objects = np.asarray(labels, dtype=object)
    if objects.ndim != 1 or (length is not None and objects.size != length):
        wanted = "1-d" if length is None else f"one label for each of {length}"
        raise ValueError(f"{name} must be {wanted}, got shape {objects.shape}")
    missing = [_is_missing(label) for label in objects]
    if any(missing):
        raise ValueError(f"{name} must not be missing, but is at position {missing.index(True)}")
    array = np.asarray(labels)
    distinct, codes = np.unique(
        array.astype(str) if array.dtype == object else array, return_inverse=True
    )
    return distinct, codes.astype(np.intp)


def members(codes: Codes) -> list[Codes]:
    """The positions of each number in ``codes``, in order."""
    return [np.flatnonzero(codes == code) for code in range(codes.max(initial=-1) + 1)]


def strata_members(strata: ArrayLike | None, n: int, name: str = "strata") -> list[Codes]:
    """The row numbers of each stratum, in the order of their labels; one stratum if None.

    Raises
    ------
    ValueError
        If there is not one label per expert, or one is missing.
    """
    if strata is None:
        return [np.arange(n)]
    return members(encode(strata, name, n)[1])
