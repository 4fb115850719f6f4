"""Loading a panel, making one in memory, writing one."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.panel import Meta, Panel, PanelError, load_panel, make_panel, write_panel
from analysis.panel import writing as writing_module
from analysis.panel.format import TABLES
from analysis.panel.writing import number_text
from analysis.project import DATA, digest

# loading


def test_tables_have_proper_types(panel):
    kinds = {
        "sessions": {"session_id": "str", "date": "str", "minutes": "float64"},
        "experts": {
            "expert_id": "str",
            "session_id": "category",
            "stakeholder": "category",
            "quotable": "bool",
        },
        "statements": {
            "statement_id": "str",
            "session_id": "category",
            "position": "int64",
            "speaker": "category",
            "question_id": "category",
            "start_s": "float64",
            "end_s": "float64",
            "text": "str",
            "text_en": "str",
        },
        "codings": dict.fromkeys(("statement_id", "coder", "code_id", "stance"), "category"),
    }
    for name, expected in kinds.items():
        assert {c: str(t) for c, t in panel.frames[name].dtypes.items()} == expected


def test_every_table_has_its_columns_in_the_order_of_the_format(panel):
    assert set(panel.frames) == set(TABLES)
    for name, frame in panel.frames.items():
        assert tuple(frame.columns) == TABLES[name].names


def test_categories_are_in_the_order_of_the_file_referred_to(panel):
    assert list(panel.statements["speaker"].cat.categories) == [
        *("e01", "e02", "e03", "e04", "e05"),
        "moderator",
    ]
    assert list(panel.codings["coder"].cat.categories) == ["ada", "boris", "consensus"]
    assert list(panel.codings["code_id"].cat.categories) == list(panel.codebook["code_id"])


def test_an_empty_cell_is_missing(panel):
    assert panel.statements["text_en"].isna().sum() == 6
    assert panel.statements["question_id"].isna().sum() == 2
    assert np.isnan(panel.frames["ratings"]["value"][4])
    assert panel.codebook["parent_id"].isna().tolist() == [True, False, True, False, False, True]


def test_cells_are_taken_as_they_are_written(panel):
    texts = dict(zip(panel.statements["statement_id"], panel.statements["text"], strict=True))
    assert texts["s04"] == 'И ещё: "одно окно" — это не про нас.'
    assert texts["s11"] == "Люди не умеют,\nа мы не учим."


def test_words_that_look_like_missing_are_words(files, written, tmp_path):
    for word in ("NA", "nan", "None", "null", "TRUE", "0", "007"):
        memos = files["memos.csv"].replace("We keep it where systems are meant.", word)
        panel = load_panel(written(tmp_path, {**files, "memos.csv": memos}))
        assert panel.frames["memos"]["text"].tolist() == [word]


def test_entries_of_panel_yml(panel):
    assert panel.meta == Meta(
        id="sample",
        title="A sample",
        title_ru="Образец",
        source="constructed",
        statement="Written for tests; no real expert said any of it.",
        language="ru",
        collected="2021-12",
        mode="group",
        coders=("ada", "boris"),
        coding_unit="one statement",
        licence="CC-BY-4.0",
    )
    assert panel.meta.statement_ru == ""
    assert panel.truth == {"seed": 1, "prevalence": {"double_work": 0.4}}


def test_optional_files_may_be_left_out(files, written, tmp_path):
    optional = {t.file for t in TABLES.values() if not t.required} | {"truth.yml"}
    panel = load_panel(written(tmp_path, {n: t for n, t in files.items() if n not in optional}))
    assert set(panel.frames) == {t.name for t in TABLES.values() if t.required}
    assert panel.truth is None
    for part in ("ratings", "memos", "codebook_changes", "truth"):
        assert not panel.has(part)


def test_the_digest_is_that_of_the_files(panel, folder):
    assert load_panel(folder).folder == folder
    assert panel.digest == digest([folder], base=folder)
    (folder / "memos.csv").write_bytes((folder / "memos.csv").read_bytes().replace(b"We", b"we"))
    assert load_panel(folder).digest != panel.digest


def test_the_path_may_be_text(panel, folder):
    assert load_panel(str(folder)) == panel


def test_the_chosen_panel_is_loaded_without_a_path(panel, folder, monkeypatch):
    monkeypatch.setenv("STUDY_PANEL", str(folder))
    assert load_panel() == panel


def test_without_a_choice_it_is_the_constructed_one(monkeypatch):
    monkeypatch.delenv("STUDY_PANEL", raising=False)
    try:
        found = load_panel().folder
    except PanelError as error:
        found = error
    place = DATA / "panels" / "constructed"
    assert found == place or "constructed" in str(found)


def test_the_order_of_columns_and_a_missing_last_line_end_do_not_matter(
    panel, files, written, tmp_path
):
    lines = [line.split(",") for line in files["experts.csv"].splitlines()]
    turned = "\n".join(",".join(reversed(cells)) for cells in lines)
    assert load_panel(written(tmp_path, {**files, "experts.csv": turned})) == panel


def test_pandera_is_imported_only_for_checking(folder):
    code = (
        "import sys; from analysis.panel import load_panel; "
        f"load_panel({str(folder)!r}, check=False); print('pandera' in sys.modules); "
        f"load_panel({str(folder)!r}); print('pandera' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "True"]


def test_without_checks_a_sound_panel_is_the_same(panel, folder):
    assert load_panel(folder, check=False) == panel


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("experts.csv", "science,true", "science,yes"),
        ("experts.csv", "e05,g2", "e05,g9"),
        ("experts.csv", "e05,", "e04,"),
        ("codebook.csv", "skills,obs", "speed,obs"),
        ("ratings.csv", "e01,i1,4", "e01,i1,four"),
        ("ratings.csv", "e01,i1,4", "e01,i1,nan"),
        ("guide.csv", "q1,role,1", "q1,role,1.5"),
        ("guide.csv", "q1,role,1", "q1,roles,1"),
        ("codebook.csv", "Services take less time.", ""),
        ("experts.csv", "e02,g1", "e02"),
        ("experts.csv", "quotable", "quoted"),
        ("panel.yml", "mode: group", "mode: [group"),
    ],
)
def test_without_checks_what_has_no_meaning_is_still_refused(
    file, old, new, files, written, tmp_path
):
    assert old in files[file]
    written(tmp_path, {**files, file: files[file].replace(old, new, 1)})
    with pytest.raises(PanelError) as trusting:
        load_panel(tmp_path, check=False)
    with pytest.raises(PanelError) as checking:
        load_panel(tmp_path)
    assert trusting.value.faults == checking.value.faults


def test_a_panel_is_frozen(panel):
    with pytest.raises(dataclasses.FrozenInstanceError):
        panel.digest = "x"
    with pytest.raises(TypeError):
        hash(panel)
    assert panel != "a panel"


def test_a_panel_that_is_shown_shows_no_text(panel):
    assert repr(panel) == f"<Panel sample (constructed), digest {panel.digest}>"


def test_a_panel_equals_another_of_the_same_content_only(panel, files, written, tmp_path):
    assert load_panel(written(tmp_path / "same", files)) == panel
    for file, old, new in (
        ("panel.yml", "A sample", "Another"),
        ("experts.csv", "science,true", "science,false"),
        ("truth.yml", "seed: 1", "seed: 2"),
        ("coded.csv", "s09,boris\n", "s09,boris\ns11,boris\n"),
    ):
        changed = {**files, file: files[file].replace(old, new)}
        assert load_panel(written(tmp_path / "other", changed)) != panel
    assert (
        load_panel(written(tmp_path / "less", {n: t for n, t in files.items() if n != "memos.csv"}))
        != panel
    )


# making one in memory


def test_tables_in_memory_make_the_same_panel(panel):
    made = make_panel(panel.meta, panel.frames, panel.truth)
    assert made == panel
    assert made.folder is None


def test_plain_tables_will_do(panel):
    """Objects, nullable types, whole numbers as floats: what counts is what a file would show."""
    frames = {name: frame.astype(object) for name, frame in panel.frames.items()}
    frames["guide"] = panel.guide.astype({"position": "Float64"})
    frames["experts"] = panel.experts.astype({"quotable": "boolean"})
    frames["items"] = panel.frames["items"].assign(scale_min=["1", 1, 0.0])
    assert make_panel(panel.meta, frames, panel.truth) == panel
    assert make_panel(panel.meta, frames, panel.truth, check=False) == panel


def test_the_digest_of_a_made_panel_is_that_of_its_files(panel, tmp_path):
    made = make_panel(panel.meta, panel.frames, panel.truth)
    assert load_panel(write_panel(made, tmp_path / "made")).digest == made.digest


def test_faults_of_tables_in_memory_count_as_in_files(panel, tmp_path):
    experts = panel.experts.astype(object)
    experts.loc[4, "session_id"] = "g9"
    with pytest.raises(PanelError, match=r"experts\.csv, line 6, session_id: .* got 'g9'"):
        make_panel(panel.meta, {**panel.frames, "experts": experts})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.pop("experts"), "experts.csv: expected a table experts"),
        (lambda f: f.update(names=f["memos"]), "names.csv: expected only the tables sessions,"),
        (
            lambda f: f.update(experts=f["experts"].drop(columns="quotable")),
            "experts.csv, line 1, quotable: expected a column quotable in the header",
        ),
        (lambda f: f.pop("items"), "items.csv: expected both items.csv and ratings.csv"),
    ],
)
def test_what_is_no_set_of_tables(panel, change, message):
    frames = dict(panel.frames)
    change(frames)
    with pytest.raises(PanelError) as caught:
        make_panel(panel.meta, frames)
    assert message in str(caught.value)


def test_entries_in_memory_are_checked(panel):
    meta = dataclasses.replace(panel.meta, source="real", coders=("ada", "consensus"))
    with pytest.raises(PanelError) as caught:
        make_panel(meta, panel.frames)
    assert [(f.column, f.value) for f in caught.value.faults] == [
        ("source", "real"),
        ("coders", "consensus"),
    ]


# writing


def test_a_written_panel_is_the_same_panel(panel, tmp_path):
    place = write_panel(panel, tmp_path / "deep" / "copy")
    assert place == tmp_path / "deep" / "copy"
    assert load_panel(place) == panel


def test_the_same_panel_gives_the_same_bytes(panel, tmp_path):
    one = write_panel(panel, tmp_path / "one")
    two = write_panel(load_panel(one), tmp_path / "two")
    assert sorted(p.name for p in one.iterdir()) == sorted(p.name for p in two.iterdir())
    for path in one.iterdir():
        assert path.read_bytes() == (two / path.name).read_bytes()


def test_written_files_are_as_the_format_says(panel, tmp_path, files):
    place = write_panel(panel, tmp_path / "copy")
    assert {p.name for p in place.iterdir()} == set(files)
    for path in place.iterdir():
        data = path.read_bytes()
        assert b"\r" not in data
        assert data.endswith(b"\n")
        assert data.decode("utf-8")
    # nothing was written otherwise than the sample is, but for needless quotation marks
    for name in ("sessions.csv", "experts.csv", "coded.csv", "ratings.csv", "items.csv"):
        assert (place / name).read_text("utf-8") == files[name]
    assert (place / "panel.yml").read_text("utf-8").startswith("id: sample\ntitle: A sample\n")


def test_entries_come_back_whatever_they_hold(panel, tmp_path):
    title = 'No: it\'s 1.0, yes - "null" #1 \\ и ещё'
    meta = dataclasses.replace(
        panel.meta, title=title, statement="Two\nlines " + "long " * 60 + "end", coders=()
    )
    coded = panel.coded[panel.coded["coder"] == "consensus"]
    codings = panel.codings[panel.codings["coder"] == "consensus"]
    frames = {**panel.frames, "coded": coded, "codings": codings}
    made = make_panel(meta, frames)
    assert made.meta == meta
    assert load_panel(write_panel(made, tmp_path / "x")) == made


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1, "1"),
        (1.0, "1"),
        (-2.5, "-2.5"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e-7, "0.0000001"),
        (123456789.0, "123456789"),
        (float("nan"), ""),
        (-0.0, "0"),
    ],
)
def test_numbers_as_cells(number, text):
    assert number_text(number) == text


def test_a_folder_that_is_not_empty_is_refused(panel, tmp_path_factory):
    tmp_path = tmp_path_factory.mktemp("full")
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="is not empty; overwrite=True replaces a panel"):
        write_panel(panel, tmp_path)
    with pytest.raises(FileExistsError, match=r"holds no panel\.yml: only a panel is replaced"):
        write_panel(panel, tmp_path, overwrite=True)
    with pytest.raises(FileExistsError, match="is a file"):
        write_panel(panel, tmp_path / "notes.txt", overwrite=True)
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]


def test_an_empty_folder_is_filled(panel, tmp_path):
    (tmp_path / "empty").mkdir()
    assert load_panel(write_panel(panel, tmp_path / "empty")) == panel


def test_a_panel_is_replaced_when_told_and_other_files_are_kept(panel, tmp_path, folder):
    (folder / "README.md").write_text("mine")
    (folder / "source").mkdir()
    (folder / "source" / "a.yml").write_text("mine too")
    frames = {n: f for n, f in panel.frames.items() if n != "memos"}
    write_panel(make_panel(panel.meta, frames), folder, overwrite=True)
    replaced = load_panel(folder)
    assert "memos" not in replaced.frames
    assert replaced.truth is None
    assert (folder / "README.md").read_text() == "mine"
    assert (folder / "source" / "a.yml").read_text() == "mine too"
    assert [p.name for p in folder.parent.iterdir()] == [folder.name]


def test_what_was_there_stays_if_writing_fails(panel, folder, monkeypatch):
    before = digest([folder])

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(writing_module, "_csv", fail)
    with pytest.raises(OSError, match="disk full"):
        write_panel(panel, folder, overwrite=True)
    with pytest.raises(OSError, match="disk full"):
        write_panel(panel, folder.parent / "new")
    assert digest([folder]) == before
    assert [p.name for p in folder.parent.iterdir()] == [folder.name]


def test_what_was_there_comes_back_if_the_last_step_fails(panel, folder, monkeypatch):
    before = digest([folder])
    rename = os.rename
    calls = []

    def second_fails(source, target):
        calls.append(source)
        if len(calls) == 2:
            raise OSError("in use")
        rename(source, target)

    monkeypatch.setattr(os, "rename", second_fails)
    with pytest.raises(OSError, match="in use"):
        write_panel(panel, folder, overwrite=True)
    assert digest([folder]) == before
    assert [p.name for p in folder.parent.iterdir()] == [folder.name]


def test_a_panel_is_written_where_the_link_leads(panel, folder, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(folder)
    assert write_panel(panel, link, overwrite=True) == folder
    assert link.is_symlink()


def test_a_written_folder_can_be_read_by_others(panel, tmp_path):
    place = write_panel(panel, tmp_path / "copy")
    assert Path(place).stat().st_mode & 0o777 == 0o755


def test_a_large_panel_takes_the_same_way(panel):
    """Thousands of rows, so that columns are read and checked in several pieces."""
    statements = pd.concat([panel.statements.astype(object)] * 1200, ignore_index=True)
    statements["statement_id"] = [f"s{i:05d}" for i in range(len(statements))]
    statements["position"] = range(1, len(statements) + 1)
    statements[["start_s", "end_s"]] = None
    coded = pd.DataFrame({"statement_id": statements["statement_id"][1:2], "coder": "consensus"})
    frames = {**panel.frames, "statements": statements, "coded": coded}
    frames["codings"] = panel.codings.iloc[:0]
    meta = dataclasses.replace(panel.meta, coders=())
    made = make_panel(meta, frames)
    assert isinstance(made, Panel)
    assert len(made.statements) == 14400
    broken = statements.copy()
    broken.loc[13_999, "text"] = "a@b.ru"
    broken.loc[12_345, "text"] = "=1"
    with pytest.raises(PanelError) as caught:
        make_panel(meta, {**frames, "statements": broken})
    assert [f.row for f in caught.value.faults] == [12_347, 14_001]
