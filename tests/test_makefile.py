"""The commands of the Makefile: the name of a panel's folder is a name, whatever stands in it."""

import os
import subprocess

import pytest

HOSTILE = [
    "plain",
    "with blanks  and (brackets)",
    "a'b",
    'a"b',
    '"; touch ran; "',
    "'; touch ran; '",
    "`touch ran`",
    "$(touch ran)",
    "$$(touch ran)",
    "$(shell touch ran)",
    "${shell touch ran}",
    "$(error stopped)",
    "$HOME ${HOME} $(HOME)",
    "-x",
    "--help",
    "first\ntouch ran\nlast",
    "a\\",
    "a\\\nb",
    "*",
    "~",
    "a#b",
    "a=b",
    "; touch ran &",
    "> ran",
    "панель",
]


@pytest.fixture
def make(tmp_path, root):
    """Run a target with a command in the place of ``study`` that keeps what it was given."""
    study = tmp_path / "study"
    study.write_text("#!/bin/sh\nprintf '%s\\0' \"$@\" > given\n")
    study.chmod(0o755)

    def run(target, *options, **variables):
        (tmp_path / "given").unlink(missing_ok=True)
        command = ["make", "-f", str(root / "Makefile"), target, "READY=", "LOCKED=", "BIN=."]
        (tmp_path / "requirements.txt").touch()
        (tmp_path / "pyproject.toml").touch()
        # what an outer make, as of `make test`, hands down is left out
        own = {k: v for k, v in os.environ.items() if k != "PANEL" and "MAKE" not in k}
        environment = {k: v for k, v in own.items() if k != "MFLAGS"} | variables
        told = subprocess.run(
            [*command, *options], cwd=tmp_path, env=environment, capture_output=True, check=True
        )
        assert told.stderr == b""
        assert not (tmp_path / "ran").exists()
        given = tmp_path / "given"
        return given.read_text("utf-8").split("\0")[:-1] if given.exists() else None

    return run


@pytest.mark.parametrize("target", ["book", "serve"])
@pytest.mark.parametrize("name", HOSTILE)
def test_the_name_of_a_folder_reaches_the_command_as_it_is(make, target, name):
    expected = [target, f"--panel={name}"]
    assert make(target, f"PANEL={name}") == expected
    assert make(target, PANEL=name) == expected
    assert make(target, "-n", f"PANEL={name}") is None


def test_without_a_name_it_is_the_constructed_panel(make):
    for options in ((), ("PANEL=",)):
        assert make("book", *options) == ["book"]
