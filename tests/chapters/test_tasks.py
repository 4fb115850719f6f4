"""The chapters on the three tasks of the guide: their counts by plain pandas from the files."""

import numpy as np
import pandas as pd
import pytest
from constructed import entries, matrix, read, sides, stated
from scipy.stats import friedmanchisquare


def answers():
    return read("ratings").pivot(index="expert_id", columns="item_id", values="value")


@pytest.mark.parametrize(
    ("page", "task"),
    [("role-of-digitalization", "role"), ("barriers-and-drivers", "problems")],
)
def test_concordance_by_friedman(page, task):
    complete = answers()[read("items").query("task == @task").item_id].dropna()
    raters, items = complete.shape
    chi2 = friedmanchisquare(*complete.to_numpy().T).statistic
    assert stated(page)["ratings-w"] == pytest.approx(chi2 / (raters * (items - 1)))
    assert stated(page)["ratings-raters"] == raters


def test_role():
    found = stated("role-of-digitalization")
    raised, opposed = matrix(task="role"), matrix("opposes", task="role")
    assert found["most-most"] == (raised.sum().max(), 20)
    assert found["opposed-most"] == (opposed.sum().max(), 20)
    assert found["opposed-both"] == (raised & opposed).any(axis=1).sum()


def test_barriers_and_drivers():
    found, raised = stated("barriers-and-drivers"), matrix(task="problems")
    direction = read("codebook").set_index("code_id").direction[raised.columns]
    barriers, drivers = (raised.loc[:, direction == side] for side in ("hinders", "facilitates"))
    assert found["barrier-most"] == (barriers.sum().max(), 20)
    assert found["driver-most"] == (drivers.sum().max(), 20)
    balance = barriers.sum(axis=1) - drivers.sum(axis=1)
    assert found["balance-mean"] == pytest.approx(balance.mean())
    assert found["balance-more"] == ((balance > 0).sum(), 20)
    assert found["balance-fewer"] == ((balance < 0).sum(), 20)
    both = [(barriers[b] & drivers[d]).sum() for b in barriers for d in drivers]
    assert found["pairs-most"] == (max(both), 20)
    assert found["pairs-apart"] == (both.count(0), len(both))
    against = matrix("opposes", task="problems").any(axis=1)
    assert found["against-some"] == (against.sum(), 20)


def test_steps_on_the_ladder():
    found, raised = stated("platforms-and-dialogue"), matrix()
    ladder = pd.DataFrame(entries("plan")["ladder"])
    today, could = (
        raised[ladder[f"{time}_code"]].astype(int).mul(np.arange(1, 6)).max(axis=1)
        for time in ("today", "could")
    )
    step = (could - today)[(today > 0) & (could > 0)]
    assert found["step-both"] == (len(step), 20)
    assert found["step-up"] == ((step > 0).sum(), len(step))
    assert found["step-down"] == ((step < 0).sum(), len(step))
    assert found["step-step"] == pytest.approx(step.mean())
    rated = answers()
    steps = [(rated[r.could_item] - rated[r.today_item]).dropna() for r in ladder.itertuples()]
    largest = max(steps, key=pd.Series.mean)
    assert found["rated-step"] == pytest.approx(largest.mean())
    assert found["rated-higher"] == ((largest > 0).sum(), len(largest))
    channels = entries("plan")["channels"]
    service, network = (raised[channels[side]].any(axis=1) for side in ("service", "network"))
    assert found["channels-service"] == (service.sum(), 20)
    assert found["channels-both"] == ((service & network).sum(), 20)


def test_planted_pairs_and_contrasts_have_their_direction():
    raised, side = matrix(), sides()
    for pair in entries("truth")["planted"]["pairs"]:
        expected = raised[pair["codes"]].sum().prod() / 20
        beyond = raised[pair["codes"]].all(axis=1).sum() > expected
        assert beyond == ("not" not in pair["meant"])
    for planted in entries("plan")["contrasts"]:
        shares = raised[planted["code"]].groupby(side).mean()
        differ = planted["expected"] != "none"
        assert (shares.max() - shares.min() >= 0.4) == differ
        assert not differ or shares.idxmax() == planted["expected"]
