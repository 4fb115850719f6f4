"""What the chapters about the three tasks of the interview have in common."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis.panel.panel import Panel
from analysis.steps import panel_items, panel_quotations, themes
from analysis.steps.panel_items import Items
from analysis.steps.panel_quotations import Quotations
from analysis.steps.panel_tools import (
    count_of,
    count_result,
    counted,
    level,
    number_result,
    sessions_note,
    start,
    text_result,
    two,
)
from analysis.steps.results import Result

_THEMES = "analysis.steps.themes"
_ITEMS = "analysis.steps.panel_items"
_QUOTES = "analysis.steps.panel_quotations"
_TOOLS = "analysis.steps.panel_tools"
WILSON = "count, Wilson interval"
PAIRWISE = "sign tests of all pairs, Holm"


@dataclass(frozen=True)
class TaskFound:
    """What a task's coding and ratings show.

    ``codes`` and ``themes`` are tables of level 2 and 1 (:func:`themes.theme_table`), ``states``
    what each expert did (:func:`themes.states`). ``order`` says how firm the order of the codes is;
    ``missing`` is the sentence that stands in place of what is empty for want of codes.
    """

    codes: pd.DataFrame
    themes: pd.DataFrame
    states: pd.DataFrame
    items: Items
    quotations: Quotations
    experts: int
    any_raised: tuple[int, int]
    counted: str
    sessions: str
    spread: str
    order: str
    missing: str

    def ranked(self) -> pd.DataFrame:
        """The codes, or no row where there is nothing to rank."""
        return ranked(self.codes)


def ranked(table: pd.DataFrame) -> pd.DataFrame:
    """A table of codes, or no row of it where there is nothing to rank."""
    return table.iloc[:0] if table["rank_low"].isna().any() else table


def analyse_task(panel: Panel, task: str) -> TaskFound:
    """The codes, items and quotations of a task."""
    codes = themes.theme_table(panel, task)
    quotations = panel_quotations.quotations(panel, codes["code"])
    return TaskFound(
        codes=codes,
        themes=themes.theme_table(panel, task, level=1),
        states=themes.states(panel, task),
        items=panel_items.items(panel, task),
        quotations=quotations,
        experts=len(panel.experts),
        any_raised=themes.raised_any(panel, task),
        counted=counted(panel),
        sessions=sessions_note(panel),
        spread=panel_quotations.spread(quotations, panel),
        order=themes.order(codes),
        missing=themes.without_codes(task),
    )


def who_results(prefix: str, found: TaskFound) -> list[Result]:
    """Who is counted, how they spoke, and how many raised anything of the task."""
    any_k, n = found.any_raised
    none = len(found.codes) == 0
    return [
        count_result(
            f"{prefix}-experts", "experts with coded statements", n, f"{_THEMES}.raised_any"
        ),
        text_result(
            f"{prefix}-counted", "which experts are counted", found.counted, f"{_TOOLS}.counted"
        ),
        text_result(
            f"{prefix}-sessions",
            "in what conversation the experts spoke",
            found.sessions,
            f"{_TOOLS}.sessions_note",
        ),
        count_result(
            f"{prefix}-codes", "codes of the task", len(found.codes), f"{_THEMES}.theme_table"
        ),
        text_result(
            f"{prefix}-any",
            "experts who raised any code of the task",
            found.missing if none else start(f"{count_of(any_k, n)} raised a code of this task."),
            f"{_THEMES}.raised_any",
            "count",
            k=None if none else any_k,
            n=n,
        ),
        text_result(
            f"{prefix}-themes",
            "how many experts raised each theme",
            themes.by_theme(found.themes, found.codes),
            f"{_THEMES}.by_theme",
        ),
    ]


def share_sentence(table: pd.DataFrame) -> str:
    """The interval of the most raised code as a sentence."""
    top = themes.top_interval(table)
    if top is None:
        return "As nothing was raised, no share is estimated."
    low, high = two(top[2]), two(top[3])
    return f"Among similar experts that share could be anything from {low} to {high} ({level()})."


def code_results(prefix: str, table: pd.DataFrame, what: str = "code") -> list[Result]:
    """What sentences say of a table of codes: most raised, never, opposed, order."""
    top = themes.top_interval(table)
    k, n, low, high = top or (None, None, None, None)
    sentences = (
        ("never", f"{what}s that nobody raised", themes.never_raised, "never_raised"),
        ("opposition", f"{what}s that were opposed", themes.opposition, "opposition"),
        ("both", f"{what}s both raised and opposed", themes.both_ways, "both_ways"),
    )
    return [
        text_result(
            f"{prefix}-most",
            f"most raised {what}s",
            themes.most_raised(table, what),
            f"{_THEMES}.most_raised",
            k=k,
            n=n,
        ),
        text_result(
            f"{prefix}-most-share",
            f"share of similar experts for the most raised {what}",
            share_sentence(table),
            "analysis.steps.task_chapter.share_sentence",
            WILSON,
            "model-based",
            k,
            n,
            low,
            high,
        ),
        *(
            text_result(f"{prefix}-{name}", label, sentence(table, what), f"{_THEMES}.{function}")
            for name, label, sentence, function in sentences
        ),
        text_result(
            f"{prefix}-order",
            f"how firm the order of the {what}s is",
            themes.order(table, what),
            f"{_THEMES}.order",
            PAIRWISE,
            "model-based",
            k=themes.settled_pairs(table),
        ),
    ]


def item_results(prefix: str, found: Items, experts: int) -> list[Result]:
    """What sentences say of rated items."""
    w = found.w
    return [
        count_result(f"{prefix}-items", "rated items", len(found.table), f"{_ITEMS}.items"),
        text_result(
            f"{prefix}-answered",
            "answers that are missing",
            panel_items.answered(found, experts),
            f"{_ITEMS}.answered",
        ),
        text_result(
            f"{prefix}-medians",
            "items with the highest and the lowest median",
            panel_items.medians(found),
            f"{_ITEMS}.medians",
        ),
        text_result(
            f"{prefix}-agreement",
            "items on which experts agree most and least",
            panel_items.agreement(found),
            f"{_ITEMS}.agreement",
            "van der Eijk's A",
        ),
        text_result(
            f"{prefix}-concordance",
            "how alike experts rank the items",
            panel_items.concordance(found),
            f"{_ITEMS}.concordance",
            w.method,
        ),
        number_result(
            f"{prefix}-w",
            "Kendall's W of the items",
            w.estimate,
            "analysis.statistics.consensus.kendall_w",
            w.method,
            n=w.n,
        ),
    ]


def quotation_result(prefix: str, found: TaskFound) -> Result:
    """How the quotations spread."""
    return text_result(
        f"{prefix}-quotations",
        "statements quoted, and from whom",
        found.spread,
        f"{_QUOTES}.spread",
        "stated rule",
    )
