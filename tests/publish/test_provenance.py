"""What a build knows of where it came from: in a checkout, in an archive, and in neither."""

import io
import re
import shutil
import subprocess
import tarfile

import pytest

from analysis.project import ROOT
from analysis.publish import provenance


def git(folder, *said):
    own = ["-c", "user.name=A", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *own, *said], cwd=folder, capture_output=True, check=True).stdout


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    root = tmp_path / "checkout"
    (root / "book").mkdir(parents=True)
    shutil.copy(ROOT / ".gitattributes", root)
    ours = (ROOT / ".git_archival.txt").read_text()  # in an archive, git has put the commit there
    (root / ".git_archival.txt").write_text(re.sub(r"\b[0-9a-f]{40}\b", "$Format:%H$", ours))
    (root / "index.md").write_text("# Index\n")
    (root / "book" / "a.md").write_text("# A\n")
    git(root, "init", "-q")
    for number, file in enumerate(("index.md", "book/a.md", "."), start=1):
        monkeypatch.setenv("GIT_COMMITTER_DATE", f"2026-0{number}-15T12:00:00Z")
        git(root, "add", file)
        git(root, "commit", "-qm", file)
    monkeypatch.setattr(provenance, "ROOT", root)
    return root


def test_a_checkout_names_its_commit_and_what_was_changed(checkout):
    head = git(checkout, "rev-parse", "HEAD").decode()[:12]
    assert provenance.commit() == head
    (checkout / "index.md").write_text("# Other\n")
    assert provenance.commit() == f"{head}+changes"


def test_an_archive_names_the_commit_that_it_was_made_of(checkout, tmp_path, monkeypatch):
    head = git(checkout, "rev-parse", "HEAD").decode()[:12]
    with tarfile.open(fileobj=io.BytesIO(git(checkout, "archive", "HEAD"))) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    monkeypatch.setattr(provenance, "ROOT", tmp_path / "unpacked")
    assert provenance.commit() == head
    assert provenance.last_changes() == {}


def test_a_copy_of_the_files_alone_has_no_commit(checkout, tmp_path, monkeypatch):
    shutil.copytree(checkout, tmp_path / "copy", ignore=shutil.ignore_patterns(".git"))
    monkeypatch.setattr(provenance, "ROOT", tmp_path / "copy")
    assert provenance.commit() == "unknown"
    (tmp_path / "copy" / ".git_archival.txt").unlink()
    assert provenance.commit() == "unknown"


def test_a_folder_in_the_checkout_of_something_else_is_not_of_its_commit(checkout, monkeypatch):
    (checkout / "inner" / "book").mkdir(parents=True)
    monkeypatch.setattr(provenance, "ROOT", checkout / "inner")
    assert provenance.commit() == "unknown"
    assert provenance.last_changes() == {}


def test_a_page_was_changed_when_a_commit_last_touched_it(checkout, monkeypatch):
    assert provenance.last_changes() == {"index": "2026-01-15", "book/a": "2026-02-15"}
    (checkout / "index.md").write_text("# Other\n")
    assert provenance.last_changes()["index"] == "2026-01-15"
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-05-01T12:00:00Z")
    git(checkout, "commit", "-qam", "x")
    assert provenance.last_changes() == {"index": "2026-05-01", "book/a": "2026-02-15"}
