"""The command ``study``: build the book, serve it, check a panel, refresh stored outputs."""

from __future__ import annotations

import argparse
import errno
import io
import os
import sys
from collections.abc import Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from analysis import __version__
from analysis.check import check
from analysis.findings import FindingError, compare, read_csv, to_csv
from analysis.project import PANEL_VARIABLE, ROOT, SITE, notebooks, panel_folder


def _fail(text: str, status: int = 1) -> int:
    print(f"study {text}", file=sys.stderr)
    return status


def _book(arguments: argparse.Namespace) -> int:
    # these load Jupyter, which `study check` does without
    from analysis.publish.book import BuildError, build

    only = getattr(arguments, "only", None) or []
    if unknown := [name for name in only if f"book/{name}" not in notebooks()]:
        known = ", ".join(page.removeprefix("book/") for page in notebooks())
        return _fail(f"book: no chapter {', '.join(unknown)}; there are {known}", 2)
    try:
        article = getattr(arguments, "with_article", False)
        site, built = build(force=arguments.force, only=only, with_article=article)
    except BuildError as error:
        return _fail(f"book: {error}")
    first = "built" if built else "nothing has changed since this was built:"
    index = Path(site.folder) / (f"book/{only[0]}.html" if only else "index.html")
    print(f"{first} {site.pages} pages, {site.findings} findings, {site.seconds} s: {index}")
    return 0


def _refresh(arguments: argparse.Namespace) -> int:
    from analysis.publish.execution import NotebookError, refresh

    try:
        changed = refresh()
    except NotebookError as error:
        for page, cause in error.causes.items():
            print(f"{page}.ipynb\n{cause}", file=sys.stderr)
        return _fail(f"refresh: {error}")
    print("\n".join([*changed, f"{len(changed)} notebook(s) changed"]))
    return 0


def _check(arguments: argparse.Namespace) -> int:
    if arguments.folder and not Path(arguments.folder).exists():
        return _fail(f"check: no such folder: {arguments.folder}", 2)
    folder = arguments.folder or panel_folder()
    text, sound = check(folder)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # a terminal that cannot show Cyrillic gets escapes, not an error
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # whoever reads, such as head, has seen enough; nor may the interpreter's end complain
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0 if sound else 1


def _serve(arguments: argparse.Namespace) -> int:
    if _book(arguments):
        return 1
    handler = partial(SimpleHTTPRequestHandler, directory=str(SITE))
    try:
        server = ThreadingHTTPServer(("127.0.0.1", arguments.port), handler)
    except (OSError, OverflowError) as error:
        return _fail(f"serve: port {arguments.port} cannot be used ({error}); try --port 0")
    with server:
        print(f"http://127.0.0.1:{server.server_port}/ (stop with Ctrl-C)")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
    return 0


def _findings(arguments: argparse.Namespace) -> int:
    ledger = Path(arguments.ledger) if arguments.ledger else SITE / "findings.csv"
    if not arguments.ledger and not ledger.exists():
        return _fail("findings: there is no site yet; build the book first: study book", 2)
    try:
        found = read_csv(ledger)
        if arguments.diff is None:
            sys.stdout.write(to_csv(found))
        else:
            print("\n".join(compare(read_csv(Path(arguments.diff)), found)))
    except FileNotFoundError as error:
        return _fail(f"findings: no such file: {error.filename}", 2)
    except (FindingError, UnicodeDecodeError) as error:
        return _fail(f"findings: {error}", 2)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="study", description=__doc__)
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run: object, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        return sub

    for name, run, text in (
        ("book", _book, "Execute the notebooks and build the site; do nothing if it is current."),
        ("serve", _serve, "Build the site if need be and show it on this machine."),
    ):
        sub = command(name, run, text)
        sub.add_argument("--panel", metavar="FOLDER", help="build about another panel")
        sub.add_argument("--force", action="store_true", help="build even if nothing has changed")
        if name == "serve":
            sub.add_argument(
                "--port", type=int, default=8000, help="0: any free one (default 8000)"
            )
        else:
            sub.add_argument(
                "--with-article", action="store_true", help="with the chapters on the article"
            )
            sub.add_argument(
                "--only", action="append", metavar="CHAPTER", help="execute and build this chapter"
            )
    sub = command("check", _check, "Say what is wrong with a panel, or what a sound one holds.")
    sub.add_argument(
        "folder", nargs="?", metavar="PATH", help="the panel's folder (default: the chosen panel)"
    )
    sub = command("findings", _findings, "Print the ledger, or what differs from an older one.")
    sub.add_argument("--diff", metavar="OLD.csv", help="an older findings.csv to compare with")
    sub.add_argument(
        "--ledger", metavar="NEW.csv", help="the findings.csv to print (default: the built site's)"
    )
    command("refresh", _refresh, "Execute the notebooks and store their outputs in them.")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    arguments = _parser().parse_args(argv)
    alone = arguments.command == "findings" or getattr(arguments, "folder", None)
    if not alone and not (ROOT / "_toc.yml").exists():
        return _fail(f"{arguments.command}: {ROOT} is no checkout of the study package", 2)
    chosen = getattr(arguments, "panel", None)
    folder = Path(chosen).resolve() if chosen else panel_folder()
    given, where = (
        (chosen, "--panel") if chosen else (os.environ.get(PANEL_VARIABLE), PANEL_VARIABLE)
    )
    if given and not folder.is_dir():
        return _fail(
            f"{arguments.command}: no such folder: {given} ({where} takes the folder of a panel)", 2
        )
    if chosen:
        os.environ[PANEL_VARIABLE] = str(folder)
    try:
        return int(arguments.run(arguments))
    except KeyboardInterrupt:
        return _fail("stopped; what had finished is kept", 130)
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC):
            raise
        return _fail(f"{arguments.command}: {error.filename} cannot be written: {error.strerror}")
