"""Citations of the package and of the article, all made from ``CITATION.cff``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from analysis.panel.meta import Meta
from analysis.project import ROOT
from analysis.words import markdown


@dataclass(frozen=True)
class Work:
    """A work that can be cited. ``authors`` are (family, given) or (entity, "")."""

    key: str
    kind: str  # "software", "article" or "misc" (interviews)
    authors: tuple[tuple[str, str], ...]
    title: str
    year: int
    version: str = ""
    commit: str = ""
    journal: str = ""
    volume: str = ""
    issue: str = ""
    pages: tuple[str, str] = ("", "")
    doi: str = ""


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
        year=int(str(cff["date-released"])[:4]),
        version=str(cff["version"]),
        commit=commit,
        doi=str(cff.get("doi", "")),
    )
    about = cff["references"][0]
    authors = _authors(about["authors"])
    article = Work(
        key=f"{authors[0][0].lower()}{about['year']}",
        kind="article",
        authors=authors,
        title=about["title"],
        year=int(about["year"]),
        journal=about["journal"],
        volume=str(about["volume"]),
        issue=str(about["issue"]),
        pages=(str(about["start"]), str(about["end"])),
        doi=about["doi"],
    )
    return package, article


def panel_work(meta: Meta) -> Work:
    """The interviews of a panel, as it states them."""
    names = meta.authors or ("Authors not stated",)
    year = int(meta.collected[:4]) if meta.collected else 0
    return Work("interviews", "misc", tuple((n, "") for n in names), meta.title, year, doi=meta.doi)


def _names(work: Work, joiner: str, last: str) -> str:
    names = [f"{family}, {given}" if given else family for family, given in work.authors]
    if len(names) < 2:
        return names[0]
    return joiner.join(names[:-1]) + last + names[-1]


def _version(work: Work) -> str:
    return f"Version {work.version}" + (f", commit {work.commit}" if work.commit else "")


def apa(work: Work) -> str:
    """The work in APA style (7th edition), as Markdown."""
    authors = _names(work, ", ", ", & ")
    stop = "" if authors.endswith(".") else "."
    link = f" https://doi.org/{work.doi}" if work.doi else ""
    if work.kind == "software":
        return (
            f"{authors}{stop} ({work.year}). *{work.title}* ({_version(work)}) "
            f"[Computer software].{link}"
        )
    if work.kind == "misc":
        names, title = markdown(authors), markdown(work.title)
        return f"{names}{stop} ({work.year or 'n.d.'}). *{title}* [Expert interviews].{link}"
    pages = "–".join(work.pages)
    return (
        f"{authors}{stop} ({work.year}). {work.title}. *{work.journal}*, *{work.volume}*"
        f"({work.issue}), {pages}.{link}"
    )


def bibtex(work: Work) -> str:
    """The work as a BibTeX entry."""
    authors = " and ".join(
        f"{family}, {given}" if given else f"{{{family}}}" for family, given in work.authors
    )
    rows = {"author": authors, "title": f"{{{work.title}}}", "year": str(work.year or "n.d.")}
    if work.kind == "software":
        rows |= {"version": work.version, "note": _version(work)}
    elif work.kind == "article":
        rows |= {
            "journal": work.journal,
            "volume": work.volume,
            "number": work.issue,
            "pages": "--".join(work.pages),
        }
    if work.doi:
        rows["doi"] = work.doi
    body = ",\n".join(f"  {name} = {{{value}}}" for name, value in rows.items())
    return f"@{work.kind}{{{work.key},\n{body}\n}}\n"


def ris(work: Work) -> str:
    """The work as a RIS record."""
    lines = ["TY  - " + {"software": "COMP", "article": "JOUR", "misc": "DATA"}[work.kind]]
    lines += [f"AU  - {f}, {g}" if g else f"AU  - {f}" for f, g in work.authors]
    lines += [f"TI  - {work.title}", f"PY  - {work.year or 'n.d.'}"]
    if work.kind == "software":
        lines += [f"ET  - {_version(work)}"]
    elif work.kind == "article":
        lines += [f"JO  - {work.journal}", f"VL  - {work.volume}", f"IS  - {work.issue}"]
        lines += [f"SP  - {work.pages[0]}", f"EP  - {work.pages[1]}"]
    if work.doi:
        lines.append(f"DO  - {work.doi}")
    return "\n".join([*lines, "ER  - "]) + "\n"
