"""Which codes are raised by the same experts.

``jaccard`` says how similar two codes are, ``pair_test`` whether one pair goes beyond chance
(exactly), ``pair_tests`` the same for all pairs with p-values adjusted for their number, and
``fixed_margin_tests`` whether it goes beyond the experts' talkativeness too. ``communities`` groups
codes and says how stable the groups are. The functions live in three modules beside this one.
"""

from __future__ import annotations

from analysis.statistics.cooccurrence_communities import (
    Communities,
    adjusted_rand,
    communities,
    graph_communities,
)
from analysis.statistics.cooccurrence_margins import fixed_margin_tests, sample_fixed_margins
from analysis.statistics.cooccurrence_pairs import PairTests, jaccard, pair_test, pair_tests

__all__ = [
    "Communities",
    "PairTests",
    "adjusted_rand",
    "communities",
    "fixed_margin_tests",
    "graph_communities",
    "jaccard",
    "pair_test",
    "pair_tests",
    "sample_fixed_margins",
]
