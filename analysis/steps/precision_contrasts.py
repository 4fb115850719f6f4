"""What a contrast between sides, and the order of two codes, need: exact power.

Contrasts are those of the analysis plan; the tests are those of
:mod:`analysis.steps.stakeholders_contrasts`. The power is stated for assumed shares, never for
those that were found.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
import pandas as pd

from analysis.panel.panel import Panel
from analysis.statistics.association import fisher_power, fisher_pvalues
from analysis.statistics.incidence import BoolArray, IntArray
from analysis.statistics.resampling import DEFAULT_SEED, resample
from analysis.statistics.results import FloatArray
from analysis.steps.panel_raised import Raised
from analysis.steps.stakeholders_contrasts import ALPHA, contrasts
from analysis.steps.stakeholders_power import LARGEST, STATED

#: The power that counts as enough.
ENOUGH = 0.8
#: The lower share where a difference does not lie around a half.
RARE = 0.1
#: Runs in which all contrasts of the plan are drawn and tested together.
RUNS = 20_000
#: The most experts for whom the order of two codes is worked out.
MOST_EXPERTS = 500
#: The most codes that the first is compared with.
MOST_CODES = 8

MIDDLE, LOW = "around a half", "above one in ten"
_NAN = math.nan


@dataclass(frozen=True, slots=True, eq=False)
class Planned:
    """What the contrasts of the plan can show.

    ``table`` is that of the contrasts; ``differences``, ``curve`` and ``together`` are those of
    the functions of the same names. ``reason`` says why there is nothing, though contrasts are
    named.
    """

    table: pd.DataFrame
    differences: pd.DataFrame
    curve: pd.DataFrame
    together: Together
    reason: str


@dataclass(frozen=True, slots=True)
class Together:
    """All contrasts tested together, in many runs, with the shares of :data:`STATED`.

    Of the ``apart`` contrasts that are expected to differ, ``found`` is the mean share told apart
    after Holm's adjustment, ``every`` how often all are, ``alone`` the mean share if each were the
    only test. Of the ``level`` ones without a difference, ``false`` is how often any is told apart
    after the adjustment, ``false_alone`` how often without it. NaN without such contrasts; ``_se``
    are errors of the simulation.
    """

    apart: int
    level: int
    runs: int
    found: float = _NAN
    found_se: float = _NAN
    every: float = _NAN
    every_se: float = _NAN
    alone: float = _NAN
    false: float = _NAN
    false_se: float = _NAN
    false_alone: float = _NAN


def planned(panel: Panel) -> Planned:
    """Everything about the contrasts of the plan."""
    table = contrasts(panel)
    sizes = _sizes(table)
    reason = ""
    if len(table) and not sizes:
        reason = f"No contrast has experts on both sides, and at most {LARGEST} on each."
    return Planned(
        table=table,
        differences=differences(table),
        curve=power_curve(table),
        together=together(table),
        reason=reason,
    )


def _sizes(table: pd.DataFrame) -> list[tuple[str, str, int, int]]:
    """The different pairs of sides that can be tested, with their experts."""
    pairs = table[["side_a", "side_b", "n_a", "n_b"]].drop_duplicates()
    found = [
        (str(a), str(b), int(n), int(m)) for a, b, n, m in pairs.itertuples(index=False, name=None)
    ]
    return [pair for pair in found if min(pair[2:]) > 0 and max(pair[2:]) <= LARGEST]


def least_difference(n_a: int, n_b: int, alpha: float, where: str = MIDDLE) -> float:
    """The smallest difference of true shares that is told apart with power :data:`ENOUGH`.

    In whole hundredths: around a half, or above a share of :data:`RARE` on the second side. NaN
    where no difference is enough.
    """
    low, high = 0, 100 if where == MIDDLE else round(100 * (1 - RARE))
    if _power(n_a, n_b, high, alpha, where) < ENOUGH:
        return _NAN
    while high - low > 1:
        middle = (low + high) // 2
        if _power(n_a, n_b, middle, alpha, where) < ENOUGH:
            low = middle
        else:
            high = middle
    return high / 100


def _power(n_a: int, n_b: int, hundredths: int, alpha: float, where: str) -> float:
    if where == MIDDLE:
        first, second = (100 + hundredths) / 200, (100 - hundredths) / 200
    else:
        first, second = min(RARE + hundredths / 100, 1.0), RARE
    # up to rounding, so that no machine finds another difference
    return round(fisher_power(n_a, n_b, first, second, alpha), 9)


def differences(table: pd.DataFrame) -> pd.DataFrame:
    """The smallest differences that are told apart with power :data:`ENOUGH`.

    One row a pair of sides and place of the difference: side_a, side_b, n_a, n_b, where, single
    (one test at ``ALPHA``), strict (at the strictest step of Holm's adjustment, ``ALPHA`` over the
    number of contrasts); NaN where none is.
    """
    rows = []
    for side_a, side_b, n_a, n_b in _sizes(table):
        for where in (MIDDLE, LOW):
            levels = (ALPHA, ALPHA / len(table))
            found = [least_difference(n_a, n_b, alpha, where) for alpha in levels]
            rows.append((side_a, side_b, n_a, n_b, where, *found))
    columns = ["side_a", "side_b", "n_a", "n_b", "where", "single", "strict"]
    return pd.DataFrame(rows, columns=columns)


def power_curve(table: pd.DataFrame) -> pd.DataFrame:
    """The power over the difference around a half, for the first pair of sides.

    Columns side_a, side_b, n_a, n_b, difference, share_a, share_b, single, strict. Empty where no
    outcome is told apart in one test.
    """
    rows = []
    for side_a, side_b, n_a, n_b in _sizes(table)[:1]:
        for step in range(0, 101, 2):
            levels = (ALPHA, ALPHA / len(table))
            found = [_power(n_a, n_b, step, alpha, MIDDLE) for alpha in levels]
            shares = (step / 100, (100 + step) / 200, (100 - step) / 200)
            rows.append((side_a, side_b, n_a, n_b, *shares, *found))
    columns = ["side_a", "side_b", "n_a", "n_b", "difference", "share_a", "share_b"]
    curve = pd.DataFrame(rows, columns=[*columns, "single", "strict"])
    return curve if curve["single"].max() > 0 else curve.iloc[:0]


def together(table: pd.DataFrame, runs: int = RUNS, seed: int = DEFAULT_SEED) -> Together:
    """All contrasts drawn and tested together, adjusted after Holm.

    Where a difference is expected, the expected side has the higher share of ``STATED`` and the
    other the lower; elsewhere both have a half. Experts, and codes, are drawn independently.
    """
    usable = table[(table[["n_a", "n_b"]] > 0).all(axis=1)]
    usable = usable[(usable[["n_a", "n_b"]] <= LARGEST).all(axis=1)]
    expected = usable["expected"].to_numpy(dtype=object)
    differ = expected != "no difference"
    apart, level = int(differ.sum()), int((~differ).sum())
    if usable.empty:
        return Together(apart, level, runs)
    first = expected == usable["side_a"].to_numpy(dtype=object)
    high, low = STATED
    share_a = np.where(differ, np.where(first, high, low), 0.5)
    share_b = np.where(differ, np.where(first, low, high), 0.5)
    n_a, n_b = (usable[name].to_numpy(dtype=np.int64) for name in ("n_a", "n_b"))
    task = partial(_pvalues, n=np.stack([n_a, n_b]), shares=np.stack([share_a, share_b]))
    drawn = resample(task, runs, seed)
    told, alone = _holm(drawn, ALPHA), drawn <= ALPHA
    hits, false = told[:, differ], told[:, ~differ].any(axis=1)
    means = hits.mean(axis=1) if apart else np.full(runs, _NAN)
    every = hits.all(axis=1) if apart else np.full(runs, _NAN)
    return Together(
        apart=apart,
        level=level,
        runs=runs,
        found=float(means.mean()),
        found_se=float(means.std() / math.sqrt(runs)),
        every=float(every.mean()),
        every_se=float(every.std() / math.sqrt(runs)),
        alone=float(alone[:, differ].mean()) if apart else _NAN,
        false=float(false.mean()) if level else _NAN,
        false_se=float(false.std() / math.sqrt(runs)) if level else _NAN,
        false_alone=float(alone[:, ~differ].any(axis=1).mean()) if level else _NAN,
    )


def _pvalues(size: int, rng: np.random.Generator, *, n: IntArray, shares: FloatArray) -> FloatArray:
    """p-values of drawn contrasts, size x contrasts; 1 where nobody or everybody raises a code."""
    counts = rng.binomial(n, shares, size=(size, *n.shape))
    out = np.empty((size, n.shape[1]))
    for place, (n_a, n_b) in enumerate(n.T.tolist()):
        values = np.nan_to_num(fisher_pvalues(n_a, n_b), nan=1.0)
        out[:, place] = values[counts[:, 0, place], counts[:, 1, place]]
    return out


def _holm(pvalues: FloatArray, alpha: float) -> BoolArray:
    """Which tests of each row Holm's procedure rejects."""
    tests = pvalues.shape[1]
    order = np.argsort(pvalues, axis=1, kind="stable")
    ordered = np.take_along_axis(pvalues, order, axis=1)
    passed = np.logical_and.accumulate(ordered <= alpha / np.arange(tests, 0, -1), axis=1)
    rejected = np.zeros(pvalues.shape, dtype=np.bool_)
    np.put_along_axis(rejected, order, passed, axis=1)
    return rejected


# the order of two codes


def sign_power(ahead: float, behind: float, largest: int = MOST_EXPERTS) -> FloatArray:
    """The power of the two-sided exact sign test for 1, 2, ... ``largest`` experts.

    Of the experts a share ``ahead`` raises the first code and not the second, ``behind`` the
    second and not the first; the test at ``ALPHA`` takes those experts only.
    """
    from scipy.special import bdtr, bdtrc, xlog1py, xlogy

    total = min(ahead + behind, 1.0)
    if total <= 0:
        return np.zeros(largest)
    differing = np.arange(largest + 1)
    critical = _critical(largest)
    possible = critical <= differing
    upper = bdtrc(critical - 1, differing, ahead / total)
    lower = bdtr(np.maximum(differing - critical, 0), differing, ahead / total)
    told = np.where(possible, upper + lower, 0.0)
    experts = np.arange(1, largest + 1)[:, None]
    rest = np.maximum(experts - differing, 0)
    log = _log_ways(largest) + xlogy(differing, total) + xlog1py(rest, -total)
    power: FloatArray = np.exp(log) @ told
    return power


@lru_cache(maxsize=4)
def _critical(largest: int) -> FloatArray:
    """The fewest of 0, 1, ... ``largest`` differing experts on one side that are told apart.

    One more than there are where none is.
    """
    from scipy.special import bdtrc

    differing = np.arange(largest + 1)
    tails = bdtrc(np.arange(largest + 2) - 1, differing[:, None], 0.5)
    found: FloatArray = (2 * tails <= ALPHA).argmax(axis=1)
    return found


@lru_cache(maxsize=4)
def _log_ways(largest: int) -> FloatArray:
    """Log of the ways to choose d of n, for n = 1 ... ``largest`` and d = 0 ... ``largest``."""
    from scipy.special import gammaln

    n, d = np.arange(1, largest + 1)[:, None], np.arange(largest + 1)
    ways = gammaln(n + 1) - gammaln(d + 1) - gammaln(np.maximum(n - d, 0) + 1)
    found: FloatArray = np.where(d <= n, ways, -np.inf)
    return found


def experts_to_tell(ahead: int, behind: int, n: int) -> float:
    """The fewest experts that tell two codes apart with power :data:`ENOUGH`, at the seen shares.

    ``ahead`` of ``n`` experts raise the first code only, ``behind`` the second only. NaN for more
    than :data:`MOST_EXPERTS`, infinite where the two are level.
    """
    if ahead == behind:
        return math.inf
    power = np.round(sign_power(ahead / n, behind / n), 9)
    enough = np.flatnonzero(power >= ENOUGH)
    return float(enough[0] + 1) if len(enough) else _NAN


def order(found: Raised) -> pd.DataFrame:
    """The most raised code against the next ones, one row a code.

    Columns first, other (labels), k_first, k_other, n, ahead, behind (experts who raise one of the
    two only), pvalue (two-sided exact sign test of these experts), experts (see
    :func:`experts_to_tell`). Empty for fewer than two experts or codes, or where nothing was
    raised.
    """
    from scipy.special import bdtrc

    columns = ["first", "other", "k_first", "k_other", "n", "ahead", "behind", "pvalue", "experts"]
    if no_order(found):
        return pd.DataFrame(columns=columns)
    counts = found.raised.sum(axis=0)
    ranked = np.argsort(-counts, kind="stable")
    first, labels = ranked[0], found.codes["label"]
    rows = []
    for other in ranked[1 : MOST_CODES + 1]:
        one, two = found.raised[:, first], found.raised[:, other]
        ahead, behind = int((one & ~two).sum()), int((two & ~one).sum())
        tail = float(bdtrc(max(ahead, behind) - 1, ahead + behind, 0.5)) if ahead + behind else 1.0
        rows.append(
            (
                labels.iloc[int(first)],
                labels.iloc[int(other)],
                int(counts[first]),
                int(counts[other]),
                found.n,
                ahead,
                behind,
                min(1.0, 2 * tail),
                experts_to_tell(ahead, behind, found.n),
            )
        )
    return pd.DataFrame(rows, columns=columns)


def no_order(found: Raised) -> str:
    """Why there is no order of codes to ask about; empty where there is one."""
    if not found.n:
        return "No expert has coded statements, so no code can be set before another."
    if not found.raised.any():
        return "No code was raised, so none can be set before another."
    if len(found.codes) < 2:
        return "With one code there is no order."
    return ""
