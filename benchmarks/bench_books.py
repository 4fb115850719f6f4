"""Books about large panels: processor time and memory of the build, against the usual panel's.

The peer is the book about the constructed panel, of 20 experts, built in the same way. What is
measured is a cold build, with all the processes that it starts.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from benchmarks.bench_build import copy, environment
from benchmarks.harness import Row
from benchmarks.large_panels import SIZES, write

#: Times the processor time, and the memory, of the peer that each book may take. With a peer of
#: 50 seconds and 450 MB they are below 5 minutes and 2.5 GB for 1,000 experts, 2 minutes and 1 GB
#: for 300 codes, and 3 minutes for the others.
MOST = dict(zip(SIZES, [(5, 3), (5, 3), (2.2, 2.2), (2.5, 2.2), (2.5, 2.2)], strict=True))


def memory(process: psutil.Process) -> int:
    """Bytes of a process and all that it started; what they share counts once (Linux)."""
    total = 0
    for one in (process, *process.children(recursive=True)):
        try:
            held = one.memory_full_info()
            total += getattr(held, "pss", held.rss)
        except psutil.Error:  # it has just ended
            continue
    return total


def built(project: Path, panel: Path | None) -> tuple[float, float]:
    """The seconds of processor time that a cold build takes, and its peak of memory in MB."""
    command = [sys.executable, "-m", "analysis", "book", "--force"]
    command += ["--panel", str(panel)] if panel else []
    before, peak = os.times(), 0
    process = psutil.Popen(command, cwd=project, env=environment(project))
    while process.poll() is None:
        peak = max(peak, memory(process))
        time.sleep(0.2)
    if process.returncode:
        raise RuntimeError(f"no book about {panel}")
    after = os.times()
    used = after.children_user + after.children_system
    return used - before.children_user - before.children_system, peak / 2**20


def rows() -> Iterator[Row]:
    """Time and memory of each book."""
    peer = "the constructed panel's"
    with tempfile.TemporaryDirectory() as place:
        usual = copy(Path(place) / "usual")
        time_usual, memory_usual = built(usual, None)
        for number, (what, size) in enumerate(SIZES.items()):
            panel = write(Path(place) / f"panel-{number}", **size)
            seconds, peak = built(copy(Path(place) / f"project-{number}"), panel)
            most_time, most_memory = MOST[what]
            share = seconds / time_usual
            yield Row(
                f"a book about {what}", peer, seconds, time_usual, "s", share, most_time, True
            )
            share = peak / memory_usual
            yield Row("  and its memory", peer, peak, memory_usual, "MB", share, most_memory, True)
