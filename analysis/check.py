"""What ``study check`` says: every fault of a panel, or what a sound one holds."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from analysis.chapters.contents import contents
from analysis.chapters.panel import chronology
from analysis.chapters.reporting import open_items, unknown_items
from analysis.panel.faults import NotInPanel, PanelError, printable
from analysis.panel.format import CONSENSUS, MODERATOR, STANCES
from analysis.panel.panel import Panel, load_panel
from analysis.privacy.contacts import find
from analysis.privacy.folding import WITHHELD, copies, quotations
from analysis.words import noun

#: So many texts that are withheld are named one by one.
LISTED = 20
#: Tables with ids that people make of words.
IDS = {"codebook": "code_id", "guide": "question_id", "stakeholders": "stakeholder"}


def check(path: Path | str | None = None) -> tuple[str, bool]:
    """What there is to say of the panel in a folder, line by line, and whether it is sound."""
    try:
        panel = load_panel(path)
    except PanelError as error:
        return "\n".join(error.lines()), False
    *lines, result = summary(panel)
    return "\n".join([*lines, *_book(panel), result]), True


def _named(ids: Iterable[str]) -> str:
    found = list(ids)
    more = f" and {len(found) - 5:,} more" if len(found) > 5 else ""
    return ", ".join(found[:5]) + more


def summary(panel: Panel) -> list[str]:
    """What a sound panel holds, line by line, and notes on what is allowed but worth knowing."""
    meta, experts, frames = panel.meta, panel.experts, panel.frames
    said, codebook = frames["statements"], frames["codebook"].reindex(columns=["parent_id"])
    dates = sorted(panel.sessions["date"].dropna()) or ["no date"]
    when = dates[0] if dates[0] == dates[-1] else f"{dates[0]} to {dates[-1]}"
    asked = int((said["speaker"] == MODERATOR).sum())
    said = said.reindex(columns=["speaker", "start_s", "end_s", "text_en"])
    timed = said[["start_s", "end_s"]].notna().all(axis=1)
    times = "all timed" if timed.all() else "some timed" if timed.any() else "not timed"
    themes = int(codebook["parent_id"].isna().sum())
    kinds = noun(experts["kind"].nunique(), "kind")
    quotable = int(experts["quotable"].sum())
    translated = int(said["text_en"].notna().sum())
    spoken = f"{len(said) - asked:,} by experts, {asked:,} by the moderator"
    under = noun(len(codebook) - themes, "code")
    rows = [
        ("panel", f"{meta.id}: {meta.title} (source: {meta.source}; digest: {panel.digest})"),
        ("statement", meta.statement),
        ("experts", f"{len(experts):,} of {kinds} of stakeholder; {quotable:,} quotable"),
        ("sessions", f"{len(panel.sessions):,} ({meta.mode}), {when}"),
        ("statements", f"{len(said):,}: {spoken}; {times}"),
        ("codes", f"{noun(themes, 'theme')}, {under} under them"),
        *(("coding", _coding(panel, coder)) for coder in (CONSENSUS, *meta.coders)),
        ("ratings", _ratings(panel)),
        ("translations", f"{translated:,} of {len(said):,} statements in English"),
        ("plan", _plan(panel)),
        *(("assumed", said) for said in panel.assumed.values()),
        *(("note", note) for note in (*panel.notes, *notes(panel), *_withheld(panel))),
        ("result", "sound: no fault"),
    ]
    return [f"{label:<13}{printable(' '.join(text.split()))}" for label, text in rows]


def _withheld(panel: Panel) -> list[str]:
    """Where a text is withheld for what it gives away, beside the statements themselves."""
    said = panel.unquotable()
    own = {f"statements.csv, {id}" for id, _ in said}
    known = quotations(said)
    found = [  # a code may be named in the words of an expert, and its id made of its name
        f"{name}.csv, {id}: an id with words of {next(iter(quoted))}, which may not be quoted; "
        "ids are shown: choose another"
        for name, key in IDS.items()
        for id in panel.frames[name][key]
        if (quoted := copies(id, known))
    ]
    found += [
        f"{place}: shown as {WITHHELD}, for it {why}, which may not be quoted"
        for place, why in panel.withheld.items()
        if place.rpartition(", ")[0] not in own
    ]
    more = [f"{noun(len(found) - LISTED, 'text')} more are withheld"] if len(found) > LISTED else []
    return found[:LISTED] + more


def _book(panel: Panel) -> list[str]:
    """What the book about a panel of the reader's own holds, and what its authors may still say."""
    if panel.source == "constructed":
        return []
    chapters = contents(panel)
    there = chapters["title"][chapters["needs"] == ""]
    lines = [f"{'book':<13}{', '.join(there)}"]
    for row in chapters[chapters["needs"] != ""].itertuples():
        lines.append(f"{'left out':<13}{row.title}: {row.needs}")
    lines.append(f"{'reporting':<13}{len(open_items(panel))} items are still open")
    return lines + [f"{'':<13}reporting.yml: no item {id}" for id in unknown_items(panel)]


def _coding(panel: Panel, coder: str) -> str:
    worked = noun(int((panel.coded["coder"] == coder).sum()), "statement")
    stance = panel.codings["stance"][panel.codings["coder"] == coder]
    raised, opposed = (int((stance == one).sum()) for one in STANCES)
    given = noun(len(stance), "coding")
    return f"{coder}: {worked}, {given} ({raised:,} raised, {opposed:,} opposed)"


def _ratings(panel: Panel) -> str:
    try:
        items, answers = panel.ratings()
    except NotInPanel:
        return "none"
    given = int(answers.notna().sum().sum())
    blanks = len(panel.frames["ratings"]) - given
    return f"{noun(len(items), 'item')}, {noun(given, 'answer')}, {noun(blanks, 'blank')}"


def _plan(panel: Panel) -> str:
    try:
        plan = panel.plan
    except NotInPanel:
        return "none: no claim, side, contrast or ladder is named beforehand"
    sides = f" between {_named(plan['sides'])}" if "sides" in plan else ""
    claims, contrasts, rungs = (len(plan.get(n, ())) for n in ("claims", "contrasts", "ladder"))
    return (
        f"codes and items for {noun(claims, 'claim')}; "
        f"{noun(contrasts, 'contrast')}{sides}; a ladder of {noun(rungs, 'rung')}"
    )


def notes(panel: Panel) -> list[str]:
    """What is no fault, but worth knowing before anything is computed."""
    frames, coded, given = panel.frames, panel.coded, panel.codings["code"]
    said, book = frames["statements"].set_index("statement_id"), frames["codebook"]
    over_others = set(book["parent_id"].dropna()) if "parent_id" in book else set()
    used = pd.Series([*given, *over_others])
    kinds, asked = panel.experts["kind"], said.get("question_id", pd.Series(dtype=object))
    found = []
    for one, what, things, there in (
        ("expert", "without a statement", panel.experts.index, said["speaker"]),
        ("session", "without a statement", panel.sessions.index, said["session_id"]),
        ("kind", "of stakeholder without an expert", panel.stakeholders.index, kinds),
        ("question", "never reached", frames["guide"]["question_id"], asked),
        ("code", "never given", book["code_id"], used),
    ):
        ids = things[~things.isin(there)]
        if len(ids):
            found.append(f"{noun(len(ids), one)} {what}: {_named(ids)}")
    known = set(coded["statement"])
    resolved = set(coded["statement"][coded["coder"] == CONSENSUS])
    uncoded = set(said.index[said["speaker"] != MODERATOR]) - known
    only = "of a theme that has codes under it: counted at the level of themes only"
    linked = [text for text in said["text"] if {c.kind for c in find(text)} & {"link", "account"}]
    for one, what, number in (
        ("statement", "of experts that nobody coded", len(uncoded)),
        ("statement", f"coded but not resolved by {CONSENSUS}", len(known - resolved)),
        ("coding", only, int(given.isin(over_others).sum())),
        ("statement", "with a link or an account, which may name a person", len(linked)),
    ):
        if number:
            found.append(f"{noun(number, one)} {what}")
    try:
        chronology(panel)
    except NotInPanel as missing:
        found.append(f"the sessions have no order in time: {missing}")
    return found
