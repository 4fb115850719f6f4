"""Resampling in chunks: seeds, sizes, and the same numbers wherever the chunks run."""

import joblib
import numpy as np
import pytest

from analysis.statistics.agreement import alpha_interval
from analysis.statistics.resampling import DEFAULT_SEED, resample


def draws(size, rng):
    return rng.random((size, 2))


def sizes(size, rng):
    return np.full(size, float(size))


@pytest.fixture(scope="module")
def panel():
    rng = np.random.default_rng(3)
    true = rng.integers(0, 3, 120)
    data = np.where(rng.random((3, 120)) < 0.75, true, rng.integers(0, 3, (3, 120)))
    return data.astype(float), np.repeat(np.arange(20), 6)


@pytest.mark.parametrize(
    ("resamples", "chunk", "expected"),
    [(5, 10, [5]), (10, 10, [10]), (25, 10, [10, 10, 5]), (3, 1, [1, 1, 1]), (1, 1000, [1])],
)
def test_chunks_add_up(resamples, chunk, expected):
    out = resample(sizes, resamples, chunk=chunk)
    assert out.tolist() == [float(size) for size in expected for _ in range(size)]


def test_default_chunk_is_a_thousand():
    assert np.unique(resample(sizes, 2500)).tolist() == [500.0, 1000.0]


def test_seed_decides():
    first = resample(draws, 25, seed=1, chunk=10)
    assert first.shape == (25, 2)
    np.testing.assert_array_equal(first, resample(draws, 25, seed=1, chunk=10))
    assert not np.isclose(first, resample(draws, 25, seed=2, chunk=10)).any()
    np.testing.assert_array_equal(resample(draws, 4), resample(draws, 4, seed=DEFAULT_SEED))


def test_chunks_have_streams_of_their_own():
    out = resample(draws, 30, seed=5, chunk=10)
    assert len(np.unique(out)) == 60
    # and these are the spawned children of the seed
    children = np.random.SeedSequence(5).spawn(3)
    expected = [np.random.default_rng(child).random((10, 2)) for child in children]
    np.testing.assert_array_equal(out, np.concatenate(expected))


def test_one_chunk_draws_like_the_first_of_many():
    np.testing.assert_array_equal(
        resample(draws, 10, seed=5, chunk=10), resample(draws, 30, seed=5, chunk=10)[:10]
    )


@pytest.mark.parametrize(("resamples", "chunk"), [(0, 10), (-3, 10), (10, 0)])
def test_impossible_numbers(resamples, chunk):
    with pytest.raises(ValueError, match=f"at least 1, got {resamples} and {chunk}"):
        resample(draws, resamples, chunk=chunk)


def test_an_error_in_a_chunk_is_not_swallowed():
    def fails(size, rng):
        raise RuntimeError("no such resample")

    with pytest.raises(RuntimeError, match="no such resample"):
        resample(fails, 30, chunk=10)


@pytest.mark.parametrize(("backend", "workers"), [("threading", 1), ("threading", 3), ("loky", 2)])
def test_the_number_of_workers_changes_nothing(panel, backend, workers):
    data, experts = panel
    serial = resample(draws, 35, seed=9, chunk=10)
    interval = alpha_interval(data, "ordinal", experts, resamples=3500, seed=9)
    with joblib.parallel_config(backend=backend, n_jobs=workers):
        np.testing.assert_array_equal(resample(draws, 35, seed=9, chunk=10), serial)
        assert alpha_interval(data, "ordinal", experts, resamples=3500, seed=9) == interval


def on_a_worker(size, rng):
    """1 where the chunk runs on a Dask worker, 0 elsewhere."""
    from distributed import get_worker

    try:
        get_worker()
    except ValueError:
        return np.zeros(size)
    return np.ones(size)


def test_dask_gives_the_same_numbers(panel):
    """joblib's own switch hands the chunks to a Dask cluster; nothing in our code names Dask."""
    from distributed import Client, LocalCluster

    data, experts = panel
    serial = resample(draws, 3500, seed=4)
    interval = alpha_interval(data, "nominal", experts, resamples=3500, seed=4)
    assert resample(on_a_worker, 3500).sum() == 0
    # two workers as threads of this process, on the loopback interface only
    cluster = LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=False,
        protocol="tcp://",
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        worker_dashboard_address="127.0.0.1:0",
    )
    with cluster, Client(cluster), joblib.parallel_config(backend="dask"):
        shared = resample(draws, 3500, seed=4)
        by_cluster = alpha_interval(data, "nominal", experts, resamples=3500, seed=4)
        there = resample(on_a_worker, 3500)
    np.testing.assert_array_equal(shared, serial)
    assert by_cluster == interval
    assert there.sum() == 3500
