"""What the chapter says of choices and of people left out, chosen by the result."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.panel.format import CONSENSUS
from analysis.steps.panel_tools import count_of, listing, plural, quoted, start, two
from analysis.steps.robustness.analysis import Robustness
from analysis.steps.robustness.outcomes import EVEN, Outcome
from analysis.steps.robustness.readings import Reading
from analysis.steps.stakeholders import SMALL

#: The most analyses that a sentence or a cell of a table names.
MOST = 3
#: The alternatives of each choice in words.
WORDS: dict[str, dict[object, str]] = {
    "echoes": {True: "with echoes", False: "without echoes"},
    "unit": {"expert": "experts as the unit", "statement": "statements as the unit"},
    "level": {2: "codes", 1: "themes"},
}
CHOICES = {
    "coder": "whose coding is taken",
    "echoes": "whether echoes count",
    "unit": "the unit",
    "level": "the level of the codes",
}
_NOT_VARIED = "Without codes there is nothing to compare."


def coding_of(coder: str) -> str:
    """Whose coding, in words."""
    return "the agreed coding" if coder == CONSENSUS else f"the coding of {coder}"


def reading_words(reading: Reading) -> str:
    """A reading in words."""
    return f"{coding_of(reading.coder)} {WORDS['echoes'][reading.echoes]}"


def some(names: Sequence[str], most: int = MOST) -> str:
    """The first names, and how many more; a dash for none."""
    if not names:
        return "–"
    shown = (
        list(names) if len(names) <= most + 1 else [*names[:most], f"{len(names) - most} others"]
    )
    return "; ".join(shown)


# readings


def ways(found: Robustness) -> str:
    """In which ways the coding is read."""
    if found.missing:
        return found.missing
    words = [reading_words(r) for r in found.of.readings]
    if len(words) == 1:
        return f"There is one way to read this panel: {words[0]}."
    return f"The coding is read in {len(words)} ways: {listing(words, 12)}."


def same(found: Robustness) -> str:
    """Which readings find the same as another, and are not counted again."""
    if found.missing:
        return "No reading differs from another."
    if not found.of.dropped:
        return "No two of these readings find the same."
    words = [f"{coding_of(c)} {WORDS['echoes'][echoes]}" for c, echoes in found.of.dropped]
    finds = (
        "finds the same as an earlier one and is"
        if len(words) == 1
        else ("find the same as earlier ones and are")
    )
    return start(f"{listing(words)} {finds} not counted again.")


def coders(found: Robustness) -> str:
    """What part each coder coded, and what stands in for the rest."""
    parts = []
    for row in found.of.coders.to_dict("records"):
        if row["coder"] not in found.of.coder_names:
            continue
        said = f"{row['coder']} coded {count_of(row['worked'], row['of'])}"
        if row["worked"] and not row["used"]:
            said += " (less than half: not among the readings)"
        parts.append(said)
    if not parts or not found.of.coders["of"].iloc[0]:
        return "No coder worked on a statement that the consensus covers."
    partial = found.of.coders[found.of.coders["used"]].query("worked < of")
    end = (
        " Where a coder coded a part, the consensus stands in for the rest, so that the two are "
        "compared on the same part."
        if len(partial)
        else ""
    )
    return f"Of the statements that the consensus covers, {listing(parts)}.{end}"


def one_coder(found: Robustness) -> str:
    """What it means here to leave out one coder."""
    many = len(found.of.coder_names)
    if many < 2:
        return "There is one coder, so none can be left out."
    if many == 2:
        return "To leave out one of the 2 coders is to take the coding of the other."
    return (
        f"To leave out one of the {many} coders is to let the others decide: a code is given where "
        "more than half of them gave it."
    )


def echoes(found: Robustness) -> str:
    """How much of what was raised rests on echoes alone."""
    if found.missing:
        return _NOT_VARIED
    codes = (found.of.columns["level"] == 2).to_numpy()
    all_ = int(found.of.base.raised[:, codes].sum())
    without = [r for r in found.of.readings if r.coder == CONSENSUS and not r.echoes]
    if not without:
        return "In the agreed coding there is no echo."
    fewer = all_ - int(without[0].raised[:, codes].sum())
    return f"Of {all_} times that an expert raised a code, {fewer or 'none'} {_rests(fewer)}."


def _rests(number: int) -> str:
    return f"{'rests' if number == 1 else 'rest'} on echoes alone"


def left_out(found: Robustness) -> str:
    """Who is left out in turn."""
    kinds = [left.kind for left in found.of.left if left.kind]
    words = {
        "expert": ("expert", "experts"),
        "session": ("session", "sessions"),
        "stakeholder": ("kind of stakeholder", "kinds of stakeholder"),
    }
    parts = [
        plural(kinds.count(kind), word, many)
        for kind, (word, many) in words.items()
        if kind in kinds
    ]
    if not parts:
        return "There is nobody who could be left out."
    return (
        f"Left out in turn: {listing(parts)}. Where two of these would leave out the same people, "
        "they count once."
    )


def swing(found: Robustness) -> str:
    """Whose count moves most between the readings."""
    table = found.by_reading
    if table.empty:
        return _NOT_VARIED
    if len(found.of.readings) == 1:
        return "With one reading no count moves."
    wide = table["most"] - table["least"]
    if not wide.max():
        return "No count of the codes that are followed moves."
    rows = table[wide == wide.max()]
    n = int(table["n"].iloc[0])
    parts = [
        f"“{row['label']}” ({row['least']} to {row['most']} of {n})"
        for row in rows.to_dict("records")
    ]
    return f"From reading to reading the count moves most for {listing(parts)}."


# curves


def _range(values: pd.Series[float]) -> str:
    low, high = two(float(values.min())), two(float(values.max()))
    return low if low == high else f"{low} to {high}"


def balance(found: Robustness) -> str:
    """The balance as the other chapters count it."""
    if found.balance is None:
        return found.no_balance
    k, n = found.balance.counts
    if not n:
        return "Nothing that hinders or facilitates was raised."
    return (
        f"Of {n} times that an expert raised a code that hinders or facilitates, it was one that "
        f"hinders {k} {'time' if k == 1 else 'times'}, a share of {two(k / n)}."
    )


def balance_curve(found: Robustness) -> str:
    """In how many specifications the balance keeps its sign, and how far it moves."""
    if found.balance is None:
        return "There is no balance whose sign could change."
    specs = found.balance.specs.dropna(subset=["value"])
    if specs.empty:
        return "There is no specification in which it could be computed."
    more, n = int((specs["value"] > EVEN).sum()), len(specs)
    span = two(float(specs["low"].min())), two(float(specs["high"].max()))
    wider = f", and {span[0]} to {span[1]} with somebody left out"
    return (
        f"More hindering than facilitating is raised in {count_of(more, n)} specifications. The "
        f"share is {_range(specs['value'])}{wider if len(found.of.left) > 1 else ''}."
    )


def moved_by(outcome: Outcome) -> tuple[str, list[tuple[str, float]]] | None:
    """The choice that moves an outcome most, and its mean for each alternative; None for none."""
    best: tuple[float, str, list[tuple[str, float]]] | None = None
    for choice in CHOICES:
        means = outcome.specs.dropna(subset=["value"]).groupby(choice, sort=False)["value"].mean()
        if len(means) < 2:
            continue
        apart = float(means.max() - means.min())
        named = [(choice_words(choice, name), float(mean)) for name, mean in means.items()]
        if best is None or apart > best[0] + 1e-9:
            best = apart, choice, named
    if best is None or two(best[0]) == two(0):
        return None
    return best[1], best[2]


def choice_words(choice: str, name: object) -> str:
    """An alternative of a choice in words."""
    return coding_of(str(name)) if choice == "coder" else WORDS[choice][name]


def balance_choice(found: Robustness) -> str:
    """Which choice moves the balance most."""
    moved = moved_by(found.balance) if found.balance else None
    if moved is None:
        return "No choice moves it."
    parts = [f"{two(mean)} for {name}" for name, mean in moved[1]]
    return f"The choice that moves it most is {CHOICES[moved[0]]}: on average {listing(parts)}."


def followed(found: Robustness) -> str:
    """What is followed in place of claims."""
    if found.missing:
        return _NOT_VARIED
    if found.planned:
        return (
            f"The analysis plan names codes for {plural(len(found.claims), 'claim')}. An expert "
            "speaks to a claim who raises one of its codes."
        )
    why = "The analysis plan of this panel names no codes for claims"
    if not found.has_plan:
        why = "This panel has no analysis plan (plan.yml) that names codes for claims"
    return f"{why}, so the code that most experts raise is followed, one for each task."


def claims_curve(found: Robustness) -> str:
    """How far the shares of experts move over the specifications."""
    if not found.claims:
        return _NOT_VARIED
    if len(found.of.readings) == 1:
        return "With one reading there is one specification of each share."
    parts = []
    for one in found.claims:
        low, high = (int(f(one.specs["k"])) for f in (min, max))
        n = one.counts[1]
        parts.append(f"“{one.title}” {low if low == high else f'{low} to {high}'} of {n}")
    return f"Over the specifications these experts raise it: {listing(parts, 8)}."


def claims_choice(found: Robustness) -> str:
    """Which choice moves the share of each claim most."""
    parts = []
    for one in found.claims:
        moved = moved_by(one)
        if moved is not None:
            parts.append((CHOICES[moved[0]], one.title))
    if not parts:
        return "No choice moves a share."
    by = {choice: [t for c, t in parts if c == choice] for choice in dict(parts)}
    said = [f"{choice} ({quoted(titles)})" for choice, titles in by.items()]
    return f"What moves a share most is {listing(said)}."


def lead_curve(found: Robustness) -> str:
    """In how many specifications the leading code of each task comes first."""
    if not found.lead:
        return "There is no task with an order of codes that could change."
    parts = []
    for one in found.lead:
        first = int((one.specs["value"] == 1).sum())
        parts.append(f"{count_of(first, len(one.specs))} for “{one.title}” (task “{one.id}”)")
    return f"The leading code of a task comes first in {listing(parts)}."


def levels(found: Robustness) -> str:
    """Whether the theme of the leading code is the leading theme."""
    if found.levels.empty:
        return "No task has two themes or more, so the level cannot change what leads."
    parts = []
    for row in found.levels.to_dict("records"):
        stands = f"which has rank {row['rank']} behind {row['first']}"
        if row["rank"] == 1:
            stands = "which comes first too"
            if row["ties"] > 1:
                stands = f"which shares the first rank ({row['first']})"
        parts.append(f"for “{row['code']}” it is “{row['theme']}”, {stands}")
    return f"The theme that holds the leading code, one level up: {listing(parts)}."


# people left out


def influence(found: Robustness) -> str:
    """Whom each share rests on most."""
    if found.influence.empty:
        return "There is nobody whose leaving could move a result."
    parts = []
    for one in found.outcomes:
        gap = (found.influence[one.id] - one.base).abs()
        if gap.isna().all() or two(float(gap.max())) == two(0):
            continue
        place = int(gap.fillna(-1).to_numpy().argmax())
        by = found.influence["label"].iloc[place]
        k, n = round(float(one.left_k[place + 1])), round(float(one.left_n[place + 1]))
        before = f"{one.counts[0]} of {one.counts[1]}"
        parts.append(f"“{one.title}” from {before} to {k} of {n} {by}")
    if not parts:
        return "Nobody who is left out moves a share by a hundredth."
    return f"The largest moves, in the agreed coding with echoes: {listing(parts, 8)}."


def influence_experts(found: Robustness) -> str:
    """How far one expert can move a share."""
    own = found.influence[found.influence["kind"] == "expert"]
    if own.empty:
        return "No single expert can be left out."
    names = [one.id for one in found.outcomes]
    gaps = np.abs(own[names].to_numpy(dtype=np.float64) - [one.base for one in found.outcomes])
    if np.isnan(gaps).all():
        return "No share is defined with an expert left out."
    if len(found.of.experts) <= SMALL:
        return "With so few experts, each of them moves a share a great deal."
    if two(float(np.nanmax(gaps))) == two(0):
        return "No single expert moves one of these shares by a hundredth."
    return f"A single expert moves none of these shares by more than {two(float(np.nanmax(gaps)))}."
