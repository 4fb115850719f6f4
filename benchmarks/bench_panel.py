"""A panel of 10,000 experts and 500,000 statements: loading, checking, incidence; and memory.

The ratio of time is to ``pandas.read_csv`` over the same files, in the same run. ``python -m
benchmarks.bench_panel`` also measures the peak of memory, as a multiple of the returned tables'.
"""

from __future__ import annotations

import atexit
import shutil
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import Comparison, Growth, peak_bytes, seconds

#: Per expert; the moderator makes one statement in ten.
STATEMENTS = 50
PER_SESSION = 5
CODES = 30
CODERS = ("ada", "boris")
#: How many times pandas.read_csv's time, and the returned tables' memory, it may take.
TIME = 6
MEMORY = 4

_RUSSIAN = (
    "цифровизация государственное управление услуга портал население обращение ведомство регион "
    "данные доступ межведомственный площадка обратная связь решение участие сайт не и в на с что "
    "это как мы у по бумага отчёт"
)
_ENGLISH = (
    "digital state services portal people request agency region data access platform feedback "
    "decision take part site not and in on with that this as we have paper report"
)


def _sentences(rng: np.random.Generator, words: str, count: int) -> Iterator[str]:
    """Texts of 10 to 30 words, with a comma in each, so that they are quoted as real ones are."""
    lengths = rng.integers(10, 31, count)
    all_words = np.array(words.split(), dtype=object)
    drawn = all_words[rng.integers(0, len(all_words), lengths.sum())].tolist()
    start = 0
    for length in lengths.tolist():
        yield f"{' '.join(drawn[start : start + 5])}, {' '.join(drawn[start + 5 : start + length])}"
        start += length


def write_large(folder: Path, experts: int, seed: int = 1) -> Path:
    """A sound panel of so many experts, written as files."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    sessions = experts // PER_SESSION
    per_session = STATEMENTS * PER_SESSION
    count = sessions * per_session

    def write(name: str, lines: Iterator[str] | list[str]) -> None:
        text = "\n".join(lines) + "\n"
        (folder / name).write_text(text, encoding="utf-8", newline="\n")

    write(
        "panel.yml",
        [
            "id: large",
            "title: A large panel for load",
            "source: constructed",
            "statement: Generated at random; nobody said any of it.",
            "language: ru",
            "collected: 2021-12",
            "mode: group",
            f"coders: [{', '.join(CODERS)}]",
            "coding_unit: one statement",
            "licence: CC0-1.0",
        ],
    )
    write(
        "sessions.csv",
        ["session_id,date,minutes", *(f"g{i:05d},2021-12-06,45" for i in range(sessions))],
    )
    write(
        "stakeholders.csv",
        ["stakeholder,name,name_ru,level", *(f"k{i},Kind {i},Вид {i},federal" for i in range(8))],
    )
    write(
        "experts.csv",
        [
            "expert_id,session_id,stakeholder,quotable",
            *(f"e{i:05d},g{i // PER_SESSION:05d},k{i % 8},true" for i in range(experts)),
        ],
    )
    write(
        "guide.csv",
        [
            "question_id,task,position,text,text_ru",
            *(f"q{i},problems,{i + 1},Question {i}?,Вопрос {i}?" for i in range(10)),
        ],
    )
    write(
        "codebook.csv",
        [
            "code_id,parent_id,task,direction,name,name_ru,definition,include,exclude,origin,since",
            *(f"t{i},,problems,hinders,Theme {i},Тема {i},A theme.,,,a-priori,1" for i in range(5)),
            *(
                f"c{i:02d},t{i % 5},problems,hinders,Code {i},Код {i},A code.,,,inductive,1"
                for i in range(CODES)
            ),
        ],
    )

    session = np.repeat(np.arange(sessions), per_session).tolist()
    place = np.tile(np.arange(per_session), sessions)
    speaker = (np.repeat(np.arange(sessions), per_session) * PER_SESSION).tolist()
    who = rng.integers(0, PER_SESSION, count).tolist()
    moderates = (place % 10 == 0).tolist()
    russian, english = _sentences(rng, _RUSSIAN, count), _sentences(rng, _ENGLISH, count)

    def statements() -> Iterator[str]:
        yield "statement_id,session_id,position,speaker,question_id,start_s,end_s,text,text_en"
        for i, p in enumerate(place.tolist()):
            voice = "moderator" if moderates[i] else f"e{speaker[i] + who[i]:05d}"
            start = 10.2 * p
            yield (
                f"s{i:06d},g{session[i]:05d},{p + 1},{voice},q{p // 26},{start:.1f},"
                f'{start + 9.7:.1f},"{next(russian)}","{next(english)}"'
            )

    write("statements.csv", statements())
    coders = ("consensus", *CODERS)
    write(
        "coded.csv",
        [
            "statement_id,coder",
            *(f"s{i:06d},{c}" for c in coders for i in range(count) if not moderates[i]),
        ],
    )
    given = rng.integers(0, 2 * CODES, (len(coders), count)).tolist()
    write(
        "codings.csv",
        [
            "statement_id,coder,code_id,stance",
            *(
                f"s{i:06d},{c},c{given[n][i]:02d},{'opposes' if i % 9 == 4 else 'raises'}"
                for n, c in enumerate(coders)
                for i in range(count)
                if not moderates[i] and given[n][i] < CODES
            ),
        ],
    )
    return folder


def load(folder: Path) -> Any:
    """Load with all checks, and the consensus incidence."""
    from analysis.panel import load_panel

    panel = load_panel(folder)
    return panel, panel.incidence()


def read_csv(folder: Path) -> dict[str, Any]:
    """What the ratio is to: pandas.read_csv over the same files."""
    import pandas as pd

    return {path.name: pd.read_csv(path) for path in sorted(folder.glob("*.csv"))}


def agree(ours: Any, theirs: Any) -> None:
    """The same tables, and an incidence that a merge of pandas gives too."""
    panel, incidence = ours
    for name, frame in panel.frames.items():
        assert len(frame) == len(theirs[f"{name}.csv"])
    codings = theirs["codings.csv"]
    kept = codings[(codings["coder"] == "consensus") & (codings["stance"] == "raises")]
    merged = kept.merge(theirs["statements.csv"][["statement_id", "speaker"]], on="statement_id")
    pairs = set(zip(merged["speaker"], merged["code_id"], strict=True))
    rows, columns = np.nonzero(incidence.values)
    found = {(incidence.experts[i], incidence.codes[j]) for i, j in zip(rows, columns, strict=True)}
    assert found == pairs


def frame_bytes(frames: Any) -> int:
    """The memory of tables; categories that several columns share count once."""
    import pandas as pd

    total, seen = 0, set()
    for frame in frames.values():
        for name in frame:
            column = frame[name]
            if isinstance(column.dtype, pd.CategoricalDtype):
                total += column.cat.codes.nbytes
                if id(column.cat.categories) not in seen:
                    seen.add(id(column.cat.categories))
                    total += column.cat.categories.memory_usage(deep=True)
            else:
                total += column.memory_usage(index=False, deep=True)
    return total


def prepare(experts: int) -> tuple[Path]:
    """The folder of a panel of so many experts, written once a run."""
    folder = _temporary() / f"panel-{experts}"
    return (folder if folder.exists() else write_large(folder, experts),)


@cache
def _temporary() -> Path:
    place = tempfile.mkdtemp(prefix="bench-panel-")
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return Path(place)


def load_without_checks(folder: Path) -> Any:
    """Load what is trusted."""
    from analysis.panel import load_panel

    return load_panel(folder, check=False)


#: Reading and checking cannot be faster than reading: the limits of time are under growth.
COMPARISONS: list[Comparison] = []

GROWTH: list[Growth] = [
    Growth(
        name="load, check and incidence, experts of 50 statements",
        sizes=(100, 1_000, 10_000),
        prepare=prepare,
        run=load,
        reference=read_csv,
        reference_name="pandas.read_csv over the same files",
        limit=6,
    ),
    Growth(
        name="load without checks, experts of 50 statements",
        sizes=(100, 1_000, 10_000),
        prepare=prepare,
        run=load_without_checks,
        reference=read_csv,
        reference_name="pandas.read_csv over the same files",
        limit=6,
    ),
]


def main(experts: int = 10_000) -> int:
    """Print time and peak memory as ratios; 0 where both are within their limits."""
    (folder,) = prepare(experts)
    size = sum(path.stat().st_size for path in folder.iterdir())
    load(prepare(20)[0])  # imports are not what is measured
    theirs, tables = seconds(lambda: read_csv(folder))
    ours, result = seconds(lambda: load(folder))
    agree(result, tables)
    del tables
    held = frame_bytes(result[0].frames)
    del result
    peak = peak_bytes(lambda: load(folder))
    time, memory = ours / theirs, peak / held
    print(f"{experts:,} experts, {size / 1e6:.0f} MB of files")
    print(f"pandas.read_csv {theirs:.2f} s, load {ours:.2f} s: {time:.2f}x (at most {TIME})")
    print(f"tables {held / 1e6:.0f} MB, peak {peak / 1e6:.0f} MB: {memory:.2f}x (at most {MEMORY})")
    return 0 if time <= TIME and memory <= MEMORY else 1


if __name__ == "__main__":
    sys.exit(main())
