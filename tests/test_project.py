"""Where the project and the chosen panel lie."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import project


def in_order(contents):
    """Names and contents in the order in which a folder is walked."""
    return sorted(contents.items(), key=lambda item: Path(item[0]))


def test_the_root_is_the_folder_that_holds_the_book():
    assert (project.ROOT / "_config.yml").is_file()
    assert (project.ROOT / "book").is_dir()


@pytest.mark.parametrize("unset", [True, False])
def test_the_other_places_count_from_the_root(root, tmp_path, unset):
    code = "from analysis.project import *; print(ROOT, DATA, BUILD, SITE, LOCK, sep='\\n')"
    own = {k: v for k, v in os.environ.items() if k != "STUDY_ROOT"} | {"PYTHONPATH": str(root)}
    own |= {"STUDY_ROOT": ""} if unset else {"STUDY_ROOT": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-c", code], env=own, cwd=tmp_path, capture_output=True, text=True
    )
    top = root if unset else tmp_path
    assert run.stdout.splitlines() == [
        str(top / place) for place in ("", "data", "_build", "_build/html", "requirements.txt")
    ]


@pytest.mark.parametrize("value", [None, "", "  "])
def test_the_panel_is_the_constructed_one_unless_told(monkeypatch, value):
    if value is None:
        monkeypatch.delenv("STUDY_PANEL", raising=False)
    else:
        monkeypatch.setenv("STUDY_PANEL", value)
    assert project.panel_folder() == project.ROOT / "data" / "panels" / "constructed"


@pytest.mark.parametrize("value", ["own/panel", " own/panel ", "./own/panel", "own/x/../panel"])
def test_a_relative_panel_counts_from_the_root(monkeypatch, tmp_path, value):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STUDY_PANEL", value)
    assert project.panel_folder() == project.ROOT.resolve() / "own" / "panel"


def test_an_absolute_panel_is_taken_as_it_is(monkeypatch, tmp_path):
    monkeypatch.setenv("STUDY_PANEL", str(tmp_path / "my panel"))
    assert project.panel_folder() == tmp_path.resolve() / "my panel"


NAMES = st.lists(st.text("aB.-_", min_size=1, max_size=3).map("x{}".format), min_size=1, max_size=3)


@settings(deadline=None, max_examples=50)
@given(st.dictionaries(NAMES.map("/".join), st.binary(max_size=3), max_size=6))
def test_contents_have_the_digest_of_a_folder_that_holds_them(tmp_path_factory, contents):
    folder = tmp_path_factory.mktemp("folder")
    kept = {}
    for name, content in contents.items():
        # a name cannot be a file and a folder, nor differ from another in its capitals alone
        if any(
            f"{a}/".lower().startswith(f"{b}/".lower())
            for k in kept
            for a, b in ((name, k), (k, name))
        ):
            continue
        kept[name] = content
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    assert project.digest_contents(in_order(kept)) == project.digest([folder], base=folder)


def test_every_content_counts():
    contents = {"a/b": b"1", "a.csv": b"2", "a-b/c": b"3"}
    expected = project.digest_contents(in_order(contents))
    assert project.digest_contents(in_order({**contents, "a.csv": b"3"})) != expected
    assert project.digest_contents(in_order({**contents, "b.csv": b""})) != expected
