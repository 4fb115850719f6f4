"""What the prose of the chapter states; the same ids for any panel."""

from __future__ import annotations

from collections.abc import Callable

from analysis.steps.panel_tools import CONFIDENCE, count_result, text_result
from analysis.steps.results import Result
from analysis.steps.robustness import sentences, sentences_of_holding
from analysis.steps.robustness.analysis import Robustness
from analysis.steps.robustness.holds import CONTRAST, ORDER, SIGN

_HERE = "analysis.steps.robustness."
_COUNT, _SPECS = "count", "specification curve"
_DRAWN = (
    f"experts drawn with replacement, errors of coding drawn too, {round(100 * CONFIDENCE)}% "
    "percentile intervals"
)
_KEPT = "count of analyses"
#: Id, label, module, function, method, standing.
_SENTENCES: tuple[tuple[str, str, str, str, str], ...] = (
    ("ways", "ways to read the coding", "ways", _COUNT, "description"),
    ("same", "readings that find the same", "same", _COUNT, "description"),
    ("coders", "what part each coder coded", "coders", _COUNT, "description"),
    ("one-coder", "leaving out a coder", "one_coder", _COUNT, "description"),
    ("echoes", "what rests on echoes alone", "echoes", _COUNT, "description"),
    ("left", "who is left out", "left_out", _COUNT, "description"),
    ("swing", "counts that move most between readings", "swing", _COUNT, "sensitivity"),
    ("balance", "hindering among all that was raised", "balance", _COUNT, "description"),
    ("balance-curve", "the balance over specifications", "balance_curve", _SPECS, "sensitivity"),
    ("balance-choice", "what moves the balance most", "balance_choice", _SPECS, "sensitivity"),
    ("followed", "which shares are followed", "followed", _COUNT, "description"),
    ("claims-curve", "shares over specifications", "claims_curve", _SPECS, "sensitivity"),
    ("claims-choice", "what moves shares most", "claims_choice", _SPECS, "sensitivity"),
    ("lead-curve", "leading codes over specifications", "lead_curve", _SPECS, "sensitivity"),
    ("levels", "leading codes and leading themes", "levels", _COUNT, "sensitivity"),
    ("influence", "whom shares rest on", "influence", "leaving one out", "sensitivity"),
    (
        "one-expert",
        "how far one expert moves",
        "influence_experts",
        "leaving one out",
        "sensitivity",
    ),
)
_HOLDING: tuple[tuple[str, str, str, str, str], ...] = (
    ("error-part", "statements on which errors are seen", "part", _COUNT, "description"),
    ("error-rates", "codes missed and added", "rates", _COUNT, "description"),
    ("error-worst", "codes missed and added most often", "worst", _COUNT, "description"),
    ("error-width", "intervals with errors of coding", "width", _DRAWN, "model-based"),
    ("error-sessions", "intervals by sessions", "sessions", _DRAWN, "sensitivity"),
    ("error-shift", "the count that errors move most", "shift", _DRAWN, "model-based"),
    ("error-sign", "signs in drawn panels", "sign_drawn", _DRAWN, "model-based"),
    ("error-first", "leading codes in drawn panels", "first_drawn", _DRAWN, "model-based"),
    ("error-ranks", "ranks in drawn panels", "ranks_drawn", _DRAWN, "model-based"),
    ("error-balance", "the balance in drawn panels", "balance_drawn", _DRAWN, "model-based"),
    ("holds", "findings that hold", "kept", _KEPT, "sensitivity"),
    ("flips", "signs that are overturned", "flips", _KEPT, "sensitivity"),
    ("tau", "how far orders stay", "tau", "Kendall's tau-b", "sensitivity"),
    ("wording", "sentences that come out the same", "words_kept", _KEPT, "sensitivity"),
    ("wording-least", "the sentence that changes most", "words_least", _KEPT, "sensitivity"),
)
_GROUPS = (
    ("signs", "findings on signs", SIGN),
    ("contrasts", "findings on contrasts", CONTRAST),
    ("ranks", "findings on orders", ORDER),
)


def results(found: Robustness) -> list[Result]:
    """What the prose states; the same ids for any panel."""
    out = [
        text_result(
            "rob-counted", "who is counted", found.counted, "analysis.steps.panel_tools.counted"
        ),
        count_result(
            "rob-readings",
            "readings of the coding",
            0 if found.missing else len(found.of.readings),
            _HERE + "readings.readings_of",
        ),
        count_result(
            "rob-analyses",
            "analyses, readings crossed with who is left out",
            0 if found.missing else found.found.size,
            _HERE + "multiverse.analyses",
        ),
        count_result(
            "rob-resamples", "drawn panels", found.resamples, _HERE + "coder_error.draw", "setting"
        ),
    ]
    for module, rows in ((sentences, _SENTENCES), (sentences_of_holding, _HOLDING)):
        for id, label, name, method, standing in rows:
            say: Callable[[Robustness], str] = getattr(module, name)
            dotted = f"{module.__name__}.{name}"
            out.append(text_result(f"rob-{id}", label, say(found), dotted, method, standing))
    for id, label, which in _GROUPS:
        text = sentences_of_holding.group(found, which)
        dotted = f"{sentences_of_holding.__name__}.group"
        out.append(text_result(f"rob-{id}", label, text, dotted, _KEPT, "sensitivity"))
    return out
