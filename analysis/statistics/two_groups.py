"""What two small groups can show: exact p-values, least significant tables, exact power."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import accumulate

import numpy as np

from analysis.statistics.results import FloatArray

NAN = float("nan")


def hypergeometric(n1: int, n2: int, total: int) -> tuple[list[int], list[int]]:
    """Possible first cells of a 2 x 2 table with these margins, and the number of ways to each."""
    support = list(range(max(0, total - n2), min(n1, total) + 1))
    return support, [math.comb(n1, x) * math.comb(n2, total - x) for x in support]


@lru_cache(maxsize=64)
def _two_sided(n1: int, n2: int) -> FloatArray:
    """Fisher's two-sided p-values, shape (n1 + 1, n2 + 1), from whole-number arithmetic."""
    out = np.full((n1 + 1, n2 + 1), NAN)
    for total in range(1, n1 + n2):
        support, ways = hypergeometric(n1, n2, total)
        everything = math.comb(n1 + n2, total)
        # from the least probable table up; tables equally probable share one p-value
        at_most = dict(zip(sorted(ways), accumulate(sorted(ways)), strict=True))
        for x, mine in zip(support, ways, strict=True):
            out[x, total - x] = at_most[mine] / everything
    out.flags.writeable = False
    return out


def fisher_pvalues(n1: int, n2: int) -> FloatArray:
    """Fisher's exact two-sided p-value of every table of two groups of fixed size.

    Returns
    -------
    (n1 + 1, n2 + 1) array
        Entry (k1, k2): ``k1`` of ``n1`` against ``k2`` of ``n2``. NaN where nobody or everybody
        raised the theme: then there is nothing to compare.

    Raises
    ------
    ValueError
        If a group has no member, or more than 200 (the table would be large and of no use).

    Examples
    --------
    >>> p = fisher_pvalues(10, 10)
    >>> round(float(p[8, 2]), 3), round(float(p[7, 2]), 3)
    (0.023, 0.07)
    """
    for n in (n1, n2):
        if not 1 <= n <= 200:
            raise ValueError(f"expected group sizes from 1 to 200, got {n1} and {n2}")
    return _two_sided(int(n1), int(n2)).copy()


def minimal_significant(n1: int, n2: int, alpha: float = 0.05) -> list[tuple[int, int, float]]:
    """The least extreme tables that reach ``alpha``, where the first group raises more.

    Returns
    -------
    list of (k1, k2, pvalue)
        For each ``k1`` the largest ``k2`` with a smaller share whose two-sided exact p-value is at
        most ``alpha``. A ``k1`` that never reaches it is not in the list; the list is empty where
        no table does.

    Raises
    ------
    ValueError
        As :func:`fisher_pvalues`, or if ``alpha`` is not between 0 and 1.

    Examples
    --------
    >>> [(k1, k2) for k1, k2, _ in minimal_significant(10, 10)]
    [(5, 0), (6, 0), (7, 1), (8, 2), (9, 3), (10, 5)]
    """
    _check_alpha(alpha)
    p = fisher_pvalues(n1, n2)
    found = []
    for k1 in range(n1 + 1):
        for k2 in range(n2, -1, -1):
            if k2 * n1 < k1 * n2 and p[k1, k2] <= alpha:
                found.append((k1, k2, float(p[k1, k2])))
                break
    return found


def fisher_power(n1: int, n2: int, p1: float, p2: float, alpha: float = 0.05) -> float:
    """The exact probability that Fisher's test tells two groups apart.

    Members of the groups raise the theme independently with probabilities ``p1`` and ``p2``; the
    test is two-sided. With ``p1 == p2`` it is the test's true size, well below ``alpha`` in small
    groups.

    Raises
    ------
    ValueError
        If a group size is not from 1 to 200, a probability is outside 0 to 1, or ``alpha`` is not
        between 0 and 1.

    Examples
    --------
    >>> round(fisher_power(10, 10, 0.8, 0.2), 2)
    0.64
    """
    _check_alpha(alpha)
    for p in (p1, p2):
        if not 0 <= p <= 1:
            raise ValueError(f"expected probabilities from 0 to 1, got {p1} and {p2}")
    rejected = np.nan_to_num(fisher_pvalues(n1, n2), nan=1.0) <= alpha
    power = float(_binomial(n1, p1) @ rejected.astype(np.float64) @ _binomial(n2, p2))
    return min(max(power, 0.0), 1.0)


def _binomial(n: int, p: float) -> FloatArray:
    return np.array([float(math.comb(n, k)) * p**k * (1 - p) ** (n - k) for k in range(n + 1)])


def _check_alpha(alpha: float) -> None:
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must be between 0 and 1, got {alpha}")
