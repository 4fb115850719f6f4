"""The set-up: one lock, the same everywhere, and no trace of where it was made."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import version

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from analysis.project import ROOT


def tracked():
    """The files in git; in the archive of a release, which has no git, those with a checksum."""
    if (sums := ROOT / "SHA256SUMS").exists():
        names = [line[66:] for line in sums.read_text(encoding="utf-8").splitlines()]
        return [ROOT / name for name in names if not name.startswith("site/")]
    run = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    paths = (ROOT / name for name in run.stdout.decode("utf-8").split("\0") if name)
    return [p for p in paths if p.is_file()]


def text_of(path):
    return path.read_bytes().decode("utf-8", errors="replace")


@pytest.fixture(scope="module")
def lock():
    return (ROOT / "requirements.txt").read_text(encoding="utf-8")


def entries(lock):
    """Each requirement of the lock with its continuation lines."""
    return re.split(r"\n(?=[a-z0-9])", lock[re.search(r"^[a-z0-9]", lock, re.M).start() :])


def test_every_requirement_is_pinned_with_hashes(lock):
    found = entries(lock)
    assert len(found) > 100
    for entry in found:
        assert re.match(r"[a-z0-9._-]+==[^ ]+", entry), entry.splitlines()[0]
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_the_lock_satisfies_the_declared_dependencies(lock):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = project["dependencies"] + project["optional-dependencies"]["dev"]
    pins = {}
    for entry in entries(lock):
        name, pinned = re.match(r"([a-z0-9._-]+)==([^ ;\\]+)", entry).groups()
        pins.setdefault(canonicalize_name(name), []).append(pinned)
    for text in declared:
        requirement = Requirement(text)
        versions = pins[canonicalize_name(requirement.name)]
        assert all(requirement.specifier.contains(v) for v in versions), text


def test_the_environment_is_the_lock(lock):
    for entry in entries(lock):
        requirement = Requirement(entry.split("\\")[0].split("--hash")[0].strip())
        if requirement.marker is None or requirement.marker.evaluate():
            assert requirement.specifier.contains(version(requirement.name)), requirement


def test_conda_installs_the_same_lock_and_nothing_else():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    python, pip, through_pip = environment["dependencies"]
    assert re.fullmatch(r"python=3\.1[123]", python)
    assert pip == "pip"
    assert through_pip == {"pip": ["-r requirements.txt"]}


def test_no_file_names_a_registry_host_or_a_folder_of_some_machine():
    # split, so that this file does not name them either
    hosts = [
        r"pypi\." + "org",
        "python" + "hosted",
        r"npmjs\." + "org",
        r"--(?:extra-)?index" + "-url",
    ]
    folders = [r"/ho" + r"me/\w", r"/Us" + r"ers/\w", r"/ro" + r"ot/\w"]
    for path in tracked():
        found = re.search("|".join(hosts + folders), text_of(path))
        # the folders are named where a test looks for them, and the lock's own option is read
        if path.name in {"test_notebooks.py", "Makefile"}:
            continue
        assert not found, f"{path.relative_to(ROOT)}: {found[0]}"


def test_nothing_built_and_nothing_large_is_in_git():
    for path in tracked():
        name = path.relative_to(ROOT).as_posix()
        assert not name.startswith(("_build/", ".venv/")), name
        assert not name.endswith((".pyc", ".log", ".db")), name
        assert path.stat().st_size < 2_000_000, name


def test_a_lower_room_never_imports_a_higher_one():
    run = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout
    assert "1 kept, 0 broken" in run.stdout


def test_importing_the_package_loads_nothing_heavy():
    code = (
        "import sys, analysis; heavy = {'pandas', 'scipy', 'statsmodels', 'matplotlib', 'numpy'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert run.stdout == "[]\n"
