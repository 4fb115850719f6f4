"""Shares and probabilities in the sentences of the precision chapter."""

from __future__ import annotations


def per_cent(share: float) -> str:
    """A share in per cent, to one decimal where there is one: "10%", "13.9%"."""
    return f"{round(100 * float(share), 1):g}%"


def chance(probability: float) -> str:
    """A probability to two decimals; what only rounds to 0 or 1 is "less than" or "more than"."""
    text = f"{round(float(probability), 9):.2f}"
    if text == "1.00" and probability < 1:
        return "more than 0.99"
    return "less than 0.01" if text == "0.00" and probability > 0 else text
