"""Signs: what would be seen in a panel if a claim held, and whether it is seen.

Each sign has one stated rule, and each rule can come out against the claim. A sign of several
codes holds where it holds for all of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from analysis.panel.panel import Panel
from analysis.panel.record import Claim
from analysis.steps import panel_items
from analysis.steps.claims.codes import MAIN_RANKS, ClaimCodes, groups, items_of, main_kept
from analysis.steps.claims.states import AGAINST, FOR, OPEN, UNSEEN, together
from analysis.steps.coding_reliability.sheets import ALONE, main_pair
from analysis.steps.panel_raised import who_raised
from analysis.steps.panel_tools import (
    count_of,
    level,
    listing,
    plural,
    quoted,
    start,
    two,
    whole_or_half,
)
from analysis.steps.platforms_and_dialogue import places

#: The share of resampled panels in which a sign is kept, from which on it counts as kept.
MOSTLY = 0.95

#: The signs of every claim: id, heading, and the rule in words.
RULES = (
    ("raised", "Raised v opposed", "More experts raise it than oppose it."),
    ("sides", "Sides", "Somebody raises it on each side of the plan; else in two kinds or more."),
    ("sessions", "Sessions", "Somebody raises it in two sessions or more."),
    ("first-hand", "Not an echo", "Two experts or more raise it without echoing the last speaker."),
    ("rated", "Ratings", "The median rating lies above the middle of the scale."),
    ("coders", "Coders", "The interval of alpha lies above zero: coders agree beyond chance."),
    (
        "errors",
        "Errors drawn",
        f"With experts and coding errors drawn anew, more raise than oppose it in at least "
        f"{MOSTLY:.0%} of the draws.",
    ),
    (
        "analyses",
        "Analyses",
        "In every analysis of the chapter on robustness more raise than oppose it (a conclusion), "
        "or all main codes stay the main ones (a task).",
    ),
)
#: The further signs of a claim that holds on a condition: a shift up the ladder.
SHIFT_RULES = (
    ("today", "Today", "More experts place today's platforms on the lower half of the ladder."),
    ("step", "Step up", "For more experts what could be lies above today than below it."),
    ("problem", "A problem", "Whoever raises it names something that hinders too."),
)
TITLES = {name: title for name, title, _ in (*RULES, *SHIFT_RULES)}

SIGN_COLUMNS = ["claim", "sign", "title", "state", "short", "sentence"]

#: Of one code: from its row to the state of a sign.
Judge = Callable[[dict[str, Any]], str]


class Seen(NamedTuple):
    """A sign as it was found: its state, a few characters for a picture, a sentence."""

    state: str
    short: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What the signs of one claim are read from: its codes' rows of :func:`codes.code_table`."""

    panel: Panel
    claim: Claim
    chosen: ClaimCodes
    rows: list[dict[str, Any]]

    @property
    def silent(self) -> bool:
        """Whether nobody raised and nobody opposed any of the codes."""
        return not any(row["k"] or row["opposed"] for row in self.rows)


def signs(looked: Looked) -> pd.DataFrame:
    """Every sign of a claim, one row each; columns :data:`SIGN_COLUMNS`."""
    functions: list[tuple[str, Callable[[Looked], Seen]]] = [
        ("raised", raised),
        ("sides", sides),
        ("sessions", sessions),
        ("first-hand", first_hand),
        ("rated", rated),
        ("coders", coders),
        ("errors", errors),
        ("analyses", analyses),
    ]
    if looked.claim.condition:
        functions += [("today", today), ("step", step), ("problem", problem)]
    found = []
    for name, function in functions:
        seen = function(looked) if looked.rows else unseen(looked.chosen.missing)
        found.append((looked.claim.claim_id, name, TITLES[name], *seen))
    return pd.DataFrame(found, columns=SIGN_COLUMNS)


def unseen(why: str) -> Seen:
    """A sign that cannot be looked at, and why."""
    return Seen(UNSEEN, "", why)


def _of_codes(rows: Sequence[dict[str, Any]], judge: Judge, one: Seen, what: str) -> Seen:
    """The sign of one code as it is, of several codes together."""
    if len(rows) == 1:
        return one
    states = [judge(row) for row in rows]
    kept = states.count(FOR)
    left = [row["label"] for row, state in zip(rows, states, strict=True) if state != FOR]
    note = f", not for {quoted(left)}" if left and kept else ""
    holds = f"that holds for {count_of(kept, len(rows))} codes{note}"
    return Seen(together(states), f"{kept} of {len(rows)}", f"{what}; {holds}.")


def _more(row: dict[str, Any]) -> str:
    if not row["k"] and not row["opposed"]:
        return UNSEEN
    return FOR if row["k"] > row["opposed"] else AGAINST if row["k"] < row["opposed"] else OPEN


def raised(looked: Looked) -> Seen:
    """Do more experts raise it than oppose it."""
    row = looked.rows[0]
    one = Seen(
        _more(row),
        f"{row['k']} v {row['opposed']}",
        f"“{row['label']}” was raised by {count_of(row['k'], row['n'])} and opposed by "
        f"{count_of(row['opposed'], row['n'])}.",
    )
    found = _of_codes(looked.rows, _more, one, "More experts raise than oppose it")
    if len(looked.rows) == 1:
        return found
    each = [f"“{r['label']}” by {r['k']} and {r['opposed']}" for r in looked.rows]
    numbers = f"Raised and opposed, of {row['n']}: {'; '.join(each)}."
    return found._replace(sentence=f"{found.sentence} {numbers}")


def _spread(row: dict[str, Any], where: str, needed: int) -> str:
    """Raised in ``needed`` places or more; in one place only counts against it from two experts."""
    if not row["k"]:
        return UNSEEN
    if row[where] >= needed:
        return FOR
    return AGAINST if row[where] == 1 and row["k"] > 1 else OPEN


def sides(looked: Looked) -> Seen:
    """Does somebody raise it on each side (in two kinds or more, where no sides are planned)."""
    name, number = groups(looked.panel)
    if number < 2:
        return unseen("All experts stand on one side, so no other can be compared.")
    needed = number if name == "sides" else 2

    def judge(row: dict[str, Any]) -> str:
        return _spread(row, "sides", needed)

    row = looked.rows[0]
    where = f"{row['sides']} of {number}"
    said = f"Raised on {where} sides." if name == "sides" else f"Raised in {where} {name}."
    what = "Raised on each side" if name == "sides" else f"Raised in two {name} or more"
    return _of_codes(looked.rows, judge, Seen(judge(row), where, said), what)


def sessions(looked: Looked) -> Seen:
    """Does somebody raise it in two sessions or more."""
    number = int(who_raised(looked.panel).experts["session"].nunique())
    if number < 2:
        return unseen("There is one session, so nothing shows that another would bring it up.")

    def judge(row: dict[str, Any]) -> str:
        return _spread(row, "sessions", 2)

    row = looked.rows[0]
    where = f"{row['sessions']} of {number}"
    one = Seen(judge(row), where, f"Raised in {where} sessions.")
    return _of_codes(looked.rows, judge, one, "Raised in two sessions or more")


def first_hand(looked: Looked) -> Seen:
    """Do two experts or more raise it without echoing the speaker before."""
    if looked.panel.meta.mode == "individual":
        return unseen("Each expert was interviewed alone, so there was nobody to echo.")

    def judge(row: dict[str, Any]) -> str:
        if not row["k"]:
            return UNSEEN
        return FOR if row["first_hand"] >= 2 else OPEN if row["first_hand"] else AGAINST

    row = looked.rows[0]
    if not row["k"]:
        one = unseen("Nobody raised it, so nobody echoed it.")
    else:
        of = f"{int(row['first_hand'])} of {row['k']}"
        one = Seen(judge(row), of, f"Of those who raised it, {of} did so without an echo.")
    return _of_codes(looked.rows, judge, one, "Raised by two experts or more without an echo")


def rated(looked: Looked) -> Seen:
    """Does the median rating lie above the middle of the scale."""
    if not looked.panel.has("ratings"):
        return unseen("This panel has no ratings.")
    items = items_of(looked.panel, looked.claim)
    if not items:
        return unseen("No rated item is planned for it.")
    table = panel_items.items(looked.panel, looked.claim.fact, only=items).table
    table = table.dropna(subset="median")
    if table.empty:
        return unseen("Nobody rated the items planned for it.")
    states, parts = [], []
    for row in table.to_dict("records"):
        middle = (row["low_end"] + row["high_end"]) / 2
        median = row["median"]
        states.append(FOR if median > middle else AGAINST if median < middle else OPEN)
        parts.append(
            f"the median of “{row['label']}” is {whole_or_half(median)}, from "
            f"{plural(row['n'], 'answer')}"
        )
    short = ", ".join(whole_or_half(median) for median in table["median"])
    return Seen(together(states), short, start(f"{'; '.join(parts)}."))


def coders(looked: Looked) -> Seen:
    """Do coders agree on it beyond chance."""
    if main_pair(looked.panel) is None:
        return unseen(ALONE)

    def judge(row: dict[str, Any]) -> str:
        if math.isnan(row["alpha"]):
            return UNSEEN
        return FOR if row["alpha_low"] > 0 else AGAINST if row["alpha_high"] < 0 else OPEN

    row = looked.rows[0]
    if math.isnan(row["alpha"]):
        one = unseen("Alpha is not defined: no coder gave it in the double-coded statements.")
    elif math.isnan(row["alpha_low"]):
        one = Seen(OPEN, two(row["alpha"]), f"Alpha is {two(row['alpha'])}, without an interval.")
    else:
        limits = f"{two(row['alpha_low'])} to {two(row['alpha_high'])}"
        alpha = two(row["alpha"])
        one = Seen(judge(row), alpha, f"Alpha is {alpha}, {level()} {limits}.")
    return _of_codes(looked.rows, judge, one, "Alpha above zero by its whole interval")


def percent(share: float) -> str:
    """A share of draws: "97%", "over 99%" where rounding would claim all of them."""
    whole = round(100 * share)
    if whole == 100 and share < 1:
        return "over 99%"
    return "under 1%" if whole == 0 and share > 0 else f"{whole}%"


def errors(looked: Looked) -> Seen:
    """Is the first sign kept when experts and coding errors are drawn."""

    def judge(row: dict[str, Any]) -> str:
        kept = row["draws_kept"]
        if math.isnan(kept):
            return UNSEEN
        return FOR if kept >= MOSTLY else AGAINST if kept <= 1 - MOSTLY else OPEN

    if all(math.isnan(row["draws_kept"]) for row in looked.rows):
        return unseen("Without double coding the coders' errors are not known, nor drawn.")
    row = looked.rows[0]
    share = "" if math.isnan(row["draws_kept"]) else percent(row["draws_kept"])
    short = share.replace("over ", ">").replace("under ", "<")
    one = Seen(
        judge(row),
        short,
        f"With experts and coding errors drawn anew, more raise than oppose it in {share} of the "
        "draws.",
    )
    return _of_codes(looked.rows, judge, one, f"Kept in at least {MOSTLY:.0%} of the draws")


def _of_analyses(kept: int, number: int) -> str:
    return FOR if kept == number else AGAINST if 2 * kept < number else OPEN


def analyses(looked: Looked) -> Seen:
    """Is the first sign kept in every analysis; for a task, do the main codes stay main ones."""
    if looked.claim.kind == "task":
        kept, number, turned = main_kept(looked.panel, looked.chosen)
        what = f"The main codes all stay among the first {MAIN_RANKS} ranks"
    else:
        number = min(row["analyses"] for row in looked.rows)
        # several codes: an analysis counts as kept where the least kept of them is kept
        least = min(looked.rows, key=lambda row: row["kept"])
        kept, turned = least["kept"], least["turned_by"]
        what = "More raise than oppose it"
    if not number or looked.silent:
        return unseen("There is no analysis to compare with.")
    sentence = f"{what} in {count_of(kept, number)} analyses.{_turned(kept, number, turned)}"
    if looked.claim.kind != "task" and len(looked.rows) == 1:
        row = looked.rows[0]
        sentence += (
            f" By share, the fewest experts raise it in an analysis with {row['least']}, the most "
            f"in one with {row['most']}."
        )
    return Seen(_of_analyses(kept, number), f"{kept} of {number}", sentence)


def _turned(kept: int, number: int, turned: Sequence[str]) -> str:
    """By which single change the sign is lost."""
    if kept == number:
        return ""
    if not turned:
        return " It takes two changes at once to lose that."
    return f" One change is enough to lose that: {'; '.join(_few(turned))}."


def _few(names: Sequence[str], most: int = 6) -> list[str]:
    shown = list(names[:most])
    return [*shown, f"{len(names) - most} others"] if len(names) > most else shown


def _against_each_other(up: int, down: int, sentence: str) -> Seen:
    state = FOR if up > down else AGAINST if up < down else OPEN
    return Seen(state, f"{up} v {down}", sentence)


def _placed(looked: Looked) -> pd.DataFrame:
    ladder = looked.panel.plan.ladder if looked.panel.plan else ()
    return places(looked.panel, ladder)


def today(looked: Looked) -> Seen:
    """Do more experts place today's platforms on the lower half of the ladder."""
    table = _placed(looked)
    if table.empty or not (table["today"] > 0).any():
        return unseen("No expert placed today's platforms on a ladder of the plan.")
    plan = looked.panel.plan
    rungs = plan.ladder if plan else ()
    half = len(rungs) // 2
    low = int(((table["today"] > 0) & (table["today"] <= half)).sum())
    high = int((table["today"] > half).sum())
    names = listing([rung.name for rung in rungs[:half]])
    return _against_each_other(
        low,
        high,
        f"By the highest rung raised for today, {count_of(low, len(table))} place platforms at "
        f"{names}, {count_of(high, len(table))} above.",
    )


def step(looked: Looked) -> Seen:
    """Do more experts place what could be above today than below."""
    steps = _placed(looked).get("step", pd.Series(dtype=float)).dropna()
    if steps.empty:
        return unseen("No expert placed both today's platforms and what could be on a ladder.")
    up, down, n = int((steps > 0).sum()), int((steps < 0).sum()), len(steps)
    placed = plural(n, "expert")
    return _against_each_other(
        up,
        down,
        f"Of the {placed} who placed both, what could be lies above today for {up}, below it for "
        f"{down}.",
    )


def problem(looked: Looked) -> Seen:
    """Does whoever raises it name something that hinders too."""
    found = who_raised(looked.panel)
    hinders = found.raised[:, (found.codes["direction"] == "hinders").to_numpy()].any(axis=1)
    who = {name for row in looked.rows for name in row["raised_by"]}
    raising = found.experts["expert"].isin(who).to_numpy()
    n, k = int(raising.sum()), int((raising & hinders).sum())
    if not n:
        return unseen("Nobody raised it.")
    state = FOR if k == n else OPEN if k else AGAINST
    return Seen(state, f"{k} of {n}", f"Of those who raise it, {k} of {n} name a hindrance too.")
