"""A panel in whose free texts, every kind of them, an expert is quoted who must not be.

What the expert said is made of words that stand nowhere else, so that any of them gives it away.
"""

import re
from html import unescape
from itertools import count

import panels
import yaml

from analysis.panel.format import FILES, META_FILE, TABLES

SAID = """Кважимарь зюльвенит плумборию, дреговину и шмальцуху; флюгерист ворбужит кантемякой,
а тарзыльник ёжмурит бельведуну"""
ENGLISH = """Quazimark zulvenits a plumboory, dregovinks; the flugerist worbuzzes his kantemack,
tarzylniks yozhmure the belvedoon"""
#: A short statement, and what a memo about a statement says.
SHORT, ABOUT = "Громпеку нам выхлюпали вчистую.", "Дробыхнула тлемезу."
COMMON = {"и", "а", "a", "the", "his", "нам", "вчистую"}
#: The beginnings of these words, which are in every form of them.
WORDS = sorted(
    {
        word[:6].lower().replace("ё", "е")
        for word in re.findall(r"\w+", f"{SAID} {ENGLISH} {SHORT} {ABOUT}")
        if word.lower() not in COMMON
    }
)
FREE = {"text", "name", "names"}


def quotations():
    """Texts that quote eight words in a row, each in another way."""
    ways = (str.upper, str.lower, lambda t: t.replace("ё", "е"), lambda t: t.replace(" ", " — "))
    for number in count():
        words = re.findall(r"\w+", (SAID, ENGLISH)[number % 2])
        start = number % (len(words) - 7)
        run = " ".join(words[start : start + 8])
        yield f"Text {number}: «{ways[number % 4](run)}», as one of them said"


def free_columns():
    """The tables that hold free text, and the names of their columns of it."""
    columns = {t.name: [c.name for c in t.columns if c.kind in FREE] for t in TABLES.values()}
    return {name: found for name, found in columns.items() if found}


def plant(files, every_row):
    """Quote the first expert in each free column of the tables, and each free entry of YAML.

    In every row, or in one row for each column. Returns the places of what quotes or tells.
    """
    texts, places = quotations(), set()
    experts, said = files.tables["experts"], files.tables["statements"]
    experts["quotable"] = (experts["expert_id"] != experts["expert_id"][0]).map(
        {True: "true", False: "false"}
    )
    mine = said.index[said["speaker"] == experts["expert_id"][0]]
    said.loc[mine, ["text", "text_en"]] = SHORT, ""
    said.loc[mine[0], ["text", "text_en"]] = SAID, ENGLISH
    for name, columns in free_columns().items():
        table, keys = files.tables[name], list(TABLES[name].keys[0])
        rows = table.index.difference(mine) if name == "statements" else table.index
        for number, column in enumerate(columns):
            if column not in table:
                table[column] = ""
            for row in rows if every_row else rows[number % len(rows) :][:1]:
                table.loc[row, column] = next(texts)
                places.add(f"{name}.csv, {' '.join(table.loc[row, keys])}, {column}")
    memos = files.tables["memos"]
    row = memos.index[-1]
    memos.loc[row, ["about", "text"]] = said["statement_id"][mine[0]], ABOUT
    places -= {f"memos.csv, {memos['memo_id'][row]}, about"}
    places |= {f"memos.csv, {memos['memo_id'][row]}, text"}
    for column in FILES[META_FILE].columns:
        if column.kind in FREE and "<" not in column.name:
            text = next(texts)
            files.meta[column.name] = [text, next(texts)] if column.kind == "names" else text
            places.add(f"panel.yml, {column.name}")
    task = next(iter(files.meta["tasks"]))
    rung = files.plan["ladder"][0]
    for entry in ("name", "name_ru"):
        files.meta["tasks"][task][entry], rung[entry] = next(texts), next(texts)
        places |= {f"panel.yml, tasks, {task}, {entry}", f"plan.yml, ladder, {entry}"}
    files.plan["note"] = f"Before: {SHORT}"
    return places | {"plan.yml, note"}


def write(folder, every_row=False, few=False):
    """Write the constructed panel (``few``: of three experts, as one of real ones); the places."""
    files = panels._read(panels.CONSTRUCTED)
    truth = yaml.safe_load((panels.CONSTRUCTED / "truth.yml").read_text(encoding="utf-8"))
    if few:
        panels.three_experts(files)
        files.fit_plan()
    texts = quotations()
    stated = {"coreq-1": next(texts), "srqr-s1": next(texts)}
    places = plant(files, every_row) | {f"reporting.yml, {item}" for item in stated}
    truth["made"][0] |= {"part": next(texts), "how": next(texts)}
    truth[next(texts)] = next(texts)
    files.meta["source"] = "panel" if few else "constructed"
    files.write(folder)
    for name, content in {"reporting.yml": stated, **({} if few else {"truth.yml": truth})}.items():
        text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
        (folder / name).write_text(text, encoding="utf-8")
    return places


def given_away(data):
    """Which of the words a text or a file holds, however it spells characters."""
    text = data if isinstance(data, str) else data.decode("utf-8", "ignore")
    text = re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), unescape(text))
    text = text.lower().replace("ё", "е").replace("\u00ad", "")
    return [word for word in WORDS if word in text]
