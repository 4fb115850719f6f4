"""Proportional odds regression of a rating, refusing where the estimates would be infinite."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.statistics.predictors import read_predictors, undetermined
from analysis.statistics.results import FloatArray
from analysis.statistics.separation import unbounded

NAN = float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class OrdinalFit:
    """Coefficients of an ordinal regression, each array of shape (predictors,).

    ``estimate`` above 0: a larger predictor goes with higher ratings. ``low`` to ``high`` are Wald
    limits, ``pvalue`` Wald tests. ``thresholds`` (categories - 1,) lie between the ``categories``.
    ``separation`` tells that the predictors order the ratings without error or nearly so;
    ``infinite`` names the coefficients that then have no finite estimate. All numbers are NaN,
    with the ``reason``, where there is nothing to estimate. ``n`` is the number of experts used.
    """

    names: tuple[str, ...]
    estimate: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    pvalue: FloatArray
    thresholds: FloatArray
    categories: tuple[float, ...]
    n: int
    left_out: int
    converged: bool
    separation: bool = False
    infinite: tuple[str, ...] = ()
    loglik: float = NAN
    confidence: float = 0.95
    method: str = ""
    reason: str = ""


def ordinal_regression(
    values: ArrayLike,
    X: ArrayLike,
    names: Sequence[str] | None = None,
    distr: str = "logit",
    confidence: float = 0.95,
) -> OrdinalFit:
    """Cumulative link regression of a rating on predictors (proportional odds with "logit").

    logit P(Y <= j) = threshold_j - x' estimate, fitted by ``statsmodels``. With few experts some
    predictor often separates the ratings; the likelihood then has no maximum, and programs report
    convergence all the same, at some large coefficient. Here that is found beforehand, by linear
    programming, and said.

    Parameters
    ----------
    values : (experts,) array
        Ratings; NaN (no answer) is left out.
    X : (experts, predictors) array
        Predictors without an intercept, which the thresholds hold. One dimension means one
        predictor. A pandas frame gives its column names. Rows with NaN are left out.
    names : sequence of str, optional
    distr : {"logit", "probit"}
    confidence : float

    Returns
    -------
    OrdinalFit
        NaN throughout, with the reason: separation; one category only; a constant predictor;
        predictors that determine one another; no more experts than parameters; no convergence.

    Raises
    ------
    ValueError
        If shapes do not match, a value is infinite, or an option is unknown.

    References
    ----------
    McCullagh, P. (1980). Regression models for ordinal data. Journal of the Royal Statistical
    Society B 42, 109-142. Existence of a maximum: Haberman's discussion of that paper, 136-137;
    Albert, A. & Anderson, J. A. (1984). On the existence of maximum likelihood estimates in
    logistic regression models. Biometrika 71, 1-10.

    Examples
    --------
    >>> fit = ordinal_regression([1, 2, 3, 4, 5, 5], [0, 0, 0, 1, 1, 1])
    >>> fit.separation, fit.reason
    (True, 'x1 separates the ratings: no finite estimate exists')
    """
    if distr not in ("logit", "probit"):
        raise ValueError(f"distr must be 'logit' or 'probit', got {distr!r}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1, got {confidence}")
    ratings = np.asarray(values, dtype=np.float64)
    predictors, labels = read_predictors(X, names)
    if ratings.shape != (len(predictors),):
        raise ValueError(
            f"expected one rating an expert, shape ({len(predictors)},), got {ratings.shape}"
        )
    if np.isinf(ratings).any():
        raise ValueError("expected finite ratings or NaN, got an infinite one")
    kept = ~(np.isnan(ratings) | np.isnan(predictors).any(axis=1))
    ratings, predictors, left_out = ratings[kept], predictors[kept], int((~kept).sum())
    categories, codes = np.unique(ratings, return_inverse=True)
    method = f"cumulative {distr} model, maximum likelihood"
    infinite: tuple[str, ...] = ()
    reason = _unanswerable(predictors, labels, len(categories))
    if not reason:
        infinite = _infinite(codes, predictors, labels)
        if infinite:
            verb = "separates" if len(infinite) == 1 else "separate"
            reason = f"{' and '.join(infinite)} {verb} the ratings: no finite estimate exists"
    fitted = None if reason else _fit(codes, predictors, distr)
    if fitted is None:
        none = np.full(len(labels), NAN)
        return OrdinalFit(
            labels,
            none,
            none,
            none,
            none,
            none,
            np.full(max(len(categories) - 1, 0), NAN),
            tuple(categories.tolist()),
            len(ratings),
            left_out,
            converged=False,
            separation=bool(infinite),
            infinite=infinite,
            confidence=confidence,
            method=method,
            reason=reason or "the fit did not converge",
        )

    from scipy.special import ndtr, ndtri

    estimate, se = fitted.estimate, fitted.se
    reach = float(ndtri((1 + confidence) / 2)) * se
    return OrdinalFit(
        labels,
        estimate,
        se,
        estimate - reach,
        estimate + reach,
        2 * ndtr(-np.abs(estimate / se)),
        fitted.thresholds,
        tuple(categories.tolist()),
        len(ratings),
        left_out,
        converged=True,
        loglik=fitted.loglik,
        confidence=confidence,
        method=method,
    )


@dataclass(frozen=True)
class _Fitted:
    estimate: FloatArray
    se: FloatArray
    thresholds: FloatArray
    loglik: float


def _fit(codes: NDArray[np.intp], X: FloatArray, distr: str) -> _Fitted | None:
    """The maximum of the likelihood by statsmodels, or None where it is not reached.

    Predictors are standardised for the fit: statsmodels takes derivatives numerically, which goes
    wrong where a predictor is counted in thousands.
    """
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    centre, scale = X.mean(axis=0), X.std(axis=0)
    model = OrderedModel(codes, (X - centre) / scale, distr=distr)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # judged by the gradient instead
        rough = model.fit(method="bfgs", maxiter=500, disp=0)
        fine = model.fit(start_params=rough.params, method="newton", maxiter=100, disp=0)
    best = fine if np.isfinite(fine.llf) and fine.llf >= rough.llf else rough
    k = X.shape[1]
    if np.abs(model.score(best.params)).max() > 1e-4 or not np.isfinite(best.bse).all():
        return None
    estimate = best.params[:k] / scale
    thresholds = model.transform_threshold_params(best.params)[1:-1] + estimate @ centre
    return _Fitted(estimate, best.bse[:k] / scale, thresholds, float(best.llf))


def _infinite(codes: NDArray[np.intp], X: FloatArray, labels: Sequence[str]) -> tuple[str, ...]:
    """Names of the predictors without a finite estimate.

    Along (b, d_1, ..., d_J-1) an expert's margins are d_j - x'b for the threshold above the rating
    and x'b - d_j for the one below.
    """
    k, cuts = X.shape[1], int(codes.max())
    above, below = codes < cuts, codes > 0
    upper = np.zeros((np.count_nonzero(above), k + cuts))
    upper[:, :k] = -X[above]
    upper[np.arange(len(upper)), k + codes[above]] = 1.0
    lower = np.zeros((np.count_nonzero(below), k + cuts))
    lower[:, :k] = X[below]
    lower[np.arange(len(lower)), k + codes[below] - 1] = -1.0
    moved = unbounded(np.vstack([upper, lower]))[:k]
    return tuple(name for name, moves in zip(labels, moved, strict=True) if moves)


def _unanswerable(X: FloatArray, labels: Sequence[str], categories: int) -> str:
    """Why there is nothing to estimate, or ""."""
    n, k = X.shape
    if n == 0:
        return "no expert has a rating and all predictors"
    if categories < 2:
        return "all ratings are equal"
    if n <= k + categories - 1:
        return f"{k + categories - 1} parameters cannot be estimated from {n} experts"
    return undetermined(X, labels)
