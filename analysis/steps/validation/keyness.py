"""Keyness and dispersion: published examples and independent implementations."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf, log, log2, nan, sqrt
from typing import Any

import numpy as np

from analysis.statistics import keyness as ours
from analysis.steps.validation.base import Compute, Peer


def _two_term(given: Mapping[str, Any]) -> Mapping[str, float]:
    c, d = given["c"], given["d"]
    return {word: ours.log_likelihood(a, b, c, d) for word, (a, b) in given["rows"].items()}


def _four_term(given: Mapping[str, Any]) -> Mapping[str, float]:
    return {
        word: ours.log_likelihood_four_term(both, second, both + first, second + neither)
        for word, (both, first, second, neither) in given["rows"].items()
    }


def _times(given: Mapping[str, Any]) -> Mapping[str, float]:
    return {name: 2 ** ours.log_ratio(*counts) for name, counts in given.items()}


def _dispersion(given: Mapping[str, Any]) -> Mapping[str, float]:
    found = ours.dispersion(given["frequencies"], given.get("sizes"))
    return {
        "range": found.range,
        "juilland_d": found.juilland_d,
        "dp": found.dp,
        "dp_norm": found.dp_norm,
    }


EXAMPLES: dict[str, Compute] = {
    "g2_rayson_email2002": _two_term,
    "g2_lancaster_52_57": _two_term,
    "dunning1993_table1": _four_term,
    "hardie2014_powers": _times,
    "gries2008_toy": _dispersion,
    "gries2008_toy_t": _dispersion,
    "carroll1970_p14": _dispersion,
    "lijffijt2012_p148": _dispersion,
    "lyne1985_allemand": _dispersion,
}


# --- independent implementations -------------------------------------------------------------


def _counts(rng: np.random.Generator) -> tuple[Any, ...]:
    """A word's counts, now and then 0 in one or both, or all the words there are."""
    c, d = (int(n) for n in rng.integers(1, 2000, 2))
    a, b = int(rng.integers(0, min(c, 60) + 1)), int(rng.integers(0, min(d, 60) + 1))
    kind = rng.integers(6)
    return (0 if kind in (0, 1) else c if kind == 2 else a, 0 if kind in (1, 3) else b, c, d)


def _some(rng: np.random.Generator) -> tuple[Any, ...]:
    """As ``_counts``, without a word of no occurrence or nothing but occurrences."""
    a, b, c, d = _counts(rng)
    return a, b + 1, c + 1, d + 2


def _two_term_scipy(a: int, b: int, c: int, d: int) -> float:
    from scipy.stats import power_divergence

    expected = [c * (a + b) / (c + d), d * (a + b) / (c + d)]
    return float(power_divergence([a, b], expected, lambda_="log-likelihood").statistic)


def _four_term_scipy(a: int, b: int, c: int, d: int) -> float:
    from scipy.stats import chi2_contingency

    table = [[a, b], [c - a, d - b]]
    found = chi2_contingency(table, correction=False, lambda_="log-likelihood")
    return float(found.statistic)


def _log_ratio_ours(a: int, b: int, c: int, d: int) -> list[float]:
    return [ours.log_ratio(a, b, c, d), ours.log_ratio(a, b, c, d, zero=None)]


def _log_ratio_plain(a: int, b: int, c: int, d: int) -> list[float]:
    if a == 0 and b == 0:
        return [nan, nan]
    plain = -inf if a == 0 else inf if b == 0 else log2((a / c) / (b / d))
    return [log2(((a or 0.5) / c) / ((b or 0.5) / d)), plain]


def _parts(rng: np.random.Generator) -> tuple[Any, ...]:
    n = int(rng.integers(1, 12))
    sizes = rng.integers(5, 400, n) if rng.random() < 0.7 else np.full(n, 50)
    return rng.binomial(sizes, rng.choice([0.0, 0.01, 0.2])), sizes


def _dispersion_ours(frequencies: np.ndarray, sizes: np.ndarray) -> list[float]:
    found = ours.dispersion(frequencies, sizes)
    return [found.range, found.juilland_d, found.dp, found.dp_norm]


def _dispersion_plain(frequencies: np.ndarray, sizes: np.ndarray) -> list[float]:
    v, s = frequencies.tolist(), sizes.tolist()
    n, parts = len(v), sum(f > 0 for f in v)
    if n == 1 or not sum(v):
        return [parts, nan, nan, nan]
    rates = [f / size for f, size in zip(v, s, strict=True)]
    mean = sum(rates) / n
    spread = sqrt(sum((rate - mean) ** 2 for rate in rates) / n)
    dp = sum(abs(f / sum(v) - size / sum(s)) for f, size in zip(v, s, strict=True)) / 2
    return [parts, 1 - spread / mean / sqrt(n - 1), dp, dp / (1 - min(s) / sum(s))]


def _bic_plain(a: int, b: int, c: int, d: int) -> float:
    return _two_term_scipy(a, b, c, d) - log(c + d)


PEERS: list[Peer] = [
    Peer(
        function="keyness.log_likelihood",
        peer="scipy.stats.power_divergence",
        covers="0 in one part, all words of a part",
        generate=_some,
        ours=ours.log_likelihood,
        theirs=_two_term_scipy,
    ),
    Peer(
        function="keyness.log_likelihood_four_term",
        peer="scipy.stats.chi2_contingency",
        covers="0 in one part, all words of a part",
        generate=_some,
        ours=ours.log_likelihood_four_term,
        theirs=_four_term_scipy,
    ),
    Peer(
        function="keyness.log_ratio",
        peer="math.log2",
        covers="0 in one part or both, all words of a part",
        generate=_counts,
        ours=_log_ratio_ours,
        theirs=_log_ratio_plain,
    ),
    Peer(
        function="keyness.bayes_factor_bic",
        peer="scipy.stats.power_divergence and math.log",
        covers="0 in one part, all words of a part",
        generate=_some,
        ours=lambda a, b, c, d: ours.bayes_factor_bic(ours.log_likelihood(a, b, c, d), c + d),
        theirs=_bic_plain,
    ),
    Peer(
        function="keyness.dispersion",
        peer="plain loops",
        covers="equal and unequal parts, a single part, a word that does not occur",
        generate=_parts,
        ours=_dispersion_ours,
        theirs=_dispersion_plain,
    ),
]
