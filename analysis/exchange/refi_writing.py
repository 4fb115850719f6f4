"""Writing a panel as a REFI-QDA project (.qdpx), or its codebook (.qdc)."""

from __future__ import annotations

import io
import re
import zipfile
from collections import defaultdict
from contextlib import suppress
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pandas as pd
from lxml import etree

from analysis.exchange import refi
from analysis.panel.faults import NotInPanel
from analysis.panel.format import CONSENSUS, MODERATOR
from analysis.panel.panel import Panel
from analysis.privacy.folding import WITHHELD
from analysis.words import noun, whole

#: What REFI-QDA has no place for: tables of a panel, and columns of its statements.
NO_PLACE = ("guide", "coded", "asked", "codebook_changes", "question", "start", "text_en")
#: A date that is none: archives begin with it, and some tools stop where there is no date at all.
UNDATED = {"creationDateTime": "1980-01-01T00:00:00Z"}
#: Characters that XML cannot hold.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: The columns of the view of a codebook that have other names in its file.
_COLUMNS = {"side": "direction", "label_ru": "name_ru"}
_OF_CASES = {refi.KIND: "Text", refi.SESSION: "Text", refi.QUOTABLE: "Boolean"}


def _clean(value: Any) -> str:
    if isinstance(value, float):
        return "" if pd.isna(value) else format(Decimal(repr(value)).normalize(), "f")
    return "" if pd.isna(value) else _NOT_XML.sub("\ufffd", str(value))


def _described(values: dict[Any, Any]) -> str:
    """A description that :func:`refi.taken_apart` takes apart again."""
    names = "|".join(refi.OWN_HEADINGS)
    texts = {name: _clean(value) for name, value in values.items()}
    texts = {k: re.sub(rf"(?m)^(\\*(?:{names}):)", r"\\\1", text) for k, text in texts.items()}
    told = [f"{h}: {texts[name]}" for h, name in refi.OWN_HEADINGS.items() if texts.get(name)]
    return "\n".join([texts["definition"], *told] if texts.get("definition") else told)


class _Writer:
    """The XML of one panel; every identifier follows from the panel's and its own."""

    def __init__(self, panel: Panel, root: str, **attributes: str) -> None:
        self.space = f"urn:QDA-XML:{root.lower()}:1.0"
        self.root = etree.Element(f"{{{self.space}}}{root}", attributes, nsmap={None: self.space})
        self.panel, self.frames = panel, panel.frames

    def guid(self, *key: object) -> str:
        parts = (refi.ORIGIN, self.panel.meta.id, *key)
        return str(uuid5(NAMESPACE_URL, " ".join(map(str, parts))))

    def add(self, parent: Any, tag: str, *key: object, text: Any = "", **attributes: Any) -> Any:
        """A new element; ``key``: kind and id of what it is, for its guid."""
        given = {name: _clean(value) for name, value in attributes.items()}
        given |= {"guid": self.guid(*key)} if key else {}
        element = etree.SubElement(parent, f"{{{self.space}}}{tag}", given)
        element.text = _clean(text) or None
        return element

    def refer(self, parent: Any, tag: str, *key: object) -> None:
        self.add(parent, tag, targetGUID=self.guid(*key))

    def view(self, name: str) -> pd.DataFrame:
        found = pd.DataFrame()
        with suppress(NotInPanel):
            found = getattr(self.panel, name)
        return found

    def codes(self, parent: Any, opposed: set[str]) -> None:
        """The codebook; a code that was spoken against has a code for that below it."""
        places = {"": self.add(parent, "Codes")}
        book = self.panel.codebook if "codebook" in self.frames else pd.DataFrame()
        for code, row in book.rename(columns=_COLUMNS).iterrows():
            above, label = places["" if row["level"] == 1 else str(row["theme"])], row["label"]
            one = self.add(above, "Code", "code", code, name=label, isCodable="true")
            self.add(one, "Description", text=_described({**row.to_dict(), "code": code}))
            places[str(code)] = one
            if code in opposed:
                name = f"{label} (opposes)"
                one = self.add(one, "Code", "opposes", code, name=name, isCodable="true")
                self.add(one, "Description", text="Stance: opposes")

    def cases(self, said: pd.DataFrame) -> None:
        """Experts as cases; their kind, session and ratings as variables; what they said."""
        types = {name: (kind, "") for name, kind in _OF_CASES.items()}
        values = {}
        for expert, row in self.view("experts").iterrows():
            told = (row["kind_name"], row["session"], str(row["quotable"]).lower())
            values[str(expert)] = list(zip(_OF_CASES, told, strict=True))
        if "ratings" in self.frames:
            for item, row in self.panel.ratings()[0].iterrows():
                scale = f"Scale: {_clean(row['lowest'])} to {_clean(row['highest'])}"
                text = f"{_clean(row['label'])}\n{scale}\nTask: {_clean(row['task'])}"
                types[str(item)] = ("Float", text)
            for one in self.frames["ratings"].to_dict("records"):
                name, again = one["item_id"], one.get("round")
                if pd.notna(again):
                    name = f"{name} (round {again:.0f})"
                    types.setdefault(name, types[one["item_id"]])
                values[one["expert_id"]].append((name, one["value"]))
        variables, cases = self.add(self.root, "Variables"), self.add(self.root, "Cases")
        for name, (kind, text) in types.items():
            one = self.add(variables, "Variable", "variable", name, name=name, typeOfVariable=kind)
            self.add(one, "Description", text=text)
        speakers = said["speaker"].astype("str")
        values |= {MODERATOR: []} if (speakers == MODERATOR).any() else {}
        for name, known in values.items():
            case = self.add(cases, "Case", "case", name, name=name)
            for variable, value in known:
                place = self.add(case, "VariableValue")
                self.refer(place, "VariableRef", "variable", variable)
                if _clean(value):
                    self.add(place, f"{types[variable][0]}Value", text=value)
            for statement in said.index[speakers == name]:
                self.refer(case, "SelectionRef", "selection", statement)

    def sources(self, said: pd.DataFrame, codings: pd.DataFrame) -> dict[str, bytes]:
        """Sessions as texts of "speaker: text" lines; these texts, by the names of their files."""
        parent, texts = self.add(self.root, "Sources"), dict[str, bytes]()
        given = defaultdict(list)
        columns = ["statement_id", "coder", "code_id", "stance"]
        for statement, *coding in codings[columns].itertuples(index=False):
            given[statement].append(coding)
        for session, row in self.view("sessions").iterrows():
            path, end = f"{self.guid('session', session)}.txt", -1
            names = {"name": session, "plainTextPath": f"internal://{path}"} | UNDATED
            source = self.add(parent, "TextSource", "session", session, **names)
            told = [f"{name}: {_clean(row[name])}" for name in ("date", "minutes")]
            self.add(source, "Description", text="\n".join(told))
            here = said.loc[said["session"] == session, ["speaker", "text"]]
            for statement, speaker, text in here.itertuples(name=None):
                start = end + len(f"\n{speaker}: ")
                end = start + len(text)
                place = {"name": statement, "startPosition": start, "endPosition": end} | UNDATED
                part = self.add(source, "PlainTextSelection", "selection", statement, **place)
                for coder, code, stance in given[statement]:
                    one, user = (statement, coder, code), self.guid("user", coder)
                    mark = self.add(part, "Coding", "coding", *one, creatingUser=user, **UNDATED)
                    self.refer(mark, "CodeRef", "opposes" if stance == "opposes" else "code", code)
            lines = [f"{who}: {text}\n" for who, text in here.itertuples(index=False)]
            texts[f"Sources/{path}"] = "".join(lines).encode()
        return texts

    def xml(self) -> bytes:
        for empty in [part for part in self.root if not (len(part) or part.text or part.attrib)]:
            self.root.remove(empty)
        written: bytes = etree.tostring(self.root, xml_declaration=True, encoding="utf-8")
        return written


def project(panel: Panel) -> tuple[bytes, list[str]]:
    """The panel as a project, the same bytes each time, and what the project does not hold."""
    writer = _Writer(panel, "Project", name=_clean(panel.meta.title), origin=refi.ORIGIN)
    said, memos = (writer.view(name) for name in ("statements", "memos"))
    counts = {name: len(panel.frames.get(name, ())) for name in NO_PLACE}
    counts |= {name: int(said[name].count()) for name in NO_PLACE if name in said}
    counts["question of a code"] = int(writer.view("codebook").filter(["question"]).count().sum())
    for name in ("plan", "reporting", "truth"):
        with suppress(NotInPanel):
            counts[f"{name}.yml"] = bool(getattr(panel, name))
    homeless = [f"{name} ({whole(count)})" for name, count in counts.items() if count]
    left = [f"REFI-QDA has no place for: {', '.join(homeless)}."] if homeless else []
    if len(said) and (silent := int((said["known"] & (said["text"] == WITHHELD)).sum())):
        what = f"{noun(silent, 'statement')} of experts who may not be quoted"
        left.append(f"{what}: written as {WITHHELD}.")
    codings = writer.frames["codings"].astype("object").sort_values(["coder", "code_id"])
    if not panel.resolved:
        codings = codings[codings["coder"] != CONSENSUS]
        left.append("The resolved coding was only derived from the coders': not written.")
    users = writer.add(writer.root, "Users")
    for user in dict.fromkeys([*panel.coders, *codings["coder"], *memos.get("author", ())]):
        writer.add(users, "User", "user", user, name=user)
    opposed = set(codings["code_id"][codings["stance"] == "opposes"])
    writer.codes(writer.add(writer.root, "CodeBook"), opposed)
    writer.cases(said)
    texts = writer.sources(said, codings)
    notes = writer.add(writer.root, "Notes")
    writer.add(writer.root, "Description", text=panel.meta.statement)
    for memo, row in memos.iterrows():
        names = {"name": memo, "creatingUser": writer.guid("user", row["author"])} | UNDATED
        note = writer.add(notes, "Note", "memo", memo, **names)
        told = [f"{name}: {_clean(row[name])}" for name in ("date", "about")]
        writer.add(note, "Description", text="\n".join(told))
        writer.add(note, "PlainTextContent", text=row["text"])
        writer.refer(writer.root, "NoteRef", "memo", memo)
    xml, packed = writer.xml(), io.BytesIO()
    if lost := xml.decode().count("\ufffd"):
        left.append(f"{noun(lost, 'character')} that XML cannot hold: written as \ufffd.")
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in {"project.qde": xml, **texts}.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
            archive.writestr(entry, data)
    return packed.getvalue(), left


def codebook(panel: Panel) -> bytes:
    """The codebook of a panel by itself (.qdc)."""
    writer = _Writer(panel, "CodeBook", origin=refi.ORIGIN)
    writer.codes(writer.root, set())
    return writer.xml()
