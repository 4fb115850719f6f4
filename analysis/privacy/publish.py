"""What a built site says that it must not: names, contacts, words that may not be quoted."""

from __future__ import annotations

import html
import io
import os
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pypdf
from pypdf.generic import IndirectObject, StreamObject

from analysis.decoding import encoding_of
from analysis.panel.faults import printable
from analysis.panel.panel import Panel
from analysis.privacy.folding import QUOTED, copies, folded, quotations
from analysis.privacy.names import WORD, Index
from analysis.privacy.pseudonyms import Entry, PrivacyError, Replacer, read_key

#: The largest file that is searched, and the most that may be packed in it, in bytes.
_LARGEST = 100_000_000
_TAG = re.compile(r"<[/a-zA-Z!?][^<>]*>")
#: Tags that may stand inside a word, in pages, drawings and office files.
_INLINE = re.compile(
    r"(?i)</?(?:a|b|em|font|i|mark|small|span|strong|sub|sup|tspan|u|wbr|!--|r|t|rPr"
    r"|w:(?!p\b|br\b|tab\b|t[rc]\b)\w+)\b"
)
_X = "[0-9a-f]"
_ESCAPE = re.compile(rf"(?i)\\+u\{{?({_X}{{4,5}})\}}?|\\+x({_X}{{2}})|((?:%{_X}{{2}})+)|\\+[nrt]")
_PACKED = {"/Metadata", "/EmbeddedFile"}
_AT_OR_DOT = r"\b(?:at|dot|собака|точка)\b"


def check(site: Path, key: Path, panel: Panel | None = None) -> list[str]:
    """Where each thing stands first in a file of a site that must not be there; no original.

    That is what the key replaces, in whatever spelling; eight words in a row of an expert who may
    not be quoted; a file that cannot be searched. In ``_static`` first names alone do not count.
    """
    search = _Search(read_key(key), panel.unquotable() if panel else ())
    found: dict[str, None] = {}
    for path in sorted(Path(top, name) for top, _, names in os.walk(site) for name in names):
        file = os.fsencode(path.relative_to(site)).decode("utf-8", "replace")
        try:
            if not path.is_file() or path.stat().st_size > _LARGEST:
                raise ValueError("no file, or too large")
            for inside, text in [("its name, ", file), *_texts("", path.read_bytes())]:
                for view in _views(text):
                    hits = list(search.hits(view, "_static" in path.parts))
                    for what, place in {what: place for place, what in reversed(hits)}.items():
                        line = view.count("\n", 0, place) + 1
                        found[f"{file}, {inside}line {line}: {what}"] = None
        except Exception as error:  # whatever is wrong with a file: it was not searched
            found[f"{file}: not searched ({type(error).__name__})"] = None
    if not any(site.rglob("*")):
        raise PrivacyError(f"{site}: there is no file in it")
    return [printable(search.masked.text(line)) for line in found]


class _Search:
    def __init__(self, entries: Iterable[Entry], statements: Iterable[tuple[str, str]]) -> None:
        self.masked, self.quotations = Replacer(entries), quotations(statements)
        self.names, self.index = self.masked.names, self.masked.index
        self.surnames = Index((name.original, False) for name in self.names)
        self.contacts = [_contact(entry) for entry in entries if entry not in self.names]

    def hits(self, text: str, static: bool) -> Iterator[tuple[int, str]]:
        if not self.index.words.keys().isdisjoint(WORD.findall(text.lower())):
            for start, _, people in (self.surnames if static else self.index).find(text):
                yield start, " or ".join(self.names[person].replacement for person in people)
        squeezed = re.sub(rf"(?i){_AT_OR_DOT}|[\W_]+", "", text).lower() if self.contacts else ""
        for replacement, needed, pattern in self.contacts:
            if needed and needed in squeezed:
                yield from ((contact.start(), replacement) for contact in pattern.finditer(text))
        for statement, place in copies(text, self.quotations, QUOTED).items():
            yield place, f"words of {statement}, which may not be quoted"


def _contact(entry: Entry) -> tuple[str, str, re.Pattern[str]]:
    # its replacement, the letters and digits that a text with it has, and its pattern
    original = re.sub(rf"(?i){_AT_OR_DOT}", " ", folded(entry.original))
    parts = re.findall(r"[^\W_]+", original)
    if entry.kind not in {"e-mail", "link", "account"}:
        digits = re.findall(r"\d", re.split(r"[^\W\d]", original)[0])
        # a local number has to be written as it was
        parts = digits[-10:] if len(digits) > 9 else [re.escape(original)]
    between = rf"[\W_]{{0,8}}(?:{_AT_OR_DOT}[\W_]{{0,8}})?"
    pattern = rf"(?i)(?<![^\W_])(?:\d{{1,3}}[\W_]{{0,8}})?{between.join(parts)}(?![^\W_])"
    return entry.replacement, re.sub(r"[\W_]", "", "".join(parts)).lower(), re.compile(pattern)


def _views(text: str) -> Iterator[str]:
    """A text without escapes; and without the tags, which may stand inside a word."""
    text = folded(_ESCAPE.sub(_character, html.unescape(text)))
    yield text
    if "<" in text:
        yield _TAG.sub(
            lambda tag: "" if _INLINE.match(tag[0]) else " " + "\n" * tag[0].count("\n"), text
        )


def _character(escape: re.Match[str]) -> str:
    if escape[3]:
        return bytes.fromhex(escape[3].replace("%", "")).decode("utf-8", "replace")
    return chr(int(escape[1] or escape[2] or "20", 16))


def _texts(place: str, data: bytes, depth: int = 0) -> Iterator[tuple[str, str]]:
    """The texts in a file, and where in it each is."""
    if depth > 4:
        raise ValueError("packed too deep")
    if data.startswith(b"PK\x03\x04"):
        archive = zipfile.ZipFile(io.BytesIO(data))
        if sum(inner.file_size for inner in archive.infolist()) > _LARGEST:
            raise ValueError("too much is packed in it")
        for inner in archive.infolist():
            yield f"{place}a name inside, ", inner.filename
            yield from _texts(f"{place}{inner.filename}, ", archive.read(inner), depth + 1)
    elif data.startswith(b"%PDF-"):
        reader = pypdf.PdfReader(io.BytesIO(data))
        for number, page in enumerate(reader.pages, 1):
            text = re.sub(r"(?<=\w)[-\u00ad]\s*\n\s*(?=\w)", "", page.extract_text())
            yield f"{place}page {number}, ", text
        for number in sorted({*reader.xref_objStm}.union(*reader.xref.values())):
            thing = reader.get_object(IndirectObject(number, 0, reader))
            yield f"{place}object {number}, ", str(thing)
            if isinstance(thing, StreamObject) and thing.get("/Type") in _PACKED:
                yield from _texts(f"{place}packed inside, ", thing.get_data(), depth + 1)
    elif data.startswith((b"\x1f\x8b", b"# Sphinx inventory")):
        packed, bits = (data, 31) if data[0] == 0x1F else (data.split(b"\n", 4)[4], 15)
        unpacked = zlib.decompressobj(bits).decompress(packed, _LARGEST)
        yield from _texts(f"{place}unpacked, ", unpacked, depth + 1)
    elif data.startswith((b"\x89PNG", b"\xff\xd8\xff")):
        head = _png_texts(data) if data[0] == 0x89 else data[: data.find(b"\xff\xda")]
        yield from ((f"{place}metadata, ", text) for text in _strings(head, 2))
    elif b"\0" in data or data.startswith((b"\xff\xfe", b"\xfe\xff")):
        yield from ((f"{place}inside, ", text) for text in _strings(data, 6))
    else:
        yield place, data.decode(encoding_of(data), "replace")


def _strings(data: bytes, least: int) -> Iterator[str]:
    shown = re.compile(f"[ -~\u0400-\u04ff]{{{least},}}")
    for encoding, skipped in (("utf-8", 0), ("utf-16-le", 0), ("utf-16-le", 1)):
        yield "\n".join(shown.findall(data[skipped:].decode(encoding, "ignore")))


def _png_texts(data: bytes) -> bytes:
    """The chunks of a PNG that are no picture, unpacked."""
    found, at = b"", 8
    while at + 8 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4])
        if data[at + 4 : at + 8] != b"IDAT":
            found += data[at:end]
        if data[at + 4 : at + 8] in {b"zTXt", b"iTXt"}:
            for packed in re.finditer(b"\0(?=x[\x01\x5e\x9c\xda])", data[at:end]):
                found += zlib.decompressobj().decompress(data[at + packed.end() : end], _LARGEST)
        at = end
    return found
