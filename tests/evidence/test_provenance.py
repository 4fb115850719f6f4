"""Digests change with names and bytes and with nothing else; a commit is never a wrong one."""

import json
import os
import platform
import re
import subprocess
import sys
from importlib import metadata

import pytest

from analysis.evidence import provenance
from analysis.evidence.provenance import digest

FILES = {"a.csv": "x,y\n1,2\n", "deep/b.csv": "z\n", "deep/er/c.txt": "", "Z.md": "# Я\n"}


def tree(folder, files=FILES):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8"))
    return folder


# Digests


def test_a_digest_is_twelve_hexadecimal_digits(tmp_path):
    assert re.fullmatch("[0-9a-f]{12}", digest([tree(tmp_path)]))


def test_a_digest_is_the_hash_of_names_sizes_and_bytes(tmp_path):
    import hashlib

    tree(tmp_path, {"b": "two", "a": "one"})
    expected = hashlib.sha256(b"a\x003\x00oneb\x003\x00two").hexdigest()[:12]
    assert digest([tmp_path]) == expected


def test_a_digest_does_not_depend_on_place_time_or_order_of_making(tmp_path):
    one = tree(tmp_path / "one")
    other = tree(tmp_path / "far" / "away", dict(reversed(FILES.items())))
    for number, path in enumerate(sorted(other.rglob("*"))):
        os.utime(path, (number, number))
    assert digest([one]) == digest([other])
    assert digest([one], base=one) == digest([other], base=other)
    assert digest([one / "deep"], base=one) == digest([other / "deep"], base=other)


def test_a_digest_does_not_depend_on_how_a_path_is_written(tmp_path, monkeypatch):
    tree(tmp_path / "one")
    expected = digest([tmp_path / "one"])
    monkeypatch.chdir(tmp_path)
    assert digest(["one"]) == expected
    assert digest([str(tmp_path / "one" / ".." / "one")]) == expected
    assert digest(["one"], base=tmp_path) == digest([tmp_path / "one"], base=tmp_path)


@pytest.mark.parametrize(
    "changed",
    [
        {**FILES, "a.csv": "x,y\n1,3\n"},  # a byte
        {**FILES, "a.csv": "x,y\r\n1,2\r\n"},  # line ends
        {**FILES, "deep/er/c.txt": " "},
        {**FILES, "new": ""},
        {name: text for name, text in FILES.items() if name != "deep/er/c.txt"},
        {name.replace("a.csv", "A.csv"): text for name, text in FILES.items()},
        {name.replace("er/", "est/"): text for name, text in FILES.items()},
        {name.replace("deep/b", "b"): text for name, text in FILES.items()},
        {**FILES, "a.csv": FILES["deep/b.csv"], "deep/b.csv": FILES["a.csv"]},
    ],
)
def test_a_digest_changes_with_a_name_or_a_byte(tmp_path, changed):
    assert digest([tree(tmp_path / "one")]) != digest([tree(tmp_path / "two", changed)])


def test_a_byte_cannot_move_from_one_file_to_the_next_unseen(tmp_path):
    one = tree(tmp_path / "one", {"a": "xy", "b": "z"})
    two = tree(tmp_path / "two", {"a": "x", "b": "yz"})
    assert digest([one]) != digest([two])


@pytest.mark.parametrize(
    "name",
    [
        "__pycache__/a.cpython-311.pyc",
        "deep/__pycache__/x.txt",
        "deep/old.pyc",
        ".ipynb_checkpoints/a.ipynb",
        "deep/.DS_Store",
    ],
)
def test_what_machines_leave_behind_does_not_count(tmp_path, name):
    before = digest([tree(tmp_path)])
    tree(tmp_path, {name: "left behind"})
    assert digest([tmp_path]) == before


def test_a_folder_of_such_a_name_above_does_not_matter(tmp_path):
    assert digest([tree(tmp_path / "__pycache__" / "one")]) == digest([tree(tmp_path / "two")])


def test_the_name_of_a_single_file_counts(tmp_path):
    tree(tmp_path, {"a.csv": "1", "b.csv": "1", "far/a.csv": "1"})
    inside = [digest([tmp_path / n], base=tmp_path) for n in ("a.csv", "b.csv", "far/a.csv")]
    assert len(set(inside)) == 3
    outside = [digest([tmp_path / n]) for n in ("a.csv", "b.csv", "far/a.csv")]
    assert outside[0] != outside[1]
    assert outside[0] == outside[2]  # outside the base, its folder is a matter of place


def test_a_link_counts_by_its_own_name(tmp_path):
    stored = tree(tmp_path / "store", {"blob": "1"})
    for place in ("one", "two/deeper"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "a.csv").symlink_to(stored / "blob")
    plain = digest([tree(tmp_path / "plain", {"a.csv": "1"})])
    assert digest([tmp_path / "one"]) == plain
    assert digest([tmp_path / "two" / "deeper"]) == plain


def test_the_digest_of_several_paths_covers_each(tmp_path):
    tree(tmp_path)
    paths = [tmp_path / "a.csv", tmp_path / "deep"]
    before = digest(paths, base=tmp_path)
    assert before != digest(paths[:1], base=tmp_path)
    (tmp_path / "deep" / "er" / "c.txt").write_text("x")
    after = digest(paths, base=tmp_path)
    assert after != before
    (tmp_path / "Z.md").write_text("not among them")
    assert digest(paths, base=tmp_path) == after


def test_a_path_that_is_missing_raises(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no such file or folder: .*nowhere\.csv"):
        digest([tree(tmp_path), tmp_path / "nowhere.csv"])


# The key of an execution

SCRIPT = """
import json, os, shutil
from analysis.evidence.provenance import execution_key, panel_digest
from analysis.project import DATA, LOCK, ROOT

keys = {"first": execution_key(), "again": execution_key()}

def after(name, path, text):
    before = path.read_text() if path.exists() else None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    keys[name] = execution_key()
    if before is None:
        path.unlink()
    else:
        path.write_text(before)

after("a value", DATA / "values.csv", "value\\n2\\n")
after("a new file", DATA / "more.csv", "1")
after("a module", ROOT / "analysis" / "steps.py", "LIMIT = 2\\n")
after("the lock", LOCK, "numpy==3\\n")
after("the panel", DATA / "panels" / "constructed" / "panel.yml", "id: two\\n")
after("a notebook", ROOT / "book" / "a.ipynb", "{}")
after("a cache", ROOT / "analysis" / "__pycache__" / "steps.pyc", "x")
keys["restored"] = execution_key()
keys["panel digest"] = panel_digest()

os.environ["STUDY_PANEL"] = "own"
keys["own panel"] = execution_key()
keys["own panel digest"] = panel_digest()
after("own panel, other values", ROOT / "own" / "experts.csv", "expert_id\\nb\\n")
os.environ["STUDY_PANEL"] = str(ROOT / "own")
keys["own panel, absolute"] = execution_key()
shutil.copytree(ROOT / "own", ROOT / "moved" / "away")
os.environ["STUDY_PANEL"] = "moved/away"
keys["own panel, moved"] = execution_key()
os.environ["STUDY_PANEL"] = "nowhere"
keys["no panel digest"] = panel_digest()
keys["no panel"] = execution_key()
print(json.dumps(keys))
"""


@pytest.fixture(scope="module")
def keys(root, tmp_path_factory):
    """The execution keys of a tiny project in states that differ in one thing each."""
    made = tree(
        tmp_path_factory.mktemp("project"),
        {
            "data/values.csv": "value\n1\n",
            "data/panels/constructed/panel.yml": "id: one\n",
            "analysis/steps.py": "LIMIT = 1\n",
            "requirements.txt": "numpy==2\n",
            "own/experts.csv": "expert_id\na\n",
        },
    )
    own = {k: v for k, v in os.environ.items() if k != "STUDY_PANEL"}
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=own | {"STUDY_ROOT": str(made), "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


@pytest.mark.parametrize(
    "change",
    ["a value", "a new file", "a module", "the lock", "the panel", "own panel", "no panel"],
)
def test_the_key_changes_with(keys, change):
    assert re.fullmatch("[0-9a-f]{12}", keys[change])
    assert keys[change] != keys["first"]


@pytest.mark.parametrize("same", ["again", "restored", "a notebook", "a cache"])
def test_the_key_does_not_change_with(keys, same):
    assert keys[same] == keys["first"]


def test_the_key_follows_the_chosen_panel(keys):
    assert keys["own panel, other values"] != keys["own panel"]
    assert keys["own panel, absolute"] == keys["own panel"]
    assert keys["own panel, moved"] == keys["own panel"]
    assert len({keys["panel digest"], keys["own panel digest"], keys["no panel digest"]}) == 3
    assert keys["no panel digest"] == "none"


def test_the_key_changes_with_the_version_of_python(monkeypatch):
    before = provenance.execution_key()
    monkeypatch.setattr(platform, "python_version", lambda: "3.99.0")
    assert provenance.execution_key() != before


# Commits


@pytest.fixture
def git(tmp_path, monkeypatch):
    """A git repository in ``tmp_path`` with one commit; a function that runs git in it."""
    for name in [n for n in os.environ if n.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    def run(*arguments):
        command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    run("init", "--quiet")
    tree(tmp_path / "project", {"analysis/a.py": "A = 1\n"})
    run("add", ".")
    run("commit", "--quiet", "--message", "first")
    return run


def test_the_commit_that_is_checked_out(git, tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    assert provenance.commit() == git("rev-parse", "HEAD")[:12]
    monkeypatch.setattr(provenance, "ROOT", tmp_path / "project")
    assert provenance.commit() == git("rev-parse", "HEAD")[:12]


def test_changed_files_are_told(git, tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    head = git("rev-parse", "HEAD")[:12]
    file = tmp_path / "project" / "analysis" / "a.py"
    file.write_text("A = 2\n")
    assert provenance.commit() == f"{head}+changes"
    file.write_text("A = 1\n")
    assert provenance.commit() == head
    (tmp_path / "new.txt").write_text("new")
    assert provenance.commit() == f"{head}+changes"
    (tmp_path / ".gitignore").write_text("new.txt\n.gitignore\n")
    assert provenance.commit() == head


def test_outside_a_checkout_the_commit_is_unknown(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert provenance.commit() == "unknown"


def test_a_repository_without_a_commit_is_unknown(git, tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "ROOT", tmp_path / "empty")
    (tmp_path / "empty").mkdir()
    git("init", "--quiet", "empty")
    (tmp_path / "empty" / "a").write_text("a")
    git("-C", "empty", "add", ".")
    assert provenance.commit() == "unknown"


def test_an_archive_inside_another_checkout_does_not_take_its_commit(git, tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "ROOT", tree(tmp_path / "unpacked"))
    assert provenance.commit() == "unknown"


def test_without_git_the_commit_is_unknown(git, tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert provenance.commit() == "unknown"


# Versions


def test_versions_are_those_that_run():
    found = provenance.versions()
    assert list(found) == ["Python", *provenance.PACKAGES]
    assert found["Python"] == platform.python_version()
    assert found["numpy"] == metadata.version("numpy")
    assert "not installed" not in found.values()


def test_a_package_that_is_not_installed_is_said_to_be(monkeypatch):
    monkeypatch.setattr(provenance, "PACKAGES", ("no-such-package-of-any-name",))
    assert provenance.versions()["no-such-package-of-any-name"] == "not installed"
