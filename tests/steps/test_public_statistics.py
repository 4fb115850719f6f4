"""The public-statistics chapter: its numbers by a second route, and what its prose rests on."""

import csv
import itertools
import re
import string

import nbformat
import pytest

from analysis.display import public_statistics as draw
from analysis.display.figures import to_svg
from analysis.display.tables import to_html
from analysis.display.wording import of_unit
from analysis.evidence.findings import STANDINGS, from_notebook, resolve
from analysis.project import DATA, ROOT
from analysis.steps import public_statistics as ps
from analysis.steps import public_statistics_derive as derive
from analysis.steps.public_statistics_results import results

RUSSIA = "Russian Federation"


@pytest.fixture(scope="module")
def tables():
    return ps.load()


@pytest.fixture(scope="module")
def found(tables):
    return {r.id: r for r in results(tables)}


def rows(name, **wanted):
    """Rows of a shipped table, read as text, whose cells have the wanted values."""
    with (DATA / "public" / f"{name}.csv").open(encoding="utf-8") as handle:
        return [r for r in csv.DictReader(handle) if all(r[k] == str(v) for k, v in wanted.items())]


def cell(name, column, **wanted):
    (row,) = rows(name, **wanted)
    return float(row[column])


def egov(measure, edition, column="value", country=RUSSIA):
    return cell("egov", column, measure=measure, edition=edition, country=country)


def govtech(measure, edition, column="value", country=RUSSIA):
    return cell("govtech", column, measure=measure, edition=edition, country=country)


# --- the shipped figures against what others printed -----------------------------------------


def test_the_well_known_drop_is_there(found):
    stated = {e: found[f"ps-epi-{e}"].value for e in (2018, 2020, 2022)}
    assert stated == pytest.approx({2018: 0.921, 2020: 0.869, 2022: 0.602}, abs=0.0005)
    assert (found["ps-epi-rank-2022"].k, found["ps-epi-rank-2022"].n) == (57, 193)
    assert found["ps-egdi-2020"].value == pytest.approx(0.8244)
    assert found["ps-egdi-2022"].value == pytest.approx(0.8162)


@pytest.mark.parametrize(
    ("edition", "rank"),
    [(2012, 27), (2014, 27), (2016, 35), (2018, 32), (2020, 36), (2022, 42), (2024, 43)],
)
def test_ranks_computed_here_are_the_published_ones(edition, rank):
    assert egov("egdi", edition, "rank") == rank


@pytest.mark.parametrize(
    ("measure", "published"),
    [("gtmi", 0.552), ("cgsi", 0.575), ("psdi", 0.649), ("dcei", 0.449), ("gtei", 0.536)],
)
def test_averages_of_2022_are_those_the_world_bank_prints(measure, published):
    mean = cell("world", "mean", survey="wb", edition=2022, measure=measure, countries="all")
    assert mean == pytest.approx(published, abs=0.001)


def test_egdi_of_russia_is_the_weighted_mean_of_its_parts():
    for row in rows("egov", measure="egdi", country=RUSSIA):
        edition = int(row["edition"])
        weights = (0.34, 0.33, 0.33) if edition in {2008, 2010} else (1 / 3,) * 3
        parts = [egov(m, edition) for m in ("osi", "tii", "hci")]
        total = sum(w * p for w, p in zip(weights, parts, strict=True))
        assert float(row["value"]) == pytest.approx(total, abs=1e-4)


# --- the step's numbers by a second route ----------------------------------------------------


def test_standing_puts_russia_beside_the_world(tables):
    table = ps.standing(tables, "epi")
    assert list(table["edition"]) == sorted({int(r["edition"]) for r in rows("egov")})
    for row in table.itertuples():
        world = {"survey": "un", "edition": row.edition, "measure": "epi", "countries": "all"}
        assert row.value == egov("epi", row.edition)
        assert row.rank == egov("epi", row.edition, "rank")
        assert row.q3 == cell("world", "q3", **world)
        assert row.side == pytest.approx(row.value - row.q3)


def test_gaps_are_percentile_differences(tables, found):
    peers = [r["country"] for r in rows("peers") if r["country"] != RUSSIA]
    for edition in (2012, 2018, 2020, 2022, 2024):
        own = egov("epi", edition, "percentile") - egov("osi", edition, "percentile")
        assert found[f"ps-gap-{edition}"].value == pytest.approx(own)
        if edition in {2020, 2024}:
            others = sorted(
                egov("epi", edition, "percentile", c) - egov("osi", edition, "percentile", c)
                for c in peers
            )
            assert found[f"ps-gap-peers-{edition}"].value == pytest.approx(others[6])
            larger = found[f"ps-gap-larger-{edition}"]
            assert (larger.k, larger.n) == (sum(v > own for v in others), 13)
    for edition in (2020, 2022, 2025):
        own = govtech("dcei", edition, "percentile") - govtech("psdi", edition, "percentile")
        assert found[f"ps-wb-gap-{edition}"].value == pytest.approx(own)


def test_usual_move_of_a_gap(tables):
    editions = sorted({int(r["edition"]) for r in rows("egov")})
    moves = []
    for peer in ps.peer_names(tables):
        own = [
            egov("epi", e, "percentile", peer) - egov("osi", e, "percentile", peer)
            for e in editions
            if rows("egov", measure="epi", edition=e, country=peer)
        ]
        moves += [abs(b - a) for a, b in itertools.pairwise(own)]
    moves.sort()
    middle = (moves[(len(moves) - 1) // 2] + moves[len(moves) // 2]) / 2
    assert ps.gap_restlessness(tables) == pytest.approx(middle)


def test_constant_set_shifts_the_gap(tables, found):
    shifts = []
    for row in ps.constant_set(tables).itertuples():
        kept = egov("epi", row.edition, "percentile_constant") - egov(
            "osi", row.edition, "percentile_constant"
        )
        every = egov("epi", row.edition, "percentile") - egov("osi", row.edition, "percentile")
        assert (row.all, row.constant) == pytest.approx((every, kept))
        shifts.append(abs(kept - every))
    stated = found["ps-constant-shift"].value
    assert stated - 1 < max(shifts) <= stated
    assert found["ps-constant-shift"].standing == "sensitivity"


def test_change_of_russia_and_its_parts(tables, found):
    change = egov("epi", 2022) - egov("epi", 2020)
    assert found["ps-epi-change"].value == pytest.approx(change)
    parts = ps.split(tables)
    assert parts.change == pytest.approx(change)
    assert parts.scale_first + parts.place_then == pytest.approx(change)
    assert parts.place_first + parts.scale_then == pytest.approx(change)
    assert found["ps-kept-place"].value == pytest.approx(egov("epi", 2020) + parts.scale_first)
    # the shipped quantiles bracket the counterfactual: percentile 86 lies between q3 and p90
    world = {"survey": "un", "edition": 2022, "measure": "epi", "countries": "all"}
    assert cell("world", "q3", **world) < parts.kept_place < cell("world", "p90", **world)


def test_split_of_a_country_that_keeps_its_place(tables):
    rising = ps.split(tables, "egdi", 2022, 2024, "Kazakhstan")
    own = egov("egdi", 2024, country="Kazakhstan") - egov("egdi", 2022, country="Kazakhstan")
    assert rising.scale_first + rising.place_then == pytest.approx(own)


def test_peers_that_fell(found):
    change = {
        r["country"]: float(r["change"])
        for r in rows("country_changes", survey="un", measure="epi", start=2020, end=2022)
    }
    own = change.pop(RUSSIA)
    fell, further = found["ps-peers-fell"], found["ps-peers-further"]
    assert (fell.k, fell.n) == (sum(v < 0 for v in change.values()), len(change))
    names = sorted(c for c, v in change.items() if v < own)
    assert found["ps-peers-further-names"].value == "; ".join(names)
    assert further.k == len(names)


def test_the_world_between_two_editions(found):
    (row,) = rows("changes", survey="un", measure="epi", start=2020, end=2022)
    fell = found["ps-world-fell"]
    assert (fell.k, fell.n) == (int(row["fell"]), int(row["n"])) == (165, 193)
    assert found["ps-world-change"].value == float(row["median"]) == pytest.approx(-0.1131)
    rest = [r for r in rows("changes", survey="un", measure="epi") if r["start"] != "2020"]
    assert len(rest) == 10
    assert found["ps-world-change-rest"].value == min(float(r["median"]) for r in rest)
    spearman = [float(r["rank_correlation"]) for r in rest]
    assert found["ps-rank-correlation-low"].value == min(spearman)
    assert found["ps-rank-correlation-high"].value == max(spearman)


def test_agreement_of_the_publishers(tables, found):
    def ranks(values):
        return [sum(w < v for w in values) + (sum(w == v for w in values) + 1) / 2 for v in values]

    names = sorted(r["country"] for r in rows("peers"))
    for side, un, wb in (("service", "osi", "psdi"), ("participation", "epi", "dcei")):
        a = ranks([egov(un, 2022, country=c) for c in names])
        b = ranks([govtech(wb, 2022, country=c) for c in names])
        mean = (len(names) + 1) / 2
        top = sum((x - mean) * (y - mean) for x, y in zip(a, b, strict=True))
        spread = [sum((x - mean) ** 2 for x in r) for r in (a, b)]
        assert found[f"ps-agreement-{side}"].value == pytest.approx(
            top / (spread[0] * spread[1]) ** 0.5
        )
    assert found["ps-agreement-n"].value == len(names)


def test_edition_pairs_and_context(tables):
    pairs = ps.edition_pairs(tables)
    assert list(pairs["start"]) == list(pairs["end"].shift(1, fill_value=2003))
    own = pairs.set_index("start").loc[2020]
    assert (own["steps_start"], own["steps_end"]) == (84, 88)
    assert own["change"] == pytest.approx(egov("epi", 2022) - egov("epi", 2020))
    for row in ps.context(tables).itertuples():
        assert row.tii == egov("tii", row.edition)
        assert row.hci_rank == egov("hci", row.edition, "rank")
        assert row.n == egov("egdi", row.edition, "n")


# --- what the prose rests on -----------------------------------------------------------------


def test_statements_of_the_prose_hold_in_the_data(tables, found):
    """Where a sentence interprets, not only states: what has to hold for it to be true."""
    value = {name.removeprefix("ps-"): r.value for name, r in found.items()}
    # "The overall index shows little of this"; "stayed between" in What was found
    assert value["egdi-2018"] <= value["egdi-2022"] <= value["egdi-2020"]
    assert abs(value["egdi-2022"] - value["egdi-2020"]) < 0.01
    # "The scale moved"; "The order of countries held"
    assert value["world-change"] < value["world-change-rest"] < 0
    assert value["rank-correlation-low"] < value["rank-correlation"]
    # "Those of 2022 and 2024 on no such grid"
    steps = ps.standing(tables, "osi").set_index("edition")["steps"]
    assert steps[[2022, 2024]].isna().all()
    assert steps[[2010, 2012, 2014, 2016, 2018, 2020]].notna().all()
    # "explains a good part of the fall, but not all of it: countries that started alike lost less"
    for part in ("scale-first", "place-then", "place-first", "scale-then"):
        assert 0.25 < value[part] / value["epi-change"] < 0.75
    assert value["epi-change"] < value["similar-change"] < 0
    # "Changed methods explain part of that, and the Bank's index moved the other way"
    assert value["dcei-change-2022"] > 0 > value["epi-change"]
    # "Russia offers more services online than most"; "Its place ... has slipped since 2018"
    assert value["osi-2024"] > value["osi-median-2024"]
    assert value["psdi-2025"] > value["psdi-median-2025"]
    assert found["ps-osi-rank-2024"].k > found["ps-osi-rank-2018"].k
    assert found["ps-psdi-rank-2025"].k <= found["ps-psdi-rank-2020"].k
    # "placed Russia high; the next did not"
    assert found["ps-epi-rank-2020"].k < 49 <= found["ps-epi-rank-2022"].k
    # "no lasting lead of participation"; "the Bank's show participation catching up"
    assert value["gap-2020"] > 0 > value["gap-2024"]
    assert value["wb-gap-2020"] < value["wb-gap-2022"] < value["wb-gap-2025"] < 0
    # "hardly order these countries alike", less than the service indices do
    assert abs(value["agreement-participation"]) < value["agreement-service"]
    # "The number of countries surveyed grew until 2014"
    n = ps.context(tables).set_index("edition")["n"]
    assert n.is_monotonic_increasing
    assert n[2012] < n[2014] == n[2024]


def test_every_result_is_stated_and_well_formed(found, tables):
    listed = results(tables)
    assert len(listed) == len(found), "an id is used twice"
    for result in listed:
        assert result.id.startswith("ps-")
        assert resolve(result.function) is not None, result.function
        assert result.standing in STANDINGS
        assert of_unit(result.unit, result.value, result.k, result.n).strip()
    book = nbformat.read(ROOT / "book" / "public-statistics.ipynb", as_version=4)
    prose = "\n".join(c.source for c in book.cells if c.cell_type == "markdown")
    stated = set(re.findall(r"\{glue:text\}`([^`]+)`", prose))
    assert stated == set(found) == {f.id for f in from_notebook(book)}
    assert {f.source for f in from_notebook(book)} == {"public"}


def test_sources_say_where_each_statement_was_read(tables):
    sources = tables.sources
    references = sources["references"]
    for statement in [*sources["methods"], *sources["facts"].values()]:
        assert statement["reference"] in {*references, "computed"}
        assert isinstance(statement["checked"], bool)
    for reference in references.values():
        assert reference["citation"].strip()
        assert reference["where"].startswith("http")
        assert reference["seen"].strip()
    for source in sources["sources"]:
        assert source["citation"]
        assert source["terms"]
    shipped = {p.name for p in (DATA / "public").glob("*.csv")}
    assert set(sources["derivation"]["tables"]) == shipped
    assert "ten countries" in sources["derivation"]["rules"]["peers"]
    assert "twenty countries" in sources["derivation"]["rules"]["similar"]
    assert (derive.NEAREST, derive.SIMILAR) == (10, 20)


def test_unchecked_facts_are_not_stated(tables):
    from dataclasses import replace

    facts = {n: dict(f) for n, f in tables.sources["facts"].items()}
    facts["dcei-indicators-2020"]["checked"] = False
    doubtful = replace(tables, sources={**tables.sources, "facts": facts})
    assert "ps-dcei-indicators-2020" not in {r.id for r in results(doubtful)}


# --- what the reader sees --------------------------------------------------------------------


def fields(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_the_words_of_the_figures_are_in_step():
    english, russian = draw.TEXT["en"], draw.TEXT["ru"]
    assert english.keys() == russian.keys()
    for key, text in english.items():
        assert fields(text) == fields(russian[key]), key
        assert re.search("[А-я]", russian[key]), key


@pytest.mark.parametrize("language", ["en", "ru"])
def test_figures_and_tables(tables, language):
    pairs = ps.edition_pairs(tables)
    world = ps.by_key(pairs, "start")[2020]
    shown = {
        "time": draw.over_time(ps.standing(tables, "epi"), ps.standing(tables, "osi"), language),
        "fall": draw.fall(ps.peer_changes(tables), world, language),
        "gap": draw.gap(ps.gaps(tables), ps.gap_summary(tables), language),
        "waves": draw.waves(
            ps.standing(tables, "psdi", "wb"),
            ps.standing(tables, "dcei", "wb"),
            tables.govtech,
            language,
        ),
    }
    for figure in shown.values():
        svg = to_svg(figure["picture"], "public", language)
        assert svg.startswith("<svg")
        html = to_html(figure["numbers"], figure["caption"], figure["columns"], figure["formats"])
        assert html.count("<tr>") == len(figure["numbers"]) + 1
        assert "{" not in figure["alt"] + figure["caption"]
    mark = "." if language == "en" else ","
    assert f"0{mark}602 (2022)" in shown["time"]["alt"]
    assert f"Russian Federation −0{mark}267" in shown["fall"]["alt"]
    assert "−5 (2024)" in shown["gap"]["alt"]
    assert f"0{mark}828 (2022)" in shown["waves"]["alt"]
    for table in (draw.context(ps.context(tables), language), draw.pairs(pairs, language)):
        html = to_html(table["frame"], table["caption"], table["columns"], table["formats"])
        assert html.count("<tr>") == len(table["frame"]) + 1


def test_a_figure_is_the_same_bytes_each_time(tables):
    drawn = [
        to_svg(draw.gap(ps.gaps(tables), ps.gap_summary(tables))["picture"], "public")
        for _ in range(2)
    ]
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize(
    ("unit", "value", "english", "russian"),
    [
        ("direction", -0.2, "fell", "снизилось"),
        ("direction", 0.0004, "stayed the same", "не изменилось"),
        ("direction", float("nan"), "not defined", "не определено"),
        ("side", 0.1, "above", "выше"),
        ("side", -0.0004, "level with", "наравне с"),
        ("names", "A; B; C", "A, B and C", "A, B и C"),
    ],
)
def test_wording_of_directions_sides_and_names(unit, value, english, russian):
    assert of_unit(unit, value) == english
    assert of_unit(unit, value, language="ru") == russian
