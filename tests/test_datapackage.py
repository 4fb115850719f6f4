"""``data/datapackage.json`` describes every file in ``data/``, column by column."""

import json
import shutil

import pandas as pd
import pytest

from analysis.datapackage import as_text, main, with_panels
from analysis.project import DATA

PACKAGE = json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))
TABLES = [r for r in PACKAGE["resources"] if r["profile"] == "tabular-data-resource"]


def test_every_file_is_described_once():
    described = [r["path"] for r in PACKAGE["resources"]]
    found = [p.relative_to(DATA).as_posix() for p in DATA.rglob("*") if p.is_file()]
    assert sorted(described) == sorted(set(found) - {"datapackage.json"})
    assert len({r["name"] for r in PACKAGE["resources"]}) == len(described)


@pytest.mark.parametrize("resource", TABLES, ids=lambda r: r["path"])
def test_columns_are_described_in_order_and_hold_what_is_said(resource):
    frame = pd.read_csv(DATA / resource["path"])
    fields = resource["schema"]["fields"]
    assert list(frame.columns) == [f["name"] for f in fields]
    for field in fields:
        column = frame[field["name"]]
        assert field["description"].strip(), field["name"]
        present = column.dropna()
        if field["type"] == "integer":
            assert (present == present.astype(int)).all(), field["name"]
        elif field["type"] == "number":
            assert present.dtype.kind in "if", field["name"]
        elif field["type"] == "boolean":
            assert set(present) <= {True, False}, field["name"]
        limits = field.get("constraints", {})
        assert set(present) <= set(limits.get("enum", present)), field["name"]
        assert present.is_unique or not limits.get("unique"), field["name"]
        assert len(present) == len(column) or not limits.get("required"), field["name"]
    key = resource["schema"].get("primaryKey", [])
    if key:
        assert not frame.duplicated(key if isinstance(key, list) else [key]).any()


def test_every_resource_is_titled_described_and_licensed():
    assert PACKAGE["licenses"]
    for resource in PACKAGE["resources"]:
        assert resource["title"]
        assert resource["description"].endswith(".")
        if resource["path"].startswith("public/"):
            assert resource["sources"], resource["path"]


def test_the_panels_are_described_by_the_declaration_of_their_format():
    text = (DATA / "datapackage.json").read_text(encoding="utf-8")
    assert text == as_text(with_panels(PACKAGE)), "run: python -m analysis.datapackage"


def test_writing_it_anew_keeps_what_describes_other_files(tmp_path):
    file = tmp_path / "datapackage.json"
    others = [r for r in PACKAGE["resources"] if not r["path"].startswith("panels/")]
    stale = [{"path": "panels/gone/panel.yml"}]
    file.write_text(json.dumps({**PACKAGE, "resources": others + stale}), encoding="utf-8")
    shutil.copytree(DATA / "panels", tmp_path / "panels")
    assert main(file) == 0
    assert file.read_bytes() == (DATA / "datapackage.json").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["datapackage.json", "panels"]
