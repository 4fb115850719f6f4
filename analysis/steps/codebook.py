"""The chapter on the codebook: its tree with counts, where codes come from, versions, examples.

Tables here; what the prose says of them is in :mod:`analysis.steps.codebook_results`. Counts are of
experts in the resolved coding, and describe them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.panel.format import CHANGES, CONSENSUS, LEAVING
from analysis.panel.panel import Panel
from analysis.steps.code_tools import code_counts, reveals, tree
from analysis.steps.panel_quotations import Quotations, quotations
from analysis.steps.panel_tools import code_names

#: How codebooks name the origin of a code, and what that means. What begins with a key has its
#: meaning; anything else is shown as it stands.
BEFOREHAND, FOUND, OTHER, UNSTATED = (
    "set beforehand",
    "found in the material",
    "of another origin",
    "of unstated origin",
)
_ORIGINS = {
    "a-priori": BEFOREHAND,
    "a priori": BEFOREHAND,
    "apriori": BEFOREHAND,
    "deductive": BEFOREHAND,
    "inductive": FOUND,
    "in vivo": FOUND,
    "in-vivo": FOUND,
    "emergent": FOUND,
}


def origin_of(text: str) -> str:
    """What the origin of a code, as the codebook words it, means."""
    plain = text.strip().lower()
    if not plain:
        return UNSTATED
    return next((means for word, means in _ORIGINS.items() if plain.startswith(word)), OTHER)


def counts(panel: Panel, coder: str = CONSENSUS) -> pd.DataFrame:
    """Every theme and code with who raised and who opposed it: :func:`code_tools.code_counts`.

    ``silent`` are the experts who did neither, ``standing`` says that all this is description.
    """
    out = code_counts(panel, coder)
    out["silent"] = out["n"] - out["raised"] - out["opposed"] + out["both"]
    out["standing"] = "description"
    return out


def given_to_themes(panel: Panel, coder: str = CONSENSUS) -> int:
    """How many codings name a theme that has codes under it, and so count for the theme alone."""
    book = tree(panel)
    heads = set(book["code_id"][~book["leaf"]])
    codings = panel.codings[panel.codings["coder"] == coder]
    return int(codings["code_id"].isin(heads).sum())


def per_statement(panel: Panel, coder: str = CONSENSUS) -> pd.DataFrame:
    """How many of the coded statements have no code, one code, and so on: codes, statements."""
    worked = panel.coded["statement_id"][panel.coded["coder"] == coder].astype(object)
    mine = panel.codings["statement_id"][panel.codings["coder"] == coder].astype(object)
    given = worked.map(mine.value_counts()).fillna(0).astype(np.int64)
    found = given.value_counts().sort_index()
    return pd.DataFrame({"codes": found.index.to_numpy(), "statements": found.to_numpy()})


def definitions(panel: Panel) -> pd.DataFrame:
    """Every theme and code in the order of the tree with all that the codebook says of it."""
    out = tree(panel)
    out["origin"] = out["origin"].astype(str)
    out["since"] = out["since"].astype(str)
    return out


def origins(panel: Panel, coder: str = CONSENSUS) -> pd.DataFrame:
    """One row an origin that the codebook names, over codes that can be given (no headings).

    ``means`` is :func:`origin_of`; ``codes`` how many there are, ``raised`` how many of them
    somebody raised; ``fewest`` and ``most`` experts who raised one; ``statements`` with one.
    """
    table = counts(panel, coder)
    table = table[table["leaf"]]
    rows = []
    for origin, part in table.groupby("origin", sort=False):
        rows.append(
            {
                "origin": str(origin) or "–",
                "means": origin_of(str(origin)),
                "codes": len(part),
                "raised": int((part["raised"] > 0).sum()),
                "fewest": int(part["raised"].min()),
                "most": int(part["raised"].max()),
                "statements": int(part["statements"].sum()),
            }
        )
    order = [BEFOREHAND, FOUND, OTHER, UNSTATED]
    rows.sort(key=lambda row: order.index(str(row["means"])))
    return pd.DataFrame(rows)


# versions

_CHANGE_COLUMNS = ["version", "date", "code_id", "name", "change", "reason"]


def changes(panel: Panel) -> pd.DataFrame:
    """Every change of the codebook; no rows where none is recorded.

    ``name`` is the code's name, its id where it has left the codebook. A reason that would give
    away an expert who is not quotable is left out, and says so.
    """
    if not panel.has("codebook_changes"):
        return pd.DataFrame(columns=_CHANGE_COLUMNS)
    out = panel.frames["codebook_changes"].astype(object).reset_index(drop=True)
    names = code_names(panel)
    out["name"] = [names.get(code, code) for code in out["code_id"]]
    closed = reveals(panel, out["reason"])
    out["reason"] = [
        "(withheld: it names what may not be quoted)" if hidden else reason
        for reason, hidden in zip(out["reason"], closed, strict=True)
    ]
    return out[_CHANGE_COLUMNS]


def versions(panel: Panel) -> pd.DataFrame:
    """One row a version of the codebook: its dates, how often each change, ``size`` after it.

    ``size`` counts themes and codes. It is worked out backwards from the codebook as it is: before
    a version there were the codes that it brought (``since``) less, and those that left by it more.
    NaN where the codebook does not say of every code since when it is there.
    """
    table = changes(panel)
    columns = ["version", "date", *CHANGES, "size"]
    if table.empty:
        return pd.DataFrame(columns=columns)
    made = table.groupby("version", sort=False)
    out = pd.crosstab(table["version"], table["change"]).reindex(columns=list(CHANGES))
    out = out.fillna(0).astype(np.int64).loc[list(made.groups)].reset_index()
    spans = [sorted({str(d) for d in part["date"]}) for _, part in made]
    out["date"] = [d[0] if len(d) == 1 else f"{d[0]} to {d[-1]}" for d in spans]
    first = [d[0] for d in spans]
    out = out.iloc[np.argsort(first, kind="stable")].reset_index(drop=True)
    out["size"] = _sizes(panel, out["version"].tolist(), table)
    return out[columns].rename_axis(columns=None)


def _sizes(panel: Panel, order: list[str], table: pd.DataFrame) -> list[float]:
    """The number of themes and codes after each version, NaN where that cannot be known."""
    book = panel.codebook
    since = book["since"].astype(object)
    if since.isna().any() or not set(since) <= set(order):
        return [float("nan")] * len(order)
    known = dict(zip(book["code_id"], since, strict=True))
    size, found = len(book), []
    for version in reversed(order):
        found.append(float(size))
        made = table[table["version"] == version]
        left = made[made["change"].isin(LEAVING) & ~made["code_id"].isin(list(known))]
        renamed = made[made["change"] == "renamed"]
        # a new name for an old code may keep the old code's since: one of the two is no change
        kept = sum(known.get(code, version) != version for code in renamed["code_id"])
        size -= sum(s == version for s in known.values())
        size += left["code_id"].nunique()
        size -= min(kept, int((left["change"] == "renamed").sum()))
    return found[::-1]


# examples and memos


def examples(panel: Panel) -> Quotations:
    """For each code that can be given one statement that raises it, and one that opposes it.

    Chosen by the rule of :func:`analysis.steps.panel_quotations.quotations` over all codes in the
    order of the tree, so that they spread over the experts.
    """
    book = tree(panel)
    found = quotations(panel, book.loc[book["leaf"], "code_id"])
    missing = "No statement that has a code can be quoted in this panel."
    out = replace(found, missing=missing)
    places = dict(zip(book["code_id"], zip(book["theme"], book["task"], strict=True), strict=True))
    out.table["theme"] = [places[code][0] for code in out.table["code"]]
    out.table["task"] = [places[code][1] for code in out.table["code"]]
    return out


def without_example(panel: Panel, found: Quotations) -> pd.DataFrame:
    """Codes that somebody raised and no example shows: code, raised, quotable (experts who may be).

    ``why`` says whether nobody who raised it may be quoted, or all such statements illustrate other
    codes or are withheld.
    """
    table = counts(panel)
    shown = set(found.table.loc[found.table["stance"] == "raises", "code"])
    open_ = panel.experts["quotable"].to_numpy(np.bool_)
    held = panel.incidence()
    rows = []
    for row in table[table["leaf"] & (table["raised"] > 0)].to_dict("records"):
        if row["code_id"] in shown:
            continue
        quotable = int(held.values[open_, held.codes.index(row["code_id"])].sum())
        why = (
            "their statements illustrate other codes, or are withheld"
            if quotable
            else "none of them may be quoted"
        )
        rows.append(
            {"code": row["name"], "raised": row["raised"], "quotable": quotable, "why": why}
        )
    return pd.DataFrame(rows, columns=["code", "raised", "quotable", "why"])


def memos(panel: Panel) -> tuple[pd.DataFrame, int]:
    """Memos about codes that may be shown, and how many are withheld.

    A memo is about a code if it says so by the code's id, a code that has left the codebook
    included. It is withheld if it gives away what an expert said who did not agree to be quoted.
    Columns memo_id, date, author, about (the code's name), text; no rows without such memos.
    """
    columns = ["memo_id", "date", "author", "about", "text"]
    if not panel.has("memos"):
        return pd.DataFrame(columns=columns), 0
    names = code_names(panel)
    gone = {code: code for code in changes(panel)["code_id"] if code not in names}
    out = panel.frames["memos"].astype(object)
    out = out[out["about"].isin([*names, *gone])].reset_index(drop=True)
    closed = np.array(reveals(panel, out["text"]), dtype=np.bool_)
    out["about"] = out["about"].map({**names, **gone})
    return out.loc[~closed, columns].reset_index(drop=True), int(closed.sum())
