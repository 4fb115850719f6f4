"""How numbers and names are put into words; nothing else in the package does it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from html import escape
from numbers import Number
from string import Formatter
from typing import Any

from analysis.statistics.results import Estimate, Test

#: How many names a sentence lists; more are counted.
LONGEST_LIST = 6
#: Below this many a share gets no percentage.
FEWEST_FOR_PERCENT = 4

#: Headings of columns by their names, for all chapters.
HEADINGS = {
    "against": "Spoke against",
    "both": "Both raised by",
    "expected": "Expected if unrelated",
    "k": "Experts",
    "kind": "Kind of stakeholder",
    "kind_name": "Kind of stakeholder",
    "label": "Code",
    "low": "Interval",
    "n": "Answers",
    "opposed": "Opposed by",
    "pvalue": "p",
    "raised": "Raised by",
    "text": "Wording",
}


def number(value: float, digits: int = 2, signed: bool = False) -> str:
    """A number with a typographic minus; "not defined" for NaN."""
    if math.isnan(value):
        return "not defined"
    text = f"{round(value, 9):{'+' if signed else ''},.{digits}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("+-")
    return text.replace("-", "\u2212")


def whole(value: float) -> str:
    """A whole number, thousands parted."""
    return number(value, 0)


def counted(k: int, n: int) -> str:
    """ "none of the 20", "7 of 20", "all 20"; "0 of 1", "1 of 1"."""
    if n < 2:
        return f"{k} of 1" if n else "none of none"
    if k == 0:
        return f"none of the {whole(n)}"
    return f"all {whole(n)}" if k == n else f"{whole(k)} of {whole(n)}"


def limits(low: float, high: float, digits: int = 2) -> str:
    """ "0.39 to 0.78"; a dash where there is no interval."""
    if math.isnan(low) or math.isnan(high):
        return "–"
    return f"{number(low, digits)} to {number(high, digits)}"


def interval(found: Estimate, digits: int = 2) -> str:
    """ "95% interval 2.25 to 3.60", or why there is none."""
    if math.isnan(found.low) or math.isnan(found.high):
        return f"no interval: {found.reason or 'it is not defined'}"
    level = f"{100 * found.confidence:g}% interval"
    return f"{level} {limits(found.low, found.high, digits)}"


def noun(count: float, word: str) -> str:
    """ "1 expert", "4 experts", "no expert"; an irregular plural comes after a bar."""
    if count != int(count):
        raise ValueError(f"{count:.2f} is no number of things to follow with {word!r}")
    one, _, many = word.partition("|")
    if count == 0:
        return f"no {one}"
    return f"{whole(count)} {one if count == 1 else many or one + 's'}"


def probability(p: float) -> str:
    """ "p = 0.031", "p below 0.001"."""
    if math.isnan(p):
        return "p is not defined"
    return "p below 0.001" if p < 0.001 else f"p = {p:.3f}"


def percent(found: Estimate) -> str:
    """ "7 of 20 (35%)"; the counts alone where they are few."""
    if found.k is None or found.n is None:
        raise ValueError("a percentage comes with its counts: use share() or part()")
    text = counted(found.k, found.n)
    return text if found.n < FEWEST_FOR_PERCENT else f"{text} ({100 * found:.0f}%)"


def listing(names: Iterable[str], quote: bool = True) -> str:
    """ "“A”, “B” and “C”"; from seven on the first five and how many more."""
    shown = [f"“{name}”" if quote else str(name) for name in names]
    if len(shown) > LONGEST_LIST:
        more = len(shown) - LONGEST_LIST + 1
        shown = [*shown[: LONGEST_LIST - 1], f"{more} more"]
    if len(shown) < 2:
        return "".join(shown) or "none"
    return ", ".join(shown[:-1]) + " and " + shown[-1]


def put(value: Any, how: str = "") -> str:
    """A value of a sentence in words, as ``{name:how}`` in a template asks.

    An :class:`.Estimate` gives "7 of 20", a count, or a number with two decimals; ``how`` is
    ``interval`` (``interval0``: whole numbers), ``percent``, ``signed``, ``p``, a number of
    decimals, or a noun that is counted.
    Names give a list with quotation marks (``plain``: without), text itself.
    """
    if isinstance(value, Test):
        undefined = math.isnan(value.pvalue)
        return f"p is not defined: {value.reason}" if undefined else probability(value.pvalue)
    if not isinstance(value, Estimate):
        return value if isinstance(value, str) else listing(value, quote=how != "plain")
    if how.startswith("interval"):
        return interval(value, int(how.removeprefix("interval") or 2))
    if math.isnan(value):
        return f"not defined ({value.reason})" if value.reason else "not defined"
    if how == "percent":
        return percent(value)
    if how == "signed":
        return number(value, 2, signed=True)
    if how == "p":
        return probability(value)
    if how.isdigit():
        return number(value, int(how))
    if how and how != "k":
        return noun(value, how)
    if how == "k" and value.k is not None:
        return whole(value.k)
    if value.k is not None and value.n is not None:
        return counted(value.k, value.n)
    return whole(value) if value.method == "count" else number(value)


def pieces(template: str, values: dict[str, Any]) -> list[tuple[str, str]]:
    """A filled template in pieces: each text, and the name of the value it came from or "".

    What would leave no trace in the ledger is refused: a digit in the template, a bare number.
    """
    parsed = list(Formatter().parse(template))
    words = re.sub(r"\]\([^)]*\)", "]", "".join(text for text, *_ in parsed))
    if stray := re.findall(r"\d+", words):
        given = ", ".join(stray)
        raise ValueError(f"typed by hand into a sentence: {given} (or put there by an f-string)")
    found: list[tuple[str, str]] = []
    for text, name, how, _ in parsed:
        if text:
            found.append((text, ""))
        if name is not None:
            value = values[name]
            if isinstance(value, Number) and not isinstance(value, Estimate):
                raise TypeError(f"{name}: make it an Estimate, so that it is recorded")
            found.append((put(value, how or ""), name))
    return found


#: What Markdown, MyST or mathematics would read as markup.
_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|$~^&:@%=-])")


def markdown(text: str) -> str:
    """Text as Markdown that shows just this text, on one line."""
    line = _MARKUP.sub(r"\\\1", " ".join(text.split()))
    return re.sub(r"^(\d+)\.", r"\1\\.", line)  # no item of a list


def html(text: object) -> str:
    """Text as HTML that shows just this text, on one line."""
    return escape(" ".join(str(text).split()))
