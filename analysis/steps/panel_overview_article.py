"""What is stated of the panel beside the article, and what the article states of its interview."""

from __future__ import annotations

import pandas as pd

from analysis.panel.panel import Panel
from analysis.panel.record import Record
from analysis.steps import panel_overview as step
from analysis.steps.panel_tools import count_result, listing, plural, text_result
from analysis.steps.results import Result
from analysis.steps.study_record import month

_HERE = "analysis.steps.panel_overview."
_MADE = "analysis.steps.panel_overview_article."


def beside_article(panel: Panel, table: pd.DataFrame) -> str:
    """What the comparison with the article may be read for."""
    if panel.meta.source == "constructed":
        taken = (
            "Not all that the article states was taken over; the table says what was not."
            if (table["basis"] == step.OTHER).any()
            else "What the article states was taken over."
        )
        return (
            f"{taken} Everything else was made up for this panel: how many experts each kind has "
            "and who sat with whom, the guide, every statement, every code and every rating are "
            "assumptions of its writer."
        )
    return (
        "This panel was supplied by a reader. Whether its experts are those of the article is for "
        "its own statement to say. The table sets the two designs side by side."
    )


def numbers_agree(panel: Panel, record: Record) -> str:
    """Whether the panel has as many experts and kinds as the article states."""
    table = step.beside(panel, record).set_index("what")
    same, other = [], []
    for what, one, many in (
        ("Experts", "expert", "experts"),
        ("Kinds of experts", "kind of expert", "kinds of experts"),
    ):
        own, stated = (int(str(table.at[what, side])) for side in ("panel", "article"))
        text = plural(own, one, many)
        if own == stated:
            same.append(text)
        else:
            other.append(f"{text}, where the article states {stated}")
    if not other:
        return f"This panel has {listing(same)}, as many as the article states."
    if not same:
        return f"This panel has {', and '.join(other)}."
    return f"This panel has {same[0]}, as many as the article states, but {other[0]}."


def beside_results(panel: Panel, record: Record) -> list[Result]:
    """What is stated of the panel beside the article."""
    table = step.beside(panel, record)
    free = table["basis"].isin([step.ASSUMED, step.SUPPLIED])
    return [
        text_result(
            "panel-beside",
            "How the article and the panel relate",
            beside_article(panel, table),
            f"{_MADE}beside_article",
            "chosen by the source in panel.yml",
        ),
        text_result(
            "panel-numbers-agree",
            "Experts and kinds, panel and article",
            numbers_agree(panel, record),
            f"{_MADE}numbers_agree",
        ),
        count_result(
            "panel-not-in-article",
            "Rows on which the article states nothing and the panel does",
            int(free.sum()),
            f"{_HERE}beside",
        ),
    ]


# what the article states: findings with the source "record"


def record_results(record: Record) -> list[Result]:
    """What the article states of its own interview, for the same chapter."""
    stated = "as the record states it"
    asked = ("counts-by-kind", "sessions", "moderator", "guide", "durations", "transcripts")
    gaps = {entry.id: entry for entry in record.sections["not_public"]}
    missing = [gaps[id].text("label") for id in asked]
    where = "analysis.steps.study_record."
    return [
        count_result(
            "panel-article-experts",
            "Experts, as the article states",
            record.count("experts"),
            f"{where}facts",
            stated,
        ),
        count_result(
            "panel-article-kinds",
            "Kinds of experts that the article names",
            len(record.sections["expert_kinds"]),
            f"{where}named",
            stated,
        ),
        *(
            text_result(
                f"panel-article-{id}", f"{label} of the interview", text, f"{where}facts", stated
            )
            for id, label, text in (
                ("method", "Method", record.value("method")),
                ("mode", "Mode", record.value("mode")),
                ("platform", "Platform", record.value("platform")),
                ("held", "Month", month(record.value("held"))),
            )
        ),
        text_result(
            "panel-article-silent",
            "What is not public of the interview",
            "; ".join(m[0].lower() + m[1:] for m in missing),
            f"{where}gaps",
            stated,
        ),
    ]
