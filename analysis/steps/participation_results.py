"""What the prose of the participation chapter states, for any panel; the ids never change.

:func:`results` is all of it. The sentences here say how many conversations there are, who spoke
how much, how unequal that is, and what the moderator's part was; those on the order of speaking are
in :mod:`analysis.steps.participation_order_results`, what follows for counting experts in
:mod:`analysis.steps.participation_counting`.
"""

from __future__ import annotations

import math

import pandas as pd

from analysis.steps import participation_counting as counting
from analysis.steps import participation_order_results as order
from analysis.steps.panel_talk import span
from analysis.steps.panel_tools import (
    count_result,
    listing,
    number_result,
    plural,
    start,
    text_result,
    two,
)
from analysis.steps.participation import ALL, WITHIN, Participation
from analysis.steps.participation_words import ends, sentence, share
from analysis.steps.results import Result

_STEP = "analysis.steps.participation"
#: What :data:`analysis.steps.participation.LITTLE` and ``MUCH`` are in words.
_LIMITS = {"little": "less than half of", "much": "more than one and a half times"}


def results(found: Participation) -> list[Result]:
    """Every finding of the chapter, whatever the panel: what is undefined says so."""
    return [
        *_sessions(found),
        *_speaking(found),
        *_inequality(found),
        *_moderator(found),
        *order.following_results(found),
        *order.echo_results(found),
        *counting.counting_results(found),
        *counting.question_results(found),
    ]


# how many conversations


def _sessions(found: Participation) -> list[Result]:
    table, function = found.sessions, f"{_STEP}.sessions"
    experts, sessions = len(found.speakers), len(table)
    return [
        count_result("participation-experts", "Experts", experts, function),
        count_result("participation-sessions", "Sessions", sessions, function),
        count_result(
            "participation-statements",
            "Statements of experts",
            int(table["statements"].sum()),
            function,
        ),
        sentence("independence", "How many conversations", independence(found), function),
        sentence("sizes", "Experts in a session", sizes(table), function),
        sentence("lengths", "Length of the sessions", lengths(table), function),
        sentence("clock", "The timeline's clock", clock(found), f"{_STEP}.timeline"),
    ]


def independence(found: Participation) -> str:
    """How many conversations there are behind the number of experts."""
    experts, sessions = len(found.speakers), len(found.sessions)
    people = plural(experts, "expert")
    if found.individual:
        return (
            f"{start(people)} {'was' if experts == 1 else 'were'} interviewed, each alone, in "
            f"{plural(sessions, 'session')}. No expert heard another, so here the experts are "
            "the conversations."
        )
    if found.conversed == 0:
        return (
            f"This panel has {plural(experts, 'expert')} in {plural(sessions, 'session')}, and in "
            "none of them did two experts speak. No expert answered another."
        )
    if sessions == 1:
        return (
            f"{start(people)} took part in one conversation. That is one group, not {experts} "
            "independent interviews, and there is no second group to compare it with."
        )
    return (
        f"{start(people)} took part in {sessions} conversations. That is {sessions} groups, not "
        f"{experts} independent interviews: within a group one expert hears another, may repeat "
        "what was said, or keep silent because it was said."
    )


def sizes(table: pd.DataFrame) -> str:
    """How many experts a session has: "5 experts in each", "3 to 6 experts"."""
    low, high = int(table["experts"].min()), int(table["experts"].max())
    if len(table) == 1:
        return f"{plural(low, 'expert')} in it"
    return f"{plural(low, 'expert')} in each" if low == high else f"{low} to {high} experts in each"


def lengths(table: pd.DataFrame) -> str:
    """How long the sessions were."""
    known = table["minutes"].dropna()
    if known.empty:
        return "Their length was not recorded."
    text = span(known.min(), known.max(), 0)
    rest = len(table) - len(known)
    if len(table) == 1:
        return f"It lasted {text} minutes."
    if rest:
        return (
            f"{plural(len(known), 'session')} with a recorded length lasted {text} minutes; for "
            f"{plural(rest, 'session')} no length was recorded."
        )
    return f"They lasted {text} minutes{' each' if ' to ' not in text else ''}."


def clock(found: Participation) -> str:
    """What the timeline runs over."""
    if found.clock == "minutes":
        return "The times are those of the recording, in minutes from the session's beginning."
    return (
        "Not every statement has its times, so nothing can be said of pauses and overlaps: the "
        f"line runs over the {found.clock} of the session, one statement after another."
    )


# who spoke how much


def _speaking(found: Participation) -> list[Result]:
    function = f"{_STEP}.speakers"
    lorenz = found.lorenz
    half = len(found.speakers) // 2
    k, n = math.nan, 0.0
    if len(lorenz) and half:
        k, n = float(lorenz["amount"].iloc[half]), float(lorenz["amount"].iloc[-1])
    return [
        sentence("measure", "How much is counted in", found.measure, f"{_STEP}.measure_of"),
        sentence("measure-why", "Why it is counted in that", measure_why(found), function),
        sentence("silent", "Experts who said nothing", silent(found.speakers), function),
        sentence("little", "Experts who say little", extremes(found, "little"), function),
        sentence("much", "Experts who say much", extremes(found, "much"), function),
        share(
            "quiet-half",
            f"What the quieter half of the experts said, in {found.measure}",
            k,
            n,
            "not defined",
            f"{_STEP}.lorenz_curves",
        ),
    ]


def measure_why(found: Participation) -> str:
    """Why speaking is measured as it is."""
    if found.measure == "words":
        return "The texts are there, so words are counted."
    if found.measure == "minutes":
        return "Some texts are withheld, so words cannot be counted; minutes are."
    return "Some texts are withheld and some times are missing, so statements are counted."


def silent(people: pd.DataFrame) -> str:
    """Who took part and said nothing."""
    names = people.loc[people["statements"] == 0, "expert"].tolist()
    if not names:
        return "Every expert of the panel said something."
    return f"Of those who took part, {listing(names)} said nothing."


def _said(row: pd.Series, found: Participation) -> str:
    digits = 1 if found.measure == "minutes" else 0
    place = "all experts" if found.individual else f"session {row['session']}"
    of = f"{row['of']:.{digits}f} {found.measure} of {place}"
    return f"{row['expert']} ({row['amount']:.{digits}f} of the {of})"


def extremes(found: Participation, level: str) -> str:
    """Who said much less or much more than an equal share, with the amounts."""
    people = found.speakers
    limit = _LIMITS[level]
    if not people["relative"].notna().any():
        return "Nobody can be compared with an equal share: no two experts spoke in one group."
    texts = [_said(row, found) for _, row in people[people["level"] == level].iterrows()]
    if not texts:
        return f"Nobody said {limit} an equal share."
    return f"{start(limit)} an equal share: {listing(texts)}."


# inequality


def _gini(found: Participation, scope: str) -> dict[str, float]:
    table = found.inequality
    if len(table):
        table = table[(table["measure"] == found.measure) & (table["scope"] == scope)]
    if not len(table):
        return dict.fromkeys(("gini", "low", "high", "n"), math.nan)
    return {name: float(table[name].iloc[0]) for name in ("gini", "low", "high", "n")}


def _inequality(found: Participation) -> list[Result]:
    function = f"{_STEP}.inequality"
    out = []
    for id, scope in (("gini", ALL), ("gini-within", WITHIN)):
        row = _gini(found, scope)
        label = f"Gini coefficient of {found.measure}, {scope}"
        out.append(
            number_result(
                f"participation-{id}",
                label,
                row["gini"],
                function,
                "Gini coefficient, population form",
                low=row["low"],
                high=row["high"],
                n=None if math.isnan(row["n"]) else int(row["n"]),
            )
        )
        out.append(
            text_result(
                f"participation-{id}-interval",
                f"Interval: {label}",
                span(row["low"], row["high"]),
                function,
                "percentile bootstrap over experts",
                "model-based",
                low=row["low"],
                high=row["high"],
            )
        )
    return [
        *out,
        sentence("inequality", "How unequal it is", gini_sentence(found), function, "model-based"),
    ]


def gini_sentence(found: Participation) -> str:
    """The coefficients in sentences: over all, within sessions, in single ones."""
    whole, within = _gini(found, ALL), _gini(found, WITHIN)
    if math.isnan(whole["gini"]):
        return "Nothing was said, so the coefficient is not defined."
    text = f"Over all experts the coefficient is {two(whole['gini'])}{_limits(whole)}"
    half = len(found.speakers) // 2
    if half:
        said = found.lorenz["amount"]
        who = "quietest" if half == 1 else f"{half} quietest"
        text = (
            f"The {who} of the {len(found.speakers)} experts said {said.iloc[half]:.0f} "
            f"of {said.iloc[-1]:.0f} {found.measure}. {text}"
        )
    if math.isnan(within["gini"]):
        return f"{text}. {gini_sessions(found)}"
    inside = f"within sessions it is {two(within['gini'])}{_limits(within)}"
    return f"{text}; {inside}. {gini_sessions(found)}"


def _limits(row: dict[str, float]) -> str:
    if math.isnan(row["low"]):
        return ", without an interval"
    return f" (interval {span(row['low'], row['high'])})"


def gini_sessions(found: Participation) -> str:
    """The least and the most unequal session."""
    if found.individual:
        return "Each expert was interviewed alone, so there is no inequality within a session."
    table = found.inequality
    if len(table):
        table = table[(table["measure"] == found.measure) & table["gini"].notna()]
        table = table[~table["scope"].isin([ALL, WITHIN])]
    if not len(table):
        return "No session has two experts of whom one spoke."
    low, high = ends(table, "gini")
    most = f"{two(high['most'])} is the largest value that {plural(int(high['n']), 'expert')} allow"
    if len(table) == 1:
        return f"In session {low['scope']} the coefficient is {two(low['gini'])}; {most}."
    return (
        f"Session {low['scope']} is the most equal, with {two(low['gini'])}, and session "
        f"{high['scope']} the most unequal, with {two(high['gini'])}; {most}."
    )


# the moderator


def _moderator(found: Participation) -> list[Result]:
    table, function = found.moderator, f"{_STEP}.moderator"
    values = {
        name: float(table[name].sum()) if len(table) else math.nan
        for name in ("statements", "all_statements", "amount", "all_amount")
    }
    return [
        share(
            "moderator-statements",
            "The moderator's statements, of all statements",
            values["statements"],
            values["all_statements"],
            "not defined",
            function,
        ),
        share(
            "moderator-amount",
            f"The moderator's part of all {found.measure}",
            values["amount"],
            values["all_amount"],
            "not defined",
            function,
        ),
        sentence("moderator", "The moderator's part", moderator(found), function),
    ]


def moderator(found: Participation) -> str:
    """What the moderator's part was, in a sentence."""
    table = found.moderator
    if not len(table):
        return found.missing["moderator"]
    k, n = int(table["statements"].sum()), int(table["all_statements"].sum())
    text = f"The moderator made {k} of {n} statements"
    said, of = float(table["amount"].sum()), float(table["all_amount"].sum())
    if found.measure != "statements" and of > 0:
        text += f" and said {said:.0f} of {of:.0f} {found.measure}"
    table = table[table["all_amount"] > 0]
    table = table.assign(share=table["amount"] / table["all_amount"])
    if len(table) < 2:
        return f"{text}."
    low, high = ends(table, "share")
    if low["share"] == high["share"]:
        return f"{text}; the part is the same in every session."
    return (
        f"{text}; the part is smallest in session {low['session']} and largest in session "
        f"{high['session']}."
    )
