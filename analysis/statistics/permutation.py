"""Permutation tests of a mean over groups of experts, exact where that is cheap.

With the groups' sizes fixed, the F statistic grows with the weighted sum of squared group sums,
so that only group sums are needed for each permutation. Few distinct assignments are gone through
one by one; otherwise random permutations are drawn, thousands at once.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from functools import partial
from itertools import accumulate, groupby, pairwise

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics.enumeration import TooManyTablesError, tables_bound, walk
from analysis.statistics.permutation_draws import Design, IntArray, draw, score
from analysis.statistics.resampling import DEFAULT_SEED, resample
from analysis.statistics.results import FloatArray, TestResult

NAN = float("nan")

#: Up to this many distinct assignments the test is exact by itself: two groups of ten have 184,756.
EXACT_LIMIT = 200_000
#: States held at once when an exact test is asked for.
EXACT_STATES = 2_000_000
STATISTICS = {
    "F": "one-way F",
    "H": "Kruskal-Wallis H",
    "difference": "difference of two means",
}


def permutation_test(
    values: ArrayLike,
    groups: ArrayLike,
    statistic: str = "F",
    resamples: int = 10_000,
    seed: int = DEFAULT_SEED,
    exact: bool | str = "auto",
    strata: ArrayLike | None = None,
    alternative: str = "two-sided",
) -> TestResult:
    """Test whether a rating differs between groups more than a random grouping would make it.

    Parameters
    ----------
    values : (n,) array
        One value an expert; NaN (no answer) is left out, and ``n`` counts who is left.
    groups : (n,) array
        The group of each expert: labels of any kind, none missing.
    statistic : {"F", "H", "difference"}
        "F": one-way analysis of variance. "H": the same on mid-ranks (Kruskal-Wallis, corrected for
        ties), for ratings that are only ordered. "difference": mean of the first group less mean of
        the second, the labels in sorted order; two groups.
    resamples, seed : int
        Random permutations, where not all are gone through. The p-value is then
        (b + 1) / (resamples + 1), b of them being at least as extreme as what was observed.
    exact : {"auto", True, False}
        "auto" goes through all distinct assignments where there are at most 200,000. True insists:
        tied ratings are merged, so that a 5-point rating of 20 experts in 8 groups can be done, in
        seconds. False always draws.
    strata : (n,) array, optional
        Sessions, say: values are then exchanged only within a stratum.
    alternative : {"two-sided", "greater", "less"}
        For "difference" only. Two-sided counts assignments whose difference is at least as large
        in absolute value; it does not double a tail.

    Returns
    -------
    TestResult
        ``statistic`` (inf where F has no spread within groups to divide by), ``pvalue``, ``n`` and
        how it was found in ``method``. NaN, with the reason: fewer than two groups, all values
        equal, no group with two members, or no exchange that changes anything (each stratum holds
        one group).

    Raises
    ------
    ValueError
        If lengths differ, a label is missing, a value is infinite, the statistic or alternative is
        unknown, "difference" meets more than two groups, or ``exact=True`` is out of reach.

    Notes
    -----
    Values that differ by rounding only count as tied (a relative 1e-9).

    References
    ----------
    Fisher, R. A. (1935). The Design of Experiments, sec. 21. Phipson, B. & Smyth, G. K. (2010).
    Permutation p-values should never be zero. Statistical Applications in Genetics and Molecular
    Biology 9, 39.

    Examples
    --------
    >>> result = permutation_test([7, 5, 3, 1], ["A", "A", "B", "B"], statistic="difference")
    >>> result.statistic, round(result.pvalue, 4)
    (4.0, 0.3333)
    """
    _check_choices(statistic, exact, alternative, resamples)
    design, left_out = _read(values, groups, strata)
    n, k = len(design.values), len(design.sizes)
    if statistic == "difference" and k > 2:
        raise ValueError(f"a difference needs two groups, got {k}")
    name = f"{STATISTICS[statistic]}, permutation test"
    if strata is not None:
        name += " within strata"
    if left_out:
        name += f" ({left_out} without a value left out)"
    reason = _undefined(design, statistic)
    if reason:
        return TestResult(NAN, NAN, n, method=name, reason=reason)

    if statistic == "H":
        ranks = _midranks(design.values)
        design = Design(ranks, design.group, design.sizes, design.strata)
    published, observed, slack = _observed(design, statistic)
    scores, weights = None, None
    if exact is True or (exact == "auto" and _few(design)):
        try:
            scores, weights = _all_scores(design, statistic)
        except TooManyTablesError:
            if exact is True:
                raise ValueError(
                    f"an exact test of {n} values in {k} groups needs more than "
                    f"{EXACT_STATES:,} states at once; draw random permutations instead"
                ) from None
    if scores is None:
        task = partial(draw, design=design, statistic=statistic)
        scores = resample(task, resamples, seed, chunk=10_000)
        name += f", {resamples:,} random permutations"
    else:
        name += ", exact"
    if alternative == "greater" or statistic != "difference":
        extreme = scores >= observed - slack
    elif alternative == "less":
        extreme = scores <= observed + slack
    else:
        extreme = np.abs(scores) >= abs(observed) - slack
    if weights is None:
        pvalue = (int(np.count_nonzero(extreme)) + 1) / (resamples + 1)
    else:
        pvalue = float(weights[extreme].sum() / weights.sum())
    return TestResult(published, min(pvalue, 1.0), n, method=name)


def _check_choices(statistic: str, exact: bool | str, alternative: str, resamples: int) -> None:
    if statistic not in STATISTICS:
        raise ValueError(f"statistic must be one of {', '.join(STATISTICS)}, got {statistic!r}")
    if not isinstance(exact, bool) and exact != "auto":
        raise ValueError(f"exact must be True, False or 'auto', got {exact!r}")
    if alternative not in ("two-sided", "greater", "less"):
        raise ValueError(
            f"alternative must be 'two-sided', 'greater' or 'less', got {alternative!r}"
        )
    if alternative != "two-sided" and statistic != "difference":
        raise ValueError(f"{statistic} has no direction: only a difference can be tested one-sided")
    if resamples < 1:
        raise ValueError(f"resamples must be at least 1, got {resamples}")


def _read(values: ArrayLike, groups: ArrayLike, strata: ArrayLike | None) -> tuple[Design, int]:
    """Check the input, leave out who gave no value, sort by stratum and group."""
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 1:
        raise ValueError(f"expected one value an expert, got shape {x.shape}")
    given = x.tolist()
    if math.inf in given or -math.inf in given:
        raise ValueError("expected finite values or NaN, got an infinite one")
    kept = [i for i, value in enumerate(given) if value == value]  # NaN differs from itself
    group = _labels(groups, x.shape, kept, "groups")
    stratum = [0] * len(kept) if strata is None else _labels(strata, x.shape, kept, "strata")
    order = sorted(range(len(kept)), key=lambda i: (stratum[i], group[i]))
    ends = list(accumulate(len(list(same)) for _, same in groupby(stratum[i] for i in order)))
    sizes = Counter(group)
    design = Design(
        [given[kept[i]] for i in order],
        [group[i] for i in order],
        [sizes[g] for g in range(len(sizes))],
        tuple(pairwise([0, *ends])),
    )
    return design, len(given) - len(kept)


def _labels(labels: ArrayLike, shape: tuple[int, ...], kept: Sequence[int], name: str) -> list[int]:
    """Labels as numbers 0, 1, ... in sorted order, for the experts that are kept."""
    array = np.asarray(labels)
    if array.shape != shape:
        raise ValueError(
            f"expected one label an expert in {name}, shape {shape}, got {array.shape}"
        )
    listed = array.tolist()
    for i, label in enumerate(listed):
        if label is None or label != label:
            raise ValueError(f"{name}: the label of expert {i} is missing")
    if array.dtype.kind == "O":
        listed = [str(label) for label in listed]
    found = [listed[i] for i in kept]
    numbers = {label: number for number, label in enumerate(sorted(set(found)))}
    return [numbers[label] for label in found]


def _undefined(design: Design, statistic: str) -> str:
    """Why the test says nothing about these data, or ""."""
    k = len(design.sizes)
    if k < 2:
        return f"two groups or more are needed, got {k}"
    if len(set(design.values)) < 2:
        return "all values are equal"
    if statistic != "difference" and max(design.sizes) < 2:
        return "no group has two members"
    several = [(a, b) for a, b in design.strata if len(set(design.group[a:b])) > 1]
    if not several:
        return "each stratum holds one group only, so that no exchange changes anything"
    if all(len(set(design.values[a:b])) < 2 for a, b in several):
        return "within strata, all values are equal or all experts belong to one group"
    return ""


def _midranks(values: list[float]) -> list[float]:
    counts = Counter(values)
    levels = sorted(counts)
    ends = accumulate(counts[level] for level in levels)
    rank = {v: end - (counts[v] - 1) / 2 for v, end in zip(levels, ends, strict=True)}
    return [rank[v] for v in values]


def _observed(design: Design, statistic: str) -> tuple[float, float, float]:
    """The statistic as it is published, the score that orders assignments, and its slack."""
    n, k, centre = len(design.values), len(design.sizes), design.centre
    centred = [v - centre for v in design.values]
    sums = [0.0] * k
    for v, g in zip(centred, design.group, strict=True):
        sums[g] += v
    means = [total / size for total, size in zip(sums, design.sizes, strict=True)]
    if statistic == "difference":
        difference = means[0] - means[1]
        return difference, difference, 1e-9 * (max(centred) - min(centred))
    between = sum(total * mean for total, mean in zip(sums, means, strict=True))
    within = sum((v - means[g]) ** 2 for v, g in zip(centred, design.group, strict=True))
    slack = 1e-9 * (between + within)
    if statistic == "H":
        return (n - 1) * between / (between + within), between, slack
    if within <= 1e-12 * (between + within):
        return math.inf, between, slack
    return (between / (k - 1)) / (within / (n - k)), between, slack


def _few(design: Design) -> bool:
    """Whether all distinct assignments can be gone through in passing."""
    assignments = 1.0
    for a, b in design.strata:
        assignments *= tables_bound(*_margins(design, a, b)[1:])
        if assignments > EXACT_LIMIT:
            return False
    return True


def _margins(design: Design, a: int, b: int) -> tuple[FloatArray, list[int], list[int]]:
    """Distinct values of a stratum, how often each occurs, and its groups' sizes."""
    counts, sizes = Counter(design.values[a:b]), Counter(design.group[a:b])
    levels = sorted(counts)
    inside = [sizes[g] for g in range(len(design.sizes))]
    return np.array(levels), [counts[level] for level in levels], inside


def _all_scores(design: Design, statistic: str) -> tuple[FloatArray, FloatArray]:
    """Scores of all distinct assignments and weights proportional to their probabilities."""
    k = len(design.sizes)
    total, log_weight = np.zeros((1, k)), np.zeros(1)
    margins = [_margins(design, a, b) for a, b in design.strata]
    alike: list[list[int]] = []
    if statistic != "difference":  # groups that are as large in each stratum can be exchanged
        same: dict[tuple[int, ...], list[int]] = {}
        for g in range(k):
            same.setdefault(tuple(sizes[g] for *_, sizes in margins), []).append(g)
        alike = [found for found in same.values() if len(found) > 1]
    centre = design.centre
    for values, counts, sizes in margins:
        # whole numbers stay whole, so that equal sums are equal to the last bit
        shift = values if np.all(values == np.floor(values)) else values - centre

        def add(
            running: FloatArray, row: int, g: int, x: IntArray, shift: FloatArray = shift
        ) -> None:
            running[:, g] += x * shift[row]

        total, log_weight = walk(counts, sizes, add, total, log_weight, EXACT_STATES, alike)
        if shift is values:
            total = total - centre * np.asarray(sizes)
    weight = np.exp(log_weight - log_weight.max())
    return score(total.T, design.sizes, statistic), weight
