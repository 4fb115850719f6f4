"""What the coders wrote down, for the statements that two coders or more worked on."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.panel.format import CONSENSUS
from analysis.panel.panel import Panel
from analysis.panel.views_of_coding import Reliability
from analysis.statistics import agreement

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: What a panel says to whom it cannot say how far its coders agree.
ALONE = (
    "No statement of this panel was coded by more than one coder, so how far coders agree "
    "cannot be computed."
)


@dataclass(frozen=True, slots=True, eq=False)
class Sheets:
    """The double-coded statements, in the order of speaking.

    ``sets`` is coders x statements of frozensets of codes, None = not coded; ``given`` the same as
    coders x statements x codes of 1, 0 and NaN. ``experts`` and ``sessions`` (statements,) are the
    clusters.
    """

    coders: tuple[str, ...]
    codes: tuple[str, ...]
    statements: tuple[str, ...]
    experts: NDArray[np.object_]
    sessions: NDArray[np.object_]
    sets: NDArray[np.object_]
    given: FloatArray

    def __len__(self) -> int:
        """The number of double-coded statements."""
        return len(self.statements)

    def of(self, kept: NDArray[np.bool_]) -> Sheets:
        """The sheets for some of the statements; ``kept`` is (statements,)."""
        chosen = tuple(s for s, keep in zip(self.statements, kept, strict=True) if keep)
        return Sheets(
            self.coders,
            self.codes,
            chosen,
            self.experts[kept],
            self.sessions[kept],
            self.sets[:, kept],
            self.given[:, kept],
        )


def sheets(
    panel: Panel, coders: tuple[str, ...] | None = None, level: int = 2, stance: str = "any"
) -> Sheets:
    """The sheets of the statements that two of the ``coders`` or more worked on.

    ``coders``, ``level`` and ``stance`` as in :meth:`analysis.panel.Panel.code_sets`.
    """
    found = panel.code_sets(coders, level, stance)
    kept = np.asarray(coded(found.values).sum(axis=0) >= 2)
    codes = panel.incidence(level=level).codes
    return _sheets(found, kept, codes)


def _sheets(found: Reliability, kept: NDArray[np.bool_], codes: tuple[str, ...]) -> Sheets:
    place = {code: column for column, code in enumerate(codes)}
    sets = found.values[:, kept]
    given = np.full((*sets.shape, len(codes)), np.nan)
    for (coder, unit), codes_given in np.ndenumerate(sets):
        if codes_given is not None:
            given[coder, unit] = 0.0
            given[coder, unit, [place[code] for code in codes_given]] = 1.0
    statements = tuple(s for s, keep in zip(found.statements, kept, strict=True) if keep)
    return Sheets(
        found.coders,
        codes,
        statements,
        found.experts[kept],
        found.sessions[kept],
        sets,
        given,
    )


def coded(sets: NDArray[Any]) -> NDArray[np.bool_]:
    """Where a coder coded a statement: True but for None, of the shape of ``sets``."""
    flat = [cell is not None for cell in sets.ravel()]
    return np.array(flat, dtype=np.bool_).reshape(sets.shape)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table, one dict each."""
    return [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]


def shared(panel: Panel) -> dict[tuple[str, str], int]:
    """How many statements each two coders both worked on."""
    worked = coded(panel.code_sets().values)
    coders = panel.meta.coders
    return {
        (coders[a], coders[b]): int((worked[a] & worked[b]).sum())
        for a, b in combinations(range(len(coders)), 2)
    }


def main_pair(panel: Panel) -> tuple[str, str] | None:
    """The two coders who share the most statements, the first such pair; None without any."""
    counts = shared(panel)
    if not any(counts.values()):
        return None
    return max(counts, key=lambda pair: counts[pair])  # the first of the largest


def similarity(sets: NDArray[np.object_]) -> FloatArray:
    """How alike the coders' sets are, statement by statement, (statements,).

    One less the MASI distance, averaged over pairs of coders; NaN where fewer than two coded.
    """
    out = np.full(sets.shape[1], np.nan)
    for unit in range(sets.shape[1]):
        known = [s for s in sets[:, unit] if s is not None]
        pairs = [1 - agreement.masi_distance(a, b) for a, b in combinations(known, 2)]
        if pairs:
            out[unit] = sum(pairs) / len(pairs)
    return out


def same_set(sets: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Where all coders who coded a statement gave it the same codes, (statements,)."""
    return np.array([len({s for s in sets[:, u] if s is not None}) == 1 for u in _units(sets)])


def nothing_shared(sets: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Where codes were given and no two coders share one, (statements,)."""
    out = []
    for unit in _units(sets):
        known = [s for s in sets[:, unit] if s is not None]
        out.append(any(known) and not any(a & b for a, b in combinations(known, 2)))
    return np.array(out, dtype=np.bool_)


def _units(sets: NDArray[Any]) -> range:
    return range(sets.shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class Trio:
    """The statements that both coders of a pair and the consensus coded, with their codings.

    Each of ``first``, ``second`` and ``consensus`` is a list, one entry a statement: a dict of the
    stance by code.
    """

    coders: tuple[str, str]
    statements: tuple[str, ...]
    experts: NDArray[np.object_]
    sessions: NDArray[np.object_]
    first: list[dict[str, str]]
    second: list[dict[str, str]]
    consensus: list[dict[str, str] | None]


def trio(panel: Panel, pair: tuple[str, str]) -> Trio:
    """The statements that both of the pair coded; consensus is None where it did not code one."""
    three = (*pair, CONSENSUS)
    raised = panel.code_sets(three, stance="raises")
    opposed = panel.code_sets(three, stance="opposes")
    kept = np.asarray(coded(raised.values[:2]).all(axis=0))

    def codings(row: int) -> list[dict[str, str] | None]:
        out: list[dict[str, str] | None] = []
        for unit in np.flatnonzero(kept):
            yes, no = raised.values[row, unit], opposed.values[row, unit]
            if yes is None:
                out.append(None)
            else:
                out.append(dict.fromkeys(yes, "raises") | dict.fromkeys(no, "opposes"))
        return out

    return Trio(
        pair,
        tuple(s for s, keep in zip(raised.statements, kept, strict=True) if keep),
        raised.experts[kept],
        raised.sessions[kept],
        [c or {} for c in codings(0)],
        [c or {} for c in codings(1)],
        codings(2),
    )
