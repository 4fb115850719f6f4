"""``panel.yml``, what a panel says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from analysis.panel.entries import Entries, to_yaml
from analysis.panel.faults import Faults
from analysis.panel.format import CONSENSUS, FILES, META_FILE


@dataclass(frozen=True)
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
    coding_rules: str = ""
    coding_rules_ru: str = ""

    def as_yaml(self) -> str:
        """The text of ``panel.yml``, its entries in the order of the format."""
        given = asdict(self) | {"coders": list(self.coders)}
        columns = FILES[META_FILE].columns
        return to_yaml({c.name: given[c.name] for c in columns if given[c.name] or not c.optional})


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
    given = {name: entries.content.get(name, "") for name in FILES[META_FILE].names}
    sound = "coders" in entries.content and "coders" not in entries.broken
    return Meta(**given | {"coders": tuple(coders)}), lines if sound else None
