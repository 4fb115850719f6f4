"""``study check``: faults or a summary on standard output, and the status."""

import os
import re
import subprocess
import sys
from contextlib import suppress
from functools import partial

import forked
import pytest

from analysis import cli

FILES = {
    "panel.yml": """\
id: small
title: Малая панель
source: panel
statement: Held in December.
language: ru
collected: 2021-12
mode: individual
coders: []
coding_unit: one statement
licence: all rights reserved
""",
    "sessions.csv": "session_id,date,minutes\ng1,2021-12,\n",
    "stakeholders.csv": "stakeholder,name,name_ru,level\ncivil,Civil society,,\n",
    "experts.csv": "expert_id,session_id,stakeholder,quotable\ne1,g1,civil,false\n",
    "guide.csv": "question_id,task,position,text,text_ru\nq1,role,1,What?,\n",
    "statements.csv": (
        "statement_id,session_id,position,speaker,question_id,start_s,end_s,text,text_en\n"
        "s1,g1,1,e1,q1,,,Да,\n"
    ),
    "codebook.csv": (
        "code_id,parent_id,task,direction,name,name_ru,definition,include,exclude,origin,since\n"
        "c1,,role,neutral,Code,,A code.,,,,\n"
    ),
    "coded.csv": "statement_id,coder\ns1,consensus\n",
    "codings.csv": "statement_id,coder,code_id,stance\n",
}


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "small"
    place.mkdir()
    for name, text in FILES.items():
        (place / name).write_text(text, encoding="utf-8")
    return place


def test_a_sound_panel_gives_a_summary(folder, capsys):
    assert cli.main(["check", str(folder)]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    lines = said.out.splitlines()
    assert lines[0].startswith("panel        small: Малая панель (source: panel; digest: ")
    assert lines[-2:] == ["reporting    31 items are still open", "result       sound: no fault"]


def test_a_broken_panel_gives_every_fault_and_their_number_last(folder, capsys):
    for file, old, new in (
        ("experts.csv", "false", "no"),
        ("coded.csv", "s1", "s2"),
        ("statements.csv", "Да", "ask a@b.ru"),
    ):
        path = folder / file
        path.write_text(path.read_text("utf-8").replace(old, new), encoding="utf-8")
    assert cli.main(["check", str(folder)]) == 1
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.splitlines() == [
        "coded.csv, line 2, statement_id: expected a statement_id of statements.csv; got 's2'",
        "experts.csv, line 2, quotable: expected true or false; got 'no'",
        "statements.csv, line 2, text: expected no e-mail: it names a person; got 'ask [e-mail]'",
        "3 faults in 3 files",
    ]


def test_without_a_path_it_is_the_chosen_panel(folder, capsys, monkeypatch):
    monkeypatch.setenv("STUDY_PANEL", str(folder))
    assert cli.main(["check"]) == 0
    assert capsys.readouterr().out.startswith("panel        small:")


def test_a_path_counts_from_where_the_command_is_given(folder, capsys, monkeypatch):
    monkeypatch.chdir(folder.parent)
    assert cli.main(["check", "small"]) == 0
    assert "sound" in capsys.readouterr().out


def test_what_is_no_folder_is_a_fault(folder, capsys):
    assert cli.main(["check", str(folder / "panel.yml")]) == 1
    said = capsys.readouterr()
    assert said.err == ""
    assert "expected the folder of a panel" in said.out
    assert said.out.splitlines()[-1] == "1 fault in 1 file"


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
def test_a_name_forges_no_line(command, broken, folder, tmp_path, capsys):
    place = folder.rename(folder.with_name(FORGED))
    (place / FORGED).write_text("")
    (place / "said.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:01.000\nA: One.\n")
    if broken or command[0] == "book":
        (place / f"{FORGED}.csv").write_text("")
    with suppress(SystemExit):
        cli.main([part.format(place) for part in command])
    said = capsys.readouterr()
    lines = (said.out + said.err).split("\n")
    assert all(line.isprintable() for line in lines)
    if broken or command != ["check", "{}"]:
        assert not any(line.startswith("result") for line in lines)


@pytest.mark.parametrize("value", ["\\nresult       sound", "\\e[2J", "\\u202e", "\\uFFFF"])
def test_a_title_forges_no_line(value, folder, capsys):
    meta = folder / "panel.yml"
    text = FILES["panel.yml"].replace("Held in", "Held in\\e[2J").replace("Малая", f"Малая{value}")
    meta.write_text(re.sub(r": (.*\\.*)", r': "\1"', text), "utf-8")
    assert cli.main(["check", str(folder)]) == 1
    said = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in said[:2]] == [
        "panel.yml, line 2, title",
        "panel.yml, line 4, statement",
    ]
    assert all(line.isprintable() for line in said)


def test_help_says_what_it_does(capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(["check", "--help"])
    assert caught.value.code == 0
    said = " ".join(capsys.readouterr().out.split())
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
    path.write_text(FILES["panel.yml"].replace("Held", "Held " * 15_000 + "so"), "utf-8")
    path = folder / "statements.csv"
    path.write_text(path.read_text("utf-8") + "\n" * 5000, "utf-8")
    read, write = os.pipe()
    with open(write, "w") as out, open(tmp_path / "err", "w+") as err:
        run = study("check", folder, start=partial(forked.start, stdout=out, stderr=err))
        os.close(read)
        assert run.wait() == 1
        assert err.read() == ""
