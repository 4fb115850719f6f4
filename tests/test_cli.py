"""The command line: what it says, and the status it returns."""

import errno
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from analysis import cli
from analysis.exchange.material import Material, table
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
    assert said.out.startswith("Usage: study [OPTIONS] COMMAND [ARGS]...")
    commands = re.findall(r"^  (\w+)  ", said.out.partition("Commands:")[2], re.MULTILINE)
    assert {"book", "serve", "check", "findings", "refresh", "new", "import", "export"} <= {
        *commands
    }
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
        ("check", set()),
        ("findings", {"--diff", "--ledger"}),
        ("new", set()),
        ("import", {"--into", "--as", "--force"}),
        ("export", {"--to", "--into", "--force"}),
    ],
)
def test_each_command_has_its_options_and_an_example(capsys, command, options):
    assert status_of(command, "--help") == 0
    said = capsys.readouterr().out
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
def test_what_is_unknown_ends_with_status_2_and_says_so(capsys, arguments, said):
    assert status_of(*arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
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
@pytest.mark.parametrize("file", ["book/a.ipynb", None])
def test_a_disk_that_takes_nothing_is_told_in_one_sentence(capsys, monkeypatch, file, number):
    def refresh():
        raise OSError(number, os.strerror(number), file)

    monkeypatch.setattr(execution, "refresh", refresh)
    assert cli.main(["refresh"]) == 1
    said = f"study refresh: {file or 'a file'} cannot be written: {os.strerror(number)}\n"
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
    assert run.stdout.startswith("Usage: study [OPTIONS] COMMAND [ARGS]...")
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


def test_findings_refuses_what_is_no_ledger(capsys, ledgers, tmp_path):
    missing = str(tmp_path / "none.csv")
    assert cli.main(["findings", "--ledger", ledgers[0], "--diff", missing]) == 2
    assert capsys.readouterr().err == f"study findings: {missing}: No such file or directory\n"
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    assert cli.main(["findings", "--ledger", str(tmp_path / "other.csv")]) == 2
    assert "lacks the column" in capsys.readouterr().err
    assert cli.main(["findings", "--ledger", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"study findings: {tmp_path}: Is a directory\n"
    (tmp_path / "other.csv").write_text(Path(ledgers[0]).read_text() + "x" * 200_000)
    assert cli.main(["findings", "--ledger", str(tmp_path / "other.csv")]) == 2
    assert "not a ledger (field larger" in capsys.readouterr().err
    (tmp_path / "other.csv").write_bytes(b"page\n\xd0\n")
    assert (
        cli.main(["findings", "--diff", str(tmp_path / "other.csv"), "--ledger", ledgers[0]]) == 2
    )
    assert f"{tmp_path / 'other.csv'}: not a ledger ('utf-8'" in capsys.readouterr().err


def test_findings_imports_nothing_that_a_ledger_names(ledgers, tmp_path, root):
    """A ledger from elsewhere is data, even where a module of that name lies beside it."""
    (tmp_path / "evil.py").write_text("import pathlib; pathlib.Path('ran').touch()")
    text, path = Path(ledgers[1]).read_text(), tmp_path / "hostile.csv"
    for name in ("evil.run", "evil", "evil.more.run"):
        text = text.replace("analysis.statistics.summary.value", name, 1)
    path.write_text("\ufeff" + text)  # as a spreadsheet saves it
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{root}"}
    for more in ((), ("--diff", ledgers[0])):
        command = [sys.executable, "-m", "analysis", "findings", "--ledger", str(path), *more]
        run = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        )
        assert run.stderr == ""
        assert (run.stdout == text) == (not more)
    assert not (tmp_path / "ran").exists()


TALK = """\
WEBVTT

00:01.000 --> 00:04.000
<v Модератор>Что мешает?</v>

00:04.000 --> 00:09.000
<v Анна Петрова>Денег мало, и [кадров].</v>

00:09.000 --> 00:11.000
<v Борис Орлов>Кадров.</v>
"""


@pytest.fixture
def talk(tmp_path):
    path = tmp_path / "Встреча Петровой.vtt"
    path.write_text(TALK, encoding="utf-8")
    return path


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_import_makes_a_panel_a_report_and_a_list_of_speakers_beside_it(capsys, talk, tmp_path):
    folder = tmp_path / "мои интервью"
    assert cli.main(["import", str(talk), "--into", str(folder)]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert "file 1 is Встреча Петровой.vtt" in said.out
    assert "3 statements" in said.out
    assert f"Next: study check '{folder}'" in said.out
    made = contents(folder)
    assert sorted(made) == [
        "experts.csv", "import-report.md", "panel.yml", "sessions.csv", "statements.csv",
    ]  # fmt: skip
    assert made["panel.yml"].decode() == "title: мои интервью\norder: spoken\n"
    assert b"s1-002,s1,2,e01,4,9," in made["statements.csv"]
    report = made["import-report.md"].decode()
    assert report.startswith("# Import\n\n- file 1: vtt\n\n## Came in\n")
    speakers = (tmp_path / "мои интервью-speakers.csv").read_text("utf-8-sig")
    for name in ("Анна", "Петров", "Борис", "Орлов"):
        assert name not in b"".join(made.values()).decode()
        assert name in speakers


def test_import_again_needs_force_and_applies_what_the_user_has_filled(capsys, talk, tmp_path):
    arguments = ["import", str(talk), "--into", str(tmp_path / "mine")]
    assert cli.main(arguments) == 0
    before = contents(tmp_path / "mine")
    assert status_of(*arguments) == 2
    assert "has experts.csv, import-report.md, " in capsys.readouterr().err
    assert contents(tmp_path / "mine") == before
    speakers = tmp_path / "mine-speakers.csv"
    filled = speakers.read_text("utf-8-sig").replace(",e02,,,", ",e02,,e01,")
    speakers.write_bytes(filled.replace(",", ";").encode("cp1251"))
    (tmp_path / "mine" / "panel.yml").write_text("title: Own\n# by hand\nauthors: [A B]\n")
    (tmp_path / "mine" / "plan.yml").write_text("note: mine\n")
    saved = speakers.read_bytes()
    assert cli.main([*arguments, "--force"]) == 0
    assert "panel.yml: kept." in capsys.readouterr().out
    made = contents(tmp_path / "mine")
    assert made["experts.csv"] == b"expert_id\ne01\n"
    assert b"e02" not in made["statements.csv"]
    assert made["panel.yml"] == b"title: Own\n# by hand\nauthors: [A B]\norder: spoken\n"
    assert made["plan.yml"] == b"note: mine\n"
    assert speakers.read_bytes() == saved


def test_import_fills_a_new_panel_without_force(capsys, talk, tmp_path):
    folder = tmp_path / "mine"
    assert cli.main(["new", str(folder)]) == 0
    assert cli.main(["import", str(talk), "--into", str(folder)]) == 0
    made = contents(folder)
    assert {"codebook.csv", "guide.csv", "README.md", "statements.csv"} <= set(made)
    assert made["panel.yml"].decode().rstrip().endswith("order: spoken")
    assert "# Title of the panel and of the book about it." in made["panel.yml"].decode()


@pytest.mark.parametrize("content", ["WEBVTT\n", "one"])
def test_import_names_the_file_that_is_wrong_and_writes_nothing(capsys, talk, tmp_path, content):
    odd = tmp_path / "odd.xyz"
    odd.write_text(content)
    assert cli.main(["import", str(talk), str(odd), "--into", str(tmp_path / "mine")]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert said.err.startswith("study import: ")
    assert "odd.xyz" in said.err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["odd.xyz", "Встреча Петровой.vtt"]


def test_import_tells_what_is_wrong_in_the_list_of_speakers(capsys, talk, tmp_path):
    (tmp_path / "mine-speakers.csv").write_text("name,id,role\nA B,e01,boss\n")
    assert cli.main(["import", str(talk), "--into", str(tmp_path / "mine")]) == 1
    assert capsys.readouterr().err == (
        "study import: the list of speakers, row 2, role: 'boss'; "
        "right is expert, moderator or nobody\n"
    )


def test_names_in_questions_of_a_reader_are_shown_as_ids(capsys, tmp_path, monkeypatch):
    rows = [("t1", "", "Анна Петрова", 1, 2, "a"), ("t2", "", "Аня", 3, 4, "b")]
    found = Material("x.vtt", "vtt", turns=table("turns", rows))
    found.asked.append("Is “Аня” the same as “Анна Петрова”? Анна Петровна is another.")
    monkeypatch.setattr("analysis.exchange.commands.read_all", lambda paths, kind: [found])
    assert cli.main(["import", "x.vtt", "--into", str(tmp_path / "mine")]) == 0
    said = "file 1: Is “e02” the same as “e01”? Анна Петровна is another."
    assert said in capsys.readouterr().out
    assert said in (tmp_path / "mine" / "import-report.md").read_text("utf-8")


def test_import_of_hostile_names_stays_text_in_the_report(talk, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("expert,<script>,=1+1\nE1,x,x\n")
    assert cli.main(["import", str(path), "--into", str(tmp_path / "mine")]) == 0
    made = contents(tmp_path / "mine")
    assert b"<script>" not in made["import-report.md"].replace(b"\\<", b"")
    assert b"script,1,<script>" in made["codebook.csv"]


def test_import_in_the_c_locale_gives_the_same(talk, tmp_path, root):
    here, there = (tmp_path / name / "мои интервью" for name in "ab")
    assert cli.main(["import", str(talk), "--into", str(here)]) == 0
    own = os.environ | {"PYTHONUTF8": "0", "LC_ALL": "C"}
    command = [sys.executable, "-m", "analysis", "import", str(talk), "--into", str(there)]
    run = subprocess.run(command, cwd=root, env=own, capture_output=True)
    assert (run.returncode, run.stderr) == (0, b"")
    assert contents(here) == contents(there)
    assert f"study check '{there}'" in run.stdout.decode()
    lists = [(folder.parent / "мои интервью-speakers.csv").read_bytes() for folder in (here, there)]
    assert lists[0] == lists[1]


CASES = Path(__file__).resolve().parents[2] / "shared" / "reference" / "cases"


@pytest.mark.skipif(not CASES.exists(), reason="the reference files are not here")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("01-inner-name.qdpx", ["Trial.qde", "1 coding"]),
        ("02-bom-crlf.qdpx", ["1 coding", "0 of 1 codings cut a word"]),
        (
            "05-drift.qdpx",
            ["1 of 1 codings cuts a word: the positions of the file may be off; check these"],
        ),
        (
            "07-pdf-only.qdpx",
            ["1 coding lies on a PDF region and has no text; not imported"],
        ),
        ("12-teams.vtt", ["2 statements", "2 experts"]),
        ("14-colons.vtt", ["3 statements", "1 expert", "cue 2 and cue 3"]),
        ("19-otter.txt", ["3 statements", "1 expert"]),
        ("21-excel-ru.csv", ["2 ratings", "semicolons", "1251"]),
        ("23-maxqda-segments.csv", ["4 codes", "3 codings", "2 experts"]),
    ],
)
def test_odd_files_come_in_with_what_the_report_has_to_say(capsys, tmp_path, name, said):
    assert cli.main(["import", str(CASES / name), "--into", str(tmp_path / "mine")]) == 0
    out = capsys.readouterr().out
    report = (tmp_path / "mine" / "import-report.md").read_text("utf-8")
    for sentence in said:
        assert sentence in out
        assert sentence in report


@pytest.mark.skipif(not CASES.exists(), reason="the reference files are not here")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("10-zip-slip.qdpx", "leads out of the archive"),
        ("10-entities.qde", "entities"),
        ("16-empty.vtt", "no cue in 16-empty.vtt"),
        ("22-matrix.csv", "“2”"),
    ],
)
def test_files_that_cannot_come_in_are_told_in_one_line(capsys, tmp_path, name, said):
    assert cli.main(["import", str(CASES / name), "--into", str(tmp_path / "mine")]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert said in captured.err
    assert list(tmp_path.iterdir()) == []


def test_export_writes_files_and_replaces_none_without_force(capsys, root, tmp_path):
    panel = root / "data" / "panels" / "constructed"
    for kind, name in (("matrix", "matrix.csv"), ("refi", "project.qdpx"), ("qdc", "codebook.qdc")):
        arguments = ["export", str(panel), "--to", kind, "--into", str(tmp_path)]
        assert cli.main(arguments) == 0
        assert capsys.readouterr().out.startswith(f"{tmp_path / name}\n")
        assert status_of(*arguments) == 2
        assert "--force replaces it" in capsys.readouterr().err
        assert cli.main([*arguments, "--force"]) == 0
        capsys.readouterr()
    assert (tmp_path / "matrix.csv").read_bytes().startswith(b"\xef\xbb\xbfexpert_id,")


def test_export_says_what_is_wrong_with_the_folder(tmp_path, capsys):
    command = ["export", str(tmp_path / "none"), "--to", "refi", "--into", str(tmp_path / "x")]
    with pytest.raises(SystemExit) as caught:
        cli.main(command)
    assert caught.value.code == 2
    assert "does not exist" in capsys.readouterr().err
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "panel.yml").write_text("title: A\n")
    assert cli.main(command) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"study export: {tmp_path / 'none'}: 1 fault in 1 file; `study check`")
    assert not (tmp_path / "x").exists()
