"""How far the points of a correspondence map could move: bootstrap replicates and regions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.statistics.cooccurrence_checks import check_incidence, encode, members, strata_members
from analysis.statistics.correspondence_analysis import (
    CorrespondenceAnalysis,
    check_table,
    correspondence_analysis,
)
from analysis.statistics.resampling import DEFAULT_SEED, resample
from analysis.statistics.results import FloatArray

Draw = Callable[[int, np.random.Generator], FloatArray]


@dataclass(frozen=True, slots=True, eq=False)
class AxesBootstrap:
    """Bootstrap replicates of a correspondence map.

    ``rows`` (resamples x rows x dims) and ``columns`` (resamples x columns x dims) are the
    replicates' principal coordinates on the dimensions of ``ca``, the analysis of the table
    itself; NaN where a row or column is empty in a resample. ``row_covariance`` (rows x dims x
    dims) and ``column_covariance`` are over the replicates that have the point. ``inertias``
    (resamples x K) are the replicates' principal inertias, of the method "full" only: they are
    larger than those of the table on average, since a resample adds noise to noise, so read their
    spread, not their centre. ``labels`` names the rows where ``groups`` were given. ``n`` is the
    number of experts (or the table's total).
    """

    ca: CorrespondenceAnalysis
    rows: FloatArray
    columns: FloatArray
    row_covariance: FloatArray
    column_covariance: FloatArray
    inertias: FloatArray
    labels: NDArray[Any]
    method: str
    n: int


@dataclass(frozen=True, slots=True, eq=False)
class Ellipse:
    """An ellipse: ``centre`` (2,), half ``axes`` (2,), the longer first, and the ``angle`` of the
    longer one against the first dimension, in radians.
    """

    centre: FloatArray
    axes: FloatArray
    angle: float

    def outline(self, points: int = 100) -> FloatArray:
        """Points on the ellipse, shape points x 2, the last equal to the first."""
        t = np.linspace(0, 2 * np.pi, points)
        long, short = self.axes[0] * np.cos(t), self.axes[1] * np.sin(t)
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        around = np.column_stack([long * cos - short * sin, long * sin + short * cos])
        outline: FloatArray = self.centre + around
        return outline


def _draw_experts(
    size: int,
    rng: np.random.Generator,
    *,
    cells: FloatArray,
    parts: list[NDArray[np.intp]],
    shape: tuple[int, int],
) -> FloatArray:
    """Tables of experts drawn with replacement within each of the ``parts``."""
    weights = np.zeros((size, cells.shape[0]))
    for experts in parts:
        m = experts.size
        weights[:, experts] = rng.multinomial(m, np.full(m, 1 / m), size=size)
    return (weights @ cells).reshape(size, *shape)


def _draw_clusters(
    size: int,
    rng: np.random.Generator,
    *,
    cells: FloatArray,
    shape: tuple[int, int],
) -> FloatArray:
    """Tables of whole clusters drawn with replacement; ``cells`` has a row per cluster."""
    m = cells.shape[0]
    weights = rng.multinomial(m, np.full(m, 1 / m), size=size).astype(float)
    return (weights @ cells).reshape(size, *shape)


def _draw_counts(size: int, rng: np.random.Generator, *, table: FloatArray) -> FloatArray:
    """Tables with the same total, multinomial with the table's shares."""
    total = table.sum()
    drawn = rng.multinomial(int(total), table.ravel() / total, size=size)
    return drawn.reshape(size, *table.shape).astype(float)


def _partial(tables: FloatArray, ca: CorrespondenceAnalysis, dims: int) -> list[FloatArray]:
    """Rows and columns of the tables as supplementary points of ``ca``."""
    row_axes = np.nan_to_num(ca.row_standard[:, :dims])
    column_axes = np.nan_to_num(ca.column_standard[:, :dims])
    size, rows, columns = tables.shape
    with np.errstate(invalid="ignore", divide="ignore"):
        on_columns = (tables.reshape(-1, columns) @ column_axes).reshape(size, rows, dims)
        on_columns /= tables.sum(axis=2)[:, :, None]
        on_rows = np.matmul(tables.transpose(0, 2, 1), row_axes)
        on_rows /= tables.sum(axis=1)[:, :, None]
    return [on_columns, on_rows]


def _full(tables: FloatArray, ca: CorrespondenceAnalysis, dims: int) -> list[FloatArray]:
    """A correspondence analysis of every table, turned towards ``ca``, and its inertias."""
    wide = tables.shape[1] <= tables.shape[2]
    if not wide:  # decompose on the shorter side
        tables = tables.transpose(0, 2, 1)
    # N_ij / sqrt(N_i. N_.j) has the standardised residuals' decomposition, and one trivial
    # dimension more (singular value 1, the square roots of the masses); the eigenvalues of its
    # products with itself are the inertias, found much faster than a stack of decompositions
    r, c = tables.sum(axis=2), tables.sum(axis=1)
    with np.errstate(divide="ignore"):
        root_r, root_c = 1 / np.sqrt(r), 1 / np.sqrt(c)
    root_r[r == 0], root_c[c == 0] = 0.0, 0.0
    scaled = tables * root_c[:, None, :]
    products = scaled @ scaled.transpose(0, 2, 1)
    products *= root_r[:, :, None] * root_r[:, None, :]
    trivial = np.sqrt(r / r.sum(axis=1, keepdims=True))
    products -= trivial[:, :, None] * trivial[:, None, :]
    values, vectors = np.linalg.eigh(products)
    inertias = np.maximum(values[:, ::-1][:, : ca.inertias.size], 0.0)
    u = vectors[:, :, ::-1][:, :, :dims] * root_r[:, :, None]
    # principal coordinates, but for the square root of the total, which both sides lack so far:
    # U times the singular values, and by the transition formula V times the singular values
    short = u * np.sqrt(inertias[:, None, :dims])
    long = tables.transpose(0, 2, 1) @ u
    long *= (root_c**2)[:, :, None]
    root_n = np.sqrt(r.sum(axis=1))[:, None, None]
    short *= root_n
    long *= root_n
    short[r == 0], long[c == 0] = np.nan, np.nan
    points = [short, long] if wide else [long, short]
    masses = [r, c] if wide else [c, r]
    targets = [ca.row_coordinates[:, :dims], ca.column_coordinates[:, :dims]]
    # Procrustes: the rotation or reflection that brings rows and columns closest, by mass
    cross = np.zeros((tables.shape[0], dims, dims))
    for replicate, mass, target in zip(points, masses, targets, strict=True):
        weighted = np.where(mass[:, :, None] > 0, replicate * mass[:, :, None], 0.0)
        cross += weighted.transpose(0, 2, 1) @ np.nan_to_num(target)
    left, _, right = np.linalg.svd(cross)
    turn = left @ right
    return [points[0] @ turn, points[1] @ turn, inertias]


def _replicates(
    size: int,
    rng: np.random.Generator,
    *,
    draw: Draw,
    place: Callable[[FloatArray, CorrespondenceAnalysis, int], list[FloatArray]],
    ca: CorrespondenceAnalysis,
    dims: int,
) -> FloatArray:
    """The replicates' numbers side by side, shape size x numbers; a task for ``resample``."""
    parts = place(draw(size, rng), ca, dims)
    return np.concatenate([part.reshape(size, -1) for part in parts], axis=1)


def _covariance(points: FloatArray) -> FloatArray:
    """Covariance of each point over the replicates that have it, points x dims x dims."""
    by_point = np.ascontiguousarray(points.transpose(1, 2, 0))
    present = ~np.isnan(by_point[:, :1, :])
    count = present.sum(axis=(1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        if not present.all():
            by_point = np.where(present, by_point, 0.0)
        mean = by_point.sum(axis=2, keepdims=True) / count[:, None, None]
        by_point -= mean * present
        if not present.all():
            by_point[~present.repeat(by_point.shape[1], axis=1)] = 0.0
        covariance: FloatArray = by_point @ by_point.transpose(0, 2, 1)
        covariance /= (count - 1.0)[:, None, None]
    covariance[count < 2] = np.nan
    return covariance


def resampling_plan(
    table: ArrayLike, groups: ArrayLike | None = None, clusters: ArrayLike | None = None
) -> tuple[FloatArray, Draw, NDArray[Any], int]:
    """The table, the function that draws tables like it, its row labels and n.

    The arguments are those of :func:`bootstrap_axes`; ``draw(size, rng)`` returns size x rows x
    columns.
    """
    if groups is None:
        if clusters is not None:
            raise ValueError("clusters need groups: the table of counts has no experts")
        counts = check_table(table)
        if not np.array_equal(counts, np.round(counts)):
            raise ValueError("a resampled table must hold whole numbers")
        if counts.sum() == 0:
            raise ValueError("the table is empty")
        draw: Draw = partial(_draw_counts, table=counts)
        return counts, draw, np.arange(counts.shape[0]).astype(str), int(counts.sum())
    incidence = check_incidence(table)
    n, codes = incidence.shape
    labels, group_codes = encode(groups, "groups", n)
    if not n:
        raise ValueError("no experts")
    parts = members(group_codes)
    counts = np.array([incidence[rows].sum(axis=0) for rows in parts], dtype=float)
    blocks = np.zeros((n, len(parts), codes))
    for group, rows in enumerate(parts):
        blocks[rows, group] = incidence[rows]
    cells = blocks.reshape(n, -1)
    if clusters is None:
        draw = partial(_draw_experts, cells=cells, parts=parts, shape=counts.shape)
    else:
        whole = strata_members(clusters, n, "clusters")
        summed = np.array([cells[rows].sum(axis=0) for rows in whole])
        draw = partial(_draw_clusters, cells=summed, shape=counts.shape)
    return counts, draw, labels, n


def bootstrap_axes(
    table: ArrayLike,
    groups: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    resamples: int = 1000,
    dims: int = 2,
    method: Literal["partial", "full"] = "partial",
    seed: int = DEFAULT_SEED,
) -> AxesBootstrap:
    """Bootstrap replicates of a correspondence map.

    What is resampled: with ``groups``, whole experts within their group (the groups' sizes are
    part of the design); with ``clusters`` too, whole clusters, say sessions, with all their
    experts, as a second look; without groups, the counts of the table, as if each were an
    independent answer, which statements of one expert are not.

    How replicates are placed: "partial" projects the rows and columns of each resample on the
    table's own dimensions, as supplementary points. It is the usual choice, and optimistic: the
    dimensions themselves do not move. "full" analyses every resample anew and turns the result
    (Procrustes, weighted by mass, rows and columns together) towards the table's map; it also
    gives the replicates' inertias.

    Parameters
    ----------
    table
        A table of counts rows x columns; with ``groups``, an incidence experts x codes (bool or
        0/1), from which the table groups x codes is counted.
    groups
        One label per expert; rows of the map are the labels in sorted order.
    clusters
        One label per expert.
    resamples, dims, seed
        How many replicates, on how many dimensions, and the seed that fixes them.

    Returns
    -------
    AxesBootstrap
        A group of one expert does not move of its own; its region is a point under "partial".

    Raises
    ------
    ValueError
        If the table is not what is described above, has fewer dimensions than ``dims``, or the
        method is unknown.

    References
    ----------
    Greenacre, M. J. (1984). Theory and Applications of Correspondence Analysis, sec. 8.1 (partial
    bootstrap); Lebart, L. (2007), in Multiple Correspondence Analysis and Related Methods, ch. 7;
    Milan, L. & Whittaker, J. (1995). Applied Statistics 44, 31-49 (Procrustes); Ringrose, T. J.
    (2012). Journal of Statistical Computation and Simulation 82, 1397-1413 (how optimistic).
    """
    if method not in ("partial", "full"):
        raise ValueError(f'method must be "partial" or "full", got {method!r}')
    counts, draw, labels, n = resampling_plan(table, groups, clusters)
    ca = correspondence_analysis(counts)
    available = int((ca.inertias > 0).sum())
    if not 1 <= dims <= available:
        raise ValueError(f"dims must be 1 to {available}, the table's dimensions, got {dims}")
    place = _partial if method == "partial" else _full
    task = partial(_replicates, draw=draw, place=place, ca=ca, dims=dims)
    numbers = resample(task, resamples, seed, chunk=1000)
    rows, columns = counts.shape
    ends = np.cumsum([rows * dims, columns * dims])
    at_rows, at_columns, inertias = np.split(numbers, ends, axis=1)
    row_points = at_rows.reshape(resamples, rows, dims)
    column_points = at_columns.reshape(resamples, columns, dims)
    return AxesBootstrap(
        ca=ca,
        rows=row_points,
        columns=column_points,
        row_covariance=_covariance(row_points),
        column_covariance=_covariance(column_points),
        inertias=inertias,
        labels=labels,
        method=method,
        n=n,
    )


def _plane(points: ArrayLike, confidence: float) -> FloatArray:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1, got {confidence}")
    cloud: FloatArray = np.asarray(points, dtype=float)
    if cloud.ndim != 2 or cloud.shape[1] != 2:
        raise ValueError(f"points must be replicates x 2, got shape {cloud.shape}")
    cloud = cloud[~np.isnan(cloud).any(axis=1)]
    if cloud.shape[0] < 2:
        raise ValueError("a region needs two or more replicates of the point")
    return cloud


def confidence_ellipse(points: ArrayLike, confidence: float = 0.95) -> Ellipse:
    """The normal ellipse of the replicates of one point (``result.columns[:, j]``).

    Centred on their mean, with the chi-squared quantile of two degrees of freedom; replicates
    without the point (NaN) are left out.

    Raises
    ------
    ValueError
        If ``points`` is not replicates x 2, or fewer than two replicates have the point.
    """
    cloud = _plane(points, confidence)
    values, vectors = np.linalg.eigh(np.cov(cloud.T))
    axes = np.sqrt(np.maximum(values[::-1], 0.0) * -2 * np.log(1 - confidence))
    return Ellipse(cloud.mean(axis=0), axes, float(np.arctan2(vectors[1, 1], vectors[0, 1])))


def confidence_hull(points: ArrayLike, confidence: float = 0.95) -> FloatArray:
    """The convex hull of the central share of the replicates of one point, counter-clockwise.

    The share ``confidence`` of the replicates nearest their mean (Mahalanobis distance) is kept.
    Shape vertices x 2; one vertex where the replicates are all equal, two where on a line.

    Raises
    ------
    ValueError
        As :func:`confidence_ellipse`.
    """
    cloud = _plane(points, confidence)
    centred = cloud - cloud.mean(axis=0)
    distance = ((centred @ np.linalg.pinv(np.cov(cloud.T))) * centred).sum(axis=1)
    nearest = np.argsort(distance, kind="stable")[: int(np.ceil(confidence * cloud.shape[0]))]
    ordered = np.unique(cloud[nearest], axis=0)
    if ordered.shape[0] < 3:
        return ordered

    def chain(sequence: FloatArray) -> list[FloatArray]:
        # Andrew (1979): drop the last vertex while the turn is not to the left
        kept: list[FloatArray] = []
        for point in sequence:
            while len(kept) > 1:
                (ax, ay), (bx, by) = kept[-1] - kept[-2], point - kept[-2]
                if ax * by - ay * bx > 0:
                    break
                kept.pop()
            kept.append(point)
        return kept[:-1]

    return np.array(chain(ordered) + chain(ordered[::-1]))
