"""What a step hands over besides its tables: the results that the prose will state."""

from __future__ import annotations

from dataclasses import dataclass

Value = float | int | str | None


@dataclass(frozen=True, slots=True)
class Result:
    """One result of a step, before it has a source, a digest and a wording.

    ``unit`` decides how it is worded (see :mod:`analysis.display.wording`); ``function`` is the
    dotted name of what computed it. NaN stands for "undefined" and is worded as such.
    """

    id: str
    label: str
    value: Value
    unit: str
    standing: str
    method: str
    function: str
    low: float | None = None
    high: float | None = None
    k: int | None = None
    n: int | None = None
