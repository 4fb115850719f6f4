"""Simple correspondence analysis (Greenacre 1984)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics.results import FloatArray

#: A singular value below this share of the largest is that of a dimension without inertia.
_NULL = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class CorrespondenceAnalysis:
    """A correspondence analysis of a table rows x columns, with K = min(rows, columns) - 1
    dimensions (of the rows and columns that are not empty), the largest inertia first.

    ``inertias`` (K,) are the principal inertias (eigenvalues; 0 where the table has fewer
    dimensions), ``total`` their sum, ``chi2`` = n x total with ``df`` degrees of freedom, ``n`` the
    table's total. ``row_masses`` and ``column_masses`` are the shares of n.

    Coordinates are rows x K and columns x K: principal ones (``row_coordinates``,
    ``column_coordinates``) have the dimension's inertia as weighted variance, standard ones
    (``row_standard``, ``column_standard``) have 1. ``row_contributions`` are shares of the
    dimension's inertia (each dimension sums to 1), ``row_quality`` (cos2) shares of the point's
    inertia (each point sums to 1), ``row_inertias`` (rows,) the points' own; the same for columns.

    The sign of a dimension is free; it is chosen so that the column with the largest standard
    coordinate in absolute value (the first, of equal ones) is positive. An empty row or column has
    mass 0 and NaN elsewhere, and ``reason`` counts them; a dimension without inertia has principal
    coordinates 0 and NaN for standard coordinates and contributions.
    """

    inertias: FloatArray
    total: float
    chi2: float
    df: int
    n: float
    row_masses: FloatArray
    column_masses: FloatArray
    row_coordinates: FloatArray
    column_coordinates: FloatArray
    row_standard: FloatArray
    column_standard: FloatArray
    row_contributions: FloatArray
    column_contributions: FloatArray
    row_quality: FloatArray
    column_quality: FloatArray
    row_inertias: FloatArray
    column_inertias: FloatArray
    reason: str = ""

    @property
    def shares(self) -> FloatArray:
        """The share of each dimension in the total inertia, shape (K,); NaN if that is 0."""
        with np.errstate(invalid="ignore"):
            return self.inertias / self.total


def check_table(table: ArrayLike) -> FloatArray:
    """The table as floats.

    Raises
    ------
    ValueError
        If it is not 2-d, or has negative, missing or infinite entries.
    """
    values = np.asarray(table, dtype=float)
    if values.ndim != 2:
        raise ValueError(f"the table must be rows x columns (2-d), got {values.ndim} dimensions")
    if not np.isfinite(values).all():
        raise ValueError("the table must hold counts, found missing or infinite entries")
    if (values < 0).any():
        raise ValueError(f"the table must hold counts, found {values.min():g}")
    return values


def _spread(values: FloatArray, kept: np.ndarray, fill: float = np.nan) -> FloatArray:
    """``values`` of the kept points in an array of all points."""
    out = np.full((kept.size, *values.shape[1:]), fill)
    out[kept] = values
    return out


def correspondence_analysis(table: ArrayLike) -> CorrespondenceAnalysis:
    """Simple correspondence analysis of a table of counts.

    The singular value decomposition of the standardised residuals
    (p_ij - r_i c_j) / sqrt(r_i c_j), p being the table divided by its total and r, c its row and
    column masses.

    Parameters
    ----------
    table
        Rows x columns, non-negative.

    Returns
    -------
    CorrespondenceAnalysis
        A table with less than two non-empty rows or columns has no dimensions; an empty one has
        NaN for total and chi2; ``reason`` says so.

    Raises
    ------
    ValueError
        If the table is not 2-d, or has negative, missing or infinite entries.

    References
    ----------
    Greenacre, M. J. (1984). Theory and Applications of Correspondence Analysis, ch. 4 and 2.6;
    Greenacre, M. (2017). Correspondence Analysis in Practice, 3rd ed., appendix A.

    Examples
    --------
    >>> smoke = [[4, 2, 3, 2], [4, 3, 7, 4], [25, 10, 12, 4], [18, 24, 33, 13], [10, 6, 7, 2]]
    >>> correspondence_analysis(smoke).inertias.round(6)
    array([0.074759, 0.010017, 0.000414])
    """
    counts = check_table(table)
    rows, columns = counts.sum(axis=1) > 0, counts.sum(axis=0) > 0
    n = float(counts.sum())
    reasons = []
    for kept, what in ((rows, "rows"), (columns, "columns")):
        if not kept.all():
            reasons.append(f"{int((~kept).sum())} empty {what} have no coordinates")
    dims = max(min(int(rows.sum()), int(columns.sum())) - 1, 0)
    if dims == 0:
        reasons.append("no dimensions: less than two non-empty rows or columns")
    p = counts[np.ix_(rows, columns)] / (n or 1.0)
    r, c = p.sum(axis=1), p.sum(axis=0)
    expected = np.outer(r, c)
    residuals = (p - expected) / np.sqrt(expected)
    u, sigma, vt = np.linalg.svd(residuals, full_matrices=False)
    u, sigma, v = u[:, :dims], sigma[:dims], vt[:dims].T
    # rounding leaves about 1e-16 where the rows are independent of the columns
    null = sigma <= max(_NULL * sigma.max(initial=0.0), 1e-14)
    sigma = np.where(null, 0.0, sigma)
    row_standard = np.where(null, np.nan, u / np.sqrt(r)[:, None])
    column_standard = np.where(null, np.nan, v / np.sqrt(c)[:, None])
    sign = axis_signs(column_standard)
    row_standard, column_standard = row_standard * sign, column_standard * sign
    row_points = np.where(null, 0.0, row_standard * sigma)
    column_points = np.where(null, 0.0, column_standard * sigma)
    with np.errstate(invalid="ignore"):
        row_quality = row_points**2 / (row_points**2).sum(axis=1, keepdims=True)
        column_quality = column_points**2 / (column_points**2).sum(axis=1, keepdims=True)
    total = float((residuals**2).sum()) if n else float("nan")
    return CorrespondenceAnalysis(
        inertias=sigma**2,
        total=total,
        chi2=n * total,
        df=max(int(rows.sum()) - 1, 0) * max(int(columns.sum()) - 1, 0),
        n=n,
        row_masses=_spread(r, rows, 0.0),
        column_masses=_spread(c, columns, 0.0),
        row_coordinates=_spread(row_points, rows),
        column_coordinates=_spread(column_points, columns),
        row_standard=_spread(row_standard, rows),
        column_standard=_spread(column_standard, columns),
        row_contributions=_spread(row_standard**2 * r[:, None], rows),
        column_contributions=_spread(column_standard**2 * c[:, None], columns),
        row_quality=_spread(row_quality, rows),
        column_quality=_spread(column_quality, columns),
        row_inertias=_spread((residuals**2).sum(axis=1), rows),
        column_inertias=_spread((residuals**2).sum(axis=0), columns),
        reason="; ".join(reasons),
    )


def axis_signs(column_standard: FloatArray) -> FloatArray:
    """1 or -1 for each dimension of ``column_standard`` (columns x K): the sign convention."""
    size = np.abs(np.nan_to_num(column_standard))
    if size.size == 0:
        return np.ones(column_standard.shape[1])
    # of columns that tie but for rounding, the first decides
    first = np.argmax(size >= size.max(axis=0) * (1 - 1e-9), axis=0)
    deciding = np.take_along_axis(np.nan_to_num(column_standard), first[None], axis=0)[0]
    return np.where(deciding < 0, -1.0, 1.0)


def _project(counts: FloatArray, standard: FloatArray, what: str) -> FloatArray:
    if counts.shape[-1] != standard.shape[0]:
        raise ValueError(f"{standard.shape[0]} {what} expected, got {counts.shape[-1]}")
    present = ~np.isnan(standard).all(axis=1)
    totals = counts[..., present].sum(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        profiles = counts[..., present] / totals
    projected: FloatArray = profiles @ np.nan_to_num(standard[present])
    return projected


def supplementary_rows(ca: CorrespondenceAnalysis, counts: ArrayLike) -> FloatArray:
    """Principal coordinates of further rows on the dimensions of ``ca``.

    Parameters
    ----------
    ca
        The analysis.
    counts
        Rows x the table's columns (counts in columns that were empty are ignored).

    Returns
    -------
    ndarray, shape rows x K
        NaN for a row without counts.

    Raises
    ------
    ValueError
        If the columns do not match.

    References
    ----------
    Greenacre (1984), sec. 3.2: the row's profile times the columns' standard coordinates.
    """
    return _project(check_table(counts), ca.column_standard, "columns")


def supplementary_columns(ca: CorrespondenceAnalysis, counts: ArrayLike) -> FloatArray:
    """Principal coordinates of further columns; ``counts`` is the table's rows x columns.

    As :func:`supplementary_rows`, with rows and columns exchanged.
    """
    return _project(check_table(counts).T, ca.row_standard, "rows")
