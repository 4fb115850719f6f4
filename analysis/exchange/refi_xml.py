"""What the XML of a REFI-QDA project or codebook holds."""

from __future__ import annotations

import io
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from analysis.exchange.material import ExchangeError

#: Tags and equals signs in the XML (each may take a hundred bytes of memory); codes, sources
#: and cases.
MOST_MARKS, MOST = 2_500_000, 20_000
TEXTS = ("TextSource", "Representation", "TextDescription")
#: Where codings may lie without a text, by the beginning of the tags for sources and selections.
REGIONS = {"PDF": "PDF region", "Picture": "picture", "Audio": "recording", "Video": "video"}
MEDIA = {f"{kind}{tag}": kind for kind in REGIONS for tag in ("Source", "Selection")}
MEDIA["TranscriptSelection"] = "Audio"
TAGS = ("Users", "CodeBook", "Variables", "Cases", "CodeRef", "PlainTextSelection", *TEXTS, *MEDIA)
TAGS += ("Note", "Link", "Set", "Graph")


def plain_id(text: str | None) -> str:
    """An identifier: tools differ in case and braces."""
    return text.strip(" {}\t\n\r").lower() if text else ""


def _ids(element: Any, tag: str) -> list[str]:
    return [plain_id(part.get("targetGUID")) for part in element.iterchildren(f"{{*}}{tag}")]


def _place(text: str | None) -> int:
    return int(text) if text and len(text) < 13 and text.isdecimal() else -1


@dataclass
class Parsed:
    """What the XML holds, by ids in small letters; ``sources`` with their selections."""

    origin: str = ""
    users: dict[str, str] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    variables: dict[str, tuple[str, str]] = field(default_factory=dict)
    cases: dict[str, dict[str, Any]] = field(default_factory=dict)
    sources: list[dict[str, Any]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def numbered(self, kind: str, name: str) -> str:
        """The name, with a number if another has it: two of one name stay two."""
        times = self.counts[f"{kind} {name}"] = self.counts[f"{kind} {name}"] + 1
        return f"{name} ({times})" if name and times > 1 else name

    # As methods, for an element that still has a name in parsed() is slow to clear.

    def add_codes(self, element: Any, parent: str = "") -> None:
        """The codes of a codebook or below a code."""
        for code in element.iterchildren("{*}Codes", "{*}Code"):
            if code.tag.endswith("s"):
                self.add_codes(code)
                continue
            if len(self.codes) > MOST:
                return
            key = plain_id(code.get("guid"))
            if key in self.codes:
                self.counts["repeated"] += 1
            while key in self.codes or not key:
                key = f"code {len(self.codes) + 1}"
            name, text = code.get("name") or "", code.findtext("{*}Description") or ""
            self.codes[key] = {"code": key, "parent": parent, "name": name, "text": text}
            self.add_codes(code, key)

    def add_cases(self, element: Any) -> None:
        """The cases, with what they refer to and the values of their variables."""
        for case in element.iterchildren("{*}Case"):
            values = dict[str, str]()
            for value in case.iterchildren("{*}VariableValue"):
                texts = [part.text or "" for part in value if not part.tag.endswith("VariableRef")]
                values |= dict.fromkeys(_ids(value, "VariableRef"), "".join(texts))
            refs = {name: _ids(case, f"{name}Ref") for name in ("Source", "Selection", "Code")}
            name = self.numbered("case", case.get("name") or "")
            self.cases[plain_id(case.get("guid"))] = {**refs, "name": name, "values": values}

    def add_text(self, element: Any, selections: list[Any], codings: list[Any]) -> None:
        """A text, by itself or of a PDF or picture."""
        content, path = element.findtext("{*}PlainTextContent"), element.get("plainTextPath")
        named = element
        if not element.tag.endswith("TextSource"):
            named = element.getparent()
            if named is None or (content is None and not path):
                return
            self.counts["media"] -= 1
        key, name = plain_id(element.get("guid")), named.get("name") or element.get("guid") or ""
        text = {"id": key, "name": name, "content": content, "path": path or ""}
        self.sources.append({**text, "selections": selections, "codings": codings})


def parsed(xml: bytes, file: str) -> Parsed:
    """What the XML holds; it is read piece by piece, and what was read is let go."""
    if re.search(rb"<\0*!\0*D\0*O\0*C\0*T", xml):
        raise ExchangeError(f"{file}: its XML declares entities or a document type; not read")
    if xml.count(b"<") + xml.count(b"=") > MOST_MARKS:
        raise ExchangeError(f"{file}: more than {MOST_MARKS // 10:,} codings; not read")
    found, selections, codings, used = Parsed(), list[Any](), list[Any](), 0
    options: Any = {"resolve_entities": False, "no_network": True, "load_dtd": False}
    options |= {"huge_tree": False, "remove_comments": True, "remove_pis": True}
    events = etree.iterparse(io.BytesIO(xml), ("end",), tag=[f"{{*}}{t}" for t in TAGS], **options)
    try:
        for _, element in events:
            name, get = element.tag.rpartition("}")[2], element.get
            if name == "CodeRef":  # of the selection, source or case that ends next
                coding = element.getparent()
                user = None if coding is None else coding.get("creatingUser")
                if not user and coding is not None and coding.getparent() is not None:
                    user = coding.getparent().get("creatingUser")
                codings.append((len(selections), user, get("targetGUID")))
                continue
            if name == "PlainTextSelection":
                start, end = _place(get("startPosition")), _place(get("endPosition"))
                selections.append((get("guid"), get("name"), start, end))
                used = len(codings)
            elif name in MEDIA:
                found.counts[MEDIA[name]] += len(codings) - used
                found.counts["media"] += name.endswith("Source")
            elif name in TEXTS:
                found.counts["whole"] += len(codings) - used
                found.add_text(element, selections, codings[:used])
                selections, codings, used = [], [], 0
                if len(found.sources) > MOST:
                    break
            elif name == "Users":
                for one in element.iterchildren("{*}User"):
                    user = one.get("name") or one.get("id") or one.get("guid") or ""
                    found.users[plain_id(one.get("guid"))] = found.numbered("user", user)
            elif name == "CodeBook":
                found.origin = element.get("origin") or ""
                found.add_codes(element)
            elif name == "Variables":
                for one in element.iterchildren("{*}Variable"):
                    described = one.get("name") or "", one.findtext("{*}Description") or ""
                    found.variables[plain_id(one.get("guid"))] = described
            elif name == "Cases":
                found.add_cases(element)
            else:
                found.counts["others"] += 1
                selections, codings, used = [], [], 0  # of a note
            del codings[used:]
            element.clear()
    except (etree.LxmlError, LookupError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        raise ExchangeError(f"{file}: no whole XML: line {line} is wrong") from None
    if max(map(len, (found.codes, found.sources, found.cases))) > MOST:
        raise ExchangeError(f"{file}: more than {MOST:,} codes, sources or cases; not read")
    root, kind = events.root, events.root.tag.rpartition("}")[2]
    if kind not in ("Project", "CodeBook"):
        raise ExchangeError(f"{file}: no REFI-QDA: the XML has neither Project nor CodeBook")
    found.origin = root.get("origin") or found.origin
    return found
