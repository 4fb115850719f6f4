"""What tests share: the project's folder, and the built site."""

import gc
import json
import os
import shutil
from pathlib import Path

import forked
import pytest
from jupyter_client.provisioning import local_provisioner

ROOT = Path(__file__).resolve().parents[1]


def pytest_configure():
    forked.open_server()
    local_provisioner.launch_kernel = forked.launch_kernel


def pytest_collection_finish():
    gc.freeze()  # what was imported stays: no search for garbage goes through all of it again


@pytest.fixture(scope="session")
def root():
    return ROOT


def run_study(*arguments, root=ROOT, start=forked.run, **variables):
    """Run ``study`` in a process of its own, about the project in ``root``."""
    own = {k: v for k, v in os.environ.items() if k not in {"STUDY_PANEL", "STUDY_ROOT"}}
    own |= {"STUDY_ROOT": str(root), "PYTHONPATH": str(root)} | variables
    return start("analysis", *map(str, arguments), cwd=root, env=own)


@pytest.fixture
def call(capsys, monkeypatch):
    """Run ``study`` in this process: its status, what it says, and what it says of errors."""
    from analysis import cli

    # a command that chooses a panel sets this; the next test must not be about that panel
    monkeypatch.setenv("STUDY_PANEL", os.environ.get("STUDY_PANEL", ""))

    def called(*arguments):
        try:
            status = cli.main([str(argument) for argument in arguments])
        except SystemExit as end:  # the parser ends a command so
            status = end.code
        return status, *capsys.readouterr()

    return called


@pytest.fixture(scope="module")
def browser():
    """Chromium, where there is one; CI requires it."""
    found = os.environ.get("STUDY_CHROMIUM") or shutil.which("chromium")
    found = found or shutil.which("chromium-browser")
    if found is None and os.environ.get("STUDY_BROWSER_TESTS") != "required":
        pytest.skip("no Chromium on this machine (Debian: apt install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-gpu"]
        )
        yield started
        started.close()


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
