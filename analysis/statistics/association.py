"""Association in tables of counts, p-values of many tests, shares of small groups.

A table is r x c, each expert counted once. Empty rows and columns say nothing about association
and are left out. All of it is exploratory with a panel: experts were chosen, groups hold two or
three, and a scan of cross-tables for small p-values finds some.
"""

from __future__ import annotations

import gc
import math
from contextlib import suppress
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from fexact import fexact, fexact_simulate
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import betaincinv, gammaln
from scipy.stats import fisher_exact, random_table
from statsmodels.stats.multitest import multipletests

from analysis.statistics.chance import Alternative, check_alternative
from analysis.statistics.inputs import as_counts, as_numbers, whole
from analysis.statistics.resampling import SEED, percentile_interval
from analysis.statistics.results import Estimate, FloatArray, IntArray, Test, level, statistic

NAN = float("nan")

#: Up to so many experts every table with the same margins is gone through: in tables of 2 x 2, with
#: two rows or columns, and in larger ones; up to so many cells; in so much room. With more of them
#: the search of fexact may run for hours or come to a stop.
_MOST_IN_FOUR_CELLS, _MOST_IN_TWO_ROWS, _MOST = 10**9, 2000, 100
_MOST_CELLS, _ROOM = 64, 100_000
#: Random tables in the place of all where these are too many; how few of them still give a p-value;
#: and the steps that all of them may take (about a second).
_RANDOM_TABLES, _FEWEST_TABLES, _STEPS = 100_000, 1000, 100_000_000
_TOO_LARGE = "the table is too large: random ones like it take too long to draw"
#: Below this intraclass correlation groups count as alike: the likelihood no longer changes.
_ALIKE = 1e-6
#: Up to this size of a group the likelihood is a product, which is exact for groups that are alike.
_LARGEST_PRODUCT = 500


def _as_table(table: ArrayLike) -> tuple[IntArray, int, str, str]:
    """The table without empty rows and columns, its total, a note, and why it shows nothing."""
    counts = as_counts(table, "a cell")
    if counts.ndim != 2:
        raise ValueError(f"expected a table with rows and columns, got shape {counts.shape}")
    rows, columns = counts.any(axis=1), counts.any(axis=0)
    kept = np.ascontiguousarray(counts[rows][:, columns])
    empty = [
        f"{n} empty {name}{'' if n == 1 else 's'}"
        for n, name in ((rows.size - len(kept), "row"), (columns.size - kept.shape[1], "column"))
        if n
    ]
    reason = ""
    if not kept.size:
        reason = "the table is empty"
    elif 1 in kept.shape:
        what = "row" if len(kept) == 1 else "column"
        reason = f"only one {what} is not empty, so that there is nothing to compare"
    note = f" ({' and '.join(empty)} left out)" if empty else ""
    return kept, int(counts.sum()), note, reason


@statistic
def freeman_halton(
    table: ArrayLike, alternative: Alternative = "two-sided", seed: int = SEED
) -> Test:
    """The exact test of independence in an r x c table: the sum of all tables at most as probable.

    By the network algorithm (Mehta & Patel 1983) of the ``fexact`` package. ``statistic`` is the
    probability of the table given its margins. The work is bounded: where a table has too many
    experts or cells, p comes from up to 100,000 random tables with its margins, drawn with
    ``seed``, and ``reason`` says so. One-sided tests are for 2 x 2 tables, "greater" if the first
    cell is larger than independence lets expect. NaN, with the reason, for fewer than two rows or
    columns with counts, and for tables so large that 1,000 random ones would take too long.

    Raises
    ------
    ValueError
        If it is no table of whole numbers, or a one-sided test is asked for one that is not 2 x 2.

    References
    ----------
    Freeman & Halton (1951), Biometrika 38, 141-149.

    Examples
    --------
    >>> round(freeman_halton([[3, 1], [1, 3]]).pvalue, 4)
    0.4857
    """
    check_alternative(alternative)
    kept, n, note, reason = _as_table(table)
    method = "Fisher-Freeman-Halton exact test" + note
    if alternative != "two-sided":
        method = f"Fisher's exact test, one-sided ({alternative})"
        if np.shape(table) != (2, 2):
            raise ValueError(f"a one-sided test needs a 2 x 2 table, got shape {np.shape(table)}")
    if reason:
        return Test(NAN, NAN, n, method=method, reason=reason)
    draws = min(_RANDOM_TABLES, _affordable(n, kept.size))
    four = kept.shape == (2, 2)
    if (four and n > _MOST_IN_FOUR_CELLS) or (not four and draws < _FEWEST_TABLES):
        return Test(NAN, NAN, n, method=method, reason=_TOO_LARGE)
    margins = [*kept.sum(axis=0).tolist(), *kept.sum(axis=1).tolist()]
    log = sum(math.lgamma(count + 1) for count in margins) - math.lgamma(n + 1)
    log -= sum(math.lgamma(count + 1) for count in kept.ravel().tolist())
    if four:  # of these alone scipy goes through all tables
        pvalue = float(fisher_exact(kept, alternative).pvalue)
        return Test(math.exp(log), pvalue, n, method=method)
    if kept.size <= _MOST_CELLS and n <= (_MOST_IN_TWO_ROWS if 2 in kept.shape else _MOST):
        with suppress(ValueError):  # the table was checked: only the room can be too small
            return Test(math.exp(log), min(fexact(kept, workspace=_ROOM), 1.0), n, method=method)
    pvalue = fexact_simulate(kept, samples=draws, seed=seed, threads=1)
    reason = f"too many tables to go through: p is from {draws:,} random ones"
    return Test(math.exp(log), pvalue, n, method=method, reason=reason)


def _affordable(n: int, cells: int) -> int:
    """How many random tables of ``n`` experts may be drawn: each walks through its cells."""
    return int(_STEPS / (cells + math.sqrt(n * cells)))


@statistic
def cramers_v(table: ArrayLike, bias_corrected: bool = True) -> Estimate:
    """Cramer's V, from 0 to 1, by default corrected for bias (Bergsma 2013, eqs 3 to 5).

    Raw V, sqrt(chi2 / (n min(r - 1, c - 1))), is far from 0 by chance alone when experts are few
    and groups many: see :func:`expected_cramers_v`. The correction subtracts from chi2 / n what
    independence lets expect, (r - 1)(c - 1) / (n - 1), not below 0, and takes (r - 1)^2 / (n - 1)
    from r, likewise from c. There is no interval: none is sound at the size of a panel.

    Raises
    ------
    ValueError
        If it is no table of whole numbers.

    References
    ----------
    Bergsma (2013), J. Korean Statistical Society 42, 323-328.

    Examples
    --------
    >>> round(cramers_v([[8, 2], [2, 8]], bias_corrected=False), 4)
    0.6
    """
    kept, n, note, reason = _as_table(table)
    method = ("bias-corrected Cramer's V" if bias_corrected else "Cramer's V") + note
    if reason:
        return Estimate(NAN, n=n, method=method, reason=reason)
    value = float(_v(kept[None], bias_corrected)[0])
    if math.isnan(value):
        reason = "as many rows or columns as experts: the correction leaves nothing"
    return Estimate(value, n=n, standing="description", method=method, reason=reason)


@statistic
def expected_cramers_v(
    table: ArrayLike,
    bias_corrected: bool = False,
    draws: int = 10_000,
    confidence: float | None = None,
    seed: int = SEED,
) -> Estimate:
    """The mean of :func:`cramers_v` over random tables with these margins: what chance makes of it.

    With 20 experts in 8 groups, half of whom raised a code, raw V averages .59. ``low`` to ``high``
    holds the middle of the tables, ``se`` is the simulation error of the mean. Of large tables
    fewer than ``draws`` are drawn, as ``method`` says; undefined where 100 would take too long.

    Raises
    ------
    ValueError
        If it is no table of whole numbers, or ``draws`` is no whole number of at least 1.
    """
    kept, n, note, reason = _as_table(table)
    draws = whole(draws, "draws", 1)
    if not reason:
        most = _affordable(n, kept.size) // 4
        reason = _TOO_LARGE if most < _FEWEST_TABLES / 10 else ""
        draws = min(draws, max(most, 1))
    method = f"{'bias-corrected ' if bias_corrected else ''}Cramer's V of {draws:,} random tables"
    about: dict[str, Any] = {"n": n, "standing": "sensitivity", "method": method + note}
    if reason:
        return Estimate(NAN, reason=reason, **about)
    margins = kept.sum(axis=1), kept.sum(axis=0)
    tables = random_table(*margins).rvs(draws, random_state=np.random.default_rng(seed))
    v = _v(tables, bias_corrected)
    if np.isnan(v).any():
        why = "as many rows or columns as experts: the correction leaves nothing"
        return Estimate(NAN, reason=why, **about)
    low, high = percentile_interval(v, confidence)
    se = float(v.std() / math.sqrt(draws))
    return Estimate(float(v.mean()), se, low, high, confidence=level(confidence), **about)


def _v(tables: FloatArray | IntArray, bias_corrected: bool) -> FloatArray:
    """Cramer's V of tables (m, r, c) with the same margins, none of them empty."""
    _, r, c = tables.shape
    n = tables[0].sum()
    # as floats: products of large totals would not fit into whole numbers of 64 bits
    rows, columns = (tables[0].sum(axis=axis, dtype=np.float64) for axis in (1, 0))
    expected = np.outer(rows, columns) / n
    phi2 = ((tables - expected) ** 2 / expected).sum(axis=(1, 2)) / n
    if not bias_corrected:
        return np.asarray(np.sqrt(np.minimum(phi2 / min(r - 1, c - 1), 1.0)))
    left = np.maximum(phi2 - (r - 1) * (c - 1) / (n - 1), 0.0)
    smaller = min(r - 1 - (r - 1) ** 2 / (n - 1), c - 1 - (c - 1) ** 2 / (n - 1))
    if smaller < 1e-12:
        return np.full(len(phi2), np.nan)
    return np.asarray(np.sqrt(np.minimum(left / smaller, 1.0)))


def adjust(pvalues: ArrayLike, method: str = "holm") -> FloatArray:
    """p-values adjusted for their number, of the same shape: reject where one is at most alpha.

    "holm" (Holm 1979) and "bonferroni" bound the probability of any false rejection, "bh"
    (Benjamini & Hochberg 1995) the expected share of false ones among the rejections. NaN, a test
    without an answer, stays NaN and is not counted.

    Raises
    ------
    ValueError
        If a p-value is outside 0 to 1 or the method is unknown.

    Examples
    --------
    >>> adjust([0.01, 0.04, float("nan"), 0.03]).round(3).tolist()
    [0.03, 0.06, nan, 0.06]
    """
    names = {"holm": "holm", "bonferroni": "bonferroni", "bh": "fdr_bh"}
    if method not in names:
        raise ValueError(f"method must be one of {', '.join(names)}, got {method!r}")
    p = as_numbers(pvalues, "p-values")
    if ((p < 0) | (p > 1)).any():
        raise ValueError(f"p-values lie between 0 and 1, got {p[(p < 0) | (p > 1)][0]}")
    answered = ~np.isnan(p)
    out = np.full(p.shape, np.nan)
    if answered.any():
        gc.freeze()  # statsmodels collects garbage at every call: slow where there is much
        out[answered] = multipletests(p[answered], method=names[method])[1]
        gc.unfreeze()
    return out


def shrunken_shares(k: ArrayLike, n: ArrayLike, confidence: float | None = None) -> pd.DataFrame:
    """Shares of groups, drawn towards what all share, the more so the smaller a group is.

    The true shares of groups are taken as draws from a beta distribution, whose mean and intraclass
    correlation are those of largest marginal likelihood (Skellam 1948); ``estimate`` is the
    posterior mean. Where groups differ no more than chance lets them, each gets the pooled share.
    ``se``, ``low`` and ``high`` average the posteriors over what is not known of mean and
    correlation (flat on both; Deely & Lindley 1981), as a beta with the same moments.

    One row a group of ``k`` of ``n`` experts (one ``n`` for all will do): ``k``, ``n``, ``raw``
    (k / n), ``estimate``, ``se``, ``low``, ``high``, and the same in all rows ``centre`` and
    ``correlation`` (0: groups are alike; 1: each is unanimous). NaN where nobody was asked at all.

    Raises
    ------
    ValueError
        If counts are no whole numbers, ``k`` exceeds ``n``, or their shapes differ.

    References
    ----------
    Skellam (1948), JRSS B 10, 257-261; Morris (1983), JASA 78, 47-55; Deely & Lindley (1981), JASA
    76, 833-841.

    Examples
    --------
    >>> shares = shrunken_shares([2, 1, 1, 2], [4, 3, 2, 5])  # no more spread than chance
    >>> shares.estimate.round(3).tolist(), float(shares.correlation[0])
    ([0.429, 0.429, 0.429, 0.429], 0.0)
    """
    raised, asked = (as_counts(x, name).astype(np.float64) for x, name in ((k, "k"), (n, "n")))
    if raised.ndim != 1 or not raised.size:
        raise ValueError(f"k must be a list of counts, one a group, got shape {raised.shape}")
    asked = np.full(raised.shape, asked) if asked.ndim == 0 else asked
    if asked.shape != raised.shape or (raised > asked).any():
        raise ValueError(f"expected k of n for each group, got {raised} of {asked}")
    out = pd.DataFrame({"k": raised.astype(int), "n": asked.astype(int)})
    out["raw"] = np.divide(raised, asked, out=np.full(raised.shape, np.nan), where=asked > 0)
    if not asked.any():
        return out.assign(**dict.fromkeys(_SHARE_COLUMNS, np.nan))
    centre, correlation = _likeliest(tuple(raised), tuple(asked))
    prior = (1 - correlation) / correlation if correlation else np.inf
    estimate = np.full(raised.shape, centre)
    if correlation:
        size = prior + asked
        np.divide(centre * prior + raised, size, out=estimate, where=size > 0)
    middle, variance = _averaged(raised, asked)
    a = middle * (middle * (1 - middle) / variance - 1)
    b = a / middle - a
    tail = (1 - level(confidence)) / 2
    low, high = (betaincinv(a, b, share) for share in (tail, 1 - tail))
    found = (
        estimate, np.sqrt(variance), np.minimum(low, estimate), np.maximum(high, estimate),
        centre, correlation,
    )  # fmt: skip
    return out.assign(**dict(zip(_SHARE_COLUMNS, found, strict=True)))


_SHARE_COLUMNS = ("estimate", "se", "low", "high", "centre", "correlation")


def _loglik(k: FloatArray, n: FloatArray, mean: FloatArray, rho: FloatArray) -> FloatArray:
    """Beta-binomial log-likelihood for arrays of mean and rho of one shape, without constants.

    Products of (p + i t), t = rho / (1 - rho), stay exact as rho goes to 0 (the binomial), where
    differences of log-gamma lose digits; those serve groups so large that products would be slow.
    """
    t = rho / np.maximum(1 - rho, 1e-300)
    total = np.zeros(np.broadcast(mean, rho).shape)
    if n.max() > _LARGEST_PRODUCT:
        a, b = (share / np.maximum(t, _ALIKE / 10) for share in (mean, 1 - mean))
        for raised, asked in zip(k, n, strict=True):
            total = total + gammaln(a + raised) - gammaln(a) + gammaln(b + asked - raised)
            total = total - gammaln(b) - gammaln(a + b + asked) + gammaln(a + b)
        return total
    for i in range(int(n.max())):
        # a group of n adds one factor for each of its k raised, n - k not raised, n asked
        total = total + np.count_nonzero(k > i) * np.log(mean + i * t)
        total = total + np.count_nonzero(n - k > i) * np.log(1 - mean + i * t)
        total = total - np.count_nonzero(n > i) * np.log1p(i * t)
    return total


@lru_cache(maxsize=1024)
def _likeliest(raised: tuple[float, ...], asked: tuple[float, ...]) -> tuple[float, float]:
    """Mean and intraclass correlation of largest marginal likelihood."""
    k, n = np.array(raised), np.array(asked)
    pooled = float(k.sum() / n.sum())
    if pooled in (0.0, 1.0) or np.count_nonzero(n) < 2 or n.max() < 2:
        return pooled, 0.0  # nothing raised, all raised, or no group to see a spread in

    def cost(z: FloatArray) -> float:
        return -float(_loglik(k, n, *(1 / (1 + np.exp(-z)))))

    # a coarse search first: with few groups the likelihood can have two hills
    rhos = np.array([_ALIKE, 1e-4, 1e-3, *np.linspace(0.01, 0.99, 99), 0.999])
    means, rhos = (a.ravel() for a in np.meshgrid(np.linspace(0.01, 0.99, 99), rhos))
    best = int(np.argmax(_loglik(k, n, means, rhos)))
    start = np.array([means[best], rhos[best]])
    options = {"xatol": 1e-10, "fatol": 1e-13, "maxiter": 4000, "maxfev": 4000}
    found = minimize(cost, np.log(start / (1 - start)), method="Nelder-Mead", options=options)
    mean, rho = (float(v) for v in 1 / (1 + np.exp(-found.x)))
    alike = float(_loglik(k, n, np.asarray(pooled), np.asarray(0.0)))
    if rho <= _ALIKE or -float(found.fun) <= alike + 1e-10:
        return pooled, 0.0
    return mean, 1.0 if rho > 1 - 1e-9 else rho


@lru_cache(maxsize=1)
def _grid() -> tuple[FloatArray, FloatArray, FloatArray]:
    """Gauss-Legendre points over mean and rho in (0, 1), and their weights."""
    x, w = np.polynomial.legendre.leggauss(48)
    mean, rho = (a.ravel() for a in np.meshgrid((x + 1) / 2, (x + 1) / 2))
    return mean, rho, np.outer(w / 2, w / 2).ravel()


def _averaged(k: FloatArray, n: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Posterior mean and variance of each group's share, averaged over mean and rho."""
    mean, rho, weight = _grid()
    log = _loglik(k, n, mean, rho)
    weight = weight * np.exp(log - log.max())
    weight = weight / weight.sum()
    prior = ((1 - rho) / rho)[:, None]
    centre = (mean[:, None] * prior + k) / (prior + n)
    spread = centre * (1 - centre) / (prior + n + 1)
    average = weight @ centre
    return average, weight @ (spread + (centre - average) ** 2)
