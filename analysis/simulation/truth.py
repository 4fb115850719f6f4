"""``truth.yml`` of the constructed panel: what was put into it, for chapters to look for.

``truth-notes.yml`` says how the panel was made and what its writer meant: who dominates, who hardly
speaks, which question was not reached, who deviates, what tells the sides apart. What can be
counted is counted here; that the interviews bear the notes out is tested.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.simulation.coding import Coded, CoderProcess
from analysis.simulation.drawn import Ratings
from analysis.simulation.written import Source


def truth(
    source: Source, process: CoderProcess, coded: dict[str, Coded], rated: Ratings
) -> dict[str, Any]:
    """Everything that was put in, as the entries of ``truth.yml``."""
    notes = source.notes
    return {
        "about": notes["about"],
        "made": notes["made"],
        "sides": source.sides,
        "prevalence": {
            code: {
                "raised_by": sorted(source.experts_with(code)),
                "opposed_by": sorted(source.experts_with(code, "opposes")),
            }
            for code in source.codes
        },
        "echoes": echoes(source),
        "hard": {s.id: " ".join(s.note.split()) for s in source.said if s.hard},
        "planted": planted(source),
        "coders": coders(process, coded),
        "ratings": ratings(source, rated),
        "generator": source.generator,
    }


def echoes(source: Source) -> list[dict[str, Any]]:
    """Statements that take up what another expert said, and the codes that they share with it."""
    by_id = {s.id: s for s in source.said}
    found = []
    for s in (s for s in source.said if s.echo_of):
        heard = by_id[s.echo_of]
        shared = [code for code, stance in s.codes.items() if heard.codes.get(code) == stance]
        names = {"statement": s.id, "speaker": s.speaker, "echoes": heard.id, "of": heard.speaker}
        found.append({**names, "shared_codes": shared})
    return found


def planted(source: Source) -> dict[str, Any]:
    """What was put in on purpose: the writer's notes, with who raised what counted in them."""
    notes, sides = source.notes["planted"], source.sides.items()
    raised = {code: source.experts_with(code) for code in source.codes}

    def by_side(code: str) -> dict[str, Any]:
        return {
            side: {"k": len(raised[code].intersection(who)), "n": len(who)} for side, who in sides
        }

    counted = {
        kind: [row | by_side(row["code"]) for row in notes[kind]] for kind in ("contrasts", "nulls")
    }
    pairs = []
    for row in notes["pairs"]:
        x, y = (raised[code] for code in row["codes"])
        pairs.append(row | {"both": len(x & y), "first": len(x), "second": len(y)})
    return {**notes, **counted, "pairs": pairs}


def coders(process: CoderProcess, coded: dict[str, Coded]) -> dict[str, Any]:
    """How often the coders erred, by kind of error, and what agreement the errors lead to."""
    alphas = {code: round(value, 3) for code, value in process.expected_alpha(coded).items()}
    units = dict.fromkeys(("omitted", "confused", "stance"), "codes")
    units |= dict.fromkeys(("added", "drifted"), "statements")
    errors = {
        coder: {kind: round(made.errors[kind] / made.asked[of], 3) for kind, of in units.items()}
        for coder, made in coded.items()
    }
    return {"errors": errors, "expected_alpha": {"all_codes": alphas.pop(""), "by_code": alphas}}


def ratings(source: Source, rated: Ratings) -> dict[str, Any]:
    """The mean answers that the model of the ratings leads to, and which items the sides part."""
    model, groups = source.generator["ratings"], {"all": list(source.home)} | source.sides
    expected = pd.Series(rated.expected).unstack()
    means = {name: expected.loc[who].mean() for name, who in groups.items()}
    return {
        "planted_side_effects": list(model["side_effect"]),
        "planted_nulls": [i for i in model["item_effect"] if i not in model["side_effect"]],
        "expected_mean": pd.DataFrame(means).round(3).T.to_dict(),
    }
