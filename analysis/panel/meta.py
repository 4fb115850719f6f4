"""``panel.yml``, what a panel says of itself, and ``truth.yml``, what it was built to contain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from analysis.panel.cells import cell_checks
from analysis.panel.columns import Column
from analysis.panel.encodings import repaired
from analysis.panel.faults import Faults
from analysis.panel.format import CONSENSUS, META, META_FILE, PLAN_FILE, TRUTH_FILE
from analysis.panel.reading import read_bytes

#: The largest files that are read, in bytes: YAML takes long to parse.
_LARGEST = {META_FILE: 200_000, PLAN_FILE: 200_000, TRUTH_FILE: 2_000_000}
_ENTRIES = f"the entries {', '.join(c.name for c in META)}"


@dataclass(frozen=True, slots=True)
class Meta:
    """The entries of ``panel.yml``; empty text where an entry that may be left out is not there.

    ``coders`` does not hold ``consensus``.
    """

    id: str
    title: str
    source: str
    statement: str
    language: str
    collected: str
    mode: str
    coders: tuple[str, ...]
    coding_unit: str
    licence: str
    title_ru: str = ""
    statement_ru: str = ""

    def as_yaml(self) -> str:
        """The text of ``panel.yml``, its entries in the order of the format."""
        given = {f.name: getattr(self, f.name) for f in fields(self)}
        given["coders"] = list(self.coders)
        return to_yaml({c.name: given[c.name] for c in META if c.required or given[c.name]})


def to_yaml(content: Mapping[str, Any]) -> str:
    """The content as YAML, always in the same form."""
    import yaml

    return str(yaml.safe_dump(dict(content), allow_unicode=True, sort_keys=False, width=100))


def yaml_text(path: Path, faults: Faults, what: str) -> str | None:
    """The text of a YAML file; None, with a fault, where it cannot be read."""
    data = read_bytes(path, faults, what)
    if data is None:
        return None
    limit = _LARGEST[path.name]
    if len(data) > limit:
        size = f"{len(data):,} bytes"
        faults.add(path.name, None, None, size, f"{what}: a file of at most {limit:,} bytes")
        return None
    return repaired(data, path.name, faults).decode("utf-8")


def parsed(name: str, text: str, parse: Callable[[str], Any], faults: Faults) -> Any:
    """``parse(text)``; None, with a fault, where the text is no YAML."""
    import yaml

    try:
        return parse(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        position = getattr(error, "position", None)
        line = mark.line + 1 if mark else None
        if line is None and isinstance(position, int):
            line = text[:position].count("\n") + 1
        problem = getattr(error, "problem", None) or getattr(error, "reason", None)
        faults.add(name, line, None, problem or "an error", "valid YAML")
    except (RecursionError, ValueError, TypeError, OverflowError) as error:
        reason = "too many levels" if isinstance(error, RecursionError) else "a wrong value"
        faults.add(name, None, None, reason, "valid YAML")
    return None


def read_meta(folder: Path, faults: Faults) -> tuple[Meta | None, dict[str, int] | None]:
    """What ``panel.yml`` says, and the line that names each coder.

    None where the file is no list of entries, and where the list of coders is broken; entries that
    are wrong are kept as they are.
    """
    text = yaml_text(folder / META_FILE, faults, _ENTRIES)
    return (None, None) if text is None else parse_meta(text, faults)


def parse_meta(text: str, faults: Faults) -> tuple[Meta | None, dict[str, int] | None]:
    """:func:`read_meta` for the text of the file."""
    import yaml

    before = faults.count
    root = parsed(META_FILE, text, lambda t: yaml.compose(t, Loader=yaml.BaseLoader), faults)
    if not isinstance(root, yaml.MappingNode):
        if faults.count == before:
            faults.add(META_FILE, None, None, None, _ENTRIES)
        return None, None
    columns = {c.name: c for c in META}
    values: dict[str, Any] = {}
    lines: dict[str, int] | None = None
    for key, node in root.value:
        line = key.start_mark.line + 1
        name = key.value if isinstance(key, yaml.ScalarNode) else "(a list)"
        if name not in columns:
            faults.add(META_FILE, line, None, name, f"only {_ENTRIES}")
        elif name in values:
            faults.add(META_FILE, line, name, None, "each entry once")
        elif columns[name].kind == "list":
            lines = _coders(node, line, name, faults)
            values[name] = tuple(lines or ())
        else:
            values[name] = _scalar(node, line, columns[name], faults)
    for name, column in columns.items():
        if column.required and name not in values:
            faults.add(META_FILE, None, name, None, f"an entry {name}: {column.expected}")
    values = {name: values.get(name, () if name == "coders" else "") for name in columns}
    return Meta(**values), lines


def _scalar(node: Any, line: int, column: Column, faults: Faults) -> str:
    import yaml

    if not isinstance(node, yaml.ScalarNode):
        faults.add(META_FILE, line, column.name, "a list", column.expected)
        return ""
    value = str(node.value).strip()
    if node.style is None and value in {"~", "null"}:
        value = ""
    for check in cell_checks(column):
        if not check.test([value])[0]:
            faults.add(META_FILE, line, column.name, value, check.expected)
            if check.alone:
                break
    return value


def _coders(node: Any, line: int, name: str, faults: Faults) -> dict[str, int] | None:
    """The line of each coder; None, with faults, where the list is broken."""
    import yaml

    if not isinstance(node, yaml.SequenceNode):
        seen = node.value if isinstance(node, yaml.ScalarNode) else "entries"
        faults.add(META_FILE, line, name, seen, "a list of ids, such as [ada, boris]")
        return None
    before = faults.count
    lines: dict[str, int] = {}
    column = Column(name, "id", "")
    for item in node.value:
        place = item.start_mark.line + 1
        value = _scalar(item, place, column, faults)
        if value == CONSENSUS:
            right = "coders only: consensus, the resolved coding, is not listed"
            faults.add(META_FILE, place, name, value, right)
        elif value in lines:
            faults.add(META_FILE, place, name, value, "each coder once")
        elif value:
            lines[value] = place
    return lines if faults.count == before else None


def read_truth(folder: Path, faults: Faults) -> Mapping[str, Any] | None:
    """What ``truth.yml`` holds; None without the file, or, with a fault, where it is broken."""
    import yaml

    if not (folder / TRUTH_FILE).exists():
        return None
    what = "what the panel was built to contain, by name"
    text = yaml_text(folder / TRUTH_FILE, faults, what)
    if text is None:
        return None
    before = faults.count
    truth = parsed(TRUTH_FILE, text, yaml.safe_load, faults)
    if isinstance(truth, dict):
        return truth
    if faults.count == before:
        faults.add(TRUTH_FILE, None, None, None, what)
    return None
