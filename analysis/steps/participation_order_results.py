"""What is stated of the order of speaking: who follows whom, and how far experts echo."""

from __future__ import annotations

import math

import pandas as pd

from analysis.panel.format import MODERATOR
from analysis.steps.panel_talk import in_orders
from analysis.steps.panel_tools import count_of, number_result, plural, start
from analysis.steps.participation import Participation
from analysis.steps.participation_order import QUESTIONS, SESSIONS
from analysis.steps.participation_words import ends, sentence, share
from analysis.steps.results import Result

# who follows whom


def following_results(found: Participation) -> list[Result]:
    """What is stated of who speaks after whom."""
    table, function = found.following, "analysis.steps.participation_order.who_follows"
    direct = float(table["direct"].sum()) if len(table) else math.nan
    every = float(table["transitions"].sum()) if len(table) else 0.0
    expected = float(table["expected_direct"].sum()) if len(table) else math.nan
    return [
        share(
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
        sentence("following", "Who follows whom", following(found), function, "sensitivity"),
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
    best, _ = ends(known, "pvalue")
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


def echo_results(found: Participation) -> list[Result]:
    """What is stated of echoes: codes raised right after another expert raised them."""
    function = "analysis.statistics.participation.echo"
    first = _baseline(found, SESSIONS)
    missing = "not defined"
    out = [
        share(
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
            sentence(
                f"echo-{id}-orders",
                f"Shuffled orders with at least as many echoes, {name}",
                missing if row is None else in_orders(float(row["pvalue"]), int(row["orders"])),
                function,
                "sensitivity",
            ),
        ]
    return [
        *out,
        sentence("echo-all", "What the echoes say", echo_sentence(found), function, "sensitivity"),
        sentence("echo-short", "Echoes in short", echo_short(found), function),
        Result(
            "participation-answers",
            "Codes opposed right after another expert raised them",
            found.answers,
            "count",
            "description",
            "count",
            "analysis.steps.participation.participation",
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
    best, _ = ends(more, "adjusted")
    orders = int(found.echo["orders"].iloc[-1])
    return (
        f"The code that stands out most is “{best['name']}”: "
        f"{plural(int(best['echoes']), 'echo', 'echoes')}, where the baseline gives "
        f"{best[expected]:.1f}. Some code stands out as much in "
        f"{in_orders(float(best['adjusted']), orders)} shuffled orders."
    )
