"""What statistics return when there is more to say than one number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A point estimate with its uncertainty.

    ``estimate``, ``se``, ``low`` and ``high`` are in the unit of the statistic; each is NaN where
    it is undefined, and ``reason`` then says why. ``n`` is the number of independent observations
    (experts, units, coders: the function's docstring says which). ``confidence`` is the nominal
    level of ``low`` to ``high``, NaN where there is no interval.
    """

    estimate: float
    se: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    n: int = 0
    confidence: float = float("nan")
    method: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TestResult:
    """A test: ``statistic``, ``pvalue`` (NaN where undefined, with the ``reason``) and ``n``."""

    # pytest collects classes named Test*; this one is not a test case.
    __test__ = False

    statistic: float
    pvalue: float
    n: int = 0
    df: float = float("nan")
    method: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A curve over sample sizes: ``size`` 1..n and, of the same shape (n,), ``mean`` and ``sd``.

    ``low`` and ``high`` (shape (n,)) are pointwise limits where the method gives them; they are
    arrays of NaN where it does not.
    """

    size: NDArray[np.int64]
    mean: FloatArray
    sd: FloatArray
    low: FloatArray
    high: FloatArray
    n: int = 0
    method: str = ""
    reason: str = ""
