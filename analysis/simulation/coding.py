"""Two coders of the constructed panel, made from the consensus by a process with known numbers.

``coders`` in ``generator.yml`` holds them. A code that the consensus has is found with the code's
*sensitivity* (the coder's own where given), else it is missed and may become one of its named
neighbours (*confusion*). In *commission* a code of the task under discussion is added that the
consensus lacks, the likelier the more often the consensus has it elsewhere, and the less likely the
shorter the statement. One coder *drifts*:
later sessions bring one code more and more easily wherever the text mentions a number. The *stance*
of a found code is turned round now and then. Where the writer marked a statement as hard, each of
these errors is likelier. What a memo says of a coder's own coding (*fixed*) is taken as it stands.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from analysis.simulation.written import Coding, Draws, Said, Source

_TURNED = {"raises": "opposes", "opposes": "raises"}


@dataclass(frozen=True)
class Coded:
    """What one coder did: the coding of each statement worked on, and the errors by kind.

    ``asked`` counts the codes and statements that errors could be made in, memos' left out.
    """

    codings: dict[str, Coding] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)


class CoderProcess:
    """The error process: what it makes a coder do, and with what probability."""

    def __init__(self, source: Source, seed: int | None = None) -> None:
        self.source = source
        self.draws = Draws(source.generator["seeds"]["coders"] if seed is None else seed)
        self.numbers: dict[str, Any] = source.generator["coders"]
        # the share of a code's misses that become each neighbour; the rest become nothing
        self.confusion: dict[str, dict[str, float]] = self.numbers["confusion"]
        self.fixed: dict[tuple[str, str], Coding] = {
            (row["coder"], row["statement"]): row["codes"] for row in self.numbers["fixed"]
        }
        self._task = source.tables["codebook"].set_index("code_id")["task"].to_dict()
        self._asked = source.tables["guide"].set_index("question_id")["task"].to_dict()
        self._frequency = Counter(code for s in source.statements for code in s.codes)
        words = "|".join(self.numbers["drift"]["words"])
        self._number = re.compile(rf"\b(?:{words})", re.IGNORECASE)

    def chances(
        self, coder: str, s: Said
    ) -> tuple[dict[str, float], float, dict[str, float], float]:
        """The probabilities in this coder's coding of the statement.

        Of finding each code of the consensus, of turning the stance of a found one, of adding each
        code that the consensus lacks, and of giving the drifting code without cause.
        """
        p, drift, sensitivity = self.numbers, self.numbers["drift"], self.numbers["sensitivity"]
        times, most = (p["hard"]["times"], p["hard"]["at_most"]) if s.hard else (1, 1)
        finds = {}
        for code in s.codes:
            found = sensitivity["by_code"].get(code, sensitivity["others"])
            found = sensitivity["by_coder"][coder].get(code, found)
            finds[code] = 1 - min((1 - found) * p["misses"][coder] * times, most)
        # what may be added is of the task under discussion
        task = self._asked.get(s.question)
        lacking = [code for code in self.source.codes if code not in s.codes]
        weights = {c: 1.0 + self._frequency[c] for c in lacking if task in {None, self._task[c]}}
        adds, total = min(p["commission"][coder] * times, most), sum(weights.values())
        adds *= min(s.words / p["commission_in_full"], 1)
        drifts = (
            coder == drift["coder"] and drift["code"] in lacking and self._number.search(s.text)
        )
        added = {code: adds * weight / total for code, weight in weights.items()}
        turned = min(p["stance"] * times, most)
        return finds, turned, added, drift["sessions"][s.session] if drifts else 0.0

    def gives(self, coder: str, s: Said) -> dict[str, float]:
        """The probability of each code, in any stance, in this coder's coding of the statement.

        A code can come from the statement itself, from a neighbour that was missed, from commission
        and from drift, each independently of the others.
        """
        if (coder, s.id) in self.fixed:
            return dict.fromkeys(self.fixed[coder, s.id], 1.0)
        finds, _, adds, drifts = self.chances(coder, s)
        confused = [
            (other, (1 - found) * share)
            for code, found in finds.items()
            for other, share in self.confusion.get(code, {}).items()
        ]
        given: dict[str, float] = {}
        drifted = (self.numbers["drift"]["code"], drifts)
        for code, chance in (*finds.items(), *confused, *adds.items(), drifted):
            given[code] = 1 - (1 - given.get(code, 0.0)) * (1 - chance)
        return given

    def code(self, coder: str, s: Said) -> tuple[Coding, Counter[str]]:
        """The coder's coding of the statement, and the errors in it by kind."""
        if (coder, s.id) in self.fixed:
            return self.fixed[coder, s.id], Counter()
        given: Coding = {}
        errors: Counter[str] = Counter()
        finds, turned, adds, drifts = self.chances(coder, s)
        happens, choose = self.draws.happens, self.draws.choose
        for code, stance in s.codes.items():
            name = (coder, s.id, code)
            if happens(finds[code], "finds", *name):
                wrong = happens(turned, "stance", *name)
                errors["stance"] += wrong
                given[code] = _TURNED[stance] if wrong else stance
                continue
            shares = self.confusion.get(code, {})
            other = choose(shares | {"": 1 - sum(shares.values())}, "turns into", *name)
            errors["confused" if other else "omitted"] += 1
            if other:
                given.setdefault(other, stance)
        if happens(sum(adds.values()), "adds", coder, s.id):
            errors["added"] += 1
            given.setdefault(choose(adds, "which", coder, s.id), "raises")
        if happens(drifts, "drifts", coder, s.id):
            errors["drifted"] += 1
            given.setdefault(self.numbers["drift"]["code"], "raises")
        return given, errors

    def run(self) -> dict[str, Coded]:
        """Let each coder code a share of each session, and what a memo tells of."""
        found = {}
        for coder, shares in self.numbers["share_coded"].items():
            made = found[coder] = Coded()
            for s in self.source.statements:
                fixed = (coder, s.id) in self.fixed
                if fixed or self.draws.happens(shares[s.session], "works on", coder, s.id):
                    made.codings[s.id], errors = self.code(coder, s)
                    made.errors.update(errors)
                    if not fixed:
                        made.asked.update(statements=1, codes=len(s.codes))
        return found

    def expected_alpha(self, coded: dict[str, Coded]) -> dict[str, float]:
        """The nominal alpha of each code that the process leads to, over what both coders coded.

        Also, as ``""``, that of all cells of statements x codes. In the long run of codings of
        these same statements; a code counts as given in any stance.
        """
        first, second = coded
        shared = coded[first].codings.keys() & coded[second].codings.keys()
        both = [s for s in self.source.statements if s.id in shared]
        chances = [(self.gives(first, s), self.gives(second, s)) for s in both]
        alphas, differing, giving = {}, 0.0, 0.0
        for code in self.source.codes:
            pairs = [(a.get(code, 0.0), b.get(code, 0.0)) for a, b in chances]
            differ = sum(a * (1 - b) + b * (1 - a) for a, b in pairs)
            given = sum(a + b for a, b in pairs)
            alphas[code] = nominal_alpha(differ, given, len(both))
            differing += differ
            giving += given
        return alphas | {"": nominal_alpha(differing, giving, len(both) * len(alphas))}


def nominal_alpha(differ: float, given: float, units: int) -> float:
    """Krippendorff's nominal alpha of two coders and a code that is given or not.

    From the number of units on which they differ and the number of times that either gave the code.

    >>> round(nominal_alpha(differ=2, given=8, units=10), 4)  # 20 values, 8 of them 1
    0.6042
    """
    n = 2 * units
    expected = 2 * given * (n - given) / (n * (n - 1))
    return 1 - differ / units / expected if expected > 0 else float("nan")
