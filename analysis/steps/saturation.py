"""How many codes later experts and sessions added, and how many may be missing.

:func:`saturation` makes the tables of the chapter from a panel; :func:`results`, in
:mod:`analysis.steps.saturation_results`, what its prose states.

Experts stand in the order in which they were heard: by session, and within one by who spoke first.
Counted are those of whom a statement was coded. A code counts for an expert who raises it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.panel.panel import Panel
from analysis.panel.views_of_coding import BoolArray, Incidence
from analysis.statistics.accumulation import accumulation, accumulation_band
from analysis.statistics.completeness import coverage, extrapolate
from analysis.statistics.resampling import DEFAULT_SEED
from analysis.statistics.results import Estimate, FloatArray
from analysis.statistics.richness import chao2, jackknife1, jackknife2
from analysis.statistics.stopping import (
    StoppingOrders,
    StoppingPoint,
    interviews_without_new_code,
    new_codes,
    no_new_code_in_last,
    stopping_point,
    stopping_sensitivity,
)
from analysis.steps import panel_tools
from analysis.steps.panel_talk import Talk, incidence_without_echoes, speaking_order, talk
from analysis.steps.panel_tools import CONFIDENCE

#: Random orders of experts behind what is not exact, and resamples behind an interval.
ORDERS, RESAMPLES = 10_000, 1_000
#: The settings of the stopping rule that its authors consider; the first of each is the chapter's.
BASES, RUNS, THRESHOLDS = (4, 5, 6), (2, 3), (0.05, 0.0)
#: Parts into which the statements of a session are cut.
PARTS = 4
#: Extrapolation is given up to so many times the panel.
FARTHEST = 2
#: Sizes at which the extrapolated curve is computed, at most.
_SIZES = 60
#: The last interviews that are looked at, at most.
_LAST = 6


@dataclass(frozen=True, slots=True, eq=False)
class Saturation:
    """The tables of the chapter, and for each empty one the sentence that says why.

    ``values`` is experts x codes in the order heard, ``experts`` and ``home`` (sessions) have one
    entry a row, ``codes`` one a column. ``point`` and ``orders`` are the stopping rule of the
    chapter in the order heard and over random orders; ``last_session`` is the share of orders of
    whole sessions in which the last one adds no code, NaN where sessions are no unit of their own.
    """

    values: BoolArray
    experts: tuple[str, ...]
    home: tuple[str, ...]
    codes: tuple[str, ...]
    names: Mapping[str, str]
    growth: pd.DataFrame
    novelty: pd.DataFrame
    parts: pd.DataFrame
    rules: pd.DataFrame
    stopped: pd.DataFrame
    last: pd.DataFrame
    estimates: pd.DataFrame
    ahead: pd.DataFrame
    sessions: pd.DataFrame
    rare: pd.DataFrame
    choices: pd.DataFrame
    point: StoppingPoint
    orders: StoppingOrders
    coverage: Estimate
    last_session: float
    individual: bool
    counted: str
    missing: Mapping[str, str]


def saturation(panel: Panel, orders: int = ORDERS, seed: int = DEFAULT_SEED) -> Saturation:
    """Every table of the chapter.

    Parameters
    ----------
    orders, seed
        How many random orders stand behind what is not exact, and the seed that fixes them.
    """
    values, experts = heard(panel, panel.incidence())
    where = dict(zip(panel.experts["expert_id"], panel.experts["session_id"], strict=True))
    home = tuple(str(where[name]) for name in experts)
    codes = panel.incidence().codes
    said = talk(panel)
    rules, stopped = stopping(values, orders, seed)
    point = stopping_point(new_codes(values), BASES[0], RUNS[0], THRESHOLDS[0])
    sampled = stopping_sensitivity(
        values, orders, BASES[0], RUNS[0], THRESHOLDS[0], seed, CONFIDENCE
    )
    novel = novelty(said)
    return Saturation(
        values=values,
        experts=experts,
        home=home,
        codes=codes,
        names=panel_tools.code_names(panel),
        growth=growth(values, orders, seed),
        novelty=novel,
        parts=parts(said, novel),
        rules=rules,
        stopped=stopped,
        last=last_interviews(values, orders, seed),
        estimates=estimates(values, home),
        ahead=ahead(values, seed),
        sessions=by_session(values, home),
        rare=rare(panel, values, experts, codes),
        choices=choices(panel, orders, seed),
        point=point,
        orders=sampled,
        coverage=coverage(values, confidence=CONFIDENCE, resamples=RESAMPLES, seed=seed),
        last_session=_last_session(values, home, orders, seed),
        individual=panel.meta.mode == "individual",
        counted=panel_tools.counted(panel),
        missing=_missing(panel, values),
    )


def _missing(panel: Panel, values: BoolArray) -> dict[str, str]:
    n = len(values)
    if n < 2:
        few = f"There {'is 1 expert' if n == 1 else 'is no expert'} with coded statements: "
        few += "a curve needs two."
    else:
        few = "" if values.any() else "No code was raised, so nothing can grow."
    if panel.meta.mode == "individual":
        whole = "Each session is one interview, so a look by sessions is the look by experts."
    elif len(panel.sessions) == 1:
        whole = "There is one session only, so nothing can be said of how much a further one adds."
    else:
        whole = "There are no two sessions of which one has several experts with codes."
    return {
        "growth": few,
        "novelty": "No code was raised, so none was new.",
        "stopped": few
        or f"{n} interviews are too few for a base and a run of any length that the rule allows.",
        "last": few,
        "estimates": few,
        "ahead": few,
        "sessions": few or whole,
        "rare": "Every code that was raised at all was raised by three experts or more."
        if values.any()
        else "No code was raised.",
        "choices": few,
    }


def heard(panel: Panel, found: Incidence) -> tuple[BoolArray, tuple[str, ...]]:
    """The rows of those experts whose statements were coded, in the order heard, and their ids."""
    row = {name: place for place, name in enumerate(found.experts)}
    order = [row[name] for name in speaking_order(panel) if found.coded[row[name]]]
    return found.values[order], tuple(found.experts[place] for place in order)


def growth(values: BoolArray, orders: int, seed: int) -> pd.DataFrame:
    """Codes after each number of experts: exact mean and sd over all orders, band, order heard.

    ``low`` to ``high`` hold the middle of the orders at each size; ``held`` is the number of
    codes in the order heard, ``new`` what each expert added to it.
    """
    if len(values) < 2 or not values.any():
        return pd.DataFrame()
    exact = accumulation(values)
    band = accumulation_band(values, orders, seed, CONFIDENCE)
    added = new_codes(values)
    return pd.DataFrame(
        {
            "experts": exact.size,
            "mean": exact.mean,
            "sd": exact.sd,
            "low": band.low,
            "high": band.high,
            "held": added.cumsum(),
            "new": added,
        }
    )


def novelty(said: Talk) -> pd.DataFrame:
    """One row a statement of an expert, in the order of speaking: which codes it brought.

    ``new_session`` counts codes that nobody in the session had raised before, ``new_panel`` codes
    that nobody in the panel had; ``in_session`` and ``in_panel`` add them up; ``place`` is the
    statement's place among those of its session.
    """
    if not said.values.any():
        return pd.DataFrame()
    table = pd.DataFrame({"statement": said.statements, "session": said.sessions})
    table["place"] = table.groupby("session", sort=False).cumcount() + 1
    fresh = _first(said.values)
    table["new_panel"] = fresh.sum(axis=1)
    inside = np.zeros_like(said.values)
    for session in table["session"].unique():
        rows = np.flatnonzero(said.sessions == session)
        inside[rows] = _first(said.values[rows])
    table["new_session"] = inside.sum(axis=1)
    table["in_panel"] = table["new_panel"].cumsum()
    table["in_session"] = table.groupby("session", sort=False)["new_session"].cumsum()
    return table


def _first(values: BoolArray) -> BoolArray:
    """True where a code is raised for the first time, rows in order."""
    first: BoolArray = values & (np.cumsum(values, axis=0) == 1)
    return first


def parts(said: Talk, novel: pd.DataFrame) -> pd.DataFrame:
    """New codes by part of the session: one row a part, all sessions together.

    ``expected`` is what random orders of each session's statements give on average for
    ``new_session``: exact, by the accumulation curve of the statements.
    """
    if not len(novel):
        return pd.DataFrame()
    rows = {
        part: {"part": part, "statements": 0, "new_session": 0, "expected": 0.0, "new_panel": 0}
        for part in range(1, PARTS + 1)
    }
    for session, here in novel.groupby("session", sort=False):
        size = len(here)
        part = (here["place"].to_numpy() * PARTS + size - 1) // size
        curve = accumulation(said.values[said.sessions == session]).mean
        gain = np.diff(curve, prepend=0.0)
        for number, row in rows.items():
            inside = part == number
            row["statements"] += int(inside.sum())
            row["new_session"] += int(here["new_session"].to_numpy()[inside].sum())
            row["new_panel"] += int(here["new_panel"].to_numpy()[inside].sum())
            row["expected"] += float(gain[inside].sum())
    return pd.DataFrame(rows.values())


def stopping(values: BoolArray, orders: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The stopping rule with every setting, in the order heard and over random orders.

    Returns
    -------
    rules
        One row a setting: base, run, threshold; ``held`` in the notation of the paper ("6+2",
        empty where it never stops) and ``held_at``, the interview after which one stops; over
        random orders its ``median``, ``low`` and ``high``, the share that ``never`` stops, and
        ``seen``, the mean share of all codes that had been raised by then.
    stopped
        One row an interview, one column a setting that can be applied ("base, run, threshold"):
        the share of orders that had stopped by then.
    """
    rows, curves = [], {}
    added = new_codes(values)
    for threshold in THRESHOLDS:
        for base in BASES:
            for run in RUNS:
                point = stopping_point(added, base, run, threshold)
                over = stopping_sensitivity(values, orders, base, run, threshold, seed, CONFIDENCE)
                rows.append(
                    {
                        "base": base,
                        "run": run,
                        "threshold": threshold,
                        "held": point.label,
                        "held_at": point.confirmed,
                        "median": over.estimate + run,
                        "low": over.low + run,
                        "high": over.high + run,
                        "never": over.never,
                        "seen": over.codes_seen,
                        "reason": point.reason or over.reason,
                    }
                )
                if len(values) >= base + run and values.any():
                    curves[f"{base}, {run}, {threshold:g}"] = over.stopped_by
    stopped = pd.DataFrame(curves)
    if len(stopped):
        stopped.insert(0, "interview", np.arange(1, len(stopped) + 1))
    return pd.DataFrame(rows), stopped


def last_interviews(values: BoolArray, orders: int, seed: int) -> pd.DataFrame:
    """For some numbers of last interviews: whether they add no code, as heard and over orders.

    The numbers are the first few, and the one up to which none was added as heard.
    ``share`` is that of all orders of these experts (exact up to 22 experts with rare codes, else
    ``orders`` random orders: ``method``).
    """
    if len(values) < 2 or not values.any():
        return pd.DataFrame()
    run = interviews_without_new_code(new_codes(values))
    wanted = sorted({*range(1, min(_LAST, len(values) - 1) + 1), *([run] if run else [])})
    rows = []
    for k in wanted:
        found = no_new_code_in_last(values, k, orders, seed)
        rows.append({"last": k, "held": run >= k, "share": found.estimate, "method": found.method})
    return pd.DataFrame(rows)


def _by_session(values: BoolArray, home: tuple[str, ...]) -> BoolArray:
    """Which session has a counted expert who raises which code: sessions x codes."""
    names = list(dict.fromkeys(home))
    where = np.array(home, dtype=object)
    rows = [values[where == name].any(axis=0) for name in names]
    return np.array(rows, dtype=np.bool_).reshape(len(names), values.shape[1])


def estimates(values: BoolArray, home: tuple[str, ...]) -> pd.DataFrame:
    """How many codes there may be in all: one row an estimate, experts as the unit, then sessions.

    Columns unit, n, once and twice (codes that one unit, or two, raised), estimate (its name),
    codes, low, high, reason.
    """
    if len(values) < 2 or not values.any():
        return pd.DataFrame()
    units = {"experts": values}
    sessions = _by_session(values, home)
    if 1 < len(sessions) < len(values):
        units["sessions"] = sessions
    rows = []
    for unit, raised in units.items():
        holders = raised.sum(axis=0)
        common = {
            "unit": unit,
            "n": len(raised),
            "once": int((holders == 1).sum()),
            "twice": int((holders == 2).sum()),
        }
        seen = float(raised.any(axis=0).sum())
        rows.append(common | {"estimate": "heard", "codes": seen, "low": np.nan, "high": np.nan})
        for name, found in (
            ("Chao2", chao2(raised, CONFIDENCE)),
            ("jackknife, first order", jackknife1(raised, CONFIDENCE)),
            ("jackknife, second order", jackknife2(raised, CONFIDENCE)),
        ):
            rows.append(
                common
                | {
                    "estimate": name,
                    "codes": found.estimate,
                    "low": found.low,
                    "high": found.high,
                }
            )
    return pd.DataFrame(rows)


def ahead(values: BoolArray, seed: int) -> pd.DataFrame:
    """Codes expected from fewer and from more experts like these, up to twice as many.

    ``beyond`` says whether a size lies beyond the panel; ``low`` to ``high`` is the interval.
    """
    n = len(values)
    if n < 2 or not values.any():
        return pd.DataFrame()
    sizes = np.unique(np.linspace(1, FARTHEST * n, min(FARTHEST * n, _SIZES)).round().astype(int))
    sizes = np.unique(np.concatenate([sizes, [n, n + 1]]))
    curve = extrapolate(
        values, sizes.astype(np.int64), confidence=CONFIDENCE, resamples=RESAMPLES, seed=seed
    )
    return pd.DataFrame(
        {
            "experts": curve.size,
            "codes": curve.mean,
            "low": curve.low,
            "high": curve.high,
            "beyond": curve.size > n,
        }
    )


def by_session(values: BoolArray, home: tuple[str, ...]) -> pd.DataFrame:
    """Codes after each number of sessions, whole sessions in random order: exact.

    ``experts`` is the mean number of experts in so many sessions; ``low`` and ``high`` are the
    least and the most over all choices of sessions, where these can be listed; ``apart`` is what
    as many experts drawn one by one, from any session, give on average; ``held`` is the order in
    which the sessions were held. Empty with fewer than two sessions, or one expert in each.
    """
    sessions = _by_session(values, home)
    if not 1 < len(sessions) < len(values) or not values.any():
        return pd.DataFrame()
    exact = accumulation(sessions)
    apart = _apart(values, home)
    sizes = np.array([home.count(name) for name in dict.fromkeys(home)])
    low, high = _ends(sessions)
    return pd.DataFrame(
        {
            "sessions": exact.size,
            "experts": exact.size * sizes.mean(),
            "mean": exact.mean,
            "sd": exact.sd,
            "low": low,
            "high": high,
            "apart": apart,
            "held": new_codes(sessions).cumsum(),
        }
    )


def _last_session(values: BoolArray, home: tuple[str, ...], orders: int, seed: int) -> float:
    sessions = _by_session(values, home)
    if not 1 < len(sessions) < len(values) or not values.any():
        return float("nan")
    return no_new_code_in_last(sessions, 1, orders, seed).estimate


def _apart(values: BoolArray, home: tuple[str, ...]) -> FloatArray:
    """Mean codes of random experts, as many as 1, 2, ... random sessions have."""
    curve = np.concatenate([[0.0], accumulation(values).mean])
    sizes = [home.count(name) for name in dict.fromkeys(home)]
    # in how many ways 0, 1, 2, ... sessions hold so many experts
    ways = [[0.0] * (len(values) + 1) for _ in range(len(sizes) + 1)]
    ways[0][0] = 1.0
    for size in sizes:
        for count in range(len(sizes) - 1, -1, -1):
            for total in range(len(values) - size, -1, -1):
                ways[count + 1][total + size] += ways[count][total]
    table = np.array(ways[1:])
    mean: FloatArray = (table @ curve) / table.sum(axis=1)
    return mean


def _ends(sessions: BoolArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The least and the most codes in any 1, 2, ... sessions; NaN with more than 12 sessions."""
    number = len(sessions)
    low, high = np.full(number, np.nan), np.full(number, np.nan)
    if number > 12:
        return low, high
    chosen = (np.arange(1, 2**number)[:, None] >> np.arange(number)) & 1
    codes = (chosen @ sessions.astype(np.int64) > 0).sum(axis=1)
    for size in range(1, number + 1):
        here = codes[chosen.sum(axis=1) == size]
        low[size - 1], high[size - 1] = here.min(), here.max()
    return low, high


def rare(
    panel: Panel, values: BoolArray, experts: tuple[str, ...], codes: tuple[str, ...]
) -> pd.DataFrame:
    """The codes that one or two experts raise, on whom every estimate of the missing rests."""
    names = panel_tools.code_names(panel)
    rows = []
    for column, code in enumerate(codes):
        who = [experts[row] for row in np.flatnonzero(values[:, column])]
        if 1 <= len(who) <= 2:
            rows.append(
                {
                    "code": code,
                    "name": names[code],
                    "experts": len(who),
                    "who": ", ".join(who),
                }
            )
    table = pd.DataFrame(rows)
    return table.sort_values("experts", kind="stable").reset_index(drop=True) if rows else table


def choices(panel: Panel, orders: int, seed: int) -> pd.DataFrame:
    """The same answers under other choices of what a code is and who raised it.

    One row a choice: experts, codes raised, once, coverage, Chao2; the chapter's stopping rule in
    the order heard (``held``) and the share of orders that ``never`` stop; how many ``last``
    interviews add no code as heard, and the ``share`` of orders in which as many add none.
    """
    views = {
        "codes, raised": panel.incidence(),
        "themes, raised": panel.incidence(level=1),
        "codes, raised or opposed": panel.incidence(stance="any"),
        "codes, raised otherwise than by echoes": incidence_without_echoes(panel),
    }
    for coder in panel.meta.coders:
        views[f"codes, raised, as {coder} coded"] = panel.incidence(coder)
    rows = []
    for name, found in views.items():
        values, experts = heard(panel, found)
        if len(values) < 2 or not values.any():
            continue
        added = new_codes(values)
        point = stopping_point(added, BASES[0], RUNS[0], THRESHOLDS[0])
        over = stopping_sensitivity(values, orders, BASES[0], RUNS[0], THRESHOLDS[0], seed)
        last = interviews_without_new_code(added)
        share = no_new_code_in_last(values, last, orders, seed).estimate if last else np.nan
        rows.append(
            {
                "choice": name,
                "experts": len(experts),
                "codes": int(values.any(axis=0).sum()),
                "once": int((values.sum(axis=0) == 1).sum()),
                "coverage": coverage(values, resamples=0).estimate,
                "chao2": chao2(values).estimate,
                "held": point.label,
                "never": over.never,
                "last": last,
                "share": share,
            }
        )
    return pd.DataFrame(rows)
