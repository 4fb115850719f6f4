"""The comparison that `make test` relies on: one digit changed in a stored output fails it."""

import os
import re
import subprocess
import sys

import nbformat
import pytest

from analysis.findings import MIME, SIGNIFICANT
from analysis.project import ROOT

#: The smallest notebook with a figure stands for all: the comparison is nbval's, the same for each.
SMALLEST = min(
    (p for p in (ROOT / "book").glob("*.ipynb") if "image/svg+xml" in p.read_text("utf-8")),
    key=lambda p: p.stat().st_size,
)


def compare(folder, nb, name="copy.ipynb"):
    path = folder / name
    nbformat.write(nb, path)
    run = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull),
            *("--rootdir", str(folder), "--nbval"),
            *("--nbval-sanitize-with", str(ROOT / "tests" / "nbval-sanitize.cfg"), str(path)),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    return run.returncode


def changed(nb, mime):
    """The notebook with one digit of its first output of this kind changed."""
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            value = output.get("data", {}).get(mime)
            if isinstance(value, str) and re.search(r"\d", value):
                digit = re.search(r"(?<![#&\w])\d", value) or re.search(r"\d", value)
                other = str((int(digit[0]) + 1) % 10)
                output["data"][mime] = value[: digit.start()] + other + value[digit.end() :]
                return nb
    raise AssertionError(f"no output of kind {mime} holds a digit")


@pytest.fixture
def nb():
    return nbformat.read(SMALLEST, as_version=4)


def test_the_stored_outputs_are_what_a_fresh_run_gives(tmp_path, nb):
    assert compare(tmp_path, nb) == 0


@pytest.mark.parametrize("mime", ["text/html", "text/markdown", "text/plain"])
def test_one_changed_digit_fails(tmp_path, nb, mime):
    assert compare(tmp_path, changed(nb, mime)) == 1


def test_a_changed_finding_fails(tmp_path, nb):
    outputs = [o for c in nb.cells for o in c.get("outputs", []) if MIME in o.get("data", {})]
    found = next(o["data"][MIME]["findings"] for o in outputs if o["data"][MIME]["findings"])
    found[0]["value"] += 1
    assert compare(tmp_path, nb) == 1


def test_findings_are_stored_to_as_many_digits_as_machines_share():
    # what nbval compares of a finding must not hang on the last digit of a float
    assert SIGNIFICANT <= 10
