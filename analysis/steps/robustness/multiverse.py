"""All analyses: each reading of the coding, with nobody and with somebody left out.

A multiverse in the sense of Steegen, Tuerlinckx, Gelman & Vanpaemel (2016): the same count made in
every way that could be defended. Leaving somebody out is no such way; it is crossed with the
readings to show whom a result rests on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.panel.format import CONSENSUS
from analysis.panel.panel import Panel
from analysis.panel.views_of_coding import FloatArray, IntArray
from analysis.statistics.clock import resampling
from analysis.statistics.resampling import DEFAULT_SEED
from analysis.steps.panel_tools import CONFIDENCE
from analysis.steps.robustness import coder_error
from analysis.steps.robustness.readings import LeftOut, Reading, Readings, readings_of

ANALYSIS_COLUMNS = ["analysis", "coder", "unit", "echoes", "left_out", "label"]
COUNT_COLUMNS = ["analysis", "code", "k", "opposed", "n", "rank", *ANALYSIS_COLUMNS[1:]]
CARRIED_COLUMNS = [
    "code",
    "label",
    "k",
    "n",
    "low",
    "high",
    "low_error",
    "high_error",
    "low_sessions",
    "high_sessions",
    "mean_error",
    "sign_kept",
]

#: How often experts and errors are drawn.
RESAMPLES = 2_000
#: What a percentile interval leaves out below, and the same above.
TAILS = ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)
#: What an analysis counts.
UNIT = "expert"
#: The analysis that changes nothing, in words.
AS_IT_IS = "the panel as it is"
_ECHOES = {True: "with echoes", False: "without echoes"}


@dataclass(frozen=True, slots=True, eq=False)
class Multiverse:
    """Counts for all analyses: readings x left out, the first of both being the panel as it is.

    ``raised`` and ``opposed`` are readings x left out x columns, ``n`` (left out,) the experts
    that are counted.
    """

    of: Readings
    raised: IntArray
    opposed: IntArray
    n: IntArray

    @property
    def size(self) -> int:
        """The number of analyses."""
        return len(self.of.readings) * len(self.of.left)


@resampling()
def multiverse(of: Readings) -> Multiverse:
    """The counts of all analyses."""
    keep = np.array([left.keep for left in of.left], dtype=np.float64)
    shape = (len(of.readings), len(of.left), len(of.columns))
    raised, opposed = np.empty(shape, dtype=np.int64), np.empty(shape, dtype=np.int64)
    for row, reading in enumerate(of.readings):
        raised[row] = np.rint(keep @ reading.raised)
        opposed[row] = np.rint(keep @ reading.opposed)
    return Multiverse(of, raised, opposed, keep.sum(axis=1).astype(np.int64))


def ranks(counts: IntArray | FloatArray) -> IntArray:
    """Ranks along the last axis, 1 for the largest; ties share the better rank."""
    out = np.empty(counts.shape, dtype=np.int64)
    for place in range(counts.shape[-1]):
        out[..., place] = 1 + (counts > counts[..., place : place + 1]).sum(axis=-1)
    return out


def analyses(panel: Panel) -> pd.DataFrame:
    """One row an analysis, the panel as it is first; columns :data:`ANALYSIS_COLUMNS`.

    ``coder`` is ``consensus``, a coder, or all but one of three coders or more. ``echoes`` is
    whether echoes count, ``left_out`` who is not counted, empty for nobody, ``label`` the analysis
    in words. Analyses that cannot differ (a coder who agrees with the consensus throughout, no
    echo in the panel, a session of one expert) are there once. Empty where nothing was coded.
    """
    return _analyses(readings_of(panel))


def _analyses(of: Readings) -> pd.DataFrame:
    if of.nothing:
        return pd.DataFrame(columns=ANALYSIS_COLUMNS)
    rows = [
        (
            "|".join((reading.coder, _ECHOES[reading.echoes], f"{left.kind}:{left.id}")),
            reading.coder,
            UNIT,
            reading.echoes,
            left.label,
            wording(reading, left),
        )
        for reading in of.readings
        for left in of.left
    ]
    return pd.DataFrame(rows, columns=ANALYSIS_COLUMNS)


def wording(reading: Reading, left: LeftOut | None = None) -> str:
    """An analysis in words: what it does otherwise than the other chapters."""
    parts = []
    if reading.coder != CONSENSUS:
        parts.append(f"coding of {reading.coder}")
    if not reading.echoes:
        parts.append("echoes not counted")
    if left is not None and left.kind:
        parts.append(without(left))
    return ", ".join(parts) or AS_IT_IS


def without(left: LeftOut) -> str:
    """Who is left out, in words: "without session s1"."""
    return f"without {left.label}" if left.kind != "stakeholder" else f"without “{left.label}”"


def counts(panel: Panel, codes: Sequence[str]) -> pd.DataFrame:
    """How many experts raise and oppose each code in each analysis; columns :data:`COUNT_COLUMNS`.

    Parameters
    ----------
    codes
        Of either level. A theme that holds codes is raised by whoever raised it or one of them.

    Returns
    -------
    DataFrame
        One row an analysis and code, with the columns of :func:`analyses`. ``k`` of ``n`` experts
        raise the code, ``opposed`` speak against it. ``rank`` is 1 for the code raised by most of
        those of the same task and level; ties share the better rank. Empty where nothing was coded.

    Raises
    ------
    ValueError
        If the codebook has no such code.
    """
    of = readings_of(panel)
    wanted = list(dict.fromkeys(codes))
    places = [of.place(code) for code in wanted]
    table = _analyses(of)
    if table.empty or not wanted:
        return pd.DataFrame(columns=COUNT_COLUMNS)
    found, many = multiverse(of), len(wanted)
    rank = np.empty((table.shape[0], many), dtype=np.int64)
    for column, place in enumerate(places):
        own = of.columns.iloc[place]
        group = of.among(str(own["task"]), int(own["level"]))
        ranked = ranks(found.raised[..., group])[..., np.flatnonzero(group == place)[0]]
        rank[:, column] = ranked.ravel()
    out = table.loc[table.index.repeat(many)].reset_index(drop=True)
    out["code"] = wanted * len(table)
    out["k"] = found.raised[..., places].ravel()
    out["opposed"] = found.opposed[..., places].ravel()
    out["n"] = np.repeat(np.tile(found.n, len(of.readings)), many)
    out["rank"] = rank.ravel()
    return out[COUNT_COLUMNS]


def carried(
    panel: Panel,
    codes: Sequence[str],
    resamples: int = RESAMPLES,
    seed: int = DEFAULT_SEED,
) -> pd.DataFrame:
    """Intervals of shares of experts, without and with the errors of coding.

    Experts are drawn with replacement; for ``_error`` the coding of each expert drawn is drawn
    too, with the errors of :func:`analysis.steps.robustness.coder_error.rates`; for ``_sessions``
    whole sessions are drawn, with these errors.

    Returns
    -------
    DataFrame
        One row a code, columns :data:`CARRIED_COLUMNS`: ``k`` of ``n`` experts raised it; ``low``
        to ``high`` is the percentile interval of the share over drawn experts, NaN where all or
        none raised it, ``low_error`` to ``high_error`` that with errors of coding, and
        ``mean_error`` the mean share then; ``sign_kept`` is the share of draws with errors in
        which more raise than oppose the code. Empty where nothing was double coded, no code given,
        or where there is one expert.
    """
    of = readings_of(panel)
    places = [of.place(code) for code in dict.fromkeys(codes)]
    error = coder_error.rates(panel)
    if of.nothing or error is None or not places or len(of.experts) < coder_error.FEWEST:
        return pd.DataFrame(columns=CARRIED_COLUMNS)
    return carried_table(coder_error.draw(of, error, resamples, seed, places), places)


def carried_table(drawn: coder_error.Drawn, places: Sequence[int]) -> pd.DataFrame:
    """:func:`carried` for some columns of what was drawn."""
    of = drawn.of
    n = len(of.experts)
    rows = []
    for place in places:
        own = of.columns.iloc[place]
        k = int(of.base.raised[:, place].sum())
        plain = drawn.plain[:, place] / n
        noisy = drawn.raised[:, place] / n
        row = {"code": own["code"], "label": own["label"], "k": k, "n": n}
        for end, tail in zip(("low", "high"), TAILS, strict=True):
            row[end] = quantile(plain, tail) if 0 < k < n else np.nan
            row[f"{end}_error"] = quantile(noisy, tail)
            sessions = drawn.by_session
            row[f"{end}_sessions"] = (
                np.nan if sessions is None else quantile(sessions[:, place], tail)
            )
        row["mean_error"] = float(noisy.mean())
        row["sign_kept"] = float((drawn.raised[:, place] > drawn.opposed[:, place]).mean())
        rows.append(row)
    return pd.DataFrame(rows, columns=CARRIED_COLUMNS)


def quantile(values: FloatArray, at: float) -> float:
    """A quantile that is one of the values: shares of experts come in steps."""
    return float(np.quantile(values, at, method="inverted_cdf"))
