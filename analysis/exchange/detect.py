"""What kind of file this is, told by its content, and its content."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

from analysis.decoding import encoding_of
from analysis.exchange.archives import checked
from analysis.exchange.material import ExchangeError, Material
from analysis.panel.faults import printable

_TABLES = ("table", "matrix", "codings", "double", "segments", "ratings", "ratings-list")
#: The kinds of files that can be taken in, and what reads each.
KINDS = {
    **{kind: f"transcripts.{kind}" for kind in ("vtt", "srt", "otter", "text", "docx")},
    "zoom-chat": "meetings.zoom_chat",
    "participants": "meetings.participants",
    **dict.fromkeys(("refi", "codebook"), "refi.project"),
    **{kind: f"databases.{kind}" for kind in ("qualcoder", "taguette")},
    **dict.fromkeys(_TABLES, "matrices.read"),
}
#: The largest file that is read, in bytes; and how much of it tells what it is.
LARGEST, SAMPLE = 200_000_000, 100_000
_TIME = r"(?:\d{1,2}:)?\d{1,2}:\d\d"
_TEXTS = {
    "srt": rf"^{_TIME},\d{{3}}[ \t]+-->",
    "vtt": rf"\AWEBVTT|^{_TIME}\.\d{{3}}[ \t]+-->",
    "codebook": r"\A\s*(?=<)(?s:.{,9999}?)<(?:\w+:)?CodeBook\b",
    "refi": r"\A\s*(?=<)(?s:.{,9999}?)<(?:\w+:)?Project\b",
    "participants": r"Name \(Original Name\)|Имя \(настоящее имя\)|^.{0,300}\bJoin Time\b",
    "zoom-chat": r"^(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d(?:\t[^\t\n]+:\t|\s+From )",
    "otter": rf"^\S[^\n]{{0,60}}?(?:  |\t)[ \t]*{_TIME}[ \t]*$",
}
_LABEL = re.compile(rf"^[ \t]*(?:[\[(]?{_TIME}[\])]?[ \t]+)?[^\W\d][^\n:]{{0,60}}:(?=\s)", re.M)


def read_all(paths: Iterable[Path], kind: str = "") -> list[Material]:
    """What these files hold; :class:`ExchangeError` names the first that cannot be taken in."""
    materials = list[Material]()
    for path in paths:
        found = read(path, kind)
        if found.file in (one.file for one in materials):  # from another folder
            found.file += f" ({len(materials) + 1})"
        materials.append(found)
    return materials


def read(path: Path, kind: str = "") -> Material:
    """What a file holds; :class:`ExchangeError` says why it cannot be taken in."""
    name = printable(path.absolute().name).replace("; ", ", ")  # as it parts names in the list
    path = path / "data.qda" if path.is_dir() else path  # a project of QualCoder is a folder
    if not path.is_file():
        raise ExchangeError(f"{name}: no such file")
    if (size := path.stat().st_size) > LARGEST:
        raise ExchangeError(f"{name}: {size / 1e6:,.0f} MB; at most {LARGEST // 10**6} MB are read")
    data = path.read_bytes()
    module, _, function = KINDS[kind or kind_of(Path(name), data)].partition(".")
    reader = getattr(import_module(f"analysis.exchange.{module}"), function)
    material: Material = reader(name, data, *([kind] if kind in _TABLES[1:] else []))
    if not (material.came or material.left):
        raise ExchangeError(f"{name}: nothing in it that a panel holds")
    return material


def kind_of(path: Path, data: bytes) -> str:
    """One of :data:`KINDS`; raises :class:`ExchangeError` where it is none of them."""
    found = ""
    if data.startswith(b"PK"):
        with checked(data, path.name) as archive:
            names = " ".join(archive.namelist()).lower() + " "
        ends = {"refi": ".qde ", "docx": "word/document.xml ", "table": "xl/workbook.xml "}
        found = next((kind for kind, end in ends.items() if end in names), "")
    elif data.startswith(b"SQLite format 3\0"):
        found = "qualcoder" if b"code_text" in data else "taguette" if b"highlight" in data else ""
    else:
        text = data[:SAMPLE].decode(encoding_of(data[:SAMPLE]), "replace")
        found = _of_text(text.replace("\r\n", "\n"), path.suffix.lower())
    if not found:
        raise ExchangeError(f"{path.name}: of no known kind; --as takes {', '.join(KINDS)}")
    return found


def _of_text(text: str, suffix: str) -> str:
    """The kind of a file of text, or nothing."""
    if found := next((kind for kind, form in _TEXTS.items() if re.search(form, text, re.M)), ""):
        return found
    lines = [line for line in text.splitlines() if line.strip() and "\0" not in line]
    labels, table = len(_LABEL.findall(text)), suffix in {".csv", ".tsv"}
    for mark in ";\t," if table or 2 * labels < len(lines) else "":
        widths = [len(row) for row in csv.reader(lines[:50], delimiter=mark)]
        if widths[:1] > [1] and (table or {*widths[:-1]} == {*widths[:1]}):
            return "table"
    return "text" if labels else ""
