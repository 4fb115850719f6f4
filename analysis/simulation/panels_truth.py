"""What a simulated panel was built to contain, and what follows from it in closed form."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.simulation.panels_model import IntArray, PanelModel, names
from analysis.simulation.panels_talk import Talk
from analysis.statistics.results import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """The planted values of a simulated panel.

    Of the generator, the same for every seed: ``prevalence`` and ``opposition`` (groups x codes)
    are the probabilities that an expert of a group raises or opposes a code; ``group_effect``
    (codes,) is the log odds ratio of raising, last group against first, ``group_difference`` the
    difference of the two probabilities; ``statement_share`` (codes,) the expected share of
    statements that raise the code, ``opposed_share`` of those that oppose it. ``alpha`` (``pairs``
    of coders x codes) is the nominal alpha, code raised or not, of endless statements of endless
    experts such as these. ``item_mean`` (groups x
    items) is the expected rating; ``item_effect``, ``rating_effect`` and ``thresholds`` are those
    of the latent scale. ``echo``, ``dominance`` and ``session_correlation`` are as asked for.

    Of this panel alone, as drawn: ``group`` and ``session`` of each expert (positions), ``stance``
    (experts x codes: 1 raises, -1 opposes, 0 neither), ``shares``, each expert's expected share of
    the statements of the session beyond the first of each (of the panel, in individual interviews).
    """

    seed: int
    experts: tuple[str, ...]
    codes: tuple[str, ...]
    groups: tuple[str, ...]
    coders: tuple[str, ...]
    items: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    prevalence: FloatArray
    opposition: FloatArray
    group_effect: FloatArray
    group_difference: FloatArray
    statement_share: FloatArray
    opposed_share: FloatArray
    sensitivity: FloatArray
    false_positive: FloatArray
    unevenness: float
    alpha: FloatArray
    echo: float
    dominance: float
    session_correlation: float
    item_effect: FloatArray
    rating_effect: FloatArray
    thresholds: FloatArray
    leaning_sd: float
    item_mean: FloatArray
    group: IntArray
    session: IntArray
    stance: NDArray[np.int8]
    shares: FloatArray

    def entries(self) -> dict[str, Any]:
        """The values as ``truth.yml`` holds them, rounded; not those of each expert."""

        def by_code(values: FloatArray) -> dict[str, Any]:
            return dict(zip(self.codes, _rounded(values), strict=True))

        def by_item(values: FloatArray) -> dict[str, Any]:
            return dict(zip(self.items, _rounded(values), strict=True))

        return {
            "about": "Simulated with known parameters; nobody said any of it.",
            "seed": self.seed,
            "prevalence": {
                g: by_code(p) for g, p in zip(self.groups, self.prevalence, strict=True)
            },
            "opposition": {
                g: by_code(p) for g, p in zip(self.groups, self.opposition, strict=True)
            },
            "group_effect": by_code(self.group_effect),
            "group_difference": by_code(self.group_difference),
            "statement_share": by_code(self.statement_share),
            "opposed_share": by_code(self.opposed_share),
            "coders": {
                coder: {"sensitivity": by_code(s), "false_positive": by_code(f)}
                for coder, s, f in zip(
                    self.coders, self.sensitivity, self.false_positive, strict=True
                )
            },
            "unevenness": self.unevenness,
            "alpha": {
                f"{a} {b}": by_code(values)
                for (a, b), values in zip(self.pairs, self.alpha, strict=True)
            },
            "echo": self.echo,
            "dominance": self.dominance,
            "session_correlation": self.session_correlation,
            "item_effect": by_item(self.item_effect),
            "rating_effect": {
                g: by_item(e) for g, e in zip(self.groups, self.rating_effect, strict=True)
            },
            "thresholds": _rounded(self.thresholds),
            "leaning_sd": self.leaning_sd,
            "item_mean": {g: by_item(m) for g, m in zip(self.groups, self.item_mean, strict=True)},
        }


def _rounded(values: FloatArray) -> list[float | None]:
    """Numbers to six places; None (an empty entry) where there is none."""
    return [round(float(v), 6) if np.isfinite(v) else None for v in values]


def truth_of(model: PanelModel, talk: Talk) -> Truth:
    """The planted values of a panel drawn from the model."""
    coders = names("coder_", model.coders, 1)
    places = list(combinations(range(model.coders), 2))
    raised, opposed = statement_shares(model)
    last, first = model.prevalence[-1], model.prevalence[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        effect = np.log(last / (1 - last)) - np.log(first / (1 - first))
    return Truth(
        seed=model.seed,
        experts=names("e", model.experts),
        codes=names("c", model.codes),
        groups=model.groups,
        coders=coders,
        items=names("i", model.items),
        pairs=tuple((coders[a], coders[b]) for a, b in places),
        prevalence=model.prevalence,
        opposition=model.opposition,
        group_effect=effect,
        group_difference=last - first,
        statement_share=raised,
        opposed_share=opposed,
        sensitivity=model.sensitivity,
        false_positive=model.false_positive,
        unevenness=model.unevenness,
        alpha=np.array([pair_alpha(model, raised, opposed, a, b) for a, b in places]).reshape(
            len(places), model.codes
        ),
        echo=model.echo,
        dominance=model.dominance,
        session_correlation=model.session_correlation,
        item_effect=model.item_effect,
        rating_effect=model.rating_effect,
        thresholds=model.thresholds,
        leaning_sd=model.leaning_sd,
        item_mean=item_means(model),
        group=model.group,
        session=model.session,
        stance=talk.stance,
        shares=talk.shares,
    )


def statement_shares(model: PanelModel) -> tuple[FloatArray, FloatArray]:
    """The expected shares of statements that raise and that oppose each code, (codes,) each.

    Statements with the code that are expected of an expert who speaks of it, over statements: a
    ratio of expectations, exact in the long run of experts.
    """
    mentions = expected_mentions(model)[:, None]
    total = model.experts + int(model.extra_statements.sum())
    raised, opposed = (
        (mentions * chance[model.group]).sum(axis=0) / total
        for chance in (model.prevalence, model.opposition)
    )
    return raised, opposed


def expected_mentions(model: PanelModel) -> FloatArray:
    """How often each expert mentions a code that the expert mentions at all, (experts,).

    The expectation of min(1 + Poisson, statements): the sum over j of P(1 + Poisson > j)
    P(statements > j), where the statements beyond the first are beta-binomial.
    """
    wanted = [1.0]  # P(1 + Poisson > j), for j = 0, 1, ...
    term = math.exp(-model.repeats)
    while wanted[-1] - term > 1e-12:
        wanted.append(wanted[-1] - term)
        term *= model.repeats / (len(wanted) - 1)
    if model.mode == "individual":
        extra = np.full(model.experts, model.extra_statements.sum())
        among = np.full(model.experts, model.experts)
    else:
        extra = model.extra_statements[model.session]
        among = model.session_size[model.session]
    found = np.empty(model.experts)
    for trials, size in set(zip(extra.tolist(), among.tolist(), strict=True)):
        # P(1 + extra statements > j) = 1 - P(extra < j)
        below = np.cumsum(
            [0.0, *(_pmf(x, trials, size, model.evenness) for x in range(len(wanted) - 1))]
        )
        found[(extra == trials) & (among == size)] = float(np.dot(wanted, 1 - below))
    return found


def _pmf(x: int, trials: int, size: int, a: float) -> float:
    """P(x of the ``trials`` fall to one of ``size`` experts): beta-binomial(a, a (size - 1)).

    Binomial where ``a`` is infinite: all experts are then alike.
    """
    if x > trials:
        return 0.0
    if size == 1:
        return float(x == trials)
    ways = math.lgamma(trials + 1) - math.lgamma(x + 1) - math.lgamma(trials - x + 1)
    if math.isinf(a):
        return math.exp(ways + (trials - x) * math.log1p(-1 / size) - x * math.log(size))
    b = a * (size - 1)
    return math.exp(ways + _betaln(x + a, trials - x + b) - _betaln(a, b))


def _betaln(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def pair_alpha(
    model: PanelModel, raised: FloatArray, opposed: FloatArray, a: int, b: int
) -> FloatArray:
    """The nominal alpha of coders ``a`` and ``b`` for each code, raised or not, (codes,).

    A coder takes a statement that raises the code for one with the sensitivity, one that neither
    raises nor opposes it by mistake, one that opposes it never. Both err more on the same experts,
    those who speak less clearly: the mean square of the factor is 1 + unevenness^2. NaN where a
    code is never given, or always.
    """
    square, without = 1 + model.unevenness**2, 1 - raised - opposed
    miss_a, miss_b = 1 - model.sensitivity[a], 1 - model.sensitivity[b]
    add_a, add_b = model.false_positive[a], model.false_positive[b]
    both = raised * (1 - miss_a - miss_b + square * miss_a * miss_b)
    both = both + without * square * add_a * add_b
    give_a = raised * (1 - miss_a) + without * add_a
    give_b = raised * (1 - miss_b) + without * add_b
    mean = (give_a + give_b) / 2
    expected = 2 * mean * (1 - mean)
    ratio = np.full(len(raised), np.nan)
    np.divide(give_a + give_b - 2 * both, expected, out=ratio, where=expected > 1e-12)
    alpha: FloatArray = 1 - ratio
    return alpha


def item_means(model: PanelModel) -> FloatArray:
    """The expected rating of each item in each group, groups x items.

    The leaning is averaged out by Gauss-Hermite quadrature.
    """
    node, weight = np.polynomial.hermite_e.hermegauss(61)
    weight = weight / weight.sum()
    latent = model.item_effect + model.rating_effect
    above = latent[:, :, None, None] + model.leaning_sd * node[:, None] - model.thresholds
    chance = 0.5 * (1 + np.tanh(above / 2))
    mean: FloatArray = 1 + np.einsum("ginc,n->gi", chance, weight)
    return mean
