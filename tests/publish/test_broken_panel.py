"""A build about a broken panel: its faults once, no traceback, and nothing touched."""

import shutil

import pytest

from analysis.project import DATA, PANEL_VARIABLE
from analysis.publish import book


@pytest.fixture
def broken(tmp_path, monkeypatch):
    folder = tmp_path / "mine"
    shutil.copytree(DATA / "panels" / "constructed", folder)
    (folder / "guide.csv").unlink()
    monkeypatch.setenv(PANEL_VARIABLE, str(folder))
    return folder


def test_its_faults_are_told_once(broken, capsys):
    with pytest.raises(book.BuildError, match=f"has faults, nothing was built: {broken}"):
        book.build(force=True)
    said = capsys.readouterr().err
    assert said.count("guide.csv") == 1
    assert said.endswith("1 fault in 1 file\n")
    assert "Traceback" not in said
    assert "executing" not in said


def test_a_sound_panel_passes(monkeypatch):
    monkeypatch.delenv(PANEL_VARIABLE, raising=False)
    book._refuse_a_broken_panel()
