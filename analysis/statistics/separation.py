"""Separation in regressions of few experts, found by linear programming before anything is fitted.

The likelihood of a logistic or cumulative model rises for ever along a direction of coefficients
if no expert's probability falls along it. Each expert contributes margins, linear in the
direction, that must not be negative; the directions that satisfy all of them are a cone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.statistics.results import FloatArray

#: Of directions within a box of side 2, components and sums below this count as zero.
_NEGLIGIBLE = 1e-7


def unbounded(margins: FloatArray) -> NDArray[np.bool_]:
    """Which coefficients have no finite maximum likelihood estimate.

    Parameters
    ----------
    margins : (margins, coefficients) array
        A direction ``b`` raises the likelihood for ever if ``margins @ b`` is nowhere negative and
        somewhere positive. The columns must be linearly independent.

    Returns
    -------
    (coefficients,) array of bool
        True for those that such a direction can move; all False where there is no separation.

    References
    ----------
    Albert, A. & Anderson, J. A. (1984). On the existence of maximum likelihood estimates in
    logistic regression models. Biometrika 71, 1-10. Konis, K. (2007). Linear programming algorithms
    for detecting separated data in binary logistic regression models. DPhil thesis, Oxford, ch. 4.
    """
    scaled = margins / np.abs(margins).max(axis=0)  # a unit of measurement does not matter
    count = scaled.shape[1]
    if _largest(scaled.sum(axis=0), scaled) <= _NEGLIGIBLE:
        return np.zeros(count, dtype=bool)
    axes = np.eye(count)
    return np.array(
        [max(_largest(axis, scaled), _largest(-axis, scaled)) > _NEGLIGIBLE for axis in axes]
    )


def _largest(objective: FloatArray, margins: FloatArray) -> float:
    """The largest value of ``objective @ b`` over directions within the cone and the box."""
    from scipy.optimize import linprog

    found: Any = linprog(
        -objective, A_ub=-margins, b_ub=np.zeros(len(margins)), bounds=(-1, 1), method="highs"
    )
    if not found.success:
        raise RuntimeError(f"the search for separation failed: {found.message}")
    return float(-found.fun)
