"""The whole build, cold, against executing the notebooks one after another and then Sphinx.

The peer is ``jupyter nbconvert --execute`` over the same notebooks in a row, plus a build of the
pages from outputs that are already there. Run by hand: ``python -m benchmarks.bench_build``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from analysis.project import ROOT
from analysis.publish.execution import notebooks

#: The share of the peer's time that a cold build may take, from this many notebooks on.
TARGET = 0.7
FROM = 4

PARTS = (
    "analysis",
    "book",
    "data",
    "_config.yml",
    "_toc.yml",
    "index.md",
    "CITATION.cff",
    "pyproject.toml",
    "requirements.txt",
)


def _copy(folder: Path) -> None:
    for name in PARTS:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copy(source, folder / name)


def _timed(command: list[str], folder: Path) -> float:
    variables = os.environ | {"STUDY_ROOT": str(folder), "PYTHONPATH": str(folder)}
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, env=variables, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> int:
    """Print one line: our seconds, the peer's, the ratio; exit 1 where the target is missed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _copy(folder)
        study = [sys.executable, "-m", "analysis", "book"]
        cold = _timed(study, folder)
        pages = _timed([*study, "--force"], folder)
        again = _timed(study, folder)
        books = [str(p.relative_to(ROOT)) for p in notebooks()]
        convert = [sys.executable, "-m", "nbconvert", "--execute", "--to", "notebook"]
        serial = sum(
            _timed([*convert, "--output-dir", str(folder / "out"), book], folder) for book in books
        )
    ratio = cold / (serial + pages)
    print(
        f"{len(books)} notebooks: cold build {cold:.1f} s; one after another {serial:.1f} s and "
        f"pages {pages:.1f} s; ratio {ratio:.2f} (at most {TARGET} from {FROM} notebooks on); "
        f"nothing changed {again:.2f} s, {again / cold:.3f} of the cold build"
    )
    return int(len(books) >= FROM and ratio > TARGET)


if __name__ == "__main__":
    sys.exit(main())
