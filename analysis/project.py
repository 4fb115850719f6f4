"""Where the study package lies on disk."""

from __future__ import annotations

import os
from pathlib import Path

#: The folder that holds ``_config.yml``, ``book/`` and ``data/``.
ROOT = Path(os.environ.get("STUDY_ROOT") or Path(__file__).resolve().parents[1])
DATA = ROOT / "data"
BUILD = ROOT / "_build"
SITE = BUILD / "html"
LOCK = ROOT / "requirements.txt"

#: The environment variable that names another panel's folder.
PANEL_VARIABLE = "STUDY_PANEL"


def panel_folder() -> Path:
    """The folder of the panel that the book is about: the constructed one unless told otherwise.

    A relative path in ``STUDY_PANEL`` counts from the project's root: a notebook runs in its own
    folder, and the same setting must mean the same panel there.
    """
    chosen = os.environ.get(PANEL_VARIABLE, "").strip()
    return (ROOT / chosen).resolve() if chosen else DATA / "panels" / "constructed"
