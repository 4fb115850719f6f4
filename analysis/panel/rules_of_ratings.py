"""Rules of items and ratings, and of which files go together."""

from __future__ import annotations

import numpy as np

from analysis.panel.columns import Rule
from analysis.panel.drafts import Drafts, FloatArray
from analysis.panel.faults import Faults
from analysis.panel.rule_tools import by_target, note, plain


def scale_order(rule: Rule, drafts: Drafts, faults: Faults) -> None:
    """A scale's lowest value is below its highest."""
    own = drafts.get("items", "scale_min", "scale_max")
    if own is None:
        return
    low, high = own.numbers("scale_min"), own.numbers("scale_max")
    note(
        own,
        "scale_max",
        high <= low,
        lambda row: rule.expected.format(low=plain(low[row])),
        faults,
    )


def _scales(drafts: Drafts) -> tuple[FloatArray, FloatArray, FloatArray] | None:
    """Each rating's value and the ends of its scale, NaN where they cannot be told."""
    own = drafts.get("ratings", "item_id", "value")
    items = drafts.get("items", "item_id", "scale_min", "scale_max")
    if own is None or items is None or not len(items):
        return None
    rows = by_target(drafts, "ratings", "item_id", np.arange(len(items), dtype=np.int32))
    row = rows[drafts.codes("ratings", "item_id")]
    low, high = items.numbers("scale_min"), items.numbers("scale_max")
    unknown = (row < 0) | ~(low < high)[row]
    return (
        own.numbers("value"),
        np.where(unknown, np.nan, low[row]),
        np.where(unknown, np.nan, high[row]),
    )


def rating_scale(rule: Rule, drafts: Drafts, faults: Faults) -> None:
    """A rating lies within the item's scale."""
    found = _scales(drafts)
    if found is None:
        return
    value, low, high = found
    own = drafts.tables["ratings"]
    note(
        own,
        "value",
        (value < low) | (value > high),
        lambda row: rule.expected.format(
            low=plain(low[row]), high=plain(high[row]), item=own.text("item_id", row)
        ),
        faults,
    )


def rating_whole(rule: Rule, drafts: Drafts, faults: Faults) -> None:
    """A rating is whole where both ends of the scale are."""
    found = _scales(drafts)
    if found is None:
        return
    value, low, high = found
    inside = (low <= value) & (value <= high) & (low % 1 == 0) & (high % 1 == 0)
    note(
        drafts.tables["ratings"],
        "value",
        inside & (value % 1 != 0),
        lambda row: rule.expected.format(low=plain(low[row]), high=plain(high[row])),
        faults,
    )


def items_and_ratings(rule: Rule, drafts: Drafts, faults: Faults) -> None:
    """Items and ratings are there together or not at all."""
    there = [name for name in ("items", "ratings") if name in drafts.files]
    if len(there) == 1:
        missing = "items.csv" if there == ["ratings"] else "ratings.csv"
        faults.add(missing, None, None, None, rule.expected.format(missing=missing))


def no_truth(rule: Rule, drafts: Drafts, faults: Faults) -> None:
    """Only a constructed panel has a truth."""
    if drafts.meta is not None and drafts.meta.source == "panel" and "truth" in drafts.files:
        faults.add(rule.file, None, None, "a file", rule.expected)
