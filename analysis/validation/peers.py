"""Peers: our functions beside independent implementations, on random and awkward input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics.resampling import SEED
from analysis.statistics.results import FloatArray

Case = Callable[[np.random.Generator], tuple[ArrayLike, ArrayLike]]


@dataclass(frozen=True)
class Peer:
    """``case`` draws one input and returns what ``function`` gives of it, and what the peer gives.

    ``covers`` says what the inputs are like. NaN on both sides agrees.
    """

    function: str
    peer: str
    covers: str
    case: Case
    tolerance: float = 1e-9
    cases: int = 24

    def __str__(self) -> str:
        return f"{self.function} beside {self.peer}"

    def differences(self, seed: int = SEED) -> FloatArray:
        """The largest absolute difference of each case; infinite where only one side is NaN."""
        rng = np.random.default_rng(seed)
        found = []
        for _ in range(self.cases):
            ours, theirs = (np.asarray(side, dtype=np.float64).ravel() for side in self.case(rng))
            if ours.shape != theirs.shape:
                raise ValueError(f"{self}: {ours.size} values beside {theirs.size}")
            gaps = np.abs(ours - theirs)
            gaps[np.isnan(ours) & np.isnan(theirs)] = 0.0
            found.append(float(np.nan_to_num(gaps, nan=np.inf).max(initial=0.0)))
        return np.array(found)


def peer(
    function: str, name: str, covers: str, tolerance: float = 1e-9, cases: int = 24
) -> Callable[[Case], Peer]:
    """Make a peer of a function that draws a case."""

    def made(case: Case) -> Peer:
        return Peer(function, name, covers, case, tolerance, cases)

    return made
