"""``panel.yml``, what a panel says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from analysis.panel.entries import Entries, to_yaml
from analysis.panel.faults import Faults
from analysis.panel.format import CONSENSUS, FILES, META_FILE


@dataclass(frozen=True)
class Meta:
    """The entries of ``panel.yml``; empty text where an entry that may be left out is not there.

    ``coders`` does not hold ``consensus``; ``tasks`` maps each id to its ``name``.
    """

    title: str
    id: str = ""
    title_ru: str = ""
    source: str = "panel"
    statement: str = ""
    statement_ru: str = ""
    authors: tuple[str, ...] = ()
    origin: str = ""
    doi: str = ""
    licence: str = ""
    licence_data: str = ""
    language: str = ""
    collected: str = ""
    mode: str = ""
    order: str = ""
    interviewers: tuple[str, ...] = ()
    tasks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    coders: tuple[str, ...] = ()
    consensus: str = ""
    coding_unit: str = ""
    coding_rules: str = ""
    coding_rules_ru: str = ""
    assumed: tuple[str, ...] = ()

    def as_yaml(self) -> str:
        """The text of ``panel.yml``, its entries in the order of the format."""
        given = {n: list(v) if isinstance(v, tuple) else v for n, v in asdict(self).items()}
        return to_yaml({name: value for name, value in given.items() if value})


def read_meta(data: bytes, faults: Faults) -> tuple[Meta | None, Mapping[str, int] | None]:
    """What ``panel.yml`` says, and the line that names each coder.

    None where the file holds no entries, and where the list of coders is broken; entries that are
    wrong are empty.
    """
    entries = Entries(FILES[META_FILE], data, faults)
    if entries.content is None:
        return None, None
    coders = entries.content.get("coders", [])
    lines = {coder: entries.lines[f"coders {coder}"] for coder in coders}
    if CONSENSUS in coders:
        right = "coders only: consensus, the resolved coding, is not listed"
        entries.wrong("coders", CONSENSUS, right, lines[CONSENSUS])
    given: dict[str, Any] = {
        n: tuple(v) if isinstance(v, list) else v for n, v in entries.content.items() if v
    }
    return Meta(**{"title": "", **given}), None if "coders" in entries.broken else lines
