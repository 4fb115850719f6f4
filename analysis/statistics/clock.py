"""A stopwatch for what resampling takes, so that the status page can say so.

It runs wherever :func:`resampling` stands, costs a microsecond a span, and changes no result.
Nobody looks at it unless the book is being built (see :mod:`analysis.publish.timing`).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

#: Drawing again, leaving out, starting anew, simulating: what a reader pays for certainty.
RESAMPLING = "resampling"


class Stopwatch(threading.local):
    """Seconds of wall time by kind, in this thread; each second counts once.

    Of spans inside each other the innermost alone is counted: an import in the middle of
    resampling is an import.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.open: list[str] = []
        self._since = 0.0

    def _turn(self) -> None:
        """Count the time since the last turn for the kind that has been running."""
        now = perf_counter()
        if self.open:
            kind = self.open[-1]
            self.seconds[kind] = self.seconds.get(kind, 0.0) + now - self._since
        self._since = now

    @contextmanager
    def span(self, kind: str) -> Iterator[None]:
        """Count what happens inside as of this ``kind``; also a decorator."""
        self._turn()
        self.open.append(kind)
        try:
            yield
        finally:
            self._turn()
            self.open.pop()


#: The one stopwatch of this process.
WATCH = Stopwatch()


@contextmanager
def resampling() -> Iterator[None]:
    """Count what happens inside as resampling: permutations, bootstraps, jackknives, simulations.

    As ``with resampling():`` around a loop, or as ``@resampling()`` on a function that is nothing
    else. :func:`analysis.statistics.resampling.resample` does it already.
    """
    with WATCH.span(RESAMPLING):
        yield
