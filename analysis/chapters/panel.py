"""What a panel lacks for the chapters of the book, and what was planted in a constructed one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pandas as pd

from analysis.chapters.coding_reliability import code_sets
from analysis.chapters.shares import could_raise
from analysis.panel.faults import NotInPanel, need
from analysis.panel.panel import Panel

#: What the writer of a panel can plant, with the path to it in ``truth.yml``, what it is, and the
#: chapter that looks for it.
PLANTED = (
    ("planted/dominant", "An expert who dominates", "participation"),
    ("planted/silent", "An expert who says little", "participation"),
    ("planted/laconic", "An expert who is brief", "participation"),
    ("planted/unreached", "A question that a session did not reach", "participation"),
    ("echoes", "Statements that take up what another expert said", "participation"),
    ("planted/uncoded_on_purpose", "Statements left without a code", "codebook"),
    ("planted/deviant_cases", "Experts who deviate", "codebook"),
    ("hard", "Statements that are hard to code", "codebook"),
    ("coders/expected_alpha/by_code", "Errors of the coders, code by code", "coding-reliability"),
    ("generator/coders/drift", "A coder who drifts", "coding-reliability"),
    ("planted/contrasts", "Differences between the sides", "stakeholders"),
    ("planted/nulls", "Codes without such a difference", "stakeholders"),
    ("ratings/expected_mean", "Mean answers to rated items", "role-of-digitalization"),
    ("ratings/planted_side_effects", "Items that the sides rate differently", "precision"),
    ("planted/pairs", "Pairs of codes, together or apart", "theme-map"),
)

#: Entries of these have a key each; other entries with keys are one thing.
MANY = {"coders/expected_alpha/by_code", "hard", "ratings/expected_mean"}


def planted(truth: Mapping[str, Any]) -> pd.DataFrame:
    """What was planted: ``what``, how many (``planted``), and the ``chapter`` that looks for it."""
    rows = []
    for path, what, chapter in PLANTED:
        found: Any = truth
        for key in path.split("/"):
            found = found.get(key) if isinstance(found, Mapping) else None
        if found:
            several = isinstance(found, list) or path in MANY
            rows.append({"what": what, "planted": len(found) if several else 1, "chapter": chapter})
    return pd.DataFrame(rows, columns=["what", "planted", "chapter"])


def questions(panel: Panel) -> pd.DataFrame:
    """Which session reached which question: one row a session and question.

    ``session``, ``question``, ``task``, ``reached`` (some statement, the moderator's too, belongs
    to it), ``statements`` and ``experts`` (how many, of experts).
    """
    said = panel.statements
    need(said["question"].notna().any(), "No statement says which question it belongs to.")
    said["expert"] = said["speaker"].cat.remove_categories("moderator")
    pairs = said.groupby(["session", "question"], observed=False)  # every pair is counted
    frame = pd.DataFrame({"reached": pairs.size() > 0, "statements": pairs["expert"].count()})
    frame = frame.assign(experts=pairs["expert"].nunique()).reset_index()
    frame.insert(2, "task", frame["question"].astype("str").map(panel.guide["task"]))
    return frame


def chronology(panel: Panel) -> pd.Index:
    """The sessions in order of time, by their positions or else by their dates.

    Not in the panel if two cannot be told apart: they have the same date, or one has only the month
    of the other.
    """
    dates = panel.sessions["date"]
    if panel.sessions["position"].isna().any():
        for earlier, (other, date) in zip(dates.index, dates[1:].items(), strict=False):
            which = f"It is not known which of the sessions {earlier} and {other} was earlier."
            told = isinstance(date, str) and not date.startswith(dates[earlier])
            need(told, which)
    return dates.index


def pair_states(panel: Panel, codes: pd.DataFrame) -> pd.DataFrame:
    """What became of each pair of an expert and a code, counted by code.

    ``pairs``, ``raised``, ``opposed``, ``both``, ``neither`` and ``unable``; without ``opposed``
    and ``both`` where stances were not coded.
    """
    raised, opposed, could = (
        panel.raised(codes),
        panel.opposed(codes),
        could_raise(panel, codes),
    )
    states = pd.DataFrame(
        {
            "pairs": len(raised),
            "raised": (raised & ~opposed).sum(),
            "opposed": (opposed & ~raised).sum(),
            "both": (raised & opposed).sum(),
            "neither": (could & ~raised & ~opposed).sum(),
            "unable": (~could).sum(),
        }
    )
    return states if panel.stances else states.drop(columns=["opposed", "both"])


def lacking(panel: Panel) -> pd.DataFrame:
    """What the panel does not have, in the sentence that a page shows, and the ``chapter``."""
    rows = []
    for chapter, ask in _asked(panel):
        try:
            ask()
        except NotInPanel as absent:
            rows.append({"chapter": chapter, "lacks": str(absent)})
    found = pd.DataFrame(rows, columns=["chapter", "lacks"]).drop_duplicates()
    return found.groupby("lacks", sort=False)["chapter"].agg(list).reset_index()


def _asked(panel: Panel) -> list[tuple[str, Callable[[], object]]]:
    """What each chapter asks of a panel, and may not get."""
    pages = {"role": "role-of-digitalization", "problems": "barriers-and-drivers"}
    pages["platforms"] = "platforms-and-dialogue"
    tasks = {task: page for task, page in pages.items() if task in panel.tasks.index}
    ladder = [tasks["platforms"]] if "platforms" in tasks else []
    return [
        ("panel", partial(_translated, panel)),
        ("participation", partial(questions, panel)),
        ("participation", partial(_in_groups, panel)),
        ("codebook", panel.raised),
        ("codebook", partial(getattr, panel, "changes")),
        ("codebook", partial(getattr, panel, "memos")),
        ("coding-reliability", partial(code_sets, panel)),
        *((chapter, partial(panel.codes, task)) for task, chapter in tasks.items()),
        *((chapter, partial(panel.ratings, task)) for task, chapter in tasks.items()),
        *((page, partial(_planned, panel, "ladder")) for page in ladder),
        *((page, partial(_planned, panel, "channels")) for page in ladder),
        ("stakeholders", partial(_planned, panel, "sides")),
        ("stakeholders", partial(_planned, panel, "contrasts")),
        ("saturation", partial(chronology, panel)),
    ]


def _planned(panel: Panel, entry: str) -> object:
    return panel.plan[entry]


def _translated(panel: Panel) -> None:
    said = panel.statements["text_en"].notna().any()
    need(said or panel.meta.language == "en", "The statements are not translated into English.")


def _in_groups(panel: Panel) -> None:
    together = panel.experts["session"].value_counts().max() > 1
    need(together, "Each session has one expert: nobody could answer another.")
