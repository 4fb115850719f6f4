"""Tables of who raised what: shares, leaders, quotations and rated items, degenerate ones too."""

import numpy as np
import pandas as pd
import pytest
from constructed import FOLDER, read

from analysis.chapters.shares import item_table, leaders, quotations, share_table
from analysis.panel.panel import load_panel


@pytest.fixture(scope="module")
def panel():
    return load_panel(FOLDER)


def raised(rows, codes):
    table = pd.DataFrame(rows, columns=list(codes)).astype(bool)
    return table, pd.DataFrame({"label": [c.upper() for c in codes]}, index=list(codes))


def test_shares_are_of_those_who_could():
    table, codes = raised([[1, 0, 0], [1, 1, 0], [0, 0, 0], [0, 0, 0]], "abc")
    could = pd.DataFrame([[1, 0, 0], [1, 1, 0], [1, 0, 0], [1, 0, 0]], columns=list("abc")) == 1
    shares = share_table(table, codes, could)
    assert shares.label.tolist() == ["B", "A", "C"]
    assert shares[["raised", "n"]].to_numpy().tolist() == [[1, 1], [2, 4], [0, 0]]
    assert shares.loc["c", ["share", "low", "high"]].isna().all()
    assert shares.low.loc["a"] < 0.5 < shares.high.loc["a"]
    everybody = share_table(table, codes)
    assert everybody.n.eq(4).all()
    assert everybody.label.tolist() == ["A", "B", "C"]


def test_shares_without_experts_or_codes():
    table, codes = raised(np.empty((0, 2)), "ab")
    assert share_table(table, codes).share.isna().all()
    table, codes = raised(np.empty((3, 0)), "")
    assert share_table(table, codes).empty


def test_leaders_share_the_first_place():
    table = pd.DataFrame({"label": ["A", "B", "C", "D"], "raised": [2, 1, 4, 0], "n": [4, 2, 9, 0]})
    names, most = leaders(table)
    assert (names, most.k, most.n) == (["A", "B"], 2, 4)


def test_nobody_leads_where_nobody_raised_anything():
    nothing = pd.DataFrame({"label": ["A", "B"], "raised": [0, 0], "n": [4, 3]})
    names, most = leaders(nothing)
    assert (names, most.k, most.n) == ([], 0, 4)
    names, most = leaders(nothing.head(0))
    assert names == []
    assert np.isnan(most)
    assert most.reason


def test_quoted_is_only_who_agreed_and_no_statement_twice(panel):
    frames = panel.frames
    experts = frames["experts"].assign(quotable=frames["experts"].expert_id.isin(["e02", "e16"]))
    said = quotations(panel.replace(experts=experts), panel.codes())
    assert set(said.expert) == {"e02", "e16"}
    assert said.index.is_unique
    assert not said.duplicated(["label", "stance"]).any()
    nobody = panel.replace(experts=experts.assign(quotable=False))
    assert quotations(nobody, panel.codes()).empty


def test_quoted_statements_carry_the_code_in_their_stance(panel):
    codes = panel.codes(task="problems")
    said = quotations(panel, codes)
    given = read("codings").query("coder == 'consensus'")
    known = set(zip(given.statement_id, given.code_id, given.stance, strict=True))
    code = pd.Series(codes.index, index=codes.label)
    assert {(row.Index, code[row.label], row.stance) for row in said.itertuples()} <= known
    texts = read("statements").set_index("statement_id").text
    assert said.text.eq(texts[said.index]).all()


def test_opposition_is_chosen_first_and_a_withheld_text_never(panel):
    codes = panel.codes().loc[["role_services", "hinders_kpi"]]
    coding = pd.DataFrame(
        [("s1-005", "role_services", "raises"), ("s1-005", "hinders_kpi", "opposes")],
        columns=["statement_id", "code_id", "stance"],
    ).assign(coder="consensus")
    scarce = panel.replace(codings=coding)
    assert quotations(scarce, codes)[["label", "stance"]].to_numpy().tolist() == [
        [codes.label["hinders_kpi"], "opposes"]
    ]
    statements = scarce.frames["statements"]
    statements.loc[statements.statement_id == "s1-005", "text"] = "[withheld]"
    assert quotations(scarce.replace(statements=statements), codes).empty


def test_items_by_plain_pandas(panel):
    items, answers = panel.ratings(task="role")
    rated = item_table(items, answers)
    values = read("ratings").groupby("item_id").value
    assert rated["n"].tolist() == values.count()[rated.index].tolist()
    assert rated["median"].tolist() == values.median()[rated.index].tolist()
    assert rated["median"].is_monotonic_decreasing
    silent = item_table(items, answers.assign(i02=np.nan)).loc["i02"]
    assert silent["n"] == 0
    assert np.isnan(silent["median"])
    assert np.isnan(silent["A"])
