"""Panels as large as a book must still be built about: simulated, in the form of a reader's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.panel.panel import make_panel
from analysis.panel.writing import write_folder
from analysis.simulation.panel_tables import ids
from analysis.simulation.panels import simulate_panel
from analysis.statistics.resampling import SEED

#: Arguments of :func:`write`. The codings are those of two coders and the consensus.
SIZES: dict[str, dict[str, Any]] = {
    "1,000 experts in groups, 70,000 codings": {
        "experts": 1000, "codes": 40, "sessions": 250, "statements": 45, "prevalence": 0.35,
    },
    "1,000 single interviews, 70,000 codings": {
        "experts": 1000, "codes": 40, "sessions": 1000, "statements": 60, "prevalence": 0.35,
    },
    "20 experts, 300 codes": {
        "experts": 20, "codes": 300, "sessions": 5, "statements": 60, "prevalence": 0.12,
    },
    "100 experts, 250 codes": {
        "experts": 100, "codes": 250, "sessions": 100, "statements": 30, "prevalence": 0.06,
    },
    "36 interviews, 6,000 statements": {
        "experts": 36, "codes": 115, "sessions": 36, "statements": 166, "prevalence": 0.25,
    },
}  # fmt: skip
KINDS = ("federal", "regional", "business", "society", "science")
#: Themes of each task, to which the codes belong in turn; words of a statement; memos.
THEMES, WORDS, MEMOS = 8, 30, 300


def texts(count: int, words: int, rng: np.random.Generator) -> list[str]:
    """Texts of about so many words, the frequent ones by Zipf's law: nearly none twice."""
    known = np.array([f"word{i}" for i in range(8000)], dtype=object)
    lengths = np.maximum(2, rng.lognormal(np.log(words) - 0.3, 0.8, count)).astype(int)
    chances = 1 / np.arange(1, known.size + 1)
    drawn = rng.choice(known, lengths.sum(), p=chances / chances.sum())
    return [" ".join(part) for part in np.split(drawn, np.cumsum(lengths)[:-1])]


def write(folder: Path, codes: int, **size: Any) -> Path:
    """Write a panel of this size: one expert in ten must not be quoted, and there are memos."""
    rng = np.random.default_rng(SEED)
    panel = simulate_panel(
        codes=codes, groups=KINDS, opposition=0.02, repeats=0.5, false_positive=0.002, items=16,
        session_correlation=0.05, echo=0.1, **size,
    )  # fmt: skip
    frames = dict(panel.frames)
    said, book = frames["statements"], frames["codebook"]
    said = said.assign(text=texts(len(said), WORDS, rng)).drop(columns="text_en")
    dates = pd.date_range("2021-01-04", periods=len(frames["sessions"])).strftime("%Y-%m-%d")
    frames["sessions"] = frames["sessions"].assign(date=dates)
    frames["experts"]["quotable"] = rng.random(len(frames["experts"])) > 0.1
    own = book[book["parent_id"].notna()].assign(name=texts(codes, 4, rng))
    own["name"] = [f"{name[:60]} {i}" for i, name in enumerate(own["name"].tolist())]
    own["parent_id"] = [f"{p}_{i % THEMES}" for i, p in enumerate(own["parent_id"].tolist())]
    themes = own.drop_duplicates("parent_id").assign(direction="neutral", parent_id=None)
    themes["code_id"] = own["parent_id"].drop_duplicates()
    themes["name"] = "Theme " + themes["code_id"]
    frames["codebook"] = pd.concat([themes, own], ignore_index=True)
    about = rng.choice(said["statement_id"][said["speaker"] != "moderator"], MEMOS)
    frames["memos"] = pd.DataFrame(
        {
            "memo_id": ids("m", MEMOS), "date": "2022-01-18", "author": "coder_1",
            "about": about, "text": texts(MEMOS, 20, rng),
        }
    )  # fmt: skip
    frames["statements"] = said
    meta = replace(panel.meta, source="panel", language="en", statement="Made for its size.")
    write_folder(dict(make_panel(meta, frames).contents()), folder)
    return folder
