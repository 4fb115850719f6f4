"""A few named outcomes over all specifications: the curves of the multiverse.

A specification is one way to count: whose coding, with or without echoes, experts or statements as
the unit, codes or themes. Statements of one expert are alike, so the statement is a unit for a look
only, and gets no interval anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.panel.panel import Panel
from analysis.panel.views_of_coding import BoolArray, FloatArray, IntArray
from analysis.steps.barriers_and_drivers import FACILITATES, HINDERS
from analysis.steps.barriers_and_drivers import TASK as PROBLEMS
from analysis.steps.panel_tools import plural, quoted
from analysis.steps.robustness.multiverse import UNIT, ranks, without
from analysis.steps.robustness.readings import LEVELS, Reading, Readings

STATEMENT = "statement"
SHARE, RANK = "share", "rank"
#: Half of all that was raised: where as much hinders as facilitates.
EVEN = 0.5
SPEC_COLUMNS = [
    "coder",
    "echoes",
    "unit",
    "level",
    "k",
    "n",
    "value",
    "low",
    "low_by",
    "high",
    "high_by",
    "base",
]


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """One outcome over all specifications.

    ``kind`` is :data:`SHARE` (0 to 1) or :data:`RANK` (1 for the first). ``specs`` has one row a
    specification, sorted by ``value`` (columns :data:`SPEC_COLUMNS`): ``k`` of ``n`` for a share;
    ``low`` to ``high`` is how far the value moves when one expert, session or kind is left out, and
    ``low_by``, ``high_by`` say who; ``base`` marks what the other chapters count. ``left`` has the
    value with each of ``Readings.left`` left out, in the base, and ``left_k`` of ``left_n`` its
    counts. NaN where there is nothing to count.
    """

    id: str
    title: str
    kind: str
    specs: pd.DataFrame
    left: FloatArray
    left_k: FloatArray
    left_n: FloatArray

    @property
    def base(self) -> float:
        """The value that the other chapters have."""
        return float(self.specs.loc[self.specs["base"], "value"].iloc[0])

    @property
    def counts(self) -> tuple[int, int]:
        """``k`` and ``n`` of the base."""
        row = self.specs[self.specs["base"]].iloc[0]
        return int(row["k"]), int(row["n"])


def balance(of: Readings) -> Outcome | None:
    """What hinders as a share of all that was raised on hindering and facilitating.

    Counted are pairs of an expert (or a statement) and a code (or a theme). None where the codebook
    lacks one of the two at the level of codes.
    """
    rows, left = [], [np.empty(0)] * 3
    for level in LEVELS:
        group = of.among(PROBLEMS, level)
        direction = of.columns["direction"].to_numpy(dtype=object)[group]
        hinders, helps = group[direction == HINDERS], group[direction == FACILITATES]
        if not hinders.size or not helps.size:
            if level == LEVELS[0]:
                return None
            continue
        if level != LEVELS[0] and _same_codes(of, group):
            continue
        for unit, reading in _units(of):
            values, weights = _rows(of, reading, unit)
            k = weights @ values[:, hinders].sum(axis=1)
            n = k + weights @ values[:, helps].sum(axis=1)
            spec = _spec(of, reading, unit, level, k, n, _share(k, n))
            rows.append(spec)
            if spec["base"]:
                left = [_share(k, n), k, n]
    return Outcome("balance", "Hindering among all that was raised", SHARE, _sorted(rows), *left)


def _same_codes(of: Readings, group: IntArray) -> bool:
    """Whether the themes are the codes: then the levels are one."""
    themes = of.columns["code"].to_numpy(dtype=object)[group]
    codes = of.columns["code"][of.columns["level"] == LEVELS[0]]
    return bool(np.isin(themes, codes.to_numpy(dtype=object)).all())


def claims(panel: Panel, of: Readings) -> list[Outcome]:
    """The share of experts who raise a code of each claim of the plan, by any of its codes.

    Without such a plan the codes most raised, one a task (the first of the codebook in a tie).
    """
    planned = panel.plan.claims if panel.plan else {}
    named = {id: [of.place(code) for code in plan.codes] for id, plan in planned.items()}
    chosen = [
        (f"claim-{id}", f"{id}: {_names(of, places)}", places)
        for id, places in named.items()
        if places
    ]
    if not chosen:
        for task in of.tasks():
            place = leading(of, task)
            if place is not None:
                code = str(of.columns["code"].iloc[place])
                chosen.append((f"code-{code}", _names(of, [place]), [place]))
    return [_share_of_experts(of, *one) for one in chosen]


def _names(of: Readings, places: Sequence[int]) -> str:
    labels = of.columns["label"].iloc[list(places)].tolist()
    return str(labels[0]) if len(labels) == 1 else f"any of {plural(len(labels), 'code')}"


def _share_of_experts(of: Readings, id: str, title: str, places: Sequence[int]) -> Outcome:
    rows, left = [], [np.empty(0)] * 3
    for reading in of.readings:
        values, weights = _rows(of, reading, UNIT)
        k = weights @ values[:, list(places)].any(axis=1)
        n = weights.sum(axis=1)
        spec = _spec(of, reading, UNIT, LEVELS[0], k, n, _share(k, n))
        rows.append(spec)
        if spec["base"]:
            left = [_share(k, n), k, n]
    return Outcome(id, title, SHARE, _sorted(rows), *left)


def leading(of: Readings, task: str) -> int | None:
    """The column of the code of a task that most experts raise; None where none was raised.

    In a tie the first of the codebook.
    """
    group = of.among(task)
    counts = of.base.raised[:, group].sum(axis=0)
    if not group.size or not counts.any():
        return None
    return int(group[counts.argmax()])


def lead(of: Readings) -> list[Outcome]:
    """The rank of the leading code of each task among the codes of the task.

    Of tasks with two codes or more of which one was raised.
    """
    out = []
    for task in of.tasks():
        group, first = of.among(task), leading(of, task)
        if first is None or group.size < 2:
            continue
        place = int(np.flatnonzero(group == first)[0])
        rows, left = [], [np.empty(0)] * 3
        for unit, reading in _units(of):
            values, weights = _rows(of, reading, unit)
            counts = weights @ values[:, group]
            found = ranks(np.rint(counts))[:, place].astype(np.float64)
            k, n = counts[:, place], weights.sum(axis=1)
            spec = _spec(of, reading, unit, LEVELS[0], k, n, found)
            rows.append(spec)
            if spec["base"]:
                left = [found, k, n]
        label = str(of.columns["label"].iloc[first])
        out.append(Outcome(task, label, RANK, _sorted(rows), *left))
    return out


def _units(of: Readings) -> list[tuple[str, Reading]]:
    return [(unit, reading) for unit in (UNIT, STATEMENT) for reading in of.readings]


def _rows(of: Readings, reading: Reading, unit: str) -> tuple[BoolArray, FloatArray]:
    """What is counted (units x columns), and which of it stays (left out x units)."""
    keep = np.array([left.keep for left in of.left], dtype=np.float64)
    if unit == UNIT:
        return reading.raised, keep
    return reading.said, keep[:, of.owner]


def _share(k: FloatArray, n: FloatArray) -> FloatArray:
    out = np.full(k.shape, np.nan)
    np.divide(k, n, out=out, where=n > 0)
    return out


def _spec(
    of: Readings,
    reading: Reading,
    unit: str,
    level: int,
    k: FloatArray,
    n: FloatArray,
    values: FloatArray,
) -> dict[str, object]:
    """One specification, from the values with nobody and with each left out (left out,)."""
    known = np.flatnonzero(~np.isnan(values))
    low = int(known[values[known].argmin()]) if known.size else 0
    high = int(known[values[known].argmax()]) if known.size else 0
    by = [without(of.left[at]) if of.left[at].kind else "" for at in (low, high)]
    return {
        "coder": reading.coder,
        "echoes": reading.echoes,
        "unit": unit,
        "level": level,
        "k": round(float(k[0])),
        "n": round(float(n[0])),
        "value": float(values[0]),
        "low": float(values[low]),
        "low_by": by[0],
        "high": float(values[high]),
        "high_by": by[1],
        "base": reading is of.base and unit == UNIT and level == LEVELS[0],
    }


def _sorted(rows: Sequence[dict[str, object]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=SPEC_COLUMNS)
    return table.sort_values("value", kind="stable").reset_index(drop=True)


# who moves an outcome most


def influence(of: Readings, outcomes: Sequence[Outcome]) -> pd.DataFrame:
    """The value of each outcome with each expert, session and kind left out, in the base.

    Columns kind, label, n (experts that are left), one column an outcome (by its id), and moved:
    the largest change over the outcomes.
    """
    rows = []
    for place, left in enumerate(of.left):
        if left.kind:
            values = {one.id: float(one.left[place]) for one in outcomes}
            gaps = [abs(values[one.id] - one.left[0]) for one in outcomes]
            moved = float(np.nanmax(gaps)) if not np.isnan(gaps).all() else np.nan
            rows.append(
                {
                    "kind": left.kind,
                    "label": without(left),
                    "n": int(left.keep.sum()),
                    **values,
                    "moved": moved,
                }
            )
    columns = ["kind", "label", "n", *(one.id for one in outcomes), "moved"]
    return pd.DataFrame(rows, columns=columns)


def levels(of: Readings) -> pd.DataFrame:
    """Whether codes and themes tell the same: one row a task with two themes or more.

    Columns task, code (the leading one), theme (that holds it), k and n of this theme, rank among
    the themes, themes (how many), first (the themes that most experts raise, by name), ties (how
    many these are).
    """
    rows = []
    for task in of.tasks():
        group, first = of.among(task, 1), leading(of, task)
        if first is None or group.size < 2:
            continue
        counts = of.base.raised[:, group].sum(axis=0)
        names = of.columns["code"].to_numpy(dtype=object)[group]
        place = int(np.flatnonzero(names == of.columns["theme"].iloc[first])[0])
        labels = of.columns["label"].to_numpy(dtype=object)[group]
        rows.append(
            {
                "task": task,
                "code": of.columns["label"].iloc[first],
                "theme": labels[place],
                "k": int(counts[place]),
                "n": len(of.experts),
                "rank": int(ranks(counts)[place]),
                "themes": len(group),
                "first": quoted([str(x) for x in labels[counts == counts.max()]]),
                "ties": int((counts == counts.max()).sum()),
            }
        )
    columns = ["task", "code", "theme", "k", "n", "rank", "themes", "first", "ties"]
    return pd.DataFrame(rows, columns=columns)


# the readings side by side


def by_reading(of: Readings, places: Sequence[int]) -> pd.DataFrame:
    """How many experts raise each code in each reading, nobody left out.

    Columns code, label, n, one column a reading (its number as text), least and most.
    """
    counts = np.array([r.raised[:, list(places)].sum(axis=0) for r in of.readings], dtype=np.int64)
    out = of.columns.iloc[list(places)][["code", "label"]].reset_index(drop=True)
    out["n"] = len(of.experts)
    for row in range(len(of.readings)):
        out[str(row)] = counts[row]
    out["least"], out["most"] = counts.min(axis=0), counts.max(axis=0)
    return out


def named_places(panel: Panel, of: Readings) -> list[int]:
    """The codes that the chapter follows: of the claims, the contrasts, and leading in a task."""
    codes: list[str] = []
    if panel.plan:
        codes += [code for plan in panel.plan.claims.values() for code in plan.codes]
        codes += [contrast.code for contrast in panel.plan.contrasts]
    places = [of.place(code) for code in codes]
    firsts = [leading(of, task) for task in of.tasks()]
    return list(dict.fromkeys([*places, *(place for place in firsts if place is not None)]))
