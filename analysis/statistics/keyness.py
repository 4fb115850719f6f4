"""Words that one part of the interviews uses more than another, and how evenly.

Notation of Rayson & Garside (2000): a word occurs a times in c words and b times in d words. The
log-likelihood measures evidence, the log ratio the size of a difference. Both take words as
independent draws, which words of one speaker are not; the dispersion over interviews says whether
a "key" word is more than one speaker's habit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics.results import FloatArray


@dataclass(frozen=True, slots=True)
class Dispersion:
    """How evenly a word is spread over ``n`` parts (interviews).

    ``frequency`` is its total; ``range`` the number of parts that have it; ``juilland_d`` 1 if
    spread evenly, 0 if in one of equal parts only; ``dp`` (deviation of proportions) 0 if
    proportional to the parts' sizes, towards 1 if concentrated, ``dp_norm`` the same scaled to
    reach 1. NaN where undefined, with the ``reason``.
    """

    frequency: float
    range: int
    juilland_d: float
    dp: float
    dp_norm: float
    n: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Keyword:
    """A word's row of :func:`keyness_table`: ``a`` and ``b`` its counts, ``per_1000_a`` and
    ``per_1000_b`` per thousand words, ``log_likelihood``, ``log_ratio`` and ``bic``.
    """

    word: str
    a: int
    b: int
    per_1000_a: float
    per_1000_b: float
    log_likelihood: float
    log_ratio: float
    bic: float


def _counts(
    a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """The four counts as arrays of one shape, checked."""
    values = [np.asarray(value, dtype=float) for value in (a, b, c, d)]
    for name, value in zip("abcd", values, strict=True):
        if not np.isfinite(value).all():
            raise ValueError(f"{name} must be a count, but is missing or infinite")
    counts = np.broadcast_arrays(*values)
    for part, whole, names in ((counts[0], counts[2], "ac"), (counts[1], counts[3], "bd")):
        if (whole <= 0).any():
            raise ValueError(f"{names[1]} must be a number of words above 0, got {whole.min():g}")
        if (part < 0).any():
            raise ValueError(f"{names[0]} must not be negative, got {part.min():g}")
        if (part > whole).any():
            raise ValueError(f"{names[0]} occurrences cannot exceed the {names[1]} words")
    return counts[0], counts[1], counts[2], counts[3]


def _term(observed: FloatArray, expected: FloatArray) -> FloatArray:
    """Observed x ln(observed / expected), 0 where nothing was observed."""
    ratio = np.ones_like(observed)
    np.divide(observed, expected, out=ratio, where=observed > 0)
    return observed * np.log(ratio)


def _result(value: FloatArray) -> float | FloatArray:
    return float(value) if value.ndim == 0 else value


@overload
def log_likelihood(a: float, b: float, c: float, d: float) -> float: ...
@overload
def log_likelihood(
    a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike
) -> float | FloatArray: ...
def log_likelihood(a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike) -> float | FloatArray:
    """Two-term log-likelihood G2 of a word: a times in c words, b times in d words.

    2 (a ln(a / E1) + b ln(b / E2)), with E1 = c (a + b) / (c + d), E2 = d (a + b) / (c + d) and
    0 ln 0 = 0. Never negative; it does not say in which of the two the word is the more frequent
    one: see :func:`log_ratio`.

    Parameters
    ----------
    a, b, c, d
        Numbers, or arrays that broadcast.

    Returns
    -------
    float, or ndarray for arrays
        0 for a word in neither (a = b = 0).

    Raises
    ------
    ValueError
        If c or d is not above 0, a > c, b > d, or a count is negative or missing.

    References
    ----------
    Rayson, P. & Garside, R. (2000). Comparing corpora using frequency profiling. Workshop on
    Comparing Corpora, 1-6.

    Examples
    --------
    >>> round(log_likelihood(52, 57, 50_000, 75_000), 2)
    2.65
    """
    x, y, m, n = _counts(a, b, c, d)
    share = (x + y) / (m + n)
    g2: FloatArray = 2 * (_term(x, m * share) + _term(y, n * share))
    return _result(np.maximum(g2, 0.0))


@overload
def log_likelihood_four_term(a: float, b: float, c: float, d: float) -> float: ...
@overload
def log_likelihood_four_term(
    a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike
) -> float | FloatArray: ...
def log_likelihood_four_term(
    a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike
) -> float | FloatArray:
    """Dunning's log-likelihood: all four cells of the 2 x 2 table, the other words included.

    The arguments are those of :func:`log_likelihood` (c and d are the totals, so the other words
    are c - a and d - b). The two agree where the word is a small part of all words.

    Raises
    ------
    ValueError
        As :func:`log_likelihood`.

    References
    ----------
    Dunning, T. (1993). Accurate methods for the statistics of surprise and coincidence.
    Computational Linguistics 19, 61-74.
    """
    x, y, m, n = _counts(a, b, c, d)
    share = (x + y) / (m + n)
    used = _term(x, m * share) + _term(y, n * share)
    other = _term(m - x, m * (1 - share)) + _term(n - y, n * (1 - share))
    return _result(np.maximum(2 * (used + other), 0.0))


@overload
def log_ratio(a: float, b: float, c: float, d: float, zero: float | None = 0.5) -> float: ...
@overload
def log_ratio(
    a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike, zero: float | None = 0.5
) -> float | FloatArray: ...
def log_ratio(
    a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike, zero: float | None = 0.5
) -> float | FloatArray:
    """Log ratio: log2 of (a / c) / (b / d). 1 means twice as frequent, 2 four times, -1 half.

    Parameters
    ----------
    a, b, c, d
        A word's counts and the totals, as in :func:`log_likelihood`.
    zero
        What stands in for a count of 0 where the other is not: half an occurrence, as in CQPweb.
        None: the ratio is then infinite (or minus infinity).

    Returns
    -------
    float, or ndarray for arrays
        NaN for a word in neither (0 / 0, whatever ``zero``).

    Raises
    ------
    ValueError
        As :func:`log_likelihood`, or if ``zero`` is not above 0.

    References
    ----------
    Hardie, A. (2014). Log Ratio - an informal introduction. ESRC Centre for Corpus Approaches to
    Social Science, Lancaster.
    """
    if zero is not None and not zero > 0:
        raise ValueError(f"zero must be above 0 or None, got {zero}")
    x, y, m, n = _counts(a, b, c, d)
    neither = (x == 0) & (y == 0)
    if zero is not None:
        x, y = np.where(x == 0, zero, x), np.where(y == 0, zero, y)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: FloatArray = np.log2(x / m) - np.log2(y / n)
    return _result(np.where(neither, np.nan, ratio))


@overload
def bayes_factor_bic(g2: float, n: float, df: int = 1) -> float: ...
@overload
def bayes_factor_bic(g2: ArrayLike, n: ArrayLike, df: int = 1) -> float | FloatArray: ...
def bayes_factor_bic(g2: ArrayLike, n: ArrayLike, df: int = 1) -> float | FloatArray:
    """The log-likelihood on the scale of a Bayes factor: G2 - df ln n.

    Twice the natural log of the approximate Bayes factor for a difference: negative values favour
    no difference. ``n`` is the total of all words, c + d.

    Raises
    ------
    ValueError
        If n is not above 0.

    References
    ----------
    Wilson, A. (2013). Embracing Bayes factors for key item analysis in corpus linguistics. In New
    Approaches to the Study of Linguistic Variability, 3-11.
    """
    total = np.asarray(n, dtype=float)
    if not (total > 0).all():
        raise ValueError(f"n must be a number of words above 0, got {total.min():g}")
    return _result(np.asarray(g2, dtype=float) - df * np.log(total))


def dispersion(frequencies: ArrayLike, sizes: ArrayLike | None = None) -> Dispersion:
    """How evenly a word is spread over interviews.

    Juilland's D = 1 - V / sqrt(n - 1), V being the coefficient of variation (population standard
    deviation / mean) of the word's relative frequencies in the n parts. DP = half the sum of
    |v_i - s_i|, v_i being the share of the word and s_i that of all words in part i; DPnorm
    divides it by 1 - min s, its maximum. With many parts D is near 1 for almost any word, DP is
    not (Biber et al. 2016).

    Parameters
    ----------
    frequencies
        The word's occurrences in each part.
    sizes
        All words of each part; None: parts of equal size.

    Returns
    -------
    Dispersion
        NaN (but for range and frequency) for a word that does not occur or a single part.

    Raises
    ------
    ValueError
        If the two differ in length, a frequency is negative or exceeds its part's size, or a size
        is not above 0.

    References
    ----------
    Juilland, A. & Chang-Rodriguez, E. (1964). Frequency Dictionary of Spanish Words. Gries, S. Th.
    (2008). International Journal of Corpus Linguistics 13, 403-437. Lijffijt, J. & Gries, S. Th.
    (2012). International Journal of Corpus Linguistics 17, 147-149 (DPnorm).

    Examples
    --------
    >>> round(dispersion([1, 2, 3, 4, 5], [9, 10, 10, 10, 11]).dp, 2)
    0.18
    """
    v = np.asarray(frequencies, dtype=float)
    if v.ndim != 1 or not v.size:
        raise ValueError(f"frequencies must be 1-d, one per part, got shape {v.shape}")
    if not np.isfinite(v).all() or (v < 0).any():
        raise ValueError("frequencies must be counts, found a negative or missing one")
    if sizes is None:
        s = np.ones(v.size)
    else:
        s = np.asarray(sizes, dtype=float)
        if s.shape != v.shape:
            raise ValueError(f"sizes must be one for each of {v.size} parts, got shape {s.shape}")
        if not np.isfinite(s).all() or (s <= 0).any():
            raise ValueError("sizes must be numbers of words above 0")
        if (v > s).any():
            raise ValueError("a frequency exceeds the size of its part")
    n, total, parts = v.size, float(v.sum()), int((v > 0).sum())
    nan = float("nan")
    if n < 2 or total == 0:
        reason = "the word does not occur" if total == 0 else "a single part"
        return Dispersion(total, parts, nan, nan, nan, n, reason)
    rate = v / s
    d = 1 - float(rate.std() / rate.mean()) / np.sqrt(n - 1)
    share = s / s.sum()
    dp = float(np.abs(v / total - share).sum() / 2)
    return Dispersion(total, parts, float(d), dp, float(dp / (1 - share.min())), n)


def keyness_table(a: Mapping[str, int], b: Mapping[str, int]) -> list[Keyword]:
    """Every word of two word lists with its keyness, the largest log-likelihood first.

    Parameters
    ----------
    a, b
        Words and their counts; the totals are the sums of the counts.

    Returns
    -------
    list of Keyword
        Words of equal log-likelihood in alphabetical order; log ratios with half an occurrence for
        0. ``pandas.DataFrame(result)`` makes a table of it.

    Raises
    ------
    ValueError
        If a list is empty or has a negative count.
    """
    if not sum(a.values()) or not sum(b.values()):
        raise ValueError("a word list is empty: both need one word or more")
    words = sorted(set(a) | set(b))
    first = np.array([a.get(word, 0) for word in words], dtype=float)
    second = np.array([b.get(word, 0) for word in words], dtype=float)
    c, d = first.sum(), second.sum()
    g2 = np.atleast_1d(log_likelihood(first, second, c, d))
    ratio = np.atleast_1d(log_ratio(first, second, c, d))
    bic = np.atleast_1d(bayes_factor_bic(g2, c + d))
    order = np.argsort(-g2, kind="stable")
    return [
        Keyword(
            word=words[i],
            a=int(first[i]),
            b=int(second[i]),
            per_1000_a=float(1000 * first[i] / c),
            per_1000_b=float(1000 * second[i] / d),
            log_likelihood=float(g2[i]),
            log_ratio=float(ratio[i]),
            bic=float(bic[i]),
        )
        for i in order
    ]
