"""Figures and tables of the public-statistics chapter.

Each function returns the arguments of :func:`analysis.display.notebook.figure` (or ``table``), so
that a notebook cell computes, draws and shows in one line each. What is written into a picture, its
caption and its alternative text stands in :mod:`analysis.display.public_statistics_text`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.display import figures
from analysis.display.public_statistics_text import TEXT
from analysis.display.tables import Format
from analysis.display.wording import number, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RUSSIA = "Russian Federation"


def _series(frame: pd.DataFrame, column: str, show: Any, language: str) -> str:
    """Values by edition in words: "0.052 (2003), 0.213 (2004)"."""
    pairs = zip(frame[column], frame["edition"], strict=True)
    return ", ".join(f"{show(value, language)} ({edition})" for value, edition in pairs)


def _index(value: float, language: str) -> str:
    return number(value, 3, language)


def _points(value: float, language: str) -> str:
    return signed(value, 0, language)


def _change(value: float, language: str) -> str:
    return signed(value, 3, language)


def _band(axes: Axes, frame: pd.DataFrame) -> None:
    axes.fill_between(
        frame["edition"],
        frame["q1"],
        frame["q3"],
        color=figures.COLOURS["rule"],
        alpha=0.7,
        linewidth=0,
    )


def _years(axes: Axes, editions: list[int]) -> None:
    """A tick for each edition, and its year where the year before it has none."""
    labels = [str(e) if e - 1 not in editions or e - 2 in editions else "" for e in editions]
    axes.set_xticks(editions, labels, fontsize=8)


def _side_by_side(
    standings: Mapping[str, pd.DataFrame], language: str
) -> tuple[pd.DataFrame, dict[str, str]]:
    """The numbers of two measures in one table, and the headings of its columns."""
    text = TEXT[language]
    columns = {"edition": text["edition"], "n": text["surveyed"]}
    first = next(iter(standings.values()))
    numbers = first[["edition", "n"]].copy()
    for measure, frame in standings.items():
        heads = {"value": "value", "rank": "rank", "q1": "q1", "median": "q2", "q3": "q3"}
        for column, key in heads.items():
            numbers[f"{measure}_{column}"] = frame[column].to_numpy()
            columns[f"{measure}_{column}"] = text[key].format(m=measure.upper())
    return numbers, columns


def over_time(epi: pd.DataFrame, osi: pd.DataFrame, language: str = "en") -> dict[str, Any]:
    """Russia's EPI and OSI over the world's quartiles; both from ``steps``' ``standing``."""
    text = TEXT[language]
    figure, axes = figures.canvas(height=5.4, rows=2, sharex=True)
    for panel, measure, frame in zip(axes, ("epi", "osi"), (epi, osi), strict=True):
        editions = frame["edition"].tolist()
        _band(panel, frame)
        panel.set_ylim(0, 1)
        panel.set_title(text[measure])
        figures.series(
            panel,
            editions,
            {text["russia"]: frame["value"].tolist(), text["median"]: frame["median"].tolist()},
            {text["russia"]: "blue", text["median"]: "muted"},
            dashed=[text["median"]],
        )
        panel.annotate(
            text["half"],
            (2018.2, 0.385),
            color=figures.COLOURS["muted"],
            fontsize=8,
            ha="center",
            va="center",
        )
        _years(panel, editions)
    numbers, columns = _side_by_side({"epi": epi, "osi": osi}, language)
    return {
        "picture": figure,
        "alt": text["time_alt"].format(
            first=epi["edition"].iloc[0],
            last=epi["edition"].iloc[-1],
            epi=_series(epi, "value", _index, language),
            osi=_series(osi, "value", _index, language),
        ),
        "caption": text["time_caption"],
        "numbers": numbers,
        "columns": columns,
        "formats": _thousandths(columns, ("edition", "n")),
    }


def _thousandths(columns: Mapping[str, str], whole: tuple[str, ...]) -> dict[str, Format]:
    return {c: 0 if c in whole or c.endswith("rank") else 3 for c in columns}


def fall(changes: pd.DataFrame, world: Mapping[str, Any], language: str = "en") -> dict[str, Any]:
    """Changes of Russia and its peers as sorted dots over the world's middle half.

    ``changes`` come from ``peer_changes``; ``world`` is the same pair of editions in
    ``edition_pairs``.
    """
    text = TEXT[language]
    start, end = int(changes["start"].iloc[0]), int(changes["end"].iloc[0])
    figure, axes = figures.canvas(height=4.6)
    axes.axvspan(world["q1"], world["q3"], color=figures.COLOURS["rule"], alpha=0.7, linewidth=0)
    axes.vlines(
        world["median"],
        -1.3,
        len(changes),
        color=figures.COLOURS["muted"],
        linestyle="--",
        linewidth=1.2,
    )
    axes.axvline(0, color=figures.COLOURS["ink"], linewidth=0.8)
    for row, (country, change) in enumerate(
        zip(changes["country"], changes["change"], strict=True)
    ):
        own = country == RUSSIA
        shade = figures.COLOURS["blue" if own else "muted"]
        axes.plot([0, change], [row, row], color=shade, linewidth=1)
        axes.plot(change, row, "o", color=shade, markersize=7 if own else 5)
        axes.annotate(
            _change(change, language),
            (1.0, row),
            xycoords=axes.get_yaxis_transform(),
            ha="right",
            va="center",
            fontsize=8.5,
            weight="bold" if own else "normal",
            color=figures.COLOURS["blue" if own else "ink"],
        )
    axes.set_yticks(range(len(changes)), changes["country"].tolist())
    for label, country in zip(axes.get_yticklabels(), changes["country"], strict=True):
        if country == RUSSIA:
            label.set_weight("bold")
            label.set_color(figures.COLOURS["blue"])
    axes.set_ylim(len(changes) - 0.4, -2.2)
    low, high = float(changes["change"].min()), float(changes["change"].max())
    axes.set_xlim(min(low, 0) - 0.03, max(high, 0) + 0.08)
    notes = (
        (world["median"], -0.9, text["median"], "left", 4),
        (
            (world["q1"] + world["q3"]) / 2,
            -1.75,
            text["band"].format(n=int(world["n"])),
            "center",
            0,
        ),
    )
    for x, y, note, side, shift in notes:
        axes.annotate(
            note,
            (x, y),
            xytext=(shift, 0),
            textcoords="offset points",
            ha=side,
            va="center",
            fontsize=8,
            color=figures.COLOURS["muted"],
        )
    axes.set_xlabel(f"{text['change']}, {start}–{end}")
    axes.grid(False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    rows = ", ".join(
        f"{c} {_change(v, language)}"
        for c, v in zip(changes["country"], changes["change"], strict=True)
    )
    columns = {
        "country": text["country"],
        "change": text["change"],
        "fall_rank": text["fall_rank"],
        "n": text["surveyed"],
        "similar_median": text["similar"],
    }
    return {
        "picture": figure,
        "alt": text["fall_alt"].format(
            start=start,
            end=end,
            rows=rows,
            n=int(world["n"]),
            median=_change(world["median"], language),
        ),
        "caption": text["fall_caption"].format(start=start, end=end),
        "numbers": changes,
        "columns": columns,
        "formats": _thousandths(columns, ("n",)),
    }


def gap(gaps: pd.DataFrame, summary: pd.DataFrame, language: str = "en") -> dict[str, Any]:
    """The gap over time: a line for Russia, the peers as dots, their median dashed."""
    text = TEXT[language]
    figure, axes = figures.canvas(height=4.0)
    others = gaps[gaps["country"] != RUSSIA]
    axes.plot(
        others["edition"],
        others["gap"],
        "o",
        color=figures.COLOURS["muted"],
        alpha=0.35,
        markersize=3.5,
        linestyle="none",
    )
    bound = float(gaps["gap"].abs().max()) * 1.3
    axes.set_ylim(-bound, bound)
    editions = summary["edition"].tolist()
    axes.axhline(0, color=figures.COLOURS["ink"], linewidth=0.8)
    names = (text["russia"], f"{text['peer']}, {text['median']}")
    figures.series(
        axes,
        editions,
        {names[0]: summary["russia"].tolist(), names[1]: summary["peers_median"].tolist()},
        {names[0]: "blue", names[1]: "muted"},
        dashed=[names[1]],
    )
    for key, y, place in (("ahead", 0.97, "top"), ("behind", 0.03, "bottom")):
        axes.annotate(
            text[key],
            (0.012, y),
            xycoords="axes fraction",
            va=place,
            fontsize=8.5,
            color=figures.COLOURS["muted"],
        )
    _years(axes, editions)
    axes.set_ylabel(text["gap_axis"])
    own = gaps[gaps["country"] == RUSSIA][["edition", "service", "participation"]]
    columns = {
        "edition": text["edition"],
        "participation": text["participation"],
        "service": text["service"],
        "russia": text["gap"],
        "peers_median": text["peers_median"],
        "larger": text["larger"],
        "peers": text["peers"],
    }
    return {
        "picture": figure,
        "alt": text["gap_alt"].format(
            first=editions[0],
            last=editions[-1],
            russia=_series(summary, "russia", _points, language),
            peers=_series(summary, "peers_median", _points, language),
        ),
        "caption": text["gap_caption"],
        "numbers": own.merge(summary, on="edition"),
        "columns": columns,
        "formats": dict.fromkeys(("participation", "service", "russia", "peers_median"), 1),
    }


def waves(
    psdi: pd.DataFrame, dcei: pd.DataFrame, peers: pd.DataFrame, language: str = "en"
) -> dict[str, Any]:
    """PSDI and DCEI in the World Bank's waves, with the peers (rows of ``govtech``) as dots."""
    text = TEXT[language]
    figure, axes = figures.canvas(height=3.6, columns=2, sharey=True)
    for panel, measure, frame in zip(axes, ("psdi", "dcei"), (psdi, dcei), strict=True):
        editions = frame["edition"].tolist()
        others = peers[(peers["measure"] == measure) & (peers["country"] != RUSSIA)]
        _band(panel, frame)
        panel.set_ylim(0, 1.13)
        panel.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1])
        panel.set_xlim(editions[0] - 1.2, editions[-1] + 1.2)
        panel.set_title(text[measure])
        panel.plot(
            others["edition"],
            others["value"],
            "o",
            color=figures.COLOURS["muted"],
            alpha=0.5,
            markersize=4,
            linestyle="none",
        )
        panel.plot(editions, frame["median"], "--", color=figures.COLOURS["muted"], linewidth=1.2)
        panel.plot(editions, frame["value"], "o-", color=figures.COLOURS["blue"], markersize=6)
        for edition, value in zip(editions, frame["value"], strict=True):
            # beside the first and the last dot, above the one between: clear of the peers' dots
            side = {editions[0]: "right", editions[-1]: "left"}.get(edition, "center")
            panel.annotate(
                _index(value, language),
                (edition, value),
                xytext={"right": (-8, 0), "left": (8, 0), "center": (0, 11)}[side],
                textcoords="offset points",
                ha=side,
                va="center",
                fontsize=8.5,
                weight="bold",
                color=figures.COLOURS["blue"],
            )
        panel.set_xticks(editions, [str(e) for e in editions])
    key = (("russia", "blue"), ("peer", "muted"))
    for position, (word, shade) in enumerate(key):
        axes[0].annotate(
            f"● {text[word]}",
            (0.03, 0.13 - 0.075 * position),
            xycoords="axes fraction",
            fontsize=8.5,
            color=figures.COLOURS[shade],
        )
    numbers, columns = _side_by_side({"psdi": psdi, "dcei": dcei}, language)
    return {
        "picture": figure,
        "alt": text["wave_alt"].format(
            psdi=_series(psdi, "value", _index, language),
            dcei=_series(dcei, "value", _index, language),
        ),
        "caption": text["wave_caption"],
        "numbers": numbers,
        "columns": columns,
        "formats": _thousandths(columns, ("edition", "n")),
    }


def context(frame: pd.DataFrame, language: str = "en") -> dict[str, Any]:
    """The EGDI and its components as a table."""
    text = TEXT[language]
    columns = {"edition": text["edition"], "n": text["surveyed"]}
    for measure in ("egdi", "osi", "tii", "hci"):
        columns[measure] = measure.upper()
        columns[f"{measure}_rank"] = text["rank"].format(m=measure.upper())
    return {
        "frame": frame,
        "caption": text["context_caption"],
        "columns": columns,
        "formats": _thousandths(columns, ("edition", "n")),
    }


def pairs(frame: pd.DataFrame, language: str = "en") -> dict[str, Any]:
    """What changed from edition to edition as a table."""
    text = TEXT[language]
    columns = {
        "start": text["start"],
        "end": text["end"],
        "steps_start": text["steps_start"],
        "steps_end": text["steps_end"],
        "n": text["compared"],
        "fell": text["fell"],
        "median": text["world"],
        "rank_correlation": text["correlation"],
        "change": text["own"],
    }
    formats: dict[str, Format] = {"steps_start": 0, "steps_end": 0, "median": 3, "change": 3}
    return {
        "frame": frame,
        "caption": text["pairs_caption"],
        "columns": columns,
        "formats": formats,
    }
