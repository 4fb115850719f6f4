"""Firth's logistic regression: finite estimates where few experts separate completely.

The likelihood is multiplied by the square root of the determinant of the information matrix
(Jeffreys' prior), which takes away the first-order bias and keeps every estimate finite.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics.predictors import read_predictors, undetermined
from analysis.statistics.results import FloatArray
from analysis.statistics.separation import unbounded

NAN = float("nan")
#: Newton steps stop when score and step are below this (the package's 1e-4 is visible in the sixth
#: digit).
_TOLERANCE = 1e-10
#: Beyond this many experts the derivative of the leverages (experts x experts) is left out.
_LARGE = 1000


@dataclass(frozen=True, slots=True, eq=False)
class LogisticFit:
    """Coefficients of a logistic regression, each array of shape (predictors + 1,).

    ``names`` starts with ``"intercept"``. ``estimate`` holds log odds ratios, ``se`` their
    standard errors, ``low`` to ``high`` profile penalised likelihood limits, ``pvalue`` penalised
    likelihood ratio tests. ``separation`` tells that a predictor, or several together, tell the
    outcomes apart without error or nearly so: the estimates in ``infinite`` then exist thanks to
    the penalty alone. All numbers are NaN, with the ``reason``, where the question has no answer.
    """

    names: tuple[str, ...]
    estimate: FloatArray
    se: FloatArray
    low: FloatArray
    high: FloatArray
    pvalue: FloatArray
    n: int
    events: int
    separation: bool = False
    infinite: tuple[str, ...] = ()
    loglik: float = NAN
    confidence: float = 0.95
    method: str = "Firth's penalised likelihood, profile intervals"
    reason: str = ""


def firth_logistic(
    X: ArrayLike,
    y: ArrayLike,
    names: Sequence[str] | None = None,
    confidence: float = 0.95,
) -> LogisticFit:
    """Logistic regression by Firth's penalised likelihood, with profile intervals.

    Parameters
    ----------
    X : (experts, predictors) array
        Predictors without an intercept, which is added. One dimension means one predictor. A
        pandas frame gives its column names.
    y : (experts,) array of 0 and 1
        Who raised the theme.
    names : sequence of str, optional
        Names of the predictors; x1, x2, ... where nothing else is known.
    confidence : float

    Returns
    -------
    LogisticFit
        Intercept first. NaN throughout, with the reason: fewer than two experts raised the theme,
        or fewer than two did not (a theme named by one expert says nothing about who names it); a
        predictor is constant; predictors (with the intercept) determine one another, or are as
        many as the experts. Separation is not refused - that is what the method is for - but said.

    Raises
    ------
    ValueError
        If shapes do not match, ``X`` has missing or infinite values, ``y`` is not 0 and 1, or
        ``confidence`` is not between 0 and 1.

    References
    ----------
    Firth, D. (1993). Bias reduction of maximum likelihood estimates. Biometrika 80, 27-38. Heinze,
    G. & Schemper, M. (2002). A solution to the problem of separation in logistic regression.
    Statistics in Medicine 21, 2409-2419. Fits: ``firthmodels``.

    Examples
    --------
    All of one group and nobody of the other, three experts each:

    >>> fit = firth_logistic([0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 1, 1])
    >>> fit.separation, round(float(fit.estimate[1]), 4)  # 2 log 7: half an expert in each cell
    (True, 3.8918)
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1, got {confidence}")
    predictors, given = read_predictors(X, names)
    if np.isnan(predictors).any():
        raise ValueError("X has missing values: leave out the expert or the predictor")
    outcome = _read_outcome(y, len(predictors))
    n, events = len(outcome), int(outcome.sum())
    labels = ("intercept", *given)
    reason = _unanswerable(predictors, outcome, given)
    if reason:
        none = np.full(len(labels), NAN)
        return LogisticFit(
            labels, none, none, none, none, none, n, events, confidence=confidence, reason=reason
        )

    from firthmodels import FirthLogisticRegression

    # one scale for all, so that no step of the search is too short or too long for a predictor
    scale = np.concatenate([[1.0], predictors.std(axis=0)])
    design = np.column_stack([np.ones(n), predictors]) / scale
    moved = unbounded(design * (2 * outcome - 1)[:, None])
    infinite = tuple(name for name, moves in zip(labels, moved, strict=True) if moves)
    model: Any = FirthLogisticRegression(
        backend="numpy", gtol=_TOLERANCE, xtol=_TOLERANCE, max_iter=200
    )
    with warnings.catch_warnings():
        # at this tolerance the last digit of the likelihood can hold back the final step: the
        # fit is carried to its end below
        warnings.simplefilter("ignore")
        model.fit(design[:, 1:], outcome)
    # firthmodels puts the intercept last
    start = np.append(model.intercept_, model.coef_)
    fit = PenalisedFit(design, outcome, start)
    tests = [fit.profile_test(j) for j in range(len(labels))]
    limits = np.array([fit.profile_limits(j, confidence) for j in range(len(labels))])
    return LogisticFit(
        labels,
        fit.beta / scale,
        fit.se / scale,
        limits[:, 0] / scale,
        limits[:, 1] / scale,
        np.array(tests),
        n,
        events,
        separation=bool(infinite),
        infinite=infinite,
        loglik=fit.loglik + float(np.log(scale).sum()),
        confidence=confidence,
    )


class PenalisedFit:
    """The penalised likelihood around its maximum: profiles, their tests and limits.

    ``firthmodels`` finds the maximum. Its profile limits are not used: on panels of 20 experts its
    Newton search (Venzon & Moolgavkar 1988) now and then stops at a point that is not on the
    profile, or not at all. Here each limit is bracketed and found as the root of the profile.
    """

    def __init__(self, X: FloatArray, y: FloatArray, start: FloatArray) -> None:
        self.X, self.y = X, y
        self.beta, self.loglik = self._maximise(start, np.arange(X.shape[1]), 1e-12)
        covariance = np.linalg.inv(self._slopes(self.beta)[1])
        self.se = np.sqrt(np.diag(covariance))
        #: How all coefficients move, to first order, when one of them moves by 1.
        self.tangents = covariance / np.diag(covariance)[:, None]

    def _loglik(self, beta: FloatArray) -> float:
        """Penalised log-likelihood; -inf where the information is singular to the last bit."""
        from scipy.special import expit

        eta = self.X @ beta
        weight = expit(eta) * expit(-eta)
        sign, logdet = np.linalg.slogdet((self.X.T * weight) @ self.X)
        if sign <= 0 or not math.isfinite(logdet):
            return -math.inf
        return float(self.y @ eta - np.logaddexp(0, eta).sum() + 0.5 * logdet)

    def _slopes(self, beta: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Modified score, information, and how fast the score falls (Firth 1993, sec. 3)."""
        from scipy.special import expit

        X = self.X
        p, q = expit(X @ beta), expit(-(X @ beta))
        weight, tilt = p * q, q - p
        information = (X.T * weight) @ X
        spread = np.linalg.solve(information, X.T)
        leverage = weight * np.einsum("ij,ji->i", X, spread)
        score = X.T @ (self.y - p + leverage * tilt / 2)
        if len(p) > _LARGE:
            return score, information, information
        # the derivative of the score: the leverages change with the coefficients too
        shared = (X @ spread) ** 2 * (weight * tilt)
        bend = (leverage * tilt)[:, None] * X - weight[:, None] * (shared @ X)
        fall = information + (X.T * (leverage * weight)) @ X - (X.T * (tilt / 2)) @ bend
        return score, information, (fall + fall.T) / 2

    def _maximise(self, beta: FloatArray, free: Any, tolerance: float) -> tuple[FloatArray, float]:
        """Newton's method over the ``free`` coefficients, halving steps that do not climb."""
        loglik = self._loglik(beta)
        for _ in range(100):
            score, information, fall = self._slopes(beta)
            if not len(free) or np.abs(score[free]).max() < tolerance:
                break
            chosen = fall[np.ix_(free, free)]
            if np.linalg.eigvalsh(chosen)[0] <= 0:  # not yet near the top
                chosen = information[np.ix_(free, free)]
            step = np.zeros_like(beta)
            step[free] = np.linalg.solve(chosen, score[free])
            step *= min(1.0, 5.0 / np.abs(step).max())
            for _ in range(40):
                reached = self._loglik(beta + step)
                if reached >= loglik - 1e-12 * abs(loglik):  # rounding is not a fall
                    break
                step /= 2
            else:
                break  # no step climbs any further
            beta, loglik = beta + step, reached
        return beta, loglik

    def profile(self, j: int, value: float, start: FloatArray) -> tuple[FloatArray, float]:
        """The maximum climbed to from ``start`` with coefficient ``j`` held at ``value``."""
        held = start.copy()
        held[j] = value
        if not math.isfinite(self._loglik(held)):  # all probabilities are 0 or 1 to the last bit
            return held, -math.inf
        return self._maximise(held, np.delete(np.arange(len(held)), j), 1e-6)

    def _best_profile(self, j: int, value: float) -> tuple[FloatArray, float]:
        """The highest of the maxima climbed to from afar, in case the profile has branches."""
        along = self.beta + self.tangents[j] * (value - self.beta[j])
        starts = (self.beta, along, np.zeros_like(self.beta))
        return max((self.profile(j, value, start) for start in starts), key=lambda found: found[1])

    def profile_test(self, j: int) -> float:
        """The p-value of the penalised likelihood ratio test that coefficient ``j`` is 0."""
        from scipy.special import chdtrc

        _, loglik = self._best_profile(j, 0.0)
        return float(chdtrc(1, max(0.0, 2 * (self.loglik - loglik))))

    def profile_limits(self, j: int, confidence: float) -> tuple[float, float]:
        """Where twice the fall of the profile reaches the chi-squared quantile."""
        from scipy.special import chdtri

        fall = math.sqrt(float(chdtri(1, 1 - confidence)))
        return self._limit(j, -1.0, fall), self._limit(j, 1.0, fall)

    def _limit(self, j: int, side: float, fall: float) -> float:
        """Where the profile first crosses the target on the way out from the maximum.

        Each step starts from the last one's coefficients. With few experts the profile can have
        several branches: where the followed one crosses, it is asked whether another is higher
        still, and if so that one is followed on.
        """
        from scipy.optimize import brentq

        near, inside, step = self.beta, 0.0, float(self.se[j]) * fall / 2

        def excess(distance: float) -> tuple[float, FloatArray]:
            # the root of the fall is close to a straight line in the coefficient
            beta, loglik = self.profile(j, self.beta[j] + side * distance, near)
            return self._root_fall(loglik) - fall, beta

        for _ in range(100):
            outside = inside + step
            above, beta = excess(outside)
            if above >= 0:
                root = brentq(lambda d: excess(d)[0], inside, outside, xtol=1e-9, rtol=1e-12)
                limit = float(self.beta[j] + side * root)
                beta, loglik = self._best_profile(j, limit)
                if self._root_fall(loglik) > fall - 1e-6:
                    return limit
                outside = root
            near, inside, step = beta, outside, step * 1.1
        return side * math.inf

    def _root_fall(self, loglik: float) -> float:
        return math.sqrt(max(0.0, 2 * (self.loglik - loglik)))


def _read_outcome(y: ArrayLike, experts: int) -> FloatArray:
    """Who raised the theme, as 0 and 1."""
    outcome = np.asarray(y, dtype=np.float64)
    if outcome.shape != (experts,):
        raise ValueError(f"expected one outcome an expert, shape ({experts},), got {outcome.shape}")
    wrong = ~np.isin(outcome, (0.0, 1.0))
    if wrong.any():
        raise ValueError(f"y must be 0 or 1 (who raised the theme), got {outcome[wrong][0]}")
    return outcome


def _unanswerable(X: FloatArray, y: FloatArray, labels: Sequence[str]) -> str:
    """Why these data cannot say anything about the coefficients, or ""."""
    n, events = len(y), int(y.sum())
    rarer = min(events, n - events)
    if rarer < 2:
        who = "raised" if events <= n - events else "did not raise"
        few = {0: "no expert", 1: "one expert only"}[rarer]
        return f"{few} {who} the theme: nothing can be said about who does"
    if X.shape[1] + 1 > n:
        return f"{X.shape[1] + 1} coefficients cannot be estimated from {n} experts"
    return undetermined(X, labels)
