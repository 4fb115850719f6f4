"""Figures and tables of the precision chapter; they hold for any panel.

Those of the simulated groups are in :mod:`analysis.display.precision_group`.

Figures are what :func:`analysis.display.notebook.figure` takes but the source, tables what
:func:`analysis.display.notebook.table` takes.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analysis.display.figures import COLOURS, canvas
from analysis.display.panel_figures import Plate
from analysis.display.tables import Sheet, sheet
from analysis.display.wording import count_of, interval
from analysis.statistics.proportions import detectable_share
from analysis.steps.panel_tools import CONFIDENCE, level, plural, two
from analysis.steps.precision import PROBABILITIES, Precision
from analysis.steps.precision_contrasts import ENOUGH, MOST_EXPERTS
from analysis.steps.precision_words import chance, per_cent

if TYPE_CHECKING:
    import pandas as pd

_INK, _MUTED = COLOURS["ink"], COLOURS["muted"]


# detection


def detection(found: Precision) -> Plate:
    """Whether a view is heard at all, over the share of experts who hold it."""
    table = found.curve
    figure, axes = canvas(3.3)
    axes.plot(table["share"], table["heard"], color=COLOURS["blue"])
    lines = [(found.n, "heard", plural(found.n, "expert"), "blue", 0.7, (-6, 0), "right")]
    if found.sessions < found.n:
        axes.plot(table["share"], table["voices"], color=COLOURS["orange"], linestyle="--")
        voices = f"{plural(found.sessions, 'session')} with one voice each"
        lines.append((found.sessions, "voices", voices, "orange", 0.2, (7, -4), "left"))
    axes.axhline(CONFIDENCE, color=_MUTED, linewidth=0.8)
    for size, _, name, shade, height, offset, side in lines:
        axes.annotate(
            name,
            (detectable_share(size, height), height),
            xytext=offset,
            textcoords="offset points",
            ha=side,
            va="center" if side == "right" else "top",
            color=COLOURS[shade],
            fontsize=8.5,
        )
        share = detectable_share(size, CONFIDENCE)
        axes.plot(share, CONFIDENCE, "o", color=COLOURS[shade], markersize=6)
        axes.annotate(
            per_cent(share),
            (share, CONFIDENCE),
            xytext=(-4, 6) if side == "right" else (5, -5),
            textcoords="offset points",
            ha=side,
            va="bottom" if side == "right" else "top",
            color=COLOURS[shade],
            fontsize=8.5,
        )
    axes.set_xscale("log")
    axes.set_xlim(float(table["share"].iloc[0]), 1)
    axes.set_ylim(0, 1.12)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
    axes.xaxis.set_major_formatter(lambda value, _: per_cent_tick(value))
    axes.xaxis.set_minor_formatter(lambda value, _: "")
    axes.set_xlabel("share of similar experts who hold the view (logarithmic scale)")
    axes.set_ylabel("probability that it is heard")
    parts = [
        f"{per_cent(row['share'])}: {chance(row['heard'])}"
        for row in found.detection.to_dict("records")
    ]
    return Plate(
        picture=figure,
        alt=(
            f"Rising curves of the probability that {plural(found.n, 'expert')} raise a view at "
            f"all, over the share of similar experts who hold it. {'; '.join(parts)}. Heard with "
            f"probability {two(CONFIDENCE)}: a view held by "
            f"{per_cent(detectable_share(found.n, CONFIDENCE))}."
        ),
        caption=(
            "The probability that a view is raised at all, by the share of similar experts who "
            f"hold it. Marks: the share that is heard with probability {two(CONFIDENCE)}."
        ),
        numbers=_curve_rows(table),
        columns={"share": "Share", "heard": "Heard", "voices": "With one voice a session"},
        formats={},
    )


def per_cent_tick(share: float) -> str:
    """A share at an axis: "0.1%", "10%"."""
    return f"{round(100 * share, 4):g}%"


def _curve_rows(table: pd.DataFrame) -> pd.DataFrame:
    out = table.copy().astype(object)
    out["share"] = [per_cent_tick(value) for value in table["share"]]
    for name in ("heard", "voices"):
        out[name] = [chance(value) for value in table[name]]
    return out


def shares(found: Precision) -> Sheet:
    """Detection for a few shares, and the experts that it takes."""
    table = found.detection.copy()
    for name in ("heard", "voices"):
        table[name] = [chance(value) for value in found.detection[name]]
    columns = {
        "share": "Share who hold the view",
        "heard": f"Heard by {plural(found.n, 'expert')}",
        "voices": "With one voice a session",
    }
    columns |= {f"least_{p}": f"Experts for {two(p)}" for p in PROBABILITIES}
    caption = "Whether a view is heard, and how many experts it takes to hear it"
    return sheet(table, caption, columns, {"share": per_cent})


# widths

WIDTH_COLUMNS = {
    "counts": "Raised by",
    "wilson": "Wilson",
    "width": "Width",
    "jeffreys": "Jeffreys",
    "jeffreys_width": "Width, Jeffreys",
}


def widths(found: Precision) -> Plate:
    """The interval of a share for each count."""
    table = found.widths
    figure, axes = canvas(3.3)
    gap = 0.16 * (found.n / max(len(table) - 1, 1))
    for name, low, high, shade, shift in (
        ("Wilson", "low", "high", "blue", -gap),
        ("Jeffreys", "jeffreys_low", "jeffreys_high", "orange", gap),
    ):
        axes.vlines(
            table["k"] + shift,
            table[low],
            table[high],
            color=COLOURS[shade],
            linewidth=2.2 if name == "Wilson" else 1.2,
            label=name,
        )
    axes.plot(table["k"], table["k"] / found.n, "o", color=_INK, markersize=3.5, label="k of n")
    axes.axhline(0.5, color=_MUTED, linewidth=0.8, linestyle="--")
    axes.set_xlim(-0.6 * max(gap / 0.16, 0.2), found.n + 0.6 * max(gap / 0.16, 0.2))
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_ylim(-0.02, 1.02)
    axes.grid(False, axis="x")
    axes.set_xlabel(f"experts of {found.n} who raise the view")
    axes.set_ylabel("share of similar experts")
    figure.legend(loc="outside upper left", ncols=3, frameon=False, fontsize=8.5)
    numbers = table.assign(
        counts=[count_of(k, found.n) for k in table["k"]],
        wilson=[interval(*ends) for ends in zip(table["low"], table["high"], strict=True)],
        jeffreys=[
            interval(*ends)
            for ends in zip(table["jeffreys_low"], table["jeffreys_high"], strict=True)
        ],
    )
    parts = [f"{r['counts']}: {r['wilson']}" for r in numbers.to_dict("records")]
    return Plate(
        picture=figure,
        alt=f"Intervals of a share by the number of experts who raise a view. {'; '.join(parts)}.",
        caption=(
            f"{level()}s for the share of similar experts who hold a view, by how many of "
            f"{plural(found.n, 'expert')} raise it. They are widest in the middle."
        ),
        numbers=numbers,
        columns=WIDTH_COLUMNS,
        formats={},
    )


def experts_for(found: Precision) -> Sheet:
    """How many experts make the interval narrow."""
    columns = {"half": "To either side at most", "experts": "Experts needed"}
    return sheet(found.experts_for, f"Experts for a {level()} of this width (Wilson)", columns)


# contrasts and order


def power_curve(found: Precision) -> Plate:
    """The power over the difference of true shares."""
    table, named = found.planned.curve, len(found.planned.table)
    figure, axes = canvas(3.2)
    lines = [("single", "one test", "blue", "-")]
    if named > 1:
        lines.append(("strict", f"strictest step of {named} tests", "orange", "--"))
    least = found.planned.differences.iloc[0]
    for name, text, shade, style in lines:
        enough = not math.isnan(least[name])
        axes.plot(
            table["difference"],
            table[name],
            color=COLOURS[shade],
            linestyle=style,
            label=f"{text}: {two(least[name]) if enough else 'no difference'} is enough",
        )
        if enough:
            axes.plot(least[name], ENOUGH, "o", color=COLOURS[shade], markersize=6)
    figure.legend(loc="outside upper left", ncols=2, frameon=False, fontsize=8.5)
    axes.axhline(ENOUGH, color=_MUTED, linewidth=0.8)
    axes.set_xlim(0, 1.01)
    axes.set_ylim(0, 1.03)
    axes.set_xlabel("difference of the true shares, around a half")
    axes.set_ylabel("probability to tell apart")
    first = table.iloc[0]
    sides = f"{first['side_a']} ({first['n_a']}) and {first['side_b']} ({first['n_b']})"
    parts = [
        f"difference {two(r['difference'])}: {chance(r['single'])}, strictest step "
        f"{chance(r['strict'])}"
        for r in table[::10].to_dict("records")
    ]
    numbers = table.copy()
    for name in ("single", "strict"):
        numbers[name] = [chance(value) for value in table[name]]
    return Plate(
        picture=figure,
        alt=f"Rising curves of the power to tell {sides} apart. {'; '.join(parts)}.",
        caption=(
            f"The probability that Fisher's exact test tells {sides} apart, by the difference of "
            f"their true shares. Marks: the smallest difference with power {two(ENOUGH)}."
        ),
        numbers=numbers,
        columns={
            "difference": "Difference",
            "share_a": "First share",
            "share_b": "Second share",
            "single": "One test",
            "strict": "Strictest step",
        },
        formats={"share_a": 3, "share_b": 3},
    )


def differences(found: Precision) -> Sheet:
    """The smallest differences that are told apart."""
    columns = {
        "side_a": "First side",
        "n_a": "Its experts",
        "side_b": "Second side",
        "n_b": "Experts of it",
        "where": "Where the shares lie",
        "single": "One test",
        "strict": "Strictest step",
    }
    caption = f"The smallest difference of true shares that is told apart with power {two(ENOUGH)}"
    return sheet(found.planned.differences, caption, columns)


def order(found: Precision) -> Sheet:
    """How many experts tell the first code from the next ones."""
    columns = {
        "other": "Code",
        "raised": "Raised by",
        "ahead": "The first only",
        "behind": "This one only",
        "pvalue": "p",
        "experts": "Experts needed",
    }
    table = found.order
    table = table.assign(
        raised=[count_of(k, n) for k, n in zip(table["k_other"], table["n"], strict=True)]
    )
    first = table["first"].iloc[0]
    caption = (
        f"“{first}” ({count_of(int(table['k_first'].iloc[0]), int(table['n'].iloc[0]))}) against "
        f"the codes that come next, and the experts needed to tell them apart with power "
        f"{two(ENOUGH)} if the seen shares were the true ones"
    )
    return sheet(table, caption, columns, {"pvalue": 3, "experts": _experts})


def _experts(value: float) -> str:
    if math.isnan(value):
        return f"more than {MOST_EXPERTS}"
    return "level" if math.isinf(value) else f"{value:.0f}"


def reliability(found: Precision) -> Sheet:
    """How wide the interval of alpha is."""
    columns = {
        "unit": "What is drawn",
        "units": "How many",
        "statements": "Statements",
        "alpha": "Set-valued alpha",
        "low": "Low",
        "high": "High",
        "width": "Width",
    }
    return sheet(found.reliability, f"The {level()} of alpha for the codes", columns)


# what may be said


def statements(table: pd.DataFrame) -> Sheet:
    """What may be said with the panel, and what may not."""
    columns = {
        "about": "About",
        "may": "May be said",
        "may_not": "May not be said",
        "rests": "Rests on",
    }
    return sheet(table, "What may be said with this panel, and what may not", columns)
