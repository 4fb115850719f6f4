"""Where a build came from: commit, digests of data, code and lock, versions."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from analysis.project import DATA, LOCK, ROOT, panel_folder

#: Digits of a digest that are shown and stored; enough to tell any two builds apart.
DIGITS = 12

#: Packages whose versions the status page names: those that compute or draw what the reader sees.
PACKAGES = (
    "jupyter-book",
    "matplotlib",
    "myst-nb",
    "nbval",
    "numpy",
    "pandas",
    "scipy",
    "sphinx",
    "statsmodels",
)

_IGNORED = {"__pycache__", ".ipynb_checkpoints", ".DS_Store"}


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(
        p
        for p in path.rglob("*")
        if p.is_file() and not _IGNORED & set(p.relative_to(path).parts) and p.suffix != ".pyc"
    )


def digest(paths: Iterable[Path | str], base: Path = ROOT) -> str:
    """SHA-256 over the names and bytes of files; folders are walked in sorted order.

    Names count relative to ``base``, or to the given folder where that lies outside ``base`` (a
    file there counts by its name alone), so that the same content has the same digest on every
    machine.

    Raises
    ------
    FileNotFoundError
        If a path does not exist: a digest of nothing would look like a digest.
    """
    total = hashlib.sha256()
    for given in paths:
        path = Path(given)
        if not path.exists():
            raise FileNotFoundError(f"no such file or folder: {path}")
        place, top = path.resolve(), base.resolve()
        if place.is_relative_to(top):
            inside = place.relative_to(top)
        else:
            inside = Path(path.name if path.is_file() else "")
        for file in _files(path):
            name = (inside / file.relative_to(path)).as_posix()
            total.update(f"{name}\0{file.stat().st_size}\0".encode())
            total.update(file.read_bytes())
    return total.hexdigest()[:DIGITS]


def execution_key() -> str:
    """The digest of all that a notebook's numbers depend on, beside the notebook itself.

    Data, code, the lock, the Python version and the chosen panel. The execution cache lies in a
    folder of this name: whatever changes, no old output is found.
    """
    parts = [
        digest([DATA]),
        digest([ROOT / "analysis"]),
        digest([LOCK]),
        platform.python_version(),
        panel_digest(),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:DIGITS]


def panel_digest() -> str:
    """The digest of the chosen panel's folder, or "none" where no panel is present."""
    folder = panel_folder()
    return digest([folder], base=folder) if folder.is_dir() else "none"


def commit() -> str:
    """The commit that is checked out, with ``+changes`` where files differ from it.

    "unknown" outside a git checkout, as in an archive of a release, even where that was unpacked
    inside another checkout.
    """
    try:
        # an error where nothing here is tracked: then the commit would be another project's
        subprocess.run(
            ["git", "ls-files", "--error-unmatch", "."], cwd=ROOT, capture_output=True, check=True
        )
        run = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        changed = subprocess.run(
            ["git", "status", "--porcelain"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return run.stdout.strip() + ("+changes" if changed.stdout.strip() else "")


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that compute or draw what the reader sees."""
    found = {"Python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found
