"""Where the study package lies on disk, and the digest of files there."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

import yaml

#: The folder that holds ``_config.yml``, ``book/`` and ``data/``.
ROOT = Path(os.environ.get("STUDY_ROOT") or Path(__file__).resolve().parents[1])
DATA = ROOT / "data"
BUILD = ROOT / "_build"
SITE = BUILD / "html"
LOCK = ROOT / "requirements.txt"
#: The environment variables that name another panel's folder, another table of contents, and the
#: copy of the panel that a build reads.
PANEL_VARIABLE, TOC_VARIABLE, COPY_VARIABLE = "STUDY_PANEL", "STUDY_TOC", "STUDY_COPY"

#: Digits of a digest that are shown and stored; enough to tell any two builds apart.
DIGITS = 12
_IGNORED = {"__pycache__", ".ipynb_checkpoints", ".DS_Store"}


def toc() -> Path:
    """The table of contents of the book that is built."""
    return Path(os.environ.get(TOC_VARIABLE) or ROOT / "_toc.yml")


def pages() -> list[str]:
    """The book's pages in reading order, as its table of contents names them (no suffix)."""

    def walk(node: object) -> Iterable[str]:
        if isinstance(node, list):
            for item in node:
                yield from walk(item)
        elif isinstance(node, dict):
            yield from (str(node[key]) for key in ("root", "file") if key in node)
            for key in ("parts", "chapters", "sections"):
                yield from walk(node.get(key, []))

    return list(walk(yaml.safe_load(toc().read_text(encoding="utf-8"))))


def notebooks() -> list[str]:
    """The pages that are notebooks, in reading order."""
    return [page for page in pages() if (ROOT / f"{page}.ipynb").exists()]


def panel_folder() -> Path:
    """The folder of the panel that the book is about: the constructed one unless told otherwise.

    A relative path in ``STUDY_PANEL`` counts from the project's root: notebooks run elsewhere.
    """
    chosen = os.environ.get(PANEL_VARIABLE, "").strip()
    return (ROOT / chosen).resolve() if chosen else DATA / "panels" / "constructed"


def panel_source() -> Path:
    """The folder that the chosen panel is read from: in a build, a copy that nobody changes."""
    return Path(os.environ.get(COPY_VARIABLE) or panel_folder())


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    found = (
        p
        for p in path.rglob("*")
        if p.is_file() and not _IGNORED & set(p.relative_to(path).parts) and p.suffix != ".pyc"
    )
    return sorted(found, key=lambda p: p.parts)  # paths themselves sort otherwise on Windows


def _heading(name: str, size: int) -> bytes:
    return f"{name}\0{size}\0".encode()


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
            total.update(_heading(name, file.stat().st_size))
            with file.open("rb") as content:
                while piece := content.read(1 << 20):
                    total.update(piece)
    return total.hexdigest()[:DIGITS]


def digest_contents(contents: Iterable[tuple[str, bytes]]) -> str:
    """The :func:`digest` that a folder with these files would have; names come in sorted order."""
    total = hashlib.sha256()
    for name, content in contents:
        total.update(_heading(name, len(content)))
        total.update(content)
    return total.hexdigest()[:DIGITS]
