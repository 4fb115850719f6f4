"""An expert who must not be quoted is quoted in every free text of a panel, and nobody shows it."""

import io
import zipfile

import pandas as pd
import planted
import pytest
from books import build
from running import read_once, run

from analysis.check import check
from analysis.exchange import export, refi_writing
from analysis.panel.views import View, Views


@pytest.fixture(scope="module", params=["one row a column", "every row"])
def given(request, tmp_path_factory):
    """The folder of such a panel, and the places of what is to be withheld."""
    folder = tmp_path_factory.mktemp("planted") / "panel"
    return folder, planted.write(folder, every_row=request.param == "every row")


def test_the_words_are_in_every_file_with_free_texts(given):
    for name in ("panel.yml", "plan.yml", "reporting.yml", "truth.yml"):
        assert planted.given_away((given[0] / name).read_bytes()), name
    for name, columns in planted.free_columns().items():
        table = pd.read_csv(given[0] / f"{name}.csv", dtype=str, na_filter=False)
        for column in columns:
            assert planted.given_away(" ".join(table[column])), (name, column)


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
        assert not planted.given_away(frame.reset_index().to_csv()), name
        assert not planted.given_away(frame.to_html()), name
    for name in ("meta", "plan", "truth", "reporting"):
        assert not planted.given_away(str(getattr(panel, name))), name
    assert not planted.given_away(repr(panel))


def test_the_statements_themselves_are_withheld_and_their_words_counted(given):
    panel = read_once(given[0])
    said = panel.statements[panel.statements["speaker"] == "e01"]
    assert set(said["text"]) == {"[withheld]"}
    assert set(said["text_en"].dropna()) == {"[withheld]"}
    assert said["words"].iloc[0] == len(planted.SAID.split())
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
    planted.write(tmp_path / "panel", few=True)
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
        assert not planted.given_away(data), name


@pytest.mark.parametrize("page", ["panel", "codebook", "platforms-and-dialogue"])
def test_no_notebook_shows_them(page, given, monkeypatch):
    outputs = run(f"book/{page}", given[0], monkeypatch)
    shown = str([output.get("data", output) for output in outputs])
    assert "[withheld]" in shown
    assert not planted.given_away(shown)


def test_no_file_of_a_book_has_them(tmp_path_factory, study):
    place = tmp_path_factory.mktemp("site")
    planted.write(place / "panel", every_row=True, few=True)
    site = build(place, place / "panel", study)
    files = [path for path in (place / "book" / "_build").rglob("*") if path.is_file()]
    names = {path.relative_to(site).as_posix() for path in files if path.is_relative_to(site)}
    assert {"findings.csv", "searchindex.js", "book/codebook.html", "cite-panel.bib"} <= names
    assert "_sources/book/codebook.ipynb" in names
    assert [path.name for path in files if planted.given_away(path.read_bytes())] == []
