"""An expert who must not be quoted is quoted in every free text of a panel, and nobody shows it.

What the expert said is made of words that stand nowhere else, so that any of them gives it away.
"""

import io
import re
import zipfile
from html import unescape
from itertools import count

import pandas as pd
import panels
import pytest
import yaml
from books import build
from running import read_once, run

from analysis.check import check
from analysis.exchange import export, refi_writing
from analysis.panel.format import FILES, META_FILE, TABLES
from analysis.panel.views import View, Views

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


def plant_panel(folder, every_row=False, few=False):
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


@pytest.fixture(scope="module", params=["one row a column", "every row"])
def given(request, tmp_path_factory):
    """The folder of such a panel, and the places of what is to be withheld."""
    folder = tmp_path_factory.mktemp("planted") / "panel"
    return folder, plant_panel(folder, every_row=request.param == "every row")


def test_the_words_are_in_every_file_with_free_texts(given):
    for name in ("panel.yml", "plan.yml", "reporting.yml", "truth.yml"):
        assert given_away((given[0] / name).read_bytes()), name
    for name, columns in free_columns().items():
        table = pd.read_csv(given[0] / f"{name}.csv", dtype=str, na_filter=False)
        for column in columns:
            assert given_away(" ".join(table[column])), (name, column)


def test_no_view_hands_them_out(given):
    panel = read_once(given[0])
    views = {name: getattr(panel, name) for name, made in vars(Views).items() if type(made) is View}
    assert {"statements", "codebook", "memos", "changes", "stakeholders", "guide"} <= set(views)
    views |= {"codes": panel.codes(), "ratings": panel.ratings()[0], "tasks": panel.tasks}
    views |= {"ladder": panel.plan["ladder"], "sides": panel.experts}
    left = panel.without("e02")
    views |= {
        f"{name} without": getattr(left, name) for name in ("statements", "memos", "codebook")
    }
    views |= {
        f"{name} of others": getattr(panel.without("e01"), name) for name in ("memos", "codebook")
    }
    for name, frame in views.items():
        assert not given_away(frame.reset_index().to_csv()), name
        assert not given_away(frame.to_html()), name
    for name in ("meta", "plan", "truth", "reporting"):
        assert not given_away(str(getattr(panel, name))), name
    assert not given_away(repr(panel))


def test_the_statements_themselves_are_withheld_and_their_words_counted(given):
    panel = read_once(given[0])
    said = panel.statements[panel.statements["speaker"] == "e01"]
    assert set(said["text"]) == {"[withheld]"}
    assert set(said["text_en"].dropna()) == {"[withheld]"}
    assert said["words"].iloc[0] == len(SAID.split())
    assert said["known"].all()


def test_the_check_names_each_place(given):
    folder, places = given
    panel = read_once(folder)
    own = {f"statements.csv, {id}" for id, _ in panel.unquotable()}
    found = {place for place in panel.withheld if place.rpartition(", ")[0] not in own}
    assert places | {"truth.yml, made, part", "truth.yml, made, how"} <= found
    assert {place.partition(",")[0] for place in found - places} <= {"truth.yml", "memos.csv"}
    text, sound = check(folder)
    assert sound
    lines = [line for line in text.splitlines() if "shown as [withheld]" in line]
    assert len(lines) == 20
    assert "repeats words of s1-" in text
    assert f"{len(found) - 20:,} texts more are withheld" in text


def test_the_check_names_an_id_made_of_such_words(tmp_path):
    plant_panel(tmp_path / "panel", few=True)
    text, _ = check(tmp_path / "panel")
    assert "an id with words" not in text
    for name in ("codebook.csv", "codings.csv", "codebook_changes.csv", "plan.yml"):
        path, words = (
            tmp_path / "panel" / name,
            "quazimark_zulvenits_a_plumboory_dregovinks_the_flugerist_w",
        )
        path.write_text(path.read_text("utf-8").replace("role_services", words), "utf-8")
    text, sound = check(tmp_path / "panel")
    assert sound
    assert "an id with words of" not in text  # seven words and a part of one
    for name in ("codebook.csv", "codings.csv", "codebook_changes.csv", "plan.yml"):
        path = tmp_path / "panel" / name
        path.write_text(
            path.read_text("utf-8").replace("flugerist_w", "flugerist_worbuzzes"), "utf-8"
        )
    assert "codebook.csv, quazimark_zulvenits_a_" in check(tmp_path / "panel")[0]


def test_no_export_for_others_has_them(given, tmp_path):
    panel = read_once(given[0])
    files = {"qdc": refi_writing.codebook(panel)}
    for kind in export.KINDS:
        export.write(panel, kind, tmp_path)
    packed = [refi_writing.project(panel)[0], (tmp_path / "codebook.xlsx").read_bytes()]
    for data in packed:
        archive = zipfile.ZipFile(io.BytesIO(data))
        files |= {name: archive.read(name) for name in archive.namelist()}
    files |= {path.name: path.read_bytes() for path in tmp_path.glob("*.csv")}
    assert len(files) > 10
    for name, data in files.items():
        assert not given_away(data), name


@pytest.mark.parametrize("page", ["panel", "codebook", "platforms-and-dialogue"])
def test_no_notebook_shows_them(page, given, monkeypatch):
    outputs = run(f"book/{page}", given[0], monkeypatch)
    shown = str([output.get("data", output) for output in outputs])
    assert "[withheld]" in shown
    assert not given_away(shown)


def test_no_file_of_a_book_has_them(tmp_path_factory, study):
    place = tmp_path_factory.mktemp("site")
    plant_panel(place / "panel", every_row=True, few=True)
    site = build(place, place / "panel", study)
    files = [path for path in (place / "book" / "_build").rglob("*") if path.is_file()]
    names = {path.relative_to(site).as_posix() for path in files if path.is_relative_to(site)}
    assert {"findings.csv", "searchindex.js", "book/codebook.html", "cite-panel.bib"} <= names
    assert "_sources/book/codebook.ipynb" in names
    assert [path.name for path in files if given_away(path.read_bytes())] == []
