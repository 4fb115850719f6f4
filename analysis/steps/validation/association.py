"""Association: published examples and independent implementations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from analysis.statistics import association as ours
from analysis.steps.validation.association_peers import PEERS
from analysis.steps.validation.base import Compute

__all__ = ["EXAMPLES", "PEERS"]


def _exact(given: Mapping[str, Any]) -> Mapping[str, float]:
    table = given["table"]
    out = {"p": ours.freeman_halton(table).pvalue}
    if np.shape(table) == (2, 2):
        out["greater"] = ours.freeman_halton(table, "greater").pvalue
    return out


def _raw_v(given: Mapping[str, Any]) -> Mapping[str, float]:
    found = ours.cramers_v(given["table"], bias_corrected=False)
    smaller = min(np.shape(given["table"])) - 1
    return {"v": found.estimate, "chi2": found.n * found.estimate**2 * smaller}


def _remainders(given: Mapping[str, Any]) -> Mapping[str, float]:
    table = np.zeros((given["rows"], given["columns"]), dtype=int)
    for number in range(given["numbers"]):
        table[number % given["rows"], number % given["columns"]] += 1
    return {
        "v": ours.cramers_v(table, bias_corrected=False).estimate,
        "v_corrected": ours.cramers_v(table).estimate,
    }


def _difference(given: Mapping[str, Any]) -> Mapping[str, float]:
    values, groups = given["values"], given["groups"]
    found = ours.permutation_test(values, groups, "difference")
    one_sided = {
        side: ours.permutation_test(values, groups, "difference", alternative=side).pvalue
        for side in ("greater", "less")
    }
    return {"difference": found.statistic, "p": found.pvalue, "greater": one_sided["greater"]}


def _percent_at_most(given: Mapping[str, Any]) -> Mapping[str, float]:
    found = ours.permutation_test(
        given["values"], given["groups"], "difference", alternative="less"
    )
    return {"less": 100 * found.pvalue}


def _kruskal(given: Mapping[str, Any]) -> Mapping[str, float]:
    return {
        name: ours.permutation_test(case["values"], case["groups"], "H").statistic
        for name, case in given.items()
    }


def _adjusted(given: Mapping[str, Any]) -> Mapping[str, float]:
    out: dict[str, float] = {}
    for method in ("holm", "bh", "bonferroni"):
        values = ours.adjust(given["pvalues"], method)
        out |= {f"{method}_{i}": float(p) for i, p in enumerate(values, start=1)}
        out[f"{method}_rejections"] = int((values <= given.get("alpha", 0.05)).sum())
    return out


def _slope(given: Mapping[str, Any]) -> Mapping[str, float]:
    return {"slope": float(ours.firth_logistic(given["x"], given["y"]).estimate[1])}


EXAMPLES: dict[str, Compute] = {
    "agresti_job_4x4": _exact,
    "mehta_patel_5x7": _exact,
    "fisher_tea_table": _exact,
    "fisher_twins_table": _exact,
    "scipy_fisher_2x2": _exact,
    "agresti2007_party": _raw_v,
    "scipy_cramer_4x2": _raw_v,
    "clickhouse_cramer_10x4": _remainders,
    "nettleton_quiz": _difference,
    "lane_hyperstat": _difference,
    "rosetta_treatment": _percent_at_most,
    "scipy_kruskal": _kruskal,
    "benjamini_hochberg1995": _adjusted,
    "pingouin_holm": _adjusted,
    "stdlib_padjust": _adjusted,
    "firthmodels_separated": _slope,
}
