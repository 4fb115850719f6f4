"""The comparison that `make test` relies on: one digit changed in a stored output fails it."""

import os
import re

import nbformat
import pytest

from analysis.findings import MIME, SIGNIFICANT
from analysis.project import ROOT

#: The smallest notebook with a figure stands for all: the comparison is nbval's, the same for each.
SMALLEST = min(
    (p for p in (ROOT / "book").glob("*.ipynb") if "image/svg+xml" in p.read_text("utf-8")),
    key=lambda p: p.stat().st_size,
)
KINDS = ("html", "markdown", "plain")


class Failures:
    """A plugin of pytest that keeps which notebooks failed."""

    def __init__(self):
        self.ran, self.failed = set(), set()

    def pytest_runtest_logreport(self, report):
        name = os.path.basename(report.fspath)
        self.ran.add(name)
        if report.failed:
            assert report.when == "call", report.longreprtext
            self.failed.add(name)


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


def with_another_finding(nb):
    outputs = [o for c in nb.cells for o in c.get("outputs", []) if MIME in o.get("data", {})]
    found = next(o["data"][MIME]["findings"] for o in outputs if o["data"][MIME]["findings"])
    found[0]["value"] += 1
    return nb


def test_one_changed_digit_fails_and_nothing_else(tmp_path):
    def stored():
        return nbformat.read(SMALLEST, as_version=4)

    copies = {kind: changed(stored(), f"text/{kind}") for kind in KINDS}
    copies |= {"as_stored": stored(), "finding": with_another_finding(stored())}
    for name, nb in copies.items():
        nbformat.write(nb, tmp_path / f"{name}.ipynb")
    failures = Failures()
    cfg = ROOT / "tests" / "nbval-sanitize.cfg"
    options = ["-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(tmp_path)]
    options += ["--nbval", "--nbval-sanitize-with", str(cfg), str(tmp_path)]
    assert pytest.main(options, plugins=[failures]) == pytest.ExitCode.TESTS_FAILED
    assert failures.ran == {f"{name}.ipynb" for name in copies}
    assert failures.ran - failures.failed == {"as_stored.ipynb"}


def test_findings_are_stored_to_as_many_digits_as_machines_share():
    # what nbval compares of a finding must not hang on the last digit of a float
    assert SIGNIFICANT <= 10
