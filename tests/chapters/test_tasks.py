"""The chapters on the three tasks of the guide: their counts by plain pandas from the files."""

import pandas as pd
import pytest
from constructed import entries, matrix, read, sides, stated
from scipy.stats import friedmanchisquare


def counts(finding):
    return finding.k, finding.n


def answers(task=None):
    items = read("items")
    table = read("ratings").pivot(index="expert_id", columns="item_id", values="value")
    return table[items.item_id[items.task.eq(task) | (task is None)]]


@pytest.mark.parametrize(
    ("page", "task"),
    [("role-of-digitalization", "role"), ("barriers-and-drivers", "problems")],
)
def test_concordance_by_friedman(page, task):
    complete = answers(task).dropna()
    raters, items = complete.shape
    chi2 = friedmanchisquare(*complete.to_numpy().T).statistic
    found = stated(page)
    assert found["ratings-w"].value == pytest.approx(chi2 / (raters * (items - 1)))
    assert (found["ratings-items"].value, found["ratings-raters"].value) == (items, raters)


def test_role():
    found = stated("role-of-digitalization")
    raised, opposed = matrix(task="role"), matrix("opposes", task="role")
    assert counts(found["most-most"]) == (raised.sum().max(), 20)
    assert counts(found["opposed-most"]) == (opposed.sum().max(), 20)
    assert found["opposed-both"].value == (raised & opposed).any(axis=1).sum()
    prevalence = entries("truth")["prevalence"]
    assert {c: [raised[c].sum(), opposed[c].sum()] for c in raised} == {
        c: [prevalence[c]["raises"], prevalence[c]["opposes"]] for c in raised
    }


def test_barriers_and_drivers():
    found = stated("barriers-and-drivers")
    raised, opposed = matrix(task="problems"), matrix("opposes", task="problems")
    direction = read("codebook").set_index("code_id").direction
    barriers, drivers = (
        raised.loc[:, direction[raised.columns] == side] for side in ("hinders", "facilitates")
    )
    assert found["barrier-most"].k == barriers.sum().max()
    assert found["driver-most"].k == drivers.sum().max()
    balance = barriers.sum(axis=1) - drivers.sum(axis=1)
    assert found["balance-mean"].value == pytest.approx(balance.mean())
    assert counts(found["balance-more"]) == ((balance > 0).sum(), 20)
    assert found["balance-fewer"].k == (balance < 0).sum()
    both = [(barriers[b] & drivers[d]).sum() for b in barriers for d in drivers]
    assert found["pairs-most"].k == max(both)
    assert counts(found["pairs-apart"]) == (both.count(0), len(both))
    assert counts(found["against-some"]) == (opposed.any(axis=1).sum(), 20)


def test_planted_barriers_meet_more_often_than_if_independent():
    raised = matrix()
    for pair in entries("truth")["planted"]["pairs"]:
        both = raised[pair["codes"]].all(axis=1).sum()
        expected = raised[pair["codes"]].sum().prod() / 20
        assert (both > expected) == ("not" not in pair["meant"])


def test_steps_on_the_ladder():
    found = stated("platforms-and-dialogue")
    raised, ladder = matrix(task="platforms"), entries("plan")["ladder"]
    highest = pd.DataFrame(
        {
            time: [
                max((r for r, rung in enumerate(ladder, 1) if row[rung[f"{time}_code"]]), default=0)
                for _, row in raised.iterrows()
            ]
            for time in ("today", "could")
        }
    )
    placed = highest[highest.gt(0).all(axis=1)]
    step = placed.could - placed.today
    assert counts(found["step-both"]) == (len(placed), 20)
    assert counts(found["step-up"]) == ((step > 0).sum(), len(placed))
    assert counts(found["step-down"]) == ((step < 0).sum(), len(placed))
    assert found["step-step"].value == pytest.approx(step.mean())
    rated = [(answers()[r["could_item"]] - answers()[r["today_item"]]).dropna() for r in ladder]
    largest = max(rated, key=lambda steps: steps.mean())
    assert found["rated-step"].value == pytest.approx(largest.mean())
    assert counts(found["rated-higher"]) == ((largest > 0).sum(), len(largest))


def test_services_and_networks():
    found = stated("platforms-and-dialogue")
    channels = entries("plan")["channels"]
    service, network = (matrix()[channels[side]].any(axis=1) for side in ("service", "network"))
    assert found["channels-service"].k == service.sum()
    assert found["channels-network"].k == network.sum()
    assert found["channels-both"].k == (service & network).sum()
    assert found["channels-neither"].k == (~service & ~network).sum()


def test_planted_contrasts_have_their_direction():
    raised, side = matrix(), sides()
    for planted in entries("plan")["contrasts"]:
        shares = raised[planted["code"]].groupby(side).mean()
        gap = shares.max() - shares.min()
        if planted["expected"] == "none":
            assert gap <= 0.1
        else:
            assert shares.idxmax() == planted["expected"]
            assert gap >= 0.4
