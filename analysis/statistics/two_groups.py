"""Do two groups of experts differ in who raised a code? Exact tests, within sessions if need be.

Experts who heard each other are no independent voices. So the tests exchange experts within
clusters (sessions) only, where these are given: each session keeps how many of its experts raised
the code and how many belong to the group.
"""

from __future__ import annotations

import math
from functools import lru_cache, partial
from itertools import accumulate

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.statistics import chance
from analysis.statistics.association import adjust
from analysis.statistics.chance import ROUNDING, AgainstChance, Alternative
from analysis.statistics.inputs import as_booleans, as_incidence, fraction, whole
from analysis.statistics.resampling import SEED, resample
from analysis.statistics.results import BoolArray, Estimate, FloatArray, IntArray, Test, statistic

#: Groups whose p-values are all tabulated have at most so many members.
LARGEST = 200


@statistic
def contrast(
    raised: ArrayLike,
    group: ArrayLike,
    clusters: ArrayLike | None = None,
    alternative: Alternative = "two-sided",
) -> Test:
    """Did experts of a group raise a code more, or less, often than the others?

    ``raised`` and ``group`` (experts,) are true or false, ``clusters`` labels. Without clusters
    this is Fisher's exact test (1935), with them the exact conditional test of 2 x 2 x K tables
    (Gart 1970). ``statistic`` is the share that raised it in the group less that of the others.

    >>> code, group = [1, 1, 1, 0, 1, 0, 0, 0], [1, 1, 1, 1, 0, 0, 0, 0]
    >>> round(contrast(code, group).pvalue, 4)
    0.4857
    """
    code = as_booleans(raised, "raised")
    if code.ndim != 1:
        raise ValueError(f"raised must be one mark for each expert, got shape {code.shape}")
    found = contrasts(code[:, None], group, clusters, alternative, permutations=0)
    row = found.table.iloc[0]
    method = "exact test of two groups" + ("" if clusters is None else " within clusters")
    n = int(row["n"] + row["n_others"])
    return Test(float(row["difference"]), float(row["pvalue"]), n, method=method, reason=row.reason)


def contrasts(
    incidence: ArrayLike,
    group: ArrayLike,
    clusters: ArrayLike | None = None,
    alternative: Alternative = "two-sided",
    alpha: float = 0.05,
    permutations: int = 10_000,
    seed: int = SEED,
) -> AgainstChance:
    """:func:`contrast` for every code, and how many small p-values chance alone gives.

    Exact p-values of few experts take few values, so that fewer than a share ``alpha`` of them are
    at most ``alpha`` by chance. ``expected`` says how many: its mean is exact, its limits and the
    p-value come from drawing the group anew within clusters, for all codes at once.

    ``table`` has one row a code: ``k`` of ``n`` in the group, ``k_others`` of ``n_others``, their
    ``difference``, ``pvalue``, ``adjusted`` (Holm) and the ``reason`` where there is nothing to
    test.

    Raises
    ------
    ValueError
        If lengths differ, a label is missing, or an option is unknown.
    """
    table = as_incidence(incidence)
    chance.check_alternative(alternative)
    (n, codes), permutations = table.shape, whole(permutations, "permutations")
    alpha = fraction(alpha, "alpha")
    inside = as_booleans(group, "group")
    if inside.shape != (n,):
        raise ValueError(f"group must be one mark for each of {n} experts, got {inside.shape}")
    number = chance.clustered(clusters, n)
    rows = chance.members(number)
    held, sizes = chance.held_by(table, rows), chance.held_by(inside[:, None], rows)
    mass = chance.shared_count([r.size for r in rows], held, np.broadcast_to(sizes, held.shape))
    tests = chance.exact_pvalues(mass, alternative)
    k = table[inside].sum(axis=0, dtype=np.int64)
    total, ours = table.sum(axis=0, dtype=np.int64), int(inside.sum())
    decided = np.count_nonzero(mass, axis=1) < 2
    pvalue = np.where(decided, np.nan, tests[np.arange(codes), k])
    out = pd.DataFrame(
        {
            "code": chance.columns(incidence), "k": k, "n": ours,
            "k_others": total - k, "n_others": n - ours,
            "difference": k / ours - (total - k) / (n - ours) if 0 < ours < n else np.nan,
            "pvalue": pvalue, "adjusted": adjust(pvalue),
            "reason": np.select(
                [np.full(codes, not 0 < ours < n), total == 0, total == n, decided],
                ["a group has no expert", "nobody raised it", "everybody raised it",
                 "no exchange within clusters changes anything"], "",
            ),
        }
    )  # fmt: skip
    small = (tests <= alpha * (1 + ROUNDING)) & ~decided[:, None]
    mean, drawn, reason = float((mass * small).sum()), np.empty(0), ""
    if decided.all():
        reason = "there is no code that could tell the groups apart"
    elif permutations:
        task = partial(_small_by_chance, table=table, inside=inside, number=number, small=small)
        drawn = resample(task, permutations, seed)
    return chance.against_chance(
        out, int((pvalue <= alpha * (1 + ROUNDING)).sum()), int((~decided).sum()), mean, drawn,
        f"exact tests; {permutations:,} draws of the group", "two_groups.contrasts", reason,
    )  # fmt: skip


def _small_by_chance(
    size: int,
    rng: np.random.Generator,
    *,
    table: BoolArray,
    inside: BoolArray,
    number: IntArray,
    small: BoolArray,
) -> FloatArray:
    """How many codes have a small p-value in each of ``size`` draws of the group."""
    drawn = np.empty((size, len(inside)), dtype=np.float32)
    for rows in chance.members(number):
        drawn[:, rows] = rng.permuted(np.tile(inside[rows], (size, 1)), axis=1)
    counts = (drawn @ table.astype(np.float32)).astype(np.int64)
    return np.asarray(small[np.arange(table.shape[1]), counts].sum(axis=1), dtype=np.float64)


def fisher_pvalues(n1: int, n2: int) -> FloatArray:
    """Fisher's two-sided p of all tables of two groups: entry (k1, k2) is k1 of n1 and k2 of n2.

    NaN where nobody or everybody raised the code.

    Raises
    ------
    ValueError
        If a group has no member, or more than 200.

    Examples
    --------
    >>> p = fisher_pvalues(10, 10)
    >>> round(float(p[8, 2]), 3), round(float(p[7, 2]), 3)
    (0.023, 0.07)
    """
    sizes = whole(n1, "n1", 1), whole(n2, "n2", 1)
    if max(sizes) > LARGEST:
        raise ValueError(f"expected group sizes from 1 to {LARGEST}, got {n1} and {n2}")
    return _every_pvalue(*sizes).copy()


@lru_cache(maxsize=64)
def _every_pvalue(n1: int, n2: int) -> FloatArray:
    """In whole numbers, so that tables as probable as each other share one p-value."""
    out = np.full((n1 + 1, n2 + 1), np.nan)
    for total in range(1, n1 + n2):
        support = range(max(0, total - n2), min(n1, total) + 1)
        ways = [math.comb(n1, k) * math.comb(n2, total - k) for k in support]
        at_most = dict(zip(sorted(ways), accumulate(sorted(ways)), strict=True))
        for k, mine in zip(support, ways, strict=True):
            out[k, total - k] = at_most[mine] / math.comb(n1 + n2, total)
    return out


@statistic
def power_exact(n1: int, n2: int, p1: float, p2: float, alpha: float = 0.05) -> Estimate:
    """The exact probability that Fisher's two-sided test tells two groups apart.

    Members raise the code independently, with probabilities ``p1`` and ``p2``; where these are
    equal it is the test's true size, well below ``alpha`` in small groups.

    Raises
    ------
    ValueError
        If a size is not from 1 to 200, or a probability or ``alpha`` not from 0 to 1.

    Examples
    --------
    >>> round(power_exact(10, 10, 0.8, 0.2), 2)
    0.64
    """
    p1, p2, alpha = fraction(p1, "p1"), fraction(p2, "p2"), fraction(alpha, "alpha")
    told = np.nan_to_num(fisher_pvalues(n1, n2), nan=1.0) <= alpha
    power = min(float(_binomial(n1, p1) @ told.astype(np.float64) @ _binomial(n2, p2)), 1.0)
    return Estimate(power, n=n1 + n2, standing="simulation", method="exact power of Fisher's test")


def _binomial(n: int, p: float) -> FloatArray:
    return np.array([math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)])
