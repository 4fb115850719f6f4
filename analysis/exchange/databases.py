"""The databases of QualCoder (``data.qda``) and Taguette (``.sqlite3``)."""

from __future__ import annotations

import re
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from lxml import etree

from analysis.exchange.coded_texts import UNITS, Source, add_sources
from analysis.exchange.material import ExchangeError, Material, table
from analysis.words import noun

#: The longest text in bytes, the most rows of a table, and the seconds for all of a database.
LONGEST_TEXT, MOST_ROWS, MOST_SECONDS = 50_000_000, 500_000, 8
#: Elements of HTML that stand on lines of their own.
BLOCKS = re.compile("p|div|li|br|t[rdh]|h[1-6r]|blockquote|pre|section|d[td]")
#: Tables of QualCoder whose rows are counted, and as what.
LOST = {"code_image": "images", "code_av": "images", "annotation": "notes", "journal": "notes"}


@contextmanager
def _opened(file: str, data: bytes) -> Iterator[sqlite3.Connection]:
    """The database in these bytes, to be read only; what is wrong with it is one line."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "copy"
        place.write_bytes(data)
        end = time.monotonic() + MOST_SECONDS
        try:
            database = sqlite3.connect(f"{place.as_uri()}?mode=ro&immutable=1", uri=True)
            with closing(database) as opened:
                opened.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_TEXT)
                opened.set_progress_handler(lambda: time.monotonic() > end, 100_000)
                opened.execute("PRAGMA trusted_schema = OFF")
                opened.text_factory = lambda text: text.decode("utf-8", "replace")
                yield opened
        except (sqlite3.Error, OverflowError, UnicodeError) as error:
            fault = "takes too long to read" if "interrupted" in str(error) else "is damaged"
            raise ExchangeError(f"{file}: the database {fault}; not read") from None


def _rows(opened: sqlite3.Connection, file: str, name: str, columns: str) -> list[Any]:
    """The rows of a table, never of a view; a column that is not there is None."""
    query = "SELECT type, sql FROM sqlite_master WHERE name = ?"
    kind, made = opened.execute(query, [name]).fetchone() or ("", "")
    if kind != "table" or "VIRTUAL" in str(made).upper():
        raise ExchangeError(f"{file}: the database has no table {name}; not read")
    there = {row[1] for row in opened.execute(f"PRAGMA table_info({name})")}
    picked = ", ".join(column if column in there else "NULL" for column in columns.split())
    rows = opened.execute(f"SELECT {picked} FROM {name} LIMIT {MOST_ROWS + 1}").fetchall()
    if len(rows) > MOST_ROWS:
        raise ExchangeError(f"{file}: more than {MOST_ROWS:,} rows in {name}; not read")
    return rows


def _text(value: object) -> str:
    return "" if value is None or isinstance(value, bytes) else str(value)


def _place(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < 10**12 else -1


def _told(found: Material, codes: list[Any], sources: Any, codings: Any) -> Counter[str]:
    """Fill the material; a coding: its source, start, end, code and coder."""
    known, counts = {code for code, *_ in codes}, Counter[str]()
    for text, start, end, code, coder in codings:
        if text in sources and code in known:
            sources[text].codings.append((_place(start), _place(end), code, coder, ""))
        else:
            counts["lost"] += 1
    found.codes = table("codes", codes)
    found.tell(codes=len(codes))
    add_sources(found, list(sources.values()), ["byte"] if found.kind == "taguette" else UNITS)
    return counts


def qualcoder(file: str, data: bytes) -> Material:
    """The codes, texts, codings and cases of QualCoder's ``data.qda``, or ExchangeError."""
    found, counts = Material(file, "qualcoder"), Counter[str]()
    with _opened(file, data) as opened:
        categories = _rows(opened, file, "code_cat", "catid name memo supercatid")
        names = _rows(opened, file, "code_name", "cid name memo catid")
        texts = _rows(opened, file, "source", "id name fulltext")
        codings = _rows(opened, file, "code_text", "fid pos0 pos1 cid owner")
        cases = dict(_rows(opened, file, "cases", "caseid name"))
        spans = _rows(opened, file, "case_text", "fid caseid pos0 pos1")
        for name, kind in LOST.items():
            counts[kind] += len(_rows(opened, file, name, "owner"))
    above = {row[0]: f"category {row[0]}" for row in categories}
    known = {row[0]: f"code {row[0]}" for row in names}
    codes = [
        (keys[id], above.get(parent, ""), _text(name), _text(memo))
        for keys, rows in ((above, categories), (known, names))
        for id, name, memo, parent in {row[0]: row for row in rows}.values()
    ]
    sources = {id: Source(_text(name), _text(text)) for id, name, text in texts if _text(text)}
    counts["textless"] = len(texts) - len(sources)
    for text, case, start, end in spans:
        if text in sources and _text(cases.get(case)):
            sources[text].spans.append((_place(start), _place(end), _text(cases[case])))
    given = [(*place, f"code {code}", _text(owner)) for *place, code, owner in codings]
    counts += _told(found, codes, sources, given)
    counts["silent"] = len({*map(_text, cases.values())} - {"", *found.speakers["speaker"]})
    found.tell(**counts)
    return found


def _plain(contents: str) -> str:
    """The text of a document, with "\\r" (which HTML has not) where a line of its own begins."""
    parser = etree.HTMLParser(no_network=True, remove_comments=True, remove_pis=True)
    body = etree.fromstring(f"<div>{contents.replace(chr(0), ' ')}</div>", parser)
    pieces = []
    for event, element in etree.iterwalk(body, ("start", "end")):
        pieces += ["\r"] * bool(BLOCKS.fullmatch(element.tag))
        text = element.text if event == "start" else element.tail
        pieces.append((text or "").replace("\r", " "))
    return "".join(pieces)


def taguette(file: str, data: bytes) -> Material:
    """The tags, documents and highlights of one project of Taguette, or ExchangeError."""
    found, counts = Material(file, "taguette"), Counter[str]()
    with _opened(file, data) as opened:
        projects = _rows(opened, file, "projects", "id")
        documents = _rows(opened, file, "documents", "id name contents")
        tags = _rows(opened, file, "tags", "id path description")
        highlights = _rows(opened, file, "highlights", "id document_id start_offset end_offset")
        links = _rows(opened, file, "highlight_tags", "highlight_id tag_id")
        members = _rows(opened, file, "project_members", "user_login")
        log = _rows(opened, file, "commands", "id user_login payload")
    if len(projects) != 1:
        raise ExchangeError(f"{file}: {noun(len(projects), 'project')}; export one by itself")
    ids = {_text(path): id for id, path, _ in tags}
    codes = []
    for id, path, description in tags:
        above, _, name = _text(path).rpartition(".")
        counts["dots"] += above in ids
        parent, name = (f"tag {ids[above]}", name) if above in ids else ("", _text(path))
        codes.append((f"tag {id}", parent, name, _text(description)))
    only = _text(members[0][0]) if len(members) == 1 else ""
    coders: dict[str, str] = {}
    for _, user, payload in sorted(log, key=lambda row: _place(row[0])):
        added = re.search(r'"highlight_id": ?(\d{1,18})\b', _text(payload))
        if added and re.search('"type": ?"highlight_add"', _text(payload)):
            coders[added[1]] = _text(user)
    sources = {id: Source(_text(name), _plain(_text(contents))) for id, name, contents in documents}
    places = {row[0]: row[1:] for row in highlights}
    by = {mark: coders.get(str(mark), only) for mark, _ in links}
    given = [(*places.get(mark, (None, 0, 0)), f"tag {tag}", by[mark]) for mark, tag in links]
    counts["logged"] = sum(str(mark) in coders for mark, _ in links)
    counts["bare"] = len(places.keys() - {row[0] for row in links})
    found.tell(**(counts + _told(found, codes, sources, given)))
    return found
