"""Do groups of experts differ? Exact and permutation tests, effect sizes, shrunken shares.

All of it is exploratory with a panel: experts were chosen, groups hold two or three, and a scan of
cross-tables for small p-values finds some. Each function refuses what it cannot answer: NaN with
the reason, or a ``ValueError`` for input that cannot be.

====================================  ==========================================================
:func:`freeman_halton`                exact test of independence in an r x c table
:func:`cramers_v`                     Cramer's V, corrected for bias; :func:`expected_cramers_v`
                                      tells what chance alone makes of it
:func:`permutation_test`              mean ratings over groups (F, Kruskal-Wallis H, a difference)
:func:`adjust`                        p-values for many tests: Holm, Benjamini-Hochberg, Bonferroni
:func:`firth_logistic`                odds ratios that stay finite under separation
:func:`shrunken_shares`               shares of small groups, beta-binomial
:func:`fisher_pvalues`                what two groups can show: p-values of all their tables, the
                                      :func:`minimal_significant` ones, and :func:`fisher_power`
====================================  ==========================================================
"""

from __future__ import annotations

import gc

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics.contingency import cramers_v, expected_cramers_v, freeman_halton
from analysis.statistics.firth import LogisticFit, firth_logistic
from analysis.statistics.permutation import permutation_test
from analysis.statistics.results import FloatArray
from analysis.statistics.shrinkage import ShrunkenShares, shrunken_shares
from analysis.statistics.two_groups import fisher_power, fisher_pvalues, minimal_significant

__all__ = [
    "LogisticFit",
    "ShrunkenShares",
    "adjust",
    "cramers_v",
    "expected_cramers_v",
    "firth_logistic",
    "fisher_power",
    "fisher_pvalues",
    "freeman_halton",
    "minimal_significant",
    "permutation_test",
    "shrunken_shares",
]

_METHODS = {
    "holm": "holm",
    "bonferroni": "bonferroni",
    "fdr_bh": "fdr_bh",
    "bh": "fdr_bh",
    "benjamini-hochberg": "fdr_bh",
}


def adjust(pvalues: ArrayLike, method: str = "holm") -> FloatArray:
    """Adjust p-values for the number of tests, by ``statsmodels``.

    Parameters
    ----------
    pvalues : array of any shape
        NaN (a test without an answer) stays NaN and is not counted.
    method : {"holm", "bonferroni", "bh"}
        "holm" and "bonferroni" bound the probability of any false rejection, "bh" (also "fdr_bh",
        "benjamini-hochberg") the expected share of false ones among the rejections.

    Returns
    -------
    array of the same shape
        Reject where an adjusted value is at most alpha.

    Raises
    ------
    ValueError
        If a p-value is outside 0 to 1 or the method is unknown.

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal
    of Statistics 6, 65-70. Benjamini, Y. & Hochberg, Y. (1995). Controlling the false discovery
    rate. Journal of the Royal Statistical Society B 57, 289-300.

    Examples
    --------
    >>> adjust([0.01, 0.04, float("nan"), 0.03]).round(3).tolist()
    [0.03, 0.06, nan, 0.06]
    """
    name = _METHODS.get(method.lower())
    if name is None:
        raise ValueError(f"method must be one of {', '.join(_METHODS)}, got {method!r}")
    p = np.asarray(pvalues, dtype=np.float64)
    wrong = (p < 0) | (p > 1)
    if wrong.any():
        raise ValueError(f"p-values lie between 0 and 1, got {p[wrong].flat[0]}")
    answered = ~np.isnan(p)
    out = np.full(p.shape, np.nan)
    if answered.any():
        from statsmodels.stats.multitest import multipletests

        gc.freeze()  # it collects garbage at every call: a tenth of a second in a large process
        try:
            out[answered] = multipletests(p[answered], method=name)[1]
        finally:
            gc.unfreeze()
    return out
