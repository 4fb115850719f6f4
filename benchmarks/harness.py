"""How the benchmarks measure: ours beside a named peer, on the same arguments in the same run."""

from __future__ import annotations

import gc
import multiprocessing
import statistics
import time
import timeit
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """One measured ratio. ``target`` is the least it may be, or the most where ``at_most``."""

    what: str
    peer: str
    ours: float
    theirs: float
    unit: str
    ratio: float
    target: float
    at_most: bool = False

    @property
    def met(self) -> bool:
        """Whether the ratio keeps to the target."""
        return self.ratio <= self.target if self.at_most else self.ratio >= self.target

    def __str__(self) -> str:
        bound = "at most" if self.at_most else "at least"
        return (
            f"{self.what}, against {self.peer}: {self.ours:.4g} and {self.theirs:.4g} {self.unit}, "
            f"ratio {self.ratio:,.3g} ({bound} {self.target:g}){'' if self.met else ' MISSED'}"
        )


def faster(
    what: str,
    peer: str,
    ours: Callable[[], Any],
    theirs: Callable[[], Any],
    target: float,
    agree: Callable[[Any, Any], None],
    fraction: float = 1.0,
) -> Row:
    """How many times faster ours is. ``agree`` raises where the two results do not match.

    Where the peer would take minutes, it does this ``fraction`` of the work, and its time is
    divided by that.
    """
    own, result = seconds(ours)
    other, expected = seconds(theirs)
    agree(result, expected)
    if fraction < 1:
        peer += f" (from {fraction:g} of the work)"
    other /= fraction
    return Row(what, peer, own, other, "s", other / own, target)


def seconds(call: Callable[[], Any]) -> tuple[float, Any]:
    """The best time of a call over three rounds or more, of one if it is long; and its result.

    A round is as many calls as fit a twentieth of a second: a single short one would be timed with
    the caches that the one before it left.
    """
    start = time.perf_counter()
    result = call()
    first = time.perf_counter() - start
    if first > 5:
        return first, result
    number = max(1, int(0.05 / first))
    rounds = max(3, int(1 / (first * number)))
    return min(timeit.repeat(call, number=number, repeat=rounds)) / number, result


def processor_seconds(calls: Sequence[Callable[[], Any]], rounds: int = 5) -> list[float]:
    """The median processor time of each call, in turn and without garbage collection.

    Each runs in a fork of this process, so that none finds the memory that another left behind.
    """
    forks, times = multiprocessing.get_context("fork"), []
    for _ in range(rounds):
        for call in calls:
            with forks.Pool(1) as pool:
                times.append(pool.apply(_processor_time, [call]))
    return [statistics.median(times[n :: len(calls)]) for n in range(len(calls))]


def _processor_time(call: Callable[[], Any]) -> float:
    gc.disable()
    start = time.process_time()
    call()
    return time.process_time() - start


def peak_bytes(call: Callable[[], Any]) -> int:
    """The peak of memory allocated during ``call()``, beyond what was allocated before."""
    gc.collect()
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak
