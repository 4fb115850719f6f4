"""Two coders and one code: the 2 x 2 table, and what shapes its kappa.

The public names are those of :mod:`analysis.statistics.agreement`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

NAN = float("nan")


@dataclass(frozen=True, slots=True)
class TwoCoderSummary:
    """Agreement of two coders on one code.

    ``n`` units, of which ``both`` coders gave the code, ``only_first``, ``only_second`` or
    ``neither``. ``kappa`` is NaN where both gave it always or never, and ``reason`` says so;
    ``positive_agreement`` is NaN where nobody gave it, ``negative_agreement`` where nobody
    withheld it.
    """

    n: int
    both: int
    only_first: int
    only_second: int
    neither: int
    percent_agreement: float
    kappa: float
    prevalence_index: float
    bias_index: float
    pabak: float
    positive_agreement: float
    negative_agreement: float
    reason: str = ""


def _counts(
    both: int, only_first: int, only_second: int, neither: int
) -> tuple[int, int, int, int]:
    given = {
        "both": both,
        "only_first": only_first,
        "only_second": only_second,
        "neither": neither,
    }
    for name, value in given.items():
        if not float(value).is_integer() or value < 0:
            raise ValueError(f"{name} must be a count, 0 or more, got {value!r}")
    return int(both), int(only_first), int(only_second), int(neither)


def prevalence_index(both: int, only_first: int, only_second: int, neither: int) -> float:
    """How lopsided the code is: |both - neither| / n, between 0 and 1.

    Near 1, kappa is low however well coders agree. NaN if there is no unit.

    Raises
    ------
    ValueError
        If a count is negative or not whole.

    Notes
    -----
    Byrt, Bishop & Carlin (1993), *Journal of Clinical Epidemiology* 46, 423-429; the absolute
    value as in Sim & Wright (2005), *Physical Therapy* 85, 257-268.
    """
    a, b, c, d = _counts(both, only_first, only_second, neither)
    n = a + b + c + d
    return abs(a - d) / n if n else NAN


def bias_index(both: int, only_first: int, only_second: int, neither: int) -> float:
    """How differently often the coders give the code: |only_first - only_second| / n.

    NaN if there is no unit. Byrt, Bishop & Carlin (1993); absolute as in Sim & Wright (2005).

    Raises
    ------
    ValueError
        If a count is negative or not whole.
    """
    a, b, c, d = _counts(both, only_first, only_second, neither)
    n = a + b + c + d
    return abs(b - c) / n if n else NAN


def pabak(both: int, only_first: int, only_second: int, neither: int) -> float:
    """Prevalence-adjusted bias-adjusted kappa: 2 p_o - 1, between -1 and 1.

    Kappa as it would be with the same agreement, equal use of both categories and no bias: percent
    agreement on another scale. NaN if there is no unit. Byrt, Bishop & Carlin (1993).

    Raises
    ------
    ValueError
        If a count is negative or not whole.
    """
    a, b, c, d = _counts(both, only_first, only_second, neither)
    n = a + b + c + d
    return 2 * (a + d) / n - 1 if n else NAN


def two_coder_counts(first: ArrayLike, second: ArrayLike) -> tuple[int, int, int, int]:
    """How many units got the code from both, only the first, only the second, and neither coder.

    ``first`` and ``second``, shape (units,): 1 or True where the coder gave the code, 0 or False
    where not, NaN where the unit was not coded; units that one did not code are left out.

    Raises
    ------
    ValueError
        If they differ in length or hold something else.
    """
    a, b = (np.asarray(values, dtype=float) for values in (first, second))
    if a.ndim != 1 or a.shape != b.shape:
        raise ValueError(
            f"expected one value for each unit from both coders, got {a.shape} and {b.shape}"
        )
    for values in (a, b):
        other = values[~np.isnan(values) & (values != 0) & (values != 1)]
        if len(other):
            raise ValueError(f"expected 0, 1 or NaN for each unit, got {other[0]:g}")
    known = ~np.isnan(a) & ~np.isnan(b)
    a, b = a[known] == 1, b[known] == 1
    both, only_first = int((a & b).sum()), int((a & ~b).sum())
    only_second = int((~a & b).sum())
    return both, only_first, only_second, len(a) - both - only_first - only_second


def two_coder_summary(
    both: int, only_first: int, only_second: int, neither: int
) -> TwoCoderSummary:
    """All that is usually reported of two coders and one code, from the 2 x 2 counts.

    Raises
    ------
    ValueError
        If a count is negative or not whole.

    Examples
    --------
    >>> round(two_coder_summary(2, 1, 1, 30).kappa, 3)
    0.634
    """
    a, b, c, d = _counts(both, only_first, only_second, neither)
    n = a + b + c + d
    chance = (a + b) * (b + d) + (a + c) * (c + d)
    reason = ""
    if not n:
        reason = "no unit was coded by both"
    elif not chance:
        reason = f"both coders gave the code to {'every' if a else 'no'} unit: kappa is 0/0"
    return TwoCoderSummary(
        n=n,
        both=a,
        only_first=b,
        only_second=c,
        neither=d,
        percent_agreement=(a + d) / n if n else NAN,
        kappa=2 * (a * d - b * c) / chance if chance else NAN,
        prevalence_index=prevalence_index(a, b, c, d),
        bias_index=bias_index(a, b, c, d),
        pabak=pabak(a, b, c, d),
        positive_agreement=2 * a / (2 * a + b + c) if a + b + c else NAN,
        negative_agreement=2 * d / (2 * d + b + c) if b + c + d else NAN,
        reason=reason,
    )


def two_coder_summaries(first: ArrayLike, second: ArrayLike) -> list[TwoCoderSummary]:
    """:func:`two_coder_summary` of each code, from the two coders' tables, units x codes.

    Entries as for :func:`two_coder_counts`; one summary for each column, in order.

    Raises
    ------
    ValueError
        If the tables differ in shape or are not two-dimensional.
    """
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if a.ndim != 2 or a.shape != b.shape:
        raise ValueError(f"expected two tables, units x codes, got {a.shape} and {b.shape}")
    return [two_coder_summary(*two_coder_counts(x, y)) for x, y in zip(a.T, b.T, strict=True)]
