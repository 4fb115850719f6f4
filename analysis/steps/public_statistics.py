"""The public-statistics chapter: what published indices say about C1 to C4.

Everything is computed from the tables in ``data/public``, which
:mod:`analysis.steps.public_statistics_derive` derives from the publishers' country tables. The
service side is OSI (UN) and PSDI (World Bank), the participation side EPI and DCEI.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.project import DATA

RUSSIA = "Russian Federation"
#: The measures of each survey that stand for services and for participation.
SIDES = {"un": ("osi", "epi"), "wb": ("psdi", "dcei")}
#: The editions between which Russia's EPI fell most.
FALL = (2020, 2022)


@dataclass(frozen=True)
class Tables:
    """What ``data/public`` holds: see ``sources.yml`` there for the rules behind each table."""

    peers: pd.DataFrame
    egov: pd.DataFrame
    govtech: pd.DataFrame
    world: pd.DataFrame
    changes: pd.DataFrame
    country_changes: pd.DataFrame
    sources: Mapping[str, Any]

    def survey(self, name: str) -> pd.DataFrame:
        """The country table of a survey: ``un`` or ``wb``."""
        return {"un": self.egov, "wb": self.govtech}[name]


def load(folder: Path = DATA / "public") -> Tables:
    """The tables of ``data/public``."""
    import yaml

    names = ("peers", "egov", "govtech", "world", "changes", "country_changes")
    read = {name: pd.read_csv(folder / f"{name}.csv") for name in names}
    sources = yaml.safe_load((folder / "sources.yml").read_text(encoding="utf-8"))
    return Tables(**read, sources=sources)


def by_key(table: pd.DataFrame, key: str) -> dict[Any, dict[str, Any]]:
    """The rows of a table by the value of one column."""
    rows = table.set_index(key).to_dict("index")
    return {name: {str(column): cell for column, cell in row.items()} for name, row in rows.items()}


def peer_names(tables: Tables) -> list[str]:
    """The peers in alphabetical order, Russia left out."""
    return sorted(set(tables.peers["country"]) - {RUSSIA})


def standing(
    tables: Tables, measure: str, survey: str = "un", country: str = RUSSIA
) -> pd.DataFrame:
    """A country's value, rank and percentile in each edition, beside the world's quartiles.

    ``world_n`` countries stand behind ``q1``, ``median`` and ``q3``; ``side`` is how far the value
    lies above the upper quartile.
    """
    own = tables.survey(survey)
    own = own[(own["measure"] == measure) & (own["country"] == country)]
    world = tables.world[
        (tables.world["survey"] == survey)
        & (tables.world["measure"] == measure)
        & (tables.world["countries"] == "all")
    ]
    columns = ["edition", "q1", "median", "q3", "steps"]
    out = own.merge(world[columns], on="edition").sort_values("edition", ignore_index=True)
    return out.assign(side=out["value"] - out["q3"]).drop(columns=["measure", "country"])


def gaps(tables: Tables, survey: str = "un", places: str = "percentile") -> pd.DataFrame:
    """Participation percentile less service percentile, each edition and country, in points.

    Above zero a country stands higher among all countries on participation than on services.
    ``places`` is ``percentile`` or ``percentile_constant``.
    """
    wide = tables.survey(survey).pivot(
        index=["edition", "country"], columns="measure", values=places
    )
    service, participation = (wide[m] for m in SIDES[survey])
    out = pd.DataFrame({"service": service, "participation": participation})
    return out.assign(gap=out["participation"] - out["service"]).reset_index()


def gap_summary(tables: Tables, survey: str = "un") -> pd.DataFrame:
    """Russia's gap in each edition beside the median of its peers.

    ``larger`` of ``peers`` have a larger gap than Russia.
    """
    rows = []
    for edition, group in gaps(tables, survey).groupby("edition"):
        own = group.set_index("country")["gap"]
        others = own.drop(RUSSIA)
        rows.append(
            {
                "edition": edition,
                "russia": own[RUSSIA],
                "peers_median": others.median(),
                "larger": int((others > own[RUSSIA]).sum()),
                "peers": len(others),
            }
        )
    return pd.DataFrame(rows)


def gap_restlessness(tables: Tables, survey: str = "un") -> float:
    """By how many points a gap usually moves: the median over peers and neighbouring editions.

    Of absolute changes; a smaller change of one country is nothing out of the ordinary.
    """
    wide = gaps(tables, survey).pivot(index="edition", columns="country", values="gap")
    moves = wide.drop(columns=RUSSIA).diff().abs().to_numpy()
    return float(np.nanmedian(moves))


def constant_set(tables: Tables, survey: str = "un") -> pd.DataFrame:
    """How Russia's gap shifts when only countries with values in every edition are counted."""
    every = gaps(tables, survey).query("country == @RUSSIA")
    kept = gaps(tables, survey, "percentile_constant").query("country == @RUSSIA")
    both = every[["edition", "gap"]].merge(kept[["edition", "gap"]], on="edition")
    both.columns = pd.Index(["edition", "all", "constant"])
    return both.assign(shift=both["constant"] - both["all"])


def peer_changes(
    tables: Tables, measure: str = "epi", start: int = FALL[0], end: int = FALL[1]
) -> pd.DataFrame:
    """How Russia and its peers changed between two editions, the largest fall first."""
    table = tables.country_changes
    chosen = table[
        (table["measure"] == measure) & (table["start"] == start) & (table["end"] == end)
    ]
    return chosen.sort_values(["change", "country"], ignore_index=True)


def country_change(
    tables: Tables,
    measure: str = "epi",
    start: int = FALL[0],
    end: int = FALL[1],
    country: str = RUSSIA,
) -> dict[str, Any]:
    """How one country changed between two editions: its row of ``country_changes.csv``."""
    return by_key(peer_changes(tables, measure, start, end), "country")[country]


def edition_pairs(tables: Tables, measure: str = "epi", survey: str = "un") -> pd.DataFrame:
    """What changed from each edition to the next: the scale, the world, and Russia.

    ``steps_start`` and ``steps_end`` are the numbers of equal steps on which all values lie.
    """
    world = tables.changes[tables.changes["measure"] == measure]
    own = tables.country_changes
    own = own[(own["measure"] == measure) & (own["country"] == RUSSIA)]
    keys = ["start", "end"]
    out = world.merge(own[[*keys, "change", "fall_rank", "rise_rank"]], on=keys)
    steps = standing(tables, measure, survey).set_index("edition")["steps"]
    out["steps_start"] = out["start"].map(steps)
    out["steps_end"] = out["end"].map(steps)
    return out


@dataclass(frozen=True, slots=True)
class Parts:
    """A change split into what the scale did at a country's place and what its place did.

    ``scale_first + place_then`` and ``place_first + scale_then`` both make up ``change``: the two
    orders bound what each part can be said to be.
    """

    change: float
    scale_first: float
    place_then: float
    place_first: float
    scale_then: float
    kept_place: float


def split(
    tables: Tables,
    measure: str = "epi",
    start: int = FALL[0],
    end: int = FALL[1],
    country: str = RUSSIA,
) -> Parts:
    """Split a country's change into the shift of the scale at its place and its change of place.

    ``kept_place`` is what it would have scored at ``end`` had it kept its percentile.
    """
    row = country_change(tables, measure, start, end, country)
    values = by_key(standing(tables, measure, country=country), "edition")
    before, after = values[start]["value"], values[end]["value"]
    kept, moved = row["end_at_start_place"], row["start_at_end_place"]
    return Parts(
        change=after - before,
        scale_first=kept - before,
        place_then=after - kept,
        place_first=moved - before,
        scale_then=after - moved,
        kept_place=kept,
    )


def context(tables: Tables) -> pd.DataFrame:
    """Russia's EGDI and its three components: value and rank in each edition."""
    own = tables.egov[tables.egov["country"] == RUSSIA]
    wide = own.pivot(index="edition", columns="measure", values=["value", "rank"])
    out = pd.DataFrame({"n": own.groupby("edition")["n"].first()})
    for measure in ("egdi", "osi", "tii", "hci"):
        out[measure] = wide["value"][measure]
        out[f"{measure}_rank"] = wide["rank"][measure].astype(int)
    return out.reset_index()


def agreement(tables: Tables, edition: int) -> pd.Series:
    """Rank correlation of the two surveys over Russia and its peers, for each side.

    Spearman's; near 1 the two surveys order these countries alike.
    """

    def values(survey: str, measure: str) -> pd.Series:
        table = tables.survey(survey)
        chosen = table[(table["edition"] == edition) & (table["measure"] == measure)]
        return chosen.set_index("country")["value"]

    out = {}
    for side, un, wb in zip(("service", "participation"), SIDES["un"], SIDES["wb"], strict=True):
        both = pd.concat([values("un", un), values("wb", wb)], axis=1, join="inner")
        out[side] = both.iloc[:, 0].rank().corr(both.iloc[:, 1].rank())
    return pd.Series({**out, "n": len(both)})


def stated(tables: Tables) -> dict[str, dict[str, Any]]:
    """Numbers that the publishers state about their methods; only those that were checked."""
    facts: Mapping[str, dict[str, Any]] = tables.sources["facts"]
    return {name: fact for name, fact in facts.items() if fact["checked"]}
