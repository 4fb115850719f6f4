"""A panel as tables, and the same panel from these tables."""

import hashlib
import io
import time
import zipfile
from types import SimpleNamespace

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.chapters.shares import could_raise
from analysis.exchange import export, matrices, refi_writing, tables
from analysis.exchange.material import Material
from analysis.panel.faults import NotInPanel
from analysis.panel.panel import load_panel
from analysis.project import DATA
from analysis.simulation.panels import simulate_panel

FOLDER = DATA / "panels" / "constructed"
CODING = ["statement", "coder", "code", "stance"]


@pytest.fixture(scope="module")
def panel():
    return load_panel(FOLDER)


@pytest.fixture(scope="module")
def folder(panel, tmp_path_factory):
    """The constructed panel, written."""
    target = tmp_path_factory.mktemp("export") / "new folder"
    for kind in export.KINDS:
        export.write(panel, kind, target)
    return target


def read_again(target, kind):
    name = f"{kind}.csv"
    return matrices.read(name, (target / name).read_bytes())


def assert_same(panel, target):
    """Codings, ratings and matrix are those of the panel again."""
    codings = read_again(target, "codings").codings
    given = panel.codings.astype(str)
    again = codings[["turn", "coder", "code", "stance"]].to_numpy().tolist()
    assert sorted(again) == sorted(given[CODING].to_numpy().tolist())
    ratings = read_again(target, "ratings").ratings
    values = pd.to_numeric(ratings["value"].replace("", None)).astype(float)
    answers = panel.ratings()[1]
    table = ratings.assign(value=values).pivot(index="expert", columns="item", values="value")
    table = table.reindex(index=answers.index, columns=answers.columns)
    np.testing.assert_array_equal(table.to_numpy(), answers.to_numpy())
    raised = panel.raised()
    marks = read_again(target, "matrix").codings
    found = pd.crosstab(marks["expert"], marks["code"]).gt(0)
    found = found.reindex(index=raised.index, columns=raised.columns, fill_value=False)
    np.testing.assert_array_equal(found.to_numpy(), raised.to_numpy())


def test_the_constructed_panel_comes_back(panel, folder):
    assert_same(panel, folder)
    turns = read_again(folder, "codings").turns.set_index("turn")
    said = panel.statements.loc[turns.index]
    assert (turns["speaker"] == said["speaker"].astype(str)).all()
    assert (turns["session"] == said["session"].astype(str)).all()
    shown = turns["text"] != ""
    assert shown.sum() > 200
    assert (turns["text"][shown] == said["text"][shown]).all()
    assert (said["text"][~shown] == "[withheld]").all()


@settings(deadline=None, max_examples=15)
@given(
    experts=st.integers(1, 6),
    codes=st.integers(3, 8),
    items=st.integers(1, 4),
    coders=st.integers(1, 3),
    seed=st.integers(0, 10_000),
)
def test_small_panels_come_back(tmp_path_factory, experts, codes, items, coders, seed):
    panel = simulate_panel(
        experts,
        codes,
        items=items,
        coders=coders,
        statements=2,
        questions=3,
        missing=0.3,
        seed=seed,
    )
    target = tmp_path_factory.getbasetemp() / "small"
    for kind in ("matrix", "codings", "ratings"):
        export.write(panel, kind, target)
    assert_same(panel, target)


def test_files_for_excel(folder):
    for path in folder.glob("*.csv"):
        data = path.read_bytes()
        assert data.startswith(b"\xef\xbb\xbf")
        text = data.decode("utf-8-sig")
        assert text.endswith("\r\n")
        assert text.splitlines()[0].isascii()
    readme = (folder / "README.txt").read_text(encoding="ascii")
    for path in folder.iterdir():
        if path.name != "README.txt":
            heads = path.read_bytes()[:200].decode("utf-8-sig", "replace").split("\r\n")[0]
            named = heads.split(",") if path.name in ("codings.csv", "ratings.csv") else []
            assert all(name in readme for name in [path.name, *named])


def test_who_could_not_raise_a_code_has_an_empty_cell(panel, folder):
    table = pd.read_csv(folder / "matrix.csv", dtype=str, keep_default_na=False, index_col=0)
    could = could_raise(panel)
    assert table.eq("").to_numpy().tolist() == (~could).to_numpy().tolist()
    assert set(table.to_numpy().ravel()) == {"0", "1", ""}


def test_texts_that_may_not_be_quoted_are_left_out(panel, tmp_path):
    experts = panel.frames["experts"]
    experts["quotable"] = experts["expert_id"] != "e01"
    one = panel.replace(experts=experts)
    notes = export.write(one, "codings", tmp_path)
    table = pd.read_csv(tmp_path / "codings.csv", keep_default_na=False)
    assert (table["text"][table["expert_id"] == "e01"] == "").all()
    others = set(table["statement_id"][(table["expert_id"] != "e01") & (table["text"] == "")])
    assert len(others) == 1  # repeats what e01 said
    places = {place.rpartition(", ")[0] for place in one.withheld}
    assert {f"statements.csv, {id}" for id in others} <= places
    hidden = table["statement_id"][table["text"] == ""].nunique()
    assert notes == [f"{hidden} statements without text: not there, or not to be quoted."]


def test_notes_that_repeat_what_may_not_be_quoted_are_left_out(panel, tmp_path):
    secret = panel.statements.query("speaker == 'e01'")["text"].max()
    assert len(secret.split()) > 8
    experts, book = panel.frames["experts"], panel.frames["codebook"]
    experts["quotable"] = experts["expert_id"] != "e01"
    book.loc[2, ["definition", "include", "exclude"]] = secret
    memos = panel.frames["memos"].assign(text=f"As was said: {secret}")
    one = panel.replace(experts=experts, codebook=book, memos=memos)
    export.write(one, "codebook", tmp_path)
    cells = [
        cell.value
        for cell in next(
            openpyxl.load_workbook(tmp_path / "codebook.xlsx")["codes"].iter_rows(min_row=4)
        )
    ]
    assert cells.count("[withheld]") == 3
    packed = zipfile.ZipFile(io.BytesIO(refi_writing.project(one)[0]))
    files = [packed.read(name) for name in packed.namelist()] + [refi_writing.codebook(one)]
    assert files[0].count(b"[withheld]") == len(memos) + 3
    assert not [data for data in files if secret[:60].encode() in data]


def test_nobody_is_quotable_whose_answer_is_missing(panel, tmp_path):
    experts = panel.frames["experts"].astype({"quotable": object})
    experts["quotable"] = experts["expert_id"].map({"e01": True, "e02": False})
    export.write(panel.replace(experts=experts), "codings", tmp_path)
    table = pd.read_csv(tmp_path / "codings.csv", keep_default_na=False)
    assert set(table["expert_id"][table["text"] != ""]) == {"e01"}


def small_panel(texts):
    """What the export of codings asks of a panel, with any texts."""
    ids = [f"s{i}" for i, _ in enumerate(texts)]
    experts = [f"e{i}" for i, _ in enumerate(texts)]
    said = {"session": "g", "speaker": experts, "text": texts}
    coded = {"statement": ids, "coder": "ada", "code": "c", "stance": "raises"}
    return SimpleNamespace(
        statements=pd.DataFrame(said, index=pd.Index(ids, name="statement")),
        codings=pd.DataFrame(coded),
    )


RISKY = ["=1+1", "+7 days", "-no", "@home", "'=1", "''=1", "\t=1", "'tis", "-1", "=", 'a;b,"c"\nd']


def test_no_spreadsheet_runs_a_cell(tmp_path):
    panel = small_panel(RISKY)
    notes = export.write(panel, "codings", tmp_path)
    shown = pd.read_csv(tmp_path / "codings.csv", dtype=str, keep_default_na=False)["text"].tolist()
    expected = ["'=1+1", "'+7 days", "'-no", "'@home", "''=1", "'''=1", "'=1", *RISKY[7:]]
    assert shown == expected
    assert notes == ["7 cells with an apostrophe before it: no formula is run."]
    again = read_again(tmp_path, "codings").turns["text"].tolist()
    assert again == [text.strip() for text in RISKY]


@settings(deadline=None, max_examples=25)
@given(st.lists(st.text("='+-@ aЯ1,;\"\n\t", min_size=1, max_size=6), min_size=1, max_size=20))
def test_any_text_comes_back(tmp_path_factory, texts):
    target = tmp_path_factory.getbasetemp() / "texts"
    export.write(small_panel(texts), "codings", target)
    again = read_again(target, "codings").turns.set_index("turn")["text"]
    assert again.tolist() == [text.strip() for text in texts]


def test_a_codebook_for_excel(panel, folder):
    book = openpyxl.load_workbook(folder / "codebook.xlsx")
    assert book.sheetnames == ["codes", "items"]
    rows = [*book["codes"].values]
    codes = panel.codebook
    assert rows[0][:3] == ("code", "label", "level")
    assert [row[0] for row in rows[1:]] == list(codes.index)
    assert [row[1] for row in rows[1:]] == codes["label"].tolist()
    assert len([*book["items"].values]) == 1 + len(panel.ratings()[0])


def test_a_formula_in_the_codebook_is_text(panel, tmp_path):
    formulas = ["=1+1", "-2", "@x"]
    book = panel.frames["codebook"]
    book.loc[book.index[:3], "name"] = formulas
    export.write(panel.replace(codebook=book), "codebook", tmp_path)
    labels = {
        cell.value for cell in openpyxl.load_workbook(tmp_path / "codebook.xlsx")["codes"]["B"]
    }
    assert labels.issuperset(formulas)
    data = (tmp_path / "codebook.xlsx").read_bytes()
    again, _ = tables.read(Material("a.xlsx", ""), data)
    assert set(again[1]["label"]).issuperset(formulas)


def test_the_same_bytes_at_any_time(panel, folder, tmp_path, monkeypatch):
    later = time.localtime(time.time() + 10**8)
    monkeypatch.setattr(time, "localtime", lambda *_: later)
    for kind in export.KINDS:
        export.write(panel, kind, tmp_path)
    for path in folder.glob("*.csv"):
        mine, other = path.read_bytes(), (tmp_path / path.name).read_bytes()
        assert hashlib.sha256(mine).digest() == hashlib.sha256(other).digest(), path.name


def test_what_a_panel_lacks_is_not_written(tmp_path):
    panel = simulate_panel(2, 3, items=0, statements=2)
    with pytest.raises(NotInPanel):
        export.write(panel, "ratings", tmp_path / "new")
    assert not (tmp_path / "new").exists()
