"""Transcripts: who said what, from captions, Otter, plain text and Word."""

from __future__ import annotations

import html
import io
import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial

import docx as word
import webvtt
from docx.oxml.ns import qn
from pymorphy3 import MorphAnalyzer

from analysis.exchange import archives
from analysis.exchange.material import WORDS, ExchangeError, Material, table
from analysis.panel.format import LONGEST as LENGTHS
from analysis.words import listing, whole

#: Larger is no transcript: bytes and lines of a text, bytes of XML in a Word document.
LARGEST, MOST_LINES, LARGEST_WORD = 30_000_000, 500_000, 10_000_000
LONGEST = LENGTHS["text"]
#: A turn, or as much of a longer one as a panel takes.
PIECE = re.compile(rf"\S(?:.{{0,{LONGEST - 2}}}\S)?(?!\S)|\S{{{LONGEST}}}", re.DOTALL)
_GAPS = re.compile(r"\s{2,}|[^\S ]")
ENDS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_TAG = re.compile(r"(?i)</?(?:[bcisuv]|rt|ruby|lang|font|\d+:[\d:.]+)(?:[.\s][^<>]*)?/?>|&#\w{9}")
_VOICE = re.compile(r"<v(?:\.[^<>\s]*)?[ \t]+([^<>\s][^<>]{0,199})>")
_TIME = r"\d{1,2}(?::\d\d){1,2}"
#: A line that begins with a label: "Name:", "[00:12] Name:", "0:00:12 Name:", "Name (00:12):".
_LABEL = re.compile(
    rf"(?m)^[ \t\ufeff]{{0,8}}(?:(?:[\[(]{_TIME}[\])]|\d{{1,2}}:\d\d:\d\d)[ \t]{{1,3}})?"
    r"[\[*]{0,2}(?P<label>[^\s:：\[*][^\n]{0,59}?)[\]*]{0,2}[ \t]{0,3}"
    rf"(?:[\[(]{_TIME}[\])][ \t]{{0,3}})?[:：][*]{{0,2}}(?=\s|\Z)"
)
#: A heading after an empty line: "Name  mm:ss", "[Name] h:mm:ss".
_HEADING = re.compile(
    rf"(?:\A|(?<=\n\n))\[?(?P<label>[^\s\[][^\n]{{0,59}}?)(?:\] |  |\t)[ \t]{{0,9}}{_TIME}(?m:$)"
)
_ROLE = re.compile(rf"(?i)({WORDS['roles']})[\d\W_]*\w?")
_NO_NAME = re.compile(f"(?i){WORDS['no name']}")
#: What is not taken of a Word document.
_APART = "commentReference footnoteReference del moveFrom AlternateContent txbxContent"
_RUSSIAN = MorphAnalyzer()
Marks = list[re.Match[str]]
Row = tuple[str, float | str, float | str, str]  # speaker, start and end or "", what was said


def _likeness(label: str) -> str:
    """How much a label looks like a name: "sure", "may be", "lower case" or ""."""
    parts = label.split()
    faults = r'[!?;:…"«»“”<>=|{}]|\w{6}\.|\.\w{6}|[-,–—]$'
    if not label[:1].isalpha() or len(label) > 60 or len(parts) > 6 or re.search(faults, label):
        return "may be" if re.fullmatch(r"\+\d[\d *()-]+", label) else ""  # a telephone
    if _ROLE.fullmatch(label):
        return "sure"
    particles = r"\(.*|.*\)|d[aei]|v[ao]n|de[rn]|l[ae]|bin|ibn|[ae]l"
    capital = all(part[0].isupper() or re.fullmatch(particles, part) for part in parts)
    if ("," in label and not capital) or any(map(_NO_NAME.fullmatch, re.split(r"\W+", label))):
        return ""
    if len(parts) > 1 and capital and not re.search(r"\d", label):
        return "sure"
    if re.fullmatch("(?i)[а-яё-]+", label):  # one Russian word
        tags = [str(form.tag) for form in _RUSSIAN.parse(label)]
        if capital and re.search("Name|Surn|Patr", tags[0]):
            return "sure"
        if not re.search("anim|Name|Surn|Patr", " ".join(tags)):
            return ""
    return "may be" if capital else "lower case"


def _names(labels: list[str], lines: int) -> set[str]:
    """Which of the labels that begin lines are names of speakers.

    Those that look sure are, if they begin a hundredth of the lines. Another capitalised label
    ("Э01", "Lena") is one if it begins two lines, digits apart, and names a twentieth of all.
    Where labels begin nine of ten lines, all that can be names are; "Важно" or "Note" never is.
    """
    counts = Counter(labels)
    looks = {label: _likeness(label) for label in counts}
    alike = Counter(re.sub(r"\d+", "0", label) for label in labels)
    every = {label for label, look in looks.items() if look}
    sure = {label for label in every if looks[label] == "sure"}
    often = {label for label in every if alike[re.sub(r"\d+", "0", label)] > 1}
    likely = sure | {label for label in often if looks[label] == "may be"}
    for names, share in ((every, 0.9), (likely, 0.05), (sure, 0.01)):
        if sum(counts[label] for label in names) >= share * lines:
            return names
    return set()


def _count(text: str) -> int:
    """How many lines are not empty."""
    return sum(map(bool, map(str.strip, text.split("\n"))))


def _labels(text: str, form: re.Pattern[str] = _LABEL, lines: int = 0) -> tuple[Marks, Marks]:
    """The labels of a text that are names of speakers, and those that are left undecided."""
    found = list(form.finditer(text))
    lines = lines or (len(found) if form is _HEADING else _count(text))
    names = _names([mark["label"] for mark in found], lines)
    taken = [mark for mark in found if mark["label"] in names]
    return taken, [mark for mark in found if mark["label"] not in names]


def _parted(text: str, marks: Marks) -> Iterator[tuple[str, float | str, int, int]]:
    """The text between labels: speaker, time, start and end, without blanks at both ends."""
    starts = [0, *(mark.end() for mark in marks)]
    ends = [*(mark.start() for mark in marks), len(text)]
    for mark, start, end in zip([None, *marks], starts, ends, strict=True):
        speech = text[start:end]
        last = start + len(speech.rstrip())
        first = min(last, start + len(speech) - len(speech.lstrip()))
        if mark or first < last:
            time = re.search(_TIME, mark[0]) if mark else None
            parts = reversed(time[0].split(":")) if time else []
            began = sum(60.0**n * int(part) for n, part in enumerate(parts)) if time else ""
            yield mark["label"] if mark else "", began, first, last


def split_turns(text: str) -> list[tuple[str, int, int]]:
    """Turns of a text with "Name: speech" lines: speaker ("" before the first), start and end."""
    text = re.sub(r"[\r\u2028\u2029]", "\n", text)
    return [(name, start, end) for name, _, start, end in _parted(text, _labels(text)[0])]


def opened(file_name: str, kind: str, data: bytes, largest: int = LARGEST) -> tuple[Material, str]:
    """A material that says how these bytes were read, and their text; else ExchangeError."""
    found = Material(file_name, kind)
    text = ENDS.sub("\n", found.decoded(data, largest)).replace("\xa0", " ")
    if max(text.count("\n"), text.count("<v")) > MOST_LINES:
        raise ExchangeError(f"{file_name}: more than {whole(MOST_LINES)} lines; part it")
    return found, text


def filled(found: Material, rows: Iterable[Row], places: list[str]) -> Material:
    """The material with these turns, their speakers, and the places of undecided labels."""
    turns: list[Row] = []
    empty = 0
    for speaker, start, end, text in rows:
        pieces = PIECE.findall(_GAPS.sub(" ", text).strip())
        turns += [(speaker, start, end, piece) for piece in pieces]
        empty += not pieces
    if not turns:
        raise ExchangeError(f"{found.file}: nothing is said in it")
    found.turns = table("turns", [(f"t{n}", "", *turn) for n, turn in enumerate(turns, 1)])
    names = dict.fromkeys(turn[0] for turn in turns if turn[0])
    found.speakers = table("speakers", [(name, "") for name in names])
    found.tell(turns=len(turns), speakers=len(names), empty=empty)
    undecided = listing(places, False) if places else ""
    found.tell(undecided=undecided, who=sum(1 for turn in turns if not turn[0]))
    return found


def _captions(kind: str, file_name: str, data: bytes) -> Material:
    """Captions of Zoom, Teams or Whisper; what a speaker says without a break is one turn."""
    found, text = opened(file_name, kind, data)
    try:
        captions = webvtt.from_buffer([text.lstrip()], format=kind).captions
    except webvtt.errors.MalformedFileError:
        raise ExchangeError(f"{file_name}: does not begin with WEBVTT (or 1, .srt)") from None
    if not captions:
        raise ExchangeError(f"no cue in {file_name}")
    found.tell(cues=len(captions))
    outside = _count(text) - (kind == "vtt")
    cues: list[Row] = []
    for caption in captions:
        said = "\n".join(caption.lines)
        outside -= 1 + (kind == "srt" or bool(caption.identifier)) + _count(said)
        times = [t.in_milliseconds() / 1000 for t in (caption.start_time, caption.end_time)]
        voices = ["", *_VOICE.split(said)]
        for name, spoken in zip(voices[::2], voices[1::2], strict=True):
            if plain := html.unescape(_TAG.sub("", spoken)).strip():
                cues.append((html.unescape(name).strip(), times[0], max(times), plain))
    found.tell(outside=max(0, outside))
    undecided: list[str] = []
    if not any(cue[0] for cue in cues):
        taken, _ = _labels("\n".join(cue[3] for cue in cues), lines=len(cues))
        names, unnamed, cues = {mark["label"] for mark in taken}, cues, []
        for number, (_, start, end, said) in enumerate(unnamed, 1):
            label, _, rest = said.partition(":")
            if label in names and "\n" not in rest:  # nearly all are so
                cues.append((label, start, end, rest.strip()))
                continue
            marks = list(_LABEL.finditer(said))
            undecided += [f"cue {number}" for mark in marks if mark["label"] not in names]
            parts = _parted(said, [mark for mark in marks if mark["label"] in names])
            cues += [(name, start, end, said[first:last]) for name, _, first, last in parts]
    rows: list[Row] = []
    for speaker, start, end, said in cues:
        if rows and speaker and speaker == rows[-1][0] and len(rows[-1][3]) + len(said) < LONGEST:
            _, began, ended, before = rows.pop()
            rows.append((speaker, began, max(ended, end), f"{before} {said}"))
        else:
            rows.append((speaker, start, end, said))
    return filled(found, rows, undecided)


def _document(file_name: str, kind: str, data: bytes) -> tuple[Material, str]:
    """As :func:`opened`, of a Word document; names may be bold or in a first cell."""
    found = Material(file_name, kind)
    parts = archives.checked(data, file_name).infolist()
    if sum(part.file_size for part in parts if part.filename.endswith(".xml")) > LARGEST_WORD:
        raise ExchangeError(f"{file_name}: larger than the text of an interview; part it")
    try:
        body = word.Document(io.BytesIO(data)).element
    except Exception:  # python-docx raises what its parts raise
        raise ExchangeError(f"{file_name}: no whole Word document; save it anew") from None
    apart = list(body.iter(*(f"{{*}}{tag}" for tag in _APART.split())))
    for element in apart:
        element.getparent().remove(element)
    found.tell(apart=len(apart))
    gaps = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n"}
    plain, other = [], []
    for paragraph in body.iter(qn("w:p")):
        parts, cell = paragraph.iter(qn("w:t"), *gaps), paragraph.getparent()
        line = "".join(gaps.get(e.tag) or re.sub(r"\s", " ", e.text or "") for e in parts).strip()
        first = cell.tag == qn("w:tc") and cell.getnext() is not None
        runs = word.text.paragraph.Paragraph(paragraph, None).runs
        ends = (n for n, run in enumerate(runs) if not (first or run.bold) and run.text.strip())
        name = "".join(run.text for run in runs[: next(ends, len(runs))]).strip()
        named = _likeness(name) and line.startswith(name)
        plain.append(line)
        other.append(f"{name}: {line[len(name) :]}" if named else line)
    text, marked = "\n\n".join(plain), "\n\n".join(other)
    if not (_labels(text, _HEADING)[0] or _labels(text)[0]) and _labels(marked)[0]:
        text = marked
        found.tell(bold=1)
    return found, text


def _spoken(kind: str, file_name: str, data: bytes) -> Material:
    """Text under headings such as "Name  mm:ss" (Otter), or with "Name:" before what each says.

    Without names a paragraph is a turn; those of Word are parted by an empty line.
    """
    found, text = (_document if kind == "docx" else opened)(file_name, kind, data)
    text = "\n".join(line.rstrip() for line in text.split("\n"))
    text, adverts = re.subn(r"Transcribed by https?://otter\.ai\s*\Z", "", text)
    found.tell(adverts=adverts)
    marks, undecided = _labels(text, _HEADING)
    headed = len(marks) > (kind != "otter")
    if not headed:
        marks, undecided = _labels(text)
    rows: list[Row] = [(name, time, "", text[a:b]) for name, time, a, b in _parted(text, marks)]
    if headed and not rows[0][0]:
        found.tell(above=_count(rows.pop(0)[3]))
    if not marks:
        pieces = text.split("\n\n" if "\n\n" in text.strip("\n") else "\n")
        rows = [("", "", "", piece) for piece in pieces if piece]
    gap, unit = ("\n\n", "paragraph") if kind == "docx" else ("\n", "line")
    gaps = [match.start() for match in re.finditer(gap, text)]
    places = [f"{unit} {bisect(gaps, mark.start()) + 1}" for mark in undecided]
    return filled(found, rows, places)


vtt, srt = partial(_captions, "vtt"), partial(_captions, "srt")
otter, text, docx = (partial(_spoken, kind) for kind in ("otter", "text", "docx"))
