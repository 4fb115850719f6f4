"""What the chapter on validation shows: a row a measure, from all values and all comparisons."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from analysis.validation import peers_agreement, peers_codes, peers_counts
from analysis.validation.peers import Peer
from analysis.validation.published import FOLDER

#: A difference that is no larger counts as none in a table; it hangs on the machine.
ROUNDING = 1e-6
#: Every peer, in the order in which they are declared.
PEERS = [
    thing
    for module in (peers_agreement, peers_counts, peers_codes)
    for thing in vars(module).values()
    if isinstance(thing, Peer)
]


def measures(folder: Path = FOLDER) -> dict[str, dict[str, dict[str, str]]]:
    """What ``measures.yml`` declares, by topic and by function of ``analysis.statistics``."""
    given: dict[str, Any] = yaml.safe_load((folder / "measures.yml").read_text(encoding="utf-8"))
    return given


def names() -> pd.DataFrame:
    """The measures, one row a function: ``topic``, ``function``, ``measure``."""
    rows = [(t, f, m["name"]) for t, declared in measures().items() for f, m in declared.items()]
    return pd.DataFrame(rows, columns=["topic", "function", "measure"])


def methods(pages: Sequence[str]) -> str:
    """What each measure means, its formula, when it is undefined, and its source, as Markdown.

    A table a topic, in MyST; ``pages`` are those of the book that a measure may lead to.
    """
    lines = []
    for topic, declared in measures().items():
        lines += [f"## {topic}", "", "| Measure | What it is |", "|---|---|"]
        for function, m in declared.items():
            there = f"book/{m['chapter']}" in pages
            name = f"[{m['name']}]({m['chapter']}.ipynb)" if there else m["name"]
            source = f"{{py:func}}`source <analysis.statistics.{function}>`"
            formula = m["formula"].replace("|", r"\vert ")
            lines.append(
                f'| <b id="{function}">{name}</b> ({source}) | {m["means"]}<br>${formula}$<br>'
                f"Undefined: {m['undefined']}. After {m['after']}. |"
            )
        lines.append("")
    return "\n".join(lines)


def compared(peers: list[Peer] | None = None) -> pd.DataFrame:
    """One row a peer: ``function``, ``peer``, ``covers``, ``cases``, ``largest``, ``within`` ..."""
    rows = []
    for peer in PEERS if peers is None else peers:
        gaps = peer.differences()
        agree = bool((gaps <= peer.tolerance).all())
        largest = float(gaps.max())
        about = (peer.function, peer.peer, peer.covers, peer.cases)
        rows.append((*about, largest, peer.tolerance, agree))
    named = ["function", "peer", "covers", "cases", "largest", "tolerance", "within"]
    return pd.DataFrame(rows, columns=named)


def difference(largest: float) -> str:
    """A difference with two digits, or "none"."""
    if np.isnan(largest):
        return "–"
    if largest <= ROUNDING:
        return "none"
    return f"{largest:.{1 - math.floor(math.log10(largest))}f}" if largest < 1 else f"{largest:.2g}"


def reproduced(within: pd.Series) -> str:
    """ "6" if all of six values are within their tolerance, "5 of 6" if one is not."""
    n, k = len(within), int(within.sum())
    return f"{n}" if k == n else f"{k} of {n}"


def by_measure(values: pd.DataFrame, peers: pd.DataFrame) -> pd.DataFrame:
    """One row a measure: its published values, and its peers with their random inputs.

    ``values`` and ``peers`` are those of :func:`analysis.validation.published.values` and of
    :func:`compared`. ``examples``, ``printed`` (values, see :func:`reproduced`) and ``furthest``,
    the largest difference from them; ``peer``, ``cases`` and ``largest``, that between the two.
    """
    given = values.groupby("function").agg(
        examples=("example", "nunique"), printed=("within", reproduced),
        furthest=("difference", "max"),
    )  # fmt: skip
    beside = peers.groupby("function").agg(
        peer=("peer", unique), cases=("cases", "sum"), largest=("largest", "max")
    )
    found = names().join(given, on="function").join(beside, on="function")
    for gap in ("furthest", "largest"):
        found[gap] = [difference(value) for value in found[gap]]
    found["examples"] = found["examples"].fillna(0).astype(int)
    return found


def unique(texts: pd.Series) -> str:
    """Different texts, each once."""
    return "; ".join(texts.unique())
