"""Ratings of the constructed panel: a latent ordinal model with known effects.

What an expert thinks of an item is the item's effect, plus the effect of the expert's side on that
item, plus the expert's own leaning, minus something where the expert spoke against what the item
names, plus logistic noise. Thresholds cut it into the values of the scale (a proportional-odds
model). A few answers are set by hand. ``ratings`` in ``generator.yml`` holds the numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import Any

from analysis.simulation.constructed_draws import Draws
from analysis.simulation.constructed_source import Source


@dataclass(frozen=True)
class RatingProcess:
    """The model of the ratings, and what follows from it."""

    source: Source
    draws: Draws

    @cached_property
    def numbers(self) -> dict[str, Any]:
        """The parameters, as in ``generator.yml``."""
        found: dict[str, Any] = self.source.generator["ratings"]
        return found

    @cached_property
    def items(self) -> list[str]:
        """Ids of the items, in file order."""
        return [row["item_id"] for row in self.source.tables["items"]]

    @cached_property
    def by_hand(self) -> dict[str, dict[str, int]]:
        """Answers that are set and not drawn, by expert and item."""
        found: dict[str, dict[str, int]] = self.numbers["answers_by_hand"]
        return found

    @cached_property
    def opposed(self) -> set[tuple[str, str]]:
        """Experts and items whose code the expert opposed in the session and never raised."""
        stances: dict[tuple[str, str], set[str]] = {}
        for s in self.source.statements:
            for code, stance in s.codes.items():
                stances.setdefault((s.speaker, code), set()).add(stance)
        return {
            (expert, item)
            for expert in self.source.experts
            for item, code in self.numbers["code_of_item"].items()
            if stances.get((expert, code)) == {"opposes"}
        }

    def systematic(self, expert: str, item: str) -> float:
        """The latent value without the expert's leaning and without noise."""
        p = self.numbers
        side = p["side_effect"].get(item, 0.0) if self.source.side[expert] == p["side"] else 0.0
        opposed = p["opposed_effect"] if (expert, item) in self.opposed else 0.0
        return float(p["item_effect"][item]) + float(side) + float(opposed)

    @cached_property
    def leaning(self) -> dict[str, float]:
        """Each expert's own leaning, the same for all items.

        Drawn, then centred within each side, so that no side leans by chance; then what is set by
        hand is added.
        """
        side = self.source.side
        drawn = {e: self.draws.normal("leaning", e) for e in self.source.experts}
        middle = {
            name: fmean(z for e, z in drawn.items() if side[e] == name) for name in side.values()
        }
        spread, by_hand = self.numbers["leaning_sd"], self.numbers["leaning_by_hand"]
        return {
            e: spread * (z - middle[side[e]]) + float(by_hand.get(e, 0.0)) for e, z in drawn.items()
        }

    def is_blank(self, expert: str, item: str) -> bool:
        """Whether the expert left the item out."""
        if item in self.numbers["blanks"]["by_hand"].get(expert, ()):
            return True
        return self.draws.happens(float(self.numbers["blanks"]["rate"]), "blank", expert, item)

    def rate(self, expert: str, item: str) -> int | None:
        """The answer, None for a blank."""
        if expert in self.by_hand and item in self.by_hand[expert]:
            return self.by_hand[expert][item]
        if self.is_blank(expert, item):
            return None
        noise = self.draws.logistic("rating", expert, item)
        latent = self.systematic(expert, item) + self.leaning[expert] + noise
        lowest = int(self.numbers["scale"][0])
        return lowest + sum(latent > float(cut) for cut in self.numbers["thresholds"])

    def expected_mean(self, experts: Sequence[str], item: str) -> float:
        """The mean answer of these experts in the long run: only the noise is averaged out."""
        lowest, above = float(self.numbers["scale"][0]), 0.0
        for expert in experts:
            if item in self.by_hand.get(expert, {}):
                above += self.by_hand[expert][item] - lowest
                continue
            latent = self.systematic(expert, item) + self.leaning[expert]
            above += sum(1 / (1 + math.exp(cut - latent)) for cut in self.numbers["thresholds"])
        return lowest + above / len(experts)
