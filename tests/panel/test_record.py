"""The loader of the study record and the claims: sound files load, every fault is named."""

import copy
import csv
from pathlib import Path

import pytest
import yaml

from analysis.panel.record import (
    CLAIM_COLUMNS,
    COREQ_ITEMS,
    RecordError,
    load_claims,
    load_record,
)
from analysis.project import DATA


@pytest.fixture(scope="module")
def content():
    return yaml.safe_load((DATA / "record.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def record():
    return load_record()


@pytest.fixture(scope="module")
def rows():
    with (DATA / "claims.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def faults_of_record(tmp_path: Path, content) -> list[str]:
    path = tmp_path / "record.yml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    with pytest.raises(RecordError) as caught:
        load_record(path)
    return list(caught.value.faults)


def write_claims(tmp_path: Path, rows, columns=CLAIM_COLUMNS) -> Path:
    path = tmp_path / "claims.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, columns, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def faults_of_claims(tmp_path: Path, record, rows) -> list[str]:
    with pytest.raises(RecordError) as caught:
        load_claims(record, write_claims(tmp_path, rows))
    return list(caught.value.faults)


def entry(content, section, id):
    return next(e for e in content[section] if e["id"] == id)


class TestTheShippedRecord:
    def test_states_what_the_abstract_states(self, record):
        assert record.count("experts") == 20
        assert record.value("platform") == "Zoom"
        assert record.value("held") == "2021-12"
        assert record.value("published") == "2023-04"
        assert record.value("doi") == "10.26425/2658-347X-2023-6-1-4-12"
        assert [e.id for e in record.sections["tasks"]] == ["role", "problems", "platforms"]
        assert len(record.sections["expert_kinds"]) == 8
        assert len(record.sections["conclusions"]) == 4
        assert len(record.sections["keywords"]) == 9

    def test_keeps_unchecked_what_was_not_seen(self, record):
        unchecked = {e.id for e in record.facts() if not e.checked}
        assert unchecked == {"precursor-volume", "precursor-doi", "citing-feedback"}
        assert not any(e.values["cites_checked"] for e in record.sections["citing"])

    def test_a_fact_from_the_description_alone_is_not_checked(self, record):
        for fact in record.facts():
            pages = [p for p in fact.stated_in if record.places[p].kind == "page"]
            assert pages or not fact.checked

    def test_lists_what_the_study_keeps_to_itself(self, record):
        status = {e.id: e.text("status") for e in record.sections["not_public"]}
        for id in ("transcripts", "guide", "counts-by-kind", "sessions", "durations", "consent"):
            assert status[id] == "not public"
        assert status["moderator"] == "not known to be public"

    def test_entries_are_found_by_id(self, record):
        assert record.entry("zotov").text("name") == "V. V. Zotov"
        assert record.entry("zotov").text("no such field") == ""
        with pytest.raises(KeyError, match="nobody"):
            record.entry("nobody")
        with pytest.raises(TypeError, match="title"):
            record.count("title")


class TestFaultsOfTheRecord:
    def test_missing_file(self, tmp_path):
        with pytest.raises(RecordError, match=r"record\.yml: no such file"):
            load_record(tmp_path / "record.yml")

    def test_not_utf_8(self, tmp_path):
        path = tmp_path / "record.yml"
        path.write_bytes("about: Роль".encode("cp1251"))
        with pytest.raises(RecordError, match=r"record\.yml: not UTF-8 text \(byte 7\)"):
            load_record(path)

    def test_not_yaml_names_the_line(self, tmp_path):
        path = tmp_path / "record.yml"
        path.write_text("about: x\narticle: [\n", encoding="utf-8")
        with pytest.raises(RecordError, match=r"record\.yml, line 3: not valid YAML"):
            load_record(path)

    @pytest.mark.parametrize("text", ["", "- a\n- b\n", "just text"])
    def test_no_sections(self, tmp_path, text):
        path = tmp_path / "record.yml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(RecordError, match="expected sections"):
            load_record(path)

    @pytest.mark.parametrize(
        ("section", "id", "change", "message"),
        [
            ("authors", "boev", {"affiliation": ""}, "field 'affiliation': is empty"),
            ("authors", "boev", {"age": "1"}, "unknown field 'age'"),
            ("authors", "boev", {"id": "Boev"}, "id 'Boev': expected lower-case letters"),
            ("authors", "boev", {"id": "zotov"}, "id 'zotov' is used before, in authors"),
            ("authors", "boev", {"note": 3}, "field 'note': expected text, got 3"),
            ("article", "volume", {"value": 6}, "field 'value': expected text, got 6"),
            ("article", "title", {"stated_in": []}, "stated_in: expected a list of places"),
            ("article", "title", {"stated_in": ["web"]}, "no place 'web' under places"),
            ("article", "title", {"checked": "yes"}, "checked: expected true or false, got 'yes'"),
            (
                "article",
                "title",
                {"stated_in": ["description"]},
                "checked is true, but none of its places is a public page",
            ),
            ("article", "published", {"value": "April 2023"}, "expected YYYY-MM, got 'April 2023'"),
            ("interview", "held", {"value": "2021-13"}, "expected YYYY-MM, got '2021-13'"),
            ("interview", "experts", {"value": "20"}, "value: expected a whole number, got '20'"),
            ("interview", "experts", {"value": True}, "expected text or a whole number, got True"),
            ("interview", "experts", {"value": 7}, "7 experts cannot be of 8 kinds"),
            ("interview", "experts", {"id": "people"}, "the fact 'experts' is missing"),
            ("citing", "citing-baltic", {"cites_checked": 0}, "expected true or false, got 0"),
            ("not_public", "guide", {"status": "secret"}, "expected one of not public, not known"),
            ("not_public", "guide", {"stage": "Later"}, "expected one of Recruitment, Sessions"),
            ("reporting", "coreq-01", {"number": "1"}, "expected a whole number, got '1'"),
            ("reporting", "coreq-01", {"number": 2}, "expected the items 1 to 32 in order"),
            ("places", "doaj", {"kind": "rumour"}, "expected one of page, statement"),
        ],
    )
    def test_a_broken_entry_is_named(self, tmp_path, content, section, id, change, message):
        broken = copy.deepcopy(content)
        entry(broken, section, id).update(change)
        faults = faults_of_record(tmp_path, broken)
        assert any(message in fault for fault in faults), faults
        assert all(fault.startswith("record.yml, ") for fault in faults)

    def test_a_missing_field_is_named_with_its_entry(self, tmp_path, content):
        broken = copy.deepcopy(content)
        del broken["tasks"][1]["text_ru"]
        assert faults_of_record(tmp_path, broken) == [
            "record.yml, tasks entry 2 (problems): field 'text_ru' is missing"
        ]

    def test_an_unquoted_day_is_explained(self, tmp_path, content):
        text = (DATA / "record.yml").read_text(encoding="utf-8")
        path = tmp_path / "record.yml"
        path.write_text(text.replace('"2020-05-12"', "2020-05-12"), encoding="utf-8")
        with pytest.raises(RecordError, match=r"precursor-received.*put quotation marks around"):
            load_record(path)

    def test_missing_and_unknown_sections(self, tmp_path, content):
        broken = copy.deepcopy(content)
        broken["authrs"] = broken.pop("authors")
        faults = faults_of_record(tmp_path, broken)
        assert "record.yml, authrs: unknown section" in faults
        assert "record.yml, authors: expected a list of entries, found none" in faults

    def test_an_entry_that_is_no_mapping(self, tmp_path, content):
        broken = copy.deepcopy(content)
        broken["keywords"][0] = "data analysts"
        faults = faults_of_record(tmp_path, broken)
        assert faults == [
            "record.yml, keywords entry 1: expected fields such as 'id: ...', got 'data analysts'"
        ]

    def test_no_word_on_how_it_was_made(self, tmp_path, content):
        broken = copy.deepcopy(content)
        broken["about"] = " "
        assert faults_of_record(tmp_path, broken) == [
            "record.yml, about: expected a sentence that says how the record was made"
        ]

    def test_a_checklist_item_left_out(self, tmp_path, content):
        broken = copy.deepcopy(content)
        broken["reporting"].pop()
        assert faults_of_record(tmp_path, broken) == [
            f"record.yml, reporting: expected the items 1 to {COREQ_ITEMS} in order, each once"
        ]

    def test_every_fault_at_once(self, tmp_path, content):
        broken = copy.deepcopy(content)
        entry(broken, "authors", "boev")["name"] = ""
        entry(broken, "keywords", "infrastructure")["checked"] = None
        del entry(broken, "conclusions", "dialogue")["text"]
        assert len(faults_of_record(tmp_path, broken)) == 3


class TestClaims:
    def test_each_conclusion_and_task_has_its_claim(self, record):
        claims = load_claims(record)
        assert [c.claim_id for c in claims] == ["C1", "C2", "C3", "C4", "T1", "T2a", "T2b", "T3"]
        assert {c.fact for c in claims if c.kind == "conclusion"} == {
            e.id for e in record.sections["conclusions"]
        }
        assert {c.fact for c in claims if c.kind == "task"} == {
            e.id for e in record.sections["tasks"]
        }

    def test_only_the_last_conclusion_is_a_hope_with_a_condition(self, record):
        conclusions = [c for c in load_claims(record) if c.kind == "conclusion"]
        assert [c.strength for c in conclusions] == ["concluded"] * 3 + ["hoped"]
        assert [bool(c.condition) for c in conclusions] == [False, False, False, True]

    def test_public_statistics_bear_on_conclusions_only(self, record):
        for claim in load_claims(record):
            assert bool(claim.would_support_public) == (claim.kind == "conclusion")
            assert bool(claim.would_count_against_public) == (claim.kind == "conclusion")

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"claim_id": "X1"}, "claim_id 'X1': expected C1"),
            ({"claim_id": "C2"}, "claim_id is used before"),
            ({"kind": "finding"}, "kind: expected one of conclusion, task; got 'finding'"),
            ({"direction": "up"}, "direction: expected one of rises"),
            ({"strength": "proved"}, "strength: expected one of concluded"),
            ({"fact": "wealth"}, "fact 'wealth' is not among the record's conclusions"),
            ({"fact": "role"}, "fact 'role' is not among the record's conclusions"),
            ({"fact": "feedback"}, "no claim for 'services'"),
            ({"text_ru": ""}, "text_ru is empty"),
            ({"would_support_public": ""}, "both or neither"),
            ({"stated_in": "journal-page;doaj"}, "does not place its fact in 'doaj'"),
        ],
    )
    def test_a_broken_row_is_named(self, tmp_path, record, rows, change, message):
        broken = [{**rows[0], **change}, *rows[1:]]
        faults = faults_of_claims(tmp_path, record, broken)
        assert any(message in fault for fault in faults), faults
        assert all(fault.startswith("claims.csv") for fault in faults)

    def test_the_line_is_named(self, tmp_path, record, rows):
        broken = [*rows[:2], {**rows[2], "subject": ""}, *rows[3:]]
        assert faults_of_claims(tmp_path, record, broken) == [
            "claims.csv, line 4 (C3): subject is empty"
        ]

    def test_other_columns(self, tmp_path, record, rows):
        path = write_claims(tmp_path, rows, CLAIM_COLUMNS[:-1])
        with pytest.raises(RecordError, match=r"claims\.csv, line 1: expected the columns claim_"):
            load_claims(record, path)

    def test_empty_file(self, tmp_path, record):
        path = tmp_path / "claims.csv"
        path.write_text("", encoding="utf-8")
        with pytest.raises(RecordError, match="got nothing"):
            load_claims(record, path)

    def test_missing_file(self, tmp_path, record):
        with pytest.raises(RecordError, match=r"claims\.csv: no such file"):
            load_claims(record, tmp_path / "claims.csv")

    def test_not_utf_8(self, tmp_path, record):
        path = tmp_path / "claims.csv"
        path.write_bytes("Роль".encode("cp1251"))
        with pytest.raises(RecordError, match="not UTF-8"):
            load_claims(record, path)

    @pytest.mark.parametrize("change", [lambda line: line + ",x", lambda line: line[:40]])
    def test_a_row_with_more_or_fewer_cells(self, tmp_path, record, change):
        lines = (DATA / "claims.csv").read_text(encoding="utf-8").splitlines()
        lines[4] = change(lines[4])
        path = tmp_path / "claims.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        with pytest.raises(RecordError) as caught:
            load_claims(record, path)
        assert caught.value.faults[0] == "claims.csv, line 5 (C4): expected 14 cells"
