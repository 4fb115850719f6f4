"""A build about a broken panel: its faults once, no traceback, and nothing touched."""

import shutil

import pytest

from analysis.project import DATA, PANEL_VARIABLE
from analysis.publish import book


@pytest.fixture
def broken(tmp_path, monkeypatch):
    folder = tmp_path / "mine"
    shutil.copytree(DATA / "panels" / "constructed", folder)
    experts = folder / "experts.csv"
    experts.write_text(experts.read_text(encoding="utf-8").replace("true", "perhaps", 1))
    monkeypatch.setenv(PANEL_VARIABLE, str(folder))
    return folder


def test_its_faults_are_told_once(broken, capsys):
    with pytest.raises(book.BuildError, match=f"has faults, nothing was built: {broken}"):
        book.build(force=True)
    said = capsys.readouterr().err
    assert said == (
        "experts.csv, line 2, quotable: expected true or false; got 'perhaps'\n1 fault in 1 file\n"
    )
