"""Figures and tables of the participation chapter.

Each function returns the arguments of :func:`analysis.display.notebook.figure` or ``table``, so
that a notebook cell draws and shows in a line. They hold for any panel: what does not fit into a
picture is left to the table below it, and the caption says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.display import figures, wording
from analysis.display.figures import COLOURS
from analysis.panel.format import MODERATOR
from analysis.steps.panel_tools import CONFIDENCE
from analysis.steps.participation import ALL, WITHIN, Participation

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: The most rows, sessions with a matrix, speakers in one, and codes that a picture takes.
ROWS, MATRICES, SPEAKERS, CODES = 60, 6, 12, 40
#: Standardised differences from here on have the full colour.
FULL = 4.0

SESSION_COLUMNS = {
    "session": "Session",
    "date": "Date",
    "minutes": "Minutes recorded",
    "experts": "Experts",
    "spoke": "Experts who spoke",
    "statements": "Statements of experts",
    "words": "Words of experts",
    "spoken_minutes": "Minutes experts spoke",
    "moderator_statements": "Statements of the moderator",
}
SESSION_FORMATS = {"minutes": 0, "words": 0, "spoken_minutes": 1}
SPEAKER_COLUMNS = {
    "expert": "Expert",
    "kind": "Kind",
    "session": "Session",
    "statements": "Statements",
    "turn_share": "Turns",
    "words": "Words",
    "minutes": "Minutes",
    "said_share": "Share of what was said",
    "relative": "Times an equal share",
}
SPEAKER_FORMATS = {"words": 0, "minutes": 1}
INEQUALITY_COLUMNS = {
    "scope": "Over",
    "measure": "Counted in",
    "n": "Experts",
    "gini": "Gini",
    "low": "Low",
    "high": "High",
    "most": "Largest possible",
    "standing": "Standing",
}
QUESTION_COLUMNS = {
    "question": "Question",
    "task": "Task",
    "text": "As in the guide",
    "reached_of": "Sessions that reached it",
    "not_reached": "Sessions that did not",
    "answered_of": "Experts who spoke to it, of those there",
}
ECHO_COLUMNS = {
    "baseline": "Statements shuffled",
    "observed": "Echoes",
    "expected": "Expected",
    "sd": "Standard deviation",
    "orders": "Orders",
    "pvalue": "P-value",
}
ECHO_FORMATS = {"expected": 1, "sd": 1, "pvalue": 4}
CODE_COLUMNS = {
    "name": "Code",
    "experts": "Experts who raise it",
    "without": "Without echoes",
    "sessions": "Sessions",
    "statements": "Statements",
    "echoes": "Echoes",
    "expected_sessions": "Expected in shuffled sessions",
    "expected_questions": "Expected in shuffled questions",
    "adjusted": "Share of orders in which a code stands out as much",
}
CODE_FORMATS = {"expected_sessions": 1, "expected_questions": 1, "adjusted": 3}
FOLLOW_COLUMNS = {
    "session": "Session",
    "before": "Before",
    "after": "After",
    "count": "Times",
    "expected": "Expected",
    "statistic": "Standardised difference",
    "pvalue": "Share of orders in which a pair stands out as much",
}
FOLLOW_FORMATS = {"expected": 1, "statistic": 1, "pvalue": 3}


def _bare(axes: Axes) -> None:
    axes.grid(False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _note(shown: int, every: int, what: str) -> str:
    return "" if shown == every else f" Drawn are the first {shown} of {every} {what}."


def sessions(found: Participation) -> dict[str, Any]:
    """The table of sessions; columns without any value are left out."""
    table = found.sessions
    columns = {k: v for k, v in SESSION_COLUMNS.items() if table[k].notna().any()}
    return {
        "frame": table,
        "caption": "The sessions, and how much was said in them.",
        "columns": columns,
        "formats": SESSION_FORMATS,
    }


def timeline(found: Participation) -> dict[str, Any]:
    """Who speaks when: a row an expert, session by session, a bar for each statement."""
    people = found.speakers
    rows: list[tuple[str, str]] = []
    heads: list[tuple[float, str]] = []
    places: dict[tuple[str, str], float] = {}
    top = 0.0
    shown = 0
    for session in found.sessions["session"]:
        names = people.loc[people["session"] == session, "expert"].tolist()
        here = found.timeline[found.timeline["session"] == session]
        if (here["speaker"] == MODERATOR).any():
            names.append(MODERATOR)
        if rows and len(rows) + len(names) > ROWS:
            break
        heads.append((top, str(session)))
        for offset, name in enumerate(names, start=1):
            rows.append((str(session), name))
            places[str(session), name] = top + 0.35 + 0.8 * offset
        top += 0.8 * len(names) + 1.5
        shown += 1
    figure, axes = figures.canvas(height=max(1.8, 0.2 * top + 0.7))
    drawn = found.timeline
    for (session, name), y in places.items():
        own = drawn[(drawn["session"] == session) & (drawn["speaker"] == name)]
        bars = np.column_stack([own["start"], own["end"] - own["start"]])
        shade = "muted" if name == MODERATOR else "blue"
        axes.broken_barh(bars.tolist(), (y - 0.3, 0.6), facecolor=COLOURS[shade], linewidth=0)
    for y, session in heads:
        axes.text(0, y + 0.35, f"Session {session}", fontsize=9, weight="bold", va="center")
    axes.set_yticks(list(places.values()), [name for _, name in places], fontsize=8)
    axes.set_ylim(top - 0.6, -0.3)
    axes.set_xlim(0, None)
    unit = "minutes from the beginning" if found.clock == "minutes" else f"{found.clock} so far"
    axes.set_xlabel(f"{unit} of the session")
    _bare(axes)
    every = len(found.sessions)
    sizes = ", ".join(f"{r.session}: {r.statements}" for r in found.sessions.itertuples())
    return {
        "picture": figure,
        "alt": (
            f"A row for each expert, grouped by session, with a bar wherever the expert speaks, "
            f"over the {found.clock} of the session. Statements of experts by session: {sizes}."
        ),
        "caption": (
            "Who speaks when: a row an expert, a bar a statement; the moderator in grey."
            + _note(shown, every, "sessions")
        ),
        "numbers": _people(found),
        "columns": _speaker_columns(found),
        "formats": SPEAKER_FORMATS,
    }


def _people(found: Participation) -> pd.DataFrame:
    """The table of experts with their shares of turns, and of what was said, counts first."""
    table = found.speakers.copy()
    together = pd.Series("all", table.index) if found.individual else table["session"]
    every = table["turns"].groupby(together).transform("sum")
    for name, k, n in (("turn_share", "turns", every), ("said_share", "amount", table["of"])):
        table[name] = [
            wording.share(round(part), round(whole)) if round(whole) > 0 else "–"
            for part, whole in zip(table[k], n, strict=True)
        ]
    return table


def _speaker_columns(found: Participation) -> dict[str, str]:
    table = found.speakers
    columns = {k: v for k, v in SPEAKER_COLUMNS.items() if k not in table or table[k].notna().any()}
    whose = "all experts" if found.individual else "the session's experts"
    columns["turn_share"] = f"Turns, of those of {whose}"
    columns["said_share"] = f"{found.measure.capitalize()}, of those of {whose}"
    return columns


def shares(found: Participation) -> dict[str, Any]:
    """How much each expert said, as times an equal share: a row a session, a mark an expert."""
    people = found.speakers[found.speakers["relative"].notna()]
    groups = ["panel"] if found.individual else list(dict.fromkeys(people["session"]))[:ROWS]
    figure, axes = figures.canvas(height=max(1.4, 0.34 * len(groups) + 0.9))
    axes.axvline(1, color=COLOURS["ink"], linewidth=0.8)
    for row, group in enumerate(groups):
        here = people if found.individual else people[people["session"] == group]
        axes.plot(
            here["relative"],
            [row] * len(here),
            "o",
            color=COLOURS["blue"],
            alpha=0.65,
            markersize=7,
            markeredgewidth=0,
        )
        for _, expert in here[here["level"] != ""].iterrows():
            axes.annotate(
                expert["expert"],
                (expert["relative"], row),
                xytext=(0, 6),
                textcoords="offset points",
                ha="center",
                fontsize=8,
            )
    labels = ["all"] if found.individual else [f"Session {group}" for group in groups]
    axes.set_yticks(range(len(groups)), labels)
    axes.set_ylim(len(groups) - 0.5, -0.7)
    axes.set_xlim(0, max(2.0, float(people["relative"].max()) * 1.06))
    axes.set_xlabel(f"{found.measure}, as times an equal share")
    _bare(axes)
    low, high = people["relative"].min(), people["relative"].max()
    whom = "all experts" if found.individual else "the experts of the session"
    every = 1 if found.individual else people["session"].nunique()
    return {
        "picture": figure,
        "alt": (
            f"One mark for each of {len(people)} experts, at the {found.measure} that the expert "
            f"said over an equal share of those of {whom}. The marks run from "
            f"{wording.number(low)} to {wording.number(high)}; 1 is an equal share."
        ),
        "caption": (
            f"How much each expert said in {found.measure}, as times an equal share among {whom}; "
            "named are those far from it." + _note(len(groups), every, "sessions")
        ),
        "numbers": _people(found).loc[people.index],
        "columns": _speaker_columns(found),
        "formats": SPEAKER_FORMATS,
    }


def inequality(found: Participation) -> dict[str, Any]:
    """The Lorenz curve over all experts, and the Gini coefficients with their intervals."""
    table = found.inequality[found.inequality["measure"] == found.measure]
    table = table[table["gini"].notna()]
    pooled = table[table["scope"].isin([ALL, WITHIN])]
    single = table[~table["scope"].isin([ALL, WITHIN])]
    figure, (left, right) = figures.canvas(
        height=3.5, columns=2, gridspec_kw={"width_ratios": [1, 1]}
    )
    curve = found.lorenz
    left.plot([0, 1], [0, 1], color=COLOURS["muted"], linewidth=1, linestyle="--")
    left.plot(
        curve["share_experts"],
        curve["share_amount"],
        color=COLOURS["blue"],
        marker="o" if len(curve) <= ROWS else "",
        markersize=3,
    )
    left.text(0.42, 0.47, "equal", color=COLOURS["muted"], rotation=38, ha="center", fontsize=8.5)
    left.set_xlabel("share of experts, the quietest first")
    left.set_ylabel(f"their share of {found.measure}")
    left.set_xlim(0, 1)
    left.set_ylim(0, 1)
    left.set_title("Lorenz curve")
    labels = [str(scope) for scope in pooled["scope"]]
    right.hlines(range(len(pooled)), pooled["low"], pooled["high"], color=COLOURS["ink"], lw=1)
    right.plot(pooled["gini"], range(len(pooled)), "o", color=COLOURS["blue"], markersize=6)
    if len(single) <= 10:
        places = [len(pooled) + i for i in range(len(single))]
        labels += [f"session {scope}" for scope in single["scope"]]
    else:
        places = [len(pooled)] * len(single)
        labels.append("single sessions")
    right.plot(single["gini"], places, "o", markerfacecolor="white", color=COLOURS["blue"])
    right.set_yticks(range(len(labels)), labels)
    right.set_ylim(len(labels) - 0.5, -0.5)
    right.set_xlim(0, 1)
    right.set_xlabel("0: all say equally much")
    right.set_title("Gini coefficient")
    _bare(right)
    numbers = found.inequality
    said = "; ".join(
        f"{row['scope']} {wording.number(row['gini'])}" for _, row in table.head(12).iterrows()
    )
    half = curve.iloc[len(curve) // 2]
    whole = table[table["scope"] == ALL].iloc[0]
    level = wording.interval(whole["low"], whole["high"], 2, CONFIDENCE)
    return {
        "picture": figure,
        "alt": (
            f"Left, the Lorenz curve of {found.measure} over {len(curve) - 1} experts: the "
            f"quietest {int(half['experts'])} said {wording.number(half['share_amount'])} of all. "
            f"Right, Gini coefficients: {said}."
        ),
        "caption": (
            f"How unequally {found.measure} are spread over experts. Lines are intervals by a "
            f"bootstrap over experts (over all: {level}); single sessions have none."
        ),
        "numbers": numbers,
        "columns": INEQUALITY_COLUMNS,
        "formats": {},
    }


def moderator(found: Participation) -> dict[str, Any]:
    """The moderator's part of each session, counts first."""
    table = found.moderator.copy()
    for name in ("statements", "amount"):
        table[f"{name}_of"] = [
            wording.share(round(k), round(n)) if n >= 1 else "–"
            for k, n in zip(table[name], table[f"all_{name}"], strict=True)
        ]
    return {
        "frame": table,
        "caption": f"The moderator's part of all statements and of all {found.measure}.",
        "columns": {
            "session": "Session",
            "statements_of": "Statements",
            "amount_of": found.measure.capitalize(),
        },
    }


def follows(found: Participation) -> dict[str, Any]:
    """Who follows whom: a matrix a session, shaded by the difference from shuffled turns."""
    table = found.follows
    chosen = [
        session
        for session, here in table.groupby("session", sort=False)
        if here["before"].nunique() <= SPEAKERS
    ][:MATRICES]
    drawn = chosen or [str(table["session"].iloc[0])]
    columns = min(2, len(drawn))
    lines = -(-len(drawn) // columns)
    widest = max(table.loc[table["session"] == s, "before"].nunique() for s in drawn)
    figure, grid = figures.canvas(
        height=lines * (0.75 + 0.29 * min(widest, 30)), columns=columns, rows=lines, squeeze=False
    )
    for axes in grid.flat[len(drawn) :]:
        axes.set_visible(False)
    for axes, session in zip(grid.flat, drawn, strict=False):
        _matrix(axes, table[table["session"] == session], widest <= SPEAKERS)
        axes.set_title(f"Session {session!s}")
    best = found.following
    said = "; ".join(
        f"{row['session']}: {row['before']} then {row['after']} {int(row['count'])} times, "
        f"{row['expected']:.1f} expected"
        for _, row in best[best["statistic"].notna()].head(8).iterrows()
    )
    every = table["session"].nunique()
    return {
        "picture": figure,
        "alt": (
            "A matrix for each session: rows are who spoke before, columns who spoke right after, "
            f"the number is how often. The pair farthest above shuffled turns, by session: {said}."
        ),
        "caption": (
            "How often the speaker of the column spoke right after that of the row. Blue: more "
            "often than in shuffled turns; orange: less often; m: the moderator."
            + ("" if len(drawn) == every else f" Drawn: {len(drawn)} of {every} sessions.")
        ),
        "numbers": table[table["session"].isin(drawn)],
        "columns": FOLLOW_COLUMNS,
        "formats": FOLLOW_FORMATS,
    }


def _matrix(axes: Axes, here: pd.DataFrame, numbers: bool) -> None:
    from matplotlib.patches import Rectangle

    names = list(dict.fromkeys(here["before"]))
    place = {name: i for i, name in enumerate(names)}
    for _, cell in here.iterrows():
        x, y = place[cell["after"]], place[cell["before"]]
        z = 0.0 if np.isnan(cell["statistic"]) else float(cell["statistic"])
        shade = COLOURS["blue" if z > 0 else "orange"]
        strength = min(abs(z) / FULL, 1.0) * 0.75
        axes.add_patch(
            Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=shade, alpha=strength, linewidth=0)
        )
        if numbers:
            axes.text(x, y, str(cell["count"]), ha="center", va="center", fontsize=8.5)
    labels = ["m" if name == MODERATOR else name for name in names]
    axes.set_xticks(range(len(names)), labels, fontsize=8, rotation=0 if numbers else 90)
    axes.set_yticks(range(len(names)), labels, fontsize=8)
    axes.set_xlim(-0.5, len(names) - 0.5)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlabel("spoke after", fontsize=8.5)
    axes.set_ylabel("spoke before", fontsize=8.5)
    axes.grid(False)


def echo(found: Participation) -> dict[str, Any]:
    """The table of echoes over all codes, observed and by either baseline."""
    return {
        "frame": found.echo,
        "caption": "Echoes over all codes, and what shuffled statements give.",
        "columns": ECHO_COLUMNS,
        "formats": ECHO_FORMATS,
    }


def codes(found: Participation) -> dict[str, Any]:
    """Echoes of each code against their baseline, and experts with and without echoes."""
    table = found.codes
    drawn = table.head(CODES)
    rows = np.arange(len(drawn))
    figure, (left, right) = figures.canvas(
        height=1.2 + 0.2 * len(drawn), columns=2, sharey=True, gridspec_kw={"wspace": 0.06}
    )
    fine = "questions" if drawn["expected_questions"].notna().any() else "sessions"
    expected = drawn[f"expected_{fine}"].to_numpy(dtype=float)
    if not np.isnan(expected).all():
        sd = drawn["sd"].to_numpy(dtype=float)
        low = np.maximum(expected - sd, 0)
        left.hlines(rows, low, expected + sd, color=COLOURS["muted"], linewidth=1)
        left.plot(expected, rows, "o", markerfacecolor="white", color=COLOURS["muted"], ms=4.5)
    left.plot(drawn["echoes"], rows, "o", color=COLOURS["orange"], markersize=4.5)
    left.set_title("Echoes", fontsize=9)
    left.set_xlabel("● observed   ○ shuffled, ± one sd")
    right.hlines(rows, drawn["without"], drawn["experts"], color=COLOURS["blue"], linewidth=1)
    right.plot(drawn["without"], rows, "o", markerfacecolor="white", color=COLOURS["blue"], ms=4.5)
    right.plot(drawn["experts"], rows, "o", color=COLOURS["blue"], markersize=4.5)
    right.set_title("Experts who raise it", fontsize=9)
    right.set_xlabel("● all   ○ without echoes")
    left.set_yticks(rows, [_short(name) for name in drawn["name"]], fontsize=8)
    left.set_ylim(len(drawn) - 0.4, -0.6)
    for axes in (left, right):
        axes.set_xlim(left=-0.3)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(True, axis="y", linewidth=0.4)
    head = "; ".join(
        f"{row['name']}: {int(row['experts'])} experts, {int(row['without'])} without echoes"
        for _, row in drawn.head(6).iterrows()
    )
    columns = {k: v for k, v in CODE_COLUMNS.items() if k == "name" or table[k].notna().any()}
    return {
        "picture": figure,
        "alt": (
            f"For each of {len(drawn)} codes, left the number of echoes beside what shuffled "
            f"statements give, right the experts who raise it with and without echoes. {head}."
        ),
        "caption": (
            f"Codes by the number of experts who raise them. Left: echoes, and what statements "
            f"shuffled within {_within(fine)} give. Right: experts, and those who raise the code "
            "otherwise than by echoes alone." + _note(len(drawn), len(table), "codes")
        ),
        "numbers": table,
        "columns": columns,
        "formats": CODE_FORMATS,
    }


def _within(fine: str) -> str:
    return "the questions of a session" if fine == "questions" else "sessions"


def _short(name: str, most: int = 34) -> str:
    return name if len(name) <= most else name[: most - 1].rstrip() + "…"


def questions(found: Participation) -> dict[str, Any]:
    """The table of questions: which sessions reached each, and who spoke to it."""
    table = found.questions.copy()
    table["reached_of"] = [
        wording.count_of(k, n) for k, n in zip(table["reached"], table["sessions"], strict=True)
    ]
    table["answered_of"] = [
        wording.count_of(k, n) if n else "–"
        for k, n in zip(table["answered"], table["chances"], strict=True)
    ]
    table["not_reached"] = table["not_reached"].str.replace("; ", ", ").replace("", "–")
    return {
        "frame": table,
        "caption": "The questions of the guide, the sessions that reached them, and who answered.",
        "columns": QUESTION_COLUMNS,
    }
