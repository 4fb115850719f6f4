"""The tables of the participation chapter: who spoke, how much, and who was asked.

:func:`participation` makes them all from a panel; those on who speaks after whom are in
:mod:`analysis.steps.participation_order`. :func:`analysis.steps.participation_results.results` is
what the prose states.

Amounts of speaking are statements, words and minutes. The **measure** of the chapter is words;
minutes where a text is withheld, and statements where there are no times either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.panel.format import MODERATOR
from analysis.panel.panel import Panel
from analysis.statistics.participation import gini, gini_interval, lorenz
from analysis.statistics.resampling import DEFAULT_SEED
from analysis.steps import panel_talk, panel_tools
from analysis.steps.panel_talk import Talk, by_expert, talk
from analysis.steps.panel_tools import CONFIDENCE
from analysis.steps.participation_order import answers, echoes, who_follows

#: Shuffled orders behind each baseline.
ORDERS = 2000
#: Below and above so many times an equal share an expert says little or much.
LITTLE, MUCH = 0.5, 1.5

ALL, WITHIN = "all experts", "within sessions"


@dataclass(frozen=True, slots=True, eq=False)
class Participation:
    """The tables of the chapter, and for each empty one the sentence that says why.

    ``measure`` is that of the chapter (see the module), ``clock`` the unit of ``timeline``;
    ``individual`` says whether each expert was interviewed alone, ``conversed`` in how many
    sessions two experts or more spoke. ``first`` of ``pairs`` (an expert who raises a code) are
    the first in their session to raise it; ``answers`` counts codes opposed right after another
    expert raised them. ``uncoded`` counts experts' statements that consensus did not work on.
    """

    sessions: pd.DataFrame
    speakers: pd.DataFrame
    timeline: pd.DataFrame
    inequality: pd.DataFrame
    lorenz: pd.DataFrame
    moderator: pd.DataFrame
    follows: pd.DataFrame
    following: pd.DataFrame
    echo: pd.DataFrame
    codes: pd.DataFrame
    questions: pd.DataFrame
    measure: str
    clock: str
    individual: bool
    conversed: int
    first: int
    pairs: int
    answers: int
    uncoded: int
    missing: Mapping[str, str]


def participation(panel: Panel, orders: int = ORDERS, seed: int = DEFAULT_SEED) -> Participation:
    """Every table of the chapter.

    Parameters
    ----------
    orders, seed
        How many shuffled orders stand behind each baseline, and the seed that fixes them.
    """
    spoken = amounts(panel)
    measure = measure_of(panel)
    people = speakers(panel, spoken, measure)
    said = talk(panel)
    conversed = int((people[people["statements"] > 0].groupby("session").size() > 1).sum())
    follows, following = who_follows(spoken, orders, seed)
    overall, codes = echoes(panel, said, orders, seed, conversed)
    opposed = talk(panel, stance="opposes")
    raised = by_expert(panel, said, said.values)
    in_session = [said.values[said.sessions == s].any(axis=0).sum() for s in set(said.sessions)]
    return Participation(
        sessions=sessions(panel, spoken),
        speakers=people,
        timeline=timeline(panel, spoken),
        inequality=inequality(panel, people),
        lorenz=lorenz_curves(people, measure),
        moderator=moderator(spoken, measure),
        follows=follows,
        following=following,
        echo=overall,
        codes=codes,
        questions=questions(panel),
        measure=measure,
        clock=clock_of(panel),
        individual=panel.meta.mode == "individual",
        conversed=conversed,
        first=int(sum(in_session)),
        pairs=int(raised.sum()),
        answers=answers(said, opposed),
        uncoded=int((~said.coded).sum()),
        missing=_missing(panel, conversed, said, len(codes)),
    )


def _missing(panel: Panel, conversed: int, said: Talk, raised: int) -> dict[str, str]:
    silent = "No expert said anything in this panel, so there is nothing to show here."
    if conversed == 0:
        alone = (
            "In no session did more than one expert speak, so no expert spoke after another: "
            "there is nothing to compare with shuffled orders."
        )
    else:
        alone = ""
    return {
        "timeline": silent,
        "speakers": silent,
        "shares": "No two experts spoke in one group: there is no equal share to compare with.",
        "inequality": silent,
        "lorenz": silent,
        "moderator": "The panel holds no statement of a moderator.",
        "follows": alone or silent,
        "echo": alone or ("" if raised else "No code was raised, so none could be echoed."),
        "codes": "No code was raised.",
        "questions": "The panel has no guide with questions.",
    }


def measure_of(panel: Panel) -> str:
    """By what the chapter says how much somebody spoke."""
    if not panel_talk.withheld(panel):
        return "words"
    return "minutes" if panel.has("timings") else "statements"


def clock_of(panel: Panel) -> str:
    """The unit in which the timeline runs."""
    if panel.has("timings"):
        return "minutes"
    return "statements" if panel_talk.withheld(panel) else "words"


def amounts(panel: Panel) -> pd.DataFrame:
    """One row a statement in the order of speaking: session, speaker, words, minutes, start, end.

    ``words`` is NaN throughout where a text is withheld; times are in minutes, NaN where missing.
    """
    turns = panel.turns()
    times = panel.statements.set_index("statement_id").loc[list(turns.statements)]
    words = np.full(len(turns.words), np.nan) if panel_talk.withheld(panel) else turns.words
    return pd.DataFrame(
        {
            "session": turns.sessions,
            "speaker": turns.speakers,
            "statements": 1.0,
            "words": np.asarray(words, dtype=float),
            "minutes": turns.seconds / 60,
            "start": times["start_s"].to_numpy(dtype=float) / 60,
            "end": times["end_s"].to_numpy(dtype=float) / 60,
        }
    )


def _sum(frame: pd.DataFrame, column: str) -> float:
    return float(frame[column].sum(min_count=len(frame))) if len(frame) else 0.0


def sessions(panel: Panel, spoken: pd.DataFrame) -> pd.DataFrame:
    """One row a session: who took part, how long it was, and how much experts said in it."""
    experts = panel.experts["session_id"].astype(object)
    rows = []
    for name, date, minutes in zip(
        panel.sessions["session_id"],
        panel.sessions["date"].astype(object),
        panel.sessions["minutes"],
        strict=True,
    ):
        here = spoken[spoken["session"] == name]
        own = here[here["speaker"] != MODERATOR]
        rows.append(
            {
                "session": name,
                "date": str(date),
                "minutes": minutes,
                "experts": int((experts == name).sum()),
                "spoke": own["speaker"].nunique(),
                "statements": len(own),
                "moderator_statements": len(here) - len(own),
                "words": _sum(own, "words"),
                "spoken_minutes": _sum(own, "minutes"),
            }
        )
    return pd.DataFrame(rows)


def speakers(panel: Panel, spoken: pd.DataFrame, measure: str) -> pd.DataFrame:
    """One row an expert: statements, turns, words, minutes, and how that compares.

    ``amount`` is what the expert said in the chapter's measure, ``of`` what all those said with
    whom the expert is compared: the experts of the session, or of the panel where everybody was
    interviewed alone. ``relative`` is the amount over an equal share of that, NaN where there is
    nobody to compare with; ``level`` is "little", "much" or "".
    """
    kinds = panel_tools.kind_names(panel)
    table = pd.DataFrame(
        {
            "expert": panel.experts["expert_id"].to_numpy(dtype=object),
            "kind": [kinds[str(kind)] for kind in panel.experts["stakeholder"]],
            "session": panel.experts["session_id"].to_numpy(dtype=object),
        }
    )
    joined = panel.turns(join=True)
    turns = pd.Series(joined.speakers).value_counts()
    table["turns"] = table["expert"].map(turns).fillna(0).astype(int)
    by_speaker = spoken.groupby("speaker")
    for name in ("statements", "words", "minutes"):
        known = bool(spoken[name].notna().all())
        total = by_speaker[name].sum()
        table[name] = table["expert"].map(total).fillna(0.0) if known else np.nan
    table["statements"] = table["statements"].astype(int)
    table["amount"] = table[measure].astype(float)
    together = "panel" if panel.meta.mode == "individual" else table["session"]
    group = table.assign(group=together).groupby("group", observed=True)["amount"]
    table["of"] = group.transform("sum")
    equal = group.transform("mean")
    comparable = (group.transform("size") > 1) & (equal > 0)
    table["relative"] = (table["amount"] / equal.where(equal > 0)).where(comparable)
    table["level"] = np.select(
        [table["relative"] < LITTLE, table["relative"] > MUCH], ["little", "much"], ""
    )
    return table


def timeline(panel: Panel, spoken: pd.DataFrame) -> pd.DataFrame:
    """One row a statement: session, speaker, and from where to where it runs on the clock.

    The clock runs in minutes from the session's beginning; where there are no times, it runs over
    the words (or statements) of the session, one statement after another.
    """
    clock = clock_of(panel)
    table = spoken[["session", "speaker"]].copy()
    if clock == "minutes":
        table["start"], table["end"] = spoken["start"], spoken["end"]
    else:
        table["end"] = spoken.groupby("session", sort=False)[clock].cumsum()
        table["start"] = table["end"] - spoken[clock]
    return table[["session", "speaker", "start", "end"]]


def inequality(panel: Panel, people: pd.DataFrame) -> pd.DataFrame:
    """Gini coefficients of speaking by measure: over all experts, within sessions, in each one.

    ``scope`` is "all experts"; "within sessions", where each expert's amount is taken relative to
    the mean of their session, so that long sessions count no more than short ones; or a session's
    id. ``most`` is the largest value that so many experts can have. Limits are those of a
    bootstrap over experts; single sessions have none.
    """
    if not (people["statements"] > 0).any():
        return pd.DataFrame()
    rows = []
    for measure in ("statements", "words", "minutes"):
        values = people[measure].to_numpy(dtype=float)
        if np.isnan(values).any():
            continue
        scopes = [(ALL, values, True)]
        if panel.meta.mode != "individual":
            means = people.groupby("session", observed=True)[measure].transform("mean")
            sizes = people.groupby("session", observed=True)[measure].transform("size")
            inside = ((sizes > 1) & (means > 0)).to_numpy(dtype=bool)
            relative = values[inside] / means.to_numpy(dtype=float)[inside]
            scopes.append((WITHIN, relative, True))
            for session in panel.sessions["session_id"]:
                here = values[(people["session"] == session).to_numpy()]
                if len(here) > 1:
                    scopes.append((str(session), here, False))
        for scope, chosen, limits in scopes:
            found = gini_interval(chosen, CONFIDENCE) if limits and len(chosen) else None
            rows.append(
                {
                    "measure": measure,
                    "scope": scope,
                    "n": len(chosen),
                    "gini": gini(chosen),
                    "low": found.low if found is not None else np.nan,
                    "high": found.high if found is not None else np.nan,
                    "most": 1 - 1 / len(chosen) if len(chosen) else np.nan,
                    "standing": "model-based" if limits else "description",
                }
            )
    return pd.DataFrame(rows)


def lorenz_curves(people: pd.DataFrame, measure: str) -> pd.DataFrame:
    """The Lorenz curve over all experts: what share of the amount the quietest experts hold.

    ``experts`` of ``n`` experts together said ``amount``; ``share_experts`` and ``share_amount``
    are these over all.
    """
    values = people[measure].to_numpy(dtype=float)
    if not values.sum() > 0:
        return pd.DataFrame()
    curve = lorenz(values)
    return pd.DataFrame(
        {
            "experts": np.arange(len(curve)),
            "n": len(values),
            "amount": np.concatenate([[0.0], np.sort(values).cumsum()]),
            "share_experts": curve[:, 0],
            "share_amount": curve[:, 1],
        }
    )


def moderator(spoken: pd.DataFrame, measure: str) -> pd.DataFrame:
    """One row a session: the moderator's part of it, and how far experts spoke to each other.

    ``statements`` of ``all_statements`` and ``amount`` of ``all_amount`` are the moderator's.
    Empty where no session has a statement of a moderator.
    """
    if not (spoken["speaker"] == MODERATOR).any():
        return pd.DataFrame()
    rows = []
    for session, here in spoken.groupby("session", sort=False):
        own = here[here["speaker"] == MODERATOR]
        rows.append(
            {
                "session": session,
                "statements": len(own),
                "all_statements": len(here),
                "amount": _sum(own, measure),
                "all_amount": _sum(here, measure),
            }
        )
    return pd.DataFrame(rows)


def questions(panel: Panel) -> pd.DataFrame:
    """One row a question of the guide, in its order: which sessions reached it, who answered.

    ``reached`` of ``sessions`` have a statement on it, ``not_reached`` names the others;
    ``answered`` of ``chances`` experts (those of the sessions that reached it) made a statement
    on it. Empty where no statement names its question.
    """
    if not panel.statements["question_id"].notna().any():
        return pd.DataFrame()
    found = panel.questions_reached()
    home = panel.experts["session_id"].value_counts()
    size = np.array([int(home.get(name, 0)) for name in found.sessions])
    guide = panel.guide.set_index("question_id").loc[list(found.questions)]
    rows = []
    for column, question in enumerate(found.questions):
        reached = found.reached[:, column]
        rows.append(
            {
                "question": question,
                "position": int(guide["position"].iloc[column]),
                "task": str(guide["task"].iloc[column]),
                "text": str(guide["text"].iloc[column]),
                "reached": int(reached.sum()),
                "sessions": len(reached),
                "not_reached": "; ".join(
                    name for name, there in zip(found.sessions, reached, strict=True) if not there
                ),
                "answered": int(found.experts[:, column].sum()),
                "chances": int(size[reached].sum()),
                "experts": len(panel.experts),
            }
        )
    return pd.DataFrame(rows).sort_values("position", kind="stable").reset_index(drop=True)
