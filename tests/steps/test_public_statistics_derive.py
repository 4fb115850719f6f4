"""The derivation of data/public: on a made-up world, and on the publishers' tables where present.

Every test runs on the made-up world. Where the reference folder lies beside the repository, the
same tests run on the real tables too, and those derived must be the shipped ones, byte for byte.
"""

import csv
import random
import shutil
import statistics
from pathlib import Path

import pandas as pd
import pytest
from scipy.stats import spearmanr

from analysis.project import DATA, ROOT
from analysis.steps import public_statistics_derive as derive
from analysis.steps.public_statistics_source import (
    EGDI_WEIGHTS,
    RUSSIA,
    InputError,
    read_un,
    read_wb,
)

REFERENCE = ROOT.parent / "shared" / "reference" / "public-statistics"
TABLES = ("peers", "egov", "govtech", "world", "changes", "country_changes")
UN_HEAD = ["year", "country", "egdi", "egdi_rank", "epi", "osi", "tii", "hci"]
WB_HEAD = ["year", "country_code", "country_name", "grp", "gtmi", "cgsi", "psdi", "dcei", "gtei"]


def write_rows(path, head, rows):
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)
    return path


def made_up(folder, order_seed=0):
    """A small world with ties, unsurveyed countries, renamed and recoded ones, in any row order."""
    rng = random.Random(1)
    others = ["Romania", "Slovakia", *[f"Land {chr(65 + i)}" for i in range(22)]]
    names = [*derive.EAEU, *others]
    codes = {name: f"X{chr(65 + i // 26)}{chr(65 + i % 26)}" for i, name in enumerate(names)}
    codes |= {RUSSIA: "RUS", "Romania": "ROU"}
    un = []
    for year, points in ((2008, 20), (2018, 40), (2020, 25), (2022, 30)):
        weights = EGDI_WEIGHTS.get(year, (1 / 3, 1 / 3, 1 / 3))
        for name in names:
            epi = 1.0 if name == "Land A" else rng.randrange(points) / points
            osi, tii, hci = (round(rng.uniform(0.2, 1), 4) for _ in range(3))
            if year == 2008 and name in {"Land B", "Armenia"}:
                un.append([year, name, "0.0", "", "0.0", "0.12", "0.0", "0.0"])
                continue
            egdi = sum(w * v for w, v in zip(weights, (osi, tii, hci), strict=True))
            un.append([year, name, f"{egdi:.5f}", "", f"{epi:.4f}", osi, tii, hci])
    wb = []
    for year in (2020, 2022):
        for name in names[: len(names) - 2 * (year == 2022)]:
            parts = [rng.random() for _ in range(4)]
            code = "ROM" if name == "Romania" and year == 2020 else codes[name]
            printed = derive.WB_NAMES.get(name, name)
            wb.append([year, code, printed, "A", repr(sum(parts) / 4), *map(repr, parts)])
    random.Random(order_seed).shuffle(un)
    random.Random(order_seed).shuffle(wb)
    folder.mkdir(parents=True, exist_ok=True)
    return write_rows(folder / "un.csv", UN_HEAD, un), write_rows(folder / "wb.csv", WB_HEAD, wb)


def reference():
    return (
        REFERENCE / "un_egov_survey_2003_2024.csv",
        REFERENCE / "wb_gtmi_2020_2022_2025.csv",
    )


WORLDS = ["made-up", *(["reference"] if all(path.exists() for path in reference()) else [])]


@pytest.fixture(scope="module", params=WORLDS)
def world(request, tmp_path_factory):
    """The two input files, the tables derived from them, and the folder that must equal them."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "made-up":
        un, wb = made_up(folder / "in")
        # the same world with its rows in another order has to give the same bytes
        again = made_up(folder / "shuffled", order_seed=7)
        assert derive.main([*map(str, again), "--out", str(folder / "expected")]) == 0
        expected = folder / "expected"
    else:
        un, wb = reference()
        expected = DATA / "public"
    assert derive.main([str(un), str(wb), "--out", str(folder / "out")]) == 0
    tables = {n: pd.read_csv(folder / "out" / f"{n}.csv") for n in TABLES}
    return {"un": un, "wb": wb, "out": folder / "out", "expected": expected, "tables": tables}


def test_derived_tables_are_the_expected_ones_byte_for_byte(world):
    assert sorted(p.name for p in world["out"].iterdir()) == sorted(f"{n}.csv" for n in TABLES)
    for name in TABLES:
        derived = (world["out"] / f"{name}.csv").read_bytes()
        assert derived == (world["expected"] / f"{name}.csv").read_bytes(), name


# --- a second, plain route: lists and loops over the input files -----------------------------


def plain(path, key, measures, gate):
    """{measure: {year: {country: value}}} of surveyed countries, read anew."""
    recoded = {"ADO": "AND", "ROM": "ROU", "TMP": "TLS", "ZAR": "COD"}
    out = {m: {} for m in measures}
    with path.open(encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            if gate and float(row[gate]) == 0:
                continue
            for m in measures:
                country = recoded.get(row[key], row[key])
                out[m].setdefault(int(row["year"]), {})[country] = float(row[m])
    return out


def plain_un(world):
    return plain(world["un"], "country", ("egdi", "epi", "osi", "tii", "hci"), "egdi")


def plain_wb(world):
    return plain(world["wb"], "country_code", ("gtmi", "cgsi", "psdi", "dcei", "gtei"), None)


def plain_percentile(value, values):
    below = sum(v < value - 1e-10 for v in values)
    level = sum(abs(v - value) <= 1e-10 for v in values) - 1
    return (below + level / 2) / (len(values) - 1) * 100


def plain_quantile(values, percent):
    ordered = sorted(values)
    place = percent / 100 * (len(ordered) - 1)
    low = min(int(place), len(ordered) - 2)
    return ordered[low] + (place - low) * (ordered[low + 1] - ordered[low])


def check_countries(table, data, keys):
    everywhere = {
        m: set.intersection(*(set(v) for v in years.values())) for m, years in data.items()
    }
    assert len(table) == sum(k in v for y in data.values() for v in y.values() for k in keys)
    for row in table.itertuples():
        values = data[row.measure][row.edition]
        key = next(k for k, name in keys.items() if name == row.country)
        value = values[key]
        assert row.value == pytest.approx(value, abs=1e-8)
        assert row.n == len(values)
        assert row.rank == 1 + sum(v > value + 1e-10 for v in values.values())
        assert row.percentile == pytest.approx(
            plain_percentile(value, list(values.values())), abs=1e-6
        )
        kept = [v for k, v in values.items() if k in everywhere[row.measure]]
        if key in everywhere[row.measure]:
            assert row.percentile_constant == pytest.approx(plain_percentile(value, kept), abs=1e-6)
        else:
            assert pd.isna(row.percentile_constant)


def test_values_ranks_and_percentiles_by_loops(world):
    peers = world["tables"]["peers"]
    check_countries(
        world["tables"]["egov"],
        plain_un(world),
        dict(zip(peers.country, peers.country, strict=True)),
    )
    check_countries(
        world["tables"]["govtech"],
        plain_wb(world),
        dict(zip(peers.wb_code, peers.country, strict=True)),
    )


def test_peers_follow_the_rule(world):
    egdi = plain_un(world)["egdi"][2020]
    order = sorted((round(abs(v - egdi[RUSSIA]), 10), c) for c, v in egdi.items() if c != RUSSIA)
    nearest = {c for _, c in order[:10]}
    peers = world["tables"]["peers"]
    assert list(peers.country) == sorted(nearest | set(derive.EAEU))
    assert set(peers.country[peers.nearest]) == nearest
    assert set(peers.country[peers.eaeu]) == set(derive.EAEU)
    assert list(peers.distance) == pytest.approx(
        [abs(egdi[c] - egdi[RUSSIA]) for c in peers.country]
    )


def test_world_quantiles_by_loops(world):
    table = world["tables"]["world"]
    seen = 0
    for survey, data in (("un", plain_un(world)), ("wb", plain_wb(world))):
        for measure, years in data.items():
            everywhere = set.intersection(*(set(v) for v in years.values()))
            for edition, values in years.items():
                for label in ("all", "constant"):
                    kept = [v for c, v in values.items() if label == "all" or c in everywhere]
                    row = table[
                        (table.survey == survey)
                        & (table.measure == measure)
                        & (table.edition == edition)
                        & (table.countries == label)
                    ].squeeze()
                    seen += 1
                    assert row["n"] == len(kept)
                    assert row["mean"] == pytest.approx(statistics.fmean(kept), abs=1e-8)
                    for name, percent in derive.QUANTILES.items():
                        assert row[name] == pytest.approx(plain_quantile(kept, percent), abs=1e-7)
    assert seen == len(table)


def test_changes_by_loops(world):
    peers = world["tables"]["peers"]
    surveys = {
        "un": (plain_un(world), dict(zip(peers.country, peers.country, strict=True))),
        "wb": (plain_wb(world), dict(zip(peers.country, peers.wb_code, strict=True))),
    }
    table, own = world["tables"]["changes"], world["tables"]["country_changes"]
    assert len(table) == sum((len(y) - 1) for d, _ in surveys.values() for y in d.values())
    for row in table.itertuples():
        before, after = (surveys[row.survey][0][row.measure][e] for e in (row.start, row.end))
        both = sorted(set(before) & set(after))
        moved = {c: round(after[c] - before[c], 10) for c in both}
        assert row.n == len(both) == row.fell + row.same + row.rose
        assert row.fell == sum(v < 0 for v in moved.values())
        assert row.rose == sum(v > 0 for v in moved.values())
        assert row.median == pytest.approx(statistics.median(moved.values()), abs=1e-8)
        assert row.rank_correlation == pytest.approx(
            spearmanr([before[c] for c in both], [after[c] for c in both]).statistic,
            abs=1e-7,
        )
        chosen = own[
            (own.survey == row.survey) & (own.measure == row.measure) & (own.start == row.start)
        ]
        for line in chosen.itertuples():
            key = surveys[row.survey][1][line.country]
            assert line.change == pytest.approx(moved[key], abs=1e-8)
            assert line.fall_rank == 1 + sum(v < moved[key] for v in moved.values())
            assert line.rise_rank == 1 + sum(v > moved[key] for v in moved.values())
            distance = sorted(
                (round(abs(before[c] - before[key]), 10), c) for c in both if c != key
            )
            cut = distance[:20][-1][0]
            similar = [moved[c] for d, c in distance if d <= cut]
            assert line.similar_n == len(similar) >= min(20, len(both) - 1)
            assert line.similar_fell == sum(v < 0 for v in similar)
            assert line.similar_fell_more == sum(v < moved[key] for v in similar)
            assert line.similar_median == pytest.approx(statistics.median(similar), abs=1e-8)
            place = plain_percentile(before[key], [before[c] for c in both])
            assert line.end_at_start_place == pytest.approx(
                plain_quantile([after[c] for c in both], place), abs=1e-7
            )


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([k / 13 for k in range(14)], 13),
        ([round(k / 88, 4) for k in range(3, 88, 4)], 88),  # as printed, to four decimals
        ([round(k / 178, 4) for k in range(0, 179, 2)], 89),
        ([round(0.1 * k / 13 + 0.9 * k**2 / 211, 5) for k in range(15)], None),
        ([0, 0.25, 0.5, 1], None),  # too few to tell
    ],
)
def test_steps_finds_the_grid_of_a_counted_score(values, expected):
    assert derive.steps(values) == expected


def test_rank_and_percentile_of_ties_and_ends():
    values = pd.Series([0.2, 0.5, 0.5, 0.9])
    assert list(derive.rank(values)) == [4, 2, 2, 1]
    assert list(derive.percentile(values)) == pytest.approx([0, 50, 50, 100])
    assert derive.percentile(pd.Series([0.4])).isna().all()


# --- refusals --------------------------------------------------------------------------------


def with_cell(path, line, column, value):
    """The file with one cell changed; lines count from 1, the header included."""
    rows = list(csv.reader(path.open(encoding="utf-8")))
    rows[line - 1][rows[0].index(column)] = value
    write_rows(path, rows[0], rows[1:])


def drop_rows(path, keep):
    rows = list(csv.reader(path.open(encoding="utf-8")))
    write_rows(path, rows[0], [r for r in rows[1:] if keep(dict(zip(rows[0], r, strict=True)))])


def cut_cell(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[4] = lines[4].rpartition(",")[0]
    path.write_text("\n".join(lines), encoding="utf-8")


def twice(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines, lines[3]]), encoding="utf-8")


def without_column(path, name):
    path.write_text(path.read_text(encoding="utf-8").replace(name, "x", 1), encoding="utf-8")


FAULTS = {
    "word for a number": (
        lambda un, wb: with_cell(un, 5, "epi", "high"),
        ["un.csv, row 5, column epi", "'high'", "a number from 0 to 1"],
    ),
    "empty cell": (
        lambda un, wb: with_cell(wb, 9, "dcei", ""),
        ["wb.csv, row 9, column dcei", "''", "a number from 0 to 1"],
    ),
    "not finite": (
        lambda un, wb: with_cell(un, 5, "osi", "nan"),
        ["un.csv, row 5, column osi", "'nan'", "from 0 to 1"],
    ),
    "above one": (
        lambda un, wb: with_cell(un, 6, "hci", "1.2"),
        ["un.csv, row 6, column hci", "'1.2'", "from 0 to 1"],
    ),
    "below zero": (
        lambda un, wb: with_cell(wb, 6, "psdi", "-0.1"),
        ["wb.csv, row 6, column psdi", "'-0.1'", "from 0 to 1"],
    ),
    "year": (
        lambda un, wb: with_cell(un, 7, "year", "20-20"),
        ["un.csv, row 7, column year", "'20-20'", "a year such as 2020"],
    ),
    "nameless": (
        lambda un, wb: with_cell(un, 7, "country", " "),
        ["un.csv, row 7, column country", "a country's name"],
    ),
    "code": (
        lambda un, wb: with_cell(wb, 3, "country_code", "rus1"),
        ["wb.csv, row 3, column country_code", "'rus1'", "three capital letters"],
    ),
    "total that is not the mean of its parts": (
        lambda un, wb: with_cell(wb, 3, "gtmi", "0.001"),
        ["wb.csv, row 3, column gtmi", "0.001", "mean of its parts"],
    ),
    "country twice": (
        lambda un, wb: twice(un),
        ["un.csv, row", "column country", "one row for each country in"],
    ),
    "row too short": (lambda un, wb: cut_cell(un), ["un.csv, row 5", "7 cell(s)", "expected 8"]),
    "column missing": (
        lambda un, wb: without_column(un, "epi"),
        ["un.csv, row 1", "column(s) epi", "got year"],
    ),
    "no Russia": (
        lambda un, wb: drop_rows(wb, lambda r: (r["year"], r["country_code"]) != ("2022", "RUS")),
        ["wb.csv", "no values for RUS in 2022"],
    ),
    "no member": (
        lambda un, wb: drop_rows(un, lambda r: r["country"] != "Belarus"),
        ["UN table, 2020", "without Belarus", "all members of the EAEU"],
    ),
    "peer unknown to the World Bank": (
        lambda un, wb: drop_rows(wb, lambda r: r["country_name"] != "Kyrgyz Republic"),
        ["World Bank table", "'Kyrgyz Republic'"],
    ),
    "empty file": (lambda un, wb: un.write_text(""), ["un.csv, row 1", "an empty file"]),
    "header only": (
        lambda un, wb: un.write_text(",".join(UN_HEAD)),
        ["un.csv", "no country with values"],
    ),
    "not UTF-8": (
        lambda un, wb: wb.write_bytes(b"year,\xff\xfe"),
        ["wb.csv", "not a CSV file in UTF-8"],
    ),
    "no such file": (lambda un, wb: un.unlink(), ["un.csv", "no such file"]),
    "a folder": (lambda un, wb: (un.unlink(), un.mkdir()), ["un.csv", "cannot be read"]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_cannot_be_right_is_refused_with_one_message(fault, tmp_path, capsys):
    un, wb = made_up(tmp_path / "in")
    out = tmp_path / "out"
    out.mkdir()
    (out / "egov.csv").write_text("old")
    spoil, fragments = FAULTS[fault]
    spoil(un, wb)
    assert derive.main([str(un), str(wb), "--out", str(out)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.strip().splitlines()) == 1
    for fragment in fragments:
        assert fragment in said.err
    assert [(p.name, p.read_text()) for p in out.iterdir()] == [("egov.csv", "old")]


def test_a_write_that_fails_leaves_the_old_files(tmp_path, capsys, monkeypatch):
    un, wb = made_up(tmp_path / "in")
    out = tmp_path / "out"
    out.mkdir()
    (out / "egov.csv").write_text("old")
    written = Path.write_text

    def full(self, text, *args, **kwargs):
        if self.name == "changes.csv":
            raise OSError(28, "No space left on device")
        return written(self, text, *args, **kwargs)

    monkeypatch.setattr(Path, "write_text", full)
    assert derive.main([str(un), str(wb), "--out", str(out)]) == 1
    assert "No space left on device" in capsys.readouterr().err
    assert [p.name for p in out.iterdir()] == ["egov.csv"]
    assert (out / "egov.csv").read_text() == "old"


def test_a_folder_that_cannot_be_made_is_one_message(tmp_path, capsys):
    un, wb = made_up(tmp_path / "in")
    (tmp_path / "file").write_text("")
    assert derive.main([str(un), str(wb), "--out", str(tmp_path / "file" / "out")]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_it_runs_as_a_module(tmp_path):
    import subprocess
    import sys

    un, wb = made_up(tmp_path / "in")
    command = [sys.executable, "-m", "analysis.steps.public_statistics_derive"]
    run = subprocess.run(
        [*command, un, wb, "--out", tmp_path / "out"], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith(f"{len(TABLES)} tables, ")


def test_what_publishers_printed_against_their_rules_is_kept(tmp_path):
    un, wb = made_up(tmp_path)
    with un.open("a", encoding="utf-8") as handle:
        handle.write("2008,Cameroon,0.2734,149,0.05,0.2007,0.0635,0.66044\n")
    found = read_un(un).data
    assert found.query("country == 'Cameroon'")["egdi"].item() == 0.2734
    assert not found.query("edition == 2008 and country == 'Land B'").size, "EGDI 0: not surveyed"
    # Romania's code of 2020 is brought together with that of 2022
    assert list(read_wb(wb).data.query("country == 'ROU'")["edition"]) == [2020, 2022]
    assert "Romania" in derive.constant(read_un(un))


def test_a_byte_order_mark_and_more_columns_do_no_harm(tmp_path):
    un, wb = made_up(tmp_path / "in")
    plain_tables = derive.derive(read_un(un), read_wb(wb))
    copy = tmp_path / "un.csv"
    shutil.copy(un, copy)
    lines = copy.read_text(encoding="utf-8").splitlines()
    copy.write_text("\ufeff" + "\n".join(f"{line},x" for line in lines), encoding="utf-8")
    marked = derive.derive(read_un(copy), read_wb(wb))
    for name in TABLES:
        assert derive.to_csv(marked[name]) == derive.to_csv(plain_tables[name])


def test_too_few_countries_is_said(tmp_path):
    un, wb = made_up(tmp_path)
    drop_rows(un, lambda r: r["country"] in derive.EAEU)
    with pytest.raises(InputError, match="expected Russia, 10 others"):
        derive.peers(read_un(un), read_wb(wb))
