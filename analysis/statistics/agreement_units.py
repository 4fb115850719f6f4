"""Units of reliability data as weighted patterns of ratings: how agreement is resampled fast.

Most coefficients do not ask which coder gave which value, so that a unit matters only through how
often each value was given to it. There are few such patterns, and each coefficient of
:mod:`analysis.statistics.agreement` is a function of sums over units: hence a resample is a row of
weights over patterns (see :func:`analysis.statistics.resampling.bootstrap`).
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import sparse

from analysis.statistics.results import FloatArray, IntArray

NO_PAIRS = "no unit has values from two coders"
ONE_VALUE = "only one value occurs, so that no disagreement is expected by chance"


def read_ratings(
    data: ArrayLike | pd.DataFrame, categories: Sequence[Any] | None = None
) -> tuple[IntArray, list[Any]]:
    """Coders x units as positions in the distinct values, -1 where not coded; and the values.

    The values are ascending, or the ``categories`` in their order. Missing is None, NaN or pandas'
    NA; in an array of strings also "nan", which is what numpy makes of NaN.

    Raises
    ------
    ValueError
        If the data are not two-dimensional, infinite, mix numbers and strings, or hold something
        that is not among the categories.
    """
    if isinstance(data, np.ndarray | pd.DataFrame):
        array = np.asarray(data)
    else:  # as objects: a whole number beside a gap would lose its last digits as a float
        array = np.array(data, dtype=object)
    if array.ndim != 2:
        raise ValueError(f"reliability data must be coders x units, got shape {array.shape}")
    flat = array.ravel()
    if flat.dtype.kind in "US":
        flat = np.array([None if value == "nan" else value for value in flat.tolist()])
    if flat.dtype.kind == "b":
        flat = flat.astype(np.int64)
    try:
        codes, distinct = pd.factorize(flat)
    except TypeError:
        raise ValueError("each rating must be one number or one string") from None
    found = [v.item() if isinstance(v, np.generic) else v for v in distinct.tolist()]
    if not (all(isinstance(v, str) for v in found) or all(isinstance(v, Real) for v in found)):
        kinds = sorted({type(value).__name__ for value in found})
        raise ValueError(f"ratings must be all numbers or all strings, got {', '.join(kinds)}")
    if any(value in (float("inf"), float("-inf")) for value in found):
        raise ValueError("ratings must be finite (NaN where not coded), got an infinite one")
    values = sorted(found) if categories is None else list(categories)
    if len(set(values)) != len(values) or (categories is not None and not values):
        raise ValueError(f"categories must be distinct and at least one, got {values}")
    place = {value: position for position, value in enumerate(values)}
    unknown = [value for value in found if value not in place]
    if unknown:
        raise ValueError(f"values {unknown} are not among the categories {values}")
    position = np.array([*(place[value] for value in found), -1], dtype=np.int64)
    return position[codes].reshape(array.shape), values


def scores(values: Sequence[Any], origin: bool = True) -> FloatArray:
    """Numbers for ``values``, at most 1, as far apart in proportion as these are.

    With ``origin`` false the smallest becomes 0, so that large neighbours stay apart.

    Raises
    ------
    ValueError
        If the values are strings, or cannot be told apart as floating-point numbers.
    """
    if any(isinstance(value, str) for value in values):
        raise ValueError(f"the order of {list(values)[:3]} is not known: code them as numbers")
    exact = list(values) if origin else [value - min(values) for value in values]
    try:
        numbers = np.array(exact, dtype=np.float64)
    except OverflowError:
        numbers = np.array([np.inf])
    if not np.isfinite(numbers).all() or len(np.unique(numbers)) < len(numbers):
        raise ValueError("the numbers are too large or too far apart to be told apart as floats")
    return np.asarray(numbers / (np.abs(numbers).max(initial=0) or 1.0))


def collapse(codes: IntArray, values: int) -> tuple[IntArray, IntArray]:
    """The distinct patterns of ratings, (coders, P), and the pattern of each unit, (units,).

    Coders are exchangeable, and the order of patterns does not depend on the order of units.
    """
    columns = np.sort(codes, axis=0)
    pattern = np.zeros(columns.shape[1], dtype=np.int64)
    for row in columns:  # numbered anew with each coder, so that the number cannot overflow
        pattern = np.unique(pattern * (values + 1) + row + 1, return_inverse=True)[1]
    return columns[:, np.unique(pattern, return_index=True)[1]], pattern


def value_counts(patterns: IntArray, values: int) -> Any:
    """How often each of ``values`` occurs in each pattern: (P, V), sparse."""
    coder, pattern = np.nonzero(patterns >= 0)
    cells = (np.ones(len(pattern)), (pattern, patterns[coder, pattern]))
    return sparse.coo_array(cells, shape=(patterns.shape[1], values)).tocsr()


def ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    """``above / below``, NaN where nothing stands below."""
    return np.asarray(np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0))
