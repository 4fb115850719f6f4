"""What the prose of the chapter on the codebook states, for any panel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.panel.format import CHANGES
from analysis.panel.panel import Panel
from analysis.steps import codebook as step
from analysis.steps.panel_quotations import Quotations, spread
from analysis.steps.panel_tools import (
    count_of,
    count_of_result,
    count_result,
    counted,
    listing,
    plural,
    quoted,
    text_result,
)
from analysis.steps.results import Result

_HERE = "analysis.steps.codebook."
_MADE = "analysis.steps.codebook_results."

#: The rule by which examples are chosen, as the chapter states it.
RULE = (
    "Statements that oppose a code are chosen first, one for each code in turn, then statements "
    "that raise one. Each time it is the statement of the expert quoted least so far; among those, "
    "of the kind of stakeholder quoted least so far; then the one with the fewest codes; then the "
    "earliest. No statement stands twice, and none is cut."
)


def results(panel: Panel) -> list[Result]:
    """Everything that the chapter states; always the same ids."""
    table = step.counts(panel)
    return [
        *_tree(panel, table),
        *_used(panel, table),
        *_origin(panel),
        *_versions(panel),
        *_examples(panel, step.examples(panel)),
        *_memos(panel),
    ]


def _names(table: pd.DataFrame) -> list[str]:
    return [str(name) for name in table["name"]]


# the tree


def foremost(table: pd.DataFrame, column: str, verb: str) -> str:
    """The codes that most experts raised (or opposed), ties together, with how many did."""
    leaves = table[table["leaf"]]
    most = int(leaves[column].max())
    if not most:
        return f"No code was {verb} by anybody."
    first = leaves[leaves[column] == most]
    who = count_of(most, int(first["n"].iloc[0]))
    if len(first) == 1:
        return f"The code {verb} by most experts is {quoted(_names(first))}: {who}."
    return f"The codes {verb} by most experts are {quoted(_names(first))}: each by {who}."


def more_against(table: pd.DataFrame) -> str:
    """The codes that more experts opposed than raised."""
    leaves = table[table["leaf"]]
    found = leaves[leaves["opposed"] > leaves["raised"]]
    if found.empty:
        return "No code was opposed by more experts than raised it."
    triples = zip(_names(found), found["raised"], found["opposed"], strict=True)
    parts = [f"“{name}” ({k or 'nobody'} raised it, {m} opposed it)" for name, k, m in triples]
    return f"Opposed by more experts than raised it: {listing(parts)}."


def both_ways(table: pd.DataFrame) -> str:
    """The codes that somebody raised in one statement and opposed in another."""
    found = table[table["leaf"] & (table["both"] > 0)]
    if found.empty:
        return "No expert raised a code in one statement and opposed it in another."
    pairs = zip(_names(found), found["both"].tolist(), strict=True)
    parts = [f"“{name}” ({plural(both, 'expert')})" for name, both in pairs]
    return (
        f"Raised by an expert in one statement and opposed by the same one in another: "
        f"{listing(parts)}. Such an expert is counted in both numbers."
    )


def on_themes(number: int) -> str:
    """Whether codings name a theme itself."""
    if not number:
        return "No coding names a theme that has codes under it."
    return (
        f"{plural(number, 'coding')} {'names' if number == 1 else 'name'} a theme that has codes "
        "under it; such a coding counts for the theme alone."
    )


def per_statement(table: pd.DataFrame) -> str:
    """How many codes a coded statement has."""
    codes = np.repeat(table["codes"].to_numpy(), table["statements"].to_numpy())
    low, high = int(codes.min()), int(codes.max())
    if low == high:
        return f"Each coded statement has {plural(low, 'code')}."
    return f"A coded statement has {low} to {high} codes, {np.median(codes):g} in the median."


def _tree(panel: Panel, table: pd.DataFrame) -> list[Result]:
    per = step.per_statement(panel)
    leaves = table[table["leaf"]]
    coded = int(per["statements"].sum())
    with_code = int(per.loc[per["codes"] > 0, "statements"].sum())
    where = f"{_HERE}counts"
    return [
        count_result("codebook-themes", "Themes", int((table["level"] == 1).sum()), where),
        count_result("codebook-codes", "Codes that can be given", len(leaves), where),
        text_result(
            "codebook-counted", "Experts who are counted", counted(panel), f"{_HERE}counts"
        ),
        Result(
            "codebook-with-code",
            "Coded statements that have a code",
            with_code / coded,
            "share",
            "description",
            "count in the resolved coding",
            f"{_HERE}per_statement",
            k=with_code,
            n=coded,
        ),
        text_result(
            "codebook-per-statement",
            "Codes of a statement",
            per_statement(per),
            f"{_MADE}per_statement",
        ),
        text_result(
            "codebook-most-raised",
            "Codes raised by most experts",
            foremost(table, "raised", "raised"),
            f"{_MADE}foremost",
        ),
        text_result(
            "codebook-most-opposed",
            "Codes opposed by most experts",
            foremost(table, "opposed", "opposed"),
            f"{_MADE}foremost",
        ),
        count_of_result(
            "codebook-opposed",
            "Codes that somebody opposed",
            int((leaves["opposed"] > 0).sum()),
            len(leaves),
            "none",
            where,
        ),
        text_result(
            "codebook-more-against",
            "Codes opposed by more experts than raised them",
            more_against(table),
            f"{_MADE}more_against",
        ),
        text_result(
            "codebook-both-ways",
            "Codes raised and opposed by the same expert",
            both_ways(table),
            f"{_MADE}both_ways",
        ),
        text_result(
            "codebook-on-themes",
            "Codings that name a theme",
            on_themes(step.given_to_themes(panel)),
            f"{_MADE}on_themes",
        ),
    ]


# codes that are hardly used


def unused(table: pd.DataFrame) -> str:
    """Codes that no statement has."""
    leaves = table[table["leaf"]]
    found = leaves[leaves["statements"] == 0]
    if found.empty:
        return "Every code was given to some statement."
    if len(found) == len(leaves):
        return "No code was given to any statement."
    return f"Given to no statement: {quoted(_names(found), len(found))}."


def only_opposed(table: pd.DataFrame) -> str:
    """Codes that nobody raised and somebody opposed."""
    found = table[table["leaf"] & (table["raised"] == 0) & (table["opposed"] > 0)]
    if found.empty:
        return "No code was opposed without being raised by anybody."
    return f"Opposed, and raised by nobody: {quoted(_names(found), len(found))}."


def by_one(table: pd.DataFrame) -> str:
    """Codes that a single expert raised."""
    found = table[table["leaf"] & (table["raised"] == 1)]
    if found.empty:
        return "No code was raised by a single expert only."
    return f"Raised by a single expert: {quoted(_names(found), len(found))}."


def _used(panel: Panel, table: pd.DataFrame) -> list[Result]:
    leaves = table[table["leaf"]]
    return [
        count_of_result(
            "codebook-used",
            "Codes that some statement has",
            int((leaves["statements"] > 0).sum()),
            len(leaves),
            "none",
            f"{_HERE}counts",
        ),
        text_result("codebook-unused", "Codes never given", unused(table), f"{_MADE}unused"),
        text_result(
            "codebook-only-opposed",
            "Codes that were opposed and never raised",
            only_opposed(table),
            f"{_MADE}only_opposed",
        ),
        text_result("codebook-by-one", "Codes of a single expert", by_one(table), f"{_MADE}by_one"),
    ]


# where codes come from


def origin(table: pd.DataFrame) -> str:
    """How many codes were set beforehand and how many were found."""
    total = int(table["codes"].sum())
    sums = table.groupby("means", sort=False)["codes"].sum()
    if list(sums.index) == [step.UNSTATED]:
        return "The codebook does not say where its codes come from."
    parts = [
        f"{count_of(int(number), total)} {'was' if number == 1 else 'were'} {means}"
        if means in {step.BEFOREHAND, step.FOUND}
        else f"{count_of(int(number), total)} {'is' if number == 1 else 'are'} {means}"
        for means, number in sums.items()
    ]
    return f"Of the codes that can be given, {listing(parts)}."


def _origin(panel: Panel) -> list[Result]:
    table = step.origins(panel)
    total = int(table["codes"].sum())
    out = []
    for id, means in (
        ("codebook-beforehand", step.BEFOREHAND),
        ("codebook-found", step.FOUND),
    ):
        number = int(table.loc[table["means"] == means, "codes"].sum())
        out.append(count_of_result(id, f"Codes {means}", number, total, "none", f"{_HERE}origins"))
    return [
        text_result("codebook-origin", "Where codes come from", origin(table), f"{_MADE}origin"),
        *out,
    ]


# versions


def history(table: pd.DataFrame) -> str:
    """The versions of the codebook and how large each was."""
    if table.empty:
        return (
            "This panel records no changes of its codebook (no codebook_changes.csv), so its "
            "earlier versions, if there were any, are not known."
        )
    if len(table) == 1:
        text = f"Changes are recorded for a single version, {table['version'].iloc[0]}"
    else:
        text = (
            f"Changes are recorded for {len(table)} versions, {listing(table['version'].tolist())}"
        )
    if table["size"].isna().any():
        return (
            f"{text}. The codebook does not say of every code since when it is there, so the size "
            "of earlier versions is not known."
        )
    sizes = [f"{int(size)}" for size in table["size"]]
    if len(table) == 1:
        return f"{text}; it has {sizes[0]} themes and codes."
    return f"{text}; after them the codebook had {listing(sizes, len(sizes))} themes and codes."


def last_changes(table: pd.DataFrame) -> str:
    """What the latest version changed."""
    if table.empty:
        return "What changed cannot be told."
    last = table.iloc[-1]
    parts = [f"{change} {int(last[change])}" for change in CHANGES if last[change]]
    return f"Entries for version {last['version']}: {listing(parts)}."


def _versions(panel: Panel) -> list[Result]:
    table = step.versions(panel)
    return [
        text_result("codebook-history", "Versions", history(table), f"{_MADE}history"),
        text_result(
            "codebook-last-changes",
            "Changes of the latest version",
            last_changes(table),
            f"{_MADE}last_changes",
        ),
    ]


# examples


def no_example(table: pd.DataFrame, found: Quotations) -> str:
    """Which codes have no example though somebody raised them."""
    if found.table.empty:
        return "So no code has an example here."
    if table.empty:
        return "Every code that was raised has an example."
    return f"Raised, but without an example: {quoted(table['code'].tolist(), len(table))}."


def translated(panel: Panel, found: Quotations) -> str:
    """Whether examples come with a translation."""
    rows = found.table
    if rows.empty or panel.meta.language == "en":
        return "No translation is needed."
    done = int((rows["text_en"] != "").sum())
    if not done:
        return "This panel has no translations: examples stand in its own language alone."
    if done == len(rows):
        return "The original comes first, its English translation beneath."
    return (
        "The original comes first, beneath it the English translation where there is one: for "
        f"{count_of(done, len(rows))}."
    )


def per_expert(found: Quotations) -> str:
    """How often the quoted experts are quoted."""
    if found.table.empty:
        return "Nobody is quoted."
    times: Sequence[int] = found.table["expert"].value_counts().tolist()
    low, high = min(times), max(times)
    if low == high:
        return f"Each quoted expert stands here {_times(low)}."
    return f"Each quoted expert stands here {low} to {high} times."


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _examples(panel: Panel, found: Quotations) -> list[Result]:
    quotes = "analysis.steps.panel_quotations.spread"
    return [
        text_result(
            "codebook-rule",
            "How examples are chosen",
            RULE,
            f"{_HERE}examples",
            "the rule of the program",
        ),
        text_result("codebook-examples", "Examples", spread(found, panel), quotes),
        text_result(
            "codebook-per-expert",
            "How often an expert is quoted",
            per_expert(found),
            f"{_MADE}per_expert",
        ),
        text_result(
            "codebook-no-example",
            "Codes without an example",
            no_example(step.without_example(panel, found), found),
            f"{_MADE}no_example",
        ),
        text_result(
            "codebook-translated",
            "Translations of the examples",
            translated(panel, found),
            f"{_MADE}translated",
        ),
    ]


# memos


def memo_says(panel: Panel, shown: int, withheld: int) -> str:
    """How many memos are about codes, and how many of them are shown."""
    if not panel.has("memos"):
        return "This panel has no memos (memos.csv)."
    total = plural(len(panel.frames["memos"]), "memo")
    about = shown + withheld
    if not about:
        return f"Of {total}, none is about a code."
    text = f"Of {total}, {about} {'is' if about == 1 else 'are'} about codes."
    if withheld:
        one = withheld == 1
        text += (
            f" Of these, {withheld} {'is' if one else 'are'} withheld: "
            f"{'it tells' if one else 'they tell'} of a statement whose speaker did not agree to "
            "be quoted."
        )
    return text


def _memos(panel: Panel) -> list[Result]:
    table, withheld = step.memos(panel)
    return [
        text_result(
            "codebook-memos",
            "Memos about codes",
            memo_says(panel, len(table), withheld),
            f"{_MADE}memo_says",
        )
    ]
