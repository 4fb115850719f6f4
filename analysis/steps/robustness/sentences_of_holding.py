"""What the chapter says of errors carried forward and of what holds, chosen by the result."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from analysis.steps.panel_talk import span
from analysis.steps.panel_tools import CONFIDENCE, count_of, listing, plural, start, two
from analysis.steps.robustness.analysis import Robustness
from analysis.steps.robustness.holds import CONTRAST, ORDER, SIGN
from analysis.steps.robustness.sentences import some

#: The share of drawn panels from which on a finding counts as mostly kept.
MOSTLY = 0.95
_NOT_DRAWN = "Errors are not drawn."
_NO_FINDING = "There is no finding to look at."


# errors of coding


def part(found: Robustness) -> str:
    """On how many statements the errors are seen."""
    if found.missing:
        return "Without codes no error can be seen."
    if found.error is None or found.no_errors:
        return found.no_errors
    n = found.error.statements
    return (
        f"{plural(n, 'statement')} {'was' if n == 1 else 'were'} coded by more than one coder and "
        "resolved."
    )


def rates(found: Robustness) -> str:
    """How often coders missed and added codes, over all codes."""
    if found.no_errors:
        return "So no rate of error is known."
    missed, given, added, free = (
        int(found.rates[name].sum()) for name in ("missed", "given", "added", "free")
    )
    if not given:
        return f"The consensus gives them no code; coders added one in {added} of {free} places."
    return (
        f"Set against the consensus there, coders missed {missed or 'none'} of {given} codes that "
        f"it gives, and gave a code that it does not in {added or 'none'} of {free} places."
    )


def worst(found: Robustness) -> str:
    """Which codes are missed and added most often."""
    if found.no_errors:
        return "Nor is it known for which codes errors are frequent."
    parts = []
    for count, of, what in (("missed", "given", "missed"), ("added", "free", "added")):
        top = int(found.rates[count].max())
        if top:
            rows = found.rates[found.rates[count] == top]
            names = [f"“{r['label']}” ({top} of {r[of]})" for r in rows.to_dict("records")]
            parts.append(f"most often {what} {'is' if len(names) == 1 else 'are'} {listing(names)}")
    return start(f"{'; '.join(parts)}.") if parts else "No coder departs from the consensus."


def width(found: Robustness) -> str:
    """How much wider intervals are with errors."""
    table = found.carried.dropna(subset=["low", "high"])
    table = table[table["high"] > table["low"]]
    if found.no_errors:
        return _NOT_DRAWN
    if table.empty:
        return "No code that is followed has an interval to compare."
    plain, noisy = table["high"] - table["low"], table["high_error"] - table["low_error"]
    wider = int((noisy > plain + 1e-9).sum())
    return (
        "With errors the interval of a code that is followed is on average "
        f"{two(float((noisy / plain).mean()))} times as wide; it is wider for "
        f"{count_of(wider, len(table))}."
    )


def sessions(found: Robustness) -> str:
    """How much wider intervals are when whole sessions are drawn."""
    if found.no_errors:
        return _NOT_DRAWN
    table = found.carried.dropna(subset=["low_sessions", "high_sessions"])
    table = table[table["high_error"] > table["low_error"]]
    many = found.of.experts["session"].nunique()
    if table.empty:
        return (
            "A second look that draws whole sessions needs two sessions or more, and several "
            "experts in one of them."
        )
    by_session = table["high_sessions"] - table["low_sessions"]
    ratio = float((by_session / (table["high_error"] - table["low_error"])).mean())
    return (
        f"If whole sessions are drawn, with errors too, it is {two(ratio)} times as wide as with "
        f"single experts drawn; with {many} sessions that is rough."
    )


def shift(found: Robustness) -> str:
    """Which share moves most by errors, and which way."""
    if found.no_errors or found.carried.empty:
        return "So no count moves."
    gap = found.carried["mean_error"] - found.carried["k"] / found.carried["n"]
    row = found.carried.iloc[int(gap.abs().to_numpy().argmax())]
    if two(float(gap.abs().max())) == two(0):
        return "On average errors move no share of experts by a hundredth."
    return (
        f"The count that errors move most is that of “{row['label']}”: {row['k']} of {row['n']}, "
        f"and with errors {row['mean_error'] * row['n']:.1f} on average."
    )


def sign_drawn(found: Robustness) -> str:
    """For how many codes more raise than oppose in nearly all drawn panels."""
    if found.no_errors or found.carried.empty:
        return _NOT_DRAWN
    n = len(found.carried)
    sure = int((found.carried["sign_kept"] >= MOSTLY).sum())
    low = found.carried.iloc[int(found.carried["sign_kept"].to_numpy().argmin())]
    return (
        f"More raise than oppose it in at least {two(MOSTLY)} of the drawn panels for "
        f"{count_of(sure, n)} codes that are followed; the least often for “{low['label']}”, in "
        f"{two(low['sign_kept'])}."
    )


def first_drawn(found: Robustness) -> str:
    """How often the leading codes stay first when experts and errors are drawn."""
    rows = found.holds[found.holds["id"].str.startswith("first-")].dropna(subset=["draws"])
    if rows.empty:
        return "How often a code stays first in drawn panels is not known."
    parts = [
        f"{two(row['draws'])} of the panels without and {two(row['draws_error'])} with errors for "
        f"“{row['id'].removeprefix('first-')}”"
        for row in rows.to_dict("records")
    ]
    return f"The same codes, and no others, come first in {listing(parts)}."


def ranks_drawn(found: Robustness) -> str:
    """Which ranks the leading codes have in drawn panels."""
    rows = found.orders.dropna(subset=["rank_low"]) if len(found.orders) else found.orders
    if rows.empty:
        return "Which ranks a leading code has in drawn panels is not known."
    parts = [
        f"“{row['label']}” {_ranks(row, '')} without errors and {_ranks(row, '_error')} with them"
        for row in rows.to_dict("records")
    ]
    return (
        f"In the central {round(100 * CONFIDENCE)}% of these panels the ranks are: "
        f"{'; '.join(parts)}."
    )


def _ranks(row: Mapping[Any, Any], error: str) -> str:
    low, high = row[f"rank_low{error}"], row[f"rank_high{error}"]
    return f"{low:.0f}" if low == high else f"{low:.0f} to {high:.0f}"


def balance_drawn(found: Robustness) -> str:
    """The balance when experts and errors are drawn."""
    if found.balance_drawn.empty:
        return "For the balance there is nothing to draw."
    row = found.balance_drawn.iloc[0]
    return (
        f"The share of hindering, {two(row['estimate'])}, has the interval "
        f"{span(row['low'], row['high'])} without errors and "
        f"{span(row['low_error'], row['high_error'])} with them."
    )


# what holds


def kept(found: Robustness) -> str:
    """How many findings hold in all analyses."""
    table = found.holds
    if table.empty:
        return _NO_FINDING
    n = len(table)
    one = int((table["single_kept"] == table["single_of"]).sum())
    all_ = int((table["all_kept"] == table["all_of"]).sum())
    return (
        f"Of {plural(n, 'finding')}, {_some(one, n)} kept whichever way the coding is read or "
        f"whoever is left out, and {_some(all_, n)} if both are done at once."
    )


def _some(k: int, n: int) -> str:
    """So many of the findings, with a verb."""
    if k == 0:
        return "none is"
    if k == n and n > 1:
        return "all are"
    return f"{k} {'is' if k == 1 else 'are'}"


def group(found: Robustness, which: str) -> str:
    """How many findings of one group hold, and which do not."""
    table = found.holds[found.holds["group"] == which]
    what = {SIGN: "sign", CONTRAST: "contrast", ORDER: "order"}[which]
    if table.empty:
        return {
            SIGN: _NO_FINDING,
            CONTRAST: "There is no contrast of the plan to follow.",
            ORDER: "There is no task with an order to follow.",
        }[which]
    lost = table[table["single_kept"] < table["single_of"]]
    n = len(table)
    said = f"Of {plural(n, f'finding on {_what(what)}', f'findings on {_what(what)}')}, "
    if lost.empty:
        return f"{said}{_some(n, n)} always kept."
    least = lost.iloc[int((lost["single_kept"] / lost["single_of"]).to_numpy().argmin())]
    return (
        f"{said}{_some(n - len(lost), n)} always kept. Least often kept: "
        f"{_quiet(str(least['finding']))}, in {count_of(least['single_kept'], least['single_of'])}."
    )


def _what(word: str) -> str:
    return {"sign": "a sign", "contrast": "a contrast", "order": "an order"}[word]


def _quiet(finding: str) -> str:
    """A finding inside a sentence."""
    return finding[:1].lower() + finding[1:]


def flips(found: Robustness) -> str:
    """What overturns a sign, finding by finding."""
    table = found.holds[found.holds["group"] == SIGN]
    lost = table[table["single_kept"] < table["single_of"]]
    if lost.empty:
        return "No sign is overturned by another reading or by leaving somebody out."
    parts = [f"{_quiet(str(r['finding']))} ({some(r['flips'])})" for r in lost.to_dict("records")]
    return f"Not kept: {'; '.join(parts)}."


def unshaken(found: Robustness) -> str:
    """The sentence that stands where no finding is overturned."""
    if found.holds.empty:
        return "There is no finding that could be overturned."
    return f"No analysis overturns any of {plural(len(found.holds), 'finding')}."


def tau(found: Robustness) -> str:
    """How far whole orders stay."""
    if found.orders.empty:
        return "There is no order of codes to compare."
    parts = []
    for row in found.orders.to_dict("records"):
        if math.isnan(row["tau"]):
            parts.append(f"not defined for “{row['task']}”")
        else:
            parts.append(f"{two(row['tau'])} for “{row['task']}” ({some(row['by'], 1)})")
    return f"The least Kendall's tau is {listing(parts)}."


# wording


def words_kept(found: Robustness) -> str:
    """How often sentences come out the same."""
    table = found.wordings
    if table.empty:
        return "There is no sentence to look at."
    n, analyses = len(table), int(table["of"].iloc[0])
    if not analyses:
        return "There is no other analysis in which a sentence could come out otherwise."
    names = int((table["names"] == table["of"]).sum())
    very = int((table["same"] == table["of"]).sum())
    return (
        f"Of {plural(n, 'sentence')}, {names or 'none'} {_verb('name', names)} the same codes in "
        f"each of {plural(analyses, 'analysis', 'analyses')}; {very or 'none'} "
        f"{_verb('come', very)} out word for word."
    )


def _verb(verb: str, number: int) -> str:
    return verb if number > 1 else f"{verb}s"


def words_least(found: Robustness) -> str:
    """Which sentence changes its names most easily."""
    table = found.wordings
    if table.empty or not int(table["of"].iloc[0]):
        return "So none changes."
    low = int(table["names"].min())
    rows = table[table["names"] == low]
    if low == rows["of"].iloc[0]:
        return "No sentence changes its names."
    row = rows.iloc[0]
    return (
        f"The sentence that changes its names most easily, on the task “{row['task']}”, keeps them "
        f"in {count_of(low, int(row['of']))}: {row['sentence']}"
    )
