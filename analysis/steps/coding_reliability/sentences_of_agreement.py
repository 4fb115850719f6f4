"""What the chapter states of the double coding and of how far coders agree."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.steps.coding_reliability import coverage
from analysis.steps.coding_reliability.analysis import CodingReliability
from analysis.steps.coding_reliability.wording import (
    BY_EXPERTS,
    BY_SESSIONS,
    HERE,
    NAMES,
    interval_text,
    overall_row,
    pair_row,
    ranged,
    sentence,
    share,
    tied,
    with_interval,
)
from analysis.steps.panel_tools import (
    count_of,
    listing,
    number_result,
    plural,
    quoted,
    text_result,
    two,
)
from analysis.steps.results import Result


def coverage_results(found: CodingReliability) -> list[Result]:
    """Who coded, what was double coded, and on which levels."""
    here = f"{HERE}.coverage"
    rows = found.sessions
    codes, themes = len(found.code_order), found.themes_count
    if found.themes_only:
        levels = "The codebook has one level: what follows for themes is the same as for codes."
    else:
        levels = (
            f"The codebook has {plural(codes, 'code')} under {plural(themes, 'theme')}; a theme "
            "counts as given if it, or a code under it, was given."
        )
    return [
        text_result("cr-coders", "who coded", _coders(found), f"{here}.by_coder"),
        text_result("cr-unit", "the unit of coding", found.unit, f"{here}.by_session", "as stated"),
        share(
            "cr-double",
            "statements of experts that two coders or more worked on",
            int(rows["double"].sum()),
            int(rows["statements"].sum()),
            "coverage.by_session",
        ),
        text_result(
            "cr-chosen",
            "which statements were double coded",
            coverage.chosen(rows),
            f"{here}.chosen",
        ),
        text_result(
            "cr-in-vain",
            "statements that were read and got no code",
            coverage.in_vain(found.coders),
            f"{here}.in_vain",
        ),
        text_result("cr-pair", "the two coders compared", _pair(found), f"{HERE}.sheets.main_pair"),
        text_result("cr-levels", "the levels of the codebook", levels, f"{here}.by_session"),
    ]


def _coders(found: CodingReliability) -> str:
    names = found.coder_names
    return f"The panel has {plural(len(names), 'coder')}: {listing(names)}."


def _pair(found: CodingReliability) -> str:
    if found.pair is None:
        return "No two coders share a statement."
    first, second = found.pair
    n = int(found.codes["shared"].iloc[0])
    if len(found.pairs) == 1:
        return f"{first} and {second} both worked on {plural(n, 'statement')}."
    return (
        f"Where two coders are compared they are {first} and {second}, who share the most "
        f"statements ({n}); the other pairs stand in a table of their own."
    )


def overall_results(found: CodingReliability) -> list[Result]:
    """How far coders agree on the whole sets of codes."""
    empty = dict.fromkeys(("alpha", "low", "high", "session_low", "session_high"), np.nan)
    function = "coefficients.overall"
    pair = {"same": 0, "apart": 0, "n": 0} if found.pair is None else pair_row(found)
    out = [
        share(
            "cr-same",
            "double-coded statements with the same codes from both",
            pair["same"],
            pair["n"],
            "coefficients.pairs",
        ),
        share(
            "cr-apart",
            "double-coded statements with codes of which the two share none",
            pair["apart"],
            pair["n"],
            "coefficients.pairs",
        ),
    ]
    for level in ("codes", "themes"):
        row = empty if found.pair is None else overall_row(found, level)
        name = f"set-valued alpha, {level}"
        method = "Krippendorff's alpha with the MASI distance"
        out.append(
            number_result(f"cr-set-alpha-{level}", name, row["alpha"], f"{HERE}.{function}", method)
        )
        for key, low, high, how in (
            ("interval", row["low"], row["high"], BY_EXPERTS),
            ("sessions", row["session_low"], row["session_high"], BY_SESSIONS),
        ):
            id = f"cr-set-alpha-{level}-{key}"
            out.append(interval_text(id, f"interval of {name}", function, low, high, how))
    for id, label, say, standing in (
        ("cr-plain", "statements with the same codes", _plain, "description"),
        ("cr-set-alpha", "set-valued alpha with its interval", _set_alpha, "model-based"),
        ("cr-sessions", "what drawing whole sessions gives", _sessions, "model-based"),
        ("cr-levels-compared", "agreement on themes and on codes", _levels, "description"),
    ):
        out.append(sentence(id, label, function, found, say, standing))
    return out


def _plain(found: CodingReliability) -> str:
    row = pair_row(found)
    same = "none" if not row["same"] else "all" if row["same"] == row["n"] else row["same"]
    said = f"Of the {row['n']} statements that both coded, {same} got exactly the same codes"
    if not row["apart"]:
        return said + "; on each of the others that got codes they share at least one."
    return said + f"; to {row['apart']} codes were given of which the two share none."


def _set_alpha(found: CodingReliability) -> str:
    codes, themes = (overall_row(found, level) for level in ("codes", "themes"))
    said = [with_interval(row["alpha"], row["low"], row["high"]) for row in (codes, themes)]
    return f"For codes set-valued alpha is {said[0]}; for themes it is {said[1]}."


def _sessions(found: CodingReliability) -> str:
    row = overall_row(found, "codes")
    n = int(row["sessions"])
    if n < 2:
        return "There is a single session, so whole sessions cannot be drawn."
    if np.isnan(row["session_low"]):
        return f"Drawing whole sessions ({n} of them) gives no interval for the codes."
    said = (
        f"Drawing whole sessions instead of whole experts gives {two(row['session_low'])} to "
        f"{two(row['session_high'])} for the codes"
    )
    rough = ", no more than a rough guide" if n < 10 else ""
    return f"{said}; there are {n} sessions{rough}."


def _levels(found: CodingReliability) -> str:
    if found.themes_only:
        return "The codebook has one level, so there is nothing to compare."
    codes = overall_row(found, "codes")["alpha"]
    themes = overall_row(found, "themes")["alpha"]
    if np.isnan(codes) or np.isnan(themes):
        return "Codes and themes cannot be compared: set-valued alpha is not defined for both."
    numbers = f"{two(themes)} for themes, {two(codes)} for codes"
    if two(codes) == two(themes):
        return f"The coders agree as far on themes as on codes: {numbers}."
    where = "further" if themes > codes else "less far"
    return f"The coders agree {where} on themes than on codes: {numbers}."


def code_results(found: CodingReliability) -> list[Result]:
    """How far coders agree code by code."""
    function = "coefficients.by_code"
    missing = found.pair is None
    table = pd.DataFrame() if missing else found.codes[found.codes["given"] > 0]
    width = None if missing else table["alpha_high"] - table["alpha_low"]
    known = 0 if width is None else int(width.notna().sum())
    wide = 0 if width is None else int((width > 0.5).sum())
    out = [
        share(
            "cr-wide",
            "codes whose interval for alpha is wider than half a unit",
            wide,
            known,
            function,
            "model-based",
        ),
    ]
    for id, label, say, standing in (
        ("cr-by-code", "agreement code by code", _by_code, "description"),
        ("cr-widths", "how wide the intervals of the codes are", _widths, "model-based"),
        ("cr-alpha-range", "lowest and highest alpha of a code", _alpha_range, "description"),
        ("cr-prevalence", "prevalence, PABAK and bias", _prevalence, "description"),
    ):
        out.append(sentence(id, label, function, found, say, standing))
    for key, label in (
        ("agreement", "percent agreement"),
        ("kappa", "kappa"),
        ("ac1", "AC1"),
        ("pabak", "PABAK"),
        ("prevalence", "the prevalence index"),
    ):
        value = "not defined" if missing else ranged(table[key])
        label = f"range over the codes given: {label}"
        dotted = f"{HERE}.{function}"
        out.append(text_result(f"cr-{key}-range", label, value, dotted, "least and greatest"))
    return out


def _by_code(found: CodingReliability) -> str:
    table = _given(found)
    said = _unused(found)
    if table.empty:
        return said
    agreement, ac1, kappa = (ranged(table[key]) for key in ("agreement", "ac1", "kappa"))
    return (
        f"{said} {_rare(found)} Over the codes that were given, agreement spans {agreement}, AC1 "
        f"{ac1} and kappa {kappa}. {_alpha_range(found)}"
    )


def _widths(found: CodingReliability) -> str:
    width = (found.codes["alpha_high"] - found.codes["alpha_low"]).dropna()
    if width.empty:
        return "No code has an interval for alpha."
    wide = count_of(int((width > 0.5).sum()), len(width))
    said = f"The interval is wider than half a unit for {wide} codes that have one."
    return f"{said} {_no_interval(found)}"


def _prevalence(found: CodingReliability) -> str:
    table = _given(found)
    if table.empty:
        return "No code was given to a double-coded statement, so there is nothing to set out."
    index, pabak = (ranged(table[key]) for key in ("prevalence", "pabak"))
    return (
        f"In this panel the prevalence index spans {index} over the codes given, and PABAK "
        f"{pabak}. {_bias(found)}"
    )


def _given(found: CodingReliability) -> pd.DataFrame:
    return found.codes[found.codes["given"] > 0]


def _unused(found: CodingReliability) -> str:
    names = found.codes.loc[found.codes["given"] == 0, "name"].tolist()
    if not names:
        return "Every code was given to some double-coded statement."
    if len(names) == len(found.codes):
        return "No code was given to a double-coded statement, so no coefficient is defined."
    return (
        f"No coder gave {quoted(names, NAMES)} to a double-coded statement; alpha and kappa are "
        "not defined there."
    )


def _rare(found: CodingReliability) -> str:
    table = _given(found)
    if table.empty:
        return "No code was given to a double-coded statement."
    middle = int(np.floor(table["given"].median()))
    n = int(table["n"].iloc[0])
    return (
        f"Half of the codes that were given at all were given to {middle} or fewer of the {n} "
        "double-coded statements, by whichever coder."
    )


def _alpha_range(found: CodingReliability) -> str:
    known = found.codes[found.codes["alpha"].notna()]
    if known.empty:
        return "Alpha is not defined for any code."
    least, most = float(known["alpha"].min()), float(known["alpha"].max())
    low, high = (quoted(tied(known, "alpha", v), NAMES) for v in (least, most))
    if two(least) == two(most):
        return f"Alpha is {two(least)} for every code where it is defined."
    return f"Alpha runs from {two(least)} ({low}) to {two(most)} ({high})."


def _no_interval(found: CodingReliability) -> str:
    table = found.codes[found.codes["alpha"].notna() & found.codes["alpha_low"].isna()]
    if table.empty:
        return "Wherever alpha is defined it has an interval."
    perfect = int((table["alpha"] > 1 - 1e-12).sum())
    said = f"For {plural(len(table), 'code')} alpha has no interval"
    if perfect == len(table):
        return f"{said}: the coders never differ there, and resampling cannot show that they might."
    if perfect:
        return (
            f"{said}: for {perfect} because the coders never differ there, and resampling cannot "
            "show that they might, for the others because too few experts carry the code."
        )
    return f"{said}: too few experts carry the code."


def _bias(found: CodingReliability) -> str:
    assert found.pair is not None
    table = _given(found)
    most = float(table["bias"].max()) if len(table) else 0.0
    if most == 0:
        return "The two coders give each code equally often."
    names = table[table["bias"] > most - 1e-12]
    if len(names) > 1:
        return f"The largest bias index is {two(most)} ({quoted(names['name'].tolist(), NAMES)})."
    row = names.iloc[0]
    counts = [int(row["both"] + row[key]) for key in ("only_first", "only_second")]
    return (
        f"The largest bias index is {two(most)}, for “{row['name']}”: {found.pair[0]} gave it to "
        f"{plural(counts[0], 'statement')}, {found.pair[1]} to {counts[1]}."
    )


def stance_results(found: CodingReliability) -> list[Result]:
    """Whether coders who give the same code give it the same stance."""
    function = "coefficients.stances"
    n = same = 0
    if found.pair is not None:
        counts = found.stances.drop(columns="first").to_numpy()
        n, same = int(counts.sum()), int(np.trace(counts))
    alpha = found.stance_alpha
    return [
        share(
            "cr-stance-same",
            "codes given by both coders in the same stance",
            same,
            n,
            function,
        ),
        number_result(
            "cr-stance-alpha",
            "alpha of the stance",
            alpha.estimate,
            f"{HERE}.{function}",
            "Krippendorff's alpha, nominal",
        ),
        interval_text(
            "cr-stance-interval",
            "alpha of the stance, by whole experts",
            function,
            alpha.low,
            alpha.high,
            BY_EXPERTS,
        ),
        sentence("cr-stance", "agreement on the stance", function, found, _stance, "model-based"),
    ]


def _stance(found: CodingReliability) -> str:
    counts = found.stances.drop(columns="first").to_numpy()
    n, same = int(counts.sum()), int(np.trace(counts))
    if not n:
        return "There is no statement to which both coders gave the same code."
    alpha = found.stance_alpha
    return (
        f"Of the {n} codes that both coders gave to the same statement, {same} have the same "
        "stance from both. Alpha of the stance is "
        f"{with_interval(alpha.estimate, alpha.low, alpha.high)} by whole experts."
    ).replace("without an interval by whole experts", "without an interval")
