"""The four conclusions: complete, and with no number but public ones."""

import csv
import json

import yaml
from constructed import findings

from analysis.project import DATA, ROOT

RUSSIA = "Russian Federation"


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


def test_nothing_constructed_and_no_verdict():
    assert {finding.source for finding in findings("claims").values()} == {"public"}
    notebook = json.loads((ROOT / "book" / "claims.ipynb").read_text(encoding="utf-8"))
    outputs = [o for c in notebook["cells"] for o in c.get("outputs", [])]
    assert {o["metadata"].get("study_source", "public") for o in outputs} <= {"public", "record"}


def test_numbers_by_a_second_route():
    found = findings("claims")
    places = [r for r in rows("public/places.csv") if r["country"] == RUSSIA]
    world = rows("public/world.csv")
    for measure in ("osi", "psdi"):
        last = max((r for r in places if r["measure"] == measure), key=lambda r: r["edition"])
        all_ = next(r for r in world if (r["measure"], r["edition"]) == (measure, last["edition"]))
        assert found[f"services-{measure}"].value == float(last["value"])
        assert found[f"services-{measure}-median"].value == float(all_["median"])
    last = max((r for r in places if r["measure"] == "dcei"), key=lambda r: r["edition"])
    rank = found["feedback-rank"]
    assert (rank.value, rank.k, rank.n) == (int(last["rank"]), int(last["rank"]), int(last["n"]))
