"""Run the benchmarks: ``python -m benchmarks [NAME ...]``.

NAME is a part of a module's name (agreement, saturation, ...); none means all but the build and the
books about large panels, which take minutes and are run by their names. Prints one line a ratio.
The exit status is 1 where a ratio misses its target; a result that differs from the peer's is an
error.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys

#: Import comes first: what it measures are forks of this process, which is small then.
SHORT = ("import", "agreement", "saturation", "association", "cooccurrence", "panel")
#: Run only by name.
LONG = ("build", "books")


def main(argv: list[str] | None = None) -> int:
    """Run and print; 0 where every target is met."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*")
    names = parser.parse_args(argv).names
    chosen = [m for m in (*SHORT, *LONG) if any(n in m for n in names)] if names else SHORT
    print(f"{os.cpu_count()} cores")
    met = True
    for name in chosen:
        for row in importlib.import_module(f"benchmarks.bench_{name}").rows():
            print(row, flush=True)
            met &= row.met
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
