"""What statistics return when there is more to say than one number."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any, ParamSpec, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

P = ParamSpec("P")
R = TypeVar("R")

_level = [0.95]


def level(confidence: float | None = None) -> float:
    """The confidence level: the argument, or the one that the chapter was opened with.

    Raises
    ------
    ValueError
        If it does not lie between 0 and 1.
    """
    chosen = _level[0] if confidence is None else confidence
    if not isinstance(chosen, Real) or not 0 < chosen < 1:
        raise ValueError(f"confidence must lie between 0 and 1, got {chosen!r}")
    return chosen


def set_level(confidence: float) -> None:
    """Set the level that holds wherever a call names none."""
    _level[0] = level(confidence)


@dataclass(frozen=True, eq=False)
class Estimate(float):
    """A number with what is known about it. It is also a plain float: its ``estimate``.

    ``estimate``, ``se``, ``low`` and ``high`` are in the unit of the statistic; each is NaN where
    it is undefined, and ``reason`` then says why. ``k`` of ``n`` are the counts behind a share;
    ``n`` alone is the number of independent observations. ``confidence`` is the nominal level of
    ``low`` to ``high``. ``standing`` says what the number may be used for
    (:data:`analysis.findings.STANDINGS`), ``function`` which program computed it. Two estimates are
    equal if all they say is equal; beside another number an estimate counts as its value.

    >>> kappa = Estimate(0.5, low=0.2, high=0.8, confidence=0.95)
    >>> kappa + 0.25, kappa == 0.5, kappa.high
    (0.75, True, 0.8)
    """

    estimate: float
    se: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    k: int | None = None
    n: int | None = None
    confidence: float = float("nan")
    standing: str = "description"
    method: str = ""
    function: str = ""
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

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled by its fields: a float alone would forget them."""
        return type(self), tuple(getattr(self, name) for name in self.__dataclass_fields__)


@dataclass(frozen=True)
class Test:
    """A test: ``statistic``, ``pvalue`` (NaN where undefined, with the ``reason``) and ``n``."""

    # pytest collects classes named Test*; this one is not a test case.
    __test__ = False

    statistic: float
    pvalue: float
    n: int | None = None
    df: float = float("nan")
    standing: str = "sensitivity"
    method: str = ""
    function: str = ""
    reason: str = ""


@dataclass(frozen=True, eq=False)
class Curve:
    """A curve over sample sizes: ``size`` 1..n and, of the same shape (n,), ``mean`` and ``sd``.

    ``low`` and ``high`` (n,) are pointwise limits where the method gives them, else NaN.
    """

    size: IntArray
    mean: FloatArray
    sd: FloatArray
    low: FloatArray
    high: FloatArray
    n: int = 0
    method: str = ""
    reason: str = ""


def statistic(function: Callable[P, R]) -> Callable[P, R]:
    """Let what a statistic returns name the statistic: the ledger leads from a number to it."""

    @functools.wraps(function)
    def named(*args: P.args, **kwargs: P.kwargs) -> R:
        found = function(*args, **kwargs)
        if isinstance(found, (Estimate, Test)) and not found.function:
            return replace(found, function=f"{function.__module__}.{function.__qualname__}")
        return found

    return named
