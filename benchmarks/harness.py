"""How the benchmarks measure: ratios in one run, and growth as the input grows tenfold."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Comparison:
    """Ours against a named peer on the same work.

    ``prepare()`` makes the arguments that both sides get. Where the peer would take minutes,
    ``theirs`` does ``fraction`` of the work and its time is divided by that fraction; the table
    says so. ``agree(ours, theirs)`` raises where the two results do not match.
    """

    name: str
    peer: str
    prepare: Callable[[], tuple[Any, ...]]
    ours: Callable[..., Any]
    theirs: Callable[..., Any]
    target: float
    agree: Callable[[Any, Any], None]
    fraction: float = 1.0


@dataclass(frozen=True)
class Growth:
    """Time and peak memory of one function as its input grows.

    ``prepare(size)`` makes the arguments. ``reference``, where given, is timed on the same
    arguments, and ``limit`` is how many times its time ours may take.
    """

    name: str
    sizes: Sequence[int]
    prepare: Callable[[int], tuple[Any, ...]]
    run: Callable[..., Any]
    reference: Callable[..., Any] | None = None
    reference_name: str = ""
    limit: float | None = None


def seconds(call: Callable[[], Any], repeats: int = 3) -> tuple[float, Any]:
    """The best of ``repeats`` times of ``call()``, and its last result."""
    best, result = float("inf"), None
    for _ in range(repeats):
        gc.collect()
        start = time.perf_counter()
        result = call()
        best = min(best, time.perf_counter() - start)
        if best > 5:  # a long run needs no repeat
            break
    return best, result


def peak_bytes(call: Callable[[], Any]) -> int:
    """The peak of memory allocated during ``call()``, beyond what was allocated before."""
    gc.collect()
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
