"""What ``study check`` says: every fault of a panel, or what a sound one holds."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from analysis.panel.faults import PanelError, lines
from analysis.panel.format import CONSENSUS, MODERATOR, STANCES
from analysis.panel.panel import Panel, load_panel

#: How many ids a note names.
_NAMED = 5


def check(path: Path | str | None = None) -> tuple[str, bool]:
    """What there is to say of the panel in a folder, and whether it is sound.

    Of a broken panel every fault, one a line, at most fifty a file; the last line counts them.
    """
    try:
        panel = load_panel(path)
    except PanelError as error:
        return "\n".join(lines(error)), False
    return "\n".join(summary(panel)), True


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def _named(ids: Iterable[str]) -> str:
    found = list(ids)
    more = f" and {len(found) - _NAMED:,} more" if len(found) > _NAMED else ""
    return ", ".join(found[:_NAMED]) + more


def summary(panel: Panel) -> list[str]:
    """What a sound panel holds, line by line, and notes on what is allowed but worth knowing."""
    meta = panel.meta
    rows = [
        (
            "panel",
            f"{meta.id}: {meta.title} (source: {meta.source}; digest: {panel.digest})",
        ),
        ("statement", meta.statement),
        ("experts", _experts(panel)),
        ("sessions", _sessions(panel)),
        ("statements", _statements(panel)),
        ("codes", _codes(panel)),
        *_coding(panel),
        ("ratings", _ratings(panel)),
        ("translations", _translations(panel)),
        ("plan", _plan(panel)),
        *(("note", note) for note in notes(panel)),
        ("result", "sound: no fault"),
    ]
    return [f"{label:<13}{text}" for label, text in rows]


def _experts(panel: Panel) -> str:
    sizes = panel.stakeholder_sizes()
    kinds = _count(int(np.count_nonzero(sizes.counts)), "kind")
    quotable = int(panel.experts["quotable"].sum())
    return f"{len(panel.experts):,} of {kinds} of stakeholder; {quotable:,} quotable"


def _sessions(panel: Panel) -> str:
    dates = sorted(panel.sessions["date"])
    when = dates[0] if dates[0] == dates[-1] else f"{dates[0]} to {dates[-1]}"
    return f"{len(panel.sessions):,} ({panel.meta.mode}), {when}"


def _statements(panel: Panel) -> str:
    moderator = int((panel.statements["speaker"] == MODERATOR).sum())
    total = len(panel.statements)
    timed = "all timed" if panel.has("timings") else "not all timed"
    return f"{total:,}: {total - moderator:,} by experts, {moderator:,} by the moderator; {timed}"


def _codes(panel: Panel) -> str:
    themes = int(panel.codebook["parent_id"].isna().sum())
    under = len(panel.codebook) - themes
    return f"{_count(themes, 'theme')}, {_count(under, 'code')} under them"


def _coding(panel: Panel) -> list[tuple[str, str]]:
    worked = panel.coded["coder"].value_counts()
    given = panel.codings.groupby(["coder", "stance"], observed=False).size()
    rows = []
    for coder in (CONSENSUS, *panel.meta.coders):
        counts = {stance: int(given.get((coder, stance), 0)) for stance in STANCES}
        rows.append(
            (
                "coding",
                f"{coder}: {_count(int(worked.get(coder, 0)), 'statement')}, "
                f"{_count(sum(counts.values()), 'coding')} "
                f"({counts['raises']:,} raised, {counts['opposes']:,} opposed)",
            )
        )
    return rows


def _ratings(panel: Panel) -> str:
    if not panel.has("ratings"):
        return "none"
    values = panel.ratings().values
    blanks = int(np.isnan(values).sum())
    items = _count(values.shape[1], "item")
    return f"{items}, {_count(values.size - blanks, 'answer')}, {_count(blanks, 'blank')}"


def _translations(panel: Panel) -> str:
    translated = int(panel.statements["text_en"].notna().sum())
    return f"{translated:,} of {len(panel.statements):,} statements in English"


def _plan(panel: Panel) -> str:
    plan = panel.plan
    if plan is None:
        return "none: no claim, side, contrast or ladder is named beforehand"
    sides = f" between {_named(plan.sides)}" if plan.sides else ""
    return (
        f"codes and items for {_count(len(plan.claims), 'claim')}; "
        f"{_count(len(plan.contrasts), 'contrast')}{sides}; "
        f"a ladder of {_count(len(plan.ladder), 'rung')}"
    )


def notes(panel: Panel) -> list[str]:
    """What is no fault, but worth knowing before anything is computed."""
    statements, coded = panel.statements, panel.coded
    kinds = panel.stakeholder_sizes()
    spoke = set(statements["speaker"])
    met = set(statements["session_id"])
    used = set(panel.codings["code_id"])
    themes = set(panel.codebook["parent_id"].dropna())
    resolved = set(coded["statement_id"][coded["coder"] == CONSENSUS])
    questions = panel.questions_reached()
    reached = np.any(questions.reached, axis=0)
    silent = [e for e in panel.experts["expert_id"] if e not in spoke]
    empty = [s for s in panel.sessions["session_id"] if s not in met]
    without = [
        kind for kind, count in zip(kinds.stakeholders, kinds.counts, strict=True) if not count
    ]
    unasked = [q for q, asked in zip(questions.questions, reached, strict=True) if not asked]
    unused = [c for c in panel.codebook["code_id"] if c not in used and c not in themes]
    open_ = len(set(coded["statement_id"]) - resolved)
    expert_ids = statements["statement_id"][statements["speaker"] != MODERATOR]
    uncoded = len(expert_ids) - len(set(coded["statement_id"]))
    on_themes = int(panel.codings["code_id"].isin(themes).sum())
    found = [
        (silent, f"{_count(len(silent), 'expert')} without a statement: {_named(silent)}"),
        (empty, f"{_count(len(empty), 'session')} without a statement: {_named(empty)}"),
        (
            without,
            f"{_count(len(without), 'kind')} of stakeholder without an expert: {_named(without)}",
        ),
        (unasked, f"{_count(len(unasked), 'question')} never reached: {_named(unasked)}"),
        (unused, f"{_count(len(unused), 'code')} never given: {_named(unused)}"),
        (uncoded, f"{_count(uncoded, 'statement')} of experts that nobody coded"),
        (open_, f"{_count(open_, 'statement')} coded but not resolved by {CONSENSUS}"),
        (
            on_themes,
            f"{_count(on_themes, 'coding')} of a theme that has codes under it: "
            "counted at the level of themes only",
        ),
    ]
    return [text for some, text in found if some]
