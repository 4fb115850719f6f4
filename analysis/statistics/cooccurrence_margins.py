"""Co-occurrence against tables in which talkative experts stay talkative.

The chance model: every 0/1 table with the same number of codes for each expert and the same number
of experts for each code is equally likely (the Rasch model's conditional distribution; in ecology
the "fixed-fixed" null model).
"""

from __future__ import annotations

from functools import partial
from typing import cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.statistics.cooccurrence_checks import (
    Alternative,
    BoolArray,
    check_alternative,
    check_incidence,
)
from analysis.statistics.cooccurrence_pairs import PairTests, cooccurrence_counts, symmetric
from analysis.statistics.resampling import DEFAULT_SEED, resample
from analysis.statistics.results import FloatArray

#: How many tables one chain hands over; each chain begins anew from the observed table.
SAMPLES_PER_CHAIN = 10
#: Rounds of trades before the first table is kept, and between kept tables. On panels of 20
#: experts x 30 codes the correlation of a table's statistics with those of its start falls below
#: .01 within 10 rounds.
BURN_IN = 30
THIN = 5


def trade(tables: BoolArray, rng: np.random.Generator) -> None:
    """One round of trades in every table, in place; ``tables`` is chains x experts x codes.

    The experts of a table are paired at random. Each pair pools the codes that only one of the
    two has, and deals them out again at random, each expert keeping its number. A round is its
    own reversal with the same probability, so that the uniform distribution is kept; and since
    any single trade can happen in a round (with the other pairs dealing themselves the same), all
    tables are reached (Carstens, Berger & Strona 2016).
    """
    chains, experts, codes = tables.shape
    half = experts // 2
    if half == 0 or codes == 0:
        return
    order = np.argsort(rng.random((chains, experts)), axis=1)
    chain = np.arange(chains)[:, None]
    a, b = order[:, :half], order[:, half : 2 * half]
    has_a, has_b = tables[chain, a], tables[chain, b]
    pool = has_a ^ has_b
    keep = (has_a & pool).sum(axis=2)
    # random numbers made distinct by the code's number in the lowest bits: no ties, exact counts
    keys = rng.integers(0, 1 << 48, pool.shape, dtype=np.uint64) << np.uint64(16)
    keys |= np.arange(codes, dtype=np.uint64)
    keys[~pool] = np.iinfo(np.uint64).max
    last = np.take_along_axis(np.sort(keys, axis=2), np.maximum(keep - 1, 0)[:, :, None], axis=2)
    dealt = pool & (keys <= last) & (keep > 0)[:, :, None]
    both = has_a & has_b
    tables[chain, a] = both | dealt
    tables[chain, b] = both | (pool & ~dealt)


def _sample(
    size: int, rng: np.random.Generator, *, table: BoolArray, burn_in: int, thin: int
) -> BoolArray:
    """``size`` tables from as many chains as needed, shape size x experts x codes."""
    chains = -(-size // SAMPLES_PER_CHAIN)
    tables = np.repeat(table[None], chains, axis=0)
    kept = np.empty((SAMPLES_PER_CHAIN, *tables.shape), dtype=bool)
    for sample in range(SAMPLES_PER_CHAIN):
        for _ in range(thin if sample else burn_in):
            trade(tables, rng)
        kept[sample] = tables
    return kept.reshape(SAMPLES_PER_CHAIN * chains, *table.shape)[:size]


def _sample_counts(
    size: int,
    rng: np.random.Generator,
    *,
    table: BoolArray,
    burn_in: int,
    thin: int,
    i: NDArray[np.intp],
    j: NDArray[np.intp],
) -> FloatArray:
    """The co-occurrence counts of the pairs (i, j) in ``size`` tables, shape size x pairs."""
    tables = _sample(size, rng, table=table, burn_in=burn_in, thin=thin).astype(np.float32)
    counts = tables.transpose(0, 2, 1) @ tables
    return cast(FloatArray, counts[:, i, j].astype(np.float32))


def _check(table: BoolArray, number: int, burn_in: int, thin: int) -> None:
    if number < 1 or burn_in < 1 or thin < 1:
        raise ValueError(
            f"samples, burn_in and thin must be at least 1, got {number}, {burn_in} and {thin}"
        )
    if table.shape[1] >= 1 << 16:
        raise ValueError(f"at most {(1 << 16) - 1} codes, got {table.shape[1]}")


def sample_fixed_margins(
    incidence: ArrayLike,
    samples: int = 1000,
    burn_in: int = BURN_IN,
    thin: int = THIN,
    seed: int = DEFAULT_SEED,
) -> BoolArray:
    """Random tables with the experts' and the codes' totals of ``incidence``.

    Global curveball trades (see :func:`trade`): chains start from the observed table, run
    ``burn_in`` rounds, and hand over ten tables each, ``thin`` rounds apart. In a round every
    expert (but one, if their number is odd) takes part in one trade.

    Parameters
    ----------
    incidence
        Experts x codes, bool or 0/1.
    samples, burn_in, thin, seed
        As above; the same seed gives the same tables on any number of cores.

    Returns
    -------
    ndarray of bool, shape samples x experts x codes
        All equal to ``incidence`` where no other table has its totals.

    Raises
    ------
    ValueError
        If ``incidence`` is not a 2-d array of 0/1, or a number is less than 1.

    References
    ----------
    Strona, G., Nappo, D., Boccacci, F., Fattorini, S. & San-Miguel-Ayanz, J. (2014). Nature
    Communications 5, 4114. Carstens, C. J., Berger, A. & Strona, G. (2016). arXiv:1609.05137.
    """
    table = check_incidence(incidence)
    _check(table, samples, burn_in, thin)
    task = partial(_sample, table=table, burn_in=burn_in, thin=thin)
    drawn = resample(cast("partial[FloatArray]", task), samples, seed, chunk=1000)
    return cast(BoolArray, drawn)


def fixed_margin_tests(
    incidence: ArrayLike,
    alternative: Alternative = "greater",
    permutations: int = 10_000,
    burn_in: int = BURN_IN,
    thin: int = THIN,
    seed: int = DEFAULT_SEED,
) -> PairTests:
    """All pairs of codes, given how many codes each expert and how many experts each code has.

    Two codes that talkative experts both raise co-occur more than by chance in
    :func:`~analysis.statistics.cooccurrence_pairs.pair_tests`; here only what goes beyond the
    experts' talkativeness counts. Expected counts and standard deviations are those of the
    sampled tables and the observed one together, so that the observed table is exchangeable with
    the others; p-values are (1 + tables at least as extreme) / (1 + tables).

    Parameters
    ----------
    incidence
        Experts x codes, bool or 0/1.
    alternative
        "greater", "less" or "two-sided" (absolute standardised counts).
    permutations, burn_in, thin, seed
        As ``samples`` ... in :func:`sample_fixed_margins`.

    Returns
    -------
    PairTests
        A pair whose count is the same in all tables has p-values 1 and statistic NaN.

    Raises
    ------
    ValueError
        If ``incidence`` is not a 2-d array of 0/1, or a number is less than 1.
    """
    table = check_incidence(incidence)
    check_alternative(alternative)
    _check(table, permutations, burn_in, thin)
    n, codes = table.shape
    i, j = np.triu_indices(codes, 1)
    observed = cooccurrence_counts(table)[i, j]
    task = partial(_sample_counts, table=table, burn_in=burn_in, thin=thin, i=i, j=j)
    drawn = resample(task, permutations, seed, chunk=1000)
    total = permutations + 1
    expected = (drawn.sum(axis=0, dtype=float) + observed) / total
    spread = ((drawn - expected) ** 2).sum(axis=0, dtype=float) + (observed - expected) ** 2
    sd = np.sqrt(spread / total)
    # a count that is the same in all tables leaves no more than the rounding of its mean
    varies = sd > 1e-6
    sign = -1.0 if alternative == "less" else 1.0
    scale = np.divide(sign, sd, out=np.zeros_like(sd), where=varies)
    statistics, own = (drawn - expected) * scale, (observed - expected) * scale
    if alternative == "two-sided":
        statistics, own = np.abs(statistics), np.abs(own)
    maxima = np.empty(0)
    pvalue = adjusted = np.where(n > 0, 1.0, np.nan) * np.ones(i.size)
    if varies.any():
        own = own - 1e-5  # the counts are exact, their standardisation is rounded
        extreme = (statistics >= own).sum(axis=0)
        pvalue = np.where(varies, (1 + extreme) / total, 1.0)
        maxima = np.sort(statistics[:, varies].max(axis=1)).astype(float)
        beaten = permutations - np.searchsorted(maxima, own)
        adjusted = np.where(varies, (1 + beaten) / total, 1.0)
    z = np.where(varies, sign * (observed - expected) * scale, np.nan)
    return PairTests(
        count=symmetric(observed, i, j, codes),
        expected=symmetric(expected, i, j, codes),
        statistic=symmetric(z, i, j, codes),
        pvalue=symmetric(pvalue, i, j, codes),
        adjusted=symmetric(adjusted, i, j, codes),
        maxima=maxima,
        n=n,
        alternative=alternative,
        method=f"fixed margins, {permutations} tables by curveball trades "
        f"(burn-in {burn_in}, thinning {thin} rounds); adjusted by the maximum",
        reason="" if varies.any() else "no pair whose count could vary given the totals",
    )
