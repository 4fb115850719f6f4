"""What is wrong with a file's bytes, and the text that was probably meant."""

from __future__ import annotations

import codecs
from itertools import pairwise

from analysis.panel.faults import Faults

#: Encodings of one byte a letter that Russian text is found in, and what people call them.
_SINGLE_BYTE = {
    "cp1251": "Windows-1251",
    "koi8-r": "KOI8-R",
    "cp866": "DOS code page 866",
    "mac_cyrillic": "Mac Cyrillic",
}
_SAMPLE = 100_000


def repaired(data: bytes, name: str, faults: Faults) -> bytes:
    """The bytes as sound UTF-8 with ``\\n`` line ends, each kind of fault noted once."""
    data = _from_utf16(data, name, faults)
    if data.startswith(codecs.BOM_UTF8):
        faults.add(name, 1, None, None, "UTF-8 without a byte-order mark at its beginning")
        data = data.removeprefix(codecs.BOM_UTF8)
    if b"\0" in data:
        line = data[: data.index(b"\0")].count(b"\n") + 1
        faults.add(name, line, None, "a NUL byte", "text without NUL bytes")
        data = data.replace(b"\0", b"")
    data = _utf8(data, name, faults)
    if b"\r\n" in data:
        faults.add(name, None, None, "CRLF", "line ends of LF alone, not those of Windows")
        data = data.replace(b"\r\n", b"\n")
    if b"\r" in data:
        line = data[: data.index(b"\r")].count(b"\n") + 1
        right = "line ends of LF alone, and no carriage return in a cell"
        faults.add(name, line, None, "CR", right)
        if b"\n" not in data:  # as old Macs ended lines
            data = data.replace(b"\r", b"\n")
    return data


def _from_utf16(data: bytes, name: str, faults: Faults) -> bytes:
    """The text of a file in UTF-16, told by its mark or by its many zero bytes."""
    encoding = ""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    else:
        sample = data[: _SAMPLE - _SAMPLE % 2]
        if len(sample) >= 4:
            even, odd = sample[::2].count(0), sample[1::2].count(0)
            least = len(sample) // 8
            if max(even, odd) > least and min(even, odd) < least // 8 + 1:
                encoding = "utf-16-be" if even > odd else "utf-16-le"
    if not encoding:
        return data
    faults.add(name, None, None, "UTF-16", "UTF-8 text")
    return data.decode(encoding, "replace").encode("utf-8", "replace")


def _utf8(data: bytes, name: str, faults: Faults) -> bytes:
    """The bytes as they are if they are UTF-8; else converted from what they seem to be."""
    try:
        # in pieces: a whole file at once would take several times its size
        decoder = codecs.getincrementaldecoder("utf-8")()
        for start in range(0, len(data), 1 << 20):
            decoder.decode(data[start : start + (1 << 20)])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        pass
    else:
        return data
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        place = error.start
    encoding = _likely(data[max(0, place - _SAMPLE // 2) : place + _SAMPLE // 2])
    line = data[:place].count(b"\n") + 1
    seen = f"byte 0x{data[place]:02x} at offset {place}"
    if encoding:
        seen += f", as in {_SINGLE_BYTE.get(encoding, encoding)}"
    faults.add(name, line, None, seen, "UTF-8 text")
    return data.decode(encoding or "utf-8", "replace").encode("utf-8")


def _likely(sample: bytes) -> str:
    """The encoding of one byte a letter that the sample seems to be in; none if it is UTF-8."""
    text = sample.decode("utf-8", "replace")
    if sum(c > "\x7f" and c != "\ufffd" for c in text) > text.count("\ufffd"):
        return ""
    high = bytes(b for b in sample if b > 0x7F)

    def russian(encoding: str) -> float:
        letters = high.decode(encoding, "replace")
        return sum("а" <= c <= "я" or c == "ё" for c in letters) / len(high)

    best = max(_SINGLE_BYTE, key=russian)
    # in a word of another language such a letter mostly stands alone
    beside = sum(a > 0x7F and b > 0x7F for a, b in pairwise(sample))
    return best if russian(best) > 0.5 and beside > len(high) / 2 else ""
