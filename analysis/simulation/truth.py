"""``truth.yml`` of the constructed panel: everything that was put into it, one function a part.

``truth-notes.yml`` names what the writer meant: who dominates, who hardly speaks, which question
was not reached, who deviates, where a code echoes, what tells the sides apart. The numbers are
counted here; that the interviews bear the notes out is tested.
"""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import Any

import pandas as pd
from scipy.stats import fisher_exact, hypergeom

from analysis.panel.format import MODERATOR
from analysis.simulation.coding import Coded, CoderProcess
from analysis.simulation.drawn import Ratings, Timing
from analysis.simulation.written import Source


def truth(
    source: Source, timing: Timing, process: CoderProcess, coded: dict[str, Coded], rated: Ratings
) -> dict[str, Any]:
    """Everything that was put in, as the entries of ``truth.yml``."""
    counted = prevalence(source)
    number_of_codes = Counter(len(s.codes) for s in source.statements)
    pairs = [pair(source, *codes) for codes in combinations(source.codes, 2)]
    notes = source.notes["notes"]
    return {
        "about": notes["about"],
        "sides": source.sides | {"note": source.notes["sides"]["note"]},
        "conclusions": source.notes["conclusions"],
        "statements": statements(source),
        "codes_per_expert_statement": dict(sorted(number_of_codes.items())),
        "speakers": speakers(source),
        "questions_answered": questions_answered(source),
        "prevalence": counted,
        "raised_by_one_expert": [c for c, row in counted.items() if row["raises"] == 1],
        "raised_by_two_experts": [c for c, row in counted.items() if row["raises"] == 2],
        "raised_and_opposed": [c for c, row in counted.items() if row["raises"] and row["opposes"]],
        "strongest_pairs": sorted(pairs, key=lambda found: found["p_at_least"])[:12],
        "echoes": echoes(source),
        "hard": {s.id: " ".join(s.note.split()) for s in source.said if s.hard},
        "planted": planted(source),
        "timing": {
            "note": notes["timing"],
            "minutes": timing.minutes,
            "words_per_minute": timing.rates,
            "silences_before": timing.silences,
            "overlaps": [s.id for s in source.said if s.overlap],
        },
        "coders": coders(process, coded),
        "ratings": ratings(source, rated),
        "generator": source.generator,
    }


def statements(source: Source) -> Any:
    """Statements and words of each session."""
    said = pd.DataFrame(source.said).assign(moderator=lambda t: t["speaker"] == MODERATOR)
    columns = {"all": ("id", "size"), "moderator": ("moderator", "sum"), "words": ("words", "sum")}
    return said.groupby("session").agg(**columns).to_dict("index")


def speakers(source: Source) -> Any:
    """How much each expert said, and how many codes each raised."""
    said = pd.DataFrame(source.statements).groupby(["session", "speaker"])["words"]
    table = said.agg(statements="size", words="sum")
    shares = table["words"] / table["words"].groupby("session").transform("sum")
    raised = Counter(expert for code in source.codes for expert in source.experts_with(code))
    table = table.assign(share_of_words_in_session=shares.round(3)).droplevel("session")
    return table.assign(codes_raised=pd.Series(raised)).loc[list(source.home)].to_dict("index")


def questions_answered(source: Source) -> dict[str, list[str]]:
    """Questions that an expert of the session answered, by session."""
    answered = {(s.session, s.question) for s in source.statements}
    guide = source.tables["guide"]["question_id"]
    sessions = source.tables["sessions"]["session_id"]
    return {session: [q for q in guide if (session, q) in answered] for session in sessions}


def prevalence(source: Source) -> dict[str, Any]:
    """Experts who raised and who opposed each code, in all and on each side."""
    found = {}
    for code in source.codes:
        raised, opposed = source.experts_with(code), source.experts_with(code, "opposes")
        counts = {"raises": raised, "opposes": opposed, "both_stances": raised & opposed}
        counts |= {side: raised.intersection(who) for side, who in source.sides.items()}
        found[code] = {
            **{name: len(experts) for name, experts in counts.items()},
            "statements": sum(code in s.codes for s in source.statements),
            "raised_by": sorted(raised),
            "opposed_by": sorted(opposed),
        }
    return found


def contrast(source: Source, code: str, meant: str) -> dict[str, Any]:
    """Who raised a code on the two sides, with Fisher's exact p-value."""
    raised = source.experts_with(code)
    k = {s: {"k": len(raised.intersection(who)), "n": len(who)} for s, who in source.sides.items()}
    p = fisher_exact([[side["k"], side["n"] - side["k"]] for side in k.values()]).pvalue
    return {"code": code, **k, "fisher_p": round(float(p), 4), "meant": meant}


def pair(source: Source, one: str, other: str) -> dict[str, Any]:
    """How many experts raised both codes, and how probable as many are by chance alone."""
    x, y = source.experts_with(one), source.experts_with(other)
    both, p = len(x & y), hypergeom.sf(len(x & y) - 1, len(source.home), len(x), len(y))
    counts = {"codes": [one, other], "both": both, "first": len(x), "second": len(y)}
    jaccard = round(both / len(x | y), 3)
    return {**counts, "jaccard": jaccard, "p_at_least": round(float(p), 4)}


def echoes(source: Source) -> list[dict[str, Any]]:
    """Statements that take up an earlier one, and the codes they share with it."""
    by_id = {s.id: s for s in source.said}
    found = []
    for s in (s for s in source.said if s.echo_of):
        heard = by_id[s.echo_of]
        shared = [code for code, stance in s.codes.items() if heard.codes.get(code) == stance]
        names = {"statement": s.id, "speaker": s.speaker, "echoes": heard.id, "of": heard.speaker}
        found.append({**names, "shared_codes": shared})
    return found


def planted(source: Source) -> dict[str, Any]:
    """What was put in on purpose: the writer's notes, the contrasts and pairs counted again."""
    notes, counted = source.notes["planted"], {"echoes", "contrasts", "nulls", "pairs"}
    return {
        **{key: note for key, note in notes.items() if key not in counted},
        "contrasts": [contrast(source, row["code"], row["meant"]) for row in notes["contrasts"]],
        "nulls": [contrast(source, row["code"], row["meant"]) for row in notes["nulls"]],
        "pairs": [pair(source, *row["codes"]) | {"meant": row["meant"]} for row in notes["pairs"]],
    }


def coders(process: CoderProcess, coded: dict[str, Coded]) -> dict[str, Any]:
    """What the coders' errors were and what agreement they lead to."""
    alphas = pd.DataFrame({s: process.expected_alpha(coded, s) for s in ("raises", "any")})
    by_code = alphas.map(lambda value: round(value, 3)).to_dict("index")
    units = dict.fromkeys(("omitted", "confused", "stance"), "codes")
    units |= dict.fromkeys(("added", "drifted"), "statements")
    errors = {
        coder: {
            kind: {"count": made.errors[kind], "rate": round(made.errors[kind] / made.asked[of], 3)}
            for kind, of in units.items()
        }
        for coder, made in coded.items()
    }
    first, second = (made.codings.keys() for made in coded.values())
    return {
        "note": process.source.notes["notes"]["coders"],
        "statements_coded": {coder: len(made.codings) for coder, made in coded.items()},
        "statements_coded_by_both": len(first & second),
        "errors": errors,
        "expected_alpha": {"all_codes": by_code.pop(""), "by_code": by_code},
    }


def ratings(source: Source, rated: Ratings) -> dict[str, Any]:
    """The model of the ratings, and what it leads to."""
    effects, groups = source.generator["ratings"]["side_effect"], {"all": list(source.home)}
    expected = pd.Series(rated.expected).unstack()
    means = {name: expected.loc[who].mean() for name, who in (groups | source.sides).items()}
    return {
        "note": source.notes["notes"]["ratings"],
        "leaning": {expert: round(value, 3) for expert, value in rated.leaning.items()},
        "opposed": {item: who for item, who in rated.opposed.items() if who},
        "blank": [list(key) for key, answer in rated.answers.items() if answer is None],
        "planted_side_effects": list(effects),
        "planted_nulls": [item for item in rated.opposed if item not in effects],
        "expected_mean": pd.DataFrame(means).round(3).T.to_dict(),
    }
