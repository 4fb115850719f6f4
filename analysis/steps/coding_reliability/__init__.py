"""Coding reliability: how far two coders or more agree, on what they do not, and what came of it.

:func:`analyse` takes a panel and returns all tables of the chapter; :func:`results` the numbers and
sentences that its prose states. A code counts as given in any stance, unless told otherwise;
whether the stances agree is a question of its own.
"""

from analysis.steps.coding_reliability.analysis import CodingReliability, analyse
from analysis.steps.coding_reliability.sentences import results

__all__ = ["CodingReliability", "analyse", "results"]
