"""Tables of counts: the exact test of independence and Cramer's V.

A table is r x c, non-negative whole numbers, each expert counted once. Empty rows and columns say
nothing about association and are left out.
"""

from __future__ import annotations

import math
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.statistics.enumeration import TooManyTablesError, tables_bound, walk
from analysis.statistics.resampling import DEFAULT_SEED, resample
from analysis.statistics.results import Estimate, FloatArray, TestResult
from analysis.statistics.two_groups import hypergeometric

IntArray = NDArray[np.int64]
NAN = float("nan")

#: Workspaces of the network algorithm, tried in turn: small tables are fastest in a small one.
_WORKSPACES = (20_000, 200_000, 2_000_000)
#: Random tables where the exact test is out of reach.
_SAMPLES = 1_000_000
#: The most tables enumerated for the exact expectation of V.
_TABLE_LIMIT = 200_000


def as_table(table: ArrayLike) -> IntArray:
    """Check a table of counts and return it as int64, shape (rows, columns).

    Raises
    ------
    ValueError
        If it is not two-dimensional, or a cell is negative, missing or not a whole number.
    """
    array = np.asarray(table)
    if array.ndim != 2:
        raise ValueError(f"expected a table with rows and columns, got shape {array.shape}")
    if array.dtype.kind not in "iu":
        try:
            numbers = array.astype(np.float64)
        except (TypeError, ValueError):
            raise ValueError(f"expected counts, got values of type {array.dtype}") from None
        whole = np.isfinite(numbers) & (numbers == np.floor(numbers))
        if not whole.all():
            raise ValueError(f"expected whole numbers, got {numbers[~whole][0]}")
        array = numbers
    if array.size and (smallest := array.min()) < 0:
        raise ValueError(f"expected counts of 0 or more, got {smallest}")
    return np.ascontiguousarray(array, dtype=np.int64)


def _without_empty(table: IntArray) -> tuple[IntArray, list[int], list[int], str]:
    """Drop empty rows and columns; return table, margins, and a note of what was dropped."""
    cells = table.tolist()
    rows = [sum(row) for row in cells]
    columns = [sum(column) for column in zip(*cells, strict=True)]
    empty_rows, empty_columns = rows.count(0), columns.count(0)
    if not (empty_rows or empty_columns):
        return table, rows, columns, ""
    kept = table[np.ix_([n > 0 for n in rows], [n > 0 for n in columns])]
    said = [
        f"{count} empty {name}{'' if count == 1 else 's'}"
        for count, name in ((empty_rows, "row"), (empty_columns, "column"))
        if count
    ]
    note = f" ({' and '.join(said)} left out)"
    return kept, [n for n in rows if n], [n for n in columns if n], note


def _degenerate(rows: list[int], columns: list[int]) -> str:
    """Why a table (without empty rows and columns) shows no association, or ""."""
    if not rows:
        return "the table is empty"
    if len(rows) == 1:
        return "only one row is not empty, so that there is nothing to compare"
    if len(columns) == 1:
        return "only one column is not empty, so that there is nothing to compare"
    return ""


def freeman_halton(
    table: ArrayLike, alternative: str = "two-sided", seed: int = DEFAULT_SEED
) -> TestResult:
    """Exact test of independence in an r x c table (Fisher; Freeman & Halton).

    The p-value is the probability, given the margins, of all tables that are at most as probable
    as the observed one. The network algorithm of the ``fexact`` package finds it. No expected
    count needs to be large.

    Parameters
    ----------
    table : (rows, columns) array of counts
    alternative : {"two-sided", "greater", "less"}
        One-sided tests exist for 2 x 2 tables only: "greater" means that the first cell is larger
        than independence lets expect.
    seed : int
        Used only where a table is too large for the exact test (never with a few dozen experts):
        1,000,000 random tables then stand in for all, and ``method`` says so.

    Returns
    -------
    TestResult
        ``statistic`` is the probability of the observed table given its margins, ``n`` the total
        count. ``method`` says how many empty rows and columns were left out. NaN, with the reason,
        where fewer than two rows or two columns have counts.

    Raises
    ------
    ValueError
        If the table is not two-dimensional, has negative, missing or fractional cells, or a
        one-sided test is asked for a table that is not 2 x 2.

    References
    ----------
    Freeman, G. H. & Halton, J. H. (1951). Note on an exact treatment of contingency, goodness of
    fit and other problems of significance. Biometrika 38, 141-149. Mehta, C. R. & Patel, N. R.
    (1983). A network algorithm for performing Fisher's exact test in r x c contingency tables.
    Journal of the American Statistical Association 78, 427-434.

    Examples
    --------
    >>> round(freeman_halton([[3, 1], [1, 3]]).pvalue, 4)
    0.4857
    """
    counts = as_table(table)
    if alternative != "two-sided":
        return _one_sided(counts, alternative)
    kept, rows, columns, note = _without_empty(counts)
    n = sum(rows)
    method = "Fisher-Freeman-Halton exact test" + note
    reason = _degenerate(rows, columns)
    if reason:
        return TestResult(NAN, NAN, n, method=method, reason=reason)

    from fexact import fexact, fexact_simulate

    for workspace in _WORKSPACES:
        try:
            pvalue = fexact(kept, workspace=workspace)
            break
        except ValueError:  # the table was checked above: only the workspace can be too small
            continue
    else:
        pvalue = fexact_simulate(kept, samples=_SAMPLES, seed=seed, threads=1)
        method += f", estimated from {_SAMPLES:,} random tables with the same margins"
    return TestResult(_table_probability(kept, rows, columns, n), min(pvalue, 1.0), n, NAN, method)


def _table_probability(table: IntArray, rows: list[int], columns: list[int], n: int) -> float:
    """The multiple hypergeometric probability of a table given its margins."""
    lgamma = math.lgamma
    log = -lgamma(n + 1)
    for margin in (*rows, *columns):
        log += lgamma(margin + 1)
    for cell in table.ravel().tolist():
        if cell > 1:
            log -= lgamma(cell + 1)
    return math.exp(log)


def _one_sided(table: IntArray, alternative: str) -> TestResult:
    """Fisher's one-sided test of a 2 x 2 table, in whole numbers throughout."""
    if alternative not in ("greater", "less"):
        raise ValueError(
            f"alternative must be 'two-sided', 'greater' or 'less', got {alternative!r}"
        )
    if table.shape != (2, 2):
        raise ValueError(f"a one-sided test needs a 2 x 2 table, got shape {table.shape}")
    (a, b), (c, d) = table.tolist()
    n = a + b + c + d
    method = f"Fisher's exact test, one-sided ({alternative})"
    if 0 in (a + b, c + d, a + c, b + d):
        return TestResult(NAN, NAN, n, method=method, reason="a row or a column is empty")
    support, ways = hypergeometric(a + b, c + d, a + c)
    pairs = zip(support, ways, strict=True)
    if alternative == "greater":
        chosen = [w for x, w in pairs if x >= a]
    else:
        chosen = [w for x, w in pairs if x <= a]
    total = math.comb(n, a + c)
    return TestResult(ways[support.index(a)] / total, sum(chosen) / total, n, method=method)


def cramers_v(table: ArrayLike, bias_corrected: bool = True) -> Estimate:
    """Cramer's V, a measure of association between 0 and 1, by default corrected for bias.

    Raw V is far from 0 by chance alone when experts are few and groups many: see
    :func:`expected_cramers_v`. With phi2 = chi2 / n, the correction subtracts from phi2 what
    independence lets expect, (r - 1)(c - 1) / (n - 1), sets what falls below 0 to 0, and adjusts r
    and c: r - (r - 1)^2 / (n - 1), likewise c (Bergsma 2013, eqs. 3 to 5).

    Parameters
    ----------
    table : (rows, columns) array of counts
    bias_corrected : bool
        False gives raw V = sqrt(chi2 / (n min(r - 1, c - 1))).

    Returns
    -------
    Estimate
        ``n`` is the total count. There is no interval: none is sound at the size of a panel. NaN,
        with the reason, where fewer than two rows or columns have counts, or where the corrected
        size of the table leaves nothing to divide by (as many rows or columns as experts).

    Raises
    ------
    ValueError
        If the table is not two-dimensional or has negative, missing or fractional cells.

    References
    ----------
    Cramer, H. (1946). Mathematical Methods of Statistics, 282. Bergsma, W. (2013). A
    bias-correction for Cramer's V and Tschuprow's T. Journal of the Korean Statistical Society
    42, 323-328.

    Examples
    --------
    >>> round(cramers_v([[8, 2], [2, 8]], bias_corrected=False).estimate, 4)
    0.6
    """
    kept, rows, columns, note = _without_empty(as_table(table))
    n = sum(rows)
    method = ("bias-corrected Cramer's V" if bias_corrected else "Cramer's V") + note
    reason = _degenerate(rows, columns)
    if reason:
        return Estimate(NAN, n=n, method=method, reason=reason)
    expected = np.outer(rows, columns) / n
    phi2 = float(((kept - expected) ** 2 / expected).sum() / n)
    value = _v_from_phi2(np.array([phi2]), len(rows), len(columns), n, bias_corrected)[0]
    if math.isnan(value):
        reason = "as many non-empty rows or columns as experts: the correction leaves nothing"
    return Estimate(float(value), n=n, method=method, reason=reason)


def _v_from_phi2(phi2: FloatArray, r: int, c: int, n: int, bias_corrected: bool) -> FloatArray:
    """V for an array of phi-squared = chi2 / n."""
    if not bias_corrected:
        # rounding can carry a perfect association past 1
        return np.sqrt(np.clip(phi2 / min(r - 1, c - 1), 0.0, 1.0))
    if n < 2:
        return np.full(phi2.shape, NAN)
    left = np.maximum(phi2 - (r - 1) * (c - 1) / (n - 1), 0.0)
    smaller = min(r - 1 - (r - 1) ** 2 / (n - 1), c - 1 - (c - 1) ** 2 / (n - 1))
    if smaller < 1e-12:
        return np.full(phi2.shape, NAN)
    return np.sqrt(np.minimum(left / smaller, 1.0))


def expected_cramers_v(
    table: ArrayLike,
    bias_corrected: bool = False,
    resamples: int = 10_000,
    seed: int = DEFAULT_SEED,
) -> Estimate:
    """The mean of Cramer's V over all tables with these margins, if nothing is associated.

    What to hold an observed V against: with 20 experts in 8 groups, half of whom raised a theme,
    raw V averages .59 although nothing is associated.

    Exact where at most 200,000 tables share the margins (always for 2 x 8 tables of 20 experts),
    else the mean over ``resamples`` random tables with these margins.

    Parameters
    ----------
    table : (rows, columns) array of counts
        Only its margins matter.
    bias_corrected : bool
    resamples, seed : int
        Used where the tables are too many to go through.

    Returns
    -------
    Estimate
        ``estimate`` is the mean; ``se`` is the Monte Carlo standard error of the mean (0 where
        exact); ``low`` and ``high`` hold the central 95% of V under independence. NaN, with the
        reason, where V itself is undefined.

    Raises
    ------
    ValueError
        As :func:`cramers_v`.
    """
    _, rows, columns, note = _without_empty(as_table(table))
    n = sum(rows)
    name = "bias-corrected Cramer's V" if bias_corrected else "Cramer's V"
    reason = _degenerate(rows, columns)
    finish = partial(_v_from_phi2, r=len(rows), c=len(columns), n=n, bias_corrected=bias_corrected)
    if not reason and np.isnan(finish(np.zeros(1)))[0]:
        reason = "as many non-empty rows or columns as experts: the correction leaves nothing"
    if reason:
        return Estimate(NAN, n=n, method=f"mean {name} under independence{note}", reason=reason)
    outcomes = _phi2_distribution(rows, columns) if tables_bound(rows, columns) <= 1e7 else None
    if outcomes is None:
        task = partial(_random_phi2, rows=tuple(rows), columns=tuple(columns))
        v = finish(resample(task, resamples, seed))
        weight = np.full(len(v), 1 / len(v))
        se = float(v.std(ddof=1) / math.sqrt(len(v))) if len(v) > 1 else NAN
        how = f"{resamples:,} random tables"
    else:
        v, weight, se = finish(outcomes[0]), outcomes[1], 0.0
        how = "exact"
    low, high = _weighted_quantiles(v, weight, (0.025, 0.975))
    mean = float(v @ weight)
    return Estimate(mean, se, low, high, n, 0.95, f"mean {name} under independence, {how}{note}")


def _phi2_distribution(rows: list[int], columns: list[int]) -> tuple[FloatArray, FloatArray] | None:
    """The exact distribution of chi2 / n given the margins, or None where it is too large."""
    scale = 1.0 / np.outer(rows, columns)

    def add(total: FloatArray, k: int, g: int, x: IntArray) -> None:
        total[:, 0] += x * x * scale[k, g]

    try:
        total, log_weight = walk(
            rows, columns, add, np.zeros((1, 1)), np.zeros(1), limit=_TABLE_LIMIT
        )
    except TooManyTablesError:
        return None
    weight = np.exp(log_weight - log_weight.max())
    return np.maximum(total[:, 0] - 1.0, 0.0), weight / weight.sum()


def _random_phi2(
    size: int, rng: np.random.Generator, rows: tuple[int, ...], columns: tuple[int, ...]
) -> FloatArray:
    """chi2 / n of ``size`` random tables with these margins."""
    from scipy.stats import random_table

    tables = random_table(list(rows), list(columns)).rvs(size=size, random_state=rng)
    phi2 = (tables**2 / np.outer(rows, columns)).sum(axis=(1, 2)) - 1.0
    return np.maximum(np.asarray(phi2, dtype=np.float64), 0.0)


def _weighted_quantiles(
    values: FloatArray, weight: FloatArray, levels: tuple[float, ...]
) -> list[float]:
    """The smallest values whose cumulative weight reaches each level."""
    order = np.argsort(values)
    cumulative = np.cumsum(weight[order])
    at = np.searchsorted(cumulative, np.asarray(levels) * cumulative[-1] - 1e-12)
    return [float(values[order[min(i, len(order) - 1)]]) for i in at]
