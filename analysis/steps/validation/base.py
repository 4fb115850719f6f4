"""What the validation chapter is made of: published examples and comparisons with peers.

Each module of ``analysis.statistics`` has a sibling module here with two names:

``EXAMPLES``
    a dict from the id of an example in ``data/validation/<module>.yml`` to a function that takes
    the example's ``input`` and returns a dict of computed values, keyed as ``published`` is.
``PEERS``
    a list of :class:`Peer`: our function and an independent one on seeded random inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.statistics.clock import resampling

Compute = Callable[[Mapping[str, Any]], Mapping[str, float]]


@dataclass(frozen=True)
class Peer:
    """One of our functions against an independent implementation.

    ``generate(rng)`` makes the arguments of one case (a tuple); ``ours(*args)`` and
    ``theirs(*args)`` each return a float or a flat array of floats. NaN on both sides agrees.
    ``peer`` names the other side ("krippendorff 0.9", "brute force over all orders"), and
    ``covers`` the kinds of case that ``generate`` makes (gaps, ties, all agree, empty rows).
    """

    function: str
    peer: str
    covers: str
    generate: Callable[[np.random.Generator], tuple[Any, ...]]
    ours: Callable[..., Any]
    theirs: Callable[..., Any]
    tolerance: float = 1e-9
    cases: int = 24

    @resampling()
    def differences(self, seed: int = 0, cases: int | None = None) -> np.ndarray:
        """The largest absolute difference of each case, shape (cases,)."""
        rng = np.random.default_rng(seed)
        out = []
        for _ in range(cases or self.cases):
            args = self.generate(rng)
            a = np.atleast_1d(np.asarray(self.ours(*args), dtype=float))
            b = np.atleast_1d(np.asarray(self.theirs(*args), dtype=float))
            if a.shape != b.shape:
                raise AssertionError(f"{self.function}: shapes {a.shape} and {b.shape} differ")
            with np.errstate(invalid="ignore"):
                gap = np.abs(a - b)
            gap[np.isnan(a) & np.isnan(b)] = 0.0
            gap[np.isnan(a) != np.isnan(b)] = np.inf
            # equal infinities subtract to NaN
            gap[(a == b)] = 0.0
            out.append(float(gap.max(initial=0.0)))
        return np.array(out)
