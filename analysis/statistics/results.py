"""What statistics return when there is more to say than one number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Estimate(float):
    """A point estimate with its uncertainty. It is also a plain float: its ``estimate``.

    ``estimate``, ``se``, ``low`` and ``high`` are in the unit of the statistic; each is NaN where
    it is undefined, and ``reason`` then says why. ``n`` is the number of independent observations
    (experts, units, coders: the function's docstring says which). ``confidence`` is the nominal
    level of ``low`` to ``high``, NaN where there is no interval. Two estimates are equal if all
    they say is equal; beside another number an estimate counts as its value.

    >>> kappa = Estimate(0.5, low=0.2, high=0.8, confidence=0.95)
    >>> kappa + 0.25, kappa == 0.5, kappa.high
    (0.75, True, 0.8)
    """

    estimate: float
    se: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    n: int = 0
    confidence: float = float("nan")
    method: str = ""
    reason: str = ""

    def __new__(cls, estimate: float, *args: object, **named: object) -> Self:
        """The float behind the estimate; the dataclass sets the rest."""
        return super().__new__(cls, estimate)

    def __eq__(self, other: object) -> bool:
        """Equal in all fields to another estimate; in value to any other number."""
        if isinstance(other, Estimate):
            return repr(self) == repr(other)  # NaN equals NaN here: both say "undefined"
        return super().__eq__(other)

    def __ne__(self, other: object) -> bool:
        """The opposite of ``==``; a float would compare its value alone."""
        return not self == other

    __hash__ = float.__hash__


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
