"""What checklists for reports of interviews ask, and what a panel or its authors answer.

The lists are data (``data/reporting``). An answer there may name these values of a panel.
Counts: ``experts``, ``sessions``, ``kinds``, ``questions``, ``entries`` of the codebook, ``codes``,
``coders``, ``memos``, ``spoken`` (statements of experts). Shares: ``timed`` sessions, entries with
an ``origin``, ``quotable`` experts, ``coded`` statements, those coded ``twice``, codes raised
``once``, codes spoken ``against``. Minutes of the ``shortest`` and ``longest`` session. Text:
``collected``, ``language``, ``mode``.
"""

from __future__ import annotations

from collections.abc import Callable
from string import Formatter
from typing import Any

import pandas as pd
import yaml

from analysis import words
from analysis.panel.faults import NotInPanel, need
from analysis.panel.format import CONSENSUS
from analysis.panel.panel import Panel
from analysis.project import DATA
from analysis.statistics.results import Estimate
from analysis.statistics.summary import count, part, share, value

LISTS = ("coreq", "srqr")
#: Who answers an item.
PANEL, IN_PART, BOTH, AUTHORS, OPEN = (
    "panel",
    "panel, in part",
    "panel and authors",
    "authors",
    "open",
)
MODES = {"group": "interviews with groups", "individual": "interviews with one expert each"}


def _quotable(panel: Panel) -> Estimate:
    return part(panel.experts["quotable"])


def _kinds(panel: Panel) -> Estimate:
    return count(panel.experts["kind"].nunique())


def _timed(panel: Panel) -> Estimate:
    return part(panel.sessions["minutes"].notna())


def _shortest(panel: Panel) -> Estimate:
    minutes = panel.sessions["minutes"]
    need(minutes.notna().any(), "No session has a length.")
    return value(float(minutes.min()), "shortest session, minutes")


def _longest(panel: Panel) -> Estimate:
    return value(float(panel.sessions["minutes"].max()), "longest session, minutes")


def _origin(panel: Panel) -> Estimate:
    known = panel.codebook["origin"].notna()
    need(known.any(), "The codebook does not say where its codes come from.")
    return part(known)


def _spoken(panel: Panel) -> pd.Index:
    said = panel.statements
    return said.index[said["speaker"].isin(panel.experts.index)]


def _coded(panel: Panel) -> Estimate:
    coded = panel.coded
    done = coded["statement"][coded["coder"] == CONSENSUS]
    need(len(done), "There is no agreed coding.")
    return part(_spoken(panel).isin(done))


def _twice(panel: Panel) -> Estimate:
    coded = panel.coded
    coders = coded[coded["coder"] != CONSENSUS].groupby("statement", observed=True).size()
    need((coders > 1).any(), "No statement was coded by two coders.")
    return part(_spoken(panel).isin(coders.index[coders > 1]))


def _once(panel: Panel) -> Estimate:
    raised = panel.raised().sum()
    return share(int((raised == 1).sum()), len(raised))


def _against(panel: Panel) -> Estimate:
    return part(panel.opposed().any())


VALUES: dict[str, Callable[[Panel], Any]] = {
    "experts": lambda panel: count(panel.experts),
    "sessions": lambda panel: count(panel.sessions),
    "questions": lambda panel: count(panel.guide),
    "entries": lambda panel: count(panel.codebook),
    "codes": lambda panel: count(panel.raised().columns),
    "coders": lambda panel: count(panel.coders),
    "memos": lambda panel: count(panel.memos),
    "spoken": lambda panel: count(_spoken(panel)),
    "collected": lambda panel: str(panel.meta.collected),
    "language": lambda panel: panel.meta.language,
    "mode": lambda panel: MODES[panel.meta.mode],
    "kinds": _kinds, "quotable": _quotable, "timed": _timed, "shortest": _shortest,
    "longest": _longest, "origin": _origin, "coded": _coded, "twice": _twice, "once": _once,
    "against": _against,
}  # fmt: skip


def checklist(name: str) -> pd.DataFrame:
    """A list, index ``id``: ``domain``, ``item``, ``answer`` ("": none) and ``part``."""
    text = (DATA / "reporting" / f"{name}.yml").read_text(encoding="utf-8")
    rows = [
        (item["id"], domain["name"], item["item"], item.get("answer", ""), item.get("part", False))
        for domain in yaml.safe_load(text)["domains"]
        for item in domain["items"]
    ]
    return pd.DataFrame(rows, columns=["id", "domain", "item", "answer", "part"]).set_index("id")


def answers(panel: Panel, name: str) -> pd.DataFrame:
    """The items of a list, index ``id``: ``domain``, ``item``, ``answered`` by whom, ``answer``.

    What the authors say in ``reporting.yml`` follows what the panel says.
    """
    found = checklist(name)
    stated = _stated(panel)
    rows = [
        _answer(panel, item, answer, partly, stated.get(item, ""))
        for item, answer, partly in zip(found.index, found["answer"], found["part"], strict=True)
    ]
    found["answered"], found["answer"] = zip(*rows, strict=True)
    return found.drop(columns="part")


def _stated(panel: Panel) -> dict[str, Any]:
    try:
        return panel.reporting
    except NotInPanel:
        return {}


def _answer(
    panel: Panel, item: str, template: str, partly: bool | str, stated: str
) -> tuple[str, str]:
    """Who answers an item, and the answer."""
    said = ""
    if template:
        try:
            given = {
                name: VALUES[name](panel) for _, name, *_ in Formatter().parse(template) if name
            }
            said = "".join(text for text, _ in words.pieces(template, given))
            if isinstance(partly, str):
                partly = given[partly].k < given[partly].n
        except NotInPanel:
            said = ""
    if not said:
        return (AUTHORS, stated) if stated else (OPEN, "")
    if stated:
        return BOTH, f"{said}. {stated}"
    return (IN_PART if partly else PANEL), said


def open_items(panel: Panel) -> list[str]:
    """The ids of the items that neither the panel nor ``reporting.yml`` answers."""
    found = pd.concat([answers(panel, name) for name in LISTS])
    return found.index[found["answered"] == OPEN].tolist()


def unknown_items(panel: Panel) -> list[str]:
    """The ids in ``reporting.yml`` that are on no list."""
    known = {id for name in LISTS for id in checklist(name).index}
    return [id for id in _stated(panel) if id not in known]
