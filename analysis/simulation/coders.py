"""Coders of an expert panel, simulated: is the interval of alpha as sure as it says?

Experts differ: some speak clearly and all coders understand them alike, some do not; and each has
themes of his own. Hence statements of one expert are alike, and only the experts are independent.
The true alpha of such a panel is known in closed form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.statistics.agreement import alpha_interval, alpha_interval_ignoring_experts
from analysis.statistics.clock import resampling
from analysis.statistics.resampling import DEFAULT_SEED
from analysis.statistics.results import Estimate, FloatArray


@dataclass(frozen=True, slots=True)
class CoderModel:
    """How statements come about and how coders read them.

    Each expert has a clarity, drawn from a beta distribution with mean ``accuracy`` and variance
    ``accuracy (1 - accuracy) / (1 + evenness)``, and a mix of codes, drawn from a Dirichlet
    distribution with mean ``shares`` and concentration ``breadth``. A statement's true code comes
    from that mix. Each of the ``coders`` finds it with the probability of the expert's clarity,
    and else picks one of the other codes at random. Experts make one statement or more,
    ``statements`` on average, in geometric-like spread (1 + a negative binomial number of shape 3).
    """

    shares: tuple[float, ...] = (0.4, 0.3, 0.2, 0.1)
    accuracy: float = 0.9
    evenness: float = 8.0
    breadth: float = 3.0
    coders: int = 3
    statements: float = 12.0

    def __post_init__(self) -> None:
        """Refuse what is no model."""
        if len(self.shares) < 2 or min(self.shares) <= 0 or abs(sum(self.shares) - 1) > 1e-9:
            raise ValueError(f"shares must be two or more positive numbers of sum 1: {self.shares}")
        if not 0 < self.accuracy < 1:
            raise ValueError(f"accuracy must lie between 0 and 1, got {self.accuracy}")
        if self.evenness <= 0 or self.breadth <= 0:
            raise ValueError("evenness and breadth must be positive")
        if self.coders < 2 or self.statements < 1:
            raise ValueError("a model needs two or more coders and one or more statements")

    @property
    def alpha(self) -> float:
        """The true nominal alpha: of endless statements of endless experts.

        Two coders agree on a statement with probability E[a^2] + E[(1 - a)^2] / (q - 1), where a
        is the clarity and q the number of codes; two readings drawn at random agree with
        probability sum p_k^2, where p_k is the share of readings with code k.
        """
        q, mean = len(self.shares), self.accuracy
        square = mean**2 + mean * (1 - mean) / (1 + self.evenness)
        agree = square + (1 - 2 * mean + square) / (q - 1)
        read = [s * mean + (1 - s) * (1 - mean) / (q - 1) for s in self.shares]
        return 1 - (1 - agree) / (1 - sum(p**2 for p in read))


def model_with_alpha(alpha: float, model: CoderModel | None = None) -> CoderModel:
    """``model`` with the accuracy that makes its true alpha ``alpha``.

    Raises
    ------
    ValueError
        If no accuracy between guessing and 1 gives it.
    """
    start = model or CoderModel()
    low, high = 1 / len(start.shares), 1 - 1e-9
    lowest, highest = (replace(start, accuracy=a).alpha for a in (low, high))
    if not lowest <= alpha <= highest:
        raise ValueError(f"alpha must lie between {lowest:.3f} and {highest:.3f}, got {alpha}")
    for _ in range(60):
        middle = (low + high) / 2
        if replace(start, accuracy=middle).alpha < alpha:
            low = middle
        else:
            high = middle
    return replace(start, accuracy=(low + high) / 2)


def draw_panel(
    model: CoderModel, experts: int, rng: np.random.Generator
) -> tuple[FloatArray, NDArray[np.int64]]:
    """One panel: the coders' readings, coders x units (codes 0, 1, ...), and each unit's expert."""
    q = len(model.shares)
    clarity = rng.beta(
        model.accuracy * model.evenness, (1 - model.accuracy) * model.evenness, size=experts
    )
    mix = rng.dirichlet(model.breadth * np.array(model.shares), size=experts)
    statements = 1 + rng.negative_binomial(3, 3 / (2 + model.statements), size=experts)
    expert = np.repeat(np.arange(experts), statements)
    shape = (model.coders, len(expert))
    edges = np.cumsum(mix, axis=1)[expert, :-1]
    true = (edges < rng.random(len(expert))[:, None]).sum(axis=1)
    found = rng.random(shape) < clarity[expert]
    other = (true + rng.integers(1, q, size=shape)) % q
    return np.where(found, true, other).astype(float), expert


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often an interval held the truth.

    ``coverage`` is the share among the panels that gave an interval, ``coverage_se`` its Monte
    Carlo standard error; ``undefined`` the share of panels that gave none; ``width`` the mean
    width.
    """

    interval: str
    truth: float
    n: int
    confidence: float
    panels: int
    resamples: int
    coverage: float
    coverage_se: float
    width: float
    undefined: float


@resampling()
def alpha_coverage(
    truths: Sequence[float] = (0.4, 0.6, 0.8, 0.9),
    experts: int = 20,
    panels: int = 300,
    resamples: int = 500,
    seed: int = DEFAULT_SEED,
    model: CoderModel | None = None,
    confidence: float = 0.95,
) -> list[Coverage]:
    """Coverage of alpha's interval by whole experts and of the one by single statements.

    For each true alpha, ``panels`` panels of ``experts`` experts are drawn from ``model`` with its
    accuracy set to give that alpha, and both intervals are computed from ``resamples`` resamples.
    Two rows for each truth, ``interval`` = ``"experts"`` and ``"statements"``.

    Raises
    ------
    ValueError
        If the model cannot have one of the ``truths``, or a number is below 1.
    """
    if panels < 1 or experts < 1:
        raise ValueError(f"panels and experts must be 1 or more, got {panels} and {experts}")
    rows = []
    streams = np.random.SeedSequence(seed).spawn(len(truths))
    for truth, stream in zip(truths, streams, strict=True):
        rng = np.random.default_rng(stream)
        chosen = model_with_alpha(truth, model)
        by_expert, by_statement = [], []
        for _ in range(panels):
            data, expert = draw_panel(chosen, experts, rng)
            draw = int(rng.integers(2**32))
            by_expert.append(alpha_interval(data, "nominal", expert, resamples, draw, confidence))
            by_statement.append(
                alpha_interval_ignoring_experts(data, "nominal", resamples, draw, confidence)
            )
        for name, intervals in (("experts", by_expert), ("statements", by_statement)):
            rows.append(_summary(name, truth, experts, confidence, resamples, intervals))
    return rows


def _summary(
    name: str,
    truth: float,
    experts: int,
    confidence: float,
    resamples: int,
    intervals: list[Estimate],
) -> Coverage:
    limits = np.array([(i.low, i.high) for i in intervals])
    given = ~np.isnan(limits).any(axis=1)
    low, high = limits[given].T
    held = (low <= truth) & (truth <= high)
    share = float(held.mean()) if len(held) else float("nan")
    return Coverage(
        interval=name,
        truth=truth,
        n=experts,
        confidence=confidence,
        panels=len(intervals),
        resamples=resamples,
        coverage=share,
        coverage_se=float(np.sqrt(share * (1 - share) / max(len(held), 1))),
        width=float((high - low).mean()) if len(held) else float("nan"),
        undefined=float(1 - given.mean()),
    )
