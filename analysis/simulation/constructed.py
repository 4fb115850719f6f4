"""Build the constructed panel: ``python -m analysis.simulation.constructed [SOURCE] [TARGET]``.

From ``data/constructed`` to ``data/panels/constructed``, unless other folders are named. The same
hand-written part gives the same bytes on every machine.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from analysis.panel.format import CONSENSUS, FILES
from analysis.panel.meta import Meta
from analysis.panel.panel import Panel, make_panel
from analysis.panel.writing import write_folder
from analysis.project import DATA
from analysis.simulation.coding import Coded, CoderProcess
from analysis.simulation.drawn import Timing, rate_items, time_statements
from analysis.simulation.truth import truth
from analysis.simulation.written import Source, read_source

SOURCE = DATA / "constructed"
TARGET = DATA / "panels" / "constructed"


def build(source: Path = SOURCE, target: Path = TARGET) -> Path:
    """Build the panel from the hand-written part in ``source``, in place of ``target``.

    What is no sound panel is a ``PanelError``, and ``target`` is then left as it was.
    """
    write_folder(dict(constructed_panel(read_source(source)).contents()), target.resolve(), FILES)
    return target


def constructed_panel(source: Source) -> Panel:
    """The constructed panel: the hand-written part, and what is drawn from it."""
    timing, rated, process = time_statements(source), rate_items(source), CoderProcess(source)
    coders = process.run()
    coded, codings = _codings(source, coders)
    frames: dict[str, pd.DataFrame] = {
        **source.tables,
        "sessions": source.tables["sessions"].assign(minutes=list(timing.minutes.values())),
        "codebook_changes": pd.concat([source.tables["codebook_changes"], _left(source)]),
        "statements": _statements(source, timing),
        "coded": coded,
        "codings": codings,
        "ratings": pd.Series(rated.answers)
        .rename_axis(["expert_id", "item_id"])
        .sort_index()
        .reset_index(name="value"),
    }
    meta = Meta(**{**source.panel, "coders": tuple(coders)})
    facts = truth(source, process, coders, rated)
    return make_panel(meta, frames, facts, plan=source.plan)


def _left(source: Source) -> pd.DataFrame:
    """What became of the codes that the codebook no longer has, as changes of its last version."""
    left = pd.DataFrame(source.generator["codes_that_left"]).rename(columns={"code": "code_id"})
    last = source.tables["codebook_changes"].iloc[-1]
    return left.assign(version=last["version"], date=last["date"])


def _statements(source: Source, timing: Timing) -> pd.DataFrame:
    said = pd.DataFrame(source.said).assign(
        start_s=list(timing.start.values()), end_s=list(timing.end.values())
    )
    names = {"id": "statement_id", "session": "session_id", "question": "question_id"}
    columns = [*names.values(), "position", "speaker", "start_s", "end_s", "text", "text_en"]
    return said.rename(columns=names)[columns]


def _codings(source: Source, coders: dict[str, Coded]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Who worked on what, and the codes given: the coders one after the other, then consensus."""
    meant = {s.id: s.codes for s in source.statements}
    all_codings = {name: made.codings for name, made in coders.items()} | {CONSENSUS: meant}
    coded = [(id, coder) for coder, codings in all_codings.items() for id in codings]
    given = [
        (id, coder, code, codes[code])
        for coder, codings in all_codings.items()
        for id, codes in codings.items()
        for code in sorted(codes, key=source.codes.index)
    ]
    columns = ["statement_id", "coder", "code_id", "stance"]
    return pd.DataFrame(coded, columns=columns[:2]), pd.DataFrame(given, columns=columns)


if __name__ == "__main__":
    print(build(*(Path(argument) for argument in sys.argv[1:])))
