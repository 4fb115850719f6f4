"""The validation chapter's tables: published examples, independent implementations, coverage."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from analysis.project import DATA
from analysis.statistics import agreement
from analysis.statistics.resampling import DEFAULT_SEED
from analysis.steps.results import Result
from analysis.steps.validation.base import Peer

#: The modules of ``analysis.statistics`` that are validated, in the chapter's order.
MODULES = (
    "agreement",
    "proportions",
    "saturation",
    "association",
    "consensus",
    "cooccurrence",
    "correspondence",
    "participation",
    "keyness",
)
FOLDER = DATA / "validation"
#: The counts of two coders of a published study (see the example two_coders_38_codes).
CODES = FOLDER / "two_coders_38_codes.csv"

SOURCE_COLUMNS = {
    "measure": "Measure",
    "reproduced": "Values",
    "citation": "Source",
    "checked": "Seen",
    "note": "Note",
}
VALUE_COLUMNS = {
    "example": "Example",
    "quantity": "Quantity",
    "published": "Published",
    "computed": "Computed",
    "difference": "Difference",
    "within": "Within the printed precision",
}
PEER_COLUMNS = {
    "function": "Function",
    "peer": "Independent side",
    "covers": "Cases",
    "cases": "Inputs",
    "largest": "Largest difference",
}
CODE_COLUMNS = {
    "code": "Code",
    "units": "Units",
    "both": "Both",
    "first_only": "First only",
    "second_only": "Second only",
    "neither": "Neither",
    "agreement": "Agreement",
    "kappa": "Kappa",
    "prevalence": "Prevalence index",
    "bias": "Bias index",
    "pabak": "PABAK",
}
CODE_FORMATS = dict.fromkeys(("agreement", "kappa", "prevalence", "bias", "pabak"), 3)
_HERE = "analysis.steps.validation.report"


def _module(name: str) -> Any:
    return importlib.import_module(f"analysis.steps.validation.{name}")


def facts(module: str, folder: Path = FOLDER) -> list[dict[str, Any]]:
    """The published examples of a module, as ``data/validation`` states them.

    Raises
    ------
    ValueError
        If an example lacks a field, or has no computation in the module of the same name.
    """
    path = folder / f"{module}.yml"
    found: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    known = _module(module).EXAMPLES
    for number, example in enumerate(found, start=1):
        name = example.get("id", f"number {number}")
        for key in ("id", "measure", "citation", "citation_checked", "input", "published"):
            if key not in example:
                raise ValueError(f"{path.name}, example {name}: lacks the field {key!r}")
        if name not in known:
            raise ValueError(f"{path.name}, example {name}: no computation of that name")
    return found


def _tolerance(example: Mapping[str, Any], name: str) -> float:
    given = example["tolerance"]
    return float(given[name] if isinstance(given, Mapping) else given)


def _digits(value: float) -> int:
    """Decimals to show beside a published value: as many as it has, and two more."""
    exponent = Decimal(str(value)).as_tuple().exponent
    return min(max(-int(exponent), 0) + 2, 10)


def _differs(published: float, computed: float) -> float:
    same = published == computed or (np.isnan(published) and np.isnan(computed))
    return 0.0 if same else computed - published


def examples(modules: Iterable[str] = MODULES, folder: Path = FOLDER) -> pd.DataFrame:
    """One row a published value: module, example, measure, quantity, published, computed, ...

    ``difference`` is computed less published; ``within`` says whether it lies within the
    ``tolerance``, about half a unit of the last printed digit. ``digits`` is how many decimals
    ``computed`` deserves beside the printed value.
    """
    rows = []
    for module in modules:
        for example in facts(module, folder):
            computed = _module(module).EXAMPLES[example["id"]](example["input"])
            for name, value in example["published"].items():
                difference = _differs(float(value), float(computed[name]))
                tolerance = _tolerance(example, name)
                rows.append(
                    {
                        "module": module,
                        "example": example["id"],
                        "measure": example["measure"],
                        "quantity": name,
                        "published": float(value),
                        "computed": float(computed[name]),
                        "difference": difference,
                        "tolerance": tolerance,
                        "within": abs(difference) <= tolerance,
                        "digits": _digits(float(value)),
                        "citation": " ".join(example["citation"].split()),
                        "checked": bool(example["citation_checked"]),
                        "note": " ".join(str(example.get("note") or "").split()),
                    }
                )
    return pd.DataFrame(rows)


def printed(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of :func:`examples` as text, with as many decimals as the printed value deserves."""
    out = table[["example", "quantity", "published", "computed", "difference", "within"]].copy()
    for name in ("computed", "difference"):
        out[name] = [
            wording_of(value, digits)
            for value, digits in zip(table[name], table.digits, strict=True)
        ]
    out["published"] = [
        wording_of(value, digits - 2)
        for value, digits in zip(table.published, table.digits, strict=True)
    ]
    return out


def wording_of(value: float, digits: int) -> str:
    """A number to so many decimals; one that rounds to zero has no sign."""
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text


def sources(table: pd.DataFrame) -> pd.DataFrame:
    """One row an example of :func:`examples`: its values, how many match, and its citation."""
    grouped = table.groupby(["module", "example"], sort=False)
    out = grouped.agg(
        measure=("measure", "first"),
        values=("within", "size"),
        matched=("within", "sum"),
        citation=("citation", "first"),
        checked=("checked", "first"),
        note=("note", "first"),
    )
    out["reproduced"] = [f"{k} of {n}" for k, n in zip(out.matched, out["values"], strict=True)]
    return out.reset_index()


def two_coders(path: Path = CODES) -> pd.DataFrame:
    """Agreement, kappa, prevalence and bias of each code, computed from the published counts."""
    table = pd.read_csv(path)[["code", "units", "both", "first_only", "second_only", "neither"]]
    counts = table[["both", "first_only", "second_only", "neither"]].to_numpy()
    found = [agreement.two_coder_summary(*map(int, row)) for row in counts]
    table["agreement"] = [f.percent_agreement for f in found]
    table["kappa"] = [f.kappa for f in found]
    table["prevalence"] = [f.prevalence_index for f in found]
    table["bias"] = [f.bias_index for f in found]
    table["pabak"] = [f.pabak for f in found]
    return table


def two_coders_alt(table: pd.DataFrame) -> str:
    """What the figure of :func:`two_coders` shows, for readers who cannot see it."""
    rare = table[table.prevalence > 0.8]
    return (
        f"Agreement and kappa of {len(table)} codes against their prevalence index. Agreement lies "
        f"between {table.agreement.min():.2f} and {table.agreement.max():.2f}. Of the {len(rare)} "
        f"codes with a prevalence index above 0.8, kappa runs from {rare.kappa.min():.2f} to "
        f"{rare.kappa.max():.2f}, although their agreement is {rare.agreement.min():.2f} or more."
    )


def peer_table(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of :func:`peers` with differences as text.

    Differences in the last digits of a float depend on the machine, so for closed formulas the
    text says no more than what they stay below. Where a side draws at random, the difference and
    what is allowed are given. A comparison that disagrees says so.
    """
    out = table.copy()
    out["function"] = table.function.str.removeprefix("statistics.")
    texts = []
    for largest, allowed, within in zip(
        table.largest.to_numpy(dtype=float),
        table.tolerance.to_numpy(dtype=float),
        table.within,
        strict=True,
    ):
        if not within:
            texts.append(f"{largest:.3g}: DISAGREES, allowed {allowed:.0e}")
        elif allowed < 1e-3:
            texts.append(f"below {allowed:.0e}")
        else:
            texts.append(f"{largest:.3f}, allowed {allowed:.3f}")
    out["largest"] = texts
    return out


def peers(modules: Iterable[str] = MODULES, seed: int = DEFAULT_SEED) -> pd.DataFrame:
    """One row a comparison of one of our functions with an independent implementation.

    ``largest`` is the largest absolute difference over ``cases`` seeded random inputs.
    """
    rows = []
    for module in modules:
        found: list[Peer] = _module(module).PEERS
        for peer in found:
            gaps = peer.differences(seed=seed)
            rows.append(
                {
                    "module": module,
                    "function": peer.function,
                    "peer": peer.peer,
                    "covers": peer.covers,
                    "cases": len(gaps),
                    "largest": float(gaps.max(initial=0.0)),
                    "tolerance": peer.tolerance,
                    "within": bool((gaps <= peer.tolerance).all()),
                }
            )
    return pd.DataFrame(rows)


def _count(name: str, label: str, k: int, n: int, function: str) -> Result:
    return Result(
        id=name,
        label=label,
        value=k / n,
        unit="count-of",
        standing="description",
        method="count",
        function=f"{_HERE}.{function}",
        k=k,
        n=n,
    )


def example_results(table: pd.DataFrame) -> list[Result]:
    """What the prose says of the published examples."""
    by_example = sources(table)
    return [
        _count(
            "validation-values",
            "published values reproduced within their printed precision",
            int(table.within.sum()),
            len(table),
            "examples",
        ),
        Result(
            id="validation-examples",
            label="published examples",
            value=len(by_example),
            unit="count",
            standing="description",
            method="count",
            function=f"{_HERE}.sources",
        ),
        _count(
            "validation-checked",
            "examples whose printed values were seen in a copy of the source",
            int(by_example.checked.sum()),
            len(by_example),
            "sources",
        ),
    ]


def peer_results(table: pd.DataFrame) -> list[Result]:
    """What the prose says of the comparisons with independent implementations."""
    return [
        _count(
            "validation-peers",
            "comparisons with an independent implementation that agree",
            int(table.within.sum()),
            len(table),
            "peers",
        ),
        Result(
            id="validation-cases",
            label="random inputs compared",
            value=int(table.cases.sum()),
            unit="count",
            standing="simulation",
            method="count",
            function=f"{_HERE}.peers",
        ),
    ]
