"""What was double coded: by whom, in which sessions, and where a code was looked for in vain."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.panel.format import CONSENSUS, MODERATOR
from analysis.panel.panel import Panel
from analysis.steps.coding_reliability.sheets import coded, records
from analysis.steps.panel_tools import count_of, listing, plural

#: Up to so many sessions are named one by one.
_NAMED = 8


def by_session(panel: Panel) -> pd.DataFrame:
    """How many of the experts' statements each coder worked on, one row a session.

    Columns session, statements, one for each coder, double (worked on by two coders or more),
    consensus.
    """
    coders = panel.meta.coders
    statements = panel.statements[panel.statements["speaker"].astype(object) != MODERATOR]
    work = panel.coded
    worked = {
        coder: set(work["statement_id"].astype(object)[work["coder"] == coder])
        for coder in (*coders, CONSENSUS)
    }
    ids = statements["statement_id"].tolist()
    marks = pd.DataFrame({coder: [i in done for i in ids] for coder, done in worked.items()})
    marks.insert(0, "session", statements["session_id"].astype(object).tolist())
    marks.insert(1, "statements", 1)
    marks["double"] = marks[list(coders)].sum(axis=1) >= 2
    counts = marks.groupby("session", sort=False).sum().astype(int)
    order = panel.sessions["session_id"].tolist()
    counts = counts.reindex(order, fill_value=0).rename_axis("session").reset_index()
    return counts[["session", "statements", *coders, "double", CONSENSUS]]


def by_coder(panel: Panel) -> pd.DataFrame:
    """What each coder did: statements worked on, without a code, and codes given.

    Columns coder, statements, empty, codes; the consensus comes last.
    """
    rows = []
    for coder in (*panel.meta.coders, CONSENSUS):
        sets = panel.code_sets((coder,), stance="any").values[0]
        rows.append(
            {
                "coder": coder,
                "statements": len(sets),
                "empty": sum(not s for s in sets),
                "codes": sum(len(s) for s in sets),
            }
        )
    return pd.DataFrame(rows)


def chosen(sessions: pd.DataFrame) -> str:
    """Which statements were double coded, as a sentence; what the choice followed is not known."""
    spoken = sessions[sessions["statements"] > 0]
    n, k = int(spoken["statements"].sum()), int(spoken["double"].sum())
    if k == n:
        return f"Two coders or more worked on every statement of an expert ({n} in all)."
    if not k:
        return f"Two coders or more worked on {count_of(k, n)} statements of experts."
    whole = spoken[spoken["double"] == spoken["statements"]]
    none = spoken[spoken["double"] == 0]
    part = spoken.drop([*whole.index, *none.index])
    said = f"Two coders or more worked on {count_of(k, n)} statements of experts: "
    pieces = []
    for rows, amount in ((whole, "all of them"), (part, "a part"), (none, "none")):
        names = rows["session"].tolist()
        if rows is part:
            names = [f"{r['session']} ({r['double']} of {r['statements']})" for r in records(rows)]
        if len(spoken) > _NAMED:
            where = plural(len(names), "session")
        elif names:
            where = listing(names, _NAMED)
        if names:
            pieces.append(f"on {amount} in {where}")
    said += ", ".join(pieces) + "."
    return said + " How they were chosen is not recorded in a panel."


def in_vain(coders: pd.DataFrame) -> str:
    """How many statements each coder read without giving a code, as a sentence."""
    rows = coders[coders["coder"] != CONSENSUS]
    said = []
    for row in records(rows):
        if row["statements"]:
            what = f"no code to {row['empty']} of them" if row["empty"] else "a code to each"
            said.append(
                f"{row['coder']} worked on {plural(row['statements'], 'statement')} and gave {what}"
            )
    return "; ".join(said) + "." if said else "No coder worked on a statement."


def alone(panel: Panel) -> pd.DataFrame:
    """What the consensus made of statements that one coder coded alone, one row a coder.

    Columns coder, statements (that the coder and the consensus coded and no other coder), same
    (the consensus gives the same codes).
    """
    sets = panel.code_sets((*panel.meta.coders, CONSENSUS), stance="any").values
    worked = coded(sets)
    single = worked[-1] & (worked[:-1].sum(axis=0) == 1)
    rows = []
    for row, coder in enumerate(panel.meta.coders):
        mine = np.flatnonzero(single & worked[row])
        same = sum(sets[row, u] == sets[-1, u] for u in mine)
        rows.append({"coder": coder, "statements": len(mine), "same": int(same)})
    return pd.DataFrame(rows)
