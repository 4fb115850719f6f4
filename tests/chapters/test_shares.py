"""Tables of who raised what: shares, leaders, quotations and rated items, degenerate ones too."""

import numpy as np
import pandas as pd
from constructed import read

from analysis.chapters.shares import item_table, leaders, quotations, share_table


def test_shares_are_of_those_who_could():
    raised = pd.DataFrame([[1, 0, 0], [1, 1, 0], [0, 0, 0], [0, 0, 0]], columns=list("abc")) == 1
    could = pd.DataFrame([[1, 0, 0], [1, 1, 0], [1, 0, 0], [1, 0, 0]], columns=list("abc")) == 1
    codes = pd.DataFrame({"label": list("ABC")}, index=list("abc"))
    shares = share_table(raised, codes, could)
    assert shares[["label", "raised", "n"]].to_numpy().tolist() == [
        ["B", 1, 1],
        ["A", 2, 4],
        ["C", 0, 0],
    ]
    assert shares.loc["c", ["share", "low", "high"]].isna().all()
    assert shares.low["a"] < 0.5 < shares.high["a"]
    assert share_table(raised, codes).label.tolist() == ["A", "B", "C"]
    assert share_table(raised.head(0), codes).share.isna().all()
    assert share_table(raised[[]], codes).empty


def test_leaders():
    table = pd.DataFrame({"label": ["A", "B", "C", "D"], "raised": [2, 1, 4, 0], "n": [4, 2, 9, 0]})
    names, most = leaders(table)
    assert (names, most.k, most.n) == (["A", "B"], 2, 4)
    names, nobody = leaders(table.assign(raised=0))
    assert (names, nobody.k, nobody.n) == ([], 0, 9)
    names, nothing = leaders(table.head(0))
    assert names == []
    assert np.isnan(nothing)
    assert nothing.reason


def test_quoted_is_only_who_agreed_and_no_statement_twice(panel):
    experts = panel.frames["experts"]
    experts["quotable"] = experts["expert_id"].isin(["e02", "e16"])
    said = quotations(panel.replace(experts=experts), panel.codes())
    assert set(said.expert) == {"e02", "e16"}
    assert said.index.is_unique
    assert not said.duplicated(["label", "stance"]).any()
    assert quotations(panel.replace(experts=experts.assign(quotable=False)), panel.codes()).empty


def test_quoted_statements_carry_the_code_in_their_stance(panel):
    codes = panel.codes(task="problems")
    code = pd.Series(codes.index, index=codes.label)
    given = read("codings").query("coder == 'consensus'")
    known = set(zip(given.statement_id, given.code_id, given.stance, strict=True))
    said = quotations(panel, codes)
    assert {(row.Index, code[row.label], row.stance) for row in said.itertuples()} <= known


def test_opposition_is_chosen_first_and_a_withheld_text_never(panel):
    codes = panel.codes().loc[["role_services", "hinders_kpi"]]
    given = {"code_id": codes.index, "stance": ["raises", "opposes"], "coder": "consensus"}
    scarce = panel.replace(codings=pd.DataFrame(given).assign(statement_id="s1-006"))
    said = quotations(scarce, codes)
    assert said[["label", "stance"]].to_numpy().tolist() == [[codes.label.iloc[1], "opposes"]]
    statements = scarce.frames["statements"]
    statements.loc[statements.statement_id == "s1-006", "text"] = "[withheld]"
    assert quotations(scarce.replace(statements=statements), codes).empty


def test_rated_items(panel):
    items, answers = panel.ratings(task="role")
    rated, values = item_table(items, answers), read("ratings").groupby("item_id").value
    assert rated["n"].tolist() == values.count()[rated.index].tolist()
    assert rated["median"].tolist() == values.median()[rated.index].tolist()
    assert rated["median"].is_monotonic_decreasing
    silent = item_table(items, answers.assign(i02=np.nan)).loc["i02"]
    assert silent["n"] == 0
    assert np.isnan([silent["median"], silent["A"]]).all()
