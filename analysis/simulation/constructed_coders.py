"""Two coders of the constructed panel, made from the consensus by a process that is written down.

``coders`` in ``generator.yml`` holds its numbers. For each statement that a coder works on and each
code:

- a code that the consensus has is found with the code's *sensitivity* (the coder's own where
  given), else it is missed;
- a missed code becomes one of its named neighbours in ``confusion``, with the share given there;
- in *commission*, a code of the task under discussion is added that the consensus lacks, the
  likelier the more often the consensus has it elsewhere;
- one coder *drifts*: later sessions bring the code named there more and more easily, wherever the
  text mentions a number;
- the *stance* of a found code is turned round now and then.

Where the writer marked a statement as hard, each of these errors is likelier. What a memo says of a
coder's own sheet (``fixed``) is written into it as it stands.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from analysis.simulation.constructed_draws import Draws
from analysis.simulation.constructed_source import Coding, Said, Source

_TURNED = {"raises": "opposes", "opposes": "raises"}


@dataclass(frozen=True)
class CoderProcess:
    """The error process: what it makes a coder do, and with what probability."""

    source: Source
    draws: Draws

    @cached_property
    def numbers(self) -> dict[str, Any]:
        """The parameters, as in ``generator.yml``."""
        found: dict[str, Any] = self.source.generator["coders"]
        return found

    @cached_property
    def names(self) -> list[str]:
        """The coders."""
        return list(self.numbers["share_coded"])

    @cached_property
    def fixed(self) -> dict[tuple[str, str], Coding]:
        """Whole codings that a memo tells of, by coder and statement."""
        return {
            (row["coder"], row["statement"]): dict(row["codes"]) for row in self.numbers["fixed"]
        }

    @cached_property
    def _frequency(self) -> Counter[str]:
        return Counter(code for s in self.source.statements for code in s.codes)

    @cached_property
    def _task(self) -> dict[str, str]:
        return {row["code_id"]: row["task"] for row in self.source.tables["codebook"]}

    @cached_property
    def _question_task(self) -> dict[str, str]:
        return {row["question_id"]: row["task"] for row in self.source.tables["guide"]}

    @cached_property
    def _number_words(self) -> re.Pattern[str]:
        words = "|".join(self.numbers["drift"]["words"])
        return re.compile(rf"\b(?:{words})", re.IGNORECASE)

    def works_on(self, coder: str, s: Said) -> bool:
        """Whether the coder worked on the statement.

        A share of each session, drawn, and every statement of which a memo says what this coder
        made of it.
        """
        if (coder, s.id) in self.fixed:
            return True
        share = float(self.numbers["share_coded"][coder][s.session])
        return self.draws.happens(share, "works on", coder, s.id)

    # the probabilities

    def finds(self, coder: str, code: str, s: Said) -> float:
        """The probability that the coder finds a code that the consensus has."""
        p = self.numbers
        per_code = p["sensitivity"]["by_code"].get(code, p["sensitivity"]["others"])
        chance = p["sensitivity"]["by_coder"].get(coder, {}).get(code, per_code)
        missed = (1 - float(chance)) * float(p["misses"].get(coder, 1.0))
        return 1 - self._harder(missed, s)

    def turns_into(self, code: str) -> Mapping[str, float]:
        """The share of a code's misses that become each neighbour; the rest become nothing."""
        found: Mapping[str, float] = self.numbers["confusion"].get(code, {})
        return found

    def adds(self, coder: str, s: Said) -> float:
        """The probability that the coder adds some code that the consensus lacks."""
        return self._harder(float(self.numbers["commission"][coder]), s)

    def turns_stance(self, s: Said) -> float:
        """The probability that a found code gets the opposite stance."""
        return self._harder(float(self.numbers["stance"]), s)

    def drifts(self, coder: str, s: Said) -> float:
        """The probability that the drifting coder sees the drifting code here without cause."""
        drift = self.numbers["drift"]
        if coder != drift["coder"] or drift["code"] in s.codes:
            return 0.0
        mentions = self._number_words.search(s.text) is not None
        return float(drift["sessions"][s.session]) if mentions else 0.0

    def _harder(self, chance: float, s: Said) -> float:
        """A probability of error, raised where the statement is hard."""
        if not s.hard:
            return chance
        hard = self.numbers["hard"]
        return min(chance * float(hard["times"]), float(hard["at_most"]))

    def plausible(self, s: Said) -> dict[str, float]:
        """Codes that may be added, with their weights: of the same task, without the consensus."""
        task = self._question_task.get(s.question)
        return {
            code: 1.0 + self._frequency[code]
            for code in self.source.codes
            if code not in s.codes and (task is None or self._task[code] == task)
        }

    def gives(self, coder: str, s: Said) -> dict[str, tuple[float, float]]:
        """The probability of each code in this coder's coding of the statement.

        By code: the probability of raising it, and of giving it in any stance. A code can come
        from the statement itself, from a neighbour that was missed, from commission and from
        drift; where several would bring it, the first decides its stance.
        """
        if (coder, s.id) in self.fixed:
            return {c: (float(v == "raises"), 1.0) for c, v in self.fixed[coder, s.id].items()}
        ways: dict[str, list[tuple[float, float]]] = {code: [] for code in self.source.codes}
        turned = self.turns_stance(s)
        for code, stance in s.codes.items():
            raising = 1 - turned if stance == "raises" else turned
            ways[code].append((self.finds(coder, code, s), raising))
        for code, stance in s.codes.items():
            missed = 1 - self.finds(coder, code, s)
            for neighbour, share in self.turns_into(code).items():
                ways[neighbour].append((missed * share, float(stance == "raises")))
        weights = self.plausible(s)
        for code, weight in weights.items():
            ways[code].append((self.adds(coder, s) * weight / sum(weights.values()), 1.0))
        ways[self.numbers["drift"]["code"]].append((self.drifts(coder, s), 1.0))
        found = {}
        for code, sources in ways.items():
            raises, none = 0.0, 1.0
            for chance, raising in sources:
                raises += none * chance * raising
                none *= 1 - chance
            if none < 1:
                found[code] = (raises, 1 - none)
        return found

    # the coding

    def code(self, coder: str, s: Said) -> tuple[Coding, Counter[str]]:
        """The coder's coding of the statement, in codebook order, and the errors in it by kind."""
        if (coder, s.id) in self.fixed:
            return self.fixed[coder, s.id], Counter()
        errors: Counter[str] = Counter()
        given: Coding = {}
        for code, stance in s.codes.items():
            name = (coder, s.id, code)
            if self.draws.happens(self.finds(coder, code, s), "finds", *name):
                turned = self.draws.happens(self.turns_stance(s), "stance", *name)
                errors["stance"] += turned
                given[code] = _TURNED[stance] if turned else stance
                continue
            shares = dict(self.turns_into(code))
            shares[""] = 1 - sum(shares.values())
            other = self.draws.choose(shares, "turns into", *name)
            errors["confused" if other else "omitted"] += 1
            if other:
                given.setdefault(other, stance)
        if self.draws.happens(self.adds(coder, s), "adds", coder, s.id):
            errors["added"] += 1
            given.setdefault(self.draws.choose(self.plausible(s), "which", coder, s.id), "raises")
        if self.draws.happens(self.drifts(coder, s), "drifts", coder, s.id):
            errors["drifted"] += 1
            given.setdefault(self.numbers["drift"]["code"], "raises")
        return {c: given[c] for c in self.source.codes if c in given}, errors


@dataclass(frozen=True, slots=True)
class Sheets:
    """What each coder did.

    ``codings`` holds, by coder and statement id, the coding of every statement that the coder
    worked on; ``errors`` counts the errors of each coder by kind, and ``asked`` how many codes of
    the consensus and how many statements they were made in, memos' statements left out.
    """

    codings: dict[str, dict[str, Coding]]
    errors: dict[str, Counter[str]]
    asked: dict[str, Counter[str]]


def code_statements(process: CoderProcess) -> Sheets:
    """Let each coder code what falls to that coder."""
    codings: dict[str, dict[str, Coding]] = {}
    errors: dict[str, Counter[str]] = {}
    asked: dict[str, Counter[str]] = {}
    for coder in process.names:
        codings[coder], errors[coder], asked[coder] = {}, Counter(), Counter()
        for s in process.source.statements:
            if not process.works_on(coder, s):
                continue
            codings[coder][s.id], made = process.code(coder, s)
            errors[coder].update(made)
            if (coder, s.id) not in process.fixed:
                asked[coder].update(statements=1, codes=len(s.codes))
    return Sheets(codings, errors, asked)


def expected_alpha(
    process: CoderProcess, sheets: Sheets, first: str, second: str, stance: str = "raises"
) -> dict[str, Any]:
    """The nominal alpha of each code that the process leads to, over what both coders coded.

    From the probability of each coder giving the code to each statement, and the coders being
    independent given the statement: observed and expected disagreement in the long run of codings
    of these same statements. ``by_code``, and ``all`` cells of statements x codes together; a code
    counts as given when raised, or, with ``stance`` = ``any``, in any stance.
    """
    both = [
        s
        for s in process.source.statements
        if s.id in sheets.codings[first] and s.id in sheets.codings[second]
    ]
    place = ("raises", "any").index(stance)
    chances = [(process.gives(first, s), process.gives(second, s)) for s in both]
    by_code, disagree, ones = {}, 0.0, 0.0
    never = (0.0, 0.0)
    for code in process.source.codes:
        pairs = [(a.get(code, never)[place], b.get(code, never)[place]) for a, b in chances]
        differ = sum(a * (1 - b) + b * (1 - a) for a, b in pairs)
        given = sum(a + b for a, b in pairs)
        by_code[code] = nominal_alpha(differ, given, len(both))
        disagree += differ
        ones += given
    return {"by_code": by_code, "all": nominal_alpha(disagree, ones, len(both) * len(by_code))}


def nominal_alpha(differ: float, given: float, units: int) -> float:
    """Krippendorff's nominal alpha of two coders and a code that is given or not.

    From the number of units on which they differ and the number of times that either gave the code.

    >>> round(nominal_alpha(differ=2, given=8, units=10), 4)  # 20 values, 8 of them 1
    0.6042
    """
    n = 2 * units
    expected = 2 * given * (n - given) / (n * (n - 1))
    return 1 - differ / units / expected if expected > 0 else float("nan")
