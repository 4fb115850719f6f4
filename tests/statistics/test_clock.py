"""The stopwatch: each second counts once, for the innermost of the spans around it."""

import pickle
import threading
from functools import partial

import numpy as np
import pytest

from analysis.simulation import association, coders
from analysis.statistics import clock
from analysis.statistics.cooccurrence import communities
from analysis.statistics.resampling import resample


@pytest.fixture
def tick(monkeypatch):
    """Moves the clock on by so many seconds; nothing else does."""
    now = [100.0]
    monkeypatch.setattr(clock, "perf_counter", lambda: now[0])
    monkeypatch.setattr(clock, "WATCH", clock.Stopwatch())

    def on(seconds):
        now[0] += seconds

    return on


def test_a_span_counts_what_happens_inside_and_nothing_else(tick):
    watch = clock.Stopwatch()
    tick(1)
    with watch.span("a"):
        tick(2)
    tick(4)
    with watch.span("a"):
        tick(8)
    assert watch.seconds == {"a": 10}
    assert watch.open == []


def test_of_spans_inside_each_other_the_innermost_counts(tick):
    watch = clock.Stopwatch()
    with watch.span("resampling"):
        tick(1)
        with watch.span("importing"):
            tick(2)
            with watch.span("resampling"):
                tick(4)
            tick(8)
        with watch.span("resampling"):
            tick(16)
        tick(32)
    assert watch.seconds == {"resampling": 1 + 4 + 16 + 32, "importing": 2 + 8}


def test_an_error_ends_its_span(tick):
    watch = clock.Stopwatch()

    @watch.span("a")
    def breaks():
        tick(1)
        raise LookupError("no such theme")

    with pytest.raises(LookupError, match="no such theme"):
        breaks()
    tick(2)
    assert watch.seconds == {"a": 1}
    assert watch.open == []


def test_as_a_decorator_on_a_function_that_calls_itself(tick):
    @clock.resampling()
    def twice(depth):
        """The doc."""
        tick(1)
        return twice(depth - 1) if depth else "end"

    assert twice(3) == "end"
    assert clock.WATCH.seconds == {clock.RESAMPLING: 4}
    assert twice.__doc__ == "The doc."


def test_each_thread_has_its_own(tick):
    def other():
        with clock.resampling():
            tick(1)
        found.append(dict(clock.WATCH.seconds))

    found = []
    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert found == [{clock.RESAMPLING: 1}]
    assert clock.WATCH.seconds == {}


def _draw(size, rng, tick):
    tick(size)
    return rng.random(size)


@pytest.mark.parametrize("resamples", [7, 25])
def test_resampling_is_counted_once_however_it_is_cut(tick, resamples):
    drawn = resample(partial(_draw, tick=tick), resamples, chunk=10)
    assert clock.WATCH.seconds == {clock.RESAMPLING: resamples}
    again = resample(partial(_draw, tick=lambda size: None), resamples, chunk=10)
    assert np.array_equal(drawn, again)


def test_what_is_counted_can_still_be_sent_to_another_process():
    assert pickle.loads(pickle.dumps(resample)) is resample
    assert pickle.loads(pickle.dumps(coders.alpha_coverage)) is coders.alpha_coverage


@pytest.mark.parametrize(
    "run",
    [
        lambda: communities(np.eye(4, 3, dtype=bool) | np.eye(4, 3, 1, dtype=bool), runs=2),
        lambda: coders.alpha_coverage(truths=(0.8,), experts=4, panels=1, resamples=5),
        lambda: association.firth_coverage(truths=((0.5, 0.5),), group=2),
        lambda: association.shrunken_coverage({"alike": (0.5, 0.0)}, (2, 2)),
    ],
    ids=["other starts", "coders", "Firth", "shares"],
)
def test_repetitions_that_are_no_random_draws_are_counted_too(monkeypatch, run):
    monkeypatch.setattr(clock, "WATCH", clock.Stopwatch())
    run()
    assert clock.WATCH.seconds[clock.RESAMPLING] > 0
    assert clock.WATCH.open == []
