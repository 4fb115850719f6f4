"""The claims chapter: each sign by a second, plain route from the files; then any kind of panel."""

import csv
import dataclasses
import itertools
import math
import re
import statistics
from collections import Counter, defaultdict

import krippendorff
import nbformat
import numpy as np
import pandas as pd
import pytest
import yaml

from analysis.display import claims as draw
from analysis.display import figures, wording
from analysis.evidence.findings import from_notebook
from analysis.panel.record import load_claims, load_record
from analysis.project import DATA, ROOT
from analysis.publish.pages import GLUED
from analysis.steps import public_statistics
from analysis.steps.claims import chapter, codes, public, signs, verdicts
from analysis.steps.claims.states import AGAINST, FOR, OPEN, STATES, UNSEEN, together

CLAIMS = load_claims(load_record())
TABLES = public_statistics.load()
PLAN = yaml.safe_load((DATA / "panels/constructed/plan.yml").read_text(encoding="utf-8"))
CONCLUSIONS = [c.claim_id for c in CLAIMS if c.kind != "task"]
TASKS = [c for c in CLAIMS if c.kind == "task"]


def analysed(panel):
    return chapter.analyse(panel, CLAIMS, TABLES)


def all_results(found):
    return [
        *chapter.record_results(found),
        *chapter.public_results(found),
        *chapter.panel_results(found),
    ]


@pytest.fixture(scope="module")
def found(constructed):
    return analysed(constructed)


def of(found, claim):
    return found.signs[found.signs["claim"] == claim].set_index("sign")


@pytest.fixture(scope="module")
def speaking(rows):
    """The experts' statements in order, by session: (statement, expert, codes raised)."""
    raised = defaultdict(set)
    for row in rows("codings"):
        if row["coder"] == "consensus" and row["stance"] == "raises":
            raised[row["statement_id"]].add(row["code_id"])
    out = defaultdict(list)
    for row in sorted(rows("statements"), key=lambda r: (r["session_id"], int(r["position"]))):
        if row["speaker"] != "moderator":
            out[row["session_id"]].append((row["speaker"], raised[row["statement_id"]]))
    return out


def without_echo(speaking, code):
    """Who raised a code in a statement that did not follow another expert's with that code."""
    found = set()
    for talk in speaking.values():
        for place, (expert, given) in enumerate(talk):
            before = talk[place - 1] if place else (expert, set())
            if code in given and not (before[0] != expert and code in before[1]):
                found.add(expert)
    return found


# the signs of the conclusions, by the files


@pytest.mark.parametrize("claim", CONCLUSIONS)
def test_the_signs_of_a_conclusion_by_the_files(claim, found, rows, said_by, speaking):
    (code,) = PLAN["claims"][claim]["codes"]
    table, raised, opposed = of(found, claim), *said_by[code].values()
    assert table.at["raised", "short"] == f"{len(raised)} v {len(opposed)}"
    assert table.at["raised", "state"] == (FOR if len(raised) > len(opposed) else AGAINST)
    experts = {row["expert_id"]: row for row in rows("experts")}
    side = {kind: name for name, kinds in PLAN["sides"].items() for kind in kinds}
    on = {side[experts[e]["stakeholder"]] for e in raised}
    assert table.at["sides", "short"] == f"{len(on)} of {len(PLAN['sides'])}"
    sat = {experts[e]["session_id"] for e in raised}
    assert table.at["sessions", "short"] == f"{len(sat)} of {len(speaking)}"
    first = without_echo(speaking, code)
    assert first <= raised
    assert table.at["first-hand", "short"] == f"{len(first)} of {len(raised)}"
    assert table.at["first-hand", "state"] == (FOR if len(first) >= 2 else OPEN)


@pytest.mark.parametrize("claim", CONCLUSIONS)
def test_the_ratings_of_a_conclusion_by_the_files(claim, found, rows):
    medians = []
    for item in PLAN["claims"][claim]["items"]:
        given = [float(r["value"]) for r in rows("ratings") if r["item_id"] == item and r["value"]]
        medians.append(statistics.median(given))
    ends = {r["item_id"]: (int(r["scale_min"]), int(r["scale_max"])) for r in rows("items")}
    middle = sum(ends[PLAN["claims"][claim]["items"][0]]) / 2
    table = of(found, claim)
    assert table.at["rated", "short"] == ", ".join(f"{m:g}" for m in medians)
    above = {m > middle for m in medians}
    expected = OPEN if len(above) == 2 else FOR if above == {True} else AGAINST
    assert table.at["rated", "state"] == expected


@pytest.mark.parametrize("claim", CONCLUSIONS)
def test_alpha_of_a_conclusion_by_another_library(claim, found, rows, constructed):
    (code,) = PLAN["claims"][claim]["codes"]
    speaker = {r["statement_id"]: r["speaker"] for r in rows("statements")}
    worked, given = defaultdict(set), set()
    for row in rows("coded"):
        worked[row["statement_id"]].add(row["coder"])
    for row in rows("codings"):
        if row["code_id"] == code:
            given.add((row["statement_id"], row["coder"]))
    both = [
        s
        for s, coders in worked.items()
        if set(constructed.meta.coders) <= coders and speaker[s] != "moderator"
    ]
    data = [[float((s, c) in given) for s in both] for c in constructed.meta.coders]
    alpha = krippendorff.alpha(np.array(data), level_of_measurement="nominal")
    assert of(found, claim).at["coders", "short"] == f"{alpha:.2f}"


def test_the_shift_of_c4_by_the_files(found, said_by, rows):
    rungs = PLAN["ladder"]
    experts = [row["expert_id"] for row in rows("experts")]

    def highest(expert, way):
        held = [
            place
            for place, rung in enumerate(rungs, start=1)
            if expert in said_by[rung[way]]["raises"]
        ]
        return max(held, default=0)

    now = {e: highest(e, "today_code") for e in experts}
    could = {e: highest(e, "could_code") for e in experts}
    low = sum(0 < place <= 2 for place in now.values())
    high = sum(place > 2 for place in now.values())
    table = of(found, "C4")
    assert table.at["today", "short"] == f"{low} v {high}"
    assert table.at["today", "state"] == (FOR if low > high else AGAINST if low < high else OPEN)
    steps = [could[e] - now[e] for e in experts if now[e] and could[e]]
    up, down = sum(s > 0 for s in steps), sum(s < 0 for s in steps)
    assert table.at["step", "short"] == f"{up} v {down}"
    hinders = {r["code_id"] for r in rows("codebook") if r["direction"] == "hinders"}
    names = set().union(*(said_by[code]["raises"] for code in hinders))
    raised = said_by["ties_dialogue"]["raises"]
    assert table.at["problem", "short"] == f"{len(raised & names)} of {len(raised)}"
    assert "today" not in of(found, "C1").index


def test_the_main_codes_of_a_task_by_the_files(found, rows, said_by):
    parents = {row["parent_id"] for row in rows("codebook")}
    for claim in TASKS:
        among = [
            r["code_id"]
            for r in rows("codebook")
            if r["task"] == claim.fact
            and r["code_id"] not in parents
            and (claim.direction == "open" or r["direction"] == claim.direction)
        ]
        k = {code: len(said_by[code]["raises"]) for code in among}
        main = {c for c in among if k[c] and sum(k[o] > k[c] for o in among) < codes.MAIN_RANKS}
        assert set(found.chosen[claim.claim_id].codes) == main
        assert found.chosen[claim.claim_id].among == tuple(found.chosen[claim.claim_id].among)
        kept = sum(k[c] > len(said_by[c]["opposes"]) for c in main)
        assert of(found, claim.claim_id).at["raised", "short"] == f"{kept} of {len(main)}"
        first = of(found, claim.claim_id).at["rated", "sentence"]
        assert first == "No rated item is planned for it."


def test_leaving_one_expert_out_by_the_files(found, rows, said_by):
    """The single changes that turn C3, as far as they leave somebody out, by counting again."""
    (code,) = PLAN["claims"]["C3"]["codes"]
    raised, opposed = said_by[code].values()
    expected = set()
    for field, word in (("expert_id", "expert {}"), ("session_id", "session {}")):
        for value in {row[field] for row in rows("experts")}:
            stay = {row["expert_id"] for row in rows("experts") if row[field] != value}
            if not len(raised & stay) > len(opposed & stay):
                expected.add("without " + word.format(value))
    names = {row["stakeholder"]: row["name"] for row in rows("stakeholders")}
    for kind in names:
        stay = {row["expert_id"] for row in rows("experts") if row["stakeholder"] != kind}
        if not len(raised & stay) > len(opposed & stay):
            expected.add(f"without “{names[kind]}”")
    turned = found.codes.set_index("code").at[code, "turned_by"]
    assert {name for name in turned if name.startswith("without ")} == expected


def test_an_analysis_that_changes_two_choices_is_not_named():
    rows = pd.DataFrame(
        {
            "coder": ["consensus", "a", "a", "consensus", "consensus"],
            "echoes": [True, True, False, False, False],
            "left_out": ["session s1", "", "", "", "expert e1"],
            "label": ["one", "two", "three", "four", "five"],
            "k": [1, 2, 3, 4, 5],
            "opposed": [2, 2, 2, 2, 2],
            "n": [4, 5, 6, 5, 4],
        }
    )
    kept = codes._kept(rows)
    assert kept["turned_by"] == ("one", "two")
    assert (kept["analyses"], kept["kept"]) == (5, 3)
    assert (kept["least"], kept["most"]) == ("1 of 4", "5 of 4")
    assert codes._kept(rows.assign(n=0))["analyses"] == 0


# public figures


@pytest.fixture(scope="module")
def places():
    """Percentiles by survey, edition, measure and country, read from the files."""
    out = {}
    for survey, name in (("un", "egov"), ("wb", "govtech")):
        with (DATA / "public" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            for r in csv.DictReader(file):
                key = survey, int(r["edition"]), r["measure"], r["country"]
                out[key] = float(r["percentile"])
    return out


def test_moves_of_public_figures_by_the_files(found, places):
    moved = found.moves.set_index(["fact", "measure"])
    countries = {key[3] for key in places if key[0] == "un"}
    for fact, survey, parts, start, end in (
        ("services", "un", ("osi",), 2020, 2024),
        ("services", "wb", ("psdi",), 2022, 2025),
        ("feedback", "wb", ("dcei",), 2022, 2025),
        ("involvement", "un", ("epi",), 2020, 2024),
        ("involvement", "wb", ("dcei",), 2022, 2025),
        ("dialogue", "un", ("epi", "osi"), 2020, 2024),
        ("dialogue", "wb", ("dcei", "psdi"), 2022, 2025),
    ):

        def place(country, edition, survey=survey, parts=parts):
            first = places[survey, edition, parts[0], country]
            return first if len(parts) == 1 else first - places[survey, edition, parts[1], country]

        row = moved.loc[(fact, parts[0] if len(parts) == 1 else "gap")]
        row = row[row["survey"] == public.SURVEYS[survey]].iloc[0] if row.ndim > 1 else row
        move = {c: place(c, end) - place(c, start) for c in countries}
        own = move.pop("Russian Federation")
        usual = statistics.median(abs(v) for v in move.values())
        assert row["move"] == pytest.approx(own)
        assert row["usual"] == pytest.approx(usual)
        assert (row["start"], row["end"], row["peers"]) == (start, end, len(move))
        expected = OPEN if abs(own) <= usual else FOR if own > 0 else AGAINST
        assert row["state"] == expected


def table_of(*states):
    return pd.DataFrame(
        {
            "fact": "x",
            "name": "N",
            "survey": "S",
            "move": 1.0,
            "usual": 0.5,
            "start": 2020,
            "end": 2024,
            "state": states,
            "way": [public.WAYS[s] for s in states],
        }
    )


@pytest.mark.parametrize(
    ("states", "state", "words"),
    [
        ([FOR], FOR, "The one measure moved up and none down"),
        ([AGAINST], AGAINST, "The one measure moved down and none up"),
        ([OPEN], OPEN, "The one measure has not made a clear move"),
        ([OPEN, OPEN], OPEN, "None of the 2 measures made a clear move"),
        ([FOR, AGAINST], OPEN, "1 of 2 measures moved up and 1 down"),
        ([FOR, FOR], FOR, "All 2 measures moved up and none down"),
        ([AGAINST, OPEN], AGAINST, "1 of 2 measures moved down and none up"),
        ([], UNSEEN, "Public figures have no say in this"),
    ],
)
def test_what_public_figures_say(states, state, words):
    assert public.sign(table_of(*states), "x").state == state
    assert public.verdict(table_of(*states), "x").startswith(words)


def test_points_are_signed_and_zero_is_not():
    assert [public.points(v) for v in (3.21, -14.0, 0.04, -0.04)] == ["+3.2", "−14.0", "0.0", "0.0"]


# rules


def test_several_states_together():
    for states in itertools.product((FOR, AGAINST, OPEN, UNSEEN), repeat=3):
        seen = set(states) - {UNSEEN}
        expected = UNSEEN if not seen else seen.pop() if len(seen) == 1 else OPEN
        assert together(states) == expected
    assert together([]) == UNSEEN


@pytest.mark.parametrize(
    ("k", "places", "needed", "state"),
    [(0, 0, 2, UNSEEN), (1, 1, 2, OPEN), (2, 1, 2, AGAINST), (3, 2, 2, FOR), (5, 2, 3, OPEN)],
)
def test_spread_over_places(k, places, needed, state):
    assert signs._spread({"k": k, "where": places}, "where", needed) == state


def signs_of(**states):
    rows = [("X", s, signs.TITLES[s], state, "", f"About {s}.") for s, state in states.items()]
    return pd.DataFrame(rows, columns=signs.SIGN_COLUMNS)


@pytest.mark.parametrize(
    ("first", "others", "verdict"),
    [
        (FOR, [FOR, UNSEEN], verdicts.SPEAKS_FOR),
        (FOR, [UNSEEN, UNSEEN], verdicts.SPEAKS_FOR),
        (FOR, [OPEN, FOR], verdicts.RESERVED),
        (FOR, [OPEN, AGAINST], verdicts.DIVIDED),
        (OPEN, [FOR, FOR], verdicts.LEAVES_OPEN),
        (AGAINST, [FOR, FOR], verdicts.SPEAKS_AGAINST),
        (UNSEEN, [FOR, FOR], verdicts.SAYS_NOTHING),
    ],
)
def test_the_verdict_follows_from_the_signs(first, others, verdict):
    table = signs_of(raised=first, sides=others[0], rated=others[1])
    assert verdicts.panel_verdict(table) == verdict
    for source in ("constructed", "panel"):
        said = verdicts.verdict_sentence(table, source)
        assert verdict in said
        silent = verdict == verdicts.SAYS_NOTHING
        assert ("constructed" in said) == (source == "constructed" and not silent)
        assert said.startswith("If these were real") == (source == "constructed")


def test_words_for_shares_of_draws():
    assert [signs.percent(v) for v in (1.0, 0.9996, 0.97, 0.0004, 0.0)] == [
        "100%",
        "over 99%",
        "97%",
        "under 1%",
        "0%",
    ]


# what would turn it


def test_turning_what_experts_say_turns_the_verdict(constructed, found, changed):
    """Whoever raised the code now opposes it, and the other way round."""
    (code,) = PLAN["claims"]["C1"]["codes"]

    def flip(frames):
        codings = frames["codings"]
        turned = codings["stance"].map({"raises": "opposes", "opposes": "raises"})
        kept = codings["stance"].where(codings["code_id"] != code, turned)
        return {"codings": codings.assign(stance=kept)}

    other = analysed(changed(constructed, flip))
    before, after = (f.summary.set_index("claim")["verdict"] for f in (found, other))
    assert (before["C1"], after["C1"]) == (verdicts.SPEAKS_FOR, verdicts.SPEAKS_AGAINST)
    assert before.drop(["C1", "T1"]).tolist() == after.drop(["C1", "T1"]).tolist()
    same = of(found, "C1").at["raised", "short"].split(" v ")
    assert of(other, "C1").at["raised", "short"] == " v ".join(reversed(same))
    assert of(other, "C1").at["errors", "state"] in {AGAINST, OPEN}
    assert of(other, "C1").at["analyses", "state"] == AGAINST


def test_low_ratings_count_against(constructed, changed):
    (item,) = PLAN["claims"]["C1"]["items"]

    def lower(frames):
        ratings = frames["ratings"]
        return {
            "ratings": ratings.assign(value=ratings["value"].where(ratings["item_id"] != item, 1))
        }

    table = of(analysed(changed(constructed, lower)), "C1")
    assert (table.at["rated", "state"], table.at["rated", "short"]) == (AGAINST, "1")
    assert verdicts.panel_verdict(table.reset_index()) == verdicts.DIVIDED


def test_one_side_only_counts_against(constructed, rows, changed):
    """A code that only one side raises is what the claim on services warns of."""
    (code,) = PLAN["claims"]["C1"]["codes"]
    kind = {r["expert_id"]: r["stakeholder"] for r in rows("experts")}
    speaker = {r["statement_id"]: r["speaker"] for r in rows("statements")}
    society = set(PLAN["sides"]["society"])

    def silence(frames):
        codings = frames["codings"]
        by_society = codings["statement_id"].map(speaker).map(kind).isin(society)
        return {"codings": codings[~(by_society & (codings["code_id"] == code))]}

    table = of(analysed(changed(constructed, silence)), "C1")
    assert (table.at["sides", "state"], table.at["sides", "short"]) == (AGAINST, "1 of 2")


# the conclusions in words


def test_who_opposes_is_named_with_the_kind(found, said_by, rows):
    kinds = {r["stakeholder"]: r["name"] for r in rows("stakeholders")}
    kind = {r["expert_id"]: kinds[r["stakeholder"]] for r in rows("experts")}
    for claim in CONCLUSIONS:
        (code,) = PLAN["claims"][claim]["codes"]
        opposed = said_by[code]["opposes"]
        for expert in opposed:
            assert f"{expert} ({kind[expert]})" in found.opposers[claim]
        assert len(re.findall(r"e\d\d \(", found.opposers[claim])) == len(opposed)


def test_the_summary_counts_the_signs(found):
    for row in found.summary.to_dict("records"):
        counts = Counter(found.signs.loc[found.signs["claim"] == row["claim"], "state"])
        assert (row["k"], row["n"]) == (counts[FOR], counts.total() - counts[UNSEEN])


# any kind of panel


def test_the_same_ids_and_whole_sentences_for_any_panel(variant, found):
    other = analysed(variant)
    made = all_results(other)
    assert [r.id for r in made] == [r.id for r in all_results(found)]
    for r in made:
        text = wording.of_unit(r.unit, r.value, r.k, r.n)
        assert text
        assert not re.search(r"\b(nan|None(?! of)|inf)\b", text), r.id
        if r.unit == "text":
            assert text[0] == text[0].upper(), r.id
            assert text.endswith((".", ".”")), r.id
    assert set(other.signs["state"]) <= set(STATES)
    assert (other.signs["sentence"].str.len() > 0).all()
    unseen = other.signs["state"] == UNSEEN
    # nothing was seen, or nobody was counted
    assert other.signs.loc[unseen, "short"].str.fullmatch(r"|0 (of|v) \d+").all()
    assert (other.signs.loc[~unseen, "short"] != "").all()


def test_the_chapter_runs_on_any_panel(variant, chapter):
    shown = chapter("claims", variant)
    quotable = dict(zip(variant.experts["expert_id"], variant.experts["quotable"], strict=True))
    for text, speaker in zip(
        variant.statements["text"], variant.statements["speaker"], strict=True
    ):
        if not quotable.get(speaker, True) and len(text) > 40 and text != "[withheld]":
            assert text[:40] not in shown


def test_without_a_plan_the_tasks_are_still_looked_at(constructed):
    other = analysed(dataclasses.replace(constructed, plan=None))
    verdict = other.summary.set_index("claim")["verdict"]
    assert set(verdict[CONCLUSIONS]) == {verdicts.SAYS_NOTHING}
    assert verdicts.SAYS_NOTHING not in set(verdict[[c.claim_id for c in TASKS]])
    assert "no analysis plan" in of(other, "C1").at["raised", "sentence"]
    assert of(other, "T1").at["sides", "sentence"].startswith("Raised in two kinds of stakeholder")


def test_what_lacks_is_said_not_seen(variant_of):
    assert set(of(analysed(variant_of("no_ratings")), "C1").loc[["rated"], "state"]) == {UNSEEN}
    alone = of(analysed(variant_of("one_coder")), "C1")
    assert set(alone.loc[["coders", "errors"], "state"]) == {UNSEEN}
    assert of(analysed(variant_of("one_session")), "C1").at["sessions", "state"] == UNSEEN
    assert of(analysed(variant_of("individual")), "C1").at["first-hand", "state"] == UNSEEN
    nothing = analysed(variant_of("no_codes"))
    assert set(nothing.summary["verdict"]) == {verdicts.SAYS_NOTHING}


# the figure and the notebook


def test_the_figure_marks_each_sign(found):
    figure = draw.overview(found)["picture"]
    (axes,) = figure.axes
    # lines with one point are marks; four of them are the key
    drawn = Counter(
        line.get_marker() for line in axes.lines if len(np.atleast_1d(line.get_xdata())) == 1
    )
    names = [name for name, *_ in signs.RULES]
    states = Counter(found.signs.loc[found.signs["sign"].isin(names), "state"])
    states += Counter(s.state for s in found.public.values())
    assert drawn["X"] == states[AGAINST] + 1
    assert drawn["_"] == states[UNSEEN] + 1
    assert drawn["o"] == states[FOR] + states[OPEN] + 2
    texts = [t.get_text() for t in axes.texts]
    assert of(found, "C1").at["raised", "short"] in texts
    assert figures.to_svg(draw.overview(found)["picture"], "constructed").startswith("<svg")


def test_the_alternative_text_counts_the_signs(found):
    alt = draw.overview_alt(found)
    for claim in CLAIMS:
        table = of(found, claim.claim_id).loc[[name for name, *_ in signs.RULES], "state"]
        count = (table == FOR).sum()
        seen = (table != UNSEEN).sum()
        assert f"of {seen} signs in the panel {count} point to it" in alt


def test_each_claim_has_its_section_and_all_its_findings():
    nb = nbformat.read(ROOT / "book" / "claims.ipynb", as_version=4)
    text = "\n".join(c.source for c in nb.cells if c.cell_type == "markdown")
    for claim in CLAIMS:
        assert f"\n## {claim.claim_id}. " in f"\n{text}"
    ids = {f.id for f in from_notebook(nb)}
    assert set(GLUED.findall(text)) == ids
    sources = {f.id: f.source for f in from_notebook(nb)}
    assert sources["cl-c1-claim"] == "record"
    assert sources["cl-c1-public"] == "public"
    assert sources["cl-c1-verdict"] == "constructed"


def test_nothing_rests_on_the_article_as_evidence(found):
    """The article's own wording is no sign: it is in none of the tables of signs."""
    assert not {"article", "record"} & set(found.signs["sign"])
    assert math.isclose(len(found.signs), 8 * len(CLAIMS) + len(signs.SHIFT_RULES))
