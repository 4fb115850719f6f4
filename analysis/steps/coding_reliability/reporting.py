"""What a report on agreement between coders should answer, and what a panel answers.

The points are the topics of the practical guidance of O'Connor & Joffe (2020), as far as they could
be seen: in the article's abstract and in published summaries of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis.panel.panel import Panel
from analysis.steps.panel_tools import count_of, listing, plural

#: The states of a point: answered by the panel, in part, or not recorded in a panel.
ANSWERED, IN_PART, NOT_REPORTED = "answered", "in part", "not reported"
_COLUMNS = ["point", "status", "answer"]


def points(panel: Panel, chosen: str, double: int, statements: int) -> pd.DataFrame:
    """The points, one row each: point, status, answer.

    ``chosen`` is the sentence on what was double coded; ``double`` of ``statements`` were.
    """
    rows = [
        _coders(panel, double),
        _share(chosen, double, statements),
        ("How the double-coded part was chosen", NOT_REPORTED, "A panel does not record it."),
        _independence(double),
        _units(panel),
        _codes(panel),
        _definitions(panel),
        (
            "How much interpretation the codes ask for",
            NOT_REPORTED,
            "A panel does not record it; the definitions in the codebook let a reader judge.",
        ),
        (
            "By hand or with a program",
            NOT_REPORTED,
            "A panel does not record with what the coders worked. The coefficients are computed "
            "by this book's programs, each named in the ledger of findings.",
        ),
        _measure(double),
        _presented(double),
        _resolved(panel, double),
    ]
    return pd.DataFrame(rows, columns=_COLUMNS)


def _coders(panel: Panel, double: int) -> tuple[str, str, str]:
    coders = panel.meta.coders
    said = f"{plural(len(coders), 'coder')}: {listing(coders)}. Who they are, and whether they held"
    said += " the interviews themselves, is not recorded in a panel."
    return "How many coders, and who", IN_PART, said


def _share(chosen: str, double: int, statements: int) -> tuple[str, str, str]:
    answer = chosen if double else f"{count_of(double, statements)} statements of experts."
    return "How much was coded more than once", ANSWERED, answer[:1].upper() + answer[1:]


def _independence(double: int) -> tuple[str, str, str]:
    said = "Each coder's own coding is in the panel beside the consensus. Whether a coder saw "
    said += "another's, or changed a coding afterwards, is not recorded."
    status = IN_PART if double else NOT_REPORTED
    return (
        "Whether the coders worked independently",
        status,
        said if double else "No statement was coded twice.",
    )


def _units(panel: Panel) -> tuple[str, str, str]:
    said = (
        f"The unit is: {panel.meta.coding_unit.strip().rstrip('.')}. All coders worked on the same "
        "units, so agreement says nothing about where a unit should begin or end. Who cut the "
        "text into units is not recorded."
    )
    return "How the text was cut into units", IN_PART, said


def _codes(panel: Panel) -> tuple[str, str, str]:
    themes = len(panel.incidence(level=1).codes)
    codes = len(panel.incidence(level=2).codes)
    said = f"{plural(codes, 'code')} under {plural(themes, 'theme')}."
    if not panel.codebook["parent_id"].notna().any():
        said = f"{plural(codes, 'code')} on one level."
    return "How many codes", ANSWERED, said


def _definitions(panel: Panel) -> tuple[str, str, str]:
    book = panel.codebook
    n = len(book)
    rules = int((book["include"].notna() & book["exclude"].notna()).sum())
    said = f"Every code has a definition; {count_of(rules, n)} entries of the codebook also say "
    said += "when to give the code and when not. "
    if panel.has("codebook_changes"):
        changes = len(panel.frames["codebook_changes"])
        said += f"{plural(changes, 'change')} of the codebook are dated."
    else:
        said += "How the codebook changed while coding is not recorded."
    return "What the coders worked with", ANSWERED if rules == n else IN_PART, said


def _measure(double: int) -> tuple[str, str, str]:
    said = (
        "Percent agreement, Cohen's kappa, Gwet's AC1 and Krippendorff's nominal alpha by code, "
        "and set-valued alpha with the MASI distance over the whole codebook."
    )
    if not double:
        return "Which measure", NOT_REPORTED, "None can be computed: no statement was coded twice."
    return "Which measure", ANSWERED, said


def _presented(double: int) -> tuple[str, str, str]:
    said = (
        "By code and with intervals, not as one average; with counts; without words such as good "
        "or poor, and without a threshold to pass."
    )
    point = "How the result is presented and read"
    return (point, ANSWERED, said) if double else (point, NOT_REPORTED, "There is no result.")


def _resolved(panel: Panel, double: int) -> tuple[str, str, str]:
    point = "How disagreements were resolved"
    if not double:
        return (
            point,
            NOT_REPORTED,
            "No statement was coded twice, so there is no disagreement to resolve.",
        )
    said = "The resolved coding is kept beside the coders' own, so each decision can be traced. "
    if panel.has("memos"):
        memos = len(panel.frames["memos"])
        return point, ANSWERED, said + f"{plural(memos, 'memo')} give reasons for some of them."
    return point, IN_PART, said + "No memo gives reasons."


def reported(table: pd.DataFrame, states: Sequence[str] = (ANSWERED,)) -> int:
    """How many points have one of the states."""
    return int(table["status"].isin(list(states)).sum())
