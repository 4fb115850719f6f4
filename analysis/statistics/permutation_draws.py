"""Random assignments of values to groups, thousands at once, for permutation tests.

With the groups' sizes fixed, the F statistic grows with the weighted sum of squared group sums,
so that only group sums are needed for each assignment.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from analysis.statistics.results import FloatArray

IntArray = NDArray[np.int64]

#: Values in a block of permutations: small enough for the cache, large enough for numpy.
_BLOCK = 50_000
#: Up to this many experts a sorting network shuffles faster than numpy's own shuffle.
_NETWORK = 40


@dataclass(frozen=True)
class Design:
    """Values and groups, sorted by stratum, then group.

    Lists, because for the few experts of a panel Python's own loops are faster than numpy's.
    """

    values: list[float]
    group: list[int]  # the number of each expert's group
    sizes: list[int]
    strata: tuple[tuple[int, int], ...]  # first and last + 1 position of each stratum

    @property
    def centre(self) -> float:
        """The mean of all values."""
        return sum(self.values) / len(self.values)


def score(sums: FloatArray, sizes: list[int], statistic: str) -> FloatArray:
    """What orders assignments by how extreme they are, from group sums (groups, m) -> (m,)."""
    if statistic == "difference":
        return np.asarray(sums[0] / sizes[0] - sums[1] / sizes[1])
    return np.asarray((1.0 / np.asarray(sizes)) @ (sums * sums))


def draw(size: int, rng: np.random.Generator, design: Design, statistic: str) -> FloatArray:
    """Scores of ``size`` random assignments."""
    n = len(design.values)
    levels = sorted(set(design.values))
    bits = (len(levels) - 1).bit_length()
    # the chance that two random keys of one assignment tie, with the bits that codes leave
    ties = n * (n - 1) / 2 / 2 ** (16 - bits)
    if n > _NETWORK or ties > 0.5:
        return _draw_by_shuffling(size, rng, design, statistic)
    number = {level: code for code, level in enumerate(levels)}
    codes = np.array([number[v] for v in design.values], dtype=np.uint16)
    out: list[FloatArray] = []
    missing = size
    while missing > 0:
        m = int(missing * (1 + 1.2 * ties)) + 16
        untied, rows = _shuffled_codes(codes, bits, m, rng, design.strata)
        scores = _network_scores(rows, levels, design, statistic)[untied][:missing]
        out.append(scores)
        missing -= len(scores)
    return np.concatenate(out)


def _network_scores(
    rows: list[NDArray[np.uint16]], levels: list[float], design: Design, statistic: str
) -> FloatArray:
    """Scores from shuffled codes, one array (m,) for each expert's place."""
    centre, step = design.centre, levels[1] - levels[0]
    even = all(b - a == step for a, b in pairwise(levels))
    deviations = np.array(levels) - centre
    places: list[list[int]] = [[] for _ in design.sizes]
    for place, g in enumerate(design.group):
        places[g].append(place)
    scores = np.zeros(len(rows[0]))
    # group by group: arrays of this size are reused, those of all groups would be mapped anew
    for g, (members, size) in enumerate(zip(places, design.sizes, strict=True)):
        if even:  # codes can be added up as they are: at most 40 times 63
            codes = rows[members[0]].copy()
            for place in members[1:]:
                codes += rows[place]
            sums = codes.astype(np.float64)
        else:
            sums = deviations[rows[members[0]]]
            for place in members[1:]:
                sums += deviations[rows[place]]
        if statistic == "difference":
            scores += sums * ((-1) ** g / size)
        else:
            sums *= sums
            sums /= size
            scores += sums
    if not even:
        return scores
    # from the scale of the codes to that of the values
    if statistic == "difference":
        return np.asarray(scores * step)
    shift = len(rows) * ((centre - levels[0]) / step) ** 2
    return np.asarray((scores - shift) * step**2)


def _shuffled_codes(
    codes: NDArray[np.uint16],
    bits: int,
    m: int,
    rng: np.random.Generator,
    strata: tuple[tuple[int, int], ...],
) -> tuple[NDArray[np.bool_], list[NDArray[np.uint16]]]:
    """``m`` random orders of ``codes`` within strata: which are usable, and one array a place.

    Each code gets a random key of 16 bits that carries it in its low ``bits``; sorting the keys
    shuffles the codes. The sort is a network of minima and maxima, which numpy does for thousands
    of orders at once. Orders in which two keys tie are not usable; all others are equally likely.
    """
    n = len(codes)
    raw = rng.bit_generator.random_raw((m * n + 3) // 4)
    keys = raw.view(np.uint16)[: m * n].reshape(n, m)
    low = np.uint16((1 << bits) - 1)
    keys &= ~low
    keys |= codes[:, None]
    rows, spare = list(keys), np.empty(m, dtype=np.uint16)
    closest = np.full(m, 1 << bits, dtype=np.uint16)
    for a, b in strata:
        for i, j in _network(b - a):
            first, second = rows[a + i], rows[a + j]
            np.minimum(first, second, out=spare)
            np.maximum(first, second, out=second)
            rows[a + i], spare = spare, first
        for first, second in pairwise(rows[a:b]):
            np.bitwise_xor(first, second, out=spare)
            np.minimum(closest, spare, out=closest)
    for row in rows:
        row &= low
    return closest > low, rows


@lru_cache(maxsize=_NETWORK + 1)
def _network(n: int) -> tuple[tuple[int, int], ...]:
    """Comparisons that sort ``n`` places (Batcher 1968, odd-even merges)."""
    pairs = []
    p = 1
    while p < n:
        k = p
        while k >= 1:
            for start in range(k % p, n - k, 2 * k):
                for i in range(start, start + min(k, n - start - k)):
                    if i // (2 * p) == (i + k) // (2 * p):
                        pairs.append((i, i + k))
            k //= 2
        p *= 2
    return tuple(pairs)


def _draw_by_shuffling(
    size: int, rng: np.random.Generator, design: Design, statistic: str
) -> FloatArray:
    """As :func:`draw`, for any number of experts."""
    centred = np.array(design.values) - design.centre
    by_group = np.argsort(design.group, kind="stable")
    starts = np.concatenate(([0], np.cumsum(design.sizes)[:-1]))
    rows = max(1, _BLOCK // len(centred))
    out = np.empty(size)
    for start in range(0, size, rows):
        m = min(rows, size - start)
        block = np.tile(centred, (m, 1))
        for a, b in design.strata:
            rng.permuted(block[:, a:b], axis=1, out=block[:, a:b])
        if len(design.strata) > 1:
            block = block[:, by_group]
        sums = np.add.reduceat(block, starts, axis=1)
        out[start : start + m] = score(sums.T, design.sizes, statistic)
    return out
