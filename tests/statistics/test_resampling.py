"""Resampling: chunks and seeds, whole clusters, percentile limits, and when there are none."""

import re

import joblib
import numpy as np
import pytest

from analysis.statistics.resampling import bootstrap, percentile_interval, resample
from analysis.statistics.results import Estimate


def numbers(size, rng):
    return rng.random(size)


def share(sums):
    return sums[:, 0] / sums[:, 1]


def positive_share(sums):
    return np.where(sums[:, 0] > 0, sums[:, 0] / sums[:, 1], np.nan)


def interval(values, clusters=None, statistic=share, **options):
    """The bootstrap interval of the mean of 0/1 values."""
    values = np.asarray(values)
    rows, point = np.array([[0.0, 1], [1, 1]]), Estimate(values.mean(), method="share")
    return bootstrap(point, statistic, rows, values, clusters, resamples=2000, **options)


def test_chunks_add_up_and_the_seed_decides():
    drawn = resample(numbers, 2500, seed=3)
    assert drawn.shape == (2500,)
    assert (drawn == resample(numbers, 2500, seed=3)).all()
    assert (drawn != resample(numbers, 2500, seed=4)).all()
    assert len(np.unique(drawn)) == 2500
    for wrong in ({"resamples": 0}, {"resamples": 10, "chunk": 0}):
        with pytest.raises(ValueError, match="at least 1"):
            resample(numbers, **wrong)


def test_workers_do_not_change_the_numbers():
    alone = resample(numbers, 3000)
    with joblib.parallel_config(backend="threading", n_jobs=2):
        assert (resample(numbers, 3000) == alone).all()


def test_percentiles_are_numpys_without_the_undefined():
    values = np.random.default_rng(1).normal(size=999)
    expected = np.quantile(values, [0.05, 0.95])
    assert percentile_interval(np.append(values, np.nan), 0.9) == pytest.approx(expected)
    assert np.isnan(percentile_interval(np.full(3, np.nan))).all()


@pytest.mark.parametrize("clusters", [None, np.repeat(np.arange(12), 5)])
def test_the_interval_is_that_of_a_plain_loop(clusters):
    rng = np.random.default_rng(2)
    values = (rng.random(60) < np.repeat(rng.random(12), 5)).astype(int)
    found = interval(values, clusters)
    groups = np.arange(60) if clusters is None else clusters
    members = [np.flatnonzero(groups == name) for name in np.unique(groups)]
    loop = []
    for _ in range(4000):
        picked = rng.integers(0, len(members), len(members))
        loop.append(values[np.concatenate([members[i] for i in picked])].mean())
    assert (found.estimate, found.n) == (values.mean(), len(members))
    assert found.se == pytest.approx(np.std(loop), rel=0.06)
    assert found.low == pytest.approx(np.quantile(loop, 0.025), abs=0.03)
    assert found.high == pytest.approx(np.quantile(loop, 0.975), abs=0.03)


@pytest.mark.parametrize(
    ("values", "clusters", "reason"),
    [
        ([1, 1, 1, 1], None, "all resamples agree"),
        ([0, 1], None, "fewer than 3 units"),
        ([0, 1, 1, 0], list("aabb"), "fewer than 3 clusters"),
        ([0, 0, 0, 1], None, "it is undefined in 3[0-9]% of the resamples"),
    ],
)
def test_no_interval_has_a_reason(values, clusters, reason):
    found = interval(values, clusters, positive_share)
    assert np.isnan([found.se, found.low, found.high]).all()
    assert found.estimate == np.mean(values)
    assert re.search(reason, found.reason)


def test_order_of_things_and_names_of_clusters_mean_nothing():
    rng = np.random.default_rng(5)
    values, clusters = rng.integers(0, 2, 40), np.repeat(list("abcdefgh"), 5)
    order = rng.permutation(40)
    assert interval(values) == interval(values[order])
    assert interval(values, clusters) == interval(values[order], clusters[order])
    assert interval(values, clusters) == interval(values, np.char.add("expert ", clusters))
