"""The tables of the chapter on coding reliability: their headings and what stands in them."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from analysis.display import tables
from analysis.display.figures import MARKED
from analysis.display.messages import message
from analysis.display.notebook import SOURCE_KEY
from analysis.display.wording import interval, number
from analysis.steps.coding_reliability.analysis import CodingReliability
from analysis.steps.coding_reliability.sheets import records
from analysis.steps.panel_tools import CONFIDENCE

if TYPE_CHECKING:
    import pandas as pd

#: The most kinds of disagreement in the table.
MOST_KINDS = 15
#: What captions say of intervals.
LEVEL = f"{number(100 * CONFIDENCE, 0)}% intervals by whole experts"

REPORTING_COLUMNS = {"point": "Point", "status": "In this panel", "answer": "Answer"}
CODER_COLUMNS = {
    "coder": "Coder",
    "statements": "Statements worked on",
    "empty": "Of these without a code",
    "codes": "Codes given",
}
OVERALL_COLUMNS = {
    "level": "Level",
    "counted": "Counted where",
    "n": "Statements",
    "alpha": "Set-valued alpha",
    "experts_text": "By whole experts",
    "sessions_text": "By whole sessions",
}
PAIR_COLUMNS = {
    "first": "Coder",
    "second": "And coder",
    "n": "Statements of both",
    "same": "With the same codes",
    "apart": "With no code in common",
    "alpha_text": "Set-valued alpha",
}
ALL_COLUMNS = {
    "name": "Code",
    "given": "Statements with it",
    "n": "Of double-coded",
    "agreement_text": "Agreement",
    "ac1_text": "AC1",
    "alpha_text": "Alpha",
    "raised_alpha": "Alpha, if raised",
}
SESSION_COLUMNS = {
    "session": "Session",
    "n": "Double-coded",
    "same": "With the same codes",
    "alpha_text": "Set-valued alpha",
    "experts": "Experts",
}
LINE_COLUMNS = {
    "position": "Middle statement",
    "session": "Session",
    "likeness_text": "Mean likeness",
    "experts": "Experts",
}
MEMO_COLUMNS = {
    "memo": "Memo",
    "date": "Date",
    "author": "Author",
    "about": "About",
    "text": "Text",
}
PLANTED_COLUMNS = {
    "quantity": "Quantity",
    "kind": "What it is",
    "planted": "Planted",
    "recovered_text": "Recovered",
    "inside": "Planted within",
}
RESOLVED_COLUMNS = {
    "given_by": "Code had been given by",
    "n": "Codes in statements",
    "kept": "In the consensus",
}


def pair(found: CodingReliability) -> tuple[str, str]:
    """The two compared coders; empty texts where there are none."""
    return found.pair or ("", "")


def session_columns(found: CodingReliability) -> dict[str, str]:
    """Headings of the table of what was coded."""
    coders = {coder: coder for coder in found.coder_names}
    head = {"session": "Session", "statements": "Statements of experts"}
    return head | coders | {"double": "Two coders or more", "consensus": "Consensus"}


def pair_code_columns(found: CodingReliability) -> dict[str, str]:
    """Headings of the table of two coders' coefficients by code."""
    first, second = pair(found)
    return {
        "name": "Code",
        "both": "Both",
        "only_first": f"Only {first}",
        "only_second": f"Only {second}",
        "neither": "Neither",
        "agreement": "Agreement",
        "kappa_text": "Kappa",
        "prevalence": "Prevalence index",
        "bias": "Bias index",
        "pabak": "PABAK",
    }


def stance_columns(found: CodingReliability) -> dict[str, str]:
    """Headings of the table of stances."""
    first, second = pair(found)
    return {
        "first": f"{first} says",
        "raises": f"{second} says raises",
        "opposes": f"{second} says opposes",
    }


def kinds_table(found: CodingReliability) -> pd.DataFrame:
    """The most frequent kinds of disagreement, as many as the table shows."""
    return found.kinds.head(MOST_KINDS)


def kind_columns(found: CodingReliability) -> dict[str, str]:
    """Headings of the table of kinds of disagreement."""
    first, second = pair(found)
    return {
        "one": "Code",
        "other": "Against",
        "n": "Statements",
        "forward": f"By {first}",
        "backward": f"By {second}",
        "statements": "Which",
    }


def drift_columns(found: CodingReliability) -> dict[str, str]:
    """Headings of the table of drift by code."""
    first, second = pair(found)
    return {
        "name": "Code",
        "session": "Session",
        "n": "Statements of both",
        "only_first": f"Only {first}",
        "only_second": f"Only {second}",
        "net": "Balance",
    }


def resolved_table(found: CodingReliability) -> pd.DataFrame:
    """What became of single codes, with who had given them in words."""
    first, second = pair(found)
    who = {
        "both": "both coders",
        "first": f"{first} alone",
        "second": f"{second} alone",
        "neither": "neither coder",
    }
    table = found.resolved.copy()
    if len(table):
        table["given_by"] = table["given_by"].map(who)
    return table


def experts_columns(found: CodingReliability) -> dict[str, str]:
    """Headings of the table of experts counted by either coder."""
    first, second = pair(found)
    return {"name": "Code", "first": first, "second": second, "difference": "Difference"}


def spelled(table: pd.DataFrame) -> pd.DataFrame:
    """The table with each value and its interval in one cell: ``alpha_text`` beside ``alpha``.

    Intervals are columns ``alpha_low`` and ``alpha_high``, or, in a table with one value, ``low``
    and ``high``; where there is none the value stands alone.
    """
    out = table.copy()
    for name in ("agreement", "ac1", "alpha", "kappa", "likeness", "recovered"):
        low, high = f"{name}_low", f"{name}_high"
        if low not in table:
            low, high = "low", "high"
        if name in table and low in table:
            limits = zip(table[name], table[low], table[high], strict=True)
            out[f"{name}_text"] = [_cell(v, a, b) for v, a, b in limits]
    return out


def _cell(value: float, low: float, high: float) -> str:
    if np.isnan(value):
        return "–"
    return number(value) + ("" if np.isnan(low) else f" ({interval(low, high)})")


def overall_table(found: CodingReliability) -> pd.DataFrame:
    """Set-valued alpha with its intervals in words."""
    table = found.overall.copy()
    for name, low, high in (
        ("experts", "low", "high"),
        ("sessions", "session_low", "session_high"),
    ):
        if len(table):
            limits = zip(table[low], table[high], table[name], strict=True)
            table[f"{name}_text"] = [_among(a, b, n, name) for a, b, n in limits]
    return table


def _among(low: float, high: float, n: int, what: str) -> str:
    return "–" if np.isnan(low) else f"{interval(low, high)} ({n} {what})"


# disagreements in their text


def disagreements(found: CodingReliability, caption: str, source: str, language: str) -> None:
    """Show the disputed statements: the words, a translation beneath, and who coded what.

    ``language`` is that of the statements.
    """
    from IPython.display import display

    html = disagreements_html(found, caption, source, language)
    display({"text/html": html, "text/plain": caption}, raw=True, metadata={SOURCE_KEY: source})


def disagreements_html(found: CodingReliability, caption: str, source: str, language: str) -> str:
    """The table of :func:`disagreements` as HTML."""
    mark = message(MARKED[source]) if source in MARKED else ""
    (first, second), rows = pair(found), []
    for row in records(found.read):
        coded = [(first, row["first"]), (second, row["second"]), ("consensus", row["consensus"])]
        if row["memo"]:
            coded.append(("memo", row["memo"]))
        rows.append(
            (
                escape(row["statement"]),
                tables.speech(escape(row["said"]), row["english"], language),
                "".join(f"<p><strong>{escape(k)}</strong>: {escape(v)}</p>" for k, v in coded),
            )
        )
    return tables.cells_html(
        caption, ("Statement", "What was said", "How it was coded"), rows, mark
    )
