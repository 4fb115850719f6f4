"""E-mail addresses and telephone numbers in text: finding them, and keeping them out of messages.

A panel must hold neither. The patterns err on the side of finding: a number that only looks like
one of a telephone is to be written otherwise.
"""

from __future__ import annotations

import re

#: An address; its parts are bounded, so that a long cell cannot make the search slow.
EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")

_GAP = r"[ \u00a0.()\-\u2010-\u2014]{0,3}"
#: With a country's code; Russian, by 7 or 8; with an area in brackets; local, such as 123-45-67.
PHONE = re.compile(
    rf"\+[0-9](?:{_GAP}[0-9]){{7,14}}"
    rf"|(?<![0-9.,])[78]{_GAP}[0-9]{{3}}{_GAP}[0-9]{{3}}{_GAP}[0-9]{{2}}{_GAP}[0-9]{{2}}(?![0-9])"
    rf"|\([0-9]{{3,5}}\){_GAP}[0-9]{{1,3}}(?:{_GAP}[0-9]{{2}}){{2}}(?![0-9])"
    r"|(?<![0-9\-])[0-9]{3}-[0-9]{2}-[0-9]{2}(?![0-9\-])"
)
#: Whatever :data:`PHONE` finds holds a match of this, which is found faster.
PHONE_HINT = re.compile(r"[0-9][0-9 \u00a0.()\-\u2010-\u2014]{5}")

#: How much of a value a message shows, and how much of it is looked at for that: enough that no
#: address can be cut before it is replaced.
SHOWN = 60
_LOOKED_AT = 6000


def has_email(text: str) -> bool:
    """Whether ``text`` holds an e-mail address."""
    return "@" in text and EMAIL.search(text) is not None


def has_phone(text: str) -> bool:
    """Whether ``text`` holds what looks like a telephone number."""
    return PHONE.search(text) is not None


def masked(text: str) -> str:
    """``text`` with addresses and numbers replaced by what they are."""
    return PHONE.sub("[phone]", EMAIL.sub("[e-mail]", text))


def shown(value: object) -> str:
    """``value`` as a message may show it: short, on one line, without addresses and numbers."""
    text = str(value)
    short = masked(text[:_LOOKED_AT])
    if len(text) > _LOOKED_AT or len(short) > SHOWN:
        short = short[:SHOWN].rstrip() + "..."
    return short.encode("utf-8", "backslashreplace").decode("utf-8")
