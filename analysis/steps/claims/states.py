"""What a sign can say of a claim."""

from __future__ import annotations

from collections.abc import Iterable

FOR, AGAINST, OPEN, UNSEEN = "for", "against", "open", "not seen"
#: The states as a reader sees them.
STATES = {
    FOR: "points to it",
    AGAINST: "points against it",
    OPEN: "points neither way",
    UNSEEN: "cannot be looked at",
}


def together(states: Iterable[str]) -> str:
    """The state of several: the one that all seen ones share, else open; unseen if none is seen."""
    seen = {state for state in states if state != UNSEEN}
    if not seen:
        return UNSEEN
    return seen.pop() if len(seen) == 1 else OPEN
