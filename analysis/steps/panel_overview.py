"""The chapter on the panel: who was interviewed, in which sessions, on what, and what there is.

Tables here; what the prose says of them is in :mod:`analysis.steps.panel_overview_results`, what a
constructed panel was built to contain in :mod:`analysis.steps.panel_overview_truth`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.panel.format import CONSENSUS, MODERATOR
from analysis.panel.panel import Panel
from analysis.panel.record import Record
from analysis.panel.views_of_speaking import count_words
from analysis.steps.panel_tools import kind_names, plural
from analysis.steps.study_record import month

#: Up to so many experts a group is shown as single experts, without percentages.
SMALL_GROUP = 3

LANGUAGES = {"ru": "Russian", "en": "English"}
MODES = {"group": "interviews with groups", "individual": "interviews with single experts"}


def day(text: str) -> str:
    """A date or a month as a reader says it: "7 December 2021", "December 2021"."""
    parts = text.split("-")
    name = month("-".join(parts[:2]))
    return f"{int(parts[2])} {name}" if len(parts) > 2 else name


def language_of(panel: Panel) -> str:
    """The language of the statements by name, where it is one that this package knows."""
    return LANGUAGES.get(panel.meta.language, panel.meta.language)


def ends(values: Iterable[float]) -> str:
    """Where whole numbers lie: "5", "2 to 7"; "not recorded" where there is none."""
    known = sorted(v for v in values if not np.isnan(v))
    if not known:
        return "not recorded"
    return f"{known[0]:,g}" if known[0] == known[-1] else f"{known[0]:,g} to {known[-1]:,g}"


def entries(panel: Panel) -> pd.DataFrame:
    """What ``panel.yml`` says: what, value."""
    meta = panel.meta
    rows = [
        ("Title", meta.title),
        ("Title in Russian", meta.title_ru),
        ("Short name", meta.id),
        ("Source", meta.source),
        ("Collected", day(meta.collected)),
        ("Mode", meta.mode),
        ("Language of the statements", language_of(panel)),
        ("Coders", ", ".join(meta.coders)),
        ("Unit that is coded", meta.coding_unit),
        ("Licence", meta.licence),
        ("Digest of its files", panel.digest),
    ]
    return pd.DataFrame([r for r in rows if r[1]], columns=["what", "value"])


# who


def kinds(panel: Panel) -> pd.DataFrame:
    """One row a kind of stakeholder: experts, those who may be quoted, sessions they sat in."""
    sizes = panel.stakeholder_sizes()
    experts = panel.experts
    out = panel.stakeholders.astype(object)
    out = out.where(out.notna(), "").reset_index(drop=True)
    by_kind = experts.groupby("stakeholder", observed=False)
    out["experts"] = sizes.counts
    out["quotable"] = by_kind["quotable"].sum().to_numpy(np.int64)
    out["sessions"] = by_kind["session_id"].nunique().to_numpy(np.int64)
    return out


def seats(panel: Panel) -> pd.DataFrame:
    """One row an expert: expert_id, stakeholder, kind (its name), session_id, quotable."""
    out = panel.experts.astype(object).reset_index(drop=True)
    out["kind"] = out["stakeholder"].map(kind_names(panel))
    out["kind_ru"] = out["stakeholder"].map(kind_names(panel, "ru"))
    return out


def _by_expert(panel: Panel) -> pd.Series:
    return panel.statements["speaker"] != MODERATOR


def sessions(panel: Panel) -> pd.DataFrame:
    """One row a session: date, minutes, experts, kinds, statements, words of experts.

    ``spoken`` is how many minutes experts spoke, NaN where a statement of theirs has no times.
    """
    said = panel.statements
    mine = _by_expert(panel)
    frame = pd.DataFrame(
        {
            "session_id": said["session_id"],
            "by_expert": mine,
            "moderator": ~mine,
            "words": [count_words(t) if m else 0 for t, m in zip(said["text"], mine, strict=True)],
            "seconds": (said["end_s"] - said["start_s"]).where(mine, 0.0),
        }
    )
    grouped = frame.groupby("session_id", observed=False)
    people = panel.experts.groupby("session_id", observed=False)
    out = panel.sessions.astype({"date": object}).reset_index(drop=True)
    out["session_id"] = out["session_id"].astype(object)
    out["experts"] = people["expert_id"].size().to_numpy(np.int64)
    out["kinds"] = people["stakeholder"].nunique().to_numpy(np.int64)
    out["statements"] = grouped["by_expert"].sum().to_numpy(np.int64)
    out["moderator"] = grouped["moderator"].sum().to_numpy(np.int64)
    out["words"] = grouped["words"].sum().to_numpy(np.int64)
    spoken = grouped["seconds"].sum(min_count=0).to_numpy(np.float64) / 60
    untimed = frame["seconds"].isna().groupby(frame["session_id"], observed=False).any()
    out["spoken"] = np.where(untimed.to_numpy(), np.nan, spoken)
    out["date"] = [day(str(text)) for text in out["date"]]
    return out


def speakers(panel: Panel) -> pd.DataFrame:
    """One row an expert: kind, session, statements, words, quotable."""
    said = panel.statements[_by_expert(panel)]
    words = pd.Series([count_words(t) for t in said["text"]], index=said.index, dtype=np.int64)
    names = said["speaker"].astype(object)
    out = seats(panel)
    for column, counts in (("statements", names.value_counts()), ("words", words.groupby(names))):
        found = counts if isinstance(counts, pd.Series) else counts.sum()
        out[column] = out["expert_id"].map(found).fillna(0).astype(np.int64)
    return out


# what the article says beside it

#: What a comparison of the panel with the article says of a row.
SAME, OTHER, ASSUMED, SUPPLIED = (
    "as the article states",
    "not as the article states",
    "an assumption of the panel",
    "as supplied",
)
_UNSTATED = "not stated"


def beside(panel: Panel, record: Record) -> pd.DataFrame:
    """What the article states of its interview beside what the panel holds.

    Columns what, article (:data:`_UNSTATED` and the record's word for it where nothing is stated),
    panel, basis. Of a constructed panel, what the article does not state is an assumption.
    """
    size = kinds(panel)
    met = sessions(panel)
    invited = size["experts"][size["experts"] > 0]
    free = ASSUMED if panel.meta.source == "constructed" else SUPPLIED
    moderated = int(met["moderator"].sum())

    def basis(same: bool) -> str:
        return SAME if same else OTHER

    known = len(record.sections["expert_kinds"])
    rows = [
        (
            "Experts",
            str(record.count("experts")),
            str(len(panel.experts)),
            basis(record.count("experts") == len(panel.experts)),
        ),
        ("Kinds of experts", str(known), str(len(invited)), basis(known == len(invited))),
        (
            "Held",
            month(record.value("held")),
            day(panel.meta.collected),
            basis(panel.meta.collected.startswith(record.value("held"))),
        ),
        (
            "Method",
            record.value("method"),
            MODES[panel.meta.mode],
            basis(panel.meta.mode == "group"),
        ),
    ]
    gaps = {entry.id: entry for entry in record.sections["not_public"]}
    held = [
        ("counts-by-kind", "Experts of each kind", ends(invited)),
        ("sessions", "Sessions", str(len(met))),
        ("sessions", "Experts in a session", ends(met["experts"])),
        ("moderator", "Statements of the moderator", f"{moderated:,}"),
        ("guide", "Questions of the guide", str(len(panel.guide))),
        ("durations", "Minutes of a session", ends(met["minutes"].astype(float))),
        ("transcripts", "Statements of experts", f"{int(met['statements'].sum()):,}"),
        ("ratings", "Rated items", _items(panel)),
        ("codebook", "Codes", _codes(panel)),
        ("reliability", "Coders", str(len(panel.meta.coders))),
    ]
    rows.append(("Days of the sessions", _UNSTATED, _dates(panel), free))
    rows += [(what, gaps[id].text("status"), value, free) for id, what, value in held]
    out = [
        ("sampling", "How the experts were chosen"),
        ("consent", "What the experts consented to"),
    ]
    nowhere = "not in the files of a panel"
    rows += [(what, gaps[id].text("status"), nowhere, "") for id, what in out]
    return pd.DataFrame(rows, columns=["what", "article", "panel", "basis"])


def _dates(panel: Panel) -> str:
    dates = sorted(str(d) for d in panel.sessions["date"])
    first, last = day(dates[0]), day(dates[-1])
    return first if first == last else f"{first} to {last}"


def _items(panel: Panel) -> str:
    return str(len(panel.frames["items"])) if panel.has("ratings") else "none"


def _codes(panel: Panel) -> str:
    themes = int(panel.codebook["parent_id"].isna().sum())
    return f"{len(panel.codebook) - themes} in {plural(themes, 'theme')}"


# what was asked


def questions(panel: Panel) -> pd.DataFrame:
    """The guide in its order, each question with who was asked it and who answered.

    Columns of ``guide.csv``, and ``reached`` of ``sessions`` sessions, ``experts`` (who made a
    statement on it) of ``asked`` (who sat in a session that reached it), ``statements`` of experts.
    """
    found = panel.questions_reached()
    present = panel.experts.groupby("session_id", observed=False).size().to_numpy(np.int64)
    out = panel.guide.astype(object)
    out = out.where(out.notna(), "").reset_index(drop=True)
    out["reached"] = found.reached.sum(axis=0)
    out["sessions"] = len(found.sessions)
    out["experts"] = found.experts.sum(axis=0)
    out["asked"] = found.reached.T @ present
    out["statements"] = found.statements.sum(axis=0)
    return out.sort_values("position", kind="stable").reset_index(drop=True)


def question_grid(panel: Panel) -> pd.DataFrame:
    """One row a session and question, questions in the guide's order.

    ``reached``; ``experts`` who made a statement on it of the ``present``; their ``statements``.
    """
    found = panel.questions_reached()
    present = panel.experts.groupby("session_id", observed=False).size().to_numpy(np.int64)
    order = np.argsort(panel.guide["position"].to_numpy(), kind="stable")
    tasks = panel.guide["task"].astype(object).to_numpy()
    rows = [
        {
            "session_id": session,
            "question_id": found.questions[q],
            "task": tasks[q],
            "reached": bool(found.reached[s, q]),
            "experts": int(found.experts[s, q]),
            "present": int(present[s]),
            "statements": int(found.statements[s, q]),
        }
        for s, session in enumerate(found.sessions)
        for q in order
    ]
    return pd.DataFrame(rows)


# what was rated


def items(panel: Panel) -> pd.DataFrame:
    """One row a rated item: text, ends of its scale, answers, blanks; no rows without ratings."""
    columns = ["item_id", "task", "text", "text_ru", "scale", "answers", "blanks", "n"]
    if not panel.has("ratings"):
        return pd.DataFrame(columns=columns)
    rated = panel.ratings()
    out = panel.frames["items"].astype(object)
    out = out.where(out.notna(), "").reset_index(drop=True)
    out["scale"] = [f"{a:g} to {b:g}" for a, b in zip(rated.low, rated.high, strict=True)]
    out["answers"] = (~np.isnan(rated.values)).sum(axis=0)
    out["n"] = len(rated.experts)
    out["blanks"] = out["n"] - out["answers"]
    return out[columns]


def blanks(panel: Panel) -> dict[str, int]:
    """How many items each expert left blank, of the experts who left any; none without ratings."""
    if not panel.has("ratings"):
        return {}
    rated = panel.ratings()
    left = np.isnan(rated.values).sum(axis=1)
    return {e: int(k) for e, k in zip(rated.experts, left, strict=True) if k}


# what there is

#: What may be missing: its name, what is then missing from the book.
PARTS = {
    "ratings": ("Ratings of items", "no medians, no consensus, no ordinal models of ratings"),
    "translations": ("English translations", "statements are shown in the panel's language alone"),
    "double_coding": ("Statements coded twice", "no agreement between coders"),
    "timings": ("Times of statements", "turns are measured in words, not in seconds"),
    "memos": ("Memos of the coders", "how disagreements were resolved is not told"),
    "codebook_changes": ("Changes of the codebook", "its earlier versions are not told"),
    "plan": (
        "A plan of the analysis",
        "no contrast was named beforehand, so none is tested; codes are not tied to claims",
    ),
    "truth": (
        "A file of what was put in",
        "no estimate can be compared with a known truth",
    ),
}


def has(panel: Panel, part: str) -> bool:
    """Whether the panel has one of :data:`PARTS`."""
    if part == "plan":
        return panel.plan is not None
    return panel.has(part)


def parts(panel: Panel) -> pd.DataFrame:
    """One row a part that a panel may lack: part, there, extent, without (what is then missing).

    A panel of real interviews cannot have a ``truth.yml``, so it does not lack one either.
    """
    rows = []
    for name, (label, without) in PARTS.items():
        if name == "truth" and panel.meta.source != "constructed":
            continue
        there = has(panel, name)
        extent = _extent(panel, name) if there else ""
        rows.append(
            {"part": label, "there": there, "extent": extent, "without": "" if there else without}
        )
    return pd.DataFrame(rows)


def _extent(panel: Panel, part: str) -> str:
    """How much there is of a part that is there."""
    if part == "ratings":
        table = items(panel)
        return f"{plural(len(table), 'item')}, {int(table['answers'].sum()):,} answers"
    if part == "translations":
        translated = int(panel.statements["text_en"].notna().sum())
        return f"{translated:,} of {len(panel.statements):,} statements"
    if part == "double_coding":
        twice, total = coded_twice(panel)
        return f"{twice:,} of {total:,} statements of experts"
    if part == "timings":
        return f"{len(panel.statements):,} statements"
    if part == "memos":
        return plural(len(panel.frames["memos"]), "memo")
    if part == "codebook_changes":
        versions = panel.frames["codebook_changes"]["version"].nunique()
        count = plural(len(panel.frames["codebook_changes"]), "change")
        return f"{count} in {plural(versions, 'version')}"
    if part == "plan" and panel.plan is not None:
        plan = panel.plan
        return ", ".join(
            plural(len(entry), one)
            for entry, one in (
                (plan.claims, "claim"),
                (plan.sides, "side"),
                (plan.contrasts, "contrast"),
                (plan.ladder, "rung"),
            )
        )
    return "truth.yml"


def coded_twice(panel: Panel) -> tuple[int, int]:
    """Statements that two coders or more worked on, of all statements of experts."""
    own = panel.coded[panel.coded["coder"] != CONSENSUS]
    times = own["statement_id"].astype(object).value_counts()
    return int((times > 1).sum()), int(_by_expert(panel).sum())


def frames(panel: Panel, record: Record) -> Mapping[str, pd.DataFrame]:
    """Every table of this module by name."""
    made: Sequence[tuple[str, Any]] = (
        ("entries", entries(panel)),
        ("kinds", kinds(panel)),
        ("seats", seats(panel)),
        ("sessions", sessions(panel)),
        ("speakers", speakers(panel)),
        ("beside", beside(panel, record)),
        ("questions", questions(panel)),
        ("question_grid", question_grid(panel)),
        ("items", items(panel)),
        ("parts", parts(panel)),
    )
    return dict(made)
