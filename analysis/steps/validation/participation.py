"""Participation: published examples and independent implementations."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise, permutations
from typing import Any

import numpy as np

from analysis.statistics import participation as ours
from analysis.steps.validation.base import Compute, Peer


def _gini(given: Mapping[str, Any]) -> Mapping[str, float]:
    return {name: ours.gini(amounts) for name, amounts in given.items()}


def _expectation(given: Mapping[str, Any]) -> Mapping[str, float]:
    found = ours.who_follows_whom(given["speakers"], self_turns=True, permutations=10)
    label = [str(name) for name in found.labels]
    return {
        f"{first}_{second}": float(found.expected[i, j])
        for i, first in enumerate(label)
        for j, second in enumerate(label)
    }


EXAMPLES: dict[str, Compute] = {
    "gini_basic": _gini,
    "ineq_incomes": _gini,
    "shuffled_order_expectation": _expectation,
}


# --- independent implementations -------------------------------------------------------------


def _amounts(rng: np.random.Generator) -> tuple[Any, ...]:
    kind = rng.integers(4)
    size = int(rng.integers(1, 25))
    amounts = rng.integers(0, 5, size) if kind < 2 else rng.lognormal(0, 1, size)
    return (np.zeros(size) if kind == 0 and rng.random() < 0.3 else amounts,)


def _gini_brute(amounts: np.ndarray) -> float:
    """The mean absolute difference of all ordered pairs over twice the mean."""
    values = [float(amount) for amount in amounts]
    total, n = sum(values), len(values)
    if not total:
        return float("nan")
    return sum(abs(x - y) for x in values for y in values) / (2 * n * total)


def _lorenz_gini(amounts: np.ndarray) -> float:
    """1 minus twice the area under the Lorenz curve."""
    curve = ours.lorenz(amounts)
    return float(1 - 2 * np.trapezoid(curve[:, 1], curve[:, 0]))


def _meeting(rng: np.random.Generator) -> tuple[Any, ...]:
    n = int(rng.integers(1, 40))
    speakers = rng.choice(["ann", "bob", "cid", "dee"], n, p=[0.6, 0.2, 0.1, 0.1])
    return speakers, rng.integers(0, 3, n), bool(rng.integers(2))


def _counts_ours(speakers: np.ndarray, sessions: np.ndarray, self_turns: bool) -> np.ndarray:
    found = ours.who_follows_whom(speakers, sessions, self_turns, permutations=0)
    return found.counts.ravel()


def _counts_loop(speakers: np.ndarray, sessions: np.ndarray, self_turns: bool) -> list[float]:
    """Counted with a dictionary; a session's statements in the order given."""
    last: dict[int, str] = {}
    seen: dict[tuple[str, str], int] = {}
    for speaker, session in zip(speakers.tolist(), sessions.tolist(), strict=True):
        if session in last and (self_turns or last[session] != speaker):
            pair = (last[session], speaker)
            seen[pair] = seen.get(pair, 0) + 1
        last[session] = speaker
    names = sorted(set(speakers.tolist()))
    return [seen.get((a, b), 0) for a in names for b in names]


def _short(rng: np.random.Generator) -> tuple[Any, ...]:
    n = int(rng.integers(2, 7))
    return (rng.choice(["a", "b", "c"], n),)


def _expected_ours(speakers: np.ndarray) -> np.ndarray:
    return ours.who_follows_whom(speakers, self_turns=True, permutations=1).expected.ravel()


def _expected_brute(speakers: np.ndarray) -> np.ndarray:
    """The mean over all orders of the statements."""
    names = sorted(set(speakers.tolist()))
    counts = np.zeros((len(names), len(names)))
    orders = list(permutations([names.index(s) for s in speakers.tolist()]))
    for order in orders:
        for a, b in pairwise(order):
            counts[a, b] += 1
    return (counts / len(orders)).ravel()


def _turns(rng: np.random.Generator) -> tuple[Any, ...]:
    speakers = [0]
    while len(speakers) < 7:
        speakers.append(int(rng.choice([s for s in range(4) if s != speakers[-1]])))
    return (np.array(speakers),)


def _turns_ours(speakers: np.ndarray) -> np.ndarray:
    return ours.who_follows_whom(speakers, permutations=2000).expected.ravel()


def _turns_brute(speakers: np.ndarray) -> np.ndarray:
    """The mean over all orders in which nobody follows themself."""
    names = sorted(set(speakers.tolist()))
    counts, orders = np.zeros((len(names), len(names))), 0
    for order in set(permutations([names.index(s) for s in speakers.tolist()])):
        steps = list(pairwise(order))
        if all(a != b for a, b in steps):
            orders += 1
            for a, b in steps:
                counts[a, b] += 1
    return (counts / orders).ravel()


def _coded(rng: np.random.Generator) -> tuple[Any, ...]:
    n = int(rng.integers(2, 7))
    raised = rng.random((n, 3)) < rng.random(3)
    return raised, rng.choice(["a", "b"], n), rng.integers(0, 2, n)


def _echo_ours(raised: np.ndarray, speakers: np.ndarray, within: np.ndarray) -> np.ndarray:
    found = ours.echo(raised, speakers, within=within, permutations=10)
    return np.concatenate([found.code_observed, found.code_expected])


def _echo_brute(raised: np.ndarray, speakers: np.ndarray, within: np.ndarray) -> np.ndarray:
    """Counted in the order given, and in all orders that keep every block in its places."""

    def count(order: tuple[int, ...]) -> np.ndarray:
        total = np.zeros(raised.shape[1])
        for a, b in pairwise(order):
            if speakers[a] != speakers[b]:
                total += raised[a] & raised[b]
        return total

    n = len(speakers)
    kept = [o for o in permutations(range(n)) if all(within[o[i]] == within[i] for i in range(n))]
    expected = np.mean([count(order) for order in kept], axis=0)
    return np.concatenate([count(tuple(range(n))), expected])


PEERS: list[Peer] = [
    Peer(
        function="participation.gini",
        peer="mean absolute difference of all pairs",
        covers="ties, zeros, nobody speaks, one speaker",
        generate=_amounts,
        ours=ours.gini,
        theirs=_gini_brute,
    ),
    Peer(
        function="participation.lorenz",
        peer="the Gini coefficient by pairs, against the area of the curve",
        covers="ties, zeros, nobody speaks, one speaker",
        generate=_amounts,
        ours=_lorenz_gini,
        theirs=_gini_brute,
    ),
    Peer(
        function="participation.who_follows_whom (counts)",
        peer="a plain loop",
        covers="session breaks, statements in a row, one statement, self-turns kept or not",
        generate=_meeting,
        ours=_counts_ours,
        theirs=_counts_loop,
    ),
    Peer(
        function="participation.who_follows_whom (expected, self-turns kept)",
        peer="brute force over all orders",
        covers="one speaker, few statements",
        generate=_short,
        ours=_expected_ours,
        theirs=_expected_brute,
    ),
    Peer(
        function="participation.who_follows_whom (expected, nobody follows themself)",
        peer="brute force over all such orders",
        covers="few orders, speakers with most turns (random orders: about five standard errors)",
        generate=_turns,
        ours=_turns_ours,
        theirs=_turns_brute,
        tolerance=0.08,
    ),
    Peer(
        function="participation.echo (observed, expected)",
        peer="brute force over all orders within blocks",
        covers="codes raised by nobody, by all, one speaker, blocks that return",
        generate=_coded,
        ours=_echo_ours,
        theirs=_echo_brute,
    ),
]
