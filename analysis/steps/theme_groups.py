"""Groups of codes that go together, how stable they are, and the codebook's tree beside them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from string import ascii_uppercase

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.statistics.clock import resampling
from analysis.statistics.cooccurrence import (
    Communities,
    adjusted_rand,
    communities,
    graph_communities,
    jaccard,
    sample_fixed_margins,
)
from analysis.statistics.resampling import DEFAULT_SEED
from analysis.steps.panel_tools import (
    count_result,
    listing,
    number_result,
    plural,
    text_result,
    two,
)
from analysis.steps.results import Result
from analysis.steps.theme_map import Together

FloatArray = NDArray[np.float64]

#: Further random starts of the search for groups.
RUNS = 50
#: Random tables for the modularity of nothing, and random labels of codes.
TABLES = 99
RELABELLED = 999

CODE_COLUMNS = ["code", "label", "theme", "group", "k", "with_starts", "with_experts"]
_HERE = "analysis.steps.theme_groups."
_NAN = math.nan


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Groups of codes on the graph of their similarities (Louvain).

    ``codes`` has a row a code, by group (columns :data:`CODE_COLUMNS`): ``group`` is a letter,
    ``with_starts`` how often the code is with the others of its group over other random starts
    (mean share), ``with_experts`` the same with one expert left out in turn; NaN for a group of
    one. ``found`` holds the partition and its stability, ``random`` the modularity of tables with
    the same totals, ``tree`` the adjusted Rand index of groups and themes, ``inside`` and
    ``across`` the mean similarity of codes of one theme and of two, ``relabelled`` the share of
    random themes with as large a difference. ``reason`` says why there are no groups.
    """

    codes: pd.DataFrame
    found: Communities | None
    random: FloatArray
    tree: float
    inside: float
    across: float
    relabelled: float
    reason: str


def groups(
    pairs: Together, runs: int = RUNS, tables: int = TABLES, seed: int = DEFAULT_SEED
) -> Groups:
    """The groups of codes of a panel, with what chance and single experts make of them."""
    none = pd.DataFrame(columns=CODE_COLUMNS)
    nothing = np.empty(0)
    if pairs.reason:
        return Groups(none, None, nothing, _NAN, _NAN, _NAN, _NAN, pairs.reason)
    found = communities(pairs.incidence, seed, runs=runs)
    if found.edges == 0:
        reason = "No expert raised two codes, so there are no groups of codes."
        return Groups(none, None, nothing, _NAN, _NAN, _NAN, _NAN, reason)
    labels, theme = found.labels, pairs.codes["theme"].to_numpy(dtype=object)
    table = pairs.codes[["code", "label"]].copy()
    table["theme"] = pairs.codes["theme_name"]
    table["group"] = [letter(int(label)) for label in labels]
    table["k"] = pairs.codes["k"]
    table["with_starts"] = _with_own(found.seed_together, labels)
    table["with_experts"] = _with_own(found.expert_together, labels)
    table = table.sort_values(["group", "with_starts"], ascending=[True, False], kind="stable")
    sampled = sample_fixed_margins(pairs.incidence, tables, seed=seed)
    with resampling():
        random = np.array(
            [graph_communities(jaccard(one[:, one.any(axis=0)]), seed=seed)[1] for one in sampled]
        )
    inside, across, share = _by_theme(pairs.jaccard, theme, seed)
    return Groups(
        table.reset_index(drop=True),
        found,
        random,
        adjusted_rand(labels, theme) if 1 < len(set(theme)) < len(theme) else _NAN,
        inside,
        across,
        share,
        "",
    )


def letter(label: int) -> str:
    """The name of a group: A, B, ... Z, then A1, B1, ..."""
    turn, place = divmod(label, len(ascii_uppercase))
    return ascii_uppercase[place] + (str(turn) if turn else "")


def _with_own(together: FloatArray, labels: NDArray[np.int64]) -> FloatArray:
    """For each code the mean share of runs in which it is with another code of its group."""
    same = (labels[:, None] == labels[None, :]) & ~np.eye(len(labels), dtype=np.bool_)
    known = same & ~np.isnan(together)
    total, count = np.where(known, together, 0.0).sum(axis=1), known.sum(axis=1)
    out = np.full(len(labels), np.nan)
    np.divide(total, count, out=out, where=count > 0)
    return out


def _by_theme(
    similarity: FloatArray, theme: NDArray[np.object_], seed: int
) -> tuple[float, float, float]:
    """Mean similarity within and across themes, and the share of random themes as different."""
    i, j = np.triu_indices(len(theme), 1)
    values = similarity[i, j]
    number = pd.factorize(theme)[0]

    def means(own: NDArray[np.int64]) -> tuple[float, float]:
        same = own[i] == own[j]
        return float(values[same].mean()), float(values[~same].mean())

    same = number[i] == number[j]
    if same.all() or not same.any():
        return _NAN, _NAN, _NAN
    inside, across = means(number)
    rng = np.random.default_rng(seed)
    with resampling():
        drawn = [means(rng.permutation(number)) for _ in range(RELABELLED)]
    larger = sum(a - b >= inside - across - 1e-12 for a, b in drawn)
    return inside, across, (1 + larger) / (1 + RELABELLED)


def against_tree(found: Groups) -> pd.DataFrame:
    """How many codes of each theme are in each group: a column "theme", and one a group."""
    if found.reason:
        return pd.DataFrame(columns=["theme"])
    order = list(dict.fromkeys(found.codes["theme"]))
    table = pd.crosstab(found.codes["theme"], found.codes["group"]).reindex(order)
    table.columns = [f"Group {name}" for name in table.columns]
    return table.reset_index()


def stability(pairs: Together, found: Groups) -> pd.DataFrame:
    """The adjusted Rand index of the groups with each other grouping: columns of, name, value."""
    if found.found is None:
        return pd.DataFrame(columns=["of", "name", "value"])
    starts = [("other random start", "", v) for v in found.found.seed_agreement]
    experts = [
        ("one expert left out", name, v)
        for name, v in zip(pairs.experts["expert"], found.found.expert_agreement, strict=True)
    ]
    tree = [("themes of the codebook", "", found.tree)]
    table = pd.DataFrame([*starts, *experts, *tree], columns=["of", "name", "value"])
    return table[table["value"].notna()].reset_index(drop=True)


# sentences


def members(found: Groups) -> str:
    """How many groups there are, and how many codes each holds."""
    if found.reason:
        return found.reason
    sizes = found.codes.groupby("group", sort=False).size()
    if len(sizes) == 1:
        return f"All {plural(len(found.codes), 'code')} form one group."
    several = sizes[sizes > 1]
    alone = len(sizes) - len(several)
    rest = f"; {plural(alone, 'code')} {'stands' if alone == 1 else 'stand'} alone" if alone else ""
    return (
        f"There are {plural(len(several), 'group')} of codes, with "
        f"{listing([str(size) for size in several], 12)} codes{rest}."
    )


def modularity(found: Groups) -> str:
    """How clear the groups are, against tables of chance."""
    if found.found is None:
        return "Without groups there is nothing to hold against chance."
    value = found.found.modularity
    known = found.random[~np.isnan(found.random)]
    first = f"Its modularity is {two(value)}."
    if not known.size:
        return first
    beaten = int((known >= value - 1e-9).sum())
    return (
        f"{first} In {len(known)} random tables with the same totals it is "
        f"{two(float(known.mean()))} on average and {two(float(known.max()))} at most; it is as "
        f"large as here in {beaten or 'none'} of them."
    )


def starts(found: Groups) -> str:
    """How the groups depend on the random start of the search."""
    if found.found is None:
        return "Without groups there is no other start to compare."
    values = found.found.seed_agreement
    if values.min() > 1 - 1e-9:
        return f"Each of {len(values)} other random starts finds the same groups."
    same = int((values > 1 - 1e-9).sum())
    return (
        f"Of {len(values)} other random starts, {same or 'none'} "
        f"{'finds' if same == 1 else 'find'} the same groups; their agreement with them runs from "
        f"{two(float(values.min()))} to {two(float(values.max()))}, with a median of "
        f"{two(float(np.median(values)))}."
    )


def left_out(pairs: Together, found: Groups) -> str:
    """How the groups depend on single experts."""
    if found.found is None:
        return "Without groups there is no expert whose part in them could be seen."
    values = found.found.expert_agreement
    if np.isnan(values).all():
        return "Without any one of the experts there are no groups left to compare."
    least = float(np.nanmin(values))
    if least > 1 - 1e-9:
        return "Whichever expert is left out, the groups stay the same."
    who = pairs.experts["expert"][np.nan_to_num(values, nan=2.0) < least + 1e-9].tolist()
    return (
        f"With one expert left out in turn, the agreement runs from {two(least)} (without "
        f"{listing(who)}) to {two(float(np.nanmax(values)))}, with a median of "
        f"{two(float(np.nanmedian(values)))}."
    )


def core(found: Groups) -> str:
    """How many pairs of codes share a group in every run."""
    if found.found is None:
        return "Without groups no two codes share one."
    i, j = np.triu_indices(len(found.found.labels), 1)
    same = found.found.labels[i] == found.found.labels[j]
    whole = [
        together[i, j] > 1 - 1e-9
        for together in (found.found.seed_together, found.found.expert_together)
    ]
    always = int((same & whole[0] & whole[1]).sum())
    shared = int(same.sum())
    if not shared:
        return "No two codes share a group."
    return (
        f"Of {plural(shared, 'pair')} of codes that share a group, {always or 'none'} "
        f"{'does' if always == 1 else 'do'} so in every run, whatever the start and whichever "
        "expert is left out."
    )


def tree(found: Groups) -> str:
    """How far the groups follow the themes of the codebook."""
    if found.reason:
        return "Without groups there is nothing to set beside the codebook."
    themes = found.codes["theme"].nunique()
    if themes == 1:
        return "The codes that were raised belong to one theme, so there is no tree to compare."
    if math.isnan(found.tree):
        return "Each theme of the codebook has one code that was raised; there is no tree to read."
    return (
        f"The agreement of the groups with the {themes} themes of the codebook is "
        f"{two(found.tree)}, where 1 is the same grouping and 0 what random labels give."
    )


def themes(found: Groups) -> str:
    """Whether codes of one theme are more alike than codes of two."""
    if math.isnan(found.inside):
        return "There are no codes of one theme and of two to compare."
    share = found.relabelled
    often = f"{100 * share:.0f}%" if share >= 0.01 else "fewer than 1%"
    return (
        f"Two codes of one theme have a similarity of {two(found.inside)} on average, two of "
        f"different themes {two(found.across)}. If the themes are dealt to the codes at random, "
        f"a difference as large comes up in {often} of the deals."
    )


def group_results(pairs: Together, found: Groups) -> list[Result]:
    """What the prose states of groups."""
    louvain = "Louvain communities of the Jaccard graph"

    def text(id: str, label: str, value: str, function: str, method: str = louvain) -> Result:
        return text_result(f"tm-{id}", label, value, _HERE + function, method, "sensitivity")

    function = "analysis.statistics.cooccurrence.communities"
    rand = "adjusted Rand index"
    return [
        count_result(
            "tm-groups",
            "groups of codes",
            0 if found.reason else found.codes["group"].nunique(),
            function,
            louvain,
        ),
        text("members", "groups and their size", members(found), "members"),
        number_result(
            "tm-modularity",
            "modularity of the groups",
            _NAN if found.found is None else found.found.modularity,
            function,
            louvain,
            "sensitivity",
        ),
        text("chance", "modularity against chance", modularity(found), "modularity"),
        text("starts", "groups over random starts", starts(found), "starts", rand),
        text("left-out", "groups without an expert", left_out(pairs, found), "left_out", rand),
        text("core", "pairs that always share a group", core(found), "core"),
        number_result(
            "tm-tree-index",
            "agreement of groups and themes",
            found.tree,
            "analysis.statistics.cooccurrence.adjusted_rand",
            rand,
            "sensitivity",
        ),
        text("tree", "groups and the codebook's themes", tree(found), "tree", rand),
        text(
            "themes",
            "similarity within and across themes",
            themes(found),
            "themes",
            f"mean Jaccard similarity, {RELABELLED} random deals of themes to codes",
        ),
    ]
