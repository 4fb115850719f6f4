"""Coverage of the intervals at n = 20: exact for shares, simulated for ranks and Chao2."""

import math

import numpy as np
import pytest

from analysis.simulation import proportions as simulation
from analysis.statistics.proportions import METHODS, interval


def by_method(table, column="coverage"):
    return dict(zip(table["method"], table[column], strict=True))


def test_mean_coverage_of_wilson_is_95_per_cent_within_1():
    mean = by_method(simulation.mean_interval_coverage(n=20))
    assert mean["wilson"] == pytest.approx(0.95, abs=0.01)
    assert mean["jeffreys"] == pytest.approx(0.95, abs=0.01)
    assert mean["clopper-pearson"] > 0.96


def test_mean_coverage_is_the_integral_of_coverage():
    shares = (np.arange(20_000) + 0.5) / 20_000
    table = simulation.interval_coverage(n=20, truths=shares.tolist())
    means = table.groupby("method")["coverage"].mean()
    for method, exact in by_method(simulation.mean_interval_coverage(n=20)).items():
        assert means[method] == pytest.approx(exact, abs=1e-4)


def test_coverage_of_one_share_by_hand():
    table = simulation.interval_coverage(n=5, truths=[0.3])
    for method, coverage in by_method(table).items():
        expected = 0.0
        for k in range(6):
            found = interval(k, 5, method)
            if found.low <= 0.3 <= found.high:
                expected += math.comb(5, k) * 0.3**k * 0.7 ** (5 - k)
        assert coverage == pytest.approx(expected, abs=1e-12)


def test_table_of_coverage_is_tidy_and_exact():
    table = simulation.interval_coverage()
    assert list(table.columns) == ["truth", "n", "method", "coverage", "mc_se"]
    assert len(table) == 99 * len(METHODS)
    assert (table["n"] == 20).all()
    assert (table["mc_se"] == 0).all()
    least = table.groupby("method")["coverage"].min()
    assert least["clopper-pearson"] >= 0.95  # exact tails never cover less than they claim
    assert least["wilson"] > 0.92
    mirrored = table[table["method"] == "wilson"]["coverage"].to_numpy()
    np.testing.assert_allclose(mirrored, mirrored[::-1], atol=1e-9)


@pytest.fixture(scope="module")
def ranks():
    return simulation.rank_coverage(replications=80, resamples=200)


def test_exact_rank_intervals_keep_their_promise_and_percentiles_do_not(ranks):
    assert set(ranks["method"]) == {"pairwise", "bootstrap-t", "percentile"}
    together = ranks[ranks["claim"] == "all codes at once"]
    exact = together[together["method"] == "pairwise"]
    assert (exact["coverage"] >= 0.95).all()
    naive = together[together["method"] == "percentile"]
    assert (naive["coverage"] < 0.8).all()
    tied = ranks[(ranks["truth"] == "all tied at .4") & (ranks["method"] == "percentile")]
    assert (tied["coverage"] < 0.2).all()


def test_rank_rows_carry_their_simulation_error(ranks):
    assert {"truth", "n", "method", "claim", "coverage", "mc_se", "width"} == set(ranks.columns)
    together = ranks[ranks["claim"] == "all codes at once"]
    p = together["coverage"]
    np.testing.assert_allclose(together["mc_se"], np.sqrt(p * (1 - p) / 80))
    assert ranks["width"].between(1, 15).all()


@pytest.fixture(scope="module")
def chao2():
    return simulation.chao2_coverage(replications=600)


def test_chao2_bounds_the_number_of_codes_from_below(chao2):
    lower = chao2[chao2["method"] == "Chao2 lower limit"].set_index("truth")["coverage"]
    assert lower["40 codes, .40 to .02"] > 0.95
    assert lower["40 codes, half of them .02"] > 0.95
    # where 20 experts see nearly all codes, the log-normal limit is above the codes seen by
    # construction, and so above the truth when all were seen
    assert lower["40 codes, all .15"] < 0.85
    assert (chao2["estimate"] > chao2["observed"]).all()
    assert (chao2["estimate"] < 42).all()


def test_chao2_rows_add_up(chao2):
    for _, rows in chao2.groupby("truth"):
        found = by_method(rows)
        short = found["truth above Chao2 upper limit"]
        assert found["Chao2 lower limit"] - short == pytest.approx(found["Chao2 interval"])


def test_same_seed_same_table():
    settings = {"replications": 40, "panels": {"few": (0.5, 0.1, 0.1)}}
    first, again = (simulation.chao2_coverage(**settings) for _ in range(2))
    assert first.equals(again)
    assert not first.equals(simulation.chao2_coverage(**settings, seed=1))
