"""Texts with codings at positions, as coded projects hold them: turns, and the codes of each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from analysis.exchange.material import ExchangeError, Material, table
from analysis.exchange.transcripts import split_turns
from analysis.panel.format import LONGEST
from analysis.words import noun, whole

#: How positions may be counted, in the order of preference: an emoji as one or as two (UTF-16); the
#: end after the last letter or at it; line ends as they stand, or "\r\n" as one and "\n" as two.
COUNTS = [(unit, last, ends) for ends in (0, 1) for last in (0, 1) for unit in ("point", "utf-16")]
#: Code points from which on one takes one more unit.
WIDER = {"utf-16": (0x10000,), "byte": (0x80, 0x800, 0x10000)}
#: Of a coding that runs over more turns than the first number, only the first are compared.
LONGEST_SPAN, MOST_TURNS = 100, 400_000
GOES = ": the turn with the largest part was taken"
NAME = ": write “Name: ” before the text, make a case for each speaker, or leave it so"
#: What is said of so many things, and in which list of a material.
SENTENCES = {
    "nowhere": ("left", "coding lies|codings lie", "on no text: not imported"),
    "several": ("assumed", "coding runs|codings run", f"over several speakers{GOES}"),
    "lines": ("assumed", "coding runs|codings run", f"over several turns of a speaker{GOES}"),
    "beside": ("assumed", "coding lies|codings lie", "between turns: the next one was taken"),
    "few": ("assumed", "text has|texts have", "too few labels of speakers: each line is a turn"),
    "unknown": ("asked", "turn names|turns name", f"no speaker{NAME}"),
}
_LINE = re.compile("\\S[^\r\n\x0b\x0c\x85\u2028\u2029]*")
_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")

Numbers = NDArray[np.int64]
Truths = NDArray[np.bool_]
Turn = tuple[str, int, int]


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


def tell(
    found: Material, counts: Mapping[str, int], sentences: Mapping[str, tuple[str, str, str]]
) -> None:
    """Say in ``found`` what was counted: in which list, with which noun, and the rest."""
    for name, (where, what, rest) in sentences.items():
        if counts[name] > 0:
            getattr(found, where).append(f"{noun(counts[name], what)} {rest}.")


@cache
def _letters() -> Truths:
    """Which code points belong to words; those beyond the basic plane are taken for signs."""
    return np.array([chr(point).isalnum() or point == 95 for point in range(0x10000)])


def _indexes(
    points: NDArray[np.uint32], positions: Numbers, unit: str, ends: int
) -> tuple[Numbers, Truths]:
    """The code points at positions, and whether there is none just there."""
    more = np.zeros(len(points), np.int8)  # by how much each is wider than one unit
    for limit in WIDER.get(unit, ()):
        more += points >= limit
    if unit == "byte":
        more -= points == 13  # put in between the paragraphs of HTML
    if ends:
        new = np.flatnonzero(points == 10)
        pair = (new > 0) & (points[new - 1] == 13)
        more[new[~pair]] += 1
        more[new[pair] - 1] -= 1
    odd = np.flatnonzero(more)
    total = np.cumsum(more[odd], dtype=np.int64)
    passed = np.searchsorted(odd + 1 + total, positions, side="right")
    at = positions - np.append(0, total)[passed]
    last = np.append(odd, len(points))[passed]
    return np.clip(at, 0, np.minimum(last + 1, len(points))), (positions < 0) | (at > last)


def _bounds(
    found: Material, sources: Sequence[Source], counts: Sequence[tuple[str, int, int]]
) -> list[tuple[Numbers, Truths]]:
    """Of each source the bounds of codings, then of spans, as code points, and which are wrong.

    A bound is wrong inside a word or outside the text. Of several ways of counting positions that
    is taken with which the fewest codings have a wrong one, of equal ones the fewest begin with
    something else than a letter.
    """
    texts = []
    for source in sources:
        points = np.frombuffer(source.text.encode("utf-32-le", "replace"), np.uint32)
        letters = np.pad(_letters()[np.minimum(points, 0xFFFF)], 1)
        bounds = [(start, end) for start, end, *_ in source.codings]
        bounds += [(start, end) for start, end, _ in source.spans]
        bounds = [pair if min(pair) >= 0 else (0, 0) for pair in bounds]
        texts.append((points, letters, np.array(bounds, np.int64).reshape(-1, 2)))
    wide = any((points > 0xFFFF).any() for points, *_ in texts)
    tried = []
    for unit, last, ends in counts:
        if unit == "utf-16" and not wide:
            continue
        cut, odd, places = 0, 0, []
        for points, letters, pairs in texts:
            at, wrong = _indexes(points, pairs + np.array([0, last]), unit, ends)
            wrong |= letters[at] & letters[at + 1]
            places.append((at, wrong))
            cut += int(wrong.any(axis=1).sum())
            odd += int((~letters[at[:, 0] + 1]).sum())
        tried.append((cut, odd, (unit, last, ends), places))
        if not tried[0][0]:
            break
    best = min(range(len(tried)), key=[way[:2] for way in tried].__getitem__)
    if tried[best][0] > 0.9 * tried[0][0]:  # no more than chance
        best = 0
    cut, _, (unit, last, ends), places = tried[best]
    if best:
        how = ["in UTF-16 units, an emoji as two"] * (unit == "utf-16")
        how += ["to the last letter of a coding"] * last + ["with line ends counted anew"] * ends
        found.assumed.append(
            f"Positions count {' and '.join(how)}: so {noun(cut, 'coding')} would cut a word, and "
            f"otherwise {whole(tried[0][0])}."
        )
    return places


def _turns(source: Source, spans: Numbers, met: Counter[str]) -> Iterator[Turn]:
    """Speaker, start and end of each turn; in a text without labels a line is one."""
    text = source.text
    turns = [turn for turn in split_turns(text) if turn[1] < turn[2]]
    labels = sum(1 for speaker, *_ in turns if speaker)
    lines = []
    if 20 * labels <= text.count("\n") + text.count("\r"):
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
        while end - start > LONGEST["text"]:
            most = start + LONGEST["text"]
            cut = text.rfind(" ", start + 1, most)
            cut = cut if cut > 0 else most
            yield speaker, start, cut
            start = cut
        yield speaker, start, end


def _placed(turns: Sequence[Turn], bounds: Numbers, met: Counter[str]) -> list[int]:
    """The turn that each coding overlaps most, of equal ones the first."""
    starts, ends = ([turn[i] for turn in turns] for i in (1, 2))
    first = np.searchsorted(ends, bounds[:, 0], side="left")
    final = np.searchsorted(starts, bounds[:, 1], side="right") - 1
    met["beside"] += int((first > final).sum())
    place: list[int] = np.minimum(first, len(turns) - 1).tolist()
    for row in np.flatnonzero(first < final).tolist():
        (start, end), last = bounds[row].tolist(), min(int(final[row]), place[row] + LONGEST_SPAN)
        span = range(place[row], last + 1)
        sizes = [min(ends[turn], end) - max(starts[turn], start) for turn in span]
        place[row] += sizes.index(max(sizes))
        speakers = [turns[n][0] for n, size in zip(span, sizes, strict=True) if size > 0]
        if len(speakers) > 1:
            met["several" if len({*speakers}) > 1 else "lines"] += 1
    return place


def add_sources(
    found: Material, sources: Sequence[Source], counts: Sequence[tuple[str, int, int]] = COUNTS
) -> None:
    """Put the turns of texts and their codings into ``found``, and say what there is to say.

    A coding goes to the turn that it overlaps most. ``counts``: ways of counting positions.
    """
    turns: list[tuple[object, ...]] = []
    rows: list[tuple[object, ...]] = []
    met, names = Counter[str](), Counter[str]()
    for source, (at, wrong) in zip(sources, _bounds(found, sources, counts), strict=True):
        name = source.name
        while names[name]:
            names[source.name] += 1
            name = f"{source.name} ({names[source.name]})"
        names[name] += 1
        bounds, spans = np.split(at, [len(source.codings)])
        said = [(span[2], *place) for span, place in zip(source.spans, spans.tolist(), strict=True)]
        keys = source.keys
        if not keys:
            said = list(_turns(source, spans, met))
            if len(turns) + len(said) > MOST_TURNS:
                raise ExchangeError(f"{found.file}: more than {MOST_TURNS:,} lines; not read")
            keys = [f"t{len(turns) + number}" for number in range(1, len(said) + 1)]
        for key, (speaker, start, end) in zip(keys, said, strict=True):
            text = source.text[start:end]
            if not text.isprintable():
                text = _CONTROL.sub("\ufffd", _ENDS.sub("\n", text))
            turns.append((key, name, speaker, "", "", text))
            met["unknown"] += not speaker
        kept = ((bounds[:, 0] < bounds[:, 1]) | bool(source.keys)) & bool(said)
        met["nowhere"] += int((~kept).sum())
        found.bounded += int(kept.sum())
        found.cut += int(wrong[: len(bounds)][kept].any(axis=1).sum())
        if kept.any():
            places = _placed(said, bounds[kept], met)
            given = [coding for coding, stays in zip(source.codings, kept, strict=True) if stays]
            for place, coding in zip(places, given, strict=True):
                rows.append((keys[place], "", *coding[2:]))
    found.turns, found.codings = table("turns", turns), table("codings", rows)
    speakers = dict.fromkeys(found.turns["speaker"][found.turns["speaker"] != ""])
    found.speakers = table("speakers", [(speaker, "", "", "") for speaker in speakers])
    if sources:
        found.came.append(f"{noun(len(sources), 'source')} with {noun(len(turns), 'turn')}.")
    if rows:
        coders = found.codings["coder"].nunique()
        found.came.append(f"{noun(len(rows), 'coding')} by {noun(coders, 'coder')}.")
    tell(found, met, SENTENCES)
