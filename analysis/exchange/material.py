"""What one file holds, before it becomes part of a panel."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from analysis.decoding import encoding_of
from analysis.panel.format import LOADER
from analysis.words import noun

#: The tables of a :class:`Material` and their columns; text, and empty where nothing is known.
COLUMNS = {
    "turns": "turn session speaker start end text",
    "speakers": "speaker kind",
    "codes": "code parent name definition",
    "codings": "turn expert code coder stance",
    "items": "item text lowest highest",
    "ratings": "expert item value round",
}
#: What no text of a panel holds.
CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069]")
#: Larger is no transcript and no table, in bytes.
LARGEST = 50_000_000
#: What a report may say, by list and name; and words by which tables and names are known.
SENTENCES, WORDS = (
    yaml.load(Path(__file__).with_name(name).read_text(encoding="utf-8"), LOADER)
    for name in ("report.yml", "words.yml")
)


class ExchangeError(ValueError):
    """A file cannot be taken in; the message is one line: file, place, what is wrong and right."""


def table(name: str, rows: Any = ()) -> pd.DataFrame:
    """A frame with the columns of this table, all of type object."""
    return pd.DataFrame(rows, columns=COLUMNS[name].split(), dtype=object).fillna("")


@dataclass
class Material:
    """What one file holds.

    ``turns``: a row an utterance, in order: ``turn`` is unique in the file, ``session`` the source
    or document in it (empty: the file), ``speaker`` the name as it stands there (empty: unknown),
    ``start`` and ``end`` seconds. ``speakers``: who is named without speaking too, and their kind.
    ``codes``: ``code`` is a key unique in the file, ``parent`` the key of another or empty.
    ``codings``: of a ``turn``, or of an ``expert`` by name where there is no text; ``stance`` is
    "raises", "opposes" or empty. ``ratings``: ``expert`` by name, ``item`` a key of ``items``.

    ``came`` says what came in, ``left`` what did not and why, ``assumed`` what was taken for
    granted, ``asked`` what the user has to decide; sentences, without anything that somebody said.
    ``cut`` counts the codings that cut a word, ``bounded`` those that have bounds in a text.
    """

    file: str
    kind: str
    turns: pd.DataFrame = field(default_factory=lambda: table("turns"))
    speakers: pd.DataFrame = field(default_factory=lambda: table("speakers"))
    codes: pd.DataFrame = field(default_factory=lambda: table("codes"))
    codings: pd.DataFrame = field(default_factory=lambda: table("codings"))
    items: pd.DataFrame = field(default_factory=lambda: table("items"))
    ratings: pd.DataFrame = field(default_factory=lambda: table("ratings"))
    came: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    cut: int = 0
    bounded: int = 0

    def tell(self, **values: float | str) -> None:
        """Say each sentence of ``report.yml`` whose name has a count above 0, or a text, here."""
        told = {k: v if isinstance(v, str) else _Count(v) for k, v in values.items()}
        for section, sentences in SENTENCES.items():
            notes: list[str] = getattr(self, section)
            notes += [text.format_map(told) for name, text in sentences.items() if told.get(name)]

    def decoded(self, data: bytes, largest: int = LARGEST) -> str:
        """The text of a file; tells of its encoding, and of what cannot be read (\ufffd).

        :class:`ExchangeError` if it is too large, or no text.
        """
        if len(data) > largest:
            raise ExchangeError(f"{self.file}: more than {largest // 10**6} MB; not read")
        encoding = encoding_of(data)
        text = CONTROL.sub("\ufffd", data.decode(encoding, "replace"))
        if 5 * (broken := text.count("\ufffd")) > len(text):
            raise ExchangeError(f"{self.file}: no text that can be read; save it as UTF-8")
        self.tell(broken=broken, encoding="" if encoding == "utf-8-sig" else encoding)
        return text


class _Count(int):
    def __format__(self, what: str) -> str:
        return noun(self, what) if what else str(int(self))
