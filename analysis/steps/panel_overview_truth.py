"""What a constructed panel was built to contain, read from its ``truth.yml``.

The file is free in form. Facts under ``planted`` are listed one by one; of the rest, what the
analysis is meant to find again is named, with its numbers left in the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from analysis.panel.panel import Panel
from analysis.steps.panel_tools import code_names, plural

COLUMNS = ["kind", "where", "what", "counts"]

#: Fields that say in words what was planted.
_WORDS = ("how", "what", "meant", "consequence", "note")
#: Fields that only repeat what another field or the file's own place says.
_SILENT = ("id",)


def _title(key: str) -> str:
    """A key as a heading: "Deviant cases" for ``deviant_cases``."""
    return key.replace("_", " ").capitalize()


def _listed(value: object, names: Mapping[str, str]) -> str:
    """Ids in a row; codes by their names."""
    values = value if isinstance(value, list) else [value]
    return ", ".join(names.get(str(v), str(v)) for v in values)


def _share(value: object) -> str:
    """Counts such as ``{k: 7, n: 10}`` as "7 of 10"; empty for anything else."""
    if isinstance(value, Mapping) and {"k", "n"} <= set(value):
        return f"{value['k']} of {value['n']}"
    return ""


def _row(kind: str, fact: object, names: Mapping[str, str]) -> dict[str, str]:
    """One planted fact as a row of the table."""
    if not isinstance(fact, Mapping):
        return {"kind": kind, "where": _listed(fact, names), "what": "", "counts": ""}
    where, counts = [], []
    for key, value in fact.items():
        if key in _WORDS or key in _SILENT:
            continue
        label = key.replace("_", " ")
        if _share(value):
            counts.append(f"{label} {_share(value)}")
        elif isinstance(value, int) and not isinstance(value, bool):
            counts.append(f"{label} {value}")
        elif isinstance(value, str) or (
            isinstance(value, list) and all(isinstance(v, str) for v in value)
        ):
            where.append(_listed(value, names))
    what = "; ".join(str(fact[key]) for key in _WORDS if key in fact)
    return {"kind": kind, "where": ", ".join(where), "what": what, "counts": ", ".join(counts)}


def _facts(value: object) -> Sequence[object]:
    """The facts under one key of ``planted``: each entry of a list of entries, else one fact."""
    if isinstance(value, list) and any(isinstance(v, Mapping) for v in value):
        return value
    return [value]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _sides(truth: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """The groups of experts that were made to differ."""
    sides = _mapping(truth.get("sides"))
    members = {name: value for name, value in sides.items() if isinstance(value, list)}
    if members:
        yield {
            "kind": "Sides",
            "where": ", ".join(members),
            "what": " ".join(str(sides.get("note", "")).split()),
            "counts": ", ".join(f"{name} {len(value)}" for name, value in members.items()),
        }


def _drawn(truth: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """What was drawn from a model with known numbers: ratings and coders."""
    ratings = _mapping(truth.get("ratings"))
    words = {
        "planted_side_effects": "items that the sides were made to rate differently",
        "planted_nulls": "items that the sides were made to rate alike",
    }
    for key, what in words.items():
        items = ratings.get(key)
        if isinstance(items, list) and items:
            yield {
                "kind": "Ratings",
                "where": _listed(items, names),
                "what": what,
                "counts": plural(len(items), "item"),
            }
    drift = _mapping(_mapping(_mapping(truth.get("generator")).get("coders")).get("drift"))
    if {"coder", "code"} <= set(drift):
        yield {
            "kind": "Drift of a coder",
            "where": f"{drift['coder']}, {_listed(drift['code'], names)}",
            "what": "the coder gives the code more and more readily, session by session",
            "counts": "",
        }
    errors = _mapping(_mapping(truth.get("coders")).get("errors"))
    for coder, made in errors.items():
        kinds = [
            f"{name} {_mapping(entry)['count']}"
            for name, entry in _mapping(made).items()
            if "count" in _mapping(entry)
        ]
        if kinds:
            yield {
                "kind": "Errors of a coder",
                "where": str(coder),
                "what": "departures from the resolved coding that were drawn",
                "counts": ", ".join(kinds),
            }


def _seeds(truth: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """The seeds of the random draws."""
    seeds = _mapping(_mapping(truth.get("generator")).get("seeds"))
    if seeds:
        yield {
            "kind": "Seeds",
            "where": ", ".join(map(str, seeds)),
            "what": "the random draws can be repeated",
            "counts": ", ".join(f"{name} {seed}" for name, seed in seeds.items()),
        }


def put_in(panel: Panel) -> pd.DataFrame:
    """The planted facts, one row each: kind, where (ids), what, counts; no rows without a truth.

    Where the file has nothing under ``planted`` and no coders or ratings of that form, its entries
    are named, with their size.
    """
    truth = panel.truth
    if truth is None:
        return pd.DataFrame(columns=COLUMNS)
    names = code_names(panel)
    rows = [
        _row(_title(key), fact, names)
        for key, value in _mapping(truth.get("planted")).items()
        for fact in _facts(value)
    ]
    rows = [*_sides(truth), *rows, *_drawn(truth, names), *_seeds(truth)]
    if not rows:
        rows = [
            {"kind": _title(key), "where": "", "what": _size(value), "counts": ""}
            for key, value in truth.items()
            if key != "about"
        ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _size(value: object) -> str:
    """An entry of the file in a few words."""
    if isinstance(value, Mapping | list):
        return plural(len(value), "entry", "entries")
    return " ".join(str(value).split())
