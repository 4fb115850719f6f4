"""The commands ``study new``, ``import`` and ``export``; none loads a reader before it runs."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from shlex import quote

import click

from analysis import new as panels
from analysis.exchange.detect import KINDS, read_all
from analysis.exchange.material import ExchangeError
from analysis.panel.entries import to_yaml
from analysis.panel.faults import NotInPanel, PanelError, printable
from analysis.panel.format import META_FILE, TABLES
from analysis.panel.panel import load_panel
from analysis.panel.writing import _csv

#: Tables that stay when other interviews are imported.
_STAY = ("codebook", "codebook_changes", "guide", "memos")
_EXPORTS = {"refi": "project.qdpx", "qdc": "codebook.qdc", "codebook": "codebook.xlsx"}
_EXPORTS |= {name: f"{name}.csv" for name in ("matrix", "codings", "ratings")}
_FOLDER = click.Path(file_okay=False, path_type=Path)
_force = click.option("--force", is_flag=True, help="Replace what is there.")


@click.command(epilog="Example: study new my-interviews")
@click.argument("folder", type=_FOLDER)
def new(folder: Path) -> None:
    """Make an empty panel, with a codebook and a guide to fill in."""
    if folder.is_dir() and any(folder.iterdir()):
        raise click.UsageError(f"{printable(folder)} is not empty")
    panels.put(panels.empty(), folder, [], force=False)
    print(printable(f"begin with {folder / 'README.md'}; then: study check {quote(str(folder))}"))


@click.command("import", epilog="Example: study import meeting.vtt --into my-interviews")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--into", "folder", required=True, type=_FOLDER, help="The folder of the panel.")
@click.option("--as", "kind", type=click.Choice([*KINDS]), help="What the files are.")
@_force
def import_(files: tuple[Path, ...], folder: Path, kind: str | None, force: bool) -> None:
    """Make a panel of transcripts, coded projects and tables, and report what came in.

    Say who is who in FOLDER-speakers.csv, and import again with --force: take question marks away
    to accept proposals; role "nobody" is for what is no name; two rows of a name are two persons.
    """
    from rich.progress import track

    from analysis.exchange import importing, people

    shown = track(files, "reading", transient=True, disable=not sys.stdout.isatty())
    materials = read_all(shown, kind or "")
    target = folder.resolve()
    title = printable(target.name).replace("_", " ")
    names, meta_file = target.with_name(f"{target.name}-speakers.csv"), target / META_FILE
    seen = people.read(names.name, names.read_bytes()) if names.is_file() else []
    known = len(seen)
    meta, frames, report = importing.assemble(materials, seen)
    old = meta_file.read_text("utf-8-sig", "replace") if meta_file.is_file() else ""
    old = re.sub(r"(?m)^(coders|interviewers):.*\n(?:[ -].*\n)*", "", f"{old.rstrip()}\n").lstrip()
    report["assumed"].append("panel.yml: kept." if old else "panel.yml: title as the folder.")
    new = {k: v for k, v in {"title": title, **meta}.items() if f"\n{k}:" not in f"\n{old}"}
    made = {f"{name}.csv": _csv(frame, TABLES[name].names) for name, frame in frames.items()}
    made[META_FILE] = (old + (to_yaml(new) if new else "")).encode()
    text = "".join(f"- file {n}: {one.kind}\n" for n, one in enumerate(materials, 1))
    for section, heading in importing.SECTIONS.items():
        lines = [f"- {sentence}\n" for sentence in report[section]]
        text += f"\n## {heading}\n\n{''.join(lines)}" if lines else ""
    for person in sorted(seen, key=lambda one: -len(one.name)):
        if len(person.name) > 2 and person.name in text:
            text = re.sub(rf"(?<!\w){re.escape(person.name)}(?!\w)", person.id or "[name]", text)
    page = re.sub(r"([\\`*<\[{])", r"\\\1", f"# Import\n\n{text}")
    made["import-report.md"] = page.encode("utf-8", "replace")
    panels.put(made, folder, [t.file for t in TABLES.values() if t.name not in _STAY], force)
    if len(seen) > known:
        names.write_bytes(people.written(seen))
    print(*(f"file {n} is {one.file}" for n, one in enumerate(materials, 1)), sep="\n")
    print(*map(printable, text.splitlines()), sep="\n")
    keep = [f"Keep the list of speakers to yourself, and out of git: {names}"] if seen else []
    print(*map(printable, [*keep, f"Next: study check {quote(str(folder))}"]), sep="\n")


@click.command(epilog="Example: study export my-interviews --to refi --into exported")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--to", "kind", required=True, type=click.Choice([*_EXPORTS]), help="What to write.")
@click.option("--into", "target", required=True, type=_FOLDER, help="The folder to write it into.")
@_force
def export(folder: Path, kind: str, target: Path, force: bool) -> None:
    """Write a panel for other programs: REFI-QDA, and tables for Excel, R and SPSS."""
    from analysis.exchange import export as tables
    from analysis.exchange import refi_writing as refi

    if (path := target / _EXPORTS[kind]).exists() and not force:
        raise click.UsageError(f"{printable(path)} is there; --force replaces it")
    try:
        panel = load_panel(folder)
        if kind in tables.KINDS:
            notes = tables.write(panel, kind, target)
        else:
            data, notes = refi.project(panel) if kind == "refi" else (refi.codebook(panel), [])
            target.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    except (PanelError, NotInPanel) as error:
        which = "; `study check` says which" if isinstance(error, PanelError) else ""
        raise ExchangeError(printable(f"{folder}: {str(error).splitlines()[-1]}{which}")) from None
    print(*map(printable, [path, *notes]), sep="\n")
