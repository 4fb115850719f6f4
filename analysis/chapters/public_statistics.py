"""Derive the tables of ``data/public`` from the publishers' tables of all countries.

``python -m analysis.chapters.public_statistics FOLDER`` reads the UN E-Government Survey and the
World Bank's GovTech Maturity Index in FOLDER (:data:`SURVEYS`) and writes
what the project ships: values and places of Russia and its peers, and the changes of the world.
``data/public/sources.yml`` states the rules.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from analysis.project import DATA

RUSSIA = "Russian Federation"
#: Members of the Eurasian Economic Union, named as the UN survey names them.
EAEU = ("Armenia", "Belarus", "Kazakhstan", "Kyrgyzstan", RUSSIA)
#: The edition in which the countries nearest to Russia are looked up, and how many of them count.
PEER_EDITION = 2020
NEAREST = 10
#: How many countries of similar value a country's change is compared with.
SIMILAR = 20
#: Values are compared at this many decimals, and written with so many.
DECIMALS, WRITTEN = 10, 8
QUARTERS = np.array([0.25, 0.5, 0.75])
#: The finest grid of values that is looked for, and the precision of what is printed.
MOST_STEPS, PRINTED = 400, 6e-5
#: With fewer different values some grid fits by chance.
FEWEST_VALUES = 12

#: A peer whose name in the World Bank's table differs from its name in the UN's.
NAMES = {"Kyrgyz Republic": "Kyrgyzstan"}
#: Values above 1 that the UN survey printed.
ABOVE_ONE = {("Micronesia (Federated States of)", "hci"), ("Tuvalu", "hci")}

#: The file of each survey, and its measures.
SURVEYS = {
    "un": ("un_egov_survey_*.csv", ("egdi", "epi", "osi", "tii", "hci")),
    "wb": ("wb_gtmi_*.csv", ("gtmi", "cgsi", "psdi", "dcei", "gtei")),
}
KEYS = ["survey", "edition", "measure"]


class InputError(ValueError):
    """Input that cannot be right; the message says where and what was expected."""


def read(folder: Path, survey: str) -> pd.DataFrame:
    """One row a country, edition and measure: survey, edition, country, measure, value.

    Raises
    ------
    InputError
        If the file, a column or a value cannot be right.
    """
    pattern, measures = SURVEYS[survey]
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise InputError(f"{folder}: {len(found)} files {pattern}; expected one")
    file = found[0].name
    try:
        wide = pd.read_csv(found[0], encoding="utf-8-sig").rename(columns={"year": "edition"})
        if survey == "wb":  # a code's name of the last wave: some codes and some names changed
            last = wide.sort_values("edition").groupby("country_code")["country_name"].last()
            wide["country"] = wide["country_code"].map(last).replace(NAMES)
        long = wide.melt(["edition", "country"], list(measures), "measure", "value")
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{file}: not the publisher's table ({error})") from None
    if wide.duplicated(["edition", "country"]).any():
        raise InputError(f"{file}: a country stands twice in an edition; expected one row")
    long["value"] = pd.to_numeric(long["value"], errors="coerce")
    for edition, country, measure, value in long[~long["value"].between(0, 1)].to_numpy():
        if not ((country, measure) in ABOVE_ONE and value > 1):
            place = f"{file}, {country} {edition}, {measure}"
            raise InputError(f"{place}: expected a number from 0 to 1")
    if survey == "un":  # an EGDI of 0: not surveyed in that edition
        surveyed = long[(long["measure"] == "egdi") & (long["value"] > 0)]
        long = long.merge(surveyed[["edition", "country"]], on=["edition", "country"])
    present = long.loc[long["country"] == RUSSIA, "edition"]
    if absent := sorted(set(wide["edition"]) - set(present)):
        raise InputError(f"{file}: no values for {RUSSIA} in {absent[0]}; expected a row")
    return long.assign(survey=survey)


def peers(un: pd.DataFrame) -> pd.DataFrame:
    """Russia and its peers: EAEU members and the countries nearest in EGDI in 2020.

    Raises
    ------
    InputError
        If a member is missing.
    """
    egdi = un[(un["edition"] == PEER_EDITION) & (un["measure"] == "egdi")]
    values = egdi.set_index("country")["value"].sort_index()
    if absent := [name for name in EAEU if name not in values.index]:
        raise InputError(f"UN table, {PEER_EDITION}: without {', '.join(absent)}")
    distance = (values - values[RUSSIA]).abs().round(DECIMALS).drop(RUSSIA)
    nearest = set(distance.sort_values(kind="stable").index[:NEAREST])
    chosen = values[values.index.isin(nearest | set(EAEU))].rename("egdi_2020").reset_index()
    return chosen.assign(eaeu=chosen["country"].isin(EAEU), nearest=chosen["country"].isin(nearest))


def rank(values: pd.Series) -> pd.Series:
    """1 for the highest; equal values share the best of their ranks."""
    return values.round(DECIMALS).rank(ascending=False, method="min")


def percentile(values: pd.Series) -> pd.Series:
    """The share of the *other* countries that lie below, 0 to 100; a tie counts half."""
    others = len(values) - 1
    return (values.round(DECIMALS).rank() - 1) / others * 100 if others else values * np.nan


def places(long: pd.DataFrame, countries: pd.Series) -> pd.DataFrame:
    """Value, rank and percentile of the ``countries``, each survey, edition and measure.

    ``percentile_constant`` is the percentile among the countries that have values in every
    edition of the survey.
    """
    groups = long.groupby(KEYS)["value"]
    table = long.assign(
        rank=groups.transform(rank).astype(int),
        n=groups.transform("size"),
        percentile=groups.transform(percentile),
    )
    editions = long.groupby(["survey", "country"])["edition"].transform("nunique")
    always = editions == long.groupby("survey")["edition"].transform("nunique")
    table["percentile_constant"] = long[always].groupby(KEYS)["value"].transform(percentile)
    columns = [*KEYS, "country", "value", "rank", "n", "percentile", "percentile_constant"]
    table = table.loc[table["country"].isin(countries), columns]
    return table.sort_values([*KEYS, "country"])


def steps(values: ArrayLike) -> float:
    """The smallest number of equal steps from 0 to 1 on which all values lie; NaN if none.

    A score that counts points, stretched from the lowest to the highest country, takes whole
    steps; where no number below :data:`MOST_STEPS` fits, the score is no plain count.
    """
    array = np.unique(np.asarray(values, dtype=float))
    fits = (
        n for n in range(2, MOST_STEPS) if np.abs(array - np.round(array * n) / n).max() < PRINTED
    )
    return next(fits, np.nan) if len(array) >= FEWEST_VALUES else np.nan


def world(long: pd.DataFrame) -> pd.DataFrame:
    """The quartiles and steps of all countries, each survey, edition and measure."""
    groups = long.groupby(KEYS)["value"]
    table = groups.quantile(QUARTERS).unstack()
    table.columns = pd.Index(["q1", "median", "q3"])
    table.insert(0, "n", groups.size())
    return table.assign(steps=groups.agg(steps).astype("Int64")).reset_index()


def changes(long: pd.DataFrame) -> pd.DataFrame:
    """How the world and Russia changed from each edition to the next, each survey and measure.

    Only countries with values in both editions count. ``rank_correlation`` is Spearman's.
    ``similar`` are the :data:`SIMILAR` countries whose earlier value is nearest to Russia's, more
    where the last ones tie. ``kept_place`` is the later value at Russia's earlier percentile: what
    it would have had, had it kept its place.
    """
    rows = []
    for (survey, measure), values in long.groupby(["survey", "measure"]):
        wide = values.pivot(index="country", columns="edition", values="value")
        for start, end in itertools.pairwise(wide.columns):
            both = wide[[start, end]].dropna()
            before, after = both[start], both[end]
            change = (after - before).round(DECIMALS)
            own = change[RUSSIA]
            others = (before - before[RUSSIA]).abs().round(DECIMALS).drop(RUSSIA)
            similar = change[others[others <= others.nsmallest(SIMILAR).max()].index]
            q1, median, q3 = change.quantile(QUARTERS)
            rows.append(
                {"survey": survey, "measure": measure, "start": start, "end": end}
                | {"n": len(both), "fell": (change < 0).sum(), "rose": (change > 0).sum()}
                | {"q1": q1, "median": median, "q3": q3}
                | {"rank_correlation": before.rank().corr(after.rank())}
                | {"russia": own, "fell_more": (change < own).sum()}
                | {"rose_more": (change > own).sum(), "similar": len(similar)}
                | {"similar_fell": (similar < 0).sum(), "similar_median": similar.median()}
                | {"similar_fell_more": (similar < own).sum()}
                | {"kept_place": np.percentile(after, percentile(before)[RUSSIA])}
            )
    return pd.DataFrame(rows)


def derive(folder: Path) -> dict[str, pd.DataFrame]:
    """The tables that the project ships, by file name without ``.csv``."""
    un, wb = read(folder, "un"), read(folder, "wb")
    chosen = peers(un)
    if absent := sorted(set(chosen["country"]) - set(wb["country"])):
        raise InputError(f"World Bank table: without {', '.join(absent)}")
    long = pd.concat([un, wb], ignore_index=True)
    return {
        "peers": chosen,
        "places": places(long, chosen["country"]),
        "world": world(long),
        "changes": changes(long),
    }


def to_csv(table: pd.DataFrame) -> str:
    """A table as CSV text: at most eight decimals, ``true`` / ``false``."""
    shown = table.round(WRITTEN).replace({True: "true", False: "false"})
    return shown.to_csv(index=False, lineterminator="\n")


def main(arguments: Sequence[str] | None = None, out: Path = DATA / "public") -> int:
    """Write the tables once all of them are derived; 1 with one message if they cannot be."""
    given = sys.argv[1:] if arguments is None else arguments
    if len(given) != 1:
        print("Expected one folder with the publishers' tables.", file=sys.stderr)
        return 2
    try:
        texts = {name: to_csv(table) for name, table in derive(Path(given[0])).items()}
    except InputError as error:
        print(f"Nothing written. {error}", file=sys.stderr)
        return 1
    for name, text in texts.items():
        (out / f"{name}.csv").write_text(text, encoding="utf-8", newline="\n")
    print(f"{len(texts)} tables written to {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
