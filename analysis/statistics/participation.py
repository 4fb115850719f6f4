"""Who speaks how much, and after whom.

``gini`` and ``lorenz`` say how unequal speaking is, ``turn_share`` who has which share,
``who_follows_whom`` and ``echo`` (in :mod:`analysis.statistics.participation_turns`) what depends
on the order of speaking.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.statistics.cooccurrence_checks import encode
from analysis.statistics.participation_turns import Echo, Transitions, echo, who_follows_whom
from analysis.statistics.resampling import DEFAULT_SEED, resample
from analysis.statistics.results import Estimate, FloatArray

__all__ = [
    "Echo",
    "Transitions",
    "TurnShare",
    "echo",
    "gini",
    "gini_interval",
    "lorenz",
    "turn_share",
    "who_follows_whom",
]


@dataclass(frozen=True, slots=True, eq=False)
class TurnShare:
    """Each speaker's ``amount`` and its ``share`` of all, in the order of the sorted ``labels``.

    Arrays of shape (speakers,); ``n`` is the number of statements. Shares are NaN where the
    amounts sum to 0.
    """

    labels: NDArray[Any]
    amount: FloatArray
    share: FloatArray
    n: int


def _amounts(amounts: ArrayLike) -> FloatArray:
    values = np.asarray(amounts, dtype=float)
    if values.ndim != 1:
        raise ValueError(f"amounts must be 1-d, one per speaker, got shape {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError("amounts must be numbers; one is missing or infinite")
    if (values < 0).any():
        raise ValueError(f"amounts must not be negative, found {values.min():g}")
    return values


def _gini(ordered: FloatArray) -> FloatArray:
    """Gini of each row of ``ordered``, whose rows ascend; NaN where a row sums to 0."""
    n = ordered.shape[-1]
    rank = 2 * np.arange(1, n + 1) - n - 1
    with np.errstate(invalid="ignore", divide="ignore"):
        coefficient: FloatArray = (ordered @ rank) / (n * ordered.sum(axis=-1))
    return coefficient


def gini(amounts: ArrayLike) -> float:
    """Gini coefficient of speaking: 0 for equal amounts, (n - 1) / n if one speaker has all.

    The mean absolute difference of two speakers drawn with replacement, over twice the mean: the
    population form, which describes these speakers and has no small-sample correction.

    Parameters
    ----------
    amounts
        Non-negative, one per speaker (turns, words, seconds); silent speakers count with 0.

    Returns
    -------
    float
        NaN without speakers or if nobody spoke (0/0).

    Raises
    ------
    ValueError
        If the amounts are not 1-d, or one is negative, missing or infinite.

    References
    ----------
    Gini, C. (1914). Atti del Reale Istituto Veneto 73(2), 1203-1248; Sen, A. (1973). On Economic
    Inequality, eq. 2.8.1.

    Examples
    --------
    >>> gini([0, 0, 0, 1])
    0.75
    """
    values = np.sort(_amounts(amounts))
    return float(_gini(values)) if values.size else float("nan")


def _gini_task(size: int, rng: np.random.Generator, *, values: FloatArray) -> FloatArray:
    drawn = values[rng.integers(0, values.size, (size, values.size))]
    return _gini(np.sort(drawn, axis=1))


def gini_interval(
    amounts: ArrayLike,
    confidence: float = 0.95,
    resamples: int = 10_000,
    seed: int = DEFAULT_SEED,
) -> Estimate:
    """The Gini coefficient with a percentile bootstrap interval over speakers.

    With few speakers the resampled coefficients are too small on average (the estimator is biased
    downwards by about its value / n), and the interval with them: it is a rough one.

    Parameters
    ----------
    amounts
        As in :func:`gini`.
    confidence, resamples, seed
        Of the interval; resamples in which nobody spoke are left out.

    Returns
    -------
    Estimate
        ``n`` is the number of speakers. Interval and se are NaN with fewer than two speakers.

    Raises
    ------
    ValueError
        As :func:`gini`, or if ``confidence`` is not between 0 and 1.
    """
    values = _amounts(amounts)
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1, got {confidence}")
    n, method = values.size, "percentile bootstrap over speakers"
    estimate = gini(values)
    if n < 2 or np.isnan(estimate):
        reason = "nobody spoke" if n and not values.any() else "an interval needs two speakers"
        return Estimate(estimate, n=n, method=method, reason=reason)
    drawn = resample(partial(_gini_task, values=values), resamples, seed, chunk=5000)
    drawn = drawn[~np.isnan(drawn)]
    tail = (1 - confidence) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    se = float(drawn.std(ddof=1)) if drawn.size > 1 else float("nan")
    return Estimate(estimate, se, float(low), float(high), n, confidence, method)


def lorenz(amounts: ArrayLike) -> FloatArray:
    """The Lorenz curve of speaking.

    Parameters
    ----------
    amounts
        As in :func:`gini`.

    Returns
    -------
    ndarray, shape (speakers + 1) x 2
        From (0, 0) to (1, 1): the share of speakers, the quietest first, and their share of the
        amount. The second column is NaN after its first entry if nobody spoke. Twice the area
        between the curve and the diagonal is :func:`gini`.

    Raises
    ------
    ValueError
        As :func:`gini`, or without speakers.

    References
    ----------
    Lorenz, M. O. (1905). Publications of the American Statistical Association 9, 209-219.
    """
    values = np.sort(_amounts(amounts))
    if not values.size:
        raise ValueError("a Lorenz curve needs one speaker or more, got none")
    cumulative = np.concatenate([[0.0], np.cumsum(values)])
    if cumulative[-1] > 0:
        cumulative /= cumulative[-1]
    else:
        cumulative[1:] = np.nan
    return np.column_stack([np.linspace(0.0, 1.0, values.size + 1), cumulative])


def turn_share(speakers: ArrayLike, weights: ArrayLike | None = None) -> TurnShare:
    """Each speaker's share of the statements, or of their words or seconds.

    Parameters
    ----------
    speakers
        One label per statement.
    weights
        One amount per statement; None counts statements.

    Raises
    ------
    ValueError
        If a label is missing, or the weights do not match, are negative or missing.
    """
    labels, who = encode(speakers, "speakers")
    each = np.ones(who.size) if weights is None else _amounts(weights)
    if each.shape != who.shape:
        raise ValueError(f"weights must be one for each of {who.size} statements, got {each.size}")
    amount = np.bincount(who, weights=each, minlength=labels.size).astype(float)
    with np.errstate(invalid="ignore"):
        share = amount / each.sum()
    return TurnShare(labels, amount, share, who.size)
