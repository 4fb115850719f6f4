"""Where a build came from: the commit, and the versions of what computes and draws."""

from __future__ import annotations

import platform
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

    "unknown" outside a git checkout, as in an archive of a release, even where that was unpacked
    inside another checkout.
    """
    try:
        # an error where nothing here is tracked: then the commit would be another project's
        _git("ls-files", "--error-unmatch", ".")
        return _git("rev-parse", "--short=12", "HEAD") + (
            "+changes" if _git("status", "--porcelain") else ""
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that compute or draw what the reader sees."""
    return {"Python": platform.python_version()} | {p: metadata.version(p) for p in PACKAGES}
