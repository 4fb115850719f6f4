"""The words of a panel, all together, and what the prose states of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from analysis.panel.panel import Panel
from analysis.statistics.resampling import DEFAULT_SEED
from analysis.steps.language import codes, concordance, corpus, keywords, sentences
from analysis.steps.language.concordance import Wanted
from analysis.steps.language.corpus import MINIMUM, Corpus
from analysis.steps.language.keywords import ALPHA, CRITICAL, DEALS, Keywords
from analysis.steps.panel_talk import talk
from analysis.steps.panel_tools import (
    count_of_result,
    count_result,
    number_result,
    text_result,
    two,
)
from analysis.steps.results import Result

#: Lines are shown for so many key words of each side and task.
WORDS_WITH_LINES = 4
_HERE = "analysis.steps.language."
_G2 = "analysis.statistics.keyness.log_likelihood"
_DEALS = "analysis.statistics.keyness_deals.keyness_deals"
_CHANCE = f"{DEALS} deals of whole units, largest G2 of all words"


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """All tables of the chapter: see the modules that make them.

    ``lines`` are those of the key words of sides and tasks (``side`` and ``task``) and of the first
    key word of each code (``code``).
    """

    corpus: Corpus
    sides: Keywords
    tasks: Keywords
    moderator: pd.DataFrame
    codes: pd.DataFrame
    code_words: pd.DataFrame
    lines: dict[str, pd.DataFrame]
    said: dict[str, str]

    @property
    def no_moderator(self) -> str:
        """Why no word of the moderator is shown."""
        return self.corpus.missing or self.said["moderator"]

    @property
    def no_codes(self) -> str:
        """Why no word of a code is shown."""
        return self.corpus.missing or self.said["codes"]

    def no_lines(self, which: str) -> str:
        """Why no line of a kind is shown."""
        return self.corpus.missing or self.said[f"{which}-lines"]


def analyse(panel: Panel, deals: int = DEALS, seed: int = DEFAULT_SEED) -> Found:
    """All tables of the chapter."""
    words = corpus.read(panel)
    sides = keywords.by_side(panel, words, deals, seed)
    tasks = keywords.by_task(panel, words, deals, seed)
    table, listed = codes.words_of_codes(panel, words)
    asked = keywords.of_moderator(words)
    lines = {
        "side": _lines(panel, words, sides, keywords.side_of_statements(panel, words)),
        "task": _lines(panel, words, tasks, words.statements["task"]),
        "code": _lines_of_codes(panel, words, listed),
    }
    said = {
        "moderator": sentences.moderator(words, asked),
        "codes": sentences.codes(table, words),
        "code-words": sentences.common(listed),
        "side-lines": concordance.sentence(lines["side"], panel, sides.unlisted),
        "task-lines": concordance.sentence(lines["task"], panel, tasks.unlisted),
        "code-lines": concordance.sentence(
            lines["code"], panel, "" if len(listed) else "no word of a code is listed"
        ),
    }
    return Found(words, sides, tasks, asked, table, listed, lines, said)


def _lines(panel: Panel, words: Corpus, found: Keywords, group: pd.Series) -> pd.DataFrame:
    chosen = found.table.groupby("group", sort=False).head(WORDS_WITH_LINES)
    wanted = [
        Wanted(row["group"], row["word"], (group == row["group"]).to_numpy(dtype=np.bool_))
        for row in chosen.to_dict("records")
    ]
    return concordance.lines(panel, words, wanted)


def _lines_of_codes(panel: Panel, words: Corpus, listed: pd.DataFrame) -> pd.DataFrame:
    said = talk(panel, stance="any")
    rows = pd.Index(said.statements).get_indexer(pd.Index(words.statements["statement"]))
    wanted = [
        Wanted(row["label"], row["word"], said.values[rows, said.codes.index(row["code"])])
        for row in listed.drop_duplicates("code").to_dict("records")
    ]
    return concordance.lines(panel, words, wanted)


# what the prose states


def results(panel: Panel, found: Found) -> list[Result]:
    """What the prose states; the same ids for any panel."""
    return [
        *_text_results(panel, found),
        *_word_results("side", "sides", found.sides, found.corpus, _over_experts()),
        *_word_results("task", "tasks", found.tasks, found.corpus, _over_sessions()),
        *_code_results(found),
    ]


def _over_experts() -> str:
    return "If experts are dealt anew only within their session"


def _over_sessions() -> str:
    return "If all that a session said under one task is moved together"


def _text(id: str, label: str, value: str, function: str, standing: str = "description") -> Result:
    how = "sentence chosen by the result"
    return text_result(f"lang-{id}", label, value, _HERE + function, how, standing)


def _text_results(panel: Panel, found: Found) -> list[Result]:
    words, tally = found.corpus, found.corpus.tally
    says = sentences
    text: Callable[..., Result] = partial(_text)
    here = _HERE + "corpus.read"

    def share(id: str, label: str, k: int, lemmas: bool = True) -> Result:
        if words.missing or (lemmas and not words.lexicon.lemmas):
            missing = "not known, for want of a dictionary" if not words.missing else "none"
            return _text(id, label, missing, "corpus.read")
        return Result(
            f"lang-{id}",
            label,
            k / tally.words,
            "share",
            "description",
            "count of words",
            here,
            k=k,
            n=tally.words,
        )

    experts = words.statements["expert"].nunique()
    return [
        text("text", "words counted", says.text(words, panel), "sentences.text"),
        text("left-out", "statements left out", says.left_out(words), "sentences.left_out"),
        text("method", "how words are counted", says.method(words), "sentences.method"),
        count_result("lang-words", "words of experts", tally.words, here),
        count_result("lang-statements", "statements with words", len(words.statements), here),
        count_of_result(
            "lang-experts", "experts with words", experts, len(panel.experts), "none", here
        ),
        count_result("lang-forms", "different spellings", tally.forms, here),
        count_result("lang-lemmas", "different content words", len(words.vocabulary), here),
        share("function", "words left out by part of speech or as single letters", tally.function),
        share("ambiguous", "words with more than one possible lemma", tally.ambiguous),
        share("unknown", "words that the dictionary does not have", tally.unknown),
        count_result("lang-minimum", "experts who must use a word", MINIMUM, here, "setting"),
        count_result("lang-compared", "words that can be shown", int(words.shown.sum()), here),
        text("hidden", "words that are not shown", says.hidden(words), "sentences.hidden"),
        text("level", "level at which a word stands out", f"{100 * ALPHA:g}%", "report.results"),
        text("listed", "least G2 of a listed word", two(CRITICAL), "report.results"),
        count_result("lang-deals", "random deals", DEALS, _HERE + "keywords.by_side", "setting"),
        count_result("lang-moderator-words", "words of the moderator", tally.moderator, here),
        text(
            "moderator",
            "words of the moderator",
            found.said["moderator"],
            "sentences.moderator",
            "sensitivity",
        ),
    ]


def _word_results(id: str, what: str, found: Keywords, words: Corpus, second: str) -> list[Result]:
    says = sentences

    def text(name: str, label: str, value: str, function: str) -> Result:
        return _text(f"{id}-{name}", f"{label}, {what}", value, f"sentences.{function}", _LOOK)

    g2 = float(found.table["g2"].max()) if len(found.table) else float("nan")
    chance = sentences.rate(found)
    return [
        text("groups", "what is compared", says.groups(found), "groups"),
        text("top", "key words", says.top(found), "top"),
        number_result(
            f"lang-{id}-g2", f"largest G2 of a listed word, {what}", g2, _G2, "two-term G2", _LOOK
        ),
        Result(
            f"lang-{id}-chance",
            f"share of deals in which any word has that G2, {what}",
            chance,
            "rate",
            _LOOK,
            _CHANCE,
            _DEALS,
        ),
        text("largest", "largest G2 against chance", says.largest(found), "largest"),
        text("out", "words that stand out", says.stands_out(found), "stands_out"),
        text("alone", "words one by one", says.alone(found), "alone"),
        text("second", "second look", says.together(found, second), "together"),
        text("habits", "list without a minimum", says.habits(found), "habits"),
        text("spread", "spread over experts", says.spread(found), "spread"),
        text("asked", "words of the guide", says.asked(found, words), "asked"),
    ]


_LOOK = "sensitivity"


def _code_results(found: Found) -> list[Result]:
    lines = [
        _text(
            f"{name}-lines", f"lines shown, {label}", found.no_lines(name), "concordance.sentence"
        )
        for name, label in (("side", "sides"), ("task", "tasks"), ("code", "codes"))
    ]
    return [
        _text("codes", "codes with key words", found.said["codes"], "sentences.codes", _LOOK),
        _text("code-words", "key words", found.said["code-words"], "sentences.common", _LOOK),
        *lines,
    ]
