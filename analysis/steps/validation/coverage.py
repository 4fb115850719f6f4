"""The validation chapter's simulation tables: how often intervals cover a known truth."""

from __future__ import annotations

from dataclasses import asdict

import pandas as pd

from analysis.simulation import association, coders, proportions
from analysis.statistics.proportions import METHODS
from analysis.steps.results import Result

#: The panel of the study, by the record: intervals are judged at this many experts.
EXPERTS = 20
_HERE = "analysis.steps.validation.coverage"

SHARE_COLUMNS = {
    "truth": "True share",
    "wilson": "Wilson",
    "clopper-pearson": "Clopper-Pearson",
    "jeffreys": "Jeffreys",
}
SHARE_FORMATS = {"wilson": 3, "clopper-pearson": 3, "jeffreys": 3}
ALPHA_COLUMNS = {
    "truth": "True alpha",
    "interval": "Resampled",
    "panels": "Panels",
    "resamples": "Resamples",
    "coverage": "Coverage",
    "coverage_se": "Error of the simulation",
    "width": "Mean width",
}
ALPHA_FORMATS = {"truth": 1, "coverage": 3, "coverage_se": 3}
RANK_COLUMNS = {
    "truth": "Panels",
    "method": "Method",
    "coverage": "Coverage",
    "mc_se": "Error of the simulation",
    "width": "Mean width, in ranks",
}
RANK_FORMATS = {"coverage": 3, "mc_se": 3, "width": 1}
CHAO_COLUMNS = {
    "truth": "Panels",
    "method": "What is counted",
    "coverage": "How often",
    "mc_se": "Error of the simulation",
    "observed": "Codes heard, mean",
    "estimate": "Chao2, mean",
}
CHAO_FORMATS = {"coverage": 3, "mc_se": 3, "observed": 1, "estimate": 1}


def shares() -> pd.DataFrame:
    """Exact coverage of each interval for a share, one row a true share, one column a method."""
    table = proportions.interval_coverage(EXPERTS)
    wide = table.pivot(index="truth", columns="method", values="coverage").reset_index()
    return wide.rename_axis(columns=None)


def mean_shares() -> pd.DataFrame:
    """Exact coverage of each interval for a share, averaged over all true shares."""
    return proportions.mean_interval_coverage(EXPERTS)


def alpha() -> pd.DataFrame:
    """Coverage of alpha's two intervals, one row a true alpha and unit of resampling."""
    return pd.DataFrame([asdict(row) for row in coders.alpha_coverage(experts=EXPERTS)])


def ranks() -> pd.DataFrame:
    """Coverage of rank intervals: of all codes at once, one row a panel and method."""
    table = proportions.rank_coverage(n=EXPERTS)
    return table[table.claim == "all codes at once"].reset_index(drop=True)


def richness() -> pd.DataFrame:
    """How Chao2 behaves as a lower bound, one row a panel and property."""
    return proportions.chao2_coverage(n=EXPERTS)


GROUP_COLUMNS = {
    "interval": "Interval",
    "truth": "Truth",
    "method": "Method",
    "coverage": "Coverage",
}
GROUP_FORMATS = {"coverage": 3}
TEST_COLUMNS = {
    "truth": "True shares",
    "method": "Test",
    "rejection": "How often it finds a difference",
    "mc_se": "Error of the simulation",
}
TEST_FORMATS = {"rejection": 3, "mc_se": 3}


def grid(table: pd.DataFrame, step: float = 0.05) -> pd.DataFrame:
    """Every so many rows of :func:`shares`: what a reader can take in beside the curve."""
    on_grid = ((table.truth / step).round() * step - table.truth).abs() < 1e-9
    return table[on_grid]


def shares_alt(table: pd.DataFrame) -> str:
    """What the figure of :func:`shares` shows, for readers who cannot see it."""
    parts = [
        f"{name}: from {table[method].min():.3f} to {table[method].max():.3f}"
        for method, name in SHARE_COLUMNS.items()
        if method != "truth"
    ]
    return (
        f"Coverage of three intervals for a share with {EXPERTS} experts, over true shares from "
        f"{table.truth.min():.2f} to {table.truth.max():.2f}. {'; '.join(parts)}. Each curve is a "
        "saw: coverage jumps as the true share passes the limits of an interval."
    )


def alpha_alt(table: pd.DataFrame) -> str:
    """What the figure of :func:`alpha` shows, for readers who cannot see it."""
    parts = []
    for unit in ("experts", "statements"):
        rows = table[table.interval == unit]
        values = ", ".join(
            f"{c:.3f} at {t:.1f}" for t, c in zip(rows.truth, rows.coverage, strict=True)
        )
        parts.append(f"resampling {unit}: {values}")
    return f"Coverage of alpha's interval by true alpha; {'; '.join(parts)}."


def groups() -> pd.DataFrame:
    """Coverage of the intervals for groups: shrunken shares, and Firth's log odds ratio."""
    shares_of_groups = association.shrunken_coverage()
    shares_of_groups = shares_of_groups[shares_of_groups.coverage.notna()]
    parts = {"shrunken share": shares_of_groups, "log odds ratio": association.firth_coverage()}
    tables = [table.assign(interval=name) for name, table in parts.items()]
    return pd.concat(tables, ignore_index=True)[[*GROUP_COLUMNS, "n"]]


def tests() -> pd.DataFrame:
    """How often exact tests find a difference between groups, at equal and unequal true shares."""
    return association.theme_rejection()


def group_results(by_group: pd.DataFrame) -> list[Result]:
    """What the prose says of the intervals for groups."""
    return [
        _result(
            f"least-{str(method).lower()}",
            f"lowest coverage, {interval}, {method}",
            float(table.coverage.min()),
            "exact sum",
            "groups",
        )
        for (interval, method), table in by_group.groupby(["interval", "method"], sort=False)
    ]


def _result(name: str, label: str, value: float, method: str, function: str) -> Result:
    return Result(
        id=f"validation-{name}",
        label=label,
        value=value,
        unit="rate",
        standing="simulation",
        method=method,
        function=f"{_HERE}.{function}",
        n=EXPERTS,
    )


def results(
    by_share: pd.DataFrame, mean: pd.DataFrame, alphas: pd.DataFrame, by_rank: pd.DataFrame
) -> list[Result]:
    """What the prose says of coverage: of shares, of alpha's intervals, of ranks."""
    out = []
    for method in METHODS:
        average = float(mean.loc[mean.method == method, "coverage"].iloc[0])
        key = method.replace("clopper-pearson", "exact")
        out.append(
            _result(f"mean-{key}", f"mean coverage, {method}", average, "exact sum", "mean_shares")
        )
        worst = float(by_share[method].min())
        out.append(
            _result(f"least-{key}", f"lowest coverage, {method}", worst, "exact sum", "shares")
        )
    for unit in ("experts", "statements"):
        found = alphas.loc[alphas.interval == unit, "coverage"]
        for name, value in (("least", found.min()), ("most", found.max())):
            out.append(
                _result(
                    f"alpha-{unit}-{name}",
                    f"{name} coverage of alpha's interval, resampling {unit}",
                    float(value),
                    "simulation",
                    "alpha",
                )
            )
    for method in by_rank.method.unique():
        found = by_rank.loc[by_rank.method == method, "coverage"]
        out.append(
            _result(
                f"ranks-{method}",
                f"least coverage of all ranks at once, {method}",
                float(found.min()),
                "simulation",
                "ranks",
            )
        )
    return out
