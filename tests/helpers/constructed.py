"""The constructed panel by a second route: plain tables of its files, and what notebooks state."""

import json

import pandas as pd
import yaml

from analysis.findings import from_notebook
from analysis.project import DATA, ROOT

FOLDER = DATA / "panels" / "constructed"


def read(name, **options):
    """A table of the panel, as pandas reads it."""
    return pd.read_csv(FOLDER / f"{name}.csv", **options)


def entries(name):
    """What ``truth.yml`` or ``plan.yml`` says."""
    return yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))


def findings(page):
    """Each finding in a stored notebook, by id without its chapter."""
    notebook = json.loads((ROOT / "book" / f"{page}.ipynb").read_text(encoding="utf-8"))
    return {f.id.removeprefix(f"{f.chapter}-"): f for f in from_notebook(notebook)}


def stated(page):
    """(k, n) of each finding that has a k, else its value."""
    found = findings(page)
    return {name: f.value if f.k is None else (f.k, f.n) for name, f in found.items()}


def matrix(stance="raises", coder="consensus", task=None):
    """Experts x codes, bool: who has a statement with the code in this stance."""
    codebook = read("codebook").dropna(subset="parent_id")
    codes = codebook.code_id[codebook.task.eq(task) | (task is None)]
    given = read("codings").query("coder == @coder and stance == @stance")
    made = given.merge(read("statements")[["statement_id", "speaker"]])
    table = pd.crosstab(made.speaker, made.code_id).gt(0)
    return table.reindex(index=read("experts").expert_id, columns=codes, fill_value=False)


def sides():
    """The side of each expert, as the plan has it."""
    kinds = {kind: side for side, kinds in entries("plan")["sides"].items() for kind in kinds}
    return read("experts").set_index("expert_id").stakeholder.map(kinds)
