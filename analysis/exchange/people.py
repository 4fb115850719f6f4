"""Who is who: the names that were seen, and what the user decides about them.

``role`` is empty for an expert, ``moderator``, ``coder``, or ``nobody`` where the name is none;
``same_as`` is another row's id. What ends with a question mark is proposed, and not applied.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from itertools import count

import pandas as pd

from analysis.exchange import tables
from analysis.exchange.export import safe_csv
from analysis.exchange.material import WORDS, ExchangeError, Material
from analysis.panel.format import CONSENSUS, MODERATOR

COLUMNS = ["name", "files", "turns", "id", "role", "same_as", "kind"]
ROLES = ("", "expert", MODERATOR, "coder", "nobody")
_LABEL = re.compile(rf"(?i)\b({WORDS['devices']})\b|^({WORDS['labels']})?[\s_#№-]*\d*$")
_LEADS = re.compile(rf"(?i)\b({WORDS['leads']})\b")
_OWN = re.compile(f"[a-z]{{1,3}}[0-9]{{1,4}}|coder_?[a-z0-9]{{1,2}}|{CONSENSUS}")


@dataclass
class Person:
    """One row; ``part`` is "speaks", "listed" or empty, ``stands`` the id that counts."""

    name: str
    files: list[str] = field(default_factory=list)
    turns: int = 0
    id: str = ""
    role: str = ""
    same_as: str = ""
    kind: str = ""
    part: str = ""
    stands: str = ""


def seen(named: list[Person], people: list[Person]) -> None:
    """Add to ``people`` who was named, with an id and, where names are alike, a proposal.

    A full name is one person in all files, any other somebody else in each in which it has turns.
    """
    at = {(person.name, file): person for person in people for file in person.files}
    homes: dict[str, list[Person]] = {}
    for person in people:
        homes.setdefault(person.name, []).append(person)
    for one in named:
        place, same = (one.name, one.files[0]), homes.setdefault(one.name, [])
        full = len(re.findall(r"[^\W\d_]{2,}", one.name)) > 1 and not _LABEL.search(one.name)
        joined = not one.turns or full or _LEADS.fullmatch(one.name)
        if place in at or (joined and len(same) == 1):
            person = at.setdefault(place, same[0])
            if one.part == "speaks" and one.files[0] not in person.files:
                person.files += one.files
            person.turns += one.turns
            person.part, person.kind = person.part or one.part, person.kind or one.kind
        elif one.part == "speaks" or not same:
            same.append(one)
            people.append(one)
            at[place] = one
    _propose(people)


def _propose(people: list[Person]) -> None:
    """Ids for who has none, the moderator's role where the name says so, and pairs."""
    used, first = {person.id for person in people}, dict[str, str]()
    own = {person.name for person in people if _OWN.fullmatch(person.name)} - used
    used |= own
    free = {"": (f"e{i:02d}" for i in count(1)), "coder": (f"c{i}" for i in count(1))}
    free[MODERATOR] = (f"m{i}" if i > 1 else MODERATOR for i in count(1))
    for person in people:
        bare = re.sub(r"\([^)]*\)|\[[^]]*\]", " ", unicodedata.normalize("NFKC", person.name))
        words = re.findall(r"\w+", _LEADS.sub(" ", bare).casefold().replace("ё", "е"))
        plain = "" if _LABEL.search(bare.strip()) else " ".join(sorted(words))
        if not person.id and plain in first:
            person.same_as = f"{first[plain]}?"
        if not person.id and person.part == "speaks":
            person.role = person.role or (MODERATOR if _LEADS.search(person.name) else "")
            fresh = (i for i in free.get(person.role, free[""]) if i not in used)
            person.id = person.name if person.name in own else next(fresh)
            own.discard(person.id)
            used.add(person.id)
        if plain and person.id:
            first.setdefault(plain, person.id)


def settle(people: list[Person]) -> None:
    """Tell who ``stands`` for each row; :class:`ExchangeError` where the list is wrong."""
    rows = {person.id: person for person in reversed(people) if person.id}
    for line, person in enumerate(people, 2):
        last, steps = person, 0
        while last.same_as in rows and steps < len(people):
            last, steps = rows[last.same_as], steps + 1
        for column, fits, right in (
            ("id", re.fullmatch("[a-z0-9_-]{0,80}", person.id), "an id of a-z, 0-9, - and _"),
            ("role", person.role in ROLES, "expert, moderator or nobody"),
            ("same_as", last.same_as[-1:] in ("", "?"), "the id of another row"),
        ):
            if not fits:
                place = f"the list of speakers, row {line}, {column}"
                raise ExchangeError(f"{place}: {getattr(person, column)!r}; right is {right}")
        person.stands = "" if "nobody" in (person.role, last.role) else last.id


def read(file: str, data: bytes) -> list[Person]:
    """The list as the user saved it, also as Excel saves it; nobody is counted yet."""
    (_, frame), *_ = tables.read(Material(file, ""), data)
    rows = frame.reindex(columns=COLUMNS, fill_value="").itertuples(index=False)
    return [Person(n, files.split("; "), 0, *decided) for n, files, _, *decided in rows]


def written(people: list[Person]) -> bytes:
    """The list as a file that Excel opens."""
    cells = pd.DataFrame([vars(person) for person in people], columns=COLUMNS)
    return safe_csv(cells.assign(files=cells["files"].str.join("; ")), [])
