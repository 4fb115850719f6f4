"""What a notebook calls to show and to record: tables, figures and findings.

A finding goes out as a hidden notebook output that MyST-NB's ``glue`` role pulls into the text and
that the build collects into the ledger.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from analysis.display import wording
from analysis.evidence.findings import GLUE_PREFIX, MIME, Finding, check_unique, to_json
from analysis.steps.results import Result

#: Significant digits that a finding keeps: beyond what is meant, short of a platform's last digit.
SIGNIFICANT = 9


def _plain(value: Any) -> Any:
    """A plain Python number without the digits in which machines differ; None for NaN."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        raise TypeError("a finding is a number or a text, not a truth value")
    as_float = float(value)
    if math.isnan(as_float):
        return None
    if as_float.is_integer() and not isinstance(value, float):
        return int(as_float)
    return float(f"{as_float:.{SIGNIFICANT}g}")


def findings(
    chapter: str, results: Iterable[Result], source: str, digest: str, language: str = "en"
) -> list[Finding]:
    """Findings of a chapter from a step's results, worded for the reader."""
    made = []
    for r in results:
        value, k, n = _plain(r.value), _plain(r.k), _plain(r.n)
        made.append(
            Finding(
                id=r.id,
                chapter=chapter,
                label=r.label,
                value=value,
                low=_plain(r.low),
                high=_plain(r.high),
                k=k,
                n=n,
                unit=r.unit,
                source=source,
                standing=r.standing,
                method=r.method,
                function=r.function,
                digest=digest,
                text=wording.of_unit(r.unit, value, k, n, language),
            )
        )
    check_unique(made)
    return made


def record(
    chapter: str, results: Iterable[Result], source: str, digest: str, language: str = "en"
) -> None:
    """Record a step's results as findings: each can then be glued into the text by its id."""
    from IPython.display import display

    for finding in findings(chapter, results, source, digest, language):
        display(
            {
                GLUE_PREFIX + "text/plain": finding.text,
                GLUE_PREFIX + MIME: to_json(finding),
            },
            raw=True,
            metadata={"scrapbook": {"mime_prefix": GLUE_PREFIX, "name": finding.id}},
        )
