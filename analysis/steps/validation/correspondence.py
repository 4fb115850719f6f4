"""Correspondence analysis: published examples and independent implementations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from analysis.statistics import correspondence as ours
from analysis.statistics.correspondence_bootstrap import resampling_plan
from analysis.steps.validation.base import Compute, Peer


def _inertias(given: Mapping[str, Any]) -> Mapping[str, float]:
    ca = ours.correspondence_analysis(given["table"])
    out = {"total": ca.total, "chi2": ca.chi2}
    for dim, inertia in enumerate(ca.inertias, start=1):
        out |= {f"l{dim}": float(inertia), f"r{dim}": float(inertia) ** 0.5}
    return out


def _points(given: Mapping[str, Any]) -> Mapping[str, float]:
    ca = ours.correspondence_analysis(given["table"])
    # the printed signs: minus for the column named
    sign = np.where(ca.column_standard[given["negative"]] > 0, -1, 1)
    out = dict(_inertias(given))
    for side, masses, inertias, standard, principal in (
        ("r", ca.row_masses, ca.row_inertias, ca.row_standard, ca.row_coordinates),
        ("c", ca.column_masses, ca.column_inertias, ca.column_standard, ca.column_coordinates),
    ):
        for point in range(masses.size):
            out[f"mass_{side}{point}"] = float(masses[point])
            out[f"inertia_{side}{point}"] = float(inertias[point])
            out[f"distance_{side}{point}"] = float(inertias[point] / masses[point]) ** 0.5
            for dim in range(2):
                one, two = (sign[dim] * c[point, dim] for c in (standard, principal))
                out[f"dim{dim + 1}_{side}{point}"] = float(one)
                out[f"standard_{side}{point}_{dim + 1}"] = float(one)
                out[f"principal_{side}{point}_{dim + 1}"] = float(two)
    return out


EXAMPLES: dict[str, Compute] = {
    "greenacre_smoke": _inertias,
    "greenacre_smoke_points": _points,
    "legendre1998_table_9_11": _points,
    "fisher1940_caithness": _inertias,
    "snee1974_hair_eye": _inertias,
}


# --- independent implementations -------------------------------------------------------------


def _table(rng: np.random.Generator) -> tuple[Any, ...]:
    """Counts with zeros, now and then two rows of one profile, and large totals."""
    shape = rng.integers(3, 9, 2)
    table = rng.poisson(rng.choice([1.0, 5.0, 200.0]), shape) + 0.0
    table[:, 0] += 1
    table[0] += 1
    if rng.random() < 0.3:
        table[2] = 2 * table[1]
    return (table,)


def _gappy(rng: np.random.Generator) -> tuple[Any, ...]:
    """As ``_table``, with an empty row and an empty column."""
    table = _table(rng)[0]
    if rng.random() < 0.7:
        table[1] = 0
    if rng.random() < 0.7:
        table[:, 1] = 0
    return (table,)


def _padded(values: Any, size: int) -> np.ndarray:
    out = np.zeros(size)
    found = np.asarray(values, dtype=float)[:size]
    out[: found.size] = found
    return out


def _by_eigen(table: np.ndarray) -> np.ndarray:
    """Inertias as eigenvalues of D_r^-1 P D_c^-1 P', the trivial 1 dropped; chi-squared."""
    kept = table[np.ix_(table.any(axis=1), table.any(axis=0))]
    n = kept.sum()
    p = kept / n
    r, c = p.sum(axis=1), p.sum(axis=0)
    values = np.sort(np.linalg.eigvals((p / r[:, None]) @ (p / c).T).real)[::-1]
    expected = np.outer(r, c) * n
    dims = min(kept.shape) - 1
    chi2 = ((kept - expected) ** 2 / expected).sum()
    return np.append(_padded(values[1:], dims), chi2 / n)


def _inertias_ours(table: np.ndarray) -> np.ndarray:
    ca = ours.correspondence_analysis(table)
    return np.append(ca.inertias, ca.total)


def _skbio(table: np.ndarray) -> np.ndarray:
    from skbio.stats.ordination import ca

    found = ca(table, scaling=1)
    dims = min(table.shape) - 1
    points = np.abs(np.asarray(found.samples, dtype=float))[:, :2]
    return np.append(_padded(found.eigvals, dims), points.ravel())


def _for_skbio(table: np.ndarray) -> np.ndarray:
    found = ours.correspondence_analysis(table)
    return np.append(found.inertias, np.abs(found.row_coordinates[:, :2]).ravel())


def _prince(table: np.ndarray) -> np.ndarray:
    import pandas as pd
    import prince

    frame = pd.DataFrame(table)
    ca = prince.CA(n_components=2).fit(frame)
    rows = np.abs(np.asarray(ca.row_coordinates(frame)))
    columns = np.abs(np.asarray(ca.column_coordinates(frame)))
    contributions = np.asarray(ca.row_contributions_)
    quality = np.asarray(ca.row_cosine_similarities(frame))
    parts = (ca.eigenvalues_, rows, columns, contributions, quality)
    return np.concatenate([np.ravel(part) for part in parts])


def _for_prince(table: np.ndarray) -> np.ndarray:
    found = ours.correspondence_analysis(table)
    parts = (
        found.inertias[:2],
        np.abs(found.row_coordinates[:, :2]),
        np.abs(found.column_coordinates[:, :2]),
        found.row_contributions[:, :2],
        found.row_quality[:, :2],
    )
    return np.concatenate([np.ravel(part) for part in parts])


def _plain(rng: np.random.Generator) -> tuple[Any, ...]:
    """Tables of full rank, whose first dimensions differ."""
    shape = rng.integers(4, 9, 2)
    return (rng.poisson(4.0, shape) + rng.integers(0, 20, shape) + 1.0,)


def _experts(rng: np.random.Generator) -> tuple[Any, ...]:
    incidence = rng.random((16, 7)) < 0.45
    incidence[:, 0] = True
    groups = np.repeat(["a", "b", "c", "d"], 4)
    return incidence, groups, int(rng.integers(1000))


def _tables(incidence: np.ndarray, groups: np.ndarray, seed: int) -> np.ndarray:
    """The twenty tables that ``bootstrap_axes`` draws with this seed."""
    draw = resampling_plan(incidence, groups)[1]
    child = np.random.SeedSequence(seed).spawn(1)[0]
    return draw(20, np.random.default_rng(child))


def _partial_ours(incidence: np.ndarray, groups: np.ndarray, seed: int) -> np.ndarray:
    found = ours.bootstrap_axes(incidence, groups, resamples=20, seed=seed)
    return np.append(np.abs(found.rows), np.abs(found.columns))


def _partial_prince(incidence: np.ndarray, groups: np.ndarray, seed: int) -> np.ndarray:
    import pandas as pd
    import prince

    counts = resampling_plan(incidence, groups)[0]
    frame = pd.DataFrame(counts)
    ca = prince.CA(n_components=2).fit(frame)
    rows, columns = [], []
    for table in _tables(incidence, groups, seed):
        replicate = pd.DataFrame(table, frame.index, frame.columns)
        with np.errstate(invalid="ignore", divide="ignore"):
            rows.append(np.asarray(ca.row_coordinates(replicate), dtype=float))
            columns.append(np.asarray(ca.column_coordinates(replicate), dtype=float))
    empty = ~_tables(incidence, groups, seed).any(axis=1)
    placed = np.abs(np.array(columns))
    placed[empty] = np.nan
    return np.append(np.abs(np.array(rows)), placed)


def _full_ours(incidence: np.ndarray, groups: np.ndarray, seed: int) -> np.ndarray:
    found = ours.bootstrap_axes(incidence, groups, resamples=20, method="full", seed=seed)
    return np.concatenate([found.rows.ravel(), found.columns.ravel(), found.inertias.ravel()])


def _full_brute(incidence: np.ndarray, groups: np.ndarray, seed: int) -> np.ndarray:
    """An analysis of each table by a singular value decomposition, turned by scipy."""
    from scipy.linalg import orthogonal_procrustes

    counts = resampling_plan(incidence, groups)[0]
    target = ours.correspondence_analysis(counts)
    rows, columns, inertias = [], [], []
    for table in _tables(incidence, groups, seed):
        found = ours.correspondence_analysis(table)
        masses = np.sqrt(np.append(found.row_masses, found.column_masses))[:, None]
        place, goal = (
            np.nan_to_num(np.vstack([ca.row_coordinates[:, :2], ca.column_coordinates[:, :2]]))
            for ca in (found, target)
        )
        turn, _ = orthogonal_procrustes(masses * place, masses * goal)
        rows.append(found.row_coordinates[:, :2] @ turn)
        columns.append(found.column_coordinates[:, :2] @ turn)
        inertias.append(found.inertias)
    return np.concatenate([np.ravel(rows), np.ravel(columns), np.ravel(inertias)])


PEERS: list[Peer] = [
    Peer(
        function="correspondence.correspondence_analysis",
        peer="eigenvalues of the two profile matrices' product, and chi-squared by its formula",
        covers="zeros, empty rows and columns, equal profiles",
        generate=_gappy,
        ours=_inertias_ours,
        theirs=_by_eigen,
    ),
    Peer(
        function="correspondence.correspondence_analysis",
        peer="scikit-bio ca (inertias, row coordinates)",
        covers="tables of full rank",
        generate=_plain,
        ours=_for_skbio,
        theirs=_skbio,
    ),
    Peer(
        function="correspondence.correspondence_analysis",
        peer="prince CA (coordinates, contributions, cos2)",
        covers="tables of full rank",
        generate=_plain,
        ours=_for_prince,
        theirs=_prince,
    ),
    Peer(
        function="correspondence.bootstrap_axes (partial)",
        peer="prince CA, fitted once, transforming every resample",
        covers="codes that fall out of a resample",
        generate=_experts,
        ours=_partial_ours,
        theirs=_partial_prince,
    ),
    Peer(
        function="correspondence.bootstrap_axes (full)",
        peer="a decomposition per resample, turned by scipy.linalg.orthogonal_procrustes",
        covers="codes that fall out of a resample (close inertias: their axes are less determined)",
        generate=_experts,
        ours=_full_ours,
        theirs=_full_brute,
        tolerance=1e-7,
    ),
]
