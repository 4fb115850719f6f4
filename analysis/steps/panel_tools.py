"""What the chapters about a panel share: labels, who is counted, sentences, resampled means.

Sentences that depend on results are made here and in the steps, in plain words and for any panel.
Names of codes, kinds and items come from the panel.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.panel.format import CONSENSUS
from analysis.panel.panel import Panel
from analysis.statistics.resampling import DEFAULT_SEED, resample
from analysis.statistics.results import Estimate
from analysis.steps.results import Result

FloatArray = NDArray[np.float64]

#: The level of the intervals in the chapters about a panel.
CONFIDENCE = 0.95
#: The most names that a sentence lists before it says how many more there are.
MOST_NAMES = 6
#: The anchors of a scale at the end of an item's text, such as "(1 = not at all, 5 = fully)".
_ANCHORS = re.compile(r"\s*\([^()]*=[^()]*\)\s*$")


# words


def listing(names: Sequence[str], most: int = MOST_NAMES) -> str:
    """Names in a row: "A", "A and B", "A, B and C"; beyond ``most`` names "A, B and 7 others".

    Raises
    ------
    ValueError
        If there is no name: the caller has a sentence of its own for that.
    """
    if not names:
        raise ValueError("an empty list has no wording; say what is missing instead")
    shown = list(names)
    if len(shown) > most + 1:
        shown = [*shown[:most], f"{len(shown) - most} others"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def quoted(names: Sequence[str], most: int = MOST_NAMES) -> str:
    """As :func:`listing`, each name in quotation marks."""
    shown = [f"“{name}”" for name in names]
    return listing(shown, most)


def count_of(k: int, n: int) -> str:
    """Counts in a sentence: "none of the 20", "7 of 20", "all 20"."""
    if k == 0:
        return f"none of the {n}"
    return f"all {n}" if k == n else f"{k} of {n}"


def plural(number: int, one: str, many: str = "") -> str:
    """A number with its noun: "1 expert", "4 experts"."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def start(sentence: str) -> str:
    """The sentence with a capital letter at its start."""
    return sentence[:1].upper() + sentence[1:]


def two(value: float) -> str:
    """A number to two decimals, with a typographic minus; "not defined" for NaN."""
    if math.isnan(value):
        return "not defined"
    # machines differ in the last digits of a float, and half a hundredth must not hang on them
    text = str(Decimal(f"{value:.9g}").quantize(Decimal("0.01"), ROUND_HALF_EVEN))
    return (text.lstrip("-") if float(text) == 0 else text).replace("-", "\u2212")


def level(confidence: float = CONFIDENCE) -> str:
    """The level of an interval in a sentence: "95% interval"."""
    return f"{round(100 * confidence, 6):g}% interval"


def whole_or_half(value: float) -> str:
    """A median or quartile of whole numbers: "4", "3.5"."""
    return f"{value:.0f}" if value % 1 == 0 else f"{value:.1f}"


# labels


def _names(frame: pd.DataFrame, key: str, name: str, language: str) -> dict[str, str]:
    plain = frame[name].tolist()
    own = frame[f"{name}_ru"].tolist() if language == "ru" else plain
    chosen = [b if pd.isna(a) else a for a, b in zip(own, plain, strict=True)]
    return dict(zip(frame[key].tolist(), chosen, strict=True))


def code_names(panel: Panel, language: str = "en") -> dict[str, str]:
    """The name of each code; in Russian where there is one and ``language`` is ``ru``."""
    return _names(panel.codebook, "code_id", "name", language)


def kind_names(panel: Panel, language: str = "en") -> dict[str, str]:
    """The name of each kind of stakeholder, as :func:`code_names`."""
    return _names(panel.stakeholders, "stakeholder", "name", language)


def item_names(panel: Panel, language: str = "en") -> dict[str, str]:
    """The text of each item without the anchors of its scale; empty without items."""
    if "items" not in panel.frames:
        return {}
    texts = _names(panel.frames["items"], "item_id", "text", language)
    return {item: _ANCHORS.sub("", text) or text for item, text in texts.items()}


def experts_table(panel: Panel, coder: str = CONSENSUS) -> pd.DataFrame:
    """The experts by kind of stakeholder, each kind's in the order of the file.

    Columns expert, session, kind, kind_name, quotable, coded (whether ``coder`` worked on a
    statement of the expert), and row, the expert's place in the panel's own order.
    """
    experts = panel.experts
    table = pd.DataFrame(
        {
            "expert": experts["expert_id"].tolist(),
            "session": experts["session_id"].astype(str).tolist(),
            "kind": experts["stakeholder"].astype(str).tolist(),
            "quotable": experts["quotable"].to_numpy(dtype=np.bool_),
            "coded": panel.incidence(coder).coded,
            "row": np.arange(len(experts)),
        }
    )
    table.insert(3, "kind_name", table["kind"].map(kind_names(panel)))
    order = np.argsort(experts["stakeholder"].cat.codes.to_numpy(), kind="stable")
    return table.iloc[order].reset_index(drop=True)


# who is counted


def counted(panel: Panel, coder: str = CONSENSUS) -> str:
    """The sentence that says how many experts are counted, and who is not."""
    table = experts_table(panel, coder)
    n, coded = len(table), int(table["coded"].sum())
    if coded == n:
        return f"Counted are {count_of(n, n)} experts: each has coded statements."
    missing = table.loc[~table["coded"]].sort_values("row")["expert"].tolist()
    verb = "has" if len(missing) == 1 else "have"
    return (
        f"Counted are {count_of(coded, n)} experts. {listing(missing)} {verb} no coded statement "
        "and cannot be counted as silent."
    )


def sessions_note(panel: Panel) -> str:
    """The sentence that says in what kind of conversation the experts spoke."""
    sessions = len(panel.sessions)
    if panel.meta.mode == "individual":
        return (
            "Each expert was interviewed alone, so nobody could take up a theme from another "
            "expert."
        )
    where = "in one group session" if sessions == 1 else f"in {sessions} group sessions"
    return (
        f"The experts spoke {where}. In a group one expert hears another, so a theme that several "
        "raise may have been taken up from the first of them."
    )


# results


def text_result(
    id: str,
    label: str,
    value: str,
    function: str,
    method: str = "sentence chosen by the result",
    standing: str = "description",
    k: int | None = None,
    n: int | None = None,
    low: float | None = None,
    high: float | None = None,
) -> Result:
    """A result that is a sentence, or a part of one."""
    return Result(id, label, value, "text", standing, method, function, low, high, k, n)


def count_result(
    id: str, label: str, value: int, function: str, method: str = "count", n: int | None = None
) -> Result:
    """A result that is a count."""
    return Result(id, label, value, "count", "description", method, function, n=n)


def number_result(
    id: str,
    label: str,
    value: float,
    function: str,
    method: str,
    standing: str = "description",
    low: float | None = None,
    high: float | None = None,
    n: int | None = None,
) -> Result:
    """A result that is a number with two decimals; NaN where it is not defined."""
    return Result(id, label, value, "coefficient", standing, method, function, low, high, n=n)


def count_of_result(
    id: str, label: str, k: int | None, n: int, missing: str, function: str
) -> Result:
    """A result that is a count of experts; the text ``missing`` where nothing can be counted."""
    if k is None or n < 1:
        return text_result(id, label, missing, function, "nothing to count", n=n)
    return Result(id, label, k / n, "count-of", "description", "count", function, k=k, n=n)


# uncertainty


def mean_interval(
    values: ArrayLike,
    clusters: ArrayLike | None = None,
    confidence: float = CONFIDENCE,
    resamples: int = 10_000,
    seed: int = DEFAULT_SEED,
) -> Estimate:
    """The mean over experts, with a percentile bootstrap that draws whole experts, or sessions.

    Parameters
    ----------
    values
        One number for each expert, without gaps.
    clusters
        The session of each expert: whole sessions are drawn, each with all of its experts.

    Returns
    -------
    Estimate
        ``n`` is the number of experts. Without an interval, and with the ``reason``, for fewer
        than two experts (sessions), or where all are alike. NaN without experts.
    """
    array = np.asarray(values, dtype=np.float64)
    n = array.size
    unit = "experts" if clusters is None else "sessions"
    method = f"mean, percentile bootstrap over {unit}"
    if n == 0:
        return Estimate(math.nan, method=method, reason="no experts")
    labels = np.arange(n) if clusters is None else np.asarray(clusters)
    names, member = np.unique(labels, return_inverse=True)
    mean = float(array.mean())
    if names.size < 2:
        reason = f"resampling needs at least two {unit}, there is {names.size}"
        return Estimate(mean, n=n, method=method, reason=reason)
    if (array == array[0]).all():
        reason = "all experts are alike, and resampling cannot show how far others differ"
        return Estimate(mean, n=n, method=method, reason=reason)
    sums = np.bincount(member, weights=array).astype(np.float64)
    sizes = np.bincount(member).astype(np.float64)
    drawn = resample(partial(_means, sums=sums, sizes=sizes), resamples, seed, chunk=10_000)
    tail = (1 - confidence) / 2
    low, high = np.quantile(drawn, (tail, 1 - tail))
    se = float(drawn.std(ddof=1)) if resamples > 1 else math.nan
    return Estimate(mean, se, float(low), float(high), n, confidence, method)


def _means(
    size: int, rng: np.random.Generator, *, sums: FloatArray, sizes: FloatArray
) -> FloatArray:
    units = sums.size
    weights = rng.multinomial(units, np.full(units, 1 / units), size=size).astype(np.float64)
    means: FloatArray = (weights @ sums) / (weights @ sizes)
    return means
