"""Citations of the package, of the article and of a panel's interviews, in five forms.

``CITATION.cff`` is the one place for what the package says of itself, its addresses and its DOI
among them; what is not known yet is left out there, and left out here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import yaml

from analysis.panel.meta import Meta
from analysis.project import ROOT


@dataclass(frozen=True)
class Work:
    """A work that can be cited. ``authors`` are (family, given) or (entity, "").

    ``date`` is a day, a month or a year as ISO 8601 has them; empty where nobody stated one.
    """

    key: str
    kind: str  # "software", "article" or "misc" (interviews)
    authors: tuple[tuple[str, str], ...]
    title: str
    date: str
    version: str = ""
    commit: str = ""
    journal: str = ""
    volume: str = ""
    issue: str = ""
    pages: tuple[str, str] = ("", "")
    doi: str = ""
    url: str = ""

    @property
    def year(self) -> str:
        """The year of its date; "n.d." without one."""
        return self.date[:4] or "n.d."

    @property
    def edition(self) -> str:
        """The version and the commit of software; empty for other works."""
        named = f"Version {self.version}" if self.version else ""
        return f"{named}, commit {self.commit}" if self.commit else named

    @property
    def address(self) -> str:
        """Where the work is: its DOI, or the address it has; empty where it has none."""
        return f"https://doi.org/{self.doi}" if self.doi else self.url


def _authors(entries: list[dict[str, Any]]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (str(a["name"]), "") if "name" in a else (str(a["family-names"]), str(a["given-names"]))
        for a in entries
    )


def works(path: Path = ROOT / "CITATION.cff", commit: str = "") -> tuple[Work, Work]:
    """The package and the article, as ``CITATION.cff`` states them."""
    cff = yaml.safe_load(path.read_text(encoding="utf-8"))
    package = Work(
        key="expert-reflection-study",
        kind="software",
        authors=_authors(cff["authors"]),
        title=cff["title"],
        date=str(cff["date-released"]),
        version=str(cff["version"]),
        commit=commit,
        doi=str(cff.get("doi", "")),
        url=str(cff.get("repository-code", "")),
    )
    about = cff["references"][0]
    authors = _authors(about["authors"])
    article = Work(
        key=f"{authors[0][0].lower()}{about['year']}",
        kind="article",
        authors=authors,
        title=about["title"],
        date=str(about["year"]),
        journal=about["journal"],
        volume=str(about["volume"]),
        issue=str(about["issue"]),
        pages=(str(about["start"]), str(about["end"])),
        doi=about["doi"],
    )
    return package, article


def addresses(path: Path = ROOT / "CITATION.cff") -> dict[str, str]:
    """Where the ``repository``, the ``site`` and the notebooks on ``binder`` are; empty: nowhere.

    Binder opens what it can fetch by a repository's name: of GitHub and of GitLab.
    """
    cff = yaml.safe_load(path.read_text(encoding="utf-8"))
    repository = str(cff.get("repository-code", "")).rstrip("/")
    found = re.fullmatch(r"https://git(hub|lab)\.com/([\w.-]+)/([\w.-]+?)(?:\.git)?", repository)
    hosts = {"hub": "gh/{}/{}", "lab": "gl/{}%2F{}"}
    place = hosts[found[1]].format(found[2], found[3]) if found else ""
    return {
        "repository": repository,
        "site": str(cff.get("url", "")).rstrip("/"),
        "binder": f"https://mybinder.org/v2/{place}/HEAD?urlpath=lab/tree/book" if place else "",
    }


def panel_work(meta: Meta) -> Work:
    """The interviews of a panel, as it states them."""
    authors = tuple((name, "") for name in meta.authors or ("Authors not stated",))
    return Work("interviews", "misc", authors, meta.title, meta.collected, doi=meta.doi)


def apa(work: Work) -> str:
    """The work in APA style (7th edition), as plain text."""
    names = [f"{family}, {given}" if given else family for family, given in work.authors]
    listed = ", ".join(names[:-1]) + (", & " if names[1:] else "") + names[-1]
    stop = "" if listed.endswith(".") else "."
    kinds = {
        "software": f"{work.title} ({work.edition}) [Computer software].",
        "misc": f"{work.title} [Expert interviews].",
        "article": f"{work.title}. {work.journal}, {work.volume}({work.issue}), "
        f"{'–'.join(work.pages)}.",
    }
    return f"{listed}{stop} ({work.year}). {kinds[work.kind]} {work.address}".rstrip()


def gost(work: Work) -> str:
    """The work by GOST R 7.0.100-2018, described in English, as plain text."""
    names = [f"{given} {family}" if given else family for family, given in work.authors]
    family, given = work.authors[0]
    # a person heads the description, a group does not; nor does one of four or more
    head = f"{family}, {given} " if given and len(names) < 4 else ""
    said = {"software": " : computer program", "misc": " : expert interviews", "article": ""}
    title = f"{head}{work.title}{said[work.kind]} / {', '.join(names)}"
    doi = f"DOI {work.doi}" if work.doi else ""
    url = f"URL: {work.url}" if work.url else ""
    if work.kind == "article":
        issue = f"Vol. {work.volume}, no. {work.issue}"
        host = [work.journal, work.year, issue, "P. " + "–".join(work.pages)]
        own = [title, doi, "Text : electronic"]
        return f"{_areas(own)} // {_areas(host)}."
    return _areas([title, work.edition, work.year, url, doi, "Text : electronic"]) + "."


def _areas(texts: list[str]) -> str:
    """The areas of a description by GOST, parted by a point and a dash."""
    return ". – ".join(text.rstrip(".") for text in texts if text)


#: What LaTeX would act on, and what shows it; braces stay balanced for BibTeX.
_LATEX = str.maketrans({sign: f"\\{sign}" for sign in "$&#%_"}) | str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
    }
)


def bibtex(work: Work) -> str:
    """The work as a BibTeX entry."""
    authors = " and ".join(
        f"{family}, {given}" if given else f"{{{family.translate(_LATEX)}}}"
        for family, given in work.authors
    )
    title, doi = (text.translate(_LATEX) for text in (work.title, work.doi))
    rows = {"author": authors, "title": f"{{{title}}}", "year": work.year}
    if work.kind == "software":
        rows |= {"version": work.version, "note": work.edition}
    elif work.kind == "article":
        rows |= {
            "journal": work.journal,
            "volume": work.volume,
            "number": work.issue,
            "pages": "--".join(work.pages),
        }
    rows |= {name: text for name, text in (("doi", doi), ("url", work.url)) if text}
    body = ",\n".join(f"  {name} = {{{value}}}" for name, value in rows.items())
    return f"@{work.kind}{{{work.key},\n{body}\n}}\n"


def ris(work: Work) -> str:
    """The work as a RIS record."""
    lines = ["TY  - " + {"software": "COMP", "article": "JOUR", "misc": "DATA"}[work.kind]]
    lines += [f"AU  - {f}, {g}" if g else f"AU  - {f}" for f, g in work.authors]
    lines += [f"TI  - {work.title}", f"PY  - {work.year}"]
    if work.kind == "software":
        lines += [f"ET  - {work.edition}"]
    elif work.kind == "article":
        lines += [f"JO  - {work.journal}", f"VL  - {work.volume}", f"IS  - {work.issue}"]
        lines += [f"SP  - {work.pages[0]}", f"EP  - {work.pages[1]}"]
    lines += [f"{tag}  - {text}" for tag, text in (("DO", work.doi), ("UR", work.url)) if text]
    return "\n".join([*lines, "ER  - "]) + "\n"


def csl(work: Work) -> str:
    """The work as CSL-JSON, which Zotero, Pandoc and citeproc read."""
    kinds = {"software": "software", "article": "article-journal", "misc": "interview"}
    names = [{"family": f, "given": g} if g else {"literal": f} for f, g in work.authors]
    date = [int(part) for part in work.date.split("-")] if work.date else []
    given: dict[str, Any] = {
        "id": work.key,
        "type": kinds[work.kind],
        "title": work.title,
        "author": names,
        "issued": {"date-parts": [date]} if date else "",
        "version": work.version,
        "note": f"commit {work.commit}" if work.commit else "",
        "container-title": work.journal,
        "volume": work.volume,
        "issue": work.issue,
        "page": "-".join(part for part in work.pages if part),
        "DOI": work.doi,
        "URL": work.url,
    }
    said = {name: value for name, value in given.items() if value}
    return json.dumps([said], ensure_ascii=False, indent=1) + "\n"


#: The forms of a citation: what each is called, the end of its file's name, and what writes it.
FORMS: tuple[tuple[str, str, Callable[[Work], str]], ...] = (
    ("APA", "-apa.txt", apa),
    ("GOST R 7.0.100-2018", "-gost.txt", gost),
    ("BibTeX", ".bib", bibtex),
    ("RIS", ".ris", ris),
    ("CSL-JSON", ".json", csl),
)


#: An address within a citation.
_ADDRESS = re.compile(r"https://[^\s<]+")


def cite(name: str, work: Work) -> str:
    """The forms of a citation, each with its file ``cite-name``, as HTML."""
    shown = []
    for form, ending, write in FORMS:
        text = escape(write(work).strip())
        if ending.endswith(".txt"):
            text = _ADDRESS.sub(r'<a href="\g<0>">\g<0></a>', " ".join(text.split()))
        tag = "p" if ending.endswith(".txt") else "pre"
        file = f'<a href="../cite-{name}{ending}" download>file</a>'
        shown.append(f"<p><strong>{form}</strong> ({file})</p>\n<{tag}>{text}</{tag}>")
    return "\n".join(shown)


def whereabouts(places: Mapping[str, str], doi: str) -> str:
    """Where the package is, or that it is nowhere yet, as HTML."""
    known = {
        "DOI of this version": f"https://doi.org/{doi}" if doi else "",
        "Repository": places["repository"],
        "Site": places["site"],
        "Notebooks in the browser, on Binder": places["binder"],
    }
    items = [
        f"<li>{name}: "
        + (f'<a href="{escape(address)}">{escape(address)}</a>' if address else "none yet")
        + "</li>"
        for name, address in known.items()
    ]
    return f"<ul>{''.join(items)}</ul>"


def licences(meta: Meta | None) -> str:
    """Under what the interviews and the text about them may be used, as HTML."""
    if meta is None or meta.source == "constructed":
        return "Text, figures and data: CC BY 4.0."
    text, data = meta.licence or "no licence stated", meta.licence_data or meta.licence
    said = f"Text and figures: {text}. Interviews: {data or 'no licence stated'}."
    return escape(f"{said} From: {meta.origin}" if meta.origin else said)


def write_citations(works: Mapping[str, Work], folder: Path) -> None:
    """Write the forms of each work, by its name, as the files that :func:`cite` leads to."""
    for name, work in works.items():
        for _, ending, form in FORMS:
            (folder / f"cite-{name}{ending}").write_text(form(work), encoding="utf-8", newline="\n")


def named(entries: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Each form in which the text cites an entry of pybtex, with its key and its title.

    "Chao & Jost 2012", "Chao and Jost (2012)", "Chao et al. 2012"; without capitals.
    """
    for key, entry in entries.items():
        people = entry.persons.get("author") or entry.persons["editor"]
        families = [re.sub("[{}]", "", " ".join(p.prelast_names + p.last_names)) for p in people]
        listed, year = ", ".join(families[:-1]), entry.fields["year"]
        forms = [f"{families[0]} et al."] if listed else families
        forms += [f"{listed} {joint} {families[-1]}" for joint in ("&", "and") if listed]
        for form in forms:
            yield f"{form} {year}".lower(), key, entry.fields["title"]
            yield f"{form} ({year})".lower(), key, entry.fields["title"]
