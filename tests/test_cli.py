"""The command line: what it says, and the status it returns."""

import errno
import os
import re
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from analysis import cli
from analysis.findings import Finding, to_csv
from analysis.publish import book, execution

SITE = book.Site(folder="_build/html", inputs="ab", panel="p", pages=8, findings=120, seconds=12.5)


def test_help_lists_the_commands(call):
    status, said, error = call("--help")
    assert (status, error) == (0, "")
    assert said.startswith("Usage: study [OPTIONS] COMMAND [ARGS]...")
    commands = re.findall(r"^  (\w+)  ", said.partition("Commands:")[2], re.MULTILINE)
    assert {"book", "serve", "check", "findings", "refresh", "new", "import", "export"} <= {
        *commands
    }
    said = " ".join(said.split())
    assert "book Execute the notebooks and build the site; do nothing if it is current." in said
    assert "serve Build the site if need be and show it on this machine." in said
    assert "refresh Execute the notebooks and store their outputs in them." in said


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("book", {"--panel", "--force", "--only", "--with-article"}),
        ("serve", {"--panel", "--force", "--port"}),
        ("refresh", set()),
        ("check", set()),
        ("findings", {"--diff", "--ledger"}),
        ("new", set()),
        ("import", {"--into", "--as", "--force"}),
        ("export", {"--to", "--into", "--force"}),
    ],
)
def test_each_command_has_its_options_and_an_example(call, command, options):
    status, said, _ = call(command, "--help")
    assert status == 0
    assert set(re.findall(r"--[a-z-]+", said)) == options | {"--help"}
    assert f"Example: study {command}" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["publish"], "No such command 'publish'"),
        ([], "COMMAND [ARGS]..."),
        (["book", "--fast"], "No such option '--fast'"),
        (["book", "--panel"], "Option '--panel' requires an argument"),
        (["serve", "--port", "web"], "'web' is not a valid integer"),
        (["refresh", "--panel", "x"], "No such option '--panel'"),
        (["import", "a.vtt"], "Missing option '--into'"),
        (["import", "--into", "x"], "Missing argument 'FILES...'"),
        (["import", "a.vtt", "--into", "x", "--as", "film"], "'film' is not one of 'vtt'"),
        (["export", "x", "--to", "film", "--into", "y"], "'film' is not one of"),
    ],
)
def test_what_is_unknown_ends_with_status_2_and_says_so(call, arguments, said):
    status, shown, error = call(*arguments)
    assert (status, shown) == (2, "")
    assert said in error


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
def test_a_panel_that_is_not_there_ends_with_status_2(call, built, tmp_path, command):
    missing = tmp_path / "nowhere"
    said = f"study {command}: no such folder: {missing} (--panel takes the folder of a panel)\n"
    assert call(command, "--panel", missing) == (2, "", said)
    assert built == []
    assert "as-before" in os.environ["STUDY_PANEL"]


def test_a_file_is_no_panel(call, built, tmp_path):
    (tmp_path / "panel.yml").write_text("id: mine\n")
    status, _, error = call("book", "--panel", tmp_path / "panel.yml")
    assert status == 2
    assert "no such folder" in error
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


def test_the_last_line_says_pages_findings_seconds_and_place(call, built):
    told = f"8 pages, 120 findings, 12.5 s: {Path('_build/html') / 'index.html'}\n"
    assert call("book", "--force")[:2] == (0, f"built {told}")
    assert call("book")[:2] == (0, f"nothing has changed since this was built: {told}")


@pytest.mark.parametrize("command", ["book", "serve"])
def test_a_build_that_failed_ends_with_status_1_and_its_name(call, monkeypatch, command):
    def build(force=False, only=(), with_article=False):
        raise book.BuildError("failed: book/public-statistics.ipynb")

    monkeypatch.setattr(book, "build", build)
    assert call(command) == (1, "", "study book: failed: book/public-statistics.ipynb\n")


def test_refresh_names_what_changed(call, monkeypatch):
    monkeypatch.setattr(execution, "refresh", lambda: ["book/a", "book/b"])
    assert call("refresh")[:2] == (0, "book/a\nbook/b\n2 notebook(s) changed\n")
    monkeypatch.setattr(execution, "refresh", list)
    assert call("refresh")[:2] == (0, "0 notebook(s) changed\n")


def test_refresh_that_failed_shows_the_traceback_and_the_name_last(call, monkeypatch):
    def refresh():
        raise execution.NotebookError({"book/b": "NameError: x", "book/a": "KeyError: y"})

    monkeypatch.setattr(execution, "refresh", refresh)
    status, said, error = call("refresh")
    assert (status, said) == (1, "")
    lines = error.splitlines()
    assert {"NameError: x", "KeyError: y"} <= set(lines[:-1])
    assert lines[-1] == "study refresh: failed: book/a.ipynb, book/b.ipynb"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
@pytest.mark.parametrize("file", ["book/a.ipynb", None])
def test_a_disk_that_takes_nothing_is_told_in_one_sentence(call, monkeypatch, file, number):
    def refresh():
        raise OSError(number, os.strerror(number), file)

    monkeypatch.setattr(execution, "refresh", refresh)
    said = f"study refresh: {file or 'a file'} cannot be written: {os.strerror(number)}\n"
    assert call("refresh")[::2] == (1, said)


def test_a_port_in_use_is_told_in_one_sentence(call, built):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        status, _, error = call("serve", "--port", port)
    assert status == 1
    assert error.startswith(f"study serve: port {port} cannot be used (")
    status, _, error = call("serve", "--port", "99999")
    assert status == 1
    assert "port 99999 cannot be used" in error


def test_a_path_that_is_not_there(call, tmp_path):
    missing = tmp_path / "nowhere"
    assert call("check", missing)[::2] == (2, f"study check: no such folder: {missing}\n")


def test_outside_a_checkout_it_says_so(study, root, tmp_path):
    own = {"PYTHONPATH": str(root), "STUDY_ROOT": str(tmp_path)}
    for command in ("book", "serve", "refresh", "check"):
        run = study(command, **own)
        assert (run.returncode, run.stdout) == (2, "")
        assert run.stderr == f"study {command}: {tmp_path} is no checkout of the study package\n"


def test_python_m_analysis_is_the_command(study, tmp_path):
    run = study("--help")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("Usage: study [OPTIONS] COMMAND [ARGS]...")
    run = study("book", "--panel", str(tmp_path / "nowhere"))
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("study book: no such folder: ")
    assert study("publish").returncode == 2


def test_the_command_study_is_declared(root):
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"] == {"study": "analysis.cli:main"}


def test_a_mistyped_variable_is_no_silent_choice_of_another_panel(study):
    run = study("book", STUDY_PANEL="no/such/folder")
    said = "no such folder: no/such/folder (STUDY_PANEL takes the folder of a panel)"
    assert (run.returncode, run.stderr) == (2, f"study book: {said}\n")


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
    return paths


def test_findings_prints_the_ledger(call, ledgers):
    assert call("findings", "--ledger", ledgers[1])[:2] == (0, ledgers[1].read_text("utf-8"))


def test_findings_says_what_changed_appeared_and_vanished(call, ledgers):
    status, said, _ = call("findings", "--ledger", ledgers[1], "--diff", ledgers[0])
    assert status == 0
    assert said.splitlines() == [
        "changed  moved: value 0.5 -> 0.25; low (empty) -> 0.1; text 0.500 -> 0.250",
        "appeared fresh: 3",
        "vanished gone: 2",
        "1 changed, 1 appeared, 1 vanished",
    ]


def test_findings_of_equal_ledgers_differ_in_nothing(call, ledgers):
    run = call("findings", "--ledger", ledgers[0], "--diff", ledgers[0])
    assert run[:2] == (0, "0 changed, 0 appeared, 0 vanished\n")


def test_a_panel_is_checked_without_jupyter_and_the_readers(tmp_path, root):
    # a process of its own: the tests' forks have loaded the libraries
    heavy = ("IPython", "jupyter_book", "lxml", "webvtt", "openpyxl", "docx", "rich")
    program = (
        "import sys; from analysis import cli; cli.main(['check', sys.argv[1]]);"
        f"print([m for m in {heavy}"
        " if m in sys.modules])"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"


#: What no ledger is, as bytes, and what is said of it; a ledger with a cell too long is made here.
NO_LEDGERS = {
    "other": (b"a,b\n1,2\n", "not a ledger, lacks the column"),
    "long": (b"x" * 200_000, "not a ledger (field larger"),
    "bytes": (b"page\n\xd0\n", "not a ledger ('utf-8'"),
}


@pytest.mark.parametrize("option", ["--ledger", "--diff"])
@pytest.mark.parametrize("name", NO_LEDGERS)
def test_findings_refuses_what_is_no_ledger(call, ledgers, tmp_path, name, option):
    content, said = NO_LEDGERS[name]
    before = ledgers[0].read_bytes() if name == "long" else b""
    (tmp_path / "other.csv").write_bytes(before + content)
    more = ["--ledger", ledgers[0]] if option == "--diff" else []
    status, _, error = call("findings", option, tmp_path / "other.csv", *more)
    assert status == 2
    assert error.startswith(f"study findings: {tmp_path / 'other.csv'}: {said}")


def test_findings_refuses_a_path_that_is_no_file(call, ledgers, tmp_path):
    missing = tmp_path / "none.csv"
    said = f"study findings: {missing}: No such file or directory\n"
    assert call("findings", "--ledger", ledgers[0], "--diff", missing)[::2] == (2, said)
    said = f"study findings: {tmp_path}: Is a directory\n"
    assert call("findings", "--ledger", tmp_path)[::2] == (2, said)


def test_findings_imports_nothing_that_a_ledger_names(ledgers, tmp_path, root):
    """A ledger from elsewhere is data, even where a module of that name lies beside it."""
    (tmp_path / "evil.py").write_text("import pathlib; pathlib.Path('ran').touch()")
    text, path = ledgers[1].read_text(), tmp_path / "hostile.csv"
    for name in ("evil.run", "evil", "evil.more.run"):
        text = text.replace("analysis.statistics.summary.value", name, 1)
    path.write_text("\ufeff" + text)  # as a spreadsheet saves it
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{root}"}
    for more in ((), ("--diff", ledgers[0])):
        command = [sys.executable, "-m", "analysis", "findings", "--ledger", path, *more]
        run = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        )
        assert run.stderr == ""
        assert (run.stdout == text) == (not more)
    assert not (tmp_path / "ran").exists()
