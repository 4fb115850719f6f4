"""The command study: interviews in, checked, analysed and published as a book."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path

import click
from click import ClickException

from analysis import __version__
from analysis import check as checked
from analysis.exchange.material import ExchangeError
from analysis.findings import FindingError, compare, read_csv, to_csv
from analysis.new import unfilled
from analysis.panel.faults import PanelError, printable
from analysis.project import PANEL_VARIABLE, ROOT, SITE, notebooks, panel_folder

#: Commands of other rooms, each loaded when it is wanted.
ELSEWHERE = dict.fromkeys(("new", "import", "export"), "analysis.exchange.commands")
ELSEWHERE |= dict.fromkeys(("pseudonymise", "publish-check"), "analysis.privacy.commands")
ELSEWHERE |= dict.fromkeys(("pdf", "release"), "analysis.release")


class _Study(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*self.commands, *ELSEWHERE})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        there = vars(import_module(ELSEWHERE[cmd_name])) if cmd_name in ELSEWHERE else self.commands
        found = (one for one in there.values() if isinstance(one, click.Command))
        return next((one for one in found if one.name == cmd_name), None)


_SETTINGS = {"help_option_names": ["-h", "--help"], "terminal_width": 100}
study = _Study("study", help=__doc__, context_settings=_SETTINGS)
click.version_option(__version__, message="%(version)s")(study)


class _Usage(ClickException):
    exit_code = 2


def _choose(panel: str | None = None) -> Path:
    """The folder of ``panel``, now the chosen one, or of the one that was."""
    if not (ROOT / "_toc.yml").exists():
        raise _Usage(f"{ROOT} is no checkout of the study package")
    folder = Path(panel).resolve() if panel else panel_folder()
    given, where = panel or os.environ.get(PANEL_VARIABLE), "--panel" if panel else PANEL_VARIABLE
    if given and not folder.is_dir():
        raise _Usage(f"no such folder: {printable(given)} ({where} takes the folder of a panel)")
    if panel:
        os.environ[PANEL_VARIABLE] = str(folder)
    return folder


@study.command(epilog="Example: study check my-interviews (without a PATH: the chosen panel)")
@click.argument("folder", required=False, metavar="[PATH]")
def check(folder: str | None) -> int:
    """Say what is wrong with a panel, or what a sound one holds."""
    place = Path(folder) if folder else _choose()
    if not place.exists():
        raise _Usage(f"no such folder: {printable(folder)}")
    text, sound = checked.check(place)
    if wanted := unfilled(place):
        text, sound = f"{text}\nstill to fill: {'; '.join(wanted)}", False
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # whoever reads, such as head, has seen enough; nor may the interpreter's end complain
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0 if sound else 1


@study.command(epilog="Example: study book --panel my-interviews")
@click.option("--panel", metavar="FOLDER", help="Build about another panel.")
@click.option("--force", is_flag=True, help="Build even if nothing has changed.")
@click.option("--only", multiple=True, metavar="CHAPTER", help="Execute and build this chapter.")
@click.option("--with-article", is_flag=True, help="With the chapters on the article.")
def book(panel: str | None, force: bool, only: tuple[str, ...], with_article: bool = False) -> None:
    """Execute the notebooks and build the site; do nothing if it is current."""
    from analysis.publish.book import BuildError, build  # loads Jupyter, not for `study check`

    _choose(panel)
    if unknown := [name for name in only if f"book/{name}" not in notebooks()]:
        known = ", ".join(page.removeprefix("book/") for page in notebooks())
        raise _Usage(f"no chapter {', '.join(unknown)}; there are {known}")
    try:
        site, built = build(force=force, only=[*only], with_article=with_article)
    except BuildError as error:
        raise ClickException(f"book: {error}") from None
    first = "built" if built else "nothing has changed since this was built:"
    index = Path(site.folder) / (f"book/{only[0]}.html" if only else "index.html")
    print(f"{first} {site.pages} pages, {site.findings} findings, {site.seconds} s: {index}")


@study.command(epilog="Example: study serve --port 0")
@click.option("--panel", metavar="FOLDER", help="Build about another panel.")
@click.option("--force", is_flag=True, help="Build even if nothing has changed.")
@click.option("--port", type=int, default=8000, help="0: any free one (default 8000).")
def serve(panel: str | None, force: bool, port: int) -> None:
    """Build the site if need be and show it on this machine."""
    _choose(panel)
    click.get_current_context().invoke(book, panel=panel, force=force, only=())
    handler = partial(SimpleHTTPRequestHandler, directory=str(SITE))
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    except (OSError, OverflowError) as error:
        raise ClickException(f"port {port} cannot be used ({error}); try --port 0") from None
    with server, suppress(KeyboardInterrupt):
        print(f"http://127.0.0.1:{server.server_port}/ (stop with Ctrl-C)")
        server.serve_forever()
    print()


@study.command(epilog="Example: study findings --diff findings-2023.csv")
@click.option("--diff", metavar="OLD.csv", help="An older findings.csv to compare with.")
@click.option("--ledger", metavar="NEW.csv", help="The one to print (default: the built site's).")
def findings(diff: str | None, ledger: str | None) -> None:
    """Print the ledger, or what differs from an older one."""
    if not ledger and not (SITE / "findings.csv").exists():
        raise _Usage("there is no site yet; build the book first: study book")
    try:
        found = read_csv(Path(ledger) if ledger else SITE / "findings.csv")
        lines = [] if diff is None else compare(read_csv(Path(diff)), found)
        sys.stdout.write(to_csv(found) if diff is None else "\n".join([*map(printable, lines), ""]))
    except OSError as error:
        raise _Usage(f"{error.filename}: {error.strerror}") from None
    except FindingError as error:
        raise _Usage(str(error)) from None


@study.command(epilog="Example: study refresh")
def refresh() -> None:
    """Execute the notebooks and store their outputs in them."""
    from analysis.publish import execution

    _choose()
    try:
        changed = execution.refresh()
    except execution.NotebookError as error:
        causes = error.causes.items()
        print(*(f"{page}.ipynb\n{cause}" for page, cause in causes), sep="\n", file=sys.stderr)
        raise ClickException(f"{error}") from None
    print("\n".join([*changed, f"{len(changed)} notebook(s) changed"]))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    bare = getattr(sys.stdout, "errors", "") == "surrogateescape"  # no locale: names pass as bytes
    errors = "surrogateescape" if bare else "backslashreplace"
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8" if bare else None, errors=errors)
    arguments = [*(sys.argv[1:] if argv is None else argv)]
    try:
        return int(study.invoke(study.make_context("study", arguments.copy())) or 0)
    except (click.exceptions.Exit, click.UsageError) as end:
        if isinstance(end, click.UsageError):
            end.show()
        raise SystemExit(end.exit_code) from None
    except (ClickException, ExchangeError, PanelError) as error:
        text, status = str(error), getattr(error, "exit_code", 1)
    except KeyboardInterrupt:
        text, status = "stopped; what had finished is kept", 130
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC):
            raise
        text, status = f"{error.filename or 'a file'} cannot be written: {error.strerror}", 1
    for line in text.splitlines():
        who = "" if line.startswith("book: ") else f"{arguments[0]}: "
        print(f"study {who}{printable(line)}", file=sys.stderr)
    return status
