"""Run the benchmarks: ``python -m benchmarks [NAME ...] [--only ratios|growth]``.

NAME is a part of a module's name (agreement, saturation, ...); none means all. Prints one table of
ratios and one of growth. The exit status is 1 where a ratio misses its target, a result differs
from the peer's, or a limit is passed.
"""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

import benchmarks
from benchmarks.harness import Comparison, Growth, peak_bytes, seconds


def modules(names: list[str]) -> Iterator[Any]:
    """The benchmark modules whose name holds one of ``names``; all where there is none."""
    for found in pkgutil.iter_modules(benchmarks.__path__):
        if found.name.startswith("bench_") and (not names or any(n in found.name for n in names)):
            module = importlib.import_module(f"benchmarks.{found.name}")
            if hasattr(module, "COMPARISONS"):
                yield module


def compare(case: Comparison) -> bool:
    """Time both sides on the same arguments, print the row, say whether the target is met."""
    arguments = case.prepare()
    ours, result = seconds(lambda: case.ours(*arguments))
    theirs, expected = seconds(lambda: case.theirs(*arguments), repeats=1)
    theirs /= case.fraction
    case.agree(result, expected)
    ratio = theirs / ours
    note = "" if case.fraction == 1 else f" (from {case.fraction:g} of the work)"
    print(
        f"| {case.name} | {case.peer}{note} | {ours:.4f} | {theirs:.2f} | {ratio:,.0f} "
        f"| {case.target:,.0f} | {'yes' if ratio >= case.target else 'NO'} |",
        flush=True,
    )
    return ratio >= case.target


def grow(case: Growth) -> bool:
    """Time and memory at each size, a row each; say whether the limit holds at the largest."""
    held = True
    for size in case.sizes:
        arguments = case.prepare(size)
        ours, _ = seconds(partial(case.run, *arguments))
        memory = peak_bytes(partial(case.run, *arguments)) / 1e6
        beside = ""
        if case.reference is not None:
            theirs, _ = seconds(partial(case.reference, *arguments))
            beside = f"{ours / theirs:.2f} x {case.reference_name}"
            if size == max(case.sizes) and case.limit is not None:
                held = ours <= case.limit * theirs
                beside += f" (at most {case.limit:g})"
        print(f"| {case.name} | {size:,} | {ours:.4f} | {memory:,.1f} | {beside} |", flush=True)
    return held


def main(argv: list[str] | None = None) -> int:
    """Run and print; 0 where everything holds."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--only", choices=["ratios", "growth"])
    arguments = parser.parse_args(argv)
    chosen = list(modules(arguments.names))
    held = True
    print(f"{os.cpu_count()} cores; every ratio is measured in this run\n")
    if arguments.only != "growth":
        print("| what | against | ours, s | peer, s | ratio | target | met |")
        print("|---|---|---|---|---|---|---|")
        for module in chosen:
            for case in module.COMPARISONS:
                held &= compare(case)
        print()
    if arguments.only != "ratios":
        print("| what | size | s | peak MB | beside |")
        print("|---|---|---|---|---|")
        for module in chosen:
            for growth in module.GROWTH:
                held &= grow(growth)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
