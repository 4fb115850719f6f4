"""Executing the notebooks, in parallel, into a cache that cannot go stale.

The cache is a jupyter-cache in ``_build/executed/<key>``, where the key is the digest of all that a
notebook's numbers depend on beside its own code (see
:func:`analysis.evidence.provenance.execution_key`). Sphinx then finds every notebook there and runs
none itself.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from analysis.evidence.provenance import execution_key
from analysis.project import BUILD, ROOT
from analysis.publish.timing import Times, arguments

#: Seconds that one cell may take.
CELL_TIMEOUT = 900
#: Escape codes with which IPython colours a traceback; in a log they hide the message.
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
#: How many caches of earlier states are kept: going back to one costs nothing.
KEPT_CACHES = 4


class NotebookError(Exception):
    """A notebook raised. ``tracebacks`` maps the notebook's path to its traceback."""

    def __init__(self, tracebacks: dict[Path, str]) -> None:
        self.tracebacks = tracebacks
        names = ", ".join(_name(p) for p in sorted(tracebacks))
        super().__init__(f"failed: {names}")


@dataclass
class Execution:
    """What :func:`fill` did: the cache, the notebooks run now, and the seconds of every one."""

    cache: Path
    executed: list[Path] = field(default_factory=list)
    seconds: dict[Path, Times] = field(default_factory=dict)
    notebooks: dict[Path, Any] = field(default_factory=dict)


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)


def pages(toc: Path = ROOT / "_toc.yml") -> list[str]:
    """The book's pages in reading order, as ``_toc.yml`` names them (no suffix)."""

    def walk(node: object) -> Iterable[str]:
        if isinstance(node, list):
            for item in node:
                yield from walk(item)
        elif isinstance(node, dict):
            yield from (str(node[k]) for k in ("root", "file") if k in node)
            for key in ("parts", "chapters", "sections"):
                yield from walk(node.get(key, []))

    return list(walk(yaml.safe_load(toc.read_text(encoding="utf-8"))))


def notebooks(root: Path = ROOT) -> list[Path]:
    """The book's notebooks, in reading order."""
    found = (root / f"{page}.ipynb" for page in pages(root / "_toc.yml"))
    return [path for path in found if path.exists()]


def cache_folder() -> Path:
    """The folder of the execution cache for data, code, lock and panel as they are now."""
    return BUILD / "executed" / execution_key()


def fill(say: Callable[[str], None] = lambda line: print(line, file=sys.stderr)) -> Execution:
    """Execute every notebook that the cache lacks, on all cores; return all of them executed.

    Each notebook runs in its own kernel and its own folder. Progress goes to ``say``, a line for
    each notebook that has finished.

    Raises
    ------
    NotebookError
        If any notebook raised; the others are executed and cached all the same.
    """
    import nbformat
    from jupyter_cache import get_cache
    from jupyter_cache.base import CacheBundleIn
    from jupyter_cache.executors.utils import ExecutionResult, single_nb_execution
    from traitlets.config import Config
    from zmq import has

    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    os.utime(folder)
    cache = get_cache(str(folder))
    state = Execution(folder)

    missing: list[tuple[Path, Any]] = []
    for path in notebooks():
        nb = nbformat.read(path, as_version=4)
        try:
            record = cache.match_cache_notebook(nb)
        except KeyError:
            missing.append((path, nb))
        else:
            state.seconds[path] = Times.of(record.data)
            state.notebooks[path] = cache.get_cache_bundle(record.pk).nb

    # talk to kernels in cipher where the platform can: what a panel says stays on this machine
    settings = Config({"KernelManager": {"transport_encryption": "auto"}} if has("curve") else {})

    def run(path: Path, nb: Any, times: Path) -> tuple[ExecutionResult, Times]:
        try:
            result = single_nb_execution(
                nb,
                cwd=str(path.parent),
                timeout=CELL_TIMEOUT,
                allow_errors=False,
                meta_override=False,
                config=settings,
                extra_arguments=arguments(times),
            )
        except Exception as error:  # a kernel that died or never came: also a failed notebook
            text = traceback.format_exc()
            result = ExecutionResult(nb, str(path.parent), float("nan"), error, text)
        return result, Times.measured(result.time, times)

    failed: dict[Path, str] = {}
    if missing:
        say(f"executing {len(missing)} notebook(s) on {os.cpu_count()} core(s)")
    with (
        tempfile.TemporaryDirectory() as aside,
        ThreadPoolExecutor(os.cpu_count()) as pool,
    ):
        jobs = {
            pool.submit(run, path, nb, Path(aside) / f"{number}.json"): path
            # the last chapters take longest: begun first, none of them is left running alone
            for number, (path, nb) in reversed(list(enumerate(missing)))
        }
        for done, job in enumerate(as_completed(jobs), start=1):
            path, (result, times) = jobs[job], job.result()
            place = f"[{done}/{len(jobs)}] {_name(path)}"
            if result.err is not None:
                failed[path] = _COLOUR.sub("", result.exc_string or str(result.err))
                say(f"{place} FAILED")
                continue
            # the cache is one SQLite file: written from this thread alone
            cache.cache_notebook_bundle(
                CacheBundleIn(result.nb, str(path), data=times.entries()),
                check_validity=False,
                overwrite=True,
            )
            state.executed.append(path)
            state.seconds[path] = times
            state.notebooks[path] = result.nb
            say(f"{place} {result.time:.1f} s")
    if failed:
        raise NotebookError(failed)
    _drop_old_caches(folder)
    # whichever was ready first: what is made of them comes in reading order
    order = notebooks()
    state.seconds = {path: state.seconds[path] for path in order}
    state.notebooks = {path: state.notebooks[path] for path in order}
    return state


def _drop_old_caches(current: Path) -> None:
    others = [p for p in current.parent.iterdir() if p.is_dir() and p != current]
    others.sort(key=lambda p: p.stat().st_mtime, reverse=True)
    for old in others[KEPT_CACHES:]:
        shutil.rmtree(old)


def normalised(nb: Any) -> Any:
    """The notebook without what differs between machines and runs: timings, tool versions."""
    import copy

    out = copy.deepcopy(nb)
    out.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    out.nbformat, out.nbformat_minor = 4, 5
    count = 0
    for cell in out.cells:
        cell.metadata = {k: v for k, v in cell.metadata.items() if k in {"tags", "mystnb"}}
        if cell.cell_type == "code":
            count += 1
            cell.execution_count = count
            for output in cell.outputs:
                if "execution_count" in output:
                    output["execution_count"] = count
    return out


def refresh() -> list[Path]:
    """Write the executed outputs into the notebooks in ``book/``; return those that changed.

    The stored outputs are what nbval compares a fresh run with. Each file is replaced in one step.
    """
    import nbformat

    from analysis.publish.files import write_text

    changed = []
    for path, executed in fill().notebooks.items():
        # prose and order come from the file: the cache knows the code cells alone
        source = nbformat.read(path, as_version=4)
        ran = iter(c for c in executed.cells if c.cell_type == "code")
        for cell in source.cells:
            if cell.cell_type == "code":
                cell.outputs = next(ran).outputs
        text = nbformat.writes(normalised(source), version=4) + "\n"
        if path.read_text(encoding="utf-8") != text:
            write_text(path, text)
            changed.append(path)
    return changed
