"""What the prose of the participation chapter states, for any panel; the ids never change."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from analysis.panel.format import MODERATOR
from analysis.steps.panel_talk import in_orders, largest, span
from analysis.steps.panel_tools import (
    count_of,
    count_result,
    listing,
    number_result,
    plural,
    quoted,
    start,
    text_result,
    two,
)
from analysis.steps.participation import (
    ALL,
    QUESTIONS,
    SESSIONS,
    WITHIN,
    Participation,
)
from analysis.steps.results import Result

_STEP = "analysis.steps.participation"
_HERE = "analysis.steps.participation_results"
#: What :data:`analysis.steps.participation.LITTLE` and ``MUCH`` are in words.
_LIMITS = {"little": "less than half of", "much": "more than one and a half times"}


def results(found: Participation) -> list[Result]:
    """Every finding of the chapter, whatever the panel: what is undefined says so."""
    return [
        *_sessions(found),
        *_speaking(found),
        *_inequality(found),
        *_moderator(found),
        *_following(found),
        *_echoes(found),
        *_counting(found),
        *_questions(found),
    ]


def _share(
    id: str, label: str, k: float, n: float, missing: str, function: str, method: str = "count"
) -> Result:
    """A share with its counts; the text ``missing`` where there is nothing to count."""
    if not n > 0 or math.isnan(k):
        return text_result(f"participation-{id}", label, missing, function, "nothing to count")
    return Result(
        f"participation-{id}",
        label,
        k / n,
        "share",
        "description",
        method,
        function,
        k=round(k),
        n=round(n),
    )


def _text(id: str, label: str, value: str, function: str, standing: str = "description") -> Result:
    return text_result(f"participation-{id}", label, value, function, standing=standing)


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
        _text("independence", "How many conversations", independence(found), function),
        _text("sizes", "Experts in a session", sizes(table), function),
        _text("lengths", "Length of the sessions", lengths(table), function),
        _text("clock", "The timeline's clock", clock(found), f"{_STEP}.timeline"),
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
        _text("measure", "How much is counted in", found.measure, f"{_STEP}.measure_of"),
        _text("measure-why", "Why it is counted in that", measure_why(found), function),
        _text("silent", "Experts who said nothing", silent(found.speakers), function),
        _text("little", "Experts who say little", extremes(found, "little"), function),
        _text("much", "Experts who say much", extremes(found, "much"), function),
        _share(
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
        _text("inequality", "How unequal it is", gini_sentence(found), function, "model-based"),
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
    low, high = _ends(table, "gini")
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
        _share(
            "moderator-statements",
            "The moderator's statements, of all statements",
            values["statements"],
            values["all_statements"],
            "not defined",
            function,
        ),
        _share(
            "moderator-amount",
            f"The moderator's part of all {found.measure}",
            values["amount"],
            values["all_amount"],
            "not defined",
            function,
        ),
        _text("moderator", "The moderator's part", moderator(found), function),
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
    low, high = _ends(table, "share")
    if low["share"] == high["share"]:
        return f"{text}; the part is the same in every session."
    return (
        f"{text}; the part is smallest in session {low['session']} and largest in session "
        f"{high['session']}."
    )


def _ends(table: pd.DataFrame, column: str) -> tuple[pd.Series, pd.Series]:
    """The rows with the least and the largest value, the first of equal ones."""
    values = table[column].to_numpy(dtype=float)
    return table.iloc[int(values.argmin())], table.iloc[int(values.argmax())]


# who follows whom


def _following(found: Participation) -> list[Result]:
    table, function = found.following, f"{_STEP}.who_follows"
    direct = float(table["direct"].sum()) if len(table) else math.nan
    every = float(table["transitions"].sum()) if len(table) else 0.0
    expected = float(table["expected_direct"].sum()) if len(table) else math.nan
    return [
        _share(
            "direct",
            "Changes of speaker from one expert to another, of all changes of speaker",
            direct,
            every,
            "not defined",
            function,
        ),
        number_result(
            "participation-direct-expected",
            "Changes from one expert to another expected in shuffled turns",
            expected,
            function,
            "mean over shuffled orders within sessions",
            "sensitivity",
        ),
        _text("following", "Who follows whom", following(found), function, "sensitivity"),
    ]


def following(found: Participation) -> str:
    """How far experts spoke to each other, and the pair that stands out, in sentences."""
    table = found.following
    if not len(table):
        return found.missing["follows"]
    return (
        f"Of {plural(int(table['transitions'].sum()), 'change')} of speaker, "
        f"{int(table['direct'].sum())} go from one expert to another; shuffled turns give "
        f"{table['expected_direct'].sum():.1f}. {standing_pair(found)}"
    )


def standing_pair(found: Participation) -> str:
    """The pair of speakers that follows each other most often for its baseline, in a sentence."""
    table = found.following
    known = table[table["statistic"].notna()]
    if known.empty:
        return (
            "Where two speakers alternate, their order cannot be shuffled: no pair can stand out."
        )
    known = known[known["statistic"] > 0]
    if known.empty:
        return "No pair follows more often than shuffled turns give."
    best, _ = _ends(known, "pvalue")
    where = f"in session {best['session']}" if len(table) > 1 else "in the session"
    who = {MODERATOR: "the moderator"}
    after, before = (who.get(best[name], best[name]) for name in ("after", "before"))
    scope = "all pairs of all sessions" if len(table) > 1 else "all pairs of the session"
    return (
        f"The pair that stands out most is {where}: {after} spoke right after {before} "
        f"{plural(int(best['count']), 'time')}, where shuffled turns give "
        f"{best['expected']:.1f}. The share of shuffled orders in which some pair stands out as "
        f"much, counting {scope}, is at most {_three(best['adjusted'])}."
    )


def _three(pvalue: float) -> str:
    return f"{pvalue:.3f}" if pvalue < 0.1 else f"{pvalue:.2f}"


# echo


def _baseline(found: Participation, name: str) -> pd.Series | None:
    table = found.echo
    if len(table):
        table = table[table["baseline"] == name]
    return table.iloc[0] if len(table) else None


def _echoes(found: Participation) -> list[Result]:
    function = "analysis.statistics.participation.echo"
    first = _baseline(found, SESSIONS)
    missing = "not defined"
    out = [
        _share(
            "echoes",
            "Raisings of a code that are echoes, of all raisings",
            math.nan if first is None else float(first["observed"]),
            0 if first is None else float(first["n"]),
            missing,
            function,
        )
    ]
    for id, name in (("sessions", SESSIONS), ("questions", QUESTIONS)):
        row = _baseline(found, name)
        out += [
            number_result(
                f"participation-echo-{id}",
                f"Echoes expected by each expert's statements shuffled {name}",
                math.nan if row is None else float(row["expected"]),
                function,
                f"exact expectation, each expert's statements shuffled {name}",
                "sensitivity",
            ),
            _text(
                f"echo-{id}-orders",
                f"Shuffled orders with at least as many echoes, {name}",
                missing if row is None else in_orders(float(row["pvalue"]), int(row["orders"])),
                function,
                "sensitivity",
            ),
        ]
    return [
        *out,
        _text("echo-all", "What the echoes say", echo_sentence(found), function, "sensitivity"),
        _text("echo-short", "Echoes in short", echo_short(found), function),
        Result(
            "participation-answers",
            "Codes opposed right after another expert raised them",
            found.answers,
            "count",
            "description",
            "count",
            f"{_STEP}.participation",
        ),
    ]


def echo_short(found: Participation) -> str:
    """How many raisings are echoes, in a sentence."""
    plain = _baseline(found, SESSIONS)
    if plain is None:
        return found.missing["echo"]
    k, n = int(plain["observed"]), int(plain["n"])
    verb = "is an echo" if k == 1 else "are echoes"
    return f"{start(count_of(k, n))} raisings of a code {verb}."


def echo_sentence(found: Participation) -> str:
    """The echoes and both baselines, in sentences."""
    plain, fine = _baseline(found, SESSIONS), _baseline(found, QUESTIONS)
    if plain is None:
        return found.missing["echo"]
    texts = [
        echo_short(found),
        f"The statements of each expert, shuffled {SESSIONS}, give {_given(plain)}.",
    ]
    if fine is not None:
        texts.append(f"Shuffled {QUESTIONS} they give {_given(fine)}.")
    return " ".join([*texts, echo_reading(plain, fine), echo_code(found)])


def _given(row: pd.Series) -> str:
    orders = in_orders(float(row["pvalue"]), int(row["orders"]))
    verb = "has" if orders.startswith(("none", "1 of")) else "have"
    return f"{row['expected']:.1f} on average, and {orders} orders {verb} as many or more"


def echo_reading(plain: pd.Series, fine: pd.Series | None) -> str:
    """How the number of echoes compares with both baselines."""
    observed = plain["observed"]
    if fine is None:
        side = "more" if observed > plain["expected"] else "not more"
        return (
            f"That is {side} than shuffled sessions give. The statements do not name their "
            "question, so what the guide does cannot be told from what the experts do to each "
            "other."
        )
    if observed <= plain["expected"]:
        return "That is not more than shuffled sessions give, so there is no sign of echo."
    guide = fine["expected"] - plain["expected"]
    rest = observed - fine["expected"]
    if rest <= 0:
        return (
            "All that exceeds the shuffled sessions is explained by the guide: experts who answer "
            "the same question raise the same codes."
        )
    part = "most" if guide > rest else "less than half"
    return (
        f"The guide alone accounts for {part} of what exceeds the shuffled sessions: experts who "
        f"answer the same question raise the same codes. What is left, {rest:.1f} echoes, goes "
        "with who spoke right after whom; one standard deviation of the shuffled orders is "
        f"{fine['sd']:.1f}."
    )


def echo_code(found: Participation) -> str:
    """The code whose echoes exceed their baseline most for all codes, in a sentence."""
    codes = found.codes
    expected = "expected_questions" if len(found.echo) > 1 else "expected_sessions"
    more = codes[(codes["echoes"] > codes[expected]) & (codes["sd"] > 0)]
    if more.empty:
        return "No code is echoed more often than its baseline gives."
    best, _ = _ends(more, "adjusted")
    orders = int(found.echo["orders"].iloc[-1])
    return (
        f"The code that stands out most is “{best['name']}”: "
        f"{plural(int(best['echoes']), 'echo', 'echoes')}, where the baseline gives "
        f"{best[expected]:.1f}. Some code stands out as much in "
        f"{in_orders(float(best['adjusted']), orders)} shuffled orders."
    )


# what follows for counting


def _counting(found: Participation) -> list[Result]:
    codes, function = found.codes, f"{_STEP}.echoes"
    only = float(codes["only_echo"].sum()) if len(codes) else math.nan
    raised = len(codes)
    losing = int((codes["only_echo"] > 0).sum()) if raised else 0
    missing = "not defined"
    return [
        _share(
            "first",
            "Raisings of a code by an expert that are the first in their session",
            found.first,
            found.pairs,
            missing,
            f"{_STEP}.participation",
            "count of experts and codes",
        ),
        _share(
            "only-echo",
            "Raisings of a code by an expert that are echoes alone",
            only,
            found.pairs,
            missing,
            function,
            "count of experts and codes",
        ),
        _share(
            "only-echo-codes",
            "Raised codes that lose experts without echoes",
            losing,
            raised,
            missing,
            function,
        ),
        _text("counting", "What follows for counting", counting(found), function),
        _text("uncoded", "Statements that were not coded", uncoded(found), function),
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


def _questions(found: Participation) -> list[Result]:
    function = f"{_STEP}.questions"
    return [
        _text("unreached", "Questions that a session did not reach", unreached(found), function),
        _text("chances", "Who could answer them", chances(found), function),
        _text("answered", "How many answered a question", answered(found), function),
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
