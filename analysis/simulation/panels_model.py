"""What a simulated panel is drawn from: every parameter, checked and spread to full shape."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.statistics.results import FloatArray

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class PanelModel:
    """The parameters of :func:`analysis.simulation.panels.simulate_panel`, in full shape.

    G groups, K codes, C coders, I items, S sessions: ``prevalence`` and ``opposition`` G x K,
    ``sensitivity`` and ``false_positive`` C x K, ``coded_share`` (C,), ``item_effect`` (I,),
    ``rating_effect`` G x I, ``session_size`` (S,).
    """

    mode: str
    session_size: IntArray
    statements: float
    groups: tuple[str, ...]
    prevalence: FloatArray
    opposition: FloatArray
    repeats: float
    echo: float
    dominance: float
    session_correlation: float
    sensitivity: FloatArray
    false_positive: FloatArray
    unevenness: float
    coded_share: FloatArray
    item_effect: FloatArray
    rating_effect: FloatArray
    thresholds: FloatArray
    leaning_sd: float
    missing: float
    questions: int
    text: bool
    seed: int

    @property
    def experts(self) -> int:
        """How many experts."""
        return int(self.session_size.sum())

    @property
    def session(self) -> IntArray:
        """The session of each expert, 0, 1, ..."""
        return np.repeat(np.arange(len(self.session_size)), self.session_size)

    @property
    def group(self) -> IntArray:
        """The group of each expert, 0, 1, ...: in turn, so that sessions mix them."""
        turn: IntArray = np.arange(self.experts) % len(self.groups)
        return turn

    @property
    def codes(self) -> int:
        """How many codes."""
        return int(self.prevalence.shape[1])

    @property
    def coders(self) -> int:
        """How many coders."""
        return len(self.coded_share)

    @property
    def items(self) -> int:
        """How many items."""
        return len(self.item_effect)

    @property
    def extra_statements(self) -> IntArray:
        """Statements of each session beyond one an expert, (S,)."""
        total = np.rint(self.session_size * self.statements).astype(np.int64)
        extra: IntArray = np.maximum(total - self.session_size, 0)
        return extra

    @property
    def evenness(self) -> float:
        """The shape of the gamma distribution of speaking weights; infinite without dominance."""
        return math.inf if self.dominance == 0 else gamma_shape(self.dominance)


def gamma_shape(gini: float) -> float:
    """The shape of the gamma distribution with this Gini coefficient.

    It falls as the shape grows: G(a) = gamma(a + 1/2) / (gamma(a + 1) sqrt(pi)).

    >>> round(gamma_shape(0.5), 6)  # the exponential distribution
    1.0
    """
    low, high = -12.0, 12.0
    for _ in range(80):
        middle = (low + high) / 2
        a = math.exp(middle)
        found = math.exp(math.lgamma(a + 0.5) - math.lgamma(a + 1)) / math.sqrt(math.pi)
        low, high = (middle, high) if found > gini else (low, middle)
    return math.exp((low + high) / 2)


def session_sizes(experts: int, sessions: int | None, size: int, mode: str) -> IntArray:
    """How many experts each session has: as equal as can be."""
    if mode == "individual":
        if sessions not in (None, experts):
            raise ValueError("individual interviews have as many sessions as experts")
        return np.ones(experts, dtype=np.int64)
    if mode != "group":
        raise ValueError(f"mode must be 'group' or 'individual', got {mode!r}")
    if size < 1 or (sessions is not None and not 1 <= sessions <= experts):
        raise ValueError("session_size must be 1 or more, sessions between 1 and the experts")
    number = math.ceil(experts / size) if sessions is None else sessions
    return np.array([len(part) for part in np.array_split(np.arange(experts), number)])


def spread(value: ArrayLike, shape: tuple[int, ...], name: str) -> FloatArray:
    """``value`` in full ``shape``: one number for all, one for each column, or one each.

    Raises
    ------
    ValueError
        If it has another shape, or is not finite.
    """
    given = np.asarray(value, dtype=np.float64)
    try:
        full: FloatArray = np.broadcast_to(given, shape).copy()
    except ValueError:
        raise ValueError(f"{name} must fit shape {shape}, got shape {given.shape}") from None
    if not np.isfinite(full).all():
        raise ValueError(f"{name} must be finite")
    return full


def prevalences(
    prevalence: ArrayLike, group_effect: ArrayLike, groups: int, codes: int
) -> FloatArray:
    """The probability of raising each code, groups x codes.

    ``group_effect`` is a log odds ratio of the last group against the others.
    """
    full = spread(prevalence, (groups, codes), "prevalence")
    check_probabilities(full, "prevalence")
    effect = spread(group_effect, (codes,), "group_effect")
    if effect.any():
        if groups < 2:
            raise ValueError("group_effect needs two or more groups")
        if ((full == 0) | (full == 1))[:, effect != 0].any():
            raise ValueError("group_effect cannot move a prevalence of 0 or 1")
        p = full[-1]
        moved = effect != 0
        odds = p[moved] / (1 - p[moved]) * np.exp(effect[moved])
        full[-1, moved] = odds / (1 + odds)
    return full


def check_probabilities(values: Any, name: str) -> None:
    """Refuse what is no probability."""
    array = np.asarray(values, dtype=np.float64)
    if not ((array >= 0) & (array <= 1)).all():
        raise ValueError(f"{name} must lie between 0 and 1")


def check_model(model: PanelModel) -> None:
    """Refuse what cannot be drawn."""
    if model.statements < 1 or model.questions < 1:
        raise ValueError("statements and questions must be 1 or more")
    if len(set(model.groups)) != len(model.groups) or not all(
        re.fullmatch("[a-z0-9_-]+", group) for group in model.groups
    ):
        raise ValueError(f"groups must be different ids of a-z, 0-9, - and _: {model.groups}")
    for name in ("prevalence", "opposition", "echo", "sensitivity", "false_positive", "missing"):
        check_probabilities(getattr(model, name), name)
    check_probabilities(model.coded_share, "coded_share")
    if (model.prevalence + model.opposition > 1 + 1e-12).any():
        raise ValueError("prevalence and opposition must not exceed 1 together")
    for name in ("dominance", "session_correlation"):
        if not 0 <= getattr(model, name) < 1:
            raise ValueError(f"{name} must be 0 or more and below 1")
    worst = max((1 - model.sensitivity).max(), model.false_positive.max()) * (1 + model.unevenness)
    if not 0 <= model.unevenness <= 1 or worst > 1:
        raise ValueError(
            "unevenness must lie between 0 and 1 and must not lift a probability of error above 1"
        )
    if model.repeats < 0 or model.leaning_sd < 0:
        raise ValueError("repeats and leaning_sd must be 0 or more")
    if len(model.thresholds) < 1 or (np.diff(model.thresholds) <= 0).any():
        raise ValueError("thresholds must be increasing, one or more")


def names(prefix: str, number: int, least: int = 2) -> tuple[str, ...]:
    """Ids with leading zeros, so that their order as text is that of the numbers.

    >>> names("e", 3)
    ('e01', 'e02', 'e03')
    """
    width = max(least, len(str(number)))
    return tuple(f"{prefix}{i:0{width}d}" for i in range(1, number + 1))


def as_groups(groups: Sequence[str]) -> tuple[str, ...]:
    """The groups, refusing none at all."""
    if isinstance(groups, str) or not groups:
        raise ValueError("groups must be a list of one or more names")
    return tuple(groups)
