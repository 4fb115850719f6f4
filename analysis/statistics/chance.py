"""What chance alone would give: the exact null of a shared count, and comparisons with draws.

The null is one everywhere: within each cluster (a session whose experts heard each other) experts
are exchangeable, and each code keeps its number of experts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.statistics.resampling import percentile_interval
from analysis.statistics.results import BoolArray, Estimate, FloatArray, IntArray, Test, level

Alternative = Literal["greater", "less", "two-sided"]
NAN = float("nan")

#: Two p-values that differ by less than this share of them are one; the rest is rounding.
ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class AgainstChance:
    """What was observed beside what chance gives; ``table`` has one row a test.

    ``observed`` is a share, ``k`` of ``n``. ``expected`` is the number that chance gives in the
    place of ``k``: its mean, and from ``low`` to ``high`` the middle of the draws. The p-value of
    ``test`` is (1 + draws with at least ``k``) / (1 + draws). Where nothing can be tested, they
    are NaN with the reason.
    """

    table: pd.DataFrame
    observed: Estimate
    expected: Estimate
    test: Test

    @property
    def pvalue(self) -> float:
        """That of ``test``."""
        return self.test.pvalue


def against_chance(
    table: pd.DataFrame,
    k: int,
    n: int,
    mean: float,
    drawn: FloatArray,
    method: str,
    function: str,
    reason: str = "",
) -> AgainstChance:
    """``k`` of ``n`` beside the exact ``mean`` of its null and the numbers of the draws."""
    about: dict[str, Any] = {"standing": "sensitivity", "method": method, "reason": reason}
    about["function"] = f"analysis.statistics.{function}"
    observed = Estimate(k / n if n else NAN, k=k, n=n, **about)
    if reason:
        return AgainstChance(table, observed, Estimate(NAN, **about), Test(k, NAN, n, **about))
    if not drawn.size:
        test = Test(k, NAN, n, **{**about, "reason": "no draws were asked for"})
        return AgainstChance(table, observed, Estimate(mean, **about), test)
    low, high = percentile_interval(drawn)
    expected = Estimate(mean, float(drawn.std()), low, high, confidence=level(), **about)
    pvalue = (1 + int((drawn >= k).sum())) / (1 + len(drawn))
    return AgainstChance(table, observed, expected, Test(k, pvalue, n, **about))


def by_smallest(observed: IntArray, drawn: IntArray) -> tuple[FloatArray, FloatArray]:
    """p-values of counts (cells,) against draws (draws x cells), each by itself and for all.

    Large counts are extreme. The second array is adjusted by the smallest p-value of each draw
    (Westfall & Young 1993, min-p, single step), so that a cell with few possible values costs no
    more than it can show. The observed counts are one more draw: no p-value is 0.
    """
    every = np.vstack([observed[None], drawn])
    total = len(every)
    own = np.empty(every.shape)
    for cell, values in enumerate(every.T):
        own[:, cell] = (total - np.searchsorted(np.sort(values), values)) / total
    smallest = np.sort(own.min(axis=1, initial=1.0))
    adjusted = np.searchsorted(smallest, own[0] * (1 + ROUNDING), side="right") / total
    return own[0], adjusted


def check_alternative(alternative: str) -> None:
    """Refuse an unknown alternative with a ``ValueError``."""
    if alternative not in ("greater", "less", "two-sided"):
        raise ValueError(
            f"alternative must be 'greater', 'less' or 'two-sided', got {alternative!r}"
        )


def columns(incidence: ArrayLike) -> list[Any]:
    """What the codes are called: the columns of a frame, else their numbers."""
    if isinstance(incidence, pd.DataFrame):
        return list(incidence.columns)
    return list(range(np.shape(incidence)[1]))


def numbered(labels: ArrayLike | None, n: int, name: str) -> tuple[list[Any], IntArray]:
    """The distinct labels in sorted order, and the number of the label of each of ``n`` things.

    Without ``labels`` all are of one kind.

    Raises
    ------
    ValueError
        If there is not one label for each thing, or one is missing.
    """
    if labels is None:
        return [None], np.zeros(n, dtype=np.int64)
    array = np.asarray(labels, dtype=object)
    if array.shape != (n,):
        raise ValueError(f"{name} must be one label for each of {n}, got shape {array.shape}")
    given = pd.Series(array, dtype=object)
    if given.isna().any():
        at = int(given.isna().to_numpy().argmax())
        raise ValueError(f"{name} must not be missing, but is at position {at}")
    try:
        number, distinct = pd.factorize(given, sort=True)
    except TypeError:  # labels of different types have no order
        number, distinct = pd.factorize(given.astype(str), sort=True)
    return list(distinct), np.asarray(number, dtype=np.int64)


def clustered(clusters: ArrayLike | None, n: int) -> IntArray:
    """The number of the cluster of each of ``n`` experts, who change places only inside it.

    Where no two share a cluster, as in individual interviews, nobody heard anybody: all are in one.
    """
    distinct, number = numbered(clusters, n, "clusters")
    return np.zeros(n, dtype=np.int64) if len(distinct) == n else number


def members(number: IntArray) -> list[IntArray]:
    """The positions of the observations of each cluster."""
    return [np.flatnonzero(number == at) for at in range(int(number.max(initial=-1)) + 1)]


def held_by(table: BoolArray, clusters: Sequence[IntArray]) -> IntArray:
    """How many experts of each cluster raised each code: clusters x codes."""
    counts = [table[rows].sum(axis=0) for rows in clusters]
    return np.array(counts, dtype=np.int64).reshape(len(clusters), table.shape[1])


def shared_count(sizes: Sequence[int], a: IntArray, b: IntArray) -> FloatArray:
    """The exact null of how many experts have both of two marks: pairs x (largest count + 1).

    ``a`` and ``b`` (clusters x pairs) say how many of the ``sizes`` experts of each cluster have
    the one and the other mark. Within a cluster the count is hypergeometric (Fisher 1935); clusters
    are independent, so that their distributions are convolved.
    """
    mass = np.ones((a.shape[1], 1))
    for size, first, second in zip(sizes, a, b, strict=True):
        part = _hypergeometric(size, first[:, None], second[:, None])
        wider = np.zeros((len(mass), mass.shape[1] + part.shape[1] - 1))
        for x in range(part.shape[1]):
            wider[:, x : x + mass.shape[1]] += part[:, x : x + 1] * mass
        mass = wider
    return mass


def _hypergeometric(size: int, a: IntArray, b: IntArray) -> FloatArray:
    """P(overlap = x) of random sets of a and of b out of ``size``, for x up to the largest."""
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, size + 1)))])
    x = np.arange(int(np.minimum(a, b).max(initial=0)) + 1)
    cells = np.stack(np.broadcast_arrays(x, a - x, b - x, size - a - b + x))
    possible = (cells >= 0).all(axis=0)
    margins = logs[a] + logs[size - a] + logs[b] + logs[size - b] - logs[size]
    log = margins - logs[cells.clip(0, size)].sum(axis=0)
    return np.where(possible, np.exp(np.where(possible, log, 0.0)), 0.0)


def exact_pvalues(mass: FloatArray, alternative: str = "greater") -> FloatArray:
    """The p-value of each count under ``mass`` (pairs x counts), of the same shape.

    Two-sided as Fisher: the probability of all counts that are at most as probable.
    """
    if alternative == "greater":
        p = np.cumsum(mass[:, ::-1], axis=1)[:, ::-1]
    elif alternative == "less":
        p = np.cumsum(mass, axis=1)
    else:
        order = np.argsort(mass, axis=1, kind="stable")
        ordered = np.take_along_axis(mass, order, axis=1)
        last = np.ones(mass.shape, dtype=np.bool_)  # of the counts as probable, up to rounding
        last[:, :-1] = ordered[:, 1:] > ordered[:, :-1] * (1 + 1e-7)
        ends = np.where(last, np.cumsum(ordered, axis=1), np.inf)[:, ::-1]
        p = np.empty(mass.shape)
        np.put_along_axis(p, order, np.minimum.accumulate(ends, axis=1)[:, ::-1], axis=1)
    return np.clip(p, 1e-300, 1.0)  # what was observed is possible, however small its p
