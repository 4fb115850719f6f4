"""Published examples and peers of :mod:`analysis.statistics.saturation`."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics import saturation
from analysis.statistics.results import Estimate
from analysis.steps.validation.base import Compute, Peer


def incidence_of_counts(experts: int, holders: ArrayLike) -> np.ndarray:
    """Some incidence matrix in which code ``j`` has ``holders[j]`` holders.

    Who holds a code does not matter to Chao2, coverage and rarefaction; the first experts do.
    """
    matrix: np.ndarray = np.arange(experts)[:, None] < np.asarray(holders)[None, :]
    return matrix


def incidence_of_individuals(abundances: Sequence[int]) -> np.ndarray:
    """One row for each individual, true in the column of its species."""
    species = np.repeat(np.arange(len(abundances)), abundances)
    matrix: np.ndarray = np.arange(len(abundances))[None, :] == species[:, None]
    return matrix


def _codes(incidence: np.ndarray, size: int) -> float:
    return saturation.extrapolate(incidence, size, resamples=0).estimate


def _covered(incidence: np.ndarray, size: int | None = None) -> float:
    return saturation.coverage(incidence, size, resamples=0).estimate


def _stopping(given: Mapping[str, Any]) -> dict[str, float]:
    base = [given["base_themes"]] + [0] * (given["base_size"] - 1)
    counts = base + given["new_after_base"]
    settings = {"base_size": given["base_size"], "threshold": given["threshold"]}
    two = saturation.stopping_point(counts, run_length=2, **settings)
    three = saturation.stopping_point(counts, run_length=3, **settings)
    per_cent = dict(zip(two.ends.tolist(), (100 * two.ratios).tolist(), strict=True))
    return {
        "run_5_6_pct": per_cent[6],
        "run_6_7_pct": per_cent[7],
        "run_7_8_pct": per_cent[8],
        "stop_run2": two.estimate,
        "confirmed_run2": two.confirmed,
        "stop_run3": three.estimate,
        "confirmed_run3": three.confirmed,
    }


def _spider(given: Mapping[str, Any]) -> dict[str, float]:
    girdled = incidence_of_individuals(given["girdled"])
    logged = incidence_of_individuals(given["logged"])
    return {
        "C_girdled": _covered(girdled),
        "C_logged": _covered(logged),
        "girdled_84": _codes(girdled, 84),
        "girdled_248": _codes(girdled, 248),
        "girdled_336": _codes(girdled, 336),
        "logged_126": _codes(logged, 126),
        "logged_504": _codes(logged, 504),
        "chao_girdled": saturation.chao2(girdled).estimate,
        "chao_logged": saturation.chao2(logged).estimate,
    }


def _spider_interval(given: Mapping[str, Any]) -> dict[str, float]:
    out: dict[str, float] = {}
    for plot in ("girdled", "logged"):
        found = saturation.chao2(incidence_of_individuals(given[plot]))
        out |= {f"{plot}_se": found.se, f"{plot}_low": found.low, f"{plot}_high": found.high}
    return out


def _ant(given: Mapping[str, Any]) -> dict[str, float]:
    holders = np.repeat(*np.transpose(given["holders"]))
    incidence = incidence_of_counts(given["experts"], holders)
    out: dict[str, float] = {
        "mentions": int(incidence.sum()),
        "codes": incidence.shape[1],
        "chao2": saturation.chao2(incidence).estimate,
    }
    for size in given["sizes"]:
        out |= {f"S_{size}": _codes(incidence, size), f"C_{size}": _covered(incidence, size)}
    return out


def _dune(given: Mapping[str, Any]) -> dict[str, float]:
    kinds = np.array([kind for kind, _ in given["sites"]])
    present = np.array([[mark == "1" for mark in marks] for _, marks in given["sites"]])
    out: dict[str, float] = {}
    for kind in np.unique(kinds).tolist():
        incidence = present[kinds == kind]
        chao = saturation.chao2(incidence)
        out |= {
            f"{kind}_codes": int(incidence.any(axis=0).sum()),
            f"{kind}_chao": chao.estimate,
            f"{kind}_se": chao.se,
            f"{kind}_jack1": saturation.jackknife1(incidence).estimate,
            f"{kind}_jack2": saturation.jackknife2(incidence).estimate,
        }
    return out


EXAMPLES: dict[str, Compute] = {
    "guest_namey_chen_2020": _stopping,
    "inext_spider": _spider,
    "inext_spider_interval": _spider_interval,
    "vegan_dune": _dune,
    **{f"inext_ant_{site}": _ant for site in ("h50m", "h500m", "h1070m", "h1500m", "h2000m")},
}


def _panel(rng: np.random.Generator, experts: int, codes: int) -> np.ndarray:
    """Codes from nobody's to everybody's, with empty rows and equal columns now and then."""
    shares = rng.choice(
        [0.0, 0.08, 0.2, 0.4, 0.7, 1.0], size=codes, p=[0.1, 0.3, 0.3, 0.15, 0.1, 0.05]
    )
    panel = rng.random((experts, codes)) < shares
    if rng.random() < 0.2:
        panel[int(rng.integers(experts))] = False
    if codes > 1 and rng.random() < 0.3:
        panel[:, 1] = panel[:, 0]
    if rng.random() < 0.05:
        panel[:] = False
    return panel


def _small(rng: np.random.Generator) -> tuple[np.ndarray]:
    return (_panel(rng, int(rng.integers(1, 8)), int(rng.integers(1, 9))),)


def _usual(rng: np.random.Generator) -> tuple[np.ndarray]:
    return (_panel(rng, int(rng.integers(2, 26)), int(rng.integers(1, 31))),)


def _moments(incidence: np.ndarray) -> np.ndarray:
    curve = saturation.accumulation(incidence)
    return np.concatenate([curve.mean, curve.sd])


def _moments_over_all_orders(incidence: np.ndarray) -> np.ndarray:
    orders = itertools.permutations(range(incidence.shape[0]))
    curves = np.array(
        [np.logical_or.accumulate(incidence[list(order)]).sum(axis=1) for order in orders]
    )
    return np.concatenate([curves.mean(axis=0), curves.std(axis=0)])


def _rarefied(incidence: np.ndarray) -> np.ndarray:
    sizes = range(1, incidence.shape[0] + 1)
    return saturation.extrapolate(incidence, sizes, resamples=0).mean


def _rarefied_by_subsets(incidence: np.ndarray) -> list[float]:
    """Mean number of codes over all subsets of each size, by exact binomial coefficients."""
    n, held = incidence.shape[0], incidence.sum(axis=0).tolist()
    if n < 2 or not any(held):
        return [math.nan] * n
    return [
        sum(1 - math.comb(n - f, size) / math.comb(n, size) for f in held if f)
        for size in range(1, n + 1)
    ]


def _estimate_and_interval(found: Estimate) -> list[float]:
    return [found.estimate, found.se, found.low, found.high]


def _chao2(incidence: np.ndarray) -> list[float]:
    return _estimate_and_interval(saturation.chao2(incidence)) + _estimate_and_interval(
        saturation.chao2(incidence, bias_corrected=True)
    )


def _chao2_by_frequencies(incidence: np.ndarray) -> list[float]:
    """EstimateS appendix B written out, each form with its variance and interval."""
    held = [int(f) for f in incidence.sum(axis=0) if f]
    m, s, u = incidence.shape[0], len(held), sum(held)
    if m < 2 or s == 0:
        return [math.nan] * 8
    q1, q2, a = held.count(1), held.count(2), (m - 1) / m
    out = []
    for corrected in (False, True):
        if q2 and not corrected:
            estimate = s + a * q1 * q1 / (2 * q2)
            r = q1 / q2
            variance = q2 * (0.5 * a * r**2 + a * a * r**3 + 0.25 * a * a * r**4)
        else:
            estimate = s + a * q1 * (q1 - 1) / (2 * (q2 + 1))
            variance = (
                a * q1 * (q1 - 1) / (2 * (q2 + 1))
                + a * a * q1 * (2 * q1 - 1) ** 2 / (4 * (q2 + 1) ** 2)
                + a * a * q1**2 * q2 * (q1 - 1) ** 2 / (4 * (q2 + 1) ** 4)
            )
            if q2 == 0:
                variance -= a * a * q1**4 / (4 * estimate)
        e = math.exp(-u / s)
        if q1 == 0:
            variance = s * e * (1 - e)
        z = 1.959963984540054
        if estimate > s:
            stretch = math.exp(z * math.sqrt(math.log(1 + variance / (estimate - s) ** 2)))
            low, high = s + (estimate - s) / stretch, s + (estimate - s) * stretch
        else:
            half = z * math.sqrt(s * e * (1 - e)) / (1 - e)
            low, high = max(s, s / (1 - e) - half), s / (1 - e) + half
        out += [estimate, math.sqrt(variance), low, high]
    return out


def _individuals(rng: np.random.Generator) -> tuple[np.ndarray]:
    abundances = rng.geometric(0.3, size=int(rng.integers(2, 15)))
    return (np.concatenate([abundances, [1, 2]]),)


def _chao1_without_factor(abundances: np.ndarray) -> list[float]:
    """Ours for individuals, with the factor (n - 1) / n taken out again."""
    incidence = incidence_of_individuals(abundances.tolist())
    n, seen = incidence.shape
    forms = [saturation.chao2(incidence, bias_corrected=form).estimate for form in (False, True)]
    return [seen + (estimate - seen) * n / (n - 1) for estimate in forms]


def _chao1_skbio(abundances: np.ndarray) -> list[float]:
    from skbio.diversity.alpha import chao1

    return [float(chao1(abundances, bias_corrected=form)) for form in (False, True)]


def _jackknife1(incidence: np.ndarray) -> list[float]:
    found = saturation.jackknife1(incidence)
    return [found.estimate, found.se]


def _jackknife1_by_leaving_out(incidence: np.ndarray) -> list[float]:
    """Pseudo-values: n S - (n - 1) times the codes left when one expert is left out."""
    n, seen = incidence.shape[0], int(incidence.any(axis=0).sum())
    if n < 2 or seen == 0:
        return [math.nan] * 2
    left = [int(np.delete(incidence, i, axis=0).any(axis=0).sum()) for i in range(n)]
    pseudo = np.array([n * seen - (n - 1) * codes for codes in left], dtype=np.float64)
    return [float(pseudo.mean()), float(pseudo.std(ddof=1) / math.sqrt(n))]


def _jackknife2(incidence: np.ndarray) -> float:
    return saturation.jackknife2(incidence).estimate


def _jackknife2_by_leaving_out(incidence: np.ndarray) -> float:
    """Burnham & Overton's second-order jackknife, leaving out one expert and two experts."""
    n, seen = incidence.shape[0], int(incidence.any(axis=0).sum())
    if n < 2 or seen == 0:
        return math.nan

    def mean_codes(out: int) -> float:
        subsets = itertools.combinations(range(n), out)
        codes = [np.delete(incidence, list(s), axis=0).any(axis=0).sum() for s in subsets]
        return float(np.mean(codes))

    one, two = mean_codes(1), mean_codes(2)
    return float((n**2 * seen - 2 * (n - 1) ** 2 * one + (n - 2) ** 2 * two) / 2)


def _coverages(incidence: np.ndarray) -> list[float]:
    n = incidence.shape[0]
    return [_covered(incidence), *(_covered(incidence, m) for m in (1, max(1, n // 2), 2 * n))]


def _coverages_by_formula(incidence: np.ndarray) -> list[float]:
    """Chao et al. (2014), table 2, written out."""
    held = [int(f) for f in incidence.sum(axis=0) if f]
    n, u = incidence.shape[0], sum(held)
    if n < 2 or u == 0:
        return [math.nan] * 4
    q1, q2 = held.count(1), held.count(2)
    if q2:
        a = (n - 1) * q1 / ((n - 1) * q1 + 2 * q2)
    else:
        a = (n - 1) * (q1 - 1) / ((n - 1) * (q1 - 1) + 2) if q1 else 0.0

    def at(m: int) -> float:
        if m >= n:
            return float(1 - q1 / u * a ** (m - n + 1))
        return 1 - sum(f / u * math.comb(n - f, m) / math.comb(n - 1, m) for f in held)

    return [at(n), at(1), at(max(1, n // 2)), at(2 * n)]


def _stopping_case(rng: np.random.Generator) -> tuple[list[int], int, int, float]:
    counts = (rng.integers(0, 9, size=int(rng.integers(0, 21))) * rng.random() ** 2).astype(int)
    threshold = float(rng.choice([0.0, 0.05, 0.1, 0.25]))
    return counts.tolist(), int(rng.integers(1, 6)), int(rng.integers(1, 4)), threshold


def _stopping_ours(counts: list[int], base: int, run: int, threshold: float) -> list[float]:
    found = saturation.stopping_point(counts, base, run, threshold)
    return [found.estimate, found.confirmed]


def _stopping_by_hand(counts: list[int], base: int, run: int, threshold: float) -> list[float]:
    known = sum(counts[:base])
    for last in range(base + run, len(counts) + 1):
        if known and sum(counts[last - run : last]) / known <= threshold:
            return [last - run, last]
    return [math.nan, math.nan]


def _last_case(rng: np.random.Generator) -> tuple[np.ndarray, int]:
    (panel,) = _small(rng)
    return panel, int(rng.integers(1, panel.shape[0] + 1))


def _last_ours(incidence: np.ndarray, k: int) -> float:
    return saturation.no_new_code_in_last(incidence, k).estimate


def _last_over_all_orders(incidence: np.ndarray, k: int) -> float:
    n = incidence.shape[0]
    quiet = [
        bool(incidence[list(order[: n - k])].any(axis=0).sum() == incidence.any(axis=0).sum())
        for order in itertools.permutations(range(n))
    ]
    return float(np.mean(quiet))


def _peer(
    function: str,
    peer: str,
    generate: Callable[[np.random.Generator], tuple[Any, ...]],
    ours: Callable[..., Any],
    theirs: Callable[..., Any],
    covers: str = "codes of nobody, of one and of all; equal codes; empty rows and empty panels",
) -> Peer:
    return Peer(function, peer, covers, generate, ours, theirs)


PEERS: list[Peer] = [
    _peer("accumulation", "all orders", _small, _moments, _moments_over_all_orders),
    _peer("extrapolate, within", "exact binomials", _usual, _rarefied, _rarefied_by_subsets),
    _peer("chao2", "EstimateS formulas", _usual, _chao2, _chao2_by_frequencies),
    _peer(
        "chao2, individuals",
        "scikit-bio chao1",
        _individuals,
        _chao1_without_factor,
        _chao1_skbio,
        "one row an individual; both forms (scikit-bio has no small-sample factor)",
    ),
    _peer("jackknife1", "pseudo-values", _usual, _jackknife1, _jackknife1_by_leaving_out),
    _peer("jackknife2", "leaving out two", _usual, _jackknife2, _jackknife2_by_leaving_out),
    _peer("coverage", "formulas in integers", _usual, _coverages, _coverages_by_formula),
    _peer(
        "stopping_point",
        "a loop",
        _stopping_case,
        _stopping_ours,
        _stopping_by_hand,
        "too few interviews, empty bases, ratios equal to the threshold, never",
    ),
    _peer("no_new_code_in_last", "all orders", _last_case, _last_ours, _last_over_all_orders),
]
