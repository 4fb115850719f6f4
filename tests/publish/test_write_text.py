"""A file is replaced in one step or not at all."""

import os

import pytest

from analysis.publish.execution import write_text


def names(folder):
    return sorted(p.name for p in folder.iterdir())


def test_the_text_is_written_as_utf8_with_its_own_line_ends(tmp_path):
    path = tmp_path / "a.md"
    write_text(path, "Доля – 35%\nb\r\n")
    assert path.read_bytes() == "Доля – 35%\nb\r\n".encode()
    assert names(tmp_path) == ["a.md"]


def test_folders_are_made(tmp_path):
    path = tmp_path / "deep" / "er" / "a.md"
    write_text(path, "a")
    assert path.read_text() == "a"


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "a.md"
    write_text(path, "a long text")
    write_text(path, "short")
    assert path.read_text() == "short"
    write_text(path, "")
    assert path.read_text() == ""
    assert names(tmp_path) == ["a.md"]


def test_who_has_the_old_file_open_reads_the_old_text(tmp_path):
    path = tmp_path / "a.md"
    path.write_text("old")
    with path.open() as reading:
        write_text(path, "new")
        assert reading.read() == "old"
    assert path.read_text() == "new"


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
def test_the_mode_is_kept(tmp_path, mode):
    path = tmp_path / "a.md"
    path.write_text("old")
    path.chmod(mode)
    before = path.stat().st_mode
    write_text(path, "new")
    assert path.stat().st_mode == before


def test_a_new_file_can_be_read_by_everyone(tmp_path):
    write_text(tmp_path / "a.md", "a")
    assert (tmp_path / "a.md").stat().st_mode & 0o444 == 0o444
    assert not (tmp_path / "a.md").stat().st_mode & 0o111


def fail(*arguments, **options):
    raise OSError("the disk is full")


@pytest.mark.parametrize("step", ["replace", "chmod"])
@pytest.mark.parametrize("old", ["old", None])
def test_a_write_that_fails_leaves_what_was_there(tmp_path, monkeypatch, step, old):
    path = tmp_path / "a.md"
    if old is not None:
        path.write_text(old)
    before = names(tmp_path)
    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OSError, match="the disk is full"):
        write_text(path, "new")
    assert names(tmp_path) == before
    assert old is None or path.read_text() == old


def test_a_text_that_cannot_be_written_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.md"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "n" * 100_000 + "\ud800")
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.md"]


def test_an_interrupt_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "a.md"
    path.write_text("old")

    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.md"]
