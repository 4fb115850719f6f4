"""The data dictionary and the descriptors say what the checks check."""

import re
from html import unescape

import pytest

from analysis.chapters.data_dictionary import data_dictionary
from analysis.datapackage import resources
from analysis.panel.cells import problems
from analysis.panel.format import FILES, KINDS, TABLES

CELL = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>")


@pytest.fixture(scope="module")
def pages():
    """The tables of the page: by id, the caption and the cells of each row, without markup."""
    found = {}
    for id, caption, body in re.findall(
        r'<table id="([^"]+)"><caption>(.*?)</caption>.*?<tbody>(.*?)</tbody>', data_dictionary()
    ):
        rows = [CELL.findall(row) for row in body.split("</tr>")[:-1]]
        plain = [[unescape(re.sub("<[^>]+>", "", cell)) for cell in row] for row in rows]
        found[id] = (unescape(re.sub("<[^>]+>", "", caption)), plain)
    return found


@pytest.mark.parametrize("table", FILES.values(), ids=FILES)
def test_every_file_and_column_is_described(pages, table):
    caption, rows = pages[table.file.replace(".", "-").replace("_", "-")]
    assert caption.startswith(f"{table.file} {table.meaning}")
    assert ("Optional." in caption) == table.optional
    assert [row[0] for row in rows] == list(table.names)
    for column, (_, holds, empty, meaning, example) in zip(table.columns, rows, strict=True):
        assert (empty == "yes") == column.optional
        assert (meaning, example) == (column.meaning, column.example)
        assert all(choice in holds for choice in column.choices)
        assert not column.refers or column.kind == "list" or column.target in holds
    rules = [[table.file, rule] for rule in table.rules]
    assert [row for row in pages["rules"][1] if row[0] == table.file] == rules


@pytest.mark.parametrize("table", FILES.values(), ids=FILES)
def test_the_declaration_is_sound(table):
    columns = {column.name: column for column in table.columns}
    for column in table.columns:
        assert re.fullmatch(r"[A-Z].*[.]", column.meaning), column.meaning
        assert column.kind in KINDS
        assert column.example or column.optional, column.name
        if column.example and column.kind not in {"list", "names"}:
            assert list(problems(column, column.example)) == []
        if column.refers and not column.refers[0].endswith(".yml"):
            target = TABLES[column.refers[0]]
            assert (column.refers[1],) in target.keys
            if table.name in TABLES:
                assert list(TABLES).index(target.name) <= list(TABLES).index(table.name)
    assert {name for key in table.keys for name in key} <= set(columns)
    assert all(re.fullmatch(r"[A-Z].*[.]", text) for text in (table.meaning, *table.rules))


def test_descriptors_follow_the_declaration(folder):
    found = {r["path"]: r for r in resources(folder, base=folder.parent)}
    assert found["sample/plan.yml"]["name"] == "panel-sample-plan"
    assert len({r["name"] for r in found.values()}) == len(found) == len(list(folder.iterdir()))
    for table in (t for t in TABLES.values() if (folder / t.file).exists()):
        schema = found[f"sample/{table.file}"]["schema"]
        header = (folder / table.file).read_text(encoding="utf-8").split("\n")[0].split(",")
        assert [field["name"] for field in schema["fields"]] == header
        key = schema["primaryKey"]
        there = tuple(column for column in table.keys[0] if column in header)
        assert tuple([key] if isinstance(key, str) else key) == there
        for field in schema["fields"]:
            column = table.column(field["name"])
            limits = field.get("constraints", {})
            assert field["type"] == KINDS[column.kind].type
            assert bool(limits.get("required")) != column.optional
            assert tuple(limits.get("enum", ())) == column.choices
    keys = {
        k["fields"]: k["reference"] for k in found["sample/experts.csv"]["schema"]["foreignKeys"]
    }
    assert keys["session_id"] == {"resource": "panel-sample-sessions", "fields": "session_id"}
    within = found["sample/codings.csv"]["schema"]["foreignKeys"][-1]
    assert within["reference"]["resource"] == "panel-sample-coded"
