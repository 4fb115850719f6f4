"""Saturation of interview codes: how the count grew, where a rule stops, how many may be left.

Everything here takes incidence data: an expert raised a code or did not, and how often within one
interview does not count. ``Q1`` and ``Q2`` are the numbers of codes raised by exactly one and two
experts, ``n`` the number of experts, ``S`` the number of codes raised.

None of it shows that "saturation was reached". It says what these experts raised under this
codebook, and what experts like them might add. Under a closed codebook nothing can be added beyond
its codes: where all of them were raised, an estimate above ``S`` speaks of another codebook.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics import richness
from analysis.statistics.inputs import as_counts, as_incidence, as_numbers, whole
from analysis.statistics.orders import seen_in_orders, stops
from analysis.statistics.resampling import SEED
from analysis.statistics.results import Curve, Estimate, FloatArray, IntArray, level, statistic

#: A variance smaller than this share of the squared mean is rounding, not variation.
_ROUNDING = 1e-12


def accumulation(incidence: ArrayLike) -> Curve:
    """Exact mean and sd of the number of codes seen, over all orders of these experts.

    With ``f`` holders among ``n`` experts a code is unseen after ``h`` of them with probability
    C(n - f, h) / C(n, h), two codes if ``z`` experts hold neither with C(z, h) / C(n, h). The sd
    is 0 at ``h = n``, where every order has seen the same codes: it is not that of Colwell, Mao &
    Chang (2004), which speaks of experts who were not interviewed.

    References
    ----------
    Ugland, Gray & Ellingsen (2003), J. Animal Ecology 72, 888-897, eqs 4-6.

    Examples
    --------
    >>> curve = accumulation([[1, 0], [1, 1], [0, 1]])
    >>> curve.mean.round(3).tolist(), curve.sd.round(3).tolist()
    ([1.333, 2.0, 2.0], [0.471, 0.0, 0.0])
    """
    raised = as_incidence(incidence)
    n = len(raised)
    used = raised[:, raised.any(axis=0)].astype(np.int64)
    shared = used.T @ used
    holders = np.diag(shared)
    unseen, unseen_twice = np.zeros(n), np.zeros(n)
    taken = np.arange(n)
    for z, codes in zip(*np.unique(n - holders, return_counts=True), strict=True):
        unseen += codes * np.cumprod(np.maximum(z - taken, 0) / (n - taken))
    neither = n - holders[:, None] - holders[None, :] + shared
    for z, pairs in zip(*np.unique(neither, return_counts=True), strict=True):
        unseen_twice += pairs * np.cumprod(np.maximum(z - taken, 0) / (n - taken))
    variance = unseen_twice - unseen**2
    variance[variance < _ROUNDING * np.maximum(unseen, 1) ** 2] = 0.0
    none = np.full(n, np.nan)
    reason = "" if n else "there are no experts"
    return Curve(
        taken + 1, used.shape[1] - unseen, np.sqrt(variance), none, none, n, "all orders", reason
    )


def accumulation_band(
    incidence: ArrayLike,
    orders: int = 10_000,
    seed: int = SEED,
    confidence: float | None = None,
) -> Curve:
    """Mean, sd and pointwise percentile limits of the codes seen, over random orders.

    The band says how much the curve hangs on who came first. It holds for these experts and is
    pointwise: a whole order may leave it, and late the mean may lie below ``low``.

    Raises
    ------
    ValueError
        If ``orders`` is less than 1.
    """
    raised = as_incidence(incidence)
    n, values = len(raised), np.arange(raised.shape[1] + 1.0)
    seen = seen_in_orders(raised, orders, seed)
    cells = seen + np.arange(n) * len(values)
    times = np.bincount(cells.ravel(), minlength=n * len(values)).reshape(n, len(values))
    mean = times @ values / orders
    sd = np.sqrt(np.maximum(times @ values**2 / orders - mean**2, 0.0))
    tail = (1 - level(confidence)) / 2
    below = times.cumsum(axis=1)
    low, high = (_quantile(below, orders, share) for share in (tail, 1 - tail))
    reason = "" if n else "there are no experts"
    method = f"{orders:,} random orders"
    return Curve(np.arange(1, n + 1), mean, sd, low, high, n, method, reason)


def _quantile(below: IntArray, total: int, share: float) -> FloatArray:
    """The quantile of counts of 0, 1, ... with these cumulative frequencies, as numpy's."""
    place = share * (total - 1)
    first = math.floor(place)
    lower = (below <= first).sum(axis=1)
    upper = (below <= min(first + 1, total - 1)).sum(axis=1)
    return np.asarray(lower + (place - first) * (upper - lower))


@dataclass(frozen=True, eq=False)
class StoppingPoint(Estimate):
    """Where the rule stops: 6 in "6+2"; NaN where it never does, with the reason.

    ``confirmed`` is the last interview of the run that showed it, 8 in "6+2", after which one
    stops. ``ratios`` holds the new information of each run in order, over the ``base_codes``.
    """

    confirmed: float = float("nan")
    ratios: tuple[float, ...] = ()
    base_codes: int = 0
    run_length: int = 0

    @property
    def label(self) -> str:
        """The notation of the paper, "6+2"; empty where the rule never stops."""
        return "" if math.isnan(self) else f"{int(self)}+{self.run_length}"


@statistic
def stopping_point(
    new_codes: ArrayLike, base_size: int = 4, run_length: int = 2, threshold: float = 0.05
) -> StoppingPoint:
    """The stopping rule of Guest, Namey & Chen (2020), for interviews in their order.

    ``new_codes`` (see :func:`analysis.statistics.orders.new_codes`) is 1-d. The base is the number
    of codes in the first ``base_size`` interviews. A run is ``run_length`` interviews in a row; the
    first begins right after the base, the next one interview later. The rule stops at the first run
    that adds at most ``threshold`` times the base, compared without rounding. The paper considers
    bases of 4 to 6, runs of 2 and 3, thresholds of .05 and 0. For group interviews see
    :func:`analysis.statistics.orders.found_by`.

    Raises
    ------
    ValueError
        If ``new_codes`` are not whole numbers of at least 0, or a setting is out of range.

    References
    ----------
    Guest, Namey & Chen (2020), PLOS ONE 15(5), e0232076.

    Examples
    --------
    >>> stopping_point([20, 9, 5, 3, 4, 3, 1, 0, 1, 0]).label
    '6+2'
    """
    counts = as_counts(new_codes, "new_codes")
    if counts.ndim != 1:
        raise ValueError(f"new_codes must be 1-d, got shape {counts.shape}")
    base_size, run_length = whole(base_size, "base_size", 1), whole(run_length, "run_length", 1)
    n, seen = len(counts), np.cumsum(counts)
    confirmed = float(stops(seen[None], base_size, run_length, threshold)[0])
    base = int(seen[base_size - 1]) if n >= base_size else 0
    ends = range(base_size + run_length, n + 1)
    reason = ""
    if not ends:
        reason = f"{n} interviews are fewer than a base of {base_size} and a run of {run_length}"
    elif not base:
        reason = f"the first {base_size} interviews raised no code to compare with"
    elif math.isnan(confirmed):
        reason = f"no run of {run_length} added {threshold:.0%} or less"
    ratios = tuple(float(seen[e - 1] - seen[e - 1 - run_length]) / base for e in ends if base)
    return StoppingPoint(
        confirmed - run_length, n=n, method="Guest, Namey & Chen (2020)", reason=reason,
        confirmed=confirmed, ratios=ratios, base_codes=base, run_length=run_length,
    )  # fmt: skip


@statistic
def chao2(
    incidence: ArrayLike, confidence: float | None = None, bias_corrected: bool = False
) -> Estimate:
    """Chao2: an estimated lower bound for the number of codes that similar experts would raise.

    Classic: S + (n - 1) / n Q1^2 / (2 Q2). Bias-corrected, and in any case where Q2 = 0:
    S + (n - 1) / n Q1 (Q1 - 1) / (2 (Q2 + 1)). More codes are missing than it says where experts or
    codes differ in how likely they are to meet, and the interval is one for the bound. Its limits
    lie above ``S`` by construction, so that it misses the truth where every code has been heard
    (:func:`chao2_coverage` says how often). Where nothing is added the interval is the one for
    samples without uniques.

    References
    ----------
    Chao (1987), Biometrics 43, 783-791; Colwell (2013), EstimateS 9 User's Guide, appendix B
    (variances eqs 5-8 with the factor (n - 1) / n; intervals eqs 13 and 14).

    Examples
    --------
    >>> float(chao2([[1, 1, 0, 0, 1], [1, 0, 1, 0, 1], [1, 0, 0, 1, 0]]))
    8.0
    """
    f, z = richness.frequencies(incidence), richness.normal_quantile(confidence)
    if f.reason:
        return Estimate(math.nan, n=f.n, standing="model-based", method="Chao2", reason=f.reason)
    q1, q2, a = f.q1, f.q2, (f.n - 1) / f.n
    if q2 and not bias_corrected:
        r, method = q1 / q2, "Chao2, classic"
        added = a * q1**2 / (2 * q2)
        variance = q2 * (a / 2 * r**2 + a**2 * r**3 + a**2 / 4 * r**4)
    else:
        method = "Chao2, bias-corrected"
        added = a * q1 * (q1 - 1) / (2 * (q2 + 1))
        variance = added + a**2 * q1 * (2 * q1 - 1) ** 2 / (4 * (q2 + 1) ** 2)
        if q2:
            variance += a**2 * q1**2 * q2 * (q1 - 1) ** 2 / (4 * (q2 + 1) ** 4)
        else:
            variance -= a**2 * q1**4 / (4 * (f.seen + added))
    missed = math.exp(-int(f.holders.sum()) / f.seen)
    without_uniques = f.seen * missed * (1 - missed)
    if q1 == 0:
        variance = without_uniques
    if added > 0:
        stretch = math.exp(z * math.sqrt(math.log1p(variance / added**2)))
        low, high = f.seen + added / stretch, f.seen + added * stretch
    else:
        centre, half = f.seen / (1 - missed), z * math.sqrt(without_uniques) / (1 - missed)
        low, high = max(float(f.seen), centre - half), centre + half
    return Estimate(
        f.seen + added, math.sqrt(variance), low, high, n=f.n, confidence=level(confidence),
        standing="model-based", method=method,
    )  # fmt: skip


@statistic
def chao2_coverage(
    shares: ArrayLike,
    n: int,
    confidence: float | None = None,
    panels: int = 2000,
    seed: int = SEED,
) -> Estimate:
    """How often the lower limit of :func:`chao2` is no more than the number of codes there are.

    In simulated panels of ``n`` experts who raise each code with its share of ``shares``,
    independently. A lower limit should hold in (1 + confidence) / 2 of them.
    """
    p, n, panels = as_numbers(shares, "shares"), whole(n, "n"), whole(panels, "panels", 1)
    if p.ndim != 1 or not ((p > 0) & (p <= 1)).all():
        raise ValueError("shares must be a list of numbers above 0 and up to 1")
    rng = np.random.default_rng(seed)
    lows = [chao2(rng.random((n, p.size)) < p, confidence).low for _ in range(panels)]
    known = np.array([low for low in lows if not math.isnan(low)])
    held = float((known <= p.size).mean()) if known.size else math.nan
    return Estimate(
        held, se=math.sqrt(held * (1 - held) / max(known.size, 1)), n=int(known.size),
        standing="simulation", method=f"{panels:,} simulated panels of {n} experts",
        reason="" if known.size else "no simulated panel has a lower limit",
    )  # fmt: skip


@statistic
def jackknife1(incidence: ArrayLike, confidence: float | None = None) -> Estimate:
    """First-order jackknife for the number of codes: S + Q1 (n - 1) / n.

    The variance is that of the jackknife over experts, (n - 1) / n (sum of j^2 f_j - Q1^2 / n),
    with ``f_j`` experts who are the only holder of ``j`` codes (vegan's specpool subtracts Q1 / n).
    The interval is normal, cut at ``S``.

    References
    ----------
    Burnham & Overton (1978), Biometrika 65, 625-633; Heltshe & Forrester (1983), Biometrics 39,
    1-11.
    """
    f = richness.frequencies(incidence)
    n = max(f.n, 2)  # fewer are refused in the end
    alone = as_incidence(incidence)[:, f.holders == 1].sum(axis=1)
    variance = (n - 1) / n * (float((alone**2).sum()) - f.q1**2 / n)
    estimate = f.seen + f.q1 * (n - 1) / n
    return _richness(f, estimate, variance, "first-order jackknife", confidence)


@statistic
def jackknife2(incidence: ArrayLike, confidence: float | None = None) -> Estimate:
    """Second-order jackknife: S + Q1 (2n - 3) / n - Q2 (n - 2)^2 / (n (n - 1)).

    Its variance, sum of a_j^2 Q_j less the estimate for coefficients ``a_j``, can be negative where
    there are duplicates and hardly any uniques, and with many duplicates the estimate can lie below
    S: there is no interval then, but a reason.

    References
    ----------
    Burnham & Overton (1979), Ecology 60, 927-936, eqs 2 and 5; Smith & van Belle (1984), Biometrics
    40, 119-129.
    """
    f = richness.frequencies(incidence)
    n = max(f.n, 2)
    once, twice = (2 * n - 3) / n, -((n - 2) ** 2) / (n * (n - 1))
    estimate = f.seen + f.q1 * once + f.q2 * twice
    variance = f.q1 * once * (1 + once) + f.q2 * twice * (1 + twice)
    return _richness(f, estimate, variance, "second-order jackknife", confidence)


def _richness(
    f: richness.Frequencies, estimate: float, variance: float, method: str, confidence: float | None
) -> Estimate:
    """An estimate of the number of codes with a normal interval, cut at what was seen."""
    about: dict[str, Any] = {"n": f.n, "standing": "model-based", "method": method}
    if f.reason:
        return Estimate(math.nan, reason=f.reason, **about)
    if variance < 0:
        why = "the variance formula is negative: duplicates, but hardly any uniques"
        return Estimate(estimate, reason=why, **about)
    if estimate < f.seen:
        return Estimate(estimate, reason="the estimate lies below the codes heard", **about)
    half = richness.normal_quantile(confidence) * math.sqrt(variance)
    low, high = (max(limit, float(f.seen)) for limit in (estimate - half, estimate + half))
    se, confidence = math.sqrt(variance), level(confidence)
    return Estimate(estimate, se, low, high, confidence=confidence, **about)


@statistic
def coverage(
    incidence: ArrayLike,
    size: int | None = None,
    confidence: float | None = None,
    resamples: int = 1000,
    seed: int = SEED,
) -> Estimate:
    """Sample coverage: of what one more similar expert would raise, the share already seen.

    1 - A Q1 / U with U incidences and A = (n - 1) Q1 / ((n - 1) Q1 + 2 Q2), for Q2 = 0
    A = (n - 1) (Q1 - 1) / ((n - 1) (Q1 - 1) + 2). ``size`` asks for the coverage of a panel of so
    many experts instead. The interval is normal, cut at 0 and 1, from a bootstrap over the
    estimated population of codes, unseen ones included; ``resamples`` of 0 leaves it out. Under a
    closed codebook the truth may be 1 although this is less.

    References
    ----------
    Chao & Jost (2012), Ecology 93, 2533-2547; Chao et al. (2014), Ecological Monographs 84, 45-67,
    table 2 and appendix G.

    Examples
    --------
    >>> panel = [[1, 1, 0, 0, 1], [1, 0, 1, 0, 1], [1, 0, 0, 1, 0]]
    >>> float(coverage(panel, resamples=0))
    0.71875
    """
    f = richness.frequencies(incidence)
    size = f.n if size is None else whole(size, "size", 1)
    found = richness.bootstrapped(richness.coverages, f, size, confidence, resamples, seed)
    return replace(found, high=min(found.high, 1.0), method="incidence coverage")


@statistic
def extrapolate(
    incidence: ArrayLike,
    n: int,
    confidence: float | None = None,
    resamples: int = 1000,
    seed: int = SEED,
) -> Estimate:
    """The expected number of codes from ``n`` similar experts, fewer or more than these ``T``.

    Up to ``T`` the exact mean over all subsets (:func:`accumulation`). Beyond,
    S + Q0 (1 - A^(n - T)) with ``Q0`` the codes that Chao2 adds and ``A`` as in :func:`coverage`;
    it rises towards Chao2, itself a lower bound. Reliable to about twice the panel: farther values
    come with a ``reason``. The interval (as in :func:`coverage`, cut at 0) is not 0 wide at ``T``:
    other experts would have raised other codes.

    References
    ----------
    Colwell et al. (2012), J. Plant Ecology 5, 3-21, eqs 17 and 18; Chao et al. (2014), Ecological
    Monographs 84, 45-67.
    """
    f = richness.frequencies(incidence)
    size = whole(n, "n", 1)
    found = richness.bootstrapped(richness.codes_at, f, size, confidence, resamples, seed)
    return replace(found, method="rarefaction and extrapolation")
