"""What a constructed or simulated panel was built to contain, beside what is recovered from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from analysis.panel.format import CONSENSUS
from analysis.panel.panel import Panel
from analysis.steps.coding_reliability import intervals
from analysis.steps.coding_reliability.sheets import coded, sheets
from analysis.steps.panel_tools import code_names

COLUMNS = ["quantity", "kind", "planted", "recovered", "low", "high", "inside"]
#: Kinds of planted quantity: alpha of one code, of all codes together, and errors of a coder.
ALPHA, ALL, ERROR = "alpha of a code", "alpha of all codes together", "error rate"


def _number(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) else np.nan


def planted_alphas(
    truth: Mapping[str, Any] | None, pair: tuple[str, str]
) -> tuple[dict[str, float], dict[str, float], str]:
    """Planted alpha by code and over all codes by way of counting, and how the code is counted.

    Understands ``coders.expected_alpha`` of a constructed panel (``any`` and ``raises``) and
    ``alpha`` of a simulated one (raised or not). Empty where the truth holds neither.
    """
    truth = truth or {}
    coders = truth.get("coders")
    expected = coders.get("expected_alpha") if isinstance(coders, Mapping) else None
    if isinstance(expected, Mapping):
        codes = {c: _number(v["any"]) for c, v in expected.get("by_code", {}).items()}
        whole = {s: _number(v) for s, v in expected.get("all_codes", {}).items()}
        return codes, whole, "any"
    simulated = truth.get("alpha")
    if isinstance(simulated, Mapping) and isinstance(simulated.get(" ".join(pair)), Mapping):
        found = simulated[" ".join(pair)]
        return {c: _number(v) for c, v in found.items()}, {}, "raises"
    return {}, {}, "any"


def planted(panel: Panel, pair: tuple[str, str] | None) -> pd.DataFrame:
    """Planted and recovered values, one row a quantity.

    Columns quantity, kind (:data:`ALPHA`, :data:`ALL` or :data:`ERROR`), planted, recovered, low,
    high (by whole experts), inside (whether the interval holds the planted value; None without
    one). Empty where the panel has no truth about its coders.
    """
    if pair is None:
        return pd.DataFrame(columns=COLUMNS)
    codes, whole, stance = planted_alphas(panel.truth, pair)
    order = sorted(whole, key=lambda counted: counted == stance)  # the chapter's way comes last
    rows = [_all_codes(panel, pair, name, whole[name]) for name in order]
    rows += _errors(panel)
    rows += _codes(panel, pair, codes, stance)
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(quantity: str, kind: str, value: float, found: Any) -> dict[str, object]:
    known = not (np.isnan(value) or np.isnan(found.low) or np.isnan(found.high))
    return {
        "quantity": quantity,
        "kind": kind,
        "planted": value,
        "recovered": found.estimate,
        "low": found.low,
        "high": found.high,
        "inside": bool(found.low <= value <= found.high) if known else None,
    }


def _codes(
    panel: Panel, pair: tuple[str, str], codes: Mapping[str, float], stance: str
) -> list[dict[str, object]]:
    two = sheets(panel, pair, stance=stance)
    names = code_names(panel)
    rows = []
    for place, code in enumerate(two.codes):
        if code in codes:
            data = two.given[..., place]
            found = intervals.alpha(data, two.experts)
            rows.append(_row(names[code], ALPHA, codes[code], found))
    return rows


def _all_codes(panel: Panel, pair: tuple[str, str], stance: str, value: float) -> dict[str, object]:
    """Alpha over all cells of statements x codes together."""
    two = sheets(panel, pair, stance=stance)
    experts = np.repeat(np.asarray(two.experts, dtype=str), len(two.codes))
    cells = two.given.reshape(2, -1)
    found = intervals.alpha(cells, experts)
    counted = "given in any stance" if stance == "any" else "raised"
    return _row(f"all codes, {counted}", ALL, value, found)


def _errors(panel: Panel) -> list[dict[str, object]]:
    """Errors of each coder against the consensus, beside the errors that were made."""
    coders = (panel.truth or {}).get("coders")
    errors = coders.get("errors") if isinstance(coders, Mapping) else None
    if not isinstance(errors, Mapping):
        return []
    rows = []
    for coder in panel.meta.coders:
        made = errors.get(coder)
        if not isinstance(made, Mapping):
            continue
        rate = {kind: _number(v["rate"]) for kind, v in made.items()}
        sums, experts = _against_consensus(panel, coder)
        for what, planted_rate, above, below in (
            ("codes missed", rate["omitted"] + rate["confused"], 0, 3),
            ("stances turned round", rate["stance"], 1, 3),
        ):
            counts = intervals.by_cluster(sums[:, [above, below]], experts)
            found = intervals.cluster_interval(counts, intervals.ratio_of, what, lowest=0.0)
            rows.append(
                _row(f"{coder}: {what}, per code of the consensus", ERROR, planted_rate, found)
            )
        confused = _number(made["confused"]["count"])
        extra = rate["added"] + rate["drifted"] + confused / len(experts)
        counts = intervals.by_cluster(sums[:, [2, 4]], experts)
        found = intervals.cluster_interval(counts, intervals.ratio_of, "extra", lowest=0.0)
        rows.append(_row(f"{coder}: codes added, per statement", ERROR, extra, found))
    return rows


def _against_consensus(panel: Panel, coder: str) -> tuple[Any, Any]:
    """By statement that the coder and the consensus coded, (statements, 5), and the experts.

    Columns: codes of the consensus that the coder missed, codes of both with another stance, codes
    that the consensus lacks, codes of the consensus, 1.
    """
    both = (coder, CONSENSUS)
    raised, opposed = (panel.code_sets(both, stance=s) for s in ("raises", "opposes"))
    kept = coded(raised.values).all(axis=0)
    rows = []
    for unit in np.flatnonzero(kept):
        mine = dict.fromkeys(raised.values[0, unit], 1) | dict.fromkeys(opposed.values[0, unit], 2)
        final = dict.fromkeys(raised.values[1, unit], 1) | dict.fromkeys(opposed.values[1, unit], 2)
        shared = mine.keys() & final.keys()
        turned = sum(mine[c] != final[c] for c in shared)
        extra = len(mine.keys() - final.keys())
        rows.append((len(final) - len(shared), turned, extra, len(final), 1))
    return np.array(rows, dtype=np.float64).reshape(-1, 5), raised.experts[kept]
