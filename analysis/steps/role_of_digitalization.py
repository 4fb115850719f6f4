"""Task 1, the role of digitalization: codes raised and opposed, their ranks, and rated items."""

from __future__ import annotations

from analysis.panel.panel import Panel
from analysis.steps.results import Result
from analysis.steps.task_chapter import (
    TaskFound,
    analyse_task,
    code_results,
    item_results,
    quotation_result,
    who_results,
)

TASK = "role"
PREFIX = "role"


def analyse(panel: Panel) -> TaskFound:
    """All tables of the chapter."""
    return analyse_task(panel, TASK)


def results(found: TaskFound) -> list[Result]:
    """What the prose states; the same ids for any panel."""
    return [
        *who_results(PREFIX, found),
        *code_results(PREFIX, found.codes),
        *item_results(PREFIX, found.items, found.experts),
        quotation_result(PREFIX, found),
    ]
