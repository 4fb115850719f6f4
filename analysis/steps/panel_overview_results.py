"""What the prose of the chapter on the panel states, for any panel; always the same ids.

:func:`results` is all of it. The sentences here are about the panel itself, its people and
sessions, and what it lacks; those on what was asked, said, rated and may be quoted are in
:mod:`analysis.steps.panel_overview_talk`, the comparison with the article in
:mod:`analysis.steps.panel_overview_article`.
"""

from __future__ import annotations

from collections import Counter

import pandas as pd

from analysis.panel.format import CONSENSUS
from analysis.panel.panel import Panel
from analysis.panel.record import Record
from analysis.steps import panel_overview as step
from analysis.steps import panel_overview_article as article
from analysis.steps import panel_overview_talk as talk
from analysis.steps.panel_overview_talk import share
from analysis.steps.panel_tools import count_result, listing, plural, quoted, start, text_result
from analysis.steps.results import Result

_HERE = "analysis.steps.panel_overview."
_MADE = "analysis.steps.panel_overview_results."
_STATED = "as panel.yml states it"


def results(panel: Panel, record: Record) -> list[Result]:
    """Everything that the chapter states of the panel; always the same ids."""
    tables = step.frames(panel, record)
    return [
        *_itself(panel),
        *_people(panel, tables["kinds"], tables["sessions"]),
        *article.beside_results(panel, record),
        *talk.asked_results(panel, tables["questions"], tables["question_grid"]),
        *talk.said_results(panel, tables["speakers"]),
        *talk.rated_results(panel, tables["items"]),
        *talk.quotable_results(panel, tables["speakers"]),
        *_there(panel, tables["parts"]),
    ]


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
        share(
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
        share(
            "panel-coded",
            "Statements of experts with a resolved coding",
            coded,
            every,
            f"{_HERE}coded_twice",
        ),
        share(
            "panel-coded-twice",
            "Statements of experts that two coders or more coded",
            twice,
            every,
            f"{_HERE}coded_twice",
        ),
        share(
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
