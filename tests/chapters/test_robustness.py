"""What other choices change, by plain pandas over the files."""

import pandas as pd
import pytest
from constructed import matrix, read, sides, stated
from scipy.stats import fisher_exact


@pytest.fixture(scope="module")
def shares():
    """Each code's share in every analysis: two codings, and nobody, one or a session left out."""
    session = read("experts").set_index("expert_id").session_id
    left = [
        [],
        *([e] for e in session.index),
        *(list(s.index) for _, s in session.groupby(session)),
    ]
    analyses = {}
    for coder in ("consensus", "coder_a"):
        for place, gone in enumerate(left):
            analyses[coder, place] = matrix(coder=coder).drop(gone).mean()
    return pd.DataFrame(analyses).T


def test_the_shares_and_the_balance_over_all_analyses(shares):
    found = stated("robustness")
    assert found["varied-all"].value == len(shares)
    span = shares.max() - shares.min()
    assert found["span-span"].value == pytest.approx(span.max())
    agreed = shares.loc["consensus"]
    assert found["span-people"].value == pytest.approx((agreed - agreed.loc[0]).abs().max().max())
    other = shares.loc["coder_a", 0] - agreed.loc[0]
    assert found["span-coding"].value == pytest.approx(other.abs().max())
    direction = read("codebook").set_index("code_id").direction[shares.columns]
    total = shares.T.groupby(direction).sum().T
    balance = total["hinders"] - total["facilitates"]
    assert found["balance-low"].value == pytest.approx(balance.min())
    assert found["balance-high"].value == pytest.approx(balance.max())
    assert found["balance-above"].k == (balance > 0).sum()


def test_the_leader_of_each_task(shares):
    task = read("codebook").set_index("code_id").task[shares.columns]
    firm = []
    for _, codes in task.groupby(task):
        own = shares[codes.index].round(9)
        leader = own.iloc[0].idxmax()
        firm.append(own[leader].eq(own.max(axis=1)).all())
    found = stated("robustness")["leaders-firm"]
    assert (found.k, found.n) == (sum(firm), len(firm))


def test_overload_is_told_apart_whoever_is_left_out():
    """Nine tests: the smallest p of Holm's procedure is nine times its own."""
    raised, first = matrix()["hinders_overload"], sides() == "authorities"
    for expert in raised.index:
        table = pd.crosstab(raised.drop(expert), first.drop(expert))
        assert 9 * fisher_exact(table).pvalue <= 0.05
    assert stated("robustness")["contrasts-always"].k == 1
