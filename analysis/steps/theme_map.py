"""Which codes go together: within experts, within statements, in groups, and in the codebook.

Two codes go together in an expert who raised both, wherever in the talk, and in a statement that
has both. The tests are about experts: whole experts are exchanged, within their session where that
is possible. Statements are only counted. No pair was named beforehand, so all pairs are tested at
once, each held against the largest of all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.panel.panel import Panel
from analysis.statistics.cooccurrence import (
    PairTests,
    fixed_margin_tests,
    jaccard,
    pair_tests,
)
from analysis.statistics.resampling import DEFAULT_SEED
from analysis.steps.panel_raised import Raised, exchangeable, who_raised
from analysis.steps.panel_tools import (
    count_of,
    count_of_result,
    count_result,
    listing,
    number_result,
    plural,
    start,
    text_result,
    two,
    whole_or_half,
)
from analysis.steps.results import Result
from analysis.steps.stakeholders_sentences import p_text

FloatArray = NDArray[np.float64]

#: Permutations of experts, and random tables with the totals of experts and codes kept.
PERMUTATIONS = 10_000
TABLES = 2_000
#: The level at which a pair counts as told apart from chance.
ALPHA = 0.05
#: How many of the pairs that are most alike are looked at in their statements.
TOP = 10

PAIR_COLUMNS = [
    "code_a",
    "code_b",
    "label_a",
    "label_b",
    "same_theme",
    "both",
    "k_a",
    "k_b",
    "n",
    "expected",
    "jaccard",
    "statistic",
    "pvalue",
    "adjusted",
    "adjusted_all",
    "adjusted_fixed",
    "statements",
    "experts_there",
    "standing",
]
_HERE = "analysis.steps.theme_map."
_NAN = math.nan


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """What goes together in a panel.

    ``codes`` has a row a code that somebody raised, by theme: code, label, theme, theme_name, k
    (experts) and statements; ``all_codes`` is the number of codes in the codebook. ``experts`` has
    a row an expert, with the number of codes; ``incidence`` is experts x codes. ``jaccard`` and
    ``in_statements`` (codes x codes) are the similarities of codes by the experts and by the
    statements that have both. ``pairs`` has a row a pair (columns :data:`PAIR_COLUMNS`), the
    smallest adjusted p first; ``critical`` is the standardised count that the largest of all pairs
    passes in a share :data:`ALPHA` of the permutations. ``within`` says whether experts were
    exchanged within sessions. ``reason`` says why there is no pair, else it is empty.
    """

    codes: pd.DataFrame
    all_codes: int
    experts: pd.DataFrame
    incidence: NDArray[np.bool_]
    jaccard: FloatArray
    in_statements: FloatArray
    pairs: pd.DataFrame
    critical: float
    within: bool
    reason: str

    @property
    def n(self) -> int:
        """The number of experts."""
        return len(self.experts)


def _statements(panel: Panel, found: Raised) -> tuple[NDArray[np.bool_], NDArray[np.object_]]:
    """Statements x codes, in the order of the codes, and the expert of each statement."""
    spoken = panel.statement_incidence()
    place = pd.Index(spoken.codes).get_indexer(pd.Index(found.codes["code"]))
    return spoken.values[:, place], spoken.experts


def _raised_only(found: Raised) -> Raised:
    used = found.raised.any(axis=0)
    return Raised(
        found.experts,
        found.codes.iloc[np.flatnonzero(used)].reset_index(drop=True),
        found.raised[:, used],
        found.opposed[:, used],
    )


def together(
    panel: Panel,
    permutations: int = PERMUTATIONS,
    tables: int = TABLES,
    seed: int = DEFAULT_SEED,
) -> Together:
    """What goes together in the panel, with the tests of all pairs."""
    every = who_raised(panel)
    found = _raised_only(every)
    said, speaker = _statements(panel, found)
    codes = found.codes[["code", "label", "theme", "theme_name"]].copy()
    codes["k"], codes["statements"] = found.raised.sum(axis=0), said.sum(axis=0)
    sessions = exchangeable(panel, found.experts)
    similarity = jaccard(found.raised)
    reason, critical = _reason(found), _NAN
    pairs = pd.DataFrame(columns=PAIR_COLUMNS)
    if not reason:
        strata = None if sessions is None else sessions.to_numpy(dtype=object)
        inside = pair_tests(found.raised, strata=strata, permutations=permutations, seed=seed)
        over_all = inside
        if strata is not None:
            over_all = pair_tests(found.raised, permutations=permutations, seed=seed)
        fixed = fixed_margin_tests(found.raised, permutations=tables, seed=seed)
        pairs = _pairs(codes, similarity, said, speaker, inside, over_all, fixed, found.n)
        if inside.maxima.size:
            critical = float(np.quantile(inside.maxima, 1 - ALPHA))
    return Together(
        codes=codes,
        all_codes=len(every.codes),
        experts=found.experts.assign(codes=found.raised.sum(axis=1)),
        incidence=found.raised,
        jaccard=similarity,
        in_statements=jaccard(said),
        pairs=pairs,
        critical=critical,
        within=sessions is not None,
        reason=reason,
    )


def _reason(found: Raised) -> str:
    if found.n < 2:
        return "It takes two experts with coded statements to see what goes together."
    if len(found.codes) < 2:
        raised = "no code" if found.codes.empty else "a single code"
        return f"The experts raised {raised}, so there is no pair of codes."
    return ""


def _pairs(
    codes: pd.DataFrame,
    similarity: FloatArray,
    said: NDArray[np.bool_],
    speaker: NDArray[np.object_],
    inside: PairTests,
    over_all: PairTests,
    fixed: PairTests,
    n: int,
) -> pd.DataFrame:
    i, j = np.triu_indices(len(codes), 1)
    label, code, theme = (codes[name].to_numpy(object) for name in ("label", "code", "theme"))
    k = codes["k"].to_numpy()
    in_both = said.astype(np.int64).T @ said.astype(np.int64)
    people = pd.factorize(speaker)[0]
    there = np.zeros((len(codes), len(codes)), dtype=np.int64)
    for person in range(int(people.max(initial=-1)) + 1):
        mine = said[people == person].astype(np.int64)
        there += (mine.T @ mine) > 0
    table = pd.DataFrame(
        {
            "code_a": code[i],
            "code_b": code[j],
            "label_a": label[i],
            "label_b": label[j],
            "same_theme": theme[i] == theme[j],
            "both": inside.count[i, j].astype(np.int64),
            "k_a": k[i],
            "k_b": k[j],
            "n": n,
            "expected": inside.expected[i, j],
            "jaccard": similarity[i, j],
            "statistic": inside.statistic[i, j],
            "pvalue": inside.pvalue[i, j],
            "adjusted": inside.adjusted[i, j],
            "adjusted_all": over_all.adjusted[i, j],
            "adjusted_fixed": fixed.adjusted[i, j],
            "statements": in_both[i, j],
            "experts_there": there[i, j],
            "standing": "sensitivity",
        },
        columns=PAIR_COLUMNS,
    )
    order = np.lexsort((-table["both"], -table["jaccard"].round(12), table["adjusted"]))
    return table.iloc[order].reset_index(drop=True)


# sentences about pairs


def _pair(row: pd.Series) -> str:
    return f"“{row['label_a']}” with “{row['label_b']}”"


def talk(found: Together) -> str:
    """How many codes single experts raised: the first reason why codes go together."""
    if not found.n:
        return "No expert has coded statements."
    counts = found.experts["codes"].to_numpy()
    low, high = int(counts.min()), int(counts.max())
    if low == high:
        each = "The one expert" if found.n == 1 else f"Each of the {found.n} experts"
        return f"{each} raised {plural(low, 'code')}."
    return (
        f"The experts raised between {low} and {high} codes each, "
        f"{whole_or_half(float(np.median(counts)))} in the median."
    )


def strongest(found: Together) -> str:
    """The pairs that are most alike by the experts who raise them, of those two experts raise."""
    if found.reason:
        return found.reason
    often = found.pairs[found.pairs["both"] > 1]
    if often.empty:
        return "No two experts raised the same two codes."
    top = often[often["jaccard"] >= often["jaccard"].max() - 1e-9]
    parts = [
        f"{_pair(row)} ({row['both']} experts raise both, "
        f"{row['k_a'] + row['k_b'] - row['both']} either)"
        for _, row in top.iterrows()
    ]
    return f"Most alike, with a similarity of {two(top['jaccard'].iloc[0])}: {listing(parts, 4)}."


def _told(pairs: pd.DataFrame, column: str, how: str) -> str:
    apart = pairs[pairs[column] <= ALPHA]
    least = pairs.loc[pairs[column] == pairs[column].min()]
    end = f"the smallest adjusted p is {p_text(float(least[column].iloc[0])).lstrip('p= ')}"
    if len(pairs) == 1:
        does = "does not go" if apart.empty else "goes"
        return f"{how}, the one pair {does} together more often than chance lets it; {end}."
    if apart.empty:
        return (
            f"{how}, none of the {len(pairs)} pairs goes together more often than chance lets it; "
            f"{end}."
        )
    names = listing([_pair(row) for _, row in apart.iterrows()], 4)
    goes = "goes" if len(apart) == 1 else "go"
    return (
        f"{how}, {count_of(len(apart), len(pairs))} {goes} together more often than chance lets "
        f"{'it' if len(apart) == 1 else 'them'}: {names}."
    )


def told(found: Together) -> str:
    """Which pairs go together beyond chance, experts exchanged within sessions."""
    if found.reason:
        return found.reason
    how = "within their session" if found.within else "over all sessions"
    return start(_told(found.pairs, "adjusted", f"with experts exchanged {how}"))


def told_all(found: Together) -> str:
    """The same with experts exchanged over all sessions."""
    if found.reason:
        return "Without a pair there is nothing to test over all sessions."
    if not found.within:
        return "There are no sessions to keep apart, so this look is the same as the first."
    return start(_told(found.pairs, "adjusted_all", "with experts exchanged over all sessions"))


def told_fixed(found: Together) -> str:
    """The same in tables where talkative experts stay talkative."""
    if found.reason:
        return "Without a pair there is nothing to test with totals kept."
    return start(_told(found.pairs, "adjusted_fixed", "with the totals of experts and codes kept"))


def one_by_one(found: Together) -> str:
    """How many pairs would have a small p if each were the only one."""
    if found.reason:
        return "Without a pair there is nothing to count one by one."
    small, n = int((found.pairs["pvalue"] <= ALPHA).sum()), len(found.pairs)
    if n == 1:
        return f"By itself the one pair has {p_text(float(found.pairs['pvalue'].iloc[0]))}."
    return f"Taken one by one, p is at most {ALPHA} for {count_of(small, n)}."


def in_statements(found: Together) -> str:
    """How many pairs meet in a statement, and which does most often."""
    if found.reason:
        return "Without a pair no two codes can meet in a statement."
    met = found.pairs[found.pairs["statements"] > 0]
    if met.empty:
        return "No statement has two codes."
    if len(found.pairs) == 1:
        row = met.iloc[0]
        return (
            f"The one pair meets in {plural(row['statements'], 'statement')} of "
            f"{plural(row['experts_there'], 'expert')}."
        )
    top = met[met["statements"] == met["statements"].max()]
    parts = [
        f"{_pair(row)} ({plural(row['statements'], 'statement')} of "
        f"{plural(row['experts_there'], 'expert')})"
        for _, row in top.iterrows()
    ]
    return (
        f"{start(count_of(len(met), len(found.pairs)))} pairs meet in one statement or more, most "
        f"often {listing(parts, 4)}."
    )


def never_met(found: Together) -> str:
    """How many of the pairs most alike by experts never meet in a statement."""
    if found.reason:
        return "Without a pair the two ways of going together cannot be compared."
    alike = found.pairs[found.pairs["both"] > 1].nlargest(TOP, "jaccard")
    if alike.empty:
        return "No pair was raised by two experts, so the two ways cannot be compared."
    never = int((alike["statements"] == 0).sum())
    if len(alike) == 1:
        return f"The one such pair {'never meets' if never else 'meets'} in a statement."
    return (
        f"Of the {len(alike)} pairs most alike by their experts, {never or 'none'} never "
        f"{'meets' if never == 1 else 'meet'} in a statement."
    )


def pair_results(found: Together) -> list[Result]:
    """What the prose states of pairs."""
    chance = "exact within strata, adjusted by the maximum over permutations"

    def text(id: str, label: str, value: str, function: str, method: str) -> Result:
        return text_result(f"tm-{id}", label, value, _HERE + function, method, "sensitivity")

    def of(id: str, label: str, k: int, n: int, function: str) -> Result:
        return count_of_result(f"tm-{id}", label, k, n, "none, for there are none", function)

    pairs = len(found.pairs)
    met = int((found.pairs["both"] > 0).sum())
    smallest = _NAN if found.reason else float(found.pairs["adjusted"].min())
    return [
        of(
            "codes",
            "codes raised by somebody",
            len(found.codes),
            found.all_codes,
            _HERE + "together",
        ),
        count_result("tm-pairs", "pairs of codes", pairs, _HERE + "together"),
        of("met", "pairs that an expert raised", met, pairs, _HERE + "together"),
        text_result("tm-talk", "codes of an expert", talk(found), _HERE + "talk"),
        text_result("tm-strongest", "pairs most alike", strongest(found), _HERE + "strongest"),
        text("told", "pairs beyond chance", told(found), "told", chance),
        number_result(
            "tm-smallest",
            "smallest adjusted p of a pair",
            smallest,
            "analysis.statistics.cooccurrence.pair_tests",
            chance,
            "sensitivity",
        ),
        number_result(
            "tm-critical",
            f"standardised count that the largest of all pairs passes with probability {ALPHA}",
            found.critical,
            "analysis.statistics.cooccurrence.pair_tests",
            chance,
            "sensitivity",
        ),
        text("one-by-one", "pairs one by one", one_by_one(found), "one_by_one", "exact"),
        text(
            "told-all",
            "pairs beyond chance, experts exchanged over all sessions",
            told_all(found),
            "told_all",
            chance,
        ),
        text(
            "told-fixed",
            "pairs beyond chance and talk",
            told_fixed(found),
            "told_fixed",
            "random tables with the same totals, adjusted by the maximum",
        ),
        text_result(
            "tm-statements", "pairs in a statement", in_statements(found), _HERE + "in_statements"
        ),
        text_result(
            "tm-never", "pairs never in one statement", never_met(found), _HERE + "never_met"
        ),
    ]
