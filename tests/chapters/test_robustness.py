"""What other choices change, by plain pandas over the files."""

import pandas as pd
import pytest
from constructed import matrix, read, sides, stated
from running import run
from scipy.stats import fisher_exact


def test_shares_leaders_and_balance_over_all_analyses():
    found = stated("robustness")
    session = read("experts").set_index("expert_id").session_id
    left = [[], *session.index, *(list(group.index) for _, group in session.groupby(session))]
    agreed, other = (
        pd.DataFrame([raised.drop(gone).mean() for gone in left])
        for raised in (matrix(), matrix(coder="coder_a"))
    )
    shares = pd.concat([agreed, other], ignore_index=True)
    assert found["varied-all"] == len(shares)
    assert found["span-span"] == pytest.approx((shares.max() - shares.min()).max())
    assert found["span-people"] == pytest.approx((agreed - agreed.loc[0]).abs().max().max())
    assert found["coding-coding"] == pytest.approx((other.loc[0] - agreed.loc[0]).abs().max())
    codebook = read("codebook").set_index("code_id").loc[shares.columns]
    total = shares.T.groupby(codebook.direction).sum().T
    balance = total["hinders"] - total["facilitates"]
    assert found["balance-low"] == pytest.approx(balance.min())
    assert found["balance-high"] == pytest.approx(balance.max())
    own = [shares[codes].round(9) for codes in shares.columns.groupby(codebook.task).values()]
    firm = [table[table.loc[0].idxmax()].eq(table.max(axis=1)).all() for table in own]
    assert found["leaders-firm"] == (sum(firm), 3)


def test_overload_is_told_apart_whoever_is_left_out():
    """Of nine tests: the smallest p of Holm's procedure is nine times what it was."""
    raised, first = matrix()["hinders_overload"], sides() == "authorities"
    for expert in raised.index:
        table = pd.crosstab(raised.drop(expert), first.drop(expert))
        assert 9 * fisher_exact(table).pvalue <= 0.05
    assert stated("robustness")["contrasts-always"] == (1, 9)


def test_a_coder_whose_coding_is_taken_for_the_agreed_one_is_no_second_coding(
    tmp_path, monkeypatch
):
    (tmp_path / "panel.yml").write_text("title: A panel\n")
    (tmp_path / "codings.csv").write_text("expert_id,code_id\ne1,a\ne1,b\ne2,a\ne3,c\n")
    outputs = run("book/robustness", tmp_path, monkeypatch)
    told = " ".join(o["data"]["text/plain"] for o in outputs if "text/plain" in o["data"])
    assert "1 coding, each with nobody, one expert" in told
    assert "There is no second coding." in told
    assert "Another coding alone" not in told
