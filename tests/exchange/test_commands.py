"""``study import`` and ``study export``: what they write, say and refuse."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

from analysis.exchange.material import Material, table

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


def test_import_makes_a_panel_a_report_and_a_list_of_speakers_beside_it(call, talk, tmp_path):
    folder = tmp_path / "мои интервью"
    status, said, error = call("import", talk, "--into", folder)
    assert (status, error) == (0, "")
    assert "file 1 is Встреча Петровой.vtt" in said
    assert "3 statements" in said
    assert f"Next: study check '{folder}'" in said
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


def test_import_again_needs_force_and_applies_what_the_user_has_filled(call, talk, tmp_path):
    arguments = ["import", talk, "--into", tmp_path / "mine"]
    assert call(*arguments)[0] == 0
    before = contents(tmp_path / "mine")
    status, _, error = call(*arguments)
    assert status == 2
    assert "has experts.csv, import-report.md, " in error
    assert contents(tmp_path / "mine") == before
    speakers = tmp_path / "mine-speakers.csv"
    filled = speakers.read_text("utf-8-sig").replace(",e02,,,", ",e02,,e01,")
    speakers.write_bytes(filled.replace(",", ";").encode("cp1251"))
    (tmp_path / "mine" / "panel.yml").write_text("title: Own\n# by hand\nauthors: [A B]\n")
    (tmp_path / "mine" / "plan.yml").write_text("note: mine\n")
    saved = speakers.read_bytes()
    status, said, _ = call(*arguments, "--force")
    assert status == 0
    assert "panel.yml: kept." in said
    made = contents(tmp_path / "mine")
    assert made["experts.csv"] == b"expert_id\ne01\n"
    assert b"e02" not in made["statements.csv"]
    assert made["panel.yml"] == b"title: Own\n# by hand\nauthors: [A B]\norder: spoken\n"
    assert made["plan.yml"] == b"note: mine\n"
    assert speakers.read_bytes() == saved


def test_import_fills_a_new_panel_without_force(call, talk, tmp_path):
    folder = tmp_path / "mine"
    assert call("new", folder)[0] == 0
    assert call("import", talk, "--into", folder)[0] == 0
    made = contents(folder)
    assert {"codebook.csv", "guide.csv", "README.md", "statements.csv"} <= set(made)
    assert made["panel.yml"].decode().rstrip().endswith("order: spoken")
    assert "# Title of the panel and of the book about it." in made["panel.yml"].decode()


@pytest.mark.parametrize("content", ["WEBVTT\n", "one"])
def test_import_names_the_file_that_is_wrong_and_writes_nothing(call, talk, tmp_path, content):
    odd = tmp_path / "odd.xyz"
    odd.write_text(content)
    status, said, error = call("import", talk, odd, "--into", tmp_path / "mine")
    assert (status, said, error.count("\n")) == (1, "", 1)
    assert error.startswith("study import: ")
    assert "odd.xyz" in error
    assert sorted(p.name for p in tmp_path.iterdir()) == ["odd.xyz", "Встреча Петровой.vtt"]


def test_import_tells_what_is_wrong_in_the_list_of_speakers(call, talk, tmp_path):
    (tmp_path / "mine-speakers.csv").write_text("name,id,role\nA B,e01,boss\n")
    assert call("import", talk, "--into", tmp_path / "mine")[::2] == (
        1,
        "study import: the list of speakers, row 2, role: 'boss'; "
        "right is expert, moderator or nobody\n",
    )


def test_names_in_questions_of_a_reader_are_shown_as_ids(call, tmp_path, monkeypatch):
    rows = [("t1", "", "Анна Петрова", 1, 2, "a"), ("t2", "", "Аня", 3, 4, "b")]
    found = Material("x.vtt", "vtt", turns=table("turns", rows))
    found.asked.append("Is “Аня” the same as “Анна Петрова”? Анна Петровна is another.")
    monkeypatch.setattr("analysis.exchange.commands.read_all", lambda paths, kind: [found])
    status, shown, _ = call("import", "x.vtt", "--into", tmp_path / "mine")
    said = "file 1: Is “e02” the same as “e01”? Анна Петровна is another."
    assert status == 0
    assert said in shown
    assert said in (tmp_path / "mine" / "import-report.md").read_text("utf-8")


def test_import_of_hostile_names_stays_text_in_the_report(call, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("expert,<script>,=1+1\nE1,x,x\n")
    assert call("import", path, "--into", tmp_path / "mine")[0] == 0
    made = contents(tmp_path / "mine")
    assert b"<script>" not in made["import-report.md"].replace(b"\\<", b"")
    assert b"script,1,<script>" in made["codebook.csv"]


def test_import_in_the_c_locale_gives_the_same(call, talk, tmp_path, root):
    here, there = (tmp_path / name / "мои интервью" for name in "ab")
    assert call("import", talk, "--into", here)[0] == 0
    own = os.environ | {"PYTHONUTF8": "0", "LC_ALL": "C"}
    command = [sys.executable, "-m", "analysis", "import", talk, "--into", there]
    run = subprocess.run(command, cwd=root, env=own, capture_output=True)
    assert (run.returncode, run.stderr) == (0, b"")
    assert contents(here) == contents(there)
    assert f"study check '{there}'" in run.stdout.decode()
    lists = [(folder.parent / "мои интервью-speakers.csv").read_bytes() for folder in (here, there)]
    assert lists[0] == lists[1]


ODD = yaml.safe_load(Path(__file__).with_name("odd.yml").read_text("utf-8"))


def written(case, folder):
    """The file of a case, in a folder."""
    path = folder / case["name"]
    if "text" in case:
        path.write_bytes(case["text"].encode(case.get("encoding", "utf-8")))
        return path
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in case["members"].items():
            if name.endswith(".qde"):
                text = ODD["project"].replace("MARKS", text).replace("CODING", ODD["coding"])
            archive.writestr(name, text)
    return path


@pytest.mark.parametrize("case", ODD["come in"], ids=lambda case: case["name"])
def test_odd_files_come_in_with_what_the_report_has_to_say(call, tmp_path, case):
    status, out, _ = call("import", written(case, tmp_path), "--into", tmp_path / "mine")
    assert status == 0
    report = (tmp_path / "mine" / "import-report.md").read_text("utf-8")
    for sentence in case["said"]:
        assert sentence in out
        assert sentence in report


@pytest.mark.parametrize("case", ODD["cannot"], ids=lambda case: case["name"])
def test_files_that_cannot_come_in_are_told_in_one_line(call, tmp_path, case):
    path = written(case, tmp_path)
    status, out, error = call("import", path, "--into", tmp_path / "mine")
    assert (status, out, error.count("\n")) == (1, "", 1)
    assert case["said"] in error
    assert list(tmp_path.iterdir()) == [path]


def test_export_writes_files_and_replaces_none_without_force(call, root, tmp_path):
    panel = root / "data" / "panels" / "constructed"
    for kind, name in (("matrix", "matrix.csv"), ("refi", "project.qdpx"), ("qdc", "codebook.qdc")):
        arguments = ["export", panel, "--to", kind, "--into", tmp_path]
        status, said, _ = call(*arguments)
        assert status == 0
        assert said.startswith(f"{tmp_path / name}\n")
        status, _, error = call(*arguments)
        assert status == 2
        assert "--force replaces it" in error
        assert call(*arguments, "--force")[0] == 0
    assert (tmp_path / "matrix.csv").read_bytes().startswith(b"\xef\xbb\xbfexpert_id,")


def test_export_says_what_is_wrong_with_the_folder(call, tmp_path):
    command = ["export", tmp_path / "none", "--to", "refi", "--into", tmp_path / "x"]
    status, _, error = call(*command)
    assert status == 2
    assert "does not exist" in error
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "panel.yml").write_text("title: A\n")
    status, _, error = call(*command)
    assert status == 1
    assert error.startswith(f"study export: {tmp_path / 'none'}: 1 fault in 1 file; `study check`")
    assert not (tmp_path / "x").exists()
