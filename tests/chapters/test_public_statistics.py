"""The derivation of data/public: by loops on a made-up world, and on the publishers' tables."""

import csv
import random
import statistics

import numpy as np
import pandas as pd
import pytest
from constructed import findings

from analysis.chapters import public_statistics as ps
from analysis.project import DATA, ROOT

REFERENCE = ROOT.parent / "shared" / "reference" / "public-statistics"
NAMES = [*ps.EAEU, *(f"Land {chr(65 + i)}" for i in range(24))]


def made_up(folder):
    """A small world with ties, a country that was not surveyed, and codes that change."""
    rng = random.Random(1)
    folder.mkdir(parents=True, exist_ok=True)
    un = [["year", "country", "egdi", "epi", "osi", "tii", "hci"]]
    for year, points in ((2008, 20), (2020, 25), (2022, 30)):
        for name in NAMES:
            values = [rng.randrange(points) / points, *(round(rng.random(), 4) for _ in "123")]
            missing = year == 2008 and name == "Armenia"
            un.append([year, name, 0 if missing else round(rng.uniform(0.1, 1), 4), *values])
    wb = [["year", "country_code", "country_name", "gtmi", "cgsi", "psdi", "dcei", "gtei"]]
    for year in (2020, 2022):
        for number, name in enumerate(NAMES):
            code = "ROM" if name == "Land A" and year == 2020 else f"X{number}"
            printed = "Kyrgyz Republic" if name == "Kyrgyzstan" else name
            wb.append([year, code, printed, *(rng.random() for _ in "12345")])
    for name, rows in (("un_egov_survey_x.csv", un), ("wb_gtmi_x.csv", wb)):
        pd.DataFrame(rows).to_csv(folder / name, header=False, index=False)
    return folder


@pytest.mark.skipif(not REFERENCE.exists(), reason="the publishers' tables are not at hand")
def test_the_shipped_tables_are_reproduced_byte_for_byte(tmp_path):
    assert ps.main([str(REFERENCE)], tmp_path) == 0
    shipped = {p.name: p.read_bytes() for p in (DATA / "public").glob("*.csv")}
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == shipped


def test_places_and_changes_by_loops(tmp_path):
    folder = made_up(tmp_path)
    un = pd.read_csv(folder / "un_egov_survey_x.csv")
    epi = {
        year: {r.country: r.epi for r in un[un.year == year].itertuples() if r.egdi > 0}
        for year in (2008, 2020, 2022)
    }
    tables = ps.derive(folder)
    places = tables["places"].query("measure == 'epi'")
    assert not len(places.query("edition == 2008 and country == 'Armenia'")), "not surveyed"
    for row in places.itertuples():
        others = [v for c, v in epi[row.edition].items() if c != row.country]
        below = sum(v < row.value for v in others) + sum(v == row.value for v in others) / 2
        assert row.rank == 1 + sum(v > row.value for v in others)
        assert row.percentile == pytest.approx(100 * below / len(others))
        assert row.n == len(others) + 1
    assert places.query("country == 'Armenia'")["percentile_constant"].isna().all()
    row = tables["changes"].query("measure == 'epi' and start == 2020").squeeze()
    moved = {c: round(epi[2022][c] - epi[2020][c], 10) for c in epi[2020]}
    own = moved[ps.RUSSIA]
    far = {c: round(abs(epi[2020][c] - epi[2020][ps.RUSSIA]), 10) for c in moved}
    del far[ps.RUSSIA]
    similar = [moved[c] for c in far if far[c] <= sorted(far.values())[ps.SIMILAR - 1]]
    assert row.fell == sum(v < 0 for v in moved.values())
    assert row.fell_more == sum(v < own for v in moved.values())
    assert (row.similar, row.similar_fell_more) == (len(similar), sum(v < own for v in similar))
    assert row.similar_median == pytest.approx(statistics.median(similar))
    assert row.russia == pytest.approx(own)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([k / 13 for k in range(14)], 13),
        ([round(k / 88, 4) for k in range(3, 88, 4)], 88),  # as printed
        ([round(0.1 * k / 13 + 0.9 * k**2 / 211, 5) for k in range(15)], np.nan),
        ([0, 0.25, 0.5, 1], np.nan),  # too few to tell
    ],
)
def test_steps_finds_the_grid_of_a_counted_score(values, expected):
    assert ps.steps(values) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("un_egov_survey_x.csv", "epi", "x", "un_egov_survey_x.csv: not the publisher's table"),
        ("un_egov_survey_x.csv", "2020,Land B,", "2020,Land B,high", "Land B 2020, egdi: expected"),
        ("un_egov_survey_x.csv", "2020,Land B,", "2020,Land C,", "stands twice"),
        ("un_egov_survey_x.csv", "2020,Belarus", "2020,Bel", "without Belarus"),
        ("wb_gtmi_x.csv", "Kyrgyz Republic", "Kirgisia", "World Bank table: without Kyrgyzstan"),
    ],
)
def test_what_cannot_be_right_is_refused(file, old, new, said, tmp_path, capsys):
    path = made_up(tmp_path / "in") / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert ps.main([str(tmp_path / "in")], tmp_path) == 1
    assert said in capsys.readouterr().err
    assert not list(tmp_path.glob("*.csv"))


def test_numbers_of_the_chapter_by_a_second_route():
    found = findings("public-statistics")
    assert {finding.source for finding in found.values()} == {"public"}
    text = (DATA / "public" / "places.csv").read_text(encoding="utf-8").splitlines()
    place = {(r["measure"], r["edition"], r["country"]): r for r in csv.DictReader(text)}
    for measure, year in (("osi", "2018"), ("epi", "2020"), ("epi", "2024")):
        rank = found[f"ranks-{measure}-{year}"]
        assert rank.k == int(place[measure, year, ps.RUSSIA]["rank"])
    gap = [float(place[m, "2020", ps.RUSSIA]["percentile"]) for m in ("epi", "osi")]
    assert found["gap-before"].value == pytest.approx(gap[0] - gap[1])
    assert found["fall-fell"].k == 165
