"""The numbers and sentences that the chapter on coding reliability states, for any panel."""

from __future__ import annotations

import numpy as np

from analysis.steps.coding_reliability import planted, reporting
from analysis.steps.coding_reliability import sentences_of_agreement as agreement
from analysis.steps.coding_reliability import sentences_of_disagreement as disagreement
from analysis.steps.coding_reliability.analysis import CodingReliability
from analysis.steps.coding_reliability.sheets import records
from analysis.steps.coding_reliability.wording import HERE, NAMES, overall_row, pair_row, sentence
from analysis.steps.panel_tools import count_of, quoted, text_result, two
from analysis.steps.results import Result


def results(found: CodingReliability) -> list[Result]:
    """Everything that the prose states; the same ids for any panel."""
    return [
        *agreement.coverage_results(found),
        *agreement.overall_results(found),
        *agreement.code_results(found),
        *agreement.stance_results(found),
        *disagreement.confusion_results(found),
        *disagreement.drift_results(found),
        *disagreement.read_results(found),
        *disagreement.resolution_results(found),
        *disagreement.later_results(found),
        *_planted(found),
        *_reporting(found),
        _summary(found),
    ]


def _planted(found: CodingReliability) -> list[Result]:
    label = "planted values within their interval"
    return [sentence("cr-planted", label, "planted.planted", found, _recovered, "model-based")]


def _recovered(found: CodingReliability) -> str:
    table = found.planted
    if table.empty:
        return "This panel has no planted error rates, so there is nothing to recover."
    known = table[table["inside"].notna()]
    if known.empty:
        return "No recovered value has an interval that the planted one could be compared with."
    inside = int(known["inside"].astype(bool).sum())
    said = (
        f"The planted value lies within the interval for {count_of(inside, len(known))} "
        "quantities that have one"
    )
    outside = known.loc[~known["inside"].astype(bool), "quantity"].tolist()
    if outside:
        said += f"; outside lie {quoted(outside, NAMES)}"
    whole = records(table[table["kind"] == planted.ALL])
    if whole:
        row = whole[-1]
        said += (
            f". Over all codes together ({row['quantity'].split(', ')[-1]}) alpha was planted as "
            f"{two(row['planted'])} and is recovered as {two(row['recovered'])}"
        )
    return said + "."


def _reporting(found: CodingReliability) -> list[Result]:
    n = len(found.reporting)
    states = {
        "cr-points": ("points of the guidance that the panel answers", reporting.ANSWERED),
        "cr-points-part": ("points that it answers in part", reporting.IN_PART),
        "cr-points-open": ("points that it does not report", reporting.NOT_REPORTED),
    }
    return [
        Result(
            key,
            label,
            k / n,
            "count-of",
            "description",
            "count",
            f"{HERE}.reporting.points",
            k=k,
            n=n,
        )
        for key, (label, state) in states.items()
        for k in [reporting.reported(found.reporting, [state])]
    ]


def _summary(found: CodingReliability) -> Result:
    value = found.missing
    if found.pair is not None:
        row = overall_row(found, "codes")
        names = f"{found.pair[0]} and {found.pair[1]}"
        pair = pair_row(found)
        value = (
            f"{names} gave the same codes to {count_of(pair['same'], pair['n'])} "
            "statements that both coded. "
        )
        value += (
            "Set-valued alpha over the codes is not defined."
            if np.isnan(row["alpha"])
            else f"Set-valued alpha over the codes is {two(row['alpha'])}"
            + (
                "."
                if np.isnan(row["low"])
                else f" (by whole experts {two(row['low'])} to {two(row['high'])})."
            )
        )
    standing = "description" if found.pair is None else "model-based"
    return text_result(
        "cr-summary", "agreement in one sentence", value, f"{HERE}.analyse", standing=standing
    )
