"""The whole build, cold, against executing the notebooks one after another and then Sphinx.

The peer is ``jupyter nbconvert --execute`` over the same notebooks in a row, and a build of the
pages from executions that are already there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from analysis.project import ROOT, notebooks
from analysis.publish.book import SOURCES
from benchmarks.harness import Row

#: The share of the peer's time that a cold build may take, and a build with nothing changed.
COLD, AGAIN = 0.7, 0.1
PARTS = (*SOURCES, "data", "pyproject.toml", "requirements.txt")


def copy(folder: Path) -> Path:
    """The project as it is now, without anything that was built."""
    folder.mkdir(exist_ok=True)
    ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for source in (ROOT / name for name in PARTS):
        if source.is_dir():
            shutil.copytree(source, folder / source.name, ignore=ignored)
        else:
            shutil.copy(source, folder)
    return folder


def environment(folder: Path) -> dict[str, str]:
    """That of a command in a copy of the project."""
    own = {k: v for k, v in os.environ.items() if k != "STUDY_PANEL"}
    return own | {"STUDY_ROOT": str(folder), "PYTHONPATH": str(folder)}


def timed(command: list[str], folder: Path) -> float:
    """The seconds that a command takes in a copy of the project."""
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment(folder), check=True, capture_output=True)
    return time.perf_counter() - start


def rows() -> Iterator[Row]:
    """A cold build, and one with nothing changed."""
    books = [f"{page}.ipynb" for page in notebooks()]
    with tempfile.TemporaryDirectory() as place:
        folder = copy(Path(place) / "project")
        study = [sys.executable, "-m", "analysis", "book"]
        cold = timed(study, folder)
        pages = timed([*study, "--force"], folder)
        again = timed(study, folder)
        convert = [sys.executable, "-m", "nbconvert", "--execute", "--to", "notebook"]
        convert += ["--output-dir", str(folder / "out")]
        serial = sum(timed([*convert, book], folder) for book in books) + pages
    what, peer = f"a cold build of {len(books)} notebooks", "one after another, then the pages"
    yield Row(what, peer, cold, serial, "s", cold / serial, COLD, at_most=True)
    yield Row("nothing changed", "the cold build", again, cold, "s", again / cold, AGAIN, True)
