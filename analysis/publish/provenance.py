"""Where a build came from: the commit, the day of each page's last change, the versions."""

from __future__ import annotations

import platform
import re
import subprocess
from importlib import metadata

from analysis.project import ROOT

#: Packages whose versions the status page names: those that compute or draw what the reader sees.
PACKAGES = ["jupyter-book", "matplotlib", "myst-nb", "nbval", "networkx", "numpy", "pandas"]
PACKAGES += ["scipy", "sphinx", "statsmodels"]


def _git(*arguments: str) -> str:
    run = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return run.stdout.strip()


def commit() -> str:
    """The commit that is checked out, with ``+changes`` where files differ from it.

    Of an archive that git made, the commit that it was made of: git writes it into
    ``.git_archival.txt``. Else "unknown", even inside the checkout of something else.
    """
    try:
        # an error where nothing here is tracked: then the commit would be another project's
        _git("ls-files", "--error-unmatch", ".")
        return _git("rev-parse", "--short=12", "HEAD") + (
            "+changes" if _git("status", "--porcelain") else ""
        )
    except (OSError, subprocess.CalledProcessError):
        archive = ROOT / ".git_archival.txt"
        told = archive.read_text(encoding="utf-8") if archive.exists() else ""
        found = re.search(r"^node: ([0-9a-f]{12})", told)
        return found[1] if found else "unknown"


def last_changes() -> dict[str, str]:
    """The day of the last commit that touched each page, by the page; empty outside git."""
    try:
        log = _git("log", "--format=//%cs", "--name-only", "--relative", "--", "index.md", "book")
    except (OSError, subprocess.CalledProcessError):
        return {}
    oldest_first = [entry.split("\n") for entry in log.split("//")[:0:-1]]
    return {file.rpartition(".")[0]: day for day, *files in oldest_first for file in files if file}


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that compute or draw what the reader sees."""
    return {"Python": platform.python_version()} | {p: metadata.version(p) for p in PACKAGES}
