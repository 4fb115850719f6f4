"""What Zoom keeps beside the recording: the chat and the list of participants."""

from __future__ import annotations

import csv
import re

from analysis.exchange.material import ExchangeError, Material, table
from analysis.exchange.transcripts import Row, filled, opened

#: How a message begins: "00:12:34\tName:\t", "00:12:34 From Name to Everyone:".
_MESSAGE = re.compile(
    r"(?m)^(?:\d{4}-\d\d-\d\d )?(\d\d):(\d\d):(\d\d)"
    r"(?:[ \t]+(?:From|От)[ \t]+([^\n]{1,200}?)[ \t]*:(?=\s|\Z)|\t([^\t\n]{1,200}):\t)([^\n]*)"
)
_TO = re.compile(r"(?i)\s+(?:to|кому|для)\s+")
_EVERYONE = re.compile(r"(?i)\b(?:everyone|все|всем|all participants)(?: ?\(?in meeting\)?)?\s*$")
_DIRECT = re.compile(r"(?i)\((?:direct message|privately|лично|личное сообщение)\)\s*:")
_REACTION = re.compile(r'(?i)(?:Reacted to|Removed an? .{1,40} reaction from) ["“]')
_NAME = re.compile(r"(?i)(?:full |user |полное )?(?:name|имя)\b.*|участник")


def zoom_chat(file_name: str, data: bytes) -> Material:
    """Messages to everyone as turns of the session "chat".

    A message to one person, or to whom cannot be told, is never taken, nor is its author.
    """
    found, text = opened(file_name, "zoom-chat", data, 5_000_000)
    marks = list(_MESSAGE.finditer(text))
    if not marks:
        raise ExchangeError(f'{file_name}: no message such as "00:12:34 From Name to Everyone:"')
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    addressed = any(mark[4] and _EVERYONE.search(mark[4]) for mark in marks)
    turns, left = list[Row](), 0
    for mark, end in zip(marks, ends, strict=True):
        name, *to = _TO.split(mark[4], maxsplit=1) if mark[4] else [mark[5]]
        said = " ".join(text[mark.start(6) : end].split())
        public = _EVERYONE.match(to[0].strip()) if to else mark[5] or not addressed
        if public and not _DIRECT.search(mark[0]) and said and not _REACTION.match(said):
            start = (int(mark[1]) * 60 + int(mark[2])) * 60 + int(mark[3])
            turns.append((name.strip(), start, "", said))
        else:
            left += 1
    found.tell(messages=len(turns), private=left)
    return filled(found, turns, []) if turns else found


def participants(file_name: str, data: bytes) -> Material:
    """Who took part, from Zoom's list of participants; no e-mail address comes out of it."""
    found, text = opened(file_name, "participants", data, 5_000_000)
    mark = max(",;\t", key=text[:10_000].count)
    try:
        rows = list(csv.reader(text.split("\n"), delimiter=mark))
    except csv.Error:
        raise ExchangeError(f"{file_name}: no whole table; is a quotation mark open?") from None
    heads = [n for n, row in enumerate(rows) if any(_NAME.fullmatch(cell.strip()) for cell in row)]
    if not heads:
        raise ExchangeError(f'{file_name}: no column such as "Name (Original Name)"')
    place = next(n for n, cell in enumerate(rows[heads[0]]) if _NAME.fullmatch(cell.strip()))
    listed = [row for row in rows[heads[0] + 1 :] if any(cell.strip() for cell in row)]
    words = ("".join(row[place : place + 1]).split() for row in listed)
    cells = [" ".join(word for word in cell if "@" not in word)[:200] for cell in words]
    names = dict.fromkeys(cell for cell in cells if cell)
    found.speakers = table("speakers", [(name, "") for name in names])
    found.tell(names=len(names), rows=len(listed), unnamed=cells.count(""), listed=1)
    return found
