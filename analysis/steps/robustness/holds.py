"""What holds: named findings, and in how many analyses each comes out as it does in the base.

The base is what the other chapters count. A finding keeps its *sign* where more still raise than
oppose a code, or the same side still raises it more often; its *rank* where the same codes come
first, in the same order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.panel.panel import Panel
from analysis.panel.plan import Contrast
from analysis.panel.views_of_coding import BoolArray, FloatArray, IntArray
from analysis.statistics.association import fisher_pvalues
from analysis.steps.barriers_and_drivers import FACILITATES, HINDERS
from analysis.steps.barriers_and_drivers import TASK as PROBLEMS
from analysis.steps.panel_tools import quoted
from analysis.steps.robustness.coder_error import Drawn
from analysis.steps.robustness.multiverse import TAILS, Multiverse, quantile, ranks, wording
from analysis.steps.robustness.readings import LEVELS, Readings
from analysis.steps.stakeholders import side_of_kind
from analysis.steps.stakeholders_contrasts import ALPHA
from analysis.steps.stakeholders_power import LARGEST

SIGN, CONTRAST, ORDER = "sign", "contrast", "rank"
#: So many codes at the top of a task are followed in their order.
TOP = 3
#: The families of analyses that change one thing, with the word for one of each.
FAMILIES = {
    "reading": "another reading",
    "expert": "one expert left out",
    "session": "one session left out",
    "stakeholder": "one kind left out",
}
HOLD_COLUMNS = [
    "id",
    "group",
    "finding",
    *(f"{name}_{part}" for name in (*FAMILIES, "single", "all") for part in ("kept", "of")),
    "draws",
    "draws_error",
    "flips",
]
ORDER_COLUMNS = ["task", "codes", "label", "tau", "by", "all"] + [
    f"{name}{error}" for error in ("", "_error") for name in ("drawn", "rank_low", "rank_high")
]


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """A named finding: ``kept`` is readings x left out, 1 kept, 0 not, NaN where it is undefined.

    ``draws`` and ``draws_error`` are the shares of drawn panels that keep it, NaN where none was
    drawn.
    """

    id: str
    group: str
    text: str
    kept: FloatArray
    draws: float = float("nan")
    draws_error: float = float("nan")


def findings(
    panel: Panel, found: Multiverse, places: Sequence[int], drawn: Drawn | None
) -> list[Finding]:
    """All named findings of a panel; ``places`` are the codes whose sign is followed."""
    out = [_code_sign(found, place, drawn) for place in places]
    out += _balance_sign(found, drawn)
    out += _contrasts(panel, found, drawn)
    for task in found.of.tasks():
        out += _order(found, task, drawn)
    return out


# more raise than oppose


def _code_sign(found: Multiverse, place: int, drawn: Drawn | None) -> Finding:
    own = found.of.columns.iloc[place]
    sign = np.sign(found.raised[..., place] - found.opposed[..., place])
    words = {1: "more raise it than oppose it", 0: "as many raise it as oppose it"}
    text = f"“{own['label']}”: {words.get(int(sign[0, 0]), 'fewer raise it than oppose it')}"
    plain = noisy = float("nan")
    if drawn is not None:
        gap = np.sign(drawn.plain[:, place] - drawn.plain_opposed[:, place])
        plain = float((gap == sign[0, 0]).mean())
        gap = np.sign(drawn.raised[:, place] - drawn.opposed[:, place])
        noisy = float((gap == sign[0, 0]).mean())
    kept = (sign == sign[0, 0]).astype(np.float64)
    return Finding(f"sign-{own['code']}", SIGN, text, kept, plain, noisy)


def balance_columns(of: Readings) -> tuple[IntArray, IntArray]:
    """The columns of the codes that hinder and of those that facilitate."""
    group = of.among(PROBLEMS, LEVELS[0])
    direction = of.columns["direction"].to_numpy(dtype=object)[group]
    return group[direction == HINDERS], group[direction == FACILITATES]


def _balance_sign(found: Multiverse, drawn: Drawn | None) -> list[Finding]:
    hinders, helps = balance_columns(found.of)
    if not hinders.size or not helps.size:
        return []

    def sign(counts: IntArray | FloatArray) -> IntArray:
        gap = counts[..., hinders].sum(axis=-1) - counts[..., helps].sum(axis=-1)
        signs: IntArray = np.sign(gap).astype(np.int64)
        return signs

    base = sign(found.raised)
    words = {
        1: "More hindering than facilitating is raised",
        0: "As much hindering as facilitating",
    }
    text = words.get(int(base[0, 0]), "Less hindering than facilitating is raised")
    shares = [float("nan")] * 2
    if drawn is not None:
        shares = [float((sign(x) == base[0, 0]).mean()) for x in (drawn.plain, drawn.raised)]
    kept = (base == base[0, 0]).astype(np.float64)
    return [Finding("balance", SIGN, text, kept, *shares)]


# the contrasts of the plan


def members(panel: Panel, of: Readings) -> dict[str, BoolArray]:
    """Which experts stand on each side of the plan."""
    side = side_of_kind(panel)
    own = np.array([side.get(kind, "") for kind in of.experts["kind"]], dtype=object)
    sides = panel.plan.sides if panel.plan else {}
    return {name: np.asarray(own == name, dtype=np.bool_) for name in sides}


def _contrasts(panel: Panel, found: Multiverse, drawn: Drawn | None) -> list[Finding]:
    """The side that raises more, of each contrast, and which contrasts are told apart."""
    of, sides = found.of, members(panel, found.of)
    named = panel.plan.contrasts if panel.plan else ()
    out, tables = [], []
    keep = np.array([left.keep for left in of.left], dtype=np.float64)
    for contrast in named:
        place = of.place(contrast.code)
        k, n = [], []
        for side in contrast.sides:
            inside = keep * sides[side]
            k.append(np.array([inside @ r.raised[:, place] for r in of.readings]))
            n.append(np.broadcast_to(inside.sum(axis=1), k[-1].shape))
        lies = np.where((n[0] > 0) & (n[1] > 0), np.sign(k[0] * n[1] - k[1] * n[0]), np.nan)
        tables.append(_pvalues(k, n))
        if np.isnan(lies[0, 0]) or lies[0, 0] == 0:
            continue  # no side raises it more often: there is no sign to keep
        kept = np.where(np.isnan(lies), np.nan, lies == lies[0, 0])
        draws = _drawn_side(contrast, place, list(sides), drawn, float(lies[0, 0]))
        text = _lies(contrast, str(of.columns["label"].iloc[place]), float(lies[0, 0]))
        out.append(Finding(f"contrast-{contrast.id}", CONTRAST, text, kept, *draws))
    told = _told(of, named, tables)
    return out + ([told] if told else [])


def _lies(contrast: Contrast, label: str, lies: float) -> str:
    first, second = contrast.sides if lies > 0 else contrast.sides[::-1]
    return f"“{label}”: {first} raise it more often than {second}"


def _drawn_side(
    contrast: Contrast, place: int, sides: list[str], drawn: Drawn | None, lies: float
) -> tuple[float, float]:
    """The shares of drawn panels, with experts of both sides, that keep the side."""
    if drawn is None:
        return float("nan"), float("nan")
    a, b = (sides.index(side) for side in contrast.sides)
    sizes = drawn.sizes[a], drawn.sizes[b]
    there = (sizes[0] > 0) & (sizes[1] > 0)
    shares = []
    for counts in (drawn.sides_plain, drawn.sides):
        gap = np.sign(counts[a][:, place] * sizes[1] - counts[b][:, place] * sizes[0])
        shares.append(float((gap == lies)[there].mean()) if there.any() else float("nan"))
    return shares[0], shares[1]


def _pvalues(k: Sequence[FloatArray], n: Sequence[FloatArray]) -> FloatArray:
    """Fisher's exact p for each analysis, NaN where there is nothing to test."""
    out = np.full(k[0].shape, np.nan)
    sizes = np.unique(np.stack([n[0].ravel(), n[1].ravel()], axis=1).astype(np.int64), axis=0)
    for a, b in sizes.tolist():
        if min(a, b) < 1 or max(a, b) > LARGEST:
            continue
        here = (n[0] == a) & (n[1] == b)
        table = fisher_pvalues(a, b)
        out[here] = table[k[0][here].astype(np.int64), k[1][here].astype(np.int64)]
    return out


def told_apart(pvalues: FloatArray, alpha: float = ALPHA) -> BoolArray:
    """Which contrasts are told apart after Holm's adjustment, analysis by analysis.

    ``pvalues`` is contrasts x analyses, NaN for no test. As
    :func:`analysis.statistics.association.adjust`, for many families at once.
    """
    order = np.argsort(pvalues, axis=0, kind="stable")  # NaN comes last
    tests = (~np.isnan(pvalues)).sum(axis=0)
    steps = tests - np.arange(len(pvalues))[:, None]
    sorted_ = np.take_along_axis(pvalues, order, axis=0)
    with np.errstate(invalid="ignore"):
        passed = np.logical_and.accumulate(sorted_ * np.maximum(steps, 1) <= alpha, axis=0)
    out = np.zeros(pvalues.shape, dtype=np.bool_)
    np.put_along_axis(out, order, passed, axis=0)
    return out


def _told(of: Readings, named: Sequence[Contrast], tables: Sequence[FloatArray]) -> Finding | None:
    if not tables or np.isnan([table[0, 0] for table in tables]).all():
        return None
    many = np.array([table.ravel() for table in tables])
    verdicts = told_apart(many)
    kept = (verdicts == verdicts[:, :1]).all(axis=0).astype(np.float64).reshape(tables[0].shape)
    names = [
        str(of.columns["label"].iloc[of.place(contrast.code)])
        for contrast, verdict in zip(named, verdicts[:, 0], strict=True)
        if verdict
    ]
    text = f"Contrasts told apart: {quoted(names)}" if names else "No contrast is told apart"
    return Finding("told", CONTRAST, text, kept)


# the order of the codes of a task


def _order(found: Multiverse, task: str, drawn: Drawn | None) -> list[Finding]:
    group = found.of.among(task)
    counts = found.raised[..., group]
    if group.size < 2 or not counts[0, 0].any():
        return []
    rank = ranks(counts)
    base = rank[0, 0]
    labels = found.of.columns["label"].to_numpy(dtype=object)[group]
    out = []
    for id, upto in (("first", 1), ("top", TOP)):
        top = np.minimum(rank, upto + 1)  # beyond the top all are alike
        want = top[0, 0]
        if id == "top" and np.array_equal(want <= upto, base == 1):
            continue  # so many tie for first that there is nobody behind them
        shares = [float("nan")] * 2
        if drawn is not None:
            for at, values in enumerate((drawn.plain, drawn.raised)):
                there = np.minimum(ranks(values[:, group]), upto + 1)
                shares[at] = float((there == want).all(axis=1).mean())
        names = [str(x) for x in labels[np.argsort(want, kind="stable")][: (want <= upto).sum()]]
        come = "comes" if len(names) == 1 else "come"
        what = f"{come} first" if id == "first" else "hold the first ranks"
        kept = (top == want).all(axis=-1).astype(np.float64)
        text = f"Task “{task}”: {quoted(names)} {what}"
        out.append(Finding(f"{id}-{task}", ORDER, text, kept, *shares))
    return out


def kendall_tau(counts: IntArray | FloatArray, base: IntArray | FloatArray) -> FloatArray:
    """Kendall's tau-b between the order of each row of ``counts`` and that of ``base``.

    ``counts`` is (..., codes). NaN where one of the two holds ties alone.
    """
    first, second = np.triu_indices(counts.shape[-1], 1)
    own = np.sign(counts[..., first] - counts[..., second]).astype(np.float64)
    other = np.sign(base[first] - base[second]).astype(np.float64)
    scale = np.sqrt((own**2).sum(axis=-1) * (other**2).sum())
    out = np.full(scale.shape, np.nan)
    np.divide(own @ other, scale, out=out, where=scale > 0)
    return out


def orders(found: Multiverse, drawn: Drawn | None) -> pd.DataFrame:
    """How far the whole order of a task's codes stays, one row a task with two codes or more.

    Columns task, codes, label (the leading code, the first of the codebook in a tie), tau (the
    least Kendall's tau-b over the analyses of :func:`single`), by (the analyses that have it), all
    (the least over all analyses), drawn and drawn_error (the median over drawn panels without and
    with errors of coding), and rank_low to rank_high, rank_low_error to rank_high_error: the
    central part of the ranks of the leading code in drawn panels. NaN where none was drawn.
    """
    rows = []
    one = single(found.of)
    names = np.array(labels(found.of), dtype=object)
    for task in found.of.tasks():
        group = found.of.among(task)
        counts = found.raised[..., group]
        if group.size < 2 or not counts[0, 0].any():
            continue
        tau = kendall_tau(counts, counts[0, 0])
        flat, chosen = tau.ravel(), one.ravel()
        known = flat[chosen & ~np.isnan(flat)]
        least = float(known.min()) if known.size else float("nan")
        with np.errstate(invalid="ignore"):
            by = names[chosen & (np.abs(flat - least) < 1e-9)].tolist()
        top = int(counts[0, 0].argmax())
        medians: dict[str, float] = {}
        for name in ("", "_error"):
            values = None
            if drawn is not None:
                values = (drawn.raised if name else drawn.plain)[:, group]
            taus = None if values is None else kendall_tau(values, counts[0, 0])
            medians[f"drawn{name}"] = median(taus)
            for end, tail in zip(("low", "high"), TAILS, strict=True):
                of_top = None if values is None else ranks(values)[:, top].astype(np.float64)
                at = float("nan") if of_top is None else quantile(of_top, tail)
                medians[f"rank_{end}{name}"] = at
        every = flat[~np.isnan(flat)]
        rows.append(
            {
                "task": task,
                "codes": len(group),
                "label": str(found.of.columns["label"].iloc[int(group[top])]),
                "tau": least,
                "by": tuple(by),
                "all": float(every.min()) if every.size else float("nan"),
                **medians,
            }
        )
    return pd.DataFrame(rows, columns=ORDER_COLUMNS)


def median(values: FloatArray | None) -> float:
    """The median of what is defined; NaN where nothing is."""
    if values is None or np.isnan(values).all():
        return float("nan")
    return float(np.nanmedian(values))


# how often


def labels(of: Readings) -> list[str]:
    """The analyses in words, readings by left out."""
    return [wording(reading, left) for reading in of.readings for left in of.left]


def coarse_first(of: Readings) -> IntArray:
    """The order in which analyses are named: readings, kinds, sessions, and single experts last."""
    places = {"": 0, "stakeholder": 1, "session": 2, "expert": 3}
    kinds = np.array([places[left.kind] for left in of.left] * len(of.readings))
    return np.argsort(kinds, kind="stable").astype(np.int64)


def single(of: Readings) -> BoolArray:
    """Which analyses read the coding otherwise or leave somebody out, and not both.

    Readings x left out, False for the base.
    """
    out = np.zeros((len(of.readings), len(of.left)), dtype=np.bool_)
    out[0, 1:] = out[1:, 0] = True
    return out


def table(of: Readings, named: Sequence[Finding]) -> pd.DataFrame:
    """In how many analyses each finding is kept; columns :data:`HOLD_COLUMNS`.

    The base is not counted. ``reading_`` counts the other readings with nobody left out,
    ``expert_``, ``session_`` and ``stakeholder_`` the base with one of them left out, ``single_``
    all of these, ``all_`` every analysis. Analyses in which a finding is undefined (a side without
    experts) are not counted. ``flips`` names the analyses of ``single_`` that do not keep it, the
    readings first and single experts last; where there is none, those among the others.
    """
    kinds = np.array([left.kind for left in of.left], dtype=object)
    one, names = single(of), np.array(labels(of), dtype=object)
    order = coarse_first(of)
    rows = []
    for finding in named:
        kept = finding.kept
        chosen = {"reading": kept[1:, 0]}
        for name in list(FAMILIES)[1:]:
            chosen[name] = kept[0, kinds == name]
        chosen["single"], chosen["all"] = kept[one], kept.ravel()[1:]
        row: dict[str, object] = {
            "id": finding.id,
            "group": finding.group,
            "finding": finding.text,
            "draws": finding.draws,
            "draws_error": finding.draws_error,
        }
        for name, values in chosen.items():
            row[f"{name}_kept"] = int((values == 1).sum())
            row[f"{name}_of"] = int((~np.isnan(values)).sum())
        lost = (kept == 0).ravel()
        first = lost & one.ravel()
        chosen_ = first if first.any() else lost
        row["flips"] = tuple(names[order[chosen_[order]]])
        rows.append(row)
    return pd.DataFrame(rows, columns=HOLD_COLUMNS)
