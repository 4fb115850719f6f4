"""What a constructed panel was built to contain, and what the tests of the chapters find of it."""

from __future__ import annotations

import pandas as pd

from analysis.chapters.shares import could_raise
from analysis.panel.panel import Panel
from analysis.statistics.association import adjust
from analysis.statistics.cooccurrence import pair_test
from analysis.statistics.summary import difference
from analysis.statistics.two_groups import contrast

#: The level of every test here.
LEVEL = 0.05


def contrast_table(panel: Panel) -> pd.DataFrame:
    """The contrasts that the plan names, tested: one row a contrast.

    Returns
    -------
    DataFrame
        ``label`` of the code; the sides ``first`` and ``second``; ``k`` of ``n`` experts of the
        first who could and did raise it, ``k_2`` of ``n_2`` of the second; ``p`` (Fisher),
        ``p_sessions`` (exact, within sessions), and both adjusted after Holm (``adjusted``,
        ``adjusted_sessions``). NaN where nothing can be tested.

    Raises
    ------
    NotInPanel
        If the panel has no plan, or the plan no contrasts.
    """
    found = panel.plan["contrasts"]
    named = found["code"].unique()  # themes too
    raised, could = panel.raised(named), could_raise(panel, named)
    experts = panel.experts.loc[raised.index]
    rows = []
    for row in found.itertuples():
        inside = experts["side"].isin(row.sides) & could[row.code]
        ours, code = experts["side"][inside] == row.sides[0], raised.loc[inside, row.code]
        session = experts["session"][inside]
        rows.append(
            {
                "k": int(code[ours].sum()),
                "n": int(ours.sum()),
                "k_2": int(code[~ours].sum()),
                "n_2": int((~ours).sum()),
                "p": contrast(code, ours).pvalue,
                "p_sessions": contrast(code, ours, session).pvalue,
            }
        )
    table: pd.DataFrame = found.join(pd.DataFrame(rows, index=found.index))
    return table.assign(
        label=table["code"].map(panel.codebook["label"]),
        first=table["sides"].str[0],
        second=table["sides"].str[1],
        adjusted=adjust(table["p"]),
        adjusted_sessions=adjust(table["p_sessions"]),
    )


def planted_contrasts(panel: Panel) -> pd.DataFrame:
    """:func:`contrast_table` of what was planted, with ``planted`` and ``recovered``.

    ``planted`` is what was meant, ``differ`` whether the sides were to differ; recovered is a
    difference that is told apart after adjustment, and a likeness that is not.
    """
    truth = panel.truth["planted"]
    meant = pd.DataFrame([*truth["contrasts"], *truth["nulls"]]).set_index("code")["meant"]
    table = contrast_table(panel).join(meant.rename("planted"), on="code").dropna(subset="planted")
    table["differ"] = table["code"].isin([row["code"] for row in truth["contrasts"]])
    table["told"] = table["adjusted"] <= LEVEL
    return table.assign(recovered=table["differ"] == table["told"])


def planted_pairs(panel: Panel) -> pd.DataFrame:
    """The pairs of codes that were planted to go together, or not: one row a pair.

    Returns
    -------
    DataFrame
        The columns of :func:`analysis.statistics.cooccurrence.pair_test`, tested within sessions;
        ``first`` and ``second`` (labels), ``planted`` (what was meant), ``together`` (whether they
        were to go together), ``place`` in the scan of all pairs, and ``recovered``: a small p where
        they were to go together, and none where not.
    """
    truth = panel.truth["planted"]["pairs"]
    raised, codes = panel.raised(), panel.codes()
    session = panel.experts["session"][raised.index]
    scan = pair_test(raised.loc[:, raised.any()], clusters=session).table
    pairs = [frozenset(pair) for pair in zip(scan["a"], scan["b"], strict=True)]
    scan["pair"] = pd.Series(pairs, index=scan.index)
    scan["place"] = scan["pvalue"].rank(method="min")
    meant = [
        {
            "pair": frozenset(row["codes"]),
            "planted": row["meant"],
            "together": "not" not in row["meant"],
        }
        for row in truth
    ]
    table = pd.DataFrame(meant).merge(scan, on="pair")
    return table.assign(
        first=table["a"].map(codes["label"]),
        second=table["b"].map(codes["label"]),
        recovered=(table["pvalue"] <= LEVEL) == table["together"],
    )


def planted_ratings(panel: Panel) -> pd.DataFrame:
    """The items that the sides were built to rate differently, or alike: one row an item.

    Returns
    -------
    DataFrame
        ``label``; the mean difference of the two sides (``difference``) with its bootstrap limits
        ``low`` and ``high``; ``differ`` as planted; ``recovered``: limits that leave out zero where
        they were to differ, and hold it where not.
    """
    truth = panel.truth["ratings"]
    items, answers = panel.ratings()
    first, second = panel.plan["sides"]
    side = panel.experts["side"].reindex(answers.index)
    rows = []
    for item in [*truth["planted_side_effects"], *truth["planted_nulls"]]:
        known = answers[item].notna() & side.isin([first, second])
        found = difference(answers[item][known], side[known] == first)
        differ = item in truth["planted_side_effects"]
        rows.append(
            {
                "label": items["label"][item],
                "difference": float(found),
                "low": found.low,
                "high": found.high,
                "differ": differ,
                "recovered": differ != (found.low <= 0 <= found.high),
            }
        )
    return pd.DataFrame(rows)
