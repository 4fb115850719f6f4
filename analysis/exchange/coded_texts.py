"""Texts with codings at positions, as coded projects hold them: turns, and the codes of each."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from analysis.exchange.material import CONTROL, ExchangeError, Material, table
from analysis.exchange.transcripts import ENDS, LONGEST, PIECE, split_turns
from analysis.words import whole

#: How tools count positions: an emoji as one or as two; Taguette counts bytes of UTF-8.
UNITS = ("point", "utf-16")
#: Code points from which on one takes one more unit.
WIDER: dict[str, list[int]] = {"point": [], "utf-16": [0x10000], "byte": [0x80, 0x800, 0x10000]}
#: Of a coding that runs over more turns than the first number, only the first are compared.
LONGEST_SPAN, MOST_TURNS = 50, 400_000
_LINE = re.compile("\\S[^\r\n\x0b\x0c\x85\u2028\u2029]*")

Numbers = NDArray[np.int64]


@dataclass
class Source:
    """A text and what lies on it, at positions as the file counts them.

    ``codings``: start, end, code, coder, stance; ``spans``: start, end, who speaks there;
    ``speaker``: who speaks in all of it; ``keys``: of the turns, where the spans are these.
    """

    name: str
    text: str
    codings: list[tuple[int, int, str, str, str]] = field(default_factory=list)
    spans: list[tuple[int, int, str]] = field(default_factory=list)
    speaker: str = ""
    keys: list[str] = field(default_factory=list)


def _indexes(text: str, positions: Numbers, unit: str) -> tuple[Numbers, NDArray[np.bool_]]:
    """The code points at positions, and which positions lie inside a word or nowhere."""
    points = np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)
    widths = np.ones(len(points), np.int8)
    for limit in WIDER[unit]:
        widths += points >= limit
    if unit == "byte":
        widths -= points == 13  # put in between the paragraphs of HTML
    starts = np.append(0, np.cumsum(widths, dtype=np.int64))
    at = np.minimum(np.searchsorted(starts, positions), len(points))
    letters = np.zeros(sys.maxunicode + 1, bool)
    letters[[ord(char) for char in {*text, "a"} if re.match(r"\w", char)]] = True
    inside = np.pad(letters[points], 1)
    return at, (starts[at] != positions) | (inside[at] & inside[at + 1])


def _bounds(
    found: Material, sources: Sequence[Source], units: Sequence[str]
) -> list[tuple[Numbers, NDArray[np.bool_]]]:
    """Of each source the bounds of codings, then of spans, as code points, and which are wrong.

    Positions count in the way with which the fewest codings have a wrong bound, or the first.
    """
    tried = []
    wide = any(re.search("[\U00010000-\U0010ffff]", source.text) for source in sources)
    for unit in units if wide else units[:1]:
        places = []
        for source in sources:
            bounds = [one[:2] for one in source.codings] + [one[:2] for one in source.spans]
            pairs = np.array(bounds, np.int64).reshape(-1, 2)
            pairs[pairs.min(axis=1) < 0] = 0
            places.append(_indexes(source.text, pairs, unit))
        tried.append((sum(int(wrong.any(axis=1).sum()) for _, wrong in places), places))
    cut, places = min(tried, key=lambda way: way[0])
    if cut < tried[0][0]:
        found.tell(wide=whole(tried[0][0]), so=cut)
    return places


def _turns(source: Source, spans: Numbers, met: Counter[str]) -> Iterator[tuple[str, int, int]]:
    """Speaker, start and end of each turn; in a text without labels a line is one."""
    text, turns = source.text, split_turns(source.text)
    labels = sum(1 for speaker, *_ in turns if speaker)
    lines = [(m.start(), m.start() + len(m[0].rstrip())) for m in _LINE.finditer(text)]
    if 20 * labels < len(lines):
        met["few"] += labels > 0
        speakers = [source.speaker] * len(lines)
        if len(spans):
            order = np.argsort(spans[:, 0], kind="stable")
            middle = np.array(lines, np.int64).reshape(-1, 2).sum(axis=1) // 2
            before = np.searchsorted(spans[order, 0], middle, side="right") - 1
            covered = (before >= 0) & (spans[order[before], 1] > middle)
            for line in np.flatnonzero(covered).tolist():
                speakers[line] = source.spans[order[before[line]]][2]
        turns = [(who, *line) for who, line in zip(speakers, lines, strict=True)]
    for speaker, start, end in turns:
        met["empty"] += start == end
        met["parted"] += end - start > LONGEST
        for piece in PIECE.finditer(text[start:end]):
            yield speaker, start + piece.start(), start + piece.end()


def _placed(starts: Numbers, ends: Numbers, at: Numbers, met: Counter[str]) -> Numbers:
    """Of each coding the turn that it overlaps most, of equal ones the first."""
    low, high = at.T
    first: Numbers = np.minimum(np.searchsorted(ends, low), len(ends) - 1)
    after = np.minimum(np.searchsorted(starts, high, side="right"), first + LONGEST_SPAN)
    found, most, times = first.copy(), np.full(len(at), -np.inf), np.zeros(len(at), int)
    for turn in (first + n for n in range(max(after - first, default=0))):
        here = np.minimum(turn, len(ends) - 1)
        size = np.minimum(ends[here], high) - np.maximum(starts[here], low)
        more = (turn < after) & (size > most)
        found[more], most[more] = here[more], size[more]
        times += (turn < after) & (size > 0)
    met["beside"] += int((most < 0).sum())
    met["several"] += int((times > 1).sum())
    return found


def add_sources(found: Material, sources: Sequence[Source], units: Sequence[str] = UNITS) -> None:
    """Put the turns of texts and their codings into ``found``; ``units``: how positions count."""
    turns, rows = list[tuple[object, ...]](), list[tuple[object, ...]]()
    met, names = Counter[str](), Counter[str]()
    for source, (at, wrong) in zip(sources, _bounds(found, sources, units), strict=True):
        name = source.name
        while names[name]:
            names[source.name] += 1
            name = f"{source.name} ({names[source.name]})"
        names[name] += 1
        bounds, spans = np.split(at, [len(source.codings)])
        said = [(span[2], *place) for span, place in zip(source.spans, spans.tolist(), strict=True)]
        if not (keys := source.keys):
            said = list(_turns(source, spans, met))
            if len(turns) + len(said) > MOST_TURNS:
                raise ExchangeError(f"{found.file}: more than {MOST_TURNS:,} lines; not read")
            keys = [f"t{len(turns) + number}" for number in range(1, len(said) + 1)]
        for key, (speaker, start, end) in zip(keys, said, strict=True):
            text = source.text[start:end]
            if not text.isprintable():
                text, times = CONTROL.subn("\ufffd", ENDS.sub("\n", text))
                met["odd"] += times
            turns.append((key, name, speaker, "", "", text))
            met["nameless"] += not speaker
        somewhere = bool(said) & ((bounds[:, 0] < bounds[:, 1]) | bool(source.keys))
        met["nowhere"] += int((~somewhere).sum())
        found.bounded += int(somewhere.sum())
        found.cut += int((wrong[: len(bounds)].any(axis=1) & somewhere).sum())
        if somewhere.any():
            starts, ends = (np.array([turn[side] for turn in said], np.int64) for side in (1, 2))
            places = _placed(starts, ends, bounds[somewhere], met).tolist()
            given = zip(places, compress(source.codings, somewhere), strict=True)
            rows += [(keys[place], "", *coding[2:]) for place, coding in given]
    found.turns, found.codings = table("turns", turns), table("codings", rows)
    found.speakers = table("speakers", [(n, "") for n in found.turns["speaker"].unique() if n])
    found.tell(sources=len(sources), turns_of=len(turns), longest=whole(LONGEST), **met)
    coders = found.codings["coder"]
    found.tell(codings=len(rows), coders=coders.nunique(), nobody=coders.eq("").sum())
    share = f"{found.cut:,} of {found.bounded:,} codings cut{'s' * (found.cut == 1)} a word"
    found.tell(**{"cut" if found.cut else "sound": share if found.bounded else ""})
