"""``study check``: faults or a summary on standard output, and the status."""

import os
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import forked
import pytest


@pytest.fixture
def folder(tmp_path):
    """A sound panel of one expert and one statement, without a coding."""
    return shutil.copytree(Path(__file__).with_name("small_panel"), tmp_path / "small")


def test_a_sound_panel_gives_a_summary(folder, call):
    status, said, error = call("check", folder)
    assert (status, error) == (0, "")
    lines = said.splitlines()
    assert lines[0].startswith("panel        small: Малая панель (source: panel; digest: ")
    assert lines[-2:] == ["reporting    31 items are still open", "result       sound: no fault"]


def test_a_broken_panel_gives_every_fault_and_their_number_last(folder, call):
    for file, old, new in (
        ("experts.csv", "false", "no"),
        ("coded.csv", "s1", "s2"),
        ("statements.csv", "Да", "ask a@b.ru"),
    ):
        path = folder / file
        path.write_text(path.read_text("utf-8").replace(old, new), encoding="utf-8")
    status, said, error = call("check", folder)
    assert (status, error) == (1, "")
    assert said.splitlines() == [
        "coded.csv, line 2, statement_id: expected a statement_id of statements.csv; got 's2'",
        "experts.csv, line 2, quotable: expected true or false; got 'no'",
        "statements.csv, line 2, text: expected no e-mail: it names a person; got 'ask [e-mail]'",
        "3 faults in 3 files",
    ]


def test_without_a_path_it_is_the_chosen_panel(folder, call, monkeypatch):
    monkeypatch.setenv("STUDY_PANEL", str(folder))
    status, said, _ = call("check")
    assert status == 0
    assert said.startswith("panel        small:")


def test_a_path_counts_from_where_the_command_is_given(folder, call, monkeypatch):
    monkeypatch.chdir(folder.parent)
    status, said, _ = call("check", "small")
    assert status == 0
    assert "sound" in said


def test_what_is_no_folder_is_a_fault(folder, call):
    status, said, error = call("check", folder / "panel.yml")
    assert (status, error) == (1, "")
    assert "expected the folder of a panel" in said
    assert said.splitlines()[-1] == "1 fault in 1 file"


#: What a folder's name, or a title, would make of what is printed.
FORGED = "x\nresult       sound: no fault\x1b[2J\udcff"


@pytest.mark.parametrize(
    "command",
    [
        ["check", "{}"],
        ["check", "{}/none"],
        ["book", "--panel", "{}"],
        ["book", "--panel", "{}/none"],
        ["export", "{}", "--to", "refi", "--into", "{}"],
        ["export", "{}", "--to", "matrix", "--into", "{}/out"],
        ["import", "{}/said.vtt", "--into", "{}"],
        ["import", "{}/said.vtt", "--into", "{}/new"],
        ["new", "{}"],
        ["new", "{}/new"],
        ["findings", "--ledger", "{}/none"],
        ["publish-check", "{}", "--key", "{}/said.vtt"],
        ["pseudonymise", "{}", "--key", "{}/key"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("broken", [False, True])
def test_a_name_forges_no_line(command, broken, folder, call):
    place = folder.rename(folder.with_name(FORGED))
    (place / FORGED).write_text("")
    (place / "said.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:01.000\nA: One.\n")
    if broken or command[0] == "book":
        (place / f"{FORGED}.csv").write_text("")
    _, *said = call(*(part.format(place) for part in command))
    lines = "".join(said).split("\n")
    assert all(line.isprintable() for line in lines)
    if broken or command != ["check", "{}"]:
        assert not any(line.startswith("result") for line in lines)


@pytest.mark.parametrize("value", ["\\nresult       sound", "\\e[2J", "\\u202e", "\\uFFFF"])
def test_a_title_forges_no_line(value, folder, call):
    meta = folder / "panel.yml"
    text = (
        meta.read_text("utf-8")
        .replace("Held in", "Held in\\e[2J")
        .replace("Малая", f"Малая{value}")
    )
    meta.write_text(re.sub(r": (.*\\.*)", r': "\1"', text), "utf-8")
    status, shown, _ = call("check", folder)
    said = shown.splitlines()
    assert status == 1
    assert [line.split(":")[0] for line in said[:2]] == [
        "panel.yml, line 2, title",
        "panel.yml, line 4, statement",
    ]
    assert all(line.isprintable() for line in said)


def test_help_says_what_it_does(call):
    status, shown, _ = call("check", "--help")
    said = " ".join(shown.split())
    assert status == 0
    assert "Say what is wrong with a panel, or what a sound one holds." in said
    assert "[PATH]" in said


def test_a_terminal_without_cyrillic_gets_escapes(folder, root):
    # as everybody starts it, which is not how most of these tests do (tests/helpers/forked.py)
    command = [sys.executable, "-m", "analysis", "check", str(folder)]
    own = os.environ | {"PYTHONIOENCODING": "ascii"}
    run = subprocess.run(command, cwd=root, env=own, capture_output=True, text=True)
    assert run.returncode == 0
    assert run.stderr == ""
    assert "small: \\u041c" in run.stdout


def test_a_reader_that_stops_early_is_no_error(folder, study, tmp_path):
    # more than a pipe holds
    path = folder / "panel.yml"
    path.write_text(path.read_text("utf-8").replace("Held", "Held " * 15_000 + "so"), "utf-8")
    path = folder / "statements.csv"
    path.write_text(path.read_text("utf-8") + "\n" * 5000, "utf-8")
    read, write = os.pipe()
    with open(write, "w") as out, open(tmp_path / "err", "w+") as err:
        run = study("check", folder, start=partial(forked.start, stdout=out, stderr=err))
        os.close(read)
        assert run.wait() == 1
        assert err.read() == ""
