"""How numbers are worded: one place, so that every chapter says the same thing the same way."""

from __future__ import annotations

import math
from collections.abc import Sequence

from analysis.display.messages import message

#: Groups up to this size get counts alone: a percentage of two or three says too much.
SMALLEST_PERCENT = 4

#: A typographic minus, so that a negative number does not break after its sign.
MINUS = "\u2212"


def number(value: float | None, digits: int = 2, language: str = "en") -> str:
    """A number rounded to ``digits`` decimals, half to even on the decimal that is printed.

    None and NaN are worded "not defined". A value that rounds to zero loses its sign. Russian
    takes a decimal comma.
    """
    if value is None or math.isnan(value):
        return message("undefined", language)
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    if language == "ru":
        text = text.replace(".", ",")
    return text.replace("-", MINUS)


def signed(value: float | None, digits: int = 2, language: str = "en") -> str:
    """A difference: as :func:`number`, with a plus sign where it is above zero."""
    text = number(value, digits, language)
    if value is not None and value > 0 and float(f"{value:.{digits}f}") > 0:
        return "+" + text
    return text


def percent(k: int, n: int) -> str:
    """``k`` of ``n`` in whole per cent. Halves round up; 0 and 100 are kept for none and all.

    Raises
    ------
    ValueError
        If ``n`` is not positive or ``k`` lies outside 0..n.
    """
    _check_counts(k, n)
    rounded = (200 * k + n) // (2 * n)
    if k < n and rounded == 100:
        return ">99"
    if k > 0 and rounded == 0:
        return "<1"
    return str(rounded)


def share(k: int, n: int, language: str = "en") -> str:
    """Counts first, then the percentage: "7 of 20 (35%)"; "2 of 3" for a group of two or three."""
    _check_counts(k, n)
    if n < SMALLEST_PERCENT:
        return message("share", language, k=k, n=n)
    return message("share_percent", language, k=k, n=n, percent=percent(k, n))


def count_of(k: int, n: int, language: str = "en") -> str:
    """Counts in running text: "none of the 20", "7 of 20", "all 20"."""
    _check_counts(k, n)
    if k == 0:
        return message("none_of", language, n=n)
    if k == n:
        return message("all_of", language, n=n)
    return message("share", language, k=k, n=n)


def interval(
    low: float | None,
    high: float | None,
    digits: int = 2,
    confidence: float | None = None,
    language: str = "en",
) -> str:
    """An interval or a range: "0.18 to 0.57", with its level if ``confidence`` (0..1) is given."""
    if low is None or high is None or math.isnan(low) or math.isnan(high):
        return message("undefined", language)
    ends = {"low": number(low, digits, language), "high": number(high, digits, language)}
    if confidence is None:
        return message("interval", language, **ends)
    level = round(100 * confidence, 6)  # 0.29 * 100 is 28.999...
    level_text = number(level, 0 if level % 1 == 0 else 1, language)
    return message("interval_level", language, confidence=level_text, **ends)


def listing(names: Sequence[str], language: str = "en") -> str:
    """Names in a row: "A", "A and B", "A, B and C"; an empty list is "none" to no reader: refuse.

    Raises
    ------
    ValueError
        If ``names`` is empty: the caller has a sentence of its own for that.
    """
    if not names:
        raise ValueError("an empty list has no wording; say what is missing instead")
    if len(names) == 1:
        return names[0]
    return f"{', '.join(names[:-1])} {message('and', language)} {names[-1]}"


def change(before: float, after: float, digits: int = 2, language: str = "en") -> str:
    """The verb for a change: "rose", "fell"; "stayed the same" where the printed numbers agree."""
    if math.isnan(before) or math.isnan(after):
        return message("undefined", language)
    if number(before, digits) == number(after, digits):
        return message("stayed", language)
    return message("rose" if after > before else "fell", language)


def side(difference: float, digits: int = 2, language: str = "en") -> str:
    """Where something lies: "above", "below"; "level with" where the printed difference is 0."""
    if math.isnan(difference):
        return message("undefined", language)
    if float(f"{difference:.{digits}f}") == 0:
        return message("level", language)
    return message("above" if difference > 0 else "below", language)


def _check_counts(k: int, n: int) -> None:
    if n < 1 or not 0 <= k <= n:
        raise ValueError(f"expected 0 <= k <= n and n >= 1, got k = {k} and n = {n}")


def of_unit(
    unit: str,
    value: float | int | str | None,
    k: int | None = None,
    n: int | None = None,
    language: str = "en",
) -> str:
    """The wording of a finding of a given unit.

    ===========  ======================================================================
    unit         example
    ===========  ======================================================================
    index        0.602 (an index on 0..1, three decimals as its publishers print it)
    coefficient  0.74 (two decimals)
    rank         57
    rank-of      57 of 193
    percentile   71 (a whole number)
    points       +12 (a difference of percentiles, signed, whole)
    change       +0.05 (a difference of indices, signed)
    count        20
    share        7 of 20 (35%)
    count-of     none of the 20
    minutes      3.4
    rate         95.3% (how often something happens under a model, one decimal)
    direction    rose (of a difference of indices; "fell", "stayed the same")
    side         above (of a difference of indices; "below", "level with")
    names        A, B and C (of names parted by "; ")
    text, date, list   as given
    ===========  ======================================================================

    Raises
    ------
    ValueError
        If the unit is unknown, a share lacks its counts, or there is no name to list.
    """
    if unit in {"share", "count-of", "rank-of"}:
        if k is None or n is None:
            raise ValueError(f"a finding in unit {unit!r} needs its counts k and n")
        if unit == "rank-of":
            return message("rank_of", language, rank=k, n=n)
        return share(k, n, language) if unit == "share" else count_of(k, n, language)
    if unit in {"text", "date", "list"}:
        if value is None:
            return message("undefined", language)
        return str(value)
    if unit == "names":
        return listing(str(value).split("; ") if value else [], language)
    if isinstance(value, str):
        raise ValueError(f"a finding in unit {unit!r} needs a number, got {value!r}")
    digits = {"index": 3, "coefficient": 2, "minutes": 1}
    if unit in digits:
        return number(value, digits[unit], language)
    if unit == "rank":  # tied ranks may be halves
        return number(value, 0 if value is None or value % 1 == 0 else 1, language)
    if unit in {"percentile", "count"}:
        return number(value, 0, language)
    if unit == "rate":
        if value is None or math.isnan(value):
            return message("undefined", language)
        return message("percent", language, value=number(100 * value, 1, language))
    if unit == "points":
        return signed(value, 0, language)
    if unit == "change":
        return signed(value, 3, language)
    if unit in {"direction", "side"}:
        if value is None:
            return message("undefined", language)
        return change(0, value, 3, language) if unit == "direction" else side(value, 3, language)
    raise ValueError(f"unknown unit {unit!r}")
