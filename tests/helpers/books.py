"""A whole book about a panel, built in a copy of the project."""

import shutil

from analysis.project import ROOT


def checkout(place):
    """A copy of what a book is built from, in an empty folder; return it."""
    root = place / "book"
    root.mkdir()
    ignored = shutil.ignore_patterns("__pycache__", "_build", ".*")
    for name in ("analysis", "book", "data"):
        shutil.copytree(ROOT / name, root / name, ignore=ignored)
    for name in ("_config.yml", "_toc.yml", "index.md", "CITATION.cff", "requirements.txt"):
        shutil.copy(ROOT / name, root / name)
    return root


def build(place, panel, study):
    """The built site about the panel in a folder; ``place`` is an empty folder for the copy."""
    root = checkout(place)
    run = study("book", "--panel", str(panel), root=root)
    assert run.returncode == 0, run.stderr
    return root / "_build" / "html"
