"""Key words of sides and tasks: how much more often, by how many experts, and against chance.

Words are never dealt, for the words of one expert hang together. For sides, whole experts are dealt
to the sides anew. For tasks, all that an expert said under one task is moved as a whole to another
of the expert's tasks. A second look keeps sessions together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.panel.format import TASKS
from analysis.panel.panel import Panel
from analysis.panel.views_of_coding import IntArray
from analysis.statistics.keyness import dispersion, log_likelihood, log_ratio
from analysis.statistics.keyness_deals import KeynessDeals, keyness_deals
from analysis.statistics.resampling import DEFAULT_SEED
from analysis.steps.language.corpus import MINIMUM, Corpus
from analysis.steps.panel_raised import exchangeable
from analysis.steps.stakeholders import side_of_kind

#: Random deals.
DEALS = 2_000
#: A word of a group is shown if so many of its experts use it.
IN_GROUP = 2
#: So many key words of a group are shown.
TOP = 10
#: A word stands out if at most this share of deals has as large a log-likelihood in any word.
ALPHA = 0.05
#: A word is listed if its log-likelihood is above this, what independent draws of words would
#: exceed with probability :data:`ALPHA` (chi-squared with one degree of freedom).
CRITICAL = 3.841
#: Significant digits by which words are put in order: machines differ in the last ones.
_DIGITS = 9

WORD_COLUMNS = [
    "group",
    "word",
    "a",
    "b",
    "per_1000_a",
    "per_1000_b",
    "k_a",
    "n_a",
    "k_b",
    "n_b",
    "g2",
    "log_ratio",
    "alone",
    "adjusted",
    "together",
    "dp",
    "largest",
    "guide",
    "moderator",
    "stands_out",
    "standing",
]
GROUP_COLUMNS = ["group", "experts", "statements", "words"]
USE_COLUMNS = ["group", "word", "expert", "uses", "inside"]


@dataclass(frozen=True, slots=True, eq=False)
class Keywords:
    """The key words of groups, each group against all others.

    ``groups`` has the columns :data:`GROUP_COLUMNS`. ``table`` has the :data:`TOP` words of each
    group with the largest log-likelihood, above :data:`CRITICAL` (columns :data:`WORD_COLUMNS`): a
    word occurs ``a`` times in the group and ``b`` times outside; ``k_a`` of the ``n_a`` experts of
    the group use it there, ``k_b`` of ``n_b`` outside; ``alone`` is the share of deals in which
    this word, ``adjusted`` that in which any word has so large a log-likelihood, ``together`` the
    latter where sessions are kept together. ``dp`` is the deviation of proportions over the group's
    experts, and ``largest`` the share of its uses in the group that are one expert's. ``uses`` has
    a row a word of the table, expert and group (columns :data:`USE_COLUMNS`): how often the expert
    uses the word there, and whether that is ``inside`` the word's own group.

    ``tested`` holds all words compared, in the order of the corpus's shown words, and ``words`` is
    how many they are; ``second`` is the second look, None where there is none. ``habits`` is how
    many of the words of as long a list, drawn up without a minimum, fewer than :data:`MINIMUM`
    experts use, ``of_list`` how long that list is. ``missing`` says why there is nothing to
    compare, else it is empty.
    """

    groups: pd.DataFrame
    table: pd.DataFrame
    uses: pd.DataFrame
    words: int
    tested: KeynessDeals | None
    second: KeynessDeals | None
    habits: int
    of_list: int
    missing: str

    @property
    def unlisted(self) -> str:
        """Why the table is empty; empty text where it is not."""
        if self.missing or len(self.table):
            return self.missing
        return (
            f"None of the {self.words} words compared has a G2 above {CRITICAL:.2f} and is used by "
            f"{IN_GROUP} experts of the group, so none is listed."
        )


def nothing(reason: str) -> Keywords:
    """Key words where there is nothing to compare."""
    return Keywords(
        pd.DataFrame(columns=GROUP_COLUMNS),
        pd.DataFrame(columns=WORD_COLUMNS),
        pd.DataFrame(columns=USE_COLUMNS),
        0,
        None,
        None,
        0,
        0,
        reason,
    )


def by_side(panel: Panel, corpus: Corpus, deals: int = DEALS, seed: int = DEFAULT_SEED) -> Keywords:
    """Key words of the sides of the plan; experts of kinds that are on no side are left out."""
    side = side_of_kind(panel)
    if not side:
        which = "no analysis plan (plan.yml)" if panel.plan is None else "no sides in its plan"
        return nothing(f"This panel has {which}, so there are no sides to compare.")
    group = side_of_statements(panel, corpus)
    strata = "session" if _sessions(panel, corpus) else ""
    assert panel.plan is not None
    order = tuple(panel.plan.sides)
    return _compare(corpus, group, order, "side", ("expert", ""), ("expert", strata), deals, seed)


def side_of_statements(panel: Panel, corpus: Corpus) -> pd.Series:
    """The side of each statement's expert; empty text for none."""
    side = side_of_kind(panel)
    kinds = corpus.statements["kind"]
    return pd.Series([side.get(kind, "") for kind in kinds], kinds.index, dtype=object)


def by_task(panel: Panel, corpus: Corpus, deals: int = DEALS, seed: int = DEFAULT_SEED) -> Keywords:
    """Key words of the tasks; statements whose question has no task are left out."""
    group = corpus.statements["task"].astype(object)
    by = "session" if _sessions(panel, corpus) else ""
    return _compare(corpus, group, TASKS, "task", ("expert", "expert"), (by, by), deals, seed)


def _sessions(panel: Panel, corpus: Corpus) -> bool:
    """Whether there are sessions to keep together: several, and of several experts."""
    experts = corpus.statements.drop_duplicates("expert")
    return exchangeable(panel, experts) is not None and experts["session"].nunique() > 1


def _compare(
    corpus: Corpus,
    group: pd.Series,
    order: tuple[str, ...],
    what: str,
    first: tuple[str, str],
    second: tuple[str, str],
    deals: int,
    seed: int,
) -> Keywords:
    """The comparison of groups of statements; ``first`` and ``second`` are units and strata."""
    if corpus.missing:
        return nothing(corpus.missing)
    frame = corpus.statements.assign(group=group)
    frame = frame[frame["group"] != ""]
    present = [name for name in order if (frame["group"] == name).any()]
    if len(present) < 2:
        of = f"the {what} “{present[0]}” alone" if present else f"no {what}"
        return nothing(f"The experts' words belong to {of}, so there is nothing to compare.")
    if not corpus.shown.any():
        return nothing(
            f"No word is used by {MINIMUM} experts, one of them quotable, so none is compared."
        )
    number = {name: place for place, name in enumerate(present)}
    place: IntArray = np.array([number.get(name, -1) for name in group], dtype=np.int64)
    tested = _deals(corpus, place, *first, deals, seed)
    again = _deals(corpus, place, *second, deals, seed) if all(second) else None
    kept = again if again is not None and not again.reason else None
    table, uses = _words(corpus, place, present, tested, kept)
    habits, of_list = _habits(corpus, place, len(present))
    groups = [
        {
            "group": name,
            "experts": part["expert"].nunique(),
            "statements": len(part),
            "words": int(part["size"].sum()),
        }
        for name in present
        for part in (frame[frame["group"] == name],)
    ]
    return Keywords(
        groups=pd.DataFrame(groups, columns=GROUP_COLUMNS),
        table=table,
        uses=uses,
        words=int(corpus.shown.sum()),
        tested=tested,
        second=kept,
        habits=habits,
        of_list=of_list,
        missing="",
    )


def _cells(corpus: Corpus, place: IntArray, by: str) -> tuple[IntArray, IntArray, IntArray]:
    """The unit of each statement, -1 for none; each unit's group, and its label of ``by``.

    A unit is all that was said by one expert (or in one session) in one group.
    """
    owner = pd.factorize(corpus.statements[by].astype(object))[0].astype(np.int64)
    groups = int(place.max()) + 1
    unit = np.full(len(place), -1, dtype=np.int64)
    kept = place >= 0
    found, unit[kept] = np.unique((owner * groups + place)[kept], return_inverse=True)
    return unit, found % groups, found // groups


def _deals(
    corpus: Corpus, place: IntArray, by: str, strata: str, deals: int, seed: int
) -> KeynessDeals:
    unit, group, owner = _cells(corpus, place, by)
    within: IntArray | None = None
    if strata == by:
        within = owner
    elif strata:  # experts within their sessions
        label = pd.factorize(corpus.statements[strata].astype(object))[0].astype(np.int64)
        within = np.zeros(len(group), dtype=np.int64)
        within[unit[unit >= 0]] = label[unit >= 0]
    counts, sizes = corpus.counts(unit, len(group)), corpus.sizes(unit, len(group))
    return keyness_deals(counts, sizes, group, within, deals, seed)


def ordered(g2: pd.Series, words: pd.Series) -> IntArray:
    """The rows by log-likelihood, the largest first, and by word where it is the same."""
    rounded = [-float(f"{value:.{_DIGITS}g}") for value in g2]
    return np.lexsort((words.to_numpy(dtype=str), np.array(rounded))).astype(np.int64)


def _words(
    corpus: Corpus,
    place: IntArray,
    names: list[str],
    tested: KeynessDeals,
    again: KeynessDeals | None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The top words of each group, and how much each expert uses them."""
    unit, group, owner = _cells(corpus, place, "expert")
    counts, sizes = corpus.counts(unit, len(group)), corpus.sizes(unit, len(group))
    experts = pd.factorize(corpus.statements["expert"].astype(object))[1]
    quotable = dict(zip(corpus.statements["expert"], corpus.statements["quotable"], strict=True))
    open_ = np.array([quotable[experts[at]] for at in owner], dtype=np.bool_)
    vocabulary = corpus.vocabulary[corpus.shown].reset_index(drop=True)
    rows, uses = [], []
    for number, name in enumerate(names):
        inside = group == number
        k_a = (counts[inside] > 0).sum(axis=0)
        may = (counts[inside & open_] > 0).any(axis=0)
        table = pd.DataFrame(
            {
                "group": name,
                "word": vocabulary["word"],
                "a": tested.a[number].astype(np.int64),
                "b": tested.b[number].astype(np.int64),
                "per_1000_a": 1000 * tested.a[number] / tested.c[number],
                "per_1000_b": 1000 * tested.b[number] / tested.d[number],
                "k_a": k_a,
                "n_a": int(inside.sum()),
                "k_b": _users(counts[~inside], owner[~inside]),
                "n_b": len(np.unique(owner[~inside])),
                "g2": tested.log_likelihood[number],
                "log_ratio": tested.log_ratio[number],
                "alone": tested.pvalue[number],
                "adjusted": tested.adjusted[number],
                "together": math.nan if again is None else again.adjusted[number],
                "guide": vocabulary["guide"],
                "moderator": vocabulary["moderator"],
            }
        )
        more = tested.log_ratio[number] > 0
        table = table[may & (k_a >= IN_GROUP) & more & (table["g2"] > CRITICAL).to_numpy()]
        table = table.iloc[ordered(table["g2"], table["word"])[:TOP]]
        own = counts[np.ix_(inside, table.index)]
        total = own.sum(axis=0)
        table["dp"] = [dispersion(used, sizes[inside]).dp for used in own.T]
        table["largest"] = own.max(axis=0, initial=0) / np.maximum(total, 1)
        rows.append(table)
        for column, word in zip(table.index, table["word"], strict=True):
            uses.append(
                pd.DataFrame(
                    {
                        "group": name,
                        "word": word,
                        "expert": experts[owner],
                        "uses": counts[:, column],
                        "inside": inside,
                    }
                )
            )
    whole = pd.concat(rows, ignore_index=True)
    whole["stands_out"] = whole["adjusted"] <= ALPHA
    whole["standing"] = "sensitivity"
    used = pd.concat(uses, ignore_index=True) if uses else pd.DataFrame(columns=USE_COLUMNS)
    return whole[WORD_COLUMNS], used[USE_COLUMNS]


def _users(counts: IntArray, owner: IntArray) -> IntArray:
    """How many experts use each word in any of their units."""
    used = np.zeros((int(owner.max(initial=-1)) + 1, counts.shape[1]), dtype=np.bool_)
    np.logical_or.at(used, owner, counts > 0)
    users: IntArray = used.sum(axis=0).astype(np.int64)
    return users


def _habits(corpus: Corpus, place: IntArray, groups: int) -> tuple[int, int]:
    """Of the top words of all groups, drawn up without a minimum, those that few experts use."""
    counts = corpus.counts(place, groups, shown=False)
    sizes, total = corpus.sizes(place, groups), counts.sum(axis=0)
    few = corpus.vocabulary["experts"].to_numpy() < MINIMUM
    found, length = 0, 0
    for number in range(groups):
        c, d = sizes[number], sizes.sum() - sizes[number]
        a, b = counts[number], total - counts[number]
        g2, ratio = np.asarray(log_likelihood(a, b, c, d)), np.asarray(log_ratio(a, b, c, d))
        rows = np.flatnonzero(ratio > 0)  # NaN, of words outside the comparison, is not
        order = ordered(pd.Series(g2[rows]), corpus.vocabulary["word"].iloc[rows])[:TOP]
        found, length = found + int(few[rows[order]].sum()), length + len(order)
    return found, length


MODERATOR_COLUMNS = ["word", "a", "b", "per_1000_a", "per_1000_b", "k", "g2", "log_ratio"]


def of_moderator(corpus: Corpus) -> pd.DataFrame:
    """The words that the moderator uses more than the experts do, of those that are shown.

    A word occurs ``a`` times with the moderator (twice at least) and ``b`` times with the experts,
    of whom ``k`` use it.
    """
    words = corpus.vocabulary[corpus.shown].reset_index(drop=True)
    if corpus.missing or not corpus.tally.moderator or words.empty:
        return pd.DataFrame(columns=MODERATOR_COLUMNS)
    a, b = words["moderator"].to_numpy(), words["tokens"].to_numpy()
    c, d = corpus.tally.moderator, corpus.tally.words
    table = pd.DataFrame(
        {
            "word": words["word"],
            "a": a,
            "b": b,
            "per_1000_a": 1000 * a / c,
            "per_1000_b": 1000 * b / d,
            "k": words["experts"],
            "g2": np.asarray(log_likelihood(a, b, c, d)),
            "log_ratio": np.asarray(log_ratio(a, b, c, d)),
        }
    )
    table = table[(table["a"] >= IN_GROUP) & (table["log_ratio"] > 0) & (table["g2"] > CRITICAL)]
    order = ordered(table["g2"], table["word"])[:TOP]
    return table.iloc[order].reset_index(drop=True)
