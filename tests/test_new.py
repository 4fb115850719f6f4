"""An empty panel, and folders that are written all or not at all."""

import os

import pytest
from click import UsageError

from analysis import new


def files_of(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}


def test_an_empty_panel_is_made_and_check_says_what_is_to_fill(tmp_path, call):
    folder = tmp_path / "мои интервью"
    status, said, _ = call("new", folder)
    assert status == 0
    assert "README.md" in said
    assert sorted(files_of(folder)) == ["README.md", "codebook.csv", "guide.csv", "panel.yml"]
    status, said, _ = call("check", folder)
    assert status == 1
    (last,) = [line for line in said.splitlines() if line.startswith("still to fill: ")]
    for place in ("panel.yml, line", "codebook.csv, line 2", "guide.csv, line 2"):
        assert place in last


def test_its_tables_open_in_excel_and_say_what_each_column_is_for(tmp_path):
    made = new.empty()
    for name in ("codebook.csv", "guide.csv"):
        assert made[name].startswith(b"\xef\xbb\xbf")
        heads, hints = made[name].decode("utf-8-sig").splitlines()
        assert hints.count(new.TO_FILL) == heads.count(",") + 1
    assert "definition" in made["codebook.csv"].decode()
    assert 'title: "[fill in]"' in made["panel.yml"].decode()


def test_what_was_filled_in_is_told_no_more(tmp_path):
    new.put(new.empty(), tmp_path / "p", [], force=False)
    path = tmp_path / "p" / "panel.yml"
    path.write_text("title: Mine\n", encoding="utf-8")
    (tmp_path / "p" / "guide.csv").unlink()
    assert new.unfilled(tmp_path / "p") == ["codebook.csv, line 2"]
    assert new.unfilled(tmp_path) == []


def test_a_folder_with_anything_in_it_is_left_alone(tmp_path, call):
    (tmp_path / "letter.txt").write_text("x")
    status, _, error = call("new", tmp_path)
    assert status == 2
    assert "is not empty" in error
    assert sorted(files_of(tmp_path)) == ["letter.txt"]


@pytest.fixture
def panel(tmp_path):
    folder = tmp_path / "panel"
    (folder / "notes").mkdir(parents=True)
    for name, text in {"panel.yml": "title: A\n", "codings.csv": "old", "plan.yml": "x"}.items():
        (folder / name).write_text(text)
    (folder / "notes" / "codings.csv").write_text("mine")
    return folder


FRESH = {"panel.yml": b"title: B\n", "statements.csv": b"new"}


def test_without_force_nothing_is_replaced_but_panel_yml(panel):
    before = files_of(panel)
    with pytest.raises(UsageError, match=r"has codings\.csv; --force"):
        new.put(FRESH, panel, ["codings.csv", "ratings.csv"], force=False)
    assert files_of(panel) == before
    new.put(FRESH, panel, ["ratings.csv"], force=False)
    assert files_of(panel) == before | FRESH


def test_with_force_the_old_tables_go_and_other_files_stay(panel):
    new.put(FRESH, panel, ["codings.csv"], force=True)
    assert files_of(panel) == {**FRESH, "plan.yml": b"x"}
    assert (panel / "notes" / "codings.csv").read_text() == "mine"
    assert [p.name for p in panel.parent.iterdir()] == ["panel"]


def test_another_folder_is_never_taken(tmp_path):
    (tmp_path / "letter.txt").write_text("x")
    for force in (False, True):
        with pytest.raises(UsageError, match="no panel"):
            new.put(FRESH, tmp_path, [], force)
    assert sorted(files_of(tmp_path)) == ["letter.txt"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
@pytest.mark.parametrize("step", [1, 2, "first rename", "second rename"])
def test_a_run_that_is_stopped_leaves_the_old_panel_whole(panel, monkeypatch, error, step):
    before, calls = files_of(panel), []
    write, rename = type(panel).write_bytes, os.rename

    def stopping(path, content):
        calls.append(path)
        if len(calls) == step:
            raise error
        return write(path, content)

    def moving(old, new):
        calls.append("rename")
        if calls.count("rename") == {"first rename": 1, "second rename": 2}.get(step):
            raise error
        rename(old, new)

    monkeypatch.setattr(type(panel), "write_bytes", stopping)
    monkeypatch.setattr(os, "rename", moving)
    with pytest.raises(error):
        new.put(FRESH, panel, ["codings.csv"], force=True)
    monkeypatch.undo()
    assert files_of(panel) == before
    assert [p.name for p in panel.parent.iterdir()] == ["panel"]


def test_a_link_in_the_folder_is_replaced_not_written_through(panel, tmp_path):
    outside = tmp_path / "outside.txt"
    outside.write_text("keep")
    (panel / "panel.yml").unlink()
    (panel / "panel.yml").symlink_to(outside)
    new.put(FRESH, panel, ["codings.csv"], force=True)
    assert outside.read_text() == "keep"
    assert not (panel / "panel.yml").is_symlink()
