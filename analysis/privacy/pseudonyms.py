"""Replacing names and contacts in the folder of a panel before it is coded, and the key to it."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import chain, count, repeat
from pathlib import Path
from typing import NamedTuple

import yaml

from analysis.panel.faults import Faults
from analysis.panel.format import FILES, LOADER
from analysis.panel.reading import repaired
from analysis.panel.writing import in_place_of
from analysis.privacy import contacts
from analysis.privacy.folding import fold, folded
from analysis.privacy.names import Index
from analysis.words import noun

#: Where a panel says how often something was replaced in which of its files.
LOG = "pseudonyms.md"
_TEXT = (".csv", ".yml", ".yaml", ".md", ".txt", ".json", ".vtt", ".srt", ".html", ".xml", ".tsv")


class PrivacyError(ValueError):
    """Something stands in the way; the message is one line."""


class Entry(NamedTuple):
    """A row of the key; ``kind`` is "speaker", "listed" or that of a contact."""

    original: str
    replacement: str
    kind: str


def _text(path: Path) -> str:
    return repaired(path.read_bytes(), path.name, Faults()).decode("utf-8")


def _rows(text: str) -> tuple[list[list[str]], str]:
    mark = max(",;\t", key=text.partition("\n")[0].count)
    limit = csv.field_size_limit(len(text) + 1)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))
    csv.field_size_limit(limit)
    return rows, mark


def _columns(path: Path, *names: str) -> list[list[str]]:
    header, *rows = _rows(_text(path))[0] or [[]]
    places = [header.index(name) for name in names if name in header]
    if len(places) < len(names):
        raise PrivacyError(f"{path.name}: expected the columns {', '.join(names)}")
    return [[(row[p] if p < len(row) else "").strip() for p in places] for row in rows]


def read_key(path: Path) -> Counter[Entry]:
    """The entries of a key, and how often each was replaced."""
    rows = _columns(path, *Entry._fields, "count")
    return Counter({Entry(*row[:3]): int(row[3]) if row[3].isdecimal() else 0 for row in rows})


def _add_people(key: Counter[Entry], speakers: Path, listed: Path | None) -> None:
    named = _columns(speakers, "name", "id") if speakers.is_file() else []
    people = [(name, expert, "speaker") for name, expert in named]
    known = Replacer([*key, *(Entry(*person) for person in people)]).index
    for row in _rows(_text(listed))[0] if listed else ():
        name, given = (cell.strip(" []") for cell in [*row, "", ""][:2])
        there = known.find(folded(name))
        # "Петрова" on the list is the speaker Анна Петрова
        if given or not there or there[0][:2] != (0, len(folded(name))):
            people.append((name, given, "listed"))
    for name, given, kind in people:
        same = {e.replacement for e in key if folded(e.original).lower() == folded(name).lower()}
        if name and (not same or (given and f"[{given}]" not in same)):
            used = {entry.replacement for entry in key}
            free = next(n for n in count(1) if f"[person {n}]" not in used)
            key[Entry(name, f"[{given or f'person {free}'}]", kind)] = 0


class Replacer:
    """Replaces names and contacts in texts and files; ``counts`` them by place and entry."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.names = [entry for entry in entries if entry.kind in {"speaker", "listed"}]
        self.index = Index((name.original, name.kind == "speaker") for name in self.names)
        self.counts: Counter[tuple[str, Entry]] = Counter()
        self.ids: dict[str, dict[str, str]] = defaultdict(dict)  # by column: old and new
        self.place = ""
        labels = "|".join(re.escape(folded(entry.replacement[1:-1])) for entry in self.names)
        self._done = re.compile(rf"\[(?:{labels})(?: or (?:{labels}))*\]")

    def text(self, text: str, links: bool = True) -> str:
        """The text with a replacement in brackets for each contact and name."""
        pieces, done = [], 0
        for kind, start, end in contacts.find(text):
            if links or kind != "link":
                entry = Entry(" ".join(text[start:end].split()), f"[{kind}]", kind)
                self.counts[self.place, entry] += 1
                pieces += [text[done:start], entry.replacement]
                done = end
        fresh = self.named("".join([*pieces, text[done:]]))
        # a phone that a name touched can be seen now
        return fresh if fresh == text else self.text(fresh, links)

    def named(self, text: str, is_id: bool = False) -> str:
        """The text with a replacement for each name; ``ivanov-1``, an id, becomes ``e03-1``."""
        whole, places = fold(text)
        whole = self._done.sub(lambda done: "\0" * len(done[0]), whole)
        pieces, done = [], 0
        for start, end, people in self.index.find(whole):
            entries = [self.names[person] for person in people]
            self.counts.update((self.place, entry) for entry in entries)
            label = " or ".join(sorted({entry.replacement[1:-1] for entry in entries}))
            slug = re.sub("[^a-z0-9]+", "-", label.lower()).strip("-") or "name"
            pieces += [text[done : places[start]], slug if is_id else f"[{label}]"]
            done = places[end]
        return "".join([*pieces, text[done:]])

    def file(self, name: str, text: str) -> str:
        """The text of a file, read as what its name says, with all replaced."""
        self.place = name
        if name.endswith(".csv"):
            return self._table(name, text)
        return self._yaml(name, text) if name.endswith((".yml", ".yaml")) else self.text(text)

    def _table(self, name: str, text: str) -> str:
        rows, mark = _rows(text)
        kinds = {c.name: c.kind for c in FILES[name].columns} if name in FILES else {}
        fresh = [[t if t in kinds else self.text(t) for t in titles] for titles in rows[:1]]
        for row in rows[1:]:
            fresh.append([])
            for cell, title in zip(row, chain(fresh[0], repeat("")), strict=False):
                kind, self.place = kinds.get(title, "text"), f"{name}, {title}"
                if kind == "id":
                    cell = self.ids[title].setdefault(cell, self.named(cell, is_id=True))
                fresh[-1].append(self.text(cell) if kind in {"text", "name"} else cell)
        written = io.StringIO(newline="")
        csv.writer(written, delimiter=mark, lineterminator="\n").writerows(fresh)
        return text if fresh == rows else written.getvalue()

    def _yaml(self, name: str, text: str) -> str:
        """YAML with its comments; links stay, for they say where a panel comes from."""
        pieces, done = [], 0
        try:
            tokens = list(yaml.scan(text, Loader=LOADER))
        except yaml.YAMLError:
            raise PrivacyError(f"{name}: expected valid YAML; `study check` says where") from None
        for token in tokens:
            if isinstance(token, yaml.ScalarToken):
                start, end = token.start_mark.index, token.end_mark.index
                is_id = re.fullmatch("[a-z0-9_-]+", token.value)
                new = self.named(token.value, True) if is_id else self.text(token.value, False)
                shown = json.dumps(new, ensure_ascii=False) + "\n" * (token.style in ("|", ">"))
                shown = text[start:end] if new == token.value else shown
                pieces += [self.text(text[done:start], links=False), shown]
                done = end
        return "".join([*pieces, self.text(text[done:], links=False)])


def pseudonymise(
    folder: Path, key: Path, names: Path | None, into: Path | None, dry_run: bool, force: bool
) -> tuple[Counter[Entry], list[str]]:
    """Replace names and contacts in all text of a panel's folder, or of a copy of it.

    The names are those of ``FOLDER-speakers.csv`` beside the folder, of the list ``names`` (one a
    line, with the replacement after a comma if the user has one), and of the key. The key is
    extended; ``force`` begins a new one. The folder is whole, as it was or with all replaced.
    Returns the key, and lines on what was replaced where; a PrivacyError says what is in the way.
    """
    folder, key, target = folder.resolve(), key.resolve(), (into or folder).resolve()
    speakers = folder.with_name(f"{folder.name}-speakers.csv")
    if not any((folder / name).is_file() for name in FILES):
        raise PrivacyError(f"{folder}: expected the folder of a panel")
    if into and (target.is_relative_to(folder) or (target.exists() and any(target.iterdir()))):
        raise PrivacyError(f"{into}: expected a new folder, outside that of the panel")
    published = (p in {folder, target} or (p / ".git").exists() for p in key.parents)
    if not key.parent.is_dir() or any(published):
        raise PrivacyError(f"{key}: the key names people; it needs a folder outside panel and git")
    entries = read_key(key) if key.exists() and not force else Counter[Entry]()
    _add_people(entries, speakers, names)
    replacer = Replacer(entries)
    for entry in replacer.names:
        if replacer.index.find(folded(entry.replacement)):
            raise PrivacyError(f"the replacement {entry.replacement} names somebody itself")
    notes = [] if speakers.is_file() else [f"there is no {speakers.name}: no speaker is known"]
    files: dict[Path, tuple[str, str | None]] = {}  # by source: the new name; the text, if changed
    for source in sorted(folder.rglob("*")):
        if not (source.is_file() or source.is_symlink()):
            continue
        name = os.fsencode(source.relative_to(folder)).decode("utf-8", "surrogateescape")
        replacer.place = "names of files"
        new = name if name in FILES else replacer.named(name, is_id=True)
        place = replacer.ids["names of files"].setdefault(name, new)
        files[source] = place, None
        if source.is_symlink() or source.suffix.lower() not in _TEXT or source.stat().st_size > 5e8:
            notes.append(f"{place}: not searched")
        elif (new := replacer.file(place, text := _text(source))) != text:
            files[source] = place, new
    for column, ids in replacer.ids.items():
        if twice := [new for new, number in Counter(ids.values()).items() if number > 1]:
            raise PrivacyError(f"{column}: two ids would become {twice[0]}; rename one of them")
    counts: Counter[tuple[str, str]] = Counter()
    for (where, entry), number in replacer.counts.items():
        entries[entry] += number
        counts[where, "name" if entry in replacer.names else entry.kind] += number
    lines = [f"{where}: {noun(number, kind)}" for (where, kind), number in counts.items()]
    if lines:
        log = _text(folder / LOG) if (folder / LOG).is_file() else "# What was replaced\n"
        files[folder / LOG] = LOG, log + "\n" + "".join(f"- {line}\n" for line in lines)
    if not dry_run:
        handle, fresh = tempfile.mkstemp(dir=key.parent, prefix=".key.")  # nobody else may read it
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            rows = ([*entry, number] for entry, number in entries.items())
            csv.writer(file, lineterminator="\n").writerows([[*Entry._fields, "count"], *rows])
        os.replace(fresh, key)
    if (into or lines) and not dry_run:
        with in_place_of(target) as new_folder:
            for source, (place, changed) in files.items():
                path = new_folder / os.fsdecode(place.encode("utf-8", "surrogateescape"))
                path.parent.mkdir(parents=True, exist_ok=True)
                if changed is None:
                    shutil.copy2(source, path, follow_symlinks=False)
                else:
                    path.write_text(changed, encoding="utf-8", newline="")
    return entries, lines + notes
