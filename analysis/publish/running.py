"""Run a notebook in a process of its own, and record what it depends on.

The process is a fork of the build's, which has the libraries loaded already, and starts with
nothing of the package; where forks are not safe it is a new one. It notes every file of the project
that the notebook reads, with a digest taken at that moment, and every module of the package that it
imports: a notebook is run again only when one of these has changed.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from nbformat.v4 import new_output
from traitlets.config import Config

from analysis.project import BUILD, ROOT, panel_source

#: How processes are started.
PROCESSES: Any = get_context("fork" if sys.platform == "linux" else "spawn")
#: What most notebooks import, loaded once for all forks.
LIBRARIES = ("joblib", "matplotlib.figure", "pandas", "scipy.stats", "statsmodels.stats.api")


class CellError(Exception):
    """A cell raised; the message is the cell and its traceback."""


def digest_of(file: str | Path) -> str:
    """The digest of one file's bytes; "missing" where it cannot be read."""
    try:
        return hashlib.sha256(Path(file).read_bytes()).hexdigest()[:16]
    except OSError:
        return "missing"


def run_cells(notebook: Any) -> None:
    """Run a notebook's code cells in this process, in order; give each its outputs.

    Raises
    ------
    CellError
        At the first cell that raises.
    """
    # without the history file of the user's own IPython
    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    pd.set_option("display.max_columns", 20)  # as in a kernel: pandas takes this for a terminal
    try:
        for number, cell in enumerate((c for c in notebook.cells if c.cell_type == "code"), 1):
            with capture_output() as captured:
                result = shell.run_cell(cell.source, store_history=True)
            if not result.success:
                raise CellError(f"{cell.source}\n{'-' * 20}\n{captured.stdout}")
            cell.execution_count = number
            printed = (("stdout", captured.stdout), ("stderr", captured.stderr))
            cell.outputs = [new_output("stream", name=n, text=text) for n, text in printed if text]
            cell.outputs += [
                new_output("display_data", data=shown.data, metadata=shown.metadata)
                for shown in captured.outputs
            ]
    finally:
        InteractiveShell.clear_instance()
        atexit.unregister(shell.atexit_operations)  # it would keep all that the cells bound


def _recorder() -> Callable[[], dict[str, Any]]:
    """Note the project's files from now on as they are opened; the result tells them."""
    root, build, panel = f"{ROOT}{os.sep}", f"{BUILD}{os.sep}", f"{panel_source()}{os.sep}"
    found: dict[str, str] = {}
    busy: list[str] = []

    def note(file: str) -> None:
        if file not in found and not busy:
            busy.append(file)  # taking the digest opens the file, which would come here again
            found[file] = digest_of(file)
            busy.pop()

    def audit(event: str, details: tuple[Any, ...]) -> None:
        if event != "open" or not isinstance(details[0], (str, os.PathLike)):
            return
        file = os.path.abspath(os.fsdecode(details[0]))
        ours = file.startswith(root) and not file.startswith(build)
        if file.startswith(panel) or (ours and not file.endswith((".py", ".pyc"))):
            note(file)

    def record() -> dict[str, Any]:
        for module in list(sys.modules.values()):
            file = getattr(module, "__file__", None) or ""
            if file.startswith(f"{ROOT / 'analysis'}{os.sep}"):
                note(file)
        files = {name: text for name, text in found.items() if not name.startswith(panel)}
        return {
            "files": {os.path.relpath(name, root): text for name, text in files.items()},
            "panel": len(files) < len(found),
        }

    sys.addaudithook(audit)
    return record


def run(page: str, out: Any) -> None:
    """Run a page, in its own folder; send its notebook and record, or its error, to ``out``.

    For a process of its own: it forgets the package, so that the notebook imports it anew.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the build is told, and ends this process
    os.dup2(2, 1)  # what a library prints is not what the build says
    for name in [name for name in sys.modules if name.partition(".")[0] == "analysis"]:
        del sys.modules[name]
    # before the record begins: of the notebook itself its code alone counts, not its prose
    notebook = nbformat.read(ROOT / f"{page}.ipynb", as_version=4)
    start, record = time.perf_counter(), _recorder()
    os.chdir((ROOT / page).parent)
    sys.path.insert(0, os.getcwd())
    try:
        run_cells(notebook)
        told = record() | {"notebook": notebook}
    except CellError as error:
        told = {"error": str(error)}
    told["seconds"] = round(time.perf_counter() - start, 1)
    out.send_bytes(json.dumps(told).encode())
