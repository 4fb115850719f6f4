"""Ranks of codes by how many experts raised them, and which of them are settled."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import binom

from analysis.statistics.inputs import as_incidence
from analysis.statistics.results import BoolArray, FloatArray, IntArray, level

#: Beyond this many experts the conditional and the unconditional test hardly differ.
_MANY = 100
#: Two p-values that differ by less than this share of them are one: the rest is rounding.
_ROUNDING = 1 + 1e-9
#: Shares of discordant experts among which the worst is looked for.
_SHARES = np.linspace(0, 1, 401)


def ahead(incidence: ArrayLike | pd.DataFrame, confidence: float | None = None) -> pd.DataFrame:
    """Which code is surely ahead of which: codes x codes, true where the row is raised by more.

    Each two codes are compared by the experts who raised one and not the other, with the exact
    unconditional sign test (:func:`sign_pvalues`), and all comparisons together by Holm (1979):
    with probability ``confidence`` none of them is wrong, whatever the codes have to do with each
    other, if these experts were a random draw from similar ones.

    Raises
    ------
    ValueError
        If ``incidence`` is no matrix of 0 and 1.
    """
    raised = as_incidence(incidence).astype(np.int64)
    names = incidence.columns if isinstance(incidence, pd.DataFrame) else range(raised.shape[1])
    more = raised.T @ (1 - raised)  # experts who raised the row's code and not the column's
    pairs = ~np.eye(len(names), dtype=np.bool_)
    sure = np.zeros(more.shape, dtype=np.bool_)
    sure[pairs] = _holm(sign_pvalues(more[pairs], more.T[pairs], len(raised)), level(confidence))
    return pd.DataFrame(sure, index=names, columns=names)


def rank_ranges(
    incidence: ArrayLike | pd.DataFrame, confidence: float | None = None
) -> pd.DataFrame:
    """The rank of each code, and the range of ranks that it could have among similar experts.

    Columns ``rank`` (1 is raised by most; equal counts share the best rank), ``low`` and ``high``:
    1 plus the number of codes surely :func:`ahead` of it, and the number of codes less those that
    it is surely ahead of. All ranges hold together with probability ``confidence``. The sum of
    ``low - 1`` is the number of settled pairs.

    With 20 experts the ranges are wide, and that is the finding: in simulations of 12 codes they
    held at once in 98% or more, and left 9 to 12 of the 12 ranks open. The bootstrap of Mogstad et
    al. is narrower (7 to 12), but where codes tie it held in three quarters only.

    References
    ----------
    Mogstad, Romano, Shaikh & Wilhelm (2024), Review of Economic Studies 91, 476-518 (ranges from
    pairs); Bazylik, Mogstad, Romano, Shaikh & Wilhelm (2021), NBER working paper 29519 (exact
    tests); Holm (1979), Scandinavian Journal of Statistics 6, 65-70.
    """
    sure = ahead(incidence, confidence)
    raised = as_incidence(incidence).sum(axis=0)
    return pd.DataFrame(
        {
            "rank": 1 + (raised[None, :] > raised[:, None]).sum(axis=1),
            "low": 1 + sure.sum(axis=0),
            "high": len(sure) - sure.sum(axis=1),
        },
        index=sure.index,
    )


def rank_intervals(
    incidence: ArrayLike | pd.DataFrame, confidence: float | None = None
) -> pd.DataFrame:
    """As :func:`.rank_ranges`, with the rank called ``estimate`` as in other statistics."""
    return rank_ranges(incidence, confidence).rename(columns={"rank": "estimate"})


def sign_pvalues(more: IntArray, less: IntArray, n: int) -> FloatArray:
    """One-sided p-values for ``more`` of ``n`` experts on one side and ``less`` on the other.

    The sign test takes ``more`` as binomial (more + less, 1/2). That p-value is itself taken as a
    test statistic here, whose distribution is known for each share of discordant experts; the
    p-value returned is the largest over these shares. It is exact, never larger than the sign
    test's, and half as large where 11 of 20 experts stand against none. (Boschloo's step, for
    pairs: Berger & Sidik 2003, Statistical Methods in Medical Research 12, 91-108.)
    """
    conditional = binom.sf(more - 1, more + less, 0.5)
    if n > _MANY or not n:
        return np.asarray(conditional)
    different, place = np.unique(conditional, return_inverse=True)
    discordant = np.arange(n + 1)
    # for each p-value and number of discordant experts: the largest tail that is no larger
    least = binom.isf(np.minimum(different[:, None] * _ROUNDING, 1), discordant, 0.5)
    tails = binom.sf(least, discordant, 0.5)
    chance = binom.pmf(discordant[:, None], n, _SHARES)
    return np.asarray((tails @ chance).max(axis=1)[place])


def _holm(pvalues: FloatArray, confidence: float) -> BoolArray:
    """Which hypotheses Holm's step-down procedure rejects."""
    order = np.argsort(pvalues, kind="stable")
    limits = (1 - confidence) / np.arange(pvalues.size, 0, -1) * _ROUNDING
    rejected = np.zeros(pvalues.size, dtype=np.bool_)
    rejected[order] = np.logical_and.accumulate(pvalues[order] <= limits)
    return rejected
