"""What the writer put into the constructed panel, recomputed from the texts and their coding.

``truth-notes.yml`` names what was meant: who dominates, who hardly speaks, which question was not
reached, who deviates, where a code echoes, what tells the sides apart. Nothing is taken over on
trust: numbers are counted here, and what the interviews contradict is refused.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise
from math import comb
from typing import Any

from analysis.simulation.constructed_source import Said, Source
from analysis.statistics.two_groups import fisher_pvalues


@dataclass(frozen=True)
class Facts:
    """What follows from the consensus coding."""

    source: Source

    @cached_property
    def by_id(self) -> dict[str, Said]:
        """Every statement by its id."""
        return {s.id: s for s in self.source.said}

    @cached_property
    def experts_with(self) -> dict[tuple[str, str], set[str]]:
        """Who gave a code a stance: experts by code and stance."""
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for s in self.source.statements:
            for code, stance in s.codes.items():
                found[code, stance].add(s.speaker)
        return found

    @cached_property
    def sides(self) -> dict[str, list[str]]:
        """The experts of each side, in file order."""
        found: dict[str, list[str]] = {}
        for expert in self.source.experts:
            found.setdefault(self.source.side[expert], []).append(expert)
        return found

    @cached_property
    def words(self) -> Counter[str]:
        """Words by speaker."""
        found: Counter[str] = Counter()
        for s in self.source.said:
            found[s.speaker] += s.words
        return found

    @cached_property
    def asked(self) -> dict[str, list[str]]:
        """Questions that an expert of the session answered, by session."""
        found: dict[str, set[str]] = defaultdict(set)
        for s in self.source.statements:
            found[s.session].add(s.question)
        guide = [row["question_id"] for row in self.source.tables["guide"]]
        return {session: [q for q in guide if q in found[session]] for session in found}

    @cached_property
    def home(self) -> dict[str, str]:
        """The session of each expert."""
        return {row["expert_id"]: row["session_id"] for row in self.source.tables["experts"]}

    def raised_by(self, code: str) -> set[str]:
        """Experts who raised the code."""
        return self.experts_with.get((code, "raises"), set())

    def opposed_by(self, code: str) -> set[str]:
        """Experts who opposed the code."""
        return self.experts_with.get((code, "opposes"), set())

    def word_share(self, expert: str) -> float:
        """The expert's share of what the experts of the session said, in words."""
        others = [e for e, session in self.home.items() if session == self.home[expert]]
        return self.words[expert] / sum(self.words[e] for e in others)

    # tables

    def statements(self) -> dict[str, Any]:
        """Statements and words of each session."""
        found = {}
        for session in self.source.sessions:
            mine = [s for s in self.source.said if s.session == session]
            found[session] = {
                "all": len(mine),
                "moderator": sum(not s.by_expert for s in mine),
                "words": sum(s.words for s in mine),
            }
        return found

    def speakers(self) -> dict[str, Any]:
        """How much each expert said, and how many codes each raised."""
        turns = Counter(s.speaker for s in self.source.statements)
        return {
            expert: {
                "statements": turns[expert],
                "words": self.words[expert],
                "share_of_words_in_session": round(self.word_share(expert), 3),
                "codes_raised": sum(expert in self.raised_by(c) for c in self.source.codes),
            }
            for expert in self.source.experts
        }

    def prevalence(self) -> dict[str, Any]:
        """Experts who raised and who opposed each code, in all and on each side."""
        given = Counter(code for s in self.source.statements for code in s.codes)
        return {
            code: {
                "raises": len(self.raised_by(code)),
                "opposes": len(self.opposed_by(code)),
                "both_stances": len(self.raised_by(code) & self.opposed_by(code)),
                **{
                    side: len(self.raised_by(code) & set(members))
                    for side, members in self.sides.items()
                },
                "statements": given[code],
                "raised_by": sorted(self.raised_by(code)),
                "opposed_by": sorted(self.opposed_by(code)),
            }
            for code in self.source.codes
        }

    def contrast(self, code: str, meant: str) -> dict[str, Any]:
        """Who raised a code on the two sides, with Fisher's exact p-value."""
        (first, a), (second, b) = self.sides.items()
        k = len(self.raised_by(code) & set(a)), len(self.raised_by(code) & set(b))
        return {
            "code": code,
            first: {"k": k[0], "n": len(a)},
            second: {"k": k[1], "n": len(b)},
            "fisher_p": round(float(fisher_pvalues(len(a), len(b))[k]), 4),
            "meant": meant,
        }

    def pair(self, one: str, other: str) -> dict[str, Any]:
        """How many experts raised both codes, and how probable as many are by chance alone."""
        x, y, n = self.raised_by(one), self.raised_by(other), len(self.source.experts)
        both = len(x & y)
        ways = sum(
            comb(len(x), k) * comb(n - len(x), len(y) - k)
            for k in range(both, min(len(x), len(y)) + 1)
        )
        return {
            "codes": [one, other],
            "both": both,
            "first": len(x),
            "second": len(y),
            "jaccard": round(both / len(x | y), 3),
            "p_at_least": round(ways / comb(n, len(y)), 4),
        }

    def strongest_pairs(self, most: int = 12) -> list[dict[str, Any]]:
        """The pairs of codes that are least probable by chance."""
        named = [c for c in self.source.codes if self.raised_by(c)]
        pairs = [self.pair(a, b) for a, b in combinations(named, 2)]
        return sorted(pairs, key=lambda pair: pair["p_at_least"])[:most]

    def echoes(self) -> list[dict[str, Any]]:
        """Statements that take up an earlier one, and the codes they share with it."""
        found = []
        for s in (s for s in self.source.said if s.echo_of):
            heard = self.by_id[s.echo_of]
            found.append(
                {
                    "statement": s.id,
                    "speaker": s.speaker,
                    "echoes": heard.id,
                    "of": heard.speaker,
                    "shared_codes": [c for c, v in s.codes.items() if heard.codes.get(c) == v],
                }
            )
        return found

    def hard(self) -> dict[str, str]:
        """Statements that coders may well see otherwise, and why."""
        return {s.id: " ".join(s.note.split()) for s in self.source.said if s.hard}


def planted(facts: Facts) -> dict[str, Any]:
    """What was put in on purpose: the writer's notes, counted again and held against the texts.

    Raises
    ------
    ValueError
        If the interviews contradict a note; the message says which.
    """
    notes = facts.source.notes["planted"]
    _check_people(facts, notes)
    _check_statements(facts, notes)
    unreached = [
        (session, row["question_id"])
        for session, answered in facts.asked.items()
        for row in facts.source.tables["guide"]
        if row["question_id"] not in answered
    ]
    noted = (notes["unreached"]["session"], notes["unreached"]["question"])
    _agree(unreached, [noted], "the question not reached")
    return {
        "dominant": notes["dominant"],
        "silent": notes["silent"],
        "laconic": notes["laconic"],
        "not_quotable": notes["not_quotable"],
        "unreached": notes["unreached"],
        "deviant_cases": notes["deviant_cases"],
        "off_guide": notes["off_guide"],
        "uncoded_on_purpose": notes["uncoded_on_purpose"],
        "echo_chains": notes["echo_chains"],
        "contrasts": [facts.contrast(c["code"], c["meant"]) for c in notes["contrasts"]],
        "nulls": [facts.contrast(c["code"], c["meant"]) for c in notes["nulls"]],
        "pairs": [{**facts.pair(*p["codes"]), "meant": p["meant"]} for p in notes["pairs"]],
    }


def _check_people(facts: Facts, notes: dict[str, Any]) -> None:
    source = facts.source
    share = {e: facts.word_share(e) for e in source.experts}
    _agree(max(share, key=share.__getitem__), notes["dominant"]["expert"], "the dominant expert")
    _agree(min(share, key=share.__getitem__), notes["silent"]["expert"], "the silent expert")
    kept = [row["expert_id"] for row in source.tables["experts"] if row["quotable"] == "false"]
    _agree(kept, notes["not_quotable"], "experts who may not be quoted")
    for key in ("dominant", "silent", "laconic"):
        _agree(facts.home[notes[key]["expert"]], notes[key]["session"], f"the {key} one's session")
    for case in notes["deviant_cases"]:
        speakers = {facts.by_id[s].speaker for s in case["statements"]}
        _agree(speakers, {case["expert"]}, f"who speaks in deviant case {case['id']}")


def _check_statements(facts: Facts, notes: dict[str, Any]) -> None:
    for case in notes["off_guide"]:
        _agree(case["statement"] in facts.by_id, True, f"statement {case['statement']} exists")
    for name in notes["uncoded_on_purpose"]:
        _agree(facts.by_id[name].codes, {}, f"codes of {name}, uncoded on purpose")
    for chain in notes["echo_chains"]:
        said = [facts.by_id[name] for name in chain["chain"]]
        where = f"the echo chain {' '.join(chain['chain'])}"
        _agree(all(chain["code"] in s.codes for s in said), True, f"{chain['code']} in {where}")
        for heard, echo in pairwise(said):
            in_order = heard.session == echo.session and heard.position < echo.position
            _agree(
                in_order and heard.speaker != echo.speaker, True, f"order and speakers of {where}"
            )


def _agree(found: object, noted: object, what: str) -> None:
    if found != noted:
        raise ValueError(f"truth-notes.yml, {what}: noted {noted}, the interviews have {found}")
