"""What the prose of the chapter on the panel states, for any panel; and what the article states."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
import pandas as pd

from analysis.panel.format import CONSENSUS, MODERATOR
from analysis.panel.panel import Panel
from analysis.panel.record import Record
from analysis.steps import panel_overview as step
from analysis.steps.panel_tools import (
    count_of,
    count_result,
    listing,
    plural,
    quoted,
    start,
    text_result,
)
from analysis.steps.results import Result
from analysis.steps.study_record import month

_HERE = "analysis.steps.panel_overview."
_MADE = "analysis.steps.panel_overview_results."
_STATED = "as panel.yml states it"


def results(panel: Panel, record: Record) -> list[Result]:
    """Everything that the chapter states of the panel; always the same ids."""
    tables = step.frames(panel, record)
    return [
        *_itself(panel),
        *_people(panel, tables["kinds"], tables["sessions"]),
        *_beside(panel, record),
        *_asked(panel, tables["questions"], tables["question_grid"]),
        *_said(panel, tables["speakers"]),
        *_rated(panel, tables["items"]),
        *_quotable(panel, tables["speakers"]),
        *_there(panel, tables["parts"]),
    ]


def _share(id: str, label: str, k: int, n: int, function: str, unit: str = "share") -> Result:
    """Counts; "not defined" where there is nothing to count."""
    if n < 1:
        return Result(id, label, None, "text", "description", "nothing to count", function)
    return Result(id, label, k / n, unit, "description", "count", function, k=k, n=n)


def _these(names: Iterable[str], noun: str) -> str:
    """Up to a few names, or how many: "e01 and e05", "12 experts"."""
    found = list(names)
    return listing(found) if len(found) <= 6 else plural(len(found), noun)


def one_line(text: str) -> str:
    """The text without line breaks."""
    return " ".join(text.split())


# the panel itself


def _itself(panel: Panel) -> list[Result]:
    meta = panel.meta
    constructed = meta.source == "constructed"
    stated = [
        ("panel-title", "Title of the panel", meta.title, _STATED),
        ("panel-statement", "What the panel says of itself", one_line(meta.statement), _STATED),
        ("panel-collected", "When it was collected", step.day(meta.collected), _STATED),
        ("panel-language", "Language of the statements", step.language_of(panel), _STATED),
        ("panel-mode", "Mode of the interviews", step.MODES[meta.mode], _STATED),
        ("panel-unit", "Unit that is coded", meta.coding_unit, _STATED),
        ("panel-licence", "Licence", meta.licence, _STATED),
        (
            "panel-kind-of-evidence",
            "What kind of evidence the panel is",
            "It was constructed: its statements were written, not spoken. Numbers computed from "
            "it describe a text that was made to be analysed, and no real expert."
            if constructed
            else "It was supplied by a reader as a panel of real interviews. Numbers computed from "
            "it describe what those experts said there.",
            "chosen by the source in panel.yml",
        ),
    ]
    return [text_result(id, label, text, f"{_HERE}entries", how) for id, label, text, how in stated]


# who, in what sessions


def kind_sizes(table: pd.DataFrame) -> str:
    """How many experts the kinds have, in a sentence."""
    sizes = Counter(int(k) for k in table["experts"] if k)
    empty = table.loc[table["experts"] == 0, "name"].tolist()
    if len(sizes) == 1:
        size, number = next(iter(sizes.items()))
        each = "The only kind has" if number == 1 else f"Each of the {number} kinds has"
        text = f"{each} {plural(size, 'expert')}."
    else:
        parts = [
            f"{plural(number, 'kind has', 'kinds have')} {plural(size, 'expert')}"
            + (" each" if number > 1 else "")
            for size, number in sorted(sizes.items())
        ]
        text = f"{start(listing(parts))}."
    if empty:
        text += f" Without an expert: {quoted(empty)}."
    return text


def session_sizes(panel: Panel, table: pd.DataFrame) -> str:
    """How many experts sat in the sessions."""
    if panel.meta.mode == "individual":
        return "each with one expert"
    sizes = step.ends(table["experts"])
    if len(table) == 1:
        return f"with {plural(int(table['experts'].iloc[0]), 'expert')}"
    return f"each with {sizes} experts" if "to" not in sizes else f"with {sizes} experts each"


def conversations(panel: Panel) -> str:
    """What the mode means for counting."""
    number = len(panel.sessions)
    if panel.meta.mode == "individual":
        return (
            "Each expert was interviewed alone and heard no other. The conversations are as many "
            f"as the experts: {number}."
        )
    if number == 1:
        return (
            "All experts sat in one conversation and heard each other. Nothing in such a panel "
            "can show how another group would have talked."
        )
    return (
        "The experts of a session heard each other, and may have repeated, answered or left out "
        f"what another said. The separate conversations are {number}, and it is they that are "
        "independent of each other."
    )


def lengths(table: pd.DataFrame) -> str:
    """How long the sessions lasted."""
    known = table["minutes"].dropna().astype(float)
    if known.empty:
        return "No session's length was recorded."
    if len(table) == 1:
        return f"The session lasted {step.ends(known)} minutes."
    text = f"The sessions lasted {step.ends(known)} minutes"
    if len(known) < len(table):
        return f"{text}; of {plural(len(table) - len(known), 'session')} the length is not known."
    return f"{text}."


def length_note(panel: Panel) -> str:
    """What is to be said of the lengths beside their numbers."""
    timing = panel.truth.get("timing") if panel.truth is not None else None
    note = timing.get("note") if isinstance(timing, dict) else None
    if isinstance(note, str) and note.strip():
        return f"The file of what was put in says: “{one_line(note)}”"
    if panel.meta.source == "constructed":
        return "The panel was constructed, so its lengths are assumptions too."
    return "The lengths are those that the panel states; they may hold pauses and greetings."


def _people(panel: Panel, kinds: pd.DataFrame, sessions: pd.DataFrame) -> list[Result]:
    held = kinds[kinds["experts"] > 0]
    small = int((held["experts"] <= step.SMALL_GROUP).sum())
    return [
        count_result("panel-experts", "Experts", len(panel.experts), f"{_HERE}seats"),
        count_result("panel-kinds", "Kinds of stakeholder", len(held), f"{_HERE}kinds"),
        count_result("panel-sessions", "Sessions", len(sessions), f"{_HERE}sessions"),
        text_result(
            "panel-kind-sizes", "Experts of each kind", kind_sizes(kinds), f"{_MADE}kind_sizes"
        ),
        count_result(
            "panel-small-group",
            "The largest group that gets no percentages",
            step.SMALL_GROUP,
            f"{_HERE}kinds",
            "a setting of this book",
        ),
        _share(
            "panel-kinds-small",
            "Kinds too small for percentages",
            small,
            len(held),
            f"{_HERE}kinds",
            "count-of",
        ),
        text_result(
            "panel-session-sizes",
            "Experts in a session",
            session_sizes(panel, sessions),
            f"{_MADE}session_sizes",
        ),
        text_result(
            "panel-conversations",
            "What the mode means",
            conversations(panel),
            f"{_MADE}conversations",
        ),
        text_result("panel-lengths", "Length of sessions", lengths(sessions), f"{_MADE}lengths"),
        text_result(
            "panel-length-note", "Note on the lengths", length_note(panel), f"{_MADE}length_note"
        ),
    ]


# beside the article


def beside_article(panel: Panel, table: pd.DataFrame) -> str:
    """What the comparison with the article may be read for."""
    if panel.meta.source == "constructed":
        taken = (
            "Not all that the article states was taken over; the table says what was not."
            if (table["basis"] == step.OTHER).any()
            else "What the article states was taken over."
        )
        return (
            f"{taken} Everything else was made up for this panel: how many experts each kind has "
            "and who sat with whom, the guide, every statement, every code and every rating are "
            "assumptions of its writer."
        )
    return (
        "This panel was supplied by a reader. Whether its experts are those of the article is for "
        "its own statement to say. The table sets the two designs side by side."
    )


def numbers_agree(panel: Panel, record: Record) -> str:
    """Whether the panel has as many experts and kinds as the article states."""
    table = step.beside(panel, record).set_index("what")
    same, other = [], []
    for what, one, many in (
        ("Experts", "expert", "experts"),
        ("Kinds of experts", "kind of expert", "kinds of experts"),
    ):
        own, stated = (int(str(table.at[what, side])) for side in ("panel", "article"))
        text = plural(own, one, many)
        if own == stated:
            same.append(text)
        else:
            other.append(f"{text}, where the article states {stated}")
    if not other:
        return f"This panel has {listing(same)}, as many as the article states."
    if not same:
        return f"This panel has {', and '.join(other)}."
    return f"This panel has {same[0]}, as many as the article states, but {other[0]}."


def _beside(panel: Panel, record: Record) -> list[Result]:
    table = step.beside(panel, record)
    free = table["basis"].isin([step.ASSUMED, step.SUPPLIED])
    return [
        text_result(
            "panel-beside",
            "How the article and the panel relate",
            beside_article(panel, table),
            f"{_MADE}beside_article",
            "chosen by the source in panel.yml",
        ),
        text_result(
            "panel-numbers-agree",
            "Experts and kinds, panel and article",
            numbers_agree(panel, record),
            f"{_MADE}numbers_agree",
        ),
        count_result(
            "panel-not-in-article",
            "Rows on which the article states nothing and the panel does",
            int(free.sum()),
            f"{_HERE}beside",
        ),
    ]


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


def _asked(panel: Panel, table: pd.DataFrame, grid: pd.DataFrame) -> list[Result]:
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
        _share(
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
        _share(
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


def _said(panel: Panel, table: pd.DataFrame) -> list[Result]:
    everything = len(panel.statements)
    mine = int(table["statements"].sum())
    translated = int(panel.statements["text_en"].notna().sum())
    where = f"{_HERE}speakers"
    return [
        count_result("panel-statements", "Statements", everything, where),
        _share("panel-by-experts", "Statements of experts", mine, everything, where),
        _share(
            "panel-by-moderator",
            "Statements of the moderator",
            everything - mine,
            everything,
            where,
        ),
        count_result("panel-words", "Words of experts", int(table["words"].sum()), where),
        text_result("panel-talk", "Statements of an expert", talk(table), f"{_MADE}talk"),
        text_result("panel-silent", "Experts who say nothing", silent(table), f"{_MADE}silent"),
        _share(
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


def _rated(panel: Panel, table: pd.DataFrame) -> list[Result]:
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


def _quotable(panel: Panel, table: pd.DataFrame) -> list[Result]:
    open_ = table["quotable"].astype(bool)
    where = f"{_HERE}speakers"
    return [
        _share(
            "panel-quotable",
            "Experts who agreed to be quoted",
            int(open_.sum()),
            len(table),
            where,
            "count-of",
        ),
        _share(
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


# what there is


def lacks(table: pd.DataFrame) -> str:
    """Which parts are missing."""
    missing = table.loc[~table["there"], "part"].tolist()
    if not missing:
        return "This panel has every optional part."
    if len(missing) == len(table):
        return "This panel has none of the optional parts."
    return f"Missing: {listing([m[0].lower() + m[1:] for m in missing], len(table))}."


def truth_says(panel: Panel) -> str:
    """Whether it is known what is in the panel."""
    if panel.truth is None:
        if panel.meta.source != "constructed":
            return (
                "Nobody knows the truth of real interviews, so this panel has no file that states "
                "what was put in."
            )
        return "This panel was constructed, but has no truth.yml that states what was put in."
    about = panel.truth.get("about")
    if isinstance(about, str) and about.strip():
        return f"The file truth.yml says: “{one_line(about)}”"
    return "The file truth.yml states what was put in."


def _there(panel: Panel, table: pd.DataFrame) -> list[Result]:
    twice, every = step.coded_twice(panel)
    coded = int((panel.coded["coder"] == CONSENSUS).sum())
    return [
        count_result("panel-coders", "Coders", len(panel.meta.coders), f"{_HERE}entries"),
        _share(
            "panel-coded",
            "Statements of experts with a resolved coding",
            coded,
            every,
            f"{_HERE}coded_twice",
        ),
        _share(
            "panel-coded-twice",
            "Statements of experts that two coders or more coded",
            twice,
            every,
            f"{_HERE}coded_twice",
        ),
        _share(
            "panel-parts",
            "Parts that a panel may lack and this one has",
            int(table["there"].sum()),
            len(table),
            f"{_HERE}parts",
            "count-of",
        ),
        text_result("panel-lacks", "Parts that this panel lacks", lacks(table), f"{_MADE}lacks"),
        text_result("panel-truth", "What was put in", truth_says(panel), f"{_MADE}truth_says"),
    ]


# what the article states: findings with the source "record"


def record_results(record: Record) -> list[Result]:
    """What the article states of its own interview, for the same chapter."""
    stated = "as the record states it"
    asked = ("counts-by-kind", "sessions", "moderator", "guide", "durations", "transcripts")
    gaps = {entry.id: entry for entry in record.sections["not_public"]}
    missing = [gaps[id].text("label") for id in asked]
    where = "analysis.steps.study_record."
    return [
        count_result(
            "panel-article-experts",
            "Experts, as the article states",
            record.count("experts"),
            f"{where}facts",
            stated,
        ),
        count_result(
            "panel-article-kinds",
            "Kinds of experts that the article names",
            len(record.sections["expert_kinds"]),
            f"{where}named",
            stated,
        ),
        *(
            text_result(
                f"panel-article-{id}", f"{label} of the interview", text, f"{where}facts", stated
            )
            for id, label, text in (
                ("method", "Method", record.value("method")),
                ("mode", "Mode", record.value("mode")),
                ("platform", "Platform", record.value("platform")),
                ("held", "Month", month(record.value("held"))),
            )
        ),
        text_result(
            "panel-article-silent",
            "What is not public of the interview",
            "; ".join(m[0].lower() + m[1:] for m in missing),
            f"{where}gaps",
            stated,
        ),
    ]
