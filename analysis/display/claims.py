"""The figure of the claims chapter, which is also that of the start page, and its tables."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.display import notebook, panel_figures
from analysis.display.figures import COLOURS, canvas
from analysis.steps.claims.chapter import Found, rules
from analysis.steps.claims.public import points
from analysis.steps.claims.signs import RULES
from analysis.steps.claims.states import AGAINST, FOR, OPEN, STATES, UNSEEN
from analysis.steps.coding_reliability.sheets import records

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: How a state is drawn: marker, colour, filled.
_MARKS: dict[str, dict[str, Any]] = {
    FOR: {"marker": "o", "color": COLOURS["blue"]},
    AGAINST: {"marker": "X", "color": COLOURS["orange"]},
    OPEN: {"marker": "o", "markerfacecolor": "white", "color": COLOURS["muted"]},
    UNSEEN: {"marker": "_", "color": COLOURS["muted"]},
}
#: Where the columns of the three sources begin, in columns.
_ARTICLE, _FIGURES, _PANEL = 0.0, 1.0, 2.1
#: The headings of the columns, broken into lines.
_HEADS = {
    "raised": "raised v\nopposed",
    "sides": "sides",
    "sessions": "sessions",
    "first-hand": "not an\necho",
    "rated": "median\nrating",
    "coders": "coders'\nalpha",
    "errors": "errors\ndrawn",
    "analyses": "analyses",
}
_PANELS = {"constructed": "The constructed panel", "panel": "The panel"}


def _cell(axes: Axes, x: float, y: float, state: str, text: str) -> None:
    axes.plot([x], [y - 0.12], linestyle="none", markersize=7.5, mew=1.3, **_MARKS[state])
    axes.text(x, y + 0.3, text, ha="center", va="center", fontsize=7)


def _row_label(row: dict[str, Any]) -> str:
    return "\n".join(textwrap.wrap(f"{row['claim']}  {row['subject']}", 26))


def overview(found: Found) -> dict[str, Any]:
    """What each claim rests on: one row a claim, one column a sign, by source."""
    names = [name for name, *_ in RULES]
    rows = records(found.summary)
    figure, axes = canvas(height=0.64 * len(rows) + 1.35)
    columns = {name: _PANEL + place for place, name in enumerate(names)}
    for y, row in enumerate(rows):
        axes.text(_ARTICLE, y, row["strength"], ha="center", va="center", fontsize=7)
        said = found.public[row["claim"]]
        _cell(axes, _FIGURES, y, said.state, said.short)
        own = found.signs[found.signs["claim"] == row["claim"]].set_index("sign")
        for name in names:
            _cell(axes, columns[name], y, own.at[name, "state"], own.at[name, "short"])
    heads = {_FIGURES: "move in\npoints"}
    for x, text in (heads | {columns[name]: _HEADS[name] for name in names}).items():
        axes.text(x, -0.62, text, ha="center", va="bottom", fontsize=7.5, color=COLOURS["muted"])
    last = columns[names[-1]]
    for x, text, align in (
        (_ARTICLE, "Article", "center"),
        (_FIGURES, "Public", "center"),
        ((columns[names[0]] + last) / 2, _PANELS[found.source], "center"),
    ):
        axes.text(x, -1.28, text, ha=align, va="bottom", fontsize=8.5, weight="bold")
    axes.plot([columns[names[0]] - 0.4, last + 0.4], [-1.22] * 2, color=COLOURS["muted"], lw=0.8)
    for edge in ((_ARTICLE + _FIGURES) / 2, (_FIGURES + _PANEL) / 2):
        axes.plot([edge] * 2, [-1.2, len(rows) - 0.5], color=COLOURS["rule"], lw=0.8)
    _key(axes, len(rows), last)
    axes.set_xlim(-0.5, last + 0.5)
    axes.set_ylim(len(rows) + 0.45, -1.7)
    axes.set_yticks(range(len(rows)), [_row_label(row) for row in rows], fontsize=8)
    axes.set_xticks([])
    axes.grid(False)
    axes.hlines(
        [y + 0.5 for y in range(len(rows))], -0.5, last + 0.5, color=COLOURS["rule"], lw=0.6
    )
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(axis="y", length=0)
    return {
        "picture": figure,
        "alt": overview_alt(found),
        "caption": caption(found),
        "numbers": overview_rows(found),
    }


def _key(axes: Axes, bottom: float, last: float) -> None:
    width = (last + 0.5) / len(STATES)
    for place, (state, words) in enumerate(STATES.items()):
        x = -0.35 + place * width
        axes.plot([x], [bottom + 0.05], linestyle="none", markersize=6.5, mew=1.3, **_MARKS[state])
        axes.text(x + 0.18, bottom + 0.05, words, va="center", fontsize=7.5)


def caption(found: Found) -> str:
    """The caption of the overview."""
    return (
        "What each claim of the article rests on. Article: how it puts the claim, which is no "
        "evidence for it. Public: by how many points "
        "Russia's place on public measures moved. "
        f"{_PANELS[found.source]}: signs by stated rules."
    )


def overview_alt(found: Found) -> str:
    """The overview in words; the table below it has every cell."""
    names, parts = [name for name, *_ in RULES], []
    for row in records(found.summary):
        own = found.signs[found.signs["claim"] == row["claim"]]
        states = own.loc[own["sign"].isin(names), "state"].tolist()
        seen = len(states) - states.count(UNSEEN)
        told = f"of {seen} signs in the panel {states.count(FOR)} point to it"
        told += f" and {states.count(AGAINST)} against it" if seen else ""
        figures = f"public figures: {STATES[row['public']]}"
        parts.append(f"{row['claim']}, {row['subject']}, {row['strength']}: {told}; {figures}")
    return (
        "A grid of claims by signs; a filled mark points to the claim, a cross against it, a ring "
        f"neither way, a dash cannot be looked at. {'. '.join(parts)}."
    )


def overview_rows(found: Found) -> pd.DataFrame:
    """The numbers behind the overview: one row a claim, a column a sign."""
    wide: list[dict[str, str]] = []
    for row in records(found.summary):
        own = found.signs[found.signs["claim"] == row["claim"]].set_index("sign")
        said = found.public[row["claim"]]
        cells = {
            "Claim": f"{row['claim']}: {row['subject']}",
            "Article": row["strength"],
            "Public figures": _words(said.state, said.short),
        }
        for name, title, _ in RULES:
            cells[title] = _words(own.at[name, "state"], own.at[name, "short"])
        wide.append(cells)
    return pd.DataFrame(wide)


def _words(state: str, short: str) -> str:
    return f"{short} ({STATES[state]})" if short else STATES[state]


def signs_table(found: Found, claim: str) -> Callable[[], None]:
    """Shows the signs of one claim."""

    def show() -> None:
        notebook.table(
            found.of(claim),
            f"{claim}: the signs in the panel",
            found.source,
            columns={
                "title": "Sign",
                "says": "What it says of the claim",
                "sentence": "What is seen",
            },
            folded=True,
        )

    return show


def rules_table() -> dict[str, Any]:
    """The signs and their rules."""
    return {
        "frame": rules(),
        "caption": "The signs and their rules",
        "columns": {"title": "Sign", "rule": "It points to a claim if", "claims": "Claims"},
    }


def moves_table(found: Found) -> dict[str, Any]:
    """How public figures moved, claim by claim."""
    of = {claim.fact: claim.claim_id for claim in found.claims}
    frame = found.moves.assign(
        claim=found.moves["fact"].map(of),
        named=[
            f"{a} ({b})" for a, b in zip(found.moves["name"], found.moves["survey"], strict=True)
        ],
        years=[f"{a}–{b}" for a, b in zip(found.moves["start"], found.moves["end"], strict=True)],
    )
    return {
        "frame": frame,
        "caption": "Russia's place on public measures, in points of a percentile",
        "columns": {
            "claim": "Claim",
            "named": "Measure",
            "years": "Editions",
            "first": "Place before",
            "last": "Place after",
            "move": "Move",
            "usual": "Usual move of a peer",
            "way": "Read as",
        },
        "formats": {"first": 1, "last": 1, "move": points, "usual": 1},
    }


def summary_table(found: Found) -> dict[str, Any]:
    """What may be concluded of each claim from what."""
    frame = found.summary.assign(
        signs=[f"{k} of {n}" for k, n in zip(found.summary["k"], found.summary["n"], strict=True)]
    )
    return {
        "frame": frame,
        "caption": "What may be concluded from what",
        "columns": {
            "claim": "Claim",
            "text": "What is claimed",
            "strength": "By the article",
            "figures": "From public figures",
            "signs": "Signs in the panel that point to it",
            "verdict": "The interviews would"
            if found.source == "constructed"
            else "The interviews",
        },
    }


def quotations(found: Found, language: str) -> Callable[[], None]:
    """Shows what was said for and against the conclusions."""

    def show() -> None:
        panel_figures.quotations(
            found.quotations.table,
            "What was said for and against the conclusions",
            found.source,
            language,
        )

    return show
