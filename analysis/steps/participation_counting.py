"""What the order of speaking and the questions reached do to counts of experts, in sentences."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from analysis.steps.panel_talk import largest
from analysis.steps.panel_tools import count_of, listing, plural, quoted, start
from analysis.steps.participation import Participation
from analysis.steps.participation_words import sentence, share
from analysis.steps.results import Result

_STEP = "analysis.steps.participation"


# echoes and counts


def counting_results(found: Participation) -> list[Result]:
    """What is stated of the codes that experts raise by echoes alone."""
    codes, function = found.codes, "analysis.steps.participation_order.echoes"
    only = float(codes["only_echo"].sum()) if len(codes) else math.nan
    raised = len(codes)
    losing = int((codes["only_echo"] > 0).sum()) if raised else 0
    missing = "not defined"
    return [
        share(
            "first",
            "Raisings of a code by an expert that are the first in their session",
            found.first,
            found.pairs,
            missing,
            f"{_STEP}.participation",
            "count of experts and codes",
        ),
        share(
            "only-echo",
            "Raisings of a code by an expert that are echoes alone",
            only,
            found.pairs,
            missing,
            function,
            "count of experts and codes",
        ),
        share(
            "only-echo-codes",
            "Raised codes that lose experts without echoes",
            losing,
            raised,
            missing,
            function,
        ),
        sentence("counting", "What follows for counting", counting(found), function),
        sentence("uncoded", "Statements that were not coded", uncoded(found), function),
    ]


def counting(found: Participation) -> str:
    """What the order of speaking does to counts of experts, in sentences."""
    codes = found.codes
    if not len(codes):
        return "No code was raised, so there is nothing to count."
    if not found.conversed:
        return "No expert could echo another, so every count stays as it is."
    only, losing = int(codes["only_echo"].sum()), int((codes["only_echo"] > 0).sum())
    pairs = plural(found.pairs, "pair")
    return (
        f"There are {pairs} of an expert and a code that the expert raises. In {found.first} of "
        f"them the expert is the first of the session to raise it; in {only} the expert raises it "
        f"by echoes alone. That concerns {count_of(losing, len(codes))} raised codes. "
        f"{losing_most(codes)} {leading(codes)}"
    )


def losing_most(codes: pd.DataFrame) -> str:
    """Which codes are raised by most experts as echoes only."""
    if not codes["only_echo"].any():
        return "No expert raises a code by echoes alone, so every count stays as it is."
    names, top = largest(codes["name"], codes["only_echo"])
    if len(names) == 1:
        row = codes[codes["only_echo"] == top].iloc[0]
        return (
            f"{quoted(names)} loses most: {plural(int(row['experts']), 'expert')} with echoes, "
            f"{int(row['without'])} without."
        )
    return f"{quoted(names)} lose most, {plural(int(top), 'expert')} each."


def leading(codes: pd.DataFrame) -> str:
    """Whether the most raised codes stay the same without echoes."""
    names, top = largest(codes["name"], codes["experts"])
    rest, left = largest(codes["name"], codes["without"])
    first = f"With echoes {_raised(names, int(top))}"
    if left == 0:
        return f"{first}; without echoes no code is left."
    if names == rest:
        return f"{first}; without echoes too, by {plural(int(left), 'expert')}."
    return f"{first}; without echoes {_raised(rest, int(left))}."


def _raised(names: list[str], experts: int) -> str:
    verb = "is" if len(names) == 1 else "are"
    each = "" if len(names) == 1 else " each"
    return f"{quoted(names)} {verb} raised by most experts, {experts}{each}"


def uncoded(found: Participation) -> str:
    """How many statements could not count, for nobody coded them."""
    if not found.uncoded:
        return "Every statement of an expert was coded."
    every = int(found.sessions["statements"].sum())
    return f"{found.uncoded} of {every} statements of experts were not coded and raise nothing."


# questions


def question_results(found: Participation) -> list[Result]:
    """What is stated of the questions that sessions reached."""
    function = f"{_STEP}.questions"
    return [
        sentence("unreached", "Questions that a session did not reach", unreached(found), function),
        sentence("chances", "Who could answer them", chances(found), function),
        sentence("answered", "How many answered a question", answered(found), function),
    ]


def unreached(found: Participation) -> str:
    """Which sessions did not reach which questions."""
    table = found.questions
    if not len(table):
        return "No statement names the question it answers, so this cannot be said."
    gaps = table[table["reached"] < table["sessions"]]
    if gaps.empty:
        where = "The session" if table["sessions"].iloc[0] == 1 else "Every session"
        return f"{where} reached every question of the guide."
    texts = []
    for row in gaps.itertuples():
        names = str(row.not_reached).split("; ")
        if row.reached == 0:
            texts.append(f"no session reached {row.question}")
        else:
            places = f"session{'s' if len(names) > 1 else ''} {listing(names)}"
            texts.append(f"{places} did not reach {row.question}")
    if len(texts) > 3:
        return (
            f"{len(gaps)} of {len(table)} questions were not reached in every session; the table "
            "says where."
        )
    return f"{start('; '.join(texts))}."


def chances(found: Participation) -> str:
    """What a question that was not reached means for counting."""
    table = found.questions
    if not len(table):
        return "Whether an expert was asked about a code cannot be told."
    gaps = table[(table["reached"] < table["sessions"]) & (table["reached"] > 0)]
    if gaps.empty:
        return "So no expert is counted as silent on a question that was put to others only."
    texts = [
        f"{r.chances} of the {r.experts} experts could answer {r.question}"
        for r in gaps.itertuples()
    ]
    if len(texts) > 2:
        texts = ["not every expert could answer every question"]
    return (
        f"So {listing(texts)}. The others are not silent on it: as far as the statements show, it "
        "was not put to them. Codes that belong to such a question are undercounted if all experts "
        "are the base."
    )


def answered(found: Participation) -> str:
    """The questions that fewest of those who were there spoke to."""
    table = found.questions
    if len(table):
        table = table[table["chances"] > 0]
    if not len(table):
        return "No question can be compared with another."
    parts = table["answered"] / table["chances"]
    if (parts == 1).all():
        return "Every expert of a session that reached a question spoke to it."
    low = table[np.isclose(parts, parts.min())]
    texts = [f"{r.question} ({r.answered} of {r.chances})" for r in low.itertuples()]
    return f"Fewest experts, of those in sessions that reached it, spoke to {listing(texts)}."
