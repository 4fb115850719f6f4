"""What a table means: who raised which code, who coded what, and who rated what."""

from __future__ import annotations

import math
import re
from collections import Counter, namedtuple
from collections.abc import Iterable
from typing import Any

import pandas as pd

from analysis.exchange.material import COLUMNS, WORDS, ExchangeError, Material, table
from analysis.exchange.tables import read as read_table
from analysis.panel.faults import printable
from analysis.words import listing, noun

_ROLES = {name: role for role, names in WORDS["heads"].items() for name in names.split(", ")}
#: What the marks of a matrix mean, and the stances of a list.
GIVEN = {"": False} | dict.fromkeys(WORDS["given"].split(), True)
GIVEN |= dict.fromkeys(WORDS["not given"].split(), False)
NO_ANSWER = {"", *WORDS["no answer"].split()}
STANCES = {"": ""} | {word: s for s in ("raises", "opposes") for word in WORDS[s].split()}
_CODED = (
    r"(.*?)[\W_]*((?:coder|rater|annotator|кодировщик|кодировщица|кодер)[\W_]*(?:\d+|\w{1,3}))\W*"
)
_NUMBER = re.compile(r"([-+]?\d+(?:[.,]\d+)?)(?!\w)\D*")
_BELOW = r"->|→|\\|\s>\s"
#: The rows of each table of a material; those of ratings say where they stand, too.
Rows = dict[str, list[tuple[str, ...]]]
#: A cell: where it stands, its text, and of whom and what that speaks.
Cell = namedtuple("Cell", "row head text who what", defaults=("", ""))


def read(file: str, data: bytes, kind: str = "") -> Material:
    """What the tables of a CSV or XLSX file hold; ``kind``: one of :data:`READERS`, if known."""
    found = Material(file, "")
    sheets = read_table(found, data)
    rows: Rows = {name: [] for name in COLUMNS}
    kinds = [kind or kind_of(frame) for _, frame in sheets]
    if not any(kinds):
        raise ExchangeError(f"{file}: no table of a known kind; --as takes {', '.join(READERS)}")
    for (name, frame), chosen in zip(sheets, kinds, strict=True):
        place = f"{file}, sheet {name!r:.60}" if len(sheets) > 1 else file
        if chosen:
            READERS[chosen](place, frame, rows, found)
        else:
            found.tell(sheet=f"{name!r:.60}")
    found.kind = " and ".join(dict.fromkeys(filter(None, kinds)))
    found.tell(kinds=found.kind)
    _finish(found, rows)
    return found


def kind_of(frame: pd.DataFrame) -> str:
    """One of :data:`READERS`; empty where a table is none of them."""
    roles = _roles(frame).keys()
    who, what = {"expert", "document"} & roles, {"code", "theme"} & roles
    if _coders(frame):
        return "double"
    if who and "value" in roles and (what or "item" in roles):
        return "ratings-list"
    if what and (who or {"text", "unit"} & roles):
        return "segments" if {"document", "session"} <= roles else "codings"
    columns = (frame.iloc[:, column].tolist() for column in range(1, frame.shape[1]))
    read = (column for column in columns if not (who and _is_beside(column)))
    cells = Counter(cell for column in read for cell in column if cell)
    values = {cell: value for cell in cells if (value := _number(cell)) is not None}
    marks = sum(n for cell, n in cells.items() if _given(cell) is not None)
    if 2 * marks >= cells.total() > 0 and all(v >= 0 and v % 1 == 0 for v in values.values()):
        return "matrix"
    return "ratings" if 2 * sum(cells[cell] for cell in values) >= cells.total() > 0 else ""


def _roles(frame: pd.DataFrame) -> dict[str, int]:
    """What stands in which column: the first with a usual head."""
    found: dict[str, int] = {}
    for column, head in enumerate(frame.columns):
        bare = re.sub(r"[\W_]+", " ", head[:100].casefold()).strip()
        short = re.sub(r"^(?:id|имя|название) | (?:id|name)$", "", bare)
        found.setdefault(_ROLES.get(bare) or _ROLES.get(short, ""), column)
    return {role: column for role, column in found.items() if role}


def _texts(frame: pd.DataFrame) -> dict[str, list[str]]:
    """The cells under each usual head; empty ones where there is none."""
    found = {role: frame.iloc[:, column].tolist() for role, column in _roles(frame).items()}
    return {role: [""] * len(frame) for role in WORDS["heads"]} | found


def _coders(frame: pd.DataFrame) -> dict[int, tuple[str, str]]:
    """Code and coder of columns whose heads name several coders; no code where cells name it."""
    heads = enumerate(re.fullmatch(_CODED, head[:200], re.IGNORECASE) for head in frame.columns)
    found = {column: (match[1], match[2]) for column, match in heads if match}
    return found if len({coder for _, coder in found.values()}) > 1 else {}


def _wrong(place: str, cell: Cell, right: str) -> ExchangeError:
    where = f"row {cell.row}, column “{cell.head:.60}”: “{' '.join(cell.text[:60].split())}”"
    return ExchangeError(printable(f"{place}, {where}; expected {right}"))


def _given(text: str) -> bool | None:
    """Whether a mark says that a code was given; None where it is not clear."""
    return GIVEN.get(text.casefold().replace("\ufe0f", ""))


def _number(text: str) -> float | None:
    """The number that a cell is, or begins with as in "4 - agree"."""
    match = _NUMBER.fullmatch(text.replace("\u2212", "-"))
    value = float(match[1].replace(",", ".")) if match else math.inf
    return value if math.isfinite(value) else None


def _is_beside(texts: Iterable[str]) -> bool:
    """Whether a column has words in it, and neither marks nor numbers."""
    there = {*texts} - {""}
    read = (_given(text) is not None or _number(text) is not None for text in there)
    return any(re.search(r"[^\W\d_]", text) for text in there) and not any(read)


def _code(rows: Rows, name: str) -> str:
    """The key of a code, which is its whole path; noted with all codes above it."""
    parts = [part.strip() for part in re.split(_BELOW, name, maxsplit=9) if part.strip()]
    for depth, part in enumerate(parts):
        rows["codes"].append((" > ".join(parts[: depth + 1]), " > ".join(parts[:depth]), part, ""))
    return " > ".join(parts)


def _not_taken(found: Material, frame: pd.DataFrame, columns: list[int]) -> None:
    heads = [frame.columns[column] or f"number {column + 1}" for column in columns]
    found.tell(columns=len(columns), heads=listing(heads) if heads else "")


def _grid(place: str, frame: pd.DataFrame, found: Material, what: str) -> list[Cell]:
    """The cells of a table of experts by codes or by items, or the other way round."""
    roles, heads = _roles(frame), [*frame.columns]
    if twice := [head for head, times in Counter(heads).items() if head and times > 1]:
        raise ExchangeError(f"{place}: two columns “{twice[0]:.60}”; expected each once")
    label = roles.get("expert", roles.get("document", 0))
    named = {"expert", "document"} & roles.keys()
    turned = not named and 0 in (roles.get(what), roles.get("theme"))
    if not named and not turned:
        found.tell(first_column=1)
    others = ("session", "document", "coder", "round")
    beside = {label, *(roles[role] for role in others if role in roles)}
    cells = list[Cell]()
    for column, head in enumerate(heads):
        texts = frame.iloc[:, column].tolist()
        if column in beside or not head or _is_beside(texts):
            beside.add(column)
            continue
        for row, name, text in zip(frame.index, frame.iloc[:, label], texts, strict=True):
            cell = Cell(row, head, text, *((head, name) if turned else (name, head)))
            if name:
                cells.append(cell)
            elif text:
                raise _wrong(place, cell, f"a name in the column “{heads[label]:.60}”")
    if not cells:
        raise ExchangeError(f"{place}: no {what} and expert in it; the first row has the heads")
    used = {label, roles.get("coder" if what == "code" else "round"), None}
    _not_taken(found, frame, sorted(beside - used))
    return cells


def _check(place: str, cells: list[Cell], found: Material) -> None:
    """Say which marks were read as what; an error names the first that is not clear, and others."""
    counts = Counter(cell.text for cell in cells)
    if unclear := {text for text in counts if _given(text) is None}:
        cell = min((cell for cell in cells if cell.text in unclear), key=lambda cell: cell.row)
        others = listing(" ".join(text[:20].split()) for text in sorted(unclear - {cell.text}))
        right = "a mark (x 1 + ✓ да yes, or 0 - нет no and empty)"
        raise _wrong(place, cell, right + (f"; so of {others}" if others else ""))
    yes, no = (listing(t for t in counts if t and _given(t) is given) for given in (True, False))
    found.tell(marks=yes, not_given=no, blanks=counts[""])


def _matrix(place: str, frame: pd.DataFrame, rows: Rows, found: Material) -> None:
    cells = _grid(place, frame, found, "code")
    _check(place, cells, found)
    coders = dict(zip(frame.index, _texts(frame)["coder"], strict=True))
    keys = {name: _code(rows, name) for name in dict.fromkeys(cell.what for cell in cells)}
    for key, times in Counter(keys.values()).items():
        if times > 1 or not key:
            raise ExchangeError(f"{place}: {times} columns for the code “{key:.60}”; expected one")
    found.tell(cells=len(cells) - len({(c.who, c.what, coders[c.row]) for c in cells}))
    for cell in cells:
        rows["speakers"].append((cell.who, ""))
        if _given(cell.text):
            rows["codings"].append(("", cell.who, keys[cell.what], coders[cell.row], ""))


def _codings(place: str, frame: pd.DataFrame, rows: Rows, found: Material) -> None:
    """A list of codings: of turns where there is text or a unit, else of experts alone."""
    roles, texts = _roles(frame), _texts(frame)
    if not {"code", "theme"} & roles.keys():
        raise ExchangeError(f"{place}: no column of codes; expected a head such as code or код")
    if "expert" not in roles and "document" in roles:
        texts["expert"] = texts["document"]
        found.tell(documents=1)
    elif "session" not in roles:
        texts["session"] = texts["document"]
    spoken = bool({"unit", "text"} & roles.keys())
    lost = {"begin", "item", "value", "round", "" if spoken else "session"}
    taken = {column for role, column in roles.items() if role not in lost}
    _not_taken(found, frame, [c for c in range(frame.shape[1]) if c not in taken])
    turns: dict[tuple[Any, ...], str] = {}
    names, joined = {turn for turn, *_ in rows["turns"]}, 0
    order = ("session", "expert", "unit", "begin", "text", "theme", "code", "coder", "stance")
    for row, *cells in zip(frame.index, *(texts[role] for role in order), strict=True):
        session, who, unit, begin, text, theme, code, coder, stance = cells
        where = (session, who, unit, begin, text) if unit or begin or text else (row,)
        if spoken and where not in turns:
            turns[where] = unit if unit and unit not in names else f"{unit or 't'}.{len(names) + 1}"
            names.add(turns[where])
            rows["turns"].append((turns[where], session, who, "", "", text))
        elif spoken:
            joined += not unit and not begin
        elif not who:
            raise _wrong(place, Cell(row, "code", code), "the name of an expert beside it")
        rows["speakers"] += [(who, "")] if who else []
        means = STANCES.get(stance.casefold())
        if means is None:
            raise _wrong(place, Cell(row, "stance", stance), "raises or opposes")
        if key := _code(rows, f"{theme} > {code}" if theme and code else theme or code):
            rows["codings"].append((turns.get(where, ""), "" if spoken else who, key, coder, means))
    found.tell(joined=joined)


def _double(place: str, frame: pd.DataFrame, rows: Rows, found: Material) -> None:
    """Codes of several coders side by side: a code in each cell, or a mark under each code."""
    coded = _coders(frame)
    if not coded:
        right = "heads such as “coder A” and “coder B”, or “money (coder A)” and “money (coder B)”"
        raise ExchangeError(f"{place}: no columns of two coders; expected {right}")
    units = frame.iloc[:, [column for column in range(frame.shape[1]) if column not in coded]]
    roles = _roles(units).keys()
    if "unit" not in roles and ("text" in roles or not {"expert", "document"} & roles):
        units = units.assign(unit=frame.index.astype(str))
    cells, parts = list[Cell](), list[pd.DataFrame]()
    for column, (code, coder) in coded.items():
        texts = frame.iloc[:, column].tolist()
        codes = ["" if _given(text) is False else code or text for text in texts]
        parts.append(units.assign(coder=coder, code=codes))
        pairs = zip(frame.index, texts, strict=True)
        cells += [Cell(row, frame.columns[column], text, coder, code) for row, text in pairs]
    if marked := [cell for cell in cells if cell.what]:
        _check(place, marked, found)
    elif cells and all(_given(cell.text) is not None for cell in cells):
        raise _wrong(place, cells[0], "a code, or which code it is in the head")
    _codings(place, pd.concat(parts), rows, found)


def _ratings(place: str, frame: pd.DataFrame, rows: Rows, found: Material) -> None:
    roles, texts = _roles(frame), _texts(frame)
    item = next((role for role in ("item", "code", "theme") if role in roles), "")
    if item and "value" in roles:
        who = texts["expert" if "expert" in roles else "document"]
        columns = zip(frame.index, texts["value"], who, texts[item], strict=True)
        cells = [Cell(row, frame.columns[roles["value"]], *others) for row, *others in columns]
    else:  # an empty cell does not tell whether it was asked; it is no rating
        cells = [cell for cell in _grid(place, frame, found, "item") if cell.text]
    rounds = dict(zip(frame.index, texts["round"], strict=True))
    for cell in cells:
        value = _number(cell.text)
        known = value is not None or cell.text.casefold() in NO_ANSWER
        if not (known and cell.who and cell.what):
            raise _wrong(place, cell, "a number, as “4” or “4 - agree”, of an expert and an item")
        shown = "" if value is None else f"{value:.15g}"
        where = f"{place}, row {cell.row}, “{cell.what:.60}”"
        rows["speakers"].append((cell.who, ""))
        rows["ratings"].append((cell.who, cell.what, shown, rounds[cell.row], where))
    worded = sum(_number(c.text) is not None and not c.text[-1:].isdigit() for c in cells)
    found.tell(answers=worded)


def _finish(found: Material, rows: Rows) -> None:
    answers: dict[tuple[str, ...], str] = {}
    for who, item, value, round, where in rows["ratings"]:
        if answers.setdefault((who, item, round), value) != value:
            raise ExchangeError(f"{where}: rated twice; expected one value of an expert")
    values = {float(value) for value in answers.values() if value}
    low, high = (f"{limit(values):.15g}" if len(values) > 1 else "" for limit in (min, max))
    rows["items"] = [(item, item, low, high) for _, item, _ in answers]
    found.tell(scale=f"{low} to {high}" if low else "")
    rows["ratings"] = [row[:4] for row in rows["ratings"]]
    for name in COLUMNS:
        setattr(found, name, table(name, [*dict.fromkeys(rows[name])]))
    counts = {name[:-1]: len(getattr(found, name)) for name in COLUMNS}
    came = [noun(n, name.replace("speaker", "person|people")) for name, n in counts.items() if n]
    again = sum(len(rows[name]) - len({*rows[name]}) for name in ("codings", "ratings"))
    found.tell(repeated=again, tables=listing(came, quote=False))


#: The reader of each kind of table.
READERS = {"matrix": _matrix, "codings": _codings, "segments": _codings, "double": _double}
READERS |= {"ratings": _ratings, "ratings-list": _ratings}
