"""Derive the tidy tables of ``data/public`` from the two published country tables.

``python -m analysis.steps.public_statistics_derive UN.csv WB.csv [--out FOLDER]`` reads the UN
E-Government Survey and the World Bank GovTech Maturity Index for all countries (their columns:
:mod:`analysis.steps.public_statistics_source`) and writes what the project ships: values, ranks and
percentiles of Russia and its peers, the world's quantiles, and the world's changes between
editions. All tables are computed before the first is written, and each file is replaced whole.
Input that cannot be right is refused with one message, and nothing is written.
"""

from __future__ import annotations

import argparse
import itertools
import math
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.project import DATA
from analysis.steps.public_statistics_source import (
    RUSSIA,
    InputError,
    Survey,
    read_un,
    read_wb,
)

#: Members of the Eurasian Economic Union, named as the UN survey names them.
EAEU = ("Armenia", "Belarus", "Kazakhstan", "Kyrgyzstan", RUSSIA)
#: The edition in which the countries nearest to Russia are looked up, and how many of them count.
PEER_EDITION = 2020
NEAREST = 10
#: How many countries of similar value a country's change is compared with.
SIMILAR = 20

#: Peers whose name in the World Bank table differs from their name in the UN table.
WB_NAMES = {
    "Kyrgyzstan": "Kyrgyz Republic",
    "Slovakia": "Slovak Republic",
    "Republic of Korea": "Korea, Rep.",
    "Republic of Moldova": "Moldova",
    "Viet Nam": "Vietnam",
    "United Kingdom of Great Britain and Northern Ireland": "United Kingdom",
}
QUANTILES = {"min": 0, "p10": 10, "q1": 25, "median": 50, "q3": 75, "p90": 90, "max": 100}
#: Ranks compare values rounded to this many decimals: far below what the publishers print.
DECIMALS = 10
#: The finest grid of values that is looked for (see :func:`steps`), and the printed precision.
MOST_STEPS = 400
#: With fewer different values some grid fits by chance.
FEWEST_VALUES = 12
PRINTED = 6e-5


# --- computing -----------------------------------------------------------------------------------


def rank(values: pd.Series) -> pd.Series:
    """Ranks, 1 for the highest; countries with equal values all get the best of their ranks."""
    return values.round(DECIMALS).rank(ascending=False, method="min").astype(int)


def percentile(values: pd.Series) -> pd.Series:
    """The share of the *other* countries that lie below, 0 to 100; a tie counts half.

    0 for the single lowest, 100 for the single highest country; NaN where there is no other.
    """
    if len(values) < 2:
        return pd.Series(np.nan, index=values.index)
    return (values.round(DECIMALS).rank(method="average") - 1) / (len(values) - 1) * 100


def steps(values: Sequence[float]) -> int | None:
    """The smallest number of equal steps from 0 to 1 on which all values lie; None if none.

    A score that counts points, stretched from the lowest to the highest country, takes whole steps
    of 1/n, n the points between these two. Where nothing fits, the score is no plain count; None
    too where fewer than :data:`FEWEST_VALUES` values differ.
    """
    array = np.unique(np.asarray(values, dtype=float))
    if len(array) < FEWEST_VALUES:
        return None
    for n in range(2, MOST_STEPS):
        if np.abs(array - np.round(array * n) / n).max() < PRINTED:
            return n
    return None


def constant(survey: Survey) -> set[str]:
    """The countries with values in every edition of a survey."""
    counts = survey.data.groupby("country")["edition"].nunique()
    return set(counts.index[counts == survey.data["edition"].nunique()])


def peers(un: Survey, wb: Survey) -> pd.DataFrame:
    """Russia and its peers: EAEU members and the countries nearest in EGDI in 2020.

    Raises
    ------
    InputError
        If the edition or a member is missing, or a peer has no row in the World Bank table.
    """
    egdi = un.data[un.data["edition"] == PEER_EDITION].set_index("country")["egdi"]
    absent = [name for name in EAEU if name not in egdi.index]
    if absent or len(egdi) <= NEAREST:
        raise InputError(
            f"UN table, {PEER_EDITION}: {len(egdi)} countries, without {', '.join(absent) or '-'}; "
            f"expected Russia, {NEAREST} others and all members of the EAEU"
        )
    distance = (egdi - egdi[RUSSIA]).abs().round(DECIMALS)
    order = sorted((float(d), str(c)) for c, d in distance.drop(RUSSIA).items())
    nearest = {country for _, country in order[:NEAREST]}
    codes = dict(zip(wb.data["name"], wb.data["country"], strict=True))
    rows = []
    for country in sorted(nearest | set(EAEU)):
        name = WB_NAMES.get(country, country)
        if name not in codes:
            raise InputError(f"World Bank table: no row named {name!r}; expected every peer's")
        rows.append(
            {
                "country": country,
                "wb_code": codes[name],
                "wb_name": name,
                "eaeu": country in EAEU,
                "nearest": country in nearest,
                "egdi_2020": egdi[country],
                "distance": distance[country],
            }
        )
    return pd.DataFrame(rows)


def countries(survey: Survey, names: Mapping[str, str]) -> pd.DataFrame:
    """Value, rank and percentile of the named countries, a row each edition and measure.

    ``names`` maps a country's key in ``survey`` to the name it is given in the table.
    """
    kept = constant(survey)
    out = []
    for measure in survey.measures:
        for edition, rows in survey.data.groupby("edition"):
            values = rows.set_index("country")[measure]
            ranks, places = rank(values), percentile(values)
            among = percentile(values[values.index.isin(kept)])
            for key, name in names.items():
                if key in values.index:
                    out.append(
                        {
                            "edition": edition,
                            "measure": measure,
                            "country": name,
                            "value": values[key],
                            "rank": ranks[key],
                            "n": len(values),
                            "percentile": places[key],
                            "percentile_constant": among.get(key, np.nan),
                        }
                    )
    return pd.DataFrame(out).sort_values(["edition", "measure", "country"], ignore_index=True)


def world(survey: Survey) -> pd.DataFrame:
    """The world's quantiles, mean and steps each edition and measure, for two sets of countries.

    ``all`` are the countries with values in that edition, ``constant`` those with values in all.
    """
    sets: dict[str, Callable[[str], bool]] = {
        "all": lambda _: True,
        "constant": constant(survey).__contains__,
    }
    out = []
    for edition, rows in survey.data.groupby("edition"):
        for measure in survey.measures:
            for label, keep in sets.items():
                values = rows.loc[rows["country"].map(keep), measure].to_numpy()
                if len(values) == 0:
                    continue
                marks = np.percentile(values, list(QUANTILES.values()))
                out.append(
                    {
                        "survey": survey.name,
                        "edition": edition,
                        "measure": measure,
                        "countries": label,
                        "n": len(values),
                        **dict(zip(QUANTILES, marks, strict=True)),
                        "mean": values.mean(),
                        "steps": steps(values.tolist()),
                    }
                )
    return pd.DataFrame(out)


def _pairs(survey: Survey) -> Iterator[tuple[str, int, int, pd.DataFrame]]:
    """Each measure in each two editions that follow each other: values at ``start`` and ``end``."""
    for measure in survey.measures:
        wide = survey.data.pivot(index="country", columns="edition", values=measure)
        editions = [int(e) for e in wide.columns]
        for start, end in itertools.pairwise(editions):
            both = wide[[start, end]].dropna().set_axis(["start", "end"], axis=1)
            if len(both) > 1:
                yield measure, start, end, both


def changes(survey: Survey) -> pd.DataFrame:
    """How all countries with values in both editions changed from one edition to the next.

    ``rank_correlation`` is Spearman's: near 1, the order of countries hardly changed.
    """
    out = []
    for measure, start, end, both in _pairs(survey):
        change = (both["end"] - both["start"]).round(DECIMALS)
        marks = np.percentile(change, [10, 25, 50, 75, 90])
        out.append(
            {
                "survey": survey.name,
                "measure": measure,
                "start": start,
                "end": end,
                "n": len(both),
                "fell": int((change < 0).sum()),
                "same": int((change == 0).sum()),
                "rose": int((change > 0).sum()),
                **dict(zip(["p10", "q1", "median", "q3", "p90"], marks, strict=True)),
                "rank_correlation": both["start"].rank().corr(both["end"].rank()),
            }
        )
    return pd.DataFrame(out)


def country_changes(survey: Survey, names: Mapping[str, str]) -> pd.DataFrame:
    """How the named countries changed, beside the world and beside countries that stood alike.

    ``fall_rank`` is 1 for the largest fall, ``rise_rank`` 1 for the largest rise. ``similar_*``
    describe the :data:`SIMILAR` countries whose starting value is nearest (more where the last
    ones tie), the country itself left out.
    ``end_at_start_place`` is the later value at the country's earlier percentile: what it would
    have scored had it kept its place among the same countries. ``start_at_end_place`` is the
    earlier value at its later percentile.
    """
    out = []
    for measure, start, end, both in _pairs(survey):
        change = (both["end"] - both["start"]).round(DECIMALS)
        falls = (-change).rank(ascending=False, method="min").astype(int)
        rises = change.rank(ascending=False, method="min").astype(int)
        before, after = percentile(both["start"]), percentile(both["end"])
        for key, name in names.items():
            if key not in both.index:
                continue
            others = (both["start"] - both["start"][key]).abs().round(DECIMALS).drop(key)
            similar = change[others[others <= others.nsmallest(SIMILAR).max()].index]
            out.append(
                {
                    "survey": survey.name,
                    "measure": measure,
                    "start": start,
                    "end": end,
                    "country": name,
                    "change": change[key],
                    "fall_rank": falls[key],
                    "rise_rank": rises[key],
                    "n": len(both),
                    "similar_n": len(similar),
                    "similar_fell": int((similar < 0).sum()),
                    "similar_fell_more": int((similar < change[key]).sum()),
                    "similar_median": similar.median(),
                    "end_at_start_place": np.percentile(both["end"], before[key]),
                    "start_at_end_place": np.percentile(both["start"], after[key]),
                }
            )
    return pd.DataFrame(out).sort_values(
        ["survey", "measure", "start", "country"], ignore_index=True
    )


def derive(un: Survey, wb: Survey) -> dict[str, pd.DataFrame]:
    """All tables that the project ships, by file name without ``.csv``."""
    chosen = peers(un, wb)
    un_names = {c: c for c in chosen["country"]}
    wb_names = dict(zip(chosen["wb_code"], chosen["country"], strict=True))
    both = ((un, un_names), (wb, wb_names))
    return {
        "peers": chosen,
        "egov": countries(un, un_names),
        "govtech": countries(wb, wb_names),
        "world": pd.concat([world(s) for s, _ in both], ignore_index=True),
        "changes": pd.concat([changes(s) for s, _ in both], ignore_index=True),
        "country_changes": pd.concat(
            [country_changes(s, names) for s, names in both], ignore_index=True
        ),
    }


# --- writing -------------------------------------------------------------------------------------


def _text(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, float):
        # more than any publisher prints, less than the last digit on which machines differ
        text = f"{value:.8f}".rstrip("0").rstrip(".")
        return "0" if text == "-0" else text
    return str(value)


def to_csv(table: pd.DataFrame) -> str:
    """A table as CSV text: at most eight decimals, ``true`` / ``false``, an empty cell missing."""
    lines = [",".join(table.columns)]
    for row in table.astype(object).itertuples(index=False, name=None):
        cells = [_text(cell) for cell in row]
        lines.append(",".join(f'"{c}"' if "," in c else c for c in cells))
    return "\n".join(lines) + "\n"


def write(tables: Mapping[str, pd.DataFrame], folder: Path) -> None:
    """Write the tables; each file is replaced whole, once all of them lie beside it complete."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".derive-") as beside:
        for name, table in tables.items():
            Path(beside, f"{name}.csv").write_text(to_csv(table), encoding="utf-8", newline="\n")
        for name in tables:
            os.replace(Path(beside, f"{name}.csv"), folder / f"{name}.csv")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line: 0 once all tables are written, 1 with one message if they cannot be."""
    parser = argparse.ArgumentParser(
        prog="python -m analysis.steps.public_statistics_derive",
        description="Derive the tables of data/public from the two published country tables.",
    )
    parser.add_argument("un", type=Path, help="UN E-Government Survey, all countries (CSV)")
    parser.add_argument("wb", type=Path, help="World Bank GovTech Maturity Index, all (CSV)")
    parser.add_argument("--out", type=Path, default=DATA / "public", help="folder to write to")
    chosen = parser.parse_args(arguments)
    try:
        tables = derive(read_un(chosen.un), read_wb(chosen.wb))
        write(tables, chosen.out)
    except InputError as error:
        print(f"Nothing written. {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{chosen.out}: cannot be written ({error.strerror})", file=sys.stderr)
        return 1
    print(f"{len(tables)} tables, {sum(map(len, tables.values()))} rows, in {chosen.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
