"""The data dictionary and the descriptors say what the checks check."""

import json
import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from analysis.panel.cells import schema
from analysis.panel.columns import KINDS
from analysis.panel.dictionary import data_dictionary, resources
from analysis.panel.format import META, TABLES
from analysis.panel.format_rules import RULES
from analysis.panel.panel import load_panel


class Tables(HTMLParser):
    """The tables of a page: by id, the caption and the rows of cells."""

    def __init__(self, html):
        super().__init__()
        self.tables, self.open = {}, []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        if tag == "wbr":
            return
        self.open.append(tag)
        if tag == "table":
            self.rows = self.tables.setdefault(dict(attributes)["id"], [])
        if tag == "tr":
            self.rows.append([])
        if tag in {"th", "td", "caption"}:
            self.text = ""

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        if tag in {"th", "td"}:
            self.rows[-1].append(self.text)
        if tag == "caption":
            self.rows.append(self.text)

    def handle_data(self, data):
        self.text = getattr(self, "text", "") + data


@pytest.fixture(scope="module")
def tables():
    return Tables(data_dictionary()).tables


def test_every_file_has_its_table(tables):
    expected = {t.file.replace(".", "-").replace("_", "-") for t in TABLES.values()}
    assert expected | {"panel-yml", "rules"} <= set(tables)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_column_is_described(tables, table):
    caption, head, *rows = tables[table.file.replace(".", "-").replace("_", "-")]
    assert caption.startswith(f"{table.file} {table.meaning}")
    assert ("Optional." in caption) == (not table.required)
    assert head == ["Name", "Holds", "May be empty", "Meaning", "Example"]
    assert [row[0] for row in rows] == list(table.names)
    for column, (_, holds, empty, meaning, example) in zip(table.columns, rows, strict=True):
        assert (empty == "yes") == (not column.required)
        assert meaning == column.meaning
        assert example == column.example
        assert all(choice in holds for choice in column.choices)
        reference = table.reference(column.name)
        assert reference is None or reference.expected in holds


def test_entries_and_rules_are_described(tables):
    assert [row[0] for row in tables["panel-yml"][2:]] == [c.name for c in META]
    assert [row[1] for row in tables["rules"][2:]] == [rule.says for rule in RULES.values()]


def test_every_declared_thing_is_said_in_full_sentences():
    texts = [c.meaning for t in TABLES.values() for c in t.columns] + [c.meaning for c in META]
    texts += [rule.says for rule in RULES.values()] + [t.meaning for t in TABLES.values()]
    for text in texts:
        assert re.fullmatch(r"[A-Z].*[.]", text), text


def test_every_example_is_right():
    """What the dictionary shows as an example passes the checks."""
    for table in TABLES.values():
        examples = {c.name: [c.example] for c in table.columns if c.example}
        schema(table).validate(pd.DataFrame(examples, dtype=object), lazy=True)


def test_required_columns_have_examples():
    for table in TABLES.values():
        assert all(c.example for c in table.columns if c.required), table.file


def test_every_reference_and_key_names_columns():
    for table in TABLES.values():
        for reference in table.references:
            assert reference.column in table.names
            if not reference.table.endswith(".yml"):
                assert reference.target in TABLES[reference.table].names
                assert (reference.target,) in TABLES[reference.table].keys
        for key in table.keys:
            assert set(key) <= set(table.names)
        assert {c.kind for c in table.columns} <= set(KINDS)


def test_a_table_comes_after_those_it_refers_to():
    order = list(TABLES)
    for table in TABLES.values():
        for reference in table.references:
            if reference.table in order:
                assert order.index(reference.table) <= order.index(table.name)


def test_an_unknown_column_is_told():
    with pytest.raises(KeyError, match=r"experts\.csv has no column 'name'"):
        TABLES["experts"].column("name")
    assert TABLES["experts"].column("quotable").kind == "bool"


# descriptors


@pytest.fixture
def described(folder):
    return {r["name"]: r for r in resources(folder, base=folder.parent)}


def test_every_file_is_described(described, files):
    assert {r["path"] for r in described.values()} == {f"sample/{name}" for name in files}
    for resource in described.values():
        assert re.fullmatch("[a-z0-9-]+", resource["name"])
        assert resource["encoding"] == "utf-8"
        assert resource["title"].startswith("A sample: ")
        assert resource["description"].endswith(".")
        kind = "tabular-data-resource" if resource["format"] == "csv" else "data-resource"
        assert resource["profile"] == kind
    assert json.loads(json.dumps(described)) == described


def test_schemas_fit_the_files(described, folder):
    for resource in described.values():
        if resource["format"] != "csv":
            continue
        frame = pd.read_csv(folder.parent / resource["path"], dtype=str, keep_default_na=False)
        fields = resource["schema"]["fields"]
        assert [field["name"] for field in fields] == list(frame.columns)
        assert resource["schema"]["missingValues"] == [""]
        for field in fields:
            cells, limits = frame[field["name"]], field.get("constraints", {})
            given = cells[cells != ""]
            if limits.get("required"):
                assert len(given) == len(cells)
            if limits.get("unique"):
                assert cells.is_unique
            if "enum" in limits:
                assert set(given) <= set(limits["enum"])
            if "pattern" in limits:
                assert given.str.fullmatch(limits["pattern"]).all()
            if "minimum" in limits:
                assert (given.astype(float) >= limits["minimum"]).all()
            if field["type"] == "boolean":
                assert set(given) <= {*field["trueValues"], *field["falseValues"]}
            if field["type"] in {"integer", "number"}:
                given.astype(int if field["type"] == "integer" else float)
        key = resource["schema"]["primaryKey"]
        assert not frame.duplicated([key] if isinstance(key, str) else key).any()


def test_foreign_keys_lead_to_rows(described, folder):
    def cells(resource, fields):
        frame = pd.read_csv(folder.parent / resource["path"], dtype=str, keep_default_na=False)
        rows = frame[[fields] if isinstance(fields, str) else fields]
        return {tuple(row) for row in rows.itertuples(index=False)} - {("",)}

    found = []
    for resource in described.values():
        for key in resource.get("schema", {}).get("foreignKeys", []):
            reference = key["reference"]
            target = described[reference["resource"]] if reference["resource"] else resource
            assert cells(resource, key["fields"]) <= cells(target, reference["fields"])
            found.append((resource["path"].split("/")[1], key["fields"]))
    assert ("experts.csv", "session_id") in found
    assert ("codebook.csv", "parent_id") in found
    assert ("codings.csv", ["statement_id", "coder"]) in found
    # these also hold words that are no key
    assert ("statements.csv", "speaker") not in found
    assert ("coded.csv", "coder") not in found


def test_only_files_that_are_there_are_described(folder):
    for name in ("items.csv", "ratings.csv", "truth.yml"):
        (folder / name).unlink()
    assert load_panel(folder)
    paths = {r["path"] for r in resources(folder, base=folder.parent)}
    assert not {"sample/items.csv", "sample/ratings.csv", "sample/truth.yml"} & paths
    assert "sample/memos.csv" in paths


def test_what_is_no_panel_of_the_package_is_refused(folder, tmp_path):
    with pytest.raises(ValueError, match="sample must lie in elsewhere"):
        resources(folder, base=tmp_path / "elsewhere")
    with pytest.raises(ValueError, match="holds no panel"):
        resources(tmp_path, base=tmp_path)
