"""The archive of a release, of a small project that stands in for this one."""

import hashlib
import os
import shutil
import stat
import subprocess
import zipfile

import click
import pytest
from click.testing import CliRunner

from analysis import release

#: In the place of the package: it "builds" a site that tells what it was made of.
BUILDS = """
import os, pathlib, sys
site = pathlib.Path("_build/html")
site.mkdir(parents=True, exist_ok=True)
if sys.argv[1] == "pdf":
    site.joinpath("book.pdf").write_text(os.environ["SOURCE_DATE_EPOCH"])
else:
    site.joinpath("index.html").write_text(pathlib.Path("CITATION.cff").read_text())
    assert os.environ["STUDY_ROOT"] == os.getcwd() and "STUDY_PANEL" not in os.environ
    pathlib.Path("_build/executed/kept").exists() or print("executes the notebooks")
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A committed project; the release is made of it."""
    root = tmp_path / "project"
    files = {
        "CITATION.cff": "title: Study\nversion: 1.2.0\n",
        "CHANGELOG.md": "# Changelog\n\n## [1.2.0] - 2026-01-31\n",
        "analysis/__init__.py": "",
        "analysis/__main__.py": BUILDS,
        "postBuild": "#!/bin/sh\n",
        "data/panel.csv": "id,текст\n",
        ".gitignore": "_build/\n",
        "_build/executed/kept": "an execution",
        "_build/html/old.html": "another build",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    (root / "postBuild").chmod(0o755)
    for name, place in (("ROOT", ""), ("BUILD", "_build"), ("SITE", "_build/html")):
        monkeypatch.setattr(release, name, root / place)
    monkeypatch.setattr(release, "STORE", root / "_build" / "executed")
    monkeypatch.setenv("STUDY_PANEL", "elsewhere")
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2026-01-31T12:30:10+03:00")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-01-31T12:30:10+03:00")
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "first")
    return root


def git(root, *arguments):
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *who, *arguments], cwd=root, check=True)


def made(project, *arguments):
    ran = CliRunner().invoke(release.release, arguments)
    assert ran.exit_code == 0, ran.output
    return project / "_build" / "release" / "expert-reflection-study-1.2.0.zip"


def test_the_archive_holds_the_commit_the_site_and_checksums_of_all(project):
    with zipfile.ZipFile(made(project)) as archive:
        contents = {entry.filename: archive.read(entry) for entry in archive.infolist()}
        entries = archive.infolist()
    top = "expert-reflection-study-1.2.0/"
    assert {name.removeprefix(top) for name in contents} == {
        "CITATION.cff",
        "CHANGELOG.md",
        "analysis/__init__.py",
        "analysis/__main__.py",
        "postBuild",
        "data/panel.csv",
        ".gitignore",
        "site/index.html",
        "site/book.pdf",
        "SHA256SUMS",
    }
    sums = contents.pop(f"{top}SHA256SUMS").decode().splitlines()
    found = {top + line[66:]: line[:64] for line in sums}
    assert found == {name: hashlib.sha256(text).hexdigest() for name, text in contents.items()}
    assert contents[f"{top}site/book.pdf"] == b"1769851810"
    assert {entry.date_time for entry in entries} == {(2026, 1, 31, 9, 30, 10)}
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
    run = {entry.filename for entry in entries if entry.external_attr >> 16 & stat.S_IXUSR}
    assert run == {f"{top}postBuild"}


def test_two_releases_of_a_commit_are_the_same(project, capfd):
    first = made(project).read_bytes()
    assert "executes the notebooks" not in capfd.readouterr().out  # they hold from before
    for path in project.rglob("*"):
        os.utime(path, (10**9, 10**9))
    shutil.rmtree(project / "_build")
    assert made(project).read_bytes() == first
    assert "executes the notebooks" in capfd.readouterr().out


def test_a_doi_is_filled_in_before_the_pages_are_made(project):
    with zipfile.ZipFile(made(project, "--doi", "10.5281/zenodo.1234567")) as archive:
        top = "expert-reflection-study-1.2.0/"
        text = archive.read(f"{top}CITATION.cff").decode()
        assert text == "title: Study\ndoi: 10.5281/zenodo.1234567\nversion: 1.2.0\n"
        assert archive.read(f"{top}site/index.html").decode() == text
    assert "doi" not in (project / "CITATION.cff").read_text()


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("data/panel.csv", "id\n", "not committed: data/panel.csv"),
        ("new.md", "new\n", "not committed: new.md"),
    ],
)
def test_what_is_not_committed_is_not_released(project, file, text, said):
    (project / file).write_text(text)
    ran = CliRunner().invoke(release.release)
    assert (ran.exit_code, ran.output) == (1, f"Error: {said}\n")
    assert not (project / "_build" / "release").exists()


def test_a_version_that_the_changelog_does_not_tell_of_is_not_released(project):
    (project / "CITATION.cff").write_text("version: 1.3.0\n")
    git(project, "commit", "-q", "-a", "-m", "next")
    ran = CliRunner().invoke(release.release)
    assert ran.exit_code == 1
    assert "CHANGELOG.md has no section [1.3.0]" in ran.output


def test_what_is_no_doi_or_no_checkout_is_refused(project, tmp_path, monkeypatch):
    ran = CliRunner().invoke(release.release, ["--doi", "zenodo.1234567"])
    assert ran.exit_code == 2
    assert "no DOI: zenodo.1234567" in ran.output
    (project / ".git").rename(tmp_path / "gone")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    with pytest.raises(click.ClickException, match="a release is made of a commit"):
        release.release.callback(None)


def test_a_build_that_fails_packs_nothing(project):
    (project / "analysis" / "__main__.py").write_text("raise SystemExit(3)\n")
    git(project, "commit", "-q", "-a", "-m", "broken")
    ran = CliRunner().invoke(release.release)
    assert ran.exit_code == 1
    assert "study book failed, nothing was packed" in ran.output
    assert not list(project.rglob("*.zip"))
