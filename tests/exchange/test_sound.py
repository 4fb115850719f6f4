"""Whatever a file holds, the panel made of it passes the check, or the file is refused."""

import io
import random
import zipfile
from html import escape

import pytest
from refusals import taken

from analysis.exchange import refi_writing
from analysis.exchange.detect import read
from analysis.exchange.importing import assemble
from analysis.panel.meta import Meta
from analysis.panel.panel import load_panel, make_panel
from analysis.project import DATA

FILES = sorted((DATA / "imports").iterdir())
PUT = [b"", b"\0", b"\x04", b"\x9b", b"\xff", b"<", b'"', b"\n", b";", b"-->", b"99999999", b"=1"]


def panel_of(path):
    """The panel of a file; a table of codes alone waits for interviews, and is none yet."""
    meta, tables, _ = assemble([read(path)], [])
    return make_panel(Meta(title="A panel", **meta), tables) if {*tables} - {"codebook"} else None


def written(folder, name, content):
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder / name


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_mutated_files_become_a_sound_panel_or_are_refused(path, tmp_path):
    draw = random.Random(path.name)
    for _ in range(60):
        data = bytearray(path.read_bytes())
        for _ in range(draw.choice((1, 2, 5))):
            at = draw.randrange(len(data))
            data[at : at + draw.choice((0, 1, 30))] = draw.choice(PUT)
        taken(panel_of, written(tmp_path, path.name, bytes(data)))


@pytest.mark.parametrize("answers", [("5", "5"), ("5", ""), ("123456789.5", "123456780.25")])
def test_a_scale_of_which_one_point_or_large_ones_were_used(answers, tmp_path):
    path = written(tmp_path, "a.csv", "expert,item,value\nE1,q1,{}\nE2,q1,{}\n".format(*answers))
    panel = panel_of(path)
    low, high = panel.ratings()[0].iloc[0][["lowest", "highest"]]
    assert low < high
    assert panel.ratings()[1].stack().dropna().between(low, high).all()


def test_an_item_without_an_answer_among_others(tmp_path):
    path = written(tmp_path, "a.csv", "expert,item,value\nE1,q1,4\nE1,q2,\nE2,q1,2\n")
    items = panel_of(path).ratings()[0]
    assert items[["lowest", "highest"]].to_numpy().tolist() == [[2, 4], [2, 4]]


def test_ratings_without_any_answer_are_none(tmp_path):
    path = written(tmp_path, "a.csv", "expert,code,q\nE1,money,x\nE2,money,\n")
    answers = written(tmp_path, "b.csv", "expert,item,value\nE1,q1,\nE2,q1,\n")
    _, tables, _ = assemble([read(path), read(answers)], [])
    assert "ratings" not in tables
    assert "items" not in tables


@pytest.mark.parametrize("name", ["", "Ada <b>", "consensus!"])
def test_a_project_of_our_own_whose_names_are_no_ids_is_any_project(name, tmp_path):
    panel = load_panel(DATA / "panels" / "constructed")
    packed = zipfile.ZipFile(io.BytesIO(refi_writing.project(panel)[0]))
    files = {one: packed.read(one) for one in packed.namelist()}
    user = f'name="{panel.coders[0]}"'.encode()
    assert user in files["project.qde"]
    files["project.qde"] = files["project.qde"].replace(user, f'name="{escape(name)}"'.encode())
    with zipfile.ZipFile(tmp_path / "a.qdpx", "w") as archive:
        for one, data in files.items():
            archive.writestr(one, data)
    again = panel_of(tmp_path / "a.qdpx")
    assert len(again.statements) == len(panel.statements)
    assert len(again.coders) == len(panel.coders)


def test_control_characters_in_a_transcript(tmp_path):
    path = written(tmp_path, "a.txt", "Ann Lee: one\x04 two\x9b\nBob Ray: t\u202ehree\n")
    said = panel_of(path).frames["statements"]["text"]
    assert said.tolist() == ["one\ufffd two\ufffd", "t\ufffdhree"]
