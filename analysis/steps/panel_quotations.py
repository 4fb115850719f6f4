"""Statements to be quoted: chosen by a stated rule, spread over experts, opposition included."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.panel.format import CONSENSUS
from analysis.panel.panel import Panel
from analysis.panel.views_of_speaking import Quotation, count_words
from analysis.steps.panel_tools import code_names, count_of, kind_names, plural, quoted, start

#: What stands in place of a text that cannot be given.
_WITHHELD = "[withheld]"
#: A statement with fewer words is quoted only where there is no other.
FEW_WORDS = 10

QUOTATION_COLUMNS = [
    "code",
    "label",
    "stance",
    "expert",
    "kind_name",
    "session",
    "statement",
    "text",
    "text_en",
]


@dataclass(frozen=True)
class Quotations:
    """Chosen statements (:data:`QUOTATION_COLUMNS`) and what the choice left out.

    ``experts`` and ``kinds`` are how many are quoted, ``deviant`` how many of the statements oppose
    their code. ``unquoted`` names the codes whose opponents cannot be quoted. ``missing`` is the
    sentence that stands where no statement can be quoted.
    """

    table: pd.DataFrame
    experts: int
    kinds: int
    deviant: int
    unquoted: tuple[str, ...]
    missing: str = "No statement with a code of this task can be quoted."

    def opposing(self) -> pd.DataFrame:
        """The statements that oppose their code."""
        return self.table[self.table["stance"] == "opposes"]

    def raising(self) -> pd.DataFrame:
        """The statements that raise their code."""
        return self.table[self.table["stance"] == "raises"]

    def none_opposing(self) -> str:
        """The sentence that stands where no opposing statement can be quoted."""
        if self.unquoted:
            return f"Opposition to {quoted(self.unquoted)} was voiced but cannot be quoted."
        return "Nobody spoke against a code of this task, so no opposition can be quoted."


class Picker:
    """Chooses statements by one rule, and remembers whom it has shown.

    Of the candidates (in the order of speaking) those not shown yet are looked at. Chosen is the
    statement of the expert shown least so far; among those, of the kind of stakeholder shown least
    so far; then the one with the fewest codes; then the earliest. Statements of fewer than
    :data:`FEW_WORDS` words come last, for they say little by themselves.
    """

    def __init__(self, panel: Panel, coder: str = CONSENSUS) -> None:
        found = panel.statement_incidence(coder, "any")
        counts = found.values.sum(axis=1).tolist()
        self._codes = dict(zip(found.statements, counts, strict=True))
        self._used: set[str] = set()
        self.by_expert: Counter[str] = Counter()
        self.by_kind: Counter[str] = Counter()

    def pick(
        self, candidates: Iterable[Quotation], already: Mapping[str, int] | None = None
    ) -> Quotation | None:
        """The next statement; None where all candidates have been shown.

        ``already`` counts an expert's statements in the same place: whoever has fewer there goes
        before everything else.
        """
        left = [q for q in candidates if q.statement_id not in self._used]
        if not left:
            return None
        before = already or {}
        # min takes the first of equals, and candidates come in the order of speaking
        best = min(
            left,
            key=lambda q: (
                before.get(q.expert_id, 0),
                count_words(q.text) < FEW_WORDS,
                self.by_expert[q.expert_id],
                self.by_kind[q.stakeholder],
                self._codes[q.statement_id],
            ),
        )
        self._used.add(best.statement_id)
        self.by_expert[best.expert_id] += 1
        self.by_kind[best.stakeholder] += 1
        return best


def quotations(panel: Panel, codes: Iterable[str], coder: str = CONSENSUS) -> Quotations:
    """At most one statement that raises and one that opposes each code, spread over experts.

    Opposing statements are chosen first, one for each code in turn, then raising ones, each by the
    rule of :class:`Picker`. No statement is quoted twice, and none is cut. Only experts who agreed
    to be quoted are, and only where the text is given. Rows come in the order of ``codes``, the
    raising statement first.
    """
    codes, names = list(codes), code_names(panel)
    kinds, picker = kind_names(panel), Picker(panel, coder)
    chosen: dict[tuple[int, str], Quotation] = {}
    unquoted = []
    for stance in ("opposes", "raises"):
        for place, code in enumerate(codes):
            said = panel.quotations(code, coder, stance)
            best = picker.pick(q for q in said if _WITHHELD not in q.text)
            if best is not None:
                chosen[place, stance] = best
            elif stance == "opposes" and _anybody(panel, code, coder):
                unquoted.append(names[code])
    rows = [
        {
            "code": codes[place],
            "label": names[codes[place]],
            "stance": stance,
            "expert": q.expert_id,
            "kind_name": kinds[q.stakeholder],
            "session": q.session_id,
            "statement": q.statement_id,
            "text": q.text,
            "text_en": q.text_en,
        }
        for place in range(len(codes))
        for stance in ("raises", "opposes")
        if (q := chosen.get((place, stance))) is not None
    ]
    deviant = sum(stance == "opposes" for _, stance in chosen)
    table = pd.DataFrame(rows, columns=QUOTATION_COLUMNS)
    experts, groups = len(picker.by_expert), len(picker.by_kind)
    return Quotations(table, experts, groups, deviant, tuple(unquoted))


def _anybody(panel: Panel, code: str, coder: str) -> bool:
    """Whether anybody, quotable or not, opposed the code or one under it."""
    level = 1 if code in panel.incidence(coder, level=1).codes else 2
    found = panel.incidence(coder, "opposes", level)
    return bool(found.values[:, found.codes.index(code)].any())


def spread(found: Quotations, panel: Panel) -> str:
    """How many statements are quoted, from how many experts and kinds, and what cannot be."""
    n, closed = len(panel.experts), int((~panel.experts["quotable"].to_numpy(np.bool_)).sum())
    if found.table.empty:
        text = found.missing
    else:
        oppose = "opposes its" if found.deviant == 1 else "oppose their"
        text = (
            f"Quoted are {plural(len(found.table), 'statement')} by {count_of(found.experts, n)} "
            f"experts, from {count_of(found.kinds, len(panel.stakeholders))} kinds of stakeholder. "
            f"Of these statements, {found.deviant or 'none'} {oppose} code."
        )
    if closed:
        text += f" {start(plural(closed, 'expert'))} did not agree to be quoted."
    if found.unquoted:
        text += f" Opposition to {quoted(found.unquoted)} was voiced but cannot be quoted."
    return text
