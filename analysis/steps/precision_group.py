"""What a group interview costs against single ones: a simulation with settings from the panel.

:func:`settings` reads from the panel how its experts sat, how unequally they talked and how often
they went along with each other. :func:`cost` simulates experts with known views who talk like
that, and less and more so (:mod:`analysis.simulation.group_interview`). The settings are computed
from the panel; what follows from them is simulated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from analysis.panel.panel import Panel
from analysis.simulation.group_interview import Conversation, order_right, outcomes, simulate
from analysis.simulation.proportions import interval_coverage
from analysis.statistics.incidence import IntArray
from analysis.statistics.participation import echo, gini
from analysis.statistics.proportions import detection_probability
from analysis.statistics.resampling import DEFAULT_SEED, resample
from analysis.statistics.results import Estimate, FloatArray
from analysis.steps.panel_raised import who_raised
from analysis.steps.panel_talk import after_another, changing_places, talk
from analysis.steps.panel_tools import CONFIDENCE, experts_table
from analysis.steps.participation import amounts, measure_of
from analysis.steps.participation_order import QUESTIONS, SESSIONS

#: True shares of experts who hold a view, for the simulated ones.
SHARES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.9)
#: The share for which the prose and the figure give the cost.
STATED = 0.5
#: Pairs of shares whose order is looked at, the higher first.
PAIRS = ((0.7, 0.3), (0.6, 0.4))
#: Going along every second time, whatever the panel shows.
OFTEN = 0.5
#: The Gini coefficient of very unequal talk, whatever the panel shows.
UNEQUAL = 0.5
#: The chances of leaving a view because it has been said: no panel shows them.
SILENCES = (0.25, 0.5)
#: At most so many runs, at least so many, and so many experts in all runs together.
MOST_RUNS, LEAST_RUNS, EXPERTS = 10_000, 2000, 400_000
#: Random deals of the experts to the sessions.
DEALS = 2000

ECHOES = ("none", "panel", "double", "often")
TALKS = ("alike", "panel", "unequal")
SINGLE = "single"
_NAN = math.nan


@dataclass(frozen=True, slots=True)
class Echoes:
    """How often experts went along with the one who spoke right before.

    Of the ``chances`` (raisings after which another expert spoke) ``observed`` were taken up at
    once, where each expert's statements in random order (within ``baseline``) give ``expected``.
    ``excess`` is what is beyond that, over the chances that were left; NaN where no expert spoke
    right after another who had raised a code. ``value`` is the excess, and 0 where there is none.
    """

    observed: float
    expected: float
    chances: float
    baseline: str
    excess: float
    value: float


@dataclass(frozen=True, slots=True, eq=False)
class Settings:
    """How the experts of the panel sat and talked.

    ``sizes`` is the number of coded experts in each session that has any, ``amounts`` what each of
    them said (session by session) in the ``measure``, relative to the mean of the session, and
    ``gini`` the Gini coefficient of that. ``reason`` says why there is no group; else it is empty.

    ``alike`` is how far the counts of codes differ between sessions, over what dealing the experts
    to the sessions at random gives on average: the sum of squares over its expectation. Its limits
    hold the middle 95% of random deals. NaN for one session, one expert a session, or without
    codes that tell experts apart.
    """

    sizes: tuple[int, ...]
    amounts: FloatArray
    measure: str
    gini: float
    reason: str
    echoes: Echoes
    alike: Estimate

    @property
    def n(self) -> int:
        """The number of experts."""
        return sum(self.sizes)


@dataclass(frozen=True, slots=True, eq=False)
class Cost:
    """What was simulated.

    ``grid`` has one row a conversation and share: talk and echo (keys of :data:`TALKS` and
    :data:`ECHOES`; :data:`SINGLE` and "none" for single interviews, which are exact), echo_value,
    gini, share, n, heard, mean, bias, sd, coverage, design_effect, effective, each with its error
    in ``_se``. ``order`` has one row a conversation and pair of :data:`PAIRS`: right, level and
    right_se. ``mechanisms`` looks at the share :data:`STATED` under other mechanisms (columns of
    the grid, and mechanism, a key). All are empty without a group.
    """

    grid: pd.DataFrame
    order: pd.DataFrame
    mechanisms: pd.DataFrame
    runs: int

    def at(self, talk: str, echo: str, share: float = STATED) -> pd.Series:
        """The row of the grid for a conversation and a share."""
        table = self.grid
        chosen = (table["talk"] == talk) & (table["echo"] == echo) & (table["share"] == share)
        return table[chosen].iloc[0]

    def order_at(self, talk: str, echo: str, pair: tuple[float, float]) -> pd.Series:
        """The row of the order for a conversation and a pair of shares."""
        table = self.order
        chosen = (table["talk"] == talk) & (table["echo"] == echo) & (table["higher"] == pair[0])
        return table[chosen].iloc[0]


def settings(panel: Panel) -> Settings:
    """How the experts with coded statements sat and talked."""
    experts = experts_table(panel).query("coded").sort_values("row")
    home = pd.Categorical(experts["session"], panel.sessions["session_id"].astype(str))
    experts = experts.iloc[np.argsort(home.codes, kind="stable")]
    sizes = experts["session"].value_counts(sort=False)
    measure = measure_of(panel)
    spoken = amounts(panel).groupby("speaker")[measure].sum()
    said = experts["expert"].map(spoken).fillna(0.0).to_numpy(dtype=np.float64)
    mean = pd.Series(said).groupby(experts["session"].to_numpy()).transform("mean").to_numpy()
    relative = np.divide(said, mean, out=np.ones_like(said), where=mean > 0)
    return Settings(
        sizes=tuple(int(size) for size in sizes),
        amounts=relative,
        measure=measure,
        gini=gini(relative),
        reason=_no_group(panel, sizes),
        echoes=echoes(panel),
        alike=alike(panel),
    )


def _no_group(panel: Panel, sizes: pd.Series) -> str:
    if not len(sizes):
        return "No expert has coded statements, so there is no group to simulate."
    if panel.meta.mode == "individual":
        return (
            "Each expert was interviewed alone. There is no group here, so nothing is lost to one: "
            "what single interviews can show is what this panel can show."
        )
    if int(sizes.max()) < 2:
        return (
            "In no session did two experts with coded statements meet, so there is no group whose "
            "cost could be simulated."
        )
    return ""


def echoes(panel: Panel) -> Echoes:
    """The excess of echoes in the panel."""
    said = talk(panel)
    after = np.flatnonzero(after_another(said))
    chances = float(said.values[after - 1].sum())
    named = bool((said.questions != "").any())
    baseline = QUESTIONS if named else SESSIONS
    if not chances:
        return Echoes(_NAN, _NAN, 0.0, baseline, _NAN, 0.0)
    within = changing_places(said, by_question=named)
    # the expectation is exact, and the orders that give its spread are not needed
    found = echo(said.values, said.experts, said.sessions, within=within, permutations=1)
    left = chances - found.expected
    excess = (found.observed - found.expected) / left if left > 1e-9 else 0.0
    value = min(max(excess, 0.0), 1.0)
    return Echoes(found.observed, found.expected, chances, baseline, excess, value)


def alike(panel: Panel) -> Estimate:
    """How far the counts of codes differ between sessions, as in :class:`Settings`."""
    found = who_raised(panel)
    place, names = pd.factorize(found.experts["session"])
    raised = found.raised[:, found.raised.any(axis=0) & ~found.raised.all(axis=0)]
    method = "sum of squares between sessions over its expectation in random deals"
    if len(names) < 2 or len(names) == found.n or not raised.size:
        return Estimate(_NAN, n=found.n, method=method, reason="nothing to compare")
    values = raised.astype(np.float64)
    member = np.eye(len(names))[place]
    n, sizes = found.n, member.sum(axis=0)[:, None]
    share = values.mean(axis=0)
    expected = float((sizes * share * (1 - share) * (n - sizes) / (n - 1)).sum())
    task = partial(_deals, values=values, member=member, mean=sizes * share)
    drawn = resample(task, DEALS, DEFAULT_SEED) / expected
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    seen = float(((member.T @ values - sizes * share) ** 2).sum()) / expected
    return Estimate(seen, float(drawn.std()), float(low), float(high), n, CONFIDENCE, method)


def _deals(
    size: int,
    rng: np.random.Generator,
    *,
    values: FloatArray,
    member: FloatArray,
    mean: FloatArray,
) -> FloatArray:
    """Sums of squares between sessions for random deals of the experts; a task for ``resample``."""
    out = np.empty(size)
    for deal in range(size):
        counts = member[rng.permutation(len(member))].T @ values
        out[deal] = ((counts - mean) ** 2).sum()
    return out


def echo_value(found: Settings, name: str) -> float:
    """The chance of going along that a key of :data:`ECHOES` stands for."""
    return {
        "none": 0.0,
        "panel": found.echoes.value,
        "double": min(2 * found.echoes.value, 1.0),
        "often": OFTEN,
    }[name]


def conversation(found: Settings, talks: str, heed: str) -> Conversation:
    """The conversation that a key of :data:`TALKS` and one of :data:`ECHOES` stand for."""
    return Conversation(
        echo=echo_value(found, heed),
        amounts=found.amounts if talks == "panel" else None,
        gini=UNEQUAL if talks == "unequal" else 0.0,
    )


def mechanisms(found: Settings) -> dict[str, Conversation]:
    """Other ways in which a session may act, all with equal talk and the panel's echo."""
    both = found.echoes.value
    return {
        "both": Conversation(echo=both),
        "taking up": Conversation(echo=both, passing=0.0),
        "passing over": Conversation(echo=0.0, passing=both),
        **{f"silence {chance}": Conversation(echo=both, silence=chance) for chance in SILENCES},
    }


def number_of_runs(n: int) -> int:
    """How many runs are made for ``n`` experts."""
    return max(LEAST_RUNS, min(MOST_RUNS, EXPERTS // max(n, 1)))


def cost(found: Settings, limits: FloatArray, seed: int = DEFAULT_SEED) -> Cost:
    """Simulate the conversations over all of :data:`TALKS` and :data:`ECHOES`.

    ``limits`` are those of the interval for each count of experts.
    """
    runs = number_of_runs(found.n)
    if found.reason:
        nothing = pd.DataFrame()
        return Cost(nothing, nothing, nothing, runs)
    named = [(talks, heed) for talks in TALKS for heed in ECHOES]
    others = mechanisms(found)
    conversations = [conversation(found, *names) for names in named] + list(others.values())
    counts = simulate(found.sizes, SHARES, conversations, runs, seed)
    rows, ordered, table = single(found.n), single_order(found.n), []
    for place, (talks, heed) in enumerate(named):
        about: dict[str, object] = {
            "talk": talks,
            "echo": heed,
            "echo_value": echo_value(found, heed),
            "gini": {"alike": 0.0, "panel": found.gini, "unequal": UNEQUAL}[talks],
        }
        rows += _rows(counts[:, place], limits, about)
        for higher, lower in PAIRS:
            places = SHARES.index(higher), SHARES.index(lower)
            right, level, error = order_right(counts[:, place], *places)
            ordered.append(
                about
                | {"higher": higher, "lower": lower}
                | {"right": right, "level": level, "right_se": error}
            )
    for place, (name, other) in enumerate(others.items(), start=len(named)):
        about = {"mechanism": name, "echo_value": other.echo, "silence": other.silence}
        table += _rows(counts[:, place], limits, about)
    made = pd.DataFrame(table)
    made = made[made["share"] == STATED].reset_index(drop=True)
    return Cost(pd.DataFrame(rows), pd.DataFrame(ordered), made, runs)


def _rows(
    counts: IntArray, limits: FloatArray, about: dict[str, object]
) -> list[dict[str, object]]:
    """The outcomes of one conversation, one row a share."""
    made = outcomes(counts, SHARES, limits)
    names = ("heard", "bias", "coverage", "design_effect", "effective")
    rows = []
    for place, share in enumerate(SHARES):
        row: dict[str, object] = about | {"share": share, "n": len(limits) - 1}
        for name in names:
            row[name] = float(getattr(made, name)[place])
            row[f"{name}_se"] = float(getattr(made, f"{name}_se")[place])
        row |= {"mean": share + float(made.bias[place]), "sd": float(made.sd[place])}
        rows.append(row)
    return rows


def single(n: int) -> list[dict[str, object]]:
    """Single interviews, exactly: the rows of the grid for each share."""
    covered = interval_coverage(n, SHARES, ("wilson",), CONFIDENCE)["coverage"]
    rows: list[dict[str, object]] = []
    for share, coverage in zip(SHARES, covered, strict=True):
        row = {
            "talk": SINGLE,
            "echo": "none",
            "echo_value": 0.0,
            "gini": 0.0,
            "share": share,
            "n": n,
            "heard": detection_probability(share, n),
            "bias": 0.0,
            "coverage": float(coverage),
            "design_effect": 1.0,
            "effective": float(n),
        }
        errors = ("heard_se", "bias_se", "coverage_se", "design_effect_se", "effective_se")
        rows.append(
            row
            | dict.fromkeys(errors, 0.0)
            | {"mean": share, "sd": math.sqrt(share * (1 - share) / n)}
        )
    return rows


def single_order(n: int) -> list[dict[str, object]]:
    """Single interviews, exactly: how often the order of two views comes out right."""
    from scipy.stats import binom

    k = np.arange(n + 1)
    rows: list[dict[str, object]] = []
    for higher, lower in PAIRS:
        joint = np.outer(binom.pmf(k, n, higher), binom.pmf(k, n, lower))
        rows.append(
            {
                "talk": SINGLE,
                "echo": "none",
                "echo_value": 0.0,
                "gini": 0.0,
                "higher": higher,
                "lower": lower,
                "right": float(np.tril(joint, -1).sum()),
                "level": float(np.trace(joint)),
                "right_se": 0.0,
            }
        )
    return rows
