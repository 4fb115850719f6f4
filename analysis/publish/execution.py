"""Executing the notebooks, in parallel, into a store that cannot go stale.

An executed notebook is kept in ``_build/executed/<page>/`` as one file, with what it depended on
(:mod:`analysis.publish.running`). It counts as current while its code cells, the modules it had
imported, the data it had read, the panel (if it had read one), the lock and Python are the same.
What cannot be read counts as not there.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import platform
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import nbformat
from filelock import FileLock

from analysis.panel.panel import Panel, load_panel
from analysis.project import BUILD, COPY_VARIABLE, LOCK, ROOT, digest, notebooks, panel_source
from analysis.publish.running import LIBRARIES, PROCESSES, digest_of, run

CORES = os.cpu_count() or 1
#: Seconds that one notebook may take.
MOST_SECONDS = 1800
#: How many executions of a notebook are kept: going back to one costs nothing.
KEPT = 6
STORE = BUILD / "executed"
#: The environment variable that tells the process that builds the pages what ran before it began.
RAN = "STUDY_RAN"
#: Escape codes with which IPython colours a traceback; in a log they hide the message.
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
#: Of the store's files: another format is made anew.
FORMAT = 2


class NotebookError(Exception):
    """Notebooks raised. ``causes`` maps each page to the cell and its traceback."""

    def __init__(self, causes: dict[str, str]) -> None:
        self.causes = causes
        super().__init__("failed: " + ", ".join(f"{page}.ipynb" for page in sorted(causes)))


@dataclass(frozen=True)
class Executed:
    """An executed notebook: the seconds its run took, and whether that was in this build."""

    notebook: Any
    seconds: float
    now: bool


def write_text(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8 with ``\\n`` line ends, replacing ``path`` in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as out:
            out.write(text)
        mode = path.stat().st_mode if path.exists() else 0o644
        os.chmod(name, mode & 0o777)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def one_panel() -> Iterator[Panel | None]:
    """The chosen panel, if there is one. Within, it is read from one copy of what was checked.

    So a build is about one panel, whatever becomes of its folder meanwhile. Whoever builds in one
    checkout takes turns. A panel with faults is a PanelError.
    """
    if COPY_VARIABLE in os.environ:  # in a build that has begun
        yield load_panel() if panel_source().is_dir() else None
        return
    copy = BUILD / "panel"
    with FileLock(BUILD / "lock"):
        shutil.rmtree(copy, ignore_errors=True)  # of a build that was killed
        try:
            panel = load_panel(copy=copy) if panel_source().is_dir() else None
            os.environ[COPY_VARIABLE] = str(copy)
            yield panel
        finally:
            os.environ.pop(COPY_VARIABLE, None)
            shutil.rmtree(copy, ignore_errors=True)


def _circumstances(notebook: Any) -> dict[str, Any]:
    """What an execution depends on beside files and the panel."""
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return {
        "format": FORMAT,
        "code": hashlib.sha256("\0".join(cells).encode()).hexdigest()[:16],
        "lock": digest([LOCK]),
        "python": platform.python_version(),
    }


def _kept(page: str) -> list[Path]:
    """The stored executions of a page, the latest first."""
    found = (STORE / page).glob("*.json")
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)


def _current(page: str, notebook: Any, panel: str) -> Executed | None:
    """The stored execution that still holds for a notebook, if any."""
    wanted = _circumstances(notebook)
    for path in _kept(page):
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            executed = nbformat.from_dict(stored["notebook"])
            if (
                stored["circumstances"] == wanted
                and stored["panel"] in ("", panel)
                and all(digest_of(ROOT / f) == known for f, known in stored["files"].items())
            ):
                ran = page in os.environ.get(RAN, "").split()
                return Executed(executed, float(stored["seconds"]), ran)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue  # cut short by a full disk, or of another version: it is made anew
    return None


def _store(page: str, notebook: Any, told: dict[str, Any], panel: str) -> None:
    stored = {
        "circumstances": _circumstances(notebook),
        "files": told["files"],
        "panel": panel if told["panel"] else "",
        "seconds": told["seconds"],
        "notebook": told["notebook"],
    }
    text = json.dumps(stored)
    write_text(STORE / page / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.json", text)
    for path in _kept(page)[KEPT:]:
        path.unlink(missing_ok=True)


def _run(pages: Sequence[str]) -> Generator[tuple[str, dict[str, Any]], None, None]:
    """Run notebooks, one a core; what :func:`analysis.publish.running.run` tells, as they end.

    Closed early, it kills those that are running: they count as not run.
    """
    if len(pages) > CORES:
        for name in LIBRARIES:
            importlib.import_module(name)
    waiting = list(pages)
    running: dict[Any, tuple[str, Any, Any, float]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < CORES:
                page = waiting.pop(0)
                ours, theirs = PROCESSES.Pipe(duplex=False)
                _say(f"running {page}.ipynb")
                process = PROCESSES.Process(target=run, args=(page, theirs))
                process.start()
                theirs.close()  # so that the end of the process is the end of what it tells
                running[ours] = page, ours, process, time.monotonic()
            for ended in wait(running, timeout=60):
                page, ours, process, _ = running.pop(ended)
                try:
                    told = json.loads(ours.recv_bytes())
                except (EOFError, OSError):
                    told = {"error": f"its process ended, or took over {MOST_SECONDS} seconds"}
                process.join()
                yield page, told
            for _, _, process, start in running.values():
                if time.monotonic() - start > MOST_SECONDS:
                    process.kill()
    finally:
        for _, _, process, _ in running.values():
            process.kill()
            process.join()


def _say(line: str) -> None:
    print(line, file=sys.stderr)


def fill(
    panel: Panel | None, only: Sequence[str] = (), pages: Sequence[str] = ()
) -> dict[str, Executed]:
    """Execute every notebook whose stored execution is not current; return all, by page.

    ``panel`` is the one that they read; ``pages`` are those of the book if none are named; ``only``
    names the pages that are wanted: the others come as they were last stored, if ever.
    What has finished is stored at once, whatever becomes of the others.

    Raises
    ------
    NotebookError
        If any notebook raised; the others are executed and stored all the same.
    KeyboardInterrupt
        When the user stops the run; what ran has ended then.
    """
    about = panel.digest if panel else "none"
    done: dict[str, Executed] = {}
    missing: dict[str, Any] = {}
    pages = pages or notebooks()
    for page in pages:
        notebook = nbformat.read(ROOT / f"{page}.ipynb", as_version=4)
        found = _current(page, notebook, about)
        if found:
            done[page] = found
        elif not only or page in only:
            missing[page] = notebook
    causes: dict[str, str] = {}
    if missing:
        _say(f"executing {len(missing)} notebook(s) on {CORES} core(s)")
    # the last chapters take longest: begun first, none of them is left running alone
    with closing(_run([*reversed(missing)])) as ended:
        for number, (page, told) in enumerate(ended, start=1):
            if "error" in told:
                causes[page] = _COLOUR.sub("", told["error"])
                _say(f"[{number}/{len(missing)}] {page}.ipynb failed")
                continue
            _store(page, missing[page], told, about)
            done[page] = Executed(nbformat.from_dict(told["notebook"]), told["seconds"], True)
            os.environ[RAN] = f"{os.environ.get(RAN, '')} {page}"
            _say(f"[{number}/{len(missing)}] {page}.ipynb {told['seconds']} s")
    if causes:
        raise NotebookError(causes)
    return {page: done[page] for page in pages if page in done}


def with_outputs(page: str, executed: Any) -> Any:
    """The notebook as it lies in ``book/``, its code cells with the outputs of an execution."""
    notebook = nbformat.read(ROOT / f"{page}.ipynb", as_version=4)
    ran = iter(cell for cell in executed.cells if cell.cell_type == "code")
    for number, cell in enumerate((c for c in notebook.cells if c.cell_type == "code"), start=1):
        cell.outputs = next(ran).outputs
        cell.execution_count = number
        for output in cell.outputs:
            if "execution_count" in output:
                output["execution_count"] = number
    return notebook


def normalised(notebook: Any) -> str:
    """The text of a notebook file: no trace of who ran it, when and with which editor."""
    kept = nbformat.from_dict(json.loads(json.dumps(notebook)))
    kept.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    kept.nbformat, kept.nbformat_minor = 4, 5
    for cell in kept.cells:
        cell.metadata = {k: v for k, v in cell.metadata.items() if k in {"tags", "mystnb"}}
    text: str = nbformat.writes(kept, version=4)
    return f"{text}\n"


def refresh() -> list[str]:
    """Store the executed outputs in the notebooks of ``book/``; return the pages that changed.

    They are what nbval compares a fresh run with. Each file is replaced in one step.
    """
    changed = []
    every = sorted(f"book/{path.stem}" for path in (ROOT / "book").glob("*.ipynb"))
    with one_panel() as panel:
        filled = fill(panel, pages=every)
    for page, executed in filled.items():
        path = ROOT / f"{page}.ipynb"
        text = normalised(with_outputs(page, executed.notebook))
        if path.read_text(encoding="utf-8") != text:
            write_text(path, text)
            changed.append(page)
    return changed
