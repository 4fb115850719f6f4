"""Agreement: the published examples and the independent implementations."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import numpy as np

from analysis.project import DATA
from analysis.statistics import agreement as ours
from analysis.statistics.results import Estimate, FloatArray
from analysis.steps.validation.base import Compute, Peer


def _matrix(rows: list[list[Any]]) -> Any:
    """Ratings as the functions take them: floats with NaN, or strings with None."""
    if any(isinstance(value, str) for row in rows for value in row):
        return rows
    return np.array(rows, dtype=float)


def _pair(table: list[list[int]]) -> FloatArray:
    """The ratings of two coders behind a table of counts, (2, n)."""
    counts = np.array(table)
    row, column = np.indices(counts.shape)
    return np.array(
        [np.repeat(side.ravel(), counts.ravel()) for side in (row, column)], dtype=float
    )


def _raters(counts: list[list[int]]) -> FloatArray:
    """Ratings behind the counts of each category on each unit (the coders' names are lost)."""
    return np.array([np.repeat(np.arange(len(row)), row) for row in counts], dtype=float).T


def _named(name: str, result: Estimate) -> dict[str, float]:
    return {
        name: result.estimate,
        f"{name}_se": result.se,
        f"{name}_low": result.low,
        f"{name}_high": result.high,
    }


def _alphas(given: Mapping[str, Any]) -> dict[str, float]:
    data = _matrix(given["ratings"])
    text = not isinstance(data, np.ndarray)
    levels = ("nominal",) if text else ("nominal", "ordinal", "interval", "ratio")
    return {level: ours.krippendorff_alpha(data, level).estimate for level in levels}


def _coefficients(given: Mapping[str, Any]) -> dict[str, float]:
    """Everything that one set of ratings, a table of two coders or counts by category can give."""
    if "table" in given:
        data: Any = _pair(given["table"])
    elif "counts" in given:
        data = _raters(given["counts"])
    else:
        data = _matrix(given["units"] if "units" in given else given["ratings"])
        data = data.T if "units" in given else data
    out = _named("ac1", ours.gwet_ac(data))
    out |= _named("fleiss", ours.fleiss_kappa(data))
    out |= _named("agreement", ours.percent_agreement(data))
    out["alpha"] = ours.krippendorff_alpha(data, "nominal").estimate
    if isinstance(data, np.ndarray):
        for weights in ("linear", "quadratic", "ordinal"):
            out |= _named(weights, ours.gwet_ac(data, weights))
    if len(data) == 2:
        out["kappa"] = ours.cohen_kappa(data[0], data[1]).estimate
        if isinstance(data, np.ndarray):
            out["kappa_quadratic"] = ours.cohen_kappa(data[0], data[1], "quadratic").estimate
    return out


def _kappas(given: Mapping[str, Any]) -> dict[str, float]:
    data = _pair(given["table"]) if "table" in given else _matrix(given["ratings"])
    out = _named("kappa", ours.cohen_kappa(data[0], data[1]))
    for weights in ("linear", "quadratic"):
        out |= _named(weights, ours.cohen_kappa(data[0], data[1], weights))
    return out


def _cohen1968(given: Mapping[str, Any]) -> dict[str, float]:
    data = _pair(given["table"])
    return {
        "kappa": ours.cohen_kappa(data[0], data[1]).estimate,
        "weighted": ours.cohen_kappa(data[0], data[1], given["disagreement"]).estimate,
        "interchanged": ours.cohen_kappa(data[0], data[1], given["interchanged"]).estimate,
    }


def two_coder_rows(table: str = "two_coders_38_codes.csv") -> list[dict[str, Any]]:
    """The published study of two coders, one row a code: counts, published and computed values.

    Columns: ``code``; ``units``, ``both``, ``first_only``, ``second_only``, ``neither``; and for
    each of agreement, kappa, prevalence, bias and pabak the published value and ``*_computed``.
    """
    out = []
    with open(DATA / "validation" / table, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            counts = [int(row[name]) for name in ("both", "first_only", "second_only", "neither")]
            found = ours.two_coder_summary(*counts)
            record: dict[str, Any] = {"code": row["code"], "units": int(row["units"])}
            names = ("both", "first_only", "second_only", "neither")
            record |= dict(zip(names, counts, strict=True))
            computed = {
                "agreement": found.percent_agreement,
                "kappa": found.kappa,
                "prevalence": found.prevalence_index,
                "bias": found.bias_index,
                "pabak": found.pabak,
            }
            for name, value in computed.items():
                record[name] = float(row[name])
                record[f"{name}_computed"] = value
            out.append(record)
    return out


def _two_coders(given: Mapping[str, Any]) -> dict[str, float]:
    return {row["code"]: row["kappa_computed"] for row in two_coder_rows(given["table"])}


def _sets(given: Mapping[str, Any]) -> dict[str, float]:
    return {"masi_alpha": ours.masi_alpha(given["sets"]).estimate}


def _distance(given: Mapping[str, Any]) -> dict[str, float]:
    return {"distance": ours.masi_distance(given["a"], given["b"])}


EXAMPLES: dict[str, Compute] = {
    "krippendorff2011_a": _alphas,
    "krippendorff2011_b": _alphas,
    "krippendorff2011_c": _alphas,
    "krippendorff_package": _alphas,
    "nltk_dresses": _alphas,
    "nltk_observers": _alphas,
    "cohen1968_table1": _cohen1968,
    "sas_three_grades": _kappas,
    "irr_anxiety_kappa": _kappas,
    "fleiss1971": _coefficients,
    "wikipedia_fleiss": _coefficients,
    "gwet2014_four_raters": _coefficients,
    "irrcac_four_raters_weighted": _coefficients,
    "irrcac_five_observers": _coefficients,
    "irrcac_gender": _coefficients,
    "irrcac_ben_gerry": _coefficients,
    "irrcac_abstractors": _coefficients,
    "irrcac_six_raters": _coefficients,
    "gwet2002_paradox": _coefficients,
    "masi_passonneau2006": _distance,
    "nltk_masi_gaps": _sets,
    "two_coders_38_codes": _two_coders,
}


# Independent implementations, written from the definitions with plain loops over pairs.


def _units(data: FloatArray) -> list[list[float]]:
    return [[float(v) for v in column if not np.isnan(v)] for column in data.T]


def _loop_alpha(
    units: list[list[Any]], difference: Callable[[Any, Any, list[Any]], float]
) -> float:
    """Alpha from all ordered pairs of pairable values, within units and over all units."""
    units = [unit for unit in units if len(unit) > 1]
    pool = [value for unit in units for value in unit]
    n = len(pool)
    observed = 0.0
    for unit in units:
        pairs = (
            difference(a, b, pool) for i, a in enumerate(unit) for j, b in enumerate(unit) if i != j
        )
        observed += sum(pairs) / (len(unit) - 1)
    expected = sum(
        difference(a, b, pool) for i, a in enumerate(pool) for j, b in enumerate(pool) if i != j
    )
    return 1 - (n - 1) * observed / expected if expected else float("nan")


def _loop_difference(level: str) -> Callable[[Any, Any, list[Any]], float]:
    def ordinal(a: float, b: float, pool: list[float]) -> float:
        low, high = min(a, b), max(a, b)
        between = sum(1 for value in pool if low <= value <= high)
        ends = sum(1 for value in pool if value == low) + sum(1 for v in pool if v == high)
        return float(0 if a == b else (between - ends / 2) ** 2)

    table: dict[str, Callable[[Any, Any, list[Any]], float]] = {
        "nominal": lambda a, b, pool: float(a != b),
        "ordinal": ordinal,
        "interval": lambda a, b, pool: (a - b) ** 2,
        "ratio": lambda a, b, pool: ((a - b) / (a + b)) ** 2 if a + b else 0.0,
    }
    return table[level]


def _their_alpha(data: FloatArray, level: str) -> float:
    return _loop_alpha(_units(data), _loop_difference(level))


def _package_alpha(data: FloatArray, level: str) -> float:
    import krippendorff

    with np.errstate(divide="ignore", invalid="ignore"):
        try:
            value = float(krippendorff.alpha(data, level_of_measurement=level))
        except ValueError:  # one value only, or nothing to pair
            return float("nan")
    return value if np.isfinite(value) else float("nan")


def _counted_alpha(data: FloatArray, level: str) -> float:
    """Our count by rating patterns, which serves large data and every resample."""
    from analysis.statistics.agreement_patterns import alphas, collapse

    patterns = collapse(data)
    return float(alphas(patterns.weights[None, :], patterns, level)[0])


def _loop_masi(sets: list[list[Any]]) -> float:
    def difference(a: frozenset[str], b: frozenset[str], pool: list[Any]) -> float:
        union = a | b
        jaccard = len(a & b) / len(union) if union else 1.0
        if a == b:
            size = 1.0
        elif not a & b:
            size = 0.0
        elif a <= b or b <= a:
            size = 2 / 3
        else:
            size = 1 / 3
        return 1 - jaccard * size

    units = [[s for s in column if s is not None] for column in zip(*sets, strict=True)]
    return _loop_alpha(units, difference)


def _loop_agreement(data: FloatArray) -> float:
    shares = []
    for unit in _units(data):
        pairs = [a == b for i, a in enumerate(unit) for b in unit[i + 1 :]]
        if pairs:
            shares.append(sum(pairs) / len(pairs))
    return float(np.mean(shares)) if shares else float("nan")


def _jackknife_free_ac(data: FloatArray, weights: str | None) -> list[float]:
    """Gwet's coefficient and standard error, unit by unit (Gwet 2014, ch. 5)."""
    units = [unit for unit in _units(data) if unit]
    values = sorted({v for unit in units for v in unit})
    q, n = len(values), len(units)
    paired = [unit for unit in units if len(unit) > 1]
    if q < 2 or not paired:
        return [float("nan"), float("nan")]

    def credit(a: float, b: float) -> float:
        span = values[-1] - values[0]
        if weights is None:
            return float(a == b)
        if weights == "linear":
            return 1 - abs(a - b) / span
        if weights == "quadratic":
            return 1 - (a - b) ** 2 / span**2
        steps = abs(values.index(a) - values.index(b)) + 1
        return 1 - (steps * (steps - 1) / 2) / (q * (q - 1) / 2)

    def agreement(unit: list[float]) -> float:
        pairs = [credit(a, b) for i, a in enumerate(unit) for j, b in enumerate(unit) if i != j]
        return sum(pairs) / len(pairs)

    share = {v: sum(unit.count(v) / len(unit) for unit in units) / n for v in values}
    scale = sum(credit(a, b) for a in values for b in values) / (q * (q - 1))
    chance = scale * sum(p * (1 - p) for p in share.values())
    value = (sum(agreement(unit) for unit in paired) / len(paired) - chance) / (1 - chance)
    squares = 0.0
    for unit in units:
        part = 0.0
        if len(unit) > 1:
            part = n / len(paired) * (agreement(unit) - chance) / (1 - chance)
        own = scale * sum((1 - share[v]) for v in unit) / len(unit)
        squares += (part - 2 * (1 - value) * (own - chance) / (1 - chance) - value) ** 2
    return [value, (squares / (n * (n - 1))) ** 0.5 if n > 1 else float("nan")]


def _statsmodels_fleiss(data: FloatArray) -> float:
    from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

    with np.errstate(divide="ignore", invalid="ignore"):
        return float(fleiss_kappa(aggregate_raters(data.T)[0]))


def _loop_kappa(a: FloatArray, b: FloatArray, weights: str | None) -> float:
    both = [(x, y) for x, y in zip(a, b, strict=True) if not (np.isnan(x) or np.isnan(y))]
    values = sorted({v for pair in both for v in pair})

    def apart(x: float, y: float) -> float:
        steps = abs(values.index(x) - values.index(y))
        return float(steps > 0) if weights is None else float(steps ** (1 + (weights != "linear")))

    expected = sum(apart(x, y) for x, _ in both for _, y in both)
    observed = sum(apart(x, y) for x, y in both)
    return 1 - len(both) * observed / expected if expected else float("nan")


def _scikit_kappa(a: FloatArray, b: FloatArray, weights: str | None) -> float:
    metrics = import_module("sklearn.metrics")
    both = ~(np.isnan(a) | np.isnan(b))
    if len(np.unique([a[both], b[both]])) < 2:
        return float("nan")
    return float(metrics.cohen_kappa_score(a[both], b[both], weights=weights))


# Random ratings: ties by few values, gaps, empty units and coders, all agree, one value.


def _ratings(rng: np.random.Generator, coders: int | None = None) -> FloatArray:
    coders = coders or int(rng.integers(2, 6))
    units = int(rng.integers(3, 16))
    values = int(rng.integers(1, 6))
    true = rng.integers(0, values, units).astype(float)
    guess = rng.integers(0, values, (coders, units))
    kind = int(rng.integers(4))
    noise = (0.0, 0.3, 0.6, 1.0)[kind]
    data = np.where(rng.random((coders, units)) < noise, guess, true)
    if rng.random() < 0.7:
        data[rng.random((coders, units)) < rng.uniform(0, 0.5)] = np.nan
        data[:, int(rng.integers(units))] = np.nan
    if rng.random() < 0.2:
        data[int(rng.integers(coders))] = np.nan
    return data


def _any_level(rng: np.random.Generator) -> tuple[FloatArray, str]:
    level = str(rng.choice(["nominal", "ordinal", "interval", "ratio"]))
    data = _ratings(rng)
    return (data * rng.choice([1.0, 0.5, 2.75])) if level in ("interval", "ratio") else data, level


def _any_weights(rng: np.random.Generator) -> tuple[FloatArray, str | None]:
    return _ratings(rng), (None, "linear", "quadratic", "ordinal")[int(rng.integers(4))]


def _two_coders_weighted(
    rng: np.random.Generator,
) -> tuple[FloatArray, FloatArray, str | None]:
    data = _ratings(rng, 2)
    return data[0], data[1], (None, "linear", "quadratic")[int(rng.integers(3))]


def _complete(rng: np.random.Generator) -> tuple[FloatArray]:
    data = _ratings(rng)
    fill = rng.integers(0, 4, data.shape)
    return (np.where(np.isnan(data), fill, data),)


def _random_sets(rng: np.random.Generator) -> tuple[list[list[Any]]]:
    coders, units = int(rng.integers(2, 5)), int(rng.integers(2, 10))
    chance = float(rng.uniform(0, 0.7))
    out: list[list[Any]] = []
    for _ in range(coders):
        row: list[Any] = []
        for _ in range(units):
            members = frozenset(code for code in "abcd" if rng.random() < chance)
            row.append(None if rng.random() < 0.2 else members)
        out.append(row)
    return (out,)


def _our_alpha(data: FloatArray, level: str) -> float:
    return ours.krippendorff_alpha(data, level).estimate


def _our_kappa(a: FloatArray, b: FloatArray, weights: str | None) -> float:
    return ours.cohen_kappa(a, b, weights).estimate


def _our_ac(data: FloatArray, weights: str | None) -> list[float]:
    result = ours.gwet_ac(data, weights)
    return [result.estimate, result.se]


_GAPS = "gaps, empty units, an empty coder, ties, all agree, one value"

PEERS: list[Peer] = [
    Peer(
        "agreement.krippendorff_alpha",
        "loop over all pairs of values",
        f"four levels; {_GAPS}",
        _any_level,
        _our_alpha,
        _their_alpha,
        cases=60,
    ),
    Peer(
        "agreement.alpha_interval (point)",
        "krippendorff 0.9",
        f"four levels; {_GAPS}; counted by rating patterns",
        _any_level,
        _counted_alpha,
        _package_alpha,
        tolerance=1e-12,
        cases=60,
    ),
    Peer(
        "agreement.masi_alpha",
        "loop over all pairs of sets",
        "empty sets, gaps, all agree",
        _random_sets,
        lambda sets: ours.masi_alpha(sets).estimate,
        _loop_masi,
        cases=40,
    ),
    Peer(
        "agreement.cohen_kappa",
        "loop over all pairs of values",
        f"unweighted, linear, quadratic; {_GAPS}",
        _two_coders_weighted,
        _our_kappa,
        _loop_kappa,
        cases=60,
    ),
    Peer(
        "agreement.cohen_kappa",
        "scikit-learn, cohen_kappa_score",
        f"unweighted, linear, quadratic; {_GAPS}",
        _two_coders_weighted,
        _our_kappa,
        _scikit_kappa,
        cases=60,
    ),
    Peer(
        "agreement.fleiss_kappa",
        "statsmodels 0.15, fleiss_kappa",
        "no gaps (it stops at them); ties, all agree, one value",
        _complete,
        lambda data: ours.fleiss_kappa(data).estimate,
        _statsmodels_fleiss,
        cases=40,
    ),
    Peer(
        "agreement.gwet_ac (estimate and standard error)",
        "loop over units and pairs (Gwet 2014)",
        f"AC1 and AC2, linear, quadratic, ordinal; {_GAPS}",
        _any_weights,
        _our_ac,
        _jackknife_free_ac,
        cases=60,
    ),
    Peer(
        "agreement.percent_agreement",
        "loop over pairs",
        _GAPS,
        lambda rng: (_ratings(rng),),
        lambda data: ours.percent_agreement(data).estimate,
        _loop_agreement,
        cases=40,
    ),
]
