"""What changed between two ledgers: for a reviewer, or after a change of data or code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from analysis.evidence.findings import Finding

#: What makes a finding another one: what it says, and how firmly.
COMPARED = ("text", "value", "low", "high", "k", "n", "unit", "source", "standing", "label")


@dataclass(frozen=True, slots=True)
class Change:
    """One finding that differs: its id, and for each field that does, the old and the new value."""

    id: str
    fields: tuple[tuple[str, object, object], ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two ledgers side by side; each list is in the order of the ledger it comes from."""

    changed: tuple[Change, ...]
    appeared: tuple[Finding, ...]
    vanished: tuple[Finding, ...]

    def lines(self) -> list[str]:
        """One line a difference, and a last line that counts them."""
        out = []
        for change in self.changed:
            parts = (f"{name} {_shown(old)} -> {_shown(new)}" for name, old, new in change.fields)
            out.append(f"changed  {change.id}: {'; '.join(parts)}")
        out += [f"appeared {f.id}: {f.text}" for f in self.appeared]
        out += [f"vanished {f.id}: {f.text}" for f in self.vanished]
        counts = (len(self.changed), len(self.appeared), len(self.vanished))
        out.append("{} changed, {} appeared, {} vanished".format(*counts))
        return out


def _shown(value: object) -> str:
    return "(empty)" if value is None else str(value)


def compare(old: Iterable[Finding], new: Iterable[Finding]) -> Comparison:
    """What differs between an ``old`` and a ``new`` ledger, finding by finding (by id).

    Digests are left out: a new digest with the same value is no other finding.
    """
    before, after = {f.id: f for f in old}, {f.id: f for f in new}
    changed = []
    for name, finding in after.items():
        if name in before:
            pairs = ((c, getattr(before[name], c), getattr(finding, c)) for c in COMPARED)
            fields = tuple(pair for pair in pairs if pair[1] != pair[2])
            if fields:
                changed.append(Change(name, fields))
    return Comparison(
        changed=tuple(changed),
        appeared=tuple(f for name, f in after.items() if name not in before),
        vanished=tuple(f for name, f in before.items() if name not in after),
    )
