"""The command line: what it says, and the status it returns."""

import errno
import os
import re
from pathlib import Path

import pytest

from analysis import cli
from analysis.findings import Finding, to_csv
from analysis.publish import book, execution

SITE = book.Site(folder="_build/html", inputs="ab", panel="p", pages=8, findings=120, seconds=12.5)


def status_of(*arguments):
    """The status of a command that the parser ends."""
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    return caught.value.code


def test_help_lists_the_commands(capsys):
    assert status_of("--help") == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.startswith("usage: study [-h] [--version] COMMAND ...")
    commands = re.findall(r"^    (\w+) ", said.out, re.MULTILINE)
    assert commands == ["book", "serve", "check", "findings", "refresh"]
    said = " ".join(said.out.split())
    assert "book Execute the notebooks and build the site; do nothing if it is current." in said
    assert "serve Build the site if need be and show it on this machine." in said
    assert "refresh Execute the notebooks and store their outputs in them." in said


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("book", {"--panel", "--force", "--only", "--with-article"}),
        ("serve", {"--panel", "--force", "--port"}),
        ("refresh", set()),
    ],
)
def test_each_command_has_its_options(capsys, command, options):
    assert status_of(command, "--help") == 0
    assert set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) == options | {"--help"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["publish"], "invalid choice: 'publish'"),
        ([], "the following arguments are required: COMMAND"),
        (["book", "--fast"], "unrecognized arguments: --fast"),
        (["book", "--panel"], "argument --panel: expected one argument"),
        (["serve", "--port", "web"], "argument --port: invalid int value: 'web'"),
        (["refresh", "--panel", "x"], "unrecognized arguments: --panel x"),
    ],
)
def test_what_is_unknown_ends_with_status_2_and_says_so(capsys, arguments, said):
    assert status_of(*arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("usage: study")
    assert said in captured.err


@pytest.fixture
def built(monkeypatch, tmp_path_factory):
    """Calls of ``build`` with the panel they saw; it builds nothing."""
    calls = []

    def build(force=False, only=(), with_article=False):
        calls.append((force, os.environ.get("STUDY_PANEL")))
        return SITE, force

    monkeypatch.setattr(book, "build", build)
    before = str(tmp_path_factory.mktemp("as-before"))
    monkeypatch.setenv("STUDY_PANEL", before)  # so that it is put back afterwards
    return calls


@pytest.mark.parametrize("command", ["book", "serve"])
def test_a_panel_that_is_not_there_ends_with_status_2(capsys, built, tmp_path, command):
    missing = str(tmp_path / "nowhere")
    assert cli.main([command, "--panel", missing]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (
        f"study {command}: no such folder: {missing} (--panel takes the folder of a panel)\n"
    )
    assert built == []
    assert "as-before" in os.environ["STUDY_PANEL"]


def test_a_file_is_no_panel(capsys, built, tmp_path):
    (tmp_path / "panel.yml").write_text("id: mine\n")
    assert cli.main(["book", "--panel", str(tmp_path / "panel.yml")]) == 2
    assert "no such folder" in capsys.readouterr().err
    assert built == []


def test_a_panel_counts_from_where_the_command_is_given(built, monkeypatch, tmp_path):
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path)
    assert cli.main(["book", "--panel", "mine"]) == 0
    assert built == [(False, str(tmp_path.resolve() / "mine"))]


def test_without_a_panel_the_setting_stays(built):
    before = os.environ["STUDY_PANEL"]
    assert cli.main(["book"]) == 0
    assert cli.main(["book", "--force"]) == 0
    assert built == [(False, before), (True, before)]


def test_the_last_line_says_pages_findings_seconds_and_place(capsys, built):
    assert cli.main(["book", "--force"]) == 0
    place = Path("_build/html") / "index.html"
    assert capsys.readouterr().out == f"built 8 pages, 120 findings, 12.5 s: {place}\n"
    assert cli.main(["book"]) == 0
    assert capsys.readouterr().out == (
        f"nothing has changed since this was built: 8 pages, 120 findings, 12.5 s: {place}\n"
    )


@pytest.mark.parametrize("command", ["book", "serve"])
def test_a_build_that_failed_ends_with_status_1_and_its_name(capsys, monkeypatch, command):
    def build(force=False, only=(), with_article=False):
        raise book.BuildError("failed: book/public-statistics.ipynb")

    monkeypatch.setattr(book, "build", build)
    assert cli.main([command]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "study book: failed: book/public-statistics.ipynb\n"


def test_refresh_names_what_changed(capsys, monkeypatch):
    monkeypatch.setattr(execution, "refresh", lambda: ["book/a", "book/b"])
    assert cli.main(["refresh"]) == 0
    assert capsys.readouterr().out == "book/a\nbook/b\n2 notebook(s) changed\n"
    monkeypatch.setattr(execution, "refresh", list)
    assert cli.main(["refresh"]) == 0
    assert capsys.readouterr().out == "0 notebook(s) changed\n"


def test_refresh_that_failed_shows_the_traceback_and_the_name_last(capsys, monkeypatch):
    def refresh():
        raise execution.NotebookError({"book/b": "NameError: x", "book/a": "KeyError: y"})

    monkeypatch.setattr(execution, "refresh", refresh)
    assert cli.main(["refresh"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.splitlines()
    assert {"NameError: x", "KeyError: y"} <= set(lines[:-1])
    assert lines[-1] == "study refresh: failed: book/a.ipynb, book/b.ipynb"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_disk_that_takes_nothing_is_told_in_one_sentence(capsys, monkeypatch, number):
    def refresh():
        raise OSError(number, os.strerror(number), "book/a.ipynb")

    monkeypatch.setattr(execution, "refresh", refresh)
    assert cli.main(["refresh"]) == 1
    said = f"study refresh: book/a.ipynb cannot be written: {os.strerror(number)}\n"
    assert capsys.readouterr().err == said


def test_a_port_in_use_is_told_in_one_sentence(capsys, built):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert cli.main(["serve", "--port", str(port)]) == 1
    assert capsys.readouterr().err.startswith(f"study serve: port {port} cannot be used (")
    assert cli.main(["serve", "--port", "99999"]) == 1
    assert "port 99999 cannot be used" in capsys.readouterr().err


def test_a_path_that_is_not_there(capsys, tmp_path):
    assert cli.main(["check", str(tmp_path / "nowhere")]) == 2
    assert capsys.readouterr().err == f"study check: no such folder: {tmp_path / 'nowhere'}\n"


def test_outside_a_checkout_it_says_so(study, root, tmp_path):
    own = {"PYTHONPATH": str(root), "STUDY_ROOT": str(tmp_path)}
    for command in ("book", "serve", "refresh", "check"):
        run = study(command, **own)
        assert (run.returncode, run.stdout) == (2, "")
        assert run.stderr == f"study {command}: {tmp_path} is no checkout of the study package\n"


def test_python_m_analysis_is_the_command(study, tmp_path):
    run = study("--help")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("usage: study [-h] [--version] COMMAND ...")
    run = study("book", "--panel", str(tmp_path / "nowhere"))
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("study book: no such folder: ")
    assert study("publish").returncode == 2


def test_the_command_study_is_declared(root):
    import tomllib

    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"] == {"study": "analysis.cli:main"}


def test_a_mistyped_variable_is_no_silent_choice_of_another_panel(study):
    run = study("book", STUDY_PANEL="no/such/folder")
    assert run.returncode == 2
    assert run.stderr == (
        "study book: no such folder: no/such/folder (STUDY_PANEL takes the folder of a panel)\n"
    )


@pytest.fixture
def ledgers(tmp_path):
    def finding(name, value, text, low=None):
        return Finding(
            id=name, chapter="c", value=value, low=low, high=None, k=None, n=None, text=text,
            source="public", standing="description", method="m",
            function="analysis.statistics.summary.value", digest="abc",
        )  # fmt: skip

    old = [finding("kept", 1.0, "1.000"), finding("moved", 0.5, "0.500"), finding("gone", 2, "2")]
    new = [
        finding("kept", 1.0, "1.000"),
        finding("moved", 0.25, "0.250", low=0.1),
        finding("fresh", 3, "3"),
    ]
    paths = tmp_path / "old.csv", tmp_path / "new.csv"
    for path, found in zip(paths, (old, new), strict=True):
        path.write_text(to_csv(found), encoding="utf-8")
    return [str(p) for p in paths]


def test_findings_prints_the_ledger(capsys, ledgers):
    assert cli.main(["findings", "--ledger", ledgers[1]]) == 0
    assert capsys.readouterr().out == Path(ledgers[1]).read_text(encoding="utf-8")


def test_findings_says_what_changed_appeared_and_vanished(capsys, ledgers):
    assert cli.main(["findings", "--ledger", ledgers[1], "--diff", ledgers[0]]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "changed  moved: value 0.5 -> 0.25; low (empty) -> 0.1; text 0.500 -> 0.250",
        "appeared fresh: 3",
        "vanished gone: 2",
        "1 changed, 1 appeared, 1 vanished",
    ]


def test_findings_of_equal_ledgers_differ_in_nothing(capsys, ledgers):
    assert cli.main(["findings", "--ledger", ledgers[0], "--diff", ledgers[0]]) == 0
    assert capsys.readouterr().out == "0 changed, 0 appeared, 0 vanished\n"


def test_findings_refuses_what_is_no_ledger(capsys, ledgers, tmp_path):
    missing = str(tmp_path / "none.csv")
    assert cli.main(["findings", "--ledger", ledgers[0], "--diff", missing]) == 2
    assert capsys.readouterr().err == f"study findings: no such file: {missing}\n"
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    assert cli.main(["findings", "--ledger", str(tmp_path / "other.csv")]) == 2
    assert "lacks the column" in capsys.readouterr().err
