"""In which encoding a text was saved, told by its bytes."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

#: Other encodings of text in Russian and in western languages, as people save it.
_ENCODINGS = ["cp1251", "cp1252", "koi8_r", "cp866", "mac_cyrillic", "gb18030"]
#: Russian letters, the most frequent first.
_LETTERS = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё"


def encoding_of(data: bytes) -> str:
    """The encoding, as Python names it; also where the text is short and Russian.

    It is ``utf-8-sig`` where no other fits better, too.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in data:
        # of a letter in Latin or Russian one of the two bytes is 0 or 4
        for half, name in ((data[:1000:2], "utf-16-be"), (data[1:1000:2], "utf-16-le")):
            if half.count(0) + half.count(4) > 0.9 * len(half):
                return name
        return "utf-8-sig"
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
