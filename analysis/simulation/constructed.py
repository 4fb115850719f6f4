"""Build the constructed panel: ``python -m analysis.simulation.constructed [SOURCE] [TARGET]``.

SOURCE is the folder of the hand-written part (``data/constructed``), TARGET that of the panel
(``data/panels/constructed``). The panel is replaced as a whole, and the same hand-written part
gives the same bytes on every machine.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.panel.format import CONSENSUS, TABLES
from analysis.panel.meta import Meta
from analysis.panel.panel import Panel, make_panel
from analysis.panel.plan import load_plan
from analysis.panel.writing import write_panel
from analysis.project import DATA
from analysis.simulation.constructed_coders import CoderProcess, Sheets, code_statements
from analysis.simulation.constructed_draws import Draws
from analysis.simulation.constructed_ratings import RatingProcess
from analysis.simulation.constructed_source import Source, read_source
from analysis.simulation.constructed_timing import Timing, time_statements
from analysis.simulation.constructed_truth import truth

if TYPE_CHECKING:
    import pandas as pd

SOURCE = DATA / "constructed"
TARGET = DATA / "panels" / "constructed"

Rows = Sequence[Mapping[str, Any]]


def build(source: Path = SOURCE, target: Path = TARGET) -> Path:
    """Build the panel from the hand-written part in ``source``, in place of ``target``.

    Raises
    ------
    ValueError
        If the hand-written part contradicts itself.
    PanelError
        If what was built is no sound panel. In both cases ``target`` is left as it was.
    FileExistsError
        If ``target`` is there and is no panel.
    """
    return write_panel(constructed_panel(read_source(source)), target, overwrite=True)


def constructed_panel(source: Source) -> Panel:
    """The constructed panel: the hand-written part, and what is drawn from it."""
    seeds = source.generator["seeds"]
    timing = time_statements(source, Draws(seeds["timing"]))
    process = CoderProcess(source, Draws(seeds["coders"]))
    _check_fixed(source)
    sheets = code_statements(process)
    rating = RatingProcess(source, Draws(seeds["ratings"]))
    coded, codings = _codings(source, sheets)
    rows: dict[str, Rows] = {
        **source.tables,
        "sessions": [
            {**row, "minutes": timing.minutes[row["session_id"]]}
            for row in source.tables["sessions"]
        ],
        "codebook_changes": [*source.tables["codebook_changes"], *_left(source)],
        "statements": _statements(source, timing),
        "coded": coded,
        "codings": codings,
        "ratings": _ratings(source, rating),
    }
    meta = Meta(**{**source.panel, "coders": tuple(process.names)})
    frames = {name: _frame(rows[name], TABLES[name].names) for name in TABLES if name in rows}
    facts = truth(source, timing, process, sheets, rating)
    return make_panel(meta, frames, facts, plan=load_plan(source.folder))


def _frame(rows: Rows, columns: Iterable[str]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(rows, columns=list(columns))


def _left(source: Source) -> Rows:
    """What became of the codes that the codebook no longer has, as changes of its last version."""
    last = source.tables["codebook_changes"][-1]
    return [
        {
            "version": last["version"],
            "date": last["date"],
            "code_id": row["code"],
            "change": row["change"],
            "reason": row["reason"],
        }
        for row in source.generator["codes_that_left"]
    ]


def _statements(source: Source, timing: Timing) -> Rows:
    return [
        {
            "statement_id": s.id,
            "session_id": s.session,
            "position": s.position,
            "speaker": s.speaker,
            "question_id": s.question,
            "start_s": timing.start[s.id],
            "end_s": timing.end[s.id],
            "text": s.text,
            "text_en": s.text_en,
        }
        for s in source.said
    ]


def _codings(source: Source, sheets: Sheets) -> tuple[Rows, Rows]:
    """Who worked on what, and the codes given: the coders one after the other, then consensus."""
    place = {code: i for i, code in enumerate(source.codes)}
    meant = {s.id: s.codes for s in source.statements}
    coded, codings = [], []
    for coder, sheet in (*sheets.codings.items(), (CONSENSUS, meant)):
        for statement, codes in sheet.items():
            coded.append({"statement_id": statement, "coder": coder})
            codings += [
                {"statement_id": statement, "coder": coder, "code_id": code, "stance": codes[code]}
                for code in sorted(codes, key=place.__getitem__)
            ]
    return coded, codings


def _ratings(source: Source, rating: RatingProcess) -> Rows:
    return [
        {"expert_id": expert, "item_id": item, "value": rating.rate(expert, item)}
        for expert in source.experts
        for item in rating.items
    ]


def _check_fixed(source: Source) -> None:
    """A coding that a memo tells of has that memo, and the memo is about that statement."""
    about = {row["memo_id"]: row["about"] for row in source.tables["memos"]}
    for row in source.generator["coders"]["fixed"]:
        if about.get(row["memo"]) != row["statement"]:
            raise ValueError(
                f"generator.yml: memo {row['memo']} is not about statement {row['statement']}"
            )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: build the panel and say where it is."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if len(given) > 2 or any(argument.startswith("-") for argument in given):
        print(__doc__, file=sys.stderr)
        return 2
    paths = [Path(argument) for argument in given]
    target = build(*(paths + [SOURCE, TARGET][len(paths) :]))
    print(target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
