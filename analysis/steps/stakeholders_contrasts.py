"""The few contrasts between sides that the plan names: exact tests, and what they could show.

Only contrasts named beforehand are tested, and all of them are reported. The tests treat the
experts of a side as exchangeable with those of the other; within a session they heard each other,
so each test is repeated with experts exchanged within sessions only.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pandas as pd

from analysis.panel.panel import Panel
from analysis.panel.plan import NO_DIFFERENCE
from analysis.panel.views_of_coding import BoolArray
from analysis.statistics import association
from analysis.statistics.cooccurrence import pair_test
from analysis.steps.panel_raised import Raised, exchangeable, who_raised
from analysis.steps.panel_tools import CONFIDENCE, count_of, listing, plural, text_result, two
from analysis.steps.results import Result
from analysis.steps.stakeholders import SMALL, side_of_kind

#: The level at which a difference counts as told apart.
ALPHA = 0.05
#: True shares of two sides for which the power is stated.
ASSUMED = ((0.9, 0.1), (0.8, 0.2), (0.7, 0.3), (0.6, 0.4), (0.5, 0.5))
#: The two of these that the prose states.
STATED = (0.8, 0.2)
#: The most experts on a side for which all outcomes are gone through.
LARGEST = 200
#: For so many shares of experts the chance values of Cramer's V are computed.
GRID = 19

TOLD, NOT_TOLD, UNTESTED = "told apart", "not told apart", "cannot be tested"

CONTRAST_COLUMNS = [
    "id",
    "code",
    "label",
    "side_a",
    "side_b",
    "k_a",
    "n_a",
    "k_b",
    "n_b",
    "difference",
    "pvalue",
    "adjusted",
    "verdict",
    "expected",
    "lies",
    "within",
    "opposed_a",
    "opposed_b",
    "apart",
    "standing",
    "reason",
]
_HERE = "analysis.steps.stakeholders_contrasts."
_NAN = math.nan


def _columns(panel: Panel, codes: Raised) -> dict[str, tuple[str, BoolArray, BoolArray]]:
    """Name of each code with a contrast, who raised it and who opposed it.

    ``codes`` is :func:`who_raised` for codes. A theme is raised by whoever raised a code under it.
    """
    wanted = {c.code for c in panel.plan.contrasts} if panel.plan else set()
    found: dict[str, tuple[str, BoolArray, BoolArray]] = {}
    looked = [codes]
    if not wanted <= set(codes.codes["code"]):
        looked.append(who_raised(panel, 1))
    for at in looked:
        named = zip(at.codes["code"], at.codes["label"], strict=True)
        for place, (code, label) in enumerate(named):
            if code in wanted:
                found.setdefault(code, (label, at.raised[:, place], at.opposed[:, place]))
    return found


def _sides(panel: Panel, found: Raised) -> pd.Series:
    """The side of each expert, empty text for none."""
    side = side_of_kind(panel)
    return pd.Series([side.get(kind, "") for kind in found.experts["kind"]], dtype=object)


def contrasts(panel: Panel) -> pd.DataFrame:
    """The contrasts of the plan, each tested; columns :data:`CONTRAST_COLUMNS`.

    ``k_a`` of ``n_a`` experts of the first side raised the code, ``k_b`` of ``n_b`` of the second;
    ``difference`` is that of the shares. ``pvalue`` is Fisher's exact one, two-sided, ``adjusted``
    that for all contrasts together (Holm), ``verdict`` whether it is at most :data:`ALPHA`.
    ``lies`` names the side that raised the code more often. ``within`` is the p-value where
    experts are exchanged within sessions only; ``apart`` that of the table raised, opposed only,
    neither (Freeman & Halton), NaN where nobody opposed without raising. NaN has its ``reason``.
    """
    named = panel.plan.contrasts if panel.plan else ()
    found = who_raised(panel)
    sides = _sides(panel, found)
    sessions = exchangeable(panel, found.experts)
    columns_of = _columns(panel, found)
    rows = []
    for contrast in named:
        label, raised, opposed = columns_of[contrast.code]
        members = [(sides == side).to_numpy() for side in contrast.sides]
        k = [int(raised[rows].sum()) for rows in members]
        n = [int(rows.sum()) for rows in members]
        only = [int((opposed & ~raised)[rows].sum()) for rows in members]
        test = association.freeman_halton([[k[0], n[0] - k[0]], [k[1], n[1] - k[1]]])
        three = [[k[i], only[i], n[i] - k[i] - only[i]] for i in (0, 1)]
        empty = not all(n)
        rows.append(
            {
                "id": contrast.id,
                "code": contrast.code,
                "label": label,
                "side_a": contrast.sides[0],
                "side_b": contrast.sides[1],
                "k_a": k[0],
                "n_a": n[0],
                "k_b": k[1],
                "n_b": n[1],
                "difference": _NAN if empty else k[0] / n[0] - k[1] / n[1],
                "pvalue": test.pvalue,
                "expected": "no difference"
                if contrast.expected == NO_DIFFERENCE
                else contrast.expected,
                "lies": _lies(k, n, contrast.sides),
                "within": _within(raised, members, sessions),
                "opposed_a": int(opposed[members[0]].sum()),
                "opposed_b": int(opposed[members[1]].sum()),
                "apart": association.freeman_halton(three).pvalue if any(only) else _NAN,
                "standing": "sensitivity",
                "reason": _reason(k, n),
            }
        )
    table = pd.DataFrame(rows, columns=CONTRAST_COLUMNS)
    table["adjusted"] = association.adjust(table["pvalue"].to_numpy(dtype=np.float64))
    table["verdict"] = np.select(
        [table["adjusted"].isna(), table["adjusted"] <= ALPHA], [UNTESTED, TOLD], NOT_TOLD
    )
    return table


def _lies(k: list[int], n: list[int], sides: tuple[str, str]) -> str:
    if not all(n):
        return ""
    first, second = k[0] * n[1], k[1] * n[0]
    return "level" if first == second else sides[0 if first > second else 1]


def _reason(k: list[int], n: list[int]) -> str:
    if not all(n):
        return "a side has no expert"
    if not any(k):
        return "nobody raised the code"
    return "everybody raised the code" if k == n else ""


def _within(raised: BoolArray, members: list[BoolArray], sessions: pd.Series | None) -> float:
    """The exact p-value with experts exchanged within sessions; NaN where none can be."""
    chosen = members[0] | members[1]
    if sessions is None or not all(rows.any() for rows in members):
        return _NAN
    test = pair_test(
        np.column_stack([raised, members[0]])[chosen],
        0,
        1,
        "two-sided",
        strata=sessions.to_numpy(dtype=object)[chosen],
    )
    return _NAN if test.reason else test.pvalue


def missing(panel: Panel) -> str:
    """Why no contrast is tested; empty where one is."""
    if panel.plan is None:
        return (
            "This panel has no analysis plan (plan.yml): no contrast was named beforehand, so none "
            "is tested."
        )
    if not panel.plan.contrasts:
        return "The analysis plan of this panel names no contrast, so none is tested."
    return ""


def power(table: pd.DataFrame) -> pd.DataFrame:
    """How probably the test tells two sides apart, for assumed true shares of the sides.

    ``table`` is that of :func:`contrasts`. One row a pair of sides and pair of shares: side_a,
    side_b, n_a, n_b, share_a, share_b, single (one test at :data:`ALPHA`), strict (at the
    strictest step of the adjustment, ALPHA divided by the number of contrasts). Exact, for experts
    who raise a code independently of each other; NaN where a side has no expert or more than
    :data:`LARGEST`.
    """
    pairs = table[["side_a", "side_b", "n_a", "n_b"]].drop_duplicates()
    rows = []
    for pair in pairs.to_dict("records"):
        n = int(pair["n_a"]), int(pair["n_b"])
        possible = min(n) > 0 and max(n) <= LARGEST
        for shares in ASSUMED:
            levels = {"single": ALPHA, "strict": ALPHA / len(table)}
            found = {
                name: association.fisher_power(*n, *shares, alpha) if possible else _NAN
                for name, alpha in levels.items()
            }
            rows.append(pair | {"share_a": shares[0], "share_b": shares[1]} | found)
    columns = ["side_a", "side_b", "n_a", "n_b", "share_a", "share_b", "single", "strict"]
    return pd.DataFrame(rows, columns=columns)


def least(table: pd.DataFrame) -> pd.DataFrame:
    """The least different outcomes that one test tells apart, by pair of sides.

    ``table`` is that of :func:`contrasts`. Columns side_a, side_b, n_a, n_b, k_a, k_b (the most on
    the second side that is still told apart from ``k_a`` on the first), pvalue, k_strict (as
    ``k_b``, at the strictest step of the adjustment; NaN where no outcome is).
    """
    rows = []
    for pair in table[["side_a", "side_b", "n_a", "n_b"]].drop_duplicates().to_dict("records"):
        n = int(pair["n_a"]), int(pair["n_b"])
        if min(n) < 1 or max(n) > LARGEST:
            continue
        strict = {
            k: other for k, other, _ in association.minimal_significant(*n, ALPHA / len(table))
        }
        for k, other, pvalue in association.minimal_significant(*n, ALPHA):
            found = {"k_a": k, "k_b": other, "pvalue": pvalue, "k_strict": strict.get(k, _NAN)}
            rows.append(pair | found)
    columns = ["side_a", "side_b", "n_a", "n_b", "k_a", "k_b", "pvalue", "k_strict"]
    return pd.DataFrame(rows, columns=columns)


def shares(panel: Panel) -> pd.DataFrame:
    """Shares of the sides for each code with a contrast, drawn towards what the sides share.

    One row a code and side: code, label, side, k, n, raw, estimate, low, high, standing. Sides of
    at most :data:`analysis.steps.stakeholders.SMALL` experts get no share; it takes two sides.
    """
    columns = ["code", "label", "side", "k", "n", "raw", "estimate", "low", "high", "standing"]
    if panel.plan is None:
        return pd.DataFrame(columns=columns)
    found = who_raised(panel)
    sides = _sides(panel, found)
    there = [side for side in panel.plan.sides if np.count_nonzero(sides == side) > SMALL]
    columns_of = _columns(panel, found)
    rows = []
    for code in dict.fromkeys(c.code for c in panel.plan.contrasts) if len(there) > 1 else ():
        label, raised, _ = columns_of[code]
        members = [(sides == side).to_numpy() for side in there]
        k, n = [int(raised[m].sum()) for m in members], [int(m.sum()) for m in members]
        shrunken = association.shrunken_shares(k, n, CONFIDENCE)
        rows += [
            dict(
                zip(
                    columns,
                    (
                        code,
                        label,
                        side,
                        k[i],
                        n[i],
                        shrunken.raw[i],
                        shrunken.estimate[i],
                        shrunken.low[i],
                        shrunken.high[i],
                        "model-based",
                    ),
                    strict=True,
                )
            )
            for i, side in enumerate(there)
        ]
    return pd.DataFrame(rows, columns=columns)


# the size of Cramer's V by chance


def _with_margins(rows: list[int], columns: list[int]) -> list[list[int]]:
    """Any table with these margins; the chance values of V depend on nothing else."""
    ends = [0, *np.cumsum(columns).tolist()]
    starts = [0, *np.cumsum(rows).tolist()]
    return [
        [max(0, min(stop, end) - max(start, first)) for first, end in pairwise(ends)]
        for start, stop in pairwise(starts)
    ]


def chance_v(panel: Panel) -> pd.DataFrame:
    """Cramer's V of a code over the kinds if the two have nothing to do with each other.

    One row for each number of experts who raise a code (at most :data:`GRID` of them): k, n, mean,
    low, high (the central 95%). Empty for fewer than two kinds or three experts.
    """
    found = who_raised(panel)
    sizes = [len(rows) for _, _, rows in found.kinds()]
    n = found.n
    columns = ["k", "n", "mean", "low", "high"]
    if len(sizes) < 2 or n < 3:
        return pd.DataFrame(columns=columns)
    grid = np.unique(np.round(np.linspace(1, n - 1, min(GRID, n - 1))).astype(np.int64))
    rows = []
    for k in grid.tolist():
        v = association.expected_cramers_v(_with_margins([k, n - k], sizes))
        rows.append((k, n, v.estimate, v.low, v.high))
    return pd.DataFrame(rows, columns=columns)


def seen_v(panel: Panel) -> pd.DataFrame:
    """Cramer's V over the kinds for each code with a contrast, beside what chance makes of it.

    Columns code, label, k, n, raw, corrected, mean, low, high (of raw V by chance). Codes that
    nobody or everybody raised are left out.
    """
    columns = ["code", "label", "k", "n", "raw", "corrected", "mean", "low", "high"]
    found = who_raised(panel)
    groups = found.kinds()
    if panel.plan is None or len(groups) < 2:
        return pd.DataFrame(columns=columns)
    columns_of = _columns(panel, found)
    rows = []
    for code in dict.fromkeys(c.code for c in panel.plan.contrasts):
        label, raised, _ = columns_of[code]
        k = int(raised.sum())
        if not 0 < k < found.n:
            continue
        counts = [int(raised[members].sum()) for _, _, members in groups]
        table = [counts, [len(m) - c for (_, _, m), c in zip(groups, counts, strict=True)]]
        raw = association.cramers_v(table, bias_corrected=False).estimate
        corrected = association.cramers_v(table).estimate
        chance = association.expected_cramers_v(table)
        rows.append(
            (code, label, k, found.n, raw, corrected, chance.estimate, chance.low, chance.high)
        )
    return pd.DataFrame(rows, columns=columns)


# sentences


def p_text(p: float) -> str:
    """A p-value as a sentence shows it: "p = 0.023", "p < 0.001"."""
    if math.isnan(p):
        return "p not defined"
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


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

    Of the first pair of sides in the table of :func:`contrasts` that has experts on both.
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
            _HERE + "contrasts",
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
