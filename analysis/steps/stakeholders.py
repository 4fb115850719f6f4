"""Who raises what: the kinds of stakeholder, expert by expert.

Most kinds have two or three experts, so each expert is shown as one mark and no share of a kind is
given. The comparisons of sides are in :mod:`analysis.steps.stakeholders_contrasts`, the map in
:mod:`analysis.steps.stakeholders_map`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.panel.panel import Panel
from analysis.steps.panel_raised import Raised, who_raised
from analysis.steps.panel_tools import (
    counted,
    listing,
    plural,
    quoted,
    sessions_note,
    start,
    text_result,
    whole_or_half,
)
from analysis.steps.results import Result
from analysis.steps.themes import BOTH, OPPOSED, RAISED, SILENT, STATE_COLUMNS

#: Kinds up to this size are shown as single experts, without percentages.
SMALL = 3
_CODE = ("code", "label")
_EXPERT = ("expert", "kind", "kind_name", "session")

_HERE = "analysis.steps.stakeholders."


def side_of_kind(panel: Panel) -> dict[str, str]:
    """The side of each kind that the plan puts on one; empty without a plan."""
    sides = panel.plan.sides if panel.plan else {}
    return {kind: side for side, kinds in sides.items() for kind in kinds}


def kinds_table(panel: Panel) -> pd.DataFrame:
    """The kinds of stakeholder that have coded experts, one row each.

    Columns kind, label, side ("" where the plan names none), n (experts), sessions (in how many
    they sat), codes (raised by any of them), codes_all (raised by each of them), codes_only
    (raised by no other kind), experts (their ids).
    """
    found, side = who_raised(panel), side_of_kind(panel)
    groups = found.kinds()
    held = np.array([found.raised[rows].any(axis=0) for _, _, rows in groups], dtype=np.bool_)
    rows = []
    for place, (kind, label, members) in enumerate(groups):
        others = np.delete(held, place, axis=0).any(axis=0)
        experts = found.experts.iloc[members]
        rows.append(
            {
                "kind": kind,
                "label": label,
                "side": side.get(kind, ""),
                "n": len(members),
                "sessions": experts["session"].nunique(),
                "codes": int(held[place].sum()),
                "codes_all": int(found.raised[members].all(axis=0).sum()),
                "codes_only": int((held[place] & ~others).sum()),
                "experts": ", ".join(experts["expert"]),
            }
        )
    columns = ["kind", "label", "side", "n", "sessions", "codes", "codes_all", "codes_only"]
    return pd.DataFrame(rows, columns=[*columns, "experts"])


def by_kind(panel: Panel) -> pd.DataFrame:
    """Each code by how many experts of each kind raised it.

    Columns code, label, theme, k, n, opposed, kinds (in how many kinds somebody raised it), and
    one column a kind, named by the kind, with "k of n" as text.
    """
    found = who_raised(panel)
    groups = found.kinds()
    table = pd.DataFrame(
        {
            "code": found.codes["code"],
            "label": found.codes["label"],
            "theme": found.codes["theme_name"],
            "k": found.raised.sum(axis=0),
            "n": found.n,
            "opposed": found.opposed.sum(axis=0),
            "kinds": sum(
                (found.raised[rows].any(axis=0).astype(np.int64) for _, _, rows in groups),
                np.zeros(len(found.codes), dtype=np.int64),
            ),
        }
    )
    for _, label, rows in groups:
        table[label] = [f"{k} of {len(rows)}" for k in found.raised[rows].sum(axis=0)]
    return table


def all_states(panel: Panel) -> pd.DataFrame:
    """What each expert did with each code of any task, as :func:`analysis.steps.themes.states`.

    Codes by theme in the order of the codebook.
    """
    found = who_raised(panel)
    names = np.array([SILENT, RAISED, OPPOSED, BOTH], dtype=object)
    state = names[found.raised.astype(np.int64) + 2 * found.opposed]
    people, codes = found.n, len(found.codes)
    columns = {
        **{name: np.repeat(found.codes[name].to_numpy(dtype=object), people) for name in _CODE},
        **{name: np.tile(found.experts[name].to_numpy(dtype=object), codes) for name in _EXPERT},
        "state": state.T.ravel(),
    }
    return pd.DataFrame(columns)[STATE_COLUMNS]


def missing(panel: Panel) -> str:
    """Why there is nothing to show; empty where there is something."""
    found = who_raised(panel)
    if not found.n:
        return "No statement of an expert was coded, so nothing can be counted."
    if not found.raised.any() and not found.opposed.any():
        return "No expert raised or opposed any code, so there is nothing to show."
    return ""


# sentences


def small_kinds(table: pd.DataFrame) -> str:
    """How many kinds are too small for a share."""
    small, n = int((table["n"] <= SMALL).sum()), len(table)
    if not n:
        return "No kind of stakeholder has a coded expert."
    if n == 1:
        return f"All experts stand for one kind of stakeholder, “{table['label'].iloc[0]}”."
    if not small:
        return f"Each of the {n} kinds has more than {SMALL} experts."
    which = f"all {n} kinds have" if small == n else f"{small} of the {n} kinds {_have(small)}"
    return start(f"{which} at most {SMALL} experts.")


def _have(number: int) -> str:
    return "has" if number == 1 else "have"


def everywhere(table: pd.DataFrame, kinds: int) -> str:
    """Which codes somebody raised in every kind."""
    if kinds < 2:
        return "With fewer than two kinds there is nothing to compare."
    names = table.loc[table["kinds"] == kinds, "label"].tolist()
    if not names:
        most = int(table["kinds"].max()) if len(table) else 0
        if not most:
            return "No code was raised in any kind."
        spread = table.loc[table["kinds"] == most, "label"].tolist()
        return (
            f"No code was raised in all {kinds} kinds; {quoted(spread)} {_was(spread)} raised in "
            f"{most} of them, more than any other."
        )
    return f"In each of the {kinds} kinds somebody raised {quoted(names)}."


def _was(names: Sequence[str]) -> str:
    return "was" if len(names) == 1 else "were each"


def one_kind(panel: Panel) -> str:
    """Which codes one kind alone raised."""
    found = who_raised(panel)
    groups = found.kinds()
    if len(groups) < 2:
        return "With fewer than two kinds there is nothing to compare."
    held = np.array([found.raised[rows].sum(axis=0) for _, _, rows in groups])
    parts = []
    for column in np.flatnonzero((held > 0).sum(axis=0) == 1):
        kind = int(held[:, column].argmax())
        k, n = int(held[kind, column]), len(groups[kind][2])
        label = found.codes["label"].iloc[int(column)]
        parts.append(f"“{label}” ({groups[kind][1]}, {k} of {n})")
    if not parts:
        return "No code was raised by one kind alone."
    codes = plural(len(parts), "code")
    return f"{codes} {'was' if len(parts) == 1 else 'were'} raised by one kind alone: " + (
        f"{listing(parts)}."
    )


def range_of_codes(found: Raised) -> str:
    """How many codes single experts raised."""
    if not found.n:
        return "There is no expert whose codes could be counted."
    counts = found.raised.sum(axis=1)
    low, high = int(counts.min()), int(counts.max())
    if low == high:
        each = "The one expert" if found.n == 1 else f"Each of the {found.n} experts"
        return f"{each} raised {plural(low, 'code')}."
    least, most = (sorted(found.experts.loc[counts == end, "expert"]) for end in (low, high))
    return (
        f"The number of codes that one expert raised runs from {low} ({listing(least)}) to {high} "
        f"({listing(most)}); the median is {whole_or_half(float(np.median(counts)))}."
    )


def sides_sentence(panel: Panel) -> str:
    """Which kinds the plan puts on which side."""
    if panel.plan is None:
        return "This panel has no analysis plan (plan.yml), so no sides were named beforehand."
    if not panel.plan.sides:
        return "The analysis plan of this panel names no sides."
    table = kinds_table(panel)
    parts = []
    for side in panel.plan.sides:
        rows = table[table["side"] == side]
        names = f": {listing(rows['label'].tolist(), 12)}" if len(rows) else ""
        parts.append(f"{side} ({plural(int(rows['n'].sum()), 'expert')}{names})")
    left = table.loc[table["side"] == "", "label"].tolist()
    rest = f" On no side: {listing(left)}." if left else ""
    return f"The plan names these sides: {'; '.join(parts)}.{rest}"


def plan_note(panel: Panel) -> str:
    """What the plan says of itself."""
    if panel.plan is None or not panel.plan.note:
        return "The panel does not say when its contrasts were named."
    return f"The plan says of itself: “{panel.plan.note.rstrip('.')}”."


def who_results(panel: Panel) -> list[Result]:
    """What the prose states of who raised what."""
    found, kinds, codes = who_raised(panel), kinds_table(panel), by_kind(panel)

    def text(id: str, label: str, value: str, function: str) -> Result:
        return text_result(f"st-{id}", label, value, _HERE + function)

    return [
        text("counted", "who is counted", counted(panel), "who_results"),
        text("conversation", "in what conversation", sessions_note(panel), "who_results"),
        Result(
            "st-experts",
            "experts counted",
            found.n,
            "count",
            "description",
            "count",
            _HERE + "who_results",
        ),
        Result(
            "st-kinds",
            "kinds of stakeholder with experts",
            len(kinds),
            "count",
            "description",
            "count",
            _HERE + "kinds_table",
        ),
        text("small", "kinds with few experts", small_kinds(kinds), "small_kinds"),
        text("range", "codes per expert", range_of_codes(found), "range_of_codes"),
        text(
            "everywhere",
            "codes raised in every kind",
            everywhere(codes, len(kinds)),
            "everywhere",
        ),
        text("one-kind", "codes raised in one kind", one_kind(panel), "one_kind"),
        text("sides", "the sides of the plan", sides_sentence(panel), "sides_sentence"),
        text("plan-note", "what the plan says of itself", plan_note(panel), "plan_note"),
    ]
