"""What may be concluded of a claim from what: sentences chosen by the signs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from analysis.panel.panel import Panel
from analysis.steps.claims.states import AGAINST, FOR, OPEN, UNSEEN
from analysis.steps.panel_raised import who_raised
from analysis.steps.panel_tools import count_of, listing, plural, start

#: What a panel does about a claim: the words after "they would" (or after "interviews").
SPEAKS_FOR, RESERVED, DIVIDED = "speak for it", "speak for it, with reservations", "stand divided"
LEAVES_OPEN, SPEAKS_AGAINST, SAYS_NOTHING = "leave it open", "speak against it", "say nothing of it"

#: What such a verdict is worth, by the source of the panel.
WORTH = {
    "constructed": "They were constructed, so this says what the method can show, and nothing of "
    "digitalization.",
    "panel": "They show what these experts report, not what digitalization did.",
}


def panel_verdict(signs: pd.DataFrame) -> str:
    """What the signs of a claim together say: one of the six words above.

    The first sign decides: where as many oppose as raise, the panel leaves the claim open, and
    where more do, it speaks against it. Where more raise, any sign against it makes the panel
    divided, and any that points neither way is a reservation.
    """
    states = dict(zip(signs["sign"], signs["state"], strict=True))
    first = states["raised"]
    if first == UNSEEN:
        return SAYS_NOTHING
    if first == AGAINST:
        return SPEAKS_AGAINST
    if first == OPEN:
        return LEAVES_OPEN
    if AGAINST in states.values():
        return DIVIDED
    return RESERVED if OPEN in states.values() else SPEAKS_FOR


def counted(signs: pd.DataFrame) -> tuple[int, int]:
    """How many of the signs that could be looked at point to the claim."""
    return int((signs["state"] == FOR).sum()), int((signs["state"] != UNSEEN).sum())


def verdict_sentence(signs: pd.DataFrame, source: str) -> str:
    """The verdict on a claim from a panel alone, and what it is worth."""
    lead = (
        "If these were real interviews, they would"
        if source == "constructed"
        else "These interviews"
    )
    found = panel_verdict(signs)
    k, n = counted(signs)
    if found == SAYS_NOTHING:
        why = signs["sentence"].iloc[0]
        return f"{lead} {found}. {why}"
    parts = [f"{count_of(k, n)} signs that can be looked at point to it"]
    for state, what in ((OPEN, "neither way"), (AGAINST, "against it")):
        titles = signs.loc[signs["state"] == state, "title"].str.lower().tolist()
        if titles:
            parts.append(f"{what}: {listing(titles, 12)}")
    return f"{lead} {found}: {'; '.join(parts)}. {WORTH[source]}"


def against_sentence(signs: pd.DataFrame) -> str:
    """What of the signs counts against a claim, or does not bear it out."""
    if (signs["state"] == UNSEEN).all():
        return "Nothing could be looked at."
    parts = []
    for state, lead in ((AGAINST, "Against it"), (OPEN, "Neither way")):
        rows = signs[signs["state"] == state]
        if len(rows):
            parts.append(f"{lead}: {' '.join(rows['sentence'])}")
    return " ".join(parts) or "None of the signs that can be looked at counts against it."


def opposers(panel: Panel, rows: Sequence[dict[str, Any]]) -> str:
    """Who speaks against the codes of a claim, and for which kind of stakeholder they stand."""
    experts = who_raised(panel).experts
    kind = dict(zip(experts["expert"], experts["kind_name"], strict=True))
    by_expert = [name for name in kind if any(name in row["opposed_by"] for row in rows)]
    if not rows:
        return "There is no code that could be opposed."
    what = "it" if len(rows) == 1 else "one or more of the codes"
    if not by_expert:
        return f"Nobody speaks against {'it' if len(rows) == 1 else 'any of the codes'}."
    both = [name for name in by_expert if any(name in row["raised_by"] for row in rows)]
    note = f" Of these, {listing(both)} also raise{'s' if len(both) == 1 else ''} " if both else ""
    note = f"{note}{what}." if both else ""
    named = [f"{name} ({kind[name]})" for name in by_expert]
    return (
        f"{plural(len(named), 'expert')} speak{'s' if len(named) == 1 else ''} against {what}: "
        + (f"{listing(named)}.{note}")
    )


def missing_signs(signs: pd.DataFrame) -> str:
    """Which signs cannot be looked at, and why."""
    rows = signs[signs["state"] == UNSEEN]
    if rows.empty:
        return "Each sign could be looked at."
    if len(rows) == len(signs):
        return f"No sign can be looked at. {rows['sentence'].iloc[0]}"
    why = [f"{title.lower()} ({text.rstrip('.')})" for title, text in _reasons(rows)]
    return f"Cannot be looked at: {'; '.join(why)}."


def _reasons(rows: pd.DataFrame) -> list[tuple[str, str]]:
    """Titles with the same reason together."""
    grouped = rows.groupby("sentence", sort=False)["title"].agg(lambda t: listing(t.tolist(), 12))
    return [(title, str(reason)) for reason, title in grouped.items()]


def overall(verdicts: dict[str, str], source: str) -> str:
    """How the claims fare in the panel, all of them in one sentence."""
    words = {
        SPEAKS_FOR: "is borne out by every sign that can be looked at",
        RESERVED: "is borne out with reservations",
    }
    words |= {DIVIDED: "is disputed by some signs", LEAVES_OPEN: "is left open"}
    words |= {SPEAKS_AGAINST: "is spoken against", SAYS_NOTHING: "is not spoken of"}
    parts = []
    for found, text in words.items():
        names = [claim for claim, verdict in verdicts.items() if verdict == found]
        if names:
            are = text if len(names) == 1 else text.replace("is ", "are ", 1)
            parts.append(f"{listing(names, 12)} {are}")
    of = "In the constructed panel" if source == "constructed" else "In this panel"
    return start(f"{of} {'; '.join(parts)}.")
