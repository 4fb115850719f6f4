"""What the prose says of the words, in sentences chosen by the result."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from analysis.panel.panel import Panel
from analysis.steps.language.corpus import MINIMUM, Corpus
from analysis.steps.language.keywords import ALPHA, CRITICAL, Keywords
from analysis.steps.panel_talk import in_orders
from analysis.steps.panel_tools import count_of, listing, plural, quoted, start, two

#: So many key words of a group stand in a sentence.
NAMED = 3


# the text


def text(corpus: Corpus, panel: Panel) -> str:
    """How many words of how many experts are counted."""
    if corpus.missing:
        return corpus.missing
    experts = corpus.statements["expert"].nunique()
    return (
        f"Counted are {corpus.tally.words} words in {plural(len(corpus.statements), 'statement')} "
        f"of {count_of(experts, len(panel.experts))} experts."
    )


def left_out(corpus: Corpus) -> str:
    """How many statements have no text, or no words."""
    withheld, wordless = corpus.tally.withheld, corpus.tally.wordless
    if not withheld and not wordless:
        return "No statement of an expert is left out."
    parts = []
    if withheld:
        texts = "whose text is withheld"
        parts.append(f"{plural(withheld, 'statement')} {texts}")
    if wordless:
        parts.append(f"{plural(wordless, 'statement')} without a word")
    verb = "is" if withheld + wordless == 1 else "are"
    return f"Left out {verb} {listing(parts)}."


def method(corpus: Corpus) -> str:
    """Whether words are counted by lemma, and what that leaves out."""
    if corpus.lexicon.lemmas:
        return (
            "The statements are in Russian, so words are counted by lemma, and function words are "
            "left out of the comparisons by their part of speech."
        )
    return (
        f"The statements are not in Russian (language code “{corpus.language}”), and there is no "
        "dictionary for them here: words are counted as they are spelled, in lower case, "
        "function words stay in, and what is always written with a capital letter is taken for a "
        "name."
    )


def hidden(corpus: Corpus) -> str:
    """How many words are shown, and why the others are not."""
    words = corpus.vocabulary
    if words.empty:
        return "There is no word to show."
    shown = int(words["shown"].sum())
    few = int((words["experts"] < MINIMUM).sum())
    names = int((words["name"] & (words["experts"] >= MINIMUM)).sum())
    closed = len(words) - shown - few - names
    parts = []
    if few:
        parts.append(f"{few} because fewer than {MINIMUM} experts use {_it(few)}")
    if closed:
        parts.append(f"{closed} because no expert who may be quoted uses {_it(closed)}")
    if names:
        parts.append(f"{names} because {_it(names, 'it', 'they')} may be a person's name")
    kind = "content word" if corpus.lexicon.lemmas else "word"
    total = plural(len(words), f"different {kind}")
    rest = f"Left out: {listing(parts)}." if parts else "None is left out."
    return f"Of {total}, {shown or 'none'} can be shown. {rest}"


def _it(number: int, one: str = "it", many: str = "them") -> str:
    return one if number == 1 else many


def moderator(corpus: Corpus, table: pd.DataFrame) -> str:
    """What the moderator says, and which words more than the experts."""
    if corpus.missing:
        return "There are no words to set against a moderator's."
    words = corpus.tally.moderator
    if not words:
        return "There are no words of a moderator in this panel."
    said = f"The moderator said {plural(words, 'word')}."
    if table.empty:
        return f"{said} None of the words shown is the moderator's more than the experts'."
    top = table["word"].tolist()[:NAMED]
    verb = "is" if len(top) == 1 else "are"
    return f"{said} Used more by the moderator than by the experts {verb} above all {quoted(top)}."


# key words


def groups(found: Keywords) -> str:
    """How many words of which groups are compared."""
    if found.missing:
        return found.missing
    parts = [
        f"“{row['group']}” ({plural(row['experts'], 'expert')}, {plural(row['words'], 'word')})"
        for row in found.groups.to_dict("records")
    ]
    return f"Compared are {listing(parts)}, by {plural(found.words, 'word')} that can be shown."


def top(found: Keywords) -> str:
    """The key words of each group with the largest log-likelihood."""
    if found.missing:
        return "So no key word is listed."
    if found.unlisted:
        return found.unlisted
    parts = []
    for name in found.groups["group"]:
        own = found.table[found.table["group"] == name].head(NAMED)
        words = [
            f"“{r['word']}” ({r['k_a']} of {r['n_a']} experts, against {r['k_b'] or 'none'} of "
            f"{r['n_b']})"
            for r in own.to_dict("records")
        ]
        parts.append(f"for “{name}”, {listing(words) if words else 'no word'}")
    return f"The words with the largest G2 are: {'; '.join(parts)}."


def _best(found: Keywords) -> dict[Any, Any]:
    """The listed word with the largest log-likelihood."""
    rows: list[dict[Any, Any]] = found.table.to_dict("records")
    return max(rows, key=lambda row: float(row["g2"]))


def largest(found: Keywords) -> str:
    """How often a deal reaches the largest log-likelihood."""
    if found.missing:
        return "No G2 is held against chance."
    if found.unlisted:
        return "Without a word in the list there is none to hold against chance."
    best = _best(found)
    word = f"The largest G2 of a listed word is {two(best['g2'])}, of “{best['word']}”."
    if _untested(found):
        return f"{word} {_why(found)}"
    assert found.tested is not None
    deals = len(found.tested.maxima)
    return f"{word} Some word reaches as much in {in_orders(best['adjusted'], deals)} deals."


def _untested(found: Keywords) -> bool:
    return found.tested is None or bool(found.tested.reason)


def _why(found: Keywords) -> str:
    """Why nothing can be dealt."""
    return "Nothing can be dealt anew: no expert has words in more than one group to exchange."


def stands_out(found: Keywords) -> str:
    """Which words stand out."""
    if found.missing:
        return "No word is held against chance."
    if _untested(found):
        return "No word can be held against chance."
    out = found.table[found.table["stands_out"]]
    of = count_of(len(out), found.words)
    if out.empty:
        return f"Of the {found.words} words, none stands out."
    words = [f"“{r['word']}” ({r['group']})" for r in out.to_dict("records")]
    stand = "stands" if len(out) == 1 else "stand"
    return f"{start(of)} words {stand} out: {listing(words)}."


def alone(found: Keywords) -> str:
    """How many words would pass as key if words were independent, and word by word in deals."""
    if found.missing:
        return "No words are counted one by one."
    if _untested(found) or found.tested is None:
        return "No word can be held against chance."
    tested = found.tested
    many = len(tested.groups) if len(tested.groups) > 2 else 1
    n = many * tested.log_likelihood.shape[1]
    naive = int((tested.log_likelihood[:many] > CRITICAL).sum())
    dealt = int((tested.pvalue[:many] <= ALPHA).sum())
    what = "words" if many == 1 else "comparisons of a word"
    return (
        f"If each word were drawn by itself, {count_of(naive, n)} {what} would count as different "
        f"at the usual level (G2 above {CRITICAL:.2f}). In deals, word by word, {dealt or 'none'} "
        "would."
    )


def together(found: Keywords, what: str) -> str:
    """Which words stand out in the second look; ``what`` says how sessions are kept."""
    if found.missing:
        return "There is no second look."
    if found.second is None:
        return "There are no sessions to keep together, so there is no second look."
    deals = len(found.second.maxima)
    out = found.table[found.table["together"] <= ALPHA]
    if found.table.empty:
        return "Without a word in the list there is no second look."
    best = _best(found)
    rare = in_orders(best["together"], deals)
    if out.empty:
        words = "no word stands out then"
    elif len(out) == 1:
        words = f"the one word that stands out then is “{out['word'].iloc[0]}”"
    else:
        words = f"the words that stand out then are {quoted(out['word'].tolist())}"
    return f"{what}, some word reaches the G2 of “{best['word']}” in {rare} deals; {words}."


def habits(found: Keywords) -> str:
    """How many words of a list without a minimum are the habit of a few."""
    if found.missing or not found.of_list:
        return "There is no list to draw up without a minimum."
    few = count_of(found.habits, found.of_list)
    return (
        f"In a list of the same length drawn up without a minimum, {few} words would be used by "
        f"fewer than {MINIMUM} experts."
    )


def spread(found: Keywords) -> str:
    """The most and the least evenly spread of the words in the list."""
    if found.missing:
        return "There is no word whose spread could be shown."
    known = found.table[found.table["dp"].notna()]
    if known.empty:
        return "There is no listed word whose spread over experts is defined."
    rows: list[dict[Any, Any]] = known.to_dict("records")
    even = min(rows, key=lambda row: round(row["dp"], 9))
    uneven = max(rows, key=lambda row: round(row["dp"], 9))
    if even["word"] == uneven["word"]:
        return f"The one listed word, “{even['word']}”, has a DP of {two(even['dp'])}."
    uses = round(uneven["largest"] * uneven["a"])
    return (
        f"The most evenly spread of the listed words is “{even['word']}” (DP {two(even['dp'])}), "
        f"the least evenly “{uneven['word']}” (DP {two(uneven['dp'])}), where one expert has "
        f"{uses} of {plural(uneven['a'], 'use')}."
    )


def asked(found: Keywords, corpus: Corpus) -> str:
    """How many of the listed words the guide, and the moderator, use."""
    if found.missing:
        return "There is no word that the guide could have put there."
    n = len(found.table)
    if not n:
        return "Without a word in the list there is none that the guide could have put there."
    guide, said = int(found.table["guide"].sum()), int((found.table["moderator"] > 0).sum())
    own = f"{said or 'none'} {_is(said)} among the moderator's own words"
    if not corpus.tally.guide:
        rest = f"; of {plural(n, 'listed word')}, {own}" if corpus.tally.moderator else ""
        return f"The guide has no text in the language of the statements{rest}."
    first = f"Of {plural(n, 'listed word')}, {guide or 'none'} {_is(guide)} in the guide itself"
    return f"{first}, and {own}." if corpus.tally.moderator else f"{first}."


def _is(number: int) -> str:
    return "is" if number <= 1 else "are"


# codes


def codes(table: pd.DataFrame, corpus: Corpus) -> str:
    """How many codes have words."""
    if corpus.missing:
        return "There are no words that could go with a code."
    given = table[table["statements"] > 0]
    if given.empty:
        return "No statement with words has a code, so no words can go with one."
    have = int((given["words"] > 0).sum())
    return (
        f"Of {plural(len(given), 'code')} given to a statement with words, {have or 'none'} "
        f"{'has' if have <= 1 else 'have'} key words that {MINIMUM} experts or more use."
    )


def common(words: pd.DataFrame) -> str:
    """The word that goes with its code in the largest share of experts, and the smallest."""
    if words.empty:
        return "So no code can be known by a word."
    first = words.drop_duplicates("code")
    share = first["k"] / first["n"]
    often = first[share >= share.max() - 1e-9]
    parts = [
        f"“{r['word']}” with “{r['label']}” ({count_of(r['k'], r['n'])} experts)"
        for r in often.to_dict("records")
    ]
    half = int((share > 0.5).sum())
    return (
        f"The first key word is used by more than half of the experts with the code for "
        f"{count_of(half, len(first))} codes; it is most common for {listing(parts, 4)}."
    )


def rate(found: Keywords) -> float:
    """How often any word has the largest log-likelihood of a listed word; NaN where undefined."""
    if found.table.empty:
        return math.nan
    return float(_best(found)["adjusted"])
