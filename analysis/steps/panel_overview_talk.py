"""What is stated of the talk: what was asked, said and rated, and what of it may be quoted."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from analysis.panel.format import MODERATOR
from analysis.panel.panel import Panel
from analysis.steps import panel_overview as step
from analysis.steps.panel_tools import count_of, count_result, listing, plural, text_result
from analysis.steps.results import Result

_HERE = "analysis.steps.panel_overview."
_MADE = "analysis.steps.panel_overview_talk."


def share(id: str, label: str, k: int, n: int, function: str, unit: str = "share") -> Result:
    """Counts; "not defined" where there is nothing to count."""
    if n < 1:
        return Result(id, label, None, "text", "description", "nothing to count", function)
    return Result(id, label, k / n, unit, "description", "count", function, k=k, n=n)


def _these(names: Iterable[str], noun: str) -> str:
    """Up to a few names, or how many: "e01 and e05", "12 experts"."""
    found = list(names)
    return listing(found) if len(found) <= 6 else plural(len(found), noun)


# what was asked


def unreached(table: pd.DataFrame, grid: pd.DataFrame) -> str:
    """Which questions were not reached in which sessions."""
    missed = grid[~grid["reached"]]
    if missed.empty:
        return "Every session reached every question."
    nowhere = table.loc[table["reached"] == 0, "question_id"].tolist()
    text = ""
    if nowhere:
        text = f"No session reached {_these(nowhere, 'question')}. "
    rest = missed[~missed["question_id"].isin(nowhere)]
    if 0 < len(rest) <= 6:
        pairs = [f"{r.question_id} in {r.session_id}" for r in rest.itertuples()]
        text += f"Not reached: {listing(pairs)}."
    elif len(rest):
        questions = rest["question_id"].nunique()
        text += (
            f"{plural(questions, 'question was', 'questions were')} reached in some sessions and "
            "not in others; the table says in how many."
        )
    return text.strip()


def never_asked(grid: pd.DataFrame) -> str:
    """What an unreached question means for counts."""
    missed = grid[~grid["reached"] & (grid["present"] > 0)]
    if missed.empty:
        return "So nobody is silent on a question for want of being asked."
    experts = int(missed["present"].max())
    if len(missed) == 1:
        who = "The one expert" if experts == 1 else f"The {experts} experts"
        return (
            f"{who} of {missed['session_id'].iloc[0]} were never asked "
            f"{missed['question_id'].iloc[0]}. That they do not raise what it is about says "
            "nothing of them."
            if experts > 1
            else f"{who} of {missed['session_id'].iloc[0]} was never asked "
            f"{missed['question_id'].iloc[0]}. That this expert does not raise what it is about "
            "says nothing."
        )
    return (
        "Experts who were not asked a question and do not raise what it is about are not silent on "
        "it in the sense of those who were asked."
    )


def reach_least(table: pd.DataFrame) -> str:
    """On which question fewest of those who were asked said something."""
    asked = table[table["asked"] > 0]
    if asked.empty:
        return "No question was reached."
    shares = (asked["experts"] / asked["asked"]).to_numpy()
    least = asked[shares == shares.min()]
    if len(least) == len(asked):
        return "Each question was answered by the same share of those who were asked."
    names = _these(least["question_id"], "question")
    return f"Fewest experts spoke on {names}: {_answered(least.iloc[0])} who were asked."


def _answered(row: pd.Series) -> str:
    return count_of(int(row["experts"]), int(row["asked"]))


def asked_results(panel: Panel, table: pd.DataFrame, grid: pd.DataFrame) -> list[Result]:
    """What is stated of the guide and its questions."""
    said = panel.statements[panel.statements["speaker"] != MODERATOR]
    off = int(said["question_id"].isna().sum())
    return [
        count_result("panel-questions", "Questions of the guide", len(table), f"{_HERE}questions"),
        text_result(
            "panel-tasks",
            "Tasks that the guide asks about",
            listing(list(dict.fromkeys(table["task"]))),
            f"{_HERE}questions",
            "names",
        ),
        share(
            "panel-reached",
            "Pairs of session and question that were reached",
            int(grid["reached"].sum()),
            len(grid),
            f"{_HERE}question_grid",
            "count-of",
        ),
        text_result(
            "panel-unreached",
            "Questions that were not reached",
            unreached(table, grid),
            f"{_MADE}unreached",
        ),
        text_result(
            "panel-never-asked",
            "What an unreached question means",
            never_asked(grid),
            f"{_MADE}never_asked",
        ),
        text_result(
            "panel-least-answered",
            "Questions on which fewest spoke",
            reach_least(table),
            f"{_MADE}reach_least",
        ),
        share(
            "panel-off-guide",
            "Statements of experts that belong to no question",
            off,
            len(said),
            f"{_HERE}questions",
        ),
    ]


# what was said


def talk(table: pd.DataFrame) -> str:
    """How many statements the experts made, from the fewest to the most."""
    made = table["statements"]
    if len(table) == 1:
        return f"The one expert made {plural(int(made.iloc[0]), 'statement')}."
    if made.nunique() == 1:
        return f"Each expert made {plural(int(made.iloc[0]), 'statement')}."
    least, most = (
        _these(table.loc[made == value, "expert_id"], "expert")
        for value in (made.min(), made.max())
    )
    return (
        f"An expert made {step.ends(made)} statements: fewest {least}, most {most}. The median is "
        f"{np.median(made):g}."
    )


def silent(table: pd.DataFrame) -> str:
    """Who said nothing at all."""
    nobody = table.loc[table["statements"] == 0, "expert_id"].tolist()
    if not nobody:
        return "Every expert said something."
    return f"Without any statement: {_these(nobody, 'expert')}."


def said_results(panel: Panel, table: pd.DataFrame) -> list[Result]:
    """What is stated of the statements."""
    everything = len(panel.statements)
    mine = int(table["statements"].sum())
    translated = int(panel.statements["text_en"].notna().sum())
    where = f"{_HERE}speakers"
    return [
        count_result("panel-statements", "Statements", everything, where),
        share("panel-by-experts", "Statements of experts", mine, everything, where),
        share(
            "panel-by-moderator",
            "Statements of the moderator",
            everything - mine,
            everything,
            where,
        ),
        count_result("panel-words", "Words of experts", int(table["words"].sum()), where),
        text_result("panel-talk", "Statements of an expert", talk(table), f"{_MADE}talk"),
        text_result("panel-silent", "Experts who say nothing", silent(table), f"{_MADE}silent"),
        share(
            "panel-translated",
            "Statements with an English translation",
            translated,
            everything,
            f"{_HERE}parts",
        ),
    ]


# what was rated


def rated(panel: Panel, table: pd.DataFrame) -> str:
    """How many items were rated, and who left which blank."""
    if table.empty:
        return (
            "This panel has no ratings (no items.csv and ratings.csv): the experts talked and did "
            "not rate."
        )
    cells = int(table["n"].sum())
    left = step.blanks(panel)
    given = f"{plural(len(panel.experts), 'expert')} rated {plural(len(table), 'item')}"
    if not left:
        return f"{given} and left none blank."
    blank = sum(left.values())
    who = (
        listing([f"{expert} {k}" for expert, k in left.items()])
        if len(left) <= 6
        else f"{plural(len(left), 'expert')} {step.ends(left.values())} each"
    )
    return (
        f"{given}. Of {plural(cells, 'answer')} {plural(blank, 'is', 'are')} blank ({who}). A "
        "blank is left out of a median; it is not a middle answer."
    )


def rated_results(panel: Panel, table: pd.DataFrame) -> list[Result]:
    """What is stated of the ratings."""
    return [text_result("panel-ratings", "Items and blanks", rated(panel, table), f"{_MADE}rated")]


# what may be quoted


def closed(table: pd.DataFrame) -> str:
    """Who may not be quoted."""
    names = table.loc[~table["quotable"].astype(bool), "expert_id"].tolist()
    if not names:
        return "Every expert agreed to be quoted."
    if len(names) == len(table):
        return "No expert agreed to be quoted, so this book shows no statement."
    return f"Not to be quoted: {_these(names, 'expert')}."


def quotable_results(panel: Panel, table: pd.DataFrame) -> list[Result]:
    """What is stated of who may be quoted."""
    open_ = table["quotable"].astype(bool)
    where = f"{_HERE}speakers"
    return [
        share(
            "panel-quotable",
            "Experts who agreed to be quoted",
            int(open_.sum()),
            len(table),
            where,
            "count-of",
        ),
        share(
            "panel-quotable-statements",
            "Statements of experts that may be quoted",
            int(table.loc[open_, "statements"].sum()),
            int(table["statements"].sum()),
            where,
        ),
        text_result(
            "panel-closed", "Experts who may not be quoted", closed(table), f"{_MADE}closed"
        ),
    ]
