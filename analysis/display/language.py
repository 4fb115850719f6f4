"""The figures and tables of the chapter about the words of the interviews."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from analysis.display import tables
from analysis.display.figures import COLOURS, CYCLE, MARKED, canvas
from analysis.display.messages import message
from analysis.display.notebook import SOURCE_KEY
from analysis.display.panel_figures import Plate
from analysis.display.tables import Sheet, sheet
from analysis.display.wording import number
from analysis.steps.language.keywords import CRITICAL, Keywords
from analysis.steps.panel_talk import in_orders

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: Rows between two groups, for the name of the second.
_GAP = 1.5

KEY_COLUMNS = {
    "word": "Word",
    "group": "More in",
    "here": "Its experts who use it",
    "elsewhere": "Others who do",
    "a": "Uses",
    "per_1000_a": "Per 1,000 words",
    "b": "Uses elsewhere",
    "per_1000_b": "Per 1,000 words there",
    "log_ratio": "Log ratio",
    "g2": "G2",
    "this_word": "Deals that reach it, this word",
    "any_word": "Any word",
    "sessions": "Any word, second look",
    "asked": "Also used by",
}
SPREAD_COLUMNS = {
    "word": "Word",
    "group": "More in",
    "here": "Its experts who use it",
    "uses": "Uses of single experts, most first",
    "dp": "DP",
    "elsewhere": "Others who use it",
}


def _records(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    return frame.to_dict("records")


def key_rows(found: Keywords) -> pd.DataFrame:
    """The key words as text, for :data:`KEY_COLUMNS`."""
    out = found.table.copy()
    first = 0 if found.tested is None else len(found.tested.maxima)
    second = 0 if found.second is None else len(found.second.maxima)
    rows = _records(out)
    out["here"] = [f"{r['k_a']} of {r['n_a']}" for r in rows]
    out["elsewhere"] = [f"{r['k_b']} of {r['n_b']}" for r in rows]
    out["this_word"] = [_deals(r["alone"], first) for r in rows]
    out["any_word"] = [_deals(r["adjusted"], first) for r in rows]
    out["sessions"] = [_deals(r["together"], second) for r in rows]
    out["asked"] = [_asked(r) for r in rows]
    return out


def _deals(share: float, deals: int) -> str:
    return "–" if not deals or math.isnan(share) else in_orders(share, deals)


def _asked(row: Mapping[Any, Any]) -> str:
    by = [name for name, yes in (("guide", row["guide"]), ("moderator", row["moderator"])) if yes]
    return ", ".join(by) if by else "–"


def _rows_of(found: Keywords) -> tuple[list[float], list[str]]:
    """The place of each row from the top, with a gap between groups, and its colour."""
    order = found.groups["group"].tolist()
    places, shades, at, before = [], [], 0.0, None
    for group in found.table["group"]:
        if group != before:
            at += _GAP
        places.append(at)
        shades.append(COLOURS[colour_name(order.index(group))])
        at, before = at + 1, group
    return places, shades


def colour_name(position: int) -> str:
    """The name of the colour of a group."""
    return CYCLE[position % len(CYCLE)]


def _heads(axes: Axes, found: Keywords, places: list[float], text: str) -> None:
    """The name of each group above its rows."""
    first = found.table.drop_duplicates("group")
    order = found.groups["group"].tolist()
    for row, group in zip(first.index, first["group"], strict=True):
        axes.annotate(
            text.format(group=group),
            (0, places[row] - 0.85),
            xycoords=("axes fraction", "data"),
            xytext=(2, 0),
            textcoords="offset points",
            color=COLOURS[colour_name(order.index(group))],
            weight="bold",
            fontsize=8.5,
            va="center",
        )


def _frame(axes: Axes, found: Keywords, places: list[float]) -> None:
    axes.set_yticks(places, found.table["word"].tolist())
    axes.set_ylim(places[-1] + 0.7, 0.1)
    axes.grid(False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)


def key_words(found: Keywords) -> Plate:
    """How many times as often each key word is used in its group, and by how many experts."""
    places, shades = _rows_of(found)
    figure, axes = canvas(0.8 + 0.235 * (places[-1] + 1))
    axes.hlines(places, 0, found.table["log_ratio"], color=shades, linewidth=1.6)
    axes.scatter(found.table["log_ratio"], places, c=shades, s=26, zorder=3)
    furthest = max(2.0, float(found.table["log_ratio"].max()))
    for row, place in zip(_records(found.table), places, strict=True):
        mark = "" if _asked(row) == "–" else f", also {_asked(row).replace(', ', ' and ')}"
        axes.annotate(
            f"{row['k_a']} of {row['n_a']}, else {row['k_b']} of {row['n_b']}{mark}",
            (row["log_ratio"], place),
            xytext=(7, 0),
            textcoords="offset points",
            va="center",
            fontsize=7.8,
            weight="bold" if row["stands_out"] else "normal",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
            annotation_clip=False,
        )
    _heads(axes, found, places, "more in “{group}”")
    _frame(axes, found, places)
    axes.set_xlim(0, furthest * 1.75)
    ticks = range(math.floor(furthest) + 1)
    axes.set_xticks(list(ticks), ["as often", *(f"{2**t}×" for t in ticks if t)])
    axes.spines["bottom"].set_bounds(0, furthest)
    axes.set_xlabel("times as often as elsewhere, per word spoken", loc="left")
    numbers = key_rows(found)
    parts = [
        f"{r['word']} ({r['group']}): log ratio {number(r['log_ratio'], 1)}, used by {r['here']} "
        f"experts, elsewhere by {r['elsewhere']}"
        for r in _records(numbers)
    ]
    return Plate(
        picture=figure,
        alt=f"A line for each of {len(numbers)} key words. {'; '.join(parts)}.",
        caption=(
            "Key words by the log ratio: how many times as often a word is used in its group as "
            "elsewhere, on a doubling scale, with half a use where there is none. Beside it: how "
            "many experts use it there and elsewhere, and whether the guide or the moderator does. "
            f"Listed by G2, above {CRITICAL:.2f}. In bold: words that stand out."
        ),
        numbers=numbers,
        columns=KEY_COLUMNS,
        formats={"per_1000_a": 2, "per_1000_b": 2, "log_ratio": 1, "g2": 1},
    )


def spread(found: Keywords) -> Plate:
    """How each key word is spread over single experts: one bar an expert, most uses first."""
    places, shades = _rows_of(found)
    figure, axes = canvas(0.75 + 0.27 * (places[-1] + 1))
    rows = _records(found.table)
    width = max(row["n_a"] for row in rows)
    apart = max(1.0, 0.04 * width)
    ends: list[tuple[float, float, float]] = []  # place, start and end of a row's base line
    bars: list[tuple[float, float, float, str]] = []  # x, height, place and colour
    uses = []
    for row, place, shade in zip(rows, places, shades, strict=True):
        own = found.uses[
            (found.uses["word"] == row["word"]) & (found.uses["group"] == row["group"])
        ]
        inside = own.loc[own["inside"], "uses"].sort_values(ascending=False).tolist()
        outside = own[~own["inside"]].groupby("expert")["uses"].sum()
        others = outside.sort_values(ascending=False).tolist()
        most = max(*inside, *others, 1)
        for counts, start, tint in (
            (inside, 0.0, shade),
            (others, width + apart, COLOURS["muted"]),
        ):
            bars += [
                (start + i + 0.5, -0.8 * count / most, place + 0.4, tint)
                for i, count in enumerate(counts)
                if count
            ]
            ends.append((place + 0.4, start, start + len(counts)))
        uses.append(", ".join(str(count) for count in inside if count))
    x, heights, bottoms, tints = zip(*bars, strict=True)
    axes.bar(x, heights, width=0.82, bottom=bottoms, color=tints)
    levels, starts, stops = zip(*ends, strict=True)
    axes.hlines(levels, starts, stops, color=COLOURS["rule"], linewidth=1)
    furthest = max(stops)
    for row, place in zip(rows, places, strict=True):
        dp = "" if math.isnan(row["dp"]) else f"DP {number(row['dp'])}"
        axes.annotate(dp, (furthest * 1.02, place), va="center", fontsize=7.8)
    _heads(axes, found, places, "more in “{group}”")
    _frame(axes, found, places)
    axes.set_xlim(0, furthest * 1.13)
    axes.set_xticks([0, width + apart], ["its own experts", "the others, or elsewhere"], ha="left")
    axes.tick_params(axis="x", length=0)
    axes.grid(False)
    axes.spines["bottom"].set_visible(False)
    numbers = key_rows(found).assign(uses=uses)
    parts = [
        f"{r['word']} ({r['group']}): uses {r['uses']}"
        + ("" if math.isnan(r["dp"]) else f", DP {number(r['dp'])}")
        for r in _records(numbers)
    ]
    return Plate(
        picture=figure,
        alt=f"A bar for each expert and each key word, most uses first. {'; '.join(parts)}.",
        caption=(
            "How the key words are spread over experts: one place an expert, in each row those who "
            "use the word most first, a bar as high as its uses. In colour: in the group whose key "
            "word it is. Grey: the others; of tasks, the same experts under "
            "other tasks."
        ),
        numbers=numbers,
        columns=SPREAD_COLUMNS,
        formats={"dp": 2},
    )


# tables, as ``show.table`` takes them


def groups(found: Keywords) -> Sheet:
    """What is compared."""
    columns = {
        "group": "Group",
        "experts": "Experts",
        "statements": "Statements",
        "words": "Words",
    }
    return sheet(found.groups, "What is compared", columns)


def moderator(frame: pd.DataFrame, experts: int) -> Sheet:
    """The words of the moderator."""
    out = frame.assign(
        who=[f"{k} of {experts}" for k in frame["k"]],
    )
    columns = {
        "word": "Word",
        "a": "Moderator",
        "per_1000_a": "Per 1,000 words",
        "b": "Experts",
        "per_1000_b": "Per 1,000 words of theirs",
        "who": "Experts who use it",
        "log_ratio": "Log ratio",
        "g2": "G2",
    }
    formats = {"per_1000_a": 1, "per_1000_b": 1, "log_ratio": 1, "g2": 1}
    caption = "Words that the moderator uses more than the experts do"
    return sheet(out, caption, columns, formats, folded=True)


def code_words(codes: pd.DataFrame, words: pd.DataFrame) -> Sheet:
    """The key words of each code."""
    said = {
        code: "; ".join(
            f"{r['word']}{'*' if r['guide'] else ''} ({r['k']})" for r in _records(part)
        )
        for code, part in words.groupby("code", sort=False)
    }
    out = codes[codes["statements"] > 0]
    out = out.assign(
        said=[said.get(r["code"]) or f"– ({r['why']})" for r in _records(out)],
    )
    columns = {
        "label": "Code",
        "theme": "Theme",
        "statements": "Statements",
        "experts": "Experts",
        "said": "Key words, in brackets how many of these experts use them",
    }
    caption = (
        "Words that are more frequent in statements with a code than in other coded ones, by G2; "
        "* the guide uses the word too"
    )
    return sheet(out, caption, columns)


# lines in context

#: What heads the lines of each kind.
LINE_CAPTIONS = {
    "side": "Key words of the sides, in context",
    "task": "Key words of the tasks, in context",
    "code": "The first key word of each code, in context",
}


def lines(frame: pd.DataFrame, which: str, source: str, language: str = "ru") -> None:
    """Show lines in context: the word, who said it where, the line, and a translation.

    ``which`` is a key of :data:`LINE_CAPTIONS`. ``language`` is that of the statements: the words
    are marked with it for whoever listens to the page. The table is opened by a click.
    """
    from IPython.display import display

    caption = LINE_CAPTIONS[which]
    mark = message(MARKED[source]) if source in MARKED else ""
    html = lines_html(frame, caption, mark, language)
    head = f"<summary>{escape(caption)}</summary>"
    html = f'<details class="study-numbers">{head}\n{html}\n</details>'
    display({"text/html": html, "text/plain": caption}, raw=True, metadata={SOURCE_KEY: source})


def lines_html(frame: pd.DataFrame, caption: str, mark: str = "", language: str = "ru") -> str:
    """The table of :func:`lines` as HTML."""
    lang, rows = escape(language), []
    for row in _records(frame):
        left, said, right = (escape(row[name]) for name in ("left", "said", "right"))
        who = f"{row['expert']}, {row['kind_name']}, session {row['session']}, {row['statement']}"
        rows.append(
            (
                f'<span lang="{lang}">{escape(row["word"])}</span><br>'
                f"<em>{escape(row['group'])}</em>",
                escape(who),
                tables.speech(f"{left}<strong>{said}</strong>{right}", row["text_en"], language),
            )
        )
    return tables.cells_html(caption, ("Word", "Who", "In context"), rows, mark)
