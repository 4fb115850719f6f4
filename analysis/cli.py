"""The command ``study``: build the book, serve it, check a panel, refresh stored outputs."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from analysis.project import PANEL_VARIABLE, SITE, panel_folder


def _book(arguments: argparse.Namespace) -> int:
    from analysis.publish.book import BuildError, build

    try:
        site, built = build(force=arguments.force)
    except BuildError as error:
        print(f"study book: {error}", file=sys.stderr)
        return 1
    first = "built" if built else "nothing has changed since this was built:"
    print(
        f"{first} {site.pages} pages, {site.findings} findings, {site.seconds} s: "
        f"{Path(site.folder) / 'index.html'}"
    )
    return 0


def _refresh(arguments: argparse.Namespace) -> int:
    from analysis.publish.execution import NotebookError, refresh

    try:
        changed = refresh()
    except NotebookError as error:
        for traceback in error.tracebacks.values():
            print(traceback, file=sys.stderr)
        print(f"study refresh: {error}", file=sys.stderr)
        return 1
    for path in changed:
        print(path.name)
    print(f"{len(changed)} notebook(s) changed")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from analysis.panel.report import check

    text, sound = check(arguments.folder)
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
    from functools import partial
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

    if _book(arguments):
        return 1
    handler = partial(SimpleHTTPRequestHandler, directory=str(SITE))
    with ThreadingHTTPServer(("127.0.0.1", arguments.port), handler) as server:
        print(f"http://127.0.0.1:{server.server_port}/ (stop with Ctrl-C)")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
    return 0


def _findings(arguments: argparse.Namespace) -> int:
    from analysis.evidence.comparison import compare
    from analysis.evidence.findings import FindingError, read_csv, to_csv

    ledger = Path(arguments.ledger) if arguments.ledger else SITE / "findings.csv"
    try:
        found = read_csv(ledger)
        if arguments.diff is None:
            sys.stdout.write(to_csv(found))
            return 0
        print("\n".join(compare(read_csv(Path(arguments.diff)), found).lines()))
    except FileNotFoundError as error:
        hint = "" if arguments.ledger else " (build the book first: study book)"
        print(f"study findings: no such file: {error.filename}{hint}", file=sys.stderr)
        return 2
    except (FindingError, UnicodeDecodeError) as error:
        print(f"study findings: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="study", description=__doc__)
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
            sub.add_argument("--port", type=int, default=8000)
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
    chosen = getattr(arguments, "panel", None)
    folder = Path(chosen).resolve() if chosen else panel_folder()
    given, where = (
        (chosen, "--panel") if chosen else (os.environ.get(PANEL_VARIABLE), PANEL_VARIABLE)
    )
    if given and not folder.is_dir():
        print(
            f"study {arguments.command}: no such folder: {given} "
            f"({where} takes the folder of a panel)",
            file=sys.stderr,
        )
        return 2
    if chosen:
        os.environ[PANEL_VARIABLE] = str(folder)
    return int(arguments.run(arguments))


if __name__ == "__main__":
    sys.exit(main())
