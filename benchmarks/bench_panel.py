"""A panel of 10,000 experts and 500,000 statements: loading and checking it, and its memory."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.panel.panel import Panel, load_panel
from analysis.project import DATA
from benchmarks.harness import Row, peak_bytes, seconds

EXPERTS = 10_000
#: Per expert; the moderator makes one statement in ten.
STATEMENTS, PER_SESSION = 50, 5
CODERS = ("consensus", "coder_a", "coder_b")
#: How many times pandas.read_csv's time, and the tables' own memory, it may take.
TIME, MEMORY = 8, 4
#: Taken as they are from the constructed panel.
SMALL = ("panel.yml", "codebook.csv", "guide.csv", "stakeholders.csv")
CONSTRUCTED = DATA / "panels" / "constructed"

RUSSIAN = "цифровизация государственное управление услуга портал население обращение не и в на что"
ENGLISH = "digital state services portal people request agency region data and in that this as we"


def sentences(rng: np.random.Generator, words: str, count: int) -> list[str]:
    """Texts of 10 to 30 words, nearly all different, with a comma, so that they are quoted."""
    known = words.split()
    some = [" ".join(rng.choice(known, size)) for size in rng.integers(5, 16, 2000)]
    return [f"{some[a]}, {some[b]}" for a, b in rng.integers(0, len(some), (count, 2)).tolist()]


def tables(experts: int) -> dict[str, pd.DataFrame]:
    """The large tables of a sound panel of so many experts."""
    rng = np.random.default_rng(1)
    codes = pd.read_csv(CONSTRUCTED / "codebook.csv").dropna(subset="parent_id")["code_id"]
    kinds = pd.read_csv(CONSTRUCTED / "stakeholders.csv")["stakeholder"]
    expert = np.array([f"e{i:05d}" for i in range(experts)])
    session = np.array([f"g{i:05d}" for i in range(experts // PER_SESSION)])
    count = experts * STATEMENTS
    room, place = np.divmod(np.arange(count), STATEMENTS * PER_SESSION)
    statement = np.array([f"s{i:06d}" for i in range(count)])
    moderates = place % 10 == 0
    speaker = expert[room * PER_SESSION + rng.integers(0, PER_SESSION, count)]
    spoken = statement[~moderates]
    coded = pd.DataFrame(
        {"statement_id": np.tile(spoken, len(CODERS)), "coder": np.repeat(CODERS, len(spoken))}
    )
    given = coded[rng.random(len(coded)) < 0.5]
    opposes = rng.random(len(given)) < 0.1
    said = {
        "statement_id": statement,
        "session_id": session[room],
        "position": place + 1,
        "speaker": np.where(moderates, "moderator", speaker),
        "question_id": [f"q{i:02d}" for i in (place // 26 + 1).tolist()],
        "start_s": (10.2 * place).round(1),
        "end_s": (10.2 * place + 9.7).round(1),
        "text": sentences(rng, RUSSIAN, count),
        "text_en": sentences(rng, ENGLISH, count),
    }
    people = {"expert_id": expert, "session_id": np.repeat(session, PER_SESSION)}
    return {
        "sessions": pd.DataFrame({"session_id": session, "date": "2021-12-06", "minutes": 45}),
        "experts": pd.DataFrame(people).assign(
            stakeholder=np.resize(kinds, experts), quotable="true"
        ),
        "statements": pd.DataFrame(said),
        "coded": coded,
        "codings": given.assign(
            code_id=rng.choice(codes, len(given)), stance=np.where(opposes, "opposes", "raises")
        ),
    }


def write(folder: Path, experts: int) -> Path:
    """The panel as files."""
    folder.mkdir()
    for name in SMALL:
        shutil.copy(CONSTRUCTED / name, folder / name)
    for name, table in tables(experts).items():
        table.to_csv(folder / f"{name}.csv", index=False)
    return folder


def load(folder: Path) -> tuple[Panel, pd.DataFrame]:
    """The panel with all checks, and who raised what."""
    panel = load_panel(folder)
    return panel, panel.raised()


def read(folder: Path) -> dict[str, pd.DataFrame]:
    """What the ratio is to: pandas.read_csv over the same files."""
    return {path.stem: pd.read_csv(path) for path in sorted(folder.glob("*.csv"))}


def agree(ours: tuple[Panel, pd.DataFrame], theirs: dict[str, pd.DataFrame]) -> None:
    """The same tables, and a merge by pandas gives the same experts and codes."""
    panel, raised = ours
    for name, table in theirs.items():
        assert len(panel.frames[name]) == len(table), name
    kept = theirs["codings"].query("coder == 'consensus' and stance == 'raises'")
    merged = kept.merge(theirs["statements"][["statement_id", "speaker"]])
    found = raised.stack()
    pairs = set(zip(merged["speaker"], merged["code_id"], strict=True))
    assert set(found.index[found]) == pairs


def table_bytes(frames: Any) -> int:
    """The memory of tables; categories that several columns share count once."""
    total, shared = 0, {}
    for column in (frame[name] for frame in frames.values() for name in frame):
        if isinstance(column.dtype, pd.CategoricalDtype):
            total += column.cat.codes.nbytes
            categories = column.cat.categories
            shared[id(categories)] = categories.memory_usage(deep=True)
        else:
            total += column.memory_usage(index=False, deep=True)
    return total + sum(shared.values())


def rows() -> Iterator[Row]:
    """Time, then the peak of memory."""
    with tempfile.TemporaryDirectory() as place:
        folder = write(Path(place) / "large", EXPERTS)
        load(write(Path(place) / "small", 20))  # imports are not what is measured
        ours = theirs = float("inf")
        for _ in range(2):  # in turn, so that what else the machine does falls on both
            once, plain = seconds(partial(read, folder))
            theirs = min(once, theirs)
            once, result = seconds(partial(load, folder))
            ours = min(once, ours)
        agree(result, plain)
        what = f"a panel of {EXPERTS:,} experts and {len(plain['statements']):,} statements"
        peer = "pandas.read_csv over its files"
        yield Row(f"{what}, loaded", peer, ours, theirs, "s", ours / theirs, TIME, at_most=True)
        held = table_bytes(result[0].frames) / 1e6
        del result, plain
        peak = peak_bytes(partial(load, folder)) / 1e6
        yield Row(
            f"{what}, peak", "its tables", peak, held, "MB", peak / held, MEMORY, at_most=True
        )
