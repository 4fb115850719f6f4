"""Building the book: execute, then Sphinx; or nothing, where the site is current."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml
from jupyter_book.cli.main import main

from analysis.chapters.contents import left_out
from analysis.panel.faults import PanelError, printable
from analysis.panel.panel import Panel
from analysis.project import BUILD, DATA, LOCK, ROOT, SITE, TOC_VARIABLE, digest, panel_folder, toc
from analysis.publish.execution import NotebookError, fill, one_panel, write_text
from analysis.publish.provenance import commit
from analysis.publish.running import PROCESSES

#: What the site is made of, beside the panel and the commit.
SOURCES = ("_config.yml", "_toc.yml", "index.md", "book", "analysis", "CITATION.cff")
#: Where the last build says what it was made from.
STAMP = BUILD / "site.json"
#: With fewer free bytes than this, pages that were not built are blamed on the disk.
LEAST_SPACE = 1_000_000


class BuildError(Exception):
    """The site could not be built; the message's last line names what failed."""


@dataclass(frozen=True)
class Site:
    """A built site: where, from what (``inputs``), how large, and in how many seconds."""

    folder: str
    inputs: str
    panel: str
    pages: int
    findings: int
    seconds: float


def inputs(panel: Panel | None) -> str:
    """The digest of everything the site is made of, the commit on its foot included."""
    files = [*(ROOT / name for name in SOURCES), toc(), DATA, LOCK]
    parts = [digest(files), panel.digest if panel else "none", commit()]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _stamp() -> Site | None:
    try:
        return Site(**json.loads(STAMP.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def build(
    force: bool = False, only: Sequence[str] = (), with_article: bool = False
) -> tuple[Site, bool]:
    """Build the site unless it is current; return it, and whether it was built now.

    ``only`` names pages (``"barriers-and-drivers"``): they alone are executed, and the site of
    them alone is built, in ``_build/only``. A book about a panel of the reader's own is about that
    panel alone, unless ``with_article``. Builds of one checkout take turns.

    Raises
    ------
    BuildError
        If the panel has faults: then nothing is touched. If a notebook raised or Sphinx warned: no
        stamp is left, so that the next build fails too until the cause is gone.
    """
    os.environ.pop(TOC_VARIABLE, None)
    try:
        with one_panel() as panel:
            if panel and panel.source == "panel" and not with_article:
                _choose_contents(panel)
            made_from, last = inputs(panel), _stamp()
            again = force or only or not (SITE / "index.html").exists()
            if last and last.inputs == made_from and not again:
                return last, False
            STAMP.unlink(missing_ok=True)
            if last is None or last.panel != str(panel_folder()):
                shutil.rmtree(SITE, ignore_errors=True)  # never another panel's site in place
            return _build(panel, made_from, only), True
    except PanelError as error:
        print(error, file=sys.stderr)
        place = printable(panel_folder())
        raise BuildError(f"the panel has faults, nothing was built: {place}") from None


def _build(panel: Panel | None, made_from: str, only: Sequence[str]) -> Site:
    start = time.perf_counter()
    try:
        fill(panel, [f"book/{name}" for name in only])
    except NotebookError as error:
        for page, cause in error.causes.items():
            print(f"{page}.ipynb\n{cause}", file=sys.stderr)
        raise BuildError(str(error)) from None
    print("building the pages", file=sys.stderr)
    folder = BUILD / "only" if only else SITE
    _sphinx(folder, only)
    site = Site(
        folder=str(folder),
        inputs=made_from,
        panel=str(panel_folder()),
        pages=len(list(folder.glob("*.html"))) + len(list((folder / "book").glob("*.html"))),
        findings=len((folder / "findings.csv").read_text("utf-8").splitlines()) - 1,
        seconds=round(time.perf_counter() - start, 1),
    )
    if not only:
        write_text(STAMP, json.dumps(asdict(site), indent=1) + "\n")
    return site


def _choose_contents(panel: Panel) -> None:
    """Of the book about a panel of the reader's own: the chapters that it fills."""
    given = yaml.safe_load((ROOT / "book" / "panel-toc.yml").read_text(encoding="utf-8"))
    write_text(BUILD / "toc.yml", yaml.safe_dump(left_out(given, panel), sort_keys=False))
    os.environ[TOC_VARIABLE] = str(BUILD / "toc.yml")


def _sphinx(folder: Path, only: Sequence[str]) -> None:
    """Run Jupyter Book from a clean slate, warnings as errors, its output kept in a log.

    The pages are made aside and put in place when all are there.
    """
    aside = BUILD / "pages"
    for stale in (aside, BUILD / ".doctrees"):
        shutil.rmtree(stale, ignore_errors=True)
    command = ["build", str(ROOT), "--path-output", str(aside)]
    command += ["-W", "-n", "--keep-going", "--all", "-q"]
    contents = toc()
    if only:
        contents = BUILD / "only.yml"
        # the ledger leads to the programs, which come with the page of functions
        chapters = "".join(f"- file: book/{name}\n" for name in [*only, "api"])
        write_text(contents, f"format: jb-book\nroot: book/findings\nchapters:\n{chapters}")
    command += ["--toc", str(contents)]
    log = BUILD / "sphinx.log"
    process = PROCESSES.Process(target=_jupyter_book, args=(command, only, log))
    process.start()
    try:
        process.join()
    finally:
        process.kill()  # nothing, where it has ended
    made = aside / "_build" / "html"
    if process.exitcode or not made.exists():
        if shutil.disk_usage(BUILD).free < LEAST_SPACE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(BUILD))
        sys.stderr.write(log.read_text(encoding="utf-8", errors="replace")[-6000:])
        raise BuildError(f"Sphinx did not build the pages (its output is in {log})")
    shutil.rmtree(folder, ignore_errors=True)
    made.rename(folder)


def _jupyter_book(command: list[str], only: Sequence[str], log: Path) -> None:
    """Jupyter Book's command line, for a process of its own; what it prints goes to ``log``."""
    with log.open("wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.chdir(ROOT)
    os.environ["STUDY_ONLY"] = " ".join(f"book/{name}" for name in only)
    main(command)
