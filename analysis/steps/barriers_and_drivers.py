"""Task 2, problems: what hinders and what facilitates, weighed expert by expert.

A barrier is a code of the task whose direction is ``hinders``, a driver one that ``facilitates``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.panel.panel import Panel
from analysis.statistics import cooccurrence
from analysis.statistics.results import Estimate
from analysis.steps import themes
from analysis.steps.panel_tools import (
    code_names,
    count_of,
    count_result,
    experts_table,
    level,
    listing,
    mean_interval,
    plural,
    start,
    text_result,
    two,
)
from analysis.steps.results import Result
from analysis.steps.task_chapter import (
    TaskFound,
    analyse_task,
    code_results,
    item_results,
    quotation_result,
    who_results,
)

TASK = "problems"
PREFIX = "barriers"
HINDERS, FACILITATES = "hinders", "facilitates"
_HERE = "analysis.steps.barriers_and_drivers"

BALANCE_COLUMNS = [
    "expert",
    "kind_name",
    "session",
    "barriers",
    "drivers",
    "balance",
    "opposed_barriers",
    "opposed_drivers",
    "net",
]
PAIR_COLUMNS = [
    "barrier",
    "driver",
    "barrier_label",
    "driver_label",
    "k",
    "n",
    "barrier_k",
    "driver_k",
    "expected",
    "estimate",
    "standing",
]


@dataclass(frozen=True)
class Found:
    """All tables of the chapter.

    ``barriers`` and ``drivers`` are tables of codes as :func:`themes.theme_table` makes them, each
    ranked by itself. ``balance`` has one row an expert (:data:`BALANCE_COLUMNS`), no row where the
    codebook lacks one of the sides; ``mean`` and ``mean_sessions`` are its mean, resampled by
    experts and by sessions; ``net`` the mean with opposition counted in. ``pairs`` has one row for
    each barrier with each driver (:data:`PAIR_COLUMNS`), ``opposers`` one row an expert who spoke
    against something.
    """

    task: TaskFound
    barriers: pd.DataFrame
    drivers: pd.DataFrame
    neutral: int
    balance: pd.DataFrame
    mean: Estimate
    mean_sessions: Estimate
    net: Estimate
    pairs: pd.DataFrame
    opposers: pd.DataFrame
    missing: str

    def weighed(self) -> pd.DataFrame:
        """:meth:`forces`, or no row where the codebook lacks one of the sides."""
        return self.forces().iloc[: 0 if self.missing else None]

    def nobody(self) -> str:
        """The sentence that stands where nobody spoke against anything."""
        return opposer_sentence(self)

    def forces(self) -> pd.DataFrame:
        """Barriers and drivers in one table, barriers first."""
        return pd.concat([self.barriers, self.drivers], ignore_index=True)


def analyse(panel: Panel) -> Found:
    """All tables of the chapter."""
    task = analyse_task(panel, TASK)
    barriers = themes.theme_table(panel, TASK, directions=[HINDERS])
    drivers = themes.theme_table(panel, TASK, directions=[FACILITATES])
    by_expert = balance(panel, barriers, drivers)
    values = by_expert["balance"].to_numpy(dtype=np.float64)
    return Found(
        task=task,
        barriers=barriers,
        drivers=drivers,
        neutral=len(task.codes) - len(barriers) - len(drivers),
        balance=by_expert,
        mean=mean_interval(values),
        mean_sessions=mean_interval(values, by_expert["session"].to_numpy()),
        net=mean_interval(by_expert["net"].to_numpy(dtype=np.float64)),
        pairs=pairs(panel, barriers, drivers),
        opposers=opposers(panel, task.codes),
        missing=missing(barriers, drivers),
    )


def missing(barriers: pd.DataFrame, drivers: pd.DataFrame) -> str:
    """The sentence that says which side the codebook lacks; empty if it has both."""
    if barriers.empty and drivers.empty:
        return (
            f"The codebook of this panel has no code for the task “{TASK}” that hinders or "
            "facilitates, so no forces are drawn."
        )
    if barriers.empty or drivers.empty:
        lacks, has = ("hinders", "drivers") if barriers.empty else ("facilitates", "barriers")
        return (
            f"The codebook of this panel has no code for the task “{TASK}” that {lacks}; there are "
            f"only {has}, and nothing to weigh them against."
        )
    return ""


def balance(panel: Panel, barriers: pd.DataFrame, drivers: pd.DataFrame) -> pd.DataFrame:
    """Barriers raised less drivers raised, for each expert with coded statements.

    ``net`` takes from each count what the expert spoke against: a denied barrier counts against
    the barriers. Columns :data:`BALANCE_COLUMNS`; no row if one of the two tables is empty.
    """
    if barriers.empty or drivers.empty:
        return pd.DataFrame(columns=BALANCE_COLUMNS)
    experts = experts_table(panel).query("coded").reset_index(drop=True)
    out = experts[["expert", "kind_name", "session"]].copy()
    for name, table in (("barriers", barriers), ("drivers", drivers)):
        out[name] = _how_many(out["expert"], table["raised_by"])
        out[f"opposed_{name}"] = _how_many(out["expert"], table["opposed_by"])
    out["balance"] = out["barriers"] - out["drivers"]
    out["net"] = out["balance"] - out["opposed_barriers"] + out["opposed_drivers"]
    return out[BALANCE_COLUMNS]


def _how_many(experts: pd.Series, groups: pd.Series) -> list[int]:
    return [sum(expert in group for group in groups) for expert in experts]


def pairs(panel: Panel, barriers: pd.DataFrame, drivers: pd.DataFrame) -> pd.DataFrame:
    """How many experts raised each barrier together with each driver.

    ``k`` of ``n`` raised both, ``expected`` would if the two had nothing to do with each other;
    ``estimate`` is Jaccard's index: of those who raised either, the share that raised both, NaN
    where a code was raised by nobody. Most frequent pairs first.
    """
    found = panel.incidence(task=TASK)
    held = found.values[found.coded]
    similarity = cooccurrence.jaccard(held) if len(held) else np.empty((0, 0))
    names, n = code_names(panel), len(held)
    rows = []
    for barrier in barriers.to_dict("records"):
        for driver in drivers.to_dict("records"):
            a, b = found.codes.index(barrier["code"]), found.codes.index(driver["code"])
            rows.append(
                {
                    "barrier": barrier["code"],
                    "driver": driver["code"],
                    "barrier_label": names[barrier["code"]],
                    "driver_label": names[driver["code"]],
                    "k": int((held[:, a] & held[:, b]).sum()),
                    "n": n,
                    "barrier_k": barrier["k"],
                    "driver_k": driver["k"],
                    "expected": barrier["k"] * driver["k"] / n,
                    "estimate": float(similarity[a, b]),
                    "standing": "description",
                }
            )
    table = pd.DataFrame(rows, columns=PAIR_COLUMNS)
    return table.sort_values("k", ascending=False, kind="stable").reset_index(drop=True)


def opposers(panel: Panel, codes: pd.DataFrame) -> pd.DataFrame:
    """Who spoke against what: expert, kind_name, session, count and labels; most codes first."""
    columns = ["expert", "kind_name", "session", "count", "labels", "raised"]
    rows = []
    for expert in experts_table(panel).to_dict("records"):
        against = [expert["expert"] in group for group in codes["opposed_by"]]
        if any(against):
            labels = codes.loc[against, "label"].tolist()
            raised = sum(expert["expert"] in group for group in codes["raised_by"])
            who = expert["expert"], expert["kind_name"], expert["session"]
            rows.append((*who, len(labels), tuple(labels), raised))
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values("count", ascending=False, kind="stable").reset_index(drop=True)


# sentences


def more_or_less(found: Found) -> str:
    """How many experts raised more barriers than drivers, fewer, or as many."""
    values = found.balance["balance"]
    n = len(values)
    if n == 0:
        return found.missing
    more, fewer = int((values > 0).sum()), int((values < 0).sum())
    if more == n:
        return f"{start(count_of(n, n))} raised more barriers than drivers."
    if fewer == n:
        return f"{start(count_of(n, n))} raised more drivers than barriers."
    if more == fewer == 0:
        return f"{start(count_of(n, n))} raised as many barriers as drivers."
    return start(
        f"{count_of(more, n)} raised more barriers than drivers, {count_of(fewer, n)} more "
        f"drivers than barriers, and {count_of(n - more - fewer, n)} as many of each."
    )


def mean_sentence(found: Found) -> str:
    """The mean balance with its interval by experts."""
    mean = found.mean
    if found.balance.empty:
        return "Without both sides there is no balance to average."
    which = "more" if mean.estimate >= 0 else "fewer"
    text = f"On average, an expert raised {two(abs(mean.estimate))} barriers {which} than drivers"
    if two(mean.estimate) == two(0):
        text = "On average, an expert raised as many barriers as drivers"
    if mean.reason:
        return f"{text}. There is no interval: {mean.reason}."
    return f"{text} (balance {two(mean.estimate)}, {level()} {two(mean.low)} to {two(mean.high)})."


def sessions_sentence(found: Found) -> str:
    """The interval of the mean balance when whole sessions are drawn."""
    mean = found.mean_sessions
    if found.balance.empty:
        return "Nor is there anything to resample."
    if mean.reason:
        return f"Resampling whole sessions gives no interval: {mean.reason}."
    sessions = found.balance["session"].nunique()
    if sessions == len(found.balance):
        return "Each expert had a session alone, so resampling sessions is resampling experts."
    return (
        f"Resampling whole sessions gives {two(mean.low)} to {two(mean.high)}; with {sessions} "
        "sessions that is rough."
    )


def on_offer(found: Found) -> str:
    """How many barriers and drivers the codebook offers, and what part of each was raised."""
    if found.balance.empty:
        return (
            f"The codebook holds {plural(len(found.barriers), 'barrier')} and "
            f"{plural(len(found.drivers), 'driver')}."
        )
    parts = []
    for name, table in (("barrier", found.barriers), ("driver", found.drivers)):
        mean = float(found.balance[f"{name}s"].mean())
        parts.append((plural(len(table), name), two(mean), two(mean / len(table))))
    (barriers, a, a_part), (drivers, b, b_part) = parts
    return (
        f"The codebook holds {barriers} and {drivers}. An expert raised {a} of the barriers on "
        f"average, a share of {a_part}, and {b} of the drivers, a share of {b_part}."
    )


def net_sentence(found: Found) -> str:
    """The mean balance when opposition is counted in."""
    if found.balance.empty:
        return "Without both sides it changes nothing."
    same = two(found.net.estimate) == two(found.mean.estimate)
    return (
        f"With opposition counted in, the mean balance {'stays' if same else 'is'} "
        f"{two(found.net.estimate)}."
    )


def pair_sentence(found: Found) -> str:
    """Which barrier and driver were raised together by more experts than any other pair."""
    table = found.pairs
    if table.empty:
        return "There is no pair of a barrier with a driver."
    top, n = int(table["k"].max()), int(table["n"].iloc[0])
    if top == 0:
        return "No expert raised a barrier together with a driver."
    rows = table[table["k"] == top].to_dict("records")
    if len(rows) == len(table) and len(rows) > 1:
        return f"Each barrier was raised together with each driver by {count_of(top, n)}."
    names = [f"“{r['barrier_label']}” with “{r['driver_label']}”" for r in rows]
    more = ""
    if len(rows) == 1:
        more = (
            f" (Jaccard {two(rows[0]['estimate'])}; {two(rows[0]['expected'])} would be expected "
            "if the two had nothing to do with each other)"
        )
    return f"Raised together most, by {count_of(top, n)}: {listing(names)}{more}."


def never_together(found: Found) -> str:
    """How many pairs nobody raised."""
    table = found.pairs
    if table.empty:
        return "Without pairs nothing is raised together or apart."
    none, pairs_ = int((table["k"] == 0).sum()), len(table)
    if none == 0:
        return "Each barrier was raised together with each driver by somebody."
    if none == pairs_:
        return "No barrier was raised together with any driver."
    return f"In {none} of the {pairs_} pairs of a barrier with a driver, nobody raised both."


def opposer_sentence(found: Found) -> str:
    """How many experts spoke against something, and who against most."""
    table, n = found.opposers, found.task.any_raised[1]
    if found.task.codes.empty:
        return found.task.missing
    if table.empty:
        return "Nobody spoke against anything."
    top = int(table["count"].max())
    who = table.loc[table["count"] == top]
    names = [f"{e} ({k})" for e, k in zip(who["expert"], who["kind_name"], strict=True)]
    text = start(f"{count_of(len(table), n)} spoke against at least one code")
    if len(who) == len(table):
        return f"{text}, each against {top}: {listing(names)}."
    return f"{text}; against most, {top} codes: {listing(names)}."


def results(found: Found) -> list[Result]:
    """What the prose states; the same ids for any panel."""
    mean, by_sessions = found.mean, found.mean_sessions

    def text(
        name: str, label: str, value: str, function: str, method: str, standing: str, e: Estimate
    ) -> Result:
        low, high = (None, None) if e.reason else (e.low, e.high)
        return text_result(
            f"{PREFIX}-{name}",
            label,
            value,
            f"{_HERE}.{function}",
            method,
            standing,
            n=e.n,
            low=low,
            high=high,
        )

    plain = Estimate(mean.estimate, n=len(found.balance), reason="a count has no interval")
    drawn, stated = "percentile bootstrap over experts", "model-based"
    described = "count", "description", plain
    return [
        *who_results(PREFIX, found.task),
        count_result(
            f"{PREFIX}-neutral",
            "codes of the task that neither hinder nor facilitate",
            found.neutral,
            f"{_HERE}.analyse",
        ),
        *code_results(f"{PREFIX}-hinders", found.barriers, "barrier"),
        *code_results(f"{PREFIX}-helps", found.drivers, "driver"),
        text("more", "who raised more barriers", more_or_less(found), "more_or_less", *described),
        text("mean", "mean balance", mean_sentence(found), "mean_sentence", drawn, stated, mean),
        text(
            "mean-sessions",
            "mean balance, sessions resampled",
            sessions_sentence(found),
            "sessions_sentence",
            "percentile bootstrap over sessions",
            "sensitivity",
            by_sessions,
        ),
        text("offer", "barriers and drivers on offer", on_offer(found), "on_offer", *described),
        text(
            "net",
            "mean balance with opposition counted in",
            net_sentence(found),
            "net_sentence",
            "mean",
            "sensitivity",
            found.net,
        ),
        text("pairs", "most frequent pairs", pair_sentence(found), "pair_sentence", *described),
        text("apart", "pairs nobody raised", never_together(found), "never_together", *described),
        text("opposers", "who opposed", opposer_sentence(found), "opposer_sentence", *described),
        *item_results(PREFIX, found.task.items, found.task.experts),
        quotation_result(PREFIX, found.task),
    ]
