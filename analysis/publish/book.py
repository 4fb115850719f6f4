"""Building the book: execute, then Sphinx; or nothing, where the site is current."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from analysis.evidence.provenance import commit, digest, execution_key
from analysis.project import BUILD, ROOT, SITE, panel_folder

#: What the site is made of, beside what the execution key covers.
SOURCES = ("_config.yml", "_toc.yml", "index.md", "book", "CITATION.cff", "pyproject.toml")
#: Where the last build says what it was made from.
STAMP = BUILD / "site.json"


class BuildError(Exception):
    """The site could not be built; the message's last line names what failed."""


@dataclass(frozen=True)
class Site:
    """A built site: where, from what (``inputs``), how large, and in how many seconds."""

    folder: str
    inputs: str
    pages: int
    findings: int
    seconds: float


def inputs() -> str:
    """The digest of everything the site is made of, the commit on its foot included."""
    parts = [digest([ROOT / name for name in SOURCES]), execution_key(), commit()]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def current() -> Site | None:
    """The built site, where it was made from the inputs as they are now; else None."""
    try:
        site = Site(**json.loads(STAMP.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    if not (SITE / "index.html").exists() or site.inputs != inputs():
        return None
    return site


def build(force: bool = False) -> tuple[Site, bool]:
    """Build the site unless it is current; return it, and whether it was built now.

    Raises
    ------
    BuildError
        If the panel has faults: then nothing is touched. If a notebook raised or Sphinx warned: no
        stamp is left, so that the next build fails too until the cause is gone.
    """
    if not force and (site := current()):
        return site, False
    refuse_a_broken_panel()
    # heavy: nbclient and SQLAlchemy
    from analysis.publish.execution import NotebookError, fill

    start = time.perf_counter()
    STAMP.unlink(missing_ok=True)
    made_from = inputs()
    try:
        fill()
    except NotebookError as error:
        for traceback in error.tracebacks.values():
            print(traceback, file=sys.stderr)
        raise BuildError(str(error)) from None
    print("building the pages", file=sys.stderr)
    _sphinx("html", SITE)
    site = Site(
        folder=str(SITE),
        inputs=made_from,
        pages=len(list(SITE.glob("*.html"))) + len(list((SITE / "book").glob("*.html"))),
        findings=len((SITE / "findings.csv").read_text(encoding="utf-8").splitlines()) - 1,
        seconds=round(time.perf_counter() - start, 1),
    )
    from analysis.publish.files import write_text

    write_text(STAMP, json.dumps(asdict(site), indent=1) + "\n")
    return site, True


def refuse_a_broken_panel() -> None:
    """Tell the faults of the chosen panel once, where a notebook of the book needs a panel.

    Raises
    ------
    BuildError
        If it has any: else each notebook would fail by itself, with a traceback.
    """
    from analysis.panel.report import check
    from analysis.publish.execution import notebooks

    if any("load_panel" in path.read_text(encoding="utf-8") for path in notebooks()):
        said, sound = check(panel_folder())
        if not sound:
            print(said, file=sys.stderr)
            raise BuildError(f"the panel has faults, nothing was built: {panel_folder()}")


def _sphinx(builder: str, out: Path) -> None:
    """Run Jupyter Book from a clean slate, warnings as errors, its output kept in a log."""
    shutil.rmtree(out, ignore_errors=True)
    shutil.rmtree(BUILD / ".doctrees", ignore_errors=True)
    start = "from jupyter_book.cli.main import main; main()"  # the package has no __main__
    command = [sys.executable, "-c", start, "build", str(ROOT)]
    command += ["--builder", builder, "-W", "-n", "--keep-going", "--all", "-q"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    log = BUILD / "sphinx.log"
    log.write_text(run.stdout + run.stderr, encoding="utf-8")
    if run.returncode or not out.exists():
        sys.stderr.write(run.stderr[-6000:])
        raise BuildError(f"Sphinx did not build the pages (its output is in {log})")
