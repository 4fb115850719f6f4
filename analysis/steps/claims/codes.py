"""Which codes of a panel speak to a claim, and what the panel shows of each of them.

The codes of a conclusion are those that the analysis plan names for it. Those of a task are its
main codes: the ones raised by most experts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.panel.format import CONSENSUS
from analysis.panel.panel import Panel
from analysis.panel.record import Claim
from analysis.panel.views_of_coding import BoolArray
from analysis.steps import panel_talk, themes
from analysis.steps.coding_reliability import intervals
from analysis.steps.coding_reliability.sheets import main_pair, sheets
from analysis.steps.panel_raised import Raised, who_raised
from analysis.steps.robustness import multiverse
from analysis.steps.stakeholders import side_of_kind

#: The main codes of a task are those whose rank by experts is this or better.
MAIN_RANKS = 3

CODE_COLUMNS = [
    "code",
    "label",
    "n",
    "k",
    "opposed",
    "raised_by",
    "opposed_by",
    "sessions",
    "sides",
    "first_hand",
    "alpha",
    "alpha_low",
    "alpha_high",
    "analyses",
    "kept",
    "least",
    "most",
    "turned_by",
    "draws_kept",
]


@dataclass(frozen=True, slots=True)
class ClaimCodes:
    """The codes that speak to a claim; ``missing`` says why there are none.

    ``among`` are the codes that those of a task were chosen from.
    """

    codes: tuple[str, ...]
    missing: str = ""
    among: tuple[str, ...] = ()


def codes_of(panel: Panel, claim: Claim) -> ClaimCodes:
    """The codes that speak to a claim: planned ones, or the main codes of a task."""
    if claim.kind != "task":
        return _planned(panel, claim)
    wanted = (claim.direction,) if claim.direction in {"hinders", "facilitates"} else ()
    table = themes.theme_table(panel, claim.fact, directions=wanted)
    if table.empty:
        of = f"{wanted[0]} in " if wanted else "belongs to "
        return ClaimCodes((), f"No code of this panel {of}the task “{claim.fact}”.")
    raised = table[table["k"] > 0]
    if raised.empty:
        return ClaimCodes((), "No expert raised a code that speaks to this.")
    ranks = table["k"].rank(method="min", ascending=False)
    main = raised.loc[ranks[raised.index] <= MAIN_RANKS, "code"]
    return ClaimCodes(tuple(main), among=tuple(table["code"]))


def _planned(panel: Panel, claim: Claim) -> ClaimCodes:
    if panel.plan is None:
        return ClaimCodes((), "This panel has no analysis plan (plan.yml) that names codes for it.")
    planned = panel.plan.claims.get(claim.claim_id)
    if planned is None or not planned.codes:
        return ClaimCodes((), "The analysis plan of this panel names no code for it.")
    return ClaimCodes(planned.codes)


def items_of(panel: Panel, claim: Claim) -> tuple[str, ...]:
    """The rated items that the plan names for a claim; none without ratings."""
    if panel.plan is None or not panel.has("ratings"):
        return ()
    planned = panel.plan.claims.get(claim.claim_id)
    return planned.items if planned else ()


def code_table(panel: Panel, codes: Sequence[str]) -> pd.DataFrame:
    """What the panel shows of each code, one row a code; columns :data:`CODE_COLUMNS`.

    ``k`` of ``n`` experts raised it and ``opposed`` spoke against it (an expert may have done
    both). ``sessions`` is in how many sessions somebody raised it, ``sides`` on how many of the
    plan's sides (of the kinds of stakeholder, without a plan). ``first_hand`` experts raised it
    otherwise than by echoing the speaker before; NaN in individual interviews. ``alpha``, with an
    interval from drawing experts, is NaN where nothing was double coded. In ``kept`` of the
    ``analyses`` of the robustness chapter more experts raise than oppose it; ``least`` to ``most``
    are its lowest and highest share of experts there, as "k of n"; ``turned_by`` names the
    analyses that change one choice only and do not keep it. ``draws_kept`` is the share of
    resampled panels, with coding errors drawn too, in which more raise than oppose it.
    """
    wanted = list(dict.fromkeys(codes))
    rows: list[dict[str, object]] = []
    for level in (2, 1):
        found = who_raised(panel, level)
        left = [c for c in wanted if c in set(found.codes["code"]) - {r["code"] for r in rows}]
        if left:
            rows += _rows(panel, found, left, level)
    table = pd.DataFrame(rows, columns=CODE_COLUMNS)
    order = {code: place for place, code in enumerate(wanted)}
    return table.sort_values("code", key=lambda c: c.map(order)).reset_index(drop=True)


def _rows(panel: Panel, found: Raised, codes: Sequence[str], level: int) -> list[dict[str, object]]:
    group = _groups(panel, found)
    first_hand = _first_hand(panel, found, level)
    alphas = _alphas(panel, codes, level)
    analyses = multiverse.counts(panel, codes)
    drawn = _drawn(panel, codes)
    ids = found.experts["expert"].to_numpy(dtype=object)
    session = found.experts["session"].to_numpy(dtype=object)
    rows: list[dict[str, object]] = []
    for code in codes:
        place = found.codes["code"].tolist().index(code)
        yes, no = found.raised[:, place], found.opposed[:, place]
        rows.append(
            {
                "code": code,
                "label": found.codes["label"].iloc[place],
                "n": found.n,
                "k": int(yes.sum()),
                "opposed": int(no.sum()),
                "raised_by": tuple(ids[yes]),
                "opposed_by": tuple(ids[no]),
                "sessions": len(set(session[yes])),
                "sides": len(set(group[yes]) - {""}),
                "first_hand": math.nan if first_hand is None else int(first_hand[:, place].sum()),
                **alphas[code],
                **_kept(analyses[analyses["code"] == code]),
                "draws_kept": drawn.get(code, math.nan),
            }
        )
    return rows


def _groups(panel: Panel, found: Raised) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """The side of each expert, empty text for none; the kind where the plan names no sides."""
    side = side_of_kind(panel)
    kinds = found.experts["kind"].tolist()
    return np.array([side.get(k, "") for k in kinds] if side else kinds, dtype=object)


def groups(panel: Panel) -> tuple[str, int]:
    """What the groups of ``sides`` are called, and how many of them have coded experts."""
    found = who_raised(panel)
    number = len(set(_groups(panel, found)) - {""})
    return ("sides" if side_of_kind(panel) else "kinds of stakeholder"), number


def _first_hand(panel: Panel, found: Raised, level: int) -> BoolArray | None:
    """Who raised what otherwise than by echoes alone, as ``found.raised``; None without a group."""
    if panel.meta.mode == "individual":
        return None
    without = panel_talk.incidence_without_echoes(panel, CONSENSUS, level)
    experts = pd.Index(without.experts).get_indexer(pd.Index(found.experts["expert"]))
    columns = pd.Index(without.codes).get_indexer(pd.Index(found.codes["code"]))
    cells: BoolArray = without.values[np.ix_(experts, columns)]
    return cells


def _alphas(panel: Panel, codes: Sequence[str], level: int) -> dict[str, dict[str, float]]:
    nothing = dict.fromkeys(("alpha", "alpha_low", "alpha_high"), math.nan)
    if main_pair(panel) is None:
        return dict.fromkeys(codes, nothing)
    double = sheets(panel, level=level)
    out = {}
    for code in codes:
        found = intervals.alpha(double.given[..., double.codes.index(code)], double.experts)
        out[code] = {
            "alpha": found.estimate,
            "alpha_low": found.low,
            "alpha_high": found.high,
        }
    return out


def _kept(rows: pd.DataFrame) -> dict[str, object]:
    """In how many analyses more raise than oppose the code, and how its share varies."""
    counted = rows[rows["n"] > 0]
    if counted.empty:
        return {"analyses": 0, "kept": 0, "least": "", "most": "", "turned_by": ()}
    kept = (counted["k"] > counted["opposed"]).to_numpy()
    share = (counted["k"] / counted["n"]).to_numpy()
    ends = [counted.iloc[int(place)] for place in (share.argmin(), share.argmax())]
    return {
        "analyses": len(counted),
        "kept": int(kept.sum()),
        "least": f"{ends[0]['k']} of {ends[0]['n']}",
        "most": f"{ends[1]['k']} of {ends[1]['n']}",
        "turned_by": _single(counted[~kept]),
    }


def _single(rows: pd.DataFrame) -> tuple[str, ...]:
    """The names of those analyses that depart from the book's own in one choice."""
    changed = (rows["coder"] != CONSENSUS).astype(int) + ~rows["echoes"] + (rows["left_out"] != "")
    return tuple(rows.loc[changed == 1, "label"])


def _drawn(panel: Panel, codes: Sequence[str]) -> dict[str, float]:
    found = multiverse.carried(panel, codes)
    return dict(zip(found["code"], found["sign_kept"], strict=True))


def main_kept(panel: Panel, chosen: ClaimCodes) -> tuple[int, int, tuple[str, ...]]:
    """How often the main codes of a task stay among the main ones: all of them, in k of n analyses.

    The third entry names the analyses that change one choice only and in which they do not.
    """
    found = multiverse.counts(panel, chosen.among)
    found = found[found["n"] > 0]
    if found.empty or not chosen.codes:
        return 0, 0, ()
    ranks = found.groupby("analysis", sort=False)["k"].rank(method="min", ascending=False)
    main = found["code"].isin(chosen.codes)
    stays = ((ranks <= MAIN_RANKS) & (found["k"] > 0))[main].groupby(found["analysis"], sort=False)
    kept = stays.all()
    rows = found.drop_duplicates("analysis").set_index("analysis")
    return int(kept.sum()), len(kept), _single(rows.loc[kept.index[~kept]])
