"""Finding contacts in text: addresses, links, phones, and numbers of personal documents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import phonenumbers

from analysis.privacy.folding import fold, folded


class Contact(NamedTuple):
    """A contact in a text: e-mail, link, account, phone, or insurance, tax or passport number."""

    kind: str
    start: int
    end: int


#: Whatever holds a contact holds one of these signs (or a word for one), and a hint.
_SIGN = re.compile(r"[@＠:/\[({<\d]")
_HINT = re.compile(
    r"[@＠]|://|www\.|\.\w+/|[a-zа-я]:\S|skype|скайп|[\[({<]\s?(at|эт)\b| dot |собака"
    r"|\d(\D{0,5}\d){5}"
)

_AT = r"\s{0,3}@\s{0,3}|\s{0,3}[\[({<]\s?(?:at|эт|собака)\s?[\])}>]\s{0,3}|\s(?:at|собака)\s"
_DOT = r"\.|\s?[\[(]\s?(?:dot|точка)\s?[\])]\s?|\s(?:dot|точка)\s"
_HOST = rf"(?:[\w-]{{1,63}}(?:{_DOT})){{1,5}}[^\W\d_]{{2,24}}(?![\w@])"
_MAIL = re.compile(rf"(?i)(?<![\w.+%'-])([\w.+%'-]{{1,64}}(?<=\w))({_AT})({_HOST})")

_NETWORKS = (
    r"t\.me|telegram\.(?:me|org)|vk\.(?:com|ru|me|cc)|vkontakte\.ru|ok\.ru|my\.mail\.ru|max\.ru"
    r"|(?:[a-z-]+\.)?facebook\.com|fb\.(?:com|me)|m\.me|instagram\.com|twitter\.com|x\.com|wa\.me"
    r"|threads\.(?:net|com)|linkedin\.com|youtube\.com|youtu\.be|rutube\.ru|dzen\.ru|tiktok\.com"
    r"|(?:[a-z]+\.)?whatsapp\.com|discord\.(?:gg|com)|(?:[a-z0-9]+\.)?zoom\.us|git(?:hub|lab)\.com"
)
_LINK = (
    r"(?:https?|ftp)://|(?:mailto|tel|tg|viber):|(?:skype|скайп):\s?(?=\S*[\d._]\S)|www\.[\w-]+\."
    rf"|(?:www\.|m\.)?(?:{_NETWORKS})/(?=[@+]?\w)"
)
_CALL = r"\b(?:тел(?:ефон\w*)?|моб(?:ильн\w+)?|звон\w+|набер\w+|phone|call|tel)\b|☎|📞"
_SERIES = r"\d\d\s?\d\d\s?(?:,?\s?(?:№|номер|no\.?|n)\s?)?\d{6}|\d\d\s?(?:№\s?)?\d{7}"
#: What can be told by its look, or by the word before it; the first group is the contact.
_LOOKS = [
    ("link", rf"(?<![\w@])((?:{_LINK})[^\s<>\"«»]*[^\s<>\"«».,;:!?…)\]}}'])"),
    ("account", r"(?<![\w@./])(@[a-z][\w.]{2,31}(?<!\.))(?!\w)"),
    ("phone", rf"(?:{_CALL})[^\d\n]{{0,20}}(\d\d\d?([-– ])\d\d\2\d\d)(?![-–.]?\d)"),
    ("insurance number", r"снилс\D{0,20}((?:\d{3}[- ]?){3}\d\d)(?!\w)"),
    ("tax number", r"\bИНН\b[^\d\n]{0,15}(\d{12}|\d{10})(?!\w|[.,-]\d)"),
    ("passport number", rf"(?:паспорт\w*|\bсери[ия]|passport)[^\d\n]{{0,25}}({_SERIES})(?!\w)"),
    ("passport number", r"(?<![\w.,+-])((?!19|20)\d\d\s?\d\d\s?№\s?\d{6})(?!\w)"),
]
_PATTERNS = [(kind, re.compile(f"(?i){look}")) for kind, look in _LOOKS]
_CHECKED = re.compile(r"(?<![\w.,+-])(?:(?:\d{3}[- ]){3}\d\d|\d{11,12})(?!\w|[.,-]\d)")

_GAP = r"[ \t\n\r().\-‐-―−/\\]{0,5}"
_FIRST_DIGIT = re.compile(r"(?<![\w+])(?<![a-z0-9]-)(?<!\d[.,:])\(?\+?\d")
_RUSSIAN = re.compile(rf"(?:(?:\+?7|8){_GAP})?(\(?[3489]\d(?:{_GAP}\d){{8}})(?!\w)")
#: The groups of a Russian number without the country's code, as people write them.
_SHAPE = re.compile(r"\d{3,5}(?: \d{2,7})*|\d{5} \d(?: \d\d){2}|\d{10}")
_AMERICAN = re.compile(r"\(?[2-9]\d\d\)?[-. ]\d{3}[-. ]\d{4}(?!\w)")
_ABROAD = re.compile(rf"\(?(?:\+|00{_GAP}|810{_GAP})[1-9](?:{_GAP}\d){{7,14}}(?!\w)")
_DATE = r"(?<!\d)\d{1,2}([./-])\d{1,2}\1(?:19|20)\d\d(?!\d)"
_DATE_OR_IP = re.compile(rf"{_DATE}|(?<![\d.])(?:\d{{1,3}}\.){{3}}\d{{1,3}}(?!\.?\d)")
_STANDARD = r"\b(?:ГОСТ|ISO|ISBN|ISSN|ОГРН(?:ИП)?|ОКПО|ОКТМО|БИК|КПП|УИН|УДК|doi|zenodo|р/с)"
_NO_PHONE_AFTER = re.compile(rf"(?i)(?:{_STANDARD}|сч[её]т\w*|[$€₽£])[\s\w№:.-]{{0,8}}\Z")
_UNIT = re.compile(
    r"(?i)\s?(?:руб|р\.|₽|тыс|млн|млрд|долл|евро|[$€%£]|процент|человек|тонн|км\b|га\b)"
)


def find(text: str) -> list[Contact]:
    """The contacts in a text, in order; of two that overlap, the one that begins first.

    An ИНН of ten digits needs that word before it; one of twelve is known by its check digits. A
    phone without a country's code is Russian; a local one needs a word such as "телефон" before it.
    """
    sign = _SIGN.search(text) or "dot" in text or "обака" in text or "www" in text
    if not (sign and _HINT.search(folded(text).lower())):
        return []
    whole, places = fold(text)
    found: list[Contact] = []
    looks = (Contact(kind, *m.span(1)) for kind, look in _PATTERNS for m in look.finditer(whole))
    every = [*_mails(whole), *looks, *_phones(whole), *_checked(whole)]
    for kind, start, end in sorted(every, key=lambda contact: contact.start):
        if not found or places[start] >= found[-1].end:
            found.append(Contact(kind, places[start], places[end]))
    return found


def _mails(text: str) -> Iterator[Contact]:
    for mail in _MAIL.finditer(text):
        name, sign, host = mail.groups()
        said = sign.strip().lower()
        sure = sign == "@" or said[0] in "[({<" or (said == "@" and name.isascii())
        if said in {"at", "собака"}:  # words of a sentence, unless a dot is said too
            latin = said == "собака" and (name + host).isascii()
            sure = latin or bool(re.search(r"(?i)\s(dot|точка)\s", host))
        if sure:
            yield Contact("e-mail", *mail.span())


def _checked(text: str) -> Iterator[Contact]:
    for found in _CHECKED.finditer(text):
        digits = [int(digit) for digit in found[0] if digit.isdecimal()]
        snils = sum(digit * (9 - place) for place, digit in enumerate(digits[:9])) % 101 % 100
        weights = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
        pairs = [zip(weights[-n:], digits, strict=False) for n in (10, 11)]
        inn = [sum(weight * digit for weight, digit in pair) % 11 % 10 for pair in pairs]
        if len(digits) == 12 and digits[10:] == inn:
            yield Contact("tax number", *found.span())
        if len(digits) == 11 and digits[9] * 10 + digits[10] == snils:
            yield Contact("insurance number", *found.span())


def _phones(text: str) -> Iterator[Contact]:
    done = 0
    other = {place for found in _DATE_OR_IP.finditer(text) for place in range(*found.span())}
    for start in (first.start() for first in _FIRST_DIGIT.finditer(text)):
        before = text[max(0, start - 25) : start]
        if start >= done and start not in other and not _NO_PHONE_AFTER.search(before):
            ends = (end for end in _ends(text, start) if not _UNIT.match(text, end))
            if done := next(ends, 0):
                yield Contact("phone", start, done)


def _ends(text: str, start: int) -> Iterator[int]:
    if found := _RUSSIAN.match(text, start):
        groups = " ".join(re.findall(r"\d+", found[1]))
        if _SHAPE.fullmatch(groups) and _is_valid(groups, "RU"):
            yield found.end()
    if (found := _AMERICAN.match(text, start)) and _is_valid(found[0], "US"):
        yield found.end()
    number = found[0] if (found := _ABROAD.match(text, start)) else ""
    while len(number) > 8:
        if _is_valid("+" + re.sub(r"^(?:00|810)|\D", "", number), ""):
            yield start + len(number)
        number = re.sub(r"\D*\d+\Z", "", number)  # a group less


@lru_cache(4096)
def _is_valid(number: str, region: str) -> bool:
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return False
    own = region in {"", phonenumbers.region_code_for_number(parsed)}
    return own and bool(phonenumbers.is_valid_number(parsed))
