"""The figures of the chapter on coding reliability, the numbers behind them, and their texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.display.coding_reliability_tables import pair
from analysis.display.figures import COLOURS, canvas, colour, spread
from analysis.display.tables import cell
from analysis.display.wording import interval, number
from analysis.steps.coding_reliability.analysis import CodingReliability
from analysis.steps.coding_reliability.disagreement import NO_OTHER, NOTHING, most_drifting
from analysis.steps.coding_reliability.planted import ALPHA
from analysis.steps.coding_reliability.sheets import records

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: The most codes named in the figure of drift.
NAMED = 3
#: The longest name of a code beside a mark; the tables have the full names.
LONGEST = 44
_SMALL: dict[str, Any] = {"va": "center", "fontsize": 7.5}


def by_code(found: CodingReliability) -> Figure:
    """Alpha of each code with its interval, and how often both coders gave it."""
    table = found.codes
    figure, ax = canvas(0.9 + 0.21 * len(table))
    rows = np.arange(len(table))
    known = table["alpha"].notna().to_numpy()
    bare = known & table["alpha_low"].isna().to_numpy()
    full = known & ~bare
    ax.axvline(0, color=COLOURS["muted"], linewidth=0.8)
    ax.hlines(
        rows[full], table["alpha_low"][full], table["alpha_high"][full], COLOURS["ink"], linewidth=1
    )
    ax.plot(table["alpha"][full], rows[full], "o", color=COLOURS["blue"], markersize=5)
    ax.plot(
        table["alpha"][bare],
        rows[bare],
        "o",
        color=COLOURS["blue"],
        markersize=5,
        markerfacecolor="white",
    )
    for row in rows[~known]:
        ax.annotate("not defined", (0, row), xytext=(4, 0), textcoords="offset points", **_SMALL)
    for row, (both, first, second) in enumerate(
        zip(table["both"], table["only_first"], table["only_second"], strict=True)
    ):
        _at_right(ax, f"{both} of {both + first + second}", row)
    _at_right(ax, "both of either", -1.2)
    _code_rows(ax, table["name"].tolist())
    ax.set_xlim(-1.03, 1.03)
    ax.set_xlabel("alpha, with its interval by whole experts (open mark: no interval)")
    return figure


def _at_right(ax: Axes, text: str, row: float) -> None:
    ax.annotate(
        text,
        (1.02, row),
        xycoords=ax.get_yaxis_transform(),
        color=COLOURS["muted"],
        annotation_clip=False,
        **_SMALL,
    )


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else name[: LONGEST - 1].rstrip() + "…"


def _code_rows(ax: Axes, names: list[str]) -> None:
    ax.set_yticks(range(len(names)), [_short(name) for name in names], fontsize=8)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.grid(False, axis="y")
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)


def by_code_alt(found: CodingReliability) -> str:
    """What the figure of alpha by code shows, for readers who cannot see it."""
    parts = [
        _said(row["name"], row, "alpha", "alpha_low", "alpha_high") for row in records(found.codes)
    ]
    return f"Alpha of {len(parts)} codes with intervals by whole experts. {'; '.join(parts)}."


def _said(name: str, row: Mapping[str, Any], value: str, low: str, high: str) -> str:
    """A value with its interval in words, for an alternative text."""
    limits = interval(row[low], row[high])
    bare = np.isnan(row[low])
    return f"{name}: {number(row[value])}" + ("" if bare else f" ({limits})")


def prevalence(found: CodingReliability) -> Figure:
    """Agreement, AC1 and kappa of each code by how lopsided the code is."""
    table = found.codes[found.codes["given"] > 0]
    figure, ax = canvas(3.3)
    marks = {
        "agreement": ("blue", "o", "● agreement"),
        "ac1": ("green", "^", "▲ AC1"),
        "kappa": ("orange", "s", "■ kappa"),
    }
    for place, (name, (shade, marker, label)) in enumerate(marks.items()):
        ax.plot(
            table["prevalence"], table[name], marker, color=COLOURS[shade], markersize=5, alpha=0.7
        )
        ax.annotate(
            label,
            (0.01 + 0.17 * place, 1.03),
            xycoords="axes fraction",
            color=COLOURS[shade],
            fontsize=8.5,
        )
    ax.axhline(0, color=COLOURS["muted"], linewidth=0.8)
    ax.set_ylim(min(-0.05, float(table[["agreement", "ac1", "kappa"]].min().min()) - 0.05), 1.04)
    ax.set_xlabel("prevalence index: nearer to 1, the rarer the code")
    return figure


def prevalence_alt(found: CodingReliability) -> str:
    """What the figure of coefficients by prevalence shows."""
    table = found.codes[found.codes["given"] > 0]
    parts = [
        f"{label} from {cell(table[name].min())} to {cell(table[name].max())}"
        for name, label in (
            ("prevalence", "prevalence index"),
            ("agreement", "agreement"),
            ("ac1", "AC1"),
            ("kappa", "kappa"),
        )
    ]
    return f"{len(table)} codes by their prevalence index: {', '.join(parts)}."


def _matrix_labels(found: CodingReliability, codes: list[str]) -> list[str]:
    names: Mapping[str, str] = dict(zip(found.codes["code"], found.codes["name"], strict=True))
    return [names.get(code, NO_OTHER) for code in codes]


def confusion(found: CodingReliability) -> Figure:
    """Which code one coder gave where the other gave another: counts of statements."""
    matrix = found.matrix
    first, second = pair(found)
    counts = matrix.to_numpy()
    size = len(counts)
    labels = [_short(name) for name in _matrix_labels(found, list(matrix.index))]
    figure, ax = canvas(1.7 + 0.34 * size)
    differ = np.where(np.eye(size, dtype=bool), 0, counts)
    top = max(int(differ.max()), 1)
    ax.imshow(differ, cmap="Blues", vmin=0, vmax=1.6 * top, aspect="auto")
    for (row, column), value in np.ndenumerate(counts):
        if not value:
            continue
        same = row == column
        ax.annotate(
            str(value),
            (column, row),
            ha="center",
            va="center",
            fontsize=8,
            color=COLOURS["muted"] if same else COLOURS["ink"],
            fontweight="normal" if same else "bold",
        )
    ax.set_xticks(range(size), labels, rotation=50, ha="right", rotation_mode="anchor", fontsize=8)
    ax.set_yticks(range(size), labels, fontsize=8)
    ax.set_xlabel(f"given by {second}")
    ax.set_ylabel(f"given by {first}")
    ax.grid(False)
    ax.axhline(size - 1.5, color=COLOURS["rule"], linewidth=0.8)
    ax.axvline(size - 1.5, color=COLOURS["rule"], linewidth=0.8)
    return figure


def confusion_numbers(found: CodingReliability) -> pd.DataFrame:
    """The confusion matrix as a table: the first coder's codes in rows."""
    table = found.matrix.copy()
    names = _matrix_labels(found, list(table.index))
    table.columns = names
    table.insert(0, f"{pair(found)[0]} in rows", names)
    return table


def confusion_alt(found: CodingReliability) -> str:
    """What the figure of confusions shows."""
    first, second = pair(found)
    rows = found.confusion.head(5)
    names = dict(zip(found.codes["code"], found.codes["name"], strict=True)) | {NOTHING: NO_OTHER}
    parts = [
        f"{names[r['first']]} by {first} against {names[r['second']]} by {second}: {r['n']}"
        for r in records(rows)
    ]
    return f"A matrix of codes, {first} in rows, {second} in columns. Most: {'; '.join(parts)}."


def drift(found: CodingReliability) -> Figure:
    """Agreement by session and, where there are statements enough, along the talk."""
    table, line = found.drift_sessions, found.drift_line
    figure, axes = canvas(3.0, columns=1 if line.empty else 2)
    left = axes if line.empty else axes[0]
    places = np.arange(len(table))
    left.vlines(places, table["low"], table["high"], color=COLOURS["ink"], linewidth=1)
    left.plot(places, table["alpha"], "o", color=COLOURS["blue"], markersize=5.5)
    left.set_xticks(places, table["session"], rotation=90 if len(table) > 8 else 0)
    left.set_xlim(-0.6, len(table) - 0.4)
    left.set_ylim(min(0.0, float(table[["alpha", "low"]].min().min()) - 0.05), 1.02)
    left.set_title("Set-valued alpha by session")
    if line.empty:
        return figure
    right = axes[1]
    x = line["position"].to_numpy(dtype=float)
    low, high = (line[c].to_numpy(dtype=float) for c in ("low", "high"))
    right.fill_between(x, low, high, color=COLOURS["blue"], alpha=0.18, linewidth=0)
    right.plot(x, line["likeness"].to_numpy(dtype=float), color=COLOURS["blue"], linewidth=1.5)
    ends = np.cumsum(table["n"].to_numpy())
    if len(table) <= 8:
        for session, end, n in zip(table["session"], ends, table["n"], strict=True):
            right.axvline(end + 0.5, color=COLOURS["muted"], linewidth=0.7)
            right.annotate(session, (end - n / 2, 0.02), ha="center", fontsize=8)
    right.set_xlim(0.5, ends[-1] + 0.5)
    right.set_ylim(0, 1.02)
    right.set_title("Mean likeness, moving window")
    right.set_xlabel("double-coded statements in speaking order")
    return figure


def drift_alt(found: CodingReliability) -> str:
    """What the figure of drift shows."""
    rows = records(found.drift_sessions)
    parts = [_said(row["session"], row, "alpha", "low", "high") for row in rows]
    said = f"Set-valued alpha by session: {'; '.join(parts)}."
    line = found.drift_line
    if line.empty:
        return said
    first, last = (float(line["likeness"].iloc[i]) for i in (0, -1))
    least, most = float(line["likeness"].min()), float(line["likeness"].max())
    return said + (
        f" A moving line of mean likeness starts at {number(first)}, ends at {number(last)}, and "
        f"lies between {number(least)} and {number(most)}."
    )


def drift_codes(found: CodingReliability) -> Figure:
    """The balance between two coders for each code over the sessions; a few codes are named."""
    table = found.drift_codes
    moves = most_drifting(table)
    named = moves.loc[moves["move"] > 0, "code"].tolist()[:NAMED]
    wide = table.pivot(index="code", columns="session", values="net")
    sessions = list(dict.fromkeys(table["session"]))
    names = dict(zip(table["code"], table["name"], strict=True))
    figure, ax = canvas(3.2)
    places = np.arange(len(sessions))
    for code in wide.index:
        if code not in named:
            ax.plot(places, wide.loc[code, sessions], color=COLOURS["rule"], linewidth=1)
    ax.axhline(0, color=COLOURS["muted"], linewidth=0.8)
    for place, code in enumerate(named):
        ax.plot(places, wide.loc[code, sessions], color=colour(place), marker="o", markersize=4)
    shown = ax.get_ylim()
    gap = 0.07 * (shown[1] - shown[0])
    ends = [float(wide.loc[code, sessions[-1]]) for code in named]
    for place, (code, y) in enumerate(zip(named, spread(ends, gap), strict=True)):
        ax.annotate(
            _short(names[code]),
            (1.015, y),
            xycoords=ax.get_yaxis_transform(),
            color=colour(place),
            va="center",
            fontsize=8.5,
            annotation_clip=False,
        )
    first, second = pair(found)
    ax.set_xticks(places, sessions, rotation=90 if len(sessions) > 8 else 0)
    ax.set_xlim(-0.1, len(sessions) - 0.9)
    ax.set_ylabel(f"above 0: {second} gives more\nbelow 0: {first} gives more", fontsize=8)
    return figure


def drift_codes_alt(found: CodingReliability) -> str:
    """What the figure of drift by code shows."""
    table = found.drift_codes
    moves = most_drifting(table)
    parts = []
    for code in moves["code"].tolist()[:NAMED]:
        mine = table[table["code"] == code]
        values = ", ".join(f"{r.session} {cell(r.net)}" for r in mine.itertuples())
        parts.append(f"{mine['name'].iloc[0]}: {values}")
    return f"A line a code over the sessions. The ones that move most: {'; '.join(parts)}."


def drift_code_sessions(found: CodingReliability) -> pd.DataFrame:
    """The drift by code where sessions can be compared; no rows with fewer than two sessions."""
    table = found.drift_codes
    if table.empty or table["session"].nunique() < 2:
        return table.iloc[:0]
    moves = most_drifting(table)
    moving = moves.loc[moves["move"] > 0, "code"].tolist()
    return table[table["code"].isin(moving)]


def planted(found: CodingReliability) -> Figure:
    """Recovered alpha of each code with its interval, beside the planted value."""
    table = planted_alphas(found)
    figure, ax = canvas(0.9 + 0.21 * len(table))
    rows = np.arange(len(table))
    ax.hlines(rows, table["low"], table["high"], color=COLOURS["ink"], linewidth=1)
    ax.plot(table["recovered"], rows, "o", color=COLOURS["blue"], markersize=5)
    ax.plot(table["planted"], rows, "D", color=COLOURS["orange"], markersize=4.5)
    ax.annotate(
        "● recovered", (0.0, 1.005), xycoords="axes fraction", color=COLOURS["blue"], fontsize=8.5
    )
    ax.annotate(
        "◆ planted", (0.16, 1.005), xycoords="axes fraction", color=COLOURS["orange"], fontsize=8.5
    )
    _code_rows(ax, table["quantity"].tolist())
    ax.set_xlim(-1.03, 1.03)
    ax.set_xlabel("alpha")
    return figure


def planted_alphas(found: CodingReliability) -> pd.DataFrame:
    """The rows of the planted alphas of single codes."""
    table = found.planted
    return table[table["kind"] == ALPHA] if len(table) else table


def planted_alt(found: CodingReliability) -> str:
    """What the figure of planted and recovered values shows."""
    parts = [
        f"{r.quantity}: planted {cell(r.planted)}, recovered {cell(r.recovered)}"
        for r in planted_alphas(found).itertuples()
    ]
    return f"Planted and recovered alpha of {len(parts)} codes. {'; '.join(parts)}."
