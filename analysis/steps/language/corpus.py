"""What the experts said, as words: who said which, under which task, and who asked.

Words of experts who may not be quoted are counted. Shown is a word only if :data:`MINIMUM` experts
use it, one of them quotable, and it is no person's name.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.panel.format import MODERATOR
from analysis.panel.panel import Panel
from analysis.panel.views_of_coding import BoolArray, IntArray
from analysis.steps.language.words import Lexicon, tokens
from analysis.steps.panel_talk import WITHHELD
from analysis.steps.panel_tools import kind_names

#: A word is compared and shown if so many experts use it.
MINIMUM = 3

STATEMENT_COLUMNS = [
    "statement",
    "expert",
    "kind",
    "kind_name",
    "session",
    "task",
    "quotable",
    "size",
]


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of the experts' words: all of them, and those of some kind.

    ``withheld`` and ``wordless`` count experts' statements without a text and without a word in
    it; ``moderator`` the words of the moderator, ``guide`` whether the guide has a text in the
    language of the statements.
    """

    words: int
    forms: int
    function: int
    ambiguous: int
    unknown: int
    withheld: int
    wordless: int
    moderator: int
    guide: bool


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """The experts' statements with words in them, in the order of speaking.

    ``statements`` has the columns :data:`STATEMENT_COLUMNS`: ``task`` is that of the question
    (empty text for none), ``size`` the number of words, function words too. Content words are
    listed one by one: ``row`` the place of the statement, ``word`` that in the vocabulary.

    ``vocabulary`` has a row a content word: word, tokens, experts (how many use it), quotable (how
    many of these may be quoted), name (whether it may be a person's), guide (whether the guide
    uses it), moderator (how often the moderator does), and shown (whether it is compared and
    shown). ``missing`` says why there is no word at all, else it is empty.
    """

    statements: pd.DataFrame
    row: IntArray
    word: IntArray
    vocabulary: pd.DataFrame
    tally: Tally
    lexicon: Lexicon
    language: str
    missing: str

    @property
    def shown(self) -> BoolArray:
        """Which words are compared and shown."""
        return self.vocabulary["shown"].to_numpy(dtype=np.bool_)

    def counts(self, unit: IntArray, units: int, shown: bool = True) -> IntArray:
        """How often each unit uses each word: units x words.

        ``unit`` (statements,) says to which unit a statement belongs, -1 to none; ``shown`` leaves
        out the words that are not shown.
        """
        words = len(self.vocabulary)
        owner = unit[self.row]
        cells = owner[owner >= 0] * words + self.word[owner >= 0]
        table = np.bincount(cells, minlength=units * words).reshape(units, words)
        return table[:, self.shown] if shown else table

    def sizes(self, unit: IntArray, units: int) -> IntArray:
        """How many words each unit has in all: (units,)."""
        kept = unit >= 0
        size = self.statements["size"].to_numpy(dtype=np.int64)[kept]
        table = np.zeros(units, dtype=np.int64)
        np.add.at(table, unit[kept], size)
        return table

    def units(self, column: str) -> tuple[IntArray, list[str]]:
        """The unit of each statement by a column, -1 for empty text, and the units' names."""
        values = self.statements[column].astype(object).replace("", None)
        unit, names = pd.factorize(values)
        return unit.astype(np.int64), [str(name) for name in names]


def read(panel: Panel) -> Corpus:
    """All words of the panel's experts."""
    lexicon = Lexicon(panel.meta.language)
    frame = panel.statements
    order = np.lexsort((frame["position"].to_numpy(), frame["session_id"].cat.codes.to_numpy()))
    frame = frame.iloc[order].astype(object)
    task = dict(zip(panel.guide["question_id"], panel.guide["task"].astype(str), strict=True))
    experts = panel.experts.astype(object).set_index("expert_id").to_dict("index")
    kinds = kind_names(panel)
    asked, guided, guide = _asked(panel, frame, lexicon)
    rows: list[dict[str, object]] = []
    row: list[int] = []
    said: list[str] = []
    tally: Counter[str] = Counter()
    forms: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    for record in frame[frame["speaker"] != MODERATOR].to_dict("records"):
        if record["text"].strip() == WITHHELD:
            tally["withheld"] += 1
            continue
        found = tokens(record["text"])
        if not found:
            tally["wordless"] += 1
            continue
        for token in found:
            forms[token.form] += 1
            capital[token.form] += token.capital
            known = lexicon(token.form)
            if known.content:
                row.append(len(rows))
                said.append(known.lemma)
        speaker = experts[record["speaker"]]
        rows.append(
            {
                "statement": record["statement_id"],
                "expert": record["speaker"],
                "kind": speaker["stakeholder"],
                "kind_name": kinds[speaker["stakeholder"]],
                "session": record["session_id"],
                "task": task.get(record["question_id"], ""),
                "quotable": bool(speaker["quotable"]),
                "size": len(found),
            }
        )
    for form, count in forms.items():
        known = lexicon(form)
        tally["function"] += 0 if known.content else count
        tally["ambiguous"] += count if known.lemmas > 1 else 0
        tally["unknown"] += 0 if known.known else count
    statements = pd.DataFrame(rows, columns=STATEMENT_COLUMNS)
    vocabulary, word = _vocabulary(statements, row, said, _names(forms, capital, lexicon))
    vocabulary["guide"] = vocabulary["word"].isin(guided)
    vocabulary["moderator"] = [asked[name] for name in vocabulary["word"]]
    return Corpus(
        statements=statements,
        row=np.array(row, dtype=np.int64),
        word=word,
        vocabulary=vocabulary,
        tally=Tally(
            words=forms.total(),
            forms=len(forms),
            function=tally["function"],
            ambiguous=tally["ambiguous"],
            unknown=tally["unknown"],
            withheld=tally["withheld"],
            wordless=tally["wordless"],
            moderator=asked.total(),
            guide=guide,
        ),
        lexicon=lexicon,
        language=panel.meta.language,
        missing=_missing(statements, tally["withheld"]),
    )


def _missing(statements: pd.DataFrame, withheld: int) -> str:
    if len(statements):
        return ""
    if withheld:
        return "The text of every statement is withheld, so no word can be counted."
    return "No expert said anything in words, so there is nothing to count."


def _asked(
    panel: Panel, frame: pd.DataFrame, lexicon: Lexicon
) -> tuple[Counter[str], set[str], bool]:
    """The moderator's words, function words too; the words of the guide; whether it has any."""
    spoken: Counter[str] = Counter()
    for text in frame.loc[frame["speaker"] == MODERATOR, "text"]:
        spoken.update(lexicon(token.form).lemma for token in tokens(text))
    column = {"ru": "text_ru", "en": "text"}.get(panel.meta.language)
    texts = panel.guide[column].dropna().tolist() if column else []
    guided = {lexicon(token.form).lemma for text in texts for token in tokens(text)}
    return spoken, guided, bool(guided)


def _names(forms: Counter[str], capital: Counter[str], lexicon: Lexicon) -> set[str]:
    """The lemmas that may be persons' names.

    Those that are names by the best parse of a spelling, or that could be and are always written
    with a capital letter: by any parse in Russian, any word in other languages.
    """
    return {
        lexicon(form).lemma
        for form, count in forms.items()
        if lexicon(form).name or (lexicon(form).maybe and capital[form] == count)
    }


def _vocabulary(
    statements: pd.DataFrame, row: list[int], said: list[str], names: set[str]
) -> tuple[pd.DataFrame, IntArray]:
    """The content words in alphabetical order, and the place of each word that was said."""
    words = sorted(set(said))
    place = {word: number for number, word in enumerate(words)}
    users: dict[str, set[str]] = defaultdict(set)
    speaker = statements["expert"].tolist()
    for at, word in zip(row, said, strict=True):
        users[word].add(speaker[at])
    open_ = set(statements["expert"][statements["quotable"].to_numpy(dtype=np.bool_)])
    often = Counter(said)
    table = pd.DataFrame(
        {
            "word": pd.Series(words, dtype=object),
            "tokens": np.array([often[word] for word in words], dtype=np.int64),
            "experts": np.array([len(users[word]) for word in words], dtype=np.int64),
            "quotable": np.array([len(users[word] & open_) for word in words], dtype=np.int64),
            "name": np.array([word in names for word in words], dtype=np.bool_),
        }
    )
    table["shown"] = (table["experts"] >= MINIMUM) & (table["quotable"] > 0) & ~table["name"]
    return table, np.array([place[word] for word in said], dtype=np.int64)
