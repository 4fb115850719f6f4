"""YAML files of a panel, as plain entries: text, lists and mappings of text.

A panel may come from anybody, so anchors, aliases, merge keys and tags are refused, entries come
once, and size and depth are bounded. What is allowed at which place, ``format.yml`` declares.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import yaml

from analysis.panel.cells import problems
from analysis.panel.faults import Faults
from analysis.panel.format import LOADER, LONGEST, Column, Table
from analysis.panel.reading import contents_of, repaired

#: The deepest level of entries in entries, and the most values of a file.
_DEEPEST, _MOST = 12, 20_000


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        """What is there twice is written twice: the format has no aliases."""
        return True


def to_yaml(content: Mapping[str, Any]) -> str:
    """The content as YAML, always in the same form."""
    style: dict[str, Any] = {"allow_unicode": True, "sort_keys": False, "width": 100}
    return str(yaml.dump(dict(content), Dumper=_Dumper, **style))


def _tried(name: str, text: str, parse: Callable[[str], Any], faults: Faults) -> Any:
    """``parse(text)``; None, with a fault, where that is no YAML."""
    line, value = None, "a wrong value"
    try:
        return parse(text)
    except yaml.MarkedYAMLError as error:
        mark: Any = error.problem_mark
        line = mark.line + 1 if mark else None
        value = error.problem or "an error"
    except yaml.reader.ReaderError as error:
        line, value = text[: error.position].count("\n") + 1, error.reason
    except (yaml.YAMLError, RecursionError, ValueError, TypeError, OverflowError):
        pass
    faults.add(name, line, None, value, "valid YAML")
    return None


def _not_plain(text: str) -> tuple[int, str, str] | None:
    """Where YAML is more than plain entries, what is there, and what would be right."""
    depth, longest = 0, LONGEST["text"]
    event: Any
    for number, event in enumerate(yaml.parse(text, Loader=LOADER)):
        line, tag = event.start_mark.line + 1, getattr(event, "tag", None)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            return line, "an anchor or alias", "values written out, without & and *"
        if tag:
            return line, tag, "no tag: nothing that begins with !"
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            return line, "too many levels", f"valid YAML of at most {_DEEPEST} levels"
        if number > _MOST:
            return line, "too many values", f"valid YAML of at most {_MOST:,} values"
        if len(getattr(event, "value", "")) > longest:
            return line, event.value, f"at most {longest:,} characters"
    return None


def _check_once(node: Any, name: str, place: str, faults: Faults) -> None:
    """Note entries that are there twice, and merge keys."""
    found = set()
    for child in node.value if isinstance(node, yaml.CollectionNode) else ():
        if isinstance(child, tuple):
            key, value = child
            entry = key.value if isinstance(key, yaml.ScalarNode) else "(a list)"
            line, path = key.start_mark.line + 1, f"{place} {entry}".strip()
            if entry == "<<":
                faults.add(name, line, place or None, entry, "entries written out, without <<")
            elif entry in found:
                faults.add(name, line, path, None, "each entry once")
            found.add(entry)
            _check_once(value, name, path, faults)
        else:
            _check_once(child, name, place, faults)


def _nodes(name: str, data: bytes, faults: Faults) -> Any:
    """The root of a YAML file; None where it is empty or, with faults, not plain."""
    text = repaired(data, name, faults).decode("utf-8")
    before = faults.count
    wrong = _tried(name, text, _not_plain, faults)
    if wrong:
        faults.add(name, wrong[0], None, *wrong[1:])
    if faults.count > before:
        return None
    root = _tried(name, text, lambda t: yaml.compose(t, Loader=LOADER), faults)
    _check_once(root, name, "", faults)
    return root if faults.count == before else None


class Entries:
    """The entries of a YAML file, as they are declared, and what is wrong with each.

    ``content`` holds what is right; ``named`` every id that refers to a table, with its line, entry
    and column; ``lines`` where the value of an entry begins; ``broken`` the entries with a fault.
    """

    def __init__(self, table: Table, data: bytes, faults: Faults) -> None:
        self.table, self.faults = table, faults
        self.named: list[tuple[int, str, str, Column]] = []
        self.lines: dict[str, int] = {}
        self.broken: set[str] = set()
        self.content: Any = None
        before = faults.count
        root = _nodes(table.file, data, faults)
        if root is None:  # nothing but comments
            self.content = {} if table.optional and table.columns else None
        elif table.columns:
            self.content = self._read(root, "", "")
        else:  # any entries, with numbers and dates as what they are
            made = LOADER("").construct_document
            self.content = _tried(table.file, "", lambda _: made(root), faults)
        if faults.count == before and not isinstance(self.content, dict):
            faults.add(table.file, None, None, None, contents_of(table))

    def wrong(self, entry: str, value: object, expected: str, line: int | None = None) -> None:
        """Note a fault of an entry."""
        self.broken.add(entry)
        place = line or self.lines.get(entry)
        self.faults.add(self.table.file, place, entry or None, value, expected)

    def _read(self, node: Any, entry: str, declared: str) -> Any:
        """The value of a node; ``declared`` is how the declaration names its entry."""
        self.lines[entry] = node.start_mark.line + 1
        column = self.table.column(declared)
        if column:
            read = self._list if column.kind in {"list", "names"} else self._text
            return read(node, entry, column)
        start = f"{declared}." if declared else ""
        names = [n.removeprefix(start) for n in self.table.names if n.startswith(start)]
        parts = dict.fromkeys(name.partition(".")[0] for name in names)
        if "<n>" in parts:
            children = self._elements(node, entry, f"a list of {entry}")
            return [self._read(n, f"{entry} {i}", f"{start}<n>") for i, n in enumerate(children, 1)]
        only = "entries by name" if "<id>" in parts else f"only the entries {', '.join(parts)}"
        found: dict[str, Any] = {}
        if not isinstance(node, yaml.MappingNode):
            self.wrong(entry, _kind_of(node), only)
            return found
        for key, child in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else "(a list)"
            part = "<id>" if "<id>" in parts else name
            if part in parts and name:
                found[name] = self._read(child, f"{entry} {name}".strip(), start + part)
            else:
                self.wrong(entry, name, only, key.start_mark.line + 1)
        for part in parts:
            column = self.table.column(start + part)
            if column and not column.optional and part not in found:
                line = self.lines[entry] if entry else None
                right = f"an entry {part}: {column.expected}"
                self.faults.add(self.table.file, line, f"{entry} {part}".strip(), None, right)
        return found

    def _elements(self, node: Any, entry: str, expected: str) -> list[Any]:
        if isinstance(node, yaml.SequenceNode):
            return list(node.value)
        self.wrong(entry, _kind_of(node), expected)
        return []

    def _text(self, node: Any, entry: str, column: Column) -> str:
        """One text; empty where it is wrong."""
        line = node.start_mark.line + 1
        if not isinstance(node, yaml.ScalarNode):
            self.wrong(entry, "a list", column.expected, line)
            return ""
        value = str(node.value).strip()
        if not node.style and value in {"~", "null"}:
            value = ""
        right = list(problems(column, value))
        for expected in right:
            self.wrong(entry, value, expected, line)
        if column.refers and value and not right:
            self.named.append((line, entry, value, column))
        return "" if right else value

    def _list(self, node: Any, entry: str, column: Column) -> list[str]:
        """A list of ids or names, each once."""
        kind = "id" if column.kind == "list" else "name"
        one = Column(column.name, kind, "", refers=column.refers)
        such = f", such as {column.example}" if column.example else ""
        found: dict[str, None] = {}
        for child in self._elements(node, entry, column.expected + such):
            value, line = self._text(child, entry, one), child.start_mark.line + 1
            if value in found:
                self.wrong(entry, value, f"each {kind} once", line)
            elif value:
                found[value] = None
                self.lines[f"{entry} {value}"] = line
        return [*found]


def _kind_of(node: Any) -> str:
    """What stands where something else should."""
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    return "a list" if isinstance(node, yaml.SequenceNode) else "entries"
