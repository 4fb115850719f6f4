"""Finding the names of known people in text, inflected or spelled in the other alphabet.

The rule. A surname counts alone, a first name with the patronymic; a first name alone only if it is
a speaker's, and not before another's patronymic. Two or three words with capitals are a person; any
other entry of a list counts as a whole. Russian words are found in each case; what is another word
too (Вера, Мороз; Latin: up to four letters, or one of a list) only with a capital.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain, islice, product
from typing import Any, NamedTuple

import pymorphy3

from analysis.privacy.folding import folded

WORD = re.compile(r"[^\W\d_]+(?:'(?![sS]\b)[^\W\d_]+)*")
#: Words of display names that name nobody.
_NO_NAMES = WORD.findall("""expert guest host interviewer ipad iphone moderator participant speaker
user zoom ведущая ведущий гость интервьюер модератор организатор спикер участник эксперт""")
#: Names of five letters or more that are English words too.
_ENGLISH = WORD.findall("""april august baker banks bishop black bright brown carter chance church
cooper cross daisy early faith field fisher forest frank french german grace grant green hardy
hunter justice knight little major march mason miller noble parker penny porter power price prince
robin sharp short singer small steel stone strong summer swift turner walker white winter young""")
_RUSSIAN = re.compile("[а-я]+")
_PATRONYMIC = re.compile(
    r"\s+(?:[А-Я][а-я]+(?:[ое]вич|ьич|[кмнт]ич|[ое]вн|ичн)(?:а|у|ем|ом|е|ы|ой|ою)?"
    r"|[A-Z][a-z]+(?:[oey]vich|[oey]vna|ichna)(?:'s)?)(?![^\W_])"
)
#: What may stand between two names of a person: the patronymic may not be in the list.
_BETWEEN = re.compile(rf"(?:{_PATRONYMIC.pattern})?[\s._-]{{1,3}}")
_INITIALS_BEFORE = re.compile(r"(?<![^\W_])(?:[A-ZА-Я]\.\s?){1,2}\Z")
_INITIALS_AFTER = re.compile(r"\s[A-ZА-Я]\.(?:\s?[A-ZА-Я]\.)?")

#: How letters are spelled in the other alphabet, the likeliest first; $ is the end of a word.
_TO_LATIN = """а:a б:b в:v г:g д:d е:e,ye ж:zh з:z и:i й:y,i,j к:k л:l м:m н:n о:o п:p р:r с:s т:t
у:u ф:f х:kh,h ц:ts,c ч:ch ш:sh щ:shch,sch ъ: ы:y ь:,' э:e ю:yu,iu,ju я:ya,ia,ja ий$:y,iy,ii,ij,i
ый$:y,yy кс:ks,x ье:ye,yo,ie дж:j,dzh ия:ia,iya,ija ья:ya,ia,'ya ей:ey,ei,ej $:"""
_TO_RUSSIAN = """a:а b:б c:к,ц d:д e:е,э f:ф g:г h:х,г i:и j:й,дж k:к l:л m:м n:н o:о p:п q:к r:р
s:с t:т u:у v:в w:в x:кс y:ы,й z:з ':ь shch:щ sch:щ,ш zh:ж kh:х ts:ц ch:ч sh:ш ya:я,ья ia:ия,я,ья
iya:ия ja:я,ья yu:ю,ью iu:ю,ью ju:ю yo:е ye:е,ье ey:ей ei:ей ay:ай ai:ай oy:ой iy:ий ii:ий,ии
y$:ий,ы i$:ий,и $:"""
_parses: Any = cache(pymorphy3.MorphAnalyzer().parse)


class _Part(NamedTuple):
    """What a form of a word is for one person; ``role``: Name, Patr, Surn, or a word's place."""

    role: str
    own: bool
    capital: bool


@cache
def _spelled(word: str) -> list[str]:
    """The likeliest spellings of a word in the other alphabet."""
    pairs = (_TO_LATIN if _RUSSIAN.search(word) else _TO_RUSSIAN).split()
    table = dict(pair.split(":") for pair in pairs)
    letters = re.compile("|".join(map(re.escape, sorted(table, key=len, reverse=True))))
    options = [table[found].split(",") for found in letters.findall(f"{word}$")]
    return ["".join(spelling) for spelling in islice(product(*options), 32)]


def _russian(word: str) -> list[str]:
    """A word in Russian letters: as it is, or as it may be spelled."""
    spellings = [word] if _RUSSIAN.search(word) else _spelled(word)
    return [s for s in spellings if any(p.is_known for p in _parses(s))] or spellings[:4]


def _inflected(word: str, role: str) -> Iterator[tuple[str, bool, bool]]:
    """The forms of a Russian word; is each in the word's gender, and in the first case."""
    tag = "nomn" if role.startswith("word") else role
    parses = [parse for parse in _parses(word) if "nomn" in parse.tag]
    parses = [parse for parse in parses if tag in parse.tag] or parses
    genders = {parse.tag.gender for parse in parses if parse.word == word}
    for form in chain.from_iterable(parse.lexeme for parse in parses):
        # "Иванов" is no plural of the first name "Иван"
        if form.tag.POS in {"NOUN", "ADJF"} and (role == "Surn" or "plur" not in form.tag):
            own = form.tag.gender in genders or {"ms-f", "sing"} in form.tag
            yield form.word.replace("ё", "е"), own, "nomn" in form.tag
    if not any(parse.is_known and tag in parse.tag for parse in parses):
        endings = {"ь": "я ю ем е и", "й": "я ю ем е и", "а": "ы и е у ой", "я": "и е ю ей"}
        stem = word[:-1] if word[-1] in endings else word
        for ending in endings.get(word[-1], "а у ом ем е ы").split():
            yield stem + ending, True, False


def _forms(word: str, role: str) -> dict[str, bool]:
    """The forms of a word in both alphabets, and whether each is in the person's own gender."""
    forms = {word: True, word.replace("'", ""): True}
    for root in filter(None, _russian(word)):
        for form, own, first in [(root, True, True), *_inflected(root, role)]:
            for spelling in [form, *(_spelled(form) if first else ())]:
                forms[spelling] = own or forms.get(spelling, False)
    return forms


def _is_another_word(form: str) -> bool:
    if not _RUSSIAN.search(form):
        return len(form) < 5 or form in _ENGLISH
    names = {"Name", "Surn", "Patr", "Geox", "Poss"}
    return len(form) < 3 or any(p.is_known and not names & p.tag.grammemes for p in _parses(form))


def _role(word: str) -> str:
    """What a word of a name is by itself: a patronymic, a first name, or unknown."""
    tags = [p.tag for s in _russian(word) for p in _parses(s) if p.is_known and "nomn" in p.tag]
    return next((role for tag in tags for role in ("Patr", "Name") if role in tag), "")


def _roles(words: list[str], speaker: bool) -> list[str]:
    """What each word of a name is for: its place in a phrase, where it is no person's name."""
    known = [_role(word.lower()) for word in words]
    if len(words) < 2:
        return ["Name" if speaker and role == "Name" else "Surn" for role in known]
    person = len(words) < 4 and all(word[0].isupper() for word in words)
    if not speaker and not (person and (any(known) or words[0].isascii())):
        return [f"word {place}" for place in range(len(words))]
    firsts = [place for place, role in enumerate(known) if role == "Name"]
    if "Patr" in known[1:]:
        firsts = [known.index("Patr", 1) - 1]
    elif len(firsts) in {0, len(words)}:
        firsts = [0]
    others = [role if role == "Patr" else "Surn" for role in known]
    return ["Name" if place in firsts else role for place, role in enumerate(others)]


class Index:
    """The forms of the names of people: of each the name, and whether the person is a speaker."""

    def __init__(self, people: Iterable[tuple[str, bool]]) -> None:
        self.words: dict[str, dict[int, _Part]] = defaultdict(dict)
        self._people: list[tuple[list[str], bool]] = []  # roles; whether a first name is enough
        for number, (name, speaker) in enumerate(people):
            words = [w for w in WORD.findall(folded(name)) if w[1:] and w.lower() not in _NO_NAMES]
            roles = _roles(words, speaker)
            self._people.append((roles, speaker))
            for word, role in zip(words, roles, strict=True):
                for form, own in _forms(word.lower(), role).items():
                    capital = not role.startswith("word") and _is_another_word(form)
                    known = self.words[form].get(number)
                    if (own and not (known and known.own)) or not (known or capital):
                        self.words[form][number] = _Part(role, own, capital)

    def find(self, text: str) -> list[tuple[int, int, tuple[int, ...]]]:
        """Where names stand in a folded text, in order, and the numbers of those they may mean."""
        found: list[tuple[int, int, tuple[int, ...]]] = []
        for start, end, roles in self._runs(text):
            sure = [person for person in roles if self._is_enough(person, roles[person])]
            other = _PATRONYMIC.match(text, end)
            if other and all(roles[person] == ["Name"] for person in sure):
                sure = [p for p in sure if "Patr" not in self._people[p][0]]
                end = other.end()
            if any("Surn" in roles[person] for person in sure):
                before = _INITIALS_BEFORE.search(text, max(0, start - 8), start)
                after = _INITIALS_AFTER.match(text, end)
                start, end = before.start() if before else start, after.end() if after else end
            if found and found[-1][2] == tuple(sure) and not text[found[-1][1] : start].strip(" -"):
                start = found.pop()[0]
            if sure:
                found.append((start, end, tuple(sure)))
        return found

    def _runs(self, text: str) -> Iterator[tuple[int, int, dict[int, list[str]]]]:
        """Words that stand side by side and can mean one person, and what they are for whom."""
        start = end = 0
        roles: dict[int, list[str]] = {}
        for word in WORD.finditer(text):
            known = self.words.get(word[0].lower())
            if known is None:
                continue
            upper = word[0][0].isupper()
            here = {p: part for p, part in sorted(known.items()) if upper or not part.capital}
            here = {p: part for p, part in here.items() if part.own} or here
            both = roles.keys() & here.keys()
            if both and _BETWEEN.fullmatch(text, end, word.start()):
                roles = {person: [*roles[person], here[person].role] for person in sorted(both)}
            else:
                yield start, end, roles
                start, roles = word.start(), {person: [here[person].role] for person in here}
            end = word.end()
        yield start, end, roles

    def _is_enough(self, person: int, roles: list[str]) -> bool:
        whole, speaker = self._people[person]
        if whole[0] == "word 0":
            return any(roles[n : n + len(whole)] == whole for n in range(len(roles)))
        return "Surn" in roles or ("Name" in roles and (speaker or "Patr" in roles))
