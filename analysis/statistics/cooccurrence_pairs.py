"""Which codes are raised by the same experts: Jaccard, one pair exactly, all pairs at once.

The chance model throughout: each code keeps its number of experts, and which experts they are is
random, independently of the other codes (within each session, where ``strata`` are given). It lets
talkative experts be a cause of co-occurrence; :mod:`analysis.statistics.cooccurrence_margins` holds
the number of codes of each expert fixed as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from math import comb

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.statistics.cooccurrence_checks import (
    Alternative,
    BoolArray,
    check_alternative,
    check_incidence,
    strata_members,
)
from analysis.statistics.resampling import DEFAULT_SEED, resample
from analysis.statistics.results import FloatArray, TestResult

#: Sets of up to this many experts are drawn from a table of all 2**size subsets.
_TABLE_SIZE = 20
#: Permutations worked on at a time: the arrays of one block stay in the processor's cache.
_BLOCK = 1000


@dataclass(frozen=True, slots=True, eq=False)
class PairTests:
    """Tests of all pairs of codes; every array has shape codes x codes and is symmetric.

    ``count`` experts raise both codes where ``expected`` would by chance; ``statistic`` is
    (count - expected) / sd, NaN where the count cannot vary (a code raised by nobody or by all).
    ``pvalue`` is that of each pair by itself; ``adjusted`` is adjusted for all pairs by the
    distribution of the largest statistic. Diagonals are NaN. ``maxima`` holds the largest
    statistic of each permutation, shape (permutations,). ``n`` is the number of experts.
    """

    count: FloatArray
    expected: FloatArray
    statistic: FloatArray
    pvalue: FloatArray
    adjusted: FloatArray
    maxima: FloatArray
    n: int
    alternative: str
    method: str
    reason: str = ""


def cooccurrence_counts(incidence: BoolArray) -> FloatArray:
    """How many experts raise both codes, shape codes x codes; the diagonal counts each code."""
    n, codes = incidence.shape
    total = np.zeros((codes, codes))
    for start in range(0, n, 1 << 16):  # float32 counts exactly up to 2**24
        part = incidence[start : start + (1 << 16)].astype(np.float32)
        total += part.T @ part
    return total


def jaccard(incidence: ArrayLike) -> FloatArray:
    """Jaccard similarity of every pair of codes: experts raising both / experts raising either.

    Parameters
    ----------
    incidence
        Experts x codes, bool or 0/1.

    Returns
    -------
    ndarray, shape codes x codes
        Symmetric, 1 on the diagonal. A code that nobody raised has no similarity to anything,
        itself included: its row and column are NaN (0/0 for two such codes; against a raised code
        the formula would say 0, which would claim a difference where nothing was observed).

    Raises
    ------
    ValueError
        If ``incidence`` is not a 2-d array of 0/1.

    References
    ----------
    Jaccard, P. (1901). Bulletin de la Societe Vaudoise des Sciences Naturelles 37, 547-579.

    Examples
    --------
    >>> jaccard([[1, 1, 0], [1, 0, 0]])
    array([[1. , 0.5, nan],
           [0.5, 1. , nan],
           [nan, nan, nan]])
    """
    both = cooccurrence_counts(check_incidence(incidence))
    held = np.diag(both)
    either = held[:, None] + held[None, :] - both
    with np.errstate(invalid="ignore"):
        similarity = both / either
    similarity[held == 0, :] = np.nan
    similarity[:, held == 0] = np.nan
    return similarity


def _hypergeometric(size: int, a: NDArray[np.intp], b: NDArray[np.intp]) -> FloatArray:
    """P(overlap = x) for random subsets of a and b out of ``size``; shape pairs x (size + 1)."""
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, size + 1)))])
    x = np.arange(size + 1)
    a, b = a[:, None], b[:, None]
    only_a, only_b, neither = a - x, b - x, size - a - b + x
    possible = (only_a >= 0) & (only_b >= 0) & (neither >= 0)
    margins = logs[a] + logs[size - a] + logs[b] + logs[size - b] - logs[size]
    cells = logs[x] + logs[only_a.clip(0)] + logs[only_b.clip(0)] + logs[neither.clip(0, size)]
    return np.where(possible, np.exp(margins - cells), 0.0)


def _null(
    incidence: BoolArray, members: list[NDArray[np.intp]], i: NDArray[np.intp], j: NDArray[np.intp]
) -> FloatArray:
    """The exact distribution of the overlap of pairs (i, j), shape pairs x (experts + 1).

    Over strata, the overlaps are independent, so their distributions are convolved.
    """
    mass = np.ones((i.size, 1))
    for rows in members:
        held = incidence[rows].sum(axis=0, dtype=np.intp)
        part = _hypergeometric(rows.size, held[i], held[j])
        if mass.shape[1] == 1:
            mass = mass * part
            continue
        wider = np.zeros((i.size, mass.shape[1] + rows.size))
        for x in range(rows.size + 1):
            wider[:, x : x + mass.shape[1]] += part[:, x : x + 1] * mass
        mass = wider
    return mass


def _tail(mass: FloatArray, count: NDArray[np.intp], alternative: str) -> FloatArray:
    """The p-values of ``count`` under ``mass`` (pairs x values)."""
    x = np.arange(mass.shape[1])
    if alternative == "greater":
        extreme = x >= count[:, None]
    elif alternative == "less":
        extreme = x <= count[:, None]
    else:  # as Fisher: no more probable than what was seen, up to rounding
        extreme = mass <= np.take_along_axis(mass, count[:, None], axis=1) * (1 + 1e-7)
    pvalue: FloatArray = (mass * extreme).sum(axis=1)
    return pvalue.clip(max=1.0)


def _exact(
    incidence: BoolArray,
    members: list[NDArray[np.intp]],
    i: NDArray[np.intp],
    j: NDArray[np.intp],
    count: NDArray[np.intp],
    alternative: str,
) -> FloatArray:
    """The exact p-values of the pairs (i, j), in parts that bound the memory."""
    part = max(1, 4_000_000 // (incidence.shape[0] + 1))
    return np.concatenate(
        [
            _tail(
                _null(incidence, members, i[at : at + part], j[at : at + part]),
                count[at : at + part],
                alternative,
            )
            for at in range(0, i.size, part)
        ]
        or [np.empty(0)]
    )


def pair_test(
    incidence: ArrayLike,
    a: int,
    b: int,
    alternative: Alternative = "greater",
    strata: ArrayLike | None = None,
) -> TestResult:
    """The exact test of whether two codes are raised by the same experts.

    Given how many experts raise each code, the number that raise both is hypergeometric if the
    codes are unrelated: Fisher's exact test. With ``strata`` (the session of each expert) it is a
    sum of independent hypergeometric numbers, one a session, and the test is exact as well.

    Parameters
    ----------
    incidence
        Experts x codes, bool or 0/1.
    a, b
        The columns of the two codes.
    alternative
        "greater": together more often than by chance; "less": less often; "two-sided": the sum
        of the probabilities of all outcomes that are no more probable than the one seen.
    strata
        One label per expert; experts are exchanged within a stratum only.

    Returns
    -------
    TestResult
        ``statistic`` is the number of experts raising both; ``n`` the number of experts. Where
        only one outcome is possible (a code raised by nobody or by all), the p-value is 1 and
        ``reason`` says so. Without experts it is NaN.

    Raises
    ------
    ValueError
        If ``incidence`` is not a 2-d array of 0/1, a column does not exist or a = b.

    References
    ----------
    Fisher, R. A. (1935). The Design of Experiments, ch. 2. Veech, J. A. (2013). Global Ecology
    and Biogeography 22, 252-260 (the same probabilities, for species on islands).

    Examples
    --------
    >>> tea = [[1, 1]] * 3 + [[1, 0]] + [[0, 1]] + [[0, 0]] * 3
    >>> round(pair_test(tea, 0, 1).pvalue, 4)
    0.2429
    """
    table = check_incidence(incidence)
    check_alternative(alternative)
    n, codes = table.shape
    for column in (a, b):
        if not 0 <= column < codes:
            raise ValueError(f"codes are columns 0 to {codes - 1}, got {column}")
    if a == b:
        raise ValueError(f"a pair needs two different codes, got {a} twice")
    members = strata_members(strata, n)
    method = f"exact {'stratified ' if strata is not None else ''}hypergeometric, {alternative}"
    if n == 0:
        return TestResult(np.nan, np.nan, 0, method=method, reason="no experts")
    count = int((table[:, a] & table[:, b]).sum())
    mass = _null(table, members, np.array([a]), np.array([b]))
    pvalue = float(_tail(mass, np.array([count]), alternative)[0])
    fixed = np.count_nonzero(mass) == 1
    reason = "only one outcome is possible given the two counts" if fixed else ""
    return TestResult(float(count), 1.0 if fixed else pvalue, n, method=method, reason=reason)


@lru_cache(maxsize=8)
def _subsets(size: int) -> NDArray[np.uint32]:
    """All subsets of ``size`` experts as bit patterns, the smallest subsets first."""
    patterns = np.arange(1 << size, dtype=np.uint32)
    return patterns[np.argsort(np.bitwise_count(patterns), kind="stable")]


def _draw_from_tables(
    held: list[NDArray[np.intp]], sizes: list[int], count: int, rng: np.random.Generator
) -> NDArray[np.uint64]:
    """Random sets of experts of the given sizes as bits, shape codes x count x 1."""
    words = np.zeros((held[0].size, count), dtype=np.uint64)
    shift = 0
    for in_stratum, size in zip(held, sizes, strict=True):
        number = np.array([comb(size, k) for k in range(size + 1)])
        first = np.concatenate([[0], np.cumsum(number)])
        draws = rng.random(words.shape)
        draws *= number[in_stratum][:, None]
        which = draws.astype(np.int32)
        which += first[in_stratum][:, None].astype(np.int32)
        words |= _subsets(size)[which].astype(np.uint64) << np.uint64(shift)
        shift += size
    return words[:, :, None]


def _draw_by_sorting(
    columns: list[NDArray[np.uint32]], count: int, rng: np.random.Generator
) -> NDArray[np.uint64]:
    """Random sets as bits, shape codes x count x words, for any number of experts.

    Each expert gets a random number whose lowest bit is the expert's 0/1; sorting the numbers
    shuffles the bits. (Two equal numbers among 31-bit ones are rare enough to ignore.)
    """
    parts = []
    for bits in columns:
        keys = rng.integers(0, 1 << 32, (bits.shape[0], count, bits.shape[1]), dtype=np.uint32)
        keys &= np.uint32(0xFFFFFFFE)
        keys |= bits[:, None, :]
        keys.sort(axis=2)
        parts.append((keys & np.uint32(1)).astype(np.uint8))
    packed = np.packbits(parts[0] if len(parts) == 1 else np.concatenate(parts, axis=2), axis=2)
    words = -(-packed.shape[2] // 8)
    padded = np.zeros((*packed.shape[:2], words * 8), dtype=np.uint8)
    padded[:, :, : packed.shape[2]] = packed
    return padded.view(np.uint64)


def _maxima(
    size: int,
    rng: np.random.Generator,
    *,
    table: BoolArray,
    members: list[NDArray[np.intp]],
    expected: FloatArray,
    scale: FloatArray,
    alternative: str,
) -> FloatArray:
    """The largest statistic of each of ``size`` permutations; a task for ``resample``.

    ``table`` has the testable codes only; ``expected`` and ``scale`` (1 / sd, 0 for a pair that
    cannot vary) are in the order of ``np.triu_indices``.
    """
    n, codes = table.shape
    sizes = [rows.size for rows in members]
    held = [table[rows].sum(axis=0, dtype=np.intp) for rows in members]
    columns = [np.ascontiguousarray(table[rows].T.astype(np.uint32)) for rows in members]
    fixed = scale == 0
    small = max(sizes) <= _TABLE_SIZE and n <= 64
    block = min(size, max(1, min(_BLOCK, 4_000_000 // (n * codes))))
    center, factor = expected[:, None].astype(np.float32), scale[:, None].astype(np.float32)
    if alternative == "less":
        factor = -factor
    overlap = np.empty((expected.size, block), dtype=np.uint8 if n < 256 else np.uint32)
    out = np.empty(size)
    for start in range(0, size, block):
        count = min(block, size - start)
        words = (
            _draw_from_tables(held, sizes, count, rng)
            if small
            else _draw_by_sorting(columns, count, rng)
        )
        row = 0
        for code in range(codes - 1):
            later = codes - 1 - code
            target = overlap[row : row + later, :count]
            np.bitwise_count(words[code + 1 :, :, 0] & words[code, :, 0], out=target)
            for word in range(1, words.shape[2]):
                target += np.bitwise_count(words[code + 1 :, :, word] & words[code, :, word])
            row += later
        z = overlap[:, :count].astype(np.float32)
        z -= center
        z *= factor
        if alternative == "two-sided":
            np.abs(z, out=z)
        if fixed.any():
            z[fixed] = -np.inf
        out[start : start + count] = z.max(axis=0)
    return out


def symmetric(values: FloatArray, i: NDArray[np.intp], j: NDArray[np.intp], n: int) -> FloatArray:
    """An n x n matrix with ``values`` at (i, j) and (j, i), NaN elsewhere."""
    matrix = np.full((n, n), np.nan)
    matrix[i, j] = matrix[j, i] = values
    return matrix


def pair_tests(
    incidence: ArrayLike,
    alternative: Alternative = "greater",
    strata: ArrayLike | None = None,
    permutations: int = 10_000,
    seed: int = DEFAULT_SEED,
) -> PairTests:
    """All pairs of codes at once, with p-values adjusted for their number.

    The p-value of each pair by itself is exact (see :func:`pair_test`). The adjustment is the
    single-step maximum of Westfall & Young: every code's experts are drawn anew (within strata),
    the standardised co-occurrence of all pairs computed, and its largest value kept; the adjusted
    p-value is (1 + permutations with a maximum at least as large as the pair's statistic) /
    (1 + permutations), and never less than the pair's own. Unlike Holm's adjustment it uses that
    the pairs are related and the counts few.

    Parameters
    ----------
    incidence
        Experts x codes, bool or 0/1.
    alternative, strata
        As in :func:`pair_test`; "two-sided" compares absolute statistics in the adjustment.
    permutations, seed
        How many, and the seed that fixes them.

    Returns
    -------
    PairTests
        A pair whose count cannot vary has p-value and adjusted p-value 1 and statistic NaN.

    Raises
    ------
    ValueError
        If ``incidence`` is not a 2-d array of 0/1, or ``permutations`` is less than 1.

    References
    ----------
    Westfall, P. H. & Young, S. S. (1993). Resampling-Based Multiple Testing, sec. 2.3.
    """
    table = check_incidence(incidence)
    check_alternative(alternative)
    if permutations < 1:
        raise ValueError(f"permutations must be at least 1, got {permutations}")
    n, codes = table.shape
    members = strata_members(strata, n)
    i, j = np.triu_indices(codes, 1)
    count = cooccurrence_counts(table)
    expected, variance = np.zeros(i.size), np.zeros(i.size)
    for rows in members:
        size = max(rows.size, 1)
        held = table[rows].sum(axis=0, dtype=np.intp).astype(float)
        mean = held[i] * held[j] / size
        expected += mean
        if size > 1:
            variance += mean * (size - held[i]) * (size - held[j]) / (size * (size - 1))
    varies = variance > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(varies, (count[i, j] - expected) / np.sqrt(variance), np.nan)
    pvalue = np.full(i.size, np.nan)
    if n:
        exact = _exact(table, members, i, j, count[i, j].astype(np.intp), alternative)
        pvalue = np.where(varies, exact, 1.0)
    adjusted, maxima = np.where(n > 0, 1.0, np.nan) * np.ones(i.size), np.empty(0)
    if varies.any():
        used = np.unique(np.concatenate([i[varies], j[varies]]))
        first, second = np.triu_indices(used.size, 1)
        scale = np.zeros((codes, codes))
        scale[i[varies], j[varies]] = 1 / np.sqrt(variance[varies])
        task = partial(
            _maxima,
            table=table[:, used],
            members=members,
            expected=symmetric(expected, i, j, codes)[used[first], used[second]],
            scale=scale[used[first], used[second]],
            alternative=alternative,
        )
        maxima = np.sort(resample(task, permutations, seed, chunk=5000))
        oriented = {"greater": z, "less": -z, "two-sided": np.abs(z)}[alternative][varies]
        # the statistics of the permutations are of single precision
        beaten = permutations - np.searchsorted(maxima, oriented - 1e-5)
        adjusted[varies] = np.maximum((1 + beaten) / (1 + permutations), pvalue[varies])
    return PairTests(
        count=symmetric(count[i, j], i, j, codes),
        expected=symmetric(expected, i, j, codes),
        statistic=symmetric(z, i, j, codes),
        pvalue=symmetric(pvalue, i, j, codes),
        adjusted=symmetric(adjusted, i, j, codes),
        maxima=maxima,
        n=n,
        alternative=alternative,
        method="exact hypergeometric; adjusted by the maximum over "
        f"{permutations} permutations{' within strata' if strata is not None else ''}",
        reason="" if varies.any() else "no pair whose count could vary",
    )
