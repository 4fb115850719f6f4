"""Task 3, platforms: where they stand today on a ladder, where they could stand, and the step.

The ladder (its rungs, the codes and items for today and for what could be) and the two sides of
the channels come from the panel's analysis plan. Without them the chapter counts the task's codes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.panel.panel import Panel
from analysis.panel.plan import CHANNELS, Rung
from analysis.panel.views_of_coding import BoolArray, IntArray
from analysis.statistics import consensus, proportions
from analysis.statistics.results import Estimate
from analysis.steps.panel_tools import (
    CONFIDENCE,
    code_names,
    count_of,
    experts_table,
    level,
    listing,
    mean_interval,
    plural,
    quoted,
    start,
    text_result,
    two,
    whole_or_half,
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

TASK = "platforms"
PREFIX = "platforms"
_HERE = "analysis.steps.platforms_and_dialogue"

#: The two sides of a comparison on the ladder.
SIDES = ("today", "could")

CODE_COLUMNS = [
    "rung",
    "label",
    "today_k",
    "could_k",
    "n",
    "today_low",
    "today_high",
    "could_low",
    "could_high",
    "today_opposed",
    "could_opposed",
    "both",
    "today_only",
    "could_only",
    "neither",
    "standing",
]
RATING_COLUMNS = [
    "rung",
    "label",
    "today",
    "today_q1",
    "today_q3",
    "today_n",
    "could",
    "could_q1",
    "could_q3",
    "could_n",
    "n",
    "higher",
    "same",
    "lower",
    "estimate",
    "low",
    "high",
    "scale_low",
    "scale_high",
    "standing",
]
PLACE_COLUMNS = ["expert", "kind_name", "session", "today", "could", "step"]
CHANNEL_COLUMNS = ["side", "label", "k", "n", "low", "high", "opposed", "standing"]
USE_COLUMNS = ["expert", "kind_name", "session", "service", "network"]


@dataclass(frozen=True)
class Found:
    """All tables of the chapter; what the plan or the panel does not give has no rows.

    ``by_code`` has one row a rung for what was said (:data:`CODE_COLUMNS`), ``by_rating`` one row
    a rung that was rated both ways (:data:`RATING_COLUMNS`), the lowest rung first. ``places`` has
    one row an expert: the highest rung raised for today and for what could be, 0 for none.
    ``channels`` counts the codes of the two sides, ``uses`` how many of each an expert raised.
    ``step`` is the mean step of the experts who raised a rung both ways.
    """

    task: TaskFound
    rungs: tuple[str, ...]
    by_code: pd.DataFrame
    by_rating: pd.DataFrame
    places: pd.DataFrame
    step: Estimate
    step_sessions: Estimate
    channels: pd.DataFrame
    uses: pd.DataFrame
    no_ladder: str
    no_ratings: str
    no_channels: str


def analyse(panel: Panel) -> Found:
    """All tables of the chapter."""
    plan = panel.plan
    ladder = plan.ladder if plan else ()
    sides = plan.channels if plan else {}
    spot, rated = places(panel, ladder), by_rating(panel, ladder)
    both = spot[(spot["today"] > 0) & (spot["could"] > 0)]
    steps = both["step"].to_numpy(dtype=np.float64)
    return Found(
        task=analyse_task(panel, TASK),
        rungs=tuple(rung.name for rung in ladder),
        by_code=by_code(panel, ladder),
        by_rating=rated,
        places=spot,
        step=mean_interval(steps),
        step_sessions=mean_interval(steps, both["session"].to_numpy()),
        channels=channels(panel, sides),
        uses=uses(panel, sides),
        no_ladder=_lacks("ladder", bool(plan), bool(ladder)),
        no_ratings=_unrated(panel, ladder, rated),
        no_channels=_lacks("channels", bool(plan), bool(sides)),
    )


def _lacks(entry: str, plan: bool, there: bool) -> str:
    """The sentence that says that the plan does not name an entry; empty if it does."""
    if there:
        return ""
    if plan:
        return f"The analysis plan of this panel names no {entry}."
    return f"This panel has no analysis plan (plan.yml), and so no {entry}."


def _unrated(panel: Panel, ladder: Sequence[Rung], rated: pd.DataFrame) -> str:
    """The sentence that says why no rung was rated; empty if one was."""
    if len(rated):
        return ""
    if not ladder:
        return "Without a ladder no rung is rated."
    if not panel.has("ratings"):
        return "This panel has no ratings, so the rungs are placed by codes alone."
    return (
        "The analysis plan names no rung with two items on one scale, so the rungs are placed by "
        "codes alone."
    )


def _raised(panel: Panel, codes: Sequence[str], stance: str = "raises") -> BoolArray:
    """Coded experts x the given codes, which may be themes."""
    fine, coarse = (panel.incidence(stance=stance, level=level) for level in (2, 1))
    columns = [
        (fine if code in fine.codes else coarse).values[
            :, (fine if code in fine.codes else coarse).codes.index(code)
        ]
        for code in codes
    ]
    shape = (len(fine.experts), 0)
    held = np.column_stack(columns) if columns else np.zeros(shape, dtype=np.bool_)
    chosen: BoolArray = held[fine.coded]
    return chosen


def by_code(panel: Panel, ladder: Sequence[Rung]) -> pd.DataFrame:
    """How many experts raised each rung, for today and for what could be (:data:`CODE_COLUMNS`)."""
    today, could = [r.today_code for r in ladder], [r.could_code for r in ladder]
    held = _raised(panel, today), _raised(panel, could)
    against = _raised(panel, today, "opposes"), _raised(panel, could, "opposes")
    rows = []
    for i, rung in enumerate(ladder):
        a, b = held[0][:, i], held[1][:, i]
        row: dict[str, object] = {"rung": i + 1, "label": rung.name, "n": len(a)}
        for side, yes, no in zip(SIDES, (a, b), against, strict=True):
            share = proportions.interval(int(yes.sum()), len(a), confidence=CONFIDENCE)
            row[f"{side}_k"], row[f"{side}_opposed"] = int(yes.sum()), int(no[:, i].sum())
            row[f"{side}_low"], row[f"{side}_high"] = share.low, share.high
        row["both"], row["neither"] = int((a & b).sum()), int((~a & ~b).sum())
        row["today_only"], row["could_only"] = int((a & ~b).sum()), int((b & ~a).sum())
        row["standing"] = "model-based"
        rows.append(row)
    return pd.DataFrame(rows, columns=CODE_COLUMNS)


def by_rating(panel: Panel, ladder: Sequence[Rung]) -> pd.DataFrame:
    """How experts rated each rung, today and as it could be, and the step expert by expert.

    One row for each rung with two items on the same scale. ``higher``, ``same`` and ``lower`` are
    how many of the ``n`` experts who rated both put what could be above, level with or below today;
    ``estimate`` is the mean difference, with an interval from resampling experts.
    """
    if not panel.has("ratings"):
        return pd.DataFrame(columns=RATING_COLUMNS)
    ratings, rows = panel.ratings(), []
    for number, rung in enumerate(ladder, start=1):
        if not (rung.today_item and rung.could_item):
            continue
        a, b = (ratings.items.index(item) for item in (rung.today_item, rung.could_item))
        if (ratings.low[a], ratings.high[a]) != (ratings.low[b], ratings.high[b]):
            continue
        row: dict[str, object] = {"rung": number, "label": rung.name, "standing": "model-based"}
        row["scale_low"], row["scale_high"] = float(ratings.low[a]), float(ratings.high[a])
        for side, place in zip(SIDES, (a, b), strict=True):
            middle = consensus.median_iqr(ratings.values[:, place])
            row[side], row[f"{side}_n"] = middle.median, int(middle.n)
            row[f"{side}_q1"], row[f"{side}_q3"] = middle.q1, middle.q3
        apart = ratings.values[:, b] - ratings.values[:, a]
        apart = apart[~np.isnan(apart)]
        mean = mean_interval(apart)
        row |= {"n": len(apart), "estimate": mean.estimate, "low": mean.low, "high": mean.high}
        row["higher"], row["lower"] = int((apart > 0).sum()), int((apart < 0).sum())
        row["same"] = int((apart == 0).sum())
        rows.append(row)
    return pd.DataFrame(rows, columns=RATING_COLUMNS)


def _coded(panel: Panel) -> tuple[pd.DataFrame, IntArray]:
    """The coded experts by kind, and the row that each has in :func:`_raised`."""
    coded = experts_table(panel).query("coded").reset_index(drop=True)
    row = coded["row"].to_numpy()
    return coded[["expert", "kind_name", "session"]], np.searchsorted(np.sort(row), row)


def places(panel: Panel, ladder: Sequence[Rung]) -> pd.DataFrame:
    """The highest rung that each expert raised, for today and for what could be; 0 for none.

    ``step`` is from the one to the other, NaN where one of them is none.
    """
    if not ladder:
        return pd.DataFrame(columns=PLACE_COLUMNS)
    out, row = _coded(panel)
    out["today"] = _highest(_raised(panel, [r.today_code for r in ladder]))[row]
    out["could"] = _highest(_raised(panel, [r.could_code for r in ladder]))[row]
    told = (out["today"] > 0) & (out["could"] > 0)
    out["step"] = (out["could"] - out["today"]).where(told)
    return out[PLACE_COLUMNS]


def _highest(held: BoolArray) -> IntArray:
    rung: IntArray = (held * np.arange(1, held.shape[1] + 1)).max(axis=1, initial=0)
    return rung


def channels(panel: Panel, sides: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """How many experts raised each code of the two sides (:data:`CHANNEL_COLUMNS`)."""
    names, rows = code_names(panel), []
    for side, codes in sides.items():
        held, against = _raised(panel, codes), _raised(panel, codes, "opposes")
        for i, code in enumerate(codes):
            k, n = int(held[:, i].sum()), len(held)
            share = proportions.interval(k, n, confidence=CONFIDENCE)
            rows.append(
                {
                    "side": side,
                    "label": names[code],
                    "k": k,
                    "n": n,
                    "low": share.low,
                    "high": share.high,
                    "opposed": int(against[:, i].sum()),
                    "standing": "model-based",
                }
            )
    return pd.DataFrame(rows, columns=CHANNEL_COLUMNS)


def uses(panel: Panel, sides: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """How many codes of the service side and of the network side each expert raised."""
    if not sides:
        return pd.DataFrame(columns=USE_COLUMNS)
    out, row = _coded(panel)
    for side in CHANNELS:
        out[side] = _raised(panel, sides.get(side, ())).sum(axis=1)[row]
    return out[USE_COLUMNS]


# sentences


def ladder_sentence(found: Found) -> str:
    """The rungs of the ladder."""
    if not found.rungs:
        return found.no_ladder
    return (
        f"The analysis plan names {len(found.rungs)} rungs, from the lowest up: "
        f"{quoted(found.rungs, most=12)}."
    )


def _most(labels: Sequence[str], values: Sequence[float], n: int) -> str:
    top = max(values)
    if top == 0:
        return "no rung was raised"
    names = [label for label, v in zip(labels, values, strict=True) if v == top]
    if len(names) == 1:
        return f"the most raised rung is {quoted(names)}, by {count_of(int(top), n)}"
    return f"the most raised rungs are {quoted(names)}, each by {count_of(int(top), n)}"


def most_sentence(found: Found) -> str:
    """Which rung was raised by more experts than any other, for today and for what could be."""
    table = found.by_code
    if table.empty:
        return "Without a ladder no rung is counted."
    n, labels = int(table["n"].iloc[0]), table["label"].tolist()
    today, could = (_most(labels, table[f"{side}_k"].tolist(), n) for side in SIDES)
    return f"For today, {today}. For what could be, {could}."


def shift_sentence(found: Found) -> str:
    """Which rungs more experts raised for what could be than for today, and the reverse."""
    table = found.by_code
    if table.empty:
        return "Without a ladder nothing can be compared rung by rung."
    parts = []
    for sign, words in ((1, "more for what could be"), (-1, "more for today"), (0, "as many")):
        rows = table[np.sign(table["could_k"] - table["today_k"]) == sign].to_dict("records")
        if rows:
            names = [f"“{r['label']}” ({r['could_k']} and {r['today_k']})" for r in rows]
            parts.append(f"{words}: {listing(names, 12)}")
    return start(
        "; ".join(parts) + ". In brackets, experts who raised the rung for what could be and for "
        "today."
    )


def denial_sentence(found: Found) -> str:
    """Which rungs somebody said are not, or cannot or should not be, reached."""
    table = found.by_code
    if table.empty:
        return "Without a ladder there is no rung to deny."
    parts = []
    for side, when in zip(SIDES, ("for today", "for what could or should be"), strict=True):
        rows = table[table[f"{side}_opposed"] > 0].to_dict("records")
        names = [f"“{r['label']}” (by {count_of(r[f'{side}_opposed'], r['n'])})" for r in rows]
        parts.append(f"Denied {when}: {listing(names, 12) if names else 'no rung'}.")
    return " ".join(parts)


def step_sentence(found: Found) -> str:
    """How many experts place what could be above today, level or below, by the highest rung."""
    table = found.places
    if table.empty:
        return "Without a ladder there is no step."
    steps, n = table["step"].dropna(), len(table)
    if steps.empty:
        return f"{start(count_of(0, n))} raised a rung both for today and for what could be."
    m = len(steps)
    up, down = int((steps > 0).sum()), int((steps < 0).sum())
    return (
        f"{start(count_of(m, n))} raised a rung both for today and for what could be. The highest "
        f"rung that could be reached lies above today's for {count_of(up, m)}, below it for "
        f"{count_of(down, m)}, and is the same for {count_of(m - up - down, m)}."
    )


def mean_step_sentence(found: Found) -> str:
    """The mean step, with its intervals by experts and by sessions."""
    step, other = found.step, found.step_sessions
    if found.places.empty:
        return "Without a ladder there is no mean step."
    if math.isnan(step.estimate):
        return "No expert raised a rung both ways, so no step is counted."
    text = f"The mean step is {two(step.estimate)} rungs"
    if step.reason:
        return f"{text}. There is no interval: {step.reason}."
    text = f"{text}, {level()} {two(step.low)} to {two(step.high)} from resampling experts"
    if other.reason:
        return f"{text}. Resampling sessions gives no interval: {other.reason}."
    return f"{text}, {two(other.low)} to {two(other.high)} from resampling sessions."


def rated_sentence(found: Found) -> str:
    """For which rung the ratings of today and of what could be lie furthest apart."""
    table = found.by_rating
    if table.empty:
        return "No rung was rated both ways on one scale, so no step is rated."
    values = table.dropna(subset="estimate").sort_values("estimate", kind="stable")
    if values.empty:
        return "No expert rated a rung both ways."
    rows = values.to_dict("records")
    widest, least = rows[-1], rows[0]
    if two(widest["estimate"]) == two(least["estimate"]):
        every = "each rung" if len(rows) > 1 else "the one rung that was rated both ways"
        return f"By ratings, the step is the same on {every}: for {_rated(widest)}."
    return f"By ratings, the step is largest for {_rated(widest)}; smallest for {_rated(least)}."


def _rated(row: Mapping[Any, Any]) -> str:
    return (
        f"“{row['label']}”, on average {two(row['estimate'])} points of the scale "
        f"({count_of(int(row['higher']), int(row['n']))} rated what could be higher)"
    )


def medians_sentence(found: Found) -> str:
    """The medians of today and of what could be, rung by rung."""
    table = found.by_rating.dropna(subset=list(SIDES))
    if table.empty:
        return "No rung was rated both ways on one scale, so no medians are compared."
    names = [
        f"“{r['label']}” {whole_or_half(r['today'])} and {whole_or_half(r['could'])}"
        for r in table.to_dict("records")
    ]
    return f"Median ratings for today and for what could be: {listing(names, 12)}."


def channel_sentence(found: Found) -> str:
    """How many experts raised codes of both sides, of one only, or of neither."""
    table, n = found.uses, len(found.uses)
    if table.empty:
        return "Without channels no side is counted."
    service, network = table["service"] > 0, table["network"] > 0
    both, neither = int((service & network).sum()), int((~service & ~network).sum())
    only = int((service & ~network).sum()), int((network & ~service).sum())
    return start(
        f"{count_of(both, n)} raised codes of both sides, {count_of(only[0], n)} of the service "
        f"side only, {count_of(only[1], n)} of the network side only, and {count_of(neither, n)} "
        "of neither."
    )


def channel_offer(found: Found) -> str:
    """How many codes each side has in the plan, and how many experts raised any of them."""
    if found.uses.empty:
        return found.no_channels
    parts = [
        f"{plural(int((found.channels['side'] == side).sum()), 'code')} on the {side} side, raised "
        f"by {count_of(int((found.uses[side] > 0).sum()), len(found.uses))}"
        for side in CHANNELS
    ]
    return f"The analysis plan names {parts[0]}, and {parts[1]}."


def channel_opposed(found: Found) -> str:
    """Which codes of the two sides were opposed."""
    if found.channels.empty:
        return "Without channels there is no side to speak against."
    rows = found.channels[found.channels["opposed"] > 0].to_dict("records")
    if not rows:
        return "Nobody spoke against a code of either side."
    names = [f"“{r['label']}” (by {count_of(r['opposed'], r['n'])})" for r in rows]
    return f"Somebody spoke against {listing(names, 12)}."


def results(found: Found) -> list[Result]:
    """What the prose states; the same ids for any panel."""
    sentences = (
        ("ladder", "rungs of the ladder", ladder_sentence),
        ("rungs", "most raised rungs", most_sentence),
        ("shift", "rungs raised more often for today or for what could be", shift_sentence),
        ("denials", "rungs that somebody denied", denial_sentence),
        ("step", "highest rung for what could be against today", step_sentence),
        ("rung-medians", "median ratings of the rungs", medians_sentence),
        ("rung-steps", "rated step of the rungs", rated_sentence),
        ("channels", "service side and network side", channel_sentence),
        ("channel-offer", "codes of the two sides", channel_offer),
        ("channel-opposed", "codes of the two sides that were opposed", channel_opposed),
    )
    step = found.step
    low, high = (None, None) if step.reason else (step.low, step.high)
    return [
        *who_results(PREFIX, found.task),
        *code_results(PREFIX, found.task.codes),
        *(
            text_result(f"{PREFIX}-{name}", label, say(found), f"{_HERE}.{say.__name__}")
            for name, label, say in sentences
        ),
        text_result(
            f"{PREFIX}-mean-step",
            "mean step between the highest rungs",
            mean_step_sentence(found),
            f"{_HERE}.mean_step_sentence",
            "percentile bootstrap over experts",
            "model-based",
            n=step.n,
            low=low,
            high=high,
        ),
        *item_results(PREFIX, found.task.items, found.task.experts),
        quotation_result(PREFIX, found.task),
    ]
