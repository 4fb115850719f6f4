"""Tables of the chapter on coding reliability: agreement by code, disputed statements, drift."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd

from analysis.panel.faults import need
from analysis.panel.panel import Panel
from analysis.privacy.folding import WITHHELD
from analysis.statistics.agreement import (
    alpha_interval,
    cohen_kappa,
    gwet_ac,
    masi_alpha_interval,
    percent_agreement,
)
from analysis.statistics.resampling import SEED, resample
from analysis.statistics.results import FloatArray
from analysis.statistics.summary import mean


def code_sets(
    panel: Panel, coders: Sequence[str] | None = None, stance: str = "raises"
) -> pd.DataFrame:
    """The set of codes that each coder gave each statement: coders x units of frozensets.

    None where a coder did not work on the statement. The units are the statements that any of the
    coders worked on. ``coders`` and ``stance`` are as for the views of a panel.

    Raises
    ------
    NotInPanel
        If no two of them worked on the same statement.
    """
    chosen = panel.coders if coders is None else coders
    need(chosen, "There are no two coders to compare.")
    sets = {}
    for coder in chosen:
        given = panel.coded_statements(coder=coder, stance=stance)
        names = given.columns.to_numpy()
        rows = (frozenset(names[row]) for row in given.to_numpy())
        sets[coder] = pd.Series(list(rows), given.index, dtype=object)
    order = panel.statements.index
    found = pd.DataFrame(sets, dtype=object).rename_axis(columns="coder").T
    found = found[order[order.isin(found.columns)]]
    need((found.notna().sum() > 1).any(), "No statement was coded by two coders.")
    return found.astype(object).where(found.notna(), None)


def overall(
    cells: pd.DataFrame, sets: pd.DataFrame, pair: tuple[str, str], clusters: pd.Series
) -> pd.DataFrame:
    """Agreement over all codes at once, by each measure: one row a measure.

    Parameters
    ----------
    cells, pair
        As for :func:`by_code`.
    sets
        Coders x statements of sets of codes.
    clusters
        Of each statement: what the bootstrap draws whole.

    Returns
    -------
    DataFrame
        ``measure``, ``estimate``, ``low`` and ``high``.
    """
    data, by = cells.T.to_numpy(), clusters[cells.index.get_level_values("statement")]
    first, second = cells[list(pair)].T.to_numpy()
    found = {
        "Percent agreement": percent_agreement(data, by),
        "Gwet's AC1": gwet_ac(data, clusters=by),
        "Cohen's kappa": cohen_kappa(first, second, clusters=by),
        "Krippendorff's alpha": alpha_interval(data, "nominal", by),
        "Set-valued alpha": masi_alpha_interval(sets, clusters[sets.columns]),
    }
    rows = [(name, float(e), e.low, e.high) for name, e in found.items()]
    return pd.DataFrame(rows, columns=["measure", "estimate", "low", "high"])


def by_code(cells: pd.DataFrame, experts: pd.Series, pair: tuple[str, str]) -> pd.DataFrame:
    """How far coders agree on each code, one row a code.

    Parameters
    ----------
    cells
        (statement, code) x coders: 1 where given, 0 where not, NaN where not coded.
    experts
        The expert of each statement: the bootstrap draws whole experts.
    pair
        The coders of Cohen's kappa, which is made for two.

    Returns
    -------
    DataFrame
        ``both`` (statements to which all who coded them gave the code) of ``given`` (to which any
        did); ``agreement``, ``ac1``, ``kappa``, ``alpha``, ``low`` to ``high``, and the ``reason``
        where alpha or its interval is not defined. Statements of one coder alone count nowhere.
    """
    rows = {}
    for code, part in cells[cells.notna().sum(axis=1) >= 2].groupby(level="code", sort=False):
        data = part.T.to_numpy()
        alpha = alpha_interval(
            data, "nominal", clusters=experts[part.index.get_level_values("statement")]
        )
        rows[code] = {
            "both": int(part.min(axis=1).sum()),
            "given": int(part.max(axis=1).sum()),
            "agreement": percent_agreement(data).estimate,
            "ac1": gwet_ac(data, categories=[0.0, 1.0]).estimate,
            "kappa": cohen_kappa(part[pair[0]], part[pair[1]]).estimate,
            "alpha": alpha.estimate,
            "low": alpha.low,
            "high": alpha.high,
            "reason": alpha.reason,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("code")


def disputed(panel: Panel, codes: pd.DataFrame, pair: tuple[str, str]) -> pd.DataFrame:
    """Statements of which one of the pair gave a code that the other did not: one row each.

    Returns
    -------
    DataFrame
        Index ``statement``: ``label`` (of its codes in dispute, the one that is disputed most
        often), ``first`` and ``second`` (what only this coder gave), ``consensus`` (what was
        resolved; "not coded"), ``expert``, ``session``, ``text``, ``text_en``, and whether it may
        be shown (``quotable``). The code disputed most often comes first.
    """
    given = panel.codings.astype(str)
    given = given[given["code"].isin(codes.index)]
    opposed = given["stance"].eq("opposes").map({True: " (opposed)", False: ""})
    given["said"] = given["code"].map(codes["label"]) + opposed
    wide = given.pivot(index=["statement", "code"], columns="coder", values="said")
    wide = wide.reindex(columns=[*pair, "consensus"])
    coded = panel.coded.astype(str).groupby("coder")["statement"].agg(set)
    both = coded[pair[0]] & coded[pair[1]]
    wide = wide[wide.index.get_level_values("statement").isin(both)]
    apart = wide[wide[pair[0]].notna() != wide[pair[1]].notna()]
    often = apart.groupby("code").size().sort_values(ascending=False, kind="stable")
    places = {code: place for place, code in enumerate(often.index)}
    rank = apart.index.get_level_values("code").map(places)
    leading = apart.assign(rank=rank).groupby("statement")["rank"].min()
    said = panel.statements.rename(columns={"speaker": "expert"})
    said = said[said.index.isin(leading.index)]
    said["quotable"] = ~said["text"].str.contains(WITHHELD, regex=False)
    marks = {"first": apart[pair[0]], "second": apart[pair[1]], "consensus": wide["consensus"]}
    for name, column in marks.items():
        lists = column.dropna().groupby("statement").agg(list)
        said[name] = [lists.get(statement, []) for statement in said.index]
    resolved = said.index.isin(coded.get("consensus", set()))
    said["consensus"] = said["consensus"].where(resolved, "not coded")
    said["rank"] = leading[said.index]
    said["label"] = said["rank"].map(dict(enumerate(codes["label"][often.index])))
    columns = ["label", "first", "second", "consensus", "expert", "session", "quotable"]
    return said.sort_values("rank", kind="stable")[[*columns, "text", "text_en"]]


def drift(
    net: pd.DataFrame, experts: pd.Series, place: pd.Series, draws: int = 10_000, seed: int = SEED
) -> pd.DataFrame:
    """Which code one coder gives ever more often than the other, from session to session.

    The trend of a code is the sum over statements of ``net`` times the place of the session, less
    what a steady rate would give. Under the null whole experts change places between sessions;
    the p-value compares each trend, in its standard deviations, with the largest of all codes.

    Parameters
    ----------
    net
        Statements x codes: 1 where only the second coder gave the code, -1 where only the first.
    experts, place
        The expert of each statement; the place in time of each expert's session (0, 1, ...).

    Returns
    -------
    DataFrame
        One row a code with some ``net``: ``trend`` (standardised, above zero where the second
        coder gains) and ``pvalue``; the largest first.
    """
    moving = net.loc[:, net.ne(0).any()]
    totals = moving.groupby(experts).sum()
    sizes = moving.groupby(experts).size()
    excess = totals - np.outer(sizes, totals.sum() / sizes.sum())
    found = pd.DataFrame(index=excess.columns)
    where = place[excess.index].to_numpy(float)
    if len(set(where)) < 2 or excess.empty:
        return found.assign(trend=np.nan, pvalue=np.nan)
    where = where - where.min()  # far from 0, as years are, places would cost digits
    drawn = resample(partial(_trends, excess.to_numpy(), where), draws, seed)
    spread = drawn.std(axis=0)
    spread[spread < 1e-12] = np.inf
    largest = np.abs(drawn / spread).max(axis=1)
    found["trend"] = where @ excess.to_numpy() / spread
    above = largest[:, None] >= np.abs(found["trend"].to_numpy()) - 1e-9
    found["pvalue"] = (1 + above.sum(axis=0)) / (1 + draws)
    return found.sort_values("trend", key=np.abs, ascending=False, kind="stable")


def _trends(
    excess: FloatArray, where: FloatArray, size: int, rng: np.random.Generator
) -> FloatArray:
    orders = rng.permuted(np.tile(where, (size, 1)), axis=1)
    return np.asarray(orders @ excess)


def planted_alphas(panel: Panel) -> pd.Series:
    """The alpha of each code that the coders' error process leads to, by the panel's truth."""
    told = panel.truth.get("coders", {})
    need("errors" in told, "The truth of this panel does not say how its coders were made.")
    return pd.Series(told["expected_alpha"]["by_code"], dtype=float)


def planted(
    panel: Panel,
    codes: pd.DataFrame,
    cells: pd.DataFrame,
    agreement: pd.DataFrame,
    moving: pd.DataFrame,
    exchanged: pd.DataFrame,
) -> pd.DataFrame:
    """What was planted about the coders, beside what the chapter finds: one row a thing.

    Parameters
    ----------
    cells, agreement
        As for and from :func:`by_code`.
    moving
        From :func:`drift`.
    exchanged
        Codes x codes: statements where one coder gave the row's code in place of the column's.

    Returns
    -------
    DataFrame
        ``what``, ``planted``, ``recovered``, ``low`` to ``high``, and ``within``: whether the
        planted value lies in the interval, or all that was planted was found.
    """
    alphas, told = planted_alphas(panel), panel.truth["coders"]
    process = panel.truth["generator"]["coders"]
    label = codes["label"].to_dict()
    speaker = panel.statements["speaker"].astype(str)
    consensus = panel.coded_statements(codes, stance="any").stack()
    by = speaker[cells.index.get_level_values("statement")]
    whole = alpha_interval(cells.T.to_numpy(), "nominal", clusters=by)
    numbers = [("alpha over all codes", told["expected_alpha"]["all_codes"], whole)]
    for coder, errors in told["errors"].items():
        given = cells[coder].reindex(consensus.index[consensus.to_numpy()]).dropna()
        who = speaker[given.index.get_level_values("statement")]
        missed = mean(given == 0, clusters=who)
        rate = errors["omitted"] + errors["confused"]
        numbers.append((f"share of codes that {coder} missed", rate, missed))
    rows: list[tuple[object, ...]] = [
        (what, value, float(found), found.low, found.high, found.low <= value <= found.high)
        for what, value, found in numbers
    ]
    drifting = process["drift"]
    names = {
        "code with the lowest alpha": (alphas.idxmin(), agreement["alpha"].idxmin()),
        f"code that {drifting['coder']} gives ever more": (drifting["code"], moving.index[0]),
    }
    rows += [
        (what, label[a], label[str(b)], np.nan, np.nan, a == b) for what, (a, b) in names.items()
    ]
    confused = {frozenset((a, b)) for a, others in process["confusion"].items() for b in others}
    hits = sum(bool(exchanged.loc[a, b] + exchanged.loc[b, a]) for a, b in map(sorted, confused))
    what = "pairs of codes that are taken for each other"
    rows.append((what, len(confused), hits, np.nan, np.nan, hits == len(confused)))
    columns = ["what", "planted", "recovered", "low", "high", "within"]
    return pd.DataFrame(rows, columns=columns)
