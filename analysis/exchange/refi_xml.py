"""What the XML of a REFI-QDA project or codebook holds."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from itertools import islice
from typing import Any

from lxml import etree

from analysis.exchange.material import ExchangeError

#: Tags and equals signs in the XML, a hundred bytes of memory each; codes, sources and cases.
MOST_MARKS, MOST = 2_500_000, 20_000
TEXTS = ("{*}TextSource", "{*}Representation", "{*}TextDescription")
#: Where codings may lie without a text: tags of sources and of selections.
_REGIONS = ("PDF", "Picture", "Audio", "Video")
MEDIA = {f"{kind}{tag}": kind for kind in _REGIONS for tag in ("Source", "Selection")}
MEDIA["TranscriptSelection"] = "Audio"


@lru_cache(MOST)
def plain_id(text: str | None) -> str:
    """An identifier: tools differ in case and braces."""
    return text.strip(" {}\t\n\r").lower() if text else ""


def _ids(element: Any, tag: str) -> list[str]:
    return [plain_id(part.get("targetGUID")) for part in element.iterchildren(f"{{*}}{tag}")]


def _place(text: str | None) -> int:
    return int(text) if text and len(text) < 13 and text.isdecimal() else -1


@dataclass
class Parsed:
    """What the XML holds, by ids in small letters; ``sources`` with their selections.

    A selection: id, name, start, end (only where cases refer to some). A coding: start, end, ids.
    ``lists``: the two by element, until its text is added.
    """

    origin: str = ""
    users: dict[str, str] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    variables: dict[str, tuple[str, str]] = field(default_factory=dict)
    cases: dict[str, dict[str, Any]] = field(default_factory=dict)
    sources: list[dict[str, Any]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    lists: dict[Any, Any] = field(default_factory=lambda: defaultdict(lambda: ([], [])))

    def numbered(self, kind: str, name: str) -> str:
        """The name, with a number if another has it: two of one name stay two."""
        times = self.counts[f"{kind} {name}"] = self.counts[f"{kind} {name}"] + 1
        return f"{name} ({times})" if name and times > 1 else name

    def add_codes(self, element: Any, parent: str = "") -> None:
        """The codes of a codebook or below a code."""
        for code in element.iterchildren("{*}Codes", "{*}Code"):
            if code.tag.endswith("s"):
                self.add_codes(code)
                continue
            if len(self.codes) > MOST:
                return
            key = plain_id(code.get("guid"))
            while key in self.codes or not key:
                key = f"code {len(self.codes) + 1}"
            name, text = code.get("name") or "", code.findtext("{*}Description") or ""
            self.codes[key] = {"code": key, "parent": parent, "name": name, "text": text}
            self.add_codes(code, key)

    def add_case(self, case: Any) -> None:
        """A case, with what it refers to and the values of its variables."""
        values = dict[str, str]()
        for value in case.iterchildren("{*}VariableValue"):
            texts = [part.text or "" for part in value if not part.tag.endswith("VariableRef")]
            values |= dict.fromkeys(_ids(value, "VariableRef"), "".join(texts))
        refs = {name: _ids(case, f"{name}Ref") for name in ("Source", "Selection", "Code")}
        name = self.numbered("case", case.get("name") or "")
        self.cases[plain_id(case.get("guid"))] = {**refs, "name": name, "values": values}

    def add_selection(self, part: Any) -> None:
        """What is coded in a text: listed while it is read, as elements take far more memory."""
        get, (marks, codings) = part.get, self.lists[part.getparent()]
        start, end = _place(get("startPosition")), _place(get("endPosition"))
        marks.append((get("guid"), get("name"), start, end))
        for code in part.iter("{*}CodeRef"):
            if (one := code.getparent()).getparent() is part:
                user = plain_id(one.get("creatingUser") or get("creatingUser"))
                codings.append((start, end, user, plain_id(code.get("targetGUID"))))
        part.clear()

    def add_text(self, element: Any, referred: bool) -> None:
        """A text, by itself or of a PDF or picture."""
        content, path = element.findtext("{*}PlainTextContent"), element.get("plainTextPath")
        named = element
        if not element.tag.endswith("TextSource"):
            named = element.getparent()
            if named is None or (content is None and not path):
                return
            self.counts["media"] -= 1
        marks, codings = self.lists.pop(element, ([], []))
        marks = [(plain_id(id), *others) for id, *others in marks] if referred else []
        name = named.get("name") or element.get("guid") or ""
        text = {"id": plain_id(element.get("guid")), "name": name, "content": content}
        self.sources.append({**text, "path": path or "", "selections": marks, "codings": codings})
        self.counts["whole"] += len(element.findall("{*}Coding/{*}CodeRef"))


def parsed(xml: bytes, file: str) -> Parsed:
    """What the XML holds; raises :class:`ExchangeError` if it is broken or hostile."""
    if re.search(rb"<\0*!\0*D\0*O\0*C\0*T", xml):
        raise ExchangeError(f"{file}: its XML declares entities or a document type; not read")
    if xml.count(b"<") + xml.count(b"=") > MOST_MARKS:
        raise ExchangeError(f"{file}: more than {MOST_MARKS:,} tags and attributes; not read")
    options: Any = {"resolve_entities": False, "remove_comments": True, "remove_pis": True}
    selections = etree.iterparse(BytesIO(xml), tag="{*}PlainTextSelection", **options)
    found = Parsed()
    try:
        for _, part in selections:
            found.add_selection(part)
    except (etree.LxmlError, LookupError, ValueError):
        wrong = selections.error_log.filter_from_errors()
        line = next((entry.line for entry in wrong if entry.line), 1)
        raise ExchangeError(f"{file}: no whole XML: line {line} is wrong") from None
    root = selections.root
    book = root if root.tag.endswith("CodeBook") else root.find("{*}CodeBook")
    if not root.tag.endswith(("Project", "CodeBook")):
        raise ExchangeError(f"{file}: no REFI-QDA: the XML has neither Project nor CodeBook")
    found.origin = root.get("origin") or ""
    for one in root.iterfind("{*}Users/{*}User"):
        user = one.get("name") or one.get("id") or one.get("guid") or ""
        found.users[plain_id(one.get("guid"))] = found.numbered("user", user)
    for one in root.iterfind("{*}Variables/{*}Variable"):
        described = one.get("name") or "", one.findtext("{*}Description") or ""
        found.variables[plain_id(one.get("guid"))] = described
    if book is not None:
        found.add_codes(book)
    for case in islice(root.iterfind("{*}Cases/{*}Case"), MOST + 1):
        found.add_case(case)
    referred = any(case["Selection"] for case in found.cases.values())
    for text in islice(root.iter(*TEXTS), MOST + 1):
        found.add_text(text, referred)
    for one in root.iter(*(f"{{*}}{tag}" for tag in MEDIA)):
        name = etree.QName(one).localname
        found.counts[MEDIA[name]] += len(one.findall("{*}Coding/{*}CodeRef"))
        found.counts["media"] += name.endswith("Source")
    found.counts["others"] = sum(1 for _ in root.iter("{*}Note", "{*}Link", "{*}Set", "{*}Graph"))
    if max(map(len, (found.codes, found.sources, found.cases))) > MOST:
        raise ExchangeError(f"{file}: more than {MOST:,} codes, sources or cases; not read")
    return found
