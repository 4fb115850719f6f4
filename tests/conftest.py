"""What tests share: the project's folder, and the built site."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root():
    return ROOT


def run_study(*arguments, root=ROOT, timeout=600, **variables):
    """Run ``study`` in a process of its own, about the project in ``root``."""
    own = {k: v for k, v in os.environ.items() if k not in {"STUDY_PANEL", "STUDY_ROOT"}}
    own |= {"STUDY_ROOT": str(root), "PYTHONPATH": str(root)} | variables
    return subprocess.run(
        [sys.executable, "-m", "analysis", *arguments],
        cwd=root,
        env=own,
        capture_output=True,
        text=True,
        timeout=timeout,
    )


@pytest.fixture(scope="session")
def study():
    return run_study


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The folder of the built site, built now if it is not current.

    Workers of one run take turns: the first builds, the others find it built.
    """
    from filelock import FileLock

    shared = tmp_path_factory.getbasetemp().parent
    with FileLock(shared / "site.lock"):
        run = run_study("book")
    assert run.returncode == 0, run.stderr
    stamp = json.loads((ROOT / "_build" / "site.json").read_text(encoding="utf-8"))
    return Path(stamp["folder"])
