"""Random draws with names: the constructed panel's only source of chance.

A draw is a digest of the seed and the draw's own name, such as ``("pause", "s1-004")``. So an
edited statement changes its own draws and no others, the order in which things are made does not
matter, and no version of any library or platform changes a number.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Draws:
    """Draws under one ``seed``; each is named by the arguments, and the same name gives it again.

    Examples
    --------
    >>> draws = Draws(1)
    >>> draws.uniform("pause", "s1-004") == draws.uniform("pause", "s1-004")
    True
    >>> draws.uniform("pause", "s1-004") == draws.uniform("pause", "s1-005")
    False
    """

    seed: int

    def uniform(self, *name: str) -> float:
        """A number between 0 and 1, both excluded."""
        digest = hashlib.sha256("|".join((str(self.seed), *name)).encode()).digest()
        return ((int.from_bytes(digest[:8], "big") >> 11) + 0.5) / 2**53

    def between(self, low: float, high: float, *name: str) -> float:
        """A number between ``low`` and ``high``, all alike probable."""
        return low + (high - low) * self.uniform(*name)

    def normal(self, *name: str) -> float:
        """A standard normal number."""
        return _NORMAL.inv_cdf(self.uniform(*name))

    def logistic(self, *name: str) -> float:
        """A standard logistic number."""
        u = self.uniform(*name)
        return math.log(u / (1 - u))

    def happens(self, probability: float, *name: str) -> bool:
        """Whether something of this ``probability`` happens."""
        return self.uniform(*name) < probability

    def choose(self, weights: Mapping[str, float], *name: str) -> str:
        """One of the keys, each with a probability in proportion to its weight.

        Raises
        ------
        ValueError
            If no weight is positive.
        """
        total = sum(weights.values())
        if not total > 0:
            raise ValueError(f"nothing to choose from: {dict(weights)}")
        rest = self.uniform(*name) * total
        for key, weight in weights.items():
            rest -= weight
            if rest < 0:
                return key
        return [key for key, weight in weights.items() if weight > 0][-1]  # rounding only
