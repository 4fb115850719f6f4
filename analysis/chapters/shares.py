"""Tables of who raised what, for every chapter that counts experts."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from analysis.panel.faults import need
from analysis.panel.format import CONSENSUS
from analysis.panel.panel import Panel
from analysis.panel.views import Codes
from analysis.privacy.folding import WITHHELD
from analysis.statistics.consensus import agreement_a, scale_counts
from analysis.statistics.results import Estimate
from analysis.statistics.summary import share

#: A statement with fewer words is quoted only where there is no other.
FEW_WORDS = 10


def could_raise(panel: Panel, codes: Codes = None, coder: str = CONSENSUS) -> pd.DataFrame:
    """Who could have raised what: of the shape of :meth:`analysis.panel.views.Views.raised`.

    An expert could raise a code if the expert's session reached a question of the code's task:
    some statement there, the moderator's too, belongs to one. If the codebook ties the code to one
    question (``question_id``), it is that question. In a session none of whose statements belongs
    to a question, everybody could. Where ``asked.csv`` says who was asked what, that decides
    instead. Whoever raised or opposed a code could.
    """
    could = panel.raised(codes, coder) | panel.opposed(codes, coder)
    asked = panel.frames.get("asked")
    if asked is not None:  # by the expert
        said, who = asked[["expert_id", "question_id"]], could.index.to_series()
    else:  # by the expert's session
        said = panel.statements[["session", "question"]].dropna()
        who = panel.experts["session"].astype("str")
    said = said.set_axis(["who", "question"], axis=1).astype("str")
    guide = panel.frames["guide"].set_index("question_id")["task"].astype("object")
    task = said.assign(question=said["question"].map(guide))
    reached = set(pd.concat([said, task]).itertuples(index=False, name=None))
    told = set(said["who"]) if asked is None else set(who)
    book = panel.codebook.loc[could.columns]
    places = book["question"].astype("object").fillna(book["task"].astype("object")).tolist()
    rows = {
        one: np.array([one not in told or (one, place) in reached for place in places])
        for one in who[could.index].unique()
    }
    return could | np.stack([rows[one] for one in who[could.index]])


def opposed_by(panel: Panel, codes: Codes = None) -> pd.Series:
    """How many experts spoke against each code; NaN where stances were not coded."""
    times = panel.opposed(codes).sum().rename("opposed")
    return times if panel.stances else times * np.nan


def share_table(
    raised: pd.DataFrame, codes: pd.DataFrame, could: pd.DataFrame | None = None
) -> pd.DataFrame:
    """How many experts raised each code, most first: one row a code.

    Parameters
    ----------
    raised
        Experts x codes, bool (:meth:`.Views.raised`).
    codes
        What is known of each code; its columns are kept.
    could
        Experts x codes, bool: who could have raised it. None: everybody.

    Returns
    -------
    DataFrame
        ``raised`` of ``n`` experts who could, ``share``, and its Wilson limits ``low``, ``high``.
    """
    k = raised.sum()
    n = pd.Series(len(raised), index=k.index) if could is None else could[k.index].sum()
    found = [share(int(k[code]), int(n[code])) for code in k.index]
    table = codes.loc[k.index].assign(
        raised=k.astype(int),
        n=n.astype(int),
        share=[float(f) for f in found],
        low=[f.low for f in found],
        high=[f.high for f in found],
    )
    return table.sort_values("share", ascending=False, kind="stable")


def leaders(table: pd.DataFrame, by: str = "raised") -> tuple[list[str], Estimate]:
    """The labels of the rows with the largest share ``by`` of ``n``, and that share.

    Rows with the same share lead together. An empty table has no leaders, and their share is
    undefined; where nobody raised anything there are none either.
    """
    if table.empty or not table[by].any():
        return [], share(0, int(table["n"].max()) if len(table) else 0)
    shares = table[by] / table["n"]
    first = table[shares == shares.max()]
    row = first.iloc[0]
    return first["label"].tolist(), share(int(row[by]), int(row["n"]))


def quotations(panel: Panel, codes: pd.DataFrame, coder: str = "consensus") -> pd.DataFrame:
    """At most one statement that raises and one that opposes each code: one row a statement.

    Only statements of experts who may be quoted, and no statement twice. Opposition is chosen
    first. Of the statements with a code, those of the expert shown least so far are taken, then of
    the kind of stakeholder shown least, then the one with the fewest codes, then the earliest.

    Returns
    -------
    DataFrame
        ``label`` (of the code), ``stance``, ``expert``, ``kind_name``, ``session``, ``text`` and
        ``text_en``; in the order of ``codes``, the raising statement first.
    """
    said = panel.statements.join(panel.experts["kind_name"], on="speaker")
    said = said[~said["text"].str.contains(WITHHELD, regex=False)]
    given = panel.codings[panel.codings["coder"] == coder]
    said["codes"] = given.groupby("statement", observed=True).size().reindex(said.index)
    experts: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    chosen: dict[tuple[str, str], pd.Series] = {}
    for stance in ("opposes", "raises"):
        marks = panel.coded_statements(codes, coder=coder, stance=stance)
        marks = marks.reindex(said.index, fill_value=False)
        marks[marks.index.isin([row.name for row in chosen.values()])] = False
        for code in codes.index:
            rows = said[marks[code]]
            if rows.empty:
                continue
            keys = pd.DataFrame(
                {
                    "few": rows["words"] < FEW_WORDS,
                    "expert": rows["speaker"].astype(str).map(experts).fillna(0),
                    "kind": rows["kind_name"].map(kinds).fillna(0),
                    "codes": rows["codes"],
                }
            )
            best = rows.loc[keys.sort_values(keys.columns.tolist(), kind="stable").index[0]]
            chosen[code, stance] = best
            marks.loc[best.name] = False
            experts[best["speaker"]] += 1
            kinds[best["kind_name"]] += 1
    order = [(c, s) for c in codes.index for s in ("raises", "opposes") if (c, s) in chosen]
    table = pd.DataFrame([chosen[key] for key in order], columns=said.columns)
    table = table.rename(columns={"speaker": "expert"}).assign(
        label=[codes.loc[code, "label"] for code, _ in order],
        stance=[stance for _, stance in order],
    )
    kept = ["label", "stance", "expert", "kind_name", "session", "text", "text_en"]
    return table[kept].rename_axis("statement")


def item_table(items: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    """How each item was rated, highest median first: one row an item.

    Parameters
    ----------
    items, answers
        As :meth:`.Views.ratings` gives them.

    Returns
    -------
    DataFrame
        The columns of ``items``, the answers (``values``, a list), how many there are (``n``),
        their ``median`` and quartiles, and ``A``
        (:func:`analysis.statistics.consensus.agreement_a`).
    """
    need(answers.notna().any(axis=None), "Nobody answered a rated item.")
    given = [answers[item].dropna() for item in items.index]
    scales = zip(given, items["lowest"], items["highest"], strict=True)
    table = items.assign(
        values=[values.tolist() for values in given],
        n=[len(values) for values in given],
        median=[values.median() for values in given],
        quartile_1=[values.quantile(0.25) for values in given],
        quartile_3=[values.quantile(0.75) for values in given],
        A=[float(agreement_a(scale_counts(values, low, high))) for values, low, high in scales],
    )
    return table.sort_values("median", ascending=False, kind="stable")
