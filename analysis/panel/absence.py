"""What a panel does not have: one exception, whose sentence a page shows in place of a step."""

from __future__ import annotations


class NotInPanel(Exception):  # noqa: N818 - it is no error: the step ends with its sentence
    """The panel does not have what a step needs; the message is one plain sentence."""


def need(condition: object, sentence: str) -> None:
    """End the step with ``sentence`` unless ``condition`` is true (or not zero)."""
    if not condition:
        raise NotInPanel(sentence)
