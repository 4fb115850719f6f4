"""The study record's tables and results, recomputed from the files by a second, plain route."""

import csv
from itertools import product

import pytest
import yaml

from analysis.display.notebook import findings
from analysis.evidence.findings import SOURCES, STANDINGS
from analysis.panel.record import load_claims, load_record
from analysis.project import DATA
from analysis.steps import study_record as step


@pytest.fixture(scope="module")
def content():
    return yaml.safe_load((DATA / "record.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def record():
    return load_record()


@pytest.fixture(scope="module")
def claims(record):
    return load_claims(record)


@pytest.fixture(scope="module")
def results(record):
    return {r.id: r for r in step.results(record)}


FACT_SECTIONS = (
    "article",
    "authors",
    "interview",
    "expert_kinds",
    "tasks",
    "conclusions",
    "precursor",
    "keywords",
    "citing",
    "related",
)


def sizes(experts, kinds):
    """Every way to spread experts over kinds, at least one each, by enumeration."""
    most = experts - kinds + 1
    return [s for s in product(range(1, most + 1), repeat=kinds) if sum(s) == experts]


class TestGroups:
    @pytest.mark.parametrize(("experts", "kinds"), [(1, 1), (5, 1), (5, 5), (7, 3), (9, 4)])
    def test_bounds_and_number_of_allocations_by_enumeration(self, experts, kinds):
        every = sizes(experts, kinds)
        assert step.allocations(experts, kinds) == len(every)
        assert step.group_bounds(experts, kinds) == {
            "largest_at_least": min(max(s) for s in every),
            "smallest_at_most": max(min(s) for s in every),
            "largest_at_most": max(max(s) for s in every),
        }

    def test_allocations_of_the_study_by_recursion(self, results):
        def ways(experts, kinds):
            if kinds == 1:
                return 1
            return sum(ways(experts - first, kinds - 1) for first in range(1, experts - kinds + 2))

        assert results["sr-allocations"].value == ways(20, 8) == 50388
        assert results["sr-largest-least"].value == 3
        assert results["sr-smallest-most"].value == 2
        assert results["sr-largest-most"].value == 13

    @pytest.mark.parametrize(("experts", "kinds"), [(3, 4), (3, 0), (0, 0)])
    def test_impossible_numbers_are_refused(self, experts, kinds):
        with pytest.raises(ValueError, match="expected 1 <= kinds <= experts"):
            step.group_bounds(experts, kinds)

    def test_sessions(self, results):
        assert results["sr-most-sessions"].value == 10
        assert step.most_sessions(5) == 2
        with pytest.raises(ValueError, match="needs two experts"):
            step.most_sessions(1)


class TestResults:
    def test_stated_facts_are_those_of_the_file(self, content, results):
        article = {e["id"]: e["value"] for e in content["article"]}
        interview = {e["id"]: e["value"] for e in content["interview"]}
        for name in ("title", "journal", "volume", "issue", "pages", "publisher", "language"):
            assert results[f"sr-{name}"].value == article[name]
        for name in ("method", "mode", "platform", "experts"):
            assert results[f"sr-{name}"].value == interview[name]
        assert results["sr-held"].value == "December 2021"
        assert results["sr-published"].value == "April 2023"

    def test_counts_are_those_of_the_file(self, content, results):
        for name, section in (
            ("authors", "authors"),
            ("kinds", "expert_kinds"),
            ("tasks", "tasks"),
            ("conclusions", "conclusions"),
            ("keywords", "keywords"),
            ("citing", "citing"),
            ("missing", "not_public"),
            ("coreq-items", "reporting"),
        ):
            assert results[f"sr-{name}"].value == len(content[section])

    def test_facts_seen(self, content, results):
        every = [e for section in FACT_SECTIONS for e in content[section]]
        seen = [e for e in every if e["checked"]]
        assert results["sr-facts"].value == len(every)
        assert (results["sr-facts-seen"].k, results["sr-facts-seen"].n) == (len(seen), len(every))
        citing = content["citing"]
        assert results["sr-citing-seen"].k == sum(e["checked"] for e in citing)
        assert results["sr-citing-reference-seen"].k == sum(e["cites_checked"] for e in citing)

    def test_what_is_missing(self, content, results):
        status = [e["status"] for e in content["not_public"]]
        assert results["sr-not-public"].k == status.count("not public")
        assert results["sr-not-known"].k == status.count("not known to be public")
        assert results["sr-not-public"].k + results["sr-not-known"].k == len(status)

    def test_the_checklist(self, content, results):
        items = content["reporting"]
        by_status = {s: [i for i in items if i["status"] == s] for s in ("stated", "in part")}
        assert results["sr-coreq-stated"].k == len(by_status["stated"])
        assert results["sr-coreq-in-part"].k == len(by_status["in part"])
        not_stated = len(items) - len(by_status["stated"]) - len(by_status["in part"])
        assert (results["sr-coreq-not-stated"].k, results["sr-coreq-not-stated"].n) == (
            not_stated,
            32,
        )
        still_open = [i for i in items if i["status"] != "stated"]
        answered = [i for i in still_open if i["panel"]]
        assert results["sr-coreq-panel"].k == len(answered)
        assert results["sr-coreq-panel"].n == len(still_open)
        team = [i for i in items if i["domain"] == "Research team"]
        assert results["sr-coreq-team-not-stated"].n == len(team) == 8
        assert results["sr-coreq-team-not-stated"].k == sum(
            i["status"] == "not stated" for i in team
        )

    def test_every_result_is_a_description_and_makes_a_finding(self, results):
        assert {r.standing for r in results.values()} == {"description"}
        assert all(id.startswith("sr-") for id in results)
        made = findings("study-record", results.values(), "record", "0" * 12)
        texts = {f.id: f.text for f in made}
        assert texts["sr-experts"] == "20"
        assert texts["sr-kinds"] == "8"
        assert texts["sr-citing-reference-seen"] == "none of the 3"
        assert texts["sr-coreq-stated"] == "2 of 32"


class TestTables:
    def test_facts(self, record):
        table = step.facts(record, "article", ["title", "published", "journal"])
        assert list(table["what"]) == ["Title", "Journal", "Published"]
        assert list(table["value"])[1:] == ["Digital Sociology (Цифровая социология)", "April 2023"]
        assert table["stated_in"][2] == "doaj, description"
        assert len(step.facts(record, "precursor")) == len(record.sections["precursor"])

    def test_named(self, record):
        table = step.named(record, "citing", "title", "date")
        assert list(table.columns) == ["title", "date", "stated_in", "checked", "cites", "note"]
        assert list(table["checked"]) == [True, True, False]
        assert "cites" not in step.named(record, "keywords", "name").columns

    def test_places_count_the_facts(self, record, content):
        table = step.places(record).set_index("id")["facts"]
        for place in content["places"]:
            stated = [
                e
                for section in FACT_SECTIONS
                for e in content[section]
                if place["id"] in e["stated_in"]
            ]
            assert table[place["id"]] == len(stated) > 0

    def test_gaps(self, record, content):
        table = step.gaps(record)
        assert list(table["label"]) == [e["label"] for e in content["not_public"]]
        assert not (table == "").any(axis=None)

    def test_checklist_by_domain(self, record, content):
        counts = step.reporting_counts(record).set_index("domain")
        for item in content["reporting"]:
            counts.loc[item["domain"], item["status"]] -= 1
            counts.loc[item["domain"], "items"] -= 1
        assert (counts == 0).all(axis=None)

    def test_checklist_rows_keep_number_and_status(self, record, content):
        rows = step.reporting_rows(record)
        assert list(rows) == ["Research team", "Study design", "Analysis"]
        flat = [mark for marks in rows.values() for mark in marks]
        assert flat == [(str(i["number"]), i["status"]) for i in content["reporting"]]

    def test_alternative_text_says_the_counts(self, record):
        text = step.reporting_alt(record)
        assert "Research team, 8 items: 0 stated, 0 in part, 8 not stated." in text
        assert "Study design, 15 items: 2 stated, 2 in part, 11 not stated." in text

    def test_claims(self, claims):
        with (DATA / "claims.csv").open(encoding="utf-8", newline="") as handle:
            rows = list(csv.DictReader(handle))
        table = step.claims_table(claims)
        assert list(table["claim_id"]) == [r["claim_id"] for r in rows]
        assert list(table["would_count_against_panel"]) == [
            r["would_count_against_panel"] for r in rows
        ]
        only = step.claims_table(claims, ["task"])
        assert list(only["claim_id"]) == [r["claim_id"] for r in rows if r["kind"] == "task"]
        assert list(only.index) == [0, 1, 2, 3]
        assert step.claims_table([]).empty

    def test_conclusions_pair_the_record_with_the_claims(self, record, claims, content):
        table = step.conclusions(record, claims)
        assert list(table["claim_id"]) == ["C1", "C2", "C3", "C4"]
        assert list(table["text"]) == [e["text"] for e in content["conclusions"]]

    def test_every_label_has_an_example(self):
        assert list(step.SOURCE_EXAMPLES) == list(SOURCES)
        assert list(step.STANDING_EXAMPLES) == list(STANDINGS)

    @pytest.mark.parametrize(
        ("text", "said"), [("2021-12", "December 2021"), ("2023-04", "April 2023")]
    )
    def test_month(self, text, said):
        assert step.month(text) == said
