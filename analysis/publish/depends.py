"""What a notebook depends on: recorded inside its kernel, while it runs.

The build loads this module into each kernel as an IPython extension. It notes every file of the
project that the notebook reads, with a digest taken at that moment, and every module of the
package that it has imported. A notebook is run again only when one of these has changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from analysis.project import BUILD, ROOT, panel_folder

#: The digest of a file that is not there.
MISSING = "missing"


def arguments(path: Path) -> list[str]:
    """What the kernel's command line needs for its dependencies to be written to ``path``."""
    return [f"--ext={__name__}", f"--StudyDepends.path={path}"]


def digest_of(file: str | Path) -> str:
    """The digest of one file's bytes."""
    try:
        return hashlib.sha256(Path(file).read_bytes()).hexdigest()[:16]
    except OSError:
        return MISSING


def _modules() -> Iterator[str]:
    """The files of the package's modules that this process has imported."""
    package = str(ROOT / "analysis") + os.sep
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None) or ""
        if file.startswith(package):
            yield file


def load_ipython_extension(shell: Any) -> None:
    """Record in this kernel from now on; write what is known after every cell."""
    root, build, panel = f"{ROOT}{os.sep}", f"{BUILD}{os.sep}", f"{panel_folder()}{os.sep}"
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
        file = os.path.abspath(os.fspath(details[0]))
        inside = isinstance(file, str) and file.startswith((root, panel))
        if inside and not file.startswith(build) and not file.endswith((".py", ".pyc")):
            note(file)

    def after(result: object) -> None:
        for file in _modules():
            note(file)
        files = {name: text for name, text in found.items() if not name.startswith(panel)}
        record = {
            "files": {os.path.relpath(name, root): text for name, text in files.items()},
            "panel": len(files) < len(found),
        }
        Path(shell.config.StudyDepends.path).write_text(json.dumps(record), encoding="utf-8")

    sys.addaudithook(audit)
    shell.events.register("post_run_cell", after)
