"""What a report should answer: the answers by the files, and for any panel."""

import re

import pytest

from analysis.panel.record import load_record
from analysis.steps import reporting
from analysis.steps.coding_reliability.reporting import ANSWERED, IN_PART, NOT_REPORTED

RECORD = load_record()


@pytest.fixture(scope="module")
def found(constructed):
    return reporting.tables(constructed, RECORD)


def of(table, point):
    return table.set_index("point").loc[point]


def test_coreq_is_gone_through_in_order(found):
    table = found["coreq"]
    assert table["number"].tolist() == list(range(1, 33))
    named = {
        n for n in table["number"] if table.set_index("number").at[n, "status"] != NOT_REPORTED
    }
    # beside the tables that the record names for an item: what panel.yml and the site say
    planned = {int(e.values["number"]) for e in RECORD.sections["reporting"] if e.text("panel")}
    assert named == planned | {9, 27}
    others = table[~table["number"].isin(named)]
    assert (others["answer"] == reporting.IN_WORDS).all()


def test_answers_by_the_files(found, rows):
    coreq = found["coreq"].set_index("number")["answer"]
    quotable = sum(row["quotable"] == "true" for row in rows("experts"))
    assert coreq[12] == f"{len(rows('experts'))} experts."
    assert coreq[17].startswith(f"{len(rows('guide'))} questions")
    assert coreq[20].startswith(f"{len(rows('memos'))} memos")
    assert coreq[25].endswith(f"{len(rows('codebook'))} entries.")
    assert f"{quotable} of {len(rows('experts'))} may be quoted" in coreq[29]
    for origin in {row["origin"] for row in rows("codebook")}:
        assert origin in coreq[26]
    parents = {row["parent_id"] for row in rows("codebook")}
    leaves = [row for row in rows("codebook") if row["code_id"] not in parents]
    assert (
        f"of {len(leaves)} codes"
        in of(found["saturation"], "What counts as new information").answer
    )


def test_the_tally_counts_each_point_once(found):
    for table in found.values():
        counts = [(table["status"] == s).sum() for s in (ANSWERED, IN_PART, NOT_REPORTED)]
        assert sum(counts) == len(table)
        said = reporting.tally(table)
        assert said.startswith(
            f"Of {len(table)} points this panel answers {counts[0]}, and {counts[1]}"
        )
        left = re.search(r"; (none|\d+) ", said).group(1)
        assert (0 if left == "none" else int(left)) == counts[2]
        missing = table.loc[table["status"] == NOT_REPORTED, "point"]
        assert all(point.lower() in reporting.silent(table) for point in missing)


def test_what_a_panel_lacks_is_declared(variant_of):
    def tables(name):
        return reporting.tables(variant_of(name), RECORD)

    times = tables("no_times")
    assert times["coreq"].set_index("number").at[21, "status"] == NOT_REPORTED
    assert of(times["groups"], "Time").status == IN_PART
    alone = tables("individual")["groups"]
    assert (
        of(alone, "Interaction between participants").answer == "Each expert was interviewed alone."
    )
    coders = tables("one_coder")["agreement"]
    assert of(coders, "Which measure").status == NOT_REPORTED


def test_the_chapter_runs_on_any_panel(variant, found, chapter):
    tables = reporting.tables(variant, RECORD)
    ids = [r.id for r in reporting.results(tables)]
    assert ids == [r.id for r in reporting.results(found)]
    for table in tables.values():
        assert set(table["status"]) <= set(reporting.STATUSES)
        assert table["answer"].str.endswith(".").all()
    assert chapter("reporting", variant)
