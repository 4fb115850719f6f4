"""A panel as a whole: types, what is read with a note, digests, changed copies, writing, report."""

import os
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from panels import put

from analysis.check import check
from analysis.panel import writing
from analysis.panel.faults import PanelError
from analysis.panel.panel import load_panel, make_panel
from analysis.project import DATA, digest


def plan_of(folder):
    return yaml.safe_load((folder / "plan.yml").read_text(encoding="utf-8"))


def files_of(panel):
    return dict(panel.contents())


def test_tables_have_proper_types(panel):
    said = panel.frames["statements"]
    assert said["text"].dtype == said["statement_id"].dtype == "str"
    assert said["position"].dtype == np.int64
    assert said["start_s"].dtype == np.float64
    assert list(said["speaker"].cat.categories) == ["e01", "e02", "e03", "e04", "e05", "moderator"]
    assert said["question_id"].isna().sum() == 2
    assert panel.frames["experts"]["quotable"].dtype == np.bool_
    assert list(panel.frames["codings"]["stance"].cat.categories) == ["raises", "opposes"]
    assert said["text"].iloc[3] == 'И ещё: "одно окно" — это не про нас.'
    assert said["text"].iloc[10] == "Люди не умеют,\nа мы не учим."
    assert pd.isna(panel.frames["ratings"]["value"].iloc[4])
    assert panel.truth == {"seed": 1, "prevalence": {"double_work": 0.4}}
    assert repr(panel) == f"<Panel sample (constructed), digest {panel.digest}>"


def test_the_chosen_panel_is_loaded_without_a_path(panel, folder, monkeypatch):
    monkeypatch.setenv("STUDY_PANEL", str(folder))
    assert files_of(load_panel()) == files_of(panel) == files_of(load_panel(str(folder)))
    monkeypatch.delenv("STUDY_PANEL")
    assert load_panel().meta.id == "constructed"


def excel(text):
    """A table as Excel on Windows saves it in Russia."""
    return b"\xef\xbb\xbf" + text.replace(",", ";").replace("\n", "\r\n").encode("utf-8")


def test_what_excel_saves_is_read_and_said(files, panel, written, tmp_path):
    changed = {**files, "ratings.csv": excel(files["ratings.csv"]).replace(b"0.", b"0,")}
    changed["experts.csv"] = excel(files["experts.csv"])
    changed["panel.yml"] = files["panel.yml"].replace("\n", "\r\n").encode("utf-8")
    loaded = load_panel(written(tmp_path, changed))
    for name in ("ratings", "experts"):
        assert loaded.frames[name].equals(panel.frames[name])
    assert loaded.notes[:4] == (
        "experts.csv begins with a byte-order mark",
        "experts.csv has the line ends of Windows",
        "experts.csv has semicolons between cells, and decimal commas",
        "panel.yml has the line ends of Windows",
    )


def test_other_columns_are_kept_and_said(files, written, tmp_path):
    text = files["experts.csv"].replace("\n", ",x\n").replace("quotable,x", "quotable,age")
    panel = load_panel(written(tmp_path / "a", {**files, "experts.csv": text}))
    assert panel.frames["experts"]["age"].tolist() == ["x"] * 5
    assert "age" not in panel.experts
    assert panel.notes == (
        "experts.csv has columns that are no part of the format, kept and shown nowhere: age",
    )
    assert files_of(load_panel(put(panel, tmp_path / "b"))) == files_of(panel)
    contact = text.replace("e05,g2,science,true,x", "e05,g2,science,true,a@b.ru")
    with pytest.raises(PanelError, match="no e-mail"):
        load_panel(written(tmp_path / "a", {**files, "experts.csv": contact}))


def test_columns_may_stand_in_any_order(folder, panel):
    for path in folder.glob("*.csv"):
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        frame[frame.columns[::-1]].to_csv(path, index=False, lineterminator="\n")
    assert files_of(load_panel(folder)) == files_of(panel)


def test_reporting(folder):
    (folder / "reporting.yml").write_text("coreq-1: One interviewer.\n", encoding="utf-8")
    panel = load_panel(folder)
    assert panel.reporting == {"coreq-1": "One interviewer."}
    (folder / "reporting.yml").write_text("coreq-1: [x]\n", encoding="utf-8")
    with pytest.raises(PanelError, match="coreq-1: expected text; got 'a list'"):
        load_panel(folder)


def test_the_digest_is_that_of_the_files_of_the_format(panel, folder):
    assert load_panel(folder).digest == panel.digest == digest([folder], base=folder)
    (folder / "notes.md").write_text("a note")
    assert load_panel(folder).digest == panel.digest
    memos = folder / "memos.csv"
    memos.write_text(memos.read_text(encoding="utf-8").replace("keep", "kept"), encoding="utf-8")
    assert load_panel(folder).digest != panel.digest


def test_only_the_files_of_the_format_are_read_and_copied(panel, folder, tmp_path):
    secret = tmp_path / "secret.yml"
    secret.write_text("seed: 1")
    (folder / "title.yml").symlink_to(secret)
    (folder / "recording.wav").write_bytes(b"\0" * 1000)
    (folder / "more").mkdir()
    (folder / "more" / "experts.csv").write_text("nobody")
    os.mkfifo(folder / "notes.yml")  # whoever opens it waits for good
    opened = set()

    def note(event, details):
        if event == "open" and str(details[0]).startswith(str(tmp_path)):
            opened.add(os.path.basename(details[0]))

    sys.addaudithook(note)
    read = load_panel(folder, copy=tmp_path / "copy")
    names = {name for name, _ in panel.contents()}
    assert opened == names
    assert {path.name for path in (tmp_path / "copy").iterdir()} == names
    assert read.digest == panel.digest == digest([tmp_path / "copy"], base=tmp_path / "copy")


def test_the_tables_cannot_be_edited_in_place(panel, folder):
    before = panel.digest
    with pytest.raises(TypeError):
        panel.frames["codings"] = panel.frames["codings"].iloc[1:]
    for frame in (panel.frames["codings"], panel.codings, panel.experts, panel.raised()):
        frame.iloc[0] = frame.iloc[1]
    panel.plan["sides"].clear()
    panel.truth["seed"] = 2
    again = make_panel(panel.meta, panel.frames, panel.truth, plan_of(folder))
    assert files_of(again) == files_of(panel)
    assert panel.raised().equals(again.raised())
    assert panel.plan["sides"]
    assert (panel.digest, panel.changed) == (before, False)


def test_a_copy_without_an_expert(panel):
    left = panel.without(expert="e02")
    assert left.changed
    assert repr(left).endswith("changed>")
    assert left.digest not in (panel.digest, panel.without(expert="e01").digest)
    assert "e02" not in left.experts.index
    assert "e02" not in list(left.statements["speaker"].cat.categories)
    assert "e02" not in left.ratings()[1].index
    assert not set(left.codings["statement"]) & {"s03", "s04"}
    assert left.raised().equals(panel.raised().drop("e02"))
    assert left.plan["sides"] == panel.plan["sides"]
    assert list(panel.without(["e02", "e01"]).experts.index) == ["e03", "e04", "e05"]
    assert not panel.changed


def test_a_copy_with_another_table(panel):
    fewer = panel.replace(codings=panel.codings.iloc[1:])
    assert fewer.changed
    assert fewer.digest != panel.digest
    assert fewer.raised().sum().sum() == panel.raised().sum().sum() - 1
    assert files_of(panel.replace(codings=panel.frames["codings"])) == files_of(panel)
    with pytest.raises(PanelError, match=r"experts\.csv, line 2"):
        panel.replace(experts=panel.frames["experts"].assign(session_id="g9"))
    with pytest.raises(ValueError, match="a table must be one of"):
        panel.replace(nothing=panel.codings)


def test_tables_in_memory_make_the_panel_that_their_files_give(panel, folder, tmp_path):
    made = make_panel(panel.meta, panel.frames, panel.truth, plan_of(folder))
    assert files_of(made) == files_of(panel)
    written = put(made, tmp_path / "written")
    assert files_of(load_panel(written)) == files_of(panel)
    assert load_panel(written).digest == made.digest
    plain = {name: frame.astype(object) for name, frame in panel.frames.items()}
    assert files_of(make_panel(panel.meta, plain, panel.truth, plan_of(folder))) == files_of(panel)


def test_writing_keeps_the_constructed_panel_as_it_is(tmp_path):
    source = DATA / "panels" / "constructed"
    target = put(load_panel(source), tmp_path / "panel")
    for path in target.iterdir():
        assert path.read_bytes() == (source / path.name).read_bytes()


@pytest.mark.parametrize("text", ["a\rb", "a\0b", "a\ud800b", "\u202eb"])
def test_what_a_folder_would_be_refused_for_is_refused_in_memory(panel, text):
    frames = {**panel.frames, "stakeholders": panel.frames["stakeholders"].assign(name=text)}
    with pytest.raises(PanelError, match=r"stakeholders\.csv"):
        make_panel(panel.meta, frames)
    with pytest.raises(PanelError, match=r"panel\.yml"):
        make_panel(replace(panel.meta, title=text), panel.frames)


NAMES = st.text(min_size=1, max_size=30)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(name=NAMES, text=NAMES, number=st.floats(0, 1e9))
def test_what_is_accepted_comes_back_whatever_it_holds(panel, tmp_path, name, text, number):
    frames = dict(panel.frames)
    frames["stakeholders"] = frames["stakeholders"].assign(name=name)
    frames["memos"] = frames["memos"].assign(text=text)
    frames["sessions"] = frames["sessions"].assign(minutes=number + 2)
    try:
        made = make_panel(replace(panel.meta, title=name), frames, {"a": text, "b": [text] * 2})
    except PanelError:
        return
    again = load_panel(put(made, tmp_path / "panel"))
    assert files_of(again) == files_of(made)
    assert again.digest == made.digest
    assert again.frames["sessions"]["minutes"].tolist() == [number + 2] * 2


def test_a_folder_is_replaced_and_keeps_what_is_no_part_of_the_format(panel, folder):
    (folder / "kept").mkdir()
    (folder / "kept" / "a.txt").write_text("kept")
    made = make_panel(panel.meta, panel.frames)
    put(made, folder)
    assert files_of(load_panel(folder)) == files_of(made)
    assert not (folder / "plan.yml").exists()  # the other had one
    assert (folder / "kept" / "a.txt").read_text() == "kept"


@pytest.mark.parametrize("step", [1, 2])
def test_what_was_there_stays_if_writing_fails(step, panel, folder, monkeypatch):
    steps = iter(range(1, 9))

    def fail(*places):
        if next(steps) == step:
            raise OSError("full")
        return rename(*places)

    rename = os.rename
    monkeypatch.setattr(writing.os, "rename", fail)
    with pytest.raises(OSError, match="full"):
        put(make_panel(panel.meta, panel.frames), folder)
    assert files_of(load_panel(folder)) == files_of(panel)
    assert [path.name for path in folder.parent.iterdir()] == ["sample"]


SAID = """\
panel        sample: A sample (source: constructed; digest: {digest})
statement    Written for tests; no real expert said any of it.
experts      5 of 3 kinds of stakeholder; 4 quotable
sessions     2 (group), 2021-12 to 2021-12-06
statements   12: 8 by experts, 4 by the moderator; all timed
codes        3 themes, 3 codes under them
coding       consensus: 8 statements, 9 codings (7 raised, 2 opposed)
coding       ada: 4 statements, 4 codings (4 raised, 0 opposed)
coding       boris: 4 statements, 3 codings (2 raised, 1 opposed)
ratings      3 items, 6 answers, 1 blank
translations 6 of 12 statements in English
plan         codes and items for 2 claims; 2 contrasts between state, society; a ladder of 2 rungs
note         1 expert without a statement: e05
note         2 codings of a theme that has codes under it: counted at the level of themes only
note         the sessions have no order in time: It is not known which of the sessions g2 and g1 \
was earlier.
result       sound: no fault"""


def test_what_study_check_says(folder, panel):
    assert check(folder) == (SAID.format(digest=panel.digest), True)
    (folder / "stakeholders.csv").unlink()
    (folder / "plan.yml").unlink()
    text, sound = check(folder)
    assert sound
    (folder / "guide.csv").unlink()
    text, sound = check(folder)
    assert not sound
    assert text.splitlines()[0] == (
        "statements.csv, line 2, question_id: expected a question_id of guide.csv; got 'q1'"
    )


def test_what_is_worth_knowing_is_noted(files, written, tmp_path):
    edits = [
        ("sessions.csv", "g2,2021-12,", "g3,2022-01,\ng2,2021-11,"),
        ("stakeholders.csv", "science,", "business,Business,,\nscience,"),
        ("guide.csv", "q3,", "q4,role,4,What else?,\nq3,"),
        ("codings.csv", "s12,consensus,obstacles,raises\n", ""),
        ("codings.csv", "s07,consensus,voice,raises\ns09,", "s09,"),
        ("codings.csv", "s12,consensus,voice,raises\n", ""),
        ("coded.csv", "s07,consensus\n", ""),
        ("experts.csv", "e05,", "".join(f"x{i},g1,civil,true\n" for i in range(6)) + "e05,"),
    ]
    for file, old, new in edits:
        files = {**files, file: files[file].replace(old, new, 1)}
    text, sound = check(written(tmp_path, files))
    assert sound
    assert [line[13:] for line in text.splitlines() if line.startswith("note")] == [
        "7 experts without a statement: e05, x0, x1, x2, x3 and 2 more",
        "1 session without a statement: g3",
        "1 kind of stakeholder without an expert: business",
        "1 question never reached: q4",
        "1 code never given: voice",
        "1 statement of experts that nobody coded",
        "1 coding of a theme that has codes under it: counted at the level of themes only",
    ]
