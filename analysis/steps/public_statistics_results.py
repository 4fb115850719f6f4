"""What the prose of the public-statistics chapter states, as results ready to be recorded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from analysis.steps import public_statistics as ps
from analysis.steps.public_statistics import RUSSIA, Tables
from analysis.steps.results import Result

_HERE = "analysis.steps.public_statistics."

#: Which of Russia's values the prose states: survey, measure, editions, and what of each.
_STATED: tuple[tuple[str, str, Sequence[int], Sequence[str]], ...] = (
    ("un", "epi", (2010, 2012), ("value",)),
    ("un", "epi", (2018, 2020, 2022, 2024), ("value", "rank")),
    ("un", "epi", (2020, 2022), ("percentile",)),
    ("un", "epi", (2018, 2022), ("q3", "side")),
    ("un", "epi", (2010, 2012, 2020, 2022, 2024), ("steps",)),
    ("un", "osi", (2010, 2018, 2020, 2022, 2024), ("value",)),
    ("un", "osi", (2018, 2024), ("rank",)),
    ("un", "osi", (2024,), ("median",)),
    ("un", "osi", (2020,), ("steps",)),
    ("un", "egdi", (2018, 2020, 2022, 2024), ("value",)),
    ("un", "egdi", (2020, 2022), ("rank",)),
    ("un", "tii", (2020, 2024), ("value",)),
    ("wb", "psdi", (2020, 2022, 2025), ("value", "rank")),
    ("wb", "psdi", (2025,), ("median",)),
    ("wb", "dcei", (2020, 2022, 2025), ("value", "rank")),
)
#: Of each column: unit, what it adds to the id, label, method.
_COLUMNS = {
    "value": ("index", "", "{m} of Russia, {e}", "As published"),
    "rank": (
        "rank-of",
        "-rank",
        "Rank of Russia in {m}, {e}",
        "1 is the highest; countries with equal values share the best of their ranks",
    ),
    "percentile": (
        "percentile",
        "-percentile",
        "Percentile of Russia in {m}, {e}",
        "Share of the other countries below, a tie counting half",
    ),
    "q3": (
        "index",
        "-q3",
        "Upper quartile of {m} over all countries, {e}",
        "Linear interpolation between ordered values",
    ),
    "median": (
        "index",
        "-median",
        "Median of {m} over all countries, {e}",
        "Linear interpolation between ordered values",
    ),
    "side": (
        "side",
        "-side",
        "Russia above or below the upper quartile of {m}, {e}",
        "Sign of the value less the upper quartile, at three decimals",
    ),
    "steps": (
        "count",
        "-steps",
        "Steps on which all values of {m} lie, {e}",
        "Smallest number of equal steps from 0 to 1 that fits every value as printed",
    ),
}


def _made(
    name: str,
    label: str,
    value: Any,
    unit: str,
    function: str,
    method: str,
    standing: str = "description",
    k: Any = None,
    n: Any = None,
) -> Result:
    if not isinstance(value, str):
        value = int(value) if unit in {"count", "rank"} else float(value)
    return Result(
        f"ps-{name}",
        label,
        value,
        unit,
        standing,
        method,
        _HERE + function,
        k=None if k is None else int(k),
        n=None if n is None else int(n),
    )


def _standings(tables: Tables) -> list[Result]:
    out = []
    for survey, measure, editions, columns in _STATED:
        rows = ps.by_key(ps.standing(tables, measure, survey), "edition")
        for edition in editions:
            row = rows[edition]
            for column in columns:
                unit, suffix, label, method = _COLUMNS[column]
                counts = {"k": row["rank"], "n": row["n"]} if column == "rank" else {}
                out.append(
                    _made(
                        f"{measure}{suffix}-{edition}",
                        label.format(m=measure.upper(), e=edition),
                        row[column],
                        unit,
                        "standing",
                        method,
                        **counts,
                    )
                )
    return out


def _peers(tables: Tables) -> list[Result]:
    rule = "EAEU members and the countries nearest to Russia in EGDI 2020"
    peers = tables.peers.set_index("country").drop(RUSSIA)
    near, member = peers["nearest"], peers["eaeu"]

    def names(name: str, label: str, chosen: Any) -> Result:
        listed = "; ".join(peers.index[chosen])
        return _made(name, label, listed, "names", "peer_names", rule)

    return [
        _made("peers", "Peers of Russia", len(peers), "count", "peer_names", rule),
        _made("nearest", "Countries nearest to Russia", near.sum(), "count", "peer_names", rule),
        names("nearest-names", "The countries nearest to Russia in EGDI 2020", near),
        names("eaeu-names", "The other members of the EAEU", member),
        names("both-names", "Peers by both rules", near & member),
    ]


def _scale(tables: Tables) -> list[Result]:
    """Did the scale move: the world between the editions of the fall, and between all others."""
    pairs = ps.edition_pairs(tables)
    fell = ps.by_key(pairs, "start")[ps.FALL[0]]
    rest = pairs[pairs["start"] != ps.FALL[0]]
    when = "EPI, 2020 to 2022"
    others = "EPI, all other pairs of editions that follow each other"
    function = "edition_pairs"
    spearman = "Spearman's rank correlation of the values of the two editions"
    median = "Median over countries with values in both editions"
    return [
        _made(
            "world-fell",
            f"Countries that fell: {when}",
            fell["fell"] / fell["n"],
            "share",
            function,
            "Countries with values in both editions",
            k=fell["fell"],
            n=fell["n"],
        ),
        _made("world-change", f"Median change: {when}", fell["median"], "change", function, median),
        _made(
            "world-change-rest",
            f"Lowest median change: {others}",
            rest["median"].min(),
            "change",
            function,
            median,
        ),
        _made(
            "rank-correlation",
            f"Rank correlation: {when}",
            fell["rank_correlation"],
            "coefficient",
            function,
            spearman,
        ),
        _made(
            "rank-correlation-low",
            f"Lowest rank correlation: {others}",
            rest["rank_correlation"].min(),
            "coefficient",
            function,
            spearman,
        ),
        _made(
            "rank-correlation-high",
            f"Highest rank correlation: {others}",
            rest["rank_correlation"].max(),
            "coefficient",
            function,
            spearman,
        ),
    ]


def _fall(tables: Tables) -> list[Result]:
    """Russia between the editions of the fall, beside the world, similar countries and peers."""
    table = ps.peer_changes(tables)
    own = ps.country_change(tables)
    peers = table[table["country"] != RUSSIA]
    further = sorted(peers.loc[peers["change"] < own["change"], "country"])
    when = "EPI, 2020 to 2022"
    alike = f"The {own['similar_n']} countries nearest to Russia in EPI 2020, ties included"

    def one(name: str, label: str, value: Any, unit: str, method: str, **counts: Any) -> Result:
        return _made(name, f"{label}: {when}", value, unit, "country_change", method, **counts)

    def of(name: str, label: str, k: Any, n: Any, method: str, unit: str = "count-of") -> Result:
        return one(name, label, k, unit, method, k=k, n=n)

    fell, n, similar = (peers["change"] < 0).sum(), len(peers), own["similar_n"]
    return [
        one("epi-change", "Change of Russia", own["change"], "change", "Difference"),
        of("fall-rank", "Rank of the fall", own["fall_rank"], own["n"], "1 falls most", "rank-of"),
        one("similar", "Countries that stood alike", similar, "count", alike),
        of("similar-fell", "Of those that stood alike, fell", own["similar_fell"], similar, alike),
        of(
            "similar-further",
            "Of those that stood alike, fell further than Russia",
            own["similar_fell_more"],
            similar,
            alike,
        ),
        one("similar-change", "Median change of those", own["similar_median"], "change", alike),
        of("peers-fell", "Peers that fell", fell, n, "Peers by rule"),
        of("peers-further", "Peers that fell further than Russia", len(further), n, "By rule"),
        one(
            "peers-further-names",
            "Peers that fell further than Russia",
            "; ".join(further) or "none",
            "names",
            "Peers by rule",
        ),
    ]


def _split(tables: Tables) -> list[Result]:
    parts = ps.split(tables)
    method = "Values at the same percentile of the two editions, linear interpolation"
    labels = {
        "kept_place": "EPI of 2022 at Russia's percentile of 2020",
        "scale_first": "Shift of the scale at Russia's percentile of 2020",
        "place_then": "Change of Russia's place, on the scale of 2022",
        "place_first": "Change of Russia's place, on the scale of 2020",
        "scale_then": "Shift of the scale at Russia's percentile of 2022",
    }
    return [
        _made(
            name.replace("_", "-"),
            label,
            getattr(parts, name),
            "index" if name == "kept_place" else "change",
            "split",
            method,
        )
        for name, label in labels.items()
    ]


def _rises(tables: Tables) -> list[Result]:
    """Changes that go the other way: EPI 2012 and 2024, and the World Bank's waves."""
    out = []
    for measure, start, end in (
        ("epi", 2010, 2012),
        ("dcei", 2020, 2022),
        ("dcei", 2022, 2025),
        ("psdi", 2022, 2025),
    ):
        own = ps.country_change(tables, measure, start, end)
        label = f"{measure.upper()} of Russia, {start} to {end}"
        out.append(
            _made(
                f"{measure}-change-{end}",
                f"Change: {label}",
                own["change"],
                "change",
                "country_change",
                "Difference",
            )
        )
        if own["change"] > 0.2:
            out.append(
                _made(
                    f"{measure}-rise-rank-{end}",
                    f"Rank of the rise: {label}",
                    own["rise_rank"],
                    "rank-of",
                    "country_change",
                    "1 is the largest rise",
                    k=own["rise_rank"],
                    n=own["n"],
                )
            )
    last = ps.country_change(tables, "epi", 2022, 2024)
    return [
        *out,
        _made(
            "epi-direction-2024",
            "EPI of Russia, 2022 to 2024",
            last["change"],
            "direction",
            "country_change",
            "Sign of the difference, at three decimals",
        ),
    ]


def _gaps(tables: Tables) -> list[Result]:
    out = []
    for survey, prefix, title, editions in (
        ("un", "gap", "UN survey", (2012, 2018, 2020, 2022, 2024)),
        ("wb", "wb-gap", "World Bank", (2020, 2022, 2025)),
    ):
        service, participation = (m.upper() for m in ps.SIDES[survey])
        method = f"Percentile in {participation} less percentile in {service}"
        rows = ps.by_key(ps.gap_summary(tables, survey), "edition")
        for edition in editions:
            row = rows[edition]
            when = f"{title}, {edition}"
            out += [
                _made(
                    f"{prefix}-{edition}",
                    f"Gap of Russia: {when}",
                    row["russia"],
                    "points",
                    "gap_summary",
                    method,
                ),
            ]
            if edition in (editions[2], editions[-1]):
                out += [
                    _made(
                        f"{prefix}-peers-{edition}",
                        f"Median gap of the peers: {when}",
                        row["peers_median"],
                        "points",
                        "gap_summary",
                        method,
                    ),
                    _made(
                        f"{prefix}-larger-{edition}",
                        f"Peers with a larger gap: {when}",
                        row["larger"],
                        "count-of",
                        "gap_summary",
                        method,
                        k=row["larger"],
                        n=row["peers"],
                    ),
                ]
    out.append(
        _made(
            "gap-usual-move",
            "How much a peer's gap usually moves between editions, points",
            round(ps.gap_restlessness(tables)),
            "count",
            "gap_restlessness",
            "Median of absolute changes over peers and neighbouring editions, rounded",
        )
    )
    shift = ps.constant_set(tables)
    world = tables.world[(tables.world["survey"] == "un") & (tables.world["countries"] != "all")]
    kept = "Countries with values in every edition of the UN survey"
    return [
        *out,
        _made("constant", kept, world["n"].iloc[0], "count", "load", kept, "sensitivity"),
        _made(
            "constant-shift",
            "Largest shift of Russia's gap when only these countries count, points",
            math.ceil(shift["shift"].abs().max()),
            "count",
            "constant_set",
            f"{kept}; rounded up",
            "sensitivity",
        ),
        _made(
            "constant-gap-2024",
            "Gap of Russia in 2024 among these countries",
            ps.by_key(shift, "edition")[2024]["constant"],
            "points",
            "constant_set",
            kept,
            "sensitivity",
        ),
    ]


def _agreement(tables: Tables) -> list[Result]:
    alike = ps.agreement(tables, 2022)
    method = "Spearman's rank correlation, over Russia and its peers"
    made = [
        _made(
            f"agreement-{side}",
            f"Rank correlation of {pair}, 2022",
            alike[side],
            "coefficient",
            "agreement",
            method,
        )
        for side, pair in (("service", "OSI and PSDI"), ("participation", "EPI and DCEI"))
    ]
    n = _made("agreement-n", "Countries compared", alike["n"], "count", "agreement", method)
    return [*made, n]


def _publishers(tables: Tables) -> list[Result]:
    return [
        _made(
            name,
            fact["label"],
            fact["value"],
            fact["unit"],
            "stated",
            f"As stated by the publisher: {fact['reference']} in data/public/sources.yml",
            k=fact.get("k"),
            n=fact.get("n"),
        )
        for name, fact in ps.stated(tables).items()
    ]


def results(tables: Tables) -> list[Result]:
    """Every number, list and direction that the chapter's prose states."""
    return [
        *_peers(tables),
        *_standings(tables),
        *_scale(tables),
        *_fall(tables),
        *_split(tables),
        *_rises(tables),
        *_gaps(tables),
        *_agreement(tables),
        *_publishers(tables),
    ]
