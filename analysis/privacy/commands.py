"""The commands ``study pseudonymise`` and ``study publish-check``."""

from __future__ import annotations

from pathlib import Path

import click

from analysis.panel.faults import PanelError, printable
from analysis.panel.panel import load_panel
from analysis.privacy import pseudonyms, publish

_PATH = click.Path(path_type=Path)
_THERE = click.Path(exists=True, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command(epilog="Example: study pseudonymise talks --key ../key.csv --dry-run")
@click.argument("folder", type=_FOLDER)
@click.option("--key", type=_PATH, required=True, help="Who is who; outside panel and git.")
@click.option("--names", type=_THERE, help="More names, one a line: NAME or NAME,REPLACEMENT.")
@click.option("--into", type=_PATH, help="Write a new folder; leave this one.")
@click.option("--dry-run", is_flag=True, help="Only list what would be replaced, by name.")
@click.option("--force", is_flag=True, help="Begin a new key where there is one.")
def pseudonymise(
    folder: Path, key: Path, names: Path | None, into: Path | None, dry_run: bool, force: bool
) -> None:
    """Replace names and contacts in a panel's texts: [e03], [person 4], [e-mail], [phone].

    Speakers come from FOLDER-speakers.csv, which `study import` writes. First names alone are found
    of speakers only; short forms (Аня) have to be listed. Codes stay: they belong to statements.
    """
    try:
        entries, lines = pseudonyms.pseudonymise(folder, key, names, into, dry_run, force)
    except (pseudonyms.PrivacyError, OSError) as error:
        raise click.ClickException(printable(str(error))) from None
    if dry_run:
        lines += ["Nothing is replaced yet. This list names people: do not pass it on."]
        lines += [f"{n:>6}  {e.original} -> {e.replacement}" for e, n in entries.items()]
    click.echo("\n".join(map(printable, lines)))


@click.command(epilog="Example: study publish-check _build/html --key ../key.csv --panel talks")
@click.argument("site", type=_FOLDER)
@click.option("--key", type=_THERE, required=True, help="The key that `study pseudonymise` wrote.")
@click.option("--panel", type=_FOLDER, help="Also search for words that may not be quoted.")
def publish_check(site: Path, key: Path, panel: Path | None) -> None:
    """Say where in a built SITE somebody is named or quoted who must not be: status 1, else 0."""
    try:
        found = publish.check(site, key, load_panel(panel) if panel else None)
    except PanelError:
        raise click.UsageError(f"{panel} is broken: `study check` says where") from None
    except (pseudonyms.PrivacyError, OSError) as error:
        raise click.UsageError(printable(str(error))) from None
    click.echo("\n".join(found) or "nothing found")
    raise SystemExit(int(bool(found)))
