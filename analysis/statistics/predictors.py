"""Predictors of a regression over experts: reading them, and seeing what they cannot determine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics.results import FloatArray


def read_predictors(
    X: ArrayLike, names: Sequence[str] | None
) -> tuple[FloatArray, tuple[str, ...]]:
    """Predictors as experts x predictors (one dimension means one predictor), and their names.

    Names default to the columns of a pandas frame, else x1, x2, ...

    Raises
    ------
    ValueError
        If the shape or the number of names does not fit, or a value is infinite.
    """
    if names is None and hasattr(X, "columns"):
        names = [str(name) for name in X.columns]
    predictors = np.asarray(X, dtype=np.float64)
    if predictors.ndim == 1:
        predictors = predictors[:, None]
    if predictors.ndim != 2 or predictors.shape[1] == 0:
        raise ValueError(f"expected experts x predictors, got shape {predictors.shape}")
    if np.isinf(predictors).any():
        raise ValueError("expected finite predictors, got an infinite one")
    columns = predictors.shape[1]
    labels = [f"x{i + 1}" for i in range(columns)] if names is None else [str(s) for s in names]
    if len(labels) != columns:
        raise ValueError(f"expected {columns} names, got {len(labels)}")
    return predictors, tuple(labels)


def undetermined(X: FloatArray, labels: Sequence[str]) -> str:
    """Why coefficients beside an intercept (or thresholds) cannot be told apart, or ""."""
    for name, column in zip(labels, X.T, strict=True):
        if np.ptp(column) == 0:
            return f"{name} is the same for all experts"
    # scaled, so that a predictor's unit does not decide what counts as dependent
    spread = (X - X.mean(axis=0)) / X.std(axis=0)
    if np.linalg.matrix_rank(spread) < X.shape[1]:
        return "the predictors determine one another (the design is rank deficient)"
    return ""
