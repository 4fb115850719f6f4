"""What checklists and guidance ask of a report of interviews, and what a panel answers of it.

Four sources: COREQ (Tong, Sainsbury & Craig 2007) item by item; O'Connor & Joffe (2020) on
agreement between coders; Guest, Namey & Chen (2020) on saturation; Vicsek (2007, 2010) on the
analysis of group interviews. A point is answered, answered in part, or declared not reported.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from analysis.panel.panel import Panel
from analysis.panel.record import Record
from analysis.steps.coding_reliability import coverage
from analysis.steps.coding_reliability.reporting import (
    ANSWERED,
    IN_PART,
    NOT_REPORTED,
    points,
)
from analysis.steps.panel_tools import (
    count_of,
    counted,
    kind_names,
    listing,
    plural,
    sessions_note,
    start,
    text_result,
)
from analysis.steps.results import Result
from analysis.steps.saturation import BASES, RUNS, THRESHOLDS

STATUSES = (ANSWERED, IN_PART, NOT_REPORTED)
#: What stands where the files of a panel have no place for a point.
IN_WORDS = "A panel does not record it; a report has to say it in words."
COLUMNS = ["number", "point", "status", "answer"]

Answer = tuple[str, str]


def _times(panel: Panel) -> Answer:
    minutes = panel.sessions["minutes"].notna()
    if not minutes.any():
        return NOT_REPORTED, "The table of sessions gives no length."
    known = count_of(int(minutes.sum()), len(minutes))
    status = ANSWERED if minutes.all() else IN_PART
    return status, f"Given for {known} sessions, in the chapter on the panel."


def _notes(panel: Panel) -> Answer:
    if not panel.has("memos"):
        return NOT_REPORTED, "This panel has no memos."
    memos = plural(len(panel.frames["memos"]), "memo")
    return IN_PART, f"{memos} on the coding; notes made during the talk are not told apart."


def _origins(panel: Panel) -> Answer:
    origins = sorted({str(o) for o in panel.codebook["origin"].dropna()})
    if not origins:
        return NOT_REPORTED, "The codebook does not say where its codes come from."
    return ANSWERED, f"The codebook says for each code: {listing(origins)}."


def _quotable(panel: Panel) -> Answer:
    k, n = int(panel.experts["quotable"].sum()), len(panel.experts)
    if not k:
        return NOT_REPORTED, "No expert agreed to be quoted."
    who = count_of(k, n)
    return ANSWERED, f"By a stated rule, each with the expert's id; {start(who)} may be quoted."


def _people(panel: Panel) -> Answer:
    kinds = len(set(panel.experts["stakeholder"]))
    return IN_PART, f"{plural(kinds, 'kind')} of stakeholder, and who sat with whom; nothing else."


def _coders(panel: Panel) -> Answer:
    return ANSWERED, f"{plural(len(panel.meta.coders), 'coder')}, and an agreed coding."


#: The items of COREQ that a panel answers, by number.
COREQ: dict[int, Callable[[Panel], Answer]] = {
    9: lambda panel: (
        IN_PART,
        f"The kind of interview: {panel.meta.mode}. What the analysis does is in each chapter.",
    ),
    12: lambda panel: (ANSWERED, f"{plural(len(panel.experts), 'expert')}."),
    16: _people,
    17: lambda panel: (
        ANSWERED,
        f"{plural(len(panel.frames['guide']), 'question')}, and which were reached.",
    ),
    20: _notes,
    21: _times,
    22: lambda panel: (ANSWERED, "The chapter on saturation, without a verdict."),
    24: _coders,
    25: lambda panel: (
        ANSWERED,
        f"The chapter on the codebook: {plural(len(panel.codebook), 'entry', 'entries')}.",
    ),
    26: _origins,
    27: lambda panel: (
        IN_PART,
        "The status page names the programs of the analysis; those of the coders are not recorded.",
    ),
    29: _quotable,
    30: lambda panel: (ANSWERED, "Every count is traced to statements; see the findings."),
    31: lambda panel: (ANSWERED, "The chapters about the tasks, all codes with their counts."),
    32: lambda panel: (
        ANSWERED,
        "Codes of one expert are listed; who opposes is shown and quoted.",
    ),
}


def coreq(panel: Panel, record: Record) -> pd.DataFrame:
    """COREQ, one row an item: number, point, status, answer.

    The items are those of the study record; ``status`` and ``answer`` are about the panel at hand.
    """
    rows = []
    for entry in record.sections["reporting"]:
        number = int(entry.values["number"])
        found = COREQ.get(number)
        status, answer = found(panel) if found else (NOT_REPORTED, IN_WORDS)
        rows.append((number, entry.text("label"), status, answer))
    return pd.DataFrame(rows, columns=COLUMNS)


def agreement(panel: Panel) -> pd.DataFrame:
    """What O'Connor & Joffe ask, as the chapter on coding reliability answers it."""
    sessions = coverage.by_session(panel)
    double, spoken = int(sessions["double"].sum()), int(sessions["statements"].sum())
    return points(panel, coverage.chosen(sessions), double, spoken)


def saturation(panel: Panel) -> pd.DataFrame:
    """What Guest, Namey & Chen ask of a report of saturation."""
    codes = plural(len(panel.incidence().codes), "code")
    threshold = f"{100 * THRESHOLDS[0]:g}%"
    changed = panel.has("codebook_changes")
    rows = [
        ("Base size", ANSWERED, f"{BASES[0]} interviews; {listing([*map(str, BASES)])} compared."),
        ("Run length", ANSWERED, f"{RUNS[0]} interviews; {listing([*map(str, RUNS)])} compared."),
        ("New information threshold", ANSWERED, f"{threshold} of the codes of the base."),
        ("What counts as new information", ANSWERED, f"A code of the codebook, of {codes}."),
        (
            "Unit and order",
            ANSWERED,
            "An expert, in the order of speaking, beside all other orders; sessions as a second "
            "look.",
        ),
        (
            "Codes made while coding",
            IN_PART if changed else NOT_REPORTED,
            "The rule was made for codes found on the way. Here all statements carry the codes of "
            "the last codebook; its changes are dated."
            if changed
            else "Whether the codebook grew while coding is not recorded.",
        ),
    ]
    return pd.DataFrame(rows, columns=["point", "status", "answer"])


def groups(panel: Panel) -> pd.DataFrame:
    """What Vicsek asks of the analysis of group interviews."""
    alone = panel.meta.mode == "individual"
    kinds = kind_names(panel)
    talk = "Each expert was interviewed alone." if alone else ""
    interaction = "Who speaks after whom, echoes, and shares of talk: the chapter on participation."
    times = bool(panel.statements["start_s"].notna().any())
    rows = [
        ("Interaction between participants", ANSWERED, talk or interaction),
        (
            "The moderator",
            IN_PART,
            "What the moderator says is kept and counted apart. Who moderated is not recorded.",
        ),
        ("The setting", NOT_REPORTED, IN_WORDS),
        (
            "Time",
            ANSWERED if times else IN_PART,
            "When in a session a code comes up, and what was asked when."
            if times
            else "The order of statements; this panel has no times.",
        ),
        ("The content of the talk", ANSWERED, "Questions of the guide, codes, and statements."),
        (
            "Who the participants are",
            IN_PART,
            f"{plural(len(kinds), 'kind')} of stakeholder; other traits are not recorded.",
        ),
        (
            "Generalising",
            ANSWERED,
            "Counts describe these experts. What would hold for a random draw is marked "
            "model-based, everywhere.",
        ),
        (
            "Numbers",
            ANSWERED,
            f"Always counts of experts first, never of mentions. {counted(panel)}",
        ),
        ("The situation of each group", ANSWERED, sessions_note(panel)),
        ("Quotations", *_quotable(panel)),
    ]
    return pd.DataFrame(rows, columns=["point", "status", "answer"])


def tally(table: pd.DataFrame) -> str:
    """How many points are answered, in part, not reported."""
    n = len(table)
    counts = [int((table["status"] == status).sum()) for status in STATUSES]
    left = {0: "none is left unreported", 1: "1 is not reported"}.get(
        counts[2], f"{counts[2]} are not reported"
    )
    return f"Of {n} points this panel answers {counts[0]}, and {counts[1]} in part; {left}."


def silent(table: pd.DataFrame) -> str:
    """Which points are not reported."""
    names = table.loc[table["status"] == NOT_REPORTED, "point"].str.lower().tolist()
    return f"Not reported: {listing(names, 40)}." if names else "No point is left out."


def results(tables: dict[str, pd.DataFrame]) -> list[Result]:
    """How many points of each source are answered, and which are not."""
    out = []
    for name, table in tables.items():
        out += [
            text_result(
                f"rep-{name}",
                f"points answered, {name}",
                tally(table),
                "analysis.steps.reporting.tally",
                k=int((table["status"] == ANSWERED).sum()),
                n=len(table),
            ),
            text_result(
                f"rep-{name}-silent",
                f"points not reported, {name}",
                silent(table),
                "analysis.steps.reporting.silent",
            ),
        ]
    return out


def tables(panel: Panel, record: Record) -> dict[str, pd.DataFrame]:
    """The four tables by name: coreq, agreement, saturation, groups."""
    return {
        "coreq": coreq(panel, record),
        "agreement": agreement(panel),
        "saturation": saturation(panel),
        "groups": groups(panel),
    }
