"""A map of the kinds of stakeholder by what they raised, with regions, and a look at chance.

Correspondence analysis of the table kinds x codes. Whole experts are drawn for the regions, within
their kind, and each draw is analysed anew. Experts are also dealt to the kinds at random, within
their session, to see how far kinds differ that are none.

Draws of ``n`` experts from ``n`` vary less than experts do, by the factor (n - 1) / n, which is
half for two experts: the regions are widened by its root. They stay too small rather than too
large, for two or three experts do not show how far others like them may differ.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.panel.panel import Panel
from analysis.panel.views_of_coding import BoolArray, FloatArray, IntArray
from analysis.statistics.clock import resampling
from analysis.statistics.correspondence import (
    bootstrap_axes,
    confidence_ellipse,
    correspondence_analysis,
    supplementary_rows,
)
from analysis.statistics.correspondence_bootstrap import Ellipse
from analysis.statistics.resampling import DEFAULT_SEED
from analysis.steps.panel_raised import exchangeable, who_raised
from analysis.steps.panel_tools import CONFIDENCE, text_result, two
from analysis.steps.results import Result
from analysis.steps.stakeholders import side_of_kind

#: Draws of experts for the regions, and random deals of experts to kinds.
RESAMPLES = 1000
DEALS = 999
#: Deals for which the regions are drawn anew, and draws for each.
REGION_DEALS = 39
REGION_RESAMPLES = 200
#: Points on the outline of a region.
OUTLINE = 60

KIND_COLUMNS = ["kind", "label", "side", "n", "x", "y", "quality", "long", "short", "overlaps"]
EXPERT_COLUMNS = ["expert", "kind", "codes", "x", "y"]
CODE_COLUMNS = ["code", "label", "theme", "k", "x", "y", "quality", "contribution"]
_HERE = "analysis.steps.stakeholders_map."
_NAN = math.nan


@dataclass(frozen=True, slots=True, eq=False)
class Map:
    """The map of kinds and codes on the two dimensions of largest inertia.

    ``kinds`` (columns :data:`KIND_COLUMNS`) has the half axes of each region (``long``, ``short``;
    NaN for a kind of one expert, which has no region) and how many other regions it ``overlaps``;
    ``experts`` (columns :data:`EXPERT_COLUMNS`) the places of single experts, who raised so many
    ``codes``; ``codes`` (columns :data:`CODE_COLUMNS`) the share of each code in what the two
    dimensions show. ``regions`` are the outlines by kind, points x 2. ``shares`` are those of the
    inertia, ``total`` all of it, ``dealt`` the totals of random deals, ``pvalue`` the share of
    deals with at least as much, the panel's own counted among them; ``overlaps`` counts pairs of
    overlapping regions in some of those deals. ``within`` says whether experts were dealt within
    sessions. Empty, with a ``reason``, where there is no map.
    """

    kinds: pd.DataFrame
    experts: pd.DataFrame
    codes: pd.DataFrame
    regions: dict[str, FloatArray]
    shares: tuple[float, float]
    total: float
    dealt: FloatArray
    pvalue: float
    overlaps: NDArray[np.int64]
    within: bool
    reason: str = ""


def _nothing(reason: str) -> Map:
    return Map(
        pd.DataFrame(columns=KIND_COLUMNS),
        pd.DataFrame(columns=EXPERT_COLUMNS),
        pd.DataFrame(columns=CODE_COLUMNS),
        {},
        (_NAN, _NAN),
        _NAN,
        np.empty(0),
        _NAN,
        np.empty(0, dtype=np.int64),
        False,
        reason,
    )


def kind_map(
    panel: Panel, resamples: int = RESAMPLES, deals: int = DEALS, seed: int = DEFAULT_SEED
) -> Map:
    """The map of the kinds by the codes that their experts raised."""
    found = who_raised(panel)
    groups = [group for group in found.kinds() if found.raised[group[2]].any()]
    used = found.raised.any(axis=0)
    if len(groups) < 3 or np.count_nonzero(used) < 3:
        return _nothing(
            "A map needs three kinds of stakeholder and three codes at least; here "
            f"{len(groups)} {'kind' if len(groups) == 1 else 'kinds'} raised "
            f"{np.count_nonzero(used)}."
        )
    members = np.concatenate([rows for _, _, rows in groups])
    incidence = found.raised[np.ix_(members, used)]
    # labels that sort in the order of the kinds
    labels = np.repeat(np.arange(len(groups)), [len(rows) for _, _, rows in groups])
    ca = correspondence_analysis(_counts(incidence, labels))
    if np.count_nonzero(ca.inertias > 0) < 2:
        return _nothing("The kinds raised the codes so alike that there are no two dimensions.")
    boot = bootstrap_axes(incidence, labels, resamples=resamples, method="full", seed=seed)
    sizes = [len(rows) for _, _, rows in groups]
    regions = {g: _region(boot.rows[:, g], n) for g, n in enumerate(sizes) if n > 1}
    outlines = {g: region.outline(OUTLINE) for g, region in regions.items()}
    side = side_of_kind(panel)
    none = np.full(2, np.nan)
    kinds = pd.DataFrame(
        [
            (
                kind,
                label,
                side.get(kind, ""),
                sizes[g],
                *ca.row_coordinates[g, :2],
                float(ca.row_quality[g, :2].sum()),
                *(regions[g].axes if g in regions else none),
                sum(not _clear(outlines[g], other) for h, other in outlines.items() if h != g)
                if g in outlines
                else 0,
            )
            for g, (kind, label, _) in enumerate(groups)
        ],
        columns=KIND_COLUMNS,
    )
    spoke = incidence.any(axis=1)
    experts = found.experts.iloc[members[spoke]]
    places = supplementary_rows(ca, incidence[spoke].astype(float))
    people = pd.DataFrame(
        {
            "expert": experts["expert"].to_numpy(dtype=object),
            "kind": experts["kind"].to_numpy(dtype=object),
            "codes": incidence[spoke].sum(axis=1),
            "x": places[:, 0],
            "y": places[:, 1],
        }
    )
    codes = found.codes[used].reset_index(drop=True)
    weight = ca.column_masses[:, None] * ca.column_coordinates[:, :2] ** 2
    table = pd.DataFrame(
        {
            "code": codes["code"],
            "label": codes["label"],
            "theme": codes["theme_name"],
            "k": incidence.sum(axis=0),
            "x": ca.column_coordinates[:, 0],
            "y": ca.column_coordinates[:, 1],
            "quality": ca.column_quality[:, :2].sum(axis=1),
            "contribution": weight.sum(axis=1) / weight.sum(),
        }
    )
    sessions = exchangeable(panel, found.experts.iloc[members])
    with resampling():
        dealt = list(_deals(labels, sessions, deals, seed))
        totals = np.array([correspondence_analysis(_counts(incidence, d)).total for d in dealt])
        crossings = np.array([_overlaps_of(incidence, d, seed) for d in dealt[:REGION_DEALS]])
    return Map(
        kinds,
        people,
        table,
        {groups[g][0]: outline for g, outline in outlines.items()},
        (float(ca.shares[0]), float(ca.shares[1])),
        float(ca.total),
        totals,
        float((1 + np.count_nonzero(totals >= ca.total * (1 - 1e-9))) / (1 + deals)),
        crossings,
        sessions is not None,
    )


def _region(points: FloatArray, n: int) -> Ellipse:
    """The region of a kind of ``n`` experts, widened for the draws that vary too little."""
    ellipse = confidence_ellipse(points, CONFIDENCE)
    return replace(ellipse, axes=ellipse.axes * math.sqrt(n / (n - 1)))


def _clear(a: FloatArray, b: FloatArray) -> bool:
    """Whether two convex outlines have no point in common, by a line that parts them."""
    for outline in (a, b):
        edges = np.diff(outline, axis=0)
        normals = np.column_stack([-edges[:, 1], edges[:, 0]])
        on_a, on_b = a @ normals.T, b @ normals.T
        if ((on_a.max(axis=0) < on_b.min(axis=0)) | (on_b.max(axis=0) < on_a.min(axis=0))).any():
            return True
    return False


def _counts(incidence: BoolArray, labels: IntArray) -> FloatArray:
    """The table kinds x codes."""
    member = labels == np.arange(int(labels.max()) + 1)[:, None]
    counts: FloatArray = member.astype(np.float64) @ incidence
    return counts


def _deals(
    labels: IntArray, sessions: pd.Series | None, deals: int, seed: int
) -> Iterator[IntArray]:
    """Labels dealt to the experts at random, within their sessions."""
    rng = np.random.default_rng(seed)
    session = np.zeros(len(labels), np.int64) if sessions is None else pd.factorize(sessions)[0]
    order = np.argsort(session, kind="stable")
    for _ in range(deals):
        dealt = np.empty_like(labels)
        # sorted by session, then by a random number: the labels of a session stay in it
        dealt[order] = labels[np.lexsort((rng.random(len(labels)), session))]
        yield dealt


def _overlaps_of(incidence: BoolArray, labels: IntArray, seed: int) -> int:
    """The number of pairs of kinds whose regions overlap in a map of these labels."""
    sizes = np.bincount(labels)
    boot = bootstrap_axes(incidence, labels, resamples=REGION_RESAMPLES, method="full", seed=seed)
    outlines = [
        _region(boot.rows[:, g], int(n)).outline(OUTLINE) for g, n in enumerate(sizes) if n > 1
    ]
    return sum(not _clear(a, b) for a, b in combinations(outlines, 2))


# sentences


def shown(found: Map) -> str:
    """How much of the differences the two dimensions show."""
    if found.reason:
        return found.reason
    first, second = found.shares
    return (
        f"The two dimensions show {100 * (first + second):.0f}% of the inertia, the measure of how "
        f"far the kinds differ ({100 * first:.0f}% and {100 * second:.0f}%)."
    )


def against_chance(found: Map) -> str:
    """Whether the kinds differ more than experts dealt at random would."""
    if found.reason:
        return "Without a map there is nothing to hold against chance."
    how = " within their session" if found.within else ""
    share = f"{100 * found.pvalue:.0f}%" if found.pvalue >= 0.01 else "fewer than 1%"
    more = "more than" if found.pvalue <= 0.05 else "no more than"
    return (
        f"The inertia is {two(found.total)}. Where the experts are dealt to the kinds at random"
        f"{how}, it is {two(float(found.dealt.mean()))} on average, and in {share} of the deals at "
        f"least as large as here. So the kinds differ {more} experts dealt at random."
    )


def overlaps(found: Map) -> str:
    """How many pairs of kinds have regions that overlap, and how few experts they rest on."""
    if found.reason:
        return "Without a map there are no regions."
    kinds = found.kinds[found.kinds["n"] > 1]
    if len(kinds) < 2:
        return "Fewer than two kinds have two experts, so there are no regions to compare."
    pairs, shared = math.comb(len(kinds), 2), int(kinds["overlaps"].sum()) // 2
    low, high = int(kinds["n"].min()), int(kinds["n"].max())
    rest = f"{low}" if low == high else f"{low} to {high}"
    return (
        f"Each region rests on {rest} experts. Of {pairs} pairs of kinds, {shared or 'none'} "
        f"{'has' if shared == 1 else 'have'} regions that overlap. In {len(found.overlaps)} random "
        f"deals of the experts to the kinds, {found.overlaps.mean():.0f} pairs overlap on average "
        f"and {found.overlaps.min()} at least."
    )


def map_results(found: Map) -> list[Result]:
    """What the prose states of the map."""
    method = "correspondence analysis of kinds x codes"
    sentences = (
        ("map", "what the map shows", shown(found), "shown", method, "description"),
        (
            "map-chance",
            "the map against chance",
            against_chance(found),
            "against_chance",
            f"{DEALS} random deals of experts to kinds",
            "sensitivity",
        ),
        (
            "map-overlaps",
            "regions of the kinds",
            overlaps(found),
            "overlaps",
            f"bootstrap of whole experts within kinds, {RESAMPLES} draws",
            "sensitivity",
        ),
    )
    return [
        text_result(f"st-{id}", label, value, _HERE + function, how, standing)
        for id, label, value, function, how, standing in sentences
    ] + [
        Result(
            "st-map-p",
            "share of random deals with at least the inertia of the map",
            found.pvalue,
            "coefficient",
            "sensitivity",
            f"{DEALS} random deals of experts to kinds",
            _HERE + "kind_map",
        )
    ]
