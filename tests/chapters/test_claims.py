"""The four conclusions: complete, and with no number but public ones."""

import csv
import json

import pytest
import yaml

from analysis.findings import from_notebook
from analysis.project import DATA, ROOT

RUSSIA = "Russian Federation"


@pytest.fixture(scope="module")
def notebook():
    return json.loads((ROOT / "book" / "claims.ipynb").read_text(encoding="utf-8"))


def rows(name):
    with (DATA / name).open(encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def test_each_conclusion_has_evidence_about_the_world_and_about_what_was_said():
    record = yaml.safe_load((DATA / "record.yml").read_text(encoding="utf-8"))
    conclusions = [f["id"] for f in record["facts"] if f["section"] == "conclusions"]
    table = rows("claims.csv")
    assert list(dict.fromkeys(row["claim"] for row in table)) == conclusions
    for claim in conclusions:
        own = [row for row in table if row["claim"] == claim]
        assert len(own) >= 2
        assert own[-1]["evidence"] == "The transcripts of this interview"
        assert all(all(row.values()) for row in own)


def test_nothing_constructed_and_no_verdict(notebook):
    findings = list(from_notebook(notebook))
    assert findings
    assert {finding.source for finding in findings} == {"public"}
    outputs = [o for c in notebook["cells"] for o in c.get("outputs", [])]
    assert {o["metadata"].get("study_source", "public") for o in outputs} <= {"public", "record"}


def test_numbers_by_a_second_route(notebook):
    findings = {finding.id: finding for finding in from_notebook(notebook)}
    places = [r for r in rows("public/places.csv") if r["country"] == RUSSIA]
    world = rows("public/world.csv")
    for measure in ("osi", "psdi"):
        last = max((r for r in places if r["measure"] == measure), key=lambda r: r["edition"])
        all_ = next(r for r in world if (r["measure"], r["edition"]) == (measure, last["edition"]))
        assert findings[f"claims-services-{measure}"].value == float(last["value"])
        assert findings[f"claims-services-{measure}-median"].value == float(all_["median"])
    last = max((r for r in places if r["measure"] == "dcei"), key=lambda r: r["edition"])
    rank = findings["claims-feedback-rank"]
    assert (rank.value, rank.k, rank.n) == (int(last["rank"]), int(last["rank"]), int(last["n"]))
