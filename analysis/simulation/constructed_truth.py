"""``truth.yml`` of the constructed panel: everything that was put into it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from analysis.simulation.constructed_coders import CoderProcess, Sheets, expected_alpha
from analysis.simulation.constructed_facts import Facts, planted
from analysis.simulation.constructed_ratings import RatingProcess
from analysis.simulation.constructed_source import Source
from analysis.simulation.constructed_timing import Timing

ABOUT = (
    "What the constructed panel was built to contain. Texts and consensus coding were written by "
    "hand; prevalence and planted facts are counted from them. Times, the two coders' codings and "
    "the ratings were drawn, with the seeds and numbers under generator."
)
TIMING_NOTE = (
    "Times follow from the length of the texts, so a session takes as long as its transcript "
    "needs: shorter than a real session of this kind, which would fill an hour and a half."
)
CODERS_NOTE = (
    "expected_alpha is the nominal alpha of one code, raised or not (any: given in any stance or "
    "not), that the error process leads to over the statements that both coders coded; the alpha "
    "of this one panel differs from it by chance. errors are what happened, statements that a memo "
    "fixes left out: rates are per code of the consensus for omitted, confused and stance, per "
    "statement for added and drifted."
)
RATINGS_NOTE = (
    "Proportional odds: latent value = item effect + effect of the side on the item + the expert's "
    "leaning + the effect of having opposed the item's code + logistic noise, cut at the "
    "thresholds. expected_mean averages out the noise only: it is the mean answer of these experts "
    "in the long run."
)


def truth(
    source: Source, timing: Timing, process: CoderProcess, sheets: Sheets, rating: RatingProcess
) -> dict[str, Any]:
    """Everything that was put in, as the entries of ``truth.yml``."""
    facts = Facts(source)
    prevalence = facts.prevalence()
    return {
        "about": ABOUT,
        "sides": {**facts.sides, "note": source.notes["sides"]["note"]},
        "conclusions": source.notes["conclusions"],
        "statements": facts.statements(),
        "codes_per_expert_statement": dict(
            sorted(Counter(len(s.codes) for s in source.statements).items())
        ),
        "speakers": facts.speakers(),
        "questions_answered": facts.asked,
        "prevalence": prevalence,
        "raised_by_one_expert": [c for c, row in prevalence.items() if row["raises"] == 1],
        "raised_by_two_experts": [c for c, row in prevalence.items() if row["raises"] == 2],
        "raised_and_opposed": [c for c, r in prevalence.items() if r["raises"] and r["opposes"]],
        "strongest_pairs": facts.strongest_pairs(),
        "echoes": facts.echoes(),
        "hard": facts.hard(),
        "planted": planted(facts),
        "timing": _timing(source, timing),
        "coders": _coders(process, sheets),
        "ratings": _ratings(source, facts, rating),
        "generator": source.generator,
    }


def _timing(source: Source, timing: Timing) -> dict[str, Any]:
    return {
        "note": TIMING_NOTE,
        "minutes": timing.minutes,
        "words_per_minute": timing.rates,
        "silences_before": timing.silences,
        "overlaps": [s.id for s in source.said if s.overlap],
    }


def _coders(process: CoderProcess, sheets: Sheets) -> dict[str, Any]:
    first, second = process.names
    alpha = {
        stance: expected_alpha(process, sheets, first, second, stance)
        for stance in ("raises", "any")
    }
    return {
        "note": CODERS_NOTE,
        "statements_coded": {c: len(sheets.codings[c]) for c in process.names},
        "statements_coded_by_both": len(sheets.codings[first].keys() & sheets.codings[second]),
        "errors": {c: _errors(sheets.errors[c], sheets.asked[c]) for c in process.names},
        "expected_alpha": {
            "all_codes": {stance: round(a["all"], 3) for stance, a in alpha.items()},
            "by_code": {
                code: {stance: round(a["by_code"][code], 3) for stance, a in alpha.items()}
                for code in process.source.codes
            },
        },
    }


def _errors(made: Counter[str], asked: Counter[str]) -> dict[str, Any]:
    of = {"omitted": "codes", "confused": "codes", "stance": "codes"}
    return {
        kind: {
            "count": made[kind],
            "rate": round(made[kind] / asked[of.get(kind, "statements")], 3),
        }
        for kind in ("omitted", "confused", "stance", "added", "drifted")
    }


def _ratings(source: Source, facts: Facts, rating: RatingProcess) -> dict[str, Any]:
    numbers = rating.numbers
    return {
        "note": RATINGS_NOTE,
        "leaning": {e: round(value, 3) for e, value in rating.leaning.items()},
        "opposed": {
            item: [e for e in source.experts if (e, item) in rating.opposed]
            for item in rating.items
            if any((e, item) in rating.opposed for e in source.experts)
        },
        "blank": [
            [e, i] for e in source.experts for i in rating.items if rating.rate(e, i) is None
        ],
        "planted_side_effects": list(numbers["side_effect"]),
        "planted_nulls": [i for i in rating.items if i not in numbers["side_effect"]],
        "expected_mean": {
            item: {
                "all": round(rating.expected_mean(source.experts, item), 3),
                **{
                    side: round(rating.expected_mean(members, item), 3)
                    for side, members in facts.sides.items()
                },
            }
            for item in rating.items
        },
    }
