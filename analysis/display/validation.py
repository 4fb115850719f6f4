"""The figures of the validation chapter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.display import notebook as show
from analysis.display.figures import COLOURS, canvas, colour
from analysis.steps.validation import report

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

#: The methods for a share in the order in which they are drawn, and their names.
METHODS = {"wilson": "Wilson", "clopper-pearson": "Clopper-Pearson", "jeffreys": "Jeffreys"}


def examples(published: pd.DataFrame, module: str, title: str) -> None:
    """Show a module's published examples with their sources, and each value folded below."""
    chosen = published[published.module == module]
    show.table(
        report.sources(chosen), f"{title}: the examples", "public", columns=report.SOURCE_COLUMNS
    )
    show.table(
        report.printed(chosen),
        f"{title}: each value",
        "public",
        columns=report.VALUE_COLUMNS,
        folded=True,
    )


def share_coverage(table: pd.DataFrame, claimed: float = 0.95) -> Figure:
    """Coverage over the true share, a panel for each method, the claimed level as a line."""
    figure, axes = canvas(2.7, columns=len(METHODS), sharey=True)
    for position, (ax, (method, name)) in enumerate(zip(axes, METHODS.items(), strict=True)):
        ax.plot(table.truth, table[method], color=colour(position), linewidth=1.2)
        ax.axhline(claimed, color=COLOURS["ink"], linewidth=0.8, linestyle="--")
        ax.set_title(name)
        ax.set_xlabel("true share")
        ax.set_xlim(0, 1)
    axes[0].set_ylabel("coverage")
    axes[0].annotate("claimed", (0.02, claimed), xytext=(0, 3), textcoords="offset points", size=8)
    return figure


def alpha_coverage(table: pd.DataFrame) -> Figure:
    """Coverage of alpha's intervals by true alpha, with the simulation's own uncertainty."""
    figure, ax = canvas(2.9)
    styles = {
        "experts": ("blue", "o", "whole experts"),
        "statements": ("orange", "s", "statements"),
    }
    for unit, (shade, marker, name) in styles.items():
        rows = table[table.interval == unit]
        ax.errorbar(
            rows.truth,
            rows.coverage,
            yerr=1.96 * rows.coverage_se,
            color=COLOURS[shade],
            marker=marker,
            linewidth=1.2,
            elinewidth=1,
        )
        ax.annotate(
            name,
            (rows.truth.iloc[-1], rows.coverage.iloc[-1]),
            xytext=(9, 0),
            textcoords="offset points",
            color=COLOURS[shade],
            va="center",
        )
    ax.axhline(table.confidence.iloc[0], color=COLOURS["ink"], linewidth=0.8, linestyle="--")
    ax.set_xlim(table.truth.min() - 0.05, table.truth.max() + 0.14)
    ax.set_ylim(0.5, 1)
    ax.set_xlabel("true alpha")
    ax.set_ylabel("coverage")
    return figure


def prevalence(table: pd.DataFrame) -> Figure:
    """Kappa and agreement of two coders against prevalence, a mark for each code."""
    figure, ax = canvas(3.2)
    ax.plot(table.prevalence, table.agreement, "o", color=COLOURS["blue"], alpha=0.75)
    ax.plot(table.prevalence, table.kappa, "s", color=COLOURS["orange"], alpha=0.75)
    ax.axhline(0, color=COLOURS["muted"], linewidth=0.8)
    ax.annotate("● per cent agreement / 100", (0.01, 1.06), color=COLOURS["blue"], size=8.5)
    ax.annotate("■ kappa", (0.32, 1.06), color=COLOURS["orange"], size=8.5)
    ax.set_ylim(-0.15, 1.14)
    ax.set_xlabel("prevalence index: 0 where half of the units have the code, 1 where none or all")
    return figure
