"""What the files of a panel leave out, filled in with defaults; the book names each of them.

It works on cells of text, before they are checked, so that checks and views know one form only.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from analysis.panel.checks import Draft
from analysis.panel.format import CONSENSUS, LOADER, MODERATOR, TABLES
from analysis.panel.meta import Meta
from analysis.panel.reading import raw_table
from analysis.panel.views import by_number
from analysis.privacy.folding import WITHHELD

#: What may be filled in, and the sentence that says so.
ASSUMED: dict[str, str] = yaml.load(
    Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"), LOADER
)
#: Tables that every panel has, if only filled in.
CORE = {*TABLES} - {"asked", "items", "ratings", "memos", "codebook_changes"}
#: The one task of a panel that names none.
ANY_TASK = {"interview": {"name": "The interview"}}


class Tables(dict[str, pd.DataFrame]):
    """The cells of tables as text, by line; each is made when it is asked for, for it may be long.

    A table that is not there is empty.
    """

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.raw = draft.raw

    def __missing__(self, name: str) -> pd.DataFrame:
        if name in self.raw:
            raw = self.raw[name]
            cells = {column: distinct[codes] for column, (codes, distinct) in raw.cells.items()}
            self[name] = pd.DataFrame(cells, index=raw.lines, dtype=object)
        else:
            self[name] = pd.DataFrame(columns=TABLES[name].needed, dtype=object)
        return self[name]

    def distinct(self, name: str, column: str) -> set[str]:
        """The texts of a column, each once; one empty text where it is not there."""
        if name in self:
            return set(self[name][column]) if column in self[name] else {""}
        cells = self.raw[name].cells if name in self.raw else {}
        return set(cells[column][1]) if column in cells else {""}

    def bare(self, name: str, *columns: str) -> bool:
        """Whether some cell of these columns is empty, or one is not there."""
        return any("" in self.distinct(name, column) for column in columns)


def fill(draft: Draft) -> None:
    """Fill in what sound files leave out; ``draft.assumed`` gets the keys of :data:`ASSUMED`."""
    meta = draft.meta
    if draft.faults.count or meta is None:
        return
    tables, found = Tables(draft), draft.assumed
    if meta.interviewers:
        said = tables["statements"]
        speaker = said["speaker"].mask(said["speaker"].isin(meta.interviewers), MODERATOR)
        tables["statements"] = said.assign(speaker=speaker)
    found |= _codes_of_experts(tables) | _people(tables, meta) | _statements(tables, meta)
    if "ratings" in tables.raw and "round" in tables.raw["ratings"].cells:
        _set(tables, "ratings", "round", "1")
    found |= _codebook(tables) | _codings(tables) | _consensus(tables, meta) | _scales(tables)
    draft.meta = _said_of_itself(tables, meta)
    found |= set(meta.assumed)
    for name in {*tables, *(name for name in CORE if name not in draft.raw)}:
        cells = {n: pd.factorize(tables[name][n].to_numpy(dtype=object)) for n in tables[name]}
        lines = tables[name].index.to_numpy(dtype=np.int64)
        draft.raw[name] = raw_table(
            TABLES[name], {str(n): c for n, c in cells.items()}, lines, lines > 0
        )


def _more(frame: pd.DataFrame, **cells: object) -> pd.DataFrame:
    """The frame with rows that stand in no line of a file; their other cells are empty."""
    rows = pd.DataFrame(cells, dtype=object)
    rows.index *= 0
    return pd.concat([frame, rows]).fillna("") if len(rows) else frame


def _set(tables: Tables, name: str, column: str, default: object) -> bool:
    """Put a default into the empty cells of a column; whether there were any."""
    if not tables.bare(name, column):
        return False
    frame = tables[name]
    old = frame[column] if column in frame else pd.Series("", frame.index, dtype=object)
    bare = (old == "").to_numpy()
    values = np.broadcast_to(np.asarray(default, dtype=object), len(frame))
    tables[name] = frame.assign(**{column: np.where(bare, values, old)})
    return bool(bare.any())


def _mentioned(tables: Tables, *columns: str) -> list[str]:
    """The ids in columns such as ``statements.speaker``, each once, the moderator's left out."""
    places = (place.partition(".") for place in columns)
    found = set().union(*(tables.distinct(table, column) for table, _, column in places))
    return sorted(found - {"", MODERATOR})


def _codes_of_experts(tables: Tables) -> set[str]:
    """Codes given to experts belong to a statement of each, which has no text."""
    _set(tables, "codings", "statement_id", "")
    if tables.distinct("codings", "expert_id") == {""}:
        return set()
    given = tables["codings"]
    bare = (given["statement_id"] == "") & (given["expert_id"] != "")
    ids = {e: f"codes-{at}" for at, e in enumerate(sorted(set(given["expert_id"][bare])), 1)}
    own = given["statement_id"].mask(bare, given["expert_id"].map(ids))
    tables["codings"] = given.assign(statement_id=own)
    _set(tables, "statements", "statement_id", "")
    tables["statements"] = _more(tables["statements"], statement_id=[*ids.values()], speaker=[*ids])
    return {"experts"} if ids else set()


def _people(tables: Tables, meta: Meta) -> set[str]:
    """Experts, their sessions and kinds."""
    bare = [tables.bare(name, "session_id") for name in ("experts", "statements")]
    found = {"sessions"} if all(bare) else set()
    if not tables.distinct("experts", "expert_id") - {""}:
        ids = ("statements.speaker", "codings.expert_id", "ratings.expert_id", "asked.expert_id")
        tables["experts"] = _more(tables["experts"], expert_id=_mentioned(tables, *ids))
    if any(bare):
        _homes(tables, meta)
    if not tables.distinct("sessions", "session_id") - {""}:
        held = _mentioned(tables, "statements.session_id", "experts.session_id")
        tables["sessions"] = _more(tables["sessions"], session_id=held)
    for column, default in {"quotable": "false", "stakeholder": "expert"}.items():
        if _set(tables, "experts", column, default):
            found.add(column)
    kinds = tables.distinct("stakeholders", "stakeholder") - {""}
    if not kinds or ("stakeholder" in found and "expert" not in kinds):
        more = ["expert"] if kinds else _mentioned(tables, "experts.stakeholder")
        tables["stakeholders"] = _more(tables["stakeholders"], stakeholder=more)
    names = tables["stakeholders"]["stakeholder"].str.replace("_", " ").str.capitalize()
    _set(tables, "stakeholders", "name", names)
    return found


def _homes(tables: Tables, meta: Meta) -> None:
    """The session of each expert, and that of each statement by its speaker."""
    said, speaker = tables["statements"], tables["statements"]["speaker"]
    own = meta.mode == "individual" or (not meta.mode and MODERATOR not in set(speaker))
    experts = tables["experts"]["expert_id"]
    held = tables.distinct("sessions", "session_id") - {""}
    other = "unknown" if len(held) > 1 else min(held, default="s1")  # unknown is refused
    home = pd.Series(experts.to_numpy() if own else other, experts, dtype=object)
    if "session_id" in said:
        order = said.sort_values("session_id", key=by_number)
        first = order.drop_duplicates("speaker").set_index("speaker")["session_id"]
        heard = home.index.to_series().map(first).astype("object")
        home = heard.replace("", pd.NA).fillna(home)
    _set(tables, "experts", "session_id", home.to_numpy())
    home = tables["experts"].drop_duplicates("expert_id").set_index("expert_id")["session_id"]
    _set(tables, "statements", "session_id", speaker.map(home).fillna(other).to_numpy())


def _statements(tables: Tables, meta: Meta) -> set[str]:
    """Ids and places of statements, and whether the places are those of speaking."""
    found = set()
    if tables.bare("statements", "statement_id"):
        numbers = [f"s{number:04d}" for number in range(1, len(tables["statements"]) + 1)]
        _set(tables, "statements", "statement_id", numbers)
    timed = tables.distinct("statements", "start_s") != {""}
    if tables.bare("statements", "position"):
        said = tables["statements"]
        start = pd.to_numeric(said["start_s"], errors="coerce").to_numpy() if timed else 0.0
        timed = timed and not tables.bare("statements", "start_s")
        frame = said[["session_id"]].assign(start=start, id="")
        if meta.order != "spoken":  # else the rows stand in that order
            frame["id"] = by_number(said["statement_id"])
        order = frame.reset_index(drop=True).sort_values([*frame], kind="stable")
        places = (order.groupby("session_id").cumcount() + 1).sort_index().astype(str)
        tables["statements"] = said.assign(position=places.to_numpy(dtype=object))
    if meta.order == "none" or not (meta.order or timed):
        found.add("order")
    if _set(tables, "statements", "text", WITHHELD):
        found.add("text")
    if tables.bare("statements", "speaker"):
        found.add("speaker")
    return found


def _codebook(tables: Tables) -> set[str]:
    """Codes that are only given; names; and two levels in place of more."""
    found = set()
    codes = _mentioned(tables, "codings.code_id")
    if codes and not tables.distinct("codebook", "code_id") - {""}:
        tables["codebook"] = _more(tables["codebook"], code_id=codes)
        found.add("codebook")
    _set(tables, "codebook", "name", tables["codebook"]["code_id"])
    if _set(tables, "codebook", "direction", "neutral"):
        found.add("direction")
    book = tables["codebook"]
    if "parent_id" in book and book["code_id"].is_unique:
        above, name = (book.set_index("code_id")[column] for column in ("parent_id", "name"))
        top = above.mask(above == "", above.index)
        for _ in range(len(top).bit_length()):  # each time twice as far up
            top = top.map(top).fillna(top)
        in_circle = top.map(above).fillna("") != ""  # where nothing is at the top
        deep = ~in_circle & (above != "") & (top != above)
        if deep.any():
            label = (above.map(name) + " / " + name).str[:200]
            parent, label = top.where(deep, above), label.where(deep, name)
            tables["codebook"] = book.assign(parent_id=parent.to_numpy(), name=label.to_numpy())
    return found


def _codings(tables: Tables) -> set[str]:
    """Coders, stances, and who worked on what."""
    found = set()
    coders = [c for c in _mentioned(tables, "coded.coder", "codings.coder") if c != CONSENSUS]
    _set(tables, "codings", "coder", coders[0] if len(coders) == 1 else "coder")
    if _set(tables, "codings", "stance", "raises") and len(tables["codings"]):
        found.add("stance")
    if not tables.distinct("coded", "coder") - {""} and len(tables["codings"]):
        said = tables["statements"][["statement_id", "session_id", "speaker"]]
        given = tables["codings"].merge(said, on="statement_id")[["session_id", "coder"]]
        rows = said[said["speaker"] != MODERATOR].merge(given.drop_duplicates(), on="session_id")
        rows = pd.concat([rows, tables["codings"]])  # of which some may be the moderator's
        rows = rows[["statement_id", "coder"]].drop_duplicates()
        tables["coded"] = _more(tables["coded"], **{str(c): rows[c].to_numpy() for c in rows})
        found.add("coded")
    return found


def _consensus(tables: Tables, meta: Meta) -> set[str]:
    """A resolved coding where there is none, from the coders' own."""
    if CONSENSUS in tables.distinct("coded", "coder") or tables["coded"].empty:
        return set()
    coded, given = tables["coded"], tables["codings"]
    coders = coded["coder"].unique()
    how = "union" if len(coders) > 1 else coders[0]
    if meta.consensus in (*coders, "agreed"):
        how = meta.consensus
    if how in coders:
        coded, given = coded[coded["coder"] == how], given[given["coder"] == how]
    if how == "agreed":
        times = given.groupby(["statement_id", "code_id"])["coder"].transform("nunique")
        all_of = given["statement_id"].map(coded.groupby("statement_id")["coder"].nunique())
        given = given[times == all_of]
    rows = given.sort_values("coder", key=by_number).drop_duplicates(["statement_id", "code_id"])
    worked = coded["statement_id"].unique()
    new = {name: rows[name].to_numpy() for name in ("statement_id", "code_id", "stance")}
    tables["codings"] = _more(tables["codings"], coder=[CONSENSUS] * len(rows), **new)
    tables["coded"] = _more(tables["coded"], statement_id=worked, coder=[CONSENSUS] * len(worked))
    return {"single" if len(coders) == 1 else "chosen" if how in coders else how}


def _scales(tables: Tables) -> set[str]:
    """Items that are only rated, and ends of scales."""
    if "ratings" not in tables.raw or not tables.bare("items", "scale_min", "scale_max", "text"):
        return set()
    if "items" not in tables.raw:
        tables["items"] = _more(pd.DataFrame(), item_id=_mentioned(tables, "ratings.item_id"))
    items, ratings = tables["items"], tables["ratings"]
    _set(tables, "items", "text", items["item_id"])
    values = pd.to_numeric(ratings["value"].str.replace(",", "."), errors="coerce")
    answers = values.groupby(ratings["item_id"])
    low = items["item_id"].map(answers.min()).fillna(values.min())
    highest = pd.to_numeric(items.reindex(columns=["scale_max"])["scale_max"], errors="coerce")
    low = low.where(~(low >= highest), highest - 1)
    high = items["item_id"].map(answers.max()).fillna(values.max())
    high = high.where(high > low, low + 1)
    ends = [[f"{v:.15g}" if v == v else "" for v in side] for side in (low, high)]
    lacked = _set(tables, "items", "scale_min", ends[0])
    return {"scales"} if _set(tables, "items", "scale_max", ends[1]) or lacked else set()


def _said_of_itself(tables: Tables, meta: Meta) -> Meta:
    """What ``panel.yml`` leaves out: coders, mode and tasks."""
    coders = [c for c in _mentioned(tables, "coded.coder", "codings.coder") if c != CONSENSUS]
    together = not meta.mode and tables["experts"]["session_id"].duplicated().any()
    names = _mentioned(tables, "guide.task", "codebook.task", "items.task")
    named = {name: {"name": name.replace("_", " ").capitalize()} for name in names}
    tasks = meta.tasks or named or ANY_TASK
    book = tables["codebook"].reindex(columns=["code_id", "parent_id", "task"], fill_value="")
    theme = book["parent_id"].where(book["parent_id"] != "", book["code_id"]).to_numpy()
    own = book["task"].replace("", None).groupby(theme).transform("first")
    _set(tables, "codebook", "task", own.fillna(""))
    default = next(iter(tasks)) if len(tasks) == 1 else "other"
    for name in ("guide", "codebook", *({"items"} & {*tables, *tables.raw})):
        if _set(tables, name, "task", default) and default == "other":
            tasks = {**tasks, "other": tasks.get("other", {"name": "Other"})}
    return replace(
        meta,
        id=meta.id or "panel",
        coders=meta.coders or tuple(coders),
        mode=meta.mode or ("group" if together else "individual"),
        tasks=tasks,
    )
