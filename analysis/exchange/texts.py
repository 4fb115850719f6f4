"""From the bytes of a file to its text, in whatever encoding it was saved."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from analysis.exchange.material import ExchangeError, Material

#: Larger is no transcript and no table, in bytes.
LARGEST = 50_000_000
_ENCODINGS = ["cp1251", "cp1252", "koi8_r", "cp866", "mac_cyrillic", "gb18030"]
_WIDE = ["utf_16_le", "utf_16_be"]
#: Russian letters, the most frequent first.
_LETTERS = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё"


def decoded(found: Material, data: bytes, largest: int = LARGEST) -> str:
    """The text, with \ufffd for what cannot be read; ``found`` tells of it, and the encoding.

    :class:`ExchangeError` if it is too large, or no text.
    """
    if len(data) > largest:
        raise ExchangeError(f"{found.file}: more than {largest // 10**6} MB; not read")
    encoding = encoding_of(data)
    text = data.decode(encoding, "replace")
    if 5 * (broken := text.count("\ufffd")) > len(text) or "\0" in text:
        raise ExchangeError(f"{found.file}: no text that can be read; save it as UTF-8")
    found.tell(broken=broken, encoding="" if encoding == "utf-8-sig" else encoding)
    return text


def encoding_of(data: bytes) -> str:
    """The encoding of a text, as Python names it; also where the text is short and Russian."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in data:
        best = from_bytes(data[:100_000], cp_isolation=_WIDE).best()
        return best.encoding.replace("_", "-") if best else "utf-8-sig"
    sample = b"\n".join(line for line in data[:500_000].splitlines() if not line.isascii())[:20_000]
    # in UTF-8 with a few broken bytes most letters are whole; in another encoding they are not
    text = sample.decode("utf-8", "replace")
    if 11 * text.count("\ufffd") <= sum(c > "\x7f" for c in text):
        return "utf-8-sig"
    # in cp1251 what is not ASCII stands in well-formed words, of common Russian letters
    text = sample.decode("cp1251", "replace")
    words = re.findall(r"(?<![^\W\d_])(?:[Ѐ-Я]?[а-ґ]+|[Ѐ-Я]+)(?![^\W\d_])", text)
    ranks = [_LETTERS.find(letter) for letter in "".join(words).lower()]
    others = sum(c > "\x7f" and c not in "«»–—−№…“”„’‘•°\xa0" for c in text)
    if len(ranks) > 0.7 * others and sum(ranks) < 11 * len(ranks) + 30:
        return "cp1251"
    best = from_bytes(sample, cp_isolation=_ENCODINGS).best()
    return best.encoding.replace("_", "-") if best else "utf-8-sig"
