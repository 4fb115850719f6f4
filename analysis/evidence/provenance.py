"""Where a build came from: commit, digests of data, code and lock, versions."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from importlib import metadata

from analysis.project import DATA, DIGITS, LOCK, ROOT, digest, panel_folder

__all__ = ["commit", "digest", "execution_key", "panel_digest", "versions"]

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
