"""What the prose of the chapter on stakeholders states of the contrasts, for any panel."""

from __future__ import annotations

import math

import pandas as pd

from analysis.panel.panel import Panel
from analysis.statistics import association
from analysis.steps.panel_raised import who_raised
from analysis.steps.panel_tools import count_of, listing, plural, text_result, two
from analysis.steps.results import Result
from analysis.steps.stakeholders import SMALL
from analysis.steps.stakeholders_contrasts import ALPHA, TOLD, UNTESTED, contrasts, missing, shares
from analysis.steps.stakeholders_power import LARGEST, STATED, chance_v, least, power, seen_v

_HERE = "analysis.steps.stakeholders_sentences."
_NAN = math.nan


def p_text(p: float) -> str:
    """A p-value as a sentence shows it: "p = 0.023", "p < 0.001"."""
    if math.isnan(p):
        return "p not defined"
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


# the contrasts


def _outcome(row: pd.Series) -> str:
    return (
        f"“{row['label']}” ({row['side_a']} {count_of(row['k_a'], row['n_a'])}, {row['side_b']} "
        f"{count_of(row['k_b'], row['n_b'])}; {p_text(row['pvalue'])}, adjusted "
        f"{p_text(row['adjusted']).removeprefix('p ').removeprefix('= ')})"
    )


def _outcomes(table: pd.DataFrame) -> str:
    return "; ".join(_outcome(row) for _, row in table.iterrows())


def told(panel: Panel, table: pd.DataFrame) -> str:
    """Which contrasts are told apart after the adjustment."""
    if table.empty:
        return missing(panel)
    tested = table[table["verdict"] != UNTESTED]
    if tested.empty:
        return f"None of the contrasts can be tested: {listing(sorted(set(table['reason'])))}."
    apart = tested[tested["verdict"] == TOLD]
    if apart.empty:
        return (
            "After the adjustment the sides are not told apart in "
            f"{_any(len(tested))} that could be tested."
        )
    some = plural(len(apart), "contrast")
    return (
        f"After the adjustment the sides are told apart in {some} of {len(tested)}: "
        f"{_outcomes(apart)}."
    )


def _any(number: int) -> str:
    return "the one contrast" if number == 1 else f"any of the {number} contrasts"


def one_by_one(table: pd.DataFrame) -> str:
    """How many contrasts would be told apart if each were the only one, and within sessions."""
    tested = table[table["verdict"] != UNTESTED]
    if tested.empty:
        return "No contrast could be tested one by one."
    alone = tested[tested["pvalue"] <= ALPHA]
    first = f"Taken one by one, p is at most {ALPHA} for {count_of(len(alone), len(tested))}."
    inside = tested[tested["within"].notna()]
    if inside.empty:
        return f"{first} No expert can be exchanged with another within a session."
    kept = int((inside["within"] <= ALPHA).sum())
    return (
        f"{first} Where experts are exchanged only within their session, it is for "
        f"{count_of(kept, len(inside))}."
    )


def as_expected(table: pd.DataFrame) -> str:
    """Whether the contrasts that were expected to differ do, in the direction expected."""
    named = table[table["expected"] != "no difference"]
    differ = named[named["verdict"] != UNTESTED]
    if named.empty:
        return "No difference was expected beforehand."
    if differ.empty:
        return "None of the contrasts expected to differ could be tested."
    right = differ[differ["lies"] == differ["expected"]]
    apart = int((right["verdict"] == TOLD).sum())
    lie = "lies" if len(right) == 1 else "lie"
    return (
        f"Of {plural(len(differ), 'contrast')} expected to differ, "
        f"{_count(len(right), len(differ))} {lie} in the expected direction; {_count_of(apart)} "
        "told apart after the adjustment."
    )


def _count(k: int, n: int) -> str:
    return "none" if not k else "all" if k == n and n > 1 else str(k)


def _count_of(k: int) -> str:
    return f"{k or 'none'} of them {'is' if k < 2 else 'are'}"


def as_level(table: pd.DataFrame) -> str:
    """What became of the contrasts in which no difference was expected."""
    level = table[table["expected"] == "no difference"]
    tested = level[level["verdict"] != UNTESTED]
    if level.empty:
        return "The plan names no contrast in which no difference is expected."
    if tested.empty:
        return "None of the contrasts in which no difference was expected could be tested."
    apart = tested[tested["verdict"] == TOLD]
    of = "contrast" if len(tested) == 1 else "contrasts"
    first = f"Of {len(tested)} {of} in which no difference was expected, "
    if apart.empty:
        return f"{first}{'it is not' if len(tested) == 1 else 'none is'} told apart."
    return f"{first}{len(apart)} {'is' if len(apart) == 1 else 'are'} told apart: " + (
        f"{_outcomes(apart)}."
    )


def opposed_apart(table: pd.DataFrame) -> str:
    """Whether it matters that those who opposed a code are kept apart from the silent."""
    three = table[table["apart"].notna()]
    if three.empty:
        return "In no contrast did anybody oppose a code without raising it."
    changed = three[(three["apart"] <= ALPHA) != (three["pvalue"] <= ALPHA)]
    first = f"Somebody opposed the code without raising it in {plural(len(three), 'contrast')}. "
    if changed.empty:
        return f"{first}Keeping the opposed apart from the silent moves no p across {ALPHA}."
    names = listing([f"“{label}”" for label in changed["label"]])
    return f"{first}Keeping the opposed apart from the silent moves p across {ALPHA} for {names}."


def shrink_sentence(table: pd.DataFrame) -> str:
    """How far the shares of the sides are drawn towards each other."""
    if table.empty:
        return (
            "No shares of sides are given: that takes a contrast, and two sides with more than "
            f"{SMALL} experts each."
        )
    move = (table["estimate"] - table["raw"]).abs()
    row = table.iloc[int(move.argmax())]
    if move.max() < 0.005:
        return "No share is drawn by as much as half a percentage point."
    return (
        f"The share that moves most is that of {row['side']} on “{row['label']}”: "
        f"{count_of(int(row['k']), int(row['n']))} would be {two(row['raw'])}, and is drawn to "
        f"{two(row['estimate'])}."
    )


# what could be seen


def power_sentence(table: pd.DataFrame, contrasts_: int) -> str:
    """The power for the stated shares, of one test and at the strictest step."""
    chosen = _stated(table)
    if chosen is None:
        return "The power of the contrasts cannot be stated."
    high, low = (f"{100 * share:.0f}%" for share in STATED)
    return (
        f"If {high} of the experts like those on one side and {low} of those like the other raised "
        f"a code ({chosen['n_a']:.0f} against {chosen['n_b']:.0f} experts), one test would tell "
        f"the sides apart with probability {two(chosen['single'])}, and at the strictest step of "
        f"the adjustment for {plural(contrasts_, 'contrast')} with probability "
        f"{two(chosen['strict'])}."
    )


def _stated(table: pd.DataFrame) -> pd.Series | None:
    rows = table[(table["share_a"] == STATED[0]) & table["single"].notna()]
    return None if rows.empty else rows.iloc[0]


def least_sentence(table: pd.DataFrame) -> str:
    """The least different outcome that is told apart, near the middle, and the next that is not.

    Of the first pair of sides in the table of the contrasts that has experts on both.
    """
    there = table[(table["n_a"] > 0) & (table["n_b"] > 0)]
    if there.empty:
        return "Without a contrast between sides that have experts there is nothing to tell apart."
    first = there.iloc[:1]
    sizes = int(first["n_a"].iloc[0]), int(first["n_b"].iloc[0])
    if max(sizes) > LARGEST:
        return f"With more than {LARGEST} experts on a side the least outcome is not stated."
    pair = least(first)
    if pair.empty:
        return f"With {sizes[0]} and {sizes[1]} experts no outcome at all can be told apart."
    n_a, n_b = int(pair["n_a"].iloc[0]), int(pair["n_b"].iloc[0])
    middle = ((pair["k_a"] + pair["k_b"]) - (n_a + n_b) / 2).abs()
    row = pair.iloc[int(middle.argmin())]
    k_a, k_b = int(row["k_a"]), int(row["k_b"])
    text = f"Of {n_a} and {n_b} experts, {k_a} against {k_b} is told apart ({p_text(row['pvalue'])}"
    lower = float(association.fisher_pvalues(n_a, n_b)[k_a - 1, k_b])
    if not math.isnan(lower) and lower > ALPHA:
        return f"{text}), {k_a - 1} against {k_b} is not ({p_text(lower)})."
    return f"{text})."


def middle_v(table: pd.DataFrame) -> pd.Series | None:
    """The chance value of V for a code that half of the experts raise."""
    if table.empty:
        return None
    return table.iloc[int((table["k"] - table["n"] / 2).abs().argmin())]


def v_sentence(table: pd.DataFrame, seen: pd.DataFrame, kinds: int) -> str:
    """What chance alone makes of V, and how many codes go beyond it."""
    half = middle_v(table)
    if half is None:
        return "With fewer than two kinds, or three experts, there is no association to measure."
    first = (
        f"For a code that {int(half['k'])} of {int(half['n'])} experts raise, and {kinds} kinds, V "
        f"averages {two(half['mean'])} if the kinds have nothing to do with it."
    )
    if seen.empty:
        return first
    above = int((seen["raw"] > seen["high"] + 1e-9).sum())
    return (
        f"{first} Of the {len(seen)} codes with a contrast, {above or 'none'} "
        f"{'lies' if above == 1 else 'lie'} above the central 95% of what chance makes of V."
    )


# everything


def contrast_results(panel: Panel) -> list[Result]:
    """What the prose states of the contrasts."""
    table, chance = contrasts(panel), chance_v(panel)
    strength = power(table)
    named, seen = len(table), seen_v(panel)
    kinds = len(who_raised(panel).kinds())
    stated, half = _stated(strength), middle_v(chance)

    def text(id: str, label: str, value: str, function: str, method: str) -> Result:
        return text_result(f"st-{id}", label, value, _HERE + function, method, "sensitivity")

    exact, many = "Fisher's exact test, two-sided", "Fisher's exact test, adjusted after Holm"
    return [
        Result(
            "st-contrasts",
            "contrasts named in the plan",
            named,
            "count",
            "description",
            "count",
            "analysis.steps.stakeholders_contrasts.contrasts",
        ),
        text("told", "contrasts told apart", told(panel, table), "told", many),
        text("one-by-one", "contrasts one by one", one_by_one(table), "one_by_one", exact),
        text("expected", "contrasts expected to differ", as_expected(table), "as_expected", many),
        text("level", "contrasts expected to be level", as_level(table), "as_level", many),
        text(
            "opposed",
            "contrasts with the opposed kept apart",
            opposed_apart(table),
            "opposed_apart",
            "Freeman-Halton exact test",
        ),
        Result(
            "st-power-one",
            f"power of one test, true shares {STATED[0]} and {STATED[1]}",
            _NAN if stated is None else float(stated["single"]),
            "rate",
            "simulation",
            "exact power of Fisher's test",
            "analysis.statistics.association.fisher_power",
        ),
        Result(
            "st-power-strict",
            "the same at the strictest step of the adjustment",
            _NAN if stated is None else float(stated["strict"]),
            "rate",
            "simulation",
            "exact power of Fisher's test",
            "analysis.statistics.association.fisher_power",
        ),
        text_result(
            "st-power",
            "power of the contrasts",
            power_sentence(strength, named),
            _HERE + "power_sentence",
            "exact power of Fisher's test",
            "simulation",
        ),
        text_result(
            "st-least",
            "least outcome told apart",
            least_sentence(table),
            _HERE + "least_sentence",
            exact,
            "simulation",
        ),
        Result(
            "st-v-chance",
            "Cramer's V of a code raised by half of the experts, by chance alone",
            _NAN if half is None else float(half["mean"]),
            "coefficient",
            "simulation",
            "mean over tables with the same margins",
            "analysis.statistics.association.expected_cramers_v",
            low=None if half is None else float(half["low"]),
            high=None if half is None else float(half["high"]),
        ),
        text(
            "v",
            "Cramer's V by chance and in this panel",
            v_sentence(chance, seen, kinds),
            "v_sentence",
            "Cramer's V, and its distribution given the margins",
        ),
        text_result(
            "st-shrink",
            "shares drawn towards each other",
            shrink_sentence(shares(panel)),
            _HERE + "shrink_sentence",
            "beta-binomial, marginal maximum likelihood",
            "model-based",
        ),
    ]
