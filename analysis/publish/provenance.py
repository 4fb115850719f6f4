"""Where a build came from: the commit, the versions, and the source of each number as a page."""

from __future__ import annotations

import ast
import platform
import subprocess
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

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


def _definitions(tree: ast.Module) -> dict[int, str]:
    """The names of functions, classes and methods, by the line where each begins."""
    found = {}
    for node in tree.body:
        inside = node.body if isinstance(node, ast.ClassDef) else []
        outer = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
        for part, prefix in ((node, ""), *((part, outer) for part in inside)):
            if isinstance(part, (ast.FunctionDef, ast.ClassDef)):
                first = min([part.lineno, *(d.lineno for d in part.decorator_list)])
                found[first] = f"{prefix}{part.name}"
    return found


def source_html(text: str) -> str:
    """The text of a module as HTML: coloured, an anchor at each definition."""
    names = _definitions(ast.parse(text))
    coloured = highlight(text, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True))
    lines = coloured.splitlines()
    for number, name in names.items():
        lines[number - 1] = f'<span id="{name}" class="study-place">{lines[number - 1]}</span>'
    return '<div class="highlight"><pre>' + "\n".join(lines) + "\n</pre></div>"


def source_pages(app: Any) -> Iterator[tuple[str, dict[str, Any], str]]:
    """A page for each module that the ledger names, as Sphinx asks of ``html-collect-pages``."""
    for name in sorted({f.function.rpartition(".")[0] for f in app.study_findings} - {""}):
        module = Path(*name.split("."))
        path = ROOT / module.with_suffix(".py")
        body = f"<h1>{name}</h1>\n{source_html(path.read_text(encoding='utf-8'))}"
        yield f"_modules/{module.as_posix()}", {"title": name, "body": body}, "page.html"
